"""Pip's demands as bounds for conda: the same versions, whatever the two orders make of the spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from compat.model.conda_records import CondaRecord
from compat.model.matchspec import parse_matchspec
from compat.model.names import CondaName
from compat.model.requirements import parse_requirement
from compat.resolve.joint.bounds import Range, Shelves, to_bound
from compat.resolve.joint.installed import public_version

NUMPY = CondaName("numpy")


def known(*texts: str) -> dict[str, Version]:
    return {text: version for text in texts if (version := public_version(text)) is not None}


@pytest.mark.parametrize(
    ("demands", "versions", "admitted", "text"),
    [
        (["<2"], ["1.26.4", "2.0.0"], ["1.26.4"], "<2"),
        (["<2", ">=1.26"], ["1.25.0", "1.26.4", "2.0.0"], ["1.26.4"], "<2,>=1.26"),
        ([">=1.26,<2"], ["1.25.0", "1.26.4", "2.0.0"], ["1.26.4"], "<2,>=1.26"),
        (["==1.2.*"], ["1.2", "1.2.3", "1.20"], ["1.2", "1.2.3"], "1.2.*"),
        (["!=1.2.*"], ["1.2.3", "1.20"], ["1.20"], "!=1.2.*"),
        (["~=1.4"], ["1.3", "1.4", "1.9", "2.0"], ["1.4", "1.9"], ">=1.4,1.*"),
        (["~=1.4.2"], ["1.4.1", "1.4.2", "1.5"], ["1.4.2"], ">=1.4.2,1.4.*"),
        (["===1.0"], ["1.0", "1.1"], ["1.0"], "==1.0"),
        (["==2.5.1+cu121"], ["2.5.1", "2.5.0"], ["2.5.1"], "==2.5.1"),
        (["==1.0"], ["1.0.0", "1.1"], ["1.0.0"], "==1.0"),
        # the orders differ, so the versions are listed
        (["<2"], ["1.9", "2.0rc1", "2.0"], ["1.9"], "==1.9"),
        ([">1.7"], ["1.7", "1.7.post1", "1.8"], ["1.8"], "==1.8"),
        (["<=1.0"], ["1.0", "1.0+cu118", "1.1"], ["1.0", "1.0+cu118"], "<=1.0"),
        (["==1.0"], ["1.0", "1.0+cu118", "1.1"], ["1.0", "1.0+cu118"], "==1.0|==1.0+cu118"),
        (["<1"], ["1.9", "2.0"], [], "<1"),
        (["<2"], ["2.0rc1"], [], "!=2.0rc1"),
    ],
)
def test_a_demand_is_spelled(demands: list[str], versions: list[str], admitted: list[str], text: str) -> None:
    found = to_bound([parse_requirement(f"numpy{one}") for one in demands], known(*versions))
    assert found == (frozenset(admitted), text)


NUMBERS = st.integers(0, 3)
PLAIN = st.builds("{}.{}".format, NUMBERS, NUMBERS)
VERSIONS = st.builds("{}{}".format, PLAIN, st.sampled_from(["", ".1", "rc1", "a2", ".post1", ".dev1", "+cu1", ".0"]))
SPECIFIERS = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "~="]), PLAIN),
    st.builds("{}{}.*".format, st.sampled_from(["==", "!="]), PLAIN),
    st.builds("{}{}rc1".format, st.sampled_from(["<", ">=", "==", ">"]), PLAIN),
)


@given(st.lists(SPECIFIERS, min_size=1, max_size=3), st.sets(VERSIONS, min_size=1, max_size=8))
def test_conda_admits_what_pip_admits(demands: list[str], versions: set[str]) -> None:
    table = known(*versions)
    requirements = [parse_requirement(f"numpy{one}") for one in demands]
    allowed, text = to_bound(requirements, table)
    spec = parse_matchspec(Range(frozenset(table)).only(allowed, text).to_constraint(NUMPY))
    for version, public in table.items():
        expected = all(one.specifier.contains(public, prereleases=True) for one in requirements)
        assert spec.matches(version) is expected


@given(st.sets(VERSIONS, min_size=1, max_size=8), st.data())
def test_a_range_and_the_rest_are_the_whole(versions: set[str], data: st.DataObject) -> None:
    """What the solver is told of each part admits that part and nothing of the other."""
    table = known(*versions)
    part = frozenset(data.draw(st.sets(st.sampled_from(sorted(table)), min_size=1)))
    whole = Range(frozenset(table))
    inside, outside = whole.exactly(part), whole.without(part)
    assert inside.allowed | outside.allowed == whole.allowed
    assert not inside.allowed & outside.allowed
    for one in (inside, outside):
        spec = parse_matchspec(one.to_constraint(NUMPY))
        equal = {text for text in table if any(parse_matchspec(f"numpy =={a}").matches(text) for a in one.allowed)}
        assert {text for text in table if spec.matches(text)} <= equal


class OneTable:
    urls = ("https://conda.example.org/toy",)

    def __init__(self, *rows: tuple[str, str, tuple[str, ...]]) -> None:
        self._rows = rows

    def records(self, name: CondaName, subdir: str) -> tuple[CondaRecord, ...]:
        return tuple(CondaRecord(name, v, build, 0, subdir, "", "", depends=d) for v, build, d in self._rows)

    def solve(self, requests: object) -> tuple[()]:
        raise AssertionError(requests)


def test_only_what_the_python_and_the_request_admit_is_there_to_choose_from() -> None:
    channels = OneTable(
        ("2.4", "py311_0", ("python >=3.11,<3.12.0a0",)),
        ("2.3", "py312_0", ("python >=3.12,<3.13.0a0",)),
        ("2.2", "py_0", ("python >=3.11.4",)),
        ("2.1", "py_0", ("python 3.11.* *_cpython", "python_abi 3.11.*")),
        ("1.9", "mkl_0", ("python >=3.8",)),
        ("1.8", "blas_0", ("python >=3.8",)),
        ("1.7_1", "blas_0", ("python >=3.8",)),
        ("0.1", "blas_0", ("python >=3.8",)),
    )
    shelves = Shelves(channels, "linux-64", "3.11.9", ["numpy[version='>=1']", "numpy * *_0", "other <1", "=broken="])
    assert list(shelves.versions(NUMPY)) == ["2.4", "2.2", "2.1", "1.9", "1.8"]
    assert list(Shelves(channels, "linux-64", "", ["numpy[build='blas*']"]).versions(NUMPY)) == ["1.8", "0.1"]
