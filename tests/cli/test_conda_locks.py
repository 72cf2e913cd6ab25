"""Locks with a conda part once they are there: ``lock --check``, ``check`` and ``why``, in every format."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from compat.cli.commands import cli
from tests.cli.conda_world import MIXED, World

pytest.importorskip("rattler")

FORMATS = ("conda-lock", "pixi", "explicit", "environment", "pylock", "requirements")


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def locked(world: World) -> World:
    world.ask_for(MIXED)
    assert world.run(*(word for name in FORMATS for word in ("--format", name))).exit_code == 0
    return world


def findings(result: Result) -> list[tuple[str, str, int | None, str]]:
    found = json.loads(result.stdout)["diagnostics"]
    return [(one["severity"], one["path"], one["line"], one["message"]) for one in found]


def test_fresh_locks_do_for_their_input(locked: World) -> None:
    result = locked.run("--check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("ok: no findings in 12 files"), result.stdout


@pytest.mark.parametrize("name", FORMATS)
def test_a_fresh_lock_of_each_format_does_alone(world: World, name: str) -> None:
    world.ask_for(MIXED)
    assert world.run("--format", name).exit_code == 0
    result = world.run("--check", "--report", "json")
    assert (result.exit_code, findings(result)) == (0, [])


def test_a_fresh_lock_has_no_findings_of_its_own(locked: World) -> None:
    """``check`` of every lock, and of the folder."""
    for name in sorted(locked.files()):
        if name != "pixi.toml":
            result = invoke("check", name, "--format", "json")
            assert (name, result.exit_code, findings(result)) == (name, 0, [])
            assert json.loads(result.stdout)["verdict"] == "ok"
    assert invoke("check", ".").exit_code == 0


@pytest.mark.parametrize(
    ("edit", "line", "said"),
    [
        (("- pandas", "- pandas <2.1"), 6, "`pandas <2.1` is locked to 2.1.0 (0)"),
        (("- pandas", "- pandas\n  - tqdm"), 7, "`tqdm` is not locked"),
        (("- scanner", "- scanner<1"), 9, "`scanner<1` is locked to 1.2"),
        (("- scanner", "- scanner\n    - numpy>=2"), 10, "`numpy>=2` is locked to conda's 1.26.4"),
    ],
)
def test_an_edit_of_the_input_is_told_at_its_line(locked: World, edit: tuple[str, str], line: int, said: str) -> None:
    path = locked.folder / "environment.yml"
    path.write_text(path.read_text().replace(*edit))
    result = locked.run("--check", "--report", "json")
    assert result.exit_code == 1
    errors = [one for one in findings(result) if one[0] == "error"]
    assert [one[1:] for one in errors] == [("environment.yml", line, said)]
    related = json.loads(result.stdout)["diagnostics"][0]["related"]
    assert {one["path"] for one in related} & {"conda-lock.yml", "pixi.lock"}


@pytest.mark.usefixtures("locked")
def test_a_lock_for_one_platform_does_not_do_for_another() -> None:
    result = invoke("check", "conda-linux-64.lock", "--target", "linux-aarch64", "--format", "json")
    assert result.exit_code == 1
    [found] = findings(result)
    assert found[3].startswith("the lock is not for `linux-aarch64`: it is for linux-64")
    both = ("conda-linux-64.lock", "conda-linux-aarch64.lock")
    result = invoke("check", *both, "--target", "linux-64", "--target", "linux-aarch64", "--format", "json")
    assert result.exit_code == 0
    assert {one[0] for one in findings(result)} == {"info"}


def test_a_record_that_was_taken_out_is_a_hole(locked: World) -> None:
    path = locked.folder / "conda-linux-64.lock"
    lock = locked.folder / "conda-lock.yml"
    text = lock.read_text()
    start = text.index("- name: libffi")
    lock.write_text(text[:start] + text[text.index("- name:", start + 1) :])
    result = invoke("check", "conda-lock.yml", "--format", "json")
    assert result.exit_code == 1
    [found] = findings(result)
    assert found[3] == "`python 3.11.9 (0)` depends on `libffi`, which is not locked for linux-64"
    # An explicit file says nothing of who depends on whom.
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "libffi" not in line) + "\n")
    assert invoke("check", "conda-linux-64.lock").exit_code == 0


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("lock", ["conda-lock.yml", "pixi.lock"])
def test_why_goes_from_a_conda_package_to_the_lines_of_the_input(lock: str) -> None:
    result = invoke("why", "numpy", lock, "--target", "linux-64")
    assert result.exit_code == 0
    assert "numpy 1.26.4 (0) of conda on linux-64\n" in result.stdout
    assert "pandas 2.1.0 (0) asks for `numpy >=1.22,<2`\n" in result.stdout
    assert "The version is bounded by `>=1.22,<2`, which pandas 2.1.0 (0) asks for" in result.stdout
    if lock == "conda-lock.yml":
        assert "    └── environment.yml:6 asks for `pandas`\n" in result.stdout


def test_why_tells_what_the_pip_part_asks_of_conda(locked: World) -> None:
    """Solved, not read: the METADATA of ``scanner`` is at hand."""
    (locked.folder / "conda-lock.yml").unlink()
    result = invoke("why", "numpy", "environment.yml", "--target", "linux-64", "--index-url", locked.index.url)
    assert result.exit_code == 0, result.stderr
    assert "scanner 1.2 asks for `numpy<2`" in result.stdout
    assert "environment.yml:9 asks for `scanner`" in result.stdout


def test_why_knows_no_other_name(locked: World) -> None:
    result = invoke("why", "pandsa", "conda-lock.yml")
    assert (result.exit_code, result.stderr) == (
        1,
        "error: `pandsa` is not locked for any target; hint: did you mean `pandas`?\n",
    )
    assert locked.folder.is_dir()
