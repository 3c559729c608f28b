#!/usr/bin/env bash
# Every shell script of the tree passes shellcheck.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; exit 77; }
mapfile -t scripts < <(find . \( -name node_modules -o -path ./build -o -path ./.git \) -prune -o -name '*.sh' -print)
shellcheck -x -P SCRIPTDIR -P . oam .ci/run "${scripts[@]}"
