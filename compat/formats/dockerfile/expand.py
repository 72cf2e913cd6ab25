"""Variables and quotes in the words of an instruction, as docker itself fills them in (RUN leaves them to its shell).

Source: https://docs.docker.com/reference/dockerfile/#environment-replacement
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from compat.formats.dockerfile import patterns

#: Values grow when they name each other twice; no real one is near this.
MAX_VALUE = 8192
#: ``${A:-${B:-${C}}}``
MAX_DEPTH = 20
_NAME = re.compile(r"[^\W\d]\w*|\d+|[@*#?\-$!]")


class Value(NamedTuple):
    """What is known of a variable: ``text`` is None while it has none. ``known`` is False where only the build knows."""

    text: str | None = None
    known: bool = True


Lookup = Callable[[str], Value]


class Expanded(NamedTuple):
    """A word as docker takes it; parts that are not known stay as they are spelled."""

    text: str
    known: bool


class BadWord(Exception):
    """docker refuses the word; the text says why."""


def expand(word: str, lookup: Lookup, escape: str = "\\") -> Expanded:
    """*word* without quotes and with its variables filled in. Raises: BadWord."""
    if not re.search(r"""[$'"]""", word) and escape not in word:
        return Expanded(word, known=True)
    reader = _Reader(word, lookup, escape)
    text = reader.read_until("")
    return Expanded(text, reader.known)


class _Reader:
    """One pass over a word."""

    def __init__(self, word: str, lookup: Lookup, escape: str) -> None:
        self._word = word
        self._lookup = lookup
        self._escape = escape
        self._at = 0
        self._depth = 0
        self._raw = False
        self._room = MAX_VALUE
        self.known = True

    def read_until(self, stop: str) -> str:
        """The text up to *stop*, which is passed over; "" is the end of the word."""
        found: list[str] = []
        while self._at < len(self._word):
            sign = self._take()
            if sign == stop:
                return "".join(found)
            if sign == "'":
                found.append(self._single())
            elif sign == '"':
                found.append(self._double())
            elif sign == "$":
                found.append(self._dollar())
            elif sign == self._escape:
                found.append((sign if self._raw else "") + self._take())
            else:
                found.append(sign)
        if stop:
            raise BadWord(f"`{stop}` is missing")
        return "".join(found)

    def _take(self) -> str:
        sign = self._word[self._at : self._at + 1]
        self._at += 1
        return sign

    def _single(self) -> str:
        end = self._word.find("'", self._at)
        if end < 0:
            raise BadWord("a single quote is not closed")
        text = self._word[self._at : end]
        self._at = end + 1
        return text

    def _double(self) -> str:
        found: list[str] = []
        while self._at < len(self._word):
            sign = self._take()
            if sign == '"':
                return "".join(found)
            if sign == "$":
                found.append(self._dollar())
            elif sign == self._escape:
                following = self._word[self._at : self._at + 1]
                kept = sign if self._raw or following not in {'"', "$", self._escape} else ""
                if following in {'"', "$", self._escape}:
                    self._at += 1
                    found.append(kept + following)
                elif following:
                    found.append(sign)
            else:
                found.append(sign)
        raise BadWord("a double quote is not closed")

    def _dollar(self) -> str:
        """What follows a ``$``, filled in where it can be."""
        start = self._at - 1
        if not self._word.startswith("{", self._at):
            name = _NAME.match(self._word, self._at)
            if name is None:
                return "$"
            self._at = name.end()
            return self._plain(self._lookup(name[0]), start)
        self._at += 1
        name = _NAME.match(self._word, self._at)
        if name is None:
            raise BadWord("`${` without a name: bad substitution")
        self._at = name.end()
        value = self._lookup(name[0])
        if self._word.startswith("}", self._at):
            self._at += 1
            return self._plain(value, start)
        return self._modified(name[0], value, start)

    def _plain(self, value: Value, start: int) -> str:
        return self._filled(value.text, start) if value.known and value.text is not None else self._unknown(start)

    def _filled(self, text: str, start: int) -> str:
        """*text*, while there is room for it: values that name each other twice would grow without end."""
        self._room -= len(text)
        return text if self._room >= 0 else self._unknown(start)

    def _unknown(self, start: int) -> str:
        self.known = False
        return self._word[start : self._at]

    def _modified(self, name: str, value: Value, start: int) -> str:
        """``${NAME:-text}`` and its kin, from the sign after the name on."""
        known_before = self.known
        empty_is_unset = self._word.startswith(":", self._at)
        self._at += empty_is_unset
        sign = self._take()
        if sign == "/" and not empty_is_unset:
            return self._replaced(value, start)
        if not sign or sign not in "-+?#%" or (empty_is_unset and sign in "#%"):
            raise BadWord(f"`${{{name}{':' * empty_is_unset}{sign}`: docker knows no such substitution")
        text = self._inside("}", raw=sign in "#%")
        if not value.known:
            return self._unknown(start)
        if sign in "#%":
            return self._trimmed(sign, value, text, start)
        is_set = value.text is not None and not (empty_is_unset and not value.text)
        if sign == "?":
            return self._filled(value.text, start) if is_set and value.text is not None else self._unknown(start)
        if (sign == "-") != is_set:
            return text
        self.known = known_before  # the text inside is not used
        return self._filled(value.text or "", start) if sign == "-" else ""

    def _inside(self, stop: str, *, raw: bool) -> str:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadWord(f"more than {MAX_DEPTH} variables inside each other")
        before, self._raw = self._raw, raw
        text = self.read_until(stop)
        self._raw = before
        self._depth -= 1
        return text

    def _trimmed(self, sign: str, value: Value, text: str, start: int) -> str:
        longest = text.startswith(sign)
        trim = patterns.trim_prefix if sign == "#" else patterns.trim_suffix
        if value.text is None:
            return self._unknown(start)
        try:
            return trim(value.text, patterns.parse_pattern(text[longest:]), longest=longest)
        except patterns.TooMuch:
            return self._unknown(start)

    def _replaced(self, value: Value, start: int) -> str:
        everywhere = self._word.startswith("/", self._at)
        self._at += everywhere
        pattern = self._inside("/", raw=True)
        text = self._inside("}", raw=True)
        if not value.known or value.text is None:
            return self._unknown(start)
        try:
            return patterns.replace(value.text, patterns.parse_pattern(pattern), text, everywhere=everywhere)
        except patterns.TooMuch:
            return self._unknown(start)
