"""Single lines of requirements files, and what is said about those that pip refuses."""

from __future__ import annotations

import pytest

from compat.formats.found import MAX_PROBLEMS
from compat.formats.pip_line import read_line
from compat.formats.repairs import explain
from tests.formats.readings import read_text, text_at


def problems(text: str) -> list[tuple[str, str | None]]:
    return [(problem.message, problem.hint) for problem in read_text("requirements", text).problems]


@pytest.mark.parametrize("text", ["", "   ", "# x", " # x", "\t#", "#x==1"])
def test_nothing_on_the_line(text: str) -> None:
    assert read_line(text) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("torch=1.1.0", "write `torch==1.1.0`"),
        ("torch[x]=1.1.0 ; sys_platform == 'linux'", "write `torch[x]==1.1.0; sys_platform == 'linux'`"),
        ("torch=>1.3", "write `torch>=1.3`"),
        ("torch=<1.3", "write `torch<=1.3`"),
        ("torch=~1.3", "write `torch~=1.3`"),
        ("torch>==1.3", "write `torch>=1.3`"),
        ("torch!==1.3", "write `torch!=1.3`"),
        ("torch v1.3", "write `torch==1.3`"),
        ("torch>=", "write `torch`"),
        ("torch==", "write `torch`"),
        ("torch^1", "write `torch>=1`"),
        ("torch==^1.2", "write `torch~=1.2`"),
        ("torch<2.*", "write `torch<2`"),
        ("torch<2+cpu", "write `torch<2`"),
        ("torch==2.*.1", None),
        ("a==1 b>=2 c", "put `a==1`, `b>=2`, `c` on lines of their own"),
        ("a==1b==2", "put `b==2` on a line of its own"),
        ("a==1.0.", "write `a==1.0`"),
        ("a==1#b", "write `a==1 #b`"),
        ("\u2018a==1\u2019", None),
        ("a\u00a0==1", "write `a ==1`"),
        ("a—b==1", "write `a-b==1`"),
        ("a==1 ; os_name = 'nt'", "`=` is no operator: write `==`"),
        ("a==1 ; os_name == nt", 'write `os_name == "nt"`'),
        ("a==1 ; not x", "markers have no `not`: turn each comparison round"),
        ("$ pip3 install a", "write `a`"),
        ("uv pip install a b", "write `a b`"),
        ("Collecting torch", "delete the line"),
        ("-----------", None),
        ("a" * 400 + "=1", None),
        ("(a)", None),
    ],
)
def test_hints_name_the_nearest_right_spelling(text: str, hint: str | None) -> None:
    found = problems(text)
    assert [said for _, said in found] == [hint]
    assert found[0][0]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("--extra-index-urls https://x", "`--extra-index-urls` is no option of a requirements file", "did you mean `--extra-index-url`?"),
        ("--no https://x", "`--no` is no option of a requirements file", None),
        ("--process-dependency-links", "`--process-dependency-links` is no option of a requirements file", None),
        ("-x", "`-x` is no option of a requirements file", None),
        ("--index-url", "`--index-url` has no value", None),
        ("-r", "`-r` has no value", None),
        ("--pre=yes", "`--pre` takes no value", None),
        ("-r 'a b", "a quote is not closed", None),
        ("a==1 --hash=md5:0", "`md5:0` is no hash that pip takes", "write `--hash=sha256:...`"),
        ("-e https://example.org/a.zip#egg=a -x", "`-x` is no option of a requirements file", None),
        ("a" * 4001 + "@ https://x", "too long for a requirement", None),
        ("https://example.org/a-1-py3-none-any.whl ; x", None, None),
        ("https://example.org/a.whl", "`a.whl` is no valid name of a wheel", None),
    ],
)  # fmt: skip
def test_other_refusals(text: str, message: str | None, hint: str | None) -> None:
    found = problems(text)
    assert len(found) == 1
    assert message is None or found[0] == (message, hint)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("-r a.txt", "a.txt"),
        ("-ra.txt", "a.txt"),
        ("--requirem a.txt", "a.txt"),
        ("-r 'a b.txt'", "a b.txt"),
        ('-r "a\\"b.txt"', 'a"b.txt'),
        ("-r a\\ b.txt", "a b.txt"),
        ("--constraint=a.txt", "a.txt"),
        ("-- -r a.txt", None),
        ("- -r a.txt", "a.txt"),
    ],
)
def test_includes_as_a_shell_would_split_them(text: str, path: str | None) -> None:
    assert [include.path for include in read_text("requirements", text).includes] == ([path] if path else [])


def test_texts_without_a_defect_have_no_explanation() -> None:
    assert explain("fine==1.0") == ("`fine==1.0` is no valid requirement", None)


def test_problems_beyond_twenty_are_counted() -> None:
    document = read_text("requirements", "\n".join(f"p{number}=1" for number in range(50)))
    assert len(document.problems) == MAX_PROBLEMS + 1
    last = document.problems[-1]
    assert (last.kind, last.message) == ("invalid", "30 more entries of this file could not be taken")
    assert text_at(document, last.place) == "p20=1"


def test_a_mark_of_a_conflict_alone_is_one_line() -> None:
    assert [message for message, _ in problems("=======\n>>>>>>> x\n")] == [
        "`=======` is no valid requirement: expected package name at the start of dependency specifier",
        "`>>>>>>> x` is no valid requirement: expected package name at the start of dependency specifier",
    ]


def test_a_conda_list_whose_lines_conda_refuses() -> None:
    document = read_text("requirements", "a=1=b\nd=,=b\n_e=1=pypi_0\n")
    assert [entry.name for entry in document.conda] == ["a"]
    assert {problem.kind for problem in document.problems} == {"invalid", "odd"}
