"""The page as a worker renders it, and what its views put together."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from compat.api.choosing.choose import choose
from compat.service.page.handlers import HANDLERS
from compat.service.page.views import Row, answer_view, rows_of, source_view

_VOID = {"meta", "link", "input", "br", "img"}


class Outline(HTMLParser):
    """Whether every element is closed, the ids, and what refers to them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.referred: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        for key, value in attrs:
            if key == "id":
                self.ids.append(value or "")
            elif key in ("aria-labelledby", "aria-describedby", "aria-controls", "for", "list"):
                self.referred.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


#: States of the address, and words that the page has then.
PAGES: dict[str, tuple[dict[str, str], str]] = {
    "nothing chosen": ({}, "(no platform chosen)"),
    "a set": ({"platform": "linux-64", "gpu": "h100", "driver": "535", "torch": "2.4.1"}, "torchvision==0.19.1"),
    "an index of its own": ({"cuda": "11.8", "torch": "2.4.1"}, "https://download.pytorch.org/whl/cu118"),
    "impossible": ({"torch": "2.4.1", "python": "3.13"}, "Nothing goes together"),
    "unknown": ({"platform": "linux-aarch64", "torch": "2.3.1", "cuda": "12.4"}, "Not known to work"),
    "passed over": ({"platform": "linux-64", "driver": "535"}, "Newer, and not taken"),
    "a model from behind": ({"gpu": "rtxa6000"}, 'data-value="rtxa6000" aria-checked="true"'),
    "a value that is not listed": ({"driver": "535.104.05"}, 'value="535.104.05"'),
    "a wrong value": ({"torch": "9.9"}, "the matrix has no torch 9.9"),
    "another map": ({"map": "win-64", "map_python": "3.12", "map_all": "1"}, '<th scope="row">1.13.1</th>'),
    "a cell": ({"cell": "2.9.1/12.8"}, "needs driver 525.60.13 or newer"),
    "a cell that nobody knows": ({"cell": "2.3.1/12.4", "map": "linux-aarch64"}, "no source"),
    "no cell": ({"cell": "x/y"}, "is no version"),
}


def render(state: dict[str, str], part: str = "page") -> str:
    return HANDLERS["page"]({"part": part, "state": state}).decode()


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_well_formed_and_says_it(name: str) -> None:
    state, words = PAGES[name]
    text = render(state)
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.referred <= set(outline.ids)
    assert words in text


def test_one_value_of_each_dimension_is_checked() -> None:
    text = render({"torch": "2.4.1"}, "choose")
    checked = re.findall(r'data-key="(\w+)" data-value="([^"]*)" aria-checked="true"', text)
    assert checked == [("platform", ""), ("gpu", ""), ("driver", ""), ("python", ""), ("cuda", ""), ("torch", "2.4.1")]


def test_what_is_struck_out_is_no_link() -> None:
    text = render({"torch": "2.4.1"}, "choose")
    closed = re.findall(r'<a class="chip impossible"[^>]*>', text)
    assert closed
    assert all("href" not in tag and 'aria-disabled="true"' in tag and "title=" in tag for tag in closed)


def test_what_is_chosen_is_never_behind_a_fold() -> None:
    rows = {row.key: row for row in map(rows_of, choose(torch="1.13.1", gpu="rtxa6000", python="3.7").dimensions)}
    assert all(any(chip.is_chosen for chip in rows[key].chips) for key in ("torch", "gpu", "python"))


def test_a_reason_is_told_once_for_all_that_it_holds_for() -> None:
    row: Row = next(row for row in map(rows_of, choose(platform="osx-arm64").dimensions) if row.key == "gpu")
    [told] = row.told
    assert told.reason.words == "torch on osx-arm64 has no CUDA"
    assert told.size > 10
    assert told.dropped == ("osx-arm64",)


def test_the_answer_is_recommends() -> None:
    choices = choose(platform="linux-64", cuda="11.8", torch="2.4.1")
    found = answer_view(choices)
    assert found is not None
    assert choices.set is not None
    assert found["install"] == choices.set.install_by_target["linux-64"]
    assert found["index"] == "https://download.pytorch.org/whl/cu118"
    sources = [fact["source"] for _, facts in found["evidence"] for fact in facts]
    assert len(sources) == len(set(sources)) > 0
    assert answer_view(choose(torch="2.4.1", python="3.13")) is None


@pytest.mark.parametrize(
    ("source", "href", "text"),
    [
        ("https://www.example.org/a/#b", "https://www.example.org/a/#b", "example.org/a#b"),
        ("pkg:pypi/torch@2.4.1 file list", None, "pkg:pypi/torch@2.4.1 file list"),
        ("javascript:alert(1)", None, "javascript:alert(1)"),
        ("https://example.org/ and more", None, "https://example.org/ and more"),
    ],
)
def test_only_addresses_of_the_web_are_links(source: str, href: str | None, text: str) -> None:
    assert source_view(source) == (href, text)


def test_the_same_as_json() -> None:
    chosen = {"platform": "linux-64", "torch": "2.4.1"}
    assert json.loads(HANDLERS["choices"](chosen)) == choose(**chosen).to_json()
    where = {"platform": None, "python": None}
    assert json.loads(HANDLERS["builds"]({**where, "every": False}))["platform"] == "linux-64"
    assert json.loads(HANDLERS["builds"]({**where, "torch": "2.9.1", "cuda": "12.8"}))["state"] == "default"
