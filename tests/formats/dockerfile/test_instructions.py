"""Instructions: lines joined, words told apart, variables by their scope."""

from __future__ import annotations

import pytest

from tests.formats.dockerfile.showing import image, read, show

CASES = {
    "stages": (
        "FROM python:3.11 AS Build\nfrom scratch\nFROM build as last\nFROM --platform=linux/arm64 ubuntu\n",
        ["FROM python:3.11 as build", "FROM scratch", "FROM build as last after 0", "FROM ubuntu on linux/arm64"],
    ),
    "a stage is only what stands above": ("FROM a\nFROM b AS a\n", ["FROM a", "FROM b as a"]),
    "keywords in any case, blanks in front": ("  From a\n\trun x\n  WorkDir /b \n", ["FROM a", "RUN", "WORKDIR /b"]),
    "comments and blank lines inside an instruction": (
        "FROM a\nENV A=1 \\\n  # not B\n\n  C=2 \\\n#\n  D=3\nUSER u\n",
        ["FROM a", "ENV A 1 C 2 D 3", "USER u"],
    ),
    "an escaped escape sign continues nothing": ("FROM a\nENV A=b\\\\\nUSER u\n", ["FROM a", "ENV A b\\", "USER u"]),
    "blanks after an escape sign": ("FROM a\nENV A=1 \\ \t\n B=2\n", ["FROM a", "ENV A 1 B 2"]),
    "a word goes on in the next line": ("FROM py\\\nthon:3\nENV A=b\\\nc\n", ["FROM python:3", "ENV A bc"]),
    "the last line goes on": ("FROM a\nUSER u \\", ["FROM a", "USER u"]),
    "an escape sign alone": ("\\\nFROM a\n\\\n\nUSER u", ["FROM a", "USER u"]),
    "CRLF": ("FROM a\r\nENV A=1 \\\r\n  B=2\r\nUSER u\r\n", ["FROM a", "ENV A 1 B 2", "USER u"]),
    "a backtick escapes": (
        "# escape=`\nFROM a\nENV A=C:\\x `\n  B=2\nCOPY a `\n c:\\\nUSER u\n",
        ["FROM a", "ENV A C:\\x B 2", "COPY a c:\\", "USER u"],
    ),
    "a directive below others": ("# syntax=docker/dockerfile:1\n# Escape = `\nFROM a `\n  AS b\n", ["FROM a as b"]),
    "no directive below a comment": ("# hello\n# escape=`\nFROM a \\\n AS b\n", ["FROM a as b"]),
    "ENV, old form": ('FROM a\nENV A b  c\nENV B "d e"\nENV C = d\n', ["FROM a", "ENV A <b  c>", "ENV B <d e>", "ENV C <= d>"]),
    "ENV, new form": ("FROM a\nENV A=b C=\"d e\" D='f g' E=h\\ i F=\n", ["FROM a", "ENV A b C <d e> D <f g> E <h i> F <>"]),
    "COPY": (
        'FROM a\nCOPY --from=b --chown=u:g --link a b c/\nADD ["a b", "c"]\nCOPY *.txt ./\n',
        ["FROM a", "COPY --from=b --chown=u:g --link a b c/", "ADD <a b> c", "COPY ?*.txt ./"],
    ),
    "COPY of a heredoc": (
        "FROM a\nCOPY <<EOF <<'B' /etc/\nRUN x\nEOF\nUSER no\nB\nUSER u\n",
        ["FROM a", "COPY ?<<EOF ?<<B /etc/", "USER u"],
    ),
    "COPY of a heredoc with tabs": ("FROM a\nCOPY <<-EOF /x\n\tUSER no\n\t\tEOF\nUSER u\n", ["FROM a", "COPY ?<<-EOF /x", "USER u"]),
    "CMD and ENTRYPOINT": (
        'FROM a\nENTRYPOINT ["a", "b c"]\nCMD python "x y" $PORT\nCMD [ not json\n',
        ["FROM a", "ENTRYPOINT a <b c>", "CMD python <x y> ?$PORT", "CMD [ not json"],
    ),
    "HEALTHCHECK": (
        'FROM a\nHEALTHCHECK --interval=5s --retries=3 CMD curl -f x\nHEALTHCHECK NONE\nHEALTHCHECK CMD ["a", "b"]\n',
        ["FROM a", "HEALTHCHECK --interval=5s --retries=3 curl -f x", "HEALTHCHECK NONE", "HEALTHCHECK a b"],
    ),
    "others": (
        'FROM a\nEXPOSE 80 443/tcp\nVOLUME ["/a", "/b"]\nVOLUME /c /d\nLABEL a="b c" d=e\nSTOPSIGNAL 9\nMAINTAINER x y\nSHELL ["/bin/sh", "-c"]\n',
        ["FROM a", "EXPOSE 80 443/tcp", "VOLUME /a /b", "VOLUME /c /d", "LABEL a <b c> d e", "STOPSIGNAL 9", "MAINTAINER <x y>", "SHELL /bin/sh -c"],
    ),
    "ONBUILD is not run here": ("FROM a\nONBUILD RUN pip install x\nONBUILD COPY . /\n", ["FROM a", "ONBUILD RUN", "ONBUILD COPY"]),
    "flags of RUN": (
        "FROM a\nARG D=/root\nRUN --mount=type=cache,target=$D/.cache --network=none --security=insecure x\n",
        ["FROM a", "ARG D /root", "RUN --mount=type=cache,target=/root/.cache --network=none --security=insecure"],
    ),
    "ARG above FROM is for FROM": (
        "ARG V=3.11\nARG W=$V-slim\nFROM python:${W}\nUSER $V\nARG V\nUSER $V\n",
        ["FROM python:3.11-slim", "USER ?$V", "ARG V", "USER 3.11"],
    ),
    "ARG of a stage with its own default": ("ARG V=1\nFROM a\nARG V=2\nUSER $V\nFROM b\nUSER $V\n", ["FROM a", "ARG V 2", "USER 2", "FROM b", "USER ?$V"]),
    "ARG of a parent stage": ("FROM a AS b\nARG V=1\nENV E=$V\nFROM b\nUSER $V$E\n", ["FROM a as b", "ARG V 1", "ENV E 1", "FROM b after 0", "USER 11"]),
    "an ARG without default": ("ARG V\nFROM a:$V\nARG W\nUSER ${W}\nUSER ${W:-w}\n", ["FROM ? a:$V", "ARG W", "USER ?${W}", "USER w"]),
    "what nothing declares is empty above, and may be the image's below": (
        "FROM a${X:-b}\nUSER ${X:-b}\n",
        ["FROM ab", "USER ?${X:-b}"],
    ),
    "ENV after ARG": ("FROM a\nARG V=1\nENV V=2\nUSER $V\n", ["FROM a", "ARG V 1", "ENV V 2", "USER 2"]),
    "ARG after ENV: the manual and BuildKit disagree": (
        "FROM a\nENV V=2 W=3\nARG V=1\nARG W=3\nARG X\nUSER $V$W\n",
        ["FROM a", "ENV V 2 W 3", "ARG V 1", "ARG W 3", "ARG X", "USER ?$V3"],
    ),
    "one ENV sees the values of before": ("FROM a\nENV A=1\nENV A=2 B=$A\nUSER $B\n", ["FROM a", "ENV A 1", "ENV A 2 B 1", "USER 1"]),
    "one ARG sees its own": ("FROM a\nARG A=1 B=$A\nUSER $B\n", ["FROM a", "ARG A 1", "ARG B 1", "USER 1"]),
    "platforms are the build's": (
        "FROM --platform=$BUILDPLATFORM a:${TARGETARCH}\nARG TARGETARCH\nUSER $TARGETARCH\nUSER ${TARGETARCH:-amd64}\n",
        ["FROM ? a:${TARGETARCH}", "ARG TARGETARCH", "USER ?$TARGETARCH", "USER ?${TARGETARCH:-amd64}"],
    ),
    "values that are not known": ("FROM a\nENV A=$B/x\nUSER $A\nENV A=c\nUSER $A\n", ["FROM a", "ENV A ?$B/x", "USER ?$A", "ENV A c", "USER c"]),
    "CMD fills nothing in": ('FROM a\nENV A=b\nCMD x $A\nENTRYPOINT ["$A"]\n', ["FROM a", "ENV A b", "CMD x ?$A", "ENTRYPOINT $A"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_instructions(name: str) -> None:
    text, expected = CASES[name]
    assert show(image(text)) == expected
    assert not read(text).problems


ARGUMENTS = [
    ("ARG V=1\nFROM a:$V\nUSER x\n", ["FROM a:9", "USER x"]),
    ("FROM a\nARG V=1\nUSER $V\n", ["FROM a", "ARG V 9", "USER 9"]),
    ("FROM a\nARG V\nUSER $V\n", ["FROM a", "ARG V", "USER 9"]),
    ("FROM a\nUSER $V\n", ["FROM a", "USER ?$V"]),
    ("FROM a\nARG V=1\nENV V=2\nUSER $V\n", ["FROM a", "ARG V 9", "ENV V 2", "USER 2"]),
    ("FROM --platform=$TARGETPLATFORM a\nARG TARGETARCH\nUSER $TARGETARCH\n", ["FROM a on linux/arm64", "ARG TARGETARCH", "USER arm64"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ARGUMENTS)
def test_build_arguments(text: str, expected: list[str]) -> None:
    """``--build-arg`` reaches what ARG declares, and nothing else."""
    arguments = {"V": "9", "TARGETPLATFORM": "linux/arm64", "TARGETARCH": "arm64"}
    assert show(image(text, arguments)) == expected


def test_names_of_arguments() -> None:
    found = image("ARG A=1\nFROM a\nARG B C=2\n").arguments
    assert [(word.text, word.place.line, word.place.column) for word in found] == [
        ("A", 1, 5),
        ("B", 3, 5),
        ("C", 3, 7),
    ]


def test_another_frontend_has_instructions_of_its_own() -> None:
    document = read("# syntax=example/dockerfile-plus\nINCLUDE+ base\nFROM a\nINCLUDE+ b\nUSER u\n")
    assert not document.problems
    assert document.image is not None
    assert show(document.image) == ["FROM a", "USER u"]
