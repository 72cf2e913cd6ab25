"""The report for people, as whole outputs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.model.diagnostics import Diagnostic, FileReport, Fix, Related, Safety, Severity
from compat.model.places import Edit, Place
from compat.report.text import render_text
from tests.reports import ENVIRONMENT, full_report, make_report

Golden = Callable[[str, str], None]
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def finding(place: Place, **more: object) -> Diagnostic:
    values: dict[str, object] = {
        "code": "TST001",
        "rule": "test",
        "severity": Severity.ERROR,
        "message": "does not fit",
        "place": place,
    }
    return Diagnostic(**{**values, **more})  # type: ignore[arg-type]


def render_one(source: str, place: Place, *, width: int = 80, **more: object) -> str:
    return render_text(make_report(finding(place, **more), sources={place.path: source}), color=False, width=width)


def test_every_part_of_a_report(golden: Golden) -> None:
    golden("full.txt", render_text(full_report(), color=False, width=80))


def test_brief_report_is_one_line_a_finding(golden: Golden) -> None:
    golden("brief.txt", render_text(full_report(), color=False, width=80, brief=True))


def test_colour_adds_nothing_but_colour(golden: Golden) -> None:
    colored = render_text(full_report(), color=True, width=80)
    golden("colored.txt", colored)
    assert _ANSI.sub("", colored) == render_text(full_report(), color=False, width=80)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("ok", "ok: no findings in 1 file (matrix of 2026-11-22; 2 of 3 projects known)\n"),
        ("unknown", "unknown: no findings in 1 file (matrix of 2026-11-22; 2 of 3 projects known)\n"),
    ],
)
def test_a_report_without_findings_is_its_summary(verdict: str, expected: str) -> None:
    report = make_report(sources={"a.yml": "x"}, verdict=verdict)
    assert render_text(report, color=False, width=80) == expected
    assert render_text(report, color=False, width=80, brief=True) == ""


CASES: dict[str, tuple[str, Place, dict[str, Any]]] = {
    "wide": ("# 依赖\n    - 名前/torch==2.0  # 版本 ёé\n", Place("環境.yml", 2, 7, 2, 20), {}),
    "tabs": ("a\n\t-\ttorch==2.0\n", Place("a.txt", 2, 4, 2, 14), {}),
    "combining": ("e\u0301e\u0301 torch\n", Place("a.txt", 1, 6, 1, 11), {}),
    "controls": ("torch\x1b[31m==2.0\xa0\u202e; x\n", Place("a.txt", 1, 1, 1, 11), {}),
    "byte-order-mark": ("\ufefftorch==9\n", Place("a.txt", 1, 1, 1, 9), {}),
    "crlf": ("a\r\ntorch==9\r\nb\r\n", Place("a.txt", 2, 1, 2, 9), {}),
    "line-only": ("a\n  torch==9  \nb\n", Place("a.txt", 2), {}),
    "point": ("torch==9\n", Place("a.txt", 1, 3), {}),
    "insertion-at-end": ("torch==9", Place("a.txt", 1, 9, 1, 9), {}),
    "end-of-line-before": ("torch==9\nb\n", Place("a.txt", 1, 1, 2, 1), {}),
    "several-lines": ("deps = [\n  'a',\n  'b',\n  'c',\n]\nx\n", Place("a.toml", 1, 1, 5, 2), {}),
    "beyond-the-file": ("torch\n", Place("a.txt", 9, 1, 9, 4), {}),
    "beyond-the-line": ("torch\n", Place("a.txt", 1, 30, 1, 40), {}),
    "no-place": ("torch\n", Place("a.txt"), {}),
    "blank-neighbours": ("a\n\ntorch\n\nb\n", Place("a.txt", 3, 1, 3, 6), {}),
    "far-related": (
        "".join(f"line{n}\n" for n in range(1, 12)),
        Place("a.txt", 11, 1, 11, 5),
        {"related": (Related(place=Place("a.txt", 2, 1, 2, 5), message="asked for here"),)},
    ),
    "same-line": (
        "dependencies = ['torch==1', 'torch==2']\n",
        Place("a.toml", 1, 29, 1, 39),
        {"related": (Related(place=Place("a.toml", 1, 17, 1, 27), message="asks for 1"),)},
    ),
    "long-label": (
        "              torch==1\n",
        Place("a.txt", 1, 15, 1, 23),
        {
            "related": (
                Related(
                    place=Place("a.txt", 1, 15, 1, 23),
                    message="this requirement of the part that pip installs `decides the version of torch` for every target",
                ),
            )
        },
    ),
    "long-line": (
        "dependencies = [" + ", ".join(f"'package{n}==1.0'" for n in range(30)) + "]\n",
        Place("a.toml", 1, 210, 1, 225),
        {},
    ),
    "long-line-start": ("torch==1 # " + "x" * 100 + "\n", Place("a.txt", 1, 1, 1, 9), {}),
    "long-span": ("[" + "'a', " * 40 + "]\n", Place("a.txt", 1, 1, 1, 203), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_excerpt(name: str, golden: Golden) -> None:
    source, place, more = CASES[name]
    golden(f"excerpt-{name}.txt", render_one(source, place, **more))


FIXES: dict[str, tuple[str, list[Edit]]] = {
    "replace": (ENVIRONMENT, [Edit(Place("a", 7, 12, 7, 19), "==2.5.0")]),
    "insert": (ENVIRONMENT, [Edit(Place("a", 6, 1, 6, 1), "  - pip\n")]),
    "append": ("a\nb\n", [Edit(Place("a", 3, 1, 3, 1), "c\n")]),
    "append-without-line-end": ("a\nb", [Edit(Place("a", 2, 2, 2, 2), "\nc")]),
    "delete": (ENVIRONMENT, [Edit(Place("a", 7, 1, 8, 1), "")]),
    "two-in-a-line": ("a==1 b==2\n", [Edit(Place("a", 1, 6, 1, 10), "b>=2"), Edit(Place("a", 1, 1, 1, 5), "a>=1")]),
    "two-apart": (ENVIRONMENT, [Edit(Place("a", 3, 1, 4, 1), ""), Edit(Place("a", 8, 20, 8, 26), "0.19.1")]),
    "crlf": ("a\r\nb\r\n", [Edit(Place("a", 1, 1, 1, 2), "x\r\ny")]),
    "many-lines": ("".join(f"{n}\n" for n in range(20)), [Edit(Place("a", 1, 1, 21, 1), "")]),
    "no-place": ("a\n", [Edit(Place("a"), "x")]),
    "beyond-the-file": ("a\n", [Edit(Place("a", 7, 1, 7, 1), "x")]),
}


@pytest.mark.parametrize("name", FIXES)
def test_fix(name: str, golden: Golden) -> None:
    source, edits = FIXES[name]
    fix = Fix(title="Mend it", safety=Safety.UNSAFE, edits=tuple(edits))
    golden(f"fix-{name}.txt", render_one(source, Place("a"), fix=fix))


def test_fix_of_two_files_names_them(golden: Golden) -> None:
    edits = (Edit(Place("a.txt", 1, 1, 1, 2), "x"), Edit(Place("b.txt", 1, 1, 1, 2), "y"))
    found = finding(Place("a.txt"), fix=Fix(title="Rename", safety=Safety.SHOWN, edits=edits))
    report = make_report(found, sources={"a.txt": "a\n", "b.txt": "b\n"})
    golden("fix-two-files.txt", render_text(report, color=False, width=80))


def test_prose_wraps_and_code_does_not() -> None:
    hint = "install it by `python -m pip install --index-url https://example.org/whl/cu128 torch==2.7.1+cu128` into the environment"
    lines = render_one("a\n", Place("a.txt", 1, 1, 1, 2), width=60, hint=hint).splitlines()
    assert [line for line in lines if "`" in line] == [
        "        `python -m pip install --index-url https://example.org/whl/cu128 torch==2.7.1+cu128`"
    ]
    assert "  hint: install it by" in lines
    assert "        into the environment" in lines


def test_an_unreadable_file_without_source_or_place() -> None:
    file = FileReport(path="a.yml", kind="unknown", verdict="unknown", error="not\n text")
    report = make_report(sources={}, files=(file,), verdict="unknown")
    assert render_text(report, color=False, width=80).splitlines()[0] == "a.yml: unreadable: not text"


def test_a_line_of_megabytes_is_cut_quickly() -> None:
    source = "[" + "'a', " * 400_000 + "'torch==1']"
    at = source.index("'torch") + 1
    rendered = render_one(source, Place("a", 1, at, 1, at + 10))
    assert max(map(len, rendered.splitlines())) <= 80
    assert "'torch==1']" in rendered


@given(source=st.text(), numbers=st.tuples(*[st.none() | st.integers(1, 12)] * 4), width=st.integers(1, 200))
def test_any_place_in_any_text_renders(source: str, numbers: tuple[int | None, ...], width: int) -> None:
    """No place makes the renderer fail, and nothing reaches the terminal that would steer it."""
    place = Place("a", *numbers)
    fix = Fix(title="t", safety=Safety.SAFE, edits=(Edit(place, source[:9]),))
    rendered = render_one(
        source, place, width=width, message=source, fix=fix, related=(Related(place=place, message=source),)
    )
    assert all(line.isprintable() for line in rendered.split("\n"))
