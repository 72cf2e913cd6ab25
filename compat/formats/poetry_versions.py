"""Poetry's version constraints as PEP 440 specifiers.

Source: https://python-poetry.org/docs/dependency-specification/#version-constraints, and poetry-core's parser.
"""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_ALTERNATIVES = re.compile(r"\|\|?")
_OPERATOR = re.compile(r"(\^|~=|~|===|==|=|!=|<>|<=|>=|<|>)?\s*v?([^\s,]+)")
_ANY = re.compile(r"[xX*](?:\.[xX*])*")
_STAR = re.compile(r"(\d+(?:\.\d+)*)(?:\.[xX*])+")
#: Longer constraints are refused rather than looked at: what bounds the time.
_MAX_LENGTH = 500


@lru_cache(maxsize=4096)
def to_specifier(text: str) -> SpecifierSet:
    """The specifier set that *text* means; for alternatives (``||``) the narrowest single range around them all.

    Raises: ValueError where *text* is no version constraint of Poetry.
    """
    if len(text) > _MAX_LENGTH:
        raise ValueError("constraint too long")
    alternatives = [_to_clauses(part) for part in _ALTERNATIVES.split(text)]
    clauses = alternatives[0] if len(alternatives) == 1 else _hull(alternatives)
    try:
        return SpecifierSet(",".join(clauses))
    except InvalidSpecifier as error:
        raise ValueError(str(error)) from error


def is_exact(text: str) -> bool:
    """Whether the constraint has no alternatives, so that `to_specifier` loses nothing."""
    return "|" not in text


def _to_clauses(text: str) -> list[str]:
    """The PEP 440 clauses of constraints that all hold, joined by commas or spaces."""
    clauses: list[str] = []
    position = 0
    text = text.strip().rstrip(",")
    while position < len(text):
        match = _OPERATOR.match(text, position)
        if match is None:
            raise ValueError(f"`{text}` is no version constraint")
        clauses += _to_pep440(match[1] or "", match[2])
        position = match.end()
        while position < len(text) and text[position] in ", \t":
            position += 1
    return clauses


def _to_pep440(operator: str, version: str) -> list[str]:
    if _ANY.fullmatch(version):
        return []
    if star := _STAR.fullmatch(version):
        if operator in {"", "=", "=="}:
            return [f"=={star[1]}.*"]
        if operator in {"^", "~", "~=", "==="}:
            raise ValueError(f"`.*` does not go with `{operator}`")
        version = f"{star[1]}.*" if operator == "!=" else star[1]
    if operator == "^":
        return [f">={_public(version)}", f"<{_next_breaking(version)}"]
    if operator in {"~", "~="}:
        return [f">={_public(version)}", f"<{_next_similar(version, operator)}"]
    if operator in {"", "=", "=="}:
        return [f"=={version}"]
    if operator == "===":
        raise ValueError("`===` is no operator of Poetry")
    return [f"{'!=' if operator == '<>' else operator}{version if operator == '!=' else _public(version)}"]


def _parse(version: str) -> Version:
    try:
        return Version(version)
    except InvalidVersion as error:
        raise ValueError(f"`{version}` is no version") from error


def _public(version: str) -> str:
    """*version* without its local label, which PEP 440 keeps to equality."""
    _parse(version)
    return version.partition("+")[0]


def _next_breaking(version: str) -> str:
    """The first version that ``^`` leaves out: the leftmost number that is not zero is raised."""
    release = _parse(version).release
    index = next((number for number, part in enumerate(release) if part), len(release) - 1)
    return ".".join(map(str, (*release[:index], release[index] + 1)))


def _next_similar(version: str, operator: str) -> str:
    """The first version that ``~`` leaves out: ~1 is below 2, ~1.2 and ~1.2.3 are below 1.3; ~=1.2 is below 2."""
    release = _parse(version).release
    if len(release) == (1 if operator == "~" else 2):
        return str(release[0] + 1)
    return f"{release[0]}.{release[1] + 1 if len(release) > 1 else 1}"


def _hull(alternatives: list[list[str]]) -> list[str]:
    """Clauses for one range that holds all *alternatives*: wider than they are, never narrower."""
    lows: list[Version | None] = []
    highs: list[tuple[Version, bool] | None] = []
    for clauses in alternatives:
        bounds = [(operator, version) for clause in clauses for operator, version in _split(clause)]
        lows.append(max((version for operator, version in bounds if operator in {">=", ">"}), default=None))
        tops = [(version, operator == "<=") for operator, version in bounds if operator in {"<=", "<"}]
        highs.append(min(tops, default=None))
    hull: list[str] = []
    if all(low is not None for low in lows):
        hull.append(f">={min(low for low in lows if low is not None).public}")
    if all(high is not None for high in highs):
        top, included = max(high for high in highs if high is not None)
        hull.append(f"{'<=' if included else '<'}{top.public}")
    return hull


def _split(clause: str) -> list[tuple[str, Version]]:
    """A clause as bounds; ``!=`` bounds nothing."""
    match = _OPERATOR.fullmatch(clause)
    if match is None or match[1] in {"!=", None}:
        return []
    operator, version = match[1], match[2]
    if operator != "==":
        return [(operator, _parse(version))]
    if version.endswith(".*"):
        low = version[:-2]
        parts = low.split(".")
        return [(">=", _parse(low)), ("<", _parse(".".join([*parts[:-1], str(int(parts[-1]) + 1)])))]
    return [(">=", _parse(version)), ("<=", _parse(version))]
