"""Which builds of a torch release fit a target, best first, and what stands in the way of the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from packaging.version import Version

from compat.api.answers import dotted, driver_words
from compat.api.querying.scope import TORCH
from compat.model.builds import is_accelerator_unjudged
from compat.model.knowledge import Build, Driver, Fact, Matrix, Numbers
from compat.model.targets import Target
from compat.rules.builds import driver_gap, runs_on, sm


class Obstacle(NamedTuple):
    """Why a build does not fit the target."""

    variant: str
    why: str
    fact: Fact | None


class Option(NamedTuple):
    """A build of torch for the target, and where it is installed from; ``index_url`` is None for the default index.

    ``before`` are the obstacles of the builds that would have gone before it.
    """

    build: Build | None
    index_url: str | None
    before: tuple[Obstacle, ...] = ()

    @property
    def variant(self) -> str:
        return self.build.variant if self.build is not None else ""


def find_options(
    matrix: Matrix, version: Version, target: Target, labels: Collection[str], *, thin: bool
) -> tuple[list[Option], list[Obstacle]]:
    """The builds that fit the target, best first, and why others do not.

    Best is what the default index serves, then the newest CUDA. Without a claim about GPU and driver that default is
    the only one; a build that is not known to run on a claimed GPU is none. *labels* narrow the choice (``cu118``).
    Builds that may not exist, because one indirect source speaks of them, fit only where *thin* says so.
    """
    builds = [build for build in matrix.builds(TORCH, version) if target.subdir in build.subdirs]
    builds = [build for build in builds if not labels or build.variant in labels]
    default = next((build for build in builds if target.subdir in build.pypi and not labels), None)
    if not target.wants_gpu and target.gpu is None and not labels:
        return [Option(default, None)], []
    options: list[Option] = []
    obstacles: list[Obstacle] = []
    for build in sorted(builds, key=lambda build: build is not default):
        if is_accelerator_unjudged(build.variant) or (build is not default and build.index_url is None):
            continue
        served = build.pypi_facts.get(target.subdir, build.fact) if build is default else build.fact
        obstacle = find_obstacle(matrix, build, target, served, is_cuda_wanted=target.wants_gpu or bool(labels))
        if obstacle is None and served.thin and not thin:
            obstacle = Obstacle(build.variant, "known from one indirect source only", None)
        if obstacle is None:
            options.append(Option(build, None if build is default else build.index_url, tuple(obstacles)))
        else:
            obstacles.append(obstacle)
    if not builds:
        obstacles.append(Obstacle(" ".join(sorted(labels)) or "any build", f"unknown for {target.subdir}", None))
    return options, obstacles


def find_obstacle(
    matrix: Matrix, build: Build, target: Target, served: Fact, *, is_cuda_wanted: bool
) -> Obstacle | None:
    """Why *build* does not fit the target; None where it is known to."""
    if build.cuda is None:
        return Obstacle(build.variant, "has no CUDA", served) if target.wants_gpu else None
    if not is_cuda_wanted:
        return Obstacle(build.variant, "brings CUDA, and there is no GPU", None)
    driver = needed_driver(matrix, build.cuda, target)
    if driver is None and (target.driver or target.cuda):
        return Obstacle(build.variant, "unknown which driver it needs", None)
    if driver is not None and driver_gap(matrix, build.cuda, target) is not None:
        has = f"driver {driver_words(target.driver)}" if target.driver else f"CUDA {dotted(target.cuda)}"
        return Obstacle(
            build.variant, f"needs driver {driver_words(driver.minimum)}, the target has {has}", driver.fact
        )
    runs = runs_on(matrix, build, target)
    if runs is True:
        return None
    words = "holds no code for" if runs is False else "unknown whether it holds code for"
    return Obstacle(
        build.variant, f"{words} {sm(target.gpu or ())}", build.architecture_facts.get(target.subdir, build.fact)
    )


def needed_driver(matrix: Matrix, cuda: Numbers, target: Target) -> Driver | None:
    """What *cuda* asks of the driver on the system of *target*."""
    return matrix.driver(cuda, "windows" if target.subdir.startswith("win-") else "linux")


def obstacle_words(obstacles: Sequence[Obstacle]) -> str:
    """``cu132, cu130: needs driver 580; cpu: has no CUDA``."""
    by_why: dict[str, list[str]] = {}
    for obstacle in obstacles:
        by_why.setdefault(obstacle.why, []).append(obstacle.variant)
    return "; ".join(f"{', '.join(variants)}: {why}" for why, variants in by_why.items())
