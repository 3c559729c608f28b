"""The README's tour, as it stands: every line is run, in order, by one shell that stops at the first that fails."""

import os
import pathlib
import re
import subprocess

from oamtest.database import BIN

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tour():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh tour\n(.*?)^```$", text, flags=re.M | re.S)
    assert len(blocks) == 1, "README.md has one tour"
    return blocks[0]


def test_the_tour_works_line_by_line(server, tmp_path):
    # Only what names this machine is replaced: where it runs, and which build.
    oam = tmp_path / "oam"
    oam.write_text(f"#!/bin/sh\necho OAM_URL={server.url}\necho OAM_CREDENTIALS={server.credentials_path}\n")
    oam.chmod(0o755)
    (tmp_path / "build" / "release").mkdir(parents=True)
    (tmp_path / "build" / "release" / "bin").symlink_to(BIN)
    lines = [line for line in tour().splitlines() if line and not line.startswith("#")]
    assert len(lines) > 20
    script = "set -euo pipefail\n" + "\n".join(lines) + "\necho every line was run\n"
    env = dict(os.environ, XDG_CONFIG_HOME=str(tmp_path / "config"), HOME=str(tmp_path), LC_ALL="C.UTF-8")
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("every line was run")
    assert "agent." in done.stdout
