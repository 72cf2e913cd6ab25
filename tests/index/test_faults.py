"""What goes wrong on the wire: one clear message, within a bounded time, and nothing in the cache."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from compat.index import IndexPackages, SourceSettings, UnreachedError, cache_info
from compat.index.freshness import fresh_until
from compat.index.transport.connection import Limits
from compat.model.distributions import DistFile
from tests.index.shop import JSON, ONE, QUICK, Served, Shop, loopback, name

PAGE = json.dumps(
    {"meta": {"api-version": "1.0"}, "files": [{"filename": "foo-1.0.tar.gz", "url": "x", "hashes": {}}]}
).encode()


def reply(request: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    request.send_response(status)
    for key, value in {"Content_Type": JSON, "Content_Length": str(len(body)), **headers}.items():
        request.send_header(key.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


def trickle(request: BaseHTTPRequestHandler) -> None:
    reply(request, b"", Content_Length=str(len(PAGE)))
    for number in range(len(PAGE)):
        time.sleep(0.05)
        request.wfile.write(PAGE[number : number + 1])


def cut(request: BaseHTTPRequestHandler) -> None:
    reply(request, PAGE[:20], Content_Length=str(len(PAGE)))
    request.close_connection = True


def reset(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True


def silent(_: BaseHTTPRequestHandler) -> None:
    time.sleep(1)


CASES: list[tuple[Callable[[BaseHTTPRequestHandler], None], str]] = [
    (lambda r: reply(r, b"", 500), r"the answer was 500 Internal Server Error \(3 tries\)"),
    (lambda r: reply(r, b"", 503), r"the answer was 503 Service Unavailable \(3 tries\)"),
    (lambda r: reply(r, b"", 429, Retry_After="3600"), r"the answer was 429 Too Many Requests$"),
    (lambda r: reply(r, b"", 418), r"the answer was 418 I'm a teapot$"),
    (lambda r: reply(r, b"", 401), r"the answer was 401 Unauthorized$"),
    (lambda r: reply(r, b"", 302, Location=r.path), r"redirected more than 10 times$"),
    (lambda r: reply(r, b"", 302, Location="ftp://x.example/"), r"no address that can be asked$"),
    (lambda r: reply(r, PAGE[:20]), r"the answer is no file list in JSON \(PEP 691\), or not all of it$"),
    (lambda r: reply(r, b"\x00garbage", Content_Type="text/html"), r"the answer is no file list in HTML \(PEP 503\)$"),
    (lambda r: reply(r, PAGE, Content_Encoding="gzip"), r"the answer is not compressed as it says$"),
    (trickle, r"no whole answer within 0.3 s \(3 tries\)"),
    (cut, r"the connection broke \(RemoteProtocolError\) \(3 tries\)"),
    (reset, r"the connection broke \(RemoteProtocolError\) \(3 tries\)"),
    (silent, r"no (?:whole )?answer within 0.3 s \(3 tries\)"),
]


def over(url: str, cache: Path | None = None, limits: Limits = QUICK) -> IndexPackages:
    settings = SourceSettings((url,), cache_folder=str(cache), no_cache=cache is None)
    return IndexPackages(settings, limits=limits._replace(answer=0.3))


@pytest.mark.parametrize(("answer", "why"), CASES)
def test_one_clear_message(answer: Callable[[BaseHTTPRequestHandler], None], why: str, tmp_path: Path) -> None:
    start = time.monotonic()
    with loopback(answer) as url, over(url, tmp_path) as packages:
        for _ in range(2):
            with pytest.raises(UnreachedError, match=why) as caught:
                packages.page(name("foo"))
            assert caught.value.why.startswith(f"{url}/foo/: ")
            assert "\n" not in caught.value.why
    assert time.monotonic() - start < 4
    assert cache_info(str(tmp_path)).files == 0


def test_nobody_is_there() -> None:
    with loopback(reset) as url:
        pass
    with over(url) as packages, pytest.raises(UnreachedError, match=r"no connection \(3 tries\)$"):
        packages.page(name("foo"))


def test_a_host_that_is_down_is_not_asked_for_every_project() -> None:
    shop = Shop()

    def down(_: httpx.Request) -> Served:
        raise httpx.ConnectError("down")

    shop.served = {f"{ONE}/foo-{number}/": down for number in range(20)}
    with shop.open(None) as packages:
        for number in range(20):
            with pytest.raises(UnreachedError, match="no connection"):
                packages.page(name(f"foo-{number}"))
    assert len(shop.requests) == QUICK.tries * QUICK.dead_after


@pytest.mark.parametrize(
    "fault", [Served(b"", status=503), Served(b"", status=429, headers={"Retry-After": "0"}), httpx.ReadError("cut")]
)
def test_what_passes_is_asked_again(fault: Served | Exception) -> None:
    shop = Shop()
    shop.page(ONE, "foo")
    good = shop.served[f"{ONE}/foo/"]
    assert isinstance(good, Served)

    def answer(_: httpx.Request) -> Served:
        if len(shop.requests) > 2:
            return good
        if isinstance(fault, Exception):
            raise fault
        return fault

    shop.served[f"{ONE}/foo/"] = answer
    with shop.open(None) as packages:
        assert packages.page(name("foo")) is not None
    assert len(shop.requests) == 3


@pytest.mark.parametrize("as_date", [True, False])
def test_retry_after_is_waited_for(as_date: bool) -> None:
    shop = Shop()
    shop.page(ONE, "foo")
    good = shop.served[f"{ONE}/foo/"]
    assert isinstance(good, Served)
    after = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True) if as_date else "1"
    shop.served[f"{ONE}/foo/"] = lambda _: (
        good if len(shop.requests) > 1 else Served(b"", status=429, headers={"Retry-After": after})
    )
    start = time.monotonic()
    with shop.open(None, limits=QUICK._replace(longest_pause=5)) as packages:
        assert packages.page(name("foo")) is not None
    assert 0.9 < time.monotonic() - start < 3


@pytest.mark.parametrize("after", ["", "soon", "-1"])
def test_a_retry_after_that_says_nothing(after: str) -> None:
    shop = Shop({f"{ONE}/foo/": Served(b"", status=503, headers={"Retry-After": after})})
    with shop.open(None) as packages, pytest.raises(UnreachedError, match="3 tries"):
        packages.page(name("foo"))


def test_half_a_page_without_a_length_is_asked_for_once_more() -> None:
    shop = Shop()
    shop.page(ONE, "foo", shop.wheel(ONE, "foo-1.0-py3-none-any.whl"))
    good = shop.served[f"{ONE}/foo/"]
    assert isinstance(good, Served)
    shop.served[f"{ONE}/foo/"] = lambda _: good if len(shop.requests) > 1 else good._replace(body=good.body[:50])
    with shop.open(None) as packages:
        page = packages.page(name("foo"))
    assert page is not None
    assert page.versions == ("1.0",)


@pytest.mark.parametrize("stated", [True, False])
def test_an_answer_without_end(stated: bool) -> None:
    body = b"x" * 5000
    served = Served(body, JSON) if stated else Served(body, JSON, headers={"Transfer-Encoding": "chunked"})
    limits = QUICK._replace(page_bytes=1000)
    with (
        Shop({f"{ONE}/foo/": served}).open(None, limits=limits) as packages,
        pytest.raises(UnreachedError, match="longer than 1,000 bytes"),
    ):
        packages.page(name("foo"))


def test_no_more_questions_at_once_than_allowed() -> None:
    import threading

    lock, now, most = threading.Lock(), 0, 0

    def answer(request: BaseHTTPRequestHandler) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        reply(request, PAGE)

    with loopback(answer) as url, over(url, limits=QUICK._replace(at_once_per_host=4)) as packages:
        names = [name(f"foo-{number}") for number in range(20)]
        packages.expect(names)
        for each in names:
            packages.page(each)
    assert 1 < most <= 4


def test_an_address_that_is_none() -> None:
    with Shop().open(None) as packages, pytest.raises(UnreachedError, match="no address that can"):
        packages.metadata(name("foo"), DistFile("foo-1-py3-none-any.whl", "http://[::1"))
    with Shop().open(None) as packages, pytest.raises(UnreachedError, match="no address that can be asked"):
        packages.metadata(name("foo"), DistFile("foo-1-py3-none-any.whl", "http://\x7f.example/\x00"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=60"}, 60),
        ({"cache-control": 'public, MAX-AGE="60"', "age": "20"}, 40),
        ({"cache-control": "max-age=60", "age": "99"}, 0),
        ({"cache-control": "max-age=9999999999"}, 365 * 24 * 3600),
        ({"cache-control": "max-age=60, no-cache"}, 0),
        ({"cache-control": "no-store,max-age=60"}, 0),
        ({"cache-control": "private"}, 0),
        ({"cache-control": "s-max-age=60"}, 0),
        ({"etag": "x"}, 0),
        ({"last-modified": "x"}, 0),
        ({}, 600),
    ],
)
def test_how_long_an_answer_is_fresh(headers: dict[str, str], seconds: int) -> None:
    assert fresh_until(headers, 1000) == 1000 + seconds
