"""The doctor of an installation whose database it must not ask."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from generation.management.commands import doctor


def _refuse():
    raise OperationalError("connection refused\n\tIs the server running?")


@pytest.mark.parametrize(
    ("mismatch", "says"),
    [
        (lambda: "The database is older than this version.", "is older than this version"),
        (_refuse, "cannot be used: connection refused Is the server running?"),
    ],
)
def test_it_says_so_and_leaves_the_tables_alone(monkeypatch, settings, mismatch, says):
    """Without the database's fixture every query fails."""
    monkeypatch.setattr(doctor, "mismatch", mismatch)
    monkeypatch.setattr(doctor, "gateway", lambda: (True, "The gateway answers."))
    settings.REDIS_URL = ""
    out = StringIO()
    with pytest.raises(CommandError, match="to mend"):
        call_command("doctor", "--all", "--files", stdout=out)
    told = out.getvalue()
    assert says in told
    assert "Storage is writable" in told
    assert "once that is mended" in told
