"""Webhooks as their owners see them: made, changed, removed; whose they are; where they may lead; what is told of a secret."""
import base64
import re

import pytest
from oamtest.client import TOWN, dumps, new_key

URL = "https://hooks.example.cat/oam?k=1"
MISSING = "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e"


def make(api, role="integration_a", key=None, **fields):
    return api.post("/api/v1/webhooks", role=role, json={"url": URL, **fields}, headers={"Idempotency-Key": key or new_key()})


def change(api, hook, version, role="integration_a", **fields):
    return api.patch(f"/api/v1/webhooks/{hook}", role=role, json=fields, headers={"If-Match": f'"v{version}-ca"'})


def remove(api, hook, version=None, role="integration_a"):
    version = version or api.get(f"/api/v1/webhooks/{hook}", role=role).json()["version"]
    return api.delete(f"/api/v1/webhooks/{hook}", role=role, headers={"If-Match": f'"v{version}"'})


def ask(api, hook, verb, role="integration_a", body=None, key=None):
    return api.post(f"/api/v1/webhooks/{hook}:{verb}", role=role, json=body, headers={"Idempotency-Key": key or new_key()})


@pytest.fixture
def hook(api):
    made = make(api)
    assert made.status_code == 201, made
    yield made.json()
    remove(api, made.json()["id"])


def codes(answer, pointer="/url"):
    return [error["code"] for error in answer.json()["errors"] if error["pointer"] == pointer]


def test_a_webhook__is_told_as_it_was_made(api, hook):
    assert {name: hook[name] for name in ("client", "url", "types", "payload", "description", "contact", "state", "reason", "version", "pending")} == {
        "client": "town-system", "url": URL, "types": [], "payload": "thin", "description": "", "contact": None, "state": "active",
        "reason": None, "version": 1, "pending": 0}
    read = api.get(f"/api/v1/webhooks/{hook['id']}", role="integration_a")
    assert read.json() == {name: value for name, value in hook.items() if name != "secret"}


def test_its_place__is_the_end_of_the_feed(api, hook):
    assert hook["position"] == api.get("/api/v1/events?after=latest", role="integration_a").json()["next"]


def test_a_secret__is_one_that_standard_webhooks_takes_and_told_once(api, server):
    key = new_key()
    made, again = make(api, key=key), make(api, key=key)
    secret = made.json()["secret"]
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret) and len(base64.b64decode(secret[6:])) == 32
    assert made.headers["Cache-Control"] == "no-store" and made.headers["Location"] == f"/api/v1/webhooks/{made.json()['id']}"
    assert again.headers["Idempotency-Replayed"] == "true" and again.json() == {**made.json(), "secret": None}
    everything = str(server.database.sql("SELECT * FROM webhook_secret")) + str(server.database.sql("SELECT response::text FROM idempotency_key"))
    assert secret[6:] not in everything and base64.b64decode(secret[6:]).hex() not in everything and secret not in server.log()
    remove(api, made.json()["id"])


def test_two_secrets__are_never_the_same_bytes_in_the_database(server, api):
    made = [make(api).json()["id"] for _ in range(3)]
    sealed = [bytes(row[0]) for row in server.database.sql("SELECT sealed FROM webhook_secret")]
    assert len(set(sealed)) == len(sealed) and len({one[:24] for one in sealed}) == len(sealed)
    for one in made:
        remove(api, one)


def test_rotation__leaves_the_one_before_for_a_day_and_no_other(api, hook, server):
    first = ask(api, hook["id"], "rotate-secret")
    assert first.status_code == 200 and first.json()["secret"] not in (None, hook["secret"]) and first.json()["version"] == 2
    key = new_key()
    second = ask(api, hook["id"], "rotate-secret", key=key)
    assert ask(api, hook["id"], "rotate-secret", key=key).json() == {**second.json(), "secret": None}
    rows = server.database.sql("SELECT ends_at IS NULL, ends_at - now() BETWEEN '23 h' AND '24 h' FROM webhook_secret s JOIN webhook w "
                               "ON w.id = s.webhook_id WHERE w.uid = %s ORDER BY s.id", hook["id"])
    assert rows == [(False, True), (True, None)]


def test_a_change__says_only_what_changes(api, hook):
    changed = change(api, hook["id"], 1, types=["cat.oam.request.submitted"], contact="sistemes@exemple.cat", state="paused")
    assert changed.status_code == 200 and changed.etag == '"v2-ca"'
    assert changed.json()["url"] == URL and changed.json()["types"] == ["cat.oam.request.submitted"] and changed.json()["state"] == "paused"
    again = change(api, hook["id"], 2, description="Gestor", state="active").json()
    assert (again["types"], again["contact"], again["description"], again["state"]) == (["cat.oam.request.submitted"], "sistemes@exemple.cat", "Gestor", "active")
    last = change(api, hook["id"], 3, types=None, contact=None, payload="full", url="https://hooks.example.org/").json()
    assert (last["types"], last["contact"], last["payload"], last["url"], last["version"]) == ([], None, "full", "https://hooks.example.org/", 4)


def test_a_change__of_another_version_is_told_the_present_one(api, hook):
    assert change(api, hook["id"], 1, description="a").status_code == 200
    stale = change(api, hook["id"], 1, description="b")
    assert stale.status_code == 412 and stale.etag == '"v2-ca"'
    assert stale.json()["detail"] == "Això ha canviat des que ho vau llegir. Torneu-ho a llegir i decidiu de nou."  # no request has
    assert remove(api, hook["id"], version=1).status_code == 412
    for method, how in (("PATCH", {"json": {"state": "paused"}}), ("DELETE", {})):
        assert api.request(method, f"/api/v1/webhooks/{hook['id']}", role="integration_a", **how).status_code == 428


def test_a_webhook_that_was_removed__is_gone_with_its_log(api, server):
    hook = make(api).json()["id"]
    assert ask(api, hook, "ping").status_code == 202
    assert remove(api, hook).status_code == 204
    assert api.get(f"/api/v1/webhooks/{hook}", role="integration_a").status_code == 404
    assert api.get(f"/api/v1/webhooks/{hook}/deliveries", role="integration_a").status_code == 404
    assert server.database.one("SELECT count(*) FROM webhook_delivery d WHERE NOT EXISTS (SELECT FROM webhook w WHERE w.id = d.webhook_id)") == 0


@pytest.mark.parametrize("role", ["integration_b", "integration"])
def test_foreign_and_missing__are_the_same(api, hook, role):
    def calls(of):
        yield api.get(f"/api/v1/webhooks/{of}", role=role)
        yield change(api, of, 1, role=role, description="x")
        yield remove(api, of, version=1, role=role)
        yield api.get(f"/api/v1/webhooks/{of}/deliveries", role=role)
        for verb, body in (("ping", None), ("rotate-secret", None), ("redeliver", {"after": "0"})):
            yield ask(api, of, verb, role=role, body=body)

    for foreign, missing in zip(calls(hook["id"]), calls(MISSING)):
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json()["detail"] == missing.json()["detail"]
    assert hook["id"] not in [one["id"] for one in api.whole("/api/v1/webhooks", role=role)]
    assert api.get(f"/api/v1/webhooks/{hook['id']}", role="integration_a").json()["version"] == 1


def test_an_id_that_is_none__is_not_found(api):
    assert api.get("/api/v1/webhooks/1", role="integration").status_code == 404


def test_an_administrator__sees_everybodys_and_says_whose_it_is(api, hook):
    assert hook["id"] in [one["id"] for one in api.whole("/api/v1/webhooks", role="admin")]
    assert api.get(f"/api/v1/webhooks/{hook['id']}", role="admin").json()["client"] == "town-system"
    nobodys = make(api, role="admin")
    assert nobodys.status_code == 422 and codes(nobodys, "/client") == ["required"]
    assert codes(make(api, role="admin", client="no-such-client"), "/client") == ["no_such_client"]
    made = make(api, role="admin", client="other-town")
    assert made.status_code == 201 and made.json()["client"] == "other-town"
    assert remove(api, made.json()["id"], role="integration_b").status_code == 204


def test_an_integration__makes_its_own_and_nobody_elses(api):
    made = make(api, client="town-system")
    assert made.status_code == 201
    remove(api, made.json()["id"])
    assert codes(make(api, client="other-town"), "/client") == ["no_such_client"]


def test_an_integration__has_so_many_and_no_more(api):
    made = [make(api, role="integration_b") for _ in range(21)]
    assert [one.status_code for one in made] == [201] * 20 + [409]
    pages = api.walk("/api/v1/webhooks", role="integration_b", params={"limit": 7})
    assert [len(page) for page in pages] == [7, 7, 6]
    assert [one["id"] for page in pages for one in page] == [one.json()["id"] for one in made[:20]]
    last = api.get("/api/v1/webhooks", role="integration_b", params={"limit": 7}).json()["next"]
    second = api.get("/api/v1/webhooks", role="integration_b", params={"limit": 7, "cursor": last}).json()
    assert [one["id"] for one in api.get("/api/v1/webhooks", role="integration_b", params={"limit": 7, "cursor": second["prev"]}).json()["items"]] == \
        [one["id"] for one in pages[0]]
    for one in made[:20]:
        assert remove(api, one.json()["id"], role="integration_b").status_code == 204


INTERNAL = """
https://127.0.0.1/ https://127.1.2.3/ https://0.0.0.0/ https://0.1.2.3/ https://10.0.0.1/ https://172.16.0.1/ https://172.31.255.255/
https://192.168.1.1/ https://169.254.169.254/latest/meta-data/ https://100.64.0.1/ https://192.0.0.1/ https://192.0.2.1/ https://198.18.0.1/
https://198.51.100.1/ https://203.0.113.1/ https://224.0.0.1/ https://239.255.255.255/ https://240.0.0.1/ https://255.255.255.255/ https://[::]/
https://[::1]/ https://[::ffff:127.0.0.1]/ https://[::ffff:7f00:1]/ https://[::ffff:10.0.0.1]/ https://[::127.0.0.1]/ https://[64:ff9b::7f00:1]/
https://[64:ff9b::10.0.0.1]/ https://[64:ff9b:1::1]/ https://[2002:7f00:1::]/ https://[2001:0:7f00:1::]/ https://[2001:db8::1]/ https://[fc00::1]/ https://[fd12::1]/
https://[fe80::1]/ https://[fec0::1]/ https://[ff02::1]/ https://[100::1]/ https://[0:0:0:0:0:0:0:1]/ https://localhost/ https://LOCALHOST/ https://a.localhost/
https://oamd/ https://printer.local/ https://metadata.google.internal/ https://db.lan/ https://x.corp/ https://x.home.arpa/ https://1.0.0.127.in-addr.arpa/
https://x.onion/ https://x.test/ https://x.invalid/ https://x.example/ https://postgres.default.svc/
""".split()
MALFORMED = """
https://2130706433/ https://0x7f000001/ https://0x7f.1/ https://0177.0.0.1/ https://0177.1/ https://127.1/ https://127.0.1/ https://017700000001/
https://127.0.0.1./ https://127.0.0.01/ https://127.0.0.1.0x1/ https://a.0x7f/ https://a.123/ https://[::1%25lo]/ https://[fe80::1%25eth0]/ https://[fe80::1%eth0]/
https://[::1 https://::1/ https://[127.0.0.1]/ https://[v1.a]/ https://user@example.cat/ https://user:pass@example.cat/ https://example.cat@127.0.0.1/
https://example.cat:80@127.0.0.1/ https://example.cat\\@127.0.0.1/ https://127.0.0.1\\@example.cat/ https://example.cat#@127.0.0.1/ https://example.cat/#a https:///etc/passwd https://
https:/example.cat https:example.cat //example.cat/ example.cat https://example.cat:/ https://example.cat:0/ https://example.cat:x/ https://example.cat:99999/ https://example.cat:0443/
https://example.cat:+443/ https://-a.cat/ https://a-.cat/ https://a..cat/ https://.a.cat/ https://a.cat./ https://a_b.cat/ https://exa%6dple.cat/ https://127%2e0.0.1/
https://①②⑦.0.0.1/ https://127。0。0。1/ https://exàmple.cat/ https://example.cat/à https://ⓔxample.cat/ https://[::ffff:127.0.0.1]@a.cat/
""".split() + ["https://example.cat/a b", " https://example.cat/", "https://example.cat/\t", "https://exa\u00admple.cat/", "https://" + "a" * 64 + ".cat/"]
SCHEME = ["http://example.cat/", "HTTPS://example.cat/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "dict://127.0.0.1:11211/", "ftp://example.cat/", "ws://example.cat/", "ldap://example.cat/",
          "javascript://example.cat/", "smtp://127.0.0.1:25/", "unix:///run/x"]
PORTS = ["https://example.cat:%d/" % port for port in (1, 22, 25, 80, 444, 3306, 5432, 6379, 8080, 9200, 11211, 65535)] + ["https://93.184.215.14:8080/"]


@pytest.mark.parametrize("code, urls", [("internal_address", INTERNAL), ("bad_url", MALFORMED), ("not_https", SCHEME), ("port_not_allowed", PORTS)],
                         ids=["internal", "malformed", "scheme", "port"])
def test_where_it_may_lead__is_judged_before_anything_is_resolved(api, hook, code, urls):
    for url in urls:
        for answer in (make(api, url=url), change(api, hook["id"], 1, url=url)):
            assert answer.status_code == 422, (url, answer)
            told = codes(answer)
            assert told == [code] or (told == ["control_character"] and "\t" in url), (url, told)


@pytest.mark.parametrize("url", ["https://example.cat", "https://example.cat/", "https://Hooks.Example.CAT:8443/a/b?c=d&e=@f", "https://93.184.215.14/", "https://example.cat:443?a",
                                 "https://[2606:2800:220:1:248:1893:25c8:1946]/", "https://xn--exmple-xta.cat/", "https://1a.example.cat/", "https://127.0.0.1.example.cat/"])
def test_the_open_internet__may_be_sent_to(api, url):
    made = make(api, url=url)
    assert made.status_code == 201 and made.json()["url"] == url, made
    remove(api, made.json()["id"])


@pytest.mark.parametrize("fields, pointer, code", [
    ({"types": ["request.submitted"]}, "/types/0", "bad_format"), ({"types": [1]}, "/types/0", "bad_format"), ({"types": ["cat.oam.request.created", "cat.oam.request.craeted"]}, "/types/1", "unknown_value"), ({"types": ["cat.oam.request.x"] * 41}, "/types", "too_many"),
    ({"types": {}}, "/types", "wrong_type"), ({"payload": "fat"}, "/payload", "not_an_option"), ({"description": "x" * 251}, "/description", "too_long"),
    ({"contact": "a b@c.cat"}, "/contact", "bad_format"), ({"contact": "abc"}, "/contact", "bad_format"), ({"contact": "a@b"}, "/contact", "bad_format"),
    ({"state": "paused"}, "/state", "unknown_member"), ({"url": "https://e.cat/" + "a" * 1011}, "/url", "too_long"),
    ({"filter": ""}, "/filter", "too_short"), ({"filter": "a" * 401}, "/filter", "too_long"), ({"filter": "true\u0000"}, "/filter", None), ({"filter": 1}, "/filter", "wrong_type")])
def test_what_is_wrong__is_told_where(api, fields, pointer, code):
    answer = make(api, **fields)
    if code is None:  # no JSON that we take
        assert answer.status_code == 400, answer
    else:
        assert answer.status_code == 422 and codes(answer, pointer) == [code], answer


def test_a_filter__is_told_as_it_was_said(api, hook):
    assert hook["filter"] is None and hook["filter_failure"] is None
    told = change(api, hook["id"], 1, filter="event.to in ['granted', 'denied'] && event.body == '%s'" % TOWN)
    assert told.status_code == 200 and told.json()["filter"] == f"event.to in ['granted', 'denied'] && event.body == '{TOWN}'"
    assert change(api, hook["id"], 2, description="x").json()["filter"] == told.json()["filter"]
    assert change(api, hook["id"], 3, filter=None).json()["filter"] is None
    made = make(api, filter="event.version > 1")
    assert made.status_code == 201 and made.json()["filter"] == "event.version > 1"
    remove(api, made.json()["id"])


# Of what no event tells: another's data, who did it, what is said inside; what is no expression, no condition, or costs too much.
NO_FILTERS = ["1 +", "event.body", "1", "event", "event.nothing == 1", "request.data.iban == 'x'", "agent.login == 'a'", "event.actor == 'x'", "event.data.iban != ''",
              "event.body.matches('(a+)+$')", "event.version == 'x'", "event.to in [1]", "in_state('x')", "'; DROP TABLE webhook; --", "event.body == '" + "à" * 195 + "'",
              "(" * 150 + "true" + ")" * 150, "!" * 300 + "true", "-" * 300 + "1 == 1", "[" * 100 + "]" * 100 + " == []",
              "[1,2,3,4,5,6,7,8].all(a, [1,2,3,4,5,6,7,8].all(b, [1,2,3,4,5,6,7,8].all(c, [1,2,3,4,5,6,7,8].all(d, event.body.contains(event.subject)))))",
              "true" + " && true" * 49 + " &&"]


@pytest.mark.parametrize("filter", NO_FILTERS, ids=range(len(NO_FILTERS)))
def test_what_is_no_filter__is_refused_where_it_is_made_and_where_it_is_changed(api, hook, filter):
    for answer in (make(api, filter=filter), change(api, hook["id"], 1, filter=filter)):
        assert answer.status_code == 422 and set(codes(answer, "/filter")) == {"bad_expression"}, answer


def test_all_that_is_wrong_with_a_filter__is_told_at_once_in_three_languages(api):
    said = {"ca": "L'expressió no es pot llegir", "es": "La expresión no se puede leer", "en": "The expression cannot be read"}
    for language, begins in said.items():
        answer = api.post("/api/v1/webhooks", role="integration_a", json={"url": "x", "filter": "event.nothing == 1 && event.version == 'x'"},
                          headers={"Idempotency-Key": new_key(), "Accept-Language": language})
        details = [error["detail"] for error in answer.json()["errors"] if error["pointer"] == "/filter"]
        assert len(details) == 2 and all(one.startswith(begins) for one in details), answer
        assert codes(answer) == ["bad_url"]


@pytest.mark.parametrize("body, pointer, code", [
    ({}, "/after", "required"), ({"delivery": "x"}, "/delivery", "bad_format"), ({"after": "-1"}, "/after", "bad_format"), ({"before": "1" * 30}, "/before", "bad_format"),
    ({"since": "yesterday"}, "/since", "bad_format"), ({"after": "0", "state": "pending"}, "/state", "not_an_option"),
    ({"delivery": MISSING, "after": "0"}, "/after", "not_beside"), ({"delivery": MISSING, "before": "9", "state": "all"}, "/state", "not_beside")])
def test_what_is_to_be_sent_again__is_said_well(api, hook, body, pointer, code):
    answer = ask(api, hook["id"], "redeliver", body=body)
    assert answer.status_code == 422 and codes(answer, pointer) == [code], answer


def test_a_ping__is_one_at_a_time_and_in_the_log(api, hook):
    first, second = ask(api, hook["id"], "ping"), ask(api, hook["id"], "ping")
    assert first.status_code == 202
    log = api.get(f"/api/v1/webhooks/{hook['id']}/deliveries", role="integration_a").json()["items"]
    assert {one["type"] for one in log} == {"cat.oam.webhook.ping"} and first.json()["delivery"] in [one["id"] for one in log]
    assert second.json()["delivery"] in [one["id"] for one in log] and all(one["subject"] is None and one["position"] is None for one in log)


def test_a_delivery_that_is_not_there__cannot_be_sent_again(api, hook):
    assert ask(api, hook["id"], "redeliver", body={"delivery": MISSING}).status_code == 404
    assert ask(api, hook["id"], "redeliver", body={"after": "0", "state": "all"}).json() == {"queued": 0, "next": None}


@pytest.mark.parametrize("verb, body", [("ping", None), ("redeliver", {"after": "0"})])
def test_what_is_asked_twice_under_one_key__is_asked_once(api, hook, verb, body):
    key = new_key()
    first, again = (ask(api, hook["id"], verb, body=body, key=key) for _ in range(2))
    assert again.json() == first.json() and again.headers["Idempotency-Replayed"] == "true"


def test_the_scopes__are_both_needed(api):
    token = api.client_token("events:read requests:read")
    assert api.get("/api/v1/webhooks", token=token).status_code == 403
    assert api.get("/api/v1/webhooks", token=api.client_token("webhooks:manage")).status_code == 403
    assert api.get("/api/v1/webhooks", token=api.client_token("webhooks:manage events:read")).status_code == 200


def test_a_merge_patch__is_taken_by_its_own_name(api, hook):
    answer = api.patch(f"/api/v1/webhooks/{hook['id']}", role="integration_a", data=dumps({"description": "x"}),
                       headers={"If-Match": '"v1"', "Content-Type": "application/merge-patch+json"})
    assert answer.status_code == 200
