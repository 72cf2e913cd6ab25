"""Requirements from their texts and parts."""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as PackagingRequirement
from packaging.specifiers import SpecifierSet

from compat.model.names import to_pypi_name
from compat.model.requirements import Requirement

__all__ = ["MAX_PARENTHESES", "InvalidRequirement", "parse_requirement", "to_plain_requirement", "to_requirement"]

#: ``==2.1.0+cu118``: an exact specifier with a local version label. A plain string: few files have any.
_LOCAL = r"(===?|!=)\s*([^,;\s+]+)\+([A-Za-z0-9.]+)"

#: ``name[extra] >= 1.2, <2``: nearly every requirement. What fits this pattern means the same to `packaging`, or is
#: refused by its specifiers; the rest (URLs, parentheses, ``===``, all errors) goes to its parser, which is ten times slower.
_PLAIN = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)[ \t]*"
    r"(?:\[[ \t]*([A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*(?:[ \t]*,[ \t]*[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*)*)[ \t]*\])?[ \t]*"
    r"((?:[=~!<>]=|[<>])[ \t]*[A-Za-z0-9.*+!]+(?:[ \t]*,[ \t]*(?:[=~!<>]=|[<>])[ \t]*[A-Za-z0-9.*+!]+)*)?[ \t]*"
)
#: `packaging` reads nested markers recursively; real ones nest two or three deep.
MAX_PARENTHESES = 50
_NO_EXTRAS: frozenset[str] = frozenset()


@lru_cache(maxsize=65536)
def parse_requirement(text: str) -> Requirement:
    """Parse a PEP 508 string; identical texts give the identical value.

    Raises: InvalidRequirement, with the span of the defect in its cause.
    Source: https://packaging.python.org/en/latest/specifications/dependency-specifiers/
    """
    if text.count("(") > MAX_PARENTHESES:
        raise InvalidRequirement("nested too deep")
    bare, semicolon, condition = text.partition(";")
    if plain := _PLAIN.fullmatch(bare):
        try:
            specifier = _to_specifier(plain[3] or "")
            marker = _to_marker(condition.strip(" \t")) if semicolon else None
        except ValueError:
            pass  # the parser below words the error
        else:
            extras = frozenset(name.strip(" \t") for name in plain[2].split(",")) if plain[2] else _NO_EXTRAS
            return to_requirement(plain[1], specifier, extras=extras, marker=marker, text=text)
    parsed = PackagingRequirement(text)
    return to_requirement(
        parsed.name, parsed.specifier, extras=frozenset(parsed.extras), marker=parsed.marker, url=parsed.url, text=text
    )


def to_plain_requirement(name: str, specifier: str, text: str) -> Requirement:
    """A requirement without extras, marker, URL and local label, from parts that are told apart already.

    Raises: InvalidSpecifier, a ValueError.
    """
    parsed = _to_specifier(specifier)
    return Requirement(to_pypi_name(name), _NO_EXTRAS, parsed, parsed, (), None, None, text)


@lru_cache(maxsize=65536)
def _to_specifier(text: str) -> SpecifierSet:
    return SpecifierSet(text)


@lru_cache(maxsize=4096)
def _to_marker(text: str) -> Marker:
    return Marker(text)


def to_requirement(
    name: str,
    specifier: SpecifierSet,
    *,
    extras: frozenset[str] = frozenset(),
    marker: Marker | None = None,
    url: str | None = None,
    text: str = "",
) -> Requirement:
    """A requirement from its parts, for formats that do not spell PEP 508 (Poetry, pixi)."""
    written = str(specifier) if "+" in text or url is not None or not text else ""
    if "+" in written:
        public = SpecifierSet(re.sub(_LOCAL, r"\1\2", written), prereleases=specifier.prereleases)
        labels = tuple(match[3].lower() for match in re.finditer(_LOCAL, written) if match[1] != "!=")
    else:
        public, labels = specifier, ()
    return Requirement(to_pypi_name(name), extras, specifier, public, labels, marker, url, text)
