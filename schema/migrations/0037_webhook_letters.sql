-- Letters about webhooks are bounded, as those that confirm an address are: `contact` is whoever an integration names, and one that disables
-- its webhook by a 410, takes it up again and asks for a ping could have somebody written to without an end. Twenty a day, of all its
-- webhooks, also of those that it has removed since. And what an old address says of what was under way there when the webhook got another
-- one is not held against the new one: a 410 there, as who moves has it, disabled what had just been mended.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

ALTER TABLE webhook_notice
    ADD COLUMN client_id bigint REFERENCES api_client,
    ALTER COLUMN webhook_id DROP NOT NULL,
    DROP CONSTRAINT webhook_notice_webhook_id_fkey,
    ADD CONSTRAINT webhook_notice_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhook ON DELETE SET NULL;
UPDATE webhook_notice n SET client_id = w.client_id FROM webhook w WHERE w.id = n.webhook_id;
CREATE INDEX webhook_notice_told ON webhook_notice (client_id, at);

-- As in 0025, but that letters are counted after it too.
CREATE OR REPLACE FUNCTION webhook_remove(p_uid uuid, p_version integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    own bigint;
BEGIN
    UPDATE webhook SET state = 'removed', reason = NULL, updated_at = clock_timestamp()
    WHERE id = webhook_own(p_uid) AND version = p_version RETURNING id INTO own;
    IF NOT FOUND THEN RETURN false; END IF;
    DELETE FROM webhook_secret WHERE webhook_id = own;
    UPDATE webhook_notice SET wake = NULL WHERE webhook_id = own;
    PERFORM webhook_sweep(own, 500);
    RETURN true;
END $$;

-- As in 0029. Where it leads elsewhere now, what is under way goes there too: whoever has it fails with it no more, and may have delivered it.
CREATE OR REPLACE FUNCTION webhook_change(p_uid uuid, p_version integer, p_url text, p_types text[], p_payload text, p_description text,
    p_contact text, p_language text, p_state text, p_now timestamptz, p_filter text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
DECLARE
    old webhook%ROWTYPE;
BEGIN
    SELECT * INTO old FROM webhook WHERE id = webhook_own(p_uid) AND version = p_version FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE webhook SET url = p_url, types = p_types, payload = p_payload, description = p_description, contact = p_contact,
        language = p_language, state = p_state, reason = CASE WHEN p_state = 'disabled' THEN old.reason END,
        failing_since = CASE WHEN p_state = old.state AND p_url = old.url THEN old.failing_since END,
        version = old.version + 1, updated_at = p_now
    WHERE id = old.id;
    IF p_filter IS NOT NULL THEN
        UPDATE webhook SET filter = nullif(p_filter, ''), filter_failures = 0, filter_failed_at = NULL, filter_failed_position = NULL,
            filter_error = NULL
        WHERE id = old.id;
    END IF;
    IF p_state = 'active' AND (old.state <> 'active' OR p_url <> old.url) THEN
        UPDATE webhook_delivery SET wake = clock_timestamp(), sending = false, lease = lease + sending::integer
        WHERE webhook_id = old.id AND state = 'pending' AND (NOT sending OR p_url <> old.url) AND wake < 'infinity';
    END IF;
    RETURN true;
END $$;

-- As in 0025, with so many letters a day.
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
        INSERT INTO webhook_notice (webhook_id, client_id, reason, since, at, wake)
        SELECT hook.id, hook.client_id, why, coalesce(hook.failing_since, moment), moment, moment
        WHERE (SELECT count(*) FROM webhook_notice n WHERE n.client_id = hook.client_id AND n.at > moment - interval '1 day') < 20;
    END IF;
    RETURN why IS NOT NULL;
END $$;
