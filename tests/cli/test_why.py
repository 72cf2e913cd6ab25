"""``compat why`` as a shell: over locks of several makers, and over input that is solved first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compat.cli.commands import cli
from tests.toy_index import Toys, serve

BOTH = ("--target", "linux-64,python=3.11", "--target", "linux-aarch64,python=3.11")
TREE = """\
leaf 1.5 on linux-64 and linux-aarch64
├── app 2.0 asks for `leaf>=1`
│   └── requirements.txt:1 asks for `app`
└── root 1.0 asks for `leaf<2`
    └── requirements.txt:2 asks for `root`
The version is bounded by `<2`, which root 1.0 asks for: the tightest upper
bound of all.
"""


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toys]:
    """The index, and a working folder with one requirements file."""
    work = tmp_path / "work"
    (work / ".git").mkdir(parents=True)
    (work / "requirements.txt").write_text("app\nroot\n")
    monkeypatch.chdir(work)
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path / "cache"))
    with serve() as found:
        yield found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["why", *arguments])


def lock(toys: Toys, *arguments: str) -> None:
    result = CliRunner().invoke(cli, ["lock", "requirements.txt", *BOTH, *arguments, "--index-url", toys.url])
    assert result.exit_code == 0, result.output


def test_input_is_solved_and_nothing_is_written(toys: Toys) -> None:
    result = run("Leaf", "requirements.txt", *BOTH, "--index-url", toys.url)
    assert (result.exit_code, result.stdout, result.stderr) == (0, TREE, "")
    assert not Path("pylock.toml").exists()


def test_a_lock_is_read_with_the_lines_of_its_input(toys: Toys) -> None:
    lock(toys)
    toys.asked.clear()
    assert run("leaf", "pylock.toml").stdout == TREE
    assert toys.asked == []


def test_where_the_input_has_changed_the_lock_alone_speaks(toys: Toys) -> None:
    lock(toys)
    Path("requirements.txt").write_text("# moved\nroot==1.0\napp\n")
    assert run("leaf", "pylock.toml").stdout == TREE.replace("txt:1", "txt").replace("txt:2", "txt")


def test_a_requirements_lock_says_it_too(toys: Toys) -> None:
    lock(toys, "--format", "requirements")
    result = run("leaf", "requirements.linux-64.txt")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "leaf 1.5 on linux-64")
    assert "root 1.0 asks for `leaf<2`" in result.stdout


def test_a_lock_of_pip_compile_is_a_lock(toys: Toys) -> None:
    Path("compiled.txt").write_text("app==2.0\n    # via -r requirements.in\nleaf==1.5\n    # via app\n")
    result = run("leaf", "compiled.txt")
    assert result.exit_code == 0
    assert "└── app 2.0 asks for it\n    └── requirements.in asks for it\n" in result.stdout
    assert toys.asked == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("laef", "error: `laef` is not locked for any target; hint: did you mean `leaf`?\n"),
        ("zzz", "error: `zzz` is not locked for any target\n"),
    ],
)
def test_a_name_that_is_not_there_is_exit_1(toys: Toys, name: str, said: str) -> None:
    lock(toys)
    result = run(name, "pylock.toml")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)


def test_a_target_that_the_lock_is_not_for_is_exit_2(toys: Toys) -> None:
    lock(toys)
    result = run("leaf", "pylock.toml", "--target", "linux-64,python=3.12")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: `pylock.toml` is not for `linux-64,python=3.12`: it is for Python ")


def test_a_conflict_is_told_as_by_lock(toys: Toys) -> None:
    Path("requirements.txt").write_text("root\nleaf==2.0\n")
    result = run("leaf", "requirements.txt", *BOTH[:2], "--index-url", toys.url)
    assert result.exit_code == 1
    assert "root 1.0 requires leaf<2" in result.stdout


def test_an_index_that_does_not_answer_is_exit_3(toys: Toys) -> None:
    toys.broken = True
    result = run("leaf", "requirements.txt", *BOTH, "--index-url", toys.url)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("error: http://127.0.0.1")


@pytest.mark.parametrize("arguments", [["nofile.txt"], ["pylock.toml", "requirements.txt"], ["pylock.toml"]])
def test_wrong_usage_is_exit_2(toys: Toys, arguments: list[str]) -> None:
    result = run("leaf", *arguments, "--index-url", toys.url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")


def test_a_uv_lock_is_asked_with_all_its_groups(toys: Toys) -> None:
    Path("uv.lock").write_text(
        'version = 1\n[[package]]\nname = "toy"\nsource = { virtual = "." }\n'
        '[package.dev-dependencies]\ndev = [{ name = "leaf" }]\n'
        '[[package]]\nname = "leaf"\nversion = "1.5"\nsource = { registry = "https://example.org/simple" }\n'
    )
    result = run("leaf", "uv.lock")
    assert (result.exit_code, toys.asked) == (0, [])
    assert result.stdout.startswith("leaf 1.5 on linux-64 and linux-aarch64\n└── pyproject.toml asks for `leaf`\n")
