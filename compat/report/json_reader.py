"""A report from its JSON: what a service has answered, to be shown as if it had been worked out here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from compat.model.diagnostics import Diagnostic, Evidence, FileReport, Fix, Ignored, Related, Report, Safety, Severity
from compat.model.places import Edit, Place

#: How `render_json` says that a fact is thin, for which the schema has no room.
_THIN = " (thin: rests on one indirect source)"
#: The rule whose findings are missing facts.
_GAP = "GAP001"

Json = Mapping[str, Any]


def read_report(found: Json, sources: Mapping[str, str]) -> Report:
    """The report that *found*, schema 1, holds; *sources* are the texts of its files. Raises: KeyError, TypeError, ValueError."""
    return Report(
        tool=found["tool"],
        data_version=found["data_version"],
        verdict=found["verdict"],
        files=tuple(_file(file) for file in found["files"]),
        diagnostics=tuple(_diagnostic(one) for one in found["diagnostics"]),
        ignored=tuple(Ignored(one["code"], one["path"], one["line"], one["reason"]) for one in found["ignored"]),
        known=found["coverage"]["known"],
        total=found["coverage"]["total"],
        sources=sources,
    )


def _file(file: Json) -> FileReport:
    error = file.get("error", {"message": None, "line": None, "column": None})
    return FileReport(file["path"], file["kind"], file["verdict"], error["message"], error["line"], error["column"])


def _diagnostic(one: Json) -> Diagnostic:
    fix = _fix(one["fix"])
    # A hint is written as a fix that is only shown and changes nothing.
    hint = fix.title if fix is not None and fix.safety is Safety.SHOWN and not fix.edits else None
    return Diagnostic(
        code=one["code"],
        rule=one["rule"],
        severity=Severity(one["severity"]),
        message=one["message"],
        place=Place(one["path"], one["line"], one["column"], one["end_line"], one["end_column"]),
        packages=tuple(one["packages"]),
        related=tuple(Related(Place(r["path"], r["line"], r["column"]), r["message"]) for r in one["related"]),
        evidence=tuple(_evidence(item) for item in one["evidence"]),
        fix=fix if hint is None else None,
        hint=hint,
        targets=tuple(one["targets"]),
        gap=one["code"] == _GAP,
    )


def _evidence(item: Json) -> Evidence:
    claim = str(item["claim"])
    read_on = date.fromisoformat(item["read_on"]) if item["read_on"] else None
    return Evidence(claim.removesuffix(_THIN), item["source"], read_on, thin=claim.endswith(_THIN))


def _fix(fix: Json | None) -> Fix | None:
    if fix is None:
        return None
    return Fix(title=fix["title"], safety=Safety(fix["safety"]), edits=tuple(_edit(edit) for edit in fix["edits"]))


def _edit(edit: Json) -> Edit:
    start, end = edit["start"], edit["end"]
    return Edit(Place(edit["path"], start["line"], start["column"], end["line"], end["column"]), edit["text"])
