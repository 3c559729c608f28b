"""A desk whose clock is moved by hand, with the procedure of oamtest.procedure, and what one asks of it."""
import pytest

from oamtest.client import TOWN, Api, new_key
from oamtest.clock import MADRID, HandClock, local
from oamtest.procedure import publish
from oamtest.waiting import until


@pytest.fixture
def office(new_server, contract, tmp_path):
    """A server whose clock is moved by hand, with the procedure of oamtest.procedure: office.at(moment) goes there."""
    clock = HandClock(tmp_path / "clock", local(2026, 5, 4, 10))
    server = new_server(OAM_TEST_CLOCK=str(clock.path))
    api = Api(server, contract)

    def move(moment):
        clock.go(moment)
        api._tokens.clear() # those of another time are nobody's

    api.at, api.database = move, server.database
    publish(server.database)
    # The holidays of these weeks, whatever the seed knows of them.
    server.database.sql("DELETE FROM holiday WHERE day BETWEEN '2026-05-01' AND '2026-07-31'")
    server.database.sql("INSERT INTO holiday (day, scope, body_id, name_ca, status, source) SELECT '2026-05-25', 'local', id, 'Segona Pasqua', "
                        "'official', 'test' FROM body WHERE code = '0801930008'")
    assert until(lambda: api.get("/api/v1/workflows/general_enquiry", role="operator").json()["version"] == 90)
    yield api
    server.verify()


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
