"""Laws of the formats with a conda part: what is written is read again, and any bytes are a lock or one clear error."""

from __future__ import annotations

import contextlib

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.formats import read
from compat.lock import (
    read_conda_lock,
    read_environment_lock,
    read_explicit,
    write_conda_lock,
    write_environment,
    write_explicit,
)
from compat.lock.conda_lock.reader import _Reader
from compat.lock.conda_lock.urls import parse_package_url
from compat.lock.conda_sort import in_order
from compat.model.conda_records import CondaRecord
from compat.model.errors import FileProblem
from compat.model.locking import LockedRecord
from compat.model.names import to_conda_name
from compat.text.source import decode
from tests.lock.conda_universe import ARM, CHANNEL, X86, conda_lock, locked

NAMES = ("a", "_b", "c-d", "e.f", "no", "1e3", "null", "x264", "0x1f")
VERSIONS = ("1", "1.10", "2024a", "1e5", "1.0+cu118", "0x10", "true", "2.*", "1!2.0", "0_1")
BUILDS = ("0", "py312h1_0", "0_cpython", "1e3", "no", "3_kmp_llvm")
SPECS = ("", ">=1.0,<2.0a0", "1.10", "3.12.* *_cp312", "2|3", "!=1.5", "*", "=1.2=py_0", "=1e3")
HEX = st.integers(0, 2**128 - 1)


@st.composite
def conda_records(draw: st.DrawFn, subdir: str) -> tuple[LockedRecord, ...]:
    """Packages of one platform; what they depend on may be in a circle, or not be there."""
    found = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1)):
        version = draw(st.sampled_from(VERSIONS))
        build = draw(st.sampled_from(BUILDS))
        folder = draw(st.sampled_from((subdir, "noarch")))
        needs = draw(st.dictionaries(st.sampled_from((*NAMES, "__glibc")), st.sampled_from(SPECS)))
        record = CondaRecord(
            to_conda_name(name),
            version,
            build,
            0,
            folder,
            CHANNEL,
            f"{CHANNEL}/{folder}/{name}-{version}-{build}{draw(st.sampled_from(('.conda', '.tar.bz2')))}",
            f"{draw(HEX):032x}",
            draw(st.sampled_from(("", f"{draw(HEX):064x}"))),
            depends=tuple(f"{need} {needs[need]}".strip() for need in sorted(needs)),
        )
        found.append(LockedRecord(record))
    return tuple(found)


@settings(max_examples=40, deadline=None)
@given(conda_records("linux-64"), conda_records("linux-aarch64"))
def test_conda_lock_round_trip(x86: tuple[LockedRecord, ...], arm: tuple[LockedRecord, ...]) -> None:
    """Every value is a text to YAML's own rules too, and every record comes back whole."""
    data = write_conda_lock(
        conda_lock(locked(X86, pip=())._replace(conda=x86), locked(ARM, pip=())._replace(conda=arm))
    )
    found = read_conda_lock("conda-lock.yml", data)
    assert found == _Reader(decode("conda-lock.yml", data)).read()  # by YAML, as files of others are read
    for subdir, written in (("linux-64", x86), ("linux-aarch64", arm)):
        records = [each.record for each in found.conda if each.subdir == subdir]
        assert sorted(records) == sorted(each.record for each in written)
    for entry in yaml.safe_load(data)["package"]:
        texts = (
            entry["name"],
            entry["version"],
            entry["url"],
            *entry["hash"].values(),
            *entry["dependencies"].values(),
        )
        assert all(isinstance(each, str) for each in (*texts, *entry["dependencies"]))


@settings(max_examples=40, deadline=None)
@given(conda_records("linux-64"))
def test_explicit_round_trip(records: tuple[LockedRecord, ...]) -> None:
    found = read_explicit("x.lock", write_explicit(locked(X86)._replace(conda=records)))
    assert [(each.record.url, each.record.md5) for each in found.conda] == [
        (each.url, each.md5) for each in in_order([one.record for one in records])
    ]


@settings(max_examples=40, deadline=None)
@given(conda_records("linux-64"))
def test_pinned_environment_round_trip(records: tuple[LockedRecord, ...]) -> None:
    """Globs of versions aside, which no channel has."""
    real = tuple(each for each in records if "*" not in each.record.version)
    one = locked(X86)._replace(conda=real or locked(X86).conda)
    found = read_environment_lock(read("x.yml", write_environment(conda_lock(one), one), "environment"))
    assert [(each.record.name, each.record.version, each.record.build) for each in found.conda] == [
        (each.record.name, each.record.version, each.record.build)
        for each in sorted(one.conda, key=lambda each: each.record.name)
    ]


@settings(max_examples=60, deadline=None)
@given(conda_records("linux-64"))
def test_an_order_holds_every_record_once(records: tuple[LockedRecord, ...]) -> None:
    ordered = in_order([each.record for each in records])
    assert sorted(ordered) == sorted(each.record for each in records)
    assert ordered == in_order([each.record for each in records[::-1]])


KEYS = (
    "version: 1\n",
    "metadata:\n  platforms: [linux-64]\n",
    "package:\n",
    "- name: x\n",
    "  url: y\n",
    "&a ",
    "*a\n",
    "{",
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(KEYS)).map(lambda each: "".join(each).encode())))
def test_any_bytes_are_a_lock_or_one_error(data: bytes) -> None:
    for reader in (read_conda_lock, read_explicit):
        for text in (data, b"@EXPLICIT\n" + data):
            with contextlib.suppress(FileProblem):
                assert reader("x", text).path == "x"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_url_is_a_package_or_none(text: str) -> None:
    found = parse_package_url(f"https://example.org/c/linux-64/{text}.conda")
    assert found is None or all((found.name, found.version, found.build))
