"""Filing, editing, importing: what a request becomes, and every reason why one is not taken."""
import re
import threading
import uuid

import pytest

from oamtest.client import OTHER_TOWN, TOWN, Api, dumps, new_key

BIG_TOWN_ABOVE = 20000


def told(answer):
    """{pointer: code} of a refusal."""
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def patch(api, ref, changes, version=1, role="local_user", kind="application/merge-patch+json", **how):
    return api.patch(f"/api/v1/requests/{ref}", role=role, data=dumps(changes),
                     headers={"Content-Type": kind, "If-Match": f'"v{version}-ca"'}, **how)


@pytest.fixture(scope="module")
def big_town(all_tokens):
    return max(all_tokens.whole("/api/v1/bodies"), key=lambda body: body["population"] or 0)["code"]


# ---- a new request

@pytest.mark.parametrize("role", ["local_user", "signer_a", "integration", "integration_a"])
def test_a_draft__is_its_bodys_working_paper(api, role):
    answer = api.try_file(role, service="GOV-01", body=TOWN, title="Informe", description="Cal un informe", data={"urgency": "high"})
    draft = answer.json()
    assert answer.status_code == 201 and answer.headers["Location"] == f"/api/v1/requests/{draft['ref']}"
    assert answer.etag == '"v1-ca"' and draft["version"] == 1
    assert (draft["state"], draft["phase"], draft["submitted_at"], draft["registered"]) == ("draft", "draft", None, None)
    assert (draft["assignee"], draft["unit"], draft["data"]) == (None, "gov", {"urgency": "high"})
    assert draft["channel"] == ("api" if role.startswith("integration") else "web")
    assert draft["created_by"] == api.get("/api/v1/me", role=role).json()["login" if "integration" not in role else "client_id"]
    read = api.get(answer.headers["Location"], role=role)
    assert read.json() == draft and read.etag == answer.etag
    for other in ("signer", "operator", "agent", "supervisor", "admin", "technician", "integration_b"):
        assert api.get(answer.headers["Location"], role=other).status_code == 404


@pytest.mark.parametrize("service, workflow", [("OAM-GEN", "general_enquiry"), ("GOV-01", "technical_assistance")])
def test_a_submitted_request__is_registered_and_assigned_at_once(api, service, workflow):
    filed = api.file("local_user", service=service)
    assert (filed["state"], filed["phase"], filed["version"]) == ("assigned", "intake", 2)
    assert filed["workflow"]["key"] == workflow and filed["assignee"] == "agent.bages.1" and filed["assignee_name"]
    assert filed["registered"]["number"] and filed["submitted_at"] == filed["created_at"]
    assert filed["comarca"] == "07" and filed["body"] == TOWN and re.fullmatch(r"OAM-\d{4}-\d{6,9}", filed["ref"])
    definition = api.get(f"/api/v1/workflows/{workflow}").json()
    assert filed["workflow"]["hash"] == definition["hash"]


@pytest.mark.parametrize("language, label", [("ca", "Assignada"), ("es", "Asignada"), ("en", "Assigned")])
def test_a_request__speaks_three_languages(api, language, label):
    ref = api.file("local_user")["ref"]
    for path in (f"/api/v1/requests/{ref}", f"/api/v1/requests/{ref}/status"):
        answer = api.get(path, headers={"Accept-Language": language})
        assert answer.etag == f'"v2-{language}"' and answer.headers["Content-Language"] == language
        assert answer.json().get("state_label", answer.json()["state"]) in (label, {"key": "assigned", "label": label})
    refusal = api.post(f"/api/v1/requests/{ref}/transitions", role="agent", json={"event": "close"},
                       headers={"If-Match": f'"v2-{language}"', "Idempotency-Key": new_key(), "Accept-Language": language})
    assert refusal.status_code == 409 and label in refusal.json()["detail"]


def test_a_request__keeps_every_character(api):
    title, text = "Sol·licitud «prova» ñ 中 🙂 \\ \" <b>&amp;", "línia 1\nlínia 2\t\u2028fi \u0301"
    filed = api.file("local_user", submit=False, title=title, description=text, data={"reason": text.replace("\n", " ").replace("\t", " ")})
    again = api.get(f"/api/v1/requests/{filed['ref']}", role="local_user").json()
    assert (again["title"], again["description"]) == (title, text)
    assert again["data"] == filed["data"]


def test_refs__are_given_once_and_grow(api):
    refs = [api.file("local_user", submit=False)["ref"] for _ in range(5)]
    assert refs == sorted(set(refs))


# ---- on behalf

@pytest.mark.parametrize("role, body", [("operator", TOWN), ("operator", OTHER_TOWN), ("agent", TOWN), ("integration", OTHER_TOWN)])
def test_the_desk__files_on_behalf_of_a_town_that_rang(api, role, body):
    filed = api.file(role, body=body, channel="phone")
    assert (filed["state"], filed["body"], filed["channel"]) == ("assigned", body, "phone")
    side = "local_user" if body == TOWN else "local_user_b"
    assert api.get(f"/api/v1/requests/{filed['ref']}", role=side).status_code == 200


def test_the_desk__has_no_drafts(api):
    answer = api.try_file("operator", service="OAM-GEN", body=TOWN, title="Consulta", submit=False)
    assert answer.status_code == 422 and told(answer) == {"/submit": "required"}


@pytest.mark.parametrize("role", ["technician", "unit_head", "supervisor", "admin"])
def test_who_does_not_file__is_refused(api, role):
    assert api.try_file(role, service="OAM-GEN", body=TOWN, title="Consulta", submit=True).status_code == 403


@pytest.mark.parametrize("role, body", [("local_user", OTHER_TOWN), ("signer", TOWN), ("integration_a", OTHER_TOWN)])
def test_another_town__is_as_unknown_as_none(api, role, body):
    foreign = api.try_file(role, service="OAM-GEN", body=body, title="Consulta", submit=True)
    missing = api.try_file(role, service="OAM-GEN", body="9999999999", title="Consulta", submit=True)
    assert foreign.status_code == missing.status_code == 404
    fixed = [dict(answer.json(), instance=None, trace_id=None) for answer in (foreign, missing)]
    assert fixed[0]["detail"].replace(body, "") == fixed[1]["detail"].replace("9999999999", "")
    assert [dict(one, detail=None) for one in fixed][0] == dict(fixed[1], detail=None)


# ---- what is refused

def test_filing__tells_every_violation_at_once(api):
    answer = api.try_file("local_user", service=1, body="080", title="ab", description="x" * 20001, data=[], submit="yes",
                          channel="pigeon", external_ref="", colour="red")
    assert answer.status_code == 422
    assert told(answer) == {"/service": "wrong_type", "/body": "too_short", "/title": "too_short", "/description": "too_long",
                            "/data": "wrong_type", "/submit": "wrong_type", "/channel": "not_an_option",
                            "/external_ref": "too_short", "/colour": "unknown_member"}


@pytest.mark.parametrize("fields, expected", [
    ({"service": "ZZZ-99"}, {"/service": "no_such_service"}),
    ({"service": "SOC-01"}, {"/service": "not_eligible"}),
    ({"title": "a" * 251}, {"/title": "too_long"}),
    ({"title": "a\u0007bc"}, {"/title": "control_character"}),
    ({"title": "a\nbc"}, {"/title": "control_character"}),
    ({"title": None}, {"/title": "required"}),
    ({"external_ref": "x" * 101}, {"/external_ref": "too_long"}),
    ({"data": {"colour": "red"}}, {"/data/colour": "unknown_member"}),
    ({"data": {"reason": ""}}, {"/data/reason": "too_short"}),
    ({"data": {"reason": 7, "question": "x" * 4001}}, {"/data/reason": "wrong_type", "/data/question": "too_long"}),
    ({"data": {"a/b~c": 1}}, {"/data/a~1b~0c": "unknown_member"}),
    ({"data": {"reason": None}}, {"/data/reason": "required"}),
    ({"data": {f"x{i}": 1 for i in range(65)}}, None),
    ({"service": "GOV-01", "data": {"urgency": "extreme", "estimated_hours": 4001}},
     {"/data/urgency": "not_an_option", "/data/estimated_hours": "out_of_range"}),
    ({"service": "GOV-01", "data": {"estimated_hours": 1.5}}, {"/data/estimated_hours": "wrong_type"}),
    ({"service": "GOV-01", "data": {"estimated_hours": True}}, {"/data/estimated_hours": "wrong_type"}),
    ({"import": {}}, {"/import": "unknown_member"}),
])
def test_filing__refuses_each_wrong_value_where_it_is(api, fields, expected):
    answer = api.try_file("local_user", **{"service": "OAM-GEN", "body": TOWN, "title": "Consulta", "submit": True, **fields})
    assert answer.status_code == 422, answer
    if expected:
        assert {pointer: code for pointer, code in told(answer).items()} == expected
    assert all(error["detail"] for error in answer.json()["errors"])


def test_filing__is_for_towns_that_are_small_enough(api, big_town):
    assert api.try_file("operator", service="MA-09", body=TOWN, title="Petició", submit=True).status_code == 201
    answer = api.try_file("operator", service="MA-09", body=big_town, title="Petició", submit=True)
    assert answer.status_code == 422 and told(answer) == {"/service": "not_eligible"}


def test_an_external_ref__is_used_once_by_each_caller(api):
    external = f"x-{uuid.uuid4()}"
    first = api.try_file("integration", service="OAM-GEN", body=TOWN, title="Consulta", external_ref=external)
    again = api.try_file("integration", service="OAM-GEN", body=TOWN, title="Consulta", external_ref=external)
    assert first.status_code == 201 and again.status_code == 409 and again.json()["code"] == "external_ref_exists"
    assert api.try_file("integration_a", service="OAM-GEN", body=TOWN, title="Consulta", external_ref=external).status_code == 201


# ---- editing a draft

def test_a_draft__is_edited_member_by_member(api):
    ref = api.file("local_user", submit=False, service="GOV-01", data={"urgency": "low", "reason": "perquè sí"})["ref"]
    answer = patch(api, ref, {"title": "Un altre títol", "data": {"urgency": None, "reason": "altra"}, "description": "nova"})
    assert answer.status_code == 200 and answer.etag == '"v2-ca"'
    assert (answer.json()["title"], answer.json()["data"], answer.json()["description"]) == ("Un altre títol", {"reason": "altra"}, "nova")
    assert patch(api, ref, {"description": None}, version=2, role="signer_a").json()["description"] == ""
    assert api.get(f"/api/v1/requests/{ref}", role="local_user").json()["version"] == 3
    history = api.whole(f"/api/v1/requests/{ref}/history", role="local_user")
    assert [entry["type"] for entry in history] == ["created", "edited", "edited"]


SET_BY_PROCEDURE = {"GOV-01": {"closing_incident": "none", "reached": 90}, "MA-01": {"amount_paid": 100000, "amount_to_repay": 1}}


@pytest.mark.parametrize("service", ["GOV-01", "MA-01"])
def test_what_the_procedure_writes__is_brought_by_nobody(api, service):
    """Neither in a draft, filled in by a town or by the desk on its behalf, nor later, nor taken away."""
    preset = SET_BY_PROCEDURE[service]
    wanted = {f"/data/{name}": "set_by_procedure" for name in preset}
    for role in ("local_user", "signer_a", "integration_a"):
        refused = api.try_file(role, service=service, body=TOWN, title="Preparada", submit=False, data=preset)
        assert refused.status_code == 422 and told(refused) == wanted, refused
    for submit in (False, True):
        answer = api.try_file("local_user", service=service, body=TOWN, title="Preparada", submit=submit, data={**preset, "no_such_field": 1})
        assert told(answer).items() >= {**wanted, "/data/no_such_field": "unknown_member"}.items()
    ref = api.file("local_user", service=service, submit=False)["ref"]
    for value in (None, *preset.values()):
        name = next(iter(preset)) if value is None else next(key for key in preset if preset[key] == value)
        edited = patch(api, ref, {"data": {name: value}})
        assert edited.status_code == 422 and told(edited) == {f"/data/{name}": "set_by_procedure"}, edited
    act = api.act(ref, "submit", preset, role="signer_a")
    assert act.status_code == 422 and told(act).items() >= wanted.items()
    assert api.get(f"/api/v1/requests/{ref}", role="local_user").json()["data"] == {}


def test_what_the_procedure_writes__is_there_in_a_request_that_another_register_closed(api):
    item = {"service": "GOV-01", "body": TOWN, "title": "Feta", "data": {"closing_incident": "none", "reached": 100},
            "import": {"external_ref": f"t-{new_key()}", "state": "closed", "submitted_at": "2026-01-02T09:00:00Z", "closed_at": "2026-02-02T09:00:00Z"}}
    done = api.post("/api/v1/requests:batch", role="integration", json={"items": [item]}, headers={"Idempotency-Key": new_key()}).json()["items"][0]
    assert done["status"] == 201, done


def test_a_draft__may_change_its_service(api):
    ref = api.file("local_user", submit=False, service="GOV-01")["ref"]
    changed = patch(api, ref, {"service": "OAM-GEN"})
    assert changed.status_code == 200
    assert (changed.json()["service"], changed.json()["workflow"]["key"], changed.json()["unit"]) == ("OAM-GEN", "general_enquiry", "oam")
    assert api.act(ref, "submit", role="local_user").json()["state"] == "assigned"


@pytest.mark.parametrize("changes, expected", [
    ({}, {"": "too_short"}), ({"body": OTHER_TOWN}, {"/body": "unknown_member"}), ({"state": "granted"}, {"/state": "unknown_member"}),
    ({"title": None}, None), ({"title": "a"}, {"/title": "too_short"}), ({"data": {"colour": 1}}, {"/data/colour": "unknown_member"}),
    ({"service": "ZZZ-99"}, {"/service": "no_such_service"}), ({"data": None}, {"/data": "wrong_type"}), ({"version": 7}, {"/version": "unknown_member"})])
def test_a_draft__refuses_a_wrong_edit(api, changes, expected):
    ref = api.file("local_user", submit=False)["ref"]
    answer = patch(api, ref, changes)
    assert answer.status_code == 422, answer
    if expected:
        assert told(answer) == expected
    assert api.get(f"/api/v1/requests/{ref}", role="local_user").json()["version"] == 1


def test_only_a_draft__is_edited(api):
    ref = api.file("local_user")["ref"]
    answer = patch(api, ref, {"title": "Un altre títol"}, version=2)
    assert answer.status_code == 409 and answer.json()["code"] == "not_a_draft"
    for role in ("operator", "agent", "supervisor"):
        assert patch(api, ref, {"title": "Un altre títol"}, version=2, role=role).status_code == 403
    assert patch(api, ref, {"title": "Un altre títol"}, version=2, role="signer").status_code == 404


def test_two_edits_of_one_version__one_is_told_to_read_again(api):
    ref = api.file("local_user", submit=False)["ref"]
    assert patch(api, ref, {"title": "Primer"}).status_code == 200
    stale = patch(api, ref, {"title": "Segon"}, role="signer_a")
    assert stale.status_code == 412 and stale.etag == '"v2-ca"'
    assert api.get(f"/api/v1/requests/{ref}", role="local_user").json()["title"] == "Primer"


def test_a_discarded_draft__stays_its_bodys_own(api):
    ref = api.file("local_user", submit=False)["ref"]
    gone = api.act(ref, "discard", role="signer_a").json()
    assert (gone["state"], gone["phase"]) == ("cancelled", "end") and gone["closed_at"]
    assert api.get(f"/api/v1/requests/{ref}", role="operator").status_code == 404


# ---- batches and imports

def batch(api, items, role="integration", key=None):
    return api.post("/api/v1/requests:batch", role=role, json={"items": items}, headers={"Idempotency-Key": key or new_key()})


def brought(external=None, state="closed", **more):
    fields = {"external_ref": external or f"i-{uuid.uuid4()}", "state": state, "submitted_at": "2018-01-01T00:00:00Z",
              "closed_at": "2018-01-05T10:00:00.123Z" if state in ("closed", "granted", "denied") else None, **more}
    return {"service": "OAM-GEN", "body": TOWN, "title": "Mobles al carrer", "import": fields}


def test_a_batch__judges_each_item_by_itself(api):
    items = [{"service": "OAM-GEN", "body": TOWN, "title": "Consulta", "submit": True}, {"body": 1, "x": 2},
             {"service": "OAM-GEN", "body": "9999999999", "title": "Consulta"}, brought(), 7,
             {"service": "OAM-GEN", "body": OTHER_TOWN, "title": "Consulta"}]
    answer = batch(api, items)
    results = answer.json()["items"]
    assert answer.status_code == 200 and [item["index"] for item in results] == list(range(6))
    assert [item["status"] for item in results] == [201, 422, 404, 201, 422, 201]
    assert {error["pointer"] for error in results[1]["problem"]["errors"]} == {"/items/1/service", "/items/1/body", "/items/1/title", "/items/1/x"}
    assert results[0]["ref"] and results[0]["problem"] is None and results[1]["ref"] is None
    assert api.get(f"/api/v1/requests/{results[0]['ref']}").json()["state"] == "assigned"


def test_a_batch__of_a_limited_integration_stays_in_its_town(api):
    items = [{"service": "OAM-GEN", "body": TOWN, "title": "Consulta"}, {"service": "OAM-GEN", "body": OTHER_TOWN, "title": "Consulta"}]
    assert [item["status"] for item in batch(api, items, role="integration_a").json()["items"]] == [201, 404]


def test_an_import__keeps_the_life_it_had(api):
    external = f"i-{uuid.uuid4()}"
    first = batch(api, [brought(external, supports=16, place="Gràcia", synthetic=True, channel="visit", updated_at="2018-01-04T00:00:00Z")]).json()["items"][0]
    assert first["status"] == 201 and first["external_ref"] == external
    read = api.get(f"/api/v1/requests/{first['ref']}").json()
    assert (read["state"], read["phase"], read["closed_at"]) == ("closed", "end", "2018-01-05T10:00:00.123Z")
    assert (read["submitted_at"], read["updated_at"]) == ("2018-01-01T00:00:00.000Z", "2018-01-04T00:00:00.000Z")
    assert (read["supports"], read["place"], read["synthetic"], read["channel"]) == (16, "Gràcia", True, "visit")
    assert read["assignee"] == "agent.bages.1" and read["external_ref"] == external
    assert [entry["type"] for entry in api.whole(f"/api/v1/requests/{first['ref']}/history")] == ["created", "imported"]
    again = batch(api, [brought(external), brought(external)]).json()["items"]
    assert [(item["status"], item["ref"]) for item in again] == [(200, first["ref"])] * 2
    assert api.get("/api/v1/requests", params={"external_ref": external}).json()["items"][0]["ref"] == first["ref"]


def at_once(*asks):
    """What each of them answers when all start together."""
    gate, answers = threading.Barrier(len(asks)), [None] * len(asks)

    def run(number, ask):
        gate.wait()
        answers[number] = ask()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(asks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("order", ["the same order", "the other way round"])
def test_imports_that_overlap__settle_it_item_by_item(new_server, contract, order):
    """Two importers of one file: whoever comes second to an item is told what the first one made of it."""
    api = Api(new_server(), contract)  # filed at once, of one moment: lists of the shared server need not know which came first
    for round_ in range(6):
        items = [brought(f"o-{order[-3:]}-{round_}-{i}-{uuid.uuid4()}") for i in range(30)]
        other = items[10:] + [brought()]
        if order != "the same order":
            other.reverse()
        first, second, third = at_once(lambda: batch(api, items), lambda: batch(api, other), lambda: batch(api, items[5:15]))
        made = {}
        for sent, answer in ((items, first), (other, second), (items[5:15], third)):
            assert answer.status_code == 200, answer
            results = answer.json()["items"]
            assert [item["external_ref"] for item in results] == [item["import"]["external_ref"] for item in sent]
            for item in results:
                assert item["status"] in (200, 201) and item["problem"] is None
                made.setdefault(item["external_ref"], []).append((item["status"], item["ref"]))
        assert len(made) == 31
        for told in made.values():
            assert len({ref for _, ref in told}) == 1 and [status for status, _ in told].count(201) == 1, told


def test_a_request_and_an_import_that_overlap__are_one_request(new_server, contract):
    api = Api(new_server(), contract)
    for _ in range(8):
        external = f"s-{uuid.uuid4()}"
        alone, among = at_once(
            lambda: api.try_file("integration", service="OAM-GEN", body=TOWN, title="Consulta", external_ref=external),
            lambda: batch(api, [brought(), brought(external), brought()]))
        results = among.json()["items"]
        assert among.status_code == 200 and [results[0]["status"], results[2]["status"]] == [201, 201]
        assert (alone.status_code, results[1]["status"]) in ((201, 200), (409, 201)), (alone, results[1])


def test_an_import__goes_on_where_it_stood(api):
    item = batch(api, [brought(state="in_progress")]).json()["items"][0]
    resolved = api.act(item["ref"], "resolve", {"resolution": "Fet"}, role="agent")
    assert resolved.status_code == 200 and resolved.json()["state"] == "resolved"


@pytest.mark.parametrize("service, state", [
    ("OAM-GEN", "in_progress"), ("GOV-01", "granted"), ("MA-01", "granted"), ("MA-01", "registered"), ("MA-05", "closed")])
def test_an_import__is_somebodys_in_every_procedure(api, service, state):
    item = batch(api, [{**brought(state=state), "service": service}]).json()["items"][0]
    read = api.get(f"/api/v1/requests/{item['ref']}").json()
    assert (read["state"], read["assignee"]) == (state, "agent.bages.1")


@pytest.mark.parametrize("change, pointer, code", [
    ({"closed_at": "2017-12-31T00:00:00Z"}, "/items/0/import/closed_at", "closed_before_submitted"),
    ({"state": "no_such"}, "/items/0/import/state", "no_such_state"),
    ({"submitted_at": "2999-01-01T00:00:00Z", "closed_at": None}, "/items/0/import/submitted_at", "in_the_future"),
    ({"updated_at": "9999-12-31T23:59:59Z"}, "/items/0/import/updated_at", "in_the_future"),
    ({"closed_at": "2999-01-01T00:00:00Z"}, "/items/0/import/closed_at", "in_the_future"),
    ({"submitted_at": "yesterday"}, "/items/0/import/submitted_at", "bad_format"),
    ({"submitted_at": "2018-02-30T00:00:00Z"}, "/items/0/import/submitted_at", "bad_format"),
    ({"submitted_at": None}, "/items/0/import/submitted_at", None),
    ({"supports": -1}, "/items/0/import/supports", "out_of_range"), ({"place": "x" * 201}, "/items/0/import/place", "too_long"),
    ({"channel": "pigeon"}, "/items/0/import/channel", "not_an_option"), ({"colour": 1}, "/items/0/import/colour", "unknown_member")])
def test_an_import__refuses_a_life_that_cannot_have_been(api, change, pointer, code):
    item = brought()
    item["import"].update(change)
    result = batch(api, [item]).json()["items"][0]
    assert result["status"] == 422, result
    found = {error["pointer"]: error["code"] for error in result["problem"]["errors"]}
    assert pointer in found and (code is None or found[pointer] == code)


def test_an_import__takes_the_epoch_for_the_time_that_it_is(api):
    item = brought()
    item["import"].update(submitted_at="1970-01-01T00:00:00Z", updated_at="1970-01-01T00:00:00Z", closed_at="1970-01-01T00:00:00Z")
    result = batch(api, [item]).json()["items"][0]
    assert result["status"] == 201, result
    read = api.get(f"/api/v1/requests/{result['ref']}").json()
    assert {read["submitted_at"], read["updated_at"], read["closed_at"]} == {"1970-01-01T00:00:00.000Z"}
    earlier = api.get("/api/v1/requests", params={"updated_at.lt": "1970-01-01T00:00:00Z"}).json()
    assert earlier["items"] == []


def test_an_import__is_for_the_scope_that_says_so(api):
    token = api.client_token("requests:write requests:read")
    item = api.post("/api/v1/requests:batch", role=None, token=token, json={"items": [brought()]},
                    headers={"Idempotency-Key": new_key()}).json()["items"][0]
    assert item["status"] == 403
    assert batch(api, [brought()], role="local_user").json()["items"][0]["status"] == 403
    token = api.client_token("requests:import")
    plain = {"service": "OAM-GEN", "body": TOWN, "title": "Consulta"}
    items = api.post("/api/v1/requests:batch", role=None, token=token, json={"items": [brought(), plain]},
                     headers={"Idempotency-Key": new_key()}).json()["items"]
    assert [item["status"] for item in items] == [201, 403]


@pytest.mark.parametrize("count, status", [(0, 422), (1, 200), (100, 200), (101, 422)])
def test_a_batch__has_between_1_and_100_items(api, count, status):
    assert batch(api, [brought() for _ in range(count)]).status_code == status


def test_a_batch__shares_the_work_among_agents(api):
    """Where there are several, one batch does not all go to the first of them."""
    town = next(body["code"] for body in api.whole("/api/v1/bodies", comarca="13"))
    items = [{"service": "OAM-GEN", "body": town, "title": "Consulta", "submit": True} for _ in range(20)]
    refs = [item["ref"] for item in batch(api, items).json()["items"]]
    agents = [api.get(f"/api/v1/requests/{ref}").json()["assignee"] for ref in refs]
    counts = {agent: agents.count(agent) for agent in agents}
    assert len(counts) == 4 and max(counts.values()) - min(counts.values()) <= 1, counts
