"""Whatever text comes in: commands, quickly, the same every time, and places that hold."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.formats.shell import read_exec
from compat.formats.shell.cursor import MAX_TEXT
from compat.model.containers import Command, Word
from compat.model.places import Place
from compat.text.source import Source
from tests.formats.shell.descriptions import describe_all, read

WORDS = [
    "pip install",
    "torch==2.1",
    "'numpy<2'",
    "-r",
    "a.txt",
    "conda create -n x",
    "uv pip install",
    "python -m pip",
    "sudo",
    "env A=b",
    "bash -c",
    "xargs",
    "$A",
    "${A",
    "${A:-b}",
    "${A%.*}",
    "$(cat x)",
    "`",
    '"',
    "'",
    "\\",
    ";",
    "&&",
    "&",
    "(",
    ")",
    "{",
    "}",
    "if",
    "then",
    "elif",
    "else",
    "fi",
    "for x in a b",
    "do",
    "done",
    "while",
    "case",
    "in",
    "esac",
    ";;",
    "[[",
    "]]",
    "[ a = a ]",
    "!",
    "<<E",
    "<<-'E'",
    "E",
    ">",
    "2>&1",
    ">=2",
    "<2",
    "A=b",
    "export A",
    "A=(",
    "eval",
    "source a/bin/activate",
    "conda run -n y",
    "*.whl",
    "{{ a }}",
    "$'\\n'",
    "#",
    "--",
    "--index-url=x",
    "-f",
    "function f",
    "f()",
    "apt-get install",
    "poetry add",
    "pixi add",
    "uv venv",
    "conda config --add channels",
    "|",
    "||",
    "\n",
    "\\\n",
]
TEXTS = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=14).flatmap(
    lambda words: st.sampled_from([" ", "", "\n"]).map(lambda end: end.join(words))
)


def places_of(command: Command) -> list[Place]:
    found = [command.place, *(word.place for word in command.words)]
    if (install := command.install) is not None:
        lists = (install.pip, install.conda, install.channels, install.indexes, install.includes, install.members)
        found += [entry.place for entries in lists for entry in entries]
        found += [problem.place for problem in install.problems]
        found += [entry.version_place for entry in install.pip if entry.version_place]
    return found


def is_inside(place: Place, source: Source) -> bool:
    """Whether *place* is a span of *source*, its end not before its start."""
    assert None not in place
    starts = [*source.starts, len(source.text) + 1]
    start = starts[(place.line or 0) - 1] + (place.column or 0) - 1
    end = starts[(place.end_line or 0) - 1] + (place.end_column or 0) - 1
    return 0 <= start <= end <= len(source.text)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_any_text_is_read(text: str) -> None:
    found = read(text, {"A": "a b"})
    source = Source(path="f", text=text)
    assert all(is_inside(place, source) for command in found for place in places_of(command))
    assert describe_all(found) == describe_all(read(text, {"A": "a b"}))


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.one_of(st.sampled_from(WORDS), TEXTS), max_size=6))
def test_any_words_are_read(texts: list[str]) -> None:
    words = [Word(text, Place("f", 1, 1 + at * 100, 1, 1 + at * 100 + len(text))) for at, text in enumerate(texts)]
    for command in read_exec(words, {"A": "a b"}):
        assert all(place.line == 1 for place in places_of(command))


@settings(max_examples=100, deadline=None)
@given(words=st.lists(st.text(min_size=1, max_size=8).filter(lambda text: "\0" not in text), max_size=5))
def test_what_single_quotes_hold_is_the_word(words: list[str]) -> None:
    """XCU 2.2.2: "Enclosing characters in single-quotes shall preserve the literal value of each character"."""
    plain = [word.replace("'", "").replace("{", "") for word in words]
    found = read("x " + " ".join(f"'{word}'" for word in plain))
    assert [word.text for word in found[0].words[1:]] == plain


@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "{ ",
        "if ",
        "$(",
        "${a:-",
        '"$(',
        "`",
        "<<A\n",
        "bash -c '",
        'eval "',
        "a=(",
        "case x in a) ",
        "f() ",
        "a||",
        "{{",
    ],
)
def test_deep_nesting_is_read_in_a_row(piece: str) -> None:
    assert len(read(piece * (MAX_TEXT // 20 // len(piece)))) < MAX_TEXT


@pytest.mark.parametrize(
    "text",
    [
        "A=aaaaaaaaaa\n" + "A=$A$A\n" * 200 + "pip install $A " * 1000,
        'A="' + "a " * 4000 + '"\n' + "pip install $A\n" * 1000,
        "A=(" + "a " * 4000 + ")\n" + "pip install ${A[@]}\n" * 1000,
        "for a in 1 2 3 4 5 6 7 8; do " * 30 + "x=1; " + "done; " * 30,
        "for a in " + "1 " * 40 + "; do " + "bash -c 'pip install a'; " * 300 + "done",
        "A=" + "a" * 120 + "\n" + "x ${A%%*b*a*} ${A%*b*b}\n" * 1000,
    ],
    ids=["doubling", "fields", "items", "loops", "scripts", "patterns"],
)
def test_what_multiplies_stays_small(text: str) -> None:
    """Each would take hours if all it says were done; the bound leaves room for a slow machine."""
    start = time.process_time()
    found = read(text)
    assert time.process_time() - start < 10
    assert sum(len(command.words) for command in found) < MAX_TEXT
