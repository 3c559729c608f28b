-- What a step costs in the database, again: PostgreSQL reads each CHECK of a table from its text and plans it for every statement
-- that writes one row (a fifth of a transition), and starts each subquery of each row-level policy, also those that it never
-- runs (another fifth). So one CHECK for a row, in a function that a session prepares once; and for the functions that write, which look
-- at one row at a time, the scope as plain conditions. Lists, which look at many, keep theirs as subqueries, asked once.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;

-- ---------------------------------------------------------------- what a request and an event always are

-- As with a CHECK, what is unknown is no breach.
CREATE FUNCTION request_is_whole(r request) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN r.version >= 1
        AND r.seq >= r.version
        AND length(r.digest) = 32
        AND r.phase IN ('draft', 'intake', 'study', 'decision', 'waiting', 'execution', 'justification', 'end')
        AND (r.phase = 'end') = (r.closed_at IS NOT NULL)
        AND (r.phase = 'end') = (r.outcome IS NOT NULL)
        AND (r.phase IN ('draft', 'end') OR r.submitted_at IS NOT NULL)
        AND (r.closed_at IS NULL OR r.submitted_at IS NULL OR r.closed_at >= r.submitted_at)
        AND (r.register_number IS NULL) = (r.registered_at IS NULL)
        AND (r.due_at IS NULL OR r.due IS NOT NULL)
        AND length(r.title) BETWEEN 3 AND 250
        AND length(r.description) <= 20000
        AND jsonb_typeof(r.data) = 'object'
        AND r.channel IN ('web', 'phone', 'email', 'visit', 'mail', 'internal', 'api')
        AND r.effort_hours BETWEEN 0 AND 99999
        AND r.supports >= 0
        AND (r.external_ref IS NULL OR length(r.external_ref) BETWEEN 1 AND 100)
        AND (r.place IS NULL OR length(r.place) <= 200)
        AND r.ref ~ '^OAM-[0-9]{4}-[0-9]{6,9}$';
END $$;

CREATE FUNCTION event_is_whole(e request_event) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN e.version >= 1
        AND e.seq >= e.version
        AND length(e.previous) = 32
        AND jsonb_typeof(e.data) = 'object'
        AND e.type ~ '^request\.[a-z_]+$'
        AND e.digest = oam.event_digest(e.previous, e.request_id, e.seq, e.version, e.body_id, e.at, e.type, e.actor, e.actor_name,
                                        e.internal, e.draft, e.workflow_id, e.data);
END $$;

-- NOT VALID: every row has met the same until now, and nobody waits for the look.
ALTER TABLE request DROP CONSTRAINT request_channel_check, DROP CONSTRAINT request_check, DROP CONSTRAINT request_check1,
    DROP CONSTRAINT request_check2, DROP CONSTRAINT request_check3, DROP CONSTRAINT request_check4, DROP CONSTRAINT request_check5,
    DROP CONSTRAINT request_data_check, DROP CONSTRAINT request_description_check, DROP CONSTRAINT request_digest_check,
    DROP CONSTRAINT request_due_check, DROP CONSTRAINT request_effort_hours_check, DROP CONSTRAINT request_external_ref_check,
    DROP CONSTRAINT request_phase_check, DROP CONSTRAINT request_place_check, DROP CONSTRAINT request_ref_check,
    DROP CONSTRAINT request_supports_check, DROP CONSTRAINT request_title_check, DROP CONSTRAINT request_version_check,
    ADD CONSTRAINT request_whole CHECK (request_is_whole(request)) NOT VALID;
ALTER TABLE request_event DROP CONSTRAINT request_event_check, DROP CONSTRAINT request_event_data_check,
    DROP CONSTRAINT request_event_digest, DROP CONSTRAINT request_event_previous_check, DROP CONSTRAINT request_event_seq_check,
    DROP CONSTRAINT request_event_type_check, ADD CONSTRAINT request_event_whole CHECK (event_is_whole(request_event)) NOT VALID;

-- ---------------------------------------------------------------- whose a row is, for the functions that write

CREATE FUNCTION scope_worker() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(current_setting('oam.worker', true), '') = '1' $$;

-- The owner's functions are the only ones to write, and what they do by themselves (the relay, the verification) sees everything.
-- Everybody else reads.
DROP POLICY request_worker ON request;
DROP POLICY request_scope ON request;
CREATE POLICY request_scope ON request FOR SELECT TO oam_app, oam_worker, oam_portal
    USING ((submitted_at IS NOT NULL AND (SELECT scope_staff())) OR (SELECT scope_all()) OR body_id = ANY ((SELECT scope_bodies())::bigint[])
           OR (submitted_at IS NOT NULL AND id = ANY ((SELECT scope_joint())::bigint[])));
CREATE POLICY request_owner ON request TO oam_owner
    USING ((submitted_at IS NOT NULL AND scope_staff()) OR scope_all() OR scope_worker() OR body_id = ANY (scope_bodies())
           OR (submitted_at IS NOT NULL AND id = ANY (scope_joint())))
    WITH CHECK (scope_staff() OR scope_all() OR body_id = ANY (scope_bodies()) OR id = ANY (scope_joint()));

DROP POLICY request_event_worker ON request_event;
DROP POLICY request_event_scope ON request_event;
CREATE POLICY request_event_scope ON request_event FOR SELECT TO oam_app, oam_worker, oam_portal
    USING (((SELECT scope_staff()) AND NOT draft) OR (NOT internal AND body_id = ANY ((SELECT scope_bodies())::bigint[]))
           OR ((SELECT scope_all()) AND NOT internal)
           OR (NOT internal AND NOT draft AND request_id = ANY ((SELECT scope_joint())::bigint[])));
CREATE POLICY request_event_owner ON request_event TO oam_owner
    USING ((scope_staff() AND NOT draft) OR scope_worker() OR (NOT internal AND scope_all())
           OR (NOT internal AND body_id = ANY (scope_bodies())) OR (NOT internal AND NOT draft AND request_id = ANY (scope_joint())))
    WITH CHECK (scope_staff() OR scope_all() OR (NOT internal AND body_id = ANY (scope_bodies()))
                OR (NOT internal AND request_id = ANY (scope_joint())));

-- ---------------------------------------------------------------- the doors, with fewer statements

-- What only other functions call names what it means, and does without a search path of its own, which each call would set and take
-- back.
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
ALTER FUNCTION event_append(bigint, bigint, bigint, integer, integer, bytea, timestamptz, text[], jsonb[], text, text, boolean, boolean[])
    RESET search_path;

CREATE OR REPLACE FUNCTION request_weigh() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.service_id <> OLD.service_id OR NEW.data IS DISTINCT FROM OLD.data THEN
        NEW.effort_hours := coalesce(CASE WHEN jsonb_typeof(NEW.data -> 'estimated_hours') = 'number'
                AND NEW.data ->> 'estimated_hours' ~ '^[0-9]{1,5}$' THEN (NEW.data ->> 'estimated_hours')::integer END,
            (SELECT effort_hours FROM oam.service WHERE id = NEW.service_id));
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.assignee_id IS DISTINCT FROM OLD.assignee_id AND NEW.owner_id IS NOT DISTINCT FROM OLD.owner_id THEN
        NEW.owner_id := NULL;
    END IF;
    RETURN NEW;
END $$;
ALTER FUNCTION request_weigh() RESET search_path;

-- What is set again in the same step overwrites all of what was cancelled: one DELETE at the end will do, and who only cancels counts
-- no days.
CREATE OR REPLACE FUNCTION request_follow(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamptz, p_over boolean,
    p_timers jsonb, p_clocks jsonb, p_outbox jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    item jsonb;
    at timestamptz;
    gone text[] := '{}';
    counted_by integer;
    current integer;
BEGIN
    IF p_over THEN -- whatever was decided: nothing waits for a request that has ended
        DELETE FROM oam.request_timer WHERE request_id = p_id;
        DELETE FROM oam.request_clock WHERE request_id = p_id;
    ELSIF p_timers IS NOT NULL OR p_clocks IS NOT NULL THEN
        IF jsonb_path_exists(p_timers, '$[*].due') OR jsonb_path_exists(p_clocks, '$[*].due') THEN
            PERFORM pg_advisory_xact_lock_shared(oam.calendar_key());
            current := oam.calendar_now();
            counted_by := current;
        END IF;
        FOR i IN 0..coalesce(jsonb_array_length(p_timers), 0) - 1 LOOP
            item := p_timers -> i;
            at := (item ->> 'due')::timestamptz;
            IF at IS NULL THEN
                gone := gone || (item ->> 'timer');
            ELSE
                gone := array_remove(gone, item ->> 'timer');
                INSERT INTO oam.request_timer (request_id, timer, generation, due, wake, since)
                VALUES (p_id, item ->> 'timer', p_seq, at, at, (item ->> 'since')::timestamptz)
                ON CONFLICT (request_id, timer) DO UPDATE
                SET generation = EXCLUDED.generation, due = EXCLUDED.due, wake = EXCLUDED.wake, since = EXCLUDED.since, tries = 0,
                    last_error = NULL;
                counted_by := least(counted_by, coalesce((item ->> 'calendar')::integer, 0));
            END IF;
        END LOOP;
        IF gone <> '{}' THEN
            DELETE FROM oam.request_timer WHERE request_id = p_id AND timer = ANY (gone);
            gone := '{}';
        END IF;
        FOR i IN 0..coalesce(jsonb_array_length(p_clocks), 0) - 1 LOOP
            item := p_clocks -> i;
            at := (item ->> 'due')::timestamptz;
            IF at IS NULL THEN
                gone := gone || (item ->> 'clock');
            ELSE
                gone := array_remove(gone, item ->> 'clock');
                INSERT INTO oam.request_clock (request_id, clock, bodies, since, due, revision)
                VALUES (p_id, item ->> 'clock', translate(item ->> 'bodies', '[]', '{}')::bigint[], (item ->> 'since')::timestamptz, at,
                        coalesce((item ->> 'calendar')::integer, 0))
                ON CONFLICT (request_id, clock) DO UPDATE
                SET bodies = EXCLUDED.bodies, since = EXCLUDED.since, due = EXCLUDED.due, revision = EXCLUDED.revision;
                counted_by := least(counted_by, coalesce((item ->> 'calendar')::integer, 0));
            END IF;
        END LOOP;
        IF gone <> '{}' THEN
            DELETE FROM oam.request_clock WHERE request_id = p_id AND clock = ANY (gone);
        END IF;
        IF counted_by < current THEN
            INSERT INTO oam.clock_recount (request_id, revision) VALUES (p_id, current) ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    FOR i IN 0..coalesce(jsonb_array_length(p_outbox), 0) - 1 LOOP
        item := p_outbox -> i;
        INSERT INTO oam.outbox (request_id, body_id, seq, ordinal, kind, payload, undo, created_at, wake)
        VALUES (p_id, p_body_id, p_seq, (item ->> 'ordinal')::integer, item ->> 'kind', coalesce(item -> 'payload', '{}'), item ->> 'undo',
                p_now, clock_timestamp());
    END LOOP;
END $$;
ALTER FUNCTION request_follow(bigint, bigint, integer, timestamptz, boolean, jsonb, jsonb, jsonb) RESET search_path;

REVOKE ALL ON FUNCTION request_is_whole, event_is_whole, scope_worker FROM PUBLIC;
