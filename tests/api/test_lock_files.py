"""Locks in a folder: which are read, what a new solve keeps of them, and which are left over."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.api.locking.files import format_of, previous_records, previous_versions, stale_notes
from compat.api.locking.reading import is_lock_file, is_own, read_lock
from compat.lock import write_lock
from compat.model.locking import Lock
from compat.model.names import to_pypi_name
from tests.lock.conda_universe import ARM, CUDA, X86, conda_lock, locked, records

ALL = ("pylock", "requirements", "conda-lock", "explicit", "environment")
PYDANTIC = to_pypi_name("pydantic")


def write(folder: Path, lock: Lock, *formats: str) -> list[str]:
    """The names of the files of *lock*."""
    files = [file for name in formats for file in write_lock(lock, name).files]
    for file in files:
        (folder / file.name).write_bytes(file.data)
    return [file.name for file in files]


@pytest.mark.parametrize("format_name", ALL)
def test_our_files_are_known_for_what_they_are(format_name: str, tmp_path: Path) -> None:
    kinds = {"pylock": "pylock", "requirements": "requirements", "conda-lock": "conda-lock"}
    for name in write(tmp_path, conda_lock(), format_name):
        path = str(tmp_path / name)
        assert is_own(path)
        assert is_lock_file(path)
        assert format_of(name) in (format_name, "requirements")
        if name.startswith("requirements."):
            continue
        lock = read_lock(path)
        assert lock.kind == kinds.get(format_name, format_name)
        assert lock.creator == "compat-matrix"


def test_files_of_others_are_known_by_content(tmp_path: Path) -> None:
    lock = (Path(__file__).parents[1] / "data" / "locks" / "conda-lock.yml").read_bytes()
    (tmp_path / "gpu.yml").write_bytes(lock)
    (tmp_path / "environment.yml").write_text("dependencies:\n- python\n")
    (tmp_path / "conda.txt").write_text("@EXPLICIT\nhttps://example.org/c/linux-64/a-1-0.conda\n")
    found = {path.name: is_lock_file(str(path)) for path in tmp_path.iterdir()}
    assert found == {"gpu.yml": True, "environment.yml": False, "conda.txt": True}
    assert read_lock(str(tmp_path / "gpu.yml")).kind == "conda-lock"
    assert read_lock(str(tmp_path / "conda.txt")).kind == "explicit"
    assert is_lock_file("no-such-conda-lock.yml")
    assert not is_lock_file("no-such.yml")


@pytest.mark.parametrize("format_name", ["conda-lock", "explicit"])
def test_records_are_kept(format_name: str, tmp_path: Path) -> None:
    write(tmp_path, conda_lock(), format_name)
    found = previous_records(str(tmp_path), (X86, ARM))
    for target in (X86, ARM):
        assert {each.url for each in found[target]} == {each.url for each in records(target.subdir)}


def test_a_target_with_another_python_keeps_what_its_platform_has(tmp_path: Path) -> None:
    write(tmp_path, conda_lock(locked(X86)), "conda-lock")
    other = X86._replace(python=(3, 13), text="linux-64,python=3.13")
    found = previous_records(str(tmp_path), (other, ARM))
    assert {each.url for each in found[other]} == {each.url for each in records("linux-64")}
    assert ARM not in found


def test_its_own_lock_goes_before_that_of_another_target(tmp_path: Path) -> None:
    """Files are read by name: that of the other target comes first."""
    old = X86._replace(python=(3, 11))
    fewer = locked(old, "linux-64-py311")._replace(conda=locked(X86).conda[:1])
    write(tmp_path, conda_lock(fewer), "explicit")
    write(tmp_path, conda_lock(locked(X86, "linux-64-py312")), "explicit")
    assert len(previous_records(str(tmp_path), (X86,))[X86]) == len(records("linux-64"))
    assert len(previous_records(str(tmp_path), (old,))[old]) == 1


@pytest.mark.parametrize("format_name", ["conda-lock", "explicit", "pixi"])
def test_records_chosen_for_another_gpu_are_not_kept(format_name: str, tmp_path: Path) -> None:
    """A lock for no GPU holds CPU builds, and a preferred record would keep them."""
    write(tmp_path, conda_lock(locked(X86)), format_name)
    assert previous_records(str(tmp_path), (CUDA,)) == {}
    write(tmp_path, conda_lock(locked(CUDA, "linux-64")), format_name)
    assert set(previous_records(str(tmp_path), (X86, CUDA))) == {CUDA}


@pytest.mark.parametrize("format_name", ["pylock", "requirements", "conda-lock"])
def test_versions_of_the_pip_part_are_kept(format_name: str, tmp_path: Path) -> None:
    write(tmp_path, conda_lock(), format_name)
    found = previous_versions(str(tmp_path), (X86, ARM))
    assert {target: versions[PYDANTIC] for target, versions in found.items()} == {X86: "2.9.0", ARM: "2.9.0"}


def test_a_platform_that_no_lock_is_for_keeps_the_versions_of_the_others(tmp_path: Path) -> None:
    write(tmp_path, conda_lock(locked(X86)), "conda-lock")
    assert previous_versions(str(tmp_path), (ARM,))[ARM][PYDANTIC] == "2.9.0"


def test_what_cannot_be_read_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "conda-lock.yml").write_text("version: 1\n")
    (tmp_path / "conda-linux-64.lock").write_text("@EXPLICIT\nnothing\n")
    assert previous_records(str(tmp_path), (X86,)) == {}
    assert previous_versions(str(tmp_path), (X86,)) == {}
    assert previous_records(str(tmp_path / "none"), (X86,)) == {}


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, conda_lock(locked(X86)), "conda-lock")
    before = previous_records(str(tmp_path), (X86,))[X86]
    write(tmp_path, conda_lock(locked(X86)._replace(conda=locked(X86).conda[:2])), "conda-lock")
    assert len(previous_records(str(tmp_path), (X86,))[X86]) == 2 < len(before)


def test_files_of_targets_that_are_gone_are_told(tmp_path: Path) -> None:
    """Those of the formats that are written, and ours alone."""
    write(tmp_path, conda_lock(locked(X86, "linux-64"), locked(CUDA, "linux-64-cuda124")), *ALL)
    (tmp_path / "conda-osx-64.lock").write_text("@EXPLICIT\n")
    (tmp_path / "environment.dev.yml").write_text("dependencies:\n- python\n")
    names = write(tmp_path, conda_lock(locked(X86, "linux-64")), "conda-lock", "explicit", "environment")
    told = sorted(note.partition(" ")[0].rpartition("/")[2] for note in stale_notes(str(tmp_path), names))
    assert told == [
        "conda-linux-64-cuda124.lock",
        "environment.linux-64-cuda124.yml",
        "linux-64-cuda124.conda-lock.yml",
        "linux-64.conda-lock.yml",
        "requirements.linux-64-cuda124.txt",
    ]
    assert list(stale_notes(str(tmp_path), ["pixi.lock"])) == []
