# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What the environment says: the variables of services/onyx."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Settings(NamedTuple):
    """Where the stores are, and what opens them."""

    postgres: dict[str, str]
    redis: dict[str, str]
    qdrant_url: str
    qdrant_key: str
    litellm_url: str
    litellm_key: str
    prometheus_url: str
    prometheus_credentials: tuple[str, str]
    metrics_credentials: tuple[str, str]


def read_settings() -> Settings:
    """Reads the environment; raises one error with a line for each variable that is missing or wrong."""
    wrong: list[str] = []

    def text(name: str, fallback: str = "") -> str:
        value = os.environ.get(name) or fallback
        if not value:
            wrong.append(f"{name}: is missing")
        return value

    def secret(name: str) -> str:
        path = text(name)
        try:
            found = Path(path).read_text(encoding="utf-8").strip() if path else ""
        except OSError:
            wrong.append(f"{name}: the file {path} cannot be read")
            return ""
        if path and not found:
            wrong.append(f"{name}: the file {path} is empty")
        return found

    settings = Settings(
        postgres={
            "host": text("PGHOST"),
            "port": text("PGPORT"),
            "user": text("PGUSER"),
            "database": text("PGDATABASE"),
            "password": secret("PGPASSWORD_FILE"),
        },
        redis={
            "host": text("REDIS_HOST"),
            "port": text("REDIS_PORT"),
            "password": secret("REDIS_PASSWORD_FILE"),
        },
        qdrant_url=text("QDRANT_URL").rstrip("/"),
        qdrant_key=secret("QDRANT_API_KEY_FILE"),
        litellm_url=text("LITELLM_URL").rstrip("/"),
        litellm_key=secret("LITELLM_KEY_FILE"),
        prometheus_url=text("PROMETHEUS_URL").rstrip("/"),
        prometheus_credentials=(text("PROMETHEUS_USER", "admin"), secret("PROMETHEUS_PASSWORD_FILE")),
        metrics_credentials=(text("METRICS_USER", "admin"), secret("METRICS_PASSWORD_FILE")),
    )
    if wrong:
        raise SystemExit("\n".join(wrong))
    return settings
