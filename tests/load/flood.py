"""A flood of timers, all due at once, while people work: what the people feel of it, and how long it takes."""
import json
import random
import threading
import time
import uuid

from product import API
from quiet import quantile

TIMER = "reply_slow"  # of those that a request of the bench has when it is filed; it tells the agent
PEOPLE = 8
THINKS_S = 0.025  # on average, between an answer and the next request: about 250 requests a second


class Person(threading.Thread):
    """Reads, lists, comments and takes requests of the bench, and notes when each began and how long it waited."""

    def __init__(self, bench, stop, number, takes):
        super().__init__(daemon=True)
        self.bench, self.stop, self.takes = bench, stop, takes
        self.chance = random.Random(number)
        self.reading, self.staff = bench.product.bearer(), bench.product.bearer("operator")
        self.connection = bench.product.connect()
        self.waited = []

    def request(self):
        ref, dice = self.chance.choice(self.bench.refs), self.chance.random()
        if dice < 0.55:
            return "GET", f"{API}/requests/{ref}", None, self.reading
        if dice < 0.8:
            return "GET", f"{API}/requests?limit=50", None, self.reading
        how = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        if dice < 0.9 or not self.takes:
            return "POST", f"{API}/requests/{ref}/comments", json.dumps({"text": "Bon dia"}), {**self.reading, **how}
        return ("POST", f"{API}/requests/{self.takes.pop()}/transitions", json.dumps({"event": "take"}),
                {**self.staff, **how, "If-Match": '"v2"'})

    def run(self):
        while not self.stop.is_set():
            time.sleep(self.chance.expovariate(1 / THINKS_S))
            asked = self.request()
            began = time.perf_counter()
            self.bench.product.ask(*asked, connection=self.connection)
            self.waited.append((began, (time.perf_counter() - began) * 1000))


def fired(bench):
    connection = bench.product.connect()
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    return int(float(next(line.split()[1] for line in lines if line.startswith("oam_timers_fired_total "))))


def flood(bench):
    count = 2000 if bench.options.smoke else bench.options.timers
    takes_first, _, _ = bench.fill(2026, 4000)
    first, first_id, _ = bench.fill(2024, count)
    takes = [f"OAM-2026-{takes_first + i}" for i in range(4000)]
    stop, before = threading.Event(), fired(bench)
    people = [Person(bench, stop, number, takes[number::PEOPLE]) for number in range(PEOPLE)]
    for person in people:
        person.start()
    time.sleep(max(2, bench.options.seconds))
    began = time.perf_counter()
    bench.database.sql("UPDATE oam.request_timer SET due = '2026-01-01', wake = '2026-01-01' WHERE timer = :'timer' "
                       "AND request_id >= :'first' AND request_id < :'first'::bigint + :'count'::bigint",
                       timer=TIMER, first=first_id, count=count)
    armed = time.perf_counter()
    while fired(bench) - before < count:
        if time.perf_counter() - armed > 900:
            raise SystemExit("bench: the timers are not fired")
        time.sleep(0.2)
    done = time.perf_counter()
    stop.set()
    for person in people:
        person.join(30)
    (requests, events), = bench.database.sql(
        "SELECT count(DISTINCT request_id), count(*) FROM oam.request_event "
        "WHERE request_id >= :'first' AND data -> 'timer' ->> 'id' = :'timer'", timer=TIMER, first=first_id)
    alone = [ms for person in people for at, ms in person.waited if at < began]
    beside = [ms for person in people for at, ms in person.waited if armed <= at < done]
    bench.single("timers", f"of {count:,} timers due at once, how many were not fired exactly once", "",
                 abs(count - int(requests)) + abs(count - int(events)), 0)
    bench.single("timers", f"p99 of people meanwhile (alone: {quantile(alone, .99):.1f}; p50 {quantile(beside, .5):.1f})", "ms",
                 quantile(beside, .99), 20, requests=len(beside), alone_p50_ms=quantile(alone, .5))
    bench.single("timers", f"fired a second beside {len(beside) / (done - armed):.0f} requests a second", "/s", count / (done - armed),
                 seconds=done - armed)
