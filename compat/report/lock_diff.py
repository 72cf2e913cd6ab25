"""What changed between two locks, for people: by family, one line a package, and below it what else is to be known.

torch family
  upgraded  torch       2.7.1 → 2.8.0   pip
  rebuilt   torchaudio  2.7.1           conda  (linux-64)
              cuda126_py311h1_0 → cuda129_py311h2_1
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from compat.model.lock_changes import FAMILIES, Change, LockDiff, Side
from compat.model.words import listed
from compat.report.screen import count_columns, to_printable, wrap
from compat.report.style import Style

TITLES = {"torch": "torch family", "cuda": "CUDA libraries", "python": "Python itself", "other": "Other packages"}
_COLORS = {"added": "added", "removed": "removed", "hashes": "error", "downgraded": "warning", "changed": "warning"}
_WORDS = {"hashes": "HASH"}
_SUSPICIOUS = "the same version and build, and yet another file: find out why before you install it"
#: How much of a digest tells two apart for the eye; JSON has all of it.
_DIGITS = 12
#: Families whose conda builds say which CUDA they are for.
_TOLD_BUILDS = frozenset({"torch", "cuda"})


def render_lock_diff(diff: LockDiff, *, color: bool, width: int) -> str:
    """The changes as text, with a line end after each line."""
    style = Style(color=color)
    return "".join(f"{line}\n" for line in _text(diff, style, width))


def _text(diff: LockDiff, style: Style, width: int) -> Iterator[str]:
    if suspicious := _suspicious(diff):
        first, *rest = wrap(f"{_names(suspicious)}: {_SUSPICIOUS}", width, indent=9)
        yield f"{style.paint('error', 'warning:')} {first}"
        yield from rest
        yield ""
    columns = _columns(diff, width)
    for family, changes in groupby(diff.changes, key=lambda change: change.family):
        yield style.paint("bold", TITLES[family])
        for change in changes:
            yield from _lines(change, diff, columns, style, width)
        yield ""
    yield from _about(diff, width)


def _columns(diff: LockDiff, width: int) -> tuple[int, int, int]:
    """How wide kind, name and versions are; a third of the screen for either of the latter."""
    rows = [(_word(change), to_printable(change.name), to_printable(_versions(change))) for change in diff.changes]
    widest = [max(map(count_columns, column)) for column in zip(*rows, strict=True)] or [0, 0, 0]
    return widest[0], min(widest[1], width // 3), min(widest[2], width // 3)


def _lines(change: Change, diff: LockDiff, columns: tuple[int, int, int], style: Style, width: int) -> Iterator[str]:
    cells = (_word(change), to_printable(change.name), to_printable(_versions(change)))
    padded = [f"{cell}{' ' * (size - count_columns(cell))}" for cell, size in zip(cells, columns, strict=True)]
    line = f"  {'  '.join(padded)}  {change.ecosystem}"
    where = _where(change, diff)
    details = [*_details(change)]
    if where and count_columns(line) + 2 + count_columns(where) <= width:
        line += f"  {where}"
    elif where:
        details.insert(0, where)
    start = 2 + len(padded[0])
    yield f"  {style.paint(_COLORS.get(change.kind, 'dim'), padded[0])}{line[start:]}"
    for detail in details:
        first, *rest = wrap(to_printable(detail), width - start - 4, indent=2)
        yield f"{' ' * (start + 4)}{first}"
        yield from (f"{' ' * (start + 4)}{more}" for more in rest)


def _where(change: Change, diff: LockDiff) -> str:
    on = tuple(each.target for each in change.targets)
    return "" if on == diff.targets else f"({', '.join(on)})"


def _details(change: Change) -> Iterator[str]:
    yield from _builds(change)
    yield from _origins(change)
    yield from _hashes(change)


def _about(diff: LockDiff, width: int) -> Iterator[str]:
    """What is true of the locks as a whole, and the counts."""
    if diff.channels is not None:
        yield from wrap(f"channels: {_list(diff.channels[0])} → {_list(diff.channels[1])}", width, indent=2)
    for targets, path in ((diff.only_old, diff.old), (diff.only_new, diff.new)):
        if targets:
            yield from wrap(f"only {to_printable(path)} is for {listed(targets)}: not compared", width, indent=2)
    for parts, path in ((diff.parts_old, diff.new), (diff.parts_new, diff.old)):
        if parts:
            named = listed([f"{part} packages" for part in parts])
            yield from wrap(f"{to_printable(path)} has no room for {named}: not compared", width, indent=2)
    if diff.targets:
        yield from wrap(f"{_counts(diff)} on {listed(diff.targets)}", width, indent=2)


def _counts(diff: LockDiff) -> str:
    if not diff.changes:
        return f"No package changed: {diff.same} the same"
    counts = [(kind, sum(change.kind == kind for change in diff.changes)) for kind in dict.fromkeys(_KINDS)]
    told = ", ".join(f"{count} {_KIND_NAMES.get(kind, kind)}" for kind, count in counts if count)
    return f"{told}; {diff.same} the same"


_KINDS = ("added", "removed", "upgraded", "downgraded", "changed", "rebuilt", "moved", "hashes")
_KIND_NAMES = {"hashes": "with another hash"}


def _word(change: Change) -> str:
    return _WORDS.get(change.kind, change.kind)


def _versions(change: Change) -> str:
    old, new = change.old, change.new
    if old is None or new is None:
        return _version(old or new)
    return (
        _version(new)
        if old.version == new.version or not old.version or not new.version
        else f"{old.version} → {new.version}"
    )


def _version(side: Side | None) -> str:
    return side.version if side is not None else ""


def _builds(change: Change) -> Iterator[str]:
    """The conda builds where they are the change, or tell for which CUDA; one for each target where these differ.

    Where only the numbers at their ends tell old and new apart in the same way everywhere, these.
    """
    if change.kind != "rebuilt" and change.family not in _TOLD_BUILDS:
        return
    pairs = list(dict.fromkeys((each.old_build, each.new_build) for each in change.targets))
    numbers = {tuple(build.rpartition("_")[2] for build in pair) for pair in pairs}
    old_number, new_number = next(iter(numbers))
    if len(pairs) > 1 and len(numbers) == 1 and change.family not in _TOLD_BUILDS and old_number != new_number:
        yield f"build {old_number} → {new_number}"
        return
    for pair in pairs:
        words = " → ".join(dict.fromkeys(build for build in pair if build))
        on = [each.target for each in change.targets if (each.old_build, each.new_build) == pair]
        if words:
            yield f"{words}{f' on {listed(on)}' if len(pairs) > 1 else ''}"


def _origins(change: Change) -> Iterator[str]:
    old, new = change.old, change.new
    if old is not None and new is not None and old.origin and new.origin and old.origin != new.origin:
        yield f"from {old.origin} → {new.origin}"


def _hashes(change: Change) -> Iterator[str]:
    """One line a file; MD5 only where nothing better is known."""
    better = [each for each in change.hashes if each.algorithm != "md5"] or change.hashes
    for each in dict.fromkeys(each._replace(target="") for each in better):
        yield f"{each.file or 'files'}: {each.algorithm} {each.old[:_DIGITS]} → {each.new[:_DIGITS]}"


def _suspicious(diff: LockDiff) -> list[str]:
    return list(dict.fromkeys(change.name for change in diff.changes if change.kind == "hashes"))


def _names(names: Sequence[str]) -> str:
    return listed([f"`{to_printable(name)}`" for name in names])


def _list(texts: Sequence[str]) -> str:
    return to_printable(", ".join(texts))


def render_lock_diff_markdown(diff: LockDiff) -> str:
    """The changes as a comment on a pull request: a table for each family, what is suspicious before them."""
    blocks = []
    if suspicious := _suspicious(diff):
        blocks.append(f"> [!WARNING]\n> {', '.join(map(_code, suspicious))}: {_SUSPICIOUS}\n")
    blocks.extend(
        _markdown_table(TITLES[family], [change for change in diff.changes if change.family == family], diff)
        for family in FAMILIES
        if any(change.family == family for change in diff.changes)
    )
    about = list(_about(diff, 10_000))
    blocks.append("".join(f"- {_escape(line)}\n" for line in about))
    return "\n".join(block for block in blocks if block)


def _markdown_table(title: str, changes: Sequence[Change], diff: LockDiff) -> str:
    rows = [f"### {title}\n", "| change | package | old | new | |", "|---|---|---|---|---|"]
    for change in changes:
        old, new = (_code(_version(side)) if side is not None else "" for side in (change.old, change.new))
        on = tuple(each.target for each in change.targets)
        more = [change.ecosystem, *_details(change)]
        more += [", ".join(on)] if on != diff.targets else []
        rows.append(f"| {_word(change)} | {_code(change.name)} | {old} | {new} | {_escape('; '.join(more))} |")
    return "".join(f"{row}\n" for row in rows)


def _code(text: str) -> str:
    """Names and versions come from files of strangers: none ends the cell or the code."""
    clean = to_printable(text).replace("|", "\\|").replace("`", "'")
    return f"`{clean}`" if clean else ""


def _escape(text: str) -> str:
    printable = to_printable(text)
    return "".join(f"\\{sign}" if sign in "|`*<>[]@#!" else sign for sign in printable)
