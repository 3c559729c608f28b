"""webhook: events sent to this machine, believed only when they are signed, and sent again."""
import json
import socket
import subprocess

import pytest
from oamtest.database import BIN
from oamtest.waiting import eventually

from conftest import Oamctl

ROLE = "integration"


@pytest.fixture
def desk(new_server, tmp_path):
    """A server that may send to this machine, and tries again soon."""
    return Oamctl(new_server(OAM_WEBHOOK_NETWORKS="127.0.0.1", OAM_WEBHOOK_SCHEDULE="0s,100ms,100ms"), tmp_path)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def listen(desk, tmp_path):
    """listen(secret, port): a running `webhook listen`."""
    started = []

    def begin(secret, port):
        path = tmp_path / f"secret-{len(started)}"
        path.write_text(secret + "\n")
        process = desk.start("webhook", "listen", path, port, "--json", role=ROLE)
        started.append(process)
        assert f"http://127.0.0.1:{port}/" in process.stderr.readline()
        return process

    yield begin
    for process in started:
        process.terminate()
        _, complaints = process.communicate(timeout=20)
        assert "Sanitizer" not in complaints, complaints


def log(desk, hook, *state):
    return desk("webhook", "deliveries", hook, *state, "--json", role=ROLE).json


def test_webhook__from_its_making_to_its_end(desk, listen):
    port = free_port()
    made = desk("webhook", "add", f"http://127.0.0.1:{port}/", "--data", "contact=sistemes@exemple.cat", "--json", role=ROLE)
    hook, secret = made.json["id"], made.json["secret"]
    assert "only now" in made.err and secret.startswith("whsec_") and made.json["contact"] == "sistemes@exemple.cat"
    receiver = listen(secret, port)
    desk("webhook", "ping", hook, role=ROLE)
    assert json.loads(receiver.stdout.readline())["type"] == "cat.oam.webhook.ping"
    ref = desk("file", "--service", "OAM-GEN", "--body", "0800230008", "--title", "Consulta", "--json", role=ROLE).json["ref"]
    heard = [json.loads(receiver.stdout.readline()) for _ in range(2)]
    assert [event["subject"] for event in heard] == [ref, ref] and heard[1]["type"] == "cat.oam.request.submitted"
    eventually(lambda: [one["state"] for one in log(desk, hook)] == ["delivered"] * 3)
    assert desk("webhook", "redeliver", hook, heard[1]["id"], "--json", role=ROLE).json == {"queued": 1, "next": None}
    assert "before" in receiver.stderr.readline()
    assert desk("webhook", "redeliver", hook, "--data", "after=0", "--json", role=ROLE).json == {"queued": 0, "next": None}  # no dead letters
    assert desk("webhook", "pause", hook, "--json", role=ROLE).json["state"] == "paused"
    assert desk("webhook", "resume", hook, "--json", role=ROLE).json["state"] == "active"
    assert [one["id"] for one in desk("webhook", "--json", role=ROLE).json] == [hook]
    shown = desk("webhook", "show", hook, role=ROLE).out
    assert "active" in shown and secret not in shown
    desk("webhook", "remove", hook, role=ROLE)
    desk("webhook", "show", hook, role=ROLE, expect=3)


def test_webhook__says_by_an_expression_which_events_it_wants(desk, listen):
    port, filter = free_port(), "event.type.endsWith('submitted') && event.body == '0800230008'"
    made = desk("webhook", "add", f"http://127.0.0.1:{port}/", "--filter", filter, "--json", role=ROLE).json
    assert made["filter"] == filter and filter in desk("webhook", "show", made["id"], role=ROLE).out
    receiver = listen(made["secret"], port)
    ref = desk("file", "--service", "OAM-GEN", "--body", "0800230008", "--title", "Consulta", "--json", role=ROLE).json["ref"]
    heard = json.loads(receiver.stdout.readline())
    assert (heard["subject"], heard["type"]) == (ref, "cat.oam.request.submitted")
    eventually(lambda: [(one["type"], one["state"]) for one in log(desk, made["id"])] == [("cat.oam.request.submitted", "delivered")])
    assert desk("webhook", "set", made["id"], "--filter", "event.version > 1", "--data", "description=Gestor", "--json", role=ROLE).json["filter"] == "event.version > 1"
    told = desk("webhook", "set", made["id"], "--filter", "", "--json", role=ROLE).json
    assert (told["filter"], told["description"]) == (None, "Gestor")
    refused = desk("webhook", "set", made["id"], "--filter", "event.nothing == 1", role=ROLE, expect=None)
    assert refused.code != 0 and "nothing" in refused.err


def test_webhook_listen__believes_nobody_who_does_not_know_the_secret(desk, listen):
    port = free_port()
    hook = desk("webhook", "add", f"http://127.0.0.1:{port}/", "cat.oam.request.submitted", "--json", role=ROLE).json["id"]
    receiver = listen("whsec_" + "A" * 43 + "=", port)
    ref = desk("file", "--service", "OAM-GEN", "--body", "0800230008", "--title", "Consulta", "--json", role=ROLE).json["ref"]
    for _ in range(3):
        assert "Refused" in receiver.stderr.readline()
    letter, = eventually(lambda: log(desk, hook, "dead"), 20)
    assert (letter["subject"], letter["status"], letter["outcome"]) == (ref, 401, "refused")
    secret = desk("webhook", "rotate", hook, "--json", role=ROLE).json["secret"]
    receiver.terminate()
    receiver.wait(20)
    again = listen(secret, port)
    assert desk("webhook", "redeliver", hook, "--data", "after=0", "--json", role=ROLE).json == {"queued": 1, "next": None}
    assert json.loads(again.stdout.readline())["subject"] == ref


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
                                  b"POST / HTTP/1.1\r\nContent-Length: 4\r\nwebhook-id: a\r\n\r\nabcd", b"\x00" * 3000, b"A" * 2_000_000],
                         ids=["nothing", "no message", "too long", "not signed", "zeros", "endless"])
def test_webhook_listen__outlives_whoever_calls(desk, listen, said):
    port = free_port()
    receiver = listen("whsec_" + "A" * 43 + "=", port)
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
            try:
                caller.sendall(said)
                caller.shutdown(socket.SHUT_WR)
                answer = caller.recv(200)
            except OSError:  # it had said enough
                answer = b""
            assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 401 "))
    assert receiver.poll() is None


@pytest.mark.parametrize("arguments, code", [(("add",), 2), (("nothing",), 2), (("listen", "/nowhere"), 1), (("show", "x"), None)])
def test_webhook__says_what_is_wrong(desk, arguments, code):
    done = desk("webhook", *arguments, role=ROLE, expect=code)
    assert done.code != 0 and done.err


@pytest.mark.parametrize("secret", ["bad", "whsec_", "whsec_short", "whsec_" + "A" * 43, "whsec_" + "A" * 20 + "=", "oam_live_" + "A" * 44])
def test_webhook_listen__says_at_once_that_it_has_no_secret(oamctl, tmp_path, secret):
    """It listened, and refused whatever came as somebody else's."""
    (tmp_path / "secret").write_text(secret + "\n")
    for language, told in (("ca", "no conté cap secret"), ("es", "no contiene ningún secreto"), ("en", "holds no secret")):
        refused = oamctl("--lang", language, "webhook", "listen", tmp_path / "secret", expect=1)
        assert told in refused.err and "webhook rotate" in refused.err and str(tmp_path / "secret") in refused.err


def test_webhook_listen__cannot_have_a_port_that_is_taken(desk, tmp_path):
    (tmp_path / "secret").write_text("whsec_" + "A" * 43 + "=\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([BIN / "oamctl", "webhook", "listen", tmp_path / "secret", port],
                              env=desk.environment(), text=True, capture_output=True, timeout=20)
    assert done.returncode == 1 and port in done.stderr
