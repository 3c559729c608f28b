"""Stock of material over the API: who keeps it, what is free when, what is refused and why, and where it is seen."""
import contextlib
import datetime
import threading

import pytest

from oamtest.client import OTHER_TOWN, TOWN, Api, act, new_key
from oamtest.clock import HandClock, local
from oamtest.server import Server
from oamtest.waiting import eventually

LOAN = {"items": "40 cadires", "from": "2031-05-19", "until": "2031-05-29", "place": "La plaça"}
NAMES = {"ca": "Cadires plegables", "es": "Sillas plegables", "en": "Folding chairs"}
ALONE = "0801930008"
TODAY = local(2026, 11, 25, 12)


def day(number):
    """So many days from the one on which the server's clock stands."""
    return str(TODAY.date() + datetime.timedelta(days=number))


@pytest.fixture(scope="module")
def server(template, tmp_path_factory):
    """One on which it is noon, that no day ends while a test goes on."""
    clock = HandClock(tmp_path_factory.mktemp("clock") / "now", TODAY)
    database = template.clone()
    own = Server(template, database, OAM_TEST_CLOCK=str(clock.path))
    yield own
    try:
        own.close()
    finally:
        database.drop()


@pytest.fixture(scope="module")
def all_tokens(server, contract):
    return Api(server, contract)


class Store:
    """One item of our own, so that no other test has any of it."""
    made = 0

    def __init__(self, api, quantity=10, kind="lendable", role="technician_ma", **how):
        Store.made += 1
        self.api, self.code, self.kind = api, f"item_{Store.made}", kind
        self.path = f"/api/v1/stock/{self.code}"
        self.answer = self.send("/api/v1/stock", role, code=self.code, kind=kind, service="MA-05", names=NAMES, **how)
        assert self.answer.status_code == 201, self.answer
        if quantity:
            assert self.move("received", quantity).status_code == 201

    def send(self, path, role, **body):
        return self.api.post(path, role=role, json=body, headers={"Idempotency-Key": new_key()})

    def move(self, kind, quantity, role="supervisor", **how):
        return self.send(f"{self.path}/movements", role, kind=kind, quantity=quantity, **{"reason": "Inventari", **how})

    def view(self, role="local_user"):
        return self.api.get(self.path, role=role).json()

    def free(self, begins, ends, quantity=1, role="local_user", **how):
        return self.api.get(f"{self.path}/availability", role=role, params={"from": day(begins), "to": day(ends), "quantity": quantity}, **how)


class Loan:
    """A request of a town with an action that material is held for."""

    def __init__(self, api, kind="material_loan", side="local_user", body=TOWN):
        self.api, self.ref = api, api.file(side, body=body, service="MA-05", data=LOAN)["ref"]
        self.id = act(api, self.ref, kind=kind, delivery_point="La plaça", milestones=[]).json()["id"]
        self.action = f"/api/v1/requests/{self.ref}/actions/{self.id}"
        self.path = f"{self.action}/holds"

    def version(self):
        return self.api.get(f"/api/v1/requests/{self.ref}", role="operator").json()["version"]

    def reserve(self, store, quantity, begins=0, ends=None, role="supervisor", key=None, **how):
        hold = {"item": store.code, "quantity": quantity, "from": day(begins), **({} if ends is None else {"to": day(ends)}), **how}
        return self.api.post(self.path, role=role, json=hold, headers={"Idempotency-Key": key or new_key()})

    def move(self, number, move, role="supervisor", version=None, key=None, **how):
        return self.api.post(f"{self.path}/{number}/moves", role=role, json={"move": move, **how},
                             headers={"Idempotency-Key": key or new_key(), "If-Match": f'"v{version or self.version()}-ca"'})


@contextlib.contextmanager
def ago(server, store, days):
    """While what is out of an item should have been back so many days earlier: no test waits for days."""
    shift = ("UPDATE stock_hold SET from_day = from_day + %s, to_day = to_day + %s, handed_on = handed_on + %s "
             "WHERE state = 'handed_over' AND item_id = (SELECT id FROM stock_item WHERE code = %s)")
    server.database.sql(shift, -days, -days, -days, store.code)
    try:
        yield
    finally:
        server.database.sql(shift, days, days, days, store.code)


def codes(answer):
    assert answer.status_code == 422, answer
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


# ---- items

def test_an_item__is_seen_by_everybody_in_their_language(api):
    store = Store(api, quantity=0)
    made = store.answer.json()
    assert store.answer.headers["Location"] == store.path and store.answer.etag == '"v1-ca"'
    assert (made["name"], made["names"], made["unit"], made["quantity"], made["active"]) == ("Cadires plegables", NAMES, "ma", 0, True)
    for role in ("local_user", "signer", "integration", "operator"):
        assert api.get(store.path, role=role, headers={"Accept-Language": "en"}).json()["name"] == "Folding chairs"
    assert store.move("received", 7).status_code == 201
    listed = [item for item in api.get("/api/v1/stock", role="local_user", params={"service": "MA-05"}).json()["items"] if item["code"] == store.code]
    assert listed == [{**store.view(), "reserved": 0, "out": 0, "overdue": 0}] and listed[0]["quantity"] == 7
    assert store.code not in [item["code"] for item in api.get("/api/v1/stock", role="local_user", params={"service": "OAM-GEN"}).json()["items"]]


def test_an_item__changes_under_its_version(api):
    store = Store(api, quantity=0)
    how = {"Content-Type": "application/merge-patch+json"}
    changed = api.patch(store.path, role="unit_head_ma", json={"active": False, "names": {**NAMES, "ca": "Cadires velles"}},
                        headers={**how, "If-Match": '"v1-ca"'})
    assert (changed.status_code, changed.etag, changed.json()["name"], changed.json()["active"]) == (200, '"v2-ca"', "Cadires velles", False)
    stale = api.patch(store.path, role="supervisor", json={"active": True}, headers={**how, "If-Match": '"v1-ca"'})
    assert (stale.status_code, stale.etag) == (412, '"v2-ca"')
    assert api.patch(store.path, role="supervisor", json={"active": True}, headers=how).status_code == 428
    wrong = api.patch(store.path, role="supervisor", json={"unit": "none", "names": {"ca": "", "fr": "x"}, "kind": "consumable"}, headers={**how, "If-Match": '"v2-ca"'})
    assert codes(wrong) == {"/names/ca": "too_short", "/names/es": "required", "/names/en": "required", "/names/fr": "unknown_member", "/kind": "unknown_member"}
    assert codes(api.patch(store.path, role="supervisor", json={"unit": "none"}, headers={**how, "If-Match": '"v2-ca"'})) == {"/unit": "no_such_unit"}
    for nothing, told in (({}, {"": "too_short"}), (dict.fromkeys(["names", "unit", "active"]), dict.fromkeys(["/names", "/unit", "/active"], "required")),
                          ({"names": {**NAMES, "ca": "a\u202e", "en": "\u200b"}}, {"/names/ca": "control_character", "/names/en": "required"})):
        assert codes(api.patch(store.path, role="supervisor", json=nothing, headers={**how, "If-Match": '"v2-ca"'})) == told
    given = api.patch(store.path, role="technician_ma", json={"unit": "gov"}, headers={**how, "If-Match": '"v2-ca"'})
    assert given.json()["unit"] == "gov" and given.json()["active"] is False
    assert api.patch(store.path, role="technician_ma", json={"active": True}, headers={**how, "If-Match": '"v3-ca"'}).status_code == 403, "it was given away"


@pytest.mark.parametrize("role, keeps", [("technician_ma", True), ("unit_head_ma", True), ("supervisor", True), ("admin", True), ("technician", False),
                                         ("unit_head", False), ("operator", False), ("agent", False), ("local_user", False), ("integration", False)])
def test_who_keeps_it__is_its_unit(api, role, keeps):
    store = Store(api)
    body = {"code": f"of_{role}", "kind": "lendable", "service": "MA-05", "names": NAMES}
    assert store.send("/api/v1/stock", role, **body).status_code == (201 if keeps else 403)
    assert store.move("received", 1, role=role).status_code == (201 if keeps else 403)
    reads = 200 if role not in ("local_user", "integration") else 403
    assert [api.get(f"{store.path}/{tail}", role=role).status_code for tail in ("movements", "holds")] == [reads] * 2


def test_an_item__is_refused_with_all_that_is_wrong(api):
    store = Store(api, quantity=0)
    post = lambda **body: codes(store.send("/api/v1/stock", "supervisor", **body))
    assert post() == {"/code": "required", "/names": "required", "/kind": "required", "/service": "required"}
    assert post(code="Cadires", names={"ca": "x"}, kind="rented", service="MA-05", unit="ma", quantity=7) == {
        "/code": "bad_format", "/names/es": "required", "/names/en": "required", "/kind": "not_an_option", "/quantity": "unknown_member"}
    fine = {"code": store.code, "names": NAMES, "kind": "lendable", "service": "MA-05"}
    assert post(**fine) == {"/code": "item_exists"}
    assert post(**{**fine, "service": "ZZ-99", "unit": "none"}) == {"/service": "no_such_service", "/unit": "no_such_unit"}
    assert post(**{**fine, "service": "OAM-GEN"}) == {"/service": "not_material"}


# ---- movements

def test_what_came_and_went__is_told_page_by_page(api):
    store = Store(api, quantity=0)
    first = store.move("received", 10, role="technician_ma", on="2026-03-02", reason="Compra 2026/114").json()
    assert (first["number"], first["quantity"], first["on"], first["recorded_by"], first["ref"]) == (1, 10, "2026-03-02", "technician.ma", None)
    assert [store.move(*how).json()["quantity"] for how in (("retired", 3), ("corrected", -1), ("corrected", 2))] == [-3, -1, 2]
    assert store.view()["quantity"] == 8
    page = api.get(f"{store.path}/movements", role="operator", params={"limit": 3})
    assert [m["number"] for m in page.json()["items"]] == [4, 3, 2] and page.json()["prev"] is None
    rest = api.get(f"{store.path}/movements", role="operator", params={"limit": 3, "cursor": page.json()["next"]}).json()
    assert [m["number"] for m in rest["items"]] == [1] and rest["next"] is None
    back = api.get(f"{store.path}/movements", role="operator", params={"limit": 3, "cursor": rest["prev"]}).json()
    assert back["items"] == page.json()["items"]
    key = new_key()
    twice = [api.post(f"{store.path}/movements", role="supervisor", json={"kind": "received", "quantity": 1, "reason": "Un cop"}, headers={"Idempotency-Key": key})
             for _ in range(2)]
    assert twice[0].content == twice[1].content and twice[1].headers["Idempotency-Replayed"] == "true" and store.view()["quantity"] == 9


@pytest.mark.parametrize("body, wrong", [
    ({}, {"/kind": "required", "/quantity": "required", "/reason": "required"}),
    ({"kind": "stolen", "quantity": "7", "reason": "", "on": "ahir"}, {"/kind": "not_an_option", "/quantity": "wrong_type", "/reason": "too_short", "/on": "bad_format"}),
    ({"kind": "retired", "quantity": -1, "reason": "x"}, {"/quantity": "out_of_range"}), ({"kind": "received", "quantity": 0, "reason": "x"}, {"/quantity": "out_of_range"}),
    ({"kind": "corrected", "quantity": 0, "reason": "x"}, {"/quantity": "bad_format"}), ({"kind": "retired", "quantity": 11, "reason": "x"}, {"/quantity": "below_out"}),
    ({"kind": "received", "quantity": 1000000, "reason": "x", "on": "2099-01-01"}, {"/quantity": "too_many", "/on": "in_the_future"}),
])
def test_a_movement__is_refused_with_all_that_is_wrong(ten, body, wrong):
    assert codes(ten.send(f"{ten.path}/movements", "supervisor", **body)) == wrong
    assert ten.view()["quantity"] == 10


@pytest.fixture(scope="module")
def ten(all_tokens):
    return Store(all_tokens)


# ---- what is free

def test_what_is_free__is_told_by_the_day_and_of_nobody(api):
    store, mine, theirs = Store(api), Loan(api), Loan(api, side="signer", body=OTHER_TOWN)
    assert mine.reserve(store, 6, 2, 5).status_code == 201 and theirs.reserve(store, 4, 4, 8).status_code == 201
    answer = store.free(0, 10, quantity=7)
    told = answer.json()
    assert [(p["from"], p["to"], p["free"]) for p in told["periods"]] == [
        (day(0), day(2), 10), (day(2), day(4), 4), (day(4), day(5), 0), (day(5), day(8), 6), (day(8), day(10), 10)]
    assert (told["free"], told["next_on"]) == (0, day(8)) and mine.ref not in answer.text and theirs.ref not in answer.text
    assert api.get(f"{store.path}/availability", role="signer").json()["periods"] == [{"from": day(0), "to": day(1), "free": 10}]
    assert store.free(0, 10, quantity=7, headers={"If-None-Match": answer.etag}).status_code == 304
    for query in ("from=ahir", "to=2026-02-30", "quantity=0", f"from={day(5)}&to={day(5)}", f"from={day(0)}&to={day(367)}", "from=1989-01-01"):
        refused = api.get(f"{store.path}/availability?{query}", role="local_user", check=False)
        assert refused.status_code == 400 and [error["parameter"] for error in refused.json()["errors"]] == [query.split("&")[-1].split("=")[0]], refused


def test_a_refusal__tells_what_is_free_and_when_so_many_are(api):
    store, loan = Store(api), Loan(api)
    assert loan.reserve(store, 6, 2, 5).json()["number"] == 1
    refused = loan.reserve(store, 5, 3, 6)
    assert codes(refused) == {"/quantity": "not_free"}
    assert refused.json()["errors"][0]["detail"] == f"En aquests dies en queden 4 de lliures; tants, a partir del {day(5)}."
    never = loan.reserve(store, 11, 3, 6)
    assert codes(never) == {"/quantity": "not_enough"} and never.json()["errors"][0]["detail"].startswith("En queden 4 de lliures")
    assert loan.version() == 4, "nothing was done"


def test_eight_at_once__have_what_there_is_and_no_more(api):
    store, loans = Store(api), [Loan(api) for _ in range(4)]
    answers, start = [], threading.Barrier(8)

    def want(loan):
        start.wait()
        for _ in range(3):
            answers.append(loan.reserve(store, 3, 1, 4))

    threads = [threading.Thread(target=want, args=(loans[i % 4],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [422] * 21
    assert store.free(1, 4).json()["free"] == 1


# ---- holds

def test_a_loan__is_reserved_handed_over_and_comes_back(api):
    store, loan = Store(api), Loan(api)
    made = loan.reserve(store, 6, 0, 5)
    hold = made.json()
    assert made.headers["Location"] == loan.path and made.etag == f'"v{loan.version()}-ca"'
    assert (hold["number"], hold["item"], hold["state"], hold["from"], hold["to"]) == (1, store.code, "reserved", day(0), day(5))
    out = loan.move(1, "hand_over", quantity=5, note="En falta una")
    assert (out.status_code, out.json()["state"], out.json()["quantity"], out.json()["handed_on"]) == (200, "handed_over", 5, day(0))
    assert loan.move(1, "change", to=day(6)).json()["to"] == day(6)
    assert loan.move(1, "return", quantity=3).json()["returned"] == 3
    seen = api.get(loan.action, role="local_user").json()
    assert seen["holds"] == [{**out.json(), "to": day(6), "returned": 3}] and seen["next_on"] == day(6)
    assert api.get(f"/api/v1/requests/{loan.ref}/status", role="local_user").json()["actions"][0]["next_on"] == day(6)
    for state in ("done", "cancelled"):
        refused = api.patch(loan.action, role="supervisor", json={"state": state}, headers={"If-Match": f'"v{loan.version()}-ca"', "Content-Type": "application/merge-patch+json"})
        assert codes(refused) == {"/state": "material_is_out"}
    done = loan.move(1, "return", quantity=1, lost=1, note="Trencada").json()
    assert (done["state"], done["returned"], done["lost"], done["ended_on"]) == ("returned", 4, 1, day(0))
    assert store.view()["quantity"] == 9
    lost = api.get(f"{store.path}/movements", role="operator").json()["items"][0]
    assert (lost["kind"], lost["quantity"], lost["ref"], lost["action"], lost["hold"], lost["reason"]) == ("lost", -1, loan.ref, loan.id, 1, "Trencada")


def test_what_is_delivered__is_gone(api):
    store, gift = Store(api, kind="consumable"), Loan(api, kind="material_delivery")
    assert codes(gift.reserve(store, 4, 3, 5)) == {"/to": "end_not_wanted"}
    assert gift.reserve(store, 4, 3).json()["to"] is None
    assert codes(gift.reserve(store, 7, 0)) == {"/quantity": "not_enough"}
    assert gift.move(1, "hand_over").json()["state"] == "delivered" and store.view()["quantity"] == 6
    assert codes(gift.move(1, "return", quantity=1)) == {"/move": "not_in_state"}
    assert api.get(f"{store.path}/movements", role="operator").json()["items"][0]["kind"] == "delivered"


@pytest.mark.parametrize("body, wrong", [
    ({}, {"/item": "required", "/quantity": "required", "/from": "required"}),
    ({"item": "A", "quantity": 0, "from": "2026-02-30", "to": 7, "state": "reserved"},
     {"/item": "bad_format", "/quantity": "out_of_range", "/from": "bad_format", "/to": "wrong_type", "/state": "unknown_member"}),
    ({"item": "none_such", "quantity": 1, "from": day(0), "to": day(1)}, {"/item": "no_such_item"}),
    ({"item": "ITEM", "quantity": 1, "from": day(1), "to": day(1)}, {"/to": "period_is_over"}), ({"item": "ITEM", "quantity": 1, "from": day(1)}, {"/to": "required"}),
    ({"item": "PAINT", "quantity": 1, "from": day(1)}, {"/item": "not_of_kind"}),
])
def test_a_hold__is_refused_with_all_that_is_wrong(ten, paint, loan_of_nothing, body, wrong):
    body = {**body, "item": {"ITEM": ten.code, "PAINT": paint.code}.get(body["item"], body["item"])} if body else body
    answer = ten.api.post(loan_of_nothing.path, role="supervisor", json=body, headers={"Idempotency-Key": new_key()})
    assert codes(answer) == wrong
    assert ten.api.get(loan_of_nothing.path, role="local_user").json()["items"] == []


@pytest.fixture(scope="module")
def paint(all_tokens):
    return Store(all_tokens, kind="consumable")


@pytest.fixture(scope="module")
def loan_of_nothing(all_tokens):
    return Loan(all_tokens)


def test_a_hold__is_for_a_request_of_its_service_that_goes_on(api):
    store = Store(api)
    ref = api.file("local_user")["ref"]
    enquiry = f"/api/v1/requests/{ref}/actions/{act(api, ref).json()['id']}/holds"
    hold = {"item": store.code, "quantity": 1, "from": day(0), "to": day(1)}
    refused = api.post(enquiry, role="supervisor", json=hold, headers={"Idempotency-Key": new_key()})
    assert sorted((e["pointer"], e["code"]) for e in refused.json()["errors"]) == [("/item", "not_of_kind"), ("/item", "not_of_service")]
    assert api.act(ref, "cancel", {"reason": "Perquè sí"}, role="operator").status_code == 200
    assert api.post(enquiry, role="supervisor", json=hold, headers={"Idempotency-Key": new_key()}).status_code == 409
    loan = Loan(api)
    api.patch(loan.action, role="supervisor", json={"state": "cancelled"}, headers={"If-Match": f'"v{loan.version()}-ca"', "Content-Type": "application/merge-patch+json"})
    assert codes(loan.reserve(store, 1, 0, 1)) == {"": "action_is_over"}
    api.patch(store.path, role="supervisor", json={"active": False}, headers={"If-Match": '"v2-ca"', "Content-Type": "application/merge-patch+json"})
    assert codes(Loan(api).reserve(store, 1, 0, 1)) == {"/item": "no_such_item"} and store.free(0, 1).json()["free"] == 0


@pytest.mark.parametrize("body, wrong", [
    ({}, {"/move": "required"}), ({"move": "steal", "aa": 1}, {"/move": "not_an_option", "/aa": "unknown_member"}),
    ({"move": "release", "quantity": 1, "lost": 1, "to": day(1)}, {"/quantity": "unknown_member", "/lost": "unknown_member", "/to": "unknown_member"}),
    ({"move": "hand_over", "quantity": 0, "on": "ahir", "note": ""}, {"/quantity": "out_of_range", "/on": "bad_format", "/note": "too_short"}),
    ({"move": "hand_over", "quantity": 4, "on": day(2)}, {"/quantity": "more_than_held", "/on": "in_the_future"}),
    ({"move": "change"}, {"/to": "required"}), ({"move": "change", "to": day(-1)}, {"/to": "period_is_over"}), ({"move": "change", "quantity": 11}, {"/quantity": "not_enough"}),
    ({"move": "return"}, {"/move": "not_in_state"}),
])
def test_a_move__is_refused_with_all_that_is_wrong(held, body, wrong):
    loan, version = held
    answer = loan.api.post(f"{loan.path}/1/moves", role="supervisor", json=body, headers={"Idempotency-Key": new_key(), "If-Match": f'"v{version}-ca"'})
    assert codes(answer) == wrong


@pytest.fixture(scope="module")
def held(all_tokens):
    store, loan = Store(all_tokens), Loan(all_tokens)
    assert loan.reserve(store, 3, 1, 5).status_code == 201
    return loan, loan.version()


def test_what_is_out__is_told_when_it_cannot_come_back_so(api):
    store, loan, other = Store(api), Loan(api), Loan(api)
    loan.reserve(store, 4, 0, 3)
    loan.move(1, "hand_over")
    assert codes(loan.move(1, "change", quantity=3)) == {"/quantity": "is_out"}
    assert codes(loan.move(1, "return", quantity=5)) == {"/quantity": "more_than_out"}
    assert codes(loan.move(1, "return", quantity=0)) == {"/quantity": "nothing_back"}
    assert codes(loan.move(1, "return", on=day(-1))) == {"/on": "before_handed_over"}
    other.reserve(store, 10, 5, 6)
    refused = loan.move(1, "return", lost=1)
    assert codes(refused) == {"/lost": "promised"} and day(5) in refused.json()["errors"][0]["detail"]
    assert codes(store.move("retired", 1)) == {"/quantity": "promised"}
    assert codes(store.move("retired", 7)) == {"/quantity": "below_out"}
    early = other.move(1, "hand_over", quantity=7)
    assert codes(early) == {"/quantity": "not_on_shelf"} and early.json()["errors"][0]["detail"].startswith("Ara n'hi ha 6")


def test_a_move__is_under_the_version_of_the_request_and_done_once(api):
    store, loan, key = Store(api), Loan(api), new_key()
    first, again = (loan.reserve(store, 2, 0, 3, key=key) for _ in range(2))
    assert first.content == again.content and again.headers["Idempotency-Replayed"] == "true" and store.free(0, 3).json()["free"] == 8
    version = loan.version()
    stale = loan.move(1, "hand_over", version=version - 1)
    assert stale.status_code == 412 and stale.etag == f'"v{version}-ca"'
    key = new_key()
    out, again = (loan.move(1, "hand_over", version=version, key=key) for _ in range(2))
    assert out.status_code == again.status_code == 200 and out.content == again.content and out.etag == f'"v{version + 1}-ca"'
    key, version = new_key(), version + 1
    assert [loan.move(1, "return", version=version, key=key, quantity=1).json()["returned"] for _ in range(2)] == [1, 1]
    for number in ("2", "0", "01", "x", "99999", "1.0"):
        assert loan.move(number, "return").status_code == 404, number


@pytest.mark.parametrize("role, reserves, moves", [("technician_ma", 201, 200), ("supervisor", 201, 200), ("integration", 201, 200), ("technician", 403, 200),
                                                   ("technician_other", 403, 403), ("integration_a", 403, 403), ("operator", 403, 403), ("local_user", 403, 403)])
def test_who_holds__keeps_the_action_and_who_hands_over_may_keep_the_item(api, role, reserves, moves):
    store, loan = Store(api, unit="gov", role="supervisor"), Loan(api)
    loan.reserve(store, 1, 0, 3)
    assert loan.reserve(store, 1, 0, 3, role=role).status_code == reserves
    assert loan.move(1, "hand_over", role=role).status_code == moves


def test_what_is_late__is_seen_where_it_is_looked_for(api, server):
    store, loan, other = Store(api), Loan(api), Loan(api, side="signer", body=OTHER_TOWN)
    loan.reserve(store, 4, 0, 3)
    loan.move(1, "hand_over")
    other.reserve(store, 2, 0, 9)
    before = api.get(loan.path, role="local_user")
    assert [(hold["overdue"], hold["name"]) for hold in before.json()["items"]] == [(False, "Cadires plegables")]
    with ago(server, store, 30):
        after = api.get(loan.path, role="local_user", headers={"If-None-Match": before.etag})
        assert after.status_code == 200 and [hold["overdue"] for hold in after.json()["items"]] == [True]
        holds = api.get(f"{store.path}/holds", role="operator").json()["items"]
        assert [(hold["ref"], hold["overdue"], hold["body"], hold["delivery_point"]) for hold in holds] == [
            (loan.ref, True, TOWN, "La plaça"), (other.ref, False, OTHER_TOWN, "La plaça")]
        listed = [item for item in api.get("/api/v1/stock", role="signer").json()["items"] if item["code"] == store.code]
        assert [(item["reserved"], item["out"], item["overdue"]) for item in listed] == [(2, 4, 4)]
        assert store.free(0, 2).json()["periods"] == [{"from": day(0), "to": day(1), "free": 4}, {"from": day(1), "to": day(2), "free": 8}]


def test_what_is_held_for_a_request_that_ended__is_seen_to_be_let_go(api):
    store, loan, other = Store(api), Loan(api), Loan(api)
    other.reserve(store, 1, 0, 2)
    loan.reserve(store, 2, 1, 9)
    assert api.act(loan.ref, "cancel", {"reason": "Ja no cal"}, role="operator").status_code == 200
    holds = api.get(f"{store.path}/holds", role="operator").json()["items"]
    assert [(hold["ref"], hold["closed"]) for hold in holds] == [(loan.ref, True), (other.ref, False)]
    assert loan.reserve(store, 1, 0, 2).status_code == 409
    assert loan.move(1, "release").status_code == 200, "and let go it can be"
    assert [hold["ref"] for hold in api.get(f"{store.path}/holds", role="operator").json()["items"]] == [other.ref]


def test_the_summary_of_a_town__has_what_is_to_come_and_to_be_back(api, server):
    """Of a town that no other test lends to."""
    store, late, loan, other = Store(api), Store(api), Loan(api, side="operator", body=ALONE), Loan(api)
    for item, number, days in ((store, 3, (0, 4)), (store, 2, (2, 5)), (late, 1, (0, 3)), (store, 1, (1, 2))):
        assert loan.reserve(item, number, *days).status_code == 201
    loan.move(1, "hand_over")
    loan.move(1, "return", quantity=1)
    loan.move(3, "hand_over")
    loan.move(4, "release")
    other.reserve(store, 1, 0, 1)
    path = f"/api/v1/bodies/{ALONE}/summary"
    with ago(server, late, 5):
        told = api.get(path, role="operator", headers={"Accept-Language": "es"}).json()["material"]
    assert [(m["hold"], m["move"], m["quantity"], m["on"], m["overdue"]) for m in told] == [
        (3, "return", 1, day(-2), True), (2, "hand_over", 2, day(2), False), (1, "return", 2, day(4), False)]
    assert told[1] == {"ref": loan.ref, "action": loan.id, "hold": 2, "item": store.code, "name": "Sillas plegables", "quantity": 2,
                       "move": "hand_over", "on": day(2), "delivery_point": "La plaça", "overdue": False}
    assert api.get(path, role="signer").status_code == 404


def test_a_town__sees_what_it_holds_and_nothing_of_others(api):
    loan, theirs = Loan(api), Loan(api, side="signer", body=OTHER_TOWN)
    for path in (theirs.path, f"{loan.action.replace(loan.ref, theirs.ref)}/holds", loan.path.replace(loan.id, theirs.id), loan.path.replace(loan.id, "x")):
        foreign = api.get(path, role="local_user")
        assert foreign.status_code == 404, path
    missing = api.get(theirs.path.replace(theirs.ref, "OAM-2026-999999"), role="local_user")
    assert missing.json()["detail"].replace("OAM-2026-999999", theirs.ref) == api.get(theirs.path, role="local_user").json()["detail"]


def test_history_and_feed__tell_it(api):
    store, loan = Store(api), Loan(api)
    paint, gift = Store(api, kind="consumable"), Loan(api, kind="material_delivery")
    for number in (1, 2):
        loan.reserve(store, 2, 0, 3)
    loan.move(1, "change", to=day(4))
    loan.move(1, "hand_over", note="Al local social")
    loan.move(1, "return")
    loan.move(2, "release")
    gift.reserve(paint, 1)
    gift.move(1, "hand_over")
    wanted = [f"stock_{what}" for what in ("reserved", "reserved", "changed", "handed_over", "returned", "released")]
    history = api.whole(f"/api/v1/requests/{loan.ref}/history", role="local_user")[-6:]
    assert [entry["type"] for entry in history] == wanted
    assert [entry["label"] for entry in history[1:]] == ["Material reservat", "Reserva de material modificada", "Material deixat en préstec", "Material retornat",
                                                         "Reserva de material alliberada"]
    assert history[3]["data"]["move"] == {"kind": "hand_over", "quantity": 2, "on": day(0), "note": "Al local social"} and history[3]["data"]["item"] == store.code
    assert api.whole(f"/api/v1/requests/{gift.ref}/history", role="local_user")[-1]["type"] == "stock_delivered"

    def told():
        events = api.get("/api/v1/events", role="local_user", params={"subject": loan.ref, "limit": 200}).json()["items"]
        return [event["type"].removeprefix("cat.oam.request.") for event in events][-6:] == wanted

    eventually(told)


def test_verify__names_what_was_written_behind(api, server):
    """Material that no event tells of, and none that there is not."""
    store, loan = Store(api), Loan(api)
    loan.reserve(store, 6, 0, 3)
    loan.move(1, "hand_over")
    loan.move(1, "return", quantity=2, lost=1)
    server.verify()
    for tamper, undo, told in (("quantity = quantity + 1", "quantity = quantity - 1", ": hold"), ("quantity = 99, lost = 3", "quantity = 6, lost = 1", f"stock of {store.code}")):
        change = "UPDATE stock_hold SET {} WHERE item_id = (SELECT id FROM stock_item WHERE code = %s)"
        server.database.sql(change.format(tamper), store.code)
        with pytest.raises(AssertionError, match="0 faults of state, 0 faults of chain, [1-9] of actions") as found:
            server.verify()
        assert told in str(found.value)
        server.database.sql(change.format(undo), store.code)
    server.verify()
