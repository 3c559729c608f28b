"""Open311 GeoReport v2 over the same requests: what a body publishes, what everybody sees of it, what a key opens."""
import concurrent.futures
import random
import re
import urllib.parse
import xml.etree.ElementTree as etree

import pytest
from oamtest.client import OTHER_TOWN, TOWN, Api, new_key
from oamtest.waiting import eventually

SERVICES = ["OAM-GEN", "ESP-03"]


def as_published(api, body, services, texts):
    return [(item["services"], item["publishes_texts"]) for item in api.get("/api/v1/open311", role="admin").json()["items"]
            if item["body"] == body] == [(sorted(services), texts)]


def publish(api, body=TOWN, services=SERVICES, texts=False):
    """Publishes, and waits until the server knows."""
    if as_published(api, body, services, texts):
        return
    answer = api.request("PUT", f"/api/v1/open311/{body}", role="admin",
                         json={"services": services, "contact": "suport@exemple.cat", "publishes_texts": texts})
    assert answer.status_code == 204, answer
    eventually(lambda: as_published(api, body, services, texts))


def withdraw(api, *bodies):
    """Each settling takes up to a second: nothing is done where there is nothing to do."""
    there = {item["body"] for item in api.get("/api/v1/open311", role="admin").json()["items"]}
    for body in there & set(bodies):
        api.delete(f"/api/v1/open311/{body}", role="admin")
    eventually(lambda: not {item["body"] for item in api.get("/api/v1/open311", role="admin").json()["items"]} & set(bodies))


@pytest.fixture
def published(api):
    """Aguilar de Segarra publishes the general enquiry, and a grant that asks for fields."""
    withdraw(api, OTHER_TOWN)
    publish(api)
    return api


def ask(api, path, **params):
    return api.get(f"/open311/v2/{path}", role=None, params=params or None)


def tree(answer, status=200):
    """The document of XML, which is well-formed, says its encoding, and has neither attributes nor namespaces."""
    assert answer.status_code == status, answer
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.text.startswith('<?xml version="1.0" encoding="utf-8"?>')
    root = etree.fromstring(answer.content)
    assert all(not node.attrib and re.fullmatch("[a-z_0-9]+", node.tag) for node in root.iter())
    return root


def plain(node):
    """XML as the JSON that says the same; every value is a text."""
    lists = {"services", "attributes", "values", "endpoints", "formats", "errors", "service_requests", "service_request_updates", "notes"}
    if node.tag in lists:
        return [plain(item) for item in node]
    return {item.tag: plain(item) for item in node} if len(node) else node.text


def texts(value):
    """JSON with every value as the text that XML has for it."""
    if isinstance(value, dict):
        return {name: texts(member) for name, member in value.items()}
    if isinstance(value, list):
        return [texts(item) for item in value]
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else None if value in (None, "") else str(value)


def both(api, path, **params):
    """What both formats say, which is the same."""
    json, xml = (ask(api, f"{path}.{format}", **params) for format in ("json", "xml"))
    assert json.status_code == xml.status_code, (json, xml)
    assert json.headers["Content-Type"] == "application/json; charset=utf-8"
    assert texts(json.json()) == plain(tree(xml, xml.status_code))
    return json.status_code, json.json()


# ---- what is published

def test_open311__is_off_until_somebody_publishes(api):
    withdraw(api, TOWN, OTHER_TOWN)
    for path in ("discovery", "services", "services/OAM-GEN"):
        status, errors = both(api, path)
        assert status == 404 and [error["code"] for error in errors] == [404], path
        assert both(api, path, jurisdiction_id=TOWN)[0] == 404


def test_publishing__is_told_to_administrators(published):
    item = published.get("/api/v1/open311", role="admin").json()["items"][0]
    assert item["body"] == TOWN and item["contact"] == "suport@exemple.cat" and item["changed_by"] == "admin"
    assert item["services"] == sorted(SERVICES) and item["key_holders"] == []


def test_publishing_again__replaces_what_was_published(published):
    publish(published, services=["OAM-GEN"])
    assert [service["service_code"] for service in both(published, "services")[1]] == ["OAM-GEN"]
    assert both(published, "services/ESP-03")[0] == 404


def test_publishing__tells_all_that_is_wrong_with_it(published):
    answer = published.request("PUT", f"/api/v1/open311/{TOWN}", role="admin",
                               json={"services": ["OAM-GEN", "NOPE-1", "OAM-GEN", 7], "contact": "x"})
    assert answer.status_code == 422
    assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
        ("/services/1", "no_such_service"), ("/services/2", "named_twice"), ("/services/3", "no_such_service")}
    none = published.request("PUT", f"/api/v1/open311/{TOWN}", role="admin", json={"services": [], "contact": "x"})
    assert [error["code"] for error in none.json()["errors"]] == ["too_short"]
    many = published.request("PUT", f"/api/v1/open311/{TOWN}", role="admin", json={"services": ["OAM-GEN"] * 201, "contact": "x"})
    assert [error["code"] for error in many.json()["errors"]] == ["too_many"]


def test_withdrawing__takes_everything_back_once(published):
    assert published.delete(f"/api/v1/open311/{TOWN}", role="admin").status_code == 204
    assert published.delete(f"/api/v1/open311/{TOWN}", role="admin").status_code == 404
    eventually(lambda: ask(published, "services.json", jurisdiction_id=TOWN).status_code == 404)


def test_a_key__is_given_to_who_acts_for_the_body(published):
    given = published.request("PUT", f"/api/v1/open311/{TOWN}/keys/town-system", role="admin")
    again = published.request("PUT", f"/api/v1/open311/{TOWN}/keys/town-system", role="admin")
    assert given.status_code == again.status_code == 200 and given.json()["api_key"] != again.json()["api_key"]
    eventually(lambda: published.get("/api/v1/open311", role="admin").json()["items"][0]["key_holders"] == ["town-system"])
    for client in ("other-town", "no-such-client"):
        assert published.request("PUT", f"/api/v1/open311/{TOWN}/keys/{client}", role="admin").status_code == 404
    assert published.request("PUT", f"/api/v1/open311/{OTHER_TOWN}/keys/other-town", role="admin").status_code == 404
    assert published.delete(f"/api/v1/open311/{TOWN}/keys/town-system", role="admin").status_code == 204
    assert published.delete(f"/api/v1/open311/{TOWN}/keys/town-system", role="admin").status_code == 404


# ---- where it is, and what may be asked for

def test_discovery__names_endpoints_contact_and_formats(published):
    status, document = both(published, "discovery")
    assert status == 200 and document["contact"] == f"{TOWN} Aguilar de Segarra: suport@exemple.cat"
    assert [endpoint["specification"] for endpoint in document["endpoints"]][0] == "http://wiki.open311.org/GeoReport_v2"
    for endpoint in document["endpoints"]:
        assert endpoint["url"] == f"{published.server.url}/open311/v2" and endpoint["formats"] == ["text/xml", "application/json"]
        assert endpoint["changeset"] == document["changeset"]


def test_a_jurisdiction__may_be_left_out_where_there_is_one(published):
    assert both(published, "services") == both(published, "services", jurisdiction_id="") == both(published, "services", jurisdiction_id=TOWN)
    for other in (OTHER_TOWN, "0000000000", "barcelona.cat", "x" * 3000):
        assert both(published, "services", jurisdiction_id=other)[0] == 404
    publish(published, OTHER_TOWN, ["OAM-GEN"])
    status, errors = both(published, "services")
    assert status == 400 and errors[0]["description"].startswith("jurisdiction_id: ")
    assert both(published, "services", jurisdiction_id=OTHER_TOWN)[0] == 200
    assert len(both(published, "discovery")[1]["contact"].splitlines()) == 2


def test_services__are_those_published_in_the_language_asked_for(published):
    listed = {language: both(published, "services", lang=language)[1] for language in ("ca", "es", "en")}
    assert [service["service_code"] for service in listed["ca"]] == sorted(SERVICES)
    assert len({services[-1]["service_name"] for services in listed.values()}) == 3
    for service in listed["ca"]:
        known = published.get(f"/api/v1/services/{service['service_code']}").json()
        assert service["service_name"] == known["name"] and service["description"] == known["description"]
        assert service["group"] == known["area_name"] and service["type"] == "realtime"
        assert service["metadata"] == (service["service_code"] != "OAM-GEN")


def test_a_definition__asks_for_what_the_form_asks_for(published):
    form = published.get("/api/v1/services/ESP-03/form").json()
    status, definition = both(published, "services/ESP-03")
    assert status == 200 and definition["service_code"] == "ESP-03"
    assert [attribute["code"] for attribute in definition["attributes"]] == form["required"]
    assert [attribute["order"] for attribute in definition["attributes"]] == list(range(1, len(form["required"]) + 1))
    datatypes = {"string": ("string", "text"), "cents": ("number",), "int": ("number",), "date": ("datetime",)}
    for attribute in definition["attributes"]:
        field = form["properties"][attribute["code"]]
        assert attribute["description"] == field["title"] and attribute["datatype"] in datatypes[field["x-type"]]
    assert both(published, "services/OAM-GEN")[1]["attributes"] == []
    for code in ("NOPE-1", "OAM-REF", "%F0%9F%9A%B2", "a.b"):
        assert both(published, f"services/{code}")[0] == 404


def test_the_format__is_how_the_address_ends(published):
    for path in ("discovery.html", "services.yaml", "services/OAM-GEN.pdf", "services.XML"):
        root = tree(ask(published, path), 404)
        assert root.tag == "errors" and root[0].tag == "error" and root.findtext("error/code") == "404"
    for path in ("services", "services.", ".xml", "services/.xml"):
        assert ask(published, path).status_code == 404


def test_an_unknown_parameter__is_refused_in_the_form_of_the_address(published):
    assert [error["code"] for error in both(published, "services", colour="red", shape="round")[1]] == [400, 400]
    assert both(published, "services/OAM-GEN", lang="fr")[0] == 400


@pytest.mark.parametrize("path", ["discovery", "services", "services/OAM-GEN"])
def test_what_has_not_changed__is_not_sent_again(published, path):
    for format in ("xml", "json"):
        first = ask(published, f"{path}.{format}")
        again = published.get(f"/open311/v2/{path}.{format}", role=None, headers={"If-None-Match": first.etag})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert "Accept-Language" in first.headers["Vary"] and first.headers["Content-Language"] == "ca"


# ---- requests

@pytest.fixture
def key(published):
    """The key that the system of Aguilar de Segarra has just been given."""
    return published.request("PUT", f"/api/v1/open311/{TOWN}/keys/town-system", role="admin").json()["api_key"]


def send(api, path, fields, format="json", **headers):
    """A form, its fields a mapping or pairs; each from an address of its own, so that keys that are refused slow nobody else down."""
    return api.post(f"/open311/v2/{path}.{format}", role=None, data=urllib.parse.urlencode(fields),
                    headers={"Content-Type": "application/x-www-form-urlencoded",
                             "X-Forwarded-For": f"198.18.{random.randrange(256)}.{random.randrange(256)}", **headers})


def report(key, **fields):
    return {"api_key": key, "service_code": "OAM-GEN", "lat": "41.7495", "long": "1.6290", "description": "Llum fosa", **fields}


def file(api, key, **fields):
    answer = send(api, "requests", report(key, **fields))
    assert answer.status_code == 200, answer
    return answer.json()[0]["service_request_id"]


def one(api, ref, **params):
    status, requests = both(api, f"requests/{ref}", **params)
    assert status == 200 and len(requests) == 1
    return requests[0]


def described(answer, status=400):
    """What is wrong, by the field that it is wrong with."""
    assert answer.status_code == status, answer
    return sorted(error["description"].split(":")[0] for error in answer.json())


def test_filing__is_a_request_like_any_other(published, key):
    description = "Llum fosa a la plaça\n\nFa tres dies & <b>ningú</b> no ve.\nhttps://bustia.exemple.cat/7\n"
    ref = file(published, key, description=description, address_string="Plaça Major, 1", email="algu@exemple.cat", first_name="Algú", phone="600 000 000")
    request = published.get(f"/api/v1/requests/{ref}", role="operator").json()
    assert (request["title"], request["description"], request["channel"]) == ("Llum fosa a la plaça", description, "api")
    assert (request["body"], request["service"], request["phase"]) == (TOWN, "OAM-GEN", "intake") and request["place"] == "Plaça Major, 1"
    assert request["assignee"] == "agent.bages.1"
    history = published.whole(f"/api/v1/requests/{ref}/history", role="local_user")
    assert [event["type"] for event in history][:2] == ["created", "submitted"]
    said = published.server.database.sql("SELECT string_agg(row_to_json(r)::text, '') FROM request r WHERE ref = %s", ref)[0][0]
    said += published.server.database.sql("SELECT string_agg(e.data::text, '') FROM request_event e JOIN request r ON r.id = request_id WHERE ref = %s", ref)[0][0]
    assert '"lat": 41.7495' in said
    assert "algu@exemple.cat" not in said and "600 000 000" not in said  # who reported it stays where they did
    published.server.verify()


def test_filing__answers_both_formats(published, key):
    root = tree(send(published, "requests", report(key), "xml"))
    assert root.tag == "service_requests" and root[0].tag == "request" and re.fullmatch(r"OAM-\d{4}-\d{6,}", root.findtext("request/service_request_id"))


def test_filing__needs_a_key_that_opens_this_body(published, key):
    other = published.secret("town-system")  # of the same client, for another door
    for wrong in (None, "", "x", key[:-1], key + "0", key[:20] + ("a" if key[20] != "a" else "b") + key[21:], other, "oam_live_" + "0" * 49):
        answer = send(published, "requests", report(wrong) if wrong is not None else {"service_code": "OAM-GEN", "lat": "1", "long": "1"})
        assert answer.status_code == 403 and answer.json()[0]["code"] == 403, wrong
        assert tree(send(published, "requests", report(wrong or ""), "xml"), 403).findtext("error/code") == "403"
    publish(published, OTHER_TOWN, ["OAM-GEN"])
    assert send(published, "requests", report(key, jurisdiction_id=OTHER_TOWN)).status_code == 403
    assert send(published, "requests", report(key, jurisdiction_id=TOWN)).status_code == 200
    assert described(send(published, "requests", report(key))) == ["jurisdiction_id"]


def test_a_key__ends_when_it_is_given_anew_or_taken_back(published, key):
    anew = published.request("PUT", f"/api/v1/open311/{TOWN}/keys/town-system", role="admin").json()["api_key"]
    assert send(published, "requests", report(key)).status_code == 403
    assert send(published, "requests", report(anew)).status_code == 200
    published.delete(f"/api/v1/open311/{TOWN}/keys/town-system", role="admin")
    assert send(published, "requests", report(anew)).status_code == 403


def test_a_key__can_do_what_its_client_may(published):
    key = published.request("PUT", f"/api/v1/open311/{TOWN}/keys/requests-only", role="admin").json()["api_key"]
    assert send(published, "requests", report(key)).status_code == 403
    assert ask(published, "requests.json", api_key=key).status_code == 200
    key = published.request("PUT", f"/api/v1/open311/{TOWN}/keys/directory-only", role="admin").json()["api_key"]
    assert ask(published, "requests.json", api_key=key).status_code == 403


def test_filing__tells_all_that_is_wrong_at_once(published, key):
    wrong = {"lat": "91", "long": "1e2", "description": "x" * 4001, "media_url": "javascript:alert(1)", "email": "x" * 251,
             "attribute[colour]": "red", "attribute[question]": "x" * 4001}
    assert described(send(published, "requests", report(key, **wrong))) == sorted(
        ["lat", "long", "description", "media_url", "email", "attribute[colour]", "attribute[question]"])
    nowhere = {name: value for name, value in report(key).items() if name not in ("lat", "long")}
    assert described(send(published, "requests", nowhere)) == ["lat", "long"]
    assert described(send(published, "requests", {**nowhere, "lat": "1", "address_string": "Carrer Major"})) == ["long"]
    for place in ({"address_string": "Carrer Major"}, {"address_id": "17"}, {"lat": "-0.5", "long": "180"}):
        assert send(published, "requests", {**nowhere, **place}).status_code == 200, place
    for lat in ("", " 1", "1 ", "+1", "01", "1.", ".5", "1,5", "--1", "NaN", "1" + "0" * 60):
        assert "lat" in described(send(published, "requests", report(key, lat=lat))), lat
    assert described(send(published, "requests", {name: value for name, value in report(key).items() if name != "service_code"})) == ["service_code"]
    assert described(send(published, "requests", [*report(key).items(), ("description", "dues")])) == ["description"]


def test_filing__of_what_is_not_published_is_a_404(published, key):
    for code in ("GOV-01", "NOPE-1", "oam-gen"):
        assert send(published, "requests", report(key, service_code=code)).status_code == 404
    for jurisdiction in (OTHER_TOWN, "0000000000"):
        assert send(published, "requests", report(key, jurisdiction_id=jurisdiction)).status_code == 404


def test_filing__takes_what_the_definition_asks_for(published, key):
    loan = {"service_code": "ESP-03", "attribute[items]": "Dues carpes\nUna tarima", "attribute[from]": "2027-05-01T22:30:00Z",
            "attribute[until]": "2027-05-03", "attribute[place]": "Plaça"}
    ref = file(published, key, **loan)
    data = published.get(f"/api/v1/requests/{ref}", role="operator").json()["data"]
    assert data["items"] == "Dues carpes\nUna tarima" and (data["from"], data["until"]) == ("2027-05-02", "2027-05-03")  # it is tomorrow here
    missing = {**loan, "attribute[from]": "demà"}
    missing.pop("attribute[items]")
    assert "attribute[from]" in described(send(published, "requests", report(key, **missing)))
    for name in ("attribute[items", "attribute[items][a]", "attribute[items]x"):
        assert described(send(published, "requests", report(key, **loan, **{name: "Cadires"}))) == [f"attribute[{name}]"], name
    missing = {"service_code": "ESP-03"}
    assert described(send(published, "requests", report(key, **missing))) == [f"attribute[{name}]" for name in ("from", "items", "place", "until")]


def test_a_grant__is_asked_for_in_cents(published, key):
    publish(published, services=["MA-01"])
    definition = both(published, "services/MA-01")[1]["attributes"]
    assert [attribute["datatype"] for attribute in definition if attribute["code"] in ("budget", "amount_requested")] == ["number", "number"]
    grant = {"service_code": "MA-01", "attribute[project]": "Calderes", "attribute[budget]": "100000", "attribute[amount_requested]": "x"}
    assert described(send(published, "requests", report(key, **grant))) == ["attribute[amount_requested]"]
    publish(published)


def test_pictures__are_below_what_was_written(published, key):
    pictures = ["https://bustia.exemple.cat/1.jpeg", "https://bustia.exemple.cat/2.jpeg"]
    answer = send(published, "requests", [*report(key).items(), *(("media_url", url) for url in pictures)])
    ref = answer.json()[0]["service_request_id"]
    assert published.get(f"/api/v1/requests/{ref}", role="operator").json()["description"] == "Llum fosa\n" + "\n".join(pictures)
    assert one(published, ref, api_key=key)["media_url"] == pictures[0]


def test_a_title__is_the_first_line_that_says_anything(published, key):
    for description, title in (("", None), ("a", None), ("\n \n  Hola, què\ttal\nadeu", "Hola, què tal"), ("ç" * 300, "ç" * 250)):
        ref = file(published, key, description=description)
        name = published.get("/api/v1/services/OAM-GEN").json()["name"]
        assert published.get(f"/api/v1/requests/{ref}", role="operator").json()["title"] == (title or name)


def test_a_form__is_bounded_and_is_a_form(published, key):
    for fields, status in (({**report(key), "x": "y" * 70000}, 413), ([("a", "b")] * 201, 400)):
        assert send(published, "requests", fields).status_code == status
    text = published.post("/open311/v2/requests.xml", role=None, data='{"a":1}', headers={"Content-Type": "application/json"})
    assert tree(text, 415).tag == "errors"
    for body in ("description=%00", "description=%zz", "description=%ff"):
        answer = published.post("/open311/v2/requests.json", role=None, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code == 400
    assert send(published, "servicerequestupdates", {"x": "y" * 70000}).status_code == 413
    update = published.post("/open311/v2/servicerequestupdates.json", role=None, data="x", headers={"Content-Type": "text/plain"})
    assert update.status_code == 415


def test_filing_again__with_the_same_idempotency_key_is_the_same(published, key):
    once = new_key()
    refs = {send(published, "requests", report(key), **{"Idempotency-Key": once}).json()[0]["service_request_id"] for _ in range(3)}
    assert len(refs) == 1
    assert send(published, "requests", report(key, description="Una altra"), **{"Idempotency-Key": once}).status_code == 400


def test_a_client__has_the_rate_of_everybody(published, key, new_server, contract):
    api = Api(new_server(database=published.server.database, OAM_RATE_PER_MINUTE="6"), contract)
    answers = [send(api, "requests", report(key)) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) >= 1 and answers[-1].json()[0]["code"] == 429


def test_who_has_no_key__has_the_rate_of_an_address(published, new_server, contract):
    api = Api(new_server(database=published.server.database, OAM_ANONYMOUS_PER_MINUTE="6"), contract)
    paths = ["requests.json", "requests/OAM-2026-999999.json", "servicerequestupdates.json"] * 3
    read = lambda path, address: api.get(f"/open311/v2/{path}", role=None, headers={"X-Forwarded-For": address}).status_code
    assert [read(path, "198.51.100.1") for path in paths] == [200, 404, 200] * 2 + [429] * 3
    assert read("requests.xml", "198.51.100.2") == 200
    # Who has one address of a /64 has all of them.
    assert [read(path, f"2001:db8:7:1:{number}::9") for number, path in enumerate(paths)] == [200, 404, 200] * 2 + [429] * 3
    assert read("requests.xml", "2001:db8:7:2::9") == 200
    assert [read("requests.xml", f"::ffff:198.51.100.{number}") for number in (1, 3)] == [429, 200]
    assert [read("services.xml", "198.51.100.1") for _ in range(9)] == [200] * 9  # from memory, as often as one likes


def test_wrong_keys__are_slowed_down_and_right_ones_are_not(published, key):
    anew = published.request("PUT", f"/api/v1/open311/{TOWN}/keys/town-system", role="admin").json()["api_key"]
    there = {"X-Forwarded-For": "198.51.100.9"}
    answers = [send(published, "requests", report(key), **there) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [429] * 2 and int(answers[-1].headers["Retry-After"]) >= 1
    assert send(published, "requests", report(anew), **there).status_code == 200
    assert send(published, "requests", report("x"), **there).status_code == 403  # of no form that a key has: nothing is asked


# ---- what everybody sees

def test_a_request__tells_where_it_stands_and_nothing_of_people(published, key):
    word = "canari-a7f3"
    web = published.file("local_user", title=f"Títol {word}", description=f"Text {word}")["ref"]
    ours = file(published, key, description=f"Text {word}", address_string=f"Carrer {word}", media_url=f"https://e.cat/{word}")
    for ref in (web, ours):
        request = one(published, ref)
        assert (request["status"], request["service_code"], request["description"], request["address"]) == ("open", "OAM-GEN", None, None)
        assert request["status_notes"] and request["agency_responsible"] and request["lat"] is None
        held = one(published, ref, api_key=key)
        assert word in held["description"] and (held["lat"] is not None) == (ref == ours)
        assert one(published, ref, lang="en")["status_notes"] != request["status_notes"]
        assert both(published, f"request/{ref}") == both(published, f"requests/{ref}")
    everything = "".join(ask(published, path, extensions="true").text for path in ("requests.xml", "requests.json"))
    everything += ask(published, "servicerequestupdates.json").text
    assert ours in everything and word not in everything
    publish(published, texts=True)
    assert word in one(published, ours)["description"] and word in one(published, ours)["address"]
    assert one(published, web)["description"] is None


def test_drafts_and_other_bodies__are_not_there(published, key):
    draft = published.file("local_user", submit=False)["ref"]
    foreign = published.file("signer", body=OTHER_TOWN)["ref"]
    unpublished = published.file("local_user", service="GOV-01")["ref"]
    listed = ask(published, "requests.json").text
    for ref in (draft, foreign, unpublished, "OAM-2026-999999", "x", "%F0%9F%9A%B2"):
        for how in ({}, {"api_key": key}):
            status, errors = both(published, f"requests/{ref}", **how)
            assert status == 404 and errors[0]["code"] == 404
        assert both(published, "requests", service_request_id=ref) == (200, [])
        assert f'"{ref}"' not in listed


def test_the_list__is_filtered_as_the_specification_says(published, key):
    first, second = file(published, key), file(published, key, service_code="ESP-03", **{
        "attribute[items]": "Carpes", "attribute[from]": "2027-05-01", "attribute[until]": "2027-05-03", "attribute[place]": "Plaça"})
    refs = lambda **how: [request["service_request_id"] for request in both(published, "requests", **how)[1]]
    assert refs()[:2] == [second, first]
    assert refs(page_size=1) == [second] and refs(page_size=1, page=2) == [first]
    assert second in refs(service_code="ESP-03") and first not in refs(service_code="ESP-03")
    assert refs(service_code="ESP-03,OAM-GEN")[:2] == [second, first] == refs(service_code="")[:2]
    assert refs(service_request_id=f"{first},,{second}", status="closed", service_code="OAM-GEN") == [second, first]
    published.act(first, "withdraw", role="local_user")
    assert first in refs(status="closed") and first not in refs(status="open") and first in refs(status="open,closed") and first in refs(status="")
    then = one(published, first)
    assert then["status"] == "closed" and then["expected_datetime"] is None
    assert first not in refs(start_date="2020-01-01T00:00:00Z") and first not in refs(end_date="2020-01-01T00:00:00+01:00")
    assert refs(updated_after=then["updated_datetime"])[:2] == [second, first] or first in refs(updated_after=then["updated_datetime"])
    assert first not in refs(updated_before="2020-01-01T00:00:00Z")
    assert first not in refs(start_date="1970-01-01T00:00:00Z") and first not in refs(updated_before="1970-01-01T00:00:00Z"), "it is a date like any other"


@pytest.mark.parametrize("name, values", [
    ("start_date", ["yesterday", "2026-11-22", "2026-11-22T00:00:00"]), ("end_date", ["x"]), ("updated_after", ["x"]), ("updated_before", ["1"]),
    ("status", ["ajar", "open,ajar"]), ("page", ["0", "-1", "x", "1001", "9" * 30]), ("page_size", ["0", "1001", "1.5"]), ("extensions", ["yes"])])
def test_a_filter__that_is_wrong_is_refused(published, name, values):
    for value in values:
        status, errors = both(published, "requests", **{name: value})
        assert status == 400 and errors[0]["description"].startswith(f"{name}: "), value


def test_filters__are_all_judged_at_once(published):
    wrong = {"status": "ajar", "page": "0", "start_date": "x", "extensions": "maybe"}
    assert described(ask(published, "requests.json", **wrong)) == sorted(wrong)
    assert described(ask(published, "requests.json", start_date="2026-01-01T00:00:00Z", end_date="2026-04-02T00:00:01Z")) == ["end_date"]
    assert ask(published, "requests.json", start_date="2026-01-01T00:00:00Z", end_date="2026-04-01T00:00:00Z").status_code == 200
    assert both(published, "requests", service_code="NOPE-1")[0] == 404
    many = published.get("/open311/v2/requests.json?service_request_id=" + ",".join("x" * 1001), role=None)
    assert described(many) == ["service_request_id"]
    assert both(published, "requests", api_key="x")[0] == 403
    assert both(published, "requests", api_key="")[0] == 200
    for path in ("requests/OAM-2026-000001", "request/OAM-2026-000001"):
        assert both(published, path, status="ajar")[0] == 400 and both(published, path, api_key="x")[0] == 403
        assert both(published, path)[0] in (200, 404)
    for path in ("requests", "servicerequestupdates", "request/OAM-2026-000001"):
        assert both(published, path, jurisdiction_id=OTHER_TOWN)[0] == 404


def test_extensions__tell_the_state_and_what_happened(published, key):
    ref = file(published, key)
    assert set(one(published, ref)) == set(one(published, ref, extensions="false")) and "notes" not in one(published, ref)
    assert one(published, ref, extensions="true")["notes"] == []
    published.act(ref, "take", role="agent")
    published.post(f"/api/v1/requests/{ref}/notes", role="agent", json={"text": "entre nosaltres"}, headers={"Idempotency-Key": new_key()})
    published.post(f"/api/v1/requests/{ref}/comments", role="agent", json={"text": "Hi anirem"}, headers={"Idempotency-Key": new_key()})
    extended = one(published, ref, extensions="true", api_key=key)
    assert extended["extended_attributes"] == {"state": "investigating"}
    assert [note["type"] for note in extended["notes"]] == ["investigating", "investigating"]
    assert extended["notes"][1]["description"] == "Hi anirem"
    assert "Hi anirem" not in ask(published, f"requests/{ref}.json", extensions="true").text


def test_notes__of_one_request_leave_room_for_those_of_the_others(published, key):
    """The newest fifty of each, however long one of them is talked about."""
    quiet, busy = file(published, key), file(published, key)
    say = lambda ref, text: published.post(f"/api/v1/requests/{ref}/comments", role="agent", json={"text": text}, headers={"Idempotency-Key": new_key()})
    assert {say(busy, f"{number}").status_code for number in range(102)} | {say(quiet, "Hi anirem").status_code} == {201}
    told = {one["service_request_id"]: one["notes"] for one in both(
        published, "requests", service_request_id=f"{quiet},{busy}", extensions="true", api_key=key)[1]}
    assert [note["description"] for note in told[quiet]] == ["Hi anirem"]
    assert [note["description"] for note in told[busy]] == [f"{number}" for number in range(52, 102)]


@pytest.mark.parametrize("path", ["requests", "requests/{ref}", "request/{ref}", "servicerequestupdates"])
def test_what_was_read__is_not_sent_again(published, key, path):
    ref = file(published, key)
    for format in ("xml", "json"):
        url = f"/open311/v2/{path.format(ref=ref)}.{format}?end_date=2100-01-01T00:00:00Z&start_date=2099-12-01T00:00:00Z"
        first = published.get(url, role=None)
        again = published.get(url, role=None, headers={"If-None-Match": first.etag})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


# ---- mySociety's extension for updates

def update(key, ref, number, **fields):
    return {"api_key": key, "service_request_id": ref, "update_id": number, "status": "OPEN", "updated_datetime": "2026-11-22T10:00:00+01:00",
            "description": "Encara és així", **fields}


def updates_of(api, ref, **params):
    return [one for one in both(api, "servicerequestupdates", **params)[1] if one["service_request_id"] == ref]


def test_updates__tell_each_change_once(published, key):
    ref = file(published, key)
    assert updates_of(published, ref) == []
    published.act(ref, "take", role="agent", comment="Ho miro")
    published.post(f"/api/v1/requests/{ref}/notes", role="agent", json={"text": "entre nosaltres"}, headers={"Idempotency-Key": new_key()})
    published.post(f"/api/v1/requests/{ref}/comments", role="agent", json={"text": "Hi anirem"}, headers={"Idempotency-Key": new_key()})
    published.act(ref, "withdraw", role="local_user")
    told = updates_of(published, ref, api_key=key)
    assert [one["status"] for one in told] == ["investigating", "investigating", "no_further_action"]
    assert [one["description"] for one in told][:2] == ["Ho miro", "Hi anirem"]
    assert len({one["update_id"] for one in told}) == 3
    everybody = updates_of(published, ref)
    assert [(one["update_id"], one["status"]) for one in everybody] == [(one["update_id"], one["status"]) for one in told]
    assert not {one["description"] for one in everybody} & {"Ho miro", "Hi anirem"}
    publish(published, texts=True)
    assert updates_of(published, ref) == told
    publish(published)
    assert both(published, "servicerequestupdates", start_date="2020-01-01T00:00:00Z", end_date="2020-02-01T00:00:00Z") == (200, [])
    assert both(published, "servicerequestupdates", start_date="x")[0] == 400
    assert both(published, "servicerequestupdates", api_key="x")[0] == 403


def test_an_update__becomes_a_message_once(published, key):
    ref = file(published, key)
    first = send(published, "servicerequestupdates", update(key, ref, "17"))
    again = send(published, "servicerequestupdates", update(key, ref, "17", description="Repetida"))
    assert first.status_code == again.status_code == 200 and first.json() == again.json()
    root = tree(send(published, "servicerequestupdates", update(key, ref, "18", status="investigating"), "xml"))
    assert root.tag == "service_request_updates" and root[0].tag == "request_update" and root[0].findtext("update_id")
    comments = published.whole(f"/api/v1/requests/{ref}/comments", role="operator")
    assert [comment["text"] for comment in comments] == ["Encara és així", "Encara és així"]
    told = updates_of(published, ref, api_key=key)
    assert told[0]["update_id"] == first.json()[0]["update_id"] and told[0]["description"] == "Encara és així"
    published.server.verify()


def test_an_update__sent_at_the_same_time_is_one(published, key):
    ref = file(published, key)
    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: send(published, "servicerequestupdates", update(key, ref, "1")), range(6)))
    assert {answer.status_code for answer in answers} == {200} and len({answer.text for answer in answers}) == 1
    assert len(published.whole(f"/api/v1/requests/{ref}/comments", role="operator")) == 1


def test_updates__are_numbered_for_each_body(published):
    """Who runs the systems of two towns with one client has two keys, and each system counts its own."""
    publish(published, OTHER_TOWN)
    keys = {body: published.request("PUT", f"/api/v1/open311/{body}/keys/demo-integration", role="admin").json()["api_key"] for body in (TOWN, OTHER_TOWN)}
    told = []
    for body, key in keys.items():
        answer = send(published, "requests", {**report(key), "jurisdiction_id": body})
        fields = {**update(key, answer.json()[0]["service_request_id"], "7"), "jurisdiction_id": body}
        first, again = (send(published, "servicerequestupdates", fields) for _ in range(2))
        assert (first.status_code, again.json()) == (200, first.json())
        told.append(first.json()[0]["update_id"])
    assert len(set(told)) == 2


def test_an_end_elsewhere__is_told_and_moves_nothing(published, key):
    ref = file(published, key)
    for number, status, text, said in (("21", "FIXED", "Ja està", "Ja està\n\nEstat a l'altre sistema: fixed"),
                                       ("22", "CLOSED", "", "Estat a l'altre sistema: closed"), ("23", "OPEN", "", "Estat a l'altre sistema: open")):
        assert send(published, "servicerequestupdates", update(key, ref, number, status=status, description=text)).status_code == 200
        assert published.whole(f"/api/v1/requests/{ref}/comments", role="operator")[-1]["text"] == said
    assert one(published, ref)["status"] == "open"


def test_an_update__that_is_wrong_is_refused_whole(published, key):
    ref, other = file(published, key), file(published, key)
    wrong = {"status": "AJAR", "updated_datetime": "ahir", "update_id": "", "description": "x" * 4001}
    assert described(send(published, "servicerequestupdates", update(key, ref, "", **wrong))) == sorted(wrong)
    assert described(send(published, "servicerequestupdates", {"api_key": key})) == ["service_request_id", "status", "update_id", "updated_datetime"]
    foreign = published.file("signer", body=OTHER_TOWN)["ref"]
    for missing in ("OAM-2026-999999", "x", foreign):
        assert send(published, "servicerequestupdates", update(key, missing, "9")).status_code == 404
    assert send(published, "servicerequestupdates", update("x", ref, "9")).status_code == 403
    assert send(published, "servicerequestupdates", update(key, ref, "10")).status_code == 200
    assert described(send(published, "servicerequestupdates", update(key, other, "10"))) == ["update_id"]
    assert published.whole(f"/api/v1/requests/{other}/comments", role="operator") == []
