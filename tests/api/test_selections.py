"""`fields` and `include`: what is left out, what is added, and validators that tell one selection from another."""
import threading

import pytest

from oamtest.client import TOWN, act, new_key
from oamtest.contract import Contract

PATH = "/api/v1/requests"
SCHEMAS = Contract().document["components"]["schemas"]
STATUS = list(SCHEMAS["Status"]["properties"])
SUMMARY = list(SCHEMAS["RequestCore"]["properties"])
REQUEST = SUMMARY + list(SCHEMAS["Request"]["properties"])


@pytest.fixture(scope="module")
def ref(all_tokens):
    """One that has something to say in most members: taken, with an action and a milestone."""
    api = all_tokens
    ref = api.file("integration", title="Seleccions", external_ref=f"sel-{new_key()}")["ref"]
    api.act(ref, "take", role="agent")
    assert act(api, ref).status_code == 201
    return ref


def one(api, ref, **params):
    return api.get(f"{PATH}/{ref}", role="integration", params=params)


def status(api, ref, **params):
    return api.get(f"{PATH}/{ref}/status", role="integration", params=params)


def many(api, ref, **params):
    return api.post("/api/v1/status:query", role="integration", json={"refs": [ref]}, params=params)


def listed(api, ref, **params):
    return api.get(PATH, role="integration", params={"external_ref": one(api, ref).json()["external_ref"], **params})


def only(answer):
    assert answer.status_code == 200, answer
    told = answer.json()
    return told["items"][0] if "items" in told else told


# How it is asked, what it has by itself, what may be added to it.
WAYS = {"one": (one, REQUEST, STATUS), "status": (status, STATUS, REQUEST), "many": (many, STATUS, SUMMARY), "list": (listed, SUMMARY, STATUS)}
each_way = pytest.mark.parametrize("ask, own, other", WAYS.values(), ids=WAYS)


@each_way
def test_fields__are_the_same_members_and_no_others(api, ref, ask, own, other):
    whole = only(ask(api, ref))
    assert sorted(whole) == sorted(own)
    assert only(ask(api, ref, fields=",".join(reversed(own)))) == whole
    for name in own:
        assert only(ask(api, ref, fields=name)) == {key: whole[key] for key in {"ref", "version", name}}


@each_way
def test_include__adds_what_the_other_representation_says(api, ref, ask, own, other):
    whole, beside = only(ask(api, ref)), only((status if other is STATUS else one)(api, ref))
    added = [name for name in other if name not in own]
    everything = only(ask(api, ref, include=",".join(added)))
    assert everything == {**{name: beside[name] for name in added}, **whole}
    for name in added:
        assert only(ask(api, ref, fields="phase", include=name)) == {key: everything[key] for key in {"ref", "version", "phase", name}}
    assert only(ask(api, ref, fields="phase", include="state")) == {key: whole[key] for key in ("ref", "version", "phase", "state")}


@each_way
def test_an_unknown_name__is_told_with_the_nearest(api, ref, ask, own, other):
    answer = ask(api, ref, fields="phase,pahse,", include="udpated_at", lang="en")
    assert answer.status_code == 400 and answer.json()["code"] == "invalid_parameter"
    told = [(error["parameter"], error["code"], error["detail"].split("\u201d")[0].split("\u201c")[1]) for error in answer.json()["errors"]]
    assert told == [("fields", "unknown_value", "pahse"), ("fields", "unknown_value", ""), ("include", "unknown_value", "udpated_at")]
    details = [error["detail"] for error in answer.json()["errors"]]
    assert "\u201cphase\u201d" in details[0] and "\u201cupdated_at\u201d" in details[2]


@each_way
def test_what_cannot_be_had_there__is_unknown(api, ref, ask, own, other):
    foreign = next(name for name in REQUEST + STATUS if name not in own)
    assert ask(api, ref, fields=foreign).status_code == 400
    for name in set(REQUEST + STATUS) - set(own) - set(other):
        assert ask(api, ref, include=name).status_code == 400
    long = ask(api, ref, fields=",".join(["phase"] * 200))
    assert long.status_code == 400 and [error["code"] for error in long.json()["errors"]] == ["too_long"]


@pytest.mark.parametrize("ask", [one, status], ids=["one", "status"])
def test_a_selection__has_a_strong_etag_of_its_own(api, ref, ask):
    def again(etag, **params):
        path = f"{PATH}/{ref}/status" if ask is status else f"{PATH}/{ref}"
        return api.get(path, role="integration", params=params, headers={"If-None-Match": etag})

    other = "title" if ask is status else "due"
    asked = [{}, {"fields": "phase"}, {"fields": "phase,state"}, {"include": other}, {"fields": "phase", "include": other}, {"fields": "phase", "lang": "en"}]
    etags = [ask(api, ref, **params).etag for params in asked]
    assert len(set(etags)) == len(asked) and not any(etag.startswith("W/") for etag in etags)
    for i, params in enumerate(asked):
        assert [again(etag, **params).status_code for etag in etags] == [304 if i == j else 200 for j in range(len(etags))]
        assert again(", ".join(etags), **params).etag == etags[i]
    assert ask(api, ref, fields="state,phase").etag == ask(api, ref, fields="phase", include="state").etag == etags[2]


def test_a_selection__is_the_same_from_memory_and_from_the_database(api):
    for params in ({"fields": "phase,due"}, {"fields": "phase", "include": "title,data"}, {"include": "body_name"}):
        filed = api.file("integration")["ref"]
        first = status(api, filed, **params)  # nobody has read it yet
        one(api, filed)
        again = status(api, filed, **params)
        assert (first.status_code, first.content, first.etag) == (200, again.content, again.etag)


def test_a_selection__is_cut_where_members_end_whatever_is_in_them(api):
    """Braces, commas, quotes and backslashes inside of texts and names end nothing."""
    nasty = 'Un "títol", {"phase":"end"}, [x] \\ i \\" i \\\\'
    filed = api.file("local_user", submit=False, title=nasty, description=nasty + "\n\t\u2028}]")["ref"]
    path = f"{PATH}/{filed}"
    whole, beside = api.get(path, role="local_user").json(), api.get(f"{path}/status", role="local_user").json()
    assert whole["title"] == nasty and whole["phase"] == "draft"
    for name in whole:
        assert api.get(path, role="local_user", params={"fields": name}).json() == {key: whole[key] for key in {"ref", "version", name}}
    added = ("title", "description", "data", "created_at")
    told = api.get(f"{path}/status", role="local_user", params={"fields": "phase,closed_at", "include": ",".join(added)}).json()
    assert told == {**{key: beside[key] for key in ("ref", "version", "phase", "closed_at")}, **{key: whole[key] for key in added}}


def test_the_etag_of_a_selection__is_good_for_if_match(api):
    filed = api.file("integration")["ref"]
    etag = status(api, filed, fields="phase").etag
    done = api.post(f"{PATH}/{filed}/transitions", role="agent", json={"event": "take"}, headers={"If-Match": etag, "Idempotency-Key": new_key()})
    late = api.post(f"{PATH}/{filed}/transitions", role="agent", json={"event": "take"}, headers={"If-Match": etag, "Idempotency-Key": new_key()})
    assert (done.status_code, late.status_code) == (200, 412)


def test_a_selection__shows_nothing_that_is_foreign(api):
    draft = api.file("local_user", submit=False)["ref"]
    for role in ("local_user", "integration"):  # memory knows both representations
        for path in (f"{PATH}/{draft}", f"{PATH}/{draft}/status"):
            assert api.get(path, role=role).status_code == 200
    for role in ("operator", "local_user_b"):
        for path, include in ((f"{PATH}/{draft}", "due"), (f"{PATH}/{draft}/status", "title")):
            assert api.get(path, role=role, params={"fields": "phase", "include": include}).status_code == 404
        query = api.post("/api/v1/status:query", role=role, json={"refs": [draft]}, params={"fields": "phase", "include": "title"})
        assert query.json() == {"items": [], "missing": [draft]}


def test_a_list__has_the_status_of_what_it_lists(api):
    filed = [api.file("local_user", title=f"Pàgina {n}")["ref"] for n in range(3)]
    asked = {"body": TOWN, "limit": 3, "fields": "phase", "include": "progress,awaiting,holder"}
    for changed in (None, filed[1]):  # memory knows the statuses, and then one of them no more
        if changed:
            assert api.act(changed, "take", role="agent").status_code == 200
        page = api.get(PATH, role="local_user", params=asked).json()["items"]
        assert sorted(item["ref"] for item in page) == filed
        for item in page:
            told = api.get(f"{PATH}/{item['ref']}/status", role="local_user").json()
            assert item == {key: told[key] for key in ("ref", "version", "phase", "progress", "awaiting", "holder")}


def test_a_page_of_selections__goes_on_with_the_cursor_of_the_page_before(api):
    for n in range(3):
        api.file("local_user")
    first = api.get(PATH, role="local_user", params={"limit": 2, "fields": "phase"})
    cursor = first.json()["next"]
    narrow = api.get(PATH, role="local_user", params={"limit": 2, "cursor": cursor, "include": "due"})
    plain = api.get(PATH, role="local_user", params={"limit": 2, "cursor": cursor})
    assert [item["ref"] for item in narrow.json()["items"]] == [item["ref"] for item in plain.json()["items"]]
    assert "fields=phase" in first.headers["Link"]


def test_a_long_poll__answers_with_the_selection(api):
    filed = api.file("integration")["ref"]
    before = status(api, filed, fields="phase", include="title")
    answers = []
    waiter = threading.Thread(target=lambda: answers.append(api.get(
        f"{PATH}/{filed}/status", role="integration", params={"fields": "phase", "include": "title"},
        headers={"If-None-Match": before.etag, "Prefer": "wait=20"})))
    waiter.start()
    api.act(filed, "take", role="agent")
    waiter.join()
    assert only(answers[0]) == {**before.json(), "version": before.json()["version"] + 1, "phase": "study"} and answers[0].etag != before.etag
