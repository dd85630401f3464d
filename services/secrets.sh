#!/bin/sh
# Makes the secret files that the Compose files name, each only if it is missing, in ONYX_SECRETS_DIR, which is looked for in the
# environment and in .env, as Compose does (default: ./secrets). Where a service of yours has its password already, write that into the
# file first. A hash is made again when its password is newer.
# The folder is closed to others; the files are not, since each container reads them as another user.
set -eu

refuse() {
  echo "$1" >&2
  exit 1
}

folder=${ONYX_SECRETS_DIR:-$(sed -n "s/[[:space:]]#.*//; s/^ONYX_SECRETS_DIR=[\"']\{0,1\}\([^\"']*\).*/\1/p" .env 2>/dev/null | tail -n 1)}
folder=${folder:-secrets}
case $folder in
encrypted:*) refuse "ONYX_SECRETS_DIR is encrypted: npx dotenvx run -- sh $0" ;;
esac
mkdir -p "$folder"
chmod 700 "$folder"

random() {
  head -c 24 /dev/urandom | base64 | tr '+/' '-_'
}

# No newline at the end (it would be part of the secret), and never half a file: what a killed run left cannot be written to.
put() {
  rm -f "$folder/.$1.new"
  printf '%s' "$2" >"$folder/.$1.new"
  chmod 644 "$folder/.$1.new"
  mv -f "$folder/.$1.new" "$folder/$1"
  echo "made $folder/$1"
}

keep() {
  [ -e "$folder/$1" ] || put "$1" "$2"
}

# Whether the file is missing or older than the password it is made of.
outdated() {
  [ ! -e "$folder/$1" ] || [ -n "$(find "$folder/$2" -newer "$folder/$1")" ]
}

# Standard input, hashed with bcrypt by whatever this machine has for it; a password in an argument could be read by everybody.
bcrypt() {
  salt=$(head -c 18 /dev/urandom | base64 | tr '+' '.' | cut -c1-22)
  hash=$(SALT="\$2b\$10\$$salt" perl -e '$_ = <STDIN>; chomp; print crypt($_, $ENV{SALT})' 2>/dev/null <"$1") || hash=
  case $hash in
  '$2b$10$'*) ;; # Debian, Ubuntu, Fedora and Alpine
  *) hash=$(htpasswd -inBC 10 x 2>/dev/null <"$1" | cut -d: -f2) ;; # macOS, and where apache2-utils is installed
  esac
  case $hash in
  '$2'[aby]'$10$'*) printf '%s' "$hash" ;;
  *) refuse 'Nothing here can make a bcrypt hash: install perl, or htpasswd (Debian: apache2-utils).' ;;
  esac
}

for name in metrics_password prometheus_password grafana_admin_password grafana_secret_key postgres_password postgres_metrics_password \
  redis_password qdrant_api_key user_id_key otlp_token; do
  keep "$name" "$(random)"
done
keep litellm_master_key "sk-$(random)"
keep canary_token '' # of the user it asks as, where Suna asks for one

# `prometheus` is who prometheus.yml says it is; `admin` is for people, and for Grafana.
if outdated metrics_htpasswd metrics_password; then
  digest=$(tr -d '\n' <"$folder/metrics_password" | openssl dgst -sha1 -binary | base64)
  put metrics_htpasswd "prometheus:{SHA}$digest
admin:{SHA}$digest"
fi

# The web configuration of Prometheus and Alertmanager. They take bcrypt only, and remember what they have compared.
if outdated prometheus_web prometheus_password; then
  case $(cat "$folder/prometheus_password") in
  admin) refuse "$folder/prometheus_password: admin is what everybody tries first; choose another password." ;;
  *\$*) refuse "$folder/prometheus_password: Grafana would take the \$ in it for a variable; choose a password without." ;;
  esac
  hash=$(bcrypt "$folder/prometheus_password")
  put prometheus_web "basic_auth_users: { prometheus: \"$hash\", admin: \"$hash\" }
http_server_config: { headers: { X-Content-Type-Options: nosniff, X-Frame-Options: deny } }
"
fi

# With the addresses of those who are told, so it is a secret too.
config=$(sh "$(dirname "$0")/../collector-config/alertmanager/notify.sh" "$folder/notify")
[ "$config" = "$(cat "$folder/alertmanager_config" 2>/dev/null)" ] || put alertmanager_config "$config
"
