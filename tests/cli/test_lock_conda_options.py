"""Options of ``compat lock environment.yml``, secrets, other tools' word on the files, and Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from compat.api.locking import torch_backend
from compat.api.locking import validate as lock_validate
from compat.api.locking.torch_backend import Backend, find_backend
from compat.api.locking.validate import Validation
from tests.channel_server import JSON
from tests.cli.conda_world import CONDA_ONLY, MIXED, NATIVE, World
from tests.index.shop import everything_in
from tests.index.toy_channels import toy

pytest.importorskip("rattler")


# -- options -------------------------------------------------------------------------------------------------------------


def test_channels_of_the_call_stand_in_place_of_those_of_the_file(world: World) -> None:
    world.stock(*(one for one in NATIVE if one["name"] != "numpy"), toy("numpy", "3.0", "python"), channel="mine")
    result = world.run("--channel", f"{world.channels.url}/mine")
    assert result.exit_code == 0, result.output
    assert world.versions()["numpy"] == "3.0"
    assert not any(path.startswith("/toys") for path in world.channels.paths)
    assert [channel.rpartition("/")[2] for channel in world.lock().channels] == ["mine"]


@pytest.mark.parametrize(("priority", "version"), [("strict", "2.1.0"), ("flexible", "2.1.0"), ("disabled", "3.0")])
def test_priority_of_channels(world: World, priority: str, version: str) -> None:
    world.stock(toy("numpy", "3.0", "python"), channel="mine")
    world.ask_for(CONDA_ONLY, world.channel, f"{world.channels.url}/mine")
    assert world.run("--channel-priority", priority).exit_code == 0
    assert world.versions()["numpy"] == version


def test_an_index_of_torch_is_no_news_where_conda_brings_torch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Backend | None] = []

    def spy(*question: Any) -> Backend | None:  # noqa: ANN401 - those of find_backend
        found.append(find_backend(*question))
        return found[-1]

    monkeypatch.setattr(torch_backend, "find_backend", spy)
    world.stock(toy("pytorch", "2.14.1", "python", "numpy"))
    world.ask_for(MIXED.replace("- pandas", "- pytorch").replace("- scanner", "- leaf"))
    result = world.run("--target", "linux-64,driver=550")
    assert result.exit_code == 0, result.output
    [backend] = found
    assert backend is not None
    assert backend.index_url not in result.stderr


def test_exclude_newer_goes_for_both_parts(world: World) -> None:
    world.stock(toy("tool", "1", timestamp=1700000000000), toy("tool", "2", timestamp=1720000000000))
    world.ask_for("name: demo\ndependencies:\n  - tool\n")
    assert world.run("--exclude-newer", "2024-01-01").exit_code == 0
    assert world.versions()["tool"] == "1"
    (world.folder / "conda-lock.yml").unlink()
    assert world.run().exit_code == 0
    assert world.versions()["tool"] == "2"


def test_offline_takes_what_the_cache_has(world: World) -> None:
    world.ask_for(MIXED)
    cold = world.run("--offline")
    assert (cold.exit_code, cold.stdout, world.files()) == (3, "", {})
    assert len(cold.stderr.splitlines()) == 1
    assert world.run().exit_code == 0
    first = world.files()
    (world.folder / "conda-lock.yml").unlink()
    world.channels.asked.clear()
    world.index.asked.clear()
    warm = world.run("--offline")
    assert warm.exit_code == 0, warm.output
    assert (world.channels.asked, world.index.asked) == ([], [])
    assert world.files() == first


# -- secrets -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["login", "variable", "token"])
@pytest.mark.parametrize("broken", [False, True])
def test_no_secret_of_a_channel_is_written_or_said(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, broken: bool
) -> None:
    address = f"127.0.0.1:{world.channels.port}"
    monkeypatch.setenv("TOYS_WORD", "s3cret")
    if form != "token":
        world.channels.login = "user:s3cret"
        world.ask_for(MIXED, f"http://user:{'s3cret' if form == 'login' else '${TOYS_WORD}'}@{address}/toys")
    else:
        world.channels.token = "s3cret"  # noqa: S105
        world.ask_for(MIXED, f"http://{address}/t/s3cret/toys")
    if broken:
        world.channels.faults[JSON] = 500
    result = world.run("--format", "all")
    assert result.exit_code == (3 if broken else 0), result.output
    assert "s3cret" not in result.output
    assert not any(b"s3cret" in data for data in world.files().values())
    assert b"s3cret" not in everything_in(tmp_path / "cache")
    world.ask_for(MIXED.replace("- scanner", "- relic"), f"http://user:s3cret@{address}/toys")
    assert "s3cret" not in world.run().output


# -- --validate ----------------------------------------------------------------------------------------------------------


def test_validated_files_are_written(world: World) -> None:
    world.ask_for(MIXED)
    result = world.run("--format", "all", "--validate")
    assert result.exit_code == 0, result.output
    assert "conda-lock.yml" in world.files()


@pytest.mark.usefixtures("world")
def test_what_no_tool_could_be_asked_about_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_validate, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", "")
    result = world.run("--validate")
    assert result.exit_code == 0
    assert "note: conda-lock.yml is not validated: conda-lock is not installed\n" in result.stderr
    assert "conda-lock.yml" in world.files()
    assert world.run("--validate", "-q").output == ""


def test_what_a_tool_does_not_read_is_not_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_files: object) -> Validation:
        return Validation(("conda-lock.yml: conda-lock does not read it: odd",), ())

    monkeypatch.setattr(lock_validate, "validate_files", refuse)
    result = world.run("--validate")
    assert (result.exit_code, result.stdout, world.files()) == (1, "", {})
    assert result.stderr == (
        "error: conda-lock.yml: conda-lock does not read it: odd\n"
        "Nothing is written. If the tool is right, this is a bug in compat: please report it.\n"
    )


def test_check_and_validate_are_two_questions(world: World) -> None:
    result = world.run("--check", "--validate")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: `--validate` is about what is written, and `--check` writes nothing\n",
    )


# -- interrupted ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_ctrl_c_while_a_channel_keeps_silent(world: World) -> None:
    assert world.run().exit_code == 0
    before = world.files()
    world.ask_for(f"{CONDA_ONLY}  - tqdm\n")
    world.channels.faults[JSON] = "trickle"
    world.channels.asked.clear()
    process = subprocess.Popen(
        [sys.executable, "-c", "from compat.cli import main\nmain()", "lock", "environment.yml", "--no-cache"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    while not world.channels.asked and process.poll() is None:
        time.sleep(0.005)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, ("", "\n"))
    assert time.monotonic() - start < 5
    assert world.files() == before
