"""`compat matrix`: questions in a few words, answered in tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from compat.api.answers import Answer, Row, Table, make_row, make_table
from compat.api.project import config
from compat.api.querying.conda import conda_tables, image_tables, name_tables
from compat.api.querying.cuda import conda_builds_table, cuda_tables, cudnn_tables, gpu_tables
from compat.api.querying.drivers import driver_tables
from compat.api.querying.projects import project_tables, tested_table
from compat.api.querying.scope import COMPANIONS, TORCH, Scope, companion_of, nearest, read_scope
from compat.matrix import load_matrix
from compat.matrix.tables import read_table, table_names
from compat.model.errors import UsageError
from compat.model.knowledge import Build, Fact, Matrix, Release
from compat.model.names import CondaName, to_pypi_name
from compat.model.targets import SUBDIRS

Ask = Callable[[Matrix, Sequence[str], Scope], Iterator[Table]]

#: First word of a question that is about no project, and who answers it.
_SUBJECTS: Mapping[str, Ask] = {
    "gpu": gpu_tables,
    "cuda": cuda_tables,
    "cudnn": cudnn_tables,
    "driver": driver_tables,
    "conda": conda_tables,
    "name": name_tables,
    "image": image_tables,
}

#: What each table that is not about one project holds, and the question that shows it.
_TABLES = {
    "torch_builds": ("official builds of torch and its companions", "torch 2.7"),
    "cuda": ("CUDA toolkits, drivers, GPUs, cuDNN", "cuda 12.8"),
    "gpus": ("GPU models", "gpu h100"),
    "couplings": ("pairs that install and break", "torch 2.2"),
    "tensorflow": ("TensorFlow's tested configurations", "tensorflow 2.15"),
    "jax": ("what is known of JAX", "jax"),
    "conda_builds": ("builds seen in conda channels", "conda pytorch"),
    "conda_limits": ("what holds for whole conda channels", "conda pytorch-cuda"),
    "conda_lines": ("official conda install lines of torch", "conda pytorch 2.1"),
    "conda_names": ("conda names and PyPI names", "name cupy-cuda12x"),
    "base_images": ("tags of container images", "image REPOSITORY:TAG"),
}


def matrix_query(
    query: Sequence[str], *, python: str | None = None, cuda: str | None = None, platform: str | None = None
) -> Answer:
    """The answer to a question such as ``torch 2.7``, ``gpu h100`` or ``driver 535``, narrowed by the options.

    Without words and options it says what is covered; with options alone, all that fits them.

    Raises: UsageError for words that the matrix does not know, with the nearest that it does.
    """
    scope = read_scope(python, cuda, platform)
    matrix = load_matrix(config(()).names)
    words = [word for part in query for word in part.split()]
    title = " ".join(words) or ("what fits" if str(scope) else "what the matrix covers")
    tables = tuple(_ask(matrix, words, scope))
    return Answer(title=f"{title} ({scope})" if str(scope) else title, tables=tables, data_version=matrix.version)


def _ask(matrix: Matrix, words: Sequence[str], scope: Scope) -> Iterator[Table]:
    if not words:
        yield from _fitting(matrix, scope) if str(scope) else _coverage()
        return
    subject, *rest = words
    if subject.lower() in _SUBJECTS and len(rest) < 4:
        yield from _SUBJECTS[subject.lower()](matrix, rest, scope)
        return
    name, equals, version = subject.partition("==")
    project = matrix.project(to_pypi_name(name))
    if project is None:
        raise UsageError(
            f"the matrix does not cover `{subject}`", hint=nearest(name.lower(), [*_SUBJECTS, *_projects()])
        )
    rest = [version, *rest] if equals else rest
    if len(rest) > 1:
        raise UsageError(f"one version is enough: `{' '.join(rest)}`", hint=f"write `compat matrix {name} {rest[0]}`")
    yield from project_tables(matrix, project, rest[0] if rest else None, scope)


def _projects() -> list[str]:
    return [name.removeprefix("projects/") for name in table_names() if name.startswith("projects/")]


# -- what is covered -----------------------------------------------------------------------------------------------------


def _coverage() -> Iterator[Table]:
    """Every table with its rows, its newest entry and its day; every project with its releases."""
    yield make_table(
        "Tables",
        ("table", "holds", "rows", "newest", "read on", "ask for"),
        (_general_row(name) for name in table_names() if name in _TABLES),
        "`compat matrix torch 2.7`, `compat matrix gpu h100` and so on show them",
        "`--python`, `--cuda` and `--platform` narrow every question, and alone ask for all that fits",
    )
    yield make_table("Projects", ("project", "releases", "newest", "read on"), map(_project_row, _projects()))


def _general_row(name: str) -> Row:
    table = read_table(name)
    rows = [row for section in table.values() if isinstance(section, list) for row in section]
    holds, ask = _TABLES[name]
    return make_row([name, holds, str(len(rows)), _newest(name, table), table["read_on"], ask], [])


def _newest(name: str, table: Mapping[str, Any]) -> str:
    """The newest entry of a table whose entries have an order."""
    if name == "torch_builds":
        return f"torch {table['default'][-1]['torch']}"
    if name == "cuda":
        return f"CUDA {table['toolkit'][0]['cuda']}"
    if name == "tensorflow":
        return f"tensorflow {table['tested'][0]['version']}"
    if name == "conda_lines":
        return f"pytorch {table['line'][-1]['torch']}"
    return "-"


def _project_row(name: str) -> Row:
    table = read_table(f"projects/{name}")
    fact = Fact(f"{table['source']} file list", date.fromisoformat(table["read_on"]))
    return make_row([name, str(len(table["release"])), table["release"][0]["version"], table["read_on"]], [fact])


# -- all that fits -------------------------------------------------------------------------------------------------------


def _fitting(matrix: Matrix, scope: Scope) -> Iterator[Table]:
    """Torch sets, TensorFlow's tested rows and conda builds that fit *scope*."""
    torch = matrix.project(TORCH)
    releases = [r for r in torch.releases if r.yanked is None and scope.admits_release(r)] if torch is not None else []
    yield make_table(
        "torch sets from pip",
        ("torch", *COMPANIONS[:2], "build", "platforms", "index"),
        (row for release in releases for row in _set_rows(matrix, release, scope)),
        "Pythons are those of the wheels on the package index; the other indexes are taken to hold the same",
        empty=f"the matrix has no torch for {scope}",
    )
    yield tested_table(matrix, None, scope)
    yield conda_builds_table(matrix, CondaName("pytorch"), scope, None)


def _set_rows(matrix: Matrix, release: Release, scope: Scope) -> Iterator[Row]:
    """One row a build; without a CUDA or a platform asked for, only what the package index serves by default."""
    builds = [build for build in matrix.builds(TORCH, release.version) if scope.admits_build(build)]
    if scope.cuda is None:
        builds = [build for build in builds if (build.pypi if scope.subdir is None else scope.subdir in build.pypi)]
    companions = [companion_of(matrix, name, release, scope) for name in COMPANIONS[:2]]
    for build in builds:
        cells = [str(release.version), *(companion.words for companion in companions), build.variant]
        facts = [
            build.fact,
            *build.pypi_facts.values(),
            *(fact for companion in companions for fact in companion.facts),
        ]
        yield make_row([*cells, _where(build, scope), _index(build, scope)], facts)


def _where(build: Build, scope: Scope) -> str:
    subdirs = build.pypi if scope.cuda is None else build.subdirs
    return scope.subdir or " ".join(subdir for subdir in SUBDIRS if subdir in subdirs)


def _index(build: Build, scope: Scope) -> str:
    if scope.cuda is None or (scope.subdir is not None and scope.subdir in build.pypi):
        return "the package index"
    return build.index_url or "the package index"
