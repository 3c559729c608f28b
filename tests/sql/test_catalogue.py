"""What the catalogue must say: who owns, who may, which rows are guarded, which functions can be fooled."""
import psycopg2
import psycopg2.errors
import pytest

from conftest import ask, file_request, scope

# Directory: who belongs where, and what a key opens, is read before there is a scope, holidays and what is published are public, who
# serves a town is the provider's affair.
NOT_A_BODYS_OWN = {"open311_endpoint", "open311_service", "open311_key", "holiday", "holiday_change", "membership", "portfolio", "api_client_body", "agent_conflict", "referent"}
OUR_ROLES = ("oam_app", "oam_worker", "oam_portal")


def names(connection, statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {row[0] for row in cursor.fetchall()}


def test_tables__with_a_bodys_rows_are_guarded(db):
    owned = names(db.owner, """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'oam'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'body_id' AND NOT a.attisdropped""")
    guarded = names(db.owner, """SELECT relname FROM pg_class c WHERE relnamespace = 'oam'::regnamespace AND relrowsecurity
        AND relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid)""")
    assert {"request", "request_event", "event_feed", "comment"} <= owned
    assert owned - NOT_A_BODYS_OWN <= guarded
    assert {"request", "idempotency_key"} <= guarded
    assert owned >= NOT_A_BODYS_OWN, "an exception that is no longer one"


def test_views__do_not_go_round_the_guard(db):
    # A view reads with its owner's rights: one over a guarded table needs security_invoker, or FORCE on all it reads.
    bare = names(db.owner, """SELECT DISTINCT v.relname FROM pg_class v JOIN pg_rewrite r ON r.ev_class = v.oid
        JOIN pg_depend d ON d.objid = r.oid JOIN pg_class t ON t.oid = d.refobjid
        WHERE v.relkind IN ('v', 'm') AND v.relnamespace = 'oam'::regnamespace AND t.relrowsecurity AND NOT t.relforcerowsecurity""")
    assert bare == set()


@pytest.mark.parametrize("role", OUR_ROLES)
def test_role__owns_nothing_and_has_no_powers(db, role):
    owned = names(db.owner, """
        SELECT relname::text FROM pg_class WHERE relowner = %(r)s::regrole UNION ALL
        SELECT proname::text FROM pg_proc WHERE proowner = %(r)s::regrole UNION ALL
        SELECT typname::text FROM pg_type WHERE typowner = %(r)s::regrole UNION ALL
        SELECT nspname::text FROM pg_namespace WHERE nspowner = %(r)s::regrole UNION ALL
        SELECT datname::text FROM pg_database WHERE datdba = %(r)s::regrole""".replace("%(r)s", "%s"), *[role] * 5)
    assert owned == set()
    assert ask(db.owner, "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication FROM pg_roles "
                         "WHERE rolname = %s", role) is False
    assert ask(db.owner, "SELECT count(*) FROM pg_auth_members WHERE member = %s::regrole", role) == 0
    assert ask(db.owner, "SELECT has_schema_privilege(%s, 'oam', 'CREATE') OR has_database_privilege(%s, current_database(), 'CREATE')",
               role, role) is False


def test_owner__logs_in_nowhere_and_owns_everything(db):
    assert ask(db.owner, "SELECT rolcanlogin OR rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'oam_owner'") is False
    assert names(db.owner, "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'oam'::regnamespace") == {"oam_owner"}
    assert names(db.owner, "SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE pronamespace = 'oam'::regnamespace") == {"oam_owner"}


@pytest.mark.parametrize("role", OUR_ROLES)
def test_who_asked_for_letters__is_nobodys_to_read(db, role):
    assert ask(db.owner, "SELECT has_any_column_privilege(%s, 'oam.address_asked', 'SELECT')", role) is False


@pytest.mark.parametrize("table", ["request", "request_event", "event_feed", "event_relay_state", "comment", "agent_load",
                                   "request_timer", "request_clock", "clock_recount", "calendar_revision", "holiday_change",
                                   "outbox", "effect", "notification", "incident", "address_change", "address_asked",
                                   "open311_endpoint", "open311_service", "open311_key", "open311_report", "open311_update",
                                   "api_client", "api_client_body", "api_client_change", "access_stamp", "person_access"])
@pytest.mark.parametrize("role", OUR_ROLES)
def test_requests__change_only_through_functions(db, role, table):
    for privilege in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
        assert ask(db.owner, "SELECT has_table_privilege(%s, %s, %s)", role, f"oam.{table}", privilege) is False, privilege
    for privilege in ("INSERT", "UPDATE", "REFERENCES"):
        assert ask(db.owner, "SELECT has_any_column_privilege(%s, %s, %s)", role, f"oam.{table}", privilege) is False, privilege


def test_directory__is_read_only_to_the_app(db):
    writable = names(db.owner, """SELECT relname FROM pg_class WHERE relnamespace = 'oam'::regnamespace AND relkind = 'r'
        AND (has_table_privilege('oam_app', oid, 'INSERT') OR has_any_column_privilege('oam_app', oid, 'UPDATE')
             OR has_table_privilege('oam_app', oid, 'DELETE') OR has_table_privilege('oam_app', oid, 'TRUNCATE'))""")
    assert writable == {"idempotency_key", "notification_read", "session", "signing_key", "login_failure"}
    assert names(db.owner, """SELECT relname FROM pg_class WHERE relnamespace = 'oam'::regnamespace AND relkind IN ('r', 'S')
        AND (has_table_privilege('public', oid, 'SELECT') OR has_table_privilege('public', oid, 'UPDATE'))""") == set()


@pytest.mark.parametrize("statement", ["UPDATE request_event SET data = '{}'", "DELETE FROM request_event", "TRUNCATE request_event",
                                       "UPDATE request SET state = 'granted'", "DELETE FROM request", "TRUNCATE request CASCADE",
                                       "UPDATE comment SET text = 'x'", "ALTER TABLE request DISABLE ROW LEVEL SECURITY",
                                       "DROP POLICY request_scope ON request", "SET ROLE oam_owner", "SET SESSION AUTHORIZATION oam_owner",
                                       "CREATE TABLE oam.mine (id int)", "CREATE TABLE public.mine (id int)"])
def test_app__is_refused(db, statement):
    scope(db.owner, staff=True, everything=True)
    file_request(db.owner, 1)
    db.owner.commit()
    app = db.connect("oam_app")
    scope(app, staff=True, everything=True)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(app, statement)


def test_definer_functions__pin_their_search_path(db):
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'oam'::regnamespace")
        functions = cursor.fetchall()
    assert len(functions) > 5
    for name, settings in functions:
        path = [entry for entry in settings or [] if entry.startswith("search_path=")]
        assert path and path[0] == "search_path=oam, pg_catalog, pg_temp", name


def test_definer_functions__cannot_be_fooled_by_a_temporary_table(db):
    # pg_temp comes first where search_path does not name it: a table of the caller's would stand in for ours.
    app = db.connect("oam_app")
    try:
        ask(app, "CREATE TEMP TABLE agent_load (agent_id bigint, open_requests int, last_assigned_at timestamptz)")
        ask(app, "INSERT INTO pg_temp.agent_load VALUES (1, 4711, NULL)")
        ask(app, "GRANT ALL ON pg_temp.agent_load TO PUBLIC")
    except psycopg2.errors.InsufficientPrivilege:
        return # no temporary tables at all: as good
    with app.cursor() as cursor:
        cursor.execute("SELECT open_requests FROM oam.agent_burdens('{1}')")
        assert cursor.fetchall() == [(0,)]


def test_functions__are_nobodys_but_those_granted(db):
    public = names(db.owner, "SELECT proname FROM pg_proc WHERE pronamespace = 'oam'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')")
    assert public == set()
    assert ask(db.owner, "SELECT bool_or(has_function_privilege('oam_app', oid, 'EXECUTE')) FROM pg_proc WHERE pronamespace = "
                         "'oam'::regnamespace AND proname IN ('event_append', 'directory_touch', 'request_follow', 'request_undo', "
                         "'request_remark', 'access_next', 'client_hold', 'client_note', 'client_give_bodies')") is False
