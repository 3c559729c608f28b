"""Bodies, comarques, units, agents: complete, in order, found as people type, and only answered anew when something changed."""
import unicodedata
import urllib.parse
import uuid

import pytest


def fold(text):
    """As the server looks for names: without case, accents and the middle dot."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("·", ""))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def walk(api, path, direction="next", limit=200):
    """All items of a list, page by page; `next` of each page is also in its Link header."""
    separator = "&" if "?" in path else "?"
    answer, pages = api.get(f"{path}{separator}limit={limit}"), []
    while True:
        page = answer.json()
        pages.append(page["items"])
        for relation in ("next", "prev"):
            linked = [link for link in answer.headers["Link"].split(", ") if f'rel="{relation}"' in link]
            assert bool(linked) == (page[relation] is not None)
            assert not linked or f"cursor={page[relation]}>" in linked[0]
        if page[direction] is None:
            return pages
        answer = api.get(f"{path}{separator}limit={limit}&cursor={page[direction]}")
        assert answer.status_code == 200


def flat(pages):
    return [item for page in pages for item in page]


def refused(answer, parameter, code):
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_parameter"
    assert {"parameter": parameter, "code": code} in [
        {"parameter": error.get("parameter"), "code": error["code"]} for error in answer.json()["errors"]]


# ---- bodies

def test_bodies__are_all_there_by_name(api):
    bodies = flat(walk(api, "/api/v1/bodies"))
    assert len(bodies) == len({body["code"] for body in bodies}) == 947
    assert [body["code"] for body in bodies] == [
        body["code"] for body in sorted(bodies, key=lambda body: (fold(body["name"]), body["code"]))]


def test_bodies__backwards_are_the_same_pages(api):
    forward = walk(api, "/api/v1/bodies?province=17", limit=50)
    last = api.get("/api/v1/bodies?province=17&limit=50")
    while last.json()["next"]:
        last = api.get(f"/api/v1/bodies?province=17&limit=50&cursor={last.json()['next']}")
    backward, page = [last.json()["items"]], last.json()
    while page["prev"]:
        page = api.get(f"/api/v1/bodies?province=17&limit=50&cursor={page['prev']}").json()
        backward.insert(0, page["items"])
    assert forward == backward


@pytest.mark.parametrize("query, member, values", [
    ("comarca=11", "comarca", {"11"}), ("comarca=11,24", "comarca", {"11", "24"}), ("province=08", "province", {"08"}),
    ("kind=municipality", "kind", {"municipality"}), ("kind=none_such", "kind", set())])
def test_bodies__filters_are_exact(api, query, member, values):
    found = flat(walk(api, f"/api/v1/bodies?{query}"))
    everything = flat(walk(api, "/api/v1/bodies"))
    assert found == [body for body in everything if body[member] in values]


@pytest.mark.parametrize("typed", ["vall%C3%A8s", "VALLES", "valles", "Vall%C3%88S%20", "l%C2%B7l", "hospitalet+llobregat", "0800180001"])
def test_bodies__q_is_blind_to_case_and_accents(api, typed):
    words = fold(urllib.parse.unquote_plus(typed)).split()
    found = {body["code"] for body in flat(walk(api, f"/api/v1/bodies?q={typed}"))}
    wanted = {body["code"] for body in flat(walk(api, "/api/v1/bodies"))
              if all(word in fold(body["name"]) or word in body["code"] for word in words)}
    assert wanted and wanted <= found


@pytest.mark.parametrize("query, parameter, code", [
    ("comarca=1", "comarca", "bad_format"), ("comarca=11,", "comarca", "bad_format"), ("comarca=", "comarca", "bad_format"),
    ("kind=Municipality", "kind", "bad_format"), ("province=8", "province", "bad_format"), ("q=", "q", "too_short"),
    ("q=" + "a" * 101, "q", "too_long"), ("limit=0", "limit", "out_of_range"), ("limit=201", "limit", "out_of_range"),
    ("limit=ten", "limit", "bad_format"), ("comarca=" + "11," * 80 + "11", "comarca", "too_long"),
    ("colour=red", "colour", "unknown_parameter"), ("q=a&q=b", "q", "repeated"), ("cursor=AAAA", "cursor", "bad_cursor")])
def test_bodies__refuses_a_wrong_parameter(api, query, parameter, code):
    refused(api.get(f"/api/v1/bodies?{query}"), parameter, code)


def test_bodies__tells_every_wrong_parameter_at_once(api):
    answer = api.get("/api/v1/bodies?comarca=x&province=x&limit=x&cursor=x")
    assert answer.status_code == 400
    assert {error["parameter"] for error in answer.json()["errors"]} == {"comarca", "province", "limit", "cursor"}


def test_bodies__a_cursor_holds_for_its_own_list_and_filters_only(api):
    cursor = api.get("/api/v1/bodies?comarca=11&limit=2").json()["next"]
    refused(api.get(f"/api/v1/bodies?comarca=13&limit=2&cursor={cursor}"), "cursor", "bad_cursor")
    refused(api.get(f"/api/v1/bodies?limit=2&cursor={cursor}"), "cursor", "bad_cursor")
    refused(api.get(f"/api/v1/services?cursor={cursor}"), "cursor", "bad_cursor")
    altered = ("B" if cursor[0] == "A" else "A") + cursor[1:]
    refused(api.get(f"/api/v1/bodies?comarca=11&limit=2&cursor={altered}"), "cursor", "bad_cursor")
    assert api.get(f"/api/v1/bodies?limit=7&cursor={cursor}&comarca=11").status_code == 200


def test_bodies__one_by_its_code(api):
    listed = api.get("/api/v1/bodies?q=abrera").json()["items"][0]
    assert api.get("/api/v1/bodies/0800180001").json() == listed


@pytest.mark.parametrize("code", ["0800180002", "0", "abrera", "08001800010", "%2E%2E"])
def test_bodies__an_unknown_code_is_a_404(api, code):
    answer = api.get(f"/api/v1/bodies/{code}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("path", ["/api/v1/bodies?comarca=11", "/api/v1/bodies/0800180001", "/api/v1/comarques", "/api/v1/units",
                                  "/api/v1/agents?limit=1", "/api/v1/services?limit=1", "/api/v1/services/OAM-GEN",
                                  "/api/v1/services/OAM-GEN/form", "/api/v1/workflows", "/api/v1/workflows/general_enquiry"])
def test_memory__answers_304_to_the_etag_it_gave(api, path):
    first = api.get(path)
    etag = first.headers["ETag"]
    assert first.status_code == 200
    again = api.get(path, headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert api.get(path, headers={"If-None-Match": "*"}).status_code == 304


@pytest.mark.parametrize("path", ["/api/v1/units", "/api/v1/services/OAM-GEN", "/api/v1/workflows/general_enquiry"])
def test_memory__another_language_is_another_representation(api, path):
    answers = {language: api.get(path, headers={"Accept-Language": language}) for language in ("ca", "es", "en")}
    assert len({answer.headers["ETag"] for answer in answers.values()}) == 3
    for language, answer in answers.items():
        assert answer.headers["Content-Language"] == language
        assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/api/v1/bodies", "/api/v1/bodies/0800180001", "/api/v1/comarques", "/api/v1/units",
                                  "/api/v1/agents", "/api/v1/agents/agent.baix-llobregat.1", "/api/v1/services",
                                  "/api/v1/services/OAM-GEN", "/api/v1/services/OAM-GEN/form", "/api/v1/workflows",
                                  "/api/v1/workflows/general_enquiry"])
def test_memory__is_for_those_who_are_known_and_hold_the_scope(api, path):
    assert api.get(path, role=None).status_code == 401
    assert api.get(path, role="integration").status_code == 200
    narrow = api.get(path, role=None, headers={"Authorization": "Bearer " + api.client_token("requests:read")})
    assert narrow.status_code == 403


# ---- comarques, units

def test_comarques__count_their_municipalities(api):
    comarques = api.get("/api/v1/comarques").json()
    bodies = flat(walk(api, "/api/v1/bodies?kind=municipality"))
    assert [comarca["code"] for comarca in comarques["items"]] == [f"{code:02}" for code in range(1, 44)]
    assert comarques["next"] is None and comarques["prev"] is None
    for comarca in comarques["items"]:
        assert comarca["municipalities"] == sum(body["comarca"] == comarca["code"] for body in bodies)


def test_units__carry_names_in_the_language_asked_for(api):
    catalan = api.get("/api/v1/units?lang=ca").json()["items"]
    english = api.get("/api/v1/units?lang=en").json()["items"]
    assert [unit["code"] for unit in catalan] == sorted(unit["code"] for unit in english)
    assert catalan != english


# ---- agents

def test_agents__cover_every_body(api):
    agents = flat(walk(api, "/api/v1/agents", limit=20))
    assert [agent["login"] for agent in agents] == sorted(agent["login"] for agent in agents)
    comarques = {code for agent in agents for code in agent["comarques"]}
    named = {code for agent in agents for code in agent["bodies"]}
    for body in flat(walk(api, "/api/v1/bodies")):
        assert body["comarca"] in comarques or body["code"] in named


def test_agents__of_a_body_are_those_whose_portfolio_covers_it(api):
    everybody = flat(walk(api, "/api/v1/agents"))
    found = flat(walk(api, "/api/v1/agents?body=0800180001"))
    assert found == [agent for agent in everybody if "11" in agent["comarques"] or "0800180001" in agent["bodies"]]
    assert api.get("/api/v1/agents?body=9999999999").json()["items"] == []


def test_agents__filters_combine(api):
    everybody = flat(walk(api, "/api/v1/agents"))
    unit = everybody[0]["unit"]
    assert flat(walk(api, f"/api/v1/agents?unit={unit}&comarca=11,13")) == [
        agent for agent in everybody if agent["unit"] == unit and {"11", "13"} & set(agent["comarques"])]
    assert api.get("/api/v1/agents?unit=none_such").json()["items"] == []


@pytest.mark.parametrize("query, parameter", [("comarca=x", "comarca"), ("body=1", "body"), ("unit=A", "unit")])
def test_agents__refuses_a_wrong_parameter(api, query, parameter):
    refused(api.get(f"/api/v1/agents?{query}"), parameter, "bad_format")


def test_agents__one_by_login_and_404_for_nobody(api):
    first = api.get("/api/v1/agents?limit=1").json()["items"][0]
    answer = api.get(f"/api/v1/agents/{first['login']}")
    assert answer.json()["comarques"] == first["comarques"]
    assert answer.headers["ETag"].startswith('"')
    assert api.get("/api/v1/agents/nobody").status_code == 404
    assert api.get("/api/v1/agents/admin").status_code == 404


def test_agents__carry_their_load_of_this_moment(api):
    filed = api.post("/api/v1/requests", role="integration", headers={"Idempotency-Key": str(uuid.uuid4())}, json={
        "service": "OAM-GEN", "body": "0800180001", "title": "Consulta sobre el padró", "description": "", "data": {},
        "submit": False})
    assert filed.status_code == 201
    before = {agent["login"]: agent["open_requests"] for agent in flat(walk(api, "/api/v1/agents?body=0800180001"))}
    filed = api.post("/api/v1/requests", role="integration", headers={"Idempotency-Key": str(uuid.uuid4())}, json={
        "service": "OAM-GEN", "body": "0800180001", "title": "Consulta sobre el padró", "description": "", "data": {},
        "submit": True})
    assert filed.status_code == 201
    after = {agent["login"]: agent["open_requests"] for agent in flat(walk(api, "/api/v1/agents?body=0800180001"))}
    assert sum(after.values()) == sum(before.values()) + 1
