# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""The process as this package sees it: whether it is measured, its start, its forks and its end.

The SDK is not even read before there is a reason: the process serves, records something, or has lived for a while. Nothing
here throws into the application: whatever goes wrong is one line on standard error.
"""

from __future__ import annotations

import _thread
import atexit
import functools
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .measuring import Measuring


class _State:
    """What is known of this process. A forked child begins with a new one: its parent's counts are the parent's."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled
        self.started = False
        self.measuring: Measuring | None = None
        self.lock = threading.RLock()


_state = _State(enabled=False)


def log(line: str) -> None:
    """Writes one line to standard error."""
    # Standard error may be closed, or none at all.
    with suppress(Exception):
        sys.stderr.write(f"onyx_metrics: {line}\n")


def enable() -> None:
    """Has this process measured from its first use on. Called once, by the preload."""
    _state.enabled = True
    os.register_at_fork(before=_hold_signals, after_in_parent=_release_signals, after_in_child=_forget)
    # Said of our thread, which holds nothing that a child would wait for.
    warnings.filterwarnings("ignore", r"This process \(pid=\d+\) is multi-threaded, use of fork", DeprecationWarning)
    atexit.register(_last_export)
    _stand_in_for_default(signal.signal, signal.getsignal)
    # Children of `multiprocessing` and of Celery end by the first, and nothing else runs then; `os.execvp` and the like call the others.
    os._exit = _ending(os._exit)
    os.execv = _ending(os.execv, _can_run)
    os.execve = _ending(os.execve, _can_run)


def measuring() -> Measuring | None:
    """Returns what measures this process, from the first call on; nothing when it is not to be measured or cannot be."""
    state = _state
    if state.started or not state.enabled:
        return state.measuring
    with state.lock:
        if state.started:
            return state.measuring
        state.started = True
        try:
            state.measuring = _start()
        except Exception as error:
            log(f"the application runs without metrics: {error}")
        return state.measuring


def measured() -> Measuring | None:
    """Returns what measures this process, if anything does yet."""
    return _state.measuring


def is_enabled() -> bool:
    """Whether the preload watches this process."""
    return _state.enabled


def is_measured() -> bool:
    """Whether something measures this process already."""
    return _state.started


def _start() -> Measuring:
    from .bytecode import kept
    from .settings import read_settings

    settings = read_settings(os.environ, log)
    with kept():
        from .http_server import observe_active
        from .measuring import Measuring
        from .runtime import observe_runtime

    made = Measuring(settings, log)
    for observe in (observe_runtime, observe_active, *_observers):
        observe(made)
    return made


_observers: list[Callable[[Measuring], None]] = []


def when_measured(observe: Callable[[Measuring], None]) -> None:
    """Calls `observe` with what measures this process, and with what will measure a forked child, once there is such a thing."""
    _observers.append(observe)
    made = _state.measuring
    if made is not None:
        observe(made)


def _forget() -> None:
    """In a forked child: its threads are gone, and what was counted is its parent's."""
    global _state
    _state = _State(enabled=_state.enabled)
    for forget in _forgetters:
        forget()
    _release_signals()


_held = threading.local()


def _hold_signals() -> None:
    """Before a fork. Python forgets signals that a child gets before it runs: a handler of ours must not keep them from ending it."""
    _held.mask = signal.pthread_sigmask(signal.SIG_BLOCK, _FATAL)


def _release_signals() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _held.mask)


_forgetters: list[Callable[[], None]] = []


def at_fork(forget: Callable[[], None]) -> None:
    """Calls `forget` in every forked child, before anything is measured there."""
    _forgetters.append(forget)


# Ours is the first code of the process: nothing has taken the place of these yet.
start_thread, allocate_lock = _thread.start_new_thread, _thread.allocate_lock


def is_patched() -> bool:
    """Whether gevent or eventlet has put green threads in the place of threads."""
    return _thread.start_new_thread is not start_thread


def _last_export(apart: bool = False) -> None:
    measuring = _state.measuring
    if measuring is None:
        return
    try:
        measuring.last_export(apart)
    except Exception as error:
        log(f"the last values are lost: {error}")


# What has no more to do than to be counted is waited for, in seconds: the client may have its answer already.
_SETTLE_SECONDS = 0.05
_SETTLE_STEPS = 10


def _settle() -> None:
    """Waits a moment for other threads to count the requests that they have answered."""
    for _ in range(_SETTLE_STEPS):
        if not any(busy() for busy in _busy):
            return
        time.sleep(_SETTLE_SECONDS / _SETTLE_STEPS)


_busy: list[Callable[[], bool]] = []


def busy_while(busy: Callable[[], bool]) -> None:
    """Has the process end a moment later while `busy` returns true."""
    _busy.append(busy)


# Signals that end a process that does not listen, without anything of Python's being run.
_FATAL = (signal.SIGTERM, signal.SIGHUP)

Handler = Any


def _stand_in_for_default(
    set_handler: Callable[[int, Handler], Handler], get_handler: Callable[[int], Handler]
) -> None:
    """Has the last values sent where a signal would end the process. The application sees the default handler, as ever."""

    def on_signal(number: int, _: FrameType | None) -> None:
        # It may have come to the loop of green threads, in which nothing of theirs can wait.
        apart = is_patched()
        if not apart:
            _settle()
        _last_export(apart)
        set_handler(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        # Still alive: the kernel keeps such a signal from process 1 of a container.
        set_handler(number, on_signal)

    def shown(handler: Handler) -> Handler:
        return signal.SIG_DFL if handler is on_signal else handler

    @functools.wraps(set_handler)
    def set_any(signalnum: int, handler: Handler) -> Handler:
        stands_in = handler is signal.SIG_DFL and signalnum in _FATAL
        return shown(set_handler(signalnum, on_signal if stands_in else handler))

    @functools.wraps(get_handler)
    def get_any(signalnum: int) -> Handler:
        return shown(get_handler(signalnum))

    signal.signal, signal.getsignal = set_any, get_any
    for number in _FATAL:
        if get_handler(number) is signal.SIG_DFL:
            set_handler(number, on_signal)


def _ending(end: Callable[..., Any], ends: Callable[..., bool] = lambda *_, **__: True) -> Any:
    """Returns `end`, by which this program ends where `ends` says so of its arguments."""

    @functools.wraps(end)
    def ending(*given: Any, **named: Any) -> Any:
        if ends(*given, **named):
            _last_export()
        return end(*given, **named)

    # Pickled by its name, as what it stands in for is: children of `multiprocessing` may be told to run it.
    ending.__module__ = "os"
    return ending


def _can_run(path: Any, *_: Any, **__: Any) -> bool:
    """Whether another program may take the place of this one: a folder of PATH without it is not worth an export."""
    return isinstance(path, int) or os.access(path, os.X_OK)
