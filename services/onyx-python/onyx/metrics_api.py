# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""`/api/metrics/health` and `/summary`, as services/metrics-api/openapi.yaml describes them; a test compares both languages."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

SERVICES = ("suna", "onyx", "qdrant", "supabase", "redis", "litellm")
SERIES = (
    "onyx:service_up",
    "onyx:service_freshness_seconds",
    "onyx:chats:rate1m",
    "onyx:chat_failures:ratio5m",
    "onyx:chat_duration_seconds:p95_5m",
    "onyx:chat_error_budget:ratio7d",
    "onyx:http_requests:rate5m",
    "onyx:http_failures:ratio5m",
    "onyx:latency_seconds:mean10m",
    "onyx:rag_retrieval_duration_seconds:p95_5m",
)
QUERY = f'{{__name__=~"{"|".join(SERIES)}"}}'


class Sample(NamedTuple):
    """The value of a recorded series."""

    name: str
    labels: dict[str, str]
    value: float


def samples_of(answer: dict[str, Any]) -> list[Sample]:
    """Returns the samples in Prometheus' answer to an instant query."""
    found = []
    for series in answer["data"]["result"]:
        labels = dict(series["metric"])
        found.append(Sample(labels.pop("__name__", ""), labels, float(series["value"][1])))
    return found


def health(samples: list[Sample]) -> dict[str, object]:
    """Returns whether the six services are up; `unknown` is one whose state is not known."""
    services: list[dict[str, object]] = []
    for service in SERVICES:
        up = _one(samples, "onyx:service_up", service)
        state = "unknown" if up is None else "up" if up == 1 else "down"
        age = _one(samples, "onyx:service_freshness_seconds", service)
        services.append({"service": service, "state": state, "age_seconds": age})
    states = {each["state"] for each in services}
    status = next((state for state in ("down", "unknown") if state in states), "ok")
    return {"status": status, "services": services}


def summary(samples: list[Sample]) -> dict[str, object]:
    """Returns the golden signals. A number is `None` where nothing happened that it could be of."""
    chats = [sample.value for sample in samples if sample.name == "onyx:chats:rate1m"]
    servers = sorted({s.labels.get("service", "") for s in samples if s.name == "onyx:http_requests:rate5m"})
    return {
        "chats": {
            "per_second": sum(chats) if chats else None,
            "failure_ratio": _one(samples, "onyx:chat_failures:ratio5m"),
            "p95_seconds": _one(samples, "onyx:chat_duration_seconds:p95_5m"),
            "error_budget_ratio": _one(samples, "onyx:chat_error_budget:ratio7d"),
        },
        "retrieval": {"p95_seconds": _one(samples, "onyx:rag_retrieval_duration_seconds:p95_5m")},
        "http": [
            {
                "service": service,
                "requests_per_second": _one(samples, "onyx:http_requests:rate5m", service),
                "failure_ratio": _one(samples, "onyx:http_failures:ratio5m", service),
                "mean_seconds": _one(samples, "onyx:latency_seconds:mean10m", service),
            }
            for service in servers
        ],
    }


def _one(samples: list[Sample], name: str, service: str | None = None) -> float | None:
    found = (s.value for s in samples if s.name == name and s.labels.get("service") == service)
    value = next(found, None)
    # JSON has no other numbers.
    return value if value is not None and math.isfinite(value) else None
