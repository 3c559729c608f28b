-- One dead receiver slows no other: who fails is told of what is new at longer and longer intervals, and neither read for nor asked about in
-- between; and what integrations see of the feed is read once for all webhooks of one that stand at the same place.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- Whether one that fails since p_since, and had its last turn at p_last, may have something new at p_moment: a tenth of the time for which it
-- has failed must be between them, 15 s at most, which is how long one may take that does not answer: who refuses at once has no more of us.
-- Who has failed for less than 2 s has turns as if it did not. What failed comes again when it is due in any case, or nothing that needs
-- some tries would ever end the failing. Without settings of its own, so that it is a part of the statement.
CREATE FUNCTION webhook_rested(p_since timestamptz, p_last timestamptz, p_moment timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p_since IS NULL OR p_last IS NULL OR p_last - p_since < interval '2 s'
        OR p_moment - p_last >= least((p_last - p_since) / 10, interval '15 s')
$$;
REVOKE ALL ON FUNCTION webhook_rested FROM PUBLIC;

-- Those that come again. Nothing that arrives at its first try is ever in it.
CREATE INDEX webhook_delivery_again ON webhook_delivery (webhook_id, wake, id) WHERE state = 'pending' AND NOT sending AND tries > 0;

-- Planned once for a connection, and by keys, however small the tables were then.
ALTER FUNCTION webhook_window(bigint, bigint, bigint, integer) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION webhook_window(bigint, bigint, bigint, integer) SET enable_seqscan = off;
ALTER FUNCTION webhook_window(bigint, bigint, bigint, integer) SET enable_hashjoin = off;
ALTER FUNCTION webhook_window(bigint, bigint, bigint, integer) SET enable_mergejoin = off;

-- As in 0034, of those that may have a turn; those that were looked at together come in the order of their integrations the next time.
CREATE OR REPLACE FUNCTION webhook_collect(p_window integer, p_pending integer, p_all boolean DEFAULT true) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    head bigint := (SELECT position FROM event_relay_state);
    moment timestamptz := clock_timestamp();
    hook webhook%ROWTYPE;
    whose bigint; -- what is read, as which integration sees it, and from where
    place bigint;
    places bigint[];
    kinds text[];
    found integer;
    events integer := 0;
    windows integer := 0;
    weak integer := 0; -- of them those of who fails
BEGIN
    FOR hook IN SELECT w.* FROM webhook w JOIN api_client c ON c.id = w.client_id AND c.active AND c.scopes @> ARRAY['events:read']
                WHERE w.state = 'active' AND w.position < head AND w.pending < p_pending AND w.filter IS NULL
                    AND webhook_rested(w.failing_since, w.collected_at, moment)
                ORDER BY w.failing_since IS NOT NULL, w.collected_at NULLS FIRST, w.client_id, w.id LIMIT 100 FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
        weak := weak + (hook.failing_since IS NOT NULL)::integer;
        EXIT WHEN weak > 8 OR NOT p_all AND weak > 0 AND windows >= weak; -- somebody else had something
        IF (hook.client_id, hook.position) IS DISTINCT FROM (whose, place) THEN
            SELECT array_agg(s.position ORDER BY s.position), array_agg(s.type ORDER BY s.position), count(*) INTO places, kinds, found
            FROM webhook_window(hook.client_id, hook.position, head, p_window) s;
            whose := hook.client_id;
            place := hook.position;
        END IF;
        PERFORM webhook_keep(hook.id, ARRAY(SELECT s.position FROM unnest(places, kinds) AS s (position, type)
                                            WHERE s.type = ANY (hook.types) OR cardinality(hook.types) = 0 AND s.type IS NOT NULL),
                             CASE WHEN found < p_window THEN head ELSE places[found] END);
        windows := windows + 1;
        events := events + found;
        EXIT WHEN events >= 4 * p_window;
    END LOOP;
    RETURN windows;
END $$;

-- As in 0034, of those that may have a turn.
CREATE OR REPLACE FUNCTION webhook_look(p_window integer, p_pending integer, p_all boolean DEFAULT true)
RETURNS TABLE (id bigint, uid uuid, filter text, place bigint, reach bigint, "position" bigint, ref text, version integer, at timestamptz,
               type text, event text, "from" text, "to" text, body text, service text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    head bigint := (SELECT position FROM event_relay_state);
    moment timestamptz := clock_timestamp();
    hook webhook%ROWTYPE;
    wanted bigint[];
    last bigint;
    found integer;
    events integer := 0;
    windows integer := 0;
    weak integer := 0; -- of them those of who fails
BEGIN
    FOR hook IN SELECT w.* FROM webhook w JOIN api_client c ON c.id = w.client_id AND c.active AND c.scopes @> ARRAY['events:read']
                WHERE w.state = 'active' AND w.position < head AND w.pending < p_pending AND w.filter IS NOT NULL
                    AND w.filter_error IS DISTINCT FROM 'unreadable'
                    AND webhook_rested(w.failing_since, w.collected_at, moment)
                ORDER BY w.failing_since IS NOT NULL, w.collected_at NULLS FIRST, w.client_id, w.id LIMIT 100 FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
        weak := weak + (hook.failing_since IS NOT NULL)::integer;
        EXIT WHEN weak > 8 OR NOT p_all AND weak > 0 AND windows >= weak; -- somebody else had something
        SELECT coalesce(array_agg(s.position) FILTER (WHERE s.type = ANY (hook.types) OR cardinality(hook.types) = 0 AND s.type IS NOT NULL), '{}'),
               max(s.position), count(*)
        INTO wanted, last, found FROM webhook_window(hook.client_id, hook.position, head, p_window) s;
        RETURN QUERY SELECT hook.id, hook.uid, hook.filter, hook.position, CASE WHEN found < p_window THEN head ELSE last END, f.position, r.ref,
                            e.version, e.at, e.type, e.data ->> 'event', e.data ->> 'from', e.data ->> 'to', b.code, s.code
        FROM (SELECT wanted) AS own LEFT JOIN (event_feed f JOIN request_event e ON e.id = f.event_id JOIN request r ON r.id = f.request_id
                                               JOIN body b ON b.id = r.body_id JOIN service s ON s.id = r.service_id)
             ON f.position = ANY (own.wanted)
        ORDER BY f.position;
        windows := windows + 1;
        events := events + found;
        EXIT WHEN events >= 4 * p_window;
    END LOOP;
END $$;

-- As in 0030, but to one that is left alone goes what failed before, and a ping; to one that is not active a ping alone.
CREATE OR REPLACE FUNCTION webhook_share(p_hook webhook, p_most integer, p_left integer, p_moment timestamptz, p_lease interval)
RETURNS TABLE (id bigint, uid uuid, lease integer, tries integer, webhook uuid, url text, payload text, secrets text, client_id bigint,
               type text, "position" bigint, at timestamptz, ref text, seq integer, version integer, event text, "from" text, "to" text,
               body text, service text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    share integer := least(p_left, p_most - (SELECT count(*) FROM webhook_delivery d
                                             WHERE d.webhook_id = p_hook.id AND d.sending AND d.wake > p_moment)::integer);
    rested boolean := webhook_rested(p_hook.failing_since, p_hook.served_at, p_moment);
    keys text;
BEGIN
    IF share <= 0 THEN RETURN; END IF;
    keys := (SELECT string_agg(encode(s.sealed, 'hex'), ' ' ORDER BY s.id DESC) FROM webhook_secret s
             WHERE s.webhook_id = p_hook.id AND coalesce(s.ends_at > clock_timestamp(), true));
    PERFORM webhook_see_as(p_hook.client_id);
    RETURN QUERY WITH due AS (
        (SELECT d.id, d.wake FROM webhook_delivery d
         WHERE p_hook.state = 'active' AND rested AND d.webhook_id = p_hook.id AND d.state = 'pending' AND d.wake <= p_moment
         ORDER BY d.wake, d.id LIMIT share)
        UNION ALL
        (SELECT d.id, d.wake FROM webhook_delivery d
         WHERE p_hook.state = 'active' AND NOT rested AND d.webhook_id = p_hook.id AND d.state = 'pending' AND NOT d.sending AND d.tries > 0
             AND d.wake <= p_moment AND d.position IS NOT NULL
         ORDER BY d.wake, d.id LIMIT share)
        UNION ALL
        SELECT d.id, d.wake FROM webhook_delivery d
        WHERE NOT (p_hook.state = 'active' AND rested) AND d.webhook_id = p_hook.id AND d.state = 'pending' AND d.wake <= p_moment
            AND d.position IS NULL
        ORDER BY wake, id LIMIT share),
    held AS (
        UPDATE webhook_delivery t SET sending = true, lease = t.lease + 1, tries = t.tries + 1, wake = clock_timestamp() + p_lease
        FROM due WHERE t.id = due.id RETURNING t.*)
    SELECT h.id, h.uid, h.lease, h.tries, p_hook.uid, p_hook.url, p_hook.payload, keys, p_hook.client_id, h.type, h.position, h.at,
           told.ref, told.seq, told.version, told.data ->> 'event', told.data ->> 'from', told.data ->> 'to', told.body, told.service
    FROM held h LEFT JOIN LATERAL (
        SELECT r.ref, e.seq, e.version, e.data, b.code AS body, s.code AS service
        FROM event_feed f JOIN request_event e ON e.id = f.event_id JOIN request r ON r.id = f.request_id
            JOIN body b ON b.id = r.body_id JOIN service s ON s.id = r.service_id
        WHERE f.position = h.position) AS told ON true
    ORDER BY h.position;
    IF FOUND THEN
        UPDATE webhook w SET served_at = clock_timestamp() WHERE w.id = p_hook.id;
    END IF;
END $$;

-- As in 0030, of those that may have a turn: one that fails and has something under way is not asked what else there is. How many are due
-- cannot be foreseen, so that they are joined by hashing: one look at each webhook, however many there are.
CREATE OR REPLACE FUNCTION webhook_claim(p_limit integer, p_each integer, p_lease interval, p_room integer DEFAULT 256)
RETURNS TABLE (id bigint, uid uuid, lease integer, tries integer, webhook uuid, url text, payload text, secrets text, client_id bigint,
               type text, "position" bigint, at timestamptz, ref text, seq integer, version integer, event text, "from" text, "to" text,
               body text, service text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off AS $$
#variable_conflict use_column
DECLARE
    hook record;
    row webhook%ROWTYPE;
    room integer := p_limit;
    weak integer := p_room / 2; -- half of the room is never theirs who fail
    moment timestamptz := clock_timestamp(); -- as a constant, which an index can be asked for
    taken integer;
BEGIN
    FOR hook IN
        WITH flying AS MATERIALIZED (
            SELECT d.webhook_id, count(*)::integer AS n FROM webhook_delivery d
            WHERE d.sending AND d.wake > moment GROUP BY d.webhook_id),
        pinged AS MATERIALIZED (
            SELECT d.webhook_id FROM webhook_delivery d WHERE d.position IS NULL AND d.state = 'pending' AND d.wake <= moment),
        served AS MATERIALIZED (SELECT o.client_id, max(o.served_at) AS at FROM webhook o GROUP BY o.client_id),
        due AS MATERIALIZED (
            SELECT w.id, w.failing_since IS NOT NULL AS fails, served.at AS served,
                   row_number() OVER (PARTITION BY w.client_id, w.failing_since IS NOT NULL ORDER BY w.served_at NULLS FIRST, w.id) AS turn
            FROM webhook w JOIN api_client c ON c.id = w.client_id AND c.active AND c.scopes @> ARRAY['events:read']
                JOIN served ON served.client_id = w.client_id
            WHERE w.state <> 'removed' AND w.pending > 0
                AND (w.failing_since IS NULL OR w.id NOT IN (SELECT f.webhook_id FROM flying f))
                -- One look into an index for each: joined, all that waits would be read. A ping goes in any case.
                AND CASE WHEN w.state = 'active' AND NOT webhook_rested(w.failing_since, w.served_at, moment)
                         THEN coalesce((SELECT true FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'pending' AND NOT d.sending
                                        AND d.tries > 0 AND d.wake <= moment ORDER BY d.wake LIMIT 1), w.id IN (SELECT p.webhook_id FROM pinged p))
                         WHEN w.state = 'active'
                         THEN (SELECT true FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'pending'
                               AND d.wake <= moment ORDER BY d.wake LIMIT 1)
                         ELSE w.id IN (SELECT p.webhook_id FROM pinged p) END),
        ours AS (SELECT count(*)::integer AS n FROM (SELECT due.id FROM due UNION SELECT f.webhook_id FROM flying f) AS everybody),
        ill AS (SELECT coalesce(sum(f.n), 0)::integer AS n FROM flying f JOIN webhook w ON w.id = f.webhook_id AND w.failing_since IS NOT NULL)
        SELECT w AS row, ours.n AS everybody, ill.n AS ill
        FROM due JOIN webhook w ON w.id = due.id CROSS JOIN ours CROSS JOIN ill
        ORDER BY due.fails, due.turn, due.served NULLS FIRST, w.served_at NULLS FIRST, w.id FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
        row := hook.row;
        CONTINUE WHEN row.failing_since IS NOT NULL AND weak - hook.ill <= 0;
        RETURN QUERY SELECT * FROM webhook_share(row,
            CASE WHEN row.failing_since IS NULL THEN least(p_each, greatest(1, p_room / (hook.everybody + 1))) ELSE 1 END,
            CASE WHEN row.failing_since IS NULL THEN room ELSE least(room, weak - hook.ill) END, moment, p_lease);
        GET DIAGNOSTICS taken = ROW_COUNT;
        room := room - taken;
        weak := weak - CASE WHEN row.failing_since IS NULL THEN 0 ELSE taken END;
        EXIT WHEN room <= 0;
    END LOOP;
    PERFORM webhook_see_as_system();
END $$;
