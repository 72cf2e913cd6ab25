"""Conda and pip solved together, as values: what conda's records provide to pip, what moved and why, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from packaging.version import Version

from compat.model.environments import CondaEntry
from compat.model.locking import LockedTarget
from compat.model.names import CondaName, PyPIName
from compat.model.requirements import PipEntry, Requirement
from compat.model.solutions import Entry, Step

if TYPE_CHECKING:  # made only where conda solves
    from compat.model.conda_records import CondaRecord


class Installed(NamedTuple):
    """A PyPI project that a conda record provides.

    ``version`` is the record's as PEP 440 has it, without local label; None where it cannot be told. ``assumed`` says that
    no table and no purl names the project: the record needs Python and bears its name.
    """

    name: PyPIName
    version: Version | None
    record: CondaRecord
    assumed: bool = False


class InstalledPart(NamedTuple):
    """What a conda solution is to pip. ``python`` is the full version of its Python, "" where it has none."""

    projects: Mapping[PyPIName, Installed] = {}
    python: str = ""


class Ask(NamedTuple):
    """Who asks for an installed project: a line of the files, or a package that pip installs.

    ``entry`` is that line, or the one that brings ``parent``; None where several releases stand between.
    """

    requirement: Requirement
    entry: PipEntry | None = None
    parent: PyPIName | None = None
    parent_version: str = ""


class PipSolution(NamedTuple):
    """The pip part, and what it asks of each installed project."""

    locked: LockedTarget
    asked: Mapping[PyPIName, tuple[Ask, ...]] = {}
    chosen: Mapping[PyPIName, Version] = {}
    """The version of each installed project that the solution rests on, where it was offered in several."""


class Move(NamedTuple):
    """A conda package that is at another version than conda alone would choose; ``after`` is "" where it is not needed any more.

    ``because`` are the demands of pip that made it move; none where it moved along with another.
    """

    name: CondaName
    project: PyPIName | None
    before: str
    after: str
    because: tuple[Ask, ...] = ()


class InBothParts(NamedTuple):
    """A project that both parts of the files, or the pip part and what conda brings, name: conda's is installed.

    The requirement of the pip ``entry`` bounds it. ``conda`` are the lines that name it; none where it is only brought.
    """

    project: PyPIName
    entry: PipEntry
    record: CondaRecord
    conda: tuple[CondaEntry, ...] = ()


class JointSolution(NamedTuple):
    """Both parts of one target, each of which holds for the other.

    ``rounds`` is how often conda was solved again, ``notes`` are sentences about what the reader may not expect.
    """

    conda: tuple[CondaRecord, ...]
    pip: LockedTarget
    rounds: int = 0
    moves: tuple[Move, ...] = ()
    notes: tuple[str, ...] = ()
    in_both: tuple[InBothParts, ...] = ()


class Change(NamedTuple):
    """Give *entry* the one version *version* (of the package that it names), in place of what it says of versions."""

    entry: Entry
    version: str


class JointClash(NamedTuple):
    """Lines of the conda part and of the pip part that no set of packages satisfies together, and why.

    ``projects`` are those that the two parts disagree about. Where ``is_minimal``, the rest is solvable without any one of
    the lines; else it took too long to find out, and these are all that may take part. ``suggestion`` is a change of
    one line with which all the others have a solution.
    """

    conda: tuple[CondaEntry, ...]
    pip: tuple[PipEntry, ...]
    projects: tuple[PyPIName, ...]
    steps: tuple[Step, ...]
    is_minimal: bool = True
    suggestion: Change | None = None
