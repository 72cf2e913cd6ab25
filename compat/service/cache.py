"""Answers that were given already, by what was asked and the version of the data: as many as fit into some bytes."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import NamedTuple

#: What an entry takes beside its body: key, tuple, tag.
_OVERHEAD = 400
#: A larger answer is not kept: it would push out many others.
_SHARE = 8


class Answer(NamedTuple):
    """A body that is the same as long as code and data are; *tag* is its entity tag."""

    body: bytes
    tag: str
    media_type: str = "application/json"


def to_answer(body: bytes, data_version: str, media_type: str = "application/json") -> Answer:
    """*body* with a tag that names the version of the data and the content."""
    return Answer(body, f'"{data_version}-{hashlib.blake2b(body, digest_size=10).hexdigest()}"', media_type)


def to_key(kind: str, question: bytes) -> bytes:
    """What an answer is found by. A hash that nobody can make collide: an answer must never be somebody else's."""
    return hashlib.blake2b(question, digest_size=32, person=kind.encode()[:16]).digest()


class AnswerCache:
    """The answers asked for last, in at most *most* bytes; 0 keeps none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self.size = 0
        self.hits = 0
        self.misses = 0

    def find(self, key: bytes) -> Answer | None:
        found = self._answers.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._answers.move_to_end(key)
        return found

    def keep(self, key: bytes, answer: Answer) -> None:
        size = len(answer.body) + _OVERHEAD
        if size * _SHARE > self._most or key in self._answers:
            return
        self._answers[key] = answer
        self.size += size
        while self.size > self._most:
            _, gone = self._answers.popitem(last=False)
            self.size -= len(gone.body) + _OVERHEAD

    def clear(self) -> None:
        self._answers.clear()
        self.size = 0

    def __len__(self) -> int:
        return len(self._answers)
