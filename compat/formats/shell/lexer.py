"""The tokens of a shell script: words in pieces, operators, redirections, and the spans of here-documents.

POSIX sh with the parts of bash that build scripts use. What is not closed runs to the end of the text; nothing is refused.
Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from compat.formats.shell.pieces import ASSIGNED, Piece, find_close, read_dollar, read_double, read_single

_BLANK = re.compile(r"(?:[ \t\r\f\v]|\\\r?\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[;|()\n]|&(?!>)")
_REDIRECTION = re.compile(r"&>>?|<<<|<<-?|>>|>\||[<>]&|<>|[<>]")
_TEMPLATE = re.compile(r"\$?\{\{([^{}\n]*)\}\}")
_RUN = re.compile(r"[^ \t\r\n\f\v;&|()<>\\'\"`${]+|\{")
_BREAK = re.compile(r"[ \t\r\n\f\v;&|()<>]")


class Token(NamedTuple):
    """A piece of the grammar: ``kind`` is ``word``, ``operator``, ``redirection`` or ``here`` (a here-document).

    ``text`` is the operator, the redirection's operator, or the word as spelled where it is one plain piece, which is how
    reserved words are known; else "". ``body`` spans a here-document's text.
    """

    kind: str
    text: str
    start: int
    end: int
    pieces: tuple[Piece, ...] = ()
    body: tuple[int, int] = (0, 0)


def to_tokens(text: str) -> list[Token]:
    """The tokens of *text*, comments left out. Takes time in proportion to its length."""
    return _Lexer(text).read()


class _Lexer:
    """The state of reading one script."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.tokens: list[Token] = []
        self.waiting: list[tuple[int, str, bool]] = []
        """Here-documents whose text begins at the next line: the token's number, the delimiter, whether tabs are taken off."""

    def read(self) -> list[Token]:
        while self.position < len(self.text):
            if match := _BLANK.match(self.text, self.position) or _COMMENT.match(self.text, self.position):
                self.position = match.end()
            elif match := _OPERATOR.match(self.text, self.position):
                self._take("operator", match)
                if match[0] == "\n":
                    self._read_bodies()
            elif not self._at_process() and (match := _REDIRECTION.match(self.text, self.position)):
                self._read_redirection(match)
            else:
                self._read_word()
        return self.tokens

    def _take(self, kind: str, match: re.Match[str]) -> None:
        self.tokens.append(Token(kind, match[0], match.start(), match.end()))
        self.position = match.end()

    def _at_process(self) -> bool:
        """Whether ``<(...)`` begins here, which is a word."""
        return self.text.startswith(("<(", ">("), self.position)

    def _read_redirection(self, match: re.Match[str]) -> None:
        """Take an operator; the number of a file in front of it is no word of the command."""
        last = self.tokens[-1] if self.tokens else None
        if last is not None and last.kind == "word" and last.end == match.start() and last.text.isdigit():
            self.tokens.pop()
        self._take("redirection", match)
        if match[0] not in ("<<", "<<-"):
            return
        if blank := _BLANK.match(self.text, self.position):
            self.position = blank.end()
        if self.position < len(self.text) and not _BREAK.match(self.text, self.position):
            self._read_word()
            delimiter = "".join(piece.text for piece in self.tokens.pop().pieces)
            self.tokens[-1] = self.tokens[-1]._replace(kind="here")
            self.waiting.append((len(self.tokens) - 1, delimiter, match[0] == "<<-"))

    def _read_bodies(self) -> None:
        """Pass over the here-documents that begin at this line; one without its delimiter runs to the end."""
        for number, delimiter, strips in self.waiting:
            start = self.position
            end = len(self.text)
            while self.position < len(self.text):
                newline = self.text.find("\n", self.position)
                after = len(self.text) if newline < 0 else newline + 1
                line = self.text[self.position : after].rstrip("\r\n")
                if (line.lstrip("\t") if strips else line) == delimiter:
                    end, self.position = self.position, after
                    break
                self.position = after
            self.tokens[number] = self.tokens[number]._replace(body=(start, end))
        self.waiting.clear()

    def _read_word(self) -> None:
        start = self.position
        pieces: list[Piece] = []
        while self.position < len(self.text):
            before = self.position
            self._read_piece(pieces)
            if self.position == before:
                break
        plain = len(pieces) == 1 and pieces[0].kind == "text" and not pieces[0].quoted
        text = pieces[0].text if plain and pieces[0].end - pieces[0].start == self.position - start else ""
        self.tokens.append(Token("word", text, start, self.position, tuple(pieces)))

    def _read_piece(self, pieces: list[Piece]) -> None:
        """Add the piece that begins here; the position stays where the word ends."""
        text, at = self.text, self.position
        letter = text[at]
        if letter in "'\"":
            self.position = (read_single if letter == "'" else read_double)(text, at, pieces)
        elif letter == "\\":
            self._read_escape(pieces)
        elif letter == "`" or self._at_process():
            opening, closer = (1, "`") if letter == "`" else (2, ")")
            self._gap(pieces, find_close(text, at + opening, closer))
        elif match := _TEMPLATE.match(text, at):
            pieces.append(Piece("template", match[1].strip(), at, match.end()))
            self.position = match.end()
        elif letter == "$":
            self.position = read_dollar(text, at, pieces, quoted=False)
        elif letter == "(" and pieces and pieces[-1].kind == "text" and ASSIGNED.fullmatch(pieces[-1].text):
            self.position = find_close(text, at + 1, ")")
            pieces.append(Piece("array", text[at + 1 : self.position - 1], at, self.position))
        elif match := _RUN.match(text, at):
            pieces.append(Piece("text", match[0], at, match.end()))
            self.position = match.end()

    def _read_escape(self, pieces: list[Piece]) -> None:
        """A backslash takes the meaning of the next letter, and a line end away."""
        at = self.position
        self.position = min(at + (3 if self.text.startswith("\r\n", at + 1) else 2), len(self.text))
        if self.text[at + 1 : at + 2] not in ("\n", "\r", ""):
            pieces.append(Piece("text", self.text[at + 1], at + 1, at + 2, quoted=True))

    def _gap(self, pieces: list[Piece], end: int) -> None:
        """What stands here is only known at run time, up to *end*."""
        pieces.append(Piece("gap", self.text[self.position : end], self.position, end))
        self.position = end
