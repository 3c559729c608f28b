"""Long-polls under pressure: many who wait must not be felt by who does not."""
import re
import socket
import time

from oamtest.client import Api

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
    api = Api(new_server(OAM_QUEUE_MAX="32", OAM_DB_THREADS="2"), contract)
    token = api.token("operator")
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
