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


# ---- the end

def slow_poll(server, token, seconds=3):
    one = Wire(server.port, timeout=30)
    return one.send(f"GET /api/v1/events?after=999999 HTTP/1.1\r\nHost: oam\r\nAuthorization: Bearer {token}\r\nPrefer: wait={seconds}\r\n\r\n")


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
