"""The cases of cel-spec: which of them are about what our language has, and what they expect, in the words of the driver."""
import base64
import datetime
import re

# ---- What is left out: every skipped case has one of these reasons ---------------------------------------------

# Sections that are about an extension or a kind of value as a whole.
SECTIONS = {
    "bindings_ext": "extensions", "block_ext": "extensions", "encoders_ext": "extensions", "math_ext": "extensions",
    "string_ext": "extensions", "proto2_ext": "messages", "macros2": "two-variable macros", "optionals": "optionals",
    "enums": "messages", "proto2": "messages", "proto3": "messages", "wrappers": "messages", "dynamic": "messages",
    "parse/bytes_literals": "bytes", "parse/struct_field_names": "messages", "string/bytes_concat": "bytes",
    "string/matches": "regular expressions", "integer_math/uint64_math": "uint",
    "comparisons/eq_wrapper": "messages",
}

# What an expression has outside its strings.
WORDS = [
    ("bytes", r"\b[rR]?[bB][rR]?(?=S)|\bbytes\b"),
    ("uint", r"\b(?:0x[0-9a-fA-F]+|\d+)[uU]\b|\buint\b"),
    ("messages", r"(?<!\bin)(?<=[\w.])\s*\{|\bgoogle\.protobuf\.(?!Timestamp\b|Duration\b)|\bTestAllTypes\b|\bGlobalEnum\b"),
    ("optionals", r"\.\?|[\[{,]\s*\?|\boptional|\bunwrapOpt|\boptMap\b"),
    ("regular expressions", r"\bmatches\("),
    ("extensions", r"\b(?:cel\.bind|cel\.block|math\.\w|base64\.|strings\.|proto\.|sets\.)"),
    ("two-variable macros", r"\.(?:all|exists|existsOne|exists_one)\(\w+,\s*\w+,|\.transform(?:List|Map)"),
]

STRINGS = re.compile(r"""[rR]?('''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")""", re.S)


def without_strings(expr):
    return STRINGS.sub("S", expr)


def uses(value, *names):
    """Whether JSON has a member of one of these names anywhere."""
    if isinstance(value, dict):
        return any(name in value for name in names) or any(uses(member, *names) for member in value.values())
    return isinstance(value, list) and any(uses(member, *names) for member in value)


def uses_message(value):
    """Whether types or values are messages other than instants and durations."""
    if isinstance(value, dict):
        named = value.get("messageType", value.get("@type", "").rpartition("/")[2])
        if named and named not in ("google.protobuf.Timestamp", "google.protobuf.Duration"):
            return True
        return any(uses_message(member) for member in value.values())
    return isinstance(value, list) and any(uses_message(member) for member in value)


def reason(case):
    """Why a case is not about our language; None: it is."""
    section = next((why for path, why in SECTIONS.items() if (case["path"] + "/").startswith(path + "/")), None)
    if section:
        return section
    bare = without_strings(case["expr"])
    word = next((why for why, pattern in WORDS if re.search(pattern, bare)), None)
    if word:
        return word
    around = [case.get(name) for name in ("typeEnv", "bindings", "value", "typedResult")]
    if uses(around, "uint64Value") or '"UINT64"' in repr(around).replace("'", '"'):
        return "uint"
    if uses(around, "bytesValue") or '"BYTES"' in repr(around).replace("'", '"'):
        return "bytes"
    if uses_message(around) or uses(around, "enumValue", "wrapper") or '"ANY"' in repr(around).replace("'", '"'):
        return "messages"
    if uses(around, "function", "abstractType", "typeParam"):
        return "functions and types of the test's own"
    if case.get("container"):
        return "containers"
    return None


# ---- Types and values in the words of the driver ----------------------------------------------------------------

PRIMITIVES = {"BOOL": "bool", "INT64": "int", "DOUBLE": "double", "STRING": "string"}
TYPE_NAMES = {"google.protobuf.Timestamp": "timestamp", "google.protobuf.Duration": "duration"}


def read_type(told):
    kind, what = next(iter(told.items()))
    if kind == "primitive":
        return PRIMITIVES[what]
    if kind == "messageType":
        return TYPE_NAMES[what]
    if kind == "wellKnown":
        return what.lower()
    if kind == "listType":
        return ["list", read_type(what["elemType"])]
    if kind == "mapType":
        return ["map", read_type(what["keyType"]), read_type(what["valueType"])]
    return {"dyn": "dyn", "null": "null_type"}[kind]


def type_text(kind):
    """A type as the driver writes it."""
    if isinstance(kind, list):
        return f"{kind[0]}({', '.join(type_text(part) for part in kind[1:])})"
    return {"null_type": "null"}.get(kind, kind)


def read_message(told):
    if told["@type"].endswith("Duration"):
        sign, whole, fraction = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?s", told["value"]).groups()
        total = int(whole) * 10**9 + int((fraction or "0").ljust(9, "0"))
        return {"duration": list(divmod(-total if sign else total, 10**9))}
    at = datetime.datetime.fromisoformat(told["value"].replace("Z", "+00:00"))
    return {"timestamp": [int(at.timestamp()), at.microsecond * 1000]}


def read_value(told):
    kind, what = next(iter(told.items()))
    if kind == "int64Value":
        return {"int": what}
    if kind == "doubleValue":
        return {"double": what if isinstance(what, str) else float(what)}
    if kind in ("boolValue", "stringValue"):
        return {kind.removesuffix("Value"): what}
    if kind == "nullValue":
        return {"null": None}
    if kind == "typeValue":
        return {"type": TYPE_NAMES.get(what, what)}
    if kind == "listValue":
        return {"list": [read_value(item) for item in what.get("values", [])]}
    if kind == "mapValue":
        return {"map": [[read_value(entry["key"]), read_value(entry["value"])] for entry in what.get("entries", [])]}
    assert kind == "objectValue", kind
    return read_message(what)


def same(expected, got):
    """Whether two values are the same: kind by kind, numbers exactly, maps in any order."""
    if not isinstance(expected, dict) or not isinstance(got, dict) or expected.keys() != got.keys():
        return False
    (kind, a), = expected.items()
    b = got[kind]
    if kind == "list":
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if kind == "map":
        return len(a) == len(b) and all(any(same(k, l) and same(v, w) for l, w in b) for k, v in a)
    return float(a) == float(b) or a == b == "NaN" if kind == "double" else a == b


def question(case):
    """A case as a line for the driver."""
    declared = {each["name"]: read_type(each["ident"]["type"]) for each in case.get("typeEnv", [])}
    bound = {name: read_value(told["value"]) for name, told in case.get("bindings", {}).items()}
    roots = list(declared) + [name for name in bound if name not in declared]
    return {"expr": case["expr"], "check": not case.get("disableCheck", False), "length_max": 60000,
            "roots": [[name, declared.get(name, "dyn")] for name in roots], "values": [bound.get(name) for name in roots]}


# ---- Cases of cel-go's own tests that depend on what those tests set up ------------------------------------------

def parsing_reason(case):
    """Why a parsing case says nothing about the language; None: it does."""
    error = case.get("error") or ""
    if "recursion" in error:
        return "a depth that the test of cel-go sets"
    if "unsupported syntax: '`'" in error:
        return "quoted names, which the test of cel-go turns off and the conformance cases want"
    return None


# The names of checker_test.go that the export leaves out.
DEFAULTS = {"is": "STRING", "ii": "INT64", "iz": "BOOL", "id": "DOUBLE"}


def checking_reason(case):
    if case.get("type") in ("uint", "bytes"):
        return case["type"]
    if re.search(r"\bf[gi]_\w+\(", case["expr"]):
        return "functions of the test's own"
    if case["expr"] in ("[].map(x, [].map(y, x in y && y in x))", "[{}.map(c,c,c)]+[{}.map(c,c,c)]"):
        return "type variables: an element of [] is dyn here, whatever it is used as"
    return None


def with_defaults(case):
    """A checking case with the names that its test has."""
    declared = [{"name": name, "ident": {"type": {"primitive": kind}}} for name, kind in DEFAULTS.items()]
    declared.append({"name": "ix", "ident": {"type": {"null": None}}})
    return case if case.get("typeEnv") else case | {"typeEnv": declared}
