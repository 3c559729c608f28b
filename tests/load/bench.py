"""Measures a running oamd beside its ceilings and prints the ratios. Started by bench.sh, which made everything it needs.

Only what was measured in one round is compared: first the one, then the other, a few seconds each; of the rounds the one with
the median ratio is told. The machine may be anybody's, the ratio is ours."""
import argparse
import json
import os
import random
import sys
import time

import flood
import hooks
import quiet
import rivals
import steps
import watchers
from product import API, Product
from template import take_template

PREPARED_PAGES = 40  # places of the list that the driver asks for, spread over all of it


class Bench:
    def __init__(self, options):
        self.options = options
        self.database = rivals.Database()
        self.product = Product(options.connections)
        self.db_threads = int(os.environ.get("OAM_DB_THREADS", "8"))
        self.first_number = 100000
        self.rows = []

    # ---- what is in the database ----

    def fill(self, year, count):
        """Files `count` requests; their first number, the id of the first, and the time of the newest."""
        first, self.first_number = self.first_number, self.first_number + count
        sql = (rivals.HERE / "fill.sql").read_text()
        first_id, newest = self.database.sql(sql, year=year, first=first, count=count, agents=self.agents,
                                             filed=json.dumps(self.filed, ensure_ascii=False))[-1]
        self.settle()
        return first, int(first_id), int(newest)

    def settle(self):
        """Waits until the relay has numbered every event, and writes out what is dirty: no measure pays for the one before."""
        for _ in range(1200):
            (left,), = self.database.sql("SELECT (SELECT count(*) FROM oam.request_event) - position FROM oam.event_relay_state")
            if left == "0":
                break
            time.sleep(0.1)
        else:
            raise SystemExit("bench: the relay does not catch up")
        self.database.sql("CHECKPOINT")

    def prepare(self):
        database, rows = self.database, self.options.rows
        self.agents = int(database.sql("SELECT count(*) FROM oam.agent")[0][0])
        self.filed, taken = take_template(self.product, database)
        began = time.monotonic()
        first, _, newest = self.fill(2025, rows)
        self.filled_per_second = rows / (time.monotonic() - began)
        if self.options.smoke:
            self.product.verify()
        database.sql("VACUUM (ANALYZE) oam.request, oam.request_event, oam.event_feed")
        (service, unit, workflow), = database.sql(
            "SELECT s.id, s.unit_id, (SELECT max(id) FROM oam.workflow_definition WHERE key = s.workflow_key) "
            "FROM oam.service s WHERE code = 'GOV-01'")
        (client,), = database.sql("SELECT 'client:' || id FROM oam.api_client WHERE client_id = 'demo-integration'")
        (operator,), = database.sql("SELECT 'user:' || id FROM oam.user_account WHERE login = 'operator'")
        comarques = database.sql(
            "SELECT comarca_code::int, count(*), (SELECT min(agent_id) FROM oam.portfolio p WHERE p.comarca_code = body.comarca_code), "
            "(SELECT max(agent_id) FROM oam.portfolio p WHERE p.comarca_code = body.comarca_code) FROM oam.body GROUP BY comarca_code ORDER BY 1")
        self.world = {
            "rows": rows, "first": first, "newest": newest, "pages": max(1, rows // 50), "service": service, "unit": unit,
            "workflow": workflow, "client": client, "operator": operator, "agents": self.agents,
            "filed": self.filed, "taken": taken,
            "comarques": [tuple(map(int, row)) for row in comarques],
            "integration": rivals.SCOPE.format(staff="", all="1", principal=client),
            "staff": rivals.SCOPE.format(staff="1", all="", principal=operator),
        }
        self.refs = [f"OAM-2025-{first + i}" for i in range(rows)]

    # ---- the measures ----

    def pair(self, name, what, budget, design, product, ceiling, against, bare=None):
        """Rounds of product() and ceiling(); each answers at least per_second. So does bare(): what there is of it without
        any of our rules, told beside them in the same round and not judged."""
        rounds = []
        for number in range(self.options.rounds):
            self.say(f"{name}: round {number + 1} of {self.options.rounds}")
            if number % 2:
                theirs, ours = ceiling(), product()
            else:
                ours, theirs = product(), ceiling()
            rounds.append({"product": ours, "ceiling": theirs, "ratio": ours["per_second"] / theirs["per_second"],
                           "bare": bare()["per_second"] if bare else None})
        middle = sorted(rounds, key=lambda each: each["ratio"])[(len(rounds) - 1) // 2]
        self.rows.append({"name": name, "what": what, "unit": "/s", "value": middle["product"]["per_second"], "against": against,
                          "ceiling": middle["ceiling"]["per_second"], "ratio": middle["ratio"], "budget": budget, "design": design,
                          "bare": middle["bare"],
                          "p50_ms": middle["product"].get("p50_ms"), "p99_ms": middle["product"].get("p99_ms"), "rounds": rounds})

    def single(self, name, what, unit, value, most=None, **more):
        self.rows.append({"name": name, "what": what, "unit": unit, "value": value, "most": most, **more})

    def status(self):
        headers = self.product.bearer()
        targets = []
        for ref in self.refs[:: max(1, len(self.refs) // 200)][:200]:
            path = f"{API}/requests/{ref}/status"
            targets.append(path + "\t" + self.product.ask("GET", path, headers=headers)[1]["ETag"])
        seconds = self.options.seconds
        self.pair("status", "GET status with If-None-Match: 304", 0.9, 1.2,
                  lambda: self.product.wrk("get", targets, seconds),
                  lambda: self.product.wrk("get", ["/status"], seconds, role=None, url=os.environ["BENCH_NGINX"]),
                  "nginx, a file of 1 KB")

    def batch(self):
        """What a thousand statuses cost that have not changed, and what they would cost without being remembered."""
        body = json.dumps({"refs": self.refs[:1000]})
        headers = {**self.product.bearer(), "Content-Type": "application/json"}
        etag = self.product.ask("POST", f"{API}/status:query", body, headers)[1]["ETag"]
        def ask(kind):
            return self.product.wrk("query", [kind, etag, body], self.options.seconds)
        self.pair("batch", "status:query of 1,000 that have not changed: 304", 2, 4, lambda: ask("same"), lambda: ask("new"),
                  "the same, each asked anew")

    def read(self):
        targets = [f"{API}/requests/{ref}" for ref in self.shuffled(self.refs)]
        self.pair("read", "GET /requests/{ref}", 0.6, 0.7,
                  lambda: self.product.wrk("get", targets, self.options.seconds),
                  lambda: self.database.pgbench(rivals.read_script(self.world), self.db_threads, self.options.seconds),
                  "pgbench, the same pipeline")

    def file(self):
        towns = [code for code, in self.database.sql("SELECT code FROM oam.body WHERE active")]
        def ours():
            self.settle()
            return self.product.wrk("file", towns, self.options.seconds)
        def theirs():
            self.settle()
            self.first_number += 10_000_000
            return self.database.pgbench(rivals.file_script(self.world), self.db_threads, self.options.seconds, base=self.first_number, k=0)
        self.pair("file", "POST /requests, submitted", 0.7, 0.9, ours, theirs, "pgbench, the same SQL")

    def enough(self):
        """More than either side can take in its time: to file one by SQL alone, on one connection, costs more than to take it."""
        return min(60000, max(2000, int(8 * self.filled_per_second * self.options.seconds)))

    def take(self):
        first, _, _ = self.fill(2023, self.enough())
        targets = [f"OAM-2023-{first + i}" for i in range(self.enough())]
        return self.product.wrk("transition", targets, self.options.seconds, role="operator")

    def take_by_pgbench(self):
        each = self.enough() // self.db_threads
        first, first_id, _ = self.fill(2023, each * self.db_threads)
        return self.database.pgbench(rivals.transition_script(self.world, each), self.db_threads, self.options.seconds, base=first,
                                     first_id=first_id, k=0)

    def transition(self, bare=None):
        self.pair("transition", "POST …/transitions, take", 0.7, 0.9, self.take, self.take_by_pgbench, "pgbench, the same SQL", bare)

    def list(self):
        """Pages anywhere in the list, as cursors lead to them."""
        headers, targets = self.product.bearer(), []
        path, pages = f"{API}/requests?limit=50", self.world["pages"]
        wanted = {round(i * (pages - 1) / PREPARED_PAGES) for i in range(PREPARED_PAGES)}
        for number in range(min(pages, 20000)):
            if number in wanted:
                targets.append(path)
            after = self.product.ask("GET", path, headers=headers)[2]["next"]
            if not after:
                break
            path = f"{API}/requests?limit=50&cursor={after}"
        self.pair("list", "GET /requests, a page of 50", 0.5, 0.6,
                  lambda: self.product.wrk("get", self.shuffled(targets), self.options.seconds),
                  lambda: self.database.pgbench(rivals.list_script(self.world), self.db_threads, self.options.seconds),
                  "pgbench, the same SELECT")

    def idle(self):
        quiet.idle(self)

    def watchers(self):
        watchers.watchers(self)

    def staleness(self):
        watchers.staleness(self)

    def webhooks(self):
        hooks.webhooks(self)

    def memory(self):
        quiet.memory(self)

    def mixed(self):
        quiet.mixed(self)

    def timers(self):
        flood.flood(self)

    def steps(self):
        steps.steps(self)

    # ---- telling ----

    def shuffled(self, items):
        return random.Random(1).sample(items, len(items))

    def say(self, text):
        """On a terminal one line that changes; in a log a line for each."""
        if sys.stderr.isatty():
            print(f"\r\033[K… {text}", end="", file=sys.stderr, flush=True)
        else:
            print(f"… {text}", file=sys.stderr, flush=True)

    def table(self):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        if any("ratio" in row for row in self.rows):
            print(f"\n{'':11}{'':40}{'oamd':>12}{'ceiling':>12}{'ratio':>7}{'issue':>7}{'design':>8}{'p99 ms':>9}")
        for row in self.rows:
            if "ratio" in row:
                p99 = "" if row["p99_ms"] is None else f"{row['p99_ms']:.1f}"
                print(f"{row['name']:11}{row['what']:40}{row['value']:>10,.0f}/s{row['ceiling']:>10,.0f}/s{row['ratio']:>7.2f}"
                      f"{row['budget']:>7.2f}{row['design']:>8.2f}{p99:>9}  {self.verdict(row)}")
                if row["bare"]:
                    print(f"{'':11}{'beside bare durable steps':40}{'':12}{row['bare']:>10,.0f}/s{row['value'] / row['bare']:>7.2f}")
        if any("ratio" not in row for row in self.rows):
            print(f"\n{'':11}{'':62}{'value':>12}{'at most':>12}")
        for row in self.rows:
            if "ratio" not in row:
                most = "" if row["most"] is None else f"{row['most']:g} {row['unit']}"
                value = f"{row['value']:.1f} {row['unit']}" if isinstance(row["value"], float) else f"{row['value']} {row['unit']}"
                print(f"{row['name']:11}{row['what']:62}{value:>12}{most:>12}  {self.verdict(row)}")
        print(f"\n{self.options.rows} requests, {self.options.rounds} rounds of {self.options.seconds} s, "
              f"{self.options.connections} HTTP connections, {self.db_threads} database connections on both sides, fsync on.")

    def verdict(self, row):
        if self.options.smoke:
            row["verdict"] = ""
        elif "ratio" in row:
            row["verdict"] = "good" if row["ratio"] >= row["design"] else "holds" if row["ratio"] >= row["budget"] else "MISSED"
        else:
            row["verdict"] = "" if row["most"] is None else "good" if row["value"] <= row["most"] else "MISSED"
        return row["verdict"]


# Execution status as its readers have it: asking for `status` asks for all of these.
STATUS = ["status", "batch", "staleness", "watchers", "webhooks"]
# `idle` before the work: the budget is that of a server that has done little; one with its caches full keeps 20 MB more.
MEASURES = ["memory", "idle", "watchers", "staleness", "webhooks", "status", "batch", "read", "list", "transition", "file", "mixed", "timers"]


# Only when it is named: `./oam bench workflow` does.
NAMED = ["steps"]


def main():
    parser = argparse.ArgumentParser(prog="./oam bench")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--rows", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--idle", type=int, default=10000)
    parser.add_argument("--timers", type=int, default=100000)
    parser.add_argument("--json")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    unknown = set(options.names) - {*MEASURES, *NAMED}
    if unknown:
        parser.error(f"no measure is called {', '.join(sorted(unknown))} (there are {', '.join(MEASURES + NAMED)})")
    if options.smoke:
        options.rows, options.rounds, options.seconds, options.idle = 500, 1, 1, 200
    if "status" in options.names:
        options.names += STATUS
    bench = Bench(options)
    bench.say("filling the database")
    bench.prepare()
    for name in MEASURES + NAMED:
        if name in options.names or (not options.names and name in MEASURES):
            bench.say(name)
            getattr(bench, name)()
    bench.table()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"rows": options.rows, "seconds": options.seconds, "connections": options.connections,
                       "database_connections": bench.db_threads, "measures": bench.rows}, out, indent=1)
    missed = [row["name"] for row in bench.rows if row.get("verdict") == "MISSED"]
    return 1 if missed else 0


sys.exit(main())
