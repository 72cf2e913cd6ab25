"""``@EXPLICIT`` files and pinned environment.yml files: whole files, what others and we read from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from compat.formats import read
from compat.lock import (
    UnwritableError,
    is_environment_lock,
    read_environment_lock,
    read_explicit,
    write_environment,
    write_explicit,
    write_lock,
)
from compat.lock.conda_sort import in_order
from compat.lock.environment_yml import environment_name
from compat.model.errors import FileProblem
from compat.model.locking import LockedChannel, LockedRecord
from compat.model.names import to_pypi_name
from tests.lock.conda_universe import ARM, CHANNEL, ENVIRONMENT, X86, conda_lock, environment, locked, record, records
from tests.lock.universe import INDEX, package

TZDATA = record("noarch/tzdata-2026c-h151e31d_0.conda")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_whole_files(golden: Callable[[str, str], None]) -> None:
    lock = conda_lock()
    for format_name in ("explicit", "environment"):
        for file in write_lock(lock, format_name, INDEX).files:
            if file.target == "linux-64" and file.format == format_name:
                golden(file.name, file.data.decode())


def test_the_pip_part_of_an_explicit_lock_is_a_file_of_hashes() -> None:
    written = write_lock(conda_lock(), "explicit", INDEX)
    assert [(file.name, file.format, file.install) for file in written.files[:2]] == [
        ("conda-linux-64.lock", "explicit", "conda create -n demo --file conda-linux-64.lock"),
        (
            "requirements.linux-64.txt",
            "requirements",
            "conda run -n demo pip install --no-deps --require-hashes -r requirements.linux-64.txt",
        ),
    ]
    assert written.notes == (
        "conda-NAME.lock holds the conda part alone: install requirements.NAME.txt after it, the pip part",
    )
    assert [file.name for file in write_lock(conda_lock(locked(X86, pip=())), "explicit").files] == [
        "conda-linux-64.lock"
    ]


def test_what_pip_refuses_beside_hashes_is_for_uv() -> None:
    """Into the environment that conda has made: nothing of it is removed."""
    tool = package("tool", "1")._replace(files=(), url=f"git+https://git.example.org/tool.git@{COMMIT}")
    files = write_lock(conda_lock(locked(X86, pip=(tool,))), "explicit").files
    assert files[1].install == "conda run -n demo uv pip install --no-deps -r requirements.linux-64.txt"


@pytest.mark.parametrize(
    ("format_name", "options"), [("pylock", "--no-deps -r"), ("requirements", "--no-deps --require-hashes -r")]
)
def test_the_pip_part_alone_is_installed_into_the_conda_environment(format_name: str, options: str) -> None:
    for file in write_lock(conda_lock(), format_name).files:
        assert file.install == f"conda run -n demo pip install {options} {file.name}"


@pytest.mark.parametrize("target", [X86, ARM])
def test_rattler_reads_explicit_files(target: object, tmp_path: Path) -> None:
    """URLs, hashes and platform."""
    rattler = pytest.importorskip("rattler.rattler")
    one = locked(X86 if target is X86 else ARM)
    path = tmp_path / "conda.lock"
    path.write_bytes(write_explicit(one))
    spec = rattler.PyExplicitEnvironmentSpec.from_path(path)
    assert spec.platform().name == one.target.subdir
    assert [entry.url() for entry in spec.packages()] == [
        f"{each.url}#{each.md5}" for each in in_order([each.record for each in one.conda])
    ]


@pytest.mark.parametrize("target", [X86, ARM])
def test_what_is_written_is_read(target: object) -> None:
    """But for what the format has no place for."""
    one = locked(X86 if target is X86 else ARM)
    found = read_explicit("conda.lock", write_explicit(one))
    assert [(each.record.url, each.record.md5, each.record.title, each.subdir) for each in found.conda] == [
        (each.url, each.md5, each.title, one.target.subdir) for each in in_order(records(one.target.subdir))
    ]
    assert found.subdirs == (one.target.subdir,)
    assert found.creator == "compat-matrix"
    assert found.gap(one.target) is None
    assert found.channels == (CHANNEL,)


def test_a_hash_is_needed() -> None:
    sha = TZDATA._replace(md5="")
    text = write_explicit(locked(X86)._replace(conda=(LockedRecord(sha),))).decode()
    assert text.endswith(f"{TZDATA.url}#sha256:{TZDATA.sha256}\n")
    assert read_explicit("x", text.encode()).conda[0].record.sha256 == TZDATA.sha256
    with pytest.raises(UnwritableError, match=r"no hash is known of `tzdata-2026c-h151e31d_0\.conda`"):
        write_explicit(locked(X86)._replace(conda=(LockedRecord(sha._replace(sha256="")),)))


def test_files_of_others() -> None:
    """conda's, without a platform; and conda-lock's, with the pip part in comments."""
    text = f"# created-by: conda 24\n@EXPLICIT\n{CHANNEL}/linux-64/a-1-0.tar.bz2\n{TZDATA.url}#{TZDATA.md5}\n"
    found = read_explicit("x", text.encode())
    assert (found.subdirs, found.creator) == (("linux-64",), "")
    assert found.conda[0].record.md5 == ""
    digest = "a" * 64
    text = (
        "# Generated by conda-lock.\n# platform: linux-64\n@EXPLICIT\n"
        f"{TZDATA.url}#{TZDATA.md5}\n"
        f"# pip idna @ https://files.example.org/idna-3.7-py3-none-any.whl#sha256={digest}\n"
        f"# pip old @ https://files.example.org/old-1.0.tar.gz\n"
        f"# pip bare @ https://files.example.org/latest.zip\n"
        f"# pip tool @ git+https://git.example.org/tool.git@{COMMIT}\n"
        f"# pip six == 1.17.0 --hash=sha256:{digest}\n"
    )
    found = read_explicit("x", text.encode())
    assert found.creator == "conda-lock"
    assert [(str(each.name), each.version) for each in found.packages] == [
        ("idna", "3.7"),
        ("old", "1.0"),
        ("bare", ""),
        ("tool", ""),
        ("six", "1.17.0"),
    ]
    assert found.packages[0].files is not None
    assert found.packages[0].files[0].hashes == (("sha256", digest),)
    assert found.packages[4].hashes == (("sha256", digest),)
    assert found.gap(ARM) == "it is for linux-64"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("https://example.org/x\n", "x: no explicit lock: there is no line `@EXPLICIT`"),
        ("@EXPLICIT\n\nnumpy=1.26\n", "x:3:1: `numpy=1.26` is no conda package with its hash"),
        (f"@EXPLICIT\n{TZDATA.url}#abc\n", f"x:2:1: `{TZDATA.url}#abc` is no conda package with its hash"),
        (
            "@EXPLICIT\nhttps://me:secret@example.org/a.conda\n",
            "x:2:1: `https://example.org/a.conda` is no conda package with its hash",
        ),
    ],
)
def test_broken_explicit_files(text: str, problem: str) -> None:
    with pytest.raises(FileProblem) as raised:
        read_explicit("x", text.encode())
    assert str(raised.value) == problem


@pytest.mark.parametrize("target", [X86, ARM])
def test_pinned_environments_are_read(target: object) -> None:
    """By the reader of all environment.yml files: every pin is one version and build."""
    one = locked(X86 if target is X86 else ARM)
    document = read("environment.x.yml", write_environment(conda_lock(), one, INDEX), "environment")
    assert document.problems == ()
    assert is_environment_lock(document)
    assert {(str(entry.name), entry.spec.build) for entry in document.conda} == {
        (str(each.name), each.build) for each in records(one.target.subdir)
    }
    assert all(
        entry.spec.matches(each.version, each.build)
        for entry in document.conda
        for each in records(one.target.subdir)
        if entry.name == each.name
    )
    found = read_environment_lock(document)
    assert {each.record.title for each in found.conda} == {each.title for each in records(one.target.subdir)}
    assert {each.name: each.version for each in found.packages} == {
        to_pypi_name(name): version
        for name, version in (("fastapi", "0.115.0"), ("pydantic", "2.9.0"), ("typing-extensions", "4.15.0"))
    }
    assert found.gap(one.target) is None
    assert found.gap(X86 if target is ARM else ARM) is not None
    assert found.channels == ("conda-forge",)


def test_rattler_takes_the_pins() -> None:
    rattler = pytest.importorskip("rattler")
    document = read("x.yml", write_environment(conda_lock(), locked(X86)), "environment")
    for entry in document.conda:
        rattler.MatchSpec(entry.spec.text)


def test_channels_and_indexes_of_pinned_environments() -> None:
    """Another channel than the first is named; an index of its own is an option of pip."""
    other = record("noarch/tzdata-2026c-h151e31d_0.conda", "https://conda.anaconda.org/other")
    one = locked(X86, pip=(package("a", "1"), package("b", "2", index="https://other.example.org/simple")))
    one = one._replace(conda=(*one.conda[:1], LockedRecord(other)))
    channels = (
        LockedChannel("conda-forge", (CHANNEL,)),
        LockedChannel("defaults", ("https://repo.anaconda.com/pkgs/main", "https://conda.anaconda.org/other")),
    )
    text = write_environment(conda_lock(one)._replace(channels=channels), one, INDEX).decode()
    assert text.partition("\n")[2] == (
        "name: demo\nchannels:\n- conda-forge\n- defaults\ndependencies:\n"
        "- _openmp_mutex=4.5=20_gnu\n- 'defaults::tzdata=2026c=h151e31d_0'\n"
        "- pip:\n  - '--extra-index-url https://other.example.org/simple'\n  - a==1\n  - b==2\n"
    )
    assert read("x.yml", text.encode(), "environment").problems == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (ENVIRONMENT, "demo"),
        ("dependencies: [a]\n", ""),
        ("'name': 'my env'\ndependencies: [a]\n", "my env"),
        ("dependencies:\n- a\n# name: b\n", ""),
        ("name: [a]\ndependencies: [a]\n", ""),
    ],
)
def test_the_name_stays(text: str, name: str) -> None:
    lock = conda_lock()._replace(environment=environment(text))
    assert environment_name(lock) == name
    written = write_lock(lock, "environment").files[0]
    assert (f"name: {name}\n" in written.data.decode()) == bool(name)
    assert f"-n {name if name == 'demo' else 'env'} " in written.install


def test_bytes_repeat() -> None:
    turned = conda_lock()
    one = turned.targets[0]._replace(conda=turned.targets[0].conda[::-1], packages=turned.targets[0].packages[::-1])
    assert write_explicit(one) == write_explicit(locked(X86))
    assert write_environment(turned, one) == write_environment(conda_lock(), locked(X86))
