-- Definitions, and where the requests of one stand.

-- name: workflow_counts
SELECT state, count(*) FROM request WHERE workflow_id = $1::bigint GROUP BY state;
