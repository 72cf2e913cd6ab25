"""Comments that silence a finding: ``# compat: ignore[ENV001] base image has pip``."""

from __future__ import annotations

import re

from compat.model.environments import Ignore
from compat.model.places import Place
from compat.text.source import Source

_IGNORE = r"(?:^|(?<=\s))#[ \t]*compat:[ \t]*ignore\b[ \t]*(?:\[([^\]]*)\])?(.*)"


def find_ignores(source: Source) -> tuple[tuple[Ignore, ...], tuple[tuple[str, Place], ...]]:
    """The ignore comments of a file, and what is wrong with them (message and place).

    A comment that stands alone on its line is meant for the next line that is neither blank nor a comment.
    """
    if "compat:" not in source.text:
        return (), ()
    ignores: list[Ignore] = []
    flaws: list[tuple[str, Place]] = []
    lines = source.lines()
    for number, line in enumerate(lines, 1):
        match = re.search(_IGNORE, line) if "compat:" in line else None
        if match is None:
            continue
        codes = tuple(code.strip().upper() for code in (match[1] or "").split(",") if code.strip())
        reason = match[2].strip()
        place = Place(source.path, number, match.start() + 1, number, match.end() + 1)
        if not codes:
            flaws.append(("an ignore comment without codes, as in `ignore[ENV001]`, silences nothing", place))
            continue
        if not reason:
            flaws.append(("an ignore comment takes a reason after the codes", place))
        ignores.append(Ignore(codes, _target(lines, number), reason))
    return tuple(ignores), tuple(flaws)


def _target(lines: list[str], number: int) -> int:
    """The line that the comment on line *number* is meant for."""
    if not lines[number - 1].lstrip().startswith("#"):
        return number
    for following in range(number, len(lines)):
        text = lines[following].strip()
        if text and not text.startswith("#"):
            return following + 1
    return number
