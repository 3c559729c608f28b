"""Joint requests: a body files and leads, others are asked and adhere or not; who takes part sees it, and nobody else."""
import concurrent.futures
from decimal import Decimal

import pytest
from oamtest.client import OTHER_TOWN, TOWN, Api, act, new_key
from oamtest.joint import FOURTH_TOWN, SERVICE, THIRD_TOWN, Desk, anew, procedure, until
from oamtest.server import Server
from oamtest.waiting import eventually


@pytest.fixture(scope="module")
def document():
    return anew(procedure("technical_assistance"))


@pytest.fixture(scope="module")
def desk(template, contract, document):
    made = Desk(template, contract)
    made.publish(document)
    yield made
    try:
        made.verify()
    finally:
        made.close()


def errors(answer):
    assert answer.status_code == 422, answer
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def sees(desk, ref, role):
    """Whether somebody finds a request by every way there is; they must agree."""
    ways = {
        "get": desk.get(f"/api/v1/requests/{ref}", role=role).status_code == 200,
        "status": desk.get(f"/api/v1/requests/{ref}/status", role=role).status_code == 200,
        "many": ref in [item["ref"] for item in desk.post("/api/v1/status:query", role=role, json={"refs": [ref]}).json()["items"]],
        "list": ref in [item["ref"] for item in desk.whole("/api/v1/requests", role=role)],
        "members": desk.get(f"/api/v1/requests/{ref}/members", role=role).status_code == 200,
        "transitions": desk.get(f"/api/v1/requests/{ref}/transitions", role=role).status_code == 200,
        "history": desk.get(f"/api/v1/requests/{ref}/history", role=role).status_code == 200,
        "comments": desk.get(f"/api/v1/requests/{ref}/comments", role=role).status_code == 200,
    }
    assert len(set(ways.values())) == 1, ways
    return ways["get"]


# ---- naming bodies

def test_filing__puts_the_body_that_leads_first(desk):
    filed = desk.file("local_user", service=SERVICE, title="Pla conjunt", submit=False, data={"participants": [OTHER_TOWN, THIRD_TOWN]})
    assert filed["data"]["participants"] == [TOWN, OTHER_TOWN, THIRD_TOWN] and filed["joint"] is True
    assert desk.members(filed["ref"]) == {TOWN: None, OTHER_TOWN: None, THIRD_TOWN: None}
    alone = desk.file("local_user", service=SERVICE, title="Pla propi", submit=False, data={"participants": [TOWN]})
    assert alone["joint"] is False


@pytest.mark.parametrize("participants, wrong", [
    (["9999999999"], [("/data/participants/0", "no_such_body")]),
    ([OTHER_TOWN, OTHER_TOWN], [("/data/participants/1", "named_twice")]),
    ([OTHER_TOWN, 7], [("/data/participants/1", "wrong_type")]),
    (["nope", 7, OTHER_TOWN, OTHER_TOWN],
     [("/data/participants/0", "no_such_body"), ("/data/participants/1", "wrong_type"), ("/data/participants/3", "named_twice")]),
    ([f"{i:010}" for i in range(41)], [("/data/participants", "too_many")]),
    (OTHER_TOWN, [("/data/participants", "wrong_type")]),
])
def test_filing__tells_everything_that_is_wrong_with_those_named(desk, participants, wrong):
    assert errors(desk.try_file("local_user", service=SERVICE, body=TOWN, title="Pla conjunt", data={"participants": participants})) == wrong


def test_filing__takes_no_joint_request_where_the_service_does_not(desk):
    draft = {"service": "GOV-02", "body": TOWN, "title": "Pla conjunt", "data": {"participants": [OTHER_TOWN]}}
    assert errors(desk.try_file("local_user", **draft, submit=True)) == [("/data/participants", "not_joint")]


def test_filing__is_for_addressees_whoever_of_them_leads(desk):
    small = desk.database.one("SELECT max(population) FROM body WHERE code IN (%s, %s)", TOWN, OTHER_TOWN)
    desk.database.sql("UPDATE service SET max_population = %s, joint_request = true WHERE code = 'GOV-02'", small)
    draft = {"service": "GOV-02", "body": TOWN, "title": "Pla conjunt", "data": {"participants": [OTHER_TOWN, THIRD_TOWN]}}
    wrong = [("/data/participants/1", "not_eligible")]
    assert until(lambda: (found := desk.try_file("local_user", **draft)).status_code == 422 and errors(found) == wrong)


def test_draft__is_edited_like_its_other_data(desk):
    ref = desk.joint(OTHER_TOWN, submit=False)["ref"]
    edited = desk.patch(f"/api/v1/requests/{ref}", role="local_user", json={"data": {"participants": [THIRD_TOWN]}},
                        headers={"If-Match": '"v1-ca"', "Content-Type": "application/merge-patch+json"})
    assert edited.status_code == 200 and edited.json()["data"]["participants"] == [TOWN, THIRD_TOWN]
    invited = desk.invite(ref, OTHER_TOWN)
    assert invited.status_code == 200 and invited.json()["data"]["participants"] == [TOWN, THIRD_TOWN, OTHER_TOWN]
    assert errors(desk.invite(ref, OTHER_TOWN)) == [("/body", "named_twice")]
    alone = desk.patch(f"/api/v1/requests/{ref}", role="local_user", json={"data": {"participants": None}},
                       headers={"If-Match": '"v3-ca"', "Content-Type": "application/merge-patch+json"})
    assert alone.json()["joint"] is False and desk.members(ref) == {}


def test_draft__is_nobodys_but_of_the_body_that_leads(desk):
    ref = desk.joint(OTHER_TOWN, submit=False)["ref"]
    assert sees(desk, ref, "local_user") and not sees(desk, ref, "signer") and not sees(desk, ref, "operator")


# ---- asked, adhered, left

def test_submitting__asks_every_body_and_says_who_is_awaited(desk):
    filed = desk.joint(OTHER_TOWN, THIRD_TOWN)
    assert filed["state"] == "adhesions" and filed["joint"] is True
    assert desk.members(filed["ref"]) == {TOWN: "invited", OTHER_TOWN: "invited", THIRD_TOWN: "invited"}
    status = desk.get(f"/api/v1/requests/{filed['ref']}/status", role="signer").json()
    assert [(member["body"], member["leads"], member["awaited"], member["takes_part"]) for member in status["members"]] == [
        (TOWN, True, True, True), (OTHER_TOWN, False, True, True), (THIRD_TOWN, False, True, True)]
    many = desk.post("/api/v1/status:query", role="operator", json={"refs": [filed["ref"]]}).json()
    assert many["items"][0]["members"] == desk.get(f"/api/v1/requests/{filed['ref']}/status", role="operator").json()["members"]


def test_bodies__answer_for_themselves_until_all_have(desk):
    ref = desk.joint(OTHER_TOWN, THIRD_TOWN)["ref"]
    assert desk.answer(ref, "adhere", "local_user_b").status_code == 403, "who signs is not who drafts"
    assert desk.answer(ref, "adhere", "signer").status_code == 200
    assert desk.members(ref) == {TOWN: "invited", OTHER_TOWN: "joined", THIRD_TOWN: "invited"}
    again = desk.answer(ref, "adhere", "signer")
    assert again.status_code == 409 and again.json()["type"].endswith("transition-not-offered")
    assert desk.answer(ref, "adhere", "signer_a").status_code == 200
    last = desk.answer(ref, "adhere", "signer_c")
    assert last.status_code == 200 and last.json()["state"] == "assigned" and last.json()["assignee"]
    assert desk.members(ref) == {TOWN: "joined", OTHER_TOWN: "joined", THIRD_TOWN: "joined"}
    told = [(entry["event"], entry["actor"]["id"]) for entry in desk.get(f"/api/v1/requests/{ref}/history", role="signer").json()["items"]]
    assert told == [(None, "local.aguilar-de-segarra"), ("submit", "local.aguilar-de-segarra"), ("adhere", "signer.malla"), ("adhere", "signer.aguilar-de-segarra"), ("adhere", "signer.third")]


def test_who_takes_part__sees_it_and_no_other(desk):
    ref, other = desk.joint(OTHER_TOWN)["ref"], desk.joint(THIRD_TOWN)["ref"]
    for role in ("signer", "local_user_b", "integration_b", "council"):
        assert sees(desk, ref, role), role
    assert not sees(desk, ref, "signer_c") and not sees(desk, other, "signer") and sees(desk, other, "council")
    assert not sees(desk, desk.joint()["ref"], "council")


def test_who_leaves__does_not_see_it_any_more(desk):
    ref = desk.joint(OTHER_TOWN, THIRD_TOWN)["ref"]
    left = desk.answer(ref, "decline", "signer")
    assert left.status_code == 200
    assert not sees(desk, ref, "signer") and sees(desk, ref, "signer_c")
    eventually(lambda: desk.get("/api/v1/events", role="integration_b", params={"subject": ref}).json()["items"] == [])
    member = next(item for item in desk.get(f"/api/v1/requests/{ref}/members", role="local_user").json()["items"] if item["body"] == OTHER_TOWN)
    assert member["takes_part"] is False and member["awaited"] is False
    assert desk.answer(ref, "adhere", "signer", version=3).status_code == 404


def test_who_takes_part__does_nothing_that_is_the_leading_bodys(desk):
    ref = desk.joint(OTHER_TOWN)["ref"]
    assert desk.answer(ref, "withdraw", "signer").status_code == 403
    assert desk.invite(ref, THIRD_TOWN, role="signer").status_code == 403
    patched = desk.patch(f"/api/v1/requests/{ref}", role="signer", json={"title": "Un altre títol"},
                         headers={"If-Match": '"v2-ca"', "Content-Type": "application/merge-patch+json"})
    assert patched.status_code == 409
    said = desk.post(f"/api/v1/requests/{ref}/comments", role="signer", json={"text": "Hi serem."}, headers={"Idempotency-Key": new_key()})
    assert said.status_code == 201
    assert desk.get(f"/api/v1/requests/{ref}/comments", role="local_user").json()["items"][0]["text"] == "Hi serem."
    assert desk.answer(ref, "withdraw", "local_user").status_code == 200
    assert sees(desk, ref, "signer"), "who was asked learns that it came to nothing"


def test_lists_and_feed__show_what_a_body_has_adhered_to_in_its_place(desk):
    mine = [desk.file("signer", body=OTHER_TOWN, title=f"Nostra {i}")["ref"] for i in range(3)]
    joint = desk.joint(OTHER_TOWN)["ref"]
    mine += [desk.file("signer", body=OTHER_TOWN, title=f"Nostra {i}")["ref"] for i in range(3, 5)]
    newest = [item["ref"] for item in desk.get("/api/v1/requests", role="signer", params={"limit": 6}).json()["items"]]
    assert newest == [mine[4], mine[3], joint, mine[2], mine[1], mine[0]]
    for sort in ("-updated_at", "updated_at", "-ref", "ref"):
        whole = [item["ref"] for item in desk.whole("/api/v1/requests", role="signer", sort=sort)]
        paged = [item["ref"] for page in desk.walk("/api/v1/requests", role="signer", params={"limit": 2, "sort": sort}) for item in page]
        assert whole == paged and len(set(whole)) == len(whole) and joint in whole
        assert whole[::-1] == [item["ref"] for item in desk.whole("/api/v1/requests", role="signer", sort=sort[1:] if sort[0] == "-" else f"-{sort}")]
    last = desk.get("/api/v1/requests", role="signer", params={"limit": 2}).json()
    second = desk.get("/api/v1/requests", role="signer", params={"limit": 2, "cursor": last["next"]}).json()
    back = desk.get("/api/v1/requests", role="signer", params={"limit": 2, "cursor": second["prev"]}).json()
    assert [item["ref"] for item in back["items"]] == [item["ref"] for item in last["items"]]
    assert joint in [item["ref"] for item in desk.whole("/api/v1/requests", role="operator", body=OTHER_TOWN)], "the desk asks for a body and has what it takes part in"
    assert joint not in [item["ref"] for item in desk.whole("/api/v1/requests", role="signer", state="draft")]
    position, told = "0", []
    while True:
        page = desk.get("/api/v1/events", role="integration_b", params={"after": position, "limit": 7}).json()
        if not page["items"] and page["next"] == position:
            break
        told += [(item["subject"], item["id"]) for item in page["items"]]
        position = page["next"]
    assert joint in [subject for subject, _ in told]
    assert [int(number) for _, number in told] == sorted({int(number) for _, number in told}), "in their order, each once"


# ---- one who acts for several

def test_who_acts_for_several__says_for_whom_unless_it_can_be_one_only(desk):
    ref = desk.joint(OTHER_TOWN, THIRD_TOWN)["ref"]
    assert errors(desk.answer(ref, "adhere", "council")) == [("/body", "required")]
    assert errors(desk.answer(ref, "adhere", "council", body=FOURTH_TOWN)) == [("/body", "not_a_member")]
    assert desk.answer(ref, "adhere", "council", body=TOWN).status_code == 403, "of the town that leads they are nobody"
    assert desk.answer(ref, "adhere", "council", body=OTHER_TOWN).status_code == 200
    assert desk.answer(ref, "adhere", "council").status_code == 200, "only one is left"
    assert desk.members(ref) == {TOWN: "invited", OTHER_TOWN: "joined", THIRD_TOWN: "joined"}
    assert errors(desk.answer(ref, "withdraw", "local_user", body=OTHER_TOWN)) == [("/body", "not_a_member")]
    assert desk.answer(ref, "withdraw", "local_user", body=TOWN).status_code == 200


def test_the_offer__is_of_each_body_that_one_acts_for(desk):
    ref = desk.joint(OTHER_TOWN, THIRD_TOWN)["ref"]

    def offered(role):
        return {(item["event"], item["body"]): (item["allowed"], [reason["code"] for reason in item["reasons"]])
                for item in desk.get(f"/api/v1/requests/{ref}/transitions", role=role).json()["items"]}

    role_missing = (False, ["role_required"])
    assert offered("signer") == {("adhere", OTHER_TOWN): (True, []), ("decline", OTHER_TOWN): (True, []),
                                 ("withdraw", None): role_missing, ("cancel", None): role_missing}
    assert offered("council_staff") == {**{(event, body): role_missing for event in ("adhere", "decline") for body in (OTHER_TOWN, THIRD_TOWN)},
                                        ("withdraw", None): role_missing, ("cancel", None): role_missing}
    assert offered("local_user")[("withdraw", None)] == (True, [])
    staff = offered("operator")
    assert staff[("cancel", None)] == (True, []) and all(staff[("adhere", body)] == role_missing for body in (TOWN, OTHER_TOWN, THIRD_TOWN))
    desk.answer(ref, "adhere", "signer")
    assert ("adhere", OTHER_TOWN) not in offered("signer")


# ---- late, and all at once

def test_who_comes_late__is_asked_at_once(desk):
    ref = desk.joint(OTHER_TOWN)["ref"]
    assert desk.answer(ref, "adhere", "signer").status_code == 200
    assert not sees(desk, ref, "signer_c")
    invited = desk.invite(ref, THIRD_TOWN)
    assert invited.status_code == 200 and sees(desk, ref, "signer_c")
    assert desk.members(ref) == {TOWN: "invited", OTHER_TOWN: "joined", THIRD_TOWN: "invited"}
    entry = desk.get(f"/api/v1/requests/{ref}/history", role="signer_c").json()["items"][-1]
    assert entry["type"] == "invited" and entry["actor"]["id"] == "local.aguilar-de-segarra"
    assert errors(desk.invite(ref, THIRD_TOWN)) == [("/body", "named_twice")]
    assert desk.answer(ref, "adhere", "signer_a").status_code == 200
    assert desk.answer(ref, "decline", "signer_c").json()["state"] == "assigned"
    assert desk.invite(ref, FOURTH_TOWN).status_code == 409, "nobody is asked any more"
    assert desk.database.one("SELECT count(*) FROM request_timer t JOIN request r ON r.id = t.request_id WHERE r.ref = %s AND timer LIKE 'adhesion%%'", ref) == 0


def test_the_desk__invites_in_the_name_of_the_town(desk):
    ref = desk.joint(OTHER_TOWN)["ref"]
    assert desk.invite(ref, THIRD_TOWN, role="operator").status_code == 200
    assert desk.invite(ref, FOURTH_TOWN, role="technician").status_code == 403


def test_two_bodies_that_sign_at_once__both_sign_in_the_end(desk):
    for _ in range(5):
        ref = desk.joint(OTHER_TOWN, THIRD_TOWN)["ref"]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            version = desk.get(f"/api/v1/requests/{ref}", role="operator").json()["version"]
            answers = list(pool.map(lambda role: desk.answer(ref, "adhere", role, version=version).status_code, ("signer", "signer_c", "signer_a")))
        assert sorted(answers) == [200, 412, 412], "what was signed is what was seen"
        for role, status in zip(("signer", "signer_c", "signer_a"), answers):
            if status == 412:
                assert desk.answer(ref, "adhere", role).status_code == 200
        assert desk.get(f"/api/v1/requests/{ref}", role="operator").json()["state"] == "assigned"
        assert desk.database.one("SELECT count(*) FROM request_event e JOIN request r ON r.id = e.request_id WHERE r.ref = %s AND e.data ->> 'event' = 'adhere'", ref) == 3


def test_one_that_leaves_while_another_joins__leaves_and_the_other_joins(desk):
    for _ in range(5):
        ref = desk.joint(OTHER_TOWN)["ref"]
        assert desk.answer(ref, "adhere", "signer_a").status_code == 200
        version = desk.get(f"/api/v1/requests/{ref}", role="operator").json()["version"]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            left = pool.submit(desk.answer, ref, "decline", "signer", version=version)
            late = pool.submit(desk.invite, ref, THIRD_TOWN, version=version)
        outcome = left.result().status_code, late.result().status_code
        assert outcome in ((200, 412), (412, 200)), outcome
        if outcome == (200, 412): # all had answered: it went on, and nobody can be invited any more
            assert desk.invite(ref, THIRD_TOWN).status_code == 409 and not sees(desk, ref, "signer_c")
        else:
            assert desk.answer(ref, "decline", "signer").status_code == 200
            assert sees(desk, ref, "signer_c") and desk.members(ref)[THIRD_TOWN] == "invited"


def test_the_same_answer_twice__is_given_once(desk):
    ref, key = desk.joint(OTHER_TOWN)["ref"], new_key()
    first, second = (desk.answer(ref, "adhere", "signer", version=2, key=key) for _ in range(2))
    assert first.status_code == second.status_code == 200 and second.headers["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()


def test_memory__shows_the_same_to_those_who_take_part(desk):
    """What is kept as bytes for one is nobody's else: neither too much nor too old."""
    ref = desk.joint(OTHER_TOWN)["ref"]
    for _ in range(3):
        seen = {role: desk.get(f"/api/v1/requests/{ref}/status", role=role).json() for role in ("local_user", "operator", "signer")}
        assert seen["local_user"] == seen["operator"] == seen["signer"]
    assert desk.get(f"/api/v1/requests/{ref}/status", role="signer_c").status_code == 404
    desk.answer(ref, "decline", "signer")
    assert desk.get(f"/api/v1/requests/{ref}/status", role="local_user").json()["members"][1]["takes_part"] is False
    assert desk.get(f"/api/v1/requests/{ref}/status", role="signer").status_code == 404


# ---- what is granted to them

def handed_over(api):
    text = api.get("/metrics", role=None).text
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("oam_http_handed_over_total ")))


def feed_of(api, role, after, ref=None):
    page = api.get("/api/v1/events", role=role, params={"after": after, "limit": 200, **({"subject": ref} if ref else {})}).json()
    return page["items"], page["next"] if not ref else None


@pytest.fixture(scope="module")
def without_memory(desk, contract):
    """A second server on the same database, which reads every page of the feed from there."""
    server = Server(desk.template, desk.database, OAM_FEED_EVENTS="0")
    yield Api(server, contract)
    server.close()


@pytest.mark.parametrize("ends", ["one_leaves", "one_comes_late", "nobody_stays", "withdrawn", "decided_and_closed"])
def test_the_feed_in_memory__is_the_databases_for_who_took_part(desk, without_memory, ends):
    """Whoever leaves is told nothing any more, whoever comes is told what was before: also of events that memory already had."""
    start = int(desk.get("/api/v1/events?after=latest", role="integration").json()["next"])
    ref = desk.joint(OTHER_TOWN, *([] if ends == "one_comes_late" else [THIRD_TOWN]))["ref"]
    steps = {
        "one_leaves": [("adhere", "signer_a"), ("adhere", "signer_c"), ("decline", "signer")],
        "one_comes_late": [("adhere", "signer"), ("invite", "local_user"), ("adhere", "signer_c")],
        "nobody_stays": [("decline", "signer"), ("decline", "signer_c"), ("adhere", "signer_a")],
        "withdrawn": [("adhere", "signer"), ("withdraw", "local_user")],
        "decided_and_closed": [("adhere", "signer"), ("adhere", "signer_a"), ("adhere", "signer_c"), ("withdraw", "local_user")],
    }[ends]
    roles = ("local_user", "signer", "signer_c", "council", "integration", "integration_a", "integration_b", "operator")
    seen = []
    for event, role in [(None, None), *steps]:
        if event == "invite":
            assert desk.invite(ref, THIRD_TOWN, role=role).status_code == 200
        elif event:
            assert desk.answer(ref, event, role).status_code == 200, (event, role)
        version = desk.get(f"/api/v1/requests/{ref}", role="local_user").json()["version"]
        assert until(lambda: all(version in [item["data"]["version"] for item in feed_of(api, "operator", start, ref)[0]] for api in (desk, without_memory)))
        asked = handed_over(desk), handed_over(without_memory)
        end = int(desk.get("/api/v1/events?after=latest", role="integration").json()["next"])
        for who in roles:
            for after in range(start, end):
                ours, theirs = feed_of(desk, who, after), feed_of(without_memory, who, after)
                assert ours == theirs, (event, who, after)
            assert feed_of(desk, who, start, ref) == feed_of(without_memory, who, start, ref), (event, who)
        seen.append({who for who in roles if feed_of(desk, who, start)[0]})
        # One from memory, but for who was not known yet; the other from the database.
        assert handed_over(desk) - asked[0] < (handed_over(without_memory) - asked[1]) / 4
    assert {"local_user", "operator", "integration_a"} <= seen[-1]
    if ends == "one_leaves":
        assert "signer" in seen[0] and "signer" not in seen[-1] and "signer_c" in seen[-1]
    if ends == "one_comes_late":
        assert "signer_c" not in seen[0] and "signer_c" in seen[-1]


def test_a_joint_action__is_everybodys_who_takes_part_each_with_its_share(desk):
    ref = desk.joint(OTHER_TOWN)["ref"]
    for role in ("signer", "signer_a"):
        assert desk.answer(ref, "adhere", role).status_code == 200
    before = {body: desk.get(f"/api/v1/bodies/{body}/summary", role="operator").json()["amounts"] for body in (TOWN, OTHER_TOWN, THIRD_TOWN)}
    made = act(desk, ref, title="Pla de mobilitat", shares=[{"body": TOWN, "percent": "66.67"}, {"body": OTHER_TOWN, "percent": "33.33"}]).json()
    path = f"/api/v1/requests/{ref}/actions/{made['id']}"
    entered = desk.post(f"{path}/amounts", role="supervisor", json={"kind": "granted", "amount": "100.01"}, headers={"Idempotency-Key": new_key()})
    assert entered.status_code == 201
    # 66.676667 and 33.333333: the cent that is left is the first's.
    for role in ("local_user", "signer", "integration_b"):
        shares = desk.get(path, role=role).json()["shares"]
        assert [(share["body"], share["amounts"]["granted"]) for share in shares] == [(TOWN, "66.68"), (OTHER_TOWN, "33.33")]
        assert desk.get(f"/api/v1/requests/{ref}/status", role=role).json()["amounts"]["granted"] == "100.01"
    for tail in ("", "/amounts"):
        assert desk.get(path + tail, role="signer_c").status_code == 404
    for body, role, share in ((TOWN, "local_user", "66.68"), (OTHER_TOWN, "signer", "33.33"), (THIRD_TOWN, "signer_c", "0.00")):
        now = desk.get(f"/api/v1/bodies/{body}/summary", role=role).json()["amounts"]
        assert Decimal(now["granted"]) - Decimal(before[body]["granted"]) == Decimal(share)
    # What is not shared out is of who leads, and counts once.
    whole = act(desk, ref, title="Una altra").json()
    desk.post(f"/api/v1/requests/{ref}/actions/{whole['id']}/amounts", role="supervisor", json={"kind": "granted", "amount": "7.00", "year": 2031},
              headers={"Idempotency-Key": new_key()})
    for body, granted, year in ((TOWN, "73.68", {2031}), (OTHER_TOWN, "33.33", set())):
        now = desk.get(f"/api/v1/bodies/{body}/summary", role="operator").json()
        assert Decimal(now["amounts"]["granted"]) - Decimal(before[body]["granted"]) == Decimal(granted)
        assert {one["year"] for one in now["years"]} & {2031} == year


def test_verify__names_what_was_written_behind(desk):
    """Money that no event tells of is a fault of the history."""
    entry = desk.database.one("SELECT uid::text FROM amount LIMIT 1")
    desk.verify()
    desk.database.sql("UPDATE amount SET note = 'escrit per darrere' WHERE uid = %s", entry)
    with pytest.raises(AssertionError, match="0 faults of state, 0 faults of chain, 1 of actions"):
        desk.verify()
    desk.database.sql("UPDATE amount SET note = NULL WHERE uid = %s", entry)
    desk.verify()
