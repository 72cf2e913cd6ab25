"""Where a range ends: every cell of the table in docs/relax.md, and what the table leaves open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.relaxing.policy import Policy, UnreadableVersionError, numbers_of, series_end
from tests.relaxing.law_files import VERSIONS, end_of

PAGE = Path(__file__).parents[2] / "docs" / "relax.md"


def table() -> list[tuple[str, str, str]]:
    """The policy, the version and the end of every cell of the page's table."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| policy |") or re.match(r"\| `(patch|minor|major)`", line)
    ]
    head = [cell.partition(" ")[0] for cell in rows[0][1:]]
    return [
        (row[0].split("`")[1], version, cell.strip("`<"))
        for row in rows[1:]
        for version, cell in zip(head, row[1:], strict=True)
    ]


def test_the_page_has_its_table() -> None:
    cells = table()
    assert len(cells) == 24
    assert ("minor", "2.7.1", "2.8") in cells
    assert ("patch", "1.0.2p", "1.0.3") in cells


@pytest.mark.parametrize(("policy", "version", "end"), table())
def test_series_end_is_what_the_page_says(policy: str, version: str, end: str) -> None:
    assert series_end(version, Policy(policy)) == end


@pytest.mark.parametrize(
    ("version", "patch", "minor", "major"),
    [
        ("5", "5.0.1", "5.1", "6"),
        ("v2.7.1", "2.7.2", "2.8", "3"),
        ("4.10.0.84", "4.10.1", "4.11", "5"),
        ("0", "0.0.1", "0.1", "1"),
        ("0.0.0", "0.0.1", "0.1", "1"),
        ("0.0.0.5", "0.0.0.6", "0.0.0.6", "0.0.0.6"),
        ("2024.02.01", "2024.2.2", "2024.3", "2025"),
        ("1!0.4", "1!0.4.1", "1!0.5", "1!0.5"),
        ("2.0.0.dev3", "2.0.1", "2.1", "3"),
        ("2.0.0-1", "2.0.1", "2.1", "3"),
        ("2.0.0RC1", "2.0.1", "2.1", "3"),
        ("2023c", "2023.0.1", "2023.1", "2024"),
        ("9e", "9.0.1", "9.1", "10"),
    ],
)
def test_series_end_of_odd_versions(version: str, patch: str, minor: str, major: str) -> None:
    ends = [series_end(version, policy) for policy in (Policy.PATCH, Policy.MINOR, Policy.MAJOR, Policy.MATRIX)]
    assert ends == [patch, minor, major, minor]


@pytest.mark.parametrize("version", ["", "latest", "*", "!1.0", "x1"])
def test_what_has_no_numbers_has_no_series(version: str) -> None:
    assert numbers_of(version) == 0
    with pytest.raises(UnreadableVersionError):
        series_end(version, Policy.MINOR)


@pytest.mark.parametrize(("version", "count"), [("5", 1), ("2.1", 2), ("2.1.0rc1", 3), ("1!2.0", 2), ("1.0.2p", 3)])
def test_numbers_of(version: str, count: int) -> None:
    assert numbers_of(version) == count


@given(VERSIONS, st.sampled_from(Policy))
def test_the_end_is_above_every_form_of_version(version: str, policy: Policy) -> None:
    """And is the number that the page's words give, counted in another way."""
    end = series_end(version, policy)
    assert SpecifierSet(f">={version},<{end}").contains(version, prereleases=True)
    assert Version(end) == end_of(version, policy.value)


@given(VERSIONS)
def test_a_wider_policy_never_ends_earlier(version: str) -> None:
    ends = [Version(series_end(version, policy)) for policy in (Policy.PATCH, Policy.MINOR, Policy.MAJOR)]
    assert ends == sorted(ends)


@given(VERSIONS, st.integers(0, 40), st.sampled_from(Policy))
def test_a_series_has_one_end(version: str, number: int, policy: Policy) -> None:
    """A later release of the series of a pin ends where the pin's range does."""
    low = Version(version)
    assume(any(low.release))
    later = f"{low.epoch}!" + ".".join(map(str, (*low.release, *[0] * (3 - len(low.release)), number)))
    assert Version(series_end(later, policy)) == Version(series_end(version, policy))
