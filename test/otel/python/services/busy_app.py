# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Keeps its event loop from running, for as much CPU as it is asked to, and has requests that wait for another one."""

import asyncio
import gc
import threading
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

let_go = asyncio.Event()
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()


async def block(request: Request) -> JSONResponse:
    end = time.process_time() + float(request.query_params["seconds"])
    while time.process_time() < end:
        pass
    gc.collect()
    return JSONResponse([generation["collections"] for generation in gc.get_stats()])


async def wait(_: Request) -> PlainTextResponse:
    await let_go.wait()
    return PlainTextResponse("let go")


async def release(_: Request) -> PlainTextResponse:
    let_go.set()
    return PlainTextResponse("all")


app = Starlette(routes=[Route("/block", block), Route("/wait", wait), Route("/release", release)])
