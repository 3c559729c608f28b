"""The life of a request: every way of every definition by the right people, and every step by every wrong one refused."""
import pytest
from oamtest.chart import DEFINITIONS, VALUES, Definition
from oamtest.client import OTHER_TOWN, TOWN, new_key

SERVICES = {"general_enquiry": "OAM-GEN", "technical_assistance": "GOV-01", "economic_grant": "MA-01", "equipment_loan": "MA-05", "incident": "OAM-INC"}
UNIT = {"general_enquiry": "oam", "technical_assistance": "gov", "economic_grant": "ma", "equipment_loan": "ma", "incident": "oam"}
# Who holds which role of a definition, for a request of Aguilar de Segarra.
HOLDS = {
    "local_user": {"applicant"}, "signer_a": {"applicant", "signer"}, "comptroller": {"applicant", "comptroller"}, "operator": {"operator"},
    "agent": {"agent"}, "agent_b": set(),
    "technician": {("technician", "gov")}, "technician_other": {("technician", "dig")}, "technician_oam": {("technician", "oam")},
    "technician_ma": {("technician", "ma"), ("board", "ma")}, "unit_head": {("unit_head", "gov")}, "unit_head_other": {("unit_head", "dig")},
    "unit_head_oam": {("unit_head", "oam")}, "unit_head_ma": {("unit_head", "ma"), ("board", "ma")},
    "supervisor": {"supervisor", "treasury", ("board", "ma")}, "admin": set(), "integration": {"applicant"}, "integration_a": {"applicant"},
}
OUTSIDERS = ("signer", "local_user_b", "integration_b")
OWN_SIDE = ("local_user", "signer_a", "comptroller", "integration", "integration_a")
# What takes more than a request of one body and its people.
BEYOND = {
    ("technical_assistance", "adhesions", "withdraw"): "a joint request",
    ("technical_assistance", "adhesions", "cancel"): "a joint request",
    ("economic_grant", "scoring", "ballot"): "a vote of the board",
}
CHARTS = {key: Definition(key) for key in DEFINITIONS}
PLACES = {key: chart.situations() for key, chart in CHARTS.items()}


def first_cases():
    """(workflow, situation, branch) of each branch, where it is first on offer."""
    for workflow, situations in PLACES.items():
        seen = set()
        for situation in situations:
            for branch in situation.offers.values():
                if branch not in seen and (workflow, branch.source, branch.event) not in BEYOND:
                    seen.add(branch)
                    yield workflow, situation, branch


def first_places():
    """(workflow, situation) for each set of leaves that may be active together, but for ends."""
    for workflow, situations in PLACES.items():
        seen = set()
        for situation in situations:
            if situation.leaves not in seen and situation.offers:
                seen.add(situation.leaves)
                yield workflow, situation


CASES, RESTS = list(first_cases()), list(first_places())


def held(role, workflow):
    return {one if isinstance(one, str) else one[0] for one in HOLDS[role] if isinstance(one, str) or one[1] == UNIT[workflow]}


def first_actor(workflow, roles):
    return next(role for role in HOLDS if held(role, workflow) & roles)


def needs(branch):
    return {name: VALUES[name][0] for name in branch.require}


def file_at(api, workflow, begin):
    place, data = begin
    if place is None:
        return api.file("local_user", service=SERVICES[workflow], submit=False, data=data)
    item = {"service": SERVICES[workflow], "body": TOWN, "title": "Vinguda d'un altre registre", "data": data,
            "import": {"external_ref": f"t-{new_key()}", "state": place, "submitted_at": "2026-01-02T09:00:00Z"}}
    answer = api.post("/api/v1/requests:batch", role="integration", json={"items": [item]}, headers={"Idempotency-Key": new_key()})
    assert answer.status_code == 200 and answer.json()["items"][0]["status"] == 201, answer
    return api.get(f"/api/v1/requests/{answer.json()['items'][0]['ref']}", role="local_user").json()


def bring(api, workflow, situation):
    """A new request of Aguilar de Segarra in that situation; a name stands for the first one with that state."""
    if isinstance(situation, str):
        situation = next(one for one in PLACES[workflow] if one.state == situation)
    current = file_at(api, workflow, situation.begin)
    for branch, data in situation.way:
        answer = api.act(current["ref"], branch.event, data, role=first_actor(workflow, branch.roles), version=current["version"])
        assert answer.status_code == 200, (branch, answer)
        current = answer.json()
    assert current["state"] == situation.state
    return current


def test_every_branch__is_tried_or_named():
    """What people may do in a definition, but for the acts of the members of a joint request."""
    tried = {(workflow, branch) for workflow, _, branch in CASES}
    written = {(workflow, branch) for workflow, chart in CHARTS.items() for branch in [*chart.branches.values(), *chart.ballots.values()]}
    assert {(workflow, branch.source, branch.event) for workflow, branch in written - tried} == set(BEYOND)


# ---- each step

@pytest.mark.parametrize("workflow, situation, branch", CASES, ids=lambda value: getattr(value, "event", getattr(value, "state", value)))
def test_each_transition__by_one_who_may_and_by_nobody_else(api, workflow, situation, branch):
    chart, data, event = CHARTS[workflow], needs(branch), branch.event
    request = bring(api, workflow, situation)
    ref, version = request["ref"], request["version"]
    draft = situation.state == "draft"
    for role in HOLDS:
        if held(role, workflow) & branch.roles:
            continue
        answer = api.act(ref, event, data, role=role, version=version)
        sees = role in OWN_SIDE or not draft
        assert answer.status_code == (403 if sees else 404), (role, answer)
    for role in OUTSIDERS:
        assert api.act(ref, event, data, role=role, version=version).status_code == 404, role
    # Refusals left nothing behind.
    assert api.get(f"/api/v1/requests/{ref}", role="local_user").json()["version"] == version
    actor = first_actor(workflow, branch.roles)
    for missing in branch.require:
        answer = api.act(ref, event, {key: value for key, value in data.items() if key != missing}, role=actor, version=version)
        assert answer.status_code == 422 and [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
            (f"/data/{missing}", "required")]
    expected = chart.after(situation, event, data)
    answer = api.act(ref, event, data, role=actor, version=version, comment="Fet així")
    assert answer.status_code == 200, answer
    after = answer.json()
    now = after["version"]  # what the step did to the actions moves it too
    assert (after["state"], answer.etag) == (expected.state, f'"v{now}-ca"') and now > version
    assert after["data"] == expected.data
    final = not expected.interpreter.running
    assert (after["closed_at"] is not None) == final == (after["phase"] == "end")
    last, *acts = api.whole(f"/api/v1/requests/{ref}/history", role="local_user")[version - now:]
    assert {entry["type"] for entry in acts} <= {"action_opened", "action_changed", "amount_recorded"} and len(acts) == now - version - 1
    assert (last["event"], last["from"], last["to"], last["comment"], last["version"], last["label"]) == (
        event, situation.state, expected.state, "Fet així", version + 1, branch.label)
    status = api.get(f"/api/v1/requests/{ref}/status", role="local_user").json()
    assert (status["state"]["key"], status["version"], status["phase"]) == (expected.state, now, chart.told(expected.state, "phase"))
    assert status["state"]["label"] == after["state_label"] == chart.told(expected.state, "label")["ca"]
    assert status["outcome"] == chart.told(expected.state, "outcome")
    assert (status["progress"] == 100) == final
    if final:  # nothing leaves it, for anybody
        assert api.get(f"/api/v1/requests/{ref}/transitions", role="local_user").json()["items"] == []
        refused = api.act(ref, event, data, role=actor, version=now)
        assert refused.status_code == 409 and refused.json()["code"] == "transition_not_offered"


@pytest.mark.parametrize("workflow, situation", RESTS, ids=lambda value: value if isinstance(value, str) else "+".join(sorted(value.leaves)))
def test_the_offer__says_what_each_may_and_why_not_the_rest(api, workflow, situation):
    request = bring(api, workflow, situation)
    for role in HOLDS:
        answer = api.get(f"/api/v1/requests/{request['ref']}/transitions", role=role)
        if situation.state == "draft" and role not in OWN_SIDE:
            assert answer.status_code == 404
            continue
        offer = answer.json()
        assert (offer["ref"], offer["version"], offer["state"]) == (request["ref"], request["version"], situation.state)
        told = {item["event"]: (item["allowed"], sorted(field["name"] for field in item["fields"]), item["label"]) for item in offer["items"]}
        assert told == {event: (bool(held(role, workflow) & branch.roles), sorted(branch.require), branch.label)
                        for event, branch in situation.offers.items()}, role
        for item in offer["items"]:
            apart = role in {first_actor(workflow, did.roles) for did, _ in situation.way if did.event in situation.offers[item["event"]].apart}
            assert [reason["code"] for reason in item["reasons"]] == ([] if item["allowed"] else ["role_required"] + ["same_actor"] * apart
                                                                       + ["not_member"] * (item["event"] == "ballot"))
            assert all(reason["detail"] for reason in item["reasons"])
    status = api.get(f"/api/v1/requests/{request['ref']}/status", role="local_user").json()
    chart, leaves = CHARTS[workflow], sorted(situation.leaves, key=list(CHARTS[workflow].paths).index)
    side_by_side = leaves if len(leaves) > 1 else []
    pending = [leaf for leaf in side_by_side if "on" in chart.members[chart.paths[leaf]][0]]
    assert [(part["state"]["key"], part["done"]) for part in status["parts"]] == [(leaf, leaf not in pending) for leaf in side_by_side]
    assert status["awaiting"]["role"] == chart.told((pending + [situation.state])[0], "awaits")
    assert [part["awaiting"] and part["awaiting"]["role"] for part in status["parts"]] == [
        chart.told(leaf, "awaits") if leaf in pending else None for leaf in side_by_side]


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
    ({"urgency": "low", "estimated_hours": 2, "reason": "x"}, {"/data/estimated_hours": "not_asked_for", "/data/reason": "not_asked_for"}),
    ({"estimated_hours": 2}, {"/data/estimated_hours": "not_asked_for", "/data/urgency": "required"}),
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
    assert answered["data"] == {"question": VALUES["question"][0], "answer": "Sí"}


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
