"""A Dockerfile's lines as statements: continuations joined, comments and heredocs taken out.

The rules are those of BuildKit's parser, which the manual describes in part: a comment or a blank line inside an
instruction is left out, an escape sign that follows another one continues nothing, a heredoc is a word of its own.
Source: https://docs.docker.com/reference/dockerfile/#format, https://github.com/moby/buildkit (frontend/dockerfile/parser)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from compat.formats.dockerfile.joined import Joined, join
from compat.formats.dockerfile.words import Span, find_flags, find_heredocs, is_list, split_blanks
from compat.text.source import Source

_DIRECTIVE = re.compile(r"\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*")
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_HEREDOC_KEYWORDS = frozenset({"RUN", "COPY", "ADD"})
_BLANKS = " \t"


class Heredoc(NamedTuple):
    """The lines between ``<<NAME`` and ``NAME``. ``text`` has no carriage returns, and no leading tabs after ``<<-``."""

    name: str
    text: Joined
    end: Joined
    """The line that ends it."""


class Statement(NamedTuple):
    """One instruction: ``line`` is its logical line, in which all spans are counted.

    ``body`` is what follows keyword and flags, without blanks around it. ``end`` is the offset in the file after its last
    line, heredocs included.
    """

    keyword: str
    line: Joined
    body: Span
    end: int
    flags: tuple[tuple[str, str], ...] = ()
    heredocs: tuple[Heredoc, ...] = ()

    @property
    def text(self) -> str:
        """The body's text."""
        return self.line.text[slice(*self.body)]


def to_trigger(statement: Statement, escape: str) -> Statement:
    """The instruction behind ``ONBUILD``, which begins where it does in the file."""
    start, end = split_blanks(statement.line.text, statement.body)[0]
    flags, first = find_flags(statement.line.text, end, escape)
    keyword = statement.line.text[start:end].upper()
    return statement._replace(keyword=keyword, body=(first, max(first, statement.body[1])), flags=flags)


class Lines(NamedTuple):
    """What a file holds. ``escape`` joins lines and takes away the meaning of signs; ``syntax`` names another frontend."""

    statements: tuple[Statement, ...]
    escape: str
    syntax: str


class _Line(NamedTuple):
    offset: int
    text: str

    @property
    def end(self) -> int:
        return self.offset + len(self.text)


def read_lines(source: Source) -> Lines:
    """The statements of *source*. Raises: FileProblem for a directive or a heredoc that docker refuses."""
    lines = _split(source.text)
    directives, first = _read_directives(source, lines)
    escape = directives.get("escape", "\\")
    rest = iter(lines[first:])
    statements = [_read_statement(source, line, rest, escape) for line in rest if not _is_empty(line.text)]
    return Lines(tuple(s for s in statements if s.keyword), escape, directives.get("syntax", ""))


def _split(text: str) -> list[_Line]:
    lines = []
    offset = 0
    for line in text.split("\n"):
        lines.append(_Line(offset, line.rstrip("\r")))
        offset += len(line) + 1
    return lines


def _read_directives(source: Source, lines: list[_Line]) -> tuple[dict[str, str], int]:
    """The parser directives, which stand above everything else, and the number of the line after them."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines):
        match = _DIRECTIVE.fullmatch(line.text)
        if match is None or match[1].lower() not in _DIRECTIVES:
            return found, number
        name = match[1].lower()
        if name in found:
            raise source.problem(f"only one `# {name}=` may stand in a Dockerfile", line.offset)
        if name == "escape" and match[2] not in {"\\", "`"}:
            raise source.problem(f"`# escape={match[2]}`: only a backslash or a backtick can escape", line.offset)
        found[name] = match[2]
    return found, len(lines)


def _read_statement(source: Source, line: _Line, rest: Iterator[_Line], escape: str) -> Statement:
    """The statement that begins in *line*, with what continues it taken from *rest*."""
    stripped = line.text.lstrip()
    parts: list[tuple[int, str]] = []
    current: _Line | None = _Line(line.end - len(stripped), stripped)
    end = line.end
    while current is not None:
        cut, continued = _cut(current.text, escape)
        parts.append((current.offset, cut))
        end = current.end
        current = next((line for line in rest if not _is_empty(line.text)), None) if continued else None
    joined = join(source, parts)
    keyword = re.match(r"\s*(\S*)", joined.text)
    assert keyword is not None  # it matches the empty text, too
    flags, start = find_flags(joined.text, keyword.end(), escape)
    body = (start, max(start, len(joined.text.rstrip())))
    statement = Statement(keyword[1].upper(), joined, body, end, flags)
    return _read_heredocs(source, statement, rest)


def _is_empty(text: str) -> bool:
    """Whether a line says nothing, before an instruction or inside one."""
    stripped = text.lstrip()
    return not stripped or stripped.startswith("#")


def _cut(text: str, escape: str) -> tuple[str, bool]:
    """*text* without the escape sign that continues it, and whether there is one."""
    stripped = text.rstrip(_BLANKS)
    if stripped.endswith(escape) and not stripped.endswith(escape * 2):
        return stripped[:-1], True
    return text, False


def _read_heredocs(source: Source, statement: Statement, rest: Iterator[_Line]) -> Statement:
    """*statement* with the heredocs that its words announce, taken from *rest*."""
    keyword, text = statement.keyword, statement.text
    if keyword == "ONBUILD":
        keyword = text.split(maxsplit=1)[0].upper() if text else ""
        text = text[len(keyword) :]
    if keyword not in _HEREDOC_KEYWORDS or "<<" not in text or is_list(text):
        return statement
    found = []
    end = statement.end
    for name, chomp in find_heredocs(text):
        lines, last = _take_heredoc(rest, name, chomp=chomp)
        if last is None:
            raise source.problem(f"the heredoc `<<{name}` has no line `{name}` that ends it", statement.line.offset(0))
        found.append(
            Heredoc(name, join(source, lines or [(last.offset, "")]), join(source, [(last.offset, last.text)]))
        )
        end = last.end
    return statement._replace(heredocs=tuple(found), end=end)


def _take_heredoc(rest: Iterator[_Line], name: str, *, chomp: bool) -> tuple[list[tuple[int, str]], _Line | None]:
    """The lines up to *name*, each with its line end, and the line that holds it; None where the file ends first."""
    lines: list[tuple[int, str]] = []
    for line in rest:
        text = line.text.lstrip("\t") if chomp else line.text
        if text == name:
            return lines, line
        # Two parts, because a carriage return before the line end is left out.
        lines += [(line.end - len(text), text), (line.end, "\n")]
    return lines, None
