#!/usr/bin/env bash
# `./oam bench`: a private cluster as `./oam up` makes it (fsync on), a release oamd on it, nginx with one file of 1 KB, and
# bench.py, which measures the one beside the other. Everything is in a folder of its own and gone at the end.
# shellcheck source=oam
source "$(dirname -- "${BASH_SOURCE[0]}")/../../oam"

BENCH=$ROOT/tests/load
BUILD=${OAM_BUILD:-$RELEASE}
NGINX_PID=''

bench_usage() {
  cat <<'TEXT'
./oam bench [NAME…] [--rows N] [--rounds N] [--seconds N] [--connections N] [--json FILE] [--smoke]

  NAME…            status batch read file transition list idle watchers staleness webhooks memory mixed timers; all of them when none is named;
                   status brings batch, staleness, watchers and webhooks along; steps, only by its name: durable steps
                   one by one and in batches
  --rows N         requests in the database before the clock starts (10000)
  --rounds N       rounds of each pair; what is printed is the median round (3)
  --seconds N      of driving each side in a round (3)
  --timers N       due at once (100000)
  --connections N  of the HTTP driver (64); the database's are OAM_DB_THREADS (8) on both sides
  --json FILE      the same figures for a program
  --smoke          tiny: does it run and print numbers; no verdicts
TEXT
}

# A free port that nobody else of ours took a moment ago.
free_port() { "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# In the user's place: nothing of ours asks it for root, or for a pid file elsewhere.
nginx_start() {
  local port=$1 folder=$STATE/nginx
  as_service mkdir -p "$folder/files"
  head -c 768 /dev/zero | base64 -w 0 | as_service tee "$folder/files/status" >/dev/null
  as_service tee "$folder/nginx.conf" >/dev/null <<CONF
worker_processes $(nproc);
daemon off;
pid $folder/pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  default_type application/json;
  sendfile on;
  keepalive_requests 100000000;
  open_file_cache max=16;
  client_body_temp_path $folder/body;
  proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi;
  scgi_temp_path $folder/scgi;
  server { listen 127.0.0.1:$port; root $folder/files; }
}
CONF
  (cd / && exec "${SERVICE[@]}" nginx -p "$folder" -c "$folder/nginx.conf" -e stderr) </dev/null >>"$STATE/log/nginx.log" 2>&1 9>&- &
  NGINX_PID=$!
  for _ in $(seq 50); do
    if port_is_busy "$port"; then return; fi
    sleep 0.1
  done
  die $EXIT_UNAVAILABLE "nginx does not start: $(tail -n 3 "$STATE/log/nginx.log")"
}

bench_finish() {
  local code=$? folder
  trap '' INT TERM HUP
  # shellcheck disable=SC2046 # the pids that bench.py left, one a word
  kill $(run_get children) 2>/dev/null || true
  if [ -n "$NGINX_PID" ]; then
    kill "$NGINX_PID" 2>/dev/null || true
    wait "$NGINX_PID" 2>/dev/null || true
  fi
  if [ "$code" != 0 ] && [ -f "$STATE/log/oamd.log" ]; then grep -v '"event":"request"' "$STATE/log/oamd.log" | tail -n 5 >&2 || true; fi
  oamd_stop
  if postgres_runs; then cluster_stop >/dev/null || true; fi
  folder=$(run_get socket)
  [[ ! $folder =~ ^/tmp/oam-[0-9]+-[0-9a-f]{8}$ ]] || rm -rf -- "$folder"
  rm -rf -- "$STATE"
  exit "$code"
}

bench() {
  local url nginx_port
  case " $* " in *" --help "* | *" -h "*) bench_usage; return ;; esac
  [ -x "$BUILD/bin/oamd" ] || die $EXIT_UNAVAILABLE "there is no $BUILD/bin/oamd: ./oam bench builds it"
  # binaries_install of ./oam takes it from there.
  # shellcheck disable=SC2034
  RELEASE=$BUILD
  # One integration holds all the streams that there are.
  export OAM_WAITS_PER_CLIENT=20000
  # The receiver of webhooks is here.
  export OAM_WEBHOOK_NETWORKS=127.0.0.1
  # A database of somebody else is no place to write ten thousand requests to.
  unset OAM_DATABASE_URL
  STATE=$(mktemp -d "${TMPDIR:-/tmp}/oam-bench-XXXXXXXX")
  chmod 755 "$STATE"
  paths
  trap bench_finish EXIT
  trap 'exit 130' INT TERM HUP
  state_prepare
  step "Install" binaries_install
  step "Secret" secret_make
  step "Database" cluster_start
  step "Database oam" database_create
  step "Migrate" run_oamd migrate
  step "Seed" run_oamd seed --demo --credentials "$CREDENTIALS"
  port_choose "$(free_port)"
  url=$(run_get url)
  step "oamd on $url" oamd_start
  nginx_port=$(free_port)
  nginx_start "$nginx_port"
  BENCH_OAMD=$OAMD BENCH_OAMD_PID=$(run_get oamd.pid) BENCH_URL=$url BENCH_NGINX=http://127.0.0.1:$nginx_port/status \
    BENCH_SOCKET=$(run_get socket) BENCH_SECRET=$STATE/secret BENCH_CREDENTIALS=$CREDENTIALS BENCH_STATE=$STATE \
    BENCH_AS_SERVICE="${SERVICE[*]}" BENCH_PG_BIN=$PG_BIN BENCH_SOURCE=$ROOT \
    "$PYTHON" -B "$BENCH/bench.py" "$@" 9>&-
}

bench "$@"
