-- What a step costs, once more: each function in a condition is looked up and its right is checked whenever a statement starts. The
-- conditions of the owner, whose functions write one row at a time, have one function each, which ends at the first thing that lets the
-- caller in; and a key of a repeated request is found by whose it is, without subqueries.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- Whether the scope of the transaction shows a row of that request. What is unset lets nobody in.
CREATE FUNCTION scope_sees(p_request_id bigint, p_body_id bigint, p_draft boolean, p_internal boolean) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF NOT p_draft AND current_setting('oam.staff', true) = '1' THEN
        RETURN true;
    ELSIF current_setting('oam.worker', true) = '1' THEN
        RETURN true;
    ELSIF p_internal THEN
        RETURN false;
    ELSIF current_setting('oam.all', true) = '1' THEN
        RETURN true;
    ELSIF p_body_id = ANY (oam.scope_bodies()) THEN
        RETURN true;
    END IF;
    RETURN NOT p_draft AND p_request_id = ANY (oam.scope_joint());
END $$;

-- Whether it may leave such a row.
CREATE FUNCTION scope_writes(p_request_id bigint, p_body_id bigint, p_internal boolean) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF current_setting('oam.staff', true) = '1' THEN
        RETURN true;
    ELSIF current_setting('oam.all', true) = '1' THEN
        RETURN true;
    ELSIF p_internal THEN
        RETURN false;
    ELSIF p_body_id = ANY (oam.scope_bodies()) THEN
        RETURN true;
    END IF;
    RETURN p_request_id = ANY (oam.scope_joint());
END $$;

ALTER POLICY request_owner ON request
    USING (scope_sees(id, body_id, submitted_at IS NULL, false)) WITH CHECK (scope_writes(id, body_id, false));
ALTER POLICY request_event_owner ON request_event
    USING (scope_sees(request_id, body_id, draft, internal)) WITH CHECK (scope_writes(request_id, body_id, internal));
ALTER POLICY idempotency_key_scope ON idempotency_key
    USING (principal = scope_principal() OR current_setting('oam.worker', true) = '1');

REVOKE ALL ON FUNCTION scope_sees, scope_writes FROM PUBLIC;
