# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What is shown of users: the same key gives the same pseudonym in every process and language."""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from typing import Literal, NamedTuple

from .catalogue import DEFAULT_USERS

UserIdMode = Literal["pseudonym", "cohort", "off"]

_KEY_BYTES = 32
_DIGITS = 12
_SHORTEST_KEY = 16


class Users(NamedTuple):
    """What may be shown of users."""

    show: Callable[[str], str]
    """What to show of a raw user id."""
    max: int | None = None
    """Distinct users, or cohorts, to show; without it what the metric's label allows."""


def users_from(mode: UserIdMode, max_users: int | None, key_file: str | None) -> Users:
    """Returns what the settings allow to be shown of users.

    Raises OSError or ValueError when the key file cannot be used.
    """
    if mode == "off":
        return Users(lambda _: "other")
    return users_as(mode, read_pseudonym_key(key_file), max_users)


def users_as(mode: Literal["pseudonym", "cohort"], key: str, max_users: int | None = None) -> Users:
    """Returns users as `u_` and 12 hex digits of the id's HMAC-SHA-256, or as `c_` and the number of a group."""
    secret = key.encode()

    def digest(user_id: str) -> str:
        # A lone surrogate is no text: Node writes the replacement character for it.
        text = user_id.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        return hmac.new(secret, text, hashlib.sha256).hexdigest()[:_DIGITS]

    if mode == "pseudonym":
        return Users(lambda user_id: f"u_{digest(user_id)}", max_users)
    cohorts = max_users or DEFAULT_USERS
    return Users(lambda user_id: f"c_{int(digest(user_id), 16) % cohorts}", max_users)


def read_pseudonym_key(file: str | None) -> str:
    """Reads the key from `file`, and generates the file (mode 0600) when it does not exist.

    Without a file the key lives as long as the process. Raises OSError when the file can neither be read nor created,
    ValueError when it holds fewer than 16 characters.
    """
    if file is None:
        return secrets.token_hex(_KEY_BYTES)
    try:
        # O_EXCL lets exactly one of several starting processes create the key.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.EROFS, errno.EACCES, errno.EPERM):
            raise
    else:
        with os.fdopen(descriptor, "w", encoding="utf-8") as created:
            created.write(f"{secrets.token_hex(_KEY_BYTES)}\n")
    with open(file, encoding="utf-8") as existing:
        key = existing.read().strip()
    if len(key) < _SHORTEST_KEY:
        raise ValueError(f"{file} holds {len(key)} characters, a key needs at least {_SHORTEST_KEY}")
    return key
