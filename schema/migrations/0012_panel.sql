-- Panels: who decides together, with a chair, and who sits for whom. A ballot is an event for the provider's people only, and moves
-- no version: from outside nobody can tell that there is one. What the panel comes to is an event for everybody.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

CREATE TABLE panel (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]{1,47}$'),
    name          jsonb NOT NULL CHECK (name ?& ARRAY['ca', 'es', 'en']),
    team          text NOT NULL CHECK (team ~ '^[a-z][a-z0-9_.]{0,63}$'),  -- as the roles of procedures name it
    unit_id       bigint REFERENCES unit,                              -- of whose services; NULL: of all
    version       integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    changed_by    text,
    changed_at    timestamptz,
    CONSTRAINT panel_of_team UNIQUE NULLS NOT DISTINCT (team, unit_id),
    CHECK ((changed_by IS NULL) = (changed_at IS NULL))
);

CREATE TABLE panel_seat (
    panel_id      bigint NOT NULL REFERENCES panel,
    place         integer NOT NULL CHECK (place >= 1),
    user_id       bigint NOT NULL REFERENCES user_account,
    substitute_id bigint REFERENCES user_account,                      -- who votes while the first one is away
    chair         boolean NOT NULL DEFAULT false,
    away_from     date,
    away_to       date,
    conflicts     bigint[] NOT NULL DEFAULT '{}',                      -- bodies that they have an interest in
    PRIMARY KEY (panel_id, place),
    UNIQUE (panel_id, user_id),
    CONSTRAINT panel_seat_substitute CHECK (substitute_id <> user_id),
    CHECK ((away_from IS NULL) = (away_to IS NULL)),
    CHECK (away_to >= away_from)
);
CREATE UNIQUE INDEX panel_seat_chair ON panel_seat (panel_id) WHERE chair;

DO $$
BEGIN
    FOR i IN 1..2 LOOP
        EXECUTE format('CREATE TRIGGER directory_touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION directory_touch()', (ARRAY['panel', 'panel_seat'])[i]);
    END LOOP;
END $$;

-- Who sits on a panel from now on: [{"login", "substitute", "chair", "away_from", "away_to", "conflicts"}] in order. Answers its new
-- version; when it is no longer at p_version, less than nothing: the one that it is at. What has been voted names its voters itself.
CREATE FUNCTION panel_seat_all(p_code text, p_version integer, p_seats jsonb, p_by text, p_now timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    seated panel%ROWTYPE;
BEGIN
    UPDATE panel SET version = version + 1, changed_by = p_by, changed_at = p_now WHERE code = p_code AND version = p_version
    RETURNING * INTO seated;
    IF NOT FOUND THEN
        RETURN (SELECT -version FROM panel WHERE code = p_code);
    END IF;
    DELETE FROM panel_seat WHERE panel_id = seated.id;
    INSERT INTO panel_seat (panel_id, place, user_id, substitute_id, chair, away_from, away_to, conflicts)
    SELECT seated.id, s.ordinality, (SELECT id FROM user_account WHERE login = s.seat ->> 'login'),
           (SELECT id FROM user_account WHERE login = s.seat ->> 'substitute'), (s.seat ->> 'chair')::boolean,
           (s.seat ->> 'away_from')::date, (s.seat ->> 'away_to')::date,
           ARRAY(SELECT b.id FROM jsonb_array_elements_text(s.seat -> 'conflicts') AS c (code) JOIN body b USING (code) ORDER BY b.id)
    FROM jsonb_array_elements(p_seats) WITH ORDINALITY AS s (seat, ordinality);
    RETURN seated.version;
END $$;

-- Whoever votes holds the request from here on, and decides on what is there then. Answers the number of its last event.
CREATE FUNCTION request_hold(p_ref text) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    SELECT seq FROM request WHERE ref = p_ref FOR UPDATE
$$;

-- A ballot, on a request that its voter holds: an event of nobody's version. p_engine: what the engine remembers then; NULL when the
-- step of the same transaction, which the ballot led to, says so.
CREATE FUNCTION request_vote(p_id bigint, p_seq integer, p_engine bytea, p_actor text, p_actor_name text, p_now timestamptz,
                             p_event jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    old request%ROWTYPE;
BEGIN
    SELECT * INTO old FROM request WHERE id = p_id AND seq = p_seq FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request % is no longer at event %', p_id, p_seq USING ERRCODE = 'OA412';
    END IF;
    UPDATE request SET seq = old.seq + 1, engine = coalesce(p_engine, old.engine),
        digest = event_append(p_id, old.body_id, old.workflow_id, old.seq, old.version, old.digest, p_now, ARRAY['request.voted'],
                              ARRAY[p_event], p_actor, p_actor_name, true, ARRAY[false])
    WHERE id = p_id;
END $$;

REVOKE ALL ON FUNCTION panel_seat_all, request_hold, request_vote FROM PUBLIC;
GRANT SELECT ON panel, panel_seat TO oam_app;
GRANT EXECUTE ON FUNCTION panel_seat_all, request_hold, request_vote TO oam_app;
