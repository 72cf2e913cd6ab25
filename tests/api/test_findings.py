"""Which findings count: selected by code or prefix, ignored with a reason, in the order of the files."""

from __future__ import annotations

import pytest

from compat.api.findings import Findings
from compat.formats import read
from compat.model.diagnostics import Diagnostic, Related, Severity
from compat.model.environments import Document
from compat.model.places import Place


def found(code: str = "ABI001", line: int = 1, path: str = "requirements.txt", **more: object) -> Diagnostic:
    values = {"rule": "test", "severity": Severity.WARNING, "message": "no", "targets": ("linux-64",), **more}
    return Diagnostic(code=code, place=Place(path, line, 1, line, 2), **values)  # type: ignore[arg-type]


def kept(findings: Findings, *documents: Document) -> list[str]:
    return [finding.code for finding in findings.finish({d.path: d for d in documents})[0]]


@pytest.mark.parametrize(
    ("select", "left"),
    [((), ["ABI001", "CUD001", "CUD002"]), (("cud",), ["CUD001", "CUD002"]), (("CUD002", "ABI"), ["ABI001", "CUD002"])],
    ids=["all", "family", "code-and-family"],
)
def test_select(select: tuple[str, ...], left: list[str]) -> None:
    findings = Findings(select=select)
    findings.add([found("ABI001"), found("CUD001", 2), found("CUD002", 3)])
    assert kept(findings) == left


def test_ignored_on_the_command_line() -> None:
    findings = Findings(ignore={"ABI001": "tested"}, ignore_codes=["cud"])
    findings.add([found("ABI001"), found("CUD001", 2), found("ENV001", 3)])
    diagnostics, ignored = findings.finish({})
    assert [finding.code for finding in diagnostics] == ["ENV001"]
    assert [(one.code, one.reason) for one in ignored] == [
        ("ABI001", "tested"),
        ("CUD001", "ignored on the command line"),
    ]


def test_a_comment_ignores_its_line_by_either_half_of_a_disagreement() -> None:
    document = read("requirements.txt", b"torch\nnumpy  # compat: ignore[ABI001] mirror\n")
    findings = Findings()
    findings.add(
        [
            found(line=2),
            found(line=1, related=(Related(place=Place("requirements.txt", 2, 1), message="here"),)),
            found("CUD001", line=2),
            found(line=2, path="other.txt"),
        ]
    )
    diagnostics, ignored = findings.finish({document.path: document})
    assert [(finding.code, finding.place.path) for finding in diagnostics] == [
        ("CUD001", "requirements.txt"),
        ("ABI001", "other.txt"),
    ]
    assert [(one.line, one.reason) for one in ignored] == [(2, "mirror"), (1, "mirror")]


def test_the_same_finding_on_another_target_is_told_once() -> None:
    findings = Findings()
    findings.add([found(), found(targets=("win-64", "linux-64")), found(message="another")])
    assert [finding.targets for finding in findings.finish({})[0]] == [("linux-64", "win-64"), ("linux-64",)]


def test_findings_come_in_the_order_of_the_files() -> None:
    documents = [read(path, b"torch\n") for path in ("requirements-b.txt", "requirements-a.txt")]
    findings = Findings()
    findings.add(
        [found("C", 1, "requirements-a.txt"), found("B", 9, documents[0].path), found("A", 2, documents[0].path)]
    )
    assert kept(findings, *documents) == ["A", "B", "C"]
