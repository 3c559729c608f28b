#!/usr/bin/env bash
# Two independent linters read the contract; what either says, warning or hint, fails.
# Exit 77 (skipped) without npm, so that a machine without node still runs the rest; in CI that is a failure.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
contract=$here/../../api/openapi.yaml
# Elsewhere than the tree, if the tree is read-only or wants to stay clean.
work=${OAM_LINT_DIR:-$here}

skip() {
  printf 'contract.sh: %s\n' "$1" >&2
  [[ ${CI:-} == true ]] && exit 1
  exit 77
}

log=$(mktemp)
trap 'rm -f -- "$log"' EXIT

# Installs the pinned linters unless the ones there are those of the lock.
install_linters() {
  local stamp=$work/node_modules/.oam-lock
  cmp -s -- "$here/package-lock.json" "$stamp" && return
  mkdir -p -- "$work"
  if [[ ! $work -ef $here ]]; then
    cp -- "$here/package.json" "$here/package-lock.json" "$work/"
  fi
  (cd -- "$work" && npm ci --ignore-scripts --no-audit --no-fund) >"$log" 2>&1 || {
    cat -- "$log" >&2
    skip 'npm could not install the linters'
  }
  cp -- "$here/package-lock.json" "$stamp"
}

# redocly succeeds with warnings, and an ignore file hides problems: neither passes here.
lint_redocly() {
  REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
    "$work/node_modules/.bin/redocly" lint "$contract" \
    --config "$here/redocly.yaml" --format json >"$log" 2>/dev/null || true
  # shellcheck disable=SC2016  # the expansions are JavaScript's
  node -e '
    const { totals, problems } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    for (const problem of problems)
      console.error(`redocly: ${problem.ruleId}: ${problem.location[0].pointer}: ${problem.message}`);
    console.log(`redocly: ${totals.errors} errors, ${totals.warnings} warnings, ${totals.ignored} ignored`);
    process.exit(totals.errors + totals.warnings + totals.ignored ? 1 : 0);
  ' "$log"
}

lint_spectral() {
  "$work/node_modules/.bin/spectral" lint --ruleset "$here/.spectral.yaml" \
    --fail-severity hint --format text "$contract" >"$log" 2>&1 || {
    sed 's/^/spectral: /' -- "$log" >&2
    return 1
  }
  printf 'spectral: 0 errors, 0 warnings\n'
}

command -v node >/dev/null || skip 'node is not installed'
command -v npm >/dev/null || skip 'npm is not installed'
install_linters

failed=0
lint_redocly || failed=1
lint_spectral || failed=1
exit "$failed"
