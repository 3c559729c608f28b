-- Who is asking: sessions, tokens, keys and the throttle. A person is one row for each membership that holds today.

-- name: auth_person_by_login
SELECT user_id, login, name, role, body_id, unit_id, agent_id, agent_unit_id, credential, password_hash
FROM person WHERE login = $1::text AND local_day($2::timestamptz) BETWEEN valid_from AND valid_to
ORDER BY body_id

-- Not when the token was revoked, nor when its session has ended or was opened with another password.
-- name: auth_person_by_token
SELECT user_id, login, name, role, body_id, unit_id, agent_id, agent_unit_id, credential
FROM person p
WHERE user_id = $1::bigint AND local_day($2::timestamptz) BETWEEN valid_from AND valid_to
  AND NOT EXISTS (SELECT FROM token_revoked r WHERE r.jti = $3::uuid)
  AND EXISTS (SELECT FROM session s WHERE s.token_hash = $4::bytea AND s.user_id = p.user_id
              AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.credential = p.credential)
ORDER BY body_id

-- name: auth_person_by_session
SELECT p.user_id, p.login, p.name, p.role, p.body_id, p.unit_id, p.agent_id, p.agent_unit_id, p.credential,
       s.expires_at, s.last_seen_at
FROM session s JOIN person p ON p.user_id = s.user_id
WHERE s.token_hash = $1::bytea AND s.revoked_at IS NULL AND s.expires_at > $2::timestamptz
  AND s.credential = p.credential AND local_day($2) BETWEEN p.valid_from AND p.valid_to
ORDER BY p.body_id

-- A row for each body; one with a NULL body for a client without. The secret before the present one is there while it is good.
-- name: auth_client_by_client_id
SELECT c.id, c.client_id, c.name, c.secret_hash, c.all_bodies, array_to_string(c.scopes, ' '), b.body_id,
       CASE WHEN c.previous_until > $2::timestamptz THEN c.previous_hash END, c.previous_until, c.last_used_at
FROM api_client c LEFT JOIN api_client_body b ON b.client_id = c.id
WHERE c.client_id = $1::text AND c.active
ORDER BY b.body_id

-- name: auth_client_by_token
SELECT c.id, c.client_id, c.name, c.secret_hash, c.all_bodies, array_to_string(c.scopes, ' '), b.body_id,
       CASE WHEN c.previous_until > $3::timestamptz THEN c.previous_hash END, c.previous_until
FROM api_client c LEFT JOIN api_client_body b ON b.client_id = c.id
WHERE c.id = $1::bigint AND c.active AND NOT EXISTS (SELECT FROM token_revoked r WHERE r.jti = $2::uuid)
ORDER BY b.body_id

-- name: auth_session_add
INSERT INTO session (token_hash, user_id, credential, created_at, last_seen_at, expires_at)
VALUES ($1::bytea, $2::bigint, $3::bytea, $4::timestamptz, $4, $5::timestamptz)

-- name: auth_session_seen
UPDATE session SET last_seen_at = $2::timestamptz WHERE token_hash = $1::bytea AND last_seen_at < $2

-- name: auth_session_revoke
UPDATE session SET revoked_at = $2::timestamptz WHERE token_hash = $1::bytea AND revoked_at IS NULL

-- name: auth_token_revoke
SELECT token_revoke($1::uuid, $2::timestamptz, $3::bigint)

-- Whose rights have changed; runs in the scope of a process of ours (oam.staff).
-- name: auth_changed_since
SELECT 'client:' || id AS principal, access FROM api_client WHERE access > $1::bigint
UNION ALL SELECT 'user:' || user_id, revision FROM person_access WHERE revision > $1
ORDER BY access

-- Of the last 15 minutes; what lies further ahead than clocks of machines differ was written before a clock was set back.
-- name: auth_failures
SELECT subject, count(*), min(at) FROM login_failure
WHERE subject IN ($1::bytea, $2::bytea)
  AND at > $3::timestamptz - interval '15 minutes' AND at < $3 + interval '1 minute'
GROUP BY subject

-- name: auth_failure_add
INSERT INTO login_failure (subject, at) VALUES ($1::bytea, $2::timestamptz)

-- name: auth_failures_clear
DELETE FROM login_failure WHERE subject = $1::bytea

-- name: auth_keys_lock
SELECT pg_advisory_xact_lock(8314159265)

-- name: auth_keys
SELECT kid, sealed, public_pem, created_at, signs_until, verifies_until FROM signing_key
WHERE verifies_until > $1::timestamptz ORDER BY signs_until DESC LIMIT 16

-- name: auth_key_add
INSERT INTO signing_key (kid, sealed, public_pem, created_at, signs_until, verifies_until)
VALUES ($1::text, $2::bytea, $3::text, $4::timestamptz, $5::timestamptz, $6::timestamptz)

-- Stops every key at once; their tokens verify to the end of their own life.
-- name: auth_keys_retire
UPDATE signing_key SET signs_until = $1::timestamptz, verifies_until = least(verifies_until, $2::timestamptz)
WHERE signs_until > $1

-- name: auth_purge
SELECT auth_purge($1::timestamptz)
