"""A gateway on loopback that does to each task what its prompt names, and keeps a log.

`[case:NAME]` in the prompt picks a Case. The ids it gives name the case too, and so do the
addresses of its results: nothing has to be remembered to answer the later requests.
"""

import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

BASE = "/model/v1/generation"
NAMED = re.compile(r"\[case:([a-z0-9-]+)\]")


@dataclass(frozen=True)
class Entry:
    """One request: `kind` is create, poll or file; `made` is the id of the task it made, if any.

    `began` is when it came, by the monotonic clock.
    """

    kind: str
    case: str
    remote_id: str = ""
    made: str = ""
    key: str = ""
    began: float = 0.0


class Exchange:
    """One request and all that may be done with it."""

    def __init__(
        self, handler: BaseHTTPRequestHandler, hostile: "Hostile", kind: str, case: str, rid: str
    ) -> None:
        self.hostile = hostile
        self.kind, self.case, self.remote_id = kind, case, rid
        self.number = hostile.count(kind, case, remote_id=rid)
        self.made = ""
        self.began = time.monotonic()
        self._handler = handler

    def make(self, remote_id: str = "") -> str:
        """The gateway makes a task: what must happen once at most."""
        self.made = remote_id or f"{self.case}-{next(self.hostile.numbers)}"
        return self.made

    @property
    def task_id(self) -> str:
        return self.remote_id or self.made

    def file_url(self, version: int = 0) -> str:
        return f"{self.hostile.site}/files/{self.task_id}/{version}.mp4"

    def reply(self, value: Any, status: int = 200, **headers: str) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        self.start(status, {"Content-Length": str(len(body)), **names})
        self.write(body)

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        self._log()
        self._handler.send_response(status)
        for name, text in headers.items():
            self._handler.send_header(name, text)
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def drip(self, data: bytes, every: float) -> None:
        for byte in data:
            if self.hostile.closing.wait(every):
                return
            self.write(bytes([byte]))

    def hang(self) -> None:
        """Says nothing until the client leaves."""
        self._log()
        with suppress(OSError):
            self._handler.connection.recv(1)

    def pause(self, seconds: float) -> None:
        self.hostile.closing.wait(seconds)

    def cut(self) -> None:
        self._log()
        with suppress(OSError):
            self._handler.connection.shutdown(socket.SHUT_RDWR)

    def _log(self) -> None:
        key = self._handler.headers.get("Authorization", "")
        entry = Entry(self.kind, self.case, self.remote_id, self.made, key, self.began)
        self.hostile.note(entry)


Behaviour = Callable[[Exchange], None]


@dataclass
class Hostile:
    """The running gateway. `url` is its GATEWAY_URL; entries of the log are never removed."""

    cases: Mapping[str, Any]
    site: str = ""
    bystander: int = 0  # the port of a listener that nobody should ever reach
    port: int = 0
    tls_port: int = 0
    log: list[Entry] = field(default_factory=list)
    numbers: count = field(default_factory=lambda: count(1))
    closing: threading.Event = field(default_factory=threading.Event)
    # Until it is set, what waits for it stays as it is, however long a test takes.
    released: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return self.site + BASE

    def note(self, entry: Entry) -> None:
        with self._lock:
            self.log.append(entry)

    def entries(self, kind: str, case: str = "", remote_id: str = "") -> list[Entry]:
        with self._lock:
            return [
                entry
                for entry in self.log
                if entry.kind == kind
                and case in ("", entry.case)
                and remote_id in ("", entry.remote_id)
            ]

    def count(self, kind: str, case: str = "", remote_id: str = "") -> int:
        return len(self.entries(kind, case, remote_id))

    def made(self, case: str = "") -> list[str]:
        """The ids of all tasks that were made."""
        return [entry.made for entry in self.entries("create", case) if entry.made]

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        path = handler.path.partition("?")[0]
        if handler.command == "POST" and path == BASE:
            prompt = json.loads(body)["input"][0]["params"]["prompt"]
            self._act(handler, "create", NAMED.search(prompt)[1], "")
        elif path.startswith(f"{BASE}/task/"):
            self._act(handler, "poll", *_named(path.rpartition("/")[2]))
        elif path.startswith("/files/"):
            self._act(handler, "file", *_named(path.split("/")[2]))
        else:
            handler.send_error(404)

    def _act(self, handler: BaseHTTPRequestHandler, kind: str, name: str, rid: str) -> None:
        if name not in self.cases:
            handler.send_error(404)  # a stranger's question, as the doctor asks it
            return
        exchange = Exchange(handler, self, kind, name, rid)
        behaviours = getattr(self.cases[name], f"{kind}s")
        behaviours[min(exchange.number, len(behaviours) - 1)](exchange)


def _named(remote_id: str) -> tuple[str, str]:
    return remote_id.rpartition("-")[0], remote_id


class Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    hostile: Hostile

    def handle_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.close_connection = True
        with suppress(OSError):  # the client gives up first, which is what many cases want
            self.hostile.answer(self, body)

    do_GET = do_POST = handle_request

    def log_message(self, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def hostile_gateway(cases: Mapping[str, Any], *, certificate: Path | None = None):
    """A running gateway; with a certificate it answers over TLS too, at `tls_port`."""
    hostile = Hostile(cases)
    handler = type("Bound", (Handler,), {"hostile": hostile})
    with ExitStack() as servers:
        hostile.port = servers.enter_context(_serving(Server(("127.0.0.1", 0), handler)))
        hostile.site = f"http://127.0.0.1:{hostile.port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            secure = Server(("127.0.0.1", 0), handler)
            # The handshake is left to the thread that answers.
            secure.socket = context.wrap_socket(
                secure.socket, server_side=True, do_handshake_on_connect=False
            )
            hostile.tls_port = servers.enter_context(_serving(secure))
        servers.callback(hostile.closing.set)
        yield hostile


@contextmanager
def _serving(server: Server):
    """Its port while it runs."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
