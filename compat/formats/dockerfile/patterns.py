"""The patterns of ``${NAME#pattern}``, ``${NAME%pattern}`` and ``${NAME/pattern/text}``: ``*``, ``?`` and plain signs."""

from __future__ import annotations

#: A step a sign of the value and a sign of the pattern; versions and paths need a few hundred.
MAX_STEPS = 1_000_000

Parts = tuple[str, ...]


class TooMuch(Exception):
    """The pattern would take too long on this value."""


def parse_pattern(pattern: str) -> Parts:
    """The signs of *pattern*; an escaped one stays behind its backslash."""
    found = []
    signs = iter(pattern)
    for sign in signs:
        following = next(signs, "") if sign == "\\" else ""
        found.append(following if following in {"/", "}"} else sign + following)
    return tuple(found)


def trim_prefix(value: str, pattern: Parts, *, longest: bool) -> str:
    """*value* without what *pattern* takes off its start."""
    end = _match(value, 0, pattern, longest=longest)
    return value if end is None else value[end:]


def trim_suffix(value: str, pattern: Parts, *, longest: bool) -> str:
    """*value* without what *pattern* takes off its end."""
    return trim_prefix(value[::-1], pattern[::-1], longest=longest)[::-1]


def replace(value: str, pattern: Parts, text: str, *, everywhere: bool) -> str:
    """*value* with *text* for the first longest match, or for each. Raises: TooMuch."""
    if len(value) * len(value) * len(pattern) > MAX_STEPS:
        raise TooMuch
    found: list[str] = []
    start = 0
    while start < len(value):
        end = _match(value, start, pattern, longest=True)
        if not end or end == start:  # no match, or an empty one
            found.append(value[start])
            start += 1
            continue
        found.append(text)
        start = end
        if not everywhere:
            break
    return "".join((*found, value[start:]))


def _match(value: str, start: int, pattern: Parts, *, longest: bool) -> int | None:
    """Where the shortest or longest match that begins at *start* ends. Raises: TooMuch."""
    if len(value) * len(pattern) > MAX_STEPS:
        raise TooMuch
    states = _past_stars({0}, pattern)
    end = start if len(pattern) in states else None
    while start < len(value) and states and (longest or end is None):
        sign = value[start]
        start += 1
        states = _past_stars({_step(state, pattern, sign) for state in states} - {-1}, pattern)
        if len(pattern) in states:
            end = start
    return end


def _step(state: int, pattern: Parts, sign: str) -> int:
    """The place in the pattern after *sign*, -1 for none."""
    if state == len(pattern):
        return -1
    part = pattern[state]
    if part == "*":
        return state
    return state + 1 if part in {"?", sign, f"\\{sign}"} else -1


def _past_stars(states: set[int], pattern: Parts) -> set[int]:
    """*states* with those behind each ``*`` that may match nothing."""
    found = set(states)
    for state in states:
        following = state
        while following < len(pattern) and pattern[following] == "*":
            following += 1
            found.add(following)
    return found
