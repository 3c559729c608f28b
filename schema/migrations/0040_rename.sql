-- A request shows names and codes of the directory, and no event tells when they change: its validator was the same with another name in
-- it, and who had the old bytes was told that nothing had changed. The stamp counts what is shown and was renamed; validators say the count.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

ALTER TABLE directory_stamp ADD COLUMN renamed bigint NOT NULL DEFAULT 0;

CREATE FUNCTION directory_rename() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    UPDATE directory_stamp SET renamed = renamed + 1;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION directory_rename FROM PUBLIC;

CREATE TRIGGER directory_rename AFTER UPDATE OF code, name ON body
    FOR EACH ROW WHEN ((OLD.code, OLD.name) IS DISTINCT FROM (NEW.code, NEW.name)) EXECUTE FUNCTION directory_rename();
CREATE TRIGGER directory_rename AFTER UPDATE OF code, name ON service
    FOR EACH ROW WHEN ((OLD.code, OLD.name) IS DISTINCT FROM (NEW.code, NEW.name)) EXECUTE FUNCTION directory_rename();
CREATE TRIGGER directory_rename AFTER UPDATE OF code, name ON unit
    FOR EACH ROW WHEN ((OLD.code, OLD.name) IS DISTINCT FROM (NEW.code, NEW.name)) EXECUTE FUNCTION directory_rename();
CREATE TRIGGER directory_rename AFTER UPDATE OF login, name ON user_account
    FOR EACH ROW WHEN ((OLD.login, OLD.name) IS DISTINCT FROM (NEW.login, NEW.name)) EXECUTE FUNCTION directory_rename();
