"""A worker whose questions are what it shall do: what a solver does that hangs, dies, or takes all memory."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from compat.service.workers.bounds import bound_memory
from compat.service.workers.child import serve


def check(question: Mapping[str, Any]) -> bytes:
    """Do what the first file says."""
    word, _, rest = question["files"][0]["content"].partition(" ")
    if word == "hang":
        time.sleep(60)
    elif word == "sleep":
        time.sleep(float(rest))
    elif word == "die":
        os._exit(9)
    elif word == "eat":
        bytearray(10**12)
    elif word == "fail":
        raise ValueError(f"a secret of the file: {rest}")
    return json.dumps({"pid": os.getpid(), "word": word}).encode()


bound_memory(4 * 1024**3)
serve({"check": check}, memory=0, requests=int(sys.argv[1]) if len(sys.argv) > 1 else 0)
