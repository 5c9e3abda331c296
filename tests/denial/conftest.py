"""The web server as it really runs, on loopback and with a folder of its own."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager

import psutil
import pytest

from tests.processes import prepared
from tests.processes.stack import PATIENCE, START_WITHIN
from tests.processes.surroundings import environment, own_database
from tests.support.eventually import eventually
from tests.support.servers import own_queue

MEMBER = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from generation.models import Image, User
content = b"".join(number.to_bytes(4, "big") for number in range(12 * 1024 * 1024))
user = User.objects.create_user("alice", "alice@example.com", "correct horse battery")
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "generation.auth.NameOrEmailBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
image = Image(owner=user, name="large.png", sha256="a" * 64, format="PNG", mime="image/png",
              width=1, height=1, bytes=1)
image.file.save("images/large.png", ContentFile(content), save=False)
image.thumbnail.save("images/large.webp", ContentFile(b"small"), save=False)
image.save()
print(json.dumps({"session": session.session_key, "image": f"/media/images/{image.pk}/"}))
"""


class WebServer:
    """The web processes alone; `session` is the cookie of a member who owns `image`."""

    def __init__(self, data_dir, env):
        self.env = env
        self.port = int(env["PORT"])
        self.log = data_dir / "web.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                (sys.executable, "manage.py", "supervise", "--no-workers", "--no-sandbox"),
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self):
        assert eventually(lambda: "Ctrl-C stops" in self.output, START_WITHIN), self.output
        done = subprocess.run(
            (sys.executable, "manage.py", "shell", "--no-imports", "-c", MEMBER),
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout.splitlines()[-1])
        self.cookie = f"sessionid={made['session']}"
        self.image = made["image"]

    @property
    def output(self):
        return self.log.read_text(errors="replace")

    def get(self, path, timeout=5, **headers):
        """Status, headers and body; fails when there is no answer in time."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def serves(self, within=5.0):
        """Whether several other clients get their pages, one after the other, in that time."""
        began = time.monotonic()
        for path in ("/healthz", "/login/", "/healthz", "/login/"):
            assert self.get(path, timeout=within)[0] == 200
        return time.monotonic() - began < within

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def post(self, path, headers, body=b"", timeout=20):
        """The status; the body may be an iterable of chunks, or shorter than it says."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        connection.request("POST", path, body, headers, encode_chunked=isinstance(body, list))
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def memory(self):
        """Bytes of the largest web process."""
        main = psutil.Process(self.process.pid)
        return max(child.memory_info().rss for child in main.children(recursive=True))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


@contextmanager
def web_server(folder, **env):
    folder.mkdir(exist_ok=True)
    prepared.static_files(folder)
    with own_database(empty=False) as url, own_queue() as redis_url:
        if not url:
            prepared.sqlite(folder)
        server = WebServer(folder, {**environment(folder, url, redis_url), **env})
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    with web_server(tmp_path_factory.mktemp("web") / "data") as server:
        yield server


@pytest.fixture
def clients(web):
    """Makes so many connections and sends something on each; they are closed after the test."""
    with ExitStack() as opened:

        def make(number, data, receive=0):
            made = []
            for index in range(number):
                sock = socket.socket()
                opened.enter_context(sock)
                if receive:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
                sock.settimeout(20)
                sock.connect(("127.0.0.1", web.port))
                sock.sendall(data(index) if callable(data) else data)
                made.append(sock)
            return made

        yield make
