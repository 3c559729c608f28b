"""`oamd check-config` says before the start what serve would say at it."""
import pytest

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
