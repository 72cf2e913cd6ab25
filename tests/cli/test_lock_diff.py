"""``compat diff``: exit codes, forms, and which targets are compared."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import compat
from compat.cli.commands import cli
from compat.lock import write_pylock
from compat.lock.pixi.writer import write_pixi_lock
from compat.model.errors import UsageError
from compat.model.targets import parse_target
from tests.lock.pixi_universe import mixed_lock
from tests.lock.universe import ARM, INDEX, X86, X86_312, lock, package


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["diff", *arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, version in (("old", "2.2.0"), ("new", "2.3.5")):
        (tmp_path / name).mkdir()
        made = lock((X86, [package("numpy", version), package("six", "1.17.0")]), (ARM, [package("numpy", version)]))
        (tmp_path / name / "pylock.toml").write_bytes(write_pylock(made))
    return tmp_path


def test_like_diff_it_exits_1_where_locks_differ(folder: Path) -> None:
    result = run("old/pylock.toml", "new/pylock.toml")
    assert (result.exit_code, result.stderr, result.stdout) == (
        1,
        "",
        "Other packages\n  upgraded  numpy  2.2.0 → 2.3.5  pip\n\n1 upgraded; 1 the same on linux-64 and linux-aarch64\n",
    )
    result = run("old/pylock.toml", "old/pylock.toml")
    assert (result.exit_code, result.stdout) == (0, "No package changed: 3 the same on linux-64 and linux-aarch64\n")
    assert run("--exit-zero", "old/pylock.toml", "new/pylock.toml").exit_code == 0
    assert folder.is_dir()


def test_forms(folder: Path) -> None:
    result = run("old/pylock.toml", "new/pylock.toml", "--format", "json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["schema"], answer["tool"]) == (1, 1, f"compat {compat.__version__}")
    assert [(one["package"], one["change"], one["targets"]) for one in answer["changes"]] == [
        ("numpy", "upgraded", ["linux-64", "linux-aarch64"])
    ]
    result = run("old/pylock.toml", "new/pylock.toml", "--format", "markdown")
    assert "| upgraded | `numpy` | `2.2.0` | `2.3.5` | pip |\n" in result.stdout
    assert folder.is_dir()


def test_one_target(folder: Path) -> None:
    found = compat.diff_locks("old/pylock.toml", "new/pylock.toml", targets=["linux-aarch64"])
    assert (found.targets, found.same, len(found.changes)) == (("linux-aarch64",), 0, 1)
    with pytest.raises(UsageError, match="neither lock is for `win-64`"):
        compat.diff_locks("old/pylock.toml", "new/pylock.toml", targets=["win-64"])
    assert folder.is_dir()


def test_another_python_is_a_change_on_the_same_platform(folder: Path) -> None:
    """The locks name targets that differ in Python alone: these are compared."""
    (folder / "pylock.312.toml").write_bytes(write_pylock(lock((X86_312, [package("numpy", "2.3.5")]))))
    found = compat.diff_locks("old/pylock.toml", "pylock.312.toml")
    assert (found.targets, found.only_old) == (("linux-64",), ("linux-aarch64",))
    assert [(one.name, one.kind) for one in found.changes] == [("numpy", "upgraded"), ("six", "removed")]


def test_targets_of_one_platform_are_told_apart_by_all_they_say(folder: Path) -> None:
    other = parse_target("linux-64,cuda=12.4,glibc=2.28,python=3.11", {})
    for name, version in (("a", "1.0"), ("b", "2.0")):
        made = lock((X86, [package("x", version)]))
        both = made.targets[0]._replace(target=other, name="linux-64-cuda124")
        (folder / f"pylock.{name}.toml").write_bytes(write_pylock(made._replace(targets=(made.targets[0], both))))
    found = compat.diff_locks("pylock.a.toml", "pylock.b.toml")
    assert len(found.targets) == 2
    assert [len(one.targets) for one in found.changes] == [2]


def test_what_a_format_has_no_room_for_is_told(folder: Path) -> None:
    made = mixed_lock()
    (folder / "pixi.lock").write_bytes(write_pixi_lock(made, INDEX))
    (folder / "pylock.toml").write_bytes(write_pylock(made))
    result = run("pylock.toml", "pixi.lock")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "pylock.toml has no room for conda packages: not compared",
        "No package changed: 13 the same on linux-64 and linux-aarch64",
    ]


def test_a_lock_without_targets_is_compared_on_those_of_the_other(folder: Path) -> None:
    (folder / "requirements.txt").write_text("numpy==2.3.5\nsix==1.17.0\n")
    found = compat.diff_locks("old/pylock.toml", "requirements.txt")
    assert found.targets == ("linux-64", "linux-aarch64")
    assert [(one.name, one.kind, len(one.targets)) for one in found.changes] == [
        ("numpy", "upgraded", 2),
        ("six", "added", 1),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.toml", None, "`none.toml` does not exist"),
        ("empty.txt", "", "`empty.txt` locks nothing; hint: name two lock files"),
        ("pixi.lock", "version: 9\n", "pixi.lock: no pixi.lock of version 4 to 7: it says version 9"),
        ("x.toml", "[", "x.toml:1:2: "),
    ],
)
def test_bad_input_is_exit_2(folder: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        (folder / name).write_text(text)
    result = run("old/pylock.toml", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {message}")


def test_nothing_is_asked_of_a_network(folder: Path) -> None:
    """Neither httpx nor py-rattler is imported."""
    code = (
        "import sys, compat; compat.diff_locks('old/pylock.toml', 'new/pylock.toml');"
        "print([name for name in ('httpx', 'rattler') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)
    assert done.stdout == "[]\n"
