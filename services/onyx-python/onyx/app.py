# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""The routes: `uvicorn onyx.app:app`."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from redis.asyncio import Redis
from starlette.exceptions import HTTPException as StarletteHTTPException

from . import metrics_api
from .agents import Agents
from .chat import Chats
from .completion import Completions
from .documents import read_documents
from .qdrant import DocumentVectors
from .refusal import Refusal, public_message
from .requests import AgentChange, AgentRequest, ChatRequest, TaskRequest
from .settings import read_settings
from .store import Store
from .tasks import Tasks

# nginx' "client closed request": the client has gone.
_CLIENT_CLOSED_REQUEST = 499
_WORDS = Path(__file__).parents[2] / "onyx/document-words.json"
# Seconds that an answer of Prometheus is kept, and that it may take.
_METRICS_CACHE = 5
_METRICS_PATIENCE = 2

settings = read_settings()


class Onyx:
    """What the routes work with."""

    def __init__(self, store: Store, client: httpx.AsyncClient) -> None:
        self.store = store
        self.client = client
        host, port, password = settings.redis["host"], int(settings.redis["port"]), settings.redis["password"]
        self.redis = Redis(host=host, port=port, password=password)
        self.vectors = DocumentVectors(client, settings.qdrant_url, settings.qdrant_key)
        self.completions = Completions(client, settings.litellm_url, settings.litellm_key)
        self.chats = Chats(self.vectors, self.completions, store)
        self.tasks = Tasks(self.redis, store)
        self.agents = Agents(self.redis)
        self.recorded: tuple[float, list[metrics_api.Sample]] | None = None

    async def start(self) -> None:
        """Fills the stores and starts to work."""
        documents = read_documents(_WORDS)
        await asyncio.gather(self.store.seed(documents), self.vectors.seed(documents), self.agents.clear())
        await self.store.mark_indexed()
        self.tasks.start()

    async def stop(self) -> None:
        """Ends what is under way."""
        await self.tasks.stop()
        await self.agents.stop_all()
        await self.chats.close()
        await self.redis.aclose()
        await self.store.close()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None), trust_env=False) as client:
        onyx = Onyx(await Store.connect(settings.postgres), client)
        await onyx.start()
        app.state.onyx = onyx
        yield
        await onyx.stop()


app = FastAPI(lifespan=_lifespan, openapi_url=None)


def _onyx(request: Request) -> Onyx:
    onyx: Onyx = request.app.state.onyx
    return onyx


Services = Annotated[Onyx, Depends(_onyx)]


@app.get("/health")
async def get_health(onyx: Services) -> JSONResponse:
    async def answers(url: str) -> None:
        (await onyx.client.get(url, timeout=2)).raise_for_status()

    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "Postgres": onyx.store.ping,
        "Redis": onyx.redis.ping,
        "Qdrant": lambda: answers(f"{settings.qdrant_url}/readyz"),
        "LiteLLM": lambda: answers(f"{settings.litellm_url}/health/liveliness"),
    }
    results = await asyncio.gather(*(ask() for ask in asked.values()), return_exceptions=True)
    for name, result in zip(asked, results, strict=True):
        if isinstance(result, BaseException):
            return JSONResponse({"error": f"{name} does not answer: {result!r}"}, 503)
    return JSONResponse({"status": "ok"})


@app.post("/chat")
async def post_chat(body: ChatRequest, request: Request, onyx: Services) -> Response:
    pieces = onyx.chats.answer(body)
    if not body.stream:
        return await _unless_gone(request, _whole(pieces))
    # An error before the first piece is an answer of its own.
    first = await anext(pieces)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(first, pieces), media_type="text/event-stream", headers=headers)


async def _whole(pieces: AsyncIterator[dict[str, Any]]) -> Response:
    answer, end = "", {}
    async for piece in pieces:
        if "text" in piece:
            answer += piece["text"]
        else:
            end = piece
    return JSONResponse({"answer": answer, **end})


async def _events(first: dict[str, Any], pieces: AsyncGenerator[dict[str, Any], None]) -> AsyncIterator[str]:
    def event(data: dict[str, Any], name: str | None = None) -> str:
        return f"{f'event: {name}' + chr(10) if name else ''}data: {json.dumps(data)}\n\n"

    async with aclosing(pieces):
        yield event(first)
        try:
            async for piece in pieces:
                yield event(piece, None if "text" in piece else "done")
        except Exception as error:
            yield event({"error": public_message(error)}, "error")
            if not isinstance(error, Refusal):
                raise


async def _unless_gone(request: Request, work: Awaitable[Response]) -> Response:
    """Returns what `work` does; ends it when the client goes away."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, leaving = asyncio.ensure_future(work), asyncio.create_task(gone())
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else Response(status_code=_CLIENT_CLOSED_REQUEST)
    finally:
        leaving.cancel()
        working.cancel()


@app.post("/tasks", status_code=202)
async def post_task(body: TaskRequest, onyx: Services) -> dict[str, str]:
    return {"task_id": await onyx.tasks.submit(body)}


@app.get("/tasks/{task_id}")
async def get_task(task_id: uuid.UUID, onyx: Services) -> dict[str, Any]:
    found = await onyx.store.task(str(task_id))
    if found is None:
        raise Refusal(404, "id: not known")
    return found


@app.post("/agents", status_code=201)
async def post_agent(body: AgentRequest, onyx: Services) -> dict[str, str]:
    return {"agent_id": await onyx.agents.start(body.agent_type)}


@app.patch("/agents/{agent_id}", status_code=204)
async def patch_agent(agent_id: uuid.UUID, body: AgentChange, onyx: Services) -> None:
    if not await onyx.agents.change(str(agent_id), body.status):
        raise Refusal(404, "id: not known")


@app.delete("/agents/{agent_id}", status_code=204)
async def delete_agent(agent_id: uuid.UUID, onyx: Services) -> None:
    if not await onyx.agents.stop(str(agent_id)):
        raise Refusal(404, "id: not known")


_basic = HTTPBasic(realm="metrics", auto_error=False)


def _authenticated(given: Annotated[HTTPBasicCredentials | None, Depends(_basic)]) -> None:
    expected = ":".join(settings.metrics_credentials)
    told = f"{given.username}:{given.password}" if given else ""
    if not secrets.compare_digest(told.encode(), expected.encode()):
        raise HTTPException(401, "credentials are missing or wrong", {"www-authenticate": 'Basic realm="metrics"'})


@app.get("/api/metrics/health", dependencies=[Depends(_authenticated)])
async def get_metrics_health(onyx: Services) -> JSONResponse:
    return _metrics(metrics_api.health(await _recorded(onyx)))


@app.get("/api/metrics/summary", dependencies=[Depends(_authenticated)])
async def get_metrics_summary(onyx: Services) -> JSONResponse:
    return _metrics(metrics_api.summary(await _recorded(onyx)))


def _metrics(body: dict[str, object]) -> JSONResponse:
    return JSONResponse(body, headers={"cache-control": "no-store"})


async def _recorded(onyx: Onyx) -> list[metrics_api.Sample]:
    """Returns the recorded series; all readers together cost Prometheus one look-up per cache time."""
    now = time.monotonic()
    if onyx.recorded is not None and now - onyx.recorded[0] < _METRICS_CACHE:
        return onyx.recorded[1]
    try:
        answer = await onyx.client.get(
            f"{settings.prometheus_url}/api/v1/query",
            params={"query": metrics_api.QUERY},
            auth=settings.prometheus_credentials,
            timeout=_METRICS_PATIENCE,
        )
        samples = metrics_api.samples_of(answer.raise_for_status().json())
    except httpx.TimeoutException:
        raise Refusal(504, f"Prometheus did not answer within {_METRICS_PATIENCE} s") from None
    except (httpx.HTTPError, ValueError, KeyError):
        raise Refusal(503, "Prometheus cannot be asked") from None
    onyx.recorded = now, samples
    return samples


@app.exception_handler(Refusal)
async def _refused(_: Request, error: Refusal) -> JSONResponse:
    return JSONResponse({"error": str(error)}, error.status)


@app.exception_handler(RequestValidationError)
async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or "body"
    # The place and the rule, never what was sent.
    return JSONResponse({"error": f"{field}: {first['msg']}"}, 400)


@app.exception_handler(StarletteHTTPException)
async def _http_error(_: Request, error: StarletteHTTPException) -> JSONResponse:
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


@app.exception_handler(Exception)
async def _failed(request: Request, error: Exception) -> JSONResponse:
    sys.stderr.write(f"{request.method} failed: {error!r}\n")
    return JSONResponse({"error": public_message(error)}, 500)
