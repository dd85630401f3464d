# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Requests of ASGI applications: https://asgi.readthedocs.io/en/latest/specs/www.html"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .http_server import CLIENT_CLOSED_REQUEST, KEY, ServedRequest, template
from .process import measuring
from .runtime import watch_loop

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
# A plain application, or a method with its object before the scope.
Application = Callable[..., Awaitable[None]]

_NO_ANSWER = 500


async def _serve(application: Application, own: tuple[object, ...], scope: Scope, receive: Receive, send: Send) -> None:
    """Has `application` answer the request of `scope`, and measures it to the end of its answer."""
    if scope["type"] != "http" or KEY in scope:
        if scope["type"] == "lifespan":
            _begin()
        await application(*own, scope, receive, send)
        return
    _begin()
    request = ServedRequest()
    scope[KEY] = request
    status = 0
    complete = gone = False

    async def sending(message: MutableMapping[str, Any]) -> None:
        nonlocal status, complete
        kind = message["type"]
        if kind == "http.response.start":
            status = message["status"]
        elif kind == "http.response.body" and not message.get("more_body", False):
            # The server knows by then that the client has gone, or it has taken all of the answer.
            complete = True
        await send(message)

    async def receiving() -> MutableMapping[str, Any]:
        nonlocal gone
        message = await receive()
        if message["type"] == "http.disconnect" and not complete:
            gone = True
        return message

    method = scope["method"]
    error: str | None = None
    try:
        await application(*own, scope, receiving, sending)
    except BaseException as raised:
        # What raises after its answer began is an error all the same; one cancelled before its end lost its client.
        if isinstance(raised, Exception):
            error = type(raised).__name__
        elif not complete:
            error = "aborted"
        raise
    finally:
        if error is None and gone and not complete:
            error = "aborted"
        request.route = request.route or _route_of(scope)
        if error == "aborted":
            request.end(method, CLIENT_CLOSED_REQUEST, error)
        else:
            # Raised before any answer: the server makes it a 500.
            request.end(method, status or _NO_ANSWER, error if not complete else None)


def _begin() -> None:
    """At the start of an application, or its first request."""
    if measuring() is not None:
        watch_loop()


def _route_of(scope: Scope) -> str | None:
    """Litestar leaves the template of the route in the scope."""
    found = scope.get("path_template")
    return template(found) if isinstance(found, str) else None


def wrap(application: Application) -> Application:
    """Returns `application`, measured."""

    async def measured(scope: Scope, receive: Receive, send: Send) -> None:
        await _serve(application, (), scope, receive, send)

    return measured


def wrap_method(method: Application) -> Application:
    """Returns the `__call__` of a class of applications, measured."""

    async def __call__(self: object, scope: Scope, receive: Receive, send: Send) -> None:
        await _serve(method, (self,), scope, receive, send)

    __call__.__wrapped__ = method  # type: ignore[attr-defined]
    return __call__
