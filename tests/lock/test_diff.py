"""What changed between two locks: each kind of change, locks of different formats, and the laws that hold for all."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import compat
from compat.lock import FORMATS, ReadLock, ReadPackage, write_lock
from compat.lock.diff import Compared, diff_locks
from compat.lock.families import family_of
from compat.lock.reading import ReadRecord
from compat.model.distributions import DistFile
from compat.model.lock_changes import FAMILIES, Change, LockDiff, OnTarget, Side
from compat.model.names import to_conda_name, to_pypi_name
from compat.model.places import Place
from tests.lock.pixi_universe import FORGE, mixed_lock, record
from tests.lock.universe import ARM, INDEX, X86

BOTH = (Compared("linux-64", X86, X86), Compared("linux-aarch64", ARM, ARM))
AT = Place("pixi.lock")


def conda(
    name: str, version: str, build: str = "h1_0", subdir: str = "linux-64", channel: str = FORGE, sha: str = ""
) -> ReadRecord:
    made = record(name, version, build, subdir)
    return ReadRecord(made._replace(channel=channel, sha256=sha or made.sha256), subdir, AT)


def pip(
    name: str, version: str, *, sha: str = "a", index: str = "", url: str | None = None, file: str = ""
) -> ReadPackage:
    found = DistFile(file or f"{name}-{version}-py3-none-any.whl", "", (("sha256", sha),))
    return ReadPackage(to_pypi_name(name), version, AT, files=(found,), index_url=index, url=url)


def lock(
    *entries: ReadRecord | ReadPackage, subdirs: Sequence[str] = ("linux-64",), channels: Sequence[str] = ()
) -> ReadLock:
    return ReadLock(
        "pixi.lock",
        "pixi-lock",
        tuple(one for one in entries if isinstance(one, ReadPackage)),
        conda=tuple(one for one in entries if isinstance(one, ReadRecord)),
        subdirs=tuple(subdirs),
        channels=tuple(channels),
    )


def changes(old: ReadRecord | ReadPackage | None, new: ReadRecord | ReadPackage | None) -> list[Change]:
    before, after = (lock(*([one] if one is not None else [])) for one in (old, new))
    return list(diff_locks(before, after, BOTH[:1]).changes)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (None, pip("numpy", "2.0"), "added"),
        (conda("numpy", "2.0"), None, "removed"),
        (pip("numpy", "2.9"), pip("numpy", "2.10"), "upgraded"),
        (conda("numpy", "2.10"), conda("numpy", "2.9"), "downgraded"),
        # The two orders disagree on local versions.
        (pip("torch", "2.7"), pip("torch", "2.7+cu128"), "upgraded"),
        (conda("pytorch", "2.7"), conda("pytorch", "2.7+cu128"), "downgraded"),
        # Letters are pre-releases to conda, whatever OpenSSL meant by them.
        (conda("openssl", "1.1.1"), conda("openssl", "1.1.1a"), "downgraded"),
        (pip("numpy", "2.0"), pip("numpy", "2.0.0"), "changed"),
        (pip("x", "2.0"), pip("x", "odd"), "changed"),
        (conda("numpy", "2.0"), conda("numpy", "2.0", "h2_1"), "rebuilt"),
        (conda("numpy", "2.0"), conda("numpy", "2.0", channel="https://repo.anaconda.com/pkgs/main"), "moved"),
        (pip("torch", "2.0", index=INDEX), pip("torch", "2.0", index="https://other.example.org"), "moved"),
        (
            pip("x", "2", url="git+https://g.example.org/x@a"),
            pip("x", "2", url="git+https://g.example.org/x@b"),
            "moved",
        ),
        (conda("numpy", "2.0"), conda("numpy", "2.0", sha="0" * 64), "hashes"),
        (pip("numpy", "2.0"), pip("numpy", "2.0", sha="b"), "hashes"),
    ],
)
def test_kinds(old: ReadRecord | ReadPackage | None, new: ReadRecord | ReadPackage | None, kind: str) -> None:
    (found,) = changes(old, new)
    assert found.kind == kind
    assert (found.old is None, found.new is None) == (old is None, new is None)
    assert bool(found.hashes) == (kind == "hashes")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # What one of the locks does not say is no change.
        (pip("numpy", "2.0", index=INDEX), pip("numpy", "2.0")),
        (conda("numpy", "2.0", channel=""), conda("numpy", "2.0")),
        # Another wheel of the same release.
        (pip("x", "1", file="x-1-cp311-linux.whl"), pip("x", "1", sha="b", file="x-1-cp311-manylinux.whl")),
        # A requirements file lists hashes of all files, and no names.
        (pip("x", "1"), pip("x", "1")._replace(files=None, hashes=(("sha256", "a"), ("sha256", "b")))),
        (pip("x", "1", index=INDEX), pip("x", "1", index=f"{INDEX}/")),
    ],
)
def test_no_change(old: ReadRecord | ReadPackage, new: ReadRecord | ReadPackage) -> None:
    assert changes(old, new) == []
    assert changes(new, old) == []


def test_no_hash_in_common_is_told_without_a_file() -> None:
    listed = pip("x", "1")._replace(files=None, hashes=(("sha256", "c"), ("sha256", "b")))
    (found,) = changes(pip("x", "1"), listed)
    assert [(one.file, one.old, one.new) for one in found.hashes] == [("", "a", "b")]


def test_the_same_on_all_targets_is_one_change() -> None:
    """Builds of one release are called differently on each platform, and are kept with their target."""
    subdirs = ("linux-64", "linux-aarch64")
    old = lock(
        *(conda("numpy", "2.0", f"{build}_0", subdir) for build, subdir in zip(("ha", "hb"), subdirs, strict=True)),
        subdirs=subdirs,
    )
    new = lock(
        *(conda("numpy", "2.1", f"{build}_3", subdir) for build, subdir in zip(("hc", "hd"), subdirs, strict=True)),
        subdirs=subdirs,
    )
    assert diff_locks(old, new, BOTH).changes == (
        Change(
            "other",
            "numpy",
            "conda",
            "upgraded",
            Side("2.0", FORGE),
            Side("2.1", FORGE),
            (OnTarget("linux-64", "ha_0", "hc_3"), OnTarget("linux-aarch64", "hb_0", "hd_3")),
        ),
    )


def test_a_target_of_one_lock_only_is_named_and_not_compared() -> None:
    old = lock(conda("numpy", "2.0"))
    targets = (Compared("linux-64", X86, X86), Compared("linux-aarch64", None, ARM))
    new = lock(
        conda("numpy", "2.0"), conda("scipy", "1.0", subdir="linux-aarch64"), subdirs=("linux-64", "linux-aarch64")
    )
    found = diff_locks(old, new, targets)
    assert (found.changes, found.targets, found.only_new, found.same) == ((), ("linux-64",), ("linux-aarch64",), 1)
    assert not found.is_empty


def test_channels_by_name_and_by_address_are_the_same() -> None:
    named, addressed = lock(channels=("conda-forge",)), lock(channels=(FORGE,))
    assert diff_locks(named, addressed, BOTH[:1]).channels is None
    other = lock(channels=("nvidia", "conda-forge"))
    assert diff_locks(named, other, BOTH[:1]).channels == (("conda-forge",), ("nvidia", "conda-forge"))


def _files(folder: Path) -> list[str]:
    """One lock in every format, for linux-64 where a file is for one target; what conda-lock cannot hold is left out."""
    made = mixed_lock()
    targets = tuple(
        one._replace(packages=tuple(each for each in one.packages if each.name != "away")) for one in made.targets
    )
    names = {}
    for name in FORMATS:
        for written in write_lock(made._replace(targets=targets), name, INDEX, str(folder)).files:
            (folder / written.name).write_bytes(written.data)
            if written.target in ("", "linux-64") and written.name != "pixi.toml":
                names[written.name] = written
    return list(names)


def test_one_lock_in_two_formats_does_not_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever two: what a format has no room for is named, and is no change."""
    monkeypatch.chdir(tmp_path)
    names = _files(tmp_path)
    assert len(names) == 7
    for old, new in itertools.product(names, repeat=2):
        found = compat.diff_locks(old, new)
        assert (found.changes, found.channels) == ((), None), (old, new)
        parts = {"conda", "pip"} - ({"pip"} if "conda-linux-64.lock" in (old, new) else set())
        parts -= (
            {"conda"} if {old, new} & {"pylock.toml", "pylock.linux-64.toml", "requirements.linux-64.txt"} else set()
        )
        count = {"conda": {"linux-64": 10, "linux-aarch64": 9}, "pip": {"linux-64": 6, "linux-aarch64": 5}}
        assert found.same == sum(count[part][target] for part in parts for target in found.targets), (old, new)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("torch", "torch"),
        ("pytorch", "torch"),
        ("pytorch-cuda", "torch"),
        ("torchvision", "torch"),
        ("triton", "torch"),
        ("pytorch-lightning", "other"),
        ("nvidia-cublas-cu12", "cuda"),
        ("nvidia-ml-py", "other"),
        ("cuda-version", "cuda"),
        ("cudatoolkit", "cuda"),
        ("libcublas", "cuda"),
        ("libcurl", "other"),
        ("libcufile-dev", "cuda"),
        ("cudnn", "cuda"),
        ("python", "python"),
        ("python_abi", "python"),
        ("python-dateutil", "other"),
        ("numpy", "other"),
    ],
)
def test_families(name: str, family: str) -> None:
    assert family_of(name) == family
    assert family in FAMILIES


NAMES = st.sampled_from(["torch", "numpy", "python", "nvidia-nccl-cu12", "pip"])
VERSIONS = st.sampled_from(["1.0", "1.0.0", "1.1", "2.0+cu118", "2.0", "odd_"])
SUBDIRS = st.sampled_from(["linux-64", "linux-aarch64"])
HASHES = st.sampled_from(["0" * 64, "1" * 64])


@st.composite
def locks(draw: Callable[..., object]) -> ReadLock:
    def one(strategy: st.SearchStrategy[str]) -> str:
        return str(draw(strategy))

    records = {}
    packages = {}
    for _ in range(int(str(draw(st.integers(0, 6))))):
        name, subdir = one(NAMES), one(SUBDIRS)
        channel = one(st.sampled_from([FORGE, "https://conda.anaconda.org/nvidia", ""]))
        records[name, subdir] = conda(
            name, one(VERSIONS), one(st.sampled_from(["h1_0", "h2_1"])), subdir, channel, one(HASHES)
        )
    for _ in range(int(str(draw(st.integers(0, 4))))):
        name = one(NAMES)
        index = one(st.sampled_from([INDEX, ""]))
        found = pip(name, one(VERSIONS), sha=one(HASHES), index=index)
        packages[name] = found if draw(st.booleans()) else found._replace(files=None, hashes=(("sha256", one(HASHES)),))
    subdirs = ["linux-64", "linux-aarch64"] if draw(st.booleans()) else ["linux-64"]
    kind = one(st.sampled_from(["pixi-lock", "pixi-lock", "pylock", "explicit"]))
    records = {} if kind == "pylock" else records
    packages = {} if kind == "explicit" else packages
    found_lock = lock(
        *(each for each in records.values() if each.subdir in subdirs),
        *packages.values(),
        subdirs=subdirs,
        channels=[one(st.sampled_from(["conda-forge", "nvidia"]))],
    )
    return found_lock._replace(kind=kind)


def compared(old: ReadLock, new: ReadLock) -> list[Compared]:
    return [
        Compared(name, target if name in old.subdirs else None, target if name in new.subdirs else None)
        for name, target in (("linux-64", X86), ("linux-aarch64", ARM))
        if name in (*old.subdirs, *new.subdirs)
    ]


OPPOSITE = {"added": "removed", "removed": "added", "upgraded": "downgraded", "downgraded": "upgraded"}


def reverse(found: LockDiff) -> LockDiff:
    turned = tuple(
        change._replace(
            kind=OPPOSITE.get(change.kind, change.kind),
            old=change.new,
            new=change.old,
            targets=tuple(OnTarget(one.target, one.new_build, one.old_build) for one in change.targets),
            hashes=tuple(one._replace(old=one.new, new=one.old) for one in change.hashes),
        )
        for change in found.changes
    )
    channels = found.channels and (found.channels[1], found.channels[0])
    found = found._replace(parts_old=found.parts_new, parts_new=found.parts_old)
    return found._replace(
        old=found.new,
        new=found.old,
        changes=turned,
        only_old=found.only_new,
        only_new=found.only_old,
        channels=channels,
    )


@given(locks())
def test_a_lock_does_not_differ_from_itself(one: ReadLock) -> None:
    found = diff_locks(one, one, compared(one, one))
    assert found.is_empty
    assert found.changes == ()


@given(locks(), locks())
def test_the_diff_reversed_is_the_diff_of_the_reverse(old: ReadLock, new: ReadLock) -> None:
    forward = diff_locks(old, new, compared(old, new))
    back = diff_locks(new, old, compared(new, old))
    turned = reverse(forward)
    assert sorted(map(repr, turned.changes)) == sorted(map(repr, back.changes))
    assert turned._replace(changes=()) == back._replace(changes=())


@given(locks(), locks())
def test_every_package_is_counted_once(old: ReadLock, new: ReadLock) -> None:
    """Those of OLD on the targets compared are the same, changed or removed."""
    found = diff_locks(old, new, compared(old, new))
    here = [name for name in old.subdirs if name in new.subdirs]
    count = sum(each.subdir in here for each in old.conda if new.kind != "pylock")
    count += len(old.packages) * len(here) if new.kind != "explicit" else 0
    assert count == found.same + sum(len(change.targets) for change in found.changes if change.old is not None)


def test_conda_names_are_no_pypi_names() -> None:
    """One name in both parts is two packages."""
    found = changes(ReadRecord(record("numpy", "1", "h_0"), "linux-64", AT), pip("numpy", "2"))
    assert [(one.ecosystem, one.kind) for one in found] == [("conda", "removed"), ("pip", "added")]
    assert to_conda_name("numpy") == "numpy"
