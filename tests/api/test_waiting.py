"""Long-polls under pressure: many who wait must not be felt by who does not."""
import concurrent.futures
import contextlib
import os
import re
import secrets
import signal
import socket
import time

import pytest

from oamtest.client import Api, new_key

WAITERS = 300


def wait_for_nothing(server, token):
    """A long-poll whose subject does not exist: every event wakes it, and it waits on."""
    poll = socket.create_connection(("127.0.0.1", server.port))
    poll.sendall(f"GET /api/v1/events?after=0&subject=OAM-2026-999999 HTTP/1.1\r\nHost: oam\r\nAuthorization: Bearer {token}\r\n"
                 "Prefer: wait=30\r\n\r\n".encode())
    return poll


def parked(api):
    return int(re.search(r"^oam_http_parked (\d+)", api.get("/metrics", role=None).text, re.M)[1])


def until_parked(api, count, seconds=10):
    end = time.monotonic() + seconds
    while parked(api) < count:
        assert time.monotonic() < end, f"not {count} of them wait"
        time.sleep(0.01)


def test_waiting__hundreds_whom_every_event_wakes_cost_nobody_a_refusal(new_server, contract):
    api = Api(new_server(OAM_QUEUE_MAX="32", OAM_DB_THREADS="2", OAM_WAITS_PER_PERSON=str(WAITERS)), contract)
    token = api.token("operator")
    assert api.get("/api/v1/me").status_code == 200  # who is not known yet has only half of the queue
    api.token("local_user")
    polls = []
    while len(polls) < WAITERS:
        polls += [wait_for_nothing(api.server, token) for _ in range(20)]
        until_parked(api, len(polls))
    for _ in range(10):
        api.file(role="local_user")
        for _ in range(5):
            assert api.get("/api/v1/requests?limit=5").status_code == 200
    until_parked(api, WAITERS)
    for poll in polls:
        poll.close()


def test_waiting__ends_with_the_session_that_waits(new_server, contract):
    api = Api(new_server(), contract)
    waiting = api.login("local.aguilar-de-segarra")
    head = api.get("/api/v1/events?after=0&limit=200").json()["next"]
    poll = socket.create_connection(("127.0.0.1", api.server.port))
    poll.sendall(f"GET /api/v1/events?after={head} HTTP/1.1\r\nHost: oam\r\nAuthorization: Bearer {waiting}\r\n"
                 "Prefer: wait=20\r\n\r\n".encode())
    until_parked(api, 1)
    assert api.delete("/api/v1/session", role=None, token=waiting).status_code == 204
    api.file(role="local_user")
    poll.settimeout(10)
    assert poll.recv(65536).startswith(b"HTTP/1.1 401 ")
    poll.close()


def unwaited(api):
    return int(re.search(r"^oam_http_waits_refused_total (\d+)", api.get("/metrics", role=None).text, re.M)[1])


def test_waiting__who_holds_too_many_is_answered_at_once(new_server, contract):
    """The cap is of each principal, larger for an integration; an answer that was not held does not say that it was."""
    api = Api(new_server(OAM_WAITS_PER_PERSON="2", OAM_WAITS_PER_CLIENT="3"), contract)
    head = api.get("/api/v1/events?after=latest").json()["next"]

    def ask(role):
        begin = time.monotonic()
        answer = api.get(f"/api/v1/events?after={head}", role=role, headers={"Prefer": "wait=1"})
        assert answer.status_code == 200 and answer.json() == {"items": [], "next": head, "prev": None}
        return time.monotonic() - begin, answer.headers.get("Preference-Applied")

    polls = []
    for role, most in (("operator", 2), ("integration", 3)):
        token = api.token(role)
        polls += [wait_for_nothing(api.server, token) for _ in range(most)]
        until_parked(api, len(polls))
        refused = unwaited(api)
        took, told = ask(role)
        assert took < 0.8 and told is None and unwaited(api) == refused + 1
        # What does not ask to wait, or is somebody else's, is not concerned.
        assert api.get("/api/v1/events?after=0&limit=1", role=role).status_code == 200
        took, told = ask("supervisor")
        assert took >= 0.9 and told == "wait=1" and unwaited(api) == refused + 1


def test_waiting__gives_its_place_back(new_server, contract):
    """However it ends: by an event, by time, refused, or with a client that has gone."""
    api = Api(new_server(OAM_WAITS_PER_PERSON="1"), contract)
    head = api.get("/api/v1/events?after=latest").json()["next"]
    for _ in range(3):
        assert api.get(f"/api/v1/events?after={head}", headers={"Prefer": "wait=1"}).headers["Preference-Applied"] == "wait=1"
        assert api.get("/api/v1/events?after=-1", headers={"Prefer": "wait=1"}).status_code == 400
    assert unwaited(api) == 0
    poll = socket.create_connection(("127.0.0.1", api.server.port))
    poll.sendall(f"GET /api/v1/events?after={head} HTTP/1.1\r\nHost: oam\r\nAuthorization: Bearer {api.token('operator')}\r\n"
                 "Prefer: wait=20\r\n\r\n".encode())
    until_parked(api, 1)
    poll.close()
    api.file(role="local_user")  # its answer goes nowhere
    head = api.get("/api/v1/events?after=latest").json()["next"]
    end = time.monotonic() + 10
    while "Preference-Applied" not in api.get(f"/api/v1/events?after={head}", headers={"Prefer": "wait=1"}).headers:
        assert time.monotonic() < end, "the place of a client that has gone was not given back"
        time.sleep(0.01)


@contextlib.contextmanager
def stuck(server):
    """PostgreSQL answers nobody of this server until the block ends."""
    backends = [pid for pid, in server.database.sql("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")]
    try:
        for pid in backends:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in backends:
            os.kill(pid, signal.SIGCONT)


def ask_later(server, token, path, headers=""):
    """A request on a connection of its own, whose answer is read later."""
    one = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    who = f"Authorization: Bearer {token}\r\n" if token else ""
    one.sendall(f"GET {path} HTTP/1.1\r\nHost: oam\r\n{who}{headers}Connection: close\r\n\r\n".encode())
    return one


def heard(one):
    """(status, head) of its answer."""
    said = b""
    while True:
        more = one.recv(65536)
        if not more:
            return int(said.split()[1]), said.split(b"\r\n\r\n")[0].decode()
        said += more


@pytest.mark.parametrize("flooder", ["somebody known", "nobody known"])
def test_a_flood__of_one_leaves_the_others_their_place(new_server, contract, flooder):
    """Whoever sends more than the database can do is told so; the rest wait their turn, and are served."""
    server = new_server(OAM_DB_THREADS="2", OAM_QUEUE_MAX="20", OAM_STATEMENT_TIMEOUT_MS="30000", OAM_DEADLINE_MS="30000")
    api = Api(server, contract)
    ref = api.file(role="local_user")["ref"]
    known = {role: api.token(role) for role in ("operator", "integration", "agent", "supervisor")}
    for role in known:  # memory knows them
        assert api.get("/api/v1/me", role=role).status_code == 200
    comments = f"/api/v1/requests/{ref}/comments"
    with stuck(server):
        if flooder == "somebody known":
            flood = [ask_later(server, known["integration"], comments) for _ in range(60)]
        else:  # sessions that anybody can make up, and only the database can tell
            first = [ask_later(server, known["integration"], comments) for _ in range(2)]
            time.sleep(0.3)
            flood = [ask_later(server, None, comments, f"Cookie: oam_session={secrets.token_urlsafe(32)}\r\n") for _ in range(60)]
        time.sleep(0.5)
        others = [ask_later(server, known[role], comments) for role in ("operator", "agent", "supervisor")]
        time.sleep(0.5)
    assert [heard(one)[0] for one in others] == [200, 200, 200]
    answers = [heard(one) for one in flood]
    if flooder == "somebody known":
        statuses = [status for status, _ in answers]
        assert set(statuses) == {200, 429} and statuses.count(200) == 20 // 2 + 2
        assert all("Retry-After: 1" in head for status, head in answers if status == 429)
    else:
        statuses = [status for status, _ in answers]
        assert set(statuses) == {401, 503} and statuses.count(401) == 20 // 2 + 2
        assert [heard(one)[0] for one in first] == [200, 200]
    # It was for that moment only.
    assert api.get(comments, role="integration").status_code == 200


# ---- a status that is waited for

def status_wait(api, ref, etag, seconds, role="integration"):
    return api.get(f"/api/v1/requests/{ref}/status", role=role, headers={"If-None-Match": etag, "Prefer": f"wait={seconds}"})


@pytest.mark.parametrize("settings", [{}, {"OAM_CACHE_MB": "0"}, {"OAM_FEED_EVENTS": "0"}], ids=str)
def test_status__is_held_until_it_changes(new_server, contract, settings):
    """Whether memory has the answer, or the newest events, or not: by another server's change too."""
    first = new_server(**settings)
    api, other = Api(first, contract), Api(new_server(first.database), contract)
    ref, bystander = (api.file(role="local_user")["ref"] for _ in range(2))
    etag = api.get(f"/api/v1/requests/{ref}/status", role="integration").etag
    for changing in (api, other):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(status_wait, api, ref, etag, 30)
            until_parked(api, 1)
            changing.post(f"/api/v1/requests/{bystander}/comments", role="local_user", json={"text": "Un altre"}, headers={"Idempotency-Key": new_key()})
            changing.post(f"/api/v1/requests/{ref}/notes", role="operator", json={"text": "Intern"}, headers={"Idempotency-Key": new_key()})
            changing.post(f"/api/v1/requests/{ref}/comments", role="local_user", json={"text": "Ara sí"}, headers={"Idempotency-Key": new_key()})
            answer = waiting.result(30)
        assert answer.status_code == 200 and answer.etag != etag and answer.headers["Preference-Applied"] == "wait=30"
        etag = answer.etag


def test_status__that_does_not_change_is_a_304_in_the_end(new_server, contract):
    api = Api(new_server(OAM_WAITS_PER_CLIENT="0"), contract)
    ref = api.file(role="local_user")["ref"]
    etag = api.get(f"/api/v1/requests/{ref}/status", role="operator").etag
    held, not_held = status_wait(api, ref, etag, 1, role="operator"), status_wait(api, ref, etag, 30)
    assert (held.status_code, held.headers.get("Preference-Applied")) == (304, "wait=1")
    assert (not_held.status_code, not_held.headers.get("Preference-Applied")) == (304, None)
    assert held.etag == not_held.etag == etag
    # Who asks without a validator, or with an old one, has the status at once.
    assert api.get(f"/api/v1/requests/{ref}/status", headers={"Prefer": "wait=30"}).status_code == 200
    assert status_wait(api, ref, '"v1-ca"', 30, role="operator").status_code == 200
