"""Faults: a cluster of our own that may be killed, servers that are, and a ledger of what was promised."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import psycopg2
import pytest
from oamtest.client import Api
from oamtest.contract import Contract
from oamtest.database import SOURCE, Template
from oamtest.fixtures import require_a_database
from oamtest.server import Server


def pytest_sessionstart(session):
    require_a_database()


class Cluster:
    """A PostgreSQL that keeps its promises (fsync matters little here, the log does) and can be killed."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="oam-faults-")
        script = SOURCE / "tests" / "support" / "cluster.sh"
        self.script = script
        done = subprocess.run(["bash", script, "start", self.folder], text=True, capture_output=True, check=True, timeout=60)
        self.url = done.stdout.strip()
        # A crash must lose nothing that was acknowledged: commits are flushed, as in production.
        self.execute("ALTER SYSTEM SET synchronous_commit = on")
        self.execute("ALTER SYSTEM SET full_page_writes = on")
        self.execute("SELECT pg_reload_conf()")

    def execute(self, statement):
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    @property
    def data(self):
        return pathlib.Path(self.folder) / "data"

    def kill(self):
        """SIGKILL to the postmaster and to each of its children, as a machine that loses power."""
        pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], text=True, capture_output=True).stdout.split()
        for one in [pid, *map(int, children)]:
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                pass
        while pathlib.Path(f"/proc/{pid}").exists() and "Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2]:
            time.sleep(0.01)

    def _pg_ctl(self, *arguments):
        command = ["/usr/lib/postgresql/15/bin/pg_ctl", "-D", str(self.data), *arguments]
        if os.getuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *command]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)

    def start(self):
        # Children of a killed postmaster may hold its shared memory for a moment.
        until = time.monotonic() + 20
        while True:
            try:
                self._pg_ctl("-l", str(pathlib.Path(self.folder) / "postgres.log"), "-w", "-t", "30", "start")
                return
            except subprocess.CalledProcessError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def close(self):
        subprocess.run(["bash", self.script, "stop", self.folder], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def contract():
    return Contract()


@pytest.fixture(scope="session")
def cluster():
    made = Cluster()
    yield made
    made.close()


@pytest.fixture(scope="session")
def fault_template(cluster):
    made = Template(cluster.url)
    yield made
    made.close()


@pytest.fixture
def start(fault_template):
    """start(database=None, **settings): (server, api) on the cluster of our own; all are stopped at the end, without a report."""
    servers, databases = [], []

    def make(database=None, **settings):
        if database is None:
            database = fault_template.clone()
            databases.append(database)
        server = Server(fault_template, database, **settings)
        servers.append(server)
        return server

    yield make
    for server in servers:
        try:
            server.close()
        finally:
            if server.process.poll() is None:
                server.kill()
    for database in databases:
        database.drop()


@pytest.fixture
def client(contract):
    return lambda server: Api(server, contract)
