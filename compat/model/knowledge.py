"""What the curated matrix knows, as values, and the port through which rules and resolver ask it.

Every fact keeps its source and the day it was read. ``thin`` marks a fact that rests on one indirect source: it is
shown as such and never makes an error alone. A look-up that finds nothing returns None or an empty tuple, and that
means *unknown*, unless the table says that it is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from compat.model.diagnostics import Evidence
from compat.model.names import CondaName, PyPIName
from compat.model.requirements import Requirement

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_T = TypeVar("_T")

Numbers = tuple[int, ...]
"""A dotted version that is only compared by its numbers: CUDA 12.8, driver 570.124.06, cuDNN 9.1.0.70."""


class Fact(NamedTuple):
    """Where something was read: a URL, or purl + file name + field; and the day."""

    source: str
    read_on: date
    thin: bool = False


def evidence_of(claim: str, fact: Fact) -> Evidence:
    """A claim with the source and day of the fact that it rests on."""
    return Evidence(claim=claim, source=fact.source, read_on=fact.read_on, thin=fact.thin)


class Wheels(NamedTuple):
    """The wheels of one release for one subdir.

    ``pythons`` are the CPython minors with a wheel, ``from_python`` the minor from which an abi3 or py3 wheel serves
    every later one (None: there is no such wheel), ``glibc`` the lowest glibc that any of them asks for.
    """

    pythons: frozenset[tuple[int, int]]
    from_python: tuple[int, int] | None = None
    glibc: Numbers | None = None

    def serves(self, python: tuple[int, int]) -> bool:
        return python in self.pythons or (self.from_python is not None and python >= self.from_python)


@dataclass(frozen=True, eq=False)
class Release:
    """One release on the package index; equal to nothing but itself.

    Not a NamedTuple, so that the matrix can hand out releases which parse a field when it is first asked for.
    """

    project: PyPIName
    version: Version
    requires: tuple[Requirement, ...]
    """Requires-Dist of the linux-64 wheel (or the first wheel), in the order of its METADATA.

    Requirements of extras are left out, but for a few extras that each table names, and those keep their marker.
    """
    requires_on: Mapping[str, tuple[Requirement, ...]]
    """Wheels that declare something else: by subdir, or by subdir and Python tag (``linux-64/cp312``)."""
    requires_python: SpecifierSet
    wheels: Mapping[str, Wheels]
    """By subdir, and ``any`` for wheels without compiled code."""
    sdist: bool
    yanked: str | None
    """The reason, where every file is yanked; never empty."""
    fact: Fact
    """Where the requirements were read; thin where no METADATA could be, so that ``requires`` is not known."""
    files_fact: Fact
    uploaded: date | None = None
    """The day of its first file (UTC)."""
    facts_on: Mapping[str, Fact] = field(default_factory=dict)
    """Where each entry of ``requires_on`` was read."""
    invalid: tuple[str, ...] = ()
    """Lines of its METADATA that are no PEP 440 or 508; pip from 24.1 on refuses a release that has any."""

    def requires_for(self, subdir: str, python: tuple[int, int] | None = None) -> tuple[Requirement, ...]:
        """What the wheel for *subdir* and *python* declares; without *python*, what most wheels for *subdir* do."""
        return _most_specific(self.requires_on, subdir, python, self.requires)

    def fact_for(self, subdir: str, python: tuple[int, int] | None = None) -> Fact:
        """Where the answer of `requires_for` was read."""
        return _most_specific(self.facts_on, subdir, python, self.fact)


def _most_specific(on: Mapping[str, _T], subdir: str, python: tuple[int, int] | None, usual: _T) -> _T:
    """The entry for ``linux-64/cp312``, else for ``linux-64``, else *usual*."""
    tagged = f"{subdir}/cp{python[0]}{python[1]}" if on and python else ""
    return on[tagged] if tagged in on else on.get(subdir, usual)


class Project(NamedTuple):
    """A project of the package index: its releases, newest first, final ones only.

    ``complete`` says that every final release up to the day of reading is listed, so one that is missing does not exist.
    """

    name: PyPIName
    releases: tuple[Release, ...]
    complete: bool
    fact: Fact

    @property
    def newest(self) -> Version:
        return self.releases[0].version


class Build(NamedTuple):
    """One official build of a project, by variant: ``cpu``, ``cu128``, ``rocm6.4``, ``xpu``."""

    project: PyPIName
    version: Version
    variant: str
    cuda: Numbers | None
    """(12, 8), or None for a build without CUDA."""
    subdirs: frozenset[str]
    unlabelled: frozenset[str]
    """Subdirs where the index serves this build without the local label (``2.5.1`` rather than ``2.5.1+cu124``)."""
    pypi: frozenset[str]
    """Subdirs where this build is what the default index serves."""
    index_url: str | None
    """URL of the project's own index that serves it."""
    architectures: Mapping[str, tuple[Numbers, ...]]
    """Subdir to compute capabilities compiled in, ascending: ((8, 0), (9, 0)); a missing subdir is unknown."""
    ptx: Mapping[str, Numbers | None]
    """Subdir to the compute capability of the PTX that is included, if any."""
    cudnn: Numbers | None
    cxx11_abi: bool | None
    """Of the linux-64 build; None where it is not known."""
    fact: Fact
    pypi_facts: Mapping[str, Fact] = MappingProxyType({})
    """Subdir to what says that the default index serves it there."""
    architecture_facts: Mapping[str, Fact] = MappingProxyType({})
    """Subdir to what says which architectures are compiled in; it may be thin where the build itself is not."""
    cudnn_fact: Fact | None = None
    abi_fact: Fact | None = None
    facts: Mapping[str, Fact] = MappingProxyType({})
    """Subdir to what says that there is such a build for it; it may be thin where others are not."""

    def fact_for(self, subdir: str) -> Fact:
        """What says that there is such a build for *subdir*."""
        return self.facts.get(subdir, self.fact)


class Driver(NamedTuple):
    """What a CUDA version asks of the driver, on one system (``linux`` or ``windows``).

    ``minimum`` is the lowest driver that runs programs of this CUDA *major* by minor-version compatibility (for CUDA
    before 11 the toolkit's own); ``toolkit`` the driver that the toolkit ships with, below which PTX is not compiled.
    """

    cuda: Numbers
    system: str
    minimum: Numbers
    toolkit: Numbers | None
    fact: Fact


class Coupling(NamedTuple):
    """Two requirements that every installer accepts together and that do not work together.

    ``first`` and ``second`` are PyPI requirements; the pair is broken where a selected release satisfies each.
    ``severity`` is ``error``, ``warning`` or ``info``; ``effect`` is what the user sees.
    """

    id: str
    first: Requirement
    second: Requirement
    subdirs: frozenset[str]
    """Empty: all."""
    severity: str
    effect: str
    remedy: str
    fact: Fact
    second_cuda: Numbers | None = None
    """Where the pair is only about builds of ``second`` for this CUDA major."""


class Undeclared(NamedTuple):
    """Releases that cannot be imported without a project which their metadata does not name."""

    id: str
    first: Requirement
    needs: Requirement
    severity: str
    effect: str
    remedy: str
    fact: Fact


class Toolkit(NamedTuple):
    """What the compiler of a CUDA toolkit knows; a build made with it cannot hold any other GPU architecture."""

    cuda: Numbers
    architectures: tuple[Numbers, ...]
    """Compute capabilities, ascending."""
    fact: Fact

    @property
    def minimum(self) -> Numbers:
        return self.architectures[0]

    @property
    def maximum(self) -> Numbers:
        return self.architectures[-1]

    def can_serve(self, capability: Numbers) -> bool:
        """Whether some code that it compiles runs on *capability*: the same major, the same or a lower minor."""
        return any(sm[0] == capability[0] and sm[1] <= capability[1] for sm in self.architectures)


class CudnnSupport(NamedTuple):
    """The CUDA versions that a cuDNN release supports."""

    cudnn: Numbers
    cuda: tuple[Numbers, ...]
    fact: Fact


class Note(NamedTuple):
    """A claim that no table can hold as numbers: ``tensorflow/windows-gpu-ended``."""

    id: str
    claim: str
    fact: Fact


class TestedBuild(NamedTuple):
    """A row of TensorFlow's table of tested configurations."""

    version: str
    """``2.9`` or ``2.9.0``, as the table says."""
    pythons: tuple[tuple[int, int], ...]
    cuda: Numbers | None
    cudnn: Numbers | None
    system: str
    fact: Fact


class CondaBuild(NamedTuple):
    """A build of a conda package that was seen in a channel; one that is not listed may exist all the same."""

    name: CondaName
    version: str
    channel: str
    subdirs: frozenset[str]
    cuda: Numbers | None
    """The CUDA that it was built for, None for a CPU build."""
    cuda_package: str
    """``pytorch-cuda``, ``cudatoolkit``, ``cuda-version`` or ""."""
    pythons: frozenset[tuple[int, int]]
    requires: tuple[str, ...]
    """MatchSpecs on other packages of the tables: ``pytorch ==2.0.1``."""
    fact: Fact


class CondaLimit(NamedTuple):
    """A statement about a whole channel: ``pytorch`` holds pytorch up to 2.5.1, ``pytorch-cuda`` in 11.6, 11.7 ..."""

    channel: str
    name: CondaName
    newest: str | None
    """The last version that the channel got; "" where it never had the package; None where that is not known."""
    versions: tuple[str, ...]
    """All versions that were ever made, if that is known."""
    claim: str
    fact: Fact
    subdirs: frozenset[str] = frozenset()
    """Empty: all."""


class CondaCoupling(NamedTuple):
    """Two conda requirements (MatchSpecs, perhaps with a channel) that solve together and do not give what was meant."""

    id: str
    first: str
    second: str
    subdirs: frozenset[str]
    """Empty: all."""
    severity: str
    effect: str
    remedy: str
    fact: Fact
    brought: bool = False
    """Whether the first brings the second, so that it is there, as new as can be, where the file does not name it."""


class CondaNeed(NamedTuple):
    """A package of one channel whose dependencies live in others; ``spec`` narrows it to some versions."""

    spec: str
    channel: str
    needs: tuple[str, ...]
    claim: str
    fact: Fact


class CondaLine(NamedTuple):
    """An official conda install line of torch: the selector and the CUDA versions that it could choose."""

    torch: str
    torchvision: str
    torchaudio: str
    selector: str
    """``cudatoolkit``, ``pytorch-cuda`` or ``cpuonly``."""
    cuda: tuple[str, ...]
    channels: tuple[str, ...]
    complete: bool
    """Whether no other version of the selector was built for this release."""
    fact: Fact


class CondaRuntime(NamedTuple):
    """A run-time library that a conda package brings, because its recorded ``depends`` name it; nobody asks for it."""

    library: CondaName
    by: CondaName
    channel: str
    fact: Fact
    series: str = ""
    """The series of ``by`` that it was read of, where that matters: ``3.10`` for python."""
    build: str = ""
    """The builds of ``by`` that have it, as a glob, where others do not."""
    chosen: tuple[str, ...] = ()
    """Builds of the library, as globs, that somebody must have chosen: ``*mkl`` for libblas."""


class NameMapping(NamedTuple):
    """A conda package and the PyPI projects that it provides (none: not a PyPI distribution)."""

    conda: CondaName
    channel: str
    pypi: tuple[PyPIName, ...]
    implies: tuple[str, ...]
    """Further conda requirements that the PyPI name stands for: ``cupy-cuda12x`` is cupy with ``cuda-version=12``."""
    fact: Fact


class Gpu(NamedTuple):
    """A GPU model and its compute capability."""

    model: str
    compute_capability: tuple[int, int]
    fact: Fact


class BaseImage(NamedTuple):
    """What a container image tag holds; fields are "" or None where the tag does not say.

    ``kind`` is ``cuda`` (only CUDA), ``framework`` (torch or TensorFlow, with their CUDA), ``python``, ``conda``, ``system`` or "".
    ``flavour`` is ``base``, ``runtime``, ``devel``, ``gpu``, ``cuda``, ``cpu``, ``rocm``, ``slim`` or "". A fact that is thin is a guess.
    """

    repository: str
    tag: str
    cuda: Numbers | None
    cudnn: Numbers | None
    python: tuple[int, int] | None
    distribution: str
    flavour: str
    glibc: Numbers | None
    fact: Fact
    kind: str = ""
    release: str = ""
    """The release of what the image is named after, where that is no framework: of micromamba."""
    brings: tuple[tuple[PyPIName, str], ...] = ()
    """Projects that are installed already, with their version, "" where the tag does not say."""
    own_builds: bool = False
    """Whether what it brings was built by who made the image, so that no index has it."""
    system_python: tuple[int, int] | None = None
    """What the distribution's package ``python3`` is."""
    managed: bool = False
    """Whether pip is kept from installing into the distribution's own Python (PEP 668)."""
    musl: bool = False
    platforms: frozenset[str] = frozenset()
    """The subdirs that the image is made for; empty where that is not known."""

    @property
    def reference(self) -> str:
        """``repository:tag``, as a message names it."""
        return f"{self.repository}:{self.tag}" if self.tag else self.repository

    @property
    def has_compiler(self) -> bool | None:
        """Whether ``nvcc`` is there; None where that is not known."""
        return {"devel": True, "runtime": False, "base": False}.get(self.flavour) if self.cuda else None


class Matrix(Protocol):
    """The questions that rules and resolver ask. Every call is a dictionary look-up after the first."""

    @property
    def version(self) -> str:
        """The newest day that any fact was read, as ``2026-11-22``."""
        ...

    def project(self, name: PyPIName) -> Project | None:
        """The releases of a project, or None where the matrix does not cover it. Called for every requirement."""
        ...

    def mentioned(self) -> frozenset[PyPIName]:
        """The projects that are covered, or that a release of a covered one requires: only they can be in a conflict."""
        ...

    def builds(self, name: PyPIName, version: Version) -> tuple[Build, ...]:
        """Official builds of one release, newest CUDA first; empty where none is known."""
        ...

    def absent_build(self, name: PyPIName, version: Version, variant: str, subdir: str) -> Fact | None:
        """What proves that no file with the label ``+variant`` exists there; None where it does or nothing is known."""
        ...

    def driver(self, cuda: Numbers, system: str) -> Driver | None: ...

    def toolkit(self, cuda: Numbers) -> Toolkit | None:
        """The GPU architectures that builds of this CUDA (major and minor) can hold."""
        ...

    def cudnn_support(self) -> tuple[CudnnSupport, ...]: ...

    def newest_cuda(self, driver: Numbers, system: str) -> Numbers | None:
        """The newest CUDA toolkit whose own driver is not newer than *driver*.

        A driver given as a branch (``535``) stands for its newest release.
        """
        ...

    def toolkit_architectures(self, cuda: Numbers) -> tuple[Numbers, Numbers] | None:
        """The lowest and highest compute capability that the toolkit of this CUDA can compile for."""
        ...

    def couplings(self) -> tuple[Coupling, ...]: ...

    def undeclared(self) -> tuple[Undeclared, ...]: ...

    def tested_builds(self, name: PyPIName) -> tuple[TestedBuild, ...]: ...

    def pypi_names(self, name: CondaName, channel: str = "conda-forge") -> NameMapping | None:
        """The table row for a conda name, user overrides first. None: not in the table."""
        ...

    def conda_names(self, name: PyPIName) -> tuple[NameMapping, ...]:
        """The table rows whose conda package provides a PyPI project. Empty: not in the table."""
        ...

    def conda_builds(self, name: CondaName) -> tuple[CondaBuild, ...]: ...

    def conda_limits(self, name: CondaName) -> tuple[CondaLimit, ...]: ...

    def conda_couplings(self) -> tuple[CondaCoupling, ...]: ...

    def conda_needs(self) -> tuple[CondaNeed, ...]: ...

    def conda_lines(self, torch: str) -> tuple[CondaLine, ...]:
        """The official conda install lines of one torch release."""
        ...

    def conda_runtime(self, library: CondaName) -> tuple[CondaRuntime, ...]:
        """What brings a run-time library. Empty: it is none that the table knows."""
        ...

    def base_image(self, reference: str) -> BaseImage | None:
        """What ``repository:tag`` says of itself; None where the tag follows no known pattern."""
        ...

    def note(self, key: str) -> Note | None:
        """A claim by ``table/id``: ``conda_limits/pip-over-conda``."""
        ...

    def gpus(self) -> Mapping[str, Gpu]:
        """Lower-case alphanumeric name (``h100``, ``rtx4090``) to model."""
        ...
