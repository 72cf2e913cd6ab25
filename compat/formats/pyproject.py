"""pyproject.toml: the standard tables here, those of each tool in a module of their own."""

from __future__ import annotations

from collections.abc import Mapping

from compat.formats import pixi, poetry, python_tools, uv
from compat.formats.toml_entries import TomlEntries, table
from compat.model.environments import Document, Variant
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.text.source import Source
from compat.text.toml import parse


def read_pyproject(source: Source) -> Document:
    """The document in *source*. Raises: FileProblem where it does not parse."""
    entries = TomlEntries(parse(source))
    if entries.toml.newer_line is not None:
        line = entries.toml.newer_line
        message = "syntax of TOML 1.1, which pip and most build backends do not read"
        entries.found.add_problem("odd", message, Place(source.path, line, 1, line, 1))
    included = _read_standard(entries)
    for group, more in _read_poetry(entries).items():
        included.setdefault(group, []).extend(more)
    python_tools.read_pdm(entries)
    python_tools.read_hatch(entries)
    python_tools.read_flit(entries)
    python_tools.read_setuptools(entries)
    uv.read_uv(entries)
    _add_variants(entries, included)
    python_tools.read_conda_lock(entries)
    if table(entries.toml.data, "tool", "pixi"):
        ours = entries.found.variants[1:]
        pixi.read_tables(entries, ("tool", "pixi"))
        entries.found.variants += ours
    return entries.found.to_document("pyproject")


def _read_standard(entries: TomlEntries) -> dict[str, list[str]]:
    """Take ``[project]`` and ``[dependency-groups]``; group names to the groups that they include.

    Source: https://packaging.python.org/en/latest/specifications/dependency-groups/
    """
    project = table(entries.toml.data, "project")
    entries.read_python(("project", "requires-python"), project.get("requires-python"))
    entries.read_list(("project", "dependencies"), project.get("dependencies"))
    for extra, items in table(project, "optional-dependencies").items():
        entries.read_list(("project", "optional-dependencies", extra), items, scope=f"extra:{extra}")
    groups = table(entries.toml.data, "dependency-groups")
    known = {to_pypi_name(name): name for name in groups}
    included: dict[str, list[str]] = {}
    for name, items in groups.items():
        entries.read_list(("dependency-groups", name), items, scope=f"group:{name}")
        included[name] = []
        for number, item in enumerate(items if isinstance(items, list) else ()):
            wanted = table(item).get("include-group")
            if not isinstance(wanted, str):
                continue
            if target := known.get(to_pypi_name(wanted)):
                included[name].append(target)
            else:
                entries.problem("invalid", f"no group is named `{wanted}`", ("dependency-groups", name, number))
    return included


def _read_poetry(entries: TomlEntries) -> dict[str, list[str]]:
    """Take ``[tool.poetry]``, whose dependencies only add to those of ``[project]`` where there are any."""
    if not table(entries.toml.data, "tool", "poetry"):
        return {}
    project = table(entries.toml.data, "project")
    optional = table(project, "optional-dependencies")
    sources = poetry.read_sources(entries)
    poetry.read_dependencies(entries, sources, list(optional) if project.get("dependencies") or optional else None)
    return poetry.read_groups(entries, sources)


def _add_variants(entries: TomlEntries, included: Mapping[str, list[str]]) -> None:
    """The base, then the base with each extra and with each group; more at once only where the file says so."""
    found = entries.found
    asked = _self_references(entries)
    scopes = dict.fromkeys([*(entry.scope for entry in found.pip), *(include.scope for include in found.includes)])
    scopes |= dict.fromkeys([*(f"group:{name}" for name in included), *asked])
    base = frozenset({"", "extra:"} if "extra:" in scopes else {""})
    known = {variant.name for variant in found.variants}
    found.variants[0] = Variant("", base | _reach("", asked, included))
    for scope in scopes:
        if scope not in {"", "extra:"} and scope not in known:
            reached = _reach(scope, asked, included)
            with_extra = any(other.startswith("extra:") for other in reached)
            found.variants.append(Variant(scope, (frozenset({""}) if with_extra else base) | reached))


def _self_references(entries: TomlEntries) -> dict[str, set[str]]:
    """Scope to the scopes that it adds by asking for the project itself: ``all = ["demo[cpu, test]"]``."""
    project = table(entries.toml.data, "project")
    name = project.get("name")
    if not isinstance(name, str):
        return {}
    ours = to_pypi_name(name)
    extras = {to_pypi_name(extra): extra for extra in table(project, "optional-dependencies")}
    asked: dict[str, set[str]] = {}
    for entry in entries.found.pip:
        if entry.name == ours:
            names = (extras.get(to_pypi_name(extra)) for extra in entry.requirement.extras)
            asked.setdefault(entry.scope, set()).update(f"extra:{extra}" for extra in names if extra)
    entries.found.pip[:] = [entry for entry in entries.found.pip if entry.name != ours]
    return asked


def _reach(scope: str, asked: Mapping[str, set[str]], included: Mapping[str, list[str]]) -> frozenset[str]:
    """*scope* with all that it includes, however deep; a circle ends by itself."""
    reached: set[str] = set()
    pending = [scope]
    while pending:
        current = pending.pop()
        if current not in reached:
            reached.add(current)
            pending += asked.get(current, ())
            pending += [f"group:{name}" for name in included.get(current.removeprefix("group:"), ())]
    return frozenset(reached)
