"""junit.py FILE...: what ctest's reports say. First line `passed failed skipped`; then each failure, with what of pytest's failed in
it and the end of its output, and each skip with its reason."""
import re
import sys
import xml.etree.ElementTree as ElementTree

END_LINES = 60
TESTS_TOLD, LINE_WIDTH = 20, 200
HEADING = re.compile(r"_{3,} (.+) _{3,}")  # of a test that failed, above its traceback


def outcome(case):
    """ctest writes <skipped> for a test that skipped itself and also for one that could not start: the message tells."""
    if case.get("status") == "run":
        return "passed"
    messages = [skipped.get("message", "") for skipped in case.iter("skipped")]
    return "skipped" if any(message.startswith("SKIP_RETURN_CODE") for message in messages) else "failed"


def failed_tests(lines):
    """Each test that pytest says has failed, with the first lines of what it found: the end of a long comparison tells neither."""
    told = []
    for number, line in enumerate(lines):
        heading = HEADING.fullmatch(line)
        if heading and len(told) < TESTS_TOLD:
            found = (found[4:].strip() for found in lines[number:] if found.startswith("E   "))
            told.append(f"{heading[1]}: {next(found, '')} {next(found, '')}"[:LINE_WIDTH])
    return told


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
                report += [f"FAIL {case.get('name')}", *(f"  {test}" for test in failed_tests(output)),
                           *(f"    {line[:LINE_WIDTH]}" for line in output[-END_LINES:])]
    print(counts["passed"], counts["failed"], counts["skipped"])
    print("\n".join(report))


main()
