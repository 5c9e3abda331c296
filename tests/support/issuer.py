"""An issuer of OpenID Connect on loopback: real addresses, real signatures, and any lie a test wants."""

import base64
import hashlib
import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "viduweb", "only-for-this-test-issuer-secret"


class Issuer:
    """`claims` go into the next token; `asked` holds what came, by path."""

    def __init__(self):
        self.key = rsa.generate_private_key(65537, 2048)
        self.other_key = rsa.generate_private_key(65537, 2048)
        self.claims, self.config, self.asked, self.codes = {}, {}, [], {}
        self.sign = lambda claims: jwt.encode(claims, self.key, "RS256", headers={"kid": "one"})
        self.userinfo = {}

    def configuration(self):
        paths = {
            "authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks",
            "userinfo_endpoint": "userinfo",
        }  # fmt: skip
        found = {name: f"{self.url}/{path}" for name, path in paths.items()}
        return {
            "issuer": self.url,
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        } | (found | self.config)

    def log_in(self, client, start="/login/sso/", **claims):
        """The browser's way: to the issuer, which lets everybody in, and back."""
        away = client.get(start)
        return self.come_back(client, away.url, **claims)

    def come_back(self, client, url, **claims):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.codes["the-code"] = asked
        now = int(time.time())
        self.claims = {
            "iss": self.url, "aud": CLIENT, "sub": "number-1", "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "email": "alice@example.com", "email_verified": True,
        } | claims  # fmt: skip
        back = urlsplit(asked["redirect_uri"]).path
        return client.get(back, {"code": "the-code", "state": asked["state"]})

    def token(self, form):
        asked = self.codes.pop(form.get("code"), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        good = asked and asked["code_challenge"] == challenge and form["client_secret"] == SECRET
        if not good:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": self.sign(self.claims),
        }

    def answer(self, path, form):
        if path.endswith("/openid-configuration"):
            return 200, self.configuration()
        if path == "/jwks":
            public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return 200, {"keys": [public | {"kid": "one", "use": "sig", "alg": "RS256"}]}
        if path == "/userinfo":
            return 200, self.userinfo
        return self.token(form) if path == "/token" else (404, {})


@contextmanager
def running_issuer():
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            issuer.asked.append(self.path)
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status, found = issuer.answer(self.path.partition("?")[0], form)
            content = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield issuer
    server.shutdown()
    server.server_close()
    thread.join()
