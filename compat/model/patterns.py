"""Conda's text patterns: exact, glob (``*cuda*``) or regular expression (``^...$``), case apart.

Source: https://conda.org/learn/ceps/cep-0029#string-matching
"""

from __future__ import annotations

import re
from functools import lru_cache

_MAX_LENGTH = 200
_MAX_REPEATS = 4
_MAX_OPTIONS = 8

# Compiled on first use: most runs meet no regular expression.
#: Look-around, flags and back references, which CEP 29 discourages, and what `re` warns of inside a set.
_REFUSED = r"\(\?[^:]|\\[1-9]|\[\^?\[|--|&&|~~|\|\|"
#: What cannot repeat anything: an escaped character, a set.
_ATOM = r"\\.|\[\^?\]?[^\]]*\]"


def matches_text(pattern: str, text: str) -> bool:
    """Whether *text* is, as a whole, what *pattern* says. A regular expression must have passed `refuse_regex`."""
    if is_regex(pattern):
        return _compile(pattern).search(text) is not None
    pattern, text = pattern.lower(), text.lower()
    if "*" not in pattern:
        return pattern == text
    first, *middle, last = pattern.split("*")
    start, end = len(first), len(text) - len(last)
    if start > end or not (text.startswith(first) and text.endswith(last)):
        return False
    for piece in middle:  # the first place of each piece leaves most for the next ones
        found = text.find(piece, start, end)
        if found < 0:
            return False
        start = found + len(piece)
    return True


def is_regex(pattern: str) -> bool:
    """Whether *pattern* is a regular expression."""
    return len(pattern) > 1 and pattern[0] == "^" and pattern[-1] == "$"


def refuse_regex(pattern: str) -> str | None:
    """Why *pattern* is no usable regular expression, or None.

    One that could run for seconds on a version of usual length is refused: a repeated group, or many repetitions.
    """
    if not is_regex(pattern):
        return "a regular expression must start with `^` and end with `$`"
    skeleton = re.sub(_ATOM, "x", pattern)
    repeats = sum(map(skeleton.count, "*+{"))
    if len(pattern) > _MAX_LENGTH or repeats > _MAX_REPEATS or skeleton.count("?") > _MAX_OPTIONS:
        return "regular expression is too complex"
    if re.search(_REFUSED, pattern) or re.search(r"\)\s*[*+{]", skeleton):
        return "regular expression is too complex"
    try:
        _compile(pattern)
    except (re.error, OverflowError) as error:
        return f"invalid regular expression: {error}"
    return None


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
