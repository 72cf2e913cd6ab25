"""``lock --validate``: each tool reads our files, and a broken one is told."""

from __future__ import annotations

import pytest

from compat.api.locking import validate as lock_validate
from compat.api.locking.validate import validate_files
from compat.lock import LockFile, write_lock
from tests.lock.conda_universe import conda_lock

FORMATS = ("conda-lock", "explicit", "environment", "pylock", "requirements")


def test_our_files_are_read() -> None:
    pytest.importorskip("rattler")
    files = [file for name in FORMATS for file in write_lock(conda_lock(), name).files]
    found = validate_files(files)
    assert found.problems == ()
    assert all("conda-lock is not installed" in one for one in found.unchecked)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_validate, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", "")
    files = [file for name in FORMATS for file in write_lock(conda_lock(), name).files]
    assert validate_files(files).unchecked == (
        "conda-lock.yml is not validated: conda-lock is not installed",
        "conda-linux-64.lock is not validated: py-rattler is not installed",
        "conda-linux-aarch64.lock is not validated: py-rattler is not installed",
    )


@pytest.mark.parametrize(
    ("name", "format_name", "old", "new", "problem"),
    [
        ("conda-lock.yml", "conda-lock", b"  optional: false\n", b"", "conda-lock does not read it: "),
        (
            "conda-linux-64.lock",
            "explicit",
            b"# platform: linux-64",
            b"# platform: pdp-11",
            "py-rattler does not read it",
        ),
        ("pylock.toml", "pylock", b'lock-version = "1.0"', b'lock-version = "9.0"', "no valid pylock.toml: "),
        ("environment.linux-64.yml", "environment", b"=2026c=", b"==,", "line "),
    ],
)
def test_broken_files_are_told(name: str, format_name: str, old: bytes, new: bytes, problem: str) -> None:
    if format_name in ("conda-lock", "explicit"):
        pytest.importorskip("rattler")
    file = next(file for file in write_lock(conda_lock(), format_name).files if file.name == name)
    found = validate_files([file._replace(data=file.data.replace(old, new))])
    if not found.unchecked:
        assert found.problems[0].startswith(f"{name}: {problem}")


def test_what_does_not_parse_is_told() -> None:
    file = LockFile("conda-lock.yml", "conda-lock", b"version: 1\n", "")
    assert validate_files([file]).problems == ("conda-lock.yml:1:1: no conda-lock.yml: `metadata` is missing",)


def test_another_name_is_no_pylock() -> None:
    file = write_lock(conda_lock(), "pylock").files[0]
    found = validate_files([LockFile("lock.toml", "pylock", file.data, "")])
    assert found.problems == ("lock.toml: installers do not take the name for a pylock.toml",)
