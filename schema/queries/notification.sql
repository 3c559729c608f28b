-- What people are told, and what of it leaves the house.

-- name: notification_page
-- The newest first. Which of them are for whoever asks, their roles say (service/notification.c); row-level security says whose.
SELECT n.id, r.ref, r.title, r.body_id, r.unit_id, r.assignee_id, e.workflow_id, coalesce(e.data ->> 'to', r.state),
       coalesce(e.data ? 'timer' AND e.data ->> 'from' = e.data ->> 'to', false), n.role, n.payload, n.at, d.at,
       CASE WHEN e.data ? 'timer' THEN e.data ->> 'event' END
FROM notification n JOIN request r ON r.id = n.request_id JOIN request_event e ON e.request_id = n.request_id AND e.seq = n.seq
LEFT JOIN notification_read d ON d.notification_id = n.id AND d.principal = scope_principal()
WHERE n.id < $1::bigint AND (NOT $2::boolean OR d.at IS NULL)
ORDER BY n.id DESC LIMIT $3::int;

-- name: notification_page_back
-- The same from a place on towards the newest.
SELECT n.id, r.ref, r.title, r.body_id, r.unit_id, r.assignee_id, e.workflow_id, coalesce(e.data ->> 'to', r.state),
       coalesce(e.data ? 'timer' AND e.data ->> 'from' = e.data ->> 'to', false), n.role, n.payload, n.at, d.at,
       CASE WHEN e.data ? 'timer' THEN e.data ->> 'event' END
FROM notification n JOIN request r ON r.id = n.request_id JOIN request_event e ON e.request_id = n.request_id AND e.seq = n.seq
LEFT JOIN notification_read d ON d.notification_id = n.id AND d.principal = scope_principal()
WHERE n.id > $1::bigint AND (NOT $2::boolean OR d.at IS NULL)
ORDER BY n.id LIMIT $3::int;

-- name: notification_mark
-- As read, of those that are seen.
INSERT INTO notification_read (principal, notification_id, at)
SELECT scope_principal(), n.id, $2::timestamptz FROM notification n WHERE n.id = ANY ($1::bigint[])
ON CONFLICT DO NOTHING;

-- name: mail_claim
SELECT id, ref, seq, ordinal, lease, tries FROM outbox_claim('{email}', $1::int, make_interval(secs => $2::int));

-- name: mail_letters
SELECT id, address, language, ref, title, workflow_id, state, reminder, role, payload, at, timer FROM mail_letters($1::bigint[]);

-- name: mail_done
SELECT outbox_done($1::bigint, $2::jsonb, $3::timestamptz);

-- name: mail_failed
-- Again after 5 s to 6 h with full jitter; after $4 tries a person is asked.
SELECT outbox_failed($1::bigint, $2::int, $3::text, random() * least(interval '6 h', interval '5 s' * 2 ^ least($5::int, 20)), $4::int,
                     $6::timestamptz);

-- name: address_read
-- One's own, and the one that waits for its code.
SELECT u.email, c.address, c.asked_at, greatest(0, 5 - c.tries)
FROM user_account u LEFT JOIN address_change c ON c.principal = scope_principal() AND c.asked_at > $2::timestamptz - interval '1 day'
WHERE u.id = $1::bigint;

-- name: address_ask
SELECT address_ask($1::bigint, $2::text, $3::text, $4::timestamptz);

-- name: address_try
SELECT address, nonce FROM address_try($1::timestamptz);

-- name: address_settle
SELECT address_settle($1::uuid);

-- name: address_forget
SELECT address_forget($1::bigint);

-- name: address_claim
SELECT id, address, language, nonce, principal, asked_at, lease FROM address_claim($1::int, make_interval(secs => $2::int));

-- name: address_mailed
-- Sent, or (not $3) again after 5 s to 5 min.
SELECT address_mailed($1::bigint, $2::int,
    CASE WHEN NOT $3::boolean THEN interval '5 s' + random() * least(interval '5 min', interval '5 s' * 2 ^ $2::int) END);
