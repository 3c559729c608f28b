"""The definitions as data: whole, consistent, and the same as what requests run on."""
import hashlib
import json
import os
import pathlib

import pytest

DEFINITIONS = pathlib.Path(os.environ.get("OAM_SOURCE", pathlib.Path(__file__).parents[2])) / "workflow/definitions"
KEYS = sorted(json.loads(path.read_text())["key"] for path in DEFINITIONS.glob("*.json"))


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
    definition = source(key)[1]
    answer = api.get(f"/api/v1/workflows/{key}?lang=es").json()
    assert [state["key"] for state in answer["states"]] == list(definition["states"])
    assert answer["initial"] == definition["initial"]
    for state in answer["states"]:
        written = definition["states"][state["key"]]
        assert state["label"] == written["label"]["es"]
        assert state["phase"] == written["phase"]
        assert state["final"] == (written.get("type") == "final")
        assert state["outcome"] == written.get("outcome")
        assert state["awaits"] == written.get("awaits")


@pytest.mark.parametrize("key", KEYS)
def test_workflow__has_every_transition_of_its_document(api, key):
    definition = source(key)[1]
    answer = api.get(f"/api/v1/workflows/{key}?lang=ca").json()
    told = {(t["from"], t["event"], t["to"]): t for t in answer["transitions"]}
    written = {}
    for name, state in definition["states"].items():
        for event, branches in state.get("on", {}).items():
            for branch in branches:
                written[name, event, branch["to"]] = branch
        for branch in state.get("always", []):
            written[name, None, branch["to"]] = branch
    assert set(told) == set(written)
    for place, transition in told.items():
        branch = written[place]
        roles = branch.get("role", [])
        assert set(transition["roles"]) == set([roles] if isinstance(roles, str) else roles)
        assert {field["name"] for field in transition["fields"]} == set(branch.get("require", []))
        assert transition["automatic"] == (place[1] is None)
        assert transition["label"] == (branch["label"]["ca"] if place[1] else None)


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
    assert api.get("/api/v1/workflows/general_enquiry?version=1").status_code == 400
