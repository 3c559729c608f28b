-- oamd plans once for all calls, and the outbox is empty most of the time: a plan that was made then joined it with itself without an index.
-- With a flood behind it, settling a hundred of twenty thousand did not end within its statement's time, again and again. What is found is
-- locked, and is deleted where it lies; whether something else goes first is asked of those alone that take something back.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

CREATE OR REPLACE FUNCTION outbox_settle(p_outside text[], p_limit integer, p_now timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
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
