"""A walk's word that nothing fits: when it counts, and what may be spent on the way to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from compat.model.solutions import Conflict
from compat.resolve.pip.index_listing import Shared
from compat.resolve.pip.solve import Settings, prepare, solve_target
from compat.resolve.pip.walk import GaveUpError, ImpossibleError, Walk
from tests.resolve.packages import TableSource
from tests.resolve.test_pip_solve import entries_of, to_target


def walk_over(universe: Mapping[str, Any], requires: Sequence[str], **options: Any) -> Walk:  # noqa: ANN401
    source = TableSource(universe)
    question = prepare(entries_of(requires), to_target(), source, Settings(), Shared(source))
    return Walk(question.source, question.demands, **options)


#: Every release of ``a`` needs an old ``b``, and that a ``c`` which the file forbids.
HOPELESS: Mapping[str, Any] = {
    "a": {"1": ["b<2"], "2": ["b<2"]},
    "b": {"1": ["c<1"], "1.5": ["c<1"], "1.6rc1": [], "3": []},
    "c": {"0.5": [], "1": []},
}

PROOFS = {
    "nobody leaves only the pre-release": (HOPELESS, True),
    "a package asks for the pre-release alone": ({**HOPELESS, "d": {"1": [], "2": ["b==1.6rc1", "c<1"]}}, False),
    "two that together leave it": ({**HOPELESS, "d": {"1": [], "2": ["b>1.5", "c<1"], "3": ["b<3", "c<1"]}}, False),
    "a pre-release asks for it, which nobody asks for": (
        {**HOPELESS, "d": {"1": [], "2": ["e<2"]}, "e": {"2": [], "2rc1": ["b==1.6rc1"], "1": ["c<1"]}},
        True,
    ),
    "a pre-release that somebody asks for alone": (
        {**HOPELESS, "d": {"1": [], "2": ["e==2rc1"]}, "e": {"1": [], "2rc1": ["b==1.6rc1", "c<1"]}},
        False,
    ),
    "pre-releases that ask for each other": (
        {
            **HOPELESS,
            "b": {**HOPELESS["b"], "1.6rc1": ["e==2rc1"]},
            "d": {"1": ["e"]},
            "e": {"1": [], "2rc1": ["b==1.6rc1"]},
        },
        True,
    ),
    "an sdist that has to be built": (
        {**HOPELESS, "b": {**HOPELESS["b"], "1.6rc1": {"sdist": "dynamic"}}, "d": {"1": ["b==1.6rc1"]}},
        True,
    ),
    "a yanked release that is pinned": (
        {**HOPELESS, "b": {**HOPELESS["b"], "1.6": {"yanked": True}}, "d": {"1": [], "2": ["b==1.6", "c<1"]}},
        False,
    ),
    "a yanked release that nobody pins": ({**HOPELESS, "b": {**HOPELESS["b"], "1.6": {"yanked": True}}}, True),
}


@pytest.mark.parametrize(("universe", "proved"), PROOFS.values(), ids=PROOFS)
def test_what_a_walk_left_out_counts_where_requirements_may_leave_nothing_else(
    universe: Mapping[str, Any], proved: bool
) -> None:
    requires = ["c>=1", *(["d"] if "d" in universe else []), "a"]
    walk = walk_over(universe, requires)
    with pytest.raises(ImpossibleError) as stop:
        walk.solve()
    assert stop.value.proved is proved


def test_a_release_that_is_passed_over_again_is_not_counted_again() -> None:
    """Each release of ``a`` is a dead end of its own, at which all of ``b`` are passed over; they are read once: 50 releases,
    passed over 245 times.
    """
    universe = {
        "a": {str(number): [f"c=={number}"] for number in range(1, 21)},
        "b": {str(number): ["c>=100"] for number in range(1, 11)},
        "c": {str(number): ["b"] for number in range(1, 101)},
    }
    with pytest.raises(ImpossibleError):
        walk_over(universe, ["a"], limit=50).solve()
    with pytest.raises(GaveUpError):
        walk_over(universe, ["a"], limit=49).solve()
    with pytest.raises(GaveUpError):
        walk_over(universe, ["a"], dead_ends=2).solve()
    source = TableSource(universe)
    assert isinstance(solve_target(entries_of(["a"]), to_target(), source), Conflict)
