# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What is used of the SDK's insides. It is pinned and shipped with us, so none of it changes unnoticed; a test records both ways.

The SDK checks, copies and hashes the labels of every measurement, which is most of its price. The limiters give a label set the
same object each time: where it is counted is found once.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from ._vendor.opentelemetry.sdk.metrics import MeterProvider
from ._vendor.opentelemetry.sdk.metrics._internal._view_instrument_match import _hash_attributes
from .label_limiter import Attributes


class Provider(MeterProvider):
    """Upstream's provider, which a forked child leaves alone: it gets one of its own when it is measured.

    Upstream's asks again what the process is, in a thread pool, whose lock may be held there for ever.
    """

    def _handle_fork(self) -> None:
        MeterProvider._all_metric_readers_lock = Lock()


class Value:
    """As much of a measurement as an aggregation reads."""

    __slots__ = ("value",)

    def __init__(self, value: float) -> None:
        self.value = value


def aggregation_of(provider: MeterProvider, instrument: Any, labels: Attributes) -> Any:
    """Returns what has counted a label set of an instrument that was recorded before."""
    (storage,) = provider._measurement_consumer._reader_storages.values()
    (match,) = storage._instrument_view_instrument_matches[instrument]
    return match._attributes_aggregation[_hash_attributes(dict(labels))]
