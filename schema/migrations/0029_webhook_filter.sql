-- A webhook may have a filter: an expression over the event (api/service/event_filter.h), which is evaluated by the process that sends.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- How often the filter could not be evaluated since it was said, and the last time: which event (none: it could not be read at all) and why.
ALTER TABLE webhook
    ADD COLUMN filter text CHECK (octet_length(filter) BETWEEN 1 AND 400),
    ADD COLUMN filter_failures integer NOT NULL DEFAULT 0 CHECK (filter_failures >= 0),
    ADD COLUMN filter_failed_at timestamptz,
    ADD COLUMN filter_failed_position bigint CHECK (filter_failed_position >= 1),
    ADD COLUMN filter_error text CHECK (filter_error ~ '^[a-z_]{1,32}$'),
    ADD CONSTRAINT webhook_filter_failed CHECK ((filter_failures > 0) = (filter_error IS NOT NULL)
        AND (filter_error IS NOT NULL) = (filter_failed_at IS NOT NULL) AND (filter_error IS NULL OR filter IS NOT NULL)
        AND (filter_failed_position IS NULL OR filter_error IS NOT NULL));

-- ---------------------------------------------------------------- what its owner does

-- As in 0025, with a filter.
DROP FUNCTION webhook_create(uuid, bigint, text, text[], text, text, text, text, bytea, integer, timestamptz);
CREATE FUNCTION webhook_create(p_uid uuid, p_client_id bigint, p_url text, p_types text[], p_payload text, p_description text,
    p_contact text, p_language text, p_sealed bytea, p_most integer, p_now timestamptz, p_filter text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM FROM api_client WHERE id = p_client_id AND (scope_staff() OR 'client:' || id = scope_principal()) FOR NO KEY UPDATE;
    IF NOT FOUND OR (SELECT count(*) FROM webhook WHERE client_id = p_client_id AND state <> 'removed') >= p_most THEN
        RETURN false;
    END IF;
    INSERT INTO webhook (uid, client_id, url, types, filter, payload, description, contact, language, position, created_at, updated_at)
    VALUES (p_uid, p_client_id, p_url, p_types, p_filter, p_payload, p_description, p_contact, p_language,
            (SELECT position FROM event_relay_state), p_now, p_now) RETURNING id INTO made;
    INSERT INTO webhook_secret (webhook_id, sealed, created_at) VALUES (made, p_sealed, p_now);
    RETURN true;
END $$;

-- False: it is not at that version. One that is taken up again begins without a past: what waits for it comes at once. p_filter: '' is none,
-- NULL the one that it has; said anew, it has not failed yet.
DROP FUNCTION webhook_change(uuid, integer, text, text[], text, text, text, text, text, timestamptz);
CREATE FUNCTION webhook_change(p_uid uuid, p_version integer, p_url text, p_types text[], p_payload text, p_description text,
    p_contact text, p_language text, p_state text, p_now timestamptz, p_filter text DEFAULT NULL) RETURNS boolean
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
    IF p_filter IS NOT NULL THEN
        UPDATE webhook SET filter = nullif(p_filter, ''), filter_failures = 0, filter_failed_at = NULL, filter_failed_position = NULL,
            filter_error = NULL
        WHERE id = old.id;
    END IF;
    IF p_state = 'active' AND (old.state <> 'active' OR p_url <> old.url) THEN
        UPDATE webhook_delivery SET wake = clock_timestamp()
        WHERE webhook_id = old.id AND state = 'pending' AND NOT sending AND wake < 'infinity';
    END IF;
    RETURN true;
END $$;

-- ---------------------------------------------------------------- what the sender does

-- Makes deliveries of what lies behind the place of each webhook that has no filter, a window at a time, and moves the place: the one who
-- holds its row does, everybody else passes by. Who has not been looked at for longest is first, and four full windows are enough for one
-- time: one that is far behind holds up nobody who is not. One with p_pending deliveries that wait makes no more: the feed keeps them. How
-- many windows were read.
CREATE OR REPLACE FUNCTION webhook_collect(p_window integer, p_pending integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    head bigint := (SELECT position FROM event_relay_state);
    hook webhook%ROWTYPE;
    wanted bigint[];
    reach bigint;
    found integer;
    events integer := 0;
    windows integer := 0;
BEGIN
    FOR hook IN SELECT w.* FROM webhook w JOIN api_client c ON c.id = w.client_id AND c.active AND c.scopes @> ARRAY['events:read']
                WHERE w.state = 'active' AND w.position < head AND w.pending < p_pending AND w.filter IS NULL
                ORDER BY w.collected_at NULLS FIRST, w.id LIMIT 100 FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
        SELECT coalesce(array_agg(s.position) FILTER (WHERE s.type = ANY (hook.types) OR cardinality(hook.types) = 0 AND s.type IS NOT NULL), '{}'),
               max(s.position), count(*)
        INTO wanted, reach, found FROM webhook_window(hook.client_id, hook.position, head, p_window) s;
        PERFORM webhook_keep(hook.id, wanted, CASE WHEN found < p_window THEN head ELSE reach END);
        windows := windows + 1;
        events := events + found;
        EXIT WHEN events >= 4 * p_window;
    END LOOP;
    RETURN windows;
END $$;

-- The windows of those that have one, to whoever can evaluate it: webhook_sift of what it lets pass is to follow in the same transaction,
-- which holds their rows. One row for each window at least; with `position`, an event of the types that its webhook wants, as its integration
-- may read it. One whose filter could not be read stands still until it is said anew.
CREATE FUNCTION webhook_look(p_window integer, p_pending integer)
RETURNS TABLE (id bigint, uid uuid, filter text, place bigint, reach bigint, "position" bigint, ref text, version integer, at timestamptz,
               type text, event text, "from" text, "to" text, body text, service text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    head bigint := (SELECT position FROM event_relay_state);
    hook webhook%ROWTYPE;
    wanted bigint[];
    last bigint;
    found integer;
    events integer := 0;
BEGIN
    FOR hook IN SELECT w.* FROM webhook w JOIN api_client c ON c.id = w.client_id AND c.active AND c.scopes @> ARRAY['events:read']
                WHERE w.state = 'active' AND w.position < head AND w.pending < p_pending AND w.filter IS NOT NULL
                    AND w.filter_error IS DISTINCT FROM 'unreadable'
                ORDER BY w.collected_at NULLS FIRST, w.id LIMIT 100 FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
        SELECT coalesce(array_agg(s.position) FILTER (WHERE s.type = ANY (hook.types) OR cardinality(hook.types) = 0 AND s.type IS NOT NULL), '{}'),
               max(s.position), count(*)
        INTO wanted, last, found FROM webhook_window(hook.client_id, hook.position, head, p_window) s;
        RETURN QUERY SELECT hook.id, hook.uid, hook.filter, hook.position, CASE WHEN found < p_window THEN head ELSE last END, f.position, r.ref,
                            e.version, e.at, e.type, e.data ->> 'event', e.data ->> 'from', e.data ->> 'to', b.code, s.code
        FROM (SELECT wanted) AS own LEFT JOIN (event_feed f JOIN request_event e ON e.id = f.event_id JOIN request r ON r.id = f.request_id
                                               JOIN body b ON b.id = r.body_id JOIN service s ON s.id = r.service_id)
             ON f.position = ANY (own.wanted)
        ORDER BY f.position;
        events := events + found;
        EXIT WHEN events >= 4 * p_window;
    END LOOP;
END $$;

-- Of the window behind p_place, up to p_reach: deliveries of what the filter let pass, and how often it could not be evaluated. False: its
-- webhook is no longer there.
CREATE FUNCTION webhook_sift(p_webhook bigint, p_place bigint, p_reach bigint, p_positions bigint[], p_failures integer,
    p_failed_position bigint, p_error text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM webhook WHERE id = p_webhook AND position = p_place AND state = 'active' FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM webhook_keep(p_webhook, p_positions, p_reach);
    IF p_failures > 0 THEN
        UPDATE webhook SET filter_failures = least(filter_failures::bigint + p_failures, 2147483647)::integer,
            filter_failed_at = clock_timestamp(), filter_failed_position = p_failed_position, filter_error = p_error
        WHERE id = p_webhook;
    END IF;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION webhook_create, webhook_change, webhook_look, webhook_sift FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhook_create, webhook_change, webhook_look, webhook_sift TO oam_app;
