"""Stock of material: never more promised on a day than there is, nor more out of the house, whoever asks and however many at once.

What may be is judged by a second account of it, kept here day by day from the rules and nothing of the schema."""
import collections
import datetime
import json
import random
import uuid

import psycopg2
import psycopg2.errors
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Database, administer, ask, scope
from test_action import change, open_action
from test_races import at_once, chains_are_sound, filed

NOON = "2026-05-10 12:00+02"  # of the first day that these tests are told it is
FIRST = datetime.date(2026, 5, 10)
NAMES = {"ca": "Cadires", "es": "Sillas", "en": "Chairs"}


def day(number):
    """2026-05-10 is day 0."""
    return str(FIRST + datetime.timedelta(days=number))


def door(connection, function, *values, today=0, who="'user:1', 'agent.1', "):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT version, broken, view FROM {function}({', '.join(['%s'] * len(values))}, {who}%s::timestamptz + %s * interval '1 day')",
                       (*values, NOON, today))
        return cursor.fetchone()


def item(connection, code="chairs", kind="lendable", quantity=0, service=1):
    view = ask(connection, "SELECT stock_item_add(%s, 'ca', %s)", json.dumps({"code": code, "service": service, "unit": 1, "name": NAMES, "kind": kind}), NOON)
    if quantity:
        assert door(connection, "stock_move", code, "received", quantity, day(0), "Inventari")[1] is None
    return view


def move_stock(connection, code, kind, quantity, on=0, today=0):
    """None, or what it would break and what is told of that."""
    version, broken, view = door(connection, "stock_move", code, kind, quantity, day(on), "Recompte", today=today)
    return broken and (broken, view)


def reserve(connection, request, action, quantity, begins=0, ends=None, code="chairs", today=0):
    """The hold's number, or what it would break and what is told."""
    hold = {"item": code, "quantity": quantity, "from": day(begins), "to": None if ends is None else day(ends)}
    version, broken, view = door(connection, "stock_reserve", request, action, json.dumps(hold), today=today)
    return (broken, view) if broken else view["number"]


def move(connection, request, action, number, kind, today=0, **what):
    """The hold as it is, or what it would break and what is told."""
    for name in {"from", "to", "on"} & set(what):
        what[name] = day(what[name])
    done = door(connection, "stock_hold_move", request, action, number, kind, json.dumps(what), today=today)
    return done and ((done[1], done[2]) if done[1] else done[2])


@pytest.fixture(scope="module")
def world(template):
    """What the tests of one session at a time begin with, and leave as it was: a database, a session of the staff, a request with a loan."""
    name = f"{template}_stock"
    administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    db = Database(name)
    try:
        request, app = filed(db), db.connect("oam_app")
        scope(db.owner, staff=True, everything=True)
        with db.owner.cursor() as cursor:
            cursor.execute("INSERT INTO service (code, area_code, unit_id, name, description, support_type, resource_class, requires_application, application, "
                           "joint_request, sdg, workflow_key) SELECT 'MA-77', area_code, unit_id, name, description, 'material', resource_class, "
                           "requires_application, application, joint_request, sdg, workflow_key FROM service")
        action, _ = open_action(db.owner, request, kind="material_loan")
        item(db.owner, "tables", quantity=1)
        db.owner.commit()
        yield db, app, request, action
    finally:
        db.close()


@pytest.fixture
def lent(world):
    """With ten chairs."""
    app = world[1]
    scope(app, staff=True, everything=True)
    item(app, quantity=10)
    yield world
    app.rollback()


def free(connection, begins, ends, code="chairs", quantity=1, today=0):
    return ask(connection, "SELECT stock_availability(%s, %s, %s, %s, %s)", code, day(begins), day(ends), quantity, day(today))


# ---- what there is, and what is promised

def test_a_hold__is_promised_for_its_days_and_told_with_the_request(lent):
    db, app, request, action = lent
    assert reserve(app, request, action, 6, 5, 10) == 1
    assert reserve(app, request, action, 4, 9, 12) == 2, "six and four"
    assert reserve(app, request, action, 1, 9, 10) == (["not_free"], {"free": 0, "next_on": day(10)})
    assert reserve(app, request, action, 7, 0, 5) == 3, "until the day on which others begin"
    assert reserve(app, request, action, 7, 3, 6) == (["not_free"], {"free": 3, "next_on": day(12)})
    assert reserve(app, request, action, 6, 4, 14) == (["not_free"], {"free": 0, "next_on": day(10)}), "for as long as was asked"
    assert reserve(app, request, action, 11, 40, 41) == (["not_free"], {"free": 10, "next_on": None}), "never so many"
    told = free(app, 0, 14, quantity=7)
    assert [(p["from"], p["to"], p["free"]) for p in told["periods"]] == [
        (day(0), day(5), 3), (day(5), day(9), 4), (day(9), day(10), 0), (day(10), day(12), 6), (day(12), day(14), 10)]
    assert (told["free"], told["next_on"]) == (0, day(12))
    assert ask(app, "SELECT execution ->> 'next_on' FROM request") == day(0)
    assert ask(app, "SELECT array_agg(data #>> '{data,item}' ORDER BY seq) FROM request_event WHERE type = 'request.stock_reserved'") == ["chairs"] * 3
    assert ask(app, "SELECT version = seq AND seq = 6 FROM request")
    assert [h["number"] for h in ask(app, "SELECT action_view(a) -> 'holds' FROM action a")] == [1, 2, 3]
    assert ask(app, "SELECT (SELECT count(*) FROM action_faults()) + (SELECT count(*) FROM stock_faults(%s))", day(0)) == 0


def test_a_loan__goes_out_and_comes_back_in_parts(lent):
    db, app, request, action = lent
    one = reserve(app, request, action, 6, 0, 5)
    out = move(app, request, action, one, "hand_over", quantity=5, note="En falta una")
    assert (out["state"], out["quantity"], out["handed_on"], out["ended_on"]) == ("handed_over", 5, day(0), None)
    assert ask(app, "SELECT execution ->> 'next_on' FROM request") == day(5)
    assert move(app, request, action, one, "return", quantity=2, today=2)["returned"] == 2
    assert free(app, 3, 4)["free"] == 7
    late = [row for row in ask(app, "SELECT array_agg(array[reserved, \"out\", overdue]) FROM stock_stand(%s)", day(6))]
    assert late == [[0, 3, 3]]
    assert free(app, 6, 7, today=6)["free"] == 7, "what should be back is not there"
    assert free(app, 7, 8, today=6)["free"] == 10
    done = move(app, request, action, one, "return", lost=1, today=8)
    assert (done["state"], done["returned"], done["lost"], done["ended_on"]) == ("returned", 4, 1, day(8))
    assert ask(app, "SELECT quantity FROM stock_item WHERE code = 'chairs'") == 9
    last = ask(app, "SELECT stock_movement_view(m) FROM stock_movement m ORDER BY id DESC LIMIT 1")
    assert (last["kind"], last["quantity"], last["hold"], last["ref"]) == ("lost", -1, 1, "OAM-2026-000001")
    told = ask(app, "SELECT array_agg(data -> 'data' -> 'move' ORDER BY seq) FROM request_event WHERE type LIKE 'request.stock_%%'")
    assert told == [None, {"kind": "hand_over", "quantity": 5, "on": day(0), "note": "En falta una"},
                    {"kind": "return", "quantity": 2, "lost": 0, "on": day(2)}, {"kind": "return", "quantity": 2, "lost": 1, "on": day(8)}]


def test_a_consumable__is_delivered_for_good(lent):
    db, app, request, _ = lent
    action, _ = open_action(app, request, kind="material_delivery")
    item(app, "paint", "consumable", 10)
    assert reserve(app, request, action, 4, 30, code="paint") == 1
    assert reserve(app, request, action, 7, 0, code="paint") == (["not_free"], {"free": 6, "next_on": None}), "what is for later is not for now"
    assert free(app, 0, 60, "paint", 7) == {"item": "paint", "from": day(0), "to": day(60), "quantity": 7, "free": 6, "next_on": None, "periods": [
        {"from": day(0), "to": day(30), "free": 10}, {"from": day(30), "to": day(60), "free": 6}]}
    assert reserve(app, request, action, 6, 0, 5, code="paint")[0] == ["end_not_wanted"]
    done = move(app, request, action, 1, "hand_over", quantity=3)
    assert (done["state"], done["quantity"], done["ended_on"]) == ("delivered", 3, day(0))
    assert ask(app, "SELECT quantity FROM stock_item WHERE code = 'paint'") == 7
    assert move(app, request, action, 1, "return", quantity=1)[0] == ["not_in_state"]
    assert reserve(app, request, action, 7, 0, code="paint") == 2
    assert ask(app, "SELECT count(*) FROM stock_faults(%s)", day(0)) == 0


def test_what_is_asked_wrongly__is_told_all_at_once(lent):
    db, app, request, action = lent
    item(app, "paint", "consumable", 5, service=2)
    assert reserve(app, request, action, 1, 0, 5, code="benches")[0] == ["no_such_item"]
    assert reserve(app, request, action, 1, 0, 5, code="paint")[0] == ["not_of_service", "not_of_kind", "end_not_wanted"]
    assert reserve(app, request, action, 1, 0)[0] == ["no_end"]
    for begins, ends in ((5, 5), (5, 4), (-9, 0), (-9, -1)):
        assert reserve(app, request, action, 1, begins, ends)[0] == ["period_is_over"]
    assert door(app, "stock_reserve", request, str(uuid.uuid4()), "{}") is None
    change(app, request, action, state="cancelled")
    assert reserve(app, request, action, 1, 0, 5)[0] == ["action_is_over"]
    change(app, request, action, state="planned")
    assert ask(app, "SELECT view ->> 'active' FROM stock_item_change('chairs', 2, '{\"active\": false}', 'ca', now())") == "false"
    assert reserve(app, request, action, 1, 0, 5)[0] == ["no_such_item"] and free(app, 0, 5)["free"] == 0


def test_a_move__is_refused_with_what_it_would_break(lent):
    db, app, request, action = lent
    one, two = reserve(app, request, action, 6, 2, 5), reserve(app, request, action, 4, 0, 3)
    assert move(app, request, action, 9, "release") is None
    assert move(app, request, action, one, "return")[0] == ["not_in_state"]
    assert move(app, request, action, one, "hand_over", on=1, quantity=7)[0] == ["in_future", "more_than_held"]
    assert move(app, request, action, one, "hand_over", today=5)[0] == ["period_is_over"]
    assert move(app, request, action, two, "hand_over")["state"] == "handed_over"
    assert move(app, request, action, two, "hand_over")[0] == ["not_in_state"]
    assert move(app, request, action, two, "release")[0] == ["not_in_state"]
    assert move(app, request, action, one, "change", quantity=7) == (["not_free"], {"free": 6, "next_on": day(3)})
    assert move(app, request, action, one, "change", **{"from": 3, "to": 6, "quantity": 10})["quantity"] == 10
    assert move(app, request, action, two, "change", quantity=1, to=4)[0] == ["is_out"]
    assert move(app, request, action, two, "change", to=4) == (["not_free"], {"free": 0, "next_on": day(6)})
    assert move(app, request, action, two, "change", to=0)[0] == ["period_is_over"]
    assert move(app, request, action, one, "hand_over", quantity=7) == (["not_on_shelf"], {"free": 6})
    assert move(app, request, action, one, "hand_over", quantity=6)["from"] == day(0), "before its day, as many as were there and are nobody's until then"
    assert move(app, request, action, two, "return", quantity=0)[0] == ["nothing_back"]
    assert move(app, request, action, two, "return", quantity=3, lost=2, on=-1)[0] == ["before_handed_over", "more_than_out"]
    assert move(app, request, action, two, "return", lost=5)[0] == ["more_than_out"]
    assert move(app, request, action, two, "return", on=1)[0] == ["in_future"]
    assert ask(app, "SELECT count(*) FROM stock_faults(%s)", day(0)) == 0


def test_before_its_day__it_goes_out_when_nobody_else_has_it(lent):
    db, app, request, action = lent
    one, two = reserve(app, request, action, 6, 5, 8), reserve(app, request, action, 6, 0, 3)
    assert move(app, request, action, one, "hand_over") == (["not_free"], {"free": 4, "next_on": day(5)})
    assert move(app, request, action, one, "hand_over", today=3)["from"] == day(3)


def test_what_is_lost__is_not_promised_any_more(lent):
    """Two are gone, and all ten are promised: whoever they were promised to is told first, or as many are received."""
    db, app, request, action = lent
    one, two = reserve(app, request, action, 5, 0, 3), reserve(app, request, action, 10, 7, 9)
    move(app, request, action, one, "hand_over")
    assert move(app, request, action, one, "return", lost=2, today=3) == (["promised"], {"free": 0, "next_on": day(7)})
    assert move(app, request, action, two, "change", quantity=8)["quantity"] == 8
    assert move(app, request, action, one, "return", lost=2, today=3)["state"] == "returned"
    assert move_stock(app, "chairs", "retired", -1) == (["promised"], {"free": 0, "next_on": day(7)})
    assert move_stock(app, "chairs", "received", 3) is None and move_stock(app, "chairs", "retired", -3) is None


def test_stock__is_counted_and_never_below_what_is_out(lent):
    db, app, request, action = lent
    one = reserve(app, request, action, 6, 0, 1)
    move(app, request, action, one, "hand_over")
    assert move_stock(app, "chairs", "corrected", -5, today=4, on=4)[0] == ["below_out"], "they should be back, and are not"
    assert move_stock(app, "chairs", "corrected", -4, today=4, on=4) is None
    assert move_stock(app, "chairs", "received", 1, on=1)[0] == ["in_future"]
    assert move_stock(app, "chairs", "received", 999995)[0] == ["too_much"]
    assert door(app, "stock_move", "benches", "received", 1, day(0), "Inventari") is None
    with app.cursor() as cursor:
        cursor.execute("SELECT version, view FROM stock_item_change('chairs', 2, '{}', 'ca', now())")
        assert cursor.fetchone() == (3, None), "another had it in between"
    assert ask(app, "SELECT stock_item_add(%s, 'ca', now())", json.dumps({"code": "chairs", "service": 1, "unit": 1, "name": NAMES, "kind": "lendable"})) is None


def test_an_action__is_not_over_while_it_has_material(lent):
    db, app, request, action = lent
    one, two = reserve(app, request, action, 1, 0, 3), reserve(app, request, action, 1, 0, 3)
    move(app, request, action, one, "hand_over")
    done = dict(state="done", started_on="2026-05-01", ended_on="2026-05-10")
    for what in (done, dict(state="cancelled")):
        assert change(app, request, action, **what)[1] == ["material_is_out", "material_is_reserved"]
    move(app, request, action, two, "release")
    assert change(app, request, action, **done)[1] == ["material_is_out"]
    move(app, request, action, one, "return")
    assert change(app, request, action, **done)[1] is None
    assert ask(app, "SELECT (SELECT count(*) FROM action_faults()) + (SELECT count(*) FROM stock_faults(%s))", day(0)) == 0


def test_there_are_limits__to_what_is_held(lent):
    db, app, request, action = lent
    for _ in range(32):
        move(app, request, action, reserve(app, request, action, 1, 0, 3), "release")
    assert reserve(app, request, action, 1, 0, 3)[0] == ["too_many_holds"]


def test_there_are_limits__to_how_often_an_item_is_promised(world):
    db, app, request, action = world
    owner = db.owner
    scope(owner, staff=True, everything=True)
    other, _ = open_action(owner, request, kind="material_loan")
    item(owner, quantity=10)
    with owner.cursor() as cursor:
        cursor.execute("INSERT INTO stock_hold (action_id, ordinal, item_id, item_kind, quantity, from_day, to_day, reserved_at) "
                       "SELECT a.id, n, i.id, i.kind, 1, %s::date + n, %s::date + n + 1, now() FROM generate_series(1, 999) n, action a, stock_item i "
                       "WHERE a.uid = %s AND i.code = 'chairs'", (day(0), day(0), other))
    assert reserve(owner, request, action, 10, 0, 1) == 1
    assert reserve(owner, request, action, 1, 2000, 2001)[0] == ["too_many_promises"]
    assert len(free(owner, 0, 366)["periods"]) == 2, "the day on which all are gone, and those on which one is"
    owner.rollback()


def test_stock__is_written_through_its_doors_alone(lent):
    db, app, request, action = lent
    for statement in ("UPDATE stock_item SET quantity = 99", "UPDATE stock_hold SET quantity = 99", "DELETE FROM stock_hold", "UPDATE stock_movement SET quantity = 9",
                      "INSERT INTO stock_movement (item_id) VALUES (1)", "DELETE FROM stock_item",
                      "SELECT stock_movement_add(i, 'received', 1, now()::date, 'x', NULL, 'a', 'a', now()) FROM stock_item i"):
        with app.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            app.rollback()
            scope(app, staff=True, everything=True)
            cursor.execute(statement)
    owner = db.connect()
    for statement in ("UPDATE stock_movement SET quantity = 9", "DELETE FROM stock_movement"):
        ask(owner, "SET ROLE oam_owner")
        scope(owner, staff=True, everything=True)
        with owner.cursor() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount == 0, statement
        owner.rollback()


def test_whoever_writes_behind__is_found_out(world):
    db, app, request, action = world
    owner = db.owner
    scope(owner, staff=True, everything=True)
    item(owner, quantity=10)
    reserve(owner, request, action, 4, 1, 3)
    reserve(owner, request, action, 2, 1, 4)
    three = reserve(owner, request, action, 2, 0, 2)
    move(owner, request, action, three, "hand_over")
    move(owner, request, action, three, "return", lost=1, quantity=0, note="Trencada")
    ask(owner, "SAVEPOINT sound")
    for tamper, faults in (("SELECT", set()), ("UPDATE stock_hold SET quantity = quantity + 1 WHERE ordinal = 1", {"hold"}),
                           ("UPDATE stock_hold SET from_day = from_day - 1", {"hold"}), ("DELETE FROM stock_hold WHERE ordinal = 2", {"hold"}),
                           ("UPDATE stock_hold SET quantity = 10", {"hold", "stock of chairs"}), ("UPDATE stock_item SET quantity = 8 WHERE code = 'chairs'", {"stock of chairs"}),
                           ("UPDATE stock_movement SET quantity = quantity + 1 WHERE kind = 'received' AND quantity = 10", {"stock of chairs"}),
                           ("UPDATE stock_movement SET kind = 'corrected', hold_id = NULL WHERE kind = 'lost'", {"movements of chairs"}),
                           ("UPDATE stock_movement SET quantity = -2 WHERE kind = 'lost'; UPDATE stock_item SET quantity = 8 WHERE code = 'chairs'", {"movements of chairs"})):
        with owner.cursor() as cursor:
            cursor.execute(tamper)
            cursor.execute("SELECT fault FROM stock_faults(%s)", (day(0),))
            assert {row[0] for row in cursor.fetchall()} == faults, tamper
            cursor.execute("ROLLBACK TO sound")
    owner.rollback()


# ---- never more promised than there is: a second account, a number for each day

DAYS = range(-10, 60)
FAR = 59  # stands for every day after


class Shed:
    """One kind of material, and who was promised how many of it on each day."""

    def __init__(self, kind, quantity):
        self.lendable, self.quantity, self.holds, self.broken, self.today = kind == "lendable", quantity, {}, collections.Counter(), 0

    def days(self, hold, late):
        """Those on which it has it: as agreed or, `late`, with today when it is out and is due."""
        ends = hold["to"] if self.lendable else FAR + 1
        had = [d for d in DAYS if hold["from"] <= d < ends]
        if late and hold["state"] == "handed_over" and ends <= self.today:
            had += range(ends, self.today + 1)
        return had

    def used(self, late=True, without=None):
        use = collections.Counter()
        for number, hold in self.holds.items():
            if hold["state"] in ("reserved", "handed_over") and number != without:
                for d in self.days(hold, late):
                    use[d] += hold["n"]
        return use

    def free(self, days, late=True, without=None):
        use = self.used(late, without)
        return self.quantity - max((use[d] for d in days), default=0)

    def next(self, n, begins, length, without=None):
        for first in range(begins, FAR + 1):
            if self.free([d for d in range(first, first + length if self.lendable else FAR + 1) if d <= FAR], without=without) >= n:
                return first
        return None

    def out(self):
        return sum(hold["n"] for hold in self.holds.values() if hold["state"] == "handed_over")

    def is_sound(self):
        use = self.used(late=False)
        assert all(use[d] <= self.quantity for d in DAYS if d >= self.today), "overbooked"
        assert self.out() <= self.quantity

    # Each answers what it would break, having done it when that is nothing.

    def reserve(self, n, begins, ends):
        if self.lendable and ends <= max(begins, self.today):
            return ["period_is_over"], None
        days = range(begins, ends if self.lendable else FAR + 1)
        if n > (left := self.free(days)):
            first = self.next(n, begins, len(days))
            return ["not_free"], {"free": max(left, 0), "next_on": first if first is None else day(first)}
        self.holds[len(self.holds) + 1] = {"from": begins, "to": ends, "n": n, "state": "reserved", "handed": None}
        return [], None

    def hand_over(self, number, n):
        hold = self.holds[number]
        if hold["state"] != "reserved":
            return ["not_in_state"]
        if n > hold["n"] or (self.lendable and hold["to"] <= self.today):
            return ["more_than_held"] * (n > hold["n"]) + ["period_is_over"] * (self.lendable and hold["to"] <= self.today)
        if n > self.quantity - self.out():
            return ["not_on_shelf"]
        if n > self.free(range(self.today, hold["from"]), without=number):
            return ["not_free"]
        hold.update(n=n, state="handed_over" if self.lendable else "delivered", handed=self.today, **{"from": min(hold["from"], self.today)})
        if not self.lendable:
            self.quantity -= n
        return []

    def give_back(self, number, n, lost):
        hold = self.holds[number]
        if hold["state"] != "handed_over":
            return ["not_in_state"]
        if n + lost == 0 or n + lost > hold["n"]:
            return ["nothing_back"] if n + lost == 0 else ["more_than_out"]
        hold["n"] -= n + lost
        self.quantity -= lost
        if lost and self.free([d for d in DAYS if d >= self.today], late=False) < 0:
            hold["n"] += n + lost
            self.quantity += lost
            return ["promised"]
        if hold["n"] == 0:
            hold["state"] = "returned"
        return []

    def release(self, number):
        if self.holds[number]["state"] != "reserved":
            return ["not_in_state"]
        self.holds[number]["state"] = "released"
        return []

    def prolong(self, number, ends):
        hold = self.holds[number]
        if hold["state"] not in ("reserved", "handed_over"):
            return ["not_in_state"]
        if not self.lendable:
            return ["end_not_wanted"]
        if ends <= max(hold["from"], self.today):
            return ["period_is_over"]
        begins = hold["to"] if hold["state"] == "handed_over" else hold["from"]
        if ends > begins and hold["n"] > self.free(range(begins, ends), without=number):
            return ["not_free"]
        hold["to"] = ends
        return []

    def move(self, n):
        if n < 0 and self.quantity + n < self.out():
            return ["below_out"]
        if n < 0 and self.free([d for d in DAYS if d >= self.today], late=False) + n < 0:
            return ["promised"]
        self.quantity += n
        return []


ACT = st.one_of(
    st.tuples(st.just("reserve"), st.integers(1, 6), st.integers(-2, 12), st.integers(1, 8)),
    st.tuples(st.just("reserve"), st.integers(1, 6), st.integers(-2, 12), st.integers(1, 8)),
    st.tuples(st.just("hand_over"), st.integers(0, 20), st.integers(1, 6)),
    st.tuples(st.just("return"), st.integers(0, 20), st.integers(0, 4), st.sampled_from([0, 0, 1, 3])),
    st.tuples(st.just("release"), st.integers(0, 20)),
    st.tuples(st.just("prolong"), st.integers(0, 20), st.integers(-1, 15)),
    st.tuples(st.just("move"), st.sampled_from([-6, -2, -1, 1, 3])),
    st.tuples(st.just("sleep"), st.integers(1, 3)))


def action_for(connection, request, actions, shed):
    """Four actions have the holds, in turn."""
    if len(actions) < 4:
        actions.append(open_action(connection, request, kind="material_loan" if shed.lendable else "material_delivery")[0])
    return actions[len(shed.numbers) % len(actions)]


def act(connection, request, actions, shed, what):
    """Does one thing in the database and in the account, which must agree on whether it may be."""
    kind, *how = what
    if kind == "sleep":
        shed.today += how[0]
        return
    if kind == "move":
        expected = shed.move(how[0])
        got = (move_stock(connection, "chairs", "corrected", how[0], today=shed.today, on=shed.today) or [[]])[0]
    elif kind == "reserve":
        n, begins, length = how
        expected, told = shed.reserve(n, begins, begins + length)
        action = action_for(connection, request, actions, shed)
        got = reserve(connection, request, action, n, begins, begins + length if shed.lendable else None, today=shed.today)
        if not expected:
            assert isinstance(got, int), (what, got)
            shed.numbers.append((action, got))
        else:
            assert got == (expected, told), (what, got)
        got = got[0] if expected else []
    else:
        if not shed.holds:
            return
        number = how[0] % len(shed.holds) + 1
        expected, sent = {"hand_over": lambda: (shed.hand_over(number, how[1]), {"quantity": how[1]}),
                          "return": lambda: (shed.give_back(number, *how[1:]), {"quantity": how[1], "lost": how[2]}),
                          "release": lambda: (shed.release(number), {}),
                          "prolong": lambda: (shed.prolong(number, shed.today + how[1]), {"to": shed.today + how[1]})}[kind]()
        action, ordinal = shed.numbers[number - 1]
        got = move(connection, request, action, ordinal, "change" if kind == "prolong" else kind, today=shed.today, **sent)
        got = got[0] if isinstance(got, tuple) else []
    assert got == expected, (what, got, expected)
    shed.broken.update(expected)
    shed.is_sound()


def begin(connection, request, kind, quantity):
    item(connection, kind=kind, quantity=quantity)
    shed = Shed(kind, quantity)
    shed.numbers = []
    return shed


def agree(connection, shed):
    """What the database tells of every day is what the account has."""
    use = shed.used()
    told = free(connection, shed.today, FAR, today=shed.today)
    days = {day(d): p["free"] for p in told["periods"] for d in range(FAR) if p["from"] <= day(d) < p["to"]}
    assert days == {day(d): max(shed.quantity - use[d], 0) for d in range(shed.today, FAR)}
    assert all(a["free"] != b["free"] for a, b in zip(told["periods"], told["periods"][1:]))
    scope(connection, staff=True, everything=True)
    assert ask(connection, "SELECT (SELECT count(*) FROM action_faults()) + (SELECT count(*) FROM stock_faults(%s))", day(shed.today)) == 0


@pytest.fixture
def filed_one(world):
    db, app, request, action = world
    yield request, app
    app.rollback()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["lendable", "lendable", "consumable"]), quantity=st.integers(1, 10), acts=st.lists(ACT, max_size=25))
def test_no_sequence_of_acts__promises_what_there_is_not(filed_one, kind, quantity, acts):
    request, app = filed_one
    scope(app, staff=True)
    shed, actions = begin(app, request, kind, quantity), []
    for what in acts:
        act(app, request, actions, shed, what)
    agree(app, shed)
    app.rollback()


def test_the_account__meets_every_rule(filed_one):
    """What the property is made of reaches each of them: drawn by chance, the same one each time, until all were."""
    request, app = filed_one
    scope(app, staff=True)
    dice, met = random.Random(11), collections.Counter()
    draws = [lambda: ("reserve", dice.randint(1, 6), dice.randint(-2, 12), dice.randint(1, 8)), lambda: ("hand_over", dice.randrange(20), dice.randint(1, 6)),
             lambda: ("return", dice.randrange(20), dice.randrange(4), dice.choice([0, 0, 1, 3])), lambda: ("release", dice.randrange(20)),
             lambda: ("prolong", dice.randrange(20), dice.randint(-1, 15)), lambda: ("move", dice.choice([-6, -2, -1, 1, 3])), lambda: ("sleep", dice.randint(1, 3))]
    for turn in range(14):
        ask(app, "SAVEPOINT turn")
        shed, actions = begin(app, request, "consumable" if turn % 4 == 3 else "lendable", 8), []
        if turn % 2:  # one that is late, and who was to have it next
            for what in (("reserve", 6, 0, 1), ("reserve", 6, 3, 4), ("hand_over", 0, 6), ("sleep", 3), ("hand_over", 1, 6)):
                act(app, request, actions, shed, what)
        for _ in range(30):
            act(app, request, actions, shed, dice.choices(draws, [5, 3, 3, 1, 2, 2, 2])[0]())
        met += shed.broken
        agree(app, shed)
        ask(app, "ROLLBACK TO turn")
    assert set(met) == {"period_is_over", "not_free", "not_in_state", "more_than_held", "not_on_shelf", "nothing_back", "more_than_out", "promised",
                        "end_not_wanted", "below_out"}


# ---- many at once

def test_many_at_once__never_promise_more_than_there_is(db):
    """Eight sessions, each with a request of its own, take of the same ten chairs for days that overlap, hand over, lose and give back, while the
    store is counted. Every order that the database chose is one that the account, told it again, agrees to."""
    requests = [filed(db, number) for number in range(1, 9)]
    app = db.connect("oam_app")
    scope(app, staff=True)
    item(app, quantity=10)
    actions = [open_action(app, request, kind="material_loan")[0] for request in requests]
    app.commit()

    def work(connection, i):
        dice, mine, refused = random.Random(i), [], collections.Counter()
        for turn in range(20):
            scope(connection, staff=True)
            kind = dice.choice(["reserve", "reserve", "reserve", "hand_over", "return", "release", "move"])
            if kind == "move":
                got = (move_stock(connection, "chairs", "corrected", dice.choice([-1, 1])) or [None])[0]
            elif kind == "reserve" or not mine:
                begins = dice.randint(0, 6)
                got = reserve(connection, requests[i], actions[i], dice.randint(1, 4), begins, begins + dice.randint(1, 5))
                if isinstance(got, int):
                    mine.append(got)
            else:
                got = move(connection, requests[i], actions[i], dice.choice(mine), kind, **({"lost": dice.choice([0, 0, 1])} if kind == "return" else {}))
            connection.commit()
            refused.update(got[0] if isinstance(got, tuple) else got if isinstance(got, list) else ())
        return refused

    results = at_once(db, work)
    assert all(isinstance(result, collections.Counter) for result in results), results
    assert {"not_free"} <= set(sum(results, collections.Counter())), "there was something to fight for"
    assert set(sum(results, collections.Counter())) <= {"not_free", "not_in_state", "not_on_shelf", "promised", "below_out", "more_than_out"}
    with db.owner.cursor() as cursor:
        cursor.execute("SELECT from_day - %s::date, to_day - %s::date, quantity - returned - lost FROM stock_hold WHERE state IN ('reserved', 'handed_over')",
                       (day(0), day(0)))
        use = collections.Counter()
        for begins, ends, n in cursor.fetchall():
            for d in range(begins, ends):
                use[d] += n
    quantity = ask(db.owner, "SELECT quantity FROM stock_item WHERE code = 'chairs'")
    assert max(use.values()) <= quantity and quantity == ask(db.owner, "SELECT sum(quantity) FROM stock_movement")
    assert ask(db.owner, "SELECT array_agg(ordinal ORDER BY id) = array_agg(row_number ORDER BY id) FROM (SELECT *, row_number() OVER (ORDER BY id)::int FROM stock_movement) m")
    assert ask(db.owner, "SELECT (SELECT count(*) FROM action_faults()) + (SELECT count(*) FROM stock_faults(%s))", day(0)) == 0 and chains_are_sound(db)


def test_the_last_one__goes_to_one_of_many(db):
    """Each wants all ten on the same days."""
    requests = [filed(db, number) for number in range(1, 9)]
    app = db.connect("oam_app")
    scope(app, staff=True)
    item(app, quantity=10)
    actions = [open_action(app, request, kind="material_loan")[0] for request in requests]
    app.commit()

    def work(connection, i):
        scope(connection, staff=True)
        got = reserve(connection, requests[i], actions[i], 10, 2, 5)
        connection.commit()
        return got

    results = at_once(db, work)
    assert [result for result in results if result == 1] == [1]
    assert [result for result in results if result != 1] == [(["not_free"], {"free": 0, "next_on": day(5)})] * 7
