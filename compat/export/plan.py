"""What an image, a service or a workflow is made from: an environment, locked or not, for one machine or several."""

from __future__ import annotations

from typing import NamedTuple

from compat.model.diagnostics import Evidence
from compat.model.knowledge import Numbers
from compat.model.targets import Target

#: The architecture as images name it (``TARGETARCH``), by subdir. There are no images for other systems.
ARCHITECTURES = {"linux-64": "amd64", "linux-aarch64": "arm64"}


class Package(NamedTuple):
    """One locked package. ``lines`` install it from a list: a requirement with its hashes, or the URL of a conda package.

    ``size`` is that of the file as it is downloaded, in bytes; None where nothing says it. ``noarch`` is of conda alone.
    """

    name: str
    version: str
    lines: tuple[str, ...]
    size: int | None = None
    noarch: bool = False


class Group(NamedTuple):
    """Packages that change together and make one layer.

    ``name`` is ``cuda``, ``torch`` or ``rest``, with ``manager`` ``conda`` behind ``conda-``; ``source`` holds what has to be
    built, ``extension`` what is compiled with torch and CUDA. ``indexes`` are where pip finds them besides the default index. ``hashed`` says
    that every package has a hash.
    """

    name: str
    manager: str
    packages: tuple[Package, ...]
    indexes: tuple[str, ...] = ()
    hashed: bool = True

    @property
    def size(self) -> int | None:
        """Of all packages, in bytes; None where that of one is not known."""
        sizes = [package.size for package in self.packages]
        return None if None in sizes else sum(size for size in sizes if size is not None)


class PlannedTarget(NamedTuple):
    """One machine. ``cuda`` is what the packages are built for (None: no CUDA, or not known), by ``cuda_from``.

    ``conda_cuda`` is the ``__cuda`` that the conda part was solved for, "" where it was solved without. ``asked`` are names
    and pinned versions ("" where there is none) of an input that is not locked. ``brings_cuda`` says that the CUDA libraries
    are among the packages of pip.
    """

    target: Target
    groups: tuple[Group, ...] = ()
    cuda: Numbers | None = None
    cuda_from: str = ""
    conda_cuda: str = ""
    asked: tuple[tuple[str, str], ...] = ()
    brings_cuda: bool = False

    @property
    def architecture(self) -> str:
        """``amd64`` or ``arm64``."""
        return ARCHITECTURES[self.target.subdir]

    def group(self, name: str) -> Group | None:
        return next((group for group in self.groups if group.name == name), None)

    def versions(self) -> dict[str, str]:
        """Every package by its name, or what is asked for; what pip installs goes before conda's."""
        ordered = sorted(self.groups, key=lambda group: group.manager != "conda")
        return dict(self.asked) | {package.name: package.version for group in ordered for package in group.packages}


class Base(NamedTuple):
    """A base image with its tag, why it was taken (a clause for a comment), and the fact behind that, if there is one."""

    image: str
    why: str
    evidence: tuple[Evidence, ...] = ()


class ExportPlan(NamedTuple):
    """An environment that is to be built.

    ``kind`` is ``pip`` or ``conda`` (conda, and pip on top of it). ``inputs`` are the files it was read from, as given,
    ``locks`` the locks among them or beside them, none where the packages are only known once they are installed. ``folder``
    holds them: the build's context. ``needs_gpu`` says that a target claims a GPU or that packages are built for CUDA.
    ``main`` is the project that a check of the image imports, and ``module`` the name that Python imports it by, "" where
    that is not known. ``members`` are the folders of projects of this repository that are installed themselves, relative to
    ``folder``: ``.`` for the project that the folder is. ``from_sources`` says that an input that is not locked names folders.
    """

    name: str
    kind: str
    python: tuple[int, int]
    targets: tuple[PlannedTarget, ...]
    inputs: tuple[str, ...]
    folder: str
    locks: tuple[str, ...] = ()
    needs_gpu: bool = False
    main: str = ""
    module: str = ""
    members: tuple[str, ...] = ()
    from_sources: bool = False
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_locked(self) -> bool:
        return bool(self.locks)

    @property
    def platforms(self) -> tuple[str, ...]:
        """As ``docker build --platform`` takes them: ``linux/amd64``."""
        return tuple(f"linux/{each.architecture}" for each in self.targets)

    @property
    def cuda(self) -> Numbers | None:
        """The newest CUDA of all targets."""
        return max((each.cuda for each in self.targets if each.cuda is not None), default=None)
