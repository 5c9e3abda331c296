"""A new installation for production, by the commands of the book and in its order."""

import re
import shlex
import subprocess
import sys

import pytest

from generation.supervisor.reaper import ROOT
from tests.processes.machine import Machine
from tests.processes.stack import PATIENCE
from tests.processes.surroundings import environment, own_database

pytestmark = pytest.mark.processes

ADMIN = {
    "DJANGO_SUPERUSER_USERNAME": "ada",
    "DJANGO_SUPERUSER_EMAIL": "ada@example.com",
    "DJANGO_SUPERUSER_PASSWORD": "correct horse battery",
}
"""What one is asked for there, and nobody is here to answer."""


def step(number):
    book = (ROOT / "docs/operating.md").read_text()
    production = book[book.index("\n## Production\n") : book.index("\n## Several machines\n")]
    return re.search(rf"^{number}\. (.*?)(?=^\d+\. |\n\n)", production, re.MULTILINE | re.DOTALL)[1]


def words(command):
    program, *rest = shlex.split(command)
    assert program in (".venv/bin/python", "python3")
    return sys.executable, *rest


def settings():
    """What is written into `.env`; an empty one is a server that one may have."""
    found = {}
    for name, value, command in re.findall(
        r"`([A-Z_]+)=([^`]*)`(?:\s\(`(.*?)`\))?", step(3), re.DOTALL
    ):
        made = (
            command
            and subprocess.run(words(command), capture_output=True, text=True, check=True).stdout
        )
        found[name] = value or made.strip()
    return found


def test_from_an_empty_database_to_the_first_admin(tmp_path):
    with own_database() as database_url:
        env = {**settings(), **environment(tmp_path / "var", database_url), **ADMIN}
        made = {}
        for command in re.findall(r"`([^`]*manage\.py [^`]*)`", step(4)):
            asks = command.endswith(" createsuperuser")
            done = subprocess.run(
                (*words(command), *(("--noinput",) if asks else ())),
                cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            made[command.partition("manage.py ")[2]] = done.stdout + done.stderr
        assert [*made] == ["check --deploy", "migrate", "createsuperuser"]
        assert "no issues" in made["check --deploy"]
        admins = Machine(tmp_path / "var", env).rows(
            "SELECT username FROM generation_user WHERE is_superuser"
        )
        assert admins == [("ada",)]
