"""Two and more sessions at once: the database decides, and its counters are right whatever the order."""
import threading
import time

import psycopg2
import psycopg2.errors
import pytest

from conftest import ask, comment, file_request, scope, step_request

SESSIONS = 8


def at_once(db, work, sessions=SESSIONS):
    """Runs work(connection, i) in that many sessions as oam_app, started together; returns what each gave or raised."""
    results = [None] * sessions
    start = threading.Barrier(sessions)
    connections = [db.connect("oam_app") for _ in range(sessions)]

    def run(i):
        start.wait()
        try:
            results[i] = work(connections[i], i)
        except psycopg2.Error as error:
            results[i] = error
            connections[i].rollback()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def filed(db, number=1, **how):
    scope(db.owner, staff=True, everything=True)
    request = file_request(db.owner, number, **how)
    db.owner.commit()
    return request


def loads_are_exact(db):
    return ask(db.owner, """SELECT count(*) FROM agent_load l WHERE open_requests <> (SELECT count(*) FROM request r
        WHERE r.assignee_id = l.agent_id AND r.closed_at IS NULL)""") == 0


def chains_are_sound(db):
    return ask(db.owner, "SELECT count(*) FROM event_chain_faults()") == 0


def test_step__of_one_version_is_taken_once(db):
    request = filed(db)

    def step(connection, _):
        scope(connection, staff=True)
        step_request(connection, request, 2)
        connection.commit()
        return "done"

    results = at_once(db, step)
    assert results.count("done") == 1
    assert {error.pgcode for error in results if error != "done"} == {"OA412"}
    assert ask(db.owner, "SELECT version FROM request") == 3
    assert chains_are_sound(db)


def test_step__and_comment_do_not_lose_each_other(db):
    request = filed(db)

    def work(connection, i):
        for turn in range(10):
            scope(connection, staff=True)
            if i % 2:
                comment(connection, request, internal=bool(turn % 2), text=f"{i} {turn}")
            else:
                try:
                    step_request(connection, request, ask(connection, "SELECT version FROM request WHERE id = %s", request))
                except psycopg2.Error as error:
                    assert error.pgcode == "OA412"
                    connection.rollback()
                    continue
            connection.commit()

    assert at_once(db, work) == [None] * SESSIONS
    assert chains_are_sound(db)
    assert ask(db.owner, "SELECT count(*) FROM comment") == 40
    assert ask(db.owner, "SELECT seq = (SELECT count(*) FROM request_event) FROM request") is True


def test_idempotency_key__is_one_callers_at_a_time(db):
    def work(connection, i):
        scope(connection, staff=True, principal="user:1")
        if not ask(connection, "SELECT pg_try_advisory_xact_lock(hashtextextended('user:1' || ' ' || 'k', 0))"):
            connection.rollback()
            return "in flight"
        if ask(connection, "SELECT 1 FROM idempotency_key WHERE principal = 'user:1' AND key = 'k'"):
            connection.rollback()
            return "replayed"
        file_request(connection, 100 + i)
        ask(connection, "INSERT INTO idempotency_key VALUES ('user:1', 'k', '/requests', sha256('x'), 201, NULL, 1, '{}', now())")
        time.sleep(0.05)
        connection.commit()
        return "done"

    results = at_once(db, work)
    assert results.count("done") == 1
    assert set(results) <= {"done", "in flight", "replayed"}
    assert ask(db.owner, "SELECT count(*) FROM request") == 1
    assert at_once(db, work, 1) == ["replayed"]


def test_idempotency_key__without_the_lock_is_still_unique(db):
    """The lock is courtesy (409 at once); the primary key is the law."""
    def work(connection, i):
        scope(connection, staff=True, principal="user:1")
        file_request(connection, 100 + i)
        ask(connection, "INSERT INTO idempotency_key VALUES ('user:1', 'k', '/requests', sha256('x'), 201, NULL, 1, '{}', now())")
        connection.commit()
        return "done"

    results = at_once(db, work)
    assert results.count("done") == 1
    assert {error.diag.constraint_name for error in results if error != "done"} == {"idempotency_key_pkey"}
    assert ask(db.owner, "SELECT count(*) FROM request") == 1


def choose_and_file(connection, number, candidates="{1,2,3,4}"):
    scope(connection, staff=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT agent_id FROM agent_burdens(%s) ORDER BY open_requests, last_assigned_at NULLS FIRST, agent_id", (candidates,))
        agent = cursor.fetchone()[0]
    request = file_request(connection, number, assignee=agent)
    connection.commit()
    return request


def test_assignment__at_once_is_even_and_counted(db):
    results = at_once(db, lambda connection, i: [choose_and_file(connection, 100 * (i + 1) + turn) for turn in range(10)])
    assert all(isinstance(result, list) for result in results), results
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT open_requests FROM agent_load ORDER BY agent_id")
        assert [row[0] for row in cursor.fetchall()] == [20, 20, 20, 20]
    assert loads_are_exact(db)


def test_assignment__loads_stay_exact_through_moves_and_ends(db):
    def work(connection, i):
        candidates = "{1,2,3,4}" if i % 2 else "{4,2}"
        for turn in range(6):
            request = choose_and_file(connection, 1000 * (i + 1) + turn, candidates)
            scope(connection, staff=True)
            step_request(connection, request, 2, assignee=1 + (i + turn) % 4)
            connection.commit()
            if turn % 2:
                scope(connection, staff=True)
                step_request(connection, request, 3, phase="end", assignee=1 + (i + turn) % 4)
                connection.commit()
                scope(connection, staff=True)
                step_request(connection, request, 4, phase="study", assignee=None if turn == 3 else 2)
                connection.commit()

    assert at_once(db, work) == [None] * SESSIONS
    assert loads_are_exact(db)
    assert chains_are_sound(db)


def test_relay__numbers_each_event_once_in_order(db):
    stop = threading.Event()
    relayed = []

    def relay():
        connection = db.connect("oam_app")
        while not stop.is_set():
            relayed.append(ask(connection, "SELECT event_relay()"))
            connection.commit()
        connection.close()

    relays = [threading.Thread(target=relay) for _ in range(2)]
    for thread in relays:
        thread.start()

    def work(connection, i):
        for turn in range(15):
            scope(connection, staff=True)
            request = file_request(connection, 1000 * (i + 1) + turn)
            if turn % 5 == 4:
                connection.rollback()
                continue
            connection.commit()
            scope(connection, staff=True)
            step_request(connection, request, 2)
            connection.commit()

    results = at_once(db, work)
    stop.set()
    for thread in relays:
        thread.join()
    assert results == [None] * SESSIONS
    ask(db.owner, "SELECT event_relay()")
    db.owner.commit()
    events = ask(db.owner, "SELECT count(*) FROM request_event")
    assert events == SESSIONS * 12 * 3
    assert ask(db.owner, "SELECT array_agg(position ORDER BY position) = (SELECT array_agg(i) FROM generate_series(1, %s::bigint) i) "
                         "FROM event_feed", events) is True
    assert ask(db.owner, "SELECT count(DISTINCT event_id) FROM event_feed") == events
    assert ask(db.owner, """SELECT count(*) FROM (SELECT e.seq, lag(e.seq, 1, 0) OVER (PARTITION BY e.request_id ORDER BY f.position) AS before
        FROM event_feed f JOIN request_event e ON e.id = f.event_id) o WHERE seq <> before + 1""") == 0


def test_relay__a_reader_at_a_position_misses_nothing(db):
    """Reads as a client does, `after` the last position it saw, while others write: it must see each event once, in order."""
    stop = threading.Event()
    seen = []

    def read():
        connection = db.connect("oam_app")
        last = 0
        while True:
            ended = stop.is_set()
            ask(connection, "SELECT event_relay()")
            connection.commit()
            scope(connection, everything=True)
            with connection.cursor() as cursor:
                cursor.execute("SELECT position FROM event_feed WHERE position > %s ORDER BY position LIMIT 7", (last,))
                page = [row[0] for row in cursor.fetchall()]
            connection.commit()
            seen.extend(page)
            last = page[-1] if page else last
            if ended and not page:
                break
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()

    def work(connection, i):
        for turn in range(10):
            scope(connection, staff=True)
            file_request(connection, 1000 * (i + 1) + turn)
            time.sleep(0.002 * (i % 3)) # so that commits come in another order than ids
            connection.commit()

    at_once(db, work)
    stop.set()
    reader.join()
    assert seen == list(range(1, SESSIONS * 10 * 2 + 1))


def test_numbers__are_distinct(db):
    results = at_once(db, lambda connection, _: [ask(connection, "SELECT next_number('request', 2026)") for _ in range(20)])
    numbers = [number for result in results for number in result]
    assert len(set(numbers)) == SESSIONS * 20
    assert "OAM-2026-000001" in numbers


@pytest.mark.parametrize("kind,year", [("request", 2023), ("request", 2061), ("agent", 2026)])
def test_numbers__of_no_sequence_are_refused(db, kind, year):
    with pytest.raises(psycopg2.errors.UndefinedTable):
        ask(db.connect("oam_app"), "SELECT next_number(%s, %s)", kind, year)
