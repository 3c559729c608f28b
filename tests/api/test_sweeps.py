"""What every operation does alike: each is asked wrongly in every way there is, from a table that the contract makes."""
import collections
import copy
import datetime
import json
import urllib.parse

import pytest

from oamtest.client import TOWN, act, dumps, new_key
from oamtest.contract import Contract

CONTRACT = Contract()
FAR = datetime.date.today() + datetime.timedelta(days=900)
# What is Open311 refuses in a form of its own: test_open311.py.
OPERATIONS = [operation for operation in CONTRACT.operations if not operation.path.startswith("/open311/")]
PROTECTED = [operation for operation in OPERATIONS if not operation.public]
WITH_BODY = [operation for operation in OPERATIONS if operation.body_types]
JSON_BODY = [operation for operation in WITH_BODY if "x-www-form" not in operation.body_types[0]]
# A definition is judged as a document of its own format: what is wrong with it is the answer, not a refusal.
FORMS = [operation for operation in JSON_BODY if operation.id != "validate_workflow"]
HOOK = "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d60"
STOCK = ("get_stock_item", "update_stock_item", "get_stock_availability", "list_stock_movements", "create_stock_movement", "list_stock_holds")
CLIENT = ("update_client", "revoke_client", "rotate_client_secret")
NAMES = {"code": {"get_body": TOWN, "get_body_summary": TOWN, "get_calendar": TOWN, "correct_calendar": TOWN, "get_service": "OAM-GEN", "get_service_form": "OAM-GEN", "get_panel": "board_gov",
                  "change_panel": "board_gov", **dict.fromkeys(("publish_open311", "withdraw_open311", "give_open311_key", "take_open311_key"), TOWN),
                  **dict.fromkeys(STOCK, "trestles")},
         "slug": "not-found", "number": "1",
         "client": {**dict.fromkeys(("give_open311_key", "take_open311_key", "get_client"), "town-system"), **dict.fromkeys(CLIENT, "no-such-client")},
         "login": "agent.bages.1", "key": "general_enquiry",
         # What is read has to be there; the rest is asked of an id that nobody has.
         "id": collections.defaultdict(lambda: "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e", {name: HOOK for name in ("get_webhook", "list_webhook_deliveries")})}
# A caller that may call each operation, and what it may say.
CALLER = {"delete_session": None, "create_session": None, "issue_token": None, "list_notes": "operator", "create_note": "operator",
          "reassign_request": "operator", "list_incidents": "supervisor", "decide_incident": "supervisor", "list_events": "integration", "stream_events": "integration", "list_absences": "admin", "create_absence": "admin",
          "delete_absence": "admin", "list_ballots": "operator", "list_panels": "operator", "get_panel": "operator", "change_panel": "admin", "validate_workflow": "operator", "simulate_workflow": "operator", "replay_workflow": "supervisor",
          "publish_workflow": "admin", "migrate_workflow": "admin", "get_workflow_migration": "admin", "correct_calendar": "admin",
          "get_address": "local_user", "ask_address": "local_user", "forget_address": "local_user", "confirm_address": "local_user",
          **dict.fromkeys(("create_stock_item", "update_stock_item", "list_stock_movements", "create_stock_movement", "list_stock_holds"), "admin"),
          **dict.fromkeys(("list_open311", "publish_open311", "withdraw_open311", "give_open311_key", "take_open311_key", "list_clients", "create_client", "get_client", *CLIENT), "admin")}
BODIES = {
    "create_action": {"title": "Camí de Malla"}, "update_action": {"title": "Camí de Malla"}, "create_milestone": {"key": "works", "title": "Obres"},
    "update_milestone": {"title": "Obres"}, "create_amount": {"kind": "granted", "amount": "1.00"},
    "create_hold": {"item": "trestles", "quantity": 1, "from": str(FAR)}, "move_hold": {"move": "release"}, "update_stock_item": {"active": True},
    "create_stock_item": {"code": "trestles", "kind": "lendable", "service": "MA-05", "names": {"ca": "Cavallets", "es": "Caballetes", "en": "Trestles"}},
    "create_stock_movement": {"kind": "received", "quantity": 1, "reason": "Inventari"},
    "create_session": {"login": "nobody", "password": "x"},
    "create_request": {"service": "OAM-GEN", "body": TOWN, "title": "Consulta"},
    "create_requests": {"items": [{"service": "OAM-GEN", "body": TOWN, "title": "Consulta"}]},
    "update_request": {"title": "Consulta nova"},
    "perform_transition": {"event": "take"},
    "invite_member": {"body": TOWN},
    "change_panel": {"members": []},
    "reassign_request": {"agent": "agent.bages.1", "reason": "Coneix el cas"},
    "query_status": {"refs": ["OAM-2026-999999"]},
    "create_comment": {"text": "Bon dia"},
    "create_note": {"text": "Bon dia"},
    "decide_incident": {"decision": "retry"},
    "validate_workflow": {"format": "oam-wf/1"},
    "replay_workflow": {"workflow": "general_enquiry"},
    "publish_workflow": {"document": "{}", "scenarios": "{}", "reason": "Bases noves"},
    "migrate_workflow": {"from": 1, "to": 999, "reason": "Bases noves"},
    "simulate_workflow": {"workflow": "general_enquiry", "scenarios": {"format": "oam-scenarios/1"}},
    "correct_calendar": {"reason": "Ordre", "add": [{"day": str(FAR)}]},
    "read_notifications": {"ids": ["4711"]},
    "ask_address": {"address": "alcaldia@exemple.cat"}, "confirm_address": {"code": "0000 0000"},
    "create_webhook": {"url": "https://hooks.example.cat/oam"}, "update_webhook": {"description": "Un altre"},
    "redeliver_webhook": {"after": "0"},
    "create_client": {"client_id": "gestor-expedients", "name": "Gestor", "scopes": ["events:read"]}, "update_client": {"name": "Gestor"},
    "rotate_client_secret": {"overlap_hours": 24},
    "create_absence": {"first_day": str(FAR), "last_day": str(FAR)},
    "publish_open311": {"services": ["OAM-GEN"], "contact": "suport@exemple.cat"},
}


def named(operations):
    return pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.id)


@pytest.fixture(scope="module")
def ref(all_tokens, server):
    """A draft of Aguilar de Segarra, filed by the integration: it may do all that a body's side may. It has a webhook too; and there are trestles."""
    server.database.sql("INSERT INTO stock_item (code, service_id, unit_id, name, kind, updated_at) SELECT 'trestles', s.id, s.unit_id, s.name, 'lendable', now() "
                        "FROM service s WHERE s.code = 'MA-05'")
    server.database.sql("INSERT INTO webhook (uid, client_id, url, types, payload, description, language, state, position, created_at, updated_at) "
                        "SELECT %s, id, 'https://hooks.example.cat/', '{}', 'thin', '', 'ca', 'paused', 0, now(), now() FROM api_client "
                        "WHERE client_id = 'demo-integration'", HOOK)
    return all_tokens.file(role="integration", submit=False)["ref"]


@pytest.fixture(scope="module")
def acted(all_tokens):
    """(ref, version, id) of a submitted request with an action."""
    ref = all_tokens.file(role="integration")["ref"]
    made = act(all_tokens, ref)
    return ref, made.etag, made.json()["id"]


@pytest.fixture(scope="module")
def submitted(all_tokens):
    return all_tokens.file(role="integration")["ref"]


def caller(operation):
    return CALLER.get(operation.id, "integration") if not operation.public else None


def call(api, operation, ref, query="", headers=None, body="fine", role="", action=None, **how):
    """One call that would be right but for what the test changes. A header that is None is left out."""
    path = operation.path.replace("{id}", action) if action else operation.path
    for name in operation.path_names:
        value = ref if name == "ref" else NAMES[name]
        path = path.replace("{%s}" % name, value[operation.id] if isinstance(value, dict) else value)
    sent = {}
    if operation.takes("If-Match"):
        sent["If-Match"] = '"v1-ca"'
    if operation.takes("Idempotency-Key"):
        sent["Idempotency-Key"] = new_key()
    data = how.pop("data", None)
    if operation.body_types:
        sent["Content-Type"] = operation.body_types[0]
        if data is None:
            data = "grant_type=client_credentials" if operation.id == "issue_token" else dumps(BODIES[operation.id]) \
                if body == "fine" else body
    sent.update(headers or {})
    sent = {name: value for name, value in sent.items() if value is not None}
    return api.request(operation.method, path + query, role=caller(operation) if role == "" else role, data=data, headers=sent, **how)


def tell(answer, parameter=None, pointer=None):
    return [error["code"] for error in answer.json()["errors"]
            if error.get("parameter") == parameter and error.get("pointer") == pointer]


# ---- who

@named(PROTECTED)
def test_every_operation__refuses_a_caller_without_a_token(api, operation, ref):
    answer = call(api, operation, ref, role=None)
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")


@named(PROTECTED)
@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_every_operation__refuses_a_token_that_is_none(api, operation, ref, token):
    answer = call(api, operation, ref, role=None, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@named(PROTECTED)
def test_every_operation__refuses_a_token_that_has_ended(api, operation, ref, expired_token):
    answer = call(api, operation, ref, role=None, token=expired_token)
    assert answer.status_code == 401 and "invalid_token" in answer.headers["WWW-Authenticate"]


@named([operation for operation in PROTECTED if operation.id not in ("get_me", "delete_session")])
def test_every_operation__refuses_a_token_without_its_scope(api, operation, ref):
    wanted = {scope for choice in operation.document["security"] if "oauth2" in choice for scope in choice["oauth2"]}
    role = "requests_only" if wanted == {"directory:read"} else "directory_only"
    answer = call(api, operation, ref, role=role)
    if operation.id == "create_requests":  # each item asks for its own scope
        assert answer.status_code == 200 and answer.json()["items"][0]["status"] == 403
    else:
        assert answer.status_code == 403


def test_a_batch__is_not_for_those_who_may_not_file(api, ref):
    assert call(api, CONTRACT.by_id("create_requests"), ref, role="technician").status_code == 403


# ---- parameters

@named(OPERATIONS)
@pytest.mark.parametrize("query", ["?colour=red", "?colour", "?Limit=1", "?=", "?limit[]=1"])
def test_every_operation__refuses_an_unknown_parameter(api, operation, ref, query):
    role = "integration" if operation.id == "delete_session" else ""
    answer = call(api, operation, ref, query=query, role=role)
    assert answer.status_code == 400
    if operation.id != "issue_token":
        assert "unknown_parameter" in [error["code"] for error in answer.json()["errors"]]


@named([operation for operation in OPERATIONS if any(p["name"] == "lang" for p in operation.query)])
def test_every_operation__takes_each_parameter_once(api, operation, ref):
    answer = call(api, operation, ref, query="?lang=ca&lang=ca", role=caller(operation) or "operator")
    assert answer.status_code == 400 and tell(answer, parameter="lang") == ["repeated"]


@named([operation for operation in OPERATIONS if any(p["name"] == "lang" for p in operation.query)])
def test_every_operation__refuses_a_language_that_is_not_ours(api, operation, ref):
    answer = call(api, operation, ref, query="?lang=fr", role=caller(operation) or "operator")
    assert answer.status_code == 400 and tell(answer, parameter="lang") == ["not_an_option"]


@pytest.mark.parametrize("language, title", [("ca", "Paràmetre no vàlid"), ("es", "Parámetro no válido"), ("en", "Invalid parameter")])
def test_a_wrong_query__is_told_in_the_language_it_asks_for(api, language, title):
    problem = api.get(f"/api/v1/services?foo=1&lang={language}", role="operator").json()
    assert problem["title"] == title and [error["code"] for error in problem["errors"]] == ["unknown_parameter"]


WRONG = {"integer": ["", "x", "-1", "1.5", "0x10", "1e3", "99999999999999999999", "+1", "1%20", "%201"], "boolean": ["", "yes", "1", "TRUE"]}


def wrong_values():
    for operation in OPERATIONS:
        for parameter in operation.query:
            schema, name = parameter["schema"], parameter["name"]
            values = WRONG.get(schema.get("type"), [])
            if "pattern" in schema:
                values = values + ["", "%21", "a,", ",", "%C3%A9%00"]
            if "enum" in schema:
                values = values + ["", "none_such", schema["enum"][0] + ","]
            if "maxLength" in schema:
                values = values + ["a" * (schema["maxLength"] + 1)]
            if "maximum" in schema:
                values = values + [str(schema["maximum"] + 1)]
            for value in values:
                yield pytest.param(operation, name, value, id=f"{operation.id}-{name}-{value[:12]}")


@pytest.mark.parametrize("operation, name, value", wrong_values())
def test_every_parameter__refuses_what_its_schema_excludes(api, operation, name, value, ref):
    role = caller(operation) or ("operator" if not operation.public else None)
    answer = call(api, operation, ref, query=f"?{name}={value}", role=role)
    assert answer.status_code == 400, answer
    if "%00" not in value:
        assert tell(answer, parameter=name), answer


# ---- headers

@named([operation for operation in OPERATIONS if operation.takes("Idempotency-Key")])
def test_every_effect__asks_for_an_idempotency_key(api, operation, ref):
    answer = call(api, operation, ref, headers={"Idempotency-Key": None})
    assert answer.status_code == 400 and answer.json()["code"] == "idempotency_key_required"
    for value in ('""', "x" * 256, "é"):
        answer = call(api, operation, ref, headers={"Idempotency-Key": value.encode() if value == "é" else value})
        assert answer.status_code == 400, value


@named([operation for operation in OPERATIONS if operation.takes("If-Match") and "ref" in operation.path_names])
def test_every_change__asks_for_the_version_it_knows(api, operation, ref):
    assert call(api, operation, ref, headers={"If-Match": None}).status_code == 428
    stale = call(api, operation, ref, headers={"If-Match": '"v77-ca"'})
    assert stale.status_code == 412 and stale.etag == '"v1-ca"'
    for value in ("1", "v1", '"v1', "W/\"v1-ca\"", '"1"', '""', '"v-1"', '"v99999999999999999999"', '"v1", "v2"', ""):
        assert call(api, operation, ref, headers={"If-Match": value}).status_code in (400, 412, 428), value
    assert call(api, operation, ref, headers={"If-Match": "*"}).status_code == 428


@named([operation for operation in PROTECTED if "304" in operation.responses and operation.method == "GET"])
def test_every_read__that_gave_an_etag_answers_304_to_it(api, operation, ref, submitted, acted):
    ref = submitted if operation.id in ("list_notes", "list_ballots") else ref  # the provider's people see no draft
    ref, action = (acted[0], acted[2]) if "/actions/{id}" in operation.path else (ref, None)
    first = call(api, operation, ref, action=action)
    again = call(api, operation, ref, action=action, headers={"If-None-Match": f'W/"x", {first.etag}'})
    assert (first.status_code, again.status_code, again.content, again.etag) == (200, 304, b"", first.etag)
    assert call(api, operation, ref, action=action, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_contract__answers_304_to_its_own_etag(api):
    first = api.get("/api/v1/openapi.json", role=None)
    assert api.get("/api/v1/openapi.json", role=None, headers={"If-None-Match": first.etag}).status_code == 304


def test_a_batch_of_statuses__answers_304_while_nothing_changed(api):
    ref = api.file(role="integration")["ref"]
    first = api.post("/api/v1/status:query", json={"refs": [ref]})
    assert api.post("/api/v1/status:query", json={"refs": [ref]}, headers={"If-None-Match": first.etag}).status_code == 304
    api.act(ref, "take", role="agent")
    assert api.post("/api/v1/status:query", json={"refs": [ref]}, headers={"If-None-Match": first.etag}).status_code == 200


@named([operation for operation in PROTECTED if operation.id not in ("get_workflow_diagram", "stream_events")])  # no JSON
@pytest.mark.parametrize("accept, fine", [("text/html", False), ("application/json;q=0", False), ("application/*", True), ("*/*;q=0.1", True)])
def test_every_operation__answers_json_or_406(api, operation, ref, accept, fine):
    role = None if operation.id == "delete_session" else ""
    status = call(api, operation, ref, headers={"Accept": accept}, role=role).status_code
    assert status != 406 if fine else status == 406


@named([operation for operation in OPERATIONS if operation.method == "GET"])
def test_every_read__has_its_head(api, operation, submitted):
    read = call(api, operation, submitted)
    twin = copy.copy(operation)
    twin.method = "HEAD"
    answer = call(api, twin, submitted)
    assert (answer.status_code, answer.content) == (read.status_code, b"")
    if operation.id != "get_metrics":
        assert answer.headers.get("ETag") == read.headers.get("ETag")
        assert answer.headers["Content-Type"] == read.headers["Content-Type"]


@pytest.mark.parametrize("path", sorted({operation.path for operation in OPERATIONS}))
def test_every_path__tells_its_methods(api, path, ref):
    methods = {operation.method for operation in OPERATIONS if operation.path == path}
    methods |= {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    url = path
    for name, value in {"ref": ref, "slug": "not-found", "login": "a", "key": "a", "code": "a", "id": "a", "client": "a", "number": "a"}.items():
        url = url.replace("{%s}" % name, value)
    answer = api.request("OPTIONS", url, role=None)
    assert answer.status_code == 204 and {m.strip() for m in answer.headers["Allow"].split(",")} == methods
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        if method not in methods:
            answer = api.request(method, url, role="operator")
            assert answer.status_code == 405 and {m.strip() for m in answer.headers["Allow"].split(",")} == methods


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/api/v1/", "/api/v1/request", "/api/v1/requests/", "/api/v2/requests",
                                  "/api/v1/requests/OAM-2026-000001/", "/api/v1//requests", "/API/v1/requests", "/api/v1/requests:batc"])
def test_an_unknown_path__is_a_404_for_everybody(api, path):
    for role in ("operator", None):
        answer = api.get(path, role=role, check=False)
        assert answer.status_code == 404 and answer.json()["code"] == "not_found"


# ---- bodies

@named(WITH_BODY)
def test_every_body__has_its_media_type(api, operation, ref):
    for kind in ("text/plain", "application/xml", "application/jsonx", "multipart/form-data; boundary=x", None):
        answer = call(api, operation, ref, headers={"Content-Type": kind})
        assert answer.status_code == 415, kind


@named(WITH_BODY)
def test_every_body__has_its_limit(api, operation, ref):
    limit = operation.body_max_kb * 1024
    filler = "a=" + "a" * limit if operation.id == "issue_token" else json.dumps({"a": "a" * limit})
    assert call(api, operation, ref, data=filler).status_code == 413


@named([operation for operation in WITH_BODY if operation.id not in ("issue_token", "validate_workflow")])
def test_every_body__of_just_its_limit_is_read(api, operation, ref):
    shell = len('{"aa":""}')
    filler = '{"aa":"%s"}' % ("a" * (operation.body_max_kb * 1024 - shell))
    answer = call(api, operation, ref, data=filler)
    assert answer.status_code == 422 and tell(answer, pointer="/aa") == ["unknown_member"]


BROKEN = ["", "{", "[", "nul", "{}x", '{"a":1,}', "{'a':1}", '{"a":NaN}', '{"a":Infinity}', '{"a":1e999}', '{"a":-1e999}',
          '{"a":01}', '{"a":+1}', '{"a":"\t"}', '{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"a":"\\udc00\\ud800"}', '{"a":1,"a":1}',
          '{"a":{"b":1,"b":2}}', "[" * 40 + "]" * 40, '{"a":' * 40 + "1" + "}" * 40, b'{"a":"\xff"}', b'{"a":"\xc0\xaf"}',
          b'{"a":"\xed\xa0\x80"}', b'\xef\xbb\xbf{}', b'{"\xff":1}', '{"a":99999999999999999999}', "\x00", '{"a" 1}', b'{"a":1}\x00']


@named(JSON_BODY)
@pytest.mark.parametrize("text", BROKEN, ids=lambda text: repr(text)[:24])
def test_every_body__that_cannot_be_read_is_a_400_with_its_place(api, operation, ref, text):
    answer = call(api, operation, ref, data=text or b"")
    assert answer.status_code == 400, answer
    assert answer.json()["code"] == "malformed_json"
    places = [(error["line"], error["column"]) for error in answer.json()["errors"] if "line" in error]
    assert places and all(line >= 1 and column >= 1 for line, column in places), answer


def test_a_broken_body__is_told_where_it_breaks(api):
    answer = api.post("/api/v1/requests", role="integration", data='{"title": "abc",\n  "title": "abc"}',
                      headers={"Content-Type": "application/json", "Idempotency-Key": new_key()})
    error = answer.json()["errors"][0]
    assert answer.status_code == 400 and error["line"] == 2 and 3 <= error["column"] <= 17, answer


@named(JSON_BODY)
@pytest.mark.parametrize("text", ["[]", "null", "1", '"a"', "true"])
def test_every_body__is_an_object(api, operation, ref, text):
    assert call(api, operation, ref, data=text).status_code == (422 if text == "[]" else 400)


@named(FORMS)
def test_every_body__tells_every_violation_at_once(api, operation, ref):
    """An unknown member, every required one missing, and one of a wrong type: in one answer."""
    schema = operation.body_schema
    merged = {**schema, **{key: value for part in schema.get("allOf", []) for key, value in part.items()}}
    required = merged.get("required", [])
    optional = {"update_webhook": "url", "redeliver_webhook": "delivery", "update_stock_item": "unit", "update_client": "name"}.get(operation.id, "title")
    lists = [name for name in required if merged["properties"][name].get("type") == "array"]
    body = {"zz/~x": 1, **({name: {} if name in lists else [] for name in required} if required else {optional: 7})}
    answer = call(api, operation, ref, data=dumps(body))
    assert answer.status_code == 422
    told = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert told.get("/zz~1~0x") == "unknown_member"
    for name in required or [optional]:
        assert told.get("/" + name) == "wrong_type", (name, told)
    missing = call(api, operation, ref, data='{"zz":1}')
    assert {"/zz"} | {f"/{name}" for name in required} <= {error["pointer"] for error in missing.json()["errors"]}


@named([operation for operation in PROTECTED if not operation.body_types and operation.method != "GET"]
       + [operation for operation in PROTECTED if operation.method == "GET"])
def test_an_operation_without_a_body__refuses_one(api, operation, ref):
    answer = call(api, operation, ref, data='{"a":1}', headers={"Content-Type": "application/json"}, role="operator")
    assert answer.status_code == 413


# ---- what is not there

@named([operation for operation in PROTECTED if "ref" in operation.path_names])
@pytest.mark.parametrize("missing", ["OAM-2026-999999", "OAM-1999-000001", "oam-2026-000001", "OAM-2026-1", "1", "%20", "OAM-2026-0000000001",
                                     "OAM-2026-000001%00", "OAM-2026-%C2%B2%C2%B2%C2%B2%C2%B2%C2%B2%C2%B2", "..", "*"])
def test_every_request__that_is_not_there_is_a_404(api, operation, missing):
    answer = call(api, operation, missing, role={"update_request": "integration"}.get(operation.id, "supervisor" if "actions" in operation.document["tags"] else "operator"))
    assert answer.status_code == (400 if "%00" in missing else 404)


@named([operation for operation in OPERATIONS if operation.path_names and "ref" not in operation.path_names])
def test_every_other_thing__that_is_not_there_is_a_404(api, operation, ref):
    url = operation.path
    for name in operation.path_names:
        url = url.replace("{%s}" % name, {"code": "0000000000" if operation.id.startswith("get_body") else "ZZZ-99", "slug": "none-such",
                                          "login": "none.such", "key": "none_such", "id": "none", "client": "none"}[name])
    headers = {name: value for name, value in (("Idempotency-Key", new_key()), ("If-Match", '"v1"')) if operation.takes(name)}
    answer = api.request(operation.method, url, role="admin", json=BODIES.get(operation.id), headers=headers)
    assert answer.status_code == 404


@named([operation for operation in PROTECTED if any(p["name"] == "cursor" for p in operation.query)])
def test_every_cursor__is_ours_or_a_400(api, operation, submitted):
    role = {"list_incidents": "supervisor", "list_webhooks": "admin", "list_webhook_deliveries": "admin", "list_clients": "admin"}.get(operation.id, "operator")
    for value in ("AAAA", "a" * 1000, "a" * 1001, "!", "", urllib.parse.quote('"'), "_-_-"):
        answer = call(api, operation, submitted, query=f"?cursor={value}", role=role)
        assert answer.status_code == 400, answer


# ---- languages

@named([operation for operation in PROTECTED if any(p["name"] == "lang" for p in operation.query)])
def test_every_operation__speaks_the_language_asked_for(api, operation, ref):
    """Also where it refuses: the problem of a missing thing, in three languages, and by ?lang= before the header."""
    titles = {}
    for language in ("ca", "es", "en"):
        answer = call(api, operation, ref, role=None, headers={"Accept-Language": f"fr, {language};q=0.8"})
        assert answer.status_code == 401 and answer.headers["Content-Language"] == language
        assert "Accept-Language" in answer.headers["Vary"]
        titles[language] = answer.json()["title"]
        other = call(api, operation, ref, role=None, query=f"?lang={language}", headers={"Accept-Language": "en"})
        assert other.headers["Content-Language"] == language and other.json()["title"] == titles[language]
    assert len(set(titles.values())) == 3
