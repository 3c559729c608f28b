"""The tenancy matrix: every operation of the contract, by every caller, on what is its own, what is foreign and what is not there.

Expectations are in policy.py and nowhere else. What a caller may not see must be told exactly as what does not exist."""
import datetime
import itertools
import json
import re

import policy
import pytest
from oamtest.client import OTHER_TOWN, TOWN, act, dumps, new_key
from oamtest.contract import Contract
from oamtest.waiting import eventually

CONTRACT = Contract()
OF_A_REQUEST = [operation for operation in CONTRACT.operations if "ref" in operation.path_names]
PLACES = ("own", "foreign", "missing")
MISSING = "OAM-2026-999999"
CANARIES = {TOWN: "canari-aguilar-7f3a", OTHER_TOWN: "canari-malla-91bc"}
BODIES = {
    "update_request": {"title": "Un altre títol"}, "perform_transition": {"event": "cancel", "data": {"reason": "Perquè sí"}},
    "invite_member": {"body": OTHER_TOWN}, "create_comment": {"text": "Bon dia"}, "create_note": {"text": "Bon dia"},
    "create_action": {"title": "Camí de Malla"}, "update_action": {"title": "Camí de Malla"}, "create_milestone": {"key": "works", "title": "Obres"},
    "update_milestone": {"title": "Obres"}, "create_amount": {"kind": "granted", "amount": "1.00"},
    "create_hold": {"item": "none_such", "quantity": 1, "from": "2031-05-19", "to": "2031-05-29"}, "move_hold": {"move": "release"},
}
ACTION = "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e"  # of nobody


def hold_something(database, action):
    """Of any action: what may be held for which, other tests try."""
    database.sql("INSERT INTO stock_item (code, service_id, unit_id, name, kind, updated_at) SELECT 'trestles', id, unit_id, name, 'lendable', now() FROM service "
                 "WHERE code = 'OAM-GEN' ON CONFLICT DO NOTHING")
    database.sql("INSERT INTO stock_hold (action_id, ordinal, item_id, item_kind, quantity, from_day, to_day, reserved_at) "
                 "SELECT a.id, 1, i.id, i.kind, 1, '2031-05-19', '2031-05-29', now() FROM action a, stock_item i WHERE a.uid = %s AND i.code = 'trestles'", action)


@pytest.fixture(scope="module")
def cells():
    return []


@pytest.fixture(scope="module")
def canaries(all_tokens):
    """A request of each town whose every field says whose it is, with a comment, a note and a transition; and a draft of each."""
    api, made = all_tokens, {}
    for body, side, agent in ((TOWN, "local_user", "agent"), (OTHER_TOWN, "signer", "agent_b")):
        word = CANARIES[body]
        filed = api.file(side, body=body, title=f"Títol {word}", description=f"Text {word}", data={"reason": word}, external_ref=f"ext-{word}")
        api.act(filed["ref"], "take", role=agent, comment=f"Pres {word}")
        api.act(filed["ref"], "ask", {"question": f"Què {word}?"}, role=agent)
        act(api, filed["ref"], title=f"Actuació {word}", delivery_point=word)
        for path in ("comments", "notes"):
            api.post(f"/api/v1/requests/{filed['ref']}/{path}", role=agent, json={"text": f"{path} {word}"}, headers={"Idempotency-Key": new_key()})
        draft = api.file(side, body=body, submit=False, title=f"Esborrany {word}", description=word)
        made[body] = filed["ref"], draft["ref"]
    return made


def call(api, operation, caller, ref, version, expired, action=ACTION):
    headers = {}
    if operation.takes("If-Match"):
        headers["If-Match"] = f'"v{version}-ca"'
    if operation.takes("Idempotency-Key"):
        headers["Idempotency-Key"] = new_key()
    data = None
    if operation.body_types:
        headers["Content-Type"] = operation.body_types[0]
        body = BODIES.get(operation.id) or {"agent": "agent.osona.1" if ref != MISSING and version == -1 else "agent.bages.1", "reason": "Coneix el cas"}
        data = dumps(body)
    path = operation.path.replace("{ref}", ref).replace("{id}", action).replace("{key}", "general_enquiry").replace("{number}", "1")
    return api.request(operation.method, path, role=None if caller in ("anonymous", "expired") else caller,
                       token=expired if caller == "expired" else None, data=data, headers=headers)


def anonymised(answer, *words):
    """An answer without what is new each time, nor the words that the caller itself gave."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}", "#", answer.text)
    for word in words:
        text = text.replace(word, "#")
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "request-id", "content-length", "traceparent")}
    return answer.status_code, text, {name: re.sub(r"[0-9a-f]{32}", "#", value) for name, value in headers.items()}


def test_the_table__has_every_operation_of_the_contract():
    assert set(policy.POLICY) == {operation.id for operation in CONTRACT.operations}
    for operation in CONTRACT.operations:
        assert (policy.POLICY[operation.id] is policy.PUBLIC) == operation.public, operation.id


@pytest.mark.parametrize("operation", OF_A_REQUEST, ids=lambda operation: operation.id)
@pytest.mark.parametrize("caller", list(policy.CALLERS))
def test_each_operation_on_a_request__own_foreign_missing(api, server, cells, operation, caller, expired_token):
    answers = {}
    for place, body, side in (("own", TOWN, "local_user"), ("foreign", OTHER_TOWN, "signer"), ("missing", None, None)):
        ref, version, action = (MISSING, 2, ACTION)
        if body:
            filed = api.file(side, body=body)
            ref, version = filed["ref"], filed["version"]
        if body and "/actions/{id}" in operation.path:
            action, version = act(api, ref).json()["id"], version + 1
            hold_something(server.database, action)
        how = dict(BODIES)
        if operation.id == "reassign_request":
            BODIES["reassign_request"] = {"agent": "agent.osona.1" if body == OTHER_TOWN else "agent.bages.1", "reason": "Coneix el cas"}
        answer = call(api, operation, caller, ref, version, expired_token, action)
        BODIES.clear()
        BODIES.update(how)
        cells.append((operation.id, caller, place))
        assert answer.status_code == policy.expected(operation.id, caller, place), (place, answer)
        answers[place] = anonymised(answer, ref)
    if policy.expected(operation.id, caller, "foreign") == policy.expected(operation.id, caller, "missing"):
        assert answers["foreign"] == answers["missing"]
    if policy.expected(operation.id, caller, "own") == policy.expected(operation.id, caller, "missing"):
        assert answers["own"] == answers["missing"]


@pytest.mark.parametrize("operation", OF_A_REQUEST, ids=lambda operation: operation.id)
def test_a_draft__is_nobodys_but_its_bodys(api, cells, operation):
    draft = api.file("local_user", submit=False)["ref"]
    for caller in ("signer", "local_user_b", "integration_b") + policy.STAFF:
        if caller in policy.CALLERS and caller in policy.BY_ROLE.get(operation.id, ()):
            continue
        if caller not in policy.CALLERS and operation.id in ("list_notes", "create_note", "reassign_request", "list_ballots", *policy.ACTING):
            continue
        BODIES["reassign_request"] = {"agent": "agent.bages.1", "reason": "Coneix el cas"}
        there, nowhere = (call(api, operation, caller, ref, 1, None) for ref in (draft, MISSING))
        BODIES.pop("reassign_request")
        cells.append((operation.id, caller, "draft"))
        assert there.status_code == 404, (caller, there)
        assert anonymised(there, draft) == anonymised(nowhere, MISSING)


OTHERS = [operation for operation in CONTRACT.operations if "ref" not in operation.path_names and not operation.public and operation.id != "delete_session"]
UNPUBLISHED = "0801930008"  # by any test
EXAMPLES = {"code": {"get_body": TOWN, "get_body_summary": TOWN, "get_calendar": TOWN, "correct_calendar": TOWN, "get_panel": "board_gov", "change_panel": "board_gov",
                     **dict.fromkeys(("publish_open311", "withdraw_open311", "give_open311_key", "take_open311_key"), UNPUBLISHED)},
            "client": "no-such-client", "login": "agent.bages.1", "key": "general_enquiry", "id": "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e"}


@pytest.mark.parametrize("operation", OTHERS, ids=lambda operation: operation.id)
@pytest.mark.parametrize("caller", list(policy.CALLERS))
def test_each_other_operation__answers_whom_it_may(api, cells, operation, caller, expired_token):
    path = operation.path
    for name in operation.path_names:
        value = EXAMPLES[name]
        path = path.replace("{%s}" % name, value.get(operation.id, "OAM-GEN") if isinstance(value, dict) else value)
    own = OTHER_TOWN if caller == "signer" else TOWN
    item = {"service": "OAM-GEN", "body": own, "title": "Consulta", "submit": True}
    day = str(datetime.date.today() + datetime.timedelta(days=100 + list(policy.CALLERS).index(caller)))
    body = {"create_request": item, "create_requests": {"items": [item]}, "query_status": {"refs": [MISSING]},
            "create_absence": {"first_day": day, "last_day": day}, "decide_incident": {"decision": "retry"}, "change_panel": {"members": []}, "validate_workflow": {},
            "correct_calendar": {"reason": "Ordre", "add": [{"day": day}]}, "read_notifications": {"ids": ["4711"]},
            "create_webhook": {"url": "https://hooks.example.cat/oam", **({"client": "town-system"} if caller == "admin" else {})},
            "update_webhook": {"description": "Un altre"}, "redeliver_webhook": {"after": "0"},
            "create_stock_item": {}, "update_stock_item": {"active": True}, "create_stock_movement": {"kind": "received", "quantity": 1, "reason": "Inventari"},
            "ask_address": {"address": f"{caller.replace('_', '-')}@exemple.cat"}, "confirm_address": {"code": "0000 0000"},
            "replay_workflow": {"workflow": "general_enquiry"}, "simulate_workflow": {"workflow": "general_enquiry", "scenarios": {}},
            "create_client": {"client_id": f"of-{caller.replace('_', '-')}", "name": "Gestor", "scopes": ["events:read"]}, "update_client": {"name": "Gestor"},
            "rotate_client_secret": {"overlap_hours": 24}, "publish_workflow": {}, "migrate_workflow": {"from": 1, "to": 999, "dry_run": True}, "publish_open311": {}}.get(operation.id)
    headers = {name: value for name, value in (("Idempotency-Key", new_key()), ("If-Match", '"v99"' if operation.id == "change_panel" else '"v1"')) if operation.takes(name)}
    answer = api.request(operation.method, path, role=None if caller in ("anonymous", "expired") else caller,
                         token=expired_token if caller == "expired" else None, json=body, headers=headers)
    cells.append((operation.id, caller, "own"))
    assert answer.status_code == (401 if policy.CALLERS[caller] is None else policy.POLICY[operation.id][caller]), answer


# ---- what lists, filters, bulk and feed show

def readers(word):
    """Who must never see the canary of that town."""
    town = "A" if word == CANARIES[TOWN] else "B"
    return [caller for caller, towns in policy.CALLERS.items() if towns and town not in towns]


@pytest.mark.parametrize("caller", [caller for caller, towns in policy.CALLERS.items() if towns])
def test_every_read__shows_no_canary_of_another_town(api, cells, canaries, caller):
    """Lists with each filter that could reach it, bulk, feed, links: not a byte of another town's matter, nor of its drafts."""
    refs = list(itertools.chain(*canaries.values()))
    texts = []
    for query in ("", f"?body={TOWN}", f"?body={OTHER_TOWN}", f"?body={TOWN},{OTHER_TOWN}", "?comarca=07", "?comarca=24", "?comarca=07,24",
                  "?assignee=agent.bages.1", "?assignee=agent.osona.1", "?assignee=none", "?state=waiting,draft,in_progress", "?phase=waiting,draft",
                  f"?external_ref=ext-{CANARIES[TOWN]}", f"?external_ref=ext-{CANARIES[OTHER_TOWN]}", "?service=OAM-GEN", "?mine=true", "?sort=ref",
                  "?updated_at.gte=2020-01-01T00:00:00Z"):
        # The canaries are what changed last: whoever may see them has them on the first page.
        texts.append(api.get(f"/api/v1/requests{query}{'&' if query else '?'}limit=100", role=caller, check=not query).text)
        cells.append(("list_requests", caller, query))
    texts.append(api.get("/api/v1/notifications?limit=200", role=caller).text)
    texts.append(api.post("/api/v1/status:query", role=caller, json={"refs": refs}).text.split('"missing"')[0])
    for ref in refs:
        for tail in ("", "/status", "/transitions", "/members", "/ballots", "/assignment", "/actions", "/comments", "/notes", "/history"):
            answer = api.get(f"/api/v1/requests/{ref}{tail}", role=caller)
            texts.append(answer.text.replace(ref, "#") if answer.status_code >= 400 else answer.text)
        texts.append(api.get("/api/v1/events", role=caller, params={"subject": ref}).text)
        cells.append(("list_events", caller, "subject"))
    position = "0"
    while True:
        page = api.get("/api/v1/events", role=caller, params={"after": position, "limit": 200}, check=False)
        texts.append(page.text)
        if page.json()["next"] == position or not page.json()["items"]:
            break
        position = page.json()["next"]
    everything = "\n".join(texts)
    for body, (ref, draft) in canaries.items():
        foreign = CANARIES[body] in [word for word in CANARIES.values() if caller in readers(word)]
        if foreign:
            assert CANARIES[body] not in everything and ref not in everything and draft not in everything, body
        else:
            assert CANARIES[body] in everything and ref in everything
        staff = caller in policy.STAFF
        if staff:
            assert draft not in everything and f"Esborrany {CANARIES[body]}" not in everything
        assert (f"notes {CANARIES[body]}" in everything) == staff


def test_the_feed__shows_each_side_its_own(api, canaries):
    for caller, towns in (("local_user", "A"), ("signer", "B"), ("integration_a", "A"), ("integration", "AB"), ("operator", "AB")):
        for town, (ref, draft) in zip("AB", (canaries[TOWN], canaries[OTHER_TOWN])):
            events = api.get("/api/v1/events", role=caller, params={"subject": ref, "limit": 200}).json()["items"]
            assert bool(events) == (town in towns), (caller, town)
            assert any(event["type"] == "cat.oam.request.noted" for event in events) == (caller == "operator")
            drafts = api.get("/api/v1/events", role=caller, params={"subject": draft}).json()["items"]
            assert bool(drafts) == (town in towns and caller != "operator")


def test_a_limited_integration__cannot_reach_beyond_by_any_body_it_sends(api, canaries):
    """Foreign codes and refs in bodies are as unknown as those of nothing."""
    ref = canaries[OTHER_TOWN][0]
    for body in (OTHER_TOWN, "9999999999"):
        answer = api.try_file("integration_a", service="OAM-GEN", body=body, title="Consulta")
        assert answer.status_code == 404
        item = api.post("/api/v1/requests:batch", role="integration_a", headers={"Idempotency-Key": new_key()}, json={"items": [
            {"service": "OAM-GEN", "body": body, "title": "Consulta",
             "import": {"external_ref": f"ext-{CANARIES[OTHER_TOWN]}", "state": "closed", "submitted_at": "2018-01-01T00:00:00Z"}}]}).json()["items"][0]
        assert item["status"] == 404 and item["ref"] is None
    assert ref not in json.dumps(item)


def test_an_idempotency_key__of_somebody_else_is_just_a_key(api):
    """Neither the answer nor the fact that another caller used the key shows."""
    key = new_key()
    first = api.try_file("local_user", key=key, service="OAM-GEN", body=TOWN, title="Consulta")
    other = api.try_file("signer", key=key, service="OAM-GEN", body=OTHER_TOWN, title="Consulta")
    assert first.status_code == other.status_code == 201 and "Idempotency-Replayed" not in other.headers


@pytest.mark.parametrize("caller", list(policy.TOWNS + policy.CLIENTS))
def test_notes__leave_no_trace_for_the_bodys_side(api, caller):
    """Counts, bodies, ETags, versions, feed, history, lists: all as if the note had not been written."""
    body, side, agent = (OTHER_TOWN, "signer", "agent_b") if caller == "signer" else (TOWN, "local_user", "agent")
    ref = api.file(side, body=body)["ref"]
    path = f"/api/v1/requests/{ref}"

    def seen():
        looks = [api.get(path + tail, role=caller) for tail in ("", "/status", "/transitions", "/assignment", "/comments", "/history")]
        looks.append(api.get("/api/v1/events", role=caller, params={"subject": ref}))
        looks.append(api.get("/api/v1/requests", role=caller, params={"sort": "-updated_at", "limit": 5}))
        looks.append(api.post("/api/v1/status:query", role=caller, json={"refs": [ref]}))
        return [(look.status_code, look.content, look.headers.get("ETag")) for look in looks]

    def told(role, what, count):
        """Whether that one's feed tells that many of them, and so all that was before."""
        events = api.get("/api/v1/events", role=role, params={"subject": ref}).json()["items"]
        return [event["type"].rsplit(".", 1)[1] for event in events].count(what) == count

    # The caller's own feed: what its server has in memory comes a moment after what the database tells others.
    eventually(lambda: told(caller, "submitted", 1))
    before = seen()
    for _ in range(3):
        assert api.post(f"{path}/notes", role=agent, json={"text": "Secret"}, headers={"Idempotency-Key": new_key()}).status_code == 201
    eventually(lambda: told(agent, "noted", 3))
    assert seen() == before
    # Nor do the numbers of what comes after betray how many there were.
    comment = api.post(f"{path}/comments", role=side, json={"text": "Bon dia"}, headers={"Idempotency-Key": new_key()})
    assert comment.status_code == 201
    history = api.whole(f"{path}/history", role=caller)
    assert [entry["type"] for entry in history][-1] == "commented" and len({entry["seq"] for entry in history} | {1}) <= 3
    assert len(api.whole(f"{path}/notes", role=agent)) == 3
    assert [entry["type"] for entry in api.whole(f"{path}/history", role=agent)].count("noted") == 3


def test_the_matrix__was_whole(cells):
    told = {(operation, caller) for operation, caller, _ in cells}
    wanted = {(operation.id, caller) for operation in CONTRACT.operations for caller in policy.CALLERS
              if not operation.public and operation.id != "delete_session"}
    assert wanted <= told, sorted(wanted - told)[:5]
    print(f"{len(cells)} cells")
