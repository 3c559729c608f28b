"""One `oamd serve` on a free port, with its log at hand."""
import json
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

from oamtest.database import BIN, environment_with, oamd


class Server:
    """`url`, `credentials_path` and `credentials` are what a client needs; settings are oamd's, e.g. OAM_DB_THREADS=2.
    `under` is a program that starts it, with its options, e.g. ["prlimit", "--nofile=400"]."""

    def __init__(self, template, database, **settings):
        self.template = template
        self.database = database
        self.credentials_path = template.credentials_path
        self.credentials = template.credentials
        self.under = settings.pop("under", [])
        self.settings = settings
        self.port = int(settings.pop("OAM_PORT", 0))
        self.process = None
        self.log_path = pathlib.Path(tempfile.mkstemp(prefix="oamd-", suffix=".log")[1])
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, wait=True):
        """Starts it, or starts it again on the port it had: what it signs names its URL, so the port is settled first."""
        if self.port == 0:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        environment = environment_with(OAM_DATABASE_URL=self.database.url, OAM_SECRET_FILE=str(self.template.secret),
                                       OAM_LISTEN_ADDRESS="127.0.0.1", OAM_TEST="1",
                                       **{"OAM_PROXY": "127.0.0.0/8", "OAM_PORT": str(self.port), **self.settings})
        begin = self.log_path.stat().st_size
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen([*self.under, BIN / "oamd", "serve"], env=environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        if wait:
            self.wait_for("started", begin)

    def wait_for(self, event, begin=0, seconds=20):
        """The first entry of the log that tells `event`, from byte `begin` on."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for entry in self.entries(begin):
                if entry.get("event") == event:
                    return entry
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError(f"oamd never said {event!r} (exit {self.process.poll()}):\n{self.log()[-4000:]}")

    def log(self):
        return self.log_path.read_text(errors="replace")

    def entries(self, begin=0):
        for line in self.log_path.read_bytes()[begin:].decode(errors="replace").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def reports(self):
        """What the sanitizers said; empty when all is well."""
        lines = self.log().splitlines()
        marks = ("ERROR: AddressSanitizer", "runtime error:", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer")
        return [line for line in lines if any(mark in line for mark in marks)]

    def verify(self):
        """Every event through its definition again: the same bytes, the same chains, the same audience. What was told of it."""
        told = oamd("verify", environment={"OAM_DATABASE_URL": self.database.url, "OAM_SECRET_FILE": str(self.template.secret)}, check=False)
        assert told.returncode == 0 and " 0 faults of state, 0 faults of chain" in told.stdout, told.stdout + told.stderr
        return told.stdout

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=30):
        """Asks it to drain; its exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        return self.process.returncode

    def close(self):
        try:
            code = self.stop()
            reports = self.reports()
            assert code == 0 and not reports, f"oamd ended with {code}: {reports}\n{self.log()[-6000:]}"
        finally:
            self.log_path.unlink(missing_ok=True)
