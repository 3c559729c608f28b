-- What `oamd seed` runs, as oam_owner: the files of schema/seed/ as JSON ($1), turned into rows. Every statement may be run
-- again: it adds what is missing and mends what differs from its source.

-- name: seed_comarques
INSERT INTO comarca (code, name, population, area_km2)
SELECT comarca_code, comarca_name, pop_2024, area_km2
FROM jsonb_to_recordset($1::jsonb) AS source (comarca_code text, comarca_name text, pop_2024 integer, area_km2 numeric)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, population = excluded.population, area_km2 = excluded.area_km2

-- name: seed_municipalities
INSERT INTO body (code, kind, name, name_official, ine5, comarca_code, province_code, population, area_km2, latitude, longitude)
SELECT ens10, 'municipality', name_display, name, ine5, comarca_code, province_code, pop_2024, area_km2, lat, lon
FROM jsonb_to_recordset($1::jsonb) AS source (ens10 text, name text, name_display text, ine5 text, comarca_code text,
    province_code text, pop_2024 integer, area_km2 numeric, lat double precision, lon double precision)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_official = excluded.name_official, ine5 = excluded.ine5,
    comarca_code = excluded.comarca_code, province_code = excluded.province_code, population = excluded.population,
    area_km2 = excluded.area_km2, latitude = excluded.latitude, longitude = excluded.longitude

-- A Sunday that the official order leaves out (listed = 0) is no holiday of its own. A day that another replaces is lifted where
-- that one is in force.
-- name: seed_holidays
INSERT INTO holiday (day, scope, name_ca, name_es, status, source, lifted)
SELECT entry.day, scope, name_ca, name_es, status, source, entry.lifted
FROM jsonb_to_recordset($1::jsonb) AS source (date date, scope text, name_ca text, name_es text, listed integer, status text,
    source text, replaces date), LATERAL (VALUES (date, false), (replaces, true)) AS entry (day, lifted)
WHERE listed = 1 AND entry.day IS NOT NULL
ON CONFLICT (day, scope, body_id) DO UPDATE SET name_ca = excluded.name_ca, name_es = excluded.name_es,
    status = excluded.status, source = excluded.source, lifted = excluded.lifted

-- name: seed_local_holidays
INSERT INTO holiday (day, scope, body_id, name_ca, status, source)
SELECT source.date, 'local', body.id, source.name_ca, source.status, source.source
FROM jsonb_to_recordset($1::jsonb) AS source (ine5 text, date date, name_ca text, status text, source text)
JOIN body ON body.ine5 = source.ine5
ON CONFLICT (day, scope, body_id) DO UPDATE SET name_ca = excluded.name_ca, status = excluded.status, source = excluded.source

-- name: seed_areas
INSERT INTO service_area (code, name)
SELECT code, name FROM jsonb_to_recordset($1::jsonb->'areas') AS source (code text, name jsonb)
ON CONFLICT (code) DO UPDATE SET name = excluded.name

-- A skill for each area, which policies ask for by request.subject_area. Who has which is the desk's to say.
-- name: seed_skills
INSERT INTO skill (code, name) SELECT code, name FROM service_area
ON CONFLICT (code) DO UPDATE SET name = excluded.name

-- One unit for each area, and the desk itself.
-- name: seed_units
INSERT INTO unit (code, name, area_code)
SELECT 'oam', '{"ca": "Oficina d''Atenció als Municipis", "es": "Oficina de Atención a los Municipios",
                "en": "Office for Municipal Assistance"}'::jsonb, NULL
UNION ALL SELECT lower(code), name, code FROM service_area
ON CONFLICT (code) DO UPDATE SET name = excluded.name, area_code = excluded.area_code

-- Each unit has a board, which decides together on what is asked of it. Who sits there is the unit's to say.
-- name: seed_panels
INSERT INTO panel (code, name, team, unit_id)
SELECT 'board_' || code, jsonb_build_object('ca', 'Òrgan col·legiat · ' || (name ->> 'ca'), 'es', 'Órgano colegiado · ' || (name ->> 'es'),
                                            'en', 'Board · ' || (name ->> 'en')), 'service.board', id
FROM unit WHERE area_code IS NOT NULL
ON CONFLICT ON CONSTRAINT panel_of_team DO UPDATE SET code = excluded.code, name = excluded.name

-- What the desk itself offers has a procedure and the unit of its own; grants, and goods that come back, have theirs. Whatever a unit
-- does for a body (advice, reports, workshops, supplies) is assessed, granted, carried out and approved in the same way.
-- name: seed_services
INSERT INTO service (code, area_code, unit_id, name, description, support_type, resource_class, requires_application,
                     application, award_procedure, max_population, joint_request, sdg, workflow_key)
SELECT s.code, s.area, unit.id, s.name, s.description, s.support_type, s.resource_class, s.requires_application,
       s.application, s.award_procedure, s.max_population, s.joint_request, s.sdg,
       CASE WHEN s.code = 'OAM-GEN' THEN 'general_enquiry' WHEN s.code = 'OAM-INC' THEN 'incident'
            WHEN s.support_type = 'economic' THEN 'economic_grant' WHEN s.resource_class = 'loan_of_goods' THEN 'equipment_loan'
            ELSE 'technical_assistance' END
FROM jsonb_to_recordset($1::jsonb->'services') AS s (code text, area text, name jsonb, description jsonb, support_type text,
    resource_class text, requires_application boolean, application text, award_procedure text, max_population integer,
    joint_request boolean, sdg integer[])
JOIN unit ON unit.code = CASE WHEN s.code LIKE 'OAM-%' THEN 'oam' ELSE lower(s.area) END
ON CONFLICT (code) DO UPDATE SET area_code = excluded.area_code, unit_id = excluded.unit_id, name = excluded.name,
    description = excluded.description, support_type = excluded.support_type, resource_class = excluded.resource_class,
    requires_application = excluded.requires_application, application = excluded.application,
    award_procedure = excluded.award_procedure, max_population = excluded.max_population,
    joint_request = excluded.joint_request, sdg = excluded.sdg, workflow_key = excluded.workflow_key

-- A published definition never changes: other bytes under the same key and version stay out, which seed_definition_stored tells.
-- name: seed_definition
INSERT INTO workflow_definition (hash, key, version, document)
SELECT sha256(convert_to($1::text, 'UTF8')), $1::jsonb->>'key', ($1::jsonb->>'version')::integer, $1::text
ON CONFLICT DO NOTHING

-- name: seed_definition_stored
SELECT EXISTS (SELECT FROM workflow_definition WHERE hash = sha256(convert_to($1::text, 'UTF8')))

-- The territorial agents: one for each comarca, more where more people live ($1: {"<comarca code>": number}). Named by their
-- post, since nobody is invented. Logins: agent.<comarca>.<number>.
-- name: seed_agents
WITH post AS (
    SELECT comarca.code AS comarca_code, comarca.name || ' ' || number AS place,
           'agent.' || regexp_replace(translate(lower(comarca.name), 'àáèéíïòóúüç', 'aaeeiioouuc'), '[^a-z0-9]+', '-', 'g')
               || '.' || number AS login
    FROM comarca, generate_series(1, coalesce(($1::jsonb->>comarca.code)::integer, 1)) AS number
), account AS (
    INSERT INTO user_account (login, name) SELECT login, 'Agent territorial · ' || place FROM post ORDER BY comarca_code, place
    ON CONFLICT (login) DO UPDATE SET name = excluded.name
    RETURNING id, login
), belonging AS (
    INSERT INTO membership (user_id, role, unit_id) SELECT account.id, 'agent', unit.id FROM account, unit WHERE unit.code = 'oam'
    ON CONFLICT (user_id, role, body_id, unit_id) DO NOTHING
), newcomer AS (
    INSERT INTO agent (user_id, unit_id) SELECT account.id, unit.id FROM account, unit WHERE unit.code = 'oam' ORDER BY account.id
    ON CONFLICT (user_id) DO UPDATE SET unit_id = excluded.unit_id
    RETURNING id, user_id
), load AS (
    INSERT INTO agent_load (agent_id) SELECT id FROM newcomer ON CONFLICT (agent_id) DO NOTHING
)
INSERT INTO portfolio (agent_id, comarca_code)
SELECT newcomer.id, post.comarca_code
FROM newcomer JOIN account ON account.id = newcomer.user_id JOIN post USING (login)
ON CONFLICT (agent_id, comarca_code, body_id) DO NOTHING

-- name: seed_counts
SELECT (SELECT count(*) FROM body), (SELECT count(*) FROM comarca), (SELECT count(*) FROM service),
       (SELECT count(*) FROM unit), (SELECT count(*) FROM holiday), (SELECT count(*) FROM agent),
       (SELECT count(*) FROM workflow_definition),
       (SELECT count(*) FROM body WHERE NOT EXISTS (
           SELECT FROM portfolio JOIN agent ON agent.id = portfolio.agent_id AND agent.active
           WHERE portfolio.comarca_code = body.comarca_code OR portfolio.body_id = body.id))

-- The people of the demonstration. `--demo` is for a desk that has no people of its own yet: an account of the same login
-- is taken over.
-- name: seed_person
INSERT INTO user_account (login, name) VALUES ($1, $2)
ON CONFLICT (login) DO UPDATE SET name = excluded.name, active = true
RETURNING id, password_hash

-- name: seed_password
UPDATE user_account SET password_hash = $2 WHERE login = $1

-- name: seed_membership
INSERT INTO membership (user_id, role, body_id, unit_id)
SELECT user_account.id, $2::text, (SELECT id FROM body WHERE code = $3::text), (SELECT id FROM unit WHERE code = $4::text)
FROM user_account WHERE login = $1::text
ON CONFLICT (user_id, role, body_id, unit_id) DO UPDATE SET valid_to = NULL

-- A board that has nobody yet is seated ($2: [{"login", "substitute", "chair"}], in order): whoever has changed one is not undone.
-- name: seed_seats
INSERT INTO panel_seat (panel_id, place, user_id, substitute_id, chair)
SELECT panel.id, seat.place, sits.id, stands_in.id, coalesce(seat.chair, false)
FROM panel, ROWS FROM (jsonb_to_recordset($2::jsonb) AS (login text, substitute text, chair boolean)) WITH ORDINALITY
    AS seat (login, substitute, chair, place)
JOIN user_account sits ON sits.login = seat.login LEFT JOIN user_account stands_in ON stands_in.login = seat.substitute
WHERE panel.code = $1::text AND NOT EXISTS (SELECT FROM panel_seat s WHERE s.panel_id = panel.id)

-- The demonstration's towns have an agent of their own, whose password is in the credentials file.
-- name: seed_agent_body
INSERT INTO portfolio (agent_id, body_id)
SELECT agent.id, body.id FROM agent JOIN user_account ON user_account.id = agent.user_id, body
WHERE user_account.login = $1 AND body.code = $2
ON CONFLICT (agent_id, comarca_code, body_id) DO NOTHING

-- name: seed_body
SELECT name, comarca_code FROM body WHERE code = $1

-- name: seed_client
INSERT INTO api_client (client_id, name, secret_hash, scopes, all_bodies)
VALUES ($1, $2, decode($3, 'hex'), ARRAY['requests:read', 'requests:write', 'requests:import', 'events:read', 'directory:read', 'webhooks:manage'], true)
ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, secret_hash = excluded.secret_hash, scopes = excluded.scopes,
    all_bodies = true, active = true
