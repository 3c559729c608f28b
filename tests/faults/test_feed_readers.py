"""The feed under load: four servers of one database, each killed, writers that commit out of order, hold their transactions and roll
back; whoever reads, by pages, by long-polls or by streams, at whatever server answers, reads every event once and in order."""
import http.client
import json
import os
import random
import threading
import time

import psycopg2
import pytest
from oamtest.client import OTHER_TOWN, TOWN, Api, new_key
from oamtest.waiting import until

DEEP = os.environ.get("OAM_DEEP") == "1"
LOST = (OSError, http.client.HTTPException)
SERVERS, WRITERS, SQL_WRITERS = 4, 16, 4
SEEN = {  # what each caller's scope lets through, in SQL
    "integration": "NOT internal", "operator": "NOT draft", "local_user": f"NOT internal AND body_id = (SELECT id FROM body WHERE code = '{TOWN}')"}


class Crew:
    """Threads that go on whatever dies, until they are told to stop; a fault of one is the fault of the test."""

    def __init__(self):
        self.stop, self.faults, self.threads = threading.Event(), [], []

    def add(self, work, *given):
        def run():
            try:
                work(self.stop, *given)
            except Exception as fault:  # a thread must not die silently
                self.faults.append(repr(fault))
        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def join(self, seconds):
        for thread in self.threads:
            thread.join(seconds)
        assert not self.faults, self.faults[:3]
        assert not any(thread.is_alive() for thread in self.threads)


# ---- who writes

def insist(apis, path, role, body):
    key = new_key()
    while True:
        try:
            answer = random.choice(apis).post(path, role=role, json=body, headers={"Idempotency-Key": key}, timeout=10)
            if answer.status_code in (200, 201):
                return answer
            assert answer.status_code in (409, 429, 503), answer
        except LOST:
            pass
        time.sleep(0.02)


def write(stop, apis, number):
    role, body = [("local_user", TOWN), ("signer", OTHER_TOWN)][number % 2]
    while not stop.is_set():
        ref = insist(apis, "/api/v1/requests", role, {"service": "OAM-GEN", "body": body, "title": "Consulta", "submit": True}).json()["ref"]
        for _ in range(3):
            insist(apis, f"/api/v1/requests/{ref}/comments", role, {"text": "Encara hi som."})
        insist(apis, f"/api/v1/requests/{ref}/notes", "operator", {"text": "Entre nosaltres."})


def write_slowly(stop, database, ids, number):
    """Its own request; its events get their numbers now, and are there only much later, or never."""
    connection = psycopg2.connect(database.url)
    dice = random.Random(number)
    while not stop.is_set():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL search_path = oam; SELECT set_config('oam.staff', '1', true), set_config('oam.all', '1', true)")
            for _ in range(dice.randint(1, 3)):
                cursor.execute("SELECT comment_add(%s, gen_random_uuid(), false, 'system', 'OAM', 'provider', 'Lent', now())", (ids[number],))
            time.sleep(dice.choice([0, 0.01, 0.1, 0.7]))
        connection.rollback() if dice.random() < 0.3 else connection.commit()
    connection.close()


# ---- who reads

class Reader:
    """The positions that one reader was told, in the order in which it was; it goes on where it was, at another server."""

    def __init__(self, apis, role):
        self.apis, self.role, self.seen, self.cuts = apis, role, [], 0

    @property
    def place(self):
        return self.seen[-1] if self.seen else 0

    def by_pages(self, stop, wait=None):
        after = "0"
        while not stop.is_set():
            try:
                page = random.choice(self.apis).get(f"/api/v1/events?after={after}&limit={random.choice([1, 7, 200])}", role=self.role,
                                                    headers={"Prefer": f"wait={wait}"} if wait else {}, timeout=20)
            except LOST:
                self.cuts += 1
                continue
            if page.status_code == 200:
                self.seen += [int(event["id"]) for event in page.json()["items"]]
                after = page.json()["next"]

    def by_long_poll(self, stop):
        self.by_pages(stop, wait=1)

    def by_stream(self, stop):
        while not stop.is_set():
            api = random.choice(self.apis)
            connection = http.client.HTTPConnection("127.0.0.1", api.server.port, timeout=2)
            try:
                connection.request("GET", "/api/v1/events/stream?after=0", headers={
                    "Authorization": f"Bearer {api.token(self.role)}", **({"Last-Event-ID": str(self.place)} if self.seen else {})})
                response = connection.getresponse()
                if response.status == 200:
                    self.listen(stop, response)
            except LOST:
                pass
            self.cuts += 1
            connection.close()
            time.sleep(0.02)

    def listen(self, stop, response):
        """Until it is cut, or leaves by itself now and then: what has come in part is not kept."""
        text, leaves = "", time.monotonic() + random.uniform(0.5, 4)
        while not stop.is_set() and time.monotonic() < leaves:
            chunk = response.read1(65536)
            if not chunk:
                return
            *blocks, text = (text + chunk.decode()).split("\n\n")
            for block in blocks:
                lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
                if "data" in lines:
                    assert json.loads(lines["data"])["id"] == lines["id"]
                    self.seen.append(int(lines["id"]))


@pytest.mark.parametrize("kept", ["8192", "16"])
def test_feed__every_reader_reads_every_event_once_and_in_order(start, client, kept):
    settings = {"OAM_FEED_EVENTS": kept, "OAM_RATE_PER_MINUTE": "0"}
    servers = [start(**settings)]
    for _ in range(SERVERS - 1):
        servers.append(start(servers[0].database, OAM_PUBLIC_URL=servers[0].url, **settings))
    database, first = servers[0].database, client(servers[0])
    for role in ("local_user", "signer", *SEEN):
        first.token(role)
    apis = [first] + [other(first, server) for server in servers[1:]]
    slow = [first.file(role="local_user")["ref"] for _ in range(SQL_WRITERS)]
    ids = [database.one(f"SELECT id FROM request WHERE ref = '{ref}'") for ref in slow]
    readers = [Reader(apis, role) for role in ["integration", "operator", "local_user"] * 2 + ["integration", "operator"]]
    reading, writing = Crew(), Crew()
    for number, reader in enumerate(readers):
        reading.add([reader.by_pages, reader.by_stream, reader.by_stream, reader.by_long_poll][number % 4])
    for number in range(WRITERS - SQL_WRITERS):
        writing.add(write, apis, number)
    for number in range(SQL_WRITERS):
        writing.add(write_slowly, database, ids, number)
    for _ in range(10 if DEEP else 1):
        for server in random.sample(servers, SERVERS):
            time.sleep(random.uniform(0.5, 1.5))
            server.kill()
            time.sleep(random.uniform(0, 0.5))
            server.start()
    time.sleep(1)
    writing.stop.set()
    writing.join(60)
    events = database.one("SELECT count(*) FROM request_event")
    assert until(lambda: database.one("SELECT count(*) FROM event_feed") == events, 20)
    wanted = {role: [row[0] for row in database.sql(f"SELECT position FROM event_feed WHERE {scope} ORDER BY position")]
              for role, scope in SEEN.items()}
    done = until(lambda: all(reader.place == wanted[reader.role][-1] for reader in readers), 30)
    reading.stop.set()
    reading.join(30)
    for reader in readers:
        assert reader.seen == wanted[reader.role], (reader.role, len(reader.seen), len(wanted[reader.role]), reader.cuts)
    assert done and len(wanted["operator"]) > 300 and sum(reader.cuts for reader in readers) > SERVERS
    assert database.one("SELECT max(position) = count(*) FROM event_feed")
    servers[0].verify()


def other(api, server):
    """The same callers with the same tokens, at another server."""
    twin = Api(server, api.contract)
    twin._tokens = api._tokens
    return twin
