"""The combinations of a job's matrix.

Source: https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from compat.formats.workloads.nodes import Nodes
from compat.model.containers import Word

Row = Mapping[str, Word]

#: GitHub itself makes no more jobs of one matrix.
MAX_ROWS = 256


def expand(nodes: Nodes, matrix: Node | None) -> list[Row]:
    """The values of each run of the job; one run without values where there is no matrix, or none that can be read."""
    if not isinstance(matrix, MappingNode):
        return [{}]
    axes = {
        key.value: nodes.words(value)
        for key, value in nodes.pairs(matrix)
        if key.value not in {"include", "exclude"} and isinstance(value, SequenceNode)
    }
    axes = {key: words for key, words in axes.items() if words}
    rows: list[dict[str, Word]] = [
        dict(zip(axes, words, strict=True)) for words in islice(product(*axes.values()), MAX_ROWS)
    ]
    if not axes:
        rows = []
    nodes.spend(len(rows) * len(axes))
    excluded = [_row(nodes, node) for node in nodes.items(nodes.get(matrix, "exclude"))]
    rows = [row for row in rows if not any(_holds(row, out) for out in excluded)]
    return _include(rows, [_row(nodes, node) for node in nodes.items(nodes.get(matrix, "include"))], axes) or [{}]


def _include(rows: list[dict[str, Word]], extra: list[dict[str, Word]], axes: Mapping[str, object]) -> list[Row]:
    """Each entry adds its values where it changes none of the axes; one that fits nowhere is a run of its own."""
    own: list[Row] = []
    for values in extra:
        fitting = [
            row for row in rows if all(row[key].text == value.text for key, value in values.items() if key in axes)
        ]
        for row in fitting:
            row.update({key: value for key, value in values.items() if key not in axes})
        if not fitting:
            own.append(values)
    return [*rows, *own][:MAX_ROWS]


def _row(nodes: Nodes, node: Node) -> dict[str, Word]:
    """The scalars of an entry of ``include`` or ``exclude``."""
    pairs = ((key.value, nodes.word(value)) for key, value in nodes.pairs(node) if isinstance(value, ScalarNode))
    return {key: word for key, word in pairs if word is not None}


def _holds(row: Mapping[str, Word], out: Mapping[str, Word]) -> bool:
    return bool(out) and all(key in row and row[key].text == word.text for key, word in out.items())
