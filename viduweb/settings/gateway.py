"""Which gateway is asked, and how much of it."""

from urllib.parse import urlsplit

from viduweb.addresses import is_loopback, web_address

from .basics import PORT, PRODUCTION, values

# The gateway. Without an address outside production the sandbox stands in for it.
GATEWAY_URL: str = values.read("GATEWAY_URL", lambda url: web_address(url, path=True))
SANDBOX: bool = not GATEWAY_URL and not PRODUCTION
_next_port = PORT + 1 if PORT < 65535 else PORT - 1
SANDBOX_PORT: int = values.number("SANDBOX_PORT", _next_port, least=1, most=65535)
if SANDBOX and SANDBOX_PORT == PORT:
    values.refuse("SANDBOX_PORT", "must be another port than PORT.")
if SANDBOX:
    GATEWAY_URL = f"http://127.0.0.1:{SANDBOX_PORT}/model/v1/generation"
elif not GATEWAY_URL:
    GATEWAY_URL = "https://cloud.vtrix.ai/model/v1/generation"
_plain_gateway = GATEWAY_URL.startswith("http:")
if PRODUCTION and _plain_gateway and not is_loopback(str(urlsplit(GATEWAY_URL).hostname)):
    values.refuse("GATEWAY_URL", "must begin with https://: keys travel on it.")
# Every page of the provider marks off-peak "temporarily unavailable".
OFF_PEAK_AVAILABLE: bool = values.flag("OFF_PEAK_AVAILABLE")
