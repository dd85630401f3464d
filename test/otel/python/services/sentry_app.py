# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""The items of FastAPI, watched by Sentry."""

import os

import sentry_sdk

sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], traces_sample_rate=1.0)

from fastapi_app import app  # noqa: E402, F401
