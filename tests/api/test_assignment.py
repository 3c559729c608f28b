"""Many who file at once, through two processes: loads and turns as if one had come after the other."""
import concurrent.futures

from oamtest.client import Api, new_key
from test_absences import assignment, eventually, loads_are_exact, publish

FILERS, EACH = 8, 12


def town_of_equals(server):
    """A town whose comarca has several agents, none of them nearer than another."""
    return server.database.sql("""SELECT b.code, array_agg(u.login) FROM body b JOIN portfolio p ON p.comarca_code = b.comarca_code
        JOIN agent a ON a.id = p.agent_id JOIN user_account u ON u.id = a.user_id
        WHERE b.kind = 'municipality' AND NOT EXISTS (SELECT FROM portfolio o WHERE o.body_id = b.id)
        GROUP BY b.code HAVING count(*) > 2 ORDER BY count(*) DESC, b.code LIMIT 1""")[0]


def file_at_once(apis, town):
    def work(filer):
        api = apis[filer % len(apis)]
        for n in range(EACH):
            if n % 4 == 3:  # some come in batches
                items = [{"service": "OAM-GEN", "body": town, "title": f"Consulta {filer} {n} {i}", "submit": True} for i in range(3)]
                answer = api.post("/api/v1/requests:batch", role="integration", json={"items": items}, headers={"Idempotency-Key": new_key()})
                assert [item["status"] for item in answer.json()["items"]] == [201] * 3
            else:
                assert api.try_file("integration", submit=True, body=town, service="OAM-GEN", title=f"Consulta {filer} {n}").status_code == 201

    with concurrent.futures.ThreadPoolExecutor(FILERS) as pool:
        for done in [pool.submit(work, filer) for filer in range(FILERS)]:
            done.result()


def open_of(server, agents):
    return [count for count, in server.database.sql("SELECT l.open_requests FROM agent_load l JOIN agent a ON a.id = l.agent_id "
                                                    "JOIN user_account u ON u.id = a.user_id WHERE u.login = ANY (%s)", agents)]


def test_filed_at_once__equal_agents_are_never_more_than_one_apart(new_server, contract):
    server = new_server()
    apis = [Api(server, contract), Api(new_server(database=server.database), contract)]
    town, agents = town_of_equals(server)
    for api in apis:
        api.token("integration")
    file_at_once(apis, town)
    shares = open_of(server, agents)
    assert sum(shares) == FILERS * (EACH // 4 * 3 + EACH // 4 * 3) and max(shares) - min(shares) <= 1
    assert loads_are_exact(server)


def test_filed_at_once__turns_go_round(new_server, contract):
    """By turns alone, whatever anybody carries: in the order in which the loads were had, each has had the same, give or take one."""
    server = new_server()
    apis = [Api(server, contract), Api(new_server(database=server.database), contract)]
    town, agents = town_of_equals(server)
    version = publish(server, lambda policy: policy.update(require=[], rank=["last_assigned_at asc"]))
    for api in apis:
        eventually(lambda api=api: api.file("integration", body=town)["workflow"]["version"] == version)
    server.database.sql("UPDATE agent_load SET turn = 0")
    before = dict(server.database.sql("SELECT agent_id, open_requests FROM agent_load"))
    file_at_once(apis, town)
    after = dict(server.database.sql("SELECT l.agent_id, l.open_requests FROM agent_load l JOIN agent a ON a.id = l.agent_id "
                                     "JOIN user_account u ON u.id = a.user_id WHERE u.login = ANY (%s)", agents))
    given = [count - before[agent] for agent, count in after.items()]
    assert sum(given) == FILERS * (EACH // 4 * 3 + EACH // 4 * 3) and max(given) - min(given) <= 1
    assert loads_are_exact(server)


def test_each_decision__is_told_as_it_was_when_it_was_made(new_server, contract):
    server = new_server()
    api = Api(server, contract)
    town, agents = town_of_equals(server)
    refs = [api.file("integration", body=town)["ref"] for _ in range(2 * len(agents))]
    seen = []
    for ref in refs:
        told = assignment(api, ref)
        ranks = {one["agent"]: one["rank"] for one in told["candidates"]}
        assert set(ranks) == set(agents) and told["candidates"][0]["agent"] == told["agent"]
        assert [step["by"] for step in ranks[told["agent"]]["order"]] == ["territory_distance asc", "open_load asc", "last_assigned_at asc", "agent_id asc"]
        assert {agent: rank["open_requests"] for agent, rank in ranks.items()} == {agent: seen.count(agent) for agent in agents}
        last = next(step for step in ranks[told["agent"]]["order"] if step["by"] == "last_assigned_at asc")
        assert last["value"] == ranks[told["agent"]]["last_assigned_at"]
        assert told["counterfactual"]["agent"] == told["candidates"][1]["agent"] and told["decided_by"] in ("load", "turn")
        seen.append(told["agent"])
    assert seen[:len(agents)] == seen[len(agents):], "the same round again"
