"""Writes the pictures of the page that the docs show: ``python tools/screenshots.py``.

It starts a service of its own and looks at it with the Chromium that is installed, as the tests in ``tests/e2e`` do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e.browsing import DESK, PHONE, browsing, find_chromium, serving  # noqa: E402 - found by the line above

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

FOLDER = ROOT / "docs" / "images"

ENVIRONMENT = """\
name: train
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip:
    - torch==2.4.1
    - torchvision==0.20.0
    - numpy==1.26.4
"""


class Shot(NamedTuple):
    """A picture: where the page is opened, how it looks, and what is done before."""

    name: str
    address: str
    scheme: Literal["light", "dark"]
    size: dict[str, int]
    act: Callable[[Page], None]


def tell_why(page: Page) -> None:
    """Point at a Python that cannot be had."""
    page.locator('.chip[data-key="python"][data-value="3.13"]').hover()


def open_facts(page: Page) -> None:
    """Wait for the facts of the build in the address, with the map behind them."""
    page.locator("#builds").scroll_into_view_if_needed()
    page.locator("#facts[open] .claims").wait_for()


def judge(page: Page) -> None:
    """Judge a file, and bring it into sight."""
    content = ENVIRONMENT.encode()
    page.locator("#targets").fill("linux-64,gpu=h100,driver=535")
    page.locator("#files").set_input_files({"name": "environment.yml", "mimeType": "text/yaml", "buffer": content})
    page.locator(".finding.error").wait_for()
    page.get_by_role("button", name="Relax pins").click()
    page.locator(".changes li").first.wait_for()
    page.evaluate("document.getElementById('check').scrollIntoView({ behavior: 'instant' })")


def leave(page: Page) -> None:
    """Do nothing."""


CHOSEN = "/?platform=linux-64&gpu=h100&driver=535&torch=2.4.1"
SHOTS = (
    Shot("page-choose", CHOSEN, "light", DESK, tell_why),
    Shot("page-builds", "/?cell=2.9.1/12.8", "dark", DESK, open_facts),
    Shot("page-check", "/", "light", DESK, judge),
    Shot("page-phone", CHOSEN, "dark", PHONE, leave),
)


def main() -> int:
    """Take every picture anew."""
    if find_chromium() is None:
        print("no Chromium is installed; on Debian: apt install chromium", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with serving() as base, browsing() as browser:
        for shot in SHOTS:
            size: ViewportSize = {"width": shot.size["width"], "height": shot.size["height"]}
            with browser.new_context(viewport=size, base_url=base, color_scheme=shot.scheme) as context:
                page = context.new_page()
                page.goto(shot.address)
                shot.act(page)
                page.screenshot(path=FOLDER / f"{shot.name}.png", animations="disabled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
