-- What each body has of a joint action can be told later than the action is opened, by its procedure too, while nothing was paid.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- Shares are told anew as a whole: they go and others come, and no function changes one.
CREATE POLICY action_share_changed ON action_share FOR DELETE TO oam_owner
    USING ((scope_staff() OR scope_all()) AND (SELECT true FROM action a WHERE a.id = action_id));

-- As 0023, and who opened it.
CREATE OR REPLACE FUNCTION action_view(a action) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object('id', a.uid, 'kind', a.kind, 'title', a.title, 'state', a.state,
        'unit', (SELECT code FROM unit WHERE id = a.unit_id),
        'units', (SELECT coalesce(jsonb_agg(u.code ORDER BY u.code), '[]') FROM action_unit w JOIN unit u ON u.id = w.unit_id WHERE w.action_id = a.id),
        'delivery_point', a.delivery_point, 'starts_on', a.starts_on, 'ends_on', a.ends_on, 'started_on', a.started_on, 'ended_on', a.ended_on,
        'progress', action_progress(a), 'next_on', action_next(a),
        'milestones', (SELECT coalesce(jsonb_agg(jsonb_build_object('key', m.key, 'title', m.title, 'weight', m.weight,
                           'planned_on', m.planned_on, 'reached_on', m.reached_on) ORDER BY m.ordinal), '[]') FROM milestone m WHERE m.action_id = a.id),
        'holds', (SELECT coalesce(jsonb_agg(stock_hold_view(h) ORDER BY h.ordinal), '[]') FROM stock_hold h WHERE h.action_id = a.id),
        'currency', 'EUR',
        'amounts', money_view(a.requested, a.granted, a.committed, a.advanced, a.justified, a.paid, a.returned),
        'to_return', greatest(a.advanced + a.paid - a.returned - a.committed, 0)::numeric(16, 2)::text,
        'years', action_years(a.id), 'shares', action_shares(a), 'of_procedure', a.of_procedure,
        'opened_at', to_char(a.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
END $$;

-- Who has how much of it, whatever it comes to.
CREATE FUNCTION share_split(p_view jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
    $$ SELECT coalesce(jsonb_agg(s - 'amounts' - 'body_name' ORDER BY n), '[]') FROM jsonb_array_elements(p_view -> 'shares') WITH ORDINALITY AS e (s, n) $$;

-- As 0023, and it may be shared out anew.
CREATE OR REPLACE FUNCTION action_change(p_request_id bigint, p_uid uuid, p_change jsonb, p_actor text, p_actor_name text, p_now timestamptz)
RETURNS TABLE (version integer, broken text[], view jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    held request := action_hold(p_request_id);
    a action%ROWTYPE;
    wrong text[] := '{}';
    after_out numeric;
    today date := (p_now AT TIME ZONE 'Europe/Madrid')::date;
BEGIN
    SELECT * INTO a FROM action WHERE uid = p_uid AND request_id = p_request_id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    a.title := coalesce(p_change ->> 'title', a.title);
    a.unit_id := coalesce((p_change ->> 'unit')::bigint, a.unit_id);
    a.state := coalesce(p_change ->> 'state', a.state);
    IF p_change ? 'delivery_point' THEN a.delivery_point := p_change ->> 'delivery_point'; END IF;
    IF p_change ? 'starts_on' THEN a.starts_on := (p_change ->> 'starts_on')::date; END IF;
    IF p_change ? 'ends_on' THEN a.ends_on := (p_change ->> 'ends_on')::date; END IF;
    IF p_change ? 'started_on' THEN a.started_on := (p_change ->> 'started_on')::date; END IF;
    IF p_change ? 'ended_on' THEN a.ended_on := (p_change ->> 'ended_on')::date; END IF;
    after_out := a.advanced + a.paid - a.returned;
    IF a.state = 'planned' AND p_change ->> 'started_on' IS NOT NULL THEN wrong := wrong || 'not_started'::text; END IF;
    IF a.state <> 'done' AND p_change ->> 'ended_on' IS NOT NULL THEN wrong := wrong || 'not_ended'::text; END IF;
    -- Real days follow the state: today, unless another is told.
    IF a.state = 'done' THEN a.ended_on := coalesce(a.ended_on, today); ELSE a.ended_on := NULL; END IF;
    IF a.state = 'planned' THEN a.started_on := NULL;
    ELSIF a.state <> 'cancelled' THEN a.started_on := coalesce(a.started_on, least(today, a.ended_on)); END IF;
    IF a.ends_on < a.starts_on THEN wrong := wrong || 'ends_before_it_starts'::text; END IF;
    IF a.ended_on < a.started_on THEN wrong := wrong || 'ended_before_it_started'::text; END IF;
    IF a.state = 'done' AND after_out > a.committed THEN wrong := wrong || 'money_to_return'::text; END IF;
    IF a.state = 'done' AND a.kind = 'grant' AND after_out > a.justified THEN wrong := wrong || 'money_not_justified'::text; END IF;
    IF a.state = 'cancelled' AND after_out <> 0 THEN wrong := wrong || 'money_is_out'::text; END IF;
    IF a.state IN ('done', 'cancelled') THEN
        wrong := wrong || ARRAY(SELECT DISTINCT CASE h.state WHEN 'reserved' THEN 'material_is_reserved' ELSE 'material_is_out' END
                                FROM stock_hold h WHERE h.action_id = a.id AND h.state IN ('reserved', 'handed_over') ORDER BY 1);
    END IF;
    IF p_change ? 'shares' THEN
        IF (SELECT sum((s ->> 'points')::integer) FROM jsonb_array_elements(p_change -> 'shares') s) <> 10000 THEN wrong := wrong || 'shares_not_whole'::text; END IF;
        IF a.advanced <> 0 OR a.paid <> 0 THEN wrong := wrong || 'shared_money_is_out'::text; END IF;
    END IF;
    IF cardinality(wrong) > 0 THEN
        RETURN QUERY SELECT held.version, wrong, NULL::jsonb;
        RETURN;
    END IF;
    UPDATE action SET title = a.title, unit_id = a.unit_id, state = a.state, delivery_point = a.delivery_point, starts_on = a.starts_on,
        ends_on = a.ends_on, started_on = a.started_on, ended_on = a.ended_on WHERE id = a.id;
    IF p_change ? 'units' THEN
        DELETE FROM action_unit WHERE action_id = a.id;
        INSERT INTO action_unit (action_id, unit_id) SELECT a.id, u::bigint FROM jsonb_array_elements_text(p_change -> 'units') u;
    END IF;
    IF p_change ? 'shares' THEN
        DELETE FROM action_share WHERE action_id = a.id;
        INSERT INTO action_share (action_id, ordinal, body_id, points)
        SELECT a.id, s.n, (s.share ->> 'body')::bigint, (s.share ->> 'points')::integer
        FROM jsonb_array_elements(p_change -> 'shares') WITH ORDINALITY AS s (share, n);
    END IF;
    view := action_view(a);
    version := action_tell(held, 'request.action_changed', jsonb_build_object('action', p_uid, 'data', view), p_actor, p_actor_name, p_now);
    RETURN NEXT;
END $$;

-- As 0023, and shares are as they were last told.
CREATE OR REPLACE FUNCTION action_faults() RETURNS TABLE (request_id bigint, seq integer, fault text)
LANGUAGE sql STABLE SET search_path = oam, pg_catalog, pg_temp AS $$
    WITH told AS (
        SELECT DISTINCT ON (e.request_id, e.data ->> 'action') e.request_id, e.seq, (e.data ->> 'action')::uuid AS uid,
               (e.data -> 'data') - '{amounts,to_return,years,shares,holds,next_on,of_procedure}'::text[] AS view,
               share_split(e.data -> 'data') AS split
        FROM request_event e
        WHERE e.type IN ('request.action_opened', 'request.action_changed', 'request.milestone_added', 'request.milestone_changed',
                         'request.milestone_reached')
        ORDER BY e.request_id, e.data ->> 'action', e.seq DESC),
    entries AS (
        SELECT e.request_id, e.seq, (e.data ->> 'action')::uuid AS uid, e.data -> 'data' AS view
        FROM request_event e WHERE e.type = 'request.amount_recorded')
    SELECT coalesce(t.request_id, a.request_id), coalesce(t.seq, 0), 'action'
    FROM told t FULL JOIN action a ON a.uid = t.uid AND a.request_id = t.request_id
    WHERE t.view IS DISTINCT FROM action_view(a) - '{amounts,to_return,years,shares,holds,next_on,of_procedure}'::text[]
       OR t.split IS DISTINCT FROM share_split(action_view(a))
    UNION ALL
    SELECT coalesce(e.request_id, a.request_id), coalesce(e.seq, 0), 'amount'
    FROM entries e FULL JOIN (amount m JOIN action a ON a.id = m.action_id)
         ON a.request_id = e.request_id AND a.uid = e.uid AND m.uid = (e.view ->> 'id')::uuid
    WHERE e.view IS DISTINCT FROM amount_view(m)
    UNION ALL
    SELECT a.request_id, 0, 'sum' FROM action a WHERE money_view(a.requested, a.granted, a.committed, a.advanced, a.justified, a.paid, a.returned)
        <> (SELECT money_view(sum(value) FILTER (WHERE kind = 'requested'), sum(value) FILTER (WHERE kind = 'granted'),
                sum(value) FILTER (WHERE kind = 'committed'), sum(value) FILTER (WHERE kind = 'advanced'),
                sum(value) FILTER (WHERE kind = 'justified'), sum(value) FILTER (WHERE kind = 'paid'), sum(value) FILTER (WHERE kind = 'returned'))
            FROM amount WHERE action_id = a.id)
    UNION ALL
    SELECT r.id, r.seq, 'status' FROM request r
    WHERE (r.execution IS NOT NULL OR r.id IN (SELECT request_id FROM action)) AND r.execution IS DISTINCT FROM execution_view(r.id)
    ORDER BY 1, 2
$$;

REVOKE ALL ON FUNCTION share_split FROM PUBLIC;
GRANT EXECUTE ON FUNCTION share_split TO oam_app;
