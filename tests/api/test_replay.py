"""What if: recorded requests under a draft, under other holidays, under another policy - and under what they are, where nothing changes."""
import concurrent.futures
import contextlib
import copy
import datetime
import json
import time

import psycopg2
from oamtest import joint
from oamtest.client import OTHER_TOWN, TOWN, Api, new_key
from oamtest.clock import HandClock
from oamtest.office import act, filed, local, office, state, until  # noqa: F401 (office is a fixture)
from oamtest.procedure import DOCUMENT

REPLAY = "/api/v1/workflows:replay"


def replay(api, status=200, role="supervisor", **body):
    answer = api.post(REPLAY, role=role, json={"workflow": "general_enquiry", **body})
    assert answer.status_code == status, answer.text
    return answer.json()


def draft(change):
    document = copy.deepcopy(DOCUMENT)
    document["version"] = 91
    change(document["states"], document)
    return document


def traffic(office):
    """Four requests: one resolved, one answered in time and resolved late, one whose town is silent, one left open."""
    refs = {name: filed(office) for name in ("resolved", "answered", "silent", "open")}
    office.at(local(2026, 5, 6, 12))
    act(office, refs["resolved"], "resolve")
    for name in ("answered", "silent"):
        act(office, refs[name], "ask", question="Quin carrer?")
    office.at(local(2026, 5, 8, 12))
    act(office, refs["answered"], "answer", "local_user", answer="El Major")
    office.at(local(2026, 5, 12, 1))
    assert until(lambda: state(office, refs["silent"]) == "withdrawn")
    office.at(local(2026, 5, 18, 12))
    assert until(lambda: office.database.one("SELECT count(*) FROM request WHERE data ->> 'reminders' = '1'") == 2)
    act(office, refs["answered"], "resolve")
    return refs


def nothing_changes(report):
    assert report["complete"] is True and report["unreplayed"] == 0
    assert report["divergent"] == {"requests": 0, "items": []} and report["actions"] == []
    assert report["deadlines"] == {"later": 0, "earlier": 0, "newly_breached": 0, "no_longer_breached": 0, "seconds": 0, "items": []}
    assert report["assignments"]["changed"] == 0
    assert all(agent["chosen_before"] == agent["chosen_after"] for agent in report["assignments"]["agents"])


def test_replay__of_what_is_changes_nothing_and_stores_nothing(office):
    traffic(office)
    before = office.database.sql("SELECT count(*), max(id), sum(version) FROM request_event")
    report = replay(office)
    nothing_changes(report)
    nothing_changes(replay(office, definition=DOCUMENT))
    assert report["requests"] == 4 and report["events"] >= 14
    # Everybody who comes back to work is chosen for anew; agents carry what is open at the end.
    assert report["assignments"]["chosen"] == 5
    assert sum(agent["chosen_after"] for agent in report["assignments"]["agents"]) == 5
    assert sum(agent["open_after"] for agent in report["assignments"]["agents"]) == 1
    assert office.database.sql("SELECT count(*), max(id), sum(version) FROM request_event") == before


def test_replay__a_draft_that_refuses_what_was_done_says_whose_and_why(office):
    refs = traffic(office)

    def without_asking(states, _document):
        working = states["open"]["states"]["working"]["on"]
        working["consult"] = working.pop("ask")

    report = replay(office, definition=draft(without_asking))
    told = {item["ref"]: item for item in report["divergent"]["items"]}
    assert set(told) == {refs["answered"], refs["silent"]} and report["divergent"]["requests"] == 2
    for item in told.values():
        assert (item["kind"], item["event"], item["reasons"], item["after"]) == ("refused", "ask", ["unknown_event"], "working")
    acts = {(act["state"], act["event"]): (act["newly_possible"], act["no_longer_possible"]) for act in report["actions"]}
    # Whoever resolved could have asked as well: every act that was lived in that state counts.
    assert set(acts) == {("working", "ask"), ("working", "consult")} and acts["working", "ask"][1] == acts["working", "consult"][0] >= 3

    def by_supervisors(states, _document):
        states["open"]["states"]["working"]["on"]["resolve"][0]["role"] = "supervisor"
        states["open"]["states"]["working"]["on"]["ask"][0]["require"] = ["question", "visit"]

    report = replay(office, definition=draft(by_supervisors))
    reasons = {item["ref"]: (item["event"], item["reasons"]) for item in report["divergent"]["items"]}
    assert reasons == {refs["resolved"]: ("resolve", ["role_missing"]), refs["answered"]: ("ask", ["fields_missing"]),
                       refs["silent"]: ("ask", ["fields_missing"])}


def test_replay__a_time_limit_that_is_another_fires_at_another_time(office):
    refs = traffic(office)

    def shorter(states, document):
        document["clocks"]["answer"]["budget"] = {"habils": 4}
        states["open"]["states"]["waiting"]["after"][0]["in"] = {"habils": 1}

    report = replay(office, definition=draft(shorter))
    told = {item["ref"]: item for item in report["divergent"]["items"]}
    # The town that answered two days later is too late now, and nobody resolves what has expired.
    assert told[refs["answered"]]["event"] == "answer" and told[refs["answered"]]["after"] == "withdrawn"
    assert told[refs["open"]]["after"] == "expired" and told[refs["open"]]["before"] == "working"
    assert refs["resolved"] not in told
    assert report["deadlines"]["earlier"] >= 3 and report["deadlines"]["newly_breached"] >= 1
    moved = {item["ref"]: item for item in report["deadlines"]["items"]}
    assert datetime.datetime.fromisoformat(moved[refs["open"]]["after"].replace("Z", "+00:00")) == local(2026, 5, 9)
    assert moved[refs["open"]]["breached_after"] is True and moved[refs["open"]]["breached_before"] is False


def test_replay__holidays_more_or_fewer_move_exactly_the_deadlines_that_run_over_them(office):
    refs = traffic(office)
    report = replay(office, holidays=[{"date": "2026-05-15", "body": TOWN, "name": "Sant Isidre"}])
    moved = {item["ref"]: item for item in report["deadlines"]["items"]}
    assert report["deadlines"]["later"] == len(moved) and report["deadlines"]["earlier"] == 0
    assert {refs["open"], refs["answered"]} <= set(moved)
    assert report["deadlines"]["seconds"] == sum(item["seconds"] for item in moved.values()) > 0
    far = replay(office, holidays=[{"date": "2026-05-15", "body": "0800180001"}])
    nothing_changes(far)
    none = replay(office, holidays=[{"date": "2026-12-25", "rests": False}])
    nothing_changes(none)
    office.at(local(2026, 5, 22, 10))
    late = filed(office)
    office.at(local(2026, 5, 27, 10))
    earlier = {item["ref"]: item for item in replay(office, holidays=[{"date": "2026-05-25", "body": "0801930008", "rests": False}])["deadlines"]["items"]}
    assert set(earlier) == {late} and earlier[late]["seconds"] == -3 * 86400, "the Friday before, not the Monday"


def test_replay__another_policy_would_have_given_requests_to_others(office):
    traffic(office)

    def the_last_first(_states, document):
        document["assign"]["territorial"]["rank"] = ["agent_id desc"]

    report = replay(office, definition=draft(the_last_first))
    chosen = report["assignments"]
    agents = {agent["login"]: agent for agent in chosen["agents"]}
    assert chosen["changed"] > 0 and report["divergent"]["requests"] == 0
    assert sum(agent["chosen_before"] for agent in agents.values()) == sum(agent["chosen_after"] for agent in agents.values()) == 5
    assert max(agent["chosen_after"] for agent in agents.values()) == 5, "always the same one"
    assert all(item["recorded"] and item["before"] != item["after"] for item in chosen["items"])


def give(office, ref, agent):
    done = office.post(f"/api/v1/requests/{ref}/assignment", role="operator", json={"agent": agent, "reason": "Coneix el cas"},
                       headers={"Idempotency-Key": new_key()})
    assert done.status_code == 200, done


def test_replay__begins_with_what_agents_carried_and_lets_others_have_what_they_had(office):
    """Under what it is everybody is chosen again who was chosen: loads, turns and what people passed on are as they were."""
    agents = [login for login, in office.database.sql("""SELECT u.login FROM agent a JOIN user_account u ON u.id = a.user_id JOIN portfolio p ON p.agent_id = a.id
        JOIN body b ON b.comarca_code = p.comarca_code WHERE b.code = %s ORDER BY a.id""", TOWN)]
    assert len(agents) >= 2
    first, second = agents[:2]
    others = [office.file("local_user", service="GOV-01", title="Un pla")["ref"] for _ in range(5)]
    for ref in others:
        give(office, ref, first)
    refs = []

    def file(day, times):
        for _ in range(times):
            office.at(local(2026, 5, day, 13, len(refs)))
            refs.append(filed(office))

    file(4, 3)
    give(office, refs[0], agents[-1])
    give(office, others[0], second)
    file(4, 6)
    office.at(local(2026, 5, 5, 12))
    act(office, refs[1], "resolve")
    give(office, others[1], second)
    file(5, 3)
    recorded = dict(office.database.sql("""SELECT r.ref, e.data -> 'assignment' ->> 'agent' FROM request r JOIN request_event e ON e.request_id = r.id
        WHERE e.type = 'request.submitted' AND r.ref = ANY (%s)""", refs))
    assert recorded[refs[0]] != first, "who carried five already"

    def the_last_first(_states, document):
        document["assign"]["territorial"]["rank"] = ["agent_id desc"]

    report = replay(office, definition=draft(the_last_first))["assignments"]
    assert report["chosen"] == len(refs) and report["changed"] == len(report["items"]) == sum(agent != agents[-1] for agent in recorded.values())
    assert {item["ref"]: item["before"] for item in report["items"]} == {item["ref"]: item["recorded"] for item in report["items"]} \
        == {ref: agent for ref, agent in recorded.items() if agent != agents[-1]}
    chosen = {agent["login"]: agent["chosen_before"] for agent in report["agents"]}
    assert chosen == {agent: list(recorded.values()).count(agent) for agent in chosen}
    carried = dict(office.database.sql("""SELECT u.login, l.open_requests FROM agent_load l JOIN agent a ON a.id = l.agent_id
        JOIN user_account u ON u.id = a.user_id"""))
    hours = dict(office.database.sql("""SELECT u.login, l.open_hours FROM agent_load l JOIN agent a ON a.id = l.agent_id JOIN user_account u ON u.id = a.user_id"""))
    assert {agent["login"]: (agent["open_before"], agent["hours_before"]) for agent in report["agents"]} \
        == {agent["login"]: (carried[agent["login"]], hours[agent["login"]]) for agent in report["agents"]}, "in the end they have what they have"


def test_replay__goes_on_where_it_stopped_and_sees_what_moved_of_late(office):
    refs = traffic(office)
    everything = replay(office)
    rest = replay(office, after=refs["answered"])
    assert rest["requests"] == everything["requests"] - 2 and rest["next"] is None
    office.at(local(2026, 9, 1))
    assert until(lambda: state(office, refs["open"]) == "expired")
    assert replay(office, days=1)["requests"] == 1 and replay(office)["requests"] == 4


@contextlib.contextmanager
def history_held(database):
    """Nobody reads an event meanwhile."""
    connection = psycopg2.connect(database.url)
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE oam.request_event IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


def followed(database):
    return database.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM request r JOIN request_event e%'")


def test_replay__two_run_at_once_and_the_third_is_told_to_come_back(new_server, contract):
    server = new_server()
    api = Api(server, contract)
    api.file("local_user")
    for role in ("supervisor", "admin", "operator"):
        api.token(role) # whoever waits for a lock is given up after a second: nobody logs in meanwhile
    with concurrent.futures.ThreadPoolExecutor(2) as people:
        with history_held(server.database):
            running = [people.submit(replay, api) for _ in range(2)]
            assert until(lambda: followed(server.database) == 2)
            refused = api.post(REPLAY, role="admin", json={"workflow": "general_enquiry"})
            assert refused.status_code == 503 and refused.headers["Retry-After"] == "5"
            assert refused.json()["code"] == "overloaded" and "5" in refused.json()["detail"]
            assert api.get("/api/v1/workflows/general_enquiry").status_code == 200, "the others go on"
        assert [report.result()["requests"] for report in running] == [1, 1]
    for _ in range(3):
        assert replay(api)["complete"] is True, "whoever is done has left"
    replay(api, status=404, workflow="nothing_of_the_kind")
    assert [replay(api)["requests"] for _ in range(3)] == [1, 1, 1], "and whoever failed too"


def test_replay__stops_between_requests_when_its_time_is_up(new_server, contract):
    server = new_server(OAM_DEADLINE_MS="3500")
    api = Api(server, contract)
    refs = [api.file("local_user")["ref"] for _ in range(4)]
    api.token("supervisor")
    with concurrent.futures.ThreadPoolExecutor(1) as person:
        with history_held(server.database):
            running = person.submit(replay, api)
            assert until(lambda: followed(server.database) == 1)
            time.sleep(0.7) # of 3.5 s, 3 are for the answer
        begun = running.result()
    assert (begun["complete"], begun["next"], begun["requests"]) == (False, refs[0], 1), "what was begun, to its end"
    rest = replay(api, after=begun["next"])
    assert (rest["complete"], rest["next"], rest["requests"]) == (True, None, 3)
    assert begun["events"] + rest["events"] == replay(api)["events"]
    assert begun["assignments"]["chosen"] + rest["assignments"]["chosen"] == 4


def test_replay__asks_who_was_invited_when_they_were(template, contract, tmp_path):
    """One more body is named on the third day; its own ten days begin there, and in a draft of five days they end there too."""
    clock = HandClock(tmp_path / "clock", local(2026, 5, 4, 10))
    desk = joint.Desk(template, contract, OAM_TEST_CLOCK=str(clock.path))

    def at(*moment):
        clock.go(local(*moment))
        desk._tokens.clear()

    def within(days):
        document = joint.anew(first, 92)
        document["states"]["adhesions"]["states"]["invited"]["after"][0]["in"]["habils"] = days
        return document

    def judged(document=None):
        report = replay(desk, workflow="technical_assistance", **({"definition": document} if document else {}))
        assert (report["complete"], report["requests"], report["unreplayed"]) == (True, 2, 0)
        return {item["ref"]: item for item in report["divergent"]["items"]}

    try:
        desk.database.sql("DELETE FROM holiday WHERE day BETWEEN '2026-05-01' AND '2026-07-31'")
        first = joint.anew(joint.procedure("technical_assistance"))
        desk.publish(first)
        # Both are answered by those who were asked at first; the one who was asked last answers in good time, or not at all.
        late, silent = desk.joint(OTHER_TOWN)["ref"], desk.joint(OTHER_TOWN)["ref"]
        at(2026, 5, 7, 10)
        for ref in (late, silent):
            assert desk.invite(ref, joint.THIRD_TOWN).status_code == 200
        at(2026, 5, 8, 10)
        assert desk.answer(late, "adhere", "signer").status_code == desk.answer(late, "adhere", "signer_a").status_code == 200
        assert desk.members(late) == {TOWN: "joined", OTHER_TOWN: "joined", joint.THIRD_TOWN: "invited"}
        at(2026, 5, 15, 10)
        assert desk.answer(late, "adhere", "signer_c").json()["state"] == "assigned"
        at(2026, 5, 22, 10)
        assert until(lambda: desk.database.one("SELECT state FROM request WHERE ref = %s", silent) == "assigned")
        assert judged() == judged(within(10)) == {}
        # Whoever was asked on Thursday the 7th has until the 14th: the answer of the 15th comes too late.
        parted = judged(within(5))
        assert set(parted) == {late, silent}
        assert (parted[late]["kind"], parted[late]["event"], parted[late]["after"]) == ("refused", "adhere", "assigned")
        # Six days are enough for that answer, and not for the others' silence.
        assert set(judged(within(6))) == {silent}
        # After two days nobody is asked any more, so that the third cannot be named.
        refused = judged(within(2))[late]
        assert (refused["kind"], refused["event"], refused["reasons"]) == ("refused", "invite", ["wrong_state"])
    finally:
        desk.server.verify()
        desk.close()


def test_replay__is_for_supervisors_and_takes_what_can_be_followed(office):
    replay(office, status=403, role="operator")
    replay(office, status=404, workflow="nothing_of_the_kind")
    for body, pointer, code in (
            ({"definition": {"format": "oam-wf/1"}}, "/definition", "invalid_definition"),
            ({"definition": {**DOCUMENT, "key": "other"}}, "/definition/key", "not_an_option"),
            ({"holidays": [{"date": "25 de maig"}]}, "/holidays/0/date", None),
            ({"holidays": [{"date": "2026-05-25", "body": "9999999999"}]}, "/holidays/0/body", "unknown_value"),
            ({"days": 0}, "/days", "out_of_range")):
        problem = replay(office, status=422, **body)
        assert [error["pointer"] for error in problem["errors"]] == [pointer], (json.dumps(body)[:60], problem)
        assert code is None or problem["errors"][0]["code"] == code
