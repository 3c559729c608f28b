"""What happens by itself: timers that come due, effects that leave the house, and what the operator of oamd is told of it."""
import time

import pytest
from oamtest.client import TOWN, Api, new_key
from oamtest.clock import HandClock
from oamtest.waiting import until


@pytest.fixture
def clock(tmp_path):
    return HandClock(tmp_path / "clock")


@pytest.fixture
def own(new_server, contract):
    """own(**settings): (api, database) of a server of one's own."""

    def make(**settings):
        server = new_server(**settings)
        return Api(server, contract), server.database

    return make


def draft(api, title="Esborrany oblidat", **more):
    made = api.post("/api/v1/requests", role="local_user", headers={"Idempotency-Key": new_key()},
                    json={"service": "OAM-GEN", "body": TOWN, "title": title, **more})
    assert made.status_code == 201, made
    return made.json()["ref"]


def arm(database, ref, timer="discard", due="now() - interval '1 s'", generation=1):
    database.sql(f"""INSERT INTO request_timer (request_id, timer, generation, due, wake)
        SELECT id, %s, %s, {due}, {due} FROM request WHERE ref = %s""", timer, generation, ref)


def state(database, ref):
    return database.one("SELECT state FROM request WHERE ref = %s", ref)


def figure(api, name):
    for line in api.get("/metrics", role=None, check=False).text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(f"no {name}")


def test_timer__that_is_due_is_a_step_by_the_system(own):
    api, database = own()
    ref = draft(api)
    arm(database, ref, generation=3)
    assert until(lambda: state(database, ref) == "cancelled")
    assert api.get(f"/api/v1/requests/{ref}", role="local_user").json()["state"] == "cancelled"
    event = database.sql("SELECT type, actor, actor_name, data -> 'timer', data ->> 'event', version FROM request_event ORDER BY seq DESC LIMIT 1")[0]
    assert event[:3] == ("request.transitioned", "system", "system") and event[4:] == ("discard", 2)
    assert event[3]["id"] == "discard" and event[3]["generation"] == 3
    history = api.get(f"/api/v1/requests/{ref}/history", role="local_user").json()["items"]
    assert "system" in str(history[-1]), history[-1]
    assert database.one("SELECT count(*) FROM request_timer") == 0
    assert until(lambda: figure(api, "oam_timers_fired_total") == 1)


def test_timer__waits_for_its_moment(own, clock):
    api, database = own(OAM_TEST_CLOCK=str(clock.path))
    ref, again = draft(api), draft(api)
    arm(database, ref, due="now() + interval '1 h'")
    time.sleep(0.7)
    assert state(database, ref) == "draft"
    clock.ahead(3601)
    assert until(lambda: state(database, ref) == "cancelled")
    # The clock goes back, as after a correction: what was done stays done, and what is armed waits for its moment again.
    clock.ahead(-3600)
    arm(database, again, due="now()")
    time.sleep(0.7)
    assert state(database, again) == "draft" and state(database, ref) == "cancelled"
    clock.ahead(10 * 365 * 86400)
    assert until(lambda: state(database, again) == "cancelled")


def test_timer__of_a_state_that_was_left_does_nothing(own):
    api, database = own(OAM_WORKER_BATCH="1")
    ref = draft(api, submit=True)
    arm(database, ref)
    assert until(lambda: database.one("SELECT count(*) FROM request_timer WHERE timer = 'discard'") == 0)
    assert state(database, ref) == "assigned" and database.one("SELECT max(seq) FROM request_event") == 2
    assert until(lambda: figure(api, "oam_timers_stale_total") == 1)


def test_timer__that_takes_an_agent_and_a_number_gets_them(own):
    api, database = own()
    refs = [draft(api, f"Esborrany {n}") for n in range(5)]
    for ref in refs:
        arm(database, ref, "submit")
    assert until(lambda: all(state(database, ref) == "assigned" for ref in refs))
    assert database.one("SELECT count(*) FROM request WHERE register_number IS NOT NULL AND assignee_id IS NOT NULL") == 5
    assert database.one("SELECT count(*) FROM agent_load l WHERE open_requests <> (SELECT count(*) FROM request r WHERE "
                        "r.assignee_id = l.agent_id AND r.closed_at IS NULL)") == 0


def test_timers__of_one_request_fire_one_after_the_other(own):
    api, database = own()
    ref = draft(api)
    arm(database, ref, "submit", due="now() - interval '2 s'")
    arm(database, ref, "withdraw", due="now() - interval '1 s'")
    assert until(lambda: state(database, ref) == "withdrawn")
    assert database.sql("SELECT array_agg(data ->> 'event' ORDER BY seq) FROM request_event WHERE seq > 1")[0][0] == ["submit", "withdraw"]


def test_timer__that_cannot_fire_is_an_incident(own):
    api, database = own()
    ref, fine = draft(api), draft(api)
    arm(database, ref, "no_such_event")
    arm(database, fine)
    assert until(lambda: database.one("SELECT count(*) FROM incident") == 1)
    assert until(lambda: state(database, fine) == "cancelled"), "the others do not wait for it"
    assert database.sql("SELECT kind, subject, error, state FROM incident") == [("timer", "no_such_event", "unknown_event", "open")]
    assert until(lambda: figure(api, "oam_incidents_open") == 1, 12)


def test_timer__whose_transaction_fails_waits_and_stops_nobody(own):
    """A constraint that one step breaks: the batch is undone, the others fire, that one comes again later."""
    api, database = own()
    refs = [draft(api, f"Esborrany {n}") for n in range(8)]
    database.sql("ALTER TABLE request ADD CONSTRAINT not_this_one CHECK (ref <> %s OR state = 'draft')", refs[3])
    for ref in refs:
        arm(database, ref)
    others = [ref for ref in refs if ref != refs[3]]
    assert until(lambda: all(state(database, ref) == "cancelled" for ref in others))
    assert until(lambda: database.one("SELECT count(*) FROM request_timer WHERE tries >= 1 AND last_error LIKE '%not_this_one%'") == 1)
    assert database.one("SELECT wake > due FROM request_timer WHERE tries >= 1")


def test_flood__has_two_at_work_while_nobody_else_is_and_each_timer_fires_once(own):
    """Steps that take long, in batches of ten, and nobody who asks: another connection of the same process fires some of them."""
    api, database = own(OAM_WORKER_BATCH="10")
    refs = [draft(api, f"Esborrany {n}") for n in range(120)]
    database.sql("""CREATE TABLE fired_by (event_id bigint, pid integer DEFAULT pg_backend_pid())""")
    database.sql("""CREATE FUNCTION note_firing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_temp AS $$
        BEGIN PERFORM pg_sleep(0.02); INSERT INTO fired_by VALUES (NEW.id); RETURN NULL; END $$""")
    database.sql("CREATE TRIGGER note_firing AFTER INSERT ON request_event FOR EACH ROW WHEN (NEW.data ? 'timer') EXECUTE FUNCTION note_firing()")
    database.sql("""INSERT INTO request_timer (request_id, timer, generation, due, wake)
        SELECT id, 'discard', 1, date '2026-01-01', date '2026-01-01' FROM request WHERE ref = ANY (%s)""", refs)
    assert until(lambda: database.one("SELECT count(*) FROM request WHERE state = 'cancelled'") == len(refs), seconds=60)
    by = dict(database.sql("SELECT pid, count(*) FROM fired_by GROUP BY pid"))
    assert len(by) == 2 and sum(by.values()) == len(refs), by
    assert database.one("SELECT count(DISTINCT request_id) FROM request_event WHERE data ? 'timer'") == len(refs)


def test_worker__can_be_left_to_other_processes(own):
    api, database = own(OAM_WORKER_BATCH="0")
    ref = draft(api)
    arm(database, ref)
    time.sleep(1)
    assert state(database, ref) == "draft" and figure(api, "oam_timers_claimed_total") == 0


def test_effects__that_need_nobody_outside_are_done(own):
    api, database = own()
    ref = draft(api)
    database.sql("""INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, created_at, wake)
        SELECT id, body_id, 1, n, kind, payload::jsonb, now(), now() FROM request,
            (VALUES (0, 'notify', '{"to": "applicant", "internal": false}'), (1, 'document', '{"template": "x"}')) AS e (n, kind, payload)
        WHERE ref = %s""", ref)
    assert until(lambda: database.one("SELECT count(*) FROM outbox") == 0)
    assert database.sql("SELECT role, internal FROM notification") == [("applicant", False)]
    assert database.sql("SELECT kind, seq, ordinal FROM effect") == [("document", 1, 1)]
    assert until(lambda: figure(api, "oam_effects_done_total") == 2)
