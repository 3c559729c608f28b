-- Calendars with a memory: every change of a holiday, and of the seat, is a revision. What was counted names the revision that it was
-- counted by, so that a correction finds exactly the clocks that it touches, and a replay counts by the holidays of that moment.
--
-- Llei 39/2015 art. 30.7 has the calendars published before the year begins, and what is published late or corrected counts as it is
-- published: a term that still runs ends by the corrected calendar, later or earlier. What is over stays over, whatever is learnt of it.
-- By art. 31.3 the days of an electronic register are those of the seat that keeps it: whoever moves the seat moves its terms.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- ---------------------------------------------------------------- revisions

-- Revision 0 has no row: the holidays that were there before there were revisions, at the seat of before there was a setting.
CREATE TABLE calendar_revision (
    revision      integer PRIMARY KEY CHECK (revision >= 1),
    at            timestamptz NOT NULL,
    actor         text NOT NULL,
    actor_name    text NOT NULL,
    reason        text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    seat_id       bigint REFERENCES body,                             -- where the seat is from then on; NULL: where it was
    xid           xid8 NOT NULL DEFAULT pg_current_xact_id() UNIQUE   -- one transaction is one revision
);

CREATE TABLE holiday_change (
    revision      integer NOT NULL REFERENCES calendar_revision,
    day           date NOT NULL,
    scope         text NOT NULL,
    body_id       bigint,
    before        jsonb,                                              -- name_ca, name_es, lifted; NULL: it was none
    after         jsonb,                                              -- NULL: it is none
    UNIQUE NULLS NOT DISTINCT (revision, scope, body_id, day)
);

-- Requests that wait to be counted anew. No reference to request: whoever writes here holds the calendar's lock, which those who
-- hold a request's row ask for.
CREATE TABLE clock_recount (
    request_id    bigint NOT NULL,
    revision      integer NOT NULL,
    PRIMARY KEY (request_id, revision)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

ALTER TABLE request_clock ADD COLUMN revision integer NOT NULL DEFAULT 0; -- by which `due` was counted
ALTER TABLE request_timer ADD COLUMN since timestamptz;                   -- from which it counts: when it was set, or the date that it is of;
                                                                          -- NULL: of a clock, which knows, or set before there was this column

-- `due` tells what stands still as well, and then there may be no date.
ALTER TABLE request DROP CONSTRAINT request_due_check;
ALTER TABLE request ADD CONSTRAINT request_due_check CHECK (due_at IS NULL OR due IS NOT NULL) NOT VALID;

ALTER TABLE clock_recount ENABLE ROW LEVEL SECURITY;
ALTER TABLE clock_recount FORCE ROW LEVEL SECURITY;
CREATE POLICY clock_recount_doors ON clock_recount TO oam_owner USING (true) WITH CHECK (true);
CREATE POLICY clock_recount_system ON clock_recount FOR SELECT USING ((SELECT scope_principal()) = 'system');

-- Steps that set clocks or timers share it, whoever changes a calendar has it alone: no clock is set unseen beside a change.
CREATE FUNCTION calendar_key() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = oam, pg_catalog, pg_temp AS $$ SELECT hashtextextended('oam.calendar', 0) $$;

CREATE FUNCTION calendar_now() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS
    $$ SELECT coalesce(max(revision), 0) FROM calendar_revision $$;

-- The body at whose seat registers are kept. Barcelona's until a setting says otherwise.
CREATE FUNCTION calendar_seat() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT seat_id FROM calendar_revision WHERE seat_id IS NOT NULL ORDER BY revision DESC LIMIT 1),
                    (SELECT id FROM body WHERE code = '0801930008'))
$$;

-- The revision of this transaction, made by its first change. Who and why: oam.principal, oam.calendar_by, oam.calendar_reason.
-- Internal; takes the calendar's lock until the transaction ends.
CREATE FUNCTION calendar_revise() RETURNS integer
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
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

-- Queues every request that a change could touch, and some that it does not: who counts anew decides to the day. Only running clocks
-- and armed timers can be, from the day on which they began to the one on which they end. Internal.
CREATE FUNCTION calendar_touch(p_revision integer, p_changes jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
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
    ON CONFLICT DO NOTHING;
    PERFORM set_config('oam.worker', '', true);
END $$;

-- Whatever changes a holiday, it is noted. What does not change when one rests or what it is called (a source, a status) is no change.
CREATE FUNCTION holiday_note() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
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
CREATE TRIGGER holiday_note_insert AFTER INSERT ON holiday REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION holiday_note();
CREATE TRIGGER holiday_note_update AFTER UPDATE ON holiday REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION holiday_note();
CREATE TRIGGER holiday_note_delete AFTER DELETE ON holiday REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION holiday_note();
CREATE TRIGGER holiday_note_truncate BEFORE TRUNCATE ON holiday
    FOR EACH STATEMENT EXECUTE FUNCTION holiday_note();
CREATE TRIGGER directory_touch AFTER INSERT OR UPDATE OR DELETE ON calendar_revision
    FOR EACH STATEMENT EXECUTE FUNCTION directory_touch();

-- The seat is where the setting of whoever starts says. Moving it is a revision, and every term that waits is looked at. NULL: there is
-- no such body; before there are bodies, nothing is taken.
CREATE FUNCTION calendar_seat_take(p_code text, p_actor_name text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
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

-- ---------------------------------------------------------------- counting anew

-- As timer_claim: takes the row locks of requests that wait to be counted anew by a revision that the caller knows, and leaves their ids
-- in oam.claimed for the statements behind it.
CREATE FUNCTION recount_claim(p_revision integer, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off AS $$
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

CREATE FUNCTION recount_done(p_request_ids bigint[], p_revision integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    DELETE FROM clock_recount WHERE request_id = ANY (p_request_ids) AND revision <= p_revision
$$;

-- As in 0008, and by which calendar: what was counted by an older one than there is now waits to be counted anew.
CREATE OR REPLACE FUNCTION request_follow(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamptz, p_over boolean,
                                          p_timers jsonb, p_clocks jsonb, p_outbox jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    item jsonb;
    at timestamptz;
    counted_by integer;
    current integer;
BEGIN
    IF p_over THEN -- whatever was decided: nothing waits for a request that has ended
        DELETE FROM request_timer WHERE request_id = p_id;
        DELETE FROM request_clock WHERE request_id = p_id;
    ELSIF p_timers IS NOT NULL OR p_clocks IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock_shared(calendar_key());
        current := calendar_now();
        counted_by := current;
        -- In their order: what was cancelled may be set anew by the same step.
        FOR i IN 0..coalesce(jsonb_array_length(p_timers), 0) - 1 LOOP
            item := p_timers -> i;
            at := (item ->> 'due')::timestamptz;
            IF at IS NULL THEN
                DELETE FROM request_timer WHERE request_id = p_id AND timer = item ->> 'timer';
            ELSE
                INSERT INTO request_timer (request_id, timer, generation, due, wake, since)
                VALUES (p_id, item ->> 'timer', p_seq, at, at, (item ->> 'since')::timestamptz)
                ON CONFLICT (request_id, timer) DO UPDATE
                SET generation = EXCLUDED.generation, due = EXCLUDED.due, wake = EXCLUDED.wake, since = EXCLUDED.since, tries = 0,
                    last_error = NULL;
                counted_by := least(counted_by, coalesce((item ->> 'calendar')::integer, 0));
            END IF;
        END LOOP;
        FOR i IN 0..coalesce(jsonb_array_length(p_clocks), 0) - 1 LOOP
            item := p_clocks -> i;
            at := (item ->> 'due')::timestamptz;
            IF at IS NULL THEN
                DELETE FROM request_clock WHERE request_id = p_id AND clock = item ->> 'clock';
            ELSE
                INSERT INTO request_clock (request_id, clock, bodies, since, due, revision)
                VALUES (p_id, item ->> 'clock', translate(item ->> 'bodies', '[]', '{}')::bigint[], (item ->> 'since')::timestamptz, at,
                        coalesce((item ->> 'calendar')::integer, 0))
                ON CONFLICT (request_id, clock) DO UPDATE
                SET bodies = EXCLUDED.bodies, since = EXCLUDED.since, due = EXCLUDED.due, revision = EXCLUDED.revision;
                counted_by := least(counted_by, coalesce((item ->> 'calendar')::integer, 0));
            END IF;
        END LOOP;
        IF counted_by < current THEN
            INSERT INTO clock_recount (request_id, revision) VALUES (p_id, current) ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    FOR i IN 0..coalesce(jsonb_array_length(p_outbox), 0) - 1 LOOP
        item := p_outbox -> i;
        INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, undo, created_at, wake)
        VALUES (p_id, p_body_id, p_seq, (item ->> 'ordinal')::integer, item ->> 'kind', coalesce(item -> 'payload', '{}'), item ->> 'undo',
                p_now, clock_timestamp());
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION calendar_key, calendar_now, calendar_seat, calendar_revise, calendar_touch, holiday_note, calendar_seat_take,
    recount_claim, recount_done FROM PUBLIC;
GRANT EXECUTE ON FUNCTION calendar_now, calendar_seat, calendar_seat_take, recount_claim, recount_done TO oam_app;
GRANT SELECT ON calendar_revision, holiday_change, clock_recount TO oam_app;
