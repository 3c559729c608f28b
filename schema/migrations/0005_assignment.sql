-- Who takes a request: what agents know and where they have an interest, who acts for whom, what a request weighs, who
-- served a town last. All that is counted is counted by triggers on request: whatever changes it, loads are exact.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;

-- ---------------------------------------------------------------- what agents know, and where they keep out

CREATE TABLE skill (
    code          text PRIMARY KEY CHECK (code ~ '^[A-Za-z][A-Za-z0-9_]{1,31}$'), -- of an area of the catalogue, or its own
    name          jsonb NOT NULL CHECK (name ?& ARRAY['ca', 'es', 'en'])
);

CREATE TABLE agent_skill (
    agent_id      bigint NOT NULL REFERENCES agent,
    skill_code    text NOT NULL REFERENCES skill,
    PRIMARY KEY (agent_id, skill_code)
);

-- That there is an interest, not which: the rest is nobody's business.
CREATE TABLE agent_conflict (
    agent_id      bigint NOT NULL REFERENCES agent,
    body_id       bigint NOT NULL REFERENCES body,
    PRIMARY KEY (agent_id, body_id)
);

-- ---------------------------------------------------------------- who acts for whom

-- Whenever the agent is away, unless an absence names another delegate.
CREATE TABLE delegation (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent_id      bigint NOT NULL REFERENCES agent,
    delegate_id   bigint NOT NULL REFERENCES agent,
    first_day     date NOT NULL,
    last_day      date,                                               -- none: until further notice
    CONSTRAINT delegation_to_another CHECK (delegate_id <> agent_id),
    CHECK (last_day >= first_day)
);
CREATE INDEX delegation_agent ON delegation (agent_id, first_day);

ALTER TABLE absence
    ADD COLUMN uid          uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN delegate_id  bigint REFERENCES agent,
    ADD COLUMN created_by   text NOT NULL DEFAULT 'system',
    ADD COLUMN created_at   timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN cancelled_at timestamptz,                              -- called off: it has ended, whatever last_day says
    ADD CONSTRAINT absence_uid UNIQUE (uid),
    ADD CONSTRAINT absence_delegate CHECK (delegate_id <> agent_id);
CREATE INDEX absence_agent ON absence (agent_id, first_day);

-- How far the worker is: no column of absence, whose every change makes all processes read the directory again.
CREATE TABLE absence_progress (
    absence_id    bigint PRIMARY KEY REFERENCES absence ON DELETE CASCADE,
    begun_at      timestamptz,                                        -- the agent's open requests have all been seen to
    ended_at      timestamptz                                         -- what had gone to a delegate has come back
);
CREATE INDEX absence_progress_open ON absence_progress (absence_id) WHERE ended_at IS NULL;

-- What was done with each open request when its agent went away: once, and undone once.
CREATE TABLE absence_request (
    absence_id    bigint NOT NULL REFERENCES absence_progress,
    request_id    bigint NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('kept', 'delegated', 'reassigned', 'unassigned')),
    returned      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (absence_id, request_id)
);

-- No two absences of one agent at once, no two delegations, and no chain of delegates that comes round on any day: whoever
-- looks for somebody who is there must find an end. One at a time, or two halves of a circle could be written at once.
CREATE FUNCTION delegate_check() RETURNS trigger
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    days daterange;
    own_absence bigint := CASE WHEN TG_TABLE_NAME = 'absence' THEN NEW.id END;
    own_delegation bigint := CASE WHEN TG_TABLE_NAME = 'delegation' THEN NEW.id END;
BEGIN
    IF NEW.last_day < NEW.first_day THEN
        RETURN NEW; -- the table's own check says it
    END IF;
    days := daterange(NEW.first_day, NEW.last_day, '[]');
    PERFORM pg_advisory_xact_lock(hashtextextended('oam.delegate', 0));
    IF TG_TABLE_NAME = 'absence' AND EXISTS (SELECT FROM absence a WHERE a.agent_id = NEW.agent_id AND a.id <> NEW.id
            AND a.cancelled_at IS NULL AND daterange(a.first_day, a.last_day, '[]') && days) THEN
        RAISE EXCEPTION 'agent % is absent then already', NEW.agent_id
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'absence_once';
    ELSIF TG_TABLE_NAME = 'delegation' AND EXISTS (SELECT FROM delegation d WHERE d.agent_id = NEW.agent_id AND d.id <> NEW.id
            AND daterange(d.first_day, d.last_day, '[]') && days) THEN
        RAISE EXCEPTION 'agent % has a delegate then already', NEW.agent_id
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'delegation_once';
    END IF;
    IF EXISTS (
        WITH RECURSIVE edge AS (
            SELECT agent_id, delegate_id, daterange(first_day, last_day, '[]') AS days FROM delegation
            WHERE id IS DISTINCT FROM own_delegation
            UNION ALL
            SELECT agent_id, delegate_id, daterange(first_day, last_day, '[]') FROM absence
            WHERE delegate_id IS NOT NULL AND cancelled_at IS NULL AND id IS DISTINCT FROM own_absence
        ), chain AS (
            SELECT NEW.delegate_id AS agent_id, days
            UNION
            SELECT edge.delegate_id, chain.days * edge.days FROM chain JOIN edge USING (agent_id) WHERE chain.days && edge.days
        )
        SELECT FROM chain WHERE agent_id = NEW.agent_id) THEN
        RAISE EXCEPTION 'delegates of agent % come round', NEW.agent_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delegate_acyclic';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delegate_check BEFORE INSERT OR UPDATE OF agent_id, delegate_id, first_day, last_day ON delegation
    FOR EACH ROW EXECUTE FUNCTION delegate_check();
CREATE TRIGGER delegate_check BEFORE INSERT OR UPDATE OF agent_id, delegate_id, first_day, last_day ON absence
    FOR EACH ROW WHEN (NEW.cancelled_at IS NULL) EXECUTE FUNCTION delegate_check();

-- ---------------------------------------------------------------- what a request weighs

ALTER TABLE service ADD COLUMN effort_hours integer NOT NULL DEFAULT 1 CHECK (effort_hours BETWEEN 0 AND 99999);
ALTER TABLE request
    ADD COLUMN effort_hours integer NOT NULL DEFAULT 1 CHECK (effort_hours BETWEEN 0 AND 99999),
    ADD COLUMN owner_id bigint; -- whose it is, while a delegate has it
-- NOT VALID: the column is new and empty, so that there is nothing to read through.
ALTER TABLE request ADD CONSTRAINT request_owner FOREIGN KEY (owner_id) REFERENCES agent NOT VALID;
ALTER TABLE agent_load
    ADD COLUMN open_hours integer NOT NULL DEFAULT 0 CHECK (open_hours >= 0), -- effort of the open requests
    ADD COLUMN turn bigint NOT NULL DEFAULT 0; -- of the last assignment: last_assigned_at is when it was asked for, and two that
                                               -- waited for each other may have been asked for in the other order
UPDATE agent_load SET open_hours = open_requests, turn = place
FROM (SELECT agent_id AS agent, row_number() OVER (ORDER BY last_assigned_at, agent_id) AS place
      FROM agent_load WHERE last_assigned_at IS NOT NULL) AS assigned WHERE agent = agent_id;
CREATE SEQUENCE assignment_turn AS bigint START WITH 1000000;

-- The last who ended a request of that town and area: whom it knows.
CREATE TABLE referent (
    body_id       bigint NOT NULL REFERENCES body,
    area_code     text NOT NULL REFERENCES service_area,
    agent_id      bigint NOT NULL REFERENCES agent,
    at            timestamptz NOT NULL,
    PRIMARY KEY (body_id, area_code)
);

-- What those who study a request estimate (the field estimated_hours of its procedure) before what its service weighs.
-- Another assignee ends a delegation, unless the same change says whose it is.
CREATE FUNCTION request_weigh() RETURNS trigger
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.service_id <> OLD.service_id OR NEW.data IS DISTINCT FROM OLD.data THEN
        NEW.effort_hours := coalesce(CASE WHEN jsonb_typeof(NEW.data -> 'estimated_hours') = 'number'
                AND NEW.data ->> 'estimated_hours' ~ '^[0-9]{1,5}$' THEN (NEW.data ->> 'estimated_hours')::integer END,
            (SELECT effort_hours FROM service WHERE id = NEW.service_id));
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.assignee_id IS DISTINCT FROM OLD.assignee_id AND NEW.owner_id IS NOT DISTINCT FROM OLD.owner_id THEN
        NEW.owner_id := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER request_weigh BEFORE INSERT OR UPDATE OF service_id, data, assignee_id ON request
    FOR EACH ROW EXECUTE FUNCTION request_weigh();

-- Hours and turns, beside the counts that the doors keep. In the order of agent ids, as every other taker of these rows.
CREATE FUNCTION request_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    before bigint := CASE WHEN TG_OP = 'UPDATE' THEN OLD.assignee_id END;
    given boolean := NEW.assignee_id IS DISTINCT FROM before;
BEGIN
    PERFORM FROM agent_load WHERE agent_id IN (before, NEW.assignee_id) ORDER BY agent_id FOR UPDATE;
    IF before IS NOT NULL AND OLD.closed_at IS NULL THEN
        UPDATE agent_load SET open_hours = open_hours - OLD.effort_hours WHERE agent_id = before;
    END IF;
    IF NEW.assignee_id IS NOT NULL THEN
        UPDATE agent_load SET open_hours = open_hours + CASE WHEN NEW.closed_at IS NULL THEN NEW.effort_hours ELSE 0 END,
            turn = CASE WHEN given THEN nextval('assignment_turn') ELSE turn END
        WHERE agent_id = NEW.assignee_id;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.closed_at IS NOT NULL AND OLD.closed_at IS NULL AND NEW.assignee_id IS NOT NULL THEN
        INSERT INTO referent (body_id, area_code, agent_id, at)
        SELECT NEW.body_id, service.area_code, coalesce(NEW.owner_id, NEW.assignee_id), NEW.closed_at
        FROM service WHERE service.id = NEW.service_id
        ON CONFLICT (body_id, area_code) DO UPDATE SET agent_id = excluded.agent_id, at = excluded.at
        WHERE referent.at <= excluded.at;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER request_account_insert AFTER INSERT ON request
    FOR EACH ROW WHEN (NEW.assignee_id IS NOT NULL) EXECUTE FUNCTION request_account();
CREATE TRIGGER request_account_update AFTER UPDATE ON request
    FOR EACH ROW WHEN (OLD.assignee_id IS DISTINCT FROM NEW.assignee_id OR OLD.closed_at IS DISTINCT FROM NEW.closed_at
                       OR OLD.effort_hours <> NEW.effort_hours) EXECUTE FUNCTION request_account();

-- What the candidates carry, locked in the order of their ids until the filing ends.
CREATE FUNCTION agent_burdens(ids bigint[])
RETURNS TABLE (agent_id bigint, open_requests integer, open_hours integer, last_assigned_at timestamptz, turn bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT l.agent_id, l.open_requests, l.open_hours, l.last_assigned_at, l.turn FROM agent_load l
    WHERE l.agent_id = ANY (ids) ORDER BY l.agent_id FOR UPDATE
$$;

-- ---------------------------------------------------------------- absences: the doors

CREATE FUNCTION absence_add(p_uid uuid, p_agent_id bigint, p_first_day date, p_last_day date, p_delegate_id bigint,
                            p_created_by text, p_now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    INSERT INTO absence (uid, agent_id, first_day, last_day, delegate_id, created_by, created_at)
    VALUES (p_uid, p_agent_id, p_first_day, p_last_day, p_delegate_id, p_created_by, p_now)
$$;

-- One that has not begun never was; one that runs ends now. False: there is none, or it has ended.
CREATE FUNCTION absence_remove(p_uid uuid, p_agent_id bigint, p_today date, p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
    has_begun boolean;
BEGIN
    SELECT id, first_day <= p_today OR EXISTS (SELECT FROM absence_progress p WHERE p.absence_id = a.id) INTO found_id, has_begun
    FROM absence a WHERE uid = p_uid AND agent_id = p_agent_id AND last_day >= p_today AND cancelled_at IS NULL FOR UPDATE;
    IF found_id IS NULL THEN
        RETURN false;
    ELSIF has_begun THEN
        UPDATE absence SET cancelled_at = p_now WHERE id = found_id;
    ELSE
        DELETE FROM absence WHERE id = found_id;
    END IF;
    RETURN true;
END $$;

-- The next absence with something to do, held until the transaction ends; nobody waits for another who is at it. One that was
-- over before anybody saw to it (no process ran) is over.
CREATE FUNCTION absence_claim(p_today date) RETURNS TABLE (id bigint, agent_id bigint, delegate_id bigint, ends boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT a.id, a.agent_id, a.delegate_id, a.cancelled_at IS NOT NULL OR a.last_day < p_today
    FROM absence a
    WHERE a.id IN (
        SELECT b.id FROM absence b WHERE p_today BETWEEN b.first_day AND b.last_day AND b.cancelled_at IS NULL
            AND NOT EXISTS (SELECT FROM absence_progress p WHERE p.absence_id = b.id AND p.begun_at IS NOT NULL)
        UNION ALL
        SELECT p.absence_id FROM absence_progress p JOIN absence b ON b.id = p.absence_id
        WHERE p.ended_at IS NULL AND (b.cancelled_at IS NOT NULL OR b.last_day < p_today))
    ORDER BY a.first_day, a.id LIMIT 1 FOR UPDATE OF a SKIP LOCKED
$$;

-- Locks the next requests of a claimed absence, in the order of their ids: at its beginning the open ones of the agent that were
-- not seen to, at its end those that a delegate still has. The caller's scope says which of them it sees.
CREATE FUNCTION absence_requests(p_absence_id bigint, p_ends boolean, p_limit integer) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT r.id FROM request r JOIN absence a ON a.id = p_absence_id
    WHERE r.closed_at IS NULL AND r.submitted_at IS NOT NULL
      AND CASE WHEN p_ends
          THEN r.owner_id = a.agent_id AND EXISTS (SELECT FROM absence_request q WHERE q.absence_id = a.id AND q.request_id = r.id
                                                   AND q.outcome = 'delegated' AND NOT q.returned)
          ELSE r.assignee_id = a.agent_id AND NOT EXISTS (SELECT FROM absence_request q
                                                          WHERE q.absence_id = a.id AND q.request_id = r.id) END
    ORDER BY r.id LIMIT p_limit FOR UPDATE OF r
$$;

-- Notes what was done with a request, in the transaction that did it; a delegate has it for its owner from then on.
CREATE FUNCTION absence_note(p_absence_id bigint, p_request_id bigint, p_outcome text, p_owner_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    IF p_outcome = 'returned' THEN
        UPDATE absence_request SET returned = true WHERE absence_id = p_absence_id AND request_id = p_request_id;
        RETURN;
    END IF;
    INSERT INTO absence_progress (absence_id) VALUES (p_absence_id) ON CONFLICT DO NOTHING;
    INSERT INTO absence_request (absence_id, request_id, outcome) VALUES (p_absence_id, p_request_id, p_outcome);
    IF p_outcome = 'delegated' THEN
        UPDATE request SET owner_id = p_owner_id WHERE id = p_request_id;
    END IF;
END $$;

-- Nothing is left to do at this end of the absence.
CREATE FUNCTION absence_done(p_absence_id bigint, p_ends boolean, p_now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    INSERT INTO absence_progress AS p (absence_id, begun_at, ended_at) VALUES (p_absence_id, p_now, CASE WHEN p_ends THEN p_now END)
    ON CONFLICT (absence_id) DO UPDATE SET begun_at = coalesce(p.begun_at, excluded.begun_at), ended_at = excluded.ended_at
$$;

-- ---------------------------------------------------------------- what is kept in memory, and who may

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['skill', 'agent_skill', 'agent_conflict', 'delegation'] LOOP
        EXECUTE format('CREATE TRIGGER directory_touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION directory_touch()', name);
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION delegate_check, request_weigh, request_account, agent_burdens, absence_add, absence_remove, absence_claim,
    absence_requests, absence_note, absence_done FROM PUBLIC;
GRANT SELECT ON skill, agent_skill, agent_conflict, delegation, referent, absence_progress, absence_request TO oam_app;
GRANT EXECUTE ON FUNCTION agent_burdens, absence_add, absence_remove, absence_claim, absence_requests, absence_note, absence_done
    TO oam_app;
