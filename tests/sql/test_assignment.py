"""Who takes a request, as the database keeps it: loads in hours and turns, referents, delegates that never come round, absences."""
import datetime
import itertools
import random
import threading

import psycopg2
import psycopg2.errors
import pytest

from conftest import ask, file_request, scope, step_request
from test_races import at_once, loads_are_exact

TODAY = datetime.date(2026, 11, 22)
DAY = datetime.timedelta(days=1)


def hours_are_exact(db):
    return ask(db.owner, """SELECT count(*) FROM agent_load l WHERE open_hours <> (SELECT coalesce(sum(effort_hours), 0)
        FROM request r WHERE r.assignee_id = l.agent_id AND r.closed_at IS NULL)""") == 0


def set_data(connection, request, data, closed=False, assignee=None):
    """A step that leaves `data`, at whatever version the request is."""
    version = ask(connection, "SELECT version FROM request WHERE id = %s", request)
    ask(connection, """SELECT request_step(%s::bigint, %s, 'in_progress', %s::text, %s::text, %s::jsonb, 'Consulta', '', 1::bigint,
        1::bigint, 1::bigint, %s::bigint, NULL::text, 'user:1', 'agent.1', now(), '{request.transitioned}'::text[], '{"{}"}'::jsonb[],
        '{f}'::boolean[], NULL, NULL, NULL, NULL, NULL, NULL, false)""", request, version, "end" if closed else "study", "completed" if closed else None, data, assignee)


# ---- what a request weighs

@pytest.mark.parametrize("data, hours", [
    ('{}', 3), ('{"estimated_hours": 40}', 40), ('{"estimated_hours": 0}', 0), ('{"estimated_hours": "40"}', 3),
    ('{"estimated_hours": 4.5}', 3), ('{"estimated_hours": -4}', 3), ('{"estimated_hours": 1000000}', 3), ('{"estimated_hours": null}', 3)])
def test_effort__is_what_was_estimated_or_else_the_services(db, data, hours):
    scope(db.owner, staff=True)
    ask(db.owner, "UPDATE service SET effort_hours = 3")
    request = file_request(db.owner, 1, assignee=2)
    assert ask(db.owner, "SELECT effort_hours FROM request") == 3
    set_data(db.owner, request, data, assignee=2)
    assert ask(db.owner, "SELECT effort_hours FROM request") == hours
    assert ask(db.owner, "SELECT open_hours FROM agent_load WHERE agent_id = 2") == hours
    set_data(db.owner, request, data, assignee=2, closed=True)
    assert ask(db.owner, "SELECT sum(open_hours) FROM agent_load") == 0


def test_hours_and_counts__stay_exact_through_whatever_happens_at_once(db):
    def work(connection, i):
        luck = random.Random(i)
        for turn in range(8):
            scope(connection, staff=True)
            request = file_request(connection, 1000 * (i + 1) + turn, assignee=luck.choice([None, 1, 2, 3, 4]))
            connection.commit()
            for _ in range(4):
                scope(connection, staff=True)
                set_data(connection, request, f'{{"estimated_hours": {luck.randrange(50)}}}', luck.random() < 0.3,
                         luck.choice([None, 1, 2, 3, 4]))
                (connection.rollback if luck.random() < 0.1 else connection.commit)()

    assert at_once(db, work) == [None] * 8
    assert hours_are_exact(db) and loads_are_exact(db)
    assert ask(db.owner, "SELECT sum(open_hours) FROM agent_load") > 0


# ---- turns

def test_turns__follow_the_order_in_which_the_locks_were_had_not_the_clock(db):
    """Whoever waited had asked earlier, and writes an earlier time: by its time it would be counted as the longest without."""
    first, second = db.connect("oam_app"), db.connect("oam_app")
    scope(second, staff=True)
    ask(second, "SELECT now()")  # its time, before the other's
    scope(first, staff=True)
    ask(first, "SELECT count(*) FROM agent_burdens('{1,2}')")
    file_request(first, 1, assignee=1)
    waits = threading.Thread(target=lambda: (ask(second, "SELECT count(*) FROM agent_burdens('{1,2}')"),
                                             file_request(second, 2, assignee=2), second.commit()))
    waits.start()
    first.commit()
    waits.join()
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT agent_id FROM agent_load WHERE agent_id <= 2 ORDER BY last_assigned_at")
        assert [row[0] for row in cursor.fetchall()] == [2, 1]
        cursor.execute("SELECT agent_id FROM agent_load WHERE agent_id <= 2 ORDER BY turn")
        assert [row[0] for row in cursor.fetchall()] == [1, 2]


def test_filing_at_once__rotates_and_shares_hours_exactly(db):
    """As many filers as it takes, all by "least hours, longest without": nobody is ever more than one behind."""
    def work(connection, i):
        for turn in range(12):
            scope(connection, staff=True)
            with connection.cursor() as cursor:
                cursor.execute("SELECT agent_id, open_hours, turn FROM agent_burdens('{4,3,2,1}') ORDER BY open_hours, turn, agent_id")
                rows = cursor.fetchall()
            assert rows[-1][1] - rows[0][1] <= 1
            file_request(connection, 1000 * (i + 1) + turn, assignee=rows[0][0])
            connection.commit()

    assert at_once(db, work) == [None] * 8
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT open_hours, open_requests FROM agent_load ORDER BY agent_id")
        assert cursor.fetchall() == [(24, 24)] * 4
    # One after the other, for ever: each of the last four turns is somebody else's, and so on backwards.
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT assignee_id FROM request ORDER BY id")
        assert hours_are_exact(db) and len(cursor.fetchall()) == 96


# ---- whom a town knows

def test_referent__is_who_ended_the_last_one(db):
    scope(db.owner, staff=True)
    one, other = file_request(db.owner, 1, assignee=2), file_request(db.owner, 2, assignee=3)
    assert ask(db.owner, "SELECT count(*) FROM referent") == 0
    set_data(db.owner, one, "{}", closed=True, assignee=2)
    assert ask(db.owner, "SELECT (body_id, area_code, agent_id)::text FROM referent") == "(1,GOV,2)"
    set_data(db.owner, other, "{}", closed=True, assignee=3)
    assert ask(db.owner, "SELECT agent_id FROM referent") == 3
    nobody = file_request(db.owner, 3)
    set_data(db.owner, nobody, "{}", closed=True)
    assert ask(db.owner, "SELECT agent_id FROM referent") == 3


# ---- delegates

def delegate(connection, agent, other, first=TODAY, last=None):
    ask(connection, "INSERT INTO delegation (agent_id, delegate_id, first_day, last_day) VALUES (%s, %s, %s, %s)", agent, other, first, last)


def away(connection, agent, other=None, first=TODAY, last=TODAY + 3 * DAY):
    ask(connection, "INSERT INTO absence (agent_id, delegate_id, first_day, last_day) VALUES (%s, %s, %s, %s)", agent, other, first, last)


@pytest.mark.parametrize("link", [delegate, away])
@pytest.mark.parametrize("close", [delegate, away])
def test_delegates__never_come_round(db, link, close):
    link(db.owner, 1, 2)
    link(db.owner, 2, 3)
    db.owner.commit()
    with pytest.raises(psycopg2.errors.CheckViolation) as refused:
        close(db.owner, 3, 1)
    assert refused.value.diag.constraint_name == "delegate_acyclic"
    db.owner.rollback()
    close(db.owner, 3, 4)
    with pytest.raises(psycopg2.errors.CheckViolation):
        delegate(db.owner, 4, 4)


def test_delegates__may_come_round_on_days_that_never_meet(db):
    away(db.owner, 1, 2, TODAY, TODAY + 5 * DAY)
    away(db.owner, 2, 3, TODAY + 3 * DAY, TODAY + 9 * DAY)
    away(db.owner, 3, 1, TODAY + 6 * DAY, TODAY + 9 * DAY)  # 1 is back by then
    db.owner.commit()
    with pytest.raises(psycopg2.errors.CheckViolation):  # one day in common of all three
        ask(db.owner, "UPDATE absence SET first_day = first_day - 1 WHERE agent_id = 3")
    db.owner.rollback()
    ask(db.owner, "UPDATE absence SET cancelled_at = now() WHERE agent_id = 2")
    ask(db.owner, "UPDATE absence SET first_day = first_day - 1 WHERE agent_id = 3")


def test_delegates__written_at_once_never_come_round(db):
    """Each session closes a part of the circle; every order of them leaves it open somewhere."""
    def work(connection, i):
        if i % 2:
            delegate(connection, 1 + i // 2, 1 + (i // 2 + 1) % 4)
        else:
            away(connection, 1 + i // 2, 1 + (i // 2 + 1) % 4)
        connection.commit()
        return "done"

    ask(db.owner, "DELETE FROM absence")
    db.owner.commit()
    ask(db.owner, "GRANT INSERT ON absence, delegation TO oam_app")
    db.owner.commit()
    results = at_once(db, work)
    assert {error.diag.constraint_name for error in results if error != "done"} == {"delegate_acyclic"}
    assert 3 <= len({1 + i // 2 for i, result in enumerate(results) if result == "done"}) <= 3
    edges = {}
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT agent_id, delegate_id FROM delegation UNION SELECT agent_id, delegate_id FROM absence")
        edges = dict(cursor.fetchall())
    for agent in edges:
        seen = list(itertools.islice(iter_chain(edges, agent), 10))
        assert agent not in seen[1:]


def iter_chain(edges, agent):
    while agent is not None:
        yield agent
        agent = edges.get(agent)


@pytest.mark.parametrize("what, constraint", [(away, "absence_once"), (delegate, "delegation_once")])
def test_an_agent__has_one_absence_and_one_delegate_at_a_time(db, what, constraint):
    what(db.owner, 1, 2, TODAY, TODAY + 3 * DAY)
    what(db.owner, 1, 3, TODAY + 4 * DAY, TODAY + 5 * DAY)
    db.owner.commit()
    with pytest.raises(psycopg2.errors.ExclusionViolation) as refused:
        what(db.owner, 1, 3, TODAY + 2 * DAY, TODAY + 2 * DAY)
    assert refused.value.diag.constraint_name == constraint


# ---- absences

def claim(connection, today=TODAY):
    scope(connection, staff=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM absence_claim(%s)", (today,))
        return cursor.fetchone()


def requests_of(connection, absence, ends=False, limit=10):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM absence_requests(%s, %s, %s)", (absence, ends, limit))
        return [row[0] for row in cursor.fetchall()]


def test_absence__of_the_past_is_nobodys_work(db):
    assert claim(db.connect("oam_app")) is None  # the world has one that is over
    assert claim(db.connect("oam_app"), datetime.date(2026, 1, 2))[1:] == (4, None, False)


def test_absence__is_begun_and_ended_once_each_request_once(db):
    app = db.connect("oam_app")
    scope(db.owner, staff=True)
    mine, late = file_request(db.owner, 1, assignee=1), file_request(db.owner, 2, assignee=1)
    file_request(db.owner, 3, assignee=2)
    set_data(db.owner, file_request(db.owner, 4, assignee=1), "{}", closed=True, assignee=1)
    away(db.owner, 1, 2)
    db.owner.commit()
    assert claim(app, TODAY - DAY) is None
    absence, agent, other, ends = claim(app)
    assert (agent, other, ends) == (1, 2, False)
    assert claim(db.connect("oam_app")) is None  # held
    assert requests_of(app, absence, limit=1) == [mine]
    step_request(app, mine, 2, assignee=2)
    ask(app, "SELECT absence_note(%s, %s, 'delegated', 1)", absence, mine)
    app.commit()
    assert claim(app)[0] == absence
    assert requests_of(app, absence) == [late]
    ask(app, "SELECT absence_note(%s, %s, 'kept', NULL)", absence, late)
    assert requests_of(app, absence) == []
    ask(app, "SELECT absence_done(%s, false, now())", absence)
    app.commit()
    assert claim(app) is None
    assert ask(db.owner, "SELECT array_agg(owner_id ORDER BY id) FROM request WHERE id IN (%s, %s)", mine, late) == [1, None]

    absence, agent, other, ends = claim(app, TODAY + 4 * DAY)
    assert ends is True and requests_of(app, absence, True) == [mine]
    step_request(app, mine, 3, assignee=1)
    ask(app, "SELECT absence_note(%s, %s, 'returned', NULL)", absence, mine)
    assert requests_of(app, absence, True) == []
    ask(app, "SELECT absence_done(%s, true, now())", absence)
    app.commit()
    assert claim(app, TODAY + 400 * DAY) is None
    assert ask(db.owner, "SELECT owner_id IS NULL AND assignee_id = 1 FROM request WHERE id = %s", mine) is True
    assert hours_are_exact(db) and loads_are_exact(db)


def test_an_owner__is_forgotten_when_somebody_else_is_given_it(db):
    scope(db.owner, staff=True)
    request = file_request(db.owner, 1, assignee=2)
    ask(db.owner, "UPDATE request SET owner_id = 1")
    step_request(db.owner, request, 2, assignee=2)
    assert ask(db.owner, "SELECT owner_id FROM request") == 1
    step_request(db.owner, request, 3, assignee=3)
    assert ask(db.owner, "SELECT owner_id FROM request") is None


def test_the_referent__is_whose_it_was_not_who_stood_in(db):
    scope(db.owner, staff=True)
    request = file_request(db.owner, 1, assignee=2)
    ask(db.owner, "UPDATE request SET owner_id = 1")
    set_data(db.owner, request, "{}", closed=True, assignee=2)
    assert ask(db.owner, "SELECT agent_id FROM referent") == 1


def test_removing__takes_back_what_has_not_begun_and_ends_what_has(db):
    app = db.connect("oam_app")
    remove = "SELECT absence_remove(%s::uuid, %s, %s, now())"
    for number in (1, 2, 3):
        ask(app, "SELECT absence_add(%s::uuid, %s, %s, %s, NULL, 'user:1', now())", f"0000000{number}-0000-7000-8000-000000000000", number,
            TODAY + (number == 1) * DAY, TODAY + 2 * DAY)
    app.commit()
    uids = [f"0000000{number}-0000-7000-8000-000000000000" for number in (1, 2, 3)]
    assert ask(app, remove, uids[0], 1, TODAY) is True
    assert ask(app, remove, uids[0], 1, TODAY) is False
    assert ask(app, remove, uids[1], 1, TODAY) is False, "somebody else's"
    ask(app, "SELECT absence_done(id, false, now()) FROM absence WHERE agent_id IN (2, 3)")
    assert ask(app, remove, uids[1], 2, TODAY) is True
    assert ask(app, remove, uids[1], 2, TODAY) is False
    assert ask(app, remove, uids[2], 3, TODAY + 3 * DAY) is False, "it is over"
    app.commit()
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT agent_id, cancelled_at IS NOT NULL FROM absence WHERE first_day = %s ORDER BY agent_id", (TODAY,))
        assert cursor.fetchall() == [(2, True), (3, False)]
    assert claim(app)[1:] == (2, None, True)


@pytest.mark.parametrize("table", ["skill", "agent_skill", "agent_conflict", "delegation", "absence", "absence_progress", "absence_request", "referent"])
def test_organisation__is_read_only_to_the_app(db, table):
    app = db.connect("oam_app")
    ask(app, f"SELECT count(*) FROM {table}")
    app.commit()
    for statement in (f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table}", f"DELETE FROM {table}"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(app, statement)
        app.rollback()
