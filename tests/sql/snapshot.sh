#!/usr/bin/env bash
# What the schema of a migrated database is, normalised for comparison: `snapshot.sh URL` prints it,
# `snapshot.sh URL > schema/snapshot.sql` accepts it. Left out: what differs between servers and runs (versions, settings,
# random keys), comments, and of the yearly sequences all but those of 2026, which are alike.
set -euo pipefail
export LC_ALL=C.UTF-8 PGTZ=UTC
[ $# = 1 ] || { echo "usage: snapshot.sh URL" >&2; exit 2; }
PATH=$PATH:/usr/lib/postgresql/15/bin

echo "-- What schema/migrations/ amounts to. Made by tests/sql/snapshot.sh, compared by tests/sql/test_snapshot.py; not run by anybody."
echo
pg_dump --schema-only --schema=oam \
  --exclude-table='oam.re*_number_202[45789]' --exclude-table='oam.re*_number_20[3456]?' "$1" |
  sed -E '/^--/d; /^SET /d; /^SELECT pg_catalog\.set_config/d; /^\\(un)?restrict /d' |
  cat -s
