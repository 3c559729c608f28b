#!/usr/bin/env bash
# Every C file is as clang-format writes it. `format.sh --fix` rewrites them.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
command -v clang-format >/dev/null || { echo "clang-format is not installed"; exit 77; }
mapfile -t files < <(find api workflow clients tests \( -name node_modules \) -prune -o -name '*.[ch]' -print)
if [ "${1:-}" = --fix ]; then
  clang-format -i "${files[@]}"
  exit
fi
others=$(clang-format --dry-run -Werror "${files[@]}" 2>&1 | sed -n 's/^\([^ :]*\):[0-9:]* error:.*/\1/p' | sort | uniq -c || true)
[ -z "$others" ] || { printf '%s\n' "lines to change, by file (tests/lint/format.sh --fix changes them):" "$others"; exit 1; }
