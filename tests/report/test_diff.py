"""The diff is taken by the tools that diffs are for, whatever the bytes; it shows no credentials and steers no terminal."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compat.report.diff import Rewrite, render_diff
from compat.report.style import Style

PLAIN = Style(color=False)
TOOLS = {
    "git": ["git", "apply", "--whitespace=nowarn"],
    "patch": ["patch", "-p1", "--quiet", "--fuzz=0"],
}
MANY = b"".join(b"dist-%d==1.0\n" % number for number in range(30))

CASES = {
    "plain": (b"torch==2.7.1\nnumpy\n", b"torch>=2.7.1,<2.8\nnumpy\n"),
    "no-line-end": (b"numpy\ntorch==2.7.1", b"numpy\ntorch>=2.7.1,<2.8"),
    "line-end-added": (b"numpy\ntorch==2.7.1", b"numpy\ntorch>=2.7.1,<2.8\n"),
    "no-line-end-in-context": (b"torch==2.7.1\nnumpy", b"torch>=2.7.1,<2.8\nnumpy"),
    "crlf": (b"torch==2.7.1\r\nnumpy\r\n", b"torch>=2.7.1,<2.8\r\nnumpy\r\n"),
    "mixed-line-ends": (b"a\r\nb==1\nc\rd\r\n", b"a\r\nb>=1\nc\rd\r\n"),
    "byte-order-mark": (b"\xef\xbb\xbftorch==2.7.1\nnumpy\n", b"\xef\xbb\xbftorch>=2.7.1,<2.8\nnumpy\n"),
    "latin-1": (b"# caf\xe9\ntorch==2.7.1\n", b"# caf\xe9\ntorch>=2.7.1\n"),
    "odd-breaks": ("# a\u2028b\x0c\x85\ntorch==2\n".encode(), "# a\u2028b\x0c\x85\ntorch>=2\n".encode()),
    "two-hunks": (MANY, MANY.replace(b"dist-2==", b"dist-2>=").replace(b"dist-27==", b"dist-27>=")),
    "lines-like-headers": (b"-- a/x\n++ b/x\n@@ c\n", b"-- a/y\n++ b/y\n@@ d\n"),
    "emptied": (b"torch==2.7.1\n", b""),
}


def diff_of(*rewrites: Rewrite) -> bytes:
    return render_diff(rewrites, PLAIN, screen=False).text.encode("utf-8", "surrogateescape")


def applied(folder: Path, tool: str, rewrites: list[Rewrite]) -> list[bytes]:
    """What *tool* makes of the old files with the diff."""
    if shutil.which(tool) is None:
        pytest.skip(f"needs {tool}")
    for rewrite in rewrites:
        path = folder / rewrite.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rewrite.old)
    run = subprocess.run(TOOLS[tool], input=diff_of(*rewrites), cwd=folder, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr + run.stdout
    return [(folder / rewrite.name).read_bytes() if rewrite.new else b"" for rewrite in rewrites]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("case", CASES)
def test_tools_take_it(case: str, tool: str, tmp_path: Path) -> None:
    rewrite = Rewrite("requirements.txt", *CASES[case])
    assert applied(tmp_path, tool, [rewrite]) == [rewrite.new]


@pytest.mark.parametrize("tool", TOOLS)
def test_tools_take_many_files_under_any_name(tool: str, tmp_path: Path) -> None:
    names = ["requirements.txt", "deep/er/my file.txt", 'a "b".txt', "tab\there.txt", "back\\slash.txt", "café.txt"]
    rewrites = [Rewrite(name, b"torch==2.7.1\n", b"torch>=2.7.1\n") for name in names]
    assert applied(tmp_path, tool, rewrites) == [b"torch>=2.7.1\n"] * len(names)


LINES = st.lists(
    st.sampled_from([b"a", b"b==1", b"", b"\xff", b"-- ", b"\r", b"\xef\xbb\xbfc"]), min_size=1, max_size=9
)


def patched(old: bytes, diff: bytes) -> bytes:
    """*old* with *diff* applied to the letter: every line stands where its hunk says."""
    source = re.findall(rb"[^\n]*\n|[^\n]+", old)
    result: list[bytes] = []
    at = 0
    for hunk in re.split(rb"^@@ ", diff, flags=re.MULTILINE)[1:]:
        start, count = re.match(rb"-(\d+)(,\d+)?", hunk).groups()  # type: ignore[union-attr]
        first = int(start) - (count != b",0")  # an empty side names the line before it
        result += source[at:first]
        at = first
        for line in re.findall(rb"([ +-])([^\n]*\n)(\\[^\n]*\n)?", hunk.partition(b"\n")[2]):
            text = line[1].removesuffix(b"\n") if line[2] else line[1]
            if line[0] != b"+":
                assert source[at] == text
                at += 1
            if line[0] != b"-":
                result.append(text)
    return b"".join([*result, *source[at:]])


@given(old=LINES, new=LINES, ends=st.tuples(st.booleans(), st.booleans()))
@example(old=[b"a"], new=[b"a"], ends=(True, False))
@example(old=[b"a", *[b""] * 9], new=[b"b", *[b""] * 8, b"c"], ends=(False, False))
def test_applied_to_the_letter_it_makes_the_new_file_of_the_old(
    old: list[bytes], new: list[bytes], ends: tuple[bool, bool]
) -> None:
    before, after = (b"\n".join(lines) + b"\n" * end for lines, end in zip((old, new), ends, strict=True))
    assert patched(before, diff_of(Rewrite("a", before, after))) == after


def test_a_file_that_stays_is_not_in_it() -> None:
    assert diff_of(Rewrite("a", b"x\n", b"x\n")) == b""


SECRET = b"--index-url https://me:secret@example.org/simple\n"


def test_credentials_are_kept_out_of_the_context_where_that_is_possible() -> None:
    old = SECRET + b"numpy\npandas\ntorch==2.7.1\nscipy\n"
    diff = render_diff([Rewrite("a", old, old.replace(b"==", b">="))], PLAIN, screen=False)
    assert diff == (
        "--- a/a\n+++ b/a\n@@ -2,4 +2,4 @@\n numpy\n pandas\n-torch==2.7.1\n+torch>=2.7.1\n scipy\n",
        (),
    )


def test_credentials_are_masked_where_they_stand_beside_a_change() -> None:
    old = SECRET + b"torch==2.7.1\n"
    diff = render_diff([Rewrite("a", old, old.replace(b"==", b">="))], PLAIN, screen=False)
    assert " --index-url https://*********@example.org/simple\n" in diff.text
    (note,) = diff.notes
    assert note.startswith(
        "the diff of `a` is for reading and does not apply: the credentials of a URL are masked in it"
    )


def test_utf_16_is_shown_as_text_and_said_not_to_apply() -> None:
    old, new = ("numpy\r\ntorch==2.7.1\r\n".encode("utf-16"), "numpy\r\ntorch>=2.7.1\r\n".encode("utf-16"))
    diff = render_diff([Rewrite("a", old, new)], PLAIN, screen=False)
    assert diff.text.endswith(" numpy\r\n-torch==2.7.1\r\n+torch>=2.7.1\r\n")
    (note,) = diff.notes
    assert note.startswith(
        "the diff of `a` is for reading and does not apply: it shows the text of a file in UTF-16 or"
    )


def test_colour() -> None:
    diff = render_diff([Rewrite("a", b"x\ny==1", b"x\ny>=1")], Style(color=True), screen=True)
    assert diff.text == (
        "\x1b[1m--- a/a\x1b[0m\n\x1b[1m+++ b/a\x1b[0m\n\x1b[2m@@ -1,2 +1,2 @@\x1b[0m\n x\n"
        "\x1b[31m-y==1\x1b[0m\n\x1b[31m\\ No newline at end of file\x1b[0m\n"
        "\x1b[32m+y>=1\x1b[0m\n\x1b[32m\\ No newline at end of file\x1b[0m\n"
    )


def test_a_screen_is_not_steered() -> None:
    old = b"# \x1b[2J\te\xff\r\ntorch==2.7.1\r\n"
    shown = render_diff([Rewrite("a", old, old.replace(b"==", b">="))], PLAIN, screen=True).text
    assert shown.splitlines()[3:] == [" # \\x1b[2J\te\\udcff", "-torch==2.7.1", "+torch>=2.7.1"]
