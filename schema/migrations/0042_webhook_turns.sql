-- Who fails has less of each look: while forty that were due again were taken in one, 50 ms passed, and what was new for the others waited.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

CREATE OR REPLACE FUNCTION webhook_collect(p_window integer, p_pending integer, p_all boolean DEFAULT true) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
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
        EXIT WHEN weak > 4 OR NOT p_all AND weak > 0 AND windows >= weak; -- somebody else had something
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

CREATE OR REPLACE FUNCTION webhook_look(p_window integer, p_pending integer, p_all boolean DEFAULT true) RETURNS TABLE(id bigint, uid uuid, filter text, place bigint, reach bigint, "position" bigint, ref text, version integer, at timestamptz, type text, event text, "from" text, "to" text, body text, service text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
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
        EXIT WHEN weak > 4 OR NOT p_all AND weak > 0 AND windows >= weak; -- somebody else had something
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

CREATE OR REPLACE FUNCTION webhook_claim(p_limit integer, p_each integer, p_lease interval, p_room integer DEFAULT 256) RETURNS TABLE(id bigint, uid uuid, lease integer, tries integer, webhook uuid, url text, payload text, secrets text, client_id bigint, type text, "position" bigint, at timestamptz, ref text, seq integer, version integer, event text, "from" text, "to" text, body text, service text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan SET enable_nestloop = off AS $$
#variable_conflict use_column
DECLARE
    hook record;
    row webhook%ROWTYPE;
    room integer := p_limit;
    weak integer := p_room / 2; -- half of the room is never theirs who fail
    turns integer := 4; -- of theirs are taken in one look
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
        ours AS MATERIALIZED (SELECT count(*)::integer AS n FROM (SELECT due.id FROM due UNION SELECT f.webhook_id FROM flying f) AS everybody),
        ill AS MATERIALIZED (SELECT coalesce(sum(f.n), 0)::integer AS n FROM flying f JOIN webhook w ON w.id = f.webhook_id AND w.failing_since IS NOT NULL)
        SELECT w AS row, ours.n AS everybody, ill.n AS ill
        FROM due JOIN webhook w ON w.id = due.id CROSS JOIN ours CROSS JOIN ill
        ORDER BY due.fails, due.turn, due.served NULLS FIRST, w.served_at NULLS FIRST, w.id FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
        row := hook.row;
        EXIT WHEN row.failing_since IS NOT NULL AND (weak - hook.ill <= 0 OR turns = 0); -- and so does whoever comes behind
        RETURN QUERY SELECT * FROM webhook_share(row,
            CASE WHEN row.failing_since IS NULL THEN least(p_each, greatest(1, p_room / (hook.everybody + 1))) ELSE 1 END,
            CASE WHEN row.failing_since IS NULL THEN room ELSE least(room, weak - hook.ill) END, moment, p_lease);
        GET DIAGNOSTICS taken = ROW_COUNT;
        room := room - taken;
        IF row.failing_since IS NOT NULL THEN
            weak := weak - taken;
            turns := turns - taken;
        END IF;
        EXIT WHEN room <= 0;
    END LOOP;
    PERFORM webhook_see_as_system();
END $$;

CREATE OR REPLACE FUNCTION webhook_send_again(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamptz, p_until timestamptz, p_dead boolean, p_most integer, p_look integer) RETURNS TABLE(queued integer, next bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    own bigint;
    chosen bigint[];
    low bigint := coalesce(p_after, 0);
    high bigint := coalesce(p_before, 9223372036854775807);
    first_id bigint;
    last_id bigint;
BEGIN
    SELECT w.id INTO own FROM webhook w WHERE w.id = webhook_own(p_uid) FOR UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    IF p_delivery IS NOT NULL THEN
        chosen := ARRAY(SELECT d.id FROM webhook_delivery d
                        WHERE d.uid = p_delivery AND d.webhook_id = own AND d.state <> 'pending' AND d.position IS NOT NULL);
    ELSE
        first_id := (SELECT d.id FROM webhook_delivery d WHERE d.webhook_id = own AND d.position <= low ORDER BY d.position DESC LIMIT 1);
        last_id := (SELECT d.id FROM webhook_delivery d WHERE d.webhook_id = own AND d.position >= high ORDER BY d.position LIMIT 1);
        WITH range AS (
            (SELECT d.id, d.position, d.at FROM webhook_delivery d
             WHERE p_dead AND d.webhook_id = own AND d.state = 'dead' AND d.position IS NOT NULL AND d.id > coalesce(first_id, 0)
                 AND d.id < coalesce(last_id, 9223372036854775807)
             ORDER BY d.id LIMIT p_look + 1)
            UNION ALL
            (SELECT d.id, d.position, d.at FROM webhook_delivery d
             WHERE NOT p_dead AND d.webhook_id = own AND d.position > low AND d.position < high AND d.state <> 'pending'
             ORDER BY d.position LIMIT p_look + 1)),
        looked AS (SELECT r.*, row_number() OVER (ORDER BY r.position) AS place FROM range r),
        fit AS (SELECT l.*, row_number() OVER (ORDER BY l.position) AS turn FROM looked l
                WHERE l.place <= p_look AND (p_since IS NULL OR l.at >= p_since) AND (p_until IS NULL OR l.at < p_until))
        SELECT coalesce(array_agg(f.id) FILTER (WHERE f.turn <= p_most), '{}'),
               CASE WHEN max(f.turn) > p_most THEN max(f.position) FILTER (WHERE f.turn = p_most)
                    ELSE (SELECT max(l.position) FILTER (WHERE l.place = p_look) FROM looked l HAVING max(l.place) > p_look) END
        INTO chosen, next FROM fit f;
    END IF;
    UPDATE webhook_delivery d SET state = 'pending', replay = true, tries = 0, wake = clock_timestamp(), ended_at = NULL
    WHERE d.id = ANY (chosen);
    GET DIAGNOSTICS queued = ROW_COUNT; -- the log may have been swept meanwhile
    UPDATE webhook w SET pending = w.pending + queued WHERE w.id = own;
    RETURN NEXT;
END $$;

