"""The oracles: npm packages installed once, and our drivers, fed line by line."""
import fcntl
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("OAM_BUILD", HERE.parents[1] / "build" / "dev"))


def install_oracles():
    """`npm ci`, where node_modules is not yet what the lock file says; one of several runs at a time does it."""
    stamp, lock = HERE / "node_modules" / ".oam-lock", HERE / "package-lock.json"
    with open(HERE / "package.json", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
            return
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, text=True,
                              capture_output=True, check=False, timeout=300)
        if done.returncode:
            pytest.skip(f"npm could not install the oracles: {done.stderr[-400:]}")
        shutil.copy(lock, stamp)


def run_lines(command, lines):
    done = subprocess.run(command, input="".join(line + "\n" for line in lines), text=True, capture_output=True,
                          check=False, timeout=900, cwd=HERE)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stderr[-2000:]}"
    return done.stdout.splitlines()


@pytest.fixture(scope="session")
def node():
    """node(script, lines) -> lines: a script of this folder, with the packages installed."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    install_oracles()
    return lambda script, lines=(): run_lines(["node", str(HERE / script)], lines)


@pytest.fixture(scope="session")
def driver():
    """driver(name, lines, *arguments) -> lines: build/…/tests/driver_<name>."""

    def run(name, lines=(), *arguments):
        program = BUILD / "tests" / f"driver_{name}"
        if not program.exists():
            pytest.fail(f"{program} is not built")
        return run_lines([str(program), *arguments], lines)

    return run
