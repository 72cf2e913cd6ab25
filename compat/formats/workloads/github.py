"""GitHub workflows: the Pythons that a job runs with, and the commands of its steps.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from yaml.nodes import MappingNode, Node, ScalarNode

from compat.formats.workloads.filling import fill_github, github_expression
from compat.formats.workloads.job_matrix import Row, expand
from compat.formats.workloads.nodes import Nodes
from compat.model.containers import Word
from compat.model.errors import FileProblem
from compat.model.workloads import Combination, Job, Step
from compat.text.source import Source
from compat.text.yaml import compose, kind_of

#: Inputs of actions that take a Python version.
_PYTHON_KEY = re.compile(r"(?:py|python)(?:[-_.]?versions?)?", re.IGNORECASE)
#: ``python=${{ matrix.python }}`` of conda, ``--python ${{ matrix.python }}`` of uv.
_PYTHON_OF_COMMAND = re.compile(r"python(?:-version)?[= ]{1,3}[\"']?\$\{\{\s{0,9}matrix\.([\w-]+)\s{0,9}\}\}")
#: Read as 3.1: a number has no zeros at its end. The next such release is years away.
_CUT_NUMBER = "3.10"

#: Actions that choose the job's Python by ``python-version``. Source: the README of each.
_PYTHON_ACTIONS = ("actions/setup-python", "astral-sh/setup-uv", "conda-incubator/setup-miniconda")
#: Actions that bring a Python of their own, whatever others chose.
_OTHER_ACTIONS = ("mamba-org/setup-micromamba", "mamba-org/provision-with-micromamba", "prefix-dev/setup-pixi")
#: The one that puts the Python of ``python-version`` and an environment file together.
_ENVIRONMENT_ACTION = "conda-incubator/setup-miniconda"
#: Shells whose scripts are no POSIX shell's.
_OTHER_SHELLS = ("pwsh", "powershell", "cmd", "python", "perl", "node")

Values = Mapping[str, str]


def read_github(source: Source) -> tuple[tuple[Job, ...], tuple[Word, ...]]:
    """The jobs of *source*, and its Python versions that YAML reads as another number. Raises: FileProblem."""
    root = compose(source)
    if not isinstance(root, MappingNode):
        what = "empty" if root is None else f"a {kind_of(root)}"
        raise FileProblem(source.path, f"no workflow: the file is {what}, not a mapping")
    nodes = Nodes(source, fill_github)
    reader = _Reader(nodes, root)
    jobs = [(key, job) for key, job in nodes.pairs(nodes.get(root, "jobs")) if isinstance(job, MappingNode)]
    numbers = dict.fromkeys(word for _, job in jobs for word in reader.numbers(job))
    return tuple(reader.job(key, job) for key, job in jobs), tuple(numbers)


class _Reader:
    """One workflow."""

    def __init__(self, nodes: Nodes, root: Node) -> None:
        self._nodes = nodes
        self._root = root

    def job(self, key: ScalarNode, node: Node) -> Job:
        nodes = self._nodes
        steps = [step for step in nodes.items(nodes.get(node, "steps")) if isinstance(step, MappingNode)]
        rows = expand(nodes, nodes.get(node, "strategy", "matrix"))
        return Job(
            key.value,
            nodes.place(key),
            tuple(dict.fromkeys(self._combination(node, steps, row) for row in rows)),
            tuple(step for each in steps if (step := self._step(node, each)) is not None),
            tuple(self._environments(steps)),
            conditional=nodes.get(node, "if") is not None or self._may_fail(node),
        )

    def numbers(self, node: Node) -> Iterator[Word]:
        """Python versions of a job that stand there as numbers, end in 0, and choose a Python: a label may be any number."""
        nodes = self._nodes
        matrix = nodes.get(node, "strategy", "matrix")
        owners = [matrix, *nodes.items(nodes.get(matrix, "include")), *nodes.items(nodes.get(matrix, "exclude"))]
        chosen = self._choosing_keys(node)
        for owner in owners:
            yield from (word for key, value in nodes.pairs(owner) if key.value in chosen for word in self._cuts(value))
        for step in nodes.items(nodes.get(node, "steps")):
            for key, value in nodes.pairs(nodes.get(step, "with")):
                if _PYTHON_KEY.fullmatch(key.value):
                    yield from self._cuts(value)

    def _choosing_keys(self, node: Node) -> frozenset[str]:
        """The keys of the matrix that are handed to an action or a called workflow as its Python, or to a command."""
        nodes = self._nodes
        steps = nodes.items(nodes.get(node, "steps"))
        handed = (pair for owner in (node, *steps) for pair in nodes.pairs(nodes.get(owner, "with")))
        texts = [
            value.value for key, value in handed if _PYTHON_KEY.fullmatch(key.value) and isinstance(value, ScalarNode)
        ]
        keys = {github_expression(text).removeprefix("matrix.") for text in texts}
        for step in steps:
            run = nodes.get(step, "run")
            keys.update(_PYTHON_OF_COMMAND.findall(run.value) if isinstance(run, ScalarNode) else ())
        return frozenset(keys)

    def _cuts(self, node: Node) -> list[Word]:
        return [word for each in (self._nodes.items(node) or [node]) if (word := self._cut(each)) is not None]

    def _cut(self, node: Node) -> Word | None:
        cut = isinstance(node, ScalarNode) and not node.style and node.value == _CUT_NUMBER
        return self._nodes.word(node) if cut else None

    def _combination(self, job: Node, steps: list[MappingNode], row: Row) -> Combination:
        """The Python and the runner of one run; a Python of another architecture than the runner's has none."""
        nodes = self._nodes
        runner = self._filled(nodes.word(nodes.get(job, "runs-on")), row)
        foreign = any(nodes.get(step, "with", "architecture") is not None for step in steps)
        known = runner is not None and runner.known and not foreign
        return Combination(self._python(steps, row), runner.text if runner is not None and known else "")

    def _python(self, steps: list[MappingNode], row: Row) -> Word | None:
        """What the only action that chooses a Python is told; of several, none is said to be the job's."""
        nodes = self._nodes
        choosing = [step for step in steps if self._action(step) in (*_PYTHON_ACTIONS, *_OTHER_ACTIONS)]
        versions = [nodes.word(nodes.get(step, "with", "python-version")) for step in choosing]
        chosen = [word for word in versions if word is not None]
        others = any(self._action(step) in _OTHER_ACTIONS or nodes.get(step, "if") is not None for step in choosing)
        if len(chosen) != 1 or others:
            return None
        word = self._filled(chosen[0], row)
        return word if word is not None and word.known else None

    def _filled(self, word: Word | None, row: Row) -> Word | None:
        """*word*, or the value of the matrix that it names."""
        key = github_expression(word.text).removeprefix("matrix.") if word is not None else ""
        return row.get(key, word) if key else word

    def _environments(self, steps: list[MappingNode]) -> Iterator[Word]:
        nodes = self._nodes
        for step in steps:
            chosen = nodes.get(step, "with", "python-version")
            if self._action(step) == _ENVIRONMENT_ACTION and chosen is not None and nodes.get(step, "if") is None:
                word = nodes.word(nodes.get(step, "with", "environment-file"))
                if word is not None and word.known and word.text not in {"", "false"}:
                    yield word

    def _action(self, step: Node) -> str:
        return self._nodes.text(step, "uses").partition("@")[0].lower()

    def _step(self, job: Node, step: Node) -> Step | None:
        """The commands of a step that a POSIX shell runs."""
        nodes = self._nodes
        node = nodes.get(step, "run")
        shell = self._default(job, step, "shell") or ""
        if node is None or shell.startswith(_OTHER_SHELLS):
            return None
        folder = self._default(job, step, "working-directory")
        return Step(
            nodes.place(node),
            nodes.script(node, self._variables(job, step)),
            folder="" if folder is None else folder if "$" not in folder else None,
            conditional=nodes.get(step, "if") is not None or self._may_fail(step),
        )

    def _variables(self, job: Node, step: Node) -> dict[str, str]:
        """The variables of a step: pip and uv read some of them as options. Expressions in them stay as they are."""
        owners = (self._nodes.get(owner, "env") for owner in (self._root, job, step))
        pairs = (pair for owner in owners for pair in self._nodes.pairs(owner))
        return {key.value: value.value for key, value in pairs if isinstance(value, ScalarNode)}

    def _default(self, job: Node, step: Node, key: str) -> str | None:
        """A setting of a step, or what the job or the workflow have as its default."""
        nodes = self._nodes
        for owner in (step, nodes.get(job, "defaults", "run"), nodes.get(self._root, "defaults", "run")):
            node = nodes.get(owner, key)
            if isinstance(node, ScalarNode):
                value: str = node.value
                return value
        return None

    def _may_fail(self, node: Node) -> bool:
        value = self._nodes.get(node, "continue-on-error")
        return isinstance(value, ScalarNode) and value.value != "false"
