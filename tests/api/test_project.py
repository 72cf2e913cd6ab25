"""The project's settings: which file holds, and what ``check`` does with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat import api
from compat.model.config import Config
from compat.model.errors import FileProblem, UsageError

PAIR = "torch==2.4.1\ntorchvision==0.20.0\n"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one folder in it; above it are settings that must not count."""
    (tmp_path / "compat.toml").write_text('targets = ["win-64"]\n')
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / "sub").mkdir()
    (folder / "sub" / "requirements.txt").write_text(PAIR)
    monkeypatch.chdir(folder)
    return folder


def targets() -> set[tuple[str, ...]]:
    report = api.check(["sub/requirements.txt"])
    return {found.targets for found in report.diagnostics if found.code == "ABI001"}


def test_settings_are_looked_for_upwards_to_the_repository(repository: Path) -> None:
    assert api.config(["sub/requirements.txt"]).path is None
    (repository / "pyproject.toml").write_text('[tool.compat]\ntargets = ["linux-64"]\n')
    assert targets() == {("linux-64",)}


def test_the_nearest_settings_count_alone(repository: Path) -> None:
    (repository / "pyproject.toml").write_text('[tool.compat]\ntargets = ["linux-64"]\nignore = ["ABI001"]\n')
    (repository / "sub" / "compat.toml").write_text('targets = ["linux-aarch64"]\n')
    assert targets() == {("linux-aarch64",)}


def test_a_pyproject_without_settings_is_passed_by(repository: Path) -> None:
    (repository / "compat.toml").write_text('targets = ["linux-aarch64"]\n')
    (repository / "sub" / "pyproject.toml").write_text("[project]\nname = 'compat-demo'\n")
    (repository / "sub" / "deeper").mkdir()
    assert targets() == {("linux-aarch64",)}
    assert api.config(["sub/deeper"]).targets == ("linux-aarch64",)


def test_stdin_has_the_settings_of_the_working_folder(repository: Path) -> None:
    (repository / "compat.toml").write_text('fail-on = "warning"\n')
    assert api.config(["-"]).fail_on == "warning"
    assert api.config([]).fail_on == "warning"


def test_an_unknown_key_is_refused_with_its_place(repository: Path) -> None:
    (repository / "pyproject.toml").write_text('[tool.compat]\ntarget = ["linux-64"]\n')
    with pytest.raises(UsageError) as caught:
        api.check(["sub/requirements.txt"])
    assert str(caught.value) == f"{repository}/pyproject.toml:2: unknown key `target`\nhint: did you mean `targets`?"


def test_settings_that_do_not_parse(repository: Path) -> None:
    (repository / "compat.toml").write_text("targets = [\n")
    with pytest.raises(FileProblem):
        api.check(["sub/requirements.txt"])


def test_ignores_of_the_settings_stand_in_the_report_with_their_reason(repository: Path) -> None:
    (repository / "compat.toml").write_text('targets = ["linux-64"]\n[ignore]\nABI = "tested by hand"\n')
    report = api.check(["sub/requirements.txt"])
    assert not report.diagnostics
    assert [(i.code, i.path, i.line, i.reason) for i in report.ignored] == [
        ("ABI001", "sub/requirements.txt", 2, "tested by hand")
    ]


def test_names_of_the_settings_go_before_the_table(repository: Path) -> None:
    """Without them the conda package ``our-torch`` provides nothing that is known."""
    (repository / "environment.yml").write_text(
        "channels: [conda-forge]\ndependencies:\n  - our-torch=2.4.1\n  - pip\n  - pip:\n    - torchvision==0.20.0\n"
    )
    assert not [d for d in api.check(["environment.yml"], targets=["linux-64"]).diagnostics if "torch" in d.packages]
    (repository / "compat.toml").write_text('[names]\nour-torch = "torch"\n')
    report = api.check(["environment.yml"], targets=["linux-64"])
    assert [d for d in report.diagnostics if {"torch", "torchvision"} <= set(d.packages)]


def test_a_broken_pyproject_without_our_settings_is_no_settings(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("# compat with everything\n[project\n")
    assert api.config([str(repository)]) == Config()


def test_broken_settings_are_an_error_with_their_place(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("[tool.compat]\ntargets = [\n")
    with pytest.raises(FileProblem, match=r"pyproject\.toml:\d"):
        api.config([str(repository)])
