"""actions, action, milestone, amount, summary: what was granted, seen and kept from a terminal."""
import json

import pytest

BODY = "0800230008"


@pytest.fixture
def opened(oamctl, filed):
    ref = filed("Camí de Malla")
    made = oamctl("action", "add", ref, "--title", "Camí de Malla", "--data", "ends_on=2026-12-31", "--json", role="supervisor").json
    assert made["title"] == "Camí de Malla" and made["ends_on"] == "2026-12-31"
    return ref, made["id"]


def test_an_action__is_told_by_its_number_or_its_id(oamctl, opened):
    ref, action = opened
    listed = oamctl("actions", ref, "--json", role="local_user").json
    assert [(item["number"], item["id"]) for item in listed] == [(1, action)]
    for name in ("1", action):
        assert oamctl("action", "show", ref, name, "--json", role="local_user").json["id"] == action
    for name in ("2", "0"):
        assert name in oamctl("action", "show", ref, name, role="local_user", expect=3).err
    oamctl("action", "show", ref, "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e", role="local_user", expect=3)


@pytest.mark.parametrize("language, words", [("ca", ("Camí de Malla", "en curs", "Fites", "Obres", "Imports (EUR)", "Concedit", "1000.00")),
                                             ("es", ("en curso", "Hitos", "Importes (EUR)", "Concedido", "1000.00")),
                                             ("en", ("in progress", "Milestones", "Amounts (EUR)", "Granted", "1000.00"))])
def test_all_of_it__is_kept_and_told(oamctl, opened, language, words):
    ref, action = opened
    assert oamctl("milestone", "add", ref, "1", "works", "Obres", "--data", "planned_on=2026-06-01", role="supervisor").code == 0
    reached = oamctl("milestone", "reach", ref, "1", "works", "2026-06-03", "--json", role="supervisor").json
    assert reached["progress"] == 100 and reached["milestones"][0]["reached_on"] == "2026-06-03"
    assert oamctl("milestone", "set", ref, "1", "works", "--data", "weight:=2", "--json", role="supervisor").json["milestones"][0]["weight"] == 2
    assert oamctl("action", "set", ref, "1", "--data", "state=in_progress", "--json", role="supervisor").json["state"] == "in_progress"
    entry = oamctl("amount", "add", ref, "1", "granted", "1000.00", "--data", "year:=2025", "--data", "reference=D-1", "--json", role="supervisor").json
    assert (entry["amount"], entry["year"], entry["reference"]) == ("1000.00", 2025, "D-1")
    refused = oamctl("--lang", "en", "amount", "add", ref, "1", "committed", "1000.01", role="supervisor", expect=1)
    assert "No more can be committed than was granted" in refused.err
    for command in (("action", "show", ref, "1"), ("status", ref), ("show", ref)):
        told = oamctl("--lang", language, *command, role="local_user").out
        assert all(word in told for word in words), (command, told)
    ledger = oamctl("--lang", language, "amount", "list", ref, "1", role="local_user").out
    assert "D-1" in ledger and words[-1] in ledger
    summary = oamctl("--lang", language, "summary", BODY, role="local_user").out
    assert words[-2] in summary and BODY in summary
    told = oamctl("summary", BODY, "--json", role="local_user").json
    assert told["body"] == BODY and {year["year"] for year in told["years"]} >= {2025}
    assert oamctl("status", ref, "-o", "csv", role="local_user").out.count("\n") == 2


def test_what_would_be_sent__is_shown_and_not_sent(oamctl, opened):
    ref, action = opened
    for command, wanted in ((("action", "set", ref, action, "--data", "state=done"), {"state": "done"}),
                            (("amount", "add", ref, action, "paid", "1.00"), {"kind": "paid", "amount": "1.00"}),
                            (("milestone", "reach", ref, action, "works", "2026-01-01"), {"reached_on": "2026-01-01"})):
        assert json.loads(oamctl(*command, "--dry-run", role="supervisor").out) == wanted
    assert oamctl("action", "show", ref, action, "--json", role="local_user").json["state"] == "planned"


def test_under_an_old_version__nothing_is_changed(oamctl, opened):
    ref, action = opened
    oamctl("action", "set", ref, action, "--data", "state=done", "--if-match", '"v1-ca"', role="supervisor", expect=5)
    assert oamctl("action", "show", ref, action, "--json", role="local_user").json["state"] == "planned"


@pytest.mark.parametrize("words, told", [(("action", "open", "x"), "action needs one of these words: show, add, set"),
                                         (("milestone", "reach", "a", "b", "c"), "milestone reach takes: REF ACTION KEY DAY"),
                                         (("amount", "add", "a", "b", "c"), "amount add takes: REF ACTION KIND AMOUNT"),
                                         (("action", "set", "a"), "action set takes: REF ACTION")])
def test_wrong_words__say_which_there_are(oamctl, words, told):
    assert told in oamctl("--lang", "en", *words, role="supervisor", expect=2).err


def test_who_may_not__is_told(oamctl, opened):
    ref, action = opened
    assert oamctl("amount", "add", ref, action, "granted", "1.00", role="local_user", expect=4).code == 4
