"""watch and events --follow go on after a restart, a cut and an expired token: nothing lost, nothing twice."""
import json
import select
import signal
import socket
import threading
import time

import pytest

from conftest import Oamctl

AWAY_S = 3.3  # longer than what the library bridges by itself


class Line:
    """A TCP proxy before a server, as a network is: it can be cut, and it can swallow without a word."""

    def __init__(self, port):
        self.target, self.frozen, self.pairs = port, False, []
        self.listener = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.heal()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def heal(self):
        self.frozen = False
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(64)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                near = listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            self.pairs.append((near, far))
            threading.Thread(target=self.carry, args=(near, far), daemon=True).start()

    def carry(self, near, far):
        try:
            while True:
                for end in select.select([near, far], [], [], 0.2)[0]:
                    data = end.recv(65536)
                    if not self.frozen:
                        (far if end is near else near).sendall(data)
                    if not data:
                        return
        except (OSError, ValueError):
            return
        finally:
            near.close()
            far.close()

    def cut(self):
        """Every connection is reset, and new ones are refused."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for pair in self.pairs:
            for end in pair:
                try:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs.clear()


class Reader:
    """A process whose lines are collected while it runs."""

    def __init__(self, process):
        self.process, self.lines = process, []
        self.thread = threading.Thread(target=lambda: self.lines.extend(iter(lambda: process.stdout.readline(), "")), daemon=True)
        self.thread.start()

    def wait_for(self, condition, seconds=40):
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            if condition([json.loads(line) for line in list(self.lines) if line.endswith("\n")]):
                return
            time.sleep(0.05)
        raise AssertionError(f"exit {self.process.poll()}, {len(self.lines)} lines: {self.lines[-3:]}")

    def ended(self, seconds=40):
        """When it has ended: what it said on stderr. Its lines are all there then."""
        self.process.wait(seconds)
        self.thread.join(10)
        return self.process.stderr.read()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.ended()


def file_one(oamctl, title):
    return oamctl("file", "--service", "OAM-GEN", "--title", title, "--json=ref", role="local_user").json["ref"]


@pytest.fixture
def own(new_server, tmp_path):
    """own() is a server and an oamctl for it; a test here hurts what it uses."""
    def make(**settings):
        server = new_server(OAM_DRAIN_S="2", **settings)
        return server, Oamctl(server, tmp_path)

    return make


def follow(oamctl, *words, role="integration", url=None):
    environment = {"OAM_URL": url} if url else None
    return Reader(oamctl.start("events", "--follow", "--json", *words, role=role, environment=environment))


def all_ids(oamctl):
    return [json.loads(line)["id"] for line in oamctl("events", "--json", role="integration").out.splitlines()]


def check_whole(reader, oamctl, last):
    """The reader has each event of the feed once, in its order; the last one too."""
    reader.wait_for(lambda events: any(event["subject"] == last for event in events))
    time.sleep(0.3)
    err = reader.end()
    assert "Sanitizer" not in err
    assert [json.loads(line)["id"] for line in reader.lines] == all_ids(oamctl)
    return err


def test_following_survives_restarts(own):
    server, oamctl = own()
    reader = follow(oamctl)
    last = None
    for stop in (server.kill, server.stop):
        file_one(oamctl, "Abans")
        stop()
        time.sleep(AWAY_S)
        server.start()
        last = file_one(oamctl, "Després")
    err = check_whole(reader, oamctl, last)
    assert err.count("The connection is lost") == err.count("The connection is back") > 0


def test_following_survives_a_line_that_is_cut_and_one_that_swallows(own):
    server, oamctl = own()
    line = Line(server.port)
    reader = follow(oamctl, url=line.url)
    reader_file = file_one(oamctl, "Abans")
    reader.wait_for(lambda events: any(event["subject"] == reader_file for event in events))
    line.cut()
    file_one(oamctl, "Durant el tall")
    time.sleep(AWAY_S)
    line.heal()
    line.frozen = True
    file_one(oamctl, "Durant el silenci")
    time.sleep(1)
    line.cut()
    line.heal()
    check_whole(reader, oamctl, file_one(oamctl, "Després"))


@pytest.mark.parametrize("role", ["integration", "operator"])
def test_following_survives_a_token_that_ends_even_while_the_server_is_away(own, tmp_path, role):
    clock = tmp_path / "now"

    def move(seconds):
        draft = tmp_path / "now.new"
        draft.write_text(str(int((time.time() + seconds) * 1e6)))
        draft.replace(clock)

    move(0)
    server, oamctl = own(OAM_TEST_CLOCK=str(clock))
    reader = follow(oamctl, role=role)
    first = file_one(oamctl, "Abans")
    reader.wait_for(lambda events: any(event["subject"] == first for event in events))
    move(700)
    second = file_one(oamctl, "Amb un testimoni caducat")
    reader.wait_for(lambda events: any(event["subject"] == second for event in events))
    server.kill()
    move(1400)
    time.sleep(AWAY_S)
    server.start()
    err = check_whole(reader, oamctl, file_one(oamctl, "Després"))
    assert "oamctl:" not in err


def test_a_follower_that_is_stopped_and_started_reads_each_event_once(own, tmp_path):
    """^C at any moment: the cursor is where the output ends."""
    server, oamctl = own()
    cursor, read = tmp_path / "cursor", []
    stop = threading.Event()

    def file_many():
        for number in range(1000):
            if stop.is_set():
                return
            file_one(oamctl, f"Sol·licitud {number}")

    writer = threading.Thread(target=file_many)
    writer.start()
    try:
        for number in range(8):
            reader = follow(oamctl, "--cursor", str(cursor), "--after", "0")
            time.sleep(0.5 + number % 3 * 0.13)
            reader.process.send_signal((signal.SIGINT, signal.SIGTERM)[number % 2])
            reader.process.wait(20)
            reader.thread.join(10)
            read += [json.loads(line)["id"] for line in reader.lines]
    finally:
        stop.set()
        writer.join()
    time.sleep(0.3)
    read += [json.loads(line)["id"] for line in oamctl("events", "--cursor", cursor, "--json", role="integration").out.splitlines()]
    assert read == all_ids(oamctl) and len(read) > 10


def test_following_from_now_on_misses_nothing_that_comes_during_a_cut(own):
    server, oamctl = own()
    file_one(oamctl, "Abans de començar")
    time.sleep(0.3)
    old = all_ids(oamctl)
    line = Line(server.port)
    reader = follow(oamctl, "--after", "latest", url=line.url)
    time.sleep(1.5)
    line.cut()
    file_one(oamctl, "Durant")
    line.heal()
    last = file_one(oamctl, "Després")
    reader.wait_for(lambda events: any(event["subject"] == last for event in events))
    time.sleep(0.3)
    reader.end()
    assert [json.loads(line)["id"] for line in reader.lines] == all_ids(oamctl)[len(old):]


def test_watching_survives_a_restart_and_shows_each_version_once(own):
    server, oamctl = own()
    ref = file_one(oamctl, "Observada")
    watcher = Reader(oamctl.start("watch", ref, "--json=version,state.key", role="integration"))
    watcher.wait_for(lambda shown: shown)
    server.kill()
    time.sleep(AWAY_S)
    server.start()
    oamctl("take", ref, role="agent")
    watcher.wait_for(lambda shown: shown[-1][0]["state.key"] == "in_progress")
    server.stop()
    server.start()
    oamctl("do", ref, "deny", "-d", "reason=No escau", role="agent")
    err = watcher.ended()
    assert watcher.process.returncode == 0, err
    versions = [json.loads(line)[0]["version"] for line in watcher.lines]
    assert versions == sorted(set(versions)) and json.loads(watcher.lines[-1])[0]["state.key"] == "denied"
    assert "The connection is back" in err


def test_waiting_ends_in_time_also_when_nobody_answers(own):
    server, oamctl = own()
    ref = file_one(oamctl, "Ningú no respon")
    watchers = [oamctl.start("watch", ref, "--timeout", "6", role="integration"),
                oamctl.start("events", "--follow", "--timeout", "6", "--json", role="integration")]
    time.sleep(1.5)
    server.kill()
    began = time.monotonic()
    for watcher in watchers:
        _, err = watcher.communicate(timeout=30)
        assert watcher.returncode == 6, err
    assert time.monotonic() - began < 12
    server.start()


def test_what_was_never_there_is_not_waited_for(own):
    server, oamctl = own()
    nowhere = {"OAM_URL": "http://127.0.0.1:1"}
    for words in (("events", "--follow"), ("watch", "OAM-2026-000001")):
        assert "doctor" in oamctl(*words, role="integration", environment=nowhere, expect=1).err
