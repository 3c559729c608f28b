"""A migration goes on whoever is killed in the middle of it: every request is taken over once, and the replay says the same bytes."""
import random
import time

from oamtest.client import TOWN, new_key
from oamtest.versions import FIRST, KEY, MAP, RESTRUCTURED, publish, structure
from test_faults import DEEP, until


def file_many(api, count):
    """In batches; every third is asked, so that there are clocks that stand still."""
    refs = []
    for begin in range(0, count, 50):
        items = [{"service": "OAM-GEN", "body": TOWN, "title": f"Llicència {begin + n}", "submit": True} for n in range(50)]
        answer = api.post("/api/v1/requests:batch", json={"items": items}, role="local_user", headers={"Idempotency-Key": new_key()})
        assert answer.status_code == 200 and {item["status"] for item in answer.json()["items"]} == {201}, answer.text
        refs += [item["ref"] for item in answer.json()["items"]]
    for ref in refs[::3]:
        api.act(ref, "ask", role="operator")
    return refs


def test_killed_servers__take_every_request_over_once(start, client):
    """Two oamd are killed (-9) at random while they take requests over and people go on working with them."""
    first = start()
    database = first.database
    second = start(database=database)
    api = client(first)
    publish(api, FIRST)
    database.sql("UPDATE service SET workflow_key = %s WHERE code = 'OAM-GEN'", KEY)
    assert until(lambda: api.get("/api/v1/services/OAM-GEN", role="operator").json()["workflow"] == KEY, 10, 0.1)
    count = 20000 if DEEP else 600
    refs = file_many(api, count)
    assert len(refs) == count
    publish(api, structure(2), RESTRUCTURED)
    assert until(lambda: api.get(f"/api/v1/workflows/{KEY}", role="operator").json()["version"] == 2, 10, 0.1)
    begun = api.post(f"/api/v1/workflows/{KEY}/migrations", json={"from": 1, "to": 2, "map": MAP, "reason": "Bases noves"}, role="admin",
                     headers={"Idempotency-Key": new_key()})
    assert begun.status_code == 202, begun.text
    done = lambda: database.one("SELECT done_at IS NOT NULL FROM workflow_migration")
    moved = lambda: database.one("SELECT count(*) FROM request_event WHERE type = 'request.migrated'")
    assert until(lambda: moved() > 0, 20, 0.005)
    seen, kills = [moved()], 0
    while not done() and kills < 400:
        victim = random.choice([first, second])
        victim.kill()
        seen.append(moved())
        victim.start()
        kills += 1
        time.sleep(random.uniform(0.02, 0.25))
    assert until(done, 60, 0.1)
    assert kills > 0 and any(0 < at < count for at in seen), "nobody was killed in the middle"
    assert moved() == database.one("SELECT count(DISTINCT request_id) FROM request_event WHERE type = 'request.migrated'") == count
    assert database.one("SELECT moved FROM workflow_migration") == count
    assert database.one("SELECT count(*) FROM workflow_migration_left") == 0
    assert dict(database.sql("SELECT d.version, count(*) FROM request r JOIN workflow_definition d ON d.id = r.workflow_id GROUP BY 1")) == {2: count}
    assert dict(database.sql("SELECT state, count(*) FROM request GROUP BY 1")) == {"study": count - len(refs[::3]), "pending": len(refs[::3])}
    # Clocks that stand still have no row, those that run have one, and each state has its timers.
    assert database.one("SELECT count(*) FROM request r JOIN request_clock c ON c.request_id = r.id WHERE state = 'pending'") == 0
    assert database.one("SELECT count(*) FROM request r JOIN request_clock c ON c.request_id = r.id AND c.clock = 'answer' WHERE state = 'study'") == count - len(refs[::3])
    assert dict(database.sql("SELECT timer, count(*) FROM request_timer GROUP BY 1")) == {
        "late": count - len(refs[::3]), "reminder": count - len(refs[::3]), "silence": len(refs[::3])}
    first.verify()
    print(f"{count} requests taken over under {kills} kills, replayed to the byte")
