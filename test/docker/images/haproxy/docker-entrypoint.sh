#!/bin/sh
# A master process in the foreground, as the pinned image has it.
case ${1-} in
haproxy) shift && exec haproxy -W -db "$@" ;;
-*) exec haproxy -W -db "$@" ;;
*) exec "$@" ;;
esac
