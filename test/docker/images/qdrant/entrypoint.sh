#!/bin/sh
# The image takes the key from the environment, the stand-in from a file.
umask 077
printf '%s' "${QDRANT__SERVICE__API_KEY:?the stand-in has no way without a key}" >/tmp/key
exec python3 /qdrant/stand-in/server.py --host 0.0.0.0 --data /qdrant/storage --api-key-file /tmp/key
