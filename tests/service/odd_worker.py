"""A worker whose questions are what it shall do: what a solver does that hangs, dies, or takes all memory."""

from __future__ import annotations

import json
import os
import sys
import time

from compat.service.bodies import CheckRequest, read_bounded
from compat.service.workers.bounds import bound_memory
from compat.service.workers.child import serve
from compat.service.workers.handlers import read_batch, read_lock


def check(payload: bytes) -> bytes:
    """Do what the first file says."""
    word, _, rest = read_bounded(CheckRequest, payload).files[0].content.partition(" ")
    if word == "hang":
        time.sleep(60)
    elif word == "sleep":
        time.sleep(float(rest))
    elif word == "die":
        os._exit(9)
    elif word == "eat":
        bytearray(10**12)
    elif word == "long":
        return b" " * int(rest)
    elif word == "fail":
        raise ValueError(f"a secret of the file: {rest}")
    return json.dumps({"pid": os.getpid(), "word": word}).encode()


bound_memory(4 * 1024**3)
handlers = {"check": check, "batch": read_batch, "lock": read_lock}
serve(handlers, memory=0, requests=int(sys.argv[1]) if len(sys.argv) > 1 else 0)
