"""Durable steps: people who take requests, and the worker that fires timers in batches while nobody is in its way."""
import os
import signal
import time

import rivals
from flood import TIMER, fired

BATCH = 100  # steps in one transaction of the ceiling


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


def steps(bench):
    bench.transition()
    bench.rows[-1]["name"] = "steps"
    count = 1000 if bench.options.smoke else 10000
    bench.pair("batched", "timers fired, nobody else at work", 0.4, 0.6, lambda: by_the_worker(bench, count),
               lambda: by_pgbench(bench, count), "pgbench, the same SQL on one connection")
