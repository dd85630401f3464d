# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What the demonstration platform knows: the notes of services/onyx, from the same words."""

from __future__ import annotations

import json
from itertools import count, product
from pathlib import Path
from typing import NamedTuple


class Document(NamedTuple):
    """A generated note."""

    id: int
    title: str
    body: str


def read_documents(words: Path) -> list[Document]:
    """Returns the notes made of the words in the file, the same in every run."""
    lists = json.loads(words.read_text(encoding="utf-8"))
    numbered = zip(count(1), product(lists["subjects"], lists["actions"], lists["circumstances"]))
    return [
        Document(
            number,
            f"How to {action} {subject} that are {circumstance}",
            f"Open settings, choose {subject}, then {action}. When {circumstance}, ask an administrator first.",
        )
        for number, (subject, action, circumstance) in numbered
    ]
