"""A private database for each test, cloned from a template that the migrations made from nothing.

OAM_TEST_DATABASE_URL names a throw-away cluster and a superuser of it; without it the whole folder is skipped (exit 77).
"""
import hashlib
import json
import os
import pathlib
import re
import uuid

import psycopg2
import psycopg2.extensions
import pytest

SCHEMA = pathlib.Path(os.environ.get("OAM_SOURCE", pathlib.Path(__file__).parents[2])) / "schema"
SERVER = os.environ.get("OAM_TEST_DATABASE_URL")
ZERO = b"\0" * 32

# Two towns of two comarques, what a request needs, and nothing else.
WORLD = """
INSERT INTO comarca VALUES ('07', 'Bages', 185352, 1092.3), ('24', 'Osona', 164006, 1018.5);
INSERT INTO body (code, kind, name, name_official, ine5, comarca_code, province_code, population)
VALUES ('0800230008', 'municipality', 'Aguilar de Segarra', 'Aguilar de Segarra', '08002', '07', '08', 291),
       ('0811150006', 'municipality', 'Malla', 'Malla', '08111', '24', '08', 274);
INSERT INTO holiday (day, scope, body_id, status, source) VALUES ('2026-08-15', 'local', 1, 'official', 'test');
INSERT INTO service_area VALUES ('GOV', '{"ca": "Govern", "es": "Gobierno", "en": "Government"}');
INSERT INTO unit (code, name) VALUES ('oam', '{"ca": "OAM", "es": "OAM", "en": "OAM"}');
INSERT INTO service (code, area_code, unit_id, name, description, support_type, resource_class, requires_application,
                     application, joint_request, sdg, workflow_key)
VALUES ('OAM-GEN', 'GOV', 1, '{"ca": "a", "es": "b", "en": "c"}', '{"ca": "a", "es": "b", "en": "c"}', 'technical', 'advice',
        true, 'open_all_year', false, '{16}', 'general_enquiry');
INSERT INTO panel (code, name, team, unit_id) VALUES ('board_oam', '{"ca": "Òrgan", "es": "Órgano", "en": "Board"}', 'service.board', 1);
INSERT INTO workflow_definition (hash, key, version, document) VALUES (sha256('{}'), 'general_enquiry', 1, '{}');
INSERT INTO user_account (login, name) SELECT 'agent.' || i, 'Agent ' || i FROM generate_series(1, 4) i;
INSERT INTO membership (user_id, role, unit_id) SELECT id, 'agent', 1 FROM user_account;
INSERT INTO agent (user_id, unit_id) SELECT id, 1 FROM user_account ORDER BY id;
INSERT INTO portfolio (agent_id, comarca_code) SELECT id, '07' FROM agent;
INSERT INTO panel_seat (panel_id, place, user_id, chair) VALUES (1, 1, 1, true);
INSERT INTO absence (agent_id, first_day, last_day) VALUES (4, '2026-01-01', '2026-01-02');
INSERT INTO agent_load (agent_id) SELECT id FROM agent;
INSERT INTO api_client (client_id, name, secret_hash, scopes) VALUES ('town-system', 'Town', sha256('x'), '{requests:read,events:read}');
"""


def pytest_sessionstart(session):
    if not SERVER:
        pytest.exit("OAM_TEST_DATABASE_URL is not set", returncode=77)


def dsn(database, user=None):
    """The server's connection string with another database, and another role that is to log in."""
    parts = dict(psycopg2.extensions.parse_dsn(SERVER), dbname=database, options="-c search_path=oam,pg_catalog")
    if user:
        parts["user"] = user
    return psycopg2.extensions.make_dsn(**parts)


def administer(statement):
    connection = psycopg2.connect(SERVER)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def migrate(database):
    """Applies schema/migrations/ as `oamd migrate` does: each in its transaction."""
    connection = psycopg2.connect(dsn(database))
    for path in sorted((SCHEMA / "migrations").glob("*.sql")):
        with connection, connection.cursor() as cursor:
            cursor.execute(path.read_text())
    # What `oamd migrate` keeps beside them; a statement reads it.
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.schema_migration (number int PRIMARY KEY, name text, sha256 text, applied_at timestamptz);"
                       "GRANT SELECT ON public.schema_migration TO PUBLIC")
    connection.close()


def named_queries(path):
    """{name: statement} of one file of schema/queries."""
    parts = re.split(r"^-- name: ([a-z][a-z0-9_]*)$", path.read_text(), flags=re.M)
    return {name: body.strip().rstrip(";") for name, body in zip(parts[1::2], parts[2::2])}


@pytest.fixture(scope="session")
def template():
    name = f"oam_sql_{os.getpid()}"
    administer(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
    try:
        migrate(name)
        connection = psycopg2.connect(dsn(name))
        with connection, connection.cursor() as cursor:
            cursor.execute(WORLD)
            cursor.execute(os.environ.get("OAM_TEST_MUTATION") or "SELECT")  # faults/test_mutations.py: a guard taken away
        connection.close()
        yield name
    finally:
        administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


class Database:
    """One clone. `owner` is a superuser's connection; `connect(role)` logs in as that role."""

    def __init__(self, name):
        self.name = name
        self.connections = []
        self.owner = self.connect()

    def connect(self, role=None):
        connection = psycopg2.connect(dsn(self.name, role))
        self.connections.append(connection)
        return connection

    def close(self):
        for connection in self.connections:
            connection.close()
        administer(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


@pytest.fixture
def db(template):
    name = f"{template}_{uuid.uuid4().hex[:8]}"
    administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    database = Database(name)
    yield database
    database.close()


# ---- what the service would do ----

def ask(connection, statement, *values):
    """The first value of the first row, or None."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def scope(connection, staff=False, bodies=(), everything=False, principal="user:1"):
    """As store/tx.c does, for the transaction that is open or that this opens."""
    ask(connection, "SELECT set_config('oam.staff', %s, true), set_config('oam.bodies', %s, true), "
                    "set_config('oam.all', %s, true), set_config('oam.principal', %s, true)",
        "1" if staff else "", "{" + ",".join(map(str, bodies)) + "}" if bodies else "", "1" if everything else "", principal)


def file_request(connection, number, body=1, phase="intake", assignee=None, actor="user:1"):
    """Files a request as the service does; returns its id. One event as a draft, two when it is submitted at once."""
    draft = phase == "draft"
    return ask(connection, """
        SELECT request_create(%s::text, %s::bigint, %s::text, 1::bigint, 1::bigint, 1::bigint, %s::text, %s::text, NULL::text,
            'Consulta', '', '{}'::jsonb, 'web', %s::bigint, NULL::text, NULL::text, 0, NULL::text, false, %s::text, 'agent.1',
            now(), %s::timestamptz, NULL::timestamptz, NULL::timestamptz, %s::text[], %s::jsonb[], %s::boolean[],
            NULL, NULL, NULL, NULL, NULL, NULL)""",
               f"OAM-2026-{number:06}", body, "07" if body == 1 else "24", "draft" if draft else "assigned", phase, assignee, actor,
               None if draft else "2026-01-02T08:00Z", ["request.created"] + ["request.submitted"] * (not draft),
               ["{}"] * (1 if draft else 2), [draft] * (1 if draft else 2))


def step_request(connection, request, version, phase="study", assignee=None, events=1):
    ask(connection, """
        SELECT request_step(%s::bigint, %s, %s::text, %s::text, %s::text, '{}'::jsonb, 'Consulta', '', 1::bigint, 1::bigint,
            1::bigint, %s::bigint, NULL::text, 'user:1', 'agent.1', now(), %s::text[], %s::jsonb[], %s::boolean[],
            NULL, NULL, NULL, NULL, NULL, NULL, false)""",
        request, version, "closed" if phase == "end" else "in_progress", phase, "completed" if phase == "end" else None, assignee,
        ["request.transitioned"] * events, ['{"event": "take"}'] * events, [False] * events)


def step_followed(connection, request, version, phase="study", timers=None, clocks=None, outbox=None, undo=False, engine=None, due=None):
    """A step with what follows from it: timers, clocks and outbox as the function takes them."""
    ask(connection, """
        SELECT request_step(%s::bigint, %s, %s::text, %s::text, %s::text, '{}'::jsonb, 'Consulta', '', 1::bigint, 1::bigint,
            1::bigint, NULL::bigint, NULL::text, 'user:1', 'agent.1', now(), '{request.transitioned}', ARRAY['{"event": "take"}'::jsonb],
            '{f}', %s::bytea, %s::timestamptz, %s::jsonb, %s::jsonb, %s::jsonb, %s::jsonb, %s)""",
        request, version, "closed" if phase == "end" else "in_progress", phase, "cancelled" if phase == "end" else None, engine, due,
        '{"clock": "legal"}' if due else None, *(None if part is None else json.dumps(part) for part in (timers, clocks, outbox)), undo)


def comment(connection, request, internal=False, text="Bon dia"):
    return ask(connection, "SELECT comment_add(%s::bigint, %s::uuid, %s, 'user:1', 'agent.1', %s, %s, now())", request,
               str(uuid.UUID(bytes=hashlib.sha256(f"{request}{internal}{text}".encode()).digest()[:16])), internal,
               "provider" if internal else "body", text)
