"""Incidents: who sees them, what may be decided, once, and a patch by two people; each decision is an event, and what was decided happens."""
import pytest
from oamtest.client import Api, new_key
from oamtest.waiting import eventually

PATH = "/api/v1/incidents"


@pytest.fixture
def own(new_server, contract):
    server = new_server()
    api = Api(server, contract)
    api.database = server.database
    return api


def broken(api, kind="effect"):
    """An incident of a request of its own: an effect that failed for the last time, or a timer that no definition knows."""
    ref = api.file("local_user")["ref"]
    if kind == "timer":
        api.database.sql("INSERT INTO request_timer SELECT id, 'no_such_event', 2, now(), now() FROM request WHERE ref = %s", ref)
    else:
        api.database.sql("""INSERT INTO incident (request_id, body_id, kind, subject, outbox_id, seq, ordinal, payload, created_at, tries, error, opened_at)
            SELECT id, body_id, 'effect', 'document', 1000 + id, 2, 7, '{"template": "wrong"}', now(), 12, 'HTTP 500', now() FROM request WHERE ref = %s""", ref)
    found = []
    eventually(lambda: found.extend(one for one in items(api) if one["ref"] == ref) or found)
    return found[0]


def items(api, **params):
    return api.get(PATH, role="supervisor", params=params).json()["items"]


def decide(api, incident, role="supervisor", version=None, key=None, **body):
    return api.post(f"{PATH}/{incident['id']}/decision", role=role, json=body,
                    headers={"If-Match": f'"v{version or incident["version"]}"', "Idempotency-Key": key or new_key()})


def events(api, ref):
    return [entry["type"] for entry in api.whole(f"/api/v1/requests/{ref}/history", role="operator")]


def test_incident__is_told_with_all_that_a_person_needs(own):
    incident = broken(own)
    assert incident["key"] == f"{incident['ref']}:2:7" and incident["payload"] == {"template": "wrong"}
    assert (incident["kind"], incident["subject"], incident["error"], incident["tries"], incident["state"]) == ("effect", "document", "HTTP 500", 12, "open")
    page = own.get(PATH, role="supervisor")
    assert own.get(PATH, role="supervisor", headers={"If-None-Match": page.etag}).status_code == 304
    assert own.get(PATH, role="supervisor", params={"state": "gone"}).status_code == 400
    unversioned = own.post(f"{PATH}/{incident['id']}/decision", role="supervisor", json={"decision": "retry"}, headers={"Idempotency-Key": new_key()})
    assert unversioned.status_code == 428


@pytest.mark.parametrize("role", ["operator", "agent", "technician", "unit_head", "local_user", "signer", "integration"])
def test_incidents__are_for_supervisors_and_admins(own, role):
    incident = broken(own)
    assert own.get(PATH, role=role).status_code == 403
    assert decide(own, incident, role, decision="retry").status_code == 403
    assert items(own) and own.get(PATH, role="admin").status_code == 200


def test_incidents__come_in_pages_both_ways(own):
    made = [broken(own)["id"] for _ in range(5)]
    first = own.get(PATH, role="supervisor", params={"limit": 2}).json()
    second = own.get(PATH, role="supervisor", params={"limit": 2, "cursor": first["next"]}).json()
    back = own.get(PATH, role="supervisor", params={"limit": 2, "cursor": second["prev"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]] == made[:4] and back["items"] == first["items"]
    assert own.get(PATH, role="supervisor", params={"state": "retried", "cursor": first["next"]}).status_code == 400


def test_retry__does_it_again_under_the_same_key(own):
    incident = broken(own)
    done = decide(own, incident, decision="retry")
    assert done.status_code == 200 and done.json() == {"id": incident["id"], "ref": incident["ref"], "state": "retried", "version": 2}
    assert eventually(lambda: own.database.sql("SELECT seq, ordinal, payload FROM effect") == [(2, 7, {"template": "wrong"})])
    assert "incident_retried" in events(own, incident["ref"])
    assert items(own) == [] and items(own, state="retried")[0]["decided_by"]["id"] == "supervisor"


def test_decision__is_made_once(own):
    incident, key = broken(own), new_key()
    done = decide(own, incident, key=key, decision="skip", reason="Ja no cal")
    again = decide(own, incident, key=key, decision="skip", reason="Ja no cal")
    assert done.status_code == again.status_code == 200 and again.headers["Idempotency-Replayed"] == "true"
    stale = decide(own, incident, decision="retry")
    assert stale.status_code == 412
    assert decide(own, incident, version=2, decision="retry").json()["code"] == "conflict"
    assert own.database.one("SELECT count(*) FROM outbox") == own.database.one("SELECT count(*) FROM effect") == 0


def test_patch__takes_two_people(own):
    incident = broken(own)
    assert decide(own, incident, decision="patch").status_code == 409, "nothing was proposed"
    assert decide(own, incident, decision="propose", reason="Plantilla equivocada").status_code == 422
    proposed = decide(own, incident, decision="propose", reason="Plantilla equivocada", payload={"template": "right"})
    assert proposed.json()["state"] == "open" and items(own)[0]["patch"] == {"template": "right"}
    assert decide(own, incident, version=2, decision="patch").status_code == 403, "four eyes"
    taken = decide(own, incident, "admin", version=2, decision="patch")
    assert taken.status_code == 200 and taken.json()["state"] == "patched"
    assert eventually(lambda: own.database.sql("SELECT payload FROM effect") == [({"template": "right"},)])
    assert events(own, incident["ref"])[-2:] == ["incident_patch_proposed", "incident_patched"]


def test_timer__that_is_retried_comes_back_and_fails_again(own):
    incident = broken(own, "timer")
    assert incident["kind"] == "timer" and incident["key"] is None and incident["due"]
    assert decide(own, incident, decision="propose", reason="Cap", payload={}).status_code == 409
    assert decide(own, incident, decision="retry").status_code == 200
    assert eventually(lambda: len(items(own)) == 1 and items(own)[0]["id"] != incident["id"])
    assert events(own, incident["ref"]).count("incident_opened") == 2


@pytest.mark.parametrize("body", [{}, {"decision": "forget"}, {"decision": "skip"}, {"decision": "skip", "reason": "x"},
                                  {"decision": "propose", "reason": "Sense res"}, {"decision": "retry", "colour": 1}, {"decision": "propose", "reason": "Llista", "payload": []}])
def test_decision__that_is_not_one_is_told_why(own, body):
    incident = broken(own)
    assert decide(own, incident, **body).status_code == 422


@pytest.mark.parametrize("name", ["00000000-0000-4000-8000-000000000000", "1", "ABCDEF00-0000-4000-8000-000000000000", "0" * 36])
def test_incident__of_nobody_is_a_404(own, name):
    assert decide(own, {"id": name, "version": 1}, decision="retry").status_code == 404
