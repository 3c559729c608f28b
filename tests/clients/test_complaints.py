"""What is wrong, and what to do next: in the words of the reader, and of what they typed."""
import json
import re
import subprocess

import pytest

from oamtest.database import BIN


# ---- what keeps from calling ----

def test_a_dead_server_is_said_to_be_one(oamctl):
    done = oamctl("list", environment={"OAM_URL": "http://127.0.0.1:1"}, expect=1)
    assert "doctor" in done.err and done.out == ""


@pytest.mark.parametrize("words, told", [
    (("--url", "ftp://x"), "it must be like http://127.0.0.1:8080"), (("--url", "127.0.0.1:8080"), "must be like http"),
    (("--url", "http://127.0.0.1:1/api/v1"), "must be like http"), (("--url", "http://127.0.0.1:1"), "nobody answers at that address"),
    (("--url", "http://no-such-host.invalid"), "there is no machine of that name"), (("--role", "agnt"), "Did you mean 'agent'?"),
    (("--credentials", "/nowhere"), "It does not exist"), (("--credentials", "/"), "It is a folder"),
    (("--url", "SERVER", "--profile", "elsewhere"), "oamctl login --profile")])
def test_what_keeps_from_calling_is_said_in_the_words_of_the_reader(oamctl, server, words, told):
    words = [server.url if word == "SERVER" else word for word in words]
    done = oamctl("list", *words, environment={"OAM_URL": None}, expect=None)
    assert done.code in (1, 4) and told in done.err and done.out == ""
    spanish = oamctl("list", *words, environment={"OAM_URL": None, "LC_ALL": "es"}, expect=None)
    assert spanish.code == done.code and spanish.err != done.err and not re.search(r"\b(the|there|nobody|must|does)\b", spanish.err)


def test_wrong_secrets_say_which(oamctl, server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("not it")
    done = oamctl("login", "--login", "operator", "--password-file", secret, environment={"OAM_CREDENTIALS": None}, expect=4)
    assert "./oam up names" in done.err and "oamctl login" not in done.err
    entries = json.loads(server.credentials_path.read_text())
    other = tmp_path / "credentials.json"
    other.write_text(json.dumps([{**entry, "password": "of another state"} for entry in entries]))
    own = {"XDG_CONFIG_HOME": str(tmp_path), "OAM_CREDENTIALS": str(other)}
    assert f"belong to {server.url}?" in oamctl("whoami", role="operator", environment=own, expect=4).err
    assert "./oam env" in oamctl("whoami", environment={**own, "OAM_CREDENTIALS": None}, expect=4).err


def test_another_program_at_the_address_is_recognised(oamctl, scripted):
    url = scripted({"/api/v1/oauth/token": (501, "Unsupported method")})
    assert "perhaps it is the address of another program" in oamctl("list", environment={"OAM_URL": url}, expect=1).err


def test_references_are_taken_as_people_type_them(oamctl, filed):
    ref = filed()
    assert oamctl("show", ref.lower(), "--json=ref", role="agent").json == {"ref": ref}
    assert [item["ref"] for item in oamctl("status", ref, ref.lower(), "--json", role="agent").json] == [ref, ref]
    assert "  - 17: " in oamctl("status", ref, "17", role="agent", expect=1).err


def test_a_field_that_is_none_is_not_silent(oamctl, filed):
    filed()
    done = oamctl("list", "--limit", "2", "--json=ref,titel,nowhere", role="agent")
    assert done.err.count("There is no field") == 2 and "Did you mean 'title'?" in done.err and done.json[0]["titel"] is None
    assert oamctl("show", filed(), "--json=closed_at,workflow.key", role="agent").err == ""


def test_a_full_disk_is_a_failure_and_a_reader_that_has_enough_is_none_of_its_business(oamctl):
    with open("/dev/full", "w") as full:
        process = subprocess.Popen([BIN / "oamctl", "services", "--all"], stdout=full, stderr=subprocess.PIPE, text=True,
                                   env=oamctl.environment())
        assert "There is no room left" in process.communicate(timeout=30)[1] and process.returncode == 1
    done = subprocess.run(f"{BIN / 'oamctl'} services --all --json | head -c 10", shell=True, capture_output=True, text=True,
                          env=oamctl.environment(), timeout=30)
    assert done.stderr == ""


def test_a_complaint_names_all_that_is_missing_and_the_help_to_read(oamctl):
    done = oamctl("file", expect=2)
    assert "--service, --title" in done.err and "oamctl help file" in done.err


# ---- what was meant ----

@pytest.mark.parametrize("words, advice", [
    (("list", "--phase", "studdy,intake"), "study"),
    (("list", "--phase", "zzz"), "--phase may be: draft, intake, study, decision, waiting, execution, justification, end."),
    (("list", "--sort", "update_at"), "updated_at"),
    (("list", "--comarca", "Bages"), "Did you mean --comarca 07?"),
    (("list", "--service", "GOV1"), "GOV-01"),
    (("list", "--since", "yesterday"), "  - --since: "),
    (("events", "--type", "Submited"), "cat.oam.request.submitted"),
    (("file", "--service", "GOV-01", "--title", "Urgent", "-d", "urgency=soon"), "  - --data urgency: ")])
def test_a_refused_option_is_named_as_typed_and_its_values_suggested(oamctl, words, advice):
    done = oamctl(*words, role="local_user", expect=1)
    assert advice in done.err and "Traceback" not in done.err


@pytest.mark.parametrize("words, code, advice", [
    (("list", "--state", "typo"), 1, "There is no “typo”. The nearest value is "), (("list", "--state", "in_progres"), 1, "in_progress"),
    (("list", "--state", "In triage"), 1, "Did you mean --state in_progress?"), (("list", "--service", "GOV-99"), 1, "GOV-01"),
    (("list", "--assignee", "agent.bags.1"), 1, "agent.bages.1"), (("services", "--area", "GVO"), 0, "Did you mean --area GOV?"),
    (("bodies", "--comarca", "Bages"), 1, "Did you mean --comarca 07?"), (("bodies", "--comarca", "99"), 0, "--comarca 09?"),
    (("events", "--type", "submited"), 1, "The nearest value is “cat.oam.request.submitted”.")])
def test_a_filter_that_matches_nothing_because_it_is_none_is_not_silent(oamctl, words, code, advice):
    done = oamctl(*words, role="operator", expect=code)
    assert advice in done.err and done.out == ""
    assert done.err.count(advice) == 1


def test_a_state_is_suggested_by_what_any_definition_calls_it(oamctl):
    for label in ("En triatge", "en curs"):
        done = oamctl("list", "--state", label, role="operator", environment={"LC_ALL": "ca"}, expect=1)
        assert "Volíeu dir --state in_progress?" in done.err


def test_a_filter_that_matches_nothing_is_no_mistake(oamctl):
    done = oamctl("list", "--state", "delivered", "--comarca", "43", role="operator")
    assert done.err == "Nothing found.\n"


def test_the_advice_is_in_the_language_of_the_reader(oamctl):
    assert "Volíeu dir --comarca 07?" in oamctl("list", "--comarca", "Bages", environment={"LC_ALL": "ca"}, expect=1).err
    assert "¿Quería decir --comarca 07?" in oamctl("list", "--comarca", "Bages", environment={"LC_ALL": "es"}, expect=1).err


def test_a_parameter_that_the_server_does_not_know_is_looked_up_in_its_definitions(oamctl, scripted):
    """Whatever the server says of a state, the person sees which states there are."""
    problem = {"type": "/problems/invalid-parameter", "title": "Bad parameter", "status": 400, "detail": "See errors.",
               "code": "invalid_parameter", "instance": "urn:uuid:0", "trace_id": "0",
               "errors": [{"parameter": "state", "code": "unknown_value", "detail": "There is no state typo."}]}
    states = [{"key": "in_progress", "label": "En curs"}, {"key": "waiting", "label": "Pendent de resposta"}]
    url = scripted({"/api/v1/requests": (400, problem), "/api/v1/workflows": (200, {"items": [{"key": "general"}]}),
                    "/api/v1/workflows/general": (200, {"states": states}),
                    "/api/v1/oauth/token": (200, {"access_token": "t", "token_type": "Bearer", "expires_in": 600})})
    done = oamctl("list", "--state", "en curs,wating,waiting", environment={"OAM_URL": url}, expect=1)
    assert "  - --state: There is no state typo. (unknown_value)" in done.err
    assert "Did you mean --state in_progress?" in done.err and "Did you mean --state waiting?" in done.err
    assert done.err.count("Did you mean") == 2
    assert "--state may be: in_progress, waiting." in oamctl("list", "--state", "xyz", environment={"OAM_URL": url}, expect=1).err
