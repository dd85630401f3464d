# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Compiled modules for a folder that is mounted read-only: compiling the SDK anew would take every process a third of a second."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .identity import own_folder


@contextmanager
def kept() -> Iterator[None]:
    """Has what is imported meanwhile compiled once per container, in the temporary folder of this user."""
    here = os.path.dirname(__file__)
    if os.access(here, os.W_OK):
        yield
        return
    before = sys.pycache_prefix, sys.dont_write_bytecode
    try:
        with suppress(OSError):
            sys.pycache_prefix, sys.dont_write_bytecode = os.path.join(own_folder(), "pycache"), False
        yield
    finally:
        sys.pycache_prefix, sys.dont_write_bytecode = before
