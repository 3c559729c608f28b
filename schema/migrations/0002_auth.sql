-- Sessions, signing keys, revoked tokens and failed logins. Secrets are kept as hashes or sealed: reading these tables gives
-- nobody a session, writing them gives nobody a token (auth/keys.h).

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;

CREATE TABLE session (
    token_hash    bytea PRIMARY KEY CHECK (length(token_hash) = 32),  -- SHA-256 of the cookie's 32 random bytes
    user_id       bigint NOT NULL REFERENCES user_account,
    credential    bytea NOT NULL CHECK (length(credential) = 32),     -- of the password it was opened with: a new one ends it
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    revoked_at    timestamptz,
    CHECK (expires_at > created_at)
);
CREATE INDEX session_of_user ON session (user_id);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE signing_key (
    kid           text PRIMARY KEY CHECK (kid ~ '^[A-Za-z0-9_-]{43}$'), -- RFC 7638 thumbprint
    sealed        bytea NOT NULL,                                     -- the private key, under OAM_SECRET_FILE
    public_pem    text NOT NULL,                                      -- to look at; never read back
    created_at    timestamptz NOT NULL,
    signs_until   timestamptz NOT NULL,
    verifies_until timestamptz NOT NULL CHECK (verifies_until >= signs_until)
);

CREATE TABLE token_revoked (
    jti           uuid PRIMARY KEY,
    expires_at    timestamptz NOT NULL                                -- of the token: then the row is of no use
);
CREATE INDEX token_revoked_expires ON token_revoked (expires_at);

-- The throttle of logins that all processes share. The subject is a keyed hash of a login or an address.
CREATE TABLE login_failure (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject       bytea NOT NULL CHECK (length(subject) = 16),
    at            timestamptz NOT NULL
);
CREATE INDEX login_failure_subject ON login_failure (subject, at);
CREATE INDEX login_failure_at ON login_failure (at);

-- Everything that makes an actor of a person: a row for each membership. Inactive people have none.
CREATE VIEW person WITH (security_barrier) AS
    SELECT u.id AS user_id, u.login, u.name, u.password_hash,
           sha256(convert_to(coalesce(u.password_hash, ''), 'UTF8')) AS credential,
           m.role, m.body_id, m.unit_id, m.valid_from, coalesce(m.valid_to, 'infinity') AS valid_to,
           a.id AS agent_id, a.unit_id AS agent_unit_id
    FROM user_account u
    JOIN membership m ON m.user_id = u.id
    LEFT JOIN agent a ON a.user_id = u.id AND a.active
    WHERE u.active;

-- The day on which a membership begins or ends is a day here.
CREATE FUNCTION local_day(at timestamptz) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT (at AT TIME ZONE 'Europe/Madrid')::date $$;

-- Drops what can no longer matter; answers how many rows.
CREATE FUNCTION auth_purge(p_now timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    purged bigint := 0;
    n bigint;
BEGIN
    DELETE FROM session WHERE expires_at < p_now - interval '1 day';
    GET DIAGNOSTICS n = ROW_COUNT; purged := purged + n;
    DELETE FROM signing_key WHERE verifies_until < p_now - interval '1 day';
    GET DIAGNOSTICS n = ROW_COUNT; purged := purged + n;
    DELETE FROM token_revoked WHERE expires_at < p_now - interval '1 hour';
    GET DIAGNOSTICS n = ROW_COUNT; purged := purged + n;
    DELETE FROM login_failure WHERE at < p_now - interval '1 hour';
    GET DIAGNOSTICS n = ROW_COUNT; purged := purged + n;
    RETURN purged;
END $$;

REVOKE ALL ON FUNCTION local_day, auth_purge FROM PUBLIC;
GRANT EXECUTE ON FUNCTION local_day, auth_purge TO oam_app;
GRANT SELECT ON person, session, signing_key, token_revoked, login_failure TO oam_app;
GRANT INSERT ON session, signing_key, token_revoked, login_failure TO oam_app;
GRANT UPDATE (last_seen_at, revoked_at) ON session TO oam_app;
GRANT UPDATE (signs_until, verifies_until) ON signing_key TO oam_app;
GRANT DELETE ON login_failure TO oam_app;
