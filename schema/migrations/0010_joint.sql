-- Joint requests: a body files and leads, others adhere to it. Which of them take part now is told by the engine after every step;
-- here it becomes what they may see. Who was named in a draft sees nothing of it yet: it is the working paper of the body that leads.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

ALTER TABLE request ADD COLUMN joint boolean NOT NULL DEFAULT false;  -- more than one body is named, or asked

-- Bodies beside the one that leads, from when they are asked until they leave.
CREATE TABLE request_body (
    request_id    bigint NOT NULL REFERENCES request,
    body_id       bigint NOT NULL REFERENCES body,
    PRIMARY KEY (body_id, request_id)
);
CREATE INDEX request_body_request ON request_body (request_id);

ALTER TABLE request_body ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_body FORCE ROW LEVEL SECURITY;
CREATE POLICY request_body_scope ON request_body FOR SELECT
    USING ((SELECT scope_staff()) OR (SELECT scope_all()) OR body_id = ANY ((SELECT scope_bodies())::bigint[]));
-- The function below runs as the owner, and only it can write.
CREATE POLICY request_body_doors ON request_body TO oam_owner USING (true) WITH CHECK (true);

-- The requests that bodies of the scope have adhered to: a few, looked up once in a statement, and only where a row is nobody's
-- by its own body.
CREATE FUNCTION scope_joint() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(array_agg(request_id), '{}') FROM request_body WHERE body_id = ANY (scope_bodies()) $$;

ALTER POLICY request_scope ON request
    USING ((submitted_at IS NOT NULL AND (SELECT scope_staff())) OR (SELECT scope_all())
           OR body_id = ANY ((SELECT scope_bodies())::bigint[])
           OR (submitted_at IS NOT NULL AND id = ANY ((SELECT scope_joint())::bigint[])))
    WITH CHECK ((SELECT scope_staff()) OR (SELECT scope_all()) OR body_id = ANY ((SELECT scope_bodies())::bigint[])
                OR id = ANY ((SELECT scope_joint())::bigint[]));

ALTER POLICY request_event_scope ON request_event
    USING (((SELECT scope_staff()) AND NOT draft)
           OR (NOT internal AND body_id = ANY ((SELECT scope_bodies())::bigint[])) OR ((SELECT scope_all()) AND NOT internal)
           OR (NOT internal AND NOT draft AND request_id = ANY ((SELECT scope_joint())::bigint[])))
    WITH CHECK ((SELECT scope_staff()) OR (SELECT scope_all())
                OR (NOT internal AND body_id = ANY ((SELECT scope_bodies())::bigint[]))
                OR (NOT internal AND request_id = ANY ((SELECT scope_joint())::bigint[])));

ALTER POLICY event_feed_scope ON event_feed
    USING (((SELECT scope_staff()) AND NOT draft)
           OR (NOT internal AND body_id = ANY ((SELECT scope_bodies())::bigint[])) OR ((SELECT scope_all()) AND NOT internal)
           OR (NOT internal AND NOT draft AND request_id = ANY ((SELECT scope_joint())::bigint[])));

ALTER POLICY comment_scope ON comment
    USING ((SELECT scope_staff()) OR (NOT internal AND ((SELECT scope_all()) OR body_id = ANY ((SELECT scope_bodies())::bigint[])
                                                        OR request_id = ANY ((SELECT scope_joint())::bigint[]))));

ALTER POLICY notification_scope ON notification
    USING (((SELECT scope_staff()) AND internal)
           OR (NOT internal AND (body_id = ANY ((SELECT scope_bodies())::bigint[])
                                 OR request_id = ANY ((SELECT scope_joint())::bigint[]))));

-- Whether a request is joint, and who has adhered to it now (NULL: as before), as the step says that the same transaction has
-- just written: without an event nobody is let in or out.
CREATE FUNCTION request_join(p_ref text, p_joint boolean, p_adhered bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
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

-- As in 0009, and what the towns of those who take part rest on: their answers are awaited by their own days.
CREATE OR REPLACE FUNCTION calendar_touch(p_revision integer, p_changes jsonb) RETURNS void
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
    UNION
    SELECT t.request_id, p_revision FROM request_timer t JOIN request_body b ON b.request_id = t.request_id
        JOIN change c ON c.body_id = b.body_id AND t.due >= c.begins
    ON CONFLICT DO NOTHING;
    PERFORM set_config('oam.worker', '', true);
END $$;

REVOKE ALL ON FUNCTION request_join, scope_joint FROM PUBLIC;
GRANT SELECT ON request_body TO oam_app;
GRANT EXECUTE ON FUNCTION request_join, scope_joint TO oam_app;
