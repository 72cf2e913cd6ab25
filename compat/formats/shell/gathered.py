"""What a command's words ask for, gathered into the fields of an `Install`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from compat.formats.found import Found
from compat.formats.pip_line import Line, read_line
from compat.formats.pip_urls import strip_credentials
from compat.formats.shell.arguments import Arguments
from compat.formats.shell.installs import Call, Cut
from compat.formats.shell.spans import is_spelled, part_of
from compat.model.containers import Install, Word
from compat.model.environments import Channel, CondaEntry, Include, Index, Problem
from compat.model.places import Place
from compat.text.source import Source

#: Spellings of one option.
_SAME = {
    "no-cache": "no-cache-dir",
    "no-dependencies": "no-deps",
    "assume-yes": "yes",
    "assumeyes": "yes",
    "reinstall": "force-reinstall",
    "install-suggests": "install-recommends",
}
#: What a version is compared with: without quotes its first letter is a redirection.
_BOUND = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\[\],-]*[<>]=?v?[0-9].*")
#: `pip install $(cat FILE)`, which is `-r FILE` but for comments.
_READ = re.compile(r"\$\(\s*(?:cat\s|<)\s*([\w./-]+)\s*\)|`\s*cat\s+([\w./-]+)\s*`")
#: Signs alone belong to another shell, such as the `^` that continues a line of cmd.
_WORDY = re.compile(r"[A-Za-z0-9]")
_STANDARD_INPUT = frozenset({"-", "/dev/stdin"})


class Gathered:
    """Lists that become an `Install`."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.found = Found(Source(path=call.place.path, text=""))
        self.conda: list[CondaEntry] = []
        self.channels: list[Channel] = []
        self.complete = not call.more
        if call.more and call.fed is not None:
            self.complete = True
            self.add_includes([call.fed])
        self.problems: list[Problem] = []

    def to_install(self, tool: str, verb: str, arguments: Arguments, **more: object) -> Install:
        """The install; *more* are fields that only some tools have."""
        found = self.found
        install = Install(
            tool,
            verb,
            self.call.place,
            pip=tuple(found.pip),
            conda=tuple(self.conda),
            channels=tuple(self.channels),
            indexes=tuple(found.indexes),
            includes=tuple(found.includes),
            members=tuple(found.members),
            problems=(*found.problems, *self.problems),
            flags=to_flags(arguments),
            complete=self.complete,
        )
        return install._replace(**more)  # type: ignore[arg-type]  # fields of an Install by their names

    def add_requirements(self, words: Iterable[Word], doubtful: frozenset[Word] = frozenset()) -> None:
        """Take operands of pip: requirements, URLs and paths."""
        for word in words:
            if not word.known and (read := _READ.fullmatch(word.text)):
                self.add_includes([Word(read[1] or read[2], word.place)])
                continue
            line = read_line(word.text) if word.known and not word.text.startswith("#") else None
            if line is None or (line.defect is not None and (word in doubtful or not _WORDY.search(word.text))):
                self.complete = False
                continue
            if not is_spelled(word):
                line = line._replace(version=None)
            self._add_line(line, word)

    def add_editables(self, words: Iterable[Word]) -> None:
        """Take the values of ``-e``."""
        for word in words:
            value = word.text if re.fullmatch(r"[\w./\[\],:@+#=&~-]+", word.text) else shlex.quote(word.text)
            line = read_line(f"-e {value}") if word.known and value else None
            if line is None:
                self.complete = False
                continue
            # Offsets count from the option here: the whole word stands for them.
            line = line._replace(span=(0, len(word.text)), version=None)
            if line.defect is not None:
                line = line._replace(defect=line.defect._replace(span=(0, len(word.text))))
            self._add_line(line, word)

    def _add_line(self, line: Line, word: Word) -> None:
        self.found.add_line(line, word.text, lambda start, end: part_of(word, start, end))
        if line.requirement is None and line.folder is None and line.defect is None:
            self.complete = False  # a download would tell what it is

    def add_includes(self, words: Iterable[Word], *, constraint: bool = False) -> None:
        """Take the names of files of requirements."""
        for word in words:
            if word.known and word.text and word.text not in _STANDARD_INPUT:
                self.found.includes.append(Include(strip_credentials(word.text), word.place, constraint))
            elif not constraint:
                self.complete = False

    def add_indexes(self, role: str, words: Iterable[Word]) -> None:
        """Take URLs; one that is not known is left out."""
        for word in words:
            if word.known:
                name, equals, url = word.text.partition("=")
                named = bool(equals) and re.fullmatch(r"[A-Za-z0-9._-]+", name) is not None
                url = strip_credentials(url if named else word.text)
                self.found.indexes.append(Index(role, url, word.place, name=name if named else ""))

    def add_specs(self, words: Iterable[Word], doubtful: frozenset[Word] = frozenset()) -> None:
        """Take operands of conda: MatchSpecs, and URLs or paths of package files."""
        from compat.model.matchspec import InvalidMatchSpec, parse_matchspec

        for word in words:
            try:
                spec = parse_matchspec(word.text) if word.known and word.text else None
            except InvalidMatchSpec as error:
                spec = None
                if word not in doubtful and not re.match(r"[./~@]|[a-z]+://", word.text):
                    message = f"`{word.text}` is no valid conda requirement: {error.message}"
                    self.problems.append(Problem("invalid", strip_credentials(message), word.place))
            if spec is None:
                self.complete = False
                continue
            bounds = part_of(word, *spec.version_span) if spec.version_span and is_spelled(word) else None
            self.conda.append(CondaEntry(spec, word.place, "", bounds))

    def add_channels(self, words: Iterable[Word]) -> None:
        """Take the names of channels; several may stand in one word."""
        from compat.model.matchspec import without_credentials

        for word in words:
            if word.known and word.text:
                self.channels += [Channel(without_credentials(name), word.place) for name in word.text.split(",")]

    def add_cuts(self, cuts: Iterable[Cut]) -> None:
        """Note requirements that lack quotes: the shell reads the bound as a file to write to, or to read from."""
        tool = self.call.words[0].text.rpartition("/")[2]
        for cut in cuts:
            if not _BOUND.fullmatch(cut.text):
                continue
            name, _, file = cut.text.partition(cut.operator)
            does, kind = ("writes to", "odd") if cut.operator == ">" else ("reads from", "invalid")
            message = f"`{cut.text}` without quotes: the shell {does} a file `{file}`, and `{tool}` gets `{name}` without a bound"
            self.problems.append(Problem(kind, message, cut.place, f'write `"{cut.text}"`'))

    def add_environment(self, names: Mapping[str, str], place: Place) -> None:
        """Take indexes that variables of the environment set; *names* are variables and roles."""
        for name, role in names.items():
            value = self.call.environment.get(name, "")
            for url in value.split():
                self.add_indexes(role, [Word(url, place)])


def to_flags(arguments: Arguments) -> frozenset[str]:
    """The names of the options, one spelling each."""
    return frozenset(_SAME.get(name, name) for name in arguments.flags())


def is_on(value: str) -> bool:
    """Whether a variable of the environment switches something on."""
    return value.strip().lower() in {"1", "true", "yes", "on", "t", "y"}
