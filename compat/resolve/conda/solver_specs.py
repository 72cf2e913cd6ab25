"""Conda requirements in the one spelling that py-rattler's strict parser takes, and reads as conda reads the original.

It refuses, or reads in its own way, much of what environment files hold: ``numpy 1.21`` (no operator), ``python=>3.8``,
``>=3.9.*``, a ``=`` alone. So every part stands in brackets, each clause of a version with its operator:
``numpy[version='==1.21',build='py39*']``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from compat.model.conda_version import VersionSpec
from compat.model.matchspec import MatchSpec

_SIGNS = r"([()|,])"


@lru_cache(maxsize=65536)
def to_solver_text(spec: MatchSpec) -> str | None:
    """*spec* for the solver; None where it has no words for it: a glob or a regular expression over the version."""
    version = None if spec.version is None else to_solver_version(spec.version)
    if spec.version is not None and version is None:
        return None
    options = {
        "version": None if version == "*" else version,
        "build": spec.build if spec.build != "*" else None,
        "build_number": spec.build_number,
        "channel": spec.channel,
        "subdir": spec.subdir,
    }
    words = ",".join(f"{key}={_in_quotes(value)}" for key, value in options.items() if value is not None)
    return f"{spec.name}[{words}]" if words else spec.name


def _in_quotes(value: str) -> str:
    return f'"{value}"' if "'" in value else f"'{value}'"


def to_solver_version(spec: VersionSpec) -> str | None:
    """The constraint with an operator before each version; None for one that compares versions as text."""
    words = [_to_clause(word) if word and word not in "()|," else word for word in re.split(_SIGNS, spec.text)]
    return None if None in words or _compares_text(spec) else "".join(word for word in words if word is not None)


def _compares_text(spec: VersionSpec) -> bool:
    return spec.pattern is not None or any(map(_compares_text, spec.members))


def _to_clause(text: str) -> str | None:
    """One clause. Conda ignores a glob after most operators; ``>1.2*`` admits 1.2, and ``>1.2.*`` does not."""
    if text.startswith("^"):
        return None
    operand = text.lstrip("=!<>~")
    operator = text[: len(text) - len(operand)]
    stem = operand.rstrip(".*")
    glob = operand[len(stem) :]
    if not stem:
        return "*"
    if "*" not in glob:
        return f"{operator or '=='}{operand}"
    if operator in ("", "="):
        return f"{stem}.*"
    if operator == "!=":
        return f"!={stem}.*"
    return f">={stem}" if operator == ">" and glob != ".*" else f"{operator}{stem}"
