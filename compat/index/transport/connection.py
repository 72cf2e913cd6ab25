"""Single questions to indexes over HTTP: bounded in number, size and time, repeated where that can help.

Everything here runs in the event loop of `compat.index.transport.network`. Only imported where the cache does not suffice.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

import httpx

from compat.index.addresses import bare_url, host_of
from compat.index.faults import UnreadableError
from compat.index.transport.lanes import REDIRECTS, Lanes
from compat.index.transport.unpacking import CODINGS, unpack
from compat.model.distributions import UnreachedError
from compat.version import __version__

if TYPE_CHECKING:
    from compat.index.transport.credentials import Credentials, Login

P = ParamSpec("P")
T = TypeVar("T")

#: Worth another try; the first is a server's word for "too many questions".
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_OF_INTEREST = frozenset({200, 203, 206, 304, 400, 403, 404, 405, 410, 416, 501})
_REFUSED = frozenset({401, 403})
_KEYRING_SECONDS = 20.0
#: A second would wait for the first: what they do is mostly Python.
_THREADS = 1


class Limits(NamedTuple):
    """Times in seconds, sizes in bytes after unpacking. ``silence`` is for each piece, ``answer`` for a whole one."""

    connect: float = 10.0
    silence: float = 15.0
    answer: float = 60.0
    download: float = 600.0
    tries: int = 4
    pause: float = 0.3
    longest_pause: float = 30.0
    page_bytes: int = 128 * 1024**2
    metadata_bytes: int = 16 * 1024**2
    file_bytes: int = 256 * 1024**2
    at_once: int = 32
    at_once_per_host: int = 16
    dead_after: int = 3


class Question(NamedTuple):
    """``most`` are bytes, ``whole`` is how many seconds the answer may take. ``head_only``: only the status matters.

    ``packed``: who asks will unpack the body, in a thread of its own.
    """

    url: str
    headers: Mapping[str, str]
    most: int
    whole: float
    head_only: bool = False
    packed: bool = False


class Answer(NamedTuple):
    """``url`` after redirects, without credentials."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


class _Passing(Exception):
    """This try failed; ``why`` is what to say if it was the last. ``after`` is what the server asked to wait."""

    def __init__(self, why: str, *, after: float | None = None, silent: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.after = after
        self.silent = silent


class Connection:
    """All indexes. *transport* is for tests."""

    def __init__(
        self, limits: Limits, credentials: Credentials, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._limits = limits
        self._credentials = credentials
        self._lanes = Lanes(limits.at_once_per_host, transport)
        self._timeout = httpx.Timeout(limits.silence, connect=limits.connect, pool=None).as_dict()
        self._headers = {
            "User-Agent": f"compat-matrix/{__version__}",
            "Accept": "*/*",
            "Accept-Encoding": CODINGS,
        }
        self._threads = ThreadPoolExecutor(_THREADS, "compat-index-work")
        self._everyone = asyncio.Semaphore(limits.at_once)
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._silent: dict[str, int] = {}
        self._dead: dict[str, str] = {}
        self._logins: dict[str, Login | None] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def close(self) -> None:
        await self._lanes.close()
        self._threads.shutdown()

    async def apart(self, work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """What *work* gives, done in another thread: the event loop goes on."""
        return await asyncio.wrap_future(self._threads.submit(work, *args, **options))

    def later(self, work: Callable[P, object], *args: P.args, **options: P.kwargs) -> None:
        """Let *work* be done at some time before the end, in another thread."""
        self._threads.submit(work, *args, **options)

    async def get(self, question: Question) -> Answer:
        """What *question* is answered, errors that say something about the file among it. Raises: UnreachedError."""
        host = host_of(question.url)
        for number in range(self._limits.tries):
            if host in self._dead:
                raise UnreachedError(f"{_shown(question.url)}: {self._dead[host]}")
            try:
                answer = await self._try(question, host)
            except _Passing as error:
                if number + 1 == self._limits.tries or (error.after or 0) > self._limits.longest_pause:
                    raise self._give_up(question.url, error, number + 1) from error
                await asyncio.sleep(self._pause(number, error.after))
            else:
                self._silent[host] = 0
                return answer
        raise AssertionError

    def _give_up(self, url: str, error: _Passing, tries: int) -> UnreachedError:
        host = host_of(url)
        why = error.why if tries == 1 else f"{error.why} ({tries} tries)"
        if error.silent:
            self._silent[host] = self._silent.get(host, 0) + 1
            if self._silent[host] >= self._limits.dead_after:
                self._dead[host] = why
        return UnreachedError(f"{_shown(url)}: {why}")

    def _pause(self, number: int, after: float | None) -> float:
        """What the server asks for, else longer each time, and not for all questions at the same moment."""
        if after is not None:
            return after
        return float(self._limits.pause * 2**number * random.uniform(0.5, 1.5))  # noqa: S311  no secret

    async def _try(self, question: Question, host: str) -> Answer:
        own = self._hosts.setdefault(host, asyncio.Semaphore(self._limits.at_once_per_host))
        async with own, self._everyone:
            try:
                async with asyncio.timeout(question.whole):
                    return await self._ask(question)
            except TimeoutError as error:
                raise _Passing(f"no whole answer within {question.whole:g} s", silent=True) from error
            except httpx.TooManyRedirects as error:
                raise UnreachedError(f"{_shown(question.url)}: redirected more than {REDIRECTS} times") from error
            except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError) as error:
                raise UnreachedError(f"{_shown(question.url)}: {self._words(error)}") from error
            except httpx.TransportError as error:
                raise _Passing(self._words(error), silent=True) from error
            except httpx.HTTPError as error:
                raise UnreachedError(f"{_shown(question.url)}: {self._words(error)}") from error

    async def _ask(self, question: Question) -> Answer:
        host = host_of(question.url)
        login = self._logins[host] if host in self._logins else self._credentials.find(question.url)
        answer = await self._send(question, login)
        if answer.status in _REFUSED and host not in self._logins and (more := await self._more(question.url)):
            answer = await self._send(question, more)
        if answer.status in _PASSING:
            why = f"the answer was {_status(answer.status)}"
            raise _Passing(why, after=_seconds(answer.headers.get("retry-after", "")))
        if answer.status not in _OF_INTEREST:
            raise UnreachedError(f"{_shown(question.url)}: the answer was {_status(answer.status)}")
        return answer

    async def _more(self, url: str) -> Login | None:
        """A login of the keyring, looked for once a host."""
        host = host_of(url)
        async with self._asking.setdefault(host, asyncio.Lock()):
            if host not in self._logins:
                loop = asyncio.get_running_loop()
                try:
                    async with asyncio.timeout(_KEYRING_SECONDS):
                        found = await loop.run_in_executor(None, self._credentials.find_more, url)
                except TimeoutError:
                    found = None
                self._logins[host] = found or self._credentials.find(url)
                return found
            return self._logins[host]

    async def _send(self, question: Question, login: Login | None) -> Answer:
        auth = httpx.BasicAuth(*login) if login is not None else None
        request = httpx.Request("GET", question.url, headers={**self._headers, **question.headers})
        request.extensions["timeout"] = self._timeout
        origin = f"{request.url.scheme}://{host_of(question.url)}"
        lane = self._lanes.take(origin)
        try:
            answer = await lane.send(request, auth)
            try:
                self._lanes.learn(origin, answer)
                headers = {key.lower(): value for key, value in answer.headers.items()}
                wanted = answer.status_code in {200, 203, 206} and not question.head_only
                body = await self._read(answer, question) if wanted else b""
            finally:
                await answer.aclose()
        finally:
            self._lanes.give_back(origin, lane)
        return Answer(answer.status_code, bare_url(str(answer.url)), headers, body)

    async def _read(self, answer: httpx.Response, question: Question) -> bytes:
        body = bytearray()
        stated = answer.headers.get("Content-Length", "")
        too_long = stated.isdecimal() and int(stated) > question.most
        if not too_long:
            assert isinstance(answer.stream, httpx.AsyncByteStream)
            async for piece in answer.stream:
                body += piece
                if len(body) > question.most:
                    too_long = True
                    break
        if too_long:
            raise UnreachedError(f"{_shown(question.url)}: the answer is longer than {question.most:,} bytes")
        if question.packed:
            return bytes(body)
        try:
            return unpack(bytes(body), answer.headers.get("Content-Encoding", ""), question.most)
        except UnreadableError as error:
            raise UnreachedError(f"{_shown(question.url)}: {error}") from error

    def _words(self, error: Exception) -> str:
        """What failed, without the address, which may hold credentials."""
        if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
            return f"no connection within {self._limits.connect:g} s"
        if isinstance(error, httpx.TimeoutException):
            return f"no answer within {self._limits.silence:g} s"
        if isinstance(error, httpx.ConnectError):
            return "no connection"
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
            return "no address that can be asked"
        return f"the connection broke ({type(error).__name__})"


def _shown(url: str) -> str:
    """*url* without credentials and query."""
    return bare_url(url).partition("?")[0]


def _status(status: int) -> str:
    return f"{status} {httpx.codes.get_reason_phrase(status)}".rstrip()


def _seconds(text: str) -> float | None:
    """Retry-After: seconds, or a date."""
    if text.strip().isdecimal():
        return float(text)
    if not text:
        return None
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
