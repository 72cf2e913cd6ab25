"""Every edit that a rule offers, applied: the file still parses, and the finding is gone."""

from __future__ import annotations

import pytest

from compat.api import check_files
from compat.model.diagnostics import Safety
from compat.text.edits import apply_edits
from tests.rules.case_files import Case, load_cases

CASES = [case for case in load_cases() if case.row.get("finds")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_fix_clears_its_finding(case: Case) -> None:
    row = case.row
    files: dict[str, str] = row.get("files") or {row.get("file", "requirements.txt"): row["input"]}
    targets = row.get("targets") or [row.get("target", "linux-64")]
    for finding in case.report().diagnostics:
        if finding.code != case.code or finding.fix is None or not finding.fix.edits:
            continue
        edited = dict(files)
        for path in {edit.place.path for edit in finding.fix.edits}:
            edited[path] = apply_edits(files[path], [edit for edit in finding.fix.edits if edit.place.path == path])
        after = check_files({name: text.encode() for name, text in edited.items()}, targets=targets)
        assert not [file for file in after.files if file.error]
        assert finding.message not in {other.message for other in after.diagnostics if other.code == case.code}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_safe_fixes_add_no_finding(case: Case) -> None:
    """A finding moves with the lines above it, so findings are compared by what they say."""
    files: dict[str, str] = case.row.get("files") or {case.row.get("file", "requirements.txt"): case.row["input"]}
    targets = case.row.get("targets") or [case.row.get("target", "linux-64")]
    before = case.report().diagnostics
    safe = [found for found in before if found.fix is not None and found.fix.safety is Safety.SAFE]
    edits = [edit for found in safe if found.fix is not None for edit in found.fix.edits]
    edited = {name: apply_edits(text, [e for e in edits if e.place.path == name]) for name, text in files.items()}
    after = check_files({name: text.encode() for name, text in edited.items()}, targets=targets).diagnostics
    assert sorted(found.message for found in after) == sorted(found.message for found in before if found not in safe)
