#!/usr/bin/env bash
# Every C file is as clang-format writes it. `format.sh --fix` rewrites them.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
command -v clang-format >/dev/null || { echo "clang-format is not installed"; exit 77; }
mapfile -t files < <(find api workflow clients tests \( -name node_modules \) -prune -o -name '*.[ch]' -print)
if [ "${1:-}" = --fix ]; then
  clang-format -i "${files[@]}"
else
  clang-format --dry-run -Werror "${files[@]}" || { echo "run tests/lint/format.sh --fix"; exit 1; }
fi
