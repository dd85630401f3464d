# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What sends to the collector, in a thread of its own: upstream's SDK and exporter, from the folder of this package."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from ._vendor.opentelemetry.exporter.http.transport._base import BaseHTTPResult
from ._vendor.opentelemetry.exporter.http.transport._urllib3 import Urllib3HTTPTransport
from ._vendor.opentelemetry.exporter.otlp.common.http import Compression
from ._vendor.opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter
from ._vendor.opentelemetry.sdk.metrics.export import MetricExportResult, MetricReader, MetricsData
from .process import allocate_lock, start_thread
from .settings import Settings

# What upstream says of each failed export is said once here, when exports start to fail.
logging.getLogger(f"{__package__}._vendor").addHandler(logging.NullHandler())
logging.getLogger(f"{__package__}._vendor").propagate = False

# What the last export may add to the end of a process, in seconds.
LAST_EXPORT_SECONDS = 0.85


class _Transport(Urllib3HTTPTransport):
    """Sends with the headers that the settings name; the token's file is read each time, so a new one needs no restart."""

    def __init__(self, settings: Settings) -> None:
        certificate = settings.client_certificate
        key = settings.client_key
        super().__init__(
            verify=settings.certificate or True,
            cert=(certificate, key) if certificate and key else certificate,
        )
        self._settings = settings
        self.failure = ""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        timeout: float | None = None,
        data: bytes | None = None,
    ) -> BaseHTTPResult:
        # Upstream adds what OTEL_EXPORTER_OTLP_HEADERS says, which may be meant for another place.
        own = {name: value for name, value in (headers or {}).items() if name.lower() in _OF_CONTENT}
        own.update(self._settings.headers)
        if self._settings.token_file:
            with open(self._settings.token_file, encoding="utf-8") as tokens:
                own["authorization"] = f"Bearer {tokens.read().split()[0]}"
        result = super().request(method, url, headers=own, timeout=timeout, data=data)
        self.failure = str(result.error or f"status {result.status_code}")
        return result


_OF_CONTENT = ("content-type", "content-encoding", "user-agent")


class Reader(MetricReader):
    """Hands over what the SDK has collected."""

    def __init__(self) -> None:
        super().__init__()
        self._collected: MetricsData | None = None

    def read(self) -> MetricsData | None:
        """Returns the values of now; nothing when nothing was measured."""
        self._collected = None
        self.collect()
        return self._collected

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> None:
        self._collected = metrics_data

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:
        """Nothing is held."""


class Exporting(threading.Thread):
    """Exports at every interval, and when it is asked to. Keeps no process alive."""

    def __init__(
        self, settings: Settings, reader: Reader, exported: Callable[[bool], None], log: Callable[[str], None]
    ) -> None:
        super().__init__(name="onyx-metrics", daemon=True)
        self._settings = settings
        self._reader = reader
        self._exported = exported
        self._log = log
        self._failing = False
        self._ending = False
        self._busy = False
        self._asked = threading.Event()
        self._answered = threading.Event()
        self._exporter = self._make_exporter()

    def run(self) -> None:
        """Sends as long as the process lives."""
        while True:
            asked = self._asked.wait(self._settings.interval_seconds)
            self._asked.clear()
            self._busy = True
            self._export()
            self._busy = False
            if asked:
                self._answered.set()

    def last_export(self, apart: bool) -> None:
        """Sends the values of now, which may be the last, and waits for it, at most LAST_EXPORT_SECONDS.

        In a new thread of the system if `apart`: the loop of green threads, say, stands still meanwhile.
        """
        self._ending = True
        if apart:
            self._export_apart()
        else:
            self._answered.clear()
            if self._busy:
                # An attempt that waits for its next try ends.
                stuck, self._exporter = self._exporter, self._make_exporter()
                stuck.shutdown()
            self._asked.set()
            self._answered.wait(LAST_EXPORT_SECONDS)
        self._ending = False

    def _export_apart(self) -> None:
        # Connections belong to the thread that opened them.
        self._exporter = self._make_exporter()
        done = allocate_lock()
        done.acquire()

        def export() -> None:
            self._export()
            done.release()

        start_thread(export, ())
        done.acquire(timeout=LAST_EXPORT_SECONDS)
        self._exporter = self._make_exporter()

    def _export(self) -> None:
        try:
            collected = self._reader.read()
            if collected is None:
                return
            success = self._exporter.export(collected) is MetricExportResult.SUCCESS
            reason = self._transport.failure
        except Exception as error:  # whatever upstream does, the next export is tried
            success, reason = False, str(error)
        self._exported(success)
        if success is not self._failing:
            return
        self._failing = not success
        if success:
            self._log("metrics are delivered again")
        elif not self._ending:
            self._log(f"metrics cannot be delivered ({reason}); they are kept and sent when the collector answers")

    def _make_exporter(self) -> OTLPMetricExporter:
        self._transport = _Transport(self._settings)
        return OTLPMetricExporter(
            endpoint=self._settings.endpoint,
            timeout=self._settings.timeout_seconds,
            compression=Compression.GZIP if self._settings.gzip else Compression.NONE,
            _transport=self._transport,
        )
