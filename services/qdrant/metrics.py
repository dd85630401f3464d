# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Qdrant 1.19's own metrics, names and labels (src/common/metrics.rs), without prefix as by default.

Left out: what a single process without jemalloc, replicas, snapshots or gRPC has no number for."""

import sys
from importlib.metadata import version
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from storage import Storage

ENGINE_VERSION = version("qdrant-edge-py")
LABELS = ["method", "endpoint", "status"]
# Qdrant counts responses of these endpoints only, and times only successful ones.
REPORTED = {
    "/collections/{collection_name}/points",
    "/collections/{collection_name}/points/query",
    "/collections/{collection_name}/points/count",
}
BOUNDARIES = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 10, 50]

disable_created_metrics()


class Responses:
    """Counts and times the REST responses, and yields the gauges Qdrant derives from them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.total = Counter("rest_responses", "total number of responses", LABELS, registry=registry)
        self.duration = Histogram(
            "rest_responses_duration_seconds",
            "response duration histogram",
            LABELS,
            buckets=BOUNDARIES,
            registry=registry,
        )
        self.timings: dict[tuple[str, ...], tuple[int, float, float, float]] = {}
        registry.register(self)

    def record(self, method: str, endpoint: str, status: int, seconds: float) -> None:
        if endpoint not in REPORTED:
            return
        labels = (method, endpoint, str(status))
        self.total.labels(*labels).inc()
        if status == 200:
            self.duration.labels(*labels).observe(seconds)
            count, total, low, high = self.timings.get(labels, (0, 0.0, seconds, seconds))
            self.timings[labels] = (count + 1, total + seconds, min(low, seconds), max(high, seconds))

    def collect(self):
        average = GaugeMetricFamily("rest_responses_avg_duration_seconds", "average response duration", labels=LABELS)
        lowest = GaugeMetricFamily("rest_responses_min_duration_seconds", "minimum response duration", labels=LABELS)
        highest = GaugeMetricFamily("rest_responses_max_duration_seconds", "maximum response duration", labels=LABELS)
        for labels, (count, total, low, high) in self.timings.items():
            average.add_metric(labels, total / count)
            lowest.add_metric(labels, low)
            highest.add_metric(labels, high)
        return [average, lowest, highest]


class StorageMetrics:
    """What Qdrant reports about its collections, read from the engine when asked."""

    def __init__(self, registry: CollectorRegistry, storage: Storage) -> None:
        self.storage = storage
        registry.register(self)

    def collect(self):
        info = GaugeMetricFamily("app_info", "information about qdrant server", labels=["name", "version"])
        info.add_metric(["qdrant stand-in", f"edge {ENGINE_VERSION}"], 1)
        yield info
        points = {name: shard.info().points_count for name, shard in self.storage.shards.items()}
        yield GaugeMetricFamily("collections_total", "number of collections", value=len(points))
        yield GaugeMetricFamily(
            "collections_vector_total", "total number of vectors in all collections", value=sum(points.values())
        )
        by_id = GaugeMetricFamily("collection_points", "approximate amount of points per collection", labels=["id"])
        vectors = GaugeMetricFamily(
            "collection_vectors", "amount of vectors grouped by vector name", labels=["collection", "vector"]
        )
        for name, count in points.items():
            by_id.add_metric([name], count)
            vectors.add_metric([name, ""], count)
        yield by_id
        yield vectors
        yield GaugeMetricFamily("cluster_enabled", "is cluster support enabled", value=0)


class ProcessMetrics:
    """Qdrant's process metrics; like Qdrant's, all but the resident memory on Linux only."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.process = psutil.Process()
        registry.register(self)

    def collect(self):
        process = self.process
        yield GaugeMetricFamily(
            "memory_resident_bytes",
            "Maximum number of bytes in physically resident data pages mapped",
            value=process.memory_info().rss,
        )
        if sys.platform != "linux":
            return
        yield GaugeMetricFamily("process_threads", "count of active threads", value=process.num_threads())
        yield GaugeMetricFamily("process_open_fds", "count of currently open file descriptors", value=process.num_fds())
        yield GaugeMetricFamily(
            "process_max_fds", "limit for open file descriptors", value=process.rlimit(psutil.RLIMIT_NOFILE)[0]
        )
        with open("/proc/self/maps", "rb") as maps:
            yield GaugeMetricFamily("process_open_mmaps", "count of open mmaps", value=sum(1 for _ in maps))
        limit = int(Path("/proc/sys/vm/max_map_count").read_text())
        yield GaugeMetricFamily("system_max_mmaps", "system wide limit of open mmaps", value=limit)
        # Fields 10 and 12 of proc(5); the second, in brackets, may hold spaces.
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        minor, major = int(fields[7]), int(fields[9])
        yield CounterMetricFamily("process_minor_page_faults", "count of minor page faults", value=minor)
        yield CounterMetricFamily("process_major_page_faults", "count of major page faults", value=major)
