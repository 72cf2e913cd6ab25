"""The processes of `service_load.py`: servers, the client, and locks that run meanwhile."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
#: Requirements of the locks in the background: each takes some seconds of one core.
APPS = 400


class Load(NamedTuple):
    """Requests as bytes in a file, and the largest answer to them."""

    requests: Path
    answer: Path
    files: list[dict[str, bytes]]


class Server(NamedTuple):
    """A server and its children."""

    process: subprocess.Popen[bytes]
    port: int

    def pids(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:  # grows
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, task.read_text().split())
        return found

    def cpu(self, *, whole: bool = True) -> float:
        """Seconds of CPU that the process, and if *whole* its living children, have taken."""
        pids = self.pids() if whole else [self.process.pid]
        return sum(sum(map(int, _stat(pid)[11:13])) for pid in pids) / TICKS

    def memory(self) -> float:
        """Bytes of memory of all processes; what they share counts for each."""
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids()) * PAGE


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@contextmanager
def start_service(*options: str) -> Iterator[Server]:
    """`compat serve` without a rate; what it logs goes nowhere."""
    port = _free_port()
    command = [sys.executable, "-m", "compat", "serve", "--port", str(port), "--rate", "0", *options]
    with _started(command, port, "/health") as server:
        yield server


@contextmanager
def start_constant(load: Load) -> Iterator[Server]:
    """The peer."""
    port = _free_port()
    with _started([sys.executable, str(HERE / "constant_server.py"), str(port), str(load.answer)], port, "/") as server:
        yield server


@contextmanager
def _started(command: Sequence[str], port: int, path: str) -> Iterator[Server]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                if httpx.get(f"http://127.0.0.1:{port}{path}").status_code in (200, 404):
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield Server(process, port)
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def run_client(server: Server, load: Load, *options: str) -> dict[str, Any]:
    """What `load_client.py` measures."""
    command = [sys.executable, str(HERE / "load_client.py"), "--port", str(server.port), *options, str(load.requests)]
    found: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    if found["bad"]:
        raise SystemExit(f"{found['bad']} requests got no answer")
    return found


@contextmanager
def locking(server: Server) -> Iterator[None]:
    """Four locks at a time on *server*, one after the other, all the while."""
    stop = threading.Event()
    text = "".join(f"app-{number}\n" for number in range(APPS))
    body = {"files": [{"name": "requirements.txt", "content": text}], "targets": ["linux-64,python=3.11"]}

    def run() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client:
            while not stop.is_set():
                place = client.post("/v1/lock", json=body).headers["location"]
                while not stop.is_set() and client.get(place).json()["state"] in ("queued", "running"):
                    stop.wait(0.5)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(5)
