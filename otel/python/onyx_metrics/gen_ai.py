# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Recorders for calls of models, by the GenAI conventions. They never throw, whatever they are given.

https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md
"""

from __future__ import annotations

from typing import NamedTuple

from .catalogue import METRICS, ModelOperation, ModelProvider
from .error_type import error_type
from .instruments import Timed, drop, record
from .measured_value import is_possible

_DURATION = METRICS["gen_ai.client.operation.duration"]
_FIRST_CHUNK = METRICS["gen_ai.client.operation.time_to_first_chunk"]
_TOKENS = METRICS["gen_ai.client.token.usage"]
_COST = METRICS["onyx_gen_ai_cost_usd_total"]
_UNKNOWN = METRICS["onyx_gen_ai_unknown_total"]


class ModelUsage(NamedTuple):
    """What a call used, as the provider said. What it did not say is `None` and counted as unknown: it is not 0."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    """US dollars."""


class model_call(Timed):
    """`gen_ai.client.*`: a call of a model, in seconds and tokens.

    ::

        async with model_call(model="gpt-4o", provider="litellm") as call:
            answer = await ask(message)
            call.usage = ModelUsage(answer.input, answer.output)

        async for piece in model_call(model="gpt-4o", provider="litellm").stream(pieces): ...
    """

    def __init__(self, *, model: str, provider: ModelProvider | str, operation: ModelOperation | str = "chat") -> None:
        """Who is asked what.

        :param model: name of the model that is asked for
        :param provider: who is asked; one that is not in the catalogue shows as `other`
        :param operation: what is asked for
        """
        self._call = (model, provider, operation)
        self._streams = False
        self.usage: ModelUsage | None = None
        """What the call used; of an answered call without it, everything is unknown."""

    def start(self) -> model_call:
        """Starts the clock."""
        super().start()
        self._streams = True
        return self

    def first_chunk(self) -> None:
        """Records the time to the first piece of a streamed answer, the first time it is called."""
        if self._streams and self._began is not None:
            self._streams = False
            record(_FIRST_CHUNK, self._elapsed(), self._labels())

    def end(self, *, error: BaseException | str | None = None) -> None:
        """Records the call, the first time it is called after `start`.

        :param error: why there is no answer; its code, status or class becomes `error.type`, never its message
        """
        seconds = self._take()
        if seconds is None:
            return
        labels = self._labels()
        try:
            record(_DURATION, seconds, labels if error is None else {**labels, "error.type": error_type(error)})
            if error is None or self.usage is not None:
                self._record_usage(ModelUsage() if self.usage is None else self.usage, labels)
        except Exception:  # an error or a usage that cannot be read
            drop(_DURATION)

    def _piece(self) -> None:
        self.first_chunk()

    def _end(self, error: BaseException | None) -> None:
        self.end(error=error)

    def _again(self) -> model_call:
        model, provider, operation = self._call
        return model_call(model=model, provider=provider, operation=operation)

    def _labels(self) -> dict[str, object]:
        model, provider, operation = self._call
        return {"gen_ai.request.model": model, "gen_ai.provider.name": provider, "gen_ai.operation.name": operation}

    def _record_usage(self, usage: ModelUsage, labels: dict[str, object]) -> None:
        for quantity in ("input_tokens", "output_tokens", "cost"):
            value = getattr(usage, quantity, None)
            if not is_possible(value, _COST):
                record(_UNKNOWN, 1, {"quantity": quantity})
            elif quantity == "cost":
                record(_COST, value, {})
            else:
                record(_TOKENS, value, {**labels, "gen_ai.token.type": quantity.partition("_")[0]})
