"""oamctl workflow: a definition is tried before it is published, by its stories and by what was recorded."""
import json

import pytest

from oamtest.database import SOURCE
from oamtest.office import until
from oamtest.versions import EXTENDED, FIRST, KEY, MAP, RESTRUCTURED, STORIES, extension, structure, texts

DEFINITIONS = SOURCE / "workflow" / "definitions"


@pytest.fixture
def copy(tmp_path):
    """copy(change): general_enquiry and its scenarios in a folder of their own, the definition changed."""
    def make(change=lambda document: None):
        document = json.loads((DEFINITIONS / "general_enquiry.json").read_text(encoding="utf-8"))
        change(document)
        path = tmp_path / "draft.json"
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        (tmp_path / "draft.scenarios.json").write_text((DEFINITIONS / "general_enquiry.scenarios.json").read_text(encoding="utf-8"))
        return str(path)
    return make


def cancels_otherwise(document):
    document["states"]["processing"]["on"]["cancel"][0]["to"] = "withdrawn"


def test_simulate__finds_the_scenarios_beside_the_definition(oamctl, copy):
    told = oamctl("--lang", "en", "workflow", "simulate", copy(), role="operator")
    assert told.out == "" and "0 differences; 22 of 22 ways" in told.err


def test_simulate__tells_differences_in_a_table_and_fails(oamctl, copy):
    told = oamctl("--lang", "en", "workflow", "simulate", copy(cancels_otherwise), role="operator", expect=1)
    assert "Differences" in told.out and "cancelled" in told.out and "withdrawn" in told.out and "22 of 22" in told.err
    report = json.loads(oamctl("workflow", "simulate", copy(cancels_otherwise), "--json", role="operator", expect=1).out)
    assert report["passed"] is False and {item["what"] for item in report["differences"]} >= {"state", "outcome"}


def test_simulate__tells_what_no_scenario_does_and_what_cannot_be_read(oamctl, copy, tmp_path):
    few = json.loads((DEFINITIONS / "general_enquiry.scenarios.json").read_text(encoding="utf-8"))
    few["scenarios"] = few["scenarios"][:1]
    path = tmp_path / "few.json"
    path.write_text(json.dumps(few), encoding="utf-8")
    told = oamctl("--lang", "en", "workflow", "simulate", copy(), "--scenarios", str(path), role="operator", expect=1)
    assert "Ways that no scenario takes" in told.out and "Ask the body" in told.out
    few["scenarios"][0]["steps"][0]["does"] = "fly"
    path.write_text(json.dumps(few, indent=1), encoding="utf-8")
    told = oamctl("--lang", "en", "workflow", "simulate", copy(), "--scenarios", str(path), role="operator", expect=1)
    assert "What cannot be read" in told.out and "fly" in told.out


def test_record__writes_scenarios_that_pass(oamctl, copy, tmp_path):
    recorded = json.loads(oamctl("workflow", "record", copy(cancels_otherwise), role="operator").out)
    path = tmp_path / "recorded.json"
    path.write_text(json.dumps(recorded), encoding="utf-8")
    told = oamctl("--lang", "en", "workflow", "simulate", copy(cancels_otherwise), "--scenarios", str(path), role="operator")
    assert "0 differences" in told.err


def test_simulate__what_if_over_what_was_recorded(oamctl, filed, copy):
    ref = filed()

    def registers_otherwise(document):
        document["states"]["draft"]["on"]["file"] = document["states"]["draft"]["on"].pop("submit")
        document["asserts"][0]["never"]["without"]["event"] = "file"

    same = json.loads(oamctl("workflow", "simulate", copy(), "--history", "30d", "--json", role="supervisor").out)
    assert same["complete"] is True and same["requests"] >= 1 and same["divergent"]["requests"] == 0
    other = json.loads(oamctl("workflow", "simulate", copy(registers_otherwise), "--history", "30d", "--json", role="supervisor").out)
    assert other["divergent"]["requests"] >= 1 and "unknown_event" in json.dumps(other["divergent"])
    told = oamctl("--lang", "en", "workflow", "simulate", copy(registers_otherwise), "--history", "30", role="supervisor")
    assert "Requests that would go otherwise" in told.out and "would go otherwise" in told.err and ref
    days = oamctl("workflow", "simulate", copy(), "--holiday", "2030-03-04,2030-03-05@0801930008,-2030-12-25", "--json", role="supervisor")
    assert json.loads(days.out)["deadlines"]["later"] == 0
    oamctl("workflow", "simulate", copy(), "--holiday", "some day", role="supervisor", expect=1)
    oamctl("workflow", "simulate", copy(), "--history", "30d", role="operator", expect=4)


@pytest.mark.parametrize("words", [("simulate",), ("forget", "x.json"), ("simulate", "/nothing/there.json")])
def test_workflow__tells_how_it_is_used(oamctl, words):
    refused = oamctl("--lang", "en", "workflow", *words, role="operator", expect=1 if len(words) > 1 and words[0] == "simulate" else 2)
    assert refused.err


# ---- versions


@pytest.fixture
def written(tmp_path):
    """written(document, stories): both in a folder of their own."""
    def make(document, stories=STORIES):
        path = tmp_path / f"v{document['version']}.json"
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        (tmp_path / f"v{document['version']}.scenarios.json").write_text(json.dumps(stories, ensure_ascii=False), encoding="utf-8")
        return str(path)
    return make


def test_validate__prints_findings_as_compilers_do(oamctl, copy):
    told = oamctl("--lang", "en", "workflow", "validate", copy(), role="operator")
    assert told.out == "" and "nothing found" in told.err
    path = copy(lambda document: document["states"]["draft"].update(color="red"))
    told = oamctl("--lang", "en", "workflow", "validate", path, role="operator", expect=1)
    assert told.out.startswith(f"{path}:1:") and "unknown_member" in told.out
    assert json.loads(oamctl("workflow", "validate", path, "--json", role="operator", expect=1).out)["valid"] is False


@pytest.mark.parametrize("how, begins", [((), ""), (("svg",), "<svg"), (("mermaid",), "---"), (("dot", "2"), "digraph")])
def test_draw__any_format_of_any_version(oamctl, how, begins):
    assert oamctl("workflow", "draw", "general_enquiry", *how, role="operator").out.lstrip().startswith(begins)


def test_versions__from_the_first_to_requests_taken_over(oamctl, written, tmp_path):
    told = oamctl("--lang", "en", "workflow", "publish", written(FIRST), "--reason", "Bases", "--yes", role="admin")
    assert f"Published: {KEY}, version 1" in told.err
    oamctl("workflow", "publish", written(texts(2)), "--reason", "Bases", "--yes", role="operator", expect=4)
    oamctl("workflow", "publish", written(texts(2)), role="admin", expect=2)
    told = oamctl("workflow", "publish", written(texts(2)), "--reason", "Noms nous", "--yes", role="admin")
    assert "/states/study/label" in told.out
    oamctl("workflow", "publish", written(texts(2)), "--reason", "Noms nous", "--yes", role="admin", expect=5)
    oamctl("workflow", "publish", written(extension(3), EXTENDED), "--reason", "Apartar", "--yes", role="admin")
    oamctl("workflow", "publish", written(structure(4), RESTRUCTURED), "--reason", "Comprovar", "--yes", role="admin")
    listed = oamctl("workflow", "versions", KEY, "--json", role="admin").json
    assert [(row["version"], row["change"]) for row in listed] == [(4, "structure"), (3, "extension"), (2, "texts"), (1, None)]
    assert until(lambda: oamctl("workflow", "draw", KEY, "outline", "4", role="admin", expect=None).code == 0, every=0.2), "within two seconds"
    migrate_shows_what_would_become_of_them_first(oamctl, written, tmp_path)


def migrate_shows_what_would_become_of_them_first(oamctl, written, tmp_path):
    path = tmp_path / "map.json"
    path.write_text(json.dumps(MAP), encoding="utf-8")
    told = oamctl("--lang", "en", "workflow", "migrate", KEY, "3", "4", "--dry-run", role="admin", expect=5)
    assert "has no place in the new version" in told.out
    told = oamctl("--lang", "en", "workflow", "migrate", KEY, "3", "4", "--map", str(path), "--dry-run", role="admin")
    assert "0 requests of 0 would be taken over" in told.err
    told = oamctl("--lang", "en", "workflow", "migrate", KEY, "3", "4", "--map", str(path), "--reason", "Comprovar", "--yes", role="admin")
    assert "0 requests are on version 4 now" in told.err
    watched = structure(5)
    watched["states"]["review"]["on"]["go_on"][0]["not_same_actor_as"] = ["submit"]
    oamctl("workflow", "publish", written(watched, RESTRUCTURED), "--reason", "Quatre ulls", "--yes", role="admin")
    assert until(lambda: oamctl("workflow", "draw", KEY, "outline", "5", role="admin", expect=None).code == 0, every=0.2), "within two seconds"
    told = oamctl("--lang", "en", "workflow", "migrate", KEY, "4", "5", "--dry-run", role="admin")
    assert "“submit”: of 0 requests it is known who did it" in told.err
    oamctl("workflow", "migrate", KEY, "3", "4", role="admin", expect=2)
    oamctl("workflow", "migrate", KEY, "3", "4", "--map", "/nothing.json", "--reason", "Comprovar", role="admin", expect=1)
