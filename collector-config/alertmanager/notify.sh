#!/bin/sh
# Prints Alertmanager's configuration with the ways to be told that the files of a folder switch on (docs/guides/be-told.md):
#   sh collector-config/alertmanager/notify.sh secrets/notify
# A file has the name of the receiver in Alertmanager's configuration, `slack` for slack_configs. It holds the receiver's fields, one
# `name: value` a line, or just its one required value. `deadman` holds the address that the watchdog is sent to.
set -eu
folder=$1

refuse() {
  echo "$1" >&2
  exit 1
}

# What a file of one value holds.
only_field() {
  case $1 in
  deadman | webhook) echo url ;;
  slack) echo api_url ;;
  discord | msteamsv2) echo webhook_url ;;
  pagerduty) echo routing_key ;;
  opsgenie) echo api_key ;;
  esac
}

# Fields of a way that takes more than one value: without one of them Alertmanager does not start.
needed_fields() {
  case $1 in
  email) echo to from smarthost ;;
  telegram) echo bot_token chat_id ;;
  pushover) echo user_key token ;;
  esac
}

# The fields of a file as an entry of the receiver's list.
entry() {
  way=$1
  file=$2
  fields=$(sed 's/\r$//; /^[[:space:]]*\(#.*\)\{0,1\}$/d' "$file")
  field=$(only_field "$way")
  if [ -z "$fields" ]; then
    refuse "$file is empty: write what docs/guides/be-told.md says of $way into it, or remove it."
  elif ! printf '%s\n' "$fields" | grep -qv '^ *[a-z_]*:\( \|$\)'; then
    : # fields already
  elif [ -n "$field" ] && [ "$(printf '%s\n' "$fields" | wc -l)" -eq 1 ]; then
    fields="$field: '$(printf '%s' "$fields" | sed "s/'/''/g")'"
  else
    refuse "$file: one \`name: value\` a line, as in ${way}_configs of Alertmanager's configuration (docs/guides/be-told.md)."
  fi
  has() { printf '%s\n' "$fields" | grep -q "^ *$1:"; }
  for field in $(needed_fields "$way"); do
    has "$field" || has "${field}_file" || refuse "$file has no $field: write it on a line of its own, \`$field: value\` (docs/guides/be-told.md)."
  done
  # Who has been told that something fails is told when it is over. Slack shows no text by itself.
  [ "$way" = deadman ] && resolved=false || resolved=true
  has send_resolved || fields="$fields
send_resolved: $resolved"
  [ "$way" != slack ] || has text || fields="$fields
text: '{{ range .Alerts }}{{ .Annotations.summary }}: {{ .Annotations.description }} {{ .Annotations.runbook_url }} {{ end }}'"
  [ "$way" != deadman ] || way=webhook
  printf '    %s_configs:\n' "$way"
  printf '%s\n' "$fields" | sed '1s/^/      - /; 2,$s/^/        /'
}

operators=
deadman=
for file in "$folder"/*; do
  [ -f "$file" ] || continue
  way=${file##*/}
  case $way in
  deadman) deadman=$(entry deadman "$file") ;;
  discord | email | msteamsv2 | opsgenie | pagerduty | pushover | slack | telegram | webhook)
    operators="$operators$(entry "$way" "$file")
" ;;
  *) refuse "$file is no way to be told: name it deadman, discord, email, msteamsv2, opsgenie, pagerduty, pushover, slack, telegram or webhook." ;;
  esac
done

while IFS= read -r line; do
  printf '%s\n' "$line"
  case $line in
  '  - name: operators') [ -z "$operators" ] || printf '%s' "$operators" ;;
  '  - name: deadman') [ -z "$deadman" ] || printf '%s\n' "$deadman" ;;
  esac
done <"$(dirname "$0")/alertmanager.yml"
