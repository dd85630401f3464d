# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Counts orders with an SDK of its own, and a task with ours."""

from onyx_metrics import task
from opentelemetry import metrics
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.version import __version__

metrics.set_meter_provider(MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())]))
metrics.get_meter("own").create_counter("app_orders").add(3)
with task("ingest"):
    print(__version__)
