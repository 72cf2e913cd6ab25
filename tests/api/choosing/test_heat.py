"""The map of builds, and the facts of one."""

from __future__ import annotations

import pytest

from compat.api.choosing.heat import STATES, BuildMap, find_build, map_builds
from compat.model.errors import UsageError
from compat.model.knowledge import Fact


def cell(found: BuildMap, torch: str, cuda: str) -> str:
    cells = dict(found.rows)[torch]
    return next(each.state for each in cells if each.cuda == cuda)


#: Platform, Python, release, CUDA, and what the cell says.
CELLS = [
    ("linux-64", None, "2.9.1", "12.8", "default"),
    ("linux-64", None, "2.9.1", "12.6", "built"),
    ("linux-64", None, "2.9.1", "12.9", "thin"),
    ("linux-64", None, "2.9.1", "12.4", "none"),
    ("linux-64", None, "2.9.1", "none", "built"),
    ("linux-64", "3.13", "2.4.1", "12.1", "none"),
    ("linux-64", "3.12", "2.4.1", "12.1", "default"),
    ("linux-aarch64", None, "2.9.1", "none", "default"),
    ("linux-aarch64", None, "2.3.1", "12.4", "unknown"),
    ("win-64", None, "2.6.0", "12.4", "built"),
    ("osx-arm64", None, "2.9.1", "none", "default"),
]


@pytest.mark.parametrize(("platform", "python", "torch", "cuda", "state"), CELLS)
def test_cells(platform: str, python: str | None, torch: str, cuda: str, state: str) -> None:
    found = map_builds(platform, python)
    assert cell(found, torch, cuda) == state
    assert find_build(torch, cuda, platform, python).cell.state == state


def test_rows_are_whole_and_newest_first() -> None:
    found = map_builds(every=True)
    assert {len(cells) for _, cells in found.rows} == {len(found.cudas)}
    assert found.cudas[-1] == "none"
    assert found.rows[-1][0].startswith("1.")
    assert {each.state for _, cells in found.rows for each in cells} <= set(STATES)
    assert all(not torch.startswith("1.") for torch, _ in map_builds().rows)


def test_columns_that_nobody_has_are_left_out() -> None:
    assert map_builds("osx-arm64").cudas == ("none",)


def test_the_facts_of_a_build() -> None:
    found = find_build("2.9.1", "12.8")
    words = [claim.words for claim in found.claims]
    assert words[0] == "torch 2.9.1 is built for CUDA 12.8 for linux-64"
    assert "needs driver 525.60.13 or newer" in words
    assert any(word.startswith("holds code for sm_70") for word in words)
    assert all(isinstance(claim.fact, Fact) for claim in found.claims)
    assert found.index_url == ""
    assert find_build("2.9.1", "12.6").index_url == "https://download.pytorch.org/whl/cu126"


def test_a_build_that_is_not_there_has_its_proof() -> None:
    found = find_build("2.9.1", "12.4")
    assert found.index_url is None
    [claim] = found.claims
    assert claim.words == "torch 2.9.1 has no cu124 build for linux-64"
    assert claim.fact is not None


def test_what_is_not_known_has_no_proof() -> None:
    [claim] = find_build("2.3.1", "12.4", "linux-aarch64").claims
    assert claim.words == "unknown whether there is a cu124 build for linux-aarch64"
    assert claim.fact is None


def test_words_that_mean_nothing() -> None:
    for words in (("2.9.1", ""), ("9", "12.4"), ("2.9.1", "x")):
        with pytest.raises(UsageError):
            find_build(*words)
    with pytest.raises(UsageError):
        map_builds("beos")
