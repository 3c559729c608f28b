"""Durable steps: people who take requests, and the worker that fires timers in batches while nobody is in its way. Beside the
product's own SQL, and beside the least that a durable step can be on this machine (`bare`)."""
import os
import signal
import time

import rivals
from flood import TIMER, fired

BATCH = 100  # steps in one transaction of the ceiling
WORKERS = 2  # the worker and its helper: as many connections has the ceiling of bare batches


def prepare(bench, count):
    """Files `count` requests and waits until all is quiet; their first id."""
    _, first_id, _ = bench.fill(2022, count)
    return first_id


def arm(bench, first_id, count):
    """One timer of each is due as of now."""
    bench.database.sql("UPDATE oam.request_timer SET due = '2026-01-01', wake = '2026-01-01' WHERE timer = :'timer' "
                       "AND request_id >= :'first' AND request_id < :'first'::bigint + :'count'::bigint",
                       timer=TIMER, first=first_id, count=count)


def by_the_worker(bench, count):
    first_id, before = prepare(bench, count), fired(bench)
    arm(bench, first_id, count)
    while (early := fired(bench)) == before: # it looks twice a second while there is nothing to do
        time.sleep(0.005)
    began = time.perf_counter()
    while fired(bench) - before < count:
        if time.perf_counter() - began > 900:
            raise SystemExit("bench: the timers are not fired")
        time.sleep(0.02)
    return {"per_second": (before + count - early) / (time.perf_counter() - began)}


def by_pgbench(bench, count):
    """The same statements on one connection, with nobody who decides; the server stands still meanwhile."""
    pid, first_id = int(os.environ["BENCH_OAMD_PID"]), prepare(bench, count)
    os.kill(pid, signal.SIGSTOP)
    try:
        arm(bench, first_id, count)
        found = bench.database.pgbench(rivals.timers_script(bench.world, TIMER, BATCH), 1, transactions=count // BATCH)
        return {"per_second": found["per_second"] * BATCH}
    finally:
        os.kill(pid, signal.SIGCONT)


def bare(bench, year, count):
    """Fills `count` requests and copies them to tables that have their rows and keys, and no other index, rule or owner."""
    _, first_id, _ = bench.fill(year, count)
    bench.database.sql((rivals.HERE / "bare.sql").read_text(), first=first_id, count=count)
    return first_id


def moved(bench):
    (count,), = bench.database.sql("SELECT count(*) FROM bare.request r JOIN bare.request_event e ON (e.request_id, e.seq) = (r.id, r.seq) "
                                   "WHERE r.version = 3")
    return int(count)


def bare_by_pgbench(bench):
    each = bench.enough() // bench.db_threads
    first_id = bare(bench, 2023, each * bench.db_threads)
    found = bench.database.pgbench(rivals.bare_script(bench.world, each), bench.db_threads, bench.options.seconds, first_id=first_id, k=0)
    if not 0 < moved(bench) < each * bench.db_threads:
        raise SystemExit("bench: what is bare steps nowhere, or came to its end")
    return found


def bare_batches(bench, count):
    """Nobody else is at work meanwhile either: the server stands still."""
    pid, first_id = int(os.environ["BENCH_OAMD_PID"]), bare(bench, 2022, count)
    each = count // BATCH // WORKERS
    os.kill(pid, signal.SIGSTOP)
    try:
        found = bench.database.pgbench(rivals.bare_batch_script(bench.world, BATCH, each), WORKERS, transactions=each, first_id=first_id, k=0)
        if moved(bench) != count:
            raise SystemExit("bench: not all that is bare has stepped")
        return {"per_second": found["per_second"] * BATCH}
    finally:
        os.kill(pid, signal.SIGCONT)


def steps(bench):
    bench.transition(lambda: bare_by_pgbench(bench))
    bench.rows[-1]["name"] = "steps"
    count = 1000 if bench.options.smoke else 10000
    bench.pair("batched", "timers fired, nobody else at work", 0.4, 0.6, lambda: by_the_worker(bench, count),
               lambda: by_pgbench(bench, count), "pgbench, the same SQL on one connection", lambda: bare_batches(bench, count))
