"""The HTTP side of the sandbox: threads, keep-alive, one small table of routes."""

import json
import logging
import re
import socket
import socketserver
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copyfileobj
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .gateway import SandboxGateway
from .options import Options
from .refusals import Refusal, refuse
from .requestlog import Entry, RequestLog

logger = logging.getLogger(__name__)

BASE_PATH = "/model/v1/generation"
TASK_PATH = re.compile(re.escape(BASE_PATH) + r"/task/([^/]{1,200})")
HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")

MAX_BODY = 20 * 1024 * 1024
"""A whole POST body, in bytes."""

MAX_DRAINED = 100 * 1024 * 1024
CHUNK = 256 * 1024
IDLE_SECONDS = 75


@dataclass(slots=True)
class Reply:
    """One answer: `body` is JSON, or a file to send."""

    status: int
    body: dict[str, Any] | Path
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class SandboxServer(ThreadingHTTPServer):
    """A sandbox on `host` and `port` (0 picks a free one)."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, host: str, port: int, options: Options) -> None:
        self.gateway = SandboxGateway(options)
        self.requests = RequestLog(options.log)
        self.clock = options.clock
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        try:
            super().__init__((host, port), Handler)
        except BaseException:
            self._release()
            raise

    @property
    def url(self) -> str:
        return f"http://{self.server_name}:{self.server_port}"

    @property
    def base_url(self) -> str:
        return self.url + BASE_PATH

    def server_bind(self) -> None:
        # HTTPServer's own asks the name service for the host's name, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            logger.exception("A connection of %s broke", client_address)

    def server_close(self) -> None:
        super().server_close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._release()

    def _release(self) -> None:
        self.gateway.close()
        self.requests.close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: SandboxServer
    protocol_version = "HTTP/1.1"
    server_version = "viduweb-sandbox"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # headers and body leave together
    timeout = IDLE_SECONDS

    def handle(self) -> None:
        # Clients hang up when they like.
        with suppress(ConnectionError, TimeoutError):
            super().handle()

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)

    def _serve(self) -> None:
        self._task = ""
        try:
            reply = self._route(self._body())
        except Refusal as refused:
            reply = Reply(refused.status, {"error": refused.error}, headers=refused.headers)
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            logger.exception("The sandbox failed at %s %s", self.command, self.path)
            error = {"code": "INTERNAL", "message": "the sandbox failed"}
            reply = Reply(500, {"error": error})
        self._note(reply.status)
        self._send(reply)

    def _route(self, body: bytes) -> Reply:
        parts = urlsplit(self.path)
        match self.command, parts.path:
            case "POST", path if path == BASE_PATH:
                return self._create(body)
            case "GET", "/healthz":
                return Reply(200, {"sandbox": True})
            case "GET", "/_sandbox/requests":
                return Reply(200, {"requests": self.server.requests.entries()})
            case "GET", path if path.startswith("/results/"):
                return self._result(path, parts.query)
            case "GET", path if match := TASK_PATH.fullmatch(path):
                return self._fetch(match[1])
        raise refuse(404, "NOT_FOUND", "no such address")

    def _create(self, body: bytes) -> Reply:
        answer = self.server.gateway.create(self._key(), body)
        self._task = answer["id"]
        return Reply(200, answer)

    def _fetch(self, task_id: str) -> Reply:
        self._task = task_id
        return Reply(200, self.server.gateway.fetch(self._key(), task_id, self._site()))

    def _result(self, path: str, query: str) -> Reply:
        given = parse_qs(query)
        expires, signature = (given.get(name, [""])[0] for name in ("expires", "signature"))
        result = self.server.gateway.result(path, expires, signature)
        self._task = result.task_id
        return Reply(200, result.path, result.content_type)

    def _body(self) -> bytes:
        """The whole request body, read even when it is refused: else the answer may get lost."""
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise refuse(411, "LENGTH_REQUIRED", "send a Content-Length")
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal():
            self.close_connection = True
            raise refuse(400, "INVALID_REQUEST", "Content-Length is no number")
        if int(length) <= MAX_BODY:
            body = self.rfile.read(int(length))
            if len(body) < int(length):
                raise ConnectionResetError("the client hung up")
            return body
        self._drain(int(length))
        raise refuse(413, "PAYLOAD_TOO_LARGE", "the body is larger than 20 MB")

    def _drain(self, length: int) -> None:
        if length > MAX_DRAINED:
            self.close_connection = True
            return
        while length > 0:
            chunk = self.rfile.read(min(length, CHUNK))
            if not chunk:
                raise ConnectionResetError("the client hung up")
            length -= len(chunk)

    def _key(self) -> str:
        scheme, _, key = self.headers.get("Authorization", "").partition(" ")
        return key.strip() if scheme.casefold() == "bearer" else ""

    def _site(self) -> str:
        """Where the client reached us: result addresses must have the same host and port."""
        host = self.headers.get("Host", "")
        return f"http://{host}" if HOST.fullmatch(host) else self.server.url

    def _note(self, status: int) -> None:
        path = self.path.partition("?")[0]
        if path == "/healthz" or path.startswith("/_sandbox/"):
            return
        at = self.server.clock()
        tail = self._key()[-4:]
        self.server.requests.add(Entry(self.command, path, tail, status, self._task, at))

    def _send(self, reply: Reply) -> None:
        if isinstance(reply.body, Path):
            with reply.body.open("rb") as file:
                self._head(reply, reply.body.stat().st_size)
                copyfileobj(file, self.wfile, CHUNK)
        else:
            content = json.dumps(reply.body).encode()
            self._head(reply, len(content))
            self.wfile.write(content)

    def _head(self, reply: Reply, length: int) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(length))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()


def create_server(host: str = "127.0.0.1", port: int = 0, **options: Any) -> SandboxServer:
    """A sandbox that listens; `serve_forever()` answers. `options` are those of `Options`."""
    return SandboxServer(host, port, Options(**options))


@contextmanager
def running_server(
    host: str = "127.0.0.1", port: int = 0, **options: Any
) -> Iterator[SandboxServer]:
    """A sandbox that answers in a thread of this process, for tests."""
    server = create_server(host, port, **options)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
