"""Reads an `oam-wf/1` document back into a chart, as far as statecharts go, so that Appendix D can judge it."""
from chart import ASSIGN, ATOMIC, CANCEL, COMPOUND, HISTORY, NOTE, RAISE, SEND, Chart, State, Transition
from expression import read


class Document:
    def __init__(self, document, calls, data):
        self.document, self.calls = document, calls
        self.data = dict.fromkeys(document["data"]) | data

    def chart(self):
        root = State("#document", COMPOUND)
        self.states(self.document["states"], root)
        root.initial = Transition(root, None, [self.document["initial"]])
        return Chart("document", root, self.data).link()

    def states(self, members, parent):
        for key, member in members.items():
            path = key if parent.parent is None else f"{parent.id}.{key}"
            kind = member.get("type", COMPOUND if "states" in member else ATOMIC)
            state = State(path, kind, parent, deep=member.get("deep", False))
            parent.children.append(state)
            self.states(member.get("states", {}), state)
            self.fill(state, member)

    def fill(self, state, member):
        if state.kind == HISTORY:
            state.default = Transition(state, None, [member["default"]])
            return
        if "initial" in member:
            state.initial = Transition(state, None, [f"{state.id}.{member['initial']}"])
        state.entry, state.exit = [self.effects(member.get("entry", []))], [self.effects(member.get("exit", []))]
        for event, transitions in member.get("on", {}).items():
            state.transitions += [self.transition(state, ["=" + event], t) for t in transitions]
        state.transitions += [self.transition(state, None, t) for t in member.get("always", [])]
        state.transitions += [self.transition(state, ["=done.state." + state.id], t) for t in member.get("on_done", [])]

    def transition(self, state, events, member):
        targets = member.get("to", [])
        return Transition(state, events, [targets] if isinstance(targets, str) else list(targets),
                          read(member["guard"]) if "guard" in member else None, member.get("internal", False),
                          [(ASSIGN, name, read(value)) for name, value in member.get("set", {}).items()]
                          + self.effects(member.get("do", [])))

    def effects(self, members):
        return [self.effect(member) for member in members]

    def effect(self, member):
        if member["fx"] == "emit":
            return (RAISE, member["event"])
        if member["fx"] == "set":
            return (ASSIGN, member["field"], read(member["value"]))
        call = self.calls.get(member["op"])
        if call is None:
            return (NOTE, member["op"])
        if "cancel" in call:
            return (CANCEL, call["cancel"])
        told = {name: ("const", value) for name, value in call.get("data", {}).items()}
        return (SEND, call["event"], call["delay"], call.get("id"), told)


def read_document(document, calls=(), data=()):
    return Document(document, dict(calls), dict(data)).chart()
