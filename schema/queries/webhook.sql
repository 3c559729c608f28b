-- Webhooks, and what was sent to them. Rows are those that whoever asks may see; what changes them are the functions of 0019_webhook.sql
-- 0025_webhook_turns.sql, 0029_webhook_filter.sql and 0030_webhook_many.sql.

-- name: webhook_page
SELECT w.id, w.uid::text, c.client_id, w.url, array_to_string(w.types, ' '), w.filter, w.payload, w.description, w.contact, w.language, w.state,
       w.reason, w.version, w.position, w.failing_since, w.created_at, w.updated_at,
       w.pending, w.filter_failures, w.filter_failed_at, w.filter_failed_position, w.filter_error
FROM webhook w JOIN api_client c ON c.id = w.client_id WHERE w.id > $1::bigint ORDER BY w.id LIMIT $2::int;

-- name: webhook_page_back
SELECT w.id, w.uid::text, c.client_id, w.url, array_to_string(w.types, ' '), w.filter, w.payload, w.description, w.contact, w.language, w.state,
       w.reason, w.version, w.position, w.failing_since, w.created_at, w.updated_at,
       w.pending, w.filter_failures, w.filter_failed_at, w.filter_failed_position, w.filter_error
FROM webhook w JOIN api_client c ON c.id = w.client_id WHERE w.id < $1::bigint ORDER BY w.id DESC LIMIT $2::int;

-- name: webhook_read
SELECT w.id, w.uid::text, c.client_id, w.url, array_to_string(w.types, ' '), w.filter, w.payload, w.description, w.contact, w.language, w.state,
       w.reason, w.version, w.position, w.failing_since, w.created_at, w.updated_at,
       w.pending, w.filter_failures, w.filter_failed_at, w.filter_failed_position, w.filter_error
FROM webhook w JOIN api_client c ON c.id = w.client_id WHERE w.uid = $1::uuid;

-- name: webhook_client
SELECT id FROM api_client WHERE client_id = $1::text AND active AND scopes @> ARRAY['events:read'];

-- name: webhook_create
SELECT webhook_create($1::uuid, $2::bigint, $3::text, $4::text[], $5::text, $6::text, $7::text, $8::text, decode($9::text, 'hex'), $10::int,
                      $11::timestamptz, $12::text);

-- name: webhook_change
SELECT webhook_change($1::uuid, $2::int, $3::text, $4::text[], $5::text, $6::text, $7::text, $8::text, $9::text, $10::timestamptz,
                      $11::text);

-- name: webhook_remove
SELECT webhook_remove($1::uuid, $2::int);

-- name: webhook_rotate
SELECT webhook_rotate($1::uuid, decode($2::text, 'hex'), $3::timestamptz, $4::timestamptz);

-- name: webhook_ping
SELECT webhook_ping($1::uuid, $2::timestamptz)::text;

-- name: webhook_redeliver
SELECT queued, next
FROM webhook_send_again($1::uuid, $2::uuid, $3::bigint, $4::bigint, $5::timestamptz, $6::timestamptz, $7::boolean, $8::int, $9::int);

-- name: webhook_delivery_known
SELECT d.id FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id WHERE w.uid = $1::uuid AND d.uid = $2::uuid;

-- name: webhook_delivery_page
-- The newest first. Each state has its index, and all of them together is a page of each.
SELECT d.id, d.uid::text, d.type, d.position, r.ref, d.at, d.state, d.replay, d.tries, d.status, d.outcome,
       CASE WHEN d.wake < 'infinity' AND NOT d.sending THEN d.wake END, d.attempts, d.created_at, d.ended_at
FROM (
    (SELECT id FROM webhook_delivery WHERE webhook_id = $1::bigint AND state = 'pending' AND ($2::text IS NULL OR $2 = 'pending') AND id < $3::bigint
     ORDER BY id DESC LIMIT $4::int)
    UNION ALL
    (SELECT id FROM webhook_delivery WHERE webhook_id = $1::bigint AND state = 'delivered' AND ($2::text IS NULL OR $2 = 'delivered') AND id < $3::bigint
     ORDER BY id DESC LIMIT $4::int)
    UNION ALL
    (SELECT id FROM webhook_delivery WHERE webhook_id = $1::bigint AND state = 'dead' AND ($2::text IS NULL OR $2 = 'dead') AND id < $3::bigint
     ORDER BY id DESC LIMIT $4::int)
    ORDER BY id DESC LIMIT $4::int) AS page
    JOIN webhook_delivery d ON d.id = page.id LEFT JOIN request r ON r.id = d.request_id
ORDER BY d.id DESC;

-- name: webhook_delivery_page_back
SELECT d.id, d.uid::text, d.type, d.position, r.ref, d.at, d.state, d.replay, d.tries, d.status, d.outcome,
       CASE WHEN d.wake < 'infinity' AND NOT d.sending THEN d.wake END, d.attempts, d.created_at, d.ended_at
FROM (
    (SELECT id FROM webhook_delivery WHERE webhook_id = $1::bigint AND state = 'pending' AND ($2::text IS NULL OR $2 = 'pending') AND id > $3::bigint
     ORDER BY id LIMIT $4::int)
    UNION ALL
    (SELECT id FROM webhook_delivery WHERE webhook_id = $1::bigint AND state = 'delivered' AND ($2::text IS NULL OR $2 = 'delivered') AND id > $3::bigint
     ORDER BY id LIMIT $4::int)
    UNION ALL
    (SELECT id FROM webhook_delivery WHERE webhook_id = $1::bigint AND state = 'dead' AND ($2::text IS NULL OR $2 = 'dead') AND id > $3::bigint
     ORDER BY id LIMIT $4::int)
    ORDER BY id LIMIT $4::int) AS page
    JOIN webhook_delivery d ON d.id = page.id LEFT JOIN request r ON r.id = d.request_id
ORDER BY d.id;

-- name: webhook_collect
SELECT webhook_collect($1::int, $2::int, $3::boolean);

-- name: webhook_look
SELECT id, uid::text, filter, place, reach, "position", ref, version, at, type, event, "from", "to", body, service
FROM webhook_look($1::int, $2::int, $3::boolean);

-- name: webhook_sift
SELECT webhook_sift($1::bigint, $2::bigint, $3::bigint, $4::bigint[], $5::int, $6::bigint, $7::text);

-- name: webhook_claim
SELECT id, uid::text, lease, tries, webhook::text, url, payload, secrets, client_id, type, "position", at, ref, seq, version, event,
       "from", "to", body, service
FROM webhook_claim($1::int, $2::int, make_interval(secs => $3::int), $4::int);

-- name: webhook_owner
-- As auth_client_by_token: a row for each body.
SELECT c.id, c.client_id, c.name, c.secret_hash, c.all_bodies, array_to_string(c.scopes, ' '), b.body_id
FROM api_client c LEFT JOIN api_client_body b ON b.client_id = c.id
WHERE c.id = $1::bigint AND c.active ORDER BY b.body_id;

-- name: webhook_settle
SELECT webhook_settle($1::bigint, $2::int, $3::text, $4::text, $5::int, $6::int, make_interval(secs => $7::bigint / 1000.0), $8::text,
                      make_interval(secs => $9::int));

-- name: webhook_purge
SELECT webhook_purge(make_interval(days => $1::int), $2::int);

-- name: webhook_figures
SELECT pending, age_us, active, paused, disabled, failing FROM webhook_figures();

-- name: webhook_notice_claim
SELECT id, address, language, webhook::text, url, reason, since, at, lease FROM webhook_notice_claim($1::int, make_interval(secs => $2::int));

-- name: webhook_notice_ended
-- Sent, or (not $3) again after 5 s to 6 h.
SELECT webhook_notice_ended($1::bigint, $2::int,
    CASE WHEN NOT $3::boolean THEN interval '5 s' + random() * least(interval '6 h', interval '5 s' * 2 ^ least($2::int, 20)) END);
