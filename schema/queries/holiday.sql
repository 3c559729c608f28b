-- What `oamd import-holidays` writes, as the owner, in one transaction. $1 is the file's days: [{"day", "name", "ine5", "nucleus"}], the
-- last two of local ones; $2 the scope; $3 the code of the body whose they are (none: that of each ine5); $4 {"<ine5>": "<nucleus>"}
-- for towns that have days of their hamlets only; $5 the source.

-- A year of a body (or of a scope without one) is taken over as a whole as soon as the file has a day of it: what is not in the
-- file any more is removed. A change is told where the day's standing or name is another; the source alone is none. Both sides are
-- laid together and grouped, not joined: how many days a file has, the planner cannot know.
-- name: holiday_import
WITH given AS (
    SELECT coalesce(town.id, named.id) AS body_id, file.day, min(file.name) AS name
    FROM jsonb_to_recordset($1::jsonb) AS file (day date, name text, ine5 text, nucleus text)
    LEFT JOIN body AS town ON town.ine5 = file.ine5 AND town.active
    LEFT JOIN body AS named ON named.code = $3::text AND named.active
    WHERE (coalesce(town.id, named.id) IS NOT NULL) = ($2::text = 'local')
      AND (file.nucleus IS NULL OR file.nucleus = coalesce($4::jsonb->>file.ine5, '000'))
    GROUP BY coalesce(town.id, named.id), file.day
), sides AS (
    SELECT body_id, day, true AS is_given, name, NULL::bigint AS id, NULL AS had_name, NULL AS status, NULL::boolean AS lifted FROM given
    UNION ALL
    SELECT body_id, day, false, NULL, id, name_ca, status, lifted FROM holiday WHERE scope = $2::text
), merged AS (
    SELECT body_id, day, max(id) AS id, bool_or(is_given) AS is_given, coalesce(max(name), max(had_name)) AS name,
           max(had_name) AS had_name, CASE WHEN bool_or(lifted) THEN 'lifted' ELSE max(status) END AS was,
           bool_or(bool_or(is_given)) OVER (PARTITION BY body_id, extract(year FROM day)) AS is_taken_over
    FROM sides GROUP BY body_id, day
), told AS (
    SELECT merged.*, CASE WHEN id IS NULL THEN '+' WHEN NOT is_given THEN '-'
                          WHEN was <> 'official' OR name IS DISTINCT FROM had_name THEN '~' ELSE '=' END AS sign
    FROM merged WHERE is_taken_over AND (is_given OR was <> 'lifted')
), removed AS (
    DELETE FROM holiday USING told WHERE holiday.id = told.id AND told.sign = '-'
), changed AS (
    UPDATE holiday SET name_ca = told.name, status = 'official', source = $5::text, lifted = false
    FROM told WHERE holiday.id = told.id AND told.sign = '~'
), added AS (
    INSERT INTO holiday (day, scope, body_id, name_ca, status, source)
    SELECT day, $2::text, body_id, name, 'official', $5::text FROM told WHERE sign = '+'
)
SELECT told.sign, body.code, body.name, to_char(told.day, 'YYYY-MM-DD'), told.name, CASE WHEN sign IN ('-', '~') THEN told.was END
FROM told LEFT JOIN body ON body.id = told.body_id
ORDER BY body.name COLLATE "C" NULLS FIRST, body.id, told.day

-- What a person should look at, of local days: towns that the file names and nobody knows; that have days of their hamlets only; that have
-- not two days in a year; that have none in a year in which others have.
-- name: holiday_import_oddities
WITH file AS (
    SELECT DISTINCT file.day, file.ine5, file.nucleus, coalesce($2::jsonb->>file.ine5, '000') AS wanted,
           extract(year FROM file.day)::integer AS year
    FROM jsonb_to_recordset($1::jsonb) AS file (day date, ine5 text, nucleus text)
), town AS (
    SELECT ine5, year, count(*) FILTER (WHERE nucleus = wanted) AS days, string_agg(DISTINCT nucleus, ' ') AS nuclei FROM file GROUP BY ine5, year
), odd AS (
    SELECT CASE WHEN body.id IS NULL THEN 'unknown' WHEN town.days = 0 THEN 'hamlets' ELSE 'number' END AS oddity,
           town.ine5, body.name, town.year, town.days, town.nuclei
    FROM town LEFT JOIN body ON body.ine5 = town.ine5 AND body.active
    WHERE body.id IS NULL OR town.days <> 2
    UNION ALL
    SELECT 'none', body.ine5, body.name, years.year, 0, ''
    FROM (SELECT DISTINCT year FROM town) AS years, body
    WHERE body.kind = 'municipality' AND body.active AND (body.ine5, years.year) NOT IN (SELECT ine5, year FROM town)
)
SELECT oddity, ine5, name, year::bigint, days, nuclei FROM odd ORDER BY oddity, year, ine5
