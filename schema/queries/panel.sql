-- Panels, and the ballots of a request.

-- name: panel_seat_all
SELECT panel_seat_all($1::text, $2::int, $3::jsonb, $4::text, $5::timestamptz);

-- name: panel_people
-- Who may sit: the provider's people.
SELECT DISTINCT u.login FROM user_account u JOIN membership m ON m.user_id = u.id
WHERE u.login = ANY ($1::text[]) AND u.active AND m.body_id IS NULL
  AND m.valid_from <= date '1970-01-01' + $2::int AND (m.valid_to IS NULL OR m.valid_to >= date '1970-01-01' + $2::int);

-- name: request_hold
SELECT request_hold($1::text);

-- name: request_vote
SELECT request_vote($1::bigint, $2::int, $3::bytea, $4::text, $5::text, $6::timestamptz, $7::jsonb);

-- name: ballot_events
SELECT actor, actor_name, at, data ->> 'comment' FROM request_event
WHERE request_id = $1::bigint AND type = 'request.voted' ORDER BY seq;
