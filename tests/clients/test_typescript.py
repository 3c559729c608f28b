"""The TypeScript client: built from the contract, packed as it is published, installed elsewhere, and used against a server that dies."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import random
import re
import shutil
import subprocess
import threading
import time

import pytest
from oamtest.client import Api, new_key
from oamtest.contract import Contract
from oamtest.database import SOURCE

PACKAGE = SOURCE / "clients" / "ts"


def npm(*arguments, cwd):
    done = subprocess.run(["npm", *arguments], cwd=cwd, text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A project that has nothing but the package that `npm pack` makes, and what it depends on."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    made = tmp_path_factory.mktemp("package")
    for part in ("clients/ts", "api/openapi.yaml"):
        target = made / "tree" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        source = SOURCE / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("node_modules", "dist", "contract.ts"))
        else:
            shutil.copy(source, target)
    tree, project = made / "tree" / "clients" / "ts", made / "project"
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=tree, text=True, capture_output=True, timeout=300)
    if done.returncode:
        pytest.skip(f"npm could not install what the client is built with: {done.stderr[-400:]}")
    npm("run", "build", cwd=tree)
    npm("pack", "--ignore-scripts", "--pack-destination", str(made), cwd=tree)
    project.mkdir()
    (project / "package.json").write_text('{"name": "user", "private": true, "type": "module"}')
    npm("install", "--ignore-scripts", "--no-audit", "--no-fund", str(next(made.glob("oam-client-*.tgz"))), cwd=project)
    shutil.copy(PACKAGE / "test" / "use.mjs", project)
    return project


@pytest.fixture
def use(installed, template):
    """use(server, "follow", …): a process whose standard output is a line of JSON for each thing."""
    client = next(entry for entry in template.credentials if entry["role"] == "integration")
    started = []

    def start(server, *arguments, **other):
        environment = {**os.environ, **({"OAM_URL": server.url} if server else {}), "OAM_CLIENT_ID": client["client_id"],
                       "OAM_CLIENT_SECRET": client["client_secret"], **other}
        started.append(subprocess.Popen(["node", "use.mjs", *map(str, arguments)], cwd=installed, env=environment, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def told(process, seconds=120):
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == 0, out[-2000:] + err[-2000:]
    return [json.loads(line) for line in out.splitlines()]


def test_what_is_packed_is_what_is_used(installed):
    package = installed / "node_modules" / "oam-client"
    files = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file() and "node_modules" not in path.parts[-2:]}
    assert {"package.json", "README.md", "dist/index.js", "dist/index.d.ts", "dist/contract.d.ts"} <= files
    assert not any(name.startswith(("src/", "test/")) for name in files)


PROMISED = """
declare const process: { env: Record<string, string | undefined> };
declare const lastPosition: string;
declare const rawBody: Uint8Array;
declare function deal(event: unknown): Promise<void>;
declare const request: { headers: %s };
%s
export { data, error, event, OamProblem };
"""
STRICT = ["--strict", "--noEmit", "--target", "ES2022", "--module", "NodeNext", "--moduleResolution", "NodeNext", "--lib", "ES2022,DOM,DOM.Iterable"]


def test_what_the_readme_shows_compiles(installed):
    """As strictly as can be, of fetch's headers and of those of a Node server."""
    shown = re.search(r"```ts\n(.*?)```", (PACKAGE / "README.md").read_text(), re.S)[1]
    names = []
    for number, headers in enumerate(("Headers", "{ [name: string]: string | string[] | undefined }")):
        (installed / f"shown{number}.ts").write_text(PROMISED % (headers, shown))
        names.append(f"shown{number}.ts")
    compiler = installed.parent / "tree" / "clients" / "ts" / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(["node", str(compiler), *STRICT, *names], cwd=installed, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_who_is_not_let_in_is_told_so(use, api, server):
    """Not asked for again and again: that would lock out everybody behind the same address."""
    ref = api.file(role="local_user")["ref"]
    tries = server.database.one("SELECT count(*) FROM login_failure")
    answers = told(use(server, "knock", ref, OAM_CLIENT_SECRET="oam_live_" + "0" * 49), seconds=20)
    assert [(answer["problem"], answer["status"], answer["code"]) for answer in answers] == [(True, 401, "invalid_client")] * 3
    assert all("secret" in answer["said"] for answer in answers)
    assert server.database.one("SELECT count(*) FROM login_failure") - tries <= 3


def test_an_address_that_is_none_is_refused_at_once(use, server):
    refused = told(use(server, "where"))
    assert len(refused) == 4 and all("https://oam.example.cat" in one["refused"] for one in refused)


class Away(http.server.BaseHTTPRequestHandler):
    """A server that gives a token, and is away for as many questions as its class counts."""
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, b'{"access_token": "x", "expires_in": 600}')

    def do_GET(self):
        self.server.away -= 1
        if self.server.away >= 0:
            self.answer(503, b"<html>Bad gateway</html>")
        else:
            self.answer(200, b'{"version": 1, "phase": "intake"}')

    def log_message(self, *_):
        pass


def test_a_status_is_watched_through_a_server_that_is_away(use):
    """As the feed is: what passes is waited out, however often it is tried within a call."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Away) as away:
        away.away, away.url = 3, f"http://127.0.0.1:{away.server_port}"
        threading.Thread(target=away.serve_forever, daemon=True).start()
        assert told(use(away, "watch", "OAM-2026-000001", 0, OAM_RETRIES="0"), seconds=60) == [{"version": 1, "phase": "intake"}]
        assert away.away == -1
        away.shutdown()


class Cut(Away):
    """Streams that hold, tell nothing new and are cut; in the end one of somebody who is not OAM."""

    def do_GET(self):
        self.server.cuts += 1
        said = b"id: 7\n\nid: 7\n\n" if self.server.cuts < 10 else b"id: 8\ndata: <html>Welcome</html>\n\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(said)
        self.close_connection = True


def test_a_quiet_stream_that_is_cut_now_and_then_is_taken_up_at_once_and_what_is_no_event_is_told(use):
    """Ten cuts in a row as of a server that is away would be waited out for three quarters of a minute."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cut) as server:
        server.cuts, server.url = 0, f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert told(use(server, "hear", OAM_RETRIES="0"), seconds=20) == [{"fault": "SyntaxError"}]
        assert server.cuts == 10
        server.shutdown()


def test_a_refusal_is_told_with_every_violation(use, server):
    refused, problem = told(use(server, "refuse"))
    assert refused["status"] == 422 and set(refused["errors"]) >= {"/body", "/title"}
    assert problem == {"problem": True, "status": 400, "code": "invalid_parameter", "parameter": "filter"}


def test_through_killed_servers_nothing_is_lost_and_nothing_is_twice(use, new_server):
    server = new_server()
    api = Api(server, Contract())
    start = api.get("/api/v1/events?after=latest", role="integration").json()["next"]
    filing = use(server, "file", 40)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(filing.stdout))
    reader.start()
    follower = use(server, "follow", start, "none")
    heard = []
    listener = threading.Thread(target=lambda: heard.extend(json.loads(line) for line in follower.stdout))
    listener.start()
    for _ in range(3):
        time.sleep(random.uniform(0.2, 0.6))
        server.kill()
        server.start()
    assert filing.wait(120) == 0
    reader.join()
    refs = [json.loads(line)["ref"] for line in lines]
    assert len(set(refs)) == 40 and server.database.one("SELECT count(*) FROM request WHERE title LIKE 'Consulta %'") == 40
    wanted = [[str(position), ref] for position, ref in server.database.sql(
        f"SELECT f.position, r.ref FROM event_feed f JOIN request r ON r.id = f.request_id WHERE f.position > {start} AND NOT f.internal ORDER BY 1")]
    end = time.monotonic() + 60
    while len(heard) < len(wanted) and time.monotonic() < end:
        time.sleep(0.02)
    follower.terminate()
    listener.join(10)
    assert [[event["id"], event["subject"]] for event in heard] == wanted


def test_a_status_is_watched(use, api, server):
    ref = api.file(role="local_user")["ref"]
    watcher = use(server, "watch", ref, 2)
    seen = [json.loads(watcher.stdout.readline())]
    api.act(ref, "take", role="agent")
    seen.append(json.loads(watcher.stdout.readline()))
    assert api.post(f"/api/v1/requests/{ref}/comments", role="local_user", json={"text": "Gràcies"},
                    headers={"Idempotency-Key": new_key()}).status_code == 201
    seen += told(watcher)
    assert [status["version"] for status in seen] == sorted({status["version"] for status in seen}) and len(seen) == 3


def signed(secret, body, moment=None):
    moment = moment or int(time.time())
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), f"msg_1.{moment}.{body}".encode(), hashlib.sha256).digest()
    return {"Webhook-Id": "msg_1", "webhook-timestamp": str(moment), "webhook-signature": "v1," + base64.b64encode(digest).decode()}


def test_a_webhook_is_believed_only_when_it_is_ours(use):
    old, new, other = ("whsec_" + base64.b64encode(os.urandom(32)).decode() for _ in range(3))
    body = json.dumps({"id": "4711", "type": "cat.oam.request.submitted"})
    for secret, secrets, moment, fine in ((new, (old, new), None, True), (old, (old, new), None, True), (other, (old, new), None, False),
                                          (new, (new,), int(time.time()) - 3600, False)):
        answers = told(use(None, "verify", ",".join(secrets), json.dumps(signed(secret, body, moment)), body))
        assert len(answers) == 6  # headers as they come in three ways, each with a text and with bytes
        assert all((answer.get("event") == json.loads(body)) == fine and ("refused" in answer) != fine for answer in answers)
    assert {answer["refused"] for answer in told(use(None, "verify", "", json.dumps(signed(new, body)), body))} == {"No secret of the webhook was given"}
