"""The pip part beside what conda installs: fixed, not locked, its extras pip's business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from packaging.version import Version

from compat.model.conda_records import CondaRecord
from compat.model.joint import Installed, InstalledPart, PipSolution
from compat.model.locking import LockedTarget
from compat.model.names import CondaName, PyPIName, to_pypi_name
from compat.model.places import Place
from compat.model.requirements import PipEntry, parse_requirement
from compat.model.solutions import Conflict
from compat.resolve.joint.pip_side import IndexPipSide
from compat.resolve.joint.report import ask_words
from compat.resolve.pip.index_listing import Shared
from compat.resolve.pip.solve import Settings, Undecided, solve_target
from tests.resolve.joint_universe import pip_versions, to_target
from tests.resolve.packages import TableSource

Universe = Mapping[str, Mapping[str, Any]]


def entries_of(*texts: str, constraint: bool = False) -> list[PipEntry]:
    return [
        PipEntry(parse_requirement(text), Place("environment.yml", line), constraint=constraint)
        for line, text in enumerate(texts, 5)
    ]


def part_of(python: str = "", **versions: str) -> InstalledPart:
    """What conda installs; an empty version is one that pip cannot compare."""
    projects: dict[PyPIName, Installed] = {}
    for text, version in versions.items():
        name = to_pypi_name(text)
        record = CondaRecord(CondaName(name), version or "9e", "py_0", 0, "noarch", "", "")
        projects[name] = Installed(name, Version(version) if version else None, record)
    return InstalledPart(projects, python)


def solve(
    universe: Universe, lines: Sequence[str], part: InstalledPart, offers: Mapping[str, Sequence[str]] | None = None
) -> PipSolution | Undecided | None:
    side = IndexPipSide(entries_of(*lines), to_target(), Shared(TableSource(universe)))
    return side.solve(part, {to_pypi_name(n): [Version(v) for v in vs] for n, vs in (offers or {}).items()})


def solved(universe: Universe, lines: Sequence[str], part: InstalledPart, **offers: Sequence[str]) -> PipSolution:
    answer = solve(universe, lines, part, offers)
    assert isinstance(answer, PipSolution)
    return answer


def test_what_conda_installs_is_not_locked_and_brings_nothing() -> None:
    universe: Universe = {"a": {"1": ["numpy>=1.20"]}, "numpy": {"1.26.4": ["only-on-the-index"]}}
    source = TableSource(universe)
    settings = Settings(installed=part_of(numpy="1.26.4").projects)
    answer = solve_target(entries_of("a"), to_target(), source, settings)
    assert isinstance(answer, LockedTarget)
    assert pip_versions(answer) == {"a": "1"}
    assert answer.packages[0].dependencies == ()
    assert "numpy" not in [*source.asked, *source.expected], "no index is asked for it"


def test_a_release_that_goes_with_it_is_chosen() -> None:
    universe: Universe = {"a": {"3": ["numpy<1"], "2": ["numpy>=2"], "1": ["numpy"]}}
    assert pip_versions(solved(universe, ["a"], part_of(numpy="1.26.4")).locked) == {"a": "1"}


def test_nothing_goes_with_it() -> None:
    assert solve({"a": {"1": ["numpy>=2"]}}, ["a"], part_of(numpy="1.26.4")) is None


def test_a_conflict_with_it_names_what_conda_installs() -> None:
    universe: Universe = {"numpy": {"2.4.6": [], "1.26.4": []}}
    side = IndexPipSide(entries_of("numpy>=2"), to_target(), Shared(TableSource(universe)))
    conflict = side.explain(part_of(numpy="1.26.4"))
    assert isinstance(conflict, Conflict)
    assert [step.text for step in conflict.steps] == ["conda installs numpy 1.26.4, which is not numpy>=2"]


def test_what_is_asked_of_it_is_told_with_who_asks() -> None:
    universe: Universe = {"a": {"1": ["b"]}, "b": {"2": ["numpy<2", "numpy>=1.20; python_version < '3'"]}}
    answer = solved(universe, ["a", "numpy>=1.21"], part_of(numpy="1.26.4"))
    assert list(answer.asked) == ["numpy"]
    assert [ask_words(ask) for ask in answer.asked[to_pypi_name("numpy")]] == [
        "pip `numpy>=1.21` (environment.yml:6) bounds conda's numpy",
        "pip `a` (environment.yml:5) brings b 2, which needs numpy<2",
    ]


@pytest.mark.parametrize("wanted", ["torch==2.5.1+cu121", "torch===2.5.1+cu121"])
def test_a_label_is_satisfied_by_the_public_version(wanted: str) -> None:
    answer = solved({}, [wanted], part_of(torch="2.5.1"))
    assert answer.locked.packages == ()
    assert answer.locked.notes == (
        f"`{wanted}` is satisfied by conda's torch 2.5.1: the label +cu121 names a build that pip has",
    )


def test_a_label_of_another_release_is_not() -> None:
    assert solve({}, ["torch==2.5.0+cu121"], part_of(torch="2.5.1")) is None


def test_a_version_that_cannot_be_compared_satisfies_and_is_noted() -> None:
    answer = solved({"a": {"1": ["jpeg>=9", "jpeg"]}}, ["a"], part_of(jpeg=""))
    assert answer.locked.notes == (
        "`jpeg>=9` is taken as satisfied by conda's jpeg 9e, whose version is no version to pip",
    )


def test_the_extras_of_the_same_release_are_pips_business() -> None:
    universe: Universe = {
        "requests": {
            "2.32.5": {"requires": ["idna"], "extras": {"socks": ["pysocks>=1.5.6"]}},
            "2.31.0": {"extras": {"socks": ["another"]}},
        },
        "pysocks": {"1.7.1": []},
        "a": {"1": ["requests[socks]"]},
    }
    for lines in (["requests[socks]"], ["a"], ["requests", "a"]):
        answer = solved(universe, lines, part_of(requests="2.32.5"))
        assert pip_versions(answer.locked).get("pysocks") == "1.7.1"
        assert "idna" not in pip_versions(answer.locked)


def test_an_extra_that_is_not_known_is_noted() -> None:
    universe: Universe = {"requests": {"2.31.0": {"extras": {"socks": ["pysocks"]}}}}
    assert solved(universe, ["requests[socks]"], part_of(requests="2.32.5")).locked.notes == (
        "what the extra `socks` of conda's requests 2.32.5 requires is not known: no index has that release",
    )
    assert solved(universe, ["requests[sock]"], part_of(requests="2.31.0")).locked.notes == (
        "requests 2.31.0 has no extra `sock`",
    )


def test_what_an_extra_asks_of_conda_is_checked() -> None:
    universe: Universe = {"a": {"1": {"extras": {"x": ["numpy<2"]}}}, "numpy": {"1": []}}
    assert solve(universe, ["a[x]"], part_of(a="1", numpy="2.4")) is None
    answer = solved(universe, ["a[x]"], part_of(a="1", numpy="1.26"))
    assert [ask_words(ask) for ask in answer.asked[to_pypi_name("numpy")]] == [
        "pip `a[x]` (environment.yml:5) needs numpy<2"
    ]


@pytest.mark.parametrize(
    ("url", "goes"),
    [
        ("https://files.example.org/numpy-1.26.4-py3-none-any.whl", True),
        ("https://files.example.org/numpy-1.26.4+local-py3-none-any.whl", True),
        ("https://files.example.org/numpy-1.25.0-py3-none-any.whl", False),
        ("git+https://git.example.org/numpy", True),
    ],
)
def test_a_url_is_a_bound_as_far_as_it_tells_the_version(url: str, goes: bool) -> None:
    answer = solve({}, [f"numpy @ {url}"], part_of(numpy="1.26.4"))
    assert isinstance(answer, PipSolution) is goes
    if isinstance(answer, PipSolution):
        assert answer.locked.notes == ("`numpy` is asked for by URL, and conda's numpy 1.26.4 is installed instead",)


def test_offers_are_chosen_from_the_current_one_first() -> None:
    universe: Universe = {"a": {"1": ["numpy<2"]}, "b": {"1": ["pandas"]}}
    part = part_of(numpy="2.4", pandas="2.2")
    answer = solved(universe, ["a", "b"], part, numpy=["2.4", "1.26", "1.25"], pandas=["3.0", "2.2", "1.5"])
    assert {str(name): str(version) for name, version in answer.chosen.items()} == {"numpy": "1.26", "pandas": "2.2"}
    assert pip_versions(answer.locked) == {"a": "1", "b": "1"}


def test_the_patch_release_of_condas_python_decides() -> None:
    universe: Universe = {
        "a": {"2": {"python": ">=3.11.5"}, "1": {"python": ">=3.8"}},
        "b": {"1": ["tomli; python_full_version < '3.11.4'"]},
        "tomli": {"2": []},
    }
    assert pip_versions(solved(universe, ["a", "b"], part_of("3.11.9")).locked) == {"a": "2", "b": "1"}
    assert pip_versions(solved(universe, ["a", "b"], part_of("3.11.3")).locked) == {"a": "1", "b": "1", "tomli": "2"}
    assert solve({"a": universe["a"]}, ["a==2"], part_of("3.11.3")) is None


def test_a_constraint_bounds_it_where_something_asks_for_it() -> None:
    universe: Universe = {"a": {"1": ["numpy"]}, "b": {"1": []}}
    bound = entries_of("numpy<2", constraint=True)
    for line, goes in (("a", False), ("b", True)):
        side = IndexPipSide([*entries_of(line), *bound], to_target(), Shared(TableSource(universe)))
        assert isinstance(side.solve(part_of(numpy="2.4")), PipSolution) is goes
