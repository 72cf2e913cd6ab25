"""Findings of an environment, as they are told of an image: what commands do one after another is no error by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compat.api.images.environment import Built, has_musl
from compat.api.images.steps import Step
from compat.model.builds import TORCH_FAMILY
from compat.model.diagnostics import Diagnostic, Fix, Related, Safety, Severity
from compat.model.knowledge import evidence_of
from compat.model.names import PyPIName
from compat.model.places import Place
from compat.model.words import listed
from compat.rules.base import Subject
from compat.rules.gap001_fact_missing import FactMissing
from compat.rules.picks import is_bare
from compat.rules.pyv003_no_wheel_for_platform import NoWheelForPlatform
from compat.rules.wording import quoted

#: Projects without a source archive, whose wheels for Linux are tagged manylinux alone.
_GLIBC_ONLY = TORCH_FAMILY | {PyPIName(name) for name in ("tensorflow", "tensorflow-cpu", "jaxlib", "onnxruntime")}

#: Names listed in one message.
_SHOWN = 3

#: What an edit may put into a command: more would have to be quoted, or is a line of a file of requirements.
_PLAIN = re.compile(r"[\w.+=-]*")


#: Rules whose findings, where a version is not pinned, rest on what pip takes today.
_BY_TODAY = frozenset({"ABI002", "ABI003", "CUD003", "CUD004", "CUD008", "PYV002"})


def in_image(finding: Diagnostic, built: Built, subject: Subject) -> Diagnostic | None:
    """*finding* as it is told of the image; None for what is no news there."""
    base = built.base.stage.base_place
    if finding.place == base and (finding.gap or finding.code in {"ENV002", "REQ006", "ABI004"}):
        return None
    touched = {step.number: step for place, step in built.places() for at in _places(finding) if at == place}
    own = [step for number, step in touched.items() if number]
    if finding.code == "ABI004" and any("no-build-isolation" in step.install.flags for step in own):
        return None  # torch of an earlier command is seen; IMG004 tells what it is compiled with
    finding = softened(finding, own)
    if _may_be_otherwise(finding, built, subject):
        finding = finding._replace(severity=_milder(finding.severity))
    return _with_command(_with_plain_fix(finding, built), built, touched)


def _may_be_otherwise(finding: Diagnostic, built: Built, subject: Subject) -> bool:
    """Whether it rests on a release that nobody pins, which an unknown base or a file that was not found may hold back."""
    more = any(step.missing or step.included.locks for step in built.steps)
    if finding.code not in _BY_TODAY or (is_bare(subject) and not more):
        return False
    picks = (subject.situation.picks.get(PyPIName(name)) for name in finding.packages)
    return any(pick is not None and not pick.pinned for pick in picks)


def _milder(severity: Severity) -> Severity:
    return Severity.WARNING if severity is Severity.ERROR else Severity.INFO


def _places(finding: Diagnostic) -> Iterator[Place]:
    yield finding.place
    yield from (related.place for related in finding.related)


def softened(finding: Diagnostic, steps: list[Step]) -> Diagnostic:
    """An error may be none where a command need not run, or does not look at what its packages require."""
    if finding.severity is not Severity.ERROR:
        return finding
    if any(step.guarded for step in steps):
        words = f"{finding.message} (where the command runs: it stands behind a condition)"
        return finding._replace(severity=Severity.WARNING, message=words)
    if any("no-deps" in step.install.flags for step in steps) and len(finding.packages) > 1:
        return finding._replace(severity=Severity.WARNING, message=f"{finding.message} (`--no-deps` does not look)")
    return finding


def _with_plain_fix(finding: Diagnostic, built: Built) -> Diagnostic:
    """An edit of a command is only shown, unless it is a plain word: shells take ``<`` and ``>`` for themselves."""
    fix, path = finding.fix, built.environment.root
    if fix is None or finding.code.startswith("IMG"):
        return finding
    if all(edit.place.path != path or _PLAIN.fullmatch(edit.text) for edit in fix.edits):
        return finding
    return finding._replace(fix=Fix(title=fix.title, safety=Safety.SHOWN))


def _with_command(finding: Diagnostic, built: Built, touched: dict[int, Step]) -> Diagnostic:
    """A finding in an included file also points at the command that installs from it."""
    path = built.environment.root
    if any(place.path == path for place in _places(finding)):
        return finding
    steps = [touched[number] for number in sorted(touched) if number] or [
        step for step in built.steps if any(d.path == finding.place.path for d in step.documents)
    ]
    related = tuple(Related(step.place, f"`{finding.place.path}` is installed here") for step in steps[:1])
    return finding._replace(related=(*finding.related, *related))


def own_findings(built: Built, subject: Subject) -> Iterator[Diagnostic]:
    """What is told before any rule is asked: a Python that a project refuses, a C library without wheels, what was not followed."""
    yield from built.refused
    if has_musl(built.base):
        yield from _without_wheels(built, subject)
    steps = [step for step in built.steps if step.missing]
    if steps:
        missing = list(dict.fromkeys(name for step in steps for name in step.missing))
        shown = listed([name if " " in name else f"`{name}`" for name in missing[:_SHOWN]])
        more = f", and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        yield FactMissing().found(
            Severity.INFO,
            f"not all that is installed here is judged: {shown}{more} could not be followed from the Dockerfile",
            steps[0].place,
            packages=(),
            gap=True,
        )


def _without_wheels(built: Built, subject: Subject) -> Iterator[Diagnostic]:
    """On musl: a warning for the first project that only has wheels for glibc, else a gap."""
    base = built.base.stage
    entries = [entry for step in built.steps if not step.indexes and not step.guarded for entry in step.pip]
    for entry in entries:
        project = subject.matrix.project(entry.name)
        if project is None or entry.name not in _GLIBC_ONLY or entry.requirement.url is not None:
            continue
        yield NoWheelForPlatform().found(
            Severity.WARNING,
            f"{quoted(entry)} has wheels for glibc only, and `{base.base}` has musl: pip finds no release to install",
            entry.place,
            packages=[entry.name],
            related=[Related(base.base_place, f"`{base.base}` has musl")],
            evidence=[evidence_of(f"the files of {entry.name} {project.newest}", project.releases[0].files_fact)],
            hint="take an image with glibc, such as `python:3.12-slim`",
        )
        return
    if entries:
        message = f"`{base.base}` has musl instead of glibc: which wheels there are for it is not judged"
        yield FactMissing().found(Severity.INFO, message, base.base_place, packages=(), gap=True)
