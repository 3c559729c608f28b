#!/usr/bin/env python3
"""mutants.py SOURCE.c… --tests TEST… [--build DIR] [--count N] [--seed N] [--jobs N]: how many faults the tests notice.

Each mutant is one of the sources with one fault put in: a comparison moved by one or turned round, a sum made a difference, a condition
negated, a constant or a statement changed. It is compiled as the build compiles the source and linked in its library's stead into each test; a
test that fails, crashes or does not end has noticed it. A mutant that does not compile is none. Survivors are listed: some are no fault at all
(`<` and `<=` where both ends give the same), the others are tests that are missing.

    mutants.py workflow/calendar/*.c --build build/release --tests unit_test_calendar_time unit_test_calendar_terms
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOISE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
TEST_SECONDS = 60

OPERATORS = [
    (r" < ", [" <= ", " >= "]), (r" <= ", [" < ", " > "]), (r" > ", [" >= ", " <= "]), (r" >= ", [" > ", " < "]),
    (r" == ", [" != "]), (r" != ", [" == "]), (r" && ", [" || "]), (r" \|\| ", [" && "]), (r" \+ ", [" - "]), (r" - ", [" + "]),
    (r" \+= ", [" -= ", " = "]), (r" -= ", [" += "]), (r"\+\+", ["--"]), (r"--", ["++"]), (r"(?<=\()!(?=[\w(])", [""]),
    (r"\btrue\b", ["false"]), (r"\bfalse\b", ["true"]), (r"\b0\b(?!x)", ["1"]), (r"\b1\b", ["0", "2"]), (r"\b([2-9]|1[0-9])\b", ["+1"]),
    (r"(?<=\n)    [ ]*[\w>.\[\]*-]+ [-+|&]?= [^;\n{}]*;(?=\n)", [";"]), (r"(?<=\n)    [ ]*\w+\([^;\n]*\);(?=\n)", [";"]),
    (r"(?<=\n)    [ ]*(?:break|continue);(?=\n)", [";"]),
]


def mutants_of(source):
    """(source, line, text before, text after, the whole mutated text) of every mutant of a file."""
    text = source.read_text()
    code = NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)
    for pattern, replacements in OPERATORS:
        for match in re.finditer(pattern, code):
            line = text.count("\n", 0, match.start()) + 1
            if text.splitlines()[line - 1].startswith("#"):
                continue
            for replacement in replacements:
                new = str(int(match.group(0)) + 1) if replacement == "+1" else replacement
                before = text[match.start():match.end()].strip()
                yield source, line, before, new.strip(), text[:match.start()] + new + text[match.end():]


def compile_command(build, source):
    """What compiles the source, without its input and output."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]).resolve() == source.resolve():
            words = shlex.split(entry["command"])
            del words[words.index("-o"):words.index("-o") + 2]
            return [word for word in words if word not in ("-c", "ccache", entry["file"], "-Werror")] + ["-w"]
    sys.exit(f"{build} does not compile {source}")


def link_command(build, test):
    """What links the test, without its output: its own objects first, then libraries."""
    commands = subprocess.run(["ninja", "-C", str(build), "-t", "commands", test], text=True, capture_output=True, check=True).stdout
    words = shlex.split(commands.splitlines()[-1].removeprefix(": && ").removesuffix(" && :"))
    del words[words.index("-o"):words.index("-o") + 2]
    return [word for word in words if word != "ccache"]


def noticed_by(build, tests, mutant):
    """The test that notices a mutant; "" when none does, None when it does not compile."""
    source, _, _, _, text = mutant
    with tempfile.TemporaryDirectory() as scratch:
        changed, made, program = (os.path.join(scratch, name) for name in ("mutant.c", "mutant.o", "test"))
        pathlib.Path(changed).write_text(text)
        if subprocess.run([*compile_command(build, source), "-c", changed, "-o", made], cwd=build, capture_output=True, check=False).returncode:
            return None
        for test, (words, first_library) in tests.items():
            command = [*words[:first_library], made, *words[first_library:], "-o", program]
            subprocess.run(command, cwd=build, capture_output=True, check=True)
            try:
                done = subprocess.run([program], cwd=ROOT, capture_output=True, check=False, timeout=TEST_SECONDS,
                                      env=dict(os.environ, OAM_SOURCE=str(ROOT)))
            except subprocess.TimeoutExpired:
                return test
            if done.returncode:
                return test
        return ""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", type=pathlib.Path)
    parser.add_argument("--tests", nargs="+", required=True)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return parser.parse_args()


def main():
    given = arguments()
    build = given.build.resolve()
    tests = {}
    for test in given.tests:
        words = link_command(build, test)
        tests[test] = words, next(i for i, word in enumerate(words) if word.endswith(".a"))
        if subprocess.run([str(build / "tests" / test)], cwd=ROOT, capture_output=True, check=False,
                          env=dict(os.environ, OAM_SOURCE=str(ROOT))).returncode:
            sys.exit(f"{test} fails without a fault")
    mutants = [mutant for source in given.sources for mutant in mutants_of(source.resolve())]
    random.Random(given.seed).shuffle(mutants)
    killed = survived = 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        chosen = mutants[:given.count]
        for mutant, test in zip(chosen, pool.map(lambda one: noticed_by(build, tests, one), chosen)):
            killed += bool(test)
            survived += test == ""
            if test == "":
                source, line, before, after, _ = mutant
                print(f"{source.relative_to(ROOT)}:{line}: {before!r} -> {after!r}", flush=True)
    print(json.dumps({"of": len(mutants), "tried": killed + survived, "killed": killed,
                      "rate": round(100 * killed / max(1, killed + survived), 1)}))


main()
