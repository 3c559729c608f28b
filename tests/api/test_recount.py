"""Holidays that are published late or corrected: exactly the terms that they touch are counted anew, each once, with its timers and its
why; what has fired stays; a replay counts by the holidays of each moment."""
import time

import pytest
from oamtest.client import TOWN
from oamtest.database import oamd
from oamtest.office import MADRID, act, filed, local, office, state, timers, until  # noqa: F401 (office is a fixture)
from oamtest.waiting import eventually

BARCELONA, OTHER_TOWN = "0801930008", "0811150006"


def add(office, day, place=TOWN, name="Festa nova"):
    office.database.sql("INSERT INTO holiday (day, scope, body_id, name_ca, status, source) SELECT %s, %s, (SELECT id FROM body WHERE code = %s), "
                        "%s, 'official', 'test'", day, "local" if place else "catalunya", place, name)


def remove(office, day, place=TOWN):
    office.database.sql("DELETE FROM holiday WHERE day = %s AND body_id = (SELECT id FROM body WHERE code = %s)", day, place)


def settled(office):
    """Nothing waits to be counted anew, by whatever revision."""
    eventually(lambda: office.database.one("SELECT count(*) FROM clock_recount") == 0)


def recounts(office, ref=None):
    return [row[0] for row in office.database.sql(
        "SELECT e.data FROM request_event e JOIN request r ON r.id = e.request_id WHERE type = 'request.clock_recomputed' "
        "AND coalesce(r.ref = %s, true) ORDER BY e.id", ref)]


def due(office, ref):
    return office.database.one("SELECT due_at FROM request WHERE ref = %s", ref).astimezone(MADRID)


def test_late_holiday__moves_the_term_its_timers_and_says_why(office):
    ref = filed(office)
    before, version = timers(office), office.get(f"/api/v1/requests/{ref}", role="operator").json()["version"]
    assert due(office, ref) == before["late"] == local(2026, 5, 19)
    add(office, "2026-05-08", name="Fira")
    assert until(lambda: due(office, ref) == local(2026, 5, 20))
    settled(office)
    after = timers(office)
    assert after["late"] == local(2026, 5, 20) and after["half"] == local(2026, 5, 13, 8) > before["half"]
    event, = recounts(office, ref)
    clock, = event["clocks"]
    town = office.database.one("SELECT name FROM body WHERE code = %s", TOWN)
    assert clock["why"]["en"] == f"not 18 May but 19 May: 8 May is a local holiday in {town} (Fira)"
    assert clock["why"]["ca"] == f"no el 18 de maig sinó el 19 de maig: el 8 de maig és festa local a {town} (Fira)"
    assert clock["why"]["es"] == f"no el 18 de mayo sino el 19 de mayo: el 8 de mayo es fiesta local en {town} (Fira)"
    assert (clock["clock"], clock["from"], clock["to"]) == ("answer", "2026-05-18T22:00:00.000Z", "2026-05-19T22:00:00.000Z")
    assert {moved["timer"] for moved in event["timers"]} == {"half", "late"}
    seq, told = office.database.sql("SELECT seq, version FROM request WHERE ref = %s", ref)[0]
    assert told == version + 1, "who reads its status sees another date: the version moves"
    assert set(office.database.sql("SELECT generation FROM request_timer")) == {(seq,)}


def test_correction__a_holiday_less_ends_earlier(office):
    office.at(local(2026, 5, 14, 10))
    ref = filed(office)
    assert due(office, ref) == local(2026, 5, 30), "the example of art. 30.6: 29 May, since 25 May is Barcelona's"
    remove(office, "2026-05-25", BARCELONA)
    assert until(lambda: due(office, ref) == local(2026, 5, 29))
    settled(office)
    clock, = recounts(office, ref)[0]["clocks"]
    assert clock["why"]["en"] == "not 29 May but 28 May: 25 May is not a local holiday in Barcelona (Segona Pasqua)"


def test_status__says_by_when_and_why_in_three_languages(office):
    office.at(local(2026, 5, 14, 10))
    ref = filed(office)
    path = f"/api/v1/requests/{ref}/status"
    reasons = {"en": "Resposta (39/2015 21): not 28 May but 29 May: 25 May is a local holiday in Barcelona (Segona Pasqua)",
               "ca": "Resposta (39/2015 21): no el 28 de maig sinó el 29 de maig: el 25 de maig és festa local a Barcelona (Segona Pasqua)",
               "es": "Resposta (39/2015 21): no el 28 de mayo sino el 29 de mayo: el 25 de mayo es fiesta local en Barcelona (Segona Pasqua)"}
    for language, reason in reasons.items():
        status = office.get(path, role="local_user", params={"lang": language}).json()
        assert status["due"] == {"at": "2026-05-29T22:00:00.000Z", "reason": reason, "clock": "answer", "label": "Resposta", "legal": True,
                                 "law": "39/2015 21", "extended": None}
        assert status["suspended"] == []
    seen = office.get(path, role="local_user").etag
    remove(office, "2026-05-25", BARCELONA)
    eventually(lambda: office.get(path, role="local_user", headers={"If-None-Match": seen}).status_code == 200)
    assert office.get(path, role="local_user").json()["due"]["reason"] == "Resposta (39/2015 21)", "nothing moves it any more"
    entry = office.get(f"/api/v1/requests/{ref}/history", role="local_user", params={"lang": "en"}).json()["items"][-1]
    assert entry["type"] == "clock_recomputed" and entry["actor"]["kind"] == "system"
    assert entry["comment"] == "not 29 May but 28 May: 25 May is not a local holiday in Barcelona (Segona Pasqua)"
    told = office.post("/api/v1/status:query", role="local_user", json={"refs": [ref]}).json()["items"][0]
    assert told["due"]["at"] == "2026-05-28T22:00:00.000Z"


def test_status__says_what_stands_still_since_when_and_why(office):
    ref = filed(office)
    office.at(local(2026, 5, 6, 12))
    act(office, ref, "ask", question="Quin carrer?")
    for status in (office.get(f"/api/v1/requests/{ref}/status", role="local_user", params={"lang": "en"}).json(),
                   office.post("/api/v1/status:query", role="agent", json={"refs": [ref]}, params={"lang": "en"}).json()["items"][0]):
        assert status["due"] is None
        assert status["suspended"] == [{"clock": "answer", "label": "Resposta", "since": "2026-05-06T10:00:00.000Z",
                                        "state": {"key": "waiting", "label": "Pendent"}}]
    act(office, ref, "answer", "local_user", answer="El Major")
    assert office.get(f"/api/v1/requests/{ref}/status", role="local_user").json()["suspended"] == []


def test_moved_holiday__is_one_correction(office):
    """From the 25th to the 26th in one statement: no term that has both days in it notices, none is touched twice."""
    office.at(local(2026, 5, 14, 10))
    ref = filed(office)
    office.database.sql("UPDATE holiday SET day = '2026-05-26' WHERE day = '2026-05-25'")
    settled(office)
    assert due(office, ref) == local(2026, 5, 30) and not [event for event in recounts(office, ref) if event["clocks"]]
    office.database.sql("UPDATE holiday SET day = '2026-06-02' WHERE day = '2026-05-26'")
    assert until(lambda: due(office, ref) == local(2026, 5, 29))
    settled(office)
    assert len([event for event in recounts(office, ref) if event["clocks"]]) == 1


def test_exactly__those_it_touches(office):
    """Another town's, one whose term is over before, a closed one: none of them is written to."""
    ref, done = filed(office), filed(office)
    act(office, done, "resolve")
    versions = dict(office.database.sql("SELECT ref, version FROM request"))
    add(office, "2026-05-12", OTHER_TOWN)
    add(office, "2026-05-19")
    add(office, "2026-05-16") # a Saturday
    settled(office)
    assert recounts(office) == [] and dict(office.database.sql("SELECT ref, version FROM request")) == versions
    add(office, "2026-05-18")
    assert until(lambda: due(office, ref) == local(2026, 5, 21)), "the 19th rests as well by now"
    settled(office)
    assert dict(office.database.sql("SELECT ref, version FROM request")) == {**versions, ref: versions[ref] + 1}
    assert recounts(office, ref)[0]["clocks"][0]["why"]["en"].count("May is a local holiday") == 2


def test_fired__stays_fired(office):
    ref = filed(office)
    office.at(local(2026, 5, 13, 12))
    assert until(lambda: set(timers(office)) == {"late"}), "half of the time is over and told"
    add(office, "2026-05-12")
    assert until(lambda: timers(office).get("late") == local(2026, 5, 20))
    settled(office)
    assert set(timers(office)) == {"late"} and office.database.one("SELECT data ->> 'reminders' FROM request") == "1"
    office.at(local(2026, 5, 20))
    assert until(lambda: state(office, ref) == "expired")
    add(office, "2026-05-15")
    time.sleep(0.7)
    assert state(office, ref) == "expired" and len(recounts(office, ref)) == 1


def test_paused__counts_what_it_used_by_the_holidays_of_its_day(office):
    """What a pause has put down stays; what comes after it is counted by the corrected calendar, and the replay by each in turn."""
    ref = filed(office)
    office.at(local(2026, 5, 6, 12))
    act(office, ref, "ask", question="Quin carrer?") # two working days are used
    add(office, "2026-05-05", None)
    add(office, "2026-05-13")
    settled(office)
    assert not [event for event in recounts(office, ref) if event["clocks"]], "nothing runs"
    office.at(local(2026, 5, 8, 12))
    act(office, ref, "answer", "local_user", answer="El Major")
    assert due(office, ref) == local(2026, 5, 22), "eight days from the 9th, without the 13th"


def test_span__a_draft_lasts_to_the_next_working_day(office):
    filed(office, submit=False)
    assert timers(office) == {"draft_expiry": local(2026, 8, 4)}
    add(office, "2026-08-03", BARCELONA)
    assert until(lambda: timers(office) == {"draft_expiry": local(2026, 8, 5)})
    settled(office)
    event, = recounts(office)
    assert event["clocks"] == [] and event["timers"][0]["timer"] == "draft_expiry"
    remove(office, "2026-08-03", BARCELONA)
    assert until(lambda: timers(office) == {"draft_expiry": local(2026, 8, 4)}), "counted from when it was set, not from when it was moved"


def test_behind_now__fires_at_once(office):
    office.at(local(2026, 5, 14, 10))
    ref = filed(office)
    office.at(local(2026, 5, 29, 10))
    assert state(office, ref) == "working"
    remove(office, "2026-05-25", BARCELONA)
    assert until(lambda: state(office, ref) == "expired"), "28 May was its last day"


def test_seat__moves_with_its_setting(office):
    ref = filed(office)
    add(office, "2026-05-12", OTHER_TOWN)
    settled(office)
    assert due(office, ref) == local(2026, 5, 19)
    server = office.server
    server.stop()
    server.settings["OAM_SEAT"] = OTHER_TOWN
    server.start()
    assert until(lambda: due(office, ref) == local(2026, 5, 20))
    settled(office)
    assert office.database.one("SELECT reason FROM calendar_revision WHERE seat_id IS NOT NULL") == f"seat {OTHER_TOWN}"
    bodies = office.database.one("SELECT bodies FROM request_clock")
    assert {row[0] for row in office.database.sql("SELECT code FROM body WHERE id = ANY (%s)", bodies)} == {TOWN, OTHER_TOWN}


@pytest.mark.parametrize("seat, complaint", [
    ("080193000", "OAM_SEAT is `080193000`; give the ten digits of a body's code, as 0801930008"),
    ("9999999999", "oamd: cannot start: OAM_SEAT: There is no active body with the code 9999999999"),
])
def test_seat__that_is_none_is_told_at_the_start(template, seat, complaint):
    database = template.clone()
    try:
        done = oamd("serve", check=False, environment={"OAM_DATABASE_URL": database.url, "OAM_SECRET_FILE": str(template.secret),
                                                       "OAM_PORT": "0", "OAM_SEAT": seat})
        assert done.returncode != 0 and complaint in done.stderr, done.stderr
    finally:
        database.drop()


def test_import__of_a_correction_is_a_reason(office, tmp_path):
    ref = filed(office)
    ine5 = office.database.one("SELECT ine5 FROM body WHERE code = %s", TOWN)
    table = tmp_path / "festes.csv"
    table.write_text("any_calendari,data,ajuntament_o_nucli_municipal,codi_municipal,codi_municipi_ine,pedania,festiu,codiidescat\n"
                     f"2026,2026-05-13T00:00:00.000,Un lloc,{ine5}000,{ine5},000,Festiu local,\n")
    oamd("import-holidays", str(table), environment={"OAM_DATABASE_URL": office.database.url})
    assert until(lambda: due(office, ref) == local(2026, 5, 20))
    settled(office)
    assert recounts(office, ref)[0]["reason"] == "Generalitat dades obertes b4eh-r8up, festes.csv"
    oamd("import-holidays", str(table), environment={"OAM_DATABASE_URL": office.database.url})
    revision = office.database.one("SELECT max(revision) FROM calendar_revision")
    time.sleep(0.6)
    assert len(recounts(office, ref)) == 1 and office.database.one("SELECT max(revision) FROM calendar_revision") == revision, \
        "what changes nothing is no revision"


def test_step__beside_a_correction_is_counted_anew(office):
    """A process that has not read the new holidays yet sets a clock: it is known by the calendar that it names."""
    ref = filed(office)
    revision = office.database.one("SELECT calendar_now()")
    office.database.sql("""
        SELECT set_config('oam.all', '1', true), set_config('oam.staff', '1', true);
        SELECT request_follow(id, body_id, seq, now(), false, NULL, jsonb_build_array(jsonb_build_object('clock', 'answer', 'bodies', '[]'::jsonb,
            'since', '2026-05-04 10:00+02'::timestamptz, 'due', '2026-05-19 00:00+02'::timestamptz, 'calendar', %s)), NULL) FROM request""", revision)
    assert office.database.one("SELECT count(*) FROM clock_recount") == 0, "by the calendar that there is"
    office.database.sql("""
        SELECT set_config('oam.all', '1', true), set_config('oam.staff', '1', true);
        INSERT INTO holiday (day, scope, name_ca, status, source) VALUES ('2026-05-07', 'catalunya', 'Festa', 'official', 'test');
        DELETE FROM clock_recount;
        SELECT request_follow(id, body_id, seq, now(), false, NULL, jsonb_build_array(jsonb_build_object('clock', 'answer', 'bodies', '[]'::jsonb,
            'since', '2026-05-04 10:00+02'::timestamptz, 'due', '2026-05-19 00:00+02'::timestamptz, 'calendar', %s)), NULL) FROM request""", revision)
    assert until(lambda: due(office, ref) == local(2026, 5, 20))
    settled(office)
    assert isinstance(recounts(office, ref)[0]["calendar"], int)
