"""Trying a key, and letting its tasks go on when it works."""

from django.utils import timezone

from generation.gateway.results import KeyVerdict
from generation.models import ApiKey, Reason, Task
from generation.models.secrets import SecretUnreadable
from generation.workers.gateway_clients import open_client


def test_key(key: ApiKey) -> tuple[bool, str]:
    """Asks the gateway for a task that cannot exist: whether the key is good, and a sentence."""
    try:
        secret = key.reveal()
    except SecretUnreadable:
        return False, "it cannot be decrypted. Check ENCRYPTION_KEYS or enter it again."
    with open_client() as client:
        answer = client.probe(secret)
    if answer.verdict is KeyVerdict.GOOD:
        _works(key)
        return True, "the gateway accepts it."
    if answer.verdict is KeyVerdict.BAD:
        ApiKey.objects.filter(pk=key.pk).update(last_error="The gateway refuses it.")
        return False, "the gateway refuses it. Check it at the provider and enter it again."
    return False, f"the gateway gave no clear answer ({answer.reason}). Try again later."


def _works(key: ApiKey) -> None:
    now = timezone.now()
    ApiKey.objects.filter(pk=key.pk).update(verified_at=now, paused_at=None, last_error="")
    waiting = Task.objects.filter(key=key, state=Task.State.PROCESSING, reason=Reason.KEY)
    waiting.update(next_poll_at=now)
