"""Comments, notes, history, assignment and the feed of one request."""
import threading
import time

import pytest

from oamtest.client import TOWN, Api, new_key
from oamtest.waiting import eventually


def say(api, ref, text, role, where="comments", key=None):
    return api.post(f"/api/v1/requests/{ref}/{where}", role=role, json={"text": text}, headers={"Idempotency-Key": key or new_key()})


@pytest.fixture
def ref(api):
    return api.file("local_user")["ref"]


def test_comments__are_for_both_sides_oldest_first(api, ref):
    texts = [f"Missatge {n}\nsegona línia" for n in range(7)]
    for n, text in enumerate(texts):
        answer = say(api, ref, text, ("local_user", "agent", "integration", "technician")[n % 4])
        assert answer.status_code == 201 and answer.json()["text"] == text
    for role in ("local_user", "agent", "integration_a", "supervisor"):
        pages = api.walk(f"/api/v1/requests/{ref}/comments", role=role, params={"limit": 3})
        assert [len(page) for page in pages] == [3, 3, 1] and [one["text"] for page in pages for one in page] == texts
    first = api.get(f"/api/v1/requests/{ref}/comments", role="local_user").json()["items"][0]
    assert first["author"] == {"kind": "user", "id": "local.aguilar-de-segarra", "name": first["author"]["name"]}


@pytest.mark.parametrize("where, items", [("comments", 11), ("notes", 11), ("history", 13)])
def test_a_conversation__reads_backwards_as_forwards(api, ref, where, items):
    for n in range(11):
        say(api, ref, str(n), "agent", "notes" if where == "notes" else "comments")
    path = f"/api/v1/requests/{ref}/{where}"
    forwards = [item for page in api.walk(path, params={"limit": 4}) for item in page]
    assert len(forwards) == items
    page = api.get(path, params={"limit": 4}).json()
    while page["next"]:
        page = api.get(path, params={"limit": 4, "cursor": page["next"]}).json()
    backwards = page["items"]
    while page["prev"]:
        page = api.get(path, params={"limit": 4, "cursor": page["prev"]}).json()
        backwards = page["items"] + backwards
    assert backwards == forwards


@pytest.mark.parametrize("text, code", [("", "too_short"), ("x" * 10001, "too_long"), (7, "wrong_type"), (None, "required"), ("a\u0001b", "control_character")])
@pytest.mark.parametrize("where", ["comments", "notes"])
def test_what_is_said__has_a_length(api, ref, where, text, code):
    answer = say(api, ref, text, "agent", where)
    assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == code and answer.json()["errors"][0]["pointer"] == "/text"


def test_what_is_said__may_be_long_and_odd(api, ref):
    text = "à·🙂\t\n" * 2000
    assert say(api, ref, text, "local_user").json()["text"] == text
    assert api.get(f"/api/v1/requests/{ref}/comments", role="agent").json()["items"][-1]["text"] == text


def test_a_comment__is_news_and_a_note_is_not(api, ref):
    """A comment moves the version and the time, so that whoever follows the request sees that something was said."""
    before = api.get(f"/api/v1/requests/{ref}", role="local_user")
    say(api, ref, "Intern", "agent", "notes")
    assert api.get(f"/api/v1/requests/{ref}", role="local_user").content == before.content
    say(api, ref, "Bon dia", "agent")
    after = api.get(f"/api/v1/requests/{ref}", role="local_user")
    assert after.json()["version"] == before.json()["version"] + 1 and after.json()["updated_at"] > before.json()["updated_at"]
    assert {**after.json(), "version": 0, "updated_at": 0} == {**before.json(), "version": 0, "updated_at": 0}


def test_notes__are_the_providers_own(api, ref):
    assert say(api, ref, "Intern", "agent", "notes").status_code == 201
    for role in ("agent", "operator", "supervisor", "admin", "technician"):
        assert [note["text"] for note in api.whole(f"/api/v1/requests/{ref}/notes", role=role)] == ["Intern"]
    for role in ("local_user", "signer", "integration", "integration_a"):
        assert api.get(f"/api/v1/requests/{ref}/notes", role=role).status_code == 403
        assert say(api, ref, "Intern", role, "notes").status_code == 403
    assert api.whole(f"/api/v1/requests/{ref}/comments") == []


def test_history__is_told_in_words_of_three_languages(api, ref):
    api.act(ref, "take", role="agent", comment="Me'l quedo")
    say(api, ref, "Bon dia", "agent")
    said = {}
    for language in ("ca", "es", "en"):
        entries = api.get(f"/api/v1/requests/{ref}/history?lang={language}", role="local_user").json()["items"]
        assert [entry["type"] for entry in entries] == ["created", "submitted", "transitioned", "commented"]
        said[language] = [entry["label"] for entry in entries]
        assert all(said[language])
    assert said["ca"][2] == "Agafar" and said["es"][2] == "Asumir" and said["en"][2] == "Take"
    assert entries[2]["comment"] == "Me'l quedo" and entries[2]["actor"]["id"] == "agent.bages.1"


# ---- assignment

def assign(api, ref, agent, role, reason="Coneix el cas", key=None):
    return api.post(f"/api/v1/requests/{ref}/assignment", role=role, json={"agent": agent, "reason": reason}, headers={"Idempotency-Key": key or new_key()})


def test_an_assignment__is_explained(api, ref):
    told = {language: api.get(f"/api/v1/requests/{ref}/assignment?lang={language}", role="local_user").json() for language in ("ca", "es", "en")}
    one = told["ca"]
    assert (one["agent"], one["policy"], one["unit"]) == ("agent.bages.1", "territorial", "oam") and one["at"]
    chosen = [candidate for candidate in one["candidates"] if candidate["chosen"]]
    assert [candidate["agent"] for candidate in chosen] == ["agent.bages.1"] and chosen[0]["rank"]["territory"] == "body"
    others = [candidate for candidate in one["candidates"] if not candidate["chosen"]]
    assert others and all(candidate["rank"]["territory"] == "comarca" for candidate in others if candidate["failed"] is None)
    assert one["counterfactual"]["agent"] in [candidate["agent"] for candidate in others]
    assert len({answer["reason"] for answer in told.values()}) == 3
    assert "agent.osona.1" not in [candidate["agent"] for candidate in one["candidates"]]


def test_a_draft__is_assigned_to_nobody(api):
    draft = api.file("local_user", submit=False)["ref"]
    answer = api.get(f"/api/v1/requests/{draft}/assignment", role="local_user").json()
    assert answer["candidates"] == [] and {answer[name] for name in ("agent", "policy", "at", "reason", "counterfactual")} == {None}


@pytest.mark.parametrize("role", ["operator", "supervisor", "agent"])
def test_a_request__is_passed_on(api, ref, role):
    second = api.get(f"/api/v1/requests/{ref}/assignment").json()["counterfactual"]["agent"]
    answer = assign(api, ref, second, role, "Ja hi va treballar")
    assert answer.status_code == 200 and answer.etag == '"v3-ca"'
    told = answer.json()
    assert (told["agent"], told["policy"], told["reason"], told["candidates"], told["counterfactual"]) == (second, "manual", "Ja hi va treballar", [], None)
    again = api.get(f"/api/v1/requests/{ref}/assignment").json()
    assert again == told
    request = api.get(f"/api/v1/requests/{ref}").json()
    assert (request["assignee"], request["version"], request["state"]) == (second, 3, "assigned")
    last = api.whole(f"/api/v1/requests/{ref}/history")[-1]
    assert last["type"] == "assigned" and last["version"] == 3
    if role == "agent":  # it is not its own any more
        assert assign(api, ref, "agent.bages.1", "agent").status_code == 403


@pytest.mark.parametrize("agent, code", [("nobody.at.all", "no_such_agent"), ("admin", "no_such_agent"), ("agent.osona.1", "agent_unfit")])
def test_a_request__goes_to_an_agent_that_covers_its_town(api, ref, agent, code):
    answer = assign(api, ref, agent, "operator")
    assert answer.status_code == 422 and [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/agent", code)]


def test_a_closed_request__is_passed_on_no_more(api, ref):
    api.act(ref, "withdraw", role="local_user")
    answer = assign(api, ref, "agent.bages.2", "operator")
    assert answer.status_code == 409 and answer.json()["code"] == "request_closed"


def test_absence_and_capacity__leave_agents_out_and_say_so(new_server, contract):
    server = new_server()
    own = Api(server, contract)
    server.database.sql("INSERT INTO absence (agent_id, first_day, last_day) SELECT a.id, '2000-01-01', '2999-01-01' FROM agent a "
                        "JOIN user_account u ON u.id = a.user_id WHERE u.login = 'agent.bages.1'")
    eventually(lambda: own.get("/api/v1/agents/agent.bages.1").json()["absent"])
    filed = own.file("local_user")
    told = own.get(f"/api/v1/requests/{filed['ref']}/assignment").json()
    absent = next(candidate for candidate in told["candidates"] if candidate["agent"] == "agent.bages.1")
    assert filed["assignee"] == told["agent"] == "agent.bages.2" and absent == {
        "agent": "agent.bages.1", "chosen": False, "failed": "absent", "rank": None,
        "filters": [{"require": "!agent.absent", "about": "absent", "clauses": [{"text": "!agent.absent", "holds": False}]}]}
    server.database.sql("UPDATE agent SET capacity = 1 FROM user_account u WHERE u.id = user_id AND u.login LIKE 'agent.bages.%'")
    eventually(lambda: own.get("/api/v1/agents/agent.bages.2").json()["capacity"] == 1)
    nobody = own.file("local_user")
    told = own.get(f"/api/v1/requests/{nobody['ref']}/assignment").json()
    assert nobody["assignee"] is None and told["agent"] is None
    assert {candidate["agent"]: candidate["failed"] for candidate in told["candidates"]}.items() >= {"agent.bages.1": "absent", "agent.bages.2": "capacity"}.items()
    assert own.get("/api/v1/requests", params={"assignee": "none"}).json()["items"][0]["ref"] == nobody["ref"]
    assert own.act(nobody["ref"], "take", role="operator").status_code == 200


# ---- idempotency

POSTS = {
    "create_request": lambda ref: ("/api/v1/requests", {"service": "OAM-GEN", "body": TOWN, "title": "Consulta", "submit": True}, {}),
    "create_requests": lambda ref: ("/api/v1/requests:batch", {"items": [{"service": "OAM-GEN", "body": TOWN, "title": "Consulta"}]}, {}),
    "perform_transition": lambda ref: (f"/api/v1/requests/{ref}/transitions", {"event": "take"}, {"If-Match": '"v2-ca"'}),
    "create_comment": lambda ref: (f"/api/v1/requests/{ref}/comments", {"text": "Bon dia"}, {}),
    "create_note": lambda ref: (f"/api/v1/requests/{ref}/notes", {"text": "Bon dia"}, {}),
    "reassign_request": lambda ref: (f"/api/v1/requests/{ref}/assignment", {"agent": "agent.bages.2", "reason": "Coneix el cas"}, {}),
}


@pytest.mark.parametrize("operation", POSTS)
def test_the_same_key__gives_the_same_answer_byte_for_byte(api, ref, operation):
    path, body, headers = POSTS[operation](ref)
    key = new_key()
    first = api.post(path, role="operator", json=body, headers={**headers, "Idempotency-Key": key})
    assert first.status_code in (200, 201) and "Idempotency-Replayed" not in first.headers
    events = len(api.whole(f"/api/v1/requests/{ref}/history"))
    for form in (key, f'"{key}"'):  # bare or quoted, it is one key
        again = api.post(path, role="operator", json=body, headers={**headers, "Idempotency-Key": form})
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["Idempotency-Replayed"] == "true"
        for name in ("ETag", "Location"):
            assert again.headers.get(name) == first.headers.get(name)
    assert len(api.whole(f"/api/v1/requests/{ref}/history")) == events


@pytest.mark.parametrize("operation", POSTS)
def test_the_same_key__with_another_body_is_refused(api, ref, operation):
    path, body, headers = POSTS[operation](ref)
    different = {"create_request": {**body, "title": "Una altra"}, "create_requests": {"items": body.get("items", []) * 2},
                 "perform_transition": {"event": "take", "comment": "x"}, "create_comment": {"text": "x"}, "create_note": {"text": "x"},
                 "reassign_request": {"agent": "agent.bages.2", "reason": "Una altra raó"}}[operation]
    key = new_key()
    assert api.post(path, role="operator", json=body, headers={**headers, "Idempotency-Key": key}).status_code < 300
    answer = api.post(path, role="operator", json=different, headers={**headers, "Idempotency-Key": key})
    assert answer.status_code == 422 and answer.json()["code"] == "idempotency_key_reused"


def test_the_same_key__on_another_route_or_request_is_refused(api, ref):
    key, other = new_key(), api.file("local_user")["ref"]
    assert say(api, ref, "Bon dia", "agent", key=key).status_code == 201
    assert say(api, other, "Bon dia", "agent", key=key).status_code == 422
    assert say(api, ref, "Bon dia", "agent", "notes", key=key).status_code == 422
    assert say(api, ref, "Bon dia", "operator", key=key).status_code == 201  # somebody else's key is another


def test_a_refused_call__does_not_use_up_its_key(api, ref):
    key = new_key()
    assert api.act(ref, "close", role="agent", version=2, key=key).status_code == 409
    assert api.act(ref, "take", role="agent", version=2, key=key).status_code == 200
    assert api.act(ref, "take", role="agent", version=2, key=key).headers["Idempotency-Replayed"] == "true"  # though the version is stale by now


def test_a_key_in_flight__is_a_409_and_then_the_answer(server, api):
    """Eight at once with one key: one files, the others are told to wait or given its answer."""
    key, answers = new_key(), []
    body = {"service": "OAM-GEN", "body": TOWN, "title": "Consulta"}
    gate = threading.Barrier(8)

    def file():
        gate.wait()
        answers.append(api.post("/api/v1/requests", role="integration", json=body, headers={"Idempotency-Key": key}))

    threads = [threading.Thread(target=file) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    fresh = [answer for answer in answers if answer.status_code == 201 and "Idempotency-Replayed" not in answer.headers]
    assert len(fresh) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "idempotency_in_flight" and answer.headers["Retry-After"] == "1"
        else:
            assert answer.json()["ref"] == fresh[0].json()["ref"]
    assert server.database.one("SELECT count(*) FROM idempotency_key WHERE key = %s", key) == 1


def test_two_transitions_of_one_version__one_wins(api):
    for _ in range(5):
        ref, answers = api.file("local_user")["ref"], []
        gate = threading.Barrier(4)

        def act(role, event, data, ref=ref, answers=answers, gate=gate):
            gate.wait()
            answers.append(api.act(ref, event, data, role=role, version=2).status_code)

        threads = [threading.Thread(target=act, args=args) for args in (("agent", "take", {}), ("operator", "take", {}), ("local_user", "withdraw", {}),
                                                                         ("supervisor", "cancel", {"reason": "Perquè sí"}))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [200, 412, 412, 412]
        assert api.get(f"/api/v1/requests/{ref}").json()["version"] == 3


# ---- the feed

def feed(api, role="operator", after="0", **params):
    items, position = [], after
    while True:
        page = api.get("/api/v1/events", role=role, params={"after": position, "limit": 200, **params}).json()
        items += page["items"]
        if page["next"] == position:
            return items, position
        position = page["next"]


def test_the_feed__tells_a_requests_life_in_order(api, ref):
    api.act(ref, "take", role="agent")
    say(api, ref, "Bon dia", "agent")
    say(api, ref, "Intern", "agent", "notes")
    events = eventually(lambda: [one for one in [feed(api, subject=ref)[0]] if len(one) == 5])[0]
    assert [event["type"].rsplit(".", 1)[1] for event in events] == ["created", "submitted", "transitioned", "commented", "noted"]
    assert [event["data"]["seq"] for event in events] == [1, 2, 3, 4, 5] and {event["subject"] for event in events} == {ref}
    assert events[2]["data"].items() >= {"event": "take", "from": "assigned", "to": "in_progress", "version": 3}.items()
    positions = [int(event["id"]) for event in events]
    assert positions == sorted(positions)
    only = feed(api, subject=ref, type="cat.oam.request.submitted,cat.oam.request.commented")[0]
    assert only == [events[1], events[3]]
    assert feed(api, subject=ref, type="cat.oam.request.migrated")[0] == []


def test_the_feed__has_no_gap_for_those_who_see_all(api, server):
    for _ in range(3):
        api.file("local_user")
    eventually(lambda: server.database.one("SELECT count(*) FROM request_event") == server.database.one("SELECT count(*) FROM event_feed"))
    numbers = [row[0] for row in server.database.sql("SELECT position FROM event_feed ORDER BY 1")]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_the_feed__is_the_same_whatever_the_page(api, limit):
    last = feed(api)[0][-20:]
    after = str(int(last[0]["id"]) - 1)
    items, position = [], after
    while len(items) < 20:
        page = api.get("/api/v1/events", params={"after": position, "limit": limit}).json()
        assert len(page["items"]) <= limit and page["prev"] is None
        items, position = items + page["items"], page["next"]
    assert items[:20] == last


def test_waiting__ends_with_the_event_or_with_the_time(api):
    end = feed(api)[1]
    begin = time.monotonic()
    empty = api.get("/api/v1/events", params={"after": end}, headers={"Prefer": "wait=1"})
    assert empty.json() == {"items": [], "next": end, "prev": None} and 0.9 < time.monotonic() - begin < 5
    assert empty.headers["Preference-Applied"] == "wait=1"
    threading.Timer(0.3, lambda: api.file("local_user")).start()
    begin = time.monotonic()
    woken = api.get("/api/v1/events", params={"after": end}, headers={"Prefer": "wait=20"})
    assert woken.json()["items"] and time.monotonic() - begin < 10
    capped = api.get("/api/v1/events", params={"after": "0"}, headers={"Prefer": "wait=9999"})
    assert capped.status_code == 200 and capped.json()["items"]


@pytest.mark.parametrize("prefer", ["wait=x", "wait=-1", "respond-async", "wait=", "handling=lenient, foo"])
def test_a_preference__that_is_not_ours_is_no_error(api, prefer):
    assert api.get("/api/v1/events", params={"after": "0", "limit": 1}, headers={"Prefer": prefer}).status_code == 200


def test_status__from_memory_is_never_older_than_the_answer_to_a_change(api):
    """Read before and after each step, by those whom memory serves: the version never lags what this very process has answered."""
    ref = api.file("local_user")["ref"]
    version = 2
    for event, role, data in (("take", "agent", {}), ("ask", "agent", {"question": "Què?"}), ("answer", "local_user", {"answer": "Això"}),
                              ("resolve", "agent", {"resolution": "Fet"}), ("reopen", "local_user", {"reason": "No"})) * 3:
        for reader in ("integration", "local_user", "operator"):
            assert api.get(f"/api/v1/requests/{ref}/status", role=reader).json()["version"] == version
        if event == "take" and version > 2:
            continue
        assert api.act(ref, event, data, role=role, version=version).status_code == 200
        version += 1
        stale = api.get(f"/api/v1/requests/{ref}/status", role="integration", headers={"If-None-Match": f'"v{version - 1}-ca"'})
        assert stale.status_code == 200 and stale.json()["version"] == version
        assert api.get(f"/api/v1/requests/{ref}/status", role="integration", headers={"If-None-Match": f'"v{version}-ca"'}).status_code == 304
        assert api.get(f"/api/v1/requests/{ref}", role="integration", headers={"If-None-Match": f'"v{version}-ca"'}).status_code == 304
        # Memory that serves one must not serve another.
        assert api.get(f"/api/v1/requests/{ref}/status", role="signer", headers={"If-None-Match": f'"v{version}-ca"'}).status_code == 404
        assert api.get(f"/api/v1/requests/{ref}", role="signer", headers={"If-None-Match": f'"v{version}-ca"'}).status_code == 404
