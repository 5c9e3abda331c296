import pytest

from generation.gateway.client import GatewayClient
from tests.support.gateways.scripted import http_gateway

CANARY = "sk-canary-4f9a+/Zz81"


@pytest.fixture
def key():
    return CANARY


@pytest.fixture
def gateway():
    with http_gateway() as running:
        yield running


@pytest.fixture
def client(gateway):
    with GatewayClient(gateway.url) as client:
        yield client
