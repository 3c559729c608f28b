"""What somebody may no longer ends on every server at once: for those who ask, for those who wait, and for nobody else."""
import concurrent.futures
import contextlib

import pytest
from oamtest.client import OTHER_TOWN, PRINCIPALS, TOWN, Api
from oamtest.waiting import eventually
from test_auth import ADDRESS, ME, SESSION
from test_event_stream import Stream

SOON = 5  # seconds: a stream would ask by itself after 15, a token be asked about after 20, a long-poll come back after 30
OF = "(SELECT id FROM user_account WHERE login = %s)"


@pytest.fixture
def two(new_server, contract):
    """Two servers of one database: what the first is told, the second has to hear."""
    one = new_server(OAM_PUBLIC_URL=ADDRESS)
    return Api(one, contract), Api(new_server(one.database, OAM_PUBLIC_URL=ADDRESS), contract)


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        yield threads


def by_hand(statement):
    return lambda api, login, token: api.server.database.sql(statement, login)


def log_out(api, login, token):
    assert api.delete(SESSION, token=token).status_code == 204


def known(both, token):
    """Both servers have it in memory."""
    for _ in range(2):
        assert [api.get(ME, token=token).status_code for api in both] == [200, 200]


def wait(api, token):
    head = api.get("/api/v1/events", token=token, params={"after": "latest"}).json()["next"]
    return api.get("/api/v1/events", token=token, params={"after": head, "subject": "OAM-2026-999999"}, headers={"Prefer": "wait=30"})


@contextlib.contextmanager
def listening(*asked):
    streams = [Stream(api, token=token) for api, token in asked]
    try:
        assert [stream.response.status for stream in streams] == [200] * len(streams)
        yield streams
    finally:
        for stream in streams:
            stream.close()


def parked(api):
    return int(api.get("/metrics", role=None).text.split("\noam_http_parked ")[1].split()[0])


ENDS = {
    "account": ("operator", by_hand("UPDATE user_account SET active = false WHERE login = %s")),
    "password": ("technician", by_hand("UPDATE user_account SET password_hash = NULL WHERE login = %s")),
    "membership": ("local_user_b", by_hand(f"DELETE FROM membership WHERE user_id = {OF}")),
    "last day": ("unit_head", by_hand(f"UPDATE membership SET valid_from = '2000-01-01', valid_to = '2000-01-02' WHERE user_id = {OF}")),
    "session": ("supervisor", log_out),
}


def test_who_is_shut_out__is_out_wherever_they_ask_listen_or_wait(two, pool):
    """The session of the first server is ended there, everything else by hand; a bystander goes on as if nothing were."""
    api, other = two
    bystander = api.login(PRINCIPALS["admin"])
    known(two, bystander)
    with listening(*((one, bystander) for one in two)) as kept:
        for name, (role, end) in ENDS.items():
            login = PRINCIPALS[role]
            token = api.login(login)
            known(two, token)
            with listening((api, token), (other, token)) as streams:
                polls = [pool.submit(wait, one, token) for one in two]
                eventually(lambda: [parked(one) for one in two] == [1, 1])
                end(api, login, token)
                assert [poll.result(SOON).status_code for poll in polls] == [401, 401], name
                assert all(stream.ended.wait(SOON) for stream in streams), name
                eventually(lambda: [one.get(ME, token=token).status_code for one in two] == [401, 401], seconds=SOON)
        ref = api.file("local_user")["ref"]
        eventually(lambda: all("submitted" in stream.of(ref) for stream in kept))
        assert not any(stream.ended.is_set() for stream in kept)
    known(two, bystander)


def test_who_is_of_another_town_from_now_on__sees_that_one(two, pool):
    """What is open for the old town ends or goes on with the new one; the session stays."""
    api, other = two
    login = PRINCIPALS["local_user_b"]
    token = api.login(login)
    theirs, own = api.file("signer", body=OTHER_TOWN)["ref"], api.file("local_user")["ref"]
    known(two, token)
    assert [other.get(f"/api/v1/requests/{ref}", token=token).status_code for ref in (theirs, own)] == [200, 404]
    with listening((other, token)) as (stream,):
        poll = pool.submit(wait, other, token)
        eventually(lambda: parked(other) == 1)
        api.server.database.sql(f"UPDATE membership SET body_id = (SELECT id FROM body WHERE code = '{TOWN}') WHERE user_id = {OF}", login)
        eventually(lambda: [other.get(f"/api/v1/requests/{ref}", token=token).status_code for ref in (theirs, own)] == [404, 200], seconds=SOON)
        assert stream.ended.wait(SOON)
        later = api.file("signer", body=OTHER_TOWN)["ref"]
        assert not stream.of(later)
        other.server.database.sql("UPDATE user_account SET active = false WHERE login = %s", login)
        assert poll.result(SOON).status_code == 401, "it went on waiting, with what it may now"


def test_a_token_that_is_given_back__ends_alone(two):
    api, other = two
    first, second = (api.client_token() for _ in range(2))
    for token in (first, second):
        known(two, token)
    with listening((other, first), (other, second)) as (over, kept):
        log_out(api, None, first)
        assert over.ended.wait(SOON)
        eventually(lambda: other.get(ME, token=first).status_code == 401, seconds=SOON)
        known(two, second)
        ref = api.file("local_user")["ref"]
        eventually(lambda: "submitted" in kept.of(ref))
        assert not over.of(ref)
