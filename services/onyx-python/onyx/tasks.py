# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Background tasks: a Redis list as the queue, and a worker in this process that takes several at a time."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from time import perf_counter
from typing import Any

from redis.asyncio import Redis

from onyx_metrics import task

from .requests import TaskRequest
from .store import Store

# What a task takes for each item, in seconds: a stand-in for its work.
_SECONDS_PER_ITEM = 0.05
_KEY = "onyx:tasks"
_CONCURRENCY = 8


class Tasks:
    """The queue and the worker."""

    def __init__(self, redis: Redis, store: Store) -> None:
        self._redis = redis
        self._store = store
        self._free = asyncio.Semaphore(_CONCURRENCY)
        self._running: set[asyncio.Task[None]] = set()
        self._worker: asyncio.Task[None] | None = None

    async def submit(self, request: TaskRequest) -> str:
        """Queues a task and returns its id."""
        task_id = str(uuid.uuid4())
        await self._store.start_task(task_id, request)
        await self._redis.lpush(_KEY, json.dumps({"id": task_id, **request.model_dump()}))
        return task_id

    def start(self) -> None:
        """Starts the worker."""
        self._worker = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Takes no further task, and returns when those under way have ended."""
        if self._worker is not None:
            self._worker.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            await self._free.acquire()
            try:
                taken = await self._redis.brpop([_KEY], 0)
                queued = json.loads(taken[1]) if taken else {}
            except Exception as error:
                self._free.release()
                _say(error)
                await asyncio.sleep(1)
                continue
            run = asyncio.create_task(self._run(queued))
            self._running.add(run)
            run.add_done_callback(self._running.discard)

    async def _run(self, queued: dict[str, Any]) -> None:
        start = perf_counter()
        try:
            await asyncio.sleep(queued["items"] * _SECONDS_PER_ITEM)
            success = queued["items"] > 0
            seconds = perf_counter() - start
            await self._store.end_task(queued["id"], success, seconds)
            task.record(queued["task_type"], success=success, seconds=seconds)
        except Exception as error:
            _say(error)
        finally:
            self._free.release()


def _say(error: Exception) -> None:
    sys.stderr.write(f"Task worker failed: {error!r}\n")
