# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What measures one process: upstream's meter provider, with the catalogue's views, behind the catalogue's limits."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ._vendor.opentelemetry.metrics import CallbackOptions, Observation
from ._vendor.opentelemetry.sdk.metrics import AlwaysOffExemplarFilter
from ._vendor.opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from ._vendor.opentelemetry.sdk.resources import Resource
from ._vendor.opentelemetry.sdk.version import __version__ as sdk_version
from .catalogue import METRICS
from .exporting import Exporting, Reader
from .identity import instance_id
from .label_limiter import LabelLimiter
from .measured_value import is_possible
from .metric import Metric
from .personal_data import is_personal_label, personal_kind
from .pseudonym import Users, users_from
from .sdk_internals import Provider, Value, aggregation_of
from .settings import Settings
from .version import shown_version

# What reports values when it is asked for them.
Observe = Callable[[], Iterable[tuple[float, Mapping[str, str]]]]

_EXPORTS = "onyx_telemetry_exports_total"
_FOLDS = "onyx_telemetry_folds_total"
_DROPPED = "onyx_telemetry_dropped_total"


class Measuring:
    """Measures this process until it ends."""

    def __init__(self, settings: Settings, log: Callable[[str], None]) -> None:
        self._users: Users = users_from(settings.user_id, settings.user_id_max, settings.user_id_key_file)
        self._detail = settings.detail
        self._service = settings.service_name
        resource = _resource(settings)
        version = resource.get("service.version")
        self.version: Mapping[str, str] = {} if version is None else {"version": version}
        """The label that says which version of the service this process is; none where nothing says so."""
        self._lock = threading.RLock()
        self._recorders: dict[str, _Recorder] = {}
        # Counts kept outside the SDK, whose own counters would call the limiters again.
        self._exports = {True: 0, False: 0}
        self._folds: dict[str, int] = {}
        self._views: list[View] = []
        self._observed: set[str] = set()
        self.reader = Reader()
        """Hands over what was measured."""
        self._provider = Provider(
            metric_readers=[self.reader],
            resource=Resource(resource),
            # An exemplar would carry what the limiters take away.
            exemplar_filter=AlwaysOffExemplarFilter(),
            shutdown_on_exit=False,
            views=self._views,
        )
        self._meter = self._provider.get_meter("onyx")
        self.observe(METRICS[_FOLDS], lambda: [(count, {"metric": name}) for name, count in tuple(self._folds.items())])
        self._exporting: Exporting | None = None
        if settings.exports:
            self.observe(
                METRICS[_EXPORTS],
                lambda: [(count, {"success": str(success).lower()}) for success, count in self._exports.items()],
            )
            self._exporting = Exporting(settings, self.reader, self._exported, log)
            self._exporting.start()
        for metric in METRICS.values():
            # A dashboard can tell "none yet" from "not measured" in a service that is known to record the metric.
            if metric.services and self._service in metric.services and metric.kind != "histogram":
                self._recorder(metric)

    def record(self, metric: Metric, value: float, labels: Mapping[str, object]) -> None:
        """Records one value; what cannot be one is dropped and counted."""
        recorder = self._recorders.get(metric.name) or self._recorder(metric)
        if is_possible(value, metric):
            recorder.record(value, labels)
        else:
            self.drop(metric.name, "value")

    def drop(self, name: str, reason: str) -> None:
        """Counts a measurement of the metric `name` that was not recorded: its `value` was impossible, or an `error`."""
        self.record(METRICS[_DROPPED], 1, {"metric": name, "reason": reason})

    def observe(self, metric: Metric, read: Observe) -> None:
        """Reports what `read` returns whenever values are collected, each pair of value and labels unchanged."""
        with self._lock:
            if metric.name in self._observed:
                return
            self._observed.add(metric.name)
            self._view(metric)

        def observe(_: CallbackOptions) -> Iterable[Observation]:
            return [Observation(value, labels) for value, labels in read()]

        create = (
            self._meter.create_observable_counter if metric.kind == "counter" else self._meter.create_observable_gauge
        )
        create(metric.name, [observe], metric.unit, metric.description)

    def last_export(self, apart: bool) -> None:
        """Sends the values of now, which may be the last, and waits for it, for less than a second; `apart` from all green threads."""
        if self._exporting is not None:
            self._exporting.last_export(apart)

    def _exported(self, success: bool) -> None:
        self._exports[success] += 1

    def _recorder(self, metric: Metric) -> _Recorder:
        with self._lock:
            known = self._recorders.get(metric.name)
            if known is not None:
                return known
            name = metric.name

            def on_fold() -> None:
                self._folds[name] = self._folds.get(name, 0) + 1

            self._view(metric)
            made = _Recorder(
                self._provider, self._instrument(metric), LabelLimiter(metric, self._users, on_fold, self._detail)
            )
            self._recorders[name] = made
            if metric.services:
                _show_zeros(metric, made)
            return made

    def _instrument(self, metric: Metric) -> Any:
        create: Any = {
            "histogram": self._meter.create_histogram,
            "counter": self._meter.create_counter,
            # The catalogue's are the sums of what each process adds and takes away.
            "gauge": self._meter.create_up_down_counter if metric.name in METRICS else self._meter.create_gauge,
        }[metric.kind]
        return create(metric.name, metric.unit, metric.description)

    def _view(self, metric: Metric) -> None:
        """One view per metric, by its exact name: the SDK writes names in lower case."""
        self._views.append(
            View(
                instrument_name=metric.name,
                name=metric.name,
                aggregation=ExplicitBucketHistogramAggregation(metric.boundaries, record_min_max=False)
                if metric.kind == "histogram"
                else None,
            )
        )


class _Recorder:
    """An instrument behind its limiter."""

    def __init__(self, provider: Provider, instrument: Any, limiter: LabelLimiter) -> None:
        self._provider = provider
        self._instrument = instrument
        self._limiter = limiter
        # By the object of the label set, which the limiter keeps.
        self._aggregations: dict[int, Any] = {}

    def record(self, value: float, labels: Mapping[str, object]) -> None:
        shown = self._limiter.process(labels)
        known = self._aggregations.get(id(shown))
        if known is not None:
            known.aggregate(Value(value), False)
            return
        instrument = self._instrument
        record_or_add: Any = getattr(instrument, "record", None) or getattr(instrument, "add", None) or instrument.set
        record_or_add(value, shown)
        self._aggregations[id(shown)] = aggregation_of(self._provider, instrument, shown)


def _show_zeros(metric: Metric, recorder: _Recorder) -> None:
    """Shows every label set of a metric with closed labels at 0; `other` is left out, it is the exception."""
    if metric.kind == "histogram":
        return
    sets: list[dict[str, str]] = [{}]
    for label in metric.labels:
        values = [value for value in label.values or () if value != "other"]
        sets = [{**known, label.name: value} for known in sets for value in values]
    for labels in sets:
        recorder.record(0, labels)


_UUID = re.compile(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", re.ASCII | re.IGNORECASE)
# People name machines after themselves, and commands hold passwords.
_OF_MACHINE = re.compile(r"host[.](id|name)|process[.](owner|command.*)")


def _resource(settings: Settings) -> dict[str, str]:
    """What this process is: its service, as the environment names it, and an identity of its own; nothing personal."""
    told = {
        name: value
        for name, value in settings.resource_attributes.items()
        if name not in ("service.name", "service.instance.id", "service.version")
        and not personal_kind(value)
        and not is_personal_label(name)
        and not _OF_MACHINE.fullmatch(name)
    }
    version = shown_version(settings.resource_attributes.get("service.version", ""))
    if version is not None:
        told["service.version"] = version
    name = "redacted" if personal_kind(settings.service_name) else settings.service_name
    instance = settings.resource_attributes.get("service.instance.id") or instance_id(name)
    if personal_kind(instance) and not _UUID.fullmatch(instance):
        instance = hashlib.sha256(instance.encode()).hexdigest()[:12]
    return {
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": sdk_version,
        "service.name": name,
        "service.instance.id": instance,
        **told,
    }
