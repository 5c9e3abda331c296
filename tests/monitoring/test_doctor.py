"""The doctor of an installation whose database it must not ask.

Here without the database's fixture, so every query fails.
"""

import socket
from io import StringIO

import pytest
import redis
from django.core.management import CommandError, call_command
from django.db import OperationalError

from generation.management.commands import doctor


def _refuse():
    raise OperationalError("connection refused\n\tIs the server running?")


@pytest.fixture(autouse=True)
def _gateway(monkeypatch):
    monkeypatch.setattr(doctor, "gateway", lambda: (True, "The gateway answers."))


def told():
    out = StringIO()
    with pytest.raises(CommandError, match="to mend"):
        call_command("doctor", "--all", "--files", stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("mismatch", "says"),
    [
        (lambda: "The database is older than this version.", "is older than this version"),
        (_refuse, "cannot be used: connection refused Is the server running?"),
    ],
)
def test_it_says_so_and_leaves_the_tables_alone(monkeypatch, settings, mismatch, says):
    monkeypatch.setattr(doctor, "mismatch", mismatch)
    settings.REDIS_URL = ""
    said = told()
    assert says in said
    assert "Storage is writable" in said
    assert "once that is mended" in said


def test_it_tells_what_others_may_read_and_write(monkeypatch, settings):
    def refuse(*args, **kwargs):
        raise redis.ConnectionError("refused")

    public = [(0, 0, 0, "", ("93.184.216.34", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: public)
    monkeypatch.setattr(redis.Redis, "scan_iter", refuse)
    monkeypatch.setattr(doctor, "mismatch", lambda: "The database is older than this version.")
    settings.REDIS_URL = "redis://public.example/1"
    settings.DATA_DIR.chmod(0o755)
    said = told()
    assert "chmod go-rwx" in said
    assert "requirepass" in said
    assert "without TLS" in said
