"""A private database for whoever asks, cloned from a template that `oamd migrate` and `oamd seed` made once."""
import json
import os
import pathlib
import subprocess
import tempfile
import uuid

import psycopg2
import psycopg2.extensions

SOURCE = pathlib.Path(os.environ.get("OAM_SOURCE", pathlib.Path(__file__).resolve().parents[3]))
BUILD = pathlib.Path(os.environ.get("OAM_BUILD", SOURCE / "build" / "dev"))
BIN = BUILD / "bin"
SERVER = os.environ.get("OAM_TEST_DATABASE_URL")

# People that the seed has not: the other half of each town, other units, integrations of less reach.
# Each takes the password (or the secret) of the one it is made like, so that the credentials file holds for it.
PEOPLE = """
INSERT INTO user_account (login, name, password_hash)
SELECT new.login, new.login, old.password_hash
FROM (VALUES ('local.malla', 'signer.malla'), ('technician.dig', 'technician.gov'),
             ('head.dig', 'head.gov'), ('technician.oam', 'technician.gov'), ('head.oam', 'head.gov'),
             ('nobody', 'admin')) AS new (login, pattern)
JOIN user_account old ON old.login = new.pattern;
INSERT INTO membership (user_id, role, body_id, unit_id)
SELECT u.id, m.role, b.id, n.id
FROM (VALUES ('local.malla', 'local_user', '0811150006', NULL),
             ('technician.dig', 'technician', NULL, 'dig'), ('head.dig', 'unit_head', NULL, 'dig'),
             ('technician.oam', 'technician', NULL, 'oam'), ('head.oam', 'unit_head', NULL, 'oam'))
     AS m (login, role, body, unit)
JOIN user_account u USING (login) LEFT JOIN body b ON b.code = m.body LEFT JOIN unit n ON n.code = m.unit;
INSERT INTO api_client (client_id, name, secret_hash, scopes, all_bodies)
SELECT new.client_id, new.client_id, old.secret_hash, new.scopes, new.everything
FROM (VALUES ('town-system', ARRAY['requests:read', 'requests:write', 'requests:import', 'events:read', 'directory:read', 'webhooks:manage'], false),
             ('other-town', ARRAY['requests:read', 'requests:write', 'requests:import', 'events:read', 'directory:read', 'webhooks:manage'], false),
             ('directory-only', ARRAY['directory:read'], true), ('requests-only', ARRAY['requests:read'], true))
     AS new (client_id, scopes, everything)
CROSS JOIN (SELECT secret_hash FROM api_client WHERE client_id = 'demo-integration') old;
INSERT INTO api_client_body
SELECT c.id, b.id FROM (VALUES ('town-system', '0800230008'), ('other-town', '0811150006')) AS t (client, body)
JOIN api_client c ON c.client_id = t.client JOIN body b ON b.code = t.body;
"""


def dsn(database, server=None, **more):
    return psycopg2.extensions.make_dsn(**{**psycopg2.extensions.parse_dsn(server or SERVER), "dbname": database, **more})


def administer(statement, server=None):
    connection = psycopg2.connect(server or SERVER)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def environment_with(**own):
    """An environment for oamd: of our variables only those given, since it refuses what it does not know."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("OAM_")}, **own}


def oamd(*arguments, environment=None, check=True):
    done = subprocess.run([BIN / "oamd", *arguments], env=environment_with(**(environment or {})), text=True,
                          capture_output=True, timeout=120)
    if check and done.returncode != 0:
        raise RuntimeError(f"oamd {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Database:
    """One database; sql() asks it as its superuser, past row-level security."""

    def __init__(self, name, server=None):
        self.name = name
        self.server = server or SERVER
        self.url = dsn(name, self.server)

    def sql(self, statement, *values):
        """The rows, or None where there are none to return."""
        connection = psycopg2.connect(dsn(self.name, self.server, options="-c search_path=oam,pg_catalog"))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def one(self, statement, *values):
        return self.sql(statement, *values)[0][0]

    def drop(self):
        administer(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', self.server)


class Template:
    """A migrated and seeded database, with the secret and the credentials that belong to it."""

    def __init__(self, server=None):
        self.server = server or SERVER
        self.folder = tempfile.TemporaryDirectory(prefix="oam-test-")
        path = pathlib.Path(self.folder.name)
        self.secret = path / "secret"
        self.secret.touch(0o600)
        self.secret.write_bytes(os.urandom(48))
        self.credentials_path = path / "credentials.json"
        self.name = f"oam_template_{uuid.uuid4().hex[:10]}"
        administer(f"CREATE DATABASE {self.name} TEMPLATE template0 STRATEGY file_copy", self.server)
        settings = {"OAM_DATABASE_URL": dsn(self.name, self.server), "OAM_SECRET_FILE": str(self.secret)}
        oamd("migrate", environment=settings)
        oamd("seed", "--demo", "--credentials", str(self.credentials_path), environment=settings)
        self.credentials = json.loads(self.credentials_path.read_text())
        Database(self.name, self.server).sql(PEOPLE)

    def clone(self):
        name = f"oam_{uuid.uuid4().hex[:12]}"
        administer(f"CREATE DATABASE {name} TEMPLATE {self.name} STRATEGY file_copy", self.server)
        return Database(name, self.server)

    def close(self):
        Database(self.name, self.server).drop()
        self.folder.cleanup()
