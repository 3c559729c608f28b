"""What is no throughput: memory, start, how soon a change is seen, and who waits for whom."""
import contextlib
import json
import os
import pathlib
import resource
import selectors
import socket
import subprocess
import threading
import time
import uuid

from product import API

STATE = pathlib.Path(os.environ["BENCH_STATE"])


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


# ---- idle: connections that only exist ----

def open_connections(bench, count):
    """Each has asked once, so that all that a connection may hold is held; from eight addresses, for the ports."""
    request = f"GET /livez HTTP/1.1\r\nHost: {bench.product.address.netloc}\r\n\r\n".encode()
    held, selector = [], selectors.DefaultSelector()
    for number in range(count):
        connection = socket.create_connection((bench.product.address.hostname, bench.product.address.port), timeout=10,
                                              source_address=(f"127.0.0.{1 + number % 8}", 0))
        connection.sendall(request)
        held.append(connection)
        selector.register(connection, selectors.EVENT_READ)
    answered, until = 0, time.monotonic() + 30
    while answered < count and time.monotonic() < until:
        for key, _ in selector.select(1):
            if key.fileobj.recv(4096).startswith(b"HTTP/1.1 200"):
                answered += 1
            selector.unregister(key.fileobj)
    return held, answered


def new_callers(bench, count):
    """Milliseconds from connecting to the answer, one caller after the other."""
    headers, found = bench.product.bearer(), []
    for number in range(count):
        began = time.perf_counter()
        bench.product.ask("GET", f"{API}/requests/{bench.refs[number % len(bench.refs)]}", headers=headers)
        found.append((time.perf_counter() - began) * 1000)
    return found


def may_open(connections):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard == resource.RLIM_INFINITY else min(hard, max(soft, connections + 256)), hard))


def idle(bench):
    wanted = bench.options.idle
    may_open(wanted)
    before, alone = bench.product.resident_mb(), new_callers(bench, 300)
    held, answered = open_connections(bench, wanted)
    time.sleep(1)
    with_all, beside = bench.product.resident_mb(), new_callers(bench, 300)
    # They are still there when each may ask again.
    request = f"GET /livez HTTP/1.1\r\nHost: {bench.product.address.netloc}\r\n\r\n".encode()
    alive = 0
    for connection in held:
        connection.settimeout(5)
        try:
            connection.sendall(request)
            alive += connection.recv(4096).startswith(b"HTTP/1.1 200")
        except OSError:
            pass
        connection.close()
    bench.single("idle", f"of {wanted} connections, how many were not held", "", wanted - min(answered, alive), 0)
    bench.single("idle", f"resident beside {wanted} idle connections (before: {before:.1f})", "MB", with_all, 80)
    bench.single("idle", f"p99 of a new caller meanwhile (before: {quantile(alone, .99):.1f})", "ms", quantile(beside, .99), 50)


# ---- memory: an oamd that has only started; how long it takes; when a change is seen ----

@contextlib.contextmanager
def second_oamd(port):
    """Another oamd on the same database; ready."""
    environment = {"OAM_DATABASE_URL": f"postgresql://oam_app@/oam?host={os.environ['BENCH_SOCKET']}", "OAM_PORT": str(port),
                   "OAM_SECRET_FILE": os.environ["BENCH_SECRET"], "OAM_PUBLIC_URL": os.environ["BENCH_URL"], "PATH": os.environ["PATH"]}
    # The user's change costs a millisecond or two that are not oamd's, and is left in.
    process = subprocess.Popen([*os.environ["BENCH_AS_SERVICE"].split(), os.environ["BENCH_OAMD"], "serve"], env=environment, cwd="/",
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (STATE / "run" / "children").write_text(f"{process.pid}\n")
    began = time.perf_counter()
    try:
        while not is_ready(port):
            if process.poll() is not None or time.perf_counter() - began > 10:
                raise SystemExit("bench: a second oamd does not start")
            time.sleep(0.001)
        yield process
    finally:
        process.terminate()
        process.wait(20)
        (STATE / "run" / "children").write_text("")


def is_ready(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def cold_start(bench, port):
    """(milliseconds to /readyz, MB then) of a second oamd on the same database."""
    began = time.perf_counter()
    with second_oamd(port) as process:
        took = (time.perf_counter() - began) * 1000
        time.sleep(0.3)
        return took, bench.product.resident_mb(process.pid)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def seen_after(bench, times):
    """Milliseconds from the answer to a change to the answer of a long-poll that waits for it."""
    product, found = bench.product, []
    connection, poller = product.connect(), product.connect()
    position = 0
    while True:  # to the end of the feed
        items = product.ask("GET", f"{API}/events?after={position}&limit=200", headers=product.bearer(), connection=poller)[2]["items"]
        if not items:
            break
        position = int(items[-1]["id"])
    for number in range(times):
        arrived = {}
        def wait():
            answer = product.ask("GET", f"{API}/events?after={position}&limit=10", headers=product.bearer(Prefer="wait=20"), connection=poller)
            arrived["at"], arrived["items"] = time.perf_counter(), answer[2]["items"]
        waiter = threading.Thread(target=wait)
        waiter.start()
        time.sleep(0.03 + 0.007 * (number % 5))
        product.ask("POST", f"{API}/requests/{bench.refs[number % len(bench.refs)]}/comments", json.dumps({"text": "Hola"}),
                    {**product.bearer(Idempotency_Key=str(uuid.uuid4())), "Content-Type": "application/json"}, connection)
        committed = time.perf_counter()
        waiter.join(30)
        position = int(arrived["items"][-1]["id"])
        found.append(max(0.0, arrived["at"] - committed) * 1000)
    return found


def memory(bench):
    port = free_port()
    starts = sorted(cold_start(bench, port) for _ in range(bench.options.rounds))
    took, resident = starts[len(starts) // 2]
    bench.single("memory", "resident after the start", "MB", resident, 24)
    bench.single("memory", "from nothing to /readyz", "ms", took, 150)
    seen = seen_after(bench, 10 if bench.options.smoke else 100)
    bench.single("memory", f"a change seen by a long-poll, p99 (p50 {quantile(seen, .5):.0f})", "ms", quantile(seen, .99), 100)


# ---- mixed: memory answers while every database thread is stuck ----

def mixed(bench):
    """A lock on a table that only comments need, for as long as memory is asked for something else."""
    product, seconds = bench.product, bench.options.seconds
    targets = []
    for ref in bench.refs[:100]:
        path = f"{API}/requests/{ref}/status"
        targets.append(path + "\t" + product.ask("GET", path, headers=product.bearer())[1]["ETag"])
    alone = product.wrk("get", targets, seconds)
    locker = subprocess.Popen([*os.environ["BENCH_AS_SERVICE"].split(), str(bench.database.bin / "psql"), "-Xq", *bench.database.at, "-U", "oam",
                               "-d", "oam", "-c", f"BEGIN; LOCK TABLE oam.comment; SELECT pg_sleep({seconds + 2}); ROLLBACK"],
                              cwd="/", stdout=subprocess.DEVNULL)
    stuck, stop = [], threading.Event()
    def slow():
        while not stop.is_set():
            connection = product.connect()
            connection.request("GET", f"{API}/requests/{bench.refs[0]}/comments", headers=product.bearer())
            stuck.append(connection.getresponse().status)
            connection.close()
    callers = [threading.Thread(target=slow, daemon=True) for _ in range(16)]
    try:
        time.sleep(0.5)
        for caller in callers:
            caller.start()
        time.sleep(0.3)
        beside = product.wrk("get", targets, seconds)
    finally:
        stop.set()
        locker.wait(seconds + 30)
    for caller in callers:
        caller.join(15)
    bench.single("mixed", f"p99 of 304 while all database threads are stuck (alone: {alone['p99_ms']:.1f})", "ms", beside["p99_ms"],
                 10, per_second=beside["per_second"], alone_per_second=alone["per_second"], slow_answers=len(stuck))
