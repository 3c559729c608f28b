"""Row-level security: what one body may see and touch of another is nothing, whatever the service forgets.

`findings` tries it all and says what is wrong. On our schema that is nothing; on every mutant of it (one policy dropped or
opened, one guard lifted) it must be something, or the tests would not notice the day it happens.
"""
import concurrent.futures

import psycopg2
import psycopg2.errors
import pytest

from conftest import Database, administer, ask, comment, file_request, scope, step_followed
from test_action import open_action, record
from test_stock import item, move, reserve

A, B = 1, 2 # bodies
STOCK = ("stock_hold", "stock_movement")
ACTIONS = ("action", "action_unit", "action_share", "milestone", "amount")
GUARDED = ("request", "request_event", "event_feed", "comment", "idempotency_key", "notification_read") + ACTIONS
# Written by the functions of the owner, who sees all of it; what the app sees is below.
JOINT = ("request_body",)
HOOKS = ("webhook", "webhook_delivery")
RUNTIME = ("request_timer", "request_clock", "clock_recount", "outbox", "effect", "notification", "incident", "address_change", "open311_report", "open311_update")


@pytest.fixture
def two_towns(db):
    """In each town: a submitted request with a public and an internal comment, and a draft; an idempotency key of each side."""
    refs = {}
    connection = db.owner
    for number, body in enumerate((A, B)):
        scope(connection, staff=True, everything=True, principal=f"user:{body}")
        refs[body] = file_request(connection, 10 + number, body, actor=f"user:{body}")
        refs[body, "draft"] = file_request(connection, 20 + number, body, "draft", actor=f"user:{body}")
        comment(connection, refs[body])
        comment(connection, refs[body], internal=True)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO idempotency_key VALUES (%s, 'k', '/x', sha256('x'), 200, NULL, NULL, 'secret', now())",
                           (f"user:{body}",))
        connection.commit()
        scope(connection, staff=True, everything=True, principal="system")
        run_a_while(connection, refs[body])
        act(connection, refs[body])
        ask(connection, "INSERT INTO address_change (principal, user_id, address, language, asked_at) VALUES (%s, 1, 'a@b.cat', 'ca', now()) RETURNING 1",
            f"user:{body}")
        ask(connection, "INSERT INTO open311_report (request_id, body_id, address) VALUES (%s, %s, 'Plaça Major, 1') RETURNING 1", refs[body], body)
        ask(connection, "INSERT INTO open311_update (principal, body_id, update_id, request_id, uid, status) VALUES (%s, %s, '1', %s, gen_random_uuid(), 'open') RETURNING 1",
            f"user:{body}", body, refs[body])
        ask(connection, "INSERT INTO notification_read SELECT %s, max(id), now() FROM notification RETURNING 1", f"user:{body}")
        connection.commit()
    scope(connection, staff=True, everything=True)
    ask(connection, "SELECT event_relay()")
    connection.commit()
    with connection.cursor() as cursor: # one integration of A's town, and one of everybody's
        cursor.execute("INSERT INTO api_client (client_id, name, secret_hash, scopes, all_bodies) VALUES ('all', 'All', sha256('x'), '{events:read}', true);"
                       "INSERT INTO api_client_body VALUES (1, 1);"
                       "INSERT INTO webhook (uid, client_id, url, types, payload, description, contact, language, position, created_at, updated_at) "
                       "SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, n, 'https://a.cat/', '{}', 'thin', '', 'a@b.cat', 'ca', 0, now(), now() "
                       "FROM generate_series(1, 2) n;"
                       "INSERT INTO webhook_secret (webhook_id, sealed, created_at) SELECT id, decode(repeat('00', 88), 'hex'), now() FROM webhook;"
                       "INSERT INTO webhook_notice (webhook_id, reason, since, at, wake) SELECT id, 'gone', now(), now(), now() FROM webhook")
    connection.commit()
    db.refs = refs
    return db


def run_a_while(connection, request):
    """Leaves of each kind of row one: a timer and a failed one, a clock, an effect, two notifications, a queued effect."""
    step_followed(connection, request, 3, outbox=[
        {"ordinal": 0, "kind": "notify", "payload": {"to": "applicant", "internal": False}},
        {"ordinal": 1, "kind": "notify", "payload": {"to": "head"}}, {"ordinal": 2, "kind": "document"}],
        timers=[{"timer": "late", "due": "2026-01-01T00:00Z"}, {"timer": "never", "due": "2026-01-01T00:00Z"}],
        clocks=[{"clock": "legal", "bodies": [1], "since": "2026-01-01T00:00Z", "due": "2026-02-01T00:00Z"}])
    assert ask(connection, "SELECT outbox_settle('{pay}', 10, now())") == 3
    assert ask(connection, "SELECT timer_failed(%s, 'never', 5, 'no', NULL, now())", request) is True
    step_followed(connection, request, 4, outbox=[{"ordinal": 0, "kind": "pay"}])


def act(connection, request):
    """An action with a row of each kind: two events, and versions."""
    action, _ = open_action(connection, request, units=[1], shares=[{"body": A, "points": 10000}],
                            milestones=[{"key": "works", "title": "Obres", "weight": 1}])
    assert isinstance(record(connection, request, action, "requested", 100), str)


def bodies_seen(connection, table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT body_id, count(*) FROM {table} GROUP BY 1")
        return dict(cursor.fetchall())


# What each actor sees: {table: {body: rows}}. A submitted request has 2 events, two comments' events, those of two steps, of an
# incident (which is internal, as a note is) and two of an action, a draft 1.
EXPECTED = {
    "nobody": (dict(), {"request": {}, "request_event": {}, "event_feed": {}, "comment": {}, "effect": {},
                      "incident": {}, "notification": {}, "outbox": {}, "open311_report": {}}),
    "people of A": (dict(bodies=(A,)), {"request": {A: 2}, "request_event": {A: 8}, "event_feed": {A: 8}, "comment": {A: 1},
                                            "effect": {}, "incident": {}, "notification": {A: 1}, "outbox": {}, "open311_report": {A: 1}}),
    "people of A and B": (dict(bodies=(A, B)), {"request": {A: 2, B: 2}, "request_event": {A: 8, B: 8}, "event_feed": {A: 8, B: 8},
                                                "comment": {A: 1, B: 1}, "notification": {A: 1, B: 1}, "open311_report": {A: 1, B: 1}}),
    "staff": (dict(staff=True), {"request": {A: 1, B: 1}, "request_event": {A: 9, B: 9}, "event_feed": {A: 9, B: 9},
                                 "comment": {A: 2, B: 2}, "effect": {A: 1, B: 1}, "incident": {A: 1, B: 1},
                                 "notification": {A: 1, B: 1}, "outbox": {}, "open311_report": {A: 1, B: 1}}),
    "the system": (dict(principal="system"), {"request": {}, "request_event": {}, "effect": {}, "incident": {}, "outbox": {A: 1, B: 1}}),
    "integration of all": (dict(everything=True), {"request": {A: 2, B: 2}, "request_event": {A: 8, B: 8}, "event_feed": {A: 8, B: 8},
                                                   "comment": {A: 1, B: 1}, "effect": {}, "incident": {}, "notification": {}, "outbox": {},
                                                   "open311_report": {A: 1, B: 1}}),
}


def findings(db):
    return [*hooks_wrongly(db), *clients_wrongly(db), *seen_wrongly(db), *touched_wrongly(db), *inserted_wrongly(db), *keys_wrongly(db), *processes_wrongly(db), *runtime_wrongly(db),
            *adhered_wrongly(db), *acted_wrongly(db), *stocked_wrongly(db)]


def seen_wrongly(db):
    app = db.connect("oam_app")
    for actor, (how, expected) in EXPECTED.items():
        scope(app, **how)
        for table, counts in expected.items():
            if (seen := bodies_seen(app, table)) != counts:
                yield f"{actor} in {table}: {seen} instead of {counts}"
        # The setting is '' after its transaction, which must be nobody and no cast error.
        app.rollback()
        if bodies_seen(app, "request"):
            yield f"after {actor}: rows without a scope"
        app.rollback()
    app.close()


def attempt(connection, statement, *values):
    """The value of a statement, or the SQLSTATE that refused it; nothing is kept."""
    try:
        return ask(connection, statement, *values)
    except psycopg2.Error as error:
        return error.pgcode
    finally:
        connection.rollback()


STEP = ("SELECT request_step(%s::bigint, 4, 'x', 'study', NULL, '{}', 'Consulta', '', 1, 1, 1, NULL, NULL, 'user:1', 'a', now(), "
        "'{request.transitioned}', ARRAY['{}'::jsonb], '{f}', NULL, NULL, NULL, NULL, NULL, NULL, false)")


def touched_wrongly(db):
    """Through the functions, as the app: a foreign request is not there."""
    app = db.connect("oam_app")
    scope(app, bodies=(A,))
    if attempt(app, "SELECT comment_add(%s, gen_random_uuid(), false, 'user:1', 'a', 'body', 'x', now())", db.refs[A]) is None:
        yield "A cannot comment on its own"
    scope(app, bodies=(A,))
    if attempt(app, "SELECT comment_add(%s, gen_random_uuid(), false, 'user:1', 'a', 'body', 'x', now())", db.refs[B]) is not None:
        yield "A comments on B's"
    scope(app, bodies=(A,))
    version = attempt(app, "SELECT version FROM request WHERE id = %s", db.refs[A])
    scope(app, bodies=(A,))
    if attempt(app, STEP.replace("4", str(version), 1), db.refs[A]) not in ("", None):
        yield "A cannot step its own"
    scope(app, bodies=(A,))
    if attempt(app, STEP.replace("4", str(version), 1), db.refs[B]) != "OA412":
        yield "A steps B's"
    scope(app, staff=True)
    if attempt(app, "SELECT comment_add(%s, gen_random_uuid(), true, 'user:1', 'a', 'provider', 'x', now())", db.refs[B, "draft"]) is not None:
        yield "staff comments on a draft"
    scope(app, bodies=(A,))
    if attempt(app, "SELECT comment_add(%s, gen_random_uuid(), true, 'user:1', 'a', 'provider', 'x', now())", db.refs[A]) != "42501":
        yield "A writes an internal note"
    app.close()


EVENT = ("INSERT INTO request_event (request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id, data, "
         "previous, digest) SELECT request_id, 99, 1, {body}, at, type, actor, actor_name, {internal}, draft, workflow_id, data, previous, "
         "event_digest(previous, request_id, 99, 1, {body}, at, type, actor, actor_name, {internal}, draft, workflow_id, data) FROM "
         "request_event WHERE body_id = {known} LIMIT 1")
REQUEST = ("INSERT INTO request (ref, body_id, comarca_code, service_id, unit_id, workflow_id, state, phase, version, seq, digest, title, "
           "channel, filed_by, created_by, created_at, updated_at, submitted_at) VALUES ('OAM-2026-999999', {body}, '07', 1, 1, 1, 'x', 'intake', "
           "1, 1, sha256('x'), 'Consulta', 'web', 'user:1', 'a', now(), now(), now())")
COMMENT = ("INSERT INTO comment (uid, request_id, body_id, internal, at, author, author_name, side, text) VALUES (gen_random_uuid(), {id}, "
           "{body}, {internal}, now(), 'user:1', 'a', 'provider', 'x')")
FEED = "INSERT INTO event_feed SELECT 9999, id, request_id, body_id, internal, draft FROM request_event WHERE seq = 99"


def inserted_wrongly(db):
    """Each table's own policy, without the functions: as their owner, who has every right but that."""
    owner = db.connect()
    with owner.cursor() as cursor:
        cursor.execute("SET ROLE oam_owner")
    owner.commit()
    for table in GUARDED:
        if attempt(owner, f"SELECT count(*) FROM {table}") != 0:
            yield f"the owner reads {table} without a scope"
    for name, statement in (("request", REQUEST), ("request_event", EVENT), ("comment", COMMENT)):
        for body, refused in ((A, False), (B, True)):
            scope(owner, bodies=(A,))
            got = attempt(owner, statement.format(body=body, known=A, id=db.refs[A], internal="false"))
            if (got == "42501") is not refused:
                yield f"A inserts a {name} of body {body}: {got}"
        if "{internal}" in statement:
            scope(owner, bodies=(A,))
            if attempt(owner, statement.format(body=A, known=A, id=db.refs[A], internal="true")) != "42501":
                yield f"A inserts an internal {name}"
    scope(owner, staff=True, everything=True)
    if attempt(owner, EVENT.format(body=A, known=A, internal="false") + ";" + FEED) != "42501":
        yield "the feed takes a row that the relay did not put there"
    scope(owner, staff=True, everything=True)
    if attempt(owner, "UPDATE event_feed SET position = position + 1000 WHERE position = 1 RETURNING 1") is not None:
        yield "the feed can be renumbered"
    owner.close()


def keys_wrongly(db):
    app = db.connect("oam_app")
    for principal, expected in (("user:1", ["user:1"]), ("user:2", ["user:2"]), ("user:3", []), ("", [])):
        scope(app, staff=True, everything=True, principal=principal)
        for table in ("idempotency_key", "notification_read", "address_change", "open311_update"):
            with app.cursor() as cursor:
                cursor.execute(f"SELECT principal FROM {table}")
                seen = [row[0] for row in cursor.fetchall()]
            if seen != expected:
                yield f"{principal!r} sees of {table} what is of {seen}"
        app.rollback()
    for reader, outcome in (("user:1", 1), ("user:2", "42501")):
        scope(app, bodies=(A,), principal="user:1")
        mark = "INSERT INTO notification_read SELECT %s, min(id), now() FROM notification RETURNING 1"
        if (got := attempt(app, mark, reader)) != outcome:
            yield f"user:1 marks for {reader}: {got}"
    scope(app, principal="user:1")
    if attempt(app, "INSERT INTO idempotency_key VALUES ('user:2', 'z', '/x', sha256('x'), 200, NULL, NULL, '', now())") != "42501":
        yield "a key is kept for another principal"
    for key, digest in (("", "sha256('x')"), ("k" * 256, "sha256('x')"), ("z", "'short'")):
        scope(app, principal="user:1")
        if attempt(app, f"INSERT INTO idempotency_key VALUES ('user:1', '{key}', '/x', {digest}, 200, NULL, NULL, '', now())") != "42501":
            yield f"a key is kept that is none: {key[:3]!r}, {digest}"
    scope(app, principal="user:1")
    if attempt(app, "DELETE FROM idempotency_key WHERE principal = 'user:2' RETURNING 1") is not None:
        yield "a key of another principal is deleted"
    scope(app, principal="user:3")
    if attempt(app, "SELECT idempotency_purge('infinity')") != 0:
        yield "the purge takes keys of today"
    owner = db.connect()
    ask(owner, "UPDATE oam.idempotency_key SET created_at = created_at - interval '25 hours'")
    owner.commit()
    if attempt(app, "SELECT idempotency_purge(now())") != 2:
        yield "the purge does not see all keys"
    app.close()


def runtime_wrongly(db):
    """Timers, clocks and what is to be counted anew are seen by the system only; the functions reach every row of the runtime."""
    app = db.connect("oam_app")
    for principal, expected in (("system", 2), ("user:1", 0), ("", 0)):
        for table in ("request_timer", "request_clock", "clock_recount"):
            scope(app, staff=True, everything=True, principal=principal)
            if (seen := attempt(app, f"SELECT count(*) FROM {table}")) != expected:
                yield f"{principal!r} sees {seen} rows of {table}"
    for role in ("oam_worker", "oam_portal"):
        other = db.connect(role)
        for table in RUNTIME:
            scope(other, staff=True, everything=True, principal="system")
            if attempt(other, f"SELECT count(*) FROM {table}") != "42501":
                yield f"{role} reads {table}"
        other.close()
    scope(app, staff=True, everything=True, principal="system")
    figures = "SELECT array[timers_due, outbox_queued, incidents_open] FROM runtime_figures(now())"
    if (seen := attempt(app, figures)) != [2, 2, 2]:
        yield f"the figures say {seen}"
    owner = db.connect()
    ask(owner, "SET ROLE oam_owner")
    for table in RUNTIME:
        if (seen := ask(owner, f"SELECT count(*) FROM oam.{table}")) not in (2, 4):
            yield f"the owner's functions see {seen} rows of {table}"
    owner.rollback()
    for table, statement in (("request_timer", "UPDATE request_timer SET wake = wake RETURNING 1"),
                             ("request_clock", "UPDATE request_clock SET due = due RETURNING 1"),
                             ("clock_recount", "UPDATE clock_recount SET revision = revision RETURNING 1"),
                             ("outbox", "DELETE FROM outbox RETURNING 1"), ("effect", "DELETE FROM effect RETURNING 1"),
                             ("notification", "UPDATE notification SET at = at RETURNING 1"), ("incident", "DELETE FROM incident RETURNING 1")):
        ask(owner, "SET ROLE oam_owner")
        if attempt(owner, statement) != 1:
            yield f"the owner's functions cannot write {table}"
        ask(owner, "RESET ROLE")
    scope(app, staff=True, everything=True, principal="system")
    step_followed(app, db.refs[A], 7, timers=[{"timer": "late", "due": "2026-01-01T00:00Z"}])
    if ask(app, "SELECT claimed FROM timer_claim(now(), '-infinity', 0, 10)") != 2:
        yield "the claim does not see what is due"
    app.close()


def processes_wrongly(db):
    """The relay and the verification see everything without a scope, and leave none behind."""
    app = db.connect("oam_app")
    if attempt(app, "SELECT count(*) FROM event_chain_faults()") != 0:
        yield "faults in sound chains"
    with app.cursor() as cursor:
        cursor.execute("SELECT * FROM event_chain_faults()")
        cursor.execute("SELECT event_relay()")
    if bodies_seen(app, "request") or bodies_seen(app, "event_feed"):
        yield "the worker's scope is left behind"
    app.rollback()
    scope(db.owner, staff=True, everything=True)
    late = file_request(db.owner, 777, B)
    db.owner.commit()
    ask(app, "SELECT event_relay()")
    app.commit()
    if ask(db.owner, "SELECT count(*) FROM event_feed WHERE request_id = %s", late) != 2:
        yield "the relay does not see a new request's events"
    # While an old transaction holds the horizon back, what is numbered already is looked at again, and not numbered twice.
    holder = db.connect()
    ask(holder, "SELECT pg_current_xact_id()")
    for number in (778, 779):
        scope(db.owner, staff=True, everything=True)
        file_request(db.owner, number, B)
        db.owner.commit()
        ask(app, "SELECT event_relay()")
        app.commit()
    holder.close()
    if ask(db.owner, "SELECT count(*) - max(position) FROM event_feed") != 0:
        yield "the feed has gaps"
    with db.owner.cursor() as cursor:
        cursor.execute("UPDATE request SET digest = sha256('tampered') WHERE id = %s", (late,))
    db.owner.commit()
    if attempt(app, "SELECT count(*) FROM event_chain_faults()") != 1:
        yield "the verification does not see a head that was changed"
    app.close()


JOIN = "SELECT request_join(%s, %s, %s::bigint[])"


def adhered_wrongly(db):
    """Who has adhered to a request of another body sees what that one sees of it, but for its time as a draft; who has not, nothing."""
    owner = db.connect()
    scope(owner, staff=True, everything=True, principal="system")
    joint = file_request(owner, 40, A)
    ask(owner, JOIN, "OAM-2026-000040", True, [B])
    for internal in (False, True):
        comment(owner, joint, internal=internal, text="Conjunta")
    ask(owner, STEP.replace("4", "3", 1), joint)
    draft = file_request(owner, 41, A, "draft")
    ask(owner, JOIN, "OAM-2026-000041", True, [B])
    owner.commit()
    scope(owner, staff=True, everything=True)
    step_followed(owner, joint, 4, outbox=[{"ordinal": 0, "kind": "notify", "payload": {"to": "applicant", "internal": False}},
                                           {"ordinal": 1, "kind": "notify", "payload": {"to": "head"}}])
    ask(owner, "SELECT outbox_settle('{pay}', 10, now())")
    owner.commit()
    ask(owner, "SELECT event_relay()")
    owner.commit()
    app = db.connect("oam_app")
    counts = ("SELECT array[(SELECT count(*) FROM request WHERE id = %(id)s), (SELECT count(*) FROM request_event WHERE request_id = %(id)s), "
              "(SELECT count(*) FROM event_feed WHERE request_id = %(id)s), (SELECT count(*) FROM comment WHERE request_id = %(id)s), "
              "(SELECT count(*) FROM notification WHERE request_id = %(id)s), (SELECT count(*) FROM request_body WHERE request_id = %(id)s)]")

    def seen(request, **how):
        scope(app, **how)
        with app.cursor() as cursor:
            cursor.execute(counts, {"id": request})
            row = cursor.fetchone()[0]
        app.rollback()
        return row

    public, nothing = [1, 5, 5, 1, 1], [0] * 6
    for who, request, how, expected in (
            ("who leads", joint, dict(bodies=(A,)), [*public, 0]), ("who adhered", joint, dict(bodies=(B,)), [*public, 1]),
            ("a third", joint, dict(bodies=(3,)), nothing), ("nobody", joint, {}, nothing),
            ("staff", joint, dict(staff=True), [1, 6, 6, 2, 1, 1]), ("who was named in a draft", draft, dict(bodies=(B,)), [0, 0, 0, 0, 0, 1])):
        if (found := seen(request, **how)) != expected:
            yield f"{who} sees {found} instead of {expected}"
    step = STEP.replace("4", "5", 1)
    for who, body, expected in (("who adhered", B, ("", None)), ("a third", 3, ("OA412",))):
        scope(app, bodies=(body,))
        if (found := attempt(app, step, joint)) not in expected:
            yield f"{who} steps with {found!r}"
    scope(app, bodies=(B,))
    if attempt(app, "SELECT comment_add(%s, gen_random_uuid(), true, 'user:1', 'a', 'provider', 'x', now())", joint) != "42501":
        yield "who adhered writes an internal note"
    scope(app, bodies=(B,))
    if attempt(app, "SELECT comment_add(%s, gen_random_uuid(), false, 'user:1', 'a', 'body', 'x', now())", joint) is None:
        yield "who adhered cannot comment"
    # Without an event of the same transaction nobody is let in, by whomever it is asked.
    for how in (dict(bodies=(A,)), dict(bodies=(B,)), dict(staff=True, everything=True)):
        scope(app, **how)
        if attempt(app, JOIN, "OAM-2026-000040", True, [B, 3]) != "OA412":
            yield f"somebody is let in without an event: {how}"
    scope(app, staff=True)
    for statement in ("INSERT INTO request_body VALUES (%s, 3)", "DELETE FROM request_body WHERE request_id = %s"):
        if attempt(app, statement, joint) != "42501":
            yield f"the app writes by itself: {statement}"
    # Who leaves with a step of their own is gone with it.
    scope(app, bodies=(B,))
    ask(app, step, joint)
    ask(app, JOIN, "OAM-2026-000040", True, [])
    app.commit()
    if (found := seen(joint, bodies=(B,))) != nothing:
        yield f"who left sees {found}"
    for role in ("oam_worker", "oam_portal"):
        other = db.connect(role)
        if attempt(other, "SELECT count(*) FROM request_body") != "42501":
            yield f"{role} reads who takes part"
        other.close()
    ask(owner, "SET ROLE oam_owner")
    if attempt(owner, "SELECT count(*) FROM oam.request_body") != 1:
        yield "the owner's functions do not see who takes part"
    app.close()


# A row more of each kind of the action of a request, as the owner's functions write it; {action} is its id.
ROWS = {
    "action": "INSERT INTO action (uid, request_id, kind, title, unit_id, opened_at) SELECT gen_random_uuid(), {request}, 'grant', 'Una altra', 1, now() RETURNING 1",
    "action_unit": "INSERT INTO action_unit VALUES ({action}, 2) RETURNING 1",
    "action_share": "INSERT INTO action_share VALUES ({action}, 2, 2, 1) RETURNING 1",
    "milestone": "INSERT INTO milestone VALUES ({action}, 2, 'more', 'Més', 1) RETURNING 1",
    "amount": "INSERT INTO amount (uid, action_id, ordinal, kind, year, value, on_day, recorded_by, recorded_name, recorded_at) "
              "VALUES (gen_random_uuid(), {action}, 2, 'granted', 2026, 1, '2026-01-01', 'user:1', 'a', now()) RETURNING 1",
}
CHANGES = {"action": "UPDATE action SET title = title WHERE id = {action} RETURNING 1", "milestone": "UPDATE milestone SET weight = 2 WHERE action_id = {action} RETURNING 1",
           "action_unit": "DELETE FROM action_unit WHERE action_id = {action} RETURNING 1",
           "action_share": "DELETE FROM action_share WHERE action_id = {action} RETURNING 1"}


def acted_wrongly(db):
    """Actions, milestones and money are seen by whom their request is, and kept by the provider alone."""
    app, owner = db.connect("oam_app"), db.connect()
    scope(owner, staff=True, everything=True)
    ask(owner, "INSERT INTO unit (code, name) VALUES ('obr', '{\"ca\": \"x\", \"es\": \"x\", \"en\": \"x\"}')")
    joint = file_request(owner, 50, A)
    ask(owner, JOIN, "OAM-2026-000050", True, [B])
    act(owner, joint)
    owner.commit()
    of = {request: ask(owner, "SELECT id FROM action WHERE request_id = %s", request) for request in (db.refs[A], db.refs[B], joint)}
    for who, how, seen in (("nobody", {}, ()), ("a third", dict(bodies=(3,)), ()), ("A", dict(bodies=(A,)), (db.refs[A], joint)),
                           ("B", dict(bodies=(B,)), (db.refs[B], joint)), ("staff", dict(staff=True), tuple(of)), ("all", dict(everything=True), tuple(of))):
        for table in ACTIONS:
            scope(app, **how)
            column = "id" if table == "action" else "action_id"
            if (got := attempt(app, f"SELECT coalesce(array_agg({column} ORDER BY {column}), '{{}}') FROM {table}")) != sorted(of[r] for r in seen):
                yield f"{who} sees of {table} what is of {got}"
    ask(owner, "SET ROLE oam_owner")
    owner.commit()
    for table, statement in (*ROWS.items(), *CHANGES.items()):
        for how, expected in ((dict(staff=True), (1,)), (dict(everything=True), (1,)), (dict(bodies=(A,)), ("42501", None)), ({}, ("42501", None))):
            scope(owner, **how)
            if (got := attempt(owner, statement.format(request=db.refs[A], action=of[db.refs[A]]))) not in expected:
                yield f"{how} writes {table}: {got}"
    for door in ("action_open(%s, gen_random_uuid(), '{}', {who})", "action_change(%s, gen_random_uuid(), '{}', {who})",
                 "milestone_set(%s, gen_random_uuid(), 'works', true, '{}', {who})",
                 "amount_record(%s, gen_random_uuid(), gen_random_uuid(), 'paid', 2026, 1, '2026-01-01', NULL, NULL, NULL, {who})"):
        call = "SELECT version FROM " + door.replace("{who}", "'user:1', 'a', now()")
        for how, request, expected in ((dict(bodies=(A,)), db.refs[A], "42501"), (dict(bodies=(A,)), db.refs[B], "OA412"), ({}, db.refs[A], "OA412")):
            scope(app, **how)
            if (got := attempt(app, call, request)) != expected:
                yield f"{how} at the door {door.split('(')[0]}: {got}"
    for role in ("oam_worker", "oam_portal"):
        other = db.connect(role)
        for table in ACTIONS:
            if attempt(other, f"SELECT count(*) FROM {table}") != "42501":
                yield f"{role} reads {table}"
        other.close()
    app.close()
    owner.close()


def stocked_wrongly(db):
    """A hold is seen by whom its request is, what came and went by the provider; what is free by everybody, and of nobody."""
    app, owner = db.connect("oam_app"), db.connect()
    scope(owner, staff=True, everything=True)
    item(owner, "tables", quantity=10)
    of = {}
    for number, body in ((60, A), (61, B)):
        request = file_request(owner, number, body)
        action, _ = open_action(owner, request, kind="material_loan")
        reserve(owner, request, action, 4, 0, 5, code="tables")
        move(owner, request, action, 1, "hand_over")
        move(owner, request, action, 1, "return", quantity=1, lost=1)
        of[body] = request, action
    owner.commit()
    for who, how, holds, movements in (("nobody", {}, 0, 0), ("A", dict(bodies=(A,)), 1, 0), ("a third", dict(bodies=(3,)), 0, 0),
                                       ("both", dict(bodies=(A, B)), 2, 0), ("staff", dict(staff=True), 2, 3), ("all", dict(everything=True), 2, 3)):
        scope(app, **how)
        if (got := ask(app, "SELECT array[(SELECT count(*) FROM stock_hold), (SELECT count(*) FROM stock_movement)]")) != [holds, movements]:
            yield f"{who} sees holds and movements {got}"
        if (got := ask(app, "SELECT stock_availability('tables', '2026-05-11', '2026-05-12', 1, '2026-05-10') -> 'free'")) != 4:
            yield f"{who} is told that {got} are free"
        app.rollback()
    who = "'user:1', 'a', now())"
    for door in (f"stock_move('tables', 'received', 1, '2026-01-01', 'x', {who}", "stock_item_change('tables', 1, '{}', 'ca', now())",
                 f"stock_reserve({of[A][0]}, '{of[A][1]}', '{{}}', {who}", f"stock_hold_move({of[A][0]}, '{of[A][1]}', 1, 'return', '{{}}', {who}"):
        scope(app, bodies=(A,))
        if (got := attempt(app, f"SELECT version FROM {door}")) != "42501":
            yield f"a town at the door {door.split('(')[0]}: {got}"
    scope(app, bodies=(A,))
    if (got := attempt(app, "SELECT stock_item_add('{}', 'ca', now())")) != "42501":
        yield f"a town adds an item: {got}"
    scope(app, staff=True)
    if (got := attempt(app, f"SELECT version FROM stock_hold_move({of[B][0]}, '{of[A][1]}', 1, 'return', '{{}}', {who}")) is not None:
        yield f"the hold of one request through another: {got}"
    for role in ("oam_worker", "oam_portal"):
        other = db.connect(role)
        for table in ("stock_item", "stock_hold", "stock_movement"):
            if attempt(other, f"SELECT count(*) FROM {table}") != "42501":
                yield f"{role} reads {table}"
        other.close()
    app.close()
    owner.close()


HOOK = "00000000-0000-0000-0000-00000000000%s"


CLIENT_ACTS = {"made": "SELECT client_create('more', 'More', sha256('x'), '{events:read}', true, '{}', 'x', 99, now()) = 'made'",
               "changed": "SELECT client_change('all', 1, NULL, '{requests:write}', true, NULL, NULL, 'x', now()) IS NOT NULL",
               "rotated": "SELECT client_rotate('all', 1, sha256('y'), now(), 'x', now()) IS NOT NULL", "revoked": "SELECT client_revoke('all', 1, 'x', now()) IS NOT NULL"}


def clients_wrongly(db):
    """Before there is a scope everybody is looked up; then an integration sees itself and staff all, who alone change any."""
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT client_note(id, 'created', 'admin', now()) FROM api_client")
    db.owner.commit()
    app = db.connect("oam_app")
    for who, how, seen, acts in (("nobody yet", dict(principal=""), [2, 0], False), ("staff", dict(staff=True, principal="user:9"), [2, 2], True),
                                 ("people of A", dict(bodies=(A,), principal="user:1"), [0, 0], False), ("its own", dict(bodies=(A,), principal="client:1"), [1, 0], False),
                                 ("one of everybody's", dict(everything=True, principal="client:2"), [1, 0], False)):
        scope(app, **how)
        if (got := attempt(app, "SELECT array[(SELECT count(*) FROM api_client), (SELECT count(*) FROM api_client_change)]")) != seen:
            yield f"{who} sees {got} clients and changes of them"
        for act, statement in CLIENT_ACTS.items():
            scope(app, **how)
            if bool(attempt(app, statement)) is not acts:
                yield f"a client is {act} by {who}, or not by staff"
    app.close()
    owner = db.connect()
    with owner.cursor() as cursor:
        cursor.execute("SET ROLE oam_owner")
    owner.commit()
    if attempt(owner, "SELECT count(*) FROM api_client_change") != 2:
        yield "a migration does not see what was done to clients"
    owner.close()


def hooks_wrongly(db):
    """Webhooks are their integration's and staff's, and carry what that integration reads: nothing of notes, nor of other towns."""
    app = db.connect("oam_app")
    scope(app, staff=True, everything=True, principal="system")
    if ask(app, "SELECT webhook_collect(100, 100)") != 2:
        yield "the sender does not see every webhook"
    if ask(app, "SELECT current_setting('oam.principal')") != "system" or not ask(app, "SELECT scope_staff()"):
        yield "an integration's scope is left behind"
    counts = "SELECT array_agg(n ORDER BY webhook_id) FROM (SELECT webhook_id, count(*) AS n FROM webhook_delivery GROUP BY 1) AS sent"
    if (sent := ask(app, counts)) != [8, 16]:
        yield f"webhooks carry {sent} events"
    claimed = "SELECT array_agg(DISTINCT coalesce(length(secrets), 0)) || array_agg(DISTINCT (ref IS NULL)::int) FROM webhook_claim(50, 50, interval '1 min')"
    if (told := ask(app, claimed)) != [176, 0]:
        yield f"the sender is told {told}"
    if (due := ask(app, "SELECT count(*) FROM webhook_notice_claim(9, interval '1 min')")) != 2:
        yield f"{due} letters are due"
    app.commit()
    for who, how, expected in (("its own", dict(principal="client:1"), [1, 8]), ("staff", dict(staff=True), [2, 24]), ("nobody", {"principal": ""}, [0, 0]),
                               ("people of A", dict(bodies=(A,)), [0, 0]), ("another", dict(principal="client:11", everything=True), [0, 0])):
        scope(app, **how)
        if (seen := attempt(app, "SELECT array[(SELECT count(*) FROM webhook), (SELECT count(*) FROM webhook_delivery)]")) != expected:
            yield f"{who} sees {seen} webhooks and deliveries"
    for verb, refused in (("SELECT webhook_ping(%s, now())", None), ("SELECT webhook_rotate(%s, decode(repeat('00', 88), 'hex'), now(), now())", None),
                          ("SELECT webhook_redeliver(%s, NULL, 0, NULL, NULL, NULL, false, 9)", None),
                          ("SELECT queued FROM webhook_send_again(%s, NULL, 0, NULL, NULL, NULL, false, 9, 9)", None), ("SELECT webhook_remove(%s, 1)", False),
                          ("SELECT webhook_change(%s, 1, 'https://a.cat/', '{}', 'thin', '', NULL, 'ca', 'paused', now())", False)):
        for own in (1, 2):
            scope(app, principal="client:1")
            got = attempt(app, verb, HOOK % own)
            if (got == refused) is not (own == 2) or str(got).startswith("42"):
                yield f"{verb} of {own}: {got}"
    for client, expected in ((1, True), (2, False)):
        scope(app, principal="client:1")
        made = "SELECT webhook_create(gen_random_uuid(), %s, 'https://a.cat/', '{}', 'thin', '', NULL, 'ca', decode(repeat('00', 88), 'hex'), 9, now())"
        if attempt(app, made, client) is not expected:
            yield f"client 1 makes a webhook for {client}"
    for table in ("webhook_secret", "webhook_notice"):
        scope(app, staff=True, everything=True, principal="system")
        if attempt(app, f"SELECT count(*) FROM {table}") != "42501":
            yield f"the app reads {table}"
    app.close()


def test_tenancy__holds(two_towns):
    assert list(findings(two_towns)) == []


def mutants(connection):
    """(name, statement) of each single way to weaken the guard."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE schemaname = 'oam' ORDER BY 1, 2")
        for table, policy, qual, check in cursor.fetchall():
            yield f"drop {policy}", f"DROP POLICY {policy} ON {table}"
            if qual and qual != "true":
                yield f"open {policy}", f"ALTER POLICY {policy} ON {table} USING (true)"
            if qual:
                yield f"shut {policy}", f"ALTER POLICY {policy} ON {table} USING (false)"
            if check and check != "true":
                yield f"open check of {policy}", f"ALTER POLICY {policy} ON {table} WITH CHECK (true)"
    for table in GUARDED:
        yield f"no guard on {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
        yield f"owner passes {table}", f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"
    for table in RUNTIME + JOINT + HOOKS + STOCK:
        yield f"no guard on {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
    yield "everything is joint", "CREATE OR REPLACE FUNCTION scope_joint() RETURNS bigint[] LANGUAGE sql STABLE AS $$ SELECT array_agg(n::bigint) FROM generate_series(1, 99) n $$"
    yield "nothing is joint", "CREATE OR REPLACE FUNCTION scope_joint() RETURNS bigint[] LANGUAGE sql STABLE AS $$ SELECT '{}'::bigint[] $$"
    for function in ("staff", "all"):
        yield f"scope_{function} is always true", f"CREATE OR REPLACE FUNCTION scope_{function}() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true'"
    yield "everybody's bodies", "CREATE OR REPLACE FUNCTION scope_bodies() RETURNS bigint[] LANGUAGE sql STABLE AS $$ SELECT '{1,2}'::bigint[] $$"
    yield "one principal for all", "CREATE OR REPLACE FUNCTION scope_principal() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'user:2' $$"


def noticed(db, number, statement):
    """What a clone with one guard taken away is found to do wrong first; None when nobody notices."""
    clone = f"{db.name}_{number}"
    administer(f"CREATE DATABASE {clone} TEMPLATE {db.name} STRATEGY file_copy")
    mutant = Database(clone)
    try:
        mutant.refs = db.refs
        with mutant.owner.cursor() as cursor:
            cursor.execute(statement)
        mutant.owner.commit()
        return next(iter(findings(mutant)), None)
    except psycopg2.Error as error: # a mutant may as well break everything
        return str(error)
    finally:
        mutant.close()


def test_tenancy__every_mutant_is_noticed(two_towns):
    db = two_towns
    source = list(mutants(db.owner))
    assert len(source) > 30
    for connection in db.connections:
        connection.close()
    # The work is the database's: several at a time.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda each: noticed(db, each[0], each[1][1]), enumerate(source)))
    assert [name for (name, _), what in zip(source, found, strict=True) if not what] == []
