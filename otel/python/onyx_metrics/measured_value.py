# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Which numbers can be measurements."""

from __future__ import annotations

import math

from .metric import Metric

# A day: whatever takes longer was not measured but miscalculated.
_MAX_SECONDS = 86_400
_MAX_NUMBER = 2**53 - 1


def is_possible(value: object, metric: Metric) -> bool:
    """Whether `value` can be a measurement of `metric`: a finite number, from 0 but of gauges, of seconds at most a day."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    if metric.kind == "gauge":
        return math.isfinite(value)
    return 0 <= value <= (_MAX_SECONDS if metric.unit == "s" else _MAX_NUMBER)
