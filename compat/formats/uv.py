"""``[tool.uv]``: where packages come from, what is forced, and for which platforms.

Source: https://docs.astral.sh/uv/reference/settings/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from packaging.markers import InvalidMarker, Marker

from compat.formats.markers import join_markers, negate, parse_marker
from compat.formats.pip_urls import strip_credentials
from compat.formats.platforms import can_hold
from compat.formats.toml_entries import TomlEntries, strings, table
from compat.model.environments import Index, Member
from compat.model.names import PyPIName, to_pypi_name
from compat.model.requirements import PipEntry
from compat.model.targets import SUBDIRS
from compat.text.toml import Route

_UV: Route = ("tool", "uv")


class _Source(NamedTuple):
    """One entry of ``[tool.uv.sources]``: an index, or a URL that replaces the release."""

    index_url: str | None
    url: str | None
    marker: Marker | None
    scope: str
    route: Route
    path: str | None = None
    """Where it is a local project: its folder or archive, "" for the member of the workspace that has the name."""
    editable: bool = False


def read_uv(entries: TomlEntries) -> None:
    """Take indexes, constraints and overrides; bind what was found so far to its sources."""
    settings = table(entries.toml.data, "tool", "uv")
    if not settings:
        return
    urls = _read_indexes(entries, settings)
    for options, route in ((settings, _UV), (table(settings, "pip"), (*_UV, "pip"))):
        entries.read_urls("index", (*route, "index-url"), options.get("index-url"))
        entries.read_urls("extra", (*route, "extra-index-url"), options.get("extra-index-url"))
        entries.read_urls("find-links", (*route, "find-links"), options.get("find-links"))
        if options.get("no-index") is True:
            entries.found.indexes.append(Index("none", "", entries.toml.key((*route, "no-index"))))
    entries.read_list((*_UV, "dev-dependencies"), settings.get("dev-dependencies"), scope="group:dev")
    entries.read_list((*_UV, "constraint-dependencies"), settings.get("constraint-dependencies"), constraint=True)
    _override(entries, settings.get("override-dependencies"))
    sources = {to_pypi_name(name): list(_sources(entries, name, urls)) for name in table(settings, "sources")}
    entries.found.pip[:] = [
        new for entry in entries.found.pip for new in _bound(entries, entry, sources.get(entry.name, []))
    ]
    _read_environments(entries, settings.get("environments"))
    workspace = table(settings, "workspace")
    entries.found.workspace += strings(workspace.get("members"))
    entries.found.workspace += [f"!{pattern}" for pattern in strings(workspace.get("exclude"))]


def _read_indexes(entries: TomlEntries, settings: Mapping[str, Any]) -> dict[str, str]:
    """Take ``[[tool.uv.index]]``; names to URLs."""
    urls: dict[str, str] = {}
    listed = settings.get("index")
    for number, index in enumerate(listed if isinstance(listed, list) else ()):
        name, url = table(index).get("name", ""), table(index).get("url")
        if not isinstance(url, str) or not isinstance(name, str):
            continue
        role = "index" if index.get("default") is True else "extra"
        if index.get("explicit") is True:
            role = "named"
        if index.get("format") == "flat":
            role = "find-links"
        place = entries.toml.content((*_UV, "index", number, "url"))
        urls[name] = strip_credentials(url)
        entries.found.indexes.append(Index(role, strip_credentials(url), place, "", name))
    return urls


def _sources(entries: TomlEntries, name: str, urls: Mapping[str, str]) -> Iterator[_Source]:
    route = (*_UV, "sources", name)
    value = table(entries.toml.data, *map(str, _UV), "sources").get(name)
    pairs: list[tuple[Route, object]] = [(route, value)]
    if isinstance(value, list):
        pairs = [((*route, number), item) for number, item in enumerate(value)]
    for place, item in pairs:
        details = table(item)
        try:
            marker = parse_marker(details["marker"]) if isinstance(details.get("marker"), str) else None
        except InvalidMarker as error:
            reason = str(error).partition("\n")[0]
            entries.problem("invalid", f"`{details['marker']}` is no valid marker: {reason}", (*place, "marker"))
            continue
        index = details.get("index")
        if isinstance(index, str) and index not in urls:
            entries.problem("odd", f"no `[[tool.uv.index]]` is named `{index}`", (*place, "index"))
        in_workspace = details.get("workspace") is True
        path = "" if in_workspace else details.get("path")
        yield _Source(
            urls.get(index) if isinstance(index, str) else None,
            _replacement(details),
            marker,
            _scope(details),
            place,
            path if isinstance(path, str) else None,
            # A member of the workspace is installed as editable unless the file says otherwise.
            details.get("editable", in_workspace) is True,
        )


def _scope(details: Mapping[str, Any]) -> str:
    for kind in ("extra", "group"):
        if isinstance(details.get(kind), str):
            return f"{kind}:{to_pypi_name(details[kind])}"
    return ""


def _replacement(details: Mapping[str, Any]) -> str | None:
    """What is installed in place of a release: a repository, a file, a local project."""
    if isinstance(git := details.get("git"), str):
        revision = details.get("rev") or details.get("tag") or details.get("branch")
        return f"git+{strip_credentials(git)}@{revision}" if revision else f"git+{strip_credentials(git)}"
    if isinstance(url := details.get("url"), str):
        return strip_credentials(url)
    if isinstance(path := details.get("path"), str):
        return path
    return "." if details.get("workspace") is True else None


def _bound(entries: TomlEntries, entry: PipEntry, sources: list[_Source]) -> Iterator[PipEntry]:
    """*entry* once for each source that can apply, and once for where none does."""
    if not sources:
        yield entry
        return
    kind, _, name = entry.scope.partition(":")
    scope = f"{kind}:{to_pypi_name(name)}" if name else entry.scope
    fitting = [source for source in sources if source.scope in {"", scope}]
    left = entry.requirement.marker
    for source in fitting:
        requirement = entry.requirement._replace(
            marker=join_markers(entry.requirement.marker, source.marker), url=source.url or entry.requirement.url
        )
        if can_hold(requirement.marker):
            if source.path is not None and not entry.constraint:
                entries.found.members.append(
                    Member(
                        source.path,
                        entry.place,
                        requirement.extras,
                        source.editable,
                        entry.scope,
                        entry.name,
                        requirement.marker,
                    )
                )
            place = entries.toml.content((*source.route, "index")) if source.index_url else None
            yield entry._replace(requirement=requirement, index_url=source.index_url, index_place=place)
        opposite = None if source.marker is None else negate(source.marker)
        if opposite is None:
            return  # it holds everywhere, or where it does not cannot be said
        left = join_markers(left, opposite)
    if can_hold(left):
        yield entry._replace(requirement=entry.requirement._replace(marker=left))


def _override(entries: TomlEntries, value: object) -> None:
    """Overrides take the place of every other requirement of the same name, those of dependencies included.

    One for a project that the file itself does not ask for installs nothing: it is a constraint.
    """
    found = entries.found.pip
    start = len(found)
    entries.read_list((*_UV, "override-dependencies"), value)
    overrides = [entry._replace(override=True) for entry in found[start:]]
    scopes: dict[PyPIName, dict[str, None]] = {}
    for entry in found[:start]:
        if not entry.constraint:
            scopes.setdefault(entry.name, {})[entry.scope] = None
    everywhere = {entry.name for entry in overrides if entry.requirement.marker is None}
    found[start:] = []
    found[:] = [entry for entry in found if entry.name not in everywhere]
    for entry in overrides:
        asked = scopes.get(entry.name)
        found += [entry._replace(scope=scope) for scope in asked] if asked else [entry._replace(constraint=True)]


def _read_environments(entries: TomlEntries, value: object) -> None:
    """``environments`` limits the platforms: a subdir counts where one of the markers can hold."""
    markers: list[Marker] = []
    for text in strings(value):
        try:
            markers.append(parse_marker(text))
        except InvalidMarker:
            entries.problem("invalid", f"`{text}` is no valid marker", (*_UV, "environments"))
            return
    if markers:
        entries.found.platforms += [
            subdir for subdir in SUBDIRS if any(can_hold(marker, [subdir]) for marker in markers)
        ]
