"""Wheels named by URL or path: what their names promise."""

from __future__ import annotations

import pytest
from packaging.version import Version

from compat.model.places import Place
from compat.model.requirements import PipEntry, parse_requirement
from compat.model.wheel_urls import is_source, is_wheel_url, parse_wheel_url

PLACE = Place("requirements.txt", 1, 1, 1, 2)


def test_a_url_is_read_to_project_version_and_tags() -> None:
    url = "https://download.pytorch.org/whl/cu118/torch-2.1.0%2Bcu118-cp310-cp310-linux_x86_64.whl#sha256=00"
    wheel = parse_wheel_url(url)
    assert wheel is not None
    assert (wheel.name, wheel.version) == ("torch", Version("2.1.0+cu118"))
    assert wheel.text == "torch-2.1.0+cu118-cp310-cp310-linux_x86_64.whl"
    assert [(tag.subdir, tag.serves(10), tag.serves(11)) for tag in wheel.tags] == [("linux-64", True, False)]


def test_a_name_is_normalised() -> None:
    wheel = parse_wheel_url("./wheels/Flash_Attn-2.5.8-py3-none-any.whl")
    assert wheel is not None
    assert wheel.name == "flash-attn"
    assert wheel.for_subdir("win-64")


def test_tags_of_several_platforms() -> None:
    wheel = parse_wheel_url("sample-1.0-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    assert wheel is not None
    (tag,) = wheel.for_subdir("linux-64")
    assert tag.glibc == (2, 17)
    assert tag.serves(13)
    assert not wheel.for_subdir("linux-aarch64")


@pytest.mark.parametrize(
    "url", ["sample-1.0.tar.gz", "sample.whl", "sample-one-py3-none-any.whl", "git+https://x.example/y"]
)
def test_what_is_no_wheel_is_none(url: str) -> None:
    assert parse_wheel_url(url) is None


def test_a_query_does_not_hide_the_ending() -> None:
    assert is_wheel_url("https://files.example.org/sample-1.0-py3-none-any.whl?token=1#sha256=2")
    assert not is_wheel_url("https://files.example.org/sample-1.0.zip?of=x.whl")


@pytest.mark.parametrize(
    ("text", "editable", "expected"),
    [
        ("sample==1.0", False, False),
        ("sample==1.0", True, True),
        ("sample @ https://files.example.org/sample-1.0-py3-none-any.whl", False, False),
        ("sample @ https://files.example.org/sample-1.0.tar.gz", False, True),
        ("sample @ git+https://git.example.org/sample", False, True),
    ],
)
def test_sources_have_a_version_that_only_building_tells(text: str, editable: bool, expected: bool) -> None:
    entry = PipEntry(parse_requirement(text), PLACE, editable=editable)
    assert is_source(entry) is expected
