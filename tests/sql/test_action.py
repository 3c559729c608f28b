"""Actions, milestones and the ledger: what the database itself holds to, whoever asks and however many at once.

The sums are judged by a second account of them, kept here in exact decimals from the rules of DOMAIN and nothing of the schema."""
import collections
import json
import random
import uuid
from decimal import Decimal

import psycopg2
import psycopg2.errors
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import ask, scope
from test_races import at_once, chains_are_sound, filed

KINDS = ("requested", "granted", "committed", "advanced", "justified", "paid", "returned")
GRANT = {"kind": "grant", "title": "Camí de Malla", "unit": 1, "units": [], "shares": [], "milestones": []}


def call(connection, function, *values):
    """(version, broken, view) of one of the doors; None when there is no such action."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}({', '.join(['%s'] * len(values))}, 'user:1', 'agent.1', now())", values)
        return cursor.fetchone()


def open_action(connection, request, **how):
    uid = str(uuid.uuid4())
    version, broken, view = call(connection, "action_open", request, uid, json.dumps({**GRANT, **how}))
    return (uid, view) if broken is None else broken


def change(connection, request, action, **what):
    return call(connection, "action_change", request, action, json.dumps(what))


def milestone(connection, request, action, key, add=False, **what):
    return call(connection, "milestone_set", request, action, key, add, json.dumps(what))


def record(connection, request, action, kind, value, year=2026, reverses=None, day="2026-03-01"):
    """The entry's id, or what it would break."""
    uid = str(uuid.uuid4())
    version, broken, view = call(connection, "amount_record", request, action, uid, kind, year, Decimal(value), day, None, None, reverses)
    return uid if broken is None else broken


@pytest.fixture
def opened(db):
    """A request of the first town with one grant, and a session of the staff that may go on."""
    request = filed(db)
    app = db.connect("oam_app")
    scope(app, staff=True)
    action, _ = open_action(app, request)
    app.commit()
    scope(app, staff=True)
    return db, app, request, action


# ---- actions and milestones

def test_an_action__is_an_event_of_its_request_and_in_its_status(opened):
    db, app, request, action = opened
    version, broken, view = milestone(app, request, action, "works", add=True, title="Obres", weight=3, planned_on="2026-06-01")
    assert (version, broken) == (4, None) and view["milestones"] == [
        {"key": "works", "title": "Obres", "weight": 3, "planned_on": "2026-06-01", "reached_on": None}]
    milestone(app, request, action, "end", add=True, title="Final", weight=4, planned_on="2026-05-01")
    assert milestone(app, request, action, "works", reached_on="2026-06-03")[2]["progress"] == 42, "3 of 7, rounded down"
    assert change(app, request, action, state="in_progress", started_on="2026-04-01")[1] is None
    app.commit()
    told = ask(db.owner, "SELECT execution FROM request")
    assert told["progress"] == 42 and told["next_on"] == "2026-05-01" and told["actions"][0]["state"] == "in_progress"
    assert [m["reached_on"] for m in told["milestones"]] == ["2026-06-03", None]
    assert ask(db.owner, "SELECT array_agg(type ORDER BY seq) FROM request_event WHERE seq > 2") == [
        f"request.{what}" for what in ("action_opened", "milestone_added", "milestone_added", "milestone_reached", "action_changed")]
    assert ask(db.owner, "SELECT version = seq AND seq = 7 FROM request") and chains_are_sound(db)
    assert ask(db.owner, "SELECT count(*) FROM action_faults()") == 0


def test_progress__of_a_request_is_the_mean_of_what_is_not_cancelled(opened):
    db, app, request, first = opened
    others = [open_action(app, request)[0] for _ in range(2)]
    assert change(app, request, first, state="done", started_on="2026-01-01", ended_on="2026-01-02")[2]["progress"] == 100
    assert ask(app, "SELECT execution -> 'progress' FROM request") == 33
    change(app, request, others[0], state="cancelled")
    assert ask(app, "SELECT execution -> 'progress' FROM request") == 50
    for action in (first, others[1]):
        change(app, request, action, state="cancelled", ended_on=None)
    assert ask(app, "SELECT execution -> 'progress' = 'null' FROM request") is True
    assert ask(app, "SELECT count(*) FROM action_faults()") == 0


@pytest.mark.parametrize("what, broken", [
    (dict(starts_on="2026-02-01", ends_on="2026-01-01"), ["ends_before_it_starts"]),
    (dict(state="done", started_on="2026-02-01", ended_on="2026-01-01"), ["ended_before_it_started"]),
    (dict(started_on="2026-02-01", ended_on="2026-01-01"), ["not_started", "not_ended"]),
    (dict(state="in_progress", ended_on="2026-01-01"), ["not_ended"]),
])
def test_a_change__tells_what_it_would_break_and_does_nothing(opened, what, broken):
    db, app, request, action = opened
    before = ask(app, "SELECT version FROM request")
    assert change(app, request, action, **what)[1] == broken
    assert ask(app, "SELECT version FROM request") == before


def test_real_days__follow_the_state(opened):
    db, app, request, action = opened
    today = str(ask(app, "SELECT (now() AT TIME ZONE 'Europe/Madrid')::date"))

    def days(**what):
        view = change(app, request, action, **what)[2]
        return view["started_on"], view["ended_on"]

    assert days(state="in_progress") == (today, None)
    assert days(started_on="2026-01-02") == ("2026-01-02", None)
    assert days(state="done") == ("2026-01-02", today)
    assert days(state="cancelled") == ("2026-01-02", None)
    assert days(state="planned") == (None, None)
    assert days(state="done", ended_on="2026-01-09") == ("2026-01-09", "2026-01-09")


def test_what_is_not_there__is_changed_by_nobody(opened):
    db, app, request, action = opened
    other = filed(db, 2)
    for wrong in (str(uuid.uuid4()), None):
        assert change(app, request, wrong, title="Un altre") is None
        assert milestone(app, request, wrong, "works", add=True, title="Obres", weight=1) is None
    assert change(app, other, action, title="D'una altra") is None, "of another request"
    assert milestone(app, request, action, "none", reached_on="2026-01-01") is None
    assert call(app, "amount_record", other, action, str(uuid.uuid4()), "requested", 2026, 1, "2026-01-01", None, None, None) is None


def test_there_are_limits__to_what_one_request_has(opened):
    db, app, request, action = opened
    assert [type(open_action(app, request)) for _ in range(15)] == [tuple] * 15
    assert open_action(app, request) == ["too_many_actions"]
    for n in range(24):
        assert milestone(app, request, action, f"m{n}", add=True, title="Fita", weight=1)[1] is None
    assert milestone(app, request, action, "one_more", add=True, title="Fita", weight=1)[1] == ["too_many_milestones"]
    assert milestone(app, request, action, "m0", add=True, title="Fita", weight=1)[1] == ["milestone_exists"]


def test_a_draft__has_no_actions(db):
    draft = filed(db, phase="draft")
    scope(db.owner, everything=True)
    with pytest.raises(psycopg2.Error) as refusal:
        open_action(db.owner, draft)
    assert refusal.value.pgcode == "OA412"


# ---- money

def test_money__follows_its_rules(opened):
    """One path through them: each line is what is recorded, and what that would break."""
    db, app, request, action = opened
    entries = {}
    for kind, value, broken in (
            ("granted", "500", None),  # unasked
            ("requested", "400", ["granted_over_requested"]), ("requested", "1000.50", None), ("granted", "600", ["granted_over_requested"]),
            ("granted", "300.25", None), ("committed", "800.26", ["committed_over_granted"]), ("committed", "800.25", None),
            ("paid", "800.26", ["paid_over_committed"]), ("advanced", "300", None), ("paid", "500.26", ["paid_over_committed"]),
            ("paid", "500.25", None), ("returned", "800.26", ["returned_over_paid"]), ("returned", "100.25", None), ("paid", "100.26", ["paid_over_committed"]),
            ("paid", "100.25", None), ("justified", "800.24", None)):
        got = record(app, request, action, kind, value)
        assert (got if broken else type(got)) == (broken or str), (kind, value, got)
        if not broken:
            entries[kind, value] = got
    done = dict(state="done", started_on="2026-01-01", ended_on="2026-12-31")
    assert change(app, request, action, **done)[1] == ["money_not_justified"]
    assert change(app, request, action, state="cancelled")[1] == ["money_is_out"]
    record(app, request, action, "justified", "0.01")
    assert change(app, request, action, **done)[2]["amounts"] == {
        "requested": "1000.50", "granted": "800.25", "committed": "800.25", "advanced": "300.00", "justified": "800.25", "paid": "600.50", "returned": "100.25"}
    assert record(app, request, action, "justified", "-0.01", reverses=entries["justified", "800.24"]) == ["money_not_justified"]
    assert record(app, request, action, "committed", "-1", reverses=entries["committed", "800.25"]) == ["money_to_return"]
    assert record(app, request, action, "returned", "1") != ["money_to_return"]


def test_a_reduction__leaves_what_is_to_return(opened):
    """Revoked in part after it was paid: what is committed comes down, then the grant; what is out beyond it has to come back first."""
    db, app, request, action = opened
    granted, committed = (record(app, request, action, kind, "1000") for kind in ("granted", "committed"))
    record(app, request, action, "paid", "1000")
    assert record(app, request, action, "granted", "-200", reverses=granted) == ["committed_over_granted"]
    for kind, entry in (("committed", committed), ("granted", granted)):
        assert type(record(app, request, action, kind, "-200", reverses=entry)) is str
    assert ask(app, "SELECT action_view(a) ->> 'to_return' FROM action a") == "200.00"
    assert record(app, request, action, "paid", "0.01") == ["paid_over_committed"]
    record(app, request, action, "justified", "900")
    done = dict(state="done", started_on="2026-01-01", ended_on="2026-12-31")
    assert change(app, request, action, **done)[1] == ["money_to_return", "money_not_justified"]
    record(app, request, action, "returned", "200", year=2027)
    assert change(app, request, action, **done)[2]["to_return"] == "0.00"
    assert [(y["year"], y["returned"]) for y in ask(app, "SELECT action_view(a) -> 'years' FROM action a")] == [(2026, "0.00"), (2027, "200.00")]


def test_a_counter_entry__takes_back_of_what_it_names(opened):
    db, app, request, action = opened
    entry = record(app, request, action, "requested", "100")
    other = open_action(app, request)[0]
    for how in (dict(kind="granted"), dict(year=2027), dict(reverses=str(uuid.uuid4())), dict(action=other)):
        wrong = {"kind": "requested", "year": 2026, "reverses": entry, "action": action, **how}
        assert "no_such_entry" in record(app, request, wrong["action"], wrong["kind"], "-1", wrong["year"], wrong["reverses"])
    taken = record(app, request, action, "requested", "-60", reverses=entry)
    assert record(app, request, action, "requested", "-1", reverses=taken) == ["no_such_entry"], "what takes back is not taken back"
    assert record(app, request, action, "requested", "-40.01", reverses=entry) == ["more_than_entry"]
    assert type(record(app, request, action, "requested", "-40", reverses=entry)) is str
    assert record(app, request, action, "granted", "0.01") == ["granted_over_requested"], "asked once, asked for ever"
    assert record(app, request, action, "requested", "999999999999.99") and record(app, request, action, "requested", "0.01") == ["too_large"]


def test_the_ledger__is_written_and_never_edited(opened):
    db, app, request, action = opened
    record(app, request, action, "requested", "100")
    app.commit()
    for statement in ("UPDATE amount SET value = 1", "DELETE FROM amount", "UPDATE action SET paid = 1", "DELETE FROM milestone",
                      "INSERT INTO action_unit VALUES (1, 1)", "UPDATE action_share SET points = 1"):
        with app.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            scope(app, staff=True, everything=True)
            cursor.execute(statement)
        app.rollback()
    owner = db.connect()
    for statement in ("UPDATE amount SET value = 1", "DELETE FROM amount", "DELETE FROM action", "DELETE FROM milestone", "UPDATE action_share SET points = 1"):
        ask(owner, "SET ROLE oam_owner")
        scope(owner, staff=True, everything=True)
        with owner.cursor() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount == 0, statement
        owner.rollback()


@pytest.mark.parametrize("tamper, fault", [
    ("UPDATE amount SET value = value + 1", {"amount", "sum"}), ("DELETE FROM amount", {"amount", "sum"}),
    ("UPDATE amount SET note = 'una altra cosa'", {"amount"}), ("UPDATE action SET requested = requested + 1", {"sum", "status"}),
    ("UPDATE milestone SET reached_on = '2026-01-01'", {"action", "status"}), ("UPDATE action SET title = 'Un altre'", {"action", "status"}),
    ("UPDATE request SET execution = '{}'", {"status"}), ("UPDATE request SET execution = NULL", {"status"}),
    ("INSERT INTO action_share SELECT id, 1, 1, 10000 FROM action", {"action"}),
])
def test_whoever_writes_behind__is_found_out(opened, tamper, fault):
    db, app, request, action = opened
    record(app, request, action, "requested", "100")
    milestone(app, request, action, "works", add=True, title="Obres", weight=1)
    app.commit()
    assert ask(db.owner, "SELECT count(*) FROM action_faults()") == 0
    with db.owner.cursor() as cursor:
        cursor.execute(tamper)
        cursor.execute("SELECT fault FROM action_faults()")
        assert {row[0] for row in cursor.fetchall()} == fault


# ---- shares

def shares_by_hand(total, points):
    """Largest remainder, told again."""
    cents = int(total * 100)
    parts = [cents * p // 10000 for p in points]
    order = sorted(range(len(points)), key=lambda i: (-(cents * points[i] % 10000), i))
    for i in order[:cents - sum(parts)]:
        parts[i] += 1
    return [Decimal(part) / 100 for part in parts]


def test_shares__are_a_whole_or_nothing_is_opened(opened):
    db, app, request, action = opened
    assert open_action(app, request, shares=[{"body": 1, "points": 5000}, {"body": 2, "points": 4999}]) == ["shares_not_whole"]
    assert open_action(app, request, shares=[{"body": 1, "points": 9999}, {"body": 2, "points": 2}]) == ["shares_not_whole"]
    uid, view = open_action(app, request, shares=[{"body": 2, "points": 3333}, {"body": 1, "points": 6667}])
    assert [(s["body"], s["percent"]) for s in view["shares"]] == [("0811150006", "33.33"), ("0800230008", "66.67")]


def test_what_a_body_comes_to__has_no_bound_of_an_action(opened):
    db, app, request, action = opened
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT money_view(sum(999999999999.99), 0, 0, 0, 0, 0, NULL) FROM generate_series(1, 1000)")
        assert cursor.fetchone()[0]["requested"] == "999999999999990.00"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cents=st.integers(0, 10 ** 14 - 1), cuts=st.sets(st.integers(1, 9999), max_size=20))
def test_shares__add_up_to_the_cent(shared_out, cents, cuts):
    connection, bodies = shared_out
    edges = [0, *sorted(cuts), 10000]
    points = [b - a for a, b in zip(edges, edges[1:])]
    total = Decimal(cents) / 100
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM action_share")
        cursor.execute("INSERT INTO action_share SELECT 1, n, b, p FROM unnest(%s, %s::int[]) WITH ORDINALITY AS x (b, p, n)", (bodies[:len(points)], points))
        cursor.execute("SELECT value FROM share_out(1, %s) o JOIN action_share s USING (body_id) ORDER BY s.ordinal", (total,))
        got = [row[0] for row in cursor.fetchall()]
    assert sum(got) == total and got == shares_by_hand(total, points)


@pytest.fixture
def shared_out(opened):
    db, app, request, action = opened
    with db.owner.cursor() as cursor:
        cursor.execute("INSERT INTO body (code, kind, name, name_official, comarca_code, province_code, population) "
                       "SELECT lpad(n::text, 10, '9'), 'consortium', 'C', 'C', '07', '08', 1 FROM generate_series(1, 21) n RETURNING id")
        return db.owner, [row[0] for row in cursor.fetchall()]


# ---- no sequence of acts makes the sums disagree

class Account:
    """The rules, once more: of an action, its entries in order and what each sort comes to."""

    def __init__(self):
        self.entries, self.state, self.broken = [], "planned", collections.Counter()

    def total(self, kind, year=None):
        return sum((value for _, k, y, value, _ in self.entries if k == kind and year in (None, y)), Decimal(0))

    def refuses(self, kind, year, value, reverses):
        """The names of what an entry would break."""
        wrong = []
        if reverses is not None:
            named = [e for e in self.entries if e[0] == reverses and e[1] == kind and e[2] == year and e[3] > 0]
            if not named:
                wrong.append("no_such_entry")
            elif named[0][3] + sum((e[3] for e in self.entries if e[4] == reverses), Decimal(0)) + value < 0:
                wrong.append("more_than_entry")
            if wrong:
                return wrong
        t = {k: self.total(k) + (value if k == kind else 0) for k in KINDS}
        out = t["advanced"] + t["paid"] - t["returned"]
        asked = kind == "requested" or any(e[1] == "requested" for e in self.entries)
        if asked and t["granted"] > t["requested"]:
            wrong.append("granted_over_requested")
        if t["committed"] > t["granted"]:
            wrong.append("committed_over_granted")
        if value > 0 and kind in ("advanced", "paid") and out > t["committed"]:
            wrong.append("paid_over_committed")
        if out < 0:
            wrong.append("returned_over_paid")
        return wrong + self.holds(t, out, self.state)

    @staticmethod
    def holds(t, out, state):
        wrong = []
        if state == "done" and out > t["committed"]:
            wrong.append("money_to_return")
        if state == "done" and out > t["justified"]:
            wrong.append("money_not_justified")
        if state == "cancelled" and out != 0:
            wrong.append("money_is_out")
        return wrong

    def refuses_state(self, state):
        t = {k: self.total(k) for k in KINDS}
        return self.holds(t, t["advanced"] + t["paid"] - t["returned"], state)

    def agrees(self, view):
        assert view["amounts"] == {k: f"{self.total(k):.2f}" for k in KINDS}
        assert view["years"] == [{"year": y, **{k: f"{self.total(k, y):.2f}" for k in KINDS}} for y in sorted({e[2] for e in self.entries})]
        for kind in KINDS:
            assert sum(Decimal(y[kind]) for y in view["years"]) == self.total(kind)
            assert sum(Decimal(s["amounts"][kind]) for s in view["shares"]) == self.total(kind)
            by_year = [shares_by_hand(self.total(kind, y["year"]), [share["points"] for share in SHARES]) for y in view["years"]] or [[Decimal(0)] * len(SHARES)]
            assert [Decimal(s["amounts"][kind]) for s in view["shares"]] == [sum(parts) for parts in zip(*by_year)]


# Few sums, near to each other, so that bounds are met from both sides.
SUMS = st.sampled_from(["0.01", "0.05", "33.33", "50", "99.99", "100", "100.01"]).map(Decimal)
ACT = st.one_of(
    st.tuples(st.just("enter"), st.sampled_from(KINDS), st.sampled_from([2025, 2026, 2027]), SUMS),
    st.tuples(st.just("take"), st.integers(0, 30), SUMS),
    st.tuples(st.just("state"), st.sampled_from(["planned", "in_progress", "done", "cancelled"])))


def act(connection, request, action, account, what):
    """Does one thing in the database and in the account, which must agree on whether it may be."""
    if what[0] == "state":
        broken = change(connection, request, action, state=what[1])[1]
        assert (broken or []) == account.refuses_state(what[1])
        if not broken:
            account.state = what[1]
        return
    if what[0] == "enter":
        _, kind, year, value = what
        reverses = None
    else:
        if not account.entries:
            return
        reverses, kind, year, _, _ = account.entries[what[1] % len(account.entries)]
        value = -what[2]
    expected = account.refuses(kind, year, value, reverses)
    got = record(connection, request, action, kind, value, year, reverses)
    assert (got if isinstance(got, list) else []) == expected, (what, got, expected)
    account.broken.update(expected)
    if not expected:
        account.entries.append((got, kind, year, value, reverses))


@pytest.fixture
def joint(db):
    request = filed(db)
    scope(db.owner, staff=True, everything=True)
    with db.owner.cursor() as cursor:
        cursor.execute("INSERT INTO body (code, kind, name, name_official, comarca_code, province_code, population) "
                       "VALUES ('9999999999', 'consortium', 'C', 'C', '07', '08', 1)")
    db.owner.commit()
    return db, request, db.connect("oam_app")


SHARES = [{"body": 2, "points": 3333}, {"body": 1, "points": 3334}, {"body": 3, "points": 3333}]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACT, max_size=30))
def test_no_sequence_of_acts__makes_the_sums_disagree(joint, acts):
    db, request, app = joint
    scope(app, staff=True)
    action, _ = open_action(app, request, shares=SHARES)
    account = Account()
    for what in acts:
        act(app, request, action, account, what)
    account.agrees(ask(app, "SELECT action_view(a) FROM action a WHERE uid = %s", action))
    scope(app, staff=True, everything=True)
    assert ask(app, "SELECT count(*) FROM action_faults()") == 0
    app.rollback()


def test_the_account__meets_every_rule(joint):
    """What the property is made of reaches each of them: drawn by chance, the same one each time, until all were."""
    db, request, app = joint
    scope(app, staff=True)
    dice, met = random.Random(7), collections.Counter()
    wanted = {"no_such_entry", "more_than_entry", "granted_over_requested", "committed_over_granted", "paid_over_committed", "returned_over_paid",
              "money_not_justified", "money_to_return", "money_is_out"}
    for turn in range(60):
        ask(app, "SAVEPOINT turn")
        action, account = open_action(app, request, shares=SHARES)[0], Account()
        for kind, value in (("granted", "100"), ("committed", "100"), ("paid", "99.99"), ("justified", "99.99")):
            act(app, request, action, account, ("enter", kind, 2026, Decimal(value)))
        if turn % 3:
            act(app, request, action, account, ("state", "done"))
        else:
            for what in (("enter", "returned", 2026, Decimal("99.99")), ("state", "cancelled")):
                act(app, request, action, account, what)
        for _ in range(12):
            value = Decimal(dice.choice(["0.01", "50", "100.01"]))
            act(app, request, action, account, dice.choice([("enter", dice.choice(KINDS), 2026, value), ("take", dice.randrange(30), value)]))
        met += account.broken
        account.agrees(ask(app, "SELECT action_view(a) FROM action a WHERE uid = %s", action))
        ask(app, "ROLLBACK TO turn")
    assert set(met) == wanted


def test_many_at_once__keep_the_sums_and_the_bounds(joint):
    """Eight sessions on one action, each with entries that not all of them can have: what was taken is exactly what the ledger says."""
    db, request, app = joint
    scope(app, staff=True)
    action, _ = open_action(app, request, shares=SHARES)
    for kind, value in (("granted", "1000"), ("committed", "100")):
        record(app, request, action, kind, value)
    app.commit()

    def work(connection, i):
        dice, done = random.Random(i), []
        for _ in range(25):
            scope(connection, staff=True)
            kind, value = dice.choice(["paid", "advanced", "returned", "justified", "committed"]), Decimal(dice.choice(["0.01", "7.77", "33.33"]))
            got = record(connection, request, action, kind, value, year=2024 + i % 3)
            connection.commit()
            if isinstance(got, str):
                done.append((kind, value))
            else:
                assert got in (["paid_over_committed"], ["returned_over_paid"], ["committed_over_granted"]), got
        return done

    results = at_once(db, work)
    assert all(isinstance(result, list) for result in results), results
    sums = collections.Counter({"granted": Decimal(1000), "committed": Decimal(100)})
    for kind, value in sum(results, []):
        sums[kind] += value
    view = ask(db.owner, "SELECT action_view(a) FROM action a")
    assert {kind: Decimal(view["amounts"][kind]) for kind in KINDS} == {kind: sums[kind] for kind in KINDS}
    assert sums["committed"] <= 1000 and 0 <= sums["advanced"] + sums["paid"] - sums["returned"] <= sums["committed"]
    ledger = ask(db.owner, "SELECT array_agg(ordinal ORDER BY id) FROM amount")
    assert ledger == list(range(1, len(ledger) + 1))
    # Each entry was allowed when it was made: told again from the first, in the order in which they stand.
    account = Account()
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT uid, kind, year, value, NULL FROM amount ORDER BY ordinal")
        for uid, kind, year, value, reverses in cursor.fetchall():
            assert account.refuses(kind, year, value, reverses) == []
            account.entries.append((uid, kind, year, value, reverses))
    account.agrees(view)
    assert ask(db.owner, "SELECT count(*) FROM action_faults()") == 0 and chains_are_sound(db)
    assert ask(db.owner, "SELECT seq = (SELECT count(*) FROM request_event) FROM request") is True
