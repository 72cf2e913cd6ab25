"""Verdicts against a resolver that asked the real package index: random sets, frozen with its answers.

The rows were drawn at random from the torch family and its neighbours and resolved on 2026-11-22 by
``uv 0.13.9 pip compile --only-binary :all:``. An error of compat must be a set that has no solution, and a set without
one must be an error; pairs that resolve and break at run time (ABI002) are another matter.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compat.api import check_files
from compat.model.diagnostics import Severity

ROWS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("oracle.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{' '.join(row['requirements'])} on {row['target']}")
def test_an_error_is_told_exactly_where_nothing_can_be_installed(row: dict[str, Any]) -> None:
    text = "\n".join(row["requirements"]) + "\n"
    report = check_files({"requirements.txt": text.encode()}, targets=[row["target"]])
    errors = [
        found.message for found in report.diagnostics if found.severity is Severity.ERROR and found.code != "ABI002"
    ]
    assert bool(errors) is not row["solvable"], errors
