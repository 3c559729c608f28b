"""The same random charts and events through several engines, each beside Appendix D, step by step."""
import collections
import json

import charts
from corners import CORNERS

EVENTS = 50


class Tally:
    """What became of one engine's runs."""

    def __init__(self):
        self.charts = self.whole = self.steps = 0
        self.parted = collections.Counter()  # by the corners met so far
        self.faults = []                     # differences that no corner explains

    def add(self, other):
        self.charts, self.whole, self.steps = self.charts + other.charts, self.whole + other.whole, self.steps + other.steps
        self.parted += other.parted
        self.faults += other.faults

    def __str__(self):
        return (f"{self.charts} charts, {self.whole} alike to the last event, {self.steps} steps alike, "
                f"{sum(self.parted.values())} part at a corner, {len(self.faults)} without one")


def same_in_order(ours, theirs):
    return ours == theirs


def same_in_any_order(ours, theirs):
    """SCION goes by depth where the standard has document order."""
    return sorted(ours) == sorted(theirs)


SAME = {"xstate": same_in_order, "scion": same_in_any_order}


def compare(tally, engine, drawn, answer):
    """Walks both runs up to the first difference, which has to have a corner before it or with it."""
    tally.charts += 1
    met = set()
    for number, (atoms, trace, corners) in enumerate(drawn.steps):
        met |= corners & CORNERS[engine]
        seen = answer["seen"][number] if number < len(answer["seen"]) else [None, []]
        if seen[0] != atoms or not SAME[engine](trace, seen[1]):
            if met:
                tally.parted[" + ".join(sorted(met))] += 1
            else:
                tally.faults.append((drawn.seed, number, answer.get("error")))
            return
        tally.steps += 1
    tally.whole += 1


def draw(seeds):
    return [charts.drawn(seed, EVENTS) for seed in seeds]


def others(drawn, node):
    """XState's and SCION's answers: node(script, lines) -> lines."""
    lines = [json.dumps({"chart": charts.plain(d.chart), "events": d.events}) for d in drawn]
    return [json.loads(line) for line in node("scxml/run.mjs", lines)]


def tallies(drawn, answers):
    found = {engine: Tally() for engine in CORNERS}
    for one, answer in zip(drawn, answers, strict=True):
        for engine, tally in found.items():
            compare(tally, engine, one, answer[engine])
    return found
