"""The JSON report: whole outputs, and that they hold to the schema that ships."""

from __future__ import annotations

import json
from collections.abc import Callable

import jsonschema
import pytest

from compat.model.diagnostics import Diagnostic, FileReport, Report, Severity
from compat.model.places import Place
from compat.report.json import load_schema, render_json, to_json
from tests.reports import full_report, make_report

SCHEMA = json.loads(load_schema())


def validate(document: object) -> None:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(SCHEMA, format_checker=checker).validate(document)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_whole_output(golden: Callable[[str, str], None]) -> None:
    golden("full.json", render_json(full_report()))


@pytest.mark.parametrize("report", [full_report(), make_report(sources={})], ids=["full", "empty"])
def test_reports_hold_to_the_schema(report: Report) -> None:
    validate(json.loads(render_json(report)))


def test_a_file_name_that_is_no_text_survives() -> None:
    report = make_report(sources={"caf\udce9.yml": ""})
    assert json.loads(render_json(report))["files"][0]["path"] == "caf\udce9.yml"


def test_a_finding_without_a_place_has_nulls() -> None:
    found = Diagnostic(code="TST001", rule="test", severity=Severity.INFO, message="m", place=Place("a.yml"))
    document = json.loads(render_json(make_report(found, sources={"a.yml": ""})))
    validate(document)
    (entry,) = document["diagnostics"]
    assert [entry[key] for key in ("line", "column", "end_line", "end_column", "fix")] == [None] * 5


@pytest.mark.parametrize(
    "file",
    [
        FileReport(path="a", kind="novel", verdict="ok"),
        FileReport(path="a", kind="pixi", verdict="maybe"),
        FileReport(path="a", kind="pixi", verdict="ok", error="does not parse"),
    ],
    ids=["kind", "verdict", "ok-but-unreadable"],
)
def test_the_schema_is_closed_where_it_says_so(file: FileReport) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(to_json(make_report(sources={}, files=(file,))))
