"""Which connections carry the questions: one for all where a host speaks HTTP/2, else a few that are used again."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from compat.index import IndexPackages, SourceSettings, UnreachedError
from compat.index.transport.lanes import Lanes
from tests.index.shop import JSON, QUICK, loopback, name

PROJECTS = [name(f"foo-{number}") for number in range(40)]


def page(project: str) -> bytes:
    files = [{"filename": f"{project}-1.0.tar.gz", "url": "x", "hashes": {}}]  # which nothing is read ahead of
    return json.dumps({"meta": {"api-version": "1.0"}, "files": files}).encode()


def over(url: str, most: int = 4) -> IndexPackages:
    settings = SourceSettings((url,), no_cache=True)
    return IndexPackages(settings, limits=QUICK._replace(at_once_per_host=most))


def read_all(packages: IndexPackages) -> set[tuple[str, ...]]:
    packages.expect(PROJECTS)
    pages = [packages.page(project) for project in PROJECTS]
    return {found.versions for found in pages if found is not None}


def test_connections_are_used_again() -> None:
    ports: set[int] = set()

    def answer(request: BaseHTTPRequestHandler) -> None:
        ports.add(request.client_address[1])
        content = page(request.path.split("/")[2])
        request.send_response(200)
        request.send_header("Content-Type", JSON)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    with loopback(answer) as url, over(url) as packages:
        assert read_all(packages) == {("1.0",)}
    assert 1 < len(ports) <= 4


def test_a_redirection_to_the_same_host_keeps_the_login() -> None:
    seen: list[tuple[str, str | None]] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append((request.path, request.headers["Authorization"]))
        moved = not request.path.startswith("/new/")
        request.send_response(301 if moved else 404)
        if moved:
            request.send_header("Location", f"/new{request.path}")
        request.send_header("Content-Length", "0")
        request.end_headers()

    with loopback(answer) as url, over(url.replace("//", "//me:word@")) as packages:
        assert packages.page(name("foo")) is None
    assert seen == [("/simple/foo/", "Basic bWU6d29yZA=="), ("/new/simple/foo/", "Basic bWU6d29yZA==")]


def test_where_there_is_a_proxy_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        request.send_response(404)
        request.send_header("Content-Length", "0")
        request.end_headers()

    with loopback(answer) as url:
        monkeypatch.setenv("http_proxy", url.removesuffix("/simple"))
        with over("http://index.invalid/simple") as packages:
            assert packages.page(name("foo")) is None
    assert asked == ["http://index.invalid/simple/foo/"]


class Server(NamedTuple):
    """``requests`` are the HTTP version and the client's port of each."""

    url: str
    requests: list[tuple[str, int]]


@contextmanager
def encrypted(folder: Path, protocols: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server on loopback that speaks *protocols* over TLS, with a certificate that SSL_CERT_FILE vouches for."""
    trustme = pytest.importorskip("trustme")
    config_of, serve = pytest.importorskip("hypercorn.config"), pytest.importorskip("hypercorn.asyncio").serve
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    requests: list[tuple[str, int]] = []

    async def answer(scope: dict[str, Any], _: object, send: Any) -> None:  # noqa: ANN401
        if scope["type"] == "http":
            requests.append((scope["http_version"], scope["client"][1]))
            head = [(b"content-type", JSON.encode())]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": page(scope["path"].split("/")[2])})

    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    config = config_of.Config()
    config.bind = [f"fd://{listening.detach()}"]  # which hypercorn closes
    config.certfile = config.keyfile = str(folder / "server.pem")
    config.alpn_protocols = protocols
    config.loglevel = "ERROR"
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    serving = threading.Thread(
        target=lambda: loop.run_until_complete(serve(answer, config, shutdown_trigger=stop.wait)), daemon=True
    )
    serving.start()
    try:
        yield Server(f"https://127.0.0.1:{port}/simple", requests)
    finally:
        loop.call_soon_threadsafe(stop.set)
        serving.join()
        loop.close()


def test_http_2_carries_all_questions_in_one_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("h2")
    with encrypted(tmp_path, ["h2", "http/1.1"], monkeypatch) as server, over(server.url) as packages:
        assert read_all(packages) == {("1.0",)}
    assert {version for version, _ in server.requests} == {"2"}
    assert len(server.requests) == len(PROJECTS)
    assert len({port for _, port in server.requests}) == 1


def test_a_host_without_http_2_is_asked_over_a_few_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with encrypted(tmp_path, ["http/1.1"], monkeypatch) as server, over(server.url) as packages:
        assert read_all(packages) == {("1.0",)}
    assert {version for version, _ in server.requests} == {"1.1"}
    assert 1 < len({port for _, port in server.requests}) <= 8


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with encrypted(tmp_path, ["h2", "http/1.1"], monkeypatch) as server:
        monkeypatch.delenv("SSL_CERT_FILE")
        with over(server.url) as packages, pytest.raises(UnreachedError, match="no connection"):
            packages.page(name("foo"))
    assert server.requests == []


def test_a_redirection_from_http_to_https_is_verified_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with encrypted(tmp_path, ["http/1.1"], monkeypatch) as server:

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(302)
            request.send_header("Location", f"{server.url}/foo/")
            request.send_header("Content-Length", "0")
            request.end_headers()

        with loopback(answer) as url:
            with over(url) as packages:
                assert packages.page(name("foo")) is not None
            monkeypatch.delenv("SSL_CERT_FILE")
            with over(url) as packages, pytest.raises(UnreachedError, match="no connection"):
                packages.page(name("foo"))
    assert len(server.requests) == 1


def test_nothing_is_opened_before_it_is_needed() -> None:
    lanes = Lanes(4)
    first = lanes.take("http://one.example")
    lanes.give_back("http://one.example", first)
    assert lanes.take("http://one.example") is first
    assert lanes.take("http://one.example") is not first
    assert lanes.take("https://one.example") is lanes.take("https://one.example")
    asyncio.run(lanes.close())
