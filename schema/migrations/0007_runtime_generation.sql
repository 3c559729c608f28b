-- The generation of a timer is the number of the event that set it: nothing has to be counted, and a replay of the events
-- gives the same.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;

-- As in 0004, but for the generation.
CREATE OR REPLACE FUNCTION request_follow(p_id bigint, p_body_id bigint, p_seq integer, p_now timestamptz, p_over boolean,
                                          p_timers jsonb, p_clocks jsonb, p_outbox jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    IF p_over THEN -- whatever was decided: nothing waits for a request that has ended
        DELETE FROM request_timer WHERE request_id = p_id;
        DELETE FROM request_clock WHERE request_id = p_id;
    ELSE
        IF p_timers IS NOT NULL THEN
            DELETE FROM request_timer t USING jsonb_to_recordset(p_timers) AS n(timer text, due timestamptz)
            WHERE t.request_id = p_id AND t.timer = n.timer AND n.due IS NULL;
            INSERT INTO request_timer AS t (request_id, timer, generation, due, wake)
            SELECT p_id, n.timer, p_seq, n.due, n.due
            FROM jsonb_to_recordset(p_timers) AS n(timer text, due timestamptz) WHERE n.due IS NOT NULL
            ON CONFLICT (request_id, timer) DO UPDATE
            SET generation = EXCLUDED.generation, due = EXCLUDED.due, wake = EXCLUDED.wake, tries = 0, last_error = NULL;
        END IF;
        IF p_clocks IS NOT NULL THEN
            DELETE FROM request_clock c USING jsonb_to_recordset(p_clocks) AS n(clock text, due timestamptz)
            WHERE c.request_id = p_id AND c.clock = n.clock AND n.due IS NULL;
            INSERT INTO request_clock (request_id, clock, bodies, since, due)
            SELECT p_id, n.clock, n.bodies, n.since, n.due
            FROM jsonb_to_recordset(p_clocks) AS n(clock text, bodies bigint[], since timestamptz, due timestamptz)
            WHERE n.due IS NOT NULL
            ON CONFLICT (request_id, clock) DO UPDATE
            SET bodies = EXCLUDED.bodies, since = EXCLUDED.since, due = EXCLUDED.due;
        END IF;
    END IF;
    IF p_outbox IS NOT NULL THEN
        INSERT INTO outbox (request_id, body_id, seq, ordinal, kind, payload, undo, created_at, wake)
        SELECT p_id, p_body_id, p_seq, n.ordinal, n.kind, coalesce(n.payload, '{}'), n.undo, p_now, clock_timestamp()
        FROM jsonb_to_recordset(p_outbox) AS n(ordinal integer, kind text, payload jsonb, undo text);
    END IF;
END $$;
