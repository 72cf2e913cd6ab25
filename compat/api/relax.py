"""``relax``: read the files, find a safe range for every pin, and answer with the edits that write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compat.api.environments import Gathered, environments_of
from compat.api.files import DiskFiles, Files, Library, RequestFiles
from compat.api.project import config as find_config
from compat.api.project import config_among
from compat.api.roots import DEFAULT_TARGETS, find_roots, gather, load, parse_targets
from compat.formats import detect
from compat.model.config import Config
from compat.model.environments import Document, Environment
from compat.model.errors import UsageError
from compat.model.names import to_pypi_name
from compat.model.relaxation import Bounds, FileRelaxation, Proof, Relaxation
from compat.relaxing.changes import find_removals, to_file
from compat.relaxing.ground import Ground
from compat.relaxing.plan import Options, Plan, make_plan
from compat.relaxing.policy import Policy
from compat.relaxing.slots import texts_of
from compat.text.edits import apply_edits
from compat.text.source import decode
from compat.version import __version__


def relax(
    paths: Sequence[str],
    *,
    targets: Sequence[str] = (),
    policy: str | None = None,
    lower: bool = False,
    drop_hashes: bool = False,
    from_export: bool = False,
    prove: bool = False,
    online: bool = False,
) -> Relaxation:
    """Turn the pins of files, and of the files that they include with ``-r``, into safe ranges. Nothing is written.

    Args: *targets* are target strings; without them those of the configuration, else linux-64 and linux-aarch64.
    *policy* is ``patch``, ``minor``, ``major`` or ``matrix``, for packages that ``[tool.compat.relax]`` does not name.
    *lower* looks for a lower bound below the pin, *drop_hashes* takes hashes off, *from_export* takes out what nobody
    asked for, *prove* solves the result at both ends, *online* asks the package index for that.
    Raises: UsageError for what is wrong in the call or the configuration; a file that does not parse is in the answer.
    """
    config = find_config(paths)
    run = _Run(DiskFiles(), config, targets or config.targets, policy)
    return run.relax(
        *find_roots(paths), lower=lower, drop_hashes=drop_hashes, from_export=from_export, prove=prove, online=online
    )


def relax_files(
    files: Mapping[str, bytes],
    *,
    targets: Sequence[str] = (),
    policy: str | None = None,
    lower: bool = False,
    drop_hashes: bool = False,
    from_export: bool = False,
    prove: bool = False,
) -> Relaxation:
    """The same for the files of a request; includes are found only among them, and ``host`` targets are refused.

    Raises: UsageError.
    """
    if any(target.split(",")[0].strip() == "host" for target in targets):
        raise UsageError(
            "`host` means the machine that asks, and is refused here", hint="write the platform: `linux-64`"
        )
    known = [name for name in files if detect(name, files[name]) is not None]
    settings = config_among(files, known or list(files))
    run = _Run(RequestFiles(files), settings, targets or settings.targets, policy)
    return run.relax(
        [], known or list(files), lower=lower, drop_hashes=drop_hashes, from_export=from_export, prove=prove
    )


def written(relaxation: Relaxation) -> list[tuple[str, bytes]]:
    """The files on disk that *relaxation* changes, with their new content in their own encoding.

    Raises: FileProblem where a file has changed into something unreadable since.
    """
    return [(file.path, _edited(file)) for file in relaxation.files if file.changes]


def _edited(file: FileRelaxation) -> bytes:
    with open(file.path, "rb") as handle:
        source = decode(file.path, handle.read(), declared=file.kind == "requirements")
    return source.encode(apply_edits(source.text, (change.edit for change in file.changes)))


class _Run:
    """One call: where files come from, what is settled, and the machines in view."""

    def __init__(self, files: Files, config: Config, targets: Sequence[str], policy: str | None) -> None:
        self._library = Library(files)
        self._policies = _policies(config, policy)
        self._asked = bool(targets)
        self._matrix, self._cache = load(config.names)
        self._targets = parse_targets(targets or DEFAULT_TARGETS, self._matrix)

    def relax(
        self,
        named: Sequence[str],
        walked: Sequence[str],
        *,
        lower: bool,
        drop_hashes: bool,
        from_export: bool,
        prove: bool,
        online: bool = False,
    ) -> Relaxation:
        roots, problems, unread = gather(self._library, named, walked)
        grounds = [
            Ground(environment, target, self._matrix, self._cache)
            for gathered in roots
            for environment in environments_of(gathered)
            for target in self._targets
        ]
        documents = _documents(roots)
        options = Options(self._policies, lower=lower, drop_hashes=drop_hashes, asked=self._asked)
        plan = make_plan(documents, grounds, options)
        changed = [
            to_file(
                document,
                plan,
                list(find_removals(document, self._matrix, options)) if from_export and not is_constraint else [],
                drop_hashes=drop_hashes,
            )
            for document, is_constraint in documents
        ]
        return Relaxation(
            tool=f"compat {__version__}",
            data_version=self._matrix.version,
            files=(*changed, *self._failures()),
            proof=self._prove(grounds, plan, online=online) if prove else None,
            notes=(
                *plan.notes,
                *_notes(documents),
                *(f"{p.place}: {p.message}" for p in problems),
                *(f"{path}: files of kind {kind} are not relaxed" for path, kind in unread),
            ),
            sources={document.path: document.text for document, _ in documents},
        )

    def _failures(self) -> list[FileRelaxation]:
        return [
            FileRelaxation(
                path,
                detect(path, None) or "unknown",
                error=problem.message,
                error_line=problem.line,
                error_column=problem.column,
            )
            for path, problem in self._library.failures.items()
        ]

    def _prove(self, grounds: Sequence[Ground], plan: Plan, *, online: bool) -> Proof:
        """The proof over each environment as it is once the edits are made."""
        from compat.api.prove import prove_all

        texts = texts_of(plan.slots)
        environments = {id(ground.environment): ground.relaxed(texts) for ground in grounds}
        return prove_all(
            list(environments.values()),
            self._targets,
            self._matrix,
            self._cache,
            online=online,
            ends_of=lambda environment: _ends(environment, plan),
        )


def _ends(environment: Environment, plan: Plan) -> list[tuple[str, Bounds]]:
    """The changed requirements of *environment*, by the name that its file gives."""
    places = {
        *(entry.version_place for entry in environment.conda),
        *(entry.version_place for entry in environment.pip),
    }
    return [(slot.pin.name, slot.bounds) for place, slot in plan.slots.items() if place in places]


def _policies(config: Config, policy: str | None) -> dict[str, Policy]:
    """Policies by normalised package name; the call's goes before the configuration's ``default``."""
    found: dict[str, Policy] = {to_pypi_name(name): Policy(value) for name, value in config.relax.items()}
    if policy:
        if policy not in (names := [one.value for one in Policy]):
            raise UsageError(f"unknown policy `{policy}`", hint=f"one of {', '.join(names)}")
        found["default"] = Policy(policy)
    return found


def _documents(roots: Sequence[Gathered]) -> list[tuple[Document, bool]]:
    """Every file once, with whether it is only a constraint file of others."""
    found: dict[str, tuple[Document, bool]] = {}
    for gathered in roots:
        for document, constraint, _ in gathered:
            known = found.get(document.path)
            found[document.path] = (document, constraint and (known is None or known[1]))
    return list(found.values())


def _notes(documents: Sequence[tuple[Document, bool]]) -> list[str]:
    """Files that a tool has written, where an edit lasts until it runs again."""
    return [
        f"{document.path}: written by a tool from another file; relax that one, and let the tool run again"
        for document, _ in documents
        if document.kind == "requirements" and "autogenerated by" in document.text[:500]
    ]
