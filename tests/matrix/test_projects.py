"""The tables of ``data/projects`` keep their schema, say what the index says, and defects of a table are found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

import pytest
from packaging.requirements import InvalidRequirement
from packaging.version import Version

from compat.matrix.project_schema import verify_project
from compat.matrix.projects import parse_project, parse_wheels
from compat.matrix.tables import data_folder, read_toml, table_names
from compat.model.errors import MatrixError
from compat.model.knowledge import Project, Release, Wheels

NAMES = [name.removeprefix("projects/") for name in table_names() if name.startswith("projects/")]


@lru_cache
def table_of(name: str) -> dict[str, Any]:
    return read_toml(data_folder() / "projects" / f"{name}.toml")


@lru_cache
def project_of(name: str) -> Project:
    return parse_project(table_of(name))


def release_of(name: str, version: str) -> Release:
    return next(release for release in project_of(name).releases if release.version == Version(version))


def requires(
    name: str, version: str, subdir: str = "linux-64", python: tuple[int, int] | None = None
) -> dict[str, str]:
    """Name to specifier of what one wheel requires, extras left out."""
    found = release_of(name, version).requires_for(subdir, python)
    return {one.name: str(one.specifier) for one in found if "extra" not in str(one.marker or "")}


@pytest.mark.parametrize("name", NAMES)
def test_a_table_keeps_the_schema(name: str) -> None:
    table = table_of(name)
    verify_project(table)
    assert table["project"] == name


@pytest.mark.parametrize("name", NAMES)
def test_every_field_of_every_release_parses(name: str) -> None:
    project = project_of(name)
    assert project.newest == max(release.version for release in project.releases)
    for release in project.releases:
        assert all(
            wheels.pythons or wheels.from_python or wheels == Wheels(frozenset()) for wheels in release.wheels.values()
        )
        assert set(release.requires_on) == set(release.facts_on)
        assert release.yanked is None or release.yanked
        assert release.uploaded is not None
        assert release.uploaded <= release.files_fact.read_on
        assert release.fact.source.startswith(f"pkg:pypi/{name}@{release.version}")
        assert release.fact.thin is (release.fact == release.files_fact._replace(thin=True))
        assert release.requires_python is not None
        assert isinstance(release.sdist, bool)


@pytest.mark.parametrize(
    ("name", "version", "subdir", "requirement", "specifier"),
    [
        ("torchvision", "0.15.2", "linux-64", "torch", "==2.0.1"),
        ("torchvision", "0.29.2", "linux-64", "torch", ">=2.14.0"),
        ("torchvision", "0.13.1", "linux-64", "torch", "==1.12.1"),
        ("torchvision", "0.13.1", "linux-aarch64", "torch", ""),
        ("torchvision", "0.19.0", "linux-64", "numpy", ""),
        ("torchvision", "0.19.0", "win-64", "numpy", "<2"),
        ("torchaudio", "2.10.0", "linux-64", "torch", "==2.10.0"),
        ("tensorflow", "2.15.0", "linux-64", "numpy", "<2.0.0,>=1.23.5"),
        ("tensorflow", "2.15.0", "win-64", "tensorflow-intel", "==2.15.0"),
        ("sentence-transformers", "2.2.2", "any", "transformers", "<5.0.0,>=4.6.0"),
        ("pytorch-lightning", "1.7.7", "any", "torch", ">=1.9"),
        ("vllm", "0.6.2", "linux-64", "torch", "==2.4.0"),
    ],
)
def test_known_requirements(name: str, version: str, subdir: str, requirement: str, specifier: str) -> None:
    assert requires(name, version, subdir)[requirement] == specifier


@pytest.mark.parametrize("subdir", ["linux-64", "linux-aarch64", "osx-arm64", "win-64"])
def test_the_last_torchaudio_requires_nothing(subdir: str) -> None:
    assert str(project_of("torchaudio").newest) == "2.11.0"
    assert release_of("torchaudio", "2.11.0").requires_for(subdir) == ()


def test_one_python_may_differ_from_the_others() -> None:
    """It pins torch 2.1.2, but its cp312 wheels pin 2.2.0."""
    release = release_of("torchtext", "0.16.2")
    assert requires("torchtext", "0.16.2")["torch"] == "==2.1.2"
    assert requires("torchtext", "0.16.2", python=(3, 11))["torch"] == "==2.1.2"
    assert requires("torchtext", "0.16.2", python=(3, 12))["torch"] == "==2.2.0"
    assert "cp312" in release.fact_for("linux-64", (3, 12)).source
    assert "cp312" not in release.fact_for("linux-64", (3, 11)).source
    assert release.fact_for("linux-64") == release.fact


def test_wheels_that_require_nothing_are_not_taken_for_the_usual_ones() -> None:
    table = copy.deepcopy(table_of("torchtext"))
    row = next(row for row in table["release"] if row["version"] == "0.16.2")
    row["differs"][0]["requires"] = []
    release = next(one for one in parse_project(table).releases if str(one.version) == "0.16.2")
    assert release.requires_for("linux-64", (3, 12)) == ()
    assert release.requires_for("linux-64", (3, 11)) != ()


@pytest.mark.parametrize(
    ("name", "version", "subdir", "python", "served"),
    [
        ("torch", "2.5.1", "linux-64", (3, 13), True),
        ("torch", "2.5.1", "linux-aarch64", (3, 13), False),
        ("torch", "2.5.1", "osx-arm64", (3, 13), False),
        ("torch", "2.5.1", "win-64", (3, 13), False),
        ("torch", "2.0.1", "linux-64", (3, 11), True),
        ("torch", "2.0.1", "linux-64", (3, 12), False),
        ("torch", "2.15.0", "linux-64", (3, 15), True),
        ("torch", "2.15.0", "linux-64", (3, 10), False),
        ("torchvision", "0.29.2", "win-64", (3, 15), True),
        ("triton", "3.9.0", "linux-64", (3, 14), True),
        ("numpy", "1.26.4", "linux-64", (3, 13), False),
        ("tensorflow", "2.15.0", "linux-64", (3, 12), False),
    ],
)
def test_known_wheels(name: str, version: str, subdir: str, python: tuple[int, int], served: bool) -> None:
    assert release_of(name, version).wheels[subdir].serves(python) is served


def test_other_known_facts() -> None:
    assert "osx-64" not in release_of("torch", "2.3.0").wheels
    assert release_of("flash-attn", "2.8.3").wheels == {}
    assert release_of("flash-attn", "2.8.3").sdist
    assert release_of("flash-attn", "2.5.0").fact.thin
    assert release_of("torchvision", "0.15.0").yanked == "Contains an incorrect torch dependency"
    assert release_of("torchvision", "0.15.1").yanked is None
    assert release_of("pytorch-lightning", "1.7.7").invalid[0] == "Requires-Dist: torch (>=1.9.*)"
    assert release_of("torch", "2.7.1").uploaded == date(2025, 6, 4)
    assert str(release_of("torch", "2.7.1").requires_python) == ">=3.9.0"
    assert release_of("torch", "2.7.1").fact.source.endswith(".whl METADATA")
    assert release_of("sentence-transformers", "2.2.2").fact.source.endswith(".tar.gz PKG-INFO, requires.txt")
    assert release_of("torch", "2.7.1").wheels["linux-64"].glibc == (2, 28)
    assert release_of("transformers", "4.50.0").wheels == {"any": Wheels(frozenset(), (3, 0))}


def test_json_and_toml_give_the_same_project() -> None:
    table = {**table_of("torchtext"), "read_on": date(2026, 11, 22)}
    from_json = parse_project(json.loads(json.dumps(table_of("torchtext"))))
    assert parse_project(table).fact == from_json.fact
    assert [one.wheels for one in from_json.releases] == [one.wheels for one in project_of("torchtext").releases]


def test_a_field_is_parsed_when_it_is_asked_for() -> None:
    table = copy.deepcopy(table_of("torchtext"))
    table["release"][0]["requires"] = ["not a requirement"]
    release = parse_project(table).releases[0]
    assert release.version == Version(table["release"][0]["version"])
    with pytest.raises(InvalidRequirement):
        _ = release.requires


@pytest.mark.parametrize(
    ("words", "wheels"),
    [
        ("cp39 cp310 glibc2.17", Wheels(frozenset({(3, 9), (3, 10)}), None, (2, 17))),
        ("cp38 cp39+", Wheels(frozenset({(3, 8)}), (3, 9))),
        ("py3", Wheels(frozenset(), (3, 0))),
        ("py3 glibc2.28", Wheels(frozenset(), (3, 0), (2, 28))),
    ],
)
def test_wheel_words(words: str, wheels: Wheels) -> None:
    assert parse_wheels(words) == wheels


Change = Callable[[dict[str, Any]], object]

DEFECTS: list[tuple[str, Change, str]] = [
    ("no source", lambda t: t.pop("source"), "table without `source`"),
    ("no day", lambda t: t.pop("read_on"), "table without `read_on`"),
    ("unknown key", lambda t: t.update(colour="red"), "table with unknown key `colour`"),
    ("other schema", lambda t: t.update(schema=2), "schema 2 is not 1"),
    ("wrong source", lambda t: t.update(source="pkg:pypi/torch"), "is not the project's purl"),
    ("name not normalised", lambda t: t.update(project="TorchText"), "not normalised"),
    ("complete is no boolean", lambda t: t.update(complete="yes"), "neither true nor false"),
    ("no releases", lambda t: t.update(release=[]), "no release"),
    ("duplicate", lambda t: t["release"].insert(0, t["release"][0]), "0.18.0 stands twice"),
    ("order", lambda t: t["release"].reverse(), "which is newer"),
    ("pre-release", lambda t: t["release"][0].update(version="0.18.0rc1"), "is a pre-release"),
    ("no version", lambda t: t["release"][0].update(version="latest"), "Invalid version"),
    ("release without a day", lambda t: t["release"][0].pop("uploaded"), "release without `uploaded`"),
    ("release key", lambda t: t["release"][0].update(note=""), "release with unknown key `note`"),
    ("requirements without source", lambda t: t["release"][0].pop("metadata"), "as their source"),
    ("source without requirements", lambda t: t["release"][0].pop("requires"), "as their source"),
    ("from the future", lambda t: t["release"][0].update(uploaded="2999-01-01"), "after the day of reading"),
    ("yanked without reason", lambda t: t["release"][0].update(yanked=""), "yanked without a reason"),
    ("bad Requires-Python", lambda t: t["release"][0].update(requires_python=">=3.6.*"), "Invalid specifier"),
    ("unknown subdir", lambda t: t["release"][0]["wheels"].update({"linux-32": "cp38"}), "unknown subdir 'linux-32'"),
    ("bad wheel words", lambda t: t["release"][0]["wheels"].update({"win-64": "cp3.8"}), "is not like `cp39"),
    ("no wheel words", lambda t: t["release"][0]["wheels"].update({"win-64": ""}), "is not like `cp39"),
    (
        "other project's file",
        lambda t: t["release"][0].update(metadata="torch-0.18.0-x.whl"),
        "is no file of torchtext",
    ),
    ("bad requirement", lambda t: t["release"][0]["requires"].append("torch (>=1.9.*)"), "'torch (>=1.9.*)'"),
    ("double requirement", lambda t: t["release"][0]["requires"].append("tqdm"), "a requirement stands twice"),
]


@pytest.mark.parametrize(("change", "message"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS])
def test_a_defect_is_found(change: Change, message: str) -> None:
    table = copy.deepcopy(table_of("torchtext"))
    change(table)
    with pytest.raises(MatrixError) as caught:
        verify_project(table)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda entry: entry.pop("metadata"), "differs without `metadata`"),
        (lambda entry: entry.update(wheels=["linux-aarch64"]), "differs: no wheels for 'linux-aarch64'"),
        (lambda entry: entry.update(wheels=["win-64", "win-64"]), "differs: win-64 stands twice"),
        (lambda entry: entry.update(wheels=["win-64/py3"]), "differs: no wheels for 'win-64/py3'"),
    ],
)
def test_a_defect_of_a_difference_is_found(change: Change, message: str) -> None:
    table = copy.deepcopy(table_of("torchtext"))
    change(next(row for row in table["release"] if row["version"] == "0.16.2")["differs"][0])
    with pytest.raises(MatrixError) as caught:
        verify_project(table)
    assert message in str(caught.value)
