"""One task and a gateway that remembers what it has done and told."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import httpx
from django.utils import timezone

from generation.gateway.client import GatewayClient
from generation.gateway.failures import GatewayFailure
from generation.lifecycle import archive, dispatch, output_claims, polling
from generation.models import Output, Task
from tests.lifecycle.conftest import run_job

State = Task.State
FILE = [{"content": [{"type": "image", "url": "https://cdn.example/1.png"}]}]
ERROR = {"code": "1", "message": "no"}


def said(status, **more):
    return 200, {"id": "remote-1", "status": status, **more}


@dataclass(frozen=True)
class Truth:
    """What happened at the gateway: the cost it told, and whether it may have a task of ours."""

    told: Decimal | None = None
    there: bool = False

    @property
    def charge(self):
        if self.told is not None:
            return self.told
        return None if self.there else Decimal(0)

    def after(self, reply):
        """What a task that may be there, and of which this is said, is known to have cost."""
        status, body = reply
        over = status == 200 and body.get("status") in ("completed", "failed")
        cost = body.get("usage", {}).get("cost") if over else None
        told = self.told if cost in (None, "") else Decimal(cost)
        return Truth(told, True)


class World:
    """One task, the gateway it is sent to, and all that can happen to it."""

    def __init__(self, task, user):
        self.pk, self.user, self.answer = task.pk, user, None

    @property
    def task(self):
        return Task.objects.select_related("key").get(pk=self.pk)

    def client(self):
        return GatewayClient("http://gateway/v1", transport=httpx.MockTransport(self._answer))

    def _answer(self, request):
        if isinstance(self.answer, Exception):
            raise self.answer
        status, body = self.answer
        return httpx.Response(status, json=body)

    def claim(self):
        Task.objects.filter(pk=self.pk).update(next_attempt_at=timezone.now())
        return dispatch._claim()

    def send(self, answer):
        self.answer = answer
        run_job(dispatch._dispatch(self.claim()))

    def poll(self, answer):
        self.answer = answer
        with self.client() as client:
            try:
                reply = client.fetch("remote-1", "sandbox-test-key-0000")
            except GatewayFailure as failure:
                reply = failure
        polling.apply(self.task, reply, timezone.now())

    def deadline(self):
        Task.objects.filter(pk=self.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))

    def save(self):
        Output.objects.update(next_attempt_at=timezone.now())
        run_job(archive._archive(output_claims.claim()))
