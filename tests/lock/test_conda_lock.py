"""``conda-lock.yml``: whole files, what conda-lock, rattler and we read from them, and files of conda-lock itself."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compat.lock import UnwritableError, read_conda_lock, write_conda_lock, write_lock
from compat.lock.conda_lock import reader as conda_lock_reader
from compat.lock.conda_lock.scan import scan
from compat.lock.conda_lock.writer import _depends, left_out
from compat.lock.conda_sort import in_order
from compat.model.conda_records import CondaRecord
from compat.model.distributions import DistFile
from compat.model.errors import FileProblem
from compat.model.locking import LockedPackage, LockedRecord
from compat.model.names import to_conda_name, to_pypi_name
from tests.lock.conda_universe import ARM, CHANNEL, CUDA, X86, conda_lock, locked, record, records
from tests.lock.universe import package

LOCKS = Path(__file__).parents[1] / "data" / "locks"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def of_conda_lock() -> Any:  # noqa: ANN401 -- its modules, which a test skips without
    """conda-lock's reader and renderer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("conda_lock.conda_lock")


def parsed(data: bytes, folder: Path) -> Any:  # noqa: ANN401 -- a model of conda-lock
    path = folder / "conda-lock.yml"
    path.write_bytes(data)
    return of_conda_lock().parse_conda_lock_file(path)


def rendered(data: bytes, folder: Path, platform: str) -> list[str]:
    lines: list[str] = of_conda_lock().render_lockfile_for_platform(
        lockfile=parsed(data, folder), include_dev_dependencies=True, extras=None, kind="explicit", platform=platform
    )
    return lines


def test_whole_file(golden: Callable[[str, str], None]) -> None:
    """Of the conda part only a few packages, for the reader of the golden file."""
    lock = conda_lock()
    short = [
        one._replace(
            conda=tuple(each for each in one.conda if each.record.name in ("pip", "python", "tzdata", "wheel"))
        )
        for one in lock.targets
    ]
    golden("conda-lock.yml", write_conda_lock(lock._replace(targets=tuple(short))).decode())


def test_conda_lock_parses_it_and_renders_each_platform(tmp_path: Path) -> None:
    data = write_conda_lock(conda_lock())
    for target in (X86, ARM):
        lines = rendered(data, tmp_path, target.subdir)
        assert {line for line in lines if line.startswith("https")} == {
            f"{each.url}#{each.md5}" for each in records(target.subdir)
        }
        pip = [line for line in lines if line.startswith("# pip")]
        assert [line.split()[2] for line in pip] == ["typing-extensions", "pydantic", "fastapi"]
        assert all("#sha256=" in line for line in pip)


def test_conda_lock_would_write_what_it_reads(tmp_path: Path) -> None:
    """Nothing is lost or changed in its models: written by them, the file holds the same values."""
    import yaml

    data = write_conda_lock(conda_lock())
    model = parsed(data, tmp_path)
    ours = yaml.safe_load(data)
    theirs = model.to_v1().dict_for_output()
    assert theirs["metadata"] == ours["metadata"]

    def by_key(entries: list[dict[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
        return {(each["manager"], each["name"], each["platform"]): each for each in entries}

    written = {
        key: {k: v for k, v in entry.items() if v is not None} for key, entry in by_key(theirs["package"]).items()
    }
    assert written == by_key(ours["package"])


def test_rattler_reads_it(tmp_path: Path) -> None:
    rattler = pytest.importorskip("rattler")
    path = tmp_path / "conda-lock.yml"
    path.write_bytes(write_conda_lock(conda_lock()))
    environment = rattler.LockFile.from_path(path).default_environment()
    platforms = {each.name: each for each in environment.platforms()}
    for target in (X86, ARM):
        found = {each.location for each in environment.packages(platforms[target.subdir]) or ()}
        assert {each.url for each in records(target.subdir)} <= found
        assert len(found) == len(records(target.subdir)) + 3


@pytest.mark.parametrize("target", [X86, ARM])
def test_what_is_written_is_read(target: Any) -> None:  # noqa: ANN401
    """But for what the format has no key for."""
    read = read_conda_lock("conda-lock.yml", write_conda_lock(conda_lock()))
    assert [each.record for each in read.conda if each.subdir == target.subdir] == [
        as_kept(each) for each in in_order(records(target.subdir))
    ]
    pip = {each.name: each for each in read.for_target(target)}
    for each in locked(target).packages:
        assert pip[each.name].version == each.version
        assert pip[each.name].files == (each.files[0]._replace(size=None, uploaded=""),)
        assert pip[each.name].dependencies == tuple(sorted(each.dependencies))
    assert [(str(asker.parent), asker.requirement) for asker in pip[to_pypi_name("pydantic")].askers] == [
        ("fastapi", "pydantic!=1.8,<3.0,>=1.7.4")
    ]


def as_kept(one: CondaRecord) -> CondaRecord:
    """What conda-lock.yml keeps of a record; of its depends two on one name are one."""
    return CondaRecord(
        one.name,
        one.version,
        one.build,
        0,
        one.subdir,
        one.channel,
        one.url,
        one.md5,
        one.sha256,
        depends=tuple(f"{name} {spec}".strip() for name, spec in _depends(one.depends).items()),
    )


def test_what_is_ours_is_read() -> None:
    read = read_conda_lock("conda-lock.yml", write_conda_lock(conda_lock()))
    assert read.creator == "compat-matrix"
    assert dict(read.targets) == {
        "linux-64": "linux-64,glibc=2.28,python=3.12",
        "linux-aarch64": "linux-aarch64,glibc=2.28,python=3.12",
    }
    assert read.inputs == ("environment.yml",)
    assert read.channels == ("conda-forge",)
    assert read.subdirs == ("linux-64", "linux-aarch64")
    assert read.gap(X86) is None
    assert read.gap(X86._replace(python=(3, 11))) is not None
    assert read.preferences(ARM)[to_pypi_name("pydantic")] == "2.9.0"


def test_bytes_repeat_and_do_not_depend_on_orders() -> None:
    lock = conda_lock()
    turned = lock._replace(
        targets=tuple(one._replace(conda=one.conda[::-1], packages=one.packages[::-1]) for one in lock.targets[::-1])
    )
    assert write_conda_lock(lock) == write_conda_lock(conda_lock()) == write_conda_lock(turned)


def test_conda_packages_come_after_what_they_depend_on() -> None:
    for target in (X86, ARM):
        seen: set[str] = set()
        names = {each.name for each in records(target.subdir)}
        for each in in_order(records(target.subdir)):
            needs = {spec.partition(" ")[0] for spec in each.depends} & names
            assert needs - {"pip"} <= seen, each.name
            seen.add(each.name)
        assert seen == names


def test_circles_are_closed() -> None:
    pip = record("noarch/pip-25.1.1-pyh8b19718_0.conda")
    python = next(each for each in records("linux-64") if each.name == "python")
    first = [each.name for each in in_order([pip, python._replace(depends=("pip",))])]
    assert first == ["python", "pip"]
    a, b = (pip._replace(name=to_conda_name(name), depends=(need,)) for name, need in (("a", "b"), ("b", "a 1.*")))
    assert [each.name for each in in_order([b, a])] == ["b", "a"]


def test_two_targets_of_one_platform_have_a_file_each(tmp_path: Path) -> None:
    lock = conda_lock(locked(X86, "linux-64"), locked(CUDA, "linux-64-cuda124"))
    with pytest.raises(UnwritableError, match="one platform to conda-lock"):
        write_conda_lock(lock)
    written = write_lock(lock, "conda-lock")
    assert [file.name for file in written.files] == ["linux-64.conda-lock.yml", "linux-64-cuda124.conda-lock.yml"]
    assert written.files[1].install == "conda-lock install -n demo linux-64-cuda124.conda-lock.yml"
    assert "no conda-lock.yml for all targets" in written.notes[0]
    assert parsed(written.files[1].data, tmp_path).metadata.custom_metadata["compat.virtual.linux-64-cuda124"] == (
        "__archspec=1=x86_64 __cuda=12.4=0 __glibc=2.28=0 __linux=4.18=0 __unix=0=0"
    )


def test_direct_references(golden: Callable[[str, str], None], tmp_path: Path) -> None:
    """Repositories and archives stand in it as conda-lock has them; folders are left out, and said. No credentials."""
    wheel = "https://me:secret@files.example.org/app-1.0-py3-none-any.whl"
    digest = (("sha256", "a" * 64),)
    packages = (
        direct("app", "1.0", wheel, DistFile("app-1.0-py3-none-any.whl", wheel, digest)),
        direct("bare", "2", f"https://files.example.org/bare-2.tar.gz#sha256={'b' * 64}&subdirectory=py"),
        direct("tool", "1.0", f"git+https://me:secret@git.example.org/tool.git@{COMMIT}#subdirectory=py"),
        direct("here", "3", "file:///srv/here"),
        direct("near", "3", "file:near")._replace(editable=True),
        package("plain", "1.0")._replace(dependencies=(to_pypi_name("numpy"),)),
    )
    one = locked(X86, pip=packages)._replace(conda=(LockedRecord(record("noarch/tzdata-2026c-h151e31d_0.conda")),))
    lock = conda_lock(one)
    data = write_conda_lock(lock)
    assert b"secret" not in data
    golden("conda-lock-direct.yml", data.decode())
    assert [each.name for each in left_out(one)] == ["here", "near"]
    assert [note for note in write_lock(lock, "conda-lock").notes if "leaves out" in note] == [
        "conda-lock.yml: leaves out `here`, which conda-lock cannot hold: install `file:///srv/here` with pip",
        "conda-lock.yml: leaves out `near`, which conda-lock cannot hold: install `file:near` with pip",
    ]
    pip = [line for line in rendered(data, tmp_path, "linux-64") if line.startswith("# pip")]
    assert sorted(line.removeprefix("# pip ") for line in pip) == [
        f"app @ https://files.example.org/app-1.0-py3-none-any.whl#sha256={'a' * 64}",
        f"bare @ https://files.example.org/bare-2.tar.gz#sha256={'b' * 64}&subdirectory=py",
        f"plain @ https://pkgs.example.org/files/plain-1.0-py3-none-any.whl#sha256={packages[5].files[0].hashes[0][1]}",
        f"tool @ git+https://git.example.org/tool.git@{COMMIT}#subdirectory=py",
    ]
    read = {each.name: each for each in read_conda_lock("conda-lock.yml", data).packages}
    assert read[to_pypi_name("tool")].url == f"git+https://git.example.org/tool.git@{COMMIT}#subdirectory=py"
    assert read[to_pypi_name("tool")].files == ()


def direct(name: str, version: str, url: str, *files: DistFile) -> LockedPackage:
    return LockedPackage(to_pypi_name(name), version, "", files, url=url)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"md5": ""}, "no MD5 is known of `tzdata-2026c-h151e31d_0.conda`"),
        ({}, "no SHA-256 is known of `odd-1-py3-none-any.whl`, a file of `odd`"),
    ],
)
def test_what_it_cannot_hold(change: dict[str, Any], why: str) -> None:
    one = record("noarch/tzdata-2026c-h151e31d_0.conda")._replace(**change)
    odd = package("odd", "1")
    odd = odd._replace(files=(odd.files[0]._replace(hashes=(("sha512", "c" * 128),)),))
    with pytest.raises(UnwritableError, match=why):
        write_conda_lock(conda_lock(locked(X86, pip=(odd,))._replace(conda=(LockedRecord(one),))))


def test_there_has_to_be_a_conda_part() -> None:
    for format_name in ("conda-lock", "explicit", "environment"):
        with pytest.raises(UnwritableError, match="no conda part"):
            write_lock(conda_lock(locked(X86)._replace(conda=())), format_name)


def test_two_specs_on_one_name_become_one() -> None:
    """Repodata may ask for a package twice; the file has a mapping."""
    specs = ("a >=1", "a <2", "b", "b 1.*", "c >=2", "c 2.0 h1_0", "d 1.0", "d 1.0")
    one = record("noarch/tzdata-2026c-h151e31d_0.conda")._replace(depends=specs)
    read = read_conda_lock("x", write_conda_lock(conda_lock(locked(X86, pip=())._replace(conda=(LockedRecord(one),)))))
    assert read.conda[0].record.depends == ("a >=1,<2", "b 1.*", "c 2.0 h1_0", "d 1.0")


def test_a_file_of_conda_lock() -> None:
    """With packages in two categories, optional ones, hashes of one kind, a repository, and platforms of macOS."""
    read = read_conda_lock("conda-lock.yml", (LOCKS / "conda-lock.yml").read_bytes())
    assert read.creator == "conda-lock"
    assert read.subdirs == ("linux-64", "osx-arm64")
    assert read.channels == ("conda-forge", "https://example.org/t/${TOKEN}/private")
    assert [(each.record.title, each.subdir, each.place.line) for each in read.conda] == [
        ("_libgcc_mutex 0.1 (conda_forge)", "linux-64", 29),
        ("ruff 0.6.4 (py311hef32070_0)", "linux-64", 40),
        ("zlib 1.3.1 (hd9d3cd8_2)", "linux-64", 66),
        ("python 3.11.9 (h932a869_0_cpython)", "osx-arm64", 78),
    ]
    assert read.conda[0].record.sha256 == ""
    assert read.conda[2].record.channel == "https://example.org/private"
    assert [(str(each.name), each.version, sorted(each.subdirs)) for each in read.packages] == [
        ("idna", "3.7", ["linux-64"]),
        ("anyio", "4.4.0", ["linux-64"]),
        ("tool", "0.1.dev1", ["osx-arm64"]),
    ]
    assert [(str(each.parent), each.requirement) for each in read.packages[0].askers] == [("anyio", "idna>=2.8")]
    assert read.packages[2].url == f"git+https://git.example.org/tool.git@{COMMIT}"
    assert read.gap(X86._replace(subdir="linux-aarch64")) == "it is for linux-64 and osx-arm64"
    mac = X86._replace(subdir="osx-arm64", python=(3, 12))
    assert read.gap(mac) == "it is for Python 3.11.9, not 3.12"
    assert read.gap(mac._replace(python=(3, 11))) is None


ENTRY = """\
version: 1
metadata:
  content_hash: {}
  channels: []
  platforms: [linux-64]
  sources: []
package:
- name: x
  version: '1'
  manager: conda
  platform: linux-64
  dependencies: {}
  url: https://example.org/c/linux-64/x-1-0.conda
  hash: {md5: d7c89558ba9fa0495403155b64376d81}
  category: main
  optional: false
"""
REGULAR = ENTRY.replace(
    "  hash: {md5: d7c89558ba9fa0495403155b64376d81}\n", "  hash:\n    md5: d7c89558ba9fa0495403155b64376d81\n"
)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (ENTRY, "", "x.yml: no conda-lock.yml: the file is empty"),
        (ENTRY, "- a\n", "x.yml:1:1: no conda-lock.yml: the file is no mapping"),
        ("version: 1\n", "", "x.yml:1:1: no conda-lock.yml: `version` is missing"),
        ("version: 1\n", "version: 2\n", "x.yml:1:10: no conda-lock.yml of version 1, but of version `2`"),
        ("  platforms: [linux-64]\n", "", "x.yml:3:3: no conda-lock.yml: `platforms` is missing"),
        ("package:", "package: {}\nrest:", "x.yml:7:10: no conda-lock.yml: `package` is no list"),
        ("- name: x", "- x: x", "x.yml:8:3: no conda-lock.yml: `name` is missing"),
        ("- name: x", "- name: [x]", "x.yml:8:9: no conda-lock.yml: `name` is no text"),
        ("manager: conda", "manager: brew", "x.yml:8:3: `brew` is no manager that is known"),
        ("x-1-0.conda", "x.conda", "x.yml:8:3: `https://example.org/c/linux-64/x.conda` is no URL of a conda package"),
        ("dependencies: {}", "dependencies: [a]", "x.yml:12:17: no conda-lock.yml: `dependencies` is no mapping"),
        (
            "optional: false",
            "optional: 'false",
            "x.yml:17:1: while scanning a quoted scalar: found unexpected end of stream",
        ),
    ],
)
def test_broken_files(old: str, new: str, problem: str) -> None:
    with pytest.raises(FileProblem) as raised:
        read_conda_lock("x.yml", ENTRY.replace(old, new).encode())
    assert str(raised.value) == problem


def test_lines_are_read_as_yaml_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of ours and of conda-lock both have the spelling that needs no YAML."""
    for data in (write_conda_lock(conda_lock()), (LOCKS / "conda-lock.yml").read_bytes()):
        bare = re.sub(rb"(?m)^# .*\n", b"", data)
        assert scan(bare.decode()) is not None
        quick = read_conda_lock("x", bare)
        monkeypatch.setattr(conda_lock_reader, "scan", lambda _: None)
        assert read_conda_lock("x", bare) == quick
        monkeypatch.undo()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: '1'", "version: '1''2'"),
        ("version: '1'", 'version: "1"'),
        ("version: '1'", "version: null"),
        ("version: '1'", "version: a # b"),
        ("version: '1'", "version: &a b"),
        ("version: '1'", "version: 'a\n    b'"),
        ("  name", "  ? name"),
        ("dependencies: {}", "dependencies:\n    a: ''\n    a: ''"),
        ("dependencies: {}", "dependencies:\n    a: >-\n      b"),
        ("dependencies: {}", "dependencies:"),
        ("optional: false\n", "optional: false\n  more: 1\n"),
        ("- name: x\n", "- name: x\r\n"),
        ("optional: false\n", "optional: false\nlast: 1\n"),
    ],
)
def test_other_spellings_are_left_to_yaml(old: str, new: str) -> None:
    assert scan(REGULAR) is not None
    changed = REGULAR.replace(old, new)
    assert scan(changed) is None or changed == REGULAR


def test_the_file_that_the_broken_ones_are_made_of_is_read() -> None:
    read = read_conda_lock("x.yml", ENTRY.encode())
    assert [each.record.url for each in read.conda] == ["https://example.org/c/linux-64/x-1-0.conda"]


def test_channels_are_as_the_input_spells_them() -> None:
    assert CHANNEL not in write_conda_lock(conda_lock()).decode().partition("package:")[0]
