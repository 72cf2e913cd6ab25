"""Reports to render, made of values as the rules make them."""

from __future__ import annotations

from datetime import date

from compat.model.diagnostics import (
    Diagnostic,
    Evidence,
    FileReport,
    Fix,
    Ignored,
    Related,
    Report,
    Safety,
    Severity,
)
from compat.model.places import Edit, Place

ENVIRONMENT = """\
name: demo
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip:
    - torch==2.4.1
    - torchvision==0.20.0
"""

DAY = date(2026, 11, 20)


def make_report(*diagnostics: Diagnostic, sources: dict[str, str], **more: object) -> Report:
    """A report over *sources*, with a verdict that follows from its findings."""
    errs = any(found.severity is Severity.ERROR for found in diagnostics)
    verdict = "conflict" if errs else "unknown" if any(found.gap for found in diagnostics) else "ok"
    values: dict[str, object] = {
        "tool": "compat 0.1.0",
        "data_version": "2026-11-22",
        "verdict": verdict,
        "files": tuple(FileReport(path=path, kind="environment", verdict=verdict) for path in sources),
        "diagnostics": diagnostics,
        "known": 2,
        "total": 3,
        "sources": sources,
    }
    return Report(**{**values, **more})  # type: ignore[arg-type]


def full_report() -> Report:
    """Every part of a report at once: two files, every severity, a fix, a gap, an ignored and an unreadable file."""
    file = "environment.yml"
    pair = Diagnostic(
        code="TCH001",
        rule="torch-family-mismatch",
        severity=Severity.ERROR,
        message="`torchvision==0.20.0` needs `torch==2.5.0`, but `torch==2.4.1` is asked for",
        place=Place(file, 8, 7, 8, 26),
        packages=("torch", "torchvision"),
        related=(Related(place=Place(file, 7, 7, 7, 19), message="`torch` is pinned here"),),
        targets=("linux-64", "linux-aarch64,gpu=gh200,driver=580"),
        evidence=(
            Evidence(
                claim="torchvision 0.20.0 requires `torch==2.5.0`",
                source="pkg:pypi/torchvision@0.20.0 torchvision-0.20.0-cp311-cp311-manylinux1_x86_64.whl METADATA Requires-Dist",
                read_on=DAY,
            ),
        ),
        fix=Fix(
            title="Ask for `torchvision==0.19.1`, which was made for torch 2.4.1",
            safety=Safety.SAFE,
            edits=(Edit(Place(file, 8, 18, 8, 26), "==0.19.1"),),
        ),
    )
    pip = Diagnostic(
        code="ENV001",
        rule="pip-section-without-pip",
        severity=Severity.WARNING,
        message="`pip:` section, but `pip` is not among the conda requirements",
        place=Place(file, 6, 5, 6, 8),
        packages=("pip",),
        evidence=(
            Evidence(
                claim="conda adds `pip` by itself and warns; other tools that read the file refuse it, so the file works by luck",
                source="https://docs.example.org/conda/environments#pip",
                read_on=None,
                thin=True,
            ),
        ),
        fix=Fix(
            title="Add `pip` to `dependencies`", safety=Safety.SAFE, edits=(Edit(Place(file, 6, 1, 6, 1), "  - pip\n"),)
        ),
    )
    numpy = Diagnostic(
        code="ABI001",
        rule="numpy-two-against-old-torch",
        severity=Severity.INFO,
        message="`torch==2.0.1` was built against numpy 1",
        place=Place("requirements/base.txt", 1, 1, 1, 13),
        packages=("torch", "numpy"),
        related=(
            Related(place=Place("requirements/constraints.txt", 3, 1, 3, 10), message="lets numpy 2 in"),
            Related(place=Place("elsewhere.txt", 9, 1), message="asks for numpy, too"),
        ),
        hint="add `numpy<2`, or use a `torch` of 2.3 or later, which works with either",
    )
    gap = Diagnostic(
        code="UNK001",
        rule="unknown-release",
        severity=Severity.INFO,
        message="`xformers==9.9` is newer than the matrix",
        place=Place("requirements/base.txt", 2, 1, 2, 14),
        packages=("xformers",),
        gap=True,
    )
    sources = {
        file: ENVIRONMENT,
        "requirements/base.txt": "torch==2.0.1\r\nxformers==9.9\r\n",
        "requirements/constraints.txt": "# ours\n\nnumpy>=1.2\n",
        "broken.yml": "a: [1\nb: 2\n",
    }
    return make_report(
        pair,
        pip,
        numpy,
        gap,
        sources=sources,
        files=(
            FileReport(path=file, kind="environment", verdict="conflict"),
            FileReport(path="requirements/base.txt", kind="requirements", verdict="unknown"),
            FileReport(
                path="broken.yml",
                kind="environment",
                verdict="unknown",
                error="expected `,` or `]`, got `:`",
                error_line=2,
                error_column=2,
            ),
        ),
        ignored=(Ignored(code="CHN002", path=file, line=3, reason="the mirror holds both channels"),),
        notes=(
            "`torchvision` has no version here; judged by 0.30.0, the newest that fits, as an installer would take it today",
        ),
        known=5,
        total=12,
    )
