-- Corrections of calendars by people, notifications that are read, and e-mail.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- ---------------------------------------------------------------- calendars

-- One correction: days that rest from now on (p_add: [{"day", "name_ca", "name_es"}]) and days that do not any more. Answers the revision
-- that it made, NULL when it changed nothing, and how many requests it has sent to be counted anew.
CREATE FUNCTION calendar_correct(p_scope text, p_body_id bigint, p_add jsonb, p_remove date[], p_actor_name text, p_reason text)
RETURNS TABLE (made integer, queued bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
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

-- ---------------------------------------------------------------- notifications

-- Who has read what: everybody for themselves.
CREATE TABLE notification_read (
    principal       text NOT NULL,
    notification_id bigint NOT NULL REFERENCES notification,
    at              timestamptz NOT NULL,
    PRIMARY KEY (principal, notification_id)
);
ALTER TABLE notification_read ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification_read FORCE ROW LEVEL SECURITY;
CREATE POLICY notification_read_own ON notification_read USING (principal = (SELECT scope_principal()));
CREATE INDEX notification_internal ON notification (id) WHERE internal;

-- ---------------------------------------------------------------- e-mail

-- Office data (LO 3/2018 art. 19): where a person, or a body when none of its people has an address, is written to. Nobody is without one.
ALTER TABLE user_account ADD COLUMN email text;
ALTER TABLE user_account ADD CONSTRAINT user_account_email CHECK
    (length(email) <= 254 AND email ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$') NOT VALID;
ALTER TABLE body ADD COLUMN email text;
ALTER TABLE body ADD CONSTRAINT body_email CHECK
    (length(email) <= 254 AND email ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$') NOT VALID;

-- Letters have places behind the effects that they come from: 1000 * (1 + that effect's ordinal), and one for each reader.
ALTER TABLE outbox DROP CONSTRAINT outbox_ordinal_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_ordinal_check CHECK (ordinal BETWEEN 0 AND 999999) NOT VALID;

-- As in 0004, and of an electronic notification to the body's side a letter to each who has the role there and an address; to the body's
-- own address when nobody has one. Only where somebody sends ('email' is in p_outside). What waits to be sent is never settled.
CREATE OR REPLACE FUNCTION outbox_settle(p_outside text[], p_limit integer, p_now timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    settled integer;
BEGIN
    WITH taken AS (
        DELETE FROM outbox o WHERE o.id IN (
            SELECT q.id FROM outbox q WHERE q.wake <= clock_timestamp() AND q.kind <> ALL (p_outside) AND q.kind <> 'email'
                AND NOT EXISTS (SELECT FROM outbox b WHERE b.id = q.undoes)
                AND NOT EXISTS (SELECT FROM incident i WHERE i.outbox_id = q.undoes AND i.state = 'open')
            ORDER BY q.wake, q.id LIMIT p_limit FOR UPDATE SKIP LOCKED)
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

-- What the letters say and to whom: of the person, of the body, or the address that a person gave when it could not be delivered.
-- No row: there is nobody to write to any more.
CREATE FUNCTION mail_letters(p_ids bigint[])
RETURNS TABLE (id bigint, address text, language text, ref text, title text, workflow_id bigint, state text, reminder boolean, role text,
               payload jsonb, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('oam.worker', '1', true);
    RETURN QUERY
    SELECT o.id, coalesce(o.payload ->> 'address', u.email, CASE WHEN o.payload -> 'user' IS NULL THEN b.email END) AS address,
           coalesce(u.language, 'ca'), r.ref, r.title, e.workflow_id, coalesce(e.data ->> 'to', r.state),
           coalesce(e.data ? 'timer' AND e.data ->> 'from' = e.data ->> 'to', false), n.role,
           n.payload, n.at
    FROM outbox o JOIN notification n ON n.id = (o.payload ->> 'notification')::bigint JOIN request r ON r.id = o.request_id
    JOIN request_event e ON e.request_id = n.request_id AND e.seq = n.seq JOIN body b ON b.id = o.body_id
    LEFT JOIN user_account u ON u.id = (o.payload ->> 'user')::bigint AND u.active
    WHERE o.id = ANY (p_ids)
        AND coalesce(o.payload ->> 'address', u.email, CASE WHEN o.payload -> 'user' IS NULL THEN b.email END) IS NOT NULL;
    PERFORM set_config('oam.worker', '', true);
END $$;

REVOKE ALL ON FUNCTION calendar_correct, mail_letters FROM PUBLIC;
GRANT EXECUTE ON FUNCTION calendar_correct, mail_letters TO oam_app;
GRANT SELECT, INSERT ON notification_read TO oam_app;
