"""A lock as a value: for each target what conda and pip install, from which files, and who asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from compat.model.distributions import DistFile
from compat.model.environments import Environment
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.targets import Target

if TYPE_CHECKING:  # made only where conda has solved
    from compat.model.conda_records import CondaRecord, VirtualPackage


class Asker(NamedTuple):
    """Who asks for a package, and in which words: a package that is locked too, or a place in the input files."""

    requirement: str
    parent: PyPIName | None = None
    place: Place | None = None


class LockedPackage(NamedTuple):
    """One package at one version. ``files`` are the wheels that fit the target, best first, then the sdist if it may be used.

    ``index_url`` is the index without credentials ("" for what a URL names). ``url`` is a direct reference (an archive, or
    ``git+https://...@COMMIT`` with the commit resolved), or ``file:`` and the path of a member of the workspace, relative to
    the folder of the lock; such a one may be ``editable`` and has no files. ``askers`` are in the order of the solve.
    ``requires`` are the texts of its Requires-Dist, for the formats that keep them.
    """

    name: PyPIName
    version: str
    index_url: str
    files: tuple[DistFile, ...]
    requires_python: str = ""
    dependencies: tuple[PyPIName, ...] = ()
    url: str | None = None
    askers: tuple[Asker, ...] = ()
    editable: bool = False
    requires: tuple[str, ...] = ()


class LockedRecord(NamedTuple):
    """One conda package. ``askers`` are the lines of the input that ask for it; which records do, their ``depends`` say.

    ``provides`` are the projects that it stands in for where pip installs on top, with their versions of PEP 440.
    """

    record: CondaRecord
    askers: tuple[Asker, ...] = ()
    provides: tuple[tuple[PyPIName, str], ...] = ()


class LockedTarget(NamedTuple):
    """What is locked for one target, by name. ``target`` has its Python and glibc filled in, ``name`` is that of its files.

    ``packages`` are installed by pip, after the ``conda`` part where there is one. ``virtual`` are the virtual packages
    that the conda part was solved for.
    """

    target: Target
    name: str
    packages: tuple[LockedPackage, ...]
    notes: tuple[str, ...] = ()
    conda: tuple[LockedRecord, ...] = ()
    virtual: tuple[VirtualPackage, ...] = ()


class LockedChannel(NamedTuple):
    """A channel of the lock: ``name`` as the input or the call spells it, ``urls`` what it stands for (``defaults``: several).

    Neither holds credentials.
    """

    name: str
    urls: tuple[str, ...]


class Lock(NamedTuple):
    """All targets of one run, in the order asked. ``inputs`` are the paths as given, ``environment`` what they say.

    ``channels`` are those of the conda part, in order of priority; none where there is no conda part.
    """

    targets: tuple[LockedTarget, ...]
    inputs: tuple[str, ...] = ()
    channels: tuple[LockedChannel, ...] = ()
    environment: Environment | None = None
