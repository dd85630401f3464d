# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""How the version of a service is shown."""

from __future__ import annotations

import re

from .personal_data import personal_kind

# What versions and tags are written with; collector.yaml holds the same.
_VERSION = re.compile(r"[\dA-Za-z][\w.+-]{0,39}", re.ASCII)
# A commit's whole hash looks like a secret.
_COMMIT = re.compile(r"[\da-f]{12,64}", re.ASCII)


def shown_version(text: str) -> str | None:
    """
    Returns the label value of a version, at most 40 characters; none for a text that is no version, or that looks personal or secret. Of a
    commit the first 8 digits, or 7, or 6: all decimal ones look like a telephone number.
    """
    shown = [text[:length] for length in (8, 7, 6)] if _COMMIT.fullmatch(text) else [text]
    return next((each for each in shown if _VERSION.fullmatch(each) and not personal_kind(each)), None)
