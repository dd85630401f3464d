# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Recorders for the platform's four metrics. They never throw, whatever they are given."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import Any

from .catalogue import CANARY_USER, METRICS, AgentStatus, AgentType, TaskType
from .instruments import Timed, drop, record
from .label_values import duration_category, similarity_threshold, vector_count

_CHAT = METRICS["onyx_chat_duration_seconds"]
_RETRIEVAL = METRICS["onyx_rag_retrieval_duration_seconds"]
_TASK = METRICS["onyx_task_completion_total"]
_AGENTS = METRICS["onyx_active_agents"]

# The one place that keeps the canary out of what users do: its chats count in its own metrics only.
_CANARY_USER = os.environ.get("ONYX_CANARY_USER_ID") or CANARY_USER

TASK_TYPES = next(label.values or () for label in _TASK.labels if label.name == "task_type")

# Whether the code of the background task that runs here has counted it.
task_counted: ContextVar[bool] = ContextVar("onyx_task_counted", default=False)


class chat(Timed):
    """`onyx_chat_duration_seconds`: from receiving a chat request of a user to the end of its answer; not of the canary.

    ::

        with chat(model="gpt-4o", user_id=user.id):
            answer = await complete(message)

        return StreamingResponse(chat(model="gpt-4o", user_id=user.id).stream(pieces))
    """

    def __init__(self, *, model: str, user_id: str) -> None:
        """Whose chat with which model.

        :param model: name of the model that was asked for
        :param user_id: raw user id; it leaves the process only as a pseudonym
        """
        self._model = model
        self._user_id = user_id

    def end(self, *, success: bool) -> None:
        """Records the chat, the first time it is called after `start`.

        :param success: whether the user got a whole answer
        """
        seconds = self._take()
        # Comparing what is no text may throw.
        is_canary = isinstance(self._user_id, str) and self._user_id == _CANARY_USER
        if seconds is not None and not is_canary:
            labels = {"model": self._model, "user_id": self._user_id, "success": success is True}
            record(_CHAT, seconds, labels)

    def _end(self, error: BaseException | None) -> None:
        self.end(success=error is None)

    def _again(self) -> chat:
        return chat(model=self._model, user_id=self._user_id)


class retrieval(Timed):
    """`onyx_rag_retrieval_duration_seconds`: from a query's text to its vectors, reranking included.

    A block says how many vectors it has found; a decorated function returns them. One that raises is not recorded: nothing
    was retrieved.

    ::

        with retrieval(similarity_threshold=0.7) as found:
            found.vectors = len(search(query))
    """

    def __init__(self, *, similarity_threshold: float | None = None) -> None:
        """How the retrieval was asked for.

        :param similarity_threshold: lowest similarity accepted, 0 to 1; `None` when none was applied
        """
        self._threshold = similarity_threshold
        self.vectors: int | None = None
        """Number of vectors retrieved, 0 for an empty retrieval."""

    @staticmethod
    def record(*, seconds: float, vector_count: int, similarity_threshold: float | None = None) -> None:
        """Records a retrieval that was timed elsewhere.

        :param seconds: from 0 to a day; anything else is dropped and counted
        :param vector_count: number of vectors retrieved
        :param similarity_threshold: as above
        """
        _record_retrieval(seconds, vector_count, similarity_threshold)

    def _result(self, result: Any) -> Any:
        try:
            self.vectors = len(result)
        except Exception:
            drop(_RETRIEVAL)
            self._take()
        return result

    def _end(self, error: BaseException | None) -> None:
        seconds = self._take()
        if seconds is not None and error is None:
            _record_retrieval(seconds, self.vectors, self._threshold)

    def _again(self) -> retrieval:
        return retrieval(similarity_threshold=self._threshold)


def _record_retrieval(seconds: float, vectors: object, threshold: object) -> None:
    labels = {"vector_count": vector_count(vectors), "similarity_threshold": similarity_threshold(threshold)}
    record(_RETRIEVAL, seconds, labels)


class task(Timed):
    """`onyx_task_completion_total`: background tasks that ended, well or not.

    Tasks of Celery are counted without it, by the word of their name that is a type; one that counts itself is counted once.

    ::

        @task("ingest")
        async def ingest(document): ...
    """

    def __init__(self, task_type: TaskType | str) -> None:
        """:param task_type: what it is for; one that is not in the catalogue shows as `other`"""
        self._type = task_type

    @staticmethod
    def record(task_type: TaskType | str, *, success: bool, seconds: float) -> None:
        """Counts a task that was timed elsewhere, in the class its duration falls in.

        :param task_type: as above
        :param success: whether it did what it was for
        :param seconds: how long it took, from 0
        """
        task_counted.set(True)
        labels = {"task_type": task_type, "success": success is True, "duration_category": duration_category(seconds)}
        record(_TASK, 1, labels)

    def _end(self, error: BaseException | None) -> None:
        seconds = self._take()
        if seconds is not None:
            task.record(self._type, success=error is None, seconds=seconds)

    def _again(self) -> task:
        return task(self._type)


class agent(Timed):
    """`onyx_active_agents`: agents this process runs now; never a number read from a store that others count too.

    ::

        with agent("research") as running:
            running.status("waiting")
    """

    def __init__(self, agent_type: AgentType | str, status: AgentStatus | str = "running") -> None:
        """An agent that is not counted yet.

        :param agent_type: what it is for; one that is not in the catalogue shows as `other`
        :param status: what it does at first
        """
        self._type = agent_type
        self._first = status
        self._current: str | None = None

    def start(self) -> agent:
        """Counts the agent from now on. One that is never ended is counted as long as the process lives."""
        if self._current is None:
            self._move(self._first)
        return self

    def status(self, status: AgentStatus | str) -> None:
        """Moves the agent, while it is counted, to another status."""
        if self._current is not None:
            self._move(status)

    def end(self) -> None:
        """Takes the agent out of the count."""
        self._move(None)

    def _move(self, status: str | None) -> None:
        before, self._current = self._current, status
        if before is not None:
            record(_AGENTS, -1, {"agent_type": self._type, "status": before})
        if status is not None:
            record(_AGENTS, 1, {"agent_type": self._type, "status": status})

    def _end(self, error: BaseException | None) -> None:
        self.end()

    def _again(self) -> agent:
        return agent(self._type, self._first)
