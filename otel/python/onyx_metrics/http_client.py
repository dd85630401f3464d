# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Requests made to others, by the convention for `http.client.request.duration`: each attempt and each redirect is one.

https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
"""

from __future__ import annotations

import functools
import re
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING

from .catalogue import METRICS
from .process import at_fork, log, measured, when_measured

if TYPE_CHECKING:
    from .measuring import Measuring

_DURATION = METRICS["http.client.request.duration"]
_FAILED = 400
_HTTPS = 443
_HTTP = 80

# What a service asks before it serves is recorded when it does. A program that serves nothing may ask as much as it likes.
_MAX_EARLY = 1_000
_early: deque[tuple[float, dict[str, object]]] = deque(maxlen=_MAX_EARLY)

at_fork(_early.clear)


class SentRequest:
    """A request whose clock runs."""

    __slots__ = ("_address", "_ended", "_method", "_port", "_start", "sending", "status")

    def __init__(self, method: str, address: str, port: int | None, scheme: str) -> None:
        self._start = perf_counter()
        self._method = method
        self._address = address
        self._port = port or (_HTTPS if scheme == "https" else _HTTP)
        self._ended = False
        self.sending = False
        """Whether more than a connection was asked for."""
        self.status: int | None = None
        """Of the answer, when there was one."""

    def end(self, error: BaseException | str | None = None) -> None:
        """Records the request, the first time it is called; `error` says why there is no answer, or no whole one."""
        if self._ended:
            return
        self._ended = True
        seconds = perf_counter() - self._start
        try:
            labels: dict[str, object] = {
                "http.request.method": self._method.upper(),
                "server.address": self._address.lower(),
                "server.port": self._port,
            }
            if self.status is not None:
                labels["http.response.status_code"] = self.status
            if error is not None:
                labels["error.type"] = error if isinstance(error, str) else error_type(error)
            elif self.status is not None and self.status >= _FAILED:
                labels["error.type"] = str(self.status)
            measuring = measured()
            if measuring is None:
                _early.append((seconds, labels))
            else:
                measuring.record(_DURATION, seconds, labels)
        except Exception as fault:  # the application's request must not end with it
            _say_once(repr(fault))


def _record_early(measuring: Measuring) -> None:
    while _early:
        measuring.record(_DURATION, *_early.popleft())


when_measured(_record_early)


@functools.lru_cache(maxsize=8)
def _say_once(fault: str) -> None:
    log(f"outgoing requests are not measured: {fault}")


# By the names of exceptions of Python and of the libraries; of an abort that a time-out caused, the time-out counts.
_ERROR_TYPES = (
    ("timeout", re.compile(r"Timeout")),
    ("aborted", re.compile(r"Cancelled|GeneratorExit|KeyboardInterrupt")),
    ("connection_refused", re.compile(r"ConnectionRefused")),
    ("name_not_resolved", re.compile(r"gaierror|NameResolution|DNSError")),
    ("tls", re.compile(r"SSL|TLS|Certificate")),
    (
        "connection_reset",
        re.compile(
            r"ConnectionReset|ConnectionAborted|BrokenPipe|Disconnected|IncompleteRead|ProtocolError|PayloadError"
            r"|ReadError|WriteError|BadStatusLine"
        ),
    ),
)
_OF_PYTHON = ("asyncio.exceptions", "builtins", "socket", "ssl")
_MAX_CAUSES = 8


def error_type(error: BaseException) -> str:
    """Returns what failed, in the words of the Node preload; never an error's message."""
    names: list[str] = []
    causes: list[BaseException] = [error]
    for _ in range(_MAX_CAUSES):
        if not causes:
            break
        each = causes.pop(0)
        names.append(type(each).__name__)
        # A library may derive "no connection" from its own time-out, so that of what it derives from only Python's counts.
        names.extend(kind.__name__ for kind in type(each).__mro__ if kind.__module__ in _OF_PYTHON)
        cause = each.__cause__ or (each.__context__ if each.__suppress_context__ else None)
        if cause is not None:
            causes.append(cause)
        # Of several addresses of one name that were tried.
        causes.extend(getattr(each, "exceptions", ())[:2])
    said = " ".join(names)
    return next((kind for kind, pattern in _ERROR_TYPES if pattern.search(said)), "other")
