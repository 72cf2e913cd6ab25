"""Markers taken apart, words for platforms, Poetry's version constraints."""

from __future__ import annotations

import itertools

import pytest
from packaging.markers import InvalidMarker, Marker

from compat.formats.markers import join_markers, negate, parse_marker, under_extra
from compat.formats.platforms import can_hold, select, select_by_comment, to_marker
from compat.formats.poetry_versions import to_specifier
from compat.model.targets import SUBDIRS, parse_target

MARKERS = [
    "sys_platform == 'linux'",
    "sys_platform != 'linux' and python_version >= '3.9'",
    "python_version < '3.9' or (sys_platform == 'win32' and platform_machine != 'x86_64') or os_name in 'nt java'",
    "(python_version > '3.8' and python_version <= '3.10') and platform_system not in \"Windows\"",
    "'linux' in sys_platform",
]
ENVIRONMENTS = [
    parse_target(subdir, {}).markers((3, minor)) for subdir, minor in itertools.product(SUBDIRS, range(7, 14))
]


@pytest.mark.parametrize("text", MARKERS)
def test_the_opposite_holds_where_the_marker_does_not(text: str) -> None:
    marker = Marker(text)
    opposite = negate(marker)
    assert opposite is not None
    for environment in ENVIRONMENTS:
        assert opposite.evaluate({**environment}) is not marker.evaluate({**environment})


def test_some_markers_have_no_opposite() -> None:
    assert negate(Marker("python_version ~= '3.9' and os_name == 'nt'")) is None


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        ("extra == 'cpu'", {"": "False", "cpu": "True", "cuda": "False"}),
        ("extra != 'cuda'", {"": "True", "cpu": "True", "cuda": "False"}),
        ("'cpu' == extra and os_name == 'nt'", {"": "False", "cpu": 'os_name == "nt"'}),
        ("extra == 'cpu' or os_name == 'nt'", {"": 'os_name == "nt"', "cpu": "True"}),
        (
            "(extra == 'a' or extra == 'b') and (os_name == 'nt' or sys_platform == 'x') and python_version < '3'",
            {"a": '(os_name == "nt" or sys_platform == "x") and python_version < "3"', "c": "False"},
        ),
        ("os_name == 'nt'", {"": 'os_name == "nt"'}),
    ],
)
def test_extras_are_settled(text: str, outcomes: dict[str, str]) -> None:
    for extra, wanted in outcomes.items():
        holds, rest = under_extra(Marker(text), extra)
        assert (str(rest) if holds and rest is not None else str(holds)) == wanted


def test_a_marker_that_is_settled_has_no_opposite_left() -> None:
    assert under_extra(Marker("extra == 'a' and (extra != 'b' or os_name == 'nt')"), "a") == (True, None)


def test_no_marker_is_no_condition() -> None:
    marker = Marker("os_name == 'nt'")
    assert join_markers(None, None) is None
    assert join_markers(marker, None) == join_markers(None, marker) == marker
    assert under_extra(None, "x") == (True, None)
    assert can_hold(None)
    assert not can_hold(Marker("sys_platform == 'aix'"))
    assert not can_hold(Marker("python_version < '3'"))
    with pytest.raises(InvalidMarker, match="too deep"):
        parse_marker("(" * 60)


@pytest.mark.parametrize(
    ("words", "subdirs"),
    [
        ("linux", {"linux-64", "linux-aarch64"}),
        ("not win", {"linux-64", "linux-aarch64", "osx-64", "osx-arm64"}),
        ("osx and arm64", {"osx-arm64"}),
        ("linux64 or win64", {"linux-64", "win-64"}),
        ("unix and not linux", {"osx-64", "osx-arm64"}),
        ("linux-aarch64", {"linux-aarch64"}),
        ("py3k", None),
        ("linux and optional", None),
    ],
)
def test_words_for_platforms(words: str, subdirs: set[str] | None) -> None:
    found = select(words)
    assert (None if found is None else set(found)) == subdirs
    assert select_by_comment(f"  # why [{words}]") == found
    assert select_by_comment("  # why") is None


@pytest.mark.parametrize(
    "subdirs", [subset for size in range(1, 5) for subset in itertools.combinations(SUBDIRS, size)], ids=",".join
)
def test_a_marker_for_every_set_of_platforms(subdirs: tuple[str, ...]) -> None:
    marker = to_marker(subdirs)
    assert marker is not None
    assert {subdir for subdir in SUBDIRS if can_hold(marker, [subdir])} == set(subdirs)


def test_no_marker_for_all_platforms_or_none_of_ours() -> None:
    assert to_marker(SUBDIRS) is None
    assert to_marker(()) is None
    assert to_marker(("linux-ppc64le",)) is None


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("*", ""),
        ("x", ""),
        ("1.x", "==1.*"),
        ("1.2.3", "==1.2.3"),
        ("=1.2", "==1.2"),
        ("2.4.1+cu124", "==2.4.1+cu124"),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("^ 1", ">=1,<2"),
        ("~1", ">=1,<2"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~=1.2", ">=1.2,<2"),
        ("~=1.2.3", ">=1.2.3,<1.3"),
        ("~=1", ">=1,<1.1"),
        (">=1.2,<2", ">=1.2,<2"),
        (">= 1.2 < 2", ">=1.2,<2"),
        (">=1.2 !=1.5,", ">=1.2,!=1.5"),
        ("!=1.2.*", "!=1.2.*"),
        (">=1.2.*", ">=1.2"),
        ("<>1.2", "!=1.2"),
        ("^2.7 || ^3.5", ">=2.7,<4"),
        ("2.7.* | >=3.5", ">=2.7"),
        ("<1 || 2.0", "<=2.0"),
        ("==1.2.* || ==1.5", ">=1.2,<=1.5"),
        ("* || ^3", ""),
        ("!=1 || ^3", ""),
    ],
)
def test_poetry_constraints(text: str, specifier: str) -> None:
    assert {str(part) for part in to_specifier(text)} == set(filter(None, specifier.split(",")))


@pytest.mark.parametrize("text", ["latest", "^", "^x.y", "^1.*", "===1", "~1.*", ">=1,,<", "1" * 600, ">=one"])
def test_what_poetry_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        to_specifier(text)
