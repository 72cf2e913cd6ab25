"""The stages of a Dockerfile, statement by statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from posixpath import join

from compat.formats.dockerfile.active import Active
from compat.formats.dockerfile.cycles import find_cycles
from compat.formats.dockerfile.empty_base import refuse_empty
from compat.formats.dockerfile.expand import BadWord, Expanded, Lookup, Value, expand
from compat.formats.dockerfile.instructions import (
    KEYWORDS,
    Refused,
    read_arguments,
    read_texts,
    read_words,
    refuse_mixed,
    to_word,
)
from compat.formats.dockerfile.lines import Lines, Statement, to_trigger
from compat.formats.dockerfile.run import read_run
from compat.formats.dockerfile.scope import Globals, Room, Scope
from compat.formats.dockerfile.words import Span, split_blanks
from compat.formats.found import Found
from compat.model.containers import ImageBuild, Instruction, Stage, Word
from compat.model.places import Place

_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
#: Images of Windows, whose RUN lines are no shell scripts.
_WINDOWS = ("mcr.microsoft.com/windows", "mcr.microsoft.com/powershell", "microsoft/")
#: The longest path that Linux takes.
_MAX_FOLDER = 4096
#: The stages that know the variables of those they are FROM. Real files have 30.
_MAX_STAGES = 300
#: What ``ONBUILD`` runs in all stages of a file. Real files have one stage with a handful.
_MAX_TRIGGERS = 1000

#: The variables that a base image sets, by its reference.
Environments = Callable[[str], Mapping[str, str]]


@dataclass(slots=True, kw_only=True)
class _Open:
    """A stage while it is read; `Stage` says what the first fields mean."""

    stage: Stage
    scope: Scope
    active: Active
    folder: str = "/"
    instructions: list[Instruction] = field(default_factory=list)
    triggers: list[Statement] = field(default_factory=list)


class Build:
    """Takes statements in order. Those that docker refuses become problems of *found*; the others are read on."""

    def __init__(self, found: Found, lines: Lines, arguments: Mapping[str, str], environment_of: Environments) -> None:
        self._found = found
        self._environment_of = environment_of
        self._escape = lines.escape
        # Another frontend may know instructions of its own.
        self._foreign = bool(lines.syntax) and re.match(r"(docker\.io/)?docker/dockerfile", lines.syntax) is None
        self._given = arguments
        self._globals = Globals(arguments, Room())
        self._stages: list[_Open] = []
        self._by_name: dict[str, int] = {}
        self._arguments: list[Word] = []
        self._unknown_before = False
        self._early = False
        self._triggers = 0

    def take(self, statement: Statement) -> None:
        """Read one statement."""
        unknown, self._unknown_before = self._unknown_before, statement.keyword not in KEYWORDS
        if self._unknown_before:
            if not (unknown or self._foreign):  # several in a row have one cause
                self._refuse_unknown(statement)
            return
        try:
            refuse_mixed(statement)
            self._take_known(statement)
        except Refused as refused:
            self._add_problem(statement, refused)

    def finish(self) -> ImageBuild:
        """All stages."""
        stages = tuple(stage.stage._replace(instructions=tuple(stage.instructions)) for stage in self._stages)
        for message, place in find_cycles(stages) if not self._foreign else ():
            self._found.add_problem("instruction", message, place)
        return ImageBuild(self._found.source.path, stages, tuple(self._arguments))

    def _take_known(self, statement: Statement) -> None:
        if statement.keyword == "FROM":
            self._take_from(statement)
        elif statement.keyword == "ARG":
            self._take_arguments(statement)
        elif self._stages:
            self._take_instruction(self._stages[-1], statement)
        elif not self._early:  # several have one cause
            self._early = True
            message = f"`{statement.keyword}` stands before the first `FROM`: docker refuses the file"
            raise Refused(message, _first(statement), "put it below a `FROM`")

    def _take_from(self, statement: Statement) -> None:
        spans = split_blanks(statement.line.text, statement.body)
        if not spans:
            raise Refused("`FROM` names no image", _first(statement))
        base = to_word(statement, spans[0], self._globals.lookup, self._escape)
        parent = self._by_name.get(base.text.lower()) if base.known else None
        above = self._stages[parent] if parent is not None else None
        stage = Stage(
            number=len(self._stages),
            name=self._stage_name(statement, spans),
            base=base.text,
            place=self._place(statement),
            base_place=base.place,
            platform=self._platform(statement),
            parent=parent,
            known=base.known,
        )
        if above is not None:
            scope = above.scope.child() if stage.number < _MAX_STAGES else Scope(self._globals)
            opened = _Open(stage=stage, scope=scope, active=above.active, folder=above.folder)
        else:
            active = Active(readable=not base.text.lower().startswith(_WINDOWS))
            opened = _Open(stage=stage, scope=Scope(self._globals), active=active)
            for variable, value in self._environment_of(base.text).items() if base.known else ():
                opened.scope.set_environment(variable, Value(value))
        self._stages.append(opened)
        if stage.name:
            self._by_name[stage.name] = stage.number
        if not base.known and not self._foreign:
            try:
                refuse_empty(statement, spans[0], self._globals, self._escape)
            except Refused as refused:
                self._add_problem(statement, refused)
        for trigger in above.triggers if above is not None else ():
            self._run_trigger(opened, trigger)

    def _run_trigger(self, opened: _Open, trigger: Statement) -> None:
        """What ``ONBUILD`` of the stage above runs in this one."""
        self._triggers += 1
        if self._triggers > _MAX_TRIGGERS:
            return
        try:
            if trigger.keyword == "ARG":
                self._take_arguments(trigger)
            elif trigger.keyword in KEYWORDS:
                self._take_instruction(opened, trigger)
        except Refused as refused:
            self._add_problem(trigger, refused)

    def _stage_name(self, statement: Statement, spans: list[Span]) -> str:
        """The name after AS, "" for none. What docker refuses is noted, and the image counts all the same."""
        words = [statement.line.text[slice(*span)] for span in spans]
        if len(words) == 1:
            return ""
        if len(words) != 3 or words[1].lower() != "as":
            hint = "a comment stands on a line of its own" if words[1].startswith("#") else None
            message = "`FROM` takes an image, or `image AS name`"
            self._add_problem(statement, Refused(message, (spans[1][0], spans[-1][1]), hint))
        elif _STAGE_NAME.fullmatch(words[2].lower()) is None:
            self._add_problem(statement, Refused(f"`{words[2]}` cannot name a stage", spans[2], "begin with a letter"))
        return words[2].lower() if len(words) > 2 and words[1].lower() == "as" else ""

    def _platform(self, statement: Statement) -> str:
        value = next((value for name, value in statement.flags if name == "platform"), "")
        text, known = self._fill(value, self._globals.lookup)
        return text if known else ""

    def _fill(self, value: str, lookup: Lookup) -> Expanded:
        """The value of a flag."""
        try:
            return expand(value, lookup, self._escape)
        except BadWord:
            return Expanded(value, known=False)

    def _take_arguments(self, statement: Statement) -> None:
        """``ARG`` with several names is as many instructions."""
        opened = self._stages[-1] if self._stages else None
        scope = opened.scope if opened else self._globals
        for name, default in read_arguments(statement, self._escape):
            word = Word(statement.line.text[slice(*name)], statement.line.place(*name))
            self._arguments.append(word)
            value = None
            if default is not None:
                value = to_word(statement, default, scope.lookup, self._escape)
                value = value._replace(text=self._given[word.text], known=True) if word.text in self._given else value
            scope.declare(word.text, Value(value.text if value.known else None, value.known) if value else None)
            if opened is not None:
                words = (word, value) if value else (word,)
                opened.instructions.append(Instruction("ARG", self._place(statement), words))
                if value is not None and word.text == "PATH":
                    opened.active = opened.active.with_path(value)

    def _take_instruction(self, opened: _Open, statement: Statement) -> None:
        words = read_words(statement, opened.scope.lookup, self._escape)
        flags = tuple((name, self._fill(value, opened.scope.lookup).text) for name, value in statement.flags)
        commands = (
            read_run(statement, opened.scope, readable=opened.active.readable) if statement.keyword == "RUN" else ()
        )
        commands = opened.active.place(commands, opened.scope.known, opened.folder)
        texts = read_texts(statement)
        opened.instructions.append(
            Instruction(statement.keyword, self._place(statement), words, flags, commands, texts)
        )
        if statement.keyword == "ONBUILD":
            opened.triggers.append(to_trigger(statement, self._escape))
        self._follow(opened, statement.keyword, words)
        opened.active = opened.active.with_commands(commands, opened.folder)

    def _follow(self, opened: _Open, keyword: str, words: tuple[Word, ...]) -> None:
        """What an instruction changes for those below it."""
        if keyword == "ENV":
            for name, value in zip(words[::2], words[1::2], strict=True):
                opened.scope.set_environment(name.text, Value(value.text if value.known else None, value.known))
                if name.text == "PATH":
                    opened.active = opened.active.with_path(value)
        elif keyword == "SHELL":
            opened.active = opened.active.with_shell(words)
        elif keyword == "WORKDIR":
            opened.folder = join(opened.folder, words[0].text)[:_MAX_FOLDER]

    def _refuse_unknown(self, statement: Statement) -> None:
        word = statement.line.text[slice(*_first(statement))]
        hint = "end the line above with a backslash, if it goes on here"
        self._add_problem(statement, Refused(f"`{word}` is no instruction of a Dockerfile", _first(statement), hint))

    def _add_problem(self, statement: Statement, refused: Refused) -> None:
        place = statement.line.place(*refused.span)
        self._found.add_problem("instruction", refused.message, place, refused.hint)

    def _place(self, statement: Statement) -> Place:
        """The whole instruction, from its keyword to the end of its last line."""
        return self._found.source.place(statement.line.offset(_first(statement)[0]), statement.end)


def _first(statement: Statement) -> Span:
    """The keyword as it stands."""
    return split_blanks(statement.line.text, (0, len(statement.line.text)))[0]
