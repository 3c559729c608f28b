"""Fifty receivers of every manner, two servers that send, one of them killed again and again: whoever ever says 2xx has every event, the first time in its
request's order, and twice no more often than somebody was killed."""
import asyncio
import collections
import concurrent.futures
import os
import threading

import pytest
from oamtest.client import OTHER_TOWN, TOWN, new_key
from oamtest.receivers import World, closes, continues, dribbles, endless_head, huge, huge_refusal, no_http, old_http, only_continues, resets, says, \
    says_200_and_closes, silent, slow
from oamtest.waiting import eventually

EACH = 8  # messages under way to one webhook (api/worker/sender.c): what a kill can have sent and not noted
KILLS = 20 if os.environ.get("OAM_DEEP") == "1" else 5
WRITERS, ROUNDS = 4, 6
# Of everybody's, of one town, of another.
OWNERS = {"integration": 20, "integration_a": 20, "integration_b": 10}
BAD = [says(500), says(400), says(404), says(429, "Retry-After: 1"), says(503, "Retry-After: 1"), says(301, "Location: https://127.0.0.1/"), says(308), resets, closes,
       no_http, only_continues, huge_refusal, endless_head]
WELL = [says(200), says(201), says(204), continues, old_http, slow, says_200_and_closes, huge]


def fifty(world):
    """(receiver, dead): those that fail a delivery's first tries, those that are ill for a while, those that are well, and the dead."""
    yield from ((world.add(manner, failing=1), False) for manner in BAD)
    yield from ((world.add(manner, ill=2), False) for manner in (silent, dribbles, *BAD))
    yield from ((world.add(manner), False) for manner in WELL * 2)
    yield from ((world.add(manner), True) for manner in (silent, dribbles, says(500), resets, no_http, says(410)))


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


@pytest.fixture
def begin(start, world):
    """begin(database=None, **settings): a server that sends, quickly, to receivers on loopback."""
    return lambda database=None, **settings: start(database, **{
        "OAM_WEBHOOK_NETWORKS": "127.0.0.1", "OAM_WEBHOOK_CA": world.authority.path, "OAM_WEBHOOK_TIMEOUT_MS": "4000",
        "OAM_WEBHOOK_SCHEDULE": "0s" + ",50ms,100ms,200ms,500ms" * 6, **settings})


def hook_up(api, owner, receiver):
    made = api.post("/api/v1/webhooks", role=owner, json={"url": receiver.url}, headers={"Idempotency-Key": new_key()})
    assert made.status_code == 201, made
    return made.json()["id"]


def hook_up_all(api, receivers):
    """Each receiver with the integration whose webhook it is, and the webhook's id."""
    owners = [owner for owner, count in OWNERS.items() for _ in range(count)]
    return [(owner, hook_up(api, owner, receiver), receiver, dead) for owner, (receiver, dead) in zip(owners, receivers, strict=True)]


def write(api, number):
    """One writer: requests of both towns, each filed, commented and taken."""
    for turn in range(ROUNDS):
        town, side, agent = ((TOWN, "local_user", "agent"), (OTHER_TOWN, "signer", "agent_b"))[(number + turn) % 2]
        ref = api.file(side, body=town)["ref"]
        api.post(f"/api/v1/requests/{ref}/comments", role=side, json={"text": "Bon dia"}, headers={"Idempotency-Key": new_key()})
        api.post(f"/api/v1/requests/{ref}/notes", role=agent, json={"text": "Per a nosaltres"}, headers={"Idempotency-Key": new_key()})
        assert api.act(ref, "take", role=agent).status_code == 200


def feed_of(api, owner):
    events, after = [], "0"
    while True:
        page = api.get("/api/v1/events", role=owner, params={"after": after, "limit": 200}).json()
        events += page["items"]
        if not page["items"]:
            return [event["id"] for event in events]
        after = page["next"]


def is_through(api, owner, hook, happened):
    now = api.get(f"/api/v1/webhooks/{hook}", role=owner).json()
    return now["pending"] == 0 and int(now["position"]) >= happened


def inversions(receiver):
    """First deliveries of a request that came behind a later one of it."""
    last, seen, found = collections.defaultdict(int), set(), 0
    for key, body in receiver.good():
        position = int(body["position"])
        if key not in seen:
            seen.add(key)
            found += position < last[body["subject"]]
            last[body["subject"]] = max(last[body["subject"]], position)
    return found


def test_fifty_receivers__have_every_event_in_order_whatever_dies(begin, client, world):
    steady = begin()
    api = client(steady)
    hooks = hook_up_all(api, list(fifty(world)))

    def received():
        return sum(len(receiver.received) for _, _, receiver, _ in hooks)

    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, api, number) for number in range(WRITERS)]
        doomed = begin(steady.database, OAM_PUBLIC_URL=steady.url)
        for _ in range(KILLS):
            sent = received()
            eventually(lambda: received() >= sent + 10 or all(writer.done() for writer in writers), seconds=60)
            for writer in writers:
                assert not writer.done() or writer.result() is None
            doomed.kill()
            doomed.start()
        for writer in writers:
            writer.result()
    happened = steady.database.one("SELECT count(*) FROM request_event")
    alive = [each for each in hooks if not each[3]]
    for owner, hook, _, _ in alive:
        eventually(lambda: is_through(api, owner, hook, happened), seconds=180)
    feeds, twice = {owner: feed_of(api, owner) for owner in OWNERS}, 0
    for owner, _, receiver, _ in alive:
        ids = [key for key, _ in receiver.good()]
        assert {body["position"] for _, body in receiver.good()} == set(feeds[owner])
        assert inversions(receiver) == 0
        assert len(ids) - len(set(ids)) <= KILLS * EACH
        twice += len(ids) - len(set(ids))
    assert all(receiver.good() == [] for _, _, receiver, dead in hooks if dead)
    print(f"{len(alive)} receivers that live and {len(hooks) - len(alive)} that do not, {happened} events, {sum(len(each[2].good()) for each in alive)} deliveries, "
          f"{KILLS} kills, {twice} twice, 0 inversions")


def holds(gate):
    """Keeps whoever asks waiting until the gate is open, then says 200."""
    async def manner(writer):
        while not gate.is_set():
            await asyncio.sleep(0.01)
        return await says(200)(writer)
    return manner


def test_forty_that_never_answer__leave_room_for_one_that_does(begin, client, world):
    """Each of them has more to be sent than may be under way to it, and together more than one server sends at once."""
    gate, server = threading.Event(), begin(OAM_WEBHOOK_TIMEOUT_MS="20000")
    api = client(server)
    slow, well = [world.add(holds(gate), tls=None) for _ in range(40)], world.add(tls=None)
    for number, receiver in enumerate(slow):
        hook_up(api, ("integration", "integration_a")[number % 2], receiver)
    hook_up(api, "integration_b", well)
    server.database.sql("UPDATE webhook SET state = 'paused'")
    for _ in range(EACH + 2):
        api.file("local_user", body=TOWN)
    ref = api.file("signer", body=OTHER_TOWN)["ref"]
    server.database.sql("UPDATE webhook SET state = 'active' WHERE id < (SELECT max(id) FROM webhook)")
    eventually(lambda: sum(len(receiver.received) for receiver in slow) >= 40 * 6 and all(receiver.received for receiver in slow))
    server.database.sql("UPDATE webhook SET state = 'active'")
    eventually(lambda: [body["subject"] for _, body in well.good()] == [ref] * 2)
    # Nobody made way: all of them have been told something, and none has been given up.
    assert not any(receiver.good() for receiver in slow) and server.database.one("SELECT count(*) FROM webhook_delivery WHERE outcome <> 'delivered'") == 0
    gate.set()
    eventually(lambda: all(len({body["subject"] for _, body in receiver.good()}) >= EACH + 2 for receiver in slow), seconds=60)
