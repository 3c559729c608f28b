"""What happens by itself holds while things break: processes that die with timers due, snapshots that hold vacuum back."""
import random
import threading
import time

from oamtest.client import TOWN, new_key
from oamtest.procedure import publish
from test_faults import DEEP, check_database, check_promises, run_writers, until


def drafts(server, count, spread_s):
    """Drafts as the service files them, each with a timer that cancels it within the next seconds; their ids."""
    return server.database.sql("""
        SELECT set_config('oam.all', '1', true), set_config('oam.staff', '1', true);
        CREATE TEMP TABLE made AS SELECT request_create('OAM-2026-' || (800000 + n), b.id, b.comarca_code, s.id, s.unit_id,
            (SELECT id FROM workflow_definition WHERE key = 'general_enquiry' ORDER BY version LIMIT 1), 'draft', 'draft', NULL, 'Esborrany ' || n, '', '{}', 'api',
            NULL, NULL, NULL, 0, NULL, false, 'client:1', 'demo-integration', now(), NULL, NULL, NULL, ARRAY['request.created'],
            ARRAY['{"to": "draft", "data": {}}'::jsonb], ARRAY[true], NULL, NULL, NULL,
            jsonb_build_array(jsonb_build_object('timer', 'discard', 'due', now() + make_interval(secs => random() * %s))), NULL,
            jsonb_build_array(jsonb_build_object('ordinal', 0, 'kind', 'notify', 'payload', '{"to": "operator"}'::jsonb),
                              jsonb_build_object('ordinal', 1, 'kind', 'document'))) AS id
        FROM generate_series(1, %s) AS n, body b, service s WHERE b.code = %s AND s.code = 'OAM-GEN';
        SELECT count(*) FROM made""", spread_s, count, TOWN)[0][0]


def kill_at_random(servers, kills):
    for _ in range(kills):
        time.sleep(random.uniform(0.1, 0.6))
        victim = random.choice(servers)
        victim.kill()
        victim.start()


def check_timers(database, count):
    """Each fired once, with one event; nothing waits, nothing was delivered twice or lost."""
    assert database.one("SELECT count(*) FROM request WHERE title LIKE 'Esborrany %%' AND state = 'cancelled'") == count
    assert database.one("SELECT count(*) FROM request_event WHERE data -> 'timer' ->> 'id' = 'discard'") == count
    assert database.one("SELECT count(DISTINCT request_id) FROM request_event WHERE data -> 'timer' ->> 'id' = 'discard'") == count
    assert database.one("SELECT count(*) FROM request_timer WHERE due < now() - interval '1 s'") == 0
    assert database.one("SELECT count(*) FROM incident") == 0
    assert database.one("SELECT count(*) FROM notification WHERE seq = 1") == count
    assert database.one("SELECT count(*) FROM effect WHERE kind = 'document' AND seq = 1") == count
    assert database.one("SELECT count(*) FROM outbox") == 0
    assert database.one("SELECT count(*) FROM agent_load l WHERE open_requests <> (SELECT count(*) FROM request r WHERE "
                        "r.assignee_id = l.agent_id AND r.closed_at IS NULL)") == 0


def test_two_killed_servers__lose_no_timer_and_fire_none_twice(start, client):
    """Two oamd are killed (-9) at random while people write and timers come due: every timer fires once, every effect is done once."""
    first = start()
    second = start(database=first.database)
    api = client(first)
    kills, count = (400, 20000) if DEEP else (20, 1500)
    made = drafts(first, count, kills * 0.35)
    assert made == count
    promised = run_writers(api, 4, lambda: kill_at_random([first, second], kills))
    waiting = lambda: first.database.one("SELECT (SELECT count(*) FROM request_timer WHERE due < now()) + (SELECT count(*) FROM outbox)")
    assert until(lambda: waiting() == 0, 120, 0.2), f"{waiting()} still wait"
    assert until(lambda: first.database.one("SELECT count(*) FROM request_timer WHERE timer = 'discard'") == 0, 30, 0.2)
    check_timers(first.database, count)
    check_promises(first, promised)
    check_database(first)
    print(f"{kills} kills of two processes, {count} timers, each once; {len(promised)} requests beside them")


def test_clocks__are_right_whoever_died(start, client):
    """The same with a procedure whose clocks pause and resume: afterwards a replay of every event gives the stored bytes."""
    first = start()
    second = start(database=first.database)
    publish(first.database)
    apis = [client(first), client(second)]
    for api in apis:
        for role in ("local_user", "agent", "operator"):
            api.token(role)
        assert until(lambda: api.get("/api/v1/workflows/general_enquiry", role="operator").json()["version"] == 90)
    stop, done, strange = threading.Event(), [], []

    def insist(api, path, role, body, headers=()):
        key = new_key()
        while True:
            try:
                answer = api.post(path, role=role, json=body, headers={"Idempotency-Key": key, **dict(headers)}, timeout=10)
                if answer.status_code not in (409, 429, 503):
                    return answer
            except OSError:
                pass
            except Exception as broken: # a connection that ended in the middle of an answer
                if "http.client" not in repr(type(broken)):
                    raise
            time.sleep(0.01)

    def work(api, number):
        try:
            while not stop.is_set():
                filed = insist(api, "/api/v1/requests", "local_user", {"service": "OAM-GEN", "body": TOWN, "title": f"Rellotge {number}", "submit": True})
                ref, version = filed.json()["ref"], filed.etag
                for event, role, data in (("ask", "agent", {"question": "?"}), ("answer", "local_user", {"answer": "!"}), ("ask", "agent", {"question": "?"})):
                    answer = insist(api, f"/api/v1/requests/{ref}/transitions", role, {"event": event, "data": data}, {"If-Match": version}.items())
                    assert answer.status_code == 200, answer
                    version = answer.etag
                done.append(ref)
        except Exception as fault:
            strange.append(repr(fault))

    workers = [threading.Thread(target=work, args=(apis[n % 2], n)) for n in range(4)]
    for worker in workers:
        worker.start()
    kill_at_random([first, second], 200 if DEEP else 12)
    stop.set()
    for worker in workers:
        worker.join(60)
    assert not strange, strange[:3]
    database = first.database
    assert done and until(lambda: database.one("SELECT count(*) FROM outbox") == 0, 30, 0.1)
    # Who was asked has its silence counted, its answer clock stands still; who was not has the timers of its clock.
    assert database.one("SELECT count(*) FROM request r WHERE state = 'waiting' AND NOT EXISTS (SELECT FROM request_timer t WHERE "
                        "t.request_id = r.id AND timer = 'silence')") == 0
    assert database.one("SELECT count(*) FROM request r JOIN request_clock c ON c.request_id = r.id WHERE state = 'waiting'") == 0
    assert database.one("SELECT count(*) FROM request r WHERE state = 'working' AND (SELECT count(*) FROM request_timer t WHERE "
                        "t.request_id = r.id AND timer IN ('half', 'late')) <> 2") == 0
    assert database.one("SELECT count(*) FROM effect WHERE kind = 'reserve'") == database.one("SELECT count(*) FROM request WHERE title LIKE 'Rellotge %%'")
    first.verify()
    print(f"{len(done)} requests, clocks paused and resumed under kills, replayed to the byte")


def test_a_held_snapshot__does_not_slow_the_drain(start, cluster):
    """An old transaction keeps vacuum from taking what was fired away: later claims do not read it again and again."""
    import psycopg2
    server = start(OAM_WORKER_BATCH="0")
    count = 20000 if DEEP else 4000
    assert drafts(server, count, 0) == count
    holder = psycopg2.connect(server.database.url)
    holder.set_session(isolation_level="REPEATABLE READ")
    with holder.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM oam.request_timer")
    server.stop()
    server.settings.pop("OAM_WORKER_BATCH")
    server.start()
    left = lambda: server.database.one("SELECT count(*) FROM request_timer")
    marks = []
    for part in (0.75, 0.5, 0.25, 0):
        assert until(lambda: left() <= count * part, 180, 0.02)
        marks.append(time.monotonic())
    holder.close()
    first, last = marks[1] - marks[0], marks[3] - marks[2]
    assert last < 3 * first + 1, f"quarters of the drain: {first:.1f} s, {last:.1f} s"
    print(f"{count} timers under a held snapshot: second quarter {first:.2f} s, last quarter {last:.2f} s")
