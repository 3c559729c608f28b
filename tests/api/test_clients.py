"""Integrations as administrators manage them: what they are given, how their secrets are changed over, and how soon a right is over, on every server."""
import concurrent.futures
import datetime

import pytest
from oamtest.client import OTHER_TOWN, TOWN, Api, new_key
from oamtest.waiting import eventually
from test_auth import ADDRESS
from test_event_stream import Stream

ME = "/api/v1/me"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SCOPES = ["requests:read", "events:read", "directory:read"]
NUMBERS = iter(range(10000))


def name():
    return f"gestor-{next(NUMBERS)}"


def make(api, role="admin", key=None, **fields):
    return api.post("/api/v1/clients", role=role, headers={"Idempotency-Key": key or new_key()},
                    json={"client_id": name(), "name": "Gestor", "scopes": SCOPES, "bodies": [TOWN], **fields})


def change(api, client, version, role="admin", **fields):
    return api.patch(f"/api/v1/clients/{client}", role=role, json=fields, headers={"If-Match": f'"v{version}-ca"'})


def rotate(api, client, version, hours=24, key=None):
    return api.post(f"/api/v1/clients/{client}:rotate-secret", role="admin", json={"overlap_hours": hours},
                    headers={"Idempotency-Key": key or new_key(), "If-Match": f'"v{version}"'})


def revoke(api, client, version):
    return api.delete(f"/api/v1/clients/{client}", role="admin", headers={"If-Match": f'"v{version}"'})


def read(api, client):
    return api.get(f"/api/v1/clients/{client}", role="admin").json()


def come_in(api, client, secret, scope=None):
    form = f"grant_type=client_credentials&client_id={client}&client_secret={secret}" + (f"&scope={scope}" if scope else "")
    return api.post("/api/v1/oauth/token", role=None, data=form, headers=FORM)


def token(api, client, secret):
    given = come_in(api, client, secret)
    assert given.status_code == 200, given
    return given.json()["access_token"]


def codes(answer, pointer):
    return [error["code"] for error in answer.json()["errors"] if error["pointer"] == pointer]


@pytest.fixture
def client(api):
    made = make(api)
    assert made.status_code == 201, made
    return made.json()


def test_a_client__may_what_it_was_given_and_no_more(api, client):
    assert {key: client[key] for key in ("version", "state", "scopes", "all_bodies", "bodies", "created_by", "last_used_at", "revoked_at")} == {
        "version": 1, "state": "active", "scopes": sorted(SCOPES, key=SCOPES.index), "all_bodies": False, "bodies": [TOWN], "created_by": "admin",
        "last_used_at": None, "revoked_at": None}
    given = token(api, client["client_id"], client["client_secret"])
    me = api.get(ME, token=given).json()
    assert (me["client_id"], me["bodies"], sorted(me["scopes"])) == (client["client_id"], [TOWN], sorted(SCOPES))
    mine, other = api.file("local_user")["ref"], api.file("signer", body=OTHER_TOWN)["ref"]
    assert [api.get(f"/api/v1/requests/{ref}", token=given).status_code for ref in (mine, other)] == [200, 404]
    assert come_in(api, client["client_id"], client["client_secret"], "requests:write").json()["error"] == "invalid_scope"
    nobodys = make(api, bodies=[]).json()
    assert api.get(f"/api/v1/requests/{mine}", token=token(api, nobodys["client_id"], nobodys["client_secret"])).status_code == 404
    everybodys = make(api, all_bodies=True).json()
    assert api.get(f"/api/v1/requests/{other}", token=token(api, everybodys["client_id"], everybodys["client_secret"])).status_code == 200


def test_a_secret__is_told_once_and_kept_as_a_hash(api, server):
    key, fields = new_key(), {"client_id": name()}
    made, again = make(api, key=key, **fields), make(api, key=key, **fields)
    secret = made.json()["client_secret"]
    assert made.headers["Cache-Control"] == "no-store" and made.headers["Location"] == f"/api/v1/clients/{fields['client_id']}" and made.etag == '"v1-ca"'
    assert again.headers["Idempotency-Replayed"] == "true" and again.json() == {**made.json(), "client_secret": None}
    key = new_key()
    rotated, repeated = (rotate(api, fields["client_id"], 1, key=key) for _ in range(2))
    assert repeated.json() == {**rotated.json(), "client_secret": None} and rotated.headers["Cache-Control"] == "no-store"
    everything = str(server.database.sql("SELECT * FROM api_client")) + str(server.database.sql("SELECT response::text FROM idempotency_key")) + server.log()
    for text in (secret, rotated.json()["client_secret"]):
        assert token(api, fields["client_id"], text) and text not in everything and text[9:] not in everything
    shown = api.get(f"/api/v1/clients/{fields['client_id']}", role="admin").text + api.get("/api/v1/clients?limit=200", role="admin").text
    assert secret not in shown and "secret" not in shown


@pytest.mark.parametrize("fields, pointer, code", [
    ({"client_id": "Gestor"}, "/client_id", "bad_format"), ({"client_id": "-gestor"}, "/client_id", "bad_format"), ({"client_id": "ab"}, "/client_id", "too_short"),
    ({"client_id": "a" * 64}, "/client_id", "too_long"), ({"client_id": "town-system"}, "/client_id", "client_exists"),
    ({"name": ""}, "/name", "too_short"), ({"name": "a" * 121}, "/name", "too_long"), ({"name": "a\u0007"}, "/name", "control_character"),
    ({"scopes": []}, "/scopes", "required"), ({"scopes": ["requests:read", "everything"]}, "/scopes/1", "not_an_option"),
    ({"scopes": [7]}, "/scopes/0", "not_an_option"), ({"scopes": ["events:read", "events:read"]}, "/scopes/1", "named_twice"),
    ({"scopes": ["events:read"] * 17}, "/scopes", "too_many"), ({"bodies": [TOWN, "9999999999"]}, "/bodies/1", "no_such_body"),
    ({"bodies": [TOWN, TOWN]}, "/bodies/1", "named_twice"), ({"bodies": [TOWN] * 129}, "/bodies", "too_many"), ({"all_bodies": "yes"}, "/all_bodies", "wrong_type"),
    ({"state": "active"}, "/state", "unknown_member")])
def test_what_is_wrong__is_told_where_it_is(api, fields, pointer, code):
    sentences = set()
    for language in ("ca", "es", "en"):
        answer = api.post(f"/api/v1/clients?lang={language}", role="admin", headers={"Idempotency-Key": new_key()},
                          json={"client_id": name(), "name": "Gestor", "scopes": SCOPES, **fields})
        assert answer.status_code == 422 and codes(answer, pointer) == [code], answer
        sentences.add(next(error["detail"] for error in answer.json()["errors"]))
    assert len(sentences) == 3


def test_a_change__says_only_what_changes_and_who_made_it(api, client):
    own = client["client_id"]
    changed = change(api, own, 1, name="Gestor nou", scopes=["requests:read"])
    assert changed.status_code == 200 and changed.etag == '"v2-ca"'
    assert {key: changed.json()[key] for key in ("name", "scopes", "bodies", "all_bodies", "state")} == {
        "name": "Gestor nou", "scopes": ["requests:read"], "bodies": [TOWN], "all_bodies": False, "state": "active"}
    assert change(api, own, 2, bodies=[OTHER_TOWN, TOWN], all_bodies=True, state="disabled").status_code == 200
    assert rotate(api, own, 3).status_code == 200
    told = read(api, own)
    assert [(row["version"], row["act"], row["by"], row["active"], row["scopes"], row["all_bodies"], row["bodies"]) for row in told["changes"]] == [
        (4, "rotated", "admin", False, ["requests:read"], True, [TOWN, OTHER_TOWN]), (3, "changed", "admin", False, ["requests:read"], True, [TOWN, OTHER_TOWN]),
        (2, "changed", "admin", True, ["requests:read"], False, [TOWN]), (1, "created", "admin", True, SCOPES, False, [TOWN])]
    assert codes(change(api, own, 4, state="revoked"), "/state") == ["not_an_option"]
    assert codes(change(api, own, 4, scopes=[]), "/scopes") == ["required"]


def test_a_change__of_another_version_is_told_the_present_one(api, client):
    own = client["client_id"]
    assert change(api, own, 1, name="a").status_code == 200
    for stale in (change(api, own, 1, name="b"), rotate(api, own, 1), revoke(api, own, 1)):
        assert stale.status_code == 412 and stale.etag == '"v2-ca"'
    assert read(api, own)["version"] == 2
    for method, path, how in (("PATCH", "", {"json": {"name": "c"}}), ("DELETE", "", {}),
                              ("POST", ":rotate-secret", {"json": {"overlap_hours": 0}, "headers": {"Idempotency-Key": new_key()}})):
        assert api.request(method, f"/api/v1/clients/{own}{path}", role="admin", **how).status_code == 428


def test_what_was_revoked__stays_so(api, client):
    own = client["client_id"]
    assert revoke(api, own, 1).status_code == 204
    told = read(api, own)
    assert told["state"] == "revoked" and told["revoked_at"] and told["changes"][0]["act"] == "revoked"
    for answer in (change(api, own, 2, state="active"), rotate(api, own, 2), revoke(api, own, 2)):
        assert answer.status_code == 409, answer
    assert codes(make(api, client_id=own), "/client_id") == ["client_exists"]
    assert come_in(api, own, client["client_secret"]).status_code == 401


def test_two_secrets__are_good_during_a_rotation_and_no_more(api, client, server):
    own, first = client["client_id"], client["client_secret"]
    given = token(api, own, first)
    rotated = rotate(api, own, 1, hours=2).json()
    until = datetime.datetime.fromisoformat(rotated["previous_until"].replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=110) < until <= datetime.timedelta(hours=2) and read(api, own)["previous_until"] == rotated["previous_until"]
    assert [come_in(api, own, secret).status_code for secret in (first, rotated["client_secret"])] == [200, 200]
    assert api.get(ME, token=given).status_code == 200
    newer = token(api, own, rotated["client_secret"])
    # The overlap is over: the old secret and what it was given for are, the new one is not.
    server.database.sql("UPDATE api_client SET previous_until = now() - interval '1 s' WHERE client_id = %s", own)
    assert [come_in(api, own, secret).status_code for secret in (first, rotated["client_secret"])] == [401, 200]
    eventually(lambda: api.get(ME, token=given).status_code == 401)
    assert api.get(ME, token=newer).status_code == 200 and read(api, own)["previous_until"] is None
    # A secret that got out: at once, on this server before anything else is heard.
    last = rotate(api, own, 2, hours=0).json()
    assert last["previous_until"] is None and api.get(ME, token=newer).status_code == 401
    assert [come_in(api, own, secret).status_code for secret in (first, rotated["client_secret"], last["client_secret"])] == [401, 401, 200]


def test_another_rotation__ends_the_oldest_secret(api, client):
    own = client["client_id"]
    secrets = [client["client_secret"]] + [rotate(api, own, version).json()["client_secret"] for version in (1, 2)]
    assert [come_in(api, own, secret).status_code for secret in secrets] == [401, 200, 200]


def test_two_rotations_at_once__are_one(api, client):
    """Who lost is told so, and the secret that the system uses is still good."""
    own = client["client_id"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: rotate(api, own, 1), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    winner = next(answer.json()["client_secret"] for answer in answers if answer.status_code == 200)
    assert [come_in(api, own, secret).status_code for secret in (client["client_secret"], winner)] == [200, 200]


def test_many_at_once_of_one_name__are_one(api):
    own = name()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: make(api, client_id=own), range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 5


def test_its_use__is_noted_without_a_write_for_each(api, client, server):
    own = client["client_id"]
    for _ in range(3):
        assert api.get(ME, token=token(api, own, client["client_secret"])).status_code == 200
    written = "SELECT xmin::text FROM api_client WHERE client_id = %s"
    before, told = server.database.one(written, own), read(api, own)
    assert told["last_used_at"] and told["version"] == 1
    token(api, own, client["client_secret"])
    assert server.database.one(written, own) == before


def test_a_list__has_everybody_in_pages(api, client):
    everybody = api.whole("/api/v1/clients", role="admin", limit=3)
    assert {"demo-integration", "town-system", client["client_id"]} <= {row["client_id"] for row in everybody}
    assert all("changes" not in row for row in everybody)
    seeded = next(row for row in everybody if row["client_id"] == "demo-integration")
    assert seeded["created_by"] is None


# ---- how soon a right is over

@pytest.fixture
def two(new_server, contract):
    """Two servers of one database: what the first is told, the second has to hear."""
    one = new_server(OAM_PUBLIC_URL=ADDRESS)
    return Api(one, contract), Api(new_server(one.database, OAM_PUBLIC_URL=ADDRESS), contract)


def held(api, other, **fields):
    """A client whose token both servers have in memory."""
    made = make(api, **fields).json()
    given = token(api, made["client_id"], made["client_secret"])
    for _ in range(2):
        assert [one.get(ME, token=given).status_code for one in (api, other)] == [200, 200]
    return made, given


def test_what_ends__ends_on_every_server(two):
    """By a change, a rotation without an overlap, a revocation, and by hand: memory would have it for 20 s, hearing of it takes no second."""
    api, other = two
    for end in (lambda own: change(api, own, 1, state="disabled"), lambda own: rotate(api, own, 1, hours=0), lambda own: revoke(api, own, 1),
                lambda own: api.server.database.sql("UPDATE api_client SET active = false WHERE client_id = %s", own)):
        made, given = held(api, other)
        bystander, kept = held(api, other)
        end(made["client_id"])
        eventually(lambda: [one.get(ME, token=given).status_code for one in (api, other)] == [401, 401], seconds=5)
        assert [one.get(ME, token=kept).status_code for one in (api, other)] == [200, 200]


def test_a_database_that_was_put_back__is_heard_of_again(two):
    """From a copy, or by a standby that lost the last changes: their numbers come a second time, for others."""
    api, other = two
    for _ in range(3):
        revoke(api, held(api, other)[0]["client_id"], 1)
    made, given = held(api, other)
    eventually(lambda: other.get(ME, token=given).status_code == 200)
    api.server.database.sql("UPDATE api_client SET access = 0; UPDATE access_stamp SET revision = 0")
    assert api.server.database.one("SELECT revision FROM access_stamp") == 0
    assert revoke(api, made["client_id"], 1).status_code == 204
    assert api.server.database.one("SELECT revision FROM access_stamp") == 1
    eventually(lambda: other.get(ME, token=given).status_code == 401, seconds=5)


def test_what_is_narrowed__is_narrower_on_every_server(two):
    api, other = two
    made, given = held(api, other, all_bodies=True, bodies=[])
    ref = api.file("signer", body=OTHER_TOWN)["ref"]
    assert other.get(f"/api/v1/requests/{ref}", token=given).status_code == 200
    assert change(api, made["client_id"], 1, all_bodies=False, bodies=[TOWN]).status_code == 200
    assert api.get(f"/api/v1/requests/{ref}", token=given).status_code == 404
    eventually(lambda: other.get(f"/api/v1/requests/{ref}", token=given).status_code == 404, seconds=5)
    assert change(api, made["client_id"], 2, scopes=["directory:read"]).status_code == 200
    eventually(lambda: other.get("/api/v1/events", token=given).status_code == 403, seconds=5)
    assert other.get("/api/v1/services", token=given).status_code == 200


def test_a_stream_of_who_is_revoked__ends_on_every_server(two):
    api, other = two
    made, given = held(api, other)
    streams, kept = [Stream(one, token=given) for one in two], Stream(other)
    try:
        ref = api.file("local_user")["ref"]
        eventually(lambda: all("submitted" in stream.of(ref) for stream in (*streams, kept)))
        assert revoke(api, made["client_id"], 1).status_code == 204
        assert all(stream.ended.wait(5) for stream in streams)  # a beat, which would end them too, is 15 s
        later = api.file("local_user")["ref"]
        eventually(lambda: "submitted" in kept.of(later))
        assert not any(stream.of(later) for stream in streams)
    finally:
        for stream in (*streams, kept):
            stream.close()


def test_webhooks_and_keys__go_with_their_client(api):
    made = make(api, scopes=["requests:write", "requests:read", "events:read", "webhooks:manage"]).json()
    given = token(api, made["client_id"], made["client_secret"])
    hook = api.post("/api/v1/webhooks", token=given, json={"url": "https://hooks.example.cat/oam"}, headers={"Idempotency-Key": new_key()}).json()["id"]
    assert api.request("PUT", f"/api/v1/open311/{TOWN}", role="admin", json={"services": ["OAM-GEN"], "contact": "suport@exemple.cat"}).status_code == 204
    try:
        key = f"/api/v1/open311/{TOWN}/keys/{made['client_id']}"
        eventually(lambda: api.request("PUT", key, role="admin").status_code == 200)
        assert revoke(api, made["client_id"], 1).status_code == 204
        assert api.get(f"/api/v1/webhooks/{hook}", role="admin").status_code == 404
        assert api.request("DELETE", key, role="admin").status_code == 404
    finally:
        api.delete(f"/api/v1/open311/{TOWN}", role="admin")


# ---- who may

def test_no_integration__makes_another_or_more_of_itself(api, client):
    """Not with every scope there is: what a client may not do is not for a scope to give."""
    mighty = make(api, scopes=["requests:read", "requests:write", "requests:import", "events:read", "directory:read", "webhooks:manage"],
                  all_bodies=True).json()
    own, given = mighty["client_id"], token(api, mighty["client_id"], mighty["client_secret"])
    assert "clients:manage" not in api.get(ME, token=given).json()["permissions"]
    asked = [("GET", "", {}), ("POST", "", {"json": {"client_id": name(), "name": "a", "scopes": SCOPES}}), ("GET", f"/{own}", {}),
             ("PATCH", f"/{own}", {"json": {"all_bodies": True}}), ("DELETE", f"/{client['client_id']}", {}),
             ("POST", f"/{own}:rotate-secret", {"json": {"overlap_hours": 1}})]
    for method, path, how in asked:
        headers = {"If-Match": '"v1"'} if method in ("PATCH", "DELETE") or "rotate" in path else {}
        headers |= {"Idempotency-Key": new_key()} if method == "POST" else {}
        for caller in ({"token": given}, {"role": "supervisor"}, {"role": "signer"}, {"role": "operator"}):
            assert api.request(method, f"/api/v1/clients{path}", headers=headers, **caller, **how).status_code == 403
    assert read(api, client["client_id"])["version"] == 1


def test_too_many__are_refused_until_one_is_revoked(new_server, contract):
    api = Api(new_server(), contract)
    there = api.server.database.one("SELECT count(*) FROM api_client")
    api.server.database.sql("INSERT INTO api_client (client_id, name, secret_hash, scopes) SELECT 'many-' || i, 'Many', sha256(i::text::bytea), "
                            "'{events:read}' FROM generate_series(1, %s) i", 2000 - there - 1)
    last = make(api)
    assert last.status_code == 201 and make(api).status_code == 409
    assert revoke(api, last.json()["client_id"], 1).status_code == 204 and make(api).status_code == 201
