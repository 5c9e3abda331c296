"""Share links: who makes and ends them."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from generation.models import Collection, Share, Task, User

from .owning import is_admin
from .tasks import get_task_to_like, may_decide


def get_task_to_share(user: User, pk: UUID) -> Task:
    """One of the gallery that `user` may decide about: what is private of others stays that."""
    found = get_task_to_like(user, pk)
    if not may_decide(user, found):
        raise Http404
    return found


def get_share_to_end(user: User, pk: UUID) -> Share:
    shares = Share.objects.all() if is_admin(user) else Share.objects.filter(made_by=user)
    return get_object_or_404(shares, pk=pk)


def shares_of(user: User, what: Task | Collection) -> QuerySet[Share]:
    """The links of it that work, and that `user` may end."""
    of = {"task": what} if isinstance(what, Task) else {"collection": what}
    found = Share.objects.open().filter(**of).select_related("made_by")
    return found if is_admin(user) else found.filter(made_by=user)
