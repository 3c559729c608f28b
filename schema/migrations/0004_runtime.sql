-- The runtime: what waits for its moment (timers, running clocks), what leaves the house (outbox, effects, notifications), and
-- what needs a person (incidents). The protocols are those of tests/workflow/spin/, which names the functions below.
--
-- Nobody has a right on these tables but by the functions: a timer is armed, a clock starts and an effect is queued in the
-- call that writes the step's event, or not at all.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

ALTER TABLE request
    ADD COLUMN engine bytea,                                          -- what workflow_step() handed out, and takes again
    ADD COLUMN due_at timestamptz,                                    -- when the clock that is told runs out
    ADD COLUMN due jsonb;                                             -- which one, and why then
-- Older rows have neither: NOT VALID spares them the look, and costs nothing for new ones.
ALTER TABLE request ADD CONSTRAINT request_due_check CHECK ((due IS NULL) = (due_at IS NULL)) NOT VALID;

-- ---------------------------------------------------------------- what waits

CREATE TABLE request_timer (
    request_id    bigint NOT NULL REFERENCES request,
    timer         text NOT NULL CHECK (timer ~ '^[a-z][a-z0-9_.:]{0,95}$'),
    generation    integer NOT NULL CHECK (generation >= 1),           -- moves when it is set anew: an older one never fires
    due           timestamptz NOT NULL,
    wake          timestamptz NOT NULL CHECK (wake >= due),           -- when a worker looks: due, or later after a failure
    tries         integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    last_error    text,
    PRIMARY KEY (request_id, timer)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX request_timer_wake ON request_timer (wake, request_id);

-- Clocks that run, with the bodies whose local holidays they count: a holiday published late finds those that it touches.
CREATE TABLE request_clock (
    request_id    bigint NOT NULL REFERENCES request,
    clock         text NOT NULL CHECK (clock ~ '^[a-z][a-z0-9_]{0,47}$'),
    bodies        bigint[] NOT NULL,
    since         timestamptz NOT NULL,
    due           timestamptz NOT NULL CHECK (due >= since),
    PRIMARY KEY (request_id, clock)
) WITH (fillfactor = 80);
CREATE INDEX request_clock_due ON request_clock (due);
CREATE INDEX request_clock_bodies ON request_clock USING gin (bodies);

-- ---------------------------------------------------------------- what leaves the house

-- Its key is (request, seq of the event, ordinal): whoever receives the same key twice has it once. `lease` is a fencing
-- token: a worker that lost it is not believed when it reports a failure.
CREATE TABLE outbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id    bigint NOT NULL REFERENCES request,
    body_id       bigint NOT NULL,
    seq           integer NOT NULL CHECK (seq >= 1),
    ordinal       integer NOT NULL CHECK (ordinal BETWEEN 0 AND 999),
    kind          text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]{0,31}$'),
    payload       jsonb NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
    undo          text CHECK (undo ~ '^[a-z][a-z0-9_]{0,31}$'),       -- the kind that takes it back
    undoes        bigint,                                             -- what this one takes back: it goes after that
    created_at    timestamptz NOT NULL,
    wake          timestamptz NOT NULL,                               -- due; end of the lease; or the next try
    lease         integer NOT NULL DEFAULT 0,
    tries         integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    last_error    text,
    UNIQUE (request_id, seq, ordinal)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX outbox_wake ON outbox (wake, id);

-- What was done, and what came back.
CREATE TABLE effect (
    id            bigint PRIMARY KEY,                                 -- that it had in the outbox
    request_id    bigint NOT NULL REFERENCES request,
    body_id       bigint NOT NULL,
    seq           integer NOT NULL,
    ordinal       integer NOT NULL,
    kind          text NOT NULL,
    payload       jsonb NOT NULL,
    undo          text,
    undone        boolean NOT NULL DEFAULT false,                     -- its undo is queued or done
    done_at       timestamptz NOT NULL,
    answer        jsonb,
    UNIQUE (request_id, seq, ordinal)
);

-- What a person is told, in the words of the definition: a role, and what about.
CREATE TABLE notification (
    id            bigint PRIMARY KEY,                                 -- that it had in the outbox
    request_id    bigint NOT NULL REFERENCES request,
    body_id       bigint NOT NULL,
    seq           integer NOT NULL,
    ordinal       integer NOT NULL,
    internal      boolean NOT NULL,                                   -- for the provider's people
    role          text NOT NULL,
    payload       jsonb NOT NULL,
    at            timestamptz NOT NULL,
    UNIQUE (request_id, seq, ordinal)
);
CREATE INDEX notification_body ON notification (body_id, id);

-- What was tried too often, or cannot be done: a person decides, once.
CREATE TABLE incident (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid           uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    request_id    bigint NOT NULL REFERENCES request,
    body_id       bigint NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('effect', 'timer')),
    subject       text NOT NULL,                                      -- kind of the effect, name of the timer
    outbox_id     bigint,                                             -- effect: the id that it had and will have again
    seq           integer,
    ordinal       integer,
    payload       jsonb NOT NULL DEFAULT '{}',
    undo          text,
    undoes        bigint,
    created_at    timestamptz,                                        -- of the effect
    generation    integer,
    due           timestamptz,                                        -- of the timer
    tries         integer NOT NULL,
    error         text NOT NULL,
    opened_at     timestamptz NOT NULL,
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'retried', 'skipped', 'patched')),
    version       integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    patch         jsonb,                                              -- proposed by one person, taken by another
    proposed_by   text,
    proposed_by_name text,
    proposed_at   timestamptz,
    reason        text CHECK (length(reason) BETWEEN 1 AND 2000),
    decided_by    text,
    decided_by_name text,
    decided_at    timestamptz,
    CHECK (num_nonnulls(outbox_id, seq, ordinal, created_at) = CASE kind WHEN 'effect' THEN 4 ELSE 0 END),
    CHECK (num_nonnulls(generation, due) = CASE kind WHEN 'timer' THEN 2 ELSE 0 END),
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK ((patch IS NULL) = (proposed_by IS NULL)),
    CHECK (kind = 'effect' OR patch IS NULL),
    CHECK (state <> 'patched' OR (patch IS NOT NULL AND decided_by <> proposed_by)) -- four eyes
);
CREATE INDEX incident_open ON incident (id) WHERE state = 'open';
CREATE INDEX incident_request ON incident (request_id);
CREATE UNIQUE INDEX incident_of_effect ON incident (outbox_id) WHERE state = 'open';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['request_timer', 'request_clock', 'outbox', 'effect', 'notification', 'incident'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        -- The functions below run as the owner, and only they can write.
        EXECUTE format('CREATE POLICY %I ON %I TO oam_owner USING (true) WITH CHECK (true)', name || '_doors', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['request_timer', 'request_clock', 'outbox'] LOOP
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT USING ((SELECT scope_principal()) = ''system'')', name || '_system', name);
    END LOOP;
END $$;
CREATE POLICY effect_staff ON effect FOR SELECT USING ((SELECT scope_staff()));
CREATE POLICY incident_staff ON incident FOR SELECT USING ((SELECT scope_staff()));
CREATE POLICY notification_scope ON notification FOR SELECT
    USING (((SELECT scope_staff()) AND internal) OR (NOT internal AND body_id = ANY ((SELECT scope_bodies())::bigint[])));

-- ---------------------------------------------------------------- a step, with all that follows from it

-- Arms, cancels, starts, stops and queues what a step decided, for a request whose row the caller holds. Internal.
-- p_timers: [{"timer", "generation", "due"}], without due it is cancelled. p_clocks: [{"clock", "bodies", "since", "due"}],
-- without due it stopped. p_outbox: [{"ordinal", "kind", "payload", "undo"}].
CREATE FUNCTION request_follow(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamptz, p_over boolean, p_timers jsonb,
                               p_clocks jsonb, p_outbox jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    IF p_over THEN -- whatever was decided: nothing waits for a request that has ended
        DELETE FROM request_timer WHERE request_id = p_id;
        DELETE FROM request_clock WHERE request_id = p_id;
    ELSE
        IF p_timers IS NOT NULL THEN
            DELETE FROM request_timer t USING jsonb_to_recordset(p_timers) AS n(timer text, due timestamptz)
            WHERE t.request_id = p_id AND t.timer = n.timer AND n.due IS NULL;
            INSERT INTO request_timer AS t (request_id, timer, generation, due, wake)
            SELECT p_id, n.timer, n.generation, n.due, n.due
            FROM jsonb_to_recordset(p_timers) AS n(timer text, generation integer, due timestamptz) WHERE n.due IS NOT NULL
            ON CONFLICT (request_id, timer) DO UPDATE
            SET generation = EXCLUDED.generation, due = EXCLUDED.due, wake = EXCLUDED.wake, tries = 0, last_error = NULL;
        END IF;
        IF p_clocks IS NOT NULL THEN
            DELETE FROM request_clock c USING jsonb_to_recordset(p_clocks) AS n(clock text, due timestamptz)
            WHERE c.request_id = p_id AND c.clock = n.clock AND n.due IS NULL;
            INSERT INTO request_clock (request_id, clock, bodies, since, due)
            SELECT p_id, n.clock, n.bodies, n.since, n.due
            FROM jsonb_to_recordset(p_clocks) AS n(clock text, bodies bigint[], since timestamptz, due timestamptz)
            WHERE n.due IS NOT NULL
            ON CONFLICT (request_id, clock) DO UPDATE
            SET bodies = EXCLUDED.bodies, since = EXCLUDED.since, due = EXCLUDED.due;
        END IF;
    END IF;
    IF p_outbox IS NOT NULL THEN
        INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, undo, created_at, wake)
        SELECT p_id, p_body_id, p_seq, n.ordinal, n.kind, coalesce(n.payload, '{}'), n.undo, p_now, clock_timestamp()
        FROM jsonb_to_recordset(p_outbox) AS n(ordinal integer, kind text, payload jsonb, undo text);
    END IF;
END $$;

-- Takes back what the request has done outside, last first, behind whatever of it is still on its way. Never left: gone.
-- What a person gave up (skipped) needs no undo. Internal; the caller holds the request's row.
CREATE FUNCTION request_undo(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    ordinals integer := 500; -- behind those of the step itself
BEGIN
    DELETE FROM outbox o WHERE o.request_id = p_id AND o.undo IS NOT NULL AND o.tries = 0 AND o.seq < p_seq
        AND o.id IN (SELECT id FROM outbox WHERE request_id = p_id AND tries = 0 FOR UPDATE SKIP LOCKED);
    INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, undoes, created_at, wake)
    SELECT p_id, p_body_id, p_seq, ordinals + row_number() OVER (ORDER BY d.seq DESC, d.ordinal DESC), d.undo, d.payload, d.id,
           p_now, clock_timestamp()
    FROM (SELECT id, seq, ordinal, undo, payload FROM effect WHERE request_id = p_id AND undo IS NOT NULL AND NOT undone
          UNION ALL
          SELECT id, seq, ordinal, undo, payload FROM outbox WHERE request_id = p_id AND undo IS NOT NULL AND seq < p_seq
          UNION ALL
          SELECT outbox_id, seq, ordinal, undo, payload FROM incident
          WHERE request_id = p_id AND kind = 'effect' AND state = 'open' AND undo IS NOT NULL) d
    -- The definition may take it back by name in the very step.
    WHERE NOT EXISTS (SELECT FROM outbox o WHERE o.request_id = p_id AND o.seq = p_seq AND o.kind = d.undo);
    UPDATE effect SET undone = true WHERE request_id = p_id AND undo IS NOT NULL AND NOT undone;
END $$;

-- As in 0001, and what follows: the engine's state, what is due (they move together), timers, clocks, effects; NULL leaves
-- each as it is.
CREATE FUNCTION request_create(p_ref text, p_body_id bigint, p_comarca_code text, p_service_id bigint, p_unit_id bigint,
    p_workflow_id bigint, p_state text, p_phase text, p_outcome text, p_title text, p_description text, p_data jsonb,
    p_channel text, p_assignee_id bigint, p_register_number text, p_external_ref text, p_supports integer,
    p_place text, p_synthetic boolean, p_actor text, p_actor_name text, p_now timestamptz, p_submitted_at timestamptz,
    p_updated_at timestamptz, p_closed_at timestamptz, p_types text[], p_events jsonb[], p_draft boolean[],
    p_engine bytea, p_due_at timestamptz, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    new_id bigint := nextval(pg_get_serial_sequence('oam.request', 'id'));
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
    IF p_assignee_id IS NOT NULL THEN
        UPDATE agent_load SET open_requests = open_requests + (p_closed_at IS NULL)::integer, last_assigned_at = p_now
        WHERE agent_id = p_assignee_id;
    END IF;
    IF p_timers IS NOT NULL OR p_clocks IS NOT NULL OR p_outbox IS NOT NULL THEN
        PERFORM request_follow(new_id, p_body_id, events, p_now, p_phase = 'end', p_timers, p_clocks, p_outbox);
    END IF;
    RETURN new_id;
END $$;

-- p_undo: it ended as if it had never been: what was done outside is taken back.
CREATE FUNCTION request_step(p_id bigint, p_version integer, p_state text, p_phase text, p_outcome text, p_data jsonb,
    p_title text, p_description text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_assignee_id bigint,
    p_register_number text, p_actor text, p_actor_name text, p_now timestamptz, p_types text[], p_events jsonb[],
    p_draft boolean[], p_engine bytea, p_due_at timestamptz, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb,
    p_undo boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    old request%ROWTYPE;
    events integer := cardinality(p_types);
    was_open boolean;
    is_open boolean := p_phase <> 'end';
BEGIN
    SELECT * INTO old FROM request WHERE id = p_id AND version = p_version FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request % is no longer at version %', p_id, p_version USING ERRCODE = 'OA412';
    END IF;
    was_open := old.closed_at IS NULL;
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
    IF old.assignee_id IS DISTINCT FROM p_assignee_id OR was_open <> is_open THEN
        -- In the order of agent ids, as every other taker of these rows.
        PERFORM FROM agent_load WHERE agent_id IN (old.assignee_id, p_assignee_id) ORDER BY agent_id FOR UPDATE;
        UPDATE agent_load SET open_requests = open_requests - 1 WHERE agent_id = old.assignee_id AND was_open;
        UPDATE agent_load SET open_requests = open_requests + is_open::integer,
            last_assigned_at = CASE WHEN old.assignee_id IS DISTINCT FROM p_assignee_id THEN p_now ELSE last_assigned_at END
        WHERE agent_id = p_assignee_id;
    END IF;
    IF NOT is_open OR p_timers IS NOT NULL OR p_clocks IS NOT NULL OR p_outbox IS NOT NULL THEN
        PERFORM request_follow(p_id, old.body_id, old.seq + events, p_now, NOT is_open, p_timers, p_clocks, p_outbox);
    END IF;
    IF p_undo THEN
        PERFORM request_undo(p_id, old.body_id, old.seq + events, p_now);
    END IF;
END $$;

-- An event that is not a step: for the provider's people only, the version stays. Internal; takes the request's row.
CREATE FUNCTION request_remark(p_id bigint, p_type text, p_data jsonb, p_actor text, p_actor_name text, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    old request%ROWTYPE;
BEGIN
    SELECT * INTO old FROM request WHERE id = p_id FOR UPDATE;
    UPDATE request SET seq = old.seq + 1,
        digest = event_append(p_id, old.body_id, old.workflow_id, old.seq, old.version, old.digest, p_now, ARRAY[p_type],
                              ARRAY[p_data], p_actor, p_actor_name, true, ARRAY[old.phase = 'draft'])
    WHERE id = p_id;
END $$;

-- ---------------------------------------------------------------- timers

-- Takes the row locks of requests with a timer to look at, after (p_from, p_from_id) in the order of the queue, and leaves
-- their ids in oam.claimed for the statement behind it, which looks again under those locks (timer_due): what this one saw
-- may have been cancelled since its snapshot. A request that somebody else holds is passed by: a worker never waits.
-- Only the way by the index is left to the planner, whose estimates know nothing of a queue.
CREATE FUNCTION timer_claim(p_now timestamptz, p_from timestamptz, p_from_id bigint, p_limit integer)
RETURNS TABLE (claimed integer, reach timestamptz, reach_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    ids bigint[];
BEGIN
    SELECT array_agg(DISTINCT c.id), count(*), max(c.wake), (array_agg(c.id ORDER BY c.place DESC))[1]
    INTO ids, claimed, reach, reach_id
    FROM (SELECT l.*, row_number() OVER () AS place FROM (
            SELECT r.id, t.wake FROM request_timer t JOIN request r ON r.id = t.request_id
            WHERE (t.wake, t.request_id) > (p_from, p_from_id) AND t.wake <= p_now
            ORDER BY t.wake, t.request_id LIMIT p_limit FOR UPDATE OF r SKIP LOCKED) l) c;
    PERFORM set_config('oam.claimed', coalesce(ids, '{}')::text, true);
    RETURN NEXT;
END $$;

-- Its state was left, or its step says that nothing follows: the row goes, if it still is that generation.
CREATE FUNCTION timer_drop(p_request_id bigint, p_timer text, p_generation integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM request WHERE id = p_request_id FOR UPDATE;
    DELETE FROM request_timer WHERE request_id = p_request_id AND timer = p_timer AND generation = p_generation;
    RETURN FOUND;
END $$;

-- It could not be fired: again at p_wake, or, without one, a person is asked.
CREATE FUNCTION timer_failed(p_request_id bigint, p_timer text, p_generation integer, p_error text, p_wake timestamptz,
                             p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    failed request_timer%ROWTYPE;
    body bigint;
BEGIN
    SELECT body_id INTO body FROM request WHERE id = p_request_id FOR UPDATE;
    SELECT * INTO failed FROM request_timer WHERE request_id = p_request_id AND timer = p_timer AND generation = p_generation;
    IF NOT FOUND THEN RETURN false; END IF;
    IF p_wake IS NOT NULL THEN
        UPDATE request_timer SET tries = tries + 1, wake = greatest(p_wake, due), last_error = p_error
        WHERE request_id = p_request_id AND timer = p_timer;
        RETURN true;
    END IF;
    DELETE FROM request_timer WHERE request_id = p_request_id AND timer = p_timer;
    INSERT INTO incident (request_id, body_id, kind, subject, generation, due, tries, error, opened_at)
    VALUES (p_request_id, body, 'timer', p_timer, p_generation, failed.due, failed.tries + 1, p_error, p_now);
    PERFORM request_remark(p_request_id, 'request.incident_opened', jsonb_build_object('timer', p_timer, 'error', p_error),
                           'system', 'system', p_now);
    RETURN true;
END $$;

-- ---------------------------------------------------------------- outbox

-- Leases what is to be sent: until clock_timestamp() + p_lease it is this worker's, and then anybody's again. The clock is
-- the database's, which all workers share.
CREATE FUNCTION outbox_claim(p_kinds text[], p_limit integer, p_lease interval)
RETURNS TABLE (id bigint, ref text, seq integer, ordinal integer, kind text, payload jsonb, lease integer, tries integer)
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    UPDATE outbox o SET lease = o.lease + 1, tries = o.tries + 1, wake = clock_timestamp() + p_lease
    FROM (SELECT q.id FROM outbox q WHERE q.wake <= clock_timestamp() AND q.kind = ANY (p_kinds)
            AND NOT EXISTS (SELECT FROM outbox b WHERE b.id = q.undoes)
            AND NOT EXISTS (SELECT FROM incident i WHERE i.outbox_id = q.undoes AND i.state = 'open')
          ORDER BY q.wake, q.id LIMIT p_limit FOR UPDATE SKIP LOCKED) c, request r
    WHERE o.id = c.id AND r.id = o.request_id
    RETURNING o.id, r.ref, o.seq, o.ordinal, o.kind, o.payload, o.lease, o.tries
$$;

-- What is done in this database needs no lease: it is done, recorded and gone in one transaction. Kinds in p_outside are left
-- to those who send. A notification is read by the roles it names. Answers how many.
CREATE FUNCTION outbox_settle(p_outside text[], p_limit integer, p_now timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    settled integer;
BEGIN
    WITH taken AS (
        DELETE FROM outbox o WHERE o.id IN (
            SELECT q.id FROM outbox q WHERE q.wake <= clock_timestamp() AND q.kind <> ALL (p_outside)
                AND NOT EXISTS (SELECT FROM outbox b WHERE b.id = q.undoes)
                AND NOT EXISTS (SELECT FROM incident i WHERE i.outbox_id = q.undoes AND i.state = 'open')
            ORDER BY q.wake, q.id LIMIT p_limit FOR UPDATE SKIP LOCKED)
        RETURNING o.*),
    told AS (
        INSERT INTO notification (id, request_id, body_id, seq, ordinal, internal, role, payload, at)
        SELECT id, request_id, body_id, seq, ordinal, coalesce((payload ->> 'internal')::boolean, true), payload ->> 'to',
               payload - 'to' - 'internal', p_now
        FROM taken WHERE kind = 'notify'),
    recorded AS (
        INSERT INTO effect (id, request_id, body_id, seq, ordinal, kind, payload, undo, done_at)
        SELECT id, request_id, body_id, seq, ordinal, kind, payload, undo, p_now FROM taken WHERE kind <> 'notify')
    SELECT count(*) INTO settled FROM taken;
    RETURN settled;
END $$;

-- It was received, whoever holds the lease by now. False when that was known.
CREATE FUNCTION outbox_done(p_id bigint, p_answer jsonb, p_now timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    WITH done AS (DELETE FROM outbox WHERE id = p_id RETURNING *),
    kept AS (
        INSERT INTO effect (id, request_id, body_id, seq, ordinal, kind, payload, undo, undone, done_at, answer)
        SELECT id, request_id, body_id, seq, ordinal, kind, payload, undo,
               EXISTS (SELECT FROM outbox u WHERE u.undoes = done.id), p_now, p_answer FROM done)
    SELECT EXISTS (SELECT FROM done)
$$;

-- It was not: again after p_backoff, or, after p_tries_max tries, a person is asked. Believed only of who holds the lease.
CREATE FUNCTION outbox_failed(p_id bigint, p_lease integer, p_error text, p_backoff interval, p_tries_max integer,
                              p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    failed outbox%ROWTYPE;
BEGIN
    -- The request's row first, as every step does: the incident is an event of it.
    PERFORM FROM request WHERE id = (SELECT request_id FROM outbox WHERE id = p_id AND tries >= p_tries_max) FOR UPDATE;
    SELECT * INTO failed FROM outbox WHERE id = p_id AND lease = p_lease FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    IF failed.tries < p_tries_max THEN
        UPDATE outbox SET wake = clock_timestamp() + p_backoff, last_error = p_error WHERE id = p_id;
        RETURN true;
    END IF;
    DELETE FROM outbox WHERE id = p_id;
    INSERT INTO incident (request_id, body_id, kind, subject, outbox_id, seq, ordinal, payload, undo, undoes, created_at, tries,
                          error, opened_at)
    VALUES (failed.request_id, failed.body_id, 'effect', failed.kind, p_id, failed.seq, failed.ordinal, failed.payload,
            failed.undo, failed.undoes, failed.created_at, failed.tries, p_error, p_now);
    PERFORM request_remark(failed.request_id, 'request.incident_opened',
                           jsonb_build_object('effect', failed.kind, 'key', failed.seq || ':' || failed.ordinal, 'error', p_error),
                           'system', 'system', p_now);
    RETURN true;
END $$;

-- ---------------------------------------------------------------- incidents: what a person decides

-- p_action: retry, skip, patch (the effect goes out with the proposed payload), propose (p_patch waits for a second person).
-- Answers the new version; raises OA412 when it is at another version, OA409 when it is decided already or cannot be patched,
-- OA403 when the second pair of eyes is the first.
CREATE FUNCTION incident_decide(p_uid uuid, p_version integer, p_action text, p_patch jsonb, p_reason text, p_actor text,
                                p_actor_name text, p_now timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    old incident%ROWTYPE;
BEGIN
    PERFORM FROM request WHERE id = (SELECT request_id FROM incident WHERE uid = p_uid) FOR UPDATE;
    SELECT * INTO old FROM incident WHERE uid = p_uid FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    IF old.version <> p_version THEN
        RAISE EXCEPTION 'incident % is no longer at version %', p_uid, p_version USING ERRCODE = 'OA412';
    END IF;
    IF old.state <> 'open' OR (p_action IN ('patch', 'propose') AND old.kind <> 'effect') OR (p_action = 'patch' AND old.patch IS NULL) THEN
        RAISE EXCEPTION 'incident % cannot be decided so', p_uid USING ERRCODE = 'OA409';
    END IF;
    IF p_action = 'patch' AND old.proposed_by = p_actor THEN
        RAISE EXCEPTION 'incident % needs another person', p_uid USING ERRCODE = 'OA403';
    END IF;
    IF p_action = 'propose' THEN
        UPDATE incident SET patch = p_patch, proposed_by = p_actor, proposed_by_name = p_actor_name, proposed_at = p_now,
            reason = p_reason, version = version + 1 WHERE id = old.id;
    ELSE
        UPDATE incident SET state = CASE p_action WHEN 'retry' THEN 'retried' WHEN 'skip' THEN 'skipped' ELSE 'patched' END,
            reason = coalesce(p_reason, reason), decided_by = p_actor, decided_by_name = p_actor_name, decided_at = p_now,
            version = version + 1 WHERE id = old.id;
    END IF;
    IF p_action IN ('retry', 'patch') AND old.kind = 'effect' THEN
        -- The same key: who has received it before has it once.
        INSERT INTO outbox (id, request_id, body_id, seq, ordinal, kind, payload, undo, undoes, created_at, wake)
        OVERRIDING SYSTEM VALUE
        VALUES (old.outbox_id, old.request_id, old.body_id, old.seq, old.ordinal, old.subject,
                CASE p_action WHEN 'patch' THEN old.patch ELSE old.payload END, old.undo, old.undoes, old.created_at, clock_timestamp());
    ELSIF p_action = 'retry' THEN
        -- Unless the request has set it anew or ended meanwhile.
        INSERT INTO request_timer (request_id, timer, generation, due, wake)
        SELECT old.request_id, old.subject, old.generation, old.due, old.due FROM request r
        WHERE r.id = old.request_id AND r.closed_at IS NULL ON CONFLICT DO NOTHING;
    ELSIF p_action = 'skip' AND old.kind = 'effect' THEN
        DELETE FROM outbox WHERE undoes = old.outbox_id; -- what was not done need not be taken back
    END IF;
    PERFORM request_remark(old.request_id,
        'request.incident_' || CASE p_action WHEN 'retry' THEN 'retried' WHEN 'skip' THEN 'skipped' WHEN 'patch' THEN 'patched'
                               ELSE 'patch_proposed' END,
        jsonb_strip_nulls(jsonb_build_object('incident', p_uid, old.kind, old.subject, 'reason', p_reason, 'patch', p_patch)),
        p_actor, p_actor_name, p_now);
    RETURN old.version + 1;
END $$;

-- ---------------------------------------------------------------- figures

-- What /metrics tells of the runtime. Counting stops at 100,000: more is only "many".
CREATE FUNCTION runtime_figures(p_now timestamptz)
RETURNS TABLE (timers_due bigint, timer_lag_us bigint, outbox_queued bigint, outbox_age_us bigint, incidents_open bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT (SELECT count(*) FROM (SELECT FROM request_timer WHERE wake <= p_now LIMIT 100000) d),
           coalesce((SELECT (extract(epoch FROM p_now - min(due)) * 1000000)::bigint FROM
               (SELECT due FROM request_timer WHERE wake <= p_now ORDER BY wake LIMIT 1) o), 0),
           (SELECT count(*) FROM (SELECT FROM outbox LIMIT 100000) q),
           coalesce((SELECT greatest(0, (extract(epoch FROM p_now - created_at) * 1000000)::bigint) FROM outbox ORDER BY id LIMIT 1), 0),
           (SELECT count(*) FROM (SELECT FROM incident WHERE state = 'open' LIMIT 100000) i)
$$;

REVOKE ALL ON FUNCTION request_follow, request_undo, request_remark, timer_claim, timer_drop, timer_failed, outbox_claim,
    outbox_settle, outbox_done, outbox_failed, incident_decide, runtime_figures FROM PUBLIC;
REVOKE ALL ON FUNCTION request_create(text, bigint, text, bigint, bigint, bigint, text, text, text, text, text, jsonb, text, bigint,
    text, text, integer, text, boolean, text, text, timestamptz, timestamptz, timestamptz, timestamptz, text[], jsonb[], boolean[],
    bytea, timestamptz, jsonb, jsonb, jsonb, jsonb),
    request_step(bigint, integer, text, text, text, jsonb, text, text, bigint, bigint, bigint, bigint, text, text, text, timestamptz,
    text[], jsonb[], boolean[], bytea, timestamptz, jsonb, jsonb, jsonb, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION request_create(text, bigint, text, bigint, bigint, bigint, text, text, text, text, text, jsonb, text,
    bigint, text, text, integer, text, boolean, text, text, timestamptz, timestamptz, timestamptz, timestamptz, text[], jsonb[],
    boolean[], bytea, timestamptz, jsonb, jsonb, jsonb, jsonb),
    request_step(bigint, integer, text, text, text, jsonb, text, text, bigint, bigint, bigint, bigint, text, text, text, timestamptz,
    text[], jsonb[], boolean[], bytea, timestamptz, jsonb, jsonb, jsonb, jsonb, boolean),
    timer_claim, timer_drop, timer_failed, outbox_claim, outbox_settle, outbox_done, outbox_failed, incident_decide, runtime_figures
    TO oam_app;
GRANT SELECT ON request_timer, request_clock, outbox, effect, notification, incident TO oam_app;
