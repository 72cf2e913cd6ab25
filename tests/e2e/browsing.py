"""A service of its own on a free port of loopback, and Debian's Chromium that looks at it; for tests and screenshots."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable")

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


def find_chromium() -> str | None:
    """The browser that is installed on this machine. None is downloaded."""
    return next((path for name in _NAMES if (path := shutil.which(name)) is not None), None)


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """The address of ``compat serve`` with *options*, which takes requests."""
    command = [sys.executable, "-m", "compat", "serve", "--port", "0", "--workers", "1", "--rate", "0"]
    command += ["--no-access-log", "--grace", "0"]  # nobody reads what it says once it listens
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            base = f"http://127.0.0.1:{_port(process.stderr)}"
            _wait(f"{base}/readyz")
            yield base
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _port(lines: Iterator[str]) -> int:
    """The port that the service says it listens on."""
    for line in lines:
        said = json.loads(line)
        if said["event"] == "listening":
            return int(said["port"])
    raise AssertionError("the service ended before it listened")


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - loopback
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the service does not get ready")


@contextmanager
def browsing() -> Iterator[Browser]:
    """One browser. In a container it has no sandbox of its own, and it sees pages of ours only."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


class Watch:
    """What a page must not do: ask another host, or complain."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self._base = base
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("console", lambda message: self._hear(message.type, message.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    @property
    def outside(self) -> list[str]:
        return [url for url in self.asked if not url.startswith((f"{self._base}/", "blob:"))]
