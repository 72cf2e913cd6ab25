"""``compat lock`` as a shell: what it prints and writes, and its exit codes, over an index of toys on loopback."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from compat.api.locking import torch_backend
from compat.cli.commands import cli
from compat.report.json import load_schema
from tests.index.shop import Served
from tests.toy_index import UNIVERSE, Toys, serve

BOTH = ("--target", "linux-64,python=3.11", "--target", "linux-aarch64,python=3.11")
SUMMARY = """\
linux-64,python=3.11: 2 packages
linux-aarch64,python=3.11: 2 packages
pylock.toml: pip install -r pylock.toml
pylock.linux-64.toml: pip install -r pylock.linux-64.toml
pylock.linux-aarch64.toml: pip install -r pylock.linux-aarch64.toml
requirements.linux-64.txt: pip install --require-hashes -r requirements.linux-64.txt
requirements.linux-aarch64.txt: pip install --require-hashes -r requirements.linux-aarch64.txt
A pylock.toml takes pip 26.1 or later, or `uv pip sync FILE`.
"""


@pytest.fixture
def toys() -> Iterator[Toys]:
    with serve() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one requirements file."""
    work = tmp_path / "work"
    (work / ".git").mkdir(parents=True)
    (work / "requirements.txt").write_text("app\n")
    monkeypatch.chdir(work)
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path / "cache"))
    return work


def run(toys: Toys, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["lock", *arguments, "--index-url", toys.url])


def locks(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.name.startswith(("pylock.", "requirements.linux"))
    }


def versions(folder: Path, name: str) -> set[str]:
    """The versions that pylock.toml has of *name*."""
    import tomllib

    packages = tomllib.loads((folder / "pylock.toml").read_text())["packages"]
    return {package["version"] for package in packages if package["name"] == name}


# -- a lock --------------------------------------------------------------------------------------------------------------


def test_it_ends_with_the_packages_and_the_commands(toys: Toys, folder: Path) -> None:
    result = run(toys, "requirements.txt", *BOTH, "--format", "pylock", "--format", "requirements")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", SUMMARY)
    assert len(locks(folder)) == 5
    assert versions(folder, "leaf") == {"2.0", "1.5"}  # the newest that each platform has


@pytest.mark.parametrize("wanted", ["torch", "torch<1"])
def test_the_index_of_torch_is_told_with_a_lock_and_without(
    toys: Toys, folder: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setattr(torch_backend, "find_backend", lambda *_: torch_backend.Backend(toys.url, "it runs there"))
    toys.stock({"torch-2.0-py3-none-any.whl": ()})
    (folder / "requirements.txt").write_text(f"{wanted}\n")
    result = run(toys, "requirements.txt", "--target", "linux-64,driver=550,python=3.11")
    assert result.exit_code == (0 if wanted == "torch" else 1)
    assert f"it runs there: {toys.url}" in " ".join(result.stderr.split())


def test_quiet_prints_nothing(toys: Toys, folder: Path) -> None:
    result = run(toys, "requirements.txt", *BOTH, "-q")
    assert (result.exit_code, result.output) == (0, "")
    assert len(locks(folder)) == 3


def test_the_command_is_for_where_it_was_called(toys: Toys, folder: Path) -> None:
    (folder / "my locks").mkdir()
    result = run(toys, "requirements.txt", "--target", "linux-64,python=3.11", "-o", "my locks")
    assert "my locks/pylock.toml: pip install -r 'my locks/pylock.toml'\n" in result.stderr
    assert len(locks(folder / "my locks")) == 2
    assert not locks(folder)


def test_the_same_bytes_whatever_the_cache_holds(toys: Toys, folder: Path) -> None:
    formats = ("--format", "pylock", "--format", "requirements")
    assert run(toys, "requirements.txt", *BOTH, *formats).exit_code == 0
    first = locks(folder)
    stamps = {name: (folder / name).stat().st_mtime_ns for name in first}
    assert run(toys, "requirements.txt", *BOTH, *formats).exit_code == 0
    assert {name: (folder / name).stat().st_mtime_ns for name in first} == stamps, "what is the same is not written"
    for name in first:
        (folder / name).unlink()
    assert run(toys, "requirements.txt", *BOTH, *formats, "--no-cache").exit_code == 0
    assert locks(folder) == first


def test_the_order_of_the_targets_is_that_of_the_call(toys: Toys, folder: Path) -> None:
    """It shows in the lists of targets alone: the packages stay where they are."""
    run(toys, "requirements.txt", *BOTH)
    first = (folder / "pylock.toml").read_text().splitlines()
    run(toys, "requirements.txt", *BOTH[2:], *BOTH[:2])
    second = (folder / "pylock.toml").read_text().splitlines()
    assert sorted(first) == sorted(second)


def test_a_warm_run_asks_nothing(toys: Toys, folder: Path) -> None:
    run(toys, "requirements.txt", *BOTH)
    toys.asked.clear()
    assert run(toys, "requirements.txt", *BOTH, "--offline").exit_code == 0
    assert toys.asked == []
    assert locks(folder)


def test_several_paths_are_one_environment(toys: Toys, folder: Path) -> None:
    (folder / "more-requirements.txt").write_text("root\n")
    result = run(toys, "requirements.txt", "more-requirements.txt", *BOTH)
    assert result.exit_code == 0, result.output
    assert versions(folder, "leaf") == {"1.5"}


def test_includes_and_constraints_count(toys: Toys, folder: Path) -> None:
    (folder / "requirements.txt").write_text("-r base.txt\n-c constraints.txt\n")
    (folder / "base.txt").write_text("app\n")
    (folder / "constraints.txt").write_text("leaf<1.5\nroot==99\n")
    assert run(toys, "requirements.txt", *BOTH).exit_code == 0
    assert versions(folder, "leaf") == {"1.0"}


def test_of_a_folder_neither_constraints_nor_locks_are_input(toys: Toys, folder: Path) -> None:
    (folder / "constraints.txt").write_text("nosuch==1\n")
    arguments = (".", "--target", "linux-64,python=3.11", "--format", "pylock", "--format", "requirements")
    assert run(toys, *arguments).exit_code == 0
    first = locks(folder)
    assert run(toys, *arguments).exit_code == 0
    assert locks(folder) == first


PYPROJECT = """\
[project]
name = "toy"
version = "1"
requires-python = ">=3.11"
dependencies = ["leaf"]
[project.optional-dependencies]
web = ["app"]
[dependency-groups]
dev = ["root"]
"""


def test_extras_and_groups_are_locked_when_asked_for(toys: Toys, folder: Path) -> None:
    (folder / "pyproject.toml").write_text(PYPROJECT)
    run(toys, "pyproject.toml", "--target", "linux-64")
    assert (versions(folder, "app"), versions(folder, "root")) == (set(), set())
    run(toys, "pyproject.toml", "--target", "linux-64", "--extra", "Web", "--group", "dev")
    assert (versions(folder, "app"), versions(folder, "root")) == ({"2.0"}, {"1.0"})
    assert run(toys, "--check", "pyproject.toml", "--extra", "web", "--group", "dev").exit_code == 0


# -- the lock before -----------------------------------------------------------------------------------------------------

NEWER = {**UNIVERSE, "app-3.0-py3-none-any.whl": ("leaf>=1",), "leaf-3.0-py3-none-any.whl": ()}


@pytest.mark.parametrize("form", ["pylock", "requirements"])
def test_a_small_change_of_the_input_is_a_small_change_of_the_lock(toys: Toys, folder: Path, form: str) -> None:
    run(toys, "requirements.txt", *BOTH, "--format", form)
    before = {name: data.decode().splitlines() for name, data in locks(folder).items()}
    toys.stock(NEWER)
    (folder / "requirements.txt").write_text("# one more\napp\nnative; platform_machine == 'x86_64'\n")
    assert run(toys, "requirements.txt", *BOTH, "--format", form, "--no-cache").exit_code == 0
    after = {name: data.decode().splitlines() for name, data in locks(folder).items()}
    for name, lines in before.items():
        assert [line for line in lines if line not in after[name]] == []


def test_upgrade_takes_the_newest_of_all_or_of_one(toys: Toys, folder: Path) -> None:
    run(toys, "requirements.txt", *BOTH)
    toys.stock(NEWER)
    run(toys, "requirements.txt", *BOTH, "--no-cache", "-P", "Leaf")
    assert (versions(folder, "app"), versions(folder, "leaf")) == ({"2.0"}, {"3.0"})
    run(toys, "requirements.txt", *BOTH, "--no-cache", "--upgrade")
    assert (versions(folder, "app"), versions(folder, "leaf")) == ({"3.0"}, {"3.0"})


def test_a_new_target_takes_what_the_others_have(toys: Toys, folder: Path) -> None:
    run(toys, "requirements.txt", *BOTH[:2])
    toys.stock(NEWER)
    run(toys, "requirements.txt", *BOTH, "--no-cache")
    assert versions(folder, "app") == {"2.0"}


def test_a_lock_that_does_not_parse_is_written_anew(toys: Toys, folder: Path) -> None:
    (folder / "pylock.toml").write_text("packages = [")
    assert run(toys, "requirements.txt", *BOTH).exit_code == 0
    assert versions(folder, "app") == {"2.0"}


@pytest.mark.usefixtures("folder")
def test_a_file_of_an_earlier_run_is_told_of(toys: Toys) -> None:
    run(toys, "requirements.txt", *BOTH)
    result = run(toys, "requirements.txt", *BOTH[:2])
    assert "note: pylock.linux-aarch64.toml is left from an earlier run" in result.stderr
    assert run(toys, "--check", "requirements.txt").exit_code == 0


# -- no lock -------------------------------------------------------------------------------------------------------------

WRONG = {
    "a-missing-file": (["nofile.txt"], "error: `nofile.txt` does not exist\n"),
    "a-missing-extra": (["requirements.txt", "--extra", "dev"], "error: there is no extra `dev`\n"),
    "a-missing-group": (["requirements.txt", "--group", "dev"], "error: there is no group `dev`\n"),
    "a-missing-folder": (["requirements.txt", "-o", "none"], "error: `none` is no folder; hint: make it first\n"),
    "a-format": (
        ["requirements.txt", "--format", "poetry"],
        "error: unknown lock format `poetry`; hint: one of pylock, requirements, conda-lock, explicit, environment, pixi, all\n",
    ),
    "a-date": (
        ["requirements.txt", "--exclude-newer", "soon"],
        "error: `soon` is no date; hint: 2026-01-31 or 2026-01-31T12:00:00Z\n",
    ),
    "a-backend": (
        ["requirements.txt", "--torch-backend", "nonsense"],
        "error: no index is known for the torch backend `nonsense`; hint: write `cu128`, `cpu` or `auto`\n",
    ),
    "lock-without-check": (
        ["requirements.txt", "--lock", "x"],
        "error: `--lock` names what is judged; hint: add `--check`\n",
    ),
    "check-without-lock": (
        ["requirements.txt", "--check"],
        "error: there is no lock in `.`; hint: make one with `compat lock`, or name one with `--lock`\n",
    ),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_wrong_usage_is_one_line_and_exit_2(toys: Toys, folder: Path, arguments: list[str], said: str) -> None:
    result = run(toys, *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", said)
    assert not locks(folder)


def test_a_file_that_does_not_parse_writes_nothing(toys: Toys, folder: Path) -> None:
    (folder / "requirements.txt").write_text("app\nleaf<\n")
    result = run(toys, "requirements.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: requirements.txt:2:1: `leaf<` is no valid requirement")
    assert not locks(folder)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told_before_the_work(toys: Toys, folder: Path) -> None:
    (folder / "ro").mkdir(mode=0o500)
    result = run(toys, "requirements.txt", "-o", "ro")
    assert (result.exit_code, result.stderr) == (2, "error: cannot write into `ro`: permission denied\n")
    assert toys.asked == []


def test_an_index_that_does_not_answer_is_exit_3_and_keeps_the_old_lock(toys: Toys, folder: Path) -> None:
    run(toys, "requirements.txt", *BOTH)
    before = locks(folder)
    toys.broken = True
    result = run(toys, "requirements.txt", *BOTH, "--no-cache")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(f"error: {toys.url}/app/: ")
    assert result.stderr.count("\n") == 1
    assert locks(folder) == before


def test_metadata_with_a_wrong_hash_names_file_and_index(toys: Toys, folder: Path) -> None:
    file = "app-2.0-py3-none-any.whl"
    address = f"{toys.url.removesuffix('/simple')}/files/{file}.metadata"
    toys.shop.served[address] = Served(b"Metadata-Version: 2.1\nName: app\nVersion: 2.0\n")
    result = run(toys, "requirements.txt", *BOTH)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(f"error: {file}"), result.stderr
    assert toys.url in result.stderr
    assert result.stderr.count("\n") == 1
    assert not locks(folder)


def test_a_conflict_on_one_target_counts_though_an_index_fails_on_the_next(toys: Toys, folder: Path) -> None:
    (folder / "requirements.txt").write_text("old; platform_machine == 'x86_64'\napp; platform_machine == 'aarch64'\n")
    toys.shop.served[f"{toys.url}/app/"] = Served(b"", status=503)
    result = run(toys, "requirements.txt", *BOTH)
    assert result.exit_code == 1, result.output
    assert "requirements.txt:1:1: error[PYV001]" in result.stdout
    assert result.stderr.startswith(f"error: {toys.url}/app/: ")


def test_offline_with_an_empty_cache_is_exit_3(toys: Toys, folder: Path) -> None:
    result = run(toys, "requirements.txt", *BOTH, "--offline")
    said = f"error: {toys.url} may not be asked for app (offline), and the cache does not have it\n"
    assert (result.exit_code, result.stdout, result.stderr) == (3, "", said)
    assert not locks(folder)


CONFLICTS = {
    "two-that-exclude-each-other": (
        "root\nleaf==2.0\n",
        """\
requirements.txt:2:1: error[ABI001]: `leaf==2.0` and `root` cannot be installed together: root 1.0 requires leaf<2
  1 | root
    | ---- `root` is asked for here
  2 | leaf==2.0
    | ^^^^^^^^^
""",
    ),
    "no-such-project": (
        "numpyy\n",
        "requirements.txt:1:1: error[REQ007]: `numpyy` cannot be installed: no index that is asked has a project numpyy\n",
    ),
    "no-such-release": (
        "app==9\n",
        "requirements.txt:1:1: error[REQ007]: `app==9` cannot be installed: the package index has no app 9\n",
    ),
    "no-wheel-for-the-python": (
        "old\n",
        "requirements.txt:1:1: error[PYV001]: `old` cannot be installed on Python 3.11",
    ),
}


@pytest.mark.parametrize(("text", "said"), CONFLICTS.values(), ids=CONFLICTS)
def test_a_conflict_is_told_with_its_lines_and_is_exit_1(toys: Toys, folder: Path, text: str, said: str) -> None:
    (folder / "requirements.txt").write_text(text)
    result = run(toys, "requirements.txt", *BOTH[:2])
    assert result.exit_code == 1, result.output
    assert result.stdout.startswith(said), result.stdout
    assert result.stderr == ""
    assert not locks(folder)


def test_a_conflict_names_its_platform(toys: Toys, folder: Path) -> None:
    (folder / "requirements.txt").write_text("app\nnative\n")
    result = run(toys, "requirements.txt", *BOTH)
    assert result.exit_code == 1
    assert "requirements.txt:2:1: error[PYV003]: `native` cannot be installed on linux-aarch64" in result.stdout
    assert "  targets: linux-aarch64,python=3.11\n" in result.stdout
    assert not locks(folder)


def test_the_nearest_change_is_said_and_what_is_the_same_is_told_once(toys: Toys, folder: Path) -> None:
    (folder / "requirements.txt").write_text("root\nleaf==2.0\n")
    toys.stock({**UNIVERSE, "leaf-2.0-py3-none-any.whl": ()})
    result = run(toys, "requirements.txt", *BOTH)
    assert result.stdout.count("error[ABI001]") == 1
    assert "targets: linux-64,python=3.11; linux-aarch64,python=3.11\n" in result.stdout
    assert "Use `leaf==1.5`" in result.stdout


def test_a_typing_error_gets_the_nearest_name(toys: Toys, folder: Path) -> None:
    (folder / "requirements.txt").write_text("numpyy\n")
    assert "hint: did you mean `numpy`?" in run(toys, "requirements.txt", *BOTH).stdout


def test_the_json_report_holds_to_the_schema(toys: Toys, folder: Path) -> None:
    schema = json.loads(load_schema())
    for text, verdict in (("app\n", "ok"), ("app==9\n", "conflict")):
        (folder / "requirements.txt").write_text(text)
        document = json.loads(run(toys, "requirements.txt", *BOTH, "--report", "json").stdout)
        jsonschema.validate(document, schema)
        assert document["verdict"] == verdict
    checked = json.loads(run(toys, "--check", "requirements.txt", "--report", "json").stdout)
    jsonschema.validate(checked, schema)
    [found] = checked["diagnostics"]
    assert (found["code"], found["path"], found["line"], found["packages"]) == (
        "LCK001",
        "requirements.txt",
        1,
        ["app"],
    )
    assert {related["path"] for related in found["related"]} == {
        "pylock.toml",
        "pylock.linux-64.toml",
        "pylock.linux-aarch64.toml",
    }


# -- --check -------------------------------------------------------------------------------------------------------------


def test_check_is_offline_and_quiet_where_the_lock_does(toys: Toys, folder: Path) -> None:
    run(toys, "requirements.txt", *BOTH, "--format", "pylock", "--format", "requirements")
    toys.asked.clear()
    before = locks(folder)
    result = run(toys, "--check", "requirements.txt")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("ok: no findings in 6 files")
    assert (toys.asked, locks(folder)) == ([], before)


STALE = """\
requirements.txt:1:1: error[LCK001]: `app<2` is locked to 2.0
  1 | app<2
    | ^^^^^
  2 | native
  related: requirements.linux-64.txt:3:1: what is locked
  targets: linux-64,glibc=2.28,python=3.11
  help: compat explain LCK001

requirements.txt:2:1: error[LCK001]: `native` is not locked
  1 | app<2
  2 | native
    | ^^^^^^
  related: requirements.linux-64.txt: this lock has nothing of it
  targets: linux-64,glibc=2.28,python=3.11
  help: compat explain LCK001

2 errors in 2 files (matrix of """


def test_check_tells_at_the_line_what_changed(toys: Toys, folder: Path) -> None:
    run(toys, "requirements.txt", *BOTH[:2], "--format", "requirements")
    (folder / "requirements.txt").write_text("app<2\nnative\n")
    result = run(toys, "--check", "requirements.txt")
    assert result.exit_code == 1
    assert result.stdout.startswith(STALE), result.stdout


def test_check_finds_the_hole_of_another_platform(toys: Toys, folder: Path) -> None:
    """A lock of another tool, judged for a machine that it was not made on."""
    (folder / "requirements.in").write_text("native\n")
    (folder / "lock.toml").write_text(
        'lock-version = "1.0"\ncreated-by = "uv"\n[[packages]]\nname = "native"\nversion = "1.0"\n'
        'wheels = [{ url = "https://example.org/native-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", '
        f'hashes = {{ sha256 = "{"0" * 64}" }} }}]\n'
    )
    result = run(toys, "--check", "requirements.in", "--lock", "lock.toml", *BOTH)
    assert result.exit_code == 1
    assert "lock.toml:3:" in result.stdout
    assert "error[LCK002]" in result.stdout
    assert "  targets: linux-aarch64,glibc=2.28,python=3.11\n" in result.stdout
    assert run(toys, "--check", "requirements.in", "--lock", "lock.toml", *BOTH[:2]).exit_code == 0


def test_check_judges_what_pip_compile_and_uv_have_put_beside_the_input(toys: Toys, folder: Path) -> None:
    (folder / "requirements.txt").unlink()
    (folder / "requirements.in").write_text("app>=3\n")
    head = "# This file was autogenerated by uv via the following command:\n#    uv pip compile requirements.in\n"
    (folder / "requirements.txt").write_text(
        f"{head}app==2.0\n    # via -r requirements.in\nleaf==1.5\n    # via app\n"
    )
    result = run(toys, "--check", "requirements.in", *BOTH[:2])
    assert result.exit_code == 1
    assert "requirements.in:1:1: error[LCK001]: `app>=3` is locked to 2.0\n" in result.stdout


UV_LOCK = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "toy"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "leaf" }]

[package.optional-dependencies]
web = [{ name = "app" }]

[[package]]
name = "leaf"
version = "1.5"
source = { registry = "https://example.org/simple" }
wheels = [{ url = "https://example.org/leaf-1.5-py3-none-any.whl", hash = "sha256:00" }]
"""


def test_check_judges_a_uv_lock_beside_the_project(toys: Toys, folder: Path) -> None:
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "uv.lock").write_text(UV_LOCK)
    assert run(toys, "--check", "pyproject.toml").exit_code == 0
    (folder / "pyproject.toml").write_text(PYPROJECT.replace('"leaf"', '"leaf>=2"'))
    result = run(toys, "--check", "pyproject.toml")
    assert result.exit_code == 1
    assert "pyproject.toml:5:18: error[LCK001]: `leaf>=2` is locked to 1.5\n" in result.stdout


@pytest.mark.usefixtures("folder")
def test_check_says_that_no_lock_is_for_a_target(toys: Toys) -> None:
    run(toys, "requirements.txt", *BOTH[:2], "--format", "requirements")
    result = run(toys, "--check", "requirements.txt", *BOTH)
    assert result.exit_code == 1
    assert "error[LCK001]: no lock is for `linux-aarch64,glibc=2.28,python=3.11`\n" in result.stdout


@pytest.mark.parametrize("text", ["packages = [", 'lock-version = "1.0"\n'])
def test_a_lock_that_does_not_parse_is_exit_2_in_check(toys: Toys, folder: Path, text: str) -> None:
    (folder / "pylock.toml").write_text(text)
    result = run(toys, "--check", "requirements.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: pylock.toml")
