"""Where pixi looks for PyPI packages: one answer for the manifest and for the lock, which pixi compares."""

from __future__ import annotations

from typing import NamedTuple

from compat.lock.urls import without_credentials
from compat.model.locking import Lock


class PypiOptions(NamedTuple):
    """``[pypi-options]``: pixi asks ``extra`` before ``primary``, and lists it after. ``find_links`` are URLs and paths."""

    primary: str
    extra: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()

    @property
    def indexes(self) -> tuple[str, ...]:
        """As the lock lists them."""
        return (self.primary, *self.extra)


def find_pypi_options(lock: Lock, default_index: str = "") -> PypiOptions:
    """Those of the input; what it leaves open is *default_index*, else that of the first package, else the public one."""
    named = lock.environment.indexes if lock.environment is not None else ()
    by_role = {
        role: tuple(dict.fromkeys(without_credentials(index.url).rstrip("/") for index in named if index.role == role))
        for role in ("index", "extra", "find-links")
    }
    primary = next(iter(by_role["index"]), "") or without_credentials(default_index).rstrip("/") or _first(lock)
    return PypiOptions(primary, by_role["extra"], by_role["find-links"])


def _first(lock: Lock) -> str:
    urls = (package.index_url for locked in lock.targets for package in locked.packages if package.index_url)
    if found := next(urls, ""):
        return without_credentials(found).rstrip("/")
    from pypi_simple import PYPI_SIMPLE_ENDPOINT  # comes with the extra `lock`

    return PYPI_SIMPLE_ENDPOINT.rstrip("/")
