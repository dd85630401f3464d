#!/bin/sh
# As root it becomes redis; the image has no password, so that other containers may ask it only with protected mode off.
set -e
case ${1-} in -*) set -- redis-server "$@" ;; esac
[ "${1-}" = redis-server ] && [ $# -eq 1 ] && set -- redis-server --protected-mode no
if [ "${1-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
  chown -R redis:redis .
  exec setpriv --reuid=redis --regid=redis --init-groups "$@"
fi
exec "$@"
