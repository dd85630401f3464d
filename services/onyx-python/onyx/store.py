# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What Onyx keeps in Postgres, in the tables of services/onyx/schema.sql."""

from __future__ import annotations

from typing import Any

import asyncpg

from .documents import Document
from .requests import TaskRequest


class Store:
    """The database."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, settings: dict[str, str]) -> Store:
        """Returns the store when it answers."""
        return cls(await asyncpg.create_pool(**{**settings, "port": int(settings["port"])}, min_size=1, timeout=2))

    async def ping(self) -> None:
        """Raises when the database does not answer."""
        await self._pool.execute("SELECT 1")

    async def seed(self, documents: list[Document]) -> None:
        """Adds the documents that are not there."""
        await self._pool.execute(
            "INSERT INTO documents (id, title, body)"
            " SELECT * FROM unnest($1::int[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING",
            [document.id for document in documents],
            [document.title for document in documents],
            [document.body for document in documents],
        )

    async def mark_indexed(self) -> None:
        """Call it when every document is in the vector store."""
        await self._pool.execute("UPDATE documents SET state = 'indexed' WHERE state <> 'indexed'")

    async def record_chat(self, user_id: str, model: str, success: bool, vectors: int, seconds: float) -> None:
        """Adds one row for each chat, answered or not; what was said is not kept."""
        await self._pool.execute(
            "WITH known AS (INSERT INTO users (id) VALUES ($1) ON CONFLICT DO NOTHING)"
            " INSERT INTO chat_messages (user_id, model, success, vector_count, seconds) VALUES ($1, $2, $3, $4, $5)",
            *(user_id, model, success, vectors, seconds),
        )

    async def start_task(self, task_id: str, request: TaskRequest) -> None:
        """Adds a task that has not ended."""
        await self._pool.execute(
            "INSERT INTO tasks (id, task_type, items) VALUES ($1, $2, $3)", task_id, request.task_type, request.items
        )

    async def end_task(self, task_id: str, success: bool, seconds: float) -> None:
        """Says how a task ended."""
        await self._pool.execute("UPDATE tasks SET success = $2, seconds = $3 WHERE id = $1", task_id, success, seconds)

    async def task(self, task_id: str) -> dict[str, Any] | None:
        """Returns a task; its success and seconds are `None` until it has ended."""
        row = await self._pool.fetchrow("SELECT task_type, success, seconds FROM tasks WHERE id = $1", task_id)
        return None if row is None else dict(row)

    async def close(self) -> None:
        """Lets the connections go."""
        await self._pool.close()
