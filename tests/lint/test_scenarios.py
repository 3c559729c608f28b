"""The schema of oam-scenarios/1 and the golden scenarios of the product: valid, in three languages, on days that are real."""
import csv
import json
import pathlib

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCENARIOS = sorted((ROOT / "workflow/definitions").glob("*.scenarios.json"))
VALIDATOR = jsonschema.Draft202012Validator(json.loads((ROOT / "workflow/oam-scenarios-1.schema.json").read_text()))


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def rows(name):
    with (ROOT / "schema/seed" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def faults(document):
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def test_schema__is_a_schema():
    jsonschema.Draft202012Validator.check_schema(VALIDATOR.schema)


def test_scenarios__are_there_for_every_definition():
    definitions = {path.stem for path in (ROOT / "workflow/definitions").glob("*.json") if "." not in path.stem}
    assert {path.name.split(".")[0] for path in SCENARIOS} >= definitions
    assert len(SCENARIOS) == 5


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_scenarios__are_valid_and_bear_the_name_of_their_definition(path):
    document = load(path)
    assert faults(document) == []
    assert path.name == f"{document['definition']}.scenarios.json"
    for scenario in document["scenarios"]:
        assert set(scenario["name"]) == {"ca", "es", "en"}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_scenarios__happen_on_the_real_calendars_of_real_towns(path):
    towns = {row["ens10"]: row for row in rows("municipalities.csv")}
    for town in (load(path)["town"], load(path)["seat"]):
        row = towns[town["code"]]
        years = {day[:4] for day in town["holidays"]["catalunya"]}
        assert row["name_display"] == town["name"] and len(years) >= 2
        assert set(town["holidays"]["catalunya"]) == {
            day["date"] for day in rows("holidays-catalonia.csv") if day["scope"] == "catalunya" and day["date"][:4] in years}
        assert set(town["holidays"]["local"]) == {
            day["date"] for day in rows("holidays-local-sample.csv") if day["ine5"] == row["ine5"] and day["date"][:4] in years}


HARMS = [
    ("an unknown member", lambda d: d.update(x=1)),
    ("another format", lambda d: d.update(format="oam-scenarios/2")),
    ("no town", lambda d: d.pop("town")),
    ("a day that is none", lambda d: d["scenarios"][0]["start"].update(on="2026-3-2")),
    ("somebody who does nothing", lambda d: d["scenarios"][0]["steps"].append({"who": "agent"})),
    ("a reason that is none", lambda d: d["scenarios"][0]["steps"].append({"expect": {"refused": ["mood"]}})),
    ("a timer without a moment", lambda d: d["scenarios"][0]["steps"].append({"expect": {"fires": ["late"]}})),
    ("a choice that is none", lambda d: d["scenarios"][0]["steps"].append({"does": "ballot", "choice": "perhaps"})),
]


@pytest.mark.parametrize("name, harm", HARMS, ids=[name for name, _ in HARMS])
def test_schema__refuses(name, harm):
    document = load(SCENARIOS[0])
    harm(document)
    assert faults(document) != [], name
