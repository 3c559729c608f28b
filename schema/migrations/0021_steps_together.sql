-- Many steps in one call: a flood of timers pays for its statements once a batch, and not once a request.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- What waits for a request is written by the call that writes the request and its event, and no request with an event can be deleted:
-- the event's own key sees to it. To look each of them up again costs as much as writing it.
ALTER TABLE request_timer DROP CONSTRAINT request_timer_request_id_fkey;
ALTER TABLE request_clock DROP CONSTRAINT request_clock_request_id_fkey;
ALTER TABLE outbox DROP CONSTRAINT outbox_request_id_fkey;

-- One step of each of many requests, whose rows the caller has locked (timer_claim) and which change nothing but what is in p_steps:
-- an array of {id, version, state, phase, outcome, data, engine, due_us, due, type, event, draft, timers, clocks, outbox}, as
-- request_step() takes them. Written in that order, so that loads of agents are taken in it. All of them or, where one is at another
-- version, none. Of what a step says twice of one timer or clock the last word counts.
CREATE FUNCTION request_steps(p_steps jsonb, p_actor text, p_actor_name text, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    written integer;
    current integer;
BEGIN
    IF jsonb_path_exists(p_steps, '$[*].timers[*].due') OR jsonb_path_exists(p_steps, '$[*].clocks[*].due') THEN
        PERFORM pg_advisory_xact_lock_shared(calendar_key());
        current := calendar_now();
    END IF;
    WITH step AS MATERIALIZED (
        SELECT s.*, r.body_id AS body, r.workflow_id, r.seq + 1 AS seq, r.digest AS previous,
               event_digest(r.digest, r.id, r.seq + 1, r.version + 1, r.body_id, p_now, s.type, p_actor, p_actor_name, false, s.draft,
                            r.workflow_id, s.event) AS digest
        FROM jsonb_to_recordset(p_steps) AS s (id bigint, version integer, state text, phase text, outcome text, data jsonb, engine bytea,
                 due_us bigint, due jsonb, type text, event jsonb, draft boolean, timers jsonb, clocks jsonb, outbox jsonb)
        JOIN request r ON r.id = s.id AND r.version = s.version),
    told AS (
        INSERT INTO request_event (request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id, data,
                                   previous, digest)
        SELECT id, seq, version + 1, body, p_now, type, p_actor, p_actor_name, false, draft, workflow_id, event, previous, digest
        FROM step),
    moved AS (
        UPDATE request r SET state = s.state, phase = s.phase, outcome = s.outcome, data = s.data, version = r.version + 1, seq = s.seq,
            digest = s.digest, updated_at = p_now,
            submitted_at = coalesce(r.submitted_at, CASE WHEN s.phase NOT IN ('draft', 'end') THEN p_now END),
            closed_at = CASE WHEN s.phase = 'end' THEN coalesce(r.closed_at, p_now) END,
            engine = coalesce(s.engine, r.engine),
            due_at = CASE WHEN s.engine IS NULL THEN r.due_at ELSE timestamptz 'epoch' + s.due_us * interval '1 microsecond' END,
            due = CASE WHEN s.engine IS NULL THEN r.due ELSE s.due END
        FROM step s WHERE r.id = s.id
        RETURNING r.id),
    timer AS MATERIALIZED (
        SELECT DISTINCT ON (s.id, said.item ->> 'timer') s.id, s.seq, said.item ->> 'timer' AS timer,
               (said.item ->> 'due')::timestamptz AS due, (said.item ->> 'since')::timestamptz AS since,
               coalesce((said.item ->> 'calendar')::integer, 0) AS counted_by
        FROM step s, jsonb_array_elements(s.timers) WITH ORDINALITY AS said (item, place) WHERE s.phase <> 'end'
        ORDER BY s.id, said.item ->> 'timer', said.place DESC),
    clock AS MATERIALIZED (
        SELECT DISTINCT ON (s.id, said.item ->> 'clock') s.id, said.item ->> 'clock' AS clock,
               (said.item ->> 'due')::timestamptz AS due, (said.item ->> 'since')::timestamptz AS since,
               translate(said.item ->> 'bodies', '[]', '{}')::bigint[] AS bodies,
               coalesce((said.item ->> 'calendar')::integer, 0) AS counted_by
        FROM step s, jsonb_array_elements(s.clocks) WITH ORDINALITY AS said (item, place) WHERE s.phase <> 'end'
        ORDER BY s.id, said.item ->> 'clock', said.place DESC),
    timers_gone AS (
        DELETE FROM request_timer t USING timer g WHERE t.request_id = g.id AND t.timer = g.timer AND g.due IS NULL),
    timers_over AS (
        DELETE FROM request_timer t USING step s WHERE t.request_id = s.id AND s.phase = 'end'),
    clocks_gone AS (
        DELETE FROM request_clock c USING clock g WHERE c.request_id = g.id AND c.clock = g.clock AND g.due IS NULL),
    clocks_over AS (
        DELETE FROM request_clock c USING step s WHERE c.request_id = s.id AND s.phase = 'end'),
    timers_set AS (
        INSERT INTO request_timer (request_id, timer, generation, due, wake, since)
        SELECT id, timer, seq, due, due, since FROM timer WHERE due IS NOT NULL
        ON CONFLICT (request_id, timer) DO UPDATE
        SET generation = EXCLUDED.generation, due = EXCLUDED.due, wake = EXCLUDED.wake, since = EXCLUDED.since, tries = 0,
            last_error = NULL),
    clocks_set AS (
        INSERT INTO request_clock (request_id, clock, bodies, since, due, revision)
        SELECT id, clock, bodies, since, due, counted_by FROM clock WHERE due IS NOT NULL
        ON CONFLICT (request_id, clock) DO UPDATE
        SET bodies = EXCLUDED.bodies, since = EXCLUDED.since, due = EXCLUDED.due, revision = EXCLUDED.revision),
    counted_anew AS (
        INSERT INTO clock_recount (request_id, revision)
        SELECT id, current FROM timer WHERE due IS NOT NULL AND counted_by < current
        UNION SELECT id, current FROM clock WHERE due IS NOT NULL AND counted_by < current
        ON CONFLICT DO NOTHING),
    queued AS (
        INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, undo, created_at, wake)
        SELECT s.id, s.body, s.seq, o.ordinal, o.kind, coalesce(o.payload, '{}'), o.undo, p_now, clock_timestamp()
        FROM step s, jsonb_to_recordset(s.outbox) AS o (ordinal integer, kind text, payload jsonb, undo text))
    SELECT count(*) INTO written FROM moved;
    IF written <> jsonb_array_length(p_steps) THEN
        RAISE EXCEPTION '% of % requests are where they were', written, jsonb_array_length(p_steps) USING ERRCODE = 'OA412';
    END IF;
END $$;

REVOKE ALL ON FUNCTION request_steps FROM PUBLIC;
GRANT EXECUTE ON FUNCTION request_steps TO oam_app;
