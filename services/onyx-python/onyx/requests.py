# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""The bodies Onyx accepts, as services/onyx does. The catalogue says which tasks and agents there are; its `other` stands for none."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChatRequest(_Body):
    """A question, and what to answer it from and with."""

    message: Annotated[str, Field(min_length=1, max_length=4000)]
    user_id: Annotated[str, Field(min_length=1, max_length=128)]
    model: Annotated[str, Field(pattern=r"^[\w./:-]{1,64}$")]
    stream: bool = False
    vector_count: Annotated[int, Field(ge=1, le=200)] = 8
    similarity_threshold: Annotated[float, Field(ge=0, le=1)] | None = None


class TaskRequest(_Body):
    """Work for the background; a task that finds nothing to work on fails."""

    task_type: Literal["ingest", "research", "summarize", "export"]
    items: Annotated[int, Field(ge=0, le=2400)]


class AgentRequest(_Body):
    """An agent to start."""

    agent_type: Literal["chat", "research", "ingest"]


class AgentChange(_Body):
    """What an agent does from now on."""

    status: Literal["running", "waiting"]
