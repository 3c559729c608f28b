"""What the product writes when it files one request and when somebody takes it, read back from its tables: the requests of
fill.sql and those of pgbench are copies, so that neither side is spared what a procedure costs (its clocks, timers, evidence)."""
import json
import uuid

from product import API

WRITTEN = """
SELECT jsonb_build_object('version', r.version, 'state', r.state, 'phase', r.phase, 'engine', encode(r.engine, 'hex'),
    'moment', (extract(epoch FROM r.updated_at) * 1000000)::bigint, 'due_at', r.due_at, 'due', r.due,
    'types', (SELECT jsonb_agg(type ORDER BY seq) FROM oam.request_event e WHERE e.request_id = r.id AND seq > :since),
    'events', (SELECT jsonb_agg(data ORDER BY seq) FROM oam.request_event e WHERE e.request_id = r.id AND seq > :since),
    'timers', (SELECT jsonb_agg(jsonb_build_object('timer', timer, 'due', due, 'calendar', oam.calendar_now()) ORDER BY due, timer)
               FROM oam.request_timer t WHERE t.request_id = r.id),
    'clocks', (SELECT jsonb_agg(jsonb_build_object('clock', clock, 'bodies', bodies, 'since', since, 'due', due, 'calendar', revision)
                                ORDER BY clock) FROM oam.request_clock c WHERE c.request_id = r.id))
FROM oam.request r WHERE r.ref = :'ref'"""


def written(database, ref, since):
    (row,) = database.sql("SELECT set_config('oam.all', '1', false), set_config('oam.staff', '1', false) \\g /dev/null\n" + WRITTEN,
                          ref=ref, since=since)
    return json.loads("|".join(row))


def gone(before, after, name):
    """What a step took away, as the step says it: an entry without a due time."""
    left = {each[name] for each in after or ()}
    return [{name: each[name]} for each in before or () if each[name] not in left]


def take_template(product, database):
    """(what filing wrote, what taking wrote): JSON documents, of which `timers` and `clocks` are what the step changed."""
    (town,), = database.sql("SELECT code FROM oam.body WHERE active ORDER BY code LIMIT 1")
    request = {"service": "GOV-01", "body": town, "title": "Informe jurídic", "submit": True,
               "description": "Cal un informe sobre la modificació del reglament orgànic municipal abans del proper ple."}
    how = {"Content-Type": "application/json"}
    made = product.ask("POST", f"{API}/requests", json.dumps(request), product.bearer(**how, Idempotency_Key=str(uuid.uuid4())))[2]
    filed = written(database, made["ref"], 0)
    product.ask("POST", f"{API}/requests/{made['ref']}/transitions", json.dumps({"event": "take"}),
                product.bearer("operator", **how, Idempotency_Key=str(uuid.uuid4()), If_Match=f'"v{made["version"]}"'))
    taken = written(database, made["ref"], filed["version"])
    for name, each in (("timers", "timer"), ("clocks", "clock")):
        taken[name] = gone(filed[name], taken[name], each) or None
    return filed, taken
