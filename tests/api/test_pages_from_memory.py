"""A list that is answered from memory is the list that PostgreSQL would give."""
from oamtest.client import TOWN, new_key


def refs(api, role, query=""):
    return [item["ref"] for item in api.get(f"/api/v1/requests?limit=5{query}", role=role).json()["items"]]


def test_page__has_the_request_filed_a_moment_ago(api):
    for _ in range(5):
        refs(api, "operator")
        refs(api, "local_user")
        filed = api.file(role="local_user")["ref"]
        assert refs(api, "operator")[0] == filed
        assert refs(api, "local_user")[0] == filed
        assert filed not in refs(api, "local_user_b")


def test_page__has_the_state_of_a_moment_ago(api):
    filed = api.file(role="local_user")["ref"]
    before = api.get("/api/v1/requests?limit=1", role="agent")
    assert api.get("/api/v1/requests?limit=1", role="agent").content == before.content
    assert api.act(filed, "take", role="agent").status_code == 200
    after = api.get("/api/v1/requests?limit=1", role="agent", headers={"If-None-Match": before.etag})
    assert after.status_code == 200 and after.json()["items"][0]["state"] == "in_progress"
    assert api.get("/api/v1/requests?limit=1", role="agent", headers={"If-None-Match": after.etag}).status_code == 304


def test_page__has_what_a_batch_brought(api):
    refs(api, "operator")
    answer = api.post("/api/v1/requests:batch", role="integration", headers={"Idempotency-Key": new_key()},
                      json={"items": [{"service": "OAM-GEN", "body": TOWN, "title": "Per lots", "submit": True}]})
    assert refs(api, "operator")[0] == answer.json()["items"][0]["ref"]


def test_page__is_in_the_language_of_each_asker(api):
    api.file(role="local_user")
    labels = {language: api.get("/api/v1/requests?limit=1", role="operator", headers={"Accept-Language": language}).json()["items"][0]["state_label"]
              for language in ("ca", "es", "en", "ca")}
    assert len(set(labels.values())) == 3
