"""What the format refuses on purpose (workflow/README.md), judged apart from our parser."""
from chart import COMPOUND, HISTORY, PARALLEL
from expression import Unsupported


class Forbidden(Unsupported):
    """The format refuses such a chart on purpose (workflow/README.md)."""


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
            if around.kind == PARALLEL:
                todo += [region for region in untargeted(around, transition)
                         if not any(other is region or other.within(region) for other in found)]
    return found


def untargeted(parallel, transition):
    """The regions that no target is in, a history being what it leads to: those are entered by default."""
    targets = effective(transition)
    return [region for region in parallel.inner()
            if not any(target is region or target.within(region) for target in targets)]


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
