"""IMG008: conda's package cache stays in a layer of the image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from compat.model.containers import Command
from compat.model.diagnostics import Diagnostic, Evidence, Fix, Safety, Severity
from compat.rules.base import Rule, Subject
from compat.rules.image_caches import (
    SAME_RUN,
    Kept,
    Manager,
    cleans_by_script,
    cleared_later,
    kept_in,
    related_to,
    removes,
)
from compat.rules.image_script import Script
from compat.rules.image_words import READ_ON, Run, is_final, lines_words, mount_target, mounts_of

_TOOLS = frozenset({"conda", "mamba", "micromamba"})
_VERBS = frozenset({"install", "create", "update"})
#: The package cache, or the installation that holds it: ``/opt/conda/pkgs``, ``$CONDA_DIR/pkgs/*``, ``~/.conda/pkgs``.
_FOLDER = re.compile(
    r"(?:/pkgs(?:/\*.*)?|/\.conda|/\.mamba|/(?:mini|ana|mamba)?(?:conda|forge)\d*|MAMBA_ROOT_PREFIX\}?)$"
)
#: ``--all``, ``--tarballs``, ``--packages``, ``--force-pkgs-dirs``, also as ``-afy``: each removes packages. ``-i`` removes the index only.
_CLEANS = re.compile(r"--(?:all|tarballs|packages|force-pkgs-dirs|source-cache)$|-[a-z]*[aptf][a-z]*$")

_CONDA_CLEAN = Evidence(
    claim="`conda clean --all` removes the index cache, unused cached packages and tarballs",
    source="https://docs.conda.io/projects/conda/en/stable/commands/clean.html",
    read_on=READ_ON,
)


class CondaCacheKept(Rule):
    """conda packages are installed, and the cache that they were unpacked from stays in the layer.

    What it finds:
        ``conda``, ``mamba`` or ``micromamba`` with ``install``, ``create`` or ``update`` in a RUN of the final image
        that neither ends with ``conda clean`` nor mounts a cache over the folder of packages. One finding an image;
        ``ignore`` at any of its lines holds for all.

    Why it matters:
        Every RUN makes a layer. The archives and what of the unpacked packages no environment uses stay in it, and
        ``conda clean`` in a later RUN hides them without making the image smaller.

    Example:
        RUN conda install -y numpy
        RUN conda clean --all --yes

    Use instead:
        RUN conda install -y numpy && conda clean --all --yes

    Source:
        https://docs.conda.io/projects/conda/en/stable/commands/clean.html
        https://docs.docker.com/build/building/best-practices/#run
    """

    code, name = "IMG008", "conda-cache-kept"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """At most one finding an image, at the first command that leaves its cache."""
        stages = subject.environment.stages
        script = Script(subject)
        found = [kept for kept in kept_in(stages, _CONDA) if not script.is_template(kept.run.instruction)]
        if not found or not is_final(subject):
            return
        last = found[0].commands[-1]
        tool = last.install.tool if last.install is not None else "conda"
        later = cleared_later(stages, _CONDA, found[0])
        yield self.found(
            Severity.INFO,
            f"{tool} leaves its package cache in the image{lines_words(len(found))}: no `{tool} clean` in the same RUN",
            found[0].place,
            packages=(),
            related=related_to(found, later, f"`{tool} clean`"),
            evidence=(_CONDA_CLEAN, SAME_RUN),
            fix=_fix(script, found, tool),
        )


def _keeps(command: Command, run: Run) -> bool:
    install = command.install
    if install is None or install.tool not in _TOOLS or install.verb not in _VERBS:
        return False
    if "dry-run" in install.flags or "help" in install.flags:
        return False
    if install.complete and not (install.conda or install.includes or install.pip):
        return False  # nothing is asked for: ``conda create -n NAME``
    folders = {run.variables.get("CONDA_PKGS_DIRS", ""), dict(command.settings).get("CONDA_PKGS_DIRS", "")} - {""}
    targets = [mount_target(mount) for mount in mounts_of(run.instruction)]
    return not any(_FOLDER.search(target) or target in folders for target in targets)


def _clears(command: Command, _run: Run) -> bool:
    install = command.install
    if install is not None and install.tool in _TOOLS and install.verb == "clean":
        return any(_CLEANS.match(word.text) for word in command.words[1:])
    return removes(command, _FOLDER) or cleans_by_script(command)


_CONDA = Manager(keeps=_keeps, clears=_clears)


def _fix(script: Script, found: Sequence[Kept], tool: str) -> Fix:
    """``&& conda clean`` behind the last installing command of every RUN; shown only where one of them cannot bear it."""
    edits = []
    for kept in found:
        command = kept.commands[-1]
        program = command.words[0].text if command.program in _TOOLS else tool
        edits.append(script.command_added(kept.run.instruction, command, f"{program} clean --all --yes"))
    title = f"Add `&& {tool} clean --all --yes` to the RUN{' of each' if len(found) > 1 else ''}"
    if any(edit is None for edit in edits):
        return Fix(title=title, safety=Safety.SHOWN)
    return Fix(title=title, safety=Safety.SAFE, edits=tuple(edit for edit in edits if edit is not None))
