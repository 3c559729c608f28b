"""A procedure's clocks and timers in the product: moments counted on the calendar of the places, pauses that move them, what follows
from them, and a replay of all of it that gives the same bytes."""
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


def test_draft__expires_after_ninety_days(office):
    ref = filed(office, submit=False)
    assert timers(office) == {"draft_expiry": local(2026, 8, 4)} # 2 August is a Sunday: the last day is the Monday after it
    office.at(local(2026, 8, 3, 23, 59))
    time.sleep(0.7)
    assert state(office, ref) == "draft"
    office.at(local(2026, 8, 4, 0, 0))
    assert until(lambda: state(office, ref) == "cancelled")
    assert timers(office) == {}


def test_clock__counts_working_days_of_both_places_and_says_why(office):
    filed(office)
    due_at, due = office.database.sql("SELECT due_at, due FROM request")[0]
    # Ten working days from the day after 4 May: the 18th; from 11 May with the holiday of the seat, one more.
    assert due_at.astimezone(MADRID) == local(2026, 5, 19)
    assert due["clock"] == "answer" and due["legal"] is True and due["law"] == "39/2015 21"
    office.at(local(2026, 5, 11, 9))
    other = filed(office)
    due_at, due = office.database.sql("SELECT due_at, due FROM request WHERE ref = %s", other)[0]
    assert due_at.astimezone(MADRID) == local(2026, 5, 27) and "Barcelona" in due["why"]["en"], due
    bodies = office.database.one("SELECT bodies FROM request_clock c JOIN request r ON r.id = c.request_id WHERE ref = %s", other)
    assert office.database.one("SELECT array_agg(code ORDER BY code) FROM body WHERE id = ANY (%s)", bodies) == [TOWN, "0801930008"]


def test_clock__stands_still_while_the_town_is_asked(office):
    ref = filed(office)
    before = timers(office)
    assert before["late"] == local(2026, 5, 19) and before["half"].hour == 8, before
    office.at(local(2026, 5, 6, 12))
    act(office, ref, "ask", question="Quin carrer?")
    assert set(timers(office)) == {"silence"} and timers(office)["silence"] == local(2026, 5, 12)
    assert office.database.one("SELECT count(*) FROM request_clock") == 0
    assert office.database.one("SELECT due_at FROM request") is None
    office.at(local(2026, 5, 8, 12))
    act(office, ref, "answer", "local_user", answer="El Major")
    after = timers(office)
    assert after["late"] == local(2026, 5, 21), "two working days later"
    assert office.database.one("SELECT min(generation) FROM request_timer") > 1
    office.at(local(2026, 5, 20, 23, 0))
    assert until(lambda: office.database.one("SELECT data ->> 'reminders' FROM request") == "1"), "half of the time, in office hours"
    office.at(local(2026, 5, 21))
    assert until(lambda: state(office, ref) == "expired")


def test_silence__withdraws_and_takes_back_what_was_reserved(office):
    ref = filed(office)
    assert until(lambda: office.database.sql("SELECT kind, undone FROM effect") == [("reserve", False)])
    act(office, ref, "ask", question="Quin carrer?")
    assert until(lambda: ("applicant", False) in office.database.sql("SELECT role, internal FROM notification"))
    office.at(local(2026, 5, 8))
    assert until(lambda: state(office, ref) == "withdrawn")
    assert until(lambda: office.database.sql("SELECT kind, undone, payload ->> 'what' FROM effect ORDER BY id") == [
        ("reserve", True, "room"), ("release", False, "room")])


def test_date__is_a_day_here(office):
    ref = filed(office)
    act(office, ref, "ask", question="Quan?")
    act(office, ref, "agree_visit", "local_user", visit="2026-05-07")
    assert timers(office)["visit_day"] == local(2026, 5, 7)
    office.at(local(2026, 5, 7))
    assert until(lambda: state(office, ref) == "working")
    event = office.database.sql("SELECT data FROM request_event ORDER BY seq DESC LIMIT 1")[0][0]
    assert event["event"] == "visit_day" and event["timer"]["id"] == "visit_day"


def test_cancelled__in_time_nothing_fires(office):
    ref = filed(office)
    act(office, ref, "resolve")
    assert timers(office) == {}
    office.at(local(2026, 7, 1))
    time.sleep(0.7)
    assert state(office, ref) == "closed" and office.database.one("SELECT count(*) FROM notification") == 0
    assert until(lambda: office.database.one("SELECT count(*) FROM effect WHERE kind = 'document'") == 1)
