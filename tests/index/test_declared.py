"""METADATA, PKG-INFO and pyproject.toml: what they declare, and when only a build can tell."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import parse_email

from compat.index.faults import UnreadableError
from compat.index.files import sdists
from compat.index.files.declared import decode, encode, parse_core_metadata, parse_static_pkg_info
from compat.index.files.sdists import read_sdist, unpack_sdist
from compat.model.distributions import CoreMetadata
from tests.index.shop import sdist

HEAD = "Metadata-Version: 2.2\nName: x\nVersion: 1\n"


def test_metadata() -> None:
    content = (
        "Metadata-Version: 2.1\r\nname: x\r\nRequires-Dist: a (>=1)\r\nREQUIRES-DIST: b\r\n  ; extra == 'e'\r\n"
        "Provides-Extra: e\r\nRequires-Python: >=3.9\r\nAuthor: Ä:b\r\n\r\nRequires-Dist: of the description\r\n"
    )
    assert parse_core_metadata(content.encode()) == CoreMetadata(("a (>=1)", "b ; extra == 'e'"), ">=3.9", ("e",))


@pytest.mark.parametrize(
    "content", [b"", b"<html></html>", b"Name: x\n\n", b"\xff\xfe", b"Metadata-Version: 2.1\n\nName: x"]
)
def test_what_is_no_metadata_does_not_pass_for_one_without_requirements(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        parse_core_metadata(content)


LINES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20).map(str.strip).filter(bool)


@given(st.lists(LINES.filter(lambda text: text[0] not in " \t")))
def test_requirements_are_those_that_packaging_reads(lines: list[str]) -> None:
    content = (HEAD + "".join(f"Requires-Dist: {line}\n" for line in lines) + "\ntext").encode()
    raw, _ = parse_email(content)
    assert list(parse_core_metadata(content).requires) == raw.get("requires_dist", [])


@pytest.mark.parametrize("found", [None, CoreMetadata(), CoreMetadata(("a", "ü"), ">=3", ("b",), dynamic=True)])
def test_encoded_and_back(found: CoreMetadata | None) -> None:
    assert decode(encode(found)) == found


@pytest.mark.parametrize(
    ("text", "static"),
    [
        ("", True),
        ("Dynamic: Classifier\n", True),
        ("Dynamic: Requires-Dist\n", False),
        ("Dynamic: license\nDynamic: requires-python\n", False),
        ("Dynamic: provides-extra\n", False),
    ],
)
def test_pkg_info(text: str, static: bool) -> None:
    content = f"{HEAD}Requires-Dist: a\n{text}".encode()
    assert (parse_static_pkg_info(content) == CoreMetadata(("a",))) is static
    assert parse_static_pkg_info(content.replace(b"2.2", b"2.1")) is None
    assert parse_static_pkg_info(content.replace(b"2.2", b"two")) is None


PROJECT = """
[project]
name = "x"
dependencies = ["a>=1"]
requires-python = ">=3.9"
[project.optional-dependencies]
e = ["b; python_version > '3'", "c @ https://c.example/c;d.zip"]
"""
DECLARED = CoreMetadata(
    (
        "a>=1",
        'b ; (python_version > "3") and extra == "e"',
        'c @ https://c.example/c;d.zip ; extra == "e"',
    ),
    ">=3.9",
    ("e",),
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"PKG-INFO": f"{HEAD}Requires-Dist: a\n"}, CoreMetadata(("a",))),
        ({"PKG-INFO": f"{HEAD}Requires-Dist: a\n", "pyproject.toml": PROJECT}, CoreMetadata(("a",))),
        ({"pyproject.toml": PROJECT, "PKG-INFO": HEAD.replace("2.2", "2.1")}, DECLARED),
        ({"pyproject.toml": PROJECT}, DECLARED),
        ({"pyproject.toml": PROJECT, "PKG-INFO": "broken"}, DECLARED),
        ({"pyproject.toml": '[project]\nname = "x"\nversion = "1"\n'}, CoreMetadata()),
        ({"pyproject.toml": '[project]\nname = "x"\ndynamic = ["dependencies"]\n'}, None),
        ({"pyproject.toml": '[project]\nname = "x"\ndynamic = ["optional-dependencies"]\n'}, None),
        ({"pyproject.toml": '[project]\nname = "x"\ndynamic = "dependencies"\n'}, None),
        ({"pyproject.toml": '[project]\nname = "x"\n[tool.poetry]\n'}, None),
        ({"pyproject.toml": '[project]\nname = "x"\ndependencies = [1]\n'}, None),
        ({"pyproject.toml": '[project]\nname = "x"\noptional-dependencies = {a = 1}\n'}, None),
        ({"pyproject.toml": '[project]\nname = "x"\noptional-dependencies = {a = ["=="]}\n'}, None),
        ({"pyproject.toml": "[build-system]\n"}, None),
        ({"pyproject.toml": "[broken"}, None),
        ({"setup.py": "", "sub/PKG-INFO": f"{HEAD}Requires-Dist: a\n"}, None),
        ({}, None),
    ],
)
def test_sdists(files: dict[str, str], expected: CoreMetadata | None) -> None:
    assert read_sdist("x-1.tar.gz", sdist(files)) == expected
    assert read_sdist("x-1.zip", zipped(files)) == expected


def zipped(files: dict[str, str]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for path, content in files.items():
            archive.writestr(f"x-1/{path}", content)
    return body.getvalue()


@pytest.mark.parametrize(("ending", "mode"), [(".tar.bz2", "w:bz2"), (".tar.xz", "w:xz"), (".tgz", "w:gz")])
def test_other_compressions(ending: str, mode: str) -> None:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode=mode) as tar:  # type: ignore[call-overload]
        item = tarfile.TarInfo("./x-1/PKG-INFO")
        item.size = len(HEAD)
        tar.addfile(item, io.BytesIO(HEAD.encode()))
    assert read_sdist(f"x-1{ending}", body.getvalue()) == CoreMetadata()


@pytest.mark.parametrize("name", ["x-1.tar.gz", "x-1.zip", "x-1.tar.bz2", "x-1.tar.xz"])
@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", sdist({"PKG-INFO": HEAD})[:40], sdist({"a": b"x" * 9999})[:-20]],
    ids=["empty", "page", "head", "cut"],  # archives hold the time, and every worker has to name the tests alike
)
def test_what_is_no_archive(name: str, content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_sdist(name, content)


def test_an_archive_that_unpacks_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdists, "_MAX_UNPACKED", 1_000_000)
    with pytest.raises(UnreadableError):
        read_sdist("x-1.tar.gz", sdist({"data": b"\0" * 2_000_000, "PKG-INFO": HEAD}))
    monkeypatch.setattr(sdists, "_MAX_FILE", 100)
    assert read_sdist("x-1.tar.gz", sdist({"PKG-INFO": HEAD + "A: b\n" * 100})) is None


def test_nothing_is_unpacked_outside_the_folder() -> None:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as tar:
        item = tarfile.TarInfo("../evil")
        item.size = 1
        tar.addfile(item, io.BytesIO(b"x"))
    with pytest.raises(UnreadableError), unpack_sdist("x-1.tar.gz", body.getvalue()):
        pass
