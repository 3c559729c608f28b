-- When agents are away, and what becomes of their requests. Days are days since 1970.

-- name: absence_list
SELECT a.uid::text, a.first_day::text, a.last_day::text, a.delegate_id,
       CASE WHEN a.cancelled_at IS NOT NULL THEN 'cancelled' WHEN a.last_day < today.day THEN 'over'
            WHEN a.first_day <= today.day THEN 'running' ELSE 'planned' END
FROM absence a, (SELECT date '1970-01-01' + $2::int AS day) today
WHERE a.agent_id = $1::bigint AND a.last_day >= today.day - $3::int
ORDER BY a.first_day, a.id LIMIT $4::int;

-- name: absence_add
SELECT absence_add($1::uuid, $2::bigint, $3::date, $4::date, $5::bigint, $6::text, $7::timestamptz);

-- name: absence_remove
SELECT absence_remove($1::uuid, $2::bigint, date '1970-01-01' + $3::int, $4::timestamptz);

-- name: absence_claim
SELECT id, agent_id, delegate_id, ends FROM absence_claim(date '1970-01-01' + $1::int);

-- name: absence_lock
-- Takes the locks; the statement behind it looks again under them.
SELECT count(*) FROM absence_requests($1::bigint, $2::boolean, $3::int);

-- name: absence_requests
SELECT r.id, r.ref, r.body_id, r.service_id, r.unit_id, r.workflow_id, r.state, r.phase, r.outcome, r.version, r.title,
       r.description, r.data, r.channel, r.assignee_id, r.register_number, r.registered_at, r.external_ref, r.supports, r.place,
       r.synthetic, r.created_by, r.created_at, r.submitted_at, r.updated_at, r.closed_at, r.engine, r.due_at, r.due, r.joint, r.execution, r.owner_id,
       (SELECT e.data -> 'assignment' ->> 'policy' FROM request_event e
        WHERE e.request_id = r.id AND e.data ? 'assignment' ORDER BY e.seq DESC LIMIT 1)
FROM absence_requests($1::bigint, $2::boolean, $3::int) AS l(id) JOIN request r ON r.id = l.id ORDER BY r.id;

-- name: absence_note
SELECT absence_note($1::bigint, $2::bigint, $3::text, $4::bigint);

-- name: absence_done
SELECT absence_done($1::bigint, $2::boolean, $3::timestamptz);
