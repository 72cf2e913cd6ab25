"""REQ004: an include that cannot be followed."""

from compat.model.diagnostics import Severity
from compat.rules.problems import ProblemRule


class MissingInclude(ProblemRule):
    """An included file that is not there, or that may not be read.

    What it finds:
        ``-r``, ``-c`` or a ``file:`` entry that names a file which does not exist, or which lies outside the
        repository.

    Why it matters:
        Installing fails where the file is really missing, and the verdict of this run does not cover what it says.

    Example:
        -r requirements/base.txt

    Use instead:
        The path of the file relative to the file that includes it.

    Source:
        https://pip.pypa.io/en/stable/reference/requirements-file-format/
    """

    code, name = "REQ004", "missing-include"
    severity = Severity.WARNING
