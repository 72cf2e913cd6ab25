"""What a worker may not do, whatever its input makes it try: open connections, start programs, write or read elsewhere.

Nothing in compat tries to, for the input of a request. This is the second lock on the same door: an audit hook, which Python
code cannot take off again. It does not bind native code, which here is py-rattler: that is given the allowed channels only.
Source: https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import os
import socket
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_PROGRAMS = frozenset(
    {"subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system"}
)
_CONNECTIONS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"})
#: What changes a file or a folder without opening it, whose path comes first.
_CHANGES = frozenset(
    {"os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate"}
)
_LOOKUPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
#: What the system itself reads: certificates, names, time zones.
_SYSTEM = (
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/usr/share",
    "/usr/lib",
    "/dev/null",
    "/dev/urandom",
    "/proc/self",
)
_NAMES = (
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/services",
    "/etc/mime.types",
)


def forbid(*, hosts: Iterable[str] = (), folders: Iterable[str] = (), certificates: Iterable[str] = ()) -> None:
    """From here on this process connects to *hosts* alone, by their names, and opens nothing outside Python and *folders*.

    Only *folders* may be written to. Cannot be undone.
    """
    guard = _Guard(frozenset(host.lower() for host in hosts), folders, certificates)
    if guard.hosts:
        guard.watch_names()
    sys.addaudithook(guard)


class _Guard:
    def __init__(self, hosts: frozenset[str], folders: Iterable[str], certificates: Iterable[str]) -> None:
        self.hosts = hosts
        self._addresses: set[str] = set()
        self._writable = tuple(_real(folder) for folder in folders)
        paths = (*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, sys.exec_prefix, *filter(None, sys.path))
        package = Path(__file__).resolve().parents[3]
        readable = {_real(path) for path in (*paths, *_SYSTEM, *_NAMES, *certificates)} | {
            _real(str(package / part)) for part in ("compat", "data")
        }
        self._readable = tuple(readable - {"/"}) + self._writable

    def watch_names(self) -> None:
        """Remember the addresses that allowed names have: connections are made to addresses."""
        real = socket.getaddrinfo

        def find(host: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the function that it stands for
            found = real(host, *args, **options)
            self._addresses.update(str(entry[4][0]) for entry in found)
            return found

        socket.getaddrinfo = find

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            self._check_open(args)
        elif event in _CHANGES:
            self._check_change(args)
        elif event in _LOOKUPS:
            self._check_name(args[0])
        elif event in _CONNECTIONS:
            self._check_address(args[-1])
        elif event in _PROGRAMS:
            raise PermissionError("a worker of the service starts no programs")

    def _check_open(self, args: tuple[Any, ...]) -> None:
        path, mode, flags = args
        if isinstance(path, int):
            return
        writes = any(mark in mode for mark in "wax+") if isinstance(mode, str) else bool(flags & _WRITING)
        found = _real(os.fsdecode(path))
        if not _is_under(found, self._writable if writes else self._readable):
            raise PermissionError(f"a worker of the service does not {'write' if writes else 'read'} there")

    def _check_change(self, args: tuple[Any, ...]) -> None:
        """Both paths where there are two. One that is relative to an open folder came through `open`."""
        paths = [path for path in args[:2] if isinstance(path, str | bytes)]
        for path in paths:
            found = os.fsdecode(path)
            if found.startswith(os.sep) and not _is_under(_real(found), self._writable):
                raise PermissionError("a worker of the service changes nothing there")

    def _check_name(self, host: object) -> None:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
        if name.lower().rstrip(".") not in self.hosts:
            raise PermissionError(f"`{name}` is not on the list of hosts that this service asks")

    def _check_address(self, address: object) -> None:
        host = str(address[0]) if isinstance(address, tuple) and address else None
        if host is not None and host not in self.hosts and host not in self._addresses:
            raise PermissionError(f"`{host}` is not on the list of hosts that this service asks")
        if host is None and (not self.hosts or isinstance(address, str | bytes)):  # a socket in the file system
            raise PermissionError("a worker of the service opens no connections")


_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _real(path: str) -> str:
    return os.path.realpath(path)


def _is_under(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)
