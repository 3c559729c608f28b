"""Holidays are corrected while timers are due and processes die: every term is right afterwards, by a second way of counting, and nothing
was done twice."""
import collections
import datetime
import random
import threading
import time

from oamtest.client import OTHER_TOWN, TOWN, new_key
from oamtest.clock import MADRID, HandClock, local
from oamtest.procedure import publish
from test_faults import DEEP, until

SEAT = "0801930008"
TERM, HALF = 10, 5
DAY = datetime.timedelta(days=1)


class Counting:
    """The terms of the procedure, counted day by day from what the tables say of holidays: nothing of the engine's."""

    def __init__(self, database):
        self.now = {(scope, body, day) for scope, body, day in database.sql("SELECT scope, body_id, day FROM holiday WHERE NOT lifted")}
        self.changes = database.sql("SELECT revision, scope, body_id, day, before IS NOT NULL AND NOT (before ->> 'lifted')::boolean "
                                    "FROM holiday_change ORDER BY revision DESC")
        self.seat = database.one("SELECT id FROM body WHERE code = %s", SEAT)
        self.at = {}

    def holidays(self, revision):
        if revision not in self.at:
            held = set(self.now)
            for changed, scope, body, day, before in self.changes: # the latest first: undone one by one
                if revision is not None and changed > revision:
                    (held.add if before else held.discard)((scope, body, day))
            self.at[revision] = held
        return self.at[revision]

    def works(self, day, body, revision=None):
        held = self.holidays(revision)
        return day.weekday() < 5 and not held & {("catalunya", None, day), ("local", body, day), ("local", self.seat, day)}

    def used(self, since, to, body, revision):
        """The working days after the day of `since`, up to that of `to`."""
        day, last, count = since.astimezone(MADRID).date(), to.astimezone(MADRID).date(), 0
        while day < last:
            day += DAY
            count += self.works(day, body, revision)
        return count

    def end(self, since, days, body, revision=None):
        """The midnight after so many working days."""
        day = since.astimezone(MADRID).date()
        while days > 0:
            day += DAY
            days -= self.works(day, body, revision)
        day += DAY
        return local(day.year, day.month, day.day)

    def office(self, moment):
        """Eight o'clock of the first day that works at the seat."""
        day = moment.date()
        while not self.works(day, None):
            day += DAY
        return local(day.year, day.month, day.day, 8)


def file_some(api, count):
    items = [{"service": "OAM-GEN", "body": random.choice((TOWN, OTHER_TOWN)), "title": f"Termini {n}", "submit": True} for n in range(count)]
    done = api.post("/api/v1/requests:batch", role="integration", json={"items": items}, headers={"Idempotency-Key": new_key()})
    assert {item["status"] for item in done.json()["items"]} == {201}, done
    return [item["ref"] for item in done.json()["items"]]


def act_through_all(apis, ref, event, data, role, deadline):
    """Until it is done or can no longer be: a server that is down, a token of another time, a version that has moved meanwhile."""
    while time.monotonic() < deadline:
        api = random.choice(apis)
        try:
            status = api.get(f"/api/v1/requests/{ref}", role=role, check=False)
            if status.status_code == 200:
                done = api.post(f"/api/v1/requests/{ref}/transitions", role=role, check=False, json={"event": event, "data": data},
                                headers={"Idempotency-Key": new_key(), "If-Match": status.etag})
                if done.status_code in (200, 409):
                    return
                assert done.status_code in (401, 412, 503), done
            elif status.status_code == 401:
                api._tokens.clear()
        except AssertionError:
            raise
        except Exception: # in the middle of an answer, or of a login
            api._tokens.clear()
        time.sleep(0.02)


def correct(database, added):
    """One correction by the owner: a holiday more, one less, or one moved."""
    day = datetime.date(2026, 5, 5) + random.randrange(45) * DAY
    place = random.choice((TOWN, OTHER_TOWN, SEAT, None))
    choice = random.random()
    if choice < 0.6 or not added:
        database.sql("INSERT INTO holiday (day, scope, body_id, name_ca, status, source) SELECT %s, %s, (SELECT id FROM body WHERE code = %s), "
                     "'Correcció', 'official', 'test' ON CONFLICT DO NOTHING", day, "local" if place else "catalunya", place)
        added.append((day, place))
    elif choice < 0.8:
        day, place = added.pop(random.randrange(len(added)))
        database.sql("DELETE FROM holiday WHERE day = %s AND body_id IS NOT DISTINCT FROM (SELECT id FROM body WHERE code = %s)", day, place)
    else:
        old, place = added.pop()
        database.sql("UPDATE holiday SET day = %s WHERE day = %s AND body_id IS NOT DISTINCT FROM (SELECT id FROM body WHERE code = %s) "
                     "AND NOT EXISTS (SELECT FROM holiday h WHERE h.day = %s AND h.body_id IS NOT DISTINCT FROM holiday.body_id)", day, old, place, day)


def check_request(count, row, events, timers):
    """One request, told again from its events."""
    ref, body, state, due_at, clock_due = row
    since, used, told, fired, held = None, 0, None, collections.Counter(), None
    for at, kind, data in events:
        revision = data.get("calendar", 0)
        if kind == "request.submitted" or data.get("event") == "answer":
            since, told = at, None
        elif data.get("event") == "ask":
            used += count.used(since, at, body, revision)
            since, held = None, at
        elif kind == "request.clock_recomputed":
            for clock in data["clocks"]:
                assert clock["from"] != clock["to"] and told in (None, clock["from"]), f"{ref}: {clock} after {told}"
                told = clock["to"]
        if "timer" in data:
            due = datetime.datetime.fromisoformat(data["timer"]["due"].replace("Z", "+00:00"))
            fired[data["timer"]["id"], data["timer"]["generation"]] += 1
            assert due <= at, f"{ref}: {data['timer']} fired at {at}"
            if data["timer"]["id"] == "late": # nobody is cut off before the day that the calendar known then says
                assert due == count.end(since, TERM - used, body, revision), f"{ref}: cut off at {due}"
    assert set(fired.values()) <= {1} and sum(n for (name, _), n in fired.items() if name in ("late", "half")) <= 2, f"{ref}: {fired}"
    if state == "working":
        expected = count.end(since, TERM - used, body)
        assert due_at == clock_due == timers["late"] == expected, f"{ref}: {due_at}, {clock_due}, {timers}, not {expected}"
        if "half" in timers and used < HALF:
            assert timers["half"] == count.office(count.end(since, HALF - used, body)), f"{ref}: {timers}"
    elif state == "waiting":
        assert due_at is None and clock_due is None
        assert timers["silence"] == count.end(held, 3, body), f"{ref}: {timers}"
    else:
        assert not timers and clock_due is None


def check_all(database):
    count = Counting(database)
    events, timers = collections.defaultdict(list), collections.defaultdict(dict)
    for request, at, kind, data in database.sql("SELECT request_id, at, type, data FROM request_event ORDER BY request_id, seq"):
        events[request].append((at, kind, data))
    for request, timer, due in database.sql("SELECT request_id, timer, due FROM request_timer"):
        timers[request][timer] = due
    rows = database.sql("SELECT r.id, ref, body_id, state, due_at, c.due FROM request r LEFT JOIN request_clock c ON c.request_id = r.id")
    for request, *row in rows:
        check_request(count, row, events[request], timers[request])
    return collections.Counter(row[3] for row in rows)


def test_corrections__while_processes_die_leave_every_term_right(start, client, tmp_path):
    clock = HandClock(tmp_path / "clock", local(2026, 5, 4, 10))
    first = start(OAM_TEST_CLOCK=str(clock.path))
    second = start(database=first.database, OAM_TEST_CLOCK=str(clock.path))
    database, apis = first.database, [client(first), client(second)]
    publish(database)
    database.sql("DELETE FROM holiday WHERE day BETWEEN '2026-05-02' AND '2026-07-31'")
    for api in apis:
        assert until(lambda: api.get("/api/v1/workflows/general_enquiry", role="operator").json()["version"] == 90)
    refs = []
    for moment in (local(2026, 5, 4, 10), local(2026, 5, 5, 12), local(2026, 5, 6, 23, 30)):
        clock.go(moment)
        for api in apis:
            api._tokens.clear()
        refs += file_some(apis[0], 100 if DEEP else 40)
    asked = random.sample(refs, len(refs) // 3)
    for ref in asked:
        act_through_all(apis, ref, "ask", {"question": "?"}, "operator", time.monotonic() + 60)
    kills, added, stop = (200 if DEEP else 20), [], threading.Event()
    answered = random.sample(asked, len(asked) // 2)
    town = dict(database.sql("SELECT ref, CASE code WHEN %s THEN 'local_user' ELSE 'local_user_b' END FROM request r JOIN body b ON b.id = body_id", TOWN))
    failures = []

    def answer():
        try:
            for ref in answered:
                act_through_all(apis, ref, "answer", {"answer": "!"}, town[ref], time.monotonic() + 60)
                if stop.wait(0.05):
                    return
        except AssertionError as failure:
            failures.append(failure)

    people = threading.Thread(target=answer)
    people.start()
    for number in range(kills):
        for _ in range(random.randrange(1, 4)):
            correct(database, added)
        if number % 2: # at night or by day, so that what is due meets what is corrected
            clock.go(clock.moment + datetime.timedelta(hours=random.randrange(20, 60)) * (0.1 if DEEP else 1))
        time.sleep(random.uniform(0.05, 0.4))
        victim = random.choice((first, second))
        victim.kill()
        victim.start()
    stop.set()
    people.join(90)
    assert not failures and not people.is_alive(), failures[:1]
    left = lambda: database.one("SELECT (SELECT count(*) FROM clock_recount) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM request_timer "
                                "WHERE due <= to_timestamp(%s))", clock.moment.timestamp())
    assert until(lambda: left() == 0, 60, 0.2), f"{left()} still wait"
    states = check_all(database)
    told = database.one("SELECT count(*) FROM notification WHERE payload ->> 'about' = 'term_moved'")
    recounted = database.one("SELECT coalesce(sum(jsonb_array_length(data -> 'clocks')), 0) FROM request_event WHERE type = 'request.clock_recomputed'")
    assert told == recounted > 0, "each term that moved was told once"
    assert database.one("SELECT count(*) FROM incident") == 0
    first.verify()
    print(f"{kills} kills of two processes, {database.one('SELECT calendar_now()')} revisions, {recounted} terms moved, requests {dict(states)}")
