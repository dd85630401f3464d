# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""A `service.instance.id` that no other live process has and that a restarted process gets again. As identity.ts."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from contextlib import suppress
from urllib.parse import quote

# More workers than this on one host get an identity that is unique but not stable.
_MAX_SLOTS = 256


def instance_id(service_name: str) -> str:
    """Returns service, host and worker slot. The host's name is hashed, since people name laptops after themselves."""
    host = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
    slot = _claim_slot(service_name)
    return f"{service_name}-{host}-{f'p{os.getpid()}' if slot is None else slot}"


def own_folder() -> str:
    """Returns the folder for what processes of this user share, made when there is none.

    Raises OSError when there can be none, or when it is another user's.
    """
    folder = os.path.join(tempfile.gettempdir(), f"onyx-otel-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    found = os.stat(folder)
    if found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f"{folder} can be written by others")
    return folder


def _claim_slot(service_name: str) -> int | None:
    """Claims the lowest free slot with a file that names this process; none when the temporary folder is not writable."""
    pid = os.getpid()
    with suppress(OSError):
        folder = own_folder()
        draft = os.path.join(folder, f"{pid}.draft")
        with open(draft, "w", encoding="utf-8") as owner:
            owner.write(f"{pid} {_start_time(pid)}")
        try:
            for slot in range(_MAX_SLOTS):
                file = os.path.join(folder, f"{quote(service_name, safe='')}-{slot}")
                if _link(draft, file) or (_is_stale(file) and _replace_stale(draft, file)):
                    return slot
        finally:
            os.unlink(draft)
    # A read-only root file system: the process id keeps the identity unique, only not stable.
    return None


def _link(draft: str, file: str) -> bool:
    """Creates `file` with the draft's content in one step; false when it exists."""
    try:
        os.link(draft, file)
    except FileExistsError:
        return False
    return True


def _is_stale(file: str) -> bool:
    try:
        with open(file, encoding="utf-8") as owner:
            pid, started = owner.read().split(" ")
        return int(pid) == os.getpid() or _start_time(int(pid)) != started
    except (OSError, ValueError):
        return True


def _replace_stale(draft: str, file: str) -> bool:
    """Of several processes that find the same stale file one at a time may take it away."""
    turn = f"{file}.turn"
    if not _link(draft, turn):
        return False
    try:
        if not _is_stale(file):
            return False
        with suppress(FileNotFoundError):
            os.unlink(file)
        return _link(draft, file)
    finally:
        os.unlink(turn)


def _start_time(pid: int) -> str:
    """Returns the start time of a live process as an opaque word, so that a reused id is told apart; empty when it is gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    try:
        # Field 22; the second field, the command, may itself hold blanks and parentheses.
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rsplit(") ", 1)[-1].split(" ")[19]
    except (OSError, IndexError):
        return "alive"
