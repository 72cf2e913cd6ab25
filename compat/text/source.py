"""The text of one file, decoded once, with the table that turns offsets into lines and columns."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from compat.model.errors import FileProblem
from compat.model.places import Place

#: The largest dependency file of 1,030 real ones has 98 kB.
MAX_BYTES = 10 * 1024 * 1024
#: Lines and commas together: what bounds the number of values in a file, and so the time to read it.
MAX_PIECES = 100_000
#: Python makes no number of more than 4,300 digits, and versions are numbers.
#: Source: https://docs.python.org/3/library/stdtypes.html#integer-string-conversion-length-limitation
MAX_DIGITS = 4_000

#: UTF-32 comes before UTF-16, whose little-endian mark is a prefix of its own.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NEWLINE = re.compile(r"\r\n?|\n")
_ODD_BREAK = re.compile(r"[\x85\u2028\u2029]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
#: ``# -*- coding: gbk -*-`` in one of the first two lines, as pip reads it.
_DECLARED = re.compile(rb"coding[:=]\s*([-\w.]+)")
#: Encodings that a declaration may name: those of real text, none that unpacks or computes.
_TEXT_ENCODINGS = (
    "ascii",
    "big5",
    "cp125",
    "cp932",
    "cp936",
    "cp949",
    "euc",
    "gb",
    "iso8859",
    "koi8",
    "shift_jis",
    "utf-8",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """A file as text; ``mark`` is its byte order mark, kept out of the text.

    ``doubtful_line`` is the first line with bytes that are not UTF-8 (the text was then read as Latin-1), else None.
    Not slotted, because the line table is made when it is first asked for.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    mark: bytes = b""
    doubtful_line: int | None = None

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset of every line."""
        return (0, *(match.end() for match in _NEWLINE.finditer(self.text)))

    @cached_property
    def has_odd_breaks(self) -> bool:
        """Whether YAML sees line ends where an editor counts none."""
        return _ODD_BREAK.search(self.text) is not None

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of *offset*, both from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def place(self, start: int, end: int) -> Place:
        """The span between two offsets."""
        line, column = self.position(start)
        if end - start + column <= self._width(line):
            return Place(self.path, line, column, line, column + end - start)
        return Place(self.path, line, column, *self.position(end))

    def line(self, number: int) -> str:
        """Line *number* without its line end; empty past the last one."""
        if not 0 < number <= len(self.starts):
            return ""
        start = self.starts[number - 1]
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def lines(self) -> list[str]:
        """All lines without their ends; a final line end starts no further line."""
        return split_lines(self.text)

    def encode(self, text: str) -> bytes:
        """*text* as bytes in this file's encoding, with its byte order mark.

        Raises: FileProblem where the encoding (Latin-1, a declared one) has no such character.
        """
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise FileProblem(self.path, f"`{text[error.start]}` cannot be written in {self.encoding}") from error

    def problem(self, message: str, offset: int) -> FileProblem:
        """A `FileProblem` at *offset*, to be raised by the caller."""
        line, column = self.position(offset)
        return FileProblem(self.path, message, line=line, column=column)

    def _width(self, line: int) -> int:
        """The length of *line* with its line end."""
        following = self.starts[line] if line < len(self.starts) else len(self.text) + 1
        return following - self.starts[line - 1]


def split_lines(text: str) -> list[str]:
    """The lines of *text* that places count: those that end in LF, CR or both, and at nothing else."""
    lines = _NEWLINE.split(text)
    if not lines[-1]:
        lines.pop()
    return lines


def decode(path: str, data: bytes, *, declared: bool = False) -> Source:
    """The text of *data*; with *declared*, a coding comment counts, as pip reads requirements files.

    Raises: FileProblem for a file that is too large, is not text, or breaks the encoding that its mark names.
    """
    if len(data) > MAX_BYTES:
        raise FileProblem(path, f"larger than {MAX_BYTES // 1024 // 1024} MB: not read")
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    if declared and not mark:
        encoding = _declared_encoding(data) or encoding
    body = data[len(mark) :]
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        if mark or encoding != "utf-8":
            _refuse(path, f"not valid {encoding.upper()}: {error.reason}", body[: error.start], encoding)
        return _decode_latin(path, body, error.start)
    if "\0" in text:
        _refuse_nul(path, text)
    if any(text[start : start + 64].isdigit() for start in range(0, len(text), MAX_DIGITS // 2)):
        _refuse_number(path, text)
    return Source(path=path, text=text, encoding=encoding, mark=mark)


def refuse_huge(source: Source, *, characters: int = MAX_BYTES) -> None:
    """Raise FileProblem where *source* holds more values than any dependency file: what follows stays fast."""
    pieces = source.text.count("\n") + source.text.count("\r") + source.text.count(",")
    if pieces > MAX_PIECES or len(source.text) > characters:
        raise FileProblem(source.path, f"too large for a dependency file ({pieces} lines and commas): not read")


def _decode_latin(path: str, data: bytes, bad: int) -> Source:
    """Text in an old one-byte encoding: every byte stays itself, so that writing gives the same bytes again."""
    if _CONTROL.search(data):
        raise FileProblem(path, "not a text file")
    text = data.decode("latin-1")
    line, _ = Source(path=path, text=text).position(bad)
    return Source(path=path, text=text, encoding="latin-1", doubtful_line=line)


def _declared_encoding(data: bytes) -> str | None:
    for line in data.split(b"\n", 2)[:2]:
        match = _DECLARED.search(line) if line.startswith(b"#") else None
        if match is None:
            continue
        try:
            name = codecs.lookup(match[1].decode("ascii")).name
        except (LookupError, UnicodeDecodeError):
            return None
        return name.removesuffix("-sig") if name.startswith(_TEXT_ENCODINGS) else None
    return None


def _refuse(path: str, message: str, before: bytes, encoding: str) -> NoReturn:
    text = before.decode(encoding, errors="replace")
    line, column = Source(path=path, text=text).position(len(text))
    raise FileProblem(path, message, line=line, column=column)


def _refuse_nul(path: str, text: str) -> NoReturn:
    line, column = Source(path=path, text=text).position(text.index("\0"))
    raise FileProblem(path, "holds NUL bytes: not text, or UTF-16 without a byte order mark", line=line, column=column)


def _refuse_number(path: str, text: str) -> None:
    if match := re.search(rf"(?<!\d)\d{{{MAX_DIGITS + 1}}}", text):
        line, column = Source(path=path, text=text).position(match.start())
        raise FileProblem(path, f"a number of more than {MAX_DIGITS} digits", line=line, column=column)


def mask_credentials(text: str) -> str:
    """*text* to be shown: user and password of every URL as asterisks, as many as characters, so that columns stay."""
    if "@" not in text:
        return text
    return re.sub(r"(?<=://)[^/\s@]+(?=@)", lambda match: "*" * len(match[0]), text)
