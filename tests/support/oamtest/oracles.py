"""What others wrote, to judge ours by: npm packages installed once, and scripts fed line by line."""
import fcntl
import shutil
import subprocess

import pytest


def install_oracles(folder):
    """`npm ci`, where node_modules is not yet what the lock file says; one of several runs at a time does it."""
    stamp, lock = folder / "node_modules" / ".oam-lock", folder / "package-lock.json"
    with open(folder / "package.json", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
            return
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, text=True,
                              capture_output=True, check=False, timeout=300)
        if done.returncode:
            pytest.skip(f"npm could not install the oracles: {done.stderr[-400:]}")
        shutil.copy(lock, stamp)


def run_lines(command, lines, folder):
    done = subprocess.run(command, input="".join(line + "\n" for line in lines), text=True, capture_output=True,
                          check=False, timeout=900, cwd=folder)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stderr[-2000:]}"
    return done.stdout.splitlines()


def node_of(folder):
    """node(script, lines) -> lines: a script of that folder, with the packages of its package.json."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    install_oracles(folder)
    return lambda script, lines=(): run_lines(["node", str(folder / script)], lines, folder)
