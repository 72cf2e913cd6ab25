"""A reason in sentences: which records need what, and what of it was not there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from compat.model.conda_order import InvalidVersion, parse_conda_version
from compat.model.conda_records import CondaRecord
from compat.model.conda_solutions import CondaStep
from compat.model.names import CondaName, to_conda_name
from compat.model.targets import Target
from compat.model.words import dotted, listed
from compat.resolve.conda.live import Live
from compat.resolve.conda.pools import AND, NOTHING, Numbers, is_virtual
from compat.resolve.conda.reason import Reason, Used

#: Sentences of one reason.
MAX_STEPS = 8

#: Packages whose version is that of the Python that something is built for.
_PYTHONS = ("python", "python_abi")


def _is_plural(subject: str) -> bool:
    """``numpy 2.5.0 to 2.5.2 need``, ``every numpy needs``."""
    return not subject.startswith("every ") and bool(re.search(r" (?:to|and) \d", subject))


def reason_steps(live: Live, reason: Reason, target: Target) -> tuple[CondaStep, ...]:
    """The sentences, from what is asked towards what was not there."""
    told = [used for used in reason.used if not _is_plain(used)] or reason.used
    needs = [used for used in told if used.stroke.by is not None]
    lacks = [used for used in reversed(told) if used.stroke.lacks is not None]
    words = _Words(live, target)
    steps = [words.need(used) for used in needs] + [words.lack(used) for used in lacks]
    if not reason.used:
        steps = [words.contradiction(reason)]
    steps = list(dict.fromkeys(steps))
    if len(steps) > MAX_STEPS:
        steps[MAX_STEPS - 2 : -1] = [CondaStep(f"{len(steps) - MAX_STEPS + 1} more such steps")]
    return tuple(steps)


def _is_plain(used: Used) -> bool:
    """That Python 3.8 has the ABI of Python 3.8, or that something needs some Python, takes no sentence."""
    stroke = used.stroke
    if stroke.name == "python" and stroke.by is not None and not used.matters:
        return True
    return {stroke.by or stroke.name, stroke.lacks or stroke.name} == set(_PYTHONS)


class _Words:
    def __init__(self, live: Live, target: Target) -> None:
        self._live = live
        self._pools = live.pools
        self._target = target

    def need(self, used: Used) -> CondaStep:
        """What all that is left of a package needs, or bears."""
        stroke = used.stroke
        assert stroke.by is not None
        texts = self._texts(stroke.by, stroke.by_left, stroke.name, used.matters)
        return self._step(stroke.by, stroke.by_left, stroke.name, texts, needed=stroke.needed)

    def lack(self, used: Used) -> CondaStep:
        """What some records need, of which nothing was left."""
        name, lacks = used.stroke.name, used.stroke.lacks
        assert lacks is not None
        needed = any(lacks in self._pools.needs(name, number)[0] for number in used.matters)
        return self._step(name, used.matters, lacks, self._texts(name, used.matters, lacks, NOTHING), needed=needed)

    def _step(
        self, by: CondaName, numbers: Numbers, name: CondaName, texts: Sequence[str], *, needed: bool
    ) -> CondaStep:
        subject = self._subject(by, numbers)
        source = self._pools.records(by)[min(numbers)].channel
        if not needed:
            verb, pronoun = ("allow", "them") if _is_plural(subject) else ("allows", "it")
            return CondaStep(f"{subject} {verb} only {self._object(name, texts)} beside {pronoun}", source)
        if name in _PYTHONS and (minors := self._minors(name, texts)):
            return CondaStep(f"{subject} {'are' if _is_plural(subject) else 'is'} built for Python {minors}", source)
        verb = "need" if _is_plural(subject) else "needs"
        return CondaStep(f"{subject} {verb} {self._object(name, texts)}{self._tail(name, texts)}", source)

    def contradiction(self, reason: Reason) -> CondaStep:
        """Where what is asked rules out everything by itself."""
        if all(self._pools.admitted(self._live.asked[number]) for number in reason.asked):
            return CondaStep(
                f"no version and build of {reason.name} is {'both' if len(reason.asked) == 2 else 'all of it'}"
            )
        records = self._pools.records(reason.name)
        if not records:
            return CondaStep(f"no channel has {reason.name} for {self._target.subdir}")
        return CondaStep(have_words(reason.name, versions_of(records)))

    def _subject(self, name: CondaName, numbers: Numbers) -> str:
        """``pytorch 2.5.1``, ``pytorch 2.5.0 to 2.5.1``, ``pytorch 2.5.1 built for CUDA``, ``every pytorch``."""
        all_records = self._pools.records(name)
        if len(numbers) == len(all_records) > 1:
            return f"every {name}"
        records = self._records(name, numbers)
        versions = versions_of(records)
        same = {number for number, record in enumerate(all_records) if record.version in versions}
        return f"{name} {span_words(versions)}{'' if same <= numbers else _build_words(records)}"

    def _texts(self, by: CondaName, numbers: Numbers, name: CondaName, matters: Numbers) -> list[str]:
        """What the records say of *name*, each text once; of several that hold together the one that rules out what matters."""
        found: dict[str, None] = {}
        for number in sorted(numbers):
            depends, constrains = self._pools.needs(by, number)
            text = depends.get(name) or constrains.get(name)
            if text is not None:
                found[self._telling(text, matters)] = None
        return list(found)

    def _telling(self, text: str, matters: Numbers) -> str:
        parts = text.split(AND)
        alone = [part for part in parts if self._pools.admitted(part).isdisjoint(matters)]
        return alone[0] if alone and matters else text

    def _object(self, name: CondaName, texts: Sequence[str]) -> str:
        if name == "python" and (bounds := self._python_bounds(texts)):
            return bounds
        if len(texts) == 1:
            return _quoted(texts[0])
        admitted = self._admitted(texts)
        if not admitted:
            more = f" (or one of {len(texts) - 1} similar)" if len(texts) > 2 else ""
            return f"{_quoted(texts[0])}{more or f' or {_quoted(texts[1])}'}"
        if len(texts) == 2 and len(versions_of(self._records(name, admitted))) > 3:
            return f"{_quoted(texts[0])} or {_quoted(texts[1])}"
        if self._has_gap(name, admitted):  # what lies in it may be what is asked for
            return f"{_quoted(texts[0])} (or one of {len(texts) - 1} similar)"
        words = self._subject(name, admitted)
        return f"`{name}`" if words.startswith("every ") else words

    def _has_gap(self, name: CondaName, admitted: Numbers) -> bool:
        """Whether the channels have versions between the first and the last of *admitted* that are not among them."""
        versions = versions_of(self._records(name, admitted))
        every = versions_of(self._pools.records(name))
        return every.index(versions[-1]) - every.index(versions[0]) >= len(versions)

    def _python_bounds(self, texts: Sequence[str]) -> str:
        """``Python 3.9 or newer``, ``Python 3.9 to 3.12``; "" where no Python there is fits, or any does."""
        admitted, name = self._admitted(texts), to_conda_name("python")
        if not admitted or admitted == self._pools.everything(name):
            return ""
        minors = sorted({_minor(record.version) for record in self._records(name, admitted)})
        newest = max(_minor(record.version) for record in self._pools.records(name))
        first, last = (dotted(minor) for minor in (minors[0], minors[-1]))
        lowest = [match[1] for text in texts if (match := re.search(r">=\s*(\d+\.\d+)", text))]
        if len(lowest) == len(texts):  # what is asked, and not only the lowest there is
            first = min(lowest, key=_order)
        if minors[-1] == newest and len(minors) > 1:
            return f"Python {first} or newer"
        return f"Python {first}" if first == last else f"Python {first} to {last}"

    def _admitted(self, texts: Iterable[str]) -> Numbers:
        return NOTHING.union(*map(self._pools.admitted, texts))

    def _records(self, name: CondaName, numbers: Numbers) -> list[CondaRecord]:
        return [self._pools.records(name)[number] for number in sorted(numbers)]

    def _minors(self, name: CondaName, texts: Sequence[str]) -> str:
        """``3.8``, ``3.8 to 3.11``; "" where it is no bound in both directions."""
        admitted = self._admitted(texts)
        if not admitted or not all("<" in text or "=" in text.replace(">=", "") or ".*" in text for text in texts):
            return ""
        minors = sorted({_minor(record.version) for record in self._records(name, admitted)})
        words = [f"{major}.{minor}" for major, minor in minors]
        if len(words) > 2 and minors[-1][1] - minors[0][1] == len(minors) - 1:
            return f"{words[0]} to {words[-1]}"
        return listed(words)

    def _tail(self, name: CondaName, texts: Sequence[str]) -> str:
        """What is wrong with the need, where the channels or the machine have nothing that meets it."""
        if self._admitted(texts):
            return ""
        records = self._pools.records(name)
        if is_virtual(name):
            return self._machine(name, records)
        if not records:
            return f", and no channel has {name} for {self._target.subdir}"
        return f", and {have_words(name, versions_of(records))}"

    def _machine(self, name: CondaName, records: Sequence[CondaRecord]) -> str:
        if records:
            return f", and the target has {records[0].version}"
        if name == "__cuda":
            return (
                ", and the target has no GPU"
                if self._target.gpu == ()
                else ", and the target names no GPU, driver or CUDA"
            )
        return f", which a machine with {self._target.subdir} does not have"


def _build_words(records: Sequence[CondaRecord]) -> str:
    """Which builds they are, where those tell something: `` built for CUDA``, `` (py39_0)``."""
    builds = list(dict.fromkeys(record.build for record in records))
    for word, said in (("cuda", "CUDA"), ("gpu", "CUDA"), ("cpu", "CPU")):
        if all(word in build for build in builds):
            return f" built for {said}"
    return f" ({builds[0]})" if len(builds) == 1 else ""


def have_words(name: CondaName, versions: Sequence[str]) -> str:
    """``the channels have numpy 1.19.5 to 2.4.6``; *versions* ascending."""
    return f"the channels have {name} {span_words(versions)}"


def span_words(versions: Sequence[str]) -> str:
    """``1.2``, ``1.2 and 1.4``, ``1.2 to 2.0``; *versions* ascending."""
    if len(versions) < 3:
        return " and ".join(versions)
    return f"{versions[0]} to {versions[-1]}"


def versions_of(records: Collection[CondaRecord]) -> list[str]:
    """The distinct versions, ascending in conda's order; one that cannot be read comes first."""
    return sorted({record.version for record in records}, key=_order)


def _order(version: str) -> tuple[int, object]:
    try:
        return (1, parse_conda_version(version).key)
    except InvalidVersion:
        return (0, version)


def _minor(version: str) -> tuple[int, int]:
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    return (int(major) if major.isdigit() else 0, int(minor) if minor.isdigit() else 0)


def _quoted(text: str) -> str:
    return " with ".join(f"`{part}`" for part in text.split(AND))
