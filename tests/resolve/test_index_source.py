"""Candidates from an index: versions by bisection, METADATA by extras, what is asked of the index and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as PackagingRequirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from compat.model.distributions import CoreMetadata, DistFile
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.requirements import PipEntry, parse_requirement
from compat.model.solutions import Candidate, Demand, Reason
from compat.model.targets import parse_target
from compat.resolve.declared import Declared
from compat.resolve.pip.direct import DirectPage, direct_page
from compat.resolve.pip.index_listing import MAX_SDISTS
from compat.resolve.pip.index_source import IndexSource
from compat.resolve.pip.marking import Markers
from compat.resolve.shelf import Shelf
from tests.resolve.packages import TablePage, TableSource

TARGET = parse_target("linux-64,python=3.11", {})
PYTHON = (3, 11)

_release = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "1!"]),
    st.sampled_from(["1", "1.0.1", "1.1", "2", "2.0", "2.1", "3"]),
    st.sampled_from(["", "", "", "a1", "rc2"]),
    st.sampled_from(["", "", "", ".post1", ".dev3"]),
    st.sampled_from(["", "", "", "+cu128"]),
)
_clause = st.one_of(
    st.builds("{}{}".format, st.sampled_from([">=", "<=", ">", "<"]), _release.filter(lambda v: "+" not in v)),
    st.builds("{}{}".format, st.sampled_from(["==", "!=", "==="]), _release),
    st.sampled_from(["==1.*", "==2.0.*", "!=1.*", "!=2.1.*", "~=1.0", "~=2.0.0", "~=1.1.0", "==1!1.*", "~=2.0rc1"]),
)


@given(st.lists(_release, max_size=12), st.lists(_clause, max_size=3))
def test_bisection_admits_what_packaging_admits(releases: list[str], clauses: list[str]) -> None:
    versions = sorted({Version(text) for text in releases}, reverse=True)
    shelf = Shelf(TablePage({str(version): () for version in versions}))
    specifier = SpecifierSet(",".join(clauses))
    bits = shelf.admitted(parse_requirement(f"a{specifier}"))
    expected = [specifier.contains(str(version), prereleases=True) for version in versions]
    assert [bool(bits >> position & 1) for position in range(len(versions))] == expected


@given(st.lists(_release, max_size=12))
def test_finals_are_what_packaging_calls_no_prerelease(releases: list[str]) -> None:
    versions = sorted({Version(text) for text in releases}, reverse=True)
    shelf = Shelf(TablePage({str(version): () for version in versions}))
    assert [bool(shelf.finals >> i & 1) for i in range(len(versions))] == [not v.is_prerelease for v in versions]


LINES = (
    "b",
    "b>=1,<2",
    "b (>=1)",
    "B_c[d,e]~=1.2 ; python_version >= '3.8'",
    "b; python_version < '3.8'",
    "b; extra == 'x'",
    'b>=1.0.0 ; extra == "x"',
    "b (>=1.0,!=1.5) ; extra == 'X_y'",
    "b; (extra == 'x')",
    "b; python_version < '3.8' and extra == 'x'",
    "b; python_version > '3.8' and extra == 'x'",
    "b; (python_version < '3.8' or os_name == 'posix') and extra == 'x'",
    "b; python_version < '3.8' or os_name == 'posix' and extra == 'x'",
    "b; extra == 'x' or extra == 'y'",
    "b; extra == 'x' and python_version > '3.8'",
    "b; extra != 'x'",
    "b @ https://files.example.org/b-1-py3-none-any.whl ; extra == 'x'",
    "b; platform_release >= '20' and extra == 'x'",
)


@pytest.mark.parametrize("extras", [frozenset[str](), frozenset({"x"}), frozenset({"y"}), frozenset({"x-y", "x"})])
@pytest.mark.parametrize("line", LINES)
def test_a_line_is_asked_for_as_its_marker_says(line: str, extras: frozenset[str]) -> None:
    markers = Markers(TARGET, PYTHON)
    declared = Declared(CoreMetadata((line,)))
    assert not declared.invalid
    wanted = [requirement.name for requirement in declared.requires(markers, extras)]
    expected = markers.wanted(PackagingRequirement(line).marker, extras)
    assert bool(wanted) == expected


@pytest.mark.parametrize(
    "line",
    [
        "b>=1.*",
        "b>=1.*; extra == 'x'",
        "b~=1; extra == 'x'",
        "b>=1 <2; extra == 'x'",
        "b>=1,; extra == 'x'",
        "b[; extra == 'x'",
        "b; extra = 'x'",
        "b; pythonversion > '3' and extra == 'x'",
        "-b; extra == 'x'",
        "b>=dev; extra == 'x'",
        "",
    ],
)
def test_an_invalid_line_is_found_also_under_an_extra(line: str) -> None:
    try:
        PackagingRequirement(line)
        valid = True
    except InvalidRequirement:
        valid = False
    assert (not Declared(CoreMetadata(("a", line, "c"))).invalid and line != "") == valid


def test_candidates_are_read_when_they_are_looked_at() -> None:
    packages = TableSource({"a": {str(number): [] for number in range(1, 50)}})
    source = IndexSource(packages, TARGET, PYTHON)
    matches = source.matches(PyPIName("a"), [_demand("a<40")])
    assert str(matches[0].version) == "39"
    assert len(matches) == 39
    assert packages.read == ["a-39-py3-none-any.whl"]


def test_the_pages_of_dependencies_are_expected_before_any_is_asked_for() -> None:
    packages = TableSource({"a": {"1": ["b", "c", "d; extra == 'x'"]}, "b": {"1": []}, "c": {"1": []}})
    source = IndexSource(packages, TARGET, PYTHON)
    candidate = source.matches(PyPIName("a"), [_demand("a")])[0]
    assert [d.requirement.name for d in source.dependencies(candidate, frozenset())] == ["b", "c"]
    assert packages.expected == ["b", "c"]
    assert packages.asked == ["a"]


def test_a_project_of_sdists_is_not_asked_to_the_end() -> None:
    packages = TableSource({"a": {str(number): {"sdist": "dynamic"} for number in range(1, 50)}})
    source = IndexSource(packages, TARGET, PYTHON)
    assert not source.matches(PyPIName("a"), [_demand("a")])
    assert len(packages.read) == MAX_SDISTS
    rejections = source.rejections(PyPIName("a"), [_demand("a")])
    assert {rejection.reason for rejection in rejections} == {Reason.SDIST}
    assert rejections[0].detail == "a 49 has no wheels, and its sdist would have to be built: `--allow-build a`"


def test_a_prerelease_counts_where_the_user_names_one() -> None:
    source = IndexSource(TableSource({"a": {"2.0rc1": [], "1": []}}), TARGET, PYTHON)
    asked = parse_requirement("a>=1.0.dev0")
    entry = PipEntry(asked, Place("requirements.txt", 1))
    by_user = source.matches(PyPIName("a"), [Demand(asked, entry, None)])
    by_package = source.matches(PyPIName("a"), [Demand(asked, None, Candidate(PyPIName("b"), Version("1")))])
    assert [str(candidate.version) for candidate in by_user] == ["2.0rc1", "1"]
    assert [str(candidate.version) for candidate in by_package] == ["1"]


def test_a_version_that_the_index_lacks_is_judged_by_the_specifier() -> None:
    source = IndexSource(TableSource({"a": {"1": []}}), TARGET, PYTHON)
    assert source.is_satisfied(_demand("a>=2"), Candidate(PyPIName("a"), Version("3")))
    assert not source.is_satisfied(_demand("a>=2"), Candidate(PyPIName("a"), Version("1")))


@pytest.mark.parametrize(
    ("url", "hashed", "file"),
    [
        ("https://files.example.org/a-1-py3-none-any.whl", True, "a-1-py3-none-any.whl"),
        ("https://files.example.org/a-1%2Bcpu-py3-none-any.whl#sha256=AB", False, "a-1+cpu-py3-none-any.whl"),
        ("https://files.example.org/a-1.zip#sha512=ab&egg=a", False, "a-1.zip"),
    ],
)
def test_a_url_is_a_page_of_one_file(url: str, hashed: bool, file: str) -> None:
    page = direct_page(PyPIName("a"), url, hashed=hashed)
    assert isinstance(page, DirectPage)
    (found,) = page.files(page.version)
    assert isinstance(found, DistFile)
    assert found.name == file
    assert "#" not in found.url
    assert all(digest == digest.lower() for _, digest in found.hashes)


@pytest.mark.parametrize(
    ("url", "lacks"),
    [
        ("https://files.example.org/a-1-py3-none-any.whl#md5=ab", "add its hash"),
        ("https://files.example.org/main.zip#sha256=ab", "no file name that tells its version"),
        ("https://files.example.org/a.whl#sha256=ab", "no file name that a wheel can have"),
        ("hg+https://hg.example.org/a@0123", "names no commit"),
        ("git+ssh://git@git.example.org/a", "names no commit"),
        ("git+https://git.example.org/a@0123456", "names no commit"),
    ],
)
def test_a_url_that_pins_nothing_says_what_it_lacks(url: str, lacks: str) -> None:
    found = direct_page(PyPIName("a"), url, hashed=False)
    assert isinstance(found, str)
    assert lacks in found


def _demand(text: str) -> Demand:
    return Demand(parse_requirement(text), None, None)
