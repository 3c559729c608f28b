"""Scenarios over the API: what a definition does is compared with what its stories say, and nothing is stored."""
import json

import pytest
from oamtest.client import TOWN
from oamtest.database import SOURCE

SIMULATE = "/api/v1/workflows:simulate"
KEYS = ["economic_grant", "equipment_loan", "general_enquiry", "incident", "technical_assistance"]


def text_of(name):
    return (SOURCE / "workflow" / "definitions" / name).read_text(encoding="utf-8")


def body_of(definition, scenarios, **more):
    """The documents as they are written, so that lines are theirs."""
    members = {"definition": definition.strip(), "scenarios": scenarios.strip()}
    members.update((name, json.dumps(value)) for name, value in more.items())
    return "{" + ",\n".join(f'"{name}": {value}' for name, value in members.items()) + "}"


def simulate(api, body, status=200, **how):
    answer = api.post(SIMULATE, data=(body if isinstance(body, str) else json.dumps(body)).encode(), role="operator",
                      headers={"Content-Type": "application/json", **how})
    assert answer.status_code == status, answer.text
    return answer.json()


def story(*steps, town=None, start="2026-05-20"):
    return {"format": "oam-scenarios/1", "definition": "general_enquiry", "town": town or {"name": "Aguilar de Segarra", "code": TOWN},
            "scenarios": [{"name": "Una", "start": {"on": start, "at": "09:00", "who": "applicant"}, "steps": list(steps)}]}


@pytest.mark.parametrize("key", KEYS)
def test_simulate__every_procedure_goes_as_its_own_scenarios_tell(api, key):
    report = simulate(api, body_of(text_of(f"{key}.json"), text_of(f"{key}.scenarios.json")))
    assert report["findings"] == report["differences"] == report["coverage"]["missing"] == []
    assert report["passed"] is True and report["key"] == key
    assert report["coverage"]["taken"] == report["coverage"]["transitions"] >= 20
    assert all(scenario["differences"] == 0 and scenario["steps"] > 1 for scenario in report["scenarios"])


def test_simulate__a_change_of_the_definition_is_told_where_the_story_is_another(api):
    definition = json.loads(text_of("general_enquiry.json"))
    definition["states"]["processing"]["on"]["cancel"][0]["to"] = "withdrawn"
    scenarios = text_of("general_enquiry.scenarios.json")
    report = simulate(api, body_of(json.dumps(definition), scenarios), **{"Accept-Language": "en"})
    assert report["passed"] is False
    states = [told for told in report["differences"] if told["what"] == "state"]
    assert {(told["expected"], told["found"]) for told in states} == {("cancelled", "withdrawn")}
    line = scenarios.splitlines()[states[0]["line"] - 1]
    assert '"cancelled"' in line and states[0]["scenario"] == "Ningú no l'agafa"
    assert report["n_differences"] == len(report["differences"]) == sum(told["differences"] for told in report["scenarios"])


def test_simulate__what_no_story_does_is_told_by_name(api):
    steps = [{"who": "applicant", "does": "submit", "with": {}}]
    report = simulate(api, body_of(text_of("general_enquiry.json"), json.dumps(story(*steps))), **{"Accept-Language": "en"})
    assert report["differences"] == [] and report["passed"] is False
    missing = {(told["from"], told["event"] or told["timer"], told["label"]) for told in report["coverage"]["missing"]}
    assert ("in_progress", "ask", "Ask the body") in missing and ("waiting", "reply_expiry", "The time to answer is over") in missing
    assert len(report["coverage"]["missing"]) == report["coverage"]["transitions"] - report["coverage"]["taken"]


def test_simulate__without_holidays_of_its_own_a_town_has_those_of_the_directory(api):
    """Ten working days over 1 May and the 4th, a local holiday there: neither is in the document."""
    steps = [{"at": "09:10", "who": "applicant", "does": "submit"}, {"who": "agent", "does": "take"},
             {"on": "2026-04-24", "who": "agent", "does": "ask", "with": {"question": "Quina?"}, "expect": {"due": {"reply": "2026-05-12"}}}]
    report = simulate(api, body_of(text_of("general_enquiry.json"), json.dumps(story(*steps, start="2026-04-23"))))
    assert report["findings"] == report["differences"] == []
    unknown = simulate(api, body_of(text_of("general_enquiry.json"), json.dumps(story(town={"name": "Enlloc", "code": "9999999999"}))))
    assert [(told["document"], told["code"], told["pointer"]) for told in unknown["findings"]] == [("scenarios", "unknown_town", "/town")]


def test_simulate__documents_that_are_none_are_told_by_line(api):
    report = simulate(api, body_of('{"format": "oam-wf/1",\n"key": 1}', json.dumps(story())))
    assert {told["document"] for told in report["findings"]} == {"definition"} and report["coverage"] is None
    assert {"line": 2, "pointer": "/key", "code": "wrong_type"}.items() <= next(
        told for told in report["findings"] if told["pointer"] == "/key").items()
    report = simulate(api, body_of(text_of("general_enquiry.json"), json.dumps(story({"does": "fly"}), indent=1)))
    assert [(told["document"], told["code"]) for told in report["findings"]] == [("scenarios", "unknown_event")]
    assert report["findings"][0]["line"] > 10 and report["passed"] is False and report["scenarios"] == []


def test_simulate__records_what_happens(api):
    steps = [{"at": "09:10", "who": "applicant", "does": "submit"}, {"on": "2026-09-01", "expect": {"state": "draft"}}]
    definition = text_of("general_enquiry.json")
    recorded = simulate(api, body_of(definition, json.dumps(story(*steps)), record=True))["recorded"]
    assert recorded["scenarios"][0]["steps"][1]["expect"]["fires"]
    again = simulate(api, body_of(definition, json.dumps(recorded)))
    assert again["differences"] == [] and again["recorded"] is None


def test_simulate__takes_one_definition_by_its_text_or_by_its_name(api):
    published = simulate(api, {"workflow": "general_enquiry", "scenarios": story({"who": "applicant", "does": "submit"})})
    assert published["key"] == "general_enquiry" and published["coverage"]["taken"] >= 1
    simulate(api, {"workflow": "nothing_of_the_kind", "scenarios": story()}, status=404)
    for body, pointer in (({"scenarios": story()}, "/definition"), ({"workflow": "general_enquiry"}, "/scenarios"),
                          ({"workflow": "general_enquiry", "definition": {}, "scenarios": story()}, "/workflow")):
        problem = simulate(api, body, status=422)
        assert [violation["pointer"] for violation in problem["errors"]] == [pointer]
