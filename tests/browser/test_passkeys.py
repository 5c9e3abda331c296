"""Passkeys in a real browser, with an authenticator that Chromium plays."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD

pytestmark = pytest.mark.browser

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def at_localhost(new_page, stack):
    """Passkeys are bound to a name; an address in numbers has none."""
    stack.shell(
        "from generation.models import User;"
        f"User.objects.create_user('kay', 'kay@example.com', '{PASSWORD}')"
    )
    watched = new_page()
    watched.base = stack.url.replace("127.0.0.1", "localhost")
    session = watched.context.new_cdp_session(watched.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return watched


def log_out(page):
    page.locator("button.avatar").click()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page).to_have_url(re.compile("/login/"))


def test_a_passkey_is_made_and_logs_in(at_localhost):
    page = at_localhost.page
    at_localhost.open("/login/?next=/account/security/")
    page.locator("#id_username").fill("kay")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#id_name").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#recovery-codes")).to_contain_text("-")
    at_localhost.check_accessibility()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Laptop")).to_be_visible()
    at_localhost.check_accessibility()

    log_out(page)
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page).to_have_url(at_localhost.base + "/")

    log_out(page)
    page.locator("#id_username").fill("kay")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/login/second/"))
    at_localhost.check_accessibility()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(at_localhost.base + "/")
