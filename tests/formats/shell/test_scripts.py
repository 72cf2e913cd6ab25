"""Scripts as images and workflows hold them, and what they install: rows of ``cases.yml``."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from compat.formats.shell import read_exec, read_words
from compat.model.containers import Word
from compat.model.places import Place
from tests.formats.shell.descriptions import describe, describe_all, read, text_at

CASES = yaml.safe_load((Path(__file__).parent / "cases.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_what_a_script_installs(name: str) -> None:
    assert describe_all(read(CASES[name]["script"])) == CASES[name]["installs"]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_mean_nothing(end: str) -> None:
    text = "pip install \\\n  torch \\\n  'numpy'\nconda install six\n"
    found = read(text.replace("\n", end))
    assert describe_all(found) == ["pip install | pip: torch numpy", "conda install | conda: six"]


def spelled(text: str, variables: dict[str, str] | None = None) -> list[str]:
    """What the places of the first command's words hold."""
    return [text_at(text, word.place) for word in read(text, variables)[0].words]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pip install torch", ["pip", "install", "torch"]),
        ("\n  a 'b c' \"d e\"", ["a", "b c", "d e"]),
        ("a b'c'd", ["a", "b'c'd"]),
        ("a --x='y z'", ["a", "--x='y z'"]),
        ("a b\\ c", ["a", "b\\ c"]),
        ("a $PKGS '$PKGS'", ["a", "$PKGS", "$PKGS", "$PKGS"]),
        ('a "${V:-x}"', ["a", "${V:-x}"]),
        ("sudo -E env A=b c d", ["c", "d"]),
        ("bash -c \"a 'b c' d\"", ["a", "b c", "d"]),
        ("bash -c 'a \"b c\" '\"$PKGS\"'/d'", ["a", "b c", "$PKGS", "$PKGS\"'/d"]),
        ("bash <<E\n a b\nE", ["a", "b"]),
        ("a 'b\nc'", ["a", "b\nc"]),
    ],
)
def test_places_hold_the_words(text: str, words: list[str]) -> None:
    assert spelled(text, {"PKGS": "p q"}) == words


def test_places_of_entries_and_versions() -> None:
    text = "pip install 'torch>=2.0 ; python_version < \"3.12\"' --index-url=https://example.org/x \"numpy\"'<2'"
    install = read(text)[0].install
    assert install is not None
    torch, numpy = install.pip
    assert torch.version_place is not None
    assert text_at(text, torch.version_place) == ">=2.0"
    assert text_at(text, numpy.place) == "\"numpy\"'<2'"
    assert numpy.version_place is None  # an edit there would have to mind the quotes
    assert text_at(text, install.indexes[0].place) == "https://example.org/x"
    assert text_at(text, install.place) == text


def test_places_of_conda_entries() -> None:
    text = "conda install -cpytorch 'pytorch=2.1=*cuda*'"
    install = read(text)[0].install
    assert install is not None
    assert install.conda[0].version_place is not None
    assert text_at(text, install.conda[0].version_place) == "=2.1=*cuda*"
    assert text_at(text, install.channels[0].place) == "pytorch"


def test_an_error_shows_its_word() -> None:
    text = "pip install a 'torch=2.1'"
    install = read(text)[0].install
    assert install is not None
    assert text_at(text, install.problems[0].place) == "torch=2.1"
    assert install.problems[0].hint == "write `torch==2.1`"


def test_a_bound_without_quotes_is_shown_whole() -> None:
    text = "pip install torch>=2.1 numpy"
    install = read(text)[0].install
    assert install is not None
    assert text_at(text, install.problems[0].place) == "torch>=2.1"
    assert install.problems[0].hint == 'write `"torch>=2.1"`'


def test_settings_are_those_in_front_and_those_exported() -> None:
    first, second = read("export A=1 B=$X; C=2 D='3 4' pip install x; E=5; make")
    assert first.settings == (("A", "1"), ("C", "2"), ("D", "3 4"))
    assert second.settings == (("A", "1"),)
    assert second.program == "make"


def test_credentials_are_in_no_word_and_no_setting() -> None:
    found = read("export I=https://u:secret@example.org/x; pip install -i https://u:secret@example.org/y z")
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("operation", "value"),
    [
        ("${V}", "12.4.1"),
        ("${V%.*}", "12.4"),
        ("${V%%.*}", "12"),
        ("${V#*.}", "4.1"),
        ("${V##*.}", "1"),
        ("${V//./}", "1241"),
        ("${V/./-}", "12-4.1"),
        ("${V//'.'/''}", "1241"),
        ("${V:-x}", "12.4.1"),
        ("${V:+cu}", "cu"),
        ("${N:-x}", "x"),
        ("${N:-$V}", "12.4.1"),
        ("${N-${M:-y}}", "y"),
        ("${N:+cu}", ""),
        ("${E:-x}", "x"),
        ("${E-x}", ""),
        ("${L^^}", "ABC"),
        ("${N}", None),
        ("${U:-x}", None),
        ("${#V}", None),
        ("${V:0:2}", None),
        ("$(V)", None),
        ("$1", None),
    ],
)
def test_parameters(operation: str, value: str | None) -> None:
    word = read(f'U=$(date); echo "{operation}"', {"V": "12.4.1", "E": "", "L": "abc"})[-1].words[1]
    assert (word.text if word.known else None) == value


def words_of(*texts: str) -> list[Word]:
    """Words as a JSON list of strings spells them, in quotes and with a comma and a blank between."""
    column = 2
    found = []
    for text in texts:
        found.append(Word(text, Place("f", 7, column, 7, column + len(text))))
        column += len(text) + 4
    return found


def test_words_instead_of_a_script() -> None:
    command = read_words(words_of("/opt/venv/bin/pip", "install", "torch>=2", "a b"), [("PIP_NO_CACHE_DIR", "1")])
    assert command.install is not None
    assert (
        describe(command.install._replace(problems=()))
        == "pip install @/opt/venv | pip: torch>=2 | flags: no-cache-dir"
    )
    assert command.install.pip[0].place == Place("f", 7, 34, 7, 42)
    assert command.install.pip[0].version_place == Place("f", 7, 39, 7, 42)
    assert [problem.kind for problem in command.install.problems] == ["invalid"]


def test_words_that_hold_a_script() -> None:
    words = words_of("/bin/bash", "-c", "cd x && pip install $P; conda install six")
    found = read_exec(words, {"P": "torch"})
    assert describe_all(found) == ["pip install | pip: torch", "conda install | conda: six"]
    assert found[1].place == Place("f", 7, 29, 7, 43)
    assert read_words(words).install == read_exec(words, {})[1].install


def test_no_words() -> None:
    assert read_words([]).words == ()
    assert read_exec([], {}) == ()
