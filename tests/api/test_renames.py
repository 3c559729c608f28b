"""A name of the directory that changes: no request has another version for it, and yet nobody is told that theirs is the same."""
import pytest
from oamtest.client import TOWN, Api, new_key
from oamtest.waiting import eventually

PATH = "/api/v1/requests"

RENAMES = {
    "body": "UPDATE body SET name = name || ' (nou)' WHERE code = '%s'" % TOWN,
    "comarca": "UPDATE body SET comarca_code = '24' WHERE code = '%s'" % TOWN,
    "service": """UPDATE service SET name = name || '{"ca": "Consulta (nova)"}' WHERE code = 'OAM-GEN'""",
    "agent": "UPDATE user_account SET name = name || ' (nou)' WHERE login = (SELECT u.login FROM request r JOIN agent a ON a.id = r.assignee_id JOIN user_account u ON u.id = a.user_id"
             " WHERE r.ref = '{ref}')",
}
# How it is read; `fields` has a tag of its own.
READ = {"request": ("", {}), "status": ("/status", {}), "selection": ("", {"fields": "ref,body_name,service_name,assignee_name"})}


@pytest.fixture
def two(new_server, contract):
    one = new_server()
    return Api(one, contract), Api(new_server(one.database), contract)


def read(api, ref, what, **headers):
    below, params = READ[what]
    return api.get(f"{PATH}/{ref}{below}", role="integration", params=params, headers=headers)


def twice(api, ref, what, etag):
    """From the database and from memory, or the other way round: always the same."""
    answers = [read(api, ref, what, **{"If-None-Match": etag}) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {304}
    return {answer.etag for answer in answers}


@pytest.mark.parametrize("what", RENAMES)
def test_a_name_that_changes__changes_the_validators_of_what_shows_it(two, what):
    api, other = two
    ref = api.file("integration", title=f"Canvi de nom: {what}")["ref"]
    before = {way: read(api, ref, way) for way in READ}
    api.server.database.sql(RENAMES[what].replace('{ref}', ref))
    for server in two:
        eventually(lambda server=server: read(server, ref, "request").content != before["request"].content)
    for way in READ:
        after = read(api, ref, way)
        assert after.etag != before[way].etag and read(other, ref, way).etag == after.etag
        assert read(other, ref, way).content == after.content
        for server in two:
            stale = read(server, ref, way, **{"If-None-Match": before[way].etag})
            assert (stale.status_code, stale.etag, stale.content) == (200, after.etag, after.content)
            assert twice(server, ref, way, after.etag) == {after.etag}
    taken = api.post(f"{PATH}/{ref}/transitions", role="agent", json={"event": "take"}, headers={"If-Match": after.etag, "Idempotency-Key": new_key()})
    assert taken.status_code == 200, taken


def test_what_was_not_renamed__has_the_tag_that_it_had(new_server, contract):
    """Who writes the same names again, as an import does, has changed nothing; nor has who renames what no request shows."""
    api = Api(new_server(), contract)
    ref = api.file("integration", title="Sense canvis de nom")["ref"]
    etag = read(api, ref, "request").etag
    assert etag == f'"v{api.get(f"{PATH}/{ref}", role="integration").json()["version"]}-ca"'
    for statement in ("UPDATE body SET name = name, population = population + 1", "UPDATE service SET name = name", "UPDATE user_account SET name = name", "UPDATE agent SET user_id = user_id",
                      "UPDATE skill SET name = name || '{\"ca\": \"Una altra\"}'"):
        api.server.database.sql(statement)
    assert api.server.database.sql("SELECT renamed FROM directory_stamp") == [(0,)]
    assert read(api, ref, "request", **{"If-None-Match": etag}).status_code == 304
