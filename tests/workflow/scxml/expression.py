"""What conditions and assignments of the cases need of ECMAScript and CEL, in one reader: the two agree on this much."""
import re

TOKEN = re.compile(r"""\s*(?:(?P<number>\d+)|(?P<string>'[^']*'|"[^"]*")|(?P<name>[A-Za-z_]\w*)"""
                   r"""|(?P<op>===|!==|==|!=|<=|>=|&&|\|\||[-+*<>!(),.?:]))""")
LEVELS = [["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*"]]


NAME = "#name"  # what every event tells besides: its own name


class Unsupported(Exception):
    """The text is beyond the subset: the message says what it is about."""


class Reader:
    """A tree of ("const", value), ("var", name), ("in", state), ("unset", name), ("event", what it tells), ("name",) of the
    event, ("not", x), ("if", x, y, z) and (operator, x, y)."""

    def __init__(self, text):
        self.tokens, end, text = [], 0, text.strip()
        while end < len(text):
            match = TOKEN.match(text, end)
            if not match:
                raise Unsupported("ECMAScript beyond comparing and counting")
            self.tokens.append((match.lastgroup, match.group(match.lastgroup)))
            end = match.end()
        self.text, self.at = text, 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else (None, None)

    def take(self, *wanted):
        kind, text = self.peek()
        if wanted and text not in wanted:
            raise Unsupported("ECMAScript beyond comparing and counting")
        self.at += 1
        return kind, text

    def whole(self):
        tree = self.ternary()
        if self.at != len(self.tokens):
            raise Unsupported("ECMAScript beyond comparing and counting")
        return tree

    def ternary(self):
        tree = self.binary(0)
        if self.peek()[1] != "?":
            return tree
        self.take("?")
        yes = self.ternary()
        self.take(":")
        return ("if", tree, yes, self.ternary())

    def binary(self, level):
        if level == len(LEVELS):
            return self.unary()
        tree = self.binary(level + 1)
        while (operator := {"===": "==", "!==": "!="}.get(self.peek()[1], self.peek()[1])) in LEVELS[level]:
            self.take()
            tree = unset_or_binary(operator, tree, self.binary(level + 1))
        return tree

    def unary(self):
        kind, text = self.take()
        if text == "!":
            return ("not", self.unary())
        if text == "-":
            return ("-", ("const", 0), self.unary())
        if text == "(":
            tree = self.ternary()
            self.take(")")
            return tree
        if kind == "number":
            return ("const", int(text))
        if kind == "string":
            return ("const", text[1:-1])
        if kind == "name":
            return self.named(text)
        raise Unsupported("ECMAScript beyond comparing and counting")

    def named(self, name):
        if name in ("true", "false"):
            return ("const", name == "true")
        if name == "undefined":
            return ("const", None)
        if name == "typeof":
            return ("typeof", self.variable())
        if name in ("In", "in_state"):
            return ("in", self.argument(lambda: self.take()[1].strip("'\"")))
        if name == "has":
            return ("not", ("unset", self.argument(lambda: self.variable(self.take("data")[1]))))
        if (name, self.peek()[1]) == ("Math", "."):
            return self.power()
        if name in ("_event", "event") and self.peek()[1] == ".":
            return self.told(name)
        return ("var", self.variable(name))

    def told(self, root):
        """`_event.data.x` or `event.x`; data that is one value is its `value`."""
        self.take(".")
        name = self.take()[1]
        if root == "_event":
            if name == "name":
                return ("name",)
            if name != "data":
                raise Unsupported("system variables")
            if self.peek()[1] != ".":
                return ("event", "value")
            self.take(".")
            name = self.take()[1]
        return ("event", name)

    def argument(self, read_it):
        self.take("(")
        argument = read_it()
        self.take(")")
        return argument

    def variable(self, name=None):
        """A name of ECMAScript, or `data.` and a name of CEL."""
        name = name or self.take()[1]
        if name == "data" and self.peek()[1] == ".":
            self.take(".")
            name = self.take()[1]
        if name.startswith("_"):
            raise Unsupported("system variables")
        if name in ("return", "var", "function", "new", "JSON", "instanceof") or self.peek()[1] in (".", "("):
            raise Unsupported("ECMAScript beyond comparing and counting")
        return name

    def power(self):
        """Math.pow(x, 3) is x * x * x."""
        if [self.take()[1] for _ in range(3)] != [".", "pow", "("]:
            raise Unsupported("ECMAScript beyond comparing and counting")
        base = self.ternary()
        self.take(",")
        tree, times = base, int(self.take()[1])
        self.take(")")
        for _ in range(times - 1):
            tree = ("*", tree, base)
        return tree


def unset_or_binary(operator, left, right):
    """`typeof x === 'undefined'` and `x == undefined` are the question whether x has a value."""
    for one, other in ((left, right), (right, left)):
        if (one[0] == "typeof" and other == ("const", "undefined")) or (one[0] == "var" and other == ("const", None)):
            if operator in ("==", "!="):
                return ("unset", one[1]) if operator == "==" else ("not", ("unset", one[1]))
    if "typeof" in (left[0], right[0]):
        raise Unsupported("ECMAScript beyond comparing and counting")
    return (operator, left, right)


def read(text):
    return Reader(text).whole()


def evaluate(tree, data, is_in, event=()):
    """KeyError: what is unset. `event` is what the present event tells. As in ECMAScript, any value counts as a boolean."""
    def value(part):
        return evaluate(part, data, is_in, event)

    kind = tree[0]
    if kind == "const":
        return tree[1]
    if kind in ("var", "event"):
        known = data if kind == "var" else dict(event)
        if known[tree[1]] is None:
            raise KeyError(tree[1])
        return known[tree[1]]
    if kind == "name":
        return dict(event)[NAME]
    if kind == "in":
        return is_in(tree[1])
    if kind == "unset":
        return data.get(tree[1]) is None
    if kind == "not":
        return not value(tree[1])
    if kind == "if":
        return value(tree[2] if value(tree[1]) else tree[3])
    left = value(tree[1])
    if kind in ("&&", "||"):
        return value(tree[2]) if bool(left) == (kind == "&&") else left
    right = value(tree[2])
    return {"==": left == right, "!=": left != right}[kind] if kind in ("==", "!=") else ordered(kind, left, right)


def ordered(kind, left, right):
    compute = {"<": lambda: left < right, "<=": lambda: left <= right, ">": lambda: left > right,
               ">=": lambda: left >= right, "+": lambda: left + right, "-": lambda: left - right,
               "*": lambda: left * right}
    return compute[kind]()


def names(tree, kind):
    """All names of one kind ("var", "in", "unset", "name") in a tree."""
    if tree[0] == kind:
        return {tree[-1]}
    return set().union(*(names(part, kind) for part in tree[1:] if isinstance(part, tuple)))


def cel(tree, field, path):
    """Writes a tree in CEL; `field` and `path` give the names of variables and states there."""
    kind = tree[0]
    if kind == "const":
        if isinstance(tree[1], bool):
            return "true" if tree[1] else "false"
        return str(tree[1]) if isinstance(tree[1], int) else f"'{tree[1]}'"
    if kind == "var":
        return f"data.{field(tree[1])}"
    if kind == "name":
        raise Unsupported("system variables")
    if kind == "event":
        return f"event.{tree[1].lower()}"
    if kind == "in":
        return f"in_state('{path(tree[1])}')"
    if kind == "unset":
        return f"!has(data.{field(tree[1])})"
    if kind == "not":
        return f"!({cel(tree[1], field, path)})"
    if kind == "if":
        return "({} ? {} : {})".format(*(cel(part, field, path) for part in tree[1:]))
    return f"({cel(tree[1], field, path)} {kind} {cel(tree[2], field, path)})"
