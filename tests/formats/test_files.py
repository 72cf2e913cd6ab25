"""Every file of tests/data: what is read from it, whole; and the same with other line ends and encodings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.formats.readings import data_files, describe_bytes

FILES = data_files()
#: Files that are about bytes, or whose text may hold no other line end.
ABOUT_BYTES = {"old_mac.txt", "binary.txt", "latin1.txt", "declared_gbk.txt"}
TEXTS = [(kind, path) for kind, path in FILES if path.name not in ABOUT_BYTES and "utf16" not in path.name]


def name_of(case: tuple[str, Path]) -> str:
    return f"{case[0]}/{case[1].name}"


@pytest.mark.parametrize("case", FILES, ids=name_of)
def test_reads_all_that_a_file_says(case: tuple[str, Path], golden: Callable[[str, str], None]) -> None:
    kind, path = case
    golden(f"{kind}-{path.name}.txt", describe_bytes(path.name, path.read_bytes(), kind))


@pytest.mark.parametrize("case", TEXTS, ids=name_of)
def test_reads_the_same_with_windows_line_ends(case: tuple[str, Path]) -> None:
    kind, path = case
    data = path.read_bytes()
    windows = data.replace(b"\n", b"\r\n")
    assert describe_bytes("f", windows, kind) == describe_bytes("f", data, kind)


@pytest.mark.parametrize("case", TEXTS, ids=name_of)
def test_reads_the_same_behind_a_byte_order_mark(case: tuple[str, Path]) -> None:
    kind, path = case
    data = path.read_bytes()
    assert describe_bytes("f", b"\xef\xbb\xbf" + data.removeprefix(b"\xef\xbb\xbf"), kind) == describe_bytes(
        "f", data, kind
    )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("case", TEXTS, ids=name_of)
def test_reads_the_same_in_other_unicode_encodings(case: tuple[str, Path], encoding: str) -> None:
    kind, path = case
    text = path.read_bytes().decode("utf-8-sig")
    data = ("\ufeff" + text).encode(encoding)
    assert describe_bytes("f", data, kind) == describe_bytes("f", text.encode(), kind)
