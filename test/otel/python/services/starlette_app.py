# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Items, in a mounted group too, a route that fails, and a socket."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket


async def item(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(request.path_params["item"]))


def fail(request: Request) -> None:
    raise RuntimeError


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


app = Starlette(
    routes=[
        Route("/items/{item:int}", item),
        Route("/fail", fail),
        WebSocketRoute("/socket/{item:int}", echo),
        Mount("/mounted", routes=[Route("/items/{item:int}", item)]),
    ]
)
