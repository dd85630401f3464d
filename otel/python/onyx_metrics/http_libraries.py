# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""The libraries that make requests: `http.client` with all that stands on it, urllib3 and requests, httpx by httpcore, aiohttp.

Upstream's instrumentations end a request with the head of its answer, show addresses as they are, and need compiled code.
"""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from .http_client import SentRequest, error_type

# Where a request is kept while it is under way, on an object of the library.
_KEY = "_onyx_request"
_UNIX = ("unix_socket", 0)
_SWITCHING_PROTOCOLS = 101
# Answers without a body.
_BODILESS = (204, 304)


def _take(holder: Any) -> SentRequest | None:
    """Returns the request that is kept there, once."""
    request: SentRequest | None = getattr(holder, "__dict__", {}).pop(_KEY, None)
    return request


def http_client(module: Any) -> None:
    """`http.client`, which urllib, urllib3, requests and botocore stand on."""
    connection, response = module.HTTPConnection, module.HTTPResponse
    putrequest, getresponse = connection.putrequest, connection.getresponse

    def starting(self: Any, method: str, url: str, *arguments: Any, **named: Any) -> Any:
        # What sends our own values is no request of the service. What urllib3 began before it connected has begun.
        if not type(self).__module__.startswith(f"{__package__}."):
            begun: SentRequest | None = self.__dict__.get(_KEY)
            if begun is None or begun.sending:
                if begun is not None:
                    # Its answer was not asked for.
                    begun.end("aborted")
                host, port = self._tunnel_host or self.host, self._tunnel_port or self.port
                scheme = "https" if self.default_port == module.HTTPS_PORT else "http"
                begun = SentRequest(method, host, port, scheme)
                setattr(self, _KEY, begun)
            begun.sending = True
        return putrequest(self, method, url, *arguments, **named)

    def failing(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def watched(self: Any, *arguments: Any, **named: Any) -> Any:
            try:
                return method(self, *arguments, **named)
            except BaseException as error:
                # The server may have answered before it has read all: urllib3 reads that answer.
                if not isinstance(error, BrokenPipeError):
                    request = _take(self)
                    if request is not None:
                        request.end(error)
                raise

        return watched

    def answered(self: Any, *arguments: Any, **named: Any) -> Any:
        answer = getresponse(self, *arguments, **named)
        request = _take(self)
        if request is not None:
            request.status = answer.status
            if answer.isclosed():
                request.end()
            else:
                setattr(answer, _KEY, request)
        return answer

    close_connection, close = response._close_conn, response.close

    def read_up(self: Any) -> None:
        # Whether the last of several chunks was the last one, what reads them says.
        request = None if self.chunked else _take(self)
        close_connection(self)
        if request is not None:
            # Bytes that were promised are missing.
            request.end("connection_reset" if self.length else None)

    def reading(method: Callable[..., Any]) -> Callable[..., Any]:
        watched = failing(method)

        @functools.wraps(method)
        def read(self: Any, *arguments: Any) -> Any:
            result = watched(self, *arguments)
            if self.fp is None:
                request = _take(self)
                if request is not None:
                    request.end()
            return result

        return read

    def closing(self: Any) -> None:
        request = _take(self)
        try:
            close(self)
        finally:
            if request is not None:
                request.end(None if _is_whole(self) else _left_by(sys.exc_info()[1]))

    connection.putrequest = starting
    connection.endheaders = failing(connection.endheaders)
    connection.send = failing(connection.send)
    connection.getresponse = failing(answered)
    response._close_conn, response.close = read_up, closing
    for name in ("read", "read1", "readinto", "readline"):
        setattr(response, name, reading(getattr(response, name)))


def _left_by(error: BaseException | None) -> str:
    """Returns why an answer was closed that was not read to its end: what failed meanwhile, unless that is the service's own."""
    if error is None:
        return "aborted"
    if isinstance(error, ValueError) and _raised_in(error) == "urllib3.response":
        # The length of a chunk that never came is no number.
        return "connection_reset"
    failed = error_type(error)
    return "aborted" if failed == "other" else failed


def _raised_in(error: BaseException) -> object:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return None if trace is None else trace.tb_frame.f_globals.get("__name__")


# urllib3 reads answers in chunks by itself.
_readers: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def _is_whole(answer: Any) -> bool:
    """Whether all of an answer of `http.client` was read when it is closed."""
    if answer._method == "HEAD" or answer.length == 0:
        return True
    reader = _readers.get(answer)
    return reader is not None and getattr(reader(), "chunk_left", None) == 0


def urllib3_pool(module: Any) -> None:
    """urllib3, which connects before it begins a request."""
    make = module.HTTPConnectionPool._make_request

    def making(self: Any, conn: Any, method: str, *arguments: Any, **named: Any) -> Any:
        setattr(conn, _KEY, SentRequest(method, self.host, self.port, self.scheme))
        try:
            return make(self, conn, method, *arguments, **named)
        except BaseException as error:
            request = _take(conn)
            if request is not None:
                request.end(error)
            raise

    module.HTTPConnectionPool._make_request = making


def urllib3_response(module: Any) -> None:
    """urllib3's answers."""
    initialise = module.HTTPResponse.__init__

    def initialising(self: Any, *arguments: Any, **named: Any) -> None:
        original = named.get("original_response")
        if original is not None:
            _readers[original] = weakref.ref(self)
        initialise(self, *arguments, **named)

    module.HTTPResponse.__init__ = initialising


class _Pieces:
    """The body of an answer of httpcore: it ends with its last piece, or when it is closed."""

    def __init__(self, pieces: Any, request: SentRequest, whole: bool) -> None:
        self._pieces = pieces
        self._request = request
        self._whole = whole

    def _left(self) -> None:
        self._request.end(None if self._whole else "aborted")

    def __del__(self) -> None:
        self._left()


class _PiecesNow(_Pieces):
    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        except BaseException as error:
            self._request.end(error)
            raise
        self._request.end()

    def close(self) -> None:
        try:
            self._pieces.close()
        finally:
            self._left()


class _PiecesLater(_Pieces):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                yield piece
        except BaseException as error:
            self._request.end(error)
            raise
        self._request.end()

    async def aclose(self) -> None:
        try:
            await self._pieces.aclose()
        finally:
            self._left()


def _sent_by_httpcore(pool: Any, request: Any) -> SentRequest:
    url = request.url
    host, port = _UNIX if getattr(pool, "_uds", None) else (url.host.decode("ascii", "replace"), url.port)
    return SentRequest(request.method.decode("ascii", "replace"), host, port, url.scheme.decode("ascii", "replace"))


def _answered_to_httpcore(sent: SentRequest, request: Any, answer: Any, kind: type[_Pieces]) -> Any:
    sent.status = answer.status
    if answer.status == _SWITCHING_PROTOCOLS:
        sent.end()
        return answer
    empty = any(name.lower() == b"content-length" and value == b"0" for name, value in answer.headers)
    answer.stream = kind(answer.stream, sent, empty or request.method == b"HEAD" or answer.status in _BODILESS)
    return answer


def httpcore_now(module: Any) -> None:
    """httpx' synchronous client."""
    handle = module.ConnectionPool.handle_request

    def handling(self: Any, request: Any) -> Any:
        sent = _sent_by_httpcore(self, request)
        try:
            answer = handle(self, request)
        except BaseException as error:
            sent.end(error)
            raise
        return _answered_to_httpcore(sent, request, answer, _PiecesNow)

    module.ConnectionPool.handle_request = handling


def httpcore_later(module: Any) -> None:
    """httpx' asynchronous client."""
    handle = module.AsyncConnectionPool.handle_async_request

    async def handling(self: Any, request: Any) -> Any:
        sent = _sent_by_httpcore(self, request)
        try:
            answer = await handle(self, request)
        except BaseException as error:
            sent.end(error)
            raise
        return _answered_to_httpcore(sent, request, answer, _PiecesLater)

    module.AsyncConnectionPool.handle_async_request = handling


def aiohttp_connector(module: Any) -> None:
    """aiohttp's connections."""
    connect = module.BaseConnector.connect

    async def connecting(self: Any, req: Any, *arguments: Any, **named: Any) -> Any:
        host, port = _UNIX if isinstance(self, module.UnixConnector) else (req.url.host or "", req.url.port)
        sent = SentRequest(req.method, host, port, req.url.scheme)
        try:
            connection = await connect(self, req, *arguments, **named)
        except BaseException as error:
            sent.end(error)
            raise
        setattr(req, _KEY, sent)
        return connection

    module.BaseConnector.connect = connecting


def aiohttp_request(module: Any) -> None:
    """aiohttp's requests and answers."""
    request, response = module.ClientRequest, module.ClientResponse
    send, start, eof, close, release = (
        request.send,
        response.start,
        response._response_eof,
        response.close,
        response.release,
    )

    async def sending(self: Any, conn: Any) -> Any:
        sent = _take(self)
        try:
            answer = await send(self, conn)
        except BaseException as error:
            if sent is not None:
                sent.end(error)
            raise
        if sent is not None:
            setattr(answer, _KEY, sent)
        return answer

    async def beginning(self: Any, connection: Any) -> Any:
        sent = getattr(self, _KEY, None)
        try:
            answer = await start(self, connection)
        except BaseException as error:
            if sent is not None:
                sent.end(error)
            raise
        if sent is not None:
            sent.status = self.status
            if self.content.is_eof() or self.status == _SWITCHING_PROTOCOLS:
                sent.end()
        return answer

    def at_end(self: Any) -> None:
        sent = getattr(self, _KEY, None)
        # Before its status is known it is not over.
        if sent is not None and sent.status is not None:
            sent.end()
        eof(self)

    def leaving(leave: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @functools.wraps(leave)
        def left(self: Any) -> Any:
            sent = _take(self)
            if sent is not None:
                content = getattr(self, "content", None)
                failed = (content.exception() if content is not None else None) or sys.exc_info()[1]
                whole = content is not None and content.is_eof()
                sent.end(None if whole else _left_by(failed))
            return leave(self)

        return left

    request.send = sending
    response.start, response._response_eof = beginning, at_end
    response.close, response.release = leaving(close), leaving(release)
