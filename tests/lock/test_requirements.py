"""Requirements files with hashes: whole files of ours, and what is read from those of other tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from compat.formats import read
from compat.lock import ReadLock, UnwritableError, is_lock, read_requirements_lock, write_lock, write_requirements
from compat.model.distributions import DistFile
from compat.model.locking import Asker, LockedPackage
from compat.model.names import to_pypi_name
from compat.model.places import Place
from tests.lock.universe import ARM, INDEX, TORCH_INDEX, X86, X86_312, by, file, lock, package, torch_lock

LOCKS = Path(__file__).parents[1] / "data" / "locks"
PURE = "https://files.example.org/app-1.0-py3-none-any.whl"


def read_back(data: bytes, path: str = "requirements.linux-64.txt") -> ReadLock:
    return read_requirements_lock(read(path, data, "requirements"))


@pytest.mark.parametrize("number", [0, 1])
def test_whole_file(number: int, golden: Callable[[str, str], None]) -> None:
    locked = torch_lock().targets[number]
    golden(f"requirements.{locked.name}.txt", write_requirements(locked, INDEX).decode())


@pytest.mark.parametrize(
    ("default", "options"),
    [
        (INDEX, [f"--extra-index-url {TORCH_INDEX}"]),
        (f"{INDEX}/", [f"--extra-index-url {TORCH_INDEX}"]),
        ("", [f"--index-url {INDEX}", f"--extra-index-url {TORCH_INDEX}"]),
        (TORCH_INDEX, [f"--extra-index-url {INDEX}"]),
    ],
)
def test_indexes(default: str, options: list[str]) -> None:
    lines = write_requirements(torch_lock().targets[0], default).decode().splitlines()
    assert [line for line in lines if line.startswith("--")] == options


def test_direct_references_and_what_pip_refuses() -> None:
    commit = "0" * 40
    app = LockedPackage(to_pypi_name("app"), "1.0", "", (file("app-1.0-py3-none-any.whl"),), url=PURE)
    tool = LockedPackage(
        to_pypi_name("tool"), "1", "", (), url=f"git+https://me:secret@git.example.org/tool.git@{commit}"
    )
    [first, second] = torch_lock().targets
    both = lock((X86, [app]), (ARM, [app, tool]))
    written = write_lock(both, "requirements")
    assert [each.install for each in written.files] == [
        "pip install --require-hashes -r requirements.linux-64.txt",
        "uv pip sync requirements.linux-aarch64.txt",
    ]
    assert written.notes == ("requirements.linux-aarch64.txt: pip refuses hashes beside `tool`; uv takes them",)
    text = written.files[1].data.decode()
    assert f"tool @ git+https://git.example.org/tool.git@{commit}\n" in text
    assert "secret" not in text
    back = read_back(written.files[1].data)
    assert [each.url for each in back.packages] == [PURE, f"git+https://git.example.org/tool.git@{commit}"]
    assert (first.name, second.name) == ("linux-64", "linux-aarch64")


def test_a_file_without_a_hash_that_pip_takes() -> None:
    md5 = DistFile("a-1-py3-none-any.whl", "https://x.example/a", (("md5", "0"),))
    with pytest.raises(UnwritableError, match=r"no hash is known of `a-1-py3-none-any\.whl`"):
        write_requirements(lock((X86, [package("a", "1")._replace(files=(md5,))])).targets[0])


def test_the_hash_of_a_direct_reference_may_stand_in_its_url() -> None:
    app = LockedPackage(to_pypi_name("app"), "1.0", "", (), url=f"{PURE}#sha256={'0' * 64}")
    written = write_lock(lock((X86, [app])), "requirements")
    assert f"--hash=sha256:{'0' * 64}" in written.files[0].data.decode()
    assert written.notes == ()


def test_ours_reads_back() -> None:
    locked = torch_lock().targets[0]
    back = read_back(write_requirements(locked, INDEX))
    assert (back.kind, back.creator, back.linked) == ("requirements", "compat-matrix", True)
    assert back.targets == (("", "linux-64,glibc=2.28,python=3.11"),)
    assert back.gap(X86) is None
    assert back.gap(X86_312) == back.gap(ARM) == "it is for `linux-64,glibc=2.28,python=3.11`"
    numpy = next(each for each in back.packages if each.name == "numpy")
    assert numpy.askers == (
        Asker("numpy>=1.26", place=Place("requirements.txt")),
        Asker("numpy<2.4,>=1.22; python_version > '3'", to_pypi_name("numba")),
    )
    assert [each.dependencies for each in back.packages if each.name == "torch"] == [("triton", "typing-extensions")]
    assert back.preferences(X86)[to_pypi_name("torch")] == "2.7.1+cu128"


def test_words_on_one_line_and_without_words() -> None:
    asked = package("a", "1")._replace(
        askers=(by("a (>=1,\n <2)", path="my file.txt"), by("", "b"), Asker("a"), by("a>=1", line=3, path="x.in"))
    )
    text = write_requirements(lock((X86, [asked])).targets[0], INDEX).decode()
    assert text.endswith(
        "    # via\n    #   a\n    #   -r my file.txt (a (>=1, <2))\n    #   -r x.in (a>=1)\n    #   b\n"
    )


@pytest.mark.parametrize(
    ("name", "creator", "askers"),
    [
        ("uv-export.txt", "uv", {"numpy": ["toy"], "iniconfig": [], "urllib3": ["requests"]}),
        ("uv-compile.txt", "uv", {"tzdata": ["pandas", "python-dateutil"], "pandas": ["in.txt"]}),
        ("pip-compile.txt", "pip-tools", {"requests": ["pt.in"], "idna": ["requests"]}),
    ],
)
def test_locks_of_other_tools(name: str, creator: str, askers: dict[str, list[str]]) -> None:
    document = read(name, (LOCKS / name).read_bytes(), "requirements")
    assert is_lock(document)
    back = read_requirements_lock(document)
    assert (back.creator, back.linked, back.gap(X86)) == (creator, True, None)
    assert all(len(each.hashes) == 2 and each.version for each in back.packages)
    for package_name, expected in askers.items():
        found = next(each for each in back.packages if each.name == package_name)
        assert [asker.parent or str(asker.place) for asker in found.askers] == expected
    pinned = {each.name: each.version for each in back.for_target(X86_312)}
    assert pinned[to_pypi_name("requests")] == "2.34.2"
    assert "colorama" not in pinned


def test_extras_and_other_spellings() -> None:
    text = (
        "requests[socks]==2.34.2 --hash=sha256:AB12  # via -r pt.in, app (pyproject.toml), rich\n"
        "# a comment\nidna===3.20\n    # via\n    #   requests\n\n    # of nobody\nother>=1\n-c bounds.txt\n"
    )
    back = read_back(text.encode())
    first, second, third = back.packages
    assert (sorted(first.extras), first.hashes) == (["socks"], (("sha256", "ab12"),))
    assert [asker.parent or str(asker.place) for asker in first.askers] == ["pt.in", "pyproject.toml", "rich"]
    assert (second.version, second.askers) == ("3.20", (Asker("", to_pypi_name("requests")),))
    assert (third.version, third.askers) == ("", ())
    assert first.dependencies == ("idna",)


def test_what_is_no_lock() -> None:
    assert not is_lock(read("r.txt", b"torch==2.7.1\nnumpy\n", "requirements"))
    assert not is_lock(read("r.txt", b"torch==2.7.*\n", "requirements"))
    assert not is_lock(read("r.txt", b"", "requirements"))
