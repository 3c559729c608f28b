"""What must never be read where everybody reads: a mark in everything that is secret or somebody's own words, sought in the log, in the
metrics and in what the process shows of itself. And the log itself: one line an event, whatever anybody sends."""
import base64
import json
import pathlib
import re
import socket
import threading
import urllib.parse

import pytest

from oamtest.client import TOWN, Api, new_key

WORDS = {name: f"canari-{name}-5e1f" for name in (
    "title", "description", "data", "comment", "note", "external", "query", "path", "agent", "header", "cookie", "login", "password",
    "secret", "basic", "bearer", "form", "json", "key", "title-twice")}


def say(server, text):
    """Bytes as they are, and the whole answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as one:
        one.sendall(text if isinstance(text, bytes) else text.encode())
        one.settimeout(10)
        heard = b""
        while True:
            try:
                more = one.recv(65536)
            except ConnectionResetError:
                return heard
            if not more:
                return heard
            heard += more


def live_with_everything(api):
    """Whatever a day brings, each text with its mark; the real secrets that it takes."""
    filed = api.file("local_user", service="OAM-GEN", body=TOWN, title=WORDS["title"], description=WORDS["description"])
    path = f"/api/v1/requests/{filed['ref']}"
    api.post(f"{path}/comments", role="local_user", json={"text": WORDS["comment"]}, headers={"Idempotency-Key": new_key()})
    api.post(f"{path}/notes", role="agent", json={"text": WORDS["note"]}, headers={"Idempotency-Key": new_key()})
    api.get("/api/v1/services", params={"q": WORDS["query"]})
    api.get(f"/api/v1/requests/{WORDS['path']}", check=False)
    api.get("/api/v1/requests", params={"assignee": WORDS["agent"]})
    api.get("/api/v1/me", headers={"User-Agent": WORDS["header"], "X-Anything": WORDS["header"]})
    api.get("/api/v1/me", role=None, headers={"Cookie": f"oam_session={WORDS['cookie']}"})
    api.get("/api/v1/me", token=WORDS["bearer"])
    api.post("/api/v1/session", role=None, json={"login": WORDS["login"], "password": WORDS["password"]})
    form = {"grant_type": "client_credentials", "client_id": "demo-integration", "client_secret": WORDS["secret"], "scope": WORDS["form"]}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    api.post("/api/v1/oauth/token", role=None, data=urllib.parse.urlencode(form), headers=kind)
    basic = base64.b64encode(f"demo-integration:{WORDS['basic']}".encode()).decode()
    api.post("/api/v1/oauth/token", role=None, data="grant_type=client_credentials", headers={**kind, "Authorization": f"Basic {basic}"})
    api.post("/api/v1/requests", role="local_user", data=f'{{"title": "{WORDS["json"]}",,', check=False,
             headers={"Content-Type": "application/json", "Idempotency-Key": WORDS["key"]})
    # What the database itself refuses: two at once with one reference, and a transition that somebody else was quicker with.
    asks = [threading.Thread(target=api.try_file, args=("integration",),
                             kwargs={"service": "OAM-GEN", "body": TOWN, "title": WORDS["title-twice"], "external_ref": WORDS["external"]}) for _ in range(6)]
    takes = [threading.Thread(target=api.act, args=(filed["ref"], "take"), kwargs={"role": "agent"}) for _ in range(4)]
    for one in asks + takes:
        one.start()
    for one in asks + takes:
        one.join()
    assert api.act(filed["ref"], "resolve", {"resolution": WORDS["data"]}, role="agent").status_code == 200
    answer = api.post("/api/v1/session", role=None, json={"login": "operator", "password": api.secret("operator")})
    cookie = answer.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    api.get("/api/v1/me", role=None, headers={"Cookie": f"oam_session={cookie}"})
    secrets = {"password": api.secret("operator"), "client secret": api.secret("demo-integration"), "cookie": cookie,
               "token": answer.json()["access_token"], "client token": api.token("integration"), "basic": basic}
    secrets["signature"] = secrets["token"].split(".")[2]
    return secrets


def test_what_is_secret_or_somebodys_words__is_nowhere_to_be_read(new_server, contract):
    server = new_server(OAM_LOG_LEVEL="debug")
    api = Api(server, contract)
    secrets = live_with_everything(api)
    people = [name for name, in server.database.sql("SELECT name FROM user_account")]
    metrics = api.get("/metrics", role=None).text
    process = pathlib.Path(f"/proc/{server.process.pid}")
    shown = process.joinpath("cmdline").read_bytes() + process.joinpath("environ").read_bytes()
    server.stop()
    log = server.log()
    assert sum(entry["event"] == "request" for entry in server.entries()) > 25, "the log was not written"
    for where, text in (("log", log), ("metrics", metrics), ("process", shown.decode(errors="replace"))):
        for name, word in WORDS.items():
            assert word not in text and urllib.parse.quote(word) not in text, f"{name} in the {where}"
        for name, secret in secrets.items():
            assert secret not in text, f"a {name} in the {where}"
    assert not [name for name in people if len(name) > 8 and name in log], "names of people in the log"
    key = base64.b64encode(server.template.secret.read_bytes()).decode()[:40]
    assert key not in log + metrics and server.template.secret.read_bytes() not in shown


def test_a_core__is_never_written(server):
    """It would hold the keys, and what people wrote."""
    limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
    assert re.search(r"^Max core file size\s+0\s+0\s", limits, re.M)


FORGERY = '{"ts":"2026-01-01T00:00:00.000Z","level":"error","event":"forged"}'
LINES = {
    "a line in the path": f"GET /a%0A{urllib.parse.quote(FORGERY)} HTTP/1.1\r\nHost: oam\r\nConnection: close\r\n\r\n",
    "a quote in the path": 'GET /"}\\u000a HTTP/1.1\r\nHost: oam\r\nConnection: close\r\n\r\n',
    "an escape in the path": b"GET /\x1b[2J\x07\x9b HTTP/1.1\r\nHost: oam\r\nConnection: close\r\n\r\n",
    "no UTF-8 in the path": b"GET /\xff\xfe\xc0\xaf HTTP/1.1\r\nHost: oam\r\nConnection: close\r\n\r\n",
    "a line as the method": f'{FORGERY} / HTTP/1.1\r\nHost: oam\r\nConnection: close\r\n\r\n',
    "a method of a thousand letters": f"{'G' * 1000} / HTTP/1.1\r\nHost: oam\r\nConnection: close\r\n\r\n",
    "an escape as the method": b"G\x1bT / HTTP/1.1\r\nHost: oam\r\nConnection: close\r\n\r\n",
    "a request id that is none": f'GET /livez HTTP/1.1\r\nHost: oam\r\nRequest-Id: "{FORGERY}"\r\nConnection: close\r\n\r\n',
    "a trace that is none": 'GET /livez HTTP/1.1\r\nHost: oam\r\ntraceparent: 00-"},{"event":"forged"-01\r\nConnection: close\r\n\r\n',
    "an address that is none": f'GET /api/v1/me HTTP/1.1\r\nHost: oam\r\nX-Forwarded-For: {FORGERY}\r\nConnection: close\r\n\r\n',
    "a host that is none": f'GET /livez HTTP/1.1\r\nHost: {FORGERY}\r\nConnection: close\r\n\r\n',
}


@pytest.fixture(scope="module")
def scribbled(template):
    """The log of a server that was sent all of LINES."""
    from oamtest.server import Server
    database = template.clone()
    server = Server(template, database, OAM_LOG_LEVEL="debug")
    try:
        heard = {name: say(server, line) for name, line in LINES.items()}
        assert server.stop() == 0 and not server.reports()
        yield heard, server.log_path.read_bytes()
    finally:
        server.close()
        database.drop()


@pytest.mark.parametrize("name", LINES)
def test_a_strange_line__is_answered_and_comes_back_nowhere(scribbled, name):
    heard, _ = scribbled
    assert re.match(rb"HTTP/1.1 (200|40[0145]|414|431) ", heard[name]), heard[name][:200]
    assert b"forged" not in heard[name].split(b"\r\n\r\n")[0] and b"\x1b" not in heard[name]


def test_the_log__is_one_object_a_line_whatever_is_sent(scribbled):
    _, log = scribbled
    entries = [json.loads(line) for line in log.decode("utf-8").splitlines()]
    assert all(isinstance(entry, dict) and {"ts", "level", "event"} <= entry.keys() for entry in entries)
    assert {entry["event"] for entry in entries} >= {"started", "request", "stopped"} and "forged" not in {entry["event"] for entry in entries}
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", log), "a control character in the log"
    assert sum(entry["event"] == "request" for entry in entries) == len(LINES)
