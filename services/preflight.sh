#!/bin/sh
# Says what would start and not work, before it does: in the project directory, with the arguments that `docker compose` has before `up`,
#   sh onyx-metrics/services/preflight.sh -f docker-compose.yml -f onyx-metrics/docker-compose.otel.yml
# It looks at what is ours: values that dotenvx has encrypted and that are encrypted still, our secret files, the default password where it could
# be tried from outside, the network, and the Docker socket.
set -u
resolved=$(docker compose "$@" config --format json) || {
  docker compose version >/dev/null 2>&1 || echo 'docker compose does not run here: install Docker Compose 2.40 or newer.' >&2
  exit 1
}
wrong=0

complain() {
  printf '%s\n' "$1" >&2
  wrong=1
}

# What Compose prints, as lines of `section TAB key TAB what TAB value`, one for each value of ours that is looked at.
facts=$(printf '%s\n' "$resolved" | sed 's/\\u0026/\&/g; s/\\u003c/</g; s/\\u003e/>/g; s/\$\$/$/g' | awk -F '"' '
  function fact(what, value) {
    gsub("\002", "\"", value)
    gsub("\001", "\\\\", value)
    print section "\t" key "\t" what "\t" value
  }
  # Names of folders have them too, and fields end at a quote.
  /\\/ { gsub(/\\\\/, "\001"); gsub(/\\"/, "\002") }
  /^  "/ { section = $2 }
  /^    "/ { key = $2; part = "" }
  /^      "/ { part = $2 }
  section == "services" && part == "networks" && /^        "/ { fact("network", $2) }
  section == "services" && part == "scale" && /^      "scale"/ { value = $3; gsub(/[^0-9]/, "", value); fact("scale", value) }
  section == "services" && part == "ports" && $2 == "mode" { address = "every address" }
  section == "services" && part == "ports" && $2 == "host_ip" { address = $4 }
  section == "services" && part == "ports" && $2 == "published" { fact("published", address) }
  section == "services" && part == "volumes" && $2 == "source" { source = $4 }
  section == "services" && part == "volumes" && $2 == "target" && $4 ~ /docker\.sock$/ { fact("socket", source) }
  section == "secrets" && part == "file" { fact("file", $4) }
  section == "networks" && part == "external" { fact("external", "true") }
')

# Values of a fact of services or secrets whose key begins with the given text.
values() {
  printf '%s\n' "$facts" | awk -F '\t' -v what="$1" -v begin="$2" '$3 == what && index($2, begin) == 1 { print $4 }'
}

# The key before each value that is encrypted still: a long word; a note in plain text has blanks.
for name in $(printf '%s' "$resolved" | grep -o '"[^"]*": *"encrypted:[A-Za-z0-9+/=]\{40\}' | cut -d '"' -f 2 | sort -u); do
  case $(printenv "$name") in
  '' | encrypted:*)
    complain "$name is encrypted, and plain docker compose hands it on as it stands: npx dotenvx run -- docker compose $* up -d" ;;
  *)
    # Compose reads an env_file itself, whatever the environment says.
    complain "$name is encrypted in an env_file, which nothing decrypts: name it under environment as $name: \${$name}" ;;
  esac
done

budget=$(printf '%s\n' "$resolved" | sed -n 's/.*"ONYX_BUDGET_MONTHLY_USD": "\([^"]*\)".*/\1/p' | head -n 1)
case $budget in
encrypted:*) ;;
*[!0-9.]* | *.*.* | .* | *.) complain "ONYX_BUDGET_MONTHLY_USD=$budget is no amount: write US dollars as a number, such as 250 or 99.50." ;;
esac

# Our services with a port on another address than loopback; without one it is on all of them.
outside=$(printf '%s\n' "$facts" | awk -F '\t' '
  $3 == "published" && $2 ~ /^onyx-metrics-/ && $4 !~ /^(127\.|::1$)/ { print $2 " on " $4 }
' | sort -u | paste -s -d , -)

# One a line: folders have blanks in their names.
while IFS= read -r file; do
  [ -n "$file" ] || continue
  # A Redis may have no password, and then refuses any, and Suna may ask for no token; every other secret is some.
  case $file in */redis_password | */canary_token) is=-e ;; *) is=-s ;; esac
  if [ ! "$is" "$file" ]; then
    complain "$file is missing or empty: sh $(dirname "$0")/secrets.sh makes what is missing, and a password of yours you write into it."
  elif grep -q '^encrypted:' "$file"; then
    complain "$file holds an encrypted value: write what npx dotenvx get prints for it into the file."
  elif [ -n "$outside" ] && [ "$(cat "$file")" = admin ]; then
    complain "$file holds the default password admin, and ports are published beyond this machine ($outside): write another one into it, or leave ONYX_GRAFANA_BIND, ONYX_PROMETHEUS_BIND and ONYX_ALERTMANAGER_BIND at 127.0.0.1."
  fi
done <<END
$(values file onyx_metrics_ | sort -u)
END

# A network that only our services are on is one that Compose would make for them alone.
network=$(values network onyx-metrics-collector | grep -v '^onyx-metrics-' | head -n 1)
others=$(printf '%s\n' "$facts" | awk -F '\t' '$3 == "network" && $2 !~ /^onyx-metrics-/ { print $4 }' | sort -u)
if [ -n "$others" ] && ! printf '%s\n' "$others" | grep -qxF "$network" && [ -z "$(values external "$network")" ]; then
  complain "no service of yours is on the network $network: set ONYX_NETWORK in .env to one of $(printf '%s\n' "$others" | paste -s -d , -)."
fi

# The socket is on this machine only where its own Docker is asked.
socket=$(values socket onyx-metrics-docker)
case ${DOCKER_HOST:-unix://} in unix://*) ;; *) socket= ;; esac
[ "$(values scale onyx-metrics-docker)" != 0 ] || socket=
if [ -n "$socket" ] && [ ! -S "$socket" ]; then
  complain "$socket is no socket of Docker: set ONYX_DOCKER_SOCKET in .env to where it is, or ONYX_CONTAINERS=0 for no container metrics."
elif [ -n "$socket" ] && docker info --format '{{.SecurityOptions}}' 2>/dev/null | grep -q 'name=userns'; then
  complain "this Docker remaps user namespaces, and root of a container may not read $socket: set ONYX_CONTAINERS=0 in .env for no container metrics."
fi

exit "$wrong"
