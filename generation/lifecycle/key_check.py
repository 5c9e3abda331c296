"""Trying a key, and letting its tasks go on when it works."""

from generation.gateway.results import KeyVerdict
from generation.lifecycle import key_health
from generation.models import ApiKey
from generation.models.secrets import SecretUnreadable
from generation.workers.gateway_clients import open_client


def try_secret(secret: str) -> KeyVerdict:
    with open_client() as client:
        return client.probe(secret).verdict


def test_key(key: ApiKey) -> tuple[bool, str]:
    """Asks the gateway for a task that cannot exist: whether the key is good, and a sentence."""
    try:
        secret = key.reveal()
    except SecretUnreadable:
        return False, "it cannot be decrypted. Check ENCRYPTION_KEYS or enter it again."
    with open_client() as client:
        answer = client.probe(secret)
    if answer.verdict is KeyVerdict.GOOD:
        key_health.works(key.pk)
        return True, "the gateway accepts it."
    if answer.verdict is KeyVerdict.BAD:
        key_health.fails(key.pk, answer.reason, pauses=True)
        return False, "the gateway refuses it. Check it at the provider and enter it again."
    return False, f"the gateway gave no clear answer ({answer.reason}). Try again later."
