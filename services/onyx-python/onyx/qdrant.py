# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""The collection of document vectors, by Qdrant's REST API."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx

from .documents import Document
from .embedding import DIMENSIONS, embed

_BATCH = 100
_EXISTS = 409


class Hit(NamedTuple):
    """A document that was found."""

    id: int
    score: float
    """Cosine similarity, -1 to 1."""


class DocumentVectors:
    """The vectors of all documents."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: str) -> None:
        self._client = client
        self._url = f"{url}/collections/documents"
        self._headers = {"api-key": key}

    async def seed(self, documents: list[Document]) -> None:
        """Makes the collection hold a vector for each document. Does nothing when it does."""
        await self._request("PUT", "", {"vectors": {"size": DIMENSIONS, "distance": "Cosine"}}, allow=_EXISTS)
        counted = await self._request("POST", "/points/count", {"exact": True})
        if counted["result"]["count"] >= len(documents):
            return
        for start in range(0, len(documents), _BATCH):
            points = [
                {"id": document.id, "vector": embed(f"{document.title} {document.body}")}
                for document in documents[start : start + _BATCH]
            ]
            await self._request("PUT", "/points?wait=true", {"points": points})

    async def nearest(self, vector: list[float], limit: int, threshold: float | None) -> list[Hit]:
        """Returns the `limit` most similar documents, best first, none below `threshold`."""
        body = {"query": vector, "limit": limit, "score_threshold": threshold}
        found = await self._request("POST", "/points/query", body)
        return [Hit(point["id"], point["score"]) for point in found["result"]["points"]]

    async def _request(self, method: str, path: str, body: dict[str, object], allow: int | None = None) -> Any:
        response = await self._client.request(method, self._url + path, json=body, headers=self._headers)
        if not response.is_success and response.status_code != allow:
            raise RuntimeError(f"Qdrant answered {response.status_code} to {method} {path}")
        return response.json()
