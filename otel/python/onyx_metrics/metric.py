# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What is decided about a metric. The catalogue's are generated from otel/src, a service's own come from `define_metrics`."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["histogram", "counter", "gauge"]


class Label(NamedTuple):
    """A label of a metric: it has `values`, or a `limit`."""

    name: str
    values: tuple[str, ...] | None = None
    """All that is shown; anything else becomes `other`."""
    limit: int | None = None
    """Distinct values a process shows, `other` not counted."""
    pseudonym: bool = False
    """Values are replaced by a keyed pseudonym before anything else sees them."""
    optional: bool = False
    """The label may be missing."""
    folds: int = 0
    """Its place in the order in which labels become `other` when the metric is full, 1 first; 0: never."""
    folds_to_class: bool = False
    """When it folds, a status of three digits becomes its class, such as `5xx`."""


class Metric(NamedTuple):
    """A metric by its OpenTelemetry name."""

    name: str
    kind: Kind
    description: str
    unit: str
    labels: tuple[Label, ...] = ()
    boundaries: tuple[float, ...] = ()
    """Of a histogram: upper bounds, inclusive, sorted, in `unit`."""
    max_label_sets: int | None = None
    services: tuple[str, ...] | None = None
    """The services that record it; every process without."""


class NumberRule(NamedTuple):
    """How a number becomes a value of a closed label."""

    classes: tuple[tuple[float, str], ...]
    """The lowest number of each class and what is shown of all of them, sorted."""
    none: str | None = None
    """The value for `None`, where it means something."""
    to: float | None = None
    """Highest number allowed."""
    whole: bool = False
    """Only whole numbers are allowed."""


class Pattern(NamedTuple):
    """What looks personal or secret."""

    kind: str
    source: str
    exact: bool = False
    """Whether `A` and `a` differ."""
    digits: int = 0
    length: int = 0
    """Fewest digits and characters of a match."""
