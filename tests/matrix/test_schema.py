"""The schema of the curated tables: the real ones pass, and each kind of defect is named with its row."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache

import pytest

from compat.matrix.compile import read_all
from compat.matrix.schema import verify_table, verify_tables
from compat.matrix.schema_sections import SECTIONS
from compat.matrix.tables import Table, data_folder, read_toml, table_names
from compat.model.errors import MatrixError

Change = Callable[[Table], object]


@cache
def _table(name: str) -> Table:
    return read_toml(data_folder() / f"{name}.toml")


def test_the_real_tables_pass_alone_and_against_each_other() -> None:
    read_all(data_folder())


def test_every_table_has_a_schema() -> None:
    assert {name for name in table_names() if not name.startswith("projects/")} == {*SECTIONS, "matrix"}


def _set(section: str, row: int, **fields: object) -> Change:
    return lambda table: table[section][row].update(fields)


def _drop(section: str, row: int, field: str) -> Change:
    return lambda table: table[section][row].pop(field)


def _again(section: str, row: int) -> Change:
    return lambda table: table[section].append(dict(table[section][row]))


#: Table, what happens to it, and what the schema must say.
DEFECTS: list[tuple[str, Change, str]] = [
    # structure
    ("cuda", _drop("toolkit", 0, "source"), "cuda: toolkit row 1: lacks `source`"),
    ("cuda", _drop("toolkit", 1, "cuda"), "cuda: toolkit row 2: lacks `cuda`"),
    (
        "cuda",
        _set("toolkit", 0, source="somewhere"),
        "cuda: toolkit row 1: `source` is not a URL, a purl or a key of [sources]",
    ),
    ("cuda", _set("toolkit", 0, cuda="twelve"), "cuda: toolkit row 1: `cuda` is not a dotted number"),
    ("cuda", _set("toolkit", 0, driver="1"), "cuda: toolkit row 1: unknown field `driver`"),
    ("cuda", _set("toolkit", 0, read_on="yesterday"), "cuda: toolkit row 1: `read_on` is not a day"),
    ("cuda", _set("toolkit", 0, thin=False), "cuda: toolkit row 1: `thin` is not `true`"),
    ("cuda", lambda t: t.update(read_on="soon"), "cuda: `read_on` is not a day"),
    ("cuda", lambda t: t.update(extra=[]), "cuda: unknown section `extra`"),
    ("cuda", lambda t: t["sources"].update(unused="https://example.org"), "cuda: source `unused` is never used"),
    (
        "cuda",
        lambda t: t["sources"].update(uv="nowhere"),
        "cuda: source `uv` is not a URL, a purl or a key of [sources]",
    ),
    ("cuda", _set("architectures", 0, sm=[60, 50]), "cuda: architectures row 1: `sm` is not in ascending order"),
    ("cuda", _set("architectures", 0, sm=["50"]), "cuda: architectures row 1: `sm` is not a list of numbers"),
    ("torch_builds", lambda t: t.pop("index"), "torch_builds: `index` is not a text"),
    (
        "torch_builds",
        _set("build", 0, subdirs=["linux"]),
        "holds 'linux', which is none of linux-64, linux-aarch64, osx-arm64",
    ),
    ("torch_builds", _set("build", 0, subdirs=[]), "torch_builds: build row 1: `subdirs` is not a list"),
    (
        "torch_builds",
        _set("build", 0, variants=["cpu", "cpu"]),
        "torch_builds: build row 1: `variants` names something twice",
    ),
    (
        "torch_builds",
        _set("build", 0, variants=["cuda12"]),
        "holds 'cuda12', which is not a variant like cu128, cpu or rocm6.4",
    ),
    ("torch_builds", _set("abi", 0, cxx11="yes"), "torch_builds: abi row 1: `cxx11` is neither `true` nor `false`"),
    ("torch_builds", _set("architectures", 0, ptx="50"), "torch_builds: architectures row 1: `ptx` is not a number"),
    ("couplings", _set("coupling", 0, second="numpy"), "couplings: coupling row 1: `second` bounds no version"),
    ("couplings", _set("coupling", 0, second="numpy>>2"), "couplings: coupling row 1: `second` is no requirement"),
    (
        "couplings",
        _set("coupling", 0, severity="fatal"),
        "couplings: coupling row 1: `severity` is none of error, warning, info",
    ),
    ("tensorflow", _set("tested", 0, python=">=3.9"), "tensorflow: tested row 1: `python` is not a range of Pythons"),
    (
        "conda_builds",
        _set("build", 0, requires=["pytorch >=<2"]),
        "conda_builds: build row 1: `requires` holds 'pytorch >=<2', which is no",
    ),
    (
        "conda_names",
        _set("name", 0, pypi=["PyYAML"]),
        "conda_names: name row 1: `pypi` holds 'PyYAML', which is not a name in lower",
    ),
    ("base_images", _set("pattern", 0, tag="("), "base_images: pattern row 1: `tag` is no regular expression"),
    ("matrix", lambda t: t.update(version="today"), "matrix: `version` is not a day"),
    # a fact stated twice
    ("cuda", _again("toolkit", 3), "says again what row 4 says"),
    ("couplings", _again("coupling", 0), "says again what row 1 says"),
    ("conda_builds", _again("build", 0), "says again what row 1 says"),
    ("gpus", lambda t: t["gpu"][0]["models"].append("NVIDIA H100"), "gpus: gpu: h100 stands in two rows"),
    # contradictions inside a table
    (
        "torch_builds",
        lambda t: t["build"].append({**t["build"][0], "subdirs": ["win-64"]}),
        "1.4.0 cpu win-64 is stated twice",
    ),
    (
        "torch_builds",
        _set("build", 0, unlabelled=["osx-64"]),
        "build row 1: `unlabelled` names osx-64, which `subdirs` does not",
    ),
    (
        "torch_builds",
        _set("build", 0, torch="1.3.*"),
        "torch_builds: build row 1: no release of this table fits `torch`",
    ),
    (
        "torch_builds",
        _set("gone", 0, variants=["cu126"]),
        "torch_builds: gone row 1: cu126 of 2.6.0 stands among the builds",
    ),
    (
        "torch_builds",
        _set("gone", 0, torch=["9.9.*"]),
        "torch_builds: gone row 1: no release of this table fits `torch`",
    ),
    (
        "torch_builds",
        _set("cudnn", 0, variants=["cu999"]),
        "torch_builds: cudnn row 1: there is no cu999 build of 1.13.0",
    ),
    ("torch_builds", _set("architectures", 0, ptx=99), "torch_builds: architectures row 1: `ptx` 99 is not among `sm`"),
    ("cuda", _set("toolkit", 0, linux="400.1"), "cuda: toolkit 13.2 ships with an older linux driver than 13.1"),
    (
        "cuda",
        _set("minimum", 2, linux="560.1"),
        "cuda: minimum 12: 560.1 is above the linux driver of the toolkit itself",
    ),
    ("cuda", lambda t: t["architectures"][0]["cuda"].append("12.4"), "cuda: architectures: 12.4 stands in two rows"),
    ("couplings", _set("coupling", 2, thin=True), "couplings: coupling row 3: a thin fact makes an error"),
    (
        "conda_limits",
        _set("limit", 3, newest="12.1"),
        "conda_limits: limit row 4: `newest` is not the last of `versions`",
    ),
    (
        "conda_limits",
        _set("limit", 3, versions=["12.1", "11.8", "12.4"]),
        "limit row 4: `versions` is not in ascending order",
    ),
    ("conda_limits", _set("coupling", 7, thin=True), "conda_limits: coupling row 8: a thin fact makes an error"),
    ("conda_lines", _set("line", 0, cuda=["11.8"]), "conda_lines: line row 1: `cuda` and `selector` do not fit"),
    (
        "conda_runtime",
        lambda t: t["brings"][0]["libraries"].append("cudatoolkit"),
        "conda_runtime: brings row 1: cudatoolkit is no library that `by` brings",
    ),
    (
        "conda_runtime",
        lambda t: t["brings"][0]["libraries"].append("python"),
        "conda_runtime: brings row 1: python is no library that `by` brings",
    ),
    ("conda_runtime", _set("brings", 0, by="numpy"), "brings row 1: `source` is no record of `by`"),
    ("conda_runtime", _set("brings", 0, libraries=["LibFFI"]), "holds 'LibFFI', which is not a name in lower case"),
    ("conda_runtime", _set("choice", 0, name="libnothing"), "choice row 1: nothing brings libnothing"),
    (
        "base_images",
        lambda t: t["distribution"][0]["names"].append("jammy"),
        "base_images: distribution: jammy stands in two rows",
    ),
]


@pytest.mark.parametrize(("name", "change", "says"), DEFECTS, ids=[f"{name}: {says[:60]}" for name, _, says in DEFECTS])
def test_a_defect_is_named_with_its_table_and_row(name: str, change: Change, says: str) -> None:
    table = copy.deepcopy(_table(name))
    change(table)
    with pytest.raises(MatrixError) as error:
        verify_table(name, table)
    assert says in str(error.value)


def test_an_unknown_table_does_not_pass() -> None:
    with pytest.raises(MatrixError, match="torch_bulids: the schema knows no such table"):
        verify_table("torch_bulids", {"read_on": "2026-11-22"})


def test_a_defect_of_a_project_table_names_the_table_too() -> None:
    table = {**_table("projects/torchtext"), "schema": 2}
    with pytest.raises(MatrixError, match=r"projects/torchtext: .*schema 2 is not 1"):
        verify_table("projects/torchtext", table)


#: Two tables that pass alone, what happens to the first, and what they say of each other.
BETWEEN: list[tuple[tuple[str, str], Change, str]] = [
    (
        ("torch_builds", "cuda"),
        _set("architectures", 0, sm=[37, 50, 90]),
        "torch_builds: architectures row 1: the toolkit of cu101 does not compile for 9.0",
    ),
    (
        ("conda_builds", "conda_limits"),
        _set("build", 0, version="2.6.0"),
        "conda_limits: limit row 1: conda_builds holds 2.6.0",
    ),
    (
        ("conda_limits", "conda_builds"),
        lambda t: t["limit"].append(
            {**t["limit"][4], "name": "cudatoolkit", "channel": "nvidia", "versions": ["12.4"], "newest": "12.4"}
        ),
        ": conda_builds holds 11.",
    ),
    (
        ("torch_builds", "projects/torch"),
        lambda t: t["default"].pop(0),
        "torch_builds: default of torch 1.4.0: its wheels are for other platforms",
    ),
    (
        ("torch_builds", "projects/torchvision"),
        _set("companion", 0, torchvision="0.6.0"),
        "torch_builds: companion row 1: torchvision 0.6.0 requires torch 1.5.0",
    ),
    (
        ("matrix", "cuda"),
        lambda t: t.update(version="2026-11-21"),
        "matrix: version is 2026-11-21, the newest fact was read on 2026-11-22",
    ),
]


@pytest.mark.parametrize(("names", "change", "says"), BETWEEN, ids=[says[:50] for _, _, says in BETWEEN])
def test_tables_that_contradict_each_other_do_not_pass(names: tuple[str, str], change: Change, says: str) -> None:
    tables = {name: copy.deepcopy(_table(name)) for name in names}
    change(tables[names[0]])
    with pytest.raises(MatrixError) as error:
        verify_tables(tables)
    assert says in str(error.value)


def test_a_fact_is_added_in_three_lines_and_a_section() -> None:
    table = copy.deepcopy(_table("gpus"))
    table["gpu"].append({"compute_capability": "13.0", "models": ["R100"], "source": "https://example.org/r100"})
    verify_table("gpus", table)
