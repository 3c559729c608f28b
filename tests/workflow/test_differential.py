"""Random charts on XState 5, on SCION and on our engine, each step beside Appendix D: a difference has a name or is a fault."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "scxml"))

import differential  # noqa: E402 (the folder has to be on the path first)

DEEP = os.environ.get("OAM_DEEP") == "1"
CHARTS = 100_000 if DEEP else 1_000
BATCH = 1_000


@pytest.fixture(scope="module")
def tallies(node, driver):
    found = {}
    for first in range(0, CHARTS, BATCH):
        drawn = differential.draw(range(first, first + BATCH))
        batch = differential.tallies(drawn, differential.others(drawn, node))
        batch["oam"] = differential.tally("oam", drawn, differential.ours(drawn, driver))
        for engine, tally in batch.items():
            found.setdefault(engine, differential.Tally()).add(tally)
    for engine, tally in found.items():
        print(f"{engine}: {tally}")
    return found


def test_our_engine__is_appendix_d(tallies):
    """Every configuration, the order in which states are entered, and that of effects."""
    assert tallies["oam"].faults == []
    assert tallies["oam"].whole == CHARTS
    assert tallies["oam"].steps == CHARTS * (differential.EVENTS + 1)


@pytest.mark.parametrize("engine, whole, steps", [("xstate", 0.75, 40), ("scion", 0.85, 44)])
def test_others__are_appendix_d_but_for_the_corners(tallies, engine, whole, steps):
    tally = tallies[engine]
    assert tally.charts == CHARTS
    assert tally.faults == []
    assert tally.whole >= whole * CHARTS
    assert tally.steps >= steps * CHARTS


def test_parser__refuses_what_is_forbidden_and_nothing_else(node, driver):
    n = CHARTS // 2
    misjudged, refused = differential.misjudged(range(n), driver)
    assert misjudged == []
    assert n // 2 < refused < n * 3 // 4
