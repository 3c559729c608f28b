"""Every CHECK of the schema is tried: an invariant that no statement here breaks is not tested, which fails too."""
import psycopg2
import psycopg2.errors
import pytest

from conftest import ask, comment, file_request, scope, step_followed
from test_action import open_action, record
from test_stock import item, reserve

# Statements on the rows of conftest's world and of one request with a comment; each must be refused by a CHECK.
BREACHES = """
UPDATE comarca SET code = 'x' WHERE code = '24'
UPDATE user_account SET email = 'a b@c.cat' WHERE id = 1
UPDATE body SET email = 'nobody' WHERE id = 1
INSERT INTO address_change (principal, user_id, address, language, asked_at) VALUES ('user:1', 1, 'a b@c.cat', 'ca', now())
INSERT INTO address_change (principal, user_id, address, language, asked_at) VALUES ('user:1', 1, 'a@c.cat', 'la', now())
INSERT INTO address_change (principal, user_id, address, language, asked_at, tries) VALUES ('user:1', 1, 'a@c.cat', 'ca', now(), 6)
INSERT INTO address_change (principal, user_id, address, language, asked_at, lease) VALUES ('user:1', 1, 'a@c.cat', 'ca', now(), 9)
UPDATE comarca SET population = -1
UPDATE body SET code = 'x'
UPDATE body SET kind = 'kingdom'
UPDATE body SET ine5 = '1'
UPDATE body SET province_code = 'B'
UPDATE body SET population = -1
UPDATE holiday SET scope = 'planet', body_id = NULL
UPDATE holiday SET scope = 'catalunya'
UPDATE holiday SET status = 'hearsay'
UPDATE holiday SET scope = 'catalunya', body_id = NULL, lifted = true
UPDATE service_area SET code = 'gov'
UPDATE service_area SET name = '{"ca": "només"}'
UPDATE unit SET code = 'Ü'
UPDATE unit SET name = '{}'
UPDATE user_account SET login = 'A B' WHERE id = 1
UPDATE user_account SET name = '' WHERE id = 1
UPDATE user_account SET language = 'la' WHERE id = 1
UPDATE membership SET role = 'king'
UPDATE membership SET role = 'signer'
UPDATE membership SET role = 'unit_head', unit_id = NULL
UPDATE membership SET valid_from = '2026-01-01', valid_to = '2025-12-31'
UPDATE agent SET capacity = -1
UPDATE portfolio SET body_id = 1
UPDATE portfolio SET comarca_code = NULL
UPDATE absence SET last_day = '2025-01-01'
UPDATE agent_load SET open_requests = -1
UPDATE agent_load SET open_hours = -1
INSERT INTO skill (code, name) VALUES ('1st', '{"ca": "x", "es": "x", "en": "x"}')
INSERT INTO skill (code, name) VALUES ('law', '{"ca": "només"}')
INSERT INTO delegation (agent_id, delegate_id, first_day, last_day) VALUES (1, 2, '2026-02-01', '2026-01-01')
INSERT INTO absence_request (absence_id, request_id, outcome) VALUES (1, 1, 'forgotten')
UPDATE service SET effort_hours = -1
UPDATE request SET effort_hours = -1
UPDATE api_client SET client_id = 'A'
UPDATE api_client SET secret_hash = 'short'
UPDATE api_client SET scopes = '{everything}'
UPDATE api_client SET name = ''
UPDATE api_client SET version = 0
UPDATE api_client SET previous_hash = 'short', previous_until = now()
UPDATE api_client SET previous_until = now()
UPDATE api_client SET revoked_at = now()
UPDATE api_client_change SET version = 0
UPDATE api_client_change SET act = 'lent'
UPDATE api_client_change SET by = ''
UPDATE access_stamp SET one = false
UPDATE service SET code = 'gen'
UPDATE service SET name = '{}'
UPDATE service SET description = '{}'
UPDATE service SET support_type = 'moral'
UPDATE service SET application = 'never'
UPDATE service SET max_population = 0
UPDATE workflow_definition SET hash = 'short'
UPDATE workflow_definition SET key = 'A'
UPDATE workflow_definition SET version = 0
UPDATE workflow_definition SET change = 'none'
UPDATE workflow_definition SET reason = 'x'
INSERT INTO workflow_migration (from_id, to_id, change, map, reason, started_by, started_by_name, started_at, not_before) VALUES (1, 2, 'none', '{}', 'Per què', 'system', 'system', now(), now())
INSERT INTO workflow_migration (from_id, to_id, change, map, reason, started_by, started_by_name, started_at, not_before) VALUES (1, 2, 'texts', '{}', 'x', 'system', 'system', now(), now())
INSERT INTO workflow_migration (from_id, to_id, change, map, reason, started_by, started_by_name, started_at, not_before) VALUES (1, 1, 'texts', '{}', 'Per què', 'system', 'system', now(), now())
INSERT INTO workflow_migration (from_id, to_id, change, map, reason, started_by, started_by_name, started_at, not_before, moved) VALUES (1, 2, 'texts', '{}', 'Per què', 'system', 'system', now(), now(), -1)
INSERT INTO workflow_migration (from_id, to_id, change, map, reason, started_by, started_by_name, started_at, not_before, passed) VALUES (1, 2, 'texts', '{}', 'Per què', 'system', 'system', now(), now(), -1)
INSERT INTO open311_endpoint VALUES (1, '', false, 'admin', now())
INSERT INTO open311_key VALUES (1, 1, 'short', 'admin', now())
INSERT INTO open311_report (request_id, body_id, latitude, longitude) VALUES (1, 1, 91, 0)
INSERT INTO open311_report (request_id, body_id, latitude, longitude) VALUES (1, 1, 0, -181)
INSERT INTO open311_report (request_id, body_id, latitude) VALUES (1, 1, 0)
INSERT INTO open311_report (request_id, body_id) VALUES (1, 1)
INSERT INTO open311_report (request_id, body_id, address) VALUES (1, 1, '')
INSERT INTO open311_report (request_id, body_id, address_id) VALUES (1, 1, '')
INSERT INTO open311_report (request_id, body_id, address, media_url) VALUES (1, 1, 'x', 'javascript:x')
INSERT INTO open311_update (principal, body_id, update_id, request_id, uid, status) VALUES ('client:1', 1, '', 1, gen_random_uuid(), 'open')
INSERT INTO open311_update (principal, body_id, update_id, request_id, uid, status) VALUES ('client:1', 1, '1', 1, gen_random_uuid(), 'OPEN')
UPDATE panel SET code = 'A'
UPDATE panel SET name = '{}'
UPDATE panel SET team = 'A'
UPDATE panel SET version = 0
UPDATE panel SET changed_by = 'user:1'
UPDATE panel_seat SET place = 0
UPDATE panel_seat SET substitute_id = user_id
UPDATE panel_seat SET away_from = '2026-01-01'
UPDATE panel_seat SET away_from = '2026-01-02', away_to = '2026-01-01'
UPDATE request SET ref = 'OAM-26-1'
UPDATE request SET phase = 'limbo'
UPDATE request SET version = 0
UPDATE request SET seq = 0
UPDATE request SET digest = 'short'
UPDATE request SET title = 'ab'
UPDATE request SET title = repeat('a', 251)
UPDATE request SET description = repeat('a', 20001)
UPDATE request SET data = '[]'
UPDATE request SET channel = 'pigeon'
UPDATE request SET external_ref = ''
UPDATE request SET supports = -1
UPDATE request SET place = repeat('a', 251)
UPDATE request SET closed_at = now()
UPDATE request SET phase = 'end', closed_at = now()
UPDATE request SET outcome = 'completed'
UPDATE request SET submitted_at = NULL
UPDATE request SET phase = 'end', outcome = 'completed', closed_at = submitted_at - interval '1 second'
UPDATE request SET register_number = 'E-2026-000001'
UPDATE request_event SET data = '{"x": 1}'
UPDATE request_event SET version = 9, digest = event_digest(previous, request_id, seq, 9, body_id, at, type, actor, actor_name, internal, draft, workflow_id, data)
UPDATE request_event SET seq = 0, version = 0, digest = event_digest(previous, request_id, 0, 0, body_id, at, type, actor, actor_name, internal, draft, workflow_id, data)
UPDATE request_event SET data = '[]', digest = event_digest(previous, request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id, '[]')
UPDATE request_event SET type = 'x', digest = event_digest(previous, request_id, seq, version, body_id, at, 'x', actor, actor_name, internal, draft, workflow_id, data)
UPDATE request_event SET previous = 'x', digest = event_digest('x', request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft, workflow_id, data)
UPDATE event_feed SET position = 0
UPDATE event_relay_state SET single = false
UPDATE directory_stamp SET single = false
UPDATE comment SET side = 'nobody'
UPDATE comment SET text = ''
UPDATE comment SET internal = true
INSERT INTO session (token_hash, user_id, credential, created_at, last_seen_at, expires_at) VALUES ('short', 1, sha256('x'), now(), now(), now() + interval '1 h')
INSERT INTO session (token_hash, user_id, credential, created_at, last_seen_at, expires_at) VALUES (sha256('x'), 1, 'short', now(), now(), now() + interval '1 h')
INSERT INTO session (token_hash, user_id, credential, created_at, last_seen_at, expires_at) VALUES (sha256('x'), 1, sha256('x'), now(), now(), now())
INSERT INTO signing_key VALUES ('short', '', '', now(), now(), now())
INSERT INTO signing_key VALUES (repeat('k', 43), '', '', now(), now(), now() - interval '1 s')
INSERT INTO login_failure (subject, at) VALUES ('short', now())
UPDATE request SET due_at = now()
UPDATE request_timer SET timer = 'A'
UPDATE request_timer SET generation = 0
UPDATE request_timer SET wake = due - interval '1 s'
UPDATE request_timer SET tries = -1
UPDATE request_clock SET clock = 'A'
UPDATE request_clock SET due = since - interval '1 s'
UPDATE calendar_revision SET revision = 0
UPDATE calendar_revision SET reason = ''
UPDATE outbox SET seq = 0
UPDATE outbox SET ordinal = 1000000
UPDATE outbox SET kind = 'A'
UPDATE outbox SET payload = '[]'
UPDATE outbox SET undo = 'A'
UPDATE outbox SET tries = -1
UPDATE incident SET kind = 'accident', generation = NULL, due = NULL
UPDATE incident SET state = 'lost', decided_at = now()
UPDATE incident SET version = 0
UPDATE incident SET reason = ''
UPDATE incident SET outbox_id = 7
UPDATE incident SET generation = NULL
UPDATE incident SET state = 'skipped'
UPDATE incident SET patch = '{}'
UPDATE incident SET patch = '{}', proposed_by = 'user:1'
UPDATE incident SET state = 'patched', decided_at = now()
UPDATE action SET kind = 'favour'
UPDATE action SET title = 'ab'
UPDATE action SET delivery_point = ''
UPDATE action SET state = 'lost', started_on = '2026-01-01'
UPDATE action SET starts_on = '2026-02-01', ends_on = '2026-01-01'
UPDATE action SET state = 'done', started_on = '2026-02-01', ended_on = '2026-01-01', advanced = 0
UPDATE action SET started_on = '2026-02-01'
UPDATE action SET ended_on = '2026-02-01'
UPDATE action SET justified = -0.01
UPDATE action SET granted = 100.01
UPDATE action SET committed = 100.01
UPDATE action SET returned = 100.01
UPDATE action SET state = 'done', started_on = '2026-02-01', ended_on = '2026-02-01'
UPDATE action SET state = 'cancelled'
UPDATE stock_item SET code = 'Chairs'
UPDATE stock_item SET name = '{"ca": "només"}'
UPDATE stock_item SET kind = 'rented'
UPDATE stock_item SET quantity = -1
UPDATE stock_hold SET ordinal = 0
UPDATE stock_hold SET quantity = 0
UPDATE stock_hold SET to_day = from_day
UPDATE stock_hold SET to_day = NULL
UPDATE stock_hold SET item_kind = 'consumable'
UPDATE stock_hold SET lost = 1
UPDATE stock_hold SET returned = -1, handed_on = from_day, state = 'handed_over'
UPDATE stock_hold SET state = 'stolen'
UPDATE stock_hold SET state = 'released'
UPDATE stock_hold SET state = 'handed_over'
UPDATE stock_hold SET state = 'returned', handed_on = from_day, ended_on = to_day
UPDATE stock_hold SET state = 'delivered', handed_on = from_day, ended_on = from_day
UPDATE stock_movement SET ordinal = 0
UPDATE stock_movement SET quantity = 0
UPDATE stock_movement SET quantity = -1
UPDATE stock_movement SET kind = 'stolen'
UPDATE stock_movement SET reason = ''
UPDATE stock_movement SET reason = NULL
UPDATE stock_movement SET kind = 'lost', quantity = -1
UPDATE action_share SET ordinal = 0
UPDATE action_share SET points = 0
UPDATE milestone SET ordinal = 0
UPDATE milestone SET key = 'A'
UPDATE milestone SET title = ''
UPDATE milestone SET weight = 0
UPDATE amount SET ordinal = 0 WHERE ordinal = 1
UPDATE amount SET kind = 'promised'
UPDATE amount SET year = 1989
UPDATE amount SET value = 0
UPDATE amount SET reference = ''
UPDATE amount SET note = ''
UPDATE amount SET value = -value
UPDATE webhook SET url = 'ftp://a.cat/'
UPDATE webhook SET types = array_fill('a.b'::text, ARRAY[41])
UPDATE webhook SET payload = 'fat'
UPDATE webhook SET description = repeat('a', 251)
UPDATE webhook SET contact = 'nobody'
UPDATE webhook SET language = 'la'
UPDATE webhook SET state = 'asleep'
UPDATE webhook SET state = 'disabled', reason = 'bored'
UPDATE webhook SET state = 'disabled'
UPDATE webhook SET version = 0
UPDATE webhook SET position = -1
UPDATE webhook SET pending = -1
UPDATE webhook SET filter = ''
UPDATE webhook SET filter_failures = -1
UPDATE webhook SET filter = 'true', filter_failures = 1, filter_error = 'overflow', filter_failed_at = now(), filter_failed_position = 0
UPDATE webhook SET filter_error = 'Not a word'
UPDATE webhook SET filter_error = 'overflow'
UPDATE webhook SET failed_for = '-1 s'
UPDATE webhook_secret SET sealed = 'short'
UPDATE webhook_secret SET ends_at = created_at - interval '1 s'
UPDATE webhook_delivery SET position = 0
UPDATE webhook_delivery SET request_id = NULL
UPDATE webhook_delivery SET type = 'A'
UPDATE webhook_delivery SET state = 'lost', wake = NULL, ended_at = now()
UPDATE webhook_delivery SET state = 'dead', ended_at = now()
UPDATE webhook_delivery SET state = 'dead', wake = NULL
UPDATE webhook_delivery SET sending = true, state = 'dead', wake = NULL, ended_at = now()
UPDATE webhook_delivery SET tries = -1
UPDATE webhook_delivery SET status = 42
UPDATE webhook_delivery SET outcome = 'Oh no'
UPDATE webhook_delivery SET attempts = '{}'
UPDATE webhook_notice SET reason = 'bored'
UPDATE webhook_notice SET lease = 13
""".strip().splitlines()

# Cannot be met alone: who is their own delegate comes round, which the trigger says first.
IMPLIED = {"delegation_to_another", "absence_delegate"}


# What is said by a trigger that looks at the row anyway, under the name that its CHECK would have.
TRIGGERS = {"request_whole", "request_event_whole"}


def test_checks__all_hold(db):
    connection = db.owner
    scope(connection, staff=True, everything=True)
    request = file_request(connection, 1)
    comment(connection, request)
    step_followed(connection, request, 3, timers=[{"timer": name, "due": "2026-01-01T00:00Z"} for name in ("late", "never")],
                  clocks=[{"clock": "legal", "bodies": [1], "since": "2026-01-01T00:00Z", "due": "2026-02-01T00:00Z"}],
                  outbox=[{"ordinal": 0, "kind": "pay"}])
    ask(connection, "SELECT timer_failed(%s, 'never', 4, 'no', NULL, now())", request)
    action, _ = open_action(connection, request, shares=[{"body": 1, "points": 10000}], milestones=[{"key": "works", "title": "Obres", "weight": 1}])
    for kind in ("requested", "granted", "committed", "advanced"):
        record(connection, request, action, kind, 100)
    loan, _ = open_action(connection, request, kind="material_loan")
    item(connection, quantity=5)
    reserve(connection, request, loan, 2, 0, 3)
    connection.commit()
    scope(connection, staff=True, everything=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_relay();"
                       "SELECT client_note(1, 'created', 'admin', now());"
                       "INSERT INTO webhook (uid, client_id, url, types, payload, description, language, position, created_at, updated_at) "
                       "SELECT gen_random_uuid(), 1, 'https://a.cat/', '{}', 'thin', '', 'ca', 0, now(), now();"
                       "INSERT INTO webhook_secret (webhook_id, sealed, created_at) VALUES (1, decode(repeat('00', 88), 'hex'), now());"
                       "INSERT INTO webhook_notice (webhook_id, reason, since, at) VALUES (1, 'gone', now(), now());"
                       "INSERT INTO webhook_delivery (uid, webhook_id, position, request_id, type, at, wake, created_at) "
                       "VALUES (gen_random_uuid(), 1, 1, 1, 'a.b', now(), now(), now())")
    connection.commit()
    met = set()
    for breach in BREACHES:
        with connection.cursor() as cursor:
            try:
                cursor.execute(breach)
                pytest.fail(f"accepted: {breach}")
            except psycopg2.errors.CheckViolation as refusal:
                met.add(refusal.diag.constraint_name)
        connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'oam'::regnamespace")
        assert ({row[0] for row in cursor.fetchall()} | TRIGGERS) - met == IMPLIED


def weakened(connection, function, says):
    """The function with one of its conditions left out, for each of them."""
    source, = ask(connection, "SELECT array[pg_get_functiondef(%s::regproc)]", f"oam.{function}")
    head, body = source.split(says, 1)
    body, tail = body.split(";\n", 1)
    conditions = body.split("\n        AND ")
    assert len(conditions) > 5
    for left_out in range(len(conditions)):
        kept = [condition for i, condition in enumerate(conditions) if i != left_out]
        yield conditions[left_out], head + says + "\n        AND ".join(kept) + ";\n" + tail


@pytest.mark.parametrize("table, function, says", [("request", "request_form", "whole := "), ("request", "request_keep", "whole := "), ("request_event", "event_is_whole", "RETURN ")])
def test_conditions_of_a_row__are_each_needed(db, table, function, says):
    """What is said at once with many conditions: without any one of them something above is accepted."""
    connection = db.owner
    scope(connection, staff=True, everything=True)
    comment(connection, file_request(connection, 1))
    connection.commit()
    breaches = [breach for breach in BREACHES if breach.startswith(f"UPDATE {table} ")]
    for condition, definition in weakened(connection, function, says):
        accepted = []
        with connection.cursor() as cursor:
            for breach in breaches:
                try:
                    cursor.execute(definition)
                    cursor.execute(breach)
                    accepted.append(breach)
                except psycopg2.errors.UniqueViolation:
                    accepted.append(breach) # all events alike: an index says so, and no CHECK
                except psycopg2.errors.CheckViolation:
                    pass
                connection.rollback()
        assert accepted, condition


@pytest.mark.parametrize("breach", [
    "INSERT INTO body (code, kind, name, name_official, comarca_code, province_code, population) SELECT code, kind, name, name_official, "
    "comarca_code, province_code, population FROM body LIMIT 1",
    "INSERT INTO workflow_definition (hash, key, version, document) VALUES (sha256('other'), 'general_enquiry', 1, 'other')",
    "INSERT INTO membership (user_id, role, unit_id) SELECT user_id, role, unit_id FROM membership LIMIT 1",
    "INSERT INTO portfolio (agent_id, comarca_code) SELECT agent_id, comarca_code FROM portfolio LIMIT 1",
    "INSERT INTO holiday (day, scope, body_id, status, source) SELECT day, scope, body_id, status, source FROM holiday",
    "INSERT INTO user_account (login, name) VALUES ('agent.1', 'Another')",
    "INSERT INTO panel (code, name, team, unit_id) SELECT 'another', name, team, unit_id FROM panel",
    "INSERT INTO panel_seat (panel_id, place, user_id, chair) VALUES (1, 2, 2, true)",
    "INSERT INTO panel_seat (panel_id, place, user_id) VALUES (1, 2, 1)",
    "INSERT INTO milestone SELECT action_id, ordinal + 1, key, title, weight FROM milestone",
    "INSERT INTO action_share SELECT action_id, ordinal + 1, body_id, points FROM action_share",
    "UPDATE amount SET ordinal = 1",
])
def test_uniqueness__holds(db, breach):
    scope(db.owner, staff=True, everything=True)
    request = file_request(db.owner, 1)
    action, _ = open_action(db.owner, request, shares=[{"body": 1, "points": 10000}], milestones=[{"key": "works", "title": "Obres", "weight": 1}])
    for kind in ("requested", "granted"):
        record(db.owner, request, action, kind, 100)
    with db.owner.cursor() as cursor, pytest.raises(psycopg2.errors.UniqueViolation):
        cursor.execute(breach)


def test_event__of_no_request_is_told_by_the_verification(db):
    """What writes an event holds its request: the verification, and no key, says of an event written otherwise whose it is."""
    scope(db.owner, staff=True, everything=True)
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT event_append(4711, 1, 1, 0, 0, decode(repeat('00', 32), 'hex'), now(), '{request.created}', "
                       "ARRAY['{}'::jsonb], 'user:1', 'agent.1', false, '{f}')")
        cursor.execute("SELECT request_id, seq, fault FROM event_chain_faults()")
        assert cursor.fetchall() == [(4711, 1, "head")]
