#!/usr/bin/env python3
"""Every row of a table has a use, and every folder says what it is for. A query, a sentence, an error kind, a violation, a
permission, a setting or a function of a header that nothing names any more is taken away, not kept for later."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Data, by the name of its folder: what stands there is described one level up.
WITHOUT_README = re.compile(r"tests/fuzz/corpus|tests/load/wrk|node_modules|__pycache__|\.pytest_cache|\.hypothesis")
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "defined", "__attribute__", "cleanup"}


def words_of(*tops):
    """How often each word stands in the C of these folders; comments and literals do not count."""
    counts = {}
    for top in tops:
        for path in (ROOT / top).rglob("*.[ch]"):
            code = re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', " ", path.read_text(), flags=re.S)
            for word in re.findall(r"\w+", code):
                counts[word] = counts.get(word, 0) + 1
    return counts


def rows(path, macro):
    """The first argument of each row of a .def table."""
    return re.findall(rf"^{macro}\((\w+)", (ROOT / path).read_text(), re.M)


def tables(words):
    """(what it is, its name, is it used) of every row."""
    for path in sorted((ROOT / "schema/queries").glob("*.sql")):
        for name in re.findall(r"^-- name: (\w+)$", path.read_text(), re.M):
            yield f"{path.relative_to(ROOT)}: query", name, f"QUERY_{name.upper()}" in words
    kinds = {f"problem_{name.lower()}" for name in rows("api/base/error_kinds.def", "ERROR_KIND")}
    violations = {f"violation_{name.lower()}" for name in rows("api/base/violations.def", "VIOLATION")}
    for key in json.loads((ROOT / "api/base/text/ca.json").read_text()):
        told = key in kinds or key in violations or key.removeprefix("help_") in kinds
        yield "api/base/text: sentence", key, told or f"TEXT_{key.upper()}" in words
    for name in rows("api/base/error_kinds.def", "ERROR_KIND"):
        yield "api/base/error_kinds.def: kind", name, f"ERROR_{name}" in words
    for name in rows("api/base/violations.def", "VIOLATION"):
        yield "api/base/violations.def: violation", name, name in words or f"VIOLATION_{name}" in words
    for name in rows("api/auth/permissions.def", "PERMISSION"):
        yield "api/auth/permissions.def: permission", name, name in words or f"PERMISSION_{name}" in words
    for name in rows("api/base/config.def", r"CONFIG_\w+"):
        yield "api/base/config.def: setting", name, name in words


def functions(words):
    """Of headers of the server: declared, defined, and named once more at least (a test counts). liboam's are its users'."""
    for top in ("api", "workflow"):
        for path in sorted((ROOT / top).rglob("*.h")):
            code = re.sub(r"/\*.*?\*/", " ", path.read_text(), flags=re.S)
            for name in sorted(set(re.findall(r"\b([a-z]\w*)\s*\(", code)) - KEYWORDS):
                yield f"{path.relative_to(ROOT)}: function", name, words[name] > 2 or re.search(rf"\b{name}\([^)]*\)\s*\{{", code)


def folders():
    for path in sorted(path for top in ("api", "workflow", "schema", "clients", "tests", "docker")
                       for path in (ROOT / top, *(ROOT / top).rglob("*")) if path.is_dir()):
        name = path.relative_to(ROOT).as_posix()
        if not WITHOUT_README.search(name) and any(child.is_file() for child in path.iterdir()):
            yield name, (path / "README.md").exists()


def main():
    product, all_words = words_of("api", "workflow"), words_of("api", "workflow", "tests")
    faults = [f"{what} `{name}` is used by nothing" for what, name, used in tables(product) if not used]
    faults += [f"{what} `{name}` is called by nothing" for what, name, used in functions(all_words) if not used]
    faults += [f"{name}: a README.md says what a folder is for" for name, has_readme in folders() if not has_readme]
    print("\n".join(faults + [f"{len(faults)} faults"]))
    sys.exit(1 if faults else 0)


main()
