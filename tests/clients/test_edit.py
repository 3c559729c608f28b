"""edit and reassign: a draft by options and in an editor, an agent by name and reason."""
import json
import pathlib
import re

import pytest


@pytest.fixture
def draft(oamctl):
    """draft() is the ref of a fresh draft of the local user."""
    def make(**more):
        words = [word for name, value in more.items() for word in (f"--{name}", value)]
        return oamctl("file", "--service", "GOV-01", "--title", "Esborrany", "--draft", "--json", *words, role="local_user").json["ref"]

    return make


@pytest.fixture
def editor(tmp_path):
    """editor("sed -i …") is an environment whose EDITOR does that to its file, and keeps what it was shown."""
    def make(*rounds):
        script = tmp_path / "my editor"
        lines = [f'{number}) {action} ;;' for number, action in enumerate(rounds, 1)]
        script.write_text("#!/bin/bash\nset -e\nhere=$(dirname \"$0\")\nn=$(($(cat \"$here/n\" 2>/dev/null || echo 0) + 1))\n"
                          "echo $n >\"$here/n\"\ncp \"$1\" \"$here/seen$n\"\ncase $n in\n" + "\n".join(lines) + "\nesac\n")
        script.chmod(0o700)
        return {"VISUAL": f"'{script}'", "TMPDIR": str(tmp_path)}

    return make


def left(tmp_path):
    return list(tmp_path.glob("oamctl-*"))


# ---- by options ----

def test_a_draft_is_changed_by_options(oamctl, draft, tmp_path):
    ref = draft(data="urgency=low", description="Abans")
    text = tmp_path / "text"
    text.write_text("Després\n\namb línies\n")
    done = oamctl("edit", ref, "--title", "Un altre títol", "--description", f"@{text}", "-d", "urgency=high", "--json", role="local_user")
    assert (done.json["title"], done.json["description"]) == ("Un altre títol", "Després\n\namb línies")
    assert done.json["data"] == {"urgency": "high"} and done.json["state"] == "draft"
    assert oamctl("edit", ref, "-d", "urgency:=null", "--json=data", role="local_user").json == {"data": {}}
    assert oamctl("edit", ref, "--service", "OAM-GEN", "--json=service", role="local_user").json == {"service": "OAM-GEN"}


def test_an_edit_can_be_rehearsed_and_refused(oamctl, draft, filed):
    ref = draft()
    plan = oamctl("edit", ref, "--title", "Nou", "-d", "n:=3", "--dry-run", role="local_user").json
    assert plan == {"if_match": plan["if_match"], "patch": {"title": "Nou", "data": {"n": 3}}} and plan["if_match"].startswith('"v1')
    assert oamctl("show", ref, "--json=title", role="local_user").json == {"title": "Esborrany"}
    assert "--title: " in oamctl("edit", ref, "--title", "x", role="local_user", expect=1).err
    assert "--title" in oamctl("edit", ref, role="local_user", expect=2).err
    assert "novalue" in oamctl("edit", ref, "-d", "novalue", role="local_user", expect=2).err
    oamctl("edit", "OAM-2026-999999", "--title", "No hi és", role="local_user", expect=3)
    oamctl("edit", ref, "--title", "D'un altre ens", role="signer", expect=3)
    done = oamctl("edit", filed(), "--title", "Ja presentada", role="local_user", expect=5)
    assert "oamctl transitions OAM-" in done.err


def test_an_edit_of_a_version_that_is_past_is_a_conflict(oamctl, draft):
    ref = draft()
    oamctl("edit", ref, "--title", "Primer", role="local_user")
    done = oamctl("edit", ref, "--title", "Segon", "--if-match", '"v1-en"', role="local_user", expect=5)
    assert "precondition_failed" in done.err
    assert oamctl("show", ref, "--json=title", role="local_user").json == {"title": "Primer"}


# ---- in the editor ----

def test_a_draft_goes_through_the_editor(oamctl, draft, editor, tmp_path):
    ref = draft(data="urgency=low", description="# Un títol\n\nI text.")
    here = editor("sed -i 's/^title = .*/title = De l editor/; s/= low/= high/; $ a Una línia més.' \"$1\"")
    out = oamctl.on_terminal("edit", ref, role="local_user", environment=here).out
    assert "De l editor" in out and "urgency: high" in out
    seen = (tmp_path / "seen1").read_text()
    assert seen.startswith(f"# {ref}") and "\ndata.urgency = low\n" in seen and seen.endswith("\n---\n# Un títol\n\nI text.\n")
    after = oamctl("show", ref, "--json=title,description,data,version", role="local_user").json
    assert after == {"title": "De l editor", "description": "# Un títol\n\nI text.\nUna línia més.", "data": {"urgency": "high"}, "version": 2}
    assert left(tmp_path) == []


@pytest.mark.parametrize("action", ["true", ": >\"$1\"", "sed -i '/^title/d' \"$1\""])
def test_without_a_change_nothing_is_sent(oamctl, draft, editor, tmp_path, action):
    ref = draft()
    assert "nothing was sent" in oamctl.on_terminal("edit", ref, role="local_user", environment=editor(action)).out
    assert oamctl("show", ref, "--json=version", role="local_user").json == {"version": 1} and left(tmp_path) == []


def test_what_is_refused_comes_back_with_the_reasons_on_top(oamctl, draft, editor, tmp_path):
    ref = draft()
    here = editor("sed -i 's/^title = .*/title = x/' \"$1\"",
                  "sed -i 's/^title = .*/title = Prou llarg/; s/^---/data.urgency = soon\\n---/' \"$1\"", "sed -i 's/= soon/= low/' \"$1\"")
    out = oamctl.on_terminal("edit", ref, role="local_user", environment=here, answers=[("[y/N]", "y\n")] * 2).out
    assert "Prou llarg" in out and "urgency: low" in out
    second, third = ((tmp_path / f"seen{n}").read_text() for n in (2, 3))
    assert re.search(r"^# title: .+", second, re.M) and "\ntitle = x\n" in second
    assert re.search(r"^# data\.urgency: .+low", third, re.M) and "# title:" not in third and left(tmp_path) == []


def test_who_gives_up_keeps_the_text(oamctl, draft, editor, tmp_path):
    ref = draft()
    here = editor("echo nonsense >\"$1\"")
    out = oamctl.on_terminal("edit", ref, role="local_user", environment=here, answers=[("[y/N]", "n\n")], expect=2).out
    kept = left(tmp_path)
    assert "line 1" in out and len(kept) == 1 and str(kept[0]) in out.replace("\n", "") and kept[0].read_text() == "nonsense\n"
    assert kept[0].stat().st_mode & 0o077 == 0


def test_an_editor_that_fails_leaves_nothing_behind(oamctl, draft, tmp_path):
    ref = draft()
    here = {"VISUAL": "", "EDITOR": "false", "TMPDIR": str(tmp_path)}
    assert "EDITOR" in oamctl.on_terminal("edit", ref, role="local_user", environment=here, expect=1).out
    assert left(tmp_path) == []


def test_what_others_changed_meanwhile_is_in_the_text(oamctl, draft, editor, server, tmp_path):
    """Both change the title, only they the description, only I the urgency."""
    ref = draft(data="urgency=low", description="Abans")
    theirs = json.dumps({"title": "Dels altres", "description": "Dels altres"})
    meanwhile = pathlib.Path(tmp_path / "meanwhile")
    meanwhile.write_text(f"curl -sf -X PATCH {server.url}/api/v1/requests/{ref} -H \"Authorization: Bearer $(cat {tmp_path}/token)\" "
                         "-H 'Content-Type: application/merge-patch+json' -H 'If-Match: \"v1-en\"' -d '" + theirs + "' >/dev/null\n")
    entry = next(entry for entry in server.credentials if entry["role"] == "local_user")
    answer = oamctl("api", "/session", "--data", json.dumps({"login": entry["login"], "password": entry["password"]})).json
    (tmp_path / "token").write_text(answer["access_token"])
    here = editor(f"bash '{meanwhile}'; sed -i 's/^title = .*/title = Meu/; s/= low/= high/' \"$1\"", "true")
    out = oamctl.on_terminal("edit", ref, role="local_user", environment=here, answers=[("[y/N]", "y\n")]).out
    assert "changed while you edited" in out
    again = (tmp_path / "seen2").read_text()
    assert "title was changed by somebody else too; it now says: \"Dels altres\"" in again
    assert "\ntitle = Meu\n" in again and "\ndata.urgency = high\n" in again and again.endswith("---\nDels altres\n")
    after = oamctl("show", ref, "--json=title,description,data", role="local_user").json
    assert after == {"title": "Meu", "description": "Dels altres", "data": {"urgency": "high"}}


# ---- assignment, reassign ----

def test_who_has_it_is_told_with_who_has_not_and_why(oamctl, filed):
    ref = filed()
    told = oamctl("assignment", ref, "--json", role="agent").json
    text = oamctl("assignment", ref, role="agent").out
    assert told["reason"] in text and "by territory" in text and "the comarca" in text
    head, rows = text.split("\n\n")
    assert len(rows.splitlines()) == 1 + len(told["candidates"]) == 3 and told["agent_name"] in head
    assert [line.split(",")[:2] for line in oamctl("assignment", ref, "-o", "csv", role="agent").out.splitlines()[1:]] == [
        [candidate["agent"], str(candidate["chosen"]).lower()] for candidate in told["candidates"]]
    oamctl("assignment", ref, role="signer", expect=3)


def test_a_request_is_given_to_another_agent_with_a_reason(oamctl, filed):
    ref = filed()
    before = oamctl("show", ref, "--json=assignee", role="operator").json["assignee"]
    other = next(agent for agent in ("agent.bages.1", "agent.bages.2") if agent != before)
    assert oamctl("reassign", ref, "--to", other, "--reason", "Coneix el cas", "--dry-run").json == {
        "agent": other, "reason": "Coneix el cas"}
    done = oamctl("reassign", ref, "--to", other, "--reason", "Coneix el cas", role="operator")
    assert other in done.out and "Coneix el cas" in done.out and "by hand" in done.out
    assert oamctl("show", ref, "--json=assignee", role="operator").json == {"assignee": other}
    assert "Reassigned" in oamctl("history", ref, role="operator").out
    oamctl("reassign", ref, "--to", before, "--reason", "No em toca", role="local_user", expect=4)


def test_a_wrong_agent_is_told_apart_and_the_right_one_suggested(oamctl, filed):
    ref = filed()
    done = oamctl("reassign", ref, "--to", "agent.bags.2", "--reason", "Coneix el cas", role="operator", expect=1)
    assert "--to: " in done.err and "Did you mean --to agent.bages." in done.err
    for words, missing in (((), "--to, --reason"), (("--to", "x"), "--reason"), (("--reason", "x"), "--to")):
        assert f"needs {missing}." in oamctl("reassign", ref, *words, role="operator", expect=2).err


def test_a_person_is_asked_for_what_is_missing(oamctl, filed):
    ref = filed()
    before = oamctl("show", ref, "--json=assignee", role="operator").json["assignee"]
    other = next(agent for agent in ("agent.bages.1", "agent.bages.2") if agent != before)
    oamctl.on_terminal("reassign", ref, role="operator", answers=[("login:", other + "\n"), ("request:", "De vacances\n")])
    assert oamctl("show", ref, "--json=assignee", role="operator").json == {"assignee": other}
