"""Where things stand in TOML text: spans of keys, values, array elements and members of inline tables.

The scanner only ever sees text that `tomllib` has accepted, so it may be lax: it finds where things stand and never
decides what they mean.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

Route = tuple[str | int, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
# Atomic groups, where a possessive repetition of a group would say the same: before 3.11.5 CPython matches those wrongly
# (https://github.com/python/cpython/issues/106052), and Debian 12 ships 3.11.2.
_SPACE = re.compile(r"(?>(?:[ \t\r\n]++|#[^\n]*+)*)")
_SEPARATOR = re.compile(r"(?>(?:[ \t\r\n]++|#[^\n]*+|,)*)")
_HEADER = re.compile(rf"\[(\[)?[ \t]*({_KEY})[ \t]*\]\]?")
_ASSIGNMENT = re.compile(rf"({_KEY})[ \t]*=[ \t]*")
_PARTS = re.compile(_PART)
_STRING = re.compile(
    r'"""(?>(?:[^"\\]++|\\.|"{1,2}(?!"))*)"{3,5}'
    r"|'''(?>(?:[^']++|'{1,2}(?!'))*)'{3,5}"
    r'|"(?>(?:[^"\\\n]++|\\.)*)"'
    r"|'[^'\n]*+'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}#\r\n]*[^,\]}#\r\n \t]")
_INNER = re.compile(rf"{_STRING.pattern}|#[^\n]*+|[\[\]{{}}]", re.DOTALL)


class Span(NamedTuple):
    """Offsets of a key (its last part) and of its value; a table header has no value, an element no key."""

    key: int = -1
    key_end: int = -1
    value: int = -1
    value_end: int = -1


def count_quotes(text: str, start: int) -> int:
    """How many quotes open the string at *start*: 0 (no string), 1 or 3."""
    if text.startswith(('"""', "'''"), start):
        return 3
    return 1 if text.startswith(('"', "'"), start) else 0


def index_tables(text: str) -> dict[Route, Span]:
    """The spans of all tables and of the keys and values directly in them."""
    spans: dict[Route, Span] = {}
    counts: dict[Route, int] = {}
    table: Route = ()
    position = 0
    while True:
        space = _SPACE.match(text, position)
        position = space.end() if space else position
        if match := _ASSIGNMENT.match(text, position):
            end = _value_end(text, match.end())
            _record(spans, table, match, end)
        elif match := _HEADER.match(text, position):
            table = _enter(spans, counts, match)
            end = match.end()
        else:
            return spans
        line_end = text.find("\n", end)
        if line_end < 0:
            return spans
        position = line_end


def _record(spans: dict[Route, Span], table: Route, match: re.Match[str], end: int) -> None:
    route = table
    parts = list(_PARTS.finditer(match[1]))
    for number, part in enumerate(parts, 1):
        route = (*route, _key_text(part[0]))
        key, key_end = match.start(1) + part.start(), match.start(1) + part.end()
        if number == len(parts):
            spans[route] = Span(key, key_end, match.end(), end)
        else:
            spans.setdefault(route, Span(key, key_end))


def _enter(spans: dict[Route, Span], counts: dict[Route, int], match: re.Match[str]) -> Route:
    """The route of the table that a header opens; ``[[x]]`` opens the next element, ``[x.y]`` goes into the last."""
    route: Route = ()
    parts = list(_PARTS.finditer(match[2]))
    for number, part in enumerate(parts, 1):
        route = (*route, _key_text(part[0]))
        span = Span(match.start(2) + part.start(), match.start(2) + part.end())
        spans.setdefault(route, span)
        if number == len(parts) and match[1]:
            counts[route] = counts.get(route, -1) + 1
        if route in counts:
            route = (*route, counts[route])
            spans.setdefault(route, span)
    return route


def _key_text(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] != '"':
        return part
    return part[1:-1] if "\\" not in part else next(iter(tomllib.loads(f"{part}=0")))


def _value_end(text: str, start: int) -> int:
    opening = text[start : start + 1]
    if opening and opening in "[{":
        return _closing(text, start)
    pattern = _STRING if opening and opening in "\"'" else _BARE
    match = pattern.match(text, start)
    return match.end() if match else start


def _closing(text: str, start: int) -> int:
    """The offset after the bracket that closes the one at *start*."""
    depth = 0
    for match in _INNER.finditer(text, start):
        if match[0] in {"[", "{"}:
            depth += 1
        elif match[0] in {"]", "}"}:
            depth -= 1
            if not depth:
                return match.end()
    return len(text)


def find_elements(text: str, start: int) -> Iterator[tuple[tuple[str | int, ...], Span]]:
    """The elements of the array or inline table that opens at *start*, each with the steps to it."""
    opening = text[start : start + 1]
    if not opening or opening not in "[{":
        return
    position, number = start + 1, 0
    while True:
        space = _SEPARATOR.match(text, position)
        position = space.end() if space else position
        steps: tuple[str | int, ...] = (number,)
        key = key_end = -1
        if opening == "{":
            match = _ASSIGNMENT.match(text, position)
            if match is None:
                return
            parts = list(_PARTS.finditer(match[1]))
            steps = tuple(_key_text(part[0]) for part in parts)
            key, key_end = match.start(1) + parts[-1].start(), match.start(1) + parts[-1].end()
            position = match.end()
        elif position >= len(text) or text[position] == "]":
            return
        end = _value_end(text, position)
        if end == position:
            return
        yield steps, Span(key, key_end, position, end)
        position, number = end, number + 1
