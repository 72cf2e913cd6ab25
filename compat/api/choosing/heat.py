"""The map of torch releases and their builds on one platform, and the facts behind each of its cells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from packaging.version import Version

from compat.api.answers import dotted, driver_words, wheel_words
from compat.api.choosing.choice import NONE, Choice, read_choice
from compat.api.choosing.trials import NO, YES, Trial, cuda_values, trials
from compat.api.querying.cuda import SYSTEMS
from compat.api.querying.scope import TORCH
from compat.matrix import load_matrix
from compat.model.errors import UsageError
from compat.model.knowledge import Build, Fact, Matrix, Release
from compat.rules.builds import sm
from compat.version import __version__

#: What a cell says: the package index serves it, an index of PyTorch's does, one indirect source speaks of it, it is
#: known not to be there, nothing is known.
STATES = ("default", "built", "thin", "none", "unknown")

#: Majors shown unless all releases are asked for: with those before, the map has twice the rows and columns.
_RECENT = (2,)


class Cell(NamedTuple):
    """One build of one release; *words* say in short what the colour says."""

    torch: str
    cuda: str
    state: str
    words: str


class Claim(NamedTuple):
    """A sentence, and what says so; None for what follows from the address alone."""

    words: str
    fact: Fact | None


class BuildMap(NamedTuple):
    """Rows newest first, cells in the order of *cudas*, which has ``none`` for builds without CUDA last."""

    platform: str
    python: str | None
    cudas: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    every: bool
    data_version: str

    def to_json(self) -> dict[str, Any]:
        rows = [
            {"torch": torch, "cells": [{"cuda": c.cuda, "state": c.state, "words": c.words} for c in cells]}
            for torch, cells in self.rows
        ]
        head = {"schema": 1, "tool": f"compat {__version__}", "data_version": self.data_version}
        return {**head, "platform": self.platform, "python": self.python, "cudas": list(self.cudas), "rows": rows}


class BuildFacts(NamedTuple):
    """What is known of one cell; *index_url* is where the build is served, "" for the package index, None for nowhere."""

    cell: Cell
    platform: str
    python: str | None
    index_url: str | None
    claims: tuple[Claim, ...]
    data_version: str

    def to_json(self) -> dict[str, Any]:
        facts = [{"claim": claim.words, "evidence": _fact_json(claim.fact)} for claim in self.claims]
        head = {"schema": 1, "tool": f"compat {__version__}", "data_version": self.data_version}
        where = {"platform": self.platform, "python": self.python, "index_url": self.index_url}
        return {**head, **self.cell._asdict(), **where, "facts": facts}


def map_builds(platform: str | None = None, python: str | None = None, *, every: bool = False) -> BuildMap:
    """Which builds torch releases have on *platform*, linux-64 unless said; *every* adds those before 2.0.

    Raises: UsageError.
    """
    matrix = load_matrix()
    scope = read_choice({"platform": platform or "linux-64", "python": python}, matrix)
    columns = {cuda: _column(matrix, scope, cuda) for cuda in (*cuda_values(matrix), NONE)}
    torches = [torch for torch in columns[NONE] if every or Version(torch).release[:1] >= _RECENT]
    shown = [
        cuda for cuda, cells in columns.items() if cuda == NONE or any(_is_there(cells[torch]) for torch in torches)
    ]
    return BuildMap(
        platform=str(scope.platform),
        python=scope.python,
        cudas=tuple(shown),
        rows=tuple((torch, tuple(columns[cuda][torch] for cuda in shown)) for torch in torches),
        every=every,
        data_version=matrix.version,
    )


def find_build(torch: str, cuda: str, platform: str | None = None, python: str | None = None) -> BuildFacts:
    """What is known of one build: *cuda* is ``12.6`` or ``none``. Raises: UsageError."""
    matrix = load_matrix()
    texts = {"platform": platform or "linux-64", "python": python, "torch": torch, "cuda": cuda}
    choice = read_choice(texts, matrix)
    if None in (choice.torch, choice.cuda):
        raise UsageError("a build is a release and a CUDA: `2.7.1` and `12.6`, or `none`")
    trial = next(trials(matrix, choice))
    release = next(r for r in _releases(matrix) if str(r.version) == choice.torch)
    build = next((b for b in matrix.builds(TORCH, release.version) if _is_meant(b, choice)), None)
    here = trial.state == YES or trial.kind == "thin"
    return BuildFacts(
        cell=_cell(matrix, trial, str(choice.cuda)),
        platform=str(choice.platform),
        python=choice.python,
        index_url=_index(build, str(choice.platform)) if here and build is not None else None,
        claims=tuple(_claims(matrix, release, build, choice)) if here else (Claim(_sentence(trial), trial.fact),),
        data_version=matrix.version,
    )


def _releases(matrix: Matrix) -> tuple[Release, ...]:
    project = matrix.project(TORCH)
    return project.releases if project is not None else ()


def _is_meant(build: Build, choice: Choice) -> bool:
    return build.variant == choice.variant and choice.platform in build.subdirs


# -- cells -------------------------------------------------------------------------------------------------------------


def _column(matrix: Matrix, scope: Choice, cuda: str) -> dict[str, Cell]:
    return {trial.torch: _cell(matrix, trial, cuda) for trial in trials(matrix, scope.having("cuda", cuda))}


def _cell(matrix: Matrix, trial: Trial, cuda: str) -> Cell:
    if trial.state == NO:
        return Cell(trial.torch, cuda, "none", trial.why)
    if trial.state == YES:
        builds = matrix.builds(TORCH, Version(trial.torch))
        served = any(b.variant == trial.variant and trial.subdir in b.pypi for b in builds)
        words = "what the package index serves" if served else "on an index of its own"
        return Cell(trial.torch, cuda, "default" if served else "built", words)
    return Cell(trial.torch, cuda, "thin" if trial.kind == "thin" else "unknown", trial.why)


def _is_there(cell: Cell) -> bool:
    return cell.state in ("default", "built", "thin")


def _sentence(trial: Trial) -> str:
    """``torch 2.4.1 has no cu130 build for linux-64``."""
    return f"torch {trial.torch} has {trial.why}" if trial.why.startswith("no ") else trial.why


# -- facts -------------------------------------------------------------------------------------------------------------


def _index(build: Build, subdir: str) -> str | None:
    return "" if subdir in build.pypi else build.index_url


def _claims(matrix: Matrix, release: Release, build: Build | None, choice: Choice) -> Iterator[Claim]:
    """Sentences about a build that there is."""
    subdir = str(choice.platform)
    if build is None:
        return
    made = f"for CUDA {dotted(build.cuda)}" if build.cuda else "without CUDA"
    yield Claim(f"torch {build.version} is built {made} for {subdir}", build.fact_for(subdir))
    if subdir in build.pypi:
        yield Claim("the package index serves this build by default", build.pypi_facts.get(subdir))
    yield from _wheel_claims(release, subdir)
    yield from _gpu_claims(build, subdir)
    driver = matrix.driver(build.cuda, SYSTEMS[subdir]) if build.cuda and subdir in SYSTEMS else None
    if driver is not None:
        yield Claim(f"needs driver {driver_words(driver.minimum)} or newer", driver.fact)
    if build.cudnn:
        yield Claim(f"was built with cuDNN {dotted(build.cudnn)}", build.cudnn_fact)
    if build.cxx11_abi is not None and subdir == "linux-64":
        yield Claim(f"the C++11 ABI is {'on' if build.cxx11_abi else 'off'}", build.abi_fact)


def _wheel_claims(release: Release, subdir: str) -> Iterator[Claim]:
    for key in (subdir, "any"):
        if key in release.wheels:
            wheels = release.wheels[key]
            glibc = f", glibc {dotted(wheels.glibc)} or newer" if wheels.glibc else ""
            words = f"the package index has wheels for Python {wheel_words(wheels)}{glibc}"
            yield Claim(words, release.files_fact)


def _gpu_claims(build: Build, subdir: str) -> Iterator[Claim]:
    """Which GPUs it holds code for."""
    compiled = build.architectures.get(subdir)
    if build.cuda is None:
        return
    if compiled is None:
        yield Claim("for which GPUs it holds code is unknown", None)
        return
    ptx = build.ptx.get(subdir)
    more = f", and PTX of {sm(ptx)} for newer ones" if ptx else ""
    yield Claim(f"holds code for {' '.join(map(sm, compiled))}{more}", build.architecture_facts.get(subdir))


def _fact_json(fact: Fact | None) -> dict[str, Any] | None:
    if fact is None:
        return None
    return {"source": fact.source, "read_on": fact.read_on.isoformat(), "thin": fact.thin}
