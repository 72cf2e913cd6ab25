"""Which package index the user's installer would ask: environment variables, then configuration files, then PyPI.

Only settings of the user and of the machine count. A project's own index stands in the files that are judged.

Sources: https://pip.pypa.io/en/stable/topics/configuration/
https://docs.astral.sh/uv/concepts/configuration-files/
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from compat.index.addresses import shown_url
from compat.model.errors import UsageError

__all__ = ["Settings", "find_settings", "pip_options", "public_index", "shown_url", "uv_options", "without_name"]

_ENDPOINT = re.compile(r'^PYPI_SIMPLE_ENDPOINT\b[^=\n]*= *"(https://[^"\s]+)"', re.MULTILINE)

_INDEX_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_MORE_VARIABLES = ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")


class Settings(NamedTuple):
    """The index to ask, and whether an installer would look into further places, whose contents stay unknown.

    ``url`` may hold credentials: it is never printed, `shown_url` is. ``public`` says that it is the default index.
    """

    url: str
    more: bool = False
    public: bool = False


def find_settings(environment: Mapping[str, str] | None = None, home: Path | None = None) -> Settings:
    """The settings of this user. Raises: UsageError where nothing names an index and pypi-simple is not installed."""
    environment = os.environ if environment is None else environment
    home = home or Path.home()
    found = [*_from_pip(environment, home), *_from_uv(environment, home)]
    urls = [environment[name] for name in _INDEX_VARIABLES if environment.get(name)]
    urls += [url for url, _ in found if url]
    more = any(environment.get(name) for name in _MORE_VARIABLES) or any(more for _, more in found)
    if urls:
        return Settings(without_name(urls[0]).rstrip("/"), more)
    return Settings(public_index().rstrip("/"), more, public=True)


def without_name(url: str) -> str:
    """The address in ``name=URL``, as uv writes it."""
    name, equals, rest = url.partition("=")
    return rest if equals and "://" in rest and ":" not in name else url


def public_index() -> str:
    """The index that installers ask where nothing is configured. Raises: UsageError where nobody here knows it."""
    if found := _read_public_index():
        return found
    try:
        from pypi_simple import PYPI_SIMPLE_ENDPOINT
    except ImportError as error:
        raise UsageError(
            "no package index is configured, and pypi-simple, which knows the public one, is not installed",
            hint="pip install 'compat-matrix[online]'",
        ) from error
    return str(PYPI_SIMPLE_ENDPOINT)


def _read_public_index() -> str | None:
    """The address out of the text of pypi-simple, whose import takes longer than a lock from the cache."""
    try:
        spec = find_spec("pypi_simple")
        text = Path(spec.origin).read_text(encoding="utf-8") if spec is not None and spec.origin else ""
    except (ValueError, OSError):  # no text, or put into sys.modules by hand
        return None
    match = _ENDPOINT.search(text)
    return match[1] if match else None


# -- pip -------------------------------------------------------------------------------------------------------------


def _from_pip(environment: Mapping[str, str], home: Path) -> Iterator[tuple[str, bool]]:
    """Index URL and whether there are further places, file by file, the one that goes before the others first."""
    for options in pip_options(environment, home):
        yield options.get("index-url", ""), bool(options.get("extra-index-url") or options.get("find-links"))


def pip_options(environment: Mapping[str, str], home: Path) -> Iterator[dict[str, str]]:
    """The options in each of pip's files that matter for downloads, the file that goes before the others first."""
    for path in _pip_files(environment, home):
        if not path.is_file():
            continue
        import configparser  # most users have no such file

        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # pip itself will say it
        yield {
            key.replace("_", "-"): value.strip()
            for section in ("global", "download", "install")
            if parser.has_section(section)
            for key, value in parser.items(section)
        }


def _pip_files(environment: Mapping[str, str], home: Path) -> list[Path]:
    own = environment.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return []
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    files = [Path(own)] if own else []
    if environment.get("VIRTUAL_ENV"):
        files.append(Path(environment["VIRTUAL_ENV"], name))
    if sys.platform == "win32":
        folders = [Path(environment.get("APPDATA", home)), home, Path(environment.get("PROGRAMDATA", home))]
        return [*files, folders[0] / "pip" / name, folders[1] / "pip" / name, folders[2] / "pip" / name]
    if sys.platform == "darwin":
        files.append(home / "Library" / "Application Support" / "pip" / name)
    files += [Path(environment.get("XDG_CONFIG_HOME") or home / ".config", "pip", name), home / ".pip" / name]
    shared = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    return [*files, *(Path(folder, "pip", name) for folder in shared), Path("/etc", name)]


# -- uv --------------------------------------------------------------------------------------------------------------


def _from_uv(environment: Mapping[str, str], home: Path) -> Iterator[tuple[str, bool]]:
    for named, options in uv_options(environment, home):
        default = next((entry.get("url") for entry in named if entry.get("default")), None)
        url = default or options.get("index-url")
        more = len(named) > bool(default) or options.get("extra-index-url") or options.get("find-links")
        yield url if isinstance(url, str) else "", bool(more)


def uv_options(environment: Mapping[str, str], home: Path) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """The ``[[index]]`` tables and the other options of each of uv's files, in the same order."""
    for path in _uv_files(environment, home):
        if not path.is_file():
            continue
        import tomllib  # as above

        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            continue
        indexes = table.get("index")
        named = [entry for entry in indexes if isinstance(entry, dict)] if isinstance(indexes, list) else []
        pip = table.get("pip")
        yield named, {**(pip if isinstance(pip, dict) else {}), **table}


def _uv_files(environment: Mapping[str, str], home: Path) -> list[Path]:
    if environment.get("UV_NO_CONFIG"):
        return []
    if own := environment.get("UV_CONFIG_FILE"):
        return [Path(own)]
    if sys.platform == "win32":
        user = Path(environment.get("APPDATA", home))
    else:
        user = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    return [user / "uv" / "uv.toml", Path("/etc/uv/uv.toml")]
