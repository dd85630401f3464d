# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What a process measures about itself, without anybody's doing. Names follow the conventions where they exist."""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref
from typing import TYPE_CHECKING

from .catalogue import METRICS
from .process import at_fork

if TYPE_CHECKING:
    import asyncio

    from .measuring import Measuring


def observe_runtime(measuring: Measuring) -> None:
    """Reports CPU, memory, threads and garbage collections of this process, and how late its event loops run."""

    def cpu() -> list[tuple[float, dict[str, str]]]:
        used = os.times()
        return [(used.user, {"cpu.mode": "user"}), (used.system, {"cpu.mode": "system"})]

    started = round(time.time())
    measuring.observe(METRICS["onyx_process_start_time_seconds"], lambda: [(started, measuring.version)])
    measuring.observe(METRICS["process.cpu.time"], cpu)
    measuring.observe(METRICS["process.memory.usage"], lambda: [(_resident_bytes(), {})])
    measuring.observe(METRICS["process.thread.count"], lambda: [(_threads(), {})])
    measuring.observe(
        METRICS["cpython.gc.collections"],
        lambda: [
            (generation["collections"], {"cpython.gc.generation": str(number)})
            for number, generation in enumerate(gc.get_stats())
        ],
    )
    measuring.observe(METRICS["asyncio.eventloop.delay.p99"], lambda: [(p99, {}) for p99 in _delays.percentile(0.99)])
    measuring.observe(METRICS["asyncio.eventloop.delay.max"], lambda: [(worst, {}) for worst in _delays.take_worst()])


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        # A Mac has no /proc, and counts bytes.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


# How often an event loop's delay is sampled, in seconds; a sample costs some microseconds.
_SAMPLE_SECONDS = 0.1
_MAX_SAMPLES = 10_000


class _Delays:
    """How late timers fired since the last export, of all event loops of the process."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self.loops: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
        self.last: asyncio.AbstractEventLoop | None = None
        """The loop that was asked for last: nearly always the only one."""

    def add(self, seconds: float) -> None:
        if len(self._late) < _MAX_SAMPLES:
            self._late.append(max(0.0, seconds))

    def percentile(self, share: float) -> list[float]:
        late = sorted(self._late)
        return late[int(share * (len(late) - 1)) :][:1]

    def take_worst(self) -> list[float]:
        late, self._late = self._late, []
        return [max(late)] if late else []


_delays = _Delays()


def _forget() -> None:
    global _delays
    _delays = _Delays()


at_fork(_forget)


def watch_loop() -> None:
    """Samples the running event loop from now on, the first time it is called in it."""
    # Loaded already where a loop runs, and needless elsewhere.
    import asyncio

    delays = _delays
    loop = asyncio.get_running_loop()
    if delays.last is loop:
        return
    delays.last = loop
    if loop in delays.loops:
        return
    delays.loops.add(loop)

    def tick(due: float) -> None:
        now = loop.time()
        _delays.add(now - due)
        loop.call_later(_SAMPLE_SECONDS, tick, now + _SAMPLE_SECONDS)

    loop.call_later(_SAMPLE_SECONDS, tick, loop.time() + _SAMPLE_SECONDS)
