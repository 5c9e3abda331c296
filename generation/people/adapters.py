"""What allauth asks of the place that it works in."""

from typing import Any
from urllib.parse import urlsplit

from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from requests import Session

from generation.models.secrets import decrypt, encrypt

from . import single_sign_on
from .issuer_only import issuer_session


class SecondFactorAdapter(DefaultMFAAdapter):
    """Our seeds are encrypted before they reach allauth; these are for what it would write itself."""

    def encrypt(self, text: str) -> str:
        return encrypt(text, "second-factor")

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text, "second-factor")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The host that people use, whatever a request says: passkeys are bound to it."""
        public = urlsplit(settings.PUBLIC_URL).hostname
        host = urlsplit(f"//{context.request.get_host()}").hostname
        return {"id": str(public or host), "name": "viduweb"}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        shown = super().get_public_key_credential_user_entity(user)
        return shown | {"name": user.username, "display_name": user.display_name}

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Ends every way of allauth through single sign-on in ours: nobody signs up, nothing is shown."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        raise ImmediateHttpResponse(single_sign_on.arrived(request, sociallogin))

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        raise ImmediateHttpResponse(single_sign_on.failed(request))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def get_requests_session(self) -> Session:
        return issuer_session()

    def list_apps(self, request: Any, provider: Any = None, client_id: Any = None) -> list[Any]:
        """Of the settings alone: a row that somebody puts into the table lets nobody in."""
        from allauth.socialaccount.adapter import _build_apps_from_settings

        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]
