"""Whatever text comes in: workloads or one clear error, quickly, with places that hold."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.formats.workloads import read_workloads
from compat.model.errors import FileProblem
from compat.model.workloads import WorkloadFile

DATA = Path(__file__).parents[2] / "data" / "argo"
KINDS = ("argo", "compose", "kubernetes", "workflow")

LINES = [
    "services:",
    "  a: &a",
    "    <<: *a",
    "    image: ${X:-y}",
    "    build: .",
    "apiVersion: argoproj.io/v1alpha1",
    "kind: Workflow",
    "kind: Pod",
    "spec:",
    "  containers: [{name: a, image: b, command: [sh, -c, 'pip install x']}]",
    "  templates: [{name: a, steps: [[{name: b, template: a}]]}]",
    "  entrypoint: a",
    "jobs:",
    "  t: {strategy: {matrix: {python: [3.10], include: [{python: 3}]}}, steps: [{run: |",
    "    pip install ${{ matrix.x }}",
    "---",
    "- a",
]


@settings(max_examples=300)
@given(
    st.sampled_from(KINDS),
    st.one_of(
        st.binary(max_size=120),
        st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=12)), max_size=10).map(
            lambda lines: "\n".join(lines).encode(errors="replace")
        ),
    ),
)
def test_any_text_is_read_or_refused(kind: str, data: bytes) -> None:
    with contextlib.suppress(FileProblem):
        check(read_workloads("f", data, kind))


@settings(max_examples=150)
@given(st.sampled_from(sorted(DATA.glob("*.yml"))), st.data())
def test_any_damaged_file_is_read_or_refused(path: Path, draw: st.DataObject) -> None:
    data = path.read_bytes()
    start = draw.draw(st.integers(0, len(data)))
    damaged = data[:start] + draw.draw(st.binary(max_size=4)) + data[start + draw.draw(st.integers(0, 8)) :]
    with contextlib.suppress(FileProblem):
        check(read_workloads("f", damaged, "argo"))


def check(file: WorkloadFile) -> None:
    """Every place stands in the text."""
    lines = file.document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    places = [file_word.place for file_word in file.numbers]
    for workload in file.workloads:
        places.append(workload.place)
        for container in workload.containers:
            places += [container.place, *(command.place for command in container.commands)]
            places += [container.image.place] if container.image else []
    places += [command.place for job in file.jobs for step in job.steps for command in step.commands]
    for place in places:
        assert place.line is not None
        assert place.column is not None
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1


HOSTILE = {
    "aliases": "services: &a {b: &b {image: x}}\nx: [" + "*a," * 90_000 + "]",
    "merges": "x0: &x0 {a: b}\n"
    + "".join(f"x{n}: &x{n} {{<<: [*x{n - 1}, *x{n - 1}]}}\n" for n in range(1, 60))
    + "services: *x59\n",
    "itself": "services: &a\n  b: &b\n    <<: *b\n    extends: b\n    image: x\n",
    "list of itself": "apiVersion: v1\nkind: List\nitems: &a [{kind: List, items: *a}]\n",
    "matrix": "jobs: {t: {strategy: {matrix: {"
    + ", ".join(f"k{n}: [1, 2, 3, 4, 5, 6, 7, 8]" for n in range(40))
    + "}}, steps: []}}",
    "inline": "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  templates: &t [{name: a, dag: {tasks: [{name: b,"
    " inline: {dag: {tasks: [{name: c, inline: {container: {image: x}}}]}}}]}}]\n",
    "calls": "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  templates:\n"
    + "".join(
        f"  - {{name: t{n}, container: {{image: x}}, steps: [[{{name: s, template: t}}]]}}\n" for n in range(3000)
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_quickly(name: str, kind: str) -> None:
    start = time.process_time()
    with contextlib.suppress(FileProblem):
        read_workloads("f", HOSTILE[name].encode(), kind)
    assert time.process_time() - start < 6
