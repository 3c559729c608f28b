"""`oamd check-config` says before the start what serve would say at it."""
import pytest

from oamtest.client import Api
from oamtest.database import oamd

URL = "postgresql://nobody@localhost/none"


def check(**environment):
    return oamd("check-config", environment={"OAM_DATABASE_URL": URL, **environment}, check=False)


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(bytes(range(48)))
    path.chmod(0o600)
    return path


def test_check_config__is_content_with_a_good_secret(secret):
    done = check(OAM_SECRET_FILE=str(secret))
    assert done.returncode == 0, done.stderr


def test_check_config__misses_a_secret_that_is_not_there(tmp_path):
    done = check(OAM_SECRET_FILE=str(tmp_path / "none"))
    assert done.returncode == 78 and "cannot read" in done.stderr


def test_check_config__refuses_a_secret_that_others_can_read(secret):
    secret.chmod(0o644)
    done = check(OAM_SECRET_FILE=str(secret))
    assert done.returncode == 78 and "chmod 600" in done.stderr


def test_check_config__takes_a_credential_of_the_service_manager_as_it_comes(secret):
    secret.chmod(0o440)
    done = check(OAM_SECRET_FILE=str(secret), CREDENTIALS_DIRECTORY=str(secret.parent))
    assert done.returncode == 0, done.stderr


def test_check_config__refuses_a_short_secret(secret):
    secret.write_bytes(b"short")
    done = check(OAM_SECRET_FILE=str(secret))
    assert done.returncode == 78 and "at least 32" in done.stderr


def test_check_config__tells_every_wrong_setting_at_once(secret):
    done = check(OAM_SECRET_FILE=str(secret), OAM_PORT="99999", OAM_DB_THREADS="many", OAM_TYPO="1")
    assert done.returncode == 78
    assert all(name in done.stderr for name in ("OAM_PORT", "OAM_DB_THREADS", "OAM_TYPO"))


def test_a_free_port__is_the_one_that_everything_names(new_server, contract):
    """The issuer of its tokens, its links and what a browser's Origin is compared with: one URL, known once it listens."""
    server = new_server()
    server.stop()
    begin = server.log_path.stat().st_size
    server.settings["OAM_PORT"] = "0"
    server.start(wait=False)
    server.port = server.wait_for("started", begin)["port"]
    assert server.port not in (0, 8080)
    api = Api(server, contract)
    assert api.get("/.well-known/oauth-authorization-server", role=None).json()["issuer"] == server.url
    assert api.get("/api/v1/me", role="integration").status_code == 200
    anchors = [entry["anchor"] for entry in api.get("/.well-known/api-catalog", role=None).json()["linkset"]]
    assert anchors and all(anchor.startswith(server.url + "/") for anchor in anchors)
    logged_in = api.post("/api/v1/session", role=None, json={"login": "operator", "password": api.secret("operator")})
    cookie = logged_in.headers["Set-Cookie"].split(";")[0]
    for origin, status in ((f"http://127.0.0.1:{server.port + 1}", 403), (server.url, 204)):
        assert api.delete("/api/v1/session", role=None, headers={"Cookie": cookie, "Origin": origin}).status_code == status
