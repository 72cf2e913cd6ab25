"""What docker refuses: a whole file, or an instruction of it."""

from __future__ import annotations

import pytest

from compat.formats import read as read_any
from compat.formats.dockerfile import read_dockerfile
from compat.model.errors import FileProblem
from compat.text.source import decode
from tests.formats.dockerfile.showing import NAME, image, read, show

FILES = [
    ("", 1, "an empty Dockerfile: docker needs a `FROM`"),
    ("# nothing\n\n", 1, "an empty Dockerfile: docker needs a `FROM`"),
    ("\nRUN pip install x\n", 2, "no `FROM`: a part of a Dockerfile, from which docker builds nothing"),
    ("ARG V=1\n", 1, "no `FROM`: a part of a Dockerfile, from which docker builds nothing"),
    ("services:\n  web:\n    image: a\n", 1, "not a Dockerfile: `services:` is no instruction"),
    ("# Notes\nHow to build it:\nFROM here on\n", 2, "not a Dockerfile: `How` is no instruction"),
    ("x" * 100, 1, f"not a Dockerfile: `{'x' * 40}...` is no instruction"),
    ("from os import path\n", 1, "no `FROM` that names an image: docker builds nothing"),
    ("FROM\n", 1, "no `FROM` that names an image: docker builds nothing"),
    ("FROM a\nRUN cat <<EOF > x\ny\n", 2, "the heredoc `<<EOF` has no line `EOF` that ends it"),
    ("# escape=x\nFROM a\n", 1, "`# escape=x`: only a backslash or a backtick can escape"),
    ("# syntax=a\n# syntax=b\nFROM a\n", 2, "only one `# syntax=` may stand in a Dockerfile"),
]


@pytest.mark.parametrize(("text", "line", "message"), FILES)
def test_files(text: str, line: int, message: str) -> None:
    with pytest.raises(FileProblem) as caught:
        read(text)
    assert (caught.value.line, caught.value.message) == (line, message)


INSTRUCTIONS = [
    ("RUN pip install a &&\n    pip install b\n", [(3, 5, 3, 8, "`pip` is no instruction of a Dockerfile")]),
    ("  pip install b\n  pip install c\nUSER u\nrum x\n", [(2, 3, 2, 6, "`pip` is no instruction of a Dockerfile"), (5, 1, 5, 4, "`rum` is no instruction of a Dockerfile")]),
    ("FROM b # newest\n", [(2, 8, 2, 16, "`FROM` takes an image, or `image AS name`")]),
    ("FROM b AS 1x\n", [(2, 11, 2, 13, "`1x` cannot name a stage")]),
    ("FROM\n", [(2, 1, 2, 5, "`FROM` names no image")]),
    ("ENV A\n", [(2, 5, 2, 6, "`ENV A` has no value")]),
    ("ENV A=b c\n", [(2, 9, 2, 10, "`c` in `ENV` is no `name=value`")]),
    ("ENV A=b \\\n  =c\n", [(3, 3, 3, 5, "`=c` in `ENV` is no `name=value`")]),
    ("ENV\n", [(2, 1, 2, 4, "`ENV` takes at least one argument, and has none")]),
    ("ENV A='b\n", [(2, 7, 2, 9, "`'b`: a single quote is not closed")]),
    ("USER ${V^^}\n", [(2, 6, 2, 12, "`${V^^}`: `${V^`: docker knows no such substitution")]),
    ("ARG\n", [(2, 1, 2, 4, "`ARG` names nothing")]),
    ("ARG =b\n", [(2, 5, 2, 7, "`ARG` without a name before `=`")]),
    ("COPY a\n", [(2, 1, 2, 7, "`COPY` takes a source and a destination")]),
    ('COPY ["a", 1]\n', [(2, 6, 2, 14, "`COPY`: a list may hold nothing but strings")]),
    ("SHELL bash -c\n", [(2, 1, 2, 14, "`SHELL` takes its command as a JSON list of strings")]),
    ("HEALTHCHECK curl x\n", [(2, 1, 2, 19, "`HEALTHCHECK` takes `CMD` and a command, or `NONE`")]),
    ("ONBUILD\n", [(2, 1, 2, 8, "`ONBUILD` takes an instruction, and has none")]),
    ("ONBUILD FROM b\n", [(2, 9, 2, 13, "`ONBUILD` takes no `FROM`")]),
    ("COPY --from=1 x y\n", [(2, 1, 2, 18, "there is no stage 1: the first of 1 is 0")]),
    ("COPY --from=0 x y\n", [(2, 1, 2, 18, "the stage takes files from itself: docker refuses a circle")]),
    ("FROM python:${P}\n", [(2, 6, 2, 17, "`FROM python:${P}`: no `ARG` above the first `FROM` declares `P`, so that it is empty")]),
    ("ARG P=3\nFROM ${P}\n", [(3, 6, 3, 10, "`FROM ${P}`: no `ARG` above the first `FROM` declares `P`, so that it is empty")]),
    ("WORKDIR\n", [(2, 1, 2, 8, "`WORKDIR` takes one argument, and has none")]),
    ("EXPOSE\n", [(2, 1, 2, 7, "`EXPOSE` takes at least one argument, and has none")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), INSTRUCTIONS)
def test_instructions(text: str, expected: list[tuple[int, int, int, int, str]]) -> None:
    found = read(f"FROM a\n{text}").problems
    assert [(*problem.place[1:], problem.message) for problem in found] == expected
    assert {problem.kind for problem in found} == {"instruction"}


def test_what_follows_is_read() -> None:
    assert show(image("FROM a\nENV A\nrum x\nFROM b # c\nUSER u\n")) == ["FROM a", "FROM b", "USER u"]


def test_instructions_before_the_first_stage() -> None:
    """One message, however many there are."""
    document = read("ENV A=b\nUSER u\nFROM a\n")
    assert [problem.message for problem in document.problems] == [
        "`ENV` stands before the first `FROM`: docker refuses the file"
    ]


def test_by_its_kind() -> None:
    document = read_any("images/gpu", b"\xef\xbb\xbfFROM a\n", "dockerfile")
    assert (document.path, document.kind, document.text) == ("images/gpu", "dockerfile", "FROM a\n")
    assert document.image is not None
    assert document.image.stages[0].base_place == ("images/gpu", 1, 6, 1, 7)


def test_too_large() -> None:
    source = decode(NAME, b"FROM a\n" + b"# x\n" * 400_000)
    with pytest.raises(FileProblem):
        read_dockerfile(source)


IGNORED = "FROM a\n# compat: ignore[IMG009] no room\nRUN pip install a \\\n  b \\\n  c\nRUN x\n# compat: ignore[IMG010] why\nUSER u\n"


def test_an_ignore_holds_for_the_whole_instruction() -> None:
    found = [(ignore.codes, ignore.line, ignore.reason) for ignore in read(IGNORED).ignores]
    assert found == [*((("IMG009",), line, "no room") for line in (3, 4, 5)), (("IMG010",), 8, "why")]


def test_an_ignore_without_a_reason() -> None:
    document = read("FROM a\n# compat: ignore[IMG009]\nRUN x\n")
    assert [problem.kind for problem in document.problems] == ["odd"]


FINE = [
    "ARG P\nFROM python:${P}\n",
    "ARG P=3\nFROM python:$P\n",
    "FROM python:${P:-3}\n",
    "FROM python:3${SUFFIX}\n",
    "FROM --platform=$BUILDPLATFORM python:3-$TARGETARCH\n",
    "# syntax=example.org/other:1\nFROM python:${P}\n",
    "FROM a AS x\nCOPY --from=y f /\nFROM a AS y\n",
    "FROM a AS x\nCOPY --from=9-alpine f /\n",
    "FROM a AS x\nFROM a AS y\nCOPY --from=x f /\nRUN --mount=type=bind,from=0,target=/x true\n",
]


@pytest.mark.parametrize("text", FINE)
def test_what_docker_takes(text: str) -> None:
    """BuildKit makes stages in the order in which they are needed, so that a later one may be copied from."""
    assert read(text).problems == ()


def test_a_circle_of_stages_is_told_once() -> None:
    text = "FROM a AS x\nRUN --mount=from=z,target=/z true\nFROM a AS y\nCOPY --from=x f /\nFROM a AS z\nCOPY --from=y f /\n"
    assert [(problem.place.line, problem.message) for problem in read(text).problems] == [
        (2, "the stage takes files from a stage that takes files from this one: docker refuses a circle")
    ]


def test_onbuild_runs_in_the_stage_that_is_from_it() -> None:
    """Not in its own, and not in a third one."""
    text = "FROM a AS x\nONBUILD ARG V=2\nONBUILD RUN pip install b==$V\nFROM x AS y\nUSER u\nFROM y\n"
    found = image(text)
    assert show(found) == [
        "FROM a as x",
        "ONBUILD ARG",
        "ONBUILD RUN",
        "FROM x as y after 0",
        "ARG V 2",
        "RUN",
        "USER u",
        "FROM y after 1",
    ]
    run = found.stages[1].instructions[1]
    assert [word.text for word in run.commands[0].words] == ["pip", "install", "b==2"]
    assert (run.place.line, run.commands[0].place.column) == (3, 13)
