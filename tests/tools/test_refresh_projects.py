"""The maintainers' reader of package indexes: wheel tags, METADATA, and the tables made of them. No network."""

from __future__ import annotations

import io
import json
import tarfile
import tomllib
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from tools import refresh_projects
from tools.package_index import PackageIndex
from tools.project_rows import read_row
from tools.project_toml import format_table
from tools.wheel_tags import format_wheels, parse_wheel_name, read_tags

BASE = "https://index.example.org/simple"


def test_every_planned_project_has_a_table() -> None:
    assert {path.stem for path in refresh_projects.DATA.glob("*.toml")} == set(refresh_projects.PROJECTS)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["x-1-cp39-cp39-manylinux1_x86_64"], {"linux-64": "cp39 glibc2.5"}),
        (["x-1-cp36-cp36m-manylinux2014_aarch64"], {"linux-aarch64": "cp36 glibc2.17"}),
        (
            ["x-1-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64", "x-1-cp313-cp313-manylinux_2_28_x86_64"],
            {"linux-64": "cp312 cp313 glibc2.27"},
        ),
        (["x-1-cp39-cp39-linux_x86_64"], {"linux-64": "cp39"}),
        (["x-1-cp39-abi3-win_amd64", "x-1-cp38-cp38-win_amd64", "x-1-cp310-cp310-win_amd64"], {"win-64": "cp38 cp39+"}),
        (["x-1-py2.py3-none-any"], {"any": "py3"}),
        (["x-1-py39-none-any"], {"any": "cp39+"}),
        (["x-1-py3-none-macosx_11_0_universal2"], {"osx-64": "py3", "osx-arm64": "py3"}),
        (["x-1-cp310-none-macosx_11_0_arm64"], {"osx-arm64": "cp310"}),
        (["x-1-cp37-cp37m-macosx_10_6_intel.macosx_10_9_x86_64"], {"osx-64": "cp37"}),
        (
            [
                "x-1-cp314-cp314t-manylinux_2_28_x86_64",
                "x-1-pp310-pypy310_pp73-win_amd64",
                "x-1-cp39-cp39-musllinux_1_2_x86_64",
                "x-1-cp39-cp39-win32",
                "x-1-cp39-cp39-manylinux2014_i686",
                "x-1-cp27-cp27mu-manylinux1_x86_64",
                "x-1-py2-none-any",
            ],
            {},
        ),
    ],
)
def test_wheels_by_subdir(names: list[str], expected: dict[str, str]) -> None:
    parsed = [parse_wheel_name(f"{name}.whl") for name in names]
    assert format_wheels(tags for one in parsed if one for tags in read_tags(*one[2:])) == expected


def test_wheel_names() -> None:
    assert parse_wheel_name("x_y-1.0-2a-cp39-cp39-win32.whl") == ("1.0", 2, "cp39", "cp39", "win32")
    assert parse_wheel_name("x-1.0.tar.gz") is None
    assert parse_wheel_name("x-1.0.whl") is None


class Universe:
    """An index of one project; ``beside`` says whether METADATA lies beside the wheels, as PEP 658 has it."""

    def __init__(self, *, beside: bool = True) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, bytes] = {}
        self.beside = beside
        self.asked: list[str] = []

    def wheel(self, name: str, metadata: str, **fields: str | bool) -> None:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("x-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: x\n{metadata}\n\nText\n")
            archive.writestr("x/data.bin", bytes(300_000))
        self.add(name, content.getvalue(), **fields)
        if self.beside:
            self.bodies[f"/files/{name}.metadata"] = f"Metadata-Version: 2.1\nName: x\n{metadata}\n\nText\n".encode()

    def sdist(self, name: str, members: dict[str, str], **fields: str | bool) -> None:
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:gz") as archive:
            for path, text in members.items():
                member = tarfile.TarInfo(path)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
        self.add(name, content.getvalue(), **fields)

    def add(self, name: str, content: bytes, **fields: str | bool) -> None:
        entry = {"filename": name, "url": f"https://index.example.org/files/{name}#sha256=0", "size": len(content)}
        self.files[name] = {**entry, "upload-time": "2024-05-06T07:08:09Z", "yanked": False, **fields}
        self.bodies[f"/files/{name}"] = content

    def index(self, cache: Path) -> PackageIndex:
        return PackageIndex(BASE, cache, transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path.startswith("/simple/"):
            return httpx.Response(200, content=json.dumps({"files": list(self.files.values())}))
        body = self.bodies.get(request.url.path)
        if body is None:
            return httpx.Response(404)
        span = request.headers.get("range")
        if span is None:
            return httpx.Response(200, content=body)
        start, end = (int(number) for number in span.removeprefix("bytes=").split("-"))
        return httpx.Response(206, content=body[start : end + 1])


def row(
    universe: Universe, tmp_path: Path, *, every_subdir: bool = True, extras: frozenset[str] = frozenset()
) -> dict[str, Any]:
    index = universe.index(tmp_path)
    return read_row(index, "1", index.files("x"), every_subdir=every_subdir, extras=extras)


@pytest.mark.parametrize("beside", [True, False])
def test_a_release_becomes_a_row(tmp_path: Path, beside: bool) -> None:
    universe = Universe(beside=beside)
    metadata = "Requires-Python: >=3.8\nRequires-Dist: torch (==2.0.1)\nRequires-Dist: y ; extra == 'all'"
    universe.wheel("x-1-cp39-cp39-manylinux1_x86_64.whl", metadata)
    universe.wheel("x-1-cp310-cp310-manylinux1_x86_64.whl", metadata)
    assert row(universe, tmp_path) == {
        "version": "1",
        "uploaded": date(2024, 5, 6),
        "metadata": "x-1-cp310-cp310-manylinux1_x86_64.whl",
        "requires_python": ">=3.8",
        "wheels": {"linux-64": "cp39 cp310 glibc2.5"},
        "requires": ["torch==2.0.1"],
        "differs": [],
    }


def test_wheels_that_differ_are_named_by_subdir_or_python(tmp_path: Path) -> None:
    universe = Universe()
    for minor, torch in ((10, "2.1"), (11, "2.1"), (12, "2.2")):
        universe.wheel(f"x-1-cp3{minor}-cp3{minor}-manylinux1_x86_64.whl", f"Requires-Dist: torch=={torch}")
    universe.wheel("x-1-cp311-cp311-win_amd64.whl", "Requires-Dist: torch")
    universe.wheel("x-1-cp311-cp311-macosx_11_0_arm64.whl", "Requires-Dist: torch==2.1; sys_platform == 'darwin'")
    found = row(universe, tmp_path)
    assert found["requires"] == ["torch==2.1"]
    assert [(entry["wheels"], entry["requires"]) for entry in found["differs"]] == [
        (["linux-64/cp312"], ["torch==2.2"]),
        (["win-64"], ["torch"]),
    ]


def test_of_rebuilt_wheels_the_last_one_counts(tmp_path: Path) -> None:
    universe = Universe()
    universe.wheel("x-1-cp312-cp312-win_amd64.whl", "Requires-Dist: numpy")
    universe.wheel("x-1-1-cp312-cp312-win_amd64.whl", "Requires-Dist: numpy<2")
    assert row(universe, tmp_path)["requires"] == ["numpy<2"]


def test_extras_are_kept_by_name_and_invalid_lines_are_quoted(tmp_path: Path) -> None:
    universe = Universe()
    lines = ["a (>=1.9.*)", "b (>=2011k)", 'c; extra == "And_CUDA"', 'd; extra == "dev"']
    universe.wheel("x-1-py3-none-any.whl", "\n".join(f"Requires-Dist: {line}" for line in lines))
    found = row(universe, tmp_path, extras=frozenset({"and-cuda"}))
    assert found["requires"] == ["a>=1.9", 'c; extra == "and-cuda"']
    assert found["invalid"] == ["Requires-Dist: a (>=1.9.*)", "Requires-Dist: b (>=2011k)"]


def test_yanked_files_count_only_where_all_are(tmp_path: Path) -> None:
    universe = Universe()
    universe.wheel("x-1-cp39-cp39-win_amd64.whl", "", yanked="broken")
    assert row(universe, tmp_path / "1")["yanked"] == "broken"
    universe.wheel("x-1-cp310-cp310-win_amd64.whl", "")
    found = row(universe, tmp_path / "2")
    assert "yanked" not in found
    assert found["wheels"] == {"win-64": "cp310"}


@pytest.mark.parametrize(
    ("members", "requires"),
    [
        ({"x-1/PKG-INFO": "Metadata-Version: 2.2\nRequires-Dist: torch\n\n"}, ["torch"]),
        ({"x-1/PKG-INFO": "Metadata-Version: 2.1\nName: x\n\n"}, None),
        (
            {
                "x-1/PKG-INFO": "Metadata-Version: 2.1\nName: x\n\n",
                "x-1/x.egg-info/SOURCES.txt": "",
                "x-1/x.egg-info/requires.txt": 'torch>=1.6\n\n[:python_version < "3.8"]\nold\n\n[dev]\npytest\n',
            },
            ["torch>=1.6", 'old; python_version < "3.8"'],
        ),
        ({"x-1/PKG-INFO": "Metadata-Version: 2.1\n\n", "x-1/x.egg-info/SOURCES.txt": ""}, []),
    ],
)
def test_requirements_of_an_sdist(tmp_path: Path, members: dict[str, str], requires: list[str] | None) -> None:
    universe = Universe()
    universe.sdist("x-1.tar.gz", members, **{"requires-python": ">=3.8"})
    found = row(universe, tmp_path)
    assert found.get("requires") == requires
    assert ("metadata" in found) is (requires is not None)
    assert found["sdist"]


def test_answers_are_kept(tmp_path: Path) -> None:
    universe = Universe()
    universe.wheel("x-1-py3-none-any.whl", "")
    row(universe, tmp_path)
    asked = len(universe.asked)
    row(universe, tmp_path)
    assert len(universe.asked) == asked


def test_a_table_reads_back(tmp_path: Path) -> None:
    universe = Universe()
    universe.wheel("x-1-cp39-cp39-manylinux1_x86_64.whl", 'Requires-Dist: torch; sys_platform == "linux"')
    universe.wheel(
        "x-1-cp39-cp39-win_amd64.whl", "Requires-Dist: a-requirement-that-is-rather-long>=1,<2,!=1.5,!=1.6,!=1.7"
    )
    found = row(universe, tmp_path)
    table = {"schema": 1, "project": "x", "complete": True, "release": [found]}
    assert tomllib.loads(format_table(table)) == table


def test_check_tells_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    universe = Universe()
    universe.wheel("x-1-py3-none-any.whl", "Requires-Dist: torch==2.0.1")
    universe.wheel("x-2rc1-py3-none-any.whl", "")
    monkeypatch.setattr(refresh_projects, "PackageIndex", lambda _, cache: universe.index(cache))
    monkeypatch.setattr(refresh_projects, "DATA", tmp_path / "projects")
    monkeypatch.setattr(refresh_projects, "PROJECTS", {"x": refresh_projects.Plan()})
    assert refresh_projects.main(["--index", BASE]) == 0
    assert refresh_projects.main(["--index", BASE, "--check"]) == 0
    capsys.readouterr()
    universe.wheel("x-1-py3-none-any.whl", "Requires-Dist: torch==2.0.2")
    universe.wheel("x-2-py3-none-any.whl", "")
    assert refresh_projects.main(["--index", BASE, "--check", "--sample", "5"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "x 2: not in the table",
        "x 1: requires: table ['torch==2.0.1'], index ['torch==2.0.2']",
    ]
