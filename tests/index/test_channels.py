"""Solving over channels in folders: priorities, specs, dates, earlier records, and folders that are no channel."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from compat.index import open_channels
from compat.model.conda_records import CondaRecord, CondaRefusal, CondaRequest
from compat.model.errors import UsageError
from compat.model.names import to_conda_name
from tests.channel_server import CONDA_DATA
from tests.index.toy_channels import GLIBC, Find, ask, solved, toy, versions, write_channel

FORGE = CONDA_DATA / "conda-forge"


# -- records ---------------------------------------------------------------------------------------------------------


def test_both_platforms_at_once(find: Find) -> None:
    with open_channels(find(FORGE)) as channels:
        requests = [
            CondaRequest(subdir, ("numpy 2.*", "python 3.12.*"), virtual=GLIBC)
            for subdir in ("linux-64", "linux-aarch64")
        ]
        x86, arm = (solved(answer) for answer in channels.solve(requests))
        assert channels.urls == (f"file://{FORGE}",)
    assert {record.subdir for record in x86.values()} == {"linux-64", "noarch"}
    assert {record.subdir for record in arm.values()} == {"linux-aarch64", "noarch"}
    assert list(x86) == sorted(x86)
    assert x86["numpy"].version == arm["numpy"].version


def test_every_field(home: Path, find: Find) -> None:
    record = toy("a", "1.0", "b >=1", "__glibc >=2.17", constrains=["c <2"], license="MIT", license_family="MIT")
    record |= {"build": "py_3", "build_number": 3, "timestamp": 1700000000123, "size": 12, "track_features": "f g"}
    record |= {"md5": "1" * 32, "sha256": "2" * 64, "arch": "x86_64", "platform": "linux", "features": "old"}
    record |= {"purls": ["pkg:pypi/a-b"], "python_site_packages_path": "lib/python3.13t/site-packages"}
    channel = write_channel(home / "c", linux_64=[record], noarch=[toy("b", "1", noarch="generic")])
    found = solved(ask(find(channel), "a"))
    assert found["a"] == CondaRecord(
        name=to_conda_name("a"),
        version="1.0",
        build="py_3",
        build_number=3,
        subdir="linux-64",
        channel=f"file://{channel}",
        url=f"file://{channel}/linux-64/a-1.0-py_3.conda",
        md5="1" * 32,
        sha256="2" * 64,
        size=12,
        depends=("b >=1", "__glibc >=2.17"),
        constrains=("c <2",),
        timestamp=1700000000123,
        license="MIT",
        license_family="MIT",
        track_features=("f", "g"),
        features="old",
        arch="x86_64",
        platform="linux",
        purls=("pkg:pypi/a-b",),
        python_site_packages_path="lib/python3.13t/site-packages",
    )
    assert (found["b"].noarch, found["b"].subdir) == ("generic", "noarch")


def test_records_are_newest_first_and_channel_by_channel(home: Path, find: Find) -> None:
    one = write_channel(
        home / "one", linux_64=[toy("a", v) for v in ("1.9", "1.10", "1.10rc1")], noarch=[toy("a", "1.9.1")]
    )
    two = write_channel(home / "two", linux_64=[toy("a", "2.0"), toy("b", "1")])
    with open_channels(find(one, two)) as channels:
        found = channels.records(to_conda_name("a"), "linux-64")
        assert channels.records(to_conda_name("a"), "linux-64") is found
        assert channels.records(to_conda_name("a"), "osx-64") == tuple(r for r in found if r.subdir == "noarch")
        assert channels.records(to_conda_name("nothing"), "linux-64") == ()
    assert [(record.version, record.channel[-3:]) for record in found] == [
        ("1.10", "one"),
        ("1.10rc1", "one"),
        ("1.9.1", "one"),
        ("1.9", "one"),
        ("2.0", "two"),
    ]


# -- the solver ------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(home: Path) -> tuple[Path, Path]:
    """The first has `a` 1 only, and a `b` that needs 2."""
    first = write_channel(home / "first", linux_64=[toy("a", "1"), toy("b", "1", "a >=2")])
    return first, write_channel(home / "second", linux_64=[toy("a", "1"), toy("a", "2"), toy("c", "1")])


@pytest.mark.parametrize(
    ("priority", "a", "b"),
    [("strict", "1", None), ("flexible", "1", {"a": "2", "b": "1"}), ("disabled", "2", {"a": "2", "b": "1"})],
)
def test_priority(find: Find, two: tuple[Path, Path], priority: str, a: str, b: dict[str, str] | None) -> None:
    found = find(*two, channel_priority=priority)
    assert versions(ask(found, "a")) == {"a": a}
    answer = ask(found, "b")
    assert isinstance(answer, CondaRefusal) if b is None else versions(answer) == b
    assert versions(ask(found, "a >=2")) == {"a": "2"}


def test_members_of_a_multichannel_share_a_priority(find: Find, two: tuple[Path, Path]) -> None:
    condarc = f"custom_multichannels:\n  both: [{two[0]}, {two[1]}]\n"
    assert versions(ask(find("both", condarc=condarc, channel_priority="strict"), "b")) == {
        "a": "2",
        "b": "1",
    }


@pytest.mark.parametrize(
    ("spec", "version"),
    [
        ("second::a", "2"),
        ("first::a", "1"),
        ("FOLDER/second::a", "2"),
        ("file://FOLDER/second::a", "2"),
        ("named::a", "2"),
        ("second::a=1", "1"),
        ("a[channel=second]", "2"),
        ("second/linux-64::a", "2"),
        ("FOLDER/second/linux-64::a", "2"),
    ],
)
def test_channel_of_a_spec(home: Path, find: Find, two: tuple[Path, Path], spec: str, version: str) -> None:
    found = find(*two, condarc=f"custom_multichannels: {{named: [{two[1]}]}}\n")
    assert versions(ask(found, spec.replace("FOLDER", str(home)))) == {"a": version}


def test_channel_of_a_spec_that_has_it_not(find: Find, two: tuple[Path, Path]) -> None:
    assert isinstance(ask(find(*two), "first::c"), CondaRefusal)


def test_folders_of_one_name_are_told_apart(home: Path, find: Find) -> None:
    one = write_channel(home / "x" / "c", linux_64=[toy("a", "1")])
    two = write_channel(home / "y" / "c", linux_64=[toy("a", "2")])
    assert versions(ask(find(one, two), f"{two}::a")) == {"a": "2"}


def test_specs_as_lenient_as_those_of_conda(home: Path, find: Find) -> None:
    records = [toy("a", "1.5.2", build="cuda12_0"), toy("a", "1.6", build="cpu_0")]
    found = find(write_channel(home / "c", linux_64=records))
    for spec in ("a=1.5", "a 1.5.*", "a=1.5.2=cuda*", "a=*=*cuda*", "a >=1.4.*,<1.6", "a[build=cuda12_0]", "A ==1.5.2"):
        assert versions(ask(found, spec)) == {"a": "1.5.2"}, spec


@pytest.mark.parametrize("spec", ["a >=<1", "a[md5=x]", "", "a b c d e=["])
def test_what_is_no_spec(home: Path, find: Find, spec: str) -> None:
    found = find(write_channel(home / "c", linux_64=[toy("a", "1")]))
    with pytest.raises(UsageError):
        ask(found, spec)


def test_no_solution(home: Path, find: Find) -> None:
    found = find(write_channel(home / "c", linux_64=[toy("a", "1")]))
    for answer in (ask(found, "nothing"), ask(found, "a 2.*")):
        assert isinstance(answer, CondaRefusal)
        assert not answer.cut_off
        assert "No candidates were found" in answer.text


def test_out_of_time(find: Find) -> None:
    found = find(FORGE)._replace(solve_seconds=0.000001)
    answer = ask(found, "pandas", "numpy")
    assert isinstance(answer, CondaRefusal)
    assert answer.cut_off


def test_track_features_are_passed_over(home: Path, find: Find) -> None:
    records = [toy("a", "1", build="plain"), toy("a", "1", build="tracked", build_number=9, track_features="t")]
    found = find(write_channel(home / "c", linux_64=records))
    assert solved(ask(found, "a"))["a"].build == "plain"


def test_virtual_packages_are_those_of_the_request(home: Path, find: Find) -> None:
    found = find(write_channel(home / "c", linux_64=[toy("a", "2", "__cuda >=12"), toy("a", "1")]))
    assert versions(ask(found, "a", virtual=())) == {"a": "1"}
    cuda = GLIBC[0]._replace(name="__cuda", version="12.4")
    assert versions(ask(found, "a", virtual=(cuda,))) == {"a": "2"}


def test_constraints_hold_for_what_comes_along_only(home: Path, find: Find) -> None:
    records = [toy("a", "1", "b"), toy("b", "2"), toy("b", "1"), toy("c", "1")]
    found = find(write_channel(home / "c", linux_64=records))
    assert versions(ask(found, "a", constraints=("b <2", "c <1"))) == {"a": "1", "b": "1"}


def test_records_of_an_earlier_solve_are_kept_where_they_fit(home: Path, find: Find) -> None:
    channel = write_channel(home / "c", linux_64=[toy("a", "1"), toy("b", "1", "a")])
    found = find(channel)
    old = tuple(solved(ask(found, "b")).values())
    write_channel(channel, linux_64=[*(toy("a", v) for v in ("1", "2")), toy("b", "1", "a"), toy("b", "2", "a")])
    assert versions(ask(found, "b", preferred=old)) == {"a": "1", "b": "1"}
    assert versions(ask(found, "b", "a >=2", preferred=old)) == {"a": "2", "b": "1"}
    assert versions(ask(found, "b")) == {"a": "2", "b": "2"}


def test_a_preferred_record_that_is_gone_is_not_brought_back(home: Path, find: Find) -> None:
    channel = write_channel(home / "c", linux_64=[toy("a", "1"), toy("a", "2")])
    found = find(channel)
    old = tuple(solved(ask(found, "a <2")).values())
    write_channel(channel, linux_64=[toy("a", "2")])
    assert versions(ask(found, "a", preferred=old)) == {"a": "2"}


@pytest.mark.parametrize(
    ("until", "version"),
    [
        ("2026-01-31", "2"),
        ("2026-01-30", "1"),
        ("2026-01-31T12:00:00Z", "1"),
        ("2026-01-31T12:00:01+00:00", "2"),
        ("", "4"),
    ],
)
def test_exclude_newer(home: Path, find: Find, until: str, version: str) -> None:
    """A day counts to its end, a moment does not count; what says no time is left out."""
    noon = 1769860800000  # 2026-01-31T12:00:00Z
    records = [
        toy("a", "1", timestamp=noon - 86_400_000),
        toy("a", "2", timestamp=noon),
        toy("a", "3", timestamp=noon + 86_400_000),
        toy("a", "4"),
    ]
    found = find(write_channel(home / "c", linux_64=records), exclude_newer=until)
    assert versions(ask(found, "a")) == {"a": version}
    with open_channels(found) as channels:
        assert channels.records(to_conda_name("a"), "linux-64")[0].version == version


def test_without_py_rattler(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rattler", None)
    with pytest.raises(UsageError) as caught:
        ask(find(FORGE), "numpy")
    assert str(caught.value) == (
        "conda packages are solved by py-rattler, which is not installed\nhint: pip install 'compat-matrix[conda]'"
    )
