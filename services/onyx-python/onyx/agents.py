# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""The agents this process runs, listed in Redis for others to see."""

from __future__ import annotations

import json
import uuid

from redis.asyncio import Redis

from onyx_metrics import agent

_KEY = "onyx:agents"


class Agents:
    """Agents by their id."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._running: dict[str, tuple[str, agent]] = {}

    async def clear(self) -> None:
        """Forgets the agents of a process that did not end well."""
        await self._redis.delete(_KEY)

    async def start(self, agent_type: str) -> str:
        """Starts an agent and returns its id."""
        agent_id = str(uuid.uuid4())
        running = agent(agent_type, "starting").start()
        self._running[agent_id] = agent_type, running
        try:
            await self.change(agent_id, "running")
        except BaseException:
            del self._running[agent_id]
            running.end()
            raise
        return agent_id

    async def change(self, agent_id: str, status: str) -> bool:
        """Moves an agent to another status; false when there is no such agent."""
        if agent_id not in self._running:
            return False
        agent_type, running = self._running[agent_id]
        await self._redis.hset(_KEY, agent_id, json.dumps({"type": agent_type, "status": status}))
        running.status(status)
        return True

    async def stop(self, agent_id: str) -> bool:
        """Stops an agent; false when there is no such agent."""
        if agent_id not in self._running:
            return False
        _, running = self._running.pop(agent_id)
        running.end()
        await self._redis.hdel(_KEY, agent_id)
        return True

    async def stop_all(self) -> None:
        """Stops every agent of this process."""
        for agent_id in list(self._running):
            await self.stop(agent_id)
