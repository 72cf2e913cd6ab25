"""Collecting findings: merged over targets and variants, filtered by code, silenced by reasoned ignores, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from compat.model.diagnostics import Diagnostic, Ignored
from compat.model.environments import Document, Problem
from compat.model.targets import Target
from compat.rules.problems import ProblemRule
from compat.rules.req001_invalid_requirement import InvalidRequirement
from compat.rules.req004_missing_include import MissingInclude
from compat.rules.req005_odd_entry import OddEntry

Key = tuple[object, ...]

_RULES: Mapping[str, ProblemRule] = {"invalid": InvalidRequirement(), "include": MissingInclude(), "odd": OddEntry()}


class Findings:
    """The findings of a run. *select* and *ignore_codes* are codes or their prefixes; *ignore* gives reasons by code."""

    def __init__(
        self, *, select: Sequence[str] = (), ignore: Mapping[str, str] | None = None, ignore_codes: Sequence[str] = ()
    ) -> None:
        self._select = tuple(code.upper() for code in select)
        self._ignore = {**(ignore or {}), **dict.fromkeys(ignore_codes, "ignored on the command line")}
        self._found: dict[Key, Diagnostic] = {}

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Add findings; one that is known already only adds its targets."""
        for diagnostic in diagnostics:
            if self._select and not diagnostic.code.startswith(self._select):
                continue
            key = (diagnostic.code, diagnostic.place, diagnostic.packages, diagnostic.message)
            known = self._found.get(key)
            self._found[key] = diagnostic if known is None else _on_more_targets(known, diagnostic.targets)

    def finish(self, documents: Mapping[str, Document]) -> tuple[tuple[Diagnostic, ...], tuple[Ignored, ...]]:
        """The findings that count, by file and line, and those that were ignored with their reasons."""
        kept: list[Diagnostic] = []
        ignored: list[Ignored] = []
        order = {path: position for position, path in enumerate(documents)}
        for diagnostic in self._found.values():
            reason = self._reason(diagnostic, documents)
            if reason is None:
                kept.append(diagnostic)
            else:
                ignored.append(
                    Ignored(code=diagnostic.code, path=diagnostic.place.path, line=diagnostic.place.line, reason=reason)
                )
        kept.sort(
            key=lambda d: (order.get(d.place.path, len(order)), d.place.line or 0, d.place.column or 0, d.severity.rank)
        )
        return tuple(kept), tuple(ignored)

    def _reason(self, diagnostic: Diagnostic, documents: Mapping[str, Document]) -> str | None:
        for code, reason in self._ignore.items():
            if diagnostic.code.startswith(code.upper()):
                return reason
        for place in (diagnostic.place, *(related.place for related in diagnostic.related)):
            document = documents.get(place.path)
            for ignore in document.ignores if document is not None else ():
                if ignore.line == place.line and diagnostic.code in ignore.codes:
                    return ignore.reason
        return None


def _on_more_targets(finding: Diagnostic, targets: Sequence[str]) -> Diagnostic:
    return finding._replace(targets=tuple(dict.fromkeys((*finding.targets, *targets))))


def problem_findings(documents: Iterable[Document], targets: Sequence[Target]) -> Iterator[Diagnostic]:
    """The entries that readers could not take, as findings; they hold on every target."""
    for document in documents:
        for problem in document.problems:
            yield from _rule_of(problem).tell(problem, targets)


def _rule_of(problem: Problem) -> ProblemRule:
    if problem.kind == "instruction":
        from compat.rules.img014_invalid_instruction import InvalidInstruction  # most calls name no Dockerfile

        return InvalidInstruction()
    return _RULES[problem.kind]
