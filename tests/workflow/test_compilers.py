"""A court may ask in ten years: another compiler, and another way of optimising, must come to the same bytes."""
import json
import pathlib
import subprocess
import sys

import pytest
from conftest import BUILD, HERE, run_lines

sys.path.insert(0, str(HERE / "scxml"))

import differential  # noqa: E402 (the folder has to be on the path first)

SOURCE = HERE.parents[1]
DEFINITIONS = SOURCE / "workflow" / "definitions"
CHARTS = 100


@pytest.fixture(scope="module", params=[("cc", "-O0"), ("clang", "-O3")], ids=" ".join)
def other(request, tmp_path_factory):
    """other(name, lines, *arguments) -> lines: a driver and the whole engine, compiled by somebody else."""
    made = tmp_path_factory.mktemp("other")
    engine = [*SOURCE.glob("workflow/*.c"), *SOURCE.glob("workflow/*/*.c"), BUILD / "generated" / "madrid.c"]

    def run(name, lines=(), *arguments):
        program = made / name
        if not program.exists():
            subprocess.run([*request.param, "-std=gnu17", "-D_GNU_SOURCE", "-w", f"-I{SOURCE}", f"-I{SOURCE / 'tests'}", "-o", program,
                            HERE / f"driver_{name}.c", *engine, "-ljansson"], check=True, timeout=600)
        return run_lines([str(program), *arguments], lines)

    return run


def test_steps__come_to_the_same_bytes(driver, other):
    """Every case of the oracles, random charts, and charts that are refused."""
    lines = [json.dumps(line) for line in differential.lines_of(CHARTS)]
    told = driver("chart", lines)
    assert told == other("chart", lines)
    assert sum(len(bytes) > 20 for line in told for bytes in json.loads(line).get("bytes", ())) > 50 * CHARTS


@pytest.mark.parametrize("key", [path.stem for path in sorted(DEFINITIONS.glob("*.json")) if "." not in path.stem])
def test_procedures__live_through_the_same(key, driver, other):
    """Every golden scenario with its clocks, terms and reasons, written down anew."""
    paths = [str(pathlib.Path(DEFINITIONS, key + suffix)) for suffix in (".json", ".scenarios.json")]
    told = driver("scenario", (), "record", *paths)
    assert told == other("scenario", (), "record", *paths)
    assert len(told) > 20
