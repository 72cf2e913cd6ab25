"""What a query is narrowed to, and the look-ups that several queries share."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from compat.model.errors import UsageError
from compat.model.knowledge import Build, Coupling, Fact, Matrix, Numbers, Release
from compat.model.names import PyPIName
from compat.model.requirements import Requirement
from compat.model.targets import PYTHON_MINORS, SUBDIRS

TORCH = PyPIName("torch")
#: torch's companions, whose releases are built for one torch.
COMPANIONS = tuple(PyPIName(name) for name in ("torchvision", "torchaudio", "torchtext"))

_ALIASES = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}


class Scope(NamedTuple):
    """The options of a query; None narrows nothing."""

    python: tuple[int, int] | None = None
    cuda: Numbers | None = None
    subdir: str | None = None

    def __str__(self) -> str:
        """``Python 3.12, CUDA 12.6, linux-aarch64``."""
        words = [
            f"Python {self.python[0]}.{self.python[1]}" if self.python else "",
            f"CUDA {'.'.join(map(str, self.cuda))}" if self.cuda else "",
            self.subdir or "",
        ]
        return ", ".join(word for word in words if word)

    def admits_release(self, release: Release) -> bool:
        """Whether some wheel of *release* serves the Python there; a source archive may serve any."""
        wheels = [w for key, w in release.wheels.items() if self.subdir is None or key in {self.subdir, "any"}]
        if self.python is None:
            return bool(wheels) or release.sdist
        return release.sdist or any(wheel.serves(self.python) for wheel in wheels)

    def admits_build(self, build: Build) -> bool:
        if self.cuda is not None and (build.cuda is None or build.cuda[: len(self.cuda)] != self.cuda):
            return False
        return self.subdir is None or self.subdir in build.subdirs


def read_scope(python: str | None, cuda: str | None, platform: str | None) -> Scope:
    """The scope that the options ask for. Raises: UsageError for what is no version or no platform."""
    subdir = _ALIASES.get(platform or "", platform)
    if subdir is not None and subdir not in SUBDIRS:
        raise UsageError(f"unknown platform `{platform}`", hint=f"one of {', '.join(SUBDIRS)}")
    minor = None if python is None else read_numbers("--python", python)
    if minor is not None and minor[:2] not in PYTHON_MINORS:
        raise UsageError(f"`--python {python}` is no Python that the matrix speaks about", hint="write `--python 3.12`")
    return Scope(
        python=None if minor is None else (minor[0], minor[1]),
        cuda=None if cuda is None else read_numbers("--cuda", cuda),
        subdir=subdir,
    )


def read_numbers(what: str, text: str) -> Numbers:
    """A dotted version of numbers. Raises: UsageError."""
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6}){0,4}", text):
        raise UsageError(f"`{what} {text}` is no version", hint="write digits and dots: `12.6`")
    return tuple(int(number) for number in text.split("."))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word next to *word*."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else None


# -- releases ------------------------------------------------------------------------------------------------------------


def select_releases(releases: Sequence[Release], version: str | None) -> list[Release]:
    """The releases that *version* names: ``2.7`` is 2.7.*, ``>=2.7,<2.9`` a range; without it the newest of each minor.

    Raises: UsageError for a text that is neither.
    """
    if version is None:
        return list(_newest_of_minors(release for release in releases if release.yanked is None))
    try:
        if re.match(r"[<>=!~]", version):
            wanted = SpecifierSet(version)
        else:
            parsed = Version(version)
            wanted = SpecifierSet(
                f"=={version}" if parsed.is_postrelease or parsed.is_prerelease else f"=={parsed.public}.*"
            )
    except (InvalidSpecifier, ValueError) as error:
        raise UsageError(f"`{version}` is no version", hint="write `2.7`, `2.7.1` or `>=2.7,<2.9`") from error
    return [release for release in releases if wanted.contains(release.version, prereleases=True)]


def _newest_of_minors(releases: Iterable[Release]) -> Iterator[Release]:
    seen: set[tuple[int, ...]] = set()
    for release in releases:
        minor = release.version.release[:2]
        if minor not in seen:
            seen.add(minor)
            yield release


def requirement_on(release: Release, name: PyPIName, subdir: str | None) -> Requirement | None:
    """What *release* requires of *name* outside of extras, by its METADATA."""
    requires = release.requires if subdir is None else release.requires_for(subdir)
    return next((r for r in requires if r.name == name and "extra" not in str(r.marker or "")), None)


class Companion(NamedTuple):
    """Releases that go with a release of torch; ``known`` is False where their requirements were not read."""

    versions: tuple[Version, ...]
    facts: tuple[Fact, ...]
    known: bool

    @property
    def words(self) -> str:
        if self.versions:
            return ", ".join(map(str, self.versions))
        return "none" if self.known else "unknown"


def companion_of(matrix: Matrix, name: PyPIName, torch: Release, scope: Scope) -> Companion:
    """The releases of *name* that declare, or by a curated fact need, a torch that *torch* is; broken pairs left out.

    Both must have wheels for one Python on one platform, and one that admits a range is older than none that pins this
    torch: by its METADATA torchvision 0.3.0 takes every later torch.
    """
    project = matrix.project(name)
    found: list[tuple[Version, Fact]] = []
    pinned: Version | None = None
    for release in project.releases if project is not None else ():  # newest first
        if release.yanked is not None or not scope.admits_release(release) or not _share_python(release, torch, scope):
            continue
        needs = _needs_of(matrix, release, scope.subdir)
        if needs is None or not needs[0].public.contains(torch.version, prereleases=True):
            continue
        if not broken_pairs(matrix, {name: release.version, TORCH: torch.version}, scope.subdir):
            exact = any(spec.operator == "==" for spec in needs[0].public)
            pinned = pinned or (release.version if exact else None)
            if exact or pinned is None:
                found.append((release.version, needs[1]))
    facts = tuple(fact for _, fact in found) or ((project.fact,) if project is not None else ())
    return Companion(tuple(version for version, _ in found), facts, project is not None)


def _share_python(one: Release, other: Release, scope: Scope) -> bool:
    pythons = PYTHON_MINORS if scope.python is None else (scope.python,)
    for subdir in SUBDIRS if scope.subdir is None else (scope.subdir,):
        here = [[r.wheels[key] for key in (subdir, "any") if key in r.wheels] for r in (one, other)]
        if any(all(any(wheel.serves(python) for wheel in wheels) for wheels in here) for python in pythons):
            return True
    return False


def _needs_of(matrix: Matrix, release: Release, subdir: str | None) -> tuple[Requirement, Fact] | None:
    own = requirement_on(release, TORCH, subdir)
    if own is not None:
        # A bare `torch` says nothing about which one.
        return (own, release.fact) if own.specifier else None
    for undeclared in matrix.undeclared():
        if undeclared.first.name == release.project and undeclared.first.public.contains(release.version):
            return undeclared.needs, undeclared.fact
    return None


def broken_pairs(matrix: Matrix, versions: dict[PyPIName, Version], subdir: str | None) -> list[Coupling]:
    """The known pairs of releases of which *versions* hold both halves, by severity ``error`` or ``warning``."""
    found = []
    for coupling in matrix.couplings():
        if coupling.severity == "info" or (subdir and coupling.subdirs and subdir not in coupling.subdirs):
            continue
        halves = (coupling.first, coupling.second)
        if any(half.extras or half.labels for half in halves) or coupling.second_cuda is not None:
            continue  # about extras and builds that are not in question here
        if all(h.name in versions and h.public.contains(versions[h.name], prereleases=True) for h in halves):
            found.append(coupling)
    return found
