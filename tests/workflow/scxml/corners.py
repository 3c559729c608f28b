"""Where statechart engines part ways: named while Appendix D takes a step, so that a difference is explained, or is none
of these and a fault."""
import appendix_d
from appendix_d import get_proper_ancestors, is_atomic_state
from chart import FINAL, HISTORY, PARALLEL

# findLCCA: the least common ancestor is a parallel state, so what is exited is what is around that. Both exit less.
LEAVES = "a region leaves itself"
# removeConflictingTransitions: an outer transition stays where one of an inner region exits nothing of it, or is preempted
# itself. XState asks the outer state only if no region answered.
BESIDE = "inner and outer together"
# enterStates, exitStates: document order and its reverse. SCION goes by depth, and raises done.state when all are entered.
ORDER = "several raised or assigned at once"
# exitStates: a deep history remembers atomic states, of which final ones are some. SCION forgets those.
FORGETS = "deep history of a final state"
# mainEventLoop: the end is a final child of the document. SCION ends when every leaf is final.
ENDS = "every leaf is final"

# getTransitionDomain: by what the history stands for now. SCION takes the place of the history itself.
RECALLS = "a history from inside"

# selectEventlessTransitions: document order of the atomic states. XState has them in the order in which they were entered.
TOGETHER = "two regions go on by themselves"

CORNERS = {"xstate": {LEAVES, BESIDE, TOGETHER}, "scion": {LEAVES, ORDER, FORGETS, ENDS, RECALLS}}


class Watcher(appendix_d.Interpreter):
    """Appendix D, with the corners that were met since `corners` was emptied."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.corners, self.waiting, self.assigned = set(), 0, 0

    def microstep(self, enabled):
        self.waiting, self.assigned = len(self.internal_queue), 0
        for transition in enabled:
            if transition.targets and self.least_common_ancestor(transition).kind == PARALLEL:
                self.corners.add(LEAVES)
            if any(target.kind == HISTORY and transition.source.within(target.parent)
                   for target in transition.targets):
                self.corners.add(RECALLS)
        super().microstep(enabled)

    def enter_states(self, enabled):
        super().enter_states(enabled)
        if len(self.internal_queue) + self.assigned > self.waiting + 1:
            self.corners.add(ORDER)
        if all(state.kind == FINAL for state in self.configuration if is_atomic_state(state)):
            self.corners.add(ENDS)

    def assign(self, name, expression):
        self.assigned += 1
        super().assign(name, expression)

    def remove_conflicting_transitions(self, enabled):
        kept = super().remove_conflicting_transitions(enabled)
        if any(inner.source.within(outer.source) for outer in kept for inner in enabled):
            self.corners.add(BESIDE)
        return kept

    def select_eventless_transitions(self):
        enabled = super().select_eventless_transitions()
        ready = {self.first_ready(state) for state in self.configuration if is_atomic_state(state)} - {None}
        if len(ready) > 1:
            self.corners.add(TOGETHER)
        return enabled

    def first_ready(self, state):
        return next((t for t in self.candidates(state) if t.events is None and self.condition_match(t)), None)

    def exit_states(self, enabled):
        for state in self.compute_exit_set(enabled):
            if state.kind == FINAL and any(h.kind == HISTORY and h.deep for a in get_proper_ancestors(state, None)
                                           for h in a.children):
                self.corners.add(FORGETS)
        super().exit_states(enabled)

    def least_common_ancestor(self, transition):
        """Of the source and all that it leads to, of any kind; the source itself for an internal one."""
        domain = self.get_transition_domain(transition)
        if domain is transition.source:
            return domain
        states = [transition.source, *self.get_effective_target_states(transition)]
        return next(ancestor for ancestor in get_proper_ancestors(states[0], None)
                    if all(state.within(ancestor) for state in states[1:]))
