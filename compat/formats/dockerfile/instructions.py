"""The words of one instruction, by its keyword.

Source: https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from compat.formats.dockerfile.expand import BadWord, Expanded, Lookup, expand
from compat.formats.dockerfile.lines import Heredoc, Statement
from compat.formats.dockerfile.words import (
    Span,
    is_heredoc,
    is_mixed_list,
    read_list,
    split_blanks,
    split_words,
    unquote,
)
from compat.model.containers import Word

_GLOB = re.compile(r"[*?\[]")
_OPEN = re.compile(r"[$`]")


class Refused(Exception):
    """docker refuses the instruction: ``message`` says why, ``span`` where, in its logical line."""

    def __init__(self, message: str, span: Span, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint


def read_words(statement: Statement, lookup: Lookup, escape: str) -> tuple[Word, ...]:
    """The words of *statement* as `Instruction` lists them; none for RUN and FROM. Raises: Refused."""
    return _READERS[statement.keyword](statement, lookup, escape)


def read_arguments(statement: Statement, escape: str) -> Iterator[tuple[Span, Span | None]]:
    """The names that ARG declares, each with the span of its default. Raises: Refused."""
    words = split_words(statement.line.text, statement.body, escape)
    if not words:
        raise Refused("`ARG` names nothing", _whole(statement))
    for start, end in words:
        equals = statement.line.text.find("=", start, end)
        if equals == start:
            raise Refused("`ARG` without a name before `=`", (start, end))
        yield ((start, end), None) if equals < 0 else ((start, equals), (equals + 1, end))


def fill(statement: Statement, span: Span, lookup: Lookup, escape: str) -> Expanded:
    """The text of *span* with quotes off and variables filled in. Raises: Refused."""
    word = statement.line.text[slice(*span)]
    try:
        return expand(word, lookup, escape)
    except BadWord as error:
        raise Refused(f"`{word}`: {error}", span) from error


def to_word(statement: Statement, span: Span, lookup: Lookup, escape: str) -> Word:
    """The word at *span*; its place leaves out quotes around all of it. Raises: Refused."""
    text, known = fill(statement, span, lookup, escape)
    return Word(text, statement.line.place(*_inside(statement.line.text, span)), known)


def _inside(text: str, span: Span) -> Span:
    """*span* without the quotes, where one pair stands around all of it."""
    start, end = span
    quote = text[start : start + 1]
    enclosed = end - start > 1 and quote in {"'", '"'} and text.find(quote, start + 1) == end - 1
    return (start + 1, end - 1) if enclosed else span


def _whole(statement: Statement) -> Span:
    return 0, max(1, statement.body[1])


def _read_one(statement: Statement, lookup: Lookup, escape: str) -> tuple[Word, ...]:
    if not statement.text:
        raise Refused(f"`{statement.keyword}` takes one argument, and has none", _whole(statement))
    return (to_word(statement, statement.body, lookup, escape),)


def _read_raw(statement: Statement, _lookup: Lookup, _escape: str) -> tuple[Word, ...]:
    return (Word(statement.text, statement.line.place(*statement.body)),)


def _read_none(_statement: Statement, _lookup: Lookup, _escape: str) -> tuple[Word, ...]:
    return ()


def _read_pairs(statement: Statement, lookup: Lookup, escape: str) -> tuple[Word, ...]:
    """Name and value in turn; ``ENV name value`` is the old form, where the rest of the line is one value."""
    text, keyword = statement.line.text, statement.keyword
    words = split_words(text, statement.body, escape)
    if not words:
        raise Refused(f"`{keyword}` takes at least one argument, and has none", _whole(statement))
    if "=" not in text[slice(*words[0])]:
        return _read_old_pair(statement, words, lookup, escape)
    found = []
    for start, end in words:
        equals = text.find("=", start, end)
        if equals <= start:
            word = text[start:end]
            raise Refused(f"`{word}` in `{keyword}` is no `name=value`", (start, end), "quote values that hold spaces")
        found += [
            to_word(statement, (start, equals), lookup, escape),
            to_word(statement, (equals + 1, end), lookup, escape),
        ]
    return tuple(found)


def _read_old_pair(statement: Statement, words: list[Span], lookup: Lookup, escape: str) -> tuple[Word, ...]:
    name = split_blanks(statement.line.text, statement.body)[0]
    if len(words) < 2:
        raise Refused(f"`{statement.keyword} {statement.text}` has no value", name, "write `name=value`")
    value = (split_blanks(statement.line.text, (name[1], statement.body[1]))[0][0], statement.body[1])
    return to_word(statement, name, lookup, escape), to_word(statement, value, lookup, escape)


def _read_items(statement: Statement, lookup: Lookup, escape: str) -> tuple[Word, ...]:
    """The words of a JSON list, or those between blanks."""
    text = statement.line.text
    items = read_list(text, statement.body)
    if items is None:
        return tuple(to_word(statement, span, lookup, escape) for span in split_blanks(text, statement.body))
    found = []
    for span, item in items:
        try:
            filled = expand(item, lookup, escape)
        except BadWord as error:
            raise Refused(f"`{item}`: {error}", span) from error
        found.append(Word(filled.text, statement.line.place(*span), filled.known))
    return tuple(found)


def _read_some(statement: Statement, lookup: Lookup, escape: str) -> tuple[Word, ...]:
    words = _read_items(statement, lookup, escape)
    if not words:
        raise Refused(f"`{statement.keyword}` takes at least one argument, and has none", _whole(statement))
    return words


def _read_files(statement: Statement, lookup: Lookup, escape: str) -> tuple[Word, ...]:
    """Sources and destination. A source that is a pattern, or a heredoc, is not known."""
    words = _read_items(statement, lookup, escape)
    if len(words) < 2:
        raise Refused(f"`{statement.keyword}` takes a source and a destination", _whole(statement))
    sources = (word._replace(known=word.known and not _is_open_source(word.text)) for word in words[:-1])
    return (*sources, words[-1])


def read_texts(statement: Statement) -> tuple[Word, ...]:
    """The files that heredocs of COPY and ADD spell. docker fills in their variables, unless the name is in quotes."""
    if statement.keyword not in {"COPY", "ADD"}:
        return ()
    return tuple(_to_text(statement, heredoc) for heredoc in statement.heredocs)


def _to_text(statement: Statement, heredoc: Heredoc) -> Word:
    text = heredoc.text.text
    plain = re.search(rf"<<-?\s*{re.escape(heredoc.name)}(?!\S)", statement.text)
    return Word(text, heredoc.text.place(0, len(text)), known=plain is None or "$" not in text)


def _is_open_source(text: str) -> bool:
    return _GLOB.search(text) is not None or is_heredoc(text)


def _read_command(statement: Statement, _lookup: Lookup, escape: str) -> tuple[Word, ...]:
    """The exec form's words, or those of the shell form, whose variables the container fills in when it runs."""
    return _command_words(statement, statement.body, escape)


def _command_words(statement: Statement, span: Span, escape: str) -> tuple[Word, ...]:
    text, line = statement.line.text, statement.line
    items = read_list(text, span)
    if items is not None:
        return tuple(Word(item, line.place(*span)) for span, item in items)
    return tuple(
        Word(
            unquote(text[start:end], escape),
            line.place(*_inside(text, (start, end))),
            _OPEN.search(text, start, end) is None,
        )
        for start, end in split_words(text, span, escape)
    )


def _read_shell(statement: Statement, _lookup: Lookup, escape: str) -> tuple[Word, ...]:
    if not read_list(statement.line.text, statement.body):
        hint = 'write `SHELL ["/bin/bash", "-c"]`'
        raise Refused("`SHELL` takes its command as a JSON list of strings", _whole(statement), hint)
    return _command_words(statement, statement.body, escape)


def _read_healthcheck(statement: Statement, _lookup: Lookup, escape: str) -> tuple[Word, ...]:
    words = split_blanks(statement.line.text, statement.body)
    kind = statement.line.text[slice(*words[0])] if words else ""
    if kind.upper() == "NONE":
        return (Word("NONE", statement.line.place(*words[0])),)
    if kind.upper() != "CMD" or len(words) < 2:
        raise Refused("`HEALTHCHECK` takes `CMD` and a command, or `NONE`", _whole(statement))
    return _command_words(statement, (words[1][0], statement.body[1]), escape)


def _read_trigger(statement: Statement, _lookup: Lookup, _escape: str) -> tuple[Word, ...]:
    """The keyword that a build from this image will run."""
    words = split_blanks(statement.line.text, statement.body)
    if not words:
        raise Refused("`ONBUILD` takes an instruction, and has none", _whole(statement))
    keyword = statement.line.text[slice(*words[0])].upper()
    if keyword in {"FROM", "MAINTAINER", "ONBUILD"}:
        raise Refused(f"`ONBUILD` takes no `{keyword}`", words[0])
    return (Word(keyword, statement.line.place(*words[0])),)


def refuse_mixed(statement: Statement) -> None:
    """Raise Refused where *statement* is written as a JSON list that holds something else than strings."""
    if statement.keyword in _WITH_LIST and is_mixed_list(statement.text):
        raise Refused(f"`{statement.keyword}`: a list may hold nothing but strings", statement.body)


_WITH_LIST = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})
_READERS: dict[str, Callable[[Statement, Lookup, str], tuple[Word, ...]]] = {
    "ADD": _read_files,
    "CMD": _read_command,
    "COPY": _read_files,
    "ENTRYPOINT": _read_command,
    "ENV": _read_pairs,
    "EXPOSE": _read_some,
    "HEALTHCHECK": _read_healthcheck,
    "LABEL": _read_pairs,
    "MAINTAINER": _read_raw,
    "ONBUILD": _read_trigger,
    "RUN": _read_none,
    "SHELL": _read_shell,
    "STOPSIGNAL": _read_one,
    "USER": _read_one,
    "VOLUME": _read_some,
    "WORKDIR": _read_one,
}
#: Every instruction that docker knows.
KEYWORDS = frozenset({"ARG", "FROM", *_READERS})
