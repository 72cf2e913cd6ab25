"""Wheels against targets: the own table of tags is held equal to `packaging`."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging import _manylinux, tags
from packaging.utils import parse_wheel_filename

from compat.model.distributions import DistFile
from compat.model.targets import Target, parse_target
from compat.resolve.pip.wheel_fit import DEFAULT_MACOS, Fit, parse_wheel, platforms

TARGETS = (
    "linux-64",
    "linux-aarch64",
    "linux-64,glibc=2.17",
    "linux-aarch64,glibc=2.35",
    "linux-64,glibc=2.5",
    "osx-arm64",
    "osx-64",
    "win-64",
)
PYTHONS = ((3, 7), (3, 8), (3, 11), (3, 14))


def to_target(text: str) -> Target:
    return parse_target(text, {})


def packaging_platforms(target: Target, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `packaging` says on a machine such as *target*."""
    arch = {"linux-64": "x86_64", "linux-aarch64": "aarch64", "osx-64": "x86_64", "osx-arm64": "arm64"}
    if target.subdir == "win-64":
        return ["win_amd64"]
    if target.subdir.startswith("osx"):
        return list(tags.mac_platforms(DEFAULT_MACOS, arch[target.subdir]))
    glibc = target.glibc or (2, 28)
    monkeypatch.setattr(_manylinux, "_get_glibc_version", lambda: _manylinux._GLibCVersion(*glibc))
    monkeypatch.setattr(_manylinux, "_have_compatible_abi", lambda *_: True)
    monkeypatch.setattr(_manylinux, "_get_manylinux_module", lambda: None)
    monkeypatch.setattr(sys, "platform", "linux")
    own = arch[target.subdir]
    return [f"linux_{own}", *_manylinux.platform_tags([own])]


@pytest.mark.parametrize("text", TARGETS)
def test_platforms_are_those_of_packaging(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(platforms(to_target(text))) == packaging_platforms(to_target(text), monkeypatch)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("text", TARGETS)
def test_the_order_of_all_tags_is_that_of_packaging(text: str, python: tuple[int, int]) -> None:
    """cpython_tags, then compatible_tags: as `packaging.tags.sys_tags` does for CPython."""
    target = to_target(text)
    ours = list(platforms(target))
    own = f"cp{python[0]}{python[1]}"
    abi = f"{own}m" if python < (3, 8) else own
    expected = [
        *tags.cpython_tags(python, [abi], ours),
        *tags.compatible_tags(python, own, ours),
    ]
    fit = Fit(target, python)
    ranks = [fit.rank(str(tag)) for tag in expected]
    assert None not in ranks
    assert ranks == sorted(ranks, key=lambda rank: rank or 0)
    assert len(set(ranks)) == len(set(map(str, expected)))


_PARTS = (
    st.sampled_from(
        ["cp311", "cp39", "cp312", "py3", "py2.py3", "py311", "cp38.cp311", "pp310", "cp37", "py39", "cp3"]
    ),
    st.sampled_from(["cp311", "abi3", "none", "cp39", "cp312", "cp37m", "cp311t", "pypy310_pp73", "cp39.abi3"]),
    st.sampled_from(
        [
            "any",
            "win_amd64",
            "win32",
            "linux_x86_64",
            "manylinux1_x86_64",
            "manylinux2014_aarch64.manylinux_2_17_aarch64",
            "manylinux_2_17_x86_64.manylinux2014_x86_64",
            "manylinux_2_34_x86_64",
            "musllinux_1_2_x86_64",
            "macosx_11_0_arm64",
            "macosx_10_9_universal2",
            "macosx_10_9_x86_64.macosx_11_0_arm64",
            "macosx_26_0_arm64",
        ]
    ),
)
_BUILDS = st.sampled_from(["", "-1", "-12cuda", "-0"])


@given(st.sampled_from(TARGETS), st.sampled_from(PYTHONS), st.tuples(*_PARTS), _BUILDS)
def test_the_rank_of_a_file_is_that_of_its_best_tag_in_packaging(
    text: str, python: tuple[int, int], parts: tuple[str, str, str], build: str
) -> None:
    name = f"a_b-1.0{build}-{'-'.join(parts)}.whl"
    _, _, packaging_build, wheel_tags = parse_wheel_filename(name)
    target = to_target(text)
    ours = list(platforms(target))
    own = f"cp{python[0]}{python[1]}"
    order = [
        *tags.cpython_tags(python, [f"{own}m" if python < (3, 8) else own], ours),
        *tags.compatible_tags(python, own, ours),
    ]
    position = {tag: rank for rank, tag in reversed(list(enumerate(order)))}
    expected = min((position[tag] for tag in wheel_tags if tag in position), default=None)
    parsed = parse_wheel(name)
    assert parsed is not None
    rank = Fit(target, python).rank(parsed.tags)
    assert (rank is None) == (expected is None)
    if rank is not None and expected is not None:
        best = str(order[expected])
        assert rank == Fit(target, python).rank(best)
    assert parsed.build == (packaging_build or (0, ""))
    fit = Fit(target, python)
    assert (fit.rank_of(name), fit.may_take(name)) == (rank, rank is not None)


@pytest.mark.parametrize("name", ["a-1.tar.gz", "a-1.whl", "a-1-py3-none.whl", "a-1-x-py3-none-any.whl"])
def test_what_is_no_wheel_is_none(name: str) -> None:
    assert parse_wheel(name) is None
    fit = Fit(to_target("linux-64"), (3, 11))
    assert fit.rank_of("a-1-py3-none-any.whl") is not None
    assert fit.rank_of(name) is None
    assert fit.may_take(name) is not name.endswith(".whl")


def test_any_platform_takes_what_another_machine_takes() -> None:
    fit = Fit(to_target("linux-aarch64"), (3, 11), any_platform=True)
    assert fit.rank("cp311-cp311-win_amd64") is not None
    assert fit.rank("cp312-cp312-win_amd64") is None
    assert fit.rank("py3-none-any") is not None


def test_the_best_of_some_files() -> None:
    names = ("a-1.tar.gz", "a-1-py3-none-any.whl", "a-1-cp311-cp311-win_amd64.whl", "a-1-cp39-abi3-linux_x86_64.whl")
    files = [DistFile(name, f"https://files.example.org/{name}") for name in names]
    best = Fit(to_target("linux-64"), (3, 11)).best(files)
    assert best is not None
    assert best.name == "a-1-cp39-abi3-linux_x86_64.whl"
    assert Fit(to_target("linux-64"), (3, 11)).best(files[:1]) is None
