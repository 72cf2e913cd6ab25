"""pixi.lock files of other makers: versions 4 to 7, several environments, platforms by other names, and broken ones."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rattler.lock import LockFile

from compat.api.locking.reading import is_lock_file, read_lock
from compat.formats import read
from compat.lock import CondaSide, ReadLock, check_lock
from compat.lock.pixi.reader import read_pixi_lock
from compat.model.distributions import DistFile
from compat.model.errors import FileProblem
from compat.model.locking import Asker
from compat.model.names import to_pypi_name
from compat.model.places import Place
from tests.lock.universe import ARM, X86

FORGE = "https://conda.anaconda.org/conda-forge"
WHEEL = "https://files.example.org/numba-0.62.1-cp311-cp311-manylinux_2_28_x86_64.whl"
LLVM = "https://files.example.org/llvmlite-0.45.1-cp311-cp311-manylinux_2_28_x86_64.whl"
SHA, MD5 = "ab" * 32, "cd" * 16
ROWS = f"""\
        - conda: {FORGE}/linux-64/python-3.11.9-h955ad1f_0.conda
        - conda: {FORGE}/noarch/tzdata-2025b-h78e105d_0.conda
        - pypi: {WHEEL}
        - pypi: {LLVM}
"""
FOUR = f"""\
version: VERSION
environments:
  default:
    channels:
    - url: {FORGE}/
    indexes:
    - https://pkgs.example.org/simple
    packages:
      linux-64:
{ROWS}\
packages:
- kind: conda
  name: python
  version: 3.11.9
  build: h955ad1f_0
  build_number: 0
  subdir: linux-64
  url: {FORGE}/linux-64/python-3.11.9-h955ad1f_0.conda
  sha256: {SHA}
  md5: {MD5}
  depends:
  - tzdata
  size: 1234
  timestamp: 1700000000000
- kind: conda
  name: tzdata
  version: 2025b
  build: h78e105d_0
  build_number: 0
  subdir: noarch
  noarch: generic
  url: {FORGE}/noarch/tzdata-2025b-h78e105d_0.conda
  sha256: {SHA}
- kind: pypi
  name: numba
  version: 0.62.1
  url: {WHEEL}
  sha256: {SHA}
  requires_dist:
  - llvmlite <0.46,>=0.45.0
  - numpy >=1.22
  requires_python: '>=3.10'
- kind: pypi
  name: llvmlite
  version: 0.45.1
  url: {LLVM}
  sha256: {SHA}
"""
SIX = f"""\
version: VERSION
PLATFORMSenvironments:
  default:
    channels:
    - url: {FORGE}/
    indexes:
    - https://pkgs.example.org/simple
    packages:
      ROW:
{ROWS}\
  test:
    channels:
    - url: {FORGE}/
    packages:
      ROW:
      - conda: {FORGE}/noarch/tzdata-2025b-h78e105d_0.conda
packages:
- conda: {FORGE}/linux-64/python-3.11.9-h955ad1f_0.conda
  sha256: {SHA}
  md5: {MD5}
  depends:
  - tzdata
  size: 1234
  timestamp: 1700000000000
- conda: {FORGE}/noarch/tzdata-2025b-h78e105d_0.conda
  sha256: {SHA}
- pypi: {WHEEL}
  name: numba
  version: 0.62.1
  sha256: {SHA}
INDEX  requires_dist:
  - llvmlite <0.46,>=0.45.0
  - numpy >=1.22
  requires_python: '>=3.10'
- pypi: {LLVM}
  name: llvmlite
  version: 0.45.1
  sha256: {SHA}
"""
PLATFORMS = """\
platforms:
- name: p1
  subdir: linux-64
  virtual-packages:
  - __cuda=12.0
"""
FILES = {
    4: FOUR.replace("VERSION", "4"),
    5: FOUR.replace("VERSION", "5"),
    6: SIX.replace("VERSION", "6").replace("PLATFORMS", "").replace("ROW", "linux-64").replace("INDEX", ""),
    7: SIX.replace("VERSION", "7")
    .replace("PLATFORMS", PLATFORMS)
    .replace("ROW", "p1")
    .replace("INDEX", "  index: https://torch.example.org/whl\n"),
}


def lock(text: str, environment: str = "default") -> ReadLock:
    return read_pixi_lock("pixi.lock", text.encode(), environment)


@pytest.mark.parametrize("version", FILES)
def test_every_version(version: int, tmp_path: Path) -> None:
    """The same lock in each spelling, which py-rattler takes as well, gives the same values."""
    path = tmp_path / "pixi.lock"
    path.write_text(FILES[version])
    assert LockFile.from_path(path).default_environment() is not None
    found = read_pixi_lock("pixi.lock", path.read_bytes())
    assert (found.kind, found.creator, found.subdirs, found.channels) == ("pixi-lock", "pixi", ("linux-64",), (FORGE,))
    python, tzdata = (each.record for each in found.conda)
    assert python[:8] == (
        "python",
        "3.11.9",
        "h955ad1f_0",
        0,
        "linux-64",
        FORGE,
        f"{FORGE}/linux-64/python-3.11.9-h955ad1f_0.conda",
        MD5,
    )
    assert (python.sha256, python.size, python.depends, python.timestamp) == (SHA, 1234, ("tzdata",), 1_700_000_000_000)
    assert (tzdata.version, tzdata.subdir, tzdata.noarch) == ("2025b", "noarch", "generic")
    assert [each.subdir for each in found.conda] == ["linux-64", "linux-64"]
    numba, llvmlite = found.for_target(X86)
    assert numba.files == (DistFile(WHEEL.rpartition("/")[2], WHEEL, (("sha256", SHA),)),)
    assert (numba.name, numba.version, numba.requires_python, numba.url) == ("numba", "0.62.1", ">=3.10", None)
    assert numba.index_url == ("https://torch.example.org/whl" if version == 7 else "")
    assert numba.dependencies == ("llvmlite",)
    assert llvmlite.askers == (Asker("llvmlite <0.46,>=0.45.0", to_pypi_name("numba")),)
    assert found.for_target(ARM) == ()


def test_places_are_those_of_the_entries() -> None:
    found = lock(FILES[6])
    lines = FILES[6].splitlines()
    for place in (*(each.place for each in found.conda), *(each.place for each in found.packages)):
        assert place == Place("pixi.lock", place.line, 3)
        assert place.line is not None
        assert lines[place.line - 1].startswith("- ")


def test_another_environment_by_its_name() -> None:
    assert [each.record.name for each in lock(FILES[6], "test").conda] == ["tzdata"]
    with pytest.raises(FileProblem) as caught:
        lock(FILES[6], "docs")
    assert str(caught.value) == "pixi.lock: no environment `docs`; there are: `default`, `test`"


def test_of_two_rows_for_a_platform_the_first_is_read() -> None:
    text = (
        FILES[7]
        .replace("environments:", "- name: linux-64\nenvironments:")
        .replace(
            "    packages:\n      p1:\n        - conda",
            f"    packages:\n      linux-64:\n        - pypi: {LLVM}\n      p1:\n        - conda",
            1,
        )
    )
    found = lock(text)
    assert found.subdirs == ("linux-64",)
    assert len(found.conda) == 2


@pytest.mark.parametrize(
    ("location", "url", "files"),
    [
        ("./libs/app", "./libs/app", []),
        ("./app-1.0-py3-none-any.whl", "./app-1.0-py3-none-any.whl", ["app-1.0-py3-none-any.whl"]),
        ("direct+https://a.example.org/app-1.0.zip", "https://a.example.org/app-1.0.zip", ["app-1.0.zip"]),
        ("git+https://me:pw@a.example.org/x.git?rev=main#abc", "git+https://a.example.org/x.git@abc", []),
        (
            "git+https://a.example.org/x.git?subdirectory=p#abc",
            "git+https://a.example.org/x.git@abc#subdirectory=p",
            [],
        ),
        ("https://a.example.org/app-1.0.tar.gz", None, ["app-1.0.tar.gz"]),
    ],
)
def test_where_a_package_of_pypi_is_from(location: str, url: str | None, files: list[str]) -> None:
    text = (
        "version: 6\nenvironments:\n  default:\n    channels: []\n    packages:\n      linux-64:\n"
        f"      - pypi: '{location}'\npackages:\n- pypi: '{location}'\n  name: App\n  version: '1.0'\n"
    )
    (package,) = lock(text).packages
    assert (package.name, package.version, package.url) == ("app", "1.0", url)
    assert [file.name for file in package.files or ()] == files
    assert "pw" not in repr(package)


def test_what_is_built_from_source_is_there_by_its_name() -> None:
    text = (
        "version: 7\nplatforms:\n- name: linux-64\nenvironments:\n  default:\n    channels: []\n    packages:\n"
        "      linux-64:\n      - conda_source: child[87dc0b8a] @ libs/child\n"
        "packages:\n- conda_source: child[87dc0b8a] @ libs/child\n  version: 0.1.0\n  build: pyh_0\n  subdir: noarch\n"
    )
    (found,) = lock(text).conda
    assert (found.record.name, found.record.version, found.record.build, found.record.subdir) == (
        "child",
        "0.1.0",
        "pyh_0",
        "noarch",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "pixi.lock: no pixi.lock of version 4 to 7: it says no version"),
        ("version: 3\nmetadata: {}\n", "pixi.lock: no pixi.lock of version 4 to 7: it says version 3"),
        ("version: 8\nenvironments: {}\n", "pixi.lock: no pixi.lock of version 4 to 7: it says version 8"),
        ("version: 6\nenvironments: {}\n", "pixi.lock: no environment `default`; there are: none"),
        (
            "version: 6\nenvironments: [\n",
            "pixi.lock:3:1: while parsing a flow node: did not find expected node content",
        ),
        (
            FILES[6].replace(f"- pypi: {LLVM}\n  name", "- pypi: elsewhere\n  name"),
            f"pixi.lock:13: no valid pixi.lock: `{LLVM}` is not among the packages",
        ),
        (
            FILES[6] + "- rpm: x\n",
            "pixi.lock:42: no valid pixi.lock: a package that is neither conda nor pypi",
        ),
    ],
)
def test_broken(text: str, message: str) -> None:
    with pytest.raises(FileProblem) as caught:
        lock(text)
    assert str(caught.value) == message


@given(st.data())
def test_any_change_gives_a_lock_or_one_clear_error(data: st.DataObject) -> None:
    text = FILES[data.draw(st.sampled_from(sorted(FILES)))]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    put = data.draw(st.sampled_from(["", "x", ": ", "- ", "\n", "[", "{}", "~", "0", "'"]))
    with contextlib.suppress(FileProblem):
        lock(text[:start] + put + text[end:])


def test_found_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "pixi.lock"
    path.write_text(FILES[6])
    assert is_lock_file(str(path))
    assert read_lock(str(path)).kind == "pixi-lock"


def test_platforms_with_other_versions_of_who_asks() -> None:
    """``scan 1`` of one platform asks for ``shared<2``, ``scan 2`` of the other for ``shared>=1``: each is asked there alone."""
    url = "https://files.example.org"
    text = f"""\
version: 6
environments:
  default:
    channels:
    - url: {FORGE}/
    packages:
      linux-64:
      - pypi: {url}/scan-1.0-py3-none-any.whl
      - pypi: {url}/shared-1.0-py3-none-any.whl
      linux-aarch64:
      - pypi: {url}/scan-2.0-py3-none-any.whl
      - pypi: {url}/shared-1.0-py3-none-any.whl
packages:
- pypi: {url}/scan-1.0-py3-none-any.whl
  name: scan
  version: '1.0'
  requires_dist:
  - shared<2
- pypi: {url}/scan-2.0-py3-none-any.whl
  name: scan
  version: '2.0'
  requires_dist:
  - shared>=1
- pypi: {url}/shared-1.0-py3-none-any.whl
  name: shared
  version: '1.0'
"""
    packages = lock(text).packages
    shared = {
        tuple(one.subdirs): [asker.requirement for asker in one.askers] for one in packages if one.name == "shared"
    }
    assert shared == {("linux-64",): ["shared<2"], ("linux-aarch64",): ["shared>=1"]}


TWO_SCANS = f"""\
version: 6
environments:
  default:
    channels:
    - url: {FORGE}/
    packages:
      linux-64:
      - pypi: https://files.example.org/scan-1.0-py3-none-any.whl
      linux-aarch64:
      - pypi: https://files.example.org/scan-2.0-py3-none-any.whl
      - pypi: https://files.example.org/leaf-1.0-py3-none-any.whl
packages:
- pypi: https://files.example.org/scan-1.0-py3-none-any.whl
  name: scan
  version: '1.0'
OLD- pypi: https://files.example.org/scan-2.0-py3-none-any.whl
  name: scan
  version: '2.0'
  requires_dist:
  - leaf
- pypi: https://files.example.org/leaf-1.0-py3-none-any.whl
  name: leaf
  version: '1.0'
"""


@pytest.mark.parametrize(("old", "found"), [("", []), ("  requires_dist:\n  - leaf\n", ["leaf"])])
def test_only_a_version_that_asks_for_it_lacks_a_package(old: str, found: list[str]) -> None:
    """``scan 2`` of the other platform asks for ``leaf``; ``scan 1`` of this one does in the second row alone."""
    entries = read("requirements.txt", b"scan\n", "requirements").pip
    conda = {X86: CondaSide(installed={})}
    problems = check_lock(lock(TWO_SCANS.replace("OLD", old)), entries, [X86], lambda _, __: 0, conda=conda)
    assert [one.package for one in problems if one.kind == "open"] == found


def test_what_packages_ask_for_tells_nothing_of_the_extras_of_the_input() -> None:
    """``shared`` is asked for without extras by ``scan``; that the input asked for ``shared[fast]`` is not in the file."""
    text = FILES[6].replace("- llvmlite <0.46,>=0.45.0", "- llvmlite")
    entries = read("requirements.txt", b"numba\nllvmlite[fast]\n", "requirements").pip
    problems = check_lock(lock(text), entries, [X86], lambda _, __: 0)
    assert [one for one in problems if one.kind == "extras"] == []
