"""Bounds that have lost releases: many at the end become an earlier end, and what is admitted stays the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from compat.model.relaxation import Bounds
from compat.relaxing.ranges import admits, tidy

KNOWN = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "2.0")


def versions(*texts: str) -> list[Version]:
    return [Version(text) for text in texts]


@pytest.mark.parametrize(
    ("excluded", "expected"),
    [
        (("1.3", "1.4", "1.5"), Bounds("1.0", "1.3")),
        (("1.5", "1.3", "1.4"), Bounds("1.0", "1.3")),
        (("1.1", "1.3", "1.4", "1.5"), Bounds("1.0", "1.3", excluded=("1.1",))),
        (("1.1", "1.2", "1.3", "1.4", "1.5"), Bounds("1.0", "1.1")),
    ],
)
def test_three_at_the_end_become_an_earlier_end(excluded: tuple[str, ...], expected: Bounds) -> None:
    assert tidy(Bounds("1.0", "2", excluded=excluded), versions(*KNOWN)) == expected


@pytest.mark.parametrize(
    "excluded",
    [
        (),
        ("1.5",),
        ("1.4", "1.5"),
        ("1.1", "1.2", "1.3", "1.4"),  # the last of all is still in
        ("1.1", "1.2", "1.4", "1.5"),
        ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5"),  # an end before the first would leave nothing
    ],
)
def test_other_bounds_stay(excluded: tuple[str, ...]) -> None:
    bounds = Bounds("1.0", "2", excluded=excluded)
    assert tidy(bounds, versions(*KNOWN)) is bounds


def test_without_known_releases_bounds_stay() -> None:
    bounds = Bounds("1.0", "2", excluded=("1.3", "1.4", "1.5"))
    assert tidy(bounds, ()) is bounds


def test_an_end_that_was_in_is_shut_out() -> None:
    bounds = Bounds("1.0", "1.5", inclusive=True, excluded=("1.3", "1.4", "1.5"))
    assert str(tidy(bounds, versions(*KNOWN))) == ">=1.0,<1.3"


def test_the_order_of_known_releases_does_not_matter() -> None:
    bounds = Bounds("1.0", "2", excluded=("1.9", "1.10", "1.11"))
    assert tidy(bounds, versions("1.11", "1.2", "1.9", "1.10")) == Bounds("1.0", "1.9")


@given(
    st.sets(st.integers(0, 12)),
    st.sets(st.integers(1, 12)),
    st.integers(1, 13),
    st.booleans(),
)
def test_the_known_releases_that_are_admitted_stay_the_same(
    known: set[int], excluded: set[int], end: int, inclusive: bool
) -> None:
    """It excludes no more than before, and doing it twice changes nothing more."""
    holes = tuple(f"1.{minor}" for minor in sorted(excluded))
    bounds = Bounds("1.0", f"1.{end}", inclusive=inclusive, excluded=holes)
    releases = [Version(f"1.{minor}") for minor in known]
    found = tidy(bounds, releases)
    assert [admits(found, version) for version in releases] == [admits(bounds, version) for version in releases]
    assert set(found.excluded) <= set(holes)
    assert tidy(found, releases) == found
