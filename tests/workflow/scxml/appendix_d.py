"""SCXML 1.0, Appendix D (https://www.w3.org/TR/scxml/#AlgorithmforSCXMLInterpretation), transcribed procedure by
procedure: the names are the standard's, in our case, and nothing is made faster. The arbiter where engines differ.

Left out with what the format leaves out: invoke, script, late binding, donedata. Added: `trace`, what an observer sees in
order, and time, which passes only while a chart waits for it.
"""
import heapq

from chart import ASSIGN, ATOMIC, CANCEL, COMPOUND, FINAL, HISTORY, IF, NOTE, PARALLEL, RAISE, SEND, matches
from expression import NAME, evaluate

ENDLESS = 1000  # microsteps of one macrostep: a chart that needs more is taken never to rest


class Restless(Exception):
    """The chart never comes to rest."""


def is_atomic_state(state):
    return state.kind in (ATOMIC, FINAL)


def document_order(states):
    return sorted(states, key=lambda state: state.order)


def exit_order(states):
    return sorted(states, key=lambda state: -state.order)


def get_proper_ancestors(state, until):
    ancestors = []
    while state.parent is not None and state.parent is not until:
        state = state.parent
        ancestors.append(state)
    return ancestors


def find_lcca(states):
    for ancestor in get_proper_ancestors(states[0], None):
        if ancestor.kind == COMPOUND and all(state.within(ancestor) for state in states[1:]):
            return ancestor
    raise AssertionError("the document itself is an ancestor of every state")


class Interpreter:
    def __init__(self, chart, tells_errors=True, limit=ENDLESS):
        """`tells_errors`: errors become events, which they do not in our format."""
        self.chart, self.data, self.tells_errors, self.limit = chart, dict(chart.data), tells_errors, limit
        self.configuration, self.history_value = set(), {}
        self.internal_queue, self.sent, self.now, self.count = [], [], 0, 0
        self.running, self.trace, self.event = True, [], {}

    # --- interpret, mainEventLoop: by whoever has the external queue

    def start(self):
        self.enter_states([self.chart.root.initial])
        self.rest()

    def external(self, event, told=()):
        """One turn of mainEventLoop with an event of the external queue, and what it tells."""
        if self.running:
            self.event = {**dict(told), NAME: event}
            self.microstep(self.select_transitions(event))
            self.rest()

    def rest(self):
        for _ in range(self.limit):
            if not self.running:
                return self.exit_interpreter()
            enabled = self.select_eventless_transitions()
            if not enabled:
                if not self.internal_queue:
                    return
                event = self.internal_queue.pop(0)
                self.event = {NAME: event}
                enabled = self.select_transitions(event)
            self.microstep(enabled)
        raise Restless(self.chart.name)

    def exit_interpreter(self):
        """What is active at the end stays to be seen, though it has been exited."""
        for state in exit_order(self.configuration):
            for block in state.exit:
                self.execute(block)

    def wait(self, until=None):
        """Lets time pass: what was sent arrives as external events. Without `until`, as long as something is due."""
        for _ in range(ENDLESS):
            if not self.sent or not self.running or (until is not None and self.sent[0][0] > until):
                self.now = until if until is not None else self.now
                return
            due, _, event, _, told = heapq.heappop(self.sent)
            self.now = max(self.now, due)
            self.external(event, told)
        raise Restless(self.chart.name)

    # --- choice

    def select_eventless_transitions(self):
        return self.select(lambda transition: transition.events is None)

    def select_transitions(self, event):
        return self.select(lambda transition: transition.events is not None
                           and any(matches(descriptor, event) for descriptor in transition.events))

    def select(self, is_candidate):
        enabled = []
        for state in document_order(filter(is_atomic_state, self.configuration)):
            for transition in self.candidates(state):
                if is_candidate(transition) and self.condition_match(transition):
                    if transition not in enabled:
                        enabled.append(transition)
                    break
        return self.remove_conflicting_transitions(enabled)

    @staticmethod
    def candidates(state):
        for source in [state, *get_proper_ancestors(state, None)]:
            yield from source.transitions

    def remove_conflicting_transitions(self, enabled):
        filtered = []
        for t1 in enabled:
            preempted, to_remove = False, []
            for t2 in filtered:
                if self.compute_exit_set([t1]) & self.compute_exit_set([t2]):
                    if t1.source.within(t2.source):
                        to_remove.append(t2)
                    else:
                        preempted = True
                        break
            if not preempted:
                filtered = [t for t in filtered if t not in to_remove] + [t1]
        return filtered

    def condition_match(self, transition):
        return transition.cond is None or self.holds(transition.cond)

    def holds(self, cond):
        try:
            return bool(self.value(cond))
        except (KeyError, TypeError):
            self.fail()
            return False  # 5.9.1

    def is_in(self, name):
        return any(state.id == name for state in self.configuration)

    # --- microstep

    def microstep(self, enabled):
        self.exit_states(enabled)
        for transition in enabled:
            self.execute(transition.content)
        self.enter_states(enabled)

    def compute_exit_set(self, transitions):
        to_exit = set()
        for transition in transitions:
            if transition.targets:
                domain = self.get_transition_domain(transition)
                to_exit |= {state for state in self.configuration if state.within(domain)}
        return to_exit

    def exit_states(self, enabled):
        to_exit = exit_order(self.compute_exit_set(enabled))
        for state in to_exit:
            for history in state.children:
                if history.kind == HISTORY:
                    self.history_value[history] = [
                        s for s in self.configuration
                        if (is_atomic_state(s) and s.within(state) if history.deep else s.parent is state)]
        for state in to_exit:
            for block in state.exit:
                self.execute(block)
            self.configuration.discard(state)

    def enter_states(self, enabled):
        to_enter, default_entry, default_history = set(), set(), {}
        self.compute_entry_set(enabled, to_enter, default_entry, default_history)
        for state in document_order(to_enter):
            self.configuration.add(state)
            for block in state.entry:
                self.execute(block)
            if state in default_entry:
                self.execute(state.initial.content)
            self.execute(default_history.get(state, []))
            if state.kind == FINAL:
                self.complete(state)

    def complete(self, final):
        if final.parent is self.chart.root:
            self.running = False
            return
        parent, grandparent = final.parent, final.parent.parent
        self.internal_queue.append(f"done.state.{parent.id}")
        if grandparent.kind == PARALLEL and all(map(self.is_in_final_state, grandparent.inner())):
            self.internal_queue.append(f"done.state.{grandparent.id}")

    def is_in_final_state(self, state):
        if state.kind == COMPOUND:
            return any(child.kind == FINAL and child in self.configuration for child in state.inner())
        return state.kind == PARALLEL and all(map(self.is_in_final_state, state.inner()))

    # --- what is entered

    def compute_entry_set(self, transitions, *sets):
        for transition in transitions:
            for state in transition.targets:
                self.add_descendant_states_to_enter(state, *sets)
            ancestor = self.get_transition_domain(transition)
            for state in self.get_effective_target_states(transition):
                self.add_ancestor_states_to_enter(state, ancestor, *sets)

    def add_descendant_states_to_enter(self, state, to_enter, default_entry, default_history):
        sets = to_enter, default_entry, default_history
        if state.kind == HISTORY:
            remembered = self.history_value.get(state)
            if remembered is None:
                default_history[state.parent] = state.default.content
                remembered = state.default.targets
            self.add_with_ancestors(remembered, state.parent, sets)
            return
        to_enter.add(state)
        if state.kind == COMPOUND:
            default_entry.add(state)
            self.add_with_ancestors(state.initial.targets, state, sets)
        elif state.kind == PARALLEL:
            self.add_regions(state, sets)

    def add_with_ancestors(self, states, ancestor, sets):
        for state in states:
            self.add_descendant_states_to_enter(state, *sets)
        for state in states:
            self.add_ancestor_states_to_enter(state, ancestor, *sets)

    def add_regions(self, parallel, sets):
        for child in parallel.inner():
            if not any(state.within(child) for state in sets[0]):
                self.add_descendant_states_to_enter(child, *sets)

    def add_ancestor_states_to_enter(self, state, ancestor, *sets):
        for anc in get_proper_ancestors(state, ancestor):
            sets[0].add(anc)
            if anc.kind == PARALLEL:
                self.add_regions(anc, sets)

    def get_transition_domain(self, transition):
        targets = self.get_effective_target_states(transition)
        source = transition.source
        if not targets:
            return None
        if source is self.chart.root:
            return source
        if transition.internal and source.kind == COMPOUND and all(state.within(source) for state in targets):
            return source
        return find_lcca([source, *targets])

    def get_effective_target_states(self, transition):
        targets = []
        for state in transition.targets:
            if state.kind != HISTORY:
                targets.append(state)
            elif state in self.history_value:
                targets += self.history_value[state]
            else:
                targets += self.get_effective_target_states(state.default)
        return targets

    # --- executable content

    def execute(self, block):
        """4.10: an error ends its block and is told by an event."""
        try:
            self.do(block)
        except (KeyError, TypeError):
            self.fail()

    def fail(self):
        if self.tells_errors:
            self.internal_queue.append("error.execution")

    def do(self, content):
        for kind, *arguments in content:
            if kind == RAISE:
                self.internal_queue.append(arguments[0])
            elif kind == SEND:
                event, delay, name, told = arguments
                told = {key: self.value(expression) for key, expression in told.items()}
                self.count += 1
                heapq.heappush(self.sent, (self.now + delay, self.count, event, name, told))
            elif kind == CANCEL:
                self.sent = [entry for entry in self.sent if entry[3] != arguments[0]]
                heapq.heapify(self.sent)
            elif kind == ASSIGN:
                self.assign(*arguments)
            elif kind == IF:
                chosen = (branch for cond, branch in arguments[0] if cond is None or self.holds(cond))
                self.do(next(chosen, []))
            elif kind == NOTE:
                self.trace.append(arguments[0])

    def assign(self, name, expression):
        if name not in self.data:
            raise KeyError(name)
        self.data[name] = self.value(expression)

    def value(self, expression):
        return evaluate(expression, self.data, self.is_in, self.event)

    # --- for those who compare

    def atoms(self):
        return sorted(state.id for state in self.configuration if is_atomic_state(state))


def play(chart, events, tells_errors=True):
    """The configurations after the start and after each event: (name, milliseconds to wait before it)."""
    machine = Interpreter(chart, tells_errors)
    machine.start()
    machine.wait(0 if events else None)
    configurations = [machine.atoms()]
    for name, after in events:
        machine.wait(machine.now + after)
        machine.external(name)
        machine.wait(machine.now)
        configurations.append(machine.atoms())
    return configurations, machine
