-- What schema/migrations/ amounts to. Made by tests/sql/snapshot.sh, compared by tests/sql/test_snapshot.py; not run by anybody.


CREATE SCHEMA oam;

ALTER SCHEMA oam OWNER TO oam_owner;

CREATE FUNCTION oam.absence_add(p_uid uuid, p_agent_id bigint, p_first_day date, p_last_day date, p_delegate_id bigint, p_created_by text, p_now timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO absence (uid, agent_id, first_day, last_day, delegate_id, created_by, created_at)
    VALUES (p_uid, p_agent_id, p_first_day, p_last_day, p_delegate_id, p_created_by, p_now)
$$;

ALTER FUNCTION oam.absence_add(p_uid uuid, p_agent_id bigint, p_first_day date, p_last_day date, p_delegate_id bigint, p_created_by text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.absence_claim(p_today date) RETURNS TABLE(id bigint, agent_id bigint, delegate_id bigint, ends boolean)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT a.id, a.agent_id, a.delegate_id, a.cancelled_at IS NOT NULL OR a.last_day < p_today
    FROM absence a
    WHERE a.id IN (
        SELECT b.id FROM absence b WHERE p_today BETWEEN b.first_day AND b.last_day AND b.cancelled_at IS NULL
            AND NOT EXISTS (SELECT FROM absence_progress p WHERE p.absence_id = b.id AND p.begun_at IS NOT NULL)
        UNION ALL
        SELECT p.absence_id FROM absence_progress p JOIN absence b ON b.id = p.absence_id
        WHERE p.ended_at IS NULL AND (b.cancelled_at IS NOT NULL OR b.last_day < p_today))
    ORDER BY a.first_day, a.id LIMIT 1 FOR UPDATE OF a SKIP LOCKED
$$;

ALTER FUNCTION oam.absence_claim(p_today date) OWNER TO oam_owner;

CREATE FUNCTION oam.absence_done(p_absence_id bigint, p_ends boolean, p_now timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO absence_progress AS p (absence_id, begun_at, ended_at) VALUES (p_absence_id, p_now, CASE WHEN p_ends THEN p_now END)
    ON CONFLICT (absence_id) DO UPDATE SET begun_at = coalesce(p.begun_at, excluded.begun_at), ended_at = excluded.ended_at
$$;

ALTER FUNCTION oam.absence_done(p_absence_id bigint, p_ends boolean, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.absence_note(p_absence_id bigint, p_request_id bigint, p_outcome text, p_owner_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF p_outcome = 'returned' THEN
        UPDATE absence_request SET returned = true WHERE absence_id = p_absence_id AND request_id = p_request_id;
        RETURN;
    END IF;
    INSERT INTO absence_progress (absence_id) VALUES (p_absence_id) ON CONFLICT DO NOTHING;
    INSERT INTO absence_request (absence_id, request_id, outcome) VALUES (p_absence_id, p_request_id, p_outcome);
    IF p_outcome = 'delegated' THEN
        UPDATE request SET owner_id = p_owner_id WHERE id = p_request_id;
    END IF;
END $$;

ALTER FUNCTION oam.absence_note(p_absence_id bigint, p_request_id bigint, p_outcome text, p_owner_id bigint) OWNER TO oam_owner;

CREATE FUNCTION oam.absence_remove(p_uid uuid, p_agent_id bigint, p_today date, p_now timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    found_id bigint;
    has_begun boolean;
BEGIN
    SELECT id, first_day <= p_today OR EXISTS (SELECT FROM absence_progress p WHERE p.absence_id = a.id) INTO found_id, has_begun
    FROM absence a WHERE uid = p_uid AND agent_id = p_agent_id AND last_day >= p_today AND cancelled_at IS NULL FOR UPDATE;
    IF found_id IS NULL THEN
        RETURN false;
    ELSIF has_begun THEN
        UPDATE absence SET cancelled_at = p_now WHERE id = found_id;
    ELSE
        DELETE FROM absence WHERE id = found_id;
    END IF;
    RETURN true;
END $$;

ALTER FUNCTION oam.absence_remove(p_uid uuid, p_agent_id bigint, p_today date, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.absence_requests(p_absence_id bigint, p_ends boolean, p_limit integer) RETURNS SETOF bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT r.id FROM request r JOIN absence a ON a.id = p_absence_id
    WHERE r.closed_at IS NULL AND r.submitted_at IS NOT NULL
      AND CASE WHEN p_ends
          THEN r.owner_id = a.agent_id AND EXISTS (SELECT FROM absence_request q WHERE q.absence_id = a.id AND q.request_id = r.id
                                                   AND q.outcome = 'delegated' AND NOT q.returned)
          ELSE r.assignee_id = a.agent_id AND NOT EXISTS (SELECT FROM absence_request q
                                                          WHERE q.absence_id = a.id AND q.request_id = r.id) END
    ORDER BY r.id LIMIT p_limit FOR UPDATE OF r
$$;

ALTER FUNCTION oam.absence_requests(p_absence_id bigint, p_ends boolean, p_limit integer) OWNER TO oam_owner;

CREATE FUNCTION oam.access_next() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    UPDATE access_stamp SET revision = revision + 1 RETURNING revision
$$;

ALTER FUNCTION oam.access_next() OWNER TO oam_owner;

CREATE FUNCTION oam.action_act(p_ref text, p_acts jsonb, p_strict boolean, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS TABLE(version integer, broken text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.action_act(p_ref text, p_acts jsonb, p_strict boolean, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.action_change(p_request_id bigint, p_uid uuid, p_change jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS TABLE(version integer, broken text[], view jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.action_change(p_request_id bigint, p_uid uuid, p_change jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.action_faults() RETURNS TABLE(request_id bigint, seq integer, fault text)
    LANGUAGE sql STABLE
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.action_faults() OWNER TO oam_owner;

CREATE TABLE oam.request (
    id bigint NOT NULL,
    ref text NOT NULL,
    body_id bigint NOT NULL,
    comarca_code text NOT NULL,
    service_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    workflow_id bigint NOT NULL,
    state text NOT NULL,
    phase text NOT NULL,
    outcome text,
    version integer NOT NULL,
    seq integer NOT NULL,
    digest bytea NOT NULL,
    title text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    channel text NOT NULL,
    assignee_id bigint,
    register_number text,
    registered_at timestamp with time zone,
    filed_by text NOT NULL,
    external_ref text,
    supports integer DEFAULT 0 NOT NULL,
    place text,
    synthetic boolean DEFAULT false NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    submitted_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    engine bytea,
    due_at timestamp with time zone,
    due jsonb,
    effort_hours integer DEFAULT 1 NOT NULL,
    owner_id bigint,
    joint boolean DEFAULT false NOT NULL,
    execution jsonb
)
WITH (fillfactor='85');

ALTER TABLE ONLY oam.request FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.request OWNER TO oam_owner;

CREATE FUNCTION oam.action_hold(p_request_id bigint) RETURNS oam.request
    LANGUAGE plpgsql
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    held request%ROWTYPE;
BEGIN
    SELECT * INTO held FROM request WHERE id = p_request_id AND submitted_at IS NOT NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request % cannot have actions', p_request_id USING ERRCODE = 'OA412';
    END IF;
    IF NOT (scope_staff() OR scope_all()) THEN
        RAISE EXCEPTION 'actions are the provider''s to keep' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN held;
END $$;

ALTER FUNCTION oam.action_hold(p_request_id bigint) OWNER TO oam_owner;

CREATE TABLE oam.action (
    id bigint NOT NULL,
    uid uuid NOT NULL,
    request_id bigint NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    unit_id bigint NOT NULL,
    delivery_point text,
    state text DEFAULT 'planned'::text NOT NULL,
    starts_on date,
    ends_on date,
    started_on date,
    ended_on date,
    opened_at timestamp with time zone NOT NULL,
    asked boolean DEFAULT false NOT NULL,
    requested numeric(14,2) DEFAULT 0 NOT NULL,
    granted numeric(14,2) DEFAULT 0 NOT NULL,
    committed numeric(14,2) DEFAULT 0 NOT NULL,
    advanced numeric(14,2) DEFAULT 0 NOT NULL,
    justified numeric(14,2) DEFAULT 0 NOT NULL,
    paid numeric(14,2) DEFAULT 0 NOT NULL,
    returned numeric(14,2) DEFAULT 0 NOT NULL,
    of_procedure boolean DEFAULT false NOT NULL,
    CONSTRAINT action_begun CHECK (
CASE state
    WHEN 'planned'::text THEN (started_on IS NULL)
    WHEN 'cancelled'::text THEN true
    ELSE (started_on IS NOT NULL)
END),
    CONSTRAINT action_check CHECK ((ends_on >= starts_on)),
    CONSTRAINT action_check1 CHECK ((ended_on >= started_on)),
    CONSTRAINT action_committed CHECK ((committed <= granted)),
    CONSTRAINT action_delivery_point_check CHECK (((length(delivery_point) >= 1) AND (length(delivery_point) <= 200))),
    CONSTRAINT action_ended CHECK (((state = 'done'::text) = (ended_on IS NOT NULL))),
    CONSTRAINT action_given_up CHECK (((state <> 'cancelled'::text) OR ((advanced + paid) = returned))),
    CONSTRAINT action_granted CHECK (((NOT asked) OR (granted <= requested))),
    CONSTRAINT action_justified CHECK (((state <> 'done'::text) OR (((advanced + paid) - returned) <=
CASE kind
    WHEN 'grant'::text THEN LEAST(justified, committed)
    ELSE committed
END))),
    CONSTRAINT action_kind_check CHECK ((kind = ANY (ARRAY['deliverable'::text, 'grant'::text, 'material_loan'::text, 'material_delivery'::text]))),
    CONSTRAINT action_nothing_negative CHECK ((LEAST(requested, granted, committed, advanced, justified, paid, returned) >= (0)::numeric)),
    CONSTRAINT action_returned CHECK ((returned <= (advanced + paid))),
    CONSTRAINT action_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'in_progress'::text, 'done'::text, 'cancelled'::text]))),
    CONSTRAINT action_title_check CHECK (((length(title) >= 3) AND (length(title) <= 250)))
);

ALTER TABLE ONLY oam.action FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.action OWNER TO oam_owner;

CREATE FUNCTION oam.action_next(a oam.action) RETURNS date
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF a.state NOT IN ('planned', 'in_progress') THEN
        RETURN NULL;
    END IF;
    RETURN least((SELECT min(m.planned_on) FROM milestone m WHERE m.action_id = a.id AND m.reached_on IS NULL),
                 (SELECT min(CASE h.state WHEN 'reserved' THEN h.from_day ELSE h.to_day END) FROM stock_hold h
                  WHERE h.action_id = a.id AND h.state IN ('reserved', 'handed_over')),
                 CASE a.state WHEN 'planned' THEN coalesce(a.starts_on, a.ends_on) ELSE a.ends_on END);
END $$;

ALTER FUNCTION oam.action_next(a oam.action) OWNER TO oam_owner;

CREATE FUNCTION oam.action_open(p_request_id bigint, p_uid uuid, p_action jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS TABLE(version integer, broken text[], view jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.action_open(p_request_id bigint, p_uid uuid, p_action jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.action_progress(a oam.action) RETURNS integer
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF a.state = 'done' THEN
        RETURN 100;
    END IF;
    RETURN (SELECT coalesce(100 * sum(m.weight) FILTER (WHERE m.reached_on IS NOT NULL) / sum(m.weight), 0) FROM milestone m WHERE m.action_id = a.id);
END $$;

ALTER FUNCTION oam.action_progress(a oam.action) OWNER TO oam_owner;

CREATE FUNCTION oam.action_shares(a oam.action) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM action_share s WHERE s.action_id = a.id) THEN
        RETURN '[]';
    END IF;
    RETURN (
        WITH booked AS (
            SELECT m.kind, sum(m.value) AS value, row_number() OVER (ORDER BY m.kind, m.year) AS place
            FROM amount m WHERE m.action_id = a.id GROUP BY m.kind, m.year),
        parts AS (
            SELECT p.body_id, k.kind, sum(p.value) AS value
            FROM share_parts(a.id, (SELECT array_agg(value ORDER BY place) FROM booked)) p JOIN booked k USING (place) GROUP BY p.body_id, k.kind)
        SELECT jsonb_agg(jsonb_build_object('body', b.code, 'body_name', b.name, 'percent', (s.points / 100.0)::numeric(5, 2)::text,
                   'amounts', (SELECT money_view(
                       sum(p.value) FILTER (WHERE p.kind = 'requested'), sum(p.value) FILTER (WHERE p.kind = 'granted'),
                       sum(p.value) FILTER (WHERE p.kind = 'committed'), sum(p.value) FILTER (WHERE p.kind = 'advanced'),
                       sum(p.value) FILTER (WHERE p.kind = 'justified'), sum(p.value) FILTER (WHERE p.kind = 'paid'),
                       sum(p.value) FILTER (WHERE p.kind = 'returned')) FROM parts p WHERE p.body_id = s.body_id)) ORDER BY s.ordinal)
        FROM action_share s JOIN body b ON b.id = s.body_id WHERE s.action_id = a.id);
END $$;

ALTER FUNCTION oam.action_shares(a oam.action) OWNER TO oam_owner;

CREATE FUNCTION oam.action_tell(old oam.request, p_type text, p_event jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE request SET version = old.version + 1, seq = old.seq + 1, updated_at = p_now, execution = execution_view(old.id),
        digest = event_append(old.id, old.body_id, old.workflow_id, old.seq, old.version, old.digest, p_now, ARRAY[p_type], ARRAY[p_event],
                              p_actor, p_actor_name, false, '{f}')
    WHERE id = old.id;
    RETURN old.version + 1;
END $$;

ALTER FUNCTION oam.action_tell(old oam.request, p_type text, p_event jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.action_view(a oam.action) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION oam.action_view(a oam.action) OWNER TO oam_owner;

CREATE FUNCTION oam.action_years(p_action_id bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg(y.money ORDER BY y.year), '[]') FROM (
        SELECT year, jsonb_build_object('year', year) || money_view(
            sum(value) FILTER (WHERE kind = 'requested'), sum(value) FILTER (WHERE kind = 'granted'),
            sum(value) FILTER (WHERE kind = 'committed'), sum(value) FILTER (WHERE kind = 'advanced'),
            sum(value) FILTER (WHERE kind = 'justified'), sum(value) FILTER (WHERE kind = 'paid'),
            sum(value) FILTER (WHERE kind = 'returned')) AS money
        FROM amount WHERE action_id = p_action_id GROUP BY year) y);
END $$;

ALTER FUNCTION oam.action_years(p_action_id bigint) OWNER TO oam_owner;

CREATE FUNCTION oam.address_ask(p_user_id bigint, p_address text, p_language text, p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    third timestamptz;
BEGIN
    PERFORM FROM user_account WHERE id = p_user_id FOR NO KEY UPDATE;
    DELETE FROM address_asked WHERE at < p_now - interval '1 day';
    SELECT at INTO third FROM address_asked WHERE user_id = p_user_id AND at > p_now - interval '1 hour' ORDER BY at DESC OFFSET 2 LIMIT 1;
    IF FOUND THEN
        RETURN greatest(1, ceil(extract(epoch FROM third + interval '1 hour' - p_now)))::integer;
    END IF;
    INSERT INTO address_asked (user_id, address, at) VALUES (p_user_id, lower(p_address), p_now);
    INSERT INTO address_change (principal, user_id, address, language, asked_at, wake)
    SELECT scope_principal(), p_user_id, p_address, p_language, p_now,
           CASE WHEN (SELECT count(*) FROM address_asked a WHERE a.address = lower(p_address)) <= 5 THEN clock_timestamp() END
    ON CONFLICT (principal) DO UPDATE SET address = excluded.address, language = excluded.language, nonce = gen_random_uuid(),
        asked_at = excluded.asked_at, tries = 0, wake = excluded.wake, lease = 0;
    RETURN 0;
END $$;

ALTER FUNCTION oam.address_ask(p_user_id bigint, p_address text, p_language text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.address_claim(p_limit integer, p_lease interval) RETURNS TABLE(id bigint, address text, language text, nonce text, principal text, asked_at timestamp with time zone, lease integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    UPDATE address_change c SET wake = CASE WHEN c.lease < 7 THEN clock_timestamp() + p_lease END, lease = c.lease + 1
    WHERE c.id IN (SELECT d.id FROM address_change d WHERE d.wake <= clock_timestamp() AND d.lease < 8 ORDER BY d.wake LIMIT p_limit
                   FOR UPDATE SKIP LOCKED)
    RETURNING c.id, c.address, c.language, c.nonce::text, c.principal, c.asked_at, c.lease
$$;

ALTER FUNCTION oam.address_claim(p_limit integer, p_lease interval) OWNER TO oam_owner;

CREATE FUNCTION oam.address_forget(p_user_id bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    DELETE FROM address_change WHERE principal = scope_principal();
    UPDATE user_account SET email = NULL WHERE id = p_user_id AND email IS NOT NULL
$$;

ALTER FUNCTION oam.address_forget(p_user_id bigint) OWNER TO oam_owner;

CREATE FUNCTION oam.address_mailed(p_id bigint, p_lease integer, p_wait interval) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    UPDATE address_change SET wake = CASE WHEN lease < 8 THEN clock_timestamp() + p_wait END WHERE id = p_id AND lease = p_lease
$$;

ALTER FUNCTION oam.address_mailed(p_id bigint, p_lease integer, p_wait interval) OWNER TO oam_owner;

CREATE FUNCTION oam.address_settle(p_nonce uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    WITH settled AS (DELETE FROM address_change WHERE principal = scope_principal() AND nonce = p_nonce RETURNING user_id, address)
    UPDATE user_account u SET email = settled.address FROM settled WHERE u.id = settled.user_id
$$;

ALTER FUNCTION oam.address_settle(p_nonce uuid) OWNER TO oam_owner;

CREATE FUNCTION oam.address_try(p_now timestamp with time zone) RETURNS TABLE(address text, nonce text)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    UPDATE address_change c SET tries = tries + 1
    WHERE principal = scope_principal() AND tries < 5 AND asked_at > p_now - interval '1 day'
    RETURNING c.address, c.nonce::text
$$;

ALTER FUNCTION oam.address_try(p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.agent_burdens(ids bigint[]) RETURNS TABLE(agent_id bigint, open_requests integer, open_hours integer, last_assigned_at timestamp with time zone, turn bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT l.agent_id, l.open_requests, l.open_hours, l.last_assigned_at, l.turn FROM agent_load l
    WHERE l.agent_id = ANY (ids) ORDER BY l.agent_id FOR UPDATE;
END $$;

ALTER FUNCTION oam.agent_burdens(ids bigint[]) OWNER TO oam_owner;

CREATE FUNCTION oam.amount_record(p_request_id bigint, p_action uuid, p_uid uuid, p_kind text, p_year integer, p_value numeric, p_on date, p_reference text, p_note text, p_reverses uuid, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS TABLE(version integer, broken text[], view jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    held request := action_hold(p_request_id);
    a action%ROWTYPE;
    taken amount%ROWTYPE;
    entry amount%ROWTYPE;
    wrong text[] := '{}';
    total numeric; -- of this sort, with the entry
    gone numeric;  -- out, and not back
BEGIN
    SELECT * INTO a FROM action WHERE uid = p_action AND request_id = p_request_id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF p_reverses IS NOT NULL THEN
        SELECT * INTO taken FROM amount WHERE uid = p_reverses AND action_id = a.id AND kind = p_kind AND year = p_year AND value > 0;
        IF NOT FOUND THEN
            wrong := '{no_such_entry}';
        ELSIF taken.value + (SELECT coalesce(sum(value), 0) FROM amount WHERE reverses = taken.id) + p_value < 0 THEN
            wrong := '{more_than_entry}';
        END IF;
    END IF;
    IF (SELECT count(*) FROM amount WHERE action_id = a.id) >= 500 THEN wrong := wrong || 'too_many_entries'::text; END IF;
    total := p_value + CASE p_kind WHEN 'requested' THEN a.requested WHEN 'granted' THEN a.granted WHEN 'committed' THEN a.committed
        WHEN 'advanced' THEN a.advanced WHEN 'justified' THEN a.justified WHEN 'paid' THEN a.paid ELSE a.returned END;
    IF total >= 1e12 THEN wrong := wrong || 'too_large'::text; END IF;
    IF cardinality(wrong) > 0 THEN -- the sums that follow from such an entry say nothing
        RETURN QUERY SELECT held.version, wrong, NULL::jsonb;
        RETURN;
    END IF;
    CASE p_kind
        WHEN 'requested' THEN a.requested := total; a.asked := true;
        WHEN 'granted' THEN a.granted := total;
        WHEN 'committed' THEN a.committed := total;
        WHEN 'advanced' THEN a.advanced := total;
        WHEN 'justified' THEN a.justified := total;
        WHEN 'paid' THEN a.paid := total;
        WHEN 'returned' THEN a.returned := total;
    END CASE;
    gone := a.advanced + a.paid - a.returned;
    IF a.asked AND a.granted > a.requested THEN wrong := wrong || 'granted_over_requested'::text; END IF;
    IF a.committed > a.granted THEN wrong := wrong || 'committed_over_granted'::text; END IF;
    IF p_value > 0 AND p_kind IN ('advanced', 'paid') AND gone > a.committed THEN wrong := wrong || 'paid_over_committed'::text; END IF;
    IF gone < 0 THEN wrong := wrong || 'returned_over_paid'::text; END IF;
    IF a.state = 'done' AND gone > a.committed THEN wrong := wrong || 'money_to_return'::text; END IF;
    IF a.state = 'done' AND a.kind = 'grant' AND gone > a.justified THEN wrong := wrong || 'money_not_justified'::text; END IF;
    IF a.state = 'cancelled' AND gone <> 0 THEN wrong := wrong || 'money_is_out'::text; END IF;
    IF cardinality(wrong) > 0 THEN
        RETURN QUERY SELECT held.version, wrong, NULL::jsonb;
        RETURN;
    END IF;
    UPDATE action SET asked = a.asked, requested = a.requested, granted = a.granted, committed = a.committed, advanced = a.advanced,
        justified = a.justified, paid = a.paid, returned = a.returned WHERE id = a.id;
    INSERT INTO amount (uid, action_id, ordinal, kind, year, value, on_day, reference, note, reverses, recorded_by, recorded_name, recorded_at)
    SELECT p_uid, a.id, coalesce(max(ordinal), 0) + 1, p_kind, p_year, p_value, p_on, p_reference, p_note, taken.id, p_actor, p_actor_name, p_now
    FROM amount WHERE action_id = a.id
    RETURNING * INTO entry;
    view := amount_view(entry);
    version := action_tell(held, 'request.amount_recorded', jsonb_build_object('action', p_action, 'data', view), p_actor, p_actor_name, p_now);
    RETURN NEXT;
END $$;

ALTER FUNCTION oam.amount_record(p_request_id bigint, p_action uuid, p_uid uuid, p_kind text, p_year integer, p_value numeric, p_on date, p_reference text, p_note text, p_reverses uuid, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.amount_settle(p_request_id bigint, p_action_id bigint, p_uid uuid, p_kind text, p_total numeric, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.amount_settle(p_request_id bigint, p_action_id bigint, p_uid uuid, p_kind text, p_total numeric, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE TABLE oam.amount (
    id bigint NOT NULL,
    uid uuid NOT NULL,
    action_id bigint NOT NULL,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    year integer NOT NULL,
    value numeric(14,2) NOT NULL,
    on_day date NOT NULL,
    reference text,
    note text,
    reverses bigint,
    recorded_by text NOT NULL,
    recorded_name text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT amount_kind_check CHECK ((kind = ANY (ARRAY['requested'::text, 'granted'::text, 'committed'::text, 'advanced'::text, 'justified'::text, 'paid'::text, 'returned'::text]))),
    CONSTRAINT amount_note_check CHECK (((length(note) >= 1) AND (length(note) <= 500))),
    CONSTRAINT amount_ordinal_check CHECK ((ordinal >= 1)),
    CONSTRAINT amount_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 100))),
    CONSTRAINT amount_takes_back CHECK (((value < (0)::numeric) = (reverses IS NOT NULL))),
    CONSTRAINT amount_value_check CHECK ((value <> (0)::numeric)),
    CONSTRAINT amount_year_check CHECK (((year >= 1990) AND (year <= 2100)))
);

ALTER TABLE ONLY oam.amount FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.amount OWNER TO oam_owner;

CREATE FUNCTION oam.amount_view(a oam.amount) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN jsonb_build_object('id', a.uid, 'number', a.ordinal, 'kind', a.kind, 'year', a.year, 'amount', a.value::text, 'on', a.on_day,
        'reference', a.reference, 'note', a.note,
        'reverses', CASE WHEN a.reverses IS NOT NULL THEN (SELECT o.uid FROM amount o WHERE o.id = a.reverses) END,
        'recorded_by', a.recorded_name, 'recorded_at', to_char(a.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
END $$;

ALTER FUNCTION oam.amount_view(a oam.amount) OWNER TO oam_owner;

CREATE FUNCTION oam.auth_purge(p_now timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    purged bigint := 0;
    n bigint;
BEGIN
    DELETE FROM session WHERE expires_at < p_now - interval '1 day';
    GET DIAGNOSTICS n = ROW_COUNT; purged := purged + n;
    DELETE FROM signing_key WHERE verifies_until < p_now - interval '1 day';
    GET DIAGNOSTICS n = ROW_COUNT; purged := purged + n;
    DELETE FROM token_revoked WHERE expires_at < p_now - interval '1 hour';
    GET DIAGNOSTICS n = ROW_COUNT; purged := purged + n;
    DELETE FROM login_failure WHERE at < p_now - interval '1 hour';
    GET DIAGNOSTICS n = ROW_COUNT; purged := purged + n;
    RETURN purged;
END $$;

ALTER FUNCTION oam.auth_purge(p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.calendar_correct(p_scope text, p_body_id bigint, p_add jsonb, p_remove date[], p_actor_name text, p_reason text) RETURNS TABLE(made integer, queued bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('oam.calendar_by', p_actor_name, true), set_config('oam.calendar_reason', p_reason, true);
    DELETE FROM holiday WHERE scope = p_scope AND body_id IS NOT DISTINCT FROM p_body_id AND day = ANY (p_remove);
    INSERT INTO holiday AS h (day, scope, body_id, name_ca, name_es, status, source)
    SELECT n.day, p_scope, p_body_id, n.name_ca, n.name_es, 'official', p_reason
    FROM jsonb_to_recordset(p_add) AS n (day date, name_ca text, name_es text)
    ON CONFLICT (day, scope, body_id) DO UPDATE
    SET name_ca = EXCLUDED.name_ca, name_es = EXCLUDED.name_es, status = EXCLUDED.status, source = EXCLUDED.source, lifted = false
    WHERE h.lifted OR (h.name_ca, h.name_es) IS DISTINCT FROM (EXCLUDED.name_ca, EXCLUDED.name_es);
    SELECT revision INTO made FROM calendar_revision WHERE xid = pg_current_xact_id();
    queued := (SELECT count(*) FROM clock_recount WHERE revision = made);
    RETURN NEXT;
END $$;

ALTER FUNCTION oam.calendar_correct(p_scope text, p_body_id bigint, p_add jsonb, p_remove date[], p_actor_name text, p_reason text) OWNER TO oam_owner;

CREATE FUNCTION oam.calendar_key() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT hashtextextended('oam.calendar', 0) $$;

ALTER FUNCTION oam.calendar_key() OWNER TO oam_owner;

CREATE FUNCTION oam.calendar_now() RETURNS integer
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN coalesce((SELECT max(revision) FROM calendar_revision), 0);
END $$;

ALTER FUNCTION oam.calendar_now() OWNER TO oam_owner;

CREATE FUNCTION oam.calendar_revise() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    made integer;
BEGIN
    PERFORM pg_advisory_xact_lock(calendar_key());
    SELECT revision INTO made FROM calendar_revision WHERE xid = pg_current_xact_id();
    IF made IS NULL THEN
        INSERT INTO calendar_revision (revision, at, actor, actor_name, reason)
        VALUES (calendar_now() + 1, clock_timestamp(), coalesce(nullif(current_setting('oam.principal', true), ''), 'system'),
                coalesce(nullif(current_setting('oam.calendar_by', true), ''), current_user),
                coalesce(nullif(current_setting('oam.calendar_reason', true), ''), 'holidays changed'))
        RETURNING revision INTO made;
    END IF;
    RETURN made;
END $$;

ALTER FUNCTION oam.calendar_revise() OWNER TO oam_owner;

CREATE FUNCTION oam.calendar_seat() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT coalesce((SELECT seat_id FROM calendar_revision WHERE seat_id IS NOT NULL ORDER BY revision DESC LIMIT 1),
                    (SELECT id FROM body WHERE code = '0801930008'))
$$;

ALTER FUNCTION oam.calendar_seat() OWNER TO oam_owner;

CREATE FUNCTION oam.calendar_seat_take(p_code text, p_actor_name text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    chosen bigint := (SELECT id FROM body WHERE code = p_code AND active);
    made integer;
BEGIN
    IF chosen IS NULL THEN
        RETURN CASE WHEN EXISTS (SELECT FROM body) THEN NULL ELSE false END;
    ELSIF chosen IS NOT DISTINCT FROM calendar_seat() THEN
        RETURN false;
    END IF;
    PERFORM set_config('oam.calendar_by', p_actor_name, true), set_config('oam.calendar_reason', 'seat ' || p_code, true);
    made := calendar_revise();
    UPDATE calendar_revision SET seat_id = chosen WHERE revision = made;
    INSERT INTO clock_recount (request_id, revision)
    SELECT request_id, made FROM request_clock UNION SELECT request_id, made FROM request_timer ON CONFLICT DO NOTHING;
    RETURN true;
END $$;

ALTER FUNCTION oam.calendar_seat_take(p_code text, p_actor_name text) OWNER TO oam_owner;

CREATE FUNCTION oam.calendar_touch(p_revision integer, p_changes jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    seat bigint := calendar_seat();
BEGIN
    PERFORM set_config('oam.worker', '1', true);
    WITH change AS (
        SELECT DISTINCT c.day::timestamp AT TIME ZONE 'Europe/Madrid' AS begins, (c.day + 1)::timestamp AT TIME ZONE 'Europe/Madrid' AS ends,
               CASE c.scope WHEN 'local' THEN c.body_id WHEN 'aran' THEN b.id END AS body_id
        FROM jsonb_to_recordset(p_changes) AS c (day date, scope text, body_id bigint)
        LEFT JOIN body b ON c.scope = 'aran' AND b.comarca_code = '39'),
    wide AS (SELECT min(begins) AS begins, max(ends) AS ends FROM change WHERE body_id IS NULL OR body_id = seat)
    INSERT INTO clock_recount (request_id, revision)
    SELECT k.request_id, p_revision FROM change c JOIN request_clock k ON k.bodies @> ARRAY[c.body_id] AND k.since < c.ends AND k.due >= c.begins
    UNION
    SELECT k.request_id, p_revision FROM wide w JOIN request_clock k ON k.since < w.ends AND k.due >= w.begins
    UNION
    SELECT t.request_id, p_revision FROM wide w JOIN request_timer t ON t.due >= w.begins
    UNION
    SELECT t.request_id, p_revision FROM request_timer t JOIN request r ON r.id = t.request_id
        JOIN change c ON c.body_id = r.body_id AND t.due >= c.begins
    UNION
    SELECT t.request_id, p_revision FROM request_timer t JOIN request_body b ON b.request_id = t.request_id
        JOIN change c ON c.body_id = b.body_id AND t.due >= c.begins
    ON CONFLICT DO NOTHING;
    PERFORM set_config('oam.worker', '', true);
END $$;

ALTER FUNCTION oam.calendar_touch(p_revision integer, p_changes jsonb) OWNER TO oam_owner;

CREATE FUNCTION oam.client_access() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    NEW.access := access_next();
    RETURN NEW;
END $$;

ALTER FUNCTION oam.client_access() OWNER TO oam_owner;

CREATE FUNCTION oam.client_body_access() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE api_client SET access = access_next() WHERE id = coalesce(NEW.client_id, OLD.client_id);
    RETURN NULL;
END $$;

ALTER FUNCTION oam.client_body_access() OWNER TO oam_owner;

CREATE FUNCTION oam.client_change(p_client_id text, p_version integer, p_name text, p_scopes text[], p_all_bodies boolean, p_bodies bigint[], p_active boolean, p_by text, p_now timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    own bigint := client_hold(p_client_id, p_version);
BEGIN
    IF own IS NULL THEN RETURN NULL; END IF;
    UPDATE api_client SET name = coalesce(p_name, name), scopes = coalesce(p_scopes, scopes), all_bodies = coalesce(p_all_bodies, all_bodies),
        active = coalesce(p_active, active), version = version + 1 WHERE id = own;
    IF p_bodies IS NOT NULL THEN
        PERFORM client_give_bodies(own, p_bodies);
    END IF;
    PERFORM client_note(own, 'changed', p_by, p_now);
    RETURN own;
END $$;

ALTER FUNCTION oam.client_change(p_client_id text, p_version integer, p_name text, p_scopes text[], p_all_bodies boolean, p_bodies bigint[], p_active boolean, p_by text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.client_create(p_client_id text, p_name text, p_hash bytea, p_scopes text[], p_all_bodies boolean, p_bodies bigint[], p_by text, p_most integer, p_now timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    made bigint;
BEGIN
    IF NOT scope_staff() THEN RETURN NULL; END IF;
    PERFORM FROM access_stamp FOR UPDATE;
    IF EXISTS (SELECT FROM api_client WHERE client_id = p_client_id) THEN RETURN 'taken'; END IF;
    IF (SELECT count(*) FROM api_client WHERE revoked_at IS NULL) >= p_most THEN RETURN 'too_many'; END IF;
    INSERT INTO api_client (client_id, name, secret_hash, scopes, all_bodies, created_at)
    VALUES (p_client_id, p_name, p_hash, p_scopes, p_all_bodies, p_now) RETURNING id INTO made;
    PERFORM client_give_bodies(made, p_bodies);
    PERFORM client_note(made, 'created', p_by, p_now);
    RETURN 'made';
END $$;

ALTER FUNCTION oam.client_create(p_client_id text, p_name text, p_hash bytea, p_scopes text[], p_all_bodies boolean, p_bodies bigint[], p_by text, p_most integer, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.client_give_bodies(p_id bigint, p_bodies bigint[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM api_client_body WHERE client_id = p_id AND body_id <> ALL (p_bodies);
    INSERT INTO api_client_body (client_id, body_id) SELECT p_id, b FROM unnest(p_bodies) b ON CONFLICT DO NOTHING;
END $$;

ALTER FUNCTION oam.client_give_bodies(p_id bigint, p_bodies bigint[]) OWNER TO oam_owner;

CREATE FUNCTION oam.client_hold(p_client_id text, p_version integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT id FROM api_client WHERE client_id = p_client_id AND version = p_version AND revoked_at IS NULL AND scope_staff() FOR UPDATE
$$;

ALTER FUNCTION oam.client_hold(p_client_id text, p_version integer) OWNER TO oam_owner;

CREATE FUNCTION oam.client_note(p_id bigint, p_act text, p_by text, p_now timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO api_client_change (client_id, version, act, scopes, all_bodies, bodies, active, by, at)
    SELECT c.id, c.version, p_act, c.scopes, c.all_bodies,
           (SELECT coalesce(array_agg(b.code ORDER BY b.code COLLATE "C"), '{}') FROM api_client_body o JOIN body b ON b.id = o.body_id
            WHERE o.client_id = c.id), c.active, p_by, p_now
    FROM api_client c WHERE c.id = p_id
$$;

ALTER FUNCTION oam.client_note(p_id bigint, p_act text, p_by text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.client_revoke(p_client_id text, p_version integer, p_by text, p_now timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    own bigint := client_hold(p_client_id, p_version);
BEGIN
    IF own IS NULL THEN RETURN NULL; END IF;
    UPDATE api_client SET active = false, revoked_at = p_now, previous_hash = NULL, previous_until = NULL, version = version + 1 WHERE id = own;
    DELETE FROM open311_key WHERE client_id = own;
    PERFORM webhook_remove(uid, version) FROM webhook WHERE client_id = own AND state <> 'removed';
    PERFORM client_note(own, 'revoked', p_by, p_now);
    RETURN own;
END $$;

ALTER FUNCTION oam.client_revoke(p_client_id text, p_version integer, p_by text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.client_rotate(p_client_id text, p_version integer, p_hash bytea, p_until timestamp with time zone, p_by text, p_now timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    own bigint := client_hold(p_client_id, p_version);
BEGIN
    IF own IS NULL THEN RETURN NULL; END IF;
    UPDATE api_client SET previous_hash = CASE WHEN p_until > p_now THEN secret_hash END,
        previous_until = CASE WHEN p_until > p_now THEN p_until END, secret_hash = p_hash, version = version + 1 WHERE id = own;
    PERFORM client_note(own, 'rotated', p_by, p_now);
    RETURN own;
END $$;

ALTER FUNCTION oam.client_rotate(p_client_id text, p_version integer, p_hash bytea, p_until timestamp with time zone, p_by text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.client_seen(p_id bigint, p_now timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    UPDATE api_client SET last_used_at = p_now WHERE id IN (
        SELECT id FROM api_client WHERE id = p_id AND coalesce(last_used_at < p_now - interval '5 min', true) FOR NO KEY UPDATE SKIP LOCKED)
$$;

ALTER FUNCTION oam.client_seen(p_id bigint, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.comment_add(p_request_id bigint, p_uid uuid, p_internal boolean, p_author text, p_author_name text, p_side text, p_text text, p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    old request%ROWTYPE;
    step integer := CASE WHEN p_internal THEN 0 ELSE 1 END;
BEGIN
    SELECT * INTO old FROM request WHERE id = p_request_id FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    INSERT INTO comment (uid, request_id, body_id, internal, at, author, author_name, side, text)
    VALUES (p_uid, p_request_id, old.body_id, p_internal, p_now, p_author, p_author_name, p_side, p_text);
    UPDATE request SET version = old.version + step, seq = old.seq + 1,
        updated_at = CASE WHEN p_internal THEN old.updated_at ELSE p_now END,
        digest = event_append(p_request_id, old.body_id, old.workflow_id, old.seq, old.version, old.digest, p_now,
            ARRAY[CASE WHEN p_internal THEN 'request.noted' ELSE 'request.commented' END],
            ARRAY[jsonb_build_object('comment_id', p_uid)], p_author, p_author_name, p_internal, ARRAY[old.phase = 'draft'])
    WHERE id = p_request_id;
    RETURN old.version + step;
END $$;

ALTER FUNCTION oam.comment_add(p_request_id bigint, p_uid uuid, p_internal boolean, p_author text, p_author_name text, p_side text, p_text text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.delegate_check() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    days daterange;
    own_absence bigint := CASE WHEN TG_TABLE_NAME = 'absence' THEN NEW.id END;
    own_delegation bigint := CASE WHEN TG_TABLE_NAME = 'delegation' THEN NEW.id END;
BEGIN
    IF NEW.last_day < NEW.first_day THEN
        RETURN NEW; -- the table's own check says it
    END IF;
    days := daterange(NEW.first_day, NEW.last_day, '[]');
    PERFORM pg_advisory_xact_lock(hashtextextended('oam.delegate', 0));
    IF TG_TABLE_NAME = 'absence' AND EXISTS (SELECT FROM absence a WHERE a.agent_id = NEW.agent_id AND a.id <> NEW.id
            AND a.cancelled_at IS NULL AND daterange(a.first_day, a.last_day, '[]') && days) THEN
        RAISE EXCEPTION 'agent % is absent then already', NEW.agent_id
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'absence_once';
    ELSIF TG_TABLE_NAME = 'delegation' AND EXISTS (SELECT FROM delegation d WHERE d.agent_id = NEW.agent_id AND d.id <> NEW.id
            AND daterange(d.first_day, d.last_day, '[]') && days) THEN
        RAISE EXCEPTION 'agent % has a delegate then already', NEW.agent_id
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'delegation_once';
    END IF;
    IF EXISTS (
        WITH RECURSIVE edge AS (
            SELECT agent_id, delegate_id, daterange(first_day, last_day, '[]') AS days FROM delegation
            WHERE id IS DISTINCT FROM own_delegation
            UNION ALL
            SELECT agent_id, delegate_id, daterange(first_day, last_day, '[]') FROM absence
            WHERE delegate_id IS NOT NULL AND cancelled_at IS NULL AND id IS DISTINCT FROM own_absence
        ), chain AS (
            SELECT NEW.delegate_id AS agent_id, days
            UNION
            SELECT edge.delegate_id, chain.days * edge.days FROM chain JOIN edge USING (agent_id) WHERE chain.days && edge.days
        )
        SELECT FROM chain WHERE agent_id = NEW.agent_id) THEN
        RAISE EXCEPTION 'delegates of agent % come round', NEW.agent_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delegate_acyclic';
    END IF;
    RETURN NEW;
END $$;

ALTER FUNCTION oam.delegate_check() OWNER TO oam_owner;

CREATE FUNCTION oam.directory_rename() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE directory_stamp SET renamed = renamed + 1;
    RETURN NULL;
END $$;

ALTER FUNCTION oam.directory_rename() OWNER TO oam_owner;

CREATE FUNCTION oam.directory_touch() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    UPDATE directory_stamp SET version = version + 1;
    RETURN NULL;
END $$;

ALTER FUNCTION oam.directory_touch() OWNER TO oam_owner;

CREATE FUNCTION oam.event_append(p_request_id bigint, p_body_id bigint, p_workflow_id bigint, p_seq integer, p_version integer, p_previous bytea, p_at timestamp with time zone, p_types text[], p_data jsonb[], p_actor text, p_actor_name text, p_internal boolean, p_draft boolean[]) RETURNS bytea
    LANGUAGE plpgsql
    AS $_$
DECLARE
    last bytea := p_previous;
    next bytea;
    place integer := p_seq;
    moved integer := p_version;
BEGIN
    FOR i IN 1..cardinality(p_types) LOOP
        IF p_types[i] NOT IN ('request.transitioned', 'request.created', 'request.submitted', 'request.commented') THEN
            IF p_types[i] !~ '^request\.[a-z_]+$' THEN
                PERFORM oam.event_breach(p_request_id, p_types[i]);
            END IF;
        END IF;
        IF jsonb_typeof(p_data[i]) <> 'object' THEN
            PERFORM oam.event_breach(p_request_id, p_types[i]);
        END IF;
        place := place + 1;
        IF NOT p_internal THEN
            moved := moved + 1;
        END IF;
        next := oam.event_digest(last, p_request_id, place, moved, p_body_id, p_at, p_types[i], p_actor, p_actor_name, p_internal,
                                 p_draft[i], p_workflow_id, p_data[i]);
        INSERT INTO oam.request_event (request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id,
                                       data, previous, digest)
        VALUES (p_request_id, place, moved, p_body_id, p_at, p_types[i], p_actor, p_actor_name, p_internal, p_draft[i],
                p_workflow_id, p_data[i], last, next);
        last := next;
    END LOOP;
    RETURN last;
END $_$;

ALTER FUNCTION oam.event_append(p_request_id bigint, p_body_id bigint, p_workflow_id bigint, p_seq integer, p_version integer, p_previous bytea, p_at timestamp with time zone, p_types text[], p_data jsonb[], p_actor text, p_actor_name text, p_internal boolean, p_draft boolean[]) OWNER TO oam_owner;

CREATE FUNCTION oam.event_breach(p_request_id bigint, p_type text) RETURNS bytea
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what % says of request % is no event', p_type, p_request_id
        USING ERRCODE = 'check_violation', SCHEMA = 'oam', TABLE = 'request_event', CONSTRAINT = 'request_event_whole';
END $$;

ALTER FUNCTION oam.event_breach(p_request_id bigint, p_type text) OWNER TO oam_owner;

CREATE FUNCTION oam.event_chain_faults() RETURNS TABLE(request_id bigint, seq integer, fault text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('oam.worker', '1', true);
    RETURN QUERY WITH chain AS (
        SELECT e.*, lag(e.digest) OVER w AS before, row_number() OVER w AS place
        FROM request_event e WINDOW w AS (PARTITION BY e.request_id ORDER BY e.seq))
    SELECT c.request_id, c.seq, CASE
        WHEN c.seq <> c.place THEN 'missing'
        WHEN c.previous <> coalesce(c.before, decode(repeat('00', 32), 'hex')) THEN 'unchained'
        ELSE 'altered' END
    FROM chain c
    WHERE c.seq <> c.place OR c.previous <> coalesce(c.before, decode(repeat('00', 32), 'hex'))
       OR c.digest <> event_digest(c.previous, c.request_id, c.seq, c.version, c.body_id, c.at, c.type, c.actor, c.actor_name,
                                   c.internal, c.draft, c.workflow_id, c.data)
    UNION ALL
    SELECT r.id, r.seq, 'head'
    FROM request r LEFT JOIN request_event e ON e.request_id = r.id AND e.seq = r.seq
    WHERE e.digest IS DISTINCT FROM r.digest OR e.version IS DISTINCT FROM r.version
       OR EXISTS (SELECT FROM request_event l WHERE l.request_id = r.id AND l.seq > r.seq)
    UNION ALL
    SELECT e.request_id, e.seq, 'head'
    FROM request_event e WHERE e.seq = 1 AND NOT EXISTS (SELECT FROM request r WHERE r.id = e.request_id)
    ORDER BY 1, 2;
    PERFORM set_config('oam.worker', '', true);
END $$;

ALTER FUNCTION oam.event_chain_faults() OWNER TO oam_owner;

CREATE FUNCTION oam.event_digest(previous bytea, request_id bigint, seq integer, version integer, body_id bigint, at timestamp with time zone, type text, actor text, actor_name text, internal boolean, draft boolean, workflow_id bigint, data jsonb) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
BEGIN
    RETURN sha256($1 || convert_to(concat_ws(E'\x1f', $2, $3, $4, $5, (extract(epoch FROM $6) * 1000000)::bigint, $7, $8, $9,
                                             CASE WHEN $10 THEN 'true' WHEN NOT $10 THEN 'false' END,
                                             CASE WHEN $11 THEN 'true' WHEN NOT $11 THEN 'false' END, $12, $13), 'UTF8'));
END $_$;

ALTER FUNCTION oam.event_digest(previous bytea, request_id bigint, seq integer, version integer, body_id bigint, at timestamp with time zone, type text, actor text, actor_name text, internal boolean, draft boolean, workflow_id bigint, data jsonb) OWNER TO oam_owner;

CREATE TABLE oam.request_event (
    id bigint NOT NULL,
    request_id bigint NOT NULL,
    seq integer NOT NULL,
    version integer NOT NULL,
    body_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    type text NOT NULL,
    actor text NOT NULL,
    actor_name text NOT NULL,
    internal boolean DEFAULT false NOT NULL,
    draft boolean DEFAULT false NOT NULL,
    workflow_id bigint NOT NULL,
    data jsonb NOT NULL,
    previous bytea NOT NULL,
    digest bytea NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL
);

ALTER TABLE ONLY oam.request_event FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.request_event OWNER TO oam_owner;

CREATE FUNCTION oam.event_is_whole(e oam.request_event) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
BEGIN
    RETURN e.version >= 1
        AND e.seq >= e.version
        AND length(e.previous) = 32
        AND jsonb_typeof(e.data) = 'object'
        AND e.type ~ '^request\.[a-z_]+$'
        AND e.digest = oam.event_digest(e.previous, e.request_id, e.seq, e.version, e.body_id, e.at, e.type, e.actor, e.actor_name,
                                        e.internal, e.draft, e.workflow_id, e.data);
END $_$;

ALTER FUNCTION oam.event_is_whole(e oam.request_event) OWNER TO oam_owner;

CREATE FUNCTION oam.event_relay() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
DECLARE
    relay event_relay_state%ROWTYPE;
    next_horizon xid8;
    added bigint;
BEGIN
    PERFORM set_config('oam.worker', '1', true);
    -- Nothing since the horizon: no lock, no transaction number, nothing written. This is what an idle night is made of.
    IF (SELECT max(xid) FROM request_event) >= (SELECT horizon FROM event_relay_state) THEN
        SELECT * INTO relay FROM event_relay_state FOR UPDATE SKIP LOCKED;
    END IF;
    IF relay IS NULL THEN
        PERFORM set_config('oam.worker', '', true);
        RETURN NULL;
    END IF;
    next_horizon := pg_snapshot_xmin(pg_current_snapshot());
    INSERT INTO event_feed (position, event_id, request_id, body_id, internal, draft)
    SELECT relay.position + row_number() OVER (ORDER BY e.id + 0), e.id, e.request_id, e.body_id, e.internal, e.draft
    FROM request_event e
    WHERE e.xid >= relay.horizon AND NOT EXISTS (SELECT FROM event_feed f WHERE f.event_id = e.id)
    ORDER BY e.id + 0 LIMIT 5000; -- not by the index on id, which has the whole history before what is new
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added > 0 OR next_horizon > relay.horizon THEN
        UPDATE event_relay_state SET position = relay.position + added,
            -- A full batch may have left some behind: the horizon waits for them.
            horizon = CASE WHEN added < 5000 THEN next_horizon ELSE relay.horizon END;
    END IF;
    PERFORM set_config('oam.worker', '', true);
    RETURN relay.position + added;
END $$;

ALTER FUNCTION oam.event_relay() OWNER TO oam_owner;

CREATE FUNCTION oam.event_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT oam.event_is_whole(NEW) THEN
        RAISE EXCEPTION 'event % would not be whole', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = 'oam', TABLE = 'request_event', CONSTRAINT = 'request_event_whole';
    END IF;
    RETURN NEW;
END $$;

ALTER FUNCTION oam.event_stays() OWNER TO oam_owner;

CREATE FUNCTION oam.execution_view(p_request_id bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION oam.execution_view(p_request_id bigint) OWNER TO oam_owner;

CREATE FUNCTION oam.holiday_note() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    changes jsonb;
    made integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT jsonb_agg(jsonb_build_object('day', day, 'scope', scope, 'body_id', body_id,
            'after', jsonb_build_object('name_ca', name_ca, 'name_es', name_es, 'lifted', lifted))) INTO changes FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT jsonb_agg(jsonb_build_object('day', day, 'scope', scope, 'body_id', body_id,
            'before', jsonb_build_object('name_ca', name_ca, 'name_es', name_es, 'lifted', lifted))) INTO changes FROM old_rows;
    ELSIF TG_OP = 'TRUNCATE' THEN
        SELECT jsonb_agg(jsonb_build_object('day', day, 'scope', scope, 'body_id', body_id,
            'before', jsonb_build_object('name_ca', name_ca, 'name_es', name_es, 'lifted', lifted))) INTO changes FROM holiday;
    ELSE
        SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('day', s.day, 'scope', s.scope, 'body_id', s.body_id, 'before', s.before,
                                                              'after', s.after))) INTO changes
        FROM (SELECT day, scope, body_id, max(side.rests::text) FILTER (WHERE NOT side.is_new)::jsonb AS before,
                     max(side.rests::text) FILTER (WHERE side.is_new)::jsonb AS after
              FROM (SELECT day, scope, body_id, false AS is_new,
                           jsonb_build_object('name_ca', name_ca, 'name_es', name_es, 'lifted', lifted) AS rests FROM old_rows
                    UNION ALL
                    SELECT day, scope, body_id, true, jsonb_build_object('name_ca', name_ca, 'name_es', name_es, 'lifted', lifted)
                    FROM new_rows) side
              GROUP BY day, scope, body_id) s
        WHERE s.before IS DISTINCT FROM s.after;
    END IF;
    IF changes IS NULL THEN
        RETURN NULL;
    END IF;
    made := calendar_revise();
    INSERT INTO holiday_change (revision, day, scope, body_id, before, after)
    SELECT made, c.day, c.scope, c.body_id, c.before, c.after
    FROM jsonb_to_recordset(changes) AS c (day date, scope text, body_id bigint, before jsonb, after jsonb)
    ON CONFLICT (revision, scope, body_id, day) DO UPDATE SET after = EXCLUDED.after; -- twice in one revision: from the first to the last
    PERFORM calendar_touch(made, changes);
    RETURN NULL;
END $$;

ALTER FUNCTION oam.holiday_note() OWNER TO oam_owner;

CREATE FUNCTION oam.idempotency_purge(before timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    purged bigint;
BEGIN
    PERFORM set_config('oam.worker', '1', true);
    DELETE FROM idempotency_key WHERE created_at < least(before, now() - interval '24 hours');
    GET DIAGNOSTICS purged = ROW_COUNT;
    PERFORM set_config('oam.worker', '', true);
    RETURN purged;
END $$;

ALTER FUNCTION oam.idempotency_purge(before timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.incident_decide(p_uid uuid, p_version integer, p_action text, p_patch jsonb, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    old incident%ROWTYPE;
BEGIN
    PERFORM FROM request WHERE id = (SELECT request_id FROM incident WHERE uid = p_uid) FOR UPDATE;
    SELECT * INTO old FROM incident WHERE uid = p_uid FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    IF old.version <> p_version THEN
        RAISE EXCEPTION 'incident % is no longer at version %', p_uid, p_version USING ERRCODE = 'OA412';
    END IF;
    IF old.state <> 'open' OR (p_action IN ('patch', 'propose') AND old.kind <> 'effect') OR (p_action = 'patch' AND old.patch IS NULL) THEN
        RAISE EXCEPTION 'incident % cannot be decided so', p_uid USING ERRCODE = 'OA409';
    END IF;
    IF p_action = 'patch' AND old.proposed_by = p_actor THEN
        RAISE EXCEPTION 'incident % needs another person', p_uid USING ERRCODE = 'OA403';
    END IF;
    IF p_action = 'propose' THEN
        UPDATE incident SET patch = p_patch, proposed_by = p_actor, proposed_by_name = p_actor_name, proposed_at = p_now,
            reason = p_reason, version = version + 1 WHERE id = old.id;
    ELSE
        UPDATE incident SET state = CASE p_action WHEN 'retry' THEN 'retried' WHEN 'skip' THEN 'skipped' ELSE 'patched' END,
            reason = coalesce(p_reason, reason), decided_by = p_actor, decided_by_name = p_actor_name, decided_at = p_now,
            version = version + 1 WHERE id = old.id;
    END IF;
    IF p_action IN ('retry', 'patch') AND old.kind = 'effect' THEN
        -- The same key: who has received it before has it once.
        INSERT INTO outbox (id, request_id, body_id, seq, ordinal, kind, payload, undo, undoes, created_at, wake)
        OVERRIDING SYSTEM VALUE
        VALUES (old.outbox_id, old.request_id, old.body_id, old.seq, old.ordinal, old.subject,
                CASE p_action WHEN 'patch' THEN old.patch ELSE old.payload END, old.undo, old.undoes, old.created_at, clock_timestamp());
    ELSIF p_action = 'retry' THEN
        -- Unless the request has set it anew or ended meanwhile.
        INSERT INTO request_timer (request_id, timer, generation, due, wake)
        SELECT old.request_id, old.subject, old.generation, old.due, old.due FROM request r
        WHERE r.id = old.request_id AND r.closed_at IS NULL ON CONFLICT DO NOTHING;
    ELSIF p_action = 'skip' AND old.kind = 'effect' THEN
        DELETE FROM outbox WHERE undoes = old.outbox_id; -- what was not done need not be taken back
    END IF;
    PERFORM request_remark(old.request_id,
        'request.incident_' || CASE p_action WHEN 'retry' THEN 'retried' WHEN 'skip' THEN 'skipped' WHEN 'patch' THEN 'patched'
                               ELSE 'patch_proposed' END,
        jsonb_strip_nulls(jsonb_build_object('incident', p_uid, old.kind, old.subject, 'reason', p_reason, 'patch', p_patch)),
        p_actor, p_actor_name, p_now);
    RETURN old.version + 1;
END $$;

ALTER FUNCTION oam.incident_decide(p_uid uuid, p_version integer, p_action text, p_patch jsonb, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.local_day(at timestamp with time zone) RETURNS date
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT (at AT TIME ZONE 'Europe/Madrid')::date $$;

ALTER FUNCTION oam.local_day(at timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.mail_letters(p_ids bigint[]) RETURNS TABLE(id bigint, address text, language text, ref text, title text, workflow_id bigint, state text, reminder boolean, role text, payload jsonb, at timestamp with time zone, timer text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('oam.worker', '1', true);
    RETURN QUERY
    SELECT o.id, coalesce(o.payload ->> 'address', u.email, CASE WHEN o.payload -> 'user' IS NULL THEN b.email END) AS address,
           coalesce(u.language, 'ca'), r.ref, r.title, e.workflow_id, coalesce(e.data ->> 'to', r.state),
           coalesce(e.data ? 'timer' AND e.data ->> 'from' = e.data ->> 'to', false), n.role,
           n.payload, n.at, CASE WHEN e.data ? 'timer' THEN e.data ->> 'event' END
    FROM outbox o JOIN notification n ON n.id = (o.payload ->> 'notification')::bigint JOIN request r ON r.id = o.request_id
    JOIN request_event e ON e.request_id = n.request_id AND e.seq = n.seq JOIN body b ON b.id = o.body_id
    LEFT JOIN user_account u ON u.id = (o.payload ->> 'user')::bigint AND u.active
    WHERE o.id = ANY (p_ids)
        AND coalesce(o.payload ->> 'address', u.email, CASE WHEN o.payload -> 'user' IS NULL THEN b.email END) IS NOT NULL;
    PERFORM set_config('oam.worker', '', true);
END $$;

ALTER FUNCTION oam.mail_letters(p_ids bigint[]) OWNER TO oam_owner;

CREATE FUNCTION oam.migration_advance(p_id bigint, p_reach bigint, p_moved integer, p_now timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    over boolean;
BEGIN
    IF p_reach IS NOT NULL THEN
        UPDATE workflow_migration SET reach = p_reach, moved = moved + p_moved, passed = passed + p_moved WHERE id = p_id;
        RETURN false;
    END IF;
    SELECT passed = 0 AND NOT EXISTS (
        SELECT FROM request r WHERE r.workflow_id = m.from_id AND r.closed_at IS NULL
            AND NOT EXISTS (SELECT FROM workflow_migration_left l WHERE l.migration_id = m.id AND l.request_id = r.id))
    INTO over FROM workflow_migration m WHERE id = p_id;
    UPDATE workflow_migration SET reach = 0, passed = 0, done_at = CASE WHEN over THEN p_now END WHERE id = p_id;
    RETURN over;
END $$;

ALTER FUNCTION oam.migration_advance(p_id bigint, p_reach bigint, p_moved integer, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.migration_claim(p_now timestamp with time zone) RETURNS TABLE(id bigint, uid uuid, from_id bigint, to_id bigint, change text, map text, reason text)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT m.id, m.uid, m.from_id, m.to_id, m.change, m.map, m.reason FROM workflow_migration m
    WHERE m.done_at IS NULL AND m.not_before <= p_now ORDER BY m.id LIMIT 1 FOR UPDATE SKIP LOCKED
$$;

ALTER FUNCTION oam.migration_claim(p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.migration_leave(p_id bigint, p_request_id bigint, p_why text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO workflow_migration_left (migration_id, request_id, why) VALUES (p_id, p_request_id, p_why)
    ON CONFLICT (migration_id, request_id) DO UPDATE SET why = excluded.why
$$;

ALTER FUNCTION oam.migration_leave(p_id bigint, p_request_id bigint, p_why text) OWNER TO oam_owner;

CREATE FUNCTION oam.migration_requests(p_id bigint, p_limit integer) RETURNS SETOF bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT r.id FROM request r JOIN workflow_migration m ON m.id = p_id
    WHERE r.workflow_id = m.from_id AND r.closed_at IS NULL AND r.id > m.reach
      AND NOT EXISTS (SELECT FROM workflow_migration_left l WHERE l.migration_id = m.id AND l.request_id = r.id)
    ORDER BY r.id LIMIT p_limit FOR UPDATE OF r SKIP LOCKED
$$;

ALTER FUNCTION oam.migration_requests(p_id bigint, p_limit integer) OWNER TO oam_owner;

CREATE FUNCTION oam.migration_start(p_from_id bigint, p_to_id bigint, p_change text, p_map text, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone, p_not_before timestamp with time zone) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO workflow_migration (from_id, to_id, change, map, reason, started_by, started_by_name, started_at, not_before)
    VALUES (p_from_id, p_to_id, p_change, p_map, p_reason, p_actor, p_actor_name, p_now, p_not_before)
    RETURNING uid
$$;

ALTER FUNCTION oam.migration_start(p_from_id bigint, p_to_id bigint, p_change text, p_map text, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone, p_not_before timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.milestone_set(p_request_id bigint, p_uid uuid, p_key text, p_add boolean, p_milestone jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS TABLE(version integer, broken text[], view jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    held request := action_hold(p_request_id);
    a action%ROWTYPE;
    m milestone%ROWTYPE;
    kind text := CASE WHEN p_add THEN 'request.milestone_added' ELSE 'request.milestone_changed' END;
BEGIN
    SELECT * INTO a FROM action WHERE uid = p_uid AND request_id = p_request_id;
    SELECT * INTO m FROM milestone WHERE action_id = a.id AND key = p_key;
    IF a.id IS NULL OR (m.key IS NULL AND NOT p_add) THEN
        RETURN;
    END IF;
    IF p_add AND (m.key IS NOT NULL OR (SELECT count(*) FROM milestone WHERE action_id = a.id) >= 24) THEN
        RETURN QUERY SELECT held.version, ARRAY[CASE WHEN m.key IS NULL THEN 'too_many_milestones' ELSE 'milestone_exists' END], NULL::jsonb;
        RETURN;
    END IF;
    IF p_add THEN
        INSERT INTO milestone (action_id, ordinal, key, title, weight, planned_on)
        SELECT a.id, coalesce(max(ordinal), 0) + 1, p_key, p_milestone ->> 'title', (p_milestone ->> 'weight')::integer,
               (p_milestone ->> 'planned_on')::date
        FROM milestone WHERE action_id = a.id;
    ELSE
        IF m.reached_on IS NULL AND p_milestone ->> 'reached_on' IS NOT NULL THEN kind := 'request.milestone_reached'; END IF;
        UPDATE milestone SET title = coalesce(p_milestone ->> 'title', m.title), weight = coalesce((p_milestone ->> 'weight')::integer, m.weight),
            planned_on = CASE WHEN p_milestone ? 'planned_on' THEN (p_milestone ->> 'planned_on')::date ELSE m.planned_on END,
            reached_on = CASE WHEN p_milestone ? 'reached_on' THEN (p_milestone ->> 'reached_on')::date ELSE m.reached_on END
        WHERE action_id = a.id AND key = p_key;
    END IF;
    view := action_view(a);
    version := action_tell(held, kind, jsonb_build_object('action', p_uid, 'milestone', p_key, 'data', view), p_actor, p_actor_name, p_now);
    RETURN NEXT;
END $$;

ALTER FUNCTION oam.milestone_set(p_request_id bigint, p_uid uuid, p_key text, p_add boolean, p_milestone jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.money_view(requested numeric, granted numeric, committed numeric, advanced numeric, justified numeric, paid numeric, returned numeric) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $_$
    SELECT jsonb_build_object('requested', coalesce($1, 0)::numeric(20, 2)::text, 'granted', coalesce($2, 0)::numeric(20, 2)::text,
        'committed', coalesce($3, 0)::numeric(20, 2)::text, 'advanced', coalesce($4, 0)::numeric(20, 2)::text,
        'justified', coalesce($5, 0)::numeric(20, 2)::text, 'paid', coalesce($6, 0)::numeric(20, 2)::text,
        'returned', coalesce($7, 0)::numeric(20, 2)::text)
$_$;

ALTER FUNCTION oam.money_view(requested numeric, granted numeric, committed numeric, advanced numeric, justified numeric, paid numeric, returned numeric) OWNER TO oam_owner;

CREATE FUNCTION oam.next_number(kind text, year integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    number bigint := nextval(format('oam.%I', kind || '_number_' || year)::regclass);
BEGIN
    RETURN CASE kind WHEN 'request' THEN 'OAM-' ELSE 'E-' END || year || '-'
        || CASE WHEN number < 1000000 THEN lpad(number::text, 6, '0') ELSE number::text END;
END $$;

ALTER FUNCTION oam.next_number(kind text, year integer) OWNER TO oam_owner;

CREATE FUNCTION oam.open311_key_give(p_body_id bigint, p_client text, p_hash bytea, p_by text, p_now timestamp with time zone) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    WITH given AS (
        INSERT INTO open311_key (body_id, client_id, hash, given_by, given_at)
        SELECT e.body_id, c.id, p_hash, p_by, p_now FROM open311_endpoint e, api_client c
        WHERE e.body_id = p_body_id AND c.client_id = p_client AND c.active AND scope_staff()
          AND (c.all_bodies OR EXISTS (SELECT FROM api_client_body b WHERE b.client_id = c.id AND b.body_id = p_body_id))
        ON CONFLICT (body_id, client_id) DO UPDATE SET hash = excluded.hash, given_by = excluded.given_by, given_at = excluded.given_at
        RETURNING 1)
    SELECT EXISTS (SELECT FROM given)
$$;

ALTER FUNCTION oam.open311_key_give(p_body_id bigint, p_client text, p_hash bytea, p_by text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.open311_key_take(p_body_id bigint, p_client text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    WITH gone AS (DELETE FROM open311_key k USING api_client c
                  WHERE k.body_id = p_body_id AND c.id = k.client_id AND c.client_id = p_client AND scope_staff()
                  RETURNING 1)
    SELECT EXISTS (SELECT FROM gone)
$$;

ALTER FUNCTION oam.open311_key_take(p_body_id bigint, p_client text) OWNER TO oam_owner;

CREATE FUNCTION oam.open311_publish(p_body_id bigint, p_contact text, p_texts boolean, p_services bigint[], p_by text, p_now timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO open311_endpoint (body_id, contact, publishes_texts, changed_by, changed_at)
    SELECT p_body_id, p_contact, p_texts, p_by, p_now WHERE scope_staff()
    ON CONFLICT (body_id) DO UPDATE SET contact = excluded.contact, publishes_texts = excluded.publishes_texts,
        changed_by = excluded.changed_by, changed_at = excluded.changed_at;
    DELETE FROM open311_service WHERE body_id = p_body_id AND service_id <> ALL (p_services) AND scope_staff();
    INSERT INTO open311_service (body_id, service_id) SELECT p_body_id, unnest(p_services) WHERE scope_staff() ON CONFLICT DO NOTHING
$$;

ALTER FUNCTION oam.open311_publish(p_body_id bigint, p_contact text, p_texts boolean, p_services bigint[], p_by text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.open311_report_add(p_ref text, p_latitude numeric, p_longitude numeric, p_address text, p_address_id text, p_media_url text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO open311_report (request_id, body_id, latitude, longitude, address, address_id, media_url)
    SELECT id, body_id, p_latitude, p_longitude, p_address, p_address_id, p_media_url FROM request WHERE ref = p_ref
$$;

ALTER FUNCTION oam.open311_report_add(p_ref text, p_latitude numeric, p_longitude numeric, p_address text, p_address_id text, p_media_url text) OWNER TO oam_owner;

CREATE FUNCTION oam.open311_update_add(p_update_id text, p_request_id bigint, p_uid uuid, p_status text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    of_body bigint := (SELECT body_id FROM request WHERE id = p_request_id);
BEGIN
    INSERT INTO open311_update (principal, body_id, update_id, request_id, uid, status)
    VALUES (scope_principal(), of_body, p_update_id, p_request_id, p_uid, p_status) ON CONFLICT DO NOTHING;
    RETURN (SELECT uid FROM open311_update
            WHERE principal = scope_principal() AND body_id = of_body AND update_id = p_update_id AND request_id = p_request_id);
END $$;

ALTER FUNCTION oam.open311_update_add(p_update_id text, p_request_id bigint, p_uid uuid, p_status text) OWNER TO oam_owner;

CREATE FUNCTION oam.open311_withdraw(p_body_id bigint) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    WITH gone AS (DELETE FROM open311_endpoint WHERE body_id = p_body_id AND scope_staff() RETURNING 1) SELECT EXISTS (SELECT FROM gone)
$$;

ALTER FUNCTION oam.open311_withdraw(p_body_id bigint) OWNER TO oam_owner;

CREATE FUNCTION oam.outbox_claim(p_kinds text[], p_limit integer, p_lease interval) RETURNS TABLE(id bigint, ref text, seq integer, ordinal integer, kind text, payload jsonb, lease integer, tries integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    UPDATE outbox o SET lease = o.lease + 1, tries = o.tries + 1, wake = clock_timestamp() + p_lease
    FROM (SELECT q.id FROM outbox q WHERE q.wake <= clock_timestamp() AND q.kind = ANY (p_kinds)
            AND NOT EXISTS (SELECT FROM outbox b WHERE b.id = q.undoes)
            AND NOT EXISTS (SELECT FROM incident i WHERE i.outbox_id = q.undoes AND i.state = 'open')
          ORDER BY q.wake, q.id LIMIT p_limit FOR UPDATE SKIP LOCKED) c, request r
    WHERE o.id = c.id AND r.id = o.request_id
    RETURNING o.id, r.ref, o.seq, o.ordinal, o.kind, o.payload, o.lease, o.tries
$$;

ALTER FUNCTION oam.outbox_claim(p_kinds text[], p_limit integer, p_lease interval) OWNER TO oam_owner;

CREATE FUNCTION oam.outbox_done(p_id bigint, p_answer jsonb, p_now timestamp with time zone) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    WITH done AS (DELETE FROM outbox WHERE id = p_id RETURNING *),
    kept AS (
        INSERT INTO effect (id, request_id, body_id, seq, ordinal, kind, payload, undo, undone, done_at, answer)
        SELECT id, request_id, body_id, seq, ordinal, kind, payload, undo,
               EXISTS (SELECT FROM outbox u WHERE u.undoes = done.id), p_now, p_answer FROM done)
    SELECT EXISTS (SELECT FROM done)
$$;

ALTER FUNCTION oam.outbox_done(p_id bigint, p_answer jsonb, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.outbox_failed(p_id bigint, p_lease integer, p_error text, p_backoff interval, p_tries_max integer, p_now timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    failed outbox%ROWTYPE;
BEGIN
    -- The request's row first, as every step does: the incident is an event of it.
    PERFORM FROM request WHERE id = (SELECT request_id FROM outbox WHERE id = p_id AND tries >= p_tries_max) FOR UPDATE;
    SELECT * INTO failed FROM outbox WHERE id = p_id AND lease = p_lease FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    IF failed.tries < p_tries_max THEN
        UPDATE outbox SET wake = clock_timestamp() + p_backoff, last_error = p_error WHERE id = p_id;
        RETURN true;
    END IF;
    DELETE FROM outbox WHERE id = p_id;
    INSERT INTO incident (request_id, body_id, kind, subject, outbox_id, seq, ordinal, payload, undo, undoes, created_at, tries,
                          error, opened_at)
    VALUES (failed.request_id, failed.body_id, 'effect', failed.kind, p_id, failed.seq, failed.ordinal, failed.payload,
            failed.undo, failed.undoes, failed.created_at, failed.tries, p_error, p_now);
    PERFORM request_remark(failed.request_id, 'request.incident_opened',
                           jsonb_build_object('effect', failed.kind, 'key', failed.seq || ':' || failed.ordinal, 'error', p_error),
                           'system', 'system', p_now);
    RETURN true;
END $$;

ALTER FUNCTION oam.outbox_failed(p_id bigint, p_lease integer, p_error text, p_backoff interval, p_tries_max integer, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.outbox_settle(p_outside text[], p_limit integer, p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
DECLARE
    settled integer;
BEGIN
    WITH taken AS (
        DELETE FROM outbox o WHERE o.ctid = ANY (ARRAY(
            SELECT q.ctid FROM outbox q WHERE q.wake <= clock_timestamp() AND q.kind <> ALL (p_outside) AND q.kind <> 'email'
                AND (q.undoes IS NULL OR NOT (EXISTS (SELECT FROM outbox b WHERE b.id = q.undoes)
                    OR EXISTS (SELECT FROM incident i WHERE i.outbox_id = q.undoes AND i.state = 'open')))
            ORDER BY q.wake, q.id LIMIT p_limit FOR UPDATE SKIP LOCKED))
        RETURNING o.*),
    told AS (
        INSERT INTO notification (id, request_id, body_id, seq, ordinal, internal, role, payload, at)
        SELECT id, request_id, body_id, seq, ordinal, coalesce((payload ->> 'internal')::boolean, true), payload ->> 'to',
               payload - 'to' - 'internal', p_now
        FROM taken WHERE kind = 'notify'),
    electronic AS (
        SELECT t.id, t.request_id, t.body_id, t.seq, t.ordinal, u.id AS user_id
        FROM taken t
        LEFT JOIN LATERAL (
            SELECT DISTINCT u.id FROM membership m JOIN user_account u ON u.id = m.user_id
            WHERE (m.body_id = coalesce((t.payload ->> 'body')::bigint, t.body_id) OR (t.payload ->> 'body' IS NULL AND EXISTS (
                    SELECT FROM request_body b WHERE b.request_id = t.request_id AND b.body_id = m.body_id)))
                AND (t.payload ->> 'team' IS NULL OR m.role = t.payload ->> 'team') AND u.active
                AND u.email IS NOT NULL AND (p_now AT TIME ZONE 'Europe/Madrid')::date BETWEEN m.valid_from AND coalesce(m.valid_to, 'infinity')
            ORDER BY u.id LIMIT 1000) u ON true
        WHERE t.kind = 'notify' AND 'email' = ANY (p_outside) AND (t.payload ->> 'electronic')::boolean
            AND NOT (t.payload ->> 'internal')::boolean
            AND (u.id IS NOT NULL OR EXISTS (SELECT FROM body b WHERE b.id = t.body_id AND b.email IS NOT NULL))),
    posted AS (
        INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, created_at, wake)
        SELECT request_id, body_id, seq, 1000 * (1 + ordinal) + row_number() OVER (PARTITION BY id ORDER BY user_id) - 1, 'email',
               jsonb_strip_nulls(jsonb_build_object('notification', id, 'user', user_id)), p_now, clock_timestamp()
        FROM electronic),
    recorded AS (
        INSERT INTO effect (id, request_id, body_id, seq, ordinal, kind, payload, undo, done_at)
        SELECT id, request_id, body_id, seq, ordinal, kind, payload, undo, p_now FROM taken WHERE kind <> 'notify')
    SELECT count(*) INTO settled FROM taken;
    RETURN settled;
END $$;

ALTER FUNCTION oam.outbox_settle(p_outside text[], p_limit integer, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.panel_seat_all(p_code text, p_version integer, p_seats jsonb, p_by text, p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    seated panel%ROWTYPE;
BEGIN
    UPDATE panel SET version = version + 1, changed_by = p_by, changed_at = p_now WHERE code = p_code AND version = p_version
    RETURNING * INTO seated;
    IF NOT FOUND THEN
        RETURN (SELECT -version FROM panel WHERE code = p_code);
    END IF;
    DELETE FROM panel_seat WHERE panel_id = seated.id;
    INSERT INTO panel_seat (panel_id, place, user_id, substitute_id, chair, away_from, away_to, conflicts)
    SELECT seated.id, s.ordinality, (SELECT id FROM user_account WHERE login = s.seat ->> 'login'),
           (SELECT id FROM user_account WHERE login = s.seat ->> 'substitute'), (s.seat ->> 'chair')::boolean,
           (s.seat ->> 'away_from')::date, (s.seat ->> 'away_to')::date,
           ARRAY(SELECT b.id FROM jsonb_array_elements_text(s.seat -> 'conflicts') AS c (code) JOIN body b USING (code) ORDER BY b.id)
    FROM jsonb_array_elements(p_seats) WITH ORDINALITY AS s (seat, ordinality);
    RETURN seated.version;
END $$;

ALTER FUNCTION oam.panel_seat_all(p_code text, p_version integer, p_seats jsonb, p_by text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.person_access() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    people bigint[];
BEGIN
    IF TG_TABLE_NAME = 'user_account' THEN
        people := ARRAY[NEW.id];
    ELSE
        people := ARRAY[OLD.user_id, NEW.user_id];
    END IF;
    INSERT INTO person_access AS own (user_id, revision)
    SELECT p.id, access_next() FROM (SELECT DISTINCT unnest(people) AS id) p
    WHERE p.id IS NOT NULL AND (TG_OP <> 'INSERT' OR EXISTS (SELECT FROM session s WHERE s.user_id = p.id))
    ON CONFLICT (user_id) DO UPDATE SET revision = excluded.revision;
    RETURN NULL;
END $$;

ALTER FUNCTION oam.person_access() OWNER TO oam_owner;

CREATE FUNCTION oam.recount_claim(p_revision integer, p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
DECLARE
    ids bigint[];
BEGIN
    PERFORM set_config('oam.claimed', '{}', true);
    IF NOT EXISTS (SELECT FROM clock_recount WHERE revision <= p_revision) THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(calendar_key()), set_config('oam.worker', '1', true);
    SELECT array_agg(l.id) INTO ids
    FROM (SELECT r.id FROM request r WHERE r.id IN (SELECT q.request_id FROM clock_recount q WHERE q.revision <= p_revision)
          ORDER BY r.id LIMIT p_limit FOR UPDATE SKIP LOCKED) l;
    PERFORM set_config('oam.claimed', coalesce(ids, '{}')::text, true), set_config('oam.worker', '', true);
    RETURN coalesce(cardinality(ids), 0);
END $$;

ALTER FUNCTION oam.recount_claim(p_revision integer, p_limit integer) OWNER TO oam_owner;

CREATE FUNCTION oam.recount_done(p_request_ids bigint[], p_revision integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    DELETE FROM clock_recount WHERE request_id = ANY (p_request_ids) AND revision <= p_revision
$$;

ALTER FUNCTION oam.recount_done(p_request_ids bigint[], p_revision integer) OWNER TO oam_owner;

CREATE FUNCTION oam.request_create(p_ref text, p_body_id bigint, p_comarca_code text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_state text, p_phase text, p_outcome text, p_title text, p_description text, p_data jsonb, p_channel text, p_assignee_id bigint, p_register_number text, p_external_ref text, p_supports integer, p_place text, p_synthetic boolean, p_actor text, p_actor_name text, p_now timestamp with time zone, p_submitted_at timestamp with time zone, p_updated_at timestamp with time zone, p_closed_at timestamp with time zone, p_types text[], p_events jsonb[], p_draft boolean[], p_engine bytea, p_due_at timestamp with time zone, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    new_id bigint := nextval('request_id_seq');
    events integer := cardinality(p_types);
    last_digest bytea;
BEGIN
    last_digest := event_append(new_id, p_body_id, p_workflow_id, 0, 0, decode(repeat('00', 32), 'hex'), p_now, p_types,
                                p_events, p_actor, p_actor_name, false, p_draft);
    INSERT INTO request (id, ref, body_id, comarca_code, service_id, unit_id, workflow_id, state, phase, outcome, version, seq,
        digest, title, description, data, channel, assignee_id, register_number, registered_at, filed_by, external_ref,
        supports, place, synthetic, created_by, created_at, submitted_at, updated_at, closed_at, engine, due_at, due)
    OVERRIDING SYSTEM VALUE
    VALUES (new_id, p_ref, p_body_id, p_comarca_code, p_service_id, p_unit_id, p_workflow_id, p_state, p_phase, p_outcome,
        events, events, last_digest, p_title, p_description, p_data, p_channel, p_assignee_id, p_register_number,
        CASE WHEN p_register_number IS NOT NULL THEN p_now END, p_actor, p_external_ref, p_supports, p_place, p_synthetic,
        p_actor_name, p_now, p_submitted_at, coalesce(p_updated_at, p_now), p_closed_at, p_engine, p_due_at, p_due);
    IF p_timers IS NOT NULL OR p_clocks IS NOT NULL OR p_outbox IS NOT NULL THEN
        PERFORM request_follow(new_id, p_body_id, events, p_now, p_phase = 'end', p_timers, p_clocks, p_outbox);
    END IF;
    RETURN new_id;
END $$;

ALTER FUNCTION oam.request_create(p_ref text, p_body_id bigint, p_comarca_code text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_state text, p_phase text, p_outcome text, p_title text, p_description text, p_data jsonb, p_channel text, p_assignee_id bigint, p_register_number text, p_external_ref text, p_supports integer, p_place text, p_synthetic boolean, p_actor text, p_actor_name text, p_now timestamp with time zone, p_submitted_at timestamp with time zone, p_updated_at timestamp with time zone, p_closed_at timestamp with time zone, p_types text[], p_events jsonb[], p_draft boolean[], p_engine bytea, p_due_at timestamp with time zone, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb) OWNER TO oam_owner;

CREATE FUNCTION oam.request_follow(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamp with time zone, p_over boolean, p_timers jsonb, p_clocks jsonb, p_outbox jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    item jsonb;
    at timestamptz;
    gone text[] := '{}';
    counted_by integer;
    current integer;
BEGIN
    IF p_over THEN -- whatever was decided: nothing waits for a request that has ended
        DELETE FROM oam.request_timer WHERE request_id = p_id;
        DELETE FROM oam.request_clock WHERE request_id = p_id;
    ELSIF p_timers IS NOT NULL OR p_clocks IS NOT NULL THEN
        IF jsonb_path_exists(p_timers, '$[*].due') OR jsonb_path_exists(p_clocks, '$[*].due') THEN
            PERFORM pg_advisory_xact_lock_shared(oam.calendar_key());
            current := oam.calendar_now();
            counted_by := current;
        END IF;
        FOR i IN 0..coalesce(jsonb_array_length(p_timers), 0) - 1 LOOP
            item := p_timers -> i;
            at := (item ->> 'due')::timestamptz;
            IF at IS NULL THEN
                gone := gone || (item ->> 'timer');
            ELSE
                gone := array_remove(gone, item ->> 'timer');
                INSERT INTO oam.request_timer (request_id, timer, generation, due, wake, since)
                VALUES (p_id, item ->> 'timer', p_seq, at, at, (item ->> 'since')::timestamptz)
                ON CONFLICT (request_id, timer) DO UPDATE
                SET generation = EXCLUDED.generation, due = EXCLUDED.due, wake = EXCLUDED.wake, since = EXCLUDED.since, tries = 0,
                    last_error = NULL;
                counted_by := least(counted_by, coalesce((item ->> 'calendar')::integer, 0));
            END IF;
        END LOOP;
        IF gone <> '{}' THEN
            DELETE FROM oam.request_timer WHERE request_id = p_id AND timer = ANY (gone);
            gone := '{}';
        END IF;
        FOR i IN 0..coalesce(jsonb_array_length(p_clocks), 0) - 1 LOOP
            item := p_clocks -> i;
            at := (item ->> 'due')::timestamptz;
            IF at IS NULL THEN
                gone := gone || (item ->> 'clock');
            ELSE
                gone := array_remove(gone, item ->> 'clock');
                INSERT INTO oam.request_clock (request_id, clock, bodies, since, due, revision)
                VALUES (p_id, item ->> 'clock', translate(item ->> 'bodies', '[]', '{}')::bigint[], (item ->> 'since')::timestamptz, at,
                        coalesce((item ->> 'calendar')::integer, 0))
                ON CONFLICT (request_id, clock) DO UPDATE
                SET bodies = EXCLUDED.bodies, since = EXCLUDED.since, due = EXCLUDED.due, revision = EXCLUDED.revision;
                counted_by := least(counted_by, coalesce((item ->> 'calendar')::integer, 0));
            END IF;
        END LOOP;
        IF gone <> '{}' THEN
            DELETE FROM oam.request_clock WHERE request_id = p_id AND clock = ANY (gone);
        END IF;
        IF counted_by < current THEN
            INSERT INTO oam.clock_recount (request_id, revision) VALUES (p_id, current) ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    FOR i IN 0..coalesce(jsonb_array_length(p_outbox), 0) - 1 LOOP
        item := p_outbox -> i;
        INSERT INTO oam.outbox (request_id, body_id, seq, ordinal, kind, payload, undo, created_at, wake)
        VALUES (p_id, p_body_id, p_seq, (item ->> 'ordinal')::integer, item ->> 'kind', coalesce(item -> 'payload', '{}'), item ->> 'undo',
                p_now, clock_timestamp());
    END LOOP;
END $_$;

ALTER FUNCTION oam.request_follow(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamp with time zone, p_over boolean, p_timers jsonb, p_clocks jsonb, p_outbox jsonb) OWNER TO oam_owner;

CREATE FUNCTION oam.request_form() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    whole boolean;
BEGIN
    whole := length(NEW.title) BETWEEN 3 AND 250
        AND length(NEW.description) <= 20000
        AND NEW.channel IN ('web', 'phone', 'email', 'visit', 'mail', 'internal', 'api')
        AND (NEW.register_number IS NULL) = (NEW.registered_at IS NULL)
        AND NEW.effort_hours BETWEEN 0 AND 99999
        AND NEW.supports >= 0
        AND (NEW.external_ref IS NULL OR length(NEW.external_ref) BETWEEN 1 AND 100)
        AND (NEW.place IS NULL OR length(NEW.place) <= 200)
        AND NEW.ref ~ '^OAM-[0-9]{4}-[0-9]{6,9}$';
    IF NOT whole THEN
        RAISE EXCEPTION 'request % would not be whole', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = 'oam', TABLE = 'request', CONSTRAINT = 'request_whole';
    END IF;
    RETURN NEW;
END $_$;

ALTER FUNCTION oam.request_form() OWNER TO oam_owner;

CREATE FUNCTION oam.request_hold(p_ref text) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT seq FROM request WHERE ref = p_ref FOR UPDATE
$$;

ALTER FUNCTION oam.request_hold(p_ref text) OWNER TO oam_owner;

CREATE FUNCTION oam.request_join(p_ref text, p_joint boolean, p_adhered bigint[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    written request%ROWTYPE;
BEGIN
    SELECT * INTO written FROM request WHERE ref = p_ref;
    IF NOT EXISTS (SELECT FROM request_event e
                   WHERE e.request_id = written.id AND e.seq = written.seq AND e.xid = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'no event of this transaction says who takes part in %', p_ref USING ERRCODE = 'OA412';
    END IF;
    UPDATE request SET joint = p_joint WHERE id = written.id AND joint <> p_joint;
    IF p_adhered IS NOT NULL THEN
        INSERT INTO request_body (request_id, body_id) SELECT written.id, adhered FROM unnest(p_adhered) AS adhered
        ON CONFLICT DO NOTHING;
        DELETE FROM request_body WHERE request_id = written.id AND body_id <> ALL (p_adhered);
    END IF;
END $$;

ALTER FUNCTION oam.request_join(p_ref text, p_joint boolean, p_adhered bigint[]) OWNER TO oam_owner;

CREATE FUNCTION oam.request_keep() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    whole boolean;
    handed boolean := NEW.assignee_id IS DISTINCT FROM OLD.assignee_id;
    was_open integer := 0;
    hours_before integer := 0;
    is_open integer := 0;
BEGIN
    whole := NEW.version BETWEEN 1 AND NEW.seq
        AND length(NEW.digest) = 32
        AND NEW.phase IN ('draft', 'intake', 'study', 'decision', 'waiting', 'execution', 'justification', 'end')
        AND CASE WHEN NEW.phase = 'end' THEN NEW.closed_at IS NOT NULL AND NEW.outcome IS NOT NULL
                 ELSE NEW.closed_at IS NULL AND NEW.outcome IS NULL END
        AND (NEW.submitted_at IS NOT NULL OR NEW.phase IN ('draft', 'end'))
        AND (NEW.closed_at IS NULL OR NEW.submitted_at IS NULL OR NEW.closed_at >= NEW.submitted_at)
        AND (NEW.due_at IS NULL OR NEW.due IS NOT NULL)
        AND jsonb_typeof(NEW.data) = 'object';
    IF NOT whole THEN
        RAISE EXCEPTION 'request % would not be whole', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = 'oam', TABLE = 'request', CONSTRAINT = 'request_whole';
    END IF;
    IF NEW.service_id IS DISTINCT FROM OLD.service_id OR NEW.data IS DISTINCT FROM OLD.data THEN
        NEW.effort_hours := coalesce(CASE WHEN jsonb_typeof(NEW.data -> 'estimated_hours') = 'number'
                AND NEW.data ->> 'estimated_hours' ~ '^[0-9]{1,5}$' THEN (NEW.data ->> 'estimated_hours')::integer END,
            (SELECT effort_hours FROM oam.service WHERE id = NEW.service_id));
    END IF;
    IF OLD.id IS NOT NULL THEN
        IF NOT handed THEN
            IF OLD.closed_at IS NOT DISTINCT FROM NEW.closed_at AND OLD.effort_hours = NEW.effort_hours THEN
                RETURN NEW;
            END IF;
        ELSIF NEW.owner_id IS NOT DISTINCT FROM OLD.owner_id THEN
            NEW.owner_id := NULL;
        END IF;
        was_open := (OLD.assignee_id IS NOT NULL AND OLD.closed_at IS NULL)::integer;
        hours_before := was_open * OLD.effort_hours;
    END IF;
    is_open := (NEW.assignee_id IS NOT NULL AND NEW.closed_at IS NULL)::integer;
    IF NOT handed THEN
        UPDATE oam.agent_load SET open_requests = open_requests + is_open - was_open,
            open_hours = open_hours + is_open * NEW.effort_hours - hours_before
        WHERE agent_id = NEW.assignee_id;
    ELSE
        IF OLD.assignee_id IS NOT NULL THEN
            -- In the order of agent ids, as every other taker of these rows.
            PERFORM FROM oam.agent_load WHERE agent_id IN (OLD.assignee_id, NEW.assignee_id) ORDER BY agent_id FOR UPDATE;
            UPDATE oam.agent_load SET open_requests = open_requests - was_open, open_hours = open_hours - hours_before
            WHERE agent_id = OLD.assignee_id;
        END IF;
        UPDATE oam.agent_load SET open_requests = open_requests + is_open, open_hours = open_hours + is_open * NEW.effort_hours,
            last_assigned_at = CASE WHEN OLD.id IS NULL THEN NEW.created_at ELSE NEW.updated_at END, turn = nextval('oam.assignment_turn')
        WHERE agent_id = NEW.assignee_id;
    END IF;
    IF OLD.id IS NOT NULL AND NEW.closed_at IS NOT NULL AND OLD.closed_at IS NULL AND NEW.assignee_id IS NOT NULL THEN
        INSERT INTO oam.referent (body_id, area_code, agent_id, at)
        SELECT NEW.body_id, service.area_code, coalesce(NEW.owner_id, NEW.assignee_id), NEW.closed_at
        FROM oam.service WHERE service.id = NEW.service_id
        ON CONFLICT (body_id, area_code) DO UPDATE SET agent_id = excluded.agent_id, at = excluded.at
        WHERE referent.at <= excluded.at;
    END IF;
    RETURN NEW;
END $_$;

ALTER FUNCTION oam.request_keep() OWNER TO oam_owner;

CREATE FUNCTION oam.request_remark(p_id bigint, p_type text, p_data jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    old request%ROWTYPE;
BEGIN
    SELECT * INTO old FROM request WHERE id = p_id FOR UPDATE;
    UPDATE request SET seq = old.seq + 1,
        digest = event_append(p_id, old.body_id, old.workflow_id, old.seq, old.version, old.digest, p_now, ARRAY[p_type],
                              ARRAY[p_data], p_actor, p_actor_name, true, ARRAY[old.phase = 'draft'])
    WHERE id = p_id;
END $$;

ALTER FUNCTION oam.request_remark(p_id bigint, p_type text, p_data jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.request_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'requests are not deleted' USING ERRCODE = 'restrict_violation';
END $$;

ALTER FUNCTION oam.request_stays() OWNER TO oam_owner;

CREATE FUNCTION oam.request_step(p_id bigint, p_version integer, p_state text, p_phase text, p_outcome text, p_data jsonb, p_title text, p_description text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_assignee_id bigint, p_register_number text, p_actor text, p_actor_name text, p_now timestamp with time zone, p_types text[], p_events jsonb[], p_draft boolean[], p_engine bytea, p_due_at timestamp with time zone, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb, p_undo boolean, p_gone text[] DEFAULT NULL::text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    owner bigint;
    reached integer;
    before bytea;
    events integer := cardinality(p_types);
    is_open boolean := p_phase <> 'end';
BEGIN
    SELECT body_id, seq, digest INTO owner, reached, before FROM request WHERE id = p_id AND version = p_version FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request % is no longer at version %', p_id, p_version USING ERRCODE = 'OA412';
    END IF;
    IF p_title IS NOT NULL THEN
        UPDATE request SET title = p_title, description = p_description, service_id = p_service_id, unit_id = p_unit_id,
            register_number = coalesce(register_number, p_register_number),
            registered_at = CASE WHEN register_number IS NULL AND p_register_number IS NOT NULL THEN p_now ELSE registered_at END
        WHERE id = p_id;
    END IF;
    UPDATE request SET state = p_state, phase = p_phase, outcome = p_outcome, data = p_data, workflow_id = p_workflow_id,
        assignee_id = p_assignee_id, version = p_version + events, seq = reached + events,
        submitted_at = coalesce(submitted_at, CASE WHEN p_phase NOT IN ('draft', 'end') THEN p_now END),
        updated_at = p_now,
        closed_at = CASE WHEN is_open THEN NULL ELSE coalesce(closed_at, p_now) END,
        engine = coalesce(p_engine, engine),
        due_at = CASE WHEN p_engine IS NULL THEN due_at ELSE p_due_at END,
        due = CASE WHEN p_engine IS NULL THEN due ELSE p_due END,
        digest = event_append(p_id, owner, p_workflow_id, reached, p_version, before, p_now, p_types, p_events, p_actor, p_actor_name, false,
                              p_draft)
    WHERE id = p_id;
    IF p_gone IS NOT NULL AND is_open THEN
        DELETE FROM request_timer WHERE request_id = p_id AND timer = ANY (p_gone);
    END IF;
    IF NOT is_open OR p_timers IS NOT NULL OR p_clocks IS NOT NULL OR p_outbox IS NOT NULL THEN
        PERFORM request_follow(p_id, owner, reached + events, p_now, NOT is_open, p_timers, p_clocks, p_outbox);
    END IF;
    IF p_undo THEN
        PERFORM request_undo(p_id, owner, reached + events, p_now);
    END IF;
END $$;

ALTER FUNCTION oam.request_step(p_id bigint, p_version integer, p_state text, p_phase text, p_outcome text, p_data jsonb, p_title text, p_description text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_assignee_id bigint, p_register_number text, p_actor text, p_actor_name text, p_now timestamp with time zone, p_types text[], p_events jsonb[], p_draft boolean[], p_engine bytea, p_due_at timestamp with time zone, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb, p_undo boolean, p_gone text[]) OWNER TO oam_owner;

CREATE FUNCTION oam.request_steps(p_steps jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $_$
DECLARE
    written integer;
    current integer;
BEGIN
    IF jsonb_path_exists(p_steps, '$[*].timers[*].due') OR jsonb_path_exists(p_steps, '$[*].clocks[*].due') THEN
        PERFORM pg_advisory_xact_lock_shared(calendar_key());
        current := calendar_now();
    END IF;
    WITH step AS MATERIALIZED (
        SELECT s.*, r.body_id AS body, r.workflow_id, r.seq + 1 AS seq, r.digest AS previous,
               CASE WHEN (s.type = 'request.transitioned' OR s.type ~ '^request\.[a-z_]+$') AND jsonb_typeof(s.event) = 'object'
                    THEN event_digest(r.digest, r.id, r.seq + 1, r.version + 1, r.body_id, p_now, s.type, p_actor, p_actor_name, false,
                                      s.draft, r.workflow_id, s.event)
                    ELSE event_breach(s.id, s.type) END AS digest
        FROM jsonb_to_recordset(p_steps) AS s (id bigint, version integer, state text, phase text, outcome text, data jsonb, engine bytea,
                 due_us bigint, due jsonb, type text, event jsonb, draft boolean, timers jsonb, clocks jsonb, outbox jsonb)
        JOIN request r ON r.id = s.id AND r.version = s.version),
    told AS (
        INSERT INTO request_event (request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id, data,
                                   previous, digest)
        SELECT id, seq, version + 1, body, p_now, type, p_actor, p_actor_name, false, draft, workflow_id, event, previous, digest
        FROM step),
    moved AS (
        UPDATE request r SET state = s.state, phase = s.phase, outcome = s.outcome, data = s.data, version = r.version + 1, seq = s.seq,
            digest = s.digest, updated_at = p_now,
            submitted_at = coalesce(r.submitted_at, CASE WHEN s.phase NOT IN ('draft', 'end') THEN p_now END),
            closed_at = CASE WHEN s.phase = 'end' THEN coalesce(r.closed_at, p_now) END,
            engine = coalesce(s.engine, r.engine),
            due_at = CASE WHEN s.engine IS NULL THEN r.due_at ELSE timestamptz 'epoch' + s.due_us * interval '1 microsecond' END,
            due = CASE WHEN s.engine IS NULL THEN r.due ELSE s.due END
        FROM step s WHERE r.id = s.id
        RETURNING r.id),
    timer AS MATERIALIZED (
        SELECT DISTINCT ON (s.id, said.item ->> 'timer') s.id, s.seq, said.item ->> 'timer' AS timer,
               (said.item ->> 'due')::timestamptz AS due, (said.item ->> 'since')::timestamptz AS since,
               coalesce((said.item ->> 'calendar')::integer, 0) AS counted_by
        FROM step s, jsonb_array_elements(s.timers) WITH ORDINALITY AS said (item, place) WHERE s.phase <> 'end'
        ORDER BY s.id, said.item ->> 'timer', said.place DESC),
    clock AS MATERIALIZED (
        SELECT DISTINCT ON (s.id, said.item ->> 'clock') s.id, said.item ->> 'clock' AS clock,
               (said.item ->> 'due')::timestamptz AS due, (said.item ->> 'since')::timestamptz AS since,
               translate(said.item ->> 'bodies', '[]', '{}')::bigint[] AS bodies,
               coalesce((said.item ->> 'calendar')::integer, 0) AS counted_by
        FROM step s, jsonb_array_elements(s.clocks) WITH ORDINALITY AS said (item, place) WHERE s.phase <> 'end'
        ORDER BY s.id, said.item ->> 'clock', said.place DESC),
    timers_gone AS (
        DELETE FROM request_timer t USING timer g WHERE t.request_id = g.id AND t.timer = g.timer AND g.due IS NULL),
    timers_over AS (
        DELETE FROM request_timer t USING step s WHERE t.request_id = s.id AND s.phase = 'end'),
    clocks_gone AS (
        DELETE FROM request_clock c USING clock g WHERE c.request_id = g.id AND c.clock = g.clock AND g.due IS NULL),
    clocks_over AS (
        DELETE FROM request_clock c USING step s WHERE c.request_id = s.id AND s.phase = 'end'),
    timers_set AS (
        INSERT INTO request_timer (request_id, timer, generation, due, wake, since)
        SELECT id, timer, seq, due, due, since FROM timer WHERE due IS NOT NULL
        ON CONFLICT (request_id, timer) DO UPDATE
        SET generation = EXCLUDED.generation, due = EXCLUDED.due, wake = EXCLUDED.wake, since = EXCLUDED.since, tries = 0,
            last_error = NULL),
    clocks_set AS (
        INSERT INTO request_clock (request_id, clock, bodies, since, due, revision)
        SELECT id, clock, bodies, since, due, counted_by FROM clock WHERE due IS NOT NULL
        ON CONFLICT (request_id, clock) DO UPDATE
        SET bodies = EXCLUDED.bodies, since = EXCLUDED.since, due = EXCLUDED.due, revision = EXCLUDED.revision),
    counted_anew AS (
        INSERT INTO clock_recount (request_id, revision)
        SELECT id, current FROM timer WHERE due IS NOT NULL AND counted_by < current
        UNION SELECT id, current FROM clock WHERE due IS NOT NULL AND counted_by < current
        ON CONFLICT DO NOTHING),
    queued AS (
        INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, undo, created_at, wake)
        SELECT s.id, s.body, s.seq, o.ordinal, o.kind, coalesce(o.payload, '{}'), o.undo, p_now, clock_timestamp()
        FROM step s, jsonb_to_recordset(s.outbox) AS o (ordinal integer, kind text, payload jsonb, undo text))
    SELECT count(*) INTO written FROM moved;
    IF written <> jsonb_array_length(p_steps) THEN
        RAISE EXCEPTION '% of % requests are where they were', written, jsonb_array_length(p_steps) USING ERRCODE = 'OA412';
    END IF;
END $_$;

ALTER FUNCTION oam.request_steps(p_steps jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.request_undo(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    ordinals integer := 500; -- behind those of the step itself
BEGIN
    DELETE FROM outbox o WHERE o.request_id = p_id AND o.undo IS NOT NULL AND o.tries = 0 AND o.seq < p_seq
        AND o.id IN (SELECT id FROM outbox WHERE request_id = p_id AND tries = 0 FOR UPDATE SKIP LOCKED);
    INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, undoes, created_at, wake)
    SELECT p_id, p_body_id, p_seq, ordinals + row_number() OVER (ORDER BY d.seq DESC, d.ordinal DESC), d.undo, d.payload, d.id,
           p_now, clock_timestamp()
    FROM (SELECT id, seq, ordinal, undo, payload FROM effect WHERE request_id = p_id AND undo IS NOT NULL AND NOT undone
          UNION ALL
          SELECT id, seq, ordinal, undo, payload FROM outbox WHERE request_id = p_id AND undo IS NOT NULL AND seq < p_seq
          UNION ALL
          SELECT outbox_id, seq, ordinal, undo, payload FROM incident
          WHERE request_id = p_id AND kind = 'effect' AND state = 'open' AND undo IS NOT NULL) d
    -- The definition may take it back by name in the very step.
    WHERE NOT EXISTS (SELECT FROM outbox o WHERE o.request_id = p_id AND o.seq = p_seq AND o.kind = d.undo);
    UPDATE effect SET undone = true WHERE request_id = p_id AND undo IS NOT NULL AND NOT undone;
END $$;

ALTER FUNCTION oam.request_undo(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.request_vote(p_id bigint, p_seq integer, p_engine bytea, p_actor text, p_actor_name text, p_now timestamp with time zone, p_event jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    old request%ROWTYPE;
BEGIN
    SELECT * INTO old FROM request WHERE id = p_id AND seq = p_seq FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request % is no longer at event %', p_id, p_seq USING ERRCODE = 'OA412';
    END IF;
    UPDATE request SET seq = old.seq + 1, engine = coalesce(p_engine, old.engine),
        digest = event_append(p_id, old.body_id, old.workflow_id, old.seq, old.version, old.digest, p_now, ARRAY['request.voted'],
                              ARRAY[p_event], p_actor, p_actor_name, true, ARRAY[false])
    WHERE id = p_id;
END $$;

ALTER FUNCTION oam.request_vote(p_id bigint, p_seq integer, p_engine bytea, p_actor text, p_actor_name text, p_now timestamp with time zone, p_event jsonb) OWNER TO oam_owner;

CREATE FUNCTION oam.runtime_figures(p_now timestamp with time zone) RETURNS TABLE(timers_due bigint, timer_lag_us bigint, outbox_queued bigint, outbox_age_us bigint, incidents_open bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT (SELECT count(*) FROM (SELECT FROM request_timer WHERE wake <= p_now LIMIT 100000) d),
           coalesce((SELECT (extract(epoch FROM p_now - min(due)) * 1000000)::bigint FROM
               (SELECT due FROM request_timer WHERE wake <= p_now ORDER BY wake LIMIT 1) o), 0),
           (SELECT count(*) FROM (SELECT FROM outbox LIMIT 100000) q),
           coalesce((SELECT greatest(0, (extract(epoch FROM p_now - created_at) * 1000000)::bigint) FROM outbox ORDER BY id LIMIT 1), 0),
           (SELECT count(*) FROM (SELECT FROM incident WHERE state = 'open' LIMIT 100000) i)
$$;

ALTER FUNCTION oam.runtime_figures(p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.scope_all() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('oam.all', true), '') = '1' $$;

ALTER FUNCTION oam.scope_all() OWNER TO oam_owner;

CREATE FUNCTION oam.scope_bodies() RETURNS bigint[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(NULLIF(current_setting('oam.bodies', true), '')::bigint[], '{}') $$;

ALTER FUNCTION oam.scope_bodies() OWNER TO oam_owner;

CREATE FUNCTION oam.scope_joint() RETURNS bigint[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(array_agg(request_id), '{}') FROM request_body WHERE body_id = ANY (scope_bodies()) $$;

ALTER FUNCTION oam.scope_joint() OWNER TO oam_owner;

CREATE FUNCTION oam.scope_principal() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('oam.principal', true), '') $$;

ALTER FUNCTION oam.scope_principal() OWNER TO oam_owner;

CREATE FUNCTION oam.scope_sees(p_request_id bigint, p_body_id bigint, p_draft boolean, p_internal boolean) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
BEGIN
    IF NOT p_draft AND current_setting('oam.staff', true) = '1' THEN
        RETURN true;
    ELSIF current_setting('oam.worker', true) = '1' THEN
        RETURN true;
    ELSIF p_internal THEN
        RETURN false;
    ELSIF current_setting('oam.all', true) = '1' THEN
        RETURN true;
    ELSIF p_body_id = ANY (oam.scope_bodies()) THEN
        RETURN true;
    END IF;
    RETURN NOT p_draft AND p_request_id = ANY (oam.scope_joint());
END $$;

ALTER FUNCTION oam.scope_sees(p_request_id bigint, p_body_id bigint, p_draft boolean, p_internal boolean) OWNER TO oam_owner;

CREATE FUNCTION oam.scope_staff() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('oam.staff', true), '') = '1' $$;

ALTER FUNCTION oam.scope_staff() OWNER TO oam_owner;

CREATE FUNCTION oam.scope_worker() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('oam.worker', true), '') = '1' $$;

ALTER FUNCTION oam.scope_worker() OWNER TO oam_owner;

CREATE FUNCTION oam.scope_writes(p_request_id bigint, p_body_id bigint, p_internal boolean) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
BEGIN
    IF current_setting('oam.staff', true) = '1' THEN
        RETURN true;
    ELSIF current_setting('oam.all', true) = '1' THEN
        RETURN true;
    ELSIF p_internal THEN
        RETURN false;
    ELSIF p_body_id = ANY (oam.scope_bodies()) THEN
        RETURN true;
    END IF;
    RETURN p_request_id = ANY (oam.scope_joint());
END $$;

ALTER FUNCTION oam.scope_writes(p_request_id bigint, p_body_id bigint, p_internal boolean) OWNER TO oam_owner;

CREATE FUNCTION oam.share_out(p_action_id bigint, p_sum numeric) RETURNS TABLE(body_id bigint, value numeric)
    LANGUAGE sql STABLE
    AS $$
    SELECT p.body_id, p.value FROM share_parts(p_action_id, ARRAY[p_sum]) p
$$;

ALTER FUNCTION oam.share_out(p_action_id bigint, p_sum numeric) OWNER TO oam_owner;

CREATE FUNCTION oam.share_parts(p_action_id bigint, p_sums numeric[]) RETURNS TABLE(body_id bigint, place bigint, value numeric)
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION oam.share_parts(p_action_id bigint, p_sums numeric[]) OWNER TO oam_owner;

CREATE FUNCTION oam.share_split(p_view jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT coalesce(jsonb_agg(s - 'amounts' - 'body_name' ORDER BY n), '[]') FROM jsonb_array_elements(p_view -> 'shares') WITH ORDINALITY AS e (s, n) $$;

ALTER FUNCTION oam.share_split(p_view jsonb) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_availability(p_code text, p_from date, p_to date, p_quantity integer, p_today date) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.stock_availability(p_code text, p_from date, p_to date, p_quantity integer, p_today date) OWNER TO oam_owner;

CREATE TABLE oam.stock_hold (
    id bigint NOT NULL,
    action_id bigint NOT NULL,
    ordinal integer NOT NULL,
    item_id bigint NOT NULL,
    item_kind text NOT NULL,
    quantity integer NOT NULL,
    from_day date NOT NULL,
    to_day date,
    state text DEFAULT 'reserved'::text NOT NULL,
    returned integer DEFAULT 0 NOT NULL,
    lost integer DEFAULT 0 NOT NULL,
    handed_on date,
    ended_on date,
    reserved_at timestamp with time zone NOT NULL,
    CONSTRAINT stock_hold_back CHECK (((returned >= 0) AND (lost >= 0) AND ((handed_on IS NOT NULL) OR ((returned + lost) = 0)))),
    CONSTRAINT stock_hold_ordinal_check CHECK ((ordinal >= 1)),
    CONSTRAINT stock_hold_period CHECK (
CASE item_kind
    WHEN 'lendable'::text THEN ((to_day IS NOT NULL) AND (to_day > from_day))
    ELSE (to_day IS NULL)
END),
    CONSTRAINT stock_hold_quantity_check CHECK (((quantity >= 1) AND (quantity <= 1000000))),
    CONSTRAINT stock_hold_state CHECK (
CASE state
    WHEN 'reserved'::text THEN ((handed_on IS NULL) AND (ended_on IS NULL))
    WHEN 'released'::text THEN ((handed_on IS NULL) AND (ended_on IS NOT NULL))
    WHEN 'handed_over'::text THEN ((item_kind = 'lendable'::text) AND (handed_on IS NOT NULL) AND (ended_on IS NULL) AND ((returned + lost) < quantity))
    WHEN 'returned'::text THEN ((item_kind = 'lendable'::text) AND (handed_on IS NOT NULL) AND (ended_on IS NOT NULL) AND ((returned + lost) = quantity))
    WHEN 'delivered'::text THEN ((item_kind = 'consumable'::text) AND (handed_on IS NOT NULL) AND (ended_on IS NOT NULL) AND ((returned + lost) = 0))
    ELSE false
END)
);

ALTER TABLE ONLY oam.stock_hold FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.stock_hold OWNER TO oam_owner;

CREATE TABLE oam.stock_item (
    id bigint NOT NULL,
    code text NOT NULL,
    service_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    name jsonb NOT NULL,
    kind text NOT NULL,
    quantity integer DEFAULT 0 NOT NULL,
    active boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT stock_item_code_check CHECK ((code ~ '^[a-z][a-z0-9_]{1,47}$'::text)),
    CONSTRAINT stock_item_kind_check CHECK ((kind = ANY (ARRAY['lendable'::text, 'consumable'::text]))),
    CONSTRAINT stock_item_name_check CHECK ((name ?& ARRAY['ca'::text, 'es'::text, 'en'::text])),
    CONSTRAINT stock_item_quantity_check CHECK (((quantity >= 0) AND (quantity <= 1000000)))
);

ALTER TABLE oam.stock_item OWNER TO oam_owner;

CREATE FUNCTION oam.stock_change_broken(i oam.stock_item, h oam.stock_hold, p_change jsonb, p_today date, OUT wrong text[], OUT told jsonb) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.stock_change_broken(i oam.stock_item, h oam.stock_hold, p_change jsonb, p_today date, OUT wrong text[], OUT told jsonb) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_faults(p_today date) RETURNS TABLE(request_id bigint, seq integer, fault text)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.stock_faults(p_today date) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_hand_over_broken(i oam.stock_item, h oam.stock_hold, p_quantity integer, p_on date, p_today date, OUT wrong text[], OUT told jsonb) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.stock_hand_over_broken(i oam.stock_item, h oam.stock_hold, p_quantity integer, p_on date, p_today date, OUT wrong text[], OUT told jsonb) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_hold_move(p_request_id bigint, p_action uuid, p_number integer, p_move text, p_what jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS TABLE(version integer, broken text[], view jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.stock_hold_move(p_request_id bigint, p_action uuid, p_number integer, p_move text, p_what jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_hold_view(h oam.stock_hold) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN jsonb_build_object('number', h.ordinal, 'item', (SELECT code FROM stock_item WHERE id = h.item_id), 'quantity', h.quantity,
        'from', h.from_day, 'to', h.to_day, 'state', h.state, 'returned', h.returned, 'lost', h.lost, 'handed_on', h.handed_on,
        'ended_on', h.ended_on, 'reserved_at', to_char(h.reserved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
END $$;

ALTER FUNCTION oam.stock_hold_view(h oam.stock_hold) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_item_add(p_item jsonb, p_language text, p_now timestamp with time zone) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    i stock_item%ROWTYPE;
BEGIN
    PERFORM stock_keepers_only();
    INSERT INTO stock_item (code, service_id, unit_id, name, kind, updated_at)
    VALUES (p_item ->> 'code', (p_item ->> 'service')::bigint, (p_item ->> 'unit')::bigint, p_item -> 'name', p_item ->> 'kind', p_now)
    ON CONFLICT (code) DO NOTHING RETURNING * INTO i;
    RETURN CASE WHEN i.id IS NOT NULL THEN stock_item_view(i, p_language) END;
END $$;

ALTER FUNCTION oam.stock_item_add(p_item jsonb, p_language text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_item_change(p_code text, p_version integer, p_change jsonb, p_language text, p_now timestamp with time zone) RETURNS TABLE(version integer, view jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.stock_item_change(p_code text, p_version integer, p_change jsonb, p_language text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_item_view(i oam.stock_item, p_language text) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN jsonb_build_object('code', i.code, 'name', i.name ->> p_language, 'names', i.name, 'kind', i.kind,
        'service', (SELECT code FROM service WHERE id = i.service_id), 'unit', (SELECT code FROM unit WHERE id = i.unit_id),
        'quantity', i.quantity, 'active', i.active,
        'updated_at', to_char(i.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
END $$;

ALTER FUNCTION oam.stock_item_view(i oam.stock_item, p_language text) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_keepers_only() RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF NOT (scope_staff() OR scope_all()) THEN
        RAISE EXCEPTION 'the stock is the provider''s to keep' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

ALTER FUNCTION oam.stock_keepers_only() OWNER TO oam_owner;

CREATE FUNCTION oam.stock_move(p_code text, p_kind text, p_quantity integer, p_on date, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS TABLE(version integer, broken text[], view jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.stock_move(p_code text, p_kind text, p_quantity integer, p_on date, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE TABLE oam.stock_movement (
    id bigint NOT NULL,
    item_id bigint NOT NULL,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    quantity integer NOT NULL,
    on_day date NOT NULL,
    reason text,
    hold_id bigint,
    recorded_by text NOT NULL,
    recorded_name text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT stock_movement_ordinal_check CHECK ((ordinal >= 1)),
    CONSTRAINT stock_movement_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT stock_movement_sign CHECK (
CASE kind
    WHEN 'received'::text THEN (quantity > 0)
    WHEN 'corrected'::text THEN (quantity <> 0)
    WHEN 'retired'::text THEN (quantity < 0)
    WHEN 'lost'::text THEN (quantity < 0)
    WHEN 'delivered'::text THEN (quantity < 0)
    ELSE false
END),
    CONSTRAINT stock_movement_why CHECK (
CASE
    WHEN (kind = ANY (ARRAY['lost'::text, 'delivered'::text])) THEN (hold_id IS NOT NULL)
    ELSE ((hold_id IS NULL) AND (reason IS NOT NULL))
END)
);

ALTER TABLE ONLY oam.stock_movement FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.stock_movement OWNER TO oam_owner;

CREATE FUNCTION oam.stock_movement_add(i oam.stock_item, p_kind text, p_quantity integer, p_on date, p_reason text, p_hold bigint, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS oam.stock_movement
    LANGUAGE plpgsql
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.stock_movement_add(i oam.stock_item, p_kind text, p_quantity integer, p_on date, p_reason text, p_hold bigint, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_movement_view(m oam.stock_movement) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object('number', m.ordinal, 'kind', m.kind, 'quantity', m.quantity, 'on', m.on_day, 'reason', m.reason,
            'ref', r.ref, 'action', a.uid, 'hold', h.ordinal, 'recorded_by', m.recorded_name,
            'recorded_at', to_char(m.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        FROM (SELECT) one LEFT JOIN stock_hold h ON h.id = m.hold_id LEFT JOIN action a ON a.id = h.action_id LEFT JOIN request r ON r.id = a.request_id);
END $$;

ALTER FUNCTION oam.stock_movement_view(m oam.stock_movement) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_next(i oam.stock_item, p_quantity integer, p_from date, p_days integer, p_without bigint, p_today date) RETURNS date
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION oam.stock_next(i oam.stock_item, p_quantity integer, p_from date, p_days integer, p_without bigint, p_today date) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_out(p_item_id bigint) RETURNS integer
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (SELECT coalesce(sum(h.quantity - h.returned - h.lost), 0) FROM stock_hold h WHERE h.item_id = p_item_id AND h.state = 'handed_over');
END $$;

ALTER FUNCTION oam.stock_out(p_item_id bigint) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_peak(p_item_id bigint, p_from date, p_to date, p_without bigint, p_today date) RETURNS integer
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (SELECT max(u.used) FROM stock_used(p_item_id, p_without, p_today) u WHERE u.to_day > p_from AND u.from_day < coalesce(p_to, 'infinity'));
END $$;

ALTER FUNCTION oam.stock_peak(p_item_id bigint, p_from date, p_to date, p_without bigint, p_today date) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_reserve(p_request_id bigint, p_action uuid, p_hold jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS TABLE(version integer, broken text[], view jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.stock_reserve(p_request_id bigint, p_action uuid, p_hold jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_return_broken(i oam.stock_item, h oam.stock_hold, p_returned integer, p_lost integer, p_on date, p_today date, OUT wrong text[], OUT told jsonb) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.stock_return_broken(i oam.stock_item, h oam.stock_hold, p_returned integer, p_lost integer, p_on date, p_today date, OUT wrong text[], OUT told jsonb) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_stand(p_today date) RETURNS TABLE(item_id bigint, reserved bigint, "out" bigint, overdue bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT h.item_id, coalesce(sum(h.quantity) FILTER (WHERE h.state = 'reserved'), 0),
           coalesce(sum(h.quantity - h.returned - h.lost) FILTER (WHERE h.state = 'handed_over'), 0),
           coalesce(sum(h.quantity - h.returned - h.lost) FILTER (WHERE h.state = 'handed_over' AND h.to_day < p_today), 0)
    FROM stock_hold h WHERE h.state IN ('reserved', 'handed_over') GROUP BY h.item_id;
END $$;

ALTER FUNCTION oam.stock_stand(p_today date) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_tell(held oam.request, p_action uuid, h oam.stock_hold, p_type text, p_move jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN action_tell(held, p_type, jsonb_build_object('action', p_action, 'data', stock_hold_view(h) || jsonb_build_object('move', p_move)),
                       p_actor, p_actor_name, p_now);
END $$;

ALTER FUNCTION oam.stock_tell(held oam.request, p_action uuid, h oam.stock_hold, p_type text, p_move jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.stock_used(p_item_id bigint, p_without bigint, p_today date) RETURNS TABLE(from_day date, to_day date, used integer)
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION oam.stock_used(p_item_id bigint, p_without bigint, p_today date) OWNER TO oam_owner;

CREATE FUNCTION oam.timer_claim(p_now timestamp with time zone, p_from timestamp with time zone, p_from_id bigint, p_limit integer) RETURNS TABLE(claimed integer, reach timestamp with time zone, reach_id bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    AS $$
DECLARE
    ids bigint[];
BEGIN
    SELECT array_agg(DISTINCT c.id), count(*), max(c.wake), (array_agg(c.id ORDER BY c.place DESC))[1]
    INTO ids, claimed, reach, reach_id
    FROM (SELECT l.*, row_number() OVER () AS place FROM (
            SELECT r.id, t.wake FROM request_timer t JOIN request r ON r.id = t.request_id
            WHERE (t.wake, t.request_id) > (p_from, p_from_id) AND t.wake <= p_now
            ORDER BY t.wake, t.request_id LIMIT p_limit FOR UPDATE OF r SKIP LOCKED) l) c;
    PERFORM set_config('oam.claimed', coalesce(ids, '{}')::text, true);
    RETURN NEXT;
END $$;

ALTER FUNCTION oam.timer_claim(p_now timestamp with time zone, p_from timestamp with time zone, p_from_id bigint, p_limit integer) OWNER TO oam_owner;

CREATE FUNCTION oam.timer_drop(p_request_id bigint, p_timer text, p_generation integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM request WHERE id = p_request_id FOR UPDATE;
    DELETE FROM request_timer WHERE request_id = p_request_id AND timer = p_timer AND generation = p_generation;
    RETURN FOUND;
END $$;

ALTER FUNCTION oam.timer_drop(p_request_id bigint, p_timer text, p_generation integer) OWNER TO oam_owner;

CREATE FUNCTION oam.timer_failed(p_request_id bigint, p_timer text, p_generation integer, p_error text, p_wake timestamp with time zone, p_now timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    failed request_timer%ROWTYPE;
    body bigint;
BEGIN
    SELECT body_id INTO body FROM request WHERE id = p_request_id FOR UPDATE;
    SELECT * INTO failed FROM request_timer WHERE request_id = p_request_id AND timer = p_timer AND generation = p_generation;
    IF NOT FOUND THEN RETURN false; END IF;
    IF p_wake IS NOT NULL THEN
        UPDATE request_timer SET tries = tries + 1, wake = greatest(p_wake, due), last_error = p_error
        WHERE request_id = p_request_id AND timer = p_timer;
        RETURN true;
    END IF;
    DELETE FROM request_timer WHERE request_id = p_request_id AND timer = p_timer;
    INSERT INTO incident (request_id, body_id, kind, subject, generation, due, tries, error, opened_at)
    VALUES (p_request_id, body, 'timer', p_timer, p_generation, failed.due, failed.tries + 1, p_error, p_now);
    PERFORM request_remark(p_request_id, 'request.incident_opened', jsonb_build_object('timer', p_timer, 'error', p_error),
                           'system', 'system', p_now);
    RETURN true;
END $$;

ALTER FUNCTION oam.timer_failed(p_request_id bigint, p_timer text, p_generation integer, p_error text, p_wake timestamp with time zone, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.token_revoke(p_jti uuid, p_expires_at timestamp with time zone, p_client_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO token_revoked (jti, expires_at) VALUES (p_jti, p_expires_at) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        UPDATE api_client SET access = access_next() WHERE id = p_client_id;
    END IF;
END $$;

ALTER FUNCTION oam.token_revoke(p_jti uuid, p_expires_at timestamp with time zone, p_client_id bigint) OWNER TO oam_owner;

CREATE FUNCTION oam.uuid7() RETURNS uuid
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT encode(set_byte(b, 6, (get_byte(b, 6) & 15) | 112), 'hex')::uuid
    FROM (SELECT overlay(uuid_send(gen_random_uuid()) PLACING
                         substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6) AS b) AS bytes
$$;

ALTER FUNCTION oam.uuid7() OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_change(p_uid uuid, p_version integer, p_url text, p_types text[], p_payload text, p_description text, p_contact text, p_language text, p_state text, p_now timestamp with time zone, p_filter text DEFAULT NULL::text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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
        UPDATE webhook_delivery SET wake = clock_timestamp(), sending = false, lease = lease + sending::integer
        WHERE webhook_id = old.id AND state = 'pending' AND (NOT sending OR p_url <> old.url) AND wake < 'infinity';
    END IF;
    RETURN true;
END $$;

ALTER FUNCTION oam.webhook_change(p_uid uuid, p_version integer, p_url text, p_types text[], p_payload text, p_description text, p_contact text, p_language text, p_state text, p_now timestamp with time zone, p_filter text) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_claim(p_limit integer, p_each integer, p_lease interval, p_room integer DEFAULT 256) RETURNS TABLE(id bigint, uid uuid, lease integer, tries integer, webhook uuid, url text, payload text, secrets text, client_id bigint, type text, "position" bigint, at timestamp with time zone, ref text, seq integer, version integer, event text, "from" text, "to" text, body text, service text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_nestloop TO 'off'
    AS $$
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

ALTER FUNCTION oam.webhook_claim(p_limit integer, p_each integer, p_lease interval, p_room integer) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_collect(p_window integer, p_pending integer, p_all boolean DEFAULT true) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

ALTER FUNCTION oam.webhook_collect(p_window integer, p_pending integer, p_all boolean) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_create(p_uid uuid, p_client_id bigint, p_url text, p_types text[], p_payload text, p_description text, p_contact text, p_language text, p_sealed bytea, p_most integer, p_now timestamp with time zone, p_filter text DEFAULT NULL::text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.webhook_create(p_uid uuid, p_client_id bigint, p_url text, p_types text[], p_payload text, p_description text, p_contact text, p_language text, p_sealed bytea, p_most integer, p_now timestamp with time zone, p_filter text) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_figures() RETURNS TABLE(pending bigint, age_us bigint, active bigint, paused bigint, disabled bigint, failing bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT coalesce(sum(w.pending), 0),
           coalesce((SELECT (extract(epoch FROM clock_timestamp() - min(d.created_at)) * 1000000)::bigint FROM webhook_delivery d
                     WHERE d.state = 'pending'), 0),
           count(*) FILTER (WHERE w.state = 'active'), count(*) FILTER (WHERE w.state = 'paused'),
           count(*) FILTER (WHERE w.state = 'disabled'), count(*) FILTER (WHERE w.failing_since IS NOT NULL)
    FROM webhook w WHERE w.state <> 'removed'
$$;

ALTER FUNCTION oam.webhook_figures() OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_keep(p_webhook bigint, p_positions bigint[], p_reach bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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

ALTER FUNCTION oam.webhook_keep(p_webhook bigint, p_positions bigint[], p_reach bigint) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_look(p_window integer, p_pending integer, p_all boolean DEFAULT true) RETURNS TABLE(id bigint, uid uuid, filter text, place bigint, reach bigint, "position" bigint, ref text, version integer, at timestamp with time zone, type text, event text, "from" text, "to" text, body text, service text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

ALTER FUNCTION oam.webhook_look(p_window integer, p_pending integer, p_all boolean) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_notice_claim(p_limit integer, p_lease interval) RETURNS TABLE(id bigint, address text, language text, webhook uuid, url text, reason text, since timestamp with time zone, at timestamp with time zone, lease integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    UPDATE webhook_notice n SET wake = CASE WHEN n.lease < 11 THEN clock_timestamp() + p_lease END, lease = n.lease + 1
    FROM webhook w WHERE w.id = n.webhook_id AND n.id IN (
        SELECT d.id FROM webhook_notice d WHERE d.wake <= clock_timestamp() AND d.lease < 12 ORDER BY d.wake LIMIT p_limit
        FOR UPDATE SKIP LOCKED)
    RETURNING n.id, w.contact, w.language, w.uid, w.url, n.reason, n.since, n.at, n.lease
$$;

ALTER FUNCTION oam.webhook_notice_claim(p_limit integer, p_lease interval) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_notice_ended(p_id bigint, p_lease integer, p_wait interval) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    UPDATE webhook_notice SET wake = CASE WHEN lease < 12 THEN clock_timestamp() + p_wait END
    WHERE id = p_id AND lease = p_lease AND wake IS NOT NULL
$$;

ALTER FUNCTION oam.webhook_notice_ended(p_id bigint, p_lease integer, p_wait interval) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_own(p_uid uuid) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT id FROM webhook WHERE uid = p_uid AND state <> 'removed' AND (scope_staff() OR 'client:' || client_id = scope_principal())
$$;

ALTER FUNCTION oam.webhook_own(p_uid uuid) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_ping(p_uid uuid, p_now timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.webhook_ping(p_uid uuid, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_purge(p_keep interval, p_most integer DEFAULT 2000) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

ALTER FUNCTION oam.webhook_purge(p_keep interval, p_most integer) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_redeliver(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamp with time zone, p_until timestamp with time zone, p_dead boolean, p_most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

ALTER FUNCTION oam.webhook_redeliver(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamp with time zone, p_until timestamp with time zone, p_dead boolean, p_most integer) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_remove(p_uid uuid, p_version integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    own bigint;
BEGIN
    UPDATE webhook SET state = 'removed', reason = NULL, updated_at = clock_timestamp()
    WHERE id = webhook_own(p_uid) AND version = p_version RETURNING id INTO own;
    IF NOT FOUND THEN RETURN false; END IF;
    DELETE FROM webhook_secret WHERE webhook_id = own;
    UPDATE webhook_notice SET wake = NULL WHERE webhook_id = own;
    PERFORM webhook_sweep(own, 500);
    RETURN true;
END $$;

ALTER FUNCTION oam.webhook_remove(p_uid uuid, p_version integer) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_rested(p_since timestamp with time zone, p_last timestamp with time zone, p_moment timestamp with time zone) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT p_since IS NULL OR p_last IS NULL OR p_last - p_since < interval '2 s'
        OR p_moment - p_last >= least((p_last - p_since) / 10, interval '15 s')
$$;

ALTER FUNCTION oam.webhook_rested(p_since timestamp with time zone, p_last timestamp with time zone, p_moment timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_rotate(p_uid uuid, p_sealed bytea, p_until timestamp with time zone, p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    own webhook%ROWTYPE;
BEGIN
    SELECT * INTO own FROM webhook WHERE id = webhook_own(p_uid) FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    DELETE FROM webhook_secret WHERE webhook_id = own.id AND ends_at IS NOT NULL;
    UPDATE webhook_secret SET ends_at = greatest(p_until, created_at) WHERE webhook_id = own.id;
    INSERT INTO webhook_secret (webhook_id, sealed, created_at) VALUES (own.id, p_sealed, p_now);
    UPDATE webhook SET version = own.version + 1, updated_at = p_now WHERE id = own.id;
    RETURN own.version + 1;
END $$;

ALTER FUNCTION oam.webhook_rotate(p_uid uuid, p_sealed bytea, p_until timestamp with time zone, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_see_as(p_client_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM set_config('oam.staff', '', true), set_config('oam.all', CASE WHEN c.all_bodies THEN '1' ELSE '' END, true),
            set_config('oam.bodies', (SELECT coalesce(array_agg(b.body_id ORDER BY b.body_id), '{}') FROM api_client_body b
                                      WHERE b.client_id = c.id AND NOT c.all_bodies)::text, true),
            set_config('oam.principal', 'client:' || c.id, true)
    FROM api_client c WHERE c.id = p_client_id;
END $$;

ALTER FUNCTION oam.webhook_see_as(p_client_id bigint) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_see_as_system() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
    SELECT set_config('oam.staff', '1', true), set_config('oam.all', '1', true), set_config('oam.bodies', '', true),
           set_config('oam.principal', 'system', true)
$$;

ALTER FUNCTION oam.webhook_see_as_system() OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_send_again(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamp with time zone, p_until timestamp with time zone, p_dead boolean, p_most integer, p_look integer) RETURNS TABLE(queued integer, next bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

ALTER FUNCTION oam.webhook_send_again(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamp with time zone, p_until timestamp with time zone, p_dead boolean, p_most integer, p_look integer) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_settle(p_id bigint, p_lease integer, p_ended text, p_outcome text, p_status integer, p_ms integer, p_wait interval, p_disable text, p_patience interval) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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
        PERFORM FROM api_client WHERE id = hook.client_id FOR NO KEY UPDATE;
        INSERT INTO webhook_notice (webhook_id, client_id, reason, since, at, wake)
        SELECT hook.id, hook.client_id, why, coalesce(hook.failing_since, moment), moment, moment
        WHERE (SELECT count(*) FROM webhook_notice n WHERE n.client_id = hook.client_id AND n.at > moment - interval '1 day') < 20;
    END IF;
    RETURN why IS NOT NULL;
END $$;

ALTER FUNCTION oam.webhook_settle(p_id bigint, p_lease integer, p_ended text, p_outcome text, p_status integer, p_ms integer, p_wait interval, p_disable text, p_patience interval) OWNER TO oam_owner;

CREATE TABLE oam.webhook (
    id bigint NOT NULL,
    uid uuid NOT NULL,
    client_id bigint NOT NULL,
    url text NOT NULL,
    types text[] NOT NULL,
    payload text NOT NULL,
    description text NOT NULL,
    contact text,
    language text NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    reason text,
    version integer DEFAULT 1 NOT NULL,
    "position" bigint NOT NULL,
    failing_since timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    pending integer DEFAULT 0 NOT NULL,
    served_at timestamp with time zone,
    collected_at timestamp with time zone,
    failed_at timestamp with time zone,
    failing_until timestamp with time zone,
    failed_for interval DEFAULT '00:00:00'::interval NOT NULL,
    filter text,
    filter_failures integer DEFAULT 0 NOT NULL,
    filter_failed_at timestamp with time zone,
    filter_failed_position bigint,
    filter_error text,
    CONSTRAINT webhook_contact CHECK (((length(contact) <= 254) AND (contact ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$'::text))),
    CONSTRAINT webhook_description_check CHECK ((length(description) <= 250)),
    CONSTRAINT webhook_failed_for_check CHECK ((failed_for >= '00:00:00'::interval)),
    CONSTRAINT webhook_filter_check CHECK (((octet_length(filter) >= 1) AND (octet_length(filter) <= 400))),
    CONSTRAINT webhook_filter_error_check CHECK ((filter_error ~ '^[a-z_]{1,32}$'::text)),
    CONSTRAINT webhook_filter_failed CHECK ((((filter_failures > 0) = (filter_error IS NOT NULL)) AND ((filter_error IS NOT NULL) = (filter_failed_at IS NOT NULL)) AND ((filter_error IS NULL) OR (filter IS NOT NULL)) AND ((filter_failed_position IS NULL) OR (filter_error IS NOT NULL)))),
    CONSTRAINT webhook_filter_failed_position_check CHECK ((filter_failed_position >= 1)),
    CONSTRAINT webhook_filter_failures_check CHECK ((filter_failures >= 0)),
    CONSTRAINT webhook_language_check CHECK ((language = ANY (ARRAY['ca'::text, 'es'::text, 'en'::text]))),
    CONSTRAINT webhook_payload_check CHECK ((payload = ANY (ARRAY['thin'::text, 'full'::text]))),
    CONSTRAINT webhook_pending_check CHECK ((pending >= 0)),
    CONSTRAINT webhook_position_check CHECK (("position" >= 0)),
    CONSTRAINT webhook_reason CHECK (((state = 'disabled'::text) = (reason IS NOT NULL))),
    CONSTRAINT webhook_reason_check CHECK ((reason = ANY (ARRAY['gone'::text, 'failing'::text]))),
    CONSTRAINT webhook_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text, 'disabled'::text, 'removed'::text]))),
    CONSTRAINT webhook_types_check CHECK ((cardinality(types) <= 40)),
    CONSTRAINT webhook_url_check CHECK (((length(url) <= 1024) AND (url ~ '^https?://[!-~]+$'::text))),
    CONSTRAINT webhook_version_check CHECK ((version >= 1))
)
WITH (fillfactor='50');

ALTER TABLE ONLY oam.webhook FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.webhook OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_share(p_hook oam.webhook, p_most integer, p_left integer, p_moment timestamp with time zone, p_lease interval) RETURNS TABLE(id bigint, uid uuid, lease integer, tries integer, webhook uuid, url text, payload text, secrets text, client_id bigint, type text, "position" bigint, at timestamp with time zone, ref text, seq integer, version integer, event text, "from" text, "to" text, body text, service text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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

ALTER FUNCTION oam.webhook_share(p_hook oam.webhook, p_most integer, p_left integer, p_moment timestamp with time zone, p_lease interval) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_sift(p_webhook bigint, p_place bigint, p_reach bigint, p_positions bigint[], p_failures integer, p_failed_position bigint, p_error text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION oam.webhook_sift(p_webhook bigint, p_place bigint, p_reach bigint, p_positions bigint[], p_failures integer, p_failed_position bigint, p_error text) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_sweep(p_webhook bigint, p_most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

ALTER FUNCTION oam.webhook_sweep(p_webhook bigint, p_most integer) OWNER TO oam_owner;

CREATE FUNCTION oam.webhook_window(p_client_id bigint, p_after bigint, p_head bigint, p_window integer) RETURNS TABLE("position" bigint, event_id bigint, type text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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

ALTER FUNCTION oam.webhook_window(p_client_id bigint, p_after bigint, p_head bigint, p_window integer) OWNER TO oam_owner;

CREATE FUNCTION oam.workflow_publish(p_document text, p_scenarios text, p_change text, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'oam', 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    new_key text := p_document::jsonb ->> 'key';
    new_version integer := (p_document::jsonb ->> 'version')::integer;
    last_version integer;
    new_id bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('oam.workflow.' || new_key, 0));
    SELECT max(version) INTO last_version FROM workflow_definition WHERE key = new_key;
    IF last_version IS NOT NULL AND new_version <> last_version + 1 THEN
        RAISE EXCEPTION 'version % of % does not follow %', new_version, new_key, last_version USING ERRCODE = 'OA409';
    END IF;
    INSERT INTO workflow_definition (hash, key, version, document, scenarios, change, reason, published_by, published_by_name, published_at)
    VALUES (sha256(convert_to(p_document, 'UTF8')), new_key, new_version, p_document, p_scenarios,
            CASE WHEN last_version IS NOT NULL THEN p_change END, p_reason, p_actor, p_actor_name, p_now)
    RETURNING id INTO new_id;
    RETURN new_id;
END $$;

ALTER FUNCTION oam.workflow_publish(p_document text, p_scenarios text, p_change text, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) OWNER TO oam_owner;

CREATE TABLE oam.absence (
    id bigint NOT NULL,
    agent_id bigint NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    uid uuid DEFAULT gen_random_uuid() NOT NULL,
    delegate_id bigint,
    created_by text DEFAULT 'system'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    cancelled_at timestamp with time zone,
    CONSTRAINT absence_check CHECK ((last_day >= first_day)),
    CONSTRAINT absence_delegate CHECK ((delegate_id <> agent_id))
);

ALTER TABLE oam.absence OWNER TO oam_owner;

ALTER TABLE oam.absence ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.absence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.absence_progress (
    absence_id bigint NOT NULL,
    begun_at timestamp with time zone,
    ended_at timestamp with time zone
);

ALTER TABLE oam.absence_progress OWNER TO oam_owner;

CREATE TABLE oam.absence_request (
    absence_id bigint NOT NULL,
    request_id bigint NOT NULL,
    outcome text NOT NULL,
    returned boolean DEFAULT false NOT NULL,
    CONSTRAINT absence_request_outcome_check CHECK ((outcome = ANY (ARRAY['kept'::text, 'delegated'::text, 'reassigned'::text, 'unassigned'::text])))
);

ALTER TABLE oam.absence_request OWNER TO oam_owner;

CREATE TABLE oam.access_stamp (
    one boolean DEFAULT true NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT access_stamp_one CHECK (one)
);

ALTER TABLE oam.access_stamp OWNER TO oam_owner;

ALTER TABLE oam.action ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.action_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.action_share (
    action_id bigint NOT NULL,
    ordinal integer NOT NULL,
    body_id bigint NOT NULL,
    points integer NOT NULL,
    CONSTRAINT action_share_ordinal_check CHECK ((ordinal >= 1)),
    CONSTRAINT action_share_points_check CHECK (((points >= 1) AND (points <= 10000)))
);

ALTER TABLE ONLY oam.action_share FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.action_share OWNER TO oam_owner;

CREATE TABLE oam.action_unit (
    action_id bigint NOT NULL,
    unit_id bigint NOT NULL
);

ALTER TABLE ONLY oam.action_unit FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.action_unit OWNER TO oam_owner;

CREATE TABLE oam.address_asked (
    user_id bigint NOT NULL,
    address text NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE oam.address_asked OWNER TO oam_owner;

CREATE TABLE oam.address_change (
    principal text NOT NULL,
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    address text NOT NULL,
    language text NOT NULL,
    nonce uuid DEFAULT gen_random_uuid() NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    wake timestamp with time zone,
    lease integer DEFAULT 0 NOT NULL,
    CONSTRAINT address_change_address CHECK (((length(address) <= 254) AND (address ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$'::text))),
    CONSTRAINT address_change_language_check CHECK ((language = ANY (ARRAY['ca'::text, 'es'::text, 'en'::text]))),
    CONSTRAINT address_change_lease_check CHECK (((lease >= 0) AND (lease <= 8))),
    CONSTRAINT address_change_tries_check CHECK (((tries >= 0) AND (tries <= 5)))
);

ALTER TABLE ONLY oam.address_change FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.address_change OWNER TO oam_owner;

ALTER TABLE oam.address_change ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.address_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.agent (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    capacity integer DEFAULT 100000 NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT agent_capacity_check CHECK ((capacity >= 0))
);

ALTER TABLE oam.agent OWNER TO oam_owner;

CREATE TABLE oam.agent_conflict (
    agent_id bigint NOT NULL,
    body_id bigint NOT NULL
);

ALTER TABLE oam.agent_conflict OWNER TO oam_owner;

ALTER TABLE oam.agent ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.agent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.agent_load (
    agent_id bigint NOT NULL,
    open_requests integer DEFAULT 0 NOT NULL,
    last_assigned_at timestamp with time zone,
    open_hours integer DEFAULT 0 NOT NULL,
    turn bigint DEFAULT 0 NOT NULL,
    CONSTRAINT agent_load_open_hours_check CHECK ((open_hours >= 0)),
    CONSTRAINT agent_load_open_requests_check CHECK ((open_requests >= 0))
)
WITH (fillfactor='40');

ALTER TABLE oam.agent_load OWNER TO oam_owner;

CREATE TABLE oam.agent_skill (
    agent_id bigint NOT NULL,
    skill_code text NOT NULL
);

ALTER TABLE oam.agent_skill OWNER TO oam_owner;

ALTER TABLE oam.amount ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.amount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.api_client (
    id bigint NOT NULL,
    client_id text NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    all_bodies boolean DEFAULT false NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    previous_hash bytea,
    previous_until timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    access bigint DEFAULT 0 NOT NULL,
    CONSTRAINT api_client_client_id_check CHECK ((client_id ~ '^[a-z0-9][a-z0-9_-]{2,62}$'::text)),
    CONSTRAINT api_client_previous CHECK (((previous_hash IS NULL) = (previous_until IS NULL))),
    CONSTRAINT api_client_previous_hash_check CHECK ((length(previous_hash) = 32)),
    CONSTRAINT api_client_revoked CHECK (((revoked_at IS NULL) OR (NOT active))),
    CONSTRAINT api_client_scopes_check CHECK ((scopes <@ ARRAY['requests:read'::text, 'requests:write'::text, 'requests:import'::text, 'events:read'::text, 'directory:read'::text, 'webhooks:manage'::text])),
    CONSTRAINT api_client_secret_hash_check CHECK ((length(secret_hash) = 32)),
    CONSTRAINT api_client_version_check CHECK ((version >= 1))
);

ALTER TABLE ONLY oam.api_client FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.api_client OWNER TO oam_owner;

CREATE TABLE oam.api_client_body (
    client_id bigint NOT NULL,
    body_id bigint NOT NULL
);

ALTER TABLE oam.api_client_body OWNER TO oam_owner;

CREATE TABLE oam.api_client_change (
    id bigint NOT NULL,
    client_id bigint NOT NULL,
    version integer NOT NULL,
    act text NOT NULL,
    scopes text[] NOT NULL,
    all_bodies boolean NOT NULL,
    bodies text[] NOT NULL,
    active boolean NOT NULL,
    by text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT api_client_change_act_check CHECK ((act = ANY (ARRAY['created'::text, 'changed'::text, 'rotated'::text, 'revoked'::text]))),
    CONSTRAINT api_client_change_by_check CHECK (((length(by) >= 1) AND (length(by) <= 100))),
    CONSTRAINT api_client_change_version_check CHECK ((version >= 1))
);

ALTER TABLE ONLY oam.api_client_change FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.api_client_change OWNER TO oam_owner;

ALTER TABLE oam.api_client_change ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.api_client_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE oam.api_client ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.api_client_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE oam.assignment_turn
    START WITH 1000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE oam.assignment_turn OWNER TO oam_owner;

CREATE TABLE oam.body (
    id bigint NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    name_official text NOT NULL,
    ine5 text,
    comarca_code text NOT NULL,
    province_code text NOT NULL,
    population integer NOT NULL,
    area_km2 numeric(8,2),
    latitude double precision,
    longitude double precision,
    active boolean DEFAULT true NOT NULL,
    email text,
    CONSTRAINT body_code_check CHECK ((code ~ '^[0-9]{10}$'::text)),
    CONSTRAINT body_ine5_check CHECK ((ine5 ~ '^[0-9]{5}$'::text)),
    CONSTRAINT body_kind_check CHECK ((kind = ANY (ARRAY['municipality'::text, 'county_council'::text, 'emd'::text, 'mancomunitat'::text, 'consortium'::text]))),
    CONSTRAINT body_population_check CHECK ((population >= 0)),
    CONSTRAINT body_province_code_check CHECK ((province_code ~ '^[0-9]{2}$'::text))
);

ALTER TABLE oam.body OWNER TO oam_owner;

ALTER TABLE oam.body ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.body_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.calendar_revision (
    revision integer NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    actor_name text NOT NULL,
    reason text NOT NULL,
    seat_id bigint,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT calendar_revision_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT calendar_revision_revision_check CHECK ((revision >= 1))
);

ALTER TABLE oam.calendar_revision OWNER TO oam_owner;

CREATE TABLE oam.clock_recount (
    request_id bigint NOT NULL,
    revision integer NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000');

ALTER TABLE ONLY oam.clock_recount FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.clock_recount OWNER TO oam_owner;

CREATE TABLE oam.comarca (
    code text NOT NULL,
    name text NOT NULL,
    population integer NOT NULL,
    area_km2 numeric(8,1) NOT NULL,
    CONSTRAINT comarca_code_check CHECK ((code ~ '^[0-9]{2}$'::text)),
    CONSTRAINT comarca_population_check CHECK ((population >= 0))
);

ALTER TABLE oam.comarca OWNER TO oam_owner;

CREATE TABLE oam.comment (
    id bigint NOT NULL,
    uid uuid NOT NULL,
    request_id bigint NOT NULL,
    body_id bigint NOT NULL,
    internal boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    author text NOT NULL,
    author_name text NOT NULL,
    side text NOT NULL,
    text text NOT NULL,
    CONSTRAINT comment_check CHECK (((NOT internal) OR (side = 'provider'::text))),
    CONSTRAINT comment_side_check CHECK ((side = ANY (ARRAY['body'::text, 'provider'::text]))),
    CONSTRAINT comment_text_check CHECK (((length(text) >= 1) AND (length(text) <= 10000)))
);

ALTER TABLE ONLY oam.comment FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.comment OWNER TO oam_owner;

ALTER TABLE oam.comment ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.comment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.delegation (
    id bigint NOT NULL,
    agent_id bigint NOT NULL,
    delegate_id bigint NOT NULL,
    first_day date NOT NULL,
    last_day date,
    CONSTRAINT delegation_check CHECK ((last_day >= first_day)),
    CONSTRAINT delegation_to_another CHECK ((delegate_id <> agent_id))
);

ALTER TABLE oam.delegation OWNER TO oam_owner;

ALTER TABLE oam.delegation ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.delegation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.directory_stamp (
    single boolean DEFAULT true NOT NULL,
    version bigint NOT NULL,
    renamed bigint DEFAULT 0 NOT NULL,
    CONSTRAINT directory_stamp_single_check CHECK (single)
);

ALTER TABLE oam.directory_stamp OWNER TO oam_owner;

CREATE TABLE oam.effect (
    id bigint NOT NULL,
    request_id bigint NOT NULL,
    body_id bigint NOT NULL,
    seq integer NOT NULL,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    undo text,
    undone boolean DEFAULT false NOT NULL,
    done_at timestamp with time zone NOT NULL,
    answer jsonb
);

ALTER TABLE ONLY oam.effect FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.effect OWNER TO oam_owner;

CREATE TABLE oam.event_feed (
    "position" bigint NOT NULL,
    event_id bigint NOT NULL,
    request_id bigint NOT NULL,
    body_id bigint NOT NULL,
    internal boolean NOT NULL,
    draft boolean NOT NULL,
    CONSTRAINT event_feed_position_check CHECK (("position" >= 1))
);

ALTER TABLE ONLY oam.event_feed FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.event_feed OWNER TO oam_owner;

CREATE TABLE oam.event_relay_state (
    single boolean DEFAULT true NOT NULL,
    "position" bigint NOT NULL,
    horizon xid8 NOT NULL,
    CONSTRAINT event_relay_state_single_check CHECK (single)
)
WITH (fillfactor='20');

ALTER TABLE oam.event_relay_state OWNER TO oam_owner;

CREATE TABLE oam.holiday (
    id bigint NOT NULL,
    day date NOT NULL,
    scope text NOT NULL,
    body_id bigint,
    name_ca text,
    name_es text,
    status text NOT NULL,
    source text NOT NULL,
    lifted boolean DEFAULT false NOT NULL,
    CONSTRAINT holiday_check CHECK (((scope = 'local'::text) = (body_id IS NOT NULL))),
    CONSTRAINT holiday_lifted_by_narrower CHECK (((NOT lifted) OR (scope <> 'catalunya'::text))),
    CONSTRAINT holiday_scope_check CHECK ((scope = ANY (ARRAY['catalunya'::text, 'aran'::text, 'local'::text]))),
    CONSTRAINT holiday_status_check CHECK ((status = ANY (ARRAY['official'::text, 'computed'::text, 'projected'::text, 'council'::text, 'press'::text, 'unverified'::text])))
);

ALTER TABLE oam.holiday OWNER TO oam_owner;

CREATE TABLE oam.holiday_change (
    revision integer NOT NULL,
    day date NOT NULL,
    scope text NOT NULL,
    body_id bigint,
    before jsonb,
    after jsonb
);

ALTER TABLE oam.holiday_change OWNER TO oam_owner;

ALTER TABLE oam.holiday ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.holiday_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.idempotency_key (
    principal text NOT NULL,
    key text NOT NULL,
    route text NOT NULL,
    request_hash bytea NOT NULL,
    status integer NOT NULL,
    location text,
    etag_version integer,
    response text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY oam.idempotency_key FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.idempotency_key OWNER TO oam_owner;

CREATE TABLE oam.incident (
    id bigint NOT NULL,
    uid uuid DEFAULT gen_random_uuid() NOT NULL,
    request_id bigint NOT NULL,
    body_id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    outbox_id bigint,
    seq integer,
    ordinal integer,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    undo text,
    undoes bigint,
    created_at timestamp with time zone,
    generation integer,
    due timestamp with time zone,
    tries integer NOT NULL,
    error text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    patch jsonb,
    proposed_by text,
    proposed_by_name text,
    proposed_at timestamp with time zone,
    reason text,
    decided_by text,
    decided_by_name text,
    decided_at timestamp with time zone,
    CONSTRAINT incident_check CHECK ((num_nonnulls(outbox_id, seq, ordinal, created_at) =
CASE kind
    WHEN 'effect'::text THEN 4
    ELSE 0
END)),
    CONSTRAINT incident_check1 CHECK ((num_nonnulls(generation, due) =
CASE kind
    WHEN 'timer'::text THEN 2
    ELSE 0
END)),
    CONSTRAINT incident_check2 CHECK (((state = 'open'::text) = (decided_at IS NULL))),
    CONSTRAINT incident_check3 CHECK (((patch IS NULL) = (proposed_by IS NULL))),
    CONSTRAINT incident_check4 CHECK (((kind = 'effect'::text) OR (patch IS NULL))),
    CONSTRAINT incident_check5 CHECK (((state <> 'patched'::text) OR ((patch IS NOT NULL) AND (decided_by <> proposed_by)))),
    CONSTRAINT incident_kind_check CHECK ((kind = ANY (ARRAY['effect'::text, 'timer'::text]))),
    CONSTRAINT incident_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 2000))),
    CONSTRAINT incident_state_check CHECK ((state = ANY (ARRAY['open'::text, 'retried'::text, 'skipped'::text, 'patched'::text]))),
    CONSTRAINT incident_version_check CHECK ((version >= 1))
);

ALTER TABLE ONLY oam.incident FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.incident OWNER TO oam_owner;

ALTER TABLE oam.incident ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.incident_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.login_failure (
    id bigint NOT NULL,
    subject bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT login_failure_subject_check CHECK ((length(subject) = 16))
);

ALTER TABLE oam.login_failure OWNER TO oam_owner;

ALTER TABLE oam.login_failure ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.login_failure_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.membership (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    role text NOT NULL,
    body_id bigint,
    unit_id bigint,
    valid_from date DEFAULT '-infinity'::date NOT NULL,
    valid_to date,
    CONSTRAINT membership_check CHECK (((role = ANY (ARRAY['local_user'::text, 'signer'::text, 'comptroller'::text])) = (body_id IS NOT NULL))),
    CONSTRAINT membership_check1 CHECK (((role <> ALL (ARRAY['technician'::text, 'unit_head'::text])) OR (unit_id IS NOT NULL))),
    CONSTRAINT membership_check2 CHECK (((valid_to IS NULL) OR (valid_to >= valid_from))),
    CONSTRAINT membership_role_check CHECK ((role = ANY (ARRAY['local_user'::text, 'signer'::text, 'comptroller'::text, 'operator'::text, 'agent'::text, 'technician'::text, 'unit_head'::text, 'supervisor'::text, 'admin'::text])))
);

ALTER TABLE oam.membership OWNER TO oam_owner;

ALTER TABLE oam.membership ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.membership_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.milestone (
    action_id bigint NOT NULL,
    ordinal integer NOT NULL,
    key text NOT NULL,
    title text NOT NULL,
    weight integer NOT NULL,
    planned_on date,
    reached_on date,
    CONSTRAINT milestone_key_check CHECK ((key ~ '^[a-z][a-z0-9_]{0,47}$'::text)),
    CONSTRAINT milestone_ordinal_check CHECK ((ordinal >= 1)),
    CONSTRAINT milestone_title_check CHECK (((length(title) >= 1) AND (length(title) <= 160))),
    CONSTRAINT milestone_weight_check CHECK (((weight >= 1) AND (weight <= 1000)))
);

ALTER TABLE ONLY oam.milestone FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.milestone OWNER TO oam_owner;

CREATE TABLE oam.notification (
    id bigint NOT NULL,
    request_id bigint NOT NULL,
    body_id bigint NOT NULL,
    seq integer NOT NULL,
    ordinal integer NOT NULL,
    internal boolean NOT NULL,
    role text NOT NULL,
    payload jsonb NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY oam.notification FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.notification OWNER TO oam_owner;

CREATE TABLE oam.notification_read (
    principal text NOT NULL,
    notification_id bigint NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY oam.notification_read FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.notification_read OWNER TO oam_owner;

CREATE TABLE oam.open311_endpoint (
    body_id bigint NOT NULL,
    contact text NOT NULL,
    publishes_texts boolean DEFAULT false NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT open311_endpoint_contact_check CHECK (((length(contact) >= 1) AND (length(contact) <= 250)))
);

ALTER TABLE oam.open311_endpoint OWNER TO oam_owner;

CREATE TABLE oam.open311_key (
    body_id bigint NOT NULL,
    client_id bigint NOT NULL,
    hash bytea NOT NULL,
    given_by text NOT NULL,
    given_at timestamp with time zone NOT NULL,
    CONSTRAINT open311_key_hash_check CHECK ((length(hash) = 32))
);

ALTER TABLE oam.open311_key OWNER TO oam_owner;

CREATE TABLE oam.open311_report (
    request_id bigint NOT NULL,
    body_id bigint NOT NULL,
    latitude numeric(9,7),
    longitude numeric(10,7),
    address text,
    address_id text,
    media_url text,
    CONSTRAINT open311_report_address_check CHECK (((length(address) >= 1) AND (length(address) <= 250))),
    CONSTRAINT open311_report_address_id_check CHECK (((length(address_id) >= 1) AND (length(address_id) <= 100))),
    CONSTRAINT open311_report_latitude_check CHECK (((latitude >= ('-90'::integer)::numeric) AND (latitude <= (90)::numeric))),
    CONSTRAINT open311_report_longitude_check CHECK (((longitude >= ('-180'::integer)::numeric) AND (longitude <= (180)::numeric))),
    CONSTRAINT open311_report_media_url_check CHECK (((length(media_url) <= 1000) AND (media_url ~ '^https?://'::text))),
    CONSTRAINT open311_report_place CHECK ((COALESCE((latitude)::text, address, address_id) IS NOT NULL)),
    CONSTRAINT open311_report_point CHECK (((latitude IS NULL) = (longitude IS NULL)))
);

ALTER TABLE ONLY oam.open311_report FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.open311_report OWNER TO oam_owner;

CREATE TABLE oam.open311_service (
    body_id bigint NOT NULL,
    service_id bigint NOT NULL
);

ALTER TABLE oam.open311_service OWNER TO oam_owner;

CREATE TABLE oam.open311_update (
    principal text NOT NULL,
    update_id text NOT NULL,
    request_id bigint NOT NULL,
    uid uuid NOT NULL,
    status text NOT NULL,
    body_id bigint NOT NULL,
    CONSTRAINT open311_update_status_check CHECK ((status ~ '^[a-z_]{1,40}$'::text)),
    CONSTRAINT open311_update_update_id_check CHECK (((length(update_id) >= 1) AND (length(update_id) <= 100)))
);

ALTER TABLE ONLY oam.open311_update FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.open311_update OWNER TO oam_owner;

CREATE TABLE oam.outbox (
    id bigint NOT NULL,
    request_id bigint NOT NULL,
    body_id bigint NOT NULL,
    seq integer NOT NULL,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    undo text,
    undoes bigint,
    created_at timestamp with time zone NOT NULL,
    wake timestamp with time zone NOT NULL,
    lease integer DEFAULT 0 NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    last_error text,
    CONSTRAINT outbox_payload_check CHECK ((jsonb_typeof(payload) = 'object'::text)),
    CONSTRAINT outbox_seq_check CHECK ((seq >= 1)),
    CONSTRAINT outbox_tries_check CHECK ((tries >= 0)),
    CONSTRAINT outbox_undo_check CHECK ((undo ~ '^[a-z][a-z0-9_]{0,31}$'::text))
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000');

ALTER TABLE ONLY oam.outbox FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.outbox OWNER TO oam_owner;

ALTER TABLE oam.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.panel (
    id bigint NOT NULL,
    code text NOT NULL,
    name jsonb NOT NULL,
    team text NOT NULL,
    unit_id bigint,
    version integer DEFAULT 1 NOT NULL,
    changed_by text,
    changed_at timestamp with time zone,
    CONSTRAINT panel_check CHECK (((changed_by IS NULL) = (changed_at IS NULL))),
    CONSTRAINT panel_code_check CHECK ((code ~ '^[a-z][a-z0-9_]{1,47}$'::text)),
    CONSTRAINT panel_name_check CHECK ((name ?& ARRAY['ca'::text, 'es'::text, 'en'::text])),
    CONSTRAINT panel_team_check CHECK ((team ~ '^[a-z][a-z0-9_.]{0,63}$'::text)),
    CONSTRAINT panel_version_check CHECK ((version >= 1))
);

ALTER TABLE oam.panel OWNER TO oam_owner;

ALTER TABLE oam.panel ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.panel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.panel_seat (
    panel_id bigint NOT NULL,
    place integer NOT NULL,
    user_id bigint NOT NULL,
    substitute_id bigint,
    chair boolean DEFAULT false NOT NULL,
    away_from date,
    away_to date,
    conflicts bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    CONSTRAINT panel_seat_check CHECK (((away_from IS NULL) = (away_to IS NULL))),
    CONSTRAINT panel_seat_check1 CHECK ((away_to >= away_from)),
    CONSTRAINT panel_seat_place_check CHECK ((place >= 1)),
    CONSTRAINT panel_seat_substitute CHECK ((substitute_id <> user_id))
);

ALTER TABLE oam.panel_seat OWNER TO oam_owner;

CREATE TABLE oam.user_account (
    id bigint NOT NULL,
    login text NOT NULL,
    name text NOT NULL,
    password_hash text,
    language text DEFAULT 'ca'::text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    email text,
    CONSTRAINT user_account_language_check CHECK ((language = ANY (ARRAY['ca'::text, 'es'::text, 'en'::text]))),
    CONSTRAINT user_account_login_check CHECK ((login ~ '^[a-z0-9][a-z0-9._@-]{0,99}$'::text)),
    CONSTRAINT user_account_name_check CHECK (((length(name) >= 1) AND (length(name) <= 160)))
);

ALTER TABLE oam.user_account OWNER TO oam_owner;

CREATE VIEW oam.person WITH (security_barrier='true') AS
 SELECT u.id AS user_id,
    u.login,
    u.name,
    u.password_hash,
    sha256(convert_to(COALESCE(u.password_hash, ''::text), 'UTF8'::name)) AS credential,
    m.role,
    m.body_id,
    m.unit_id,
    m.valid_from,
    COALESCE(m.valid_to, 'infinity'::date) AS valid_to,
    a.id AS agent_id,
    a.unit_id AS agent_unit_id
   FROM ((oam.user_account u
     JOIN oam.membership m ON ((m.user_id = u.id)))
     LEFT JOIN oam.agent a ON (((a.user_id = u.id) AND a.active)))
  WHERE u.active;

ALTER TABLE oam.person OWNER TO oam_owner;

CREATE TABLE oam.person_access (
    user_id bigint NOT NULL,
    revision bigint NOT NULL
);

ALTER TABLE oam.person_access OWNER TO oam_owner;

CREATE TABLE oam.portfolio (
    id bigint NOT NULL,
    agent_id bigint NOT NULL,
    comarca_code text,
    body_id bigint,
    CONSTRAINT portfolio_check CHECK ((num_nonnulls(comarca_code, body_id) = 1))
);

ALTER TABLE oam.portfolio OWNER TO oam_owner;

ALTER TABLE oam.portfolio ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.portfolio_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.referent (
    body_id bigint NOT NULL,
    area_code text NOT NULL,
    agent_id bigint NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE oam.referent OWNER TO oam_owner;

CREATE SEQUENCE oam.register_number_2026
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE oam.register_number_2026 OWNER TO oam_owner;

CREATE TABLE oam.request_body (
    request_id bigint NOT NULL,
    body_id bigint NOT NULL
);

ALTER TABLE ONLY oam.request_body FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.request_body OWNER TO oam_owner;

CREATE TABLE oam.request_clock (
    request_id bigint NOT NULL,
    clock text NOT NULL,
    bodies bigint[] NOT NULL,
    since timestamp with time zone NOT NULL,
    due timestamp with time zone NOT NULL,
    revision integer DEFAULT 0 NOT NULL,
    CONSTRAINT request_clock_check CHECK ((due >= since)),
    CONSTRAINT request_clock_clock_check CHECK ((clock ~ '^[a-z][a-z0-9_]{0,47}$'::text))
)
WITH (fillfactor='80');

ALTER TABLE ONLY oam.request_clock FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.request_clock OWNER TO oam_owner;

ALTER TABLE oam.request_event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.request_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE oam.request ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.request_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE oam.request_number_2026
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE oam.request_number_2026 OWNER TO oam_owner;

CREATE TABLE oam.request_timer (
    request_id bigint NOT NULL,
    timer text NOT NULL,
    generation integer NOT NULL,
    due timestamp with time zone NOT NULL,
    wake timestamp with time zone NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    last_error text,
    since timestamp with time zone,
    CONSTRAINT request_timer_check CHECK ((wake >= due)),
    CONSTRAINT request_timer_generation_check CHECK ((generation >= 1)),
    CONSTRAINT request_timer_timer_check CHECK ((timer ~ '^[a-z][a-z0-9_.:]{0,95}$'::text)),
    CONSTRAINT request_timer_tries_check CHECK ((tries >= 0))
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000');

ALTER TABLE ONLY oam.request_timer FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.request_timer OWNER TO oam_owner;

CREATE TABLE oam.service (
    id bigint NOT NULL,
    code text NOT NULL,
    area_code text NOT NULL,
    unit_id bigint NOT NULL,
    name jsonb NOT NULL,
    description jsonb NOT NULL,
    support_type text NOT NULL,
    resource_class text NOT NULL,
    requires_application boolean NOT NULL,
    application text NOT NULL,
    award_procedure text,
    max_population integer,
    joint_request boolean NOT NULL,
    sdg integer[] NOT NULL,
    workflow_key text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    effort_hours integer DEFAULT 1 NOT NULL,
    CONSTRAINT service_application_check CHECK ((application = ANY (ARRAY['open_all_year'::text, 'call'::text, 'none_automatic'::text]))),
    CONSTRAINT service_code_check CHECK ((code ~ '^[A-Z]{2,4}-[A-Z0-9]{2,4}$'::text)),
    CONSTRAINT service_description_check CHECK ((description ?& ARRAY['ca'::text, 'es'::text, 'en'::text])),
    CONSTRAINT service_effort_hours_check CHECK (((effort_hours >= 0) AND (effort_hours <= 99999))),
    CONSTRAINT service_max_population_check CHECK ((max_population > 0)),
    CONSTRAINT service_name_check CHECK ((name ?& ARRAY['ca'::text, 'es'::text, 'en'::text])),
    CONSTRAINT service_support_type_check CHECK ((support_type = ANY (ARRAY['technical'::text, 'economic'::text, 'material'::text])))
);

ALTER TABLE oam.service OWNER TO oam_owner;

CREATE TABLE oam.service_area (
    code text NOT NULL,
    name jsonb NOT NULL,
    CONSTRAINT service_area_code_check CHECK ((code ~ '^[A-Z]{2,4}$'::text)),
    CONSTRAINT service_area_name_check CHECK ((name ?& ARRAY['ca'::text, 'es'::text, 'en'::text]))
);

ALTER TABLE oam.service_area OWNER TO oam_owner;

ALTER TABLE oam.service ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.service_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.session (
    token_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    credential bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT session_check CHECK ((expires_at > created_at)),
    CONSTRAINT session_credential_check CHECK ((length(credential) = 32)),
    CONSTRAINT session_token_hash_check CHECK ((length(token_hash) = 32))
);

ALTER TABLE oam.session OWNER TO oam_owner;

CREATE TABLE oam.signing_key (
    kid text NOT NULL,
    sealed bytea NOT NULL,
    public_pem text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    signs_until timestamp with time zone NOT NULL,
    verifies_until timestamp with time zone NOT NULL,
    CONSTRAINT signing_key_check CHECK ((verifies_until >= signs_until)),
    CONSTRAINT signing_key_kid_check CHECK ((kid ~ '^[A-Za-z0-9_-]{43}$'::text))
);

ALTER TABLE oam.signing_key OWNER TO oam_owner;

CREATE TABLE oam.skill (
    code text NOT NULL,
    name jsonb NOT NULL,
    CONSTRAINT skill_code_check CHECK ((code ~ '^[A-Za-z][A-Za-z0-9_]{1,31}$'::text)),
    CONSTRAINT skill_name_check CHECK ((name ?& ARRAY['ca'::text, 'es'::text, 'en'::text]))
);

ALTER TABLE oam.skill OWNER TO oam_owner;

ALTER TABLE oam.stock_hold ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.stock_hold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE oam.stock_item ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.stock_item_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE oam.stock_movement ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.stock_movement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.token_revoked (
    jti uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE oam.token_revoked OWNER TO oam_owner;

CREATE TABLE oam.unit (
    id bigint NOT NULL,
    code text NOT NULL,
    name jsonb NOT NULL,
    area_code text,
    CONSTRAINT unit_code_check CHECK ((code ~ '^[a-z][a-z0-9_]{1,31}$'::text)),
    CONSTRAINT unit_name_check CHECK ((name ?& ARRAY['ca'::text, 'es'::text, 'en'::text]))
);

ALTER TABLE oam.unit OWNER TO oam_owner;

ALTER TABLE oam.unit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.unit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE oam.user_account ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.user_account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.webhook_delivery (
    id bigint NOT NULL,
    uid uuid NOT NULL,
    webhook_id bigint NOT NULL,
    "position" bigint,
    request_id bigint,
    type text NOT NULL,
    at timestamp with time zone NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    replay boolean DEFAULT false NOT NULL,
    sending boolean DEFAULT false NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    lease integer DEFAULT 0 NOT NULL,
    wake timestamp with time zone,
    status integer,
    outcome text,
    attempts jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT webhook_delivery_attempts_check CHECK ((jsonb_typeof(attempts) = 'array'::text)),
    CONSTRAINT webhook_delivery_ended CHECK (((state = 'pending'::text) = (ended_at IS NULL))),
    CONSTRAINT webhook_delivery_event CHECK ((("position" IS NULL) = (request_id IS NULL))),
    CONSTRAINT webhook_delivery_outcome_check CHECK ((outcome ~ '^[a-z_]{1,32}$'::text)),
    CONSTRAINT webhook_delivery_position_check CHECK (("position" >= 1)),
    CONSTRAINT webhook_delivery_sending CHECK (((state = 'pending'::text) OR (NOT sending))),
    CONSTRAINT webhook_delivery_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text]))),
    CONSTRAINT webhook_delivery_status_check CHECK (((status >= 100) AND (status <= 999))),
    CONSTRAINT webhook_delivery_tries_check CHECK ((tries >= 0)),
    CONSTRAINT webhook_delivery_type_check CHECK ((type ~ '^[a-z_]+\.[a-z_]+$'::text)),
    CONSTRAINT webhook_delivery_waits CHECK (((state = 'pending'::text) = (wake IS NOT NULL)))
);

ALTER TABLE ONLY oam.webhook_delivery FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.webhook_delivery OWNER TO oam_owner;

ALTER TABLE oam.webhook_delivery ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.webhook_delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE oam.webhook ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.webhook_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.webhook_notice (
    id bigint NOT NULL,
    webhook_id bigint,
    reason text NOT NULL,
    since timestamp with time zone NOT NULL,
    at timestamp with time zone NOT NULL,
    wake timestamp with time zone,
    lease integer DEFAULT 0 NOT NULL,
    client_id bigint,
    CONSTRAINT webhook_notice_lease_check CHECK (((lease >= 0) AND (lease <= 12))),
    CONSTRAINT webhook_notice_reason_check CHECK ((reason = ANY (ARRAY['gone'::text, 'failing'::text])))
);

ALTER TABLE ONLY oam.webhook_notice FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.webhook_notice OWNER TO oam_owner;

ALTER TABLE oam.webhook_notice ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.webhook_notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.webhook_secret (
    id bigint NOT NULL,
    webhook_id bigint NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone,
    CONSTRAINT webhook_secret_check CHECK ((ends_at >= created_at)),
    CONSTRAINT webhook_secret_sealed_check CHECK (((length(sealed) >= 80) AND (length(sealed) <= 200)))
);

ALTER TABLE ONLY oam.webhook_secret FORCE ROW LEVEL SECURITY;

ALTER TABLE oam.webhook_secret OWNER TO oam_owner;

ALTER TABLE oam.webhook_secret ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.webhook_secret_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.workflow_definition (
    id bigint NOT NULL,
    hash bytea NOT NULL,
    key text NOT NULL,
    version integer NOT NULL,
    document text NOT NULL,
    published_at timestamp with time zone DEFAULT now() NOT NULL,
    scenarios text,
    change text,
    reason text,
    published_by text DEFAULT 'system'::text NOT NULL,
    published_by_name text DEFAULT 'system'::text NOT NULL,
    CONSTRAINT workflow_definition_change_check CHECK ((change = ANY (ARRAY['texts'::text, 'extension'::text, 'structure'::text]))),
    CONSTRAINT workflow_definition_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT workflow_definition_key_check CHECK ((key ~ '^[a-z][a-z0-9_]{0,47}$'::text)),
    CONSTRAINT workflow_definition_reason_check CHECK (((length(reason) >= 3) AND (length(reason) <= 2000))),
    CONSTRAINT workflow_definition_version_check CHECK ((version >= 1))
);

ALTER TABLE oam.workflow_definition OWNER TO oam_owner;

ALTER TABLE oam.workflow_definition ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.workflow_definition_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.workflow_migration (
    id bigint NOT NULL,
    uid uuid DEFAULT gen_random_uuid() NOT NULL,
    from_id bigint NOT NULL,
    to_id bigint NOT NULL,
    change text NOT NULL,
    map text NOT NULL,
    reason text NOT NULL,
    started_by text NOT NULL,
    started_by_name text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    not_before timestamp with time zone NOT NULL,
    reach bigint DEFAULT 0 NOT NULL,
    moved integer DEFAULT 0 NOT NULL,
    passed integer DEFAULT 0 NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT workflow_migration_change_check CHECK ((change = ANY (ARRAY['texts'::text, 'extension'::text, 'structure'::text]))),
    CONSTRAINT workflow_migration_check CHECK ((from_id <> to_id)),
    CONSTRAINT workflow_migration_moved_check CHECK ((moved >= 0)),
    CONSTRAINT workflow_migration_passed_check CHECK ((passed >= 0)),
    CONSTRAINT workflow_migration_reason_check CHECK (((length(reason) >= 3) AND (length(reason) <= 2000)))
)
WITH (fillfactor='50');

ALTER TABLE oam.workflow_migration OWNER TO oam_owner;

ALTER TABLE oam.workflow_migration ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oam.workflow_migration_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oam.workflow_migration_left (
    migration_id bigint NOT NULL,
    request_id bigint NOT NULL,
    why text NOT NULL
);

ALTER TABLE oam.workflow_migration_left OWNER TO oam_owner;

ALTER TABLE ONLY oam.absence
    ADD CONSTRAINT absence_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.absence_progress
    ADD CONSTRAINT absence_progress_pkey PRIMARY KEY (absence_id);

ALTER TABLE ONLY oam.absence_request
    ADD CONSTRAINT absence_request_pkey PRIMARY KEY (absence_id, request_id);

ALTER TABLE ONLY oam.absence
    ADD CONSTRAINT absence_uid UNIQUE (uid);

ALTER TABLE ONLY oam.access_stamp
    ADD CONSTRAINT access_stamp_pkey PRIMARY KEY (one);

ALTER TABLE ONLY oam.action
    ADD CONSTRAINT action_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.action_share
    ADD CONSTRAINT action_share_action_id_body_id_key UNIQUE (action_id, body_id);

ALTER TABLE ONLY oam.action_share
    ADD CONSTRAINT action_share_pkey PRIMARY KEY (action_id, ordinal);

ALTER TABLE ONLY oam.action
    ADD CONSTRAINT action_uid_key UNIQUE (uid);

ALTER TABLE ONLY oam.action_unit
    ADD CONSTRAINT action_unit_pkey PRIMARY KEY (action_id, unit_id);

ALTER TABLE ONLY oam.address_change
    ADD CONSTRAINT address_change_id_key UNIQUE (id);

ALTER TABLE ONLY oam.address_change
    ADD CONSTRAINT address_change_pkey PRIMARY KEY (principal);

ALTER TABLE ONLY oam.agent_conflict
    ADD CONSTRAINT agent_conflict_pkey PRIMARY KEY (agent_id, body_id);

ALTER TABLE ONLY oam.agent_load
    ADD CONSTRAINT agent_load_pkey PRIMARY KEY (agent_id);

ALTER TABLE ONLY oam.agent
    ADD CONSTRAINT agent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.agent_skill
    ADD CONSTRAINT agent_skill_pkey PRIMARY KEY (agent_id, skill_code);

ALTER TABLE ONLY oam.agent
    ADD CONSTRAINT agent_user_id_key UNIQUE (user_id);

ALTER TABLE ONLY oam.amount
    ADD CONSTRAINT amount_action_id_ordinal_key UNIQUE (action_id, ordinal);

ALTER TABLE ONLY oam.amount
    ADD CONSTRAINT amount_id_action_id_kind_year_key UNIQUE (id, action_id, kind, year);

ALTER TABLE ONLY oam.amount
    ADD CONSTRAINT amount_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.amount
    ADD CONSTRAINT amount_uid_key UNIQUE (uid);

ALTER TABLE ONLY oam.api_client_body
    ADD CONSTRAINT api_client_body_pkey PRIMARY KEY (client_id, body_id);

ALTER TABLE ONLY oam.api_client_change
    ADD CONSTRAINT api_client_change_client_id_version_key UNIQUE (client_id, version);

ALTER TABLE ONLY oam.api_client_change
    ADD CONSTRAINT api_client_change_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.api_client
    ADD CONSTRAINT api_client_client_id_key UNIQUE (client_id);

ALTER TABLE oam.api_client
    ADD CONSTRAINT api_client_name CHECK (((length(name) >= 1) AND (length(name) <= 120))) NOT VALID;

ALTER TABLE ONLY oam.api_client
    ADD CONSTRAINT api_client_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.body
    ADD CONSTRAINT body_code_key UNIQUE (code);

ALTER TABLE oam.body
    ADD CONSTRAINT body_email CHECK (((length(email) <= 254) AND (email ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$'::text))) NOT VALID;

ALTER TABLE ONLY oam.body
    ADD CONSTRAINT body_ine5_key UNIQUE (ine5);

ALTER TABLE ONLY oam.body
    ADD CONSTRAINT body_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.calendar_revision
    ADD CONSTRAINT calendar_revision_pkey PRIMARY KEY (revision);

ALTER TABLE ONLY oam.calendar_revision
    ADD CONSTRAINT calendar_revision_xid_key UNIQUE (xid);

ALTER TABLE ONLY oam.clock_recount
    ADD CONSTRAINT clock_recount_pkey PRIMARY KEY (request_id, revision);

ALTER TABLE ONLY oam.comarca
    ADD CONSTRAINT comarca_pkey PRIMARY KEY (code);

ALTER TABLE ONLY oam.comment
    ADD CONSTRAINT comment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.comment
    ADD CONSTRAINT comment_uid_key UNIQUE (uid);

ALTER TABLE ONLY oam.delegation
    ADD CONSTRAINT delegation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.directory_stamp
    ADD CONSTRAINT directory_stamp_pkey PRIMARY KEY (single);

ALTER TABLE ONLY oam.effect
    ADD CONSTRAINT effect_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.effect
    ADD CONSTRAINT effect_request_id_seq_ordinal_key UNIQUE (request_id, seq, ordinal);

ALTER TABLE ONLY oam.event_feed
    ADD CONSTRAINT event_feed_event_id_key UNIQUE (event_id);

ALTER TABLE ONLY oam.event_feed
    ADD CONSTRAINT event_feed_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY oam.event_relay_state
    ADD CONSTRAINT event_relay_state_pkey PRIMARY KEY (single);

ALTER TABLE ONLY oam.holiday_change
    ADD CONSTRAINT holiday_change_revision_scope_body_id_day_key UNIQUE NULLS NOT DISTINCT (revision, scope, body_id, day);

ALTER TABLE ONLY oam.holiday
    ADD CONSTRAINT holiday_day_scope_body_id_key UNIQUE NULLS NOT DISTINCT (day, scope, body_id);

ALTER TABLE ONLY oam.holiday
    ADD CONSTRAINT holiday_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (principal, key);

ALTER TABLE ONLY oam.incident
    ADD CONSTRAINT incident_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.incident
    ADD CONSTRAINT incident_uid_key UNIQUE (uid);

ALTER TABLE ONLY oam.login_failure
    ADD CONSTRAINT login_failure_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.membership
    ADD CONSTRAINT membership_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.membership
    ADD CONSTRAINT membership_user_id_role_body_id_unit_id_key UNIQUE NULLS NOT DISTINCT (user_id, role, body_id, unit_id);

ALTER TABLE ONLY oam.milestone
    ADD CONSTRAINT milestone_action_id_key_key UNIQUE (action_id, key);

ALTER TABLE ONLY oam.milestone
    ADD CONSTRAINT milestone_pkey PRIMARY KEY (action_id, ordinal);

ALTER TABLE ONLY oam.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.notification_read
    ADD CONSTRAINT notification_read_pkey PRIMARY KEY (principal, notification_id);

ALTER TABLE ONLY oam.notification
    ADD CONSTRAINT notification_request_id_seq_ordinal_key UNIQUE (request_id, seq, ordinal);

ALTER TABLE ONLY oam.open311_endpoint
    ADD CONSTRAINT open311_endpoint_pkey PRIMARY KEY (body_id);

ALTER TABLE ONLY oam.open311_key
    ADD CONSTRAINT open311_key_hash_key UNIQUE (hash);

ALTER TABLE ONLY oam.open311_key
    ADD CONSTRAINT open311_key_pkey PRIMARY KEY (body_id, client_id);

ALTER TABLE ONLY oam.open311_report
    ADD CONSTRAINT open311_report_pkey PRIMARY KEY (request_id);

ALTER TABLE ONLY oam.open311_service
    ADD CONSTRAINT open311_service_pkey PRIMARY KEY (body_id, service_id);

ALTER TABLE ONLY oam.open311_update
    ADD CONSTRAINT open311_update_pkey PRIMARY KEY (principal, body_id, update_id);

ALTER TABLE oam.outbox
    ADD CONSTRAINT outbox_kind_check CHECK (((kind = 'notify'::text) OR (kind ~ '^[a-z][a-z0-9_]{0,31}$'::text))) NOT VALID;

ALTER TABLE oam.outbox
    ADD CONSTRAINT outbox_ordinal_check CHECK (((ordinal >= 0) AND (ordinal <= 999999))) NOT VALID;

ALTER TABLE ONLY oam.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.outbox
    ADD CONSTRAINT outbox_request_id_seq_ordinal_key UNIQUE (request_id, seq, ordinal);

ALTER TABLE ONLY oam.panel
    ADD CONSTRAINT panel_code_key UNIQUE (code);

ALTER TABLE ONLY oam.panel
    ADD CONSTRAINT panel_of_team UNIQUE NULLS NOT DISTINCT (team, unit_id);

ALTER TABLE ONLY oam.panel
    ADD CONSTRAINT panel_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.panel_seat
    ADD CONSTRAINT panel_seat_panel_id_user_id_key UNIQUE (panel_id, user_id);

ALTER TABLE ONLY oam.panel_seat
    ADD CONSTRAINT panel_seat_pkey PRIMARY KEY (panel_id, place);

ALTER TABLE ONLY oam.person_access
    ADD CONSTRAINT person_access_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY oam.portfolio
    ADD CONSTRAINT portfolio_agent_id_comarca_code_body_id_key UNIQUE NULLS NOT DISTINCT (agent_id, comarca_code, body_id);

ALTER TABLE ONLY oam.portfolio
    ADD CONSTRAINT portfolio_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.referent
    ADD CONSTRAINT referent_pkey PRIMARY KEY (body_id, area_code);

ALTER TABLE ONLY oam.request_body
    ADD CONSTRAINT request_body_pkey PRIMARY KEY (body_id, request_id);

ALTER TABLE ONLY oam.request_clock
    ADD CONSTRAINT request_clock_pkey PRIMARY KEY (request_id, clock);

ALTER TABLE ONLY oam.request_event
    ADD CONSTRAINT request_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.request_event
    ADD CONSTRAINT request_event_request_id_seq_key UNIQUE (request_id, seq);

ALTER TABLE ONLY oam.request
    ADD CONSTRAINT request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.request
    ADD CONSTRAINT request_ref_key UNIQUE (ref);

ALTER TABLE ONLY oam.request
    ADD CONSTRAINT request_register_number_key UNIQUE (register_number);

ALTER TABLE ONLY oam.request_timer
    ADD CONSTRAINT request_timer_pkey PRIMARY KEY (request_id, timer);

ALTER TABLE ONLY oam.service_area
    ADD CONSTRAINT service_area_pkey PRIMARY KEY (code);

ALTER TABLE ONLY oam.service
    ADD CONSTRAINT service_code_key UNIQUE (code);

ALTER TABLE ONLY oam.service
    ADD CONSTRAINT service_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY oam.signing_key
    ADD CONSTRAINT signing_key_pkey PRIMARY KEY (kid);

ALTER TABLE ONLY oam.skill
    ADD CONSTRAINT skill_pkey PRIMARY KEY (code);

ALTER TABLE ONLY oam.stock_hold
    ADD CONSTRAINT stock_hold_action_id_ordinal_key UNIQUE (action_id, ordinal);

ALTER TABLE ONLY oam.stock_hold
    ADD CONSTRAINT stock_hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.stock_item
    ADD CONSTRAINT stock_item_code_key UNIQUE (code);

ALTER TABLE ONLY oam.stock_item
    ADD CONSTRAINT stock_item_id_kind_key UNIQUE (id, kind);

ALTER TABLE ONLY oam.stock_item
    ADD CONSTRAINT stock_item_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.stock_movement
    ADD CONSTRAINT stock_movement_item_id_ordinal_key UNIQUE (item_id, ordinal);

ALTER TABLE ONLY oam.stock_movement
    ADD CONSTRAINT stock_movement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.token_revoked
    ADD CONSTRAINT token_revoked_pkey PRIMARY KEY (jti);

ALTER TABLE ONLY oam.unit
    ADD CONSTRAINT unit_code_key UNIQUE (code);

ALTER TABLE ONLY oam.unit
    ADD CONSTRAINT unit_pkey PRIMARY KEY (id);

ALTER TABLE oam.user_account
    ADD CONSTRAINT user_account_email CHECK (((length(email) <= 254) AND (email ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$'::text))) NOT VALID;

ALTER TABLE ONLY oam.user_account
    ADD CONSTRAINT user_account_login_key UNIQUE (login);

ALTER TABLE ONLY oam.user_account
    ADD CONSTRAINT user_account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.webhook_delivery
    ADD CONSTRAINT webhook_delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.webhook_delivery
    ADD CONSTRAINT webhook_delivery_uid_key UNIQUE (uid);

ALTER TABLE ONLY oam.webhook_notice
    ADD CONSTRAINT webhook_notice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.webhook_secret
    ADD CONSTRAINT webhook_secret_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.webhook
    ADD CONSTRAINT webhook_uid_key UNIQUE (uid);

ALTER TABLE ONLY oam.workflow_definition
    ADD CONSTRAINT workflow_definition_hash_key UNIQUE (hash);

ALTER TABLE ONLY oam.workflow_definition
    ADD CONSTRAINT workflow_definition_key_version_key UNIQUE (key, version);

ALTER TABLE ONLY oam.workflow_definition
    ADD CONSTRAINT workflow_definition_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.workflow_migration_left
    ADD CONSTRAINT workflow_migration_left_pkey PRIMARY KEY (migration_id, request_id);

ALTER TABLE ONLY oam.workflow_migration
    ADD CONSTRAINT workflow_migration_pkey PRIMARY KEY (id);

ALTER TABLE ONLY oam.workflow_migration
    ADD CONSTRAINT workflow_migration_uid_key UNIQUE (uid);

CREATE INDEX absence_agent ON oam.absence USING btree (agent_id, first_day);

CREATE INDEX absence_progress_open ON oam.absence_progress USING btree (absence_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX action_of_procedure ON oam.action USING btree (request_id) WHERE of_procedure;

CREATE INDEX action_request ON oam.action USING btree (request_id);

CREATE INDEX address_asked_at ON oam.address_asked USING btree (at);

CREATE INDEX address_change_wake ON oam.address_change USING btree (wake) WHERE (wake IS NOT NULL);

CREATE INDEX amount_reverses ON oam.amount USING btree (reverses) WHERE (reverses IS NOT NULL);

CREATE INDEX api_client_access ON oam.api_client USING btree (access);

CREATE INDEX body_comarca ON oam.body USING btree (comarca_code);

CREATE INDEX comment_request ON oam.comment USING btree (request_id, id);

CREATE INDEX delegation_agent ON oam.delegation USING btree (agent_id, first_day);

CREATE INDEX event_feed_body ON oam.event_feed USING btree (body_id, "position");

CREATE INDEX idempotency_key_created ON oam.idempotency_key USING btree (created_at);

CREATE UNIQUE INDEX incident_of_effect ON oam.incident USING btree (outbox_id) WHERE (state = 'open'::text);

CREATE INDEX incident_open ON oam.incident USING btree (id) WHERE (state = 'open'::text);

CREATE INDEX incident_request ON oam.incident USING btree (request_id);

CREATE INDEX login_failure_at ON oam.login_failure USING btree (at);

CREATE INDEX login_failure_subject ON oam.login_failure USING btree (subject, at);

CREATE INDEX notification_body ON oam.notification USING btree (body_id, id);

CREATE INDEX notification_internal ON oam.notification USING btree (id) WHERE internal;

CREATE INDEX outbox_wake ON oam.outbox USING btree (wake, id);

CREATE UNIQUE INDEX panel_seat_chair ON oam.panel_seat USING btree (panel_id) WHERE chair;

CREATE INDEX request_assignee_updated ON oam.request USING btree (assignee_id, updated_at, id) WHERE (assignee_id IS NOT NULL);

CREATE INDEX request_body_request ON oam.request_body USING btree (request_id);

CREATE INDEX request_body_updated ON oam.request USING btree (body_id, updated_at, id);

CREATE INDEX request_clock_due ON oam.request_clock USING btree (due);

CREATE INDEX request_comarca_updated ON oam.request USING btree (comarca_code, updated_at, id);

CREATE INDEX request_event_xid ON oam.request_event USING btree (xid);

CREATE UNIQUE INDEX request_external_ref ON oam.request USING btree (filed_by, external_ref) WHERE (external_ref IS NOT NULL);

CREATE INDEX request_state_updated ON oam.request USING btree (state, updated_at, id);

CREATE INDEX request_timer_wake ON oam.request_timer USING btree (wake, request_id);

CREATE INDEX request_updated ON oam.request USING btree (updated_at, id);

CREATE INDEX session_expires ON oam.session USING btree (expires_at);

CREATE INDEX session_of_user ON oam.session USING btree (user_id);

CREATE INDEX stock_hold_booked ON oam.stock_hold USING btree (item_id) WHERE (state = ANY (ARRAY['reserved'::text, 'handed_over'::text]));

CREATE INDEX token_revoked_expires ON oam.token_revoked USING btree (expires_at);

CREATE INDEX webhook_delivery_again ON oam.webhook_delivery USING btree (webhook_id, wake, id) WHERE ((state = 'pending'::text) AND (NOT sending) AND (tries > 0));

CREATE INDEX webhook_delivery_dead ON oam.webhook_delivery USING btree (webhook_id, id) WHERE (state = 'dead'::text);

CREATE INDEX webhook_delivery_delivered ON oam.webhook_delivery USING btree (webhook_id, id) WHERE (state = 'delivered'::text);

CREATE INDEX webhook_delivery_due ON oam.webhook_delivery USING btree (webhook_id, wake, id) WHERE (state = 'pending'::text);

CREATE INDEX webhook_delivery_old ON oam.webhook_delivery USING btree (created_at) WHERE (state <> 'pending'::text);

CREATE INDEX webhook_delivery_oldest ON oam.webhook_delivery USING btree (created_at) WHERE (state = 'pending'::text);

CREATE UNIQUE INDEX webhook_delivery_once ON oam.webhook_delivery USING btree (webhook_id, "position");

CREATE INDEX webhook_delivery_order ON oam.webhook_delivery USING btree (webhook_id, request_id, "position") WHERE (state = 'pending'::text);

CREATE UNIQUE INDEX webhook_delivery_ping ON oam.webhook_delivery USING btree (webhook_id) WHERE (("position" IS NULL) AND (state = 'pending'::text));

CREATE INDEX webhook_delivery_sending ON oam.webhook_delivery USING btree (webhook_id) WHERE sending;

CREATE INDEX webhook_delivery_waiting ON oam.webhook_delivery USING btree (webhook_id, id) WHERE (state = 'pending'::text);

CREATE INDEX webhook_notice_of ON oam.webhook_notice USING btree (webhook_id);

CREATE INDEX webhook_notice_told ON oam.webhook_notice USING btree (client_id, at);

CREATE INDEX webhook_notice_wake ON oam.webhook_notice USING btree (wake) WHERE (wake IS NOT NULL);

CREATE INDEX webhook_of_client ON oam.webhook USING btree (client_id);

CREATE UNIQUE INDEX webhook_secret_newest ON oam.webhook_secret USING btree (webhook_id) WHERE (ends_at IS NULL);

CREATE INDEX webhook_secret_of ON oam.webhook_secret USING btree (webhook_id);

CREATE UNIQUE INDEX workflow_migration_open ON oam.workflow_migration USING btree (from_id) WHERE (done_at IS NULL);

CREATE INDEX workflow_migration_to ON oam.workflow_migration USING btree (to_id);

CREATE TRIGGER client_access BEFORE UPDATE OF active, scopes, all_bodies, secret_hash, previous_hash, previous_until ON oam.api_client FOR EACH ROW WHEN (((((((old.active IS DISTINCT FROM new.active) OR (old.scopes IS DISTINCT FROM new.scopes)) OR (old.all_bodies IS DISTINCT FROM new.all_bodies)) OR (old.secret_hash IS DISTINCT FROM new.secret_hash)) OR (old.previous_hash IS DISTINCT FROM new.previous_hash)) OR (old.previous_until IS DISTINCT FROM new.previous_until))) EXECUTE FUNCTION oam.client_access();

CREATE TRIGGER client_body_access AFTER INSERT OR DELETE ON oam.api_client_body FOR EACH ROW EXECUTE FUNCTION oam.client_body_access();

CREATE TRIGGER delegate_check BEFORE INSERT OR UPDATE OF agent_id, delegate_id, first_day, last_day ON oam.absence FOR EACH ROW WHEN ((new.cancelled_at IS NULL)) EXECUTE FUNCTION oam.delegate_check();

CREATE TRIGGER delegate_check BEFORE INSERT OR UPDATE OF agent_id, delegate_id, first_day, last_day ON oam.delegation FOR EACH ROW EXECUTE FUNCTION oam.delegate_check();

CREATE TRIGGER directory_rename AFTER UPDATE OF user_id ON oam.agent FOR EACH ROW WHEN ((old.user_id IS DISTINCT FROM new.user_id)) EXECUTE FUNCTION oam.directory_rename();

CREATE TRIGGER directory_rename AFTER UPDATE OF code, name, comarca_code ON oam.body FOR EACH ROW WHEN ((((old.code IS DISTINCT FROM new.code) OR (old.name IS DISTINCT FROM new.name)) OR (old.comarca_code IS DISTINCT FROM new.comarca_code))) EXECUTE FUNCTION oam.directory_rename();

CREATE TRIGGER directory_rename AFTER UPDATE OF code, name ON oam.service FOR EACH ROW WHEN (((old.code IS DISTINCT FROM new.code) OR (old.name IS DISTINCT FROM new.name))) EXECUTE FUNCTION oam.directory_rename();

CREATE TRIGGER directory_rename AFTER UPDATE OF code, name ON oam.unit FOR EACH ROW WHEN (((old.code IS DISTINCT FROM new.code) OR (old.name IS DISTINCT FROM new.name))) EXECUTE FUNCTION oam.directory_rename();

CREATE TRIGGER directory_rename AFTER UPDATE OF login, name ON oam.user_account FOR EACH ROW WHEN (((old.login IS DISTINCT FROM new.login) OR (old.name IS DISTINCT FROM new.name))) EXECUTE FUNCTION oam.directory_rename();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.absence FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.agent FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.agent_conflict FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.agent_skill FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.body FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE ON oam.calendar_revision FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.comarca FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.delegation FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.holiday FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.open311_endpoint FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.open311_key FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.open311_service FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.panel FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.panel_seat FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.portfolio FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.service FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.service_area FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.skill FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.unit FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.user_account FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER directory_touch AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON oam.workflow_definition FOR EACH STATEMENT EXECUTE FUNCTION oam.directory_touch();

CREATE TRIGGER holiday_note_delete AFTER DELETE ON oam.holiday REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION oam.holiday_note();

CREATE TRIGGER holiday_note_insert AFTER INSERT ON oam.holiday REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION oam.holiday_note();

CREATE TRIGGER holiday_note_truncate BEFORE TRUNCATE ON oam.holiday FOR EACH STATEMENT EXECUTE FUNCTION oam.holiday_note();

CREATE TRIGGER holiday_note_update AFTER UPDATE ON oam.holiday REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION oam.holiday_note();

CREATE CONSTRAINT TRIGGER person_access AFTER DELETE OR UPDATE OF active, unit_id, user_id ON oam.agent DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION oam.person_access();

CREATE CONSTRAINT TRIGGER person_access AFTER INSERT OR DELETE OR UPDATE ON oam.membership DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION oam.person_access();

CREATE CONSTRAINT TRIGGER person_access AFTER UPDATE OF revoked_at ON oam.session DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.revoked_at IS DISTINCT FROM new.revoked_at)) EXECUTE FUNCTION oam.person_access();

CREATE CONSTRAINT TRIGGER person_access AFTER UPDATE OF active, password_hash ON oam.user_account DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.active IS DISTINCT FROM new.active) OR (old.password_hash IS DISTINCT FROM new.password_hash))) EXECUTE FUNCTION oam.person_access();

CREATE TRIGGER request_event_whole BEFORE UPDATE ON oam.request_event FOR EACH ROW EXECUTE FUNCTION oam.event_stays();

CREATE TRIGGER request_form BEFORE INSERT OR UPDATE OF ref, title, description, channel, register_number, registered_at, effort_hours, supports, external_ref, place ON oam.request FOR EACH ROW EXECUTE FUNCTION oam.request_form();

CREATE TRIGGER request_keep BEFORE INSERT OR UPDATE ON oam.request FOR EACH ROW EXECUTE FUNCTION oam.request_keep();

CREATE TRIGGER request_stays BEFORE DELETE OR TRUNCATE ON oam.request FOR EACH STATEMENT EXECUTE FUNCTION oam.request_stays();

ALTER TABLE ONLY oam.absence
    ADD CONSTRAINT absence_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES oam.agent(id);

ALTER TABLE ONLY oam.absence
    ADD CONSTRAINT absence_delegate_id_fkey FOREIGN KEY (delegate_id) REFERENCES oam.agent(id);

ALTER TABLE ONLY oam.absence_progress
    ADD CONSTRAINT absence_progress_absence_id_fkey FOREIGN KEY (absence_id) REFERENCES oam.absence(id) ON DELETE CASCADE;

ALTER TABLE ONLY oam.absence_request
    ADD CONSTRAINT absence_request_absence_id_fkey FOREIGN KEY (absence_id) REFERENCES oam.absence_progress(absence_id);

ALTER TABLE ONLY oam.action
    ADD CONSTRAINT action_request_id_fkey FOREIGN KEY (request_id) REFERENCES oam.request(id);

ALTER TABLE ONLY oam.action_share
    ADD CONSTRAINT action_share_action_id_fkey FOREIGN KEY (action_id) REFERENCES oam.action(id);

ALTER TABLE ONLY oam.action_share
    ADD CONSTRAINT action_share_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.action_unit
    ADD CONSTRAINT action_unit_action_id_fkey FOREIGN KEY (action_id) REFERENCES oam.action(id);

ALTER TABLE ONLY oam.action
    ADD CONSTRAINT action_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES oam.unit(id);

ALTER TABLE ONLY oam.action_unit
    ADD CONSTRAINT action_unit_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES oam.unit(id);

ALTER TABLE ONLY oam.address_asked
    ADD CONSTRAINT address_asked_user_id_fkey FOREIGN KEY (user_id) REFERENCES oam.user_account(id);

ALTER TABLE ONLY oam.address_change
    ADD CONSTRAINT address_change_user_id_fkey FOREIGN KEY (user_id) REFERENCES oam.user_account(id);

ALTER TABLE ONLY oam.agent_conflict
    ADD CONSTRAINT agent_conflict_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES oam.agent(id);

ALTER TABLE ONLY oam.agent_conflict
    ADD CONSTRAINT agent_conflict_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.agent_load
    ADD CONSTRAINT agent_load_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES oam.agent(id);

ALTER TABLE ONLY oam.agent_skill
    ADD CONSTRAINT agent_skill_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES oam.agent(id);

ALTER TABLE ONLY oam.agent_skill
    ADD CONSTRAINT agent_skill_skill_code_fkey FOREIGN KEY (skill_code) REFERENCES oam.skill(code);

ALTER TABLE ONLY oam.agent
    ADD CONSTRAINT agent_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES oam.unit(id);

ALTER TABLE ONLY oam.agent
    ADD CONSTRAINT agent_user_id_fkey FOREIGN KEY (user_id) REFERENCES oam.user_account(id);

ALTER TABLE ONLY oam.amount
    ADD CONSTRAINT amount_action_id_fkey FOREIGN KEY (action_id) REFERENCES oam.action(id);

ALTER TABLE ONLY oam.amount
    ADD CONSTRAINT amount_reverses_action_id_kind_year_fkey FOREIGN KEY (reverses, action_id, kind, year) REFERENCES oam.amount(id, action_id, kind, year);

ALTER TABLE ONLY oam.api_client_body
    ADD CONSTRAINT api_client_body_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.api_client_body
    ADD CONSTRAINT api_client_body_client_id_fkey FOREIGN KEY (client_id) REFERENCES oam.api_client(id);

ALTER TABLE ONLY oam.api_client_change
    ADD CONSTRAINT api_client_change_client_id_fkey FOREIGN KEY (client_id) REFERENCES oam.api_client(id);

ALTER TABLE ONLY oam.body
    ADD CONSTRAINT body_comarca_code_fkey FOREIGN KEY (comarca_code) REFERENCES oam.comarca(code);

ALTER TABLE ONLY oam.calendar_revision
    ADD CONSTRAINT calendar_revision_seat_id_fkey FOREIGN KEY (seat_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.comment
    ADD CONSTRAINT comment_request_id_fkey FOREIGN KEY (request_id) REFERENCES oam.request(id);

ALTER TABLE ONLY oam.delegation
    ADD CONSTRAINT delegation_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES oam.agent(id);

ALTER TABLE ONLY oam.delegation
    ADD CONSTRAINT delegation_delegate_id_fkey FOREIGN KEY (delegate_id) REFERENCES oam.agent(id);

ALTER TABLE ONLY oam.holiday
    ADD CONSTRAINT holiday_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.holiday_change
    ADD CONSTRAINT holiday_change_revision_fkey FOREIGN KEY (revision) REFERENCES oam.calendar_revision(revision);

ALTER TABLE ONLY oam.incident
    ADD CONSTRAINT incident_request_id_fkey FOREIGN KEY (request_id) REFERENCES oam.request(id);

ALTER TABLE ONLY oam.membership
    ADD CONSTRAINT membership_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.membership
    ADD CONSTRAINT membership_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES oam.unit(id);

ALTER TABLE ONLY oam.membership
    ADD CONSTRAINT membership_user_id_fkey FOREIGN KEY (user_id) REFERENCES oam.user_account(id);

ALTER TABLE ONLY oam.milestone
    ADD CONSTRAINT milestone_action_id_fkey FOREIGN KEY (action_id) REFERENCES oam.action(id);

ALTER TABLE ONLY oam.notification_read
    ADD CONSTRAINT notification_read_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES oam.notification(id);

ALTER TABLE ONLY oam.open311_endpoint
    ADD CONSTRAINT open311_endpoint_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.open311_key
    ADD CONSTRAINT open311_key_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.open311_endpoint(body_id) ON DELETE CASCADE;

ALTER TABLE ONLY oam.open311_key
    ADD CONSTRAINT open311_key_client_id_fkey FOREIGN KEY (client_id) REFERENCES oam.api_client(id);

ALTER TABLE ONLY oam.open311_report
    ADD CONSTRAINT open311_report_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.open311_report
    ADD CONSTRAINT open311_report_request_id_fkey FOREIGN KEY (request_id) REFERENCES oam.request(id);

ALTER TABLE ONLY oam.open311_service
    ADD CONSTRAINT open311_service_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.open311_endpoint(body_id) ON DELETE CASCADE;

ALTER TABLE ONLY oam.open311_service
    ADD CONSTRAINT open311_service_service_id_fkey FOREIGN KEY (service_id) REFERENCES oam.service(id);

ALTER TABLE ONLY oam.open311_update
    ADD CONSTRAINT open311_update_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.open311_update
    ADD CONSTRAINT open311_update_request_id_fkey FOREIGN KEY (request_id) REFERENCES oam.request(id);

ALTER TABLE ONLY oam.panel_seat
    ADD CONSTRAINT panel_seat_panel_id_fkey FOREIGN KEY (panel_id) REFERENCES oam.panel(id);

ALTER TABLE ONLY oam.panel_seat
    ADD CONSTRAINT panel_seat_substitute_id_fkey FOREIGN KEY (substitute_id) REFERENCES oam.user_account(id);

ALTER TABLE ONLY oam.panel_seat
    ADD CONSTRAINT panel_seat_user_id_fkey FOREIGN KEY (user_id) REFERENCES oam.user_account(id);

ALTER TABLE ONLY oam.panel
    ADD CONSTRAINT panel_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES oam.unit(id);

ALTER TABLE ONLY oam.person_access
    ADD CONSTRAINT person_access_user_id_fkey FOREIGN KEY (user_id) REFERENCES oam.user_account(id);

ALTER TABLE ONLY oam.portfolio
    ADD CONSTRAINT portfolio_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES oam.agent(id);

ALTER TABLE ONLY oam.portfolio
    ADD CONSTRAINT portfolio_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.portfolio
    ADD CONSTRAINT portfolio_comarca_code_fkey FOREIGN KEY (comarca_code) REFERENCES oam.comarca(code);

ALTER TABLE ONLY oam.referent
    ADD CONSTRAINT referent_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES oam.agent(id);

ALTER TABLE ONLY oam.referent
    ADD CONSTRAINT referent_area_code_fkey FOREIGN KEY (area_code) REFERENCES oam.service_area(code);

ALTER TABLE ONLY oam.referent
    ADD CONSTRAINT referent_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.request
    ADD CONSTRAINT request_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES oam.agent(id);

ALTER TABLE ONLY oam.request_body
    ADD CONSTRAINT request_body_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.request
    ADD CONSTRAINT request_body_id_fkey FOREIGN KEY (body_id) REFERENCES oam.body(id);

ALTER TABLE ONLY oam.request_body
    ADD CONSTRAINT request_body_request_id_fkey FOREIGN KEY (request_id) REFERENCES oam.request(id);

ALTER TABLE ONLY oam.request
    ADD CONSTRAINT request_comarca_code_fkey FOREIGN KEY (comarca_code) REFERENCES oam.comarca(code);

ALTER TABLE ONLY oam.request
    ADD CONSTRAINT request_owner FOREIGN KEY (owner_id) REFERENCES oam.agent(id) NOT VALID;

ALTER TABLE ONLY oam.request
    ADD CONSTRAINT request_service_id_fkey FOREIGN KEY (service_id) REFERENCES oam.service(id);

ALTER TABLE ONLY oam.request
    ADD CONSTRAINT request_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES oam.unit(id);

ALTER TABLE ONLY oam.request
    ADD CONSTRAINT request_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES oam.workflow_definition(id);

ALTER TABLE ONLY oam.service
    ADD CONSTRAINT service_area_code_fkey FOREIGN KEY (area_code) REFERENCES oam.service_area(code);

ALTER TABLE ONLY oam.service
    ADD CONSTRAINT service_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES oam.unit(id);

ALTER TABLE ONLY oam.session
    ADD CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES oam.user_account(id);

ALTER TABLE ONLY oam.stock_hold
    ADD CONSTRAINT stock_hold_action_id_fkey FOREIGN KEY (action_id) REFERENCES oam.action(id);

ALTER TABLE ONLY oam.stock_hold
    ADD CONSTRAINT stock_hold_item_id_item_kind_fkey FOREIGN KEY (item_id, item_kind) REFERENCES oam.stock_item(id, kind);

ALTER TABLE ONLY oam.stock_item
    ADD CONSTRAINT stock_item_service_id_fkey FOREIGN KEY (service_id) REFERENCES oam.service(id);

ALTER TABLE ONLY oam.stock_item
    ADD CONSTRAINT stock_item_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES oam.unit(id);

ALTER TABLE ONLY oam.stock_movement
    ADD CONSTRAINT stock_movement_hold_id_fkey FOREIGN KEY (hold_id) REFERENCES oam.stock_hold(id);

ALTER TABLE ONLY oam.stock_movement
    ADD CONSTRAINT stock_movement_item_id_fkey FOREIGN KEY (item_id) REFERENCES oam.stock_item(id);

ALTER TABLE ONLY oam.unit
    ADD CONSTRAINT unit_area_code_fkey FOREIGN KEY (area_code) REFERENCES oam.service_area(code);

ALTER TABLE ONLY oam.webhook
    ADD CONSTRAINT webhook_client_id_fkey FOREIGN KEY (client_id) REFERENCES oam.api_client(id);

ALTER TABLE ONLY oam.webhook_delivery
    ADD CONSTRAINT webhook_delivery_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES oam.webhook(id) ON DELETE CASCADE;

ALTER TABLE ONLY oam.webhook_notice
    ADD CONSTRAINT webhook_notice_client_id_fkey FOREIGN KEY (client_id) REFERENCES oam.api_client(id);

ALTER TABLE ONLY oam.webhook_notice
    ADD CONSTRAINT webhook_notice_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES oam.webhook(id) ON DELETE SET NULL;

ALTER TABLE ONLY oam.webhook_secret
    ADD CONSTRAINT webhook_secret_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES oam.webhook(id) ON DELETE CASCADE;

ALTER TABLE ONLY oam.workflow_migration
    ADD CONSTRAINT workflow_migration_from_id_fkey FOREIGN KEY (from_id) REFERENCES oam.workflow_definition(id);

ALTER TABLE ONLY oam.workflow_migration_left
    ADD CONSTRAINT workflow_migration_left_migration_id_fkey FOREIGN KEY (migration_id) REFERENCES oam.workflow_migration(id);

ALTER TABLE ONLY oam.workflow_migration_left
    ADD CONSTRAINT workflow_migration_left_request_id_fkey FOREIGN KEY (request_id) REFERENCES oam.request(id);

ALTER TABLE ONLY oam.workflow_migration
    ADD CONSTRAINT workflow_migration_to_id_fkey FOREIGN KEY (to_id) REFERENCES oam.workflow_definition(id);

ALTER TABLE oam.action ENABLE ROW LEVEL SECURITY;

CREATE POLICY action_added ON oam.action FOR INSERT TO oam_owner WITH CHECK (((oam.scope_staff() OR oam.scope_all()) AND ( SELECT true
   FROM oam.request r
  WHERE (r.id = action.request_id))));

CREATE POLICY action_changed ON oam.action FOR UPDATE TO oam_owner USING (((oam.scope_staff() OR oam.scope_all()) AND ( SELECT true
   FROM oam.request r
  WHERE (r.id = action.request_id))));

CREATE POLICY action_scope ON oam.action FOR SELECT USING (( SELECT true
   FROM oam.request r
  WHERE (r.id = action.request_id)));

ALTER TABLE oam.action_share ENABLE ROW LEVEL SECURITY;

CREATE POLICY action_share_added ON oam.action_share FOR INSERT TO oam_owner WITH CHECK (((oam.scope_staff() OR oam.scope_all()) AND ( SELECT true
   FROM oam.action a
  WHERE (a.id = action_share.action_id))));

CREATE POLICY action_share_changed ON oam.action_share FOR DELETE TO oam_owner USING (((oam.scope_staff() OR oam.scope_all()) AND ( SELECT true
   FROM oam.action a
  WHERE (a.id = action_share.action_id))));

CREATE POLICY action_share_scope ON oam.action_share FOR SELECT USING (( SELECT true
   FROM oam.action a
  WHERE (a.id = action_share.action_id)));

ALTER TABLE oam.action_unit ENABLE ROW LEVEL SECURITY;

CREATE POLICY action_unit_added ON oam.action_unit FOR INSERT TO oam_owner WITH CHECK (((oam.scope_staff() OR oam.scope_all()) AND ( SELECT true
   FROM oam.action a
  WHERE (a.id = action_unit.action_id))));

CREATE POLICY action_unit_changed ON oam.action_unit FOR DELETE TO oam_owner USING (((oam.scope_staff() OR oam.scope_all()) AND ( SELECT true
   FROM oam.action a
  WHERE (a.id = action_unit.action_id))));

CREATE POLICY action_unit_scope ON oam.action_unit FOR SELECT USING (( SELECT true
   FROM oam.action a
  WHERE (a.id = action_unit.action_id)));

ALTER TABLE oam.address_change ENABLE ROW LEVEL SECURITY;

CREATE POLICY address_change_doors ON oam.address_change TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY address_change_own ON oam.address_change FOR SELECT USING ((principal = ( SELECT oam.scope_principal() AS scope_principal)));

ALTER TABLE oam.amount ENABLE ROW LEVEL SECURITY;

CREATE POLICY amount_added ON oam.amount FOR INSERT TO oam_owner WITH CHECK (((oam.scope_staff() OR oam.scope_all()) AND ( SELECT true
   FROM oam.action a
  WHERE (a.id = amount.action_id))));

CREATE POLICY amount_scope ON oam.amount FOR SELECT USING (( SELECT true
   FROM oam.action a
  WHERE (a.id = amount.action_id)));

ALTER TABLE oam.api_client ENABLE ROW LEVEL SECURITY;

ALTER TABLE oam.api_client_change ENABLE ROW LEVEL SECURITY;

CREATE POLICY api_client_change_doors ON oam.api_client_change TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY api_client_change_scope ON oam.api_client_change FOR SELECT USING (( SELECT oam.scope_staff() AS scope_staff));

CREATE POLICY api_client_doors ON oam.api_client TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY api_client_scope ON oam.api_client FOR SELECT USING ((( SELECT oam.scope_staff() AS scope_staff) OR (( SELECT oam.scope_principal() AS scope_principal) = ''::text) OR (('client:'::text || id) = ( SELECT oam.scope_principal() AS scope_principal))));

ALTER TABLE oam.clock_recount ENABLE ROW LEVEL SECURITY;

CREATE POLICY clock_recount_doors ON oam.clock_recount TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY clock_recount_system ON oam.clock_recount FOR SELECT USING ((( SELECT oam.scope_principal() AS scope_principal) = 'system'::text));

ALTER TABLE oam.comment ENABLE ROW LEVEL SECURITY;

CREATE POLICY comment_scope ON oam.comment USING ((( SELECT oam.scope_staff() AS scope_staff) OR ((NOT internal) AND (( SELECT oam.scope_all() AS scope_all) OR (body_id = ANY (( SELECT oam.scope_bodies() AS scope_bodies)::bigint[])) OR (request_id = ANY (( SELECT oam.scope_joint() AS scope_joint)::bigint[]))))));

ALTER TABLE oam.effect ENABLE ROW LEVEL SECURITY;

CREATE POLICY effect_doors ON oam.effect TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY effect_staff ON oam.effect FOR SELECT USING (( SELECT oam.scope_staff() AS scope_staff));

ALTER TABLE oam.event_feed ENABLE ROW LEVEL SECURITY;

CREATE POLICY event_feed_scope ON oam.event_feed FOR SELECT USING (((( SELECT oam.scope_staff() AS scope_staff) AND (NOT draft)) OR ((NOT internal) AND (body_id = ANY (( SELECT oam.scope_bodies() AS scope_bodies)::bigint[]))) OR (( SELECT oam.scope_all() AS scope_all) AND (NOT internal)) OR ((NOT internal) AND (NOT draft) AND (request_id = ANY (( SELECT oam.scope_joint() AS scope_joint)::bigint[])))));

CREATE POLICY event_feed_worker ON oam.event_feed USING (( SELECT (COALESCE(current_setting('oam.worker'::text, true), ''::text) = '1'::text))) WITH CHECK (( SELECT (COALESCE(current_setting('oam.worker'::text, true), ''::text) = '1'::text)));

ALTER TABLE oam.idempotency_key ENABLE ROW LEVEL SECURITY;

CREATE POLICY idempotency_key_scope ON oam.idempotency_key USING (((principal = oam.scope_principal()) OR (current_setting('oam.worker'::text, true) = '1'::text))) WITH CHECK (((principal = current_setting('oam.principal'::text, true)) AND ((length(key) >= 1) AND (length(key) <= 255)) AND (length(request_hash) = 32)));

ALTER TABLE oam.incident ENABLE ROW LEVEL SECURITY;

CREATE POLICY incident_doors ON oam.incident TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY incident_staff ON oam.incident FOR SELECT USING (( SELECT oam.scope_staff() AS scope_staff));

ALTER TABLE oam.milestone ENABLE ROW LEVEL SECURITY;

CREATE POLICY milestone_added ON oam.milestone FOR INSERT TO oam_owner WITH CHECK (((oam.scope_staff() OR oam.scope_all()) AND ( SELECT true
   FROM oam.action a
  WHERE (a.id = milestone.action_id))));

CREATE POLICY milestone_changed ON oam.milestone FOR UPDATE TO oam_owner USING (((oam.scope_staff() OR oam.scope_all()) AND ( SELECT true
   FROM oam.action a
  WHERE (a.id = milestone.action_id))));

CREATE POLICY milestone_scope ON oam.milestone FOR SELECT USING (( SELECT true
   FROM oam.action a
  WHERE (a.id = milestone.action_id)));

ALTER TABLE oam.notification ENABLE ROW LEVEL SECURITY;

CREATE POLICY notification_doors ON oam.notification TO oam_owner USING (true) WITH CHECK (true);

ALTER TABLE oam.notification_read ENABLE ROW LEVEL SECURITY;

CREATE POLICY notification_read_own ON oam.notification_read USING ((principal = ( SELECT oam.scope_principal() AS scope_principal)));

CREATE POLICY notification_scope ON oam.notification FOR SELECT USING (((( SELECT oam.scope_staff() AS scope_staff) AND internal) OR ((NOT internal) AND ((body_id = ANY (( SELECT oam.scope_bodies() AS scope_bodies)::bigint[])) OR (request_id = ANY (( SELECT oam.scope_joint() AS scope_joint)::bigint[]))))));

ALTER TABLE oam.open311_report ENABLE ROW LEVEL SECURITY;

CREATE POLICY open311_report_doors ON oam.open311_report TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY open311_report_scope ON oam.open311_report FOR SELECT USING ((( SELECT oam.scope_staff() AS scope_staff) OR ( SELECT oam.scope_all() AS scope_all) OR (body_id = ANY (( SELECT oam.scope_bodies() AS scope_bodies)::bigint[]))));

ALTER TABLE oam.open311_update ENABLE ROW LEVEL SECURITY;

CREATE POLICY open311_update_doors ON oam.open311_update TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY open311_update_own ON oam.open311_update FOR SELECT USING ((principal = ( SELECT oam.scope_principal() AS scope_principal)));

ALTER TABLE oam.outbox ENABLE ROW LEVEL SECURITY;

CREATE POLICY outbox_doors ON oam.outbox TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY outbox_system ON oam.outbox FOR SELECT USING ((( SELECT oam.scope_principal() AS scope_principal) = 'system'::text));

ALTER TABLE oam.request ENABLE ROW LEVEL SECURITY;

ALTER TABLE oam.request_body ENABLE ROW LEVEL SECURITY;

CREATE POLICY request_body_doors ON oam.request_body TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY request_body_scope ON oam.request_body FOR SELECT USING ((( SELECT oam.scope_staff() AS scope_staff) OR ( SELECT oam.scope_all() AS scope_all) OR (body_id = ANY (( SELECT oam.scope_bodies() AS scope_bodies)::bigint[]))));

ALTER TABLE oam.request_clock ENABLE ROW LEVEL SECURITY;

CREATE POLICY request_clock_doors ON oam.request_clock TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY request_clock_system ON oam.request_clock FOR SELECT USING ((( SELECT oam.scope_principal() AS scope_principal) = 'system'::text));

ALTER TABLE oam.request_event ENABLE ROW LEVEL SECURITY;

CREATE POLICY request_event_owner ON oam.request_event TO oam_owner USING (oam.scope_sees(request_id, body_id, draft, internal)) WITH CHECK (oam.scope_writes(request_id, body_id, internal));

CREATE POLICY request_event_scope ON oam.request_event FOR SELECT TO oam_app, oam_worker, oam_portal USING (((( SELECT oam.scope_staff() AS scope_staff) AND (NOT draft)) OR ((NOT internal) AND (body_id = ANY (( SELECT oam.scope_bodies() AS scope_bodies)::bigint[]))) OR (( SELECT oam.scope_all() AS scope_all) AND (NOT internal)) OR ((NOT internal) AND (NOT draft) AND (request_id = ANY (( SELECT oam.scope_joint() AS scope_joint)::bigint[])))));

CREATE POLICY request_owner ON oam.request TO oam_owner USING (oam.scope_sees(id, body_id, (submitted_at IS NULL), false)) WITH CHECK (oam.scope_writes(id, body_id, false));

CREATE POLICY request_scope ON oam.request FOR SELECT TO oam_app, oam_worker, oam_portal USING ((((submitted_at IS NOT NULL) AND ( SELECT oam.scope_staff() AS scope_staff)) OR ( SELECT oam.scope_all() AS scope_all) OR (body_id = ANY (( SELECT oam.scope_bodies() AS scope_bodies)::bigint[])) OR ((submitted_at IS NOT NULL) AND (id = ANY (( SELECT oam.scope_joint() AS scope_joint)::bigint[])))));

ALTER TABLE oam.request_timer ENABLE ROW LEVEL SECURITY;

CREATE POLICY request_timer_doors ON oam.request_timer TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY request_timer_system ON oam.request_timer FOR SELECT USING ((( SELECT oam.scope_principal() AS scope_principal) = 'system'::text));

ALTER TABLE oam.stock_hold ENABLE ROW LEVEL SECURITY;

CREATE POLICY stock_hold_doors ON oam.stock_hold TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY stock_hold_scope ON oam.stock_hold FOR SELECT USING (( SELECT true
   FROM oam.action a
  WHERE (a.id = stock_hold.action_id)));

ALTER TABLE oam.stock_movement ENABLE ROW LEVEL SECURITY;

CREATE POLICY stock_movement_doors ON oam.stock_movement FOR INSERT TO oam_owner WITH CHECK (true);

CREATE POLICY stock_movement_scope ON oam.stock_movement FOR SELECT USING ((( SELECT oam.scope_staff() AS scope_staff) OR ( SELECT oam.scope_all() AS scope_all)));

ALTER TABLE oam.webhook ENABLE ROW LEVEL SECURITY;

ALTER TABLE oam.webhook_delivery ENABLE ROW LEVEL SECURITY;

CREATE POLICY webhook_delivery_doors ON oam.webhook_delivery TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY webhook_delivery_scope ON oam.webhook_delivery FOR SELECT USING ((( SELECT oam.scope_staff() AS scope_staff) OR (webhook_id IN ( SELECT w.id
   FROM oam.webhook w
  WHERE (('client:'::text || w.client_id) = ( SELECT oam.scope_principal() AS scope_principal))))));

CREATE POLICY webhook_doors ON oam.webhook TO oam_owner USING (true) WITH CHECK (true);

ALTER TABLE oam.webhook_notice ENABLE ROW LEVEL SECURITY;

CREATE POLICY webhook_notice_doors ON oam.webhook_notice TO oam_owner USING (true) WITH CHECK (true);

CREATE POLICY webhook_scope ON oam.webhook FOR SELECT USING (((state <> 'removed'::text) AND (( SELECT oam.scope_staff() AS scope_staff) OR (('client:'::text || client_id) = ( SELECT oam.scope_principal() AS scope_principal)))));

ALTER TABLE oam.webhook_secret ENABLE ROW LEVEL SECURITY;

CREATE POLICY webhook_secret_doors ON oam.webhook_secret TO oam_owner USING (true) WITH CHECK (true);

GRANT USAGE ON SCHEMA oam TO oam_app;
GRANT USAGE ON SCHEMA oam TO oam_worker;
GRANT USAGE ON SCHEMA oam TO oam_portal;

REVOKE ALL ON FUNCTION oam.absence_add(p_uid uuid, p_agent_id bigint, p_first_day date, p_last_day date, p_delegate_id bigint, p_created_by text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.absence_add(p_uid uuid, p_agent_id bigint, p_first_day date, p_last_day date, p_delegate_id bigint, p_created_by text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.absence_claim(p_today date) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.absence_claim(p_today date) TO oam_app;

REVOKE ALL ON FUNCTION oam.absence_done(p_absence_id bigint, p_ends boolean, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.absence_done(p_absence_id bigint, p_ends boolean, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.absence_note(p_absence_id bigint, p_request_id bigint, p_outcome text, p_owner_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.absence_note(p_absence_id bigint, p_request_id bigint, p_outcome text, p_owner_id bigint) TO oam_app;

REVOKE ALL ON FUNCTION oam.absence_remove(p_uid uuid, p_agent_id bigint, p_today date, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.absence_remove(p_uid uuid, p_agent_id bigint, p_today date, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.absence_requests(p_absence_id bigint, p_ends boolean, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.absence_requests(p_absence_id bigint, p_ends boolean, p_limit integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.access_next() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.action_act(p_ref text, p_acts jsonb, p_strict boolean, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.action_act(p_ref text, p_acts jsonb, p_strict boolean, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.action_change(p_request_id bigint, p_uid uuid, p_change jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.action_change(p_request_id bigint, p_uid uuid, p_change jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.action_faults() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.action_faults() TO oam_app;

GRANT SELECT ON TABLE oam.request TO oam_app;

REVOKE ALL ON FUNCTION oam.action_hold(p_request_id bigint) FROM PUBLIC;

GRANT SELECT ON TABLE oam.action TO oam_app;

REVOKE ALL ON FUNCTION oam.action_next(a oam.action) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.action_next(a oam.action) TO oam_app;

REVOKE ALL ON FUNCTION oam.action_open(p_request_id bigint, p_uid uuid, p_action jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.action_open(p_request_id bigint, p_uid uuid, p_action jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.action_progress(a oam.action) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.action_progress(a oam.action) TO oam_app;

REVOKE ALL ON FUNCTION oam.action_shares(a oam.action) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.action_shares(a oam.action) TO oam_app;

REVOKE ALL ON FUNCTION oam.action_tell(old oam.request, p_type text, p_event jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.action_view(a oam.action) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.action_view(a oam.action) TO oam_app;

REVOKE ALL ON FUNCTION oam.action_years(p_action_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.action_years(p_action_id bigint) TO oam_app;

REVOKE ALL ON FUNCTION oam.address_ask(p_user_id bigint, p_address text, p_language text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.address_ask(p_user_id bigint, p_address text, p_language text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.address_claim(p_limit integer, p_lease interval) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.address_claim(p_limit integer, p_lease interval) TO oam_app;

REVOKE ALL ON FUNCTION oam.address_forget(p_user_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.address_forget(p_user_id bigint) TO oam_app;

REVOKE ALL ON FUNCTION oam.address_mailed(p_id bigint, p_lease integer, p_wait interval) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.address_mailed(p_id bigint, p_lease integer, p_wait interval) TO oam_app;

REVOKE ALL ON FUNCTION oam.address_settle(p_nonce uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.address_settle(p_nonce uuid) TO oam_app;

REVOKE ALL ON FUNCTION oam.address_try(p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.address_try(p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.agent_burdens(ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.agent_burdens(ids bigint[]) TO oam_app;

REVOKE ALL ON FUNCTION oam.amount_record(p_request_id bigint, p_action uuid, p_uid uuid, p_kind text, p_year integer, p_value numeric, p_on date, p_reference text, p_note text, p_reverses uuid, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.amount_record(p_request_id bigint, p_action uuid, p_uid uuid, p_kind text, p_year integer, p_value numeric, p_on date, p_reference text, p_note text, p_reverses uuid, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.amount_settle(p_request_id bigint, p_action_id bigint, p_uid uuid, p_kind text, p_total numeric, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;

GRANT SELECT ON TABLE oam.amount TO oam_app;

REVOKE ALL ON FUNCTION oam.amount_view(a oam.amount) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.amount_view(a oam.amount) TO oam_app;

REVOKE ALL ON FUNCTION oam.auth_purge(p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.auth_purge(p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.calendar_correct(p_scope text, p_body_id bigint, p_add jsonb, p_remove date[], p_actor_name text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.calendar_correct(p_scope text, p_body_id bigint, p_add jsonb, p_remove date[], p_actor_name text, p_reason text) TO oam_app;

REVOKE ALL ON FUNCTION oam.calendar_key() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.calendar_now() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.calendar_now() TO oam_app;

REVOKE ALL ON FUNCTION oam.calendar_revise() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.calendar_seat() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.calendar_seat() TO oam_app;

REVOKE ALL ON FUNCTION oam.calendar_seat_take(p_code text, p_actor_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.calendar_seat_take(p_code text, p_actor_name text) TO oam_app;

REVOKE ALL ON FUNCTION oam.calendar_touch(p_revision integer, p_changes jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.client_access() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.client_body_access() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.client_change(p_client_id text, p_version integer, p_name text, p_scopes text[], p_all_bodies boolean, p_bodies bigint[], p_active boolean, p_by text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.client_change(p_client_id text, p_version integer, p_name text, p_scopes text[], p_all_bodies boolean, p_bodies bigint[], p_active boolean, p_by text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.client_create(p_client_id text, p_name text, p_hash bytea, p_scopes text[], p_all_bodies boolean, p_bodies bigint[], p_by text, p_most integer, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.client_create(p_client_id text, p_name text, p_hash bytea, p_scopes text[], p_all_bodies boolean, p_bodies bigint[], p_by text, p_most integer, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.client_give_bodies(p_id bigint, p_bodies bigint[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.client_hold(p_client_id text, p_version integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.client_note(p_id bigint, p_act text, p_by text, p_now timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.client_revoke(p_client_id text, p_version integer, p_by text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.client_revoke(p_client_id text, p_version integer, p_by text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.client_rotate(p_client_id text, p_version integer, p_hash bytea, p_until timestamp with time zone, p_by text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.client_rotate(p_client_id text, p_version integer, p_hash bytea, p_until timestamp with time zone, p_by text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.client_seen(p_id bigint, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.client_seen(p_id bigint, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.comment_add(p_request_id bigint, p_uid uuid, p_internal boolean, p_author text, p_author_name text, p_side text, p_text text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.comment_add(p_request_id bigint, p_uid uuid, p_internal boolean, p_author text, p_author_name text, p_side text, p_text text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.delegate_check() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.directory_rename() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.directory_touch() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.event_append(p_request_id bigint, p_body_id bigint, p_workflow_id bigint, p_seq integer, p_version integer, p_previous bytea, p_at timestamp with time zone, p_types text[], p_data jsonb[], p_actor text, p_actor_name text, p_internal boolean, p_draft boolean[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.event_breach(p_request_id bigint, p_type text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.event_chain_faults() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.event_chain_faults() TO oam_app;

REVOKE ALL ON FUNCTION oam.event_digest(previous bytea, request_id bigint, seq integer, version integer, body_id bigint, at timestamp with time zone, type text, actor text, actor_name text, internal boolean, draft boolean, workflow_id bigint, data jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.event_digest(previous bytea, request_id bigint, seq integer, version integer, body_id bigint, at timestamp with time zone, type text, actor text, actor_name text, internal boolean, draft boolean, workflow_id bigint, data jsonb) TO oam_app;

GRANT SELECT ON TABLE oam.request_event TO oam_app;

REVOKE ALL ON FUNCTION oam.event_is_whole(e oam.request_event) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.event_relay() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.event_relay() TO oam_app;

REVOKE ALL ON FUNCTION oam.event_stays() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.execution_view(p_request_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.execution_view(p_request_id bigint) TO oam_app;

REVOKE ALL ON FUNCTION oam.holiday_note() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.idempotency_purge(before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.idempotency_purge(before timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.incident_decide(p_uid uuid, p_version integer, p_action text, p_patch jsonb, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.incident_decide(p_uid uuid, p_version integer, p_action text, p_patch jsonb, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.local_day(at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.local_day(at timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.mail_letters(p_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.mail_letters(p_ids bigint[]) TO oam_app;

REVOKE ALL ON FUNCTION oam.migration_advance(p_id bigint, p_reach bigint, p_moved integer, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.migration_advance(p_id bigint, p_reach bigint, p_moved integer, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.migration_claim(p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.migration_claim(p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.migration_leave(p_id bigint, p_request_id bigint, p_why text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.migration_leave(p_id bigint, p_request_id bigint, p_why text) TO oam_app;

REVOKE ALL ON FUNCTION oam.migration_requests(p_id bigint, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.migration_requests(p_id bigint, p_limit integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.migration_start(p_from_id bigint, p_to_id bigint, p_change text, p_map text, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone, p_not_before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.migration_start(p_from_id bigint, p_to_id bigint, p_change text, p_map text, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone, p_not_before timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.milestone_set(p_request_id bigint, p_uid uuid, p_key text, p_add boolean, p_milestone jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.milestone_set(p_request_id bigint, p_uid uuid, p_key text, p_add boolean, p_milestone jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.money_view(requested numeric, granted numeric, committed numeric, advanced numeric, justified numeric, paid numeric, returned numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.money_view(requested numeric, granted numeric, committed numeric, advanced numeric, justified numeric, paid numeric, returned numeric) TO oam_app;

REVOKE ALL ON FUNCTION oam.next_number(kind text, year integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.next_number(kind text, year integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.open311_key_give(p_body_id bigint, p_client text, p_hash bytea, p_by text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.open311_key_give(p_body_id bigint, p_client text, p_hash bytea, p_by text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.open311_key_take(p_body_id bigint, p_client text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.open311_key_take(p_body_id bigint, p_client text) TO oam_app;

REVOKE ALL ON FUNCTION oam.open311_publish(p_body_id bigint, p_contact text, p_texts boolean, p_services bigint[], p_by text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.open311_publish(p_body_id bigint, p_contact text, p_texts boolean, p_services bigint[], p_by text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.open311_report_add(p_ref text, p_latitude numeric, p_longitude numeric, p_address text, p_address_id text, p_media_url text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.open311_report_add(p_ref text, p_latitude numeric, p_longitude numeric, p_address text, p_address_id text, p_media_url text) TO oam_app;

REVOKE ALL ON FUNCTION oam.open311_update_add(p_update_id text, p_request_id bigint, p_uid uuid, p_status text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.open311_update_add(p_update_id text, p_request_id bigint, p_uid uuid, p_status text) TO oam_app;

REVOKE ALL ON FUNCTION oam.open311_withdraw(p_body_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.open311_withdraw(p_body_id bigint) TO oam_app;

REVOKE ALL ON FUNCTION oam.outbox_claim(p_kinds text[], p_limit integer, p_lease interval) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.outbox_claim(p_kinds text[], p_limit integer, p_lease interval) TO oam_app;

REVOKE ALL ON FUNCTION oam.outbox_done(p_id bigint, p_answer jsonb, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.outbox_done(p_id bigint, p_answer jsonb, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.outbox_failed(p_id bigint, p_lease integer, p_error text, p_backoff interval, p_tries_max integer, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.outbox_failed(p_id bigint, p_lease integer, p_error text, p_backoff interval, p_tries_max integer, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.outbox_settle(p_outside text[], p_limit integer, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.outbox_settle(p_outside text[], p_limit integer, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.panel_seat_all(p_code text, p_version integer, p_seats jsonb, p_by text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.panel_seat_all(p_code text, p_version integer, p_seats jsonb, p_by text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.person_access() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.recount_claim(p_revision integer, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.recount_claim(p_revision integer, p_limit integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.recount_done(p_request_ids bigint[], p_revision integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.recount_done(p_request_ids bigint[], p_revision integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.request_create(p_ref text, p_body_id bigint, p_comarca_code text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_state text, p_phase text, p_outcome text, p_title text, p_description text, p_data jsonb, p_channel text, p_assignee_id bigint, p_register_number text, p_external_ref text, p_supports integer, p_place text, p_synthetic boolean, p_actor text, p_actor_name text, p_now timestamp with time zone, p_submitted_at timestamp with time zone, p_updated_at timestamp with time zone, p_closed_at timestamp with time zone, p_types text[], p_events jsonb[], p_draft boolean[], p_engine bytea, p_due_at timestamp with time zone, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.request_create(p_ref text, p_body_id bigint, p_comarca_code text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_state text, p_phase text, p_outcome text, p_title text, p_description text, p_data jsonb, p_channel text, p_assignee_id bigint, p_register_number text, p_external_ref text, p_supports integer, p_place text, p_synthetic boolean, p_actor text, p_actor_name text, p_now timestamp with time zone, p_submitted_at timestamp with time zone, p_updated_at timestamp with time zone, p_closed_at timestamp with time zone, p_types text[], p_events jsonb[], p_draft boolean[], p_engine bytea, p_due_at timestamp with time zone, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb) TO oam_app;

REVOKE ALL ON FUNCTION oam.request_follow(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamp with time zone, p_over boolean, p_timers jsonb, p_clocks jsonb, p_outbox jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.request_form() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.request_hold(p_ref text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.request_hold(p_ref text) TO oam_app;

REVOKE ALL ON FUNCTION oam.request_join(p_ref text, p_joint boolean, p_adhered bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.request_join(p_ref text, p_joint boolean, p_adhered bigint[]) TO oam_app;

REVOKE ALL ON FUNCTION oam.request_keep() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.request_remark(p_id bigint, p_type text, p_data jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.request_stays() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.request_step(p_id bigint, p_version integer, p_state text, p_phase text, p_outcome text, p_data jsonb, p_title text, p_description text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_assignee_id bigint, p_register_number text, p_actor text, p_actor_name text, p_now timestamp with time zone, p_types text[], p_events jsonb[], p_draft boolean[], p_engine bytea, p_due_at timestamp with time zone, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb, p_undo boolean, p_gone text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.request_step(p_id bigint, p_version integer, p_state text, p_phase text, p_outcome text, p_data jsonb, p_title text, p_description text, p_service_id bigint, p_unit_id bigint, p_workflow_id bigint, p_assignee_id bigint, p_register_number text, p_actor text, p_actor_name text, p_now timestamp with time zone, p_types text[], p_events jsonb[], p_draft boolean[], p_engine bytea, p_due_at timestamp with time zone, p_due jsonb, p_timers jsonb, p_clocks jsonb, p_outbox jsonb, p_undo boolean, p_gone text[]) TO oam_app;

REVOKE ALL ON FUNCTION oam.request_steps(p_steps jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.request_steps(p_steps jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.request_undo(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.request_vote(p_id bigint, p_seq integer, p_engine bytea, p_actor text, p_actor_name text, p_now timestamp with time zone, p_event jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.request_vote(p_id bigint, p_seq integer, p_engine bytea, p_actor text, p_actor_name text, p_now timestamp with time zone, p_event jsonb) TO oam_app;

REVOKE ALL ON FUNCTION oam.runtime_figures(p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.runtime_figures(p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.scope_all() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.scope_all() TO oam_app;
GRANT ALL ON FUNCTION oam.scope_all() TO oam_worker;
GRANT ALL ON FUNCTION oam.scope_all() TO oam_portal;

REVOKE ALL ON FUNCTION oam.scope_bodies() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.scope_bodies() TO oam_app;
GRANT ALL ON FUNCTION oam.scope_bodies() TO oam_worker;
GRANT ALL ON FUNCTION oam.scope_bodies() TO oam_portal;

REVOKE ALL ON FUNCTION oam.scope_joint() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.scope_joint() TO oam_app;

REVOKE ALL ON FUNCTION oam.scope_principal() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.scope_principal() TO oam_app;
GRANT ALL ON FUNCTION oam.scope_principal() TO oam_worker;
GRANT ALL ON FUNCTION oam.scope_principal() TO oam_portal;

REVOKE ALL ON FUNCTION oam.scope_sees(p_request_id bigint, p_body_id bigint, p_draft boolean, p_internal boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.scope_staff() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.scope_staff() TO oam_app;
GRANT ALL ON FUNCTION oam.scope_staff() TO oam_worker;
GRANT ALL ON FUNCTION oam.scope_staff() TO oam_portal;

REVOKE ALL ON FUNCTION oam.scope_worker() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.scope_writes(p_request_id bigint, p_body_id bigint, p_internal boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.share_out(p_action_id bigint, p_sum numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.share_out(p_action_id bigint, p_sum numeric) TO oam_app;

REVOKE ALL ON FUNCTION oam.share_parts(p_action_id bigint, p_sums numeric[]) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.share_parts(p_action_id bigint, p_sums numeric[]) TO oam_app;

REVOKE ALL ON FUNCTION oam.share_split(p_view jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.share_split(p_view jsonb) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_availability(p_code text, p_from date, p_to date, p_quantity integer, p_today date) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_availability(p_code text, p_from date, p_to date, p_quantity integer, p_today date) TO oam_app;

GRANT SELECT ON TABLE oam.stock_hold TO oam_app;

GRANT SELECT ON TABLE oam.stock_item TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_change_broken(i oam.stock_item, h oam.stock_hold, p_change jsonb, p_today date, OUT wrong text[], OUT told jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.stock_faults(p_today date) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_faults(p_today date) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_hand_over_broken(i oam.stock_item, h oam.stock_hold, p_quantity integer, p_on date, p_today date, OUT wrong text[], OUT told jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.stock_hold_move(p_request_id bigint, p_action uuid, p_number integer, p_move text, p_what jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_hold_move(p_request_id bigint, p_action uuid, p_number integer, p_move text, p_what jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_hold_view(h oam.stock_hold) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_hold_view(h oam.stock_hold) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_item_add(p_item jsonb, p_language text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_item_add(p_item jsonb, p_language text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_item_change(p_code text, p_version integer, p_change jsonb, p_language text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_item_change(p_code text, p_version integer, p_change jsonb, p_language text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_item_view(i oam.stock_item, p_language text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_item_view(i oam.stock_item, p_language text) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_keepers_only() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.stock_move(p_code text, p_kind text, p_quantity integer, p_on date, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_move(p_code text, p_kind text, p_quantity integer, p_on date, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

GRANT SELECT ON TABLE oam.stock_movement TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_movement_add(i oam.stock_item, p_kind text, p_quantity integer, p_on date, p_reason text, p_hold bigint, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.stock_movement_view(m oam.stock_movement) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_movement_view(m oam.stock_movement) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_next(i oam.stock_item, p_quantity integer, p_from date, p_days integer, p_without bigint, p_today date) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.stock_out(p_item_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_out(p_item_id bigint) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_peak(p_item_id bigint, p_from date, p_to date, p_without bigint, p_today date) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_peak(p_item_id bigint, p_from date, p_to date, p_without bigint, p_today date) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_reserve(p_request_id bigint, p_action uuid, p_hold jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_reserve(p_request_id bigint, p_action uuid, p_hold jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_return_broken(i oam.stock_item, h oam.stock_hold, p_returned integer, p_lost integer, p_on date, p_today date, OUT wrong text[], OUT told jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.stock_stand(p_today date) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_stand(p_today date) TO oam_app;

REVOKE ALL ON FUNCTION oam.stock_tell(held oam.request, p_action uuid, h oam.stock_hold, p_type text, p_move jsonb, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.stock_used(p_item_id bigint, p_without bigint, p_today date) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.stock_used(p_item_id bigint, p_without bigint, p_today date) TO oam_app;

REVOKE ALL ON FUNCTION oam.timer_claim(p_now timestamp with time zone, p_from timestamp with time zone, p_from_id bigint, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.timer_claim(p_now timestamp with time zone, p_from timestamp with time zone, p_from_id bigint, p_limit integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.timer_drop(p_request_id bigint, p_timer text, p_generation integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.timer_drop(p_request_id bigint, p_timer text, p_generation integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.timer_failed(p_request_id bigint, p_timer text, p_generation integer, p_error text, p_wake timestamp with time zone, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.timer_failed(p_request_id bigint, p_timer text, p_generation integer, p_error text, p_wake timestamp with time zone, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.token_revoke(p_jti uuid, p_expires_at timestamp with time zone, p_client_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.token_revoke(p_jti uuid, p_expires_at timestamp with time zone, p_client_id bigint) TO oam_app;

REVOKE ALL ON FUNCTION oam.uuid7() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.webhook_change(p_uid uuid, p_version integer, p_url text, p_types text[], p_payload text, p_description text, p_contact text, p_language text, p_state text, p_now timestamp with time zone, p_filter text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_change(p_uid uuid, p_version integer, p_url text, p_types text[], p_payload text, p_description text, p_contact text, p_language text, p_state text, p_now timestamp with time zone, p_filter text) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_claim(p_limit integer, p_each integer, p_lease interval, p_room integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_claim(p_limit integer, p_each integer, p_lease interval, p_room integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_collect(p_window integer, p_pending integer, p_all boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_collect(p_window integer, p_pending integer, p_all boolean) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_create(p_uid uuid, p_client_id bigint, p_url text, p_types text[], p_payload text, p_description text, p_contact text, p_language text, p_sealed bytea, p_most integer, p_now timestamp with time zone, p_filter text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_create(p_uid uuid, p_client_id bigint, p_url text, p_types text[], p_payload text, p_description text, p_contact text, p_language text, p_sealed bytea, p_most integer, p_now timestamp with time zone, p_filter text) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_figures() FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_figures() TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_keep(p_webhook bigint, p_positions bigint[], p_reach bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.webhook_look(p_window integer, p_pending integer, p_all boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_look(p_window integer, p_pending integer, p_all boolean) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_notice_claim(p_limit integer, p_lease interval) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_notice_claim(p_limit integer, p_lease interval) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_notice_ended(p_id bigint, p_lease integer, p_wait interval) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_notice_ended(p_id bigint, p_lease integer, p_wait interval) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_own(p_uid uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.webhook_ping(p_uid uuid, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_ping(p_uid uuid, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_purge(p_keep interval, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_purge(p_keep interval, p_most integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_redeliver(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamp with time zone, p_until timestamp with time zone, p_dead boolean, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_redeliver(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamp with time zone, p_until timestamp with time zone, p_dead boolean, p_most integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_remove(p_uid uuid, p_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_remove(p_uid uuid, p_version integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_rested(p_since timestamp with time zone, p_last timestamp with time zone, p_moment timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.webhook_rotate(p_uid uuid, p_sealed bytea, p_until timestamp with time zone, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_rotate(p_uid uuid, p_sealed bytea, p_until timestamp with time zone, p_now timestamp with time zone) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_see_as(p_client_id bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.webhook_see_as_system() FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.webhook_send_again(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamp with time zone, p_until timestamp with time zone, p_dead boolean, p_most integer, p_look integer) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_send_again(p_uid uuid, p_delivery uuid, p_after bigint, p_before bigint, p_since timestamp with time zone, p_until timestamp with time zone, p_dead boolean, p_most integer, p_look integer) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_settle(p_id bigint, p_lease integer, p_ended text, p_outcome text, p_status integer, p_ms integer, p_wait interval, p_disable text, p_patience interval) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_settle(p_id bigint, p_lease integer, p_ended text, p_outcome text, p_status integer, p_ms integer, p_wait interval, p_disable text, p_patience interval) TO oam_app;

GRANT SELECT ON TABLE oam.webhook TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_share(p_hook oam.webhook, p_most integer, p_left integer, p_moment timestamp with time zone, p_lease interval) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.webhook_sift(p_webhook bigint, p_place bigint, p_reach bigint, p_positions bigint[], p_failures integer, p_failed_position bigint, p_error text) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.webhook_sift(p_webhook bigint, p_place bigint, p_reach bigint, p_positions bigint[], p_failures integer, p_failed_position bigint, p_error text) TO oam_app;

REVOKE ALL ON FUNCTION oam.webhook_sweep(p_webhook bigint, p_most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.webhook_window(p_client_id bigint, p_after bigint, p_head bigint, p_window integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION oam.workflow_publish(p_document text, p_scenarios text, p_change text, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION oam.workflow_publish(p_document text, p_scenarios text, p_change text, p_reason text, p_actor text, p_actor_name text, p_now timestamp with time zone) TO oam_app;

GRANT SELECT ON TABLE oam.absence TO oam_app;

GRANT SELECT ON TABLE oam.absence_progress TO oam_app;

GRANT SELECT ON TABLE oam.absence_request TO oam_app;

GRANT SELECT ON TABLE oam.access_stamp TO oam_app;

GRANT SELECT ON TABLE oam.action_share TO oam_app;

GRANT SELECT ON TABLE oam.action_unit TO oam_app;

GRANT SELECT ON TABLE oam.address_change TO oam_app;

GRANT SELECT ON TABLE oam.agent TO oam_app;

GRANT SELECT ON TABLE oam.agent_conflict TO oam_app;

GRANT SELECT ON TABLE oam.agent_load TO oam_app;

GRANT SELECT ON TABLE oam.agent_skill TO oam_app;

GRANT SELECT ON TABLE oam.api_client TO oam_app;

GRANT SELECT ON TABLE oam.api_client_body TO oam_app;

GRANT SELECT ON TABLE oam.api_client_change TO oam_app;

GRANT SELECT ON TABLE oam.body TO oam_app;

GRANT SELECT ON TABLE oam.calendar_revision TO oam_app;

GRANT SELECT ON TABLE oam.clock_recount TO oam_app;

GRANT SELECT ON TABLE oam.comarca TO oam_app;

GRANT SELECT ON TABLE oam.comment TO oam_app;

GRANT SELECT ON TABLE oam.delegation TO oam_app;

GRANT SELECT ON TABLE oam.directory_stamp TO oam_app;

GRANT SELECT ON TABLE oam.effect TO oam_app;

GRANT SELECT ON TABLE oam.event_feed TO oam_app;

GRANT SELECT ON TABLE oam.event_relay_state TO oam_app;

GRANT SELECT ON TABLE oam.holiday TO oam_app;

GRANT SELECT ON TABLE oam.holiday_change TO oam_app;

GRANT SELECT,INSERT,DELETE ON TABLE oam.idempotency_key TO oam_app;

GRANT SELECT ON TABLE oam.incident TO oam_app;

GRANT SELECT,INSERT,DELETE ON TABLE oam.login_failure TO oam_app;

GRANT SELECT ON TABLE oam.membership TO oam_app;

GRANT SELECT ON TABLE oam.milestone TO oam_app;

GRANT SELECT ON TABLE oam.notification TO oam_app;

GRANT SELECT,INSERT ON TABLE oam.notification_read TO oam_app;

GRANT SELECT ON TABLE oam.open311_endpoint TO oam_app;

GRANT SELECT ON TABLE oam.open311_key TO oam_app;

GRANT SELECT ON TABLE oam.open311_report TO oam_app;

GRANT SELECT ON TABLE oam.open311_service TO oam_app;

GRANT SELECT ON TABLE oam.open311_update TO oam_app;

GRANT SELECT ON TABLE oam.outbox TO oam_app;

GRANT SELECT ON TABLE oam.panel TO oam_app;

GRANT SELECT ON TABLE oam.panel_seat TO oam_app;

GRANT SELECT ON TABLE oam.user_account TO oam_app;

GRANT SELECT ON TABLE oam.person TO oam_app;

GRANT SELECT ON TABLE oam.person_access TO oam_app;

GRANT SELECT ON TABLE oam.portfolio TO oam_app;

GRANT SELECT ON TABLE oam.referent TO oam_app;

GRANT SELECT ON TABLE oam.request_body TO oam_app;

GRANT SELECT ON TABLE oam.request_clock TO oam_app;

GRANT SELECT ON TABLE oam.request_timer TO oam_app;

GRANT SELECT ON TABLE oam.service TO oam_app;

GRANT SELECT ON TABLE oam.service_area TO oam_app;

GRANT SELECT,INSERT ON TABLE oam.session TO oam_app;

GRANT UPDATE(last_seen_at) ON TABLE oam.session TO oam_app;

GRANT UPDATE(revoked_at) ON TABLE oam.session TO oam_app;

GRANT SELECT,INSERT ON TABLE oam.signing_key TO oam_app;

GRANT UPDATE(signs_until) ON TABLE oam.signing_key TO oam_app;

GRANT UPDATE(verifies_until) ON TABLE oam.signing_key TO oam_app;

GRANT SELECT ON TABLE oam.skill TO oam_app;

GRANT SELECT ON TABLE oam.token_revoked TO oam_app;

GRANT SELECT ON TABLE oam.unit TO oam_app;

GRANT SELECT ON TABLE oam.webhook_delivery TO oam_app;

GRANT SELECT ON TABLE oam.workflow_definition TO oam_app;

GRANT SELECT ON TABLE oam.workflow_migration TO oam_app;

GRANT SELECT ON TABLE oam.workflow_migration_left TO oam_app;

