#!/usr/bin/env bash
# Every C file of the product passes clang-tidy with the list of .clang-tidy. What leads to a finding is in the build's tidy.log.
# The static analyser takes three quarters of the time, so that only `./oam test --deep` (OAM_TEST_DEEP=1) waits for it.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
build=${OAM_BUILD:-build/dev}
command -v clang-tidy >/dev/null || { echo "clang-tidy is not installed"; exit 77; }
[ -f "$build/compile_commands.json" ] || { echo "$build is not configured"; exit 77; }
checks='-clang-analyzer-*'
[ -z "${OAM_TEST_DEEP:-}" ] || checks=
# gcc's own instrumentation options mean nothing to clang; what they are about, the compiler tests.
if ! find api workflow clients -name '*.c' -print0 |
  xargs -0 -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet --checks="$checks" \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-ignored-optimization-argument >"$build/tidy.log" 2>/dev/null; then
  grep -E ': (error|warning): ' "$build/tidy.log" | sed "s|^$PWD/||" | sort -u
  exit 1
fi
