"""The oracles: npm packages installed once, and our drivers, fed line by line."""
import os
import pathlib

import pytest
from oamtest import oracles

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("OAM_BUILD", HERE.parents[1] / "build" / "dev"))


def run_lines(command, lines):
    return oracles.run_lines(command, lines, HERE)


@pytest.fixture(scope="session")
def node():
    """node(script, lines) -> lines: a script of this folder, with the packages installed."""
    return oracles.node_of(HERE)


@pytest.fixture(scope="session")
def driver():
    """driver(name, lines, *arguments) -> lines: build/…/tests/driver_<name>."""

    def run(name, lines=(), *arguments):
        program = BUILD / "tests" / f"driver_{name}"
        if not program.exists():
            pytest.fail(f"{program} is not built")
        return run_lines([str(program), *arguments], lines)

    return run
