"""The gateway that knows the tasks of the old team."""

import pytest

from tests.processes.surroundings import start_sandbox
from tests.upgrades.dumps import gateway_state


@pytest.fixture(scope="module")
def gateway_url(tmp_path_factory):
    state = gateway_state("0.1.0", tmp_path_factory.mktemp("state") / "gateway")
    with start_sandbox("--fast", "--seconds", "1", "--state", str(state)) as url:
        yield url
