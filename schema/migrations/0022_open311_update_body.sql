-- A client that acts for several bodies has a key, and a numbering of what it sends, for each of them.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

ALTER TABLE open311_update ADD COLUMN body_id bigint REFERENCES body;
UPDATE open311_update u SET body_id = r.body_id FROM request r WHERE r.id = u.request_id;
ALTER TABLE open311_update ALTER COLUMN body_id SET NOT NULL, DROP CONSTRAINT open311_update_pkey,
    ADD PRIMARY KEY (principal, body_id, update_id);

-- The comment that an update became: p_uid, or the one of when it was sent before. Who sends the same one at the same time waits here.
CREATE OR REPLACE FUNCTION open311_update_add(p_update_id text, p_request_id bigint, p_uid uuid, p_status text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    of_body bigint := (SELECT body_id FROM request WHERE id = p_request_id);
BEGIN
    INSERT INTO open311_update (principal, body_id, update_id, request_id, uid, status)
    VALUES (scope_principal(), of_body, p_update_id, p_request_id, p_uid, p_status) ON CONFLICT DO NOTHING;
    RETURN (SELECT uid FROM open311_update
            WHERE principal = scope_principal() AND body_id = of_body AND update_id = p_update_id AND request_id = p_request_id);
END $$;
