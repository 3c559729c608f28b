"""The definitions as data: whole, consistent, and the same as what requests run on."""
import collections
import hashlib
import json

import pytest
from oamtest.chart import Definition
from oamtest.database import SOURCE

DEFINITIONS = SOURCE / "workflow" / "definitions"
KEYS = sorted(json.loads(path.read_text())["key"] for path in DEFINITIONS.glob("*.json") if "." not in path.stem)


def source(key):
    path = DEFINITIONS / f"{key}.json"
    return path.read_bytes(), json.loads(path.read_text())


def test_workflows__are_the_present_version_of_each_definition(api):
    page = api.get("/api/v1/workflows?lang=en").json()
    assert [workflow["key"] for workflow in page["items"]] == KEYS
    assert page["next"] is None and page["prev"] is None
    for workflow in page["items"]:
        document, definition = source(workflow["key"])
        assert workflow["hash"] == hashlib.sha256(document).hexdigest()
        assert (workflow["version"], workflow["title"]) == (definition["version"], definition["title"]["en"])


@pytest.mark.parametrize("key", KEYS)
def test_workflow__has_the_states_of_its_document_in_order(api, key):
    chart = Definition(key)
    answer = api.get(f"/api/v1/workflows/{key}?lang=es").json()
    assert [state["key"] for state in answer["states"]] == list(chart.keys.values())
    assert answer["initial"] == chart.document["initial"]
    for state in answer["states"]:
        written = chart.members[chart.paths[state["key"]]][0]
        # A body's part in a joint request may have an outcome of its own; the request ends at the top only.
        assert state["final"] == ("outcome" in written and "." not in chart.paths[state["key"]])
        assert state["outcome"] == written.get("outcome")
        if written.get("type") == "history":
            continue
        assert state["label"] == chart.told(state["key"], "label")["es"]
        assert state["phase"] == (chart.told(state["key"], "phase") or state["phase"])
        assert state["awaits"] == chart.told(state["key"], "awaits")


def ways(chart):
    """(from, event or None, to, roles, fields) of every transition of a document, timers among them."""
    for path, (state, _) in chart.members.items():
        groups = [(event, branches) for event, branches in state.get("on", {}).items()]
        groups += [(None, state.get(name, [])) for name in ("always", "on_done", "after")]
        for event, branches in groups:
            for branch in branches:
                roles = branch.get("role", [])
                to = chart.target(path, branch["to"]) if "to" in branch else path
                yield (chart.keys[path], event if roles else None, chart.keys[to], frozenset([roles] if isinstance(roles, str) else roles),
                       frozenset(branch.get("require", [])), branch["label"]["ca"] if roles else None)


@pytest.mark.parametrize("key", KEYS)
def test_workflow__has_every_transition_of_its_document(api, key):
    answer = api.get(f"/api/v1/workflows/{key}?lang=ca").json()
    told = [(t["from"], t["event"], t["to"], frozenset(t["roles"]), frozenset(field["name"] for field in t["fields"]), t["label"])
            for t in answer["transitions"]]
    assert collections.Counter(told) == collections.Counter(ways(Definition(key)))
    for transition in answer["transitions"]:
        assert transition["automatic"] == (transition["event"] is None)


@pytest.mark.parametrize("key", KEYS)
def test_workflow__names_only_roles_and_options_that_it_has(api, key):
    definition = source(key)[1]
    answer = api.get(f"/api/v1/workflows/{key}").json()
    roles = {role["key"] for role in answer["roles"]}
    assert roles == set(definition["roles"])
    for state in answer["states"]:
        assert state["awaits"] is None or state["awaits"] in roles
    for transition in answer["transitions"]:
        assert set(transition["roles"]) <= roles
        for field in transition["fields"]:
            assert field["type"] == definition["data"][field["name"]]["type"]
            assert field["options"] == definition["data"][field["name"]].get("of")


@pytest.mark.parametrize("key", ["none_such", "General_Enquiry", "general_enquiry%20", "1"])
def test_workflow__an_unknown_key_is_a_404(api, key):
    assert api.get(f"/api/v1/workflows/{key}").status_code == 404


def test_workflow__takes_no_parameters(api):
    assert api.get("/api/v1/workflows?limit=1").status_code == 400
    assert api.get("/api/v1/workflows/general_enquiry?revision=1").status_code == 400
