# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Items in routes of its own and of a mounted application, one that fails, a socket, and one that streams and is recorded."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from onyx_metrics import chat

app = FastAPI()
router = APIRouter(prefix="/items")
mounted = FastAPI()


@router.get("/{item}")
async def item(item: int) -> int:
    return item


@mounted.get("/items/{item}")
def mounted_item(item: int) -> int:
    return item


@app.get("/fail")
def fail() -> None:
    raise RuntimeError


@app.websocket("/socket/{item}")
async def echo(socket: WebSocket, item: int) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


@app.post("/chat")
def answer(user: str) -> StreamingResponse:
    async def pieces() -> AsyncIterator[str]:
        yield "an "
        yield "answer"

    return StreamingResponse(chat(model="gpt-4o", user_id=user).stream(pieces()))


app.include_router(router)
outer = APIRouter(prefix="/outer")
outer.include_router(router)
app.include_router(outer, prefix="/v1")
app.mount("/mounted", mounted)
