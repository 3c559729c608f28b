"""Panels: who decides together, who votes for whom; what the desk sees of the ballots, and the town of the decision."""
import concurrent.futures
import datetime

import pytest
from oamtest.client import OTHER_TOWN, TOWN, new_key
from oamtest.clock import MADRID
from oamtest.joint import Desk, anew, procedure, until

BOARD, SERVICE = "/api/v1/panels/board_gov", "GOV-02"
CHAIR, SECOND, THIRD, FOURTH = "unit_head", "technician", "supervisor", "operator"
LOGIN = {CHAIR: "head.gov", SECOND: "technician.gov", THIRD: "supervisor", FOURTH: "operator", "agent": "agent.bages.1"}
MEMBERS = [{"login": LOGIN[CHAIR], "chair": True}, {"login": LOGIN[SECOND], "substitute": LOGIN[FOURTH]}, {"login": LOGIN[THIRD]}]
FIELDS = {"project": "Rehabilitació del mercat", "budget": 9000000, "amount_requested": 4500000}


@pytest.fixture(scope="module")
def desk(template, contract):
    made = Desk(template, contract)
    document = anew(procedure("economic_grant"))
    document["panels"]["evaluation"]["recuse"] = "ticket.entity in member.conflicts"
    made.publish(document)
    made.database.sql("UPDATE service SET workflow_key = 'economic_grant', max_population = NULL WHERE code = %s", SERVICE)
    assert until(lambda: made.get(f"/api/v1/services/{SERVICE}", role="operator").status_code == 200)
    yield made
    try:
        made.verify()
    finally:
        made.close()


def seat(desk, members, role="admin", version=None):
    if version is None:
        version = desk.get(BOARD, role=role).json()["version"]
    answer = desk.request("PUT", BOARD, role=role, json={"members": members}, headers={"If-Match": f'"v{version}-ca"'})
    if answer.status_code == 204:
        assert until(lambda: desk.get(BOARD, role=role).json()["version"] == version + 1)
    return answer


@pytest.fixture
def board(desk):
    assert seat(desk, MEMBERS).status_code == 204
    return desk


def scoring(desk, body=TOWN, role="local_user", agent="agent"):
    """A grant on which the board has to decide."""
    ref = until(lambda: (filed := desk.try_file(role, service=SERVICE, body=body, title="Ajut per al mercat", submit=True, data=FIELDS)).status_code == 201
                and filed.json()["ref"])
    for event, actor, data in (("close_call", CHAIR, None), ("take", agent, None), ("accept", agent, None),
                               ("sign_tech", SECOND, {"tech_opinion": "favourable"}), ("sign_econ", CHAIR, {"econ_opinion": "favourable"})):
        done = desk.act(ref, event, data, role=actor)
        if done.status_code == 422:
            missing = {error["pointer"].split("/")[-1]: "x" for error in done.json()["errors"]}
            done = desk.act(ref, event, {**(data or {}), **missing}, role=actor)
        assert done.status_code == 200, (event, done)
    assert done.json()["state"] == "scoring"
    return ref


def cast(desk, ref, role, choice="yes", version=None, key=None, **more):
    if version is None:
        version = desk.get(f"/api/v1/requests/{ref}", role=role).json()["version"]
    return desk.post(f"/api/v1/requests/{ref}/transitions", role=role, json={"event": "ballot", **({"choice": choice} if choice else {}), **more},
                     headers={"If-Match": f'"v{version}-ca"', "Idempotency-Key": key or new_key()})


def ballots(desk, ref, role="operator"):
    answer = desk.get(f"/api/v1/requests/{ref}/ballots", role=role)
    assert answer.status_code == 200, answer
    return answer.json()["items"]


def errors(answer):
    assert answer.status_code == 422, answer
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


# ---- who sits

def test_every_unit__has_a_board(desk):
    panels = desk.get("/api/v1/panels", role="operator").json()["items"]
    units = [unit["code"] for unit in desk.get("/api/v1/units", role="operator").json()["items"] if unit["code"] != "oam"]
    assert sorted(panel["unit"] for panel in panels) == sorted(units) and {panel["team"] for panel in panels} == {"service.board"}
    assert desk.get("/api/v1/panels/board_moon", role="operator").status_code == 404


def test_seats__are_given_by_who_administers(board):
    told = board.get(BOARD, role="technician").json()
    assert [(member["login"], member["chair"], member["substitute"]) for member in told["members"]] == [
        ("head.gov", True, None), ("technician.gov", False, "operator"), ("supervisor", False, None)]
    assert seat(board, MEMBERS, role="supervisor").status_code == 204
    for role in (FOURTH, SECOND, CHAIR, "local_user", "integration"):
        version = told["version"]
        refused = board.request("PUT", BOARD, role=role, json={"members": MEMBERS}, headers={"If-Match": f'"v{version}-ca"'})
        assert refused.status_code == 403, role
    assert seat(board, MEMBERS, version=1).status_code == 412
    missing = board.request("PUT", "/api/v1/panels/board_moon", role="admin", json={"members": []}, headers={"If-Match": '"v1"'})
    assert board.request("PUT", BOARD, role="admin", json={"members": []}).status_code == 428
    assert missing.status_code == 404
    seen = board.get(BOARD, role="operator")
    assert board.get(BOARD, role="operator", headers={"If-None-Match": seen.etag}).status_code == 304


@pytest.mark.parametrize("members, wrong", [
    ([{"login": "nobody.here", "chair": True}], [("/members/0/login", "no_such_person")]),
    ([{"login": "local.aguilar-de-segarra", "chair": True}], [("/members/0/login", "no_such_person")]),
    ([{"login": "head.gov"}], [("/members", "one_chair")]),
    ([{"login": "head.gov", "chair": True}, {"login": "supervisor", "chair": True}], [("/members", "one_chair")]),
    ([{"login": "head.gov", "chair": True}, {"login": "head.gov"}], [("/members/1/login", "named_twice")]),
    ([{"login": "head.gov", "chair": True, "substitute": "head.gov"}], [("/members/0/substitute", "named_twice")]),
    ([{"login": "head.gov", "chair": True, "substitute": "ghost"}], [("/members/0/substitute", "no_such_person")]),
    ([{"login": "head.gov", "chair": True, "away_from": "2026-01-02"}], [("/members/0/away_to", "required")]),
    ([{"login": "head.gov", "chair": True, "away_from": "2026-01-02", "away_to": "2026-01-01"}], [("/members/0/away_to", "ends_before_it_begins")]),
    ([{"login": "head.gov", "chair": True, "away_from": "soon", "away_to": "2026-01-01"}], [("/members/0/away_from", "bad_format")]),
    ([{"login": "head.gov", "chair": True, "conflicts": [TOWN, "9999999999"]}], [("/members/0/conflicts/1", "no_such_body")]),
    ([{"login": "head.gov", "chair": True, "conflicts": [TOWN] * 101}], [("/members/0/conflicts", "too_many")]),
    ([{"login": "head.gov", "chair": True, "vote": "yes"}], [("/members/0/vote", "unknown_member")]),
    ([{"login": "head.gov", "chair": True}] * 33, [("/members", "too_many")]),
])
def test_seats__are_refused_with_all_that_is_wrong(board, members, wrong):
    version = board.get(BOARD, role="admin").json()["version"]
    assert errors(board.request("PUT", BOARD, role="admin", json={"members": members}, headers={"If-Match": f'"v{version}-ca"'})) == wrong


# ---- voting

def test_a_vote__ends_when_everybody_has_voted(board):
    ref = scoring(board)
    version = board.get(f"/api/v1/requests/{ref}", role="operator").json()["version"]
    first = cast(board, ref, SECOND, "yes", score=70, comment="Madur")
    assert first.status_code == 200 and first.json()["version"] == version and first.json()["state"] == "scoring"
    assert cast(board, ref, THIRD, "no", score=20).status_code == 200
    vote = ballots(board, ref)[0]
    assert vote["open"] and vote["panel"] == "board_gov" and vote["quorum"] == 3 and vote["tally"] == {"yes": 1, "no": 1, "abstained": 0, "score": 45}
    assert {voter["login"]: voter["ballot"] and voter["ballot"]["choice"] for voter in vote["voters"]} == {"head.gov": None, "technician.gov": "yes", "supervisor": "no"}
    assert next(voter for voter in vote["voters"] if voter["login"] == "technician.gov")["ballot"]["comment"] == "Madur"
    last = cast(board, ref, CHAIR, "yes", score=90)
    assert last.status_code == 200 and last.json()["state"] == "ranked" and last.json()["version"] == version + 1
    over = ballots(board, ref)[0]
    assert not over["open"] and over["tally"] == {"yes": 2, "no": 1, "abstained": 0, "score": 60} and len(over["voters"]) == 3
    assert cast(board, ref, CHAIR, "yes").status_code == 409


def test_a_vote_that_is_lost__goes_back(board):
    ref = scoring(board)
    for role, choice in ((CHAIR, "no"), (SECOND, "abstain"), (THIRD, "no")):
        done = cast(board, ref, role, choice)
    assert done.json()["state"] == "reports"


def test_a_tie__is_the_chairs(board):
    for choice, state in (("yes", "ranked"), ("no", "reports")):
        ref = scoring(board)
        cast(board, ref, SECOND, "abstain")
        cast(board, ref, THIRD, "no" if choice == "yes" else "yes")
        assert cast(board, ref, CHAIR, choice).json()["state"] == state


def test_the_chair__closes_once_there_is_a_quorum(desk):
    assert seat(desk, [*MEMBERS, {"login": LOGIN["agent"]}]).status_code == 204
    ref = scoring(desk)
    cast(desk, ref, CHAIR, "yes")
    cast(desk, ref, SECOND, "yes")
    early = cast(desk, ref, CHAIR, "close")
    assert early.status_code == 409 and "quòrum" in early.json()["detail"]
    cast(desk, ref, THIRD, "no")
    assert cast(desk, ref, SECOND, "close").status_code == 409
    assert cast(desk, ref, CHAIR, "close").json()["state"] == "ranked"


def test_a_ballot__says_what_it_is(board):
    ref = scoring(board)
    assert errors(cast(board, ref, CHAIR, None)) == [("/choice", "required")]
    assert errors(cast(board, ref, CHAIR, "maybe")) == [("/choice", "not_an_option")]
    assert errors(cast(board, ref, CHAIR, "yes", score=-1)) == [("/score", "out_of_range")]
    assert errors(cast(board, ref, CHAIR, "yes", data={"score": 7})) == [("/data", "unknown_member")]
    wrong = board.post(f"/api/v1/requests/{ref}/transitions", role=CHAIR, json={"event": "cancel", "choice": "yes", "data": {"reason": "x"}},
                       headers={"If-Match": '"v7-ca"', "Idempotency-Key": new_key()})
    assert wrong.status_code in (412, 422)
    assert cast(board, ref, FOURTH, "yes").status_code == 403 and cast(board, ref, "local_user", "yes").status_code == 403
    cast(board, ref, SECOND, "yes")
    again = cast(board, ref, SECOND, "no")
    assert again.status_code == 409 and again.json()["detail"].endswith("Ja ha votat.")


def test_the_offer__tells_why_one_may_not_vote(board):
    ref = scoring(board)

    def why(role):
        option = next(item for item in board.get(f"/api/v1/requests/{ref}/transitions", role=role).json()["items"] if item["event"] == "ballot")
        return option["allowed"], [reason["code"] for reason in option["reasons"]]

    assert why(SECOND) == (True, []) and why(FOURTH) == (False, ["role_required", "not_member"])
    cast(board, ref, SECOND, "yes")
    assert why(SECOND) == (False, ["voted_already"])
    assert why("local_user")[0] is False


# ---- away, and kept out

def test_a_substitute__votes_while_somebody_is_away(desk):
    today = datetime.datetime.now(MADRID).date()
    away = [dict(member) for member in MEMBERS]
    away[1].update(away_from=str(today - datetime.timedelta(1)), away_to=str(today + datetime.timedelta(1)))
    assert seat(desk, MEMBERS).status_code == 204
    ref = scoring(desk)
    assert seat(desk, away).status_code == 204
    assert cast(desk, ref, SECOND, "yes").status_code == 403, "who is away does not vote"
    assert cast(desk, ref, FOURTH, "yes").status_code == 200
    assert [(voter["login"], voter["substitute"]) for voter in ballots(desk, ref)[0]["voters"]] == [("head.gov", False), ("operator", True), ("supervisor", False)]
    cast(desk, ref, CHAIR, "yes")
    assert cast(desk, ref, THIRD, "no").json()["state"] == "ranked"


def test_who_has_an_interest__is_kept_out_and_told_why(desk):
    members = [*MEMBERS, {"login": LOGIN["agent"], "conflicts": [TOWN]}]
    assert seat(desk, members).status_code == 204
    ref = scoring(desk)
    assert next(voter for voter in ballots(desk, ref)[0]["voters"] if voter["login"] == LOGIN["agent"])["recused"] is True
    refused = cast(desk, ref, "agent", "yes")
    assert refused.status_code == 409 and "interès" in refused.json()["detail"]
    for role in (CHAIR, SECOND, THIRD):
        done = cast(desk, ref, role, "yes")
    assert done.json()["state"] == "ranked", "nobody waits for who is kept out"
    other = scoring(desk, OTHER_TOWN, "signer", "agent_b")
    assert cast(desk, other, "agent", "yes").status_code == 200, "of another town they vote"


def test_who_leaves_the_panel__votes_no_more_and_their_ballot_stays(desk):
    assert seat(desk, MEMBERS).status_code == 204
    ref = scoring(desk)
    assert cast(desk, ref, SECOND, "yes").status_code == 200
    assert seat(desk, [MEMBERS[0], MEMBERS[2], {"login": LOGIN[FOURTH]}]).status_code == 204
    assert cast(desk, ref, CHAIR, "yes").status_code == 200
    assert cast(desk, ref, THIRD, "no").json()["state"] == "scoring"
    assert cast(desk, ref, FOURTH, "no").json()["state"] == "ranked", "two to two: the chair decides"


# ---- who sees what

def test_the_town__sees_the_decision_and_no_ballot(board):
    ref = scoring(board)
    status = f"/api/v1/requests/{ref}/status"
    before = board.get(status, role="local_user")
    seen = [board.get(f"/api/v1/requests/{ref}{tail}", role="local_user").text for tail in ("", "/history", "/comments")]
    list_before = board.get("/api/v1/requests", role="local_user", params={"limit": 1}).json()["items"]
    cast(board, ref, SECOND, "no", score=11, comment="canari-del-vot")
    cast(board, ref, THIRD, "yes", score=95)
    assert board.get(status, role="local_user", headers={"If-None-Match": before.etag}).status_code == 304
    assert [board.get(f"/api/v1/requests/{ref}{tail}", role="local_user").text for tail in ("", "/history", "/comments")] == seen
    assert board.get("/api/v1/requests", role="local_user", params={"limit": 1}).json()["items"] == list_before
    assert board.get(f"/api/v1/requests/{ref}/ballots", role="local_user").status_code == 403
    cast(board, ref, CHAIR, "yes")
    for role in ("local_user", "integration_a", "integration"):
        history = board.get(f"/api/v1/requests/{ref}/history", role=role)
        assert "canari-del-vot" not in history.text and "voted" not in history.text and "ballot" not in history.text
        last = history.json()["items"][-1]
        assert (last["event"], last["from"], last["to"], last["actor"]["kind"]) == ("vote.passed", "scoring", "ranked", "system")
        assert [entry["seq"] for entry in history.json()["items"]] == list(range(1, len(history.json()["items"]) + 1))
        told = until(lambda: [event["data"]["event"] for event in board.get("/api/v1/events", role=role, params={"subject": ref, "limit": 200}).json()["items"]][-1:]
                     == ["vote.passed"])
        assert told
        assert "voted" not in board.get("/api/v1/events", role=role, params={"subject": ref, "limit": 200}).text
    staff = board.get(f"/api/v1/requests/{ref}/history", role=FOURTH).json()["items"]
    cast_ones = [(entry["actor"]["id"], entry["data"]["choice"]) for entry in staff if entry["type"] == "voted"]
    assert cast_ones == [("technician.gov", "no"), ("supervisor", "yes"), ("head.gov", "yes")]


def test_four_eyes__hold_around_a_vote(board):
    """Whoever signed the technical report votes, and still may not sign the economic one when the vote sends it back."""
    ref = scoring(board)
    for role in (CHAIR, SECOND, THIRD):
        cast(board, ref, role, "no")
    assert board.act(ref, "sign_tech", {"tech_opinion": "favourable"}, role=SECOND).status_code == 200
    assert board.act(ref, "sign_econ", {"econ_opinion": "favourable"}, role=SECOND).status_code == 403
    assert board.act(ref, "sign_econ", {"econ_opinion": "favourable"}, role=CHAIR).json()["state"] == "scoring"
    assert ballots(board, ref)[0]["tally"]["no"] == 0, "a new vote begins without ballots"


# ---- at once

def test_two_members_who_vote_at_once__both_vote(board):
    for _ in range(5):
        ref = scoring(board)
        version = board.get(f"/api/v1/requests/{ref}", role="operator").json()["version"]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda role: cast(board, ref, role, "yes", version=version).status_code, (SECOND, THIRD)))
        assert answers == [200, 200]
        assert ballots(board, ref)[0]["tally"]["yes"] == 2


def test_all_members_at_once__decide_once(board):
    for _ in range(5):
        ref = scoring(board)
        version = board.get(f"/api/v1/requests/{ref}", role="operator").json()["version"]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            answers = sorted(pool.map(lambda role: cast(board, ref, role, "yes", version=version).status_code, (CHAIR, SECOND, THIRD)))
        assert answers == [200, 200, 200]
        assert board.get(f"/api/v1/requests/{ref}", role="operator").json()["state"] == "ranked"
        assert board.database.one("SELECT count(*) FROM request_event e JOIN request r ON r.id = e.request_id WHERE r.ref = %s "
                                  "AND e.data ->> 'event' = 'vote.passed'", ref) == 1


def test_the_deciding_ballot_twice__is_one(board):
    ref = scoring(board)
    cast(board, ref, CHAIR, "yes")
    cast(board, ref, SECOND, "yes")
    version, key = board.get(f"/api/v1/requests/{ref}", role="operator").json()["version"], new_key()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: cast(board, ref, THIRD, "no", version=version, key=key), range(2)))
    assert all(answer.status_code == 200 or answer.json()["type"].endswith("idempotency-in-flight") for answer in both)
    again = cast(board, ref, THIRD, "no", version=version, key=key)
    assert again.status_code == 200 and again.headers["Idempotency-Replayed"] == "true"
    other = cast(board, ref, THIRD, "no", version=version)
    assert other.status_code == 412, "what is decided has moved on"
    assert len(ballots(board, ref)[0]["voters"]) == 3


# ---- what if

def test_replay__of_votes_as_they_were_changes_nothing(board):
    """After all that the tests above have done: ties, substitutes, recusals, boards that change."""
    scoring(board)
    report = board.post("/api/v1/workflows:replay", role="supervisor", json={"workflow": "economic_grant"}).json()
    assert report["requests"] > 1 and report["unreplayed"] == 0, report
    assert report["divergent"] == {"requests": 0, "items": []} and report["deadlines"]["items"] == []
