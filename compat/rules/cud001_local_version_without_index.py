"""CUD001: a local version that no index of the file serves."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from compat.model.builds import TORCH_FAMILY, variant_cuda
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Safety, Severity
from compat.model.knowledge import Build, evidence_of
from compat.model.requirements import PipEntry
from compat.rules.base import Rule, Subject
from compat.rules.remedies import option_edit
from compat.rules.serving import names_no_index
from compat.rules.wording import pinned_version, quoted


class LocalVersionWithoutIndex(Rule):
    """A pin with a local label (``+cu118``), and no index in the file that has such builds.

    What it finds:
        ``==VERSION+LABEL`` under pip, where the only index is the default one. An ``--extra-index-url``,
        ``--find-links``, a uv or Poetry source, or any index whose contents are not known, keeps it quiet.

    Why it matters:
        The public package index refuses local versions, so the pin matches nothing there. Such pins come from
        ``pip freeze`` or ``conda env export``, which drop the index that the wheel came from.

    Example:
        torch==2.6.0+cu124

    Use instead:
        --extra-index-url https://download.pytorch.org/whl/cu124
        torch==2.6.0+cu124

    Source:
        https://packaging.python.org/en/latest/specifications/version-specifiers/#local-version-identifiers
    """

    code, name = "CUD001", "local-version-without-index"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        situation = subject.situation
        found = [entry for entry in situation.pip if names_no_index(subject, entry)]
        wanted = (
            {entry.name for entry in situation.pip if not entry.constraint} | situation.picks.keys() if found else ()
        )
        yield from (self._tell(subject, entry) for entry in found if entry.name in wanted)

    def _tell(self, subject: Subject, entry: PipEntry) -> Diagnostic:
        version, label = pinned_version(entry), entry.requirement.labels[0]
        builds = subject.matrix.builds(entry.name, version) if version and entry.name in TORCH_FAMILY else ()
        here = [build for build in builds if subject.target.subdir in build.subdirs]
        build = next((build for build in here if build.variant == label), None)
        absent = _absence(subject, entry, version, label)
        reason = f", and there is no {label} build of it for {subject.target.subdir}" if absent else ""
        variants = subject.situation.worlds(entry.name).variants
        others = f"the file names only {', '.join(variants)}" if variants else "the file names no other index"
        return self.found(
            Severity.WARNING if _may_be_a_sibling(subject, entry) else Severity.ERROR,
            f"{quoted(entry)} cannot be installed: the default index holds no local versions (`+{label}`),"
            f" and {others}{reason}",
            entry.place,
            packages=[entry.name],
            evidence=[*_index_evidence(), *absent],
            fix=_fix(subject, entry, label, build, known=bool(absent)),
            hint=_have(here) if absent else _where_else(entry, version, label),
        )


def _may_be_a_sibling(subject: Subject, entry: PipEntry) -> bool:
    """Whether *entry* may be a project of the same workspace, whose root says in another file where it is."""
    document = next((d for d in subject.environment.documents if d.path == entry.place.path), None)
    return document is not None and document.kind == "pyproject" and subject.matrix.project(entry.name) is None


def _index_evidence() -> tuple[Evidence, ...]:
    source = "https://packaging.python.org/en/latest/specifications/version-specifiers/#local-version-identifiers"
    return (Evidence(claim="local versions are not uploaded to a public index server", source=source, read_on=None),)


def _absence(subject: Subject, entry: PipEntry, version: Version | None, label: str) -> tuple[Evidence, ...]:
    """The proof that the build does not exist on any index, where there is one."""
    if version is None or entry.name not in TORCH_FAMILY or not variant_cuda(label):
        return ()
    fact = subject.matrix.absent_build(entry.name, version, label, subject.target.subdir)
    claim = f"there is no {label} build of {entry.name} {version} for {subject.target.subdir}"
    return () if fact is None else (evidence_of(claim, fact),)


def _where_else(entry: PipEntry, version: Version | None, label: str) -> str | None:
    """The way out where no index is known that serves the label."""
    if entry.name in TORCH_FAMILY or version is None:
        return None
    if entry.name == "jaxlib" and label.startswith("cu"):
        return "name the page of CUDA wheels: `--find-links https://storage.googleapis.com/jax-releases/jax_cuda_releases.html`"
    public = "" if version.is_prerelease else f", or ask for the public `{entry.name}=={version}`"
    return f"name the index or the wheel that has it{public}"


def _have(builds: list[Build]) -> str | None:
    """Which CUDA builds there are."""
    names = [f"`{b.index_url}`" for b in builds if b.cuda is not None and b.index_url is not None]
    return f"there are builds on {', '.join(names)}" if names else None


def _fix(subject: Subject, entry: PipEntry, label: str, build: Build | None, *, known: bool) -> Fix | None:
    """Name the index that serves the label: the table's, else by PyTorch's scheme for labels that it uses."""
    if build is not None and subject.target.subdir in build.unlabelled:
        title = f"Ask for `{entry.name}=={build.version}` without the label, from `{build.index_url}`"
        return Fix(title=title, safety=Safety.SHOWN)
    url = build.index_url if build is not None else None
    if url is None and not known and entry.name in TORCH_FAMILY and (variant_cuda(label) or label == "cpu"):
        url = f"https://download.pytorch.org/whl/{label}"
    if url is None:
        return None
    option = "--find-links" if url.endswith(".html") else "--extra-index-url"
    documents = {document.path: document for document in subject.environment.documents}
    document = documents.get(entry.place.path)
    edit = option_edit(document, entry, url) if document is not None else None
    if edit is not None:
        return Fix(title=f"Add `{option} {url}`", safety=Safety.UNSAFE, edits=(edit,))
    return Fix(title=f"Name the index `{url}` for {entry.name}", safety=Safety.SHOWN)
