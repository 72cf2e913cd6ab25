"""`compat matrix driver`: what a driver runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.api.answers import UNKNOWN, Row, Table, dotted, driver_words, make_row, make_table
from compat.api.querying.cuda import SYSTEMS, cuda_versions, torch_builds
from compat.api.querying.scope import Scope, read_numbers
from compat.model.errors import UsageError
from compat.model.knowledge import Build, Matrix, Numbers
from compat.model.targets import Target
from compat.rules.builds import driver_gap


def driver_tables(matrix: Matrix, words: Sequence[str], scope: Scope) -> Iterator[Table]:
    """What a driver runs: CUDA by major, and the newest torch on each platform."""
    if not words:
        raise UsageError("`driver` needs a version", hint="write `compat matrix driver 535`")
    driver = read_numbers("driver", words[0])
    systems = [SYSTEMS[scope.subdir]] if scope.subdir in SYSTEMS else ["linux", "windows"]
    for system in systems:
        yield make_table(
            f"CUDA under driver {driver_words(driver)} on {system}",
            ("CUDA", "runs", "needs"),
            _major_rows(matrix, driver, system),
            "a toolkit newer than the driver's own runs with a limited feature set, and PTX of it is not compiled",
        )
    yield make_table(
        f"The newest torch under driver {driver_words(driver)}",
        ("platform", "torch of the package index", "torch of any official index", "build", "index"),
        (row for subdir in SYSTEMS if scope.subdir in {None, subdir} for row in _newest_torch(matrix, driver, subdir)),
        "builds without CUDA run under every driver and are left out",
    )


def _major_rows(matrix: Matrix, driver: Numbers, system: str) -> Iterator[Row]:
    """From CUDA 11 on one row a major; before, every toolkit needs its own driver."""
    own = matrix.newest_cuda(driver, system)
    told: set[int] = set()
    for cuda in cuda_versions():
        entry = matrix.driver(cuda, system)
        if entry is None or cuda[0] in told:
            continue
        target = Target(text="", subdir="win-64" if system == "windows" else "linux-64", driver=driver)
        gap = driver_gap(matrix, cuda, target)
        if gap is not None and cuda[0] < 11:
            continue  # an older toolkit of this major may still run
        told.add(cuda[0])
        if gap is not None:
            words = "no"
        elif cuda[0] < 11:
            words = f"yes, up to {dotted(cuda)}"
        elif own is not None and own[0] == cuda[0]:
            words = f"yes; in full up to {dotted(own)}"
        else:
            words = "yes, in full" if own is not None and own > cuda else "yes"
        yield make_row([str(cuda[0]), words, driver_words(entry.minimum)], [entry.fact])


def _newest_torch(matrix: Matrix, driver: Numbers, subdir: str) -> Iterator[Row]:
    target = Target(text="", subdir=subdir, driver=driver)
    default: tuple[str, Build] | None = None
    indexed: tuple[str, Build] | None = None
    for version, builds in torch_builds(matrix, every=True):
        for build in builds:
            if build.cuda is None or subdir not in build.subdirs or not _runs(matrix, build, target):
                continue
            if subdir in build.pypi and default is None:
                default = str(version), build
            if build.index_url is not None and indexed is None:
                indexed = str(version), build
    cells = [
        subdir,
        f"{default[0]} ({default[1].variant})" if default else "none with CUDA",
        *((indexed[0], indexed[1].variant, indexed[1].index_url or UNKNOWN) if indexed else ("none", "none", "none")),
    ]
    found = [build for _, build in filter(None, (default, indexed))]
    yield make_row(
        cells,
        [fact for build in found for fact in (build.pypi_facts.values() if build.index_url is None else [build.fact])],
    )


def _runs(matrix: Matrix, build: Build, target: Target) -> bool:
    """Whether the driver of *target* is known to run *build*."""
    system = "windows" if target.subdir.startswith("win-") else "linux"
    known = build.cuda is not None and matrix.driver(build.cuda, system) is not None
    return known and driver_gap(matrix, build.cuda or (), target) is None
