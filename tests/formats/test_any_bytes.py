"""Whatever bytes come in: a document or one clear error, quickly, the same every time, and places that hold."""

from __future__ import annotations

import contextlib
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.formats import detect, read
from compat.formats.found import MAX_PROBLEMS
from compat.model.environments import Document
from compat.model.errors import FileProblem
from tests.formats.readings import KINDS, data_files, describe, text_at

LINES = [
    "torch==2.1.0+cu118",
    "six==1.16.0 --hash=sha256:ab",
    "  --hash=sha256:cd",
    "-r base.txt",
    "--extra-index-url https://u:p@example.org/x",
    "numpy >=1.20,<2 ; python_version < '3.12'",
    "a=1.0=b_0",
    "-e git+https://example.org/x.git#egg=x",
    "pip:",
    "- pip:",
    "dependencies:",
    "  - pytorch::pytorch=2.1=*cuda*",
    "channels: [x, 'y']",
    "[project]",
    "dependencies = ['torch', \"numpy>=1 ; extra == 'x'\"]",
    "[tool.poetry.dependencies]",
    "torch = {version = '^2', markers = \"extra == 'a'\", source = 's'}",
    "[tool.uv.sources]",
    "torch = [{index = 'x', marker = 'sys_platform == \"linux\"'}]",
    "[tool.pixi.environments]",
    "x = {features = ['x'], no-default-feature = true}",
    "<<<<<<< HEAD",
    "=======",
    "@@ -1 +1 @@",
    "# compat: ignore[ABC001] why",
    "# [linux]",
    "\\",
    "{{ x }}",
]
TEXTS = st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=12)), max_size=8).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\n\n", "", " \\\n", "\n    - "]).map(lambda end: end.join(lines))
)


def try_reading(kind: str, data: bytes) -> Document | None:
    """The document, checked; None after the one error that may come instead, which says something."""
    try:
        document = read("f", data, kind)
    except FileProblem as problem:
        if not problem.message:
            raise
        return None
    check(document)
    return document


def check(document: Document) -> None:
    """What must hold for every document."""
    assert document.variants[0].name == ""
    count = len(document.text) + 1
    places = [entry.place for entry in document.pip] + [entry.place for entry in document.conda]
    places += [item.place for item in document.channels] + [item.place for item in document.indexes]
    places += [item.place for item in document.includes] + [item.place for item in document.pythons]
    places += [item.place for item in document.system] + [item.place for item in document.problems]
    places += [entry.version_place for entry in document.pip if entry.version_place]
    places += [entry.version_place for entry in document.conda if entry.version_place]
    places += [entry.hash_place for entry in document.pip if entry.hash_place]
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for place in places:
        assert place.line is not None
        assert place.column is not None
        assert 1 <= place.line <= len(lines) <= count
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1
        assert (place.end_line or 0, place.end_column or 0) >= (place.line, place.column)
    for entry in document.pip:
        if entry.version_place and entry.requirement.specifier and document.kind == "requirements":
            assert any(operator in text_at(document, entry.version_place) for operator in "=<>")
        if entry.hash_place:
            assert re.fullmatch(r"(?:[\s\\]*--hash[=\s]\S+)+", text_at(document, entry.hash_place))
    describe(document)


@settings(max_examples=200)
@given(st.sampled_from(KINDS), st.binary(max_size=200))
def test_any_bytes(kind: str, data: bytes) -> None:
    document = try_reading(kind, data)
    assert document is None or read("f", data, kind) == document


@settings(max_examples=400)
@given(st.sampled_from(KINDS), TEXTS)
def test_any_mixture_of_lines(kind: str, text: str) -> None:
    document = try_reading(kind, text.encode(errors="replace"))
    assert document is None or read("f", text.encode(errors="replace"), kind) == document


@settings(max_examples=200)
@given(st.sampled_from([case[1].read_bytes() for case in data_files()]), st.data())
def test_any_damaged_file(data: bytes, draw: st.DataObject) -> None:
    start = draw.draw(st.integers(0, len(data)))
    damaged = data[:start] + draw.draw(st.binary(max_size=4)) + data[start + draw.draw(st.integers(0, 8)) :]
    for kind in KINDS:
        try_reading(kind, damaged)


@given(st.text(max_size=30), st.one_of(st.none(), st.binary(max_size=80)))
def test_detection_never_fails(path: str, data: bytes | None) -> None:
    detect(path, data)


HOSTILE = {
    "100 MB": b"a\n" * 50_000_000,
    "long line": b"a" * 9_000_000,
    "spaces": b" " * 3_000_000 + b"#" + b" " * 3_000_000 + b"x",
    "spaces in lines": (b"https://x" + b" " * 3000 + b"y\n") * 1000,
    "commas": b"a>=1" + b",<2" * 1_000_000,
    "quotes": b"-r '" * 500_000,
    "parentheses": b"a ; " + b"(" * 100_000,
    "many parentheses": (b"a ; " + b"(" * 200 + b"\n") * 10_000,
    "options": b"--pre " * 500_000,
    "bad lines": b"=>1 <2 ^3 ~4 \xc3\x9f\n" * 60_000,
    "glued": (b"a==1" * 60 + b"\n") * 10_000,
    "backslashes": b"a \\\n" * 90_000,
    "conflicts": b"<<<<<<< a\n=======\n" * 40_000,
    "brackets": b"a[" + b"b," * 40_000 + b"]",
    "eggs": b"git+https://x#egg=" + b"a-" * 1_000_000,
    "wheels": (b"x-1" * 80 + b".whl\n") * 10_000,
    "hashes": b"a==1 \\\n" + b"  --hash=sha256:0 \\\n" * 90_000,
    "distinct": b"\n".join(b"p%d==%d.0" % (number, number) for number in range(90_000)),
    "nested": b"[" * 1_000_000,
    "dashes": b"- " * 1_000_000,
    "dotted": b"a." * 400_000,
    "aliases": b"dependencies: &a [x]\nx: [" + b"*a," * 90_000 + b"]",
    "pip of pips": b"x: &a [" + b"x," * 40_000 + b"]\ndependencies:\n" + b"- pip: *a\n" * 9_000,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_quickly(name: str, kind: str) -> None:
    start = time.process_time()
    document = None
    with contextlib.suppress(FileProblem):
        document = read("f", HOSTILE[name], kind)
    assert time.process_time() - start < 6  # at most 2 s, 3 s under coverage; what grows with the square takes minutes
    assert document is None or len(document.problems) <= MAX_PROBLEMS + 1
