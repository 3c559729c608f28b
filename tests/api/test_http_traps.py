"""The traps of our HTTP library, on raw sockets against the real server: nothing truncated, smuggled, dropped or hung."""
import contextlib
import http.client
import json
import re
import signal
import socket
import time

import pytest

from oamtest.client import TOWN, Api, new_key

LIMIT = 1024 * 1024


class Wire:
    """One TCP connection, said to the byte."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.rest = b""

    def send(self, *parts):
        for part in parts:
            self.socket.sendall(part.encode() if isinstance(part, str) else part)
        return self

    def answer(self, head=False):
        """(status, {header: value}, body) of the next answer; None when the other side closed without one."""
        while b"\r\n\r\n" not in self.rest:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not more:
                return None
            self.rest += more
        top, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = top.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        length = 0 if head or status in (204, 304) or status < 200 else int(headers.get("content-length", 0))
        while len(self.rest) < length:
            more = self.socket.recv(65536)
            if not more:
                raise AssertionError("the answer was cut short")
            self.rest += more
        body, self.rest = self.rest[:length], self.rest[length:]
        return self.answer() if status == 100 else (status, headers, body)

    def closed(self, seconds=5):
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.socket.close()


@pytest.fixture
def wire(server):
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(contextlib.closing(Wire(server.port)))


@pytest.fixture(scope="module")
def auth(all_tokens):
    return f"Authorization: Bearer {all_tokens.token('integration')}\r\n"


def post(path, body, auth="", host="Host: oam\r\n", extra="", kind="application/json", length=None):
    body = body if isinstance(body, bytes) else body.encode()
    return (f"POST {path} HTTP/1.1\r\n{host}{auth}Content-Type: {kind}\r\nIdempotency-Key: {new_key()}\r\n{extra}"
            f"Content-Length: {len(body) if length is None else length}\r\n\r\n").encode() + body


def refused(answer, *statuses):
    assert answer is not None and answer[0] in statuses, answer
    assert answer[1]["content-type"].startswith("application/problem+json") and json.loads(answer[2])["status"] == answer[0]


# ---- bodies

@pytest.mark.parametrize("size", [256 * 1024 + 1, LIMIT, LIMIT + 1, 2 * LIMIT])
def test_a_body_over_its_limit__is_refused_not_cut(wire, auth, api, size):
    """P5: the library cuts what is too long and goes on. A cut JSON that is valid would be filed."""
    start = '{"service":"OAM-GEN","body":"%s","title":"Consulta"}' % TOWN
    one = wire()
    try:
        one.send(post("/api/v1/requests", start + " " * (size - len(start)), auth))
    except (BrokenPipeError, ConnectionResetError):
        pass
    refused(one.answer(), 413)


def test_a_body_that_says_it_is_too_long__is_refused_before_it_is_sent(wire, auth):
    begin = time.monotonic()
    one = wire().send(post("/api/v1/requests", "", auth, length=3 * 1024 * LIMIT))
    refused(one.answer(), 413)
    assert time.monotonic() - begin < 3


def test_a_chunked_body_over_its_limit__is_refused(wire, auth):
    one = wire().send(f"POST /api/v1/requests HTTP/1.1\r\nHost: oam\r\n{auth}Content-Type: application/json\r\nIdempotency-Key: {new_key()}\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n")
    try:
        for _ in range(40):
            one.send(f"{65536:x}\r\n", b" " * 65536, "\r\n")
        one.send("0\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = one.answer()
    assert answer is None or answer[0] == 413


def test_a_chunked_body__is_read_whole(wire, auth):
    body = '{"service":"OAM-GEN","body":"%s","title":"A trossos"}' % TOWN
    chunks = "".join(f"{len(piece):x}\r\n{piece}\r\n" for piece in (body[:7], body[7:30], body[30:])) + "0\r\n\r\n"
    answer = wire().send(f"POST /api/v1/requests HTTP/1.1\r\nHost: oam\r\n{auth}Content-Type: application/json\r\nIdempotency-Key: {new_key()}\r\n"
                         f"Transfer-Encoding: chunked\r\n\r\n{chunks}").answer()
    assert answer[0] == 201 and json.loads(answer[2])["title"] == "A trossos"


def test_a_body_that_is_never_finished__files_nothing(wire, auth, api):
    before = len(api.whole("/api/v1/requests", role="local_user"))
    body = '{"service":"OAM-GEN","body":"%s","title":"A mitges"}' % TOWN
    one = wire().send(post("/api/v1/requests", body, auth, length=len(body) + 1))
    time.sleep(0.2)
    one.close()
    assert len(api.whole("/api/v1/requests", role="local_user")) == before


def test_expect_100__is_answered(wire, auth):
    body = '{"service":"OAM-GEN","body":"%s","title":"Espero"}' % TOWN
    one = wire().send(post("/api/v1/requests", "", auth, extra="Expect: 100-continue\r\n", length=len(body)))
    time.sleep(0.1)
    assert one.send(body).answer()[0] == 201


# ---- what the head alone forbids: nobody sends a body for nothing, and nobody unknown fills our memory

LONG = 500_000


def head(line, *headers, length=LONG):
    lines = [f"{line} HTTP/1.1", "Host: oam", f"Content-Length: {length}", *headers]
    return "".join(f"{entry}\r\n" for entry in lines) + "\r\n"


JSON, KEY = "Content-Type: application/json", "Idempotency-Key: una-clau"
FORGED = "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."
UNWANTED = {
    "nobody": (401, None, "POST /api/v1/requests:batch", (JSON, KEY)),
    "a forged token": (401, None, "POST /api/v1/requests:batch", (JSON, KEY, FORGED)),
    "a cookie that is none": (401, None, "POST /api/v1/requests:batch", (JSON, KEY, "Cookie: oam_session=x", "Sec-Fetch-Site: same-origin")),
    "a cookie from another site": (403, None, "POST /api/v1/requests:batch", (JSON, KEY, "Cookie: oam_session=x", "Sec-Fetch-Site: cross-site")),
    "somebody who may not": (403, "technician", "POST /api/v1/requests:batch", (JSON, KEY)),
    "no such path": (404, "integration", "POST /api/v1/nowhere", (JSON, KEY)),
    "another method": (405, "integration", "PUT /api/v1/requests", (JSON, KEY)),
    "no body is expected": (413, "integration", "GET /api/v1/requests", (JSON,)),
    "too long for its route": (413, "integration", "POST /api/v1/requests", (JSON, KEY)),
    "another type": (415, "integration", "POST /api/v1/requests:batch", ("Content-Type: text/csv", KEY)),
    "no answer that is wanted": (406, "integration", "POST /api/v1/requests:batch", (JSON, KEY, "Accept: text/html")),
    "no key": (400, "integration", "POST /api/v1/requests:batch", (JSON,)),
    "a query that is not ours": (400, "integration", "POST /api/v1/requests:batch?colour=red", (JSON, KEY)),
}


def bearer(all_tokens, role):
    return (f"Authorization: Bearer {all_tokens.token(role)}",) if role else ()


@pytest.mark.parametrize("case", UNWANTED)
def test_a_body_nobody_would_take__is_refused_before_it_is_sent(wire, all_tokens, api, case):
    status, role, line, headers = UNWANTED[case]
    if role:  # memory knows who it is
        api.get("/api/v1/me", role=role)
    begin = time.monotonic()
    one = wire().send(head(line, *headers, *bearer(all_tokens, role)))
    answer = one.answer()
    refused(answer, status)
    assert answer[1]["connection"] == "close" and time.monotonic() - begin < 2
    if status == 401:
        assert answer[1]["www-authenticate"].startswith("Bearer")


def test_a_chunked_body_nobody_would_take__is_refused_before_it_is_sent(wire):
    refused(wire().send(f"POST /api/v1/requests:batch HTTP/1.1\r\nHost: oam\r\n{JSON}\r\n{KEY}\r\nTransfer-Encoding: chunked\r\n\r\n").answer(), 401)


def test_a_client_that_asks_first__is_told_and_sends_nothing(wire):
    """Also where the body is short: who says Expect waits for an answer."""
    one = wire().send(head("POST /api/v1/requests", JSON, KEY, "Expect: 100-continue", length=20))
    refused(one.answer(), 401)  # and not 100


@pytest.mark.parametrize("size", [20_000, LONG, LIMIT])
def test_a_client_that_sends_it_all_the_same__still_reads_why_not(wire, size):
    """A connection closed under data that nobody reads would be reset, and the answer lost."""
    for _ in range(5):
        one = wire()
        with contextlib.suppress(BrokenPipeError):
            one.send(head("POST /api/v1/requests:batch", JSON, KEY, length=size), b" " * size)
        refused(one.answer(), 401)
        assert one.closed()


def test_a_short_body__costs_nobody_the_connection(wire):
    one = wire().send(post("/api/v1/requests", "{}"))
    refused(one.answer(), 401)
    assert one.send("GET /livez HTTP/1.1\r\nHost: oam\r\n\r\n").answer()[0] == 200


# ---- who dribbles

@pytest.fixture(scope="module")
def hasty(template):
    """A server that wants a request whole within a second."""
    from oamtest.server import Server
    database = template.clone()
    server = Server(template, database, OAM_BODY_SECONDS="1")
    yield server
    try:
        server.close()
    finally:
        database.drop()


def dribble(one, piece, seconds):
    """A byte every 100 ms, until nobody listens any more; how long that took."""
    begin = time.monotonic()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while time.monotonic() - begin < seconds:
            one.send(piece)
            time.sleep(0.1)
            one.socket.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.rest += one.socket.recv(65536)
                if one.rest:
                    break
            one.socket.settimeout(10)
    one.socket.settimeout(10)
    return time.monotonic() - begin


@pytest.mark.parametrize("language, title", [("ca", "La petició no ha arribat a temps"), ("en", "The request did not arrive in time")])
def test_a_body_that_dribbles__is_told_and_ended(hasty, contract, language, title):
    api = Api(hasty, contract)
    before = len(api.whole("/api/v1/requests", role="local_user"))
    auth = f"Authorization: Bearer {api.token('integration')}"
    one = Wire(hasty.port).send(head(f"POST /api/v1/requests?lang={language}", JSON, KEY, auth, length=2000), "{")
    assert 0.8 < dribble(one, " ", 8) < 4
    answer = one.answer()
    refused(answer, 408)
    problem = json.loads(answer[2])
    assert (problem["code"], problem["title"]) == ("request_timeout", title) and answer[1]["connection"] == "close"
    assert one.closed()
    assert len(api.whole("/api/v1/requests", role="local_user")) == before
    metrics = api.get("/metrics", role=None).text
    assert re.search(r'oam_http_requests_total\{method="-",route="-",status="4xx"\} [1-9]', metrics)


def test_headers_that_dribble__are_told_and_ended(hasty):
    one = Wire(hasty.port).send("GET /api/v1/me HTTP/1.1\r\nHost: oam\r\nX-A: ")
    assert 0.8 < dribble(one, "a", 8) < 4
    refused(one.answer(), 408)
    assert one.closed()


def test_many_that_dribble__hold_up_nobody(hasty, contract):
    slow = [Wire(hasty.port).send(head("POST /api/v1/session", JSON, length=5000), "{") for _ in range(300)]
    api = Api(hasty, contract)
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        begin = time.monotonic()
        assert api.get("/livez", role=None).status_code == 200
        assert time.monotonic() - begin < 0.5
        time.sleep(0.05)
    for one in slow:
        refused(one.answer(), 408)
        one.close()


def test_who_is_only_quiet__is_left_alone(hasty, contract):
    """Between two requests, before the first one, and while it waits for its answer, nobody is slow."""
    api = Api(hasty, contract)
    silent, kept = Wire(hasty.port), Wire(hasty.port)
    assert kept.send("GET /livez HTTP/1.1\r\nHost: oam\r\n\r\n").answer()[0] == 200
    begin = time.monotonic()
    assert slow_poll(hasty, api.token("integration")).answer()[0] == 200 and time.monotonic() - begin > 2.5
    for one in (silent, kept):
        assert one.send("GET /livez HTTP/1.1\r\nHost: oam\r\n\r\n").answer()[0] == 200


# ---- framing and smuggling

FRAMING = {
    "two lengths that differ": "Content-Length: 2\r\nContent-Length: 40\r\n", "two lengths alike": "Content-Length: 2\r\nContent-Length: 2\r\n",
    "a list of lengths": "Content-Length: 2, 2\r\n", "a signed length": "Content-Length: +2\r\n", "a negative length": "Content-Length: -2\r\n",
    "a hexadecimal length": "Content-Length: 0x2\r\n", "a huge length": "Content-Length: 99999999999999999999\r\n",
    "a length and chunks": "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "chunks and a length": "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
    "an unknown coding": "Transfer-Encoding: gzip\r\n", "codings in a list": "Transfer-Encoding: chunked, identity\r\n",
    "chunked twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "a coding of our making": "Transfer-Encoding: xchunked\r\n",
}


@pytest.mark.parametrize("headers", FRAMING.values(), ids=FRAMING.keys())
def test_unclear_framing__is_refused_and_the_connection_closed(wire, auth, headers):
    """P8: what two readers could read differently is read by nobody; nor is what follows it taken for a request."""
    one = wire().send(f"POST /api/v1/status:query HTTP/1.1\r\nHost: oam\r\n{auth}Content-Type: application/json\r\n{headers}\r\n{{}}"
                      f"GET /livez HTTP/1.1\r\nHost: oam\r\n\r\n")
    answer = one.answer()
    assert answer is None or answer[0] in (400, 411, 413, 501), answer
    following = one.answer()
    assert following is None, following
    assert one.closed()


@pytest.mark.parametrize("host", ["", "Host: a\r\nHost: b\r\n", "Host: a b\r\n", "Host: \x01\r\n", "Host: a/b\r\n", "Host: a@b\r\n", "Host: a:x\r\n"])
def test_a_strange_host__is_refused(wire, host):
    answer = wire().send(f"GET /livez HTTP/1.1\r\n{host}\r\n").answer()
    assert answer is None or answer[0] == 400, answer


@pytest.mark.parametrize("line", ["GET /livez\r\n", "GET  /livez HTTP/1.1\r\n", "GET /livez HTTP/3.0\r\n", "GET /livez HTTQ/1.1\r\n", "\x16\x03\x01\x02\x00\x01",
                                  "GET\r\n", "GET /li vez HTTP/1.1\r\n", " GET /livez HTTP/1.1\r\n", "GET /livez HTTP/1.1 x\r\n", "G\x00T /livez HTTP/1.1\r\n"])
def test_a_strange_request_line__never_hangs_and_never_is_a_5xx(wire, line):
    one = wire().send(line + "Host: oam\r\nConnection: close\r\n\r\n")
    one.socket.settimeout(5)
    try:
        answer = one.answer()
    except TimeoutError:
        answer = None
    assert answer is None or answer[0] < 500 or answer[0] == 505, answer


@pytest.mark.parametrize("header", ["X: a\r\n b\r\n", "X : a\r\n", ": a\r\n", "X\r\n", "X: a\x00b\r\n", "X: \x7f\r\n", "Authorization: Bearer x\r\nAuthorization: Bearer y\r\n"])
def test_a_strange_header__is_no_5xx(wire, header):
    one = wire().send(f"GET /api/v1/me HTTP/1.1\r\nHost: oam\r\n{header}Connection: close\r\n\r\n")
    one.socket.settimeout(5)
    with contextlib.suppress(TimeoutError):
        answer = one.answer()
        assert answer is None or answer[0] in (400, 401), answer


def test_too_many_headers__are_a_431_or_the_end(wire):
    answer = wire().send("GET /livez HTTP/1.1\r\nHost: oam\r\n" + "".join(f"X-{n}: {'a' * 100}\r\n" for n in range(400)) + "\r\n").answer()
    assert answer is None or answer[0] in (400, 431), answer


def test_a_long_address__is_a_414(wire):
    answer = wire().send(f"GET /livez?a={'a' * 9000} HTTP/1.1\r\nHost: oam\r\n\r\n").answer()
    assert answer is None or answer[0] in (414, 431), answer


# ---- paths and queries

@pytest.mark.parametrize("target", ["/api/v1/requests/a%00b", "/api/v1/requests/OAM-2026-000001%00", "/api/v1/requests%2fOAM-2026-000001",
                                    "/api/v1/requests/a%2fb", "/api/v1/requests/a%2Fb", "/api/v1/requests/%ff%fe", "/api/v1/requests/%c0%af",
                                    "/api/v1/requests/%ed%a0%80", "/api/v1/requests/%", "/api/v1/requests/%2", "/api/v1/requests/%zz",
                                    "/api/v1/requests/a\\b", "/api/v1/requests/%5c..%5c", "/api/v1/../v1/me", "/api/v1/./me", "/api/v1/requests/..%2f..",
                                    "/api/v1/requests?state=%ff", "/api/v1/requests?state=a%00b", "/api/v1/requests?%00=1", "/api/v1/requests?a=%zz",
                                    "/api/v1/requests?state=%c3%28", "/api/v1/requests?limit=1&limit=2", "/api/v1/requests?limit=1;limit=2",
                                    "/api/v1/requests?&=", "/api/v1/requests?li%6dit=1&limit=2", "/api/v1/requests?limit=1%2c2"])
def test_a_trap_in_the_address__is_a_400_or_a_404(wire, auth, target):
    """P9: never half an id, never a filter that vanished, never a slash out of an escape."""
    answer = wire().send(f"GET {target} HTTP/1.1\r\nHost: oam\r\n{auth}\r\n").answer()
    refused(answer, 400, 404)
    if "?" in target or "%" in target.split("?")[0] and "%5c" not in target:
        assert answer[0] == 400, answer


def test_an_address__may_be_absolute_and_escaped(wire, auth, api):
    ref = api.file("integration")["ref"]
    for target in (f"/api/v1/requests/{ref}", f"http://oam/api/v1/requests/{ref}", f"/api/v1/requests/{ref.replace('O', '%4F', 1)}", f"/api/v1/requests/{ref}?lang=%63%61"):
        answer = wire().send(f"GET {target} HTTP/1.1\r\nHost: oam\r\n{auth}\r\n").answer()
        assert answer[0] in (200, 400) and (answer[0] == 200 or target.startswith("http")), (target, answer)


def test_an_id_in_the_query__does_not_join_the_one_in_the_path(wire, auth, api):
    ref = api.file("integration")["ref"]
    refused(wire().send(f"GET /api/v1/requests/{ref}?ref=OAM-2026-000001 HTTP/1.1\r\nHost: oam\r\n{auth}\r\n").answer(), 400)


# ---- the connection

def test_pipelined_requests__are_answered_in_order(wire, auth):
    n = 30
    one = wire().send("".join(f"GET /problems/{'not-found' if i % 2 else 'forbidden'} HTTP/1.1\r\nHost: oam\r\nAccept: application/json\r\n\r\n" for i in range(n)))
    for i in range(n):
        status, _, body = one.answer()
        assert status == 200 and json.loads(body)["code"] == ("not_found" if i % 2 else "forbidden")


def test_pipelined_effects__are_all_done_in_order(wire, auth, api):
    body = '{"service":"OAM-GEN","body":"%s","title":"Cas %d"}'
    one = wire().send(b"".join(post("/api/v1/requests", body % (TOWN, i), auth) for i in range(10)))
    answers = [one.answer() for _ in range(10)]
    assert [answer[0] for answer in answers] == [201] * 10
    assert [json.loads(answer[2])["title"] for answer in answers] == [f"Cas {i}" for i in range(10)]


def test_a_refused_request__leaves_the_connection_usable(wire, auth):
    one = wire()
    for path, status in (("/nowhere", 404), ("/api/v1/me?x=1", 400), ("/api/v1/me", 200), ("/livez", 200)):
        assert one.send(f"GET {path} HTTP/1.1\r\nHost: oam\r\n{auth}\r\n").answer()[0] == status


def test_http_1_0__gets_an_answer_and_the_end(wire):
    one = wire().send("GET /livez HTTP/1.0\r\n\r\n")
    assert one.answer()[0] == 200 and one.closed()


def test_a_byte_at_a_time__is_a_request(wire, auth):
    one = wire()
    one.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in "GET /api/v1/me HTTP/1.1\r\nHost: oam\r\n" + auth[:40]:
        one.send(byte)
    assert one.send(auth[40:] + "\r\n").answer()[0] == 200


def test_a_slow_header__ends_with_the_idle_time(new_server, contract):
    """P7: whoever drips a header a second is not kept for ever."""
    server = new_server(OAM_IDLE_TIMEOUT_S="1")
    one = Wire(server.port)
    one.send("GET /livez HTTP/1.1\r\nHost: oam\r\n")
    assert one.closed(8)
    idle = Wire(server.port)
    assert idle.send("GET /livez HTTP/1.1\r\nHost: oam\r\n\r\n").answer()[0] == 200 and idle.closed(8)


def test_two_thousand_idle_connections__are_held_while_others_are_served(new_server, contract):
    """P6. (`./oam bench` holds 10,000.)"""
    server = new_server()
    api = Api(server, contract)
    api.token("integration")
    held = []
    try:
        for _ in range(2000):
            held.append(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        begin = time.monotonic()
        for _ in range(20):
            assert api.get("/api/v1/me", role="integration").status_code == 200
        assert time.monotonic() - begin < 5
        sample = held[::100]
        for one in sample:
            one.sendall(b"GET /livez HTTP/1.1\r\nHost: oam\r\n\r\n")
        assert all(one.recv(4096).startswith(b"HTTP/1.1 200") for one in sample)
    finally:
        for one in held:
            one.close()


def test_connections_over_the_limit__wait_or_end_but_do_not_break_it(new_server, contract):
    server = new_server(OAM_CONNECTIONS_MAX="40")
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(60)]
    for one in held:
        one.close()
    until = time.monotonic() + 5
    while True:
        try:
            assert Api(server, contract).get("/livez", role=None).status_code == 200
            return
        except (OSError, http.client.HTTPException):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_few_files__are_kept_for_what_is_needed_more_than_a_connection(new_server, contract):
    """Whoever holds all connections that there may be does not hold the files with which PostgreSQL is reached again."""
    server = new_server(under=["prlimit", "--nofile=400:400"])
    api = Api(server, contract)
    token = api.token("operator")
    assert any(entry["event"] == "file_limit" for entry in server.entries())
    first = Wire(server.port, timeout=30)
    me = f"GET /api/v1/agents?limit=1 HTTP/1.1\r\nHost: oam\r\nAuthorization: Bearer {token}\r\n\r\n"
    assert first.send(me).answer()[0] == 200
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(450)]
    try:
        for _ in range(3):
            server.database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            until, answers = time.monotonic() + 20, []
            while len(answers) < 12:  # each thread of it has its turn
                answer = first.send(me).answer()
                answers.append(answer[0])
                if answer[0] == 503 and time.monotonic() < until:
                    answers.clear()
                    time.sleep(0.05)
            assert set(answers) == {200}
    finally:
        for one in [*held, first]:
            one.close()


# ---- the end

def slow_poll(server, token, seconds=3):
    one = Wire(server.port, timeout=30)
    return one.send(f"GET /api/v1/events?after=0&subject=OAM-2026-999999 HTTP/1.1\r\nHost: oam\r\nAuthorization: Bearer {token}\r\nPrefer: wait={seconds}\r\n\r\n")


def test_sigterm__finishes_what_is_in_flight(new_server, contract):
    server = new_server(OAM_DRAIN_NOTICE_MS="400")
    api = Api(server, contract)
    token = api.token("integration")
    poll = slow_poll(server, token, 30)
    half = Wire(server.port)
    body = '{"service":"OAM-GEN","body":"%s","title":"A mig dir"}' % TOWN
    message = post("/api/v1/requests", body, f"Authorization: Bearer {token}\r\n")
    half.send(message[:-10])
    time.sleep(0.2)
    server.signal(signal.SIGTERM)
    time.sleep(0.15)
    ready = api.get("/readyz", role=None)
    assert ready.status_code == 503 and api.get("/livez", role=None).status_code == 200
    half.send(message[-10:])
    assert half.answer()[0] == 201
    told = poll.answer()
    assert told[0] in (200, 503), told  # let go early, not cut
    assert server.process.wait(20) == 0
    assert "draining" in server.log() and "stopped" in server.log()


def test_a_second_sigterm__ends_it_at_once(new_server, contract):
    server = new_server(OAM_DRAIN_NOTICE_MS="20000")
    server.signal(signal.SIGTERM)
    time.sleep(0.3)
    begin = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.process.wait(5) == 1 and time.monotonic() - begin < 2
    server.settings["OAM_DRAIN_NOTICE_MS"] = "0"
    server.start()  # nothing was left behind that a new one trips over
    assert re.search(r"^ok", Api(server, contract).get("/readyz", role=None).text)
