"""The schema of oam-wf/1, the definitions of the product and the parser agree with each other."""
import json
import pathlib
import re

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / "workflow"
DEFINITIONS = sorted(path for path in (WORKFLOW / "definitions").glob("*.json") if "." not in path.stem)


def unique(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a name is there twice among {names}"
    return dict(pairs)


def load(path):
    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)


SCHEMA = load(WORKFLOW / "oam-wf-1.schema.json")
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def faults(document):
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def test_schema__is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_definitions__are_there():
    assert {path.stem for path in DEFINITIONS} == {"general_enquiry", "technical_assistance", "economic_grant", "equipment_loan", "incident"}


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_definition__is_valid_and_bears_the_name_of_its_file(path):
    document = load(path)
    assert faults(document) == []
    assert document["key"] == path.stem


def nested(states, above=()):
    """(path, state, those around it) of every state."""
    for key, state in states.items():
        yield ".".join([*(name for name, _ in above), key]), state, [one for _, one in above]
        yield from nested(state.get("states", {}), (*above, (key, state)))


def labelled(document):
    """Everything that a person reads, with its place."""
    yield "title", document["title"]
    yield "note", document["note"]
    for part in ("data", "roles", "clocks"):
        for key, content in document[part].items():
            yield f"{part}.{key}", content.get("label")
    for path, state, _ in nested(document["states"]):
        if state.get("type") == "history":
            continue
        yield path, state.get("label")
        if "vote" in state:
            yield f"{path}.vote", state["vote"].get("label")
        for timer in state.get("after", []) + ([state["vote"]["deadline"]] if "deadline" in state.get("vote", {}) else []):
            yield f"{path}.after.{timer['id']}", timer.get("label")
        for event, transitions in state.get("on", {}).items():
            for transition in transitions:
                if "role" in transition:
                    yield f"{path}.on.{event}", transition.get("label")
                for check in transition.get("check", []):
                    yield f"{path}.on.{event}.check", check["msg"]


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_definition__speaks_catalan_spanish_and_english_everywhere(path):
    for place, label in labelled(load(path)):
        assert label and set(label) == {"ca", "es", "en"}, place
        assert all(text == text.strip() and text for text in label.values()), place


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_definition__says_whom_every_state_awaits_in_which_a_request_may_rest(path):
    """Whoever waits is told for whom; where nothing waits, there is nobody to name."""
    for place, state, around in nested(load(path)["states"]):
        if ("on" in state or "vote" in state) and "initial" not in state and "each" not in [one.get("type") for one in around]:
            assert any("awaits" in one for one in [state, *around]), place


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_definition__calls_each_state_by_one_word(path):
    """Outside, a state is its last name where no other has it; filters and integrations say nothing else."""
    names = [place.rsplit(".", 1)[-1] for place, _, _ in nested(load(path)["states"])]
    assert sorted(set(names)) == sorted(names)


# What a procedure gives a meaning of its own.
OWN = {"state in_progress", "state granted", "state executing", "state proposed", "state expired", "event accept"}


def test_definitions__call_one_thing_by_one_name():
    """An event or a state that two procedures share says the same in both, but where the procedure gives it a meaning."""
    seen = {}
    for path in DEFINITIONS:
        for place, state, _ in nested(load(path)["states"]):
            names = [(f"state {place.rsplit('.', 1)[-1]}", state["label"])] if "label" in state else []
            names += [(f"timer {timer['id']}", timer["label"]) for timer in state.get("after", [])]
            names += [(f"event {event}", way["label"]) for event, ways in state.get("on", {}).items() for way in ways if "role" in way]
            for name, label in names:
                if name not in OWN:
                    assert seen.setdefault(name, label) == label, f"{path.stem}: {name}"


def members(part):
    """Every member that a part of the schema may have, in whatever of its alternatives."""
    found = set(part.get("properties", ()))
    for branch in part.get("allOf", ()):
        found |= members(branch.get("then", {}))
    return found


DEFS = SCHEMA["$defs"]
CHECK = DEFS["transition"]["properties"]["check"]["items"]
NEVER = DEFS["assert"]["properties"]["never"]
# Which parts of the schema a file of the parser reads.
PARTS = {
    "parse.c": [SCHEMA],
    "data.c": [DEFS["field"]],
    "roles.c": [DEFS["role"]],
    "policies.c": [DEFS["policy"]],
    "clocks.c": [DEFS["calendar"], DEFS["clock"]],
    "names.c": [DEFS["span"]],
    "panels.c": [DEFS["panel"], DEFS["vote"], DEFS["join"]],
    "states.c": [DEFS["state"]],
    "transitions.c": [DEFS["transition"], CHECK, DEFS["timer"]],
    "after.c": [DEFS["timer"]],
    "effects.c": [DEFS["effect"]],
    "asserts.c": [DEFS["assert"], NEVER, NEVER["properties"]["without"], DEFS["assert"]["properties"]["can_reach"]],
}


@pytest.mark.parametrize("source", PARTS)
def test_parser__knows_every_member_of_the_schema_and_no_other(source):
    code = (WORKFLOW / "definition" / source).read_text(encoding="utf-8")
    assert set(re.findall(r'\{"(\w+)", MEMBER_', code)) == set().union(*map(members, PARTS[source]))


@pytest.mark.parametrize("source, words", [
    ("effects.c", SCHEMA["$defs"]["effect"]["properties"]["fx"]["enum"]),
    ("states.c", SCHEMA["$defs"]["state"]["properties"]["type"]["enum"]),
    ("states.c", SCHEMA["$defs"]["state"]["properties"]["phase"]["enum"]),
    ("states.c", SCHEMA["$defs"]["state"]["properties"]["outcome"]["enum"]),
    ("roles.c", SCHEMA["$defs"]["role"]["properties"]["from"]["enum"]),
    ("roles.c", SCHEMA["$defs"]["role"]["properties"]["scope"]["enum"]),
    ("data.c", SCHEMA["$defs"]["field"]["properties"]["type"]["enum"]),
])
def test_parser__knows_every_word_of_the_schema(source, words):
    code = (WORKFLOW / "definition" / source).read_text(encoding="utf-8")
    assert [word for word in words if f'"{word}"' not in code] == []


BROKEN = [
    ("no role", lambda d: d["roles"].clear()),
    ("unknown member", lambda d: d.update(colour=1)),
    ("unknown member of a state", lambda d: d["states"]["draft"].update(colour=1)),
    ("unknown effect", lambda d: d["states"]["draft"].update(entry=[{"fx": "explode"}])),
    ("a register without a book", lambda d: d["states"]["draft"].update(entry=[{"fx": "register"}])),
    ("an enum without values", lambda d: d["data"].update(x={"type": "enum"})),
    ("bounds of a date", lambda d: d["data"].update(x={"type": "date", "min": 1})),
    ("a final state with a way out", lambda d: d["states"]["closed"].update(always=[{"to": "draft"}])),
    ("an outcome of an open state", lambda d: d["states"]["draft"].update(outcome="denied")),
    ("progress beyond the end", lambda d: d["states"]["draft"].update(progress=101)),
    ("a policy that may leave nobody", lambda d: d["assign"]["territorial"].pop("if_none")),
    ("a task without a form", lambda d: d["states"]["draft"].update(entry=[{"fx": "task", "role": "agent"}])),
    ("an effect with another's member", lambda d: d["states"]["draft"].update(entry=[{"fx": "pay", "amount": "1", "what": "x"}])),
    ("a timer with two times", lambda d: d["states"]["draft"].update(
        after=[{"id": "x", "in": {"days": 1}, "calendar": "legal", "on_date": "now"}])),
    ("a span of two kinds", lambda d: d.update(clocks={"x": {"budget": {"days": 1, "months": 1}, "calendar": "legal"}})),
    ("a join of nothing", lambda d: d["states"]["draft"].update(join={})),
    ("a default of another type", lambda d: d["data"].update(x={"type": "int", "default": "1"})),
]


@pytest.mark.parametrize("name, harm", BROKEN, ids=[name for name, _ in BROKEN])
def test_schema__refuses(name, harm):
    document = load(WORKFLOW / "definitions" / "general_enquiry.json")
    harm(document)
    assert faults(document) != [], name
