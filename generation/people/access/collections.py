"""Collections of results."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from generation.models import Collection, User


def get_collection(user: User, pk: UUID) -> Collection:
    return get_object_or_404(Collection.objects.visible_to(user).select_related("owner"), pk=pk)


def get_collection_to_edit(user: User, pk: UUID) -> Collection:
    found = get_collection(user, pk)
    if not may_edit_collection(user, found):
        raise Http404
    return found


def may_edit_collection(user: User, collection: Collection) -> bool:
    return Collection.objects.editable_by(user).filter(pk=collection.pk).exists()
