"""What webhooks tell of the team's tasks: each line of a timeline once, those that end together in
one message, and nothing that is private.

Lines that are told are written under the lock of the revisions, so their ids come in order and
none is passed by.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.text import Truncator

from generation.models import (
    Comment,
    Delivery,
    EventKind,
    News,
    Reason,
    Task,
    TaskEvent,
    Visibility,
    Webhook,
    WebhookMessage,
)
from generation.workers.wakeups import wake

from .inbox import JOB, KEPT

MOST = 500
"""Lines that one message counts; what is more comes with the next."""

IN_WORDS = 10
TITLE = 80
SAID = 200
"""Characters of a comment."""
PASSED = timedelta(minutes=10)
"""No transaction takes so long: every line of before is there."""

TEST = "A test. What becomes of the team’s tasks will be told here."

_before = TaskEvent.objects.filter(
    task=OuterRef("task"), kind=EventKind.AT_RISK, pk__lt=OuterRef("pk")
)
OF: dict[str, Q] = {
    News.READY: Q(kind=EventKind.COMPLETED),
    News.FAILED: Q(kind__in=[EventKind.REFUSED, EventKind.FAILED], state=Task.State.FAILED)
    | Q(kind__in=[EventKind.LOST, EventKind.UNCERTAIN]),
    # Each try says it again.
    News.AT_RISK: Q(kind=EventKind.AT_RISK) & ~Q(Exists(_before)),
    News.COMMENT: Q(kind=EventKind.COMMENTED),
    News.OVER_BUDGET: Q(kind=EventKind.QUEUED, task__reason=Reason.OVER_BUDGET),
}
WORDS: dict[str, str] = {
    EventKind.COMPLETED: "Ready",
    EventKind.REFUSED: "Failed",
    EventKind.FAILED: "Failed",
    EventKind.LOST: "Lost",
    EventKind.UNCERTAIN: "Unsure",
    EventKind.AT_RISK: "At risk",
    EventKind.COMMENTED: "Comment",
    EventKind.QUEUED: "Waits for an admin, over a budget",
}


def gather() -> None:
    for hook in Webhook.objects.due():
        _gather(hook)


def newest() -> int:
    return TaskEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0


def try_out(hook: Webhook) -> None:
    with transaction.atomic():
        _send(WebhookMessage(hook=hook, test=True))


def prune() -> None:
    WebhookMessage.objects.filter(at__lt=timezone.now() - KEPT).delete()


def text_of(message: WebhookMessage) -> str:
    """Nothing when by now there is nothing in it that the team may see."""
    if message.test:
        return f"viduweb: {TEST}"
    events = list(
        _of_the_team().filter(pk__in=message.events).select_related("task__owner").order_by("pk")
    )
    comments = _comments(events)
    # What was deleted before it left is told no more.
    events = [one for one in events if one.kind != EventKind.COMMENTED or one.pk in comments]
    lines = [_line(event, comments.get(event.pk)) for event in events[:IN_WORDS]]
    if len(events) < 2:
        return "".join(f"viduweb: {line}" for line in lines)
    if more := len(events) - len(lines):
        lines.append(f"and {more} more")
    return "\n".join([f"viduweb: {_counted(events)}", *(f"• {line}" for line in lines)])


def _comments(events: list[TaskEvent]) -> dict[int, Comment]:
    """By the line that tells of each."""
    of = {one.pk: one.detail.get("comment") for one in events if one.kind == EventKind.COMMENTED}
    found = Comment.objects.select_related("member").in_bulk([pk for pk in of.values() if pk])
    known = {str(pk): comment for pk, comment in found.items()}
    return {event: known[pk] for event, pk in of.items() if pk in known}


def _of_the_team() -> QuerySet[TaskEvent]:
    return TaskEvent.objects.filter(task__visibility=Visibility.TEAM, task__trashed_at=None)


def _gather(hook: Webhook) -> None:
    wanted = Q(pk__in=[])
    for news in hook.news:
        wanted |= OF.get(news, Q(pk__in=[]))
    told = _of_the_team().filter(wanted, pk__gt=hook.seen).order_by("pk")
    events = list(told.values_list("pk", flat=True)[:MOST])
    now = timezone.now()
    if events:
        moved = {"seen": events[-1], "told_at": now}
    else:
        passed = TaskEvent.objects.filter(pk__gt=hook.seen, at__lt=now - PASSED)
        moved = {"seen": passed.aggregate(last=Max("pk"))["last"] or hook.seen}
    with transaction.atomic():
        # Of two workers that have found the same, one tells it.
        mine = Webhook.objects.filter(pk=hook.pk, active=True, seen=hook.seen)
        if moved["seen"] != hook.seen and mine.update(**moved) and events:
            _send(WebhookMessage(hook=hook, events=events))


def _send(message: WebhookMessage) -> None:
    message.save()
    Delivery.objects.create(channel=Delivery.Channel.WEBHOOK, message=message)
    wake(JOB)


def _line(event: TaskEvent, comment: Comment | None = None) -> str:
    task, anchor = event.task, ""
    said = f"{WORDS[event.kind]}: “{task.title(TITLE)}” by {task.owner.username}"
    if comment:
        who = comment.member.username if comment.member else f"{comment.guest} (guest)"
        text = Truncator(" ".join(comment.text.split())).chars(SAID)
        said, anchor = f"{said}. {who}: “{text}”", "#comments"
    said = _plain(said)
    if not settings.PUBLIC_URL:
        return said
    return f"{said} {settings.PUBLIC_URL}{task.get_absolute_url()}{anchor}"


def _counted(events: list[TaskEvent]) -> str:
    words = [WORDS[event.kind] for event in events]
    return ", ".join(f"{words.count(word)} × {word}" for word in dict.fromkeys(words))


def _plain(text: str) -> str:
    """Nothing that a chat would take for more than text: its own marks, or a call to everybody."""
    text = "".join(letter for letter in text if letter.isprintable())
    for mark, instead in {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u200b"}.items():
        text = text.replace(mark, instead)
    return text
