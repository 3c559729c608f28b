-- Calendars: their revisions, and what is counted anew. Days are days since 1970.

-- name: calendar_seat_take
SELECT calendar_seat_take($1::text, $2::text);

-- name: calendar_because
-- Said before a change of this transaction: who makes it, and why.
SELECT set_config('oam.calendar_by', $1::text, true), set_config('oam.calendar_reason', left($2::text, 500), true);

-- name: calendar_seats
-- Where the seat was, from which revision on.
SELECT revision, seat_id FROM calendar_revision WHERE seat_id IS NOT NULL ORDER BY revision;

-- name: calendar_changes
-- What has changed since revision $1: in the order of lists and days, and of one day in that of time.
SELECT h.revision, h.day - date '1970-01-01', h.scope, h.body_id, h.before IS NOT NULL, coalesce((h.before ->> 'lifted')::boolean, false),
       h.before ->> 'name_ca', h.before ->> 'name_es'
FROM holiday_change h WHERE h.revision > $1::int
ORDER BY h.scope COLLATE "C", h.body_id, h.day, h.revision;

-- name: recount_claim
SELECT recount_claim($1::int, $2::int);

-- name: recount_requests
-- Under the locks of recount_claim in the same transaction, as the three below.
SELECT r.id, r.ref, r.body_id, r.service_id, r.unit_id, r.workflow_id, r.state, r.phase, r.outcome, r.version, r.title,
       r.description, r.data, r.channel, r.assignee_id, r.register_number, r.registered_at, r.external_ref, r.supports, r.place,
       r.synthetic, r.created_by, r.created_at, r.submitted_at, r.updated_at, r.closed_at, r.engine, r.due_at, r.due, r.joint, r.execution
FROM request r WHERE r.id = ANY (current_setting('oam.claimed', true)::bigint[]) ORDER BY r.id;

-- name: recount_clocks
SELECT request_id, clock, due, revision FROM request_clock
WHERE request_id = ANY (current_setting('oam.claimed', true)::bigint[]) ORDER BY request_id, clock;

-- name: recount_timers
SELECT request_id, timer, due, since FROM request_timer
WHERE request_id = ANY (current_setting('oam.claimed', true)::bigint[]) ORDER BY request_id, timer;

-- name: recount_reason
-- Why the calendars are what they are: of the last revision that the caller knows.
SELECT reason FROM calendar_revision WHERE revision <= $1::int ORDER BY revision DESC LIMIT 1;

-- name: recount_done
SELECT recount_done($1::bigint[], $2::int);

-- name: calendar_correct
SELECT made, queued FROM calendar_correct($1::text, $2::bigint, $3::jsonb, $4::date[], $5::text, $6::text);
