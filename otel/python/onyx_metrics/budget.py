# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""How many label sets a metric may show. The same rule as in Node: budget.ts."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, prod
from typing import NamedTuple

from .metric import Label, Metric

# Label sets over the life of a process of a metric that states no number of its own.
DEFAULT_LABEL_SETS = {"histogram": 60, "counter": 500, "gauge": 500}


# The label of the conventions that only failures have.
ERROR_TYPE = "error.type"
# Of HTTP: 1xx to 5xx.
_STATUS_CLASSES = 5
_NEVER = float("inf")


class SetLimits(NamedTuple):
    """Label sets a metric may show over the life of a process."""

    all: int
    """In all, the overflow's included."""
    room: tuple[int, ...]
    """Of those that may be told apart, how many there may be when one is added of which none of the folding labels, the
    first of them, the first two and so on are `other`. The rest is kept free, so that there is a place to fold to."""
    for_failures: int
    """Those of the room that only what failed may take, which has an `error.type`, unless there is nothing to give up."""


def sized(metric: Metric, users: int | None = None, factor: float = 1) -> Metric:
    """Returns `metric` with the limits a process is told to keep: `users` users, and `factor` times everything else."""

    def times(count: int) -> int:
        return max(1, _half_up(count * factor))

    labels = tuple(
        label
        if label.limit is None
        else label._replace(limit=users if label.pseudonym and users is not None else times(label.limit))
        for label in metric.labels
    )
    sets = metric.max_label_sets or DEFAULT_LABEL_SETS[metric.kind]
    before = [times(label.limit) for label in metric.labels if label.pseudonym and label.limit is not None]
    more = 0 if users is None else prod(users for _ in before) - prod(before)
    is_open = any(label.limit is not None for label in labels)
    return metric._replace(labels=labels, max_label_sets=max(2, times(sets) + more) if is_open else sets)


def set_limits(metric: Metric) -> SetLimits:
    """Returns how many label sets `metric` may show."""
    cap = metric.max_label_sets or DEFAULT_LABEL_SETS[metric.kind]
    possible = prod(map(_shown_values, metric.labels))
    total = min(cap, possible)
    places = folding_places(metric)

    def kept(place: float, values: Callable[[Label], int]) -> int:
        # What has no value of a folding label folds into itself.
        return prod(
            _folded_values(label) if (label.folds or _NEVER) <= place else values(label) for label in metric.labels
        )

    reserved: list[int] = []
    for place in reversed(places):
        combinations = kept(place, _listed_values)
        kept_free = combinations if combinations <= cap / 2 else cap // 4
        reserved.insert(0, max([kept_free, *reserved[:1]]))
    deepest = places[-1] if places else 0
    overflows = possible > cap and (reserved[-1] if reserved else 0) < kept(deepest, _shown_values)
    distinct = cap - 1 if overflows else total
    for_failures = cap // 10 if any(label.name == ERROR_TYPE for label in metric.labels) else 0
    return SetLimits(total, tuple(distinct - free for free in (*reserved, 0)), for_failures)


def folding_places(metric: Metric) -> tuple[int, ...]:
    """Returns the places of labels that fold, in their order."""
    return tuple(sorted({label.folds for label in metric.labels if label.folds}))


def _half_up(number: float) -> int:
    """As JavaScript rounds."""
    return floor(number + 0.5)


def _folded_values(label: Label) -> int:
    """`other`, or the classes of a status and `other`; and nothing."""
    return (_STATUS_CLASSES + 1 if label.folds_to_class else 1) * (2 if label.optional else 1)


def _listed_values(label: Label) -> int:
    listed = (label.limit or 0) + 1 if label.values is None else len(label.values)
    return listed + (1 if label.optional else 0)


def _shown_values(label: Label) -> int:
    """What is not listed shows as `other`."""
    return _listed_values(label) + (1 if label.values is not None and "other" not in label.values else 0)
