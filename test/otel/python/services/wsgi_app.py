# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""An application of no framework: it has no routes, and fails where it is told to."""

from collections.abc import Callable, Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/fail":
        raise RuntimeError
    found = environ["PATH_INFO"].startswith(("/items/", "/mounted/"))
    start_response("200 OK" if found else "404 Not Found", [("content-type", "text/plain")])
    yield b"an "
    yield b"answer"
