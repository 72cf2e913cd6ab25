"""The pieces of a shell word: plain and quoted text, parameters, and what is only known while the script runs."""

from __future__ import annotations

import re
from typing import NamedTuple

#: The front of an assignment.
ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = re.compile(r"[0-9@*#?$!-]")
_MARK = re.compile(r"""\\.|\$\(|\$\{|['"`(){}]""", re.DOTALL)
_CLOSERS = {"$(": ")", "${": "}"}
_IN_DOUBLE = re.compile(r"""[^"\\`${]+|[{]""")
_IN_SINGLE = re.compile(r"\$?\{\{([^{}\n]*)\}\}")
_ANSI = re.compile(r"\\(.)", re.DOTALL)
_ANSI_VALUES = {"n": "\n", "t": "\t", "r": "\r"}


class Piece(NamedTuple):
    """A part of a word, of which ``kind`` says what ``text`` is.

    ``text``: what it stands for, which spans as many characters of the source (``escaped`` may span more);
    ``name``: a parameter's name, with ``operation`` as in ``:-default``; ``template``: the expression between double
    braces, which a workflow engine fills in before the shell runs; ``array``: what stands between the parentheses of
    ``A=(...)``; ``gap``: the spelling of what is only known at run time.
    """

    kind: str
    text: str
    start: int
    end: int
    operation: str = ""
    quoted: bool = False


def find_close(text: str, position: int, closer: str) -> int:
    """The offset behind *closer*, which ends what began before *position*; the end of *text* where it is missing."""
    stack = [closer]
    while stack:
        match = _MARK.search(text, position)
        if match is None:
            return len(text)
        mark, position = match[0], match.end()
        if mark == stack[-1]:
            stack.pop()
        elif mark in _CLOSERS:
            stack.append(_CLOSERS[mark])
        elif stack[-1] == '"' or mark[0] == "\\":
            continue
        elif mark == "'":
            end = text.find("'", position)
            position = end + 1 if end >= 0 else position
        elif mark in ('"', "`"):
            stack.append(mark)
        elif mark == "(" and stack[-1] == ")":
            stack.append(")")
    return position


def read_single(text: str, start: int, pieces: list[Piece]) -> int:
    """Add what stands between single quotes from *start* on; the offset behind them."""
    end = text.find("'", start + 1)
    close = len(text) if end < 0 else end
    position = start + 1
    for match in _IN_SINGLE.finditer(text, start + 1, close):
        pieces.append(Piece("text", text[position : match.start()], position, match.start(), quoted=True))
        pieces.append(Piece("template", match[1].strip(), match.start(), match.end(), quoted=True))
        position = match.end()
    pieces.append(Piece("text", text[position:close], position, close, quoted=True))
    return min(close + 1, len(text))


def read_double(text: str, start: int, pieces: list[Piece]) -> int:
    """The same for double quotes."""
    position = start + 1
    pieces.append(Piece("text", "", position, position, quoted=True))
    while position < len(text) and text[position] != '"':
        letter = text[position]
        if match := _IN_SINGLE.match(text, position):
            pieces.append(Piece("template", match[1].strip(), position, match.end(), quoted=True))
            position = match.end()
        elif letter == "$":
            position = read_dollar(text, position, pieces, quoted=True)
        elif letter == "`":
            end = find_close(text, position + 1, "`")
            pieces.append(Piece("gap", text[position:end], position, end, quoted=True))
            position = end
        elif letter == "\\":
            position = _read_escape(text, position, pieces)
        else:
            match = _IN_DOUBLE.match(text, position)
            end = match.end() if match else position + 1
            pieces.append(Piece("text", text[position:end], position, end, quoted=True))
            position = end
    return min(position + 1, len(text))


def _read_escape(text: str, position: int, pieces: list[Piece]) -> int:
    """A backslash in double quotes, which stays where it escapes nothing."""
    following = text[position + 1 : position + 2]
    if following in ("\n", ""):
        return position + 1 + len(following)
    if text.startswith("\r\n", position + 1):
        return position + 3
    start = position + 1 if following in '"\\$`' else position
    pieces.append(Piece("text", text[start : position + 2], start, position + 2, quoted=True))
    return position + 2


def read_dollar(text: str, start: int, pieces: list[Piece], *, quoted: bool) -> int:
    """Add what the ``$`` at *start* begins; the offset behind it."""
    following = text[start + 1 : start + 2]
    if match := _NAME.match(text, start + 1):
        pieces.append(Piece("name", match[0], start, match.end(), quoted=quoted))
        return match.end()
    if following == "{":
        end = find_close(text, start + 2, "}")
        pieces.append(_read_braces(text, start, end, quoted=quoted))
        return end
    if following == "(":
        end = find_close(text, start + 2, ")")
        pieces.append(Piece("gap", text[start:end], start, end, quoted=quoted))
        return end
    if following == "'" and not quoted:
        return _read_ansi(text, start, pieces)
    if following == '"' and not quoted:
        return read_double(text, start + 1, pieces)
    special = _SPECIAL.match(text, start + 1)
    end = special.end() if special else start + 1
    pieces.append(Piece("gap" if special else "text", text[start:end], start, end, quoted=quoted))
    return end


def _read_braces(text: str, start: int, end: int, *, quoted: bool) -> Piece:
    match = _NAME.match(text, start + 2)
    if match is None or text[end - 1 : end] != "}":
        return Piece("gap", text[start:end], start, end, quoted=quoted)
    return Piece("name", match[0], start, end, text[match.end() : end - 1], quoted=quoted)


def _read_ansi(text: str, start: int, pieces: list[Piece]) -> int:
    """``$'...'``, with the escapes that packages and versions could hold."""
    match = re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL).match(text, start + 2)
    close = match.end() if match else start + 2
    value = _ANSI.sub(lambda escape: _ANSI_VALUES.get(escape[1], escape[1]), text[start + 2 : close])
    pieces.append(Piece("escaped", value, start + 2, close, quoted=True))
    return min(close + 1, len(text))
