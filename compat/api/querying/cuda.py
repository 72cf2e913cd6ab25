"""`compat matrix gpu`, `cuda` and `cudnn`: what runs on which card, and what is built with which toolkit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from packaging.version import Version

from compat.api.answers import UNKNOWN, Row, Table, dotted, driver_words, make_row, make_table
from compat.api.querying.builds import gpu_words, platforms
from compat.api.querying.projects import tested_table
from compat.api.querying.scope import TORCH, Scope, nearest, read_numbers, select_releases
from compat.matrix.tables import read_table
from compat.model.builds import is_accelerator_unjudged
from compat.model.errors import UsageError
from compat.model.knowledge import Build, Fact, Gpu, Matrix, Numbers
from compat.model.names import CondaName
from compat.model.targets import Target, gpu_key, parse_target
from compat.rules.builds import runs_on

#: Platforms that NVIDIA GPUs are found on, with the name that driver tables give their system.
SYSTEMS = {"linux-64": "linux", "linux-aarch64": "linux", "win-64": "windows"}


def torch_builds(matrix: Matrix, *, every: bool = False) -> Iterator[tuple[Version, tuple[Build, ...]]]:
    """The newest torch of each minor, or *every* release, newest first, with its builds."""
    project = matrix.project(TORCH)
    releases = project.releases if project is not None else ()
    for release in releases if every else select_releases(releases, None):
        if release.yanked is None:
            builds = matrix.builds(TORCH, release.version)
            yield release.version, tuple(b for b in builds if not is_accelerator_unjudged(b.variant))


# -- GPUs ----------------------------------------------------------------------------------------------------------------


def gpu_tables(matrix: Matrix, words: Sequence[str], scope: Scope) -> Iterator[Table]:
    """All models, or one model and the torch builds that hold code for it. Raises: UsageError for an unknown model."""
    gpus = matrix.gpus()
    if not words:
        yield _models(gpus)
        return
    capability, found = _find_gpu(gpus, " ".join(words))
    if found is not None:
        yield make_table("GPU", ("gpu", "compute capability", "word for --target"), [_gpu_row(found)])
    yield make_table(
        "CUDA toolkits that compile for it",
        ("CUDA", "compute capabilities"),
        _toolkit_rows(matrix, capability, scope),
        empty="unknown: no toolkit of the matrix names it; a newer one may",
    )
    subdirs = [scope.subdir] if scope.subdir in SYSTEMS else list(SYSTEMS)
    sm = f"sm_{capability[0]}{capability[1]}"
    targets = {subdir: parse_target(f"{subdir},gpu={sm}", {}) for subdir in subdirs}
    yield make_table(
        f"torch builds with code for {sm}",
        ("torch", *subdirs),
        (_running_row(matrix, version, builds, targets, scope) for version, builds in torch_builds(matrix) if builds),
        "code for an older card of the same major runs too, and so does PTX; `?`: not known what is compiled in",
        "* is what the package index serves by default",
    )


def _models(gpus: Mapping[str, Gpu]) -> Table:
    by_capability: dict[tuple[Numbers, bool], list[Gpu]] = {}
    for gpu in gpus.values():
        by_capability.setdefault((gpu.compute_capability, gpu.fact.thin), []).append(gpu)
    return make_table(
        "GPU models",
        ("compute capability", "models"),
        (
            make_row([dotted(capability), ", ".join(gpu.model for gpu in own)], [gpu.fact for gpu in own])
            for (capability, _), own in sorted(by_capability.items(), key=lambda item: item[0], reverse=True)
        ),
        "in a target a model is written without spaces, dashes and dots: `gpu=rtx4090`, or `gpu=sm_89`",
    )


def _gpu_row(gpu: Gpu) -> Row:
    return make_row([gpu.model, dotted(gpu.compute_capability), f"gpu={gpu_key(gpu.model)}"], [gpu.fact])


def _find_gpu(gpus: Mapping[str, Gpu], text: str) -> tuple[Numbers, Gpu | None]:
    key = gpu_key(text)
    if key in gpus:
        return gpus[key].compute_capability, gpus[key]
    try:
        target = parse_target(f"linux-64,gpu={text.replace(' ', '')}", {})
    except UsageError as error:
        raise UsageError(f"unknown GPU `{text}`", hint=nearest(key, gpus) or error.hint) from error
    if not target.gpu:
        raise UsageError(f"unknown GPU `{text}`", hint="write `compat matrix gpu h100` or `compat matrix gpu sm_90`")
    return target.gpu, None


def _toolkit_rows(matrix: Matrix, capability: Numbers, scope: Scope) -> Iterator[Row]:
    for cuda in cuda_versions():
        toolkit = matrix.toolkit(cuda)
        if toolkit is not None and toolkit.can_serve(capability) and (scope.cuda is None or cuda == scope.cuda[:2]):
            yield make_row([dotted(cuda), " ".join(map(dotted, toolkit.architectures))], [toolkit.fact])


def _running_row(
    matrix: Matrix, version: Version, builds: Sequence[Build], targets: dict[str, Target], scope: Scope
) -> Row:
    cells = [str(version)]
    facts: list[Fact | None] = [builds[0].fact]
    for subdir, target in targets.items():
        words = []
        for build in builds:
            if subdir not in build.subdirs or build.cuda is None or not scope.admits_build(build):
                continue
            runs = runs_on(matrix, build, target)
            facts += [build.fact, build.architecture_facts.get(subdir)]
            if runs is not False:
                words.append(f"{build.variant}{'*' if subdir in build.pypi else ''}{'' if runs else '?'}")
        cells.append(" ".join(words) or "none")
    return make_row(cells, facts)


# -- CUDA ----------------------------------------------------------------------------------------------------------------


def cuda_versions() -> list[Numbers]:
    """The toolkits of the matrix, newest first."""
    return [tuple(int(n) for n in row["cuda"].split(".")) for row in read_table("cuda")["toolkit"]]


def cuda_tables(matrix: Matrix, words: Sequence[str], scope: Scope) -> Iterator[Table]:
    """All toolkits, or one and what is built with it."""
    known = cuda_versions()
    asked = read_numbers("cuda", words[0])[:2] if words else None
    chosen = [cuda for cuda in known if asked is None or cuda[: len(asked)] == asked]
    newest = f"the matrix knows CUDA {dotted(known[-1])} to {dotted(known[0])}"
    yield make_table(
        "CUDA toolkits and drivers",
        ("CUDA", "system", "oldest driver", "driver of the toolkit", "GPUs"),
        (row for cuda in chosen for row in _driver_rows(matrix, cuda)),
        "from CUDA 11 on a driver runs every minor of its major; below the toolkit's own driver PTX is not compiled",
        empty=f"unknown: {newest}, not {words[0] if words else ''}",
    )
    if asked is None or not chosen:
        return
    narrowed = scope._replace(cuda=asked)
    yield _cudnn_table(matrix, asked)
    found = [b for _, builds in torch_builds(matrix, every=True) for b in builds if narrowed.admits_build(b)]
    yield make_table(
        "torch builds",
        ("torch", "build", "platforms", "GPUs on linux-64"),
        map(_build_row, found),
        *(f"served by {url}" for url in dict.fromkeys(build.index_url for build in found) if url is not None),
        empty="unknown: the matrix has no torch build with it",
    )
    yield tested_table(matrix, None, narrowed)
    yield conda_builds_table(matrix, CondaName("pytorch"), narrowed, None)


def _driver_rows(matrix: Matrix, cuda: Numbers) -> Iterator[Row]:
    toolkit = matrix.toolkit(cuda)
    gpus = f"{dotted(toolkit.minimum)} to {dotted(toolkit.maximum)}" if toolkit else UNKNOWN
    for system in ("linux", "windows"):
        driver = matrix.driver(cuda, system)
        cells = [dotted(cuda), system, UNKNOWN, UNKNOWN, gpus]
        if driver is not None:
            cells[2:4] = [driver_words(driver.minimum), driver_words(driver.toolkit)]
        yield make_row(cells, [driver.fact if driver else None, toolkit.fact if toolkit else None])


def _build_row(build: Build) -> Row:
    cells = [
        str(build.version),
        build.variant,
        platforms(build.subdirs),
        gpu_words(build, "linux-64"),
    ]
    return make_row(cells, [build.fact, build.architecture_facts.get("linux-64")])


def _cudnn_table(matrix: Matrix, cuda: Numbers | None) -> Table:
    return make_table(
        "cuDNN",
        ("cuDNN", "built for CUDA"),
        (
            make_row([dotted(support.cudnn), " ".join(map(dotted, support.cuda))], [support.fact])
            for support in matrix.cudnn_support()
            if cuda is None or any(each[: len(cuda)] == cuda for each in support.cuda)
        ),
        empty="unknown: no cuDNN of the matrix names this CUDA",
    )


def cudnn_tables(matrix: Matrix, words: Sequence[str], scope: Scope) -> Iterator[Table]:
    """Which cuDNN is built for which CUDA."""
    asked = read_numbers("cudnn", words[0]) if words else ()
    table = _cudnn_table(matrix, scope.cuda)
    rows = tuple(row for row in table.records if not asked or (row.cells[0] + ".").startswith(dotted(asked) + "."))
    yield make_table("cuDNN", table.heads, rows, empty=f"unknown: the matrix has no cuDNN {dotted(asked)}")


def conda_builds_table(matrix: Matrix, name: CondaName, scope: Scope, version: str | None) -> Table:
    """Builds of a conda package that were seen in channels, as far as *scope* and *version* admit them."""
    rows = []
    for build in matrix.conda_builds(name):
        if scope.cuda is not None and (build.cuda is None or build.cuda[: len(scope.cuda)] != scope.cuda):
            continue
        if scope.subdir is not None and scope.subdir not in build.subdirs and "noarch" not in build.subdirs:
            continue
        if scope.python is not None and build.pythons and scope.python not in build.pythons:
            continue
        if version is not None and not f"{build.version}.".startswith(f"{version.rstrip('.*')}."):
            continue
        pythons = " ".join(map(dotted, sorted(build.pythons))) or "any"
        cuda = f"{dotted(build.cuda)} ({build.cuda_package or 'unknown'})" if build.cuda else "none"
        cells = [build.version, build.channel, platforms(build.subdirs) or " ".join(build.subdirs), cuda, pythons]
        rows.append(make_row(cells, [build.fact]))
    return make_table(
        f"Builds of {name} seen in conda channels",
        (str(name), "channel", "platforms", "CUDA (chosen by)", "Python"),
        rows,
        "a build that is not listed may exist all the same",
        empty="unknown: none was seen",
    )
