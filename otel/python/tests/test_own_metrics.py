# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import Points

from onyx_metrics import closed, define_counter, define_gauge, define_histogram, define_observed, limited

DROPPED = "onyx_telemetry_dropped_total"


def test_a_metric_of_ones_own_is_under_the_same_limits(points: Points) -> None:
    orders = define_counter(
        "Test.Orders",
        description="Of the test.",
        unit="{order}",
        labels={"kind": closed(["new"]), "customer_id": limited(1, pseudonym=True)},
    )
    orders.add(2, {"kind": "new", "customer_id": "ann", "other": 1})
    orders.add(1, {"kind": "old", "customer_id": "bob"})
    orders.add(-1)
    (first, amount), (second, _) = points("Test.Orders")
    assert (first["kind"], amount, second) == ("new", 2, {"kind": "other", "customer_id": "other"})
    assert first["customer_id"].startswith("u_")
    assert points(DROPPED) == [({"metric": "Test.Orders", "reason": "value"}, 1)]


def test_histograms_and_gauges_record_and_what_is_observed_is_read(points: Points) -> None:
    sizes = define_histogram("test.sizes", description="Of the test.", unit="By", boundaries=[1, 10])
    queue = define_gauge("test.queue", description="Of the test.", unit="{job}")
    sizes.record(5)
    queue.set(7)
    queue.set(-3)
    define_observed(
        "test.observed",
        lambda: [(1, {"shard": "a"}), (2, {"shard": "a"}), (4, {"shard": "b"})],
        description="Of the test.",
        unit="{row}",
        labels={"shard": closed(["a"])},
    )
    assert points("test.sizes") == [({}, 1)]
    assert points("test.queue") == [({}, -3)]
    assert points("test.observed") == [({"shard": "a"}, 3), ({"shard": "other"}, 4)]


TEXT: dict[str, Any] = {"description": "Of the test.", "unit": "1"}


@pytest.mark.parametrize(
    ("define", "fault"),
    [
        (lambda: define_counter("9", **TEXT), 'metric "9": a name is letters'),
        (
            lambda: define_gauge("http.server.request.duration.seconds.count", description="", unit="{x}"),
            'which "http.server.request.duration" is already',
        ),
        (lambda: define_counter("onyx_task_completion", **TEXT), "in Prometheus it is onyx_task_completion_total"),
        (
            lambda: define_counter("faulty", labels={"le": limited(3)}, **TEXT),
            'label "le": Prometheus or the collector',
        ),
        (lambda: define_counter("faulty", labels={"user.id": limited(3)}, **TEXT), "needs pseudonym=True"),
        (lambda: define_counter("faulty", labels={"kind": limited(0)}, **TEXT), "has a limit from 1 to 1000"),
        (lambda: define_counter("faulty", labels={"kind": closed(["a", "a"])}, **TEXT), "has values, each there once"),
        (lambda: define_counter("faulty", labels={"a.b": limited(1), "a_b": limited(1)}, **TEXT), "another label is"),
        (lambda: define_counter("faulty", max_label_sets=0, **TEXT), "max_label_sets is a whole number"),
        (lambda: define_histogram("faulty", boundaries=[2, 1], **TEXT), "boundaries are finite, sorted"),
        (lambda: define_histogram("faulty", boundaries=[], **TEXT), "boundaries are 1 to 30 numbers"),
        (lambda: define_observed("faulty", list, labels={"kind": limited(1)}, **TEXT), "that are observed are closed"),
    ],
)
def test_a_faulty_definition_is_refused_with_the_metric_and_what_is_wrong(
    define: Callable[[], object], fault: str
) -> None:
    with pytest.raises(ValueError, match=r'metric "') as refused:
        define()
    assert fault in str(refused.value)
