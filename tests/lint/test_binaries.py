"""What the compiler and the linker were asked to do against memory that is overwritten is in the programs that they made."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(os.environ.get("OAM_SOURCE", pathlib.Path(__file__).parents[2]))
BUILD = pathlib.Path(os.environ.get("OAM_BUILD", SOURCE / "build" / "dev"))
PROGRAMS = [BUILD / "bin" / name for name in ("oamd", "oamctl")]

pytestmark = [pytest.mark.skipif(not shutil.which("readelf"), reason="readelf is not installed"),
              pytest.mark.skipif(not all(program.exists() for program in PROGRAMS), reason=f"no programs in {BUILD}/bin")]


def readelf(program, *what):
    return subprocess.run(["readelf", "-W", *what, program], check=True, capture_output=True, text=True).stdout


def cache(name):
    found = re.search(rf"^{name}:[A-Z]+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)
    return found[1] if found else ""


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program__is_at_no_address_that_one_could_know(program):
    assert re.search(r"Type:\s+DYN \(Position-Independent Executable file\)", readelf(program, "-h"))
    assert "TEXTREL" not in readelf(program, "-d")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program__writes_where_nothing_runs_and_runs_where_nothing_is_written(program):
    segments = readelf(program, "-l")
    assert re.search(r"GNU_STACK\s.* RW\s", segments)
    assert not re.search(r"^\s+LOAD\s.*\sRWE\s", segments, re.M)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program__binds_everything_at_its_start_and_locks_it(program):
    assert "GNU_RELRO" in readelf(program, "-l")
    dynamic = readelf(program, "-d")
    assert re.search(r"\(FLAGS\)\s+.*BIND_NOW", dynamic) or "(BIND_NOW)" in dynamic
    assert "RPATH" not in dynamic


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program__watches_its_stack_and_its_buffers(program):
    symbols = readelf(program, "--dyn-syms")
    assert "__stack_chk_fail" in symbols
    if cache("CMAKE_BUILD_TYPE") != "Debug" and not cache("OAM_SANITIZE"):
        assert re.search(r"__(memcpy|snprintf|vsnprintf|printf|fprintf)_chk", symbols)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program__calls_nothing_that_runs_a_shell_or_copies_without_end(program):
    """HOUSE's list, after the preprocessor and the linker: no macro hides one, no library of ours brings one in."""
    called = {line.split()[-1].split("@")[0] for line in readelf(program, "--dyn-syms").splitlines() if " UND " in line}
    sanitized = {"system", "popen", "sprintf", "strcpy", "strcat", "gets", "vsprintf", "atoi"} if cache("OAM_SANITIZE") else set()
    assert not called & ({"system", "popen", "execlp", "execvp", "sprintf", "vsprintf", "strcpy", "strcat", "gets", "atoi", "mktemp", "tmpnam"} - sanitized)
