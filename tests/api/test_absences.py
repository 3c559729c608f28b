"""Agents who are away: who may say so, and what becomes of their requests, once each, whoever does it."""
import collections
import datetime
import hashlib
import json
import time

import pytest

from oamtest.client import OTHER_TOWN, TOWN, Api, new_key
from oamtest.clock import MADRID, HandClock

AGENT, OTHER = "agent.bages.1", "agent.bages.2"


def day(n):
    return str(datetime.datetime.now(MADRID).date() + datetime.timedelta(days=n))


def away(api, agent, first, last, delegate=None, role="admin", key=None):
    body = {"first_day": day(first), "last_day": day(last), **({"delegate": delegate} if delegate else {})}
    return api.post(f"/api/v1/agents/{agent}/absences", role=role, json=body, headers={"Idempotency-Key": key or new_key()})


def absences(api, agent, role="admin"):
    answer = api.get(f"/api/v1/agents/{agent}/absences", role=role)
    assert answer.status_code == 200, answer
    return answer.json()["items"]


def assignment(api, ref, role="operator", lang="ca"):
    return api.get(f"/api/v1/requests/{ref}/assignment?lang={lang}", role=role).json()


def eventually(what, seconds=15):
    end = time.monotonic() + seconds
    while not (told := what()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.1)
    return told


def absence_events(server, outcome=None):
    rows = server.database.sql("SELECT r.ref, e.data ->> 'absence', e.data -> 'assignment' ->> 'decided_by' FROM request_event e "
                               "JOIN request r ON r.id = e.request_id WHERE e.data ? 'absence' ORDER BY e.id")
    return [row for row in rows if outcome is None or row[2] == outcome]


def loads_are_exact(server):
    return server.database.one("""SELECT count(*) FROM agent_load l WHERE (open_requests, open_hours) <>
        (SELECT count(*), coalesce(sum(effort_hours), 0) FROM request r WHERE r.assignee_id = l.agent_id AND r.closed_at IS NULL)""") == 0


def publish(server, edit, key="general_enquiry"):
    """The procedure with another policy, as its next version; waits until the server runs it."""
    document = json.loads(server.database.one("SELECT document FROM workflow_definition WHERE key = %s ORDER BY version DESC LIMIT 1", key))
    document["version"] += 1
    edit(document["assign"]["territorial"])
    text = json.dumps(document)
    server.database.sql("INSERT INTO workflow_definition (hash, key, version, document) VALUES (%s, %s, %s, %s)",
                        hashlib.sha256(text.encode()).digest(), key, document["version"], text)
    return document["version"]


@pytest.fixture
def world(new_server, contract):
    server = new_server()
    return server, Api(server, contract)


# ---- who may say so

@pytest.mark.parametrize("role, agent, status", [
    ("agent", AGENT, 201), ("agent", OTHER, 403), ("agent_b", AGENT, 403), ("unit_head_oam", AGENT, 201), ("unit_head", AGENT, 403),
    ("supervisor", AGENT, 201), ("admin", AGENT, 201), ("operator", AGENT, 403), ("technician_oam", AGENT, 403), ("local_user", AGENT, 403),
    ("signer", AGENT, 403), ("integration", AGENT, 403), ("admin", "no.such.agent", 404), ("admin", "operator", 404)])
def test_absences__are_the_agents_and_those_who_lead_them(world, role, agent, status):
    _, api = world
    answer = away(api, agent, 10, 12, role=role)
    assert answer.status_code == status, answer
    assert api.get(f"/api/v1/agents/{agent}/absences", role=role).status_code == (200 if status == 201 else status)
    if status != 201:
        assert api.delete(f"/api/v1/agents/{agent}/absences/01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e", role=role).status_code == status
        return
    told = answer.json()
    assert told == {"id": told["id"], "first_day": day(10), "last_day": day(12), "delegate": None, "status": "planned"}
    assert absences(api, agent, role) == [told]
    assert api.delete(f"/api/v1/agents/{agent}/absences/{told['id']}", role=role).status_code == 204
    assert absences(api, agent, role) == []
    assert api.delete(f"/api/v1/agents/{agent}/absences/{told['id']}", role=role).status_code == 404


@pytest.mark.parametrize("body, violations", [
    ({}, {("/first_day", "required"), ("/last_day", "required")}),
    ({"first_day": "22/11/2026", "last_day": "2026-02-30"}, {("/first_day", "bad_format"), ("/last_day", "bad_format")}),
    ({"first_day": day(3), "last_day": day(2)}, {("/last_day", "ends_before_it_begins")}),
    ({"first_day": day(-5), "last_day": day(-1)}, {("/last_day", "in_the_past")}),
    ({"first_day": day(1), "last_day": day(366 * 5 + 1)}, {("/last_day", "too_far_ahead")}),
    ({"first_day": day(1), "last_day": day(2), "delegate": "nobody.here"}, {("/delegate", "no_such_agent")}),
    ({"first_day": day(1), "last_day": day(2), "delegate": AGENT}, {("/delegate", "delegate_is_agent")}),
    ({"first_day": day(1), "last_day": day(2), "why": "flu"}, {("/why", "unknown_member")})])
def test_an_absence__is_told_everything_that_is_wrong(api, body, violations):
    answer = api.post(f"/api/v1/agents/{AGENT}/absences", role="admin", json=body, headers={"Idempotency-Key": new_key()})
    assert answer.status_code == 422 and {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == violations


def test_an_agent__is_away_once_on_a_day_and_delegates_never_come_round(world):
    _, api = world
    assert away(api, AGENT, 10, 12, OTHER).status_code == 201
    overlap = away(api, AGENT, 12, 20)
    assert overlap.status_code == 409 and overlap.json()["code"] == "absence_overlaps"
    assert away(api, OTHER, 11, 15, "agent.osona.1").status_code == 201
    circle = away(api, "agent.osona.1", 12, 12, AGENT)
    assert circle.status_code == 409 and circle.json()["code"] == "delegates_come_round"
    assert away(api, "agent.osona.1", 13, 13, AGENT).status_code == 201  # AGENT is back by then
    assert [one["delegate"] for one in absences(api, AGENT)] == [OTHER]


def test_the_same_key__is_one_absence(world):
    _, api = world
    key = new_key()
    first, again = away(api, AGENT, 3, 4, key=key), away(api, AGENT, 3, 4, key=key)
    assert (first.status_code, again.status_code) == (201, 201) and first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true" and len(absences(api, AGENT)) == 1


# ---- what becomes of their requests

def test_as_it_begins__each_open_request_goes_by_its_policy_and_is_told(world):
    server, api = world
    open_ones = [api.file("local_user")["ref"] for _ in range(3)]
    closed = api.file("local_user")["ref"]
    api.act(closed, "withdraw", role="local_user")
    draft = api.file("local_user", submit=False)["ref"]
    before = {ref: api.get(f"/api/v1/requests/{ref}").json() for ref in open_ones}
    assert {one["assignee"] for one in before.values()} == {AGENT}
    assert away(api, AGENT, 0, 2).json()["status"] == "running"
    eventually(lambda: len(absence_events(server)) == 3)
    for ref in open_ones:
        now = eventually(lambda: (one := api.get(f"/api/v1/requests/{ref}").json())["assignee"] != AGENT and one)
        assert now["assignee"].startswith("agent.bages.") and (now["state"], now["version"]) == (before[ref]["state"], before[ref]["version"] + 1)
        told = assignment(api, ref)
        assert told["policy"] == "territorial" and told["owner"] is None
        assert next(one for one in told["candidates"] if one["agent"] == AGENT)["failed"] == "absent"
        assert api.whole(f"/api/v1/requests/{ref}/history")[-1]["type"] == "assigned"
    assert {ref for ref, _, _ in absence_events(server)} == set(open_ones)
    assert loads_are_exact(server) and api.get(f"/api/v1/agents/{AGENT}").json()["absent"] is True
    assert api.get(f"/api/v1/requests/{draft}", role="local_user").json()["version"] == 1
    assert server.database.sql("SELECT * FROM event_chain_faults()") == []


def test_with_a_delegate__the_owner_stays_the_owner_and_has_it_back(world):
    server, api = world
    ref = api.file("local_user")["ref"]
    absence = away(api, AGENT, 0, 30, OTHER).json()
    told = eventually(lambda: (one := assignment(api, ref))["agent"] == OTHER and one)
    assert (told["owner"], told["decided_by"], told["policy"]) == (AGENT, "delegated", "territorial")
    assert "Bages 1" in told["reason"] and len({assignment(api, ref, lang=lang)["reason"] for lang in ("ca", "es", "en")}) == 3
    assert api.act(ref, "take", role="operator").status_code == 200
    late = api.file("local_user")["ref"]  # what is filed meanwhile goes to somebody who is there
    assert assignment(api, late)["agent"] not in (None, AGENT) and assignment(api, late)["owner"] is None
    assert api.delete(f"/api/v1/agents/{AGENT}/absences/{absence['id']}", role="agent").status_code == 204
    told = eventually(lambda: (one := assignment(api, ref))["agent"] == AGENT and one)
    assert (told["owner"], told["decided_by"]) == (AGENT, "returned")
    assert absences(api, AGENT)[0]["status"] == "cancelled"
    assert assignment(api, late)["agent"] != AGENT
    assert [row[1:] for row in absence_events(server)] == [("began", "delegated"), ("ended", "returned")]
    assert api.delete(f"/api/v1/agents/{AGENT}/absences/{absence['id']}", role="agent").status_code == 404
    assert loads_are_exact(server)


def test_a_delegate_of_another_comarca__acts_in_what_was_given_and_in_nothing_else(world):
    server, api = world
    ref = api.file("local_user")["ref"]
    assert api.act(ref, "take", role="agent_b").status_code == 403
    absence = away(api, AGENT, 0, 30, "agent.osona.1").json()
    eventually(lambda: assignment(api, ref)["agent"] == "agent.osona.1")
    offered = {one["event"]: one["allowed"] for one in api.get(f"/api/v1/requests/{ref}/transitions", role="agent_b").json()["items"]}
    assert offered["take"] is True
    assert api.act(ref, "take", role="agent_b").status_code == 200
    late = api.file("local_user")["ref"]
    assert assignment(api, late)["agent"] == OTHER and api.act(late, "take", role="agent_b").status_code == 403
    api.delete(f"/api/v1/agents/{AGENT}/absences/{absence['id']}", role="agent")
    eventually(lambda: assignment(api, ref)["agent"] == AGENT)
    assert api.act(ref, "resolve", {"resolution": "Ja està"}, role="agent_b").status_code == 403
    assert api.act(ref, "resolve", {"resolution": "Ja està"}, role="agent").status_code == 200


def test_what_a_delegate_passed_on__does_not_come_back(world):
    server, api = world
    ref, kept = api.file("local_user")["ref"], api.file("local_user")["ref"]
    absence = away(api, AGENT, 0, 30, OTHER).json()
    eventually(lambda: {assignment(api, one)["agent"] for one in (ref, kept)} == {OTHER})
    third = "agent.osona.1"
    server.database.sql("INSERT INTO portfolio (agent_id, body_id) SELECT a.id, b.id FROM agent a JOIN user_account u ON u.id = a.user_id, "
                        "body b WHERE u.login = %s AND b.code = %s", third, TOWN)
    eventually(lambda: TOWN in api.get(f"/api/v1/agents/{third}").json()["bodies"])
    answer = api.post(f"/api/v1/requests/{ref}/assignment", role="supervisor", json={"agent": third, "reason": "Coneix el cas"},
                      headers={"Idempotency-Key": new_key()})
    assert answer.status_code == 200, answer
    api.delete(f"/api/v1/agents/{AGENT}/absences/{absence['id']}", role="admin")
    eventually(lambda: assignment(api, kept)["agent"] == AGENT)
    assert assignment(api, ref)["agent"] == third and loads_are_exact(server)


def test_a_delegate_who_is_away__has_a_delegate(world):
    server, api = world
    server.database.sql("INSERT INTO delegation (agent_id, delegate_id, first_day) SELECT a.id, b.id, current_date FROM agent a, agent b "
                        "WHERE a.user_id = (SELECT id FROM user_account WHERE login = %s) "
                        "AND b.user_id = (SELECT id FROM user_account WHERE login = 'agent.osona.1')", OTHER)
    ref = api.file("local_user")["ref"]
    away(api, OTHER, 0, 3)
    eventually(lambda: api.get(f"/api/v1/agents/{OTHER}").json()["absent"])
    away(api, AGENT, 0, 3, OTHER)
    told = eventually(lambda: (one := assignment(api, ref))["agent"] != AGENT and one)
    assert (told["agent"], told["owner"], told["decided_by"]) == ("agent.osona.1", AGENT, "delegated")


def test_a_sticky_policy__lets_it_wait_and_says_so(world):
    server, api = world
    version = publish(server, lambda policy: policy.update(sticky=True))
    ref = eventually(lambda: (one := api.file("local_user"))["workflow"]["version"] == version and one)["ref"]
    away(api, AGENT, 0, 3, OTHER)
    told = eventually(lambda: (one := assignment(api, ref))["decided_by"] == "kept" and one)
    assert (told["agent"], told["owner"]) == (AGENT, AGENT) and absence_events(server, "kept") == [(ref, "began", "kept")]
    assert loads_are_exact(server)


def test_days_pass__and_it_all_comes_back_by_itself(new_server, contract, tmp_path):
    clock = HandClock(tmp_path / "now")
    server = new_server(OAM_TEST_CLOCK=str(clock.path))
    api = Api(server, contract)
    ref = api.file("local_user")["ref"]
    assert away(api, AGENT, 1, 2, OTHER).json()["status"] == "planned"
    time.sleep(2.5)
    assert assignment(api, ref)["agent"] == AGENT and absence_events(server) == []
    clock.ahead(86400 * 1.5)
    api = Api(server, contract)  # tokens have ended
    eventually(lambda: assignment(api, ref)["agent"] == OTHER)
    assert absences(api, AGENT)[0]["status"] == "running"
    clock.ahead(86400 * 3.5)
    api = Api(server, contract)
    eventually(lambda: assignment(api, ref)["agent"] == AGENT)
    assert absences(api, AGENT)[0]["status"] == "over"
    assert [row[1:] for row in absence_events(server)] == [("began", "delegated"), ("ended", "returned")]


def test_three_processes__see_to_each_request_once_though_one_is_killed(world, new_server, contract):
    server, api = world
    new_server(database=server.database)
    doomed = new_server(database=server.database)
    refs = [item["ref"] for n in range(2) for item in api.post(
        "/api/v1/requests:batch", role="integration", headers={"Idempotency-Key": new_key()},
        json={"items": [{"service": "OAM-GEN", "body": TOWN, "title": f"Consulta {n} {i}", "submit": True} for i in range(60)]}).json()["items"]]
    mine = [ref for ref, in server.database.sql("SELECT ref FROM request r JOIN agent a ON a.id = r.assignee_id JOIN user_account u "
                                                "ON u.id = a.user_id WHERE u.login = %s", AGENT)]
    assert len(refs) == 120 and len(mine) > 100  # the town's own agent: three transactions' worth
    absence = away(api, AGENT, 0, 5).json()
    eventually(lambda: absence_events(server), 30)
    doomed.kill()
    doomed.start()
    eventually(lambda: len(absence_events(server)) == len(mine), 30)
    api.delete(f"/api/v1/agents/{AGENT}/absences/{absence['id']}", role="admin")
    time.sleep(2)
    assert collections.Counter(ref for ref, _, _ in absence_events(server)) == collections.Counter(mine)
    shares = [count for count, in server.database.sql("SELECT count(*) FROM request WHERE closed_at IS NULL GROUP BY assignee_id")]
    assert max(shares) - min(shares) <= 1, "equal agents share what was left"
    assert loads_are_exact(server) and server.database.sql("SELECT * FROM event_chain_faults()") == []
    server.verify()


# ---- policies of every kind, in the product

def test_a_conflict_of_interest__keeps_out_and_is_the_providers_affair(world):
    server, api = world
    version = publish(server, lambda policy: policy["require"].append("!agent.conflicts.exists(c, c == request.body)"))
    server.database.sql("INSERT INTO agent_conflict SELECT a.id, b.id FROM agent a JOIN user_account u ON u.id = a.user_id, body b "
                        "WHERE u.login = %s AND b.code = %s", AGENT, TOWN)
    ref = eventually(lambda: (one := api.file("local_user"))["workflow"]["version"] == version and one["assignee"] != AGENT and one)["ref"]
    told = next(one for one in assignment(api, ref)["candidates"] if one["agent"] == AGENT)
    assert told["failed"] == "conflict" and told["filters"][0]["about"] == "conflict"
    for role in ("local_user", "integration"):
        told = next(one for one in assignment(api, ref, role)["candidates"] if one["agent"] == AGENT)
        assert told["failed"] == "filter" and "filters" not in told
    answer = api.post(f"/api/v1/requests/{ref}/assignment", role="supervisor", json={"agent": AGENT, "reason": "Coneix el cas"},
                      headers={"Idempotency-Key": new_key()})
    assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == "agent_unfit"


def test_whom_the_town_knows__then_the_least_hours(world):
    server, api = world

    def by_referent(policy):
        policy["rank"] = ["previous_referent desc", "weighted_load asc", "last_assigned_at asc", "agent_id asc"]

    version = publish(server, by_referent)
    first = eventually(lambda: (one := api.file("local_user"))["workflow"]["version"] == version and one)
    knows = first["assignee"]
    api.act(first["ref"], "withdraw", role="local_user")
    after = api.file("local_user")
    told = assignment(api, after["ref"])
    assert (told["agent"], told["decided_by"]) == (knows, "referent")
    assert told["candidates"][0]["rank"]["previous_referent"] is True and told["candidates"][0]["rank"]["order"][0] == {
        "by": "previous_referent desc", "value": True}
    assert TOWN and "Aguilar" in told["reason"]
    server.database.sql("UPDATE service SET effort_hours = 40 WHERE code = 'OAM-GEN'")
    server.database.sql("DELETE FROM referent")
    for _ in range(4):
        told = assignment(api, api.file("local_user")["ref"])
        hours = {one["agent"]: one["rank"]["open_hours"] for one in told["candidates"] if one["rank"]}
        assert told["decided_by"] in ("hours", "turn") and hours[told["agent"]] == min(hours.values())
    assert loads_are_exact(server) and server.database.one("SELECT max(open_hours) FROM agent_load") > 40


def test_a_team_that_nobody_is_in__falls_back_to_the_role_that_the_procedure_names(world):
    server, api = world
    version = publish(server, lambda policy: policy.update(pool="team(cul)"))
    one = eventually(lambda: (one := api.file("local_user"))["workflow"]["version"] == version and one)
    told = assignment(api, one["ref"])
    assert one["assignee"] is None and told["agent"] is None and told["candidates"] == []
    assert (told["decided_by"], told["if_none"]) == ("none", "operator")
    # Never silently nobody: those who have it now are told.
    eventually(lambda: server.database.sql("SELECT n.role, n.internal, n.payload ->> 'about' FROM notification n JOIN request r ON r.id = n.request_id "
                                           "WHERE r.ref = %s", one["ref"]) == [("operator", True, "unassigned")])
    assert api.act(one["ref"], "take", role="operator").status_code == 200


def test_a_skill__is_asked_for_and_told_when_it_lacks(world):
    server, api = world
    area = server.database.one("SELECT area_code FROM service WHERE code = 'OAM-GEN'")
    version = publish(server, lambda policy: policy["require"].insert(0, "agent.skills.exists(s, s == ticket.subject_area)"))
    server.database.sql("INSERT INTO agent_skill SELECT a.id, %s FROM agent a JOIN user_account u ON u.id = a.user_id WHERE u.login = %s", area, OTHER)
    one = eventually(lambda: (one := api.file("local_user"))["workflow"]["version"] == version and one["assignee"] == OTHER and one)
    told = assignment(api, one["ref"])
    assert told["decided_by"] == "only" and told["counterfactual"] is None
    lacking = next(candidate for candidate in told["candidates"] if candidate["agent"] == AGENT)
    assert lacking["failed"] == "skill" and lacking["filters"][0]["require"] == "agent.skills.exists(s, s == ticket.subject_area)"
    assert api.file("signer", body=OTHER_TOWN)["assignee"] is None  # nobody of that comarca knows it
