"""The feed as it happens: streams that lose nothing, whoever cuts them, and answers from memory that are the database's."""
import contextlib
import http.client
import json
import re
import signal
import socket
import threading
import time

import pytest

from oamtest.client import OTHER_TOWN, TOWN, Api, new_key


class Stream:
    """One open stream: a thread reads its events."""

    def __init__(self, api, query="", role="integration", headers=None, token=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", api.server.port, timeout=60)
        sent = {"Authorization": f"Bearer {token or api.token(role)}", "Accept": "text/event-stream", **(headers or {})}
        self.connection.request("GET", f"/api/v1/events/stream{query}", headers=sent)
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        self.text, self.events, self.ended = "", [], threading.Event()
        self.last = None  # as an EventSource keeps it: with or without an event beside it
        self.contract = api.contract
        if self.response.status == 200:
            self.thread = threading.Thread(target=self.read, daemon=True)
            self.thread.start()

    def read(self):
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            while chunk := self.response.read1(65536):
                self.text += chunk.decode()
                *blocks, self.text = self.text.split("\n\n")
                for block in blocks:
                    self.take(block)
        self.ended.set()

    def take(self, block):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        self.last = lines.get("id", self.last)
        if "data" in lines:
            self.contract.check_events("stream", block + "\n\n")
            self.events.append(json.loads(lines["data"]))

    def of(self, ref):
        return [event["type"].rsplit(".", 1)[1] for event in self.events if event["subject"] == ref]

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        if self.response.status == 200:
            self.thread.join(10)
        self.connection.close()


@pytest.fixture
def listen():
    opened = []

    def open_stream(*given, **named):
        opened.append(Stream(*given, **named))
        return opened[-1]

    yield open_stream
    for stream in opened:
        stream.close()


def until(holds, seconds=30, what="it"):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.01)


def gauge(api, name):
    return int(re.search(rf"^{name} (\d+)", api.get("/metrics", role=None).text, re.M)[1])


def comment(api, ref, text="Encara hi som.", role="local_user"):
    assert api.post(f"/api/v1/requests/{ref}/comments", role=role, json={"text": text},
                    headers={"Idempotency-Key": new_key()}).status_code == 201


def position(api, ref, role="integration"):
    """Of the last event of the request, once the feed has it."""
    items = api.get("/api/v1/events", role=role, params={"subject": ref}).json()["items"]
    return items and int(items[-1]["id"])


# ---- what a stream tells

def test_stream__tells_what_happens_from_now_on(api, listen):
    before = api.file(role="local_user")["ref"]
    until(lambda: position(api, before))
    stream = listen(api)
    assert stream.response.status == 200 and stream.response.getheader("Content-Type") == "text/event-stream"
    assert stream.response.getheader("Cache-Control") == "no-store"
    after = api.file(role="local_user")["ref"]
    comment(api, after)
    until(lambda: "commented" in stream.of(after), what="the comment")
    assert stream.of(after) == [event["type"].rsplit(".", 1)[1] for event in api.get(
        "/api/v1/events", role="integration", params={"subject": after}).json()["items"]]
    assert stream.of(before) == []
    own = next(event for event in stream.events if event["subject"] == after)
    assert own["data"]["body"] == TOWN and own["data"]["service"] == "OAM-GEN"


def test_stream__goes_on_where_it_was_cut(api, listen):
    """By Last-Event-ID, as a browser does by itself: nothing is missing and nothing comes twice."""
    ref = api.file(role="local_user")["ref"]
    seen, last, said = [], None, 0
    for number in range(6):
        stream = listen(api, f"?after=0&subject={ref}", headers={"Last-Event-ID": last} if last else None)
        comment(api, ref, f"Número {number}")
        said += 1
        until(lambda: sum(event["type"].endswith("commented") for event in seen + stream.events) == said, what="the comment")
        seen += stream.events
        last = seen[-1]["id"]
        stream.close()
        comment(api, ref, "Mentre ningú escolta")
        said += 1
    stream = listen(api, f"?subject={ref}", headers={"Last-Event-ID": last})
    until(lambda: stream.of(ref) == ["commented"])
    seen += stream.events
    assert seen == api.get("/api/v1/events", params={"subject": ref, "limit": 200}, role="integration").json()["items"]


@pytest.mark.parametrize("events", ["0", "4", "8192"])
def test_stream__catches_up_from_the_beginning(new_server, contract, listen, events):
    """Whatever memory holds: the feed from its beginning by stream is the feed by pages."""
    api = Api(new_server(OAM_FEED_EVENTS=events), contract)
    refs = [api.file(role="local_user")["ref"] for _ in range(5)]
    until(lambda: position(api, refs[-1]))
    stream = listen(api, "?after=0")
    comment(api, refs[0])
    until(lambda: "commented" in stream.of(refs[0]), what="the comment")
    pages, after = [], "0"
    while True:
        page = api.get("/api/v1/events", role="integration", params={"after": after, "limit": 200}).json()
        pages += page["items"]
        if page["next"] == after:
            break
        after = page["next"]
    assert stream.events == pages[:len(stream.events)] and len(stream.events) >= 11


def remark(database, ref, count):
    """So many comments on one request, as the database writes them, at once."""
    [[_, written]] = database.sql("""WITH scope AS MATERIALIZED (SELECT set_config('oam.all', '1', true) AS is)
        SELECT min(scope.is), count(comment_add(request.id, gen_random_uuid(), false, 'user:1', 'Algú', 'body', 'Encara', now()))
        FROM scope, request, generate_series(1, %s) WHERE ref = %s""", count, ref)
    assert written == count


def test_stream__that_is_cut_before_its_first_event__goes_on_from_where_it_began(api, listen):
    """A browser says Last-Event-ID of its own accord, and only where it was told one."""
    stream = listen(api)
    until(lambda: stream.last is not None, what="where it begins")
    stream.close()
    ref = api.file(role="local_user")["ref"]
    assert stream.events == []
    again = listen(api, headers={"Last-Event-ID": stream.last})
    until(lambda: again.of(ref) == ["created", "submitted"])


def test_stream__says_how_far_it_has_looked_where_nothing_was_for_it(new_server, contract, listen):
    api = Api(new_server(OAM_FEED_EVENTS="0"), contract)
    stream = listen(api, "?type=cat.oam.request.commented")
    ref = api.file(role="local_user")["ref"]
    until(lambda: position(api, ref))
    until(lambda: stream.last and int(stream.last) >= position(api, ref), what="the news of nothing")
    assert stream.events == []


def test_stream__to_head__is_a_head_and_nothing_behind_it(api):
    """Whoever goes on with the connection would take a last chunk for the answer to what they ask next."""
    with socket.create_connection(("127.0.0.1", api.server.port), timeout=20) as connection:
        ask = "HEAD /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
        connection.sendall((ask % api.token("integration")).encode())
        told = b"".join(iter(lambda: connection.recv(65536), b""))
    head, rest = told.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 ") and b"text/event-stream" in head and b"Transfer-Encoding" not in head
    assert rest == b""


@pytest.mark.parametrize("query", ["type=cat.oam.request.submitted", "filter=event.type.endsWith('submitted')"])
def test_stream__finds_what_is_rare_in_a_long_history(new_server, contract, listen, query):
    """A look goes as far as a window; what is behind it is looked at too, and not taken for nothing."""
    api = Api(new_server(OAM_FEED_EVENTS="4"), contract)
    first, last = api.file(role="local_user")["ref"], None
    for count in (2100, 10):
        remark(api.server.database, first, count)
        last = last or api.file(role="local_user")["ref"]
    until(lambda: api.server.database.one("SELECT (SELECT position FROM event_relay_state) = (SELECT count(*) FROM request_event)"))
    stream = listen(api, f"?after=0&{query}")
    until(lambda: stream.of(last) == ["submitted"], what="the rare event")
    assert [event["subject"] for event in stream.events] == [first, last]


def test_pages__of_one_request_among_thousands(new_server, contract):
    """Its events are on the first page, whatever happened before and after it, and however much of that is in memory."""
    api = Api(new_server(OAM_FEED_EVENTS="8192"), contract)
    busy = api.file(role="local_user")["ref"]

    def told():
        """Where memory ends, when it has all that happened."""
        end = api.get("/api/v1/events?after=latest", role="integration").json()["next"]
        return end if end == api.server.database.one("SELECT count(*)::text FROM request_event") else None

    until(told, what="the first event in memory")
    start = told()
    remark(api.server.database, busy, 2100)
    ref = api.file(role="local_user")["ref"]
    remark(api.server.database, busy, 2100)
    until(told, what="every event in memory")
    for role in ("integration", "local_user"):
        page = api.get("/api/v1/events", role=role, params={"subject": ref, "after": start}).json()
        assert [event["subject"] for event in page["items"]] and {event["subject"] for event in page["items"]} == {ref}
        again = api.get("/api/v1/events", role=role, params={"subject": ref, "after": page["next"]}).json()
        assert again["items"] == [] and again["next"] == page["next"]


def test_stream__of_types_and_by_an_expression(api, listen):
    ref, other = api.file(role="local_user")["ref"], api.file(role="signer", body=OTHER_TOWN)["ref"]
    typed = listen(api, "?type=cat.oam.request.commented")
    told = listen(api, f"?filter=event.body%20==%20'{TOWN}'%20%26%26%20event.type.endsWith('commented')")
    for _ in range(2):
        comment(api, ref)
        comment(api, other, role="signer")
    until(lambda: len(typed.events) >= 4 and len(told.events) >= 2, what="the comments")
    assert {event["subject"] for event in typed.events} >= {ref, other}
    assert told.of(ref) == ["commented", "commented"] and told.of(other) == []
    assert all(event["data"]["body"] == TOWN for event in told.events)


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/events/stream"])
@pytest.mark.parametrize("query, parameter, code", [
    ("filter=event.nothing%20==%201", "filter", "bad_expression"), ("filter=1%2B", "filter", "bad_expression"),
    ("filter=event.body", "filter", "bad_expression"), ("filter=" + "a" * 401, "filter", "too_long"),
    ("after=-1", "after", "out_of_range"), ("after=new", "after", "bad_format"), ("subject=7", "subject", "bad_format"),
    ("type=submitted", "type", "bad_format"), ("type=cat.oam.request.created,cat.oam.request.submited", "type", "unknown_value"),
    ("type=cat.oam.webhook.ping", "type", "unknown_value")])
def test_what_is_asked_wrongly__is_told(api, path, query, parameter, code):
    answer = api.get(f"{path}?{query}", role="integration")
    assert answer.status_code == 400
    assert [(error["parameter"], error["code"]) for error in answer.json()["errors"]] == [(parameter, code)]


def test_a_type__is_any_of_the_contract_and_no_other(api, contract):
    """Whoever mistypes one would wait for it for ever."""
    types = contract.document["components"]["schemas"]["Event"]["properties"]["type"]["x-extensible-enum"]
    for first in range(0, len(types), 10):
        assert api.get("/api/v1/events", role="integration", params={"type": ",".join(types[first:first + 10])}).status_code == 200
    for language in ("ca", "es", "en"):
        told = api.get("/api/v1/events", role="integration", params={"type": "cat.oam.request.trasitioned"}, headers={"Accept-Language": language})
        assert told.status_code == 400 and "cat.oam.request.transitioned" in told.json()["errors"][0]["detail"]


@pytest.mark.parametrize("last", ["x", "-1", "1x", "", "99999999999999999999"])
def test_last_event_id__is_a_position(api, last):
    answer = api.get("/api/v1/events/stream", role="integration", headers={"Last-Event-ID": last})
    assert answer.status_code == 400 and answer.json()["errors"][0]["parameter"] == "Last-Event-ID"


@pytest.mark.parametrize("settings", [{}, {"OAM_FEED_EVENTS": "0"}], ids=["memory", "database"])
def test_a_position_that_nobody_was_told__is_refused(new_server, contract, settings):
    """It is from before the database was put back. To wait there would be to miss what others are told meanwhile."""
    api = Api(new_server(**settings), contract, role="integration")
    ref = api.file(role="local_user")["ref"]
    until(lambda: position(api, ref))
    end = api.get("/api/v1/events?after=latest").json()["next"]
    for path, header in (("/api/v1/events", False), ("/api/v1/events/stream", False), ("/api/v1/events/stream", True)):
        def ask(place, **more):
            if header:
                return api.get(path, headers={"Last-Event-ID": place, **more})
            return api.get(f"{path}?after={place}", headers=more)
        assert ask(end).status_code == 200
        texts = set()
        for place, language in ((str(int(end) + 1), "ca"), ("9" * 18, "es"), (str(int(end) + 100), "en")):
            told = ask(place, **{"Prefer": "wait=20", "Accept-Language": language})
            assert told.status_code == 400, (path, told)
            error, = told.json()["errors"]
            assert (error["parameter"], error["code"]) == ("Last-Event-ID" if header else "after", "beyond_the_feed")
            assert end in error["detail"]
            texts.add(error["detail"])
        assert len(texts) == 3


def test_last_event_id__excuses_no_other_mistake(api):
    answer = api.get("/api/v1/events/stream?after=new", role="integration", headers={"Last-Event-ID": "0"})
    assert answer.status_code == 400 and answer.json()["errors"][0]["parameter"] == "after"


@pytest.mark.parametrize("accept, status", [("text/event-stream", 200), ("text/*", 200), ("*/*;q=0.1", 200), ("application/json", 406),
                                            ("text/event-stream;q=0, */*", 406)])
def test_stream__is_an_event_stream_or_406(api, accept, status):
    assert api.get("/api/v1/events/stream", role="integration", headers={"Accept": accept}).status_code == status


# ---- whom it tells

def test_stream__shows_each_side_its_own(api, listen):
    callers = {"local_user": "A", "signer": "B", "integration_a": "A", "integration_b": "B", "integration": "AB", "operator": "ABN"}
    streams = {caller: listen(api, role=caller) for caller in callers}
    towns = {"A": ("local_user", TOWN), "B": ("signer", OTHER_TOWN)}
    refs = {town: api.file(role=role, body=body)["ref"] for town, (role, body) in towns.items()}
    draft = api.file(role="local_user", submit=False)["ref"]
    for ref in refs.values():
        assert api.post(f"/api/v1/requests/{ref}/notes", role="operator", json={"text": "Entre nosaltres"},
                        headers={"Idempotency-Key": new_key()}).status_code == 201
    for town, (role, _) in towns.items():
        comment(api, refs[town], role=role)
    for caller, sees in callers.items():
        for town, ref in refs.items():
            if town in sees:
                until(lambda: "commented" in streams[caller].of(ref), what=f"{caller} hears of {town}")
    for caller, sees in callers.items():
        for town, ref in refs.items():
            assert bool(streams[caller].of(ref)) == (town in sees), (caller, town)
            assert ("noted" in streams[caller].of(ref)) == ("N" in sees), (caller, town)
    until(lambda: streams["local_user"].of(draft) == ["created"])
    assert streams["operator"].of(draft) == [] and streams["signer"].of(draft) == []


def test_stream__ends_with_the_session(new_server, contract, listen):
    api = Api(new_server(), contract)
    token = api.login("local.aguilar-de-segarra")
    stream = listen(api, token=token)
    until(lambda: gauge(api, "oam_http_streams") == 1)
    assert api.delete("/api/v1/session", role=None, token=token).status_code == 204
    assert stream.ended.wait(40), "it goes on for somebody who has logged out"
    until(lambda: gauge(api, "oam_http_streams") == 0)


def test_stream__holds_a_place_of_its_principal_and_gives_it_back(new_server, contract, listen):
    api = Api(new_server(OAM_WAITS_PER_PERSON="2"), contract)
    streams = [listen(api, role="operator") for _ in range(2)]
    refused = api.get("/api/v1/events/stream", role="operator")
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
    streams[0].close()
    ref = api.file(role="local_user")["ref"]  # what is sent into a closed connection shows that it is closed
    for _ in range(3):
        comment(api, ref)
    until(lambda: api.get("/api/v1/events/stream", role="operator", check=False).status_code == 200, what="a free place")


# ---- servers come and go

def test_stream__a_server_that_stops_ends_it_at_once(new_server, contract, listen):
    server = new_server()
    api = Api(server, contract)
    stream = listen(api)
    until(lambda: gauge(api, "oam_http_streams") == 1)
    server.process.send_signal(signal.SIGTERM)
    assert stream.ended.wait(10) and server.process.wait(10) == 0


def test_stream__of_one_server_hears_of_what_another_did(new_server, contract, listen):
    first = new_server()
    one, other = Api(first, contract), Api(new_server(first.database), contract)
    stream = listen(one)
    ref = other.file(role="local_user")["ref"]
    comment(other, ref)
    until(lambda: "commented" in stream.of(ref))


def test_stream__of_a_database_that_was_put_back__ends(new_server, contract, listen):
    """What is numbered from now on, others had before: who waits behind that would hear of it when it is passed again."""
    server = new_server()
    api = Api(server, contract)
    api.file(role="local_user")
    until(lambda: api.get("/api/v1/events", role="integration").json()["items"])
    end = int(api.get("/api/v1/events?after=latest", role="integration").json()["next"])
    spare, token = (api.login("local.aguilar-de-segarra") for _ in range(2))
    stream = listen(api, f"?after={end}", token=token)
    until(lambda: stream.last == str(end))
    # At once, and with the horizon behind all there is: a relay in between, or one that waits for somebody's long transaction, would number it anew.
    server.database.sql("UPDATE event_relay_state SET position = 1, horizon = pg_snapshot_xmax(pg_current_snapshot()); DELETE FROM event_feed WHERE position > 1")
    server.database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    until(lambda: api.get("/api/v1/events?after=latest", role="integration", check=False).content.find(b'"next":"1"') > 0, what="the new end")
    assert api.delete("/api/v1/session", role=None, token=spare).status_code == 204  # who listens is asked anew
    assert stream.ended.wait(40), "it waits for what will never come"


# ---- from memory as from the database

def test_pages__are_the_same_from_memory_and_from_the_database(new_server, contract):
    """Every caller, every start, every filter: a server that keeps events says what one says that does not."""
    first = new_server(OAM_FEED_EVENTS="8192")
    memory, database = Api(first, contract), Api(new_server(first.database, OAM_FEED_EVENTS="0"), contract)
    start = int(memory.get("/api/v1/events?after=latest", role="integration").json()["next"])
    refs = [memory.file(role=role, body=body)["ref"] for role, body in (("local_user", TOWN), ("signer", OTHER_TOWN)) for _ in range(3)]
    for ref in refs[:4]:
        assert database.post(f"/api/v1/requests/{ref}/notes", role="operator", json={"text": "Nota"},
                             headers={"Idempotency-Key": new_key()}).status_code == 201
    memory.file(role="local_user", submit=False)
    comment(memory, refs[-1], role="signer")
    until(lambda: all("commented" in [event["type"].rsplit(".", 1)[1] for event in
                                      api.get("/api/v1/events", role="operator", params={"subject": refs[-1]}).json()["items"]]
                      for api in (memory, database)), what="the last event")
    end = position(database, refs[-1])
    queries = ["", "&limit=3", f"&subject={refs[0]}", "&type=cat.oam.request.submitted", "&type=cat.oam.request.noted&limit=2",
               f"&filter=event.body%20==%20'{OTHER_TOWN}'", "&filter=has(event.to)%20%26%26%20event.version%20>%201"]
    compared = 0
    for caller in ("local_user", "signer", "integration", "integration_a", "operator", "agent"):
        for query in queries:
            for after in range(start, end + 1, 2):
                ours, theirs = (api.get(f"/api/v1/events?after={after}{query}", role=caller).json() for api in (memory, database))
                assert ours["items"] == theirs["items"], (caller, query, after)
                if "subject" not in query and "filter" not in query:
                    assert ours["next"] == theirs["next"], (caller, query, after)
                compared += len(ours["items"])
    assert compared > 500
