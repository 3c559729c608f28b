"""The product's definitions as charts, walked by the transcription of the standard (tests/workflow/scxml): which ways lead where, what is
on offer there and to whom. Nothing here has looked at the engine."""
import copy
import dataclasses
import itertools
import json
import re
import sys

from oamtest.database import SOURCE

sys.path.insert(0, str(SOURCE / "tests" / "workflow" / "scxml"))
# pylint: disable=wrong-import-position
from appendix_d import Interpreter  # noqa: E402
from expression import names  # noqa: E402
from read_document import read_document  # noqa: E402

DEFINITIONS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((SOURCE / "workflow" / "definitions").glob("*.json"))
               if "." not in path.stem}
# What is given where a field is asked for; several where ways part.
VALUES = {
    "question": ["Quin padró?"], "answer": ["El del 2026"], "resolution": ["Resolt"], "reason": ["Perquè sí"], "amendment": ["Esmenat"],
    "urgency": ["normal"], "tech_opinion": ["favourable"], "econ_opinion": ["favourable", "unfavourable"], "estimated_hours": [12],
    "extension_months": [3], "progress": [40], "deliverable": ["Informe"], "third_party": ["La companyia"],
    "project": ["Aules noves"], "budget": [500000], "amount_requested": [300000], "amount_granted": [200000],
    "advance": [100000], "amount_justified": [200000, 150000, 100000, 80000], "justification": ["Compte justificatiu"], "payment_reference": ["T-1"], "score": [7500],
    "ranking": ["funded", "reserve"], "items": ["40 cadires"], "from": ["2031-06-02"], "until": ["2031-06-20"], "place": ["La plaça"],
    "returned_all": [True, False], "damage": [15000], "delivery_note": ["A-7"],
}
# What a draft may hold besides, where it decides the way.
DRAFTS = {"incident": [{}, {"priority": "emergency"}]}
# Where a vote or a timer leads: a request that is brought in there goes on from it.
GRANT = {"project": "Aules noves", "budget": 500000, "amount_requested": 300000, "tech_opinion": "favourable", "econ_opinion": "favourable"}
PLACES = {"economic_grant": [("ranked", GRANT)],
          "equipment_loan": [("overdue", {"items": "40 cadires", "from": "2026-01-02", "until": "2026-01-09", "place": "La plaça"})]}


@dataclasses.dataclass(frozen=True)
class Branch:
    """One alternative of an event that people may cause."""

    source: str  # the key of the state that has it
    event: str
    to: str
    roles: frozenset
    require: tuple
    label: str
    apart: tuple  # events whose actor may not do it


@dataclasses.dataclass
class Situation:
    """Where a request may be: how it got there, what is active and what is on offer."""

    way: list  # [(Branch, data)]
    begin: tuple  # (None, data): as a draft; or the state that it was brought in to from elsewhere, with its data
    state: str  # the one that stands for it
    leaves: frozenset
    offers: dict  # event -> Branch
    interpreter: Interpreter

    @property
    def data(self):
        return {name: value for name, value in self.interpreter.data.items() if value is not None}


def nested(states, above=(), around=()):
    """(path, state, the states around it) of every state, in the order of the document."""
    for name, state in states.items():
        path = (*above, name)
        yield ".".join(path), state, around
        yield from nested(state.get("states", {}), path, (*around, state))


class Definition:
    def __init__(self, key):
        self.key, self.document = key, DEFINITIONS[key]
        self.members = {path: (state, around) for path, state, around in nested(self.document["states"])}
        last = [path.rsplit(".")[-1] for path in self.members]
        self.keys = {path: path.rsplit(".")[-1] if last.count(path.rsplit(".")[-1]) == 1 else path for path in self.members}
        self.paths = {name: path for path, name in self.keys.items()}
        self.branches = {}
        self.chart = read_document(*self.normal())
        for transition, branch in zip(self.people_transitions(), self.people_members()):
            self.branches[id(transition)] = branch
        self.ballots = {path: self.ballot(path, state["vote"]) for path, (state, _) in self.members.items() if "vote" in state}

    # ---- the document, as far as charts go

    def target(self, path, word):
        """Inside the state itself, then beside it, beside what is around it, and so on."""
        parts = path.split(".") if path else []
        for depth in range(len(parts), -1, -1):
            found = ".".join([*parts[:depth], word])
            if found in self.members:
                return found
        raise KeyError(word)

    def normal(self):
        """Full paths, plain guards, timers and what others raise as events, members of `each` left out."""
        document = copy.deepcopy(self.document)
        for path, state, _ in nested(document["states"]):
            if state.get("type") == "each":
                state.pop("states")
                state.pop("initial")
                state["type"] = "atomic"
            on = state.setdefault("on", {}) if state.get("type") != "history" else {}
            for timer in state.pop("after", []):
                on[f"@{timer['id']}"] = [{name: timer[name] for name in ("to", "set") if name in timer}]
            for group in [*on.values(), state.get("always", []), state.get("on_done", [])]:
                for transition in group:
                    self.plain(path, transition)
            if "default" in state:
                state["default"] = self.target(path, state["default"])
            state["entry"] = state["exit"] = []
        document["data"] = {name: None for name in document["data"]}
        return (document,)

    def plain(self, path, transition):
        transition.pop("do", None)
        if "to" in transition:
            transition["to"] = self.target(path, transition["to"])
        if "guard" in transition:
            guard = re.sub(r"(data\.\w+) in \[([^\]]*)\]", lambda m: "(" + " || ".join(f"{m[1]} == {one.strip()}" for one in m[2].split(",")) + ")",
                           transition["guard"])
            transition["guard"] = re.sub(r"size\(data\.\w+\)", "0", guard)

    def people_transitions(self):
        return [t for state in self.chart.root.walk() for t in state.transitions if t.events and t.events[0][1] != "@"
                and not t.events[0].startswith("=done.state.") and self.has_role(state, t)]

    def has_role(self, state, transition):
        group = self.members[state.id][0].get("on", {}).get(transition.events[0][1:])
        return group is not None and "role" in group[0]

    def people_members(self):
        for path, (state, around) in self.members.items():
            if any(one.get("type") == "each" for one in around):
                continue
            for event, group in state.get("on", {}).items():
                for member in group:
                    if "role" in member:
                        yield self.branch(path, event, member)

    def branch(self, path, event, member):
        roles = member["role"] if isinstance(member["role"], list) else [member["role"]]
        to = self.keys[self.target(path, member["to"])] if "to" in member else self.keys[path]
        return Branch(self.keys[path], event, to, frozenset(roles), tuple(member.get("require", ())), member["label"]["ca"],
                      tuple(member.get("not_same_actor_as", ())))

    def ballot(self, path, vote):
        members = self.document["panels"][vote["panel"]]["members"]
        return Branch(self.keys[path], vote["event"], self.keys[path], frozenset([members]), (), vote["label"]["ca"], ())

    def told(self, key, name):
        """A member of a state, or of the nearest around it that has one."""
        state, around = self.members[self.paths[key]]
        return next((one[name] for one in (state, *reversed(around)) if name in one), None)

    # ---- where a request may be

    def situation(self, interpreter, way, begin):
        active = sorted(interpreter.configuration, key=lambda state: state.order)
        leaves = [state for state in active if not any(other.within(state) for other in active)]
        stands = leaves[0]
        while len(leaves) > 1 and not all(leaf is stands or leaf.within(stands) for leaf in leaves):
            stands = stands.parent
        offers = {}
        # Sorted: every process that collects the tests must find the same ways.
        for event in sorted({event for state in active for event in self.members[state.id][0].get("on", {})}):
            chosen = interpreter.select_transitions(event) if interpreter.running else []
            if chosen and id(chosen[0]) in self.branches:
                offers[event] = self.branches[id(chosen[0])]
        offers |= {ballot.event: ballot for path, ballot in self.ballots.items() if any(state.id == path for state in active)}
        return Situation(way, begin, self.keys[stands.id], frozenset(self.keys[leaf.id] for leaf in leaves), offers, interpreter)

    def begin(self, draft):
        interpreter = Interpreter(self.chart, tells_errors=False)
        interpreter.data.update(draft)
        interpreter.start()
        return self.situation(interpreter, [], (None, draft))

    def after(self, situation, event, data):
        """The situation that an event with data leads to. Timers are events too: "@" and their id."""
        interpreter = copy.copy(situation.interpreter)
        interpreter.configuration, interpreter.data = set(interpreter.configuration), {**interpreter.data, **data}
        interpreter.history_value, interpreter.internal_queue = dict(interpreter.history_value), []
        interpreter.external(event, data)
        taken = situation.offers.get(event, event)
        return self.situation(interpreter, [*situation.way, (taken, data)], situation.begin)

    def decisive(self):
        """Fields that a guard looks at."""
        conditions = [t.cond for state in self.chart.root.walk() for t in state.transitions if t.cond is not None]
        return set().union(*(names(cond, kind) for cond in conditions for kind in ("var", "unset")))

    def situations(self):
        """Every one that people alone can bring a request to, by a shortest way: from a draft, or from where it was brought in."""
        fields, seen, found = self.decisive(), set(), []
        queue = [self.begin(draft) for draft in DRAFTS.get(self.key, [{}])] + [self.placed(*place) for place in PLACES.get(self.key, ())]
        while queue:
            situation = queue.pop(0)
            history = frozenset((state.id, frozenset(one.id for one in value)) for state, value in situation.interpreter.history_value.items())
            known = (situation.leaves, history, tuple(str(situation.data.get(field)) for field in sorted(fields)))
            if known in seen:
                continue
            seen.add(known)
            found.append(situation)
            for event, branch in situation.offers.items():
                if branch in self.ballots.values():
                    continue
                for values in itertools.product(*(VALUES[name] for name in branch.require)):
                    queue.append(self.after(situation, event, dict(zip(branch.require, values))))
        return found

    def placed(self, key, data):
        """A request that was brought in from elsewhere: in one leaf, nothing remembered."""
        interpreter = Interpreter(self.chart, tells_errors=False)
        interpreter.data.update(data)
        state = self.chart.states[self.paths[key]]
        while state.parent is not None:
            interpreter.configuration.add(state)
            state = state.parent
        return self.situation(interpreter, [], (key, data))
