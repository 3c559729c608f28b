"""A statechart that belongs to no engine: what the SCXML reader and the generator make, and everything else reads."""
import dataclasses
import typing

ATOMIC, COMPOUND, PARALLEL, FINAL, HISTORY = "atomic", "compound", "parallel", "final", "history"


@dataclasses.dataclass(eq=False)
class Transition:
    source: "State"
    events: typing.Optional[list]  # descriptors as SCXML has them ("a.b", "a.*", "*"); None: needs no event
    targets: list  # of State, once linked
    cond: typing.Any = None  # an expression (expression.py); None: always
    internal: bool = False
    content: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(eq=False)
class State:
    """Children are in document order and include histories, which are entered by their `default` transition; `entry` and
    `exit` are lists of blocks, since an error ends its block only."""

    id: str
    kind: str
    parent: typing.Optional["State"] = None
    deep: bool = False
    children: list = dataclasses.field(default_factory=list)
    transitions: list = dataclasses.field(default_factory=list)
    initial: typing.Optional[Transition] = None
    default: typing.Optional[Transition] = None
    entry: list = dataclasses.field(default_factory=list)
    exit: list = dataclasses.field(default_factory=list)
    order: int = 0

    def __repr__(self):
        return self.id

    def within(self, other):
        """Whether this state is a proper descendant of the other."""
        state = self.parent
        while state is not None and state is not other:
            state = state.parent
        return state is not None

    def inner(self):
        """Child states, histories not."""
        return [child for child in self.children if child.kind != HISTORY]

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()


@dataclasses.dataclass(eq=False)
class Chart:
    """`root` is the document itself: a compound state that is never in a configuration."""

    name: str
    root: State
    data: dict = dataclasses.field(default_factory=dict)  # initial values; None: declared and unset

    def link(self):
        """Numbers the states in document order and turns the ids of targets into states. KeyError: no such state."""
        self.states = {state.id: state for state in self.root.walk()}
        for order, state in enumerate(self.root.walk()):
            state.order = order
            for transition in [*state.transitions, state.initial, state.default]:
                if transition is not None:
                    transition.targets = [self.states[t] if isinstance(t, str) else t for t in transition.targets]
            if state.kind == COMPOUND and state.initial is None:
                state.initial = Transition(state, None, [state.inner()[0]])
        return self


# Executable content is a list of tuples:
RAISE = "raise"    # (RAISE, event)
SEND = "send"      # (SEND, event, delay in ms, id or None, {name: expression}: what it tells)
CANCEL = "cancel"  # (CANCEL, id)
ASSIGN = "assign"  # (ASSIGN, variable, expression)
IF = "if"          # (IF, [(expression or None, content), ...]): the first that holds
NOTE = "note"      # (NOTE, word): what an observer sees, in order


def matches(descriptor, event):
    """SCXML 3.12.1: a descriptor matches its own event and all that continue it after a dot. In our format an event
    means itself alone, which is written with = here."""
    if descriptor.startswith("="):
        return descriptor[1:] == event
    if descriptor == "*":
        return True
    descriptor = descriptor.removesuffix(".*").removesuffix(".")
    return event == descriptor or event.startswith(descriptor + ".")
