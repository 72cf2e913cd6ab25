"""Work beside: its result, its error, and that it begins at once; and what a lock without a pip part does not import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from compat.api.locking.aside import Aside
from tests.channel_server import CONDA_DATA

#: What is there for pip packages, or takes milliseconds to import.
FOR_PIP = ("packaging", "resolvelib", "httpx", "tomllib", "compat.api.locking.pip_part", "compat.resolve.pip.solve")
ENVIRONMENT = f"channels: [{(CONDA_DATA / 'conda-forge').as_uri()}]\ndependencies: [python=3.11, numpy]\n"


def test_the_work_begins_before_its_result_is_asked_for() -> None:
    begun, wanted = Event(), Event()

    def work() -> int:
        begun.set()
        assert wanted.wait(10)
        return 7

    aside = Aside(work)
    assert begun.wait(10)
    wanted.set()
    assert (aside.result(), aside.result()) == (7, 7)


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_an_error_of_the_work_is_raised_with_the_result(error: BaseException) -> None:
    def work() -> None:
        raise error

    aside = Aside(work)
    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            aside.result()
        assert caught.value is error


def test_a_lock_without_a_pip_part_imports_nothing_of_pips(tmp_path: Path) -> None:
    pytest.importorskip("rattler")
    (tmp_path / "environment.yml").write_text(ENVIRONMENT)
    script = (
        "import sys, compat; result = compat.lock(['environment.yml']);"
        f"print([file.name for file in result.files], [name for name in {FOR_PIP!r} if name in sys.modules])"
    )
    variables = {**os.environ, "COMPAT_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-c", f"{script}; sys.stdout.flush(); import os; os._exit(0)"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=variables)
    assert run.stdout == "['conda-lock.yml'] []\n"
