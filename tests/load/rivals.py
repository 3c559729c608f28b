"""What the product is held against: pgbench with the product's own statements, taken from schema/queries by name."""
import json
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
QUERIES = pathlib.Path(os.environ["BENCH_SOURCE"]) / "schema" / "queries"

# api/store/store.c sends these around the queries of a transaction.
SCOPE = ("SELECT set_config('oam.staff', '{staff}', true), set_config('oam.bodies', '', true), "
         "set_config('oam.all', '{all}', true), set_config('oam.principal', '{principal}', true);")


def query(name, *values):
    """The named statement with its $1, $2 … replaced by SQL expressions."""
    for source in QUERIES.glob("*.sql"):
        found = re.search(rf"^-- name: {name}$\n(.*?)(?=^-- name:|\Z)", source.read_text(), re.M | re.S)
        if found:
            text = "\n".join(line for line in found.group(1).splitlines() if not line.lstrip().startswith("--")).strip()
            wanted = max([0] + [int(number) for number in re.findall(r"\$(\d+)", text)])
            if wanted != len(values):
                raise SystemExit(f"bench: {name} takes {wanted} parameters, tests/load gives {len(values)}: bring rivals.py up to date")
            text = re.sub(r"\$(\d+)", lambda at: f"({values[int(at.group(1)) - 1]})", text)
            return text.rstrip(";") + ";"
    raise SystemExit(f"bench: schema/queries has no statement {name}: bring rivals.py up to date")


def pipeline(*statements):
    return "\n".join(["\\startpipeline", *statements, "\\endpipeline"])


# ---- the agents of a random town, by arithmetic, since pgbench has no strings ----

def pick_town(comarques):
    """comarques: (number, towns, first agent, last agent); one with many towns is picked as often."""
    total, below, number, first, last = 0, [], [], [], []
    for code, towns, lowest, highest in comarques:
        total += towns
        below.append(f":town <= {total}")
        number.append(code), first.append(lowest), last.append(highest)
    def case(of):
        return "case " + " ".join(f"when {limit} then {value}" for limit, value in zip(below, of)) + " end"
    return "\n".join([f"\\set town random(1, {total})", f"\\set comarca {case(number)}", f"\\set first {case(first)}",
                      f"\\set last {case(last)}", "\\set second least(:first + 1, :last)", "\\set third least(:first + 2, :last)",
                      "\\set agent random(:first, :last)"])


# ---- scripts ----

def read_script(world):
    return "\n".join([f"\\set row random(0, {world['rows'] - 1})",
                      pipeline(world["integration"], query("request_read", "'OAM-2025-' || (100000 + :row)"))])


def list_script(world):
    """Page k starts 50 k seconds before the newest (see fill.sql)."""
    return "\n".join([f"\\set place 50 * random(0, {world['pages'] - 1})",
                      pipeline(world["integration"], query("request_page_newest", f"to_timestamp({world['newest']} - :place)", "9223372036854775807", "51"))])


# As long as a request's answer is.
ANSWER = "repeat('{\"ref\":\"OAM-2026-000001\",\"n\":', 28) || :n"
HASH = "'c70467ea95602d56b002ed64d8a75466758d45cf6d955aa2aa9de1db115a3456'"


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def numbered(document):
    """The document with the number of this call in it, concatenated: parsed at each call, as the product's parameters are."""
    return "('{\"n\": ' || :n || " + quoted(", " + json.dumps(document, ensure_ascii=False)[1:]) + ")::jsonb"


def leaves(template):
    """The same of a step that sets no timer: those that go, by their names behind all else."""
    gone = [each["timer"] for each in template["timers"] or () if "due" not in each]
    assert len(gone) == len(template["timers"] or ())
    return [*told({**template, "timers": None}), "false", "ARRAY[" + ", ".join(map(quoted, gone)) + "]::text[]" if gone else "NULL"]


def told(template):
    """What a step tells request_create and request_step behind its events: the engine's bytes, the term, timers, clocks, effects."""
    term = [quoted(template["due_at"]) if template["due_at"] else "NULL"]
    return [f"decode({quoted(template['engine'])}, 'hex')", *term,
            *(quoted(json.dumps(template[name], ensure_ascii=False)) if template[name] else "NULL" for name in ("due", "timers", "clocks")),
            "NULL"]


def events(template):
    """Types, documents, and which of them only the filer sees."""
    return ["ARRAY[" + ", ".join(map(quoted, template["types"])) + "]",
            "ARRAY[" + ", ".join(map(numbered, template["events"])) + "]",
            "ARRAY[" + ", ".join("false" for _ in template["events"]) + "]"]


def file_script(world):
    ref, key, principal, filed = "'OAM-2024-' || :n", "'rival-' || :n", f"'{world['client']}'", world["filed"]
    return "\n".join([
        "\\set k :k + 1", "\\set n :base + :client_id * 1000000 + :k", pick_town(world["comarques"]),
        pipeline("BEGIN;", world["integration"],
                 query("idempotency_lock", principal, key), query("idempotency_find", principal, key),
                 query("next_numbers", "'request'", "2060", "1"), query("next_numbers", "'register'", "2060", "1"),
                 query("agent_burdens", "ARRAY[:first, :second, :third, :last]::bigint[]"),
                 query("referents", "ARRAY[:town]::bigint[]", "ARRAY['GOV']")),
        pipeline(query("request_create", ref, ":town", "lpad(:comarca::text, 2, '0')", world["service"], world["unit"],
                       world["workflow"], quoted(filed["state"]), quoted(filed["phase"]), "NULL", "'Informe jurídic ' || :n",
                       "'Cal un informe sobre la modificació del reglament orgànic municipal abans del proper ple.'", "'{}'",
                       "'api'", ":agent", "'E-2024-' || :n", "NULL", "0", "NULL", "false", principal, "'demo-integration'",
                       "now()", "now()", "now()", "NULL", *events(filed), *told(filed)),
                 query("idempotency_keep", principal, key, "'/api/v1/requests'", HASH, "201",
                       "'/api/v1/requests/OAM-2024-' || :n", "2", ANSWER, "now()"),
                 "COMMIT;")])


def transition_script(world, each):
    """Each client takes `each` requests of its own, one after the other: those from number :base, id :first_id on."""
    ref, key, principal, taken = "'OAM-2023-' || :n", "'rival-' || :n", f"'{world['operator']}'", world["taken"]
    return "\n".join([
        f"\\set n :base + :client_id * {each} + :k", f"\\set id :first_id + :client_id * {each} + :k", "\\set k :k + 1",
        pipeline("BEGIN;", world["staff"],
                 query("idempotency_lock", principal, key), query("idempotency_find", principal, key), query("request_read", ref)),
        pipeline(query("request_step", ":id", "2", quoted(taken["state"]), quoted(taken["phase"]), "NULL", "'{}'",
                       "NULL", "'Cal un informe.'", world["service"], world["unit"], world["workflow"],
                       f"1 + :n % {world['agents']}", "NULL", principal, "'operator'", "now()", *events(taken), *leaves(taken)),
                 query("idempotency_keep", principal, key, "'/api/v1/requests/{ref}/transitions'", HASH, "200", "NULL", "3",
                       ANSWER, "now()"),
                 "COMMIT;")])


BARE_EVENT = """INSERT INTO bare.request_event (id, request_id, seq, version, body_id, at, type, actor, actor_name, internal, draft,
    workflow_id, data, previous, digest, xid) SELECT id, id, seq, version, body_id, updated_at, 'request.transitioned', 'user:1', 'operator',
    false, false, workflow_id, data_of, digest, digest, pg_current_xact_id() FROM moved"""


def bare_move(world, which):
    """The rows that a step changes, by plain SQL: the request at its version, and its event, with a document of the same length."""
    taken = world["taken"]
    return (f"WITH moved AS (UPDATE bare.request SET state = {quoted(taken['state'])}, phase = {quoted(taken['phase'])}, version = version + 1, "
            f"seq = seq + 1, updated_at = now(), engine = decode({quoted(taken['engine'])}, 'hex') WHERE {which} AND version = 2 "
            f"RETURNING id, seq, version, body_id, updated_at, workflow_id, digest, {quoted(json.dumps(taken['events'][0], ensure_ascii=False))}"
            f"::jsonb AS data_of) {BARE_EVENT};")


def bare_script(world, each):
    """The same transaction as transition_script() has, in as many round trips: what is asked for is read, then written."""
    return "\n".join([
        f"\\set id :first_id + :client_id * {each} + :k", "\\set k :k + 1",
        pipeline("BEGIN;", "SELECT * FROM bare.request WHERE id = :id;"),
        pipeline(bare_move(world, "id = :id"), "COMMIT;")])


def bare_batch_script(world, batch, each):
    """`each` batches of each client, one after the other."""
    return "\n".join([
        f"\\set from :first_id + (:client_id * {each} + :k) * {batch}", "\\set k :k + 1",
        pipeline("BEGIN;", f"SELECT * FROM bare.request WHERE id >= :from AND id < :from + {batch};"),
        pipeline(bare_move(world, f"id >= :from AND id < :from + {batch}"), "COMMIT;")])


def comment_script(world, first_id):
    """A change that everybody who sees the request is told of, to a random one."""
    return "\n".join([
        f"\\set id {first_id} + random(0, {world['rows'] - 1})",
        pipeline("BEGIN;", world["integration"],
                 query("comment_add", ":id", "gen_random_uuid()", "false", f"'{world['client']}'", "'demo-integration'", "'body'", "'Hola'", "now()"),
                 "COMMIT;")])


def timers_script(world, timer, batch):
    """Claims up to `batch` timers and fires them: what the worker decides is made up, by the rows that it decides on."""
    event = quoted(json.dumps({"event": timer, "path": ["assigned"], "calendar": 1}))
    steps = f"""(SELECT jsonb_agg(jsonb_build_object('id', r.id, 'version', r.version, 'state', r.state, 'phase', r.phase, 'data', r.data,
        'engine', r.engine::text, 'due_us', (extract(epoch FROM r.due_at) * 1000000)::bigint, 'due', r.due, 'type', 'request.transitioned',
        'event', {event}::jsonb || jsonb_build_object('from', r.state, 'to', r.state, 'timer', jsonb_build_object('id', t.timer,
        'generation', t.generation, 'due', t.due)), 'draft', false, 'timers', jsonb_build_array(jsonb_build_object('timer', t.timer)),
        'outbox', '[{{"ordinal": 0, "kind": "notify", "payload": {{"to": "agent"}}}}]'::jsonb) ORDER BY r.assignee_id, r.id)
        FROM request_timer t JOIN request r ON r.id = t.request_id
        WHERE t.request_id = ANY (current_setting('oam.claimed', true)::bigint[]) AND t.wake <= now())"""
    system = SCOPE.format(staff="1", all="1", principal="system")
    return "\n".join([
        pipeline("BEGIN;", system, query("worker_yields"),
                 query("timer_claim", "now()", "NULL", "0", str(batch)), query("timer_due", "now()")),
        pipeline(query("request_steps", steps, "'system'", "'system'", "now()"), "COMMIT;")])


# ---- running ----

PLANS = "force_generic_plan"  # as oamd's own connections (store.c): a plan for these values is another one, and costs its making


class Database:
    def __init__(self):
        self.prefix = os.environ["BENCH_AS_SERVICE"].split()
        self.at = ["-h", os.environ["BENCH_SOCKET"]]
        self.bin = pathlib.Path(os.environ["BENCH_PG_BIN"])
        self.folder = pathlib.Path(os.environ["BENCH_STATE"]) / "pgbench"
        self.folder.mkdir(exist_ok=True)

    def run(self, *command, **options):
        done = subprocess.run([*self.prefix, *map(str, command)], cwd="/", text=True, capture_output=True, timeout=900, **options)
        if done.returncode:
            raise SystemExit(f"bench: {command[0]} failed: {done.stderr[-2000:]}")
        return done.stdout

    def sql(self, text, **variables):
        settings = [part for name, value in variables.items() for part in ("-v", f"{name}={value}")]
        out = self.run(self.bin / "psql", "-XqtA", "-v", "ON_ERROR_STOP=1", *settings, *self.at, "-U", "oam", "-d", "oam", input=text)
        return [line.split("|") for line in out.splitlines() if line]

    def pgbench(self, script, clients, seconds=None, transactions=None, rate=None, **variables):
        """Transactions a second of `clients` connections as oam_app, prepared; for so long, or so many of each; with `rate`, no
        more than that."""
        path = self.folder / "script.sql"
        path.write_text(script + "\n")
        settings = [part for name, value in variables.items() for part in ("-D", f"{name}={value}")]
        out = self.run(self.bin / "pgbench", "-n", "-M", "prepared", "-f", path, "-c", clients, "-j", 1,
                       *(("-t", transactions) if transactions else ("-T", seconds)), *settings, *(["-R", rate] if rate else []),
                       *self.at, "-U", "oam_app", f"dbname=oam options=-cplan_cache_mode={PLANS}")
        failed = re.search(r"number of failed transactions: (\d+)", out)
        if failed and int(failed.group(1)):
            raise SystemExit(f"bench: pgbench failed {failed.group(1)} transactions")
        return {"per_second": float(re.search(r"tps = ([0-9.]+)", out).group(1)),
                "mean_ms": float(re.search(r"latency average = ([0-9.]+)", out).group(1))}
