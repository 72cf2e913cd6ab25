"""IMG014: an instruction that docker refuses."""

from compat.model.diagnostics import Severity
from compat.rules.problems import ProblemRule


class InvalidInstruction(ProblemRule):
    r"""An instruction that stops the build before any of its commands runs.

    What it finds:
        A word that is no instruction, most often the rest of a command whose line above does not end with a backslash; an
        instruction without what it takes; a quote that is not closed; a substitution that docker does not know; a base whose tag
        is a variable that no ``ARG`` above the first ``FROM`` declares; stages that take files from each other in a circle.

    Why it matters:
        BuildKit reads the whole file first: ``dockerfile parse error on line 3: unknown instruction: pip``. No image is made.

    Example:
        RUN pip install torch==2.6.0 &&
            pip install torchvision==0.21.0

    Use instead:
        RUN pip install torch==2.6.0 && \
            pip install torchvision==0.21.0

    Source:
        https://docs.docker.com/reference/dockerfile/#format
    """

    code, name = "IMG014", "invalid-instruction"
    severity = Severity.ERROR
