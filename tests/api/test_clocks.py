"""A procedure's clocks and timers in the product: moments counted on the calendar of the places, pauses that move them, what follows
from them, and a replay of all of it that gives the same bytes."""
import time

from oamtest.client import TOWN
from oamtest.office import MADRID, act, filed, local, office, state, timers, until  # noqa: F401 (office is a fixture)


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
