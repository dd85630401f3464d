#!/bin/sh
# The first start makes the database and runs what lies in /docker-entrypoint-initdb.d, `migrations` last, by name, as the superuser.
set -e
if [ "$(id -u)" = 0 ]; then
  chown -R postgres:postgres "$PGDATA"
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username=postgres --pwfile="${POSTGRES_PASSWORD_FILE:?}" --auth-host=scram-sha-256 --auth-local=trust >/dev/null
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl -s -w -o '-c listen_addresses=' start
  for file in /docker-entrypoint-initdb.d/*.sql /docker-entrypoint-initdb.d/migrations/*.sql; do
    [ -e "$file" ] || continue
    psql -q -v ON_ERROR_STOP=1 -U postgres -f "$file"
  done
  pg_ctl -s -m fast -w stop
fi
exec "$@" -c listen_addresses='*'
