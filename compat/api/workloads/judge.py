"""Judging what runs images: by the rules for workloads, and by those for images and environments where packages are installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from compat.api.files import Library
from compat.api.judge import Judge
from compat.api.workloads.kinds import BY_CONTENT
from compat.api.workloads.reading import is_customized, locks_of
from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import Document
from compat.model.places import Place
from compat.model.targets import Target
from compat.model.workloads import WorkloadFile
from compat.resolve.offline import Cache
from compat.rules import workload_rules
from compat.rules.workload_base import WorkloadSubject

#: Containers of one file whose commands and Dockerfiles are judged, about 20 ms each; the largest of 1,180 public files has 13.
MAX_JUDGED = 200


class WorkloadJudge:
    """The files of one call that run images. ``documents`` are the files that they led to."""

    def __init__(self, judge: Judge, library: Library, targets: Sequence[Target], cache: Cache) -> None:
        self._judge = judge
        self._library = library
        self._targets = targets
        self._cache = cache
        self.documents: dict[str, Document] = {}

    def findings(self, files: Sequence[WorkloadFile]) -> Iterator[Diagnostic]:
        """The findings of every file; those that depend on no target have all of them."""
        texts = tuple(target.text for target in self._targets)
        for file in files:
            if file.template:
                yield _unread(file)._replace(targets=texts)
                continue
            yield from (found if found.targets else found._replace(targets=texts) for found in self._file(file))

    def _file(self, file: WorkloadFile) -> Iterator[Diagnostic]:
        count = sum(len(workload.containers) for workload in file.workloads)
        if count > MAX_JUDGED:
            yield _gap(file, f"{count} containers in one file: what the first {MAX_JUDGED} install is judged")
        if file.jobs:
            from compat.api.workloads.pythons import judge_jobs

            yield from judge_jobs(file, self._library, self._judge.matrix, self._cache)
        services = []
        if any(container.build is not None for workload in file.workloads for container in workload.containers):
            from compat.api.workloads.builds import judge_services, services_of

            services = list(islice(services_of(self._library, file), MAX_JUDGED))
            for service in services:
                if service.root is not None:
                    self.documents[service.built.path] = service.root.document
                    self.documents.update((document.path, document) for document in service.root.documents)
            yield from judge_services(services, self._judge, self._targets)
        if any(container.commands for workload in file.workloads for container in workload.containers):
            from compat.api.workloads.scripts import judge_scripts

            yield from judge_scripts(file, self._library, self._judge, self._targets, MAX_JUDGED)
        built = tuple(service.built for service in services)
        locks = tuple(locks_of(self._library, file))
        completed = file.document.kind in BY_CONTENT and is_customized(self._library, file)
        subject = WorkloadSubject(file, self._judge.matrix, built, locks, completed=completed)
        for rule in workload_rules():
            yield from rule.judge(subject)


def _unread(file: WorkloadFile) -> Diagnostic:
    """What a template says is only known once its values are filled in."""
    hint = "render it (`helm template`) and check what comes out" if file.template == "Helm" else None
    return _gap(file, f"a template of {file.template}, not yet YAML: not judged", hint)


def _gap(file: WorkloadFile, message: str, hint: str | None = None) -> Diagnostic:
    place = Place(file.document.path, 1, 1, 1, 1)
    return Diagnostic("GAP001", "fact-missing", Severity.INFO, message, place, hint=hint, gap=True)
