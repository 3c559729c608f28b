"""Reads that share a round trip to PostgreSQL: what one caller sees is never another's."""
import threading
import time
from contextlib import closing

import psycopg2
from oamtest.client import Api, TOWN
from oamtest.database import dsn


def shared_reads(api):
    """How many reads have travelled in company so far."""
    text = api.get("/metrics", role=None).content.decode()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("oam_http_shared_reads_total ")))


def ask_all_at_once(server, asks):
    """One thread, one connection for each ask; they all wait behind a lock of the table, and are served together."""
    answers = [None] * len(asks)
    with closing(psycopg2.connect(dsn(server.database.name))) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE oam.request IN ACCESS EXCLUSIVE MODE")

        def run(number, ask):
            answers[number] = ask()

        threads = [threading.Thread(target=run, args=(number, ask)) for number, ask in enumerate(asks)]
        for thread in threads:
            thread.start()
        time.sleep(0.4)  # less than the lock_timeout: the first one waits, the others pile up behind it
        holder.rollback()
    for thread in threads:
        thread.join()
    return answers


def test_company__everybody_sees_what_they_would_see_alone(new_server, contract):
    server = new_server(OAM_CACHE_MB="0", OAM_DB_THREADS="1")
    api = Api(server, contract)
    filed = [api.file(role="local_user", title=f"Consulta {number}")["ref"] for number in range(3)]
    looks = [(role, path) for role in ("local_user", "local_user_b", "operator", "agent", "integration")
             for path in [f"/api/v1/requests/{ref}" for ref in filed] + [f"/api/v1/requests/{ref}/status" for ref in filed]
             + ["/api/v1/requests?limit=2", f"/api/v1/requests?body={TOWN}", "/api/v1/requests/OAM-2026-999999",
                "/api/v1/requests?sort=ref&limit=1", "/api/v1/requests?cursor=none"]]
    alone = [api.get(path, role=role) for role, path in looks]
    assert shared_reads(api) == 0
    together = ask_all_at_once(server, [lambda role=role, path=path: api.get(path, role=role) for role, path in looks])
    for (role, path), one, other in zip(looks, alone, together):
        assert other.status_code == one.status_code, (role, path, other.text)
        if one.status_code == 200:
            assert (other.content, other.etag) == (one.content, one.etag), (role, path)
    assert {answer.status_code for answer in alone} == {200, 400, 404}
    assert shared_reads(api) > len(looks) // 2


def test_company__a_filtered_look_does_not_hold_up_the_others(new_server, contract):
    """A list whose plan is made for its values travels alone, and everybody is answered."""
    server = new_server(OAM_CACHE_MB="0", OAM_DB_THREADS="2")
    api = Api(server, contract)
    ref = api.file(role="local_user")["ref"]
    # Of so few filtered ones some of the others stand next to each other, whatever the order in which they come.
    plain, filtered = [f"/api/v1/requests/{ref}"] * 35, ["/api/v1/requests?state=assigned&sort=ref"] * 5
    paths = [path for number, one in enumerate(filtered) for path in [*plain[7 * number:7 * number + 7], one]]
    answers = ask_all_at_once(server, [lambda path=path: api.get(path, role="operator") for path in paths])
    assert [answer.status_code for answer in answers] == [200] * len(paths)
    assert 0 < shared_reads(api) <= len(plain)  # the filtered ones are not among them
