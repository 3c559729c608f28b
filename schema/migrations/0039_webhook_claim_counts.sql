-- How many are due, and how much is under way to those that fail, is counted once for a claim: it was counted for each webhook that is due,
-- wherever the planner foresaw one, which is where it knows nothing yet. Of 5,000 webhooks on one event that was the most of what it cost.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- As in 0035.
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
        ours AS MATERIALIZED (SELECT count(*)::integer AS n FROM (SELECT due.id FROM due UNION SELECT f.webhook_id FROM flying f) AS everybody),
        ill AS MATERIALIZED (SELECT coalesce(sum(f.n), 0)::integer AS n FROM flying f JOIN webhook w ON w.id = f.webhook_id AND w.failing_since IS NOT NULL)
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
