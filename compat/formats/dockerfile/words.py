"""How the parts of an instruction are told apart: flags, words, JSON lists, the names of heredocs.

Every function works on one text and counts in its offsets. Quotes stay in the words; `expand` takes them off.
"""

from __future__ import annotations

import json
import re

Span = tuple[int, int]
Item = tuple[Span, str]

_LIST = re.compile(r'\[\s*(?:"(?:[^"\\\x00-\x1f]|\\.)*"\s*(?:,\s*"(?:[^"\\\x00-\x1f]|\\.)*"\s*)*)?\]\s*')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_HEREDOC = re.compile(r"\d*<<(-?)\s*([^<]*)")


def find_flags(text: str, start: int, escape: str) -> tuple[tuple[tuple[str, str], ...], int]:
    """The ``--name=value`` words from *start* on, without dashes and quotes, and where the first other word begins."""
    flags: list[tuple[str, str]] = []
    while True:
        start = _skip_blanks(text, start)
        if not text.startswith("--", start):
            return tuple(flags), start
        end = _word_end(text, start, escape)
        word = unquote(text[start:end], escape)
        start = end
        if word == "--":
            return tuple(flags), _skip_blanks(text, start)
        name, _, value = word[2:].partition("=")
        flags.append((name, value))


def split_blanks(text: str, span: Span) -> list[Span]:
    """The words between blanks; quotes hold nothing together (COPY, FROM, EXPOSE)."""
    return [match.span() for match in re.compile(r"\S+").finditer(text, *span)]


def split_words(text: str, span: Span, escape: str) -> list[Span]:
    """The words between blanks that are in no quotes and not escaped (ENV, ARG, LABEL)."""
    start, end = span
    found = []
    while (start := _skip_blanks(text, start)) < end:
        following = min(end, _word_end(text, start, escape))
        found.append((start, following))
        start = following
    return found


def is_list(text: str) -> bool:
    """Whether *text* is the exec form: a JSON list of strings."""
    return read_list(text, (0, len(text))) is not None


def read_list(text: str, span: Span) -> list[Item] | None:
    """The strings of a JSON list, each with its span inside the quotes; None where *span* is none (shell form)."""
    start, end = span
    if not text.startswith("[", start) or _LIST.fullmatch(text, start, end) is None:
        return None
    found: list[Item] = []
    for match in _STRING.finditer(text, start, end):
        try:
            found.append(((match.start() + 1, match.end() - 1), str(json.loads(match[0]))))
        except ValueError:  # an escape that JSON does not know: docker takes the line as a shell's
            return None
    return found


def is_mixed_list(text: str) -> bool:
    """Whether *text* is a JSON list that holds something else than strings, which docker refuses."""
    if not (text.startswith("[") and text.endswith("]")):
        return False
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return not all(isinstance(value, str) for value in values)


def find_heredocs(text: str) -> list[tuple[str, bool]]:
    """The names after ``<<``, and whether leading tabs go (``<<-``), in the order in which their texts follow."""
    found = []
    start = 0
    while (start := _skip_blanks(text, start)) < len(text):
        end = _heredoc_word_end(text, start)
        if end is None:
            return []
        match = _HEREDOC.fullmatch(text, start, end)
        start = end
        if match is None or not match[2].strip():
            continue
        name = match[2].rstrip()
        if _word_end(name, 0, "\\") == len(name):
            found.append((unquote(name, "\\"), bool(match[1])))
    return found


def is_heredoc(text: str) -> bool:
    """Whether *text* is nothing but ``<<NAME``."""
    match = _HEREDOC.fullmatch(text)
    return match is not None and bool(match[2].strip()) and len(find_heredocs(text)) == 1


def unquote(text: str, escape: str) -> str:
    """*text* without its quotes and escape signs. Unfinished ones end with the text."""
    found: list[str] = []
    quote = ""
    signs = iter(text)
    for sign in signs:
        if quote == sign:
            quote = ""
        elif not quote and sign in "'\"":
            quote = sign
        elif sign == escape and quote != "'":
            found.append(next(signs, ""))
        else:
            found.append(sign)
    return "".join(found)


def _skip_blanks(text: str, start: int) -> int:
    while start < len(text) and text[start].isspace():
        start += 1
    return start


def _word_end(text: str, start: int, escape: str) -> int:
    """Where the word that begins at *start* ends; an unfinished quote runs to the end of the text."""
    quote = ""
    while start < len(text):
        sign = text[start]
        if sign == escape and quote != "'":
            start += 1
        elif quote == sign:
            quote = ""
        elif not quote and sign in "'\"":
            quote = sign
        elif not quote and sign.isspace():
            return start
        start += 1
    return len(text)


def _heredoc_word_end(text: str, start: int) -> int | None:
    """As `_word_end`, with blanks after ``<<`` in the word; None where a quote is not closed: docker sees no heredoc then."""
    quote = ""
    while start < len(text):
        sign = text[start]
        if sign == "\\" and quote != "'":
            start += 1
        elif quote == sign:
            quote = ""
        elif not quote and sign in "'\"":
            quote = sign
        elif not quote and text.startswith("<<", start):
            start = _skip_blanks(text, start + 2) - 1
        elif not quote and sign.isspace():
            return start
        start += 1
    return None if quote else len(text)
