"""What a solve answers: candidates, why others were rejected, picks, and conflicts reduced to a minimal set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from compat.model.diagnostics import Evidence
from compat.model.environments import CondaEntry, PythonBound
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry, Requirement, leaves_one_version

if TYPE_CHECKING:  # a lock of pip requirements asks no matrix
    from packaging.version import Version

    from compat.model.builds import World
    from compat.model.knowledge import Release

Entry = PipEntry | CondaEntry


class Reason(Enum):
    """Why a candidate cannot be used."""

    WHEEL_PYTHON = "no wheel for this Python"
    WHEEL_PLATFORM = "no wheel for this platform"
    GLIBC = "wheels ask for a newer glibc"
    REQUIRES_PYTHON = "Requires-Python excludes this Python"
    YANKED = "yanked"
    NO_RELEASE = "no such release on the index"
    HIDDEN = "no such release on the first index that has the project"
    NO_BUILD = "no such build on the index"
    NO_INDEX = "no index named that serves this build"
    NO_PROJECT = "no such project on the indexes"
    SDIST = "only an sdist, which would have to be built"
    TOO_NEW = "uploaded after the date given"
    METADATA = "its METADATA is invalid"
    UNPINNED_URL = "a URL that does not say which file or commit"
    NESTED_URL = "a URL that only another package asks for"


#: Reasons that another Python may mend.
ABOUT_PYTHON = frozenset({Reason.WHEEL_PYTHON, Reason.REQUIRES_PYTHON})


class Candidate(NamedTuple):
    """A release that can be chosen.

    ``version`` None stands for "some version that the matrix does not know": it has no dependencies and satisfies
    whatever still leaves a version open. ``sdist_only`` candidates have to be built on the user's machine.
    """

    name: PyPIName
    version: Version | None
    release: Release | None = None
    conda: bool = False
    sdist_only: bool = False
    extras: frozenset[str] = frozenset()


class Rejection(NamedTuple):
    """A candidate that cannot be used is kept, with why, so that a conflict can be explained."""

    name: PyPIName
    version: Version
    reason: Reason
    detail: str
    evidence: Evidence | None = None


class Demand(NamedTuple):
    """A requirement and who brought it: an entry of a file, or a chosen candidate."""

    requirement: Requirement
    entry: Entry | None
    parent: Candidate | None


class Pick(NamedTuple):
    """The candidate that an installer would take, with the entries of the files that ask for it directly."""

    candidate: Candidate
    demands: tuple[Demand, ...]

    @property
    def name(self) -> PyPIName:
        return self.candidate.name

    @property
    def version(self) -> Version | None:
        return self.candidate.version

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(demand.entry for demand in self.demands if demand.entry is not None)

    @property
    def pinned(self) -> bool:
        """Whether an entry of the files fixes the version with ``==``."""
        return any(is_pin(entry) for entry in self.entries)


def is_pin(entry: Entry) -> bool:
    """Whether *entry* admits one version only: ``==1.2``, a conda ``==``, or a wheel given by URL."""
    if isinstance(entry, CondaEntry):
        return entry.spec.version is not None and entry.spec.version.is_exact is not None
    requirement = entry.requirement
    return requirement.url is not None or leaves_one_version(requirement)


class Step(NamedTuple):
    """One sentence of a derivation: ``torchvision 0.15.2 requires torch==2.0.1``, with its evidence."""

    text: str
    evidence: Evidence | None = None


class Suggestion(NamedTuple):
    """The nearest change that solves: give *entry* the version *version*."""

    entry: Entry
    name: PyPIName
    version: Version


class Conflict(NamedTuple):
    """A minimal set of requirements that no set of releases satisfies on the target.

    Leaving out any one of ``entries``, or the bound on Python where ``python`` is set, or the platform where
    ``platform`` is set, makes the rest solvable.
    """

    entries: tuple[Entry, ...]
    projects: tuple[PyPIName, ...]
    """The project of each entry, in the same order."""
    python: bool
    platform: bool
    steps: tuple[Step, ...]
    rejections: tuple[Rejection, ...]
    suggestion: Suggestion | None = None

    @property
    def thin(self) -> bool:
        """Whether any step rests on a thin fact, so that the conflict proves no error."""
        return any(step.evidence is not None and step.evidence.thin for step in self.steps)


class Provided(NamedTuple):
    """A conda entry that provides a PyPI project, by the name table (or by the same name, ``assumed``)."""

    name: PyPIName
    entry: CondaEntry
    assumed: bool


class Situation(NamedTuple):
    """An environment on a target: who asks for what there, and what an installer would choose.

    ``pythons`` are the minors that file and target admit, newest first; ``python_bounds`` the entries of the files
    that bound them, ``python_from_target`` whether the target did. ``pip`` and ``conda`` are the entries that apply.
    ``overlaps`` are the projects in both parts: pip installs last, so its requirement decides. ``picks`` is what an
    installer would choose under ``python``, the newest Python that works, once the requirements blamed in
    ``conflicts`` are left out; ``alternatives`` solves for the other Pythons. ``cut_off`` is set where the search was
    too long to know.
    """

    pythons: tuple[tuple[int, int], ...]
    python_bounds: tuple[CondaEntry | PythonBound, ...]
    python_from_target: bool
    pip: tuple[PipEntry, ...]
    conda: tuple[CondaEntry, ...]
    provided: tuple[Provided, ...]
    overlaps: Mapping[PyPIName, tuple[tuple[PipEntry, ...], tuple[Provided, ...]]]
    worlds: Callable[[PyPIName], World]
    python: tuple[int, int] | None
    picks: Mapping[PyPIName, Pick]
    alternatives: Callable[[], Iterable[Situation]]
    conflicts: tuple[Conflict, ...] = ()
    cut_off: bool = False

    @property
    def python_known(self) -> bool:
        """Whether file and target leave a single Python minor."""
        return len(self.pythons) == 1
