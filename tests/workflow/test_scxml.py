"""The W3C's and SCION's cases of SCXML: read, judged by a transcription of the standard, converted, run by the engine."""
import collections
import json
import pathlib
import sys

import pytest

SCXML = pathlib.Path(__file__).resolve().parent / "scxml"
sys.path.insert(0, str(SCXML))

import cases as suite  # noqa: E402 (the folder has to be on the path first)

READ = {"w3c": 80, "scion": 118}
CONVERTED = {"w3c": 69, "scion": 111}


@pytest.fixture(scope="module")
def cases(node):
    return suite.cases()


def count(cases, holds):
    return dict(collections.Counter(case.suite for case in cases if holds(case)))


def test_suites__are_whole(cases):
    assert count(cases, lambda case: True) == {"w3c": 203, "scion": 127}


def test_appendix_d__gives_every_trace_that_can_be_read(cases):
    assert count(cases, lambda case: case.read) == READ


def test_conversion__keeps_the_trace(cases):
    assert count(cases, lambda case: not case.skipped) == CONVERTED
    folds = collections.Counter(fold for case in cases if not case.skipped for fold in case.folds)
    assert folds == {"parallel apart": 9, "initial by always": 6}


def test_skipped__each_has_its_reason(cases):
    assert suite.skipped(cases) == (SCXML / "skipped.txt").read_text()


def test_engine__gives_every_trace(cases, driver):
    converted = [case for case in cases if not case.skipped]
    lines = [json.dumps({"definition": case.document, "data": case.data, "calls": case.calls, "events": case.events})
             for case in converted]
    answers = [json.loads(line) for line in driver("chart", lines)]
    wrong = [(case.name, case.expected, answer) for case, answer in zip(converted, answers, strict=True)
             if answer.get("configurations") != case.expected]
    assert wrong == []


@pytest.mark.parametrize("path", sorted((SCXML / "found").glob("*.json")), ids=lambda path: path.stem)
def test_found__stays_found(path, driver):
    case = json.loads(path.read_text())
    answer = json.loads(driver("chart", [json.dumps({"definition": case["definition"], "events": case["events"]})])[0])
    seen = {"refused": sorted({fault["code"] for fault in answer["refused"]})} if "refused" in answer else \
        {"configurations": answer["configurations"]}
    assert seen == case["expected"], case["about"]
