# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Records the platform's metrics in a Python service. In a process without the preload nothing happens."""

from .agent_runs import agent_run, tool_call
from .gen_ai import ModelUsage, model_call
from .own_metrics import (
    Counter,
    Gauge,
    Histogram,
    closed,
    define_counter,
    define_gauge,
    define_histogram,
    define_observed,
    limited,
)
from .rag_stages import rag_found, rag_stage
from .recorders import agent, chat, retrieval, task

__all__ = [
    "Counter",
    "Gauge",
    "Histogram",
    "ModelUsage",
    "agent",
    "agent_run",
    "chat",
    "closed",
    "define_counter",
    "define_gauge",
    "define_histogram",
    "define_observed",
    "limited",
    "model_call",
    "rag_found",
    "rag_stage",
    "retrieval",
    "task",
    "tool_call",
]
