"""A token bucket for every client, in bounded memory. Source: https://en.wikipedia.org/wiki/Token_bucket ."""

from __future__ import annotations

import ipaddress
import re
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

#: Clients remembered. One that is forgotten has a full bucket again, so this is also how many addresses an attacker
#: needs to get past the rate; what many clients can do together is bounded by the workers.
MAX_CLIENTS = 10_000

_ADDRESS = re.compile(r"[0-9A-Za-z.:%_-]{1,64}")


class Rate:
    """*rate* requests a second for each client, *burst* of them at once; a rate of 0 bounds nothing."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._burst = float(max(1, burst))
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, tokens: float = 1.0) -> float:
        """0.0 where *client* may go on, else the seconds after which it may."""
        if not self._rate:
            return 0.0
        now = self._clock()
        left, since = self._buckets.get(client, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        # A batch that is larger than a bucket may pass when that is full, and leaves it in debt.
        waits = max(0.0, (min(tokens, self._burst) - left) / self._rate)
        self._buckets[client] = (left if waits else left - tokens, now)
        self._buckets.move_to_end(client)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return waits

    def __len__(self) -> int:
        return len(self._buckets)


def client_of(address: str) -> str:
    """The client that *address* stands for: itself, and of IPv6 its network, as every customer has 2**64 addresses."""
    if not _ADDRESS.fullmatch(address):
        return "unknown"  # a proxy has handed on what some client wrote
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address
