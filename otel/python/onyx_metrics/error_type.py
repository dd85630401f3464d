# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What kind of failure an error is."""

from __future__ import annotations

# How a block ends that is not waited for any more: nothing has failed but the reader's patience.
_LEFT = ("CancelledError", "GeneratorExit")


def error_type(error: object) -> str:
    """Returns an error's code or status, else its class; never its message."""
    if isinstance(error, str):
        return error
    if type(error).__name__ in _LEFT:
        return "abandoned"
    for name in ("code", "status", "status_code"):
        value = getattr(error, name, None)
        if isinstance(value, (str, int)) and value != "":
            return str(value)
    return type(error).__name__
