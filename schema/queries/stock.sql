-- Stock of material: rows come as the representations of the contract, made in one place (schema/migrations/0023_stock.sql). $1 is the language, or
-- the item; days are those of Europe/Madrid, told by who asks.

-- name: stock_list
SELECT jsonb_agg(stock_item_view(i, $1::text) || jsonb_build_object('reserved', coalesce(s.reserved, 0), 'out', coalesce(s."out", 0),
                                                                    'overdue', coalesce(s.overdue, 0)) ORDER BY i.code)
FROM stock_item i LEFT JOIN stock_stand($2::date) s ON s.item_id = i.id
WHERE $3::text IS NULL OR i.service_id = (SELECT id FROM service WHERE code = $3::text);

-- name: stock_read
SELECT i.version, stock_item_view(i, $2::text), i.unit_id FROM stock_item i WHERE i.code = $1::text;

-- name: stock_item_add
SELECT stock_item_add($1::jsonb, $2::text, $3::timestamptz);

-- name: stock_item_change
SELECT version, view FROM stock_item_change($1::text, $2::int, $3::jsonb, $4::text, $5::timestamptz);

-- name: stock_availability
SELECT stock_availability($1::text, $2::date, $3::date, $4::int, $5::date);

-- name: stock_move
SELECT version, array_to_string(broken, ' '), view
FROM stock_move($1::text, $2::text, $3::int, $4::date, $5::text, $6::text, $7::text, $8::timestamptz);

-- name: stock_movement_page
-- The newest first.
SELECT m.ordinal, stock_movement_view(m) FROM stock_item i JOIN stock_movement m ON m.item_id = i.id
WHERE i.code = $1::text AND m.ordinal < $2::bigint ORDER BY m.ordinal DESC LIMIT $3::int;

-- name: stock_movement_page_back
SELECT m.ordinal, stock_movement_view(m) FROM stock_item i JOIN stock_movement m ON m.item_id = i.id
WHERE i.code = $1::text AND m.ordinal > $2::bigint ORDER BY m.ordinal LIMIT $3::int;

-- name: stock_holds
-- Of an item, what is reserved or out: first what should be back, then what is held for a request that ended, then by the next day of each.
SELECT (SELECT jsonb_agg(stock_hold_view(h) || jsonb_build_object('overdue', h.state = 'handed_over' AND h.to_day < $2::date, 'ref', r.ref, 'action', a.uid,
                   'closed', r.closed_at IS NOT NULL, 'body', b.code, 'body_name', b.name, 'delivery_point', a.delivery_point)
               ORDER BY h.state = 'handed_over' AND h.to_day < $2::date DESC, r.closed_at IS NULL, CASE h.state WHEN 'reserved' THEN h.from_day ELSE h.to_day END, h.id)
        FROM stock_hold h JOIN action a ON a.id = h.action_id JOIN request r ON r.id = a.request_id JOIN body b ON b.id = r.body_id
        WHERE h.item_id = i.id AND h.state IN ('reserved', 'handed_over'))
FROM stock_item i WHERE i.code = $1::text;

-- name: hold_list
SELECT a.id IS NOT NULL, (
    SELECT jsonb_agg(stock_hold_view(h) || jsonb_build_object('name', i.name ->> $3::text, 'overdue', h.state = 'handed_over' AND h.to_day < $4::date)
                     ORDER BY h.ordinal)
    FROM stock_hold h JOIN stock_item i ON i.id = h.item_id WHERE h.action_id = a.id)
FROM request r LEFT JOIN action a ON a.request_id = r.id AND a.uid = $2::uuid WHERE r.ref = $1::text;

-- name: stock_reserve
SELECT version, array_to_string(broken, ' '), view FROM stock_reserve($1::bigint, $2::uuid, $3::jsonb, $4::text, $5::text, $6::timestamptz);

-- name: stock_hold_move
SELECT version, array_to_string(broken, ' '), view
FROM stock_hold_move($1::bigint, $2::uuid, $3::int, $4::text, $5::jsonb, $6::text, $7::text, $8::timestamptz);
