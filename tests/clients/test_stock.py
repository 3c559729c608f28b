"""stock, hold: material, counted and lent from a terminal."""
import json

import pytest

BODY = "0800230008"


@pytest.fixture(scope="module")
def counter():
    return iter(range(1, 99))


@pytest.fixture
def chairs(oamctl, counter):
    code = f"chairs_{next(counter)}"
    made = oamctl("stock", "add", code, "lendable", "MA-05", "Cadires", "Sillas", "Chairs", "--json", role="supervisor").json
    assert (made["code"], made["unit"], made["quantity"]) == (code, "ma", 0)
    assert oamctl("stock", "move", code, "received", "10", "--reason", "Compra", "--json", role="supervisor").json["quantity"] == 10
    return code


@pytest.fixture
def loan(oamctl):
    fields = [word for field in ("items=40 cadires", "from=2031-05-19", "until=2031-05-29", "place=La plaça") for word in ("--data", field)]
    ref = oamctl("file", "--service", "MA-05", "--title", "Festa major", *fields, "--json", role="local_user").json["ref"]
    assert oamctl("action", "add", ref, "--data", "delivery_point=La plaça", "--json", role="supervisor").json["kind"] == "material_loan"
    return ref


@pytest.mark.parametrize("language, words", [("ca", ("Cadires", "deixat", "Retornats", "Què en queda")), ("es", ("Sillas", "prestado", "Devueltos", "Qué queda")),
                                             ("en", ("Chairs", "out", "Back", "What is free"))])
def test_all_of_a_loan__is_kept_and_told(oamctl, chairs, loan, language, words):
    name, out, back, title = words
    hold = oamctl("hold", "add", loan, "1", chairs, "6", "2031-05-19", "2031-05-29", "--json", role="supervisor").json
    assert (hold["number"], hold["state"], hold["to"]) == (1, "reserved", "2031-05-29")
    refused = oamctl("--lang", "en", "hold", "add", loan, "1", chairs, "5", "2031-05-20", "2031-05-21", role="supervisor", expect=1)
    assert "4 are free on those days; so many are from 2031-05-29 on" in refused.err
    told = oamctl("stock", "free", chairs, "2031-05-18", "2031-06-01", "5", "--json", role="local_user").json
    assert (told["free"], told["next_on"], len(told["periods"])) == (4, "2031-05-29", 3)
    for table in (oamctl("--lang", language, "stock", "free", chairs, "2031-05-18", "2031-06-01", role="local_user").out,
                  oamctl("--lang", language, "stock", "show", chairs, role="local_user").out):
        assert title in table
    assert oamctl("hold", "give", loan, "1", "1", "--data", "note=Al local", "--json", role="supervisor").json["state"] == "handed_over"
    for command in (("hold", "list", loan, "1"), ("action", "show", loan, "1")):
        table = oamctl("--lang", language, *command, role="local_user").out
        assert out in table and back in table and (name if command[0] == "hold" else chairs) in table, table
    assert oamctl("hold", "change", loan, "1", "1", "--data", "to=2031-05-30", "--json", role="supervisor").json["to"] == "2031-05-30"
    summary = oamctl("--lang", language, "summary", BODY, role="local_user").out
    assert name in summary and "La plaça" in summary and "2031-05-30" in summary
    holders = oamctl("--lang", language, "stock", "holds", chairs, role="supervisor").out
    assert loan in holders and out in holders
    done = oamctl("hold", "back", loan, "1", "1", "--data", "quantity:=5", "--data", "lost:=1", "--json", role="supervisor").json
    assert (done["state"], done["returned"], done["lost"]) == ("returned", 5, 1)
    listed = [item for item in oamctl("stock", "list", "--service", "MA-05", "--json", role="local_user").json if item["code"] == chairs]
    assert [(item["quantity"], item["out"]) for item in listed] == [(9, 0)]
    went = oamctl("stock", "movements", chairs, "--json", role="supervisor").json
    assert [(m["kind"], m["quantity"], m["ref"]) for m in went] == [("lost", -1, loan), ("received", 10, None)]
    assert len(oamctl("stock", "movements", chairs, "--limit", "1", "--json", role="supervisor").json) == 1
    told = oamctl("--lang", language, "events", "--subject", loan, role="local_user").out
    assert {"ca": "material retornat", "es": "material devuelto", "en": "material returned"}[language] in told


def test_what_is_only_reserved__is_let_go(oamctl, chairs, loan):
    for _ in range(2):
        oamctl("hold", "add", loan, "1", chairs, "5", "2031-05-19", "2031-05-29", role="supervisor")
    assert oamctl("hold", "release", loan, "1", "1", "--json", role="supervisor").json["state"] == "released"
    assert oamctl("stock", "free", chairs, "2031-05-19", "--json", role="local_user").json["free"] == 5
    for name in ("3", "x"):
        oamctl("hold", "release", loan, "1", name, role="supervisor", expect=3)


def test_what_would_be_sent__is_shown_and_not_sent(oamctl, chairs, loan):
    for command, wanted in ((("hold", "add", loan, "1", chairs, "2", "2031-01-01"), {"item": chairs, "quantity": 2, "from": "2031-01-01"}),
                            (("hold", "back", loan, "1", "1", "--data", "lost:=1"), {"move": "return", "lost": 1}),
                            (("stock", "move", chairs, "retired", "2", "--reason", "Velles", "--data", "on=2026-01-01"),
                             {"kind": "retired", "quantity": 2, "reason": "Velles", "on": "2026-01-01"})):
        assert json.loads(oamctl(*command, "--dry-run", role="supervisor").out) == wanted
    assert oamctl("hold", "list", loan, "1", "--json", role="local_user").json == []


def test_under_an_old_version__nothing_is_moved(oamctl, chairs, loan):
    oamctl("hold", "add", loan, "1", chairs, "5", "2031-05-19", "2031-05-29", role="supervisor")
    oamctl("hold", "give", loan, "1", "1", "--if-match", '"v1-ca"', role="supervisor", expect=5)
    assert oamctl("hold", "list", loan, "1", "--json", role="local_user").json[0]["state"] == "reserved"


def test_who_may_not__is_told(oamctl, chairs, loan):
    oamctl("stock", "move", chairs, "received", "1", "--reason", "x", role="local_user", expect=4)
    oamctl("stock", "holds", chairs, role="local_user", expect=4)
    oamctl("stock", "show", "none_such", role="local_user", expect=3)
    refused = oamctl("--lang", "en", "stock", "move", chairs, "retired", "11", "--reason", "x", role="supervisor", expect=1)
    assert "More are out than there would be" in refused.err


@pytest.mark.parametrize("words, told", [(("stock", "add", "a", "b"), "stock add takes: CODE KIND SERVICE"),
                                         (("stock", "lend", "a"), "stock needs one of these words: list, show, free"),
                                         (("hold", "add", "a", "b", "c"), "hold add takes: REF ACTION ITEM QUANTITY FROM [TO]"),
                                         (("hold", "give", "a", "b"), "hold give takes: REF ACTION NUMBER")])
def test_wrong_words__say_which_there_are(oamctl, words, told):
    assert told in oamctl("--lang", "en", *words, role="supervisor", expect=2).err
