"""What is exported: locks of every format give the same plan, a lock beside its input is taken while it does for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.api.exporting.cuda import find_cuda
from compat.api.exporting.reading import ExportOptions, read_input
from compat.api.exporting.shared import is_package
from compat.export.plan import ExportPlan
from compat.lock import write_lock
from compat.matrix import load_matrix
from compat.model.errors import UsageError
from compat.model.locking import Lock
from tests.lock.pixi_universe import ENVIRONMENT, conda_lock, mixed_lock
from tests.lock.universe import ARM, INDEX, TORCH_INDEX, X86, lock, package, torch_lock

REQUIREMENTS = "torch==2.7.1\nnumpy>=1.26\nnumba\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"
    (work / ".git").mkdir(parents=True)
    monkeypatch.chdir(work)


def _write(locked: Lock, *formats: str) -> None:
    for name in formats:
        for file in write_lock(locked, name, INDEX).files:
            Path(file.name).write_bytes(file.data)


def _names(plan: ExportPlan) -> dict[str, dict[str, list[str]]]:
    return {
        each.architecture: {group.name: [package.name for package in group.packages] for group in each.groups}
        for each in plan.targets
    }


PIP = {
    "amd64": {"torch": ["torch", "triton"], "rest": ["numba", "numpy", "typing-extensions"]},
    "arm64": {"torch": ["torch"], "rest": ["numba", "numpy", "typing-extensions"]},
}


@pytest.mark.parametrize("path", ["pylock.toml", "pylock.linux-64.toml", "requirements.linux-aarch64.txt"])
def test_locks_of_pip(path: str) -> None:
    """One file for all targets, or one for each, which belong together."""
    _write(torch_lock(), "pylock", "requirements")
    plan = read_input(path)
    assert (plan.kind, plan.python, plan.platforms) == ("pip", (3, 11), ("linux/amd64", "linux/arm64"))
    assert _names(plan) == PIP
    assert (plan.targets[0].cuda, plan.targets[0].cuda_from, plan.needs_gpu) == ((12, 8), "torch 2.7.1+cu128", True)
    assert (plan.main, plan.module, plan.name, plan.members) == ("torch", "torch", "work", ())
    assert plan.locks[0] == path or path in plan.locks


def test_one_file_with_one_hash_is_installed_where_the_lock_names_files() -> None:
    _write(torch_lock(), "pylock")
    group = read_input("pylock.toml").targets[0].group("torch")
    assert group is not None
    assert group.indexes == (INDEX, TORCH_INDEX)
    first, *hashes = group.packages[0].lines
    assert (first, len(hashes), group.packages[0].size) == ("torch==2.7.1+cu128", 1, 1055)
    extensions = next(one for one in read_input("pylock.toml").targets[0].groups[1].packages if "typing" in one.name)
    assert len(extensions.lines) == 2  # of wheel and sdist the wheel


CONDA = {
    "amd64": {
        "conda-torch": ["libtorch", "pytorch"],
        "conda-rest": ["libgcc", "libgomp", "tzdata", "python", "python_abi", "numpy", "setuptools", "pip"],
        "torch": ["triton"],
        "rest": ["here", "llvmlite", "numba", "six"],
        "source": ["away", "tool"],
    }
}


@pytest.mark.parametrize("path", ["conda-lock.yml", "pixi.lock", "conda-linux-64.lock", "requirements.linux-64.txt"])
def test_locks_of_conda_with_a_pip_part(path: str) -> None:
    """An explicit lock has its pip part in the file beside it, whichever of the two is named."""
    formats = {"conda-lock.yml": ("conda-lock",), "pixi.lock": ("pixi",)}.get(path, ("explicit",))
    _write(mixed_lock(), *formats)
    plan = read_input(path)
    assert (plan.kind, plan.python) == ("conda", (3, 11))
    found = _names(plan)["amd64"]
    assert {name: sorted(names) for name, names in found.items() if name.startswith("conda-")} == {
        name: sorted(names) for name, names in CONDA["amd64"].items() if name.startswith("conda-")
    }
    pip = [name for group, names in found.items() if not group.startswith("conda-") for name in names]
    left_out = {"away", "here"} if path == "conda-lock.yml" else set()
    assert set(pip) >= {"numba", "six", "tool", "triton", "llvmlite"} - left_out
    assert "conda-cuda" not in found


def test_the_order_of_conda_packages_is_that_of_their_dependencies() -> None:
    _write(mixed_lock(), "pixi")
    group = read_input("pixi.lock").targets[0].group("conda-rest")
    assert group is not None
    names = [package.name for package in group.packages]
    assert names.index("tzdata") < names.index("python") < names.index("numpy")
    assert group.packages[0].lines[0].startswith("https://conda.anaconda.org/conda-forge/")


def test_a_lock_beside_its_input_is_taken_while_it_does() -> None:
    Path("requirements.txt").write_text(REQUIREMENTS)
    _write(torch_lock(), "pylock")
    plan = read_input("requirements.txt")
    assert (plan.locks, plan.inputs, plan.notes) == (("pylock.toml",), ("requirements.txt",), ())
    Path("requirements.txt").write_text(REQUIREMENTS.replace("2.7.1", "2.8.0"))
    plan = read_input("requirements.txt")
    assert (plan.locks, plan.is_locked) == ((), False)
    assert plan.notes[0].startswith("pylock.toml is not used, as it no longer does for requirements.txt: ")
    assert "torch" in plan.notes[0]
    assert plan.notes[-1].startswith("requirements.txt is not locked")


@pytest.mark.parametrize("format_name", ["conda-lock", "explicit", "pixi"])
def test_an_environment_takes_a_lock_of_its_conda_part(format_name: str) -> None:
    Path("environment.yml").write_text("name: mixed\nchannels: [conda-forge]\ndependencies: [python=3.11, numpy]\n")
    _write(conda_lock(), format_name)
    plan = read_input("environment.yml")
    assert plan.is_locked, plan.notes
    assert (plan.kind, plan.name) == ("conda", "mixed")


def test_a_lock_of_the_pip_part_alone_is_none_for_an_environment() -> None:
    Path("environment.yml").write_text(ENVIRONMENT)
    _write(mixed_lock(), "requirements")
    plan = read_input("environment.yml")
    assert (plan.is_locked, plan.kind, plan.name) == (False, "conda", "mixed")


@pytest.mark.parametrize(
    ("targets", "python", "platforms"),
    [
        (["linux-64"], "", ("linux/amd64",)),
        (["linux-64", "linux-aarch64"], "3.11", ("linux/amd64", "linux/arm64")),
        (["linux-64,gpu=h100"], "", ("linux/amd64",)),
    ],
)
def test_targets_of_the_call(targets: list[str], python: str, platforms: tuple[str, ...]) -> None:
    _write(torch_lock(), "pylock")
    plan = read_input("pylock.toml", ExportOptions(targets, python))
    assert (plan.platforms, plan.python) == (platforms, (3, 11))
    assert plan.targets[0].target.glibc == (2, 28)


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (["linux-64,python=3.12"], "is not for `linux-64,python=3.12`"),
        (["osx-arm64"], "no target is Linux"),
        (["linux-64", "linux-64,gpu=h100"], "are both linux-64"),
    ],
)
def test_targets_that_an_image_cannot_have(targets: list[str], words: str) -> None:
    _write(torch_lock(), "pylock")
    with pytest.raises(UsageError, match=words.replace("`", ".")):
        read_input("pylock.toml", ExportOptions(targets))


def test_other_systems_of_a_lock_are_left_out_and_told() -> None:
    mac = X86._replace(text="osx-arm64,python=3.11", subdir="osx-arm64", glibc=None)
    _write(lock((X86, [package("app", "1")]), (mac, [package("app", "1")])), "pylock")
    plan = read_input("pylock.toml")
    assert plan.platforms == ("linux/amd64",)
    assert "osx-arm64" in plan.notes[0]


def test_pythons_that_differ_are_refused() -> None:
    other = ARM._replace(text="linux-aarch64,glibc=2.28,python=3.12", python=(3, 12))
    _write(lock((X86, [package("app", "1")]), (other, [package("app", "1")])), "pylock")
    with pytest.raises(UsageError, match=r"Python 3\.11 and 3\.12"):
        read_input("pylock.toml")


def test_a_project_is_installed_where_it_says_how_it_is_built() -> None:
    text = '[project]\nname = "My_Tool"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["numpy"]\n'
    Path("pyproject.toml").write_text(text)
    plan = read_input("pyproject.toml")
    assert (plan.members, plan.name, plan.is_locked, plan.main) == ((), "my-tool", False, "numpy")
    Path("pyproject.toml").write_text(f'{text}[build-system]\nrequires = ["hatchling"]\n')
    assert read_input("pyproject.toml").members == (".",)


def test_exact_pins_of_an_input_tell_its_cuda() -> None:
    Path("requirements.txt").write_text(
        "--extra-index-url https://download.pytorch.org/whl/cu121\ntorch==2.4.0+cu121\n"
    )
    plan = read_input("requirements.txt", ExportOptions(["linux-64"], "3.11"))
    assert (plan.cuda, plan.targets[0].cuda_from, plan.needs_gpu) == ((12, 1), "torch 2.4.0+cu121", True)
    Path("requirements.txt").write_text("tensorflow[and-cuda]>=2.16\n")
    assert read_input("requirements.txt").targets[0].brings_cuda


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("nothing.txt", None, "does not exist"),
        (".", None, "is a folder"),
        ("pixi.toml", '[workspace]\nname = "a"\nchannels = []\nplatforms = ["linux-64"]\n', "has no lock"),
        ("uv.lock", "version = 1\n", "locks nothing"),
    ],
)
def test_what_cannot_be_exported(name: str, text: str | None, words: str) -> None:
    if text is not None:
        Path(name).write_text(text)
    with pytest.raises(UsageError, match=words):
        read_input(name)


def test_an_environment_with_pins_names_no_files() -> None:
    _write(conda_lock(), "environment")
    with pytest.raises(UsageError, match="names no files"):
        read_input("environment.linux-64.yml")


@pytest.mark.parametrize(
    ("lines", "target", "virtual"),
    [
        ("pytorch-cuda=12.1", "linux-64", "12.1"),
        ("cuda-version ==12.4", "linux-64", "12.4"),
        ("cuda-version >=12", "linux-64", ""),
        ("pytorch", "linux-64", ""),
        ("pytorch", "linux-64,cuda=12.8", "12.8"),
        ("pytorch-cuda=12.1", "linux-64,driver=550.54.14", "12.4"),
    ],
)
def test_what_conda_is_to_take_the_machine_for(lines: str, target: str, virtual: str) -> None:
    Path("environment.yml").write_text(f"channels: [conda-forge]\ndependencies: [python=3.11, {lines}]\n")
    assert read_input("environment.yml", ExportOptions([target])).targets[0].conda_cuda == virtual


MATRIX = load_matrix({})


@pytest.mark.parametrize(
    ("versions", "cuda", "origin"),
    [
        ({"torch": "2.7.1+cu128"}, (12, 8), "torch 2.7.1+cu128"),
        ({"torch": "2.7.1+cpu", "cuda-version": "12.9"}, None, ""),
        ({"cuda-cudart": "12.9.79", "cuda-version": "12.9"}, (12, 9), "cuda-version 12.9"),
        ({"nvidia-cuda-runtime-cu12": "12.6.77"}, (12, 6), "nvidia-cuda-runtime-cu12 12.6.77"),
        ({"torch": "2.4.0"}, (12, 1), "torch 2.4.0"),
        ({"torch": "no version"}, None, ""),
        ({"numpy": "2.0"}, None, ""),
    ],
)
def test_the_cuda_of_packages(versions: dict[str, str], cuda: tuple[int, ...] | None, origin: str) -> None:
    assert find_cuda(versions, "linux-64", MATRIX) == (cuda, origin)


def test_a_file_of_an_index_of_pytorch_and_one_of_nobodys_index() -> None:
    """conda-lock names files and no index: those of PyTorch are found by index, so that a mirror works; others by address."""
    lock_text = Path(__file__).parents[1] / "data/locks/conda-lock.yml"
    text = lock_text.read_text().partition("package:")[0].replace("osx-arm64", "linux-aarch64") + "package:\n"
    for name, url in {
        "torch": "https://download.pytorch.org/whl/cu126/torch-2.7.1%2Bcu126-cp311-cp311-manylinux_2_28_x86_64.whl",
        "app": "https://files.example.org/app-1.0-py3-none-any.whl",
        "six": "https://files.example.org/packages/ab/six-1.17.0-py3-none-any.whl",
    }.items():
        version = {"torch": "2.7.1", "app": "1.0", "six": "1.17.0"}[name]
        text += f"- {{name: {name}, version: {version}, manager: pip, platform: linux-64, url: '{url}', hash: {{sha256: {'a' * 64}}}, dependencies: {{}}}}\n"
    Path("conda-lock.yml").write_text(text)
    plan = read_input("conda-lock.yml", ExportOptions(["linux-64,python=3.11"]))
    lines = {package.name: package.lines[0] for group in plan.targets[0].groups for package in group.packages}
    assert lines == {
        "torch": "torch==2.7.1+cu126",
        "app": "app @ https://files.example.org/app-1.0-py3-none-any.whl",
        "six": "six==1.17.0",
    }
    assert plan.targets[0].groups[0].indexes == ("https://download.pytorch.org/whl/cu126",)
    assert plan.targets[0].cuda == (12, 6)


def test_indexes_that_a_requirements_file_names_are_kept() -> None:
    _write(torch_lock(), "requirements")
    group = read_input("requirements.linux-64.txt", ExportOptions(["linux-64"])).targets[0].group("rest")
    assert group is not None
    assert TORCH_INDEX in group.indexes
    assert group.size is None


def test_sizes_are_taken_from_a_lock_beside_it_that_says_them() -> None:
    _write(mixed_lock(), "conda-lock")
    assert read_input("conda-lock.yml").targets[0].groups[0].size is None
    _write(mixed_lock(), "pixi")
    assert read_input("conda-lock.yml").targets[0].groups[0].size == 2074
    Path("pixi.lock").write_text("no lock")
    assert read_input("conda-lock.yml").targets[0].groups[0].size is None


def test_a_record_that_is_built_from_source_is_refused() -> None:
    _write(conda_lock(), "pixi")
    text = Path("pixi.lock").read_text()
    url = next(line for line in text.splitlines() if "conda: https://" in line and "tzdata" in line).split("conda: ")[1]
    Path("pixi.lock").write_text(text.replace(f"conda: {url}", "conda: ./tzdata"))
    with pytest.raises(UsageError, match="built from source"):
        read_input("pixi.lock")


def test_a_setup_py_is_a_project_too(tmp_path: Path) -> None:
    assert not is_package(str(tmp_path))
    (tmp_path / "setup.py").touch()
    assert is_package(str(tmp_path))


def test_a_lock_that_cannot_be_compared_is_not_used() -> None:
    Path("requirements.txt").write_text(REQUIREMENTS)
    Path("pylock.toml").write_text('lock-version = "1.0"\ncreated-by = "compat-matrix"\n')
    plan = read_input("requirements.txt")
    assert not plan.is_locked
    assert plan.notes[0].startswith("pylock.toml is not used")
