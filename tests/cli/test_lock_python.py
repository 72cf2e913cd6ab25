"""``compat lock`` where nobody says which Python, and where a conda part without a solution goes before all else."""

from __future__ import annotations

import pytest

from tests.cli.conda_world import NATIVE, NOARCH, WHEELS, World
from tests.index.toy_channels import toy, write_channel

pytest.importorskip("rattler")

OPEN = "name: demo\ndependencies:\n  - python>=3.9\n  - pandas\n"
#: There is only a build for Python 3.12.
LATE = toy("late", "1.0", "python >=3.12,<3.13.0a0")


def test_the_lowest_python_that_the_channels_have(world: World) -> None:
    """The files admit 3.9, which the channel does not have: conda would take another one, too."""
    world.ask_for(OPEN)
    result = world.run()
    assert result.exit_code == 0, result.output
    assert world.versions()["python"] == world.versions("linux-aarch64")["python"] == "3.11.9"
    assert "Python 3.11 was taken: neither the files nor the targets fix one, and with Python 3.9 there is" in " ".join(
        result.stderr.split()
    )


def test_the_lowest_python_that_everything_is_built_for(world: World) -> None:
    world.stock(LATE)
    world.ask_for(OPEN.replace("pandas", "late"))
    result = world.run()
    assert result.exit_code == 0, result.output
    assert world.versions()["python"] == "3.12.1"


def test_platforms_get_the_same_python(world: World) -> None:
    """linux-64 alone would take 3.11."""
    write_channel(
        world.channels.folder / "toys",
        linux_64=(*NATIVE, toy("late", "1.0", "python")),
        linux_aarch64=(*NATIVE, LATE),
        noarch=NOARCH,
    )
    world.ask_for(OPEN.replace("pandas", "late"))
    assert world.run().exit_code == 0
    assert world.versions()["python"] == world.versions("linux-aarch64")["python"] == "3.12.1"


def test_a_python_taken_in_place_of_another_is_kept(world: World) -> None:
    world.ask_for(OPEN)
    world.run()
    first = world.files()
    assert world.run().exit_code == 0
    assert world.files() == first
    assert world.run("--check").exit_code == 0
    stated = world.run("--check", "--target", "linux-64", "--target", "linux-aarch64")
    assert stated.exit_code == 0, stated.output


def test_the_locks_of_the_pip_part_go_with_it(world: World) -> None:
    world.ask_for(f"{OPEN}  - pip\n  - pip:\n    - leaf\n")
    assert world.run("--format", "all").exit_code == 0
    stated = world.run("--check", "--target", "linux-64", "--target", "linux-aarch64")
    assert stated.exit_code == 0, stated.output


def test_a_project_that_conda_has_is_no_hole_of_the_environment_lock(world: World) -> None:
    """Tqdm is noarch, which an environment.yml does not say, and in no table."""
    world.ask_for(f"{OPEN}  - tqdm\n  - pip\n  - pip:\n    - tqdm\n    - leaf\n")
    assert world.run("--format", "environment").exit_code == 0
    checked = world.run("--check")
    assert checked.exit_code == 0, checked.output


def test_a_python_that_the_target_states_stays(world: World) -> None:
    world.ask_for(OPEN)
    result = world.run("--target", "linux-64,python=3.10")
    assert result.exit_code == 1
    assert "says Python 3.10" in " ".join(result.stdout.split())


def test_no_python_helps(world: World) -> None:
    """Then it is told of the assumed one."""
    world.stock(LATE)
    world.ask_for(OPEN.replace("python>=3.9", "python>=3.9,<3.12").replace("pandas", "late"))
    result = world.run()
    assert result.exit_code == 1
    assert "was taken" not in result.output


GONE = "    - gone @ http://127.0.0.1:9/gone-1.0.tar.gz\n"


def test_a_conda_part_without_solution_is_told_whatever_pip_does_not_reach(world: World) -> None:
    world.ask_for(f"{OPEN}  - numpy=9\n  - pip:\n{GONE}")
    result = world.run()
    assert (result.exit_code, "REQ009" in result.stdout) == (1, True), result.output


def test_on_one_platform_of_two(world: World) -> None:
    write_channel(
        world.channels.folder / "toys",
        linux_64=(*NATIVE, toy("only", "1.0")),
        linux_aarch64=NATIVE,
        noarch=NOARCH,
    )
    world.ask_for(f"{OPEN}  - only\n  - pip:\n{GONE}".replace("python>=3.9", "python=3.11"))
    result = world.run()
    assert (result.exit_code, "REQ009" in result.stdout) == (1, True), result.output
    assert "linux-aarch64" in result.stdout


def test_what_an_extra_of_a_conda_package_asks_for_is_asked_for(world: World) -> None:
    """``carrier`` asks for ``tqdm[fast]``, which conda has without its extra."""
    world.index.stock(
        {
            **WHEELS,
            "carrier-1.0-py3-none-any.whl": ("tqdm[fast]",),
            "tqdm-4.66-py3-none-any.whl": ("leaf; extra == 'fast'",),
        }
    )
    world.ask_for(f"{OPEN}  - tqdm\n  - pip\n  - pip:\n    - carrier\n")
    assert world.run("--format", "all").exit_code == 0
    assert {one.name for one in world.lock().packages} == {"carrier", "leaf"}
    checked = world.run("--check")
    assert (checked.exit_code, "nobody asks" in checked.output) == (0, False), checked.output


def test_a_clash_of_the_pip_part_is_told_of_the_python_that_was_taken(world: World) -> None:
    """The files admit 3.9, and 3.11 is what conda has."""
    world.index.stock({"old-1.0-cp39-cp39-manylinux_2_17_x86_64.whl": ()})
    world.ask_for(f"{OPEN}  - pip\n  - pip:\n    - old\n")
    result = world.run("--target", "linux-64")
    said = " ".join(result.output.split())
    assert (result.exit_code, "Python 3.11" in said, "on Python 3.9" in said) == (1, True, False), result.output
