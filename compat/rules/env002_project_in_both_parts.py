"""ENV002: one project asked of conda and of pip."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from compat.model.conda_version import VersionSpec
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Safety, Severity
from compat.model.environments import CondaEntry, Document
from compat.model.knowledge import NameMapping, evidence_of
from compat.model.matchspec import parse_matchspec
from compat.model.names import PyPIName
from compat.model.places import Edit, Place
from compat.model.requirements import PipEntry
from compat.model.solutions import Provided, is_pin
from compat.rules.base import Rule, Subject
from compat.rules.channels import is_pixi
from compat.rules.wording import quoted, relate
from compat.text.source import Source

#: What builds and installs the rest: a newer one than the channel's is often asked for on purpose, and breaks nothing.
_TOOLS = frozenset({"pip", "setuptools", "wheel"})

#: Constraints that mean the same to conda and to pip.
_COMMON = r"(?:[<>]=?|!=)[\d.]+(?:\s*,\s*(?:[<>]=?|!=)[\d.]+)*"


class ProjectInBothParts(Rule):
    """The same project among the conda requirements and in the ``pip:`` list.

    What it finds:
        A project that both parts install, by the table of names where they differ: ``pytorch`` and ``torch``,
        ``cupy`` and ``cupy-cuda12x``, ``pyqt`` and ``PyQt5``. Identical versions count, too.

    Why it matters:
        pip installs last: it replaces the files of the conda package and leaves the conda record behind. From then on
        conda believes in a version that is not there, and compiled neighbours may find libraries of the other build.
        ``conda env create`` and ``conda env update`` call ``pip install --upgrade``, so an unbounded pip entry also
        leaves the range that the conda part asks for. pixi keeps the conda package and never installs the other.

    Example:
        dependencies:
          - seaborn<0.11
          - pip
          - pip:
              - seaborn

    Use instead:
        dependencies:
          - seaborn<0.11

    Source:
        https://github.com/thousandbrainsproject/tbp.monty/issues/385
    """

    code, name = "ENV002", "project-in-both-parts"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        told: set[int] = set()
        for name, (pip, provided) in subject.situation.overlaps.items():
            fitting = [item for item in provided if _provides(subject, item) and id(item.entry) not in told]
            if fitting:
                # One conda package may be several projects: pyqt is PyQt5 and its sip.
                told.update(id(item.entry) for item in fitting)
                yield self._tell(subject, name, pip, fitting)

    def _tell(
        self, subject: Subject, name: PyPIName, pip: Sequence[PipEntry], provided: Sequence[Provided]
    ) -> Diagnostic:
        entry, conda = pip[0], provided[0].entry
        row = subject.matrix.pypi_names(conda.name, conda.spec.channel or "conda-forge")
        document = next(d for d in subject.environment.documents if d.path == entry.place.path)
        pixi = is_pixi(document)
        doubtful = pixi or name in _TOOLS or (row is not None and row.fact.thin)
        severity = Severity.INFO if doubtful else Severity.WARNING
        outcome = "pixi installs only conda's" if pixi else _outcome(entry, conda)
        return self.found(
            severity,
            f"{quoted(entry)} (pip) and {quoted(conda)} (conda) are the same project: {outcome}",
            entry.place,
            packages=[name],
            related=relate([item.entry for item in provided]),
            evidence=_evidence(subject, name, conda, row),
            fix=_fix(document, subject, entry, conda),
        )


def _outcome(entry: PipEntry, conda: CondaEntry) -> str:
    """What comes of the two lines: pip leaves a version that is there, unless only conda knows it by that name."""
    if is_pin(entry) and _is_settled_by_conda(entry, conda):
        return "pip finds that version installed, until one of the two lines changes"
    return "pip installs last and replaces conda's files"


def _provides(subject: Subject, item: Provided) -> bool:
    """Whether the conda entry can be the version that the PyPI name stands for: ``pyqt=6`` is no PyQt5."""
    for row in subject.matrix.conda_names(item.name):
        for implied in map(parse_matchspec, row.implies if row.conda == item.entry.name else ()):
            asked = item.entry.spec.version
            if implied.name == item.entry.name and asked is not None and implied.version is not None:
                return not asked.intersect(implied.version).is_empty()
    return True


def _evidence(subject: Subject, name: PyPIName, conda: CondaEntry, row: NameMapping | None) -> tuple[Evidence, ...]:
    found = []
    if row is not None and str(conda.name) != name:
        found.append(evidence_of(f"conda's {conda.name} is {name} on the package index", row.fact))
    note = subject.matrix.note("conda_limits/pip-over-conda")
    if note is not None:
        found.append(evidence_of(note.claim, note.fact))
    return tuple(found)


def _fix(document: Document, subject: Subject, entry: PipEntry, conda: CondaEntry) -> Fix:
    """Say the bound twice where only conda has one; else take out the line whose version is not installed."""
    bound = _to_pip(conda.spec.version)
    unbounded = not entry.requirement.specifier and entry.requirement.url is None
    if unbounded and bound and str(conda.name) == entry.name and document.kind == "environment":
        title = f"Remove the pip line, or give it the bound of the conda part: `{entry.name}{bound}`"
        if entry.requirement.extras or entry.requirement.marker is not None:
            return Fix(title=title, safety=Safety.SHOWN)
        end = entry.place._replace(line=entry.place.end_line, column=entry.place.end_column)
        return Fix(title=title, safety=Safety.UNSAFE, edits=(Edit(end, bound),))
    if _is_settled_by_conda(entry, conda):
        return _removal(document, entry.place, f"Remove {quoted(entry)} from the pip part", last=len(document.pip) == 1)
    title = f"Remove {quoted(conda)} from the conda part, since pip's version is what is installed"
    own = next((d for d in subject.environment.documents if d.path == conda.place.path), document)
    return _removal(own, conda.place, title, last=len(own.conda) == 1)


def _is_settled_by_conda(entry: PipEntry, conda: CondaEntry) -> bool:
    """Whether conda already installs what pip asks for."""
    specifier, version = entry.requirement.public, conda.spec.version
    if entry.requirement.url is not None:
        return False
    if not specifier or (version is not None and str(specifier) == version.text):
        return True
    fixed = (version.is_exact or version.series or "") if version is not None else ""
    return fixed.replace(".", "").isdigit() and specifier.contains(fixed, prereleases=True)


def _to_pip(version: VersionSpec | None) -> str:
    """A conda constraint as pip spells it; empty where it has another meaning there."""
    if version is None:
        return ""
    if version.series:
        return f"=={version.series}.*"
    if version.is_exact:
        return f"=={version.is_exact}"
    return version.text.replace(" ", "") if re.fullmatch(_COMMON, version.text) else ""


def _removal(document: Document, place: Place, title: str, *, last: bool) -> Fix:
    """Take out the line at *place*, if nothing else stands on it and its list keeps an entry."""
    line = place.line
    if line is None or last or document.kind != "environment":
        return Fix(title=title, safety=Safety.SHOWN)
    source = Source(path=document.path, text=document.text)
    text = source.line(line)
    lead, tail = text[: (place.column or 1) - 1], text[(place.end_column or 1) - 1 :]
    if lead.strip(" \"'") != "-" or not re.fullmatch(r"[\"']?\s*(?:#.*)?", tail) or line >= len(source.starts):
        return Fix(title=title, safety=Safety.SHOWN)
    return Fix(title=title, safety=Safety.UNSAFE, edits=(Edit(Place(document.path, line, 1, line + 1, 1), ""),))
