"""`manage.py sandbox` as a process."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command

from generation.sandbox.server import running_server

ROOT = Path(__file__).parents[2]


@pytest.mark.processes
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_answers_and_stops(how: signal.Signals, tmp_path: Path):
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--state", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert url, line
        assert httpx.get(f"{url[0]}/healthz").json() == {"sandbox": True}
        begun = time.monotonic()
        process.send_signal(how)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - begun < 1.5


def test_a_taken_port_is_said_in_words():
    with running_server() as server, pytest.raises(CommandError, match="cannot start on"):
        call_command("sandbox", port=server.server_port)


def test_seconds_must_be_a_number():
    with pytest.raises(CommandError, match="not a number of seconds"):
        call_command("sandbox", "--seconds", "soon")
