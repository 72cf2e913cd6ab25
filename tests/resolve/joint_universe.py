"""Tiny universes with a conda channel and a package index, and an environment file that asks both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import rattler
from rattler.exceptions import SolverError

from compat.formats.environment_yml import read_environment
from compat.matrix.lookup import CuratedMatrix
from compat.model.conda_records import CondaAnswer, CondaRecord, CondaRefusal, CondaRequest
from compat.model.environments import Environment
from compat.model.joint import JointClash, JointSolution
from compat.model.locking import LockedTarget
from compat.model.solutions import Conflict
from compat.model.targets import Target, parse_target
from compat.resolve.conda.question import CondaQuestion, ask_conda
from compat.resolve.joint.pip_side import IndexPipSide
from compat.resolve.joint.search import solve_joint
from compat.resolve.pip.index_listing import Shared
from compat.resolve.pip.solve import Settings, Undecided
from compat.text.source import Source
from tests.resolve.conda_universe import FolderChannels, _sparse, write_channels
from tests.resolve.packages import TableSource

TARGET = "linux-64,python=3.11"
Answer = JointSolution | JointClash | Conflict | Undecided

#: What every environment with Python has; a scenario may have more Pythons of its own.
PYTHON = ("python 3.11.9 h1_cpython:", "pip 24.0 py_0: python >=3.8")


class KeepingChannels(FolderChannels):
    """The same, which keep records of an earlier solve, as the product does."""

    async def _solve(self, request: CondaRequest) -> CondaAnswer:
        sources = [_sparse(self.folder, name, subdir) for name in self.names for subdir in (request.subdir, "noarch")]
        try:
            found = await rattler.solve(
                [source for source in sources if source is not None],
                [rattler.MatchSpec(spec, strict=True) for spec in request.specs],
                platforms=[request.subdir, "noarch"],  # type: ignore[list-item]  # any text that is a subdir
                constraints=[rattler.MatchSpec(spec, strict=True) for spec in request.constraints],
                locked_packages=self._locked(sources, request.preferred),
            )
        except SolverError as error:
            return CondaRefusal(str(error))
        return tuple(sorted((self._find(record, request.subdir) for record in found), key=lambda record: record.name))

    def _locked(self, sources: Sequence[Any], preferred: Sequence[CondaRecord]) -> list[Any]:
        kept = {record.url for record in preferred}
        names = [rattler.PackageName(record.name) for record in preferred]
        return [
            record
            for source in sources
            if source is not None
            for name in names
            for record in source.load_records(name)
            if record.url in kept
        ]


class World(NamedTuple):
    """A scenario ready to be asked; ``first`` is what conda alone answers."""

    question: CondaQuestion
    channels: KeepingChannels
    pip: IndexPipSide
    first: tuple[CondaRecord, ...]


@cache
def matrix() -> CuratedMatrix:
    return CuratedMatrix({})


def to_environment(text: str, path: str = "environment.yml") -> Environment:
    document = read_environment(Source(path=path, text=text))
    return Environment(
        path,
        "",
        (document,),
        document.pip,
        document.conda,
        document.channels,
        document.indexes,
        document.pythons,
        document.system,
    )


def to_target(text: str = TARGET) -> Target:
    return parse_target(text, {})


def build(scenario: Mapping[str, Any], folder: Path) -> World:
    """The world of *scenario*: ``file`` is the environment.yml, ``conda`` and ``noarch`` records, ``pip`` releases."""
    target = to_target(scenario.get("target", TARGET))
    conda = [*PYTHON, *scenario.get("conda", ())]
    write_channels(folder, {"conda-forge": {target.subdir: conda, "noarch": list(scenario.get("noarch", ()))}})
    channels = KeepingChannels(folder)
    environment = to_environment(scenario["file"])
    question = ask_conda(environment, target, matrix(), pip_part=True)
    shared = Shared(TableSource(scenario["pip"]))
    pip = IndexPipSide(environment.pip, target, shared, Settings(preferred=scenario.get("preferred", {})))
    (first,) = channels.solve([question.request])
    assert not isinstance(first, CondaRefusal), first.text
    return World(question, channels, pip, first)


def solve(world: World) -> Answer:
    return solve_joint(world.question, world.first, world.channels, world.pip, matrix())


def versions_of(records: Sequence[CondaRecord]) -> dict[str, str]:
    return {str(record.name): record.version for record in records if record.name not in ("python", "pip")}


def pip_versions(locked: LockedTarget) -> dict[str, str]:
    return {str(package.name): package.version for package in locked.packages}


def tell(clash: JointClash) -> str:
    """A clash as lines: what clashes, why, and the nearest change."""
    lines = [f"{entry.place.path}:{entry.place.line}: conda {entry.spec.text}" for entry in clash.conda]
    lines += [f"{entry.place.path}:{entry.place.line}: pip {entry.requirement.text}" for entry in clash.pip]
    lines += [f"about {', '.join(clash.projects)}"] if clash.projects else []
    lines += [f"- {step.text}" for step in clash.steps]
    if clash.suggestion is not None:
        entry, version = clash.suggestion
        lines.append(f"nearest: {entry.name} {version} in line {entry.place.line}")
    lines += [] if clash.is_minimal else ["not minimal"]
    return "\n".join(lines)
