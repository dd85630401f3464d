# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from conftest import Points

import onyx_metrics as m

CHATS = "onyx_chat_duration_seconds"
TASKS = "onyx_task_completion_total"
AGENTS = "onyx_active_agents"
RETRIEVALS = "onyx_rag_retrieval_duration_seconds"
CALLS = "gen_ai.client.operation.duration"
DROPPED = "onyx_telemetry_dropped_total"


def outcomes(points: Points) -> dict[str, float]:
    return {labels["success"]: count for labels, count in points(CHATS)}


def new_chat() -> m.chat:
    return m.chat(model="gpt-4o", user_id="alice")


def test_a_block_is_a_chat_and_one_that_raises_has_failed(points: Points) -> None:
    with new_chat():
        pass
    with pytest.raises(ValueError, match="of the test"), new_chat():
        raise ValueError("of the test")
    assert outcomes(points) == {"true": 1, "false": 1}


def test_the_chats_of_the_canary_are_no_users(points: Points) -> None:
    with m.chat(model="gpt-4o", user_id="canary"):
        pass
    m.chat(model="gpt-4o", user_id="canary").start().end(success=False)
    with m.chat(model="gpt-4o", user_id="canary-islands"):
        pass
    assert outcomes(points) == {"true": 1}


def test_functions_of_every_kind_are_measured_at_each_call(points: Points) -> None:
    @new_chat()
    def now() -> int:
        return 1

    @new_chat()
    async def later() -> int:
        return 2

    @new_chat()
    def pieces() -> Iterator[int]:
        yield from (3, 4)

    @new_chat()
    async def later_pieces() -> AsyncIterator[int]:
        yield 5

    async def all_of_them() -> list[int]:
        return [await later(), *pieces(), *[piece async for piece in later_pieces()]]

    assert [now(), now(), *asyncio.run(all_of_them())] == [1, 1, 2, 3, 4, 5]
    assert now.__name__ == "now"
    assert outcomes(points) == {"true": 5}


def test_a_stream_that_is_left_before_its_end_has_failed(points: Points) -> None:
    stream = new_chat().stream(iter(["an ", "answer"]))
    next(stream)
    stream.close()
    assert outcomes(points) == {"false": 1}


def test_a_chat_ends_once(points: Points) -> None:
    chat = new_chat().start()
    chat.end(success=True)
    chat.end(success=False)
    assert outcomes(points) == {"true": 1}


def test_a_retrieval_says_what_it_found_and_one_that_raises_is_none(points: Points) -> None:
    with m.retrieval(similarity_threshold=0.7) as found:
        found.vectors = 7
    with pytest.raises(KeyError), m.retrieval():
        raise KeyError

    @m.retrieval()
    def search() -> list[int]:
        return [1, 2]

    search()
    m.retrieval.record(seconds=90_000, vector_count=1)
    assert sorted((labels["vector_count"], labels["similarity_threshold"]) for labels, _ in points(RETRIEVALS)) == [
        ("1-5", "none"),
        ("6-10", "0.7"),
    ]
    assert points(DROPPED) == [({"metric": RETRIEVALS, "reason": "value"}, 1)]


def test_a_task_is_counted_by_how_it_ended_and_how_long_it_took(points: Points) -> None:
    m.task.record("research", success=False, seconds=90)
    with m.task("ingest"):
        pass
    assert sorted(tuple(labels.values()) for labels, _ in points(TASKS)) == [
        ("ingest", "true", "under_1s"),
        ("research", "false", "over_60s"),
    ]


def test_an_agent_is_counted_while_it_runs_in_the_status_it_is_in(points: Points) -> None:
    with m.agent("research") as running:
        running.status("waiting")
        assert points(AGENTS) == [({"agent_type": "research", "status": "waiting"}, 1)]
    running.status("running")
    running.end()
    assert points(AGENTS) == []


def test_a_call_of_a_model_records_what_the_provider_said_and_counts_what_it_did_not(points: Points) -> None:
    with m.model_call(model="gpt-4o", provider="litellm") as call:
        call.usage = m.ModelUsage(input_tokens=12, cost=0.5)
    list(m.model_call(model="gpt-4o", provider="litellm").stream(["a piece"]))
    assert sum(count for _, count in points(CALLS)) == 2
    assert [labels["gen_ai.token.type"] for labels, _ in points("gen_ai.client.token.usage")] == ["input"]
    assert points("onyx_gen_ai_cost_usd_total") == [({}, 0.5)]
    unknown = {labels["quantity"]: count for labels, count in points("onyx_gen_ai_unknown_total")}
    assert unknown == {"input_tokens": 1, "output_tokens": 2, "cost": 1}
    assert len(points("gen_ai.client.operation.time_to_first_chunk")) == 1


def test_a_call_that_fails_is_of_the_type_of_its_error_never_of_its_message(points: Points) -> None:
    class RefusedError(Exception):
        status = 429

    for error in (RefusedError(), TimeoutError("alice@example.com")):
        with pytest.raises(type(error)), m.model_call(model="gpt-4o", provider="litellm"):
            raise error
    assert sorted(labels["error.type"] for labels, _ in points(CALLS)) == ["429", "TimeoutError"]


def test_a_call_that_nobody_waits_for_any_more_is_abandoned(points: Points) -> None:
    stream = m.model_call(model="gpt-4o", provider="litellm").stream(iter(["an ", "answer"]))
    next(stream)
    stream.close()

    @m.model_call(model="gpt-4o", provider="litellm")
    async def ask() -> None:
        await asyncio.sleep(60)

    async def leave() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(ask(), 0.01)

    asyncio.run(leave())
    assert points(CALLS) == [
        (
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "litellm",
                "gen_ai.request.model": "gpt-4o",
                "error.type": "abandoned",
            },
            2,
        )
    ]


def test_stages_and_results(points: Points) -> None:
    with m.rag_stage("embed"):
        pass
    m.rag_found([0.3, -1, 0.9])
    m.rag_found([])
    assert points("onyx_rag_stage_duration_seconds") == [({"stage": "embed"}, 1)]
    assert points("onyx_rag_results_total") == [({}, 3)]
    assert points("onyx_rag_empty_results_total") == [({}, 1)]
    assert points("onyx_rag_best_similarity") == [({}, 1)]


def test_runs_of_agents_and_calls_of_tools_are_of_the_type_of_their_error(points: Points) -> None:
    @m.tool_call("flights", agent="planner")
    def flights() -> None:
        raise TimeoutError("alice@example.com")

    with m.agent_run("planner"):
        with pytest.raises(TimeoutError):
            flights()
        with m.tool_call("clock"):
            pass
    run = m.agent_run("planner").start()
    run.end(error="refused")
    run.end()
    agent = {"gen_ai.agent.name": "planner"}
    assert points("gen_ai.invoke_agent.duration") == [(agent, 1), ({**agent, "error.type": "refused"}, 1)]
    assert points("gen_ai.execute_tool.duration") == [
        ({"gen_ai.tool.name": "flights", **agent, "error.type": "TimeoutError"}, 1),
        ({"gen_ai.tool.name": "clock"}, 1),
    ]


class Hostile:
    """Throws whatever is asked of it."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __len__ = __iter__ = __eq__ = __hash__ = __str__  # type: ignore[assignment]


@pytest.mark.parametrize("odd", [None, Hostile(), [], "text", float("nan"), float("inf"), -1, 2**70, b"", object()])
def test_no_recorder_throws_whatever_it_is_given(points: Points, odd: Any) -> None:
    with m.chat(model=odd, user_id=odd), m.rag_stage(odd), m.task(odd), m.agent(odd, odd) as agent:
        agent.status(odd)
    m.retrieval.record(seconds=odd, vector_count=odd, similarity_threshold=odd)
    m.task.record(odd, success=odd, seconds=odd)
    with m.model_call(model=odd, provider=odd, operation=odd) as call:
        call.usage = odd
    with m.agent_run(odd), m.tool_call(odd, agent=odd):
        pass
    m.agent_run(odd).start().end(error=odd)
    m.rag_found(odd)
    with m.retrieval(similarity_threshold=odd) as found:
        found.vectors = odd
    points(CHATS)


def test_without_the_preload_nothing_happens() -> None:
    with new_chat(), m.agent("chat"):
        m.task.record("ingest", success=True, seconds=1)


def test_every_recording_of_a_label_set_counts_the_first_and_those_that_find_it(points: Points) -> None:
    for seconds in (0.05, 0.3, 0.3, 70):
        m.retrieval.record(seconds=seconds, vector_count=3)
        m.task.record("ingest", success=True, seconds=seconds)
    assert [count for _, count in points(RETRIEVALS)] == [4]
    assert sum(count for _, count in points(TASKS)) == 4
    m.retrieval.record(seconds=1, vector_count=3)
    assert [count for _, count in points(RETRIEVALS)] == [5]
