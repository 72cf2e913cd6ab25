"""Conda versions, and the constraints that specs put on them.

A constraint is a set of stretches of conda's order, held as the cuts between them: intersection and emptiness are exact.

Source: https://conda.org/learn/ceps/cep-0029#version-matching. Where it leaves a choice, or conda itself does something
else (``!=1.2`` excludes 1.2 only), this does what conda does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from compat.model.conda_order import (
    BOTTOM,
    TOP,
    CondaVersion,
    Cut,
    InvalidVersion,
    SpanError,
    parse_conda_version,
    prefix_cuts,
    read_key,
    read_parent,
)
from compat.model.patterns import matches_text, refuse_regex

_MAX_LENGTH = 1024
_MAX_DEPTH = 50

_OPERATORS = frozenset({"", "=", "==", "!=", "<", "<=", ">", ">=", "~="})
# A regular expression, a sign, or a clause up to the next sign.
_WORDS = r"\s*\^[^$]*\$|[()|,]|[^()|,]+"


class InvalidVersionSpec(SpanError):
    """A text that is no conda version constraint."""


class VersionSpec(NamedTuple):
    """A set of versions. Make it with `parse_version_spec`.

    ``cuts`` are where the set starts and ends, in turn and ascending. ``pattern`` is a glob or regular expression that
    the text of a version must match besides; ``members`` (all of them, or any if ``either``) hold the parts of a
    combination in which there is one.
    """

    text: str
    cuts: tuple[Cut, ...] = (BOTTOM, TOP)
    is_exact: str | None = None
    """The one version that it admits by ``==`` or as a bare version, as written there."""
    series: str | None = None
    """``2.1`` where it is ``=2.1`` or ``2.1.*``: 2.1 and everything that starts like it."""
    pattern: str | None = None
    members: tuple[VersionSpec, ...] = ()
    either: bool = False

    def __str__(self) -> str:
        return self.text

    def matches(self, version: str | CondaVersion) -> bool:
        """Whether *version* is in the set.

        Raises: InvalidVersion.
        """
        if isinstance(version, str):
            version = parse_conda_version(version)
        if not bisect_right(self.cuts, (version.key, 0)) % 2:
            return False
        if self.pattern is not None:
            return matches_text(self.pattern, version.text)
        if self.members:
            return (any if self.either else all)(member.matches(version) for member in self.members)
        return True

    def is_empty(self) -> bool:
        """Whether no version at all can match, as of ``>=2,<1``; a pattern is taken to match something."""
        return not self.cuts

    def intersect(self, other: VersionSpec) -> VersionSpec:
        """The versions that are in both; it is empty where two requirements on one package contradict each other."""
        return _combine((self, other), either=False)


@lru_cache(maxsize=65536)
def parse_version_spec(text: str) -> VersionSpec:
    """The constraint that *text* spells: clauses joined by ``,`` (and), ``|`` (or, binds less) and parentheses.

    Spaces do not count. A clause is a version (exactly that), an operator with a version, a version with ``*``, or
    ``^regular expression$``. Raises: InvalidVersionSpec, with the span of the clause that is wrong.
    """
    if len(text) > _MAX_LENGTH or text.count("(") > _MAX_DEPTH:
        raise InvalidVersionSpec(text, "version constraint is too long or too deeply nested")
    parser = _Parser(text)
    spec = parser.either()
    if parser.sign():
        raise parser.error("expected `,` or `|`")
    return spec


class _Parser:
    """Reads a constraint from left to right; ``index`` is the next token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [match for match in re.finditer(_WORDS, text) if not match[0].isspace()]
        self.index = 0

    def sign(self) -> str:
        """The next token, or nothing at the end."""
        return self.tokens[self.index][0].strip() if self.index < len(self.tokens) else ""

    def either(self) -> VersionSpec:
        members = [self.both()]
        while self.sign() == "|":
            self.index += 1
            members.append(self.both())
        return _combine(members, either=True)

    def both(self) -> VersionSpec:
        members = [self.atom()]
        while self.sign() == ",":
            self.index += 1
            members.append(self.atom())
        return _combine(members, either=False)

    def atom(self) -> VersionSpec:
        sign = self.sign()
        if sign in ("", ")", "|", ","):
            raise self.error("expected a version")
        if sign != "(":
            try:
                spec = _parse_clause("".join(sign.split()))
            except InvalidVersion as error:
                raise self.error(error.message) from error
        else:
            self.index += 1
            spec = self.either()
            if self.sign() != ")":
                raise self.error("expected `)`")
        self.index += 1
        return spec

    def error(self, message: str) -> InvalidVersionSpec:
        """*message* at the next token, or at the end."""
        if self.index >= len(self.tokens):
            return InvalidVersionSpec(self.text, message, len(self.text), len(self.text))
        match = self.tokens[self.index]
        return InvalidVersionSpec(self.text, message, match.end() - len(match[0].lstrip()), match.end())


def _combine(members: Sequence[VersionSpec], *, either: bool) -> VersionSpec:
    """The union or the intersection of *members*."""
    if len(members) == 1:
        return members[0]
    steps: Counter[Cut] = Counter()
    for member in members:
        for number, cut in enumerate(member.cuts):
            steps[cut] += -1 if number % 2 else 1
    wanted, depth, cuts = 1 if either else len(members), 0, []
    for cut in sorted(steps):
        if (depth + steps[cut] >= wanted) != (depth >= wanted):
            cuts.append(cut)
        depth += steps[cut]
    same = [member for member in members if not either and member.cuts == tuple(cuts)]
    joint = "|" if either else ","
    return VersionSpec(
        joint.join(f"({member.text})" if not either and "|" in member.text else member.text for member in members),
        tuple(cuts),
        is_exact=next((member.is_exact for member in same if member.is_exact), None),
        series=next((member.series for member in same if member.series), None),
        members=tuple(members) if any(member.pattern or member.members for member in members) else (),
        either=either,
    )


def _parse_clause(text: str) -> VersionSpec:
    """One clause without spaces.

    Raises: InvalidVersion.
    """
    if text.startswith("^") or text.endswith("$"):
        if reason := refuse_regex(text):
            raise InvalidVersion(text, reason)
        return VersionSpec(text, pattern=text)
    operand = text.lstrip("=!<>~")
    operator = text[: len(text) - len(operand)]
    if operator not in _OPERATORS or not operand:
        raise InvalidVersion(text, f"unknown operator `{operator}`" if operand else f"no version after `{operator}`")
    stem = operand.rstrip(".*")
    glob = operand[len(stem) :]
    if "*" in stem and operator in ("", "=", "=="):  # 1.*.3 is compared as text
        return VersionSpec(text, pattern=f"{operand}*" if operator == "=" else operand)
    if not stem and "*" in glob and operator not in ("!=", "<", ">"):
        return VersionSpec("*")
    if "*" not in glob:
        stem, glob = (stem, "*") if operator == "=" else (operand, "")
    return _compare(operator, stem, glob, text)


def _compare(operator: str, stem: str, glob: str, text: str) -> VersionSpec:
    """The versions that stand in relation *operator* to *stem*, which *glob* (``*``, ``.*`` or nothing) followed.

    After ``<``, ``<=``, ``==``, ``~=`` and ``>=`` conda ignores a glob, and ``.*`` after ``>``; ``>1.2*`` admits 1.2.
    """
    head, position = read_key(stem)
    before, after = ((*head, 0), 0), ((*head, 0), 1)
    if glob and operator in ("", "="):
        return VersionSpec(text, prefix_cuts(head, position), series=stem)
    if operator in ("", "=="):
        return VersionSpec(text, (before, after), is_exact=stem)
    if operator == "!=":
        start, end = prefix_cuts(head, position) if glob else (before, after)
        return VersionSpec(text, (BOTTOM, start, end, TOP))
    if operator in ("<", "<="):
        return VersionSpec(text, (BOTTOM, before if operator == "<" else after))
    if operator == "~=":
        return VersionSpec(text, (before, prefix_cuts(*read_parent(stem))[1]))
    return VersionSpec(text, (after if operator == ">" and glob in ("", ".*") else before, TOP))


__all__ = [
    "CondaVersion",
    "InvalidVersion",
    "InvalidVersionSpec",
    "VersionSpec",
    "parse_conda_version",
    "parse_version_spec",
]
