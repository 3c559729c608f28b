"""A desk whose clock is moved by hand, with the procedure of oamtest.procedure, and what one asks of it."""
import datetime
import os
import time
import zoneinfo

import pytest

from oamtest.client import TOWN, Api, new_key
from oamtest.database import oamd
from oamtest.procedure import publish

MADRID = zoneinfo.ZoneInfo("Europe/Madrid")


def until(condition, seconds=10, every=0.02):
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(every)


def local(year, month, day, hour=0, minute=0):
    return datetime.datetime(year, month, day, hour, minute, tzinfo=MADRID)


@pytest.fixture
def office(new_server, contract, tmp_path):
    """A server whose clock is moved by hand, with the procedure of oamtest.procedure: office.at(moment) goes there."""
    clock = tmp_path / "clock"

    def move(moment):
        new = tmp_path / "new"
        new.write_text(str(int(moment.timestamp() * 1e6)))
        os.replace(new, clock)
        for api in made:
            api._tokens.clear() # those of another time are nobody's

    made = []
    move(local(2026, 5, 4, 10))
    server = new_server(OAM_TEST_CLOCK=str(clock))
    made.append(Api(server, contract))
    api = made[0]
    api.at, api.database = move, server.database
    publish(server.database)
    # The holidays of these weeks, whatever the seed knows of them.
    server.database.sql("DELETE FROM holiday WHERE day BETWEEN '2026-05-01' AND '2026-07-31'")
    server.database.sql("INSERT INTO holiday (day, scope, body_id, name_ca, status, source) SELECT '2026-05-25', 'local', id, 'Segona Pasqua', "
                        "'official', 'test' FROM body WHERE code = '0801930008'")
    assert until(lambda: api.get("/api/v1/workflows/general_enquiry", role="operator").json()["version"] == 90)
    yield api
    verified = oamd("verify", environment={"OAM_DATABASE_URL": server.database.url, "OAM_SECRET_FILE": str(server.template.secret)})
    assert " 0 faults of state, 0 faults of chain" in verified.stdout, verified.stdout


def filed(office, submit=True):
    made = office.post("/api/v1/requests", role="local_user", headers={"Idempotency-Key": new_key()},
                       json={"service": "OAM-GEN", "body": TOWN, "title": "Consulta amb terminis", "submit": submit})
    assert made.status_code == 201, made
    return made.json()["ref"]


def timers(office):
    return {name: due.astimezone(MADRID) for name, due in office.database.sql("SELECT timer, due FROM request_timer")}


def state(office, ref):
    return office.database.one("SELECT state FROM request WHERE ref = %s", ref)


def act(office, ref, event, role="agent", **data):
    done = office.act(ref, event, data, role=role)
    assert done.status_code == 200, done
    return done
