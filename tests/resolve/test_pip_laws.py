"""Laws of solving over indexes: against a naive search, against resolvelib, and of the previous lock."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from compat.model.locking import LockedTarget
from compat.model.names import to_pypi_name
from compat.model.requirements import PipEntry, parse_requirement
from compat.model.solutions import Conflict, Demand
from compat.resolve.pip import walk as pip_walk
from compat.resolve.pip.index_listing import Shared
from compat.resolve.pip.solve import Settings, Undecided, prepare, search_or_follow, solve_target
from compat.resolve.pip.walk import ImpossibleError, Walk
from tests.resolve.packages import TableSource
from tests.resolve.test_pip_solve import entries_of, to_target

NAMES = ("a", "b", "c", "d", "e")
_specifier = st.sampled_from(["", "==1", "==2", "==3", ">=2", "<3", "!=2", "<2", "~=1.0", ">2,!=3"])
_extra = st.sampled_from(["", "", "", "[x]"])
_requirement = st.builds("{}{}{}".format, st.sampled_from(NAMES), _extra, _specifier)
_release = st.fixed_dictionaries(
    {"requires": st.lists(_requirement, max_size=3)},
    optional={
        "extras": st.fixed_dictionaries({"x": st.lists(_requirement, max_size=2)}),
        "python": st.sampled_from(["<3", ">=3.8"]),
    },
)
universes = st.dictionaries(
    st.sampled_from(NAMES), st.dictionaries(st.sampled_from(["1", "2", "3", "4"]), _release, min_size=1), min_size=2
)
roots = st.lists(_requirement, min_size=1, max_size=4)
Universe = Mapping[str, Mapping[str, Any]]


def solutions(universe: Universe, texts: Sequence[str]) -> Iterator[dict[str, str]]:
    """Every choice of at most one release a project that meets all that it leads to; by trying all of them."""
    usable = [
        (name, [None, *(v for v, release in releases.items() if release.get("python") != "<3")])
        for name, releases in universe.items()
    ]
    for picks in itertools.product(*(versions for _, versions in usable)):
        chosen = {name: version for (name, _), version in zip(usable, picks, strict=True) if version is not None}
        if is_solution(universe, texts, chosen):
            yield chosen


def is_solution(universe: Universe, texts: Sequence[str], chosen: Mapping[str, str]) -> bool:
    asked = list(texts)
    done: set[tuple[str, str]] = set()
    for text in asked:
        requirement = parse_requirement(text)
        name = str(requirement.name)
        if name not in chosen or not requirement.specifier.contains(Version(chosen[name])):
            return False
        for extra in ("", *requirement.extras):
            if (name, extra) not in done:
                done.add((name, extra))
                release = universe[name][chosen[name]]
                asked.extend(release.get("extras", {}).get(extra, ()) if extra else release["requires"])
    return {name for name, _ in done} == set(chosen)


@settings(max_examples=300)
@given(universes, roots)
def test_the_answer_is_a_solution_or_there_is_none(universe: Universe, texts: list[str]) -> None:
    answer = solve_target(entries_of(texts), to_target(), TableSource(universe))
    if isinstance(answer, LockedTarget):
        chosen = {str(package.name): package.version for package in answer.packages}
        assert is_solution(universe, texts, chosen)
    else:
        assert isinstance(answer, Conflict)
        assert next(solutions(universe, texts), None) is None
        assert answer.steps or len(answer.entries) > 1


@given(universes, roots)
def test_a_conflict_is_minimal(universe: Universe, texts: list[str]) -> None:
    """`Conflict`: leaving out any one of its entries makes the rest solvable."""
    answer = solve_target(entries_of(texts), to_target(), TableSource(universe))
    if isinstance(answer, Conflict):
        own = [entry.requirement.text for entry in answer.entries if isinstance(entry, PipEntry)]
        assert next(solutions(universe, own), None) is None
        for left_out in range(len(own)):
            assert next(solutions(universe, own[:left_out] + own[left_out + 1 :]), None) is not None


@given(universes, roots)
def test_the_walk_and_resolvelib_agree(universe: Universe, texts: list[str]) -> None:
    question = prepare(entries_of(texts), to_target(), TableSource(universe), Settings(), None)
    proved = True
    try:
        walked = bool(Walk(question.source, question.demands).solve())
    except ImpossibleError as error:
        walked, proved = False, error.proved
    assert proved
    assert walked == bool(search_or_follow(question.source, question.demands))


@given(universes, roots)
def test_the_same_input_gives_the_same_answer_whatever_was_read_before(universe: Universe, texts: list[str]) -> None:
    """What other solves have left in the shared caches decides nothing."""
    fresh = solve_target(entries_of(texts), to_target(), TableSource(universe))
    packages = TableSource(universe)
    question = prepare(entries_of(texts), to_target(), packages, Settings(), None)
    for name in NAMES:
        question.source.rejections(to_pypi_name(name), [Demand(parse_requirement(name), None, None)])
    again = solve_target(entries_of(texts), to_target(), packages)
    assert fresh == again


@given(universes, roots)
def test_the_previous_lock_locks_again_to_itself(universe: Universe, texts: list[str]) -> None:
    first = solve_target(entries_of(texts), to_target(), TableSource(universe))
    if isinstance(first, LockedTarget):
        preferred = {package.name: package.version for package in first.packages}
        again = solve_target(entries_of(texts), to_target(), TableSource(universe), Settings(preferred))
        assert isinstance(again, LockedTarget)
        assert [p[:7] for p in again.packages] == [p[:7] for p in first.packages]


@given(universes, roots, st.data())
def test_removing_a_requirement_never_breaks_a_solution(
    universe: Universe, texts: list[str], data: st.DataObject
) -> None:
    if isinstance(solve_target(entries_of(texts), to_target(), TableSource(universe)), LockedTarget):
        fewer = data.draw(st.permutations(texts))[1:]
        assert isinstance(solve_target(entries_of(fewer), to_target(), TableSource(universe)), LockedTarget)


@settings(max_examples=50)
@given(universes, roots)
def test_where_the_walk_gives_up_the_search_goes_on(universe: Universe, texts: list[str]) -> None:
    whole = solve_target(entries_of(texts), to_target(), TableSource(universe))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pip_walk, "MAX_DEAD_ENDS", 1)
        answer = solve_target(entries_of(texts), to_target(), TableSource(universe))
    assert isinstance(answer, type(whole) | Undecided)


_X86, _ARM = "cp311-cp311-manylinux_2_17_x86_64", "cp311-abi3-manylinux2014_aarch64.manylinux_2_17_aarch64"
_wheels = st.lists(
    st.sampled_from([_X86, _ARM, "1-py3-none-any", "py3-none-any", "cp27-cp27m-win32"]), max_size=3, unique=True
)
_built = st.fixed_dictionaries({"requires": st.lists(_requirement, max_size=2), "wheels": _wheels})


@given(st.dictionaries(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(["1", "2", "3rc1"]), _built)), roots)
def test_a_lock_of_two_targets_is_two_locks_of_one(universe: Universe, texts: list[str]) -> None:
    """What targets share, and what one of them has read before another, decides nothing."""
    targets = [to_target("linux-64,python=3.11"), to_target("linux-aarch64,python=3.11")]
    entries = entries_of(texts)
    alone = [solve_target(entries, target, TableSource(universe)) for target in targets]
    for order in (targets, targets[::-1]):
        packages = TableSource(universe)
        shared = Shared(packages)
        together = {target: solve_target(entries, target, packages, shared=shared) for target in order}
        assert [together[target] for target in targets] == alone
