-- One's own address for notifications: nothing but the letter with the code goes there before whoever gave it has shown that they read it.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- An address that waits for its code, one for each person. The code is nowhere: it is worked out of the nonce with the secret of oamd.
CREATE TABLE address_change (
    principal text PRIMARY KEY,
    id        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    user_id   bigint NOT NULL REFERENCES user_account,
    address   text NOT NULL CONSTRAINT address_change_address CHECK
        (length(address) <= 254 AND address ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$'),
    language  text NOT NULL CHECK (language IN ('ca', 'es', 'en')),       -- of the letter
    nonce     uuid NOT NULL DEFAULT gen_random_uuid(),
    asked_at  timestamptz NOT NULL,
    tries     integer NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),   -- of codes
    wake      timestamptz,                                                -- when its letter goes; NULL: it went, or none does
    lease     integer NOT NULL DEFAULT 0 CHECK (lease BETWEEN 0 AND 8)    -- tries of sending it, and whose the letter is meanwhile
);
ALTER TABLE address_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE address_change FORCE ROW LEVEL SECURITY;
CREATE POLICY address_change_doors ON address_change TO oam_owner USING (true) WITH CHECK (true);
CREATE POLICY address_change_own ON address_change FOR SELECT USING (principal = (SELECT scope_principal()));
CREATE INDEX address_change_wake ON address_change (wake) WHERE wake IS NOT NULL;

-- Who asked for a letter to where, for a day. No role but the owner reads it, so that nobody needs a policy. So many leave for a person in an hour, and for an address in a day.
CREATE TABLE address_asked (
    user_id bigint NOT NULL REFERENCES user_account,
    address text NOT NULL,
    at      timestamptz NOT NULL
);
CREATE INDEX address_asked_at ON address_asked (at);

-- The seconds to wait, 0 when it is done. An address that others asked for too often gets no letter, and whoever asks is not told: who
-- asked for it is nobody's business.
CREATE FUNCTION address_ask(p_user_id bigint, p_address text, p_language text, p_now timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    third timestamptz;
BEGIN
    PERFORM FROM user_account WHERE id = p_user_id FOR NO KEY UPDATE;
    DELETE FROM address_asked WHERE at < p_now - interval '1 day';
    SELECT at INTO third FROM address_asked WHERE user_id = p_user_id AND at > p_now - interval '1 hour' ORDER BY at DESC OFFSET 2 LIMIT 1;
    IF FOUND THEN
        RETURN greatest(1, ceil(extract(epoch FROM third + interval '1 hour' - p_now)))::integer;
    END IF;
    INSERT INTO address_asked (user_id, address, at) VALUES (p_user_id, lower(p_address), p_now);
    INSERT INTO address_change (principal, user_id, address, language, asked_at, wake)
    SELECT scope_principal(), p_user_id, p_address, p_language, p_now,
           CASE WHEN (SELECT count(*) FROM address_asked a WHERE a.address = lower(p_address)) <= 5 THEN clock_timestamp() END
    ON CONFLICT (principal) DO UPDATE SET address = excluded.address, language = excluded.language, nonce = gen_random_uuid(),
        asked_at = excluded.asked_at, tries = 0, wake = excluded.wake, lease = 0;
    RETURN 0;
END $$;

-- One try with a code: what it should be is worked out of this. No row: there is nothing to confirm, or it was tried too often.
CREATE FUNCTION address_try(p_now timestamptz) RETURNS TABLE (address text, nonce text)
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    UPDATE address_change c SET tries = tries + 1
    WHERE principal = scope_principal() AND tries < 5 AND asked_at > p_now - interval '1 day'
    RETURNING c.address, c.nonce::text
$$;

-- The code was right.
CREATE FUNCTION address_settle(p_nonce uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    WITH settled AS (DELETE FROM address_change WHERE principal = scope_principal() AND nonce = p_nonce RETURNING user_id, address)
    UPDATE user_account u SET email = settled.address FROM settled WHERE u.id = settled.user_id
$$;

CREATE FUNCTION address_forget(p_user_id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    DELETE FROM address_change WHERE principal = scope_principal();
    UPDATE user_account SET email = NULL WHERE id = p_user_id AND email IS NOT NULL
$$;

-- Letters that are due, each for a while: then anybody may take it again.
CREATE FUNCTION address_claim(p_limit integer, p_lease interval)
RETURNS TABLE (id bigint, address text, language text, nonce text, principal text, asked_at timestamptz, lease integer)
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    UPDATE address_change c SET wake = CASE WHEN c.lease < 7 THEN clock_timestamp() + p_lease END, lease = c.lease + 1
    WHERE c.id IN (SELECT d.id FROM address_change d WHERE d.wake <= clock_timestamp() AND d.lease < 8 ORDER BY d.wake LIMIT p_limit
                   FOR UPDATE SKIP LOCKED)
    RETURNING c.id, c.address, c.language, c.nonce::text, c.principal, c.asked_at, c.lease
$$;

-- It went (p_wait NULL), or goes again after a while; nothing if another has taken it meanwhile, or another address was given.
CREATE FUNCTION address_mailed(p_id bigint, p_lease integer, p_wait interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    UPDATE address_change SET wake = CASE WHEN lease < 8 THEN clock_timestamp() + p_wait END WHERE id = p_id AND lease = p_lease
$$;

REVOKE ALL ON FUNCTION address_ask, address_try, address_settle, address_forget, address_claim, address_mailed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION address_ask, address_try, address_settle, address_forget, address_claim, address_mailed TO oam_app;
GRANT SELECT ON address_change TO oam_app;
