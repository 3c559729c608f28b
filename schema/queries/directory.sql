-- What service/directory.c keeps in memory. Read in one pipeline between two reads of the stamp: if it moved meanwhile, the
-- tables may not fit together and all is read again.

-- name: directory_version
SELECT version, renamed FROM directory_stamp

-- name: directory_comarques
SELECT code, name, population FROM comarca ORDER BY code COLLATE "C"

-- Points travel as whole ten-millionths of a degree (1 cm): there is one way of reading numbers.
-- name: directory_bodies
SELECT id, code, kind, name, name_official, ine5, comarca_code, province_code, population,
       round(latitude * 10000000)::bigint, round(longitude * 10000000)::bigint, active
FROM body ORDER BY code COLLATE "C"

-- name: directory_areas
SELECT code, name->>'ca', name->>'es', name->>'en' FROM service_area ORDER BY code COLLATE "C"

-- name: directory_units
SELECT id, code, name->>'ca', name->>'es', name->>'en', area_code FROM unit ORDER BY code COLLATE "C"

-- name: directory_workflows
SELECT id, key, version, encode(hash, 'hex'), document,
       row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1
FROM workflow_definition ORDER BY key COLLATE "C", version

-- name: directory_services
SELECT id, code, area_code, unit_id, name->>'ca', name->>'es', name->>'en',
       description->>'ca', description->>'es', description->>'en', support_type, resource_class, application,
       award_procedure, requires_application, joint_request, active, max_population, array_to_string(sdg, ','), workflow_key,
       effort_hours
FROM service ORDER BY code COLLATE "C"

-- name: directory_agents
SELECT a.id, a.user_id, u.login, u.name, a.unit_id, a.capacity, a.active AND u.active
FROM agent a JOIN user_account u ON u.id = a.user_id ORDER BY u.login COLLATE "C"

-- name: directory_portfolios
SELECT agent_id, comarca_code, body_id FROM portfolio ORDER BY agent_id, comarca_code COLLATE "C", body_id

-- name: directory_absences
SELECT agent_id, first_day - date '1970-01-01', last_day - date '1970-01-01', delegate_id
FROM absence WHERE cancelled_at IS NULL ORDER BY agent_id, first_day, id

-- One without an end lasts longer than anybody looks ahead.
-- name: directory_delegations
SELECT agent_id, first_day - date '1970-01-01', coalesce(last_day, date '9999-12-31') - date '1970-01-01', delegate_id
FROM delegation ORDER BY agent_id, first_day, id

-- name: directory_skills
SELECT agent_id, skill_code FROM agent_skill ORDER BY agent_id, skill_code COLLATE "C"

-- name: directory_conflicts
SELECT c.agent_id, b.code FROM agent_conflict c JOIN body b ON b.id = c.body_id ORDER BY c.agent_id, b.code COLLATE "C"

-- name: directory_panels
SELECT id, code, name->>'ca', name->>'es', name->>'en', team, unit_id, version FROM panel ORDER BY code COLLATE "C"

-- name: directory_seats
SELECT s.panel_id, s.user_id, u.login, u.name, u.active, s.substitute_id, v.login, v.name, coalesce(v.active, false), s.chair,
       s.away_from - date '1970-01-01', s.away_to - date '1970-01-01', s.away_from::text, s.away_to::text,
       array_to_string(s.conflicts, ',')
FROM panel_seat s JOIN user_account u ON u.id = s.user_id LEFT JOIN user_account v ON v.id = s.substitute_id
ORDER BY s.panel_id, s.place

-- name: directory_holidays
SELECT day - date '1970-01-01', scope, body_id, name_ca, name_es, lifted FROM holiday ORDER BY scope COLLATE "C", body_id, day

-- The revision of the calendars, and whose seat is where registers are kept.
-- name: directory_calendar
SELECT calendar_now(), calendar_seat()

-- Loads move with every filing: they are no part of the snapshot.
-- name: directory_loads
SELECT agent_id, open_requests FROM agent_load
