"""Tables of cases for rules: files in, findings out. A new case is a new row in ``cases/CODE.yml``.

A row holds ``files: {name: text}``, or ``input:`` and ``file:`` (requirements.txt by default); ``target:`` or
``targets:`` (linux-64 by default); and what must come out of the rule: ``finds: [[line, column], ...]`` or
``quiet: true``, and optionally ``severity:``, ``packages:``, ``related:`` (lines, or ``file:line``) and ``mentions:``
(text of a message, fix or hint).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from compat.api import check_files
from compat.model.diagnostics import Diagnostic, Report

FOLDER = Path(__file__).parent / "cases"
KEYS = frozenset(
    "files input file target targets finds quiet severity packages related mentions why".split()  # noqa: SIM905
)


class Case(NamedTuple):
    """One row: the code of its table, its name, and its keys."""

    code: str
    name: str
    row: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.code}-{self.name}"

    def report(self) -> Report:
        """What ``check`` says to the files of the row."""
        row = self.row
        files = row.get("files") or {row.get("file", "requirements.txt"): row["input"]}
        targets = row.get("targets") or [row.get("target", "linux-64")]
        return check_files({name: text.encode() for name, text in files.items()}, targets=targets)


def load_cases() -> Iterator[Case]:
    """Every row of every table, in order."""
    for path in sorted(FOLDER.glob("*.yml")):
        for name, row in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            unknown = row.keys() - KEYS
            assert not unknown, f"{path.name}: {name}: unknown keys {sorted(unknown)}"
            yield Case(path.stem.upper(), name, row)


def said(finding: Diagnostic) -> str:
    """The message, fix and hint of a finding, and the text of its edits."""
    parts = [finding.message, finding.hint or ""]
    if finding.fix is not None:
        parts += [finding.fix.title, *(edit.text for edit in finding.fix.edits)]
    return "\n".join(parts)
