"""``compat export dockerfile`` as a shell: what is printed, what is written, and what is never replaced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compat.cli.commands import cli
from compat.lock import write_lock
from tests.export.plans import complaints
from tests.lock.pixi_universe import mixed_lock
from tests.lock.universe import INDEX, torch_lock

FILES = [
    ".dockerignore",
    "Dockerfile",
    *(f"docker/{group}.{architecture}.txt" for group in ("rest", "torch") for architecture in ("amd64", "arm64")),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a lock for two platforms."""
    work = tmp_path / "work"
    (work / ".git").mkdir(parents=True)
    monkeypatch.chdir(work)
    for file in write_lock(torch_lock(), "pylock", INDEX).files:
        (work / file.name).write_bytes(file.data)
    return work


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["export", "dockerfile", *arguments])


def made(folder: Path) -> list[str]:
    """The files of *folder* but for the locks and .git."""
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in paths if not path.startswith(("pylock", ".git/", "requirements")))


def test_without_a_folder_all_is_in_one_file_on_stdout(folder: Path, golden: Callable[[str, str], None]) -> None:
    result = run("pylock.toml")
    assert (result.exit_code, result.stderr, made(folder)) == (0, "", [])
    golden("export-embedded.Dockerfile", result.stdout)


def test_with_a_folder_the_lists_stand_beside_the_dockerfile(folder: Path) -> None:
    result = run("pylock.toml", "-o", ".")
    assert (result.exit_code, result.stdout) == (0, "")
    assert made(folder) == FILES
    assert (folder / "docker/torch.arm64.txt").read_text().startswith("# Written by compat export for linux-aarch64")


def test_the_same_again_writes_nothing(folder: Path) -> None:
    run("pylock.toml", "-o", ".")
    times = {name: (folder / name).stat().st_mtime_ns for name in FILES}
    result = run("pylock.toml", "-o", ".")
    assert result.stderr.count("(unchanged)") == len(FILES)
    assert {name: (folder / name).stat().st_mtime_ns for name in FILES} == times


def test_another_dockerfile_is_replaced_by_force_alone(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\n")
    result = run("pylock.toml", "-o", ".")
    assert (result.exit_code, made(folder)) == (2, ["Dockerfile"])
    assert result.stderr == "error: `./Dockerfile` is there already, and is not the same; hint: `--force` replaces it\n"
    assert run("pylock.toml", "-o", ".", "--force").exit_code == 0
    assert (folder / "Dockerfile").read_text().startswith("# syntax=docker/dockerfile:1\n")


def test_a_dockerignore_of_the_user_stays(folder: Path) -> None:
    (folder / ".dockerignore").write_text("data\n")
    result = run("pylock.toml", "-o", ".")
    assert (result.exit_code, (folder / ".dockerignore").read_text()) == (0, "data\n")
    assert ".dockerignore stays as it is" in " ".join(result.stderr.split())


def test_a_list_that_no_layer_reads_is_told(folder: Path) -> None:
    (folder / "docker").mkdir()
    (folder / "docker/cuda.amd64.txt").write_text("# Written by compat export for linux-64\n")
    (folder / "docker/mine.txt").write_text("numpy\n")
    result = run("pylock.toml", "-o", ".")
    assert "docker/cuda.amd64.txt is left from an earlier run" in " ".join(result.stderr.split())
    assert "mine.txt" not in result.stderr


def test_another_folder_gets_the_environment_alone(folder: Path) -> None:
    (folder / "image").mkdir()
    result = run("pylock.toml", "-o", "image")
    assert result.exit_code == 0
    assert "holds the environment alone" in " ".join(result.stderr.split())
    assert "COPY --link --chown" not in (folder / "image/Dockerfile").read_text()


def test_explain(folder: Path, golden: Callable[[str, str], None]) -> None:
    result = run("pylock.toml", "--explain")
    assert (result.exit_code, made(folder)) == (0, [])
    golden("export-explain.txt", result.stdout)


def test_an_input_that_is_not_locked_is_installed_as_it_is(folder: Path) -> None:
    (folder / "requirements.txt").write_text("einops\n")
    result = run("requirements.txt", "--target", "linux-64", "--python", "3.12")
    assert result.exit_code == 0
    assert "uv pip install --requirement /src/requirements.txt" in result.stdout
    assert "`compat lock requirements.txt` makes it repeatable" in " ".join(result.stderr.split())
    assert run("requirements.txt", "--quiet", "--target", "linux-64").stderr == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pylock.toml", "-o", "nowhere"], "`nowhere` is no folder"),
        (["pylock.toml", "--health-path", "x"], "is no path of a URL"),
        (["pylock.toml", "--health-path", "/a'b"], "is no path of a URL"),
        (["pylock.toml", "--system", "libgl1; rm"], "is no name of a package"),
        (["pylock.toml", "--command", "'"], "is no command"),
        (["pylock.toml", "--command", ""], "is empty"),
        (["pylock.toml", "--port", "0"], "is not in the range"),
        (["requirements-open.txt", "--explain"], "nobody knows what it weighs"),
        (["requirements-open.txt", "-o", "image"], "needs it in its own folder"),
        (["above.txt"], "is outside of"),
    ],
)
def test_wrong_usage(folder: Path, arguments: list[str], words: str) -> None:
    (folder / "image").mkdir()
    (folder / "requirements-open.txt").write_text("einops\n")
    (folder / "sub").mkdir()
    (folder / "sub/above.txt").write_text("-r ../requirements-open.txt\n")
    arguments = [argument.replace("above.txt", "sub/above.txt") for argument in arguments]
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert words in result.stderr
    assert made(folder) == ["sub/above.txt"]


@pytest.mark.parametrize("arguments", [(), ("-o", ".")])
def test_a_conda_lock_and_what_hadolint_says(folder: Path, arguments: tuple[str, ...], tmp_path: Path) -> None:
    for file in write_lock(mixed_lock(), "pixi", INDEX).files:
        (folder / file.name).write_bytes(file.data)
    result = run("pixi.lock", *arguments, "--port", "8000", "--command", "uvicorn app:app")
    assert result.exit_code == 0, result.stderr
    assert complaints(result.stdout or (folder / "Dockerfile").read_text(), tmp_path) == ""


@pytest.mark.parametrize("name", ["pylock.toml", "pixi.lock", "pyproject.toml", "requirements.in"])
@pytest.mark.parametrize("arguments", [(), ("-o", ".")])
def test_an_exported_dockerfile_passes_our_own_check(folder: Path, name: str, arguments: tuple[str, ...]) -> None:
    """Its lists are read for the architecture that is built, so that no gap is left."""
    for file in write_lock(mixed_lock(), "pixi", INDEX).files:
        (folder / file.name).write_bytes(file.data)
    project = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = []\n'
    (folder / "pyproject.toml").write_text(f'{project}[build-system]\nrequires = ["hatchling"]\n')
    (folder / "requirements.in").write_text("einops==0.8.1\n")
    (folder / "pylock.toml").write_bytes(write_lock(torch_lock(), "pylock", INDEX).files[0].data)
    result = run(name, *arguments, "--target", "linux-64,python=3.11", "--quiet")
    assert result.exit_code == 0, result.stderr
    if not arguments:
        (folder / "Dockerfile").write_text(result.stdout)
    checked = CliRunner().invoke(cli, ["check", "Dockerfile", "--target", "linux-64"])
    assert checked.exit_code == 0
    assert "no findings" in checked.stdout, checked.stdout
    assert "GAP001" not in checked.stdout


def test_the_group_knows_its_commands() -> None:
    result = CliRunner().invoke(cli, ["export", "--help"])
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines() if line.startswith("  ") and "--" not in line][
        -3:
    ] == [
        "dockerfile",
        "compose",
        "argo",
    ]
