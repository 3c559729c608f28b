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
-- Whose it is to keep: the responsible unit and, of a hold ($3, not 0), the one that keeps its item.
SELECT a.unit_id, (SELECT i.unit_id FROM stock_hold h JOIN stock_item i ON i.id = h.item_id WHERE h.action_id = a.id AND h.ordinal = $3::int)
FROM action a WHERE a.request_id = $1::bigint AND a.uid = $2::uuid
  AND ($3::int = 0 OR EXISTS (SELECT FROM stock_hold h WHERE h.action_id = a.id AND h.ordinal = $3::int));

-- name: action_open
SELECT version, array_to_string(broken, ' '), view FROM action_open($1::bigint, $2::uuid, $3::jsonb, $4::text, $5::text, $6::timestamptz);

-- name: action_act
SELECT version, broken FROM action_act($1::text, $2::jsonb, $3::boolean, $4::text, $5::text, $6::timestamptz);

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
SELECT request_id, seq, fault FROM action_faults() UNION ALL SELECT request_id, seq, fault FROM stock_faults($1::date) LIMIT 100;

-- name: body_summary
-- Of one body: where its requests stand (one item for each state of each procedure), the next twenty days on which something is due or
-- planned, its money by year (of an action that is shared out its share, year by year; of another one of a joint request all where it
-- leads), and the next twenty days on which material of its is delivered ($2: the language of its name) or to be back, those that are past
-- ($3: today) first. Costs what the body has, whatever the others have.
WITH own AS (
    SELECT id, ref, title, phase, state, workflow_id, due_at, closed_at, execution, true AS leads FROM request WHERE body_id = $1::bigint
    UNION ALL
    SELECT r.id, r.ref, r.title, r.phase, r.state, r.workflow_id, r.due_at, r.closed_at, r.execution, false
    FROM request_body b JOIN request r ON r.id = b.request_id WHERE b.body_id = $1::bigint AND r.body_id <> $1::bigint),
stand AS (
    SELECT phase, workflow_id, state, count(*) AS requests, count(execution ->> 'progress') AS acting,
           coalesce(sum((execution ->> 'progress')::int), 0) AS progress
    FROM own GROUP BY phase, workflow_id, state),
coming AS (
    SELECT ref, title, execution ->> 'next_on' AS next_on, (extract(epoch FROM due_at) * 1000000)::bigint AS due,
           least(due_at, (execution ->> 'next_on')::timestamp AT TIME ZONE 'Europe/Madrid') AS first
    FROM own WHERE closed_at IS NULL AND (due_at IS NOT NULL OR execution ->> 'next_on' IS NOT NULL)
    ORDER BY first, ref LIMIT 20),
material AS (
    SELECT o.ref, a.uid, h.ordinal, i.code, i.name ->> $2::text AS name, h.quantity - h.returned - h.lost AS quantity, h.state, a.delivery_point,
           CASE h.state WHEN 'reserved' THEN h.from_day ELSE h.to_day END AS on_day
    FROM own o JOIN action a ON a.request_id = o.id JOIN stock_hold h ON h.action_id = a.id JOIN stock_item i ON i.id = h.item_id
    WHERE o.execution IS NOT NULL AND h.state IN ('reserved', 'handed_over')
    ORDER BY on_day, o.ref, a.id, h.ordinal LIMIT 20),
ledger AS (
    SELECT a.id, o.leads, m.year, m.kind, sum(m.value) AS value
    FROM own o JOIN action a ON a.request_id = o.id JOIN amount m ON m.action_id = a.id WHERE o.execution IS NOT NULL
    GROUP BY a.id, o.leads, m.year, m.kind),
its AS (
    SELECT l.year, l.kind, CASE WHEN EXISTS (SELECT FROM action_share s WHERE s.action_id = l.id)
                                THEN (SELECT p.value FROM share_out(l.id, l.value) p WHERE p.body_id = $1::bigint)
                                WHEN l.leads THEN l.value END AS value
    FROM ledger l),
money AS (SELECT year, kind, sum(value) AS value FROM its WHERE value IS NOT NULL GROUP BY year, kind),
years AS (
    SELECT year, jsonb_build_object('year', year) || money_view(
        sum(value) FILTER (WHERE kind = 'requested'), sum(value) FILTER (WHERE kind = 'granted'), sum(value) FILTER (WHERE kind = 'committed'),
        sum(value) FILTER (WHERE kind = 'advanced'), sum(value) FILTER (WHERE kind = 'justified'), sum(value) FILTER (WHERE kind = 'paid'),
        sum(value) FILTER (WHERE kind = 'returned')) AS money
    FROM money GROUP BY year)
SELECT (SELECT jsonb_agg(jsonb_build_array(phase, workflow_id, state, requests, acting, progress) ORDER BY workflow_id, state) FROM stand),
       (SELECT jsonb_agg(jsonb_build_array(ref, title, next_on, due) ORDER BY first, ref) FROM coming),
       (SELECT jsonb_agg(money ORDER BY year) FROM years),
       (SELECT money_view(
            sum(value) FILTER (WHERE kind = 'requested'), sum(value) FILTER (WHERE kind = 'granted'), sum(value) FILTER (WHERE kind = 'committed'),
            sum(value) FILTER (WHERE kind = 'advanced'), sum(value) FILTER (WHERE kind = 'justified'), sum(value) FILTER (WHERE kind = 'paid'),
            sum(value) FILTER (WHERE kind = 'returned')) FROM money),
       (SELECT jsonb_agg(jsonb_build_object('ref', ref, 'action', uid, 'hold', ordinal, 'item', code, 'name', name, 'quantity', quantity,
                   'move', CASE state WHEN 'reserved' THEN 'hand_over' ELSE 'return' END, 'on', on_day, 'delivery_point', delivery_point,
                   'overdue', state = 'handed_over' AND on_day < $3::date) ORDER BY on_day, ref, uid, ordinal) FROM material);
