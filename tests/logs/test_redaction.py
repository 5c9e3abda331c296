import base64
import itertools
import json
import secrets
import time
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from generation.redaction import HIDDEN, LONGEST, redact

BLOB = base64.b64encode(bytes(range(200))).decode()
FERNET_KEY = Fernet.generate_key().decode()
TOKEN = Fernet(FERNET_KEY).encrypt(b"x").decode()


def count_up():
    """Numbers as test ids: the texts hold random parts, and every test process names them alike."""
    numbers = itertools.count()
    return lambda _: str(next(numbers))


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"images: data:image/png;base64,{BLOB} end", BLOB[:20]),
        (f"data:image/svg+xml;charset=utf-8;base64,{BLOB[:12]}", BLOB[:12]),
        (f"data:image/png;base64{BLOB[:12]}", BLOB[:12]),
        (f"data:;base64,{BLOB[:12]}", BLOB[:12]),
        (json.dumps({"images": [f"data:image/jpeg;base64,{BLOB}"]}), BLOB[-20:]),
        (rf"data:image\/jpeg;base64,\/9j\/{BLOB[:12]}", BLOB[:12]),
        ("Authorization: Bearer abc123", "abc123"),
        ("authorization: Basic dXNlcjpwYXNz more", "dXNlcjpwYXNz"),
        ("{'Authorization': 'Bearer abc123'}", "abc123"),
        ("[(b'Authorization', b'Bearer abc123')]", "abc123"),
        ('{\\"Authorization\\": \\"Bearer abc123\\"}', "abc123"),
        ("Authorization: AWS4-HMAC-SHA256 Credential=AK/1, Signature=ab12", "ab12"),
        ("the bearer  abc123 was refused", "abc123"),
        ("header=Bearer%20abc123", "abc123"),
        (f"stored as {TOKEN}", TOKEN[5:25]),
        (f"ENCRYPTION_KEYS={FERNET_KEY}", FERNET_KEY[:12]),
        ("key vda_live_0123 refused", "live_0123"),
        ("key sk-0123456789 refused", "0123456789"),
        ("key sandbox-test-key-0000 refused", "test-key"),
        ("https://cdn.example/1.mp4?X-Amz-Signature=0f&e=1", "0f"),
        ("http://user:pass@host:1/x", "pass"),
        ("postgres://user:p@ss@host/db", "ss@"),
        ("redis://:hush@host", "hush"),
        ("Not Found: /callbacks/abc123/", "abc123"),
        ("{'secret': 'hush-hush'}", "hush-hush"),
        ("password=hush-hush&x=1", "hush-hush"),
        ("api_key: 0123456789", "0123456789"),
        (f"read {BLOB} from it", BLOB[:20]),
        (f"token_urlsafe {secrets.token_urlsafe(64)}", "-never-"),
    ],
    ids=count_up(),
)
def test_secrets_are_hidden(text, secret):
    assert HIDDEN in redact(text)
    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        f"task {uuid4()} of output {uuid4()}: sent",
        f"outputs/2026/11/{uuid4()}-poster.webp",
        f"images/ab/{'0123456789abcdef' * 4}-thumbnail.webp",
        'File "/srv/viduweb/generation/lifecycle/archive.py", line 93, in _archive',
        'File "/usr/lib/python3.11/site-packages/django/core/handlers/exception.py", line 55',
        "test_a_very_long_name_of_a_test_that_says_what_it_is_about_in_words",
        "GET /tasks/changes/?since=12345 204",
        "https://cloud.vtrix.ai/model/v1/generation answered 503",
        "authorization failed; the data: none, the basic facts: unknown",
        "Sandbox gateway: http://127.0.0.1:8001/model/v1/generation (any key beginning sandbox-)",
        "key 'Team' cannot be decrypted",
        "generation.jobs.dispatch took 1.2 s, 3 of 40 sent, next look in 2.5 s",
    ],
    ids=count_up(),
)
def test_ordinary_text_stays(text):
    assert redact(text) == text


@pytest.mark.parametrize("size", [32, 48, 100])
def test_random_words_are_hidden_wherever_they_come_from(size):
    assert all(HIDDEN in redact(f"got {secrets.token_urlsafe(size)}") for _ in range(200))


@given(st.text(), st.text())
def test_a_header_is_hidden_in_any_text(before, after):
    assert "CANARY" not in redact(f"{before} Authorization: Bearer CANARY-key {after}")


@given(st.text(max_size=300))
def test_it_never_fails_and_never_grows_beyond_its_limit(text):
    assert len(redact(text * 100)) <= LONGEST + 40


@pytest.mark.parametrize(
    "piece", ["http://", "data:a/b;a", "://a@", "bearer ", "authorization", "secret=", "aB3-", "a"]
)
def test_a_hostile_text_costs_little_time(piece):
    begin = time.process_time()
    redact(piece * (1_000_000 // len(piece)))
    # What grows with the square of the length takes minutes.
    assert time.process_time() - begin < 5
