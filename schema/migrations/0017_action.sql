-- What was granted becomes actions: milestones with weights, and a ledger of money. All of it changes through the functions below, under
-- the lock of the request, with an event of the request; what its status tells of it is kept beside it in the same statement, so that
-- a status is read from one row as before and a request without actions costs nothing more.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

ALTER TABLE request ADD COLUMN execution jsonb; -- execution_view() after the last change; NULL: it has no actions

-- ---------------------------------------------------------------- tables

CREATE TABLE action (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid            uuid NOT NULL UNIQUE,
    request_id     bigint NOT NULL REFERENCES request,
    kind           text NOT NULL CHECK (kind IN ('deliverable', 'grant', 'material_loan', 'material_delivery')),
    title          text NOT NULL CHECK (length(title) BETWEEN 3 AND 250),
    unit_id        bigint NOT NULL REFERENCES unit,                       -- responsible for it
    delivery_point text CHECK (length(delivery_point) BETWEEN 1 AND 200),
    state          text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'in_progress', 'done', 'cancelled')),
    starts_on      date,                                                  -- planned
    ends_on        date,
    started_on     date,                                                  -- real
    ended_on       date,
    opened_at      timestamptz NOT NULL,
    -- What the entries of its ledger come to, over all years.
    asked          boolean NOT NULL DEFAULT false,                        -- a sum was ever requested; some funds are granted unasked
    requested      numeric(14, 2) NOT NULL DEFAULT 0,
    granted        numeric(14, 2) NOT NULL DEFAULT 0,
    committed      numeric(14, 2) NOT NULL DEFAULT 0,
    advanced       numeric(14, 2) NOT NULL DEFAULT 0,
    justified      numeric(14, 2) NOT NULL DEFAULT 0,
    paid           numeric(14, 2) NOT NULL DEFAULT 0,
    returned       numeric(14, 2) NOT NULL DEFAULT 0,
    CHECK (ends_on >= starts_on),
    CHECK (ended_on >= started_on),
    CONSTRAINT action_begun CHECK (CASE state WHEN 'planned' THEN started_on IS NULL WHEN 'cancelled' THEN true ELSE started_on IS NOT NULL END),
    CONSTRAINT action_ended CHECK ((state = 'done') = (ended_on IS NOT NULL)),
    CONSTRAINT action_nothing_negative CHECK (least(requested, granted, committed, advanced, justified, paid, returned) >= 0),
    CONSTRAINT action_granted CHECK (NOT asked OR granted <= requested),
    CONSTRAINT action_committed CHECK (committed <= granted),
    CONSTRAINT action_returned CHECK (returned <= advanced + paid),
    -- Who was granted money shows what it was spent on (LGS art. 30); what is beyond it, or beyond the grant, comes back (art. 37).
    CONSTRAINT action_justified CHECK (state <> 'done' OR advanced + paid - returned <= CASE kind WHEN 'grant' THEN least(justified, committed)
                                                                                                 ELSE committed END),
    CONSTRAINT action_given_up CHECK (state <> 'cancelled' OR advanced + paid = returned)
);
CREATE INDEX action_request ON action (request_id);

CREATE TABLE action_unit ( -- units that work with the responsible one
    action_id     bigint NOT NULL REFERENCES action,
    unit_id       bigint NOT NULL REFERENCES unit,
    PRIMARY KEY (action_id, unit_id)
);

-- Of a joint action: the bodies, and how much of it is each one's, in hundredths of a percent. Fixed in the act that grants it.
CREATE TABLE action_share (
    action_id     bigint NOT NULL REFERENCES action,
    ordinal       integer NOT NULL CHECK (ordinal >= 1),
    body_id       bigint NOT NULL REFERENCES body,
    points        integer NOT NULL CHECK (points BETWEEN 1 AND 10000),
    PRIMARY KEY (action_id, ordinal),
    UNIQUE (action_id, body_id)
);

CREATE TABLE milestone (
    action_id     bigint NOT NULL REFERENCES action,
    ordinal       integer NOT NULL CHECK (ordinal >= 1),
    key           text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,47}$'),
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 160),
    weight        integer NOT NULL CHECK (weight BETWEEN 1 AND 1000),
    planned_on    date,
    reached_on    date,
    PRIMARY KEY (action_id, ordinal),
    UNIQUE (action_id, key)
);

-- Append-only: not even its owner has a policy to change or remove a row. What was wrong is taken back by a counter-entry, which names
-- what it takes from: of the same action, sort and year.
CREATE TABLE amount (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid           uuid NOT NULL UNIQUE,
    action_id     bigint NOT NULL REFERENCES action,
    ordinal       integer NOT NULL CHECK (ordinal >= 1),
    kind          text NOT NULL CHECK (kind IN ('requested', 'granted', 'committed', 'advanced', 'justified', 'paid', 'returned')),
    year          integer NOT NULL CHECK (year BETWEEN 1990 AND 2100),
    value         numeric(14, 2) NOT NULL CHECK (value <> 0),
    on_day        date NOT NULL,
    reference     text CHECK (length(reference) BETWEEN 1 AND 100),
    note          text CHECK (length(note) BETWEEN 1 AND 500),
    reverses      bigint,
    recorded_by   text NOT NULL,
    recorded_name text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    UNIQUE (action_id, ordinal),
    UNIQUE (id, action_id, kind, year),
    FOREIGN KEY (reverses, action_id, kind, year) REFERENCES amount (id, action_id, kind, year),
    CONSTRAINT amount_takes_back CHECK ((value < 0) = (reverses IS NOT NULL))
);
CREATE INDEX amount_reverses ON amount (reverses) WHERE reverses IS NOT NULL;

-- ---------------------------------------------------------------- row-level security: what is seen of a request is seen of its actions

DO $$
DECLARE
    name text;
    seen text;
    ours text := '((SELECT scope_staff()) OR (SELECT scope_all()))';
BEGIN
    FOREACH name IN ARRAY ARRAY['action', 'action_unit', 'action_share', 'milestone', 'amount'] LOOP
        seen := CASE name WHEN 'action' THEN 'EXISTS (SELECT FROM request r WHERE r.id = request_id)'
                          ELSE 'EXISTS (SELECT FROM action a WHERE a.id = action_id)' END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT USING (%s)', name || '_scope', name, seen);
        -- The functions below run as the owner; the sides of towns write nothing through them, whatever the service forgets.
        EXECUTE format('CREATE POLICY %I ON %I FOR INSERT TO oam_owner WITH CHECK (%s AND %s)', name || '_added', name, ours, seen);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['action', 'action_unit', 'milestone'] LOOP
        seen := CASE name WHEN 'action' THEN 'EXISTS (SELECT FROM request r WHERE r.id = request_id)'
                          ELSE 'EXISTS (SELECT FROM action a WHERE a.id = action_id)' END;
        EXECUTE format('CREATE POLICY %I ON %I FOR %s TO oam_owner USING (%s AND %s)', name || '_changed', name,
                       CASE name WHEN 'action_unit' THEN 'DELETE' ELSE 'UPDATE' END, ours, seen);
    END LOOP;
END $$;

-- ---------------------------------------------------------------- how it looks: the representations of the contract, exact decimals as text

CREATE FUNCTION money_view(requested numeric, granted numeric, committed numeric, advanced numeric, justified numeric, paid numeric,
                           returned numeric) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('requested', coalesce($1, 0)::numeric(16, 2)::text, 'granted', coalesce($2, 0)::numeric(16, 2)::text,
        'committed', coalesce($3, 0)::numeric(16, 2)::text, 'advanced', coalesce($4, 0)::numeric(16, 2)::text,
        'justified', coalesce($5, 0)::numeric(16, 2)::text, 'paid', coalesce($6, 0)::numeric(16, 2)::text,
        'returned', coalesce($7, 0)::numeric(16, 2)::text)
$$;

CREATE FUNCTION amount_view(a amount) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', a.uid, 'number', a.ordinal, 'kind', a.kind, 'year', a.year, 'amount', a.value::text, 'on', a.on_day,
        'reference', a.reference, 'note', a.note, 'reverses', (SELECT o.uid FROM amount o WHERE o.id = a.reverses),
        'recorded_by', a.recorded_name, 'recorded_at', to_char(a.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
$$;

-- A sum shared out by the points of an action's bodies, to the cent and without a cent lost: each has its whole cents, and those that
-- are left go one by one to the largest remainders, of equal ones to the first named.
CREATE FUNCTION share_out(p_action_id bigint, p_sum numeric) RETURNS TABLE (body_id bigint, value numeric)
LANGUAGE sql STABLE AS $$
    WITH whole AS (SELECT (p_sum * 100)::bigint AS cents),
    parts AS (
        SELECT s.body_id, w.cents, div(w.cents::numeric * s.points, 10000)::bigint AS part,
               row_number() OVER (ORDER BY mod(w.cents::numeric * s.points, 10000) DESC, s.ordinal) AS turn
        FROM action_share s, whole w WHERE s.action_id = p_action_id)
    SELECT p.body_id, ((p.part + (p.turn <= p.cents - sum(p.part) OVER ())::integer)::numeric / 100)::numeric(16, 2) FROM parts p
$$;

-- Percent that is reached: of the weights, rounded down, so that only the last milestone makes it 100; what is done is all of it.
CREATE FUNCTION action_progress(a action) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT CASE a.state WHEN 'done' THEN 100
                        ELSE coalesce(100 * sum(m.weight) FILTER (WHERE m.reached_on IS NOT NULL) / sum(m.weight), 0)::integer END
    FROM milestone m WHERE m.action_id = a.id
$$;

-- The next day on which something is planned; NULL: nothing is.
CREATE FUNCTION action_next(a action) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN a.state IN ('planned', 'in_progress') THEN
        least((SELECT min(m.planned_on) FROM milestone m WHERE m.action_id = a.id AND m.reached_on IS NULL),
              CASE a.state WHEN 'planned' THEN coalesce(a.starts_on, a.ends_on) ELSE a.ends_on END) END
$$;

CREATE FUNCTION action_years(p_action_id bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(y.money ORDER BY y.year), '[]') FROM (
        SELECT year, jsonb_build_object('year', year) || money_view(
            sum(value) FILTER (WHERE kind = 'requested'), sum(value) FILTER (WHERE kind = 'granted'),
            sum(value) FILTER (WHERE kind = 'committed'), sum(value) FILTER (WHERE kind = 'advanced'),
            sum(value) FILTER (WHERE kind = 'justified'), sum(value) FILTER (WHERE kind = 'paid'),
            sum(value) FILTER (WHERE kind = 'returned')) AS money
        FROM amount WHERE action_id = p_action_id GROUP BY year) y
$$;

CREATE FUNCTION action_shares(a action) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('body', b.code, 'body_name', b.name, 'percent', (s.points / 100.0)::numeric(5, 2)::text,
        'amounts', money_view(
            (SELECT value FROM share_out(a.id, a.requested) o WHERE o.body_id = b.id), (SELECT value FROM share_out(a.id, a.granted) o WHERE o.body_id = b.id),
            (SELECT value FROM share_out(a.id, a.committed) o WHERE o.body_id = b.id), (SELECT value FROM share_out(a.id, a.advanced) o WHERE o.body_id = b.id),
            (SELECT value FROM share_out(a.id, a.justified) o WHERE o.body_id = b.id), (SELECT value FROM share_out(a.id, a.paid) o WHERE o.body_id = b.id),
            (SELECT value FROM share_out(a.id, a.returned) o WHERE o.body_id = b.id))) ORDER BY s.ordinal), '[]')
    FROM action_share s JOIN body b ON b.id = s.body_id WHERE s.action_id = a.id
$$;

CREATE FUNCTION action_view(a action) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', a.uid, 'kind', a.kind, 'title', a.title, 'state', a.state,
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
        'opened_at', to_char(a.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
$$;

-- What a status tells: progress of a request is the mean of that of its actions that are not cancelled, rounded down.
CREATE FUNCTION execution_view(p_request_id bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN count(*) > 0 THEN jsonb_build_object(
        'progress', floor(avg(action_progress(a)) FILTER (WHERE a.state <> 'cancelled'))::integer,
        'next_on', min(action_next(a)),
        'actions', jsonb_agg(jsonb_build_object('id', a.uid, 'kind', a.kind, 'title', a.title, 'state', a.state,
                       'progress', action_progress(a), 'next_on', action_next(a)) ORDER BY a.id),
        'milestones', (SELECT coalesce(jsonb_agg(jsonb_build_object('action', b.uid, 'key', m.key, 'title', m.title,
                           'planned_on', m.planned_on, 'reached_on', m.reached_on) ORDER BY b.id, m.ordinal), '[]')
                       FROM action b JOIN milestone m ON m.action_id = b.id WHERE b.request_id = p_request_id AND b.state <> 'cancelled'),
        'amounts', money_view(sum(a.requested), sum(a.granted), sum(a.committed), sum(a.advanced), sum(a.justified), sum(a.paid), sum(a.returned)))
    END
    FROM action a WHERE a.request_id = p_request_id
$$;

-- ---------------------------------------------------------------- writing: the only doors

-- The event of a change, the request's next version, and what its status tells from now on. `old` is the request under its lock.
CREATE FUNCTION action_tell(old request, p_type text, p_event jsonb, p_actor text, p_actor_name text, p_now timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    UPDATE request SET version = old.version + 1, seq = old.seq + 1, updated_at = p_now, execution = execution_view(old.id),
        digest = event_append(old.id, old.body_id, old.workflow_id, old.seq, old.version, old.digest, p_now, ARRAY[p_type], ARRAY[p_event],
                              p_actor, p_actor_name, false, '{f}')
    WHERE id = old.id;
    RETURN old.version + 1;
END $$;

-- The request that is changed, held until the transaction ends; a draft has no actions.
CREATE FUNCTION action_hold(p_request_id bigint) RETURNS request
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
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

-- All doors answer the same: the request's version and how the action, or the entry, looks now; or else what it would break, and then
-- nothing was done.

-- p_action: {"kind", "title", "unit", "units", "delivery_point", "starts_on", "ends_on", "shares": [{"body", "points"}],
-- "milestones": [{"key", "title", "weight", "planned_on"}]}; units and bodies by their ids.
CREATE FUNCTION action_open(p_request_id bigint, p_uid uuid, p_action jsonb, p_actor text, p_actor_name text, p_now timestamptz)
RETURNS TABLE (version integer, broken text[], view jsonb)
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
    INSERT INTO action (uid, request_id, kind, title, unit_id, delivery_point, starts_on, ends_on, opened_at)
    VALUES (p_uid, p_request_id, p_action ->> 'kind', p_action ->> 'title', (p_action ->> 'unit')::bigint, p_action ->> 'delivery_point',
            (p_action ->> 'starts_on')::date, (p_action ->> 'ends_on')::date, p_now)
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

-- p_change: the members of p_action above that change, but for shares and milestones, and "state", "started_on", "ended_on".
CREATE FUNCTION action_change(p_request_id bigint, p_uid uuid, p_change jsonb, p_actor text, p_actor_name text, p_now timestamptz)
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

-- A milestone more ("key", "title", "weight", "planned_on" in p_milestone) when p_add; otherwise what changes of one that is there, with
-- "reached_on" beside them.
CREATE FUNCTION milestone_set(p_request_id bigint, p_uid uuid, p_key text, p_add boolean, p_milestone jsonb, p_actor text, p_actor_name text,
                              p_now timestamptz) RETURNS TABLE (version integer, broken text[], view jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
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

-- An entry of the ledger; p_value below zero takes back of the entry p_reverses. What it would break, all at once, and of the first
-- three by themselves, for no sum follows from such an entry:
--   no_such_entry            nothing is taken back of what is not there: an entry of the same sort and year, itself none that takes back
--   more_than_entry          of an entry no more is taken back than it says
--   too_large                no sum of a sort passes 999,999,999,999.99
--   granted_over_requested   where a sum was ever requested, no more than it is granted
--   committed_over_granted   no more is committed than granted: a reduction of the grant comes after that of what is committed
--   paid_over_committed      nothing is advanced or paid beyond what is committed, less what came back. A reduction may leave more out
--                            than is committed: that is to return, and nothing goes out before it did
--   returned_over_paid       no more comes back than went out
--   money_to_return, money_not_justified, money_is_out   what is done, or cancelled, stays so: see action_change
CREATE FUNCTION amount_record(p_request_id bigint, p_action uuid, p_uid uuid, p_kind text, p_year integer, p_value numeric, p_on date,
    p_reference text, p_note text, p_reverses uuid, p_actor text, p_actor_name text, p_now timestamptz)
RETURNS TABLE (version integer, broken text[], view jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
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

-- Actions that are not what the events of their requests say, or whose sums are not those of their entries: none, if nobody writes
-- but through the doors above.
CREATE FUNCTION action_faults() RETURNS TABLE (request_id bigint, seq integer, fault text)
LANGUAGE sql STABLE SET search_path = oam, pg_catalog, pg_temp AS $$
    WITH told AS (
        SELECT DISTINCT ON (e.request_id, e.data ->> 'action') e.request_id, e.seq, (e.data ->> 'action')::uuid AS uid,
               (e.data -> 'data') - '{amounts,to_return,years,shares}'::text[] AS view
        FROM request_event e
        WHERE e.type IN ('request.action_opened', 'request.action_changed', 'request.milestone_added', 'request.milestone_changed',
                         'request.milestone_reached')
        ORDER BY e.request_id, e.data ->> 'action', e.seq DESC),
    entries AS (
        SELECT e.request_id, e.seq, (e.data ->> 'action')::uuid AS uid, e.data -> 'data' AS view
        FROM request_event e WHERE e.type = 'request.amount_recorded')
    SELECT coalesce(t.request_id, a.request_id), coalesce(t.seq, 0), 'action'
    FROM told t FULL JOIN action a ON a.uid = t.uid AND a.request_id = t.request_id
    WHERE t.view IS DISTINCT FROM action_view(a) - '{amounts,to_return,years,shares}'::text[]
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

REVOKE ALL ON FUNCTION money_view, amount_view, share_out, action_progress, action_next, action_years, action_shares, action_view,
    execution_view, action_tell, action_hold, action_open, action_change, milestone_set, amount_record, action_faults FROM PUBLIC;
GRANT SELECT ON action, action_unit, action_share, milestone, amount TO oam_app;
GRANT EXECUTE ON FUNCTION money_view, amount_view, share_out, action_progress, action_next, action_years, action_shares, action_view,
    execution_view, action_open, action_change, milestone_set, amount_record, action_faults TO oam_app;
