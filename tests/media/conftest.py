import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import pytest
from PIL import Image


def make_video(path, *, form="mp4", codec="libx264", frames=12, dark=0, size=(64, 64), title=""):
    """Half a second by default; the first `dark` frames are black, the rest red."""
    with av.open(str(path), "w", format=form, options={}) as container:
        container.metadata["title"] = title
        stream = container.add_stream(codec, rate=24)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            colour = (0, 0, 0) if number < dark else (220, 40, 40)
            picture = Image.new("RGB", size, colour)
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return path


@pytest.fixture
def mp4(tmp_path):
    return make_video(tmp_path / "clip.mp4")


@pytest.fixture
def webm(tmp_path):
    return make_video(tmp_path / "clip.webm", form="webm", codec="libvpx-vp9")


class Server(ThreadingHTTPServer):
    """Answers every GET and POST by `answer(handler)`, on loopback."""

    daemon_threads = True

    def __init__(self, answer):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.close_connection = True
                server.requests.append(self)
                answer(self)

            do_POST = do_GET

            def log_message(self, *args):
                pass

        server = self
        self.requests = []
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request, client_address):
        """Clients that hang up are part of the tests."""

    def url(self, path="/result.mp4", scheme="http"):
        return f"{scheme}://127.0.0.1:{self.server_port}{path}"

    @property
    def allow(self):
        return frozenset({("127.0.0.1", self.server_port)})


@pytest.fixture
def serve():
    """Start servers; all are stopped after the test."""
    servers = []

    def start(answer, wrap=None):
        server = Server(answer)
        if wrap:
            server.socket = wrap(server.socket)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return server

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def part(tmp_path):
    return tmp_path / "output.mp4.part"
