#!/bin/sh
# Says what would start and not work, before it does: in the project directory, with the arguments that `docker compose` has before `up`,
#   sh onyx-metrics/services/preflight.sh -f docker-compose.yml -f onyx-metrics/docker-compose.otel.yml
# Values that dotenvx encrypted and nobody has decrypted, secret files that are missing, empty or encrypted, and the default password
# where it could be tried from outside.
set -u
resolved=$(docker compose "$@" config --format json) || exit 1
wrong=0

complain() {
  echo "$1" >&2
  wrong=1
}

# The key before each value that is encrypted still.
for name in $(printf '%s' "$resolved" | grep -o '"[^"]*": *"encrypted:' | cut -d '"' -f 2 | sort -u); do
  case $(printenv "$name") in
  '' | encrypted:*)
    complain "$name is encrypted, and plain docker compose hands it on as it stands: npx dotenvx run -- docker compose $* up -d" ;;
  *)
    # Compose reads an env_file itself, whatever the environment says.
    complain "$name is encrypted in an env_file, which nothing decrypts: name it under environment as $name: \${$name}" ;;
  esac
done

# Our services with a port on another address than loopback; without one it is on all of them.
outside=$(printf '%s\n' "$resolved" | awk -F '"' '
  /^    "/ { service = $2 }
  $2 == "mode" { address = "every address" }
  $2 == "host_ip" { address = $4 }
  $2 == "published" && service ~ /^onyx-metrics-/ && address !~ /^(127\.|::1$)/ { print service " on " address }
' | sort -u | paste -s -d , -)

for file in $(printf '%s' "$resolved" | grep -o '"file": *"[^"]*"' | cut -d '"' -f 4 | sort -u); do
  # A Redis may have no password, and then refuses any; every other secret is some.
  case $file in */redis_password) is=-e ;; *) is=-s ;; esac
  if [ ! "$is" "$file" ]; then
    complain "$file is missing or empty: sh $(dirname "$0")/secrets.sh makes what is missing, and a password of yours you write into it."
  elif grep -q '^encrypted:' "$file"; then
    complain "$file holds an encrypted value: write what npx dotenvx get prints for it into the file."
  elif [ -n "$outside" ] && [ "$(cat "$file")" = admin ]; then
    complain "$file holds the default password admin, and ports are published beyond this machine ($outside): write another one into it, or leave ONYX_GRAFANA_BIND, ONYX_PROMETHEUS_BIND and ONYX_ALERTMANAGER_BIND at 127.0.0.1."
  fi
done
exit "$wrong"
