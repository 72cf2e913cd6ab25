"""What rules of images ask of stages, and where they edit commands."""

from __future__ import annotations

import re

import pytest

from compat.model.containers import Command, Instruction, Stage, Word
from compat.model.environments import Document, Environment
from compat.model.places import Place
from compat.rules.base import Subject
from compat.rules.image_script import Script
from compat.rules.image_words import Reference, has_plain_base, mount_target, mounts_of, runs_of, to_reference
from compat.text.edits import apply_edits

PATH = "Dockerfile"
HERE = Place(PATH, 1, 1, 1, 2)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("python", Reference("python", "", "")),
        ("docker.io/library/python:3.11", Reference("python", "3.11", "")),
        ("docker.io/pytorch/pytorch:2.4.1", Reference("pytorch/pytorch", "2.4.1", "")),
        ("registry.example.org:5000/team/base", Reference("registry.example.org:5000/team/base", "", "")),
        ("ubuntu:22.04@sha256:abc", Reference("ubuntu", "22.04", "sha256:abc")),
    ],
)
def test_parts_of_a_reference(text: str, wanted: Reference) -> None:
    assert to_reference(text) == wanted


def test_a_base_that_is_not_known_is_not_plain() -> None:
    stage = Stage(0, "", "python:3.11", HERE, HERE)
    assert has_plain_base([stage])
    assert not has_plain_base([stage._replace(known=False)])
    assert not has_plain_base([stage._replace(base="registry.example.org/base:1")])


def test_a_stage_inherits_env_and_arg_of_its_parent_and_env_goes_before_arg() -> None:
    def instruction(keyword: str, *texts: str) -> Instruction:
        return Instruction(keyword, HERE, words=tuple(Word(text, HERE) for text in texts))

    run = Instruction("RUN", HERE)
    first = (
        instruction("ARG", "A", "1"),
        instruction("ENV", "B", "2"),
        instruction("ARG", "B", "3"),
        instruction("ARG", "C"),
        run,
    )
    stages = [Stage(0, "a", "python:3.11", HERE, HERE, first), Stage(1, "", "a", HERE, HERE, (run,), parent=0)]
    assert [found.variables for found in runs_of(stages)] == [{"A": "1", "B": "2", "C": "$C"}] * 2


def test_mounts_of_a_kind() -> None:
    flags = (("mount", "type=cache,target=/root/.cache/"), ("mount", "type=secret,id=x"), ("mount", "source=a,dst=b"))
    run = Instruction("RUN", HERE, flags=flags)
    assert [mount_target(mount) for mount in mounts_of(run)] == ["/root/.cache"]
    assert [mount_target(mount) for mount in mounts_of(run, ("bind",))] == ["b"]


def _subject(text: str) -> Subject:
    document = Document(PATH, "dockerfile", text)
    environment = Environment(PATH, "", (document,), (), (), (), (), (), ())
    return Subject(environment, None, None, None)  # type: ignore[arg-type]  # only the text is asked for


def _command(text: str, first: str, last: str) -> Command:
    """The command of *text* that begins with the word *first* and ends with *last*."""
    words = []
    for word in (first, last):
        start = [match.start() for match in re.finditer(re.escape(word), text)][-1]
        line, column = text.count("\n", 0, start) + 1, start - (text.rfind("\n", 0, start) + 1) + 1
        words.append(Word(word, Place(PATH, line, column, line, column + len(word))))
    return Command(tuple(words), words[0].place)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("RUN conda install x\n", "RUN conda install x && more\n"),
        ("RUN conda install x", "RUN conda install x && more"),
        ('RUN conda install "x"; then\n', 'RUN conda install "x" && more; then\n'),
        ("RUN conda install x || true\n", "RUN conda install x && more || true\n"),
        ("RUN conda install x \\\n && then\n", "RUN conda install x && more \\\n && then\n"),
        ("RUN conda install \\\n    x\n", "RUN conda install \\\n    x && more\n"),
        ("RUN sudo -H conda install x\n", "RUN sudo -H conda install x && sudo -H more\n"),
        ("RUN bash -c 'conda install x'\n", "RUN bash -c 'conda install x && more'\n"),
        ("RUN conda install x > log\n", None),
        ("RUN conda install x \\\n  2>&1\n", None),
        ("RUN conda install x | tee log\n", None),
        ("RUN conda install x &\n", None),
        ("RUN y=$(conda install x)\n", None),
        ('RUN ["conda", "install", "x"]\n', None),
        ('run --network=host ["conda", "install", "x"]\n', None),
    ],
)
def test_a_command_is_added_where_the_line_bears_it(text: str, wanted: str | None) -> None:
    edit = Script(_subject(text)).command_added(
        Instruction("RUN", Place(PATH, 1, 1, 1, len(text))), _command(text, "conda", "x"), "more"
    )
    assert (None if edit is None else apply_edits(text, [edit])) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("RUN pip install x\n", "RUN pip install --no-cache-dir x\n"),
        ('RUN ["pip", "install", "x"]\n', None),
    ],
)
def test_a_word_is_added_behind_another(text: str, wanted: str | None) -> None:
    run = Instruction("RUN", Place(PATH, 1, 1, 1, len(text)))
    edit = Script(_subject(text)).word_added(run, _command(text, "pip", "install"), "install", "--no-cache-dir")
    assert (None if edit is None else apply_edits(text, [edit])) == wanted


def test_a_word_that_a_variable_holds_is_not_edited() -> None:
    text = "RUN $PIP_INSTALL x\n"
    command = Command((Word("install", Place(PATH, 1, 5, 1, 17)),), HERE)
    assert Script(_subject(text)).word_added(Instruction("RUN", HERE), command, "install", "--no-cache-dir") is None
