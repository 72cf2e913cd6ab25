"""CUD007: pip's torch and the conda part bring different majors of CUDA."""

from __future__ import annotations

from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Severity
from compat.model.environments import CondaEntry
from compat.model.words import dotted
from compat.rules.base import Rule, Subject
from compat.rules.builds import TORCH, Taken, build_words, default_evidence, taken
from compat.rules.conda_builds import BUILT_FOR_CUDA, build_of
from compat.rules.conda_torch import entries_named, is_replaced, major_of, minor_of
from compat.rules.picks import roots_of
from compat.rules.wording import quoted, relate

#: Conda packages whose version is that of CUDA.
_TOOLKITS = ("cudatoolkit", "pytorch-cuda", "cuda-version", "cuda-toolkit", "cuda", "cuda-runtime", "cuda-cudart")

#: Conda packages that use the CUDA of the conda part in the same process, or compile extensions of torch with it.
_USERS = frozenset(
    ["cupy", "cuda-nvcc", "cuda-compiler", "cudatoolkit-dev", "faiss-gpu", "pytorch-gpu", "tensorflow-gpu", "tensorrt"]
)


class PipCudaDiffersFromConda(Rule):
    """CUDA of one major in the conda part, and of another in the torch that pip installs.

    What it finds:
        A torch wheel built for one major of CUDA beside ``cudatoolkit``, ``cuda-version``, ``cuda-toolkit`` or
        ``pytorch-cuda`` of another. Minors of one major go together and are not told.

    Why it matters:
        The wheel brings its own CUDA libraries, so conda's toolkit does nothing for it: only space is lost. But what
        else uses conda's CUDA in the same process may meet the wrong libraries, and extensions of torch cannot be
        compiled with a toolkit of another major.

    Example:
        dependencies:
          - cudatoolkit=11.8
          - pip:
              - torch==2.7.1

    Use instead:
        dependencies:
          - pip
          - pip:
              - torch==2.7.1

    Source:
        ``torch/utils/cpp_extension.py`` raises where the majors differ:
        https://docs.pytorch.org/docs/stable/cpp_extension.html
    """

    code, name = "CUD007", "pip-cuda-differs-from-conda"
    per_python = True

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding, for the first toolkit of another major."""
        toolkits = entries_named(subject, *_TOOLKITS)
        found = taken(subject, TORCH) if toolkits else None
        if found is None or found.cuda is None:
            return
        for entry in toolkits:
            major = major_of(entry)
            if major is not None and major != found.cuda[0]:
                yield self._tell(subject, found, entry, major)
                return

    def _tell(self, subject: Subject, found: Taken, toolkit: CondaEntry, major: int) -> Diagnostic:
        users = [entry for entry in subject.situation.conda if _uses_cuda(entry) and not is_replaced(subject, entry)]
        roots = roots_of(subject.situation.picks, TORCH)
        effect = f"which {quoted(users[0])} uses beside it" if users else "which torch does not use: it brings its own"
        cuda = dotted(minor_of(toolkit) or (major,))
        return self.found(
            Severity.WARNING if users else Severity.INFO,
            f"pip takes {build_words(found)}, but {quoted(toolkit)} installs CUDA {cuda}, {effect}",
            roots[0].place if roots else toolkit.place,
            packages=["torch", toolkit.name],
            related=relate([toolkit, *users[:1]]),
            evidence=default_evidence(subject, found),
            hint=f"leave out {quoted(toolkit)}"
            if not users
            else f"take torch for CUDA {major} or move {quoted(toolkit)}",
        )


def _uses_cuda(entry: CondaEntry) -> bool:
    return entry.name in _USERS or (entry.name in BUILT_FOR_CUDA and build_of(entry).wants_cuda)
