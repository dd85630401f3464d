#!/bin/sh
# Makes the secret files that the Compose files name, each only if it is missing, in ONYX_SECRETS_DIR (default: ./secrets). Where a
# service of yours has its password already, write that into the file first.
# The folder is closed to others; the files are not, since each container reads them as another user.
set -eu
folder=${ONYX_SECRETS_DIR:-secrets}
mkdir -p "$folder"
chmod 700 "$folder"

random() {
  head -c 24 /dev/urandom | base64 | tr '+/' '-_'
}

# No newline at the end (it would be part of the secret), and never half a file.
keep() {
  [ ! -e "$folder/$1" ] || return 0
  printf '%s' "$2" >"$folder/.$1.new"
  chmod 444 "$folder/.$1.new"
  mv "$folder/.$1.new" "$folder/$1"
  echo "made $folder/$1"
}

for name in metrics_password grafana_admin_password postgres_password postgres_metrics_password redis_password qdrant_api_key user_id_key; do
  keep "$name" "$(random)"
done
keep litellm_master_key "sk-$(random)"

digest=$(tr -d '\n' <"$folder/metrics_password" | openssl dgst -sha1 -binary | base64)
# `prometheus` is who prometheus.yml says it is; `admin` is for people.
keep metrics_htpasswd "prometheus:{SHA}$digest
admin:{SHA}$digest"
