"""Candidates from the matrix: what the indexes that the file names serve for one target and one Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from compat.model.builds import World, served_builds
from compat.model.knowledge import Matrix, Project, Release, evidence_of
from compat.model.names import PyPIName
from compat.model.pythons import admits_minor
from compat.model.requirements import PipEntry, Requirement
from compat.model.solutions import Candidate, Demand, Reason, Rejection
from compat.model.targets import Target
from compat.model.wheel_urls import is_source
from compat.resolve.admission import admits, exact_versions, is_open, labels_of
from compat.resolve.availability import Availability
from compat.resolve.conda_family import conda_requires
from compat.resolve.listing import Admitted, Listing, admitted
from compat.resolve.pip.marking import Markers, unbounded

#: Answers remembered for one matrix, by target and Python, then by question.
Cache = dict[tuple[object, ...], dict[object, Any]]

_TORCH = PyPIName("torch")

#: Projects that torch requires in releases that differ from build to build.
_BY_BUILD = ("nvidia-", "cuda-", "triton", "pytorch-triton")

#: The world of a project that only the default index serves.
_DEFAULT = World(pypi=True, variants=(), every_variant=False, open=False, nightly=False)


class CondaSide(NamedTuple):
    """The projects that the conda part provides, whose wheels do not matter.

    ``pytorch_only`` says that only the channel ``pytorch`` can have them, which pins the torch family exactly.
    """

    names: frozenset[PyPIName]
    pytorch_only: bool = False


class MatrixSource:
    """`CandidateSource` over the matrix.

    Args: *worlds* says for each project where its files come from. *any_platform* takes a wheel for any subdir, to ask
    whether the platform is what stands in the way. What other packages ask of *overridden* projects does not count
    (uv's overrides, which are demands of their own, take its place). *cache* is shared between sources of the same matrix: many files
    ask the same.
    """

    def __init__(
        self,
        matrix: Matrix,
        target: Target,
        python: tuple[int, int],
        worlds: Callable[[PyPIName], World],
        conda: CondaSide,
        cache: Cache,
        *,
        any_platform: bool = False,
        overridden: frozenset[PyPIName] = frozenset(),
    ) -> None:
        self._matrix = matrix
        self._subdir = target.subdir
        self._python = python
        self._worlds = worlds
        self._conda = conda
        self._overridden = overridden
        self._availability = Availability(matrix, target, python, any_platform=any_platform)
        self._listings: dict[tuple[PyPIName, tuple[str, ...]], Listing] = {}
        self._shared = cache.setdefault(("admitted",), {})
        self._cache = cache.setdefault((target.subdir, target.glibc, python, any_platform), {})
        self._markers: Markers = self._cache.setdefault("markers", Markers(target, python))

    def matches(self, name: PyPIName, demands: Sequence[Demand]) -> Sequence[Candidate]:
        for demand in demands:
            if demand.entry is not None and isinstance(demand.entry, PipEntry) and is_source(demand.entry):
                return (Candidate(name, None),)
        project = self._matrix.project(name)
        if project is None:
            return self._open_candidates(name, demands)
        found = self._listing(project, labels_of(demands)).match(
            [self._admitted(demand, project) for demand in demands]
        )
        return found or self._open_candidates(name, demands)

    def dependencies(self, candidate: Candidate, extras: frozenset[str]) -> tuple[Demand, ...]:
        release = candidate.release
        if release is None:
            return ()
        side = self._conda.pytorch_only if candidate.conda else self._worlds(candidate.name)
        key = ("dependencies", candidate, side, extras)
        found: tuple[Demand, ...] | None = self._cache.get(key)
        if found is None:
            requires = (
                conda_requires(self._matrix, release, pytorch_only=self._conda.pytorch_only)
                if candidate.conda
                else self._requires(release)
            )
            found = tuple(
                Demand(r, None, candidate)
                for r in requires
                # What has neither bounds nor releases in the tables can stand in nobody's way. Asked last: online it costs a
                # question to the index.
                if self._markers.wanted(r.marker, extras)
                and (r.specifier or r.url or self._matrix.project(r.name) is not None)
            )
            self._cache[key] = found
        if self._overridden and not candidate.conda:
            return tuple(unbounded(d) if d.requirement.name in self._overridden else d for d in found)
        return found

    def is_satisfied(self, demand: Demand, candidate: Candidate) -> bool:
        if candidate.version is None:
            return True
        key = (demand.requirement.text, candidate.version)
        found: bool | None = self._shared.get(key)
        if found is None:
            found = self._shared[key] = admits(demand, candidate.version)
        return found

    def rejections(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Rejection, ...]:
        project = self._matrix.project(name)
        if project is None:
            return ()
        bits = -1
        for demand in demands:
            bits &= self._admitted(demand, project).bits
        found = tuple(self._listing(project, labels_of(demands)).rejected(bits))
        pins = [version for demand in demands for version in exact_versions(demand)]
        if found or not pins or any(release.version == pins[0] for release in project.releases):
            return found
        detail = f"there is no release {pins[0]} of {name} on the package index"
        return (Rejection(name, pins[0], Reason.NO_RELEASE, detail, evidence_of(detail, project.fact)),)

    def _listing(self, project: Project, labels: tuple[str, ...]) -> Listing:
        """The releases of *project* here, for what *labels* ask for."""
        name = project.name
        near = self._listings.get((name, labels))
        if near is not None:
            return near
        conda = name in self._conda.names
        world = self._worlds(name)
        key = ("listing", name, "conda" if conda else world, labels)
        found: Listing | None = self._cache.get(key)
        if found is None:

            def judge(release: Release) -> Candidate | Rejection:
                if conda:
                    return Candidate(name, release.version, release, conda=True)
                return self._availability.judge(release, world, labels)

            found = self._cache[key] = (
                Listing(project, judge, self._is_odd_for_conda) if conda else Listing(project, judge)
            )
        self._listings[name, labels] = found
        return found

    def _is_odd_for_conda(self, release: Release) -> bool:
        """Whether conda has hardly built *release* for this Python: its wheels are not for it, either."""
        return not admits_minor(release.requires_python, self._python)

    def _admitted(self, demand: Demand, project: Project) -> Admitted:
        """The releases that *demand* admits: the same for every target and Python."""
        key = (project.name, demand.requirement.text)
        found: Admitted | None = self._shared.get(key)
        if found is None:
            found = self._shared[key] = admitted(demand, project)
        return found

    def _open_candidates(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Candidate, ...]:
        """The candidate that stands for a version which the matrix does not know, where one could satisfy *demands*."""
        conda = name in self._conda.names
        world = self._worlds(name)
        texts = (
            frozenset([demand.requirement.text for demand in demands])
            if len(demands) > 1
            else demands[0].requirement.text
        )
        key = (name, world, conda, texts)
        found: tuple[Candidate, ...] | None = self._cache.get(key)
        if found is None:
            unlisted = is_open(self._matrix.project(name), world, demands, self._python, conda=conda)
            found = self._cache[key] = (Candidate(name, None, conda=conda),) if unlisted else ()
        return found

    def _requires(self, release: Release) -> Sequence[Requirement]:
        """What the wheel that is taken here requires: the tables hold the METADATA of the default index's wheels.

        Other builds of torch pin other CUDA libraries, so of those nothing is known.
        """
        requires = release.requires_for(self._subdir, self._python)
        world = self._worlds(release.project)
        if release.project != _TORCH or world == _DEFAULT:
            return requires
        served = served_builds(self._matrix, release.project, release.version, world, self._subdir, ())
        known = served and not (world.open or world.nightly or world.every_variant)
        if known and all(self._subdir in build.pypi for build in served):
            return requires
        return [requirement for requirement in requires if not requirement.name.startswith(_BY_BUILD)]
