"""A lock with a conda part against its input and against itself: what was written holds, and what is taken out is missed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.lock import (
    CondaSide,
    LockProblem,
    ReadLock,
    check_lock,
    find_own_problems,
    read_conda_lock,
    read_explicit,
    read_pixi_lock,
    write_conda_lock,
    write_explicit,
)
from compat.lock.pixi.writer import write_pixi_lock
from compat.model.locking import LockedTarget
from compat.model.names import PyPIName
from compat.model.targets import Target
from tests.lock.conda_universe import ARM, X86, conda_lock, environment, locked, pip_part
from tests.lock.universe import fits

#: What the packages of the pip part ask for in their METADATA, of which pixi.lock keeps the words.
REQUIRES = {"fastapi": ("pydantic<3.0", "typing-extensions>=4.8"), "pydantic": ("typing_extensions",)}


def with_words(target: Target) -> LockedTarget:
    pip = tuple(package._replace(requires=REQUIRES.get(package.name, ())) for package in pip_part(target))
    return locked(target, pip=pip)


WRITTEN = conda_lock(with_words(X86), with_words(ARM))
CONDA_LOCK = read_conda_lock("conda-lock.yml", write_conda_lock(WRITTEN))
PIXI = read_pixi_lock("pixi.lock", write_pixi_lock(WRITTEN))
EXPLICIT = read_explicit("conda-linux-64.lock", write_explicit(locked(X86)))
#: The input asks for torch on x86_64, which the pip part of the universe leaves out.
INPUT = environment(
    "channels: [conda-forge]\ndependencies:\n  - python 3.12.*\n  - numpy\n  - pandas <3\n  - pip\n"
    "  - pip:\n    - fastapi >=0.100\n"
)


def check(lock: ReadLock, targets: Sequence[Target] = (X86, ARM), text: str = "", **side: Any) -> list[LockProblem]:  # noqa: ANN401 - fields of CondaSide
    """The problems against the usual input, or against *text*."""
    asked = environment(text) if text else INPUT
    known = CondaSide(entries=asked.conda, installed={PyPIName("numpy"): "2.0"})._replace(**side)
    return list(check_lock(lock, asked.pip, targets, fits, conda=dict.fromkeys(targets, known)))


def words(problems: Sequence[LockProblem]) -> set[tuple[str, str]]:
    return {(problem.kind, problem.package) for problem in problems}


@pytest.mark.parametrize("lock", [CONDA_LOCK, PIXI], ids=["conda-lock", "pixi"])
def test_what_was_written_holds(lock: ReadLock) -> None:
    assert check(lock, channels=("conda-forge",)) == []
    assert (
        find_own_problems(
            lock, lock.for_target(X86), X86, fits, installed={}, machine=MappingProxyType({"__glibc": "2.28"})
        )
        == ()
    )


def test_an_explicit_file_holds_the_conda_part_alone() -> None:
    assert check(EXPLICIT, [X86]) == []


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CONDA_LOCK.conda), st.sampled_from([CONDA_LOCK, PIXI]))
def test_each_record_that_is_taken_out_is_missed(taken: object, lock: ReadLock) -> None:
    """Somebody asks for each: a line of the input, or another package."""
    name, subdir = taken.record.name, taken.subdir  # type: ignore[attr-defined]
    left = tuple(each for each in lock.conda if (each.record.name, each.subdir) != (name, subdir))
    found = check(lock._replace(conda=left))
    assert any(problem.package == name and problem.kind in ("missing", "open") for problem in found)
    assert all(target.startswith(f"{subdir},") for problem in found for target in problem.targets)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CONDA_LOCK.conda))
def test_each_record_of_another_platform_is_a_hole(taken: object) -> None:
    record, subdir = taken.record, taken.subdir  # type: ignore[attr-defined]
    wrong = record._replace(subdir="osx-64", url=record.url.replace(f"/{record.subdir}/", "/osx-64/"))
    changed = tuple(
        each._replace(record=wrong) if (each.record.name, each.subdir) == (record.name, subdir) else each
        for each in CONDA_LOCK.conda
    )
    assert ("hole", record.name) in words(check(CONDA_LOCK._replace(conda=changed)))


def _edited(text: str) -> str:
    return f"channels: [conda-forge]\ndependencies:\n  - python 3.12.*\n  - numpy\n  - pip\n{text}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  - pandas <2", {("version", "pandas")}),
        ("  - pandas=*=py39*", {("version", "pandas")}),
        ("  - bioconda::pandas", {("source", "pandas")}),
        ("  - conda-forge::pandas", set()),
        ("  - pandas\n  - scipy", {("missing", "scipy")}),
        ("  - pandas\n  - pip:\n    - numpy<1.20", {("version", "numpy")}),
        ("  - pandas\n  - pip:\n    - numpy>=1.20", set()),
        ("  - pandas\n  - pip:\n    - rich", {("missing", "rich")}),
        ("", set()),
    ],
)
def test_a_line_that_the_lock_does_not_hold_is_found(text: str, expected: set[tuple[str, str]]) -> None:
    found = [problem for problem in check(CONDA_LOCK, text=_edited(text)) if problem.kind != "unasked"]
    assert words(found) == expected
    assert all(problem.place is not None and problem.place.path == "environment.yml" for problem in found)
    assert all(
        problem.lock_place.line
        for problem in found
        if problem.kind in ("version", "source") and problem.package != "numpy"
    )


def test_a_package_that_nobody_asks_for_is_told() -> None:
    found = check(CONDA_LOCK, text=_edited(""))
    unasked = {problem.package for problem in found if problem.kind == "unasked"}
    assert "pandas" in unasked
    assert not {"python", "numpy", "pip"} & unasked


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        (("conda-forge",), None),
        (("https://conda.anaconda.org/conda-forge",), None),
        ((), None),
        (("nvidia", "conda-forge"), "locked from `conda-forge`, but asked for are `nvidia` and `conda-forge`"),
    ],
)
def test_other_channels_are_told(channels: tuple[str, ...], said: str | None) -> None:
    found = [problem.text for problem in check(CONDA_LOCK, channels=channels)]
    assert found == ([] if said is None else [said])


def _with_dependency(words: str) -> ReadLock:
    first, *rest = CONDA_LOCK.conda
    record = first.record._replace(depends=(*first.record.depends, words))
    return CONDA_LOCK._replace(conda=(first._replace(record=record), *rest))


@pytest.mark.parametrize(
    ("words_", "machine", "expected"),
    [
        ("__glibc >=2.34", {"__glibc": "2.28"}, "machine"),
        ("__glibc >=2.17,<3.0.a0", {"__glibc": "2.28"}, None),
        ("__glibc >=2.34", {}, None),
        ("__cuda >=13", {"__cuda": "12.4"}, "driver"),
        ("__cuda", {"__cuda": ""}, None),
        ("__win", {}, "hole"),
        ("__unix", {}, None),
        ("__archspec 1 x86_64", {}, None),
        ("numpy >=99", {}, "open"),
        ("numpy * nopy_*", {}, "open"),
        ("nothing-there >=1", {}, "open"),
        (">>>", {}, None),
    ],
)
def test_what_a_package_asks_of_machine_and_neighbours(
    words_: str, machine: dict[str, str], expected: str | None
) -> None:
    found = check(_with_dependency(words_), [ARM if CONDA_LOCK.conda[0].subdir == ARM.subdir else X86], machine=machine)
    assert [problem.kind for problem in found] == ([] if expected is None else [expected])


def test_what_a_package_goes_with_only_counts_where_it_is_there() -> None:
    first, *rest = PIXI.conda
    target = X86 if first.subdir == X86.subdir else ARM
    record = first.record._replace(constrains=("numpy <1", "never-there <1"))
    [problem] = check(PIXI._replace(conda=(first._replace(record=record), *rest)), [target])
    assert (problem.kind, problem.package) == ("open", "numpy")
    assert "goes with `numpy <1` only, but `numpy" in problem.text


@pytest.mark.parametrize("write", [write_conda_lock, write_pixi_lock], ids=["conda-lock", "pixi"])
def test_a_pip_package_that_conda_does_not_bring_has_to_be_locked(write: Callable[..., bytes]) -> None:
    read = read_conda_lock if write is write_conda_lock else read_pixi_lock
    lock = read("conda-lock.yml", write(WRITTEN))
    left = tuple(
        package for package in lock.packages if package.name != "pydantic" or X86.subdir not in package.subdirs
    )
    assert ("open", "pydantic") in words(check(lock._replace(packages=left), [X86]))
    known = {PyPIName("pydantic"): "2.9.0"}
    assert ("open", "pydantic") not in words(check(lock._replace(packages=left), [X86], installed=known))
