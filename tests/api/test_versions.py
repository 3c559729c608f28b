"""Versions of procedures: published by judgement only, told by what they change, and requests taken over without a trace of doubt."""
import datetime
import hashlib
import json

import pytest
from oamtest.client import Api, new_key
from oamtest.clock import MADRID
from oamtest.versions import EXTENDED, FIRST, KEY, MAP, RESTRUCTURED, STORIES, WATCHED, extension, four_eyes, publish, structure, texts, version
from oamtest.waiting import until

SERVICE = "OAM-GEN"


@pytest.fixture
def desk(new_server, contract):
    """A server of its own, whose general service follows the first version of the probe."""
    server = new_server()
    api = Api(server, contract)
    api.database, api.template = server.database, server.template
    api.first = publish(api, FIRST)
    server.database.sql("UPDATE service SET workflow_key = %s WHERE code = %s", KEY, SERVICE)
    assert until(lambda: api.get(f"/api/v1/services/{SERVICE}", role="operator").json()["workflow"] == KEY)
    return api


def versions(api, role="admin"):
    return {row["version"]: row for row in api.get(f"/api/v1/workflows/{KEY}/versions", role=role).json()["items"]}


def settled(api, number, count=0):
    """No open request is left on a version."""
    return until(lambda: versions(api)[number]["open_requests"] == count and versions(api)[number]["migration"]["done_at"], seconds=20)


def migrate(api, before, after, **more):
    return api.post(f"/api/v1/workflows/{KEY}/migrations", json=dict({"from": before, "to": after}, **more), role="admin",
                    headers={"Idempotency-Key": new_key()})


def timers(api, ref):
    return dict(api.database.sql("SELECT timer, t.due FROM request_timer t JOIN request r ON r.id = t.request_id WHERE ref = %s", ref))


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def verify(api):
    """Every event is stepped again: the same bytes."""
    return api.server.verify()

# ---- publishing


def test_publish__is_by_judgement_and_for_ever(desk):
    document = json.dumps(texts(2), indent=2, ensure_ascii=False)
    answer = publish(desk, document, reason="El ple ho ha aprovat")
    assert answer["hash"] == hashlib.sha256(document.encode()).hexdigest() and answer["change"] == "texts"
    assert [(difference["pointer"], difference["kind"]) for difference in answer["differences"]] == [("/states/study/label/ca", "changed")] or \
        answer["differences"][0]["pointer"].startswith("/states/study/label")
    listed = versions(desk)
    assert listed[2]["reason"] == "El ple ho ha aprovat" and listed[2]["published_by"]["id"] == "admin" and listed[2]["hash"] == answer["hash"]
    assert listed[1]["change"] is None and desk.first["change"] is None
    assert until(lambda: desk.get(f"/api/v1/workflows/{KEY}").json()["version"] == 2)
    assert desk.get(f"/api/v1/workflows/{KEY}?version=1").json()["hash"] == desk.first["hash"]
    assert "En tràmit" in desk.get(f"/api/v1/workflows/{KEY}/diagram?format=outline&version=2").text
    assert "En estudi" in desk.get(f"/api/v1/workflows/{KEY}/diagram?format=outline&version=1").text
    assert desk.get(f"/api/v1/workflows/{KEY}?version=9", check=False).status_code == 404
    assert desk.database.one("SELECT document FROM workflow_definition WHERE key = %s AND version = 2", KEY) == document


def test_publish__the_same_key_answers_the_same(desk):
    key = new_key()
    first = publish(desk, texts(2), key=key)
    again = publish(desk, texts(2), key=key, check=False)
    assert again.status_code == 201 and again.headers["Idempotency-Replayed"] == "true" and again.json() == first


@pytest.mark.parametrize("number", [1, 3])
def test_publish__nobody_goes_over_what_they_have_not_seen(desk, number):
    answer = publish(desk, texts(number), check=False)
    assert answer.status_code == 409 and answer.json()["code"] == "conflict"


def test_publish__refuses_what_validate_finds(desk):
    endless = version(2, states__waiting__after=None)
    answer = publish(desk, endless, check=False)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/document" and "Pendent de l'ens" in answer.text
    broken = publish(desk, "{\"format\": 1}", check=False)
    assert broken.status_code == 422 and broken.json()["errors"][0]["pointer"] == "/document"


def test_publish__demands_stories_that_take_every_way(desk):
    fewer = dict(STORIES, scenarios=STORIES["scenarios"][:-1])
    answer = publish(desk, texts(2), fewer, check=False)
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == "/scenarios" and "late" in answer.text
    wrong = json.loads(json.dumps(STORIES))
    wrong["scenarios"][0]["steps"][-1]["expect"] = {"state": "waiting"}
    answer = publish(desk, texts(2), wrong, check=False)
    assert answer.status_code == 422 and "Concedida" in answer.text
    answer = publish(desk, texts(2), "{}", check=False)
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == "/scenarios"


def test_publish__tells_who_is_missing(desk):
    """A comarca whose only agent is away and has no delegate."""
    assert desk.first["unattended"] == []
    desk.database.sql("""UPDATE agent SET active = false WHERE id IN (SELECT agent_id FROM portfolio WHERE comarca_code = '11')""")
    assert until(lambda: not desk.get("/api/v1/agents?comarca=11", role="operator").json()["items"])
    told = publish(desk, texts(2), headers={"Accept-Language": "en"})["unattended"]
    assert [(gap["role"], gap["comarca"]) for gap in told] == [("agent", "11")] and "nobody can act as" in told[0]["detail"]
    assert f"{KEY}, version 2: In Baix Llobregat nobody can act as" in verify(desk), "and every night, for who looks"


def test_publish__another_process_comes_to_know_it(desk, template, contract, new_server):
    other = Api(new_server(database=desk.database), contract)
    assert other.get(f"/api/v1/workflows/{KEY}", role="operator").json()["version"] == 1
    publish(desk, texts(2))
    assert until(lambda: other.get(f"/api/v1/workflows/{KEY}", role="operator").json()["version"] == 2)


# ---- taking over


def submitted(api, *events):
    ref = api.file(role="local_user", service=SERVICE)["ref"]
    for event, role in events:
        api.act(ref, event, role=role)
    return ref


def test_texts_and_extensions__take_requests_over_at_once(desk):
    study, asked = submitted(desk), submitted(desk, ("ask", "operator"))
    over = submitted(desk, ("grant", "operator"))
    before = desk.database.sql("SELECT ref, state, engine, due_at FROM request ORDER BY id")
    answer = publish(desk, texts(2))
    assert [(one["from"], one["change"]) for one in answer["migrations"]] == [(1, "texts")]
    assert settled(desk, 1)
    assert desk.get(f"/api/v1/requests/{study}", role="operator").json()["state_label"] == "En tràmit"
    assert desk.database.sql("SELECT ref, state, engine, due_at FROM request ORDER BY id") == before
    assert desk.database.one("SELECT d.version FROM request r JOIN workflow_definition d ON d.id = r.workflow_id WHERE ref = %s", over) == 1
    answer = publish(desk, extension(3), EXTENDED)
    assert answer["change"] == "extension" and [(one["from"], one["change"]) for one in answer["migrations"]] == [(2, "extension")]
    assert settled(desk, 2)
    desk.act(study, "set_aside", role="operator")
    desk.act(asked, "answer", role="local_user")
    history = [entry["type"] for entry in desk.whole(f"/api/v1/requests/{study}/history", role="operator")]
    assert history.count("migrated") == 2
    verify(desk)


def test_structure__is_foreseen_then_done_by_events(desk):
    refs = {"study": submitted(desk), "waiting": submitted(desk, ("ask", "operator")),
            "study_again": submitted(desk, ("ask", "operator"), ("answer", "local_user"))}
    publish(desk, extension(2), EXTENDED)
    assert settled(desk, 1)
    answer = publish(desk, structure(3), RESTRUCTURED)
    assert answer["change"] == "structure" and answer["migrations"] == []
    assert until(lambda: desk.get(f"/api/v1/workflows/{KEY}").json()["version"] == 3)

    short = migrate(desk, 2, 3, dry_run=True).json()
    assert short["total"] is False and short["gaps"][0]["code"] == "state"
    assert [step["key"] for step in short["gaps"][0]["way"]] == ["submit", "ask"] and "Pendent de l'ens" in short["gaps"][0]["detail"]
    assert migrate(desk, 2, 3, reason="Bases noves").status_code == 409

    foreseen = migrate(desk, 2, 3, map=MAP, dry_run=True).json()
    assert foreseen["total"] is True and foreseen["gaps"] == [] and foreseen["requests"] == foreseen["movable"] == 3
    assert {(move["from"], move["to"]): move["requests"] for move in foreseen["moves"]} == {
        ("study", "study"): 1, ("waiting", "pending"): 1, ("study_again", "review"): 1}
    assert versions(desk)[2]["open_requests"] == 3, "nothing changed"

    due = desk.database.one("SELECT due_at FROM request WHERE ref = %s", refs["study"])
    reminder = timers(desk, refs["study"])["reminder"]
    begun = migrate(desk, 2, 3, map=MAP, reason="Bases noves")
    assert begun.status_code == 202
    assert migrate(desk, 2, 3, map=MAP, reason="Bases noves").status_code == 409, "one at a time"
    assert settled(desk, 2)
    seen = desk.get(begun.headers["Location"], role="admin").json()
    assert seen["moved"] == 3 and seen["remaining"] == 0 and seen["done_at"] and seen["left"] == [] and seen["reason"] == "Bases noves"

    states = dict(desk.database.sql("SELECT ref, state FROM request"))
    assert states == {refs["study"]: "study", refs["waiting"]: "pending", refs["study_again"]: "review"}
    assert {row[0] for row in desk.database.sql("SELECT data ->> 'minutes' FROM request")} == {"120"}
    assert desk.database.one("SELECT due_at FROM request WHERE ref = %s", refs["study"]) > due, "twenty days instead of ten"
    assert set(timers(desk, refs["study"])) == {"reminder", "late"} and timers(desk, refs["study"])["reminder"] >= reminder
    assert set(timers(desk, refs["waiting"])) == {"silence"}
    desk.act(refs["waiting"], "answer", role="local_user")
    desk.act(refs["study_again"], "go_on", role="operator")
    desk.act(refs["study_again"], "grant", role="operator")
    event = [entry for entry in desk.whole(f"/api/v1/requests/{refs['study']}/history", role="operator") if entry["type"] == "migrated"][-1]
    assert event["actor"]["kind"] == "system"
    verify(desk)


def test_migration__what_cannot_go_stays_and_is_told(desk):
    fine, poor = submitted(desk), submitted(desk)
    desk.database.sql("UPDATE request SET data = '{}' WHERE ref = %s", poor)
    publish(desk, structure(2), RESTRUCTURED)
    assert until(lambda: desk.get(f"/api/v1/workflows/{KEY}").json()["version"] == 2)
    foreseen = migrate(desk, 1, 2, map=MAP, dry_run=True).json()
    assert foreseen["movable"] == 1 and foreseen["left"] == [{"ref": poor, "why": "fault"}]
    begun = migrate(desk, 1, 2, map=MAP, reason="Bases noves")
    assert settled(desk, 1, 1)
    seen = desk.get(begun.headers["Location"], role="admin").json()
    assert seen["moved"] == 1 and seen["left"] == [{"ref": poor, "why": "fault"}] and seen["remaining"] == 0
    assert dict(desk.database.sql("SELECT r.ref, d.version FROM request r JOIN workflow_definition d ON d.id = r.workflow_id")) == {
        fine: 2, poor: 1}


def asked_by(desk, role):
    return submitted(desk, ("ask", role), ("answer", "local_user"))


def test_migration__four_eyes_of_a_new_version_know_who_did_it_under_the_old_one(desk):
    """Nobody remembered who asked, as the old version had no use for it: it is known from what is recorded."""
    mine, theirs, not_yet = asked_by(desk, "operator"), asked_by(desk, "agent"), submitted(desk)
    answer = publish(desk, four_eyes(2), WATCHED)
    assert answer["change"] == "structure" and answer["migrations"] == []
    assert until(lambda: desk.get(f"/api/v1/workflows/{KEY}").json()["version"] == 2)
    foreseen = migrate(desk, 1, 2, dry_run=True).json()
    assert (foreseen["total"], foreseen["requests"], foreseen["movable"]) == (True, 3, 3)
    assert foreseen["recalled"] == [{"event": "ask", "label": "ask", "requests": 2}]
    assert migrate(desk, 1, 2, reason="Quatre ulls").status_code == 202
    assert settled(desk, 1)
    told = dict(desk.database.sql("SELECT r.ref, e.data -> 'recalled' FROM request_event e JOIN request r ON r.id = e.request_id "
                                  "WHERE e.type = 'request.migrated'"))
    assert told == {mine: ["ask"], theirs: ["ask"], not_yet: []}

    grant = {one["event"]: one for one in desk.get(f"/api/v1/requests/{mine}/transitions", role="operator").json()["items"]}["grant"]
    assert grant["allowed"] is False and [reason["code"] for reason in grant["reasons"]] == ["same_actor"]
    assert desk.act(mine, "grant", role="operator", check=False).status_code == 403
    assert desk.act(theirs, "grant", role="operator").json()["state"] == "granted"
    desk.act(not_yet, "grant", role="operator")
    report = what_if(desk)
    assert (report["requests"], report["unreplayed"], report["divergent"]["requests"]) == (3, 0, 0)
    verify(desk)


def test_migration__who_did_it_is_known_two_versions_later(desk):
    """The version in between forgets it again, and a draft that was never submitted has done nothing."""
    ref, draft = asked_by(desk, "operator"), desk.file(role="local_user", service=SERVICE, submit=False)["ref"]
    publish(desk, texts(2))
    assert settled(desk, 1)
    publish(desk, four_eyes(3), WATCHED)
    assert until(lambda: desk.get(f"/api/v1/workflows/{KEY}").json()["version"] == 3)
    assert migrate(desk, 2, 3, reason="Quatre ulls").status_code == 202
    assert settled(desk, 2)
    assert desk.act(ref, "grant", role="operator", check=False).status_code == 403
    assert desk.get(f"/api/v1/requests/{draft}", role="local_user").json()["state"] == "draft"
    verify(desk)


def what_if(api, **changed):
    answer = api.post("/api/v1/workflows:replay", role="supervisor", json={"workflow": KEY, **changed})
    assert answer.status_code == 200, answer
    return answer.json()


def test_what_if__follows_requests_through_the_maps_of_their_migrations(desk):
    """As it was, it comes out as it is recorded, in the version before and in the one behind; a holiday moves what it moves in both."""
    refs = {"study": submitted(desk), "waiting": submitted(desk, ("ask", "operator")),
            "again": submitted(desk, ("ask", "operator"), ("answer", "local_user"))}
    publish(desk, extension(2), EXTENDED)
    assert settled(desk, 1)
    publish(desk, structure(3), RESTRUCTURED)
    assert until(lambda: desk.get(f"/api/v1/workflows/{KEY}").json()["version"] == 3)
    assert migrate(desk, 2, 3, map=MAP, reason="Bases noves").status_code == 202
    assert settled(desk, 2)
    desk.act(refs["waiting"], "answer", role="local_user")
    desk.act(refs["again"], "go_on", role="operator")
    report = what_if(desk)
    assert (report["requests"], report["unreplayed"]) == (3, 0) and report["divergent"]["requests"] == 0
    assert report["deadlines"]["items"] == [] and report["assignments"]["changed"] == 0
    assert report["events"] == desk.database.one("SELECT count(*) FROM request_event")

    due = desk.database.one("SELECT due_at FROM request WHERE ref = %s", refs["study"])
    # The last day of the new term rests: the one of ten days that it was filed with would not have noticed.
    last = (due.astimezone(MADRID) - datetime.timedelta(seconds=1)).date().isoformat()
    moved = {item["ref"]: item for item in what_if(desk, holidays=[{"date": last}])["deadlines"]["items"]}
    assert refs["study"] in moved and moved[refs["study"]]["clock"] == "answer"
    assert moment(moved[refs["study"]]["before"]) == due < moment(moved[refs["study"]]["after"])

    # Under the last version from the beginning, those whose states it renamed part where they were named otherwise.
    draft = what_if(desk, definition={**structure(4)})
    assert draft["unreplayed"] == 0 and {item["ref"] for item in draft["divergent"]["items"]} == {refs["waiting"], refs["again"]}


@pytest.mark.parametrize("wrong, pointer", [({"states": {"nowhere": "study"}}, "/map/states/nowhere"), ({"clocks": {"answer": "drop"}}, None),
                                            ({"timers": {"late": "drop"}}, "/map/timers/late"),
                                            ({"data": {"minutes": "data.nothing"}}, "/map/data/minutes")])
def test_map__faults_are_told_where_they_are(desk, wrong, pointer):
    publish(desk, structure(2), RESTRUCTURED)
    assert until(lambda: desk.get(f"/api/v1/workflows/{KEY}").json()["version"] == 2)
    answer = migrate(desk, 1, 2, map=wrong, dry_run=True)
    if pointer:
        assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == pointer, answer.text
    else:
        assert answer.json()["total"] is False, answer.text


def test_migration__of_nothing_is_refused(desk):
    assert migrate(desk, 1, 1, dry_run=True).status_code == 422
    assert migrate(desk, 1, 7, dry_run=True).status_code == 404
    assert migrate(desk, 1, 7).status_code == 422, "a reason is asked for"
    nobodys = f"/api/v1/workflows/{KEY}/migrations/00000000-0000-0000-0000-000000000000"
    assert desk.get(nobodys, role="admin", check=False).status_code == 404
    assert desk.get(f"/api/v1/workflows/{KEY}/migrations/x", role="admin", check=False).status_code == 404
    assert desk.get("/api/v1/workflows/nothing/versions", role="admin", check=False).status_code == 404
