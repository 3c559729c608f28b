"""Timers, clocks, outbox and incidents: what a step leaves behind, who takes it, and that it is taken once."""
import threading
import uuid

import psycopg2
import psycopg2.errors
import pytest

from conftest import ask, file_request, scope, step_followed

PAST, FUTURE = "2026-01-01T00:00Z", "2100-01-01T00:00Z"


def system(connection):
    scope(connection, staff=True, everything=True, principal="system")
    return connection


@pytest.fixture
def worker(db):
    return db.connect("oam_app")


@pytest.fixture
def request_id(db):
    system(db.owner)
    made = file_request(db.owner, 1)
    db.owner.commit()
    return made


def rows(connection, statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def timer(name="late", due=PAST):
    return {"timer": name, "due": due}


def claim(connection, limit=10, now="now()"):
    """What the worker does first: (requests locked, their due timers looked at under the locks)."""
    system(connection)
    locked = ask(connection, f"SELECT claimed FROM timer_claim({now}, '-infinity', 0, %s)", limit)
    return locked, rows(connection, f"""SELECT request_id, timer, generation FROM request_timer
        WHERE request_id = ANY (current_setting('oam.claimed')::bigint[]) AND wake <= {now} ORDER BY 1, 2""")


# ---- what a step leaves ----

def test_step__arms_sets_anew_and_cancels(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, timers=[timer("a"), timer("b", due=FUTURE)])
    step_followed(worker, request_id, 3, timers=[timer("a", FUTURE), timer("b", due=None), timer("c"), timer("never_there", due=None)])
    step_followed(worker, request_id, 4)
    assert rows(worker, "SELECT timer, generation, due = wake FROM request_timer ORDER BY 1") == [("a", 4, True), ("c", 4, True)], "the generation is the event's number"


BARE = """SELECT request_step(id, version, state, %s, %s, data, %s, 'Nova', %s, unit_id, workflow_id, assignee_id, %s, 'user:1', 'agent.1',
    now(), '{request.transitioned}', '{"{}"}', '{f}', NULL, NULL, NULL, NULL, NULL, NULL, false, %s) FROM request WHERE id = %s"""


def test_step__takes_away_the_timers_that_it_names(db, worker, request_id):
    system(worker)
    other = file_request(worker, 2)
    for each in (request_id, other):
        step_followed(worker, each, 2, timers=[timer("a"), timer("b"), timer("c")])
    ask(worker, BARE, "study", None, None, None, None, ["a", "c", "never_there"], request_id)
    assert rows(worker, "SELECT request_id, timer FROM request_timer ORDER BY 1, 2") == [
        (request_id, "b"), (other, "a"), (other, "b"), (other, "c")]
    ask(worker, BARE, "end", "completed", None, None, None, ["never_there"], request_id)
    assert rows(worker, "SELECT DISTINCT request_id FROM request_timer") == [(other,)], "nothing waits for what has ended"


def test_step__without_a_title_leaves_what_the_request_says(db, worker, request_id):
    says = "SELECT title, description, service_id, register_number, registered_at IS NULL, version, seq FROM request WHERE id = %s"
    system(worker)
    (was,) = rows(worker, says, request_id)
    ask(worker, BARE, "study", None, None, None, "E-2026-000001", None, request_id)
    assert rows(worker, says, request_id) == [(*was[:5], was[5] + 1, was[6] + 1)]
    ask(worker, BARE, "study", None, "Una altra", was[2], "E-2026-000001", None, request_id)
    assert rows(worker, says, request_id) == [("Una altra", "Nova", was[2], "E-2026-000001", False, was[5] + 2, was[6] + 2)]
    assert ask(worker, "SELECT count(*) FROM event_chain_faults()") == 0


def test_step__keeps_clocks_that_run(db, worker, request_id):
    system(worker)
    clock = {"clock": "legal", "bodies": [1, 2], "since": PAST, "due": FUTURE}
    step_followed(worker, request_id, 2, clocks=[clock, {**clock, "clock": "service", "bodies": []}])
    step_followed(worker, request_id, 3, clocks=[{**clock, "bodies": [2]}, {"clock": "service", "due": None}])
    assert rows(worker, "SELECT clock, bodies FROM request_clock") == [("legal", [2])]


def test_step__that_ends_the_request_leaves_nothing_waiting(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, timers=[timer()], clocks=[{"clock": "legal", "bodies": [1], "since": PAST, "due": FUTURE}])
    step_followed(worker, request_id, 3, "end", timers=[timer("after_the_end")])
    assert [ask(worker, f"SELECT count(*) FROM {table}") for table in ("request_timer", "request_clock")] == [0, 0]


def test_step__at_another_version_leaves_nothing(db, worker, request_id):
    system(worker)
    with pytest.raises(psycopg2.Error) as refusal:
        step_followed(worker, request_id, 7, timers=[timer()], outbox=[{"ordinal": 0, "kind": "pay"}])
    assert refusal.value.pgcode == "OA412"
    worker.rollback()
    system(worker)
    assert ask(worker, "SELECT count(*) FROM request_timer") == ask(worker, "SELECT count(*) FROM outbox") == 0


def test_step__moves_what_is_due_with_the_engines_state(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, engine=b"\x01\x02", due=FUTURE)
    step_followed(worker, request_id, 3)
    assert ask(worker, "SELECT (engine, due_at IS NOT NULL, due ->> 'clock')::text FROM request") == r'("\\x0102",t,legal)'
    step_followed(worker, request_id, 4, engine=b"\x03")
    assert ask(worker, "SELECT (engine, due_at, due)::text FROM request") == r'("\\x03",,)'


def test_outbox__key_is_event_and_ordinal(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, outbox=[{"ordinal": 0, "kind": "pay", "payload": {"cents": 100}, "undo": "claw"}, {"ordinal": 1, "kind": "pay"}])
    assert rows(worker, "SELECT seq, ordinal, kind, payload, undo FROM outbox ORDER BY ordinal") == [
        (3, 0, "pay", {"cents": 100}, "claw"), (3, 1, "pay", {}, None)]
    with pytest.raises(psycopg2.errors.UniqueViolation):
        step_followed(worker, request_id, 3, outbox=[{"ordinal": 0, "kind": "pay"}, {"ordinal": 0, "kind": "pay"}])


@pytest.mark.parametrize("statement", ["INSERT INTO request_timer VALUES (1, 'a', 1, now(), now())", "UPDATE request_timer SET generation = 9",
                                       "DELETE FROM outbox", "UPDATE incident SET state = 'skipped'", "SELECT request_follow(1, 1, 1, now(), false, NULL, NULL, NULL)",
                                       "SELECT request_undo(1, 1, 1, now())", "SELECT request_remark(1, 'request.x', '{}', 'a', 'a', now())"])
def test_app__has_no_other_way(worker, statement):
    system(worker)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(worker, statement)


# ---- timers ----

def test_claim__takes_what_is_due_and_nothing_else(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, timers=[timer("a"), timer("b"), timer("c", due=FUTURE)])
    worker.commit()
    assert claim(worker) == (2, [(request_id, "a", 3), (request_id, "b", 3)])


def test_claim__passes_by_what_somebody_holds(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, timers=[timer()])
    worker.commit()
    person = db.connect("oam_app")
    system(person)
    step_followed(person, request_id, 3, timers=[timer(due=None)])
    assert claim(worker) == (0, [])
    worker.rollback()
    person.rollback()
    assert claim(worker)[0] == 1


def test_claim__looks_again_under_the_lock(db, worker, request_id):
    """The snapshot of the claim is older than the lock: what a person cancelled in between is not fired."""
    system(worker)
    step_followed(worker, request_id, 2, timers=[timer()])
    worker.commit()
    person = db.connect("oam_app")
    for version in range(3, 40):
        system(person)
        step_followed(person, request_id, version, timers=[timer(due=None if version % 2 else PAST)])
        fired = []
        race = threading.Thread(target=lambda: fired.extend(claim(worker)[1]))
        race.start()
        person.commit()
        race.join()
        worker.rollback()
        assert fired in ([], [(request_id, "late", version + 1)] if version % 2 == 0 else []), version


def test_claim__goes_on_behind_what_it_had(db, worker):
    system(worker)
    made = [file_request(worker, number) for number in range(1, 8)]
    for request in made:
        step_followed(worker, request, 2, timers=[timer()])
    worker.commit()
    system(worker)
    seen, place = [], ("-infinity", 0)
    while True:
        claimed, *place = rows(worker, "SELECT claimed, reach::text, reach_id FROM timer_claim(now(), %s, %s, 3)", *place)[0]
        seen += ask(worker, "SELECT current_setting('oam.claimed')::bigint[]")
        if claimed < 3:
            break
    assert sorted(seen) == made


def test_claim__gives_each_timer_to_one_of_many_workers(db, worker):
    system(worker)
    made = [file_request(worker, number) for number in range(1, 61)]
    for request in made:
        step_followed(worker, request, 2, timers=[timer()])
    worker.commit()
    fired, lock = [], threading.Lock()

    def work():
        mine = db.connect("oam_app")
        while True:
            _, due = claim(mine, 7)
            for request, name, _ in due:
                step_followed(mine, request, 3, timers=[timer(name, None)])
            mine.commit()
            with lock:
                fired.extend(request for request, *_ in due)
                if len(fired) >= len(made):
                    return

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(30)
    assert sorted(fired) == made
    assert ask(db.owner, "SELECT count(*) FROM event_chain_faults()") == 0


def test_timer__that_fails_comes_again_and_in_the_end_is_an_incident(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, timers=[timer()])
    fail = "SELECT timer_failed(%s, 'late', %s, 'no such state', %s, now())"
    assert ask(worker, fail, request_id, 2, None) is False, "an older generation"
    assert ask(worker, fail, request_id, 3, FUTURE) is True
    assert claim(worker) == (0, [])
    assert rows(worker, "SELECT tries, last_error FROM request_timer") == [(1, "no such state")]
    assert ask(worker, fail, request_id, 3, None) is True
    assert ask(worker, "SELECT count(*) FROM request_timer") == 0
    assert rows(worker, "SELECT kind, subject, generation, tries, state FROM incident") == [("timer", "late", 3, 2, "open")]
    assert rows(worker, "SELECT type, internal, actor, version FROM request_event ORDER BY seq DESC LIMIT 1") == [
        ("request.incident_opened", True, "system", 3)]
    assert decide(worker, "retry") == 2
    worker.commit()
    assert claim(worker) == (1, [(request_id, "late", 3)])


# ---- outbox ----

def lease(connection, limit=10, span="30 s"):
    return rows(connection, "SELECT id, seq, ordinal, kind, lease, tries FROM outbox_claim('{pay,document}', %s, %s) ORDER BY id", limit, span)


@pytest.fixture
def queued(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, outbox=[{"ordinal": 0, "kind": "pay", "undo": "claw", "payload": {"cents": 5}}])
    worker.commit()
    system(worker)
    return ask(worker, "SELECT id FROM outbox")


def decide(connection, action, version=1, patch=None, reason="perquè sí", actor="user:1"):
    return ask(connection, "SELECT incident_decide((SELECT uid FROM incident ORDER BY id DESC LIMIT 1), %s, %s, %s, %s, %s, 'agent.1', now())",
               version, action, patch, reason, actor)


def fail(connection, effect, token, tries_max=1, backoff="1 h"):
    return ask(connection, "SELECT outbox_failed(%s, %s, 'refused', %s, %s, now())", effect, token, backoff, tries_max)


def test_lease__is_one_workers_until_it_runs_out(db, worker, queued):
    assert lease(worker) == [(queued, 3, 0, "pay", 1, 1)]
    assert lease(worker) == []
    worker.rollback()
    system(worker)
    assert lease(worker, span="0") == [(queued, 3, 0, "pay", 1, 1)]
    assert lease(worker, span="0") == [(queued, 3, 0, "pay", 2, 2)], "the second holder has a token of its own"
    assert fail(worker, queued, 1) is False, "who lost the lease is not believed"
    assert ask(worker, "SELECT outbox_done(%s, '{}', now())", queued) is True, "done is done, whoever says it"
    assert ask(worker, "SELECT outbox_done(%s, '{}', now())", queued) is False
    assert rows(worker, "SELECT seq, ordinal, kind, undo, undone FROM effect") == [(3, 0, "pay", "claw", False)]


def test_failure__waits_and_after_the_last_try_is_an_incident(db, worker, queued):
    (_, _, _, _, token, _), = lease(worker)
    assert fail(worker, queued, token, tries_max=2, backoff="0") is True
    (_, _, _, _, token, tries), = lease(worker)
    assert tries == 2 and fail(worker, queued, token, tries_max=2) is True
    assert ask(worker, "SELECT count(*) FROM outbox") == 0
    assert rows(worker, "SELECT kind, subject, seq, ordinal, payload, undo, error, state FROM incident") == [
        ("effect", "pay", 3, 0, {"cents": 5}, "claw", "refused", "open")]


def test_settle__does_what_needs_nobody_outside(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, outbox=[{"ordinal": 0, "kind": "notify", "payload": {"to": "applicant", "internal": False, "about": "x"}},
                                                 {"ordinal": 1, "kind": "document"}, {"ordinal": 2, "kind": "pay"}])
    assert ask(worker, "SELECT outbox_settle('{pay}', 10, now())") == 2
    assert ask(worker, "SELECT outbox_settle('{pay}', 10, now())") == 0
    assert rows(worker, "SELECT kind FROM outbox") == [("pay",)] and rows(worker, "SELECT kind FROM effect") == [("document",)]
    scope(worker, bodies=(1,))
    assert rows(worker, "SELECT role, internal, payload FROM notification") == [("applicant", False, {"about": "x"})]


def fetched(connection, *relations):
    """Pages that were looked at, of each, as far as all who ask have told."""
    ask(connection, "SELECT pg_stat_force_next_flush()")
    connection.commit()
    ask(connection, "SELECT pg_stat_clear_snapshot()")
    return [ask(connection, "SELECT pg_stat_get_blocks_fetched(%s::regclass)", name) for name in relations]


def test_settle__finds_what_it_takes_whenever_its_plan_was_made(db, worker, request_id):
    """Behind a flood: a hundred of twenty thousand are a hundred, also for who has only ever seen an empty table."""
    db.owner.autocommit = True
    ask(db.owner, "VACUUM ANALYZE outbox")
    db.owner.autocommit = False
    system(worker)
    ask(worker, "SET plan_cache_mode = force_generic_plan; SET statement_timeout = '20s'") # as oamd has it, or what goes wrong has no end
    assert ask(worker, "SELECT outbox_settle('{}', 100, now())") == 0
    system(db.owner)
    with db.owner.cursor() as cursor:
        cursor.execute("INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, created_at, wake) SELECT %s, 1, 1 + n / 1000, n %% 1000, 'document', '{}',"
                       " now(), now() - interval '1 hour' FROM generate_series(1, 20000) n", (request_id,))
    db.owner.commit()
    system(worker)
    before = fetched(worker, "outbox_wake", "outbox_pkey")
    system(worker)
    assert ask(worker, "SELECT outbox_settle('{}', 100, now())") == 100
    after = fetched(worker, "outbox_wake", "outbox_pkey")
    assert sum(after) - sum(before) < 500


# ---- incidents ----

@pytest.fixture
def incident(db, worker, queued):
    (_, _, _, _, token, _), = lease(worker)
    assert fail(worker, queued, token)
    worker.commit()
    system(worker)
    return queued


@pytest.mark.parametrize("action, state", [("retry", "retried"), ("skip", "skipped")])
def test_incident__is_decided_once(db, worker, incident, action, state):
    assert decide(worker, action) == 2
    assert ask(worker, "SELECT state FROM incident") == state
    assert rows(worker, "SELECT type, data ->> 'reason' FROM request_event ORDER BY seq DESC LIMIT 1") == [(f"request.incident_{state}", "perquè sí")]
    for version, code in ((1, "OA412"), (2, "OA409")):
        worker.commit()
        system(worker)
        with pytest.raises(psycopg2.Error) as refusal:
            decide(worker, "skip", version)
        assert refusal.value.pgcode == code
        worker.rollback()
        system(worker)
    assert rows(worker, "SELECT id, seq, ordinal, tries FROM outbox") == ([(incident, 3, 0, 0)] if action == "retry" else [])


def test_patch__needs_a_second_person(db, worker, incident):
    def refused(action, version, code, **how):
        worker.commit()
        system(worker)
        with pytest.raises(psycopg2.Error) as refusal:
            decide(worker, action, version, **how)
        assert refusal.value.pgcode == code
        worker.rollback()
        system(worker)

    refused("patch", 1, "OA409")
    assert decide(worker, "propose", 1, '{"cents": 4}', actor="user:1") == 2
    refused("patch", 2, "OA403", actor="user:1")
    assert decide(worker, "patch", 2, actor="user:2") == 3
    assert rows(worker, "SELECT id, payload, undo FROM outbox") == [(incident, {"cents": 4}, "claw")]
    assert rows(worker, "SELECT state, proposed_by, decided_by FROM incident") == [("patched", "user:1", "user:2")]


def test_patch__is_for_effects(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, timers=[timer()])
    ask(worker, "SELECT timer_failed(%s, 'late', 3, 'no', NULL, now())", request_id)
    with pytest.raises(psycopg2.Error) as refusal:
        decide(worker, "propose", 1, "{}")
    assert refusal.value.pgcode == "OA409"


def test_incident__of_nobody_is_nothing(worker):
    assert ask(worker, "SELECT incident_decide(%s, 1, 'skip', NULL, 'x', 'user:1', 'a', now())", str(uuid.uuid4())) is None


# ---- what is taken back ----

def test_undo__goes_last_first_behind_what_is_on_its_way(db, worker, request_id):
    system(worker)
    effects = [{"ordinal": n, "kind": kind, "undo": undo, "payload": {"n": n}}
               for n, (kind, undo) in enumerate([("reserve", "release"), ("pay", "claw"), ("document", None), ("call", "recall")])]
    step_followed(worker, request_id, 2, outbox=effects)
    assert ask(worker, "SELECT outbox_settle('{pay,call}', 10, now())") == 2     # reserve, document are done
    (pay, *_), = lease(worker)                                                   # pay is on its way; call was never tried
    step_followed(worker, request_id, 3, "end", undo=True)
    worker.commit()
    system(worker)
    assert rows(worker, "SELECT kind, ordinal, payload ->> 'n', undoes = %s FROM outbox WHERE seq = 4 ORDER BY ordinal", pay) == [
        ("claw", 501, "1", True), ("release", 502, "0", False)]
    assert ask(worker, "SELECT count(*) FROM outbox WHERE kind = 'call'") == 0, "what never left needs no undo"
    assert ask(worker, "SELECT outbox_settle('{}', 10, now())") == 1, "the undo of what is on its way waits"
    assert ask(worker, "SELECT outbox_done(%s, NULL, now())", pay) is True
    assert ask(worker, "SELECT outbox_settle('{}', 10, now())") == 1
    assert rows(worker, "SELECT kind, undone FROM effect ORDER BY seq, ordinal") == [
        ("reserve", True), ("pay", True), ("document", False), ("claw", False), ("release", False)]


def test_undo__of_what_a_person_skips_is_not_sent(db, worker, incident, request_id):
    step_followed(worker, request_id, 3, "end", undo=True)
    assert ask(worker, "SELECT outbox_settle('{}', 10, now())") == 0, "it waits for the incident"
    assert decide(worker, "skip") == 2
    assert ask(worker, "SELECT count(*) FROM outbox") == 0


def test_undo__that_the_definition_does_itself_is_not_doubled(db, worker, request_id):
    system(worker)
    step_followed(worker, request_id, 2, outbox=[{"ordinal": 0, "kind": "reserve", "undo": "release"}])
    ask(worker, "SELECT outbox_settle('{}', 10, now())")
    step_followed(worker, request_id, 3, "end", outbox=[{"ordinal": 0, "kind": "release"}], undo=True)
    assert ask(worker, "SELECT count(*) FROM outbox WHERE kind = 'release'") == 1


def test_figures__count_what_waits(db, worker, incident, request_id):
    step_followed(worker, request_id, 3, timers=[timer(), timer("b", due=FUTURE)], outbox=[{"ordinal": 0, "kind": "pay"}])
    due, lag, waiting, age, incidents = rows(worker, "SELECT * FROM runtime_figures(now())")[0]
    assert (due, waiting, incidents) == (1, 1, 1) and lag > 0 and age >= 0
