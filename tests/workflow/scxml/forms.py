"""Normal forms: the same behaviour in what the format has."""
from chart import ATOMIC, COMPOUND, FINAL, HISTORY, PARALLEL, State, Transition, matches
from expression import Unsupported
from forbidden import Forbidden, ancestors, effective, entered, stays

DONE = "done.state."
DOORS = 20  # of one state: with two more, what the format allows


def can_be_done(state):
    if state.kind == COMPOUND:
        return any(child.kind == FINAL for child in state.inner()) and state.parent is not None
    return state.kind == PARALLEL and all(map(can_be_done, state.inner()))


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
