# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Items, below a router too, and a route that fails."""

from litestar import Litestar, Router, get


@get("/items/{item:int}", sync_to_thread=False)
def read_item(item: int) -> str:
    return str(item)


@get("/fail")
async def fail() -> None:
    raise RuntimeError


app = Litestar([read_item, fail, Router("/mounted", route_handlers=[read_item])])
