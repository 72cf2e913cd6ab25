"""What a joint solve tells beside its solution: what moved and why, what both parts name, what the reader may not expect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from packaging.version import Version

from compat.model.conda_order import InvalidVersion
from compat.model.conda_records import CondaRecord
from compat.model.environments import CondaEntry
from compat.model.joint import Ask, InBothParts, Installed, JointSolution, Move, PipSolution
from compat.model.locking import LockedTarget
from compat.model.matchspec import InvalidMatchSpec, parse_matchspec
from compat.model.names import CondaName, PyPIName, to_pypi_name
from compat.model.requirements import Requirement
from compat.model.solutions import Entry
from compat.model.wheel_urls import is_wheel_url, parse_wheel_url
from compat.resolve.conda.question import CondaQuestion
from compat.resolve.joint.installed import Names, channel_name, installed_projects


def to_solution(
    question: CondaQuestion,
    first: Sequence[CondaRecord],
    records: tuple[CondaRecord, ...],
    pip: PipSolution,
    rounds: int,
    names: Names,
) -> JointSolution:
    """The answer of a joint solve that went from *first* to *records*."""
    projects = installed_projects(records, names).projects
    return JointSolution(
        conda=records,
        pip=pip.locked,
        rounds=rounds,
        moves=tuple(_moves(first, records, pip, names)),
        notes=tuple(_constrained(records, pip.locked, names)),
        in_both=tuple(_in_both(question.entries, projects, pip)),
    )


def both_hold(records: Sequence[CondaRecord], pip: PipSolution, names: Names) -> bool:
    """Whether *records* meet every demand of *pip* on what they provide, and pip installs nothing of that again."""
    projects = installed_projects(records, names).projects
    if any(package.name in projects for package in pip.locked.packages):
        return False
    return all(
        name in projects and is_met(ask.requirement, projects[name].version)
        for name, asked in pip.asked.items()
        for ask in asked
    )


def is_met(requirement: Requirement, version: Version | None) -> bool:
    """Whether a project that conda installs at *version* satisfies *requirement*; one that cannot be compared does."""
    if version is None:
        return True
    if requirement.url is not None:
        wheel = parse_wheel_url(requirement.url) if is_wheel_url(requirement.url) else None
        return wheel is None or Version(wheel.version.public) == version
    return requirement.public.contains(version, prereleases=True)


def move_words(move: Move) -> str:
    """``pip `x==1.2` (environment.yml:14) needs numpy<2: conda now takes numpy 1.26.4 instead of 2.4.6``."""
    what = f"conda now takes {move.name} {move.after} instead of {move.before}"
    if not move.after:
        what = f"conda now does without {move.name} {move.before}"
    elif not move.before:
        what = f"conda now brings {move.name} {move.after}"
    if not move.because:
        return f"{what}, which goes with the rest"
    return f"{'; '.join(dict.fromkeys(map(ask_words, move.because)))}: {what}"


def ask_words(ask: Ask) -> str:
    """Who asks for what: ``pip `x` (environment.yml:14) brings y 1.0, which needs numpy<2``."""
    wanted = spelled(ask.requirement)
    line = "" if ask.entry is None else f"pip `{ask.entry.requirement.text}` ({place_words(ask.entry)})"
    if ask.parent is None:
        return f"{line} bounds conda's {ask.requirement.name}"
    who = f"{ask.parent} {ask.parent_version}".strip()
    if ask.entry is None:
        return f"pip's {who} needs {wanted}"
    if ask.entry.name == ask.parent:
        return f"{line} needs {wanted}" if not _says_more(ask) else f"{line}, in {who}, needs {wanted}"
    return f"{line} brings {who}, which needs {wanted}"


def place_words(entry: Entry) -> str:
    """``environment.yml:14``."""
    return f"{entry.place.path}:{entry.place.line}" if entry.place.line is not None else entry.place.path


def spelled(requirement: Requirement) -> str:
    """A requirement without its marker."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    if requirement.url is not None:
        return f"{requirement.name}{extras} at a URL"
    return f"{requirement.name}{extras}{requirement.specifier}"


def _says_more(ask: Ask) -> bool:
    """Whether the version of what asks is not what its line says already."""
    if ask.entry is None or not ask.parent_version:
        return False
    return f"=={ask.parent_version}" not in str(ask.entry.requirement.specifier)


def _moves(
    first: Sequence[CondaRecord], records: Sequence[CondaRecord], pip: PipSolution, names: Names
) -> Iterator[Move]:
    """What pip asked for, then what moved along, each by name."""
    before = {record.name: record for record in first}
    after = {record.name: record for record in records}
    asked = _asked_of(before, installed_projects(first, names).projects, pip)
    along: list[Move] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if (old.version if old else "") == (new.version if new else ""):
            continue
        project, because = asked.get(name, (None, ()))
        move = Move(name, project, old.version if old else "", new.version if new else "", because)
        if because:
            yield move
        else:
            along.append(move)
    yield from along


def _asked_of(
    before: Mapping[CondaName, CondaRecord], projects: Mapping[PyPIName, Installed], pip: PipSolution
) -> dict[CondaName, tuple[PyPIName, tuple[Ask, ...]]]:
    """The demands that the packages that conda alone would install do not meet."""
    found: dict[CondaName, tuple[PyPIName, tuple[Ask, ...]]] = {}
    for project, asks in pip.asked.items():
        one = projects.get(project)
        if one is not None and one.record.name in before:
            unmet = tuple(ask for ask in asks if not is_met(ask.requirement, one.version))
            found[one.record.name] = project, unmet
    return found


def _in_both(
    entries: Sequence[CondaEntry], projects: Mapping[PyPIName, Installed], pip: PipSolution
) -> Iterator[InBothParts]:
    for project in sorted(pip.asked):
        record = projects[project].record
        conda = tuple(entry for entry in entries if entry.name == record.name)
        for ask in pip.asked[project]:
            if ask.parent is None and ask.entry is not None and not ask.entry.constraint:
                yield InBothParts(project, ask.entry, record, conda)


def _constrained(records: Sequence[CondaRecord], locked: LockedTarget, names: Names) -> Iterator[str]:
    """What a conda package would not go with if conda installed it: conda does not look at what pip installs."""
    versions = {package.name: package.version for package in locked.packages}
    for record in records:
        for text in record.constrains:
            try:
                spec = parse_matchspec(text)
                row = names.pypi_names(spec.name, channel_name(record.channel))
                for name in (to_pypi_name(spec.name),) if row is None else row.pypi:
                    if name in versions and not spec.matches(versions[name]):
                        yield (
                            f"conda's {record.name} {record.version} goes with `{text}` only,"
                            f" and pip installs {name} {versions[name]}"
                        )
            except (InvalidMatchSpec, InvalidVersion):
                continue
