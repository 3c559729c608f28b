"""The protocols of timers and outbox: exhaustively, by Spin, and beside each a control that Spin must refute."""
import pathlib
import re
import shutil
import subprocess

import pytest

MODELS = pathlib.Path(__file__).resolve().parent / "spin"
LIVENESS = {"timer": "served", "outbox": "settled"}
# The part that is left out, and what then is not so any more.
CONTROLS = [
    ("timer", "NO_RECHECK", r"assertion violated .*(fired|over)"),
    ("timer", "NO_LOCK", r"assertion violated .*(fired|over)"),
    ("outbox", "NO_KEY", r"assertion violated .*applied"),
    ("outbox", "NO_TOKEN", r"assertion violated .*incident"),
    ("outbox", "NO_STATE", r"assertion violated .*(queued|skipped)"),
]


def run(command, folder, timeout=240):
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False, timeout=timeout)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
    return done.stdout


@pytest.fixture
def check(tmp_path):
    """check(model, *defines, claim=None) -> (states stored, errors, report)."""
    if not shutil.which("spin"):
        pytest.skip("spin is not installed")

    def explore(model, *defines, claim=None):
        run(["spin", "-a", *(f"-D{one}" for one in defines), str(MODELS / f"{model}.pml")], tmp_path)
        mode = ["-DNFAIR=4"] if claim else ["-DSAFETY", "-DNOCLAIM", "-DNOFAIR"]
        run(["cc", "-O2", "-w", *mode, "-o", "pan", "pan.c"], tmp_path)
        report = run(["./pan", "-m200000", *(["-a", "-f", "-N", claim] if claim else [])], tmp_path)
        states = int(re.search(r"^\s*(\d+) states, stored", report, re.M).group(1))
        assert "max search depth too small" not in report, report
        return states, int(re.search(r"errors: (\d+)", report).group(1)), report

    return explore


@pytest.mark.parametrize("model, least", [("timer", 100_000), ("outbox", 500_000)])
def test_nothing_happens_twice_nor_after_it_was_taken_back(check, model, least):
    states, errors, report = check(model)
    assert errors == 0, report
    assert states > least, "the model explores less than it did: is a process stuck?"
    print(f"{model}: {states} states")


@pytest.mark.parametrize("model", LIVENESS)
def test_nothing_is_lost_whoever_dies(check, model):
    states, errors, report = check(model, claim=LIVENESS[model])
    assert errors == 0, report
    assert states > 100_000


@pytest.mark.parametrize("model, missing, violated", CONTROLS)
def test_each_part_of_the_protocol_is_needed(check, model, missing, violated):
    states, errors, report = check(model, missing)
    assert errors == 1 and states > 0, report
    assert re.search(violated, report), report


def test_a_lease_that_never_runs_out_loses_what_its_dead_holder_had(check):
    _, errors, report = check("outbox", "NO_EXPIRY", claim="settled")
    assert errors == 1 and "acceptance cycle" in report, report
