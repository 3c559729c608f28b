#!/usr/bin/env bash
# Every C file of the product passes clang-tidy with the list of .clang-tidy.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
build=${OAM_BUILD:-build/dev}
command -v clang-tidy >/dev/null || { echo "clang-tidy is not installed"; exit 77; }
[ -f "$build/compile_commands.json" ] || { echo "$build is not configured"; exit 77; }
# gcc's own instrumentation options mean nothing to clang; what they are about, the compiler tests.
find api workflow clients -name '*.c' -print0 |
  xargs -0 -P "$(nproc)" -n 6 clang-tidy -p "$build" --quiet \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-ignored-optimization-argument 2>/dev/null
