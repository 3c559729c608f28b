-- Taking requests over from one version of a procedure to another.

-- name: migration_start
SELECT migration_start($1::bigint, $2::bigint, $3::text, $4::text, $5::text, $6::text, $7::text, $8::timestamptz, $9::timestamptz)::text;

-- name: migration_claim
SELECT id, uid::text, from_id, to_id, change, map, reason FROM migration_claim($1::timestamptz);

-- name: migration_lock
-- Takes the locks; the statement behind it looks again under them.
SELECT set_config('oam.claimed', coalesce(array_agg(l.id)::text, '{}'), true) FROM migration_requests($1::bigint, $2::int) AS l(id);

-- name: migration_requests
SELECT r.id, r.ref, r.body_id, r.service_id, r.unit_id, r.workflow_id, r.state, r.phase, r.outcome, r.version, r.title,
       r.description, r.data, r.channel, r.assignee_id, r.register_number, r.registered_at, r.external_ref, r.supports, r.place,
       r.synthetic, r.created_by, r.created_at, r.submitted_at, r.updated_at, r.closed_at, r.engine, r.due_at, r.due, r.joint, r.execution
FROM request r WHERE r.id = ANY (current_setting('oam.claimed', true)::bigint[]) ORDER BY r.id;

-- name: migration_page
-- The same without locks, for whoever only wants to know what would happen.
SELECT r.id, r.ref, r.body_id, r.service_id, r.unit_id, r.workflow_id, r.state, r.phase, r.outcome, r.version, r.title,
       r.description, r.data, r.channel, r.assignee_id, r.register_number, r.registered_at, r.external_ref, r.supports, r.place,
       r.synthetic, r.created_by, r.created_at, r.submitted_at, r.updated_at, r.closed_at, r.engine, r.due_at, r.due, r.joint, r.execution
FROM request r WHERE r.workflow_id = $1::bigint AND r.closed_at IS NULL AND r.id > $2::bigint ORDER BY r.id LIMIT $3::int;

-- name: migration_acts
-- Who did some things last, of some requests: what one version had no reason to remember and the next one asks for. What a timer or a
-- ballot led to nobody did; a draft that began anew under another service has nothing behind it.
SELECT DISTINCT ON (e.request_id, e.data ->> 'event') e.request_id, e.data ->> 'event', e.actor
FROM request_event e
WHERE e.request_id = ANY ($1::bigint[]) AND e.type IN ('request.submitted', 'request.transitioned')
      AND e.data ->> 'event' = ANY ($2::text[]) AND NOT e.data ?| '{timer,follows}'
      AND NOT EXISTS (SELECT FROM request_event a WHERE a.request_id = e.request_id AND a.seq > e.seq AND a.type = 'request.edited'
                      AND a.data -> 'members' ? 'service')
ORDER BY e.request_id, e.data ->> 'event', e.seq DESC;

-- name: migration_leave
SELECT migration_leave($1::bigint, $2::bigint, $3::text);

-- name: migration_advance
SELECT migration_advance($1::bigint, $2::bigint, $3::int, $4::timestamptz);

-- name: migration_read
SELECT m.uid::text, f.version, t.version, m.change, m.reason, m.started_by, m.started_by_name, m.started_at, m.moved, m.done_at,
       (SELECT count(*) FROM workflow_migration_left l WHERE l.migration_id = m.id),
       (SELECT count(*) FROM request r WHERE r.workflow_id = m.from_id AND r.closed_at IS NULL), m.id
FROM workflow_migration m JOIN workflow_definition f ON f.id = m.from_id JOIN workflow_definition t ON t.id = m.to_id
WHERE m.uid = $1::uuid AND f.key = $2::text;

-- name: migration_left
-- Those that the caller sees.
SELECT r.ref, l.why FROM workflow_migration_left l JOIN request r ON r.id = l.request_id
WHERE l.migration_id = $1::bigint ORDER BY r.id LIMIT 100;
