# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from onyx_metrics.celery_tasks import task_type
from onyx_metrics.http_server import template
from onyx_metrics.settings import read_settings
from sitecustomize import _may_serve


@pytest.mark.parametrize(
    "command",
    [
        "python app.py",
        "python -m uvicorn app:app",
        "python -X dev -u -m gunicorn app:app",
        "python /usr/local/bin/uvicorn app:app",
        "python -m celery -A app worker",
        "python /venv/bin/celery -A app beat",
        "python manage.py runserver 0:8000",
        "python -m flask --app app run",
        "python -c from␣multiprocessing.spawn␣import␣spawn_main;␣spawn_main() --multiprocessing-fork",
        "python worker.py --pip",
    ],
)
def test_a_process_that_may_be_a_service_is_watched(command: str) -> None:
    assert _may_serve([word.replace("␣", " ") for word in command.split()])


@pytest.mark.parametrize(
    "command",
    [
        "python",
        "python -",
        "python -c print()",
        "python -m pip install x",
        "python /usr/bin/pip3.12 install x",
        "python -m venv v",
        "python -m json.tool",
        "python manage.py migrate",
        "python -m django check",
        "python /venv/bin/alembic upgrade head",
        "python -m flask db upgrade",
        "python -m celery -A app inspect ping",
        "python -m pytest",
        "python -c from␣multiprocessing.resource_tracker␣import␣main;main(5)",
    ],
)
def test_a_process_that_is_no_service_is_left_alone(command: str) -> None:
    assert not _may_serve([word.replace("␣", " ") for word in command.split()])


@pytest.mark.parametrize(
    ("route", "shown"),
    [
        ("/items/{item}", "/items/{item}"),
        ("/items/{item:int}/parts/{part:path}", "/items/{item}/parts/{part}"),
        ("/items/<int:item>", "/items/{item}"),
        ("items/<item>/", "/items/{item}/"),
        (r"^items/(?P<item>\d+(?:-\d+)?)/$", "/items/{item}/"),
        ("", "/"),
    ],
)
def test_every_framework_has_the_same_templates(route: str, shown: str) -> None:
    assert template(route) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("jobs.ingest_document", "ingest"),
        ("jobs.tasks.Research", "research"),
        ("export", "export"),
        ("ingest.clean", "other"),
    ],
)
def test_the_type_of_a_task_is_a_word_of_its_name(name: str, shown: str) -> None:
    assert task_type(name) == shown


@pytest.mark.parametrize(
    ("variable", "value", "warning"),
    [
        (
            "OTEL_METRIC_EXPORT_INTERVAL",
            "soon",
            'OTEL_METRIC_EXPORT_INTERVAL="soon" is not a whole number of milliseconds',
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "ftp://ann:secret@x",
            'ENDPOINT="ftp://…@x" is not an http or https URL; using',
        ),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a secret", "OTEL_EXPORTER_OTLP_HEADERS=its value is not `name=value` pairs"),
        ("OTEL_METRICS_EXPORTER", "prometheus", 'OTEL_METRICS_EXPORTER="prometheus" is not otlp or none, for Python'),
        ("ONYX_USER_ID", "raw", 'ONYX_USER_ID="raw" is not one of pseudonym, cohort, off; using pseudonym'),
        ("ONYX_USER_ID_MAX", "1000", 'ONYX_USER_ID_MAX="1000" is not a whole number from 1 to 999; using 200'),
        ("ONYX_DETAIL", "11", 'ONYX_DETAIL="11" is not a number from 0.1 to 10; using 1'),
        (
            "ONYX_OTLP_TOKEN_FILE",
            "/no/file",
            'ONYX_OTLP_TOKEN_FILE="/no/file" is not a file that can be read; using none',
        ),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta", "is not cumulative, which alone loses nothing"),
    ],
)
def test_a_setting_that_is_not_allowed_is_named_and_the_default_applies(
    variable: str, value: str, warning: str
) -> None:
    warnings: list[str] = []
    assert read_settings({variable: value}, warnings.append) == read_settings({}, pytest.fail)
    assert len(warnings) == 1
    assert warning in warnings[0]


def test_what_an_sdk_of_the_services_own_is_told_is_not_ours() -> None:
    told = {
        "ONYX_OTLP_METRICS_ENDPOINT": "http://collector:4318/v1/metrics",
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=of%20another",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
    }
    settings = read_settings(told, pytest.fail)
    assert (settings.endpoint, settings.headers) == ("http://collector:4318/v1/metrics", {})
    del told["ONYX_OTLP_METRICS_ENDPOINT"], told["OTEL_EXPORTER_OTLP_PROTOCOL"]
    assert read_settings(told, pytest.fail).headers == {"api-key": "of another"}
