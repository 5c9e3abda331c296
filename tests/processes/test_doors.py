"""What stands open on a real server, tried from outside."""

import os
import re
import socket
import subprocess
import sys

import httpx
import pytest

from generation.admin import site
from generation.supervisor.reaper import ROOT
from tests.processes.stack import PATIENCE

pytestmark = pytest.mark.processes

QUEUE = [
    f"/admin/django_q/{name}"
    for name in ("", "schedule/", "schedule/add/", "success/", "failure/", "ormq/", "schedule/1/change/")
]  # fmt: skip


@pytest.fixture(scope="module")
def superuser(stack):
    """A logged-in browser without a page."""
    with httpx.Client(base_url=stack.url, timeout=20) as client:
        page = client.get("/login/")
        form = {"username": "ada", "password": "correct horse battery"} | token(page)
        assert client.post("/login/", data=form).status_code == 302
        yield client


def token(page):
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    return {"csrfmiddlewaretoken": found[1]}


@pytest.mark.parametrize("path", QUEUE)
def test_the_queue_has_no_pages_in_the_admin(superuser, path):
    assert superuser.get("/admin/").status_code == 200
    assert superuser.get(path).status_code == 404


def test_a_superuser_makes_no_schedule(superuser, stack, tmp_path):
    canary = tmp_path / "canary"
    form = {
        "name": "canary", "func": "os.system", "args": f"('touch {canary}',)", "schedule_type": "O",
        "repeats": "-1", "next_run_0": "2020-01-01", "next_run_1": "00:00:00", "minutes": "1",
    }  # fmt: skip
    form |= token(superuser.get("/account/"))
    assert superuser.post("/admin/django_q/schedule/add/", data=form).status_code == 404
    assert stack.rows("SELECT func FROM django_q_schedule") == [("generation.jobs.reconcile",)]
    assert not canary.exists()


def test_the_admins_front_page_names_our_tables_only(superuser):
    names = set(re.findall(r'href="/admin/(\w+/\w+)/"', superuser.get("/admin/").text))
    assert names == {f"generation/{model._meta.model_name}" for model in site._registry}


@pytest.mark.parametrize("header", ["SCRIPT_NAME", "Script_Name", "PATH_INFO"])
def test_no_header_says_what_our_path_is(stack, header):
    """Sent raw: clients mend such names."""
    host, port = stack.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        request = (
            f"GET /login/ HTTP/1.1\r\nHost: {host}\r\n{header}: /login\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(request.encode())
        answer = connection.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 200")
    assert "/login/static/" not in answer
    assert 'action="/login/login/' not in answer
    assert "/login/login/" not in answer


@pytest.mark.skipif("TEST_DATABASE_URL" not in os.environ, reason="the pass on PostgreSQL runs it")
def test_a_second_machine_with_files_of_its_own_is_refused(stack, tmp_path):
    done = subprocess.run(
        (sys.executable, "manage.py", "supervise", "--no-web"),
        cwd=ROOT,
        env={**stack.env, "DATA_DIR": str(tmp_path), "HOST_NAME": "second"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert f"({stack.env['HOST_NAME']}; second)" in done.stderr
    assert "STORAGE_URL" in done.stderr
