"""Every rule against its table of cases."""

from __future__ import annotations

import pytest

from compat.model.diagnostics import Diagnostic
from tests.rules.case_files import Case, load_cases, said

CASES = list(load_cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_rule_finds_what_its_row_says(case: Case) -> None:
    report = case.report()
    assert not [file for file in report.files if file.error], [file.error for file in report.files]
    found = [finding for finding in report.diagnostics if finding.code == case.code]
    shown = "\n".join(f"{d.code} {d.place}: {d.severity.value}: {d.message}" for d in report.diagnostics)
    wanted = [] if case.row.get("quiet") else case.row["finds"]
    assert [[d.place.line, d.place.column] for d in found] == wanted, shown
    for finding in found:
        assert_fits(case, finding)
    if found and (text := case.row.get("mentions")):
        assert any(text in said(finding) for finding in found), "\n\n".join(map(said, found))


def assert_fits(case: Case, finding: Diagnostic) -> None:
    """Severity, packages and related places of one finding."""
    if severity := case.row.get("severity"):
        assert finding.severity.value == severity, finding.message
    if packages := case.row.get("packages"):
        assert set(packages) <= set(finding.packages), finding.packages
    for place in case.row.get("related", ()):
        lines = {str(r.place.line) for r in finding.related} | {
            f"{r.place.path}:{r.place.line}" for r in finding.related
        }
        assert str(place) in lines, finding.related
