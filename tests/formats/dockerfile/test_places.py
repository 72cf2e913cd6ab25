"""Places say where a word stands; any text is read, in time that grows with its length."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.formats.dockerfile import read_dockerfile
from compat.model.containers import ImageBuild, Instruction
from compat.model.environments import Document
from compat.model.errors import FileProblem
from compat.model.places import Place
from compat.text.source import Source
from tests.formats.dockerfile.showing import NAME, at, image, read

TEXT = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.11
FROM --platform=linux/amd64 "python:${VERSION}" AS base
ENV A=b \\
    # in between
    C="dé f" \\
    LONG=one\\
two
COPY --chown=u [ "a b", "c/" ]
EXPOSE 80
RUN pip install \\
    "torch==2.1"
RUN <<EOF
  pip install numpy==1.26.4
EOF
CMD ["python", "-m", 'x"]
"""


def test_words_stand_where_their_places_say() -> None:
    words = {word.text: at(TEXT, word.place) for i in _instructions(image(TEXT)) for word in i.words}
    assert words == {
        "A": "A",
        "b": "b",
        "C": "C",
        "dé f": "dé f",
        "LONG": "LONG",
        "onetwo": "one\\\ntwo",
        "a b": "a b",
        "c/": "c/",
        "80": "80",
        "[python,": '["python",',
        "-m,": '"-m",',
        'x"]': "'x\"]",
    }


def test_stages_and_commands_stand_where_their_places_say() -> None:
    build = image(TEXT)
    assert at(TEXT, build.stages[0].base_place) == "python:${VERSION}"
    assert at(TEXT, build.stages[0].place) == TEXT.splitlines()[2]
    installs = [c.install for i in _instructions(build) for c in i.commands]
    assert [at(TEXT, entry.place) for install in installs if install for entry in install.pip] == [
        "torch==2.1",
        "numpy==1.26.4",
    ]


def test_columns_count_code_points_of_lines_with_carriage_returns() -> None:
    text = 'FROM a\r\nENV É=1 \\\r\n  F="2"\r\nRUN pip install \\\r\n  numpy\r\n'
    env, run = _instructions(image(text))
    assert [word.place[1:] for word in env.words] == [(2, 5, 2, 6), (2, 7, 2, 8), (3, 3, 3, 4), (3, 6, 3, 7)]
    assert run.commands[0].words[2].place[1:] == (5, 3, 5, 8)
    assert run.place[1:] == (4, 1, 5, 8)


LINES = [
    "FROM a",
    "FROM b AS c",
    "from C",
    "ARG A=1",
    "ENV A=$A B='x y'",
    "ENV C ${A:-z}",
    "COPY --from=c a b",
    'COPY ["a", "b"]',
    "RUN pip install torch==2.1 \\",
    "  numpy",
    "  # comment",
    "RUN <<EOF",
    "EOF",
    "RUN cat <<-A > b && pip install x",
    "A",
    'SHELL ["conda", "run", "-n", "e", "bash", "-c"]',
    "ENV PATH=/opt/venv/bin:$PATH",
    "WORKDIR a",
    "# compat: ignore[IMG009] why",
    "# escape=`",
    'HEALTHCHECK CMD ["a"]',
    "ONBUILD RUN <<B",
    "B",
    "what",
    "\\",
    "",
]


@given(st.lists(st.sampled_from(LINES), max_size=20), st.sampled_from(["\n", "\r\n"]))
def test_any_lines(lines: list[str], end: str) -> None:
    _check(end.join(["FROM a", *lines]))


@given(st.text(alphabet="FROM RUN ENV a=b\\\n\r\t\"'$<{}[]`#-,:/é\x85\u2028", max_size=80))
def test_any_text(text: str) -> None:
    _check("FROM a\n" + text)
    _check(text)


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\n" * 6_000,
        "FROM a\n" + "RUN \\\n" * 10_000,
        "FROM a\n" + "ENV A=$A$A\n" * 6_000,
        "FROM a\nENV " + "A=$A " * 20_000,
        "FROM a\n" + "".join(f"ARG A{n}=x\nUSER $A{n}\n" for n in range(5_000)),
        "FROM a\n" + "WORKDIR a\n" * 10_000,
        "FROM a\n" + "ENV PATH=/a:$PATH\n" * 6_000,
        "FROM a\nRUN " + "<<A " * 20_000,
        "FROM a\nCOPY " + "[" * 60_000,
        "FROM a\nUSER " + "${A:-" * 20_000,
        "FROM a\nCMD [" + '"a", ' * 10_000,
        "FROM a AS b\n" + "".join(f"FROM b{n} AS b{n + 1}\nENV A{n}=b\n" for n in range(5_000)),
        "what\n" * 6_000,
    ],
)
def test_large_files_take_linear_time(text: str) -> None:
    """Each takes a second at most; what is quadratic in any of them takes far longer."""
    begin = time.process_time()
    _check(text, deep=False)
    assert time.process_time() - begin < 10


def _check(text: str, *, deep: bool = True) -> None:
    """*text* is read or refused once; every place lies inside it."""
    document, line = _read(text)
    assert line is None or 1 <= line <= text.count("\n") + text.count("\r") + 1
    starts = Source(path=NAME, text=text).starts
    for place in _places(document) if document is not None and deep else ():
        _, first, column, last, end = place
        assert first is not None
        assert column is not None
        assert last is not None
        assert end is not None
        assert (first, column) <= (last, end)
        assert starts[last - 1] + end - 1 <= len(text)


def _read(text: str) -> tuple[Document | None, int | None]:
    """The document, or the line in which *text* is refused."""
    try:
        return read_dockerfile(Source(path=NAME, text=text)), None
    except FileProblem as problem:
        return None, problem.line


def _places(document: Document) -> list[Place]:
    assert document.image is not None
    found = [problem.place for problem in document.problems]
    found += [place for stage in document.image.stages for place in (stage.place, stage.base_place)]
    for instruction in _instructions(document.image):
        found += [instruction.place, *(word.place for word in instruction.words)]
        found += [word.place for command in instruction.commands for word in command.words]
    return found


def _instructions(build: ImageBuild) -> list[Instruction]:
    return [instruction for stage in build.stages for instruction in stage.instructions]


def test_reading_is_the_same_each_time() -> None:
    assert read(TEXT) == read(TEXT)
