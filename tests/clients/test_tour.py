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
    assert len(blocks) == 3, "README.md has a tour of people, one of systems and one of Open311"
    return "".join(blocks)


def test_the_tour_works_line_by_line(server, tmp_path):
    # ./oam itself tells where the server is, from a state that names the one of this test; and the build is the one at hand.
    state = tmp_path / "state"
    (state / "run").mkdir(parents=True)
    (state / "run" / "url").write_text(server.url + "\n")
    (state / "credentials.json").symlink_to(server.credentials_path)
    (tmp_path / "oam").symlink_to(ROOT / "oam")
    (tmp_path / "build" / "release").mkdir(parents=True)
    (tmp_path / "build" / "release" / "bin").symlink_to(BIN)
    lines = [line for line in tour().splitlines() if line and not line.startswith("#")]
    assert len(lines) > 20
    script = "set -euo pipefail\n" + "\n".join(lines) + "\necho every line was run\n"
    env = {name: value for name, value in os.environ.items() if not name.startswith("OAM_")}
    env.update(XDG_CONFIG_HOME=str(tmp_path / "config"), HOME=str(tmp_path), LC_ALL="C.UTF-8", OAM_STATE=str(state))
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("every line was run")
    assert "agent." in done.stdout
