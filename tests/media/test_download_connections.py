"""Connections of downloads: whom they trust, and how long each step of one may take."""

import ssl

import httpcore
import pytest

from generation.media.download import Downloader, DownloadFailed
from tests.media.certificates import certificate
from tests.media.test_download import BODY, answer


class Quiet(httpcore.NetworkStream):
    """Takes what it is given, says nothing, and keeps the time that each step may take."""

    def __init__(self, seconds):
        self._seconds = seconds

    def write(self, buffer, timeout=None):
        self._seconds.append(("write", timeout))

    def read(self, max_bytes, timeout=None):
        self._seconds.append(("read", timeout))
        raise httpcore.ReadTimeout

    def close(self):
        pass


def test_connecting_is_waited_for_less_than_bytes_are(part, monkeypatch):
    seconds = []

    def connected(self, host, port, timeout, *rest):
        seconds.append(("connect", timeout))
        return Quiet(seconds)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connected)
    loader = Downloader(frozenset({("cdn.example", 80)}), 10**6, 600, resolve=lambda *_: ["::1"])
    with pytest.raises(DownloadFailed, match="did not answer in time"):
        loader.fetch("http://cdn.example/a.mp4", part)

    assert set(seconds) == {("connect", 5), ("write", 30), ("read", 30)}


@pytest.fixture
def tls(serve, tmp_path):
    """Fetch over TLS from a server whose certificate is for cdn.example."""
    pem = certificate(tmp_path, "cdn.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = serve(answer(), lambda sock: context.wrap_socket(sock, server_side=True))

    def fetch(host, part, trusted=True):
        client = ssl.create_default_context(cafile=pem) if trusted else None
        allow = frozenset({(host, server.server_port)})
        loader = Downloader(
            allow, 10**6, 5, ssl_context=client, resolve=lambda host, port: ["127.0.0.1"]
        )
        return loader.fetch(f"https://{host}:{server.server_port}/a.mp4", part)

    return fetch


def test_tls_checks_the_name_although_an_address_is_connected_to(tls, part):
    assert tls("cdn.example", part).bytes == len(BODY)


def test_a_certificate_for_another_name_is_refused(tls, part):
    with pytest.raises(DownloadFailed, match="certificate"):
        tls("other.example", part)


def test_an_unknown_certificate_is_refused(tls, part, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(next(tmp_path.glob("*.pem"))))
    with pytest.raises(DownloadFailed, match="certificate"):
        tls("cdn.example", part, trusted=False)
