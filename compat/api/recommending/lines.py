"""The commands that install a recommended set by pip, uv and conda."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from packaging.version import Version

from compat.api.answers import dotted
from compat.api.querying.scope import TORCH, requirement_on
from compat.api.recommending.search import FAMILY, Choice
from compat.model.builds import TORCH_FAMILY, variant_cuda
from compat.model.errors import UsageError
from compat.model.knowledge import CondaBuild, Matrix
from compat.model.matchspec import parse_matchspec
from compat.model.names import CondaName, PyPIName
from compat.model.requirements import Requirement
from compat.model.targets import Target
from compat.rules.builds import driver_gap

_CHANNEL = "conda-forge"


class _Parts(NamedTuple):
    """What is installed together: from the index of the build, from the default one, and built against torch after it."""

    family: tuple[str, ...]
    others: tuple[str, ...]
    built: tuple[str, ...]


def install_lines(matrix: Matrix, choice: Choice) -> dict[str, str]:
    """Tool to its command lines; conda's may say that nothing is known."""
    return {
        "pip": "\n".join(_pip("pip install", "--index-url", choice)),
        "uv": "\n".join(_pip("uv pip install", "--index", choice)),
        "conda": _conda(matrix, choice),
    }


def requirements_text(matrix: Matrix, choice: Choice) -> str:
    """The set as a requirements file; local labels name the build, wherever else the releases are found."""
    parts, index = _parts(choice), choice.option.index_url
    if index is None:
        return "".join(f"{line}\n" for line in chain(*parts))
    family = [_labelled(matrix, choice, line) for line in parts.family]
    return "".join(f"{line}\n" for line in (f"--extra-index-url {index}", *family, *parts.others, *parts.built))


def _labelled(matrix: Matrix, choice: Choice, pin: str) -> str:
    """``torch==2.13.0+cu126``, where the index serves the build under that name."""
    name, _, version = pin.partition("==")
    builds = matrix.builds(PyPIName(name), Version(version))
    build = next((build for build in builds if build.variant == choice.option.variant), None)
    return pin if build is None or choice.target.subdir in build.unlabelled else f"{pin}+{choice.option.variant}"


def _parts(choice: Choice) -> _Parts:
    family: list[str] = []
    others: list[str] = []
    built: list[str] = []
    for name in dict.fromkeys(entry.name for entry in choice.entries):
        part = family if name in TORCH_FAMILY else built if _is_built(choice, name) else others
        part.append(_spelled(choice, name))
    return _Parts(tuple(family), tuple(others), tuple(built))


def _is_built(choice: Choice, name: PyPIName) -> bool:
    """Whether it is compiled on the user's machine against torch, which must be there and to be seen then."""
    pick = choice.picks.get(name)
    release = pick.candidate.release if pick is not None and pick.candidate.sdist_only else None
    return release is not None and requirement_on(release, TORCH, choice.target.subdir) is not None


def _spelled(choice: Choice, name: PyPIName) -> str:
    """A pin of the release that the solver took; what the matrix does not cover stays as it was asked for.

    A requirement that was added against a broken pair stays a bound, which says more than a pin.
    """
    asked = [entry.requirement for entry in choice.entries if entry.name == name]
    extras = sorted({extra for requirement in asked for extra in requirement.extras})
    full = f"{name}[{','.join(extras)}]" if extras else str(name)
    version = choice.picks[name].version if name in choice.picks else None
    bounds = [str(bound.specifier) for bound, _ in choice.repairs if bound.name == name]
    if version is None or (bounds and len(bounds) == len(asked)):
        return f"{full}{','.join(bounds or [str(requirement.specifier) for requirement in asked])}"
    return f"{full}=={version}"


def _pip(command: str, option: str, choice: Choice) -> Iterator[str]:
    """One command, or where torch has an index of its own two: it does not hold every release of other projects."""
    parts, index = _parts(choice), choice.option.index_url
    if index is None:
        yield f"{command} {' '.join(map(_quoted, [*parts.family, *parts.others]))}"
    else:
        yield f"{command} {' '.join(map(_quoted, parts.family))} {option} {index}"
        if parts.others:
            yield f"{command} {' '.join(map(_quoted, parts.others))}"
    if parts.built:
        yield f"{command} --no-build-isolation {' '.join(map(_quoted, parts.built))}"


def _quoted(requirement: str) -> str:
    """Shells take `<`, `>`, `[` and `!` for something else."""
    return f'"{requirement}"' if set(requirement) & set("<>[]!~* ;") else requirement


# -- conda ---------------------------------------------------------------------------------------------------------------


def _conda(matrix: Matrix, choice: Choice) -> str:
    """The newest pytorch that was seen on conda-forge for the target, or that none was."""
    build = next(_conda_builds(matrix, choice), None)
    if build is None:
        return "# unknown: no fitting build of pytorch was seen on conda-forge"
    python = choice.python if choice.python in build.pythons else max(build.pythons, default=choice.python)
    kind = "cuda" if build.cuda else "cpu"
    exact = (
        f"pytorch={build.version}" if choice.target.subdir.startswith("osx-") else f"pytorch={build.version}=*{kind}*"
    )
    specs = [f"python={dotted(python)}", exact]
    if build.cuda:
        specs.append(f"cuda-version={dotted(build.cuda)}")
    notes = []
    for name in FAMILY:
        found = _conda_companion(matrix, name, build, python, choice.target)
        if found is None:
            notes.append(f"# unknown: a {name} for it was not seen on conda-forge")
        else:
            specs.append(f"{name}={found.version}")
    named = dict.fromkeys(entry.name for entry in choice.entries if entry.name not in {TORCH, *FAMILY})
    notes += [f"# unknown: which {name} of conda-forge goes with it" for name in named]
    if choice.target.gpu and build.cuda:
        notes.append("# unknown: for which GPUs the builds of conda-forge hold code")
    if choice.target.glibc:
        notes.append("# unknown: which glibc the builds of conda-forge need")
    return "\n".join([f"conda install -c {_CHANNEL} {' '.join(map(_quoted, specs))}", *notes])


def _conda_builds(matrix: Matrix, choice: Choice) -> Iterator[CondaBuild]:
    """Builds of pytorch that were seen, solidly, for the target: with the Python of the set, newest first.

    Which build of one release conda takes depends on what else is there, so of equals the newest CUDA stands first.
    """
    target = choice.target
    labels = {variant_cuda(label) for requirement in choice.wanted for label in requirement.labels}
    seen = []
    for build in matrix.conda_builds(CondaName("pytorch")):
        if build.channel != _CHANNEL or target.subdir not in build.subdirs or build.fact.thin:
            continue
        if target.python is not None and target.python not in build.pythons:
            continue
        if labels and build.cuda not in labels:
            continue
        if _admits_cuda(matrix, build, target) and all(r.public.contains(build.version) for r in choice.wanted):
            seen.append(build)
    yield from sorted(seen, key=lambda b: (choice.python in b.pythons, Version(b.version), b.cuda or ()), reverse=True)


def _admits_cuda(matrix: Matrix, build: CondaBuild, target: Target) -> bool:
    if target.subdir.startswith("osx-") or (not target.wants_gpu and target.gpu is None):
        return True
    if not target.wants_gpu:
        return build.cuda is None
    return build.cuda is not None and driver_gap(matrix, build.cuda, target) is None


def _conda_companion(
    matrix: Matrix, name: PyPIName, pytorch: CondaBuild, python: tuple[int, int], target: Target
) -> CondaBuild | None:
    """A build of a companion that asks for this pytorch and has its kind of build."""
    for build in matrix.conda_builds(CondaName(name)):
        if build.channel != _CHANNEL or target.subdir not in build.subdirs or build.fact.thin:
            continue
        if (build.pythons and python not in build.pythons) or (build.cuda is None) != (pytorch.cuda is None):
            continue
        wanted = [spec for spec in map(parse_matchspec, build.requires) if spec.name == "pytorch" and spec.version]
        if wanted and all(spec.version is not None and spec.version.matches(pytorch.version) for spec in wanted):
            return build
    return None


def check_wanted(wanted: Mapping[str, Requirement]) -> None:
    """Refuse what no release can be chosen for. Raises: UsageError."""
    for text, requirement in wanted.items():
        if requirement.url is not None:
            raise UsageError(f"`--with {text}` names a file, and no release can be chosen for it")
        if len(requirement.specifier) > 1 and requirement.specifier.to_range().is_empty:
            raise UsageError(f"`--with {text}` admits no version")
