# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""An application's own metrics, under the same limits as the platform's."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .catalogue import METRICS, UNIT_SUFFIXES
from .instruments import drop, record
from .measured_value import is_possible
from .metric import Kind, Label, Metric
from .personal_data import is_personal_label
from .process import when_measured

if TYPE_CHECKING:
    from .measuring import Measuring


class closed(NamedTuple):
    """A label whose values are all known when the code is written; anything else recorded becomes `other`."""

    values: Sequence[str]
    """All that is shown, each there once."""
    optional: bool = False
    """The label may be missing."""
    folds: bool | int = False
    """Its place in the order in which labels become `other` when the metric is full: 1, or `True`, first."""


class limited(NamedTuple):
    """A label whose values appear at run time; after `limit` distinct ones a further value becomes `other`."""

    limit: int
    """Distinct values a process shows, from 1 to 1000."""
    pseudonym: bool = False
    """Values are replaced by a keyed pseudonym before anything else sees them. Such a label folds."""
    optional: bool = False
    """The label may be missing."""
    folds: bool | int = False
    """Its place in the order in which labels become `other` when the metric is full: 1, or `True`, first."""


Labels = Mapping[str, closed | limited]
Readings = float | Iterable[tuple[float, Mapping[str, str]]]


class Counter:
    """A total that only grows."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def add(self, amount: float = 1, labels: Mapping[str, object] | None = None) -> None:
        """Adds `amount`, from 0; anything else is dropped and counted."""
        record(self._metric, amount, labels or {})


class Histogram:
    """Counts how many values were at most each of its boundaries, and their sum."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def record(self, value: float, labels: Mapping[str, object] | None = None) -> None:
        """Records `value`, from 0 in the metric's unit; anything else is dropped and counted."""
        record(self._metric, value, labels or {})


class Gauge:
    """A value that is what it was set to last."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def set(self, value: float, labels: Mapping[str, object] | None = None) -> None:
        """Sets any finite number; anything else is dropped and counted."""
        record(self._metric, value, labels or {})


def define_counter(
    name: str, *, description: str, unit: str, labels: Labels | None = None, max_label_sets: int | None = None
) -> Counter:
    """Defines a counter and returns what records it.

    :param name: letters, digits, `_` and `.`.
    :param unit: a UCUM unit, or an annotation such as `{order}` that adds nothing to the name in Prometheus.
    :param labels: by name; whatever else is recorded with it is dropped.
    :param max_label_sets: label sets over the life of a process, 500 by default.
    :raises ValueError: naming the metric and what is wrong with its definition.
    """
    return Counter(_define(name, "counter", description, unit, labels, max_label_sets))


def define_histogram(
    name: str,
    *,
    description: str,
    unit: str,
    boundaries: Sequence[float],
    labels: Labels | None = None,
    max_label_sets: int | None = None,
) -> Histogram:
    """Defines a histogram and returns what records it.

    :param boundaries: upper bounds, inclusive, sorted, in `unit`; at most 30.
    :param max_label_sets: label sets over the life of a process, 60 by default; the rest is as for a counter.
    :raises ValueError: naming the metric and what is wrong with its definition.
    """
    return Histogram(_define(name, "histogram", description, unit, labels, max_label_sets, tuple(boundaries)))


def define_gauge(
    name: str, *, description: str, unit: str, labels: Labels | None = None, max_label_sets: int | None = None
) -> Gauge:
    """Defines a gauge and returns what sets it; parameters and errors are those of a counter."""
    return Gauge(_define(name, "gauge", description, unit, labels, max_label_sets))


def define_observed(
    name: str, observe: Callable[[], Readings], *, description: str, unit: str, labels: Labels | None = None
) -> None:
    """Defines a gauge that is read whenever metrics are exported.

    :param observe: returns the value, or each value with its labels; what it raises is counted, and nothing reported.
    :param labels: closed ones only: two readings that become one label set are added.
    :raises ValueError: naming the metric and what is wrong with its definition.
    """
    open_labels = [label for label, allowed in (labels or {}).items() if not isinstance(allowed, closed)]
    if open_labels:
        raise ValueError(f'metric "{name}": label "{open_labels[0]}": labels that are observed are closed')
    if not callable(observe):
        raise ValueError(f'metric "{name}": observe is a function')
    metric = _define(name, "gauge", description, unit, labels, None)
    when_measured(lambda measuring: _observe(measuring, metric, observe))


def _observe(measuring: Measuring, metric: Metric, observe: Callable[[], Readings]) -> None:
    def read() -> list[tuple[float, Mapping[str, str]]]:
        try:
            observed = observe()
            readings = [(observed, {})] if isinstance(observed, (int, float)) else [*observed]
            sums: dict[tuple[str, ...], float] = {}
            for value, raw in readings:
                if not is_possible(value, metric):
                    measuring.drop(metric.name, "value")
                    continue
                shown = tuple(_shown(label, raw.get(label.name, "")) for label in metric.labels)
                sums[shown] = sums.get(shown, 0) + value
        except Exception:
            drop(metric)
            return []
        return [
            (value, {label.name: text for label, text in zip(metric.labels, shown, strict=True) if text})
            for shown, value in sums.items()
        ]

    measuring.observe(metric, read)


def _shown(label: Label, value: str) -> str:
    if value in (label.values or ()):
        return value
    return "" if label.optional and not value else "other"


_defined: dict[str, Metric] = {}
_METRIC_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_.]{0,254}")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.]*")
_RESERVED_LABEL = re.compile(r"le|quantile|job|instance|service|__.*|otel_.*|exported_.*")
_MAX_BOUNDARIES = 30
_MAX_VALUES = 1_000
_MAX_SETS = 10_000


def _define(
    name: str,
    kind: Kind,
    description: str,
    unit: str,
    labels: Labels | None,
    max_label_sets: int | None,
    boundaries: tuple[float, ...] = (),
) -> Metric:
    own = tuple(_label(label, allowed) for label, allowed in (labels or {}).items())
    metric = Metric(name, kind, description, unit, own, boundaries, max_label_sets)
    # The same module may be run twice, by a reloading server, say.
    if _defined.get(name) != metric:
        fault = _fault(metric)
        if fault is not None:
            raise ValueError(f'metric "{name}": {fault}')
        _defined[name] = metric
    return metric


def _label(name: str, allowed: closed | limited) -> Label:
    if isinstance(allowed, closed):
        return Label(name, values=tuple(allowed.values), optional=allowed.optional, folds=int(allowed.folds))
    limit, pseudonym, optional, folds = allowed
    return Label(name, limit=limit, pseudonym=pseudonym, optional=optional, folds=int(folds or pseudonym))


def _fault(metric: Metric) -> str | None:
    """What is wrong with a definition, if anything is."""
    if not _METRIC_NAME.fullmatch(metric.name):
        return "a name is letters, digits, _ and . and starts with a letter"
    if metric.name in _defined:
        return "it is already defined, with a different definition"
    series = set(_series(metric))
    for other in (*METRICS.values(), *_defined.values()):
        taken = series.intersection(_series(other))
        if taken:
            return f'in Prometheus it is {min(taken)}, which "{other.name}" is already'
    if metric.max_label_sets is not None and not _is_count(metric.max_label_sets, _MAX_SETS):
        return f"max_label_sets is a whole number from 1 to {_MAX_SETS}"
    if metric.kind == "histogram":
        at = metric.boundaries
        if not 0 < len(at) <= _MAX_BOUNDARIES:
            return f"boundaries are 1 to {_MAX_BOUNDARIES} numbers"
        if not all(math.isfinite(bound) for bound in at) or list(at) != sorted(set(at)):
            return "boundaries are finite, sorted and each there once"
    places = [label.folds for label in metric.labels if label.folds]
    if not all(_is_count(place, len(metric.labels)) for place in places):
        return "folds is True, or a whole number from 1: a place in an order"
    if len(set(places)) < len(places):
        return "labels fold one after another, each at a place of its own"
    exposed = [label.name.replace(".", "_") for label in metric.labels]
    return next(filter(None, (_label_fault(label, exposed) for label in metric.labels)), None)


def _label_fault(label: Label, exposed: list[str]) -> str | None:
    shown = label.name.replace(".", "_")
    fault = None
    if not _LABEL_NAME.fullmatch(label.name):
        fault = "a name is letters, digits, _ and . and starts with a letter or _"
    elif _RESERVED_LABEL.fullmatch(shown):
        fault = "Prometheus or the collector uses this name"
    elif exposed.count(shown) > 1:
        fault = f"in Prometheus it is {shown}, which another label is already"
    elif is_personal_label(label.name) and not label.pseudonym:
        fault = "needs pseudonym=True"
    elif label.values is None and not _is_count(label.limit, _MAX_VALUES):
        fault = f"has a limit from 1 to {_MAX_VALUES}"
    elif label.values is not None and not (all(label.values) and 0 < len(set(label.values)) == len(label.values)):
        fault = "has values, each there once"
    return fault and f'label "{label.name}": {fault}'


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _series(metric: Metric) -> list[str]:
    """Every name a metric's series have in Prometheus, as the collector translates it."""
    words = [word for word in re.split(r"[^a-zA-Z0-9:]+", metric.name) if word]
    suffix = UNIT_SUFFIXES.get(metric.unit)
    if suffix is not None and suffix not in words:
        words.append(suffix)
    last = "total" if metric.kind == "counter" else "ratio" if metric.kind == "gauge" and metric.unit == "1" else None
    name = "_".join([*(word for word in words if word != last), *([last] if last else [])])
    return [name + end for end in ("", "_bucket", "_count", "_sum")] if metric.kind == "histogram" else [name]
