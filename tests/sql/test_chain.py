"""The events' hash chain: whatever somebody with all rights does to the rows, the verification names it."""
import random

import psycopg2
import pytest

from conftest import ask, comment, file_request, scope, step_request

TAMPERINGS = 300


@pytest.fixture
def histories(db):
    """Twenty requests with histories of two to a dozen events; the trigger that ties a digest to its row is gone, as an
    attacker with DDL would do first."""
    draw = random.Random(20261122)
    connection = db.owner
    scope(connection, staff=True, everything=True)
    for number in range(1, 21):
        request = file_request(connection, number, draw.choice((1, 2)))
        version = 2
        for _ in range(draw.randrange(0, 10)):
            if draw.random() < 0.4:
                step_request(connection, request, version)
                version += 1
            else:
                internal = draw.random() < 0.5
                comment(connection, request, internal, f"text {draw.random()}")
                version += not internal
    connection.commit()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER request_event_whole ON request_event")
    connection.commit()
    return db


RECOMPUTED = "event_digest(previous, request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id, data)"
EDITS = ("at = at - interval '1 microsecond'", "type = 'request.edited'", "actor = 'user:666'", "actor_name = 'somebody'",
         "internal = NOT internal", "draft = NOT draft", "data = data || '{\"x\": 1}'", "body_id = body_id + 1",
         "version = CASE WHEN seq > 1 AND version > 1 THEN version - 1 ELSE version + 0 END, actor = 'user:0'",
         "workflow_id = workflow_id + 1", "previous = sha256('x')", "digest = sha256('x')")


def tamper(connection, draw):
    """One tampering at a random event; returns what was done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, request_id, seq, (SELECT max(seq) FROM request_event l WHERE l.request_id = e.request_id) "
                       "FROM request_event e ORDER BY id")
        event, request, seq, last = draw.choice(cursor.fetchall())
        kind = draw.choice(("edit", "edit and recompute", "delete", "cut the tail", "swap", "insert", "recompute to the end"))
        if kind == "edit":
            cursor.execute(f"UPDATE request_event SET {draw.choice(EDITS)} WHERE id = %s", (event,))
        elif kind == "edit and recompute":
            cursor.execute("UPDATE request_event SET actor = 'user:666' WHERE id = %s", (event,))
            cursor.execute(f"UPDATE request_event SET digest = {RECOMPUTED} WHERE id = %s", (event,))
        elif kind == "delete":
            cursor.execute("DELETE FROM request_event WHERE id = %s", (event,))
        elif kind == "cut the tail":
            cursor.execute("DELETE FROM request_event WHERE request_id = %s AND seq >= %s", (request, max(seq, 2)))
        elif kind == "swap":
            other = draw.choice([place for place in range(1, last + 1) if place != seq])
            cursor.execute("UPDATE request_event SET seq = 1000 WHERE request_id = %s AND seq = %s", (request, seq))
            cursor.execute("UPDATE request_event SET seq = %s, version = least(version, %s) WHERE request_id = %s AND seq = %s",
                           (seq, seq, request, other))
            cursor.execute("UPDATE request_event SET seq = %s, version = least(version, %s) WHERE request_id = %s AND seq = 1000",
                           (other, other, request))
        elif kind == "insert":
            cursor.execute(f"""INSERT INTO request_event (request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft,
                workflow_id, data, previous, digest) SELECT request_id, %s, version, body_id, at, 'request.granted', actor, actor_name,
                internal, draft, workflow_id, data, digest, event_digest(digest, request_id, %s, version, body_id, at, 'request.granted',
                actor, actor_name, internal, draft, workflow_id, data) FROM request_event WHERE request_id = %s AND seq = %s""",
                           (last + 1, last + 1, request, last))
        else: # the whole chain behind the edit is made to fit, but for the head that the request keeps
            cursor.execute("UPDATE request_event SET actor = 'user:666' WHERE id = %s", (event,))
            for place in range(seq, last + 1):
                cursor.execute(f"UPDATE request_event SET digest = {RECOMPUTED} WHERE request_id = %s AND seq = %s", (request, place))
                cursor.execute("UPDATE request_event SET previous = (SELECT digest FROM request_event WHERE request_id = %s AND seq = %s) "
                               "WHERE request_id = %s AND seq = %s", (request, place, request, place + 1))
    return f"{kind} at {request}/{seq}", request


def test_chain__is_sound_before(histories):
    assert ask(histories.owner, "SELECT count(*) FROM event_chain_faults()") == 0


def test_chain__tells_every_tampering(histories):
    draw = random.Random(4711)
    connection = histories.owner
    kinds = set()
    for _ in range(TAMPERINGS):
        what, request = tamper(connection, draw)
        kinds.add(what.split(" at ")[0])
        with connection.cursor() as cursor:
            cursor.execute("SELECT request_id FROM event_chain_faults()")
            assert {row[0] for row in cursor.fetchall()} == {request}, what
        connection.rollback()
    assert len(kinds) == 7


def test_chain__digest_is_tied_to_its_row(db):
    scope(db.owner, staff=True, everything=True)
    file_request(db.owner, 1)
    with pytest.raises(psycopg2.errors.CheckViolation):
        ask(db.owner, "UPDATE request_event SET actor = 'user:666'")


@pytest.mark.parametrize("types, events", [("{request.Granted}", ["{}"]), ("{granted}", ["{}"]), ("{request.granted}", ["[]"]),
                                          ("{request.granted}", ["3"])])
def test_chain__takes_only_what_is_an_event(db, types, events):
    """By either of the doors that write events."""
    scope(db.owner, staff=True, everything=True)
    request = file_request(db.owner, 1)
    db.owner.commit()
    for door in ("event_append(r.id, r.body_id, r.workflow_id, r.seq, r.version, r.digest, now(), %s, %s::jsonb[], 'user:1', 'x', false, '{f}')",
                 "request_steps(jsonb_build_array(jsonb_build_object('id', r.id, 'version', r.version, 'state', r.state, 'phase', r.phase, "
                 "'data', r.data, 'type', (%s::text[])[1], 'event', (%s::jsonb[])[1], 'draft', false)), 'system', 'system', now())"):
        scope(db.owner, staff=True, everything=True)
        with pytest.raises(psycopg2.errors.CheckViolation) as refusal:
            ask(db.owner, f"SELECT {door} FROM request r WHERE r.id = %s", types, events, request)
        assert refusal.value.diag.constraint_name == "request_event_whole"
        db.owner.rollback()


def test_request__stays(db):
    scope(db.owner, staff=True, everything=True)
    file_request(db.owner, 1)
    for statement in ("DELETE FROM request", "TRUNCATE request CASCADE"):
        with pytest.raises(psycopg2.errors.RestrictViolation), db.owner.cursor() as cursor:
            cursor.execute(statement)
        db.owner.rollback()


def test_verification__is_quick_enough(histories):
    """10^6 events in 10 s is 100 events in 1 ms; here with a margin for a machine that is busy."""
    import time
    connection = histories.owner
    scope(connection, staff=True, everything=True)
    for number in range(1000, 1500):
        request = file_request(connection, number)
        step_request(connection, request, 2, events=8)
    connection.commit()
    began = time.monotonic()
    assert ask(connection, "SELECT count(*) FROM event_chain_faults()") == 0
    took = time.monotonic() - began
    events = ask(connection, "SELECT count(*) FROM request_event")
    assert took < max(events * 5e-5, 1), f"{events} events in {took:.3f} s"
