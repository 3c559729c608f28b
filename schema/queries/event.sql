-- The feed and its views.

-- name: event_page
-- One row at least: column 0 is how far the window reached, so that a selective filter advances too.
-- What bodies have adhered to is found by its requests, which are few, each once however many of the bodies take part in it; the rest by
-- the bodies' own place in the feed.
WITH feed AS (
    (SELECT position, event_id, request_id FROM event_feed
     WHERE position > $1::bigint AND ($2::bigint[] IS NULL OR body_id = ANY ($2::bigint[]))
     ORDER BY position LIMIT $4::int)
    UNION ALL
    (SELECT f.position, f.event_id, f.request_id
     FROM (SELECT DISTINCT request_id FROM request_body WHERE body_id = ANY ($2::bigint[])) b
          JOIN request_event e ON e.request_id = b.request_id JOIN event_feed f ON f.event_id = e.id
     WHERE f.position > $1::bigint AND f.body_id <> ALL ($2::bigint[])
     ORDER BY f.position LIMIT $4::int)
    ORDER BY position LIMIT $4::int),
reach AS (SELECT max(position) AS position FROM feed)
SELECT reach.position, f.position, r.ref, e.seq, e.version, e.at, e.type, e.data ->> 'event', e.data ->> 'from', e.data ->> 'to',
       b.code, s.code
FROM reach LEFT JOIN (feed f JOIN request_event e ON e.id = f.event_id JOIN request r ON r.id = f.request_id
                      JOIN body b ON b.id = r.body_id JOIN service s ON s.id = r.service_id)
     ON $3::text[] IS NULL OR e.type = ANY ($3::text[])
ORDER BY f.position;

-- name: event_page_of_request
SELECT f.position, f.position, r.ref, e.seq, e.version, e.at, e.type, e.data ->> 'event', e.data ->> 'from', e.data ->> 'to',
       b.code, s.code
FROM request r JOIN request_event e ON e.request_id = r.id JOIN event_feed f ON f.event_id = e.id
     JOIN body b ON b.id = r.body_id JOIN service s ON s.id = r.service_id
WHERE r.ref = $2::text AND f.position > $1::bigint AND ($3::text[] IS NULL OR e.type = ANY ($3::text[]))
ORDER BY f.position LIMIT $4::int;

-- name: history_page
SELECT seq, version, at, type, actor, actor_name, data FROM request_event
WHERE request_id = $1::bigint AND seq > $2::int ORDER BY seq LIMIT $3::int;

-- name: history_page_back
SELECT seq, version, at, type, actor, actor_name, data FROM request_event
WHERE request_id = $1::bigint AND seq < $2::int ORDER BY seq DESC LIMIT $3::int;

-- name: event_relay
-- Whether all is numbered that could be: not where another process is at it, and may never end. And the last change of what clients may do.
SELECT event_relay() IS NOT NULL
       OR NOT coalesce((SELECT max(xid) FROM request_event) >= (SELECT horizon FROM event_relay_state), false),
       (SELECT revision FROM access_stamp);

-- name: event_head
SELECT position FROM event_relay_state;

-- name: event_by_keys
-- Queued before what looks at the newest events: a plan that was made while there were few would go on reading all of them each time.
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true);

-- name: event_changed_since
-- What the caches of this process must forget, and what its readers wait for, with all that says who may see it. Runs in the scope of
-- a process of ours (oam.all, oam.staff).
SELECT f.position, f.request_id, f.body_id, e.seq, e.version, e.at, f.internal, f.draft, r.joint, r.ref, e.type, e.data ->> 'event',
       e.data ->> 'from', e.data ->> 'to', b.code, s.code,
       CASE WHEN r.joint THEN (SELECT array_agg(m.body_id) FROM request_body m WHERE m.request_id = r.id)::text END
FROM event_feed f JOIN request_event e ON e.id = f.event_id JOIN request r ON r.id = f.request_id
     JOIN body b ON b.id = r.body_id JOIN service s ON s.id = r.service_id
WHERE f.position > $1::bigint ORDER BY f.position LIMIT 5000;

-- name: event_chain_faults
SELECT request_id, seq, fault FROM event_chain_faults() LIMIT 100;

-- name: whatif_page
-- What-if: requests of some definitions that moved since a day, whole and in order, from behind a place or a request.
SELECT r.id, r.ref, e.seq, e.type, e.data ->> 'event', e.data ->> 'to', r.body_id, r.service_id, e.workflow_id, e.at, e.actor,
       e.data -> 'data', e.data -> 'timer' ->> 'id', coalesce(e.data -> 'members' ? 'service', false),
       e.data -> 'assignment' ->> 'agent', r.closed_at, e.data ->> 'body', e.data -> 'voters',
       coalesce((e.data ->> 'follows')::boolean, false), m.map, m.change, e.data ->> 'from_agent',
       r.effort_hours, e.data ? 'recalled'
FROM request r JOIN request_event e ON e.request_id = r.id
     LEFT JOIN workflow_migration m ON e.type = 'request.migrated' AND m.uid = (e.data ->> 'migration')::uuid
WHERE r.id >= $1::bigint AND e.request_id >= $1::bigint AND (r.id, e.seq) > ($1::bigint, $2::int)
      AND r.updated_at >= $3::timestamptz AND r.workflow_id = ANY ($4::bigint[])
      AND r.id > coalesce((SELECT id FROM request WHERE ref = $5::text), 0)
ORDER BY r.id, e.seq LIMIT $6::int;

-- name: whatif_loads
-- What each agent carried at a moment of what has not moved since: what they carry now, without what has. Whose turn it was, by when
-- they were given something last.
WITH moved AS (
    SELECT assignee_id, count(*) AS requests, sum(effort_hours) AS hours FROM request
    WHERE updated_at >= $1::timestamptz AND assignee_id IS NOT NULL AND closed_at IS NULL GROUP BY assignee_id
), had AS (
    SELECT l.agent_id, l.turn, l.open_requests - coalesce(m.requests, 0) AS requests, l.open_hours - coalesce(m.hours, 0) AS hours,
           CASE WHEN l.last_assigned_at < $1::timestamptz THEN l.last_assigned_at
                ELSE (SELECT max(r.updated_at) FROM request r WHERE r.assignee_id = l.agent_id AND r.updated_at < $1::timestamptz)
           END AS last_at
    FROM agent_load l LEFT JOIN moved m ON m.assignee_id = l.agent_id
)
SELECT agent_id, requests, hours, last_at, row_number() OVER (ORDER BY last_at NULLS FIRST, turn, agent_id) FROM had;

-- name: whatif_referents
-- Who had ended the last request of some towns, area by area, at a moment.
SELECT f.body_id, f.area_code, CASE WHEN f.at < $1::timestamptz THEN f.agent_id ELSE (
    SELECT coalesce(r.owner_id, r.assignee_id) FROM request r JOIN service s ON s.id = r.service_id
    WHERE r.body_id = f.body_id AND s.area_code = f.area_code AND r.closed_at < $1::timestamptz AND r.updated_at < $1::timestamptz
          AND r.assignee_id IS NOT NULL
    ORDER BY r.updated_at DESC LIMIT 1) END
FROM referent f WHERE f.body_id = ANY ($2::bigint[]);

-- name: whatif_given
-- Who was given which of the requests that are not followed, of those that moved since a moment.
SELECT r.id, e.data -> 'assignment' ->> 'agent', e.at, r.closed_at, r.effort_hours, r.body_id, r.service_id
FROM request r JOIN request_event e ON e.request_id = r.id
WHERE r.updated_at >= $1::timestamptz AND e.data ? 'assignment' AND NOT r.id = ANY ($2::bigint[])
ORDER BY r.id, e.seq LIMIT $3::int;

-- name: replay_page
-- Every event in order of request and place, for `oamd verify`.
SELECT r.id, r.ref, r.state, r.workflow_id, e.seq, e.type, e.data ->> 'event', e.data ->> 'to', r.body_id, r.service_id,
       r.engine, e.workflow_id, e.at, e.actor, e.data -> 'data', e.data -> 'timer' ->> 'id',
       coalesce(e.data -> 'members' ? 'service', false), coalesce((e.data ->> 'calendar')::int, 0), e.data -> 'clocks',
       e.data ->> 'body', r.joint,
       (SELECT array_agg(b.body_id ORDER BY b.body_id)::text FROM request_body b WHERE b.request_id = r.id),
       m.map, m.change,
       e.data -> 'voters', coalesce((e.data ->> 'follows')::boolean, false), e.data ? 'recalled'
FROM request r JOIN request_event e ON e.request_id = r.id
     LEFT JOIN workflow_migration m ON e.type = 'request.migrated' AND m.uid = (e.data ->> 'migration')::uuid
WHERE (r.id, e.seq) > ($1::bigint, $2::int) ORDER BY r.id, e.seq LIMIT $3::int;
