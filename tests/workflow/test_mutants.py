"""Mistakes made on purpose in each procedure of the product: how many does anything notice before it is published?

Each mutant is one mistake of a kind that people make. The parser, the verifier with the asserts, and the golden scenarios
look at it in this order, as publishing does. OAM_DEEP=1 tries all of them and writes the table of tests/README.md; otherwise
every twelfth.
"""
import collections
import copy
import json
import os
import pathlib
import random

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEEP = os.environ.get("OAM_DEEP") == "1"
EVERY = 1 if DEEP else 12
DEFINITIONS = ROOT / "workflow" / "definitions"
KEYS = ["economic_grant", "equipment_loan", "general_enquiry", "incident", "technical_assistance"]
FLOOR = 0.99  # of those that change anything
TARGETS = 3  # other states that each way is led to


def definition_of(key):
    return json.loads((DEFINITIONS / f"{key}.json").read_text(encoding="utf-8"))


def scenarios_of(key):
    return DEFINITIONS / f"{key}.scenarios.json"


def states_in(states, path=()):
    for name, state in states.items():
        yield path + (name,), state
        yield from states_in(state.get("states", {}), path + (name,))


def at(document, place):
    for step in place:
        document = document[step]
    return document


def states_places(document):
    """Each state by its place in the document."""
    def walk(states, place):
        for name, state in states.items():
            yield (*place, name), state
            yield from walk(state.get("states", {}), (*place, name, "states"))
    yield from walk(document["states"], ("states",))


def ways_places(document):
    """Each transition by its place."""
    for place, state in states_places(document):
        for event, ways in state.get("on", {}).items():
            for number, way in enumerate(ways):
                yield (*place, "on", event, number), way
        for member in ("always", "on_done", "after"):
            for number, way in enumerate(state.get(member, [])):
                yield (*place, member, number), way


def effects_places(document):
    for place, state in states_places(document):
        for member in ("entry", "exit"):
            for number, effect in enumerate(state.get(member, [])):
                yield (*place, member, number), effect
    for place, way in ways_places(document):
        for number, effect in enumerate(way.get("do", [])):
            yield (*place, "do", number), effect


def changed(document, place, change):
    """A copy in which what is at the place is another; None takes it away."""
    mutant = copy.deepcopy(document)
    holder = at(mutant, place[:-1])
    if change is None:
        del holder[place[-1]]
    else:
        holder[place[-1]] = change
    return mutant


def wrong_targets(document, chance):
    names = sorted({path[-1] for path, state in states_in(document["states"]) if state.get("type") != "history"})
    for place, way in ways_places(document):
        if "to" in way:
            others = [name for name in names if name != way["to"].split(".")[-1]]
            for name in chance.sample(others, TARGETS):
                yield (*place, "to"), changed(document, (*place, "to"), name)


def deleted_ways(document, _chance):
    for place, _way in ways_places(document):
        mutant = changed(document, place, None)
        if not at(mutant, place[:-1]):
            del at(mutant, place[:-2])[place[-2]]
        yield place, mutant


def swapped_roles(document, chance):
    for place, way in ways_places(document):
        if "role" not in way:
            continue
        own = way["role"] if isinstance(way["role"], list) else [way["role"]]
        other = chance.choice([role for role in document["roles"] if role not in own])
        yield (*place, "role"), changed(document, (*place, "role"), other)
        if len(own) > 1:
            yield (*place, "role", 0), changed(document, (*place, "role"), own[1:])


def negated_guards(document, _chance):
    for place, way in ways_places(document):
        if "guard" in way:
            yield (*place, "guard"), changed(document, (*place, "guard"), f"!({way['guard']})")
            yield (*place, "guard", "gone"), changed(document, (*place, "guard"), None)
        for number, check in enumerate(way.get("check", [])):
            where = (*place, "check", number, "expr")
            yield where, changed(document, where, f"!({check['expr']})")


def lost_demands(document, _chance):
    """What keeps somebody from doing something: fields, checks, four eyes."""
    for place, way in ways_places(document):
        for member in ("require", "check", "not_same_actor_as", "set"):
            if member in way:
                yield (*place, member), changed(document, (*place, member), None)


def changed_times(document, _chance):
    for place, way in ways_places(document):
        if "in" in way:
            (unit, amount), = way["in"].items()
            yield (*place, "in"), changed(document, (*place, "in"), {unit: amount + 1})
        if "at" in way:
            other = "90%" if way["at"] == "100%" else "100%"
            yield (*place, "at"), changed(document, (*place, "at"), other)
        if "repeat" in way:
            yield (*place, "repeat"), changed(document, (*place, "repeat"), way["repeat"] - 1)
        if "window" in way and way["window"] == "office":
            yield (*place, "window"), changed(document, (*place, "window"), "any")
    for key, clock in document.get("clocks", {}).items():
        (unit, amount), = clock["budget"].items()
        yield ("clocks", key), changed(document, ("clocks", key, "budget"), {unit: amount + 1})
    for place, state in states_places(document):
        if "pause" in state:
            yield (*place, "pause"), changed(document, (*place, "pause"), None)


def lost_effects(document, _chance):
    for place, _effect in effects_places(document):
        mutant = changed(document, place, None)
        if not at(mutant, place[:-1]):
            del at(mutant, place[:-2])[place[-2]]
        yield place, mutant


OPERATORS = {"wrong target": wrong_targets, "deleted transition": deleted_ways, "swapped role": swapped_roles,
             "guard or check": negated_guards, "lost demand": lost_demands, "changed time": changed_times, "lost effect": lost_effects}


def mutants_of(document):
    chance = random.Random(20261122)
    for kind, operator in OPERATORS.items():
        for place, mutant in operator(document, chance):
            yield kind, "/".join(str(step) for step in place), mutant


def who_noticed(verdict):
    if verdict["faults"]:
        return "parser"
    if verdict["findings"]:
        return "verifier"
    if verdict["scenario_faults"] or verdict["differences"] or not verdict["passed"]:
        return "scenarios"
    return None


def judge(driver, key, documents):
    lines = [json.dumps(document) for document in documents]
    return [json.loads(line) for at_once in range(0, len(lines), 200)
            for line in driver("scenario", lines[at_once:at_once + 200], "judge", str(scenarios_of(key)))]


# What changes nothing that anybody could notice, and why.
EQUIVALENT = {
    # 90 % of three working days is after hours, so that the office hears of it the next morning, as of 100 %.
    "equipment_loan": {"changed time: states/on_loan/states/overdue/after/1/at"},
    # What it leads to stops the same clock when it is entered.
    "incident": {"lost effect: states/processing/states/emergency_lane/on/take/0/do/0"},
}


@pytest.mark.parametrize("key", KEYS)
def test_procedures__mistakes_in_them_are_noticed(driver, key):
    document = definition_of(key)
    assert who_noticed(judge(driver, key, [document])[0]) is None, "without a mistake there is nothing to notice"
    mutants = list(mutants_of(document))[::EVERY]
    counts, survivors = collections.defaultdict(collections.Counter), []
    for (kind, place, _mutant), verdict in zip(mutants, judge(driver, key, [mutant for _, _, mutant in mutants]), strict=True):
        noticed = who_noticed(verdict)
        counts[kind][noticed] += 1
        if noticed is None:
            survivors.append(f"{kind}: {place}")
    total = sum((counter for counter in counts.values()), collections.Counter())
    for kind, counter in [*counts.items(), ("all", total)]:
        n = sum(counter.values())
        print(f"{key:22} {kind:20} {n:5}  parser {counter['parser']:4}  verifier {counter['verifier']:4}  "
              f"scenarios {counter['scenarios']:4}  unnoticed {counter[None]:3}  {100 * (n - counter[None]) / n:5.1f} %")
    print("\n".join(survivors))
    unexplained = [survivor for survivor in survivors if survivor not in EQUIVALENT.get(key, ())]
    assert 1 - len(unexplained) / sum(total.values()) >= FLOOR, unexplained
