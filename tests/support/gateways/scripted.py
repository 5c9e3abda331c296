"""An HTTP server on loopback that answers what a test says."""

import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """What the next request gets."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict = field(default_factory=dict)

    @classmethod
    def json(cls, value, status=200, **headers):
        return cls(
            status, json.dumps(value).encode(), {"Content-Type": "application/json", **headers}
        )


@dataclass
class Gateway:
    """An HTTP server that gives `reply` (or what it returns) and remembers what it was sent."""

    url: str = ""
    port: int = 0
    reply: Reply | Callable = field(default_factory=Reply)
    requests: list = field(default_factory=list)
    connections: int = 0


@dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: bytes


@contextmanager
def http_gateway():
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self):
            super().setup()
            gateway.connections += 1

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, body)
            gateway.requests.append(request)
            reply = gateway.reply(request) if callable(gateway.reply) else gateway.reply
            self.send_response(reply.status)
            for name, value in {"Content-Length": len(reply.body), **reply.headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(reply.body)
            self.wfile.flush()

        do_GET = do_POST = answer

        def log_message(self, *args):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request, client_address):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    gateway.port = server.server_port
    gateway.url = f"http://127.0.0.1:{gateway.port}/v1/generation"
    try:
        yield gateway
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
