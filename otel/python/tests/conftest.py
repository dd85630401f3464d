# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""A process that is measured and sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from onyx_metrics import process
from onyx_metrics.measuring import Measuring
from onyx_metrics.settings import read_settings

# What was recorded of a metric: labels, and the value of a sum or gauge, or the count of a histogram.
Points = Callable[[str], list[tuple[dict[str, Any], float]]]


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Points:
    """Returns what reads the points of a metric by its name, those at 0 left out."""
    measuring = Measuring(read_settings({"OTEL_METRICS_EXPORTER": "none"}, pytest.fail), pytest.fail)
    monkeypatch.setattr(process._state, "measuring", measuring)

    def read(name: str) -> list[tuple[dict[str, Any], float]]:
        collected = measuring.reader.read()
        metrics = [
            metric
            for resource in (collected.resource_metrics if collected else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
        ]
        values = [
            (dict(point.attributes or {}), getattr(point, "count", None) or getattr(point, "value", 0))
            for metric in metrics
            for point in metric.data.data_points
        ]
        return [(labels, value) for labels, value in values if value]

    return read
