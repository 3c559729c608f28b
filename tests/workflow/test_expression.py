"""Expressions, by the cases of the Common Expression Language: conformance, parsing and checking of cel-spec v0.25.1."""
import collections
import json

import expression_spec as spec
import pytest

# How many cases there are of each suite, and how many are about our language: a list that shrinks fails.
CONFORMANCE, CONFORMANCE_OURS = 2344, 799
PARSING, PARSING_OURS = 194, 144
CHECKING, CHECKING_OURS = 135, 48


@pytest.fixture(scope="module")
def cases(node):
    """suite -> its cases."""
    suites = collections.defaultdict(list)
    for line in node("expression_cases.mjs"):
        case = json.loads(line)
        suites[case["suite"]].append(case)
    return suites


def ask(driver, cases, **more):
    answers = driver("expression", [json.dumps(spec.question(case) | more) for case in cases])
    assert len(answers) == len(cases)
    return [json.loads(answer) for answer in answers]


def check(cases, answers, complaint):
    wrong = [f"{case['path']} {case.get('name', '')}: {case['expr']!r}: {said}: {answer}"
             for case, answer in zip(cases, answers) if (said := complaint(case, answer))]
    assert not wrong, f"{len(wrong)} of {len(cases)}\n" + "\n".join(wrong)


def conformance_complaint(case, answer):
    """What is wrong with an answer; None: nothing."""
    if "evalError" in case:
        # A constant that no evaluation can accept is refused when it is read.
        early = {fault["code"] for fault in answer.get("faults", [])} == {"invalid_constant"}
        return None if early or "error" in answer else "an error was expected"
    if "faults" in answer:
        return "refused"
    deduced = case.get("typedResult", {}).get("deducedType")
    if deduced and answer["type"] != spec.type_text(spec.read_type(deduced)):
        return f"the type {spec.read_type(deduced)} was expected"
    expected = case.get("value", case.get("typedResult", {}).get("result", {"boolValue": True}))
    right = case.get("checkOnly") or spec.same(spec.read_value(expected), answer.get("value"))
    return None if right else f"{expected} was expected"


def test_every_conformance_case_of_the_subset_passes(driver, cases):
    ours = [case for case in cases["conformance"] if spec.reason(case) is None]
    assert (len(cases["conformance"]), len(ours)) == (CONFORMANCE, CONFORMANCE_OURS)
    check(ours, ask(driver, ours), conformance_complaint)


def test_every_skipped_case_is_refused_for_its_reason(driver, cases):
    """What is left out is not half there: nothing of it compiles, but for plain names that a container would have resolved."""
    skipped = [case for case in cases["conformance"] if spec.reason(case)]
    reasons = collections.Counter(map(spec.reason, skipped))
    print(dict(reasons))
    assert reasons == {"messages": 662, "extensions": 454, "uint": 181, "bytes": 114, "optionals": 76, "two-variable macros": 46,
                       "regular expressions": 9, "containers": 2, "functions and types of the test's own": 1}
    refused = [case for case in skipped if spec.reason(case) != "containers"]
    plain = [{"expr": case["expr"], "path": case["path"]} for case in refused]
    check(plain, ask(driver, plain), lambda case, answer: None if "faults" in answer else "it compiles")


def test_every_parsing_case_of_the_subset_passes(driver, cases):
    ours = [case for case in cases["parsing"] if spec.reason(case) is None and spec.parsing_reason(case) is None]
    assert (len(cases["parsing"]), len(ours)) == (PARSING, PARSING_OURS)

    def complaint(case, answer):
        accepted, expected = "faults" not in answer, "ast" in case
        return None if accepted == expected else f"cel-go says {case.get('ast', case.get('error'))}"

    check(ours, ask(driver, ours, check=False), complaint)


def test_every_checking_case_of_the_subset_passes(driver, cases):
    ours = [case for case in cases["checking"] if spec.reason(case) is None and spec.checking_reason(case) is None]
    assert (len(cases["checking"]), len(ours)) == (CHECKING, CHECKING_OURS)

    def complaint(case, answer):
        return None if answer.get("type") == case.get("type") else f"cel-go says {case.get('type', case.get('error'))}"

    check(ours, ask(driver, [spec.with_defaults(case) for case in ours]), complaint)


def test_a_canonical_text_is_the_same_expression_for_others(driver, node, cases):
    """What we print, parsed by @bufbuild/cel, is what it parses from the original."""
    ours = [case for suite in ("conformance", "parsing", "checking") for case in cases[suite] if spec.reason(case) is None]
    answers = ask(driver, ours, check=False)
    # Two minus signs cancel each other for parsers of cel-go's kind; for ours the inner one may overflow.
    pairs = [(case["expr"], answer["text"]) for case, answer in zip(ours, answers) if "text" in answer and "--" not in case["expr"]]
    assert len(pairs) > 900
    verdicts = node("expression_same.mjs", [json.dumps(pair) for pair in pairs])
    wrong = [f"{pair}: {verdict}" for pair, verdict in zip(pairs, verdicts, strict=True) if verdict != "same"]
    assert not wrong, "\n".join(wrong)


RANDOM = 20000


@pytest.fixture(scope="module")
def random_cases(node):
    cases = [json.loads(line) for line in node("expression_random.mjs", [f"20261122 {RANDOM}"])]
    assert len(cases) == RANDOM
    return cases


def ask_random(driver, cases, check):
    lines = [json.dumps({"expr": case["expr"], "roots": case["roots"], "values": case["values"], "check": check, "length_max": 600})
             for case in cases]
    return [json.loads(answer) for answer in driver("expression", lines)]


@pytest.fixture(scope="module")
def random_answers(driver, random_cases):
    return ask_random(driver, random_cases, check=False)


def test_random_expressions_are_worth_what_others_say(random_cases, random_answers):
    """Errors included: where they come up, where && || all exists take them back, where they end an evaluation."""
    failed = sum(case["expected"] is None for case in random_cases)
    assert RANDOM // 4 < failed < RANDOM // 2

    def right(case, answer):
        return "error" in answer if case["expected"] is None else spec.same(case["expected"], answer.get("value"))

    wrong = [f"{case['expr']}: {case['expected']} expected, not {answer}"
             for case, answer in zip(random_cases, random_answers, strict=True) if not right(case, answer)]
    assert not wrong, f"{len(wrong)} of {RANDOM}\n" + "\n".join(wrong[:20])


def test_what_the_checker_accepts_has_the_type_it_says(driver, random_cases, random_answers):
    """And is worth the same with the checker as without."""
    checked = zip(random_cases, ask_random(driver, random_cases, check=True), random_answers, strict=True)
    accepted = [(case, strict, loose) for case, strict, loose in checked if "faults" not in strict]
    assert RANDOM // 4 < len(accepted) < RANDOM
    for case, strict, loose in accepted:
        assert strict.get("value") == loose.get("value"), case["expr"]
        assert ("error" in strict) == ("error" in loose), case["expr"]
        if "value" in strict and strict["type"] != "dyn":
            assert strict["type"].partition("(")[0] == next(iter(strict["value"])), case["expr"]
            assert strict.get("error", {}).get("code") != "no_such_overload", case["expr"]
