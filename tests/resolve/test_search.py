"""What only the backtracking search does: extras, constraints, going back, and giving up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from compat.api import check_files
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.requirements import PipEntry, parse_requirement
from compat.model.solutions import Candidate, Demand, Pick
from compat.resolve import question
from compat.resolve import solve as solving
from compat.resolve.ports import CandidateSource, SearchCutOffError
from compat.resolve.propagate import propagate
from compat.resolve.solve import search, solve
from tests.resolve.universe import TableSource, Universe, demands_of

Find = Callable[[Sequence[Demand], CandidateSource], dict[PyPIName, Pick] | None]


class WithExtras(TableSource):
    """A universe in which extras bring requirements: ``{"a[x]": [...]}``, the same in every release."""

    def __init__(self, universe: Universe, extras: Mapping[str, Sequence[str]]) -> None:
        super().__init__(universe)
        self._extras = extras

    def dependencies(self, candidate: Candidate, extras: frozenset[str]) -> tuple[Demand, ...]:
        texts = [text for extra in sorted(extras) for text in self._extras.get(f"{candidate.name}[{extra}]", ())]
        own = tuple(Demand(parse_requirement(text), None, candidate) for text in texts)
        return own if extras else super().dependencies(candidate, extras)


def versions(picks: Mapping[PyPIName, Pick] | None) -> dict[str, str] | None:
    return None if picks is None else {name: str(pick.version) for name, pick in sorted(picks.items())}


def constraint(text: str) -> Demand:
    entry = PipEntry(parse_requirement(text), Place("constraints.txt", 1, 1, 1, 2), constraint=True)
    return Demand(entry.requirement, entry, None)


EXTRAS = WithExtras(
    {"a": {"1": [], "2": ["c[y]"]}, "b": {"1": [], "2": []}, "c": {"1": [], "2": []}},
    {"a[x]": ["b<2"], "c[y]": ["b==1"]},
)


@pytest.mark.parametrize("find", [solve, search])
def test_an_extra_brings_what_it_requires(find: Find) -> None:
    assert versions(find(demands_of("a[x]"), EXTRAS)) == {"a": "2", "b": "1", "c": "2"}
    assert versions(find(demands_of("a[x]<2"), EXTRAS)) == {"a": "1", "b": "1"}
    assert versions(find(demands_of("a[nope]<2"), EXTRAS)) == {"a": "1"}


@pytest.mark.parametrize("texts", [("a[x]", "b==2"), ("a==2", "b==2"), ("a[x]==1", "b>1")])
def test_what_an_extra_requires_can_clash(texts: Sequence[str]) -> None:
    assert solve(demands_of(*texts), EXTRAS) is None
    assert search(demands_of(*texts), EXTRAS) is None


def test_an_older_release_is_taken_where_the_extra_of_the_newest_clashes() -> None:
    assert versions(search(demands_of("a", "b==2"), EXTRAS)) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("find", [solve, search])
def test_a_constraint_bounds_only_what_is_asked_for(find: Find) -> None:
    source = TableSource({"a": {"1": [], "2": []}, "b": {"1": ["a"]}, "c": {"1": []}})
    assert versions(find([*demands_of("b"), constraint("a<2")], source)) == {"a": "1", "b": "1"}
    assert versions(find([*demands_of("c"), constraint("a<2")], source)) == {"c": "1"}
    assert find([*demands_of("b"), constraint("a>2")], source) is None


def test_a_clash_with_a_constraint_names_it() -> None:
    source = TableSource({"a": {"1": [], "2": []}, "b": {"1": ["a==2"]}, "c": {"1": []}})
    demands = [*demands_of("c", "b"), constraint("a<2")]
    assert propagate(demands, source) == (demands[1], demands[2])


def test_a_release_that_excludes_all_of_another_project_is_left_out() -> None:
    """Neither has one candidate, and none of the pairs fits."""
    source = TableSource({"a": {"1": ["b==3"], "2": ["b==4"]}, "b": {"1": [], "2": [], "3": []}})
    demands = demands_of("a", "b<3")
    assert propagate(demands, source) == tuple(demands)


def test_the_only_release_left_is_followed() -> None:
    universe: Universe = {
        "a": {"1": ["b==1"], "2": ["b==9"]},
        "b": {"1": ["c==1"], "2": []},
        "c": {"1": [], "2": []},
    }
    demands = demands_of("a", "b", "c==2")
    assert propagate(demands, TableSource(universe)) is not None
    assert solve(demands, TableSource(universe)) is None


def test_a_search_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "MAX_ROUNDS", 1)
    with pytest.raises(SearchCutOffError):
        search(demands_of("a", "b"), TableSource({"a": {"1": []}, "b": {"1": []}}))


def test_a_search_that_was_cut_off_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*_arguments: object) -> None:
        raise SearchCutOffError

    monkeypatch.setattr(question, "solve", give_up)
    report = check_files({"requirements.txt": b"torch==2.4.1\ntorchvision==0.20.0\n"})
    assert report.verdict != "conflict"
    assert not [found for found in report.diagnostics if found.severity.value == "error"]
    assert report.verdict == "unknown"
