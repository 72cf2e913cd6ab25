"""pixi.toml, and the same tables under ``[tool.pixi]`` of pyproject.toml.

Source: https://pixi.sh/latest/reference/pixi_manifest/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from compat.formats.markers import join_markers, parse_marker
from compat.formats.pip_urls import strip_credentials, with_file_version
from compat.formats.platforms import select, to_marker
from compat.formats.toml_entries import TomlEntries, strings, table
from compat.model.environments import Channel, CondaEntry, Document, SystemRequirement, Variant
from compat.model.matchspec import InvalidMatchSpec, parse_matchspec, without_credentials
from compat.model.requirements import PipEntry, to_requirement
from compat.text.source import Source
from compat.text.toml import Route, parse

_DEPENDENCIES = ("dependencies", "host-dependencies", "build-dependencies")
#: Friendly names of virtual packages in an entry of ``platforms``.
_VIRTUAL = {"cuda": "cuda", "glibc": "glibc", "archspec": "archspec", "linux": "linux", "macos": "osx", "osx": "osx"}


class _Environment(NamedTuple):
    """An entry of ``[environments]``; ``content`` is what stands in it rather than in a feature."""

    content: Mapping[str, Any]
    features: list[str]
    alone: bool
    """Without the default feature."""


class _Part(NamedTuple):
    """Where a table of dependencies belongs: its scope, and the subdirs it is for (all if empty)."""

    scope: str
    platforms: tuple[str, ...] = ()


def read_pixi(source: Source) -> Document:
    """The document in *source*. Raises: FileProblem where it does not parse."""
    entries = TomlEntries(parse(source))
    read_tables(entries, ())
    return entries.found.to_document("pixi")


def read_tables(entries: TomlEntries, root: tuple[str, ...]) -> None:
    """Take the manifest that stands under the keys *root*, and make its environments the variants of the file."""
    manifest = table(entries.toml.data, *root)
    head = "workspace" if "workspace" in manifest else "project"
    workspace = table(manifest, head)
    environments = _environments(manifest)
    reader = _Reader(entries)
    reader.read_platforms((*root, head, "platforms"), workspace.get("platforms"))
    for name, feature in table(manifest, "feature").items():
        reader.read_feature((*root, "feature", name), table(feature), f"feature:{name}")
    for name, environment in environments.items():
        reader.read_feature((*root, "environments", name), environment.content, f"environment:{name}")
    reader.read_channels((*root, head, "channels"), workspace.get("channels"), "")
    reader.read_feature(root, {key: value for key, value in manifest.items() if key != "channels"}, "")
    reader.read_options((*root, head, "pypi-options"), table(workspace, "pypi-options"), "")
    priority = workspace.get("channel-priority", "strict")
    entries.found.channel_priority = priority if isinstance(priority, str) else ""
    _inherit_channels(entries, manifest, environments)
    entries.found.variants[:] = _variants(environments)


def _environments(manifest: Mapping[str, Any]) -> dict[str, _Environment]:
    found = {"default": _Environment({}, [], alone=False)}
    for name, value in table(manifest, "environments").items():
        details = table(value)
        features = strings(details.get("features") if details else value)
        found[name] = _Environment(details, features, alone=details.get("no-default-feature") is True)
    return found


def _variants(environments: Mapping[str, _Environment]) -> Iterator[Variant]:
    """The default environment is the base of the file; extras and groups of pyproject.toml are features too."""
    for name, environment in environments.items():
        scopes = {f"{kind}:{feature}" for feature in environment.features for kind in ("feature", "extra", "group")}
        scopes |= {f"environment:{name}"} if environment.alone else {"", f"environment:{name}"}
        yield Variant("" if name == "default" else name, frozenset(scopes))


def _inherit_channels(
    entries: TomlEntries, manifest: Mapping[str, Any], environments: Mapping[str, _Environment]
) -> None:
    """An environment without the default feature has the workspace's channels where its features name none."""
    base = [channel for channel in entries.found.channels if not channel.scope]
    for name, environment in environments.items():
        features = [table(manifest, "feature", feature) for feature in environment.features]
        if environment.alone and not all("channels" in content for content in features or [environment.content]):
            entries.found.channels += [channel._replace(scope=f"environment:{name}") for channel in base]


class _Reader:
    """Takes tables of the manifest; ``names`` holds the workspace's platforms."""

    def __init__(self, entries: TomlEntries) -> None:
        self.toml = entries.toml
        self.found = entries.found
        self.problem = entries.problem
        self.read_urls = entries.read_urls
        self.names: dict[str, tuple[str, ...]] = {}

    def read_platforms(self, route: Route, value: object) -> None:
        """Take the workspace's platforms, and the virtual packages that are declared on some."""
        for number, item in enumerate(value if isinstance(value, list) else ()):
            details = table(item)
            subdir = details.get("platform", details.get("name")) if details else item
            if not isinstance(subdir, str):
                continue
            self.names[subdir] = (subdir,)
            if isinstance(name := details.get("name"), str):
                self.names[name] = (subdir,)
            if subdir not in self.found.platforms:
                self.found.platforms.append(subdir)
            for key, version in details.items():
                if key in _VIRTUAL or key.startswith("__"):
                    self._add_virtual((*route, number, key), _VIRTUAL.get(key, key.removeprefix("__")), version, "")

    def read_feature(self, route: Route, feature: Mapping[str, Any], scope: str) -> None:
        """Take the tables of one feature, its platform-specific ones included."""
        names = strings(feature.get("platforms"))
        narrowed = tuple(dict.fromkeys(subdir for name in names for subdir in self.names.get(name, (name,))))
        self.read_channels((*route, "channels"), feature.get("channels"), scope)
        self._read_dependencies(route, feature, _Part(scope, narrowed))
        for target, content in table(feature, "target").items():
            platforms = self.names.get(target) or select(target) or (target,)
            self._read_dependencies((*route, "target", target), table(content), _Part(scope, platforms))
        self.read_options((*route, "pypi-options"), table(feature, "pypi-options"), scope)
        for name, value in table(feature, "system-requirements").items():
            self._add_virtual((*route, "system-requirements", name), name, value, scope)

    def read_channels(self, route: Route, value: object, scope: str) -> None:
        """Take a list of channels: names, or tables with a name and a priority, the highest first."""
        if not isinstance(value, list):
            return
        if not scope:
            self.found.channels_place = self.toml.key(route)
        ranked: list[tuple[int, Channel]] = []
        for number, item in enumerate(value):
            details = table(item)
            name = details.get("channel") if details else item
            if not isinstance(name, str):
                continue
            priority = details.get("priority", 0)
            place = self.toml.content((*route, number, "channel") if details else (*route, number))
            channel = Channel(without_credentials(name), place, scope)
            ranked.append((-priority if isinstance(priority, int) else 0, channel))
        ranked.sort(key=lambda pair: pair[0])
        self.found.channels += [channel for _, channel in ranked]

    def read_options(self, route: Route, options: Mapping[str, Any], scope: str) -> None:
        """Take ``pypi-options``."""
        self.read_urls("index", (*route, "index-url"), options.get("index-url"), scope)
        self.read_urls("extra", (*route, "extra-index-urls"), options.get("extra-index-urls"), scope)
        self.read_urls("find-links", (*route, "find-links"), options.get("find-links"), scope)

    def _read_dependencies(self, route: Route, tables: Mapping[str, Any], part: _Part) -> None:
        for key in _DEPENDENCIES:
            for name, value in table(tables, key).items():
                self._add_conda((*route, key, name), name, value, part)
        for name, value in table(tables, "pypi-dependencies").items():
            self._add_pip((*route, "pypi-dependencies", name), name, value, part)

    def _version(self, route: Route, name: str, value: object) -> str | None:
        """The version of a dependency, which is a string or stands in a table; None after a problem."""
        version = value if isinstance(value, str) else table(value).get("version", "*")
        if isinstance(version, str) and isinstance(value, str | dict):
            return version
        self.problem("invalid", f"`{name}` has no version that pixi reads", route)
        return None

    def _add_conda(self, route: Route, name: str, value: object, part: _Part) -> None:
        details = table(value)
        version = self._version(route, name, value)
        if version is None or any(key in details for key in ("git", "path", "url", "workspace")):
            return  # built from source, or spelled elsewhere
        build = details.get("build")
        bare = "".join(version.split())
        words = [name, bare if bare != "*" or isinstance(build, str) else "", build if isinstance(build, str) else ""]
        try:
            spec = parse_matchspec(" ".join(word for word in words if word))
        except InvalidMatchSpec as error:
            message = f'`{name} = "{version}"` is no valid conda requirement: {error.message}'
            self.problem("invalid", message, route)
            return
        if isinstance(channel := details.get("channel"), str):
            spec = spec._replace(channel=without_credentials(channel))
        at = route if isinstance(value, str) else (*route, "version")
        spelled = bare != "*" and (isinstance(value, str) or "version" in details)
        place = self.toml.spelled(at, version) if spelled else None
        self.found.conda.append(CondaEntry(spec, self.toml.entry(route), part.scope, place, part.platforms))

    def _add_pip(self, route: Route, name: str, value: object, part: _Part) -> None:
        details = table(value)
        version = self._version(route, name, value)
        if version is None or "path" in details:
            return  # of a local project nothing is known
        try:
            specifier = SpecifierSet("" if version.strip() == "*" else version)
            marker = join_markers(_marker(details), to_marker(part.platforms))
        except (InvalidSpecifier, InvalidMarker) as error:
            reason = str(error).partition("\n")[0]
            self.problem("invalid", f'`{name} = "{version}"` is no valid requirement: {reason}', route)
            return
        extras = frozenset(strings(details.get("extras")))
        url = _url(details)
        shown = f"{name}[{','.join(sorted(extras))}]" if extras else name
        text = f"{shown} @ {url}" if url else f"{shown}{specifier}"
        index = details.get("index")
        at = route if isinstance(value, str) else (*route, "version")
        spelled = bool(specifier) and url is None and (isinstance(value, str) or "version" in details)
        self.found.pip.append(
            PipEntry(
                with_file_version(to_requirement(name, specifier, extras=extras, marker=marker, url=url, text=text)),
                self.toml.entry(route),
                part.scope,
                index_url=strip_credentials(index) if isinstance(index, str) else None,
                index_place=self.toml.content((*route, "index")) if isinstance(index, str) else None,
                version_place=self.toml.spelled(at, version) if spelled else None,
                editable=details.get("editable") is True,
            )
        )

    def _add_virtual(self, route: Route, name: str, value: object, scope: str) -> None:
        """``cuda = "12"``, ``libc = {family = "glibc", version = "2.28"}`` or ``cuda = {driver = "12"}``."""
        details = table(value)
        version = details.get("version", details.get("driver")) if details else value
        name = str(details.get("family", name)) if details else name
        if isinstance(version, str):
            known = "glibc" if name == "libc" else name
            self.found.system.append(SystemRequirement(known, version, self.toml.content(route), scope))


def _marker(details: Mapping[str, Any]) -> Marker | None:
    text = details.get("env-markers")
    return parse_marker(text) if isinstance(text, str) and text.strip() else None


def _url(details: Mapping[str, Any]) -> str | None:
    if isinstance(git := details.get("git"), str):
        revision = details.get("rev") or details.get("tag") or details.get("branch")
        return f"git+{strip_credentials(git)}@{revision}" if revision else f"git+{strip_credentials(git)}"
    url = details.get("url")
    return strip_credentials(url) if isinstance(url, str) else None
