"""``compat check`` on small projects: whole outputs, and laws that hold for every one of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from compat.cli.commands import cli
from compat.report.json import load_schema

PROJECTS = Path(__file__).parent / "data" / "projects"

#: Each project with its targets (none: those of its own settings) and exit code.
RUNS: dict[str, tuple[Sequence[str], int]] = {
    "torch-family": (["linux-64"], 1),
    "aarch64-server": (["linux-64,gpu=h100,driver=580", "linux-aarch64,gpu=gh200,driver=580"], 0),
    "old-channel": (["linux-64,gpu=a100,driver=470"], 1),
    "both-parts": (["linux-64"], 0),
    "includes": (["linux-64"], 1),
    "tensorflow": (["linux-64,gpu=v100"], 1),
    "pyproject": ([], 1),
    "disagree": (["linux-64"], 1),
    "broken": (["linux-64"], 2),
    "fine": (["linux-64", "linux-aarch64"], 0),
}

#: Days on which facts were read and our own version, which say nothing about the projects.
_MOVING = re.compile(r"\b20\d\d-\d\d-\d\d\b")
_TOOL = re.compile(r'(?<="tool": "compat )[^"]+')


@pytest.fixture(params=RUNS)
def project(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a project; the working folder is a copy of it, in a repository of its own."""
    name: str = request.param
    shutil.copytree(PROJECTS / name, tmp_path / name)
    (tmp_path / name / ".git").mkdir()
    monkeypatch.chdir(tmp_path / name)
    return name


def check(project: str, *arguments: str, targets: Sequence[str] | None = None) -> Result:
    own = RUNS[project][0] if targets is None else targets
    options = [word for target in own for word in ("--target", target)]
    return CliRunner().invoke(cli, ["check", *arguments, *options])


def report(project: str, *arguments: str, targets: Sequence[str] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(check(project, *arguments, "--format", "json", targets=targets).stdout)
    return found


def test_whole_text(project: str, golden: Callable[[str, str], None]) -> None:
    result = check(project)
    assert (result.exit_code, result.stderr) == (RUNS[project][1], "")
    golden(f"{project}.txt", _MOVING.sub("DAY", result.stdout))


def test_whole_json(project: str, golden: Callable[[str, str], None]) -> None:
    result = check(project, "--format", "json")
    assert (result.exit_code, result.stderr) == (RUNS[project][1], "")
    jsonschema.validate(json.loads(result.stdout), json.loads(load_schema()))
    golden(f"{project}.json", _TOOL.sub("X", _MOVING.sub("DAY", result.stdout)))


def test_the_same_input_gives_the_same_bytes(project: str) -> None:
    for form in ("text", "json"):
        first, second = (check(project, "--format", form).stdout_bytes for _ in range(2))
        assert first == second


def test_the_order_of_files_changes_no_finding(project: str) -> None:
    """What is compared between files names the one that comes first, so it may change ends."""
    paths = sorted(path.name for path in Path().iterdir() if path.is_file())
    forwards, backwards = (
        [found for found in report(project, *names)["diagnostics"] if found["code"] != "ENV004"]
        for names in (paths, paths[::-1])
    )
    assert sorted(forwards, key=json.dumps) == sorted(backwards, key=json.dumps)


def test_the_order_of_targets_changes_only_their_lists(project: str) -> None:
    targets = RUNS[project][0]

    def found(order: Sequence[str]) -> list[dict[str, Any]]:
        values = [{**one, "targets": sorted(one["targets"])} for one in report(project, targets=order)["diagnostics"]]
        return sorted(values, key=json.dumps)

    assert found(targets) == found(targets[::-1])


def test_safe_fixes_clear_their_own_findings_and_add_none(project: str) -> None:
    before = report(project)["diagnostics"]
    check(project, "--fix")
    after = report(project)["diagnostics"]
    mended = [one for one in before if one["fix"] and one["fix"]["safety"] == "safe"]
    left = [one["message"] for one in before if one not in mended]
    assert [one["message"] for one in after] == left
    assert "fixed" not in check(project, "--fix").stderr


def test_no_output_depends_on_how_python_hashes() -> None:
    """All projects in one run, walked as a folder, under two seeds."""
    command = [sys.executable, "-m", "compat", "check", ".", "--target", "linux-64", "--target", "linux-aarch64"]
    runs = [
        subprocess.run(
            [*command, "--format", "json"],
            cwd=PROJECTS,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=False,
        )
        for seed in ("1", "2")
    ]
    assert [run.returncode for run in runs] == [2, 2]
    assert json.loads(runs[0].stdout)["diagnostics"]
    assert runs[0].stdout == runs[1].stdout
