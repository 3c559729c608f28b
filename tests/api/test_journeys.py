"""Whole lives of requests on the product's own procedures: who does what on which day, what a body's secretary reads meanwhile, and what time
does by itself. At the end of each a replay of every event gives the stored bytes."""
import datetime
import time

import pytest
from oamtest.client import TOWN, Api, new_key
from oamtest.clock import MADRID, HandClock, local
from oamtest.waiting import until

# A request of one body has neither the members of a joint request nor the members of a board; their part of the procedures is told elsewhere.
ELSEWHERE = {"economic_grant": ("scoring", "the board's vote: the second half of a grant begins behind it, brought in as decided"),
             "technical_assistance": ("adhesions", "joint requests: test_joint.py")}
GRANT = {"project": "Aules noves", "budget": 500000, "amount_requested": 300000, "tech_opinion": "favourable", "econ_opinion": "favourable"}
LOAN = {"items": "40 cadires", "from": "2026-05-18", "until": "2026-05-29", "place": "La plaça"}


class Life:
    """One request, and the people around it."""

    def __init__(self, api, move):
        self.api, self.move, self.ref = api, move, None

    def at(self, *moment):
        self.move(local(*moment))
        self.api._tokens.clear()  # those of another time are nobody's

    def begin(self, service, role="local_user", **more):
        self.ref = self.api.file(role, service=service, title="Un cas", **more)["ref"]
        return self

    def brought(self, service, state, data):
        item = {"service": service, "body": TOWN, "title": "Un cas", "data": data,
                "import": {"external_ref": f"t-{new_key()}", "state": state, "submitted_at": "2026-03-02T09:00:00Z"}}
        done = self.api.post("/api/v1/requests:batch", role="integration", json={"items": [item]}, headers={"Idempotency-Key": new_key()})
        assert done.json()["items"][0]["status"] == 201, done
        self.ref = done.json()["items"][0]["ref"]
        return self

    def act(self, role, event, data):
        """Who reads, acts, and reads again where a reminder came between."""
        done = self.api.act(self.ref, event, data, role=role)
        while done.status_code == 412:
            done = self.api.act(self.ref, event, data, role=role)
        return done

    def does(self, role, event, then=None, **data):
        done = self.act(role, event, data)
        assert done.status_code == 200, (event, done)
        if then:
            assert done.json()["state"] == then, done
        return done.json()

    def refused(self, role, event, status, **data):
        done = self.act(role, event, data)
        assert done.status_code == status, (event, done)
        return done.json()

    def comes_to(self, state):
        assert until(lambda: self.status()["state"]["key"] == state), self.status()

    def status(self, language="ca"):
        return self.api.get(f"/api/v1/requests/{self.ref}/status?lang={language}", role="local_user").json()

    def due(self):
        due = self.status()["due"]
        return due and (due["clock"], datetime.datetime.fromisoformat(due["at"].replace("Z", "+00:00")).astimezone(MADRID))

    def suspended(self):
        return [one["clock"] for one in self.status()["suspended"]]

    def awaited(self):
        awaiting = self.status()["awaiting"]
        return awaiting and awaiting["role"]

    def last(self):
        """The last step; what it did to the actions comes behind it."""
        return [entry for entry in self.api.whole(f"/api/v1/requests/{self.ref}/history", role="local_user") if entry["event"]][-1]

    def account(self):
        """Of the action that the procedure keeps, as the body sees it: what it is, how it is, and its money in cents."""
        [action] = self.api.get(f"/api/v1/requests/{self.ref}/actions", role="local_user").json()["items"]
        money = {sort: int(amount.replace(".", "")) for sort, amount in action["amounts"].items()}
        return action["kind"], action["state"], {sort: cents for sort, cents in money.items() if cents}

    def data(self):
        return self.api.get(f"/api/v1/requests/{self.ref}", role="local_user").json()["data"]

    def effects(self, *kinds):
        return self.api.server.database.sql("SELECT kind, (payload ->> 'cents')::bigint, undone FROM effect JOIN request r ON r.id = request_id "
                                            "WHERE r.ref = %s AND kind = ANY (%s) ORDER BY effect.id", self.ref, list(kinds))


@pytest.fixture
def life(new_server, contract, tmp_path):
    """A desk of its own whose clock is moved by hand, on Monday 4 May 2026 at ten."""
    clock = HandClock(tmp_path / "clock", local(2026, 5, 4, 10))
    server = new_server(OAM_TEST_CLOCK=str(clock.path))
    yield Life(Api(server, contract), clock.go)
    server.verify()


# ---- enquiries

def test_an_enquiry__waits_for_the_body_while_its_term_stands_still(life):
    life.begin("OAM-GEN")
    assert life.due() == ("resolution", local(2026, 8, 5)), "three months, date to date: the 4th is the last day"
    life.does("agent", "take", "in_progress")
    life.at(2026, 5, 6, 12)
    life.does("agent", "ask", "waiting", question="Quin padró?")
    status = life.status()
    assert (status["phase"], status["state"]["label"], status["awaiting"]["who"]) == ("waiting", "Pendent de l'ens", TOWN)
    assert life.due() == ("reply", local(2026, 5, 21)) and life.suspended() == ["resolution"]
    assert status["due"]["reason"].startswith("Termini per respondre (Llei 39/2015 art. 73.1)")
    life.at(2026, 5, 8, 12)
    life.does("local_user", "answer", "in_progress", answer="El del 2026")
    assert life.due() == ("resolution", local(2026, 8, 7)) and life.suspended() == [], "two days later, as long as it stood still"
    life.does("agent", "resolve", "resolved", resolution="Resolt")
    assert life.due() is None and life.awaited() == "applicant"
    life.does("local_user", "reopen", "in_progress", reason="Falta un any")
    assert life.due()[0] == "resolution"
    life.does("operator", "resolve", "resolved", resolution="Amb tots els anys")
    life.at(2026, 6, 2)
    life.comes_to("closed")
    assert life.status()["outcome"] == "completed" and life.last()["event"] == "tacit_close"


def test_an_enquiry__that_nobody_answers_is_filed_away(life):
    life.begin("OAM-GEN").does("agent", "take")
    life.does("agent", "ask", "waiting", question="Quin padró?")
    life.at(2026, 5, 18, 23, 59)
    time.sleep(0.7)
    assert life.status()["state"]["key"] == "waiting", "the tenth working day is not over"
    life.at(2026, 5, 19)
    life.comes_to("expired")
    status, last = life.status(), life.last()
    assert (status["outcome"], status["progress"], status["due"], status["awaiting"]) == ("expired", 100, None, None)
    assert (last["event"], last["label"], last["actor"]["kind"]) == ("reply_expiry", "S'ha acabat el termini per respondre", "system")


# ---- technical assistance

def assessed(life):
    life.begin("GOV-01").does("agent", "take")
    life.does("agent", "accept", "under_assessment", urgency="normal")
    return life


def granted(life):
    assessed(life).does("technician", "sign_tech", "under_assessment", tech_opinion="favourable", estimated_hours=120)
    life.does("unit_head", "sign_econ", "proposed", econ_opinion="favourable")
    life.does("unit_head", "grant", "granted")
    return life


def test_assistance__is_amended_in_the_midst_of_two_reports_and_goes_on_where_it_was(life):
    assessed(life)
    assert [(part["state"]["key"], part["awaiting"]["role"]) for part in life.status()["parts"]] == [
        ("tech_writing", "technician"), ("econ_writing", "unit_head")]
    life.does("technician", "sign_tech", "under_assessment", tech_opinion="favourable", estimated_hours=120)
    expected = {"ca": ("En valoració", "Informe tècnic signat", "Informe econòmic pendent", "Cap de servei"),
                "es": ("En valoración", "Informe técnico firmado", "Informe económico pendiente", "Jefe/a de servicio"),
                "en": ("Under assessment", "Technical report signed", "Economic report pending", "Head of unit")}
    for language, words in expected.items():
        status = life.status(language)
        assert (status["state"]["label"], *(part["state"]["label"] for part in status["parts"]), status["awaiting"]["label"]) == words
        assert [part["done"] for part in status["parts"]] == [True, False] and status["phase"] == "study"
    before = life.due()
    assert before == ("resolution", local(2026, 8, 5))
    life.at(2026, 5, 11, 9)
    life.does("technician", "require_amendment", "amendment_required", reason="Falten plànols")
    assert life.due() == ("amendment", local(2026, 5, 27)), "ten working days: Monday 25 May is a local holiday of Barcelona"
    assert "25" in life.status()["due"]["reason"] and sorted(life.suspended()) == ["resolution"]
    assert (life.awaited(), life.status()["parts"]) == ("applicant", [])
    life.at(2026, 5, 15, 9)
    life.does("local_user", "amend", "under_assessment", amendment="Plànols")
    assert [part["state"]["key"] for part in life.status()["parts"]] == ["tech_signed", "econ_writing"], "what was signed stays signed"
    assert life.awaited() == "unit_head" and life.due() == ("resolution", local(2026, 8, 11)), "four days later is a Saturday: Monday the 10th"
    life.does("unit_head", "sign_econ", "proposed", econ_opinion="favourable")
    assert life.status()["parts"] == [] and life.last()["label"] == "Signar l'informe econòmic"


def test_assistance__is_signed_by_four_eyes(life):
    """Whoever signed the technical report and heads the unit by now does not sign the other one."""
    assessed(life).does("technician", "sign_tech", tech_opinion="favourable", estimated_hours=120)
    life.api.server.database.sql("UPDATE membership SET role = 'unit_head' WHERE user_id = (SELECT id FROM user_account WHERE login = 'technician.gov')")
    life.api._tokens.clear()
    refused = life.refused("technician", "sign_econ", 403, econ_opinion="favourable")
    assert "Signar l'informe tècnic" in refused["detail"]
    offer = life.api.get(f"/api/v1/requests/{life.ref}/transitions", role="technician").json()["items"]
    told = {item["event"]: (item["allowed"], [reason["code"] for reason in item["reasons"]]) for item in offer}
    assert told["sign_econ"] == (False, ["same_actor"])
    life.does("unit_head", "sign_econ", "proposed", econ_opinion="favourable")
    assert life.refused("technician", "grant", 403)["code"] == "forbidden"
    life.does("unit_head", "grant", "granted")


def test_assistance__is_accepted_by_silence_extended_delivered_and_approved(life):
    granted(life)
    assert life.awaited() == "signer" and life.status()["state"]["label"] == "Concedida, pendent d'acceptació"
    assert life.account() == ("deliverable", "planned", {})
    assert life.refused("local_user", "accept_grant", 403)["code"] == "forbidden"
    life.at(2026, 6, 5, 0, 0)
    life.comes_to("executing")
    assert life.last()["event"] == "tacit_acceptance" and life.due() == ("execution", local(2027, 6, 8)), "the 5th and 6th are a weekend"
    of_state = life.status()["progress"]
    assert of_state > 0, "as far as the procedure is, until somebody measures it"
    [action] = life.api.get(f"/api/v1/requests/{life.ref}/actions", role="local_user").json()["items"]
    milestones = f"/api/v1/requests/{life.ref}/actions/{action['id']}/milestones"
    for key in ("field", "report"):
        added = life.api.post(milestones, role="unit_head", json={"key": key, "title": "Una fita"}, headers={"Idempotency-Key": new_key()})
        assert added.status_code == 201, added
    assert life.status()["progress"] == 0
    life.does("technician", "report_progress", "executing", progress=40)
    refused = life.refused("technician", "report_progress", 422, progress=30)
    assert [(error["pointer"], error["code"], error["detail"]) for error in refused["errors"]] == [("/data", "check_failed", "L'avanç no pot recular")]
    assert life.data()["progress"] == 40
    life.at(2026, 9, 1, 9)
    life.does("unit_head", "extend", "executing", reason="Cal més camp")
    assert life.due() == ("execution", local(2027, 12, 8)), "5 December is a Sunday and the 6th a holiday"
    assert life.status()["due"]["reason"].endswith("6 mesos més, la meitat de 12"), "no article: the office set that term itself"
    offer = {item["event"]: item for item in life.api.get(f"/api/v1/requests/{life.ref}/transitions", role="unit_head").json()["items"]}
    assert [reason["code"] for reason in offer["extend"]["reasons"]] == ["term_extended"]
    assert life.refused("unit_head", "extend", 409, reason="I més")["code"] == "transition_not_offered"
    life.does("technician", "deliver", "delivered", deliverable="Informe")
    assert life.awaited() == "applicant"
    life.does("local_user", "object", "executing", reason="Falta l'annex")
    life.does("technician", "deliver", "delivered", deliverable="Amb annex")
    life.does("signer_a", "approve", "closed")
    assert life.status()["outcome"] == "completed" and life.data()["closing_incident"] == "none" and life.due() is None
    assert life.account() == ("deliverable", "done", {})


def test_assistance__that_nobody_objects_to_is_approved(life):
    granted(life).does("signer_a", "accept_grant", "executing")
    life.does("technician", "deliver", "delivered", deliverable="Informe")
    life.at(2026, 5, 19)
    life.comes_to("closed")
    assert life.last()["event"] == "tacit_approval"


@pytest.mark.parametrize("role, event, data, state, outcome, incident", [
    ("signer_a", "renounce", {}, "renounced", "withdrawn", "renunciation"), ("unit_head", "revoke", {"reason": "No s'ha fet"}, "revoked", "cancelled", "revocation")])
def test_assistance__that_ends_with_an_incident_says_which(life, role, event, data, state, outcome, incident):
    granted(life).does("signer_a", "accept_grant", "executing")
    assert life.refused("local_user", event, 403, **data)
    life.does(role, event, state, **data)
    assert (life.status()["outcome"], life.data()["closing_incident"]) == (outcome, incident)
    assert life.account() == ("deliverable", "cancelled", {})


@pytest.mark.parametrize("role, event, state, outcome", [("agent", "refer", "referred", "referred"), ("operator", "dismiss", "inadmissible", "excluded"),
                                                         ("supervisor", "cancel", "cancelled", "cancelled")])
def test_assistance__that_goes_no_further_says_why(life, role, event, state, outcome):
    life.begin("GOV-01").does("agent", "take", "in_progress")
    assert [error["pointer"] for error in life.refused(role, event, 422)["errors"]] == ["/data/reason"]
    life.does(role, event, state, reason="És d'una altra administració")
    assert life.status()["outcome"] == outcome and life.data()["reason"] == "És d'una altra administració"


def test_assistance__that_is_not_amended_lapses_and_what_is_withdrawn_ends(life):
    life.begin("GOV-01").does("agent", "take")
    life.does("agent", "require_amendment", "amendment_required", reason="Falta la signatura")
    life.at(2026, 5, 19)
    life.comes_to("expired")
    life.begin("GOV-01").does("signer_a", "withdraw", "withdrawn")


# ---- grants

def test_a_grant__comes_to_the_board(life):
    ref = life.api.file("local_user", service="MA-01", submit=False, data={"project": "Aules", "budget": 100, "amount_requested": 101})["ref"]
    life.ref = ref
    refused = life.refused("local_user", "submit", 422)
    assert [(error["pointer"], error["code"], error["detail"]) for error in refused["errors"]] == [
        ("/data", "check_failed", "L'import demanat supera el pressupost")]
    answer = life.api.try_file("local_user", service="MA-01", body=TOWN, title="Ajut", submit=True, data={"project": "Aules", "budget": 1, "amount_requested": 2})
    assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == "check_failed"
    life.does("local_user", "submit", "call_open", budget=500000, amount_requested=300000)
    assert life.awaited() == "unit_head" and life.status()["state"]["label"] == "Presentada, termini obert"
    life.does("unit_head_ma", "close_call", "assigned")
    assert life.due() == ("resolution", local(2026, 11, 5)), "six months"
    life.does("agent", "take", "in_progress")
    life.does("agent", "accept", "reports")
    life.does("technician_ma", "sign_tech", "reports", tech_opinion="favourable")
    life.does("unit_head_ma", "sign_econ", "scoring", econ_opinion="favourable")
    assert (life.awaited(), life.status()["phase"]) == ("board", "decision")


def test_assistance__that_is_late_is_not_given_more_time(life):
    """Art. 32.3: before the term is over, or not at all."""
    granted(life)
    life.does("signer_a", "accept_grant", "executing")
    _, end = life.due()
    life.move(end)
    life.api._tokens.clear()
    refused = life.refused("unit_head", "extend", 409, reason="Massa tard")
    assert "un termini vençut no s'amplia (art. 32.3 Llei 39/2015)" in refused["detail"], refused
    offer = {item["event"]: item for item in life.api.get(f"/api/v1/requests/{life.ref}/transitions", role="unit_head").json()["items"]}
    assert [reason["code"] for reason in offer["extend"]["reasons"]] == ["term_over"]


def awarded(life, amount=200000):
    life.brought("MA-01", "ranked", GRANT)
    refused = life.refused("unit_head_ma", "propose", 422, score=7500, ranking="funded", amount_granted=300001)
    assert refused["errors"][0]["detail"] == "No es pot concedir més del que es demana"
    life.does("unit_head_ma", "propose", "hearing", score=7500, ranking="funded", amount_granted=amount)
    return life


def test_a_grant__is_heard_accepted_justified_reduced_and_paid(life):
    awarded(life)
    assert life.due() == ("allegations", local(2026, 5, 19)) and life.awaited() == "applicant"
    life.does("local_user", "allege", "allegations_review", reason="Falten punts")
    life.does("unit_head_ma", "reject", "proposed", reason="Els criteris són clars")
    life.does("unit_head_ma", "grant", "granted")
    assert until(lambda: life.effects("reserve") == [("reserve", None, False)])
    granted = {"requested": 300000, "granted": 200000, "committed": 200000}
    assert life.account() == ("grant", "planned", granted)
    assert {error["code"] for error in life.refused("signer_a", "accept_grant", 422, amount_granted=300000)["errors"]} == {"not_asked_for"}
    life.at(2026, 6, 5)
    life.comes_to("executing")
    execution = life.due()
    assert life.account() == ("grant", "in_progress", granted), "a step of nobody's moves it too"
    assert {error["pointer"] for error in life.refused("unit_head_ma", "extend", 422, reason="Obres", extension_months=7)["errors"]} == {
        "/data", "/data/extension_months"}
    life.does("unit_head_ma", "extend", "executing", reason="Obres", extension_months=4)
    assert execution == ("execution", local(2027, 6, 8)) and life.due() == ("execution", local(2027, 10, 6))
    life.does("local_user", "finish", "to_justify")
    assert life.due() == ("justification", local(2026, 9, 8)) and life.awaited() == "comptroller"
    assert life.refused("signer_a", "justify", 403, amount_justified=200000, justification="Factures")["code"] == "forbidden"
    life.does("comptroller", "justify", "justified", amount_justified=200000, justification="Factures")
    life.does("unit_head_ma", "deficient", "justification_amendment", reason="Il·legible")
    assert life.due()[0] == "justification_fix" and life.awaited() == "comptroller"
    life.does("comptroller", "justify", "justified", amount_justified=150000, justification="Factures netes")
    offer = {item["event"] for item in life.api.get(f"/api/v1/requests/{life.ref}/transitions", role="unit_head_ma").json()["items"]}
    assert offer == {"reduce", "deficient", "not_conform"}, "less than was granted is justified: it cannot be found right"
    life.does("unit_head_ma", "reduce", "payment")
    assert until(lambda: life.effects("pay") == [("pay", 150000, False)])
    life.does("supervisor", "payment_failed", "payment", reason="Compte erroni")
    closed = life.does("supervisor", "confirm_payment", "closed", payment_reference="T-2026-1")
    assert (closed["data"]["amount_granted"], closed["data"]["amount_paid"], closed["data"]["closing_incident"]) == (150000, 150000, "reduction")
    assert life.status()["outcome"] == "completed"
    sums = {"requested": 300000, "granted": 150000, "committed": 150000, "justified": 150000, "paid": 150000}
    assert life.account() == ("grant", "done", sums) and closed["version"] == life.status()["version"], "the answer is of what came of it"
    [action] = life.api.get(f"/api/v1/requests/{life.ref}/actions", role="local_user").json()["items"]
    entries = life.api.get(f"/api/v1/requests/{life.ref}/actions/{action['id']}/amounts", role="local_user").json()["items"]
    assert sum(entry["reverses"] is not None for entry in entries) == 2, "what was reduced is taken back of what was entered"
    life.api.server.verify()


def advanced(life, advance=100000):
    awarded(life).does("signer_a", "waive", "proposed")
    life.does("unit_head_ma", "grant", "granted")
    life.does("signer_a", "accept_grant", "executing")
    assert life.refused("supervisor", "pay_advance", 422, advance=200000, payment_reference="B-1")["errors"][0]["code"] == "check_failed"
    life.does("supervisor", "pay_advance", "executing", advance=advance, payment_reference="B-1")
    assert life.data()["amount_paid"] == advance
    assert life.account()[2]["advanced"] == advance
    return life


def test_a_grant__that_is_renounced_after_an_advance_is_reimbursed(life):
    advanced(life).does("signer_a", "renounce", "reimbursement")
    assert life.awaited() == "treasury" and life.data()["amount_to_repay"] == 100000
    revoked = life.does("supervisor", "confirm_reimbursement", "revoked", payment_reference="R-1")
    assert (revoked["data"]["amount_paid"], revoked["data"]["closing_incident"]) == (0, "renunciation")
    assert until(lambda: ("claw", 100000, False) in life.effects("pay", "claw"))
    assert [kind for kind, _, _ in life.effects("pay", "claw")].count("claw") == 1, "asked back once"
    assert life.account() == ("grant", "cancelled", {"requested": 300000, "granted": 200000, "committed": 200000, "advanced": 100000, "returned": 100000})


def test_a_grant__of_which_less_is_justified_than_was_advanced_gives_the_rest_back(life):
    advanced(life).does("local_user", "finish", "to_justify")
    life.does("comptroller", "justify", "justified", amount_justified=80000, justification="Factures")
    life.does("unit_head_ma", "reduce", "excess_repayment")
    assert life.data()["amount_to_repay"] == 20000
    closed = life.does("supervisor", "confirm_reimbursement", "closed", payment_reference="R-2")
    assert (closed["data"]["amount_granted"], closed["data"]["amount_paid"]) == (80000, 80000) and life.status()["outcome"] == "completed"
    assert life.account() == ("grant", "done", {
        "requested": 300000, "granted": 80000, "committed": 80000, "advanced": 100000, "justified": 80000, "returned": 20000})


def test_a_grant__that_is_never_justified_is_revoked(life):
    awarded(life).does("signer_a", "waive", "proposed")
    life.does("unit_head_ma", "grant", "granted")
    life.does("signer_a", "accept_grant", "executing")
    life.does("local_user", "finish", "to_justify")
    life.at(2026, 8, 5)
    life.comes_to("justification_amendment")
    life.at(2026, 9, 1)
    life.comes_to("revoked")
    assert (life.status()["outcome"], life.data()["closing_incident"], life.last()["event"]) == ("cancelled", "revocation", "fix_expiry")


def test_a_grant__that_was_paid_by_hand_already_is_not_paid_twice(life):
    """The ledger has the last word, and then the whole step was not: nor its event, nor what it sends."""
    awarded(life).does("signer_a", "waive", "proposed")
    life.does("unit_head_ma", "grant", "granted")
    life.does("signer_a", "accept_grant", "executing")
    [action] = life.api.get(f"/api/v1/requests/{life.ref}/actions", role="local_user").json()["items"]
    by_hand = life.api.post(f"/api/v1/requests/{life.ref}/actions/{action['id']}/amounts", role="supervisor", headers={"Idempotency-Key": new_key()},
                            json={"kind": "paid", "amount": "1500.00", "reference": "M-1"})
    assert by_hand.status_code == 201, by_hand
    before = life.status()
    refused = life.refused("supervisor", "pay_advance", 422, advance=100000, payment_reference="B-1")
    assert [(error["pointer"], error["code"]) for error in refused["errors"]] == [("/data", "paid_over_committed")]
    assert life.status() == before and "amount_paid" not in life.data() and not life.effects("pay")
    life.does("supervisor", "pay_advance", "executing", advance=50000, payment_reference="B-2")
    assert life.account()[2] == {"requested": 300000, "granted": 200000, "committed": 200000, "advanced": 50000, "paid": 150000}


def test_a_grant__that_time_would_end_with_money_out_waits_for_somebody(life):
    awarded(life).does("signer_a", "waive", "proposed")
    life.does("unit_head_ma", "grant", "granted")
    life.does("signer_a", "accept_grant", "executing")
    [action] = life.api.get(f"/api/v1/requests/{life.ref}/actions", role="local_user").json()["items"]
    life.api.post(f"/api/v1/requests/{life.ref}/actions/{action['id']}/amounts", role="supervisor", headers={"Idempotency-Key": new_key()},
                  json={"kind": "paid", "amount": "1500.00", "reference": "M-1"})
    life.does("local_user", "finish", "to_justify")
    life.at(2026, 8, 5)
    life.comes_to("justification_amendment")
    life.at(2026, 9, 1)
    assert until(lambda: life.api.server.database.one("SELECT count(*) FROM incident WHERE state = 'open'") == 1)
    assert life.status()["state"]["key"] == "justification_amendment" and life.account()[1] == "in_progress"


# ---- loans

def test_a_loan__is_held_lent_extended_overdue_and_returned(life):
    life.begin("MA-05", data=LOAN).does("agent", "take", "in_progress")
    life.does("agent", "accept", "holding")
    assert until(lambda: life.effects("reserve") == [("reserve", None, False)])
    life.at(2026, 5, 6, 13)
    life.comes_to("waiting_list")
    assert life.suspended() == ["resolution"], "fourteen office hours without a word: it waits for the stock"
    refused = life.refused("local_user", "change_dates", 422, **{"from": "2026-05-30", "until": "2026-05-29"})
    assert refused["errors"][0]["detail"] == "La data final és anterior a la inicial"
    life.does("local_user", "change_dates", "holding", **{"from": "2026-05-19", "until": "2026-05-29"})
    life.does("technician_ma", "stock_held", "under_review")
    life.does("technician_ma", "counter_offer", "offer", items="30 cadires")
    life.does("local_user", "accept_offer", "under_review")
    life.does("unit_head_ma", "grant", "granted")
    life.does("technician_ma", "hand_over", "executing", delivery_note="A-7")
    assert life.status()["state"]["label"] == "En préstec" and life.refused("local_user", "ask_extension", 403)
    life.does("signer_a", "ask_extension", "extension_asked")
    life.at(2026, 5, 11)
    life.comes_to("executing")
    life.does("signer_a", "ask_extension", "extension_asked")
    life.does("technician_ma", "grant_extension", "executing", until="2026-06-03")
    assert life.data()["extensions"] == 1 and life.data()["until"] == "2026-06-03"
    assert life.account() == ("material_loan", "in_progress", {})
    life.at(2026, 6, 3)
    life.comes_to("overdue")
    assert life.due()[0] == "return" and life.awaited() == "applicant"
    life.does("technician_ma", "give_back", "inspection", returned_all=True)
    closed = life.does("technician_ma", "all_good", "closed")
    assert closed["data"]["damage"] == 0 and life.status()["outcome"] == "completed"
    assert until(lambda: [kind for kind, _, _ in life.effects("release")].count("release") >= 1)


def test_a_loan__that_comes_back_damaged_is_claimed(life):
    life.begin("MA-05", data=LOAN).does("agent", "take")
    life.does("agent", "accept", "holding")
    life.does("technician_ma", "stock_held", "under_review")
    life.does("technician_ma", "grant", "granted")
    life.does("technician_ma", "hand_over", "executing", delivery_note="A-7")
    life.does("technician_ma", "give_back", "inspection", returned_all=False)
    offer = {item["event"] for item in life.api.get(f"/api/v1/requests/{life.ref}/transitions", role="technician_ma").json()["items"]}
    assert offer == {"damaged"}, "what is not all there is not all good"
    life.does("technician_ma", "damaged", "claim_notified", damage=15000)
    assert life.awaited() == "signer"
    life.at(2026, 5, 19)
    life.comes_to("ruling")
    life.does("unit_head_ma", "uphold_claim", "closed", damage=12000)
    assert until(lambda: life.effects("claw") == [("claw", 12000, False)])


def test_a_loan__that_is_withdrawn_gives_the_stock_back(life):
    life.begin("MA-05", data=LOAN).does("agent", "take")
    life.does("agent", "accept", "holding")
    assert until(lambda: life.effects("reserve") == [("reserve", None, False)])
    life.does("local_user", "withdraw", "withdrawn")
    assert until(lambda: life.effects("reserve", "release") == [("reserve", None, True), ("release", None, False)])


# ---- incidents

def test_an_incident__that_is_an_emergency_takes_the_fast_lane_and_may_come_back(life):
    life.begin("OAM-INC", data={"priority": "emergency"})
    assert (life.status()["state"]["label"], life.awaited()) == ("Emergència", "agent")
    assert life.due() == ("first_reply", local(2026, 5, 4, 14)), "four office hours"
    life.does("supervisor", "take", "in_progress")
    assert life.due() == ("resolution", local(2026, 5, 11, 10)), "thirty-five office hours, seven a day, from ten on Monday"
    life.does("agent", "hand_to_third_party", "third_party_pending", third_party="La companyia")
    assert life.suspended() == ["resolution"] and life.due() is None
    life.at(2026, 5, 7, 10)
    life.does("agent", "third_party_done", "in_progress")
    life.does("agent", "resolve", "resolved", resolution="Canviat")
    life.does("local_user", "reopen", "in_progress", reason="Torna a fallar")
    life.does("agent", "resolve", "resolved", resolution="Ara sí")
    life.does("local_user", "close", "closed")
    assert life.status()["outcome"] == "completed"


def test_an_incident__is_escalated_wherever_it_is(life):
    life.begin("OAM-INC").does("agent", "take", "in_progress")
    version = life.status()["version"]
    after = life.does("operator", "escalate", "in_progress", reason="Sense aigua")
    assert after["data"]["priority"] == "emergency" and after["version"] == version + 1
    assert until(lambda: ("supervisor",) in life.api.server.database.sql("SELECT DISTINCT role FROM notification"))
