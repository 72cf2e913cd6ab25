"""Candidates from the matrix: what the indexes that the file names serve for one target and one Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from packaging.markers import Marker
from packaging.version import Version

from compat.model.builds import World, served_builds
from compat.model.knowledge import Matrix, Release
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry, Requirement
from compat.model.solutions import Candidate, Demand, Reason, Rejection
from compat.model.targets import Target
from compat.model.wheel_urls import is_source
from compat.resolve.admission import admits, admitted_versions, exact_versions, is_open, labels_of
from compat.resolve.availability import Availability, evidence_of
from compat.resolve.conda_family import conda_requires

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


class _Listing:
    """The candidates of one project, best first, and which of them each requirement text admits, as bits.

    Bit i stands for ``candidates[i]``. Yanked ones stand last and count only where a requirement pins them (PEP 592).
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        rejected: Sequence[Rejection],
        yanked: int,
        admitted: Callable[[Demand], frozenset[Version]],
    ) -> None:
        self.candidates = candidates
        self._versions = admitted
        self.rejected = tuple(rejected)
        self.free = (1 << len(candidates) - yanked) - 1
        self._admitted: dict[str, tuple[int, int]] = {}
        self._chosen: dict[int, tuple[Candidate, ...]] = {}

    def match(self, demands: Sequence[Demand]) -> tuple[Candidate, ...]:
        """The candidates that satisfy all *demands*."""
        bits, pinned = -1, self.free
        for demand in demands:
            text = demand.requirement.text
            known = self._admitted.get(text)
            if known is None:
                known = self._admitted[text] = self._judge(demand)
            bits &= known[0]
            pinned |= known[1]
        bits &= pinned
        found = self._chosen.get(bits)
        if found is None:
            chosen = (candidate for position, candidate in enumerate(self.candidates) if bits >> position & 1)
            found = self._chosen[bits] = tuple(chosen)
        return found

    def _judge(self, demand: Demand) -> tuple[int, int]:
        """The candidates that *demand* admits, and those that it pins."""
        bits = pinned = 0
        pins, versions = exact_versions(demand), self._versions(demand)
        for position, candidate in enumerate(self.candidates):
            if candidate.version in versions:
                bits |= 1 << position
                pinned |= (candidate.version in pins) << position
        return bits, pinned


class MatrixSource:
    """`CandidateSource` over the matrix.

    Args: *worlds* says for each project where its files come from. *any_platform* takes a wheel for any subdir, to ask
    whether the platform is what stands in the way. *cache* is shared between sources of the same matrix: many files
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
    ) -> None:
        self._matrix = matrix
        self._subdir = target.subdir
        self._python = python
        self._worlds = worlds
        self._conda = conda
        self._availability = Availability(matrix, target, python, any_platform=any_platform)
        self._markers = target.markers(python)
        self._shared = cache.setdefault(("admitted",), {})
        self._cache = cache.setdefault((target.subdir, target.glibc, python, any_platform), {})

    def matches(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Candidate, ...]:
        for demand in demands:
            if demand.entry is not None and isinstance(demand.entry, PipEntry) and is_source(demand.entry):
                return (Candidate(name, None),)
        if self._matrix.project(name) is None:
            return self._open_candidates(name, demands)
        return self._listing(name, labels_of(demands)).match(demands) or self._open_candidates(name, demands)

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
                if self._wanted(r.marker, extras) and (r.specifier or r.url or self._matrix.project(r.name) is not None)
            )
            self._cache[key] = found
        return found

    def is_satisfied(self, demand: Demand, candidate: Candidate) -> bool:
        if candidate.version is None:
            return True
        if candidate.release is None:
            return admits(demand, candidate.version)
        return candidate.version in self._admitted(demand)

    def rejections(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Rejection, ...]:
        rejected = self._listing(name, labels_of(demands)).rejected
        found = tuple(r for r in rejected if all(admits(demand, r.version) for demand in demands))
        if found:
            return found
        project = self._matrix.project(name)
        pins = [version for demand in demands for version in exact_versions(demand)]
        if project is None or not pins or any(release.version == pins[0] for release in project.releases):
            return ()
        detail = f"there is no release {pins[0]} of {name} on the package index"
        return (Rejection(name, pins[0], Reason.NO_RELEASE, detail, evidence_of(detail, project.fact)),)

    def _listing(self, name: PyPIName, labels: tuple[str, ...]) -> _Listing:
        """All candidates of a project here, and those that were rejected."""
        conda = name in self._conda.names
        key = ("listing", name, "conda" if conda else self._worlds(name), labels)
        found: _Listing | None = self._cache.get(key)
        if found is None:
            found = self._cache[key] = self._judge_all(name, labels, conda=conda)
        return found

    def _judge_all(self, name: PyPIName, labels: tuple[str, ...], *, conda: bool) -> _Listing:
        project, world = self._matrix.project(name), self._worlds(name)
        usable: list[Candidate] = []
        yanked: list[Candidate] = []
        rejected: list[Rejection] = []
        for release in project.releases if project else ():
            if conda:
                usable.append(Candidate(name, release.version, release, conda=True))
                continue
            verdict = self._availability.judge(release, world, labels)
            if isinstance(verdict, Rejection):
                rejected.append(verdict)
            else:
                (usable if release.yanked is None else yanked).append(verdict)
        return _Listing([*usable, *yanked], rejected, len(yanked), self._admitted)

    def _admitted(self, demand: Demand) -> frozenset[Version]:
        """The listed versions that *demand* admits: the same for every target and Python."""
        key = (demand.requirement.name, demand.requirement.text)
        found: frozenset[Version] | None = self._shared.get(key)
        if found is None:
            project = self._matrix.project(demand.requirement.name)
            found = self._shared[key] = admitted_versions(demand, project) if project else frozenset()
        return found

    def _open_candidates(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Candidate, ...]:
        """The candidate that stands for a version which the matrix does not know, where one could satisfy *demands*."""
        conda = name in self._conda.names
        world = self._worlds(name)
        texts = frozenset([demand.requirement.text for demand in demands]) if len(demands) > 1 else demands[0].requirement.text
        key = (name, world, conda, texts)
        found: tuple[Candidate, ...] | None = self._cache.get(key)
        if found is None:
            unlisted = is_open(self._matrix.project(name), world, demands, conda=conda)
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

    def _wanted(self, marker: Marker | None, extras: frozenset[str]) -> bool:
        if marker is None:
            return not extras
        text = str(marker)
        base = self._evaluate(marker, text, "")
        if not extras:
            return base
        return not base and any(self._evaluate(marker, text, extra) for extra in extras)

    def _evaluate(self, marker: Marker, text: str, extra: str) -> bool:
        key = ("marker", text, extra)
        found: bool | None = self._cache.get(key)
        if found is None:
            found = self._cache[key] = marker.evaluate({**self._markers, "extra": extra})
        return found
