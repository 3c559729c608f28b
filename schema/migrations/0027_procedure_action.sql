-- A procedure keeps an action of its own: opened when it grants something, moved and accounted for by its steps, in their transactions.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

ALTER TABLE action ADD COLUMN of_procedure boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX action_of_procedure ON action (request_id) WHERE of_procedure;

-- As 0017, and it may be the procedure's.
CREATE OR REPLACE FUNCTION action_open(p_request_id bigint, p_uid uuid, p_action jsonb, p_actor text, p_actor_name text, p_now timestamptz)
RETURNS TABLE(version integer, broken text[], view jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    held request := action_hold(p_request_id);
    opened action%ROWTYPE;
BEGIN
    IF (SELECT sum((s ->> 'points')::integer) FROM jsonb_array_elements(p_action -> 'shares') s) <> 10000 THEN
        RETURN QUERY SELECT held.version, ARRAY['shares_not_whole'], NULL::jsonb;
        RETURN;
    END IF;
    IF (SELECT count(*) FROM action WHERE request_id = p_request_id) >= 16 THEN
        RETURN QUERY SELECT held.version, ARRAY['too_many_actions'], NULL::jsonb;
        RETURN;
    END IF;
    INSERT INTO action (uid, request_id, kind, title, unit_id, delivery_point, starts_on, ends_on, opened_at, of_procedure)
    VALUES (p_uid, p_request_id, p_action ->> 'kind', p_action ->> 'title', (p_action ->> 'unit')::bigint, p_action ->> 'delivery_point',
            (p_action ->> 'starts_on')::date, (p_action ->> 'ends_on')::date, p_now, coalesce((p_action ->> 'of_procedure')::boolean, false))
    RETURNING * INTO opened;
    INSERT INTO action_unit (action_id, unit_id) SELECT opened.id, u::bigint FROM jsonb_array_elements_text(p_action -> 'units') u;
    INSERT INTO action_share (action_id, ordinal, body_id, points)
    SELECT opened.id, s.n, (s.share ->> 'body')::bigint, (s.share ->> 'points')::integer
    FROM jsonb_array_elements(p_action -> 'shares') WITH ORDINALITY AS s (share, n);
    INSERT INTO milestone (action_id, ordinal, key, title, weight, planned_on)
    SELECT opened.id, m.n, m.item ->> 'key', m.item ->> 'title', (m.item ->> 'weight')::integer, (m.item ->> 'planned_on')::date
    FROM jsonb_array_elements(p_action -> 'milestones') WITH ORDINALITY AS m (item, n);
    view := action_view(opened);
    version := action_tell(held, 'request.action_opened', jsonb_build_object('action', p_uid, 'data', view), p_actor, p_actor_name, p_now);
    RETURN NEXT;
END $$;

-- As 0017, but what the procedure keeps and nobody measures by milestones is as far as the procedure is.
CREATE OR REPLACE FUNCTION execution_view(p_request_id bigint) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT CASE WHEN count(*) > 0 THEN jsonb_build_object(
            'progress', floor(avg(t.progress) FILTER (WHERE (t.a).state <> 'cancelled' AND (NOT (t.a).of_procedure OR (t.a).state = 'done'
                               OR EXISTS (SELECT FROM milestone m WHERE m.action_id = (t.a).id))))::integer,
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

-- Enters what is missing for all of a sort to come to p_total: once more of it, or less of the newest entries there are.
CREATE FUNCTION amount_settle(p_request_id bigint, p_action_id bigint, p_uid uuid, p_kind text, p_total numeric, p_actor text,
    p_actor_name text, p_now timestamptz) RETURNS text
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    today date := (p_now AT TIME ZONE 'Europe/Madrid')::date;
    missing numeric := p_total - (SELECT coalesce(sum(value), 0) FROM amount WHERE action_id = p_action_id AND kind = p_kind);
    entry record;
    part numeric;
    broken text;
BEGIN
    IF missing > 0 THEN
        SELECT array_to_string(r.broken, ' ') INTO broken FROM amount_record(p_request_id, p_uid, gen_random_uuid(), p_kind,
            extract(year FROM today)::integer, missing, today, NULL, NULL, NULL, p_actor, p_actor_name, p_now) r;
        RETURN broken;
    END IF;
    FOR entry IN
        SELECT e.uid, e.year, e.value + coalesce((SELECT sum(value) FROM amount t WHERE t.reverses = e.id), 0) AS rest
        FROM amount e WHERE e.action_id = p_action_id AND e.kind = p_kind AND e.value > 0 ORDER BY e.ordinal DESC
    LOOP
        EXIT WHEN missing = 0;
        CONTINUE WHEN entry.rest = 0;
        part := least(entry.rest, -missing);
        SELECT array_to_string(r.broken, ' ') INTO broken FROM amount_record(p_request_id, p_uid, gen_random_uuid(), p_kind, entry.year, -part, today, NULL, NULL,
                                                      entry.uid, p_actor, p_actor_name, p_now) r;
        IF broken IS NOT NULL THEN
            RETURN broken;
        END IF;
        missing := missing + part;
    END LOOP;
    RETURN CASE WHEN missing < 0 THEN 'more_than_entry' END; -- all of it is no less than nothing
END $$;

-- What a step does to the action of its procedure, one after the other: {"open": kind}, {"state": state}, {"record": sort, "cents": all of it}.
-- With its end goes what it has reserved and not handed over. Whoever opened actions before, or cancelled that of the procedure to open
-- others (shared out, or several), keeps them: the procedure has none then.
-- Steps are everybody's, actions the provider's to keep: the procedure is the provider's. The version that comes of it, or what would be
-- broken; with p_strict that ends the transaction.
CREATE FUNCTION action_act(p_ref text, p_acts jsonb, p_strict boolean, p_actor text, p_actor_name text, p_now timestamptz)
RETURNS TABLE (version integer, broken text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    staff text := current_setting('oam.staff', true);
    held request%ROWTYPE;
    own action%ROWTYPE;
    act jsonb;
    reserved integer;
BEGIN
    SELECT * INTO held FROM request WHERE ref = p_ref;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request % cannot have actions', p_ref USING ERRCODE = 'OA412';
    END IF;
    PERFORM set_config('oam.staff', '1', true);
    FOR act IN SELECT jsonb_array_elements(p_acts) LOOP
        SELECT * INTO own FROM action WHERE request_id = held.id AND of_procedure;
        IF act ? 'open' THEN
            CONTINUE WHEN EXISTS (SELECT FROM action a WHERE a.request_id = held.id AND (a.of_procedure OR a.state <> 'cancelled'));
            SELECT array_to_string(r.broken, ' ') INTO broken FROM action_open(held.id, gen_random_uuid(), jsonb_build_object(
                'kind', act -> 'open', 'title', held.title, 'unit', held.unit_id, 'units', '[]'::jsonb, 'shares', '[]'::jsonb,
                'milestones', '[]'::jsonb, 'of_procedure', true),
                p_actor, p_actor_name, p_now) r;
        ELSIF own.id IS NULL OR own.state = 'cancelled' THEN
            CONTINUE;
        ELSIF act ? 'state' THEN
            CONTINUE WHEN own.state = act ->> 'state';
            IF act ->> 'state' IN ('done', 'cancelled') THEN
                FOR reserved IN SELECT h.ordinal FROM stock_hold h WHERE h.action_id = own.id AND h.state = 'reserved' ORDER BY h.ordinal LOOP
                    PERFORM stock_hold_move(held.id, own.uid, reserved, 'release', '{}', p_actor, p_actor_name, p_now);
                END LOOP;
            END IF;
            SELECT array_to_string(r.broken, ' ') INTO broken
            FROM action_change(held.id, own.uid, jsonb_build_object('state', act -> 'state'), p_actor, p_actor_name, p_now) r;
        ELSE
            broken := amount_settle(held.id, own.id, own.uid, act ->> 'record', (act ->> 'cents')::numeric / 100, p_actor, p_actor_name, p_now);
        END IF;
        EXIT WHEN broken IS NOT NULL;
    END LOOP;
    version := (SELECT r.version FROM request r WHERE r.id = held.id);
    PERFORM set_config('oam.staff', coalesce(staff, ''), true);
    IF broken IS NOT NULL AND p_strict THEN
        RAISE EXCEPTION 'the accounts of % do not allow it: %', p_ref, broken USING ERRCODE = 'OA409';
    END IF;
    RETURN NEXT;
END $$;

REVOKE ALL ON FUNCTION amount_settle, action_act FROM PUBLIC;
GRANT EXECUTE ON FUNCTION action_act TO oam_app;
