"""Actions, milestones and money over the API: who keeps them, what is refused and why, and where it is seen."""
import datetime
import threading
from decimal import Decimal

import pytest

from oamtest.client import OTHER_TOWN, TOWN, act, new_key
from oamtest.waiting import eventually

GRANTED = {"requested": "12000.00", "granted": "10000.00", "committed": "10000.00", "advanced": "2500.00"}
GRANT = {"project": "Aules noves", "budget": 500000, "amount_requested": 300000}
LOAN = {"items": "40 cadires", "from": "2031-05-19", "until": "2031-05-29", "place": "La plaça"}
NOTHING = {kind: "0.00" for kind in ("requested", "granted", "committed", "advanced", "justified", "paid", "returned")}


class Case:
    """One request with an action, and what its unit does with it."""

    def __init__(self, api, role="supervisor", service="OAM-GEN", data=None, **how):
        self.api, self.role = api, role
        self.ref = api.file("local_user", service=service, data=data or {})["ref"]
        self.base = f"/api/v1/requests/{self.ref}/actions"
        self.id = act(api, self.ref, role=role, **how).json()["id"]
        self.path = f"{self.base}/{self.id}"

    def version(self):
        return self.api.get(f"/api/v1/requests/{self.ref}", role="operator").json()["version"]

    def view(self, role="local_user"):
        return self.api.get(self.path, role=role).json()

    def change(self, tail="", role="", version=None, **what):
        return self.api.patch(self.path + tail, role=role or self.role, json=what,
                              headers={"If-Match": f'"v{version or self.version()}-ca"', "Content-Type": "application/merge-patch+json"})

    def enter(self, kind, amount, role="", key=None, **how):
        return self.api.post(f"{self.path}/amounts", role=role or self.role, json={"kind": kind, "amount": amount, **how},
                             headers={"Idempotency-Key": key or new_key()})

    def milestone(self, key, title="Obres", role="", **how):
        return self.api.post(f"{self.path}/milestones", role=role or self.role, json={"key": key, "title": title, **how},
                             headers={"Idempotency-Key": new_key()})


def codes(answer):
    assert answer.status_code == 422, answer
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def test_an_action__is_what_its_request_says_unless_it_is_told(api):
    case = Case(api, title="Camí de Malla", delivery_point="Local social", starts_on="2026-04-01", ends_on="2026-12-31", units=["gov", "dig"],
                milestones=[{"key": "works_begun", "title": "Inici", "weight": 3, "planned_on": "2026-04-15"}, {"key": "works_ended", "title": "Final"}])
    view = case.view()
    assert (view["kind"], view["unit"], view["units"], view["state"], view["progress"]) == ("deliverable", "oam", ["dig", "gov"], "planned", 0)
    assert view["next_on"] == "2026-04-01" and [m["weight"] for m in view["milestones"]] == [3, 1]
    assert view["amounts"] == NOTHING and view["years"] == view["shares"] == [] and view["of_procedure"] is False
    plain = api.post(case.base, role="technician_oam", json={}, headers={"Idempotency-Key": new_key()})
    assert plain.status_code == 201 and plain.json()["title"] == "Consulta sobre el padró"
    assert plain.headers["Location"].endswith(plain.json()["id"]) and plain.etag == f'"v{case.version()}-ca"'
    listed = api.get(case.base, role="local_user")
    assert [item["id"] for item in listed.json()["items"]] == [case.id, plain.json()["id"]] and listed.etag == plain.etag


@pytest.mark.parametrize("service, data, kind, others", [
    ("OAM-GEN", {}, "deliverable", ()), ("MA-01", GRANT, "grant", ()), ("MA-05", LOAN, "material_loan", ("material_delivery",)),
])
def test_the_kind__follows_the_support(api, service, data, kind, others):
    case = Case(api, service=service, data=data)
    assert case.view()["kind"] == kind
    for asked in ("deliverable", "grant", "material_loan", "material_delivery"):
        got = act(api, case.ref, check=False, kind=asked)
        assert got.json().get("kind") == asked if asked in (kind, *others) else codes(got) == {"/kind": "not_an_option"}


def test_progress__is_of_weights_and_of_what_is_done(api):
    case = Case(api, milestones=[])
    for key, weight in (("begun", 2), ("ended", 5)):
        assert case.milestone(key, weight=weight, planned_on="2026-06-01").status_code == 201
    reached = case.change("/milestones/begun", reached_on="2026-06-02")
    assert reached.status_code == 200 and reached.json()["progress"] == 28
    assert case.change("/milestones/begun", reached_on=None).json()["progress"] == 0
    moved = case.change("/milestones/ended", planned_on="2026-05-01", weight=1, title="Final").json()
    assert moved["next_on"] == "2026-05-01" and moved["milestones"][1] == {"key": "ended", "title": "Final", "weight": 1, "planned_on": "2026-05-01", "reached_on": None}
    done = case.change(state="done", started_on="2026-05-01", ended_on="2026-06-30").json()
    assert (done["progress"], done["next_on"], done["ended_on"]) == (100, None, "2026-06-30")
    assert case.change(state="in_progress").json()["ended_on"] is None


@pytest.mark.parametrize("body, wrong", [
    ({"kind": "favour", "title": "ab", "unit": "nowhere", "units": 7}, {"/kind": "not_an_option", "/title": "too_short", "/units": "wrong_type"}),
    ({"unit": "nowhere", "units": ["gov", "none", "gov"]}, {"/unit": "no_such_unit", "/units/1": "no_such_unit", "/units/2": "named_twice"}),
    ({"units": [1]}, {"/units/0": "wrong_type"}), ({"units": ["gov"] * 9}, {"/units": "too_many"}),
    ({"starts_on": "2026-02-30", "ends_on": "1989-12-31", "delivery_point": ""}, {"/starts_on": "bad_format", "/ends_on": "out_of_range", "/delivery_point": "too_short"}),
    ({"starts_on": "2026-02-02", "ends_on": "2026-02-01"}, {"/ends_on": "ends_before_it_begins"}),
    ({"shares": [{"body": TOWN, "percent": "50.00"}, {"body": OTHER_TOWN, "percent": "49.99"}]}, {"/shares": "shares_not_whole"}),
    ({"shares": [{"body": TOWN, "percent": "100"}, {"percent": "0.00"}]}, {"/shares/0/percent": "bad_format", "/shares/1/body": "required", "/shares/1/percent": "bad_format"}),
    ({"shares": [{"body": TOWN, "percent": "-50.00"}]}, {"/shares/0/percent": "bad_format"}),
    ({"shares": [{"body": TOWN, "percent": "50.00"}, {"body": TOWN, "percent": "50.00"}, {"body": "9999999999", "percent": "1.00"}]},
     {"/shares/1/body": "named_twice", "/shares/2/body": "no_such_body"}),
    ({"milestones": [{"key": "A", "title": ""}, {"key": "b", "title": "B", "weight": 0}, {"key": "b", "title": "B"}, 7]},
     {"/milestones/0/key": "bad_format", "/milestones/0/title": "too_short", "/milestones/1/weight": "out_of_range", "/milestones/2/key": "named_twice", "/milestones/3": "wrong_type"}),
    ({"state": "done", "amounts": {}}, {"/state": "unknown_member", "/amounts": "unknown_member"}),
])
def test_an_action__is_refused_with_all_that_is_wrong(api, body, wrong):
    ref = api.file("local_user")["ref"]
    assert codes(act(api, ref, check=False, **{"milestones": [], **body})) == wrong


def test_a_change__is_refused_with_all_that_is_wrong(api):
    case = Case(api, ends_on="2026-06-01")
    assert codes(case.change(state="lost", unit="x", kind="grant", shares=[{"body": TOWN}])) == {
        "/state": "not_an_option", "/kind": "unknown_member", "/shares/0/percent": "required"}
    assert codes(case.change(shares=[{"body": TOWN, "percent": "50.00"}, {"body": "9999999999", "percent": "50.00"}])) == {"/shares/1/body": "no_such_body"}
    assert codes(case.change(shares=[{"body": TOWN, "percent": "99.99"}])) == {"/shares": "shares_not_whole"}
    assert codes(case.change(unit="x", units=["y"])) == {"/unit": "no_such_unit", "/units/0": "no_such_unit"}
    assert codes(case.change(starts_on="2026-06-02", started_on="2026-06-02", ended_on="2026-06-01")) == {
        "/ends_on": "ends_before_it_starts", "/started_on": "not_started", "/ended_on": "not_ended"}
    assert codes(case.change(state="done", started_on="2026-06-02", ended_on="2026-06-01")) == {"/ended_on": "ends_before_it_starts"}
    assert codes(case.milestone("general_enquiry")) == {"/key": "milestone_exists"}
    assert codes(case.change("/milestones/general_enquiry", weight=1001, reached_on="ahir", key="x")) == {
        "/weight": "out_of_range", "/reached_on": "bad_format", "/key": "unknown_member"}
    moved = case.change(unit="gov", units=["dig"], delivery_point="Sala", ends_on=None).json()
    assert (moved["unit"], moved["units"], moved["delivery_point"], moved["ends_on"]) == ("gov", ["dig"], "Sala", None)
    assert case.change(delivery_point=None, units=[]).json()["delivery_point"] is None


@pytest.mark.parametrize("tail, stays", [("", ["title", "unit", "units", "state", "shares"]), ("/milestones/general_enquiry", ["title", "weight"])])
def test_a_patch__says_something_and_takes_nothing_away_that_stays(api, tail, stays):
    case = Case(api)
    version = case.version()
    assert codes(case.change(tail, **dict.fromkeys(stays))) == {f"/{name}": "required" for name in stays}
    assert codes(case.change(tail)) == {"": "too_short"}
    assert case.version() == version


def test_what_is_real__is_not_of_the_future(api):
    """What is to be reached in 2099 would count as done today."""
    case, later = Case(api), str(datetime.date.today() + datetime.timedelta(days=2))
    assert codes(case.change(state="done", started_on=later, ended_on=later)) == {"/started_on": "in_the_future", "/ended_on": "in_the_future"}
    assert codes(case.change("/milestones/general_enquiry", reached_on=later)) == {"/reached_on": "in_the_future"}
    assert case.view()["progress"] == 0
    assert case.change(starts_on=later, ends_on=later).status_code == case.change("/milestones/general_enquiry", planned_on=later).status_code == 200


@pytest.mark.parametrize("line, code", [("   ", "required"), ("\u00a0\u200b ", "required"), ("ab\u202ec", "control_character"), ("ab\u2066c", "control_character")])
def test_what_is_read_in_lists__says_something_and_reads_as_it_stands(api, line, code):
    case = Case(api)
    assert codes(act(api, case.ref, check=False, title=line, delivery_point=line, milestones=[{"key": "a", "title": line}])) == {
        "/title": code, "/delivery_point": code, "/milestones/0/title": code}
    assert codes(case.change(title=line)) == codes(case.milestone("b", title=line)) == codes(case.change("/milestones/general_enquiry", title=line)) == {"/title": code}


@pytest.mark.parametrize("body, wrong", [
    ({}, {"/kind": "required", "/amount": "required"}), ({"kind": "promised", "amount": 7}, {"/kind": "not_an_option", "/amount": "wrong_type"}),
    *(({"kind": "paid", "amount": amount}, {"/amount": "bad_format"}) for amount in (
        "1", "1.5", "1.555", "01.00", "+1.00", "1,00", "1e3", "0.00", "-0.00", ".50", "1.", "NaN", " 1.00", "1.00 ", "1234567890123.00", "１.00", "--1.00")),
    ({"kind": "paid", "amount": "-1.00"}, {"/reverses": "required"}),
    ({"kind": "paid", "amount": "1.00", "reverses": "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e"}, {"/amount": "bad_format"}),
    ({"kind": "paid", "amount": "-1.00", "reverses": "x"}, {"/reverses": "bad_format"}),
    ({"kind": "paid", "amount": "-1.00", "reverses": "01934f2e-7b3a-7c11-9d52-0f4a3c1b2d5e"}, {"/reverses": "no_such_entry"}),
    ({"kind": "paid", "amount": "1.00", "on": "2026-13-01", "year": 1989, "note": "", "reference": "x" * 101},
     {"/on": "bad_format", "/year": "out_of_range", "/note": "too_short", "/reference": "too_long"}),
    ({"kind": "committed", "amount": "1.00"}, {"/amount": "committed_over_granted"}), ({"kind": "returned", "amount": "1.00"}, {"/amount": "returned_over_paid"}),
    ({"kind": "paid", "amount": "1.00"}, {"/amount": "paid_over_committed"}),
])
def test_an_amount__is_refused_with_all_that_is_wrong(case_of_nothing, body, wrong):
    case = case_of_nothing
    answer = case.api.post(f"{case.path}/amounts", role="supervisor", json=body, headers={"Idempotency-Key": new_key()})
    assert codes(answer) == wrong
    assert case.view()["amounts"] == NOTHING


@pytest.fixture(scope="module")
def case_of_nothing(all_tokens):
    return Case(all_tokens)


def test_the_ledger__tells_what_its_entries_come_to(api):
    case = Case(api, role="technician_oam")
    for kind, amount in GRANTED.items():
        entry = case.enter(kind, amount, on="2026-03-02", reference=f"R-{kind}")
        assert entry.status_code == 201 and (entry.json()["amount"], entry.json()["year"], entry.json()["recorded_by"]) == (amount, 2026, "technician.oam")
    next_year = case.enter("paid", "7500.00", year=2027, on="2026-12-30", note="Darrer pagament").json()
    taken = case.enter("paid", "-0.01", year=2027, reverses=next_year["id"]).json()
    assert (taken["amount"], taken["reverses"], taken["number"]) == ("-0.01", next_year["id"], 6)
    ledger = case.api.get(f"{case.path}/amounts", role="local_user").json()
    assert ledger["amounts"] == {**NOTHING, **GRANTED, "paid": "7499.99"} == case.view()["amounts"]
    assert [(y["year"], y["advanced"], y["paid"]) for y in ledger["years"]] == [(2026, "2500.00", "0.00"), (2027, "0.00", "7499.99")]
    assert [item["number"] for item in ledger["items"]] == [1, 2, 3, 4, 5, 6] and ledger["items"][-1] == taken
    assert codes(case.enter("paid", "0.02")) == {"/amount": "paid_over_committed"}
    assert codes(case.enter("requested", "-2000.01", year=2026, reverses=ledger["items"][0]["id"])) == {"/amount": "granted_over_requested"}
    assert codes(case.enter("paid", "-7500.00", year=2027, reverses=next_year["id"])) == {"/amount": "more_than_entry"}
    assert codes(case.enter("requested", "999999999999.99")) == {"/amount": "sum_too_large"}
    assert codes(case.change(state="cancelled")) == {"/state": "money_is_out"}


def test_a_grant__is_done_when_all_is_justified_or_came_back(api):
    case = Case(api, service="MA-01", data=GRANT)
    entries = {kind: case.enter(kind, "1000.00", on="2026-01-01").json()["id"] for kind in ("requested", "granted", "committed", "paid")}
    case.enter("justified", "800.00")
    assert codes(case.change(state="done")) == {"/state": "money_not_justified"}
    for kind in ("committed", "granted"):
        assert case.enter(kind, "-200.00", year=2026, reverses=entries[kind]).status_code == 201
    assert case.view()["to_return"] == "200.00"
    assert case.change(state="done").status_code == 422
    case.enter("returned", "200.00")
    assert case.change(state="done").json()["to_return"] == "0.00"


def test_a_joint_action__is_shared_out_to_the_cent(api):
    case = Case(api, shares=[{"body": TOWN, "percent": "33.33"}, {"body": OTHER_TOWN, "percent": "33.34"}, {"body": "0801930008", "percent": "33.33"}])
    case.enter("granted", "100.01")
    shares = case.view()["shares"]
    assert [s["body"] for s in shares] == [TOWN, OTHER_TOWN, "0801930008"] and shares[0]["percent"] == "33.33"
    # 33.333333, 33.343334, 33.333333: the cent that is left is the second's, whose remainder is the largest.
    assert [s["amounts"]["granted"] for s in shares] == ["33.33", "33.35", "33.33"]
    assert sum(Decimal(s["amounts"]["granted"]) for s in shares) == Decimal("100.01")


def test_it_is_shared_out_anew__until_something_was_paid(api):
    """What a procedure opens is nobody's to share out: the unit tells it later."""
    case = Case(api)
    halves = [{"body": TOWN, "percent": "50.00"}, {"body": OTHER_TOWN, "percent": "50.00"}]
    case.enter("granted", "100.01")
    case.enter("committed", "100.01")
    assert [(s["body"], s["amounts"]["granted"]) for s in case.change(shares=halves).json()["shares"]] == [(TOWN, "50.01"), (OTHER_TOWN, "50.00")]
    case.change(shares=[])
    assert case.view()["shares"] == [] and case.change(title="Un altre títol").json()["shares"] == []
    assert [s["percent"] for s in case.change(shares=halves[::-1]).json()["shares"]] == ["50.00", "50.00"]
    case.enter("advanced", "0.01")
    assert codes(case.change(shares=[])) == {"/shares": "shared_money_is_out"}
    assert [s["body"] for s in case.change(title="Encara un altre").json()["shares"]] == [OTHER_TOWN, TOWN]


@pytest.mark.parametrize("role, keeps", [("technician_oam", True), ("unit_head_oam", True), ("supervisor", True), ("integration", True), ("technician", False),
                                         ("unit_head", False), ("integration_a", False), ("operator", False), ("admin", False), ("local_user", False)])
def test_who_keeps_it__is_its_unit(api, role, keeps):
    case = Case(api)
    expected = (201, 200) if keeps else (403, 403)
    assert (case.enter("granted", "1.00", role=role).status_code, case.change(role=role, title="Un altre títol").status_code) == expected
    assert (case.milestone("more", role=role).status_code, case.change("/milestones/general_enquiry", role=role, reached_on="2026-01-01").status_code) == expected
    assert act(api, case.ref, role=role, check=False).status_code == expected[0]


def test_the_responsible_unit__keeps_what_the_requests_own_gave_it(api):
    case = Case(api)
    assert case.enter("granted", "1.00", role="technician").status_code == 403
    assert case.change(unit="gov").status_code == 200
    assert case.enter("granted", "1.00", role="technician").status_code == 201
    assert act(api, case.ref, role="technician", check=False).status_code == 403, "what is opened is the request's unit's"


def test_a_change__is_under_the_version_of_the_request(api):
    case = Case(api)
    version = case.version()
    case.enter("granted", "1.00")
    stale = case.change(version=version, title="Massa tard")
    assert stale.status_code == 412 and stale.etag == f'"v{version + 1}-ca"'
    assert case.change("/milestones/general_enquiry", version=version, reached_on="2026-01-01").status_code == 412
    assert case.change(version=version + 1, title="A temps").etag == f'"v{version + 2}-ca"'


def test_a_key__records_once(api):
    case, key = Case(api), new_key()
    first, again = (case.enter("granted", "5.00", key=key) for _ in range(2))
    assert first.content == again.content and again.headers["Idempotency-Replayed"] == "true"
    assert case.view()["amounts"]["granted"] == "5.00"
    assert case.enter("granted", "6.00", key=key).status_code == 422


def test_what_is_not_there__is_a_404(api):
    case, other = Case(api), Case(api)
    for path in (f"{case.base}/{other.id}", f"{case.base}/none", f"{case.base}/{new_key()}"):
        assert api.get(path, role="supervisor").status_code == 404
        assert api.get(f"{path}/amounts", role="supervisor").status_code == 404
        for tail, body in (("/amounts", {"kind": "granted", "amount": "1.00"}), ("/milestones", {"key": "more", "title": "Més"})):
            assert api.post(path + tail, role="supervisor", json=body, headers={"Idempotency-Key": new_key()}).status_code == 404
    gone = case.change("/milestones/none", reached_on="2026-01-01")
    assert gone.status_code == 404 and "«none»" in gone.json()["detail"] and "fita" in gone.json()["detail"], "the action is there"


def test_a_draft_and_a_closed_request__open_nothing(api):
    draft = api.file("integration", submit=False)["ref"]
    assert act(api, draft, role="integration", check=False).status_code == 409
    case = Case(api)
    assert api.act(case.ref, "cancel", {"reason": "Perquè sí"}, role="operator").status_code == 200
    refused = act(api, case.ref, check=False)
    assert refused.status_code == 409 and case.ref in refused.json()["detail"]
    assert case.enter("granted", "1.00").status_code == 201, "money is counted after the end too"


def test_history_and_feed__tell_it(api):
    case = Case(api)
    case.milestone("begun")
    case.change("/milestones/begun", reached_on="2026-06-02")
    case.change("/milestones/begun", weight=2)
    case.enter("granted", "5.00")
    case.change(title="Un altre títol")
    wanted = ["action_opened", "milestone_added", "milestone_reached", "milestone_changed", "amount_recorded", "action_changed"]
    history = api.whole(f"/api/v1/requests/{case.ref}/history", role="local_user")[-6:]
    assert [entry["type"] for entry in history] == wanted
    assert history[4]["data"]["amount"] == "5.00" and history[5]["data"]["title"] == "Un altre títol" and history[4]["label"] == "Import anotat"

    def told():
        events = api.get("/api/v1/events", role="local_user", params={"subject": case.ref, "limit": 200}).json()["items"]
        return [event["type"].removeprefix("cat.oam.request.") for event in events][-6:] == wanted

    eventually(told)


def test_eight_at_once__spend_what_there_is_and_no_more(api):
    case = Case(api)
    for kind in ("granted", "committed"):
        case.enter(kind, "100.00", on="2026-01-01")
    answers, start = [], threading.Barrier(8)

    def pay():
        start.wait()
        for _ in range(4):
            answers.append(case.enter("paid", "7.77"))

    threads = [threading.Thread(target=pay) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paid = [answer for answer in answers if answer.status_code == 201]
    assert len(paid) == 12 and {answer.status_code for answer in answers} == {201, 422}
    assert sorted(answer.json()["number"] for answer in paid) == list(range(3, 15))
    assert case.view()["amounts"]["paid"] == "93.24"


# ---- what a status tells of them

def test_the_status__tells_actions_milestones_and_money(api):
    ref = api.file("local_user")["ref"]
    path = f"/api/v1/requests/{ref}/status"
    before = api.get(path, role="local_user")
    told = before.json()
    assert (told["actions"], told["milestones"], told["amounts"]) == ([], [], None)
    made = act(api, ref, title="Camí", ends_on="2026-12-31", milestones=[
        {"key": "begun", "title": "Inici", "weight": 3, "planned_on": "2026-04-15"}, {"key": "ended", "title": "Final", "planned_on": "2026-10-01"}]).json()
    other = act(api, ref, title="Pont", milestones=[]).json()
    base = f"/api/v1/requests/{ref}/actions"
    for action, amount in ((made, "100.10"), (other, "0.90")):
        api.post(f"{base}/{action['id']}/amounts", role="supervisor", json={"kind": "granted", "amount": amount}, headers={"Idempotency-Key": new_key()})
    version = api.get(path, role="supervisor").json()["version"]
    reached = api.patch(f"{base}/{made['id']}/milestones/begun", role="supervisor", json={"reached_on": "2026-04-20"},
                        headers={"If-Match": f'"v{version}-ca"', "Content-Type": "application/merge-patch+json"})
    assert reached.status_code == 200
    stale = api.get(path, role="local_user", headers={"If-None-Match": before.etag})
    told = stale.json()
    assert stale.status_code == 200 and stale.etag == reached.etag
    assert told["progress"] == 37, "75 and 0: 37.5, rounded down"
    assert told["actions"] == [
        {"id": made["id"], "kind": "deliverable", "title": "Camí", "state": "planned", "progress": 75, "next_on": "2026-10-01"},
        {"id": other["id"], "kind": "deliverable", "title": "Pont", "state": "planned", "progress": 0, "next_on": None}]
    assert [(m["action"], m["key"], m["reached_on"]) for m in told["milestones"]] == [(made["id"], "begun", "2026-04-20"), (made["id"], "ended", None)]
    assert told["amounts"] == {**NOTHING, "granted": "101.00"}
    again = api.get(path, role="local_user", headers={"If-None-Match": stale.etag})
    assert again.status_code == 304
    assert api.post("/api/v1/status:query", role="local_user", json={"refs": [ref]}).json()["items"] == [told]
    assert api.act(ref, "cancel", {"reason": "Perquè sí"}, role="operator").status_code == 200
    assert api.get(path, role="local_user").json()["progress"] == 100, "what ended tells of its procedure"


# ---- all of a body, in one look

SUMMED = "0890580001"  # a town that no other test files for


def test_the_summary__is_what_its_requests_tell_one_by_one(api):
    refs = [api.file("operator", body=SUMMED)["ref"] for _ in range(3)]
    api.act(refs[0], "cancel", {"reason": "Perquè sí"}, role="operator")
    first = act(api, refs[1], title="Camí", milestones=[{"key": "begun", "title": "Inici", "planned_on": "2026-04-15"}]).json()
    shared = act(api, refs[2], title="Pont", milestones=[], shares=[{"body": SUMMED, "percent": "33.33"}, {"body": TOWN, "percent": "66.67"}]).json()
    for ref, action, amount, year in ((refs[1], first, "10.00", 2025), (refs[1], first, "0.50", 2026), (refs[2], shared, "100.00", 2026)):
        api.post(f"/api/v1/requests/{ref}/actions/{action['id']}/amounts", role="supervisor", json={"kind": "granted", "amount": amount, "year": year},
                 headers={"Idempotency-Key": new_key()})
    told = api.get(f"/api/v1/bodies/{SUMMED}/summary", role="operator").json()
    statuses = [api.get(f"/api/v1/requests/{ref}/status", role="operator").json() for ref in refs]
    counted = {}
    for status in statuses:
        counted[status["phase"]] = counted.get(status["phase"], 0) + 1
    assert {item["phase"]: item["requests"] for item in told["phases"] if item["requests"]} == counted
    assert [item["phase"] for item in told["phases"]] == ["draft", "intake", "study", "decision", "waiting", "execution", "justification", "end"]
    states = [state for item in told["phases"] for state in item["states"]]
    assert sum(state["requests"] for state in states) == 3 and all(sum(s["requests"] for s in item["states"]) == item["requests"] for item in told["phases"])
    open_ones = [status for status in statuses if status["closed_at"] is None]
    assert told["open"] == len(open_ones) == 2 and told["progress"] == sum(s["progress"] for s in open_ones) // 2
    awaited = [(status["awaiting"]["role"], status["awaiting"]["label"]) for status in open_ones]
    assert {(item["role"], item["label"]): item["requests"] for item in told["awaited"]} == {who: awaited.count(who) for who in awaited}
    assert [(item["ref"], item["on"]) for item in told["next"]][0] == (refs[1], "2026-04-15")
    assert {item["ref"]: item["due_at"] for item in told["next"] if item["due_at"]} == {s["ref"]: s["due"]["at"] for s in open_ones if s["due"]}
    assert told["amounts"] == {**NOTHING, "granted": "43.83"}, "10.00, 0.50 and a third of 100.00"
    assert [(year["year"], year["granted"]) for year in told["years"]] == [(2025, "10.00"), (2026, "33.83")]


def test_a_share__is_the_same_in_the_action_and_in_the_summary(api):
    """Of two years that each leave half a cent: shared out together they left none."""
    body = "0890450006"  # a town that no other test files for
    ref = api.file("operator", body=body)["ref"]
    made = act(api, ref, shares=[{"body": body, "percent": "50.00"}, {"body": TOWN, "percent": "50.00"}]).json()
    path = f"/api/v1/requests/{ref}/actions/{made['id']}"
    for year in (2025, 2026):
        entered = api.post(f"{path}/amounts", role="supervisor", json={"kind": "granted", "amount": "100.01", "year": year}, headers={"Idempotency-Key": new_key()})
        assert entered.status_code == 201
    shares = {share["body"]: share["amounts"]["granted"] for share in api.get(path, role="operator").json()["shares"]}
    summary = api.get(f"/api/v1/bodies/{body}/summary", role="operator").json()
    assert shares == {body: "100.02", TOWN: "100.00"} and summary["amounts"]["granted"] == shares[body]
    assert [(year["year"], year["granted"]) for year in summary["years"]] == [(2025, "50.01"), (2026, "50.01")]


def test_the_summary__is_for_who_sees_the_body(api):
    path = f"/api/v1/bodies/{OTHER_TOWN}/summary"
    missing = {role: api.get("/api/v1/bodies/9999999999/summary", role=role) for role in ("local_user", "operator", "integration_a")}
    assert {answer.status_code for answer in missing.values()} == {404}
    for role in ("local_user", "integration_a"):
        foreign = api.get(path, role=role)
        assert foreign.status_code == 404 and foreign.json()["detail"].replace(OTHER_TOWN, "9999999999") == missing[role].json()["detail"]
    before = api.get(path, role="signer").json()
    drafts = {item["phase"]: item["requests"] for item in before["phases"]}["draft"]
    api.file("signer", body=OTHER_TOWN, submit=False)
    phases = {role: {item["phase"]: item["requests"] for item in api.get(path, role=role).json()["phases"]} for role in ("signer", "operator")}
    assert phases["signer"]["draft"] == drafts + 1 and phases["operator"]["draft"] == 0, "a draft is the body's own"
