"""The API suite: a server for each process of the run, every answer judged by the contract, and at the end what nothing hit."""
import pathlib

import pytest
from oamtest.contract import Contract
from oamtest.fixtures import *  # noqa: F401,F403
from oamtest.fixtures import CONTRACT, require_a_database

HITS = pytest.StashKey()  # each (operation id, status) that the contract documents and an answer had, in any process
VERDICT = pytest.StashKey()  # (how many are documented, those that nothing hit)
LONGEST = ["test_webhook_sending", "test_versions", "test_recount", "test_absences", "test_panels", "test_timers", "test_mail", "test_waiting", "test_addresses"]


def pytest_sessionstart(session):
    require_a_database()


def pytest_collection_modifyitems(items):
    """Whole files are dealt out in this order: a long one at the end would keep one process busy and the others waiting."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


def pytest_configure(config):
    config.stash[HITS] = set()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """In the process that hands out the files: what one of the others has seen."""
    node.config.stash[HITS].update(map(tuple, getattr(node, "workeroutput", {}).get("hits", ())))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    config = session.config
    if CONTRACT in config.stash:
        config.stash[HITS].update(config.stash[CONTRACT].hits)
    if hasattr(config, "workeroutput"):
        config.workeroutput["hits"] = sorted(config.stash[HITS])
    elif everything_ran(config):
        documented = Contract().statuses()
        missed = sorted(documented - config.stash[HITS])
        config.stash[VERDICT] = len(documented), missed
        if missed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if VERDICT not in config.stash:
        return
    documented, missed = config.stash[VERDICT]
    terminalreporter.write_line(f"{documented - len(missed)} of {documented} documented statuses were hit")
    for operation, status in missed:
        terminalreporter.write_line(f"FAILED: no test hit {operation} {status}")


def everything_ran(config):
    return not config.getoption("-k") and [pathlib.Path(name).resolve() for name in config.args] == [pathlib.Path(__file__).parent]
