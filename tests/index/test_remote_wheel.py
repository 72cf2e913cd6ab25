"""METADATA out of wheels that stay where they are: which parts of a long one are read."""

from __future__ import annotations

import io
import zipfile

import pytest

from compat.index.files.remote_wheel import TAIL, read_metadata

METADATA = b"Metadata-Version: 2.1\nName: pkg\nVersion: 1\n" + b"Requires-Dist: other\n" * 40
NAME = "pkg-1.dist-info/METADATA"


def make_wheel(
    place: int | None, method: int = zipfile.ZIP_DEFLATED, *, files: int = 2000, twice: bool = False
) -> bytes:
    """A wheel whose directory is longer than what is read first, with METADATA after so many files."""
    names = [f"pkg/{'x' * 60}{number}.h" for number in range(files)]
    if place is not None:
        names.insert(place, NAME)
    if twice:
        names.insert(1, "other-1.dist-info/METADATA")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name in names:
            archive.writestr(name, METADATA if name.endswith("METADATA") else b"")
    return content.getvalue()


def read(wheel: bytes) -> tuple[bytes | None, int]:
    """What is found, and how many bytes were asked for besides the end."""
    asked: list[int] = []

    def fetch(start: int, end: int) -> bytes:
        asked.append(end - start)
        return wheel[start:end]

    return read_metadata(len(wheel), wheel[-TAIL:], fetch), sum(asked)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(("place", "most"), [(0, 2 * TAIL), (2000, TAIL), (1000, 6 * TAIL)])
def test_of_a_long_directory_only_an_end_is_read_where_that_will_do(place: int, most: int, method: int) -> None:
    found, asked = read(make_wheel(place, method))
    assert found == METADATA
    assert asked <= most


def test_a_short_directory_is_read_as_it_was() -> None:
    assert read(make_wheel(3, files=10)) == (METADATA, 0)


@pytest.mark.parametrize("wheel", [make_wheel(None), make_wheel(0, twice=True), b"PK\x05\x06", b""])
def test_what_has_no_metadata_of_its_own_is_not_read(wheel: bytes) -> None:
    assert read(wheel)[0] is None


def test_whichever_field_of_the_record_is_broken_nothing_else_is_taken_for_metadata() -> None:
    wheel = make_wheel(2000)
    record = wheel.rindex(b"PK\x01\x02", 0, wheel.rindex(NAME.encode()))
    for at in range(record, record + 46):
        broken = wheel[:at] + bytes([wheel[at] ^ 0xFF]) + wheel[at + 1 :]
        assert read(broken)[0] in {METADATA, None}, at - record
