"""The life of a request: each way through both definitions by the right people, and every step by every wrong one refused."""
import json

import pytest

from oamtest.client import OTHER_TOWN, TOWN, new_key
from oamtest.database import SOURCE

SERVICES = {"general_enquiry": "OAM-GEN", "technical_assistance": "GOV-01"}
DEFINITIONS = {path.stem: json.loads(path.read_text()) for path in (SOURCE / "workflow" / "definitions").glob("*.json") if "." not in path.stem}
DATA = {"question": "Quin padró?", "answer": "El del 2026", "resolution": "Resolt", "reason": "Perquè sí", "urgency": "normal",
        "tech_opinion": "favourable", "estimated_hours": 12, "deliverable": "Informe", "amendment": "Esmenat"}
# Who holds which role of a definition, for a request of Aguilar de Segarra. OAM-GEN belongs to the unit oam, GOV-01 to gov.
HOLDS = {
    "local_user": {"applicant"}, "signer_a": {"applicant", "signer"}, "comptroller": {"applicant"}, "operator": {"operator"}, "agent": {"agent"}, "agent_b": set(),
    "technician": {("technician", "gov")}, "technician_other": {("technician", "dig")}, "technician_oam": {("technician", "oam")},
    "unit_head": {("unit_head", "gov")}, "unit_head_other": {("unit_head", "dig")}, "unit_head_oam": {("unit_head", "oam")},
    "supervisor": {"supervisor"}, "admin": set(), "integration": {"applicant"}, "integration_a": {"applicant"},
}
OUTSIDERS = ("signer", "local_user_b", "integration_b")
UNIT = {"general_enquiry": "oam", "technical_assistance": "gov"}
# A body's side cannot be told of provider's people that are not of its matter; technicians of general enquiries sit in oam.
STEPS = {  # the first way to each state, as (event, who)
    "general_enquiry": {
        "draft": [], "assigned": [("submit", "local_user")],
        "in_progress": ["assigned", ("take", "agent")], "waiting": ["in_progress", ("ask", "agent")],
        "resolved": ["in_progress", ("resolve", "agent")],
    },
    "technical_assistance": {
        "draft": [], "assigned": [("submit", "local_user")], "in_progress": ["assigned", ("take", "agent")],
        "under_assessment": ["in_progress", ("accept", "agent")], "amendment_required": ["in_progress", ("require_amendment", "agent")],
        "proposed": ["under_assessment", ("propose", "technician")], "granted": ["proposed", ("grant", "unit_head")],
        "executing": ["granted", ("accept_grant", "signer_a")], "delivered": ["executing", ("deliver", "technician")],
    },
}


def way(workflow, state):
    steps = []
    for step in STEPS[workflow][state]:
        steps += way(workflow, step) if isinstance(step, str) else [step]
    return steps


def held(role, workflow):
    return {one if isinstance(one, str) else one[0] for one in HOLDS[role] if isinstance(one, str) or one[1] == UNIT[workflow]}


def branches(workflow, state):
    """[(event, roles, required, to)] that the file of the definition has for a state."""
    for event, choices in DEFINITIONS[workflow]["states"][state].get("on", {}).items():
        for choice in choices:
            roles = choice["role"] if isinstance(choice["role"], list) else [choice["role"]]
            yield event, set(roles), choice.get("require", []), choice["to"]


def first_actor(workflow, roles):
    return next(role for role in HOLDS if held(role, workflow) & roles)


def settled(workflow, state):
    """Where a state that goes on by itself ends."""
    while "always" in DEFINITIONS[workflow]["states"][state]:
        state = DEFINITIONS[workflow]["states"][state]["always"][0]["to"]
    return state


def needs(required):
    return {name: DATA[name] for name in required}


def bring(api, workflow, state):
    """A new request of Aguilar de Segarra in that state."""
    current = api.file("local_user", service=SERVICES[workflow], submit=False)
    for event, who in way(workflow, state):
        required = next(b[2] for b in branches(workflow, current["state"]) if b[0] == event)
        answer = api.act(current["ref"], event, needs(required), role=who, version=current["version"])
        assert answer.status_code == 200, answer
        current = answer.json()
    assert current["state"] == state
    return current


CASES = [(workflow, state, *branch) for workflow in STEPS for state in STEPS[workflow] for branch in branches(workflow, state)]


def test_the_table__reaches_every_state_of_every_definition():
    for workflow, definition in DEFINITIONS.items():
        reached = set(STEPS[workflow]) | {case[5] for case in CASES if case[0] == workflow}
        assert reached == set(definition["states"]), workflow


def test_the_served_definition__is_the_file(api):
    for workflow, definition in DEFINITIONS.items():
        served = api.get(f"/api/v1/workflows/{workflow}").json()
        assert {state["key"] for state in served["states"]} == set(definition["states"])
        told = {(t["from"], t["event"], t["to"], frozenset(t["roles"]), frozenset(f["name"] for f in t["fields"]))
                for t in served["transitions"] if not t["automatic"]}
        assert told == {(state, event, to, frozenset(roles), frozenset(required)) for state in definition["states"]
                        for event, roles, required, to in branches(workflow, state)}
        for state in served["states"]:
            source = definition["states"][state["key"]]
            assert (state["final"], state["outcome"]) == (source.get("type") == "final", source.get("outcome"))
            assert state["label"] == source["label"]["ca"] and state["phase"] == source["phase"]


@pytest.mark.parametrize("workflow, state, event, roles, required, to", CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_transition__by_one_who_may_and_by_nobody_else(api, workflow, state, event, roles, required, to):
    request = bring(api, workflow, state)
    ref, version = request["ref"], request["version"]
    data = needs(required)
    draft = state == "draft"
    for role in HOLDS:
        if held(role, workflow) & roles:
            continue
        answer = api.act(ref, event, data, role=role, version=version)
        staff = api.get(f"/api/v1/requests/{ref}", role=role)
        assert staff.status_code == (404 if draft else 200)
        assert answer.status_code == (404 if draft else 403), (role, answer)
    for role in OUTSIDERS:
        assert api.act(ref, event, data, role=role, version=version).status_code == 404, role
    # Refusals left nothing behind.
    assert api.get(f"/api/v1/requests/{ref}", role="local_user").json()["version"] == version
    for missing in required:
        answer = api.act(ref, event, {key: value for key, value in data.items() if key != missing}, role=first_actor(workflow, roles), version=version)
        assert answer.status_code == 422 and {"pointer": f"/data/{missing}", "code": "required"} == {
            key: answer.json()["errors"][0][key] for key in ("pointer", "code")}
    answer = api.act(ref, event, data, role=first_actor(workflow, roles), version=version, comment="Fet així")
    assert answer.status_code == 200, answer
    after = answer.json()
    assert after["state"] == settled(workflow, to) and after["version"] == version + 1
    assert answer.etag == f'"v{version + 1}-ca"'
    assert data.items() <= after["data"].items()
    final = DEFINITIONS[workflow]["states"][after["state"]].get("type") == "final"
    assert (after["closed_at"] is not None) == final == (after["phase"] == "end")
    last = api.whole(f"/api/v1/requests/{ref}/history", role="local_user")[-1]
    assert (last["event"], last["from"], last["to"], last["comment"], last["version"]) == (event, state, after["state"], "Fet així", version + 1)
    assert last["label"] == DEFINITIONS[workflow]["states"][state]["on"][event][0]["label"]["ca"]
    status = api.get(f"/api/v1/requests/{ref}/status", role="local_user").json()
    assert (status["state"]["key"], status["version"], status["phase"]) == (after["state"], version + 1, after["phase"])
    assert status["outcome"] == DEFINITIONS[workflow]["states"][after["state"]].get("outcome")
    assert (status["progress"] == 100) == final
    if final:  # nothing leaves it, for anybody
        assert api.get(f"/api/v1/requests/{ref}/transitions", role="local_user").json()["items"] == []
        refused = api.act(ref, event, data, role=first_actor(workflow, roles), version=version + 1)
        assert refused.status_code == 409 and refused.json()["code"] == "transition_not_offered"


@pytest.mark.parametrize("workflow, state", [(workflow, state) for workflow in STEPS for state in STEPS[workflow]])
def test_the_offer__says_what_each_may_and_why_not_the_rest(api, workflow, state):
    request = bring(api, workflow, state)
    for role in HOLDS:
        answer = api.get(f"/api/v1/requests/{request['ref']}/transitions", role=role)
        if state == "draft" and role not in ("local_user", "signer_a", "comptroller", "integration", "integration_a"):
            assert answer.status_code == 404
            continue
        offer = answer.json()
        assert (offer["ref"], offer["version"], offer["state"]) == (request["ref"], request["version"], state)
        told = {item["event"]: item for item in offer["items"]}
        expected = {event: (bool(held(role, workflow) & roles), required) for event, roles, required, _ in branches(workflow, state)}
        assert {event: (item["allowed"], sorted(field["name"] for field in item["fields"])) for event, item in told.items()} == {
            event: (allowed, sorted(required)) for event, (allowed, required) in expected.items()}, role
        for item in offer["items"]:
            assert [reason["code"] for reason in item["reasons"]] == ([] if item["allowed"] else ["role_required"])
            assert item["label"] and all(reason["detail"] for reason in item["reasons"])


@pytest.mark.parametrize("role", OUTSIDERS)
def test_the_offer__is_nobody_elses(api, role):
    ref = api.file("local_user")["ref"]
    assert api.get(f"/api/v1/requests/{ref}/transitions", role=role).status_code == 404


def test_an_offer__can_be_asked_in_three_languages(api):
    ref = api.file("local_user")["ref"]
    said = {language: api.get(f"/api/v1/requests/{ref}/transitions?lang={language}", role="local_user").json()["items"] for language in ("ca", "es", "en")}
    take = {language: next(item for item in items if item["event"] == "take") for language, items in said.items()}
    assert {language: item["label"] for language, item in take.items()} == {"ca": "Agafar", "es": "Asumir", "en": "Take"}
    assert len({item["reasons"][0]["detail"] for item in take.values()}) == 3


# ---- what the answer to a transition depends on

def test_a_transition__that_is_not_offered_or_not_known_is_a_409(api):
    request = bring(api, "general_enquiry", "assigned")
    for event in ("close", "no_such_event", "submit", "accept"):
        answer = api.act(request["ref"], event, role="agent", version=request["version"])
        assert answer.status_code == 409 and answer.json()["code"] == "transition_not_offered", event


@pytest.mark.parametrize("event", ["", "x" * 65, 7, None, ["take"]])
def test_a_transition__has_a_name(api, event):
    request = bring(api, "general_enquiry", "assigned")
    answer = api.act(request["ref"], event, role="agent", version=request["version"])
    assert answer.status_code == 422 and "/event" in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("data, expected", [
    ({"urgency": "extreme"}, {"/data/urgency": "not_an_option"}), ({"urgency": 1}, {"/data/urgency": "wrong_type"}),
    ({"urgency": "low", "colour": "red"}, {"/data/colour": "unknown_member"}), ({"urgency": None}, {"/data/urgency": "required"}),
    ({"urgency": "low", "estimated_hours": -1, "deliverable": ""}, {"/data/estimated_hours": "out_of_range", "/data/deliverable": "too_short"}),
    ([], {"/data": "wrong_type"})])
def test_the_data_of_a_transition__is_checked_field_by_field(api, data, expected):
    request = bring(api, "technical_assistance", "in_progress")
    answer = api.act(request["ref"], "accept", data, role="agent", version=request["version"])
    assert answer.status_code == 422
    assert {error["pointer"]: error["code"] for error in answer.json()["errors"]} == expected


def test_data_of_earlier_steps__counts_as_given(api):
    """A second round asks anew only for what is not known yet."""
    request = bring(api, "general_enquiry", "waiting")
    answered = api.act(request["ref"], "answer", {"answer": "Sí"}, role="local_user").json()
    assert answered["data"] == {"question": DATA["question"], "answer": "Sí"}


def test_a_stale_version__is_a_412_with_the_present_one(api):
    request = bring(api, "general_enquiry", "assigned")
    assert api.act(request["ref"], "take", role="agent", version=2).status_code == 200
    stale = api.act(request["ref"], "withdraw", role="local_user", version=2)
    assert stale.status_code == 412 and stale.etag == '"v3-ca"' and stale.json()["code"] == "precondition_failed"
    future = api.act(request["ref"], "withdraw", role="local_user", version=9)
    assert future.status_code == 412
    for tag in ('"v3-en"', '"v3-es"', '"v3"'):
        answer = api.post(f"/api/v1/requests/{request['ref']}/transitions", role="agent", json={"event": "close"},
                          headers={"If-Match": tag, "Idempotency-Key": new_key()})
        assert answer.status_code == 409, tag  # the version was right, in whatever language it was read


def test_status__tells_who_has_it_and_who_is_awaited(api):
    request = bring(api, "general_enquiry", "assigned")
    status = api.get(f"/api/v1/requests/{request['ref']}/status", role="integration").json()
    assert status["holder"] == {"unit": "oam", "agent": "agent.bages.1"}
    assert status["awaiting"]["role"] == "agent" and status["awaiting"]["who"] == "agent.bages.1"
    assert (status["body"], status["service"], status["outcome"], status["progress"]) == (TOWN, "OAM-GEN", None, 15)
    waiting = bring(api, "general_enquiry", "waiting")
    status = api.get(f"/api/v1/requests/{waiting['ref']}/status", role="integration").json()
    assert status["awaiting"]["role"] == "applicant" and status["awaiting"]["who"] == TOWN and status["phase"] == "waiting"


def test_a_whole_life__in_events(api):
    """Technical assistance from the draft to its end, with a detour; the history replays to the state."""
    request = bring(api, "technical_assistance", "delivered")
    ref = request["ref"]
    for event, who, data in (("object", "local_user", {"reason": "Falta l'annex"}), ("deliver", "technician", {"deliverable": "Amb annex"}),
                             ("approve", "signer_a", {})):
        assert api.act(ref, event, data, role=who).status_code == 200
    history = api.whole(f"/api/v1/requests/{ref}/history", role="local_user")
    state = "draft"
    for entry in history[1:]:
        if entry["event"]:
            assert entry["from"] == state
            state = entry["to"]
    assert state == "closed" == api.get(f"/api/v1/requests/{ref}").json()["state"]
    assert [entry["version"] for entry in history] == [entry["seq"] for entry in history] == list(range(1, len(history) + 1))
    # The provider's people see it from the submission on: a draft is its body's own.
    assert [entry["event"] for entry in api.whole(f"/api/v1/requests/{ref}/history")] == [entry["event"] for entry in history][1:]


@pytest.mark.parametrize("body, side", [(TOWN, "local_user"), (OTHER_TOWN, "local_user_b")])
def test_an_agent__acts_where_its_portfolio_reaches(api, body, side):
    ref = api.file(side, body=body)["ref"]
    agents = {TOWN: ("agent", "agent_b"), OTHER_TOWN: ("agent_b", "agent")}[body]
    assert api.act(ref, "take", role=agents[1]).status_code == 403
    assert api.act(ref, "take", role=agents[0]).status_code == 200
