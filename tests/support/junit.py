"""junit.py FILE...: what ctest's reports say. First line `passed failed skipped`; then each failure with the end of its output
and each skip with its reason."""
import sys
import xml.etree.ElementTree as ElementTree

END_LINES = 60


def outcome(case):
    """ctest writes <skipped> for a test that skipped itself and also for one that could not start: the message tells."""
    if case.get("status") == "run":
        return "passed"
    messages = [skipped.get("message", "") for skipped in case.iter("skipped")]
    return "skipped" if any(message.startswith("SKIP_RETURN_CODE") for message in messages) else "failed"


def main():
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    report = []
    for path in sys.argv[1:]:
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            result = outcome(case)
            counts[result] += 1
            if result == "passed":
                continue
            output = (case.findtext("system-out") or "").rstrip().splitlines() or ["no output"]
            if result == "skipped":
                report.append(f"SKIP {case.get('name')}: {output[-1]}")
            else:
                report += [f"FAIL {case.get('name')}"] + [f"    {line}" for line in output[-END_LINES:]]
    print(counts["passed"], counts["failed"], counts["skipped"])
    print("\n".join(report))


main()
