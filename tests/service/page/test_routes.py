"""``/``, its parts and files, and the same answers as JSON."""

from __future__ import annotations

import re

import pytest

from compat.api.choosing.choose import choose
from compat.api.choosing.heat import find_build, map_builds
from compat.service.page.assets import assets, assets_version
from compat.service.settings import Settings
from tests.service.running import QUIET, Running, is_problem, running

MARKUP = "<script>alert(1)</script>"


def test_the_page_is_whole_without_a_script(service: Running) -> None:
    answer = service.get("/?torch=2.4.1&cell=2.9.1/12.8")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "torch 2.4.1 has no wheel for Python 3.13" in answer.text
    assert "torch 2.9.1 is built for CUDA 12.8 for linux-64" in answer.text
    assert 'href="./?cell=2.9.1%2F12.8&amp;torch=2.4.1&amp;python=3.12"' in answer.text


def test_nothing_inline_and_nothing_from_elsewhere(service: Running) -> None:
    answer = service.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=", answer.text) == []
    loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', answer.text)
    assert loaded
    assert all(address.startswith(f"static/{assets_version()}/") for address in loaded)


def test_who_has_the_page_is_told_so(service: Running) -> None:
    first = service.get("/?torch=2.4.1")
    again = service.get("/?torch=2.4.1", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"
    assert service.get("/").headers["etag"] != first.headers["etag"]


def test_other_words_in_the_address_make_no_other_page(service: Running) -> None:
    service.get("/?torch=2.4.1")
    kept = len(service.service.cache)
    assert service.get("/?torch=2.4.1&utm_source=x").headers["etag"] == service.get("/?torch=2.4.1").headers["etag"]
    assert len(service.service.cache) == kept


@pytest.mark.parametrize("part", ["choose", "builds", "build"])
def test_a_part_is_the_same_as_in_the_page(part: str, service: Running) -> None:
    query = "?platform=linux-64&cell=2.9.1/12.8"
    assert service.get(f"/parts/{part}{query}").text.strip() in service.get(f"/{query}").text


def test_no_other_parts(service: Running) -> None:
    is_problem(service.get("/parts/page"), 404, "not-found")
    is_problem(service.get("/parts/..%2Fpage"), 404, "not-found")


def test_a_wrong_address_is_said_on_the_page(service: Running) -> None:
    answer = service.get("/?torch=9.9&map=beos&cell=x/y")
    assert answer.status_code == 200
    assert "the matrix has no torch 9.9" in answer.text
    assert "unknown platform `beos`" in answer.text
    is_problem(service.get(f"/?torch={'1' * 101}"), 422, "invalid")
    is_problem(service.get("/?torch=%00"), 422, "invalid")


@pytest.mark.parametrize("key", ["platform", "gpu", "driver", "python", "cuda", "torch", "map", "map_python", "cell"])
def test_markup_in_the_address_is_text(key: str, service: Running) -> None:
    answer = service.get("/", params={key: f"{MARKUP}/{MARKUP}" if key == "cell" else MARKUP})
    assert MARKUP not in answer.text


def test_files_of_the_page(service: Running) -> None:
    for name, asset in assets().items():
        answer = service.get(f"/static/{assets_version()}/{name}")
        assert (answer.content, answer.headers["content-type"]) == (asset.body, asset.media_type)
        assert "immutable" in answer.headers["cache-control"]
    assert service.get("/static/old/page.css").headers["cache-control"] == "no-cache"
    is_problem(service.get("/static/x/routes.py"), 404, "not-found")
    is_problem(service.get("/static/x/..%2Froutes.py"), 404, "not-found")


def test_the_page_needs_no_key_and_says_whether_it_locks() -> None:
    settings: Settings = QUIET._replace(keys={b"x" * 32: "someone"}, index_urls=("https://index.example.org/simple",))
    with running(settings) as own:
        answer = own.get("/")
        assert answer.status_code == 200
        assert 'data-locks="yes"' in answer.text
        is_problem(own.get("/v1/choices"), 401, "no-key")


def test_the_same_as_json(service: Running) -> None:
    chosen = {"platform": "linux-64", "torch": "2.4.1"}
    assert service.get("/v1/choices", params=chosen).json() == choose(**chosen).to_json()
    assert service.get("/v1/builds", params={"platform": "win-64"}).json() == map_builds("win-64").to_json()
    assert service.get("/v1/builds/2.9.1/12.8").json() == find_build("2.9.1", "12.8").to_json()
    is_problem(service.get("/v1/choices?torch=9.9"), 422, "refused")
    is_problem(service.get("/v1/builds/2.9.1/x"), 422, "refused")
