"""From files to a situation: files named by URL, what cannot be installed, and which Python is taken."""

from __future__ import annotations

from packaging.version import Version

from compat.api.environments import environments_of
from compat.formats import read
from compat.matrix import load_matrix
from compat.model.names import PyPIName
from compat.model.solutions import Situation
from compat.model.targets import parse_target
from compat.resolve.assess import assess

TORCH, TORCHVISION = PyPIName("torch"), PyPIName("torchvision")


def situation(text: str, target: str = "linux-64,python=3.10", name: str = "requirements.txt") -> Situation:
    document = read(name, text.encode())
    (environment,) = environments_of([(document, False, "")])
    return assess(environment, parse_target(target, {}), load_matrix(), {})


def version(found: Situation, name: PyPIName) -> str | None:
    pick = found.picks[name].version
    return None if pick is None else str(pick)


def test_a_wheel_by_url_is_a_pin_from_a_world_of_its_own() -> None:
    found = situation("https://files.example.org/torch-2.1.0%2Bcu118-cp310-cp310-linux_x86_64.whl\ntorchvision\n")
    assert not found.conflicts
    assert version(found, TORCH) == "2.1.0"
    assert version(found, TORCHVISION) == "0.16.0"
    assert found.worlds(TORCH).named


def test_a_wheel_by_url_of_an_unknown_release_excludes_nothing() -> None:
    found = situation(
        "https://files.example.org/torch-2.1.0a0%2Bnv24-cp310-cp310-linux_x86_64.whl\ntorchvision==0.15.2\n"
    )
    assert version(found, TORCH) is None


def test_a_repository_has_no_version() -> None:
    found = situation("torch @ git+https://git.example.org/torch@v2.1.0\ntorchvision==0.15.2\n")
    assert not found.conflicts
    assert version(found, TORCH) is None


def test_cuda_libraries_of_other_builds_are_not_those_of_the_table() -> None:
    found = situation("--index-url https://download.pytorch.org/whl/cu121\ntorch==2.5.1\n")
    assert not [name for name in found.picks if name.startswith(("nvidia-", "triton"))]


def test_what_cannot_be_installed_still_bounds_the_others() -> None:
    found = situation("torch==2.0.1+cu118\ntorchvision==0.14.1\n")
    assert [conflict.projects for conflict in found.conflicts] == [(TORCH,), (TORCH, TORCHVISION)]


def test_conda_torchvision_brings_the_torch_of_conda() -> None:
    text = "channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - torchvision=0.20\n"
    found = situation(text, "osx-64", "environment.yml")
    assert not found.conflicts
    assert found.picks[TORCH].candidate.conda


def test_a_metapackage_of_conda_does_not_bound_the_package_itself() -> None:
    text = "channels: [conda-forge]\ndependencies:\n  - pytorch=1.12.1\n  - pytorch-cpu=1.6.0\n"
    found = situation(text, "linux-64", "environment.yml")
    assert not found.conflicts
    assert found.picks[TORCH].version == Version("1.12.1")


def test_conda_may_have_versions_that_the_index_never_had() -> None:
    text = "dependencies:\n  - jaxlib=0.1.75\n  - python-dateutil=2.9.0post0=py312hca03da5_2\n  - pandas\n"
    assert not situation(text, "linux-64", "environment.yml").conflicts


def test_two_conda_requirements_can_exclude_each_other() -> None:
    text = "dependencies:\n  - numpy=1.26\n  - numpy>=2\n"
    assert len(situation(text, "linux-64", "environment.yml").conflicts) == 1


def test_the_newest_python_for_which_everything_is_known_is_taken() -> None:
    found = situation("tensorflow\n", "linux-64")
    assert found.picks[PyPIName("tensorflow")].version is not None
    assert all(other.picks[PyPIName("tensorflow")].version for other in found.alternatives())


def test_a_clash_on_every_python_is_not_blamed_on_one() -> None:
    text = "--extra-index-url https://download.pytorch.org/whl/nightly/cpu\ntorch==2.8.0.*\ntorchvision==0.22.*\n"
    (conflict,) = situation(text, "linux-64,python=3.11").conflicts
    assert not conflict.python
