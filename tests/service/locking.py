"""Lock jobs as tests ask for them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from tests.service.running import HERE, QUIET, Running, request

ODD = (sys.executable, str(HERE / "odd_job.py"))
SLOW = QUIET._replace(index_urls=("https://index.example/simple",), lock_jobs=2, lock_waiting=5, grace_seconds=0.3)
TARGET = "linux-64,python=3.11"
OVER = ("done", "failed")


def does(word: str) -> dict[str, object]:
    return request({"requirements.txt": word}, [TARGET])


def ended(service: Running, place: str) -> dict[str, Any]:
    """The job at *place* once it is over."""
    deadline = time.monotonic() + 30
    while (found := service.get(place).json())["state"] not in OVER:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return dict(found)


def locked(service: Running, body: dict[str, object]) -> dict[str, Any]:
    answer = service.post("/v1/lock", body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["retry-after"] == "1"
    return ended(service, answer.headers["location"])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def place_of(job: dict[str, Any]) -> tuple[int, Path]:
    """The process of a job of `ODD`, and its folder."""
    pid, _, folder = job["progress"][0].partition(" ")
    return int(pid), Path(folder)
