# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Requests of WSGI applications: https://peps.python.org/pep-3333/"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .http_server import CLIENT_CLOSED_REQUEST, KEY, ServedRequest
from .process import measuring

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[..., Iterable[bytes]]

_NO_ANSWER = 500


def _serve(
    application: Application, own: tuple[object, ...], environ: Environ, start: StartResponse
) -> Iterable[bytes]:
    """Has `application` answer the request of `environ`, and measures it to the end of its answer."""
    if KEY in environ:
        return application(*own, environ, start)
    measuring()
    request = ServedRequest()
    environ[KEY] = request
    method: str = environ.get("REQUEST_METHOD", "")
    status = 0

    def starting(line: str, *rest: Any) -> Any:
        nonlocal status
        status = _status_of(line)
        return start(line, *rest)

    try:
        answer: Iterable[bytes] = application(*own, environ, starting)
    except BaseException as raised:
        # Raised before any answer: the server makes it a 500.
        request.end(method, _NO_ANSWER, type(raised).__name__)
        raise
    # A server sends a file by itself, in one system call, if it gets what it has made.
    if isinstance(answer, environ.get("wsgi.file_wrapper", ())):
        request.end(method, status)
    else:
        kind = _Pieces if hasattr(answer, "__len__") else _Answer
        answer = kind(answer, lambda error: request.end(method, _ended_as(status, error), error))
    return answer


def _status_of(line: str) -> int:
    return int(line[:3]) if line[:3].isdigit() else 0


def _ended_as(status: int, error: str | None) -> int:
    return CLIENT_CLOSED_REQUEST if error == "aborted" else status or _NO_ANSWER


class _Answer:
    """The pieces of an answer. A server closes it in any case, when all of it was sent or the client has gone."""

    def __init__(self, answer: Iterable[bytes], ended: Callable[[str | None], None]) -> None:
        self._answer = answer
        self._ended: Callable[[str | None], None] | None = ended
        self._pieces: Iterator[bytes] | None = None
        self._left = len(answer) if isinstance(answer, (list, tuple)) else None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._pieces is None:
            self._pieces = iter(self._answer)
        try:
            piece = next(self._pieces)
        except StopIteration:
            self._left = 0
            raise
        except BaseException as raised:
            self._end(type(raised).__name__)
            raise
        if self._left:
            self._left -= 1
        return piece

    def close(self) -> None:
        """The server is done with it."""
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        finally:
            self._end(None if self._left == 0 or self._pieces is None else "aborted")

    def _end(self, error: str | None) -> None:
        ended, self._ended = self._ended, None
        if ended is not None:
            ended(error)


class _Pieces(_Answer):
    """An answer whose number of pieces is known: a server makes the Content-Length of an answer of one."""

    def __len__(self) -> int:
        return len(self._answer)  # type: ignore[arg-type]


def wrap(application: Application) -> Application:
    """Returns `application`, measured."""

    def measured(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        return _serve(application, (), environ, start)

    return measured


def wrap_method(method: Application) -> Application:
    """Returns the `__call__` of a class of applications, measured."""

    def __call__(self: object, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        return _serve(method, (self,), environ, start)

    __call__.__wrapped__ = method  # type: ignore[attr-defined]
    return __call__
