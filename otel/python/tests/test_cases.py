# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""What becomes of labels, in any language: the cases are those of test/otel/limit/cases.test.ts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onyx_metrics.catalogue import METRICS
from onyx_metrics.label_limiter import LabelLimiter
from onyx_metrics.label_values import label_for
from onyx_metrics.personal_data import is_harmless, is_personal_label, personal_kind
from onyx_metrics.pseudonym import users_as
from onyx_metrics.version import shown_version

CASES = json.loads((Path(__file__).parents[3] / "test/otel/limit/cases.json").read_text("utf-8"))


def given(value: Any) -> Any:
    return float(value["special"]) if isinstance(value, dict) else value


@pytest.mark.parametrize("rule", CASES["numbers"])
def test_numbers_become_the_classes_of_a_label(rule: str) -> None:
    numbers = CASES["numbers"][rule]
    assert [[value, label_for(rule, given(value))] for value, _ in numbers] == numbers


@pytest.mark.parametrize("case", CASES["pseudonyms"], ids=lambda case: f"{case['mode']}-{case['max']}")
def test_the_same_key_and_user_have_the_same_pseudonym(case: dict[str, Any]) -> None:
    show = users_as(case["mode"], case["key"], case["max"]).show
    assert [[raw, show(raw)] for raw, _ in case["shown"]] == case["shown"]


def test_values_are_personal_or_harmless() -> None:
    values = CASES["values"]
    assert [[value, personal_kind(value), is_harmless(value)] for value, _, _ in values] == values


def test_versions_are_shown_a_commit_by_its_first_digits_and_nothing_personal() -> None:
    assert [[version, shown_version(version)] for version, _ in CASES["versions"]] == CASES["versions"]


def test_names_of_labels_are_personal_or_not() -> None:
    assert [[name, is_personal_label(name)] for name, _ in CASES["labels"]] == CASES["labels"]


@pytest.mark.parametrize("case", CASES["sequences"], ids=lambda case: case["sentence"].replace(" ", "-"))
def test_the_limiter_keeps_its_limits(case: dict[str, Any]) -> None:
    folds: list[None] = []
    users = users_as(case.get("mode", "pseudonym"), case["key"], case.get("users"))
    limiter = LabelLimiter(METRICS[case["metric"]], users, lambda: folds.append(None), case.get("detail", 1))
    shown = [[labels, dict(limiter.process(labels))] for labels, _ in case["measurements"]]
    assert shown == case["measurements"]
    assert len(folds) == case["folds"]
