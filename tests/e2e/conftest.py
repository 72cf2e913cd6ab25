"""One service and one browser for the file of tests, and a fresh page for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browsing import DESK, Watch, browsing, find_chromium, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Milliseconds that anything on the page may take; a test that passes needs a few hundred.
_PATIENCE = 20_000


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    if find_chromium() is None:
        pytest.skip("no Chromium is installed; on Debian: apt install chromium")
    with serving() as found:
        yield found


# Not for the whole session: while it is there, an event loop runs in this thread, and other tests start their own.
@pytest.fixture(scope="module")
def browser(base: str) -> Iterator[Browser]:  # noqa: ARG001 - which skips where there is none
    with browsing() as found:
        yield found


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    """A page that has asked nobody else, and has not complained, when the test is over."""
    with browser.new_context(viewport=DESK, base_url=base) as context:  # type: ignore[arg-type]  # a plain dict is one
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base)
        context.set_default_timeout(_PATIENCE)
        watch = Watch(context, base)
        yield context.new_page()
        assert watch.outside == []
        assert watch.complaints == []
