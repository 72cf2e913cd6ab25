"""The report as JSON, schema 1, and its JSON Schema."""

from __future__ import annotations

import json

from compat.model.diagnostics import Diagnostic, Evidence, FileReport, Fix, Report, Safety
from compat.model.places import Edit


def render_json(report: Report) -> str:
    """The report in ASCII, one object, with a line end: any terminal, pipe and file name survives it."""
    return json.dumps(to_json(report), indent=2) + "\n"


def load_schema(name: str = "schema.json") -> str:
    """The JSON Schema (draft 2020-12) that every rendered report holds to, as JSON text; *name* is its file."""
    from importlib.resources import files

    return files("compat.report").joinpath(name).read_text(encoding="utf-8")


def to_json(report: Report) -> dict[str, object]:
    """The report as JSON values; keys in the order of the schema."""
    return {
        "schema": 1,
        "tool": report.tool,
        "data_version": report.data_version,
        "verdict": report.verdict,
        "coverage": {"known": report.known, "total": report.total},
        "files": [_file(file) for file in report.files],
        "diagnostics": [_diagnostic(found) for found in report.diagnostics],
        "ignored": [
            {"code": ignored.code, "path": ignored.path, "line": ignored.line, "reason": ignored.reason}
            for ignored in report.ignored
        ],
    }


def _file(file: FileReport) -> dict[str, object]:
    read: dict[str, object] = {"path": file.path, "kind": file.kind, "verdict": file.verdict}
    return read | error_to_json(file.error, file.error_line, file.error_column)


def error_to_json(message: str | None, line: int | None, column: int | None) -> dict[str, object]:
    """The key ``error`` of a file that does not parse; nothing where *message* is None."""
    return {} if message is None else {"error": {"message": message, "line": line, "column": column}}


def _diagnostic(found: Diagnostic) -> dict[str, object]:
    path, line, column, end_line, end_column = found.place
    return {
        "code": found.code,
        "rule": found.rule,
        "severity": found.severity.value,
        "message": found.message,
        "packages": list(found.packages),
        "path": path,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "related": [
            {
                "path": related.place.path,
                "line": related.place.line,
                "column": related.place.column,
                "message": related.message,
            }
            for related in found.related
        ],
        "targets": list(found.targets),
        "evidence": [evidence_to_json(evidence) for evidence in found.evidence],
        "fix": _fix(_advice(found)),
        "help": f"compat explain {found.code}",
    }


def evidence_to_json(evidence: Evidence) -> dict[str, object]:
    """The schema has no room for ``thin``, so the claim says it."""
    thin = " (thin: rests on one indirect source)" if evidence.thin else ""
    read_on = evidence.read_on.isoformat() if evidence.read_on else None
    return {"claim": f"{evidence.claim}{thin}", "source": evidence.source, "read_on": read_on}


def _advice(found: Diagnostic) -> Fix | None:
    """The fix, or a hint as a fix that is only shown: the schema has no other room for a hint."""
    if found.fix is None and found.hint is not None:
        return Fix(title=found.hint, safety=Safety.SHOWN)
    return found.fix


def _fix(fix: Fix | None) -> dict[str, object] | None:
    if fix is None:
        return None
    return {"safety": fix.safety.value, "title": fix.title, "edits": [edit_to_json(edit) for edit in fix.edits]}


def edit_to_json(edit: Edit) -> dict[str, object]:
    """An edit whose end is always said: where its place has none, it inserts."""
    path, line, column, end_line, end_column = edit.place
    return {
        "path": path,
        "start": {"line": line, "column": column},
        "end": {"line": end_line or line, "column": end_column or column},
        "text": edit.text,
    }
