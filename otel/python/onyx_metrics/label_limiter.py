# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What every measurement goes through before the SDK sees it: the limits of the catalogue. As label-limiter.ts."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType

from .budget import ERROR_TYPE, folding_places, set_limits, sized
from .metric import Label, Metric
from .personal_data import is_harmless
from .pseudonym import Users

Attributes = Mapping[str, "str | bool"]

_OTHER = "other"
# The value of an optional label that a measurement does not have.
_MISSING = ""
# Marks the series that holds what a full metric could no longer tell apart.
# https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute
OVERFLOW: Attributes = MappingProxyType({"otel.metric.overflow": True})
_STATUS = re.compile(r"[1-5]([0-9]{2}|xx)")
# Combinations of raw values remembered; when there are more, all are forgotten and decided again, with the same results.
_MAX_DECISIONS = 2_000
# A raw value that is longer would take too much memory to be remembered.
_LONG = 256
# The first number that JavaScript writes with an exponent.
_EXPONENT_FROM = 1e21


class LabelLimiter:
    """Drops unknown labels, turns unknown values into `other` and user ids into pseudonyms, and bounds the label sets.

    A full metric folds its labels one after another, so that totals by the others stay exact; only then comes the
    overflow series.
    """

    def __init__(self, declared: Metric, users: Users, on_fold: Callable[[], None], detail: float = 1) -> None:
        metric = sized(declared, users.max, detail)
        self._labels = [_ShownLabel(label, users) for label in metric.labels]
        self._names = tuple(label.name for label in metric.labels)
        self._on_fold = on_fold
        _, room, self._for_failures = set_limits(metric)
        self._levels = tuple(zip(room, (*folding_places(metric), 0), strict=True))
        # Label sets shown, by their values.
        self._sets: dict[tuple[str, ...], Attributes] = {}
        self._decided: dict[tuple[object, ...], tuple[Attributes, bool]] = {}
        self._lock = threading.Lock()

    def process(self, incoming: Mapping[str, object]) -> Attributes:
        """Returns what is shown of the labels `incoming`: the same object each time for the same labels."""
        get = incoming.get
        # The type is part of the key: True, 1 and 1.0 are equal to Python.
        raw = tuple([(value.__class__, value) for value in map(get, self._names)])
        try:
            known = self._decided.get(raw)
        except TypeError:  # not hashable
            known = None
        shown, folded = known or self._decide(raw)
        if folded:
            self._on_fold()
        return shown

    def _decide(self, key: tuple[tuple[type, object], ...]) -> tuple[Attributes, bool]:
        with self._lock:
            shown = [label.show(value) for label, (_, value) in zip(self._labels, key, strict=True)]
            admitted, folded = self._admit(tuple(value for value, _ in shown))
            decision = admitted, folded or any(limited for _, limited in shown)
            if all(_is_short(value) for _, value in key):
                if len(self._decided) >= _MAX_DECISIONS:
                    self._decided = {}
                self._decided[key] = decision
            return decision

    def _admit(self, values: tuple[str, ...]) -> tuple[Attributes, bool]:
        """Returns the label set of `values`, or what it folds into: no more labels are given up than have to be."""
        failed = any(name == ERROR_TYPE and value != _MISSING for name, value in zip(self._names, values, strict=True))
        shown = values
        for room, place in self._levels:
            folded = self._folded(shown, place)
            # What folds into itself has the room of what it would fold into.
            if place and folded == shown:
                continue
            known = self._sets.get(shown)
            if known is not None:
                return known, shown != values
            if len(self._sets) < (room - self._for_failures if place and not failed else room):
                return self._add(shown), shown != values
            shown = folded
        return OVERFLOW, True

    def _folded(self, values: tuple[str, ...], place: int) -> tuple[str, ...]:
        """Returns `values` without the label of one place.

        What has no value of it is no other one: a call that did not fail has not failed in another way.
        """
        return tuple(
            label.fold(value) if place and label.place == place and value != _MISSING else value
            for label, value in zip(self._labels, values, strict=True)
        )

    def _add(self, values: tuple[str, ...]) -> Attributes:
        attributes = {name: value for name, value in zip(self._names, values, strict=True) if value != _MISSING}
        self._sets[values] = attributes
        return attributes


def _is_short(value: object) -> bool:
    return len(value) <= _LONG if isinstance(value, str) else value is None or isinstance(value, (bool, int, float))


def text_of(raw: object) -> str:
    """Returns what a label shows of a text, a boolean or a number, as JavaScript writes it; nothing of anything else."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int):
        return str(raw)
    if isinstance(raw, float) and math.isfinite(raw):
        return str(int(raw)) if raw.is_integer() and abs(raw) < _EXPONENT_FROM else repr(raw)
    return ""


class _ShownLabel:
    """One label of a metric: what it shows of a raw value."""

    def __init__(self, label: Label, users: Users) -> None:
        self.place = label.folds
        self._to_class = label.folds_to_class
        self._missing = _MISSING if label.optional else _OTHER
        self._admitted: set[str] = set(label.values or ())
        self._closed = label.values is not None
        if label.pseudonym:
            self._limit = label.limit or 0
            self._convert = users.show
        else:
            self._limit = len(self._admitted) if self._closed else label.limit or 0
            self._convert = self._listed if self._closed else _harmless

    def fold(self, value: str) -> str:
        """Returns what becomes of a shown value when the label is given up."""
        return f"{value[0]}xx" if self._to_class and _STATUS.fullmatch(value) else _OTHER

    def _listed(self, value: str) -> str:
        return value if value in self._admitted else _OTHER

    def show(self, raw: object) -> tuple[str, bool]:
        """Returns the value, and whether only the label's limit made it `other`."""
        value = text_of(raw)
        if value == "":
            return self._missing, False
        shown = self._convert(value)
        if shown == _OTHER or shown in self._admitted:
            return shown, False
        if len(self._admitted) >= self._limit:
            return _OTHER, True
        self._admitted.add(shown)
        return shown, False


def _harmless(value: str) -> str:
    return value if is_harmless(value) else _OTHER
