"""What `service_attacks.py` tries: each is given a server and says in a few words what came of it."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from benchmarks.servers import Server

#: The attacker is one client, who asks meanwhile another.
ATTACKER, OTHER = "127.0.0.1", "127.0.0.2"
MIB = 1024 * 1024
JSON = "Content-Type: application/json\r\n"


def connect(server: Server, client: str = ATTACKER, seconds: float = 60) -> socket.socket:
    """A connection from the address *client*."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=seconds, source_address=(client, 0))


def head(method: str, path: str, *lines: str) -> bytes:
    """A request without a body; *lines* end with a line end."""
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n{''.join(lines)}\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    """A request with *body* as JSON."""
    return head("POST", path, JSON, f"Content-Length: {len(body)}\r\n") + body


def say(server: Server, *pieces: bytes, client: str = ATTACKER, seconds: float = 60) -> bytes:
    """All that comes back for *pieces* until the connection ends, or *seconds* nothing comes."""
    found = b""
    with connect(server, client, seconds) as connection:
        with suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
        with suppress(OSError):
            while data := connection.recv(65536):
                found += data
                start = found.find(b"\r\n\r\n") + 4
                if start > 3 and len(found) >= start + _length(found[:start]):
                    break
    return found


def _length(answer: bytes) -> int:
    found = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return int(found) if found.isdigit() else 0


def status(answer: bytes) -> str:
    """Of an answer; `closed` for none."""
    return answer[9:12].decode() or "closed"


def question(files: dict[str, str], targets: Sequence[str] = ("linux-64",)) -> bytes:
    """The body of a check or a lock."""
    listed = [{"name": name, "content": content} for name, content in files.items()]
    return json.dumps({"files": listed, "targets": list(targets)}).encode()


def together(count: int, work: Callable[[int], str]) -> str:
    """How often *work* ended in which way, done *count* times at once."""
    found: Counter[str] = Counter()

    def run(number: int) -> None:
        try:
            found[work(number)] += 1
        except OSError as error:
            found[type(error).__name__] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ", ".join(f"{count} x {what}" for what, count in sorted(found.items()))


def _filled(before: bytes, item: bytes, after: bytes) -> bytes:
    return before + b",".join([item] * ((4 * MIB - 100) // (len(item) + 1))) + after


def aliases(server: Server) -> str:
    """A YAML file that stands for 9**12 values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    text = "\n".join([*lines, "dependencies: *a11", ""])
    return status(say(server, post("/v1/check", question({"environment.yml": text}))))


def gigabyte(server: Server) -> str:
    """A body that says how long it is."""
    return status(say(server, head("POST", "/v1/check", JSON, "Content-Length: 1073741824\r\n"), b"x" * MIB))


def gigabyte_in_pieces(server: Server) -> str:
    """A body that does not say."""
    piece = b"%x\r\n%s\r\n" % (MIB, b"x" * MIB)
    sent = 0
    with connect(server) as connection, suppress(OSError):
        connection.sendall(head("POST", "/v1/check", JSON, "Transfer-Encoding: chunked\r\n"))
        while sent < 1024:
            connection.sendall(piece)
            sent += 1
    return f"cut off after {sent} MiB"


def broken_lists(server: Server) -> str:
    """Bodies each of whose million parts is wrong."""
    items = (b"{}", b"0", b'{"name":"a","content":""}', b'{"name":""}')
    bodies = [_filled(b'{"files":[', item, b"]}") for item in items]
    bodies.append(b"{" + b",".join(b'"%x":0' % number for number in range(380_000)) + b"}")
    bodies.append(_filled(b'{"requests":[', b'{"files":[{}]}', b"]}"))
    paths = ["/v1/check"] * 5 + ["/v1/check:batch"]
    return " ".join(status(say(server, post(path, body))) for path, body in zip(paths, bodies, strict=True))


def nested(server: Server) -> str:
    """A list in a list in a list."""
    return status(say(server, post("/v1/check", b"[" * (4 * MIB - 1))))


def targets(server: Server) -> str:
    """Ten thousand of them."""
    return status(say(server, post("/v1/check", question({"a.txt": ""}, ["linux-64"] * 10_000))))


def slow_heads(server: Server) -> str:
    """As many half heads as it lets in."""
    return _held_open(server, b"GET /v1/rules HTTP/1.1\r\nHost: x\r\n", 1200, 12)


def slow_bodies(server: Server) -> str:
    """Bodies of 4 MiB but for the last byte."""
    return _held_open(server, post("/v1/check", b"x" * (4 * MIB))[:-1], 120, 18)


def slow_readers(server: Server) -> str:
    """Many large answers, none of which is read."""
    return _held_open(server, head("GET", "/openapi.json") * 100, 100, 35, buffer=2048)


def _held_open(server: Server, data: bytes, count: int, seconds: float, buffer: int = 0) -> str:
    with _opened(server, count, buffer) as connections:
        for connection in connections:
            with suppress(OSError):
                connection.settimeout(0.5)
                connection.sendall(data)
        time.sleep(seconds)
        left = sum(_is_open(connection) for connection in connections)
    return f"{left} of {count} connections open after {seconds:g} s"


@contextmanager
def _opened(server: Server, count: int, buffer: int) -> Iterator[list[socket.socket]]:
    found = []
    for _ in range(count):
        one = socket.socket()
        if buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        one.settimeout(5)
        with suppress(OSError):
            one.connect(("127.0.0.1", server.port))
        found.append(one)
    try:
        yield found
    finally:
        for one in found:
            one.close()


def _is_open(connection: socket.socket) -> bool:
    """Whether the server still has its end: TCP_INFO says so without reading. Source: tcp(7)."""
    state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return bool(struct.unpack("B", state)[0] == 1)


def pipelined(server: Server) -> str:
    """Requests without an end on one connection, while none is read."""
    sent = 0
    with connect(server, seconds=2) as connection, suppress(OSError):
        while sent < 64 * MIB:
            sent += connection.send(head("GET", "/v1/none") * 2000)
    return f"{sent // 1024} KiB taken"


def body_of_a_get(server: Server) -> str:
    """A body that nobody reads, a byte at a time."""
    began = time.monotonic()
    with connect(server) as connection, suppress(OSError):
        connection.sendall(head("GET", "/v1/rules/ABI001", "Transfer-Encoding: chunked\r\n"))
        while time.monotonic() - began < 15:
            connection.sendall(b"1\r\nx\r\n")
            time.sleep(0.2)
    return f"closed after {time.monotonic() - began:.0f} s"


def gone(server: Server) -> str:
    """Clients that go in the middle of their body, and before the answer."""

    def leave(number: int) -> str:
        data = post("/v1/check", question({"requirements.txt": f"torch==2.4.1\n# {number}\n"}))
        with connect(server) as connection:
            connection.sendall(data[:-5] if number % 2 else data)
        return "left"

    return together(100, leave)


def heavy(server: Server) -> str:
    """As many questions at once as one client may ask, each of which takes long."""

    def ask(number: int) -> str:
        text = f"# {number}\n" + "torch==2.4.1\n" * 99_000
        return status(say(server, post("/v1/check", question({"requirements.txt": text}))))

    return together(90, ask)


def scripts(server: Server) -> str:
    """Dockerfiles whose scripts are nested, repeated, or of one endless word."""
    texts = [
        "FROM python:3.11\nRUN " + "pip install $(" * 300 + "x" + ")" * 300 + "\n",
        "FROM python:3.11\nRUN " + "for a in 1 2 3; do " * 200 + "pip install x; " + "done; " * 200 + "\n",
        "FROM python:3.11\nARG A=" + "x" * 1000 + "\n" + "ARG A=$A$A\n" * 40 + "RUN pip install $A\n",
        "FROM python:3.11\nRUN pip install " + "{a,b}" * 40 + "\n",
        "FROM python:3.11\nRUN " + "pip install torch==2.4.1 && " * 50_000 + "true\n",
        "".join(f"FROM s{n - 1 if n else 'cratch'} AS s{n}\nRUN pip install torch==2.4.1\n" for n in range(3000)),
        "FROM python:3.11\n" + "".join(f"RUN <<E{n}\npip install x\nE{n}\n" for n in range(20_000)),
    ]
    return " ".join(status(say(server, post("/v1/check", question({"Dockerfile": text})))) for text in texts)


def jobs(server: Server) -> str:
    """More locks than there is room for."""
    data = post("/v1/lock", question({"requirements.txt": "leaf\n"}, ["linux-64,python=3.11"]))
    return together(500, lambda _: status(say(server, data)))


ATTACKS: Sequence[Callable[[Server], str]] = (
    aliases, gigabyte, gigabyte_in_pieces, broken_lists, nested, targets, slow_heads, slow_bodies, slow_readers,
    pipelined, body_of_a_get, gone, scripts, heavy, jobs,
)  # fmt: skip
