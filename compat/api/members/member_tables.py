"""What the pyproject.toml of a member says beside its requirements: name, version, whether they stand there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from compat.formats.toml_entries import table
from compat.model.environments import Document
from compat.model.errors import FileProblem
from compat.model.names import PyPIName, to_pypi_name


def data_of(document: Document) -> Mapping[str, Any]:
    """Raises: FileProblem."""
    import tomllib  # only members come here

    try:
        return tomllib.loads(document.text)
    except ValueError as error:  # syntax of TOML 1.1
        raise FileProblem(document.path, f"is no TOML 1.0: {error}") from error


def name_of(data: Mapping[str, Any]) -> PyPIName | None:
    """The name of the project, None where it has none."""
    for keys in (("project",), ("tool", "poetry")):
        name = table(data, *keys).get("name")
        if isinstance(name, str) and name:
            return to_pypi_name(name)
    return None


def version_of(data: Mapping[str, Any]) -> str:
    """Its version, "" where only a build tells it."""
    for keys in (("project",), ("tool", "poetry")):
        version = table(data, *keys).get("version")
        if isinstance(version, str):
            return version
    return ""


def is_static(data: Mapping[str, Any], document: Document, extras: Collection[str]) -> bool:
    """Whether the requirements stand in the file, or in files that it names (`[tool.setuptools.dynamic]`)."""
    dynamic = table(data, "project").get("dynamic")
    dynamic = set(dynamic) if isinstance(dynamic, list) else set()
    included = {include.scope for include in document.includes}
    if "dependencies" in dynamic and "" not in included and not table(data, "tool", "poetry", "dependencies"):
        return False
    wanted = {f"extra:{to_pypi_name(extra)}" for extra in extras}
    return "optional-dependencies" not in dynamic or wanted <= set(map(to_scope, included))


def to_scope(scope: str) -> str:
    """*scope* with the name in it normalised."""
    kind, _, name = scope.partition(":")
    return f"{kind}:{to_pypi_name(name)}" if name else scope
