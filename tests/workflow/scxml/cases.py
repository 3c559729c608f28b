"""The cases of the W3C and of SCION: what each says, and what it is in our format."""
import collections
import json
import pathlib

import appendix_d
from convert import convert, event_name
from expression import Unsupported
from forbidden import Forbidden
from read_document import read_document
from read_scxml import read_scxml

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "node_modules" / "@scion-scxml" / "test-framework" / "test"
W3C = "w3c-ecma"
# Traces of SCION that contradict Appendix D, where its own `legacySemantics` has the standard's: a region that targets
# itself exits the parallel state around it, which is no compound one (findLCCA).
LEGACY = {"more-parallel/test10", "more-parallel/test10b"}

Case = collections.namedtuple("Case", "name suite read events expected skipped forbidden document calls data folds")


def paths():
    """Every case; a document that another one invokes is part of that one."""
    return [path for path in sorted(FOLDER.glob("*/*.scxml")) if "sub1" not in path.name]


def script_of(path):
    """(events, expected): the W3C's cases have to come to rest in `pass`, the manual one to an end."""
    if path.parent.name == W3C:
        return [], [["pass"]]
    trace = json.loads(path.with_suffix(".json").read_text())
    if name_of(path) in LEGACY:
        trace = trace["legacySemantics"]
    events = [(event["event"]["name"], event.get("after", 0)) for event in trace["events"]]
    return events, [sorted(c) for c in [trace["initialConfiguration"], *(e["nextConfiguration"] for e in trace["events"])]]


def name_of(path):
    return f"{path.parent.name}/{path.name.split('.')[0]}"


def read_case(path):
    """A case as our document, or why not. Whatever is converted has been judged twice by Appendix D: as it was, and as it
    became; only then does it say anything about an engine."""
    events, expected = script_of(path)
    fields = {"name": name_of(path), "suite": "w3c" if path.parent.name == W3C else "scion", "read": False,
              "skipped": None, "forbidden": False, "document": None, "calls": None, "data": None, "folds": []}
    try:
        chart = read_scxml(path)
        if path.parent.name == W3C and "pass" not in chart.states:
            expected = [["final"]]
        if appendix_d.play(chart, events)[0] != expected:
            raise AssertionError(f"{path}: Appendix D does not give the trace")
        fields["read"] = True
        document, calls, data, folds, keys = convert(chart, [name for name, _ in events])
        fields |= {"document": document, "calls": calls, "data": data, "folds": folds}
        events = [(event_name(name), after) for name, after in events]
        expected = [sorted(keys[state] for state in atoms) for atoms in expected]
        if judged(document, calls, data, events) != expected:
            raise Unsupported("an error told by an event")
    except Unsupported as reason:
        fields |= {"skipped": str(reason), "forbidden": isinstance(reason, Forbidden)}
    return Case(events=events, expected=expected, **fields)


def judged(document, calls, data, events):
    """The configurations of a document by Appendix D, atomic states by their keys."""
    configurations, _ = appendix_d.play(read_document(document, calls, data), events, False)
    return [sorted(path.rpartition(".")[2] for path in atoms) for atoms in configurations]


def cases():
    return [read_case(path) for path in paths()]


def skipped(found):
    """The cases left out, as lines: `reason: name name ...`."""
    names = collections.defaultdict(list)
    for case in found:
        if case.skipped:
            names["forbidden by design, " * case.forbidden + case.skipped].append(case.name)
    return "".join(f"{len(names[reason])} {reason}: {' '.join(names[reason])}\n" for reason in sorted(names))


if __name__ == "__main__":
    print(skipped(cases()), end="")
