"""`compat matrix PROJECT [VERSION]`: releases, wheels, builds, what they require, and what is known to break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from compat.api.answers import (
    UNKNOWN,
    Row,
    Table,
    dotted,
    make_row,
    make_table,
    minors,
    platform_words,
)
from compat.api.querying.builds import build_tables, default_table, platforms, wheel_table
from compat.api.querying.scope import (
    COMPANIONS,
    TORCH,
    Scope,
    companion_of,
    select_releases,
)
from compat.model.builds import TORCH_FAMILY
from compat.model.knowledge import Coupling, Fact, Matrix, Project, Release
from compat.model.names import PyPIName
from compat.model.requirements import Requirement

#: Releases in one table when the question names none.
MAX_RELEASES = 30
#: Notes of the tables that speak about one project.
_NOTES = {
    "tensorflow": ("tensorflow", ("windows-gpu-ended",)),
    "jax": ("jax", ("extras", "windows", "conda-plugins")),
    "jaxlib": ("jax", ("extras", "windows", "conda-plugins")),
}


def project_tables(matrix: Matrix, project: Project, version: str | None, scope: Scope) -> Iterator[Table]:
    """The tables about a covered project. Raises: UsageError for a version that is none."""
    chosen = select_releases(project.releases, version)
    releases = [release for release in chosen if scope.admits_release(release)]
    cut = [] if version else releases[MAX_RELEASES:]
    releases = releases[: len(releases) - len(cut)]
    if project.name in TORCH_FAMILY and scope.cuda is not None:
        releases = [r for r in releases if any(map(scope.admits_build, matrix.builds(r.project, r.version)))]
    if not releases:
        yield make_table("Releases", (), (), empty=_nothing(project, version, scope, any_version=bool(chosen)))
        return
    yield _family(matrix, releases, scope) if project.name == TORCH else _releases(project, releases, scope)
    if cut:
        yield Table(
            title="",
            remarks=(
                f"{len(cut)} older minor releases are left out; `compat matrix {project.name} {cut[0].version}` shows one",
            ),
        )
    if project.name in TORCH_FAMILY and version is None:
        yield default_table(matrix, releases, scope)
    elif project.name in TORCH_FAMILY:
        yield wheel_table(matrix, releases, scope)
        yield from build_tables(matrix, releases, scope)
    elif scope.cuda is not None and project.name != "tensorflow":
        remark = f"unknown: the matrix does not say for which CUDA the wheels of {project.name} are built"
        yield Table(title="CUDA", remarks=(remark,))
    if project.name in {"tensorflow", "tensorflow-gpu"}:
        yield tested_table(matrix, releases if version else None, scope)
    if version is not None:
        yield _requirements(matrix, releases, scope)
    yield from _trouble(
        matrix, project.name, releases, everything=version is None and not str(scope), subdir=scope.subdir
    )
    yield from _notes(matrix, project.name)


def _nothing(project: Project, version: str | None, scope: Scope, *, any_version: bool) -> str:
    if any_version or version is None:
        return f"the matrix knows no {project.name}{f' {version}' if version else ''} for {scope}"
    newest = f"its newest is {project.newest}, read on {project.fact.read_on}"
    if project.complete and version[:1].isdigit() and tuple(map(int, _digits(version))) < project.newest.release:
        return f"there is no {project.name} {version} on the package index; {newest}"
    return f"unknown: the matrix has no {project.name} {version}; {newest}"


def _digits(version: str) -> list[str]:
    parts = []
    for part in version.split("."):
        if not part.isdecimal():
            break
        parts.append(part)
    return parts


# -- releases ------------------------------------------------------------------------------------------------------------


def _family(matrix: Matrix, releases: Sequence[Release], scope: Scope) -> Table:
    return make_table(
        "Releases and what goes with them",
        ("torch", "uploaded", *COMPANIONS, "yanked"),
        (_family_row(matrix, release, scope) for release in releases),
        "a companion goes with torch when its METADATA admits that torch and no pair of them is known to break",
    )


def _family_row(matrix: Matrix, release: Release, scope: Scope) -> Row:
    companions = [companion_of(matrix, name, release, scope) for name in COMPANIONS]
    facts = [release.files_fact, *(fact for companion in companions for fact in companion.facts)]
    words = [companion.words for companion in companions]
    return make_row([str(release.version), _day(release), *words, release.yanked or "no"], facts)


def _releases(project: Project, releases: Sequence[Release], scope: Scope) -> Table:
    return make_table(
        "Releases",
        (str(project.name), "uploaded", "requires torch" if _wants_torch(releases) else "Requires-Python", "wheels"),
        (
            make_row(
                [
                    f"{release.version} (yanked)" if release.yanked else str(release.version),
                    _day(release),
                    _torch_words(release, scope) if _wants_torch(releases) else str(release.requires_python) or "any",
                    platform_words(release, scope.subdir),
                ],
                [release.files_fact, release.fact_for(scope.subdir or "linux-64")],
            )
            for release in releases
        ),
    )


def _wants_torch(releases: Iterable[Release]) -> bool:
    return any(r.name == TORCH for release in releases for r in release.requires)


def _torch_words(release: Release, scope: Scope) -> str:
    """Which torch a release asks for; METADATA that was not read leaves that unknown."""
    if release.fact.thin:
        return UNKNOWN
    found = [r for r in _requires(release, scope) if r.name == TORCH]
    return " ".join(_spelled(r, with_name=False) or "any" for r in found) or "no"


def _day(release: Release) -> str:
    return str(release.uploaded) if release.uploaded else UNKNOWN


# -- tested configurations -------------------------------------------------------------------------------------------------


def tested_table(matrix: Matrix, releases: Sequence[Release] | None, scope: Scope) -> Table:
    """TensorFlow's tested configurations; of *releases*, or the newest patch of each minor."""
    wanted = None if releases is None else {release.version.release[:2] for release in releases}
    rows = []
    for tested in matrix.tested_builds(PyPIName("tensorflow")):
        minor = tuple(int(part) for part in _digits(tested.version)[:2])
        if wanted is not None and minor not in wanted:
            continue
        if scope.python is not None and scope.python not in tested.pythons:
            continue
        if scope.cuda is not None and (tested.cuda is None or tested.cuda[: len(scope.cuda)] != scope.cuda):
            continue
        if scope.subdir is not None and {"linux-64": "linux", "win-64": "windows"}.get(scope.subdir) != tested.system:
            continue
        cells = [tested.version, tested.system, minors(tested.pythons), dotted(tested.cuda), dotted(tested.cudnn)]
        rows.append(make_row(cells, [tested.fact]))
    return make_table(
        "TensorFlow's tested GPU configurations",
        ("tensorflow", "system", "Python", "CUDA", "cuDNN"),
        rows,
        empty=f"TensorFlow's tables have no row{f' for {scope}' if str(scope) else ' for it'}",
    )


# -- requirements and trouble ----------------------------------------------------------------------------------------------


def _requirements(matrix: Matrix, releases: Sequence[Release], scope: Scope) -> Table:
    """What the releases require of projects that the matrix covers; equal neighbours in one row."""
    rows: list[tuple[list[Release], str]] = []
    for release in releases:
        words = "; ".join(_spelled(r) for r in _requires(release, scope) if matrix.project(r.name) is not None)
        text = UNKNOWN if release.fact.thin else words or "nothing that the matrix covers"
        if rows and rows[-1][1] == text:
            rows[-1][0].append(release)
        else:
            rows.append(([release], text))
    return make_table(
        "Requires, of projects that the matrix covers",
        (str(releases[0].project), "requires"),
        (
            make_row([_span(group), text], [release.fact_for(scope.subdir or "linux-64") for release in group])
            for group, text in rows
        ),
    )


def _span(group: Sequence[Release]) -> str:
    first, last = group[-1].version, group[0].version
    return str(first) if first == last else f"{first} to {last}"


def _requires(release: Release, scope: Scope) -> tuple[Requirement, ...]:
    return release.requires_for(scope.subdir or "linux-64", scope.python)


def _spelled(requirement: Requirement, *, with_name: bool = True) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    marker = f" ({requirement.marker})" if requirement.marker is not None else ""
    return f"{requirement.name if with_name else ''}{extras if with_name else ''}{requirement.specifier}{marker}"


def _trouble(
    matrix: Matrix, name: PyPIName, releases: Sequence[Release], *, everything: bool, subdir: str | None
) -> Iterator[Table]:
    """Pairs and undeclared needs that any of *releases* is part of; nothing where none is known."""
    versions = [release.version for release in releases]

    def touches(requirement: Requirement) -> bool:
        admits = requirement.public.contains
        return requirement.name == name and (everything or any(admits(v, prereleases=True) for v in versions))

    couplings = [c for c in matrix.couplings() if not (subdir and c.subdirs) or subdir in c.subdirs]
    rows = [_coupling_row(c) for c in couplings if touches(c.first) or touches(c.second)]
    for item in matrix.undeclared():
        if touches(item.first):
            cells = [
                _spelled(item.first),
                f"without {_spelled(item.needs)}",
                item.severity,
                f"{item.effect}: {item.remedy}",
            ]
            rows.append(make_row(cells, [item.fact]))
    if rows:
        yield make_table(
            "Accepted by every installer, and known to break", ("this", "with", "severity", "effect"), rows
        )


def _coupling_row(coupling: Coupling) -> Row:
    where = f" on {platforms(coupling.subdirs)}" if coupling.subdirs else ""
    effect = f"{coupling.effect}{where}: {coupling.remedy}"
    return make_row([_spelled(coupling.first), _spelled(coupling.second), coupling.severity, effect], [coupling.fact])


def _notes(matrix: Matrix, name: PyPIName) -> Iterator[Table]:
    table, ids = _NOTES.get(name, ("", ()))
    found = [note for each in ids if (note := matrix.note(f"{table}/{each}")) is not None]
    if found:
        facts: list[tuple[str, Fact]] = [(note.claim, note.fact) for note in found]
        yield make_table("Also known", ("claim",), (make_row([claim], [fact]) for claim, fact in facts))
