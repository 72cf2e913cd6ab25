"""ABI004: an extension that is compiled against torch while it is installed."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.builds import classify
from compat.model.diagnostics import Diagnostic, Severity
from compat.model.knowledge import Release, evidence_of
from compat.model.names import PyPIName
from compat.model.requirements import PipEntry
from compat.model.solutions import Pick
from compat.rules.base import Rule, Subject
from compat.rules.builds import TORCH, taken
from compat.rules.picks import roots_of
from compat.rules.wording import quoted, relate

#: Projects whose ``setup.py`` imports torch to compile against it. Which of their releases have no wheel, the tables say.
#: Source: the ``setup.py`` of their source archives.
_EXTENSIONS = frozenset(PyPIName(name) for name in ("flash-attn", "xformers"))

#: Those whose wheels PyTorch's own indexes hold, too.
_ON_PYTORCH_INDEX = frozenset({PyPIName("xformers")})


class ExtensionBuiltAtInstall(Rule):
    """A CUDA extension without wheels on the package index, whose build imports torch.

    What it finds:
        ``flash-attn`` and the like, where the release that an installer takes has a source archive only.

    Why it matters:
        pip builds in an isolated environment without torch (``ModuleNotFoundError: No module named 'torch'``), and
        torch of the same file is not installed yet. Without isolation it compiles for an hour, with a CUDA toolkit of
        the same major as torch's; with ``--only-binary :all:`` it cannot be installed at all.

    Example:
        torch==2.6.0
        flash-attn==2.7.4.post1

    Use instead:
        torch==2.6.0
        https://example.org/flash_attn-2.7.4.post1+cu12torch2.6cxx11abiFALSE-cp312-cp312-linux_x86_64.whl

    Source:
        The file lists of the package index; https://github.com/Dao-AILab/flash-attention/issues/2425
    """

    code, name = "ABI004", "extension-built-at-install"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for name in sorted(_EXTENSIONS & subject.situation.picks.keys()):
            pick = subject.situation.picks[name]
            release = pick.candidate.release
            if release is None or not pick.candidate.sdist_only or _may_have_wheels(subject, name):
                continue
            for entry in pick.entries:
                if isinstance(entry, PipEntry) and not entry.constraint:
                    yield self._tell(subject, pick, entry, release)
                    break

    def _tell(self, subject: Subject, pick: Pick, entry: PipEntry, release: Release) -> Diagnostic:
        torch = roots_of(subject.situation.picks, TORCH)
        related = [root for root in torch[:1] if root is not entry]
        only = any(document.only_binary for document in subject.environment.documents)
        have = "has no wheel that fits" if release.wheels else "has no wheels at all"
        effect = (
            "and `--only-binary :all:` forbids to build it"
            if only
            else "and its build imports torch, which pip's build isolation hides"
        )
        return self.found(
            Severity.ERROR if only else Severity.WARNING,
            f"{quoted(entry)}: {pick.name} {pick.version} {have} on the package index, {effect}",
            entry.place,
            packages=[pick.name, TORCH],
            related=relate(related),
            evidence=[evidence_of(f"{pick.name} {pick.version} is a source archive only", release.files_fact)],
            hint=f"install torch first, then `pip install --no-build-isolation {pick.name}=={pick.version}`;"
            f" or name a wheel from the project's releases that is built for {_torch_words(subject)}",
        )


def _may_have_wheels(subject: Subject, name: PyPIName) -> bool:
    """Whether the file names an index, or the file itself, that may be a wheel of *name*."""
    world = subject.situation.worlds(name)
    kinds = {classify(index.url).kind for index in subject.environment.indexes if index.role != "named"}
    return world.named or "other" in kinds or (world.open and ("pytorch" not in kinds or name in _ON_PYTORCH_INDEX))


def _torch_words(subject: Subject) -> str:
    found = taken(subject, TORCH)
    pick = subject.situation.picks.get(TORCH)
    if pick is None or pick.version is None:
        return "the torch that is installed"
    cuda = f" and CUDA {found.cuda[0]}" if found is not None and found.cuda else ""
    return f"torch {pick.version.major}.{pick.version.minor}{cuda}"
