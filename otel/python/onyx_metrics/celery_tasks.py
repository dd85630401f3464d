# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Celery's tasks, counted without a line of code as `onyx_task_completion_total`."""

from __future__ import annotations

import re
from threading import get_ident
from time import perf_counter
from typing import Any

from .process import measuring
from .recorders import TASK_TYPES, task, task_counted

# States in which a task has not ended: it is to be tried again, or it belongs to another program.
_GOES_ON = ("RETRY", "REJECTED", "IGNORED")


def observe_tasks(signals: Any) -> None:
    """Counts each task when it has ended, and measures the workers; `signals` is the module `celery.signals`."""
    # By thread too: one that is tried again begins in another thread of the pool before it has ended in its first.
    began: dict[tuple[str, int], float] = {}

    def begin(**_: Any) -> None:
        measuring()

    def before(task_id: str = "", **_: Any) -> None:
        task_counted.set(False)
        began[task_id, get_ident()] = perf_counter()

    def after(sender: Any = None, task_id: str = "", state: str | None = None, **_: Any) -> None:
        start = began.pop((task_id, get_ident()), None)
        if start is None or state in _GOES_ON or task_counted.get():
            return
        task.record(task_type(getattr(sender, "name", "")), success=state == "SUCCESS", seconds=perf_counter() - start)

    for signal, listener in (
        (signals.worker_process_init, begin),
        (signals.worker_init, begin),
        (signals.task_prerun, before),
        (signals.task_postrun, after),
    ):
        signal.connect(listener, weak=False)


def task_type(name: str) -> str:
    """Returns the type in a task's name: `jobs.ingest_documents` is `ingest`; `other` when there is none."""
    words = re.split(r"[^a-z]+", name.rpartition(".")[2].lower())
    return next((word for word in words if word in TASK_TYPES), "other")
