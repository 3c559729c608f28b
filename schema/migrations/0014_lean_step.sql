-- What a step costs in the database: 30 % less to file, 40 % less to hand over. A function in SQL that cannot be inlined is parsed
-- and planned at each call, and each statement prepares every CHECK of its table anew: hence plpgsql, and fewer statements.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;

-- Nobody has called these since 0005.
DROP FUNCTION agent_loads(bigint[]);
DROP FUNCTION request_create(text, bigint, text, bigint, bigint, bigint, text, text, text, text, text, jsonb, text, bigint, text, text,
    integer, text, boolean, text, text, timestamptz, timestamptz, timestamptz, timestamptz, text[], jsonb[], boolean[]);
DROP FUNCTION request_step(bigint, integer, text, text, text, jsonb, text, text, bigint, bigint, bigint, bigint, text, text, text,
    timestamptz, text[], jsonb[], boolean[]);

-- The same bytes as before.
CREATE OR REPLACE FUNCTION event_digest(previous bytea, request_id bigint, seq integer, version integer, body_id bigint, at timestamptz,
    type text, actor text, actor_name text, internal boolean, draft boolean, workflow_id bigint, data jsonb) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN sha256($1 || convert_to(concat_ws(E'\x1f', $2, $3, $4, $5, (extract(epoch FROM $6) * 1000000)::bigint, $7, $8, $9,
                                             $10::text, $11::text, $12, $13), 'UTF8'));
END $$;

-- Without a setting of its own it is folded into whoever asks.
CREATE OR REPLACE FUNCTION calendar_key() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT hashtextextended('oam.calendar', 0) $$;
ALTER FUNCTION calendar_key() RESET search_path;

CREATE OR REPLACE FUNCTION calendar_now() RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce((SELECT max(revision) FROM calendar_revision), 0);
END $$;

CREATE OR REPLACE FUNCTION agent_burdens(ids bigint[])
RETURNS TABLE (agent_id bigint, open_requests integer, open_hours integer, last_assigned_at timestamptz, turn bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT l.agent_id, l.open_requests, l.open_hours, l.last_assigned_at, l.turn FROM agent_load l
    WHERE l.agent_id = ANY (ids) ORDER BY l.agent_id FOR UPDATE;
END $$;

CREATE OR REPLACE FUNCTION event_append(p_request_id bigint, p_body_id bigint, p_workflow_id bigint, p_seq integer, p_version integer,
    p_previous bytea, p_at timestamptz, p_types text[], p_data jsonb[], p_actor text, p_actor_name text, p_internal boolean,
    p_draft boolean[]) RETURNS bytea
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    chain bytea[] := ARRAY[p_previous];
    moves integer := CASE WHEN p_internal THEN 0 ELSE 1 END;
BEGIN
    FOR i IN 1..cardinality(p_types) LOOP
        chain[i + 1] := event_digest(chain[i], p_request_id, p_seq + i, p_version + moves * i, p_body_id, p_at, p_types[i], p_actor,
                                     p_actor_name, p_internal, p_draft[i], p_workflow_id, p_data[i]);
    END LOOP;
    INSERT INTO request_event (request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id, data,
                               previous, digest)
    SELECT p_request_id, p_seq + i, p_version + moves * i, p_body_id, p_at, p_types[i], p_actor, p_actor_name, p_internal, p_draft[i],
           p_workflow_id, p_data[i], chain[i], chain[i + 1]
    FROM generate_series(1, cardinality(p_types)) AS i;
    RETURN chain[cardinality(chain)];
END $$;

-- The account of an agent changes in one statement, here and nowhere else: the functions below leave it to the trigger.
CREATE OR REPLACE FUNCTION request_account() RETURNS trigger LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    before bigint := CASE WHEN TG_OP = 'UPDATE' THEN OLD.assignee_id END;
    given boolean := NEW.assignee_id IS DISTINCT FROM before;
    was_open integer := CASE WHEN TG_OP = 'UPDATE' AND before IS NOT NULL THEN (OLD.closed_at IS NULL)::integer ELSE 0 END;
    is_open integer := CASE WHEN NEW.assignee_id IS NOT NULL THEN (NEW.closed_at IS NULL)::integer ELSE 0 END;
    hours_before integer := CASE WHEN was_open = 1 THEN OLD.effort_hours ELSE 0 END;
BEGIN
    IF given AND before IS NOT NULL THEN
        -- In the order of agent ids, as every other taker of these rows.
        PERFORM FROM agent_load WHERE agent_id IN (before, NEW.assignee_id) ORDER BY agent_id FOR UPDATE;
        UPDATE agent_load SET open_requests = open_requests - was_open, open_hours = open_hours - hours_before WHERE agent_id = before;
    END IF;
    IF given AND NEW.assignee_id IS NOT NULL THEN
        UPDATE agent_load SET open_requests = open_requests + is_open, open_hours = open_hours + is_open * NEW.effort_hours,
            last_assigned_at = CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE NEW.updated_at END, turn = nextval('assignment_turn')
        WHERE agent_id = NEW.assignee_id;
    ELSIF NOT given AND before IS NOT NULL THEN
        UPDATE agent_load SET open_requests = open_requests + is_open - was_open,
            open_hours = open_hours + is_open * NEW.effort_hours - hours_before
        WHERE agent_id = before;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.closed_at IS NOT NULL AND OLD.closed_at IS NULL AND NEW.assignee_id IS NOT NULL THEN
        INSERT INTO referent (body_id, area_code, agent_id, at)
        SELECT NEW.body_id, service.area_code, coalesce(NEW.owner_id, NEW.assignee_id), NEW.closed_at
        FROM service WHERE service.id = NEW.service_id
        ON CONFLICT (body_id, area_code) DO UPDATE SET agent_id = excluded.agent_id, at = excluded.at
        WHERE referent.at <= excluded.at;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION request_create(p_ref text, p_body_id bigint, p_comarca_code text, p_service_id bigint, p_unit_id bigint,
    p_workflow_id bigint, p_state text, p_phase text, p_outcome text, p_title text, p_description text, p_data jsonb, p_channel text,
    p_assignee_id bigint, p_register_number text, p_external_ref text, p_supports integer, p_place text, p_synthetic boolean,
    p_actor text, p_actor_name text, p_now timestamptz, p_submitted_at timestamptz, p_updated_at timestamptz,
    p_closed_at timestamptz, p_types text[], p_events jsonb[], p_draft boolean[], p_engine bytea, p_due_at timestamptz, p_due jsonb,
    p_timers jsonb, p_clocks jsonb, p_outbox jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    new_id bigint := nextval('request_id_seq');
    events integer := cardinality(p_types);
    last_digest bytea;
BEGIN
    last_digest := event_append(new_id, p_body_id, p_workflow_id, 0, 0, decode(repeat('00', 32), 'hex'), p_now, p_types,
                                p_events, p_actor, p_actor_name, false, p_draft);
    INSERT INTO request (id, ref, body_id, comarca_code, service_id, unit_id, workflow_id, state, phase, outcome, version, seq,
        digest, title, description, data, channel, assignee_id, register_number, registered_at, filed_by, external_ref,
        supports, place, synthetic, created_by, created_at, submitted_at, updated_at, closed_at, engine, due_at, due)
    OVERRIDING SYSTEM VALUE
    VALUES (new_id, p_ref, p_body_id, p_comarca_code, p_service_id, p_unit_id, p_workflow_id, p_state, p_phase, p_outcome,
        events, events, last_digest, p_title, p_description, p_data, p_channel, p_assignee_id, p_register_number,
        CASE WHEN p_register_number IS NOT NULL THEN p_now END, p_actor, p_external_ref, p_supports, p_place, p_synthetic,
        p_actor_name, p_now, p_submitted_at, coalesce(p_updated_at, p_now), p_closed_at, p_engine, p_due_at, p_due);
    IF p_timers IS NOT NULL OR p_clocks IS NOT NULL OR p_outbox IS NOT NULL THEN
        PERFORM request_follow(new_id, p_body_id, events, p_now, p_phase = 'end', p_timers, p_clocks, p_outbox);
    END IF;
    RETURN new_id;
END $$;

CREATE OR REPLACE FUNCTION request_step(p_id bigint, p_version integer, p_state text, p_phase text, p_outcome text, p_data jsonb,
    p_title text, p_description text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_assignee_id bigint,
    p_register_number text, p_actor text, p_actor_name text, p_now timestamptz, p_types text[], p_events jsonb[], p_draft boolean[],
    p_engine bytea, p_due_at timestamptz, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb, p_undo boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    old request%ROWTYPE;
    events integer := cardinality(p_types);
    is_open boolean := p_phase <> 'end';
BEGIN
    SELECT * INTO old FROM request WHERE id = p_id AND version = p_version FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request % is no longer at version %', p_id, p_version USING ERRCODE = 'OA412';
    END IF;
    UPDATE request SET state = p_state, phase = p_phase, outcome = p_outcome, data = p_data, title = p_title,
        description = p_description, service_id = p_service_id, unit_id = p_unit_id, workflow_id = p_workflow_id,
        assignee_id = p_assignee_id, version = old.version + events, seq = old.seq + events,
        register_number = coalesce(old.register_number, p_register_number),
        registered_at = CASE WHEN old.register_number IS NULL AND p_register_number IS NOT NULL THEN p_now ELSE old.registered_at END,
        submitted_at = coalesce(old.submitted_at, CASE WHEN p_phase NOT IN ('draft', 'end') THEN p_now END),
        updated_at = p_now,
        closed_at = CASE WHEN is_open THEN NULL ELSE coalesce(old.closed_at, p_now) END,
        engine = coalesce(p_engine, old.engine),
        due_at = CASE WHEN p_engine IS NULL THEN old.due_at ELSE p_due_at END,
        due = CASE WHEN p_engine IS NULL THEN old.due ELSE p_due END,
        digest = event_append(p_id, old.body_id, p_workflow_id, old.seq, old.version, old.digest, p_now, p_types, p_events,
                              p_actor, p_actor_name, false, p_draft)
    WHERE id = p_id;
    IF NOT is_open OR p_timers IS NOT NULL OR p_clocks IS NOT NULL OR p_outbox IS NOT NULL THEN
        PERFORM request_follow(p_id, old.body_id, old.seq + events, p_now, NOT is_open, p_timers, p_clocks, p_outbox);
    END IF;
    IF p_undo THEN
        PERFORM request_undo(p_id, old.body_id, old.seq + events, p_now);
    END IF;
END $$;

-- Two entries for each filing, to find the clocks of a town when its holidays change, a few times a year: request_clock_due does.
DROP INDEX request_clock_bodies;
