# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Recorders for the stages of answering from documents. They never throw, whatever they are given."""

from __future__ import annotations

from collections.abc import Iterable

from .catalogue import METRICS, RagStage
from .instruments import Timed, drop, record

_STAGE = METRICS["onyx_rag_stage_duration_seconds"]
_RESULTS = METRICS["onyx_rag_results_total"]
_EMPTY = METRICS["onyx_rag_empty_results_total"]
_BEST = METRICS["onyx_rag_best_similarity"]


class rag_stage(Timed):
    """`onyx_rag_stage_duration_seconds`: one stage of answering from documents, well or not.

    ::

        with rag_stage("embed"):
            vector = embed(query)
    """

    def __init__(self, stage: RagStage | str) -> None:
        """:param stage: which one; one that is not in the catalogue shows as `other`"""
        self._stage = stage

    def end(self) -> None:
        """Records the stage, the first time it is called after `start`."""
        seconds = self._take()
        if seconds is not None:
            record(_STAGE, seconds, {"stage": self._stage})

    def _end(self, error: BaseException | None) -> None:
        self.end()

    def _again(self) -> rag_stage:
        return rag_stage(self._stage)


def rag_found(similarities: Iterable[float]) -> None:
    """`onyx_rag_results_total`, `onyx_rag_empty_results_total`, `onyx_rag_best_similarity`: what one retrieval returned.

    :param similarities: of the results returned, in any order, -1 to 1; below 0 counts as 0
    """
    try:
        found = [*similarities]
        best = max(0.0, *found) if found else None
    except Exception:
        drop(_RESULTS)
        return
    record(_RESULTS, len(found), {})
    if best is None:
        record(_EMPTY, 1, {})
    else:
        record(_BEST, best, {})
