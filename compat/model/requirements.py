"""PyPI requirements as values, parsed once per distinct text."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from compat.lazy import lazily
from compat.model.names import PyPIName
from compat.model.places import Place

if TYPE_CHECKING:
    from packaging.markers import Marker
    from packaging.specifiers import SpecifierSet

    from compat.model.environments import Index
    from compat.model.requirement_texts import (
        MAX_PARENTHESES,
        InvalidRequirement,
        parse_requirement,
        to_plain_requirement,
        to_requirement,
    )

__all__ = [
    "MAX_PARENTHESES",
    "InvalidRequirement",
    "PipEntry",
    "Requirement",
    "is_empty",
    "parse_requirement",
    "to_plain_requirement",
    "to_requirement",
]


class Requirement(NamedTuple):
    """One PyPI requirement (PEP 508), whatever file format spelled it.

    ``specifier`` is as written; ``public`` is the same with local labels taken off, because the label chooses a
    build (and so an index), not a release. ``labels`` holds the labels that ``==`` asks for: ``("cu118",)``.
    """

    name: PyPIName
    extras: frozenset[str]
    specifier: SpecifierSet
    public: SpecifierSet
    labels: tuple[str, ...]
    marker: Marker | None
    url: str | None
    text: str


def leaves_one_version(requirement: Requirement) -> bool:
    """Whether the specifier of *requirement* names a version with ``==`` or ``===``."""
    return any(s.operator in {"==", "==="} and not s.version.endswith(".*") for s in requirement.specifier)


@lru_cache(maxsize=4096)
def is_empty(requirement: Requirement) -> bool:
    """Whether the specifier of *requirement* admits no version at all."""
    return len(requirement.specifier) > 1 and requirement.specifier.to_range().is_empty


class PipEntry(NamedTuple):
    """A requirement at a place.

    ``scope`` is "" for what is always installed, else ``extra:NAME``, ``group:NAME`` or ``feature:NAME``.
    ``constraint`` marks a line of a ``-c`` file, which bounds but does not install. ``index_url`` is the URL that the
    file binds this requirement to (uv sources, Poetry source, pixi); ``index_place`` is where it says so.
    ``version_place`` spans the specifier, for edits; it is None where the requirement has none of its own.
    ``override`` marks one that also takes the place of what other packages ask of this project (uv).
    ``hash_place`` spans all its ``--hash`` options with the space and continuations before each, so that deleting it
    leaves a requirement; it is None where they do not stand together.
    ``indexes`` are those of the command that installs it, where commands of one environment name different ones; None: those of
    the environment.
    """

    requirement: Requirement
    place: Place
    scope: str = ""
    constraint: bool = False
    index_url: str | None = None
    index_place: Place | None = None
    version_place: Place | None = None
    editable: bool = False
    hashed: bool = False
    override: bool = False
    hash_place: Place | None = None
    indexes: tuple[Index, ...] | None = None

    @property
    def name(self) -> PyPIName:
        return self.requirement.name


if not TYPE_CHECKING:  # a type checker would take every misspelt name for an object
    #: `packaging` takes a while to import, and an environment of conda packages alone needs none of it.
    __getattr__ = lazily(
        __name__,
        dict.fromkeys(
            ("MAX_PARENTHESES", "InvalidRequirement", "parse_requirement", "to_plain_requirement", "to_requirement"),
            "compat.model.requirement_texts",
        ),
    )
