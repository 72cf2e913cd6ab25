"""What places are for: edits that other parts of compat make at them, and credentials that leave no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat.formats import read
from compat.model.environments import CondaEntry
from compat.model.errors import FileProblem
from compat.model.places import Edit
from compat.text.edits import apply_edits
from tests.formats.readings import data_files, describe, read_text
from tests.formats.splices import LISTED, cut, edited, entries, facts, is_own_text

FILES = data_files()


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda part: getattr(part, "name", part))
def test_a_version_place_holds_the_version_and_can_hold_another(kind: str, path: Path) -> None:
    """The text there means what the entry asks for; with another one the file says the same but for that."""
    data = path.read_bytes()
    try:
        document = read("f", data, kind)
    except FileProblem:
        return
    for entry in entries(document):
        place = entry.version_place
        if place is None:
            continue
        assert is_own_text(entry, cut(document, place))
        new = LISTED if isinstance(entry, CondaEntry) and entry.listed else "!=7.7"
        after = edited(document, data, Edit(place, new))
        assert facts(read("f", after, kind)) == facts(document, place, new)


PROJECT = "[project]\ndependencies = [%s]\n"
POETRY = "[tool.poetry.dependencies]\n"
VERSIONS = [
    ("requirements", "torch (==2.0)  # why\n", "==2.0"),
    ("requirements", "torch[a, b] >= 2 , < 3 ; python_version < '3.12'\n", ">= 2 , < 3"),
    ("requirements", "torch>=2,\\\n  <3 \\\n --config-settings=x\n", ">=2,\\\n  <3"),
    ("requirements", "\\\ntorch==2\n", "==2"),
    ("requirements", "torch===2.0+weird\n", "===2.0+weird"),
    ("requirements", "torch\n", None),
    ("requirements", "https://example.org/torch-2.1-py3-none-any.whl\n", None),
    ("requirements", "numpy=1.26.4=py310_0\n", "=1.26.4=py310_0"),
    ("requirements", "numpy=1.26.4=pypi_0\n", None),
    ("environment", "dependencies: [python=3.8]\n", "=3.8"),
    ("environment", "dependencies:\n- name >=1.2 build\n", ">=1.2 build"),
    ("environment", "dependencies:\n- conda-forge/linux-64::name=1.2=build # why\n", "=1.2=build"),
    ("environment", "dependencies:\n- 'pytorch[version=\"2.1.0\",build=cuda*]'\n", "2.1.0"),
    ("environment", "dependencies:\n- pytorch[version=2.1.0]\n", "2.1.0"),
    ("environment", 'dependencies:\n- &torch "pytorch=2.1"\n', "=2.1"),
    ("environment", "dependencies:\n- !!str &torch pytorch=2.1\n", "=2.1"),
    ("environment", "dependencies:\n- &torch\n  pytorch=2.1\n", None),
    ("environment", 'dependencies:\n- "pytorch\\x3d2.1"\n', None),
    ("environment", 'dependencies:\n- "pytorch\n  >=2.1"\n', None),
    ("environment", "dependencies:\n- pytorch\n  >=2.1\n", None),
    ("environment", "dependencies:\n- >-\n  pytorch=2.1\n", None),
    ("environment", "dependencies:\n- |-\n  pytorch=2.1\n", None),
    ("environment", "dependencies:\n- pip:\n  - 'torch==2.1 --hash=sha256:ab'\n", "==2.1"),
    ("environment", "dependencies:\n- pip:\n  - |\n    torch==2.1\n", None),
    ("environment", 'dependencies:\n- pip:\n  - "torch==\\\n    2.1"\n', None),
    ("pyproject", PROJECT % "'torch (==2.0) ; extra == \"x\"'", "==2.0"),
    ("pyproject", PROJECT % "'''torch==2.0'''", "==2.0"),
    ("pyproject", PROJECT % '"""\ntorch==2.0"""', None),
    ("pyproject", PROJECT % r'"torch\u003d=2.0"', None),
    ("pyproject", PROJECT % r'"torch==2.0 ; sys_platform == \"linux\""', "==2.0"),
    ("pyproject", POETRY + "torch = '^2.1'\n", "^2.1"),
    ("pyproject", POETRY + "torch = {version = '~2.1 || 3.*', markers = \"os_name == 'nt'\"}\n", "~2.1 || 3.*"),
    ("pyproject", POETRY + 'torch = "2.\\u0031"\n', None),
    ("pyproject", POETRY + 'torch = """\n2.1"""\n', None),
    ("pyproject", POETRY + "torch = '*'\n", None),
    ("pyproject", POETRY + "torch = {url = 'https://example.org/torch-2.1-py3-none-any.whl', version = '2'}\n", None),
    ("pyproject", PROJECT % "'torch==2.1'" + POETRY + "torch = {source = 'x'}\n", "==2.1"),
    ("pyproject", PROJECT % "'torch'" + POETRY + "torch = {version = '2.1'}\n", "2.1"),
    ("pyproject", PROJECT % "'torch>=2'" + POETRY + "torch = {version = '2.1'}\n", None),
    ("pyproject", "[tool.conda-lock.dependencies]\ntorch = '~2.1'\n", "~2.1"),
    ("pyproject", "[tool.uv]\ndev-dependencies = ['torch~=2.1']\n", "~=2.1"),
    ("pyproject", "[tool.pdm.dev-dependencies]\nx = ['torch~=2.1']\n", "~=2.1"),
    ("pyproject", "[dependency-groups]\nx = [{include-group = 'y'}, 'torch~=2.1']\ny = []\n", "~=2.1"),
    ("pixi", "[dependencies]\ntorch = {version = '>= 2.1', build = 'x'}\n", ">= 2.1"),
    ("pixi", '[dependencies]\ntorch = "2.1\\u002e0"\n', None),
    ("pixi", "[feature.a.target.linux-64.pypi-dependencies]\ntorch = {version = '==2.1', extras = ['a']}\n", "==2.1"),
    ("pixi", "[pypi-dependencies]\ntorch = {git = 'https://example.org/x', version = '==2.1'}\n", None),
]


@pytest.mark.parametrize(("kind", "text", "version"), VERSIONS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_version_places(kind: str, text: str, version: str | None, end: str) -> None:
    """A version that is not spelled character by character, or at two places at once, has no place."""
    document = read_text(kind, text.replace("\n", end))
    entry = entries(document)[0]
    found = None if entry.version_place is None else cut(document, entry.version_place)
    assert found == (version and version.replace("\n", end))


A, B = "--hash=sha256:" + "a" * 64, "--hash=sha256:" + "b" * 64
HASHES = [
    (f"x==1 \\\n    {A} \\\n    {B}\n    # via y\n", "x==1\n    # via y\n"),
    (f"x==1 \\\n    {A} \\\n    {B} \\\n    # via y\n", "x==1 \\\n    # via y\n"),
    (f"x==1 ; sys_platform == 'linux' \\\n    {A}\n\ny==2\n", "x==1 ; sys_platform == 'linux'\n\ny==2\n"),
    (f"x==1 {A} {B}  # why\n", "x==1  # why\n"),
    (f"x==1 {A} \\\n  {B}\n", "x==1\n"),
    (f"x==1 --config-settings=a=b \\\n  {A}\n", "x==1 --config-settings=a=b\n"),
    (f"x==1 \\\n  --config-settings=a=b \\\n  {A}\n", "x==1 \\\n  --config-settings=a=b\n"),
    (f"x==1 {A} --config-settings=a=b\n", "x==1 --config-settings=a=b\n"),
    (f"x==1 {A} {B} \\\n  --config-settings=a=b\n", "x==1 \\\n  --config-settings=a=b\n"),
    (f"x==1 {A} --config-settings=a=b {B}\n", None),
    (f"x==1 {A} --config-settings=a=b \\\n  {B}\n", None),
    (f"x==1 {A.replace('=', ' ')}\n", "x==1\n"),
    (f"x==1 {A} stray\n", None),
    (f"x==1 --config-settings=a \\ \\\n  {A}\n", None),
    (f"\tx[a] (>=1,<2) \\\n\t{A}", "\tx[a] (>=1,<2)"),
]


@pytest.mark.parametrize(("text", "without"), HASHES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_hashes_can_be_taken_off(text: str, without: str | None, end: str) -> None:
    """What is left is the same requirement; comments, markers and other options stay."""
    document = read_text("requirements", text.replace("\n", end))
    entry = document.pip[0]
    assert entry.hashed
    assert (entry.hash_place is None) == (without is None)
    if entry.hash_place is not None and without is not None:
        left = apply_edits(document.text, [Edit(entry.hash_place, "")])
        assert left == without.replace("\n", end)
        again = read_text("requirements", left)
        assert not any(entry.hashed for entry in again.pip)
        assert facts(again) == facts(document)


def test_a_hash_in_a_comment_is_none() -> None:
    """Lines are joined before comments are looked for."""
    entry = read_text("requirements", f"x==1 # why \\\n  {A}\n").pip[0]
    assert not entry.hashed
    assert entry.hash_place is None


@pytest.mark.parametrize("path", [path for kind, path in FILES if kind == "environment"], ids=lambda path: path.name)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_conda_requirement_can_be_inserted(path: Path, end: str) -> None:
    data = path.read_bytes().replace(b"\n", end.encode())
    try:
        document = read("f", data, "environment")
    except FileProblem:
        return
    place = document.dependencies_end
    if place is None:
        return
    assert place.column
    text = apply_edits(document.text, [Edit(place, "- inserted\n" + " " * (place.column - 1))])
    assert text.count(end) == text.count("\n")
    again = read("f", text.encode(), "environment")
    assert [entry.name for entry in again.conda if entry.name == "inserted"] == ["inserted"]
    assert len(again.conda) == len(document.conda) + 1
    assert len(again.pip) == len(document.pip)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("requirements", "--index-url https://me:SECRET@example.org/x\n"),
        ("requirements", "a @ https://me:SECRET@example.org/x.zip\n"),
        ("requirements", "a=1 https://SECRET@example.org/x\n"),
        ("requirements", "git+https://me:SEC@RET@example.org/x.git#egg=a\n"),
        ("requirements", "-e git+https://SECRET@example.org/x.git\n"),
        ("requirements", "https://SECRET@example.org/x.whl\n"),
        (
            "environment",
            "channels: ['https://me:SECRET@example.org/c', 'https://example.org/t/SECRET/c']\ndependencies: []\n",
        ),
        ("environment", "dependencies:\n- pip:\n  - -f https://me:SECRET@example.org/x\n"),
        (
            "pyproject",
            "[project]\ndependencies = ['a @ https://me:SECRET@example.org/x', 'b=1 @ https://SECRET@example.org/y']\n",
        ),
        ("pyproject", "[[tool.uv.index]]\nurl = 'https://me:SECRET@example.org/x'\n"),
        ("pixi", "[pypi-dependencies]\na = {git = 'https://me:SECRET@example.org/x'}\n"),
    ],
)
def test_credentials_leave_no_trace(kind: str, text: str) -> None:
    """Only the text itself still has them, for the sake of edits."""
    document = read_text(kind, text)
    facts = (document.pip, document.channels, document.indexes, document.includes, document.problems)
    assert any(facts)
    for secret in ("SECRET", "RET@", "me:"):
        assert secret not in str(facts)
    assert "SEC" in describe(document)
