"""The clients' suite: oamctl as a person or a script runs it, against one server for all."""
import fcntl
import http.server
import json
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time

import pytest

from oamtest.database import BIN, SOURCE
from oamtest.fixtures import *  # noqa: F401,F403
from oamtest.fixtures import require_a_database

SAMPLE = pathlib.Path(__file__).parent / "sample" / "requests-sample.csv"
SEED = SOURCE / "schema" / "seed"


def pytest_sessionstart(session):
    require_a_database()
    # A runner in the background hands its ignored ^C down; what is started here takes it as from a terminal.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Done:
    """What a run of oamctl gave."""

    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr

    @property
    def json(self):
        return json.loads(self.out)


def on_terminal(command, environment, columns=80, answers=(), timeout=30):
    """(exit code, what the screen got) of a program on a terminal so wide. answers are (what to wait for, what is typed then)."""
    command = [str(word) for word in command]
    pid, screen = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment)
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    seen, answered, left = b"", 0, list(answers)
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if not select.select([screen], [], [], 0.1)[0]:
            continue
        try:
            read = os.read(screen, 65536)
        except OSError:  # the other end is closed
            break
        seen += read
        if left and left[0][0].encode() in seen[answered:]:
            answered = len(seen)
            os.write(screen, left.pop(0)[1].encode())
    else:
        os.kill(pid, 9)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(screen)
    out = seen.decode(errors="replace").replace("\r\n", "\n")
    assert not left, f"never asked {left[0][0]!r}:\n{out}"
    return code, out


class Oamctl:
    """oamctl("show", ref, role="agent"). The tokens of a role are kept in one configuration folder for the session."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OAM_", "LC_", "LANG", "XDG_"))}
        kept.update(XDG_CONFIG_HOME=str(self.folder), HOME=str(self.folder), OAM_URL=self.server.url,
                    OAM_CREDENTIALS=str(self.server.credentials_path), LC_ALL="en")
        kept.update(more)
        return {name: value for name, value in kept.items() if value is not None}

    def start(self, *arguments, role=None, environment=None, **options):
        chosen = ["--role", role] if role else []
        return subprocess.Popen([BIN / "oamctl", *chosen, *map(str, arguments)], text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.environment(**(environment or {})), **options)

    def __call__(self, *arguments, role=None, expect=0, stdin="", environment=None, cwd=None, timeout=120):
        process = self.start(*arguments, role=role, environment=environment, cwd=cwd)
        out, err = process.communicate(stdin, timeout=timeout)
        done = Done(subprocess.CompletedProcess(process.args, process.returncode, out, err))
        assert "Sanitizer" not in done.err, done.err
        if expect is not None:
            assert done.code == expect, f"{arguments}: exit {done.code}\n{done.out}\n{done.err}"
        return done


    def on_terminal(self, *arguments, role=None, expect=0, environment=None, **how):
        """A run on a terminal; `out` is what the screen got."""
        chosen = ["--role", role] if role else []
        code, out = on_terminal([BIN / "oamctl", *chosen, *arguments], self.environment(TERM="xterm", **(environment or {})), **how)
        assert "Sanitizer" not in out, out
        assert expect is None or code == expect, f"{arguments}: exit {code}\n{out}"
        return Done(subprocess.CompletedProcess(arguments, code, out, ""))


@pytest.fixture(scope="session")
def oamctl(server, tmp_path_factory):
    return Oamctl(server, tmp_path_factory.mktemp("config"))


@pytest.fixture
def someone(server):
    """someone("agent") is that entry of the credentials file."""
    return lambda role: next(entry for entry in server.credentials if entry["role"] == role)


@pytest.fixture
def filed(oamctl):
    """filed() is the ref of a fresh general enquiry of the local user's town, already assigned."""

    def file(title="Consulta sobre el padró"):
        return oamctl("file", "--service", "OAM-GEN", "--title", title, "--json", role="local_user").json["ref"]

    return file


@pytest.fixture
def scripted():
    """scripted({path: (status, json)}) is the URL of a server that answers so, for what ours does not say."""
    servers = []

    def serve(answers):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, value = answers.get(self.path.split("?")[0], (404, {"title": "Not scripted", "code": "not_found"}))
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, *_):
                pass

        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()
