"""From which indexes packages come: what the user says, what the project's files say, what pip and uv are told here.

The order is uv's: extra indexes in their order, the default one last, and a package is taken from the first that has
it, so that nobody can put a package of the same name on a public index before one's own.
Source: https://docs.astral.sh/uv/concepts/indexes/#searching-across-multiple-indexes
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

from compat.index.addresses import is_local, shown_url
from compat.model.errors import UsageError
from compat.model.names import PyPIName

if TYPE_CHECKING:
    from pathlib import Path

FIRST_INDEX = "first-index"
ANY_INDEX = "any-index"
STRATEGIES = (FIRST_INDEX, ANY_INDEX)

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class IndexOptions(NamedTuple):
    """What one place (the command line, a file) says about indexes. URLs may hold credentials: never print them.

    ``pins`` name the one index that a package is taken from. ``find_links`` are URLs or paths, which are absolute or
    relative to the working folder.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    pins: Mapping[PyPIName, str] = {}
    no_index: bool = False

    def __repr__(self) -> str:
        return f"IndexOptions({_shown(self.index_url or '')}, {len(self.extra_index_urls)} more)"


_NOTHING = IndexOptions()


class SourceSettings(NamedTuple):
    """``index_urls`` are in the order of the search, the default index last; they may hold credentials.

    ``exclude_newer`` is a day, which is included, or a moment, in UTC. Without ``cache_folder`` the cache is where
    COMPAT_CACHE_DIR or this system says.
    """

    index_urls: tuple[str, ...]
    find_links: tuple[str, ...] = ()
    pins: Mapping[PyPIName, str] = {}
    strategy: str = FIRST_INDEX
    offline: bool = False
    exclude_newer: str = ""
    cache_folder: str | None = None
    no_cache: bool = False

    def __repr__(self) -> str:
        return f"SourceSettings({[_shown(url) for url in self.index_urls]}, {self.strategy})"

    @property
    def before(self) -> str:
        """The first moment that is too late, as `DistFile.uploaded` is written; "" for none. Raises: UsageError."""
        return _first_too_late(self.exclude_newer) if self.exclude_newer else ""


def find_source_settings(
    stated: IndexOptions = _NOTHING,
    files: Sequence[IndexOptions] = (),
    *,
    strategy: str = FIRST_INDEX,
    offline: bool = False,
    exclude_newer: str = "",
    cache_folder: str | None = None,
    no_cache: bool = False,
    environment: Mapping[str, str] | None = None,
    home: Path | None = None,
) -> SourceSettings:
    """What *stated* and the project's *files* say together; pip's and uv's settings count where neither names an index.

    The first that names a default index decides about it. As in a requirements file of pip, naming one closes the list:
    further indexes that are configured on this machine are left out then.

    Raises: UsageError.
    """
    if strategy not in STRATEGIES:
        raise UsageError(f"unknown index strategy `{strategy}`", hint=f"one of {', '.join(STRATEGIES)}")
    environment = os.environ if environment is None else environment
    levels = [stated, *files]
    if not any(level.index_url for level in levels):
        levels.append(_configured(environment, home))
    found = SourceSettings(
        index_urls=tuple(dict.fromkeys(_checked(url) for url in _indexes(levels))),
        find_links=tuple(dict.fromkeys(place for level in levels for place in level.find_links)),
        pins={name: _checked(url) for level in reversed(levels) for name, url in level.pins.items()},
        strategy=strategy,
        offline=offline,
        exclude_newer=exclude_newer,
        cache_folder=cache_folder,
        no_cache=no_cache,
    )
    _ = found.before
    return found


def _indexes(levels: Sequence[IndexOptions]) -> Iterator[str]:
    if any(level.no_index for level in levels):
        return
    from compat.index.settings import public_index

    for level in levels:
        yield from level.extra_index_urls
    yield next((level.index_url for level in levels if level.index_url), None) or public_index()


def _checked(url: str) -> str:
    """Raises: UsageError, which names no credentials."""
    if not is_local(url) and not _is_web(url):
        raise UsageError(f"`{_shown(url)}` is no address of a package index")
    return url.rstrip("/")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _shown(url: str) -> str:
    try:
        return shown_url(url)
    except ValueError:
        return "<an address that does not parse>"


def _first_too_late(text: str) -> str:
    from datetime import UTC, datetime, timedelta

    try:
        moment = datetime.fromisoformat(text)
        if _DAY.fullmatch(text):
            moment += timedelta(days=1)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"`{text}` is no date", hint="2026-01-31 or 2026-01-31T12:00:00Z") from error
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# -- pip and uv ------------------------------------------------------------------------------------------------------


def _configured(environment: Mapping[str, str], home: Path | None) -> IndexOptions:
    """Both tools' settings, those of pip first; a variable goes before the files of its tool."""
    from pathlib import Path

    home = home or Path.home()
    pip, uv = _from_pip(environment, home), _from_uv(environment, home)
    return IndexOptions(
        index_url=pip.index_url or uv.index_url,
        extra_index_urls=tuple(dict.fromkeys((*pip.extra_index_urls, *uv.extra_index_urls))),
        find_links=tuple(dict.fromkeys((*pip.find_links, *uv.find_links))),
        no_index=pip.no_index or uv.no_index,
    )


def _from_pip(environment: Mapping[str, str], home: Path) -> IndexOptions:
    """What pip would do. Source: https://pip.pypa.io/en/stable/topics/configuration/#precedence-override-order ."""
    from compat.index.settings import pip_options

    merged: dict[str, str] = {}
    for options in pip_options(environment, home):
        merged = {**options, **merged}
    for option in ("index-url", "extra-index-url", "find-links", "no-index"):
        if value := environment.get(f"PIP_{option.upper().replace('-', '_')}"):
            merged[option] = value
    return IndexOptions(
        index_url=merged.get("index-url") or None,
        extra_index_urls=tuple(merged.get("extra-index-url", "").split()),
        find_links=tuple(merged.get("find-links", "").split()),
        no_index=_is_on(merged.get("no-index", "")),
    )


def _from_uv(environment: Mapping[str, str], home: Path) -> IndexOptions:
    """What uv would do. Source: https://docs.astral.sh/uv/reference/environment/ ."""
    from compat.index.settings import uv_options

    default = environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL")
    extra = [_named(word, environment) for word in environment.get("UV_INDEX", "").split()]
    extra += environment.get("UV_EXTRA_INDEX_URL", "").split()
    links = [place for place in environment.get("UV_FIND_LINKS", "").split(",") if place]
    no_index = _is_on(environment.get("UV_NO_INDEX", ""))
    for named, options in uv_options(environment, home):
        tables = [entry for entry in named if isinstance(entry.get("url"), str) and not entry.get("explicit")]
        for entry in tables:
            url = _with_login(entry["url"], str(entry.get("name") or ""), environment)
            if entry.get("format") == "flat":
                links.append(url)
            elif entry.get("default"):
                default = default or url
            else:
                extra.append(url)
        extra += _texts(options.get("extra-index-url"))
        links += _texts(options.get("find-links"))
        default = default or next(iter(_texts([options.get("index-url")])), None)
        no_index = no_index or options.get("no-index") is True
    return IndexOptions(_named(default, environment) if default else None, tuple(extra), tuple(links), {}, no_index)


def _named(text: str, environment: Mapping[str, str]) -> str:
    """The address in ``name=URL``."""
    from compat.index.settings import without_name

    url = without_name(text)
    return url if url == text else _with_login(url, text.partition("=")[0], environment)


def _with_login(url: str, name: str, environment: Mapping[str, str]) -> str:
    """*url* with the credentials that variables give for the index *name*."""
    key = re.sub(r"[^A-Z0-9]", "_", name.upper())
    user, word = environment.get(f"UV_INDEX_{key}_USERNAME"), environment.get(f"UV_INDEX_{key}_PASSWORD")
    parts = urlsplit(url)
    if not name or (user is None and word is None) or parts.username is not None:
        return url
    login = quote(user or "", safe="") + (f":{quote(word, safe='')}" if word else "")
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))


def _texts(value: Any) -> list[str]:  # noqa: ANN401  whatever TOML holds
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _is_on(text: str) -> bool:
    return text.strip().lower() in {"1", "true", "yes", "on", "y", "t"}
