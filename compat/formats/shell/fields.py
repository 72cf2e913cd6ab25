"""From the pieces of words to fields: parameters filled in, and unquoted ones split at blanks, as a shell does."""

from __future__ import annotations

import re
from bisect import bisect_right
from operator import itemgetter
from typing import NamedTuple

from compat.formats.shell.lexer import Token, to_tokens
from compat.formats.shell.parameters import MAX_VALUE, apply
from compat.formats.shell.pieces import Piece
from compat.formats.shell.scope import Scope

#: Unquoted letters that make a shell look for files.
_GLOB = re.compile(r"[*?\[]")
#: Where no file is called like that, the word stays as it is: `uvicorn[standard]`, `./python[all]`, `torch==2.1.*`.
_NO_FILE = re.compile(r"[^*?\[=<>~!]*(?:\[[A-Za-z0-9_.,-]{2,}\])?(?:[=<>~!].*)?", re.DOTALL)
#: bash alone unfolds braces, and dash does not.
_BRACES = re.compile(r"\{[^{}]*,[^{}]*\}")
_BLANKS = re.compile(r"[ \t\n]+")
#: What one `${NAME...}` takes from the budget.
_OPERATION_COST = 500
#: How deep defaults of defaults are followed.
_MAX_DEPTH = 8


class Field(NamedTuple):
    """A word after expansion. ``segments`` say where its text stands: offset in ``text``, and the span in the source."""

    text: str
    known: bool
    start: int
    end: int
    segments: tuple[tuple[int, int, int], ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span in the source of a part of ``text``; a filled-in parameter stands for all that it gave."""
        if (start, end) == (0, len(self.text)) or not self.segments:
            return self.start, self.end
        return self._position(start, last=False), self._position(max(end, start), last=True)

    def _position(self, offset: int, *, last: bool) -> int:
        """Where *offset* stands; the end of what is filled in for *last*, else its start."""
        number = bisect_right(self.segments, max(offset - last, 0), key=itemgetter(0)) - 1
        at, start, end = self.segments[number]
        until = self.segments[number + 1][0] if number + 1 < len(self.segments) else len(self.text)
        if until - at == end - start:
            return min(start + max(offset - at, 0), end)
        return end if last else start


def to_fields(pieces: tuple[Piece, ...], scope: Scope, *, split: bool = True, depth: int = 0) -> list[Field]:
    """The fields that one word gives; without *split* exactly one, as for the value of an assignment."""
    maker = _Maker(scope, split=split, depth=depth)
    for piece in pieces:
        maker.take(piece)
    maker.close()
    if not split and not maker.fields:
        at = pieces[-1].end if pieces else 0
        return [Field("", known=True, start=at, end=at)]
    return maker.fields


def read_field(token: Token, scope: Scope) -> list[Field]:
    """The fields of a word; one that is the whole word spans it, but for quotes around it."""
    fields = to_fields(token.pieces, scope)
    if len(fields) != 1:
        return fields
    start, end = token.start, token.end
    quote = scope.text[start : start + 1]
    if quote in ("'", '"') and end - start > 1 and scope.text[end - 1] == quote and all(p.quoted for p in token.pieces):
        start, end = start + 1, end - 1
    return [fields[0]._replace(start=start, end=end)]


def read_items(text: str, scope: Scope, depth: int = 0) -> tuple[str, ...] | None:
    """The values between the parentheses of ``A=(...)``; None where one is not known."""
    fields = [
        field
        for token in to_tokens(text)
        if token.kind == "word"
        for field in to_fields(token.pieces, scope, depth=depth + 1)
    ]
    return tuple(field.text for field in fields) if all(field.known for field in fields) else None


class _Maker:
    """The field that is being made, and those that are done."""

    def __init__(self, scope: Scope, *, split: bool, depth: int) -> None:
        self.scope = scope
        self.split = split
        self.depth = depth
        self.fields: list[Field] = []
        self.parts: list[str] = []
        self.segments: list[tuple[int, int, int]] = []
        self.length = 0
        self.known = True
        self.glob = False

    def take(self, piece: Piece) -> None:
        if piece.kind in ("text", "escaped"):
            self.glob = self.glob or (not piece.quoted and bool(_GLOB.search(piece.text)))
            self._add(piece.text, piece)
        elif piece.kind == "name":
            self._take_name(piece)
        elif piece.kind == "template":
            value = self.scope.get(piece.text)
            self._take_value(value if isinstance(value, str) else None, piece)
        else:
            self._take_value(None, piece)

    def close(self) -> None:
        """End the field, if one has begun."""
        if not self.segments:
            return
        text = "".join(self.parts)
        known = self.known and not (self.glob and not _NO_FILE.fullmatch(text)) and not self._unfolds(text)
        self.fields.append(Field(text, known, self.segments[0][1], self.segments[-1][2], tuple(self.segments)))
        self.parts, self.segments, self.length, self.known, self.glob = [], [], 0, True, False

    def _unfolds(self, text: str) -> bool:
        return self.glob and bool(_BRACES.search(text))

    def _add(self, text: str, piece: Piece) -> None:
        self.segments.append((self.length, piece.start, piece.end))
        self.parts.append(text)
        self.length += len(text)

    def _take_name(self, piece: Piece) -> None:
        value = self.scope.get(piece.text)
        if piece.operation[:3] in ("[@]", "[*]") and isinstance(value, tuple):
            if self.scope.spend(sum(map(len, value)) + len(value)):
                self._take_items(value, piece)
            else:
                self._take_value(None, piece)
            return
        first = next(iter(value), "") if isinstance(value, tuple) else value
        if piece.operation:
            is_set = self.scope.has(piece.text)
            allowed = self.scope.spend(_OPERATION_COST)
            first = apply(first, is_set, piece.operation, self._expand) if allowed else None
        self._take_value(first, piece)

    def _expand(self, text: str) -> str | None:
        """The value of a default, which may hold parameters itself."""
        if self.depth >= _MAX_DEPTH:
            return None
        tokens = to_tokens(f'"{text}"' if '"' not in text and "'" not in text else text)
        pieces = tuple(piece for token in tokens for piece in token.pieces)
        field = to_fields(pieces, self.scope, split=False, depth=self.depth + 1)[0]
        return field.text if field.known else None

    def _take_items(self, values: tuple[str, ...], piece: Piece) -> None:
        for number, value in enumerate(values):
            if number:
                self.close()
            self._add(value, piece)

    def _take_value(self, value: str | None, piece: Piece) -> None:
        if value is None or not self.scope.spend(len(value)):
            spelled = self.scope.text[piece.start : piece.end] if self.depth == 0 else piece.text
            self._add(spelled, piece)
            self.known = False
        elif piece.quoted or not self.split:
            self._add(value[:MAX_VALUE], piece)
        else:
            self._take_split(value, piece)

    def _take_split(self, value: str, piece: Piece) -> None:
        self.glob = self.glob or bool(_GLOB.search(value))
        parts = _BLANKS.split(value)
        for number, part in enumerate(parts):
            if number:
                self.close()
            if part:
                self._add(part, piece)
