"""Terms that are extended (Llei 39/2015 art. 32): once, by half at most, before they end; counted by an oracle of its own through pauses and
holidays that are published later; told in three languages; replayed to the same bytes (the fixture's end)."""
import copy
import datetime
import fractions
import itertools
import math

import pytest
from oamtest.client import TOWN
from oamtest.database import oamd
from oamtest.office import MADRID, act, filed, local, office, state, timers, until  # noqa: F401 (office is a fixture)
from oamtest.procedure import DOCUMENT, publish
from oamtest.waiting import eventually

BARCELONA = datetime.date(2026, 5, 25)  # Segona Pasqua, by the fixture


def last_day(start, amount, holidays, spent=0):
    """The last of so many working days from the day after: weekends and holidays do not count (art. 30.2, 30.3)."""
    day = start
    while amount > spent:
        day += datetime.timedelta(days=1)
        if day.weekday() < 5 and day not in holidays:
            spent += 1
    return day


def end(day):
    """The first instant that is too late."""
    return local(day.year, day.month, day.day) + datetime.timedelta(days=1)


@pytest.fixture
def extendable(office):  # noqa: F811
    document = copy.deepcopy(DOCUMENT)
    document["version"] = 91
    document["data"]["reason"] = {"type": "string", "max": 400}
    document["data"]["more"] = {"type": "int", "min": 0, "max": 100}
    document["states"]["open"]["on"]["extend"] = [{
        "role": "supervisor", "require": ["reason", "more"], "internal": True,
        "do": [{"fx": "clock_extend", "clock": "answer", "by": "data.more"}, {"fx": "notify", "to": "applicant", "electronic": True}]}]
    publish(office.database, document)
    assert until(lambda: office.get("/api/v1/workflows/general_enquiry", role="operator").json()["version"] == 91)
    office.document = document
    return office


def extend(office, ref, more=5, reason="Falta un informe"):  # noqa: F811
    return office.act(ref, "extend", {"reason": reason, "more": more}, role="supervisor")


def due(office, ref):  # noqa: F811
    return office.database.one("SELECT due_at FROM request WHERE ref = %s", ref).astimezone(MADRID)


def add(office, day, place=TOWN):  # noqa: F811
    office.database.sql("INSERT INTO holiday (day, scope, body_id, name_ca, status, source) SELECT %s, 'local', (SELECT id FROM body WHERE code = %s), "
                        "'Fira', 'official', 'test'", str(day), place)


def offered(office, ref):  # noqa: F811
    items = office.get(f"/api/v1/requests/{ref}/transitions", role="supervisor").json()["items"]
    return {item["event"]: [reason["code"] for reason in item["reasons"]] for item in items}["extend"]


def test_extension__moves_the_term_its_timers_and_says_by_which_article(extendable):
    ref = filed(extendable)
    before, start = timers(extendable), datetime.date(2026, 5, 4)
    assert due(extendable, ref) == end(last_day(start, 10, {BARCELONA})) == local(2026, 5, 19)
    assert offered(extendable, ref) == []
    assert extend(extendable, ref).status_code == 200
    assert due(extendable, ref) == end(last_day(start, 15, {BARCELONA})) == local(2026, 5, 27), "25 May is Barcelona's"
    after = timers(extendable)
    assert after["late"] == due(extendable, ref) and after["half"] > before["half"], "half of fifteen days is later than half of ten"
    row = extendable.database.sql("SELECT clock, due FROM request_clock")
    assert [(clock, moment.astimezone(MADRID)) for clock, moment in row] == [("answer", due(extendable, ref))]
    told = {"ca": "Resposta (39/2015 21): no el 25 de maig sinó el 26 de maig: el 25 de maig és festa local a Barcelona (Segona Pasqua); ampliat "
                  "fins al 26 de maig: 5 dies hàbils més, la meitat de 10 (art. 32 Llei 39/2015)",
            "es": "Resposta (39/2015 21): no el 25 de mayo sino el 26 de mayo: el 25 de mayo es fiesta local en Barcelona (Segona Pasqua); ampliado "
                  "hasta el 26 de mayo: 5 días hábiles más, la mitad de 10 (art. 32 Ley 39/2015)",
            "en": "Resposta (39/2015 21): not 25 May but 26 May: 25 May is a local holiday in Barcelona (Segona Pasqua); extended to 26 May: 5 more "
                  "working days, half of 10 (Llei 39/2015 art. 32)"}
    for language, reason in told.items():
        status = extendable.get(f"/api/v1/requests/{ref}/status", role="local_user", params={"lang": language}).json()["due"]
        assert (status["reason"], status["extended"]) == (reason, {"by": 5, "beyond": 10, "unit": "habils"})
    assert extendable.database.one("SELECT get_byte(engine, 0) FROM request") == 2, "what is kept says by how much"


def test_extension__is_by_half_at_most(extendable):
    ref = filed(extendable)
    path = f"/api/v1/requests/{ref}/transitions"
    version = extendable.get(f"/api/v1/requests/{ref}", role="supervisor").etag
    for more in (6, 0):
        refused = extendable.post(path, role="supervisor", headers={"If-Match": version, "Idempotency-Key": f"half-{more}"}, params={"lang": "en"},
                                  json={"event": "extend", "data": {"reason": "Falta un informe", "more": more}})
        assert refused.status_code == 422, refused
        assert [(error["pointer"], error["code"], error["detail"]) for error in refused.json()["errors"]] == [
            ("/data", "check_failed", "A term is extended by half of it at most (Llei 39/2015 art. 32.1).")]
    missing = extendable.act(ref, "extend", {"more": 3}, role="supervisor")
    assert [error["pointer"] for error in missing.json()["errors"]] == ["/data/reason"], "who decides says why (art. 35.1.e)"
    assert due(extendable, ref) == local(2026, 5, 19)


def test_extension__is_done_once(extendable):
    ref = filed(extendable)
    assert extend(extendable, ref, 2).status_code == 200
    refused = extend(extendable, ref, 3)
    assert refused.status_code == 409 and refused.json()["code"] == "transition_not_offered"
    assert "només s'amplia una vegada (art. 32.1 Llei 39/2015)" in refused.json()["detail"]
    assert offered(extendable, ref) == ["term_extended"]
    assert due(extendable, ref) == end(last_day(datetime.date(2026, 5, 4), 12, {BARCELONA}))


def test_extension__is_counted_with_holidays_that_are_published_later(extendable):
    """One in what was the term, one in what was added; the term stays extended, and each time the why is the correction's."""
    ref, start, holidays = filed(extendable), datetime.date(2026, 5, 4), {BARCELONA}
    assert extend(extendable, ref).status_code == 200
    for day in (datetime.date(2026, 5, 8), datetime.date(2026, 5, 27)):
        holidays.add(day)
        add(extendable, day)
        wanted = end(last_day(start, 15, holidays))
        assert until(lambda: due(extendable, ref) == wanted), (day, due(extendable, ref), wanted)
        eventually(lambda: extendable.database.one("SELECT count(*) FROM clock_recount") == 0)
        assert timers(extendable)["late"] == wanted
    status = extendable.get(f"/api/v1/requests/{ref}/status", role="local_user", params={"lang": "ca"}).json()["due"]
    assert status["extended"] == {"by": 5, "beyond": 10, "unit": "habils"}
    assert status["reason"].endswith("ampliat fins al 28 de maig: 5 dies hàbils més, la meitat de 10 (art. 32 Llei 39/2015)"), status
    assert offered(extendable, ref) == ["term_extended"], "counting anew is no new term"
    extendable.at(local(2026, 5, 29))
    assert until(lambda: state(extendable, ref) == "expired"), "28 May was its last day"


def test_extension__of_a_term_that_stands_still_is_there_when_it_goes_on(extendable):
    ref, start = filed(extendable), datetime.date(2026, 5, 4)
    extendable.at(local(2026, 5, 6, 12))
    act(extendable, ref, "ask", question="Quin carrer?")  # two working days are used
    assert extend(extendable, ref).status_code == 200
    assert extendable.database.one("SELECT due_at FROM request") is None
    extendable.at(local(2026, 5, 8, 12))
    act(extendable, ref, "answer", "local_user", answer="El Major")
    assert due(extendable, ref) == end(last_day(datetime.date(2026, 5, 8), 15, {BARCELONA}, spent=2)) == local(2026, 5, 29)
    assert due(extendable, ref) == end(last_day(start, 15 + 2, {BARCELONA})), "as late as it stood still"


REMINDERS = {"p20": (20, False), "p50": (50, True), "p75": (75, False), "p80": (80, True), "p95": (95, False)}


class Term:
    """A term of working days as one would keep it on paper: which days are spent, and since when it runs."""

    def __init__(self, since, amount=10):
        self.since, self.total, self.spent, self.running = since, amount, 0, True
        self.fired = set()

    def days(self, holidays):
        """Those that count, from the one after it began to run."""
        day = self.since.date()
        while True:
            day += datetime.timedelta(days=1)
            if day.weekday() < 5 and day not in holidays:
                yield day

    def pause(self, moment, holidays):
        """The day on which it stops is spent, that on which it goes on is not."""
        self.spent += sum(1 for _ in itertools.takewhile(lambda day: day <= moment.date(), self.days(holidays)))
        self.running = False

    def resume(self, moment):
        self.since, self.running = moment, True

    def reached(self, percent, holidays):
        """When that part of it has passed; a part of a day is that part of its hours. What had passed before it stood still is due at once."""
        left = fractions.Fraction(self.total * percent, 100) - self.spent
        if left <= 0:
            return self.since
        for day in self.days(holidays):
            if left <= 1:
                return local(day.year, day.month, day.day) + datetime.timedelta(microseconds=math.ceil(left * 86400000000))
            left -= 1

    def due(self, legal, seat):
        """Of each reminder that is to come, and of the end; some wait for office hours."""
        if not self.running:
            return {}
        moments = {name: opening(self.reached(percent, legal), seat) if office_only else self.reached(percent, legal)
                   for name, (percent, office_only) in REMINDERS.items()}
        moments["late"] = self.reached(100, legal)
        return {name: moment for name, moment in moments.items() if name not in self.fired}

    def fire(self, now, legal, seat):
        self.fired |= {name for name, moment in self.due(legal, seat).items() if moment <= now}


def opening(moment, holidays):
    """From 8 to 15 on working days of the seat."""
    while moment.weekday() > 4 or moment.date() in holidays or moment.hour >= 15:
        moment = (moment + datetime.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(moment, moment.replace(hour=8, minute=0, second=0, microsecond=0))


def test_reminders__are_due_at_their_part_of_the_extended_term(extendable):
    """Six requests whose terms are extended before, in and behind a pause, or never, while holidays are published late: a paper calendar."""
    document = copy.deepcopy(extendable.document)
    document["version"] = 92
    after = document["states"]["open"]["after"]
    after[:] = [one for one in after if one["id"] == "late"] + [
        {"id": name, "clock": "answer", "at": f"{percent}%", "do": [{"fx": "notify", "to": "supervisor"}], **({"window": "office"} if office_only else {})}
        for name, (percent, office_only) in REMINDERS.items()]
    publish(extendable.database, document)
    assert until(lambda: extendable.get("/api/v1/workflows/general_enquiry", role="operator").json()["version"] == 92)
    seat, legal, seen = {BARCELONA}, {BARCELONA}, set()
    began = local(2026, 5, 4, 10)
    terms = {filed(extendable): Term(began) for _ in range(6)}
    never, whole, before, inside, behind, twice = terms
    paused = (before, inside, behind, twice)

    def go(moment):
        extendable.at(moment)
        for term in terms.values():
            term.fire(moment, legal, seat)
        compare()

    def compare():
        wanted = {(ref, name): due for ref, term in terms.items() for name, due in term.due(legal, seat).items()}
        assert until(lambda: rows() == wanted, seconds=20), sorted(rows().items() ^ wanted.items())
        seen.update(wanted.values())

    def rows():
        return {(ref, name): due.astimezone(MADRID) for ref, name, due in extendable.database.sql(
            "SELECT r.ref, t.timer, t.due FROM request_timer t JOIN request r ON r.id = t.request_id WHERE t.timer <> 'silence'")}

    def lengthen(ref, more):
        assert extend(extendable, ref, more).status_code == 200
        terms[ref].total += more

    def publish_late(day, place=TOWN):
        add(extendable, day, place)
        legal.add(day)
        if place != TOWN:
            seat.add(day)
        compare()

    compare()
    for ref, more in ((whole, 5), (before, 3), (twice, 1)):
        lengthen(ref, more)
    compare()
    go(local(2026, 5, 6, 12))
    for ref in paused:
        act(extendable, ref, "ask", question="Quin carrer?")
        terms[ref].pause(local(2026, 5, 6, 12), legal)
    lengthen(inside, 5)
    compare()
    publish_late(datetime.date(2026, 5, 5))  # of those that stand still it is spent already
    extendable.at(local(2026, 5, 8, 12))
    for ref in paused:
        act(extendable, ref, "answer", "local_user", answer="El Major")
        terms[ref].resume(local(2026, 5, 8, 12))
    go(local(2026, 5, 8, 12, 1))
    lengthen(behind, 4)
    compare()
    assert extend(extendable, twice, 4).status_code == 409, "once"
    compare()
    publish_late(datetime.date(2026, 5, 13))
    publish_late(datetime.date(2026, 5, 20), "0801930008")
    for day in (12, 14, 15, 19, 21, 22):
        go(local(2026, 5, day, 14, 30))
    assert terms[never].fired >= set(REMINDERS) and len(seen) > 40
    assert "late" not in terms[whole].fired and state(extendable, whole) == "working"


def test_replay__knows_an_extension_that_was_tampered_with(extendable):
    ref = filed(extendable)
    assert extend(extendable, ref, 3).status_code == 200
    environment = {"OAM_DATABASE_URL": extendable.database.url, "OAM_SECRET_FILE": str(extendable.server.template.secret)}
    kept = extendable.database.one("SELECT encode(engine, 'hex') FROM request")
    changed = kept.replace("03000000", "05000000", 1)
    assert changed != kept
    extendable.database.sql("UPDATE request SET engine = decode(%s, 'hex')", changed)
    told = oamd("verify", check=False, environment=environment)
    assert told.returncode != 0 and "is remembered otherwise than its events say" in told.stdout + told.stderr, told
    extendable.database.sql("UPDATE request SET engine = decode(%s, 'hex')", kept)
