"""The solver: scenarios over tiny universes, and the laws that every solve obeys."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from packaging.version import Version

from compat.model.names import PyPIName, to_pypi_name
from compat.model.solutions import Candidate, Demand, Pick
from compat.resolve.greedy import Greedy
from compat.resolve.propagate import propagate
from compat.resolve.solve import search, solve
from tests.resolve.universe import TableSource, Universe, demands_of

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario_gives_the_expected_picks(path: Path) -> None:
    scenario = tomllib.loads(path.read_text())
    picks = solve(demands_of(*scenario["requires"]), TableSource(scenario["universe"]))
    found = None if picks is None else {name: str(pick.version) for name, pick in sorted(picks.items())}
    assert found == scenario.get("expected"), scenario["why"]


NAMES = ("a", "b", "c", "d")
VERSIONS = ("1", "2", "3")
_specifier = st.sampled_from(["", "==1", "==2", "==3", ">=2", "<3", "!=2", "<2", "~=1.0"])
_requirement = st.builds("{}{}".format, st.sampled_from(NAMES), _specifier)
_releases = st.dictionaries(st.sampled_from(VERSIONS), st.lists(_requirement, max_size=2), min_size=1)


def _without_self(universe: Universe) -> Universe:
    """No release requires its own project: a wheel that excludes itself is no wheel that anybody ships."""
    return {
        name: {v: [r for r in requires or () if not r.startswith(name)] for v, requires in releases.items()}
        for name, releases in universe.items()
    }


universes = st.dictionaries(st.sampled_from(NAMES), _releases, min_size=1).map(_without_self)
requirements = st.lists(_requirement, min_size=1, max_size=4)


def versions(picks: Mapping[PyPIName, Pick] | None) -> dict[str, str] | None:
    return None if picks is None else {name: str(pick.version) for name, pick in picks.items()}


def is_solution(picks: Mapping[PyPIName, Pick], demands: list[Demand], source: TableSource) -> bool:
    """Whether every demand, of the root and of each pick, is met by a pick: the definition, checked naively."""
    asked = [*demands, *(d for pick in picks.values() for d in source.dependencies(pick.candidate, frozenset()))]
    return all(
        demand.requirement.name in picks and source.is_satisfied(demand, picks[demand.requirement.name].candidate)
        for demand in asked
    )


#: resolvelib exchanges `c` for what `b` asks, and loses that the chosen `d` needs the other one.
LOST = {"c": {"3": [], "1": ["b", "d==1"]}, "b": {"1": ["c==3"]}, "d": {"1": [], "2": ["c==1"]}}


@given(universes, requirements)
@example(LOST, ["d"])
def test_what_solve_answers_is_a_solution(universe: Universe, texts: list[str]) -> None:
    source, demands = TableSource(universe), demands_of(*texts)
    picks = solve(demands, source)
    assert picks is None or is_solution(picks, demands, source)


@given(universes, requirements)
def test_taking_the_newest_is_what_the_search_would_find(universe: Universe, texts: list[str]) -> None:
    """Law: without a conflict the search never leaves the newest candidate, so the short cut changes no answer."""
    source, demands = TableSource(universe), demands_of(*texts)
    greedy = Greedy(source)
    if not greedy.start(demands):
        assert search(demands, source) is None
    elif greedy.walk():
        assert versions(greedy.picks()) == versions(search(demands, source))


@given(universes, requirements)
def test_a_clash_is_unsolvable_by_its_culprits_alone(universe: Universe, texts: list[str]) -> None:
    source, demands = TableSource(universe), demands_of(*texts)
    clash = propagate(demands, source)
    if clash is not None:
        assert set(clash) <= set(demands)
        assert search(list(clash), source) is None


@given(universes, requirements)
def test_newest_first_and_oldest_first_agree_on_solvability(universe: Universe, texts: list[str]) -> None:
    demands = demands_of(*texts)
    newest, oldest = solve(demands, TableSource(universe)), solve(demands, TableSource(universe, newest_first=False))
    assert (newest is None) == (oldest is None)


@given(universes, requirements, st.data())
def test_removing_a_requirement_never_breaks_a_solution(
    universe: Universe, texts: list[str], data: st.DataObject
) -> None:
    source = TableSource(universe)
    if solve(demands_of(*texts), source) is not None:
        gone = data.draw(st.integers(0, len(texts) - 1))
        assert solve(demands_of(*texts[:gone], *texts[gone + 1 :]), source) is not None


@settings(max_examples=60)
@given(universes, requirements)
def test_no_solution_means_that_no_choice_of_releases_is_one(universe: Universe, texts: list[str]) -> None:
    """Against brute force: every assignment of a release, or none, to each project."""
    source, demands = TableSource(universe), demands_of(*texts)
    if solve(demands, source) is None:
        for choice in itertools.product(*([None, *releases] for releases in universe.values())):
            picks = {
                to_pypi_name(name): Pick(Candidate(to_pypi_name(name), Version(version)), ())
                for name, version in zip(universe, choice, strict=True)
                if version is not None
            }
            assert not is_solution(picks, demands, source)


@given(universes, requirements)
def test_the_same_question_has_the_same_answer(universe: Universe, texts: list[str]) -> None:
    demands = demands_of(*texts)
    assert versions(solve(demands, TableSource(universe))) == versions(solve(demands, TableSource(universe)))
