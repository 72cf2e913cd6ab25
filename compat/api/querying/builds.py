"""Tables about the official builds of torch and its companions: where they are served, what they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from compat.api.answers import UNKNOWN, Row, Table, dotted, driver_words, make_row, make_table, wheel_words
from compat.api.querying.scope import TORCH, Scope
from compat.model.knowledge import Build, Matrix, Release
from compat.model.targets import SUBDIRS


def default_table(matrix: Matrix, releases: Sequence[Release], scope: Scope) -> Table:
    """For each release its Pythons, what the package index serves by default, and the other builds."""
    subdirs = (scope.subdir,) if scope.subdir else ("linux-64", "linux-aarch64", "win-64")
    name = releases[0].project
    return make_table(
        f"Python on {subdirs[0]}, the build that the package index serves by default, and all builds",
        (str(name), "Python", *subdirs, "builds"),
        (_default_row(release, matrix.builds(name, release.version), subdirs, scope) for release in releases),
        f"`compat matrix {name} {releases[0].version}` shows one release with platforms, indexes, drivers and GPUs",
    )


def _default_row(release: Release, builds: Sequence[Build], subdirs: Sequence[str], scope: Scope) -> Row:
    wheels = release.wheels.get(subdirs[0]) or release.wheels.get("any")
    own = [build for build in builds if scope.admits_build(build)]
    facts = [
        release.files_fact,
        *(build.fact for build in own),
        *(fact for build in own for fact in build.pypi_facts.values()),
    ]
    defaults = (next((build.variant for build in builds if subdir in build.pypi), "") for subdir in subdirs)
    words = [
        d or (UNKNOWN if s in release.wheels or "any" in release.wheels else "no wheel")
        for s, d in zip(subdirs, defaults, strict=True)
    ]
    return make_row(
        [str(release.version), wheel_words(wheels) if wheels else "none", *words, " ".join(b.variant for b in own)],
        facts,
    )


def wheel_table(matrix: Matrix, releases: Sequence[Release], scope: Scope) -> Table:
    """The wheels of *releases* by platform, and which build they are."""
    rows = []
    for release in releases:
        builds = matrix.builds(release.project, release.version)
        for subdir, wheels in release.wheels.items():
            if scope.subdir is not None and subdir not in {scope.subdir, "any"}:
                continue
            default = next((build for build in builds if subdir in build.pypi), None)
            glibc = dotted(wheels.glibc) if subdir.startswith("linux") else "-"
            cells = [str(release.version), subdir, wheel_words(wheels), glibc, default.variant if default else UNKNOWN]
            rows.append(make_row(cells, [release.files_fact, default.pypi_facts.get(subdir) if default else None]))
    heads = (str(releases[0].project), "platform", "Python", "glibc", "build")
    return make_table("Wheels on the package index", heads, rows, empty="none of these has a wheel there")


def build_tables(matrix: Matrix, releases: Sequence[Release], scope: Scope) -> Iterator[Table]:
    """Where each build is served; for torch also the driver, cuDNN and GPUs that the CUDA builds go with."""
    builds = [
        b for release in releases for b in matrix.builds(release.project, release.version) if scope.admits_build(b)
    ]
    name = str(releases[0].project)
    yield make_table(
        "Official builds",
        (name, "build", "platforms", "index"),
        (
            make_row(
                [str(b.version), b.variant, platforms(b.subdirs), b.index_url or "the package index"],
                [b.fact, *b.pypi_facts.values()],
            )
            for b in builds
        ),
        empty="unknown: the matrix has no build of these",
    )
    needs = [b for b in builds if b.cuda is not None]
    if needs and name == TORCH:
        yield make_table(
            "What the CUDA builds need (linux-64, or the platform asked for)",
            (name, "build", "driver", "cuDNN", "GPUs"),
            (_need_row(matrix, build, scope.subdir or "linux-64") for build in needs),
            "driver: the oldest that runs this CUDA major; GPUs: compute capabilities compiled in, `+` also newer ones by PTX",
        )


def _need_row(matrix: Matrix, build: Build, subdir: str) -> Row:
    driver = matrix.driver(build.cuda or (), "windows" if subdir.startswith("win-") else "linux")
    cells = [
        str(build.version),
        build.variant,
        driver_words(driver.minimum) if driver else UNKNOWN,
        dotted(build.cudnn),
        gpu_words(build, subdir),
    ]
    facts = (build.fact, driver.fact if driver else None, build.cudnn_fact, build.architecture_facts.get(subdir))
    return make_row(cells, facts)


def gpu_words(build: Build, subdir: str) -> str:
    """``5.0 6.0 7.0 9.0+``: the compute capabilities compiled into a build."""
    compiled = build.architectures.get(subdir)
    if compiled is None:
        return UNKNOWN
    ptx = build.ptx.get(subdir)
    return " ".join(f"{dotted(sm)}{'+' if sm == ptx else ''}" for sm in compiled)


def platforms(subdirs: Iterable[str]) -> str:
    """Platforms in one order."""
    return " ".join(subdir for subdir in SUBDIRS if subdir in set(subdirs))
