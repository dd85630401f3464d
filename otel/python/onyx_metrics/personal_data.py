# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What looks personal or secret, by the one list of patterns that the Node preload and the collector use too."""

from __future__ import annotations

import functools
import re

from .catalogue import (
    HARMLESS_NAME,
    LABEL_FURTHER_WORDS,
    LABEL_PERSONAL,
    LABEL_PLURAL,
    MAX_VALUE_LENGTH,
    PATTERNS,
    PSEUDONYM,
)

# The list is written for JavaScript and Go, where `\d` and `\w` are ASCII.
_ASCII = re.ASCII
_DIGIT = re.compile(r"\d", _ASCII)


# Compiled when the first open label is recorded: it takes longer than all the rest of this package.
@functools.cache
def _compiled() -> tuple[tuple[str, int, int, re.Pattern[str]], ...]:
    return tuple(
        (kind, digits, length, re.compile(source, _ASCII if exact else _ASCII | re.IGNORECASE))
        for kind, source, exact, digits, length in PATTERNS
    )


@functools.cache
def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, _ASCII)


def personal_kind(value: str) -> str | None:
    """Returns what in `value` looks personal or secret, if anything."""
    if _pattern(PSEUDONYM).search(value):
        return None
    count = len(_DIGIT.findall(value))
    for kind, digits, length, pattern in _compiled():
        if count >= digits and len(value) >= length and pattern.search(value):
            return kind
    return None


def is_harmless(value: str) -> bool:
    """Whether `value` may be shown as the value of an open label: a short name that holds nothing personal or secret."""
    return (
        len(value) <= MAX_VALUE_LENGTH and bool(_pattern(HARMLESS_NAME).search(value)) and personal_kind(value) is None
    )


def is_personal_label(name: str) -> bool:
    """Whether the values of a label of this name identify a person, a device or a session, in whatever spelling."""
    words = _pattern(r"([a-z\d])([A-Z])").sub(r"\1_\2", name)
    words = _pattern(r"([A-Z])([A-Z][a-z])").sub(r"\1_\2", words)
    words = _pattern(r"[^A-Za-z\d]+").sub("_", words).lower()
    words = _pattern(r"_?\d*_*\Z").sub("", words, count=1)
    words = _pattern(LABEL_FURTHER_WORDS).sub("", words)
    words = _pattern(LABEL_PLURAL).sub(r"\1", words)
    return bool(_pattern(LABEL_PERSONAL).search(words))
