"""Inputs made from the contract, valid and broken: whatever is sent, the answer is one that the contract allows, and never a 5xx."""
import json
import os
import string
import urllib.parse

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from oamtest.client import TOWN, new_key
from oamtest.contract import Contract

CONTRACT = Contract()
OPERATIONS = [operation for operation in CONTRACT.operations if operation.id not in ("create_session", "issue_token", "delete_session")]
EXAMPLES = 1000 if os.environ.get("OAM_DEEP") == "1" else 25
ROLES = ["integration", "local_user", "operator", "agent"]
ODD_TEXT = ["", " ", "\u0000", "\ud800", "a\tb", "'; DROP TABLE request; --", "%s%n", "../../etc/passwd", "\u202e", "🙂" * 50, "x" * 300,
            "null", "NaN", "-0", "1e400", "{}", "<script>", "\\u0000", "é", "l·l"]
WORDS = ["draft", "assigned", "closed", "take", "submit", "web", "phone", "OAM-GEN", "GOV-01", TOWN, "0811150006", "agent.bages.1", "OAM-2026-000001",
         "2026-11-22T08:30:00Z", "2018-02-29T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0000-01-01T00:00:00Z", "reason", "urgency", "ca", "normal"]
text = st.one_of(st.sampled_from(ODD_TEXT + WORDS), st.text(max_size=40), st.text(alphabet=string.printable, max_size=12))
number = st.one_of(st.integers(-2**70, 2**70), st.integers(-3, 300), st.floats(allow_nan=False, allow_infinity=False))
anything = st.recursive(st.one_of(st.none(), st.booleans(), number, text),
                        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(text, inner, max_size=4)), max_leaves=8)


def fitting(schema, depth=0):
    """Values that the schema allows, or nearly: enough to get past the door."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "oneOf" in schema:
        return st.one_of([fitting(one, depth) for one in schema["oneOf"]])
    kinds = schema.get("type", "object" if "properties" in schema or "allOf" in schema else "string")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "object":
        merged = {"properties": {}, "required": []}
        for part in [*schema.get("allOf", []), schema]:
            merged["properties"] = {**merged["properties"], **part.get("properties", {})}
            merged["required"] = merged["required"] + part.get("required", [])
        if not merged["properties"]:
            return st.dictionaries(st.sampled_from(["reason", "urgency", "question", "estimated_hours"]), st.one_of(text, st.integers(0, 9)), max_size=3)
        required = {name: fitting(merged["properties"][name], depth + 1) for name in merged["required"]}
        optional = {name: fitting(one, depth + 1) for name, one in merged["properties"].items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional)
    if kind == "array":
        return st.lists(fitting(schema.get("items", {}), depth + 1), min_size=schema.get("minItems", 0), max_size=3)
    if kind == "integer":
        return st.integers(schema.get("minimum", 0), schema.get("maximum", 1000))
    if kind == "boolean":
        return st.booleans()
    if "pattern" in schema or "examples" in schema:
        return st.sampled_from([str(one) for one in schema.get("examples", [])] + WORDS)
    return st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 60), 60))


def broken(schema):
    """A fitting value with something wrong in some place."""
    @st.composite
    def one(draw):
        value = draw(fitting(schema))
        if isinstance(value, dict) and value:
            name = draw(st.sampled_from(sorted(value)))
            how = draw(st.sampled_from(["replace", "drop", "add", "rename"]))
            if how == "replace":
                value[name] = draw(anything)
            elif how == "drop":
                del value[name]
            elif how == "add":
                value[draw(text)] = draw(anything)
            else:
                value[draw(text)] = value.pop(name)
            return value
        return draw(anything)
    return one()


def encode(value):
    """JSON as it stands, lone surrogates as escapes."""
    return json.dumps(value, ensure_ascii=True, allow_nan=True).encode()


def mangled(data):
    """Bytes of a document with a few of them changed."""
    @st.composite
    def one(draw):
        document = bytearray(encode(draw(data)))
        for _ in range(draw(st.integers(0, 3))):
            if document:
                document[draw(st.integers(0, len(document) - 1))] = draw(st.integers(0, 255))
        return bytes(document)
    return one()


def bodies(operation):
    schema = operation.body_schema
    return st.one_of(fitting(schema).map(encode), broken(schema).map(encode), mangled(fitting(schema)), anything.map(encode))


@pytest.fixture(scope="module")
def refs(all_tokens):
    return [all_tokens.file("local_user")["ref"], all_tokens.file("integration", submit=False)["ref"], "OAM-2026-999999"]


def quoted(value):
    return urllib.parse.quote(value.encode("utf-8", "surrogatepass"), safe="")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_operation__answers_whatever_is_sent_as_the_contract_says(api, refs, operation):
    names = [parameter["name"] for parameter in operation.query]
    schemas = {parameter["name"]: parameter["schema"] for parameter in operation.query}

    @st.composite
    def calls(draw):
        path = operation.path
        for name in operation.path_names:
            value = draw(st.one_of(st.sampled_from(refs if name == "ref" else WORDS), text))
            path = path.replace("{%s}" % name, quoted(value) or "%20")
        pairs = []
        for _ in range(draw(st.integers(0, 3))):
            name = draw(st.one_of(st.sampled_from(names), text) if names else text)
            value = draw(st.one_of(fitting(schemas[name]).map(str), text) if name in schemas else text)
            pairs.append(f"{quoted(name)}={quoted(value)}")
        headers = {}
        if operation.takes("If-Match"):
            headers["If-Match"] = draw(st.sampled_from(['"v1-ca"', '"v2-ca"', '"v3"', "*", "x", '"v0"']))
        if operation.takes("Idempotency-Key"):
            headers["Idempotency-Key"] = new_key()
        if draw(st.booleans()):
            name = draw(st.sampled_from(["Accept-Language", "If-None-Match", "Prefer", "traceparent", "Accept", "Cookie", "Request-Id"]))
            headers[name] = draw(st.text(alphabet=string.ascii_letters + string.digits + '",;=*-/ .', max_size=40)).strip()
        if headers.get("Prefer", "").lower().startswith("wait"):
            del headers["Prefer"]
        data = None
        if operation.body_types:
            headers["Content-Type"] = operation.body_types[0]
            data = draw(bodies(operation))
        return path + ("?" + "&".join(pairs) if pairs else ""), headers, data, draw(st.sampled_from(ROLES))

    @seed(int(os.environ.get("OAM_SEED", "20261122")))
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate, Phase.shrink])
    @given(calls())
    def run(sent):
        path, headers, data, role = sent
        answer = api.request(operation.method, path, role=None if operation.public else role, headers=headers, data=data)
        assert answer.status_code < 500, answer

    run()


def test_the_server__has_no_complaint_of_its_own(server):
    """After all that was sent in this session: no internal error in the log, no report of a sanitizer."""
    assert not server.reports()
    errors = [entry for entry in server.entries() if entry.get("level") == "error"]
    assert not errors, errors[:3]
