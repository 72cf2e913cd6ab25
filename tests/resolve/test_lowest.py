"""The lowest ends: which projects have one, in which order their releases come, and the laws of such a solve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pytest
from hypothesis import given
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.model.environments import CondaEntry
from compat.model.knowledge import Fact, Release
from compat.model.matchspec import parse_matchspec
from compat.model.names import PyPIName, to_pypi_name
from compat.model.places import Place
from compat.model.solutions import Candidate, Demand, Pick, Provided
from compat.resolve.greedy import Greedy
from compat.resolve.lowest import LowestFirst, lowest_projects
from compat.resolve.propagate import propagate
from compat.resolve.situation import conda_demand
from compat.resolve.solve import search, solve
from tests.resolve.test_search import EXTRAS, constraint, versions
from tests.resolve.test_solve import is_solution, requirements, universes
from tests.resolve.universe import TableSource, Universe, demands_of

PYTHON = (3, 12)
PLACE = Place("environment.yml", 1, 1, 1, 2)


def lowest(universe: Universe, demands: Sequence[Demand]) -> LowestFirst:
    return LowestFirst(TableSource(universe), lowest_projects(demands), PYTHON)


def conda(text: str) -> Demand:
    entry = CondaEntry(parse_matchspec(text), PLACE)
    return conda_demand(Provided(to_pypi_name(entry.name), entry, assumed=False))


# -- which projects ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a>=1", "a>1", "a==1", "a==1.*", "a~=1.0", "a>=1,<2", "a[x]>=1"])
def test_a_named_project_with_a_lower_bound_has_a_lowest_end(text: str) -> None:
    assert lowest_projects(demands_of(text, "b")) == {"a"}


@pytest.mark.parametrize("text", ["a", "a<2", "a<=2", "a!=1", "a[x]"])
def test_without_a_lower_bound_there_is_no_lowest_end(text: str) -> None:
    assert lowest_projects(demands_of(text)) == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [("a=1", {"a"}), ("a>=1,<2", {"a"}), ("a=1.0=py310_0", {"a"}), ("a", set()), ("a<2", set()), ("a!=1", set())],
)
def test_conda_requirements_have_lower_bounds_in_their_own_words(text: str, found: set[str]) -> None:
    assert lowest_projects([conda(text)]) == found


def test_a_constraint_bounds_what_is_named_and_names_nothing() -> None:
    assert lowest_projects([*demands_of("a"), constraint("a>=1"), constraint("b>=1")]) == {"a"}


# -- in which order ------------------------------------------------------------------------------------------------------


def release(version: str, *, yanked: str | None = None, python: str = "") -> Release:
    fact = Fact("pkg:pypi/a", date(2026, 11, 22))
    return Release(
        project=PyPIName("a"),
        version=Version(version),
        requires=(),
        requires_on={},
        requires_python=SpecifierSet(python),
        wheels={},
        sdist=False,
        yanked=yanked,
        fact=fact,
        files_fact=fact,
    )


class Given(TableSource):
    """Hands out the same candidates whatever is asked."""

    def __init__(self, *candidates: Candidate) -> None:
        super().__init__({})
        self._candidates = candidates

    def matches(self, name: PyPIName, demands: Sequence[Demand]) -> tuple[Candidate, ...]:  # noqa: ARG002 - as asked
        return self._candidates


def order(*releases: Release, conda: bool = False) -> list[str]:
    source = Given(*(Candidate(one.project, one.version, one, conda=conda) for one in releases))
    return [str(one.version) for one in LowestFirst(source, {PyPIName("a")}, PYTHON).matches(PyPIName("a"), ())]


def test_the_oldest_comes_first_and_what_was_yanked_last() -> None:
    assert order(release("3"), release("2"), release("1")) == ["1", "2", "3"]
    assert order(release("3"), release("1"), release("2", yanked="broken")) == ["1", "3", "2"]
    assert order(release("3"), release("2"), release("1", yanked="broken")) == ["2", "3", "1"]


def test_what_conda_hardly_built_for_this_python_comes_last() -> None:
    assert order(release("3"), release("2"), release("1", python="<3.10"), conda=True) == ["2", "3", "1"]
    assert order(release("3"), release("2", yanked="broken"), conda=True) == ["2", "3"]


def test_other_projects_and_versions_that_no_table_lists_stay_as_they_are() -> None:
    source = Given(Candidate(PyPIName("a"), Version("2")), Candidate(PyPIName("a"), Version("1")))
    assert LowestFirst(source, frozenset(), PYTHON).matches(PyPIName("a"), ()) is source.matches(PyPIName("a"), ())
    unlisted = Given(Candidate(PyPIName("a"), None))
    assert LowestFirst(unlisted, {PyPIName("a")}, PYTHON).matches(PyPIName("a"), ())[0].version is None


def test_what_is_named_is_old_and_what_it_brings_is_new() -> None:
    universe: Universe = {
        "a": {"1": ["b>=1"], "2": ["b>=2"], "3": ["b>=3"]},
        "b": {"1": [], "2": [], "3": []},
        "c": {"1": [], "2": []},
    }
    demands = demands_of("a>=2", "c")
    assert versions(solve(demands, lowest(universe, demands))) == {"a": "2", "b": "3", "c": "2"}
    demands = demands_of("a>=2", "b>=1")
    assert versions(solve(demands, lowest(universe, demands))) == {"a": "2", "b": "2"}


def test_extras_stay_with_their_project() -> None:
    demands = demands_of("a[x]>=1", "b>=1")
    source = LowestFirst(EXTRAS, lowest_projects(demands), PYTHON)
    assert versions(solve(demands, source)) == versions(search(demands, source)) == {"a": "1", "b": "1"}


# -- laws ------------------------------------------------------------------------------------------------------------------


@given(universes, requirements)
def test_lowest_and_highest_agree_on_solvability(universe: Universe, texts: list[str]) -> None:
    demands = demands_of(*texts)
    highest, low = solve(demands, TableSource(universe)), solve(demands, lowest(universe, demands))
    assert (highest is None) is (low is None)


@given(universes, requirements)
def test_every_lowest_pick_satisfies_all_demands(universe: Universe, texts: list[str]) -> None:
    demands = demands_of(*texts)
    picks = solve(demands, lowest(universe, demands))
    assert picks is None or is_solution(picks, demands, TableSource(universe))


@given(universes, requirements)
def test_taking_the_first_is_what_the_search_would_find(universe: Universe, texts: list[str]) -> None:
    """Law: the short cut rests on the order that the source gives, whatever it is, not on newest first."""
    demands = demands_of(*texts)
    source = lowest(universe, demands)
    greedy = Greedy(source)
    if not greedy.start(demands):
        assert search(demands, source) is None
    elif greedy.walk():
        assert versions(greedy.picks()) == versions(search(demands, source))


@given(universes, requirements)
def test_what_must_hold_does_not_depend_on_the_order(universe: Universe, texts: list[str]) -> None:
    demands = demands_of(*texts)
    assert propagate(demands, lowest(universe, demands)) == propagate(demands, TableSource(universe))


@given(universes, requirements)
def test_where_no_search_is_needed_no_lowest_pick_can_be_lowered_alone(universe: Universe, texts: list[str]) -> None:
    """A search can do worse: it goes on from what it has, not from the oldest, when it takes another choice back."""
    demands, source = demands_of(*texts), TableSource(universe)
    greedy = Greedy(lowest(universe, demands))
    picks = greedy.picks() if greedy.start(demands) and greedy.walk() else {}
    for name in lowest_projects(demands) & picks.keys():
        assert not [older for older in _lowered(picks, name, universe) if is_solution(older, demands, source)]


def _lowered(picks: Mapping[PyPIName, Pick], name: PyPIName, universe: Universe) -> list[dict[PyPIName, Pick]]:
    """*picks* with each older release of *name* instead, the others as they are."""
    taken = picks[name].candidate.version
    assert taken is not None
    older = [version for version in map(Version, universe[name]) if version < taken]
    return [{**picks, name: Pick(Candidate(name, version), ())} for version in older]
