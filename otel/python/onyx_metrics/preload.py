# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What the preload does in a process that may be a service: it waits until the process turns out to be one."""

from __future__ import annotations

import _thread
import os
import time

from . import frameworks, process

# How long a process may live without being measured, in seconds, and the share of a core that an idle one stays below.
_IDLE_SECONDS = 10
_IDLE_SHARE = 0.1


def begin() -> None:
    """Begins to watch this process. Called once, before anything of the application runs."""
    if process.is_enabled():
        process.log("another copy of this folder was loaded first: this one does nothing")
        return
    process.enable()
    frameworks.watch_imports()
    _thread.start_new_thread(_measure_later, ())


def _measure_later() -> None:
    """Measures the process once it is too old to be a command, and does more than to run other processes."""
    while True:
        before = sum(os.times()[:2])
        time.sleep(_IDLE_SECONDS)
        # What this thread starts among green threads would never run, and threads of both kinds crash when Python ends.
        if process.is_measured() or process.is_patched():
            return
        busy = sum(os.times()[:2]) - before > _IDLE_SECONDS * _IDLE_SHARE
        if busy or not _has_children():
            process.measuring()
            return


def _has_children() -> bool:
    try:
        threads = os.listdir("/proc/self/task")
        for thread in threads:
            with open(f"/proc/self/task/{thread}/children", encoding="ascii") as children:
                if children.read().strip():
                    return True
    except OSError:
        pass
    return False
