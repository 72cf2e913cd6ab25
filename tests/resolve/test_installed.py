"""What conda records are to pip: which projects they provide, and at which version."""

from __future__ import annotations

import pytest
from packaging.version import Version

from compat.matrix import load_matrix
from compat.model.conda_records import CondaRecord
from compat.model.names import CondaName, PyPIName
from compat.resolve.joint.installed import installed_projects, public_version

CONDA_FORGE = "https://conda.anaconda.org/conda-forge"


def record(
    name: str,
    version: str = "1.0",
    channel: str = CONDA_FORGE,
    depends: tuple[str, ...] = ("python >=3.8",),
    noarch: str = "",
    purls: tuple[str, ...] = (),
) -> CondaRecord:
    found = CondaRecord(
        CondaName(name), version, "py_0", 0, "noarch", channel, f"{channel}/noarch/{name}-{version}-py_0.conda"
    )
    return found._replace(depends=depends, noarch=noarch, purls=purls)


def told(*records: CondaRecord) -> dict[str, tuple[str, str, bool]]:
    """Project to version, record and whether it is assumed."""
    projects = installed_projects(records, load_matrix()).projects
    return {str(name): (str(one.version), str(one.record.name), one.assumed) for name, one in sorted(projects.items())}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([record("pytorch", "2.5.1")], {"torch": ("2.5.1", "pytorch", False)}),
        ([record("requests", "2.32.5")], {"requests": ("2.32.5", "requests", True)}),
        ([record("ruamel.yaml", "0.18")], {"ruamel-yaml": ("0.18", "ruamel.yaml", True)}),
        ([record("zlib", depends=("libgcc >=13",))], {}),
        ([record("python_abi", depends=("cpython 3.11.*",))], {}),
        ([record("tool", depends=("python-dateutil",))], {}),
        ([record("tool", depends=(), noarch="python")], {"tool": ("1.0", "tool", True)}),
        ([record("curl", depends=("python",))], {}),
        ([record("mine", purls=("pkg:pypi/theirs",))], {"theirs": ("1.0", "mine", False)}),
        ([record("mine", purls=("pkg:pypi/My.Other@2.0?source=x",))], {"my-other": ("2.0", "mine", False)}),
        ([record("mine", purls=("pkg:conda/x",))], {"mine": ("1.0", "mine", True)}),
    ],
    ids=lambda value: value[0].name if isinstance(value, list) else "",
)
def test_a_record_provides(records: list[CondaRecord], expected: dict[str, tuple[str, str, bool]]) -> None:
    assert told(*records) == expected


def test_a_metapackage_is_not_the_project_itself() -> None:
    assert told(record("pytorch-gpu", "2.5.1"), record("pytorch", "2.5.1"))["torch"] == ("2.5.1", "pytorch", False)


def test_the_record_that_the_files_name_stands_for_its_core() -> None:
    assert told(record("matplotlib-base", "3.9"), record("matplotlib", "3.9"))["matplotlib"][1] == "matplotlib"
    assert told(record("matplotlib-base", "3.9"), record("matplotlib", "3.8"))["matplotlib"][1] == "matplotlib-base"


def test_the_version_is_that_of_the_project_with_the_name_of_the_record() -> None:
    """The table lists what jaxlib brings by the alphabet, the plugin for CUDA first."""
    found = told(record("jaxlib", "0.4.31"))
    assert (found["jaxlib"][0], found["jax-cuda12-plugin"][0]) == ("0.4.31", "None")


def test_what_a_name_implies_is_looked_for_among_the_records() -> None:
    cupy = record("cupy", "13.4")
    assert set(told(cupy)) == {"cupy"}
    assert set(told(cupy, record("cuda-version", "12.8", depends=()))) == {"cupy", "cupy-cuda12x"}
    assert "pyqt5" in told(record("pyqt", "5.15.9"))
    assert "pyqt5" not in told(record("pyqt", "6.7"))


def test_of_several_projects_in_one_row_only_the_first_has_a_known_version() -> None:
    found = told(record("pyqt", "5.15.9"))
    assert found["pyqt5"][0] == "5.15.9"
    assert found["pyqt5-sip"][0] == "None"


def test_the_users_names_go_before_purls() -> None:
    matrix = load_matrix({"mine": ("theirs",)})
    projects = installed_projects([record("mine", purls=("pkg:pypi/other",))], matrix).projects
    assert set(projects) == {PyPIName("theirs")}


def test_the_channel_decides_what_a_name_means() -> None:
    channel = "https://conda.anaconda.org/pytorch"
    assert set(told(record("torchvision", channel=channel))) == {"torchvision"}


def test_the_version_of_python_is_told() -> None:
    assert installed_projects([record("python", "3.11.9", depends=())], load_matrix()).python == "3.11.9"
    assert installed_projects([], load_matrix()).python == ""


@pytest.mark.parametrize(
    ("conda", "pip"),
    [
        ("1.26.4", "1.26.4"),
        ("2.5.1+cu121", "2.5.1"),
        ("1!2.0", "1!2.0"),
        ("2.0.0rc1", "2.0.0rc1"),
        ("1.0_rc1", "1.0rc1"),
        ("1.0.post1", "1.0.post1"),
        ("2.0.0.dev20240101", "2.0.0.dev20240101"),
        ("2013b", "2013b0"),
        ("9e", None),
        ("1.0_1", None),
        ("1.1.1w", None),
        ("0.1.gabc", None),
    ],
)
def test_a_conda_version_is_the_version_that_it_spells(conda: str, pip: str | None) -> None:
    assert public_version(conda) == (None if pip is None else Version(pip))
