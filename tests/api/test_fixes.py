"""``fix``: only safe edits, and every other byte stays as it is."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from compat import api
from compat.model.diagnostics import Diagnostic, FileReport, Fix, Report, Safety, Severity
from compat.model.errors import FileProblem
from compat.model.places import Edit, Place
from tests.reports import make_report

LINES = ["# Umgebung für später", "dependencies:", "  - python=3.11", "  - pip:", "    - torch==2.4.1"]
MENDED = [*LINES[:3], "  - pip", *LINES[3:]]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("last", [True, False], ids=["last-line-ends", "last-line-open"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("latin-1", b""),
    ],
    ids=["utf-8", "bom", "utf-16-le", "utf-16-be", "latin-1"],
)
def test_a_safe_fix_keeps_every_other_byte_and_clears_its_finding(
    tmp_path: Path, encoding: str, mark: bytes, end: str, last: bool
) -> None:
    def data(lines: list[str]) -> bytes:
        return mark + (end.join(lines) + end * last).encode(encoding)

    path = tmp_path / "environment.yml"
    path.write_bytes(data(LINES))
    before = api.check([str(path)], targets=["linux-64"])
    assert api.fix(before) == [(str(path), data(MENDED))]
    path.write_bytes(data(MENDED))
    after = api.check([str(path)], targets=["linux-64"])
    assert [f.code for f in before.diagnostics if f.code != "ENV001"] == [f.code for f in after.diagnostics]
    assert len(after.diagnostics) == len(before.diagnostics) - 1
    assert api.fix(after) == []


def report_with(path: Path, *fixes: Fix) -> Report:
    place = Place(str(path), 1, 1, 1, 2)
    findings = [
        Diagnostic(code=f"TST00{number}", rule="test", severity=Severity.WARNING, message="no", place=place, fix=fix)
        for number, fix in enumerate(fixes)
    ]
    files = (FileReport(path=str(path), kind="requirements", verdict="ok"),)
    return make_report(*findings, sources={}, files=files)


def fix_of(path: Path, start: int, end: int, text: str, safety: Safety = Safety.SAFE) -> Fix:
    return Fix(title="Mend it", safety=safety, edits=(Edit(Place(str(path), 1, start, 1, end), text),))


def test_what_may_change_the_meaning_is_left(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("torch==1\n")
    fixes = [fix_of(path, 1, 2, "x", Safety.UNSAFE), fix_of(path, 1, 2, "y", Safety.SHOWN)]
    assert api.fix(report_with(path, *fixes)) == []


def test_overlapping_fixes_wait_for_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("torch==1\n")
    fixes = [fix_of(path, 8, 9, "2"), fix_of(path, 6, 9, ">=2"), fix_of(path, 8, 9, "2"), fix_of(path, 9, 9, ".1")]
    assert api.fix(report_with(path, *fixes)) == [(str(path), b"torch==2.1\n")]


def test_a_declared_encoding_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    text = "# -*- coding: gbk -*-\n# 环境\ntorch==1\n"
    path.write_bytes(text.encode("gbk"))
    edit = Edit(Place(str(path), 3, 8, 3, 9), "2")
    report = report_with(path, Fix(title="Mend it", safety=Safety.SAFE, edits=(edit,)))
    assert api.fix(report) == [(str(path), text.replace("==1", "==2").encode("gbk"))]


def test_text_that_the_encoding_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_bytes("# für\n".encode("latin-1"))
    with pytest.raises(FileProblem, match="`环` cannot be written in latin-1"):
        api.fix(report_with(path, fix_of(path, 1, 2, "环")))
