"""pixi.lock and pixi.toml: whole files, what py-rattler and our own reader see in them, and pixi's walk from one to the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rattler.lock import LockFile
from rattler.lock.package import CondaLockedPackage, PypiLockedPackage

from compat.formats import read
from compat.lock import UnwritableError, write_lock
from compat.lock.pixi.manifest import write_pixi_manifest
from compat.lock.pixi.reader import read_pixi_lock
from compat.lock.pixi.writer import write_pixi_lock
from compat.model.conda_records import CondaRecord, VirtualPackage
from compat.model.locking import Lock, LockedChannel, LockedPackage, LockedRecord, LockedTarget
from compat.model.names import to_conda_name, to_pypi_name
from tests.lock.pixi_universe import (
    CHANNEL,
    ENVIRONMENT,
    FORGE,
    conda_lock,
    environment,
    mixed_lock,
    record,
    unsatisfied,
)
from tests.lock.universe import ARM, INDEX, X86, X86_312, package, torch_lock

REPODATA = Path(__file__).parents[1] / "data" / "conda" / "conda-forge"


def test_whole_files(golden: Callable[[str, str], None]) -> None:
    golden("pixi.lock", write_pixi_lock(mixed_lock(), INDEX).decode())
    golden("pixi.toml", write_pixi_manifest(mixed_lock(), INDEX).data.decode())


@pytest.mark.parametrize("lock", [mixed_lock(), conda_lock()], ids=["mixed", "conda"])
def test_pixi_finds_nothing_against_the_lock(lock: Lock, tmp_path: Path) -> None:
    """As far as pixi's walk can be followed without pixi."""
    path = tmp_path / "pixi.lock"
    path.write_bytes(write_pixi_lock(lock, INDEX))
    assert unsatisfied(write_pixi_manifest(lock, INDEX).data, path) == []


def test_the_walk_finds_what_is_wrong(tmp_path: Path) -> None:
    """A package too many, one too few, another channel: else the test above could not fail."""
    lock = mixed_lock()
    path = tmp_path / "pixi.lock"
    path.write_bytes(write_pixi_lock(lock, INDEX))
    other = write_pixi_manifest(lock, INDEX).data
    for old, new, expected in (
        (b'pip = "*"\n', b"", "linux-64: nothing asks for pip"),
        (b'numba = "*"', b'numba = "<0.62"', "linux-64: 0.62.1 does not do for numba<0.62"),
        (b'["conda-forge"]', b'["main"]', "channels"),
        (b'simple"', b'other"', "indexes"),
        (b'python = "3.11.*"', b'python = "3.12.*"', "linux-64: python 3.12.* is not locked"),
    ):
        assert old in other
        assert expected in unsatisfied(other.replace(old, new), path)


def seen_by_rattler(data: bytes, folder: Path) -> dict[str, set[tuple[object, ...]]]:
    """Each platform's packages: kind, name, version, URL, SHA-256 and what else installing them takes."""
    path = folder / "pixi.lock"
    path.write_bytes(data)
    found = LockFile.from_path(path).default_environment()
    assert found is not None
    seen: dict[str, set[tuple[object, ...]]] = {}
    for platform in found.platforms():
        rows = seen.setdefault(str(platform.subdir), set())
        for one in found.packages(platform) or ():
            hashes = one.hashes if one._package.hashes is not None else None
            digest = hashes.sha256.hex() if hashes is not None and hashes.sha256 is not None else ""
            if isinstance(one, PypiLockedPackage):
                rows.add(("pypi", one.name, str(one.version), one.location, digest, one.requires_python or ""))
            else:
                assert isinstance(one, CondaLockedPackage)
                it = one.package_record
                assert it is not None
                md5 = it.md5.hex() if it.md5 is not None else ""
                build = (str(it.build), it.build_number, it.subdir, it.size)
                lists = (tuple(it.depends), tuple(it.constrains), tuple(it.track_features))
                rows.add(("conda", one.name, str(it.version), one.location, digest, md5, *build, *lists, it.license))
    return seen


def as_locked(locked: LockedTarget, where: Callable[[LockedPackage], str]) -> set[tuple[object, ...]]:
    rows: set[tuple[object, ...]] = set()
    for one in locked.packages:
        digest = dict(one.files[0].hashes)["sha256"] if one.files else ""
        rows.add(("pypi", one.name, one.version, where(one), digest, one.requires_python))
    for each in locked.conda:
        it = each.record
        build = (it.build, it.build_number, it.subdir, it.size)
        lists = (it.depends, it.constrains, it.track_features)
        rows.add(("conda", it.name, it.version, it.url, it.sha256, it.md5, *build, *lists, it.license or None))
    return rows


def location(one: LockedPackage) -> str:
    return {
        "here": "direct+https://files.example.org/here-2.0-py3-none-any.whl",
        "away": f"git+https://git.example.org/away.git?subdirectory=python#{'a' * 40}",
    }.get(one.name) or one.files[0].url


def test_rattler_sees_what_is_locked(tmp_path: Path) -> None:
    lock = mixed_lock()
    seen = seen_by_rattler(write_pixi_lock(lock, INDEX), tmp_path)
    assert seen == {locked.target.subdir: as_locked(locked, location) for locked in lock.targets}


def real_records(subdir: str) -> list[CondaRecord]:
    """All records of the test channel for one platform, as repodata has them."""
    found = []
    for folder in (subdir, "noarch"):
        data = json.loads((REPODATA / folder / "repodata.json").read_text())
        for name, it in {**data["packages"], **data.get("packages.conda", {})}.items():
            found.append(
                CondaRecord(
                    name=to_conda_name(it["name"]),
                    version=it["version"],
                    build=it["build"],
                    build_number=it["build_number"],
                    subdir=it["subdir"],
                    channel=FORGE,
                    url=f"{FORGE}/{folder}/{name}",
                    md5=it.get("md5", ""),
                    sha256=it.get("sha256", ""),
                    size=it.get("size"),
                    depends=tuple(it["depends"]),
                    constrains=tuple(it.get("constrains", ())),
                    timestamp=it.get("timestamp"),
                    noarch=it.get("noarch", "") or "",
                    license=it.get("license") or "",
                    license_family=it.get("license_family") or "",
                    track_features=tuple(it.get("track_features", "").split())
                    if isinstance(it.get("track_features", ""), str)
                    else tuple(it["track_features"]),
                    features=it.get("features") or "",
                    purls=tuple(it.get("purls") or ()),
                    python_site_packages_path=it.get("python_site_packages_path") or "",
                )
            )
    return found


def test_every_record_of_a_real_channel_comes_through(tmp_path: Path) -> None:
    """Written, read by py-rattler, read by ourselves: 1,073 and 835 records of conda-forge, whatever their fields hold."""
    targets = tuple(
        LockedTarget(target, target.subdir, (), conda=tuple(LockedRecord(one) for one in real_records(target.subdir)))
        for target in (X86, ARM)
    )
    lock = Lock(targets, (), (CHANNEL,))
    data = write_pixi_lock(lock)
    assert seen_by_rattler(data, tmp_path) == {one.target.subdir: as_locked(one, location) for one in targets}
    found = read_pixi_lock("pixi.lock", data)
    for locked in targets:
        own = {each.record for each in found.conda if each.subdir == locked.target.subdir}
        assert own == {each.record for each in locked.conda}


def test_own_reader_gives_back_what_was_locked() -> None:
    lock = mixed_lock()
    found = read_pixi_lock("a/pixi.lock", write_pixi_lock(lock, INDEX))
    assert (found.kind, found.channels, found.subdirs) == ("pixi-lock", (FORGE,), ("linux-64", "linux-aarch64"))
    for locked in lock.targets:
        packages = found.for_target(locked.target)
        assert {(one.name, one.version, one.requires_python) for one in packages} == {
            (one.name, one.version, one.requires_python) for one in locked.packages
        }
        records = {each.record._replace(purls=()) for each in found.conda if each.subdir == locked.target.subdir}
        assert records == {each.record for each in locked.conda}
        by_name = {one.name: one for one in packages}
        assert by_name[to_pypi_name("numba")].dependencies == ("llvmlite",)
        assert by_name[to_pypi_name("here")].url == "https://files.example.org/here-2.0-py3-none-any.whl"
        assert (
            by_name[to_pypi_name("away")].url == f"git+https://git.example.org/away.git@{'a' * 40}#subdirectory=python"
        )


def test_same_lock_same_bytes() -> None:
    lock = mixed_lock()
    turned = lock._replace(
        targets=tuple(
            one._replace(conda=tuple(reversed(one.conda)), packages=tuple(reversed(one.packages)))
            for one in reversed(lock.targets)
        )
    )
    assert write_pixi_lock(turned, INDEX) == write_pixi_lock(lock, INDEX)
    assert write_pixi_manifest(turned, INDEX) == write_pixi_manifest(lock, INDEX)


def test_records_of_a_channel_on_disk_say_what_a_path_does_not(tmp_path: Path) -> None:
    """Platform and channel are read off addresses of the web alone."""
    made = record("python", "3.11.9", "h955ad1f_0")._replace(
        channel="file:///srv/channel", url="file:///srv/channel/linux-64/python-3.11.9-h955ad1f_0.conda"
    )
    channel = LockedChannel("file:///srv/channel", ("file:///srv/channel",))
    data = write_pixi_lock(Lock((LockedTarget(X86, "linux-64", (), conda=(LockedRecord(made),)),), (), (channel,)))
    ((_, name, _, location, *_),) = seen_by_rattler(data, tmp_path)["linux-64"]
    assert (name, location) == ("python", "/srv/channel/linux-64/python-3.11.9-h955ad1f_0.conda")
    assert [each.record for each in read_pixi_lock("pixi.lock", data).conda] == [made]


def test_no_credentials() -> None:
    lock = mixed_lock()
    secret = package("secret", "1.0")
    secret = secret._replace(
        files=(secret.files[0]._replace(url="https://me:hush@pkgs.example.org/secret-1.0-py3-none-any.whl"),)
    )
    targets = tuple(one._replace(packages=(*one.packages, secret)) for one in lock.targets)
    for data in (
        write_pixi_lock(lock._replace(targets=targets), "https://me:hush@pkgs.example.org/simple"),
        write_pixi_manifest(lock._replace(targets=targets), "https://me:hush@pkgs.example.org/simple").data,
    ):
        assert b"hush" not in data
        assert b"me:secret" not in data


def test_our_pixi_reader_reads_the_manifest_back() -> None:
    lock = mixed_lock()
    document = read("pixi.toml", write_pixi_manifest(lock, INDEX).data, "pixi")
    assert not document.problems
    assert {(one.name, str(one.spec.version), one.spec.build, one.spec.channel) for one in document.conda} >= {
        ("numpy", ">=1.26,<3", None, "conda-forge"),
        ("pytorch", "2.7.1", "cuda129*", None),
        ("python", "3.11.*", None, None),
    }
    assert {(one.name, one.platforms) for one in document.conda} >= {("libgomp", ("linux-64",)), ("pip", ())}
    assert {(one.name, one.requirement.url) for one in document.pip} == {
        ("numba", None),
        ("tool", None),
        ("triton", None),
        ("here", "https://files.example.org/here-2.0-py3-none-any.whl"),
        ("away", "git+https://git.example.org/away.git@main"),
    }
    assert [(one.name, one.version) for one in document.system] == [("cuda", "12.9"), ("cuda", "12.9")]
    assert document.platforms == ("linux-64", "linux-aarch64")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("numpy", 'numpy = "*"'),
        ("numpy=1.26", 'numpy = "1.26.*"'),
        ("numpy 1.26", 'numpy = "==1.26"'),
        ("numpy >=1.26.*", 'numpy = ">=1.26"'),
        ("numpy >=1,<2|>=3", 'numpy = ">=1,<2|>=3"'),
        ("numpy >=1|<0.5\n  - numpy !=2", 'numpy = "(>=1|<0.5),!=2"'),
        ("numpy[version='>1',build_number='>=3']", 'numpy = { version = ">1", build-number = ">=3" }'),
        ("python", 'python = "3.11.*"'),
    ],
)
def test_conda_requirements_in_words_of_pixi(lines: str, expected: str) -> None:
    found = environment(f"dependencies:\n  - {lines}\n")
    locked = LockedTarget(X86, "linux-64", (), conda=(LockedRecord(record(found.conda[0].name, "3", "0_0")),))
    text = write_pixi_manifest(Lock((locked,), (), (CHANNEL,), found)).data.decode()
    assert text.partition("[dependencies]\n")[2] == f"{expected}\n"


def test_virtual_packages_stand_where_they_are_not_what_pixi_assumes() -> None:
    usual = (
        VirtualPackage("__archspec", "1", "x86_64"),
        VirtualPackage("__glibc", "2.28"),
        VirtualPackage("__linux", "4.18"),
    )
    other = (
        VirtualPackage("__archspec", "1", "zen4"),
        VirtualPackage("__glibc", "2.35"),
        VirtualPackage("__linux", "6.1"),
    )
    lines = []
    for virtual in (usual, other):
        lock = Lock((LockedTarget(X86, "linux-64", (), virtual=virtual),), (), (CHANNEL,))
        lines.append(next(line for line in write_pixi_manifest(lock).data.decode().splitlines() if "platforms" in line))
    assert lines == [
        'platforms = ["linux-64"]',
        'platforms = [{ platform = "linux-64", archspec = "zen4", glibc = "2.35", linux = "6.1" }]',
    ]


def test_channels_by_address_where_their_name_is_not_theirs() -> None:
    defaults = LockedChannel("defaults", ("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"))
    lock = conda_lock()._replace(channels=(CHANNEL, defaults))
    text = write_pixi_manifest(lock).data.decode()
    assert '["conda-forge", "https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"]' in text
    assert read_pixi_lock("pixi.lock", write_pixi_lock(lock)).channels == (FORGE, *defaults.urls)


def test_members_are_dependencies_by_their_folder(tmp_path: Path) -> None:
    member = LockedPackage(to_pypi_name("app"), "1.0", "", (), url="file:libs/app", editable=True)
    lock = mixed_lock()
    lock = lock._replace(targets=tuple(one._replace(packages=(*one.packages, member)) for one in lock.targets))
    manifest = write_pixi_manifest(lock, INDEX).data
    assert b'app = { path = "./libs/app", editable = true }' in manifest
    path = tmp_path / "pixi.lock"
    path.write_bytes(write_pixi_lock(lock, INDEX))
    assert b"pypi: ./libs/app\n" in path.read_bytes()
    assert unsatisfied(manifest, path) == []


def test_without_who_provides_what_pixi_is_left_to_its_own_table() -> None:
    """``purls: []`` would say that numpy is no PyPI project."""
    lock = conda_lock()
    bare = tuple(one._replace(conda=tuple(each._replace(provides=()) for each in one.conda)) for one in lock.targets)
    assert b"purls" not in write_pixi_lock(lock._replace(targets=bare))


def test_a_provided_version_of_its_own_is_said() -> None:
    lock = conda_lock()
    first = lock.targets[0]
    changed = LockedRecord(record("pytorch", "2.7.1", "0_0"), provides=((to_pypi_name("torch"), "2.7.1+cu129"),))
    data = write_pixi_lock(lock._replace(targets=(first._replace(conda=(changed,)),)))
    assert b"  - pkg:pypi/torch@2.7.1%2Bcu129\n" in data


@pytest.mark.parametrize(
    ("lock", "why"),
    [
        (torch_lock(), "pixi installs Python itself as a conda package, and none is locked for linux-64"),
        (
            mixed_lock()._replace(targets=(mixed_lock().targets[0], mixed_lock().targets[0]._replace(target=X86_312))),
            "it has one set of packages a platform, and `linux-64,glibc=2.28,python=3.11` and `linux-64,glibc=2.28,python=3.12` share theirs",
        ),
    ],
)
def test_what_pixi_cannot_hold(lock: Lock, why: str) -> None:
    with pytest.raises(UnwritableError) as caught:
        write_pixi_lock(lock)
    assert caught.value.why == why


def test_other_repositories_than_git_are_refused() -> None:
    found = environment("dependencies:\n  - python\n  - pip:\n    - x @ hg+https://hg.example.org/x@1\n")
    lock = mixed_lock()._replace(environment=found)
    with pytest.raises(UnwritableError, match="pixi installs nothing from the hg repository of `x`"):
        write_pixi_manifest(lock, INDEX)


def test_the_users_own_manifest_is_left_alone() -> None:
    """What was locked is a pixi.toml: only the lock is written, and how to check it is said."""
    lock = conda_lock()
    assert [file.name for file in write_lock(lock, "pixi", INDEX).files] == ["pixi.lock", "pixi.toml"]
    assert lock.environment is not None
    own = lock.environment._replace(documents=(lock.environment.documents[0]._replace(kind="pixi"),))
    written = write_lock(lock._replace(environment=own), "pixi", INDEX)
    assert [file.name for file in written.files] == ["pixi.lock"]
    assert written.notes == ("pixi.lock: whether it is that of your manifest, `pixi lock --check` tells",)


def test_constraints_are_told() -> None:
    lock = mixed_lock()
    found = environment(ENVIRONMENT)
    pip = tuple(one._replace(constraint=one.name == "numba") for one in found.pip)
    written = write_pixi_manifest(lock._replace(environment=found._replace(pip=pip)), INDEX)
    assert b"numba" not in written.data
    assert written.notes == (
        "pixi.toml has no place for constraints: those on `numba` hold in pixi.lock, and not when pixi locks anew",
    )
