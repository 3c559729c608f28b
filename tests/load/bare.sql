-- The ceiling of a durable step: requests as they are, with the key that finds them; events with the key that orders them.
DROP SCHEMA IF EXISTS bare CASCADE;
CREATE SCHEMA bare;
CREATE TABLE bare.request WITH (fillfactor = 85) AS SELECT * FROM oam.request WHERE id >= :'first' AND id < :'first'::bigint + :'count'::bigint ORDER BY id;
ALTER TABLE bare.request ADD PRIMARY KEY (id);
CREATE TABLE bare.request_event AS SELECT * FROM oam.request_event WHERE request_id >= :'first' AND request_id < :'first'::bigint + :'count'::bigint;
ALTER TABLE bare.request_event ADD PRIMARY KEY (request_id, seq);
GRANT USAGE ON SCHEMA bare TO oam_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA bare TO oam_app;
ANALYZE bare.request, bare.request_event;
CHECKPOINT;
