"""Laws of writing and reading: what is written is read again, whatever the packages are called and ask for."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.pylock import Pylock

from compat.formats import read
from compat.lock import (
    ReadLock,
    ReadPackage,
    check_lock,
    find_why,
    read_pylock,
    read_requirements_lock,
    read_uv_lock,
    read_versions,
    views_of_read,
    write_pylock,
    write_requirements,
)
from compat.lock.pip.toml_writer import to_toml
from compat.model.distributions import DistFile
from compat.model.errors import FileProblem
from compat.model.locking import Asker, Lock, LockedPackage, LockedTarget
from compat.model.names import PyPIName, to_pypi_name
from compat.model.places import Place
from compat.model.targets import SUBDIRS, Target, parse_target
from tests.lock.universe import torch_lock

NAMES = tuple(map(to_pypi_name, ("a", "b-c", "numpy", "torch", "x1")))
VERSIONS = ("1", "2.0rc1", "2.7.1+cu128", "1!3.0", "2026.10.18")
INDEXES = ("https://pkgs.example.org/simple", "https://other.example.org/whl/cu128")
PLATFORMS = ("any", "manylinux_2_17_x86_64", "manylinux_2_28_aarch64", "win_amd64", "macosx_11_0_arm64")
TARGETS = tuple(parse_target(f"{subdir},python=3.{minor}", {}) for subdir in SUBDIRS for minor in (11, 12))

# Any text on one line, but without surrogates and control characters, which no requirement holds.
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20).map(
    lambda text: " ".join(text.split())
)


def make_file(name: str, version: str, platform: str, *, timed: bool) -> DistFile:
    stem = f"{name.replace('-', '_')}-{version}"
    file = f"{stem}.tar.gz" if platform == "sdist" else f"{stem}-py3-none-{platform}.whl"
    digest = hashlib.sha256(file.encode()).hexdigest()
    time = "2026-01-02T03:04:05Z" if timed else ""
    return DistFile(
        file, f"https://files.example.org/{file}", (("sha256", digest),), 7 if timed else None, uploaded=time
    )


@st.composite
def packages(draw: st.DrawFn, name: PyPIName, others: tuple[PyPIName, ...]) -> LockedPackage:
    """A package whose files are told by name and version, as an index has them."""
    version = draw(st.sampled_from(VERSIONS))
    platforms = draw(st.sets(st.sampled_from(PLATFORMS), min_size=1))
    files = [make_file(name, version, platform, timed=platform != "any") for platform in sorted(platforms)]
    files += [make_file(name, version, "sdist", timed=True)] if draw(st.booleans()) else []
    who = st.one_of(
        st.builds(Asker, WORDS, st.sampled_from(others), st.none()) if others else st.nothing(),
        st.builds(lambda words: Asker(words, place=Place("requirements.txt")), WORDS.filter(bool)),
    )
    return LockedPackage(
        name,
        version,
        draw(st.sampled_from(INDEXES)),
        tuple(files),
        draw(st.sampled_from(("", ">=3.8"))),
        tuple(draw(st.lists(st.sampled_from(others), unique=True))) if others else (),
        askers=tuple(draw(st.lists(who, max_size=3, unique=True))),
    )


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    targets = draw(st.lists(st.sampled_from(TARGETS), min_size=1, max_size=4, unique=True))
    locked = []
    for target in targets:
        names = draw(st.lists(st.sampled_from(NAMES), unique=True))
        own = tuple(draw(packages(name, tuple(other for other in names if other != name))) for name in names)
        locked.append(LockedTarget(target, target.text.replace(",python=3.", "-py3"), own))
    return Lock(tuple(locked), ("requirements.txt",))


def facts(package: LockedPackage | ReadPackage) -> tuple[object, ...]:
    return package.name, package.version, package.index_url, package.url, package.requires_python


@settings(max_examples=150, deadline=None)
@given(locks())
def test_pylock_reads_back(lock: Lock) -> None:
    """For every target the same packages, no file lost, and nobody who asks forgotten; twice the same bytes."""
    data = write_pylock(lock)
    assert data == write_pylock(lock)
    back = read_pylock("pylock.toml", data)
    for locked in lock.targets:
        assert back.gap(locked.target) is None
        found = {package.name: package for package in back.for_target(locked.target)}
        assert sorted(map(facts, found.values())) == sorted(map(facts, locked.packages))
        for package in locked.packages:
            read_package = found[package.name]
            assert set(package.files) <= set(read_package.files or ())
            assert set(package.askers) <= set(read_package.askers)
            assert set(package.dependencies) <= set(read_package.dependencies)
            assert back.preferences(locked.target)[package.name] == package.version


@settings(max_examples=60, deadline=None)
@given(locks())
def test_one_target_reads_back_whole(lock: Lock) -> None:
    locked = lock.targets[0]
    back = read_pylock("pylock.toml", write_pylock(lock._replace(targets=(locked,))))
    for package, read_package in zip(sorted(locked.packages), back.packages, strict=True):
        assert facts(package) == facts(read_package)
        assert set(package.files) == set(read_package.files or ())
        assert set(package.askers) == set(read_package.askers)
        assert tuple(sorted(package.dependencies)) == read_package.dependencies


@settings(max_examples=60, deadline=None)
@given(locks())
def test_requirements_read_back(lock: Lock) -> None:
    locked = lock.targets[0]
    document = read("requirements.x.txt", write_requirements(locked), "requirements")
    assert not document.problems
    back = read_requirements_lock(document)
    assert back.gap(locked.target) is None
    expected = {package.name: package for package in locked.packages}
    assert back.preferences(locked.target) == {name: package.version for name, package in expected.items()}
    for read_package in back.packages:
        package = expected[read_package.name]
        assert set(read_package.hashes) == {file.hashes[0] for file in package.files}
        assert {asker.parent for asker in read_package.askers} == {asker.parent for asker in package.askers}


@given(
    st.recursive(
        st.one_of(st.text(), st.booleans(), st.integers(-(2**63), 2**63 - 1)),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("aé \".'\\\n", max_size=4), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_toml_reads_back(value: object) -> None:
    """Source: https://toml.io/en/v1.0.0."""
    document = {
        "key": value,
        "packages": [{"name": value, "tool": {"x y": {"z": value}}}],
        "tool": {"compat": {"a": value}},
    }
    assert tomllib.loads(to_toml(document)) == document


@settings(max_examples=60, deadline=None)
@given(locks(), st.sampled_from(TARGETS))
def test_the_specification_is_kept(lock: Lock, target: Target) -> None:
    """Installers find exactly one entry a name, those of the target, by ``packaging.pylock``."""
    parsed = Pylock.from_dict(tomllib.loads(write_pylock(lock).decode()))
    parsed.validate()
    assert target.python is not None
    chosen = [locked for locked in lock.targets if locked.target == target]
    environment: dict[str, str | frozenset[str]] = {
        **target.markers(target.python),
        "extras": frozenset(),
        "dependency_groups": frozenset(),
    }
    names = [
        str(package.name)
        for package in parsed.packages
        if package.marker is None or package.marker.evaluate(environment, context="lock_file")
    ]
    if chosen:
        assert sorted(names) == sorted(package.name for package in chosen[0].packages)


REAL = Path(__file__).parents[1] / "data" / "locks"
READERS = [
    (read_pylock, (REAL / "uv-compile.toml").read_bytes()),
    (read_pylock, (REAL / "pip.toml").read_bytes()),
    (read_uv_lock, (REAL / "uv.lock").read_bytes()),
    (read_versions, write_pylock(torch_lock())),
    (read_pylock, write_pylock(torch_lock())),
]
PIECES = st.one_of(
    st.binary(max_size=4),
    st.sampled_from([b"[[packages]]\n", b"= 1", b"[]", b"{}", b"''", b'"', b"\n", b"[[package]]\n"]),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(READERS), st.data())
def test_any_bytes_are_a_lock_or_one_clear_error(
    reader: tuple[Callable[[str, bytes], ReadLock], bytes], data: st.DataObject
) -> None:
    """A file that somebody edited, or that broke off."""
    read_it, text = reader
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    changed = text[:start] + data.draw(PIECES) + (text[end:] if data.draw(st.booleans()) else b"")
    try:
        lock = read_it("a.toml", changed)
    except FileProblem:
        return
    for target in TARGETS[:3]:
        check_lock(lock, [], [target], lambda _name, _target: None)
        find_why(views_of_read(lock, [("x", target)]), NAMES[2])
        lock.preferences(target)
