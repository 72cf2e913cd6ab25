"""Tests that can be answered from what the script itself says: ``[ "$CUDA" = cu118 ]``. Files are not looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from operator import eq, ge, gt, le, lt, ne
from typing import Protocol

_NUMBERS: dict[str, Callable[[int, int], bool]] = {"-eq": eq, "-ne": ne, "-lt": lt, "-le": le, "-gt": gt, "-ge": ge}
_TEXTS: dict[str, Callable[[str, str], bool]] = {"=": eq, "==": eq, "!=": ne}
#: Patterns of `case` that are tried; longer ones, and those with many stars, could take long.
_MAX_PATTERN = 100
_GLOB = frozenset("*?[")
_CONSTANT = {"true": True, ":": True, "false": False}


class _Known(Protocol):
    """A word: `compat.model.containers.Word` or a field."""

    @property
    def text(self) -> str: ...
    @property
    def known(self) -> bool: ...


def answer(words: Sequence[_Known]) -> bool | None:
    """Whether the command *words* succeeds, where that is certain: `true`, `false`, and `test` of known texts."""
    if not words:
        return None
    program = words[0].text
    if len(words) == 1:
        return _CONSTANT.get(program)
    if program == "[" and words[-1].text == "]":
        return evaluate(words[1:-1])
    return evaluate(words[1:]) if program == "test" else None


def evaluate(words: Sequence[_Known]) -> bool | None:
    """The expression between the brackets of a test; None where it is not known."""
    if not all(word.known for word in words):
        return None
    texts = [word.text for word in words]
    if texts[:1] == ["!"] and len(texts) > 1:
        inner = evaluate(words[1:])
        return None if inner is None else not inner
    if len(texts) == 1:
        return bool(texts[0])
    if len(texts) == 2:
        return {"-n": bool(texts[1]), "-z": not texts[1]}.get(texts[0])
    return _compare(*texts) if len(texts) == 3 else None


def _compare(left: str, operator: str, right: str) -> bool | None:
    if operator in _TEXTS:
        return _TEXTS[operator](left, right)
    if operator in _NUMBERS and left.lstrip("-").isdecimal() and right.lstrip("-").isdecimal():
        return _NUMBERS[operator](int(left[-20:]), int(right[-20:]))
    return None


def fits(value: str | None, patterns: Sequence[str]) -> bool | None:
    """Whether `case` takes the branch of *patterns* for *value*; None where that is not known."""
    if patterns == ["*"]:
        return True
    if value is None or len(value) > _MAX_PATTERN:
        return None
    if value in patterns:
        return True
    globs = [pattern for pattern in patterns if not _GLOB.isdisjoint(pattern)]
    if any(len(pattern) > _MAX_PATTERN or pattern.count("*") > 3 for pattern in globs):
        return None
    return any(fnmatchcase(value, pattern) for pattern in globs)


def both(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 - a logic with three values
    """``&&`` of two answers."""
    if left is False or right is False:
        return False
    return True if left and right else None


def either(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001
    """``||`` of two answers."""
    if left or right:
        return True
    return None if left is None or right is None else False
