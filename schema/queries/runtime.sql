-- Timers, outbox, incidents: what the worker does, and what people do about it.

-- name: worker_yields
-- Queued before a batch: whoever else wants a row that a batch wants too goes first, long before a deadlock is looked for. Its rows are
-- found by their keys, also when its statements were planned while there were few.
SELECT set_config('lock_timeout', '100ms', true), set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true);

-- name: timer_claim
SELECT claimed, reach, reach_id, cardinality(current_setting('oam.claimed', true)::bigint[])
FROM timer_claim($1::timestamptz, coalesce($2::timestamptz, '-infinity'), $3::bigint, $4::int);

-- name: timer_due
-- Looks again, under the locks of timer_claim in the same transaction. In the order in which agents' loads are locked.
SELECT r.id, r.ref, r.body_id, r.service_id, r.unit_id, r.workflow_id, r.state, r.phase, r.outcome, r.version, r.title,
       r.description, r.data, r.channel, r.assignee_id, r.register_number, r.registered_at, r.external_ref, r.supports, r.place,
       r.synthetic, r.created_by, r.created_at, r.submitted_at, r.updated_at, r.closed_at, r.engine, r.due_at, r.due, r.joint, r.execution,
       t.timer, t.generation, t.due AS timer_due, t.tries
FROM request_timer t JOIN request r ON r.id = t.request_id
WHERE t.request_id = ANY (current_setting('oam.claimed', true)::bigint[]) AND t.wake <= $1::timestamptz
ORDER BY r.assignee_id NULLS FIRST, r.id, t.due, t.timer;

-- name: timer_drop
SELECT timer_drop($1::bigint, $2::text, $3::int);

-- name: timer_failed
-- Again after 5 s to 6 h with full jitter; $5 (how often it has failed before) NULL: a person is asked.
SELECT timer_failed($1::bigint, $2::text, $3::int, $4::text,
    CASE WHEN $5::int IS NOT NULL THEN $6::timestamptz + random() * least(interval '6 h', interval '5 s' * 2 ^ least($5::int, 20)) END,
    $6::timestamptz);

-- name: outbox_settle
SELECT outbox_settle($1::text[], $2::int, $3::timestamptz);

-- name: incident_page
SELECT i.id, i.uid::text, r.ref, i.kind, i.subject, i.seq, i.ordinal, i.due, i.payload, i.error, i.tries, i.opened_at, i.state, i.version,
       i.patch, i.proposed_by, i.proposed_by_name, i.proposed_at, i.reason, i.decided_by, i.decided_by_name, i.decided_at
FROM incident i JOIN request r ON r.id = i.request_id
WHERE i.state = $1::text AND i.id > $2::bigint ORDER BY i.id LIMIT $3::int;

-- name: incident_page_back
SELECT i.id, i.uid::text, r.ref, i.kind, i.subject, i.seq, i.ordinal, i.due, i.payload, i.error, i.tries, i.opened_at, i.state, i.version,
       i.patch, i.proposed_by, i.proposed_by_name, i.proposed_at, i.reason, i.decided_by, i.decided_by_name, i.decided_at
FROM incident i JOIN request r ON r.id = i.request_id
WHERE i.state = $1::text AND i.id < $2::bigint ORDER BY i.id DESC LIMIT $3::int;

-- name: incident_read
SELECT i.id, i.uid::text, r.ref, i.kind, i.subject, i.seq, i.ordinal, i.due, i.payload, i.error, i.tries, i.opened_at, i.state, i.version,
       i.patch, i.proposed_by, i.proposed_by_name, i.proposed_at, i.reason, i.decided_by, i.decided_by_name, i.decided_at
FROM incident i JOIN request r ON r.id = i.request_id WHERE i.uid = $1::uuid;

-- name: incident_decide
SELECT incident_decide($1::uuid, $2::int, $3::text, $4::jsonb, $5::text, $6::text, $7::text, $8::timestamptz);

-- name: runtime_figures
SELECT timers_due, timer_lag_us, outbox_queued, outbox_age_us, incidents_open FROM runtime_figures($1::timestamptz);
