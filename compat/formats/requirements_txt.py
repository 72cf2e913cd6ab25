"""pip's requirements and constraints files; also ``conda list --export``, which people store under the same name."""

from __future__ import annotations

import re
from bisect import bisect_right

from compat.formats.found import Found, ToPlace
from compat.formats.pasted import settle
from compat.formats.pip_line import Line, read_line
from compat.model.environments import CondaEntry, Document
from compat.model.places import Place
from compat.model.requirements import InvalidRequirement, PipEntry, parse_requirement
from compat.text.source import Source, refuse_huge

#: A lock of 300 packages with 40 hashes each stays under 2 MB.
MAX_CHARACTERS = 4_000_000

_CONDA_HEADER = r"(?m)^# (?:\$ conda create --name|This file may be used to create an environment)"
_CONDA_PLATFORM = r"(?m)^# platform: (\S+)"
_HASH = re.compile(r"\s*--hash[= ]sha(?:256|384|512):\S+\s*")

_Listed = tuple[int, str, Line]


def read_requirements(source: Source) -> Document:
    """The document in *source*. Raises: FileProblem for a file that is too large; defects of lines are its problems."""
    refuse_huge(source, characters=MAX_CHARACTERS)
    found = Found(source)
    if source.doubtful_line is not None:
        place = Place(source.path, source.doubtful_line, 1, source.doubtful_line, 1)
        found.add_problem(
            "odd", "not UTF-8: read as Latin-1, and refused by pip on most systems", place, "save it as UTF-8"
        )
    lines, flaws = settle(source.path, source.text, source.lines())
    for message, hint, place in flaws:
        found.add_problem("invalid", message, place, hint)
    listed = _read_lines(found, lines)
    if listed:
        _add_conda_list(found, listed)
    return found.to_document("requirements")


def _read_lines(found: Found, lines: list[str]) -> list[_Listed]:
    """Take every line; those in conda's list format come back, because what they mean depends on how many they are."""
    path = found.source.path
    take = found.pip.append
    listed: list[_Listed] = []
    number = 0
    while number < len(lines):
        raw = lines[number]
        number += 1
        if raw.endswith("\\") and not raw.lstrip().startswith("#"):
            number = _add_joined(found, lines, number)
            continue
        line = read_line(raw)
        if line is None:
            continue
        requirement, (start, end), version, _, editable, hashed, defect, conda_list, _, folder, _ = line
        if conda_list:
            listed.append((number, raw, line))
        elif requirement is None or defect is not None or editable or hashed or folder is not None:
            found.add_line(line, raw, _on_line(path, number))
        else:
            place = Place(path, number, start + 1, number, end + 1)
            bounds = Place(path, number, version[0] + 1, number, version[1] + 1) if version else None
            take(PipEntry(requirement, place, version_place=bounds))
    return listed


def _on_line(path: str, number: int) -> ToPlace:
    return lambda start, end: Place(path, number, start + 1, number, end + 1)


def _add_joined(found: Found, lines: list[str], first: int) -> int:
    """Take the line *first* (from 1) with those that continue it; the number of the last of them.

    pip takes the backslashes off and joins without a space; a comment line ends the joining.
    """
    numbers = [first]
    texts = [lines[first - 1]]
    while texts[-1].endswith("\\") and first < len(lines):
        first += 1
        following = lines[first - 1]
        numbers.append(first)
        texts.append(f" {following}" if following.lstrip().startswith("#") else following)
        if following.lstrip().startswith("#"):
            break
    pieces = [text.strip("\\") for text in texts[:-1]]
    pieces.append(texts[-1].strip("\\") if texts[-1].endswith("\\") else texts[-1])
    path = found.source.path
    if len(pieces) > 1 and all(map(_HASH.fullmatch, pieces[1:])):
        line = read_line(pieces[0].rstrip())
        if line is not None and not line.options and "#" not in pieces[0]:
            place = _hash_place(path, line, pieces[0], numbers, texts[-1].rstrip("\\"))
            line = line._replace(hashed=True, hashes=None)
            found.add_line(line, pieces[0], _on_line(path, numbers[0]), hash_place=place)
            return first
    joined = "".join(pieces)
    line = read_line(joined)
    if line is not None:
        found.add_line(line, joined, _across(path, numbers, texts, pieces))
    return first


def _hash_place(path: str, line: Line, head: str, numbers: list[int], last: str) -> Place | None:
    """Where the hashes of *line* stand, which is spelled by *head* and by lines that hold a hash each, at the end *last*."""
    end = len(head.rstrip())
    if line.hashed:
        if line.hashes is None or line.hashes[1] != end:
            return None
        end = line.hashes[0]
    if head[:end].endswith("\\"):
        return None
    return Place(path, numbers[0], end + 1, numbers[-1], len(last.rstrip()) + 1)


def _across(path: str, numbers: list[int], texts: list[str], pieces: list[str]) -> ToPlace:
    """Turns offsets in joined *pieces* into places on the lines they came from."""
    starts = [0]
    for piece in pieces[:-1]:
        starts.append(starts[-1] + len(piece))
    shifts = [len(text) - len(text.lstrip("\\")) - text.startswith(" #") for text in texts]

    def position(offset: int) -> tuple[int, int]:
        index = bisect_right(starts, offset) - 1
        return numbers[index], offset - starts[index] + shifts[index] + 1

    def to_place(start: int, end: int) -> Place:
        line, column = position(end - 1) if end > start else position(start)
        return Place(path, *position(start), line, column + (end > start))

    return to_place


def _add_conda_list(found: Found, listed: list[_Listed]) -> None:
    """One problem for all lines in conda's list format; where they are the file, they are read for what they are."""
    number, raw, line = listed[0]
    assert line.defect is not None  # a line in conda's list format always has one
    place = Place(found.source.path, number, line.span[0] + 1, number, line.span[1] + 1)
    ours = re.search(_CONDA_HEADER, found.source.text) is not None
    from_pip = any(raw[slice(*line.span)].rpartition("=")[2].startswith("pypi") for _, raw, line in listed)
    if ours and not from_pip:
        hint = "`conda create --file` installs it"
        found.add_problem("odd", "conda's list format, which pip cannot install", place, hint)
    else:
        found.add_problem("invalid", line.defect.message, place, line.defect.hint)
    if len(listed) < len(found.pip):
        return
    found.exported = True
    if platform := re.search(_CONDA_PLATFORM, found.source.text):
        found.platforms.append(platform[1])
    for number, raw, line in listed:
        _add_listed(
            found, raw[slice(*line.span)], Place(found.source.path, number, line.span[0] + 1, number, line.span[1] + 1)
        )


def _add_listed(found: Found, text: str, place: Place) -> None:
    from compat.model.matchspec import InvalidMatchSpec, parse_matchspec  # a file of requirements has none

    name, version, build = text.split("=")
    try:
        if build.startswith("pypi"):
            found.pip.append(PipEntry(parse_requirement(f"{name}=={version}"), place))
        else:
            spec = parse_matchspec(text)
            bounds = place._replace(column=(place.column or 1) + len(name))
            found.conda.append(CondaEntry(spec, place, version_place=bounds, listed=True))
    except (InvalidRequirement, InvalidMatchSpec) as error:
        reason = str(error).partition("\n")[0]
        found.add_problem("odd", f"`{text}` is nothing that conda lists: {reason}", place)
