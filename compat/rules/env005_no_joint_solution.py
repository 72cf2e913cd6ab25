"""ENV005: a conda part and a pip part that nothing satisfies together."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Fix, Severity
from compat.model.joint import JointClash
from compat.model.names import to_pypi_name
from compat.model.places import Place
from compat.model.solutions import Entry
from compat.model.words import listed
from compat.rules.base import Rule, Subject
from compat.rules.wording import relate, version_fix


class NoJointSolution(Rule):
    """A conda part and a pip part each of which can be installed, and not both.

    What it finds:
        ``compat lock`` solves both parts together: where pip needs another version of a package that conda installs,
        conda is solved again with that bound. This tells the lines of both parts for which no round of that ends in a
        solution, what the pip part needs, and why conda does not have it. Leaving out any one of them makes the others
        solvable.

    Why it matters:
        conda solves without a look at the pip part. pip then replaces what conda has installed, and packages that were
        built with it fail where they are imported, or ``pip check`` reports what nobody can mend.

    Example:
        dependencies:
          - pandas=3.0        # built for numpy 2
          - pip:
              - scanner==1.2  # needs numpy<2

    Use instead:
        dependencies:
          - pandas=2.2
          - pip:
              - scanner==1.2

    Source:
        The channels and the package index as they were when the lock was asked for.
    """

    code, name = "ENV005", "no-joint-solution"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:  # noqa: ARG002 - every rule is asked
        """Nothing: only channels and indexes could tell, and ``check`` asks neither."""
        return iter(())

    def tell(self, clash: JointClash, root: str) -> Diagnostic:
        """The clash at its first pip line, with the others beside it; *root* is the path where no line is to blame."""
        lines: tuple[Entry, ...] = (*clash.pip, *clash.conda)
        about = listed([f"`{name}`" for name in clash.projects]) if clash.projects else "what is installed"
        reason = "; ".join(step.text for step in clash.steps) or "no set of packages satisfies both"
        if not clash.is_minimal:
            reason += "; not all of these lines need be part of it, which would have taken too long to find out"
        return self.found(
            Severity.ERROR,
            f"conda and pip do not agree on {about}: {reason}",
            lines[0].place if lines else Place(root),
            packages=clash.projects,
            related=relate(lines[1:]),
            fix=_fix(clash),
        )


def _fix(clash: JointClash) -> Fix | None:
    change = clash.suggestion
    if change is None:
        return None
    return version_fix(
        change.entry, to_pypi_name(change.entry.name), change.version, why=", which goes with the others"
    )
