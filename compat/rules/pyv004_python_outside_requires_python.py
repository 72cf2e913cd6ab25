"""PYV004: the target's Python is one that the project itself excludes."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.pythons import admits_minor
from compat.model.words import dotted
from compat.rules.base import Rule, Subject


class PythonOutsideRequiresPython(Rule):
    """A target whose Python the project's own ``requires-python`` excludes.

    What it finds:
        A ``python=`` of the target that no patch release of which lies within ``requires-python`` (or Poetry's
        ``python``) of the file.

    Why it matters:
        pip, uv and Poetry refuse to install the project on that Python, whatever its dependencies are.

    Example:
        # compat check pyproject.toml --target linux-64,python=3.9
        requires-python = ">=3.10"

    Use instead:
        A target with a Python that the project admits, or a wider ``requires-python``.

    Source:
        https://packaging.python.org/en/latest/specifications/pyproject-toml/#requires-python
    """

    code, name = "PYV004", "python-outside-requires-python"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        python = subject.target.python
        if python is None or not subject.situation.python_from_target:
            return
        for bound in subject.environment.pythons:
            if not admits_minor(bound.specifier, python):
                yield self.found(
                    Severity.ERROR,
                    f"the project asks for Python `{bound.text}`, the target `{subject.target.text}` has {dotted(python)}",
                    bound.place,
                    packages=["python"],
                )
