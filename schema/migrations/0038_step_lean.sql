-- What a step costs: what does not change is not looked at. PostgreSQL looks up each function and operator of an expression, and asks whether
-- it may be called, once a transaction for what a function evaluates and once a statement for the rest: 2,000 instructions each, an operator
-- included. So a step names what it changes, a request is tried in what was written of it, and timers that go are told by their names.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- ---------------------------------------------------------------- requests: what it says, and where it stands

-- What a request says: tried where it is filed, and where one of these columns is written. As with a CHECK, what is unknown is no breach.
CREATE FUNCTION request_form() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole boolean;
BEGIN
    whole := length(NEW.title) BETWEEN 3 AND 250
        AND length(NEW.description) <= 20000
        AND NEW.channel IN ('web', 'phone', 'email', 'visit', 'mail', 'internal', 'api')
        AND (NEW.register_number IS NULL) = (NEW.registered_at IS NULL)
        AND NEW.effort_hours BETWEEN 0 AND 99999
        AND NEW.supports >= 0
        AND (NEW.external_ref IS NULL OR length(NEW.external_ref) BETWEEN 1 AND 100)
        AND (NEW.place IS NULL OR length(NEW.place) <= 200)
        AND NEW.ref ~ '^OAM-[0-9]{4}-[0-9]{6,9}$';
    IF NOT whole THEN
        RAISE EXCEPTION 'request % would not be whole', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = 'oam', TABLE = 'request', CONSTRAINT = 'request_whole';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER request_form BEFORE INSERT OR UPDATE OF ref, title, description, channel, register_number, registered_at, effort_hours,
    supports, external_ref, place ON request FOR EACH ROW EXECUTE FUNCTION request_form();

-- Where it stands, its hours, and what its agent carries: loads, turns, referents (0032). Of a request that is filed, OLD is nothing.
CREATE OR REPLACE FUNCTION request_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole boolean;
    handed boolean := NEW.assignee_id IS DISTINCT FROM OLD.assignee_id;
    was_open integer := 0;
    hours_before integer := 0;
    is_open integer := 0;
BEGIN
    whole := NEW.version BETWEEN 1 AND NEW.seq
        AND length(NEW.digest) = 32
        AND NEW.phase IN ('draft', 'intake', 'study', 'decision', 'waiting', 'execution', 'justification', 'end')
        AND CASE WHEN NEW.phase = 'end' THEN NEW.closed_at IS NOT NULL AND NEW.outcome IS NOT NULL
                 ELSE NEW.closed_at IS NULL AND NEW.outcome IS NULL END
        AND (NEW.submitted_at IS NOT NULL OR NEW.phase IN ('draft', 'end'))
        AND (NEW.closed_at IS NULL OR NEW.submitted_at IS NULL OR NEW.closed_at >= NEW.submitted_at)
        AND (NEW.due_at IS NULL OR NEW.due IS NOT NULL)
        AND jsonb_typeof(NEW.data) = 'object';
    IF NOT whole THEN
        RAISE EXCEPTION 'request % would not be whole', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = 'oam', TABLE = 'request', CONSTRAINT = 'request_whole';
    END IF;
    IF NEW.service_id IS DISTINCT FROM OLD.service_id OR NEW.data IS DISTINCT FROM OLD.data THEN
        NEW.effort_hours := coalesce(CASE WHEN jsonb_typeof(NEW.data -> 'estimated_hours') = 'number'
                AND NEW.data ->> 'estimated_hours' ~ '^[0-9]{1,5}$' THEN (NEW.data ->> 'estimated_hours')::integer END,
            (SELECT effort_hours FROM oam.service WHERE id = NEW.service_id));
    END IF;
    IF OLD.id IS NOT NULL THEN
        IF NOT handed THEN
            IF OLD.closed_at IS NOT DISTINCT FROM NEW.closed_at AND OLD.effort_hours = NEW.effort_hours THEN
                RETURN NEW;
            END IF;
        ELSIF NEW.owner_id IS NOT DISTINCT FROM OLD.owner_id THEN
            NEW.owner_id := NULL;
        END IF;
        was_open := (OLD.assignee_id IS NOT NULL AND OLD.closed_at IS NULL)::integer;
        hours_before := was_open * OLD.effort_hours;
    END IF;
    is_open := (NEW.assignee_id IS NOT NULL AND NEW.closed_at IS NULL)::integer;
    IF NOT handed THEN
        UPDATE oam.agent_load SET open_requests = open_requests + is_open - was_open,
            open_hours = open_hours + is_open * NEW.effort_hours - hours_before
        WHERE agent_id = NEW.assignee_id;
    ELSE
        IF OLD.assignee_id IS NOT NULL THEN
            -- In the order of agent ids, as every other taker of these rows.
            PERFORM FROM oam.agent_load WHERE agent_id IN (OLD.assignee_id, NEW.assignee_id) ORDER BY agent_id FOR UPDATE;
            UPDATE oam.agent_load SET open_requests = open_requests - was_open, open_hours = open_hours - hours_before
            WHERE agent_id = OLD.assignee_id;
        END IF;
        UPDATE oam.agent_load SET open_requests = open_requests + is_open, open_hours = open_hours + is_open * NEW.effort_hours,
            last_assigned_at = CASE WHEN OLD.id IS NULL THEN NEW.created_at ELSE NEW.updated_at END, turn = nextval('oam.assignment_turn')
        WHERE agent_id = NEW.assignee_id;
    END IF;
    IF OLD.id IS NOT NULL AND NEW.closed_at IS NOT NULL AND OLD.closed_at IS NULL AND NEW.assignee_id IS NOT NULL THEN
        INSERT INTO oam.referent (body_id, area_code, agent_id, at)
        SELECT NEW.body_id, service.area_code, coalesce(NEW.owner_id, NEW.assignee_id), NEW.closed_at
        FROM oam.service WHERE service.id = NEW.service_id
        ON CONFLICT (body_id, area_code) DO UPDATE SET agent_id = excluded.agent_id, at = excluded.at
        WHERE referent.at <= excluded.at;
    END IF;
    RETURN NEW;
END $$;

-- ---------------------------------------------------------------- events

-- As it was (0032); the letters of a type that is known need no look.
CREATE OR REPLACE FUNCTION event_append(p_request_id bigint, p_body_id bigint, p_workflow_id bigint, p_seq integer, p_version integer,
    p_previous bytea, p_at timestamptz, p_types text[], p_data jsonb[], p_actor text, p_actor_name text, p_internal boolean,
    p_draft boolean[]) RETURNS bytea
LANGUAGE plpgsql AS $$
DECLARE
    last bytea := p_previous;
    next bytea;
    place integer := p_seq;
    moved integer := p_version;
BEGIN
    FOR i IN 1..cardinality(p_types) LOOP
        IF p_types[i] NOT IN ('request.transitioned', 'request.created', 'request.submitted', 'request.commented') THEN
            IF p_types[i] !~ '^request\.[a-z_]+$' THEN
                PERFORM oam.event_breach(p_request_id, p_types[i]);
            END IF;
        END IF;
        IF jsonb_typeof(p_data[i]) <> 'object' THEN
            PERFORM oam.event_breach(p_request_id, p_types[i]);
        END IF;
        place := place + 1;
        IF NOT p_internal THEN
            moved := moved + 1;
        END IF;
        next := oam.event_digest(last, p_request_id, place, moved, p_body_id, p_at, p_types[i], p_actor, p_actor_name, p_internal,
                                 p_draft[i], p_workflow_id, p_data[i]);
        INSERT INTO oam.request_event (request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id,
                                       data, previous, digest)
        VALUES (p_request_id, place, moved, p_body_id, p_at, p_types[i], p_actor, p_actor_name, p_internal, p_draft[i],
                p_workflow_id, p_data[i], last, next);
        last := next;
    END LOOP;
    RETURN last;
END $$;

-- The same bytes (0014), by fewer functions.
CREATE OR REPLACE FUNCTION event_digest(previous bytea, request_id bigint, seq integer, version integer, body_id bigint, at timestamptz,
    type text, actor text, actor_name text, internal boolean, draft boolean, workflow_id bigint, data jsonb) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN sha256($1 || convert_to(concat_ws(E'\x1f', $2, $3, $4, $5, (extract(epoch FROM $6) * 1000000)::bigint, $7, $8, $9,
                                             CASE WHEN $10 THEN 'true' WHEN NOT $10 THEN 'false' END,
                                             CASE WHEN $11 THEN 'true' WHEN NOT $11 THEN 'false' END, $12, $13), 'UTF8'));
END $$;

-- ---------------------------------------------------------------- what leaves the house

-- As it was: most of what a step queues tells somebody of it, and a pattern costs more than the row.
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check,
    ADD CONSTRAINT outbox_kind_check CHECK (kind = 'notify' OR kind ~ '^[a-z][a-z0-9_]{0,31}$') NOT VALID;

-- ---------------------------------------------------------------- a step

-- As it was (0008), but that a title of NULL leaves what the request says as it is, and p_gone are timers that go and are not set again.
DROP FUNCTION request_step(bigint, integer, text, text, text, jsonb, text, text, bigint, bigint, bigint, bigint, text, text, text, timestamptz,
    text[], jsonb[], boolean[], bytea, timestamptz, jsonb, jsonb, jsonb, jsonb, boolean);
CREATE FUNCTION request_step(p_id bigint, p_version integer, p_state text, p_phase text, p_outcome text, p_data jsonb, p_title text,
    p_description text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_assignee_id bigint, p_register_number text,
    p_actor text, p_actor_name text, p_now timestamptz, p_types text[], p_events jsonb[], p_draft boolean[], p_engine bytea,
    p_due_at timestamptz, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb, p_undo boolean, p_gone text[] DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    owner bigint;
    reached integer;
    before bytea;
    events integer := cardinality(p_types);
    is_open boolean := p_phase <> 'end';
BEGIN
    SELECT body_id, seq, digest INTO owner, reached, before FROM request WHERE id = p_id AND version = p_version FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request % is no longer at version %', p_id, p_version USING ERRCODE = 'OA412';
    END IF;
    IF p_title IS NOT NULL THEN
        UPDATE request SET title = p_title, description = p_description, service_id = p_service_id, unit_id = p_unit_id,
            register_number = coalesce(register_number, p_register_number),
            registered_at = CASE WHEN register_number IS NULL AND p_register_number IS NOT NULL THEN p_now ELSE registered_at END
        WHERE id = p_id;
    END IF;
    UPDATE request SET state = p_state, phase = p_phase, outcome = p_outcome, data = p_data, workflow_id = p_workflow_id,
        assignee_id = p_assignee_id, version = p_version + events, seq = reached + events,
        submitted_at = coalesce(submitted_at, CASE WHEN p_phase NOT IN ('draft', 'end') THEN p_now END),
        updated_at = p_now,
        closed_at = CASE WHEN is_open THEN NULL ELSE coalesce(closed_at, p_now) END,
        engine = coalesce(p_engine, engine),
        due_at = CASE WHEN p_engine IS NULL THEN due_at ELSE p_due_at END,
        due = CASE WHEN p_engine IS NULL THEN due ELSE p_due END,
        digest = event_append(p_id, owner, p_workflow_id, reached, p_version, before, p_now, p_types, p_events, p_actor, p_actor_name, false,
                              p_draft)
    WHERE id = p_id;
    IF p_gone IS NOT NULL AND is_open THEN
        DELETE FROM request_timer WHERE request_id = p_id AND timer = ANY (p_gone);
    END IF;
    IF NOT is_open OR p_timers IS NOT NULL OR p_clocks IS NOT NULL OR p_outbox IS NOT NULL THEN
        PERFORM request_follow(p_id, owner, reached + events, p_now, NOT is_open, p_timers, p_clocks, p_outbox);
    END IF;
    IF p_undo THEN
        PERFORM request_undo(p_id, owner, reached + events, p_now);
    END IF;
END $$;

-- As it was (0032), but for the look at the letters of its type.
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
               CASE WHEN (s.type = 'request.transitioned' OR s.type ~ '^request\.[a-z_]+$') AND jsonb_typeof(s.event) = 'object'
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

REVOKE ALL ON FUNCTION request_form, request_step FROM PUBLIC;
GRANT EXECUTE ON FUNCTION request_step TO oam_app;
