"""Another secret for a key, while tasks made with the old one are under way."""

from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from generation.models import ApiKey, RetiredSecret, RetiredSecretUse, Task, next_revision
from generation.models.secrets import SecretUnreadable
from generation.workers.failpoints import failpoint
from generation.workers.prepared_queries import Rows, padded

from .key_health import IN_ORDER, go_on


def rotate(key: ApiKey, secret: str) -> int | None:
    """Gives the key another secret; how many tasks go on with the old one. None: it has it already."""
    with transaction.atomic():
        # Under its lock no task is claimed, sent back or ended meanwhile.
        next_revision()
        current = ApiKey.objects.select_for_update().get(pk=key.pk)
        if _has(current, secret):
            return None
        tasks = _retire(current)
        current.keep_secret(secret)
        current.has_retired_secret = current.has_retired_secret or bool(tasks)
        for name, value in {"verified_at": None, **IN_ORDER}.items():
            setattr(current, name, value)
        names = ["secret", "last_four", "has_retired_secret", "verified_at", *IN_ORDER]
        current.save(update_fields=names)
        go_on(current.pk)
        failpoint("rotation-before-commit")
        transaction.on_commit(partial(failpoint, "rotation-committed"))
    return tasks


def _has(key: ApiKey, secret: str) -> bool:
    with suppress(SecretUnreadable):
        return key.reveal() == secret
    return False


def _retire(key: ApiKey) -> int:
    """Keeps the secret for what is under way with it; how many tasks that are."""
    try:
        secret = key.reveal()
    except SecretUnreadable:
        return 0
    served = RetiredSecretUse.objects.valid().filter(task=OuterRef("pk"))
    tasks = Task.objects.filter(key=key, state__in=Task.AT_GATEWAY).exclude(Exists(served))
    attempts = dict(tasks.values_list("pk", "attempts"))
    if not attempts:
        return 0
    RetiredSecretUse.objects.filter(task__in=attempts).delete()
    retired = RetiredSecret(key=key)
    retired.keep_secret(secret)
    retired.save()
    RetiredSecretUse.objects.bulk_create(
        RetiredSecretUse(task_id=pk, attempt=attempt, retired=retired)
        for pk, attempt in attempts.items()
    )
    return len(attempts)


def secret_of(task: Task) -> str:
    """What the gateway is asked with about the task. Its key is loaded; raises SecretUnreadable."""
    assert task.key is not None
    return _secrets({task.key.pk: task.key}, [task]).get(task.pk) or task.key.reveal()


_keys = Rows(lambda *pks: ApiKey.objects.filter(pk__in=pks).order_by())


def secrets_of(tasks: Collection[Task]) -> tuple[dict[UUID, str], list[ApiKey]]:
    """The secret of each task, by its id, and the keys that cannot be decrypted."""
    wanted = {task.key_id for task in tasks if task.key_id}
    keys = {key.pk: key for key in _keys(*padded(wanted))} if wanted else {}
    found, unreadable = {}, []
    for key in keys.values():
        try:
            found[key.pk] = key.reveal()
        except SecretUnreadable:
            unreadable.append(key)
    current = {task.pk: found[task.key_id] for task in tasks if task.key_id in found}
    return current | _secrets(keys, tasks), unreadable


def _secrets(keys: Mapping[UUID, ApiKey], tasks: Collection[Task]) -> dict[UUID, str]:
    """The retired secrets among them, by task. Asked after the keys: so no secret falls between."""
    attempts = {
        task.pk: task.attempts
        for task in tasks
        if task.key_id and task.key_id in keys and keys[task.key_id].has_retired_secret
    }
    if not attempts:
        return {}
    uses = RetiredSecretUse.objects.filter(task__in=attempts).select_related("retired")
    found = {}
    for use in uses:
        if use.attempt == attempts[use.task_id]:
            with suppress(SecretUnreadable):
                found[use.task_id] = use.retired.reveal()
    return found


def drop_retired(task: Task) -> bool:
    """Whether the task was asked about with a retired secret; from now on it is with its key's own."""
    deleted, _ = RetiredSecretUse.objects.filter(task=task.pk, attempt=task.attempts).delete()
    return bool(deleted)


def wipe_retired() -> int:
    """Forgets retired secrets whose tasks have all ended; how many."""
    if not RetiredSecret.objects.exists():
        return 0
    with transaction.atomic():
        next_revision()
        valid = RetiredSecretUse.objects.valid().values("pk")
        RetiredSecretUse.objects.exclude(pk__in=valid).delete()
        unused = RetiredSecret.objects.exclude(Exists(_uses()))
        number = unused.count()
        unused.delete()
        left = RetiredSecret.objects.filter(key=OuterRef("pk"))
        ApiKey.objects.filter(has_retired_secret=True).exclude(Exists(left)).update(
            has_retired_secret=False
        )
    return number


def in_service(key: ApiKey) -> list[tuple[RetiredSecret, int]]:
    """Its retired secrets, each with the number of tasks that it still serves."""
    valid = RetiredSecretUse.objects.valid().filter(retired__key=key)
    tasks = Counter(valid.values_list("retired", flat=True))
    return [(one, tasks[one.pk]) for one in key.retired_secrets.all() if tasks[one.pk]]


def _uses() -> QuerySet[RetiredSecretUse]:
    return RetiredSecretUse.objects.filter(retired=OuterRef("pk"))
