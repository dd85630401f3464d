# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""The part of Qdrant's REST API that the platform uses, with Qdrant's paths, bodies and status codes."""

import hmac
import time
from contextlib import asynccontextmanager
from typing import Literal

from fastapi import FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel, Field
from qdrant_edge import CountRequest, Point, Query, QueryRequest, UpdateOperation

from metrics import ENGINE_VERSION, ProcessMetrics, Responses, StorageMetrics
from storage import Storage

OPEN_PATHS = {"/", "/healthz", "/readyz"}
NAME = Path(alias="collection_name", pattern=r"^[A-Za-z0-9_-]{1,255}$")


class VectorParams(BaseModel):
    size: int = Field(gt=0, le=65536)
    distance: Literal["Cosine", "Dot", "Euclid", "Manhattan"]


class CreateCollection(BaseModel):
    vectors: VectorParams


class PointStruct(BaseModel):
    id: int | str
    vector: list[float]


class UpsertPoints(BaseModel):
    points: list[PointStruct]


class QueryPoints(BaseModel):
    query: list[float]
    limit: int = Field(default=10, gt=0)
    score_threshold: float | None = None


def create_app(storage: Storage, api_key: str) -> FastAPI:
    registry = CollectorRegistry()
    StorageMetrics(registry, storage)
    responses = Responses(registry)
    ProcessMetrics(registry)

    @asynccontextmanager
    async def lifespan(_: FastAPI):
        yield
        storage.close()

    app = FastAPI(title="Qdrant stand-in", version=ENGINE_VERSION, lifespan=lifespan, openapi_url=None)

    def shard(name: str):
        try:
            return storage.shards[name]
        except KeyError:
            raise QdrantError(404, f"Not found: Collection `{name}` doesn't exist!") from None

    @app.middleware("http")
    async def authorise_and_measure(request: Request, call_next):
        if request.url.path not in OPEN_PATHS and not authorised(request, api_key):
            return PlainTextResponse("Must provide an API key or an Authorization bearer token", status_code=401)
        start = time.perf_counter()
        response = await call_next(request)
        route = request.scope.get("route")
        if route is not None:
            responses.record(request.method, route.path, response.status_code, time.perf_counter() - start)
        return response

    @app.exception_handler(QdrantError)
    async def refused(_: Request, error: QdrantError) -> JSONResponse:
        return JSONResponse({"status": {"error": str(error)}, "time": 0.0}, status_code=error.status)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = f"Format error in JSON body: {place}: {first['msg']}"
        return JSONResponse({"status": {"error": message}, "time": 0.0}, status_code=400)

    # The engine answers in microseconds to milliseconds, so the handlers need no threads and the shards no locks.

    @app.get("/")
    async def about():
        return {"title": f"Qdrant stand-in on qdrant-edge-py {ENGINE_VERSION}", "version": ENGINE_VERSION}

    @app.get("/healthz")
    @app.get("/readyz")
    async def healthy():
        return PlainTextResponse("all shards are ready")

    @app.get("/metrics")
    async def metrics():
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @app.put("/collections/{collection_name}")
    async def create_collection(body: CreateCollection, name: str = NAME):
        if name in storage.shards:
            raise QdrantError(409, f"Wrong input: Collection `{name}` already exists!")
        storage.create(name, body.vectors.size, body.vectors.distance)
        return ok(True)

    @app.put("/collections/{collection_name}/points")
    async def upsert_points(body: UpsertPoints, name: str = NAME):
        points = [Point(point.id, point.vector) for point in body.points]
        with bad_input():
            shard(name).update(UpdateOperation.upsert_points(points))
        return ok({"operation_id": 0, "status": "completed"})

    @app.post("/collections/{collection_name}/points/query")
    async def query_points(body: QueryPoints, name: str = NAME):
        nearest = Query.Nearest(body.query)
        request = QueryRequest(limit=body.limit, query=nearest, score_threshold=body.score_threshold)
        with bad_input():
            found = shard(name).query(request)
        points = [
            {
                "id": point.id if isinstance(point.id, int) else str(point.id),
                "version": point.version,
                "score": point.score,
            }
            for point in found
        ]
        return ok({"points": points})

    @app.post("/collections/{collection_name}/points/count")
    async def count_points(name: str = NAME):
        return ok({"count": shard(name).count(CountRequest())})

    return app


class QdrantError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class bad_input:
    """Turns the engine's refusal of a vector or an id into Qdrant's 400."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type, error, _traceback) -> None:
        # The engine raises bare exceptions for what it refuses.
        if error is not None and type(error) in (Exception, ValueError):
            raise QdrantError(400, f"Wrong input: {error}") from None


def authorised(request: Request, api_key: str) -> bool:
    given = request.headers.get("api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), api_key.encode())


def ok(result: object) -> dict:
    return {"result": result, "status": "ok", "time": 0.0}
