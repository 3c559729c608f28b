"""Many steps in one call leave what each of them leaves alone: the same stories, told both ways, end in the same rows."""
import json
import random

import psycopg2
import pytest

from conftest import ask, file_request, scope

REQUESTS, ROUNDS, STORIES = 12, 6, 5
PAST, FUTURE = "2026-01-01T00:00:00.123Z", "2100-01-01T00:00Z"
# What differs between two tellings is left out: when exactly a row was written, in which transaction, under which number.
TABLES = {
    "request": "id, state, phase, outcome, version, seq, digest, data, assignee_id, submitted_at, updated_at, closed_at, engine, due_at, due",
    "request_event": "request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id, data, previous, digest",
    "request_timer": "request_id, timer, generation, due, wake, tries, last_error, since",
    "request_clock": "request_id, clock, bodies, since, due, revision",
    "clock_recount": "request_id, revision",
    "outbox": "request_id, body_id, seq, ordinal, kind, payload, undo, created_at",
    "agent_load": "agent_id, open_requests, open_hours",
    "referent": "body_id, area_code, agent_id, at",
}


def system(connection):
    scope(connection, staff=True, everything=True, principal="system")


def part(draw, name, keys, made):
    """Some of them set, some cancelled; now and then one twice, where the last word counts."""
    items = []
    for key in draw.choices(keys, k=draw.randrange(1, 4)):
        items.append({name: key} if draw.random() < 0.4 else {name: key, "calendar": draw.choice((0, 1)), **made()})
    return items


def told(draw, request, version):
    """One step as timer.c writes it."""
    over = draw.random() < 0.12
    step = {"id": request, "version": version, "state": "closed" if over else draw.choice(("in_progress", "waiting")),
            "phase": "end" if over else draw.choice(("study", "waiting")), "outcome": "completed" if over else None,
            "data": {"n": draw.randrange(9)}, "type": "request.transitioned", "event": {"event": "late", "n": draw.randrange(9)}, "draft": False,
            "engine": draw.choice((None, "\\x0102ff"))}
    if step["engine"] and draw.random() < 0.5:
        step["due_us"], step["due"] = 4102444800123456, {"clock": "legal"}
    if draw.random() < 0.7:
        step["timers"] = part(draw, "timer", ("a", "b", "c"),
                              lambda: {"due": draw.choice((PAST, FUTURE)), **({"since": PAST} if draw.random() < 0.5 else {})})
    if draw.random() < 0.4:
        step["clocks"] = part(draw, "clock", ("legal", "reply"), lambda: {"bodies": [1, 2], "since": PAST, "due": FUTURE})
    if draw.random() < 0.4:
        step["outbox"] = [{"ordinal": i, "kind": draw.choice(("notify", "pay")), **({"payload": {"i": i}} if i else {}),
                           **({"undo": "claw"} if draw.random() < 0.3 else {})} for i in range(draw.randrange(1, 3))]
    return step


ALONE = """
SELECT request_step(%(id)s, %(version)s, %(state)s, %(phase)s, %(outcome)s, %(data)s::jsonb, r.title, r.description, r.service_id, r.unit_id,
    r.workflow_id, r.assignee_id, r.register_number, 'system', 'system', %(now)s, ARRAY[%(type)s], ARRAY[%(event)s::jsonb], ARRAY[%(draft)s],
    %(engine)s::bytea, timestamptz 'epoch' + %(due_us)s * interval '1 microsecond', %(due)s::jsonb, %(timers)s::jsonb, %(clocks)s::jsonb,
    %(outbox)s::jsonb, false)
FROM request r WHERE r.id = %(id)s"""


def alone(connection, steps, now):
    for step in steps:
        values = dict.fromkeys(("due_us", "due", "timers", "clocks", "outbox")) | step | {"now": now}
        with connection.cursor() as cursor:
            cursor.execute(ALONE, {name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in values.items()})


def together(connection, steps, now):
    ask(connection, "SELECT request_steps(%s::jsonb, 'system', 'system', %s)", json.dumps(steps), now)


def story(connection, seed, tell):
    """Files some requests, lets all of them step a few times, and reads back what is there; nothing is kept."""
    draw = random.Random(seed)
    system(connection)
    versions = {file_request(connection, number, draw.choice((1, 2)), assignee=draw.choice((None, 1, 2, 3))): 2
                for number in range(1, REQUESTS + 1)}
    for turn in range(ROUNDS):
        steps = [told(draw, request, version) for request, version in versions.items() if draw.random() < 0.8]
        tell(connection, steps, f"2026-11-22T10:{turn:02}:00.654321Z")
        versions = {request: version + any(step["id"] == request for step in steps) for request, version in versions.items()
                    if not any(step["id"] == request and step["phase"] == "end" for step in steps)}
    left = {}
    with connection.cursor() as cursor:
        for table, columns in TABLES.items():
            cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}")
            left[table] = [tuple(bytes(value) if isinstance(value, memoryview) else value for value in row) for row in cursor.fetchall()]
        cursor.execute("SELECT count(*) FROM event_chain_faults()")
        left["faults"] = cursor.fetchone()
    return left


@pytest.mark.parametrize("seed", range(STORIES))
def test_steps_together__leave_what_each_leaves_alone(db, seed):
    connection = db.owner
    # In one transaction, which has one now(), and with the ids of the first telling: the digests are over both.
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT begin")
        ones = story(connection, seed, alone)
        cursor.execute("ROLLBACK TO begin")
        cursor.execute("SELECT setval('request_id_seq', %s, false)", (ones["request"][0][0],))
        many = story(connection, seed, together)
    assert ones["faults"] == many["faults"] == (0,)
    for table in TABLES:
        assert many[table] == ones[table], table
    assert all(ones[table] for table in TABLES if table != "referent")


def test_steps_together__are_all_or_none(db):
    connection = db.owner
    system(connection)
    ids = [file_request(connection, number) for number in range(1, 4)]
    connection.commit()
    draw = random.Random(1)
    steps = [told(draw, request, 2) for request in ids]
    steps[1]["version"] = 7
    system(connection)
    with pytest.raises(psycopg2.Error) as refusal:
        together(connection, steps, "2026-11-22T10:00Z")
    assert refusal.value.pgcode == "OA412"
    connection.rollback()
    assert ask(connection, "SELECT count(*) FROM request_event WHERE version > 2") == 0


def test_steps_together__of_another_body_are_not_there(db):
    connection = db.owner
    system(connection)
    request = file_request(connection, 1, 2)
    connection.commit()
    app = db.connect("oam_app")
    scope(app, bodies=(1,))
    with pytest.raises(psycopg2.Error) as refusal:
        together(app, [told(random.Random(2), request, 2)], "2026-11-22T10:00Z")
    assert refusal.value.pgcode == "OA412"
