"""Whose rights have changed is told, whoever changes them: the number by which every process hears of it."""
import psycopg2.errors
import pytest

from conftest import ask

SESSION = """INSERT INTO session (token_hash, user_id, credential, created_at, expires_at, last_seen_at)
             VALUES (sha256('s'), 4, sha256(''), now(), now() + interval '1 hour', now())"""
ANOTHER_POST = "INSERT INTO membership (user_id, role) VALUES (4, 'operator')"

# A change, and whom it is told of.
CHANGES = [
    ("UPDATE user_account SET active = false WHERE id = 2", {"user:2"}),
    ("UPDATE user_account SET password_hash = 'another' WHERE id IN (1, 3)", {"user:1", "user:3"}),
    ("UPDATE user_account SET active = active, name = 'Another', language = 'en'", set()),
    ("DELETE FROM membership WHERE user_id = 2", {"user:2"}),
    ("UPDATE membership SET valid_to = '2026-09-20' WHERE user_id = 3", {"user:3"}),
    ("UPDATE membership SET user_id = 2, role = 'operator' WHERE user_id = 1", {"user:1", "user:2"}),
    (ANOTHER_POST, set()),
    (SESSION, set()),
    (f"{SESSION}; {ANOTHER_POST}", {"user:4"}),
    (f"{SESSION}; UPDATE session SET revoked_at = now()", {"user:4"}),
    (f"{SESSION}; UPDATE session SET last_seen_at = now() + interval '1 min'", set()),
    ("UPDATE agent SET active = false WHERE user_id = 4", {"user:4"}),
    ("UPDATE agent SET capacity = 3", set()),
    ("SELECT token_revoke(gen_random_uuid(), now(), 1)", {"client:1"}),
]


def told(connection, since):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'client:' || id FROM api_client WHERE access > %s UNION ALL SELECT 'user:' || user_id FROM person_access WHERE revision > %s",
                       (since, since))
        return {who for who, in cursor.fetchall()}


def test_whose_rights_change__is_told_at_the_end_and_nobody_else(db):
    for change, whom in CHANGES:
        since = ask(db.owner, "SELECT revision FROM access_stamp")
        ask(db.owner, "SAVEPOINT one")
        ask(db.owner, change)
        if "token_revoke" not in change:
            assert told(db.owner, since) == set(), f"{change}: nobody is kept waiting for the stamp meanwhile"
        ask(db.owner, "SET CONSTRAINTS ALL IMMEDIATE")
        assert (change, told(db.owner, since)) == (change, whom)
        assert (ask(db.owner, "SELECT revision FROM access_stamp") > since) is bool(whom)
        ask(db.owner, "ROLLBACK TO one")


def test_a_token__is_given_back_once(db):
    app = db.connect("oam_app")
    for _ in range(2):
        ask(app, "SELECT token_revoke('6f1b7a52-0d0c-4a5e-9d4e-0a5b0a3f1c11', now(), 1)")
    assert ask(app, "SELECT count(*) FROM token_revoked") == 1
    assert ask(db.owner, "SELECT revision FROM access_stamp") == ask(app, "SELECT revision FROM access_stamp") - 1
    for statement in ("INSERT INTO token_revoked VALUES (gen_random_uuid(), now())", "INSERT INTO person_access VALUES (1, 1)",
                      "UPDATE access_stamp SET revision = 0"):
        app.commit()
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(app, statement)
        app.rollback()
