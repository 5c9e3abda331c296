"""Against the real web server: clients that are slow, silent or greedy stop nobody else."""

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from PIL import Image

pytestmark = pytest.mark.processes

HEAD = b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: "


def answer_of(sock):
    return b"".join(iter(lambda: sock.recv(65536), b""))


def test_it_works(web):
    status, headers, body = web.get("/login/")

    assert status == 200
    assert len(body) == int(headers["Content-Length"])


def test_120_half_sent_heads(web, clients):
    clients(120, b"GET /login/ HTTP/1.1\r\nHost: localh")

    assert web.serves()


def test_120_silent_connections(web, clients):
    clients(120, b"")

    assert web.serves()


def test_120_half_sent_bodies(web, clients):
    clients(120, HEAD + b"5000\r\n\r\nusername=")

    assert web.serves()


def test_120_half_sent_uploads_of_a_member(web, clients):
    head = (
        f"POST /tasks/ HTTP/1.1\r\nHost: localhost\r\nCookie: {web.cookie}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n--x"
    )
    clients(120, head.encode())

    assert web.serves()


def test_100_stalled_readers_of_a_file(web, clients):
    request = f"GET {web.image} HTTP/1.1\r\nHost: localhost\r\nCookie: {web.cookie}\r\n\r\n"
    readers = clients(100, request.encode(), receive=4096)

    assert web.serves()
    assert readers[0].recv(100).startswith(b"HTTP/1.1 200 OK")
    assert web.serves()


def test_100_stalled_readers_of_parts_and_of_pages(web, clients):
    part = (
        f"GET {web.image} HTTP/1.1\r\nHost: localhost\r\nCookie: {web.cookie}\r\n"
        "Range: bytes=0-\r\n\r\n"
    )
    page = f"GET /login/ HTTP/1.1\r\nHost: localhost\r\nCookie: {web.cookie}\r\n\r\n"
    before = web.memory()
    clients(60, part.encode(), receive=4096)
    clients(40, page.encode() * 40, receive=4096)

    assert web.serves()
    assert web.memory() - before < 100 * 1024 * 1024


def test_more_connections_than_there_is_room_for(web, clients):
    clients(1000, b"GET / HTT")

    assert web.serves()


def test_300_connections_that_want_no_answer_but_stay(web, clients):
    clients(300, b"GET /healthz HTTP/1.0\r\n\r\n")

    assert web.serves()


def test_a_half_sent_head_has_an_end(web, clients):
    (sock,) = clients(1, b"GET /login/ HTTP/1.1\r\nHost: local")
    began = time.monotonic()
    try:
        while time.monotonic() - began < 20:
            sock.sendall(b"h")  # dripping does not help
            time.sleep(0.5)
            sock.settimeout(0.01)
            try:
                if sock.recv(1000) == b"":
                    break
            except TimeoutError:
                continue
    except ConnectionError:
        pass

    assert 5 < time.monotonic() - began < 19


def test_a_body_that_comes_too_slowly_has_an_end(web, clients):
    (sock,) = clients(1, HEAD + b"60000\r\n\r\nusername=")
    sock.settimeout(40)
    began = time.monotonic()

    assert sock.recv(1000) == b""
    assert 10 < time.monotonic() - began < 35


def test_a_large_file_arrives_whole_at_a_slow_reader(web, clients):
    request = (
        f"GET {web.image} HTTP/1.1\r\nHost: localhost\r\nCookie: {web.cookie}\r\n"
        "Connection: close\r\n\r\n"
    )
    (sock,) = clients(1, request.encode())
    data = b""
    for _ in range(20):
        data += sock.recv(65536)
        time.sleep(0.02)
    data += answer_of(sock)

    head, _, body = data.partition(b"\r\n\r\n")
    assert b"200 OK" in head
    assert len(body) == 48 * 1024 * 1024
    assert body[40_000_000:40_000_008] == b"".join(
        n.to_bytes(4, "big") for n in (10_000_000, 10_000_001)
    )


@pytest.mark.parametrize("start", [0, 4_000_000, 48 * 1024 * 1024 - 8])
def test_a_part_is_the_part_that_was_asked_for(web, start):
    wanted = f"bytes={start}-{start + 7}"

    status, headers, body = web.get(web.image, Cookie=web.cookie, Range=wanted)

    assert status == 206
    assert headers["Content-Range"] == f"bytes {start}-{start + 7}/{48 * 1024 * 1024}"
    assert body == (start // 4).to_bytes(4, "big") + (start // 4 + 1).to_bytes(4, "big")


def test_a_part_without_an_end_is_as_long_as_it_says(web):
    status, headers, body = web.get(web.image, Cookie=web.cookie, Range="bytes=4000000-")

    assert (status, len(body)) == (206, int(headers["Content-Length"]))
    assert body[:4] == (1_000_000).to_bytes(4, "big")


def test_requests_of_one_connection_are_answered_in_order(web, clients):
    post = HEAD + b"3\r\nContent-Type: text/plain\r\n\r\nabc"
    health = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    (sock,) = clients(1, health + post + health + last)

    answers = answer_of(sock)

    assert re.findall(rb"HTTP/1\.1 ([0-9]+) ", answers) == [b"200", b"403", b"200", b"200"]


def test_a_body_in_pieces_is_as_good_as_one_in_chunks(web, clients):
    body = b"username=a&password=b"
    whole = HEAD + str(len(body)).encode() + b"\r\n\r\n" + body
    chunked = HEAD.replace(b"Content-Length: ", b"Transfer-Encoding: chunked\r\n\r\n")
    chunked += b"5\r\nusern\r\n10;x=y\r\name=a&password=b\r\n0\r\nTrailer: x\r\n\r\n"
    for data in (whole, chunked):
        (sock,) = clients(1, b"")
        for position in range(len(data)):
            sock.sendall(data[position : position + 1])
        # No CSRF token: it was read to its end and understood.
        assert sock.recv(1000).startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\r\n\r\n",
        HEAD + b"-5\r\n\r\n",
        HEAD + b"5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD.replace(b"Content-Length: ", b"Transfer-Encoding: chunked\r\n\r\n") + b"zz\r\n\r\n",
    ],
)
def test_what_cannot_be_read_is_refused(web, clients, data):
    (sock,) = clients(1, data)

    assert sock.recv(1000).startswith(b"HTTP/1.1 400")


def test_a_head_without_an_end_is_refused(web, clients):
    (sock,) = clients(1, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 20_000)

    assert sock.recv(1000).startswith(b"HTTP/1.1 431")


def test_who_asks_before_sending_is_answered(web, clients):
    head = (
        f"POST /tasks/ HTTP/1.1\r\nHost: localhost\r\nCookie: {web.cookie}\r\n"
        "Expect: 100-continue\r\nContent-Length: 100000\r\n\r\n"
    )
    (sock,) = clients(1, head.encode())
    assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    sock.sendall(b"x" * 100_000)
    assert sock.recv(1000).startswith(b"HTTP/1.1 403")


def test_who_asks_before_a_little_is_answered_too(web, clients):
    head = HEAD.replace(b"\r\nContent", b"\r\nExpect: 100-continue\r\nContent")
    (sock,) = clients(1, head + b"3\r\n\r\n")

    assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    sock.sendall(b"abc")
    assert sock.recv(1000).startswith(b"HTTP/1.1 403")


def test_who_asks_and_may_not_is_refused_before_sending(web, clients):
    (sock,) = clients(
        1,
        HEAD.replace(b"\r\nContent", b"\r\nExpect: 100-continue\r\nContent") + b"99999999\r\n\r\n",
    )

    assert sock.recv(1000).startswith(b"HTTP/1.1 413")


class Flood:
    """A body of zeros that counts how much of it was taken."""

    def __init__(self, size):
        self.left = size
        self.sent = 0

    def __iter__(self):
        while self.left > 0:
            self.left -= 65536
            self.sent += 65536
            yield bytes(65536)


LARGE = 200 * 1024 * 1024


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize(
    ("path", "member", "status"),
    [
        ("/login/", False, 413),
        ("/callbacks/abc/", False, 413),
        ("/tasks/", False, 302),
        ("/keys/", True, 413),
        ("/nowhere/", True, 413),
        ("/composer/", True, 413),
    ],
)
def test_200_mb_where_they_have_no_business_are_not_kept(web, path, member, status, chunked):
    headers = {"Host": "localhost"} | ({"Cookie": web.cookie} if member else {})
    sock = web.connect()
    sock.settimeout(20)
    head = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {LARGE}")
    sock.sendall("\r\n".join([*head, "", ""]).encode())
    if chunked:
        most = 20 * 1024 * 1024
        try:
            for _ in range(most // 65536):
                sock.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
        except OSError:
            pass

    answer = sock.recv(1000)

    assert answer.startswith(f"HTTP/1.1 {status}".encode()), answer
    sock.close()


def test_a_member_may_send_a_large_body_where_files_are_taken(web):
    body = Flood(64 * 1024 * 1024)
    headers = {"Cookie": web.cookie, "Content-Length": str(body.left)}

    # No CSRF token: it was taken whole and then refused for that.
    assert web.post("/tasks/", headers, body) == 403
    assert body.sent == 64 * 1024 * 1024


def test_an_upload_is_received_while_others_stall(web, clients):
    head = (
        f"POST /tasks/ HTTP/1.1\r\nHost: localhost\r\nCookie: {web.cookie}\r\n"
        "Content-Length: 9000000\r\n\r\nx"
    )
    clients(120, head.encode())
    body = Flood(8 * 1024 * 1024)

    assert (
        web.post("/tasks/", {"Cookie": web.cookie, "Content-Length": str(body.left)}, body) == 403
    )


def test_pages_are_served_while_large_pictures_are_decoded(web):
    picture = Image.new("RGB", (7300, 5400), "#8a5a44")
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    _, headers, page = web.get("/subjects/", Cookie=web.cookie)
    token = re.search(rb'csrfmiddlewaretoken" value="([^"]+)', page)
    csrf = re.search("csrftoken=[^;]+", headers["Set-Cookie"])
    kind = "multipart/form-data; boundary=xx"
    parts = [
        b'--xx\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n' + token[1],
        b'\r\n--xx\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + buffer.getvalue(),
        b"\r\n--xx--\r\n",
    ]
    cookie = f"{web.cookie}; {csrf[0]}"
    before = web.memory()

    def upload(_):
        return web.post(
            "/subjects/", {"Cookie": cookie, "Content-Type": kind}, b"".join(parts), timeout=90
        )

    with ThreadPoolExecutor(12) as pool:
        answers = pool.map(upload, range(12))
        time.sleep(1)
        assert web.serves()
        assert web.memory() - before < 500 * 1024 * 1024
        # Without a handle nothing is made, but each picture has been looked at.
        assert set(answers) == {422}


def test_the_server_is_well_after_all_that(web):
    assert web.serves()
    assert "Traceback" not in web.output
    assert "WORKER TIMEOUT" not in web.output


def test_a_connection_is_used_again(web):
    with socket.create_connection(("127.0.0.1", web.port), timeout=5) as sock:
        for _ in range(3):
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            data = b""
            while b"ok\r\n0" not in data:
                chunk = sock.recv(1000)
                assert chunk, data
                data += chunk
