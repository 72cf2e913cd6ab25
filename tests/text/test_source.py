"""Bytes to text and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.model.errors import FileProblem
from compat.model.places import Place
from compat.text.source import MAX_BYTES, MAX_PIECES, Source, decode, refuse_huge, split_lines


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(b"", "utf-8"), (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")],
)
def test_writing_gives_the_same_bytes_again(mark: bytes, encoding: str) -> None:
    data = mark + "näme==1.0\r\n# 😀\n".encode(encoding)
    source = decode("f", data)
    assert source.text == "näme==1.0\r\n# 😀\n"
    assert source.encode(source.text) == data


def test_latin_1_stays_itself_and_is_noted() -> None:
    data = b"torch\n# caf\xe9\n"
    source = decode("f", data)
    assert (source.text, source.doubtful_line, source.encode(source.text)) == ("torch\n# café\n", 2, data)


def test_a_character_that_the_encoding_lacks_is_one_clear_error() -> None:
    source = decode("f", b"# caf\xe9\n")
    with pytest.raises(FileProblem, match="`→` cannot be written in latin-1"):
        source.encode("→")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("# -*- coding: gbk -*-\n# 中文\n".encode("gbk"), "# -*- coding: gbk -*-\n# 中文\n"),
        ("#!/x\n# coding=cp1252\n# é\n".encode("cp1252"), "#!/x\n# coding=cp1252\n# é\n"),
        (b"# coding: rot13\nabc\n", "# coding: rot13\nabc\n"),
        (b"# coding: nonsense\nabc\n", "# coding: nonsense\nabc\n"),
        (b"# coding: utf-8-sig\nabc\n", "# coding: utf-8-sig\nabc\n"),
    ],
)
def test_a_declared_encoding_counts_if_it_is_one_of_text(data: bytes, text: str) -> None:
    assert decode("f", data, declared=True).text == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a==" + b"9" * 4001, "f:1:4: a number of more than 4000 digits"),
        (b"a\n\0b", "f:2:1: holds NUL bytes: not text, or UTF-16 without a byte order mark"),
        (b"\x01\xff", "f: not a text file"),
        (b"\xff\xfe\x00\xd8", "f:1:1: not valid UTF-16-LE: unexpected end of data"),
        (b"\xef\xbb\xbfab\n\xff", "f:2:1: not valid UTF-8: invalid start byte"),
        (b"# coding: gbk\n\xff", "f:2:1: not valid GBK: incomplete multibyte sequence"),
        (b" " * (MAX_BYTES + 1), "f: larger than 10 MB: not read"),
    ],
)
def test_what_is_no_text_is_one_clear_error(data: bytes, message: str) -> None:
    with pytest.raises(FileProblem) as caught:
        decode("f", data, declared=True)
    assert str(caught.value) == message


def test_too_many_values_are_refused() -> None:
    refuse_huge(Source(path="f", text="," * MAX_PIECES))
    with pytest.raises(FileProblem, match="too large"):
        refuse_huge(Source(path="f", text="\n" * (MAX_PIECES + 1)))
    with pytest.raises(FileProblem, match="too large"):
        refuse_huge(Source(path="f", text="x" * 11), characters=10)


def test_places_count_code_points_from_one() -> None:
    source = Source(path="f", text="é😀x\r\nsecond\rthird")
    assert source.position(2) == (1, 3)
    assert source.place(2, 3) == Place("f", 1, 3, 1, 4)
    assert source.place(5, 11) == Place("f", 2, 1, 2, 7)
    assert source.place(5, 14) == Place("f", 2, 1, 3, 3)
    assert source.place(17, 17) == Place("f", 3, 6, 3, 6)
    assert [source.line(number) for number in (0, 1, 2, 3, 4)] == ["", "é😀x", "second", "third", ""]


@given(st.text(alphabet="ab\r\n", max_size=20))
def test_lines_are_those_that_places_count(text: str) -> None:
    source = Source(path="f", text=text)
    lines = source.lines()
    assert lines == split_lines(text)
    assert lines == text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[: len(lines)]
    assert len(source.starts) - len(lines) in {0, 1}
    for offset, letter in enumerate(text):
        line, column = source.position(offset)
        assert letter in "\r\n" or lines[line - 1][column - 1] == letter


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_text_or_one_error(data: bytes, declared: bool) -> None:
    try:
        source = decode("f", data, declared=declared)
    except FileProblem:
        return
    assert source.encode(source.text) == data
