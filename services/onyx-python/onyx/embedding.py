# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""A stand-in for an embedding model: the feature hashing of services/onyx."""

from __future__ import annotations

import hashlib
import math
import re

DIMENSIONS = 256
_WORD = re.compile(r"[^\W\d_]{3,}")
_SIGN = 0x8000_0000


def embed(text: str) -> list[float]:
    """Returns a unit vector, of texts with words in common a similar one; the zero vector when there is no word."""
    vector = [0.0] * DIMENSIONS
    for word in _WORD.findall(text.lower()):
        number = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        vector[number % DIMENSIONS] += 1 if number & _SIGN else -1
    length = math.hypot(*vector)
    return [value / length for value in vector] if length else vector
