-- Requests: what service/request_row.c maps has one list of columns everywhere, in this order.

-- name: request_read
SELECT id, ref, body_id, service_id, unit_id, workflow_id, state, phase, outcome, version, title, description, data, channel,
       assignee_id, register_number, registered_at, external_ref, supports, place, synthetic, created_by, created_at,
       submitted_at, updated_at, closed_at, engine, due_at, due, joint, execution
FROM request WHERE ref = $1::text;

-- name: request_read_many
SELECT id, ref, body_id, service_id, unit_id, workflow_id, state, phase, outcome, version, title, '' AS description,
       '{}'::jsonb AS data, channel, assignee_id, register_number, registered_at, external_ref, supports, place, synthetic,
       created_by, created_at, submitted_at, updated_at, closed_at, engine, due_at, due, joint, execution
FROM request WHERE ref = ANY ($1::text[]);

-- name: request_page_newest
-- The console's first look: everything in scope, latest change first.
SELECT id, ref, body_id, service_id, unit_id, workflow_id, state, phase, outcome, version, title, '' AS description,
       '{}'::jsonb AS data, channel, assignee_id, register_number, registered_at, external_ref, supports, place, synthetic,
       created_by, created_at, submitted_at, updated_at, closed_at, NULL::bytea AS engine,
       NULL::timestamptz AS due_at, NULL::jsonb AS due, joint, NULL::jsonb AS execution
FROM request WHERE (updated_at, id) < ($1::timestamptz, $2::bigint)
ORDER BY updated_at DESC, id DESC LIMIT $3::int;

-- name: request_page_assignee
SELECT id, ref, body_id, service_id, unit_id, workflow_id, state, phase, outcome, version, title, '' AS description,
       '{}'::jsonb AS data, channel, assignee_id, register_number, registered_at, external_ref, supports, place, synthetic,
       created_by, created_at, submitted_at, updated_at, closed_at, NULL::bytea AS engine,
       NULL::timestamptz AS due_at, NULL::jsonb AS due, joint, NULL::jsonb AS execution
FROM request WHERE assignee_id = $4::bigint AND (updated_at, id) < ($1::timestamptz, $2::bigint)
ORDER BY updated_at DESC, id DESC LIMIT $3::int;

-- name: request_page_body
SELECT id, ref, body_id, service_id, unit_id, workflow_id, state, phase, outcome, version, title, '' AS description,
       '{}'::jsonb AS data, channel, assignee_id, register_number, registered_at, external_ref, supports, place, synthetic,
       created_by, created_at, submitted_at, updated_at, closed_at, NULL::bytea AS engine,
       NULL::timestamptz AS due_at, NULL::jsonb AS due, joint, NULL::jsonb AS execution
FROM request WHERE body_id = $4::bigint AND (updated_at, id) < ($1::timestamptz, $2::bigint)
ORDER BY updated_at DESC, id DESC LIMIT $3::int;

-- name: plan_for_these_values
-- Queued before a page with optional filters: each is then planned for the filters that are really there. All other
-- statements are planned once in a session (store/store.c).
SELECT set_config('plan_cache_mode', 'force_custom_plan', true);

-- name: request_page_updated_desc
SELECT id, ref, body_id, service_id, unit_id, workflow_id, state, phase, outcome, version, title, '' AS description,
       '{}'::jsonb AS data, channel, assignee_id, register_number, registered_at, external_ref, supports, place, synthetic,
       created_by, created_at, submitted_at, updated_at, closed_at, NULL::bytea AS engine,
       NULL::timestamptz AS due_at, NULL::jsonb AS due, joint, NULL::jsonb AS execution
FROM request
WHERE (updated_at, id) < ($1::timestamptz, $2::bigint)
  AND ($4::text[] IS NULL OR state = ANY ($4::text[])) AND ($5::text[] IS NULL OR phase = ANY ($5::text[]))
  AND ($6::bigint[] IS NULL OR service_id = ANY ($6::bigint[])) AND ($7::bigint[] IS NULL OR body_id = ANY ($7::bigint[]))
  AND ($8::text[] IS NULL OR comarca_code = ANY ($8::text[]))
  AND ($9::bigint[] IS NULL OR assignee_id = ANY ($9::bigint[]) OR ($10::boolean AND assignee_id IS NULL))
  AND ($11::text IS NULL OR external_ref = $11::text) AND ($12::text IS NULL OR filed_by = $12::text)
  AND ($13::timestamptz IS NULL OR updated_at >= $13::timestamptz) AND ($14::timestamptz IS NULL OR updated_at < $14::timestamptz)
ORDER BY updated_at DESC, id DESC LIMIT $3::int;

-- name: request_page_updated_asc
SELECT id, ref, body_id, service_id, unit_id, workflow_id, state, phase, outcome, version, title, '' AS description,
       '{}'::jsonb AS data, channel, assignee_id, register_number, registered_at, external_ref, supports, place, synthetic,
       created_by, created_at, submitted_at, updated_at, closed_at, NULL::bytea AS engine,
       NULL::timestamptz AS due_at, NULL::jsonb AS due, joint, NULL::jsonb AS execution
FROM request
WHERE (updated_at, id) > ($1::timestamptz, $2::bigint)
  AND ($4::text[] IS NULL OR state = ANY ($4::text[])) AND ($5::text[] IS NULL OR phase = ANY ($5::text[]))
  AND ($6::bigint[] IS NULL OR service_id = ANY ($6::bigint[])) AND ($7::bigint[] IS NULL OR body_id = ANY ($7::bigint[]))
  AND ($8::text[] IS NULL OR comarca_code = ANY ($8::text[]))
  AND ($9::bigint[] IS NULL OR assignee_id = ANY ($9::bigint[]) OR ($10::boolean AND assignee_id IS NULL))
  AND ($11::text IS NULL OR external_ref = $11::text) AND ($12::text IS NULL OR filed_by = $12::text)
  AND ($13::timestamptz IS NULL OR updated_at >= $13::timestamptz) AND ($14::timestamptz IS NULL OR updated_at < $14::timestamptz)
ORDER BY updated_at, id LIMIT $3::int;

-- name: request_page_filed_desc
-- By order of filing: refs and creation times follow the id. $1 is unused, so that all pages take the same parameters.
SELECT id, ref, body_id, service_id, unit_id, workflow_id, state, phase, outcome, version, title, '' AS description,
       '{}'::jsonb AS data, channel, assignee_id, register_number, registered_at, external_ref, supports, place, synthetic,
       created_by, created_at, submitted_at, updated_at, closed_at, NULL::bytea AS engine,
       NULL::timestamptz AS due_at, NULL::jsonb AS due, joint, NULL::jsonb AS execution
FROM request
WHERE $1::timestamptz IS NOT NULL AND id < $2::bigint
  AND ($4::text[] IS NULL OR state = ANY ($4::text[])) AND ($5::text[] IS NULL OR phase = ANY ($5::text[]))
  AND ($6::bigint[] IS NULL OR service_id = ANY ($6::bigint[])) AND ($7::bigint[] IS NULL OR body_id = ANY ($7::bigint[]))
  AND ($8::text[] IS NULL OR comarca_code = ANY ($8::text[]))
  AND ($9::bigint[] IS NULL OR assignee_id = ANY ($9::bigint[]) OR ($10::boolean AND assignee_id IS NULL))
  AND ($11::text IS NULL OR external_ref = $11::text) AND ($12::text IS NULL OR filed_by = $12::text)
  AND ($13::timestamptz IS NULL OR updated_at >= $13::timestamptz) AND ($14::timestamptz IS NULL OR updated_at < $14::timestamptz)
ORDER BY id DESC LIMIT $3::int;

-- name: request_page_filed_asc
SELECT id, ref, body_id, service_id, unit_id, workflow_id, state, phase, outcome, version, title, '' AS description,
       '{}'::jsonb AS data, channel, assignee_id, register_number, registered_at, external_ref, supports, place, synthetic,
       created_by, created_at, submitted_at, updated_at, closed_at, NULL::bytea AS engine,
       NULL::timestamptz AS due_at, NULL::jsonb AS due, joint, NULL::jsonb AS execution
FROM request
WHERE $1::timestamptz IS NOT NULL AND id > $2::bigint
  AND ($4::text[] IS NULL OR state = ANY ($4::text[])) AND ($5::text[] IS NULL OR phase = ANY ($5::text[]))
  AND ($6::bigint[] IS NULL OR service_id = ANY ($6::bigint[])) AND ($7::bigint[] IS NULL OR body_id = ANY ($7::bigint[]))
  AND ($8::text[] IS NULL OR comarca_code = ANY ($8::text[]))
  AND ($9::bigint[] IS NULL OR assignee_id = ANY ($9::bigint[]) OR ($10::boolean AND assignee_id IS NULL))
  AND ($11::text IS NULL OR external_ref = $11::text) AND ($12::text IS NULL OR filed_by = $12::text)
  AND ($13::timestamptz IS NULL OR updated_at >= $13::timestamptz) AND ($14::timestamptz IS NULL OR updated_at < $14::timestamptz)
ORDER BY id LIMIT $3::int;

-- name: request_page_joint
-- What bodies have adhered to, beside the page of what is theirs: a few requests, in the order of that page ($15).
SELECT id, ref, body_id, service_id, unit_id, workflow_id, state, phase, outcome, version, title, '' AS description,
       '{}'::jsonb AS data, channel, assignee_id, register_number, registered_at, external_ref, supports, place, synthetic,
       created_by, created_at, submitted_at, updated_at, closed_at, NULL::bytea AS engine,
       NULL::timestamptz AS due_at, NULL::jsonb AS due, joint, NULL::jsonb AS execution
FROM request
WHERE id IN (SELECT request_id FROM request_body WHERE body_id = ANY ($7::bigint[])) AND body_id <> ALL ($7::bigint[])
  AND CASE $15::text WHEN 'updated_desc' THEN (updated_at, id) < ($1::timestamptz, $2::bigint)
                     WHEN 'updated_asc' THEN (updated_at, id) > ($1::timestamptz, $2::bigint)
                     WHEN 'filed_desc' THEN id < $2::bigint ELSE id > $2::bigint END
  AND ($4::text[] IS NULL OR state = ANY ($4::text[])) AND ($5::text[] IS NULL OR phase = ANY ($5::text[]))
  AND ($6::bigint[] IS NULL OR service_id = ANY ($6::bigint[]))
  AND ($8::text[] IS NULL OR comarca_code = ANY ($8::text[]))
  AND ($9::bigint[] IS NULL OR assignee_id = ANY ($9::bigint[]) OR ($10::boolean AND assignee_id IS NULL))
  AND ($11::text IS NULL OR external_ref = $11::text) AND ($12::text IS NULL OR filed_by = $12::text)
  AND ($13::timestamptz IS NULL OR updated_at >= $13::timestamptz) AND ($14::timestamptz IS NULL OR updated_at < $14::timestamptz)
ORDER BY CASE $15::text WHEN 'updated_desc' THEN updated_at END DESC, CASE $15::text WHEN 'updated_asc' THEN updated_at END,
         CASE WHEN $15::text IN ('updated_desc', 'filed_desc') THEN -id ELSE id END
LIMIT $3::int;

-- name: next_numbers
-- $3 numbers of kind $1 ('request' or 'register') in year $2.
SELECT next_number($1::text, $2::int + 0 * i) FROM generate_series(1, $3::int) AS i;

-- name: request_external_refs_lock
-- Whoever files one of these at the same time waits here, and sees what the other made of it in the next statement.
-- Always in the same order, so that nobody waits for each other.
SELECT pg_advisory_xact_lock(wanted.key) FROM (
    SELECT DISTINCT hashtextextended($1::text || ' ' || external_ref, 1) AS key FROM unnest($2::text[]) AS external_ref
    ORDER BY key) AS wanted;

-- name: request_external_refs
SELECT external_ref, ref FROM request WHERE filed_by = $1::text AND external_ref = ANY ($2::text[]);

-- name: agent_burdens
-- What the candidates carry, locked until the transaction ends.
SELECT agent_id, open_requests, open_hours, last_assigned_at, turn FROM agent_burdens($1::bigint[]);

-- name: referents
-- Who ended the last request of each town and area.
SELECT body_id, area_code, agent_id FROM referent
WHERE (body_id, area_code) IN (SELECT * FROM unnest($1::bigint[], $2::text[]));

-- name: request_create
SELECT request_create($1::text, $2::bigint, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::text, $8::text, $9::text,
    $10::text, $11::text, $12::jsonb, $13::text, $14::bigint, $15::text, $16::text, $17::int, $18::text, $19::boolean,
    $20::text, $21::text, $22::timestamptz, $23::timestamptz, $24::timestamptz, $25::timestamptz, $26::text[], $27::jsonb[],
    $28::boolean[], $29::bytea, $30::timestamptz, $31::jsonb, $32::jsonb, $33::jsonb, $34::jsonb);

-- name: request_step
SELECT request_step($1::bigint, $2::int, $3::text, $4::text, $5::text, $6::jsonb, $7::text, $8::text, $9::bigint, $10::bigint,
    $11::bigint, $12::bigint, $13::text, $14::text, $15::text, $16::timestamptz, $17::text[], $18::jsonb[], $19::boolean[],
    $20::bytea, $21::timestamptz, $22::jsonb, $23::jsonb, $24::jsonb, $25::jsonb, $26::boolean, $27::text[]);

-- name: request_steps
SELECT request_steps($1::jsonb, $2::text, $3::text, $4::timestamptz);

-- name: request_join
SELECT request_join($1::text, $2::boolean, $3::bigint[]);

-- name: comment_add
SELECT comment_add($1::bigint, $2::uuid, $3::boolean, $4::text, $5::text, $6::text, $7::text, $8::timestamptz);

-- name: comment_page
SELECT id, uid::text, author, author_name, text, at FROM comment
WHERE request_id = $1::bigint AND internal = $2::boolean AND id > $3::bigint ORDER BY id LIMIT $4::int;

-- name: comment_page_back
SELECT id, uid::text, author, author_name, text, at FROM comment
WHERE request_id = $1::bigint AND internal = $2::boolean AND id < $3::bigint ORDER BY id DESC LIMIT $4::int;

-- name: assignment_last
SELECT data -> 'assignment', at, actor_name FROM request_event
WHERE request_id = $1::bigint AND data ? 'assignment' ORDER BY seq DESC LIMIT 1;

-- name: idempotency_lock
-- Not granted: the same key is at work in another transaction.
SELECT pg_try_advisory_xact_lock(hashtextextended($1::text || ' ' || $2::text, 0));

-- name: idempotency_find
SELECT route, request_hash, status, location, etag_version, response FROM idempotency_key
WHERE principal = $1::text AND key = $2::text;

-- name: idempotency_keep
INSERT INTO idempotency_key (principal, key, route, request_hash, status, location, etag_version, response, created_at)
VALUES ($1::text, $2::text, $3::text, decode($4::text, 'hex'), $5::int, $6::text, $7::int, $8::text, $9::timestamptz);

-- name: idempotency_purge
SELECT idempotency_purge($1::timestamptz);
