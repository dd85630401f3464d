# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Recorders for runs of agents and calls of tools, by the GenAI conventions. They never throw, whatever they are given.

https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md
"""

from __future__ import annotations

from .catalogue import METRICS
from .error_type import error_type
from .instruments import Timed, drop, record
from .metric import Metric

_AGENT = METRICS["gen_ai.invoke_agent.duration"]
_TOOL = METRICS["gen_ai.execute_tool.duration"]


class _Run(Timed):
    _metric: Metric
    _labels: dict[str, object]

    def end(self, *, error: BaseException | str | None = None) -> None:
        """Records it, the first time it is called after `start`.

        :param error: why it failed; its code, status or class becomes `error.type`, never its message
        """
        seconds = self._take()
        if seconds is None:
            return
        try:
            failure = {} if error is None else {"error.type": error_type(error)}
        except Exception:  # an error that cannot be read
            drop(self._metric)
            return
        record(self._metric, seconds, {**self._labels, **failure})

    def _end(self, error: BaseException | None) -> None:
        self.end(error=error)


class agent_run(_Run):
    """`gen_ai.invoke_agent.duration`: a run of an agent, from the call to the end of its answer.

    ::

        async with agent_run("researcher"):
            await run(question)
    """

    _metric = _AGENT

    def __init__(self, agent: str) -> None:
        """:param agent: its name, of which there are few: not that of a user's own agent, nor an id"""
        self._agent = agent
        self._labels = {"gen_ai.agent.name": agent}

    def _again(self) -> agent_run:
        return agent_run(self._agent)


class tool_call(_Run):
    """`gen_ai.execute_tool.duration`: a call of a tool, well or not.

    ::

        @tool_call("web_search", agent="researcher")
        async def search(query): ...
    """

    _metric = _TOOL

    def __init__(self, tool: str, *, agent: str | None = None) -> None:
        """Which tool is called.

        :param tool: its name
        :param agent: the agent that calls it, if one does
        """
        self._call = (tool, agent)
        self._labels = {"gen_ai.tool.name": tool, **({} if agent is None else {"gen_ai.agent.name": agent})}

    def _again(self) -> tool_call:
        tool, agent = self._call
        return tool_call(tool, agent=agent)
