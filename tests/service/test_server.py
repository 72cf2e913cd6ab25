"""``compat serve`` as a process: what comes over a socket, signals, and its options."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from compat.cli.commands import cli
from tests.service.running import PAIR, request
from tests.toy_index import serve as serve_index

QUICK = ("--workers", "1", "--body-seconds", "0.5", "--rate", "0", "--grace", "3")


class Process:
    """A service in a process of its own, on a free port of loopback."""

    def __init__(self, log: Path, *options: str, **variables: str) -> None:
        self.log = log
        command = [sys.executable, "-m", "compat", "serve", "--port", "0", *options]
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(command, stderr=stderr, env={**os.environ, **variables})
        self.port = int(self.wait_for("listening")["port"])
        self.wait_for("ready")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]

    def wait_for(self, event: str) -> dict[str, Any]:
        deadline = time.monotonic() + 30
        while True:
            with suppress(StopIteration, ValueError):
                return next(line for line in self.lines() if line["event"] == event)
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            time.sleep(0.02)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def say(self, *pieces: bytes) -> bytes:
        """All that comes back on one connection for *pieces*, until it is closed."""
        with self.connect() as connection:
            with suppress(OSError):
                for piece in pieces:
                    connection.sendall(piece)
            return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    found = b""
    with suppress(ConnectionError):
        while data := connection.recv(65536):
            found += data
    return found


@contextmanager
def serving(folder: Path, *options: str, **variables: str) -> Iterator[Process]:
    found = Process(folder / "log", *options, **variables)
    try:
        yield found
    finally:
        found.process.kill()
        found.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with serving(tmp_path_factory.mktemp("server"), *QUICK) as found:
        yield found


def answers(server: Process) -> bool:
    return httpx.get(f"{server.url}/health").status_code == 200


CHUNKED = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


# -- what comes over a socket --------------------------------------------------------------------------------------------


def test_it_answers(server: Process) -> None:
    answer = httpx.post(f"{server.url}/v1/check", json=request({"requirements.txt": PAIR}))
    assert answer.json()["verdict"] == "conflict"
    assert "server" not in answer.headers


def test_a_body_that_never_comes_is_given_up(server: Process) -> None:
    began = time.monotonic()
    head = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    said = server.say(head, b'{"files"')
    assert said.startswith(b"HTTP/1.1 408")
    assert b"slow-body" in said
    assert time.monotonic() - began < 5


def test_a_body_that_comes_a_byte_at_a_time_is_given_up(server: Process) -> None:
    with server.connect() as connection:
        connection.sendall(CHUNKED)
        began = time.monotonic()
        with suppress(OSError):
            while time.monotonic() - began < 5:
                connection.sendall(b"1\r\n{\r\n")
                time.sleep(0.05)
        assert time.monotonic() - began < 3
    assert answers(server)


def test_a_stream_without_an_end_is_cut_off(server: Process) -> None:
    """What a client could send of a gigabyte before it is cut off is little more than a body may have."""
    piece = b"%x\r\n%s\r\n" % (1 << 16, b"x" * (1 << 16))
    sent = 0
    with server.connect() as connection:
        connection.sendall(CHUNKED)
        with suppress(OSError):
            while sent < 1 << 30:
                connection.sendall(piece)
                sent += len(piece)
    assert sent < 64 << 20
    assert answers(server)


def test_a_length_that_is_too_large_is_refused_before_the_body(server: Process) -> None:
    began = time.monotonic()
    said = server.say(b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 413")
    assert time.monotonic() - began < 5


def test_a_head_without_an_end_is_refused(server: Process) -> None:
    said = server.say(b"GET / HTTP/1.1\r\n", *[b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(200)])
    assert said == b"" or said.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
    assert answers(server)


@pytest.mark.parametrize("hosts", [b"", b"Host: a\r\nHost: b\r\n"])
def test_a_request_has_one_host(hosts: bytes, server: Process) -> None:
    assert server.say(b"GET /v1/rules HTTP/1.1\r\n%s\r\n" % hosts).startswith(b"HTTP/1.1 400")
    assert server.say(b"GET /livez HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_a_body_that_nobody_reads_is_cut_off(server: Process) -> None:
    """The answer to a GET does not wait for its body, nor does the connection wait for the rest of it for good."""
    began = time.monotonic()
    with server.connect() as connection, suppress(OSError):
        connection.sendall(b"GET /v1/rules HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        while time.monotonic() - began < 8:
            connection.sendall(b"1\r\nx\r\n")
            time.sleep(0.05)
    assert time.monotonic() - began < 6


def test_a_connection_goes_on_after_a_body_that_nobody_wanted(server: Process) -> None:
    head = b"POST /v1/none HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head % 100_000)
        assert connection.recv(65536).startswith(b"HTTP/1.1 404")
        connection.sendall(b"x" * 100_000 + b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"HTTP/1.1 200" in read_all(connection)


def test_requests_do_not_pile_up_on_a_connection(server: Process) -> None:
    """Nobody reads, and the client sends on: a few wait, then the connection ends."""
    sent = 0
    with server.connect() as connection, suppress(OSError):
        connection.settimeout(3)
        while sent < 64 << 20:
            sent += connection.send(b"GET /v1/none HTTP/1.1\r\nHost: x\r\n\r\n" * 2000)
    assert sent < 16 << 20
    assert answers(server)


def test_a_client_that_goes_is_no_bug(server: Process) -> None:
    with server.connect() as connection:
        connection.sendall(CHUNKED + b"1\r\n{\r\n")
        time.sleep(0.1)
    deadline = time.monotonic() + 5
    while all(line.get("status") != 499 for line in server.lines()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert all(line["event"] != "bug" for line in server.lines())


def test_one_address_does_not_take_all_connections(tmp_path: Path) -> None:
    with serving(tmp_path, *QUICK) as server:
        many = [server.connect() for _ in range(600)]
        with socket.create_connection(("127.0.0.1", server.port), 5, ("127.0.0.2", 0)) as other:
            other.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert read_all(other).startswith(b"HTTP/1.1 200")
        assert read_all(many[-1]).startswith(b"HTTP/1.1 503")
        for one in many:
            one.close()


SMUGGLED = b"GET /v1/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

#: Requests that two readers could take apart differently: at most one may be answered, and the second never.
SMUGGLING = {
    "both lengths": b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "two lengths": b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 41\r\n\r\n" + SMUGGLED,
    "a list of lengths": b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 41\r\n\r\n" + SMUGGLED,
    "a signed length": b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n" + SMUGGLED,
    "a space before the colon": b"POST /v1/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "an unknown coding": b"POST /v1/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "a folded header": b"POST /v1/check HTTP/1.1\r\nHost: x\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "a bare line end": b"POST /v1/check HTTP/1.1\nHost: x\nContent-Length: 0\n\n" + SMUGGLED,
    "a chunk with rubbish": b"POST /v1/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n"
    + SMUGGLED,
    "a NUL in a header": b"GET /health HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n" + SMUGGLED,
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_nothing_is_smuggled(name: str, server: Process) -> None:
    with server.connect() as connection:
        connection.sendall(SMUGGLING[name])
        connection.shutdown(socket.SHUT_WR)
        said = read_all(connection)
    assert b"smuggled" not in said
    assert said.count(b"HTTP/1.1 404") == 0
    assert answers(server)
    routes = [line.get("route") for line in server.lines()]
    assert "/v1/smuggled" not in routes


def test_the_log_holds_no_words_of_a_request(server: Process) -> None:
    secret = "hunter2secret"  # noqa: S105 - what must not be found
    httpx.post(
        f"{server.url}/v1/check?{secret}=1", json=request({f"{secret}.txt": f"{secret}\n"}), headers={"x-a": secret}
    )
    httpx.get(f"{server.url}/v1/{secret}", headers={"authorization": f"Bearer {secret}"})
    httpx.get(f"{server.url}/v1/matrix?q={secret}")
    time.sleep(0.1)
    assert secret not in server.log.read_text(encoding="utf-8")
    line = next(line for line in server.lines() if line.get("route") == "/v1/check")
    assert line.keys() >= {"request_id", "client", "status", "ms", "bytes_in", "bytes_out"}


# -- signals -------------------------------------------------------------------------------------------------------------


def test_an_idle_service_ends_at_once(tmp_path: Path) -> None:
    with serving(tmp_path, *QUICK) as server:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(5) == 0
        assert [line["event"] for line in server.lines()][-2:] == ["draining", "ended"]


def test_a_job_that_runs_gets_its_grace_and_one_that_waits_is_handed_back(tmp_path: Path) -> None:
    """SIGTERM in the middle: a stream ends with `done` or `failed`, never in the air."""
    with serve_index() as index:
        index.pause = 0.4
        options = ("--workers", "1", "--grace", "20", "--index-url", index.url, "--lock-jobs", "1")
        with serving(tmp_path, *options) as server, httpx.Client(base_url=server.url, timeout=20) as client:
            accept = {"accept": "text/event-stream"}
            body = request({"requirements.txt": "leaf\n"}, ["linux-64,python=3.11"])
            with (
                client.stream("POST", "/v1/lock", json=body, headers=accept) as first,
                client.stream("POST", "/v1/lock", json=body, headers=accept) as second,
            ):
                lines = first.iter_lines()
                while "progress" not in next(lines):
                    pass
                server.process.send_signal(signal.SIGTERM)
                assert "event: done" in list(lines)
                assert "event: failed" in list(second.iter_lines())
            assert server.process.wait(20) == 0


def test_workers_do_not_outlive_a_service_that_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path, *QUICK) as server:
        found = subprocess.run(
            ["/usr/bin/pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=True
        )
        children = [int(line) for line in found.stdout.split()]
        assert children
        server.process.kill()
        deadline = time.monotonic() + 10
        while any(Path(f"/proc/{pid}").exists() for pid in children):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_job_of_a_service_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    with serve_index() as index:
        index.pause = 20
        options = ("--workers", "1", "--index-url", index.url)
        (tmp_path / "folders").mkdir()
        with serving(tmp_path, *options, TMPDIR=str(tmp_path / "folders")) as server:
            body = request({"requirements.txt": "leaf\n"}, ["linux-64,python=3.11"])
            httpx.post(f"{server.url}/v1/lock", json=body)
            deadline = time.monotonic() + 20
            while not list(tmp_path.glob("folders/compat-lock-*/files")):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            server.process.kill()
            while list(tmp_path.glob("folders/*")):
                assert time.monotonic() < deadline
                time.sleep(0.02)
        index.stop()


# -- options -------------------------------------------------------------------------------------------------------------


def test_options_may_be_variables_and_keys_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("alice:689f6a627384c7dcb2dcc1487e540223e77bdf9dcd0d8be8a326eda65b0ce9a4\n")
    variables = {"COMPAT_SERVICE_MAX_TARGETS": "1", "COMPAT_SERVICE_KEYS": str(tmp_path / "keys")}
    with serving(tmp_path, "--workers", "1", **variables) as server:
        assert httpx.get(f"{server.url}/v1/rules").status_code == 401
        key = {"authorization": "Bearer opensesame!"}
        body = request({"a.txt": ""}, ["linux-64", "win-64"])
        assert httpx.post(f"{server.url}/v1/check", json=body, headers=key).status_code in (401, 413)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--keys", "/no/such/file"], "cannot read the keys"),
        (["--index-url", "ftp://user:hunter2@example.org"], "--index-url"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:8000"),
        (["--max-body", "0"], "max-body"),
    ],
)
def test_wrong_options_are_told_at_once(options: list[str], says: str) -> None:
    ended = CliRunner().invoke(cli, ["serve", *options])
    assert ended.exit_code == 2
    assert says in ended.stderr
    assert "hunter2" not in ended.output
