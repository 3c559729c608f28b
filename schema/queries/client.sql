-- Integrations as administrators see them. What changes them are the functions of 0031_client.sql.

-- name: client_page
SELECT c.id, c.client_id, c.version, c.name, c.active, array_to_string(c.scopes, ' '), c.all_bodies,
       (SELECT string_agg(b.code, ' ' ORDER BY b.code COLLATE "C") FROM api_client_body o JOIN body b ON b.id = o.body_id WHERE o.client_id = c.id),
       c.created_at, (SELECT k.by FROM api_client_change k WHERE k.client_id = c.id AND k.act = 'created'), c.last_used_at,
       CASE WHEN c.previous_until > $3::timestamptz THEN c.previous_until END, c.revoked_at
FROM api_client c WHERE c.id > $1::bigint ORDER BY c.id LIMIT $2::int;

-- name: client_page_back
SELECT c.id, c.client_id, c.version, c.name, c.active, array_to_string(c.scopes, ' '), c.all_bodies,
       (SELECT string_agg(b.code, ' ' ORDER BY b.code COLLATE "C") FROM api_client_body o JOIN body b ON b.id = o.body_id WHERE o.client_id = c.id),
       c.created_at, (SELECT k.by FROM api_client_change k WHERE k.client_id = c.id AND k.act = 'created'), c.last_used_at,
       CASE WHEN c.previous_until > $3::timestamptz THEN c.previous_until END, c.revoked_at
FROM api_client c WHERE c.id < $1::bigint ORDER BY c.id DESC LIMIT $2::int;

-- name: client_read
SELECT c.id, c.client_id, c.version, c.name, c.active, array_to_string(c.scopes, ' '), c.all_bodies,
       (SELECT string_agg(b.code, ' ' ORDER BY b.code COLLATE "C") FROM api_client_body o JOIN body b ON b.id = o.body_id WHERE o.client_id = c.id),
       c.created_at, (SELECT k.by FROM api_client_change k WHERE k.client_id = c.id AND k.act = 'created'), c.last_used_at,
       CASE WHEN c.previous_until > $2::timestamptz THEN c.previous_until END, c.revoked_at
FROM api_client c WHERE c.client_id = $1::text;

-- name: client_changes
-- The newest first.
SELECT k.version, k.act, array_to_string(k.scopes, ' '), k.all_bodies, array_to_string(k.bodies, ' '), k.active, k.by, k.at
FROM api_client_change k JOIN api_client c ON c.id = k.client_id WHERE c.client_id = $1::text ORDER BY k.version DESC LIMIT $2::int;

-- name: client_create
SELECT client_create($1::text, $2::text, $3::bytea, $4::text[], $5::boolean, $6::bigint[], $7::text, $8::int, $9::timestamptz);

-- name: client_change
SELECT client_change($1::text, $2::int, $3::text, $4::text[], $5::boolean, $6::bigint[], $7::boolean, $8::text, $9::timestamptz);

-- name: client_rotate
SELECT client_rotate($1::text, $2::int, $3::bytea, $4::timestamptz, $5::text, $6::timestamptz);

-- name: client_revoke
SELECT client_revoke($1::text, $2::int, $3::text, $4::timestamptz);

-- name: client_seen
SELECT client_seen($1::bigint, $2::timestamptz);
