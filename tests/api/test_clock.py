"""A wall clock that leaps, as one does that is set right, or wrong: nobody gets a 5xx, nothing is lost, and everybody can log in anew."""
import pytest

from oamtest.client import Api, new_key
from oamtest.clock import HandClock
from oamtest.waiting import eventually

HOUR, YEAR = 3600, 365 * 86400
LEAPS = {"an hour on": HOUR, "an hour back": -HOUR, "ten years on": 10 * YEAR, "from ten years on back to now": 0, "a day back": -86400}


@pytest.fixture(scope="module")
def desk(template, contract, tmp_path_factory):
    """A server whose clock we hold."""
    from oamtest.server import Server
    clock = HandClock(tmp_path_factory.mktemp("clock") / "now")
    database = template.clone()
    server = Server(template, database, OAM_TEST_CLOCK=str(clock.path))
    yield server, clock
    try:
        server.close()
    finally:
        database.drop()


def work(server, contract):
    """A day's work of one who has just logged in: filed, taken, seen by its town, told by the feed."""
    api = Api(server, contract)
    filed = api.file("local_user")
    assert api.act(filed["ref"], "take", role="agent").status_code == 200
    status = api.get(f"/api/v1/requests/{filed['ref']}/status", role="local_user")
    assert status.status_code == 200 and status.json()["state"]["key"] == "in_progress"
    assert api.get("/api/v1/requests", role="operator").json()["items"]
    key = new_key()
    said = [api.post(f"/api/v1/requests/{filed['ref']}/comments", role="local_user", json={"text": "Hola"}, headers={"Idempotency-Key": key})
            for _ in range(2)]
    assert [answer.status_code for answer in said] == [201, 201] and said[1].headers["Idempotency-Replayed"] == "true"
    events = eventually(lambda: [items for items in [api.get("/api/v1/events", role="operator", params={"subject": filed["ref"]}).json()["items"]]
                                 if len(items) == 4])[0]
    assert [int(event["id"]) for event in events] == sorted(int(event["id"]) for event in events)
    return filed["ref"]


@pytest.mark.parametrize("leap", LEAPS)
def test_a_clock_that_leaps__stops_nobody(desk, contract, leap):
    server, clock = desk
    clock.ahead(0)
    before = Api(server, contract)
    ref, token = work(server, contract), before.token("operator")
    clock.ahead(LEAPS[leap] if LEAPS[leap] else 10 * YEAR)
    if not LEAPS[leap]:
        work(server, contract)
        clock.ahead(0)
    # What was given under another time is good or refused, as that time has it; never an error of ours.
    for _ in range(3):
        assert before.get("/api/v1/me", token=token).status_code in (200, 401)
    later = work(server, contract)
    fresh = Api(server, contract)
    for one in (ref, later):
        assert fresh.get(f"/api/v1/requests/{one}", role="operator").status_code == 200
    assert fresh.get("/readyz", role=None).status_code == 200


def test_a_clock_that_leapt__left_every_history_whole(desk):
    server, _ = desk
    assert not [entry for entry in server.entries() if entry["event"] == "request" and entry["status"] >= 500]
    server.verify()
