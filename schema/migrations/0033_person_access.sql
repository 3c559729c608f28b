-- Whose rights have changed is told of people too, as it is of integrations: every process asks again who they are, and who is behind
-- what they hold open, at its next look.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- Beside user_account, whose every change makes the processes read the directory again.
CREATE TABLE person_access (
    user_id  bigint PRIMARY KEY REFERENCES user_account,
    revision bigint NOT NULL                             -- access_stamp when their rights last changed
);

-- Whoever changes it, also by hand. At the end of the transaction: one that changes many people keeps nobody waiting for the stamp meanwhile.
-- Who is given a first post has no session yet.
CREATE FUNCTION person_access() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
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

CREATE CONSTRAINT TRIGGER person_access AFTER UPDATE OF active, password_hash ON user_account DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.active, OLD.password_hash) IS DISTINCT FROM (NEW.active, NEW.password_hash)) EXECUTE FUNCTION person_access();
CREATE CONSTRAINT TRIGGER person_access AFTER INSERT OR UPDATE OR DELETE ON membership DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION person_access();
CREATE CONSTRAINT TRIGGER person_access AFTER UPDATE OF active, unit_id, user_id OR DELETE ON agent DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION person_access();
CREATE CONSTRAINT TRIGGER person_access AFTER UPDATE OF revoked_at ON session DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at) EXECUTE FUNCTION person_access();

-- An integration gives back one of its tokens.
CREATE FUNCTION token_revoke(p_jti uuid, p_expires_at timestamptz, p_client_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO token_revoked (jti, expires_at) VALUES (p_jti, p_expires_at) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        UPDATE api_client SET access = access_next() WHERE id = p_client_id;
    END IF;
END $$;

REVOKE ALL ON FUNCTION person_access, token_revoke FROM PUBLIC;
REVOKE INSERT ON token_revoked FROM oam_app;
GRANT SELECT ON person_access TO oam_app;
GRANT EXECUTE ON FUNCTION token_revoke TO oam_app;
