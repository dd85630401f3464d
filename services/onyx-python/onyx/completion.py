# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Asks models through the LiteLLM proxy."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx

from onyx_metrics import ModelUsage, model_call

from .qdrant import Hit
from .refusal import Refusal

_PROVIDER = "litellm"
# The longest a model may be silent, in seconds.
_PATIENCE = 60


class Completions:
    """The proxy."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: str) -> None:
        self._client = client
        self._url = f"{url}/v1/chat/completions"
        self._headers = {"authorization": f"Bearer {key}"}

    async def answer(self, model: str, message: str, hits: list[Hit]) -> str:
        """Returns the whole answer. Raises a Refusal when the model fails."""
        async with model_call(model=model, provider=_PROVIDER) as call:
            response = await self._client.send(self._request(model, message, hits, {}))
            _accept(response, model)
            answer = response.json()
            call.usage = _usage(answer.get("usage"), response)
            return str(answer["choices"][0]["message"]["content"])

    async def stream(self, model: str, message: str, hits: list[Hit]) -> AsyncGenerator[str, None]:
        """Yields the pieces of the answer as they come. Raises a Refusal when the model fails."""
        request = self._request(model, message, hits, {"stream": True, "stream_options": {"include_usage": True}})
        async with model_call(model=model, provider=_PROVIDER) as call:
            response = await self._client.send(request, stream=True)
            try:
                _accept(response, model)
                used = None
                async for line in response.aiter_lines():
                    data = line.removeprefix("data: ")
                    if data in (line, "[DONE]"):
                        continue
                    # The last chunk has no choice but the usage.
                    chunk = json.loads(data)
                    used = chunk.get("usage") or used
                    text = chunk["choices"][0]["delta"].get("content") if chunk["choices"] else None
                    if text:
                        call.first_chunk()
                        yield text
                call.usage = _usage(used, response)
            finally:
                await response.aclose()

    def _request(self, model: str, message: str, hits: list[Hit], more: dict[str, object]) -> httpx.Request:
        documents = f"Answer from documents {', '.join(str(hit.id) for hit in hits)}."
        messages = [{"role": "system", "content": documents}, {"role": "user", "content": message}]
        body = {"model": model, "messages": messages, **more}
        return self._client.build_request("POST", self._url, json=body, headers=self._headers, timeout=_PATIENCE)


def _accept(response: httpx.Response, model: str) -> None:
    if not response.is_success:
        raise Refusal(502, f"model: {model} failed with status {response.status_code}")


def _usage(tokens: dict[str, Any] | None, response: httpx.Response) -> ModelUsage:
    """Returns what the proxy said of a call: of the cost in a header of a whole answer, and in the usage of a stream."""
    told = tokens or {}
    cost = response.headers.get("x-litellm-response-cost", told.get("cost"))
    return ModelUsage(told.get("prompt_tokens"), told.get("completion_tokens"), None if cost is None else float(cost))
