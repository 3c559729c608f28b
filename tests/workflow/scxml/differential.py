"""The same random charts and events through several engines, each beside Appendix D, step by step."""
import collections
import json
import sys

import cases
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


def same_in_order(step, theirs):
    return step.trace == theirs


def same_in_any_order(step, theirs):
    """SCION goes by depth where the standard has document order."""
    return sorted(step.trace) == sorted(theirs)


def same_entered_and_done(step, theirs):
    """Our engine tells the states that it entered, apart from them the effects, and the fields that the document has."""
    entered, notes, data = theirs
    return (entered == [word.removeprefix("in_") for word in step.trace if word.startswith("in_")]
            and notes == [word for word in step.trace if not word.startswith("in_")]
            and data == {name: step.data[name] for name in data})


SAME = {"xstate": same_in_order, "scion": same_in_any_order, "oam": same_entered_and_done}


def compare(tally, engine, one, answer):
    """Walks both runs up to the first difference, which has to have a corner before it or with it."""
    tally.charts += 1
    met = set()
    for number, step in enumerate(one.steps):
        met |= step.corners & CORNERS.get(engine, set())
        seen = answer["seen"][number] if number < len(answer["seen"]) else [None, []]
        if seen[0] != step.atoms or not SAME[engine](step, seen[1]):
            if met:
                tally.parted[" + ".join(sorted(met))] += 1
            else:
                tally.faults.append((one.seed, number, answer.get("error")))
            return
        tally.steps += 1
    tally.whole += 1


def draw(seeds):
    return [charts.drawn(seed, EVENTS) for seed in seeds]


def others(drawn, node):
    """XState's and SCION's answers: node(script, lines) -> lines."""
    lines = [json.dumps({"chart": charts.plain(d.chart), "data": d.chart.data, "events": d.events}) for d in drawn]
    return [json.loads(line) for line in node("scxml/run.mjs", lines)]


def ours(drawn, driver):
    """Our engine's, which has to keep the promise of every option besides: driver(name, lines, argument) -> lines."""
    lines = [json.dumps({"definition": d.document, "data": d.data, "events": [[event, 0] for event in d.events]})
             for d in drawn]
    return [our_answer(json.loads(line)) for line in driver("chart", lines, "--options")]


def our_answer(answer):
    if "refused" in answer:
        return {"seen": [], "error": answer["refused"]}
    told = zip(answer["configurations"], answer["entered"], answer["notes"], answer["data"])
    return {"seen": [[atoms, rest] for atoms, *rest in told], "error": answer.get("fault")}


# What our parser calls a reason to refuse.
CODES = {"parallel inside parallel": "nested_parallel", "crosses regions": "crosses_regions",
         "history from inside": "history_from_inside", "`always` goes round": "always_cycle",
         "`always` stays": "missing_member"}
FOLLOWS = {"dead_end", "unreachable_state"}  # from the others
TARGETS = {"crosses_regions", "history_from_inside"}  # while those are wrong, nobody asks what leads where


def misjudged(seeds, driver):
    """Charts in which nothing was avoided, and that our parser did not refuse for exactly the reasons there are."""
    wild = [charts.wild(seed) for seed in seeds]
    answers = driver("chart", [json.dumps({"definition": document, "events": []}) for document, _ in wild])
    found, refused = [], 0
    for seed, (_, reasons), answer in zip(seeds, wild, answers, strict=True):
        wanted = {CODES[reason] for reason in reasons}
        if wanted & TARGETS:
            wanted -= {"always_cycle"}
        codes = {fault["code"] for fault in json.loads(answer).get("refused", [])}
        refused += bool(wanted)
        if codes - (FOLLOWS if wanted else set()) != wanted:
            found.append((seed, wanted, codes))
    return found, refused


def tally(engine, drawn, answers):
    found = Tally()
    for one, answer in zip(drawn, answers, strict=True):
        compare(found, engine, one, answer)
    return found


def tallies(drawn, answers):
    return {engine: tally(engine, drawn, [answer[engine] for answer in answers]) for engine in CORNERS}


def lines_of(n_charts):
    """What the driver is fed to tell a changed engine from this one: every case, random charts, charts to be refused."""
    for case in cases.cases():
        if not case.skipped:
            yield {"definition": case.document, "data": case.data, "calls": case.calls, "events": case.events}
    for one in draw(range(n_charts)):
        yield {"definition": one.document, "data": one.data, "events": [[event, 0] for event in one.events]}
    for seed in range(n_charts):
        yield {"definition": charts.wild(seed)[0], "events": []}


if __name__ == "__main__":
    for fed in lines_of(int(sys.argv[1])):
        print(json.dumps(fed))
