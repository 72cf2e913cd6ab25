"""A lock job that does what the first file says: sleeps, tells its process id, dies."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from compat.service.workers.child import open_pipes
from compat.service.workers.frames import PROGRESS, Reply, read_question, write_reply

questions, replies = open_pipes()
received = read_question(questions)
assert received is not None
settings, _, payload = received[1].partition(b"\n")
word, _, rest = json.loads(payload)["files"][0]["content"].partition(" ")
write_reply(replies, Reply(PROGRESS, f"{os.getpid()} {Path.cwd()}".encode()))
if word == "sleep":
    time.sleep(float(rest))
elif word == "die":
    os._exit(9)
write_reply(replies, Reply(200, json.dumps({"word": word, "home": os.environ["HOME"]}).encode()))
