"""Whether a release can be installed: its wheels, builds and Requires-Python against target, Python and indexes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from packaging.specifiers import SpecifierSet

from compat.model.builds import World, served_builds
from compat.model.knowledge import Matrix, Release, Wheels, evidence_of
from compat.model.solutions import Candidate, Reason, Rejection
from compat.model.targets import PYTHON_MINORS, Target


class Availability:
    """Judges releases for one target and one Python; *any_platform* takes a wheel for any subdir and glibc."""

    def __init__(self, matrix: Matrix, target: Target, python: tuple[int, int], *, any_platform: bool) -> None:
        self._matrix = matrix
        self._target = target
        self._python = python
        self._any_platform = any_platform

    def judge(self, release: Release, world: World, labels: tuple[str, ...]) -> Candidate | Rejection:
        """Whether *release* can be installed from what *world* serves, as the build that *labels* ask for."""
        if world.named:
            return Candidate(release.project, release.version, release)
        if rejection := self._judge_build(release, world, labels):
            return rejection
        return self._judge_files(release, world)

    def _judge_build(self, release: Release, world: World, labels: tuple[str, ...]) -> Rejection | None:
        if world.open or world.nightly:
            return None
        name, version, subdir = release.project, release.version, self._target.subdir
        wanted = ", ".join(f"+{label}" for label in labels) or ", ".join(world.variants)
        if labels and not world.variants and not world.every_variant:
            detail = f"the default index holds no local versions, so no {name} {version} with the label {wanted}"
            return Rejection(name, version, Reason.NO_INDEX, detail, evidence_of(detail, release.files_fact))
        if foreign := [label for label in labels if label not in world.variants and not world.every_variant]:
            detail = f"the index {', '.join(world.variants)} holds no {name} {version}+{foreign[0]}, nor does the default one"
            return Rejection(name, version, Reason.NO_INDEX, detail, evidence_of(detail, release.files_fact))
        if self._any_platform or (not labels and (world.pypi or world.every_variant or not world.variants)):
            return None
        if served_builds(self._matrix, name, version, world, subdir, labels):
            return None
        if plain := next(
            (b for b in self._matrix.builds(name, version) if b.variant in labels and subdir in b.unlabelled), None
        ):
            detail = f"the index {plain.variant} serves {name} {version} for {subdir} without the label"
            return Rejection(name, version, Reason.NO_BUILD, detail, evidence_of(detail, plain.fact_for(subdir)))
        absent = [self._matrix.absent_build(name, version, variant, subdir) for variant in labels or world.variants]
        if None in absent:
            return None
        detail = f"there is no {wanted} build of {name} {version} for {subdir}"
        return Rejection(name, version, Reason.NO_BUILD, detail, evidence_of(detail, absent[0])) if absent[0] else None

    def _judge_files(self, release: Release, world: World) -> Candidate | Rejection:
        """The wheels and Requires-Python of a release against platform, Python and glibc."""
        name, version, python = release.project, release.version, self._python
        candidate = Candidate(name, version, release)
        if python not in _minors(release.requires_python):
            detail = f"{name} {version} has Requires-Python {release.requires_python}"
            return Rejection(
                name,
                version,
                Reason.REQUIRES_PYTHON,
                detail,
                evidence_of(detail, release.fact_for(self._target.subdir, python)),
            )
        wheels = self._wheels(release)
        if not world.pypi and not wheels:
            return candidate  # served by PyTorch's index alone: the default index's file list says nothing
        if not wheels:
            if release.sdist:
                return candidate._replace(sdist_only=True)
            if world.open:
                return candidate
            have = ", ".join(sorted(release.wheels)) or "no platform"
            detail = f"{name} {version} has wheels for {have}, none for {self._target.subdir}"
            return Rejection(name, version, Reason.WHEEL_PLATFORM, detail, evidence_of(detail, release.files_fact))
        if not any(w.serves(python) for w in wheels):
            if release.sdist:
                return candidate._replace(sdist_only=True)
            if world.open:
                return candidate
            detail = f"{name} {version} has wheels for {_python_list(wheels)}, none for Python {python[0]}.{python[1]}"
            return Rejection(name, version, Reason.WHEEL_PYTHON, detail, evidence_of(detail, release.files_fact))
        if rejection := self._judge_glibc(release):
            return rejection
        return candidate

    def _judge_glibc(self, release: Release) -> Rejection | None:
        glibc = self._target.glibc
        if glibc is None or not self._target.is_linux or release.sdist or self._any_platform:
            return None
        needed = [wheel.glibc for wheel in self._wheels(release)]
        lowest = min((n for n in needed if n), default=None)
        if None in needed or lowest is None or lowest <= glibc:
            return None
        dotted = ".".join(map(str, lowest))
        detail = f"the wheels of {release.project} {release.version} need glibc {dotted}"
        return Rejection(
            release.project, release.version, Reason.GLIBC, detail, evidence_of(detail, release.files_fact)
        )

    def _wheels(self, release: Release) -> tuple[Wheels, ...]:
        if self._any_platform:
            return tuple(release.wheels.values())
        return tuple(release.wheels[key] for key in (self._target.subdir, "any") if key in release.wheels)


@lru_cache(maxsize=1024)
def _minors(requires_python: SpecifierSet) -> frozenset[tuple[int, int]]:
    """The Python minors that *requires_python* admits in their latest patch."""
    return frozenset(m for m in PYTHON_MINORS if requires_python.contains(f"{m[0]}.{m[1]}.99", prereleases=True))


def _python_list(wheels: Sequence[Wheels]) -> str:
    minors = sorted({python for wheel in wheels for python in wheel.pythons})
    later = [wheel.from_python for wheel in wheels if wheel.from_python]
    names = [f"{major}.{minor}" for major, minor in minors]
    shown = (
        f"{names[0]}-{names[-1]}"
        if len(names) > 1 and minors[-1][1] - minors[0][1] == len(minors) - 1
        else ", ".join(names)
    )
    return f"Python {shown}" if not later else f"Python {later[0][0]}.{later[0][1]} and later"
