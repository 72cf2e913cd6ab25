"""REQ001: an entry that is no requirement."""

from compat.model.diagnostics import Severity
from compat.rules.problems import ProblemRule


class InvalidRequirement(ProblemRule):
    """An entry that no installer can read.

    What it finds:
        A line or value that is neither a requirement nor an option of its format: a typing error in the operator,
        a merge conflict marker, shell output, a line of another tool's format.

    Why it matters:
        pip and conda stop at the first such entry and install nothing.

    Example:
        numpy=>1.20

    Use instead:
        numpy>=1.20

    Source:
        https://packaging.python.org/en/latest/specifications/dependency-specifiers/
    """

    code, name = "REQ001", "invalid-requirement"
    severity = Severity.ERROR
