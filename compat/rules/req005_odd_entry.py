"""REQ005: an entry that is read in an unexpected way, or skipped."""

from compat.model.diagnostics import Severity
from compat.rules.problems import ProblemRule


class OddEntry(ProblemRule):
    """An entry that tools read differently from what it seems to say.

    What it finds:
        A null or a number where a requirement is expected, a template that was not filled in, a specifier that
        only some tools accept.

    Why it matters:
        One tool skips the entry, another refuses the file, and what is installed depends on which one runs.

    Example:
        - python=

    Use instead:
        - python

    Source:
        https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html
    """

    code, name = "REQ005", "odd-entry"
    severity = Severity.WARNING
