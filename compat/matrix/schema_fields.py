"""What a field of a row may hold: each check answers with the defect, or None."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from compat.model.matchspec import InvalidMatchSpec, parse_matchspec
from compat.model.requirements import InvalidRequirement, parse_requirement
from compat.model.targets import SUBDIRS

Check = Callable[[object], str | None]

_DOTTED = re.compile(r"\d+(\.\d+)*(\.post\d+)?")
_PATTERN = re.compile(r"\d+(\.\d+)*(\.\*)?")
_VARIANT = re.compile(r"cpu|xpu|cu\d{2,3}|rocm\d+(\.\d+)*")
_SOURCE = re.compile(r"https://\S+|pkg:(pypi|conda|deb)/\S+.*")
_PYTHONS = re.compile(r"\d\.\d+(-\d\.\d+)?(, \d\.\d+(-\d\.\d+)?)*")
_NAME = re.compile(r"[a-z0-9]+([._-]+[a-z0-9]+)*")


class Field(NamedTuple):
    """A key of a row."""

    check: Check
    required: bool = True


def text(value: object) -> str | None:
    """A text that is not empty."""
    return None if isinstance(value, str) and value else "is not a text"


def flag(value: object) -> str | None:
    """Only `true`: a flag that is not set is left out."""
    return None if value is True else "is not `true`"


def boolean(value: object) -> str | None:
    """`true` or `false`."""
    return None if isinstance(value, bool) else "is neither `true` nor `false`"


def day(value: object) -> str | None:
    """A day as an ISO string, which is what dates become when a table is read."""
    try:
        date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return "is not a day"
    return None


def like(pattern: re.Pattern[str], what: str) -> Check:
    """A text that fits *pattern* as a whole."""
    return lambda value: None if isinstance(value, str) and pattern.fullmatch(value) else f"is not {what}"


def one_of(*words: str) -> Check:
    """One of a few words."""
    return lambda value: None if value in words else f"is none of {', '.join(words)}"


def listed(check: Check, *, single: bool = False, empty: bool = False) -> Check:
    """A list without repetition whose items pass *check*; *single* also takes one item without the list."""

    def defect(value: object) -> str | None:
        if single and isinstance(value, str):
            return check(value)
        if not isinstance(value, list) or not (value or empty):
            return "is not a list"
        if len({repr(item) for item in value}) != len(value):
            return "names something twice"
        return next((f"holds {item!r}, which {wrong}" for item in value if (wrong := check(item))), None)

    return defect


def ascending(value: object) -> str | None:
    """A list of numbers, each greater than the one before."""
    if not isinstance(value, list) or not value or not all(isinstance(item, int) for item in value):
        return "is not a list of numbers"
    return None if sorted(set(value)) == value else "is not in ascending order"


def number(value: object) -> str | None:
    """A whole number."""
    return None if isinstance(value, int) and not isinstance(value, bool) else "is not a number"


def requirement(value: object) -> str | None:
    """A PEP 508 requirement with a bound."""
    try:
        parsed = parse_requirement(str(value))
    except InvalidRequirement as error:
        return f"is no requirement: {error}"
    return None if parsed.specifier else "bounds no version"


def matchspec(value: object) -> str | None:
    """A conda requirement."""
    try:
        parse_matchspec(str(value))
    except InvalidMatchSpec as error:
        return f"is no MatchSpec: {error}"
    return None


def expression(value: object) -> str | None:
    """A regular expression."""
    try:
        re.compile(str(value))
    except re.error as error:
        return f"is no regular expression: {error}"
    return None


def optional(check: Check) -> Field:
    """A field that may be left out."""
    return Field(check, required=False)


dotted = like(_DOTTED, "a dotted number")
release_pattern = like(_PATTERN, "a release like 2.5.1 or 2.5.*")
any_release_pattern = like(re.compile(rf"\*|{_PATTERN.pattern}"), "a release like 2.5.1 or 2.5.*, or *")
variant = like(_VARIANT, "a variant like cu128, cpu or rocm6.4")
source = like(_SOURCE, "a URL, a purl or a key of [sources]")
pythons = like(_PYTHONS, "a range of Pythons")
project_name = like(_NAME, "a name in lower case")
conda_name = like(re.compile(rf"_?{_NAME.pattern}"), "a name in lower case")  # _libgcc_mutex
subdir = one_of(*SUBDIRS)
conda_subdir = one_of(*SUBDIRS, "noarch")
severity = one_of("error", "warning", "info")
