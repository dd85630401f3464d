#!/bin/sh
# Says what would start and not work, before it does: in the project directory, with the arguments that `docker compose` has before `up`,
#   sh onyx-metrics/services/preflight.sh -f docker-compose.yml -f onyx-metrics/docker-compose.otel.yml
# Values that dotenvx encrypted and nobody has decrypted, and secret files that are missing, empty or encrypted.
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

for file in $(printf '%s' "$resolved" | grep -o '"file": *"[^"]*"' | cut -d '"' -f 4 | sort -u); do
  if [ ! -s "$file" ]; then
    complain "$file is missing or empty: sh $(dirname "$0")/secrets.sh makes what is missing, and a password of yours you write into it."
  elif grep -q '^encrypted:' "$file"; then
    complain "$file holds an encrypted value: write what npx dotenvx get prints for it into the file."
  fi
done
exit "$wrong"
