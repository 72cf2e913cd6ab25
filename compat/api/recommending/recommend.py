"""`compat recommend`: the newest torch family set that works on each target, why, and the commands that install it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from packaging.requirements import InvalidRequirement

from compat.api.answers import UNKNOWN, Answer, Row, Table, dotted, driver_words, make_row, make_table
from compat.api.project import config
from compat.api.querying.scope import TORCH
from compat.api.recommending.builds import needed_driver, obstacle_words
from compat.api.recommending.lines import check_wanted, install_lines, requirements_text
from compat.api.recommending.search import FAMILY, Choice, PassedOver, Search
from compat.api.roots import DEFAULT_TARGETS, parse_targets
from compat.matrix import load_matrix
from compat.model.builds import TORCH_FAMILY
from compat.model.errors import UsageError
from compat.model.knowledge import Fact, Matrix
from compat.model.names import PyPIName
from compat.model.requirements import Requirement, parse_requirement
from compat.model.targets import Target
from compat.resolve.offline import Cache
from compat.rules.builds import TEGRA, sm


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation(Answer):
    """The answer for some targets; a target for which nothing works has no install lines."""

    install_by_target: Mapping[str, Mapping[str, str]]
    requirements_by_target: Mapping[str, str]
    """The set as a requirements file, empty where nothing works."""

    @property
    def works(self) -> bool:
        """Whether there is a set for every target."""
        return all(self.install_by_target.values())

    @property
    def install(self) -> Mapping[str, str]:
        """Tool (and target, where there are several) to its command lines."""
        several = len(self.install_by_target) > 1
        return {
            f"{tool} on {target}" if several else tool: lines
            for target, tools in self.install_by_target.items()
            for tool, lines in tools.items()
        }

    def to_json(self) -> dict[str, Any]:
        install = {target: dict(lines) for target, lines in self.install_by_target.items()}
        more = {"works": self.works, "install": install, "requirements": dict(self.requirements_by_target)}
        return {**Answer.to_json(self), **more}


def recommend(targets: Sequence[str] = (), with_: Sequence[str] = ()) -> Recommendation:
    """The newest set for each of *targets* that holds every requirement of *with_*.

    Without targets the configuration decides, else linux-64 and linux-aarch64. Where nothing works the answer says
    what stands in the way.

    Raises: UsageError for a target or requirement that cannot be read.
    """
    settings = config(())
    matrix = load_matrix(settings.names)
    wanted = _read_wanted(with_)
    cache: Cache = {}
    tables: list[Table] = []
    install: dict[str, Mapping[str, str]] = {}
    requirements: dict[str, str] = {}
    for target in parse_targets(tuple(targets) or settings.targets or DEFAULT_TARGETS, matrix):
        search = Search(matrix, target, wanted, cache)
        choice = search.find()
        install[target.text] = install_lines(matrix, choice) if choice is not None else {}
        requirements[target.text] = requirements_text(matrix, choice) if choice is not None else ""
        tables.extend(_tables(matrix, target, choice, search.passed_over, wanted))
    words = f" with {', '.join(with_)}" if with_ else ""
    title = f"The newest torch set{words} for {', '.join(install)}"
    return Recommendation(
        title=title,
        tables=tuple(tables),
        data_version=matrix.version,
        install_by_target=install,
        requirements_by_target=requirements,
    )


def _read_wanted(texts: Sequence[str]) -> list[Requirement]:
    try:
        wanted = {text: parse_requirement(text.strip()) for text in texts}
    except InvalidRequirement as error:
        bad = next(text for text in texts if not _is_requirement(text))
        raise UsageError(
            f"`--with {bad}` is no requirement", hint="write `--with xformers` or `--with 'torch<2.8'`"
        ) from error
    check_wanted(wanted)
    return list(wanted.values())


def _is_requirement(text: str) -> bool:
    try:
        parse_requirement(text.strip())
    except InvalidRequirement:
        return False
    return True


# -- tables --------------------------------------------------------------------------------------------------------------


def _tables(
    matrix: Matrix,
    target: Target,
    choice: Choice | None,
    passed_over: Sequence[PassedOver],
    wanted: Sequence[Requirement],
) -> Iterator[Table]:
    if choice is None:
        yield make_table(
            f"{target.text}: nothing works",
            ("torch", "what stands in the way"),
            _passed_rows(passed_over),
            *(
                ["NVIDIA serves builds of its own for Jetson, which the matrix does not cover"]
                if target.gpu in TEGRA
                else []
            ),
            empty=f"no torch that the matrix knows satisfies {', '.join(r.text for r in wanted if r.name == TORCH)}",
        )
        return
    rows = [
        _torch_row(choice),
        _build_row(matrix, choice),
        *_companion_rows(matrix, choice),
        *_wanted_rows(matrix, choice),
    ]
    yield make_table(
        target.text, ("component", "version", "why"), [*rows, _python_row(choice)], *_notes(matrix, choice)
    )
    if passed_over:
        yield make_table(f"{target.text}: newer, and not taken", ("torch", "why not"), _passed_rows(passed_over))


def _passed_rows(passed_over: Sequence[PassedOver]) -> Iterator[Row]:
    """One row for neighbours with the same reason."""
    for why, group in groupby(passed_over, key=lambda item: item.why):
        own = list(group)
        versions = f"{own[0].version}" if len(own) == 1 else f"{own[-1].version} to {own[0].version}"
        yield make_row([versions, why], [fact for item in own for fact in item.facts])


def _torch_row(choice: Choice) -> Row:
    return make_row([TORCH, str(choice.torch.version), "the newest that works here"], [choice.torch.files_fact])


def _build_row(matrix: Matrix, choice: Choice) -> Row:
    """Which build it is, and what made it the one."""
    build, target = choice.option.build, choice.target
    if build is None:
        return make_row(["build", UNKNOWN, "what the package index serves; which build that is, is not known"], [])
    facts: list[Fact | None] = [build.pypi_facts.get(target.subdir) if choice.option.index_url is None else build.fact]
    words = (
        ["what the package index serves by default"]
        if choice.option.index_url is None
        else [f"from {choice.option.index_url}"]
    )
    driver = needed_driver(matrix, build.cuda, target) if build.cuda else None
    if driver is not None:
        has = f", the target has {driver_words(target.driver)}" if target.driver else ""
        words.append(f"needs driver {driver_words(driver.minimum)}{has}")
        facts.append(driver.fact)
    if target.gpu and build.cuda:
        words.append(f"holds code for {sm(target.gpu)}")
        facts.append(build.architecture_facts.get(target.subdir))
    if choice.option.before:
        words.append(f"before it, {obstacle_words(choice.option.before)}")
        facts += [obstacle.fact for obstacle in choice.option.before]
    return make_row(["build", build.variant, "; ".join(words)], facts)


def _companion_rows(matrix: Matrix, choice: Choice) -> Iterator[Row]:
    for name in FAMILY:
        pick = choice.picks.get(name)
        companion = choice.companions[name]
        if pick is not None and any(entry.name == name for entry in choice.entries):
            yield _pick_row(matrix, choice, name)
        elif companion.known:
            yield make_row(
                [name, "none", f"no release goes with it for Python {dotted(choice.python)} there"], companion.facts
            )
        else:
            where = f"{choice.option.variant} index" if choice.option.index_url else "package index"
            yield make_row(
                [name, UNKNOWN, f"whether the {where} holds one for {choice.target.subdir}"], companion.facts
            )


def _wanted_rows(matrix: Matrix, choice: Choice) -> Iterator[Row]:
    named = dict.fromkeys(entry.name for entry in choice.entries if entry.name not in (TORCH, *FAMILY))
    for name in named:
        yield _pick_row(matrix, choice, name)


def _pick_row(matrix: Matrix, choice: Choice, name: PyPIName) -> Row:
    pick = choice.picks.get(name)
    if pick is None or pick.version is None or pick.candidate.release is None:
        return make_row([name, UNKNOWN, "the matrix does not cover it"], [])
    release = pick.candidate.release
    repairs = [(bound, coupling) for bound, coupling in choice.repairs if bound.name == name]
    words = [f"{bound.text}, because {coupling.effect}" for bound, coupling in repairs]
    requires = release.requires_for(choice.target.subdir, choice.python)
    words += [f"requires {r.name}{r.specifier}" for r in requires if r.name in TORCH_FAMILY and r.marker is None]
    undeclared = [u for u in matrix.undeclared() if u.first.name == name and u.first.public.contains(pick.version)]
    words += [f"goes with {item.needs.text}, which it does not declare" for item in undeclared]
    if pick.candidate.sdist_only:
        words.append("has no wheel and is built on your machine, which takes a compiler")
    facts = [
        release.fact,
        release.files_fact,
        *(coupling.fact for _, coupling in repairs),
        *(u.fact for u in undeclared),
    ]
    return make_row([name, str(pick.version), "; ".join(words) or "the newest that fits"], facts)


def _python_row(choice: Choice) -> Row:
    why = "of the target" if choice.target.python else "the newest for which everything here has wheels"
    return make_row(["Python", dotted(choice.python), why], [choice.torch.files_fact])


def _notes(matrix: Matrix, choice: Choice) -> Iterator[str]:
    """What the target leaves open and the set depends on."""
    build, target = choice.option.build, choice.target
    missing = [name for name in FAMILY if name not in choice.picks and not choice.companions[name].known]
    if missing:
        yield f"`--with {missing[0]}` asks for a set that is known to have it, of an older torch if need be"
    if build is None or build.cuda is None:
        return
    if not target.gpu and (architectures := build.architectures.get(target.subdir)):
        yield f"runs on GPUs of compute capability {dotted(architectures[0])} to {dotted(architectures[-1])}"
    if target.driver is None and target.cuda is None:
        driver = needed_driver(matrix, build.cuda, target)
        if driver is not None:
            yield f"the driver there must be {driver_words(driver.minimum)} or newer; `driver=` in the target checks it"
