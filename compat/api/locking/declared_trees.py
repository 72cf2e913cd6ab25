"""What the pyproject.toml of a repository declares without being built, by ``[project]`` or by Poetry's own table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from compat.formats import read
from compat.index.files.builds import Built
from compat.index.files.sdists import read_pyproject
from compat.model.distributions import CoreMetadata
from compat.model.environments import Document
from compat.model.errors import FileProblem
from compat.model.requirements import PipEntry


def read_declared(content: bytes) -> Built | None:
    """None where only a build would tell, or where the project asks for others by their paths."""
    try:
        data = tomllib.loads(content.decode())
    except ValueError:
        return None
    metadata = read_pyproject(content)
    table = data.get("project", {})
    if metadata is None and "project" not in data:
        table = data.get("tool", {}).get("poetry", {})
        metadata = _from_poetry(content) if table else None
    if metadata is None or not isinstance(table.get("name"), str):
        return None
    version = table.get("version")
    return Built(table["name"], version if isinstance(version, str) else "", metadata)


def _from_poetry(content: bytes) -> CoreMetadata | None:
    try:
        document = read("pyproject.toml", content, "pyproject")
    except FileProblem:
        return None
    # "extra:" is what holds only without any extra, which METADATA cannot say.
    scopes = {entry.scope for entry in document.pip}
    if document.members or "extra:" in scopes or any(problem.kind == "invalid" for problem in document.problems):
        return None
    python = next((str(bound.specifier) for bound in document.pythons), "")
    extras = tuple(v.name.removeprefix("extra:") for v in document.variants if v.name.startswith("extra:"))
    return CoreMetadata(tuple(_lines(document)), python, extras)


def _lines(document: Document) -> Iterator[str]:
    for entry in document.pip:
        if not entry.constraint and (not entry.scope or entry.scope.startswith("extra:")):
            yield _line(entry)


def _line(entry: PipEntry) -> str:
    """*entry* as Requires-Dist has it."""
    requirement = entry.requirement
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    what = f" @ {requirement.url}" if requirement.url else str(requirement.specifier)
    conditions = [f"({requirement.marker})"] if requirement.marker else []
    if entry.scope:
        conditions.append(f'extra == "{entry.scope.removeprefix("extra:")}"')
    return f"{requirement.name}{extras}{what}" + (f" ; {' and '.join(conditions)}" if conditions else "")
