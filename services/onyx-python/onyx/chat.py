# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Answers chats from documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import perf_counter
from typing import Any

from onyx_metrics import rag_found, rag_stage, retrieval

from .completion import Completions
from .embedding import embed
from .qdrant import DocumentVectors, Hit
from .requests import ChatRequest
from .store import Store

_NOTHING_FOUND = "No document is similar enough to answer from."
_SOURCES_NAMED = 3
# What the reranker stand-in takes for each candidate, in seconds. A real cross-encoder is as proportional, and burns CPU.
_RERANK_SECONDS = 0.008


class Chats:
    """The chats of this process."""

    def __init__(self, vectors: DocumentVectors, completions: Completions, store: Store) -> None:
        self._vectors = vectors
        self._completions = completions
        self._store = store
        self._recording: set[asyncio.Task[None]] = set()

    async def answer(self, request: ChatRequest) -> AsyncGenerator[dict[str, Any], None]:
        """Yields the pieces of the answer, one when it is not streamed, then where it came from.

        Without a document no model is asked. Every chat becomes a row in the store, abandoned and failed ones too. Raises a
        Refusal when the model fails.
        """
        start = perf_counter()
        hits: list[Hit] = []
        success = False
        try:
            hits = await self._retrieve(request)
            retrieved = perf_counter()
            if not hits:
                yield {"text": _NOTHING_FOUND}
            elif request.stream:
                with rag_stage("generate"):
                    async with aclosing(self._completions.stream(request.model, request.message, hits)) as pieces:
                        async for text in pieces:
                            yield {"text": text}
            else:
                with rag_stage("generate"):
                    whole = await self._completions.answer(request.model, request.message, hits)
                yield {"text": whole}
            success = True
            sources = [hit._asdict() for hit in hits[:_SOURCES_NAMED]]
            stages = {"retrieve": retrieved - start, "generate": perf_counter() - retrieved}
            yield {"vector_count": len(hits), "sources": sources, "seconds": stages}
        finally:
            seconds = perf_counter() - start
            row = self._store.record_chat(request.user_id, request.model, success, len(hits), seconds)
            # A task of its own: what cancels the chat of a client that went away must not cancel its row.
            recording = asyncio.create_task(row)
            self._recording.add(recording)
            recording.add_done_callback(self._recording.discard)
            await asyncio.shield(recording)

    async def close(self) -> None:
        """Waits for the rows of abandoned chats."""
        await asyncio.gather(*self._recording, return_exceptions=True)

    async def _retrieve(self, request: ChatRequest) -> list[Hit]:
        """Finds the documents for a message: embed, search, rerank. Best first."""
        with retrieval(similarity_threshold=request.similarity_threshold) as found:
            with rag_stage("embed"):
                vector = embed(request.message)
            with rag_stage("retrieve"):
                hits = await self._vectors.nearest(vector, request.vector_count, request.similarity_threshold)
            rag_found(hit.score for hit in hits)
            with rag_stage("rerank"):
                await asyncio.sleep(len(hits) * _RERANK_SECONDS)
            found.vectors = len(hits)
        return hits
