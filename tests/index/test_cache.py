"""The disk cache: broken files are as if they were not there, whichever byte it is, and no process ever sees half of one."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.index.cache import Cache, Header, cache_info, clean, default_folder, key_of

URL = "https://index.example/simple/foo/"
HEADER = Header(URL, '"etag"', "yesterday", 5, 10, absent=False, signed=True, checked=7)
CONTENT = b"checked, and not\n"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(str(tmp_path))


def only_file(folder: Path) -> Path:
    (path,) = (path for path in folder.rglob("*") if path.is_file())
    return path


def test_what_was_written_is_read(cache: Cache) -> None:
    written = cache.write("pages/a/foo.page", HEADER, CONTENT)
    found = cache.read("pages/a/foo.page", URL)
    assert found == written
    assert (written.header, written.content) == (HEADER, CONTENT)
    assert cache.read_part("pages/a/foo.page", written.start + 2, 3) == b"eck"
    assert cache.read("pages/a/bar.page", URL) is None
    assert cache.read_part("pages/a/bar.page", 0, 5) == b""


def test_a_file_about_another_address_is_not_taken(cache: Cache) -> None:
    cache.write("pages/a/foo.page", HEADER, CONTENT)
    assert cache.read("pages/a/foo.page", "https://other.example/simple/foo/") is None


def test_whichever_byte_of_the_beginning_is_broken_the_file_is_not_taken(cache: Cache, tmp_path: Path) -> None:
    start = cache.write("pages/a/foo.page", HEADER, CONTENT).start
    path = only_file(tmp_path)
    sound = path.read_bytes()
    for at in range(start + HEADER.checked):
        for change in (1, 0x80, 0xFF):
            path.write_bytes(sound[:at] + bytes([sound[at] ^ change]) + sound[at + 1 :])
            assert cache.read("pages/a/foo.page", URL) is None, at
        path.write_bytes(sound[:at])
        assert cache.read("pages/a/foo.page", URL) is None, at
    path.write_bytes(sound)
    assert cache.read("pages/a/foo.page", URL) is not None


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"compat-lock 1 ", b"compat-lock 1 00000000 [", b"compat-lock 1 00000000 []\n"]),
)
def test_any_other_file_is_not_taken(content: bytes, before: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "v1/pages/a/foo.page")
        path.parent.mkdir(parents=True)
        path.write_bytes(before + content)
        assert Cache(folder).read("pages/a/foo.page", URL) is None


def test_the_checked_part_may_be_longer_than_the_first_read(cache: Cache) -> None:
    content = os.urandom(200_000)
    cache.write("pages/a/foo.page", HEADER._replace(checked=150_000), content)
    found = cache.read("pages/a/foo.page", URL)
    assert found is not None
    assert found.content == content
    cache.write("pages/a/foo.page", HEADER, content)
    part = cache.read("pages/a/foo.page", URL)
    assert part is not None
    assert len(part.content) < len(content)
    whole = cache.read("pages/a/foo.page", URL, whole=True)
    assert whole is not None
    assert whole.content == content


def test_without_a_folder_nothing_is_kept() -> None:
    cache = Cache(None)
    assert cache.write("pages/a/foo.page", HEADER, CONTENT).content == CONTENT
    assert cache.read("pages/a/foo.page", URL) is None
    assert cache.read_part("pages/a/foo.page", 0, 1) == b""


def test_what_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(str(tmp_path / "file"))
    assert cache.write("pages/a/foo.page", HEADER, CONTENT).content == CONTENT
    assert cache.read("pages/a/foo.page", URL) is None


def test_a_full_disk_leaves_nothing_behind(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    cache.write("pages/a/foo.page", HEADER, CONTENT)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_killed_processes_left_is_swept(cache: Cache, tmp_path: Path) -> None:
    temporary = tmp_path / "v1/tmp"
    temporary.mkdir(parents=True)
    for name, age in (("old", 7200), ("new", 60)):
        (temporary / name).write_text("half")
        os.utime(temporary / name, (time.time() - age,) * 2)
    cache.write("pages/a/foo.page", HEADER, CONTENT)
    assert [path.name for path in temporary.iterdir()] == ["new"]


def test_keys_are_of_what_is_given_and_how_it_is_divided() -> None:
    assert key_of("a", "b") != key_of("ab")
    assert key_of("a", "b") == key_of("a", "b")


# -- info and clean ------------------------------------------------------------------------------------------------------


def fill(cache: Cache) -> None:
    for project in ("foo", "bar"):
        cache.write(cache.page_path("https://index.example/simple", project), HEADER, CONTENT)
        cache.write(cache.metadata_path(project, "sha256=1"), HEADER, CONTENT)
        cache.write(cache.metadata_path(project, "sha256=2"), HEADER, CONTENT)


def test_info(cache: Cache, tmp_path: Path) -> None:
    assert cache_info(str(tmp_path)) == (0, 0, (("pages", 0, 0), ("metadata", 0, 0)))
    fill(cache)
    found = cache_info(str(tmp_path))
    assert found.files == 6
    assert [(bucket, files) for bucket, files, _ in found.buckets] == [("pages", 2), ("metadata", 4)]
    assert found.bytes == sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())


def test_clean(cache: Cache, tmp_path: Path) -> None:
    fill(cache)
    (tmp_path / "somebody else's").write_text("")
    assert clean(str(tmp_path), ["foo"]).files == 3
    assert cache_info(str(tmp_path)).files == 3
    assert {path.stem for path in tmp_path.rglob("*.page")} == {"bar"}
    assert clean(str(tmp_path)).files == 3
    assert [path.name for path in tmp_path.iterdir()] == ["somebody else's"]
    assert clean(str(tmp_path)).files == 0


def test_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path))
    assert default_folder() == str(tmp_path)
    fill(Cache(default_folder()))
    assert (cache_info().files, clean().files) == (6, 6)
    monkeypatch.delenv("COMPAT_CACHE_DIR")
    for home in ("", str(tmp_path), "relative", None):
        monkeypatch.setenv("XDG_CACHE_HOME", home) if home is not None else monkeypatch.delenv("XDG_CACHE_HOME")
        if home != "relative":
            assert default_folder() == platformdirs.user_cache_dir("compat-matrix", appauthor=False)
        assert Path(default_folder()).is_absolute()


# -- processes -----------------------------------------------------------------------------------------------------------


WRITER = """
import random, sys
from compat.index.cache import Cache, Header
cache, numbers = Cache(sys.argv[1]), random.Random(sys.argv[2])
print("ready", flush=True)
while True:
    content = bytes([numbers.randrange(256)]) * numbers.randrange(1, 300_000)
    cache.write("pages/a/foo.page", Header(sys.argv[3], checked=len(content)), content)
"""


def is_whole(cache: Cache) -> bool:
    """Whether what is in the file is one content, from the first byte to the last."""
    entry = cache.read("pages/a/foo.page", URL, whole=True)
    return entry is not None and len(set(entry.content)) == 1 and len(entry.content) == entry.header.checked


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_two_processes_and_kills_at_random_points_leave_whole_files(cache: Cache, tmp_path: Path) -> None:
    numbers = random.Random(7)  # noqa: S311  repeatable
    for round_ in range(int(os.environ.get("COMPAT_TEST_KILLS", "20")) // 2):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, tmp_path, f"{round_}-{number}", URL], stdout=subprocess.PIPE
            )
            for number in range(2)
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        cache.write("pages/a/foo.page", Header(URL, checked=1), b"x")
        end = time.monotonic() + numbers.uniform(0.005, 0.06)
        while time.monotonic() < end:
            assert is_whole(cache)
        for writer in writers:
            writer.kill()
            writer.communicate()
        assert is_whole(cache)
        cache.write("pages/a/foo.page", HEADER, CONTENT)
        assert cache.read("pages/a/foo.page", URL) is not None
