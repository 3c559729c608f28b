"""From a chart to an `oam-wf/1` document with the same behaviour, or the reason why the format has no such chart."""
import dataclasses
import re

from chart import ASSIGN, CANCEL, COMPOUND, FINAL, HISTORY, IF, NOTE, PARALLEL, RAISE, SEND, matches
from expression import Unsupported, cel, names
from forbidden import Forbidden, ancestors, refuse_crossing, refuse_endless, refuse_idle
from forms import (DONE, add_doors, can_be_done, drop_untried, leaves_at_once, name_one_child, part_nested_parallels,
                   up_to_open)

EVENTS_OF_A_STATE = 24
ROLE = "clerk"


def text(word):
    return {"ca": word, "en": word}


def identifier(word, taken):
    """A name of the format that nobody else has."""
    stem = re.sub(r"[^a-z0-9_]", "_", word.lower())[:40]
    stem = stem if stem[:1].isalpha() else "x" + stem
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem}_{count}"
    taken.add(name)
    return name


def event_name(word):
    return ".".join(re.sub(r"[^a-z0-9_]", "_", part.lower()) if part[:1].isalpha() else "x" + part.lower()
                    for part in word.split("."))


def contents(chart):
    """Every list of executable content."""
    for state in chart.root.walk():
        yield from state.entry
        yield from state.exit
        for transition in [*state.transitions, state.initial, state.default]:
            if transition is not None:
                yield transition.content


def actions(content):
    for action in content:
        if action[0] == IF:
            for _, branch in action[1]:
                yield from actions(branch)
        else:
            yield action


def conditions(content):
    """The conditions of every <if>, also inside others."""
    for action in content:
        if action[0] == IF:
            for cond, branch in action[1]:
                yield from [cond] if cond else []
                yield from conditions(branch)


def vocabulary(chart, external):
    """The events that there are: named by a transition, raised, sent, or brought from outside; `done.state` apart."""
    found = list(external)
    descriptors = [d for s in chart.root.walk() for t in s.transitions for d in t.events or []]
    if "*" in descriptors or ".*" in descriptors:
        found.append("any.other")  # which never comes, but * is for it too
    for state in chart.root.walk():
        for transition in state.transitions:
            found += [d.removesuffix(".*").removesuffix(".") for d in transition.events or [] if d not in ("*", ".*")]
    for content in contents(chart):
        found += [action[1] for action in actions(content) if action[0] in (RAISE, SEND)]
    return [event for event in dict.fromkeys(found) if not event.startswith(DONE) and event not in ("done", "done.state")]


class Writer:
    def __init__(self, chart, external, forbid=True):
        self.chart, self.events, self.forbid = chart, vocabulary(chart, external), forbid
        drop_untried(chart, self.events)
        self.doors = add_doors(chart)
        self.events += self.doors
        chart.link()
        taken = set()
        self.keys = {state: identifier(state.id, taken) for state in chart.root.walk() if state.parent}
        taken = set()
        self.fields = {name: identifier(name, taken) for name in self.variables()}
        self.calls = {}
        self.done = [state for state in self.keys if can_be_done(state)]

    def variables(self):
        """Those that a condition or an assignment to another one reads: others cannot be told from absent ones."""
        trees = [(None, t.cond) for s in self.chart.root.walk() for t in s.transitions if t.cond]
        trees += [(None, cond) for content in contents(self.chart) for cond in conditions(content)]
        trees += [(action[1], action[2]) for content in contents(self.chart) for action in actions(content)
                  if action[0] == ASSIGN]
        read = set().union(*(names(tree, kind) - {target} for target, tree in trees for kind in ("var", "unset")))
        assigned = {target for target, _ in trees if target}
        return [name for name in dict.fromkeys([*self.chart.data, *sorted(assigned)]) if name in read]

    def path(self, state):
        return ".".join([*(self.keys[a] for a in reversed(list(ancestors(state))) if a.parent), self.keys[state]])

    def document(self):
        root, states = self.chart.root, self.states(self.chart.root)
        return {
            "format": "oam-wf/1", "key": "case", "version": 1, "title": text(self.chart.name),
            "data": self.told() | {self.fields[name]: {"type": self.type_of(name)} for name in self.fields},
            "roles": {ROLE: {"label": text(ROLE), "from": "team"}},
            "initial": self.keys[root.initial.targets[0]], "states": states}

    def told(self):
        """What events tell are fields too, of the type that they are told with."""
        kinds = {}
        for call in self.calls.values():
            for name, value in call.get("data", {}).items():
                kinds.setdefault(name, set()).add({bool: "bool", str: "string", int: "int"}[type(value)])
        if any(len(kind) > 1 for kind in kinds.values()):
            raise Unsupported("an event that tells one thing in several types")
        return {name: {"type": kind.pop()} for name, kind in kinds.items()}

    def type_of(self, name):
        """Of a variable: what its first value and all that is assigned to it are."""
        kinds = {type(self.chart.data[name])} if self.chart.data.get(name) is not None else set()
        for content in contents(self.chart):
            kinds |= {kind for action in actions(content) if action[0] == ASSIGN and action[1] == name
                      if (kind := type_of(action[2]))}
        if len(kinds) > 1:
            raise Unsupported("a variable of several types")
        return {bool: "bool", str: "string", int: "int"}[kinds.pop() if kinds else int]

    def states(self, parent):
        return {self.keys[state]: self.state(state) for state in parent.children}

    def state(self, state):
        if state.kind == HISTORY:
            if state.default is None or len(state.default.targets) != 1 or state.default.content:
                raise Unsupported("history without a default, or with content in it")
            return {"type": "history", **({"deep": True} if state.deep else {}),
                    "default": self.path(state.default.targets[0])}
        written = {"type": state.kind} if state.kind in (PARALLEL, FINAL) else {}
        if state.parent is self.chart.root:
            written |= {"label": text(state.id), "phase": "end" if state.kind == FINAL else "study"}
            written |= {"outcome": "completed"} if state.kind == FINAL else {}
        if state.kind == FINAL and state.exit:
            raise Unsupported("exit of a final state")
        entry = [[action for action in block if action[0] != NOTE] for block in state.entry]  # the engine tells that itself
        for member, blocks in (("entry", entry), ("exit", state.exit)):
            if effects := [effect for block in blocks for effect in self.effects(block)]:
                written[member] = effects
        if state.kind == COMPOUND:
            written["initial"] = self.keys[state.initial.targets[0]]
        if state.kind in (COMPOUND, PARALLEL):
            written["states"] = self.states(state)
        return written | self.transitions(state)

    def transitions(self, state):
        if not state.transitions:
            return {}
        on = {}
        for event in self.events if not leaves_at_once(state) else []:
            found = [t for t in state.transitions if self.handles(t, event)]
            if found:
                on[event_name(event)] = self.alternatives([named(t, event) for t in found], {"role": ROLE})
        if len(on) > EVENTS_OF_A_STATE:
            raise Unsupported("too many events in a state")
        always = self.alternatives([t for t in state.transitions if t.events is None], {})
        done = self.alternatives([t for t in state.transitions if self.hears_done(state, t)], {})
        return {name: value for name, value in (("on", on), ("always", always), ("on_done", done)) if value}

    def alternatives(self, transitions, written):
        return [self.transition(transition, written) for transition in up_to_open(transitions)]

    def handles(self, transition, event):
        """Doors are for nobody else, whatever * says."""
        return any(matches(d, event) and (event in self.doors) == d.startswith("=") for d in transition.events or [])

    def hears_done(self, state, transition):
        """Whether it is for the completion of its own state. Another's can be heard in its own state only."""
        hears = False
        for descriptor in transition.events or []:
            for other in self.done:
                if not matches(descriptor, DONE + other.id):
                    continue
                if other is state:
                    hears = True
                elif descriptor not in ("*", ".*") or other.within(state):
                    raise Unsupported("completion heard by another state")
        return hears

    def transition(self, transition, written):
        if self.forbid:
            refuse_crossing(transition)
        written = dict(written)
        if transition.cond is not None and transition.cond != ("const", True):
            written["guard"] = self.guard(transition.cond)
        if transition.targets:
            paths = [self.path(state) for state in transition.targets]
            written["to"] = paths[0] if len(paths) == 1 else paths
        if transition.internal or not transition.targets:
            written["internal"] = True
        assigned, rest = self.assignments(transition.content)
        if assigned := {name: tree for name, tree in assigned.items() if name in self.fields}:
            written["set"] = {self.fields[name]: self.cel(tree) for name, tree in assigned.items()}
        if effects := self.effects(rest):
            written["do"] = effects
        return written

    def assignments(self, content):
        """({variable: its value after the content, from the values before}, what else there is, in order)."""
        after, rest = {}, []
        for action in content:
            if action[0] == ASSIGN:
                after[action[1]] = substitute(action[2], after)
            elif action[0] == IF and len({a[1] for a in actions([action])}) == 1 \
                    and all(a[0] == ASSIGN for a in actions([action])):
                self.choose(action[1], after)
            else:
                rest.append(action)
        return after, rest

    def choose(self, branches, after):
        """An <if> that assigns one variable only is a conditional value of it."""
        name = next(a[1] for _, content in branches for a in actions(content))
        before = after.get(name, ("var", name))
        tree = before
        for cond, content in reversed(branches):
            inner = {**after, name: before}
            self.assignments_into(content, inner)
            tree = inner[name] if cond is None else ("if", substitute(cond, {**after, name: before}), inner[name], tree)
        after[name] = tree

    def assignments_into(self, content, after):
        for action in content:
            if action[0] == ASSIGN:
                after[action[1]] = substitute(action[2], after)
            else:
                self.choose(action[1], after)

    def guard(self, cond):
        """What is no boolean counts as one as in ECMAScript."""
        if cond[0] == "const" and not isinstance(cond[1], bool):
            cond = ("const", bool(cond[1]))
        if cond[0] == "var" and (kind := self.type_of(cond[1])) != "bool":
            cond = ("!=", cond, ("const", "" if kind == "string" else 0))
        return self.cel(cond)

    def cel(self, tree):
        states = self.chart.states
        if any(name not in states for name in names(tree, "in")):
            raise Unsupported("In() of no state")
        return cel(tree, lambda name: self.fields[name], lambda name: self.path(states[name]))

    def effects(self, content):
        effects, self.known = [], {}
        for kind, *rest in content:
            if kind == ASSIGN:
                self.known[rest[0]] = rest[1]
                if rest[0] not in self.fields:
                    continue
            if kind == RAISE:
                effects.append({"fx": "emit", "event": event_name(rest[0])})
            elif kind == NOTE:
                effects.append({"fx": "call", "op": rest[0]})
            elif kind in (SEND, CANCEL):
                effects.append({"fx": "call", "op": self.call(kind, *rest)})
            elif kind == ASSIGN:
                effects.append({"fx": "set", "field": self.fields[rest[0]], "value": self.cel(rest[1])})
            elif kind == IF:
                effects += self.choice(rest[0])
        return effects

    def call(self, kind, *rest):
        """What the world outside is asked for, and what it answers: the driver plays it."""
        op = f"call_{len(self.calls) + 1}"
        if kind == CANCEL:
            self.calls[op] = {"cancel": rest[0]}
        else:
            event, delay, name, told = rest
            self.calls[op] = {"event": event_name(event), "delay": delay, **({"id": name} if name else {}),
                              **({"data": self.constants(told)} if told else {})}
        return op

    def constants(self, told):
        """What an event tells, where the document decides it: a constant, or what a variable was set to just before, or
        at first. Whether that was right the trace shows."""
        found = {}
        for name, tree in told.items():
            if tree[0] == "var":
                tree = self.known.get(tree[1], ("const", self.chart.data[tree[1]]))
            if tree[0] != "const":
                raise Unsupported("computed data of an event")
            found[name.lower()] = tree[1]
        return found

    def choice(self, branches):
        """An <if> that constants decide is the branch it comes to; one that only assigns is assignments."""
        branches = [(cond, content) for cond, content in branches if cond != ("const", False)]
        if not branches:
            return []
        if branches[0][0] in (None, ("const", True)):
            return self.effects(branches[0][1])
        assigned, rest = self.assignments([(IF, branches)])
        if rest:
            raise Unsupported("effect under a condition")
        return self.effects([(ASSIGN, name, tree) for name, tree in assigned.items()])


def named(transition, event):
    """The transition for one event: its name is a constant there."""
    if transition.cond is not None and names(transition.cond, "name"):
        raise Unsupported("system variables")  # nothing would be left to test
    content = [(ASSIGN, action[1], substitute(action[2], {}, event)) if action[0] == ASSIGN else action
               for action in transition.content]
    return dataclasses.replace(transition, content=content)


def substitute(tree, values, event=None):
    if tree[0] == "var":
        return values.get(tree[1], tree)
    if tree == ("name",) and event:
        return ("const", event)
    return tuple(substitute(part, values, event) if isinstance(part, tuple) else part for part in tree)


def type_of(tree):
    """As far as the expression alone shows it."""
    if tree[0] == "const":
        return type(tree[1])
    return str if tree[0] == "name" else None


def convert(chart, external):
    """(document, calls, data, folds, {state: key}). The chart is changed on the way: normal forms, an end."""
    folds = part_nested_parallels(chart) + name_one_child(chart)
    chart.link()
    for state in chart.root.walk():
        for transition in state.transitions:
            refuse_idle(transition)
    refuse_endless(chart)
    writer = Writer(chart, external)
    document = writer.document()
    data = {writer.fields[name]: value for name, value in chart.data.items()
            if value is not None and name in writer.fields}
    return document, writer.calls, data, folds, {state.id: key for state, key in writer.keys.items()}


def convert_forbidden(chart, external):
    """(document, reasons): as it stands, for an engine to refuse."""
    name_one_child(chart)
    writer = Writer(chart.link(), external, forbid=False)
    document = writer.document()
    return document, reasons(writer)


def reasons(writer):
    """Why the format refuses what was written."""
    chart = writer.chart
    states = [state for state in chart.root.walk() if state.parent]
    for state in states:
        state.transitions = [t for t in state.transitions if t.events is None or writer.hears_done(state, t)
                             or any(writer.handles(t, event) for event in writer.events)]
    found = {"parallel inside parallel" for state in states if state.kind == state.parent.kind == PARALLEL}
    checks = [(refuse_endless, chart)]
    checks += [(check, t) for s in states for t in s.transitions for check in (refuse_crossing, refuse_idle)]
    for check, subject in checks:
        try:
            check(subject)
        except Forbidden as reason:
            found.add(str(reason))
    return found
