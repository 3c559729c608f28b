-- Versions of procedures: who published what and why, for ever; and how requests of an older one are taken over, in batches that
-- any process may go on with.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- ---------------------------------------------------------------- publishing

ALTER TABLE workflow_definition
    ADD COLUMN scenarios    text,                                     -- what it is to do, as told when it was published
    ADD COLUMN change       text CHECK (change IN ('texts', 'extension', 'structure')), -- since the version before; none: the first
    ADD COLUMN reason       text CHECK (length(reason) BETWEEN 3 AND 2000),
    ADD COLUMN published_by text NOT NULL DEFAULT 'system',
    ADD COLUMN published_by_name text NOT NULL DEFAULT 'system';

-- The next version of a procedure, or its first. Two who have both written version 4 meet here: the second is told (OA409), since
-- it has not seen the first.
CREATE FUNCTION workflow_publish(p_document text, p_scenarios text, p_change text, p_reason text, p_actor text, p_actor_name text,
                                 p_now timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    new_key text := p_document::jsonb ->> 'key';
    new_version integer := (p_document::jsonb ->> 'version')::integer;
    last_version integer;
    new_id bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('oam.workflow.' || new_key, 0));
    SELECT max(version) INTO last_version FROM workflow_definition WHERE key = new_key;
    IF last_version IS NOT NULL AND new_version <> last_version + 1 THEN
        RAISE EXCEPTION 'version % of % does not follow %', new_version, new_key, last_version USING ERRCODE = 'OA409';
    END IF;
    INSERT INTO workflow_definition (hash, key, version, document, scenarios, change, reason, published_by, published_by_name, published_at)
    VALUES (sha256(convert_to(p_document, 'UTF8')), new_key, new_version, p_document, p_scenarios,
            CASE WHEN last_version IS NOT NULL THEN p_change END, p_reason, p_actor, p_actor_name, p_now)
    RETURNING id INTO new_id;
    RETURN new_id;
END $$;

-- ---------------------------------------------------------------- taking requests over

CREATE TABLE workflow_migration (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid           uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    from_id       bigint NOT NULL REFERENCES workflow_definition,
    to_id         bigint NOT NULL REFERENCES workflow_definition,
    change        text NOT NULL CHECK (change IN ('texts', 'extension', 'structure')),
    map           text NOT NULL,                                      -- JSON as it was sent; its SHA-256 is in every event
    reason        text NOT NULL CHECK (length(reason) BETWEEN 3 AND 2000),
    started_by    text NOT NULL,
    started_by_name text NOT NULL,
    started_at    timestamptz NOT NULL,
    not_before    timestamptz NOT NULL,                               -- every process knows the new version by then
    reach         bigint NOT NULL DEFAULT 0,                          -- id of the request seen last in this round
    moved         integer NOT NULL DEFAULT 0 CHECK (moved >= 0),
    passed        integer NOT NULL DEFAULT 0 CHECK (passed >= 0),     -- moved since the round began
    done_at       timestamptz,
    CHECK (from_id <> to_id)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX workflow_migration_open ON workflow_migration (from_id) WHERE done_at IS NULL;
CREATE INDEX workflow_migration_to ON workflow_migration (to_id);

-- Requests that could not be taken over, and why: they stay on their version.
CREATE TABLE workflow_migration_left (
    migration_id  bigint NOT NULL REFERENCES workflow_migration,
    request_id    bigint NOT NULL REFERENCES request,
    why           text NOT NULL,
    PRIMARY KEY (migration_id, request_id)
);

CREATE FUNCTION migration_start(p_from_id bigint, p_to_id bigint, p_change text, p_map text, p_reason text, p_actor text,
                                p_actor_name text, p_now timestamptz, p_not_before timestamptz) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    INSERT INTO workflow_migration (from_id, to_id, change, map, reason, started_by, started_by_name, started_at, not_before)
    VALUES (p_from_id, p_to_id, p_change, p_map, p_reason, p_actor, p_actor_name, p_now, p_not_before)
    RETURNING uid
$$;

-- The next migration with something to do, held until the transaction ends; nobody waits for another who is at it.
CREATE FUNCTION migration_claim(p_now timestamptz)
RETURNS TABLE (id bigint, uid uuid, from_id bigint, to_id bigint, change text, map text, reason text)
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT m.id, m.uid, m.from_id, m.to_id, m.change, m.map, m.reason FROM workflow_migration m
    WHERE m.done_at IS NULL AND m.not_before <= p_now ORDER BY m.id LIMIT 1 FOR UPDATE SKIP LOCKED
$$;

-- Locks the next open requests of a claimed migration, in the order of their ids; one that somebody holds is met in the next round.
CREATE FUNCTION migration_requests(p_id bigint, p_limit integer) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT r.id FROM request r JOIN workflow_migration m ON m.id = p_id
    WHERE r.workflow_id = m.from_id AND r.closed_at IS NULL AND r.id > m.reach
      AND NOT EXISTS (SELECT FROM workflow_migration_left l WHERE l.migration_id = m.id AND l.request_id = r.id)
    ORDER BY r.id LIMIT p_limit FOR UPDATE OF r SKIP LOCKED
$$;

CREATE FUNCTION migration_leave(p_id bigint, p_request_id bigint, p_why text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    INSERT INTO workflow_migration_left (migration_id, request_id, why) VALUES (p_id, p_request_id, p_why)
    ON CONFLICT (migration_id, request_id) DO UPDATE SET why = excluded.why
$$;

-- How far it has come. p_reach NULL: a round is over; the last one moved nothing, and nobody holds a request any more.
CREATE FUNCTION migration_advance(p_id bigint, p_reach bigint, p_moved integer, p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    over boolean;
BEGIN
    IF p_reach IS NOT NULL THEN
        UPDATE workflow_migration SET reach = p_reach, moved = moved + p_moved, passed = passed + p_moved WHERE id = p_id;
        RETURN false;
    END IF;
    SELECT passed = 0 AND NOT EXISTS (
        SELECT FROM request r WHERE r.workflow_id = m.from_id AND r.closed_at IS NULL
            AND NOT EXISTS (SELECT FROM workflow_migration_left l WHERE l.migration_id = m.id AND l.request_id = r.id))
    INTO over FROM workflow_migration m WHERE id = p_id;
    UPDATE workflow_migration SET reach = 0, passed = 0, done_at = CASE WHEN over THEN p_now END WHERE id = p_id;
    RETURN over;
END $$;

REVOKE ALL ON FUNCTION workflow_publish, migration_start, migration_claim, migration_requests, migration_leave,
    migration_advance FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow_publish, migration_start, migration_claim, migration_requests, migration_leave, migration_advance TO oam_app;
GRANT SELECT ON workflow_migration, workflow_migration_left TO oam_app;
