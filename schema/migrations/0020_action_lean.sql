-- What an action costs to tell: a tenth. A function in SQL that cannot be inlined is parsed and planned at each call, and one that says
-- it is more constant than what it calls cannot be. So plpgsql, planned once in a session, one statement for each representation, and sums
-- shared out all at once instead of one by one.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;

-- A scalar subquery is asked row by row, by the key. EXISTS may be answered by hashing all requests that one sees, to look at one action.
DO $$
DECLARE
    policy record;
    seen text;
BEGIN
    FOR policy IN SELECT tablename, policyname, cmd FROM pg_policies WHERE schemaname = 'oam'
                  AND tablename IN ('action', 'action_unit', 'action_share', 'milestone', 'amount') LOOP
        seen := CASE policy.tablename WHEN 'action' THEN '(SELECT true FROM request r WHERE r.id = request_id)'
                                      ELSE '(SELECT true FROM action a WHERE a.id = action_id)' END;
        EXECUTE format('ALTER POLICY %I ON %I %s (%s)', policy.policyname, policy.tablename,
                       CASE policy.cmd WHEN 'INSERT' THEN 'WITH CHECK' ELSE 'USING' END,
                       CASE policy.cmd WHEN 'SELECT' THEN seen ELSE '(scope_staff() OR scope_all()) AND ' || seen END);
    END LOOP;
END $$;

ALTER FUNCTION money_view STABLE; -- as jsonb_build_object: now it is inlined

-- As share_out, of several sums; `place` is that of the sum in p_sums.
CREATE FUNCTION share_parts(p_action_id bigint, p_sums numeric[]) RETURNS TABLE (body_id bigint, place bigint, value numeric)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT p.body_id, p.place, ((p.part + (p.turn <= p.cents - p.whole)::integer)::numeric / 100)::numeric(16, 2)
    FROM (SELECT d.*, row_number() OVER (PARTITION BY d.place ORDER BY d.rest DESC, d.ordinal) AS turn,
                 sum(d.part) OVER (PARTITION BY d.place) AS whole
          FROM (SELECT s.body_id, s.ordinal, w.place, w.cents, div(w.cents * s.points, 10000) AS part, mod(w.cents * s.points, 10000) AS rest
                FROM action_share s CROSS JOIN (SELECT u.place, u.value * 100 AS cents FROM unnest(p_sums) WITH ORDINALITY AS u (value, place)) w
                WHERE s.action_id = p_action_id) d) p;
END $$;

CREATE OR REPLACE FUNCTION share_out(p_action_id bigint, p_sum numeric) RETURNS TABLE (body_id bigint, value numeric)
LANGUAGE sql STABLE AS $$
    SELECT p.body_id, p.value FROM share_parts(p_action_id, ARRAY[p_sum]) p
$$;

CREATE OR REPLACE FUNCTION action_progress(a action) RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF a.state = 'done' THEN
        RETURN 100;
    END IF;
    RETURN (SELECT coalesce(100 * sum(m.weight) FILTER (WHERE m.reached_on IS NOT NULL) / sum(m.weight), 0) FROM milestone m WHERE m.action_id = a.id);
END $$;

CREATE OR REPLACE FUNCTION action_next(a action) RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF a.state NOT IN ('planned', 'in_progress') THEN
        RETURN NULL;
    END IF;
    RETURN least((SELECT min(m.planned_on) FROM milestone m WHERE m.action_id = a.id AND m.reached_on IS NULL),
                 CASE a.state WHEN 'planned' THEN coalesce(a.starts_on, a.ends_on) ELSE a.ends_on END);
END $$;

CREATE OR REPLACE FUNCTION amount_view(a amount) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object('id', a.uid, 'number', a.ordinal, 'kind', a.kind, 'year', a.year, 'amount', a.value::text, 'on', a.on_day,
        'reference', a.reference, 'note', a.note,
        'reverses', CASE WHEN a.reverses IS NOT NULL THEN (SELECT o.uid FROM amount o WHERE o.id = a.reverses) END,
        'recorded_by', a.recorded_name, 'recorded_at', to_char(a.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
END $$;

CREATE OR REPLACE FUNCTION action_years(p_action_id bigint) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(y.money ORDER BY y.year), '[]') FROM (
        SELECT year, jsonb_build_object('year', year) || money_view(
            sum(value) FILTER (WHERE kind = 'requested'), sum(value) FILTER (WHERE kind = 'granted'),
            sum(value) FILTER (WHERE kind = 'committed'), sum(value) FILTER (WHERE kind = 'advanced'),
            sum(value) FILTER (WHERE kind = 'justified'), sum(value) FILTER (WHERE kind = 'paid'),
            sum(value) FILTER (WHERE kind = 'returned')) AS money
        FROM amount WHERE action_id = p_action_id GROUP BY year) y);
END $$;

CREATE OR REPLACE FUNCTION action_shares(a action) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM action_share s WHERE s.action_id = a.id) THEN
        RETURN '[]';
    END IF;
    RETURN (
        SELECT jsonb_agg(jsonb_build_object('body', b.code, 'body_name', b.name, 'percent', (s.points / 100.0)::numeric(5, 2)::text,
                   'amounts', o.amounts) ORDER BY s.ordinal)
        FROM action_share s JOIN body b ON b.id = s.body_id JOIN (
            SELECT p.body_id, jsonb_object_agg(k.kind, p.value::text) AS amounts
            FROM share_parts(a.id, ARRAY[a.requested, a.granted, a.committed, a.advanced, a.justified, a.paid, a.returned]) p
            JOIN unnest('{requested,granted,committed,advanced,justified,paid,returned}'::text[]) WITH ORDINALITY AS k (kind, place) USING (place)
            GROUP BY p.body_id) o ON o.body_id = s.body_id
        WHERE s.action_id = a.id);
END $$;

CREATE OR REPLACE FUNCTION action_view(a action) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object('id', a.uid, 'kind', a.kind, 'title', a.title, 'state', a.state,
        'unit', (SELECT code FROM unit WHERE id = a.unit_id),
        'units', (SELECT coalesce(jsonb_agg(u.code ORDER BY u.code), '[]') FROM action_unit w JOIN unit u ON u.id = w.unit_id WHERE w.action_id = a.id),
        'delivery_point', a.delivery_point, 'starts_on', a.starts_on, 'ends_on', a.ends_on, 'started_on', a.started_on, 'ended_on', a.ended_on,
        'progress', action_progress(a), 'next_on', action_next(a),
        'milestones', (SELECT coalesce(jsonb_agg(jsonb_build_object('key', m.key, 'title', m.title, 'weight', m.weight,
                           'planned_on', m.planned_on, 'reached_on', m.reached_on) ORDER BY m.ordinal), '[]') FROM milestone m WHERE m.action_id = a.id),
        'currency', 'EUR',
        'amounts', money_view(a.requested, a.granted, a.committed, a.advanced, a.justified, a.paid, a.returned),
        'to_return', greatest(a.advanced + a.paid - a.returned - a.committed, 0)::numeric(16, 2)::text,
        'years', action_years(a.id), 'shares', action_shares(a),
        'opened_at', to_char(a.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
END $$;

CREATE OR REPLACE FUNCTION execution_view(p_request_id bigint) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT CASE WHEN count(*) > 0 THEN jsonb_build_object(
            'progress', floor(avg(t.progress) FILTER (WHERE (t.a).state <> 'cancelled'))::integer,
            'next_on', min(t.next_on),
            'actions', jsonb_agg(jsonb_build_object('id', (t.a).uid, 'kind', (t.a).kind, 'title', (t.a).title, 'state', (t.a).state,
                           'progress', t.progress, 'next_on', t.next_on) ORDER BY (t.a).id),
            'milestones', (SELECT coalesce(jsonb_agg(jsonb_build_object('action', b.uid, 'key', m.key, 'title', m.title,
                               'planned_on', m.planned_on, 'reached_on', m.reached_on) ORDER BY b.id, m.ordinal), '[]')
                           FROM action b JOIN milestone m ON m.action_id = b.id WHERE b.request_id = p_request_id AND b.state <> 'cancelled'),
            'amounts', money_view(sum((t.a).requested), sum((t.a).granted), sum((t.a).committed), sum((t.a).advanced), sum((t.a).justified),
                           sum((t.a).paid), sum((t.a).returned))) END
        FROM (SELECT a, action_progress(a) AS progress, action_next(a) AS next_on FROM action a WHERE a.request_id = p_request_id OFFSET 0) t);
END $$;

REVOKE ALL ON FUNCTION share_parts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION share_parts TO oam_app;
