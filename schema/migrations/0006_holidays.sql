-- Holidays that are exchanged: in Aran 17 June takes the place of a day that rests everywhere else, and that day works there.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;

ALTER TABLE holiday ADD COLUMN lifted boolean NOT NULL DEFAULT false; -- no holiday here, although a wider scope says so
ALTER TABLE holiday ADD CONSTRAINT holiday_lifted_by_narrower CHECK (NOT lifted OR scope <> 'catalunya');

-- Whoever keeps calendars in memory learns that they moved as the rest of the directory does.
CREATE TRIGGER directory_touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON holiday
    FOR EACH STATEMENT EXECUTE FUNCTION directory_touch();
