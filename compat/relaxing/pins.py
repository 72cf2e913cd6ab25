"""What an entry of a file is to relaxing: a pin, a range, or something that must be left and why."""

from __future__ import annotations

from typing import NamedTuple

from compat.model.environments import CondaEntry, Document
from compat.model.names import CondaName, PyPIName
from compat.model.places import Place
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry
from compat.relaxing.builds import kept_build
from compat.relaxing.policy import numbers_of


class Pin(NamedTuple):
    """An entry that admits one release. *version* is as written, without local label; *build* the conda build to keep.

    *excluded* are versions that the entry shuts out by ``!=`` beside its pin, which its range must not let in.
    """

    entry: Entry
    version: str
    label: str = ""
    build: str | None = None
    excluded: tuple[str, ...] = ()

    @property
    def name(self) -> PyPIName | CondaName:
        return self.entry.name

    @property
    def place(self) -> Place:
        """The span of its version: what several entries of one line (scopes, markers) have in common."""
        assert self.entry.version_place is not None
        return self.entry.version_place


class Held(NamedTuple):
    """An entry that cannot be relaxed, and why, as a clause."""

    entry: Entry
    why: str


def read_entry(entry: Entry, document: Document, *, drop_hashes: bool) -> Pin | Held | None:
    """What *entry* is; None for a range, and for what names no version at all."""
    if isinstance(entry, CondaEntry):
        return _read_conda(entry, in_toml=document.kind in ("pixi", "pyproject"))
    return _read_pip(entry, hashed=not drop_hashes and any(other.hashed for other in document.pip))


def _read_pip(entry: PipEntry, *, hashed: bool) -> Pin | Held | None:
    requirement = entry.requirement
    if requirement.url is not None:
        return Held(entry, _url_words(requirement.url))
    if entry.editable:
        return Held(entry, "an editable install")
    if any(clause.operator == "===" for clause in requirement.specifier):
        return Held(entry, "`===` asks for this very text, which no range can")
    pins = [c for c in requirement.specifier if c.operator == "==" and not c.version.endswith(".*")]
    if not pins:
        return None
    if entry.constraint:
        return Held(entry, "a constraint (`-c`), which bounds what others ask for")
    if hashed:
        return Held(entry, "hashes: pip's hash mode forbids ranges (`--drop-hashes` takes them off)")
    if len(pins) > 1:
        return Held(entry, "it is pinned to two versions at once")
    if entry.version_place is None:
        return Held(entry, "its version is not spelled out at one place of the file")
    beside = [clause for clause in requirement.specifier if clause not in pins]
    if any(clause.operator in ("<", "<=", "~=", "==") for clause in beside):
        return Held(entry, "it has an upper bound beside its pin")
    version, _, label = pins[0].version.partition("+")
    holes = tuple(sorted(clause.version for clause in beside if clause.operator == "!="))
    return Pin(entry, version.removeprefix("v"), label.lower(), excluded=holes)


def _read_conda(entry: CondaEntry, *, in_toml: bool) -> Pin | Held | None:
    spec = entry.spec
    if spec.version is None:
        return None
    text = spec.text.partition("#")[0].strip()
    if text.endswith((".conda", ".tar.bz2")):
        return Held(entry, "the URL or path of a package file")
    # `=2.1` is 2.1.* and as wide as the default policy; `=2.1.0` pins a patch release.
    version = spec.version.is_exact or (
        spec.version.series if spec.version.series and numbers_of(spec.version.series) > 2 else None
    )
    if version is None:
        return None
    if entry.version_place is None:
        return Held(entry, "its version is not spelled out at one place of the file")
    if entry.listed:
        return Held(entry, "a line of `conda list --export`, which can hold no range")
    if spec.exact_build and (in_toml or "[" in text):
        return Held(entry, f"its build `{spec.build}` stands apart and names one file")
    if not numbers_of(version):
        return Held(entry, f"no series can be told from `{version}`")
    return Pin(entry, version, build=kept_build(spec.build) if spec.build else None)


def _url_words(url: str) -> str:
    if url.startswith("git+"):
        return "a git pin"
    if url.startswith("file:"):
        return "a file on the machine that wrote this"
    return "a URL"
