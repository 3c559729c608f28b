"""Runs what measures the engine, round after round, XState on the same chart in each; prints the best of each figure beside
the floor that must hold and the target. Started by `./oam bench workflow`, which has built the programs."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
PROGRAMS = pathlib.Path(os.environ.get("OAM_BUILD", SOURCE / "build" / "release")) / "tests"
ORACLES = SOURCE / "tests" / "workflow"

# What the design promises: name, what it is, floor, target. More is better of rates (M/s, k/s), less of times.
PROMISES = [
    ("step_hot_guard_effects", "a step with a guard and effects, hot", 5, 20),
    ("step_from_bytes_cold", "decode, step, trace, encode; of a million requests", 0.7, 2),
    ("expression_guard_2_clauses", "a guard of two clauses", 200, 60),
    ("due_habils_10", "when ten working days end", 200, 70),
    ("assign_200_referent", "who of 200 takes it, explained", 50, 15),
    ("replay_1m_events", "a million recorded events, with clocks and timers", 4, 1),
    ("parse_and_verify_34_states", "compile and verify a procedure", 10, 1),
    ("durable_steps", "durable steps, 8 clients", 2.5, 5),
    ("durable_steps_batched", "durable steps, batched", 15, 30),
]
# As tests/load/steps.py calls them.
DURABLE = {"steps": "durable_steps", "batched": "durable_steps_batched"}
RIVAL = {"step_hot_guard_effects": "guard_effects", "step_hot_parallel_history": "parallel_history"}


def lines_of(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=SOURCE,
                          env={**os.environ, "OAM_SOURCE": str(SOURCE)})
    if done.returncode:
        sys.exit(f"bench: {command[-1]}: {done.stderr.strip()[-500:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def xstate():
    """The command that measures XState, where npm can install it."""
    if not shutil.which("npm"):
        return None
    if not (ORACLES / "node_modules" / "xstate").exists():
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ORACLES, check=False,
                              capture_output=True, timeout=300)
        if done.returncode:
            return None
    return ["node", str(HERE / "xstate.mjs")]


def durable(options):
    """Steps through the whole server on a database of its own, and pgbench's with the same statements in the same rounds."""
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        command = ["bash", str(HERE.parent / "bench.sh"), "steps", "--rounds", str(1 if options.smoke else options.rounds), "--json", told.name,
                   *(["--smoke"] if options.smoke else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=SOURCE,
                              env={**os.environ, "OAM_BUILD": str(PROGRAMS.parent)})
        measures = json.loads(told.read() or "{}").get("measures")
    if not measures:
        sys.exit(f"bench: durable steps: {done.stderr.strip()[-500:]}")
    for row in measures:
        yield {"name": DURABLE[row["name"]], "value": row["value"] / 1000, "unit": "k/s"}
        yield {"name": DURABLE[row["name"]] + "_pgbench", "value": row["ceiling"] / 1000, "unit": "k/s"}
        yield {"name": DURABLE[row["name"]] + "_bare", "value": row["bare"] / 1000, "unit": "k/s"}


def is_rate(unit):
    return unit.endswith("/s")


def better(unit, one, other):
    return max(one, other) if is_rate(unit) else min(one, other)


def measure(rounds):
    programs = [[str(path)] for path in sorted(PROGRAMS.glob("bench_*")) if path.is_file() and not path.suffix]
    if not programs:
        sys.exit(f"bench: no programs in {PROGRAMS}: ./oam bench workflow builds them")
    rival = xstate()
    if rival is None:
        print("bench: without npm there is no XState to measure beside", file=sys.stderr)
    figures = {}
    for _ in range(rounds):
        for command in programs + ([rival] if rival else []):
            for line in lines_of(command):
                known = figures.setdefault(line["name"], line)
                known["value"] = better(line["unit"], known["value"], line["value"])
    return figures


def judge(figures):
    rows = []
    for name, what, floor, target in PROMISES:
        if name not in figures:
            sys.exit(f"bench: nobody measured {name}")
        value, unit = figures[name]["value"], figures[name]["unit"]
        reached = [value >= bound if is_rate(unit) else value <= bound for bound in (floor, target)]
        rows.append({"name": name, "what": what, "value": value, "unit": unit, "floor": floor, "target": target,
                     "verdict": "good" if reached[1] else "holds" if reached[0] else "MISSED"})
    return rows


def ratios(figures):
    """How many times XState's best way our step is."""
    found = {}
    for ours, theirs in RIVAL.items():
        rivals = [figures[name]["value"] for name in (f"xstate_send_{theirs}", f"xstate_transition_{theirs}") if name in figures]
        if rivals:
            found[ours] = {"ours": figures[ours]["value"], "xstate_send": rivals[0], "xstate_transition": rivals[1],
                           "times": round(figures[ours]["value"] / max(rivals), 1)}
    return found


def table(rows, beside, figures):
    print(f"\n{'':<54}{'measured':>12}{'floor':>9}{'target':>9}")
    for row in rows:
        print(f"{row['what']:<54}{row['value']:>8.2f} {row['unit']:<3}{row['floor']:>9}{row['target']:>9}  {row['verdict']}")
    print(f"\n{'M/s on one core, beside XState 5 on the same chart':<54}{'ours':>9}{'send':>9}{'pure':>9}{'times':>8}")
    for name, row in beside.items():
        print(f"{name:<54}{row['ours']:>9.2f}{row['xstate_send']:>9.3f}{row['xstate_transition']:>9.3f}{row['times']:>8.0f}")
    print("\nAll figures:")
    for name, line in sorted(figures.items()):
        print(f"  {name:<52}{line['value']:>12.2f} {line['unit']}")


def main():
    parser = argparse.ArgumentParser(prog="./oam bench workflow")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of everything; the best counts")
    parser.add_argument("--json", type=pathlib.Path, help="the same figures for a program")
    parser.add_argument("--smoke", action="store_true", help="one round, no verdict: does it run")
    options = parser.parse_args()
    figures = measure(1 if options.smoke else options.rounds)
    figures |= {line["name"]: line for line in durable(options)}
    rows, beside = judge(figures), ratios(figures)
    table(rows, beside, figures)
    if options.json:
        options.json.write_text(json.dumps({"promises": rows, "beside_xstate": beside,
                                            "figures": list(figures.values())}, indent=2) + "\n")
    return 0 if options.smoke or all(row["verdict"] != "MISSED" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
