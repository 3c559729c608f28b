-- Open311 GeoReport v2 over the same requests, for the services that a body publishes. Nothing is published until an administrator says so.

SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;
SET LOCAL lock_timeout = '2s';

-- A body whose requests are told to everybody: its code is the jurisdiction.
CREATE TABLE open311_endpoint (
    body_id         bigint PRIMARY KEY REFERENCES body,
    contact         text NOT NULL CHECK (length(contact) BETWEEN 1 AND 250),
    publishes_texts boolean NOT NULL DEFAULT false,     -- what people wrote, beside where a request stands
    changed_by      text NOT NULL,
    changed_at      timestamptz NOT NULL
);

CREATE TABLE open311_service (
    body_id    bigint NOT NULL REFERENCES open311_endpoint ON DELETE CASCADE,
    service_id bigint NOT NULL REFERENCES service,
    PRIMARY KEY (body_id, service_id)
);

-- A key of its own for each client and body: it travels in forms and addresses, where a client's secret must not be.
CREATE TABLE open311_key (
    body_id    bigint NOT NULL REFERENCES open311_endpoint ON DELETE CASCADE,
    client_id  bigint NOT NULL REFERENCES api_client,
    hash       bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    given_by   text NOT NULL,
    given_at   timestamptz NOT NULL,
    PRIMARY KEY (body_id, client_id)
);

DO $$
BEGIN
    FOR i IN 1..3 LOOP
        EXECUTE format('CREATE TRIGGER directory_touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION directory_touch()',
                       (ARRAY['open311_endpoint', 'open311_service', 'open311_key'])[i]);
    END LOOP;
END $$;

-- What came in by this door, with the place that it is about. Who reported it stays with the system that knows them.
CREATE TABLE open311_report (
    request_id bigint PRIMARY KEY REFERENCES request,
    body_id    bigint NOT NULL REFERENCES body,
    latitude   numeric(9, 7) CHECK (latitude BETWEEN -90 AND 90),
    longitude  numeric(10, 7) CHECK (longitude BETWEEN -180 AND 180),
    address    text CHECK (length(address) BETWEEN 1 AND 250),
    address_id text CHECK (length(address_id) BETWEEN 1 AND 100),
    media_url  text CHECK (length(media_url) <= 1000 AND media_url ~ '^https?://'),
    CONSTRAINT open311_report_point CHECK ((latitude IS NULL) = (longitude IS NULL)),
    CONSTRAINT open311_report_place CHECK (coalesce(latitude::text, address, address_id) IS NOT NULL)
);
ALTER TABLE open311_report ENABLE ROW LEVEL SECURITY;
ALTER TABLE open311_report FORCE ROW LEVEL SECURITY;
CREATE POLICY open311_report_doors ON open311_report TO oam_owner USING (true) WITH CHECK (true);
CREATE POLICY open311_report_scope ON open311_report FOR SELECT USING
    ((SELECT scope_staff()) OR (SELECT scope_all()) OR body_id = ANY ((SELECT scope_bodies())::bigint[]));

-- Updates that other systems sent, by their own numbers: sent again, they are the same.
CREATE TABLE open311_update (
    principal  text NOT NULL,
    update_id  text NOT NULL CHECK (length(update_id) BETWEEN 1 AND 100),
    request_id bigint NOT NULL REFERENCES request,
    uid        uuid NOT NULL,                           -- of the comment that it became
    status     text NOT NULL CHECK (status ~ '^[a-z_]{1,40}$'),
    PRIMARY KEY (principal, update_id)
);
ALTER TABLE open311_update ENABLE ROW LEVEL SECURITY;
ALTER TABLE open311_update FORCE ROW LEVEL SECURITY;
CREATE POLICY open311_update_doors ON open311_update TO oam_owner USING (true) WITH CHECK (true);
CREATE POLICY open311_update_own ON open311_update FOR SELECT USING (principal = (SELECT scope_principal()));

-- Publishes these services of a body, and no others.
CREATE FUNCTION open311_publish(p_body_id bigint, p_contact text, p_texts boolean, p_services bigint[], p_by text, p_now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    INSERT INTO open311_endpoint (body_id, contact, publishes_texts, changed_by, changed_at)
    SELECT p_body_id, p_contact, p_texts, p_by, p_now WHERE scope_staff()
    ON CONFLICT (body_id) DO UPDATE SET contact = excluded.contact, publishes_texts = excluded.publishes_texts,
        changed_by = excluded.changed_by, changed_at = excluded.changed_at;
    DELETE FROM open311_service WHERE body_id = p_body_id AND service_id <> ALL (p_services) AND scope_staff();
    INSERT INTO open311_service (body_id, service_id) SELECT p_body_id, unnest(p_services) WHERE scope_staff() ON CONFLICT DO NOTHING
$$;

-- Nothing of it is published any more, and its keys open nothing. Whether there was anything to take back.
CREATE FUNCTION open311_withdraw(p_body_id bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM open311_endpoint WHERE body_id = p_body_id AND scope_staff() RETURNING 1) SELECT EXISTS (SELECT FROM gone)
$$;

-- Gives a client that acts for the body a key in place of the one it had. False: there is no such client, or nothing is published.
CREATE FUNCTION open311_key_give(p_body_id bigint, p_client text, p_hash bytea, p_by text, p_now timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    WITH given AS (
        INSERT INTO open311_key (body_id, client_id, hash, given_by, given_at)
        SELECT e.body_id, c.id, p_hash, p_by, p_now FROM open311_endpoint e, api_client c
        WHERE e.body_id = p_body_id AND c.client_id = p_client AND c.active AND scope_staff()
          AND (c.all_bodies OR EXISTS (SELECT FROM api_client_body b WHERE b.client_id = c.id AND b.body_id = p_body_id))
        ON CONFLICT (body_id, client_id) DO UPDATE SET hash = excluded.hash, given_by = excluded.given_by, given_at = excluded.given_at
        RETURNING 1)
    SELECT EXISTS (SELECT FROM given)
$$;

CREATE FUNCTION open311_key_take(p_body_id bigint, p_client text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM open311_key k USING api_client c
                  WHERE k.body_id = p_body_id AND c.id = k.client_id AND c.client_id = p_client AND scope_staff()
                  RETURNING 1)
    SELECT EXISTS (SELECT FROM gone)
$$;

-- In the transaction that files it.
CREATE FUNCTION open311_report_add(p_ref text, p_latitude numeric, p_longitude numeric, p_address text, p_address_id text,
                                   p_media_url text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
    INSERT INTO open311_report (request_id, body_id, latitude, longitude, address, address_id, media_url)
    SELECT id, body_id, p_latitude, p_longitude, p_address, p_address_id, p_media_url FROM request WHERE ref = p_ref
$$;

-- The comment that an update became: p_uid, or the one of when it was sent before. Who sends the same one at the same time waits here.
CREATE FUNCTION open311_update_add(p_update_id text, p_request_id bigint, p_uid uuid, p_status text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = oam, pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO open311_update (principal, update_id, request_id, uid, status)
    VALUES (scope_principal(), p_update_id, p_request_id, p_uid, p_status) ON CONFLICT DO NOTHING;
    RETURN (SELECT uid FROM open311_update WHERE principal = scope_principal() AND update_id = p_update_id AND request_id = p_request_id);
END $$;

REVOKE ALL ON FUNCTION open311_publish, open311_withdraw, open311_key_give, open311_key_take, open311_report_add, open311_update_add FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open311_publish, open311_withdraw, open311_key_give, open311_key_take, open311_report_add, open311_update_add TO oam_app;
GRANT SELECT ON open311_endpoint, open311_service, open311_key, open311_report, open311_update TO oam_app;
