"""ENV001: a ``pip:`` section in an environment that does not ask for pip."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Fix, Safety, Severity
from compat.model.environments import Document
from compat.model.places import Edit, Place
from compat.rules.base import Rule, Subject
from compat.text.source import Source


class PipSectionWithoutPip(Rule):
    """``pip:`` section in an environment that does not ask for ``pip``.

    What it finds:
        An environment.yml with a ``pip:`` list, and no ``pip`` among its conda requirements.

    Why it matters:
        The list is installed by whatever ``pip`` is found. conda adds one by itself and says that it should not have
        to; other tools take a ``pip`` from outside the environment and install into the wrong place.

    Example:
        dependencies:
          - python=3.11
          - pip:
              - torch

    Use instead:
        dependencies:
          - python=3.11
          - pip
          - pip:
              - torch

    Source:
        https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html
    """

    code, name = "ENV001", "pip-section-without-pip"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding a file, at its ``pip:``."""
        if any(entry.name == "pip" for entry in subject.situation.conda):
            return
        for document in subject.environment.documents:
            place = document.pip_section
            if place is not None and (document.pip or document.includes):
                yield self.found(
                    Severity.WARNING,
                    "`pip:` section, but `pip` is not among the conda requirements",
                    place,
                    packages=["pip"],
                    fix=_fix(document, place),
                )


def _fix(document: Document, section: Place) -> Fix:
    """A line of its own for pip before the section, in the same list."""
    title = "Add `pip` to the conda requirements"
    line, column = section.line, section.column
    if line is None or column is None:
        return Fix(title=title, safety=Safety.SHOWN)
    before = Source(path=document.path, text=document.text).line(line)[: column - 1]
    if before.strip() != "-":
        return Fix(title=title, safety=Safety.SHOWN)
    dash = before.index("-")
    start = Place(document.path, line, dash + 1, line, dash + 1)
    return Fix(title=title, safety=Safety.SAFE, edits=(Edit(start, f"{before[dash:]}pip\n{before[:dash]}"),))
