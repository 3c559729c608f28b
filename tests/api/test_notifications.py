"""What people are told: each what is for their roles and bodies, in their language, marked as read by and for themselves alone."""
import copy

import pytest
from oamtest.client import OTHER_TOWN, TOWN, new_key
from oamtest.office import act, filed, local, office, until  # noqa: F401 (office is a fixture)
from oamtest.procedure import DOCUMENT, publish
from oamtest.waiting import eventually

PATH = "/api/v1/notifications"


def told(office, role, **params):
    return office.get(PATH, role=role, params={"lang": "en", **params}).json()["items"]


def asked(office, count=1):
    refs = [filed(office) for _ in range(count)]
    for ref in refs:
        act(office, ref, "ask", question="Quin carrer?")
    eventually(lambda: office.database.one("SELECT count(*) FROM notification WHERE role = 'applicant'") == count)
    return refs


def test_applicant__is_told_in_each_language(office):
    ref, = asked(office)
    mine, = told(office, "local_user")
    assert mine["subject"] == f"{ref}: Pendent" and mine["about"] == "state" and mine["role"] == "applicant" and mine["read_at"] is None
    texts = {"en": f"The request “Consulta amb terminis” ({ref}) is now “Pendent”.",
             "es": f"La solicitud «Consulta amb terminis» ({ref}) está ahora en el estado «Pendent».",
             "ca": f"La sol·licitud «Consulta amb terminis» ({ref}) és ara en l'estat «Pendent»."}
    for language, text in texts.items():
        assert told(office, "local_user", lang=language)[0]["text"] == text


def test_each__sees_what_is_for_them(office):
    """The town what is for it, another town nothing; of the provider's people those who have the role."""
    asked(office)
    office.at(local(2026, 5, 8, 9))
    office.database.sql("UPDATE request_timer SET due = due, wake = wake")
    seen = {role: [item["role"] for item in told(office, role)] for role in
            ("local_user", "comptroller", "integration_a", "local_user_b", "signer", "operator", "agent", "supervisor", "integration", "integration_b")}
    assert {role for role, items in seen.items() if items == ["applicant"]} == {"local_user", "comptroller", "integration_a"}
    assert not any(items for role, items in seen.items() if role not in ("local_user", "comptroller", "integration_a"))


def test_reminder__is_for_its_role_alone(office):
    ref = filed(office)
    office.at(local(2026, 5, 13, 12))
    reminder = eventually(lambda: told(office, "supervisor"))[0]
    assert reminder["about"] == "reminder" and reminder["subject"] == f"{ref}: reminder (En curs)"
    assert reminder["text"] == f"A reminder: the request “Consulta amb terminis” ({ref}) is still “En curs”."
    assert not told(office, "operator") and not told(office, "agent") and not told(office, "local_user")


def test_timer__that_has_a_label_is_told_by_it(office):
    """What has happened before what it has led to, in each language; without a label as before."""
    document = copy.deepcopy(DOCUMENT)
    half = {"ca": "Ha passat la meitat del termini", "es": "Ha pasado la mitad del plazo", "en": "Half of the time has passed"}
    late = {"ca": "S'ha acabat el termini", "es": "Ha terminado el plazo", "en": "The time is over"}
    document["version"] = 91
    document["states"]["open"]["after"][0]["label"] = half
    document["states"]["open"]["after"][1] |= {"label": late, "do": [{"fx": "notify", "to": "applicant"}]}
    publish(office.database, document)
    eventually(lambda: office.get("/api/v1/workflows/general_enquiry", role="operator").json()["version"] == 91)
    ref = filed(office)
    office.at(local(2026, 5, 13, 12))
    reminder = eventually(lambda: told(office, "supervisor"))[0]
    assert reminder["about"] == "reminder" and reminder["subject"] == f"{ref}: {half['en']}"
    assert reminder["text"] == f"{half['en']}. A reminder: the request “Consulta amb terminis” ({ref}) is still “En curs”."
    for language in ("ca", "es"):
        item, = told(office, "supervisor", lang=language)
        assert item["subject"] == f"{ref}: {half[language]}" and item["text"].startswith(f"{half[language]}. ")
    office.at(local(2026, 5, 20, 9))
    over = eventually(lambda: told(office, "local_user"))[0]
    assert over["about"] == "state" and over["subject"] == f"{ref}: Caducada"
    assert over["text"] == f"{late['en']}. The request “Consulta amb terminis” ({ref}) is now “Caducada”."


def test_term__that_moved_is_told_with_its_why(office):
    ref = filed(office)
    office.database.sql("INSERT INTO holiday (day, scope, body_id, status, source) SELECT '2026-05-08', 'local', id, 'official', 'test' FROM body "
                        "WHERE code = %s", TOWN)
    moved = eventually(lambda: told(office, "local_user"))[0]
    assert moved["about"] == "term_moved" and moved["subject"] == f"{ref}: a term has changed"
    assert moved["text"] == (f"The calendar has changed, and the term “Resposta” of the request “Consulta amb terminis” ({ref}) ends on another "
                             "day: not 18 May but 19 May: 8 May is a local holiday in Aguilar de Segarra.")


def test_reading__is_ones_own(office):
    asked(office, 3)
    first, second, third = told(office, "local_user")
    assert office.post("/api/v1/notifications:read", role="local_user", json={"ids": [second["id"], second["id"]]}).json() == {"read": 1}
    assert office.post("/api/v1/notifications:read", role="local_user", json={"ids": [second["id"]]}).json() == {"read": 0}
    assert [item["id"] for item in told(office, "local_user", unread="true")] == [first["id"], third["id"]]
    assert told(office, "local_user")[1]["read_at"] == "2026-05-04T08:00:00.000Z"
    assert len(told(office, "comptroller", unread="true")) == 3, "of another person's reading nothing is seen"
    # What one does not see is not marked, and the answer does not tell it from what there is not.
    for ids in ([third["id"]], ["999999999"]):
        assert office.post("/api/v1/notifications:read", role="local_user_b", json={"ids": ids}).json() == {"read": 0}
    assert office.database.one("SELECT count(*) FROM notification_read") == 1


def test_pages__go_on_behind_what_is_for_others(office):
    """More than a look's worth of what is for others lies between two of one's own."""
    asked(office, 2)
    office.database.sql("INSERT INTO notification (id, request_id, body_id, seq, ordinal, internal, role, payload, at) "
                        "SELECT 100000 + n, request_id, body_id, seq, 1000 + n, false, 'signer', '{}', at FROM notification, generate_series(1, 2500) n "
                        "WHERE role = 'applicant' AND id = (SELECT max(id) FROM notification WHERE role = 'applicant')")
    found, cursor, pages = [], None, 0
    while pages < 10:
        page = office.get(PATH, role="local_user", params={"limit": 1, **({"cursor": cursor} if cursor else {})})
        found += [item["id"] for item in page.json()["items"]]
        cursor, pages = page.json()["next"], pages + 1
        if not cursor:
            break
    assert len(found) == len(set(found)) == 2 and found == sorted(found, key=int, reverse=True) and pages <= 5
    assert office.get(PATH, role="operator", params={"cursor": "nonsense"}).status_code == 400
    assert office.get(PATH, role="operator", params={"unread": "maybe"}).status_code == 400
    seen = office.get(PATH, role="local_user").etag
    assert office.get(PATH, role="local_user", headers={"If-None-Match": seen}).status_code == 304


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages__lead_back_to_where_one_came_from(office, limit):
    """Each page read backwards is the page that was there, what came meanwhile lies before it, and what is for others between is passed over."""
    asked(office, 7)
    office.database.sql("INSERT INTO notification (id, request_id, body_id, seq, ordinal, internal, role, payload, at) "
                        "SELECT 100000 + n, request_id, body_id, seq, 1000 + n, false, 'signer', '{}', at FROM notification, generate_series(1, 450) n "
                        "WHERE role = 'applicant' AND id = (SELECT max(id) FROM notification WHERE role = 'applicant')")
    everything = [item["id"] for item in told(office, "local_user")]

    def page(cursor=None):
        answer = office.get(PATH, role="local_user", params={"limit": limit, **({"cursor": cursor} if cursor else {})}).json()
        return [item["id"] for item in answer["items"]], answer["next"], answer["prev"]

    forwards, pages, cursor = [], [], None
    while True:
        items, cursor, prev = page(cursor)
        assert (prev is None) == (not pages), "the first page has nothing before it, every other one has"
        pages.append(items)
        forwards += items
        if not cursor:
            break
    assert forwards == everything and len(everything) == 7
    newest = filed(office)
    act(office, newest, "ask", question="?")
    eventually(lambda: len(told(office, "local_user")) == 8)
    backwards = []
    while prev:
        items, next_, prev = page(prev)
        assert next_ and len(items) <= limit
        backwards = items + backwards
    assert backwards == [item["id"] for item in told(office, "local_user")][:8 - len(pages[-1])], "up to the newest, without the page it began at"
    rest = []
    while next_:
        more, next_, _ = page(next_)
        rest += more
    assert items + rest == [item["id"] for item in told(office, "local_user")], "and from there on it goes forwards again"


@pytest.mark.parametrize("ids, code", [([], "too_short"), (["0"], "bad_format"), (["1"] * 201, "too_many"), ([7], "bad_format")])
def test_marking__refuses_what_is_no_id(api, ids, code):
    answer = api.post("/api/v1/notifications:read", role="operator", json={"ids": ids}, check=False)
    assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == code


# ---- calendars

def correct(api, code, role="admin", key=None, **input):
    return api.post(f"/api/v1/calendars/{code}/corrections", role=role, json={"reason": "Ordre EMT/3/2026", **input},
                    headers={"Idempotency-Key": key or new_key()}, check=False)


def test_calendar__has_the_days_of_every_layer(office):
    days = office.get("/api/v1/calendars/0801930008", role="local_user", params={"year": 2026}).json()
    assert days["seat"] is True and days["name"] == "Barcelona"
    assert {"day": "2026-05-25", "scope": "local", "rests": True, "name_ca": "Segona Pasqua", "name_es": None} in days["days"]
    assert [day["day"] for day in days["days"]] == sorted(day["day"] for day in days["days"])
    wide = office.get("/api/v1/calendars/catalunya", role="agent", params={"year": 2026}).json()["days"]
    assert wide and {day["scope"] for day in wide} == {"catalunya"}
    aran = office.get("/api/v1/calendars/aran", role="agent", params={"year": 2026}).json()["days"]
    assert [day["day"] for day in aran if not day["rests"]] == ["2026-12-26"]
    seen = office.get("/api/v1/calendars/aran", role="agent", params={"year": 2026})
    assert office.get("/api/v1/calendars/aran", role="agent", params={"year": 2026}, headers={"If-None-Match": seen.etag}).status_code == 304
    assert office.get("/api/v1/calendars/9999999999", role="agent").status_code == 404
    assert office.get("/api/v1/calendars/catalunya", role="agent", params={"year": 1999}).status_code == 400


def test_correction__moves_terms_once_and_says_who_said_so(office):
    ref, key = filed(office), new_key()
    done = correct(office, TOWN, key=key, add=[{"day": "2026-05-08", "name_ca": "Fira", "name_es": "Feria"}])
    assert done.status_code == 201 and done.json()["requests"] == 1, done
    again = correct(office, TOWN, key=key, add=[{"day": "2026-05-08", "name_ca": "Fira", "name_es": "Feria"}])
    assert again.content == done.content and again.headers["Idempotency-Replayed"] == "true"
    status = eventually(lambda: [body for body in [office.get(f"/api/v1/requests/{ref}/status", role="local_user", params={"lang": "es"}).json()]
                                 if body["due"]["at"] == "2026-05-19T22:00:00.000Z"])[0]
    assert status["due"]["reason"].endswith("el 8 de mayo es fiesta local en Aguilar de Segarra (Feria)")
    event = office.database.one("SELECT data FROM request_event WHERE type = 'request.clock_recomputed'")
    assert event["reason"] == "Ordre EMT/3/2026"
    assert office.database.sql("SELECT actor_name, reason FROM calendar_revision ORDER BY revision DESC LIMIT 1") == [("admin", "Ordre EMT/3/2026")]
    eventually(lambda: any(day["day"] == "2026-05-08" for day in office.get(f"/api/v1/calendars/{TOWN}", role="admin", params={"year": 2026}).json()["days"]))
    moved = correct(office, TOWN, add=[{"day": "2026-05-11"}], remove=["2026-05-08"])
    assert moved.status_code == 201 and moved.json()["revision"] == done.json()["revision"] + 1
    assert correct(office, TOWN, add=[{"day": "2026-05-11"}]).json() == {"calendar": TOWN, "revision": None, "requests": 0}
    eventually(lambda: office.database.one("SELECT count(*) FROM clock_recount") == 0)
    assert office.database.one("SELECT count(*) FROM request_event WHERE type = 'request.clock_recomputed' AND data -> 'clocks' <> '[]'") == 1, \
        "the 11th for the 8th: the term ends as it did"


@pytest.mark.parametrize("input, pointer, code", [
    ({}, "/add", "required"), ({"remove": ["2026-05-09"]}, "/remove/0", "no_such_holiday"), ({"add": [{"day": "2026-02-30"}]}, "/add/0/day", "bad_format"),
    ({"remove": [7]}, "/remove/0", "bad_format"), ({"add": [{"day": "2045-01-01"}]}, "/add/0/day", "too_far_ahead"),
    ({"add": [{"day": "2020-01-07"}]}, "/add/0/day", "in_the_past"), ({"add": [{"day": "2026-05-08"}] * 61}, "/add", "too_many"),
    ({"add": [{"day": "2026-05-08", "nom": "x"}]}, "/add/0/nom", "unknown_member"), ({"reason": "no", "add": []}, "/reason", "too_short"),
])
def test_correction__that_cannot_be_is_told_where(api, input, pointer, code):
    refused = correct(api, OTHER_TOWN, **input)
    assert refused.status_code == 422 and {"pointer": pointer, "code": code}.items() <= refused.json()["errors"][0].items(), refused


def test_correction__is_for_administrators(api):
    for role in ("supervisor", "operator", "local_user", "integration"):
        assert correct(api, TOWN, role=role, add=[{"day": "2026-05-08"}]).status_code == 403
    assert correct(api, "9999999999", add=[{"day": "2026-05-08"}]).status_code == 404
