"""What is sent to a webhook, in which order, how often, and what becomes of it: real receivers, real TLS."""
import asyncio
import datetime
import json
import re
import socket
import threading

import pytest
from oamtest import oracles
from oamtest.client import Api, OTHER_TOWN, TOWN, new_key
from oamtest.database import SOURCE, oamd
from oamtest.receivers import World, closes, continues, dribbles, endless_head, huge, huge_refusal, no_http, old_http, only_continues, resets, says, \
    says_200_and_closes, silent, slow
from oamtest.waiting import eventually
from test_webhooks import ask, change, make, remove

QUICK = "0s,20ms,20ms,20ms,20ms,20ms"


@pytest.fixture(scope="module")
def world():
    made = World()
    yield made
    made.close()


@pytest.fixture
def desk(new_server, contract, world):
    """desk(**settings): a server of its own that sends to loopback, quickly."""
    def begin(**settings):
        server = new_server(**{"OAM_WEBHOOK_NETWORKS": "127.0.0.1", "OAM_WEBHOOK_CA": world.authority.path, "OAM_WEBHOOK_SCHEDULE": QUICK, **settings})
        return Api(server, contract)
    return begin


def hooked(api, receiver, role="integration_a", **fields):
    made = make(api, role=role, url=receiver.url, **fields)
    assert made.status_code == 201, made
    return made.json()


def log_of(api, hook, role="integration_a", **params):
    return api.whole(f"/api/v1/webhooks/{hook['id']}/deliveries", role=role, **params)


def read(api, hook, role="integration_a"):
    return api.get(f"/api/v1/webhooks/{hook['id']}", role=role).json()


def rested(api, hook, role="integration_a"):
    """Waits until everything that happened has been sent, whatever became of it."""
    happened = api.server.database.one("SELECT count(*) FROM request_event")
    eventually(lambda: (lambda now: int(now["position"]) >= happened and now["pending"] == 0)(read(api, hook, role)), seconds=30)
    return log_of(api, hook, role)


# ---- what is sent

def test_an_event__is_sent_as_a_cloudevent(desk, world):
    api, receiver = desk(), world.add()
    hooked(api, receiver)
    filed = api.file("local_user")
    eventually(lambda: len(receiver.good()) == 2)
    one = receiver.received[-1]
    event, feed = json.loads(one.body), api.get("/api/v1/events", role="integration_a").json()["items"][-1]
    assert event == {
        "specversion": "1.0", "id": one.headers["webhook-id"], "source": f"{api.server.url}/api/v1", "type": "cat.oam.request.submitted",
        "subject": filed["ref"], "position": feed["id"], "time": feed["time"], "timestamp": feed["time"], "traceparent": one.headers["traceparent"],
        "datacontenttype": "application/json", "dataschema": f"{api.server.url}/api/v1/openapi.json#/components/schemas/WebhookEventData",
        "data": feed["data"]}
    assert one.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert re.fullmatch(f"00-{event['id'].replace('-', '')}-[0-9a-f]{{16}}-01", one.headers["traceparent"])
    assert abs(int(one.headers["webhook-timestamp"]) - datetime.datetime.now().timestamp()) < 60


def test_a_full_event__tells_the_status_as_its_integration_reads_it(desk, world):
    api, receiver = desk(), world.add()
    hooked(api, receiver, payload="full", types=["cat.oam.request.submitted"])
    ref = api.file("local_user")["ref"]
    eventually(lambda: len(receiver.good()) == 1)
    told = json.loads(receiver.received[0].body)["data"]
    assert told["status"] == api.get(f"/api/v1/requests/{ref}/status", role="integration_a").json() and told["version"] == 2


def test_the_types__are_those_asked_for(desk, world):
    api, receiver = desk(), world.add()
    hook = hooked(api, receiver, types=["cat.oam.request.submitted", "cat.oam.request.commented"])
    ref = api.file("local_user")["ref"]
    api.act(ref, "take", role="agent")
    api.post(f"/api/v1/requests/{ref}/comments", role="local_user", json={"text": "Hola"}, headers={"Idempotency-Key": new_key()})
    rested(api, hook)
    assert [body["type"].split(".")[-1] for _, body in receiver.good()] == ["submitted", "commented"]


def test_a_filter__makes_deliveries_of_what_it_lets_pass_and_of_nothing_else(desk, world):
    """The same events as the feed with the same filter, in the same order; of the rest there is no trace."""
    api, chosen, everything = desk(), world.add(), world.add()
    filter = f"event.body == '{TOWN}' && (event.type.endsWith('submitted') || has(event.event) && event.event == 'take')"
    hook, witness = hooked(api, chosen, role="integration", filter=filter), hooked(api, everything, role="integration")
    filed = [api.file("local_user")["ref"], api.file("signer", body=OTHER_TOWN)["ref"], api.file("local_user")["ref"]]
    for ref, agent in zip(filed, ("agent", "agent_b", "agent")):
        assert api.act(ref, "take", role=agent).status_code == 200
    log, _ = rested(api, hook, role="integration"), rested(api, witness, role="integration")
    wanted = [event["id"] for event in api.get("/api/v1/events", role="integration", params={"filter": filter, "limit": 200}).json()["items"]]
    assert len(wanted) == 4 and {body["subject"] for _, body in chosen.good()} == {filed[0], filed[2]}
    assert sorted((body["position"] for _, body in chosen.good()), key=int) == wanted and len(everything.good()) > 6
    assert sorted((one["position"] for one in log), key=int) == wanted and read(api, hook, "integration")["filter_failure"] is None
    for ref in filed[::2]:
        assert [body["type"].split(".")[-1] for _, body in chosen.good() if body["subject"] == ref] == ["submitted", "transitioned"]
    assert read(api, hook, "integration")["position"] == read(api, witness, "integration")["position"]


def test_a_filter_that_cannot_be_evaluated__says_so_and_leaves_out_what_it_could_not_judge(desk, world):
    """Of a request, its second version divides by zero. What the integration may not see is not judged at all."""
    api, receiver = desk(), world.add()
    hook = hooked(api, receiver, filter="1 / (event.version - 2) < 0", types=["cat.oam.request.created", "cat.oam.request.submitted"])
    ref = api.file("local_user")["ref"]
    api.file("signer", body=OTHER_TOWN)
    rested(api, hook)
    created, submitted = api.get("/api/v1/events?limit=200", role="integration_a").json()["items"]
    assert [body["position"] for _, body in receiver.good()] == [created["id"]]
    told = read(api, hook)["filter_failure"]
    assert (told["count"], told["error"], told["position"]) == (1, "division_by_zero", submitted["id"]) and submitted["subject"] == ref
    assert "webhook_filter_failed" in api.server.log()
    # What an event has not is no failure.
    assert change(api, hook["id"], 1, filter="event.to == 'nowhere'").json()["filter_failure"] is None
    api.file("local_user")
    rested(api, hook)
    assert read(api, hook)["filter_failure"] is None and len(receiver.good()) == 1


def test_a_filter_that_can_no_longer_be_read__loses_nothing(desk, world):
    """As after an upgrade that knows less: it stands still, and says so, until it is said anew."""
    api, receiver, other = desk(), world.add(), world.add()
    hook, witness = hooked(api, receiver, filter="true"), hooked(api, other)
    api.server.database.sql("UPDATE webhook SET filter = 'event.no_more == 1' WHERE filter IS NOT NULL")
    api.file("local_user")
    eventually(lambda: read(api, hook)["filter_failure"])
    rested(api, witness)
    still = read(api, hook)
    assert (still["filter_failure"]["error"], still["filter_failure"]["count"], still["filter_failure"]["position"]) == ("unreadable", 1, None)
    assert still["position"] == hook["position"] and receiver.received == []
    assert change(api, hook["id"], 1, filter="event.version > 0").json()["filter_failure"] is None
    rested(api, hook)
    assert [body["position"] for _, body in receiver.good()] == [body["position"] for _, body in other.good()] and len(receiver.good()) == 2


def test_what_an_integration_may_not_read__is_not_sent_to_it(desk, world):
    """Another town's, and what the desk notes for itself; an integration of everybody's gets both towns'."""
    api, own, all_towns = desk(), world.add(), world.add()
    mine, everybodys = hooked(api, own), hooked(api, all_towns, role="integration")
    refs = {}
    for town, side, agent in ((TOWN, "local_user", "agent"), (OTHER_TOWN, "signer", "agent_b")):
        refs[town] = api.file(side, body=town)["ref"]
        api.act(refs[town], "take", role=agent)
        api.post(f"/api/v1/requests/{refs[town]}/notes", role=agent, json={"text": "canary-note"}, headers={"Idempotency-Key": new_key()})
    rested(api, mine), rested(api, everybodys, role="integration")
    assert {body["subject"] for _, body in own.good()} == {refs[TOWN]}
    assert {body["subject"] for _, body in all_towns.good()} == set(refs.values())
    for receiver in (own, all_towns):
        assert "noted" not in str(receiver.good()) and "canary" not in str(receiver.good())
    # The same sequence as the feed, one for one.
    feed = api.get("/api/v1/events?limit=200", role="integration_a").json()["items"]
    assert sorted(int(body["position"]) for _, body in own.good()) == [int(event["id"]) for event in feed]


def test_an_integration_that_has_ended__is_sent_nothing_any_more(desk, world):
    api, receiver = desk(), world.add()
    hook = hooked(api, receiver)
    api.file("local_user")
    rested(api, hook)
    before = len(receiver.good())
    api.server.database.sql("UPDATE api_client SET active = false WHERE client_id = 'town-system'")
    other = hooked(api, world.add(), role="integration")
    api.file("local_user")
    rested(api, other, role="integration")
    assert len(receiver.received) == before


def test_what_is_taken_from_an_integration__is_not_sent_even_if_it_waits(desk, world):
    api, receiver = desk(OAM_WEBHOOK_SCHEDULE="0s,1h"), world.add(says(500))
    hook = hooked(api, receiver)
    api.file("local_user")
    eventually(lambda: [one for one in log_of(api, hook) if one["outcome"] == "refused"])
    api.server.database.sql("DELETE FROM api_client_body")
    receiver.manner = says(200)
    change(api, hook["id"], 1, state="paused"), change(api, hook["id"], 2, state="active")  # what waits is due
    eventually(lambda: read(api, hook)["pending"] == 0)
    assert {one["outcome"] for one in log_of(api, hook)} == {"not_visible"} and receiver.good() == []


# ---- how it is signed

def test_both_secrets__sign_while_one_takes_the_place_of_the_other(desk, world):
    api, receiver = desk(), world.add()
    hook = hooked(api, receiver)
    ask(api, hook["id"], "ping")
    eventually(lambda: len(receiver.received) == 1)
    ask(api, hook["id"], "rotate-secret")
    ask(api, hook["id"], "ping")
    eventually(lambda: len(receiver.received) == 2)
    assert [len(one.headers["webhook-signature"].split(" ")) for one in receiver.received] == [1, 2]


def test_the_standards_library__believes_what_is_sent(desk, world):
    """Thin, full and a ping, by the secret that was shown; while one takes the place of another, by both."""
    node = oracles.node_of(SOURCE / "tests" / "workflow")
    api, receiver = desk(), world.add()
    hook = hooked(api, receiver)
    api.file("local_user", title="Llicència «d'obres» 日本")
    rested(api, hook)
    change(api, hook["id"], 1, payload="full")
    api.file("local_user")
    ask(api, hook["id"], "ping")
    rested(api, hook)
    before = len(receiver.received)
    second = ask(api, hook["id"], "rotate-secret").json()["secret"]
    api.file("local_user")
    rested(api, hook)

    def told(secret, messages):
        return node("standardwebhooks.mjs", [json.dumps({
            "do": "verify", "secret": secret, "id": one.headers["webhook-id"], "timestamp": one.headers["webhook-timestamp"],
            "signature": one.headers["webhook-signature"], "body": one.body.decode()}) for one in messages])

    assert before == 5 and set(told(hook["secret"], receiver.received)) == {"ok"}
    assert told(second, receiver.received) == ["No matching signature found"] * before + ["ok"] * (len(receiver.received) - before)


# ---- what becomes of it

# The outcome of a manner, and the status that is kept.
MANNERS = {
    "500": (says(500), "refused", 500), "400": (says(400), "refused", 400), "404": (says(404), "refused", 404), "429": (says(429), "throttled", 429),
    "503": (says(503), "throttled", 503), "301": (says(301, "Location: https://127.0.0.1/"), "redirected", 301), "304": (says(304), "redirected", 304),
    "silent": (silent, "timed_out", None), "reset": (resets, "broken_off", None), "close": (closes, "broken_off", None), "dribble": (dribbles, "timed_out", None),
    "huge_refusal": (huge_refusal, "refused", 500), "endless_head": (endless_head, "broken_off", None), "no_http": (no_http, "broken_off", None),
    "only_continues": (only_continues, "broken_off", None),
}
FINE = {"200": says(200), "201": says(201), "204": says(204), "299": says(299), "half": says_200_and_closes, "huge": huge, "continues": continues, "old": old_http, "slow": slow}


@pytest.mark.parametrize("name", list(MANNERS))
def test_anything_but_a_2xx__is_tried_again_to_the_end(desk, world, name):
    manner, outcome, status = MANNERS[name]
    settings = {"OAM_WEBHOOK_TIMEOUT_MS": "500"} if outcome == "timed_out" else {}
    api, receiver = desk(OAM_WEBHOOK_SCHEDULE="0s,1ms,1ms", **settings), world.add(manner)
    hook = hooked(api, receiver, types=["cat.oam.request.submitted"])
    api.file("local_user")
    log = rested(api, hook)
    assert [(one["state"], one["tries"], one["outcome"], one["status"], one["next_at"]) for one in log] == [("dead", 3, outcome, status, None)]
    assert [(one["outcome"], one["status"]) for one in log[0]["attempts"]] == [(outcome, status)] * 3
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1 and len(receiver.received) == 3
    assert read(api, hook)["failing_since"] is not None and read(api, hook)["state"] == "active"


@pytest.mark.parametrize("name", list(FINE))
def test_a_2xx__is_success_whatever_else_is_said(desk, world, name):
    api, receiver = desk(), world.add(FINE[name])
    hook = hooked(api, receiver)
    api.file("local_user")
    log = rested(api, hook)
    assert [(one["state"], one["tries"], one["outcome"]) for one in log] == [("delivered", 1, "delivered")] * 2
    assert len(receiver.received) == 2 and read(api, hook)["failing_since"] is None


def test_a_410__disables_the_webhook_and_loses_nothing(desk, world):
    api, receiver = desk(), world.add(says(410))
    hook = hooked(api, receiver)
    api.file("local_user")
    eventually(lambda: read(api, hook)["state"] == "disabled")
    gone = read(api, hook)
    assert (gone["reason"], gone["version"]) == ("gone", 2) and len(receiver.received) == 1
    api.file("local_user")
    receiver.manner = says(200)
    assert change(api, hook["id"], 2, state="active").status_code == 200
    log = rested(api, hook)
    assert [one["state"] for one in log] == ["delivered"] * 4 and read(api, hook)["reason"] is None


def test_letters__are_so_many_a_day_however_often_it_is_disabled(desk, world):
    """Whoever `contact` names did not ask to be written to, and a webhook can be taken up again and disabled without an end."""
    api, receiver = desk(), world.add(says(410))

    def disabled(times, role="integration_a"):
        hook = hooked(api, receiver, role, contact="ningu@exemple.cat")
        for turn in range(times):
            assert turn == 0 or change(api, hook["id"], 2 * turn, role=role, state="active").status_code == 200
            assert ask(api, hook["id"], "ping", role=role).status_code == 202
            eventually(lambda: read(api, hook, role)["state"] == "disabled")
        return hook

    def letters():
        return api.server.database.one("SELECT count(*) FROM webhook_notice")

    first = disabled(11)
    assert letters() == 11
    assert remove(api, first["id"], 22).status_code == 204
    assert api.server.database.one("SELECT count(*) FROM webhook_notice WHERE wake < 'infinity'") == 0  # nobody is told of what is gone
    disabled(11)
    assert letters() == 20
    disabled(1, "integration_b")
    assert letters() == 21


def test_what_an_old_address_says__is_not_held_against_the_new_one(desk, world):
    """Who moves may well have the old place answer 410: also to what was under way while it was told where to go."""
    came, go_on = threading.Event(), threading.Event()

    async def late(writer):
        came.set()
        while not go_on.is_set():
            await asyncio.sleep(0.01)
        return await says(410)(writer)

    api, old, new = desk(), world.add(late), world.add()
    hook = hooked(api, old)
    api.file("local_user")
    assert came.wait(20)
    assert change(api, hook["id"], 1, url=new.url).status_code == 200
    go_on.set()
    eventually(lambda: '"outcome":"gone"' in api.server.log())
    log = rested(api, hook)
    assert [one["state"] for one in log] == ["delivered"] * 2 and read(api, hook)["state"] == "active"


def test_a_webhook_that_fails_for_too_long__is_disabled_and_its_contact_told(desk, world):
    api, receiver = desk(OAM_WEBHOOK_PATIENCE_S="1", OAM_WEBHOOK_SCHEDULE="0s,600ms,600ms,600ms,600ms,600ms"), world.add(says(500))
    hook = hooked(api, receiver, contact="sistemes@exemple.cat")
    api.file("local_user")
    eventually(lambda: read(api, hook)["state"] == "disabled")
    assert read(api, hook)["reason"] == "failing" and read(api, hook)["pending"] > 0
    assert api.server.database.one("SELECT count(*) FROM webhook_notice") == 1


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after__is_honoured(desk, world, status):
    api, receiver = desk(), world.add(says(status, "Retry-After: 7200"))
    hook = hooked(api, receiver, types=["cat.oam.request.submitted"])
    api.file("local_user")
    one = eventually(lambda: [each for each in log_of(api, hook) if each["next_at"] and each["tries"] == 1])[0]
    wait = datetime.datetime.fromisoformat(one["next_at"].rstrip("Z")) - datetime.datetime.fromisoformat(one["attempts"][0]["at"].rstrip("Z"))
    assert 7199 < wait.total_seconds() < 7201 and one["outcome"] == "throttled"


def test_retry_after__is_bounded_to_a_day(desk, world):
    api, receiver = desk(), world.add(says(429, "Retry-After: 99999999"))
    hook = hooked(api, receiver, types=["cat.oam.request.submitted"])
    api.file("local_user")
    one = eventually(lambda: [each for each in log_of(api, hook) if each["next_at"] and each["tries"] == 1])[0]
    wait = datetime.datetime.fromisoformat(one["next_at"].rstrip("Z")) - datetime.datetime.fromisoformat(one["attempts"][0]["at"].rstrip("Z"))
    assert wait.total_seconds() < 86401


def test_a_receiver_that_is_back__gets_at_once_what_was_put_off(desk, world):
    api, receiver = desk(OAM_WEBHOOK_SCHEDULE="0s,1h,1h"), world.add(says(500))
    hook = hooked(api, receiver, types=["cat.oam.request.submitted"])
    for _ in range(4):
        api.file("local_user")
    eventually(lambda: len(receiver.received) == 4 and all(one["next_at"] for one in log_of(api, hook)))
    receiver.manner = says(200)
    api.file("local_user")
    log = rested(api, hook)
    assert [one["state"] for one in log] == ["delivered"] * 5 and sorted(one["tries"] for one in log) == [1, 2, 2, 2, 2]


# ---- order

def test_events_of_one_request__arrive_in_their_order_though_the_first_fails(desk, world):
    api, receiver = desk(), world.add(says(500), failing=3)
    hook = hooked(api, receiver)
    refs = [api.file("local_user")["ref"] for _ in range(3)]
    for ref in refs:
        api.act(ref, "take", role="agent")
    rested(api, hook)
    for ref in refs:
        positions = [int(body["position"]) for _, body in receiver.good() if body["subject"] == ref]
        assert len(positions) >= 3 and positions == sorted(positions)


def test_a_dead_letter__lets_the_next_go(desk, world):
    api, receiver = desk(OAM_WEBHOOK_SCHEDULE="0s,1ms"), world.add(says(500))
    hook = hooked(api, receiver)
    ref = api.file("local_user")["ref"]
    eventually(lambda: len(log_of(api, hook, state="dead")) == 2)
    receiver.manner = says(200)
    api.act(ref, "take", role="agent")
    log = rested(api, hook)
    assert [one["state"] for one in reversed(log)] == ["dead", "dead"] + ["delivered"] * (len(log) - 2) and len(log) > 2


# ---- pausing, and again

def test_while_it_is_paused__nothing_is_sent_and_nothing_is_lost(desk, world):
    api, receiver, other = desk(), world.add(), world.add()
    hook, witness = hooked(api, receiver), hooked(api, other)
    change(api, hook["id"], 1, state="paused")
    api.file("local_user")
    rested(api, witness)
    assert receiver.received == [] and read(api, hook)["pending"] == 0
    change(api, hook["id"], 2, state="active")
    rested(api, hook)
    assert [body["position"] for _, body in receiver.good()] == [body["position"] for _, body in other.good()]


def test_a_ping__goes_to_one_that_is_paused_and_is_tried_once(desk, world):
    api, receiver = desk(), world.add(says(500))
    hook = hooked(api, receiver)
    change(api, hook["id"], 1, state="paused")
    delivery = ask(api, hook["id"], "ping").json()["delivery"]
    one = eventually(lambda: [each for each in log_of(api, hook) if each["state"] == "dead"])[0]
    assert (one["id"], one["type"], one["tries"], one["outcome"]) == (delivery, "cat.oam.webhook.ping", 1, "refused")
    body = json.loads(receiver.received[0].body)
    assert body["type"] == "cat.oam.webhook.ping" and body["data"] == {} and "subject" not in body
    assert read(api, hook)["failing_since"] is None


def test_sending_again__by_id_and_by_range_goes_under_the_same_ids(desk, world):
    api, receiver = desk(OAM_WEBHOOK_SCHEDULE="0s,1ms"), world.add()
    hook = hooked(api, receiver)
    api.file("local_user")
    first = rested(api, hook)
    assert ask(api, hook["id"], "redeliver", body={"after": "0"}).json() == {"queued": 0, "next": None}  # no dead letters
    assert ask(api, hook["id"], "redeliver", body={"delivery": first[0]["id"]}).json() == {"queued": 1, "next": None}
    eventually(lambda: len(receiver.good()) == 3)
    assert [key for key, _ in receiver.good()].count(first[0]["id"]) == 2
    receiver.manner = says(500)
    api.file("local_user")
    dead = [one for one in rested(api, hook) if one["state"] == "dead"]
    assert len(dead) == 2
    receiver.manner = says(200)
    assert ask(api, hook["id"], "redeliver", body={"after": first[0]["position"]}).json() == {"queued": 2, "next": None}
    log = rested(api, hook)
    assert {one["state"] for one in log} == {"delivered"} and [one["replay"] for one in log] == [True, True, True, False]
    positions = sorted(int(one["position"]) for one in log)
    everything = {"after": str(positions[0] - 1), "before": str(positions[-1]), "state": "all"}
    assert ask(api, hook["id"], "redeliver", body=everything).json() == {"queued": 3, "next": None}
    rested(api, hook)
    times = sorted(one["time"] for one in log)
    assert ask(api, hook["id"], "redeliver", body={"since": times[2], "state": "all"}).json() == {"queued": 2, "next": None}
    rested(api, hook)
    assert ask(api, hook["id"], "redeliver", body={"until": times[0], "state": "all"}).json() == {"queued": 0, "next": None}


# ---- what nobody may see

def test_logs_and_metrics__tell_outcomes_and_no_urls_nor_secrets(desk, world):
    api, receiver = desk(OAM_WEBHOOK_SCHEDULE="0s,1ms"), world.add(says(500))
    hook = hooked(api, receiver)
    api.file("local_user")
    rested(api, hook)
    metrics = api.get("/metrics", role=None).text
    assert re.search(r'oam_webhook_tries_total\{outcome="refused"\} 4\b', metrics) and 'oam_webhook_tries_total{outcome="delivered"} 0' in metrics
    assert 'oam_webhooks{state="active"} 1' in eventually(lambda: (lambda text: 'oam_webhooks{state="active"} 1' in text and text)(api.get("/metrics", role=None).text))
    entry = eventually(lambda: next((entry for entry in api.server.entries() if entry.get("event") == "webhook_failed"), None))
    assert entry["webhook"] == hook["id"] and entry["outcome"] == "refused"
    for text in (metrics, api.server.log(), json.dumps(log_of(api, hook))):
        assert "canary-in-a-url" not in text and hook["secret"] not in text and "127.0.0.1:%d" % receiver.port not in text


def test_the_log__forgets_after_its_days(desk, world):
    api, receiver = desk(), world.add()
    hook = hooked(api, receiver)
    api.file("local_user")
    assert len(rested(api, hook)) == 2
    api.server.database.sql("UPDATE webhook_delivery SET created_at = now() - interval '31 days' WHERE id = (SELECT min(id) FROM webhook_delivery)")
    assert api.server.database.one("SELECT webhook_purge('30 days')") == 1 and len(log_of(api, hook)) == 1


def test_a_long_log__goes_at_once_though_only_a_part_at_a_time(desk, world):
    """What is old, and what is left of a webhook that was removed: in many more parts than there are minutes here."""
    api, receiver = desk(), world.add()
    hook, removed = hooked(api, receiver), hooked(api, receiver, role="integration")
    api.file("local_user")
    rested(api, hook), rested(api, removed, role="integration")
    for one, days in ((hook, 31), (removed, 1)):
        api.server.database.sql("INSERT INTO webhook_delivery (uid, webhook_id, position, request_id, type, at, state, created_at, ended_at) "
                                "SELECT gen_random_uuid(), w.id, 100 + n, n, 'a.b', now(), 'dead', now() - make_interval(days => %s), now() "
                                "FROM webhook w, generate_series(1, 7000) n WHERE w.uid = %s", days, one["id"])
    assert remove(api, removed["id"], role="integration").status_code == 204
    assert api.get(f"/api/v1/webhooks/{removed['id']}", role="integration").status_code == 404
    api.server.stop()
    api.server.start()  # or within a minute
    eventually(lambda: api.server.database.one("SELECT count(*) FROM webhook_delivery") == 2 == len(log_of(api, hook)), seconds=30)
    assert api.server.database.one("SELECT count(*) FROM webhook") == 1


# ---- where it may not go

class Listener:
    """Counts connections to an address that nobody may reach."""

    def __init__(self, host="127.0.0.1"):
        self.socket = socket.create_server((host, 0))
        self.port, self.connects = self.socket.getsockname()[1], 0
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connects += 1
            connection.close()


@pytest.fixture
def forbidden():
    made = [Listener(), Listener("127.0.0.2")]
    yield made
    for one in made:
        one.socket.close()


def put(api, url, role="town-system"):
    """Past the judgement at creation: as if it had been made when its network was allowed, or its name led elsewhere."""
    return api.server.database.one(
        "WITH made AS (INSERT INTO webhook (uid, client_id, url, types, payload, description, language, position, pending, created_at, updated_at) "
        "SELECT gen_random_uuid(), id, %s, '{}', 'thin', '', 'ca', 0, 1, now(), now() FROM api_client WHERE client_id = %s RETURNING id, uid) "
        "INSERT INTO webhook_delivery (uid, webhook_id, type, at, wake, created_at) SELECT gen_random_uuid(), id, 'webhook.ping', now(), 'infinity', now() FROM made "
        "RETURNING (SELECT uid::text FROM made)", url, role)


def sealed(api, uid):
    """A secret of another webhook would not open: one of its own, by the only way there is. Then it may be sent."""
    assert ask(api, uid, "rotate-secret").status_code == 200
    api.server.database.sql("UPDATE webhook_delivery SET wake = now() WHERE webhook_id = (SELECT id FROM webhook WHERE uid = %s)", uid)


def test_a_forbidden_address__is_never_connected_to(desk, world, forbidden):
    """Names that lead inside (at once, in part, or to both), addresses in every form; redirections; with a control that is reached."""
    near, beside = forbidden
    names = {
        "private": f"private.receivers.cat:8443:127.0.0.1", "rebind": "rebind.receivers.cat:8443:127.0.0.1,127.0.0.2", "mapped": "mapped.receivers.cat:8443:[::ffff:127.0.0.1]",
        "any": "any.receivers.cat:8443:0.0.0.0", "any6": "any6.receivers.cat:8443:[::]", "six": "six.receivers.cat:8443:[::1]", "link": "link.receivers.cat:8443:169.254.169.254",
        "ten": "ten.receivers.cat:8443:10.0.0.1", "nat64": "nat64.receivers.cat:8443:[64:ff9b::7f00:1]", "unique": "unique.receivers.cat:8443:[fd00::1]"}
    ports = {"OAM_WEBHOOK_PORTS": f"443,8443,{near.port},{beside.port}"}
    more = [f"local{i}.receivers.cat:{near.port}:{address}" for i, address in enumerate(("127.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]", "127.0.0.1,127.0.0.2"))] + \
        [f"beside.receivers.cat:{beside.port}:127.0.0.2"]
    api = desk(OAM_WEBHOOK_NETWORKS="", OAM_WEBHOOK_HOSTS=" ".join([*names.values(), *more]), **ports)
    urls = [f"https://{name}.receivers.cat:8443/" for name in names] + [f"https://local{i}.receivers.cat:{near.port}/" for i in range(4)] + \
        [f"https://beside.receivers.cat:{beside.port}/"] + \
        [f"https://{host}:{near.port}/" for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0", "[::1]", "[::]", "localhost")] + \
        [f"http://127.0.0.1:{near.port}/", f"https://127.0.0.2:{beside.port}/", f"http://local0.receivers.cat:{near.port}/"]
    hooks = [put(api, url) for url in urls]
    for hook in hooks:
        sealed(api, hook)
    told = {}
    for hook, url in zip(hooks, urls):
        told[url] = eventually(lambda: [one for one in api.whole(f"/api/v1/webhooks/{hook}/deliveries", role="integration_a") if one["state"] == "dead"])[0]["outcome"]
    assert set(told.values()) == {"address_refused"}, told
    assert (near.connects, beside.connects) == (0, 0)
    # The control: the same names and addresses, let pass by an operator, are reached.
    free = desk(OAM_WEBHOOK_NETWORKS="127.0.0.0/8", OAM_WEBHOOK_HOSTS=" ".join(more), **ports)
    for url in (f"https://local0.receivers.cat:{near.port}/", f"https://127.0.0.2:{beside.port}/"):
        hook = make(free, url=url)
        ask(free, hook.json()["id"], "ping")
    eventually(lambda: near.connects >= 1 and beside.connects >= 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection__is_not_followed(desk, world, forbidden, status):
    api, receiver = desk(OAM_WEBHOOK_SCHEDULE="0s"), world.add(says(status, f"Location: https://127.0.0.1:{forbidden[0].port}/"))
    hook = hooked(api, receiver)
    api.file("local_user")
    assert {one["outcome"] for one in rested(api, hook)} == {"redirected"} and forbidden[0].connects == 0


def test_the_proxy_of_the_environment__is_nobodys(desk, world, forbidden, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{forbidden[0].port}")
    api, receiver = desk(), world.add()
    hook = hooked(api, receiver)
    api.file("local_user")
    assert {one["state"] for one in rested(api, hook)} == {"delivered"} and forbidden[0].connects == 0


def test_a_certificate_that_is_not_good__ends_it_before_anything_is_said(desk, world):
    api = desk(OAM_WEBHOOK_SCHEDULE="0s")
    receivers = [world.add(tls=world.authority.context(names="DNS:elsewhere.cat")), world.add(tls=world.authority.context(signed=False))]
    hooks = [hooked(api, receiver) for receiver in receivers]
    api.file("local_user")
    for hook, receiver in zip(hooks, receivers):
        assert {one["outcome"] for one in rested(api, hook)} == {"tls_failed"} and receiver.received == []


def test_nobody_there__is_told(desk, world):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    api = desk(OAM_WEBHOOK_SCHEDULE="0s")
    made = make(api, url=f"https://127.0.0.1:{port}/").json()
    unknown = make(api, url="https://nobody.receivers.invalid/").json()
    api.file("local_user")
    assert {one["outcome"] for one in rested(api, made)} == {"not_connected"}
    assert {one["outcome"] for one in rested(api, unknown)} == {"not_resolved"}


# ---- several that send

def test_two_servers__send_each_event_once_and_in_order(desk, world, new_server, contract):
    api, receiver = desk(), world.add(slow)
    hook = hooked(api, receiver, role="integration")
    second = new_server(database=api.server.database, OAM_WEBHOOK_NETWORKS="127.0.0.1", OAM_WEBHOOK_CA=world.authority.path, OAM_PUBLIC_URL=api.server.url)
    for _ in range(12):
        ref = api.file("local_user")["ref"]
        api.act(ref, "take", role="agent")
    rested(api, hook, role="integration")
    ids = [key for key, _ in receiver.good()]
    assert len(ids) == len(set(ids)) == len(receiver.received)
    feed = [event["id"] for event in api.get("/api/v1/events?limit=200", role="integration").json()["items"]]
    assert sorted(int(body["position"]) for _, body in receiver.good()) == sorted(map(int, feed))
    by_request = {}
    for _, body in receiver.good():
        by_request.setdefault(body["subject"], []).append(int(body["position"]))
    assert all(positions == sorted(positions) for positions in by_request.values())
    assert second.process.poll() is None


@pytest.mark.parametrize("settings, told", [
    ({"OAM_WEBHOOK_NETWORKS": "10/8"}, "OAM_WEBHOOK_NETWORKS is `10/8`"), ({"OAM_WEBHOOK_PORTS": "https"}, "OAM_WEBHOOK_PORTS is `https`"),
    ({"OAM_WEBHOOK_SCHEDULE": "soon"}, "OAM_WEBHOOK_SCHEDULE is `soon`")])
def test_a_setting_that_cannot_be_read__is_told_before_the_start(settings, told):
    done = oamd("check-config", environment={"OAM_DATABASE_URL": "postgresql://nobody@localhost/none", **settings}, check=False)
    assert done.returncode == 78 and told in done.stderr
