"""WRK008: a GitHub workflow runs a Python that its own requirements or locks have nothing for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat.model.containers import Word
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Related, Safety, Severity
from compat.model.places import Edit, Place
from compat.rules.workload_base import READ_ON, WorkloadRule, WorkloadSubject

_NUMBER = Evidence(
    claim="a plain scalar of digits and a point is a number, and 3.10 and 3.1 are the same number",
    source="https://yaml.org/spec/1.2.2/#10214-floating-point",
    read_on=READ_ON,
)


class PythonOfWorkflowWithoutPackages(WorkloadRule):
    """A GitHub workflow runs with a Python for which its requirements, its project or its lock have nothing.

    What it finds:
        ``python-version: 3.10`` without quotes, which YAML reads as 3.1 (an error). And for each Python of a job's
        matrix, with ``include`` and ``exclude``: the requirements files, environment files and locks of the repository that its steps
        install, judged on that Python and the runner's platform, and ``requires-python`` of the project. What fails on
        every Python is no business of the matrix, and is told of the file itself. A warning where the step may be left out.

    Why it matters:
        The job ends at ``pip install``, or was never meant to have this Python.

    Example:
        python-version: [3.9, 3.10]

    Use instead:
        python-version: ["3.9", "3.10"]

    Source:
        https://yaml.org/spec/1.2.2/#10214-floating-point
        https://github.com/actions/setup-python#basic-usage
        The wheel tags and Requires-Python on the package index.
    """

    code, name = "WRK008", "python-of-workflow-without-packages"

    def judge(self, subject: WorkloadSubject) -> Iterator[Diagnostic]:
        """The versions that are numbers; what the Judge says of the others is told by `tell`."""
        for word in subject.file.numbers:
            cut = word.text.rstrip("0")
            place = word.place
            yield self.found(
                Severity.ERROR,
                f"Python `{word.text}` without quotes is the number {cut}, and there is no Python {cut}",
                place,
                packages=(),
                evidence=[_NUMBER],
                fix=Fix("Quote the version", Safety.SAFE, (Edit(place, f'"{word.text}"'),)),
            )

    def tell(
        self, finding: Diagnostic, python: Word, step: Place, job: str, *, conditional: bool, others: Sequence[str]
    ) -> Diagnostic:
        """*finding*, which holds on *python* of *job* and not on *others*, at the line of the matrix."""
        severity = Severity.WARNING if conditional and finding.severity is Severity.ERROR else finding.severity
        there = [Related(finding.place, "what is installed"), *finding.related]
        hint = finding.hint or (f"Python {', '.join(others)} of this job can install it" if others else None)
        return self.found(
            severity,
            f"job `{job}` on Python {python.text}: {finding.message}",
            python.place,
            packages=finding.packages,
            related=[*there, Related(step, "the step that installs it")],
            evidence=finding.evidence,
            hint=hint,
        )
