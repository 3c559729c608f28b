"""Every command of oamctl against a real oamd."""
import datetime
import http.server
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import threading
import time
import urllib.parse

import pytest

from oamtest.client import TOWN
from oamtest.database import BIN
from oamtest.waiting import eventually

COMMANDS = ("login logout whoami services bodies file edit list show transitions take do members invite ballots actions action milestone amount summary assignment reassign absence workflow calendar notifications address open311 client webhook stock hold comment note history comments notes status watch events "
            "import api doctor completion man version help").split()


# ---- the program itself ----

def test_help_names_every_command_and_each_has_its_own(oamctl):
    text = oamctl("help").out
    for command in COMMANDS:
        assert f"\n  {command}" in text
        assert oamctl(command, "--help").out.startswith(oamctl("help", command).out.splitlines()[0])


@pytest.mark.parametrize("language, word", [("C", "Ordres"), ("ca_ES.UTF-8", "Ordres"), ("es_ES.UTF-8", "Órdenes"),
                                            ("en_GB.UTF-8", "Commands"), ("fr_FR.UTF-8", "Ordres")])
def test_it_speaks_the_language_of_its_environment(oamctl, language, word):
    assert f"\n{word}:" in oamctl("help", environment={"LC_ALL": language}).out
    assert "\nCommands:" in oamctl("help", "--lang", "en", environment={"LC_ALL": language}).out


@pytest.mark.parametrize("words, hint", [(["staus", "x"], "status"), (["lst"], "list"), (["list", "--fase", "x"], "--phase"),
                                         (["show"], "REF"), (["show", "a", "b"], "REF"), (["list", "--limit", "many"], "limit"),
                                         (["list", "--limit"], "limit"), (["list", "-o", "xml"], "table|json|csv"),
                                         (["do", "OAM-2026-000001", "take", "--data", "novalue"], "novalue"),
                                         (["file", "--title", "x"], "--service"), (["login", "--client-id", "x"], "--secret-file"),
                                         (["import", "x.csv"], "--map"), (["completion", "tcsh"], "bash"),
                                         (["webhook", "ad", "x"], "'add'"), (["stock"], "list, show, free, holds"),
                                         (["webhook", "add"], "URL [TYPE...]"), (["webhook", "show", "a", "b"], "webhook show takes: ID"),
                                         (["calendar", "add", "0801930008", "2026-05-25"], "--reason TEXT"),
                                         (["open311", "texts", "0801930008", "maybe"], "show|hide"),
                                         (["workflow", "publish", "x.json"], "--reason TEXT")])
def test_wrong_usage_is_two_and_says_what_was_meant(oamctl, words, hint):
    done = oamctl(*words, expect=2)
    assert hint in done.err and done.out == ""


# Written out, since the table is what is tested.
FORMS = {"action": "show add set", "milestone": "add reach set", "amount": "list add", "stock": "list show free holds movements move add",
         "hold": "list add give back release change", "absence": "list add remove", "notifications": "read", "address": "set confirm remove",
         "workflow": "validate simulate record publish versions migrate draw", "calendar": "list add remove move",
         "open311": "enable texts disable key revoke", "client": "list add show set rotate disable enable revoke", "webhook": "add set show rotate pause resume remove ping deliveries redeliver listen"}


@pytest.mark.parametrize("language", ["ca", "es", "en"])
@pytest.mark.parametrize("command", FORMS)
def test_help_has_a_line_for_each_thing_that_a_command_does(oamctl, command, language):
    usage = oamctl("help", command, "--lang", language, environment={"COLUMNS": "200"}).out.split("\n\n")[1]
    for word in FORMS[command].split():
        assert re.search(rf"^  oamctl {command} {word}\b.*\s{{2,}}\S", usage, re.M), usage


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_form_and_is_a_script(oamctl, shell):
    script = oamctl("completion", shell).out
    for words in FORMS.values():
        assert words in script
    if shutil.which(shell):
        subprocess.run([shell, "-n", "-c", script] if shell == "fish" else [shell, "-n"], input=script, text=True, check=True)


def test_no_command_shows_the_usage_on_stderr(oamctl):
    assert "Commands:" in oamctl(expect=2).err


def test_version(oamctl):
    assert oamctl("version").out.startswith("oamctl ")
    assert oamctl("version", "--json").json["version"] == oamctl("--version").out.split()[1]


def test_the_man_page_has_a_section_for_every_command(oamctl):
    page = oamctl("man").out
    assert page.startswith(".Dd ") and ".Sh EXIT STATUS" in page
    for command in COMMANDS:
        assert f"\n.Ss {command}" in page
    macros = {"Dd", "Dt", "Os", "Sh", "Nm", "Nd", "Op", "Ar", "Ss", "Bl", "It", "El"}
    assert {line[1:3] for line in page.splitlines() if line.startswith(".")} <= macros


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command(oamctl, shell):
    script = oamctl("completion", shell).out
    for command in COMMANDS:
        assert command in script
    assert "--role" in script or "-l role" in script


def test_completion_works_in_bash(oamctl):
    probe = oamctl("completion", "bash").out + """
        COMP_WORDS=(oamctl tra) COMP_CWORD=1; _oamctl; echo "${COMPREPLY[@]}"
        COMP_WORDS=(oamctl import --mu) COMP_CWORD=2; _oamctl; echo "${COMPREPLY[@]}"
        COMP_WORDS=(oamctl list --phase st) COMP_CWORD=3; _oamctl; echo "${COMPREPLY[@]}"
        COMP_WORDS=(oamctl --lang ca webhook re) COMP_CWORD=4; _oamctl; echo "${COMPREPLY[@]}"
        COMP_WORDS=(oamctl webhook show re) COMP_CWORD=3; _oamctl; echo "${COMPREPLY[@]}"
        COMP_WORDS=(oamctl reassign --r) COMP_CWORD=2; _oamctl; echo "${COMPREPLY[@]}\""""
    done = subprocess.run(["bash", "-u", "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["transitions", "--municipalities", "study", "resume", "remove", "redeliver", "--role", "--reason"]


# ---- who one is ----

def test_login_keeps_a_profile_only_its_owner_reads(oamctl, someone, tmp_path):
    own = {"XDG_CONFIG_HOME": str(tmp_path), "OAM_CREDENTIALS": None}
    agent = someone("agent")
    secret = tmp_path / "password"
    secret.write_text(agent["password"] + "\n")
    done = oamctl("login", "--login", agent["login"], "--password-file", secret, environment=own)
    assert done.out == "" and "default" in done.err
    profile = tmp_path / "oam" / "default.json"
    assert stat.S_IMODE(profile.stat().st_mode) == 0o600 and stat.S_IMODE(profile.parent.stat().st_mode) == 0o700
    assert oamctl("whoami", "--json=login,role", environment=own).json == {"login": agent["login"], "role": "agent"}

    profile.chmod(0o644)
    assert "chmod 600" in oamctl("whoami", environment=own, expect=4).err
    profile.chmod(0o600)
    elsewhere = {**own, "OAM_URL": "http://127.0.0.1:1"}
    assert "http://127.0.0.1:1" in oamctl("whoami", environment=elsewhere, expect=2).err

    oamctl("logout", environment=own)
    assert not profile.exists()
    oamctl("logout", environment=own)
    assert "login" in oamctl("whoami", environment=own, expect=4).err


def test_login_takes_a_secret_from_standard_input_and_never_from_the_command_line(oamctl, someone, tmp_path):
    own = {"XDG_CONFIG_HOME": str(tmp_path), "OAM_CREDENTIALS": None}
    client = someone("integration")
    oamctl("login", "--profile", "town", "--client-id", client["client_id"], "--secret-file", "-",
           stdin=client["client_secret"], environment=own)
    assert oamctl("whoami", "-p", "town", "--json=client_id", environment=own).json == {"client_id": client["client_id"]}
    assert "password" not in oamctl("help", "login").out.replace("--password-file", "").split()
    oamctl("whoami", "-p", "other", environment=own, expect=4)
    oamctl("whoami", "-p", "../x", environment=own, expect=2)
    done = oamctl("login", "-p", "bad", "--client-id", client["client_id"], "--secret-file", "-", stdin="wrong", environment=own,
                  expect=4)
    assert "invalid_client" in done.err and not (tmp_path / "oam" / "bad.json").exists()


def test_login_picks_from_the_credentials_file(oamctl, someone, server, tmp_path):
    own = {"XDG_CONFIG_HOME": str(tmp_path), "OAM_CREDENTIALS": None}
    oamctl("login", "--credentials", server.credentials_path, "--role", "signer", environment=own)
    assert oamctl("whoami", "--json=login", environment=own).json["login"] == someone("signer")["login"]
    done = oamctl("login", "--credentials", server.credentials_path, "--role", "mayor", environment=own, expect=4)
    assert "mayor" in done.err


def test_a_role_of_the_environment_wins_over_the_default_profile_only(oamctl, server, tmp_path):
    own = {"XDG_CONFIG_HOME": str(tmp_path)}
    for profile in ("default", "other"):
        oamctl("login", "-p", profile, "--credentials", server.credentials_path, "--role", "signer", environment=own)
    as_agent = {**own, "OAM_ROLE": "agent"}
    assert oamctl("whoami", "--json=role", environment=own).json == {"role": "signer"}
    assert oamctl("whoami", "--json=role", environment=as_agent).json == {"role": "agent"}
    assert oamctl("whoami", "--json=role", "-p", "other", environment=as_agent).json == {"role": "signer"}
    assert oamctl("whoami", "--json=role", "--role", "operator", environment=as_agent).json == {"role": "operator"}


def test_an_old_token_is_renewed_without_a_word(oamctl, someone, server, tmp_path):
    own = {"XDG_CONFIG_HOME": str(tmp_path), "OAM_CREDENTIALS": None}
    oamctl("login", "--credentials", server.credentials_path, "--role", "integration", environment=own)
    path = tmp_path / "oam" / "default.json"
    profile = json.loads(path.read_text())
    path.write_text(json.dumps({**profile, "token": "stale.token.here"}))
    path.chmod(0o600)
    oamctl("whoami", environment=own)
    assert json.loads(path.read_text())["token"] not in ("stale.token.here", "")


def test_whoami_with_a_role_of_the_file_keeps_no_secret(oamctl, someone):
    assert oamctl("whoami", "--json", role="supervisor").json["role"] == "supervisor"
    cache = pathlib.Path(oamctl.folder) / "oam" / "role-supervisor.json"
    assert "secret" not in json.loads(cache.read_text())
    assert someone("supervisor")["password"] not in cache.read_text()


# ---- what there is ----

def test_services_and_bodies_are_listed_searched_and_shown(oamctl):
    services = oamctl("services", "--json=code").json
    assert len(services) == 61 and {"code": "GOV-01"} in services
    assert oamctl("services", "GOV-01", "--json").json["workflow"] == "technical_assistance"
    assert oamctl("services", "XXX-99", expect=3).out == ""
    lines = oamctl("bodies", "abrera", "-o", "csv").out.splitlines()
    assert lines[0] == "code,name,kind,comarca_name,province_name,population"
    assert any(line.startswith("0800180001,Abrera,") for line in lines)
    assert oamctl("bodies", "0800180001", "--json=name").json == {"name": "Abrera"}
    assert len(oamctl("bodies", "--all", "--json=code").json) == 947
    assert len(oamctl("bodies", "--limit", "3", "--json").json) == 3
    assert "Nothing found" in oamctl("bodies", "no such town").err


def test_a_table_is_aligned_by_what_the_eye_sees(oamctl):
    lines = oamctl("bodies", "cabrera").out.splitlines()
    at = lines[0].index("Kind")
    assert all(line[at:].startswith("municipality") for line in lines[1:]) and len(lines) > 2


# ---- requests ----

def test_filing_shows_the_request_and_chooses_the_only_town(oamctl, someone):
    request = oamctl("file", "--service", "OAM-GEN", "--title", "Mercat setmanal", "--description", "-", "--json",
                     stdin="Cal llicència?", role="local_user").json
    assert request["body"] == someone("local_user")["body"] and request["description"] == "Cal llicència?"
    assert request["state"] == "assigned" and request["assignee"]
    shown = oamctl("show", request["ref"], role="local_user").out
    assert request["ref"] in shown and "Mercat setmanal" in shown
    assert oamctl("list", "--mine", "--state", "assigned", "--json=ref", role="local_user").json.count({"ref": request["ref"]}) == 1
    assert request["ref"] not in oamctl("list", "--all", role="signer").out
    oamctl("show", request["ref"], role="signer", expect=3)


def test_filing_can_be_rehearsed_kept_as_a_draft_and_refused_with_reasons(oamctl, someone):
    dry = oamctl("file", "--service", "OAM-GEN", "--title", "Assaig", "--data", "n:=3", "--data", "s=3", "--dry-run", role="local_user")
    assert dry.json["data"] == {"n": 3, "s": "3"} and dry.json["submit"] is True
    draft = oamctl("file", "--service", "OAM-GEN", "--title", "Esborrany", "--draft", "--json", role="local_user").json
    assert draft["state"] == "draft"
    done = oamctl("file", "--service", "OAM-GEN", "--title", "x", role="local_user", expect=1)
    assert "--title: " in done.err
    assert "--body" in oamctl("file", "--service", "OAM-GEN", "--title", "Sense ens", role="integration", expect=2).err
    named = oamctl("file", "--service", "OAM-GEN", "--title", "Amb nom", "--body", "Aguilar de Segarra", "--json=body", role="integration")
    assert named.json["body"] == someone("local_user")["body"]
    for words in (("list", "--body", "aguilar de segarra"), ("list", "--body", someone("local_user")["body"])):
        assert draft["ref"] in oamctl(*words, "--all", role="local_user").out
    assert oamctl("list", "--body", "Vic", role="operator").code == 0  # others have it in their names
    assert "oamctl bodies" in oamctl("list", "--body", "Sant", role="operator", expect=3).err


def test_the_same_key_files_once(oamctl):
    words = ("file", "--service", "OAM-GEN", "--title", "Un sol cop", "--idempotency-key", f"cli-{os.getpid()}", "--json=ref")
    assert oamctl(*words, role="local_user").json == oamctl(*words, role="local_user").json


def test_a_request_goes_from_hand_to_hand(oamctl, filed):
    ref = filed()
    offers = {offer["event"]: offer["allowed"] for offer in oamctl("transitions", ref, "--json", role="agent").json}
    assert offers["take"] is True and offers["withdraw"] is False
    assert "yes" in oamctl("transitions", ref, role="agent").out
    rehearsed = oamctl("take", ref, "--dry-run", role="agent").json
    assert rehearsed["event"] == "take" and rehearsed["if_match"].startswith('"v')
    taken = oamctl("take", ref, "--comment", "Ho miro", "--json", role="agent").json
    assert taken["state"] == "in_progress"
    missing = oamctl("do", ref, "ask", role="agent", expect=1)
    assert "question" in missing.err
    asked = oamctl("do", ref, "ask", "--data", "question=Quan obriu?", "--json", role="agent").json
    assert asked["state"] == "waiting" and asked["data"]["question"] == "Quan obriu?"
    refused = oamctl("do", ref, "anwser", role="local_user", expect=5).err
    assert "Did you mean 'answer'" in refused and f"oamctl transitions {ref}" in refused
    oamctl("do", ref, "answer", "-d", "answer=Dilluns", role="local_user")
    oamctl("take", ref, role="signer", expect=3)


def test_a_stale_version_is_five_and_shows_what_changed(oamctl, filed):
    ref = filed()
    known = oamctl("api", f"/requests/{ref}", "-i", role="agent").out.split("ETag: ")[1].split("\n")[0]
    oamctl("take", ref, role="agent")
    done = oamctl("do", ref, "ask", "-d", "question=?", "--if-match", known, role="agent", expect=5)
    assert "precondition_failed" in done.err and "In progress" in done.out
    assert oamctl("show", ref, "--json=state", role="agent").json == {"state": "in_progress"}


def test_words_on_a_request(oamctl, filed, tmp_path):
    ref = filed()
    text = tmp_path / "text"
    text.write_text("Des d'un fitxer")
    assert oamctl("comment", ref, f"@{text}", "--json", role="agent").json["text"] == "Des d'un fitxer"
    assert oamctl("note", ref, "-", "--json", stdin="intern", role="agent").json["text"] == "intern"
    assert oamctl("comment", ref, "assaig", "--dry-run", role="agent").json == {"text": "assaig"}
    oamctl("note", ref, "no", role="local_user", expect=4)
    oamctl("comment", "OAM-2026-999999", "no", role="agent", expect=3)
    oamctl("comment", ref, f"@{tmp_path}/absent", role="agent", expect=1)


def test_status_of_many_and_of_one_that_is_not_there(oamctl, filed):
    refs = [filed(), filed()]
    assert [item["ref"] for item in oamctl("status", *refs, "--json", role="operator").json] == refs
    done = oamctl("status", refs[0], "OAM-2026-999999", role="operator", expect=3)
    assert refs[0] in done.out and "OAM-2026-999999" in done.err
    many = [f"OAM-2026-{i:06}" for i in range(500000, 502500)] + refs
    assert "OAM-2026-502499" in oamctl("status", *many, "--json=ref", role="operator", expect=3).err
    assert "not valid" in oamctl("status", refs[0], "\udcff", role="operator", expect=1).err  # a byte that is no text


def keys_of(item):
    return set(item) - {"ref", "version"}


def test_members_are_chosen_and_added(oamctl, filed):
    """The server is asked for no others."""
    ref, other = filed(), filed()
    assert keys_of(oamctl("show", ref, "--fields", "title,phase", "--json").json) == {"title", "phase"}
    whole = oamctl("show", ref, "--json").json
    assert keys_of(oamctl("show", ref, "--include", "progress,due", "--json").json) == keys_of(whole) | {"progress", "due"}
    assert keys_of(oamctl("status", ref, "--fields", "progress", "--include", "description", "--json").json[0]) == {"progress", "description"}
    many = oamctl("status", ref, other, "--fields", "progress", "--include", "title", "--json").json
    assert [(item["ref"], keys_of(item)) for item in many] == [(ref, {"progress", "title"}), (other, {"progress", "title"})]
    listed = oamctl("list", "--limit", "2", "--fields", "title", "--include", "progress", "--json").json
    assert [keys_of(item) for item in listed] == [{"title", "progress"}] * 2
    assert oamctl("show", ref, "--fields", "title", "--include", "progress", "--json=progress").json == {"progress": many[0]["progress"]}


def test_chosen_members_are_columns(oamctl, filed):
    ref = filed()
    assert oamctl("show", ref, "--fields", "title,phase", "-o", "csv").out.splitlines()[0] == "ref,title,phase"
    assert re.findall(r"^\S+", oamctl("show", ref, "--fields", "title,phase").out, re.M) == ["Reference", "Title", "Phase"]
    assert oamctl("status", ref, "--fields", "phase", "--include", "title", "-o", "csv").out.splitlines()[0] == "ref,phase,title"
    assert oamctl("list", "--fields", "title", "--include", "progress,due", "-o", "csv").out.splitlines()[0] == "ref,title,progress,due.at"


def test_every_member_has_a_column_or_a_table_of_its_own(oamctl, filed, contract):
    ref, below = filed(), {"parts", "members", "actions", "milestones", "amounts"}
    named = set(contract.document["components"]["schemas"]["RequestSelection"]["properties"]) - below
    assert {"title", "progress", "due", "kind", "data"} < named
    for command in ("show", "status"):
        titles = oamctl(command, ref, "--fields", "ref", "--include", ",".join(sorted(named)), "-o", "csv").out.splitlines()[0].split(",")
        assert {title.split(".")[0] for title in titles} == named


def test_a_member_that_is_none_is_said_to_be_none(oamctl, filed):
    ref = filed()
    for words in (("show", ref), ("status", ref), ("status", ref, ref), ("list",)):
        for option in ("--fields", "--include"):
            done = oamctl(*words, option, "phasee", expect=None)
            assert done.code != 0 and option in done.err and "phase" in done.err.replace("phasee", ""), done.err


def test_watch_ends_with_the_request(oamctl, filed):
    ref = filed()
    watcher = oamctl.start("watch", ref, "--json=ref,state.key", role="integration")
    first = json.loads(watcher.stdout.readline())
    assert first == [{"ref": ref, "state.key": "assigned"}]
    oamctl("take", ref, role="agent")
    began = time.monotonic()
    assert json.loads(watcher.stdout.readline())[0]["state.key"] == "in_progress"
    assert time.monotonic() - began < 5
    oamctl("do", ref, "deny", "-d", "reason=No escau", role="agent")
    out, err = watcher.communicate(timeout=20)
    assert json.loads(out.splitlines()[-1])[0]["state.key"] == "denied"
    assert watcher.returncode == 0, err


def test_watch_tells_a_change_in_a_line(oamctl, filed):
    ref = filed()
    lines = {}
    for output in ("table", "csv"):
        watcher = oamctl.start("watch", ref, "-o", output, "--utc", role="integration")
        lines[output] = [watcher.stdout.readline() for _ in range(1 + (output == "csv"))]
        oamctl("take" if output == "table" else "do", ref, *(["deny", "-d", "reason=No escau"] if output == "csv" else []), role="agent")
        lines[output].append(watcher.stdout.readline())
        watcher.kill()
        watcher.communicate()
    first, second = lines["table"]
    assert "Assigned" in first and "In progress" in second and first.index(ref) == second.index(ref) and first[:2] == "20" and "15 %" in first
    assert lines["csv"][0].startswith("ref,state.label,phase") and [line.split(",")[2] for line in lines["csv"][1:]] == ["study", "end"]


def test_watch_of_several_follows_each_and_gives_up_in_time(oamctl, filed):
    refs = [filed(), filed()]
    watcher = oamctl.start("watch", *refs, "--timeout", "4", "--json=ref,state.key", role="integration")
    assert len(json.loads(watcher.stdout.readline())) == 2
    oamctl("take", refs[1], role="agent")
    assert json.loads(watcher.stdout.readline()) == [{"ref": refs[1], "state.key": "in_progress"}]
    watcher.communicate(timeout=20)
    assert watcher.returncode == 6
    oamctl("watch", "OAM-2026-999999", expect=3)


# ---- the feed ----

def events_of(done):
    return [json.loads(line) for line in done.out.splitlines()]


def test_events_are_read_by_request_and_by_position(oamctl, filed):
    ref = filed()
    time.sleep(0.2)
    own = events_of(oamctl("events", "--subject", ref, "--json"))
    assert [event["type"] for event in own] == ["cat.oam.request.created", "cat.oam.request.submitted"]
    assert events_of(oamctl("events", "--type", "submitted", "--subject", ref, "--json")) == own[1:]
    later = events_of(oamctl("events", "--after", own[0]["id"], "--subject", ref, "--json=id"))
    assert later == [{"id": own[1]["id"]}]
    assert len(oamctl("events", "--limit", "1").out.splitlines()) == 1


class SelectiveFeed(http.server.BaseHTTPRequestHandler):
    """A feed of which a type is rare: a page tells how far it looked, and may have found nothing."""
    EVENT = {"id": "4321", "type": "cat.oam.request.submitted", "subject": "OAM-2026-000001", "time": "2026-11-22T09:30:00.000Z",
             "data": {"seq": 1, "version": 1, "event": None, "from": None, "to": "draft", "body": TOWN, "service": "GOV-01"}}
    PAGES = {"0": ([], "2000"), "2000": ([], "4000"), "4000": ([EVENT], "6000"), "6000": ([], "6100"), "6100": ([], "6100")}

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        known = self.path.startswith("/api/v1/events?")
        items, after = self.PAGES[query["after"][0]] if known else ([], "")
        self.answer(200 if known else 404, {"items": items, "next": after, "prev": None})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, {"access_token": "x", "token_type": "Bearer", "expires_in": 600})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_events_are_read_by_an_expression(oamctl, filed):
    ref = filed()
    every = eventually(lambda: (lambda told: told if len(told) == 2 else None)(events_of(oamctl("events", "--subject", ref, "--json"))))
    assert events_of(oamctl("events", "--subject", ref, "--filter", "event.type.endsWith('submitted') && event.from == 'draft'", "--json")) == every[1:]
    refused = oamctl("events", "--filter", "event.nothing == 1", expect=None)
    assert refused.code != 0 and "--filter" in refused.err and refused.out == ""


def test_events_of_a_rare_type_are_read_to_the_end_of_the_feed(oamctl, tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), SelectiveFeed) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told = oamctl("events", "--type", "submitted", "--cursor", tmp_path / "c", "--json", "-q", role="integration",
                      environment={"OAM_URL": f"http://127.0.0.1:{server.server_port}", "XDG_CONFIG_HOME": str(tmp_path)})
        server.shutdown()
    assert [event["id"] for event in events_of(told)] == ["4321"] and (tmp_path / "c").read_text() == "6100\n"


def test_a_cursor_file_makes_a_restarted_reader_go_on(oamctl, filed, tmp_path):
    cursor = tmp_path / "cursor"
    oamctl("events", "--cursor", cursor, "-q")
    ref = filed()
    time.sleep(0.2)
    first = events_of(oamctl("events", "--cursor", cursor, "--limit", "1", "--json"))
    rest = events_of(oamctl("events", "--cursor", cursor, "--json"))
    ids = [int(event["id"]) for event in first + rest if event["subject"] == ref]
    assert len(first) == 1 and len(ids) == 2 and ids == sorted(set(ids))
    assert events_of(oamctl("events", "--cursor", cursor, "--json")) == []
    cursor.write_text("nonsense")
    assert "cursor" in oamctl("events", "--cursor", cursor, expect=1).err


def test_following_sees_what_comes(oamctl, filed, tmp_path):
    oamctl("events", "--cursor", tmp_path / "c", "-q")
    follower = oamctl.start("events", "--follow", "--cursor", tmp_path / "c", "--limit", "2", "--json", role="integration")
    time.sleep(0.5)
    ref = filed()
    out, err = follower.communicate(timeout=20)
    assert follower.returncode == 0, err
    assert {json.loads(line)["subject"] for line in out.splitlines()} == {ref}
    assert oamctl("events", "--follow", "--cursor", tmp_path / "c", "--timeout", "1", expect=6).out == ""


# ---- api, doctor ----

def test_api_calls_anything(oamctl, filed):
    ref = filed()
    whole = oamctl("api", "GET", f"/requests/{ref}/assignment", role="agent").json
    assert whole["agent"] and whole["reason"]
    headed = oamctl("api", f"/requests/{ref}/status", "-i", role="agent").out
    assert headed.startswith("HTTP 200\n") and "\nETag: " in headed
    etag = headed.split("ETag: ")[1].split("\n")[0]
    assert oamctl("api", f"/requests/{ref}/status", "--if-none-match", etag, "-i", role="agent").out.startswith("HTTP 304")
    assert oamctl("api", "/status:query", "--data", json.dumps({"refs": [ref]}), role="agent").json["items"]
    assert oamctl("api", "POST", "/status:query", "--data", json.dumps({"refs": [ref]}), role="agent").json["items"]
    said = oamctl("api", "POST", f"/requests/{ref}/comments", "--data", "-", stdin='{"text": "hola"}', role="agent").json
    assert said["text"] == "hola"
    refused = oamctl("api", "POST", f"/requests/{ref}/comments", "--data", "{}", role="agent", expect=1)
    assert refused.json["errors"][0]["pointer"] == "/text" and "/text" in refused.err
    assert oamctl("api", "/livez").out == "ok\n"
    oamctl("api", "/nowhere", expect=3)
    oamctl("api", "FETCH", "/me", expect=2)


def test_doctor_says_what_works_and_what_does_not(oamctl):
    checks = oamctl("doctor", "--json").json
    assert len(checks) >= 6 and all(check["ok"] is True for check in checks)
    dead = oamctl("doctor", "--json", environment={"OAM_URL": "http://127.0.0.1:1"}, expect=1).json
    assert False in [check["ok"] for check in dead]
    assert "no hi ha ningú que respongui" in oamctl("doctor", environment={"OAM_URL": "http://127.0.0.1:1", "LC_ALL": "ca"}, expect=1).out


# ---- the library, installed ----

@pytest.mark.parametrize("compiler", [["gcc", "-std=c99", "-pedantic", "-Werror", "-Wall", "-Wextra", "-xc"],
                                      ["clang++", "-std=c++11", "-pedantic", "-Werror", "-Wall", "-Wextra", "-xc++"]])
def test_the_header_compiles_alone_and_strictly(compiler, tmp_path):
    if not shutil.which(compiler[0]):
        pytest.fail(f"{compiler[0]} is not installed")
    header = pathlib.Path(__file__).parents[2] / "clients" / "c"
    source = tmp_path / "user"
    source.write_text("#include <oam.h>\nint main(void) { oam_client_free(0); return 0; }\n")
    subprocess.run([*compiler, "-fsyntax-only", "-I", header, source], check=True)


def test_the_library_exports_its_own_names_only(oamctl):
    library = next((BIN.parent / "clients").glob("liboam.so.0"), None)
    assert library, f"no liboam.so beside {BIN}"
    names = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    exported = {line.split()[-1].split("@")[0] for line in names.splitlines()} - {"LIBOAM_0.1"}
    ours = {name for name in exported if not name.startswith(("__", "_init", "_fini"))}
    assert ours and all(name.startswith("oam_") for name in ours)


# ---- what is there to read ----

def test_history_comments_and_notes_are_read_back(oamctl, filed):
    ref = filed()
    oamctl("comment", ref, "-", stdin="Us truquem demà.\n", role="agent")
    oamctl("note", ref, "Parlar-ne amb la unitat.", role="agent")
    assert [item["text"] for item in oamctl("comments", ref, "--json", role="local_user").json] == ["Us truquem demà."]
    assert "Parlar-ne" in oamctl("notes", ref, role="agent").out
    oamctl("notes", ref, role="local_user", expect=4)
    types = [item["type"] for item in oamctl("history", ref, "--json", role="agent").json]
    assert types == ["created", "submitted", "commented", "noted"]
    assert oamctl("show", ref, "--json=registered.number", role="agent").json["registered.number"] in oamctl("show", ref, role="agent").out


def test_a_list_that_goes_on_says_so(oamctl, filed):
    filed(), filed()
    assert "--all" in oamctl("list", "--limit", "1", role="local_user").err
    assert oamctl("list", "--limit", "1", "--quiet", role="local_user").err == ""
    assert oamctl("list", "--all", role="local_user").err == ""


# ---- who rests when, what one was told ----

def test_calendar__is_read_and_put_right(oamctl):
    code, day, other = "0811150006", "2027-09-06", "2027-09-07"
    done = json.loads(oamctl("calendar", "add", code, day, "Fira", "--reason", "Ordre EMT/9/2027", "--json", role="admin").out)
    assert done["calendar"] == code and done["revision"] >= 1
    deadline = time.monotonic() + 10
    while day not in oamctl("calendar", "list", code, "2027", role="local_user").out:
        assert time.monotonic() < deadline
    moved = json.loads(oamctl("calendar", "move", code, day, other, "--reason", "Ordre EMT/10/2027", "--json", role="admin").out)
    assert moved["revision"] == done["revision"] + 1
    while other not in (listed := oamctl("--lang", "en", "calendar", "list", code, "2027", role="local_user").out):
        assert time.monotonic() < deadline
    assert day not in listed and "Rests" in listed
    refused = oamctl("calendar", "remove", code, other, "--reason", "No era festa", role="agent", expect=4)
    assert refused.out == ""
    oamctl("calendar", "remove", code, other, "--reason", "No era festa", role="admin")


@pytest.mark.parametrize("words", [("list",), ("add", "0811150006", "2027-09-06"), ("move", "a", "b", "--reason", "no"), ("forget", "a", "b")])
def test_calendar__tells_how_it_is_used(oamctl, words):
    assert "calendar" in oamctl("--lang", "en", "calendar", *words, expect=2).err


def test_notifications__are_listed_and_read(oamctl):
    told = json.loads(oamctl("notifications", "--json", role="supervisor").out)
    assert isinstance(told, list)
    for item in told[:1]:
        oamctl("notifications", "read", item["id"], role="supervisor")
        unread = json.loads(oamctl("notifications", "--unread", "--all", "--json", role="supervisor").out)
        assert item["id"] not in [other["id"] for other in unread]
    assert json.loads(oamctl("notifications", "read", "4711", "--dry-run", role="supervisor").out) == {"ids": ["4711"]}
    oamctl("notifications", "read", "999999999", role="supervisor")
    assert "notifications" in oamctl("--lang", "en", "notifications", "forget", expect=2).err


# ---- who is away ----

def test_absence__is_said_listed_and_taken_back(oamctl):
    today = datetime.date.today()
    first, last = str(today + datetime.timedelta(days=400)), str(today + datetime.timedelta(days=402))
    told = json.loads(oamctl("absence", "add", "agent.osona.1", first, last, "agent.bages.1", "--json", role="admin").out)
    assert (told["first_day"], told["last_day"], told["delegate"], told["status"]) == (first, last, "agent.bages.1", "planned")
    listed = oamctl("--lang", "en", "absence", "list", "agent.osona.1", role="supervisor").out
    assert first in listed and "agent.bages.1" in listed and "planned" in listed
    again = oamctl("absence", "add", "agent.osona.1", first, first, role="admin", expect=5)
    assert again.out == "" and again.err
    assert oamctl("absence", "remove", "agent.osona.1", told["id"], role="admin").code == 0
    assert json.loads(oamctl("absence", "list", "agent.osona.1", "--json", role="admin").out) == []
    oamctl("absence", "remove", "agent.osona.1", told["id"], role="admin", expect=3)


def test_open311__is_published_keyed_and_taken_back(oamctl):
    assert oamctl("open311", "--json", role="admin").json == []
    assert oamctl("open311", "enable", TOWN, "suport@exemple.cat", "OAM-GEN", "--dry-run", role="admin").json == {
        "contact": "suport@exemple.cat", "services": ["OAM-GEN"]}
    done = oamctl("open311", "enable", TOWN, "suport@exemple.cat", "OAM-GEN", "GOV-01", role="admin")
    assert TOWN in done.err
    eventually(lambda: TOWN in oamctl("open311", role="admin").out)
    told = oamctl("open311", "-o", "csv", role="admin").out
    assert "GOV-01, OAM-GEN" in told and "suport@exemple.cat" in told
    assert "oam_live_" in oamctl("open311", "key", TOWN, "demo-integration", role="admin").out
    assert oamctl("open311", "key", TOWN, "no-such-client", role="admin", expect=3).code == 3
    oamctl("open311", "texts", TOWN, "show", role="admin")
    eventually(lambda: oamctl("open311", "--json", role="admin").json[0]["publishes_texts"])
    assert oamctl("open311", "--json", role="admin").json[0]["services"] == ["GOV-01", "OAM-GEN"]
    oamctl("open311", "texts", TOWN, "hide", role="admin")
    eventually(lambda: not oamctl("open311", "--json", role="admin").json[0]["publishes_texts"])
    assert oamctl("open311", "--json", role="admin").json[0]["key_holders"] == ["demo-integration"]
    oamctl("open311", "revoke", TOWN, "demo-integration", role="admin")
    oamctl("open311", "revoke", TOWN, "demo-integration", role="admin", expect=3)
    for language, word in (("ca", "ja no publica res"), ("es", "ya no publica nada"), ("en", "publishes nothing any more")):
        assert word in oamctl("--lang", language, "open311", "disable", TOWN, role="admin").err
        oamctl("open311", "enable", TOWN, "suport@exemple.cat", "OAM-GEN", role="admin")
    oamctl("open311", "disable", TOWN, role="admin")
    eventually(lambda: oamctl("open311", "--json", role="admin").json == [])
    oamctl("open311", "texts", TOWN, "show", role="admin", expect=3)
    for wrong in (("texts", TOWN, "maybe"), ("enable", TOWN, "x"), ("key", TOWN), ("ajar",)):
        oamctl("open311", *wrong, role="admin", expect=2)
    oamctl("open311", role="operator", expect=4)


def test_an_address__is_given_told_and_taken_away(oamctl):
    """What needs the letter itself is in tests/api/test_addresses.py: this server sends none."""
    assert oamctl("address", "--json", role="comptroller").json == {"address": None, "pending": None}
    assert oamctl("address", "set", "a@exemple.cat", "--dry-run", role="comptroller").json == {"address": "a@exemple.cat"}
    for language, sent, column in (("ca", "Us hem enviat un codi a", "Per confirmar"), ("es", "Le hemos enviado un código a", "Por confirmar"),
                                   ("en", "A code was sent to", "To be confirmed")):
        done = oamctl("--lang", language, "address", "set", f"{language}@exemple.cat", role="comptroller")
        assert f"{sent} {language}@exemple.cat" in done.err
        told = oamctl("--lang", language, "address", role="comptroller").out
        assert column in told and f"{language}@exemple.cat" in told and "5" in told
    assert oamctl("address", "confirm", "0000 0000", role="comptroller", expect=1).code == 1
    assert oamctl("address", "--json", role="comptroller").json["pending"]["tries_left"] == 4
    oamctl("address", "set", "d@exemple.cat", role="comptroller", expect=7)
    oamctl("address", "remove", role="comptroller")
    assert oamctl("address", "--json", role="comptroller").json == {"address": None, "pending": None}
    assert oamctl("address", "confirm", "0000 0000", role="comptroller", expect=5).code == 5
    oamctl("address", role="integration", expect=4)
    for words, told in ((("set",), "address set takes: ADDRESS"), (("remove", "x"), "takes nothing else"), (("forget",), "set, confirm, remove")):
        assert told in oamctl("--lang", "en", "address", *words, role="comptroller", expect=2).err


@pytest.mark.parametrize("words", [("list",), ("add", "a", "2026-12-07"), ("remove", "a"), ("forget", "a", "b")])
def test_absence__tells_how_it_is_used(oamctl, words):
    refused = oamctl("--lang", "en", "absence", *words, expect=2)
    assert "absence" in refused.err


# ---- joint requests, panels ----

def test_a_joint_request__is_invited_told_and_answered(oamctl, server):
    server.database.sql("UPDATE service SET joint_request = true WHERE code = 'GOV-01'")
    made = None
    for _ in range(50):  # the directory follows within a second
        made = oamctl("file", "--service", "GOV-01", "--body", "0800230008", "--title", "Pla conjunt", "--data", 'participants:=["0800230008","0811150006"]',
                      "--json", role="local_user", expect=None)
        if made.code == 0:
            break
        time.sleep(0.1)
    ref = json.loads(made.out)["ref"]
    told = oamctl("--lang", "en", "members", ref, role="local_user").out
    assert "Aguilar de Segarra" in told and "Malla" in told and "Takes part" in told
    assert json.loads(oamctl("invite", ref, "0801930008", "--dry-run", role="local_user").out) == {"body": "0801930008"}
    assert oamctl("invite", ref, "0801930008", role="local_user").code == 0
    oamctl("invite", ref, "0801930008", role="local_user", expect=1)
    plan = json.loads(oamctl("do", ref, "adhere", "--body", "0811150006", "--dry-run", role="signer").out)
    assert plan["event"] == "adhere" and plan["body"] == "0811150006"
    assert oamctl("do", ref, "adhere", "--body", "0811150006", role="signer").code == 0
    states = {member["body"]: member["state"]["key"] for member in json.loads(oamctl("members", ref, "--json", role="signer").out)}
    assert states == {"0800230008": "invited", "0811150006": "joined", "0801930008": "invited"}
    for command in ("status", "show"):
        seen = json.loads(oamctl(command, ref, "--json", role="signer").out)
        seen = seen[0] if isinstance(seen, list) else seen
        assert {member["body"]: member["state"]["key"] for member in seen["members"]} == states
        for language, title, takes_part, yes in (("ca", "Ens que hi tenen part", "Hi té part", "sí"), ("es", "Entes que participan", "Participa", "sí"),
                                                 ("en", "Bodies that take part", "Takes part", "yes")):
            told = oamctl("--lang", language, command, ref, role="signer").out
            behind = told[told.index(title):]
            assert takes_part in behind and "Malla" in behind and yes in behind, told


def test_a_ballot__says_what_it_is(oamctl):
    refused = oamctl("do", "OAM-2026-000001", "ballot", "--choice", "yes", "--score", "many", role="operator", expect=2)
    assert "many" in refused.err
    made = json.loads(oamctl("file", "--service", "OAM-GEN", "--body", "0800230008", "--title", "Sense vots", "--json", role="local_user").out)
    plan = json.loads(oamctl("do", made["ref"], "cancel", "--choice", "yes", "--score", "80", "--data", "reason=x", "--dry-run", role="operator").out)
    assert plan["choice"] == "yes" and plan["score"] == 80
    assert json.loads(oamctl("ballots", made["ref"], "--json", role="operator").out) == []
    assert oamctl("--lang", "en", "ballots", made["ref"], role="local_user", expect=4).code == 4
