"""What was promised holds while things break: killed servers, a killed database, two processes on one database."""
import http.client
import os
import random
import signal
import subprocess
import threading
import time

import psycopg2
import pytest
from oamtest.client import OTHER_TOWN, TOWN, new_key
from oamtest.database import dsn
from oamtest.waiting import until

DEEP = os.environ.get("OAM_DEEP") == "1"
LOST = (OSError, http.client.HTTPException)


def feed_of(api, role="operator"):
    items, position = [], "0"
    while True:
        page = api.get("/api/v1/events", role=role, params={"after": position, "limit": 200}, check=False).json()
        items += page["items"]
        if page["next"] == position:
            return items
        position = page["next"]


def check_database(server):
    """Nothing forked, nothing missing: the chains verify, and replaying the events gives the stored states."""
    server.verify()
    events = server.database.one("SELECT count(*) FROM request_event")
    assert until(lambda: server.database.one("SELECT count(*) FROM event_feed") == events, 5)
    assert server.database.sql("SELECT coalesce(max(position), 0), count(*) FROM event_feed")[0][0] == events


class Writer(threading.Thread):
    """Files and takes, each with a key of its own, until answered; remembers what it was promised."""

    def __init__(self, api, stop, number):
        super().__init__()
        self.api, self.stop, self.number = api, stop, number
        self.promised, self.strange, self.tries, self.doubtful = {}, [], 0, []

    def insist(self, path, role, body, headers=()):
        """The final answer, after as many retries with the same key as it takes; None when told to stop while it was out."""
        key = new_key()
        while True:
            try:
                self.tries += 1
                answer = self.api.post(path, role=role, json=body, headers={"Idempotency-Key": key, **dict(headers)}, timeout=10)
            except LOST:
                answer = None
            if answer is not None and answer.status_code in (200, 201):
                return answer
            if answer is not None and answer.status_code not in (503, 409, 429):
                self.strange.append(answer)
                return answer
            if answer is not None and "Retry-After" not in answer.headers:
                self.strange.append(answer)
            if self.stop.is_set() and self.tries > 10000:
                return None
            time.sleep(0.01)

    def run(self):
        try:
            count = 0
            while not self.stop.is_set():
                count += 1
                title = f"Cas {self.number}-{count}"
                filed = self.insist("/api/v1/requests", "integration", {"service": "OAM-GEN", "body": TOWN, "title": title, "submit": True})
                ref = filed.json()["ref"]
                taken = self.insist(f"/api/v1/requests/{ref}/transitions", "agent", {"event": "take"}, {"If-Match": filed.etag}.items())
                assert taken.json()["state"] == "in_progress", taken
                self.promised[title] = ref
        except Exception as fault:  # a thread must not die silently
            self.strange.append(repr(fault))


def run_writers(api, count, during):
    for role in ("integration", "agent", "operator"):
        api.token(role)
    stop = threading.Event()
    writers = [Writer(api, stop, number) for number in range(count)]
    for writer in writers:
        writer.start()
    try:
        during()
    finally:
        stop.set()
        for writer in writers:
            writer.join(60)
    assert not any(writer.is_alive() for writer in writers)
    strange = [one for writer in writers for one in writer.strange]
    assert not strange, strange[:3]
    return {title: ref for writer in writers for title, ref in writer.promised.items()}


def check_promises(server, promised):
    rows = server.database.sql("SELECT title, count(*), min(ref), min(state), min(version) FROM request GROUP BY title")
    stored = {title: row for title, *row in rows}
    assert promised and all(stored[title] == [1, ref, "in_progress", 3] for title, ref in promised.items())
    assert all(row[0] == 1 for row in stored.values()), "a retried filing was done twice"


def test_killed_servers__lose_nothing_that_was_answered_and_do_nothing_twice(start, client):
    """G2: oamd dies at random moments under load; every caller retries with its key until it is answered."""
    server = start()
    api = client(server)
    kills = 400 if DEEP else 40

    def during():
        for _ in range(kills):
            time.sleep(random.uniform(0.05, 0.5))
            server.kill()
            server.start()

    promised = run_writers(api, 6, during)
    check_promises(server, promised)
    check_database(server)
    print(f"{kills} kills, {len(promised)} requests, none lost, none twice")


def test_a_killed_database__is_a_503_and_oamd_recovers_by_itself(start, client, cluster):
    """G3: PostgreSQL dies and comes back; nobody sees another 5xx, and oamd is not started anew."""
    server = start()
    api = client(server)
    pid = server.process.pid
    recovered = []

    def during():
        for _ in range(30 if DEEP else 3):
            time.sleep(random.uniform(0.3, 0.8))
            cluster.kill()
            for path in ("/readyz", "/api/v1/requests", "/api/v1/events"):
                answer = api.get(path, role=None if path == "/readyz" else "operator")
                assert answer.status_code in (200, 503), answer
                assert answer.status_code == 200 or int(answer.headers["Retry-After"]) >= 1
            assert api.get("/livez", role=None).status_code == 200
            assert until(lambda: api.get("/readyz", role=None).status_code == 503, 5)
            cluster.start()
            begin = time.monotonic()
            assert until(lambda: api.get("/readyz", role=None).status_code == 200, 20)
            recovered.append(time.monotonic() - begin)

    promised = run_writers(api, 4, during)
    assert server.process.pid == pid and server.process.poll() is None
    check_promises(server, promised)
    check_database(server)
    assert max(recovered) < 5, recovered
    print(f"recovered in {max(recovered):.2f} s at most, {len(promised)} requests, none lost, none twice")


def test_two_servers__give_one_feed_each_event_once_in_order(start, client):
    """Writers on both, readers by page and by long-poll on both: the same gapless sequence for all."""
    first = start()
    second = start(database=first.database)
    apis = [client(first), client(second)]
    stop, read, faults, told = threading.Event(), [[] for _ in range(4)], [], []

    def follow(api, items, wait):
        try:
            position = "0"
            while True:
                ending = stop.is_set()
                page = api.get("/api/v1/events", role="operator", params={"after": position, "limit": 50},
                               headers={"Prefer": "wait=1"} if wait else {}).json()
                items += page["items"]
                # A server hears of what another numbered a moment later; what it never hears of is missing below.
                if ending and page["next"] == position and (position == told[0] or time.monotonic() > told[1]):
                    return
                position = page["next"]
        except Exception as fault:
            faults.append(repr(fault))

    for api in apis:
        for role in ("operator", "integration", "agent"):
            api.token(role)
    readers = [threading.Thread(target=follow, args=(apis[n % 2], items, n > 1)) for n, items in enumerate(read)]
    for reader in readers:
        reader.start()
    writers_stop = threading.Event()
    writers = [Writer(apis[number % 2], writers_stop, number) for number in range(6)]
    for writer in writers:
        writer.start()
    time.sleep(20 if DEEP else 5)
    writers_stop.set()
    for writer in writers:
        writer.join(30)
    assert not [one for writer in writers for one in writer.strange]
    expected = first.database.one("SELECT count(*) FROM request_event")
    assert until(lambda: first.database.one("SELECT count(*) FROM event_feed") == expected, 5)
    told += [str(expected), time.monotonic() + 10]
    stop.set()
    for reader in readers:
        reader.join(30)
    assert not faults, faults
    assert [event["id"] for event in read[0]] == [str(n) for n in range(1, expected + 1)]
    assert read[0] == read[1] == read[2] == read[3]
    by_ref = {}
    for event in read[0]:
        by_ref.setdefault(event["subject"], []).append(event["data"]["seq"])
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in by_ref.values())
    check_database(first)
    print(f"{expected} events, 4 readers, no gap, no repeat")


def test_two_servers__agree_within_a_moment(start, client):
    """A status that B has in memory is fresh soon after a change by way of A."""
    first = start()
    second = start(database=first.database)
    a, b = client(first), client(second)
    lags = []
    for _ in range(40 if DEEP else 12):
        ref = a.file("local_user")["ref"]
        assert until(lambda: b.get(f"/api/v1/requests/{ref}/status", role="integration").status_code == 200, 2)
        for event, role, data in (("take", "agent", {}), ("ask", "agent", {"question": "Què?"})):
            answer = a.act(ref, event, data, role=role)
            begin = time.monotonic()
            version = answer.json()["version"]
            assert until(lambda: b.get(f"/api/v1/requests/{ref}/status", role="integration").json()["version"] == version, 3, 0.002), ref
            lags.append(time.monotonic() - begin)
            # And never back again.
            assert b.get(f"/api/v1/requests/{ref}/status", role="integration").json()["version"] == version
    lags.sort()
    print(f"median {lags[len(lags) // 2] * 1000:.0f} ms, worst {lags[-1] * 1000:.0f} ms")
    assert lags[-1] < 1.0 and lags[len(lags) // 2] < 0.25


def backends(database, last_asked=""):
    return {pid for pid, in database.sql("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ %s", last_asked)}


def from_memory(api, ask):
    """Whether all are 304, and no database thread was asked."""
    def handed_over():
        return next(line for line in api.get("/metrics", role=None).text.splitlines() if line.startswith("oam_http_handed_over_total "))
    before = handed_over()
    return all(answer.status_code == 304 for answer in ask()) and handed_over() == before


def test_a_server_that_hears_nothing__answers_nothing_from_memory(start, client):
    """G9: B's relay asks, and is not answered; nothing fails. What A changes meanwhile, B must not go on denying."""
    first = start()
    a = client(first)
    ref = a.file("local_user")["ref"]
    path = f"/api/v1/requests/{ref}"
    others = backends(first.database)
    second = start(database=first.database)
    b = client(second)
    ways = {"status": lambda **how: b.get(f"{path}/status", role="integration", **how),
            "request": lambda **how: b.get(path, role="integration", **how),
            "part": lambda **how: b.get(f"{path}/status", role="integration", params={"fields": "phase"}, **how),
            "list": lambda **how: b.get("/api/v1/requests", role="integration", params={"limit": 1}, **how),
            "many": lambda **how: b.post("/api/v1/status:query", role="integration", json={"refs": [ref]}, **how)}
    frozen, = until(lambda: backends(first.database, r"event_relay\(\)") - others, 10)
    known = {name: ask().etag for name, ask in ways.items()}
    assert until(lambda: from_memory(b, lambda: [ask(headers={"If-None-Match": known[name]}) for name, ask in ways.items()]), 10)
    os.kill(frozen, signal.SIGSTOP)
    try:
        assert a.act(ref, "take", role="agent").status_code == 200
        for name, ask in ways.items():
            assert until(lambda: ask(headers={"If-None-Match": known[name]}).status_code == 200, 10), name
        # It has not given up on its connection, which takes longer: it only stopped believing what it had heard.
        assert "relay_failed" not in second.log()
    finally:
        os.kill(frozen, signal.SIGCONT)
    again = ways["status"]().etag
    assert until(lambda: ways["status"](headers={"If-None-Match": again}).status_code == 304, 10)


def test_a_server__hears_nothing_while_another_is_numbering_for_ever(start, client):
    """Who numbers the events holds a row until it is done. If that never ends, nobody is told, and nobody may believe memory."""
    first = start()
    second = start(database=first.database)
    a, b = client(first), client(second)
    ref = a.file("local_user")["ref"]
    def ask(etag):
        return b.get(f"/api/v1/requests/{ref}/status", role="integration", headers={"If-None-Match": etag})
    assert until(lambda: ask('"x"').status_code == 200, 5)
    etag = ask('"x"').etag
    assert until(lambda: from_memory(b, lambda: [ask(etag)]), 10)
    stuck = psycopg2.connect(dsn(first.database.name, first.database.server, options="-c search_path=oam,pg_catalog"))
    with stuck.cursor() as cursor:
        cursor.execute("SELECT FROM event_relay_state FOR UPDATE")
        assert a.act(ref, "take", role="agent").status_code == 200
        assert until(lambda: ask(etag).status_code == 200, 10)
        etag = ask('"x"').etag
        assert until(lambda: not any(from_memory(b, lambda: [ask(etag)]) for _ in range(5)), 10)
        assert first.database.one("SELECT count(*) FROM event_feed") < first.database.one("SELECT count(*) FROM request_event")
    stuck.close()
    assert until(lambda: from_memory(b, lambda: [ask(etag)]), 10)
    check_database(first)


def test_versions__are_linearizable_under_contention(start, client):
    """G6: many actors on few requests through two processes: every success is one version, without gaps, repeats or stale wins."""
    first = start()
    second = start(database=first.database)
    apis = [client(first), client(second)]
    refs = [apis[0].file("local_user")["ref"] for _ in range(3)]
    for ref in refs:
        apis[0].act(ref, "take", role="agent")
    for api in apis:
        for role in ("agent", "operator", "local_user"):
            api.token(role)
    told, faults, end = [], [], time.monotonic() + (30 if DEEP else 5)

    def act(api, seed):
        rng = random.Random(seed)
        try:
            while time.monotonic() < end:
                ref = rng.choice(refs)
                begin = time.monotonic()
                read = api.get(f"/api/v1/requests/{ref}", role="operator").json()
                event, role, data = {"in_progress": ("ask", "agent", {"question": "Què?"}), "waiting": ("answer", "local_user", {"answer": "Això"})}[read["state"]]
                answer = api.act(ref, event, data, role=role, version=read["version"])
                assert answer.status_code in (200, 412), answer
                if answer.status_code == 200:
                    told.append((ref, answer.json()["version"], begin, time.monotonic()))
        except Exception as fault:
            faults.append(repr(fault))

    threads = [threading.Thread(target=act, args=(apis[n % 2], n)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults
    for ref in refs:
        versions = sorted((version, begin, done) for one, version, begin, done in told if one == ref)
        assert [version for version, _, _ in versions] == list(range(4, 4 + len(versions)))
        # Real time: what was answered before another began has the lower version.
        latest = 0.0
        for version, begin, done in reversed(versions):
            assert latest == 0.0 or begin <= latest, "a later version was done before an earlier one began"
            latest = done if latest == 0.0 else min(latest, done)
        assert apis[1].get(f"/api/v1/requests/{ref}", role="operator").json()["version"] == 3 + len(versions)
    print(f"{len(told)} transitions, no anomaly")


def test_a_frozen_database__holds_nobody_for_ever(start, client, cluster):
    """G10: PostgreSQL stops answering without dying: liveness stays, what waits is told 503 by its deadline, then all is well."""
    server = start(OAM_DEADLINE_MS="1500", OAM_STATEMENT_TIMEOUT_MS="1000")
    api = client(server)
    ref = api.file("local_user")["ref"]
    api.token("operator")
    pid = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    children = [int(one) for one in subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], text=True, capture_output=True).stdout.split()]
    for one in [pid, *children]:
        os.kill(one, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        answer = api.get(f"/api/v1/requests/{ref}", role="operator", timeout=15)
        assert answer.status_code == 503 and "Retry-After" in answer.headers and time.monotonic() - begin < 8
        assert api.get("/livez", role=None).status_code == 200
    finally:
        for one in [*children, pid]:
            os.kill(one, signal.SIGCONT)
    assert until(lambda: api.get(f"/api/v1/requests/{ref}", role="operator").status_code == 200, 10)


@pytest.mark.deep
def test_a_long_run__stays_level(start, client):
    """G15 in small: ten minutes of work, memory and descriptors level."""
    server = start()
    api = client(server)

    def measure():
        status = open(f"/proc/{server.process.pid}/status").read()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]), len(os.listdir(f"/proc/{server.process.pid}/fd"))

    marks = []

    def during():
        for _ in range(20):
            time.sleep(30)
            marks.append(measure())

    run_writers(api, 4, during)
    assert marks[-1][1] <= marks[5][1] + 4 and marks[-1][0] < marks[5][0] * 1.3, marks
    assert OTHER_TOWN
