-- Who fails slows nobody: an event was made into deliveries for all webhooks before the first of them was sent, forty dead ones among them. Now
-- those that do not fail come first, and are sent; the others follow at the next looks, eight at each, which are at once. With p_all they come along whatever the
-- others have, as the sender wants it once a second: who fails is not forgotten while there is always something new.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- As in 0029.
DROP FUNCTION webhook_collect(integer, integer);
CREATE FUNCTION webhook_collect(p_window integer, p_pending integer, p_all boolean DEFAULT true) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    head bigint := (SELECT position FROM event_relay_state);
    hook webhook%ROWTYPE;
    wanted bigint[];
    reach bigint;
    found integer;
    events integer := 0;
    windows integer := 0;
    weak integer := 0; -- of them those of who fails
BEGIN
    FOR hook IN SELECT w.* FROM webhook w JOIN api_client c ON c.id = w.client_id AND c.active AND c.scopes @> ARRAY['events:read']
                WHERE w.state = 'active' AND w.position < head AND w.pending < p_pending AND w.filter IS NULL
                ORDER BY w.failing_since IS NOT NULL, w.collected_at NULLS FIRST, w.id LIMIT 100 FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
        weak := weak + (hook.failing_since IS NOT NULL)::integer;
        EXIT WHEN weak > 8 OR NOT p_all AND weak > 0 AND windows >= weak; -- somebody else had something
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

-- As in 0029.
DROP FUNCTION webhook_look(integer, integer);
CREATE FUNCTION webhook_look(p_window integer, p_pending integer, p_all boolean DEFAULT true)
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
    windows integer := 0;
    weak integer := 0; -- of them those of who fails
BEGIN
    FOR hook IN SELECT w.* FROM webhook w JOIN api_client c ON c.id = w.client_id AND c.active AND c.scopes @> ARRAY['events:read']
                WHERE w.state = 'active' AND w.position < head AND w.pending < p_pending AND w.filter IS NOT NULL
                    AND w.filter_error IS DISTINCT FROM 'unreadable'
                ORDER BY w.failing_since IS NOT NULL, w.collected_at NULLS FIRST, w.id LIMIT 100 FOR NO KEY UPDATE OF w SKIP LOCKED LOOP
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

REVOKE ALL ON FUNCTION webhook_collect, webhook_look FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhook_collect, webhook_look TO oam_app;

-- Planned once for a connection, and by keys, however small the tables were then.
ALTER FUNCTION webhook_keep(bigint, bigint[], bigint) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION webhook_keep(bigint, bigint[], bigint) SET enable_seqscan = off;
ALTER FUNCTION webhook_keep(bigint, bigint[], bigint) SET enable_hashjoin = off;
ALTER FUNCTION webhook_keep(bigint, bigint[], bigint) SET enable_mergejoin = off;
