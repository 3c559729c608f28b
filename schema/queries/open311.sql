-- Open311: what is published, who holds a key, and the requests as everybody may see them.

-- name: directory_open311
-- Of each body that publishes anything: its services in the order of their codes, and who holds a key.
SELECT e.body_id, e.contact, e.publishes_texts, e.changed_by, (extract(epoch FROM e.changed_at) * 1000000)::bigint,
       (SELECT string_agg(s.code, ',' ORDER BY s.code COLLATE "C") FROM open311_service p JOIN service s ON s.id = p.service_id
        WHERE p.body_id = e.body_id),
       (SELECT string_agg(c.client_id, ',' ORDER BY c.client_id COLLATE "C") FROM open311_key k JOIN api_client c ON c.id = k.client_id
        WHERE k.body_id = e.body_id)
FROM open311_endpoint e JOIN body b ON b.id = e.body_id ORDER BY b.code COLLATE "C"

-- name: open311_publish
SELECT open311_publish($1::bigint, $2::text, $3::boolean, $4::bigint[], $5::text, $6::timestamptz);

-- name: open311_withdraw
SELECT open311_withdraw($1::bigint);

-- name: open311_key_give
SELECT open311_key_give($1::bigint, $2::text, $3::bytea, $4::text, $5::timestamptz);

-- name: open311_key_take
SELECT open311_key_take($1::bigint, $2::text);

-- name: open311_key_holder
-- As auth_client_by_client_id, of that one body, which the client must still act for.
SELECT c.id, c.client_id, c.name, c.secret_hash, false, array_to_string(c.scopes, ' '), k.body_id
FROM open311_key k JOIN api_client c ON c.id = k.client_id
WHERE k.hash = $1::bytea AND k.body_id = $2::bigint AND c.active
  AND (c.all_bodies OR EXISTS (SELECT FROM api_client_body b WHERE b.client_id = c.id AND b.body_id = k.body_id));

-- name: open311_report_add
SELECT open311_report_add($1::text, $2::numeric, $3::numeric, $4::text, $5::text, $6::text);

-- name: open311_update_add
SELECT open311_update_add($1::text, $2::bigint, $3::uuid, $4::text)::text;

-- name: open311_requests
-- A request moves no earlier than it was filed, so that the index of a body's changes bounds the search by either.
SELECT r.ref, r.service_id, r.unit_id, r.workflow_id, r.state, r.phase, r.outcome, r.description, r.submitted_at, r.updated_at,
       r.closed_at, r.due_at, p.request_id IS NOT NULL, trim_scale(p.latitude)::text, trim_scale(p.longitude)::text, p.address,
       p.address_id, p.media_url
FROM request r LEFT JOIN open311_report p ON p.request_id = r.id
WHERE r.body_id = $1::bigint AND r.service_id = ANY ($2::bigint[]) AND r.submitted_at IS NOT NULL
  AND ($3::text[] IS NULL OR r.ref = ANY ($3::text[]))
  AND r.updated_at >= greatest($4::timestamptz, $6::timestamptz, '-infinity')
  AND ($4::timestamptz IS NULL OR r.submitted_at >= $4::timestamptz) AND ($5::timestamptz IS NULL OR r.submitted_at <= $5::timestamptz)
  AND ($7::timestamptz IS NULL OR r.updated_at <= $7::timestamptz)
  AND ($8::boolean IS NULL OR (r.phase <> 'end') = $8::boolean)
ORDER BY r.submitted_at DESC, r.id DESC LIMIT $9::int OFFSET $10::int;

-- name: open311_updates
-- What everybody may know of what happened since a request was filed, oldest first, and where it stood then; of each request
-- the newest $7 at most, where that is said.
SELECT r.ref, e.version, e.at, e.workflow_id, s.state, c.uid::text, coalesce(c.text, e.data ->> 'comment'), p.request_id IS NOT NULL
FROM request r
     CROSS JOIN LATERAL (SELECT x.* FROM request_event x
                         WHERE x.request_id = r.id AND x.type IN ('request.transitioned', 'request.commented') AND NOT x.internal AND NOT x.draft
                           AND ($4::timestamptz IS NULL OR x.at >= $4::timestamptz) AND ($5::timestamptz IS NULL OR x.at <= $5::timestamptz)
                         ORDER BY x.seq DESC LIMIT $7::int) e
     LEFT JOIN open311_report p ON p.request_id = r.id
     LEFT JOIN comment c ON c.request_id = r.id AND c.uid = (e.data ->> 'comment_id')::uuid AND NOT c.internal
     CROSS JOIN LATERAL (SELECT x.data ->> 'to' AS state FROM request_event x
                         WHERE x.request_id = r.id AND x.seq <= e.seq AND x.data ? 'to' ORDER BY x.seq DESC LIMIT 1) s
WHERE r.body_id = $1::bigint AND r.service_id = ANY ($2::bigint[]) AND r.submitted_at IS NOT NULL
  AND ($3::text[] IS NULL OR r.ref = ANY ($3::text[]))
  AND r.updated_at >= coalesce($4::timestamptz, '-infinity') AND r.submitted_at <= coalesce($5::timestamptz, 'infinity')
ORDER BY e.at, e.id LIMIT $6::int;
