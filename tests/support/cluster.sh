#!/usr/bin/env bash
# A throw-away PostgreSQL for tests: `cluster.sh start DIR` prints its URL (database postgres, role oam, a superuser),
# `cluster.sh stop DIR` ends it and removes DIR. It answers on a Unix socket only, and trusts whoever may enter its folder.
# Nothing in it is meant to survive: no sync, no full page writes.
set -euo pipefail
export LC_ALL=C.UTF-8

usage() { echo "usage: cluster.sh start|stop DIR" >&2; exit 2; }

# PostgreSQL refuses to run as root.
as_service() (
  cd /
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"
  fi
  exec "$@"
)

start() {
  local dir=$1 socket
  # Not inside DIR: a socket's path may have 107 bytes.
  socket=$(mktemp -d "/tmp/oam-$(id -u)-XXXXXXXX")
  mkdir -p "$dir"
  echo "$socket" >"$dir/socket"
  if [ "$(id -u)" = 0 ]; then chown -R postgres: "$dir" "$socket"; fi
  as_service "$bin/initdb" -D "$dir/data" -U oam --encoding=UTF8 --locale=C.UTF-8 --auth=trust --no-sync >"$dir/initdb.log"
  as_service tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$socket'
timezone = 'UTC'
log_timezone = 'UTC'
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_connections = 200
shared_buffers = 128MB
jit = off
CONF
  as_service "$bin/pg_ctl" -D "$dir/data" -l "$dir/postgres.log" -w -t 30 start >/dev/null
  echo "postgresql://oam@/postgres?host=$socket"
}

stop() {
  local dir=$1
  as_service "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null || true
  rm -rf -- "$(cat "$dir/socket")" "$dir"
}

[ $# = 2 ] || usage
bin=/usr/lib/postgresql/15/bin
case $1 in
  start) start "$2" ;;
  stop) [ -s "$2/socket" ] || usage; stop "$2" ;;
  *) usage ;;
esac
