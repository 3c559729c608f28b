"""./oam for a user who is not root: the packages come by sudo, once asked, and every failure says what to do next."""
import os
import shutil
import subprocess

import pytest

from conftest import on_terminal
from oamtest.database import SOURCE

# What ./oam calls before it builds; dpkg-query, apt-get, sudo and id are ours.
TOOLS = ("awk bash cat chmod comm cp cut date dirname env grep head id mkdir mktemp mv rm sed sh sleep sort stat tail tee test touch tr "
         "wc").split()

DPKG_QUERY = """#!/bin/sh
while read -r package; do echo "installed $package"; done <"$SCRATCH/installed"
"""

APT_GET = """#!/bin/bash
echo "apt-get $*" >>"$SCRATCH/calls"
[ -e "$SCRATCH/policy-rc.d" ] || echo "no policy" >>"$SCRATCH/calls"
case $* in
  *update*) touch "$SCRATCH/lists" ;;
  *install*)
    if [ -e "$SCRATCH/broken" ]; then echo "E: Failed to fetch http://deb.example/pool: Temporary failure"; exit 100; fi
    if [ ! -e "$SCRATCH/lists" ]; then echo "E: Unable to locate package"; exit 100; fi
    for word in "$@"; do case $word in -* | install | DPkg*) ;; *) echo "$word" >>"$SCRATCH/installed" ;; esac; done
    ;;
esac
"""

# Not root, so what it runs may not write where root may: those places are moved into the scratch folder.
SUDO = """#!/bin/bash
echo "sudo $1" >>"$SCRATCH/calls"
case $1 in
  -n) exit "$(cat "$SCRATCH/sudo-n")" ;;
  -v) read -r -s -p "[sudo] password: " word </dev/tty; echo; [ "$word" = "right" ] ;;
  bash) sed "s#/usr/sbin/policy-rc.d#$SCRATCH/policy-rc.d#; s#/etc/postgresql-common#$SCRATCH#; s#/usr/lib/postgresql#$SCRATCH/no#" | "$@" ;;
esac
"""

ID = """#!/bin/sh
case $1 in -u) echo 1000 ;; -un) echo newcomer ;; *) exit 1 ;; esac
"""


class Machine:
    """A PATH with nothing on it but what is named, and what was called."""

    def __init__(self, folder):
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        for name, text in (("dpkg-query", DPKG_QUERY), ("apt-get", APT_GET), ("sudo", SUDO), ("id", ID)):
            (self.bin / name).unlink(missing_ok=True)
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)
        self.packages = [line for line in (SOURCE / "docker" / "apt.txt").read_text().splitlines() if not line.startswith("#")]
        self.installed = folder / "installed"
        self.has(self.packages)
        self.sudo_without_password(False)

    def has(self, packages):
        self.installed.write_text("".join(package + "\n" for package in packages))

    def lacks(self, *packages):
        self.has([package for package in self.packages if package not in packages])

    def sudo_without_password(self, can):
        (self.folder / "sudo-n").write_text("0" if can else "1")

    @property
    def calls(self):
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def environment(self):
        return {"PATH": str(self.bin), "HOME": str(self.folder), "SCRATCH": str(self.folder), "TMPDIR": str(self.folder), "TERM": "xterm"}

    # What up does first, and then the word that it goes on.
    PROGRAM = 'source "$1"; packages_install "$ROOT/docker/apt.txt"; echo "and on"'

    def in_a_pipe(self, expect=0):
        done = subprocess.run(["bash", "-c", self.PROGRAM, "bash", SOURCE / "oam"], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == expect, done.stdout + done.stderr
        return done

    def on_terminal(self, *answers, expect=0):
        code, out = on_terminal(["bash", "-c", self.PROGRAM, "bash", SOURCE / "oam"], self.environment, columns=100, answers=answers)
        assert code == expect, out
        return out

    def left_over(self):
        return [path.name for path in self.folder.iterdir() if path.name.startswith("oam-packages") or path.name == "policy-rc.d"]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def assert_told_by_hand(text, *packages):
    assert f"\n  apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}\n" in text


def test_with_everything_there_nobody_is_asked(machine):
    assert machine.in_a_pipe().stdout == "and on\n"
    assert machine.calls == []


def test_a_sudo_that_asks_for_nothing_installs_what_is_missing(machine):
    machine.lacks("cmake", "postgresql-15")
    machine.sudo_without_password(True)
    out = machine.in_a_pipe().stdout
    assert "✓ Debian packages: cmake postgresql-15 (" in out and out.endswith("and on\n")
    assert set(machine.packages) <= set(machine.installed.read_text().split())
    # PostgreSQL's common files come first, so that no cluster is made; the lists are fetched where they are missing.
    installs = [call.split(" install ")[1] for call in machine.calls if " install " in call]
    assert installs == ["postgresql-common", "postgresql-common", "cmake postgresql-15"]
    assert "create_main_cluster = false" in (machine.folder / "createcluster.conf").read_text()
    assert "no policy" not in machine.calls and machine.calls.count("sudo bash") == 1 and "sudo -v" not in machine.calls
    assert machine.left_over() == []


def test_a_person_is_told_what_for_and_asked_once(machine):
    machine.lacks("ninja-build")
    out = machine.on_terminal(("password:", "right\n"))
    told, asked = out.index("1 Debian packages are missing: ninja-build"), out.index("[sudo] password:")
    assert told < asked and "and on" in out and machine.calls.count("sudo -v") == 1
    assert "… Debian packages: ninja-build" in out and "✓" in out and machine.left_over() == []


def test_who_may_not_sudo_is_told_what_root_would_type(machine):
    machine.lacks("cmake", "ninja-build")
    out = machine.on_terminal(("password:", "wrong\n"), expect=69)
    assert_told_by_hand(out, "cmake", "ninja-build")
    assert machine.calls.count("sudo -v") == 1 and "sudo bash" not in machine.calls and "and on" not in out


def test_without_a_terminal_nothing_is_asked(machine):
    machine.lacks("cmake")
    done = machine.in_a_pipe(expect=69)
    assert_told_by_hand(done.stderr, "cmake")
    assert machine.calls == ["sudo -n"] and done.stdout == "" and machine.left_over() == []


def test_without_sudo_the_same_is_told(machine):
    (machine.bin / "sudo").unlink()
    machine.lacks("cmake")
    assert_told_by_hand(machine.in_a_pipe(expect=69).stderr, "cmake")


def test_an_apt_that_fails_is_shown_and_what_to_do_next(machine):
    machine.lacks("cmake")
    machine.sudo_without_password(True)
    (machine.folder / "broken").touch()
    done = machine.in_a_pipe(expect=69)
    assert "✗ Debian packages: cmake" in done.stdout and "    E: Failed to fetch http://deb.example/pool: Temporary failure" in done.stdout
    assert "network" in done.stderr
    assert_told_by_hand(done.stderr, "cmake")
    assert len([call for call in machine.calls if " install " in call]) == 2
    assert not (machine.folder / "policy-rc.d").exists()
    log = next(machine.folder.glob("oam-packages.*.log"))
    assert str(log) in done.stdout and "Failed to fetch" in log.read_text()


def test_elsewhere_than_on_debian_the_list_is_named(machine):
    (machine.bin / "dpkg-query").unlink()
    done = machine.in_a_pipe(expect=69)
    assert "not Debian" in done.stderr and "docker/apt.txt" in done.stderr and machine.calls == []


def test_a_policy_of_the_machine_is_left_alone(machine):
    machine.lacks("cmake")
    machine.sudo_without_password(True)
    (machine.folder / "policy-rc.d").write_text("mine")
    machine.in_a_pipe()
    assert (machine.folder / "policy-rc.d").read_text() == "mine"


@pytest.mark.parametrize("words, hint", [(["upp"], "not understood: upp"), (["up", "--port"], "--port"), (["up", "--port", "0"], "--port 0"),
                                         (["up", "--state"], "--state"), (["logs", "nginx"], "logs: nginx")])
def test_a_command_that_is_none_shows_the_help_and_changes_nothing(machine, words, hint):
    done = subprocess.run(["bash", SOURCE / "oam", *words], env=machine.environment, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and hint in done.stderr and "./oam COMMAND" in done.stderr and machine.calls == []


def test_what_was_never_set_up_is_said_to_be_so(machine):
    for words, code in ((["status"], 3), (["env"], 3), (["down"], 0), (["logs"], 3), (["reset", "--yes"], 0)):
        done = subprocess.run(["bash", SOURCE / "oam", *words, "--state", machine.folder / "none"], env=machine.environment,
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        assert not os.path.exists(machine.folder / "none")


def test_env_is_for_shells_and_for_readers_of_lines(machine):
    state = machine.folder / "a state"
    (state / "run").mkdir(parents=True)
    (state / "run" / "url").write_text("http://127.0.0.1:8081\n")

    def run(line):
        return subprocess.run(["bash", "-c", line, "bash", SOURCE / "oam", state], env=machine.environment, capture_output=True, text=True,
                              timeout=60)

    plain = run('bash "$1" env --state "$2"').stdout
    assert dict(line.split("=", 1) for line in plain.splitlines())["OAM_URL"] == "http://127.0.0.1:8081"
    assert run('eval "$(bash "$1" env --state "$2")"; echo "$OAM_CREDENTIALS"; env').stdout.startswith(f"{state}/credentials.json\n")
    assert "\nOAM_URL=" not in run('eval "$(bash "$1" env --state "$2")"; env').stdout
    assert f"\nOAM_CREDENTIALS={state}/credentials.json\n" in run('eval "$(bash "$1" env --export --state "$2")"; env').stdout
    assert run('bash "$1" env --exprot --state "$2"').returncode == 2
