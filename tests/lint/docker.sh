#!/usr/bin/env bash
# The deployment files pass their linters: dockerfilelint, dclint, and haproxy and systemd where they are installed.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
bin=node_modules/.bin docker=../../docker

command -v npm >/dev/null || { echo "npm is not installed"; exit 77; }
if ! cmp -s package-lock.json node_modules/.oam-lock; then
  npm ci --ignore-scripts --no-audit --no-fund >/dev/null || { echo "npm could not install the linters"; exit 77; }
  cp package-lock.json node_modules/.oam-lock
fi

failed=0
"$bin/dockerfilelint" "$docker/Dockerfile" || failed=1
"$bin/dclint" --max-warnings 0 "$docker/compose.yaml" || failed=1
if command -v haproxy >/dev/null; then haproxy -c -q -f "$docker/haproxy.cfg" || failed=1; fi
if command -v systemd-analyze >/dev/null; then
  # Complaints about the programs, which are installed nowhere here, are not about the unit.
  complaints=$(systemd-analyze verify "$docker/oamd.service" 2>&1 | grep oamd.service | grep -v 'is not executable' || true)
  [ -z "$complaints" ] || { echo "$complaints"; failed=1; }
fi
# The two lists are what they say: sorted, and no package twice.
for list in "$docker/apt.txt" "$docker/apt-test.txt"; do
  grep -v '^#' "$list" | LC_ALL=C sort -cu || { echo "$list is not sorted"; failed=1; }
done
exit "$failed"
