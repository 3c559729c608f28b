"""The desk as ./oam up leaves it: a grant is walked from its filing to its end by the people of the credentials file, and nobody else."""

DOCUMENTED = ["local_user", "signer", "comptroller", "operator", "agent", "technician", "unit_head", "supervisor", "admin", "integration"]


def test_credentials__documented_roles_come_first_and_once(server):
    roles = [entry["role"] for entry in server.credentials]
    assert [role for role in dict.fromkeys(roles) if role in DOCUMENTED] == DOCUMENTED
    assert [role for role in roles if roles.count(role) > 1] == ["agent", "agent"], "one for each of the two towns"
    extra = {entry["role"]: entry for entry in server.credentials if entry["role"] not in DOCUMENTED}
    assert roles[-len(extra):] == list(extra) == ["signer_aguilar", "technician_ma", "unit_head_ma"]
    assert [(entry["acts_as"], entry.get("body"), entry.get("unit")) for entry in extra.values()] == [
        ("signer", "0800230008", None), ("technician", None, "ma"), ("unit_head", None, "ma")]


def test_a_grant__is_walked_to_its_end_by_the_people_of_the_demonstration(oamctl):
    filed = oamctl("file", "--service", "MA-01", "--title", "Recollida selectiva al mercat", "--json", role="local_user", stdin="",
                   *sum((["--data", pair] for pair in ("project=Contenidors", "budget=500000", "amount_requested=300000")), [])).json
    ref = filed["ref"]
    assert filed["state"] == "call_open"

    def does(role, event, then, **data):
        sent = sum((["--data", f"{name}={value}"] for name, value in data.items()), [])
        done = oamctl("do", ref, event, *sent, "--json", role=role).json
        assert done["state"] == then, (event, done)

    does("unit_head_ma", "close_call", "assigned")
    does("agent", "take", "in_progress")
    does("agent", "accept", "reports")
    does("technician_ma", "sign_tech", "reports", tech_opinion="favourable")
    does("unit_head_ma", "sign_econ", "scoring", econ_opinion="favourable")
    for role in ("unit_head_ma", "technician_ma", "supervisor"):
        oamctl("do", ref, "ballot", "--choice", "yes", role=role)
    assert oamctl("status", ref, "--json", role="local_user").json[0]["state"]["key"] == "ranked"
    does("unit_head_ma", "propose", "hearing", score=7500, ranking="funded", amount_granted=200000)
    does("signer_aguilar", "waive", "proposed")
    does("unit_head_ma", "grant", "granted")
    does("signer_aguilar", "accept_grant", "executing")
    does("local_user", "finish", "to_justify")
    does("comptroller", "justify", "justified", amount_justified=200000, justification="Factures")
    does("unit_head_ma", "conform", "payment")
    does("supervisor", "confirm_payment", "closed", payment_reference="T-2026-1")
    status = oamctl("status", ref, "--json", role="local_user").json[0]
    assert (status["outcome"], status["progress"], status["awaiting"]) == ("completed", 100, None)
    assert oamctl("show", ref, "--json", role="local_user").json["data"]["amount_paid"] == 200000
    # Whoever is of the other town cannot even see it.
    assert oamctl("show", ref, role="signer", expect=3).code == 3
