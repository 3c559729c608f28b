"""The verifier's walk beside Spin: the same configurations at rest, histories, clocks and members, the same transitions taken."""
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "scxml"))
sys.path.insert(0, str(HERE / "spin"))

import charts  # noqa: E402 (the folders have to be on the path first)
import configurations  # noqa: E402

DEEP = os.environ.get("OAM_DEEP") == "1"
CHARTS = 60 if DEEP else 1
DEFINITIONS = sorted([*(HERE / "examples").glob("*.json"),
                      *(one for one in (HERE.parents[1] / "workflow" / "definitions").glob("*.json")
                        if "scenarios" not in one.name)])
EVERY_RUN = [("technical_assistance", 2), ("economic_grant", 1)]  # the others wait for a deep run: a model compiles for seconds


def cases():
    for path in DEFINITIONS:
        joint = '"each"' in path.read_text()
        for bodies in (1, 2, 3) if joint else (1,):
            every_run = path.parent.name == "definitions" and (path.stem, bodies) in EVERY_RUN
            yield pytest.param(path, bodies, id=f"{path.parent.name}-{path.stem}-{bodies}",
                               marks=[] if every_run else pytest.mark.deep)


def run(command, folder):
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False, timeout=240)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
    return done.stdout


def told(lines):
    """Configurations and transitions; who of several members is who does not matter."""
    found = set()
    for line in lines:
        if line.startswith("C "):
            parts = [" ".join(part.split()) for part in line[2:].split("|")]
            parts[3] = " ".join(sorted(parts[3].split()))
            found.add("C " + " | ".join(parts))
        elif line.startswith("T ") or line == "F":
            found.add(line.strip())
    return found


@pytest.fixture
def by_spin(tmp_path):
    if not shutil.which("spin"):
        pytest.skip("spin is not installed")

    def explore(document, bodies):
        (tmp_path / "model.pml").write_text(configurations.model_of(document, bodies))
        run(["spin", "-a", "model.pml"], tmp_path)
        # -O0: the compiler takes minutes to make it better, and Spin is done in a second.
        run(["cc", "-O0", "-w", "-DSAFETY", "-DNOCLAIM", "-DNOFAIR", "-DVECTORSZ=16384", "-o", "pan", "pan.c"], tmp_path)
        report = run(["./pan", "-n", "-m4000000"], tmp_path)
        assert "errors: 0" in report and "max search depth too small" not in report, report[-1500:]
        return told(report.splitlines())

    return explore


@pytest.fixture
def by_us(tmp_path, driver):
    def walk(document, bodies):
        path = tmp_path / "definition.json"
        path.write_text(json.dumps(document))
        return told(driver("walk", (), str(path), str(bodies)))

    return walk


def assert_same(spin, ours):
    assert sorted(spin - ours) == [], "Spin comes to what the walk does not"
    assert sorted(ours - spin) == [], "the walk comes to what Spin does not"
    assert any(line.startswith("T") for line in ours) and sum(line.startswith("C") for line in ours) > 3


@pytest.mark.parametrize("path, bodies", cases())
def test_definition__comes_to_what_spin_finds(path, bodies, by_spin, by_us):
    document = json.loads(path.read_text())
    assert_same(by_spin(document, bodies), by_us(document, bodies))


def rests(walked):
    """Guards that are free make many a random chart go on for ever, which both would only give up on."""
    return "F" not in walked and sum(line.startswith("C") for line in walked) > 3


def test_random_charts__come_to_what_spin_finds(by_spin, by_us):
    documents = (charts.drawn(seed, 1).document for seed in range(100 * CHARTS))
    resting = ((document, walked) for document in documents if rests(walked := by_us(document, 1)))
    compared = 0
    for document, walked in itertools.islice(resting, CHARTS):
        assert_same(by_spin(document, 1), walked)
        compared += 1
    assert compared == CHARTS


def test_control__a_history_that_forgets_is_told_apart(by_spin, by_us):
    document = json.loads((HERE / "examples" / "technical_assistance.json").read_text())
    walked = by_us(document, 1)
    shallow = json.loads(json.dumps(document).replace('"deep": true', '"deep": false'))
    assert shallow != document
    assert by_spin(shallow, 1) != walked
