"""``check``: read the files, judge every environment of every root on every target, and put the findings together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, cast

from compat.api.environments import Gathered, environments_of
from compat.api.environments import together as join_roots
from compat.api.files import DiskFiles, Files, Library, RequestFiles
from compat.api.findings import Findings, problem_findings
from compat.api.images.roots import (
    IMAGE_KINDS,
    image_environments,
    image_files,
    image_findings,
    read_images,
    without_installed,
)
from compat.api.judge import Judge
from compat.api.locking.kinds import LOCK_KINDS
from compat.api.project import config as find_config
from compat.api.project import config_among
from compat.api.roots import find_roots, gather, load, parse_targets, request_roots
from compat.api.workloads.kinds import WORKLOAD_KINDS
from compat.formats import detect
from compat.model.config import Config
from compat.model.diagnostics import Diagnostic, FileReport, Report
from compat.model.environments import Environment, Problem
from compat.model.errors import FileProblem, UsageError
from compat.model.knowledge import Matrix
from compat.model.targets import Target
from compat.text.source import mask_credentials
from compat.version import __version__

if TYPE_CHECKING:
    from compat.api.locking.judge import LockRoot
    from compat.model.workloads import WorkloadFile

#: A matrix older than this says so: new releases of torch come about every two months.
STALE_DAYS = 90


def check(
    paths: Sequence[str],
    *,
    targets: Sequence[str] = (),
    together: bool = False,
    online: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    stdin: bytes | None = None,
    stdin_filename: str | None = None,
) -> Report:
    """Judge files and folders on targets, offline.

    Args: *paths* may hold ``-`` for *stdin*, which is read as *stdin_filename*. *targets* are target strings; without
    them the configuration decides, else this machine's platform with no further claim. *together* judges all paths as
    one environment. *online* asks the package index about projects that the matrix does not cover. *select* and
    *ignore* are rule codes or their prefixes.
    Returns: the report that every face of compat shows.
    Raises: UsageError for what is wrong in the call or the configuration; a file that does not parse is in the report.
    """
    config = find_config(paths)
    given = {}
    if "-" in paths:
        name = stdin_filename or "requirements.txt"
        given[name] = stdin or b""
        paths = [name if path == "-" else path for path in paths]
    files = DiskFiles(given)
    named, walked = find_roots(paths, given, LOCK_KINDS | IMAGE_KINDS | WORKLOAD_KINDS)
    return _check(
        files,
        named,
        walked,
        targets or config.targets,
        config,
        stated=bool(targets or config.targets),
        together=together,
        online=online,
        select=select,
        ignore=ignore,
    )


def check_files(
    files: Mapping[str, bytes],
    *,
    targets: Sequence[str] = (),
    together: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    roots: Sequence[str] = (),
) -> Report:
    """Judge the files of a request; includes are found only among them, and ``host`` targets are refused.

    Args: *roots* are what a command would name, a folder with a ``/`` behind it: the other files are only there to be
    included. Without *roots* every file that compat knows is one, unless another includes it. A ``[tool.compat]`` among
    *files* counts as on disk.
    Raises: UsageError.
    """
    if any(target.split(",")[0].strip() == "host" for target in targets):
        raise UsageError(
            "`host` means the machine that asks, and is refused here", hint="write the platform: `linux-64`"
        )
    known = [name for name in files if detect(name, files[name]) is not None]
    named, walked = request_roots(files, roots) if roots else ([] if known else list(files), known)
    config = config_among(files, roots or known or named)
    stated = targets or config.targets
    return _check(
        RequestFiles(files),
        named,
        walked,
        stated or ("linux-64",),
        config,
        stated=bool(stated),
        sent=not roots,
        together=together,
        select=select,
        ignore=ignore,
    )


def _check(
    files: Files,
    named: Sequence[str],
    walked: Sequence[str],
    targets: Sequence[str],
    config: Config,
    *,
    stated: bool,
    sent: bool = False,
    together: bool = False,
    online: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Report:
    matrix, cache = load(config.names)
    chosen = parse_targets(targets, matrix)
    library = Library(files)
    roots, problems, unread = gather(library, named, walked)
    locks = _read_locks(library, unread, frozenset(named))
    # The files of a request were chosen, too.
    images = read_images(library, unread, frozenset((*named, *walked) if sent else named), chosen, matrix)
    workloads = _read_workloads(library, unread, frozenset(named))
    unread = [(path, kind) for path, kind in unread if kind not in LOCK_KINDS | IMAGE_KINDS | WORKLOAD_KINDS]
    compared = roots
    roots = roots if together else without_installed(roots, images, frozenset(named))
    findings = Findings(select=[*config.select, *select], ignore=config.ignore, ignore_codes=ignore)
    environments = [join_roots(roots)] if together and roots else list(_environments(roots))
    asked = None
    if online:
        from compat.api.online import ask_online

        asked = ask_online(matrix, [*environments, *image_environments(images, matrix)])
        matrix, cache = cast("Matrix", asked), {}
    judge = Judge(matrix, chosen, cache)
    for gathered in roots:
        findings.add(problem_findings((document for document, _, _ in gathered), chosen))
    findings.add(_include_findings(problems, chosen))
    for environment in environments:
        findings.add(judge.findings(environment))
    if not together:
        findings.add(judge.compare(compared, all_of=len(named) > 1))
    findings.add(image_findings(images, judge, chosen))
    if locks:
        from compat.api.locking.judge import LockJudge  # most calls name no lock

        findings.add(LockJudge(matrix, chosen if stated else (), chosen, cache).findings(locks))
    roots = [*roots, *([(root.document, False, "")] for root in locks), *image_files(images)]
    if workloads:
        from compat.api.workloads.judge import WorkloadJudge  # most calls name no workload

        runner = WorkloadJudge(judge, library, chosen, cache)
        findings.add(problem_findings((file.document for file in workloads), chosen))
        findings.add(runner.findings(workloads))
        led_to = (*(file.document for file in workloads), *runner.documents.values())
        roots = [*roots, *([(document, False, "")] for document in led_to)]
    if asked is None:
        return _report(library, roots, findings, judge, matrix, unread)
    from compat.api.online import online_notes, unreached_findings

    findings.add(unreached_findings(asked, environments, chosen))
    report = _report(library, roots, findings, judge, matrix, unread)
    return report._replace(notes=(*report.notes, *online_notes(asked)))


def _read_locks(library: Library, unread: Sequence[tuple[str, str]], named: frozenset[str]) -> list[LockRoot]:
    """The locks among the files that are no descriptors; one that does not parse is a failure of *library*."""
    found = []
    for path, kind in unread:
        data = library.peek(path) if kind in LOCK_KINDS else None
        if data is None:
            continue
        from compat.api.locking.judge import read_root

        try:
            root = read_root(path, kind, data, named=path in named)
        except FileProblem as problem:
            library.failures[path] = problem
            continue
        library.documents[path] = root.document
        found.append(root)
    return found


def _read_workloads(library: Library, unread: Sequence[tuple[str, str]], named: frozenset[str]) -> list[WorkloadFile]:
    """What runs images among the files that are no descriptors; most calls meet none."""
    if not any(kind in WORKLOAD_KINDS for _, kind in unread):
        return []
    from compat.api.workloads.reading import read_roots

    return read_roots(library, unread, named)


def _environments(roots: Iterable[Gathered]) -> Iterator[Environment]:
    for gathered in roots:
        yield from environments_of(gathered)


def _include_findings(problems: Sequence[Problem], targets: Sequence[Target]) -> Iterator[Diagnostic]:
    from compat.rules.req004_missing_include import MissingInclude

    for problem in problems:
        yield from MissingInclude().tell(problem, targets)


def _report(
    library: Library,
    roots: Sequence[Gathered],
    findings: Findings,
    judge: Judge,
    matrix: Matrix,
    unread: Sequence[tuple[str, str]],
) -> Report:
    diagnostics, ignored = findings.finish(library.documents)
    documents = {document.path: document for gathered in roots for document, _, _ in gathered}
    files = [
        *(FileReport(path=d.path, kind=d.kind, verdict=verdict_of(d.path, diagnostics)) for d in documents.values()),
        *(
            FileReport(
                path=path,
                kind=detect(path, None) or "unknown",
                verdict="unknown",
                error=problem.message,
                error_line=problem.line,
                error_column=problem.column,
            )
            for path, problem in library.failures.items()
        ),
        *(FileReport(path=path, kind=kind, verdict="unknown") for path, kind in unread),
    ]
    known, total = judge.coverage(documents.values())
    return Report(
        tool=f"compat {__version__}",
        data_version=matrix.version,
        verdict=_verdict(diagnostics, unjudged=any(file.verdict == "unknown" for file in files)),
        files=tuple(files),
        diagnostics=diagnostics,
        ignored=ignored,
        known=known,
        total=total,
        notes=tuple(_notes(matrix, unread)),
        sources={path: mask_credentials(document.text) for path, document in documents.items()},
    )


def _verdict(diagnostics: Iterable[Diagnostic], *, unjudged: bool = False) -> str:
    """Conflict where an error stands; unknown where a fact was missing or a file was not judged; else ok."""
    severities = [("unknown" if d.gap else d.severity.value) for d in diagnostics]
    if "error" in severities:
        return "conflict"
    return "unknown" if unjudged or "unknown" in severities else "ok"


def verdict_of(path: str, diagnostics: Iterable[Diagnostic]) -> str:
    """The verdict of one file: that of the findings that stand in it or point at it."""
    return _verdict(d for d in diagnostics if path in (d.place.path, *(r.place.path for r in d.related)))


def _notes(matrix: Matrix, unread: Sequence[tuple[str, str]]) -> Iterator[str]:
    age = (datetime.now(tz=UTC).date() - date.fromisoformat(matrix.version)).days
    if age > STALE_DAYS:
        yield f"the matrix is {age} days old ({matrix.version}); newer releases are unknown to it: upgrade compat-matrix"
    for path, kind in unread:
        yield f"{path} is not judged: files of kind {kind} are not read by this version"
