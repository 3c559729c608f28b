"""Random charts on XState 5, on SCION and on our engine, each step beside Appendix D: a difference has a name or is a fault."""
import json
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "scxml"))

import appendix_d  # noqa: E402 (the folder has to be on the path first)
import charts  # noqa: E402
import convert  # noqa: E402
import differential  # noqa: E402
import forbidden  # noqa: E402
from read_scxml import read_scxml  # noqa: E402

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


def test_export__means_the_same(tmp_path, node, driver):
    """What our engine writes as SCXML, read as SCXML and judged by Appendix D."""
    path = tmp_path / "definition.json"
    for one in differential.draw(range(CHARTS // 10)):
        path.write_text(json.dumps(one.document))
        exported = tmp_path / f"{one.seed}.scxml"
        exported.write_text("\n".join(driver("render", (), str(path), "scxml", "ca")))
        chart = read_scxml(exported)
        chart.data |= one.data
        for step, again in zip(one.steps, charts.steps(chart, one.events), strict=True):
            assert sorted(atom.rpartition("-")[2] for atom in again.atoms) == step.atoms, one.seed
            assert again.data == {name: step.data[name] for name in again.data}, one.seed


def test_parser__refuses_what_is_forbidden_and_nothing_else(node, driver):
    n = CHARTS // 2
    misjudged, refused = differential.misjudged(range(n), driver)
    assert misjudged == []
    assert n // 2 < refused < n * 3 // 4


# Each corner of scxml/README.md alone: events, the standard's last configuration, XState's, SCION's. Ours is the standard's.
CORNERS = {
    "region_leaves_itself": ("go again on", ["was_left"], ["stayed"], ["stayed"]),
    "inner_and_outer_together": ("go", ["out"], ["a1", "b1"], ["out"]),
    "two_regions_go_on_by_themselves": ("go", ["a3", "b1"], ["out"], ["a3", "b1"]),
    "several_raised_at_once": ("go", ["x_first"], ["x_first"], ["y_first"]),
    "deep_history_of_a_final_state": ("go out back", ["b2"], ["b2"], []),
    "every_leaf_is_final": ("go on", ["going_on"], ["going_on"], ["a2"]),
    "history_from_inside": ("back on", ["going_on"], ["going_on"], ["b2"]),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_corner__parts_the_engines_as_the_table_says(corner, node, driver):
    events, *expected = CORNERS[corner]
    events = events.split()
    path = pathlib.Path(__file__).resolve().parent / "scxml" / "corners" / f"{corner}.scxml"
    chart = read_scxml(path)
    line = json.dumps({"chart": charts.plain(chart), "data": chart.data, "events": events})
    others = json.loads(node("scxml/run.mjs", [line])[0])
    seen = [appendix_d.play(chart, [(event, 0) for event in events])[0][-1],
            others["xstate"]["seen"][-1][0], others["scion"]["seen"][-1][0]]
    assert seen == expected
    assert ours_of(path, events, driver) == (["history_from_inside"] if corner == "history_from_inside" else expected[0])


def ours_of(path, events, driver):
    """Our engine's last configuration, or the codes with which the chart is refused."""
    chart, data = read_scxml(path), {}
    try:
        document, _, data, _, _ = convert.convert(chart, events)
    except forbidden.Forbidden:
        document, _ = convert.convert_forbidden(read_scxml(path), events)
    answer = json.loads(driver("chart", [json.dumps({"definition": document, "data": data,
                                                     "events": [[event, 0] for event in events]})])[0])
    return answer["configurations"][-1] if "configurations" in answer else [fault["code"] for fault in answer["refused"]]
