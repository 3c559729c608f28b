-- The comptroller of a body (intervenció): justifies what was granted, which neither the mayor nor an office user may sign.
SET LOCAL ROLE oam_owner;
SET LOCAL search_path = oam, pg_catalog;

ALTER TABLE membership DROP CONSTRAINT membership_role_check, DROP CONSTRAINT membership_check;
ALTER TABLE membership
    ADD CONSTRAINT membership_role_check CHECK (role IN ('local_user', 'signer', 'comptroller', 'operator', 'agent', 'technician',
                                                         'unit_head', 'supervisor', 'admin')),
    ADD CONSTRAINT membership_check CHECK ((role IN ('local_user', 'signer', 'comptroller')) = (body_id IS NOT NULL));
