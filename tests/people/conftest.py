"""An issuer of single sign-on, as if it had been set before the start."""

import pytest
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider

from tests.support.issuer import CLIENT, SECRET, running_issuer


@pytest.fixture(scope="module")
def server():
    # As with OIDC_ISSUER set at the start.
    registry.register(OpenIDConnectProvider)
    with running_issuer() as issuer:
        yield issuer
    registry.provider_map.pop(OpenIDConnectProvider.id)


@pytest.fixture
def issuer(server, settings):
    server.asked.clear()
    server.config, server.userinfo, sign = {}, {}, server.sign
    settings.OIDC_ISSUER, settings.OIDC_ID, settings.OIDC_CLIENT_ID = (
        server.url,
        "oidc-test",
        CLIENT,
    )
    app = {
        "provider_id": "oidc-test", "name": "Acme", "client_id": CLIENT, "secret": SECRET,
        "settings": {"server_url": server.url},
    }  # fmt: skip
    settings.OIDC_NAME = "Acme"
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }
    yield server
    server.sign = sign
