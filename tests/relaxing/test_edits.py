"""Edits of versions: what they write, what they leave alone, and where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compat.formats import read
from compat.model.environments import CondaEntry
from compat.model.errors import FileProblem
from compat.model.places import Edit
from compat.model.requirements import PipEntry
from compat.relaxing.edits import version_edit
from compat.text.edits import apply_edits
from compat.text.source import decode
from tests.formats.readings import data_files, read_text
from tests.formats.splices import LISTED, MARKER, cut, edited, entries, facts

FILES = data_files()
URL = "https://example.org/whl/cu118"
PAGE = "https://example.org/links.html"
HASH = "--hash=sha256:" + "a" * 64
LIST = "dependencies:\n  - pip:\n"
PROJECT = "[project]\ndependencies = [%s]\n"
POETRY = "[tool.poetry.dependencies]\n"


def applied(kind: str, text: str, new: str, *, index_url: str | None = None, drop_hashes: bool = False) -> str | None:
    """*text* with the edit of its last entry, which is read back as asked; None where there is none."""
    document = read_text(kind, text)
    entry = entries(document)[-1]
    edit = version_edit(document, entry, new, index_url=index_url, drop_hashes=drop_hashes)
    if edit is None:
        return None
    after = edited(document, text.encode(), edit)
    again = read(document.path, after, kind)
    said = [fact for fact in facts(again) if fact[0] != "index"]
    assert said == [fact for fact in facts(document, entry.version_place, new) if fact[0] != "index"]
    if drop_hashes:
        assert not getattr(entries(again)[-1], "hashed", False)
    return after.decode()


VERSIONS = [
    ("requirements", "torch==2.1.0 ; os_name == 'nt'  # why\n", ">=2.1,<3", "torch>=2.1,<3 ; os_name == 'nt'  # why\n"),
    ("requirements", "torch (==2.1)\n", "", "torch ()\n"),
    ("requirements", "torch==2.1\n", "2.1", None),
    ("requirements", "torch\n", ">=2.1", None),
    ("requirements", "torch==2.1\n", ">=2.1 # x", None),
    ("requirements", "torch==2.1\n", ">=2.1\n", None),
    ("requirements", "numpy=1.26.4=py310_0\n", "=1.26.*=*", "numpy=1.26.*=*\n"),
    ("requirements", "numpy=1.26.4=py310_0\n", ">=1.26,<2", None),
    ("environment", "dependencies:\n- python=3.8 # why\n", ">=3.8,<3.9", "dependencies:\n- python>=3.8,<3.9 # why\n"),
    ("environment", "dependencies:\n- python=3.8\n", "3.8.*", "dependencies:\n- python 3.8.*\n"),
    ("environment", "dependencies:\n- python 3.8\n", "3.9.*", "dependencies:\n- python 3.9.*\n"),
    ("environment", "dependencies:\n- python 3.8\n", "=3.9", "dependencies:\n- python =3.9\n"),
    ("environment", "dependencies:\n- python=3.8=h1_0\n", "", "dependencies:\n- python\n"),
    ("environment", "dependencies:\n- python=3.8=h1_0\n", ">=3,<4=h*", "dependencies:\n- python>=3,<4=h*\n"),
    ("environment", "dependencies: [python=3.8]\n", ">=3,<4", 'dependencies: ["python>=3,<4"]\n'),
    ("environment", "dependencies: [a, python=3.8 , b]\n", ">=3", None),
    ("environment", "dependencies: [a, &x 'python=3.8']\n", ">=3,<4", "dependencies: [a, &x 'python>=3,<4']\n"),
    ("environment", "dependencies: [\n  python=3.8 # x\n]\n", ">=3,<4", 'dependencies: [\n  "python>=3,<4" # x\n]\n'),
    ("environment", "dependencies:\n- pip: [torch==2.1]\n", ">=2,<3", 'dependencies:\n- pip: ["torch>=2,<3"]\n'),
    ("environment", f"dependencies:\n- pip: [torch==2.1 {HASH}]\n", ">=2,<3", None),
    ("environment", "dependencies:\n- sel(linux): a=1\n", ">=1,<2", 'dependencies:\n- sel(linux): "a>=1,<2"\n'),
    ("environment", "dependencies:\n- a[version=1]\n", ">=1,<2", "dependencies:\n- a[version='>=1,<2']\n"),
    ("environment", "dependencies:\n- 'a[version=1]'\n", ">=1,<2", "dependencies:\n- 'a[version=\">=1,<2\"]'\n"),
    (
        "environment",
        "dependencies:\n- a[version='1',build=b*]\n",
        ">=1,<2 b*",
        "dependencies:\n- a[version='>=1,<2',build=b*]\n",
    ),
    ("environment", "dependencies:\n- a[version='1',build=b*]\n", ">=1,<2 c*", None),
    ("environment", "dependencies:\n- a[version='1']\n", "", None),
    ("environment", "dependencies:\n- a=1\n", ">=1 'x'", None),
    ("environment", "dependencies:\n- 'a==1'\n", ">=1", "dependencies:\n- 'a>=1'\n"),
    ("pyproject", PROJECT % "'torch[a]==2.1 ; os_name==\"nt\"'", ">=2", PROJECT % "'torch[a]>=2 ; os_name==\"nt\"'"),
    ("pyproject", PROJECT % "'torch==2.1'", "", PROJECT % "'torch'"),
    ("pyproject", POETRY + "torch = '2.1'\n", ">=2,<3", POETRY + "torch = '>=2,<3'\n"),
    ("pyproject", POETRY + "torch = '2.1'\n", "", POETRY + "torch = '*'\n"),
    ("pixi", "[dependencies]\na = '2.1'\n", ">=2,<3", "[dependencies]\na = '>=2,<3'\n"),
    (
        "pixi",
        "[dependencies]\na = {version = '2.1', build = 'b*'}\n",
        ">=2=b*",
        "[dependencies]\na = {version = '>=2', build = 'b*'}\n",
    ),
    ("pixi", "[dependencies]\na = '2.1'\n", ">=2=b*", None),
    ("pixi", "[pypi-dependencies]\na = '==2.1'\n", ">=2", "[pypi-dependencies]\na = '>=2'\n"),
]


@pytest.mark.parametrize(("kind", "text", "new", "expected"), VERSIONS)
def test_versions(kind: str, text: str, new: str, expected: str | None) -> None:
    """What stands around a version stays; quotes come where the new text needs them."""
    assert applied(kind, text, new) == expected


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("requirements", f"x==1 \\\n    {HASH} \\\n    {HASH}\n    # via y\n", "x>=1,<2\n    # via y\n"),
        ("requirements", f"x==1 ; os_name == 'nt' {HASH}\n", "x>=1,<2 ; os_name == 'nt'\n"),
        ("requirements", f"x==1 \\\r\n  ; os_name == 'nt' \\\r\n  {HASH}\r\n", "x>=1,<2 \\\r\n  ; os_name == 'nt'\r\n"),
        ("requirements", f"x==1 {HASH} --config-settings=a {HASH}\n", None),
        ("requirements", "x==1 # why\n", "x>=1,<2 # why\n"),
        ("environment", LIST + f"    - 'x==1 {HASH}'\n", LIST + "    - 'x>=1,<2'\n"),
    ],
)
def test_hashes_go_with_the_pin(kind: str, text: str, expected: str | None) -> None:
    assert applied(kind, text, ">=1,<2", drop_hashes=True) == expected


EXTRA, LINKS = f"--extra-index-url {URL}\n", f"--find-links {PAGE}\n"
UV_INDEX = f"[[tool.uv.index]]\nurl = '{URL}'\n"
OTHER = "--index-url https://example.org/simple\n"
INDEXES = [
    ("requirements", "# a\nx==1+cu118 # b\n", URL, f"# a\n{EXTRA}x>=1 # b\n"),
    ("requirements", "\r\n  x==1\r\n", URL, f"\r\n  {EXTRA[:-1]}\r\n  x>=1\r\n"),
    ("requirements", f"x==1 \\\n  {HASH}\n", PAGE, f"{LINKS}x>=1\n"),
    ("requirements", f"{OTHER}x==1\n", URL, f"{OTHER}{EXTRA}x>=1\n"),
    ("requirements", f"x==1\n{OTHER}", URL, None),
    ("requirements", "x==1\n--no-index\n", URL, None),
    ("requirements", f"x==1\n{OTHER}", PAGE, f"{LINKS}x>=1\n{OTHER}"),
    ("requirements", f"x==1\n--index-url {URL}/\n", URL, f"x>=1\n--index-url {URL}/\n"),
    ("requirements", f"{EXTRA}x==1\n", URL, f"{EXTRA}x>=1\n"),
    ("requirements", f"{EXTRA}{OTHER}x==1\n", URL, f"{EXTRA}{OTHER}{EXTRA}x>=1\n"),
    ("requirements", "\\\nx==1\n", URL, None),
    ("requirements", "@@ -1 +1 @@\nx==1\n", URL, None),
    ("requirements", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n+x==1\n", URL, None),
    ("environment", LIST + "      - x==1 # b\n", URL, LIST + f"      - {EXTRA}      - x>=1 # b\n"),
    ("environment", LIST + "    -  'x==1'\n", PAGE, LIST + f"    -  {LINKS}    -  'x>=1'\n"),
    ("environment", "dependencies:\n- pip: [x==1]\n", URL, None),
    ("environment", LIST + "    - &y x==1\n", URL, None),
    ("environment", "dependencies:\n- x=1\n", URL, None),
    ("pyproject", PROJECT % "'x==1'", URL, None),
    (
        "pyproject",
        PROJECT % "'x==1'" + UV_INDEX,
        URL,
        PROJECT % "'x>=1'" + UV_INDEX,
    ),
    ("pixi", "[pypi-dependencies]\nx = '==1'\n", URL, None),
    (
        "pixi",
        f"[pypi-dependencies]\nx = {{version = '==1', index = '{URL}'}}\n",
        URL,
        f"[pypi-dependencies]\nx = {{version = '>=1', index = '{URL}'}}\n",
    ),
]


@pytest.mark.parametrize(("kind", "text", "url", "expected"), INDEXES)
def test_an_index_comes_with_the_version(kind: str, text: str, url: str, expected: str | None) -> None:
    """In a line above, unless the file names it already; where pip would not see it, there is no edit."""
    assert applied(kind, text, ">=1", index_url=url, drop_hashes=True) == expected


def marker_for(entry: PipEntry | CondaEntry) -> str:
    return LISTED if isinstance(entry, CondaEntry) and entry.listed else MARKER


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda part: getattr(part, "name", part))
def test_every_version_of_a_file_can_be_changed(kind: str, path: Path) -> None:
    """One at a time, each leaves the rest of what the file says alone; and all at once."""
    data = path.read_bytes()
    try:
        document = read("f", data, kind)
    except FileProblem:
        return
    edits: list[Edit] = []
    for entry in entries(document):
        new = marker_for(entry)
        edit = version_edit(document, entry, new, drop_hashes=True)
        assert (edit is None) == (entry.version_place is None)
        if edit is not None:
            assert facts(read("f", edited(document, data, edit), kind)) == facts(document, entry.version_place, new)
            edits.append(edit)
    source = decode("f", data, declared=kind == "requirements")
    again = read("f", source.encode(apply_edits(document.text, edits)), kind)
    for before, after in zip(entries(document), entries(again), strict=True):
        assert after.name == before.name
        if after.version_place is not None:
            assert cut(again, after.version_place) in (MARKER, LISTED)


NUMBERS = st.lists(st.integers(0, 30), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
PINS = st.builds("=={}{}".format, NUMBERS, st.sampled_from(["", "+cu118", ".*"]))
RANGES = st.lists(
    st.builds("{}{}".format, st.sampled_from([">=", "<", "!=", "<="]), NUMBERS), min_size=1, max_size=4
).map(",".join)
BEFORE = st.sampled_from(["", "# é😀\n", "a>=1 # x\n", "b ; os_name == 'nt'\n", "-r c.txt\n", "--pre\n", OTHER, EXTRA])
AFTER = st.sampled_from(
    ["", " # x", " ; os_name == 'nt'", f" {HASH}", f" \\\n  {HASH} \\\n  {HASH}\n  # via z", "\nb\n", f"\n{OTHER}"]
)
LINES = {
    "requirements": "%sx%s%s",
    "environment": "# %r\ndependencies:\n- python=3.8\n- pip:\n  - x%s\n  - y # %r\n",
    "pyproject": "# %r\n[project]\ndependencies = ['z', \"x%s\", # %r\n]\n",
    "pixi": "# %r\n[pypi-dependencies]\nx = {version = '%s'} # %r\n",
}


@given(
    kind=st.sampled_from(sorted(LINES)),
    parts=st.tuples(BEFORE, PINS, AFTER),
    new=RANGES,
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    options=st.tuples(st.sampled_from([None, URL, PAGE]), st.booleans()),
)
def test_an_edit_changes_what_was_asked_and_nothing_else(
    kind: str, parts: tuple[str, str, str], new: str, end: str, mark: bytes, options: tuple[str | None, bool]
) -> None:
    """Whatever stands around it, the version is read back as *new*, the index is named, and other bytes stay."""
    data = mark + (LINES[kind] % parts).replace("\n", end).encode()
    document = read("f", data, kind)
    entry = next(entry for entry in document.pip if entry.name == "x")
    index_url, drop_hashes = options
    edit = version_edit(document, entry, new, index_url=index_url, drop_hashes=drop_hashes)
    assume(edit is not None)
    assert edit is not None
    again = read("f", edited(document, data, edit), kind)
    asked = facts(document, entry.version_place, new)
    found = [fact for fact in facts(again) if fact in asked or fact[:1] != ("index",)]
    assert sorted(map(str, found)) == sorted(map(str, asked))
    assert index_url is None or index_url in {index.url for index in again.indexes}
    changed = next(entry for entry in again.pip if entry.name == "x")
    assert changed.hashed == (entry.hashed and not drop_hashes)
