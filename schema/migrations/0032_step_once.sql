-- What a step costs: what it says is worked out once. A digest is computed where the event is written, and worked out again only where
-- somebody changes one; what must always hold of a request is looked at by the one trigger that looks at the row anyway, which needs no
-- CHECK to be read from its text for every statement and no second trigger; nothing is looked up that the same call holds locked.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- ---------------------------------------------------------------- requests: one trigger

-- What a request always is, its hours, and what its agent carries: loads, turns, referents. Before the row is written, which the lock of
-- the row makes as exact as afterwards: whoever comes second sees here what the first has left. As with a CHECK, what is unknown is no
-- breach.
CREATE FUNCTION request_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole boolean;
    before bigint;
    was_open integer := 0;
    hours_before integer := 0;
    is_open integer := 0;
BEGIN
    IF TG_OP = 'INSERT' OR NEW.service_id <> OLD.service_id OR NEW.data IS DISTINCT FROM OLD.data THEN
        NEW.effort_hours := coalesce(CASE WHEN jsonb_typeof(NEW.data -> 'estimated_hours') = 'number'
                AND NEW.data ->> 'estimated_hours' ~ '^[0-9]{1,5}$' THEN (NEW.data ->> 'estimated_hours')::integer END,
            (SELECT effort_hours FROM oam.service WHERE id = NEW.service_id));
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.assignee_id IS DISTINCT FROM OLD.assignee_id AND NEW.owner_id IS NOT DISTINCT FROM OLD.owner_id THEN
        NEW.owner_id := NULL;
    END IF;
    whole := NEW.version >= 1
        AND NEW.seq >= NEW.version
        AND length(NEW.digest) = 32
        AND NEW.phase IN ('draft', 'intake', 'study', 'decision', 'waiting', 'execution', 'justification', 'end')
        AND (NEW.phase = 'end') = (NEW.closed_at IS NOT NULL)
        AND (NEW.phase = 'end') = (NEW.outcome IS NOT NULL)
        AND (NEW.phase IN ('draft', 'end') OR NEW.submitted_at IS NOT NULL)
        AND (NEW.closed_at IS NULL OR NEW.submitted_at IS NULL OR NEW.closed_at >= NEW.submitted_at)
        AND (NEW.register_number IS NULL) = (NEW.registered_at IS NULL)
        AND (NEW.due_at IS NULL OR NEW.due IS NOT NULL)
        AND length(NEW.title) BETWEEN 3 AND 250
        AND length(NEW.description) <= 20000
        AND jsonb_typeof(NEW.data) = 'object'
        AND NEW.channel IN ('web', 'phone', 'email', 'visit', 'mail', 'internal', 'api')
        AND NEW.effort_hours BETWEEN 0 AND 99999
        AND NEW.supports >= 0
        AND (NEW.external_ref IS NULL OR length(NEW.external_ref) BETWEEN 1 AND 100)
        AND (NEW.place IS NULL OR length(NEW.place) <= 200)
        AND NEW.ref ~ '^OAM-[0-9]{4}-[0-9]{6,9}$';
    IF NOT whole THEN
        RAISE EXCEPTION 'request % would not be whole', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = 'oam', TABLE = 'request', CONSTRAINT = 'request_whole';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.assignee_id IS NOT DISTINCT FROM NEW.assignee_id AND OLD.closed_at IS NOT DISTINCT FROM NEW.closed_at
           AND OLD.effort_hours = NEW.effort_hours THEN
            RETURN NEW;
        END IF;
        before := OLD.assignee_id;
        was_open := (before IS NOT NULL AND OLD.closed_at IS NULL)::integer;
        hours_before := was_open * OLD.effort_hours;
    END IF;
    is_open := (NEW.assignee_id IS NOT NULL AND NEW.closed_at IS NULL)::integer;
    IF NEW.assignee_id IS NOT DISTINCT FROM before THEN
        UPDATE oam.agent_load SET open_requests = open_requests + is_open - was_open,
            open_hours = open_hours + is_open * NEW.effort_hours - hours_before
        WHERE agent_id = before;
    ELSE
        IF before IS NOT NULL THEN
            -- In the order of agent ids, as every other taker of these rows.
            PERFORM FROM oam.agent_load WHERE agent_id IN (before, NEW.assignee_id) ORDER BY agent_id FOR UPDATE;
            UPDATE oam.agent_load SET open_requests = open_requests - was_open, open_hours = open_hours - hours_before
            WHERE agent_id = before;
        END IF;
        UPDATE oam.agent_load SET open_requests = open_requests + is_open, open_hours = open_hours + is_open * NEW.effort_hours,
            last_assigned_at = CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE NEW.updated_at END, turn = nextval('oam.assignment_turn')
        WHERE agent_id = NEW.assignee_id;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.closed_at IS NOT NULL AND OLD.closed_at IS NULL AND NEW.assignee_id IS NOT NULL THEN
        INSERT INTO oam.referent (body_id, area_code, agent_id, at)
        SELECT NEW.body_id, service.area_code, coalesce(NEW.owner_id, NEW.assignee_id), NEW.closed_at
        FROM oam.service WHERE service.id = NEW.service_id
        ON CONFLICT (body_id, area_code) DO UPDATE SET agent_id = excluded.agent_id, at = excluded.at
        WHERE referent.at <= excluded.at;
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER request_weigh ON request;
DROP TRIGGER request_account_insert ON request;
DROP TRIGGER request_account_update ON request;
CREATE TRIGGER request_keep BEFORE INSERT OR UPDATE ON request FOR EACH ROW EXECUTE FUNCTION request_keep();
DROP FUNCTION request_weigh();
DROP FUNCTION request_account();
ALTER TABLE request DROP CONSTRAINT request_whole;
DROP FUNCTION request_is_whole(request);

-- A request stays. What points at it was looked up until now for each event, to the same end.
CREATE FUNCTION request_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'requests are not deleted' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER request_stays BEFORE DELETE OR TRUNCATE ON request FOR EACH STATEMENT EXECUTE FUNCTION request_stays();

-- ---------------------------------------------------------------- events: what is written once is not looked at again

-- Events are written by the two functions below, which work the digest out of what they write. Nobody changes one; who does all the same
-- finds the whole of it tried, as it was when it was written. event_chain_faults() reads all of them anew.
ALTER TABLE request_event DROP CONSTRAINT request_event_whole, DROP CONSTRAINT request_event_request_id_fkey;
CREATE FUNCTION event_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT oam.event_is_whole(NEW) THEN
        RAISE EXCEPTION 'event % would not be whole', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = 'oam', TABLE = 'request_event', CONSTRAINT = 'request_event_whole';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER request_event_whole BEFORE UPDATE ON request_event FOR EACH ROW EXECUTE FUNCTION event_stays();
ALTER TABLE event_feed DROP CONSTRAINT event_feed_event_id_fkey;

-- Answers a digest only to stand where one is expected.
CREATE FUNCTION event_breach(p_request_id bigint, p_type text) RETURNS bytea LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what % says of request % is no event', p_type, p_request_id
        USING ERRCODE = 'check_violation', SCHEMA = 'oam', TABLE = 'request_event', CONSTRAINT = 'request_event_whole';
END $$;

CREATE OR REPLACE FUNCTION event_append(p_request_id bigint, p_body_id bigint, p_workflow_id bigint, p_seq integer, p_version integer,
    p_previous bytea, p_at timestamptz, p_types text[], p_data jsonb[], p_actor text, p_actor_name text, p_internal boolean,
    p_draft boolean[]) RETURNS bytea
LANGUAGE plpgsql AS $$
DECLARE
    last bytea := p_previous;
    next bytea;
    moved integer;
BEGIN
    FOR i IN 1..cardinality(p_types) LOOP
        IF p_types[i] !~ '^request\.[a-z_]+$' OR jsonb_typeof(p_data[i]) <> 'object' THEN
            PERFORM oam.event_breach(p_request_id, p_types[i]);
        END IF;
        moved := CASE WHEN p_internal THEN p_version ELSE p_version + i END;
        next := oam.event_digest(last, p_request_id, p_seq + i, moved, p_body_id, p_at, p_types[i], p_actor, p_actor_name, p_internal,
                                 p_draft[i], p_workflow_id, p_data[i]);
        INSERT INTO oam.request_event (request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id,
                                       data, previous, digest)
        VALUES (p_request_id, p_seq + i, moved, p_body_id, p_at, p_types[i], p_actor, p_actor_name, p_internal, p_draft[i],
                p_workflow_id, p_data[i], last, next);
        last := next;
    END LOOP;
    RETURN last;
END $$;

-- As it was, and events of no request are told too.
CREATE OR REPLACE FUNCTION event_chain_faults() RETURNS TABLE (request_id bigint, seq integer, fault text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('oam.worker', '1', true);
    RETURN QUERY WITH chain AS (
        SELECT e.*, lag(e.digest) OVER w AS before, row_number() OVER w AS place
        FROM request_event e WINDOW w AS (PARTITION BY e.request_id ORDER BY e.seq))
    SELECT c.request_id, c.seq, CASE
        WHEN c.seq <> c.place THEN 'missing'
        WHEN c.previous <> coalesce(c.before, decode(repeat('00', 32), 'hex')) THEN 'unchained'
        ELSE 'altered' END
    FROM chain c
    WHERE c.seq <> c.place OR c.previous <> coalesce(c.before, decode(repeat('00', 32), 'hex'))
       OR c.digest <> event_digest(c.previous, c.request_id, c.seq, c.version, c.body_id, c.at, c.type, c.actor, c.actor_name,
                                   c.internal, c.draft, c.workflow_id, c.data)
    UNION ALL
    SELECT r.id, r.seq, 'head'
    FROM request r LEFT JOIN request_event e ON e.request_id = r.id AND e.seq = r.seq
    WHERE e.digest IS DISTINCT FROM r.digest OR e.version IS DISTINCT FROM r.version
       OR EXISTS (SELECT FROM request_event l WHERE l.request_id = r.id AND l.seq > r.seq)
    UNION ALL
    SELECT e.request_id, e.seq, 'head'
    FROM request_event e WHERE e.seq = 1 AND NOT EXISTS (SELECT FROM request r WHERE r.id = e.request_id)
    ORDER BY 1, 2;
    PERFORM set_config('oam.worker', '', true);
END $$;

-- As it was (0021), but that it tries what it writes as event_append() does.
CREATE OR REPLACE FUNCTION request_steps(p_steps jsonb, p_actor text, p_actor_name text, p_now timestamptz) RETURNS void
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
               CASE WHEN s.type ~ '^request\.[a-z_]+$' AND jsonb_typeof(s.event) = 'object'
                    THEN event_digest(r.digest, r.id, r.seq + 1, r.version + 1, r.body_id, p_now, s.type, p_actor, p_actor_name, false,
                                      s.draft, r.workflow_id, s.event)
                    ELSE event_breach(s.id, s.type) END AS digest
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

-- ---------------------------------------------------------------- what the worker does of it

-- Of a request that stays, by way of the outbox, whose rows the step wrote.
ALTER TABLE notification DROP CONSTRAINT notification_request_id_fkey;
ALTER TABLE effect DROP CONSTRAINT effect_request_id_fkey;
-- A plan that was made while there was next to nothing reads whole tables once there is something.
ALTER FUNCTION outbox_settle(text[], integer, timestamptz) SET enable_seqscan = off;
ALTER FUNCTION outbox_settle(text[], integer, timestamptz) SET enable_hashjoin = off;
ALTER FUNCTION outbox_settle(text[], integer, timestamptz) SET enable_mergejoin = off;

-- ---------------------------------------------------------------- keys of repeated requests

-- Who writes is let in by the policy, which is kept ready and says the same of a key as two CHECKs did.
ALTER TABLE idempotency_key DROP CONSTRAINT idempotency_key_key_check, DROP CONSTRAINT idempotency_key_request_hash_check;
ALTER POLICY idempotency_key_scope ON idempotency_key
    WITH CHECK (principal = current_setting('oam.principal', true) AND length(key) BETWEEN 1 AND 255 AND length(request_hash) = 32);

REVOKE ALL ON FUNCTION request_keep, request_stays, event_stays, event_breach FROM PUBLIC;
