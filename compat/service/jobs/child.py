"""A lock job: the files of one request in a folder that holds nothing else, solved, and handed back."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from compat.model.errors import UsageError
from compat.service.workers.bounds import bound_memory, no_core
from compat.service.workers.child import answer, open_pipes
from compat.service.workers.frames import MAX_REPLY, PROGRESS, Reply, read_question, write_reply
from compat.service.workers.handlers import files_of

#: Beside whoever answers requests, a lock waits.
_NICE = 19


def step_back() -> None:
    """Let this process have only what others leave of the CPU. Sources: nice(2), sched(7) on autogroups.

    Where Linux shares the CPU between sessions, as it does outside of containers, a process counts by its session's niceness.
    """
    if hasattr(os, "nice"):
        os.nice(_NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICE), encoding="ascii")


def place_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write *files* under *folder*, which becomes a repository of its own: no include and no setting is looked for above it.

    Raises: UsageError for a name that is no plain relative path.
    """
    (folder / ".git").mkdir(parents=True)
    for name, data in files.items():
        path = PurePosixPath(name)
        if "\\" in name or ":" in name or path.is_absolute() or {"..", ".git"} & set(path.parts) or str(path) != name:
            raise UsageError(f"`{name}` is no relative path", hint="write `sub/requirements.txt`, without `..`")
        target = folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.write(data)
        except OSError as error:
            raise UsageError(f"`{name}` cannot be a file beside the others") from error


def solve(question: Mapping[str, Any], allowed: Mapping[str, Any], replies: BinaryIO) -> bytes:
    """The lock as JSON. Raises: UsageError, FileProblem."""
    from compat.api.locking.run import LockOptions, lock
    from compat.api.serving import refuse_host
    from compat.api.serving.foreign import Allowed, choose, refuse_foreign

    refuse_host(question["targets"])
    names = Allowed(tuple(allowed["indexes"]), tuple(allowed["channels"]))
    wanted = question["index_url"]
    choose(names.indexes, [wanted] if wanted else [], "index")
    choose(names.channels, question["channels"], "channel")
    paths = question["roots"] or _whole([file["name"] for file in question["files"]])
    left = refuse_foreign(paths, names)
    options = LockOptions(
        targets=question["targets"],
        formats=question["formats"],
        extras=question["extras"],
        groups=question["groups"],
        index_url=_spelled(wanted, names.indexes),
        channels=question["channels"] or left,
        torch_backend=question["torch_backend"],
        exclude_newer=question["exclude_newer"],
        upgrade=question["upgrade"],
        cache_dir=allowed["cache_dir"],
    )
    result = lock(paths, options, progress=lambda text: write_reply(replies, Reply(PROGRESS, text.encode())))
    return render(result)


def _whole(names: list[str]) -> list[str]:
    """What the call names: the one file, else the folder, in which names and contents tell what is locked."""
    return names if len(names) == 1 else ["."]


def _spelled(wanted: str | None, indexes: tuple[str, ...]) -> str | None:
    """The index that was chosen, as the settings spell it; the first without a choice. Conda alone needs none."""
    from compat.api.serving.foreign import Allowed

    return next((url for url in indexes if wanted is None or Allowed((url,)).has_index(wanted)), None)


def render(result: Any) -> bytes:  # noqa: ANN401 - LockResult, whose module only a job imports
    """What ``compat lock`` writes and says, as JSON."""
    from compat.report.json import to_json
    from compat.text.source import mask_credentials

    files = [
        {"name": file.name, "format": file.format, "content": file.data.decode(), "install": file.install}
        for file in result.files
    ]
    found = {
        "schema": 1,
        "locked": result.lock is not None,
        "files": files,
        "notes": [mask_credentials(note) for note in result.notes],
        "unreached": None if result.unreached is None else mask_credentials(result.unreached),
        "report": to_json(result.report),
    }
    return json.dumps(found).encode()


def _end_with(questions: BinaryIO, home: Path) -> None:
    """End at once when the service has gone, and leave nothing: nobody waits for the answer, and nobody tidies up."""
    questions.read(1)
    shutil.rmtree(home, ignore_errors=True)
    os._exit(3)


def main() -> None:
    """Work in the folder that is the working folder. The question is the settings, a line end, and the request."""
    questions, replies = open_pipes()
    received = read_question(questions)
    if received is None:
        os._exit(3)
    threading.Thread(target=_end_with, args=(questions, Path.cwd()), daemon=True).start()
    settings, _, payload = received[1].partition(b"\n")
    allowed = json.loads(settings)
    step_back()
    no_core()
    bound_memory(int(allowed["memory"]))
    reply = answer(lambda question: _guarded(json.loads(question), allowed, replies), payload, MAX_REPLY)
    where = f"{Path.cwd()}{os.sep}".encode()  # of no use to a client, and none of its business
    write_reply(replies, reply._replace(body=reply.body.replace(where, b"")))
    os._exit(0)  # py-rattler can abort at interpreter exit, after its result is out


def _guarded(question: Mapping[str, Any], allowed: Mapping[str, Any], replies: BinaryIO) -> bytes:
    """`solve` in a place and with hands that reach nothing else."""
    from compat.service.workers.guard import forbid

    home = Path.cwd()
    folder = home / "files"
    allowed = {**allowed, "cache_dir": allowed["cache_dir"] or str(home / "cache")}
    Path(allowed["cache_dir"]).mkdir(parents=True, exist_ok=True)
    place_files(files_of(question), folder)
    os.chdir(folder)
    certificates = [os.environ[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if name in os.environ]
    forbid(hosts=_hosts(allowed), folders=[str(home), allowed["cache_dir"]], certificates=certificates)
    return solve(question, allowed, replies)


def _hosts(allowed: Mapping[str, Any]) -> list[str]:
    """The hosts of the settings, and the proxies that lead there."""
    from urllib.parse import urlsplit
    from urllib.request import getproxies

    proxies = [urlsplit(url).hostname for url in getproxies().values() if "://" in url]
    return [*allowed["hosts"], *(host for host in proxies if host)]


if __name__ == "__main__":
    main()
    sys.exit(0)
