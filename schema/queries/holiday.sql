-- What `oamd import-holidays` writes, as the owner, in one transaction. $1 is the file's days: [{"day", "name", "ine5", "nucleus"}], the
-- last two of local ones; $2 the scope; $3 the code of the body whose they are (none: that of each ine5); $4 {"<ine5>": "<nucleus>"}
-- for towns that have days of their hamlets only; $5 the source.

-- A year of a body (or of a scope without one) is taken over as a whole as soon as the file has a day of it: what is not in the
-- file any more is removed. A change is told where the day's standing or name is another; the source alone is none.
-- name: holiday_import
WITH given AS (
    SELECT DISTINCT ON (body_id, day) body.id AS body_id, file.day, file.name
    FROM jsonb_to_recordset($1::jsonb) AS file (day date, name text, ine5 text, nucleus text)
    LEFT JOIN body ON $2::text = 'local' AND body.active AND CASE WHEN $3::text IS NULL THEN body.ine5 = file.ine5 ELSE body.code = $3::text END
    WHERE (body.id IS NOT NULL) = ($2::text = 'local') AND (file.nucleus IS NULL OR file.nucleus = coalesce($4::jsonb->>file.ine5, '000'))
    ORDER BY body_id, day, file.name
), taken_over AS (
    SELECT DISTINCT body_id, date_trunc('year', day)::date AS year FROM given
), removed AS (
    DELETE FROM holiday USING taken_over
    WHERE holiday.scope = $2::text AND holiday.body_id IS NOT DISTINCT FROM taken_over.body_id AND NOT holiday.lifted
      AND holiday.day >= year AND holiday.day < year + interval '1 year'
      AND NOT EXISTS (SELECT FROM given WHERE given.day = holiday.day AND given.body_id IS NOT DISTINCT FROM holiday.body_id)
    RETURNING holiday.body_id, holiday.day, holiday.name_ca, holiday.status
), before AS (
    SELECT given.body_id, given.day, holiday.status, holiday.lifted, holiday.name_ca
    FROM given JOIN holiday ON holiday.day = given.day AND holiday.scope = $2::text AND holiday.body_id IS NOT DISTINCT FROM given.body_id
), written AS (
    INSERT INTO holiday (day, scope, body_id, name_ca, status, source)
    SELECT day, $2::text, body_id, name, 'official', $5::text FROM given
    ON CONFLICT (day, scope, body_id) DO UPDATE
    SET name_ca = coalesce(excluded.name_ca, holiday.name_ca), status = excluded.status, source = excluded.source, lifted = false
    WHERE holiday.lifted OR holiday.status <> excluded.status OR holiday.name_ca IS DISTINCT FROM coalesce(excluded.name_ca, holiday.name_ca)
    RETURNING body_id, day, name_ca
), told AS (
    SELECT '-' AS sign, body_id, day, name_ca AS name, status AS was FROM removed
    UNION ALL
    SELECT CASE WHEN before.day IS NULL THEN '+' ELSE '~' END, written.body_id, written.day, written.name_ca,
           CASE WHEN before.lifted THEN 'lifted' ELSE before.status END
    FROM written LEFT JOIN before ON before.day = written.day AND before.body_id IS NOT DISTINCT FROM written.body_id
    UNION ALL
    SELECT '=', given.body_id, given.day, NULL, NULL
    FROM given WHERE NOT EXISTS (SELECT FROM written WHERE written.day = given.day AND written.body_id IS NOT DISTINCT FROM given.body_id)
)
SELECT told.sign, body.code, body.name, to_char(told.day, 'YYYY-MM-DD'), told.name, told.was
FROM told LEFT JOIN body ON body.id = told.body_id
ORDER BY body.name COLLATE "C" NULLS FIRST, body.id, told.day, told.sign

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
    SELECT 'unknown' AS oddity, town.ine5, NULL AS name, town.year, town.days, '' AS nuclei
    FROM town WHERE NOT EXISTS (SELECT FROM body WHERE body.ine5 = town.ine5 AND body.active)
    UNION ALL
    SELECT CASE WHEN town.days = 0 THEN 'hamlets' ELSE 'number' END, town.ine5, body.name, town.year, town.days, town.nuclei
    FROM town JOIN body ON body.ine5 = town.ine5 AND body.active WHERE town.days <> 2
    UNION ALL
    SELECT 'none', body.ine5, body.name, years.year, 0, ''
    FROM (SELECT DISTINCT year FROM town) AS years, body
    WHERE body.kind = 'municipality' AND body.active AND NOT EXISTS (SELECT FROM town WHERE town.ine5 = body.ine5 AND town.year = years.year)
)
SELECT oddity, ine5, name, year::bigint, days, nuclei FROM odd ORDER BY oddity, year, ine5
