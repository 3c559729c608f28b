-- Material: what there is of each kind, what was promised to whom and when, and where it is. An item changes under its lock, and a hold of it
-- under that of its request first: whatever happens at once, no day has more promised than there is.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- ---------------------------------------------------------------- tables

-- A kind of material of a service. What can be told about it tells of no body.
CREATE TABLE stock_item (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]{1,47}$'),
    service_id    bigint NOT NULL REFERENCES service,
    unit_id       bigint NOT NULL REFERENCES unit,                        -- keeps it
    name          jsonb NOT NULL CHECK (name ?& ARRAY['ca', 'es', 'en']),
    kind          text NOT NULL CHECK (kind IN ('lendable', 'consumable')), -- comes back, or is handed over for good
    quantity      integer NOT NULL DEFAULT 0 CHECK (quantity BETWEEN 0 AND 1000000), -- what its movements come to: lent ones are still there
    active        boolean NOT NULL DEFAULT true,
    version       integer NOT NULL DEFAULT 1,
    updated_at    timestamptz NOT NULL,
    UNIQUE (id, kind)
);

-- Part of an item, promised to an action and then handed over: a lendable for the days from from_day to the one before to_day, on which it
-- is to be back; a consumable from from_day on.
CREATE TABLE stock_hold (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action_id     bigint NOT NULL REFERENCES action,
    ordinal       integer NOT NULL CHECK (ordinal >= 1),
    item_id       bigint NOT NULL,
    item_kind     text NOT NULL,
    quantity      integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000000),
    from_day      date NOT NULL,
    to_day        date,
    state         text NOT NULL DEFAULT 'reserved',
    returned      integer NOT NULL DEFAULT 0,
    lost          integer NOT NULL DEFAULT 0,
    handed_on     date,
    ended_on      date,
    reserved_at   timestamptz NOT NULL,
    UNIQUE (action_id, ordinal),
    FOREIGN KEY (item_id, item_kind) REFERENCES stock_item (id, kind),
    CONSTRAINT stock_hold_period CHECK (CASE item_kind WHEN 'lendable' THEN to_day IS NOT NULL AND to_day > from_day ELSE to_day IS NULL END),
    CONSTRAINT stock_hold_back CHECK (returned >= 0 AND lost >= 0 AND (handed_on IS NOT NULL OR returned + lost = 0)),
    CONSTRAINT stock_hold_state CHECK (CASE state
        WHEN 'reserved' THEN handed_on IS NULL AND ended_on IS NULL
        WHEN 'released' THEN handed_on IS NULL AND ended_on IS NOT NULL
        WHEN 'handed_over' THEN item_kind = 'lendable' AND handed_on IS NOT NULL AND ended_on IS NULL AND returned + lost < quantity
        WHEN 'returned' THEN item_kind = 'lendable' AND handed_on IS NOT NULL AND ended_on IS NOT NULL AND returned + lost = quantity
        WHEN 'delivered' THEN item_kind = 'consumable' AND handed_on IS NOT NULL AND ended_on IS NOT NULL AND returned + lost = 0
        ELSE false END)
);
CREATE INDEX stock_hold_booked ON stock_hold (item_id) WHERE state IN ('reserved', 'handed_over');

-- Append-only: not even its owner has a policy to change or remove a row. What was counted wrongly is corrected by another.
CREATE TABLE stock_movement (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id       bigint NOT NULL REFERENCES stock_item,
    ordinal       integer NOT NULL CHECK (ordinal >= 1),
    kind          text NOT NULL,
    quantity      integer NOT NULL,
    on_day        date NOT NULL,
    reason        text CHECK (length(reason) BETWEEN 1 AND 500),
    hold_id       bigint REFERENCES stock_hold,
    recorded_by   text NOT NULL,
    recorded_name text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    UNIQUE (item_id, ordinal),
    CONSTRAINT stock_movement_sign CHECK (CASE kind WHEN 'received' THEN quantity > 0 WHEN 'corrected' THEN quantity <> 0
                                                    WHEN 'retired' THEN quantity < 0 WHEN 'lost' THEN quantity < 0 WHEN 'delivered' THEN quantity < 0
                                                    ELSE false END),
    CONSTRAINT stock_movement_why CHECK (CASE WHEN kind IN ('lost', 'delivered') THEN hold_id IS NOT NULL ELSE hold_id IS NULL AND reason IS NOT NULL END)
);

-- ---------------------------------------------------------------- row-level security

-- A hold is seen by whom its request is; movements are the provider's. What is free is asked of functions that see all and tell nothing of whose.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['stock_hold', 'stock_movement'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    END LOOP;
END $$;
CREATE POLICY stock_hold_scope ON stock_hold FOR SELECT USING ((SELECT true FROM action a WHERE a.id = action_id));
CREATE POLICY stock_hold_doors ON stock_hold TO oam_owner USING (true) WITH CHECK (true);
CREATE POLICY stock_movement_scope ON stock_movement FOR SELECT USING ((SELECT scope_staff()) OR (SELECT scope_all()));
CREATE POLICY stock_movement_doors ON stock_movement FOR INSERT TO oam_owner WITH CHECK (true);

-- ---------------------------------------------------------------- how it looks

CREATE FUNCTION stock_item_view(i stock_item, p_language text) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object('code', i.code, 'name', i.name ->> p_language, 'names', i.name, 'kind', i.kind,
        'service', (SELECT code FROM service WHERE id = i.service_id), 'unit', (SELECT code FROM unit WHERE id = i.unit_id),
        'quantity', i.quantity, 'active', i.active,
        'updated_at', to_char(i.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
END $$;

CREATE FUNCTION stock_hold_view(h stock_hold) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object('number', h.ordinal, 'item', (SELECT code FROM stock_item WHERE id = h.item_id), 'quantity', h.quantity,
        'from', h.from_day, 'to', h.to_day, 'state', h.state, 'returned', h.returned, 'lost', h.lost, 'handed_on', h.handed_on,
        'ended_on', h.ended_on, 'reserved_at', to_char(h.reserved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
END $$;

CREATE FUNCTION stock_movement_view(m stock_movement) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object('number', m.ordinal, 'kind', m.kind, 'quantity', m.quantity, 'on', m.on_day, 'reason', m.reason,
            'ref', r.ref, 'action', a.uid, 'hold', h.ordinal, 'recorded_by', m.recorded_name,
            'recorded_at', to_char(m.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        FROM (SELECT) one LEFT JOIN stock_hold h ON h.id = m.hold_id LEFT JOIN action a ON a.id = h.action_id LEFT JOIN request r ON r.id = a.request_id);
END $$;

-- ---------------------------------------------------------------- what is promised, day by day

-- How many of an item are promised, from each day on which that changes to the next, from before any day to after all of them; without one
-- hold. With p_today, what is out and was due by then is out that day too: a new promise counts with what is there. Without, as it was agreed.
CREATE FUNCTION stock_used(p_item_id bigint, p_without bigint, p_today date) RETURNS TABLE (from_day date, to_day date, used integer)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH booked AS (
        SELECT h.from_day AS begins, CASE h.state WHEN 'handed_over' THEN greatest(h.to_day, p_today + 1) ELSE h.to_day END AS ends,
               h.quantity - h.returned - h.lost AS n
        FROM stock_hold h WHERE h.item_id = p_item_id AND h.state IN ('reserved', 'handed_over') AND h.id IS DISTINCT FROM p_without),
    changes AS (
        SELECT '-infinity'::date AS day, 0 AS n UNION ALL SELECT begins, n FROM booked UNION ALL SELECT ends, -n FROM booked WHERE ends IS NOT NULL)
    SELECT c.day, lead(c.day, 1, 'infinity'::date) OVER (ORDER BY c.day), (sum(sum(c.n)) OVER (ORDER BY c.day))::integer FROM changes c GROUP BY c.day;
END $$;

-- The most that are promised on one day from p_from to the one before p_to; NULL: from p_from on.
CREATE FUNCTION stock_peak(p_item_id bigint, p_from date, p_to date, p_without bigint, p_today date) RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT max(u.used) FROM stock_used(p_item_id, p_without, p_today) u WHERE u.to_day > p_from AND u.from_day < coalesce(p_to, 'infinity'));
END $$;

-- The first day from p_from on from which so many are free for p_days days, or for good (NULL); NULL: never, as things are.
CREATE FUNCTION stock_next(i stock_item, p_quantity integer, p_from date, p_days integer, p_without bigint, p_today date) RETURNS date
LANGUAGE plpgsql STABLE AS $$
DECLARE
    span record;
    first date := p_from;
BEGIN
    FOR span IN SELECT * FROM stock_used(i.id, p_without, p_today) u WHERE u.to_day > p_from ORDER BY u.from_day LOOP
        IF i.quantity - span.used < p_quantity THEN
            first := span.to_day;
        ELSIF (CASE WHEN isfinite(span.to_day) THEN span.to_day - first >= p_days END) THEN
            RETURN first;
        END IF;
    END LOOP;
    RETURN NULLIF(first, 'infinity');
END $$;

-- What a period has free, whoever asks; NULL: there is no such item. "free": on all of its days; of a consumable, for good.
CREATE FUNCTION stock_availability(p_code text, p_from date, p_to date, p_quantity integer, p_today date) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    i stock_item%ROWTYPE;
BEGIN
    SELECT * INTO i FROM stock_item WHERE code = p_code;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN jsonb_build_object('item', i.code, 'from', p_from, 'to', p_to, 'quantity', p_quantity,
        'free', CASE WHEN i.active THEN greatest(i.quantity - stock_peak(i.id, p_from, CASE i.kind WHEN 'lendable' THEN p_to END, NULL, p_today), 0)
                     ELSE 0 END,
        'next_on', CASE WHEN i.active THEN stock_next(i, p_quantity, p_from, CASE i.kind WHEN 'lendable' THEN p_to - p_from END, NULL, p_today) END,
        'periods', (
            WITH spans AS (
                SELECT greatest(u.from_day, p_from) AS begins, least(u.to_day, p_to) AS ends,
                       CASE WHEN i.active THEN greatest(i.quantity - u.used, 0) ELSE 0 END AS free
                FROM stock_used(i.id, NULL, p_today) u WHERE u.to_day > p_from AND u.from_day < p_to),
            runs AS (SELECT s.*, sum((s.changed)::integer) OVER (ORDER BY s.begins) AS run
                     FROM (SELECT *, free IS DISTINCT FROM lag(free) OVER (ORDER BY begins) AS changed FROM spans) s)
            SELECT jsonb_agg(jsonb_build_object('from', p.begins, 'to', p.ends, 'free', p.free) ORDER BY p.begins)
            FROM (SELECT min(begins) AS begins, max(ends) AS ends, min(free) AS free FROM runs GROUP BY run) p));
END $$;

-- How many are out of the house.
CREATE FUNCTION stock_out(p_item_id bigint) RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(h.quantity - h.returned - h.lost), 0) FROM stock_hold h WHERE h.item_id = p_item_id AND h.state = 'handed_over');
END $$;

-- Of each item what is reserved, what is out, and of that what should be back: numbers, and nobody's.
CREATE FUNCTION stock_stand(p_today date) RETURNS TABLE (item_id bigint, reserved bigint, "out" bigint, overdue bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.item_id, coalesce(sum(h.quantity) FILTER (WHERE h.state = 'reserved'), 0),
           coalesce(sum(h.quantity - h.returned - h.lost) FILTER (WHERE h.state = 'handed_over'), 0),
           coalesce(sum(h.quantity - h.returned - h.lost) FILTER (WHERE h.state = 'handed_over' AND h.to_day < p_today), 0)
    FROM stock_hold h WHERE h.state IN ('reserved', 'handed_over') GROUP BY h.item_id;
END $$;

-- ---------------------------------------------------------------- actions tell of it

CREATE OR REPLACE FUNCTION action_next(a action) RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF a.state NOT IN ('planned', 'in_progress') THEN
        RETURN NULL;
    END IF;
    RETURN least((SELECT min(m.planned_on) FROM milestone m WHERE m.action_id = a.id AND m.reached_on IS NULL),
                 (SELECT min(CASE h.state WHEN 'reserved' THEN h.from_day ELSE h.to_day END) FROM stock_hold h
                  WHERE h.action_id = a.id AND h.state IN ('reserved', 'handed_over')),
                 CASE a.state WHEN 'planned' THEN coalesce(a.starts_on, a.ends_on) ELSE a.ends_on END);
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
        'holds', (SELECT coalesce(jsonb_agg(stock_hold_view(h) ORDER BY h.ordinal), '[]') FROM stock_hold h WHERE h.action_id = a.id),
        'currency', 'EUR',
        'amounts', money_view(a.requested, a.granted, a.committed, a.advanced, a.justified, a.paid, a.returned),
        'to_return', greatest(a.advanced + a.paid - a.returned - a.committed, 0)::numeric(16, 2)::text,
        'years', action_years(a.id), 'shares', action_shares(a),
        'opened_at', to_char(a.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
END $$;

-- 0017, and what holds material: it is done, or cancelled, when nothing of it is reserved or out.
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
    view := action_view(a);
    version := action_tell(held, 'request.action_changed', jsonb_build_object('action', p_uid, 'data', view), p_actor, p_actor_name, p_now);
    RETURN NEXT;
END $$;

-- 0017, but for holds, which have faults of their own, and for the next day, which follows from the rest and from them.
CREATE OR REPLACE FUNCTION action_faults() RETURNS TABLE (request_id bigint, seq integer, fault text)
LANGUAGE sql STABLE SET search_path = oam, pg_catalog, pg_temp AS $$
    WITH told AS (
        SELECT DISTINCT ON (e.request_id, e.data ->> 'action') e.request_id, e.seq, (e.data ->> 'action')::uuid AS uid,
               (e.data -> 'data') - '{amounts,to_return,years,shares,holds,next_on}'::text[] AS view
        FROM request_event e
        WHERE e.type IN ('request.action_opened', 'request.action_changed', 'request.milestone_added', 'request.milestone_changed',
                         'request.milestone_reached')
        ORDER BY e.request_id, e.data ->> 'action', e.seq DESC),
    entries AS (
        SELECT e.request_id, e.seq, (e.data ->> 'action')::uuid AS uid, e.data -> 'data' AS view
        FROM request_event e WHERE e.type = 'request.amount_recorded')
    SELECT coalesce(t.request_id, a.request_id), coalesce(t.seq, 0), 'action'
    FROM told t FULL JOIN action a ON a.uid = t.uid AND a.request_id = t.request_id
    WHERE t.view IS DISTINCT FROM action_view(a) - '{amounts,to_return,years,shares,holds,next_on}'::text[]
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

-- ---------------------------------------------------------------- writing: the only doors

-- Who may be here at all; which of them, the service decides.
CREATE FUNCTION stock_keepers_only() RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT (scope_staff() OR scope_all()) THEN
        RAISE EXCEPTION 'the stock is the provider''s to keep' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- p_item: {"code", "service", "unit", "name", "kind"}, service and unit by their ids. NULL: the code is taken.
CREATE FUNCTION stock_item_add(p_item jsonb, p_language text, p_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    i stock_item%ROWTYPE;
BEGIN
    PERFORM stock_keepers_only();
    INSERT INTO stock_item (code, service_id, unit_id, name, kind, updated_at)
    VALUES (p_item ->> 'code', (p_item ->> 'service')::bigint, (p_item ->> 'unit')::bigint, p_item -> 'name', p_item ->> 'kind', p_now)
    ON CONFLICT (code) DO NOTHING RETURNING * INTO i;
    RETURN CASE WHEN i.id IS NOT NULL THEN stock_item_view(i, p_language) END;
END $$;

-- p_change: "name", "unit", "active". view NULL: the item is at another version, which is told.
CREATE FUNCTION stock_item_change(p_code text, p_version integer, p_change jsonb, p_language text, p_now timestamptz)
RETURNS TABLE (version integer, view jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    i stock_item%ROWTYPE;
BEGIN
    PERFORM stock_keepers_only();
    SELECT * INTO i FROM stock_item WHERE code = p_code FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    ELSIF i.version <> p_version THEN
        RETURN QUERY SELECT i.version, NULL::jsonb;
        RETURN;
    END IF;
    UPDATE stock_item SET name = coalesce(p_change -> 'name', name), unit_id = coalesce((p_change ->> 'unit')::bigint, unit_id),
        active = coalesce((p_change ->> 'active')::boolean, active), version = version + 1, updated_at = p_now
    WHERE id = i.id RETURNING * INTO i;
    RETURN QUERY SELECT i.version, stock_item_view(i, p_language);
END $$;

-- A movement of an item under its lock, and its new quantity.
CREATE FUNCTION stock_movement_add(i stock_item, p_kind text, p_quantity integer, p_on date, p_reason text, p_hold bigint, p_actor text,
                                   p_actor_name text, p_now timestamptz) RETURNS stock_movement
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    m stock_movement%ROWTYPE;
BEGIN
    UPDATE stock_item SET quantity = quantity + p_quantity, version = version + 1, updated_at = p_now WHERE id = i.id;
    INSERT INTO stock_movement (item_id, ordinal, kind, quantity, on_day, reason, hold_id, recorded_by, recorded_name, recorded_at)
    SELECT i.id, coalesce(max(ordinal), 0) + 1, p_kind, p_quantity, p_on, p_reason, p_hold, p_actor, p_actor_name, p_now
    FROM stock_movement WHERE item_id = i.id
    RETURNING * INTO m;
    RETURN m;
END $$;

-- Received, retired (p_quantity below zero) or counted anew. What it would break: in_future, too_much, below_out (more is out than there would
-- be), promised (on a day to come more is promised than there would be: "free" of these it could be, "next_on" the first such day).
CREATE FUNCTION stock_move(p_code text, p_kind text, p_quantity integer, p_on date, p_reason text, p_actor text, p_actor_name text, p_now timestamptz)
RETURNS TABLE (version integer, broken text[], view jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    today date := (p_now AT TIME ZONE 'Europe/Madrid')::date;
    i stock_item%ROWTYPE;
    peak integer;
    wrong text[] := '{}';
BEGIN
    PERFORM stock_keepers_only();
    SELECT * INTO i FROM stock_item WHERE code = p_code FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    peak := stock_peak(i.id, today, NULL, NULL, NULL);
    IF p_on > today THEN wrong := wrong || 'in_future'::text; END IF;
    IF i.quantity + p_quantity > 1000000 THEN wrong := wrong || 'too_much'::text; END IF;
    IF p_quantity < 0 AND i.quantity + p_quantity < stock_out(i.id) THEN wrong := wrong || 'below_out'::text;
    ELSIF p_quantity < 0 AND i.quantity + p_quantity < peak THEN wrong := wrong || 'promised'::text; END IF;
    IF cardinality(wrong) > 0 THEN
        RETURN QUERY SELECT i.version, wrong, jsonb_build_object('free', i.quantity - greatest(peak, stock_out(i.id)), 'next_on',
            (SELECT min(greatest(u.from_day, today)) FROM stock_used(i.id, NULL, NULL) u WHERE u.to_day > today AND u.used > i.quantity + p_quantity));
        RETURN;
    END IF;
    RETURN QUERY SELECT i.version + 1, NULL::text[],
        stock_movement_view(stock_movement_add(i, p_kind, p_quantity, p_on, p_reason, NULL, p_actor, p_actor_name, p_now));
END $$;

-- The event of what became of a hold, with the hold as it is now; `p_move` tells what was done.
CREATE FUNCTION stock_tell(held request, p_action uuid, h stock_hold, p_type text, p_move jsonb, p_actor text, p_actor_name text, p_now timestamptz)
RETURNS integer LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    RETURN action_tell(held, p_type, jsonb_build_object('action', p_action, 'data', stock_hold_view(h) || jsonb_build_object('move', p_move)),
                       p_actor, p_actor_name, p_now);
END $$;

-- p_hold: {"item", "quantity", "from", "to"}. What it would break:
--   no_such_item, not_of_service, not_of_kind   an item in use, of the request's service, lent to a loan and handed over to a delivery
--   action_is_over, too_many_holds, too_many_promises   nothing is reserved for what is done or cancelled; 32 of an action, 1,000 of an item
--   no_end, end_not_wanted, period_is_over      what is lent has a day to be back, after today and after it begins; what is not has none
--   not_free                                    "free": how many are, on all of those days; "next_on": from when so many are, for as long
CREATE FUNCTION stock_reserve(p_request_id bigint, p_action uuid, p_hold jsonb, p_actor text, p_actor_name text, p_now timestamptz)
RETURNS TABLE (version integer, broken text[], view jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    held request := action_hold(p_request_id);
    today date := (p_now AT TIME ZONE 'Europe/Madrid')::date;
    wanted integer := (p_hold ->> 'quantity')::integer;
    begins date := (p_hold ->> 'from')::date;
    ends date := (p_hold ->> 'to')::date;
    a action%ROWTYPE;
    i stock_item%ROWTYPE;
    h stock_hold%ROWTYPE;
    wrong text[] := '{}';
    free integer;
BEGIN
    SELECT * INTO a FROM action WHERE uid = p_action AND request_id = p_request_id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO i FROM stock_item WHERE code = p_hold ->> 'item' FOR UPDATE;
    IF i.id IS NULL OR NOT i.active THEN wrong := wrong || 'no_such_item'::text;
    ELSE
        IF i.service_id <> held.service_id THEN wrong := wrong || 'not_of_service'::text; END IF;
        IF a.kind <> (CASE i.kind WHEN 'lendable' THEN 'material_loan' ELSE 'material_delivery' END) THEN wrong := wrong || 'not_of_kind'::text; END IF;
        IF i.kind = 'lendable' AND ends IS NULL THEN wrong := wrong || 'no_end'::text; END IF;
        IF i.kind = 'consumable' AND ends IS NOT NULL THEN wrong := wrong || 'end_not_wanted'::text; END IF;
        IF ends <= greatest(begins, today) THEN wrong := wrong || 'period_is_over'::text; END IF;
    END IF;
    IF a.state IN ('done', 'cancelled') THEN wrong := wrong || 'action_is_over'::text; END IF;
    IF (SELECT count(*) FROM stock_hold WHERE action_id = a.id) >= 32 THEN wrong := wrong || 'too_many_holds'::text; END IF;
    IF (SELECT count(*) FROM stock_hold WHERE item_id = i.id AND state IN ('reserved', 'handed_over')) >= 1000 THEN
        wrong := wrong || 'too_many_promises'::text;
    END IF;
    IF cardinality(wrong) = 0 THEN
        free := i.quantity - stock_peak(i.id, begins, ends, NULL, today);
        IF wanted > free THEN wrong := '{not_free}'; END IF;
    END IF;
    IF cardinality(wrong) > 0 THEN
        RETURN QUERY SELECT held.version, wrong, CASE WHEN free IS NOT NULL THEN
            jsonb_build_object('free', greatest(free, 0), 'next_on', stock_next(i, wanted, begins, ends - begins, NULL, today)) END;
        RETURN;
    END IF;
    INSERT INTO stock_hold (action_id, ordinal, item_id, item_kind, quantity, from_day, to_day, reserved_at)
    SELECT a.id, coalesce(max(ordinal), 0) + 1, i.id, i.kind, wanted, begins, ends, p_now FROM stock_hold WHERE action_id = a.id
    RETURNING * INTO h;
    view := stock_hold_view(h);
    version := stock_tell(held, p_action, h, 'request.stock_reserved', NULL, p_actor, p_actor_name, p_now);
    RETURN NEXT;
END $$;

-- What would be broken, and what then is told, if a hold were handed over: in_future, more_than_held, period_is_over, not_on_shelf ("free": how many
-- are there), not_free (before the day it was promised for, when others have it: "next_on").
CREATE FUNCTION stock_hand_over_broken(i stock_item, h stock_hold, p_quantity integer, p_on date, p_today date, OUT wrong text[], OUT told jsonb)
LANGUAGE plpgsql STABLE SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    there integer := i.quantity - stock_out(i.id);
    free integer;
BEGIN
    wrong := '{}';
    IF p_on > p_today THEN wrong := wrong || 'in_future'::text; END IF;
    IF p_quantity > h.quantity THEN wrong := wrong || 'more_than_held'::text; END IF;
    IF h.to_day <= p_on THEN wrong := wrong || 'period_is_over'::text; END IF;
    IF cardinality(wrong) = 0 AND p_quantity > there THEN
        wrong := '{not_on_shelf}';
        told := jsonb_build_object('free', there);
    ELSIF cardinality(wrong) = 0 AND p_on < h.from_day THEN
        free := i.quantity - stock_peak(i.id, p_on, h.from_day, h.id, p_today);
        IF p_quantity > free THEN
            wrong := '{not_free}';
            told := jsonb_build_object('free', greatest(free, 0), 'next_on', h.from_day);
        END IF;
    END IF;
END $$;

-- The same of what comes back, or is lost: nothing_back, in_future, before_handed_over, more_than_out, promised (what is lost is promised to
-- others: those are to be released first, or as much received).
CREATE FUNCTION stock_return_broken(i stock_item, h stock_hold, p_returned integer, p_lost integer, p_on date, p_today date, OUT wrong text[], OUT told jsonb)
LANGUAGE plpgsql STABLE SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    peak integer;
BEGIN
    wrong := '{}';
    IF p_returned + p_lost = 0 THEN wrong := wrong || 'nothing_back'::text; END IF;
    IF p_on > p_today THEN wrong := wrong || 'in_future'::text; END IF;
    IF p_on < h.handed_on THEN wrong := wrong || 'before_handed_over'::text; END IF;
    IF h.returned + h.lost + p_returned + p_lost > h.quantity THEN wrong := wrong || 'more_than_out'::text; END IF;
    IF cardinality(wrong) = 0 AND p_lost > 0 THEN
        -- With this hold as it will be: so many fewer of it, on the days that it was agreed for.
        h.lost := h.lost + p_lost;
        h.returned := h.returned + p_returned;
        peak := greatest(stock_peak(i.id, p_today, NULL, h.id, NULL),
                         stock_peak(i.id, p_today, h.to_day, h.id, NULL) + h.quantity - h.returned - h.lost);
        IF peak > i.quantity - p_lost THEN
            wrong := '{promised}';
            told := jsonb_build_object('free', i.quantity - peak, 'next_on', (
                SELECT min(greatest(u.from_day, p_today)) FROM stock_used(i.id, h.id, NULL) u
                WHERE u.to_day > p_today AND u.used + CASE WHEN u.from_day < h.to_day THEN h.quantity - h.returned - h.lost ELSE 0 END > i.quantity - p_lost));
        END IF;
    END IF;
END $$;

-- The same of another quantity or period: of what is out, only the day to be back.
CREATE FUNCTION stock_change_broken(i stock_item, h stock_hold, p_change jsonb, p_today date, OUT wrong text[], OUT told jsonb)
LANGUAGE plpgsql STABLE SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    wanted integer := coalesce((p_change ->> 'quantity')::integer, h.quantity) - h.returned - h.lost;
    begins date := coalesce((p_change ->> 'from')::date, h.from_day);
    ends date := coalesce((p_change ->> 'to')::date, h.to_day);
    free integer;
BEGIN
    wrong := '{}';
    IF h.state = 'handed_over' AND (p_change ? 'quantity' OR p_change ? 'from') THEN wrong := wrong || 'is_out'::text; END IF;
    IF i.kind = 'consumable' AND p_change ->> 'to' IS NOT NULL THEN wrong := wrong || 'end_not_wanted'::text; END IF;
    IF i.kind = 'lendable' AND ends <= greatest(begins, p_today) THEN wrong := wrong || 'period_is_over'::text; END IF;
    IF cardinality(wrong) > 0 THEN
        RETURN;
    END IF;
    -- What is out is had already until the day agreed, whoever else is late.
    IF h.state = 'handed_over' THEN begins := greatest(h.to_day, h.from_day); END IF;
    IF ends <= begins THEN
        RETURN;
    END IF;
    free := i.quantity - stock_peak(i.id, begins, ends, h.id, p_today);
    IF wanted > free THEN
        wrong := '{not_free}';
        told := jsonb_build_object('free', greatest(free, 0), 'next_on', stock_next(i, wanted, begins, ends - begins, h.id, p_today));
    END IF;
END $$;

-- What becomes of a hold. p_move: "hand_over" ("quantity", fewer than was held, "on"), "return" ("quantity", "lost", "on"; all of it unless it is said),
-- "release", "change" ("quantity", "from", "to"); p_what may have a "note". In a state that does not allow it: not_in_state.
CREATE FUNCTION stock_hold_move(p_request_id bigint, p_action uuid, p_number integer, p_move text, p_what jsonb, p_actor text, p_actor_name text,
                                p_now timestamptz) RETURNS TABLE (version integer, broken text[], view jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    held request := action_hold(p_request_id);
    today date := (p_now AT TIME ZONE 'Europe/Madrid')::date;
    on_day date := coalesce((p_what ->> 'on')::date, today);
    given integer := (p_what ->> 'quantity')::integer;
    gone integer := coalesce((p_what ->> 'lost')::integer, 0);
    happened jsonb := p_what || jsonb_build_object('kind', p_move);
    type text := p_move;
    i stock_item%ROWTYPE;
    h stock_hold%ROWTYPE;
    wrong text[] := '{}';
    told jsonb;
BEGIN
    SELECT s.* INTO h FROM stock_hold s JOIN action a ON a.id = s.action_id
    WHERE a.uid = p_action AND a.request_id = p_request_id AND s.ordinal = p_number;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO i FROM stock_item WHERE id = h.item_id FOR UPDATE;
    IF NOT (h.state = 'reserved' AND p_move IN ('hand_over', 'release', 'change') OR h.state = 'handed_over' AND p_move IN ('return', 'change')) THEN
        wrong := '{not_in_state}';
    ELSIF p_move = 'hand_over' THEN
        given := coalesce(given, h.quantity);
        SELECT b.wrong, b.told INTO wrong, told FROM stock_hand_over_broken(i, h, given, on_day, today) b;
        type := CASE i.kind WHEN 'lendable' THEN 'handed_over' ELSE 'delivered' END;
        h.quantity := given;
        h.from_day := least(h.from_day, on_day);
        h.handed_on := on_day;
        h.state := type;
        IF i.kind = 'consumable' THEN h.ended_on := on_day; END IF;
        happened := happened || jsonb_build_object('quantity', given, 'on', on_day);
    ELSIF p_move = 'return' THEN
        given := coalesce(given, h.quantity - h.returned - h.lost - gone);
        IF given < 0 THEN wrong := '{more_than_out}';
        ELSE SELECT b.wrong, b.told INTO wrong, told FROM stock_return_broken(i, h, given, gone, on_day, today) b; END IF;
        type := 'returned';
        h.returned := h.returned + given;
        h.lost := h.lost + gone;
        IF h.returned + h.lost = h.quantity THEN
            h.state := 'returned';
            h.ended_on := on_day;
        END IF;
        happened := happened || jsonb_build_object('quantity', given, 'lost', gone, 'on', on_day);
    ELSIF p_move = 'release' THEN
        type := 'released';
        h.state := 'released';
        h.ended_on := today;
    ELSE
        SELECT b.wrong, b.told INTO wrong, told FROM stock_change_broken(i, h, p_what, today) b;
        type := 'changed';
        h.quantity := coalesce(given, h.quantity);
        h.from_day := coalesce((p_what ->> 'from')::date, h.from_day);
        h.to_day := coalesce((p_what ->> 'to')::date, h.to_day);
    END IF;
    IF cardinality(wrong) > 0 THEN
        RETURN QUERY SELECT held.version, wrong, told;
        RETURN;
    END IF;
    UPDATE stock_hold SET quantity = h.quantity, from_day = h.from_day, to_day = h.to_day, state = h.state, returned = h.returned, lost = h.lost,
        handed_on = h.handed_on, ended_on = h.ended_on WHERE id = h.id;
    IF h.state = 'delivered' THEN
        PERFORM stock_movement_add(i, 'delivered', -given, on_day, p_what ->> 'note', h.id, p_actor, p_actor_name, p_now);
    ELSIF gone > 0 AND p_move = 'return' THEN
        PERFORM stock_movement_add(i, 'lost', -gone, on_day, p_what ->> 'note', h.id, p_actor, p_actor_name, p_now);
    END IF;
    view := stock_hold_view(h);
    version := stock_tell(held, p_action, h, 'request.stock_' || type, happened, p_actor, p_actor_name, p_now);
    RETURN NEXT;
END $$;

-- Holds that are not what the events of their requests say (with the request and the event), and items whose quantity is not that of their
-- movements, or that have more out than there is, or more promised on a day to come (without): none, if nobody writes but through the doors above.
CREATE FUNCTION stock_faults(p_today date) RETURNS TABLE (request_id bigint, seq integer, fault text)
LANGUAGE plpgsql STABLE SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH told AS (
        SELECT DISTINCT ON (e.request_id, e.data ->> 'action', e.data -> 'data' -> 'number') e.request_id, e.seq, (e.data ->> 'action')::uuid AS uid,
               (e.data #>> '{data,number}')::integer AS ordinal, (e.data -> 'data') - 'move' AS view
        FROM request_event e
        WHERE e.type IN ('request.stock_reserved', 'request.stock_changed', 'request.stock_handed_over', 'request.stock_delivered',
                         'request.stock_returned', 'request.stock_released')
        ORDER BY e.request_id, e.data ->> 'action', e.data -> 'data' -> 'number', e.seq DESC)
    SELECT coalesce(t.request_id, a.request_id), coalesce(t.seq, 0), 'hold'
    FROM told t FULL JOIN (stock_hold h JOIN action a ON a.id = h.action_id) ON a.request_id = t.request_id AND a.uid = t.uid AND h.ordinal = t.ordinal
    WHERE t.view IS DISTINCT FROM stock_hold_view(h)
    UNION ALL
    SELECT 0, 0, 'stock of ' || i.code FROM stock_item i
    WHERE i.quantity <> (SELECT coalesce(sum(m.quantity), 0) FROM stock_movement m WHERE m.item_id = i.id)
       OR i.quantity < stock_out(i.id) OR i.quantity < stock_peak(i.id, p_today, NULL, NULL, NULL)
    UNION ALL
    SELECT 0, 0, 'movements of ' || i.code FROM stock_item i
    WHERE (SELECT coalesce(sum(m.quantity), 0) FROM stock_movement m WHERE m.item_id = i.id AND m.kind IN ('lost', 'delivered'))
          <> (SELECT -coalesce(sum(h.lost + CASE h.state WHEN 'delivered' THEN h.quantity ELSE 0 END), 0) FROM stock_hold h WHERE h.item_id = i.id)
    ORDER BY 1, 2, 3;
END $$;

REVOKE ALL ON FUNCTION stock_item_view, stock_hold_view, stock_movement_view, stock_used, stock_peak, stock_next, stock_availability, stock_out, stock_stand,
    stock_keepers_only, stock_item_add, stock_item_change, stock_movement_add, stock_move, stock_tell, stock_reserve, stock_hand_over_broken,
    stock_return_broken, stock_change_broken, stock_hold_move, stock_faults FROM PUBLIC;
GRANT SELECT ON stock_item, stock_hold, stock_movement TO oam_app;
GRANT EXECUTE ON FUNCTION stock_item_view, stock_hold_view, stock_movement_view, stock_used, stock_peak, stock_out, stock_availability, stock_stand,
    stock_item_add, stock_item_change, stock_move, stock_reserve, stock_hold_move, stock_faults TO oam_app;
