"""Laws of the joint solve, against all combinations of tiny universes: it solves what can be solved, and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from hypothesis import event, given, settings
from hypothesis import strategies as st

from compat.model.conda_records import CondaAnswer, CondaRecord, CondaRefusal, CondaRequest
from compat.model.environments import CondaEntry
from compat.model.joint import JointClash, JointSolution
from compat.model.knowledge import NameMapping
from compat.model.matchspec import parse_matchspec
from compat.model.names import CondaName, PyPIName
from compat.model.places import Place
from compat.model.requirements import PipEntry, parse_requirement
from compat.model.solutions import Conflict
from compat.resolve.conda.question import CondaQuestion
from compat.resolve.joint.pip_side import IndexPipSide
from compat.resolve.joint.search import solve_joint
from compat.resolve.pip.index_listing import Shared
from tests.resolve.joint_universe import to_target
from tests.resolve.packages import TableSource

CONDA = ("alpha", "beta", "gamma")
PIP = ("xray", "yoke")
VERSIONS = ("3", "2", "1")
CONDA_SPECS = ("", " >=2", " <3", " <2", " 2.*", " !=2", " >=3")
PIP_SPECS = ("", "<3", "<2", "!=3", "==2", "==1", "!=2", ">=2", "~=2.0")

#: Name to version to what it needs: name to specifier.
Releases = Mapping[str, Mapping[str, Mapping[str, str]]]


class Universe(NamedTuple):
    conda: Releases
    pip: Releases
    conda_lines: tuple[str, ...]
    pip_lines: tuple[str, ...]


@st.composite
def universes(draw: st.DrawFn) -> Universe:
    """Each release of a conda package needs the same names, so that what conda installs is always the same set."""
    conda: dict[str, dict[str, dict[str, str]]] = {}
    for number, name in enumerate(CONDA):
        needed = draw(st.sets(st.sampled_from(CONDA[:number]))) if number else set()
        conda[name] = {
            version: {one: draw(st.sampled_from(CONDA_SPECS)) for one in sorted(needed)} for version in VERSIONS
        }
    pip: dict[str, dict[str, dict[str, str]]] = {name: {version: {} for version in VERSIONS} for name in CONDA}
    for number, name in enumerate(PIP):
        known = (*CONDA, *PIP[:number])
        pip[name] = {
            version: {
                one: draw(st.sampled_from(PIP_SPECS))
                for one in sorted(draw(st.sets(st.sampled_from(known), min_size=1, max_size=3)))
            }
            for version in VERSIONS[1:]
        }
    lines = [
        name + draw(st.sampled_from(CONDA_SPECS[:4])) for name in draw(st.sets(st.sampled_from(CONDA), min_size=1))
    ]
    wanted = draw(st.sets(st.sampled_from((*PIP, *PIP, "alpha")), min_size=1))
    roots = [name + draw(st.sampled_from(PIP_SPECS[:4])) for name in sorted(wanted)]
    return Universe(conda, pip, tuple(sorted(lines)), tuple(roots))


class AllCombinations:
    """`CondaChannels` that try every combination, newest first, those that are kept before them."""

    urls = ("https://conda.example.org/toy",)

    def __init__(self, releases: Releases) -> None:
        self._releases = releases

    def records(self, name: CondaName, subdir: str) -> tuple[CondaRecord, ...]:  # noqa: ARG002 - the port has it
        return tuple(self._record(name, version) for version in self._releases.get(name, ()))

    def _record(self, name: str, version: str) -> CondaRecord:
        needs = [f"{one}{spec}" for one, spec in self._releases[name][version].items()]
        return CondaRecord(
            CondaName(name), version, "py_0", 0, "noarch", "", f"{name}-{version}", depends=("python", *needs)
        )

    def solve(self, requests: Sequence[CondaRequest]) -> tuple[CondaAnswer, ...]:
        return tuple(self._solve(request) for request in requests)

    def _solve(self, request: CondaRequest) -> CondaAnswer:
        kept = {record.name: record.version for record in request.preferred}
        names = closure(self._releases, [text for text in request.specs if text != "python"])
        orders = [sorted(self._releases[name], key=partial(_is_other, kept.get(CondaName(name)))) for name in names]
        bounds = [parse_matchspec(text) for text in (*request.specs, *request.constraints)]
        for versions in itertools.product(*orders):
            chosen = dict(zip(names, versions, strict=True))
            if holds(self._releases, chosen) and all(
                spec.name not in chosen or spec.matches(chosen[spec.name]) for spec in bounds
            ):
                python = CondaRecord(CondaName("python"), "3.11.9", "h_0", 0, "linux-64", "", "python-3.11.9")
                return (*(self._record(name, version) for name, version in sorted(chosen.items())), python)
        return CondaRefusal("no combination does")


def _is_other(kept: str | None, version: str) -> bool:
    return version != kept


class NoNames:
    """A table of names without a row: each conda package is the project of its name."""

    def pypi_names(self, name: CondaName, channel: str = "conda-forge") -> NameMapping | None:  # noqa: ARG002
        return None

    def conda_names(self, name: PyPIName) -> tuple[NameMapping, ...]:  # noqa: ARG002
        return ()


def closure(releases: Releases, lines: Sequence[str]) -> list[str]:
    found = [str(parse_matchspec(line).name) for line in lines]
    for name in found:  # grows while it is walked
        found.extend(one for one in next(iter(releases[name].values())) if one not in found)
    return list(dict.fromkeys(found))


def holds(releases: Releases, chosen: Mapping[str, str]) -> bool:
    return all(
        parse_matchspec(f"{one}{spec}").matches(chosen[one])
        for name, version in chosen.items()
        for one, spec in releases[name][version].items()
    )


def conda_choices(universe: Universe, lines: Sequence[str]) -> Iterator[dict[str, str]]:
    names = closure(universe.conda, lines)
    specs = [parse_matchspec(line) for line in lines]
    for versions in itertools.product(*(universe.conda[name] for name in names)):
        chosen = dict(zip(names, versions, strict=True))
        if holds(universe.conda, chosen) and all(spec.matches(chosen[spec.name]) for spec in specs):
            yield chosen


def pip_can(universe: Universe, asked: Sequence[str], chosen: Mapping[str, str], conda: Mapping[str, str]) -> bool:
    """Whether pip finds releases for all that is *asked*, beside what is *chosen* of it and what *conda* installs."""
    if not asked:
        return True
    requirement, rest = parse_requirement(asked[0]), asked[1:]
    name = str(requirement.name)
    known = conda.get(name) or chosen.get(name)
    if known is not None:
        return requirement.specifier.contains(known) and pip_can(universe, rest, chosen, conda)
    for version, needs in universe.pip[name].items():
        more = [f"{one}{spec}" for one, spec in needs.items()]
        if requirement.specifier.contains(version) and pip_can(
            universe, [*rest, *more], {**chosen, name: version}, conda
        ):
            return True
    return False


def is_solvable(universe: Universe, conda_lines: Sequence[str], pip_lines: Sequence[str]) -> bool:
    return any(pip_can(universe, pip_lines, {}, chosen) for chosen in conda_choices(universe, conda_lines))


def ask(universe: Universe) -> object:
    entries = tuple(
        CondaEntry(parse_matchspec(line), Place("environment.yml", number))
        for number, line in enumerate(universe.conda_lines, 1)
    )
    request = CondaRequest("linux-64", (*universe.conda_lines, "python"))
    channels = AllCombinations(universe.conda)
    (first,) = channels.solve([request])
    if isinstance(first, CondaRefusal):
        return first
    pip = [
        PipEntry(parse_requirement(line), Place("environment.yml", number))
        for number, line in enumerate(universe.pip_lines, 11)
    ]
    index = {
        name: {version: [f"{one}{spec}" for one, spec in needs.items()] for version, needs in releases.items()}
        for name, releases in universe.pip.items()
    }
    target = to_target()
    side = IndexPipSide(pip, target, Shared(TableSource(index)))
    return solve_joint(CondaQuestion(target, entries, request), first, channels, side, NoNames())


@settings(max_examples=300, deadline=None)
@given(universes())
def test_what_can_be_solved_is_solved_and_the_solution_holds(universe: Universe) -> None:
    answer = ask(universe)
    event(type(answer).__name__)
    expected = is_solvable(universe, universe.conda_lines, universe.pip_lines)
    if not isinstance(answer, JointSolution):
        assert isinstance(answer, (CondaRefusal, Conflict, JointClash))
        assert not expected
        return
    assert expected
    event(f"{answer.rounds} rounds")
    chosen = {str(record.name): record.version for record in answer.conda if record.name != "python"}
    assert chosen in list(conda_choices(universe, universe.conda_lines))
    installed = {str(package.name): package.version for package in answer.pip.packages}
    assert not chosen.keys() & installed.keys(), "pip never replaces what conda installs"
    every = {**chosen, **installed}
    for line in universe.pip_lines:
        requirement = parse_requirement(line)
        assert requirement.specifier.contains(every[str(requirement.name)])
    for name, version in installed.items():
        for one, spec in universe.pip[name][version].items():
            assert parse_requirement(f"{one}{spec}").specifier.contains(every[one])


@settings(max_examples=300, deadline=None)
@given(universes())
def test_without_any_one_line_of_a_clash_the_rest_of_it_is_solvable(universe: Universe) -> None:
    answer = ask(universe)
    if not isinstance(answer, JointClash):
        return
    assert answer.is_minimal
    conda = [entry.spec.text for entry in answer.conda]
    pip = [entry.requirement.text for entry in answer.pip]
    event(f"{len(conda)} conda, {len(pip)} pip")
    assert not is_solvable(universe, conda, pip)
    for left_out in (*conda, *pip):
        fewer = [line for line in conda if line != left_out], [line for line in pip if line != left_out]
        assert is_solvable(universe, *fewer)
