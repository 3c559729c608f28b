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


def reports(oamctl, ref):
    """Two reports go on side by side, and each is told with whose it is, in the reader's language."""
    for language, title, done, signed, pending, head in (
            ("ca", "El que va alhora", "Fet", "Informe tècnic signat", "Informe econòmic pendent", "Cap de servei"),
            ("es", "Lo que va a la vez", "Hecho", "Informe técnico firmado", "Informe económico pendiente", "Jefe/a de servicio"),
            ("en", "What goes on side by side", "Done", "Technical report signed", "Economic report pending", "Head of unit")):
        for command in ("status", "show"):
            told = oamctl.on_terminal("--lang", language, command, ref, role="local_user", columns=160).out
            behind = told[told.index(title):]
            assert all(word in behind for word in (done, signed, pending, head)), told
    parts = oamctl("show", ref, "--json", role="local_user").json["parts"]
    assert [(part["state"]["key"], part["done"]) for part in parts] == [("tech_signed", True), ("econ_writing", False)]
    assert oamctl("status", ref, "--json=parts", role="local_user").json == [{"parts": parts}]


def votes(oamctl, ref, cast):
    """The desk reads who has voted what; the town reads of no vote at all."""
    order = ["unit_head_ma", "technician_ma", "supervisor"]
    number = order.index(cast)
    (vote,) = oamctl("status", ref, "--json", role="operator").json[0]["votes"]
    assert vote["open"] is True and vote["quorum"] == 3 and [voter["login"] for voter in vote["voters"]] == ["head.ma", "technician.ma", "supervisor"]
    assert [voter["ballot"] and voter["ballot"]["choice"] for voter in vote["voters"]] == ["yes", "abstain", None][:number] + [None] * (3 - number)
    assert oamctl("show", ref, "--json=votes", role="operator").json == {"votes": [vote]}
    for language, title, abstains, majority in (("ca", "Votacions", "abstenció", "majoria"), ("es", "Votaciones", "abstención", "mayoría"), ("en", "Votes", "abstains", "majority")):
        told = oamctl.on_terminal("--lang", language, "show", ref, role="operator", columns=200).out
        assert title in told and majority in told and "head.ma" in told and (abstains in told) == (number == 2), told
        assert title not in oamctl.on_terminal("--lang", language, "show", ref, role="local_user", columns=200).out
    assert "votes" not in oamctl("show", ref, "--json", role="local_user").json


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
    reports(oamctl, ref)
    does("unit_head_ma", "sign_econ", "scoring", econ_opinion="favourable")
    for role, choice in (("unit_head_ma", "yes"), ("technician_ma", "abstain"), ("supervisor", "yes")):
        votes(oamctl, ref, cast=role)
        oamctl("do", ref, "ballot", "--choice", choice, role=role)
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
