"""The catalogue of services: every filter, every language, and a form that says what filing takes."""
import time

import jsonschema
import pytest

from oamtest.client import Api
from oamtest.waiting import eventually


def listed(api, query="", **given):
    answer = api.get(f"/api/v1/services?limit=200{query}", **given)
    assert answer.status_code == 200
    return answer.json()["items"]


def codes(services):
    return [service["code"] for service in services]


def test_services__are_all_there_by_code(api):
    services = listed(api)
    assert codes(services) == sorted(codes(services))
    assert len(services) == 61
    assert {"OAM-GEN", "OAM-INC"} <= set(codes(services))


def test_services__come_in_pages_that_join_to_the_whole(api):
    page, joined = api.get("/api/v1/services?limit=7").json(), []
    while True:
        joined += page["items"]
        if not page["next"]:
            break
        page = api.get(f"/api/v1/services?limit=7&cursor={page['next']}").json()
    assert joined == listed(api)


@pytest.mark.parametrize("query, fits", [
    ("area=GOV", lambda service: service["area"] == "GOV"),
    ("area=GOV,DIG", lambda service: service["area"] in ("GOV", "DIG")),
    ("support_type=economic", lambda service: service["support_type"] == "economic"),
    ("support_type=none_such", lambda service: False),
    ("application=open_all_year,call", lambda service: service["application"] in ("open_all_year", "call")),
    ("sdg=11,16", lambda service: {11, 16} & set(service["sdg"])),
    ("max_population=20000", lambda service: service["max_population"] is None or service["max_population"] >= 20000),
    ("max_population=0", lambda service: True),
    ("area=GOV&support_type=technical&sdg=16",
     lambda service: service["area"] == "GOV" and service["support_type"] == "technical" and 16 in service["sdg"])])
def test_services__filters_are_exact(api, query, fits):
    everything = listed(api)
    assert codes(listed(api, f"&{query}")) == [service["code"] for service in everything if fits(service)]


def test_services__q_finds_in_any_language_whatever_the_answers_language(api):
    wanted = codes(listed(api, "&q=enquiry&lang=ca"))
    assert "OAM-GEN" in wanted
    assert wanted == codes(listed(api, "&q=ENQUIRY&lang=en"))
    assert "OAM-GEN" in codes(listed(api, "&q=peticio+oam"))
    assert codes(listed(api, "&q=oam-gen")) == ["OAM-GEN"]
    assert listed(api, "&q=zzzzzz") == []


@pytest.mark.parametrize("query, parameter, code", [
    ("area=gov", "area", "bad_format"), ("sdg=0", "sdg", "bad_format"), ("sdg=18", "sdg", "bad_format"),
    ("sdg=01", "sdg", "bad_format"), ("support_type=Technical", "support_type", "bad_format"),
    ("application=,", "application", "bad_format"), ("max_population=-1", "max_population", "out_of_range"),
    ("max_population=many", "max_population", "bad_format"), ("max_population=10000001", "max_population", "out_of_range"),
    ("colour=red", "colour", "unknown_parameter")])
def test_services__refuses_a_wrong_parameter(api, query, parameter, code):
    answer = api.get(f"/api/v1/services?{query}")
    assert answer.status_code == 400
    assert [(error.get("parameter"), error["code"]) for error in answer.json()["errors"]] == [(parameter, code)]


def test_service__says_the_same_alone_as_in_the_list(api):
    for service in listed(api)[:5]:
        assert api.get(f"/api/v1/services/{service['code']}").json() == service


def test_service__names_things_in_the_language_asked_for(api):
    names = {api.get("/api/v1/services/OAM-GEN", headers={"Accept-Language": language}).json()["name"]
             for language in ("ca", "es", "en")}
    assert len(names) == 3


@pytest.mark.parametrize("path", ["/api/v1/services/GOV-99", "/api/v1/services/gov-01", "/api/v1/services/GOV-99/form"])
def test_service__an_unknown_code_is_a_404(api, path):
    assert api.get(path).status_code == 404


def test_service__runs_the_procedure_that_fits_what_it_gives(api):
    follows = {service["code"]: service["workflow"] for service in listed(api)}
    for service in listed(api):
        fits = {"OAM-GEN": "general_enquiry", "OAM-INC": "incident"}.get(service["code"])
        fits = fits or ("economic_grant" if service["support_type"] == "economic" else
                        "equipment_loan" if service["resource_class"] == "loan_of_goods" else "technical_assistance")
        assert follows[service["code"]] == fits, service["code"]
        assert service["unit"] == ("oam" if service["code"].startswith("OAM-") else service["area"].lower())
    assert set(follows.values()) == {workflow["key"] for workflow in api.get("/api/v1/workflows").json()["items"]}


def test_service__runs_a_procedure_and_belongs_to_a_unit(api):
    procedures = {workflow["key"] for workflow in api.get("/api/v1/workflows").json()["items"]}
    units = {unit["code"] for unit in api.get("/api/v1/units").json()["items"]}
    for service in listed(api):
        assert service["workflow"] in procedures
        assert service["unit"] in units


# ---- forms

def test_forms__are_json_schemas_of_what_submitting_requires(api):
    for service in listed(api):
        answer = api.get(f"/api/v1/services/{service['code']}/form", headers={"Accept-Language": "en"})
        assert answer.headers["Content-Type"] == "application/schema+json"
        form = answer.json()
        jsonschema.Draft202012Validator.check_schema(form)
        assert form["$id"] == f"/api/v1/services/{service['code']}/form"
        assert form["required"] == list(form["properties"])
        transitions = api.get(f"/api/v1/workflows/{service['workflow']}?lang=en").json()["transitions"]
        submit = next(transition for transition in transitions if transition["event"] == "submit")
        assert form["required"] == [field["name"] for field in submit["fields"]]
        assert [form["properties"][name]["title"] for name in form["required"]] == [field["label"] for field in submit["fields"]]


def test_forms__tell_the_limits_of_the_request_around_the_data(api):
    form = api.get("/api/v1/services/OAM-GEN/form").json()
    around = form["x-request"]
    jsonschema.Draft202012Validator.check_schema(around)
    filed = {"service": "OAM-GEN", "body": "0800180001", "title": "Consulta", "description": ""}
    jsonschema.validate(filed, around)
    for wrong in ({"service": "GOV-01"}, {"body": "1"}, {"title": "ab"}, {"title": "a" * 251}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(filed | wrong, around)


def test_forms__speak_the_language_asked_for(api):
    titles = {api.get("/api/v1/services/OAM-GEN/form", headers={"Accept-Language": language}).json()["title"]
              for language in ("ca", "es", "en")}
    assert len(titles) == 3


# ---- what changes while we serve

def test_catalogue__a_change_is_seen_within_seconds_and_moves_the_etag(new_server, contract):
    server = new_server()
    own = Api(server, contract)
    before = own.get("/api/v1/services/OAM-GEN?lang=en")
    listed_before = own.get("/api/v1/bodies?q=abrera")
    server.database.sql("UPDATE service SET name = name || '{\"en\": \"Renamed\"}' WHERE code = 'OAM-GEN'")
    eventually(lambda: own.get("/api/v1/services/OAM-GEN?lang=en").json()["name"] == "Renamed", 5)
    after = own.get("/api/v1/services/OAM-GEN?lang=en", headers={"If-None-Match": before.etag})
    assert (after.status_code, after.etag != before.etag) == (200, True)
    assert own.get("/api/v1/bodies?q=abrera").etag != listed_before.etag


def test_catalogue__a_touch_that_changes_nothing_keeps_the_etags(new_server, contract):
    server = new_server()
    own = Api(server, contract)
    etag = own.get("/api/v1/services").etag
    version = server.database.one("UPDATE user_account SET language = 'es' WHERE login = 'operator' RETURNING "
                                  "(SELECT version FROM directory_stamp)") + 1
    eventually(lambda: f"oam_directory_version {version}\n" in own.get("/metrics", role=None).text, 5)
    assert own.get("/api/v1/services", headers={"If-None-Match": etag}).status_code == 304


def test_catalogue__a_withdrawn_service_leaves_the_list_and_stays_readable(new_server, contract):
    server = new_server()
    own = Api(server, contract)
    server.database.sql("UPDATE service SET active = false WHERE code = 'GOV-01'")
    eventually(lambda: "GOV-01" not in codes(listed(own)), 5)
    assert own.get("/api/v1/services/GOV-01").status_code == 200


def test_catalogue__a_definition_that_cannot_run_changes_nothing(new_server, contract):
    server = new_server()
    own = Api(server, contract)
    before = own.get("/api/v1/workflows").json()
    server.database.sql("INSERT INTO workflow_definition (hash, key, version, document) "
                        "VALUES (sha256('{}'), 'general_enquiry', 99, '{\"format\": \"oam-wf/2\"}')")
    server.wait_for("directory_refused")
    time.sleep(1.5)  # it goes on looking at it every second, and says so once
    assert own.get("/api/v1/workflows").json() == before
    assert own.get("/readyz", role=None).status_code == 200
    assert sum(entry["event"] == "directory_refused" and "general_enquiry/99" in entry["why"] for entry in server.entries()) == 1
    server.database.sql("DELETE FROM workflow_definition WHERE version = 99")
    server.database.sql("UPDATE service SET active = false WHERE code = 'GOV-01'")
    eventually(lambda: "GOV-01" not in codes(listed(own)), 5)
