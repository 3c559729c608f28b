#!/usr/bin/env python3
"""mutants.py PART… [--count N] [--seed N] [--jobs N] [--build DIR] [--sanitized DIR] [--only TEXT]: how many faults in C the tests notice.

A part is a folder of workflow/; `engine` is also the files beside the folders. Each mutant is one source with one fault put in: a comparison
moved by one or turned round, a sum made a difference, a condition negated, a constant or a statement changed. It is compiled, linked with the
rest into a library in its place, and all unit tests of workflow/ and the property tests of the part run on it, the quickest first, until one
fails, crashes or does not end. A mutant that does not compile is none; one that compiles to the same bytes as the source or as another mutant
is not counted. What survives is tried again in a sanitized build, if one is given: it sees what reads beyond its bounds. Survivors are listed
with their line: some are no fault at all (`<` and `<=` where both ends give the same), the others are tests that are missing.

    mutants.py calendar --count 150 --seed 1 --sanitized build/dev

The build is made where it is missing (no sanitizers, no link-time optimization: a mutant costs a compiler and a link).
"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOISE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
UNIT = re.compile(r"unit_test_(workflow|calendar|expression|assignment)")
# The property tests that look at each part; those of the others cost seconds and see little of it.
PROPERTY = {
    "assignment": r"assignment", "calendar": r"calendar", "definition": r"workflow_refusals", "engine": r"workflow_(walks|guards|procedures|verify)",
    "expression": r"expression|workflow_guards", "migration": r"workflow_migration", "verify": r"workflow_verify",
}
MEMORY = 4 << 30

OPERATORS = [
    (r" < ", [" <= ", " >= "]), (r" <= ", [" < ", " > "]), (r" > ", [" >= ", " <= "]), (r" >= ", [" > ", " < "]),
    (r" == ", [" != "]), (r" != ", [" == "]), (r" && ", [" || "]), (r" \|\| ", [" && "]), (r" \+ ", [" - "]), (r" - ", [" + "]),
    (r" \+= ", [" -= ", " = "]), (r" -= ", [" += "]), (r"\+\+", ["--"]), (r"--", ["++"]), (r"(?<=\()!(?=[\w(])", [""]),
    (r"\btrue\b", ["false"]), (r"\bfalse\b", ["true"]), (r"\b0\b(?!x)", ["1"]), (r"\b1\b", ["0", "2"]), (r"\b([2-9]|1[0-9])\b", ["+1"]),
    (r"(?<=\n)    [ ]*[\w>.\[\]*-]+ [-+|&]?= [^;\n{}]*;(?=\n)", [";"]), (r"(?<=\n)    [ ]*\w+\([^;\n]*\);(?=\n)", [";"]),
    (r"(?<=\n)    [ ]*(?:break|continue);(?=\n)", [";"]),
]


class Mutant(collections.namedtuple("Mutant", "source start end new")):
    """One text in the place of another."""

    def text(self):
        whole = self.source.read_text()
        return whole[:self.start] + self.new + whole[self.end:]

    def __str__(self):
        whole = self.source.read_text()
        number = whole.count("\n", 0, self.start)
        before = whole[self.start:self.end].strip()
        return f"{self.source.relative_to(ROOT)}:{number + 1}: {before!r} -> {self.new.strip()!r}   | {whole.splitlines()[number].strip()}"


def mutants_of(source):
    """Every mutant of a file."""
    text = source.read_text()
    code = NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)
    for pattern, replacements in OPERATORS:
        for match in re.finditer(pattern, code):
            if text[text.rfind("\n", 0, match.start()) + 1:].startswith("#"):
                continue
            for replacement in replacements:
                yield Mutant(source, match.start(), match.end(), str(int(match.group(0)) + 1) if replacement == "+1" else replacement)


def tests_of(part):
    names = sorted(f"{kind}_{path.stem}" for kind in ("unit", "property") for path in (ROOT / "tests" / kind).glob("test_*.c"))
    own = re.compile(f"property_test_({PROPERTY.get(part, '$')})")
    return [name for name in names if UNIT.match(name) or own.match(name)]


def sources_of(part):
    own = sorted((ROOT / "workflow" / part).glob("*.c"))
    return own + (sorted((ROOT / "workflow").glob("*.c")) if part == "engine" else [])


class Bench:
    """A build whose tests take the engine from a library that is made anew for each mutant."""

    def __init__(self, build, names, scratch, memory=None):
        self.build, self.scratch, self.memory = build.resolve(), pathlib.Path(scratch), memory
        subprocess.run(["ninja", "-C", self.build, *names], stdout=subprocess.DEVNULL, check=True)
        entries = json.loads((self.build / "compile_commands.json").read_text())
        outputs = {pathlib.Path(entry["file"]).resolve(): re.search(r" -o (\S+)", entry["command"]).group(1) for entry in entries}
        self.objects = {path: output for path, output in outputs.items() if output.startswith("workflow/")}
        self.compilers = {pathlib.Path(entry["file"]).resolve(): compiler_of(entry) for entry in entries}
        links = {name: self.link_of(name) for name in names}
        words = next(iter(links.values()))
        self.linker = [words[0], "-shared", "-fuse-ld=lld", *(word for word in words if word.startswith("-fsanitize")),
                       *(word for word in words if word.endswith("libjansson.so"))]
        self.archive_of(self.scratch, None, None)
        self.tests = []
        for name, words in links.items():
            subprocess.run([*words, "-o", self.scratch / name], cwd=self.build, check=True)
            began = time.monotonic()
            if self.fails(name, self.scratch, 300):
                sys.exit(f"{name} fails without a fault")
            self.tests.append((time.monotonic() - began, name))
        self.tests.sort()

    def link_of(self, test):
        """What links the test with the library instead of the archives, without its output."""
        commands = subprocess.run(["ninja", "-C", self.build, "-t", "commands", test], text=True, capture_output=True, check=True).stdout
        words = [word for word in shlex.split(commands.splitlines()[-1].removeprefix(": && ").removesuffix(" && :")) if word != "ccache"]
        del words[words.index("-o"):words.index("-o") + 2]
        first = next(i for i, word in enumerate(words) if word.startswith("workflow/"))
        words = [word for word in words if not word.startswith("workflow/")]
        return [words[0], "-fuse-ld=lld", *words[1:first], str(self.scratch / "libengine.so"), *words[first:]]

    def archive_of(self, folder, source, made):
        """The engine with one object in another's place."""
        objects = [made if path == source else output for path, output in self.objects.items()]
        subprocess.run([*self.linker, *objects, "-Wl,-soname,libengine.so", "-o", folder / "libengine.so"], cwd=self.build, check=True)

    def compiled(self, source, text, folder):
        """The object of a text of the source; None when it does not compile."""
        (folder / "mutant.c").write_text(text)
        command = [*self.compilers[source], f"-I{source.parent}", "-c", "mutant.c", "-o", "mutant.o"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        return None if done.returncode else folder / "mutant.o"

    def fails(self, test, folder, seconds):
        def bounded():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if self.memory:
                resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))
        environment = dict(os.environ, OAM_SOURCE=str(ROOT), OAM_BUILD=str(self.build), LD_LIBRARY_PATH=str(folder))
        try:
            return subprocess.run([self.scratch / test], cwd=ROOT, capture_output=True, check=False, timeout=seconds, env=environment,
                                  preexec_fn=bounded).returncode != 0
        except subprocess.TimeoutExpired:
            return True

    def noticed(self, source, made, folder):
        """The first test that fails with the object; None when all hold."""
        self.archive_of(folder, source, made)
        return next((test for took, test in self.tests if self.fails(test, folder, 10 * took + 2)), None)


def compiler_of(entry):
    """What compiles the source, without its input and output."""
    words = shlex.split(entry["command"])
    del words[words.index("-o"):words.index("-o") + 2]
    words = [word for word in words if word not in ("-c", "ccache", "-g", entry["file"], "-Werror")]
    return [*words, "-w", f"-I{ROOT}", f"-I{entry['directory']}"]


class Part:
    """The mutants of one part, and what became of them."""

    def __init__(self, name, benches):
        self.name, self.benches = name, benches
        self.digests, self.lock = set(), threading.Lock()
        self.counts = collections.Counter()

    def judged(self, mutant):
        """"killed", "survived", "none" (does not compile) or "equivalent"."""
        with tempfile.TemporaryDirectory() as scratch:
            for number, bench in enumerate(self.benches):
                folder = pathlib.Path(scratch)
                made = bench.compiled(mutant.source, mutant.text(), folder)
                if made is None:
                    return "none"
                if number == 0 and not self.is_new(mutant.source, made):
                    return "equivalent"
                if bench.noticed(mutant.source, made, folder):
                    return "killed"
        return "survived"

    def is_new(self, source, made):
        digest = source, hashlib.sha256(made.read_bytes()).digest()
        with self.lock:
            known = digest in self.digests
            self.digests.add(digest)
        return not known

    def run(self, count, seed, jobs, only):
        sources = [source.resolve() for source in sources_of(self.name)]
        with tempfile.TemporaryDirectory() as scratch:
            for source in sources:
                self.is_new(source, self.benches[0].compiled(source, source.read_text(), pathlib.Path(scratch)))
        mutants = [mutant for source in sources for mutant in mutants_of(source)]
        random.Random(seed).shuffle(mutants)
        mutants = [mutant for mutant in mutants if only in str(mutant)]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for mutant, verdict in zip(mutants, pool.map(self.judged, mutants)):
                self.counts[verdict] += 1
                if verdict == "survived":
                    print(mutant, flush=True)
                if self.counts["killed"] + self.counts["survived"] == count:
                    pool.shutdown(wait=False, cancel_futures=True)
                    break
        killed, survived = self.counts["killed"], self.counts["survived"]
        print(json.dumps({"part": self.name, "seed": seed, "of": len(mutants), "tried": killed + survived, "killed": killed, "survived": survived,
                          "equivalent": self.counts["equivalent"], "rate": round(100 * killed / max(1, killed + survived), 1)}), flush=True)


def built(folder):
    if not (folder / "build.ninja").exists():
        subprocess.run(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O2"],
                       stdout=subprocess.DEVNULL, check=True)
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", metavar="PART")
    parser.add_argument("--count", type=int, default=150, help="mutants of each part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/mutants")
    parser.add_argument("--sanitized", type=pathlib.Path, help="where what survives is tried again")
    parser.add_argument("--only", default="", help="only mutants whose line of the list has this text")
    given = parser.parse_args()
    for part in given.parts:
        with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as sanitized:
            benches = [Bench(built(given.build), tests_of(part), plain, MEMORY)]
            if given.sanitized:
                benches.append(Bench(given.sanitized, tests_of(part), sanitized))
            Part(part, benches).run(given.count, given.seed, given.jobs, given.only)


if __name__ == "__main__":
    main()
