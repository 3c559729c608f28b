"""From a chart to an `oam-wf/1` document with the same behaviour, or the reason why the format has no such chart."""
import dataclasses
import re

from chart import (ASSIGN, ATOMIC, CANCEL, COMPOUND, FINAL, HISTORY, IF, NOTE, PARALLEL, RAISE, SEND, Chart, State,
                   Transition, matches)
from expression import Unsupported, cel, names

EVENTS_OF_A_STATE, DOORS = 24, 20
ROLE = "clerk"
DONE = "done.state."


class Forbidden(Unsupported):
    """The format refuses such a chart on purpose (workflow/README.md)."""


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


# --- what the format forbids


def effective(transition):
    """Targets, histories by what they lead to by default."""
    found = []
    for state in transition.targets:
        found += effective(state.default) if state.kind == HISTORY else [state]
    return found


def region(parallel, state):
    """The child that a state is in or is."""
    return next(child for child in parallel.children if child is state or state.within(child))


def refuse_crossing(transition):
    """Both ends in a parallel state and in different regions of it; or from inside a state to a history of it, which is of
    the time before."""
    if any(state.kind == HISTORY and transition.source.within(state.parent) for state in transition.targets):
        raise Forbidden("history from inside")
    for state in effective(transition):
        for parallel in ancestors(state):
            if parallel.kind == PARALLEL and transition.source.within(parallel):
                if region(parallel, state) is not region(parallel, transition.source):
                    raise Forbidden("crosses regions")


def entered(transition, recalling=True):
    """All that a transition may enter: targets, what is entered with them, and what is around them within its domain. What
    a history recalls has been entered before, so it may be left out where only the first time counts."""
    found, seen, todo = set(), set(), list(transition.targets)
    while todo:
        state = todo.pop()
        if state in seen:
            continue
        seen.add(state)
        found.add(state)
        if state.kind == HISTORY:
            todo += state.default.targets
            todo += (list(state.parent.walk()) if state.deep else state.parent.children) if recalling else []
        elif state.kind == COMPOUND:
            todo += state.initial.targets
        elif state.kind == PARALLEL:
            todo += untargeted(state, transition)
        for around in ancestors(state):
            if stays_in(transition, around):
                break
            found.add(around)
            todo += untargeted(around, transition) if around.kind == PARALLEL else []
    return found


def untargeted(parallel, transition):
    """The regions that no target is in: those are entered by default."""
    return [region for region in parallel.inner()
            if not any(target is region or target.within(region) for target in transition.targets)]


def stays_in(transition, state):
    """Whether a state around a target is around the source too, so that it is not entered."""
    return transition.source.within(state) or (transition.source is state and (transition.internal or not state.parent))


def stays(transition):
    """Whether it is internal as Appendix D has it, so that its source is not left and it may be taken again."""
    return (transition.internal and transition.source.kind == COMPOUND
            and all(state.within(transition.source) for state in effective(transition)))


def refuse_idle(transition):
    """`always` that leads nowhere would be taken for ever."""
    if transition.events is None and not transition.targets:
        raise Forbidden("`always` stays")


def refuse_endless(chart):
    """`always` transitions one of which enters the source of the next, round again: rest would be up to guards."""
    eventless = [t for s in chart.root.walk() for t in s.transitions if t.events is None and t.targets]
    follows = {}
    for t in eventless:
        enters = entered(t) | ({t.source} if stays(t) else set())
        follows[t] = [u for u in eventless if u.source in enters]
    done = set()
    while rest := [t for t in eventless if t not in done]:
        ready = [t for t in rest if all(u in done for u in follows[t])]
        if not ready:
            raise Forbidden("`always` goes round")
        done |= set(ready)


def ancestors(state):
    while state.parent is not None:
        state = state.parent
        yield state


# --- normal forms: the same behaviour in what the format has


def exits(transition):
    """What a transition can exit, as Appendix D has it."""
    targets, source = effective(transition), transition.source
    if not targets:
        return set()
    if stays(transition):
        domain = source
    else:
        domain = next(a for a in ancestors(source) if a.kind == COMPOUND and all(t.within(a) for t in targets))
    return {state for state in domain.walk() if state is not domain}


def part_nested_parallels(chart):
    """A parallel state directly inside another gets a compound state around it. Refused when that would change what
    any transition exits."""
    transitions = [t for s in chart.root.walk() for t in s.transitions]
    before = {t: exits(t) for t in transitions}
    added = set()
    for state in list(chart.root.walk()):
        if state.kind == PARALLEL and state.parent.kind == PARALLEL:
            wrapper = State(f"around_{state.id}", COMPOUND, state.parent, children=[state])
            wrapper.initial = Transition(wrapper, None, [state])
            state.parent.children[state.parent.children.index(state)] = wrapper
            state.parent = wrapper
            added.add(wrapper)
    if any(exits(t) - added != before[t] for t in transitions if added):
        raise Forbidden("parallel inside parallel")
    return ["parallel apart"] if added else []


def name_one_child(chart):
    """An initial that is not one child becomes a child that leads there by itself."""
    folds = []
    for state in list(chart.root.walk()):
        initial = state.initial
        if state.kind != COMPOUND or (initial and len(initial.targets) == 1 and initial.targets[0].parent is state
                                      and not initial.content):
            continue
        if any(ancestor.kind == PARALLEL for ancestor in ancestors(state)):
            raise Unsupported("initial of a region that is not one child")
        begin = State(f"begin_{state.id.strip('#')}", ATOMIC, state)
        begin.transitions = [Transition(begin, None, initial.targets, content=initial.content)]
        state.children.append(begin)
        state.initial = Transition(state, None, [begin])
        folds.append("initial by always")
    return folds[:1]


def reachable(chart):
    found, todo = set(), [chart.root.initial]
    while todo:
        for state in entered(todo.pop(), recalling=False) - found:
            found.add(state)
            todo += state.transitions
    return found


def leaves_at_once(state):
    return any(t.events is None and is_open(t) for t in state.transitions)


def is_open(transition):
    return transition.cond in (None, ("const", True))


def drop_untried(chart, events):
    """Alternatives after one that is always taken, and events of a state that leaves before any event is looked at."""
    for state in chart.root.walk():
        lists = [[t for t in state.transitions if t.events is None]]
        if can_be_done(state):
            lists.append([t for t in state.transitions if is_of_completion(t)])
        if not leaves_at_once(state):
            lists += [[t for t in state.transitions if t.events and any(matches(d, event) for d in t.events)]
                      for event in events]
        tried = {t for alternatives in lists for t in up_to_open(alternatives)}
        state.transitions = [t for t in state.transitions if t in tried]


def up_to_open(transitions):
    first = next((n for n, t in enumerate(transitions, 1) if is_open(t)), len(transitions))
    return transitions[:first]


def is_of_completion(transition):
    return any(d in ("*", ".*") or matches(d, DONE) or d.startswith(DONE) for d in transition.events or [])


def add_doors(chart):
    """The format wants an end, and every state reached: doors for that, from the top, by events that never come. They
    are put where something waits for events; without such a place, what nothing leads to is dropped. Returns events."""
    found = reachable(chart)
    tops = [state for state in chart.root.inner() if state.kind != FINAL and not leaves_at_once(state)]
    if not any(state in found for state in tops):
        drop(chart, found)
        return []
    lost = [state for state in chart.root.walk() if state not in found and state.kind != HISTORY and state.parent]
    end = State("doors_end", FINAL, chart.root)
    hubs = [State(f"doors{n}", ATOMIC, chart.root) for n in range(len(lost) // DOORS + 1)]
    for n, hub in enumerate(hubs):
        ways = [("door.end", end), ("doors", hubs[(n + 1) % len(hubs)])]
        ways += [(f"door.{i}", state) for i, state in enumerate(lost[n * DOORS:(n + 1) * DOORS])]
        hub.transitions = [Transition(hub, ["=" + event], [state]) for event, state in ways]
    for state in tops:
        state.transitions.append(Transition(state, ["=doors"], [hubs[0]]))
    chart.root.children += [*hubs, end]
    return ["doors", "door.end", *(f"door.{n}" for n in range(DOORS))]


def drop(chart, found):
    """Takes away all but some states; being in one of the others is false. What was never entered by default begins with
    any that is left."""
    lost = {state.id for state in chart.root.walk() if state not in found and state.parent}
    for state in [chart.root, *found]:
        state.children = [child for child in state.children if child in found]
        if state.kind == COMPOUND and state.initial.targets[0] not in found:
            state.initial = Transition(state, None, state.inner()[:1])
        for transition in state.transitions:
            if transition.cond is not None:
                transition.cond = without(transition.cond, lost)


def without(tree, lost):
    if tree[0] == "in" and tree[1] in lost:
        return ("const", False)
    return tuple(without(part, lost) if isinstance(part, tuple) else part for part in tree)


# --- writing


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
        root = self.chart.root
        return {
            "format": "oam-wf/1", "key": "case", "version": 1, "title": text(self.chart.name),
            "data": {self.fields[name]: {"type": self.type_of(name)} for name in self.fields},
            "roles": {ROLE: {"label": text(ROLE), "from": "team"}},
            "initial": self.keys[root.initial.targets[0]], "states": self.states(root)}

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


def can_be_done(state):
    if state.kind == COMPOUND:
        return any(child.kind == FINAL for child in state.inner()) and state.parent is not None
    return state.kind == PARALLEL and all(map(can_be_done, state.inner()))


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
