"""Random charts from a seed: whatever the format allows, in the mixtures where statecharts are hard.

A seed gives the same chart and the same events everywhere and always; one that never rests is drawn again.
"""
import collections
import random

import appendix_d
from chart import (ASSIGN, ATOMIC, COMPOUND, FINAL, HISTORY, NOTE, PARALLEL, RAISE, Chart, State, Transition)
from convert import convert, convert_forbidden
from corners import Watcher
from forbidden import Forbidden, ancestors, effective, refuse_crossing, refuse_endless, refuse_idle
from forms import can_be_done

EVENTS = ["e0", "e1", "e2", "e3"]
RAISED = ["i0", "i1"]
VARIABLES = ["x", "y"]
ENOUGH = 40  # microsteps of one macrostep, and
NOTES = 120  # what there is to see of it: both within what our engine allows (64, 128)


class Maker:
    """`wild`: what the format refuses is not taken out."""

    def __init__(self, seed, attempt, wild=False):
        self.random = random.Random(f"{seed}/{attempt}")
        self.wild = wild
        self.left = self.random.randint(8, 22)
        self.count = 0
        self.states = []

    def often(self, probability):
        return self.random.random() < probability

    def chart(self, name):
        root = State("#document", COMPOUND)
        self.fill(root)
        while len(root.inner()) < 2:
            self.child(root, ATOMIC)
        self.begin(root)
        chart = Chart(name, root, dict.fromkeys(VARIABLES, 0)).link()
        for state in self.states:
            self.begin(state)
            self.decorate(state)
        for state in self.states:
            if state.kind in (ATOMIC, COMPOUND, PARALLEL):
                for _ in range(self.random.choice([1, 1, 2, 2, 3, 3])):
                    self.add_transition(chart, state)
        for state in root.inner():
            self.add_way_out(state)
        return chart

    # --- the tree

    def child(self, parent, kind):
        state = State(f"s{self.count}", kind, parent, deep=self.often(0.5))
        self.count += 1
        parent.children.append(state)
        self.states.append(state)
        return state

    def fill(self, parent, depth=0):
        """Three or more at the top, so that there is somewhere to go; regions are mostly compound."""
        kinds = [COMPOUND] * 3 + [ATOMIC] + [PARALLEL] * (self.wild and self.often(0.3)) if parent.kind == PARALLEL else \
            [ATOMIC] * 4 + [COMPOUND] * 3 + [PARALLEL] * (3 if depth < 3 else 0)
        for _ in range(self.random.randint(2, 3) if depth else self.random.randint(3, 4)):
            if self.left <= 0 and len(parent.inner()) > (1 if parent.kind == PARALLEL else 0):
                break
            self.left -= 1
            kind = self.random.choice(kinds) if self.left > 1 and depth < 4 else ATOMIC
            state = self.child(parent, kind)
            if kind in (COMPOUND, PARALLEL):
                self.fill(state, depth + 1)
        if parent.kind == COMPOUND and self.often(0.4 if depth else 0.1):
            self.child(parent, FINAL)
        if depth and self.often(0.35):
            self.child(parent, HISTORY)
        self.random.shuffle(parent.children)

    def begin(self, state):
        """Initial states of compound ones, defaults of histories."""
        if state.kind == COMPOUND:
            choices = [child for child in state.children if child.kind != FINAL]
            if self.often(0.9):
                choices = [child for child in choices if child.kind != HISTORY]
            state.initial = Transition(state, None, [self.random.choice(choices)])
        elif state.kind == HISTORY:
            inside = list(state.parent.walk())[1:] if state.deep else state.parent.inner()
            state.default = Transition(state, None, [self.random.choice([s for s in inside if s.kind != HISTORY])])

    # --- what it does

    def decorate(self, state):
        if state.kind == HISTORY:
            return
        state.entry = [[(NOTE, f"in_{state.id}")]]
        state.exit = [[(NOTE, f"out_{state.id}")]] if state.kind != FINAL else []
        for content in state.entry + state.exit:
            if self.often(0.05):
                content.append((RAISE, self.random.choice(RAISED)))
            if self.often(0.06):
                content.append(self.assignment())

    def add_way_out(self, source):
        """Without a guard, so that a chart does not come to a standstill."""
        away = [s for s in self.states if s is not source and not s.within(source) and s.kind != FINAL]
        if source.kind != FINAL and away:
            transition = Transition(source, [self.random.choice(EVENTS)], [self.random.choice(away)])
            transition.content = [(NOTE, f"t_{self.count}")]
            self.count += 1
            source.transitions.append(transition)

    def add_transition(self, chart, source):
        events = [self.random.choice(EVENTS + RAISED)]
        if self.often(0.12):
            events = None
        elif can_be_done(source) and self.often(0.5):
            events = [f"done.state.{source.id}"]
        transition = Transition(source, events, self.targets(source),
                                self.guard() if self.often(0.25 if events else 0.75) else None)
        if source.kind == COMPOUND and transition.targets:
            transition.internal = all(s.within(source) for s in effective(transition)) and self.often(0.5)
        transition.content = [(NOTE, f"t_{self.count}")]
        self.count += 1
        if self.often(0.15):
            transition.content.append((RAISE, self.random.choice(RAISED)))
        if self.often(0.15):
            transition.content.append(self.assignment())
        source.transitions.append(transition)
        if self.wild and self.often(0.15):
            return
        try:
            refuse_crossing(transition)
            refuse_idle(transition)
            if events is None:
                refuse_endless(chart)
            if leaves_itself(transition) and self.often(0.9):
                raise Forbidden("most engines part there, and what they do next cannot be compared")
        except Forbidden:
            source.transitions.remove(transition)

    def targets(self, source):
        if self.often(0.04):
            return []
        parallels = [s for s in self.states if s.kind == PARALLEL and not source.within(s)]
        if parallels and self.often(0.2):
            regions = self.random.choice(parallels).inner()
            regions = self.random.sample(regions, self.random.randint(1, len(regions)))
            return [self.random.choice([s for s in region.walk() if s.kind != HISTORY]) for region in regions]
        near = [s for child in source.parent.children for s in child.walk()]
        choices = [s for s in (near if self.often(0.65) else self.states)
                   if s.kind != FINAL or self.often(0.3 if s.parent.parent else 0.02)]
        return [self.random.choice(choices or self.states)]

    def assignment(self):
        """x = 2, x = y, x = x + 1."""
        one, other = self.random.choice(VARIABLES), self.random.choice(VARIABLES)
        value = self.random.choice([("const", self.random.randint(0, 3)), ("var", other),
                                    ("+", ("var", one), ("const", 1))])
        return (ASSIGN, one, value)

    def guard(self):
        atom = ("in", self.random.choice([s for s in self.states if s.kind != HISTORY]).id)
        if self.often(0.3):
            atom = (self.random.choice(["==", "<", ">="]), ("var", self.random.choice(VARIABLES)),
                    ("const", self.random.randint(0, 3)))
        if self.often(0.5):
            atom = ("not", atom)
        if self.often(0.3):
            return (self.random.choice(["&&", "||"]), atom, self.guard())
        return atom


def leaves_itself(transition):
    """Source and targets have a parallel state as the nearest that is around them all."""
    states = [transition.source, *effective(transition)]
    if len(states) == 1 or transition.internal:
        return False
    return next(a for a in ancestors(states[0]) if all(s.within(a) for s in states[1:])).kind == PARALLEL


def charts_of(seed):
    """Attempts at the chart of a seed, with their documents."""
    for attempt in range(1000):
        chart = Maker(seed, attempt).chart(f"chart{seed}")
        document, _, data, _, _ = convert(chart, EVENTS)
        yield chart, document, data


# What Appendix D makes of the start or of one event.
Step = collections.namedtuple("Step", "atoms trace corners data")
Drawn = collections.namedtuple("Drawn", "seed chart document data events steps")


def wild(seed):
    """(document, reasons to refuse it) of a chart in which nothing was avoided. Any more, and most would have several."""
    return convert_forbidden(Maker(seed, 0, wild=True).chart(f"wild{seed}"), EVENTS)


def drawn(seed, n_events):
    """The chart of a seed, its events, and what the standard makes of them."""
    rng = random.Random(f"events {seed}")
    events = [rng.choice(EVENTS * 6 + RAISED) for _ in range(n_events)]
    for chart, document, data in charts_of(seed):
        try:
            return Drawn(seed, chart, document, data, events, steps(chart, events))
        except appendix_d.Restless:
            continue
    raise AssertionError(f"seed {seed} gives no chart that rests")


def steps(chart, events):
    machine = Watcher(chart, limit=ENOUGH)
    machine.start()
    found = [seen(machine)]
    for event in events:
        machine.external(event)
        found.append(seen(machine))
    return found


def seen(machine):
    if len(machine.trace) > NOTES:
        raise appendix_d.Restless
    step = Step(machine.atoms(), machine.trace, machine.corners, dict(machine.data))
    machine.trace, machine.corners = [], set()
    return step


# --- for the other engines: the tree as JSON

def plain(chart):
    return plain_state(chart.root)


def plain_state(state):
    return {"id": state.id, "kind": state.kind, "deep": state.deep,
            "initial": plain_transition(state.initial), "default": plain_transition(state.default),
            "entry": [action for block in state.entry for action in block],
            "exit": [action for block in state.exit for action in block],
            "transitions": [plain_transition(t) for t in state.transitions],
            "states": [plain_state(child) for child in state.children]}


def plain_transition(transition):
    if transition is None:
        return None
    return {"events": transition.events, "targets": [state.id for state in transition.targets],
            "cond": transition.cond, "internal": transition.internal, "do": transition.content}
