"""The issuer of single sign-on: allauth's way through OpenID Connect, held to what we were told.

allauth believes a token that came from the token's address; here each signature is checked.
"""

from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from requests import RequestException

from .issuer_only import is_ours, issuer_session
from .single_sign_on import failed

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
LEEWAY = 60
"""Seconds that two clocks may differ."""

# What an answer can raise that is not as the standard says.
BROKEN = (RequestException, OAuth2Error, jwt.PyJWTError, KeyError, ValueError, TypeError)


class Issuer(OpenIDConnectOAuth2Adapter):
    def __init__(self, request: HttpRequest, provider_id: str = "") -> None:
        super().__init__(request, settings.OIDC_ID)

    @property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        if config["issuer"].rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
            raise OAuth2Error("Another issuer answered.")
        if not is_ours(config["authorization_endpoint"]):
            raise OAuth2Error("The login is on a host that OIDC_HOSTS does not name.")
        return config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        path = reverse("sso-callback")
        public: str = settings.PUBLIC_URL
        return f"{public}{path}" if public else request.build_absolute_uri(path)

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        claims = self._claims(kwargs["response"]["id_token"])
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            told = self._fetch_user_info(token.token)
            if told["sub"] != claims["sub"]:
                raise OAuth2Error("What was told is about somebody else.")
            names = ("email", "email_verified", "name", "preferred_username")
            claims |= {name: told[name] for name in names if name in told}
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _claims(self, token: str) -> dict[str, Any]:
        with issuer_session() as session:
            found = session.get(self.openid_config["jwks_uri"])
            found.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(found.json())
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_key(keys, jwt.get_unverified_header(token).get("kid")),
            algorithms=ALGORITHMS,
            audience=settings.OIDC_CLIENT_ID,
            issuer=self.openid_config["issuer"],
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
        if claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
            raise OAuth2Error("The token is for somebody else.")
        return claims


def ask(request: HttpRequest, state: dict[str, Any]) -> HttpResponse:
    """The way to the issuer's login."""
    params = {"nonce": state["nonce"]}
    if state["confirming"]:
        params |= {"prompt": "login", "max_age": "0"}
    try:
        provider = get_adapter(request).get_provider(request, provider=settings.OIDC_ID)
        provider.oauth2_adapter_class = Issuer
        answer: HttpResponse = provider.redirect(
            request, process="login", auth_params=params, **state
        )
    except BROKEN:
        return failed(request, "the issuer could not be asked")
    return answer


def receive(request: HttpRequest) -> HttpResponse:
    """The browser is back."""
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(Issuer(request))(request)
    except BROKEN:
        return failed(request)
    return answer


def _key(keys: jwt.PyJWKSet, kid: str | None) -> jwt.PyJWK:
    """That of the name; the only one when the token names none."""
    usable = [key for key in keys.keys if key.public_key_use in (None, "sig")]
    named = [key for key in usable if kid is None or key.key_id == kid]
    if len(named) != 1:
        raise OAuth2Error("The issuer has no such key.")
    return named[0]
