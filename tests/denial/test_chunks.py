import pytest
from hypothesis import given
from hypothesis import strategies as st

from viduweb.server.chunks import BadChunk, Chunks


def chunked(*pieces, trailer=b""):
    whole = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return whole + b"0\r\n" + trailer + b"\r\n"


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=6), st.data())
def test_however_it_is_cut_it_is_the_same(pieces, data):
    raw = chunked(*pieces, trailer=b"X: y\r\n") + b"GET /next"
    chunks, content = Chunks(), b""
    while raw:
        size = data.draw(st.integers(1, len(raw)))
        if chunks.ended:
            break
        content += chunks.feed(raw[:size])
        raw = raw[size:]

    assert chunks.ended
    assert content == b"".join(pieces)
    assert b"GET /next".startswith(chunks.rest)


@pytest.mark.parametrize(
    "raw",
    [
        b"zz\r\n",
        b"\r\n",
        b"-1\r\n",
        b"0x5\r\nhello\r\n",
        b"5\r\nhelloworld\r\n",
        b"5\nhello\n0\n\n" + b"x" * 300,
        b"5;\x00\r\nhello\r\n",
        b"1" * 20 + b"\r\n",
        b"1" * 1000,
        b"0\r\n" + b"X: y\r\n" * 2000,
    ],
)
def test_what_is_ambiguous_is_refused(raw):
    with pytest.raises(BadChunk):
        Chunks().feed(raw)


def test_sizes_may_have_extensions():
    chunks = Chunks()

    assert (
        chunks.feed(b'5;name="value"\r\nhello\r\nA ; x\r\n0123456789\r\n0\r\n\r\n')
        == b"hello0123456789"
    )
    assert chunks.ended


def test_half_of_it_has_no_end():
    chunks = Chunks()

    assert chunks.feed(chunked(b"hello")[:-2]) == b"hello"
    assert not chunks.ended
