#!/usr/bin/env bash
# fuzz.sh TARGET CORPUS: one fuzzer for OAM_FUZZ_SECONDS (60). What it finds new stays out of the tree; a crash is kept beside
# the target, and its path is the last line of the report.
set -euo pipefail
target=$1 corpus=$2 seeds=()
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
mkdir -p "$target.crashes"
if [ -d "$corpus" ]; then seeds=("$corpus"); fi
"$target" -max_total_time="${OAM_FUZZ_SECONDS:-60}" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
  -artifact_prefix="$target.crashes/" "$found" "${seeds[@]}"
