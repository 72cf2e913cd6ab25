"""REQ009: conda requirements that the channels cannot meet together, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.model.conda_solutions import CondaClash
from compat.model.diagnostics import Diagnostic, Severity
from compat.model.places import Place
from compat.rules.base import Rule, Subject
from compat.rules.clash_words import clash_evidence, clash_fix, clash_hint, clash_message, clash_related, main_entry


class NoCondaSolution(Rule):
    """Conda requirements without a solution on their channels.

    What it finds:
        ``compat lock`` asks the channels: an entry that no package meets on a target (no such name, version, build or
        platform), or entries, the fewest there are, that do not go together: one needs another version of a package
        than the other, or a virtual package such as ``__cuda`` that the target does not have.

    Why it matters:
        ``conda env create`` ends with the solver's tree of everything that it tried, on that platform only.

    Example:
        - pytorch=2.5
        - torchvision=0.22

    Use instead:
        - pytorch=2.7
        - torchvision=0.22

    Source:
        The repodata of the channels, and a solve of them for each thing that is said.
    """

    code, name = "REQ009", "no-conda-solution"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:  # noqa: ARG002 - every rule is asked
        """Nothing: only a lock asks the channels."""
        return iter(())

    def tell(self, clash: CondaClash, root: str, names: Sequence[str] = (), *, exported: bool = False) -> Diagnostic:
        """The finding, at the entry to change; in the file *root* where no entry is to blame.

        *names* are what conda calls a PyPI project of the name that no channel has; *exported* says that the file is an
        export of one environment.
        """
        entry = main_entry(clash)
        return self.found(
            Severity.ERROR,
            clash_message(clash),
            entry.place if entry is not None else Place(root),
            packages=[one.name for one in clash.entries] or list(clash.needed) or ["python"],
            related=clash_related(clash),
            evidence=clash_evidence(clash),
            fix=clash_fix(clash),
            hint=clash_hint(clash, names, exported=exported),
        )._replace(targets=(clash.target.text,))
