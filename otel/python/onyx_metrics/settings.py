# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What the environment says. The variables are those of the Node preload: docs/reference/settings.md."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar, cast
from urllib.parse import unquote, urlsplit

from .catalogue import DEFAULT_USERS, EXPORT_MILLIS
from .pseudonym import UserIdMode

T = TypeVar("T")
Warn = Callable[[str], None]

# Names the collector to the preload alone: every OTEL_EXPORTER_OTLP_… is then meant for an SDK of the service's own.
_OUR_ENDPOINT = "ONYX_OTLP_METRICS_ENDPOINT"
_LONGEST_MILLIS = 2**31
_LEAST_DETAIL = 0.1
_MOST_DETAIL = 10


class Settings(NamedTuple):
    """What applies to this process."""

    service_name: str
    resource_attributes: Mapping[str, str]
    exports: bool
    """Whether anything is sent."""
    endpoint: str
    """The whole URL."""
    headers: Mapping[str, str]
    token_file: str | None
    interval_seconds: float
    timeout_seconds: float
    """Of one export, never longer than the interval."""
    gzip: bool
    certificate: str | None
    client_certificate: str | None
    client_key: str | None
    user_id: UserIdMode
    user_id_max: int | None
    user_id_key_file: str | None
    detail: float
    """How many times the limits of the metrics to show."""


def read_settings(environment: Mapping[str, str], warn: Warn) -> Settings:
    """Reads the settings; an invalid value gets one warning that names it, and the default."""
    ours = bool(environment.get(_OUR_ENDPOINT, "").strip())
    env = {name: value for name, value in environment.items() if not (ours and name.startswith("OTEL_EXPORTER_OTLP_"))}

    attributes: Mapping[str, str]
    metrics_headers: Mapping[str, str]
    all_headers: Mapping[str, str]
    exporters: tuple[str, ...]

    def read(
        names: tuple[str, ...], fallback: T, allowed: str, parse: Callable[[str], T | None], otherwise: str = ""
    ) -> T:
        for name in names:
            # An empty value means unset.
            value = env.get(name, "").strip()
            if not value:
                continue
            parsed = parse(value)
            if parsed is not None:
                return parsed
            # Headers hold credentials.
            told = "its value" if name.endswith("HEADERS") else f'"{_without_password(value)}"'
            warn(f"{name}={told} is not {allowed}; using {otherwise or fallback or 'none'}")
        return fallback

    def of_exporter(name: str) -> tuple[str, str]:
        return f"OTEL_EXPORTER_OTLP_METRICS_{name}", f"OTEL_EXPORTER_OTLP_{name}"

    def file(name: str) -> str | None:
        return read(of_exporter(name), None, "a file that can be read", _readable)

    millis = "a whole number of milliseconds from 1"
    whole_url, base_url = of_exporter("ENDPOINT")
    url = "an http or https URL"
    attributes = read(("OTEL_RESOURCE_ATTRIBUTES",), {}, _PAIRS, _pairs)
    exporters = read(("OTEL_METRICS_EXPORTER",), ("otlp",), "otlp or none, for Python", _exporters, "otlp")
    base = read((base_url,), "http://localhost:4318", url, _url).rstrip("/")
    interval = read(("ONYX_METRIC_EXPORT_INTERVAL", "OTEL_METRIC_EXPORT_INTERVAL"), EXPORT_MILLIS, millis, _millis)
    timeout = read(("OTEL_METRIC_EXPORT_TIMEOUT",), 30_000, millis, _millis)
    request_timeout = read(of_exporter("TIMEOUT"), 10_000, millis, _millis)
    metrics_only, any_signal = of_exporter("HEADERS")
    metrics_headers = read((metrics_only,), {}, _PAIRS, _pairs, "none")
    all_headers = read((any_signal,), {}, _PAIRS, _pairs, "none")
    read(
        of_exporter("PROTOCOL"),
        None,
        "http/protobuf or http/json; metrics go over HTTP as JSON",
        _protocol,
        "http/json",
    )
    read(
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",),
        None,
        "cumulative, which alone loses nothing here",
        lambda value: value if value.lower() == "cumulative" else None,
        "cumulative",
    )
    return Settings(
        service_name=env.get("OTEL_SERVICE_NAME", "").strip()
        or attributes.get("service.name")
        or "unknown_service:python",
        resource_attributes=attributes,
        exports="none" not in exporters,
        endpoint=read((_OUR_ENDPOINT, whole_url), f"{base}/v1/metrics", url, _url),
        headers={**all_headers, **metrics_headers},
        token_file=read(("ONYX_OTLP_TOKEN_FILE",), None, "a file that can be read", _readable),
        interval_seconds=interval / 1e3,
        timeout_seconds=min(timeout, request_timeout, interval) / 1e3,
        gzip=read(of_exporter("COMPRESSION"), False, "one of gzip, none", {"gzip": True, "none": False}.get, "none"),
        certificate=file("CERTIFICATE"),
        client_certificate=file("CLIENT_CERTIFICATE"),
        client_key=file("CLIENT_KEY"),
        user_id=read(
            ("ONYX_USER_ID",),
            "pseudonym",
            "one of pseudonym, cohort, off",
            lambda value: cast("UserIdMode", value) if value in ("pseudonym", "cohort", "off") else None,
        ),
        user_id_max=read(("ONYX_USER_ID_MAX",), None, "a whole number from 1 to 999", _users, str(DEFAULT_USERS)),
        user_id_key_file=read(("ONYX_USER_ID_KEY_FILE",), None, "a file", lambda value: value),
        detail=read(("ONYX_DETAIL",), 1.0, "a number from 0.1 to 10", _factor, "1"),
    )


_PAIRS = "`name=value` pairs with commas between, values percent-encoded"


def _pairs(value: str) -> dict[str, str] | None:
    pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
    if not all(separator and name.strip() for name, separator, _ in pairs):
        return None
    return {name.strip(): unquote(text.strip()) for name, _, text in pairs}


def _exporters(value: str) -> tuple[str, ...] | None:
    names = tuple(name.strip() for name in value.split(","))
    return names if all(name in ("otlp", "none") for name in names) else None


def _millis(value: str) -> int | None:
    return int(value) if re.fullmatch(r"[0-9]{1,10}", value) and 0 < int(value) < _LONGEST_MILLIS else None


def _users(value: str) -> int | None:
    return int(value) if re.fullmatch(r"[1-9][0-9]{0,2}", value) else None


def _factor(value: str) -> float | None:
    try:
        factor = float(value)
    except ValueError:
        return None
    return factor if _LEAST_DETAIL <= factor <= _MOST_DETAIL else None


def _url(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        return value if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _readable(value: str) -> str | None:
    return value if os.access(value, os.R_OK) else None


def _protocol(value: str) -> str | None:
    return value if value in ("http/protobuf", "http/json") else None


def _without_password(value: str) -> str:
    """An endpoint may name a user and a password, which are written nowhere."""
    return re.sub(r"^(\w+://)?[^/].*@", r"\1…@", value)
