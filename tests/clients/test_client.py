"""client: a system is let in, uses what it was given, changes its secret, and is out."""
import pytest

TOWN = "0800230008"
NUMBERS = iter(range(1000))


@pytest.fixture
def made(oamctl):
    own = f"gestor-{next(NUMBERS)}"
    done = oamctl("client", "add", own, "Gestor", "requests:read", "directory:read", "--body", TOWN, "--json", role="admin")
    assert "only now" in done.err
    return done.json


def come_in(oamctl, tmp_path, client, secret, expect=0):
    own = {"XDG_CONFIG_HOME": str(tmp_path), "OAM_CREDENTIALS": None}
    oamctl("login", "--client-id", client, "--secret-file", "-", stdin=secret, environment=own, expect=expect)
    return own


def test_a_client__is_let_in_for_the_bodies_and_scopes_that_are_said(oamctl, tmp_path, made):
    own = come_in(oamctl, tmp_path, made["client_id"], made["client_secret"])
    assert oamctl("whoami", "--json=client_id,bodies,scopes", environment=own).json == {
        "client_id": made["client_id"], "bodies": [TOWN], "scopes": ["requests:read", "directory:read"]}
    listed = oamctl("client", "list", "--all", "--json", role="admin").json
    assert made["client_id"] in [one["client_id"] for one in listed]
    shown = oamctl("client", "show", made["client_id"], role="admin").out
    assert "What was done to it" in shown and "created" in shown and made["client_secret"] not in shown
    everybody = oamctl("client", "set", made["client_id"], "--data", "all_bodies:=true", "--data", "name=Gestor nou", "--json", role="admin").json
    assert (everybody["all_bodies"], everybody["name"], everybody["bodies"]) == (True, "Gestor nou", [TOWN])
    assert oamctl("client", "set", made["client_id"], "--body", "", "--json", role="admin").json["bodies"] == []


def test_a_secret__is_changed_over_and_ends(oamctl, tmp_path, made):
    own = made["client_id"]
    second = oamctl("client", "rotate", own, "1", "--json", role="admin").json
    for secret in (made["client_secret"], second["client_secret"]):
        come_in(oamctl, tmp_path, own, secret)
    third = oamctl("client", "rotate", own, "0", "--json", role="admin")
    assert third.json["previous_until"] is None and "only now" in third.err
    come_in(oamctl, tmp_path, own, second["client_secret"], expect=4)
    assert "168" in oamctl("client", "rotate", own, "169", role="admin", expect=2).err
    assert oamctl("client", "rotate", own, "--dry-run", "--json", role="admin").json == {"overlap_hours": 24}
    come_in(oamctl, tmp_path, own, third.json["client_secret"])


def test_who_is_out__is_out(oamctl, tmp_path, made):
    own = come_in(oamctl, tmp_path, made["client_id"], made["client_secret"])
    assert oamctl("client", "disable", made["client_id"], "--json", role="admin").json["state"] == "disabled"
    oamctl("whoami", environment=own, expect=4)
    assert oamctl("client", "enable", made["client_id"], "--json", role="admin").json["state"] == "active"
    oamctl("whoami", environment=own)
    assert "for good" in oamctl("client", "revoke", made["client_id"], role="admin").err
    oamctl("whoami", environment=own, expect=4)
    oamctl("client", "enable", made["client_id"], role="admin", expect=5)
    oamctl("client", "list", role="supervisor", expect=4)
