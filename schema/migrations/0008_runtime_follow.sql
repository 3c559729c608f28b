-- What follows from a step, row by row: one planned INSERT for each costs less than unpacking arrays into relations twice.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;

-- As in 0007, and cheaper.
CREATE OR REPLACE FUNCTION request_follow(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamptz, p_over boolean,
                                          p_timers jsonb, p_clocks jsonb, p_outbox jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    item jsonb;
    at timestamptz;
BEGIN
    IF p_over THEN -- whatever was decided: nothing waits for a request that has ended
        DELETE FROM request_timer WHERE request_id = p_id;
        DELETE FROM request_clock WHERE request_id = p_id;
    ELSE
        -- In their order: what was cancelled may be set anew by the same step.
        FOR i IN 0..coalesce(jsonb_array_length(p_timers), 0) - 1 LOOP
            item := p_timers -> i;
            at := (item ->> 'due')::timestamptz;
            IF at IS NULL THEN
                DELETE FROM request_timer WHERE request_id = p_id AND timer = item ->> 'timer';
            ELSE
                INSERT INTO request_timer (request_id, timer, generation, due, wake) VALUES (p_id, item ->> 'timer', p_seq, at, at)
                ON CONFLICT (request_id, timer) DO UPDATE
                SET generation = EXCLUDED.generation, due = EXCLUDED.due, wake = EXCLUDED.wake, tries = 0, last_error = NULL;
            END IF;
        END LOOP;
        FOR i IN 0..coalesce(jsonb_array_length(p_clocks), 0) - 1 LOOP
            item := p_clocks -> i;
            at := (item ->> 'due')::timestamptz;
            IF at IS NULL THEN
                DELETE FROM request_clock WHERE request_id = p_id AND clock = item ->> 'clock';
            ELSE
                INSERT INTO request_clock (request_id, clock, bodies, since, due)
                VALUES (p_id, item ->> 'clock', translate(item ->> 'bodies', '[]', '{}')::bigint[], (item ->> 'since')::timestamptz, at)
                ON CONFLICT (request_id, clock) DO UPDATE
                SET bodies = EXCLUDED.bodies, since = EXCLUDED.since, due = EXCLUDED.due;
            END IF;
        END LOOP;
    END IF;
    FOR i IN 0..coalesce(jsonb_array_length(p_outbox), 0) - 1 LOOP
        item := p_outbox -> i;
        INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, undo, created_at, wake)
        VALUES (p_id, p_body_id, p_seq, (item ->> 'ordinal')::integer, item ->> 'kind', coalesce(item -> 'payload', '{}'), item ->> 'undo',
                p_now, clock_timestamp());
    END LOOP;
END $$;
