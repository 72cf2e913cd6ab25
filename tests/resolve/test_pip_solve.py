"""Solving over package indexes: tiny universes with the whole answer, and the laws that every solve obeys."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from compat.model.distributions import DistFile, UnreachedError
from compat.model.locking import Asker, LockedTarget
from compat.model.names import PyPIName, to_pypi_name
from compat.model.places import Place
from compat.model.requirements import PipEntry, parse_requirement
from compat.model.solutions import Conflict
from compat.model.targets import Target, parse_target
from compat.resolve.pip.index_listing import Shared
from compat.resolve.pip.solve import Settings, Undecided, solve_target
from compat.resolve.pip.walk import GaveUpError
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


def test_a_conflict_that_is_known_without_an_index_is_told_although_it_is_down() -> None:
    """`x` is only reached once the clash is taken away, so nothing smaller than all three lines is known."""
    universe: dict[str, dict[str, Any]] = {"a": {"1": ["b<2"]}, "b": {"1": [], "2": []}, "x": {"1": ["down"]}}
    answer = solve_target(entries_of(["a==1", "b==2", "x"]), to_target(), TableSource(universe))
    assert isinstance(answer, Conflict)
    assert [entry.name for entry in answer.entries][:2] == ["a", "b"]


def test_a_locked_package_says_where_it_comes_from_and_who_asks() -> None:
    universe: dict[str, dict[str, Any]] = {
        "a": {"1": {"requires": ["B>=1; python_version > '3'"], "python": ">=3.8"}},
        "b": {"1": {"requires": ["a"], "wheels": ["py3-none-any"], "sdist": "static"}},
    }
    answer = solve_target(entries_of(["a", "a[x]>=1"]), to_target(), TableSource(universe), name="here")
    assert isinstance(answer, LockedTarget)
    assert answer.name == "here"
    assert answer.target.glibc == (2, 28)
    a, b = answer.packages
    assert a.requires_python == ">=3.8"
    assert a.dependencies == ("b",)
    assert a.askers == (
        Asker("a", place=Place("requirements.txt", 1)),
        Asker("a[x]>=1", place=Place("requirements.txt", 2)),
        Asker("a", parent=b.name),
    )
    assert b.askers == (Asker("B>=1; python_version > '3'", parent=a.name),)
    assert [file.name for file in b.files] == ["b-1-py3-none-any.whl", "b-1.tar.gz"]
    assert b.index_url == "https://index.example.org/simple/"
    assert answer.notes == ("a 1 has no extra `x`",)


def test_a_second_target_asks_for_nothing_again() -> None:
    universe: dict[str, dict[str, Any]] = {"a": {"1": ["b"], "2": ["b<1"]}, "b": {"1": []}}
    packages = TableSource(universe)
    shared = Shared(packages)
    solve_target(entries_of(["a"]), to_target(), packages, shared=shared)
    asked, read = list(packages.asked), list(packages.read)
    solve_target(entries_of(["a"]), to_target("linux-aarch64,python=3.11"), packages, shared=shared)
    assert (packages.asked, packages.read) == (asked, read)


def test_a_target_without_python_is_refused() -> None:
    with pytest.raises(ValueError, match="names its Python"):
        solve_target(entries_of(["a"]), to_target("linux-64"), TableSource({}))


def test_a_url_whose_hash_comes_later_is_locked_without_one() -> None:
    url = "https://files.example.org/a-1-py3-none-any.whl"
    answer = solve_target(
        entries_of([f"a @ {url}"]), to_target(), TableSource({}, {url: []}), Settings(hashed=[to_pypi_name("a")])
    )
    assert isinstance(answer, LockedTarget)
    assert answer.packages[0].url == url
    assert answer.packages[0].files[0].hashes == ()


class WalkThatGivesUp:
    """What a walk is to a set of requirements that is too large for it."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def solve(self) -> None:
        raise GaveUpError


@pytest.mark.parametrize("wanted", ["b", "b; python_version > '3'"])
def test_a_part_without_solution_is_told_where_the_whole_is_too_large(
    wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compat.resolve.pip.solve.Walk", WalkThatGivesUp)
    monkeypatch.setattr("compat.resolve.pip.solve.search_or_follow", lambda *_: Undecided("the search was cut off"))
    universe: dict[str, dict[str, Any]] = {"a": {"1": []}, "b": {"1": ["c>=2"]}, "c": {"1": []}}
    answer = solve_target(entries_of(["a", wanted, "c"]), to_target(), TableSource(universe))
    assert isinstance(answer, Conflict)
    assert tell(answer).splitlines()[0] == f"requirements.txt:2: {wanted}"
    assert len(answer.entries) == 1
    assert answer.steps[0].text == "b 1 requires c>=2"


def test_a_part_with_the_pins_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.resolve.pip.solve.Walk", WalkThatGivesUp)
    monkeypatch.setattr("compat.resolve.pip.solve.search_or_follow", lambda *_: Undecided("the search was cut off"))
    universe: dict[str, dict[str, Any]] = {"a": {"1": []}, "b": {"1": ["c>=2"]}, "c": {"1": [], "2": []}}
    answer = solve_target(entries_of(["a", "b", "c==1"]), to_target(), TableSource(universe))
    assert isinstance(answer, Conflict)
    assert [entry.place.line for entry in answer.entries] == [2, 3]


def test_where_no_part_is_at_fault_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.resolve.pip.solve.Walk", WalkThatGivesUp)
    monkeypatch.setattr("compat.resolve.pip.solve.search_or_follow", lambda *_: Undecided("the search was cut off"))
    universe: dict[str, dict[str, Any]] = {"a": {"1": []}, "b": {"1": ["a"]}}
    answer = solve_target(entries_of(["a", "b"]), to_target(), TableSource(universe))
    assert answer == Undecided("the search was cut off")


def test_a_yanked_sdist_that_has_to_be_built_is_no_reason_to_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.resolve.pip.solve.search_or_follow", lambda *_: pytest.fail("searched"))
    universe: dict[str, dict[str, Any]] = {
        "a": {"2": {"sdist": "dynamic"}, "1": {"sdist": "dynamic", "yanked": "broken"}},
    }
    answer = solve_target(entries_of(["a"]), to_target(), TableSource(universe))
    assert isinstance(answer, Conflict)


class EagerSource(TableSource):
    """A source that takes questions whose answer nobody waits for yet."""

    ahead: list[str]

    def expect_metadata(self, wanted: Iterable[tuple[PyPIName, DistFile]]) -> None:
        self.ahead = [*getattr(self, "ahead", ()), *(file.name.split("-")[1] for _, file in wanted)]


def test_where_several_releases_did_not_do_the_next_ones_are_read_together() -> None:
    universe: dict[str, dict[str, Any]] = {"a": {str(n): ["b>=2"] for n in range(2, 32)} | {"1": []}, "b": {"1": []}}
    packages = EagerSource(universe)
    answer = solve_target(entries_of(["b", "a"]), to_target(), packages)
    assert isinstance(answer, LockedTarget)
    assert packages.ahead[:16] == [str(n) for n in range(27, 11, -1)]
    assert not {"31", "30", "29", "28"} & set(packages.ahead), "most locks need no more than the newest few"


def test_what_one_wheel_said_is_not_read_ahead_for_another_python() -> None:
    """An explanation asks about other Pythons, for which any wheel of a release will do that was read."""
    wheels = ["cp311-cp311-manylinux_2_17_x86_64", "cp312-cp312-manylinux_2_17_x86_64"]
    releases = {str(number): {"requires": ["b>=2"], "wheels": wheels} for number in range(1, 41)}
    asked: list[str] = []

    class Noting(TableSource):
        def expect_metadata(self, wanted: Iterable[tuple[PyPIName, DistFile]]) -> None:
            asked.extend(file.name for _, file in wanted)

    source = Noting({"a": releases, "b": {"1": [], "2": []}})
    assert isinstance(solve_target(entries_of(["a", "b==1"]), to_target(), source), Conflict)
    assert asked
    assert not [file for file in asked if "-cp312-" in file]
