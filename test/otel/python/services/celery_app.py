# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Tasks whose names say what they are for, one that fails, one that is tried again, and one that counts itself."""

import os

from celery import Celery
from onyx_metrics import task as counted

app = Celery("celery_app", broker=os.environ["BROKER"], backend=os.environ["BROKER"])


@app.task(name="celery_app.ingest_document")
def ingest() -> None:
    pass


@app.task(name="celery_app.export")
def export() -> None:
    raise RuntimeError


@app.task(name="celery_app.research", bind=True, max_retries=1, default_retry_delay=0)
def research(self) -> None:
    if self.request.retries == 0:
        raise self.retry()


@app.task(name="celery_app.own")
def own() -> None:
    with counted("summarize"):
        pass
