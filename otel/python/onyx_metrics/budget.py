# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""How many label sets a metric may show. The same rule as in Node: `setLimits` in budget.ts."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from .metric import Label, Metric

# Label sets over the life of a process of a metric that states no number of its own.
DEFAULT_LABEL_SETS = {"histogram": 60, "counter": 500, "gauge": 500}


class SetLimits(NamedTuple):
    """Label sets a metric may show over the life of a process."""

    all: int
    """In all, the overflow's included."""
    distinct: int
    """Those that may be told apart; one less where an overflow can happen."""
    unfolded: int
    """Those of them whose folding label is not `other`. The rest is kept free, so that there is a place to fold to."""


def set_limits(metric: Metric, users: int | None = None) -> SetLimits:
    """Returns the limits of `metric` when `users` users are shown instead of as many as its label says."""
    labels = [
        label._replace(limit=users) if label.pseudonym and users is not None else label for label in metric.labels
    ]
    more = prod(map(_users_of, labels)) - prod(map(_users_of, metric.labels))
    cap = (metric.max_label_sets or DEFAULT_LABEL_SETS[metric.kind]) + more
    possible = prod(map(_shown_values, labels))
    total = min(cap, possible)
    remaining = [label for label in labels if not label.folds]
    folding = next((label for label in labels if label.folds), None)
    # What has no value of the folding label folds into itself.
    combinations = prod(map(_listed_values, remaining)) * (2 if folding.optional else 1) if folding else 0
    reserved = combinations if combinations <= cap / 2 else cap // 4
    overflows = possible > cap and reserved < prod(map(_shown_values, remaining))
    distinct = cap - 1 if overflows else total
    return SetLimits(total, distinct, distinct - reserved)


def _users_of(label: Label) -> int:
    return label.limit or 1 if label.pseudonym else 1


def _listed_values(label: Label) -> int:
    listed = (label.limit or 0) + 1 if label.values is None else len(label.values)
    return listed + (1 if label.optional else 0)


def _shown_values(label: Label) -> int:
    """What is not listed shows as `other`."""
    return _listed_values(label) + (1 if label.values is not None and "other" not in label.values else 0)
