-- Webhooks take turns, count what waits for them, and let go of a long log a little at a time.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- 'removed': gone for everybody who asks; its row stays until the last of its log is away. `pending` is how many of its deliveries wait.
-- Who fails is failing from `failing_since`; of that, the time in which something had failed and was to be tried again is `failed_for`
-- (counted up to `failed_at`; what was to come by `failing_until` counts when it fails too).
ALTER TABLE webhook DROP CONSTRAINT webhook_state_check;
ALTER TABLE webhook
    ADD CONSTRAINT webhook_state_check CHECK (state IN ('active', 'paused', 'disabled', 'removed')),
    ADD COLUMN pending integer NOT NULL DEFAULT 0 CHECK (pending >= 0),
    ADD COLUMN served_at timestamptz,
    ADD COLUMN collected_at timestamptz,
    ADD COLUMN failed_at timestamptz,
    ADD COLUMN failing_until timestamptz,
    ADD COLUMN failed_for interval NOT NULL DEFAULT '0' CHECK (failed_for >= '0');
UPDATE webhook w SET pending = (SELECT count(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'pending'),
    failed_at = clock_timestamp(), failing_until = clock_timestamp(),
    failed_for = coalesce(greatest(clock_timestamp() - failing_since, '0'), '0');
-- Its counters change all the time, and no index has any of them: such a row is rewritten in its page.
ALTER TABLE webhook SET (fillfactor = 50);

-- A list by state, and one of everything, which is the three of them merged. Many become due in one moment, so the order goes on by id.
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (webhook_id, id) WHERE state = 'pending';
CREATE INDEX webhook_delivery_delivered ON webhook_delivery (webhook_id, id) WHERE state = 'delivered';
CREATE INDEX webhook_delivery_dead ON webhook_delivery (webhook_id, id) WHERE state = 'dead';
DROP INDEX webhook_delivery_page;
CREATE INDEX webhook_delivery_sending ON webhook_delivery (webhook_id) WHERE sending;
DROP INDEX webhook_delivery_old;
CREATE INDEX webhook_delivery_old ON webhook_delivery (created_at) WHERE state <> 'pending';
CREATE INDEX webhook_delivery_oldest ON webhook_delivery (created_at) WHERE state = 'pending';
DROP INDEX webhook_delivery_due;
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, wake, id) WHERE state = 'pending';
CREATE UNIQUE INDEX webhook_delivery_ping ON webhook_delivery (webhook_id) WHERE position IS NULL AND state = 'pending';

DROP POLICY webhook_scope ON webhook;
CREATE POLICY webhook_scope ON webhook FOR SELECT
    USING (state <> 'removed' AND ((SELECT scope_staff()) OR 'client:' || client_id = (SELECT scope_principal())));

-- ---------------------------------------------------------------- what its owner does

CREATE OR REPLACE FUNCTION webhook_own(p_uid uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT id FROM webhook WHERE uid = p_uid AND state <> 'removed' AND (scope_staff() OR 'client:' || client_id = scope_principal())
$$;

CREATE OR REPLACE FUNCTION webhook_create(p_uid uuid, p_client_id bigint, p_url text, p_types text[], p_payload text, p_description text,
    p_contact text, p_language text, p_sealed bytea, p_most integer, p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM FROM api_client WHERE id = p_client_id AND (scope_staff() OR 'client:' || id = scope_principal()) FOR NO KEY UPDATE;
    IF NOT FOUND OR (SELECT count(*) FROM webhook WHERE client_id = p_client_id AND state <> 'removed') >= p_most THEN
        RETURN false;
    END IF;
    INSERT INTO webhook (uid, client_id, url, types, payload, description, contact, language, position, created_at, updated_at)
    VALUES (p_uid, p_client_id, p_url, p_types, p_payload, p_description, p_contact, p_language,
            (SELECT position FROM event_relay_state), p_now, p_now) RETURNING id INTO made;
    INSERT INTO webhook_secret (webhook_id, sealed, created_at) VALUES (made, p_sealed, p_now);
    RETURN true;
END $$;

-- So many of a removed one's log; with the last of it goes the webhook. How many.
CREATE FUNCTION webhook_sweep(p_webhook bigint, p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    swept integer;
BEGIN
    DELETE FROM webhook_delivery WHERE id IN (SELECT d.id FROM webhook_delivery d WHERE d.webhook_id = p_webhook LIMIT p_most);
    GET DIAGNOSTICS swept = ROW_COUNT;
    IF swept < p_most THEN
        DELETE FROM webhook WHERE id = p_webhook AND state = 'removed';
    END IF;
    RETURN swept;
END $$;

-- A short log goes with it; of a long one the sender takes the rest away, a little at a time (webhook_purge).
CREATE OR REPLACE FUNCTION webhook_remove(p_uid uuid, p_version integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    own bigint;
BEGIN
    UPDATE webhook SET state = 'removed', reason = NULL, updated_at = clock_timestamp()
    WHERE id = webhook_own(p_uid) AND version = p_version RETURNING id INTO own;
    IF NOT FOUND THEN RETURN false; END IF;
    DELETE FROM webhook_secret WHERE webhook_id = own;
    DELETE FROM webhook_notice WHERE webhook_id = own;
    PERFORM webhook_sweep(own, 500);
    RETURN true;
END $$;

-- One at a time: a ping that still waits is the answer to the next.
CREATE OR REPLACE FUNCTION webhook_ping(p_uid uuid, p_now timestamptz) RETURNS uuid
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
        UPDATE webhook SET pending = pending + 1 WHERE id = own;
    END IF;
    RETURN ping;
END $$;

-- Sends again, under the same ids: one delivery, or those of a range of positions or times. How many; NULL: no such webhook. The dead are
-- in the order of their ids, which is that of their positions.
CREATE OR REPLACE FUNCTION webhook_redeliver(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamptz,
    p_until timestamptz, p_dead boolean, p_most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    own bigint;
    chosen bigint[];
BEGIN
    SELECT id INTO own FROM webhook WHERE id = webhook_own(p_uid) FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    IF p_dead THEN
        chosen := ARRAY(
            SELECT d.id FROM webhook_delivery d
            WHERE d.webhook_id = own AND d.state = 'dead' AND d.position IS NOT NULL
                AND (p_after IS NULL OR d.position > p_after) AND (p_before IS NULL OR d.position < p_before)
                AND (p_since IS NULL OR d.at >= p_since) AND (p_until IS NULL OR d.at < p_until)
            ORDER BY d.id LIMIT p_most);
    ELSE
        chosen := ARRAY(
            SELECT d.id FROM webhook_delivery d
            WHERE d.webhook_id = own AND d.state <> 'pending' AND d.position IS NOT NULL AND (p_delivery IS NULL OR d.uid = p_delivery)
                AND (p_after IS NULL OR d.position > p_after) AND (p_before IS NULL OR d.position < p_before)
                AND (p_since IS NULL OR d.at >= p_since) AND (p_until IS NULL OR d.at < p_until)
            ORDER BY d.position LIMIT p_most);
    END IF;
    UPDATE webhook_delivery SET state = 'pending', replay = true, tries = 0, wake = clock_timestamp(), ended_at = NULL
    WHERE id = ANY (chosen);
    UPDATE webhook SET pending = pending + cardinality(chosen) WHERE id = own;
    RETURN cardinality(chosen);
END $$;

-- ---------------------------------------------------------------- what the sender does

-- The next p_window events of the feed that an integration may read, as it reads them: `type` is NULL of what is not for it.
CREATE FUNCTION webhook_window(p_client_id bigint, p_after bigint, p_head bigint, p_window integer)
RETURNS TABLE ("position" bigint, event_id bigint, type text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    mine bigint[];
BEGIN
    PERFORM webhook_see_as(p_client_id);
    mine := CASE WHEN NOT scope_all() THEN scope_bodies() END;
    RETURN QUERY WITH seen AS (
        (SELECT f.position, f.event_id FROM event_feed f
         WHERE f.position > p_after AND f.position <= p_head AND (mine IS NULL OR f.body_id = ANY (mine))
         ORDER BY f.position LIMIT p_window)
        UNION ALL
        (SELECT DISTINCT f.position, f.event_id
         FROM request_body b JOIN request_event e ON e.request_id = b.request_id JOIN event_feed f ON f.event_id = e.id
         WHERE b.body_id = ANY (mine) AND f.position > p_after AND f.position <= p_head AND f.body_id <> ALL (mine)
         ORDER BY f.position LIMIT p_window)
        ORDER BY position LIMIT p_window)
    SELECT s.position, s.event_id, e.type FROM seen s LEFT JOIN request_event e ON e.id = s.event_id ORDER BY s.position;
    PERFORM webhook_see_as_system();
END $$;

-- Deliveries of those events, and the place behind the last that was looked at. Who calls holds the webhook's row.
CREATE FUNCTION webhook_keep(p_webhook bigint, p_positions bigint[], p_reach bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    made integer;
BEGIN
    INSERT INTO webhook_delivery (uid, webhook_id, position, request_id, type, at, wake, created_at)
    SELECT uuid7(), p_webhook, f.position, f.request_id, e.type, e.at,
           CASE WHEN row_number() OVER (PARTITION BY f.request_id ORDER BY f.position) > 1
                  OR EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = p_webhook AND d.request_id = f.request_id
                             AND d.state = 'pending' AND NOT d.replay)
                THEN 'infinity' ELSE clock_timestamp() END, clock_timestamp()
    FROM event_feed f JOIN request_event e ON e.id = f.event_id WHERE f.position = ANY (p_positions) ORDER BY f.position;
    GET DIAGNOSTICS made = ROW_COUNT;
    UPDATE webhook SET position = p_reach, pending = pending + made, collected_at = clock_timestamp() WHERE id = p_webhook;
END $$;

-- Makes deliveries of what lies behind each webhook's place in the feed, a window at a time, and moves the place: the one who holds its row
-- does, everybody else passes by. Who has not been looked at for longest is first, and four full windows are enough for one time: one that is
-- far behind holds up nobody who is not. One with p_pending deliveries that wait makes no more: the feed keeps them. How many windows were read.
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
                WHERE w.state = 'active' AND w.position < head AND w.pending < p_pending
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

-- Deliveries that are due, each for p_lease: then anybody may take it again. So many at once for each webhook, and never more than its part of
-- p_room, of which a part is left for who comes next; one for one that fails. Those that do not fail come first, of them the first of each
-- integration before the second of any, and always who has not been served for longest. What is told of an event is what the integration may
-- see of it now: `ref` is NULL when that is nothing.
DROP FUNCTION webhook_claim(integer, integer, interval);
CREATE FUNCTION webhook_claim(p_limit integer, p_each integer, p_lease interval, p_room integer DEFAULT 256)
RETURNS TABLE (id bigint, uid uuid, lease integer, tries integer, webhook uuid, url text, payload text, secrets text, client_id bigint,
               type text, "position" bigint, at timestamptz, ref text, seq integer, version integer, event text, "from" text, "to" text,
               body text, service text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    hook record;
    room integer := p_limit;
    weak integer := p_room / 2; -- half of the room is never theirs who fail
    moment timestamptz := clock_timestamp(); -- as a constant, which an index can be asked for
    share integer;
    taken integer;
BEGIN
    FOR hook IN
        WITH flying AS MATERIALIZED (
            SELECT d.webhook_id, count(*)::integer AS n FROM webhook_delivery d
            WHERE d.sending AND d.wake > moment GROUP BY d.webhook_id),
        due AS MATERIALIZED (
            SELECT w.id, w.failing_since IS NOT NULL AS fails, (SELECT max(o.served_at) FROM webhook o WHERE o.client_id = w.client_id) AS served,
                   row_number() OVER (PARTITION BY w.client_id, w.failing_since IS NOT NULL ORDER BY w.served_at NULLS FIRST, w.id) AS turn
            FROM webhook w JOIN api_client c ON c.id = w.client_id AND c.active AND c.scopes @> ARRAY['events:read']
            WHERE w.state <> 'removed'
                -- One look into an index for each: joined, all that waits would be read. To one that is not active, a ping goes.
                AND CASE WHEN w.state = 'active'
                         THEN (SELECT true FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'pending'
                               AND d.wake <= moment ORDER BY d.wake LIMIT 1)
                         ELSE (SELECT true FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'pending'
                               AND d.wake <= moment AND d.position IS NULL LIMIT 1) END),
        ours AS (SELECT count(*)::integer AS n FROM (SELECT due.id FROM due UNION SELECT f.webhook_id FROM flying f) AS everybody),
        ill AS (SELECT coalesce(sum(f.n), 0)::integer AS n FROM flying f JOIN webhook w ON w.id = f.webhook_id AND w.failing_since IS NOT NULL)
        SELECT w.*, ours.n AS everybody, ill.n AS ill,
               (SELECT string_agg(encode(s.sealed, 'hex'), ' ' ORDER BY s.id DESC) FROM webhook_secret s
                WHERE s.webhook_id = w.id AND coalesce(s.ends_at > clock_timestamp(), true)) AS keys
        FROM due JOIN webhook w ON w.id = due.id CROSS JOIN ours CROSS JOIN ill
        ORDER BY due.fails, due.turn, due.served NULLS FIRST, w.served_at NULLS FIRST, w.id FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
        share := CASE WHEN hook.failing_since IS NULL THEN least(p_each, greatest(1, p_room / (hook.everybody + 1))) ELSE 1 END
                 - (SELECT count(*)::integer FROM webhook_delivery d WHERE d.webhook_id = hook.id AND d.sending AND d.wake > moment);
        share := least(share, CASE WHEN hook.failing_since IS NULL THEN room ELSE least(room, weak - hook.ill) END);
        CONTINUE WHEN share <= 0;
        PERFORM webhook_see_as(hook.client_id);
        RETURN QUERY WITH due AS (
            SELECT d.id FROM webhook_delivery d
            WHERE d.webhook_id = hook.id AND d.state = 'pending' AND d.wake <= moment
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
        UPDATE webhook w SET served_at = clock_timestamp() WHERE w.id = hook.id AND taken > 0;
        room := room - taken;
        weak := weak - CASE WHEN hook.failing_since IS NULL THEN 0 ELSE taken END;
        EXIT WHEN room <= 0;
    END LOOP;
    PERFORM webhook_see_as_system();
END $$;

-- What became of one try. p_ended: delivered, dead, or NULL: again after p_wait. p_disable: why the webhook is sent nothing any more. One that
-- has failed for p_patience is failing for good: that is from a failure to the next, while something had been tried and was to be tried again
-- (with a minute for that); when nothing waits, or nobody sends, no time goes by. True: it is disabled by this.
CREATE OR REPLACE FUNCTION webhook_settle(p_id bigint, p_lease integer, p_ended text, p_outcome text, p_status integer, p_ms integer,
    p_wait interval, p_disable text, p_patience interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    hook webhook%ROWTYPE;
    done webhook_delivery%ROWTYPE;
    moment timestamptz;
    failed boolean;
    why text;
BEGIN
    -- Its webhook's row first, as everybody who asks what waits before what.
    SELECT w.* INTO hook FROM webhook w JOIN webhook_delivery d ON d.webhook_id = w.id WHERE d.id = p_id FOR NO KEY UPDATE OF w;
    IF NOT FOUND THEN RETURN false; END IF;
    moment := clock_timestamp();
    UPDATE webhook_delivery d SET state = coalesce(p_ended, 'pending'), sending = false, status = p_status, outcome = p_outcome,
        wake = CASE WHEN p_ended IS NULL THEN moment + p_wait END, ended_at = CASE WHEN p_ended IS NOT NULL THEN moment END,
        attempts = CASE WHEN jsonb_array_length(d.attempts) >= 20 THEN d.attempts - 0 ELSE d.attempts END || jsonb_build_object(
            'at', to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'outcome', p_outcome,
            'status', p_status, 'ms', p_ms)
    -- That it arrived is true whoever says it.
    WHERE d.id = p_id AND d.state = 'pending' AND (d.lease = p_lease OR p_ended = 'delivered') RETURNING * INTO done;
    IF NOT FOUND THEN RETURN false; END IF;
    IF p_ended IS NOT NULL AND done.position IS NOT NULL AND NOT done.replay THEN
        UPDATE webhook_delivery SET wake = moment WHERE id = (
            SELECT n.id FROM webhook_delivery n WHERE n.webhook_id = hook.id AND n.request_id = done.request_id AND n.state = 'pending'
                AND NOT n.replay ORDER BY n.position LIMIT 1) AND wake = 'infinity';
    END IF;
    IF p_ended = 'delivered' AND hook.failing_since IS NOT NULL THEN
        -- It is there again: what was put off comes now.
        UPDATE webhook_delivery SET wake = moment WHERE webhook_id = hook.id AND state = 'pending' AND NOT sending AND wake < 'infinity';
    END IF;
    failed := p_ended IS DISTINCT FROM 'delivered' AND p_outcome <> 'not_visible' AND hook.state = 'active';
    hook.pending := greatest(hook.pending - (p_ended IS NOT NULL)::integer, 0);
    IF p_ended = 'delivered' THEN
        hook.failing_since := NULL;
    ELSIF failed AND done.position IS NOT NULL THEN
        IF hook.failing_since IS NULL THEN
            hook.failing_since := moment;
            hook.failed_for := '0';
            hook.failing_until := moment;
        ELSE
            hook.failed_for := hook.failed_for + greatest(least(moment, hook.failing_until) - hook.failed_at, '0');
        END IF;
        hook.failed_at := moment;
        hook.failing_until := CASE WHEN p_ended IS NULL THEN greatest(hook.failing_until, moment + p_wait + interval '1 min')
                                   WHEN hook.pending = 0 THEN moment ELSE hook.failing_until END;
    END IF;
    IF failed THEN
        why := coalesce(p_disable, CASE WHEN hook.failing_since IS NOT NULL AND hook.failed_for > p_patience THEN 'failing' END);
    END IF;
    UPDATE webhook SET pending = hook.pending, failing_since = hook.failing_since, failed_for = hook.failed_for, failed_at = hook.failed_at,
        failing_until = hook.failing_until, state = CASE WHEN why IS NULL THEN state ELSE 'disabled' END, reason = coalesce(why, reason),
        version = version + (why IS NOT NULL)::integer, updated_at = CASE WHEN why IS NULL THEN updated_at ELSE moment END
    WHERE id = hook.id;
    IF why IS NOT NULL AND hook.contact IS NOT NULL THEN
        INSERT INTO webhook_notice (webhook_id, reason, since, at, wake)
        VALUES (hook.id, why, coalesce(hook.failing_since, moment), moment, moment);
    END IF;
    RETURN why IS NOT NULL;
END $$;

-- The log is kept for so long, whatever has become of it, and that of a removed webhook not at all; p_most at a time. How many: with p_most,
-- there may be more.
DROP FUNCTION webhook_purge(interval);
CREATE FUNCTION webhook_purge(p_keep interval, p_most integer DEFAULT 2000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    gone bigint;
    swept integer := 0;
    purged integer;
    edge timestamptz := clock_timestamp() - p_keep;
BEGIN
    DELETE FROM webhook_secret WHERE ends_at < clock_timestamp();
    DELETE FROM webhook_notice WHERE wake IS NULL AND at < edge;
    FOR gone IN SELECT id FROM webhook WHERE state = 'removed' ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED LOOP
        swept := swept + webhook_sweep(gone, p_most - swept);
        EXIT WHEN swept >= p_most;
    END LOOP;
    DELETE FROM webhook_delivery WHERE id IN (
        SELECT d.id FROM webhook_delivery d WHERE d.state <> 'pending' AND d.created_at < edge
        ORDER BY d.created_at LIMIT p_most - swept FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS purged = ROW_COUNT;
    RETURN swept + purged;
END $$;

CREATE OR REPLACE FUNCTION webhook_figures() RETURNS TABLE (pending bigint, age_us bigint, active bigint, paused bigint, disabled bigint, failing bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(w.pending), 0),
           coalesce((SELECT (extract(epoch FROM clock_timestamp() - min(d.created_at)) * 1000000)::bigint FROM webhook_delivery d
                     WHERE d.state = 'pending'), 0),
           count(*) FILTER (WHERE w.state = 'active'), count(*) FILTER (WHERE w.state = 'paused'),
           count(*) FILTER (WHERE w.state = 'disabled'), count(*) FILTER (WHERE w.failing_since IS NOT NULL)
    FROM webhook w WHERE w.state <> 'removed'
$$;

REVOKE ALL ON FUNCTION webhook_sweep, webhook_window, webhook_keep, webhook_claim, webhook_purge FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhook_claim, webhook_purge TO oam_app;
