"""Fixtures for suites that drive a server: `from oamtest.fixtures import *` in a folder's conftest.py."""
import os
import sys
import time

import pytest

from oamtest.client import PRINCIPALS, Api
from oamtest.contract import Contract
from oamtest.database import BIN, SERVER, Template
from oamtest.server import Server

__all__ = ["contract", "template", "server", "credentials", "all_tokens", "api", "new_server", "expired_token"]

EVERYBODY = tuple(PRINCIPALS)  # before a test adds those of a world of its own
CONTRACT = pytest.StashKey()  # the judge of this process, for who asks at the end what was hit


def require_a_database():
    """For a conftest's pytest_sessionstart: a suite without PostgreSQL is skipped, not failed."""
    if not SERVER:
        pytest.exit("OAM_TEST_DATABASE_URL is not set", returncode=77)
    if not os.access(BIN / "oamd", os.X_OK):
        pytest.exit(f"no oamd in {BIN}", returncode=77)


@pytest.fixture(scope="session")
def contract(request):
    request.config.stash[CONTRACT] = judge = Contract()
    return judge


@pytest.fixture(scope="session")
def template():
    made = Template()
    yield made
    made.close()


def show_log(server):
    sys.stderr.write(f"---- the end of the log of {server.url}\n{server.log()[-4000:]}\n")


@pytest.fixture(scope="session")
def server(template):
    """The server that the tests of a session share. A test that hurts its server takes one of its own: new_server."""
    database = template.clone()
    if os.environ.get("OAM_TEST_MUTATION"):  # faults/test_mutations.py: a guard taken away
        database.sql(os.environ["OAM_TEST_MUTATION"])
    shared = Server(template, database)
    yield shared
    try:
        shared.close()
    finally:
        database.drop()


@pytest.fixture
def new_server(template, request):
    """new_server(OAM_DB_THREADS=1, …) gives a server of its own, on a database of its own or on database=…"""
    made = []

    def make(database=None, **settings):
        own = None if database else template.clone()
        one = Server(template, database or own, **settings)
        made.append((one, own))
        return one

    yield make
    for one, own in reversed(made):
        try:
            one.close()
        finally:
            if own:
                own.drop()


@pytest.fixture(scope="session")
def credentials(server):
    return server.credentials


@pytest.fixture(scope="session")
def all_tokens(server, contract):
    """Everybody logs in before any test uses up the attempts of this address."""
    shared = Api(server, contract)
    for role in EVERYBODY:
        shared.token(role)
    return shared


@pytest.fixture
def api(all_tokens):
    return all_tokens


@pytest.fixture(scope="session")
def expired_token(template, server, contract, tmp_path_factory):
    """A token of the operator that was good an hour ago: from a second process on the same database, whose clock is behind."""
    clock = tmp_path_factory.mktemp("clock") / "now"
    clock.write_text(str(int((time.time() - 3600) * 1e6)))
    past = Server(template, server.database, OAM_TEST_CLOCK=str(clock), OAM_PUBLIC_URL=server.url)
    token = Api(past, contract).login("operator")
    past.close()
    return token
