"""Lists: each filter and order against a brute-force reading of all there is, and pages that neither repeat nor lose."""
import functools
import itertools
import threading
import time

import pytest

from oamtest.client import OTHER_TOWN, TOWN, new_key

PATH = "/api/v1/requests"
ROLES = ("operator", "agent", "local_user", "signer", "integration", "integration_a", "technician")


@pytest.fixture(scope="module")
def world(all_tokens):
    """Requests of many kinds: drafts, open, waiting, closed, of two towns and services, imported, reassigned."""
    api = all_tokens
    api.file("local_user", submit=False)
    api.file("local_user_b", submit=False, body=OTHER_TOWN)
    for body, side, agent in ((TOWN, "local_user", "agent"), (OTHER_TOWN, "local_user_b", "agent_b")):
        for service in ("OAM-GEN", "GOV-01", "MA-09"):
            refs = [api.file(side, body=body, service=service, title=f"Cas {n} {service}")["ref"] for n in range(3)]
            api.act(refs[0], "take", role=agent)
            api.act(refs[1], "withdraw", role=side)
            api.post(f"{PATH}/{refs[2]}/comments", role=side, json={"text": "Bon dia"}, headers={"Idempotency-Key": new_key()})
    items = [{"service": "OAM-GEN", "body": TOWN, "title": "De lluny",
              "import": {"external_ref": f"list-{n}", "state": "closed", "submitted_at": "2017-01-01T00:00:00Z",
                         "updated_at": f"2018-0{n}-01T00:00:00Z", "closed_at": "2017-02-01T00:00:00Z"}} for n in range(1, 10)]
    api.post(f"{PATH}:batch", role="integration", json={"items": items}, headers={"Idempotency-Key": new_key()})
    # Two of the very same moment: only the ref tells them apart.
    api.post(f"{PATH}:batch", role="integration", headers={"Idempotency-Key": new_key()}, json={"items": [
        {**items[0], "import": {**items[0]["import"], "external_ref": f"same-{n}"}} for n in range(7)]})
    return api


def everything(api, role):
    return api.whole(PATH, role=role, sort="ref")


@pytest.fixture(scope="module")
def known(world):
    """What each role could see when the world was made; nothing is filed until the tests that say so, further down."""
    return {role: everything(world, role) for role in ROLES}


def ordered(items, sort):
    key = sort.lstrip("-")
    return sorted(items, key=lambda item: (item[key], item["ref"]), reverse=sort.startswith("-"))


@pytest.mark.parametrize("role", ROLES)
def test_a_list__shows_what_its_reader_may_see_and_nothing_else(known, role):
    items = known[role]
    bodies = {"local_user": {TOWN}, "signer": {OTHER_TOWN}, "integration_a": {TOWN}}.get(role)
    assert items and (bodies is None or {item["body"] for item in items} == bodies)
    drafts = [item for item in items if item["submitted_at"] is None]
    assert bool(drafts) == (role in ("local_user", "signer", "integration", "integration_a"))
    assert not any({"description", "data", "workflow"} & set(item) for item in items)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("sort", ["-updated_at", "updated_at", "-created_at", "created_at", "ref", "-ref"])
def test_a_list__is_in_the_order_asked_for(world, known, role, sort):
    assert [item["ref"] for item in world.whole(PATH, role=role, sort=sort)] == [item["ref"] for item in ordered(known[role], sort)]


def test_a_list__comes_with_what_changed_last_first(world, known):
    assert [item["ref"] for item in world.whole(PATH)] == [item["ref"] for item in ordered(known["operator"], "-updated_at")]


@functools.lru_cache(maxsize=None)
def who(api, role):
    return api.get("/api/v1/me", role=role).json()


FILTERS = [
    ({"state": "in_progress"}, lambda r, me: r["state"] == "in_progress"),
    ({"state": "withdrawn,closed"}, lambda r, me: r["state"] in ("withdrawn", "closed")),
    ({"phase": "intake"}, lambda r, me: r["phase"] == "intake"),
    ({"phase": "end,study,draft"}, lambda r, me: r["phase"] in ("end", "study", "draft")),
    ({"service": "GOV-01"}, lambda r, me: r["service"] == "GOV-01"),
    ({"service": "GOV-01,MA-10"}, lambda r, me: r["service"] in ("GOV-01", "MA-10")),
    ({"body": TOWN}, lambda r, me: r["body"] == TOWN), ({"body": OTHER_TOWN}, lambda r, me: r["body"] == OTHER_TOWN),
    ({"body": f"{TOWN},{OTHER_TOWN}"}, lambda r, me: r["body"] in (TOWN, OTHER_TOWN)),
    ({"comarca": "07"}, lambda r, me: r["comarca"] == "07"), ({"comarca": "24,13"}, lambda r, me: r["comarca"] in ("24", "13")),
    ({"assignee": "agent.bages.1"}, lambda r, me: r["assignee"] == "agent.bages.1"),
    ({"assignee": "none"}, lambda r, me: r["assignee"] is None),
    ({"assignee": "none,agent.osona.1"}, lambda r, me: r["assignee"] in (None, "agent.osona.1")),
    ({"external_ref": "list-3"}, lambda r, me: r["external_ref"] == "list-3"), ({"external_ref": "LIST-3"}, lambda r, me: False),
    ({"updated_at.gte": "2018-04-01T00:00:00Z"}, lambda r, me: r["updated_at"] >= "2018-04-01T00:00:00.000Z"),
    ({"updated_at.lt": "2018-04-01T00:00:00Z"}, lambda r, me: r["updated_at"] < "2018-04-01T00:00:00.000Z"),
    ({"updated_at.gte": "2018-02-01T00:00:00Z", "updated_at.lt": "2018-05-01T00:00:00.000Z"},
     lambda r, me: "2018-02-01T00:00:00.000Z" <= r["updated_at"] < "2018-05-01T00:00:00.000Z"),
    ({"mine": "false"}, lambda r, me: True),
    ({"mine": "true"}, lambda r, me: r["assignee"] == me["login"] if me["kind"] == "user" and me["bodies"] is None
     else r["created_by"] == (me["login"] or me["client_id"])),
    ({"state": "assigned", "service": "OAM-GEN", "comarca": "07"}, lambda r, me: (r["state"], r["service"], r["comarca"]) == ("assigned", "OAM-GEN", "07")),
    ({"phase": "end", "updated_at.lt": "2020-01-01T00:00:00Z", "body": TOWN},
     lambda r, me: r["phase"] == "end" and r["updated_at"] < "2020" and r["body"] == TOWN),
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("filters, keep", FILTERS, ids=lambda value: "&".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "")
def test_a_filter__is_what_it_says(world, known, role, filters, keep):
    me = who(world, role)
    expected = [item["ref"] for item in ordered(known[role], "-updated_at") if keep(item, me)]
    found = [item["ref"] for page in world.walk(PATH, role=role, params={**filters, "limit": 23}) for item in page]
    assert found == expected


@pytest.mark.parametrize("role", ["operator", "local_user"])
def test_a_value_that_does_not_exist__is_no_empty_page(world, role):
    """All of them at once, each with the one that is nearest: an empty page would look like an answer."""
    wrong = {"state": "in_progess,assigned,clsoed", "phase": "intaek", "service": "GOV-1,OAM-GNE", "body": "0800180002,9999999999",
             "comarca": "99", "assignee": "agent.bagse.1,none,nobody.at.all"}
    answer = world.get(PATH, role=role, params={**wrong, "limit": 0}, headers={"Accept-Language": "en"})
    assert answer.status_code == 400 and answer.json()["code"] == "invalid_parameter"
    errors = answer.json()["errors"]
    assert {error["pointer"] for error in errors} == {None} if "pointer" in errors[0] else True
    told = [(error["parameter"], error["detail"].split("\u201c")[1].split("\u201d")[0]) for error in errors if error["code"] == "unknown_value"]
    assert told == [("state", "in_progess"), ("state", "clsoed"), ("phase", "intaek"), ("comarca", "99"), ("service", "GOV-1"),
                    ("service", "OAM-GNE"), ("body", "0800180002"), ("body", "9999999999"), ("assignee", "agent.bagse.1"),
                    ("assignee", "nobody.at.all")]
    nearest = {error["detail"].split("\u201c")[1].split("\u201d")[0]: error["detail"].split("\u201c")[2].split("\u201d")[0]
               for error in errors if error["code"] == "unknown_value"}
    assert nearest.items() >= {"in_progess": "in_progress", "clsoed": "closed", "intaek": "intake", "OAM-GNE": "OAM-GEN",
                               "0800180002": "0800180001", "agent.bagse.1": "agent.bages.1"}.items()
    assert [error["parameter"] for error in errors if error["code"] != "unknown_value"] == ["limit"]


@pytest.mark.parametrize("language, sentence", [
    ("ca", "No existeix «closd». El valor més semblant és «closed»."), ("es", "No existe «closd». El valor más parecido es «closed»."),
    ("en", "There is no “closd”. The nearest value is “closed”.")])
def test_a_value_that_does_not_exist__is_told_in_the_readers_language(world, language, sentence):
    answer = world.get(PATH, role="operator", params={"state": "closd", "lang": language})
    assert answer.status_code == 400 and [error["detail"] for error in answer.json()["errors"]] == [sentence]


def test_a_value_that_does_not_exist__may_come_a_hundred_times(world):
    """As many as are told at once, each compared with a thousand bodies: still no time at all."""
    bodies = ",".join(f"{9_000_000_000 + i}" for i in range(199))
    answer = world.get(PATH, role="operator", params={"body": bodies})
    assert answer.status_code == 400 and len(answer.json()["errors"]) == 100


def test_agents__are_suggested_to_who_may_list_them(world):
    """Whoever may not finds nothing under a login, be it somebody's or nobody's."""
    assert world.get("/api/v1/agents", role="requests_only").status_code == 403
    for login in ("agent.bagse.1", "nobody"):
        answer = world.get(PATH, role="requests_only", params={"assignee": login})
        assert answer.status_code == 200 and answer.json()["items"] == []


@pytest.mark.parametrize("role", ["operator", "local_user"])
@pytest.mark.parametrize("sort", ["-updated_at", "updated_at", "-ref"])
@pytest.mark.parametrize("limit", [3, 7, 50])
def test_pages__read_backwards_are_the_same_pages(world, role, sort, limit):
    params = {"sort": sort, "limit": limit}
    if limit < 50:  # those of old: many of the very same time among them
        params["updated_at.lt"] = "2020-01-01T00:00:00Z"
    page = world.get(PATH, role=role, params=params).json()
    assert page["prev"] is None
    forwards = [page["items"]]
    while page["next"]:
        page = world.get(PATH, role=role, params={**params, "cursor": page["next"]}).json()
        forwards.append(page["items"])
        assert page["prev"] is not None
    assert all(len(items) == limit for items in forwards[:-1]) and forwards[-1]
    backwards = [page["items"]]
    while page["prev"]:
        page = world.get(PATH, role=role, params={**params, "cursor": page["prev"]}).json()
        backwards.insert(0, page["items"])
    assert [item["ref"] for item in itertools.chain(*backwards)] == [item["ref"] for item in itertools.chain(*forwards)]
    assert page["prev"] is None


def test_pages__are_linked(world):
    answer = world.get(PATH, params={"limit": 2})
    assert f'cursor={answer.json()["next"]}' in answer.headers["Link"] and 'rel="next"' in answer.headers["Link"]
    target = answer.headers["Link"].split(">")[0][1:]
    assert world.get(target).json() == world.get(PATH, params={"limit": 2, "cursor": answer.json()["next"]}).json()


def test_a_cursor__belongs_to_its_list(world):
    cursor = world.get(PATH, params={"limit": 2}).json()["next"]
    fine = {"limit": 9, "cursor": cursor}
    assert world.get(PATH, params=fine).status_code == 200
    for other in ({"sort": "ref"}, {"state": "closed"}, {"body": TOWN}, {"mine": "true"}, {"updated_at.lt": "2018-01-01T00:00:00Z"}):
        answer = world.get(PATH, params={**fine, **other})
        assert answer.status_code == 400 and answer.json()["errors"][0].items() >= {"parameter": "cursor", "code": "bad_cursor"}.items()
    ref = world.file("local_user")["ref"]
    for path in ("/comments", "/history", "/notes"):
        assert world.get(f"{PATH}/{ref}{path}", params={"cursor": cursor}).status_code == 400
    # Another reader gets its own rows or none, never those of the one it was made for.
    other = world.get(PATH, role="local_user", params=fine)
    assert other.status_code == 400 or {item["body"] for item in other.json()["items"]} <= {TOWN}


def test_a_cursor__altered_in_any_place_is_refused(world):
    cursor = world.get(PATH, params={"limit": 2}).json()["next"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in range(len(cursor)):
        # Not the neighbour: the last character has bits that carry nothing.
        altered = cursor[:place] + alphabet[(alphabet.index(cursor[place]) + 32) % 64] + cursor[place + 1:]
        assert world.get(PATH, params={"limit": 2, "cursor": altered}).status_code == 400, place
    for altered in (cursor[:-1], cursor + "A", cursor[1:], cursor * 2, cursor.swapcase()):
        assert world.get(PATH, params={"limit": 2, "cursor": altered}).status_code == 400


@pytest.mark.parametrize("sort", ["ref", "-updated_at"])
def test_pages__hold_while_others_file(world, sort):
    """What was there when the walk began and did not move comes once, whatever is filed meanwhile."""
    before = {item["ref"] for item in everything(world, "operator")}
    stop, filed = threading.Event(), []

    def file():
        while not stop.is_set():
            filed.append(world.file("local_user")["ref"])

    writers = [threading.Thread(target=file) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        seen = []
        for page in world.walk(PATH, params={"sort": sort, "limit": 5}):
            seen += [item["ref"] for item in page]
            if len(seen) > len(before) + 200:
                break
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert len(seen) == len(set(seen)) and before <= set(seen) and filed


def test_the_list__has_an_etag_that_moves_with_it(world):
    first = world.get(PATH, role="local_user")
    assert world.get(PATH, role="local_user", headers={"If-None-Match": first.etag}).status_code == 304
    time.sleep(0.002)
    world.file("local_user")
    assert world.get(PATH, role="local_user", headers={"If-None-Match": first.etag}).status_code == 200


# ---- status in bulk

def test_status_query__answers_a_thousand_in_the_order_asked(world):
    refs = [item["ref"] for item in everything(world, "operator")][:60]
    refs.reverse()
    many = refs + [f"OAM-2026-9{n:05}" for n in range(1000 - len(refs))]
    answer = world.post("/api/v1/status:query", json={"refs": many}).json()
    assert [item["ref"] for item in answer["items"]] == refs and answer["missing"] == many[len(refs):]
    assert answer["items"][0] == world.get(f"{PATH}/{refs[0]}/status").json()
    again = world.post("/api/v1/status:query", json={"refs": many}).json()
    assert again == answer


def test_status_query__does_not_tell_what_is_foreign(world):
    own, foreign = world.file("local_user")["ref"], world.file("local_user_b", body=OTHER_TOWN)["ref"]
    draft = world.file("local_user", submit=False)["ref"]
    refs = [foreign, own, draft, "OAM-2026-999999"]
    for _ in range(2):  # the second time from memory, filled by whoever may see all
        world.post("/api/v1/status:query", role="integration", json={"refs": refs})
        for role, visible in (("local_user", [own, draft]), ("signer", [foreign]), ("operator", [foreign, own]), ("integration", [foreign, own, draft]),
                              ("integration_a", [own, draft]), ("integration_b", [foreign]), ("technician_other", [foreign, own])):
            answer = world.post("/api/v1/status:query", role=role, json={"refs": refs}).json()
            assert sorted(item["ref"] for item in answer["items"]) == sorted(visible), role
            assert answer["missing"] == [ref for ref in refs if ref not in visible], role


@pytest.mark.parametrize("refs, code", [([], "too_short"), (["OAM-2026-000001"] * 1001, "too_many"), (["x"], "bad_format"), ([7], "bad_format"), ("x", "wrong_type")])
def test_status_query__takes_1_to_1000_refs(world, refs, code):
    answer = world.post("/api/v1/status:query", json={"refs": refs})
    assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == code
