"""What people read: times, words, tables of every width, texts whole."""
import csv
import datetime
import pathlib
import re
import time
import unicodedata

import pytest


# ---- times and keys, for people ----

def test_times_are_those_of_the_reader_and_programs_get_what_the_server_said(oamctl, filed):
    ref = filed()
    in_utc = oamctl("show", ref, "--json=updated_at", role="agent").json["updated_at"]
    assert in_utc.endswith("Z") and in_utc in oamctl("status", ref, "-o", "csv", role="agent").out
    zones = {"Europe/Madrid": "+01:00", "America/St_Johns": "-03:30", "UTC": "+00:00"}
    for zone, offset in zones.items():
        line = oamctl("status", ref, role="agent", environment={"TZ": zone}).out.splitlines()[1]
        told = datetime.datetime.fromisoformat(" ".join(line.split()[-2:]))
        assert line.endswith(offset)
        assert told == datetime.datetime.fromisoformat(in_utc.replace("Z", "+00:00")).replace(microsecond=0)
    exact = in_utc.replace("T", " ").split(".")[0] + "Z"
    for command in ("show", "status", "history"):
        words = (command, ref, "--utc")
        assert exact in oamctl(*words, role="agent").out
        assert exact in oamctl.on_terminal(*words, role="agent", columns=200).out


@pytest.mark.parametrize("language, ago", [("ca", "ara mateix"), ("es", "ahora mismo"), ("en", "just now")])
def test_a_terminal_says_how_long_ago(oamctl, filed, language, ago):
    ref = filed()
    for words in (("list", "--mine"), ("status", ref), ("show", ref)):
        assert ago in oamctl.on_terminal(*words, role="local_user", columns=200, environment={"LC_ALL": language}).out
    history = oamctl.on_terminal("history", ref, role="local_user", columns=200, environment={"LC_ALL": language}).out
    assert ago not in history and re.search(r"\b\d+ \w+ \d\d:\d\d\b", history)


@pytest.mark.parametrize("language, phase, state, kind, role, body", [
    ("ca", "entrada", "Assignada", "econòmic", "agent territorial", "municipi"),
    ("es", "entrada", "Asignada", "económico", "agente territorial", "municipio"),
    ("en", "intake", "Assigned", "economic", "territorial agent", "municipality")])
def test_keys_are_told_in_the_language_of_the_reader(oamctl, filed, language, phase, state, kind, role, body):
    ref = filed()
    here = {"LC_ALL": language}
    status = oamctl("status", ref, role="agent", environment=here).out
    assert state in status and f" {phase} " in status
    assert f"  {state}" in oamctl("history", ref, role="agent", environment=here).out
    assert state not in oamctl("transitions", ref, role="agent", environment=here).out  # it leads away from there
    assert kind in oamctl("services", "CUL-01", environment=here).out
    assert role in oamctl("whoami", role="agent", environment=here).out
    assert body in oamctl("bodies", "0800180001", environment=here).out
    raw = oamctl("status", ref, "-o", "csv", role="agent", environment=here).out.splitlines()
    assert raw[0].startswith("ref,state.label,phase") and ",intake," in raw[1]
    assert oamctl("transitions", ref, "-o", "csv", role="agent", environment=here).out.splitlines()[1].split(",")[3] in ("true", "false")


def test_a_state_is_told_as_the_definition_of_its_request_does(oamctl, someone):
    """Two definitions name in_progress apart."""
    refs = {service: oamctl("file", "--service", service, "--title", "Dues definicions", "--json", role="local_user").json["ref"]
            for service in ("OAM-GEN", "GOV-01")}
    labels = {}
    for service, ref in refs.items():
        oamctl("take", ref, role="agent")
        assert "in_progress" not in oamctl("history", ref, role="agent").out
        labels[service] = oamctl("status", ref, "--json=state.label", role="agent").json[0]["state.label"]
        assert labels[service] in oamctl("history", ref, role="agent").out
    assert labels["OAM-GEN"] != labels["GOV-01"]


def test_the_feed_in_csv_has_titles_and_quotes(oamctl, filed):
    ref = filed()
    time.sleep(0.2)
    rows = list(csv.DictReader(oamctl("events", "--subject", ref, "-o", "csv").out.splitlines()))
    assert [row["type"] for row in rows] == ["cat.oam.request.created", "cat.oam.request.submitted"]
    assert rows[1]["data.to"] == "assigned" and rows[1]["time"].endswith("Z")
    table = oamctl("events", "--subject", ref).out
    assert "submitted" in table and "cat.oam" not in table and "Assigned" in table


@pytest.mark.parametrize("enum, vocabulary", [("Phase", "PHASE"), ("Channel", "CHANNEL"), ("Role", "ROLE"), ("Event.type", "EVENT"),
                                              ("Body.kind", "BODY"), ("Service.support_type", "SUPPORT")])
def test_every_key_of_the_contract_has_its_words(contract, enum, vocabulary):
    schema = contract.document["components"]["schemas"][enum.split(".")[0]]
    for name in enum.split(".")[1:]:
        schema = schema["properties"][name]
    closed = "enum" in schema
    keys = set(schema["enum"] if closed else schema["x-extensible-enum"])
    table = (pathlib.Path(__file__).parents[2] / "clients" / "cli" / "words.def").read_text()
    words = set(re.findall(rf'^WORD\({vocabulary}, "([^"]+)"', table, re.M))
    assert keys == words if closed else keys <= words


# ---- terminals of every width ----

def cells(line):
    """As wide as a terminal shows it: marks that combine take no room, East Asian ones two."""
    plain = re.sub(r"\033\[[0-9;]*m", "", line)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in plain)


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(oamctl, filed, columns):
    title = "Un títol llarguíssim amb signes combinats: cafe\u0301, nai\u0308ve, i \u65e5\u672c\u8a9e al mig, que no hi cap ni de lluny"
    ref = filed(title)
    oamctl("comment", ref, "Una frase prou llarga per haver de continuar a la línia següent del terminal, sigui com sigui d'ample.", role="agent")
    for words in (("list", "--limit", "3"), ("show", ref), ("status", ref), ("history", ref), ("comments", ref), ("transitions", ref),
                  ("services", "--limit", "5"), ("bodies", "cabrera"), ("help",), ("help", "list")):
        out = oamctl.on_terminal(*words, role="agent", columns=columns, environment={"LC_ALL": "ca"}).out
        wide = [line for line in out.splitlines() if cells(line) > columns and " [" not in line]
        assert not wide, f"{words}\n" + "\n".join(wide)
        assert ref in out or words[0] in ("services", "bodies", "help", "transitions", "history", "comments")


def test_what_a_narrow_terminal_leaves_out_is_the_least_dear(oamctl, filed):
    ref = filed("Un títol que es vol llegir")
    titles = {}
    for columns in (40, 80, 100, 200):
        out = oamctl.on_terminal("list", "--limit", "1", role="agent", columns=columns).out
        titles[columns] = out
        assert ref in out and "Un títol que es vol" in out and "just now" in out
    assert "Agent" in titles[200] and "Agent  " not in titles[80] and "Body" in titles[80]
    assert titles[40].count("\n") > 5 and "Reference" in titles[40]
    piped = oamctl("list", "--limit", "1", role="agent").out
    assert "Agent" in piped and "Un títol que es vol llegir" in piped


def test_colour_carries_no_meaning(oamctl, filed):
    ref = filed()
    plain = {"NO_COLOR": "1"}
    for words in (("list", "--limit", "2"), ("show", ref), ("history", ref)):
        with_colour = oamctl.on_terminal(*words, role="agent", columns=120).out
        without = oamctl.on_terminal(*words, role="agent", columns=120, environment=plain).out
        assert "\033[1m" in with_colour and "\033" not in without
        assert re.sub(r"\033\[[0-9;]*m", "", with_colour) == without
    assert "\033" not in oamctl("show", ref, role="agent").out


def test_what_was_said_is_shown_whole(oamctl, filed):
    ref = filed()
    said = "Primera línia, amb més paraules de les que hi caben en una pantalla estreta.\n\nI un paràgraf."
    oamctl("comment", ref, "-", stdin=said, role="agent")
    narrow = oamctl.on_terminal("comments", ref, role="local_user", columns=40).out
    assert " ".join(narrow.split()).endswith("pantalla estreta. I un paràgraf.") and "…" not in narrow
    assert "Agent territorial" in narrow.splitlines()[1]
