"""One stack for all tests here, with a fast gateway of its own."""

import json
import urllib.request

import pytest

from tests.processes.stack import start_stack
from tests.processes.surroundings import start_sandbox

# Some five times as long as it takes to send 200 tasks, which have to be in flight together.
SECONDS = 12


@pytest.fixture(scope="module")
def gateway_url():
    with start_sandbox("--fast", "--seconds", str(SECONDS)) as url:
        yield url


@pytest.fixture(scope="module")
def stack(tmp_path_factory, gateway_url):
    with start_stack(tmp_path_factory.mktemp("stack"), GATEWAY_URL=gateway_url) as stack:
        stack.shell(SETUP)
        yield stack


@pytest.fixture(scope="module")
def created(gateway_url):
    """The ids of the tasks that the gateway was asked to make so far."""

    def created():
        site = gateway_url.removesuffix("/model/v1/generation")
        with urllib.request.urlopen(f"{site}/_sandbox/requests") as answer:
            requests = json.load(answer)["requests"]
        return sorted(request["task"] for request in requests if request["method"] == "POST")

    return created


SETUP = """
from generation.models import ApiKey, User
User.objects.create_superuser("ada", "ada@example.com", "correct horse battery")
key = ApiKey(label="Team")
key.keep_secret("sandbox-process-tests")
key.save()
"""
