#!/usr/bin/env bash
# `./oam test`: builds, makes one throw-away cluster, runs the suites one after the other and counts. The last line is
# `N passed, N failed, N skipped`, of ctest's entries.
#   (nothing)     every suite, under AddressSanitizer and UndefinedBehaviorSanitizer
#   --fast        what needs no database: lint, unit, property
#   --only NAME   one suite (lint unit property workflow store sql api clients faults; db = store and sql, cli = clients), or the tests
#                 whose name matches
#   --deep        all of it, then ThreadSanitizer, the fuzzers, and line coverage
# shellcheck source=oam
source "$(dirname -- "${BASH_SOURCE[0]}")/../../oam"

SUITES=(lint unit property workflow store sql api clients faults)
# Those joined by + run side by side: oracles in Python and node beside the database, and terminals that wait beside servers
# that are killed; none of them measures time.
ROUNDS=(lint unit property workflow+store+sql api clients+faults)
COVERAGE_MIN=85
PASSED=0 FAILED=0 SKIPPED=0
CLUSTER=''

# Reports are fatal, wherever they come from.
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:check_initialization_order=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
export LSAN_OPTIONS=print_suppressions=0

finish() {
  local code=$?
  [ -z "$CLUSTER" ] || bash "$ROOT/tests/support/cluster.sh" stop "$CLUSTER" >>"$LOG" 2>&1 || true
  # A step that failed has left before it was counted.
  if [ "$code" != 0 ] && [ "$FAILED" = 0 ]; then FAILED=1; fi
  say "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  [ "$FAILED" = 0 ] || exit 1
}

# suite PRESET WHAT CTEST-SELECTION…
suite() {
  local preset=$1 what=$2 began report counts passed failed skipped
  shift 2
  began=$(now_ms)
  report=$ROOT/build/$preset/junit-$what.xml
  [ -z "$ERASE" ] || printf '… %s' "$what"
  ctest --test-dir "$ROOT/build/$preset" --output-junit "$report" --output-on-failure --no-tests=ignore \
    -j "$(nproc)" "$@" >>"$LOG" 2>&1 </dev/null || true
  if [ ! -s "$report" ]; then
    bad "$what: ctest gave no report; see $LOG"
    FAILED=$((FAILED + 1))
    return
  fi
  mapfile -t counts < <("$PYTHON" -B "$ROOT/tests/support/junit.py" "$report")
  read -r passed failed skipped <<<"${counts[0]}"
  # In CI everything is there, so that what skips itself has lost something.
  if [ "${CI:-}" = true ]; then failed=$((failed + skipped)) skipped=0; fi
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
  if [ "$failed" = 0 ]; then
    good "$what: $passed passed, $skipped skipped ($(seconds_since "$began"))"
  else
    bad "$what: $passed passed, $failed failed, $skipped skipped ($(seconds_since "$began"))"
  fi
  printf '%s\n' "${counts[@]:1}" | sed '/^$/d; s/^/  /'
}

cluster_for_tests() {
  [ -z "$CLUSTER" ] || return 0
  CLUSTER=$(mktemp -d)
  step "Throw-away cluster" bash "$ROOT/tests/support/cluster.sh" start "$CLUSTER"
  OAM_TEST_DATABASE_URL="postgresql://oam@/postgres?host=$(cat "$CLUSTER/socket")"
  export OAM_TEST_DATABASE_URL
}

# Debian 12's node is older than the linters of the contract and our TypeScript client want; npm has newer ones as packages.
newer_node() {
  local prefix=$ROOT/build/node package
  command -v npm >/dev/null || return 0
  if node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 19) ? 0 : 1)'; then
    return 0
  fi
  package=node-linux-$(node -p process.arch)
  [ -x "$prefix/node_modules/$package/bin/node" ] ||
    step "A newer node" npm install --prefix "$prefix" --no-save --ignore-scripts --no-audit --no-fund "$package@22"
  export PATH="$prefix/node_modules/$package/bin:$PATH"
}

# run_suites PRESET SUITE…
run_suites() {
  local preset=$1 name
  shift
  for name in "$@"; do
    case $name in
      lint) newer_node ;;
      workflow* | clients*) newer_node && cluster_for_tests ;;
      store | sql | api | faults) cluster_for_tests ;;
    esac
    suite "$preset" "$name" -L "^(${name//+/|})\$"
  done
}

run_only() {
  case $1 in
    db) run_suites dev store sql ;;
    cli) run_suites dev clients ;;
    lint | unit | property | workflow | store | sql | api | clients | faults) run_suites dev "$1" ;;
    *)
      cluster_for_tests
      suite dev selection -R "$1"
      [ $((PASSED + FAILED + SKIPPED)) != 0 ] || die 2 "no suite and no test is called $1 (suites: ${SUITES[*]})"
      ;;
  esac
}

coverage_report() {
  gcovr --root "$ROOT" --object-directory "$ROOT/build/coverage" --filter "$ROOT/api/" --filter "$ROOT/workflow/" \
    --exclude-unreachable-branches --fail-under-line "$COVERAGE_MIN" --txt "$ROOT/build/coverage/coverage.txt" \
    --html-details "$ROOT/build/coverage/coverage.html" --print-summary
}

run_deep() {
  step "Build for ThreadSanitizer" build tsan OAM_WERROR=ON --
  suite tsan tsan-unit -L '^(unit|property)$'
  suite tsan tsan-store -L '^store$'
  suite tsan tsan-api -L '^api$'
  step "Build the fuzzers" build fuzz --
  suite fuzz fuzz -L '^fuzz$'
  step "Build for coverage" build coverage --
  find "$ROOT/build/coverage" -name '*.gcda' -delete
  run_suites coverage unit property workflow store sql api clients
  step "Line coverage of api/ and workflow/ is at least $COVERAGE_MIN %" coverage_report
  PASSED=$((PASSED + 1))
  sed -n '/^TOTAL/s/^/  /p' "$ROOT/build/coverage/coverage.txt"
}

run() {
  local depth='' only=''
  while [ $# != 0 ]; do
    case $1 in
      --fast) depth=fast ;;
      --deep) depth=deep ;;
      --only) only=${2:?--only needs a name}; shift ;;
      --only=*) only=${1#--only=} ;;
      *) usage_error "test: $1" ;;
    esac
    shift
  done
  mkdir -p "$ROOT/build"
  LOG=$ROOT/build/test.log
  : >"$LOG"
  trap finish EXIT
  packages_install "$ROOT/docker/apt.txt" "$ROOT/docker/apt-test.txt"
  step "Build with the sanitizers" build dev OAM_WERROR=ON -- all all_verify_interface_header_sets
  [ "$depth" != deep ] || export OAM_TEST_DEEP=1
  if [ -n "$only" ]; then
    run_only "$only"
  elif [ "$depth" = fast ]; then
    run_suites dev lint unit property
  else
    run_suites dev "${ROUNDS[@]}"
    [ "$depth" != deep ] || run_deep
  fi
}

run "$@"
