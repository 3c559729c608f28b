-- What fresh eyes found in 0037 and 0040: a letter that was under way when its webhook was removed came back to life and stood before
-- all others for good; twenty letters a day could be a few more; a town that moves to another comarca, or an agent to another account,
-- changed what requests show and no validator.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- ---------------------------------------------------------------- letters about webhooks

-- Who removed the webhook has put the letter to rest, and so has the last try.
CREATE OR REPLACE FUNCTION webhook_notice_ended(p_id bigint, p_lease integer, p_wait interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    UPDATE webhook_notice SET wake = CASE WHEN lease < 12 THEN clock_timestamp() + p_wait END
    WHERE id = p_id AND lease = p_lease AND wake IS NOT NULL
$$;
UPDATE webhook_notice n SET wake = NULL
WHERE wake IS NOT NULL AND NOT EXISTS (SELECT FROM webhook w WHERE w.id = n.webhook_id AND w.state <> 'removed');

-- As in 0037; its client's row is locked before letters are counted, or two that are told at once would both be the twentieth.
CREATE OR REPLACE FUNCTION webhook_settle(p_id bigint, p_lease integer, p_ended text, p_outcome text, p_status integer, p_ms integer, p_wait interval,
    p_disable text, p_patience interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    hook webhook%ROWTYPE;
    done webhook_delivery%ROWTYPE;
    moment timestamptz;
    failed boolean;
    why text;
BEGIN
    -- Its webhook's row first, as everybody who asks what waits before what.
    SELECT w.* INTO hook FROM webhook w JOIN webhook_delivery d ON d.webhook_id = w.id WHERE d.id = p_id FOR NO KEY UPDATE OF w;
    IF NOT FOUND THEN RETURN false; END IF;
    moment := clock_timestamp();
    UPDATE webhook_delivery d SET state = coalesce(p_ended, 'pending'), sending = false, status = p_status, outcome = p_outcome,
        wake = CASE WHEN p_ended IS NULL THEN moment + p_wait END, ended_at = CASE WHEN p_ended IS NOT NULL THEN moment END,
        attempts = CASE WHEN jsonb_array_length(d.attempts) >= 20 THEN d.attempts - 0 ELSE d.attempts END || jsonb_build_object(
            'at', to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'outcome', p_outcome,
            'status', p_status, 'ms', p_ms)
    -- That it arrived is true whoever says it.
    WHERE d.id = p_id AND d.state = 'pending' AND (d.lease = p_lease OR p_ended = 'delivered') RETURNING * INTO done;
    IF NOT FOUND THEN RETURN false; END IF;
    IF p_ended IS NOT NULL AND done.position IS NOT NULL AND NOT done.replay THEN
        UPDATE webhook_delivery SET wake = moment WHERE id = (
            SELECT n.id FROM webhook_delivery n WHERE n.webhook_id = hook.id AND n.request_id = done.request_id AND n.state = 'pending'
                AND NOT n.replay ORDER BY n.position LIMIT 1) AND wake = 'infinity';
    END IF;
    IF p_ended = 'delivered' AND hook.failing_since IS NOT NULL THEN
        -- It is there again: what was put off comes now.
        UPDATE webhook_delivery SET wake = moment WHERE webhook_id = hook.id AND state = 'pending' AND NOT sending AND wake < 'infinity';
    END IF;
    failed := p_ended IS DISTINCT FROM 'delivered' AND p_outcome <> 'not_visible' AND hook.state = 'active';
    hook.pending := greatest(hook.pending - (p_ended IS NOT NULL)::integer, 0);
    IF p_ended = 'delivered' THEN
        hook.failing_since := NULL;
    ELSIF failed AND done.position IS NOT NULL THEN
        IF hook.failing_since IS NULL THEN
            hook.failing_since := moment;
            hook.failed_for := '0';
            hook.failing_until := moment;
        ELSE
            hook.failed_for := hook.failed_for + greatest(least(moment, hook.failing_until) - hook.failed_at, '0');
        END IF;
        hook.failed_at := moment;
        hook.failing_until := CASE WHEN p_ended IS NULL THEN greatest(hook.failing_until, moment + p_wait + interval '1 min')
                                   WHEN hook.pending = 0 THEN moment ELSE hook.failing_until END;
    END IF;
    IF failed THEN
        why := coalesce(p_disable, CASE WHEN hook.failing_since IS NOT NULL AND hook.failed_for > p_patience THEN 'failing' END);
    END IF;
    UPDATE webhook SET pending = hook.pending, failing_since = hook.failing_since, failed_for = hook.failed_for, failed_at = hook.failed_at,
        failing_until = hook.failing_until, state = CASE WHEN why IS NULL THEN state ELSE 'disabled' END, reason = coalesce(why, reason),
        version = version + (why IS NOT NULL)::integer, updated_at = CASE WHEN why IS NULL THEN updated_at ELSE moment END
    WHERE id = hook.id;
    IF why IS NOT NULL AND hook.contact IS NOT NULL THEN
        PERFORM FROM api_client WHERE id = hook.client_id FOR NO KEY UPDATE;
        INSERT INTO webhook_notice (webhook_id, client_id, reason, since, at, wake)
        SELECT hook.id, hook.client_id, why, coalesce(hook.failing_since, moment), moment, moment
        WHERE (SELECT count(*) FROM webhook_notice n WHERE n.client_id = hook.client_id AND n.at > moment - interval '1 day') < 20;
    END IF;
    RETURN why IS NOT NULL;
END $$;

-- ---------------------------------------------------------------- what is shown of the directory

DROP TRIGGER directory_rename ON body;
CREATE TRIGGER directory_rename AFTER UPDATE OF code, name, comarca_code ON body
    FOR EACH ROW WHEN ((OLD.code, OLD.name, OLD.comarca_code) IS DISTINCT FROM (NEW.code, NEW.name, NEW.comarca_code))
    EXECUTE FUNCTION directory_rename();
CREATE TRIGGER directory_rename AFTER UPDATE OF user_id ON agent
    FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id) EXECUTE FUNCTION directory_rename();
