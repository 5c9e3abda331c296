"""The one task that a view is about, as far as the member may see it or decide about it."""

from uuid import UUID

from generation.models import Task
from generation.people import access
from generation.people.audit import opened
from generation.presenters.cards import Card

from .cards import card
from .http import Request


def task_for_page(request: Request, pk: UUID) -> Task:
    tasks = Task.objects.for_cards().select_related("key", "again_of", "review__by")
    return access.get_task(request.user, pk, tasks)


def own_task(request: Request, pk: UUID) -> Task:
    """A task this user may decide about: an own one, or any for admins."""
    found = access.get_task_to_decide(request.user, pk)
    opened(request, found, "decided")
    return found


def shown_card(request: Request, task: Task) -> Card:
    return card(access.get_task(request.user, task.pk, Task.objects.for_cards()), request.user)


def anyway(request: Request) -> bool:
    """Whether it was pressed although the same runs or was made lately."""
    return request.POST.get("anyway") == "1"
