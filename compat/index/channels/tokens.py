"""The tokens that ``anaconda login`` keeps on this machine, a file a site.

Source: read_binstar_tokens of https://github.com/conda/conda/blob/main/conda/gateways/anaconda_client.py
"""

from __future__ import annotations

import os
import sys
from urllib.parse import unquote_plus

_PLATFORM: str = sys.platform


def find_token(url: str) -> str:
    """The token for the site of *url*, or ""."""
    for folder in _token_folders():
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        for name in names:
            site = unquote_plus(name.removesuffix(".token")).rstrip("/")
            if name.endswith(".token") and any(_is_below(url, s) for s in (site, site.replace("://api.", "://conda."))):
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                    return file.read().strip()
    return ""


def _token_folders() -> list[str]:
    home = os.path.expanduser("~")
    if own := os.environ.get("BINSTAR_CONFIG_DIR"):
        return [os.path.join(os.path.expanduser(own), "data")]
    if _PLATFORM == "win32":
        base = os.environ.get("LOCALAPPDATA", home)
        return [os.path.join(base, "ContinuumIO", name) for name in ("binstar", "anaconda-client")]
    if _PLATFORM == "darwin":
        base = os.path.join(home, "Library", "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    return [os.path.join(base, name) for name in ("binstar", "anaconda-client")]


def _is_below(url: str, site: str) -> bool:
    return url == site or url.startswith(f"{site}/")
