-- Actions, milestones and money: rows come as the representations of the contract, made in one place (schema/migrations/0017_action.sql).

-- name: action_list
SELECT r.version, (SELECT coalesce(jsonb_agg(action_view(a) ORDER BY a.id), '[]') FROM action a WHERE a.request_id = r.id)
FROM request r WHERE r.ref = $1::text;

-- name: action_read
SELECT r.version, (SELECT action_view(a) FROM action a WHERE a.request_id = r.id AND a.uid = $2::uuid) FROM request r WHERE r.ref = $1::text;

-- name: amount_list
SELECT r.version, (SELECT jsonb_agg(amount_view(m) ORDER BY m.ordinal) FROM amount m WHERE m.action_id = a.id),
       CASE WHEN a.id IS NOT NULL THEN (action_view(a) -> 'amounts')::text END, CASE WHEN a.id IS NOT NULL THEN (action_view(a) -> 'years')::text END
FROM request r LEFT JOIN action a ON a.request_id = r.id AND a.uid = $2::uuid WHERE r.ref = $1::text;

-- name: action_keeper
-- Whose it is to keep: the responsible unit.
SELECT unit_id FROM action WHERE request_id = $1::bigint AND uid = $2::uuid;

-- name: action_open
SELECT version, array_to_string(broken, ' '), view FROM action_open($1::bigint, $2::uuid, $3::jsonb, $4::text, $5::text, $6::timestamptz);

-- name: action_change
SELECT version, array_to_string(broken, ' '), view FROM action_change($1::bigint, $2::uuid, $3::jsonb, $4::text, $5::text, $6::timestamptz);

-- name: milestone_set
SELECT version, array_to_string(broken, ' '), view
FROM milestone_set($1::bigint, $2::uuid, $3::text, $4::boolean, $5::jsonb, $6::text, $7::text, $8::timestamptz);

-- name: amount_record
SELECT version, array_to_string(broken, ' '), view
FROM amount_record($1::bigint, $2::uuid, $3::uuid, $4::text, $5::int, $6::numeric, $7::date, $8::text, $9::text, $10::uuid,
                   $11::text, $12::text, $13::timestamptz);

-- name: action_faults
SELECT request_id, seq, fault FROM action_faults() LIMIT 100;
