"""A member's browser, as far as these tests need one."""

import http.client
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from tests.processes.stack import Stack

LOGIN = """
from django.test import Client
from generation.models import ApiKey, User
member, _ = User.objects.get_or_create(username="maya", defaults={"password": "!"})
if not ApiKey.objects.filter(owner=member).exists():
    key = ApiKey(label="calm", owner=member)
    key.keep_secret("{first}")
    key.save()
client = Client()
client.force_login(member)
print(client.cookies["sessionid"].value)
"""
FIRST_KEY = "key-of-maya-0000"
SECRET = "c" * 32


class Browser:
    """Logged in as maya, who has a key of her own."""

    def __init__(self, stack: Stack) -> None:
        self._host = stack.url.removeprefix("http://")
        self._session = stack.shell(LOGIN.replace("{first}", FIRST_KEY)).strip()

    def ask(self, method: str, path: str, **fields: str) -> int:
        """The HTTP status; 0 when the connection ended without an answer."""
        connection = http.client.HTTPConnection(self._host, timeout=15)
        headers = {
            "Cookie": f"sessionid={self._session}; csrftoken={SECRET}",
            "X-CSRFToken": SECRET,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request(method, path, urlencode(fields), headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def generate(self, token: str = "", case: str = "calm") -> int:
        """Presses Generate on the form with that token."""
        return self.ask(
            "POST",
            "/tasks/",
            model="viduq2_turbo_img2video",
            prompt=f"[case:{case}]",
            image_urls="https://example.com/first.png",
            submission=token or str(uuid4()),
            anyway="1",
        )

    def upload(self, portrait: bytes) -> tuple[int, str]:
        """Makes a subject with that picture; the status and the page that came in the end."""
        fields = {"handle": "maya", "title": "Maya", "visibility": "team"}
        with httpx.Client(base_url=f"http://{self._host}", follow_redirects=True) as client:
            answer = client.post(
                "/subjects/",
                data=fields,
                files={"images": ("maya.png", portrait, "image/png")},
                headers={
                    "Cookie": f"sessionid={self._session}; csrftoken={SECRET}",
                    "X-CSRFToken": SECRET,
                },
            )
            return answer.status_code, answer.text
