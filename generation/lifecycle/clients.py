"""The gateway client as this deployment uses it."""

from django.conf import settings

from generation.gateway.client import GatewayClient
from generation.gateway.deadline import shared_ssl_context


def open_client() -> GatewayClient:
    """A client of GATEWAY_URL; close it. Make one a thread, after the worker was forked."""
    return GatewayClient(
        settings.GATEWAY_URL,
        ssl_context=shared_ssl_context(),
        user_agent=f"viduweb/{settings.VERSION}",
    )
