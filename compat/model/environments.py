"""What one file says (`Document`), and what is judged (`Environment`): files, includes and one variant together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from compat.model.names import CondaName, PyPIName
from compat.model.places import Place
from compat.model.requirements import PipEntry

if TYPE_CHECKING:  # no file of requirements needs what MatchSpecs and their versions are
    from packaging.markers import Marker
    from packaging.specifiers import SpecifierSet

    from compat.model.containers import ImageBuild, Stage
    from compat.model.matchspec import MatchSpec


class CondaEntry(NamedTuple):
    """A conda requirement at a place; ``scope`` as for `PipEntry`, ``platforms`` empty for all (a selector narrows).

    ``listed`` marks a line of ``conda list --export``, which is read as one only while it is ``name=version=build``.
    """

    spec: MatchSpec
    place: Place
    scope: str = ""
    version_place: Place | None = None
    platforms: tuple[str, ...] = ()
    listed: bool = False

    @property
    def name(self) -> CondaName:
        return self.spec.name


class Channel(NamedTuple):
    """A conda channel in the order of the file; ``name`` is as written, without credentials."""

    name: str
    place: Place
    scope: str = ""


class Index(NamedTuple):
    """A place that pip-like tools take files from.

    ``role`` is ``index`` (replaces the default), ``extra``, ``find-links``, ``named`` (only for requirements bound to
    it: uv ``explicit``, Poetry ``priority = "explicit"``) or ``none`` (``--no-index``). ``url`` has no credentials.
    """

    role: str
    url: str
    place: Place
    scope: str = ""
    name: str = ""


class Include(NamedTuple):
    """``-r`` or ``-c`` of another file, as written, relative to the file that holds it."""

    path: str
    place: Place
    constraint: bool = False
    scope: str = ""


class Member(NamedTuple):
    """A project of this repository that a file asks for by its folder (or by an archive in it), instead of a release.

    ``path`` is as written, "" where only the name is given (uv: ``{ workspace = true }``). It is relative to the file that
    holds it, and for pip to the working folder. ``name`` is "" where only the project itself says it.
    """

    path: str
    place: Place
    extras: frozenset[str] = frozenset()
    editable: bool = False
    scope: str = ""
    name: PyPIName | str = ""
    marker: Marker | None = None


class PythonBound(NamedTuple):
    """A bound on Python itself, by ``requires-python``, Poetry's ``python`` or a conda ``python`` requirement's words."""

    specifier: SpecifierSet
    place: Place
    text: str
    scope: str = ""


class SystemRequirement(NamedTuple):
    """A virtual package that the file promises: pixi's ``[system-requirements] cuda = "12"``."""

    name: str
    version: str
    place: Place
    scope: str = ""


class Variant(NamedTuple):
    """A set of scopes that are installed together; the first variant of a file is its base, named ""."""

    name: str
    scopes: frozenset[str]


class Problem(NamedTuple):
    """What the reader could not take: ``kind`` is ``invalid`` or ``instruction`` (errors), or ``include`` or ``odd`` (warnings)."""

    kind: str
    message: str
    place: Place
    hint: str | None = None


class Ignore(NamedTuple):
    """``# compat: ignore[CODE, ...] reason``: for its own line, or for the next one when it stands alone."""

    codes: tuple[str, ...]
    line: int
    reason: str


class Document(NamedTuple):
    """One file as read. ``kind`` is one of the report schema's file kinds."""

    path: str
    kind: str
    text: str
    pip: tuple[PipEntry, ...] = ()
    conda: tuple[CondaEntry, ...] = ()
    channels: tuple[Channel, ...] = ()
    channels_place: Place | None = None
    indexes: tuple[Index, ...] = ()
    includes: tuple[Include, ...] = ()
    pythons: tuple[PythonBound, ...] = ()
    platforms: tuple[str, ...] = ()
    system: tuple[SystemRequirement, ...] = ()
    variants: tuple[Variant, ...] = (Variant("", frozenset({""})),)
    problems: tuple[Problem, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    pip_section: Place | None = None
    """The ``pip:`` key of an environment.yml."""
    dependencies_end: Place | None = None
    """An empty span where a new conda dependency can be inserted, with the indentation as its column."""
    channel_priority: str = ""
    exported: bool = False
    """Written by ``conda env export`` or ``conda list --export``: most entries carry a build string."""
    only_binary: bool = False
    members: tuple[Member, ...] = ()
    workspace: tuple[str, ...] = ()
    """Patterns of the folders that ``[tool.uv.workspace]`` has as members; those it leaves out begin with ``!``."""
    image: ImageBuild | None = None
    """The stages of a Dockerfile; its ``pip``, ``conda`` and the like are empty, because each command has its own."""


class Environment(NamedTuple):
    """What is judged: one root file, what it includes, and one variant of it, as one environment."""

    root: str
    variant: str
    documents: tuple[Document, ...]
    pip: tuple[PipEntry, ...]
    conda: tuple[CondaEntry, ...]
    channels: tuple[Channel, ...]
    indexes: tuple[Index, ...]
    pythons: tuple[PythonBound, ...]
    system: tuple[SystemRequirement, ...]
    platforms: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    stages: tuple[Stage, ...] = ()
    """Of a Dockerfile: the stages that make the image which is judged, the one with the real base image first."""

    @property
    def document(self) -> Document:
        """The root file."""
        return self.documents[0]
