"""``compat lock`` that does not get to its end: killed, interrupted, no room, no permission. The old locks stay, or the new are there."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.toy_index import UNIVERSE, Toys, serve

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither these signals nor these limits")

PYTHONS = ("3.11", "3.12", "3.13")
OPTIONS = [
    *(word for minor in PYTHONS for arch in ("64", "aarch64") for word in ("--target", f"linux-{arch},python={minor}")),
    *("--format", "pylock", "--format", "requirements"),
]
Locks = Mapping[str, bytes]


class Shell:
    """Runs ``compat lock`` over the toys in *folder*, whose requirements file has one of two inputs."""

    INPUTS = tuple(
        "".join(f"{name}=={version}\n" for name in ("app", *(f"wide{number}" for number in range(20))))
        for version in ("1.0", "2.0")
    )

    def __init__(self, toys: Toys, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.toys = toys
        self.environment = {**os.environ, "COMPAT_CACHE_DIR": str(cache), "NO_PROXY": "*"}

    def start(self, *options: str, code: str = "") -> subprocess.Popen[str]:
        """A process that locks the folder; *code* is run in it first."""
        script = f"{code}\nfrom compat.cli import main\nmain()"
        return subprocess.Popen(
            [sys.executable, "-c", script, "lock", ".", *(options or OPTIONS), "--index-url", self.toys.url],
            cwd=self.folder,
            env=self.environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *options: str, code: str = "") -> tuple[int, str]:
        process = self.start(*options, code=code)
        said = process.communicate(timeout=60)
        return process.returncode, said[1]

    def ask_for(self, number: int) -> None:
        (self.folder / "requirements.txt").write_text(self.INPUTS[number])

    def locks(self) -> Locks:
        """The files that are there beside the requirements, those that are hidden aside."""
        return {
            path.name: path.read_bytes()
            for path in self.folder.iterdir()
            if path.name[:2] in {"py", "re"} and path.is_file() and path.name != "requirements.txt"
        }

    def hidden(self) -> list[str]:
        return [p.name for p in self.folder.iterdir() if p.name[0] == "." and p.name != ".git"]


class Made(NamedTuple):
    """Made once: a folder with the locks of the first input, those of both, and the cache that knows all files."""

    toys: Toys
    folder: Path
    cache: Path
    both: tuple[Locks, Locks]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("made")
    (folder / "work/.git").mkdir(parents=True)
    with serve() as toys:
        wheels = (f"wide{number}-{major}.0-py3-none-any.whl" for number in range(20) for major in (1, 2))
        toys.stock({**UNIVERSE, **dict.fromkeys(wheels, ())})
        shell = Shell(toys, folder / "work", folder / "cache")
        found: list[Locks] = []
        for number in (1, 0):
            shell.ask_for(number)
            code, said = shell.run()
            assert code == 0, said
            found.append(shell.locks())
        assert found[0].keys() == found[1].keys()
        assert all(found[0][name] != found[1][name] for name in found[0])
        yield Made(toys, shell.folder, folder / "cache", (found[1], found[0]))


@pytest.fixture
def shell(made: Made, tmp_path: Path) -> Iterator[Shell]:
    """The locks of the first input are there, and the second one is asked for."""
    shutil.copytree(made.folder, tmp_path / "work")
    shutil.copytree(made.cache, tmp_path / "cache")
    shell = Shell(made.toys, tmp_path / "work", tmp_path / "cache")
    shell.ask_for(1)
    yield shell
    made.toys.pause = 0


@pytest.fixture
def both(made: Made) -> tuple[Locks, Locks]:
    return made.both


# -- killed --------------------------------------------------------------------------------------------------------------


def is_writing(shell: Shell, before: Locks) -> bool:
    return bool(shell.hidden()) or shell.locks() != before


def wait_for_writing(shell: Shell, process: subprocess.Popen[str], before: Locks) -> None:
    while process.poll() is None and not is_writing(shell, before):
        pass


def test_killed_at_any_moment_each_lock_is_the_old_one_or_the_new_one(shell: Shell, both: tuple[Locks, Locks]) -> None:
    """COMPAT_TEST_KILLS sets how often. A third at any moment of a run, a third in its last fifth, a third while it writes."""
    numbers = random.Random(11)  # noqa: S311  repeatable
    start = time.monotonic()
    assert shell.run()[0] == 0
    whole = time.monotonic() - start
    wanted, met = 1, {"old": 0, "new": 0, "mixed": 0, "left behind": 0}
    for round_ in range(int(os.environ.get("COMPAT_TEST_KILLS", "6"))):
        wanted = 1 - wanted
        old, new = both[1 - wanted], both[wanted]
        shell.ask_for(wanted)
        process = shell.start()
        if round_ % 3 < 2:
            time.sleep(numbers.uniform(0.8 * whole * (round_ % 3), whole))
        else:
            wait_for_writing(shell, process, old)
            time.sleep(numbers.uniform(0, 0.002))
        process.kill()
        process.communicate()
        found = shell.locks()
        assert found.keys() == old.keys()
        assert all(data in {old[name], new[name]} for name, data in found.items())
        met["old" if found == old else "new" if found == new else "mixed"] += 1
        met["left behind"] += bool(shell.hidden())
        assert shell.run()[0] == 0
        assert shell.locks() == new
        for name in shell.hidden():
            (shell.folder / name).unlink()
    print(met, f"whole run {whole:.2f} s")  # noqa: T201  with -s


def test_what_a_killed_run_has_left_is_removed_in_time(shell: Shell, both: tuple[Locks, Locks]) -> None:
    folder = shell.folder
    for name, age in ((".pylock.toml.12345678.tmp", 7200), (".pylock.toml.abcdef01.tmp", 60), (".other.tmp", 7200)):
        (folder / name).write_text("half of")
        os.utime(folder / name, (time.time() - age,) * 2)
    assert shell.run()[0] == 0
    assert shell.locks() == both[1]
    assert sorted(shell.hidden()) == [".other.tmp", ".pylock.toml.abcdef01.tmp"]


# -- interrupted ---------------------------------------------------------------------------------------------------------


def test_ctrl_c_while_an_index_keeps_silent(shell: Shell, both: tuple[Locks, Locks]) -> None:
    shell.toys.pause = 30
    asked = len(shell.toys.asked)
    process = shell.start("--no-cache", *OPTIONS)
    while len(shell.toys.asked) == asked:
        time.sleep(0.005)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, ("", "\n"))
    assert time.monotonic() - start < 5
    assert (shell.locks(), shell.hidden()) == (both[0], [])


INTERRUPT = """
import os, signal
import compat.cli.replacing as replacing
original = os.{0}
def interrupted(*arguments, **options):
    if str(arguments[0]).endswith(".tmp"):
        signal.raise_signal(signal.SIGINT)
    return original(*arguments, **options)
os.{0} = interrupted
"""


@pytest.mark.parametrize("function", ["open", "replace"])
def test_ctrl_c_while_it_writes(shell: Shell, both: tuple[Locks, Locks], function: str) -> None:
    assert shell.run(code=INTERRUPT.format(function)) == (130, "\n")
    assert (shell.locks(), shell.hidden()) == (both[0], [])


# -- no room, no permission ----------------------------------------------------------------------------------------------


def test_a_full_disk_keeps_all_old_locks(shell: Shell, both: tuple[Locks, Locks]) -> None:
    """By the limit on the size of a file: the longest lock has no room, and those before it are not put in place either."""
    size = max(map(len, both[1].values())) - 1
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
    code, said = shell.run("--offline", *OPTIONS, code=limit)
    assert code == 2
    assert said.splitlines()[-1] == "error: cannot write `./pylock.toml`: File too large"
    assert (shell.locks(), shell.hidden()) == (both[0], [])


@pytest.mark.parametrize(
    ("number", "words"), [(30, "Read-only file system"), (13, "Permission denied"), (28, "No space left on device")]
)
def test_a_folder_that_takes_no_file_is_one_sentence(
    shell: Shell, both: tuple[Locks, Locks], number: int, words: str
) -> None:
    """As the system says it when the third file is begun."""
    refusing = (
        "import os\nseen, original = [], os.open\ndef refuse(path, *rest, **more):\n"
        "    seen.append(str(path).endswith('.tmp'))\n"
        f"    if sum(seen) == 3: raise OSError({number}, os.strerror({number}))\n"
        "    return original(path, *rest, **more)\nos.open = refuse"
    )
    code, said = shell.run("--offline", *OPTIONS, code=refusing)
    assert (code, shell.locks(), shell.hidden()) == (2, both[0], [])
    assert said.splitlines()[-1].startswith("error: cannot write `./pylock.")
    assert said.splitlines()[-1].endswith(f": {words}")


@pytest.mark.parametrize("cache", ["requirements.txt", "requirements.txt/below", "/dev/null", "\udcff/\udcff"])
def test_without_a_cache_that_can_be_used_the_work_goes_on(shell: Shell, both: tuple[Locks, Locks], cache: str) -> None:
    shell.environment["COMPAT_CACHE_DIR"] = cache
    code, said = shell.run()
    assert code == 0, said
    assert shell.locks() == both[1]
