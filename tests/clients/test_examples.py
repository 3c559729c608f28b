"""The examples of clients/c: built with the tree and against an installed library, and run against a server."""
import json
import os
import re
import shutil
import subprocess

import pytest

from oamtest.database import BUILD, SOURCE

EXAMPLES = SOURCE / "clients" / "c" / "examples"
BUILT = BUILD / "clients" / "c" / "examples"


@pytest.fixture
def run(server, someone):
    """run("status", ref) runs that example as the integration."""
    client = someone("integration")

    def start(name, *arguments, expect=0, folder=BUILT, **more):
        environment = {**os.environ, "OAM_URL": server.url, "OAM_CLIENT_ID": client["client_id"],
                       "OAM_CLIENT_SECRET": client["client_secret"], **more}
        done = subprocess.run([folder / name, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == expect and "Sanitizer" not in done.stderr, done.stdout + done.stderr
        return done

    return start


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Where liboam is installed, by the very lines of the README."""
    home = tmp_path_factory.mktemp("home")
    text = (SOURCE / "clients" / "c" / "README.md").read_text()
    lines = re.search(r"^```sh install\n(.*?)^```$", text, flags=re.M | re.S).group(1).replace("build/release", str(BUILD))
    subprocess.run(["bash", "-euc", lines], cwd=SOURCE, env=dict(os.environ, HOME=str(home)), check=True, capture_output=True)
    return home / ".local"


def sanitizers():
    """What the library was instrumented with, its users need too."""
    cache = (BUILD / "CMakeCache.txt").read_text()
    chosen = re.search(r"^OAM_SANITIZE:\w+=(.+)$", cache, re.M)
    return [f"-fsanitize={chosen.group(1)}"] if chosen else []


def test_every_example_is_named_where_it_is_looked_for():
    sources = {path.stem for path in EXAMPLES.glob("*.c")}
    built = set(re.search(r"foreach\(example ([^)]+)\)", (EXAMPLES / "CMakeLists.txt").read_text()).group(1).split())
    assert sources == built and len(sources) >= 3
    for name in sources:
        assert f"`{name} " in (EXAMPLES / "README.md").read_text()
        assert f"`{name}.c`" in (EXAMPLES.parent / "README.md").read_text()


def test_the_status_of_a_request(run, filed):
    ref = filed()
    status, still = run("status", ref).stdout.splitlines()
    assert json.loads(status)["ref"] == ref and still == "still so"
    assert "not_found" in run("status", "OAM-2026-999999", expect=1).stderr
    assert "usage" in run("status", expect=2).stderr
    assert run("status", ref, expect=1, OAM_CLIENT_SECRET="wrong").stderr.startswith("auth: ")
    assert run("status", ref, expect=1, OAM_URL="http://127.0.0.1:1").stderr.startswith("network: ")
    assert run("status", ref, expect=1, OAM_URL="nonsense").stderr.startswith("argument: ")


def test_filing_once(run, someone, oamctl):
    own = f"example-{os.getpid()}"
    words = ("file", someone("local_user")["body"], "OAM-GEN", "Des de l'exemple", own)
    first, second = run(*words).stdout.strip(), run(*words).stdout.strip()
    assert re.fullmatch(r"/api/v1/requests/OAM-\d{4}-\d{6}", first) and second == first + " (was filed before)"
    assert len(oamctl("list", "--external-ref", own, "--json", role="integration").json) == 1
    refused = run("file", someone("local_user")["body"], "OAM-GEN", "x", own + "-bad", expect=1).stderr
    assert "[invalid]" in refused and "  /title: " in refused


def test_following_from_where_it_was_left(run, filed, oamctl, tmp_path):
    position = tmp_path / "position"
    oamctl("events", "--cursor", position, "-q")
    ref = filed()
    first = run("follow", position, 1).stdout.split()
    second = run("follow", position, 1).stdout.split()
    assert [first[1], second[1]] == [ref, ref] and [first[2], second[2]] == ["cat.oam.request.created", "cat.oam.request.submitted"]
    assert position.read_text() == second[0] + "\n"


@pytest.mark.parametrize("content", ["", "latest\n", "12", "12\n13\n", "-1\n", "99999999999999999999\n"])
def test_a_cursor_file_that_holds_no_position_is_refused(run, tmp_path, content):
    """Rather than to begin anew and do everything once more."""
    position = tmp_path / "position"
    position.write_text(content)
    assert "holds no position" in run("follow", position, 1, expect=1).stderr and position.read_text() == content


def test_many_statuses_are_told_and_each_change_of_them(filed, oamctl, server, someone):
    """Through a server that dies: whoever waits in poll() hears of every change, once it is back."""
    refs = [filed() for _ in range(3)]
    client = someone("integration")
    environment = {**os.environ, "OAM_URL": server.url, "OAM_CLIENT_ID": client["client_id"], "OAM_CLIENT_SECRET": client["client_secret"]}
    many = subprocess.Popen([BUILT / "many", "6", *refs, refs[0], "OAM-2026-999999"], env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = dict(many.stdout.readline().rstrip("\n").split(" ", 1) for _ in range(4))
    assert set(first) == {*refs, "OAM-2026-999999"} and first["OAM-2026-999999"] == "missing"
    server.kill()
    server.start()
    oamctl("comment", refs[1], "Encara hi som.")
    told = many.stdout.readline().rstrip("\n").split(" ", 1)
    assert told[0] == refs[1] and json.loads(told[1])["version"] > json.loads(first[refs[1]])["version"]
    oamctl("comment", refs[2], "I nosaltres.")
    last, fault = many.communicate(timeout=60)
    assert many.returncode == 0 and not fault and last.split(" ", 1)[0] == refs[2]


def test_the_library_is_installed_alone(installed):
    names = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert {"include/oam.h", "lib/liboam.a", "lib/liboam.so", "lib/pkgconfig/liboam.pc"} <= names
    assert not any("oamd" in name or "oamctl" in name or "internal" in name for name in names)


def test_the_examples_build_against_the_installed_library_by_cmake(installed, run, filed, tmp_path):
    copy = tmp_path / "examples"
    shutil.copytree(EXAMPLES, copy)
    flags = " ".join(sanitizers())
    subprocess.run(["cmake", "-S", copy, "-B", tmp_path / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}",
                    "-DOAM_WERROR=ON", f"-DCMAKE_C_FLAGS={flags}"], check=True, capture_output=True)
    subprocess.run(["cmake", "--build", tmp_path / "build"], check=True, capture_output=True)
    assert "still so" in run("status", filed(), folder=tmp_path / "build").stdout


def test_an_example_builds_against_the_installed_library_by_pkg_config(installed, run, filed, tmp_path):
    environment = {**os.environ, "PKG_CONFIG_PATH": str(installed / "lib" / "pkgconfig")}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "liboam"], env=environment, check=True, capture_output=True,
                           text=True).stdout.split()
    subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *sanitizers(), "-o", tmp_path / "status",
                    EXAMPLES / "status.c", *flags], check=True)
    assert "still so" in run("status", filed(), folder=tmp_path, LD_LIBRARY_PATH=str(installed / "lib")).stdout
