"""Conda channels with py-rattler's solver: the port `CondaChannels`.

How the solver is asked:

- The channel priority is conda's: strict takes a package from the first channel that has it, flexible (conda's own
  default, and here) prefers that channel but takes the package elsewhere where there is no other way, disabled takes
  the highest version of all. py-rattler knows all three; its strict goes by what a spec of the request admits, so that
  ``a >=2`` takes 2 from the second channel where the first has only 1, which conda refuses.
- A spec is read as leniently as conda reads it. ``channel::name`` may name a channel as the file does, as `.condarc`
  does, by its address, or a folder by its name; a platform in a spec (``channel/noarch::name``) is not heeded by
  py-rattler's solver. Relations that channels declare to other channels are not followed
  (CEP 42): nothing comes from a channel that nobody has named.
- Virtual packages are those of the request. None is looked for on this machine.
- With ``exclude_newer`` the time of the upload decides, else that of the build; a package without either is left out.
- A platform that a channel has not is empty; a channel that has neither the platform nor ``noarch`` is an error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from compat.index.channels.gateway import ChannelGateway, Progress, cache_folder, first_error
from compat.index.channels.names import ChannelNames, mask, split_subdir
from compat.index.channels.records import to_record
from compat.index.channels.settings import ChannelSettings
from compat.index.channels.sources import NOARCH
from compat.model.conda_records import CondaAnswer, CondaChannels, CondaRecord, CondaRefusal, CondaRequest
from compat.model.errors import UsageError
from compat.model.names import CondaName

if TYPE_CHECKING:
    from rattler import GenericVirtualPackage, MatchSpec, RepoDataRecord

_CUT_OFF = "has been cancelled"
_HINT = "pip install 'compat-matrix[conda]'"


@contextmanager
def open_channels(settings: ChannelSettings, progress: Progress | None = None) -> Iterator[CondaChannels]:
    """The channels of *settings*; *progress* is told, from another thread too, what is being read.

    Raises: UsageError where py-rattler is not installed.
    """
    try:
        import rattler  # noqa: F401
    except ImportError as error:
        raise UsageError("conda packages are solved by py-rattler, which is not installed", hint=_HINT) from error
    with ExitStack() as stack:
        gateway = ChannelGateway(settings, cache_folder(settings, stack), progress)
        stack.callback(gateway.close)
        yield RattlerChannels(settings, gateway)


class RattlerChannels:
    """`CondaChannels`. A solve runs in threads of py-rattler's; nothing here is meant for two threads at once."""

    def __init__(self, settings: ChannelSettings, gateway: ChannelGateway) -> None:
        self._settings = settings
        self._gateway = gateway
        self._last = _last_moment(settings.before)
        self._records: dict[tuple[CondaName, str], tuple[CondaRecord, ...]] = {}

    @property
    def urls(self) -> tuple[str, ...]:
        return self._settings.urls

    def solve(self, requests: Sequence[CondaRequest]) -> tuple[CondaAnswer, ...]:
        """As the port has it. Raises: UsageError for a spec that is none."""
        subdirs = {request.subdir for request in requests}
        self._gateway.read_ahead(subdirs)
        import asyncio

        async def answers() -> list[CondaAnswer]:
            work = (self._solve(request) for request in requests)
            return first_error(await asyncio.gather(*work, return_exceptions=True))

        return tuple(self._gateway.run(answers, subdirs))

    def records(self, name: CondaName, subdir: str) -> tuple[CondaRecord, ...]:
        key = name, subdir
        if key not in self._records:
            found = self._gateway.run(lambda: self._find([name], subdir), {subdir})
            records = [to_record(record) for record in _newest_first(found)]
            self._records[key] = tuple(sorted(records, key=lambda record: self.urls.index(record.channel)))
        return self._records[key]

    def lacking(self, subdir: str) -> tuple[str, ...]:
        """The names of the channels that have nothing of their own for *subdir*."""

        async def names() -> list[str]:
            return [
                channel.name
                for channel in self._settings.channels
                if not any([await self._gateway.has(channel.name, url, subdir) for url in channel.urls])
            ]

        return tuple(self._gateway.run(names, {subdir}))

    async def _solve(self, request: CondaRequest) -> CondaAnswer:
        from rattler import solve
        from rattler.channel import ChannelPriority
        from rattler.exceptions import SolverError

        platforms: Any = [request.subdir, NOARCH]
        try:
            found = await solve(
                self._gateway.groups(request.subdir),
                [self._spec(text) for text in request.specs],
                gateway=self._gateway.gateway,
                platforms=platforms,
                locked_packages=await self._kept(request),
                virtual_packages=_virtual(request),
                timeout=dt.timedelta(seconds=self._settings.solve_seconds),
                channel_priority=ChannelPriority[self._settings.priority.capitalize()],
                exclude_newer=self._last,
                constraints=[self._spec(text) for text in request.constraints],
                channel_relations="disabled",
            )
        except SolverError as error:
            return CondaRefusal(self._gateway.scrub(str(error)), cut_off=_CUT_OFF in str(error))
        return tuple(sorted((to_record(record) for record in found), key=lambda record: record.name))

    async def _kept(self, request: CondaRequest) -> list[RepoDataRecord]:
        """The records of an earlier solve, as far as the channels have them now."""
        wanted = {record.url for record in request.preferred}
        if not wanted:
            return []
        found = await self._find(sorted({record.name for record in request.preferred}), request.subdir)
        return [record for record in found if record.url in wanted]

    async def _find(self, names: Sequence[CondaName], subdir: str) -> list[RepoDataRecord]:
        found = await self._gateway.query(names, subdir)
        last = self._last
        return [record for record in found if last is None or _is_in_time(record, last)]

    def _spec(self, text: str) -> MatchSpec:
        from rattler import MatchSpec
        from rattler.exceptions import InvalidMatchSpecError

        head, colons, rest = text.partition("::")
        if colons and not set(head) & set("[ "):
            text = f"{self._channel(head)}::{rest}"
        try:
            return MatchSpec(text, strict=False)
        except InvalidMatchSpecError as error:
            raise UsageError(f"`{mask(text)}` is no MatchSpec: {str(error).splitlines()[0]}") from error

    def _channel(self, spelt: str) -> str:
        """The channel before ``::`` as py-rattler finds it, which knows neither `.condarc` nor folders."""
        channel, subdir = split_subdir(spelt)
        if channel in self._gateway.names:
            return spelt
        urls = ChannelNames(self._settings.condarc).resolve(channel).urls
        return urls[0] + subdir if len(urls) == 1 else spelt


def _newest_first(records: Sequence[RepoDataRecord]) -> list[RepoDataRecord]:
    """By version, build number and time, as the solver prefers them."""
    epoch = dt.datetime.fromtimestamp(0, dt.UTC)
    return sorted(records, key=lambda r: (r.version, r.build_number, r.timestamp or epoch), reverse=True)


def _is_in_time(record: RepoDataRecord, last: dt.datetime) -> bool:
    moment = record.indexed_timestamp or record.timestamp
    return moment is not None and moment <= last


def _last_moment(before: str) -> dt.datetime | None:
    """py-rattler takes what is exactly as old as its limit, and counts milliseconds."""
    if not before:
        return None
    return dt.datetime.fromisoformat(before) - dt.timedelta(milliseconds=1)


def _virtual(request: CondaRequest) -> list[GenericVirtualPackage]:
    from rattler import BuildString, GenericVirtualPackage, PackageName, Version

    return [
        GenericVirtualPackage(PackageName(package.name), Version(package.version), BuildString(package.build))
        for package in request.virtual
    ]
