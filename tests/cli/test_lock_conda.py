"""``compat lock environment.yml`` as a shell: conda and pip together, what is printed, written, and kept of the lock before."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.channel_server import JSON, ChannelServer, serving
from tests.cli.conda_world import CONDA_ONLY, MIXED, NATIVE, NOARCH, WHEELS, World
from tests.index.toy_channels import toy, write_channel

pytest.importorskip("rattler")

Golden = Callable[[str, str], None]


# -- a lock --------------------------------------------------------------------------------------------------------------


def test_conda_alone(world: World, golden: Golden) -> None:
    result = world.run()
    assert (result.exit_code, result.stdout) == (0, "")
    golden("lock-conda-alone.txt", world.said(result))
    assert list(world.files()) == ["conda-lock.yml"]
    assert world.lock().subdirs == ("linux-64", "linux-aarch64")
    assert world.versions() == {"libffi": "3.4", "numpy": "2.1.0", "pandas": "2.2.0", "python": "3.11.9"}
    assert world.versions("linux-aarch64") == world.versions()
    assert world.index.asked == []


def test_pip_makes_conda_move_and_a_note_says_so(world: World, golden: Golden) -> None:
    world.ask_for(MIXED)
    result = world.run()
    assert (result.exit_code, result.stdout) == (0, "")
    golden("lock-conda-and-pip.txt", world.said(result))
    for subdir in ("linux-64", "linux-aarch64"):
        assert (world.versions(subdir)["numpy"], world.versions(subdir)["pandas"]) == ("1.26.4", "2.1.0")
    assert {(one.name, one.version) for one in world.lock().packages} == {("scanner", "1.2"), ("leaf", "1.5")}


def test_all_formats_each_with_its_command(world: World, golden: Golden) -> None:
    world.ask_for(MIXED)
    result = world.run("--format", "all")
    assert (result.exit_code, result.stdout) == (0, "")
    golden("lock-all-formats.txt", world.said(result))
    assert set(world.files()) == {
        "conda-lock.yml",
        *(
            f"{start}{subdir}{end}"
            for start, end in (
                ("conda-", ".lock"),
                ("environment.", ".yml"),
                ("pylock.", ".toml"),
                ("requirements.", ".txt"),
            )
            for subdir in ("linux-64", "linux-aarch64")
        ),
        "pylock.toml",
        "pixi.lock",
        "pixi.toml",
    }


def test_all_formats_of_a_lock_that_pixi_cannot_hold(world: World) -> None:
    """Two targets of one platform: what cannot be written is a note, and the rest is there."""
    result = world.run("--format", "all", "--target", "linux-64", "--target", "linux-64,gpu=h100")
    assert result.exit_code == 0, result.output
    assert "note: nothing is written in the format `pixi`: " in result.stderr
    assert "pixi.lock" not in world.files()
    assert world.run("--format", "pixi", "--target", "linux-64", "--target", "linux-64,gpu=h100").exit_code == 2


def test_the_pip_part_alone_says_that_it_is_half(world: World, golden: Golden) -> None:
    world.ask_for(MIXED)
    result = world.run("--format", "pylock", "--format", "requirements", "--target", "linux-64")
    assert result.exit_code == 0
    golden("lock-pip-part-alone.txt", world.said(result))
    assert "numpy" not in (world.folder / "requirements.linux-64.txt").read_text().replace("(numpy", "")


def test_quiet_prints_nothing(world: World) -> None:
    world.ask_for(MIXED)
    result = world.run("-q")
    assert (result.exit_code, result.output) == (0, "")
    assert "conda-lock.yml" in world.files()


# -- no lock -------------------------------------------------------------------------------------------------------------


def test_a_clash_of_the_two_parts_is_told_and_nothing_written(world: World, golden: Golden) -> None:
    world.ask_for(MIXED.replace("scanner", "relic"))
    result = world.run()
    assert (result.exit_code, result.stderr) == (1, "")
    golden("lock-conda-pip-clash.txt", re.sub(r"matrix of [\d-]+", "matrix of DAY", world.said(result)))
    assert world.files() == {}


def test_what_conda_installs_need_not_be_on_an_index(world: World) -> None:
    """It is no misspelt name, and the two parts are what does not agree."""
    wheels = {name: requires for name, requires in WHEELS.items() if not name.startswith("numpy")}
    world.index.stock(wheels)
    world.ask_for(MIXED.replace("scanner", "relic"))
    del world.index.shop.served[f"{world.index.url}/numpy/"]
    result = world.run()
    assert result.exit_code == 1
    assert (
        "error[ENV005]: conda and pip do not agree on what is installed: relic 1.0 requires numpy<1.20" in result.stdout
    )
    assert "did you mean" not in result.stdout


def test_a_channel_without_pip_is_told_so(world: World) -> None:
    """The pip part needs it, whether or not a line asks for it."""
    write_channel(world.channels.folder / "toys", linux_64=NATIVE, linux_aarch64=NATIVE)
    world.ask_for(MIXED.replace("  - pip\n", ""))
    result = world.run("--target", "linux-64")
    assert result.exit_code == 1
    told = "error[REQ009]: `pip`, which the pip part needs, cannot be installed: no channel has pip for linux-64\n"
    assert told in result.stdout


def test_where_one_platform_fails_it_is_named_and_no_half_lock_written(world: World, golden: Golden) -> None:
    write_channel(
        world.channels.folder / "toys", linux_64=(*NATIVE, toy("mkl", "2024")), linux_aarch64=NATIVE, noarch=NOARCH
    )
    world.ask_for(f"{CONDA_ONLY}  - mkl\n")
    result = world.run()
    assert (result.exit_code, result.stderr) == (1, "")
    golden("lock-conda-one-platform.txt", re.sub(r"matrix of [\d-]+", "matrix of DAY", world.said(result)))
    assert world.files() == {}
    assert world.run("--target", "linux-64").exit_code == 0


@pytest.mark.parametrize("fault", [500, "garbage", "truncated"])
def test_a_channel_that_fails_is_one_message_and_the_old_lock_stays(world: World, fault: int | str) -> None:
    assert world.run().exit_code == 0
    before = world.files()
    world.ask_for(f"{CONDA_ONLY}  - tqdm\n")
    world.channels.faults[JSON] = fault
    result = world.run("--no-cache")
    assert (result.exit_code, result.stdout) == (3, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert f"{world.channel}" in line
    assert world.files() == before


def test_a_channel_that_is_none_is_wrong_usage(world: World) -> None:
    world.ask_for(CONDA_ONLY, f"{world.channels.url}/tyos")
    result = world.run()
    assert (result.exit_code, result.stdout, world.files()) == (2, "", {})
    [line] = result.stderr.splitlines()
    assert f"{world.channels.url}/tyos" in line


def test_a_channel_that_is_gone_is_one_message(world: World, tmp_path: Path) -> None:
    with serving(ChannelServer(tmp_path)) as gone:
        pass
    world.ask_for(CONDA_ONLY, f"{gone.url}/toys")
    result = world.run()
    assert (result.exit_code, result.stdout, world.files()) == (3, "", {})
    [line] = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert f"{gone.url}/toys" in line


def test_without_py_rattler_the_extra_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent:
        def find_spec(self, name: str, *_more: object) -> None:
            if name.partition(".")[0] == "rattler":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    for name in [name for name in sys.modules if name.partition(".")[0] == "rattler"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    result = world.run()
    assert (result.exit_code, result.stdout, world.files()) == (2, "", {})
    assert result.stderr == (
        "error: conda packages are solved by py-rattler, which is not installed; "
        "hint: pip install 'compat-matrix[conda]'\n"
    )


# -- the lock that is there ----------------------------------------------------------------------------------------------


def test_a_small_change_of_the_input_is_one_of_the_lock(world: World) -> None:
    world.ask_for(MIXED.replace("- pandas", "- numpy"))
    assert world.run().exit_code == 0
    before = world.files()["conda-lock.yml"].decode().splitlines()
    world.stock(toy("libffi", "3.5"), toy("numpy", "1.26.5", "python"))
    world.index.stock({**WHEELS, "leaf-1.6-py3-none-any.whl": ()})
    world.ask_for(MIXED.replace("- pandas", "- numpy\n  - tqdm"))
    fresh = ("--no-cache",)
    assert world.run(*fresh).exit_code == 0
    after = world.files()["conda-lock.yml"].decode().splitlines()
    gone = [line for line in before if line not in after]
    assert all(re.fullmatch(r" +linux-(64|aarch64): [0-9a-f]{64}", line) for line in gone), gone  # the content hashes
    assert (world.versions()["libffi"], world.versions()["tqdm"]) == ("3.4", "4.66")
    assert world.run(*fresh, "-P", "libffi").exit_code == 0
    assert (world.versions()["libffi"], world.versions()["numpy"]) == ("3.5", "1.26.4")
    assert {one.version for one in world.lock().packages if one.name == "leaf"} == {"1.5"}
    assert world.run(*fresh, "--upgrade").exit_code == 0
    assert (world.versions()["libffi"], world.versions()["numpy"]) == ("3.5", "1.26.5")
    assert {one.version for one in world.lock().packages if one.name == "leaf"} == {"1.6"}


def test_the_same_bytes_whatever_the_cache_holds(world: World) -> None:
    world.ask_for(MIXED)
    assert world.run("--format", "all").exit_code == 0
    first = world.files()
    stamps = {name: (world.folder / name).stat().st_mtime_ns for name in first}
    assert world.run("--format", "all").exit_code == 0
    assert {name: (world.folder / name).stat().st_mtime_ns for name in first} == stamps, (
        "what is the same is not written"
    )
    for name in first:
        (world.folder / name).unlink()
    assert world.run("--format", "all", "--no-cache").exit_code == 0
    assert world.files() == first
