# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Requests served, by the convention for `http.server.request.duration`.

https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
"""

from __future__ import annotations

import functools
import re
from time import perf_counter
from typing import TYPE_CHECKING

from .catalogue import HTTP_METHODS, METRICS
from .process import at_fork, busy_while, log, measuring

if TYPE_CHECKING:
    from .measuring import Measuring

_DURATION = METRICS["http.server.request.duration"]
_ACTIVE = METRICS["http.server.active_requests"]
_METHODS = frozenset(HTTP_METHODS)

# What an aborted request reports: nginx' "client closed request".
CLIENT_CLOSED_REQUEST = 499
_SERVER_ERROR = 500

# Where a request's measurement is kept, in an ASGI scope or a WSGI environment: the first one to see a request measures it.
KEY = "onyx.request"

_active = 0


def _forget() -> None:
    global _active
    _active = 0


at_fork(_forget)
busy_while(lambda: _active > 0)


class ServedRequest:
    """A request whose clock runs."""

    __slots__ = ("_start", "mounted", "route")

    def __init__(self) -> None:
        global _active
        _active += 1
        self._start = perf_counter()
        self.mounted = ""
        """The template of the path below which the application that answers is mounted."""
        self.route: str | None = None
        """The template of the route that answered, such as `/users/{id}`; never a raw path."""

    def end(self, method: str, status: int, error: str | None = None) -> None:
        """Records the request; `error` says what went wrong where no status does."""
        global _active
        _active -= 1
        try:
            seconds = perf_counter() - self._start
            measured = measuring()
            if measured is None:
                return
            labels: dict[str, object] = {
                "http.request.method": method if method in _METHODS else "other",
                "http.response.status_code": status,
                "http.route": self.route,
            }
            if error is not None:
                labels["error.type"] = error
            elif status >= _SERVER_ERROR:
                labels["error.type"] = str(status)
            measured.record(_DURATION, seconds, labels)
        except Exception as fault:  # the application's request must not end with it
            _say_once(repr(fault))


@functools.lru_cache(maxsize=8)
def _say_once(fault: str) -> None:
    log(f"requests are not measured: {fault}")


def observe_active(measured: Measuring) -> None:
    """Reports how many requests are being served."""
    measured.observe(_ACTIVE, lambda: [(_active, {})])


# `<int:id>`, `{id:int}`, `(?P<id>\d+)`.
_CONVERTED = re.compile(r"<(?:[^<>:]+:)?(\w+)>|\{(\w+)(?::[^{}]*)?\}")
_NAMED_GROUP = re.compile(r"\(\?P<(\w+)>")


@functools.lru_cache(maxsize=1_000)
def template(route: str) -> str:
    """Returns a framework's route as a template: `/users/<int:id>` and `^users/(?P<id>\\d+)/$` are `/users/{id}`."""
    plain = route.replace("\\Z", "").rstrip("$").lstrip("^")
    while (group := _NAMED_GROUP.search(plain)) is not None:
        plain = f"{plain[: group.start()]}{{{group[1]}}}{plain[_end_of_group(plain, group.start()) :]}"
    plain = _CONVERTED.sub(lambda found: f"{{{found[1] or found[2]}}}", plain)
    return plain if plain.startswith("/") else f"/{plain}"


def _end_of_group(text: str, start: int) -> int:
    """Where the parenthesis that opens at `start` is closed."""
    depth = 0
    position = start
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == "(":
            depth += 1
        elif text[position] == ")":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return len(text)
