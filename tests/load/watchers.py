"""Who waits for events: thousands of streams and long-polls on one oamd, what they weigh and how soon all of them are told."""
import http.client
import json
import select
import socket
import threading
import time
import uuid

from product import API
from quiet import free_port, may_open, quantile, second_oamd
import rivals

WAKES = 10
WRITES = 2000  # a second, beside which staleness is measured
PROBES = 200


class Crowd:
    """Open sockets, and when each of them was last told something."""

    def __init__(self, bench, count, request):
        self.poll, self.sockets = select.epoll(), {}
        self.told = {}
        for number in range(count):
            one = socket.create_connection((bench.product.address.hostname, bench.product.address.port), timeout=10,
                                           source_address=(f"127.0.0.{1 + number % 8}", 0))
            one.sendall(request)
            one.setblocking(False)
            self.sockets[one.fileno()] = one
            self.poll.register(one.fileno(), select.EPOLLIN)

    def listen(self, seconds, enough, is_told):
        """Until `enough` of them were told something, by what is_told() finds in what they received; how many were."""
        self.told = {}
        end = time.monotonic() + seconds
        while len(self.told) < enough and time.monotonic() < end:
            ready, now = self.poll.poll(0.2, len(self.sockets)), time.perf_counter()
            for number, _ in ready:
                received = self.sockets[number].recv(65536)
                if number not in self.told and is_told(received):
                    self.told[number] = now
                if not received:
                    self.poll.unregister(number)
        return len(self.told)

    def say(self, request):
        for one in self.sockets.values():
            one.sendall(request)

    def close(self):
        for one in self.sockets.values():
            one.close()
        self.poll.close()


def head(bench, path, *lines):
    return "\r\n".join([f"GET {API}{path} HTTP/1.1", f"Host: {bench.product.address.netloc}",
                        f"Authorization: Bearer {bench.product.token('integration')}", *lines, "", ""]).encode()


def comment(bench, number):
    """Commits a change, and tells when."""
    product = bench.product
    product.ask("POST", f"{API}/requests/{bench.refs[number % len(bench.refs)]}/comments", json.dumps({"text": "Hola"}),
                {**product.bearer(Idempotency_Key=str(uuid.uuid4())), "Content-Type": "application/json"})
    return time.perf_counter()


def wake(bench, crowd, count, again=None):
    """Milliseconds from a commit until each of them is told, over WAKES commits; all of them, each time."""
    found = []
    for number in range(WAKES):
        bench.settle()
        committed = {}
        change = threading.Thread(target=lambda: committed.update(at=comment(bench, number)))
        change.start()
        if crowd.listen(30, count, lambda received: b"commented" in received) < count:
            raise SystemExit(f"bench: {count - len(crowd.told)} of {count} watchers were not told")
        change.join()
        found += [max(0.0, at - committed["at"]) * 1000 for at in crowd.told.values()]
        if again:
            crowd.say(again())
    return found


def watchers(bench):
    product, count = bench.product, bench.options.idle
    may_open(count)
    before = product.resident_mb()
    crowd = Crowd(bench, count, head(bench, "/events/stream", "Accept: text/event-stream"))
    held = crowd.listen(30, count, lambda received: received.startswith(b"HTTP/1.1 200"))
    time.sleep(0.5)
    beside = product.resident_mb()
    found = wake(bench, crowd, held)
    after = product.resident_mb()
    crowd.close()
    bench.single("watchers", f"of {count} streams, how many were not held", "", count - held, 0)
    bench.single("watchers", f"resident beside them (before: {before:.1f}; after {WAKES} events to each: {after:.1f})", "MB", beside, 80)
    bench.single("watchers", f"an event told to all of them, p99 (p50 {quantile(found, .5):.0f})", "ms", quantile(found, .99), 250)


# ---- staleness: what one server changes, another one answers from memory ----

def stale_for(bench, port, ref, version):
    """Milliseconds from the answer to a change by the first server until the second answers with it."""
    product = bench.product
    path, other = f"{API}/requests/{ref}/status", http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    etag = product.ask("GET", path, headers=product.bearer(), connection=other)[1]["ETag"]
    committed = {}
    change = threading.Thread(target=lambda: committed.update(at=comment(bench, version)))
    change.start()
    while True:
        other.request("GET", path, headers=product.bearer(If_None_Match=etag))
        answer = other.getresponse()
        answer.read()
        if answer.status == 200:
            break
        time.sleep(0.0003)
    seen = time.perf_counter()
    change.join()
    other.close()
    return max(0.0, seen - committed["at"]) * 1000


def staleness(bench):
    port = free_port()
    first_id = int(bench.database.sql(f"SELECT id FROM oam.request WHERE ref = '{bench.refs[0]}'")[0][0])
    probes = 20 if bench.options.smoke else PROBES
    with second_oamd(port):
        idle = [stale_for(bench, port, bench.refs[number % len(bench.refs)], number) for number in range(probes // 4)]
        written, stop = {}, 2 * bench.options.rounds * bench.options.seconds
        def write():
            written.update(bench.database.pgbench(rivals.comment_script(bench.world, first_id), bench.db_threads, stop, rate=WRITES))
        writer = threading.Thread(target=write)
        writer.start()
        time.sleep(0.5)
        found = []
        while writer.is_alive():
            number = len(found)
            found.append(stale_for(bench, port, bench.refs[number % len(bench.refs)], number))
        writer.join()
    if not written:
        raise SystemExit("bench: nobody wrote beside the probes")
    bench.single("staleness", f"of a second server beside {written['per_second']:.0f} writes/s, p99 of {len(found)} "
                 f"(p50 {quantile(found, .5):.0f}; alone {quantile(idle, .5):.0f} and {quantile(idle, .99):.0f})", "ms", quantile(found, .99), 100)
