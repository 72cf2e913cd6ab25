"""Includes: how far they may be followed, and what is said where they may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat import api
from compat.api.files import DiskFiles
from compat.model.errors import FileProblem

LINUX = ("linux-64",)


def problems(path: str) -> list[str]:
    report = api.check([path], targets=LINUX)
    assert not [file for file in report.files if file.error]
    return [found.message for found in report.diagnostics if found.code == "REQ004"]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository beside a file that is not in it; the working folder is the repository."""
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (tmp_path / "outside.txt").write_text("torch\n")
    monkeypatch.chdir(folder)
    return folder


def test_an_include_outside_the_repository_is_not_read(repository: Path) -> None:
    (repository / "requirements.txt").write_text("-r ../outside.txt\n-c /etc/passwd\n")
    assert problems("requirements.txt") == [
        "`../outside.txt` is outside the repository and is not read",
        "`/etc/passwd` is outside the repository and is not read",
    ]


def test_a_link_that_leaves_the_repository_is_not_followed(repository: Path) -> None:
    (repository / "inside.txt").symlink_to(repository.parent / "outside.txt")
    (repository / "requirements.txt").write_text("-r inside.txt\n")
    assert problems("requirements.txt") == ["`inside.txt` is outside the repository and is not read"]


def test_an_include_may_go_up_within_the_repository(repository: Path) -> None:
    (repository / "base.txt").write_text("torch\n")
    (repository / "docs").mkdir()
    (repository / "docs" / "requirements.txt").write_text("-r ../base.txt\n")
    assert problems("docs/requirements.txt") == []


def test_the_repository_is_that_of_the_file(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From wherever it is asked for."""
    (repository / "base.txt").write_text("torch\n")
    (repository / "requirements.txt").write_text("-r base.txt\n-r ../outside.txt\n")
    monkeypatch.chdir("/")
    path = str(repository / "requirements.txt")
    assert problems(path) == ["`../outside.txt` is outside the repository and is not read"]


def test_without_a_repository_the_working_folder_is_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work" / "docs").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    Path("base.txt").write_text("torch\n")
    Path("docs/requirements.txt").write_text("-r ../base.txt\n-r ../../outside.txt\n")
    assert problems("docs/requirements.txt") == ["`../../outside.txt` is outside the repository and is not read"]


def test_outside_the_working_folder_the_limit_is_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "base.txt").write_text("torch\n")
    (tmp_path / "other" / "requirements.txt").write_text("-r base.txt\n-r ../outside.txt\n")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert problems("../other/requirements.txt") == ["`../outside.txt` is outside the repository and is not read"]


def test_what_is_missing_is_said_at_its_line(repository: Path) -> None:
    (repository / "requirements.txt").write_text("torch\n-c nope.txt\n")
    (found,) = api.check(["requirements.txt"], targets=LINUX).diagnostics
    assert (found.message, found.place[:3]) == ("`nope.txt` does not exist", ("requirements.txt", 2, 4))


def test_a_url_is_not_read(repository: Path) -> None:
    (repository / "requirements.txt").write_text("-r https://example.org/base.txt\n")
    assert problems("requirements.txt") == ["`https://example.org/base.txt` is a URL and is not read offline"]


def test_a_file_that_may_not_be_read_is_unreadable(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is named or included."""
    (repository / "requirements.txt").write_text("-r base.txt\n")
    (repository / "base.txt").write_text("torch\n")

    def refuse(self: DiskFiles, path: str) -> bytes:
        if path == "base.txt":
            raise FileProblem(path, "cannot be read: Permission denied")
        return read(self, path)

    read = DiskFiles.read
    monkeypatch.setattr(DiskFiles, "read", refuse)
    for paths in (["requirements.txt"], ["base.txt"], ["requirements.txt", "base.txt"]):
        report = api.check(paths, targets=LINUX)
        assert [(file.path, file.error) for file in report.files if file.error] == [
            ("base.txt", "cannot be read: Permission denied")
        ]


def test_a_loop_ends(repository: Path) -> None:
    (repository / "requirements.txt").write_text("-r base.txt\n-r requirements.txt\n")
    (repository / "base.txt").write_text("-r requirements.txt\ntorch==2.4.1\n")
    report = api.check(["requirements.txt"], targets=LINUX)
    assert [file.path for file in report.files] == ["requirements.txt", "base.txt"]


def test_a_chain_without_end_is_cut_off(repository: Path) -> None:
    for number in range(400):
        (repository / f"r{number}.txt").write_text(f"-r r{number + 1}.txt\n")
    assert 200 <= len(api.check(["r0.txt"], targets=LINUX).files) < 220
