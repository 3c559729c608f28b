-- The foundation: territory, people, organisation, catalogue, requests and their events.
-- Ownership: oam_owner owns everything and logs in nowhere; oam_app may read, and writes requests only through the
-- functions below, so that a state never changes without its event. Tenancy: see "row-level security" at the end.

DO $$
DECLARE
    role text;
BEGIN
    -- Roles belong to the cluster, not to the database: another OAM beside us may have made them, or be at it right now.
    FOREACH role IN ARRAY ARRAY['oam_owner', 'oam_migrator', 'oam_app', 'oam_worker', 'oam_portal'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I %s', role, CASE role WHEN 'oam_owner' THEN 'NOLOGIN' ELSE 'LOGIN' END);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
    GRANT oam_owner TO oam_migrator;
    EXECUTE format('GRANT CREATE, CONNECT ON DATABASE %I TO oam_owner', current_database());
    EXECUTE format('GRANT oam_owner, oam_app, oam_worker TO %I', current_user);
END $$;

CREATE SCHEMA IF NOT EXISTS oam AUTHORIZATION oam_owner;
GRANT USAGE ON SCHEMA oam TO oam_app, oam_worker, oam_portal;
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = oam, pg_catalog, pg_temp', current_database());
    -- What nobody needs nobody has: a temporary table could stand in for ours in somebody's session.
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;

-- ---------------------------------------------------------------- territory

CREATE TABLE comarca (
    code          text PRIMARY KEY CHECK (code ~ '^[0-9]{2}$'),       -- Idescat
    name          text NOT NULL,
    population    integer NOT NULL CHECK (population >= 0),
    area_km2      numeric(8, 1) NOT NULL
);

CREATE TABLE body (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text NOT NULL UNIQUE CHECK (code ~ '^[0-9]{10}$'),  -- ens10
    kind          text NOT NULL CHECK (kind IN ('municipality', 'county_council', 'emd', 'mancomunitat', 'consortium')),
    name          text NOT NULL,                                      -- natural order: «l'Hospitalet de Llobregat»
    name_official text NOT NULL,                                      -- as the register has it: «Hospitalet de Llobregat, l'»
    ine5          text UNIQUE CHECK (ine5 ~ '^[0-9]{5}$'),
    comarca_code  text NOT NULL REFERENCES comarca,
    province_code text NOT NULL CHECK (province_code ~ '^[0-9]{2}$'),
    population    integer NOT NULL CHECK (population >= 0),
    area_km2      numeric(8, 2),
    latitude      double precision,
    longitude     double precision,
    active        boolean NOT NULL DEFAULT true
);
CREATE INDEX body_comarca ON body (comarca_code);

CREATE TABLE holiday (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day           date NOT NULL,
    scope         text NOT NULL CHECK (scope IN ('catalunya', 'aran', 'local')),
    body_id       bigint REFERENCES body,
    name_ca       text,
    name_es       text,
    status        text NOT NULL CHECK (status IN ('official', 'computed', 'projected', 'council', 'press', 'unverified')),
    source        text NOT NULL,
    CHECK ((scope = 'local') = (body_id IS NOT NULL)),
    UNIQUE NULLS NOT DISTINCT (day, scope, body_id)
);

-- ---------------------------------------------------------------- organisation, people

CREATE TABLE service_area (
    code          text PRIMARY KEY CHECK (code ~ '^[A-Z]{2,4}$'),
    name          jsonb NOT NULL CHECK (name ?& ARRAY['ca', 'es', 'en'])
);

CREATE TABLE unit (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]{1,31}$'),
    name          jsonb NOT NULL CHECK (name ?& ARRAY['ca', 'es', 'en']),
    area_code     text REFERENCES service_area
);

CREATE TABLE user_account (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login         text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{0,99}$'),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 160),
    password_hash text,                                               -- argon2id, or none: cannot log in by password
    language      text NOT NULL DEFAULT 'ca' CHECK (language IN ('ca', 'es', 'en')),
    active        boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE membership (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       bigint NOT NULL REFERENCES user_account,
    role          text NOT NULL CHECK (role IN ('local_user', 'signer', 'operator', 'agent', 'technician', 'unit_head',
                                                'supervisor', 'admin')),
    body_id       bigint REFERENCES body,
    unit_id       bigint REFERENCES unit,
    valid_from    date NOT NULL DEFAULT '-infinity',                  -- since ever, unless it is said
    valid_to      date,
    CHECK ((role IN ('local_user', 'signer')) = (body_id IS NOT NULL)),
    CHECK (role NOT IN ('technician', 'unit_head') OR unit_id IS NOT NULL),
    CHECK (valid_to IS NULL OR valid_to >= valid_from),
    UNIQUE NULLS NOT DISTINCT (user_id, role, body_id, unit_id)
);

CREATE TABLE agent (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       bigint NOT NULL UNIQUE REFERENCES user_account,
    unit_id       bigint NOT NULL REFERENCES unit,
    capacity      integer NOT NULL DEFAULT 100000 CHECK (capacity >= 0), -- open requests at once
    active        boolean NOT NULL DEFAULT true
);

CREATE TABLE portfolio (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id      bigint NOT NULL REFERENCES agent,
    comarca_code  text REFERENCES comarca,
    body_id       bigint REFERENCES body,
    CHECK (num_nonnulls(comarca_code, body_id) = 1),
    UNIQUE NULLS NOT DISTINCT (agent_id, comarca_code, body_id)
);

CREATE TABLE absence (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id      bigint NOT NULL REFERENCES agent,
    first_day     date NOT NULL,
    last_day      date NOT NULL,
    CHECK (last_day >= first_day)
);

-- What an agent carries; changed in the transaction that gives or takes a request, under its row lock, so that two filings
-- at once cannot both see the same load.
CREATE TABLE agent_load (
    agent_id         bigint PRIMARY KEY REFERENCES agent,
    open_requests    integer NOT NULL DEFAULT 0 CHECK (open_requests >= 0),
    last_assigned_at timestamptz
) WITH (fillfactor = 40);

CREATE TABLE api_client (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id     text NOT NULL UNIQUE CHECK (client_id ~ '^[a-z0-9][a-z0-9_-]{2,62}$'),
    name          text NOT NULL,
    secret_hash   bytea NOT NULL CHECK (length(secret_hash) = 32),    -- SHA-256; the secret is shown once
    scopes        text[] NOT NULL CHECK (scopes <@ ARRAY['requests:read', 'requests:write', 'requests:import', 'events:read',
                                                         'directory:read']),
    all_bodies    boolean NOT NULL DEFAULT false,
    active        boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE api_client_body (
    client_id     bigint NOT NULL REFERENCES api_client,
    body_id       bigint NOT NULL REFERENCES body,
    PRIMARY KEY (client_id, body_id)
);

-- ---------------------------------------------------------------- catalogue, workflow definitions

CREATE TABLE service (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text NOT NULL UNIQUE CHECK (code ~ '^[A-Z]{2,4}-[A-Z0-9]{2,4}$'),
    area_code     text NOT NULL REFERENCES service_area,
    unit_id       bigint NOT NULL REFERENCES unit,
    name          jsonb NOT NULL CHECK (name ?& ARRAY['ca', 'es', 'en']),
    description   jsonb NOT NULL CHECK (description ?& ARRAY['ca', 'es', 'en']),
    support_type  text NOT NULL CHECK (support_type IN ('technical', 'economic', 'material')),
    resource_class text NOT NULL,
    requires_application boolean NOT NULL,
    application   text NOT NULL CHECK (application IN ('open_all_year', 'call', 'none_automatic')),
    award_procedure text,
    max_population integer CHECK (max_population > 0),
    joint_request boolean NOT NULL,
    sdg           integer[] NOT NULL,
    workflow_key  text NOT NULL,
    active        boolean NOT NULL DEFAULT true
);

CREATE TABLE workflow_definition (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash          bytea NOT NULL UNIQUE CHECK (length(hash) = 32),    -- SHA-256 of the document: its identity
    key           text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,47}$'),
    version       integer NOT NULL CHECK (version >= 1),
    document      text NOT NULL,                                      -- the bytes that were hashed
    published_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (key, version)
);

-- ---------------------------------------------------------------- requests

CREATE TABLE request (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ref           text NOT NULL UNIQUE CHECK (ref ~ '^OAM-[0-9]{4}-[0-9]{6,9}$'),
    body_id       bigint NOT NULL REFERENCES body,
    comarca_code  text NOT NULL REFERENCES comarca,                   -- the body's, kept here for lists
    service_id    bigint NOT NULL REFERENCES service,
    unit_id       bigint NOT NULL REFERENCES unit,
    workflow_id   bigint NOT NULL REFERENCES workflow_definition,     -- pinned
    state         text NOT NULL,
    phase         text NOT NULL CHECK (phase IN ('draft', 'intake', 'study', 'decision', 'waiting', 'execution',
                                                 'justification', 'end')),
    outcome       text,
    version       integer NOT NULL CHECK (version >= 1),              -- moves when what its readers see moves
    seq           integer NOT NULL CHECK (seq >= version),            -- number of its last event
    digest        bytea NOT NULL CHECK (length(digest) = 32),         -- of its last event
    title         text NOT NULL CHECK (length(title) BETWEEN 3 AND 250),
    description   text NOT NULL DEFAULT '' CHECK (length(description) <= 20000),
    data          jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(data) = 'object'),
    channel       text NOT NULL CHECK (channel IN ('web', 'phone', 'email', 'visit', 'mail', 'internal', 'api')),
    assignee_id   bigint REFERENCES agent,
    register_number text UNIQUE,
    registered_at timestamptz,
    filed_by      text NOT NULL,                                      -- principal; its own references are unique
    external_ref  text CHECK (length(external_ref) BETWEEN 1 AND 100),
    supports      integer NOT NULL DEFAULT 0 CHECK (supports >= 0),
    place         text CHECK (length(place) <= 200),
    synthetic     boolean NOT NULL DEFAULT false,                     -- loaded for tests: its town was assigned, not sourced
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL,
    submitted_at  timestamptz,
    updated_at    timestamptz NOT NULL,
    closed_at     timestamptz,
    CHECK ((phase = 'end') = (closed_at IS NOT NULL)),
    CHECK ((phase = 'end') = (outcome IS NOT NULL)),
    CHECK (phase IN ('draft', 'end') OR submitted_at IS NOT NULL),
    CHECK (closed_at IS NULL OR submitted_at IS NULL OR closed_at >= submitted_at),
    CHECK ((register_number IS NULL) = (registered_at IS NULL))
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX request_external_ref ON request (filed_by, external_ref) WHERE external_ref IS NOT NULL;
CREATE INDEX request_updated ON request (updated_at, id);
CREATE INDEX request_body_updated ON request (body_id, updated_at, id);
CREATE INDEX request_assignee_updated ON request (assignee_id, updated_at, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX request_state_updated ON request (state, updated_at, id);
CREATE INDEX request_comarca_updated ON request (comarca_code, updated_at, id);

-- Append-only. `digest` chains the events of one request: SHA-256 over the one before and over what is said here.
CREATE TABLE request_event (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id    bigint NOT NULL REFERENCES request DEFERRABLE INITIALLY DEFERRED,
    seq           integer NOT NULL CHECK (seq >= 1),
    version       integer NOT NULL CHECK (version BETWEEN 1 AND seq), -- of the request after it
    body_id       bigint NOT NULL,
    at            timestamptz NOT NULL,
    type          text NOT NULL CHECK (type ~ '^request\.[a-z_]+$'),
    actor         text NOT NULL,                                      -- principal: user:7, client:3, system
    actor_name    text NOT NULL,                                      -- login or client_id, as it was then
    internal      boolean NOT NULL DEFAULT false,                     -- for the provider's people only
    draft         boolean NOT NULL DEFAULT false,                     -- while a draft: for the body's people only
    workflow_id   bigint NOT NULL,
    data          jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    previous      bytea NOT NULL CHECK (length(previous) = 32),
    digest        bytea NOT NULL,
    xid           xid8 NOT NULL DEFAULT pg_current_xact_id(),         -- the relay's bound
    UNIQUE (request_id, seq)
);
CREATE INDEX request_event_xid ON request_event (xid);

CREATE FUNCTION event_digest(previous bytea, request_id bigint, seq integer, version integer, body_id bigint, at timestamptz,
                             type text, actor text, actor_name text, internal boolean, draft boolean, workflow_id bigint,
                             data jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256($1 || convert_to(concat_ws(E'\x1f', $2::text, $3::text, $4::text, $5::text,
        (extract(epoch FROM $6) * 1000000)::bigint::text, $7, $8, $9, $10::text, $11::text, $12::text, $13::text), 'UTF8'))
$$;
ALTER TABLE request_event ADD CONSTRAINT request_event_digest CHECK (digest = event_digest(previous, request_id, seq, version,
    body_id, at, type, actor, actor_name, internal, draft, workflow_id, data));

-- One sequence of all events in the order of their commits, without gaps: the relay numbers what has become visible
-- (event_relay below). History, feed, long-poll and caches are views of it.
CREATE TABLE event_feed (
    position      bigint PRIMARY KEY CHECK (position >= 1),
    event_id      bigint NOT NULL UNIQUE REFERENCES request_event,
    request_id    bigint NOT NULL,
    body_id       bigint NOT NULL,
    internal      boolean NOT NULL,
    draft         boolean NOT NULL
);
CREATE INDEX event_feed_body ON event_feed (body_id, position);

CREATE TABLE event_relay_state (
    single        boolean PRIMARY KEY DEFAULT true CHECK (single),
    position      bigint NOT NULL,
    horizon       xid8 NOT NULL        -- all events of older transactions are numbered
) WITH (fillfactor = 20);
INSERT INTO event_relay_state (position, horizon) VALUES (0, '0');

CREATE TABLE comment (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid           uuid NOT NULL UNIQUE,
    request_id    bigint NOT NULL REFERENCES request,
    body_id       bigint NOT NULL,
    internal      boolean NOT NULL,
    at            timestamptz NOT NULL,
    author        text NOT NULL,
    author_name   text NOT NULL,
    side          text NOT NULL CHECK (side IN ('body', 'provider')),
    text          text NOT NULL CHECK (length(text) BETWEEN 1 AND 10000),
    CHECK (NOT internal OR side = 'provider')
);
CREATE INDEX comment_request ON comment (request_id, id);

CREATE TABLE idempotency_key (
    principal     text NOT NULL,
    key           text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    route         text NOT NULL,
    request_hash  bytea NOT NULL CHECK (length(request_hash) = 32),
    status        integer NOT NULL,
    location      text,
    etag_version  integer,
    response      text NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (principal, key)
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);

-- Numbers come from sequences: a rolled back filing leaves a gap, which is documented and cheaper than a lock.
DO $$
BEGIN
    FOR year IN 2024..2060 LOOP
        EXECUTE format('CREATE SEQUENCE request_number_%s', year);
        EXECUTE format('CREATE SEQUENCE register_number_%s', year);
    END LOOP;
END $$;

-- kind 'request': OAM-2026-000123; kind 'register': E-2026-000123.
CREATE FUNCTION next_number(kind text, year integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    number bigint := nextval(format('oam.%I', kind || '_number_' || year)::regclass);
BEGIN
    RETURN CASE kind WHEN 'request' THEN 'OAM-' ELSE 'E-' END || year || '-'
        || CASE WHEN number < 1000000 THEN lpad(number::text, 6, '0') ELSE number::text END;
END $$;

-- ---------------------------------------------------------------- writing: the only doors

-- What the candidates carry, locked in the order of their ids until the filing ends.
CREATE FUNCTION agent_loads(ids bigint[]) RETURNS TABLE (agent_id bigint, open_requests integer, last_assigned_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT l.agent_id, l.open_requests, l.last_assigned_at FROM agent_load l WHERE l.agent_id = ANY (ids) ORDER BY l.agent_id FOR UPDATE
$$;

-- Appends events to a request whose row the caller holds; answers the digest of the last one. Internal.
CREATE FUNCTION event_append(p_request_id bigint, p_body_id bigint, p_workflow_id bigint, p_seq integer, p_version integer,
                             p_previous bytea, p_at timestamptz, p_types text[], p_data jsonb[], p_actor text,
                             p_actor_name text, p_internal boolean, p_draft boolean[]) RETURNS bytea
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    previous bytea := p_previous;
    next_digest bytea;
BEGIN
    FOR i IN 1..cardinality(p_types) LOOP
        next_digest := event_digest(previous, p_request_id, p_seq + i, p_version + CASE WHEN p_internal THEN 0 ELSE i END,
            p_body_id, p_at, p_types[i], p_actor, p_actor_name, p_internal, p_draft[i], p_workflow_id, p_data[i]);
        INSERT INTO request_event (request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id,
                                   data, previous, digest)
        VALUES (p_request_id, p_seq + i, p_version + CASE WHEN p_internal THEN 0 ELSE i END, p_body_id, p_at, p_types[i],
                p_actor, p_actor_name, p_internal, p_draft[i], p_workflow_id, p_data[i], previous, next_digest);
        previous := next_digest;
    END LOOP;
    RETURN previous;
END $$;

-- Files a request with its first events (created; submitted or imported too when it goes further at once).
CREATE FUNCTION request_create(p_ref text, p_body_id bigint, p_comarca_code text, p_service_id bigint, p_unit_id bigint,
    p_workflow_id bigint, p_state text, p_phase text, p_outcome text, p_title text, p_description text, p_data jsonb,
    p_channel text, p_assignee_id bigint, p_register_number text, p_external_ref text, p_supports integer,
    p_place text, p_synthetic boolean, p_actor text, p_actor_name text, p_now timestamptz, p_submitted_at timestamptz,
    p_updated_at timestamptz, p_closed_at timestamptz, p_types text[], p_events jsonb[], p_draft boolean[]) RETURNS bigint
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
        supports, place, synthetic, created_by, created_at, submitted_at, updated_at, closed_at)
    OVERRIDING SYSTEM VALUE
    VALUES (new_id, p_ref, p_body_id, p_comarca_code, p_service_id, p_unit_id, p_workflow_id, p_state, p_phase, p_outcome,
        events, events, last_digest, p_title, p_description, p_data, p_channel, p_assignee_id, p_register_number,
        CASE WHEN p_register_number IS NOT NULL THEN p_now END, p_actor, p_external_ref, p_supports, p_place, p_synthetic,
        p_actor_name, p_now, p_submitted_at, coalesce(p_updated_at, p_now), p_closed_at);
    IF p_assignee_id IS NOT NULL THEN
        UPDATE agent_load SET open_requests = open_requests + (p_closed_at IS NULL)::integer, last_assigned_at = p_now
        WHERE agent_id = p_assignee_id;
    END IF;
    RETURN new_id;
END $$;

-- One step of a request: new state, assignee, data, and its events. Raises OA412, so that the whole transaction goes, when
-- the request is no longer at the version that the caller decided on.
CREATE FUNCTION request_step(p_id bigint, p_version integer, p_state text, p_phase text, p_outcome text, p_data jsonb,
    p_title text, p_description text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_assignee_id bigint,
    p_register_number text, p_actor text, p_actor_name text, p_now timestamptz, p_types text[], p_events jsonb[],
    p_draft boolean[]) RETURNS void
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
END $$;

-- A public comment moves the request's version (its readers have something new); an internal note does not, so that the
-- body's people cannot tell that there is one.
CREATE FUNCTION comment_add(p_request_id bigint, p_uid uuid, p_internal boolean, p_author text, p_author_name text,
    p_side text, p_text text, p_now timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    old request%ROWTYPE;
    step integer := CASE WHEN p_internal THEN 0 ELSE 1 END;
BEGIN
    SELECT * INTO old FROM request WHERE id = p_request_id FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    INSERT INTO comment (uid, request_id, body_id, internal, at, author, author_name, side, text)
    VALUES (p_uid, p_request_id, old.body_id, p_internal, p_now, p_author, p_author_name, p_side, p_text);
    UPDATE request SET version = old.version + step, seq = old.seq + 1,
        updated_at = CASE WHEN p_internal THEN old.updated_at ELSE p_now END,
        digest = event_append(p_request_id, old.body_id, old.workflow_id, old.seq, old.version, old.digest, p_now,
            ARRAY[CASE WHEN p_internal THEN 'request.noted' ELSE 'request.commented' END],
            ARRAY[jsonb_build_object('comment_id', p_uid)], p_author, p_author_name, p_internal, ARRAY[old.phase = 'draft'])
    WHERE id = p_request_id;
    RETURN old.version + step;
END $$;

-- Numbers the events that have become visible, once, by whoever comes first; everybody else passes by (NULL). Answers the
-- last position. An event is numbered after its transaction ended, so order of positions = order of commits as a reader sees
-- them, and two events of one request keep their order because the second could only start when the first had committed.
-- What is new is little, whatever the size of the history, which no estimate knows when the horizon is a parameter: the
-- settings leave the planner only the way by the indexes (by xid, then a look into the feed for each).
CREATE FUNCTION event_relay() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off AS $$
DECLARE
    relay event_relay_state%ROWTYPE;
    next_horizon xid8;
    added bigint;
BEGIN
    PERFORM set_config('oam.worker', '1', true);
    -- Nothing since the horizon: no lock, no transaction number, nothing written. This is what an idle night is made of.
    IF (SELECT max(xid) FROM request_event) >= (SELECT horizon FROM event_relay_state) THEN
        SELECT * INTO relay FROM event_relay_state FOR UPDATE SKIP LOCKED;
    END IF;
    IF relay IS NULL THEN
        PERFORM set_config('oam.worker', '', true);
        RETURN NULL;
    END IF;
    next_horizon := pg_snapshot_xmin(pg_current_snapshot());
    INSERT INTO event_feed (position, event_id, request_id, body_id, internal, draft)
    SELECT relay.position + row_number() OVER (ORDER BY e.id + 0), e.id, e.request_id, e.body_id, e.internal, e.draft
    FROM request_event e
    WHERE e.xid >= relay.horizon AND NOT EXISTS (SELECT FROM event_feed f WHERE f.event_id = e.id)
    ORDER BY e.id + 0 LIMIT 5000; -- not by the index on id, which has the whole history before what is new
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added > 0 OR next_horizon > relay.horizon THEN
        UPDATE event_relay_state SET position = relay.position + added,
            -- A full batch may have left some behind: the horizon waits for them.
            horizon = CASE WHEN added < 5000 THEN next_horizon ELSE relay.horizon END;
    END IF;
    PERFORM set_config('oam.worker', '', true);
    RETURN relay.position + added;
END $$;

-- The first event of each request whose chain does not hold: missing, out of order, altered, or not what the request says.
CREATE FUNCTION event_chain_faults() RETURNS TABLE (request_id bigint, seq integer, fault text)
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
    ORDER BY 1, 2;
    PERFORM set_config('oam.worker', '', true);
END $$;

-- ---------------------------------------------------------------- what changes rarely and is kept in memory

CREATE TABLE directory_stamp (single boolean PRIMARY KEY DEFAULT true CHECK (single), version bigint NOT NULL);
INSERT INTO directory_stamp (version) VALUES (1);
CREATE FUNCTION directory_touch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    UPDATE directory_stamp SET version = version + 1;
    RETURN NULL;
END $$;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['comarca', 'body', 'service_area', 'unit', 'user_account', 'agent', 'portfolio', 'absence',
                                'service', 'workflow_definition'] LOOP
        EXECUTE format('CREATE TRIGGER directory_touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION directory_touch()', name);
    END LOOP;
END $$;

-- ---------------------------------------------------------------- row-level security
-- The service sets the scope of every transaction: oam.staff ('1': the provider's people), oam.bodies ('{1,2}': bodies the
-- actor belongs to), oam.all ('1': an integration of the provider, or a process of ours), oam.principal (who). Unset, or
-- empty after an earlier transaction's SET LOCAL, is nobody.

CREATE FUNCTION scope_staff() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(current_setting('oam.staff', true), '') = '1' $$;
CREATE FUNCTION scope_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(current_setting('oam.all', true), '') = '1' $$;
CREATE FUNCTION scope_bodies() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(NULLIF(current_setting('oam.bodies', true), '')::bigint[], '{}') $$;
CREATE FUNCTION scope_principal() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(current_setting('oam.principal', true), '') $$;

ALTER TABLE request ENABLE ROW LEVEL SECURITY;
ALTER TABLE request FORCE ROW LEVEL SECURITY;
CREATE POLICY request_scope ON request
    -- A draft, also a discarded one, is a working paper of the body.
    USING ((submitted_at IS NOT NULL AND (SELECT scope_staff())) OR (SELECT scope_all())
           OR body_id = ANY ((SELECT scope_bodies())::bigint[]))
    -- The provider's people file on behalf of a small body: they may write what they will not see as a draft.
    WITH CHECK ((SELECT scope_staff()) OR (SELECT scope_all()) OR body_id = ANY ((SELECT scope_bodies())::bigint[]));

CREATE POLICY request_worker ON request FOR SELECT
    USING ((SELECT coalesce(current_setting('oam.worker', true), '') = '1'));

ALTER TABLE request_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_event FORCE ROW LEVEL SECURITY;
CREATE POLICY request_event_scope ON request_event
    USING (((SELECT scope_staff()) AND NOT draft)
           OR (NOT internal AND body_id = ANY ((SELECT scope_bodies())::bigint[])) OR ((SELECT scope_all()) AND NOT internal))
    WITH CHECK ((SELECT scope_staff()) OR (SELECT scope_all()) OR (NOT internal AND body_id = ANY ((SELECT scope_bodies())::bigint[])));
-- Verification, the relay and the purge see everything while they run: they set oam.worker and unset it.
CREATE POLICY request_event_worker ON request_event FOR SELECT
    USING ((SELECT coalesce(current_setting('oam.worker', true), '') = '1'));

ALTER TABLE event_feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_feed FORCE ROW LEVEL SECURITY;
CREATE POLICY event_feed_scope ON event_feed FOR SELECT
    USING (((SELECT scope_staff()) AND NOT draft)
           OR (NOT internal AND body_id = ANY ((SELECT scope_bodies())::bigint[])) OR ((SELECT scope_all()) AND NOT internal));
CREATE POLICY event_feed_worker ON event_feed
    USING ((SELECT coalesce(current_setting('oam.worker', true), '') = '1'))
    WITH CHECK ((SELECT coalesce(current_setting('oam.worker', true), '') = '1'));

ALTER TABLE comment ENABLE ROW LEVEL SECURITY;
ALTER TABLE comment FORCE ROW LEVEL SECURITY;
CREATE POLICY comment_scope ON comment
    USING ((SELECT scope_staff()) OR (NOT internal AND ((SELECT scope_all()) OR body_id = ANY ((SELECT scope_bodies())::bigint[]))));

ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_key FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_key_scope ON idempotency_key
    USING (principal = (SELECT scope_principal()) OR (SELECT coalesce(current_setting('oam.worker', true), '') = '1'));
-- At least a day is kept, whoever asks: a key that is forgotten too early makes a retry a second request.
CREATE FUNCTION idempotency_purge(before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    purged bigint;
BEGIN
    PERFORM set_config('oam.worker', '1', true);
    DELETE FROM idempotency_key WHERE created_at < least(before, now() - interval '24 hours');
    GET DIAGNOSTICS purged = ROW_COUNT;
    PERFORM set_config('oam.worker', '', true);
    RETURN purged;
END $$;

-- ---------------------------------------------------------------- grants: read, and the doors

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA oam FROM PUBLIC;
GRANT SELECT ON comarca, body, holiday, service_area, unit, user_account, membership, agent, portfolio, absence, agent_load,
    api_client, api_client_body, service, workflow_definition, request, request_event, event_feed, event_relay_state, comment,
    idempotency_key, directory_stamp TO oam_app;
GRANT INSERT, DELETE ON idempotency_key TO oam_app;
GRANT EXECUTE ON FUNCTION next_number, agent_loads, request_create, request_step, comment_add, event_relay, event_chain_faults,
    event_digest, idempotency_purge, scope_staff, scope_all, scope_bodies, scope_principal TO oam_app;
GRANT EXECUTE ON FUNCTION scope_staff, scope_all, scope_bodies, scope_principal TO oam_worker, oam_portal;
