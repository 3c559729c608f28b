"""The same thousand requests asked about again and again: "not modified" from memory, until one of them changes."""
import pytest

from oamtest.client import OTHER_TOWN, TOWN, new_key
from oamtest.waiting import eventually

PATH = "/api/v1/status:query"


@pytest.fixture(scope="module")
def known(all_tokens):
    return [all_tokens.file("integration", body=body)["ref"] for body in (TOWN, TOWN, OTHER_TOWN)]


def handed_over(api):
    """How many requests a database thread was asked for."""
    text = api.get("/metrics", role=None).text
    return int(float(next(line.split()[1] for line in text.splitlines() if line.startswith("oam_http_handed_over_total "))))


def poll(api, refs, etag=None, role="integration", **params):
    return api.post(PATH, role=role, json={"refs": refs}, params=params, headers={"If-None-Match": etag} if etag else {})


def settled(api, refs, role="integration", **params):
    """A validator that memory knows: what was changed before this is heard of, and does not come in between."""
    def known():
        first = poll(api, refs, role=role, **params)
        before = handed_over(api)
        again = poll(api, refs, first.etag, role=role, **params)
        return first.etag if again.status_code == 304 and handed_over(api) == before else None
    return eventually(known)


def test_a_poll__is_answered_without_the_database_while_nothing_changes(api, known):
    many = known + [f"OAM-2026-9{n:05}" for n in range(1000 - len(known))]  # most of them are nobody's

    def trial():
        etag = settled(api, many)
        before = handed_over(api)
        for _ in range(5):
            again = poll(api, many, f'"x", {etag}')
            assert (again.status_code, again.etag, again.content) == (304, etag, b"")
        return handed_over(api) == before

    assert eventually(trial, 30)
    before = handed_over(api)
    assert poll(api, many, '"other"').status_code == 200 and handed_over(api) > before


def test_a_poll__is_answered_from_memory_whatever_others_do(api, known):
    def trial():
        other = api.file("local_user")["ref"]
        etag = settled(api, known[:1])
        assert api.act(other, "take", role="agent").status_code == 200
        api.file("local_user")
        before = handed_over(api)
        assert poll(api, known[:1], etag).status_code == 304
        return handed_over(api) == before

    assert eventually(trial, 30)


def test_a_poll__tells_a_change_of_any_of_them_at_once(api, known):
    """Of one in the middle; also when it was told before, and when it is none of theirs yet."""
    mine = [api.file("local_user")["ref"] for _ in range(3)]
    unborn = f"OAM-2026-{int(mine[-1][-6:]) + 1:06}"
    etag = settled(api, mine + [unborn])
    assert api.act(mine[1], "take", role="agent").status_code == 200
    changed = poll(api, mine + [unborn], etag)
    assert changed.status_code == 200 and changed.json()["missing"] == [unborn]
    assert [item["version"] for item in changed.json()["items"]][0] < changed.json()["items"][1]["version"]
    etag = settled(api, mine + [unborn])
    assert api.file("local_user")["ref"] == unborn
    assert [item["ref"] for item in poll(api, mine + [unborn], etag).json()["items"]] == mine + [unborn]


def test_a_poll__is_its_callers_own(api, known):
    """The same question of another caller, in another language, or for other members, is another one."""
    etag = settled(api, known)
    for role, visible in (("integration_a", known[:2]), ("integration_b", known[2:]), ("operator", known)):
        for _ in range(2):
            answer = poll(api, known, etag, role=role)
            if role == "operator":  # sees the same bytes, and may be told so
                assert answer.status_code == 304
            else:
                assert [item["ref"] for item in answer.json()["items"]] == visible
    for params in ({"lang": "en"}, {"fields": "phase"}, {"include": "title"}, {"fields": "phase", "include": "title"}):
        other = settled(api, known, **params)
        assert other != etag and poll(api, known, etag, **params).status_code == 200 and poll(api, known, other).status_code == 200
    assert poll(api, list(reversed(known)), etag).status_code == 200
    assert poll(api, known, etag).status_code == 304


def test_a_draft__appears_to_the_provider_with_its_submission(api):
    draft = api.file("local_user", submit=False)
    etag = settled(api, [draft["ref"]], role="operator")
    assert api.act(draft["ref"], "submit", role="local_user").status_code == 200
    told = poll(api, [draft["ref"]], etag, role="operator")
    assert told.status_code == 200 and told.json()["missing"] == []


def test_who_may_no_longer_ask__is_told_nothing(api, known):
    etag = settled(api, known)
    assert poll(api, known, etag, role=None).status_code == 401
    assert poll(api, known, etag, role="directory_only").status_code == 403
    assert api.post(PATH, role="integration", json={"refs": ["x"]}, headers={"If-None-Match": etag, "Idempotency-Key": new_key()}).status_code == 422
