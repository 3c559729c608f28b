"""The TypeScript client: built from the contract, packed as it is published, installed elsewhere, and used against a server that dies."""
import base64
import hashlib
import hmac
import json
import os
import random
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

    def start(server, *arguments):
        environment = {**os.environ, **({"OAM_URL": server.url} if server else {}), "OAM_CLIENT_ID": client["client_id"],
                       "OAM_CLIENT_SECRET": client["client_secret"]}
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
        answer, = told(use(None, "verify", ",".join(secrets), json.dumps(signed(secret, body, moment)), body))
        assert (answer.get("event") == json.loads(body)) == fine and ("refused" in answer) != fine
