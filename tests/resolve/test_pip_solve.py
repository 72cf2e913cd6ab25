"""Solving over package indexes: tiny universes with the whole answer, and the laws that every solve obeys."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from compat.model.distributions import UnreachedError
from compat.model.locking import LockedTarget
from compat.model.places import Place
from compat.model.requirements import PipEntry, parse_requirement
from compat.model.solutions import Conflict
from compat.model.targets import Target, parse_target
from compat.resolve.pip_solve import Settings, Undecided, solve_target
from tests.resolve.packages import TableSource

SCENARIOS = sorted((Path(__file__).parent / "lock_scenarios").glob("*.toml"))
TARGET = "linux-64,python=3.11"


def entries_of(texts: Sequence[str], path: str = "requirements.txt", **kind: bool) -> list[PipEntry]:
    return [
        PipEntry(parse_requirement(text), Place(path, line), **kind)  # type: ignore[arg-type]
        for line, text in enumerate(texts, 1)
    ]


def to_target(text: str = TARGET) -> Target:
    return parse_target(text, {})


def tell(conflict: Conflict) -> str:
    """A conflict as lines: its requirements, what else is part of it, why, and the nearest change."""
    lines: list[str] = []
    for entry in conflict.entries:
        assert isinstance(entry, PipEntry)
        lines.append(f"{entry.place}: {entry.requirement.text}")
    if conflict.python:
        lines.append("Python is part of it")
    if conflict.platform:
        lines.append("the platform is part of it")
    lines.extend(f"- {step.text}" for step in conflict.steps)
    if conflict.suggestion is not None:
        lines.append(f"nearest: {conflict.suggestion.name} {conflict.suggestion.version}")
    return "\n".join(lines)


def run(scenario: Mapping[str, Any]) -> LockedTarget | Conflict | Undecided:
    entries = [
        *entries_of(scenario["requires"]),
        *entries_of(scenario.get("constraints", ()), "constraints.txt", constraint=True),
        *entries_of(scenario.get("overrides", ()), "pyproject.toml", override=True),
        *entries_of(scenario.get("editable", ()), editable=True),
    ]
    settings = Settings(
        preferred=scenario.get("preferred", {}),
        upgrade=scenario.get("upgrade", ()),
        exclude_newer=scenario.get("exclude-newer", ""),
    )
    packages = TableSource(scenario["universe"], scenario.get("urls"))
    return solve_target(entries, to_target(scenario.get("target", TARGET)), packages, settings)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario_gives_the_whole_answer(path: Path) -> None:
    scenario = tomllib.loads(path.read_text())
    answer = run(scenario)
    if "failure" in scenario:
        assert isinstance(answer, Conflict), scenario["why"]
        assert tell(answer) == scenario["failure"].strip(), scenario["why"]
        return
    assert isinstance(answer, LockedTarget), tell(answer) if isinstance(answer, Conflict) else answer
    assert {package.name: package.version for package in answer.packages} == scenario["expected"], scenario["why"]
    assert list(answer.notes) == scenario.get("notes", [])
    if "files" in scenario:
        assert [file.name for package in answer.packages for file in package.files] == scenario["files"]


def test_there_are_at_least_forty_scenarios() -> None:
    assert len(SCENARIOS) >= 40


def test_an_index_that_is_not_reached_is_no_answer() -> None:
    with pytest.raises(UnreachedError, match="did not answer"):
        solve_target(entries_of(["a"]), to_target(), TableSource({"a": {"1": ["down"]}}))
