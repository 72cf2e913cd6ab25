"""``compat cache``: what there is, and what goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compat.cli.commands import cli
from tests.toy_index import serve


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["cache", *arguments])


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that one lock has filled."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(folder))
    (tmp_path / "requirements.txt").write_text("app\n")
    (tmp_path / ".git").mkdir()
    with serve() as toys:
        arguments = [
            "lock",
            str(tmp_path / "requirements.txt"),
            "--index-url",
            toys.url,
            "--target",
            "linux-64,python=3.11",
        ]
        assert CliRunner().invoke(cli, arguments).exit_code == 0
    return folder


def test_info_says_where_and_how_much(cache: Path) -> None:
    result = run("info")
    folder, pages, metadata, everything = result.stdout.splitlines()
    assert (result.exit_code, folder) == (0, str(cache))
    assert pages.startswith("pages:     2 files, ")
    assert metadata.startswith("metadata:  2 files, ")
    assert everything.startswith("all:       4 files, ")


def test_clean_removes_one_package_or_all(cache: Path) -> None:
    result = run("clean", "Leaf", "--cache-dir", str(cache))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("removed 2 files (")
    assert "all:       2 files" in run("info").stdout
    assert run("clean").stderr.startswith("removed 2 files (")
    assert "all:       0 files, 0.0 kB" in run("info").stdout
    assert run("clean", "nosuch").stderr == "removed 0 files (0.0 kB)\n"


def test_a_folder_that_is_no_cache_is_empty_and_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert run("clean", "--cache-dir", str(tmp_path)).exit_code == 0
    assert (tmp_path / "mine.txt").exists()
