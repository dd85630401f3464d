# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""An error that the caller is told of."""

from __future__ import annotations


class Refusal(Exception):
    """Its message names what is wrong and never quotes what was sent."""

    def __init__(self, status: int, message: str) -> None:
        """:param status: HTTP status, 400 to 599"""
        super().__init__(message)
        self.status = status


def public_message(error: BaseException) -> str:
    """Returns what a caller may know of an error."""
    return str(error) if isinstance(error, Refusal) else "internal error"
