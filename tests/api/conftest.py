"""The API suite: one server for all, every answer judged by the contract, and at the end what nothing hit."""
from oamtest.fixtures import *  # noqa: F401,F403
from oamtest.fixtures import require_a_database


def pytest_sessionstart(session):
    require_a_database()
