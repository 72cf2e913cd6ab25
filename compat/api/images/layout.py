"""Where the files of an image come from: COPY, ADD, WORKDIR and bind mounts, followed back to the build context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join, normpath
from typing import NamedTuple

from compat.model.containers import Instruction, Stage, Word

#: A file that is copied from stage to stage more often than this is copied in a circle.
_MAX_STAGES = 10


class _Copied(NamedTuple):
    """One source of a COPY: *origin* is the stage that it comes from, None for the build context."""

    source: str
    target: str
    into: bool
    """Whether *target* is known to be a folder: it ends with a slash, or takes several sources."""
    origin: Layout | None
    text: Word | None = None
    """What a heredoc spells, whose name *source* is then."""


class Layout:
    """The files of one stage as far as its instructions tell, and the folder that commands run in."""

    def __init__(self, parent: Layout | None = None) -> None:
        self.workdir: str = parent.workdir if parent else "/"
        self.copies: list[_Copied] = list(parent.copies) if parent else []

    def apply(self, instruction: Instruction, stages: Mapping[str, Layout]) -> None:
        """Take in one instruction; *stages* are the layouts of earlier stages by name and number."""
        words = instruction.words
        if instruction.keyword == "WORKDIR" and words and words[0].known:
            self.workdir = normpath(join(self.workdir, words[0].text))
        elif instruction.keyword in {"COPY", "ADD"} and len(words) >= 2:
            origin = instruction.flag("from")
            if not origin or origin[-1].lower() in stages:
                self._copy(words, stages[origin[-1].lower()] if origin else None, iter(instruction.texts))

    def _copy(self, words: tuple[Word, ...], origin: Layout | None, texts: Iterator[Word]) -> None:
        *sources, target = words
        into = len(sources) > 1 or target.text.endswith(("/", "/.")) or target.text == "."
        for source in sources:
            text = next(texts, None) if source.text.startswith("<<") else None
            if "://" not in source.text and target.known:
                path = source.text if origin else source.text.lstrip("<-/" if text else "/")
                self.copies.append(_Copied(normpath(path), self.absolute(target.text), into, origin, text))

    def absolute(self, path: str, folder: str = "") -> str:
        """*path* of a command that runs in *folder* (the WORKDIR), from the root of the image."""
        return normpath(join(self.workdir, folder, path))

    def mounted(self, instruction: Instruction) -> Layout:
        """This layout with the bind mounts of a RUN, which only it sees."""
        layout = Layout(self)
        for mount in instruction.flag("mount"):
            options = dict(part.partition("=")[::2] for part in mount.split(","))
            target = options.get("target") or options.get("dst") or options.get("destination")
            if options.get("type", "bind") == "bind" and target and "from" not in options:
                source = options.get("source") or options.get("src") or "."
                layout.copies.append(
                    _Copied(normpath(source.lstrip("/") or "."), self.absolute(target), into=False, origin=None)
                )
        return layout

    def sources(self, path: str, depth: int = 0) -> Iterator[str | Word]:
        """The paths in the build context that the file *path* of the image may come from, or its text; the likeliest first."""
        for copied in reversed(self.copies if depth < _MAX_STAGES else []):
            for found in _matches(copied, path):
                if copied.text is not None:
                    yield copied.text
                elif copied.origin is None:
                    yield found
                else:
                    yield from copied.origin.sources(copied.origin.absolute(found), depth + 1)


def _matches(copied: _Copied, path: str) -> Iterator[str]:
    """What *path* of the image is called where *copied* comes from."""
    name = basename(copied.source)
    if path == copied.target and not copied.into:
        yield copied.source
    if dirname(path) == copied.target and name and fnmatchcase(basename(path), name):
        yield join(dirname(copied.source), basename(path))
    folder = copied.target.rstrip("/") + "/"
    if path.startswith(folder) and copied.text is None:
        yield normpath(join(copied.source, path.removeprefix(folder)))


def layouts_of(stages: tuple[Stage, ...]) -> Iterator[tuple[Stage, Instruction, Layout]]:
    """Every instruction of *stages*, in order, with the layout that it runs in: that of before it."""
    found: dict[str, Layout] = {}
    for stage in stages:
        layout = Layout(found.get(str(stage.parent)))
        found[str(stage.number)] = layout
        if stage.name:
            found[stage.name.lower()] = layout
        for instruction in stage.instructions:
            yield stage, instruction, layout.mounted(instruction) if instruction.keyword == "RUN" else layout
            layout.apply(instruction, found)
