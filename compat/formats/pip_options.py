"""The options that may stand in a requirements file, read as pip reads them.

Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/#supported-options
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: Long name to: takes a value.
_LONG = {
    "index-url": True,
    "pypi-url": True,
    "extra-index-url": True,
    "no-index": False,
    "constraint": True,
    "requirement": True,
    "editable": True,
    "find-links": True,
    "no-binary": True,
    "only-binary": True,
    "prefer-binary": False,
    "require-hashes": False,
    "no-require-hashes": False,
    "pre": False,
    "all-releases": True,
    "only-final": True,
    "trusted-host": True,
    "use-feature": True,
    "hash": True,
    "config-setting": True,
    "config-settings": True,
}
_SHORT = {
    "i": "index-url",
    "c": "constraint",
    "r": "requirement",
    "e": "editable",
    "f": "find-links",
    "C": "config-settings",
}
_SAME = {"pypi-url": "index-url", "config-setting": "config-settings"}
_HASH = re.compile(r"sha(?:256|384|512):")
_WORD = re.compile(r"""(?>(?:[^\s"'\\]++|\\.|"(?>(?:[^"\\]++|\\.)*)"|'[^']*+')+)""", re.DOTALL)
_QUOTED = re.compile(r"""\\.|"(?>(?:[^"\\]++|\\.)*)"|'[^']*+'""", re.DOTALL)


class Option(NamedTuple):
    """An option by its long name; ``start`` and ``end`` span its value (the option itself where it takes none)."""

    name: str
    value: str
    start: int
    end: int


class InvalidOption(ValueError):
    """An option that pip refuses in a requirements file; ``start`` is where it stands."""

    def __init__(self, message: str, hint: str | None, start: int) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.start = start


def parse_options(text: str, start: int) -> list[Option]:
    """The options in *text* from offset *start* on; words that belong to none are passed over, as pip does.

    Raises: InvalidOption.
    """
    words = _split(text, start)
    options: list[Option] = []
    position = 0
    while position < len(words):
        word, at, end = words[position]
        position += 1
        if word == "--":
            break
        if not word.startswith("-") or word == "-":
            continue
        name, value, offset = _take(word, at)
        if value is None and _LONG[name]:
            if position >= len(words):
                raise InvalidOption(f"`{word}` has no value", None, at)
            value, offset, end = words[position]
            position += 1
        if name == "hash" and not _HASH.match(value or ""):
            message = f"`{(value or '')[:40]}` is no hash that pip takes"
            raise InvalidOption(message, "write `--hash=sha256:...`", offset)
        options.append(Option(_SAME.get(name, name), value or "", offset, end))
    return options


def _take(word: str, at: int) -> tuple[str, str | None, int]:
    """Long name, value if it is part of the word, and the offset of the value (of the word without one)."""
    if word.startswith("--"):
        written, equals, value = word[2:].partition("=")
        name = _complete(written, word, at)
        if equals and not _LONG[name]:
            raise InvalidOption(f"`--{name}` takes no value", None, at)
        return (name, value, at + len(written) + 3) if equals else (name, None, at)
    short = _SHORT.get(word[1])
    if short is None:
        raise InvalidOption(f"`{word[:2]}` is no option of a requirements file", None, at)
    return (short, word[2:], at + 2) if len(word) > 2 else (short, None, at)  # a dash and a letter


def _complete(written: str, word: str, at: int) -> str:
    """The option that *written* names or uniquely begins, as Python's option parser allows."""
    if written in _LONG:
        return written
    fitting = {_SAME.get(name, name) for name in _LONG if name.startswith(written)} if written else set()
    if len(fitting) == 1:
        return fitting.pop()
    import difflib

    near = difflib.get_close_matches(written[:40], _LONG, n=1)
    hint = f"did you mean `--{near[0]}`?" if near else None
    shown = word.partition("=")[0][:40]
    raise InvalidOption(f"`{shown}` is no option of a requirements file", hint, at)


def _split(text: str, start: int) -> list[tuple[str, int, int]]:
    """The words of *text* from *start* on, split as a shell does: each unquoted, with its span as written."""
    words: list[tuple[str, int, int]] = []
    position = start
    for match in _WORD.finditer(text, start):
        if text[position : match.start()].strip():
            break
        words.append((_QUOTED.sub(_unquote, match[0]), match.start(), match.end()))
        position = match.end()
    if text[position:].strip():
        raise InvalidOption("a quote is not closed", None, position)
    return words


def _unquote(match: re.Match[str]) -> str:
    token = match[0]
    if token[0] == "\\":
        return token[1:]
    return token[1:-1] if token[0] == "'" else re.sub(r'\\(["\\])', r"\1", token[1:-1])
