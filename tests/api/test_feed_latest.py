"""Starting a reader at the end of the feed: `after=latest`."""
from oamtest.client import new_key


def test_latest__answers_no_event_and_where_to_go_on(api):
    filed = api.file(role="local_user")
    begun = api.get("/api/v1/events?after=latest", role="integration").json()
    assert begun["items"] == []
    said = api.post(f"/api/v1/requests/{filed['ref']}/comments", role="local_user", json={"text": "Encara hi som."},
                    headers={"Idempotency-Key": new_key()})
    assert said.status_code == 201
    after = begun["next"]
    seen = []
    for _ in range(50):
        page = api.get(f"/api/v1/events?after={after}", role="integration", headers={"Prefer": "wait=2"}).json()
        seen += [(event["subject"], event["type"]) for event in page["items"]]
        after = page["next"]
        if (filed["ref"], "cat.oam.request.commented") in seen:
            break
    assert (filed["ref"], "cat.oam.request.commented") in seen


def test_latest__is_the_only_word(api):
    answer = api.get("/api/v1/events?after=newest", role="integration")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "after"
