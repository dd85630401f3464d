# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Items, in a mounted group too, and a route that fails."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route


async def item(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(request.path_params["item"]))


def fail(request: Request) -> None:
    raise RuntimeError


app = Starlette(
    routes=[
        Route("/items/{item:int}", item),
        Route("/fail", fail),
        Mount("/mounted", routes=[Route("/items/{item:int}", item)]),
    ]
)
