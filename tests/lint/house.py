#!/usr/bin/env python3
"""The rules of the house that a machine can see in C: calls that are not made, words that are not left, sizes that are not
passed. Comments and literals are blanked first, so that a text may name what code may not call. And how a migration begins."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUNCTION_LINES, FILE_LINES = 70, 450

BANNED = {
    r"\b(?:v?sprintf|strcpy|strcat|strncat|gets|strtok)\s*\(": "has no bound; use snprintf, memcpy or the arena",
    r"\b(?:atoi|atol|atoll|atof)\s*\(": "reports no error; use the strict parsers of base/",
    r"\b(?:system|popen)\s*\(": "starts a shell",
    r"\bPQescape\w*\s*\(": "builds SQL from text; use a parameter",
    r"\bPQexec\s*\(": "runs SQL text; use a named query",
    r"\btime\s*\(\s*NULL\s*\)": "reads the clock; take it from base/clock.h",
    r"\b(?:rand|srand|random)\s*\(": "is predictable; use libsodium through auth/",
    r"\b(?:localtime|gmtime|setlocale)\s*\(": "keeps its answer in a static; use the _r form",
}
# Where a rule has its reason not to hold: (file, pattern's first words).
EXCEPTIONS = {
    ("api/store/migrate.c", r"\bPQexec"),      # a migration is a script of several statements, which has no parameters
}
# What a migration makes is the owner's, where we look for it, and it waits for nobody who works. Those that are applied stay as they are.
MIGRATION = ("SET LOCAL ROLE oam_owner;", "SET LOCAL search_path = oam, pg_catalog;", "SET LOCAL lock_timeout = '2s';")
FIRST_MIGRATION = 37
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def functions(lines):
    """(first line, length) of every body that opens and closes at the left margin."""
    start = None
    for number, line in enumerate(lines, 1):
        if re.match(r"^[A-Za-z_].*\)\s*\{?$", line):
            start = number
        elif line.startswith("}") and start:
            yield start, number - start + 1
            start = None


def faults_of(path):
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text()
    for number, line in enumerate(text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield f"{name}:{number}: finish it, or open an issue: {line.strip()}"
    code = NOISE.sub(blank, text).splitlines()
    for pattern, why in BANNED.items():
        if any(name == file and pattern.startswith(rule) for file, rule in EXCEPTIONS):
            continue
        for number, line in enumerate(code, 1):
            match = re.search(pattern, line)
            if match:
                yield f"{name}:{number}: {match.group(0).rstrip('(').strip()} {why}"
    if len(code) > FILE_LINES:
        yield f"{name}: {len(code)} lines; a file past {FILE_LINES} gets a sibling"
    for start, length in functions(code):
        if length > FUNCTION_LINES:
            yield f"{name}:{start}: a function of {length} lines; one past {FUNCTION_LINES} gets a named helper"


def faults_of_migration(path):
    lines = path.read_text().splitlines()
    for wanted in MIGRATION if int(path.name[:4]) >= FIRST_MIGRATION else ():
        if wanted not in lines:
            yield f"{path.relative_to(ROOT).as_posix()}: does not begin with {wanted}"


def main():
    files = [path for top in ("api", "workflow", "clients") for path in sorted((ROOT / top).rglob("*.[ch]"))]
    migrations = sorted((ROOT / "schema" / "migrations").glob("*.sql"))
    faults = [fault for path in files for fault in faults_of(path)] + [fault for path in migrations for fault in faults_of_migration(path)]
    print("\n".join(faults + [f"{len(files + migrations)} files, {len(faults)} faults"]))
    sys.exit(1 if faults else 0)


main()
