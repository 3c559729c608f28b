-- Definitions, and where the requests of one stand.

-- name: workflow_counts
SELECT state, count(*) FROM request WHERE workflow_id = $1::bigint GROUP BY state;

-- name: workflow_document
SELECT document FROM workflow_definition WHERE id = $1::bigint;

-- name: workflow_older
-- Every version of a procedure, the newest first, and whether any request that is not over is on it.
SELECT id, version, document,
       EXISTS (SELECT FROM request r WHERE r.workflow_id = d.id AND r.closed_at IS NULL)
FROM workflow_definition d WHERE key = $1::text ORDER BY version DESC;

-- name: workflow_publish
SELECT workflow_publish($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::timestamptz);

-- name: workflow_versions
SELECT d.version, encode(d.hash, 'hex'), d.change, d.reason, d.published_at, d.published_by, d.published_by_name,
       coalesce(c.open, 0), coalesce(c.closed, 0), m.uid::text, t.version, m.moved, m.done_at
FROM workflow_definition d
LEFT JOIN (SELECT workflow_id, count(*) FILTER (WHERE closed_at IS NULL) AS open, count(closed_at) AS closed
           FROM request GROUP BY workflow_id) c ON c.workflow_id = d.id
LEFT JOIN LATERAL (SELECT uid, to_id, moved, done_at FROM workflow_migration WHERE from_id = d.id ORDER BY id DESC LIMIT 1) m ON true
LEFT JOIN workflow_definition t ON t.id = m.to_id
WHERE d.key = $1::text ORDER BY d.version DESC;

-- name: workflow_staff
-- Who is on the provider's side today, by role and unit: for the roles of procedures that no portfolio divides.
SELECT m.role, coalesce(m.unit_id, 0), count(*) FROM membership m JOIN user_account u ON u.id = m.user_id AND u.active
WHERE m.body_id IS NULL AND m.valid_from <= $1::timestamptz::date AND (m.valid_to IS NULL OR m.valid_to >= $1::timestamptz::date)
GROUP BY m.role, m.unit_id;
