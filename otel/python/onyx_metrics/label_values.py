# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""The one place where numbers become closed label values; whatever cannot be such a number is `other`."""

from __future__ import annotations

import math
import sys

from .catalogue import NUMBER_RULES

# Twelve digits: 0.1 + 0.7 is 0.7999999999999999 and belongs to 0.8.
_PRECISION = 1e12


def label_for(rule_name: str, number: object) -> str:
    """Returns the value of the label `rule_name`, one of the catalogue's number rules, for `number`."""
    rule = NUMBER_RULES[rule_name]
    if number is None and rule.none is not None:
        return rule.none
    # A boolean is an int to Python and no number to anybody else.
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return "other"
    if not 0 <= number <= (sys.float_info.max if rule.to is None else rule.to):
        return "other"
    if rule.whole and number != math.floor(number):
        return "other"
    rounded = math.floor(number * _PRECISION + 0.5) / _PRECISION if number < 1 else number
    return next((value for lowest, value in reversed(rule.classes) if rounded >= lowest), "other")


def vector_count(count: object) -> str:
    """Returns the class of a number of vectors retrieved, a whole number from 0."""
    return label_for("vector_count", count)


def similarity_threshold(threshold: object) -> str:
    """Returns the class of the lowest similarity accepted, 0 to 1; `None` when none was applied."""
    return label_for("similarity_threshold", threshold)


def duration_category(seconds: object) -> str:
    """Returns the class of how long a task took, in seconds from 0."""
    return label_for("duration_category", seconds)
