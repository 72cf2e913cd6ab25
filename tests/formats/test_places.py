"""What places are for: edits that other parts of compat make at them, and credentials that leave no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.formats import read
from compat.model.environments import Document
from compat.model.errors import FileProblem
from compat.model.places import Edit, Place
from compat.text.edits import apply_edits
from compat.text.source import decode
from tests.formats.readings import data_files, describe, read_text

FILES = data_files()


def specified(document: Document) -> list[tuple[str, str, Place | None]]:
    """Name, specifier and its place of every entry, in the order of the document."""
    pip = [(str(entry.name), str(entry.requirement.specifier), entry.version_place) for entry in document.pip]
    return pip + [(str(entry.name), str(entry.spec.version), entry.version_place) for entry in document.conda]


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda part: getattr(part, "name", part))
def test_a_new_specifier_can_stand_in_every_version_place(kind: str, path: Path) -> None:
    """The entry with the edited specifier is read back, and no other line of the file changes."""
    data = path.read_bytes()
    try:
        document = read("f", data, kind)
    except FileProblem:
        return
    before = document.text.splitlines()
    for number, (name, _, place) in enumerate(specified(document)):
        if place is None or place.line is None or place.line != place.end_line:
            continue
        text = apply_edits(document.text, [Edit(place, "!=7.7")])
        again = read("f", decode("f", data, declared=True).encode(text), kind)
        changed_name, specifier, _ = specified(again)[number]
        assert changed_name == name
        assert "7.7" in specifier
        pairs = zip(before, text.splitlines(), strict=True)
        assert [one for one, other in pairs if one != other] == [before[place.line - 1]]


@pytest.mark.parametrize("path", [path for kind, path in FILES if kind == "environment"], ids=lambda path: path.name)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_conda_requirement_can_be_inserted(path: Path, end: str) -> None:
    data = path.read_bytes().replace(b"\n", end.encode())
    try:
        document = read("f", data, "environment")
    except FileProblem:
        return
    place = document.dependencies_end
    if place is None:
        return
    assert place.column
    text = apply_edits(document.text, [Edit(place, "- inserted\n" + " " * (place.column - 1))])
    assert text.count(end) == text.count("\n")
    again = read("f", text.encode(), "environment")
    assert [entry.name for entry in again.conda if entry.name == "inserted"] == ["inserted"]
    assert len(again.conda) == len(document.conda) + 1
    assert len(again.pip) == len(document.pip)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("requirements", "--index-url https://me:SECRET@example.org/x\n"),
        ("requirements", "a @ https://me:SECRET@example.org/x.zip\n"),
        ("requirements", "a=1 https://SECRET@example.org/x\n"),
        ("requirements", "git+https://me:SEC@RET@example.org/x.git#egg=a\n"),
        ("requirements", "-e git+https://SECRET@example.org/x.git\n"),
        ("requirements", "https://SECRET@example.org/x.whl\n"),
        (
            "environment",
            "channels: ['https://me:SECRET@example.org/c', 'https://example.org/t/SECRET/c']\ndependencies: []\n",
        ),
        ("environment", "dependencies:\n- pip:\n  - -f https://me:SECRET@example.org/x\n"),
        (
            "pyproject",
            "[project]\ndependencies = ['a @ https://me:SECRET@example.org/x', 'b=1 @ https://SECRET@example.org/y']\n",
        ),
        ("pyproject", "[[tool.uv.index]]\nurl = 'https://me:SECRET@example.org/x'\n"),
        ("pixi", "[pypi-dependencies]\na = {git = 'https://me:SECRET@example.org/x'}\n"),
    ],
)
def test_credentials_leave_no_trace(kind: str, text: str) -> None:
    """Only the text itself still has them, for the sake of edits."""
    document = read_text(kind, text)
    facts = (document.pip, document.channels, document.indexes, document.includes, document.problems)
    assert any(facts)
    for secret in ("SECRET", "RET@", "me:"):
        assert secret not in str(facts)
    assert "SEC" in describe(document)
