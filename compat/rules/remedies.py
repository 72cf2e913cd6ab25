"""Edits that take another build: the index that serves it, and the label that asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import Version

from compat.model.builds import TORCH_FAMILY, classify
from compat.model.diagnostics import Fix, Safety
from compat.model.environments import Document, Index
from compat.model.knowledge import Build, Release
from compat.model.names import PyPIName
from compat.model.places import Edit, Place
from compat.model.requirements import PipEntry
from compat.model.solutions import Entry, is_pin
from compat.model.words import dotted, listed
from compat.rules.base import Subject
from compat.rules.builds import TORCH, fitting_builds


def build_fix(subject: Subject, entry: Entry, build: Build) -> Fix:
    """Take *build* instead; with edits where the release stays and the file says where its builds come from."""
    pick = subject.situation.picks.get(build.project)
    asked = pick.version if pick is not None else None
    url = build.index_url or ""
    made = f"for CUDA {dotted(build.cuda)}" if build.cuda else "without CUDA"
    if build.version != asked:
        companions = list(_companions(subject, build))
        names = f"`{build.project}=={build.version}`" + (f" with {listed(companions)}" if companions else "")
        return Fix(title=f"Use {names} from `{url}`, which is built {made}", safety=Safety.SHOWN)
    title = f"Take the build of {build.project} {build.version} {made} from `{url}`"
    edits = tuple(_index_edits(subject, entry, build)) if isinstance(entry, PipEntry) else ()
    return Fix(title=title, safety=Safety.UNSAFE if edits else Safety.SHOWN, edits=edits)


def best_build(subject: Subject, name: PyPIName, version: Version | None, *, may_be: bool = False) -> Build | None:
    """A CUDA build that runs on the target's GPU and driver: of the same release, else of the nearest newer, else older.

    *may_be* also takes one whose GPU architectures are not known.
    """
    project = subject.matrix.project(name)
    if project is None:
        return None
    versions = sorted((r.version for r in project.releases if r.yanked is None and _serves(subject, r)), reverse=True)
    if version is None:
        order = versions
    else:
        newer = sorted(v for v in versions if v > version)
        order = [version, *newer, *(v for v in versions if v < version)]
    return next(fitting_builds(subject, name, order, may_be=may_be), None)


def _serves(subject: Subject, release: Release) -> bool:
    """Whether *release* has a wheel for the Python of the situation, where that is known."""
    python = subject.situation.python
    wheels = release.wheels.get(subject.target.subdir)
    return python is None or not subject.situation.python_known or wheels is None or wheels.serves(python)


def _companions(subject: Subject, build: Build) -> Iterator[str]:
    """The releases of torchvision and its like that go with *build* of torch, for those that the file names."""
    if build.project != TORCH:
        return
    named = {entry.name for entry in subject.situation.pip if entry.name in TORCH_FAMILY and is_pin(entry)} - {TORCH}
    for name in sorted(named):
        project = subject.matrix.project(name)
        for release in project.releases if project is not None else ():
            pins = [r for r in release.requires_for(subject.target.subdir) if r.name == TORCH]
            if any(pin.public.contains(build.version) and "==" in str(pin.public) for pin in pins):
                yield f"`{name}=={release.version}`"
                break


def _index_edits(subject: Subject, entry: PipEntry, build: Build) -> Iterator[Edit]:
    """The edits that make the environment of *entry* take its torch family from the index of *build*."""
    documents = {document.path: document for document in subject.environment.documents}
    url = build.index_url or ""
    old = [index for index in subject.environment.indexes if classify(index.url).kind == "pytorch"]
    if len(old) > 1 or entry.index_url is not None or entry.requirement.url is not None or url.endswith(".html"):
        return
    if old:
        edit = _url_edit(documents[old[0].place.path], old[0], url)
        if edit is None:
            return
        yield edit
    elif (edit := option_edit(documents[entry.place.path], entry, url)) is not None:
        yield edit
    else:
        return
    yield from _label_edits(subject, build.variant)


def _url_edit(document: Document, index: Index, url: str) -> Edit | None:
    """The URL of *index* replaced by *url*, where it stands in the text as the reader gave it."""
    place = index.place
    if place.line is None or place.line != place.end_line:
        return None
    line = document.text.splitlines()[place.line - 1]
    start = line.find(index.url)
    if start < 0 or line.count(index.url) > 1:
        return None
    return Edit(Place(place.path, place.line, start + 1, place.line, start + len(index.url) + 1), url)


def _label_edits(subject: Subject, variant: str) -> Iterator[Edit]:
    """The labels of all pip entries of the torch family turned to *variant*."""
    for entry in subject.situation.pip:
        place, labels = entry.version_place, entry.requirement.labels
        if entry.name in TORCH_FAMILY and place is not None and labels:
            text = str(entry.requirement.specifier)
            yield Edit(place, re.sub(r"\+[A-Za-z0-9.]+", f"+{variant}", text))


def add_pip(subject: Subject, beside: PipEntry, requirement: str) -> Fix:
    """Add a pip requirement above *beside*, where its format has an entry a line."""
    title = f"Add `{requirement}`"
    document = next((d for d in subject.environment.documents if d.path == beside.place.path), None)
    place = beside.place
    if document is None or place.line is None or place.line != place.end_line or place.column is None:
        return Fix(title=title, safety=Safety.SHOWN)
    lead = document.text.splitlines()[place.line - 1][: place.column - 1]
    if document.kind not in ("requirements", "environment") or not re.fullmatch(r"\s*(?:-\s+)?", lead):
        return Fix(title=title, safety=Safety.SHOWN)
    start = Place(document.path, place.line, 1, place.line, 1)
    return Fix(title=title, safety=Safety.UNSAFE, edits=(Edit(start, f"{lead}{requirement}\n"),))


def index_option(url: str) -> str:
    """The line of a requirements file that names *url* as a further place of releases."""
    return f"--find-links {url}" if url.endswith(".html") else f"--extra-index-url {url}"


def option_edit(document: Document, entry: PipEntry, url: str) -> Edit | None:
    """A new line that names *url* as a further index, in the file of *entry*; None where its format has no such line."""
    option = index_option(url)
    lines = document.text.splitlines()
    if document.kind == "requirements":
        first, lead = 1, ""
    elif document.kind == "environment" and entry.place.line is not None:
        first = min((e.place.line for e in document.pip if e.place.line is not None), default=entry.place.line)
        dash = re.match(r"\s*-\s+", lines[first - 1])
        if dash is None:
            return None
        lead = dash[0]
    else:
        return None
    # pip forgets the further indexes that stand above `--index-url`.
    first = max(
        [first, *(i.place.line + 1 for i in document.indexes if i.role == "index" and i.place.line is not None)]
    )
    return Edit(Place(document.path, first, 1, first, 1), f"{lead}{option}\n") if first <= len(lines) else None
