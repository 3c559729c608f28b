-- A letter about a timer says what the timer is called: the event that it was comes along.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

DROP FUNCTION mail_letters(bigint[]);

-- As in 0013, and the key of the timer that brought the event, NULL when a person did.
CREATE FUNCTION mail_letters(p_ids bigint[])
RETURNS TABLE (id bigint, address text, language text, ref text, title text, workflow_id bigint, state text, reminder boolean, role text,
               payload jsonb, at timestamptz, timer text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
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

REVOKE ALL ON FUNCTION mail_letters FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_letters TO oam_app;
