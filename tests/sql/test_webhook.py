"""The sender's functions: whose turn it is, what waits, when a receiver has failed for too long, and how a long log is read and let go of."""
import collections
import json
import random
import threading
import time

import pytest

from conftest import SCHEMA, ask, file_request, named_queries, scope

QUERIES = named_queries(SCHEMA / "queries" / "webhook.sql")
SYSTEM = {"staff": True, "everything": True, "principal": "system"}
LEASE = "interval '1 min'"


def hook(db, client=1, **columns):
    """A webhook of that integration; its row's number."""
    scope(db.owner, **SYSTEM)
    values = {"state": "active", "contact": "a@b.cat", "types": [], **columns}
    ask(db.owner, "INSERT INTO api_client (id, client_id, name, secret_hash, scopes, all_bodies) OVERRIDING SYSTEM VALUE "
                  "VALUES (%s, %s, 'Other', sha256('x'), '{requests:read,events:read}', true) ON CONFLICT DO NOTHING", client, f"client-{client}")
    made = ask(db.owner, f"INSERT INTO webhook (uid, client_id, url, payload, description, language, position, created_at, updated_at, {', '.join(values)}) "
                         f"VALUES (gen_random_uuid(), %s, 'https://a.cat/', 'thin', '', 'ca', 0, now(), now(), {', '.join(['%s'] * len(values))}) RETURNING id",
               client, *values.values())
    db.owner.commit()
    return made


def backlog(db, webhook, count, state="pending", first=1, days=0):
    """Deliveries of so many events, each of a request of its own."""
    scope(db.owner, **SYSTEM)
    waits = state == "pending"
    ask(db.owner, "INSERT INTO webhook_delivery (uid, webhook_id, position, request_id, type, at, state, wake, created_at, ended_at) "
                  "SELECT gen_random_uuid(), %s, n, n, 'a.b', now(), %s, CASE WHEN %s THEN now() END, now() - make_interval(days => %s), CASE WHEN NOT %s THEN now() END "
                  "FROM generate_series(%s::bigint, %s) n", webhook, state, waits, days, waits, first, first + count - 1)
    ask(db.owner, "UPDATE webhook SET pending = pending + %s WHERE id = %s", count if waits else 0, webhook)
    db.owner.commit()


def feed(db, requests):
    """So many requests are filed, two events each, and all of them are in the feed."""
    scope(db.owner, **SYSTEM)
    for number in range(1, requests + 1):
        file_request(db.owner, number)
    ask(db.owner, "SELECT event_relay()")
    db.owner.commit()


def claim(db, limit, each=8, room=256):
    """[(delivery, lease, webhook)] that the sender is given."""
    scope(db.owner, **SYSTEM)
    with db.owner.cursor() as cursor:
        cursor.execute(f"SELECT c.id, c.lease, w.id FROM webhook_claim(%s, %s, {LEASE}, %s) c JOIN webhook w ON w.uid = c.webhook", (limit, each, room))
        claimed = cursor.fetchall()
    db.owner.commit()
    return claimed


def settle(db, delivery, lease, ended="delivered", outcome="delivered", wait="0", patience="5 days", why=None):
    scope(db.owner, **SYSTEM)
    disabled = ask(db.owner, "SELECT webhook_settle(%s, %s, %s, %s, 200, 1, %s::interval, %s, %s::interval)", delivery, lease, ended, outcome, wait, why, patience)
    db.owner.commit()
    return disabled


def read(db, webhook, column):
    return ask(db.owner, f"SELECT {column} FROM webhook WHERE id = %s", webhook)


# ---- whose turn it is

def test_turns__are_taken_by_whoever_was_served_longest_ago(db):
    hooks = [hook(db, client) for client in range(1, 6)]
    for one in hooks:
        backlog(db, one, 20)
    served = [webhook for _ in range(15) for _, _, webhook in claim(db, 1)]
    assert [sorted(served[i:i + 5]) for i in (0, 5, 10)] == [hooks] * 3


def test_turns__are_taken_whatever_is_still_under_way(db):
    """One that is done at once comes round as often as one that is never done."""
    slow, quick = hook(db, 1), hook(db, 2)
    for one in (slow, quick):
        backlog(db, one, 20)
    served = collections.Counter()
    for _ in range(12):
        for delivery, lease, webhook in claim(db, 1):
            served[webhook] += 1
            if webhook == quick:
                settle(db, delivery, lease)
    assert served == {slow: 6, quick: 6}


def test_turns__of_an_integration_with_many_are_those_of_one_with_one(db):
    many, one = [hook(db, 1) for _ in range(19)], hook(db, 2)
    for each in (*many, one):
        backlog(db, each, 20)
    served = [webhook for _ in range(10) for _, _, webhook in claim(db, 1, room=1000)]
    assert [webhook == one for webhook in served[1:]] in ([True, False] * 4 + [True], [False, True] * 4 + [False])
    assert len(set(served)) == 6


def test_room__is_never_all_taken_by_those_that_are_there(db):
    hooks = [hook(db, client) for client in range(1, 41)]
    for one in hooks:
        backlog(db, one, 20)
    taken = collections.Counter(webhook for _, _, webhook in claim(db, 256))
    assert taken == {one: 256 // 41 for one in hooks}
    late = hook(db, 41)
    backlog(db, late, 20)
    assert {webhook for _, _, webhook in claim(db, 256 - taken.total())} == {late}


def test_room__is_half_for_those_that_do_not_fail(db):
    for client in range(1, 21):
        backlog(db, hook(db, client, failing_since="2026-01-01T00:00Z", failed_at="2026-01-01T00:00Z"), 20)
    well = hook(db, 30)
    taken = [webhook for _ in range(5) for _, _, webhook in claim(db, 16, room=16)]
    assert len(taken) == 8 == len(set(taken))
    backlog(db, well, 20)
    assert {webhook for _, _, webhook in claim(db, 8, room=16)} == {well}


def test_those_that_fail__have_turns_too(db):
    ill = [hook(db, client, failing_since="2026-01-01T00:00Z", failed_at="2026-01-01T00:00Z") for client in range(1, 5)]
    for one in ill:
        backlog(db, one, 20)
    served = []
    for _ in range(4):
        (delivery, lease, webhook), = claim(db, 1, room=2)
        settle(db, delivery, lease, ended=None, outcome="refused", wait="1 h")
        served.append(webhook)
    assert sorted(served) == ill


def test_those_that_fail__are_four_of_a_look_so_that_what_is_new_soon_has_its_turn(db):
    feed(db, 1)
    hooks = [hook(db, client, failing_since="2026-01-01T00:00Z", failed_at="2026-01-01T00:00Z") for client in range(1, 11)]
    for one in hooks:
        backlog(db, one, 5, first=1000)
    looks = [[webhook for _, _, webhook in claim(db, 256)] for _ in range(4)]
    assert [len(look) for look in looks] == [4, 4, 2, 0] and sorted(sum(looks, [])) == hooks
    assert [collect(db) for _ in range(4)] == [4, 4, 2, 0]


def test_the_feed__is_looked_at_for_whoever_waited_longest(db):
    """A look ends after four full windows; who was left out of it is first in the next."""
    feed(db, 12)
    hooks, looked = [hook(db, client) for client in range(2, 10)], []
    ask(db.owner, "UPDATE webhook SET position = 22 WHERE id = %s", hooks[-1])  # of 24: the others are far behind
    for _ in range(4):
        before = {one: read(db, one, "position") for one in hooks}
        scope(db.owner, **SYSTEM)
        assert ask(db.owner, "SELECT webhook_collect(1, 1000)") == 4
        db.owner.commit()
        looked.append([one for one in hooks if read(db, one, "position") != before[one]])
    assert looked == [hooks[:4], hooks[4:]] * 2


def test_who_fails__has_what_is_new_after_those_who_do_not(db):
    feed(db, 3)
    well, ill = hook(db, 2), hook(db, 3)
    ask(db.owner, "UPDATE webhook SET failing_since = now() WHERE id = %s RETURNING 1", ill)
    looked = []
    for whole in (False, True, False, False):
        scope(db.owner, **SYSTEM)
        windows = ask(db.owner, "SELECT webhook_collect(2, 1000, %s)", whole)
        db.owner.commit()
        looked.append((windows, read(db, well, "position"), read(db, ill, "position")))
    assert looked == [(1, 2, 0), (2, 4, 2), (1, 6, 2), (1, 6, 4)]


# ---- who fails is left alone

def ill(db, webhook, since="1 h", last="0"):
    """It has failed for so long, and had its last turns so long ago."""
    assert ask(db.owner, "UPDATE webhook SET failing_since = now() - %s::interval, failed_at = now() - t, failing_until = now() + interval '1 day', served_at = now() - t, "
                         "collected_at = now() - t FROM (SELECT %s::interval AS t) AS time WHERE id = %s RETURNING true", since, last, webhook)
    db.owner.commit()


def collect(db):
    scope(db.owner, **SYSTEM)
    windows = ask(db.owner, "SELECT webhook_collect(500, 10000)")
    db.owner.commit()
    return windows


def test_forty_that_fail__cost_an_event_of_one_that_does_not_nothing(db):
    """Counted: what is called for an event, with those that fail and without."""
    feed(db, 3)
    well, called = hook(db, 1000), []
    for sick in (0, 40):
        for number in range(sick):
            one = hook(db, 1 + number, **({"filter": "true"} if number % 4 == 0 else {}))
            backlog(db, one, 5, first=1000)
            ill(db, one)
        sender = db.connect()  # of its own: what is counted is all that it called
        scope(sender, **SYSTEM)
        ask(sender, "SELECT set_config('track_functions', 'all', true)")
        assert ask(sender, "SELECT webhook_collect(500, 10000)") == 1 and look(sender) == []
        assert ask(sender, f"SELECT array_agg(w.id) FROM webhook_claim(256, 8, {LEASE}) c JOIN webhook w ON w.uid = c.webhook") == [well] * 3
        called.append(ask(sender, "SELECT json_object_agg(funcname, calls ORDER BY funcname) FROM pg_stat_xact_user_functions WHERE funcname ~ '^webhook_'"))
        sender.close()
    assert called[0] == called[1] and called[0]["webhook_window"] == called[0]["webhook_share"] == 1


def test_one_that_fails__has_a_turn_when_a_tenth_of_that_time_is_over_and_after_15_seconds_at_the_latest(db):
    feed(db, 1)
    for since, last, turn in (("1 s", "0", True), ("40 s", "3 s", False), ("40 s", "4 s", True), ("10 days", "14 s", False), ("10 days", "15 s", True)):
        one = hook(db)
        backlog(db, one, 3, first=100)
        ill(db, one, since, last)
        assert collect(db) == int(turn), (since, last)
        assert [webhook for _, _, webhook in claim(db, 1)] == [one] * turn, (since, last)
        remove(db, one)


def test_one_that_fails__is_told_nothing_new_but_what_failed_before(db):
    """Whatever needs some tries has them when they are due: it would fail for ever."""
    one = hook(db)
    backlog(db, one, 5, first=100)
    ill(db, one)
    assert claim(db, 9) == []
    scope(db.owner, **SYSTEM)
    again = ask(db.owner, "UPDATE webhook_delivery SET tries = 1 WHERE position = 103 RETURNING id")
    ask(db.owner, "UPDATE webhook_delivery SET tries = 1, wake = now() + interval '1 h' WHERE position = 102 RETURNING id")
    db.owner.commit()
    (delivery, lease, _), = claim(db, 9)
    assert delivery == again and settle(db, delivery, lease, ended=None, outcome="refused", wait="1 h") is False and claim(db, 9) == []


def test_one_that_fails__is_told_of_a_ping_and_has_all_at_once_when_it_is_back(db):
    one = hook(db)
    backlog(db, one, 5, first=100)
    ill(db, one)
    scope(db.owner, **SYSTEM)
    ping = ask(db.owner, "SELECT webhook_ping(uid, now()) FROM webhook WHERE id = %s", one)
    db.owner.commit()
    (delivery, lease, _), = claim(db, 9)
    assert ping == ask(db.owner, "SELECT uid::text FROM webhook_delivery WHERE id = %s AND position IS NULL", delivery) and claim(db, 9) == []
    settle(db, delivery, lease)
    assert len(claim(db, 9)) == 5


def test_the_feed__is_read_once_for_all_of_an_integration_at_one_place(db):
    """And each gets what it wants of it."""
    feed(db, 3)
    hooks = [hook(db, client, types=types) for client in (2, 3) for types in ([], ["request.submitted"], ["request.nothing"], [])]
    late = hook(db, 3)
    ask(db.owner, "UPDATE webhook SET position = 4 WHERE id = %s RETURNING 1", late)
    db.owner.commit()
    sender = db.connect()
    scope(sender, **SYSTEM)
    ask(sender, "SELECT set_config('track_functions', 'all', true)")
    assert ask(sender, "SELECT webhook_collect(500, 10000)") == 9
    assert ask(sender, "SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'webhook_window'") == 3
    sender.commit()
    assert [read(db, one, "pending") for one in (*hooks, late)] == [6, 3, 0, 6] * 2 + [2]
    assert {read(db, one, "position") for one in (*hooks, late)} == {6}


# ---- what waits

def test_what_waits__is_counted_whatever_is_done(db):
    feed(db, 10)
    one, chance, held = hook(db, 2), random.Random(7), []
    uid = read(db, one, "uid::text")
    for _ in range(120):
        scope(db.owner, **SYSTEM)
        act = chance.choice(("collect", "ping", "redeliver", "claim", "claim", "settle", "settle", "settle"))
        if act == "collect":
            ask(db.owner, "SELECT webhook_collect(3, 8)")
        elif act == "ping":
            ask(db.owner, "SELECT webhook_ping(%s, now())", uid)
        elif act == "redeliver":
            ask(db.owner, "SELECT webhook_redeliver(%s, NULL, 0, NULL, NULL, NULL, %s, 3)", uid, chance.random() < 0.5)
        elif act == "claim":
            held += [(delivery, lease) for delivery, lease, _ in claim(db, 3)]
        elif held:
            settle(db, *held.pop(), *chance.choice((("delivered", "delivered"), ("dead", "refused"), (None, "refused"), ("dead", "not_visible"))))
        db.owner.commit()
        assert read(db, one, "pending") == ask(db.owner, "SELECT count(*) FROM webhook_delivery WHERE state = 'pending'"), act
    assert set(json.loads(ask(db.owner, "SELECT json_agg(DISTINCT state)::text FROM webhook_delivery"))) >= {"delivered", "dead"}


# ---- for how long it has failed

def passes(db, webhook, time):
    """As if so much time had gone by since everything that happened to it."""
    ask(db.owner, "UPDATE webhook SET failing_since = failing_since - t, failed_at = failed_at - t, failing_until = failing_until - t, served_at = served_at - t, "
                  "collected_at = collected_at - t FROM (SELECT %s::interval AS t) AS time WHERE id = %s", time, webhook)
    ask(db.owner, "UPDATE webhook_delivery SET wake = now() WHERE webhook_id = %s AND state = 'pending' AND NOT sending", webhook)
    db.owner.commit()


def fail(db, wait=None):
    """The next try fails; with `wait` it is to be tried again after that. Whether the webhook is disabled by it."""
    (delivery, lease, _), = claim(db, 1)
    return settle(db, delivery, lease, ended=None if wait else "dead", outcome="refused", wait=wait or "0")


def failed_for(db, webhook):
    return read(db, webhook, "extract(epoch FROM failed_for)::bigint")


def test_patience__ends_when_tries_have_failed_for_so_long(db):
    one = hook(db)
    backlog(db, one, 1)
    for day in range(5):
        assert fail(db, wait="1 day") is False
        assert failed_for(db, one) == day * 86400
        passes(db, one, "1 day")
    assert fail(db, wait="1 day") is True
    assert (read(db, one, "state"), read(db, one, "reason")) == ("disabled", "failing")
    assert ask(db.owner, "SELECT count(*) FROM webhook_notice") == 1


# ---- letters about it

def letters(db, count=9):
    """[(letter, lease)] that somebody is to send."""
    scope(db.owner, **SYSTEM)
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT id, lease FROM webhook_notice_claim(%s, interval '1 min')", (count,))
        claimed = cursor.fetchall()
    db.owner.commit()
    return claimed


def disable(connection, one, why="gone"):
    """By what one of its deliveries was answered."""
    scope(connection, **SYSTEM)
    delivery = ask(connection, "SELECT min(id) FROM webhook_delivery WHERE webhook_id = %s AND state = 'pending'", one)
    assert ask(connection, "SELECT webhook_settle(%s, 0, NULL, 'refused', 410, 1, interval '1 h', %s, interval '5 days')", delivery, why) is True


def test_a_letter__of_a_webhook_that_is_removed_meanwhile_is_never_sent_again_and_in_nobodys_way(db):
    one, other = hook(db, 2), hook(db, 3)
    backlog(db, one, 1)
    backlog(db, other, 1)
    disable(db.owner, one)
    db.owner.commit()
    (letter, lease), = letters(db)
    remove(db, one)
    scope(db.owner, **SYSTEM)
    ask(db.owner, "SELECT webhook_notice_ended(%s, %s, interval '0')", letter, lease)
    disable(db.owner, other)
    db.owner.commit()
    assert [number for number, _ in letters(db, count=1)] != [letter]
    assert letters(db) == [] and ask(db.owner, "SELECT wake FROM webhook_notice WHERE id = %s", letter) is None


def test_letters__are_twenty_a_day_also_when_two_webhooks_are_disabled_at_once(db):
    hooks = [hook(db, 2) for _ in range(21)]
    for one in hooks:
        backlog(db, one, 1)
    for one in hooks[:19]:
        disable(db.owner, one)
    db.owner.commit()
    first, second = db.connect(), db.connect()
    disable(first, hooks[19])
    waiting = threading.Thread(target=lambda: (disable(second, hooks[20]), second.commit()))
    waiting.start()
    time.sleep(0.2)  # it counts now, if nothing keeps it from that
    first.commit()
    waiting.join(10)
    assert not waiting.is_alive() and ask(db.owner, "SELECT count(*) FROM webhook_notice") == 20


def test_patience__is_not_used_up_while_nothing_waits(db):
    one = hook(db)
    for turn in range(4):
        backlog(db, one, 1, first=turn + 1)
        assert fail(db) is False
        passes(db, one, "30 days")
    assert failed_for(db, one) == 0 and read(db, one, "state") == "active" and read(db, one, "failing_since") is not None


def test_patience__is_not_used_up_while_nobody_sends(db):
    one = hook(db)
    backlog(db, one, 1)
    fail(db, wait="1 h")
    passes(db, one, "30 days")
    assert fail(db, wait="1 h") is False
    assert 3600 <= failed_for(db, one) <= 3600 + 60 and read(db, one, "state") == "active"


def test_patience__begins_anew_with_what_arrives(db):
    one = hook(db)
    backlog(db, one, 2)
    for _ in range(2):
        fail(db, wait="4 days")
        passes(db, one, "4 days")
    assert failed_for(db, one) >= 4 * 86400
    (delivery, lease, _), = claim(db, 1)
    settle(db, delivery, lease)
    assert read(db, one, "failing_since") is None
    assert fail(db, wait="4 days") is False and failed_for(db, one) == 0


# ---- a long log

def remove(db, webhook):
    scope(db.owner, **SYSTEM)
    done = ask(db.owner, "SELECT webhook_remove(uid, version) FROM webhook WHERE id = %s", webhook)
    db.owner.commit()
    return done


def purge(db, most):
    scope(db.owner, **SYSTEM)
    purged = ask(db.owner, "SELECT webhook_purge('30 days', %s)", most)
    db.owner.commit()
    return purged


def test_a_webhook_with_a_long_log__goes_a_little_at_a_time(db):
    one, other = hook(db), hook(db)
    backlog(db, one, 1200, "delivered")
    backlog(db, one, 50, first=2000)
    backlog(db, other, 10, "delivered")
    ask(db.owner, "INSERT INTO webhook_secret (webhook_id, sealed, created_at) VALUES (%s, decode(repeat('00', 88), 'hex'), now())", one)
    left = f"SELECT count(*) FROM webhook_delivery WHERE webhook_id = {one}"
    assert remove(db, one) is True
    assert ask(db.owner, left) == 750 and ask(db.owner, "SELECT count(*) FROM webhook_secret") == 0
    app = db.connect("oam_app")
    scope(app, **SYSTEM)
    assert ask(app, "SELECT array_agg(id) FROM webhook") == [other]
    assert claim(db, 9) == [] and remove(db, one) is False
    seen = []
    while not seen or seen[-1] == 300:
        seen.append(purge(db, 300))
    assert seen == [300, 300, 150] and ask(db.owner, left) == 0 and read(db, one, "id") is None
    assert ask(db.owner, "SELECT count(*) FROM webhook_delivery") == 10


def test_a_webhook_with_a_short_log__is_gone_at_once(db):
    one = hook(db)
    backlog(db, one, 20, "delivered")
    assert remove(db, one) is True and ask(db.owner, "SELECT count(*) FROM webhook_delivery") == 0 and read(db, one, "id") is None


def test_what_is_old__goes_a_little_at_a_time_and_what_waits_never(db):
    one = hook(db)
    backlog(db, one, 500, "delivered", days=40)
    backlog(db, one, 200, "dead", first=1000, days=40)
    backlog(db, one, 30, first=2000, days=40)
    backlog(db, one, 40, "delivered", first=3000, days=20)
    assert [purge(db, 300) for _ in range(4)] == [300, 300, 100, 0]
    assert ask(db.owner, "SELECT array_agg(n ORDER BY n) FROM (SELECT count(*) AS n FROM webhook_delivery GROUP BY state) AS left_over") == [30, 40]


BIG, FEW, PAGES = 30_000, 5, 400


@pytest.fixture
def big(db):
    """A webhook with a log of many that arrived, and few dead and waiting ones, the oldest of it; and one with the opposite; one of them to be removed."""
    db.hooks = hooks = [hook(db), hook(db), hook(db)]
    for number, states in enumerate((("delivered", "dead", "pending"), ("dead", "delivered", "pending"), ("pending", "dead", "delivered"))):
        for place, state in enumerate(states[::-1]):
            backlog(db, hooks[number], BIG if place == 2 else FEW, state, first=1 + place * 100_000, days=40 if place < 2 else 1)
    db.owner.commit()
    db.owner.autocommit = True
    ask(db.owner, "VACUUM ANALYZE webhook_delivery")
    ask(db.owner, "VACUUM ANALYZE webhook")
    db.owner.autocommit = False
    return db


def pages(connection, statement, *values):
    """How many pages of the database a statement looks at, with all that its functions do, once it has been planned."""
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement, values)
        plan = cursor.fetchone()[0][0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def test_a_long_log__costs_no_list_and_no_turn_more_than_a_page(big):
    connection, used = big.owner, {}
    scope(connection, **SYSTEM)
    for name, edge in (("webhook_delivery_page", "9223372036854775807"), ("webhook_delivery_page_back", "0")):
        with connection.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {QUERIES[name]}")
            for _ in range(6):  # then it is planned as one that runs often
                cursor.execute(f"EXECUTE {name}(%s, NULL, {edge}, 51)", (big.hooks[0],))
        for number, one in enumerate(big.hooks):
            for state in (None, "pending", "delivered", "dead"):
                used[name, number, state] = pages(connection, f"EXECUTE {name}(%s, %s, {edge}, 51)", one, state)
    for what, statement in {
            "webhooks": QUERIES["webhook_page"].replace("$1::bigint", "0").replace("$2::int", "51"), "figures": "SELECT * FROM webhook_figures()",
            "collect": "SELECT webhook_collect(500, 10000)", "claim": f"SELECT * FROM webhook_claim(8, 8, {LEASE})",
            "purge": "SELECT webhook_purge('30 days', 10)",
            "again, of the dead": f"SELECT * FROM webhook_send_again((SELECT uid FROM webhook WHERE id = {big.hooks[0]}), NULL, 0, NULL, NULL, NULL, true, 10, 100)",
            "again, of few dead": f"SELECT * FROM webhook_send_again((SELECT uid FROM webhook WHERE id = {big.hooks[1]}), NULL, 210000, 210010, NULL, NULL, true, 10, 100)",
            "again, of all": f"SELECT * FROM webhook_send_again((SELECT uid FROM webhook WHERE id = {big.hooks[0]}), NULL, 210000, NULL, NULL, NULL, false, 10, 100)",
            "again, of a time": f"SELECT * FROM webhook_send_again((SELECT uid FROM webhook WHERE id = {big.hooks[0]}), NULL, NULL, NULL, now(), NULL, false, 10, 100)"}.items():
        used[what] = pages(connection, statement)
    assert {what: n for what, n in used.items() if n > PAGES} == {}, used
    print({what: n for what, n in used.items() if not isinstance(what, tuple)}, "lists", max(n for what, n in used.items() if isinstance(what, tuple)))


# ---- sending again

def test_a_range__is_sent_again_in_parts_each_delivery_once_and_none_forgotten(db):
    """Against a reading of the log: whatever the range, its states and how little one call may take."""
    chance, one = random.Random(7), hook(db)
    for first in range(1, 241, 4):
        backlog(db, one, 4, chance.choice(["delivered", "dead", "dead", "pending"]), first=first)
    scope(db.owner, **SYSTEM)
    ask(db.owner, "UPDATE webhook_delivery SET at = now() - make_interval(mins => (500 - position)::int)")
    ask(db.owner, "INSERT INTO webhook_delivery (uid, webhook_id, type, at, state, created_at, ended_at) VALUES (gen_random_uuid(), %s, 'webhook.ping', now(), 'dead', now(), now())", one)
    db.owner.commit()
    calls = 0
    for _ in range(40):
        low, high = sorted(chance.sample(range(0, 250), 2))
        after, before = chance.choice([(low, high), (low, None), (None, high)])
        since, until = chance.choice([(None, None), (chance.randrange(250), None), (None, chance.randrange(250))])
        dead, most, look = chance.random() < 0.5, chance.randrange(1, 30), chance.randrange(5, 60)
        scope(db.owner, **SYSTEM)
        ask(db.owner, "SELECT 1 FROM webhook WHERE id = %s FOR UPDATE", one)
        with db.owner.cursor() as cursor:
            cursor.execute("SELECT position FROM webhook_delivery WHERE webhook_id = %s AND position IS NOT NULL AND state IN ('dead', %s) AND position > coalesce(%s, 0) "
                           "AND position < coalesce(%s, 1000) AND (%s IS NULL OR at >= now() - make_interval(mins => (500 - %s)::int)) "
                           "AND (%s IS NULL OR at < now() - make_interval(mins => (500 - %s)::int)) ORDER BY 1",
                           (one, "dead" if dead else "delivered", after, before, since, since or 0, until, until or 0))
            wanted, place, told = [row[0] for row in cursor.fetchall()], after, 0
            while True:
                cursor.execute("SELECT queued, next FROM webhook_send_again((SELECT uid FROM webhook WHERE id = %s), NULL, %s, %s, "
                               "now() - make_interval(mins => (500 - %s)::int), now() - make_interval(mins => (500 - %s)::int), %s, %s, %s)",
                               (one, place, before, since, until, dead, most, look))
                (queued, following), calls = cursor.fetchone(), calls + 1
                assert queued <= most and queued <= look
                told += queued
                if following is None:
                    break
                assert following > (place or 0)
                place = following
            cursor.execute("SELECT position FROM webhook_delivery WHERE replay ORDER BY 1")
            assert told == len(wanted) and [row[0] for row in cursor.fetchall()] == wanted
            cursor.execute("SELECT pending = (SELECT count(*) FROM webhook_delivery WHERE state = 'pending') FROM webhook WHERE id = %s", (one,))
            assert cursor.fetchone() == (True,)
        db.owner.rollback()
    assert calls > 100


@pytest.mark.parametrize("dead", [True, False])
def test_when_the_last_of_a_range_was_taken__there_is_no_more(db, dead):
    one = hook(db)
    backlog(db, one, 10, "dead" if dead else "delivered")
    for most, look, expected in ((10, 10, (10, None)), (9, 10, (9, 9)), (10, 9, (9, 9)), (4, 9, (4, 4))):
        scope(db.owner, **SYSTEM)
        with db.owner.cursor() as cursor:
            cursor.execute("SELECT * FROM webhook_send_again((SELECT uid FROM webhook WHERE id = %s), NULL, 0, NULL, NULL, NULL, %s, %s, %s)", (one, dead, most, look))
            assert cursor.fetchall() == [expected]
        db.owner.rollback()


def test_a_claim__passes_by_who_has_nothing_that_waits_without_a_look(db):
    """However many they are: the log of each is in another page."""
    idle = [hook(db, 2) for _ in range(300)]
    for one in idle:
        backlog(db, one, 3, "delivered")
    last = hook(db, 3)
    backlog(db, last, 2)
    db.owner.autocommit = True
    ask(db.owner, "VACUUM ANALYZE webhook_delivery")
    ask(db.owner, "VACUUM ANALYZE webhook")
    db.owner.autocommit = False
    scope(db.owner, **SYSTEM)
    assert pages(db.owner, f"SELECT * FROM webhook_claim(8, 1, {LEASE})") < 250
    assert read(db, last, "served_at") is not None and read(db, idle[0], "served_at") is None


def plan_of(connection, word, statement):
    """How a statement that is run inside of another was carried out: the one that has this word."""
    ask(connection, "LOAD 'auto_explain'; SET LOCAL auto_explain.log_min_duration = 0; SET LOCAL auto_explain.log_nested_statements = on; "
                    "SET LOCAL auto_explain.log_analyze = on; SET LOCAL auto_explain.log_format = json; SET LOCAL client_min_messages = log; SELECT 1")
    del connection.notices[:]
    ask(connection, statement)
    plans = [json.loads(told[told.index("{"):]) for told in connection.notices if "plan:" in told]
    return next(plan["Plan"] for plan in plans if word in plan["Query Text"])


def nodes(plan):
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def test_a_claim__counts_once_however_many_are_due_and_little_is_known_of_them(db):
    """No statistics: the planner takes them for one."""
    for client in range(1, 31):
        backlog(db, hook(db, client), 2)
    scope(db.owner, **SYSTEM)
    plan = plan_of(db.owner, "flying", f"SELECT count(*) FROM webhook_claim(256, 8, {LEASE})")
    counts = [node["Actual Loops"] for node in nodes(plan) if node["Node Type"] == "Aggregate"]
    assert len(counts) >= 3 and max(counts) == 1


# ---- filters, which are evaluated outside

def look(connection, window=500):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, place, reach, position, type FROM webhook_look(%s, 10000)", (window,))
        return cursor.fetchall()


def test_a_filter__is_asked_about_the_events_of_its_types_and_collect_leaves_it_alone(db):
    feed(db, 3)
    plain, filtered = hook(db, 2), hook(db, 3, filter="true", types=["request.submitted"])
    scope(db.owner, **SYSTEM)
    assert ask(db.owner, "SELECT webhook_collect(500, 10000)") == 1 and read(db, plain, "pending") == 6
    windows = look(db.owner)
    assert {(row[0], row[1], row[2], row[4]) for row in windows} == {(filtered, 0, 6, "request.submitted")} and len(windows) == 3
    assert [row[3] for row in windows] == sorted(row[3] for row in windows)
    assert ask(db.owner, "SELECT webhook_sift(%s, 0, 6, %s, 0, NULL, NULL)", filtered, [windows[0][3]])
    assert look(db.owner) == [] and (read(db, filtered, "pending"), read(db, filtered, "position")) == (1, 6)
    assert ask(db.owner, "SELECT count(*) FROM webhook_delivery WHERE webhook_id = %s", filtered) == 1


def test_a_window__is_told_though_nothing_in_it_is_wanted_and_goes_on_behind_it(db):
    feed(db, 4)
    filtered = hook(db, 2, filter="true", types=["request.nothing"])
    for place, reach in ((0, 3), (3, 6), (6, 8)):
        scope(db.owner, **SYSTEM)
        assert look(db.owner, window=3) == [(filtered, place, reach, None, None)]
        assert ask(db.owner, "SELECT webhook_sift(%s, %s, %s, '{}', 0, NULL, NULL)", filtered, place, reach)
        db.owner.commit()
    assert look(db.owner, window=3) == []


def test_a_window__is_sifted_once_whoever_looked(db):
    """Two servers: who comes second is told of nothing, and what was sifted from an old place is not believed."""
    feed(db, 2)
    filtered = hook(db, 2, filter="true")
    scope(db.owner, **SYSTEM)
    windows = look(db.owner)
    other = db.connect()
    scope(other, **SYSTEM)
    assert len(windows) == 4 and look(other) == []
    other.rollback()
    assert ask(db.owner, "SELECT webhook_sift(%s, 0, 4, %s, 0, NULL, NULL)", filtered, [row[3] for row in windows])
    db.owner.commit()
    scope(other, **SYSTEM)
    assert ask(other, "SELECT webhook_sift(%s, 0, 4, %s, 0, NULL, NULL)", filtered, [row[3] for row in windows]) is False
    other.rollback()
    assert read(db, filtered, "pending") == 4


def test_failures_of_a_filter__add_up_and_are_forgotten_with_it(db):
    feed(db, 2)
    filtered = hook(db, 2, filter="true")
    for place, reach in ((0, 2), (2, 4)):
        scope(db.owner, **SYSTEM)
        assert ask(db.owner, "SELECT webhook_sift(%s, %s, %s, '{}', 2, %s, 'overflow')", filtered, place, reach, reach)
        db.owner.commit()
    assert [read(db, filtered, column) for column in ("filter_failures", "filter_failed_position", "filter_error")] == [4, 4, "overflow"]
    scope(db.owner, **SYSTEM)
    uid = read(db, filtered, "uid")
    assert ask(db.owner, "SELECT webhook_change(%s, 1, 'https://a.cat/', '{}', 'thin', '', NULL, 'ca', 'active', now())", uid)
    assert read(db, filtered, "filter_failures") == 4 and read(db, filtered, "filter") == "true"
    assert ask(db.owner, "SELECT webhook_change(%s, 2, 'https://a.cat/', '{}', 'thin', '', NULL, 'ca', 'active', now(), '')", uid)
    assert [read(db, filtered, column) for column in ("filter_failures", "filter_error", "filter")] == [0, None, None]
    db.owner.commit()
