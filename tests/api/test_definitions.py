"""Definitions as documents: judged for who writes them, drawn for who reads them."""
import hashlib
import json
import xml.etree.ElementTree as ElementTree

import pytest
from oamtest.database import SOURCE

DEFINITIONS = sorted(path for path in (SOURCE / "workflow" / "definitions").glob("*.json") if "." not in path.stem)
VALIDATE = "/api/v1/workflows:validate"


def judge(api, document, **how):
    text = document if isinstance(document, str) else json.dumps(document)
    answer = api.post(VALIDATE, data=text, headers={"Content-Type": "application/json", **how.pop("headers", {})}, **how)
    assert answer.status_code == 200, answer.text
    return answer.json()


def waiting_without_end():
    """A procedure in which a town may be waited for for ever, behind two steps."""
    label = {"ca": "Estat", "en": "State"}
    return {
        "format": "oam-wf/1", "key": "probe", "version": 1, "title": label, "data": {},
        "roles": {"applicant": {"label": label, "from": "applicant_entity"}}, "initial": "draft",
        "states": {
            "draft": {"label": label, "phase": "draft", "on": {"submit": [{"label": {"ca": "Presentar", "en": "Submit"}, "role": "applicant", "to": "study"}]}},
            "study": {"label": label, "phase": "study", "on": {"ask": [{"label": {"ca": "Demanar", "en": "Ask"}, "role": "applicant", "to": "waiting"}],
                                                              "end": [{"role": "applicant", "to": "closed"}]}},
            "waiting": {"label": {"ca": "Pendent de l'ens", "en": "Waiting for the body"}, "phase": "waiting",
                        "on": {"answer": [{"role": "applicant", "to": "study"}]}},
            "closed": {"label": label, "phase": "end", "type": "final", "outcome": "completed"},
        },
    }


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_validate__what_the_product_runs_can_be_depended_on(api, path):
    """Parallel reports, joint requests, votes, amendments by history, money: nobody waits for ever, and every configuration can end."""
    report = judge(api, path.read_text(encoding="utf-8"), role="admin")
    assert report["findings"] == [] and report["valid"] is True
    published = api.get(f"/api/v1/workflows/{path.stem}").json()
    assert (report["key"], report["version"], report["hash"]) == (published["key"], published["version"], published["hash"])
    assert report["configurations"] >= 12 and report["steps"] > report["configurations"]


def test_validate__tells_the_way_to_what_is_wrong_in_the_readers_words(api):
    document = waiting_without_end()
    text = json.dumps(document, indent=1)
    for language, words, first in (("ca", "espera sense termini", "Presentar"), ("en", "waits without a limit", "Submit")):
        report = judge(api, text, role="operator", headers={"Accept-Language": language})
        assert report["valid"] is False and [finding["code"] for finding in report["findings"]] == ["waits_for_ever"]
        finding = report["findings"][0]
        assert finding["pointer"] == "/states/waiting" and words in finding["detail"]
        assert text.splitlines()[finding["line"] - 1].startswith('  "waiting"')
        assert [(step["kind"], step["key"]) for step in finding["way"]] == [("event", "submit"), ("event", "ask")]
        assert finding["way"][0]["label"] == first


def test_validate__the_identity_is_of_the_bytes(api):
    """The order of states is part of what a definition means: what is sorted would be another."""
    document = waiting_without_end()
    text = json.dumps(document)
    report = judge(api, text, role="admin")
    assert report["hash"] == hashlib.sha256(text.encode()).hexdigest() == judge(api, text, role="operator")["hash"]
    assert judge(api, json.dumps(dict(reversed(document.items()))), role="admin")["hash"] != report["hash"]
    for path in DEFINITIONS:
        published = api.get(f"/api/v1/workflows/{path.stem}").json()
        assert judge(api, path.read_text(encoding="utf-8"), role="admin")["hash"] == published["hash"]


def test_validate__every_fault_of_a_document_is_told_at_its_place(api):
    document = waiting_without_end()
    document["states"]["study"]["on"]["end"][0]["to"] = "nowhere"
    document["states"]["draft"]["colour"] = "red"
    document["roles"]["applicant"]["from"] = "heaven"
    report = judge(api, document, role="supervisor")
    assert report["valid"] is False and report["hash"] is None
    assert {finding["pointer"] for finding in report["findings"]} >= {"/states/study/on/end/0/to", "/states/draft/colour", "/roles/applicant/from"}
    assert all(finding["line"] == 1 and finding["column"] > 1 for finding in report["findings"])


@pytest.mark.parametrize("guard, wrong, nearest", [
    ("ticket.population > 5 && ticket.asignee == 'x'", "asignee", None), ("ticket.comarka == '11'", "comarka", "comarca"),
    ("event.resolucio != ''", "resolucio", None), ("clock.anything.running", "clock", None)])
def test_validate__a_name_that_nobody_tells_is_refused_where_it_stands(api, guard, wrong, nearest):
    """Until it was typed, such a guard was published and never held."""
    document = waiting_without_end()
    document["states"]["study"]["on"]["end"][0]["guard"] = guard
    text = json.dumps(document, indent=1)
    finding, = judge(api, text, role="supervisor")["findings"]
    assert finding["pointer"] == "/states/study/on/end/0/guard"
    assert text.splitlines()[finding["line"] - 1][finding["column"] - 1:].startswith(wrong), finding
    assert wrong in finding["detail"] and (nearest is None or f"did you mean {nearest}?" in finding["detail"]), finding


@pytest.mark.parametrize("text, status", [("", 400), ("{", 400), ("null", 400), ('{"a": 1, "a": 2}', 400), ("[]", 422)])
def test_validate__what_is_no_document_is_refused(api, text, status):
    answer = api.post(VALIDATE, data=text, headers={"Content-Type": "application/json"}, role="admin")
    assert answer.status_code == status and answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("document", [{}, {"format": "oam-wf/2"}, {"format": 7}])
def test_validate__what_is_no_definition_is_told_so(api, document):
    report = judge(api, document, role="admin")
    assert report["valid"] is False and len(report["findings"]) >= 1 and report["configurations"] == 0


def test_validate__changes_nothing(api, server):
    before = server.database.one("SELECT count(*) FROM workflow_definition")
    judge(api, waiting_without_end(), role="admin")
    assert server.database.one("SELECT count(*) FROM workflow_definition") == before


@pytest.mark.parametrize("form, media", [("svg", "image/svg+xml"), ("outline", "text/plain"), ("mermaid", "text/vnd.mermaid"),
                                         ("dot", "text/vnd.graphviz"), ("scxml", "application/scxml+xml"), ("bpmn", "application/bpmn+xml")])
def test_diagram__comes_in_every_format_and_language(api, form, media):
    texts = set()
    for language, title in (("ca", "Consulta general"), ("en", "General enquiry")):
        answer = api.get(f"/api/v1/workflows/general_enquiry/diagram?format={form}", headers={"Accept-Language": language, "Accept": media})
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith(media)
        if form not in ("scxml",):
            assert title in answer.text
        texts.add(answer.text)
        again = api.get(f"/api/v1/workflows/general_enquiry/diagram?format={form}",
                        headers={"Accept-Language": language, "If-None-Match": answer.etag})
        assert again.status_code == 304
        if media.endswith("xml"):
            ElementTree.fromstring(answer.text)
    assert len(texts) == 2


def test_diagram__counts_what_the_caller_sees(api):
    api.file(role="local_user")
    path = "/api/v1/workflows/general_enquiry/diagram?format=outline&counts=true"
    own, foreign, all_of_them = (api.get(path, role=role).text for role in ("local_user", "signer", "operator"))
    assert own != all_of_them or foreign != all_of_them
    assert "sol·licituds" in own
    assert "sol·licituds" not in api.get("/api/v1/workflows/general_enquiry/diagram?format=outline", role="local_user").text


def test_diagram__of_nothing_and_of_no_format(api):
    assert api.get("/api/v1/workflows/nothing/diagram").status_code == 404
    for query in ("format=pdf", "counts=perhaps"):
        answer = api.get(f"/api/v1/workflows/general_enquiry/diagram?{query}")
        assert answer.status_code == 400 and answer.json()["errors"][0]["parameter"] == query.split("=")[0]
