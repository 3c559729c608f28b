"""Drawings of definitions, read by the programs that they are for: Graphviz, bpmn-io, an XML parser."""
import json
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import BUILD, HERE

ROOT = HERE.parents[1]
DEFINITIONS = sorted(path for path in (ROOT / "workflow" / "definitions").glob("*.json") if "." not in path.stem)
DEFINITIONS.append(ROOT / "tests/unit/drawings/whole.json")  # what the unit tests keep drawings of
LANGUAGES = ("ca", "es", "en")
SCXML = "{http://www.w3.org/2005/07/scxml}"


def drawn(path, form, language="ca", *count):
    done = subprocess.run([BUILD / "tests" / "driver_render", path, form, language, *count], capture_output=True, text=True,
                          check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def states_of(document):
    """Every state, with the key of its path."""
    def walk(states, above):
        for key, state in states.items():
            yield above + (key,), state
            yield from walk(state.get("states", {}), above + (key,))
    return dict(walk(document["states"], ()))


def transitions_of(state):
    """Each with its event or None, and what it leads to."""
    for event, alternatives in state.get("on", {}).items():
        for transition in alternatives:
            yield event, transition.get("to")
    for group in ("always", "on_done", "after"):
        for transition in state.get(group, []):
            yield None, transition.get("to")


@pytest.fixture(params=DEFINITIONS, ids=lambda path: path.stem)
def definition(request):
    return request.param, json.loads(request.param.read_text(encoding="utf-8"))


def test_dot_and_bpmn__are_read_by_graphviz_and_bpmn_io(node):
    cases = [(path, form, language) for path in DEFINITIONS for form in ("dot", "bpmn") for language in LANGUAGES]
    answers = node("render_check.mjs", [json.dumps({"format": form, "text": drawn(path, form, language)}) for path, form, language in cases])
    assert len(answers) == len(cases) > 0
    for (path, form, language), answer in zip(cases, answers):
        assert answer.startswith("ok "), (path.stem, form, language, answer)
        seen = json.loads(answer[3:])
        states = states_of(json.loads(path.read_text(encoding="utf-8")))
        leaves = [state for state in states.values() if "states" not in state and state.get("type") != "history"]
        assert seen["nodes" if form == "dot" else "elements"] > len(leaves), (path.stem, form, seen)


def test_a_broken_drawing_would_be_noticed(node):
    answers = node("render_check.mjs", [json.dumps({"format": "dot", "text": "digraph { a -> "}),
                                        json.dumps({"format": "bpmn", "text": "<definitions><process></definitions>"})])
    assert [answer.split()[0] for answer in answers] == ["error", "error"]


def test_scxml__has_every_state_and_transition(definition):
    path, document = definition
    states = states_of(document)
    root = ElementTree.fromstring(drawn(path, "scxml"))
    elements = {element.get("id"): element for element in root.iter() if element.tag.removeprefix(SCXML) in ("state", "parallel", "final", "history")}
    assert set(elements) == {"-".join(key) for key in states}
    for key, state in states.items():
        element = elements["-".join(key)]
        if state.get("type") == "history":
            continue
        assert len(element.findall(SCXML + "transition")) == len(list(transitions_of(state))), key
    for transition in root.iter(SCXML + "transition"):
        for target in (transition.get("target") or "").split():
            assert target in elements


def test_svg__shows_labels_and_counts_and_nothing_from_elsewhere(definition):
    path, document = definition
    for language in LANGUAGES:
        text = drawn(path, "svg", language, "1234")
        svg = ElementTree.fromstring(text)
        titles = {element.text for element in svg.iter("{http://www.w3.org/2000/svg}title")}
        for state in document["states"].values():
            if "states" not in state:
                assert state["label"][language] in titles
        assert text.count(">1234<") == text.count("<rect ")
        assert not re.search(r'href="(?!#)|url\((?!#)|<script|<foreignObject|@import', text)
        left, top, width, height = map(float, svg.get("viewBox").split())
        for box in svg.iter("{http://www.w3.org/2000/svg}rect"):
            assert left <= float(box.get("x")) and float(box.get("x")) + float(box.get("width")) <= width
            assert top <= float(box.get("y")) and float(box.get("y")) + float(box.get("height")) <= height


def test_svg__boxes_do_not_overlap(definition):
    svg = ElementTree.fromstring(drawn(definition[0], "svg"))
    places = [(float(box.get("x")), float(box.get("y"))) for box in svg.iter("{http://www.w3.org/2000/svg}rect")]
    assert len(places) > 3
    for i, (x, y) in enumerate(places):
        assert not any(abs(x - other_x) < 220 and abs(y - other_y) < 44 for other_x, other_y in places[:i])


def test_outline__tells_every_action_its_actors_and_where_it_leads(definition):
    path, document = definition
    for language in LANGUAGES:
        outline = drawn(path, "outline", language)
        assert outline.startswith(document["title"][language])
        for state in states_of(document).values():
            for alternatives in state.get("on", {}).values():
                for transition in alternatives:
                    if "label" in transition:
                        assert f"- {transition['label'][language]}" in outline
        assert outline.count("\n") > len(states_of(document))


def test_mermaid__blocks_are_balanced_and_arrows_join_states_that_are_declared(definition):
    text = drawn(definition[0], "mermaid")
    assert text.splitlines()[3] == "stateDiagram-v2"
    declared = set(re.findall(r'^ *state "[^"]*" as (s\d+)', text, re.M))
    arrows = re.findall(r"^ *(s\d+|\[\*\]) --> (s\d+|\[\*\])", text, re.M)
    assert arrows and all(end in declared or end == "[*]" for arrow in arrows for end in arrow)
    assert text.count("{\n") == len(re.findall(r"^ *}$", text, re.M))
