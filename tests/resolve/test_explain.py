"""Minimal sets: QuickXplain against its definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.resolve.explain import minimal_set

cores = st.lists(st.frozensets(st.integers(0, 9), min_size=1, max_size=4), min_size=1, max_size=4)


@given(cores)
def test_the_set_is_unsolvable_and_every_proper_subset_is_solvable(conflicts: list[frozenset[int]]) -> None:
    def is_solvable(items: object) -> bool:
        return not any(conflict <= set(items) for conflict in conflicts)  # type: ignore[call-overload]

    found = minimal_set(range(10), is_solvable)
    assert not is_solvable(found)
    for item in found:
        assert is_solvable([other for other in found if other != item])


@given(cores)
def test_it_takes_few_questions(conflicts: list[frozenset[int]]) -> None:
    """Bound of the algorithm for k of n items: 2k*log2(n/k) + 2k, and a few to begin with."""
    asked = []

    def is_solvable(items: object) -> bool:
        asked.append(items)
        return not any(conflict <= set(items) for conflict in conflicts)  # type: ignore[call-overload]

    minimal_set(range(10), is_solvable)
    assert len(asked) <= 30


def test_a_solvable_set_has_no_conflict_to_explain() -> None:
    with pytest.raises(ValueError, match="solvable together"):
        minimal_set([1, 2], lambda _: True)


def test_what_is_unsolvable_without_any_item_has_an_empty_explanation() -> None:
    assert minimal_set([1, 2], lambda _: False) == ()


def test_later_items_are_kept_out_where_there_is_a_choice() -> None:
    assert minimal_set(
        ["a", "b", "python"], lambda items: not ({"a", "b"} <= set(items) or {"a", "python"} <= set(items))
    ) == ("a", "b")
