"""Whether a release, a platform and a build go with a choice: yes, no with what stands in the way, or not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from compat.api.answers import dotted, platform_words
from compat.api.choosing.choice import Choice, make_target
from compat.api.querying.scope import TORCH
from compat.api.recommending.builds import find_obstacle
from compat.model.builds import is_accelerator_unjudged, variant_cuda
from compat.model.knowledge import Build, Fact, Matrix, Release
from compat.model.targets import SUBDIRS, Target

YES, UNKNOWN, NO = "possible", "unknown", "impossible"

#: What `compat recommend` says of a build without CUDA on a machine with a GPU.
NO_CUDA = "has no CUDA"
#: How it begins to say of an obstacle that it is no no.
_UNKNOWN = "unknown"


class Trial(NamedTuple):
    """One release on one platform as one build. ``kind`` groups what stands in the way: ``wheel``, ``python``,
    ``build`` (there is none), ``fit`` (GPU, driver, CUDA), ``thin``, or "" where nothing does.
    """

    state: str
    torch: str
    subdir: str
    variant: str
    kind: str = ""
    why: str = ""
    fact: Fact | None = None


class _Entry(NamedTuple):
    """A release with its name and its builds by subdir: worked out once, for a page asks for it ten thousand times."""

    release: Release
    text: str
    builds: Mapping[str, tuple[Build, ...]]


def _catalogue(matrix: Matrix) -> tuple[_Entry, ...]:
    """The releases that are not yanked, newest first."""
    return _read_catalogue(matrix)  # type: ignore[arg-type]  # a matrix is hashed by what it is, not by what it holds


@lru_cache(maxsize=2)
def _read_catalogue(matrix: Matrix) -> tuple[_Entry, ...]:
    project = matrix.project(TORCH)
    found = []
    for release in project.releases if project is not None else ():
        builds = [b for b in matrix.builds(TORCH, release.version) if not is_accelerator_unjudged(b.variant)]
        by_subdir = {subdir: tuple(b for b in builds if subdir in b.subdirs) for subdir in SUBDIRS}
        if release.yanked is None:
            found.append(_Entry(release, str(release.version), by_subdir))
    return tuple(found)


def trials(matrix: Matrix, choice: Choice) -> Iterator[Trial]:
    """Every release, platform and build that *choice* admits by name, newest first, and how each fares."""
    targets = [make_target(choice, subdir, matrix) for subdir in SUBDIRS if choice.platform in (None, subdir)]
    variant = choice.variant
    for entry in _catalogue(matrix):
        if choice.torch in (None, entry.text):
            for target in targets:
                yield from _of_release(matrix, choice, entry, target, variant)


def _of_release(matrix: Matrix, choice: Choice, entry: _Entry, target: Target, variant: str | None) -> Iterator[Trial]:
    wrong = _without_wheel(entry, target)
    if wrong is not None:
        yield wrong if variant is None else wrong._replace(variant=variant)
        return
    here = entry.builds[target.subdir]
    if variant is not None:
        here = tuple(build for build in here if build.variant == variant)
    for build in here:
        yield _of_build(matrix, choice.wants_cuda, entry.text, build, target)
    if here:
        return
    fact = entry.release.files_fact
    if variant is not None:
        yield _no_build(matrix, entry, variant, target)
    elif target.gpu is None and not target.wants_gpu:
        # The package index has a wheel, and which build that is, nobody has written down.
        yield Trial(YES, entry.text, target.subdir, "", fact=fact)
    else:
        why = f"unknown which builds it has for {target.subdir}"
        yield Trial(UNKNOWN, entry.text, target.subdir, "", "build", why, fact)


def _without_wheel(entry: _Entry, target: Target) -> Trial | None:
    release, version = entry.release, entry.text
    wheels = [release.wheels[key] for key in (target.subdir, "any") if key in release.wheels]
    if target.python is None and wheels:
        return None
    if target.python is not None and any(wheel.serves(target.python) for wheel in wheels):
        return None
    fact = release.files_fact
    if not wheels:
        return Trial(NO, version, target.subdir, "", "wheel", f"no wheel for {target.subdir}", fact)
    have = platform_words(release, target.subdir).rpartition(": ")[2]
    why = f"no wheel for Python {dotted(target.python)} (there are some for {have})"
    return Trial(NO, version, target.subdir, "", "python", why, fact)


def _of_build(matrix: Matrix, wants_cuda: bool, torch: str, build: Build, target: Target) -> Trial:  # noqa: FBT001
    served = build.pypi_facts.get(target.subdir) or build.fact_for(target.subdir)
    obstacle = find_obstacle(matrix, build, target, served, is_cuda_wanted=wants_cuda)
    head = (torch, target.subdir, build.variant)
    if obstacle is None and served.thin:
        return Trial(UNKNOWN, *head, "thin", "known from one indirect source only", served)
    if obstacle is None:
        return Trial(YES, *head, fact=served)
    state = UNKNOWN if obstacle.why.startswith(_UNKNOWN) else NO
    return Trial(state, *head, "fit", obstacle.why, obstacle.fact)


def _no_build(matrix: Matrix, entry: _Entry, variant: str, target: Target) -> Trial:
    subdir, fact = target.subdir, entry.release.files_fact
    head = (entry.text, subdir, variant)
    proof = matrix.absent_build(TORCH, entry.release.version, variant, subdir)
    if proof is not None:
        return Trial(NO, *head, "build", f"no {variant} build for {subdir}", proof)
    obstacle = find_obstacle(matrix, _imagined(entry.release, variant, subdir), target, fact, is_cuda_wanted=True)
    if obstacle is not None and not obstacle.why.startswith(_UNKNOWN):
        return Trial(NO, *head, "fit", obstacle.why, obstacle.fact)  # not even if there is one
    return Trial(UNKNOWN, *head, "build", f"unknown whether there is a {variant} build for {subdir}")


def _imagined(release: Release, variant: str, subdir: str) -> Build:
    """A build of which its CUDA is known, and nothing else."""
    return Build(
        project=TORCH,
        version=release.version,
        variant=variant,
        cuda=variant_cuda(variant),
        subdirs=frozenset({subdir}),
        unlabelled=frozenset(),
        pypi=frozenset(),
        index_url=None,
        architectures={},
        ptx={},
        cudnn=None,
        cxx11_abi=None,
        fact=release.files_fact,
    )


def state_of(matrix: Matrix, choice: Choice) -> str:
    """Whether anything goes with *choice*."""
    found = NO
    for trial in trials(matrix, choice):
        if trial.state == YES:
            return YES
        if trial.state == UNKNOWN:
            found = UNKNOWN
    return found


def cuda_values(matrix: Matrix) -> list[str]:
    """The CUDA versions that torch was ever built for, newest first."""
    builds = (build for entry in _catalogue(matrix) for own in entry.builds.values() for build in own)
    cudas = {build.cuda for build in builds if build.cuda}
    return [f"{cuda[0]}.{cuda[1]}" for cuda in sorted(cudas, reverse=True)]


def torch_values(matrix: Matrix) -> list[str]:
    """The releases of torch, newest first."""
    return [entry.text for entry in _catalogue(matrix)]
