"""``[tool.poetry]``: dependencies in Poetry's own spelling, and what they add to those of ``[project]``.

Source: https://python-poetry.org/docs/dependency-specification/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from compat.formats.markers import join_markers
from compat.formats.pip_urls import strip_credentials, with_file_version
from compat.formats.poetry_markers import read_marker, spread
from compat.formats.poetry_versions import to_specifier
from compat.formats.toml_entries import TomlEntries, strings, table
from compat.model.environments import Index, Member, PythonBound, Variant
from compat.model.names import PyPIName, to_pypi_name
from compat.model.places import Place
from compat.model.requirements import PipEntry, Requirement, to_requirement
from compat.text.toml import Route

#: ``priority`` of a source to the role of an index; without one a source is primary, and then PyPI is not asked.
_ROLES = {"primary": "index", "default": "index", "supplemental": "extra", "secondary": "extra", "explicit": "named"}


class _Constraint(NamedTuple):
    """One constraint of a dependency, as the file has it."""

    requirement: Requirement
    route: Route
    version: Place | None
    source: str | None
    optional: bool


def read_sources(entries: TomlEntries) -> dict[str, str]:
    """Take ``[[tool.poetry.source]]``; names in lower case to URLs."""
    urls: dict[str, str] = {}
    sources = table(entries.toml.data, "tool", "poetry").get("source")
    for number, source in enumerate(sources if isinstance(sources, list) else ()):
        name, url = table(source).get("name"), table(source).get("url")
        if not isinstance(name, str) or not isinstance(url, str):
            continue  # the default index, named to give it a priority
        role = _ROLES.get(str(source.get("priority", "primary")), "extra")
        if source.get("secondary") is True:
            role = "extra"
        place = entries.toml.content(("tool", "poetry", "source", number, "url"))
        urls[name.lower()] = strip_credentials(url)
        entries.found.indexes.append(Index(role, strip_credentials(url), place, "", name))
    return urls


def read_dependencies(entries: TomlEntries, sources: Mapping[str, str], extras: Sequence[str] | None) -> None:
    """Take the main dependencies; with the *extras* of ``[project]``, only what they add to its requirements."""
    route: Route = ("tool", "poetry", "dependencies")
    listed = table(entries.toml.data, *map(str, route))
    _read_python(entries, (*route, "python"), listed.get("python"))
    by_name: dict[PyPIName, list[_Constraint]] = {}
    for constraint in _constraints(entries, route, listed):
        by_name.setdefault(constraint.requirement.name, []).append(constraint)
    found = entries.found
    members = {} if extras is not None else _extras(entries)
    _read_members(entries, route, listed, members)
    if extras is not None:
        found.pip[:] = [
            new
            for entry in found.pip
            for new in _enriched(entry, by_name.get(entry.name, []), extras, sources, entries)
        ]
        return
    for name, constraints in by_name.items():
        asking = [extra for extra, names in members.items() if name in names]
        for constraint in constraints:
            marker = constraint.requirement.marker
            if constraint.optional:
                scopes = [pair for extra in asking for pair in spread(marker, f"extra:{extra}", ())]
            else:
                scopes = spread(marker, "", list(members))
            found.pip += [_to_entry(entries, constraint, scope, rest, sources) for scope, rest in scopes]
    found.variants += [Variant(f"extra:{extra}", frozenset({"", f"extra:{extra}"})) for extra in members]


def read_groups(entries: TomlEntries, sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Take the dependency groups; group names to the groups that they include."""
    poetry = table(entries.toml.data, "tool", "poetry")
    included: dict[str, list[str]] = {}
    for name in table(poetry, "group"):
        group = table(poetry, "group", name)
        _read_group(entries, ("tool", "poetry", "group", name, "dependencies"), name, sources)
        included[name] = strings(group.get("include-groups"))
    if "dev-dependencies" in poetry:
        _read_group(entries, ("tool", "poetry", "dev-dependencies"), "dev", sources)
        included.setdefault("dev", [])
    return included


def _read_members(
    entries: TomlEntries, route: Route, listed: Mapping[str, Any], extras: Mapping[str, set[PyPIName]], group: str = ""
) -> None:
    """Take the dependencies that are local projects; ``file`` is the older word for ``path``."""
    found = entries.found
    for name, value in listed.items():
        pairs = [((*route, name, number), item) for number, item in enumerate(value)] if isinstance(value, list) else []
        for place, item in pairs or [((*route, name), value)]:
            details = table(item)
            path = details.get("path", details.get("file"))
            if not isinstance(path, str):
                continue
            ours = to_pypi_name(name)
            scopes = dict.fromkeys([group] if group else [e.scope for e in found.pip if e.name == ours])
            if not scopes and details.get("optional") is True:
                scopes = dict.fromkeys(f"extra:{extra}" for extra, names in extras.items() if ours in names)
            elif not scopes:
                scopes = {"": None}
            try:
                marker = read_marker(details)
            except ValueError:
                marker = None
            asked = frozenset(strings(details.get("extras")))
            editable = details.get("develop") is True
            at = entries.toml.entry(place)
            found.members += [Member(path, at, asked, editable, scope, ours, marker) for scope in scopes]


def _read_group(entries: TomlEntries, route: Route, name: str, sources: Mapping[str, str]) -> None:
    _read_members(entries, route, table(entries.toml.data, *map(str, route)), {}, f"group:{name}")
    for constraint in _constraints(entries, route, table(entries.toml.data, *map(str, route))):
        entries.found.pip.append(
            _to_entry(entries, constraint, f"group:{name}", constraint.requirement.marker, sources)
        )


def _extras(entries: TomlEntries) -> dict[str, set[PyPIName]]:
    listed = table(entries.toml.data, "tool", "poetry", "extras")
    return {extra: {to_pypi_name(name) for name in strings(names)} for extra, names in listed.items()}


def _read_python(entries: TomlEntries, route: Route, text: object) -> None:
    if not isinstance(text, str) or any(bound.scope == "" for bound in entries.found.pythons):
        return
    try:
        bound = to_specifier(text)
    except ValueError:
        entries.problem("invalid", f"`{text}` is no version constraint of Poetry", route)
        return
    entries.found.pythons.append(PythonBound(bound, entries.toml.content(route), text))


def _constraints(entries: TomlEntries, route: Route, listed: Mapping[str, Any]) -> Iterator[_Constraint]:
    """Every constraint of a table of dependencies; several for one name stand in a list."""
    for name, value in listed.items():
        if name.lower() == "python":
            continue
        if isinstance(value, list):
            pairs = [((*route, name, number), item) for number, item in enumerate(value)]
        else:
            pairs = [((*route, name), value)]
        for place, item in pairs:
            constraint = _read_constraint(entries, place, name, item)
            if constraint is not None:
                yield constraint


def _read_constraint(entries: TomlEntries, route: Route, name: str, value: object) -> _Constraint | None:
    details = table(value)
    text = value if isinstance(value, str) else details.get("version", "*")
    if not isinstance(text, str) or not isinstance(value, (str, dict)):
        entries.problem("invalid", f"`{name}` has no version constraint that Poetry reads", route)
        return None
    if "path" in details or "file" in details:
        return None  # a local project: nothing is known about it
    try:
        specifier = to_specifier(text)
        marker = read_marker(details)
    except ValueError as error:
        if "{{" in text:
            entries.problem("odd", f'`{name} = "{text}"` is filled in elsewhere: not judged', route)
        else:
            entries.problem("invalid", f'`{name} = "{text}"` is no version constraint of Poetry: {error}', route)
        return None
    requirement = _to_requirement(name, specifier, details, marker)
    version: Place | None = None
    if requirement.specifier and requirement.url is None:
        version = entries.toml.spelled(route if isinstance(value, str) else (*route, "version"), text)
    source = details.get("source")
    return _Constraint(
        requirement, route, version, source if isinstance(source, str) else None, details.get("optional") is True
    )


def _to_requirement(
    name: str, specifier: SpecifierSet, details: Mapping[str, Any], marker: Marker | None
) -> Requirement:
    extras = frozenset(strings(details.get("extras")))
    url = details.get("git") or details.get("url")
    if isinstance(url, str):
        revision = details.get("rev") or details.get("tag") or details.get("branch")
        url = strip_credentials(url)
        if "git" in details:
            url = f"git+{url}@{revision}" if revision else f"git+{url}"
    else:
        url = None
    shown = f"{name}[{','.join(sorted(extras))}]" if extras else name
    text = f"{shown} @ {url}" if url else f"{shown}{specifier}"
    return with_file_version(to_requirement(name, specifier, extras=extras, marker=marker, url=url, text=text))


def _to_entry(
    entries: TomlEntries, constraint: _Constraint, scope: str, marker: Marker | None, sources: Mapping[str, str]
) -> PipEntry:
    toml = entries.toml
    url = sources.get(constraint.source.lower()) if constraint.source else None
    return PipEntry(
        constraint.requirement._replace(marker=marker),
        toml.entry(constraint.route),
        scope,
        index_url=url,
        index_place=toml.content((*constraint.route, "source")) if url else None,
        version_place=constraint.version,
    )


def _enriched(
    entry: PipEntry,
    constraints: Sequence[_Constraint],
    extras: Sequence[str],
    sources: Mapping[str, str],
    entries: TomlEntries,
) -> Iterator[PipEntry]:
    """*entry* of ``[project]`` once for each constraint of Poetry's table that can hold together with it."""
    if not constraints or entry.scope.startswith("group:"):
        yield entry
        return
    covered: set[str] = set()
    for constraint in constraints:
        for scope, rest in spread(constraint.requirement.marker, entry.scope, extras):
            covered.add(scope)
            yield _join(entry._replace(scope=scope), _to_entry(entries, constraint, scope, rest, sources), rest)
    if entry.scope in covered:
        return
    everywhere = [f"extra:{extra}" for extra in ("", *extras)] if covered else [entry.scope]
    yield from (entry._replace(scope=scope) for scope in everywhere if scope not in covered)


def _join(entry: PipEntry, ours: PipEntry, marker: Marker | None) -> PipEntry:
    requirement, added = entry.requirement, ours.requirement
    joined = requirement._replace(
        marker=join_markers(requirement.marker, marker),
        specifier=requirement.specifier & added.specifier,
        public=requirement.public & added.public,
        labels=requirement.labels or added.labels,
        url=requirement.url or added.url,
    )
    # Where both tables bound the version, a change to one of them alone would not be what is asked for in the end.
    version = entry.version_place if not added.specifier else None if requirement.specifier else ours.version_place
    return entry._replace(
        requirement=joined, index_url=ours.index_url, index_place=ours.index_place, version_place=version
    )
