-- Webhooks: events of the feed, sent to whom an integration says. Nothing of it is written when a request changes: a webhook has a place
-- in the feed, and who sends makes deliveries of what lies behind it, as its integration would read it.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

ALTER TABLE api_client DROP CONSTRAINT api_client_scopes_check;
ALTER TABLE api_client ADD CONSTRAINT api_client_scopes_check CHECK
    (scopes <@ ARRAY['requests:read', 'requests:write', 'requests:import', 'events:read', 'directory:read', 'webhooks:manage']);

CREATE TABLE webhook (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid           uuid NOT NULL UNIQUE,
    client_id     bigint NOT NULL REFERENCES api_client,              -- sees what it would see in the feed, no more
    url           text NOT NULL CHECK (length(url) <= 1024 AND url ~ '^https?://[!-~]+$'),
    types         text[] NOT NULL CHECK (cardinality(types) <= 40),   -- of events; none: all
    payload       text NOT NULL CHECK (payload IN ('thin', 'full')),
    description   text NOT NULL CHECK (length(description) <= 250),
    contact       text CONSTRAINT webhook_contact CHECK               -- who is written to when it is disabled
        (length(contact) <= 254 AND contact ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$'),
    language      text NOT NULL CHECK (language IN ('ca', 'es', 'en')),
    state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
    reason        text CHECK (reason IN ('gone', 'failing')),
    version       integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    position      bigint NOT NULL CHECK (position >= 0),              -- events up to here have their deliveries
    failing_since timestamptz,                                        -- nothing has arrived since
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT webhook_reason CHECK ((state = 'disabled') = (reason IS NOT NULL))
);
CREATE INDEX webhook_of_client ON webhook (client_id);

-- Sealed by oamd (api/auth/webhook_secret.h). The one without an end is the newest; the one before it is still good until its end.
CREATE TABLE webhook_secret (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id    bigint NOT NULL REFERENCES webhook ON DELETE CASCADE,
    sealed        bytea NOT NULL CHECK (length(sealed) BETWEEN 80 AND 200),
    created_at    timestamptz NOT NULL,
    ends_at       timestamptz CHECK (ends_at >= created_at)
);
CREATE UNIQUE INDEX webhook_secret_newest ON webhook_secret (webhook_id) WHERE ends_at IS NULL;
CREATE INDEX webhook_secret_of ON webhook_secret (webhook_id);

-- `wake` is when it is due, while it is being sent the end of the lease, and infinity while an earlier one of the same request waits.
-- `lease` is a fencing token: who has lost it is not believed about a failure. No foreign key leads to the request: it would lock its row.
CREATE TABLE webhook_delivery (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid           uuid NOT NULL UNIQUE,                               -- what the receiver knows it by: webhook-id
    webhook_id    bigint NOT NULL REFERENCES webhook ON DELETE CASCADE,
    position      bigint CHECK (position >= 1),                       -- of the event in the feed; none: a ping
    request_id    bigint,
    type          text NOT NULL CHECK (type ~ '^[a-z_]+\.[a-z_]+$'),
    at            timestamptz NOT NULL,                               -- when it happened
    state         text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    replay        boolean NOT NULL DEFAULT false,                     -- asked for again: waits for nobody, and nobody for it
    sending       boolean NOT NULL DEFAULT false,
    tries         integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    lease         integer NOT NULL DEFAULT 0,
    wake          timestamptz,
    status        integer CHECK (status BETWEEN 100 AND 999),         -- the last answer, and what came of it
    outcome       text CHECK (outcome ~ '^[a-z_]{1,32}$'),
    attempts      jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(attempts) = 'array'),
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    CONSTRAINT webhook_delivery_event CHECK ((position IS NULL) = (request_id IS NULL)),
    CONSTRAINT webhook_delivery_waits CHECK ((state = 'pending') = (wake IS NOT NULL)),
    CONSTRAINT webhook_delivery_ended CHECK ((state = 'pending') = (ended_at IS NULL)),
    CONSTRAINT webhook_delivery_sending CHECK (state = 'pending' OR NOT sending)
);
CREATE UNIQUE INDEX webhook_delivery_once ON webhook_delivery (webhook_id, position);
CREATE INDEX webhook_delivery_page ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, wake) WHERE state = 'pending';
CREATE INDEX webhook_delivery_order ON webhook_delivery (webhook_id, request_id, position) WHERE state = 'pending';
CREATE INDEX webhook_delivery_old ON webhook_delivery (created_at);

-- Letters to whom a webhook names, one for each time it is disabled: as address_change, with a lease.
CREATE TABLE webhook_notice (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id    bigint NOT NULL REFERENCES webhook ON DELETE CASCADE,
    reason        text NOT NULL CHECK (reason IN ('gone', 'failing')),
    since         timestamptz NOT NULL,
    at            timestamptz NOT NULL,
    wake          timestamptz,
    lease         integer NOT NULL DEFAULT 0 CHECK (lease BETWEEN 0 AND 12)
);
CREATE INDEX webhook_notice_wake ON webhook_notice (wake) WHERE wake IS NOT NULL;
CREATE INDEX webhook_notice_of ON webhook_notice (webhook_id);

ALTER TABLE webhook ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook FORCE ROW LEVEL SECURITY;
ALTER TABLE webhook_secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_secret FORCE ROW LEVEL SECURITY;
ALTER TABLE webhook_delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_delivery FORCE ROW LEVEL SECURITY;
ALTER TABLE webhook_notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_notice FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_doors ON webhook TO oam_owner USING (true) WITH CHECK (true);
CREATE POLICY webhook_secret_doors ON webhook_secret TO oam_owner USING (true) WITH CHECK (true);
CREATE POLICY webhook_delivery_doors ON webhook_delivery TO oam_owner USING (true) WITH CHECK (true);
CREATE POLICY webhook_notice_doors ON webhook_notice TO oam_owner USING (true) WITH CHECK (true);
-- The integration that it belongs to, and the provider's people: of those, administrators alone get here.
CREATE POLICY webhook_scope ON webhook FOR SELECT
    USING ((SELECT scope_staff()) OR 'client:' || client_id = (SELECT scope_principal()));
CREATE POLICY webhook_delivery_scope ON webhook_delivery FOR SELECT
    USING ((SELECT scope_staff()) OR webhook_id IN (SELECT w.id FROM webhook w WHERE 'client:' || w.client_id = (SELECT scope_principal())));

-- ---------------------------------------------------------------- what its owner does

-- RFC 9562: what was made later sorts later.
CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(set_byte(b, 6, (get_byte(b, 6) & 15) | 112), 'hex')::uuid
    FROM (SELECT overlay(uuid_send(gen_random_uuid()) PLACING
                         substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6) AS b) AS bytes
$$;

-- By whoever may see it.
CREATE FUNCTION webhook_own(p_uid uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT id FROM webhook WHERE uid = p_uid AND (scope_staff() OR 'client:' || client_id = scope_principal())
$$;

-- False: the integration has as many as it may have. Two that come at once are counted one after the other.
CREATE FUNCTION webhook_create(p_uid uuid, p_client_id bigint, p_url text, p_types text[], p_payload text, p_description text, p_contact text,
    p_language text, p_sealed bytea, p_most integer, p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM FROM api_client WHERE id = p_client_id AND (scope_staff() OR 'client:' || id = scope_principal()) FOR NO KEY UPDATE;
    IF NOT FOUND OR (SELECT count(*) FROM webhook WHERE client_id = p_client_id) >= p_most THEN
        RETURN false;
    END IF;
    INSERT INTO webhook (uid, client_id, url, types, payload, description, contact, language, position, created_at, updated_at)
    VALUES (p_uid, p_client_id, p_url, p_types, p_payload, p_description, p_contact, p_language,
            (SELECT position FROM event_relay_state), p_now, p_now) RETURNING id INTO made;
    INSERT INTO webhook_secret (webhook_id, sealed, created_at) VALUES (made, p_sealed, p_now);
    RETURN true;
END $$;

-- False: it is not at that version. One that is taken up again begins without a past: what waits for it comes at once.
CREATE FUNCTION webhook_change(p_uid uuid, p_version integer, p_url text, p_types text[], p_payload text, p_description text,
    p_contact text, p_language text, p_state text, p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    old webhook%ROWTYPE;
BEGIN
    SELECT * INTO old FROM webhook WHERE id = webhook_own(p_uid) AND version = p_version FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE webhook SET url = p_url, types = p_types, payload = p_payload, description = p_description, contact = p_contact,
        language = p_language, state = p_state, reason = CASE WHEN p_state = 'disabled' THEN old.reason END,
        failing_since = CASE WHEN p_state = old.state AND p_url = old.url THEN old.failing_since END,
        version = old.version + 1, updated_at = p_now
    WHERE id = old.id;
    IF p_state = 'active' AND (old.state <> 'active' OR p_url <> old.url) THEN
        UPDATE webhook_delivery SET wake = clock_timestamp()
        WHERE webhook_id = old.id AND state = 'pending' AND NOT sending AND wake < 'infinity';
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION webhook_remove(p_uid uuid, p_version integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM webhook WHERE id = webhook_own(p_uid) AND version = p_version;
    RETURN FOUND;
END $$;

-- The one before stays good until p_until, and the one before that no longer. Answers the version, NULL when there is no such webhook.
CREATE FUNCTION webhook_rotate(p_uid uuid, p_sealed bytea, p_until timestamptz, p_now timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    own webhook%ROWTYPE;
BEGIN
    SELECT * INTO own FROM webhook WHERE id = webhook_own(p_uid) FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    DELETE FROM webhook_secret WHERE webhook_id = own.id AND ends_at IS NOT NULL;
    UPDATE webhook_secret SET ends_at = greatest(p_until, created_at) WHERE webhook_id = own.id;
    INSERT INTO webhook_secret (webhook_id, sealed, created_at) VALUES (own.id, p_sealed, p_now);
    UPDATE webhook SET version = own.version + 1, updated_at = p_now WHERE id = own.id;
    RETURN own.version + 1;
END $$;

-- One at a time: a ping that still waits is the answer to the next.
CREATE FUNCTION webhook_ping(p_uid uuid, p_now timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    own bigint;
    ping uuid;
BEGIN
    SELECT id INTO own FROM webhook WHERE id = webhook_own(p_uid) FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    SELECT uid INTO ping FROM webhook_delivery WHERE webhook_id = own AND position IS NULL AND state = 'pending';
    IF ping IS NULL THEN
        INSERT INTO webhook_delivery (uid, webhook_id, type, at, wake, created_at)
        VALUES (uuid7(), own, 'webhook.ping', p_now, clock_timestamp(), p_now) RETURNING uid INTO ping;
    END IF;
    RETURN ping;
END $$;

-- Sends again, under the same ids: one delivery, or those of a range of positions or times. How many; NULL: no such webhook.
CREATE FUNCTION webhook_redeliver(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamptz, p_until timestamptz,
    p_dead boolean, p_most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    own bigint;
    queued bigint;
BEGIN
    SELECT id INTO own FROM webhook WHERE id = webhook_own(p_uid) FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    UPDATE webhook_delivery SET state = 'pending', replay = true, tries = 0, wake = clock_timestamp(), ended_at = NULL
    WHERE id IN (
        SELECT d.id FROM webhook_delivery d
        WHERE d.webhook_id = own AND d.state <> 'pending' AND d.position IS NOT NULL AND (p_delivery IS NULL OR d.uid = p_delivery)
            AND (p_after IS NULL OR d.position > p_after) AND (p_before IS NULL OR d.position < p_before)
            AND (p_since IS NULL OR d.at >= p_since) AND (p_until IS NULL OR d.at < p_until) AND (NOT p_dead OR d.state = 'dead')
        ORDER BY d.position LIMIT p_most);
    GET DIAGNOSTICS queued = ROW_COUNT;
    RETURN queued;
END $$;

-- ---------------------------------------------------------------- what the sender does

-- From here to the end of the transaction, or to the next call, rows are seen as that integration sees them.
CREATE FUNCTION webhook_see_as(p_client_id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT set_config('oam.staff', '', true), set_config('oam.all', CASE WHEN c.all_bodies THEN '1' ELSE '' END, true),
           set_config('oam.bodies', (SELECT coalesce(array_agg(b.body_id ORDER BY b.body_id), '{}') FROM api_client_body b
                                     WHERE b.client_id = c.id AND NOT c.all_bodies)::text, true),
           set_config('oam.principal', 'client:' || c.id, true)
    FROM api_client c WHERE c.id = p_client_id
$$;
CREATE FUNCTION webhook_see_as_system() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT set_config('oam.staff', '1', true), set_config('oam.all', '1', true), set_config('oam.bodies', '', true),
           set_config('oam.principal', 'system', true)
$$;

-- Makes deliveries of what lies behind each webhook's place in the feed, a window at a time, and moves the place: the one who holds its row
-- does, everybody else passes by. One with p_pending deliveries that wait makes no more: the feed keeps them. How many windows were read.
CREATE FUNCTION webhook_collect(p_window integer, p_pending integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    head bigint := (SELECT position FROM event_relay_state);
    hook webhook%ROWTYPE;
    mine bigint[];
    reach bigint;
    found integer;
    windows integer := 0;
BEGIN
    -- Those that are full are none of the hundred: they stand still, and would have the first places for ever.
    FOR hook IN SELECT w.* FROM webhook w JOIN api_client c ON c.id = w.client_id AND c.active AND c.scopes @> ARRAY['events:read']
                WHERE w.state = 'active' AND w.position < head
                    AND (SELECT count(*) FROM (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'pending'
                                               LIMIT p_pending) AS waiting) < p_pending
                ORDER BY w.position LIMIT 100 FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
        PERFORM webhook_see_as(hook.client_id);
        mine := CASE WHEN NOT scope_all() THEN scope_bodies() END;
        WITH seen AS (
            (SELECT f.position, f.event_id, f.request_id FROM event_feed f
             WHERE f.position > hook.position AND f.position <= head AND (mine IS NULL OR f.body_id = ANY (mine))
             ORDER BY f.position LIMIT p_window)
            UNION ALL
            (SELECT f.position, f.event_id, f.request_id
             FROM request_body b JOIN request_event e ON e.request_id = b.request_id JOIN event_feed f ON f.event_id = e.id
             WHERE b.body_id = ANY (mine) AND f.position > hook.position AND f.position <= head AND f.body_id <> ALL (mine)
             ORDER BY f.position LIMIT p_window)
            ORDER BY position LIMIT p_window),
        made AS (
            INSERT INTO webhook_delivery (uid, webhook_id, position, request_id, type, at, wake, created_at)
            SELECT uuid7(), hook.id, s.position, s.request_id, e.type, e.at,
                   CASE WHEN row_number() OVER (PARTITION BY s.request_id ORDER BY s.position) > 1
                          OR EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = hook.id AND d.request_id = s.request_id
                                     AND d.state = 'pending' AND NOT d.replay)
                        THEN 'infinity' ELSE clock_timestamp() END, clock_timestamp()
            FROM (SELECT DISTINCT * FROM seen) s JOIN request_event e ON e.id = s.event_id
            WHERE cardinality(hook.types) = 0 OR e.type = ANY (hook.types)
            ORDER BY s.position)
        SELECT max(position), count(*) INTO reach, found FROM seen;
        UPDATE webhook SET position = CASE WHEN found < p_window THEN head ELSE reach END WHERE id = hook.id;
        windows := windows + 1;
    END LOOP;
    PERFORM webhook_see_as_system();
    RETURN windows;
END $$;

-- Deliveries that are due, each for p_lease: then anybody may take it again. So many at once for each webhook, one for one that fails; and those
-- that do not fail come first. What is told of an event is what the integration may see of it now: `ref` is NULL when that is nothing.
CREATE FUNCTION webhook_claim(p_limit integer, p_each integer, p_lease interval)
RETURNS TABLE (id bigint, uid uuid, lease integer, tries integer, webhook uuid, url text, payload text, secrets text, client_id bigint,
               type text, "position" bigint, at timestamptz, ref text, seq integer, version integer, event text, "from" text, "to" text,
               body text, service text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    hook record;
    room integer := p_limit;
    share integer;
    taken integer;
BEGIN
    FOR hook IN
        SELECT w.*, (SELECT string_agg(encode(s.sealed, 'hex'), ' ' ORDER BY s.id DESC) FROM webhook_secret s
                     WHERE s.webhook_id = w.id AND coalesce(s.ends_at > clock_timestamp(), true)) AS keys
        FROM webhook w JOIN api_client c ON c.id = w.client_id AND c.active AND c.scopes @> ARRAY['events:read']
        WHERE EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.wake <= clock_timestamp()
                      AND (w.state = 'active' OR d.position IS NULL))
        ORDER BY w.failing_since IS NOT NULL, w.id FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
        -- Half of the room is never theirs who fail.
        share := least(CASE WHEN hook.failing_since IS NULL THEN room ELSE room - p_limit / 2 END,
                       CASE WHEN hook.failing_since IS NULL THEN p_each ELSE 1 END
                       - (SELECT count(*)::integer FROM webhook_delivery d WHERE d.webhook_id = hook.id AND d.state = 'pending'
                          AND d.sending AND d.wake > clock_timestamp()));
        CONTINUE WHEN share <= 0;
        PERFORM webhook_see_as(hook.client_id);
        RETURN QUERY WITH due AS (
            SELECT d.id FROM webhook_delivery d
            WHERE d.webhook_id = hook.id AND d.state = 'pending' AND d.wake <= clock_timestamp()
                AND (hook.state = 'active' OR d.position IS NULL)
            ORDER BY d.wake, d.id LIMIT share),
        held AS (
            UPDATE webhook_delivery t SET sending = true, lease = t.lease + 1, tries = t.tries + 1, wake = clock_timestamp() + p_lease
            FROM due WHERE t.id = due.id RETURNING t.*)
        SELECT h.id, h.uid, h.lease, h.tries, hook.uid, hook.url, hook.payload, hook.keys, hook.client_id, h.type, h.position, h.at,
               told.ref, told.seq, told.version, told.data ->> 'event', told.data ->> 'from', told.data ->> 'to', told.body, told.service
        FROM held h LEFT JOIN LATERAL (
            SELECT r.ref, e.seq, e.version, e.data, b.code AS body, s.code AS service
            FROM event_feed f JOIN request_event e ON e.id = f.event_id JOIN request r ON r.id = f.request_id
                JOIN body b ON b.id = r.body_id JOIN service s ON s.id = r.service_id
            WHERE f.position = h.position) AS told ON true
        ORDER BY h.position;
        GET DIAGNOSTICS taken = ROW_COUNT;
        room := room - taken;
        EXIT WHEN room <= 0;
    END LOOP;
    PERFORM webhook_see_as_system();
END $$;

-- What became of one try. p_ended: delivered, dead, or NULL: again after p_wait. p_disable: why the webhook is sent nothing any more. One that
-- nothing has reached for p_patience is failing for good. True: it is disabled by this.
CREATE FUNCTION webhook_settle(p_id bigint, p_lease integer, p_ended text, p_outcome text, p_status integer, p_ms integer, p_wait interval,
    p_disable text, p_patience interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    hook webhook%ROWTYPE;
    done webhook_delivery%ROWTYPE;
    why text := p_disable;
BEGIN
    -- Its webhook's row first, as everybody who asks what waits before what.
    SELECT w.* INTO hook FROM webhook w JOIN webhook_delivery d ON d.webhook_id = w.id WHERE d.id = p_id FOR NO KEY UPDATE OF w;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE webhook_delivery d SET state = coalesce(p_ended, 'pending'), sending = false, status = p_status, outcome = p_outcome,
        wake = CASE WHEN p_ended IS NULL THEN clock_timestamp() + p_wait END, ended_at = CASE WHEN p_ended IS NOT NULL THEN clock_timestamp() END,
        attempts = CASE WHEN jsonb_array_length(d.attempts) >= 20 THEN d.attempts - 0 ELSE d.attempts END || jsonb_build_object(
            'at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'outcome', p_outcome,
            'status', p_status, 'ms', p_ms)
    -- That it arrived is true whoever says it.
    WHERE d.id = p_id AND d.state = 'pending' AND (d.lease = p_lease OR p_ended = 'delivered') RETURNING * INTO done;
    IF NOT FOUND THEN RETURN false; END IF;
    IF p_ended IS NOT NULL AND done.position IS NOT NULL AND NOT done.replay THEN
        UPDATE webhook_delivery SET wake = clock_timestamp() WHERE id = (
            SELECT n.id FROM webhook_delivery n WHERE n.webhook_id = hook.id AND n.request_id = done.request_id AND n.state = 'pending'
                AND NOT n.replay ORDER BY n.position LIMIT 1) AND wake = 'infinity';
    END IF;
    IF p_ended = 'delivered' AND hook.failing_since IS NOT NULL THEN
        -- It is there again: what was put off comes now.
        UPDATE webhook SET failing_since = NULL WHERE id = hook.id;
        UPDATE webhook_delivery SET wake = clock_timestamp()
        WHERE webhook_id = hook.id AND state = 'pending' AND NOT sending AND wake < 'infinity';
    ELSIF p_ended IS DISTINCT FROM 'delivered' AND p_outcome <> 'not_visible' AND hook.state = 'active' THEN
        IF done.position IS NOT NULL AND hook.failing_since IS NULL THEN
            UPDATE webhook SET failing_since = clock_timestamp() WHERE id = hook.id;
        ELSIF hook.failing_since < clock_timestamp() - p_patience THEN
            why := coalesce(why, 'failing');
        END IF;
        IF why IS NOT NULL THEN
            UPDATE webhook SET state = 'disabled', reason = why, version = version + 1, updated_at = clock_timestamp() WHERE id = hook.id;
            IF hook.contact IS NOT NULL THEN
                INSERT INTO webhook_notice (webhook_id, reason, since, at, wake)
                VALUES (hook.id, why, coalesce(hook.failing_since, clock_timestamp()), clock_timestamp(), clock_timestamp());
            END IF;
            RETURN true;
        END IF;
    END IF;
    RETURN false;
END $$;

-- The log is kept for so long, whatever has become of it.
CREATE FUNCTION webhook_purge(p_keep interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    purged bigint;
BEGIN
    DELETE FROM webhook_secret WHERE ends_at < clock_timestamp();
    DELETE FROM webhook_notice WHERE wake IS NULL AND at < clock_timestamp() - p_keep;
    DELETE FROM webhook_delivery WHERE id IN (SELECT id FROM webhook_delivery WHERE created_at < clock_timestamp() - p_keep
                                              AND state <> 'pending' ORDER BY created_at LIMIT 5000);
    GET DIAGNOSTICS purged = ROW_COUNT;
    RETURN purged;
END $$;

CREATE FUNCTION webhook_figures() RETURNS TABLE (pending bigint, age_us bigint, active bigint, paused bigint, disabled bigint, failing bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT count(d.id), coalesce((extract(epoch FROM clock_timestamp() - min(d.created_at)) * 1000000)::bigint, 0),
           (SELECT count(*) FROM webhook WHERE state = 'active'), (SELECT count(*) FROM webhook WHERE state = 'paused'),
           (SELECT count(*) FROM webhook WHERE state = 'disabled'), (SELECT count(*) FROM webhook WHERE failing_since IS NOT NULL)
    FROM webhook_delivery d WHERE d.state = 'pending'
$$;

-- Letters that are due, as address_claim.
CREATE FUNCTION webhook_notice_claim(p_limit integer, p_lease interval)
RETURNS TABLE (id bigint, address text, language text, webhook uuid, url text, reason text, since timestamptz, at timestamptz, lease integer)
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    UPDATE webhook_notice n SET wake = CASE WHEN n.lease < 11 THEN clock_timestamp() + p_lease END, lease = n.lease + 1
    FROM webhook w WHERE w.id = n.webhook_id AND n.id IN (
        SELECT d.id FROM webhook_notice d WHERE d.wake <= clock_timestamp() AND d.lease < 12 ORDER BY d.wake LIMIT p_limit
        FOR UPDATE SKIP LOCKED)
    RETURNING n.id, w.contact, w.language, w.uid, w.url, n.reason, n.since, n.at, n.lease
$$;
CREATE FUNCTION webhook_notice_ended(p_id bigint, p_lease integer, p_wait interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    UPDATE webhook_notice SET wake = CASE WHEN lease < 12 THEN clock_timestamp() + p_wait END WHERE id = p_id AND lease = p_lease
$$;

REVOKE ALL ON FUNCTION uuid7, webhook_own, webhook_create, webhook_change, webhook_remove, webhook_rotate, webhook_ping, webhook_redeliver,
    webhook_see_as, webhook_see_as_system, webhook_collect, webhook_claim, webhook_settle, webhook_purge, webhook_figures,
    webhook_notice_claim, webhook_notice_ended FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhook_create, webhook_change, webhook_remove, webhook_rotate, webhook_ping, webhook_redeliver, webhook_collect,
    webhook_claim, webhook_settle, webhook_purge, webhook_figures, webhook_notice_claim, webhook_notice_ended TO oam_app;
GRANT SELECT ON webhook, webhook_delivery TO oam_app;
