"""The action that a procedure keeps: opened once, moved, and accounted for by what all of a sort comes to, whoever takes the step."""
import json
from decimal import Decimal

import psycopg2
import psycopg2.errors
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import ask, scope
from test_action import KINDS, change, open_action
from test_races import chains_are_sound, filed


def perform(connection, ref, *acts, strict=False):
    """(version, broken) of steps on the procedure's own action: {"open"|"state"|"record": word, "cents": n}."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version, broken FROM action_act(%s, %s, %s, 'user:1', 'agent.1', now())", (ref, json.dumps(acts), strict))
        return cursor.fetchone()


def total(kind, cents):
    return {"record": kind, "cents": cents}


@pytest.fixture
def granted(db):
    """A request of the first town, and a session of that town, which steps it without being the provider."""
    request = filed(db)
    app = db.connect("oam_app")
    scope(app, bodies=[1])
    return db, app, request, ask(db.owner, "SELECT ref FROM request WHERE id = %s", request)


def own(connection, column):
    return ask(connection, f"SELECT {column} FROM action a WHERE of_procedure")


def test_a_procedure__opens_one_action_and_moves_it(granted):
    db, app, request, ref = granted
    assert perform(app, ref, {"state": "in_progress"}, total("paid", 5)) == (2, None), "there is none yet: nothing happens"
    assert perform(app, ref, {"open": "grant"}) == (3, None)
    assert perform(app, ref, {"open": "grant"}, {"open": "deliverable"}) == (3, None), "one is enough"
    assert own(app, "action_view(a) -> 'of_procedure'") is True
    assert own(app, "action_view(a) ->> 'title' = (SELECT title FROM request)") and own(app, "unit_id = (SELECT unit_id FROM request)")
    assert perform(app, ref, {"state": "in_progress"}, {"state": "in_progress"}) == (4, None)
    app.commit()
    assert ask(db.owner, "SELECT array_agg(type ORDER BY seq) FROM request_event WHERE seq > 2") == ["request.action_opened", "request.action_changed"]
    assert ask(db.owner, "SELECT execution -> 'actions' -> 0 ->> 'state' FROM request") == "in_progress"
    assert chains_are_sound(db) and ask(db.owner, "SELECT count(*) FROM action_faults()") == 0


def test_what_the_unit_opened_itself__is_the_units_to_keep(granted):
    db, app, request, ref = granted
    scope(app, staff=True)
    theirs, _ = open_action(app, request)
    app.commit()
    scope(app, bodies=[1])
    assert perform(app, ref, {"open": "grant"}, {"state": "done"}, total("granted", 100)) == (3, None)
    assert ask(app, "SELECT array_agg((uid::text, state, granted)::text) FROM action") == [f"({theirs},planned,0.00)"]


def test_an_action_of_the_procedure_that_was_cancelled__is_given_up(granted):
    """Who wants what was granted otherwise, shared out or in several, cancels it and opens others."""
    db, app, request, ref = granted
    assert perform(app, ref, {"open": "grant"}) == (3, None)
    app.commit()
    scope(app, staff=True)
    change(app, request, own(app, "uid::text"), state="cancelled")
    open_action(app, request)
    app.commit()
    scope(app, bodies=[1])
    assert perform(app, ref, {"open": "grant"}, {"state": "in_progress"}, total("granted", 100)) == (5, None)
    assert ask(app, "SELECT array_agg(state ORDER BY id) FROM action") == ["cancelled", "planned"]


def test_totals__are_reached_by_the_difference(granted):
    db, app, request, ref = granted
    assert perform(app, ref, {"open": "grant"}, total("granted", 10000), total("granted", 10000), total("granted", 12500))[1] is None
    assert perform(app, ref, total("granted", 500), total("granted", 0), total("granted", 1))[1] is None
    with app.cursor() as cursor:
        cursor.execute("SELECT value, reverses IS NOT NULL FROM amount ORDER BY ordinal")
        assert cursor.fetchall() == [(Decimal(value), back) for value, back in (
            ("100", False), ("25", False), ("-25", True), ("-95", True), ("-5", True), ("0.01", False))], "the newest is taken back first"
    assert own(app, "granted") == Decimal("0.01")


def test_what_the_ledger_does_not_allow__is_told_or_ends_the_step(granted):
    db, app, request, ref = granted
    perform(app, ref, {"open": "grant"}, total("requested", 100))
    app.commit()
    scope(app, bodies=[1])
    assert perform(app, ref, total("granted", 50), total("granted", 101), total("granted", 10))[1] == "granted_over_requested"
    app.rollback()
    scope(app, bodies=[1])
    assert perform(app, ref, total("requested", -1))[1] == "more_than_entry", "what a procedure computed below nothing is not taken for nothing"
    app.rollback()
    scope(app, bodies=[1])
    with pytest.raises(psycopg2.Error, match="granted_over_requested") as refused:
        perform(app, ref, total("granted", 101), strict=True)
    assert refused.value.pgcode == "OA409"
    app.rollback()
    scope(app, bodies=[1])
    assert own(app, "granted") == 0


def test_a_step__is_of_whoever_sees_the_request_and_makes_nobody_the_provider(granted):
    db, app, request, ref = granted
    assert perform(app, ref, {"open": "grant"})[1] is None
    assert ask(app, "SELECT current_setting('oam.staff', true)") == ""
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        open_action(app, request)
    app.rollback()
    scope(app, bodies=[2])
    with pytest.raises(psycopg2.Error) as refused:
        perform(app, ref, {"open": "grant"})
    assert refused.value.pgcode == "OA412"


ACTS = st.lists(st.one_of(
    st.tuples(st.sampled_from(KINDS), st.sampled_from([0, 1, 99, 100, 101, 200])),
    st.tuples(st.just("state"), st.sampled_from(["planned", "in_progress", "done", "cancelled"]))), max_size=25)


def forbidden(sums, state, asked, before):
    """Whether these sums may not be, after a step from those before."""
    out = sums["advanced"] + sums["paid"] - sums["returned"]
    went = sums["advanced"] > before["advanced"] or sums["paid"] > before["paid"]
    return (asked and sums["granted"] > sums["requested"]) or sums["committed"] > sums["granted"] or out < 0 or (went and out > sums["committed"]) or (
        state == "done" and out > min(sums["committed"], sums["justified"])) or (state == "cancelled" and out != 0)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_no_sequence_of_steps__makes_the_sums_disagree(granted, acts):
    db, app, request, ref = granted
    scope(app, bodies=[1])
    perform(app, ref, {"open": "grant"})
    sums, state, asked = dict.fromkeys(KINDS, 0), "planned", False
    for word, value in acts:
        after = {**sums, **({} if word == "state" else {word: value})}
        next_state = value if word == "state" else state
        would_ask = asked or (word == "requested" and value != sums["requested"])
        ask(app, "SAVEPOINT one")
        broken = perform(app, ref, {"state": value} if word == "state" else total(word, value))[1]
        assert bool(broken) == (after != sums and forbidden(after, state, would_ask, sums) or next_state != state and forbidden(sums, next_state, asked, sums)), \
            (word, value, sums, state, broken)
        if broken:
            ask(app, "ROLLBACK TO one")
        else:
            sums, state, asked = after, next_state, would_ask
        if state == "cancelled":
            break
    assert {kind: int(100 * own(app, kind)) for kind in KINDS} == sums and own(app, "state") == state
    scope(app, staff=True, everything=True)
    assert ask(app, "SELECT count(*) FROM action_faults()") == 0
    app.rollback()
