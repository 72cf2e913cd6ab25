"""TOML: `tomllib` for the meaning, and a scanner of ours for the places of keys, values and array elements.

Tables are indexed once; arrays and inline tables are opened when a place inside is asked for.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from compat.model.errors import FileProblem
from compat.model.places import Place
from compat.text.source import Source, refuse_huge
from compat.text.toml11 import to_toml_1_0
from compat.text.toml_scan import Route, Span, count_quotes, find_elements, index_tables

__all__ = ["Route", "Toml", "parse"]

#: `tomllib` reads about one megabyte a second; real files stay under 40 kB.
MAX_CHARACTERS = 1_000_000
#: The time for a dotted key grows with the square of its parts, in `tomllib` as here.
MAX_DOTS = 1000

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class Toml:
    """A TOML document. ``data`` is the plain value; a route is the keys and positions that lead to a value in it.

    A place that is asked for a route which does not exist is that of the nearest parent, at last the file's start.
    """

    def __init__(self, source: Source, data: dict[str, Any], newer_line: int | None) -> None:
        self.source = source
        self.data = data
        self.newer_line = newer_line
        """The first line with syntax of TOML 1.1, which pip and most build backends do not read."""
        self._spans: dict[Route, Span] | None = None
        self._opened: set[Route] = set()

    def key(self, route: Route) -> Place:
        """The span of the key, or of the name in the table header."""
        span = self._find(route)
        if span.key < 0:
            return self._place(span.value, span.value_end)
        return self._place(span.key, span.key_end)

    def value(self, route: Route) -> Place:
        """The span of the value, quotes included; of the key where it is a table."""
        span = self._find(route)
        return self.key(route) if span.value < 0 else self._place(span.value, span.value_end)

    def content(self, route: Route) -> Place:
        """The span of a string between its quotes; of any other value as a whole."""
        span = self._find(route)
        if span.value < 0:
            return self.key(route)
        quotes = count_quotes(self.source.text, span.value)
        return self._place(span.value + quotes, span.value_end - quotes)

    def entry(self, route: Route) -> Place:
        """The span from the key to the end of the value."""
        span = self._find(route)
        if span.key < 0 or span.value < 0:
            return self.value(route)
        return self._place(span.key, span.value_end)

    def is_verbatim(self, route: Route, text: str) -> bool:
        """Whether the string at *route* starts with *text*, spelled character by character."""
        span = self._find(route)
        if span.value < 0:
            return False
        start = span.value + count_quotes(self.source.text, span.value)
        return "\\" not in text and self.source.text.startswith(text, start)

    def spelled(self, route: Route, text: str) -> Place | None:
        """The span of the string at *route* between its quotes; None where that is not *text*, character by character."""
        place = self.content(route)
        whole = place.line == place.end_line and (place.end_column or 0) - (place.column or 0) == len(text)
        return place if whole and self.is_verbatim(route, text) else None

    def routes(self) -> Iterator[Route]:
        """Every route that has a place, tables and all elements included. Opens everything: for tests."""
        self._find(())
        spans = self._spans or {}
        while pending := [route for route in spans if route not in self._opened]:
            for route in pending:
                self._open(route)
                self._opened.add(route)
        yield from spans

    def _place(self, start: int, end: int) -> Place:
        return self.source.place(max(start, 0), max(end, 0))

    def _find(self, route: Route) -> Span:
        if self._spans is None:
            self._spans = index_tables(self.source.text)
        for length in range(len(route), 0, -1):
            parent = route[:length]
            span = self._spans.get(parent) or self._look_inside(parent)
            if span is not None:
                return span
        return Span(0, 0)

    def _look_inside(self, route: Route) -> Span | None:
        """Open the values on the way to *route*, outermost first."""
        spans = self._spans or {}
        for length in range(1, len(route)):
            if route[:length] in spans:
                self._open(route[:length])
        return spans.get(route)

    def _open(self, route: Route) -> None:
        """Index the elements of the array or inline table at *route*, once."""
        spans = self._spans or {}
        span = spans.get(route)
        if span is None or span.value < 0 or route in self._opened:
            return
        self._opened.add(route)
        for steps, inner in find_elements(self.source.text, span.value):
            for length in range(1, len(steps)):
                spans.setdefault((*route, *steps[:length]), Span(inner.key, inner.key_end))
            spans[(*route, *steps)] = inner


def parse(source: Source) -> Toml:
    """The document in *source*; syntax of TOML 1.1 is read and noted.

    Raises: FileProblem where the text does not parse, is nested too deep, or holds too much.
    """
    refuse_huge(source, characters=MAX_CHARACTERS)
    if source.text.count(".") > MAX_DOTS and any(line.count(".") > MAX_DOTS for line in source.lines()):
        raise FileProblem(source.path, "a line with too many dots")
    try:
        return Toml(source, _loads(source, source.text), None)
    except FileProblem as error:
        older, line = to_toml_1_0(source.text)
        if line is None:
            raise
        try:
            return Toml(source, _loads(Source(path=source.path, text=older), older), line)
        except FileProblem as newer:
            if len(older) != len(source.text) or newer.line is None or newer.column is None:
                raise error from None
            offset = Source(path=source.path, text=older).starts[newer.line - 1] + newer.column - 1
            raise source.problem(newer.message, offset) from None


def _loads(source: Source, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise FileProblem(source.path, "nested too deep") from error
    except ValueError as error:
        message = str(error)
        match = _AT.search(message)
        if match is None:
            raise FileProblem(source.path, message) from error
        line, column = (int(match[1]), int(match[2])) if match[1] else source.position(len(text))
        raise FileProblem(source.path, message[: match.start()], line=line, column=column) from error
