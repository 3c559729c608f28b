-- Integrations, managed by the API: who made them and what became of them, two secrets during a rotation, and a number that tells every
-- process, at its next look, whose tokens it must ask about again.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

ALTER TABLE api_client
    ADD COLUMN version        integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    ADD COLUMN previous_hash  bytea CHECK (length(previous_hash) = 32),  -- of the secret before, which is good until
    ADD COLUMN previous_until timestamptz,
    ADD COLUMN last_used_at   timestamptz,                               -- as exact as client_seen() makes it
    ADD COLUMN revoked_at     timestamptz,
    ADD COLUMN access         bigint NOT NULL DEFAULT 0,                 -- access_stamp when its rights last changed
    ADD CONSTRAINT api_client_name CHECK (length(name) BETWEEN 1 AND 120) NOT VALID,
    ADD CONSTRAINT api_client_previous CHECK ((previous_hash IS NULL) = (previous_until IS NULL)),
    ADD CONSTRAINT api_client_revoked CHECK (revoked_at IS NULL OR NOT active);
CREATE INDEX api_client_access ON api_client (access);

CREATE TABLE api_client_change (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id  bigint NOT NULL REFERENCES api_client,
    version    integer NOT NULL CHECK (version >= 1),
    act        text NOT NULL CHECK (act IN ('created', 'changed', 'rotated', 'revoked')),
    scopes     text[] NOT NULL,            -- as they were from then on, and so below
    all_bodies boolean NOT NULL,
    bodies     text[] NOT NULL,            -- codes
    active     boolean NOT NULL,
    by         text NOT NULL CHECK (length(by) BETWEEN 1 AND 100),
    at         timestamptz NOT NULL,
    UNIQUE (client_id, version)
);

-- One row. Who changes the rights of a client takes the next number, under its lock: they are committed in their order.
CREATE TABLE access_stamp (
    one      boolean PRIMARY KEY DEFAULT true CONSTRAINT access_stamp_one CHECK (one),
    revision bigint NOT NULL
);
INSERT INTO access_stamp (revision) VALUES (0);

-- ---------------------------------------------------------------- who sees them
-- Before there is a scope, when it is asked who somebody is, everybody is looked up. After that, an integration sees itself, the provider's
-- people see all, and a town sees none.
ALTER TABLE api_client ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_client FORCE ROW LEVEL SECURITY;
CREATE POLICY api_client_doors ON api_client TO oam_owner USING (true) WITH CHECK (true);
CREATE POLICY api_client_scope ON api_client FOR SELECT
    USING ((SELECT scope_staff()) OR (SELECT scope_principal()) = '' OR 'client:' || id = (SELECT scope_principal()));
ALTER TABLE api_client_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_client_change FORCE ROW LEVEL SECURITY;
CREATE POLICY api_client_change_doors ON api_client_change TO oam_owner USING (true) WITH CHECK (true);
CREATE POLICY api_client_change_scope ON api_client_change FOR SELECT USING ((SELECT scope_staff()));

-- ---------------------------------------------------------------- what ends tokens

CREATE FUNCTION access_next() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    UPDATE access_stamp SET revision = revision + 1 RETURNING revision
$$;

CREATE FUNCTION client_access() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    NEW.access := access_next();
    RETURN NEW;
END $$;
-- Whoever changes it, also by hand.
CREATE TRIGGER client_access BEFORE UPDATE OF active, scopes, all_bodies, secret_hash, previous_hash, previous_until ON api_client
    FOR EACH ROW WHEN ((OLD.active, OLD.scopes, OLD.all_bodies, OLD.secret_hash, OLD.previous_hash, OLD.previous_until)
                       IS DISTINCT FROM (NEW.active, NEW.scopes, NEW.all_bodies, NEW.secret_hash, NEW.previous_hash, NEW.previous_until))
    EXECUTE FUNCTION client_access();

CREATE FUNCTION client_body_access() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    UPDATE api_client SET access = access_next() WHERE id = coalesce(NEW.client_id, OLD.client_id);
    RETURN NULL;
END $$;
CREATE TRIGGER client_body_access AFTER INSERT OR DELETE ON api_client_body FOR EACH ROW EXECUTE FUNCTION client_body_access();

-- ---------------------------------------------------------------- what administrators do

CREATE FUNCTION client_note(p_id bigint, p_act text, p_by text, p_now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    INSERT INTO api_client_change (client_id, version, act, scopes, all_bodies, bodies, active, by, at)
    SELECT c.id, c.version, p_act, c.scopes, c.all_bodies,
           (SELECT coalesce(array_agg(b.code ORDER BY b.code COLLATE "C"), '{}') FROM api_client_body o JOIN body b ON b.id = o.body_id
            WHERE o.client_id = c.id), c.active, p_by, p_now
    FROM api_client c WHERE c.id = p_id
$$;

CREATE FUNCTION client_give_bodies(p_id bigint, p_bodies bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM api_client_body WHERE client_id = p_id AND body_id <> ALL (p_bodies);
    INSERT INTO api_client_body (client_id, body_id) SELECT p_id, b FROM unnest(p_bodies) b ON CONFLICT DO NOTHING;
END $$;

-- made, taken (somebody has or had that name) or too_many. Those who come at once are counted one after the other.
CREATE FUNCTION client_create(p_client_id text, p_name text, p_hash bytea, p_scopes text[], p_all_bodies boolean, p_bodies bigint[],
    p_by text, p_most integer, p_now timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    IF NOT scope_staff() THEN RETURN NULL; END IF;
    PERFORM FROM access_stamp FOR UPDATE;
    IF EXISTS (SELECT FROM api_client WHERE client_id = p_client_id) THEN RETURN 'taken'; END IF;
    IF (SELECT count(*) FROM api_client WHERE revoked_at IS NULL) >= p_most THEN RETURN 'too_many'; END IF;
    INSERT INTO api_client (client_id, name, secret_hash, scopes, all_bodies, created_at)
    VALUES (p_client_id, p_name, p_hash, p_scopes, p_all_bodies, p_now) RETURNING id INTO made;
    PERFORM client_give_bodies(made, p_bodies);
    PERFORM client_note(made, 'created', p_by, p_now);
    RETURN 'made';
END $$;

-- One that is at that version and not revoked: its id, under its lock; else NULL.
CREATE FUNCTION client_hold(p_client_id text, p_version integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT id FROM api_client WHERE client_id = p_client_id AND version = p_version AND revoked_at IS NULL AND scope_staff() FOR UPDATE
$$;

-- NULL: it is not at that version. What is NULL stays.
CREATE FUNCTION client_change(p_client_id text, p_version integer, p_name text, p_scopes text[], p_all_bodies boolean, p_bodies bigint[],
    p_active boolean, p_by text, p_now timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    own bigint := client_hold(p_client_id, p_version);
BEGIN
    IF own IS NULL THEN RETURN NULL; END IF;
    UPDATE api_client SET name = coalesce(p_name, name), scopes = coalesce(p_scopes, scopes), all_bodies = coalesce(p_all_bodies, all_bodies),
        active = coalesce(p_active, active), version = version + 1 WHERE id = own;
    IF p_bodies IS NOT NULL THEN
        PERFORM client_give_bodies(own, p_bodies);
    END IF;
    PERFORM client_note(own, 'changed', p_by, p_now);
    RETURN own;
END $$;

-- The secret before stays good until p_until, and the one before that no longer.
CREATE FUNCTION client_rotate(p_client_id text, p_version integer, p_hash bytea, p_until timestamptz, p_by text, p_now timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    own bigint := client_hold(p_client_id, p_version);
BEGIN
    IF own IS NULL THEN RETURN NULL; END IF;
    UPDATE api_client SET previous_hash = CASE WHEN p_until > p_now THEN secret_hash END,
        previous_until = CASE WHEN p_until > p_now THEN p_until END, secret_hash = p_hash, version = version + 1 WHERE id = own;
    PERFORM client_note(own, 'rotated', p_by, p_now);
    RETURN own;
END $$;

-- For good. What it has done stays its own, and its name is nobody else's; its keys of Open311 and its webhooks go.
CREATE FUNCTION client_revoke(p_client_id text, p_version integer, p_by text, p_now timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    own bigint := client_hold(p_client_id, p_version);
BEGIN
    IF own IS NULL THEN RETURN NULL; END IF;
    UPDATE api_client SET active = false, revoked_at = p_now, previous_hash = NULL, previous_until = NULL, version = version + 1 WHERE id = own;
    DELETE FROM open311_key WHERE client_id = own;
    PERFORM webhook_remove(uid, version) FROM webhook WHERE client_id = own AND state <> 'removed';
    PERFORM client_note(own, 'revoked', p_by, p_now);
    RETURN own;
END $$;

-- It was given a token. Written every five minutes at most, and not at all where somebody holds the row.
CREATE FUNCTION client_seen(p_id bigint, p_now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    UPDATE api_client SET last_used_at = p_now WHERE id IN (
        SELECT id FROM api_client WHERE id = p_id AND coalesce(last_used_at < p_now - interval '5 min', true) FOR NO KEY UPDATE SKIP LOCKED)
$$;

REVOKE ALL ON FUNCTION access_next, client_access, client_body_access, client_note, client_give_bodies, client_create, client_hold,
    client_change, client_rotate, client_revoke, client_seen FROM PUBLIC;
GRANT SELECT ON api_client_change, access_stamp TO oam_app;
GRANT EXECUTE ON FUNCTION client_create, client_change, client_rotate, client_revoke, client_seen TO oam_app;
