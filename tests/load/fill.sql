-- Files :count requests of year :year from number :first on, as the product has filed the one that :filed tells of (template.py):
-- a second apart, the oldest first, ids in the order of the numbers, the :agents agents in turn whatever they cover, so that
-- pgbench can tell by arithmetic who has what. The engine's bytes tell when a clock began, the low byte first: that is each
-- request's own moment, so that its events lead to its bytes. Answers the first id and the time of the newest.
SELECT set_config('oam.all', '1', false), set_config('oam.staff', '1', false) \g /dev/null
CREATE OR REPLACE FUNCTION pg_temp.low_first(moment bigint) RETURNS text IMMUTABLE LANGUAGE sql
RETURN regexp_replace(encode(int8send(moment), 'hex'), '(..)(..)(..)(..)(..)(..)(..)(..)', '\8\7\6\5\4\3\2\1');
WITH template AS MATERIALIZED (
    SELECT f, f ->> 'engine' AS engine, pg_temp.low_first((f ->> 'moment')::bigint) AS moment, (f ->> 'due_at')::timestamptz AS due_at,
           ARRAY(SELECT jsonb_array_elements_text(f -> 'types')) AS types,
           ARRAY(SELECT jsonb_array_elements(f -> 'events')) AS events,
           array_fill(false, ARRAY[jsonb_array_length(f -> 'events')]) AS draft
    FROM (SELECT (:'filed')::jsonb AS f) AS told
), town AS (
    SELECT id, code, comarca_code, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS towns FROM oam.body
), filing AS (
    SELECT n, town.*, service.id AS service_id, service.unit_id,
           (SELECT max(id) FROM oam.workflow_definition WHERE key = service.workflow_key) AS workflow_id,
           date_trunc('second', now()) - make_interval(secs => :first + :count - 1 - n) AS stamp
    FROM generate_series(:first, :first + :count - 1) AS n JOIN town ON town.place = (n * 7919::bigint) % town.towns
    JOIN oam.service ON service.code = 'GOV-01'
    ORDER BY n OFFSET 0)
SELECT count(oam.request_create('OAM-' || :'year' || '-' || n, id, comarca_code, service_id, unit_id, workflow_id, f ->> 'state',
    f ->> 'phase', NULL, 'Informe jurídic ' || n,
    'Cal un informe sobre la modificació del reglament orgànic municipal abans del proper ple.', '{}', 'api',
    1 + n % :agents, 'E-' || :'year' || '-' || n, NULL, 0, NULL, false, 'client:1', 'demo-integration',
    stamp, stamp, stamp, NULL, types, events, draft,
    decode(replace(engine, moment, pg_temp.low_first((extract(epoch FROM stamp) * 1000000)::bigint)), 'hex'), due_at, f -> 'due', f -> 'timers', f -> 'clocks', NULL))
FROM filing, template \g /dev/null
SELECT min(id), max(extract(epoch FROM updated_at))::bigint FROM oam.request
WHERE ref IN ('OAM-' || :'year' || '-' || :first, 'OAM-' || :'year' || '-' || (:first + :count - 1));
