"""What ``${NAME...}`` makes of a parameter's value."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable

#: Longer values are taken for unknown: what a script can double and double again stays small.
MAX_VALUE = 8192
#: Patterns and values for which a pattern is tried; versions and names of files are shorter.
_MAX_PATTERN = 64
_MAX_MATCHED = 128
_REPLACE = re.compile(r"(//?)(/?[^/]*)(?:/(.*))?", re.DOTALL)

Expand = Callable[[str], str | None]


def apply(value: str | None, is_set: bool, operation: str, expand: Expand) -> str | None:  # noqa: FBT001 - two facts of one name
    """*value* after *operation*, such as ``:-default`` or ``%.*``; None where the result is not known.

    *value* is None for a name that is not set as well as for one whose value is not known, which *is_set* tells apart.
    *expand* fills in parameters in the operation's words.
    Source: https://www.gnu.org/software/bash/manual/html_node/Shell-Parameter-Expansion.html
    """
    sign = operation[:2] if operation[:1] == ":" else operation[:1]
    word = operation[len(sign) :]
    if sign in (":-", "-", ":=", "="):
        if value is None:
            return None if is_set else expand(word)
        return expand(word) if not value and sign[0] == ":" else value
    if sign in (":+", "+"):
        if value is None:
            return None if is_set else ""
        return expand(word) if value or sign == "+" else ""
    if value is None or len(value) > _MAX_MATCHED:
        return None
    if sign in (":?", "?"):
        return value
    if sign in ("#", "%"):
        return _strip(value, operation, expand)
    if sign == "/":
        return _replace(value, operation, expand)
    return {"^^": value.upper(), ",,": value.lower()}.get(operation)


def _strip(value: str, operation: str, expand: Expand) -> str | None:
    """``#`` takes a pattern off the front, ``%`` off the end; doubled, the longest text that it fits."""
    greedy = operation[:1] == operation[1:2]
    pattern = expand(operation[2 if greedy else 1 :])
    if pattern is None or len(pattern) > _MAX_PATTERN or pattern.count("*") > 3:
        return None
    fits = re.compile(fnmatch.translate(pattern)).fullmatch
    lengths = range(len(value), -1, -1) if greedy else range(len(value) + 1)
    for length in lengths:
        if operation[0] == "#" and fits(value[:length]):
            return value[length:]
        if operation[0] == "%" and fits(value[len(value) - length :]):
            return value[: len(value) - length]
    return value


def _replace(value: str, operation: str, expand: Expand) -> str | None:
    """``/a/b`` replaces the first, ``//a/b`` every; patterns with ``*`` are not tried."""
    match = _REPLACE.fullmatch(operation)
    if match is None:
        return None
    pattern, by = expand(match[2].replace("\\", "")), expand(match[3] or "")
    if not pattern or by is None or re.search(r"[*?\[]|^[#%]", pattern):
        return None
    return value.replace(pattern, by, -1 if match[1] == "//" else 1)
