"""Reads an SCXML document into a chart, or says by name what of it is beyond what a chart can say."""
import itertools
import json
import pathlib
import re
import xml.etree.ElementTree as ElementTree

from chart import (ASSIGN, ATOMIC, CANCEL, COMPOUND, FINAL, HISTORY, IF, PARALLEL, RAISE, SEND, Chart, State,
                   Transition)
from expression import Unsupported, read

NAMESPACE = "{http://www.w3.org/2005/07/scxml}"
STATES = {"state", "parallel", "final", "history"}
BEYOND = {"invoke": "invoke", "finalize": "invoke", "foreach": "foreach", "donedata": "data of a completion"}
PROCESSOR = "http://www.w3.org/TR/scxml/#SCXMLEventProcessor"
STATEMENT = re.compile(r"^(?:var\s+)?(\w+)\s*(?:(\+\+)|([-+*]?)=(?!=)\s*([^,]+?))\s*$", re.S)


def tag_of(element):
    return element.tag.removeprefix(NAMESPACE)


def milliseconds(text):
    match = re.fullmatch(r"\s*([\d.]+)\s*(ms|s)\s*", text)
    if not match:
        raise Unsupported("a delay that is none")
    return round(float(match.group(1)) * (1000 if match.group(2) == "s" else 1))


def with_ids(tree):
    """What our own export calls a-b is a.b where a guard asks for it."""
    if tree[0] == "in":
        return ("in", tree[1].replace(".", "-"))
    return tuple(with_ids(part) if isinstance(part, tuple) else part for part in tree)


class Scxml:
    """One document on its way to a chart."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.document = ElementTree.parse(path).getroot()
        self.numbers = itertools.count(1)

    def chart(self):
        for element in self.document.iter():
            if (tag := element.tag.removeprefix(NAMESPACE)) in BEYOND:
                raise Unsupported(BEYOND[tag])
        if self.document.get("datamodel") not in (None, "ecmascript", "null", "cel"):
            raise Unsupported("another data model")
        if self.document.get("binding") == "late":
            raise Unsupported("late binding")
        self.data = {}
        self.declare()
        root = State("#document", COMPOUND)
        for element in self.document:
            if tag_of(element) in STATES:
                root.children.append(self.state(element, root))
        root.initial = self.initial(self.document, root)
        try:
            return Chart(self.path.stem, root, self.data).link()
        except KeyError as missing:
            raise Unsupported("a target that does not exist") from missing

    def declare(self):
        """Variables; those that are never written are constants, of use where an attribute names one."""
        for element in self.document.iter(NAMESPACE + "data"):
            name, text = element.get("id"), element.get("expr")
            if element.get("src") or (element.text or "").strip() or len(element):
                raise Unsupported("data that is not a number, text or boolean")
            tree = read(text) if text else ("const", None)
            if tree[0] != "const":
                raise Unsupported("data that is not a number, text or boolean")
            self.data[name] = tree[1]
        for element in self.document.findall(NAMESPACE + "script"):
            for kind, name, tree in self.script(element):
                if kind != ASSIGN or tree[0] != "const":
                    raise Unsupported("script beyond assignments")
                self.data[name] = tree[1]

    # --- states

    def state(self, element, parent):
        tag = tag_of(element)
        kind = {"parallel": PARALLEL, "final": FINAL, "history": HISTORY}.get(tag, ATOMIC)
        state = State(element.get("id") or f"unnamed{next(self.numbers)}", kind, parent)
        for child in element:
            if tag_of(child) in STATES:
                state.children.append(self.state(child, state))
        if kind == ATOMIC and any(child.kind != HISTORY for child in state.children):
            state.kind = COMPOUND
        if state.kind == PARALLEL and not state.inner():
            state.kind = ATOMIC
        if kind == HISTORY:
            state.deep = element.get("type") == "deep"
            state.default = self.transition(element.find(NAMESPACE + "transition"), state)
            return state
        state.initial = self.initial(element, state) if state.kind == COMPOUND else None
        state.transitions = [self.transition(child, state) for child in element.findall(NAMESPACE + "transition")]
        state.entry = [self.content(child) for child in element.findall(NAMESPACE + "onentry")]
        state.exit = [self.content(child) for child in element.findall(NAMESPACE + "onexit")]
        return state

    def initial(self, element, state):
        if (inner := element.find(NAMESPACE + "initial")) is not None:
            return self.transition(inner.find(NAMESPACE + "transition"), state)
        targets = (element.get("initial") or "").split()
        return Transition(state, None, targets) if targets else None

    def transition(self, element, source):
        events = element.get("event")
        return Transition(source, events.split() if events is not None else None,
                          (element.get("target") or "").split(), self.condition(element.get("cond")),
                          element.get("type") == "internal", self.content(element))

    def condition(self, text):
        """`return` is the suite's expression that cannot be evaluated: here, what compares a variable without a value."""
        if text is not None and text.strip() == "return":
            self.data["nothing"] = None
            return ("==", ("var", "nothing"), ("const", 0))
        return with_ids(read(text)) if text is not None else None

    # --- executable content

    def content(self, element):
        actions = []
        for child in element:
            actions += getattr(self, "do_" + tag_of(child).lower(), self.do_unknown)(child)
        return actions

    def do_unknown(self, element):
        raise Unsupported("executable content of nobody")

    def do_log(self, _):
        return []

    def do_raise(self, element):
        return [(RAISE, element.get("event"))]

    def do_assign(self, element):
        if len(element) or (element.text or "").strip() or not element.get("expr"):
            raise Unsupported("data that is not a number, text or boolean")
        location = element.get("location").removeprefix("data.")
        if not re.fullmatch(r"\w+", location):
            raise Unsupported("an error told by an event")
        return [(ASSIGN, location, read(element.get("expr")))]

    def do_script(self, element):
        return self.script(element)

    def script(self, element):
        """Statements that assign are what <assign> is; anything else is a program."""
        text = element.text or ""
        if element.get("src"):
            source = self.path.parent / element.get("src")
            if not source.is_file():
                raise Unsupported("script beyond assignments")
            text = source.read_text()
        actions = []
        for statement in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
            match = STATEMENT.match(statement)
            if not match:
                raise Unsupported("script beyond assignments")
            name, more, operator, value = match.groups()
            tree = ("const", 1) if more else read(value)
            actions.append((ASSIGN, name, ("+" if more else operator, ("var", name), tree) if more or operator else tree))
        return actions

    def do_if(self, element):
        branches, content = [], []
        cond = self.condition(element.get("cond"))
        for child in element:
            if tag_of(child) in ("elseif", "else"):
                branches.append((cond, content))
                cond, content = self.condition(child.get("cond")), []
            else:
                content += getattr(self, "do_" + tag_of(child), self.do_unknown)(child)
        return [(IF, branches + [(cond, content)])]

    def do_cancel(self, element):
        return [(CANCEL, self.constant(element, "sendid"))]

    def do_send(self, element):
        if element.get("idlocation"):
            raise Unsupported("idlocation")
        target, kind = self.constant(element, "target"), self.constant(element, "type")
        event, delay = self.constant(element, "event"), milliseconds(self.constant(element, "delay") or "0s")
        if kind not in (None, PROCESSOR, "scxml"):
            raise Unsupported("send by another processor")
        if target not in (None, "#_internal"):
            raise Unsupported("send to somebody else")
        told = self.told(element)
        if event is None or (target and told):
            raise Unsupported("data of an internal event")
        return [(RAISE, event)] if target else [(SEND, event, delay, element.get("id"), told)]

    def told(self, element):
        """What an event tells, {name: expression}; a text or number alone is its `value`."""
        names = (element.get("namelist") or "").split()
        told = {name: self.known(name) for name in names}
        for param in element.findall(NAMESPACE + "param"):
            told[param.get("name")] = read(param.get("expr")) if param.get("expr") else self.known(param.get("location"))
        content = element.find(NAMESPACE + "content")
        if content is None:
            return told
        if len(content):
            raise Unsupported("XML as data")
        text = " ".join((content.text or "").split())
        if content.get("expr"):
            return {"value": read(content.get("expr"))}
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        return {name: ("const", part) for name, part in (value if isinstance(value, dict) else {"value": value}).items()}

    def known(self, name):
        if name not in self.data:
            raise Unsupported("an error told by an event")
        return ("var", name)

    def constant(self, element, name):
        """An attribute, or the value of its `…expr` when the document itself decides it."""
        if (text := element.get(name + "expr")) is None:
            return element.get(name)
        tree = read(text)
        if tree[0] == "var":
            return self.only_value(tree[1])
        if tree[0] != "const":
            raise Unsupported("a computed attribute")
        return tree[1]

    def only_value(self, name):
        """What a variable is when it is read: its declaration, or the one constant that is ever assigned to it."""
        values = [read(element.get("expr") or "_") for element in self.document.iter(NAMESPACE + "assign")
                  if element.get("location") == name]
        if not values:
            return self.data.get(name)
        if len(values) > 1 or values[0][0] != "const":
            raise Unsupported("a computed attribute")
        return values[0][1]


def read_scxml(path):
    """Raises Unsupported, with the reason."""
    return Scxml(path).chart()
