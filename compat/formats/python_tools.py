"""Tables of pyproject.toml that belong to one tool: PDM, Hatch, Flit, setuptools, conda-lock."""

from __future__ import annotations

from compat.formats.pip_urls import strip_credentials
from compat.formats.poetry_versions import to_specifier
from compat.formats.toml_entries import TomlEntries, strings, table
from compat.model.environments import Channel, CondaEntry, Include, Index
from compat.model.matchspec import InvalidMatchSpec, parse_matchspec, without_credentials
from compat.text.toml import Route


def read_pdm(entries: TomlEntries) -> None:
    """Take ``[tool.pdm]``: groups for development, sources.

    Source: https://pdm-project.org/en/latest/reference/pep621/
    """
    pdm = table(entries.toml.data, "tool", "pdm")
    for name, items in table(pdm, "dev-dependencies").items():
        for number, item in enumerate(strings(items)):
            if not item.startswith("-e"):
                entries.read_requirement(("tool", "pdm", "dev-dependencies", name, number), item, scope=f"group:{name}")
    listed = pdm.get("source")
    for number, source in enumerate(listed if isinstance(listed, list) else ()):
        url, name = table(source).get("url"), table(source).get("name", "")
        if not isinstance(url, str) or not isinstance(name, str):
            continue
        role = "index" if name == "pypi" else "extra"
        if source.get("type") == "find_links":
            role = "find-links"
        place = entries.toml.content(("tool", "pdm", "source", number, "url"))
        entries.found.indexes.append(Index(role, strip_credentials(url), place, "", name))


def read_hatch(entries: TomlEntries) -> None:
    """Take the environments of ``[tool.hatch]``, each a group of its own, and the files of its metadata hook.

    Source: https://hatch.pypa.io/latest/config/environment/overview/
    """
    hatch = table(entries.toml.data, "tool", "hatch")
    for name, environment in table(hatch, "envs").items():
        for key in ("dependencies", "extra-dependencies"):
            value = table(environment).get(key)
            if isinstance(value, list):
                entries.read_list(("tool", "hatch", "envs", name, key), value, scope=f"group:hatch.{name}")
    route: Route = ("tool", "hatch", "metadata", "hooks", "requirements_txt", "files")
    _include(entries, route, table(hatch, "metadata", "hooks", "requirements_txt").get("files"), "")


def read_flit(entries: TomlEntries) -> None:
    """Take ``[tool.flit.metadata]``, from before ``[project]``.

    Source: https://flit.pypa.io/en/stable/pyproject_toml.html
    """
    metadata = table(entries.toml.data, "tool", "flit", "metadata")
    route: Route = ("tool", "flit", "metadata")
    entries.read_python((*route, "requires-python"), metadata.get("requires-python"))
    entries.read_list((*route, "requires"), metadata.get("requires"))
    for extra, items in table(metadata, "requires-extra").items():
        entries.read_list((*route, "requires-extra", extra), items, scope=f"extra:{extra}")


def read_setuptools(entries: TomlEntries) -> None:
    """Take the files that ``dynamic`` dependencies come from.

    Source: https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html#dynamic-metadata
    """
    dynamic = table(entries.toml.data, "tool", "setuptools", "dynamic")
    route: Route = ("tool", "setuptools", "dynamic")
    _include(entries, (*route, "dependencies", "file"), table(dynamic, "dependencies").get("file"), "")
    for extra in table(dynamic, "optional-dependencies"):
        files = table(dynamic, "optional-dependencies", extra).get("file")
        _include(entries, (*route, "optional-dependencies", extra, "file"), files, f"extra:{extra}")


def read_conda_lock(entries: TomlEntries) -> None:
    """Take ``[tool.conda-lock]``: channels, platforms, and requirements that only conda has.

    Source: https://conda.github.io/conda-lock/src_pyproject/
    """
    settings = table(entries.toml.data, "tool", "conda-lock")
    route: Route = ("tool", "conda-lock")
    found = entries.found
    channels = settings.get("channels")
    for number, name in enumerate(channels if isinstance(channels, list) else ()):
        if isinstance(name, str):
            place = entries.toml.content((*route, "channels", number))
            found.channels.append(Channel(without_credentials(name), place))
            found.channels_place = entries.toml.key((*route, "channels"))
    found.platforms += [name for name in strings(settings.get("platforms")) if name not in found.platforms]
    for name, value in table(settings, "dependencies").items():
        _add_conda(entries, (*route, "dependencies", name), name, value)


def _include(entries: TomlEntries, route: Route, value: object, scope: str) -> None:
    several = isinstance(value, list)
    for number, path in enumerate(strings(value)):
        place = entries.toml.content((*route, number) if several else route)
        entries.found.includes.append(Include(path, place, scope=scope))


def _add_conda(entries: TomlEntries, route: Route, name: str, value: object) -> None:
    details = table(value)
    version = value if isinstance(value, str) else details.get("version", "*")
    if not isinstance(version, str) or details.get("source") == "pypi":
        return
    try:
        constraint = str(to_specifier(version)) if version[:1] in {"^", "~"} else "".join(version.split())
        spec = parse_matchspec(f"{name} {constraint}" if constraint != "*" else name)
    except (ValueError, InvalidMatchSpec) as error:
        reason = error.message if isinstance(error, InvalidMatchSpec) else error
        entries.problem("invalid", f'`{name} = "{version}"` is no valid conda requirement: {reason}', route)
        return
    at = route if isinstance(value, str) else (*route, "version")
    place = entries.toml.spelled(at, version) if constraint != "*" else None
    entries.found.conda.append(CondaEntry(spec, entries.toml.entry(route), "", place))
