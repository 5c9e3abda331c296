"""Comments: who changes and deletes them. Who opens a task reads those on it."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from generation.models import Comment, User


def get_comment_to_edit(user: User, pk: UUID) -> Comment:
    found = Comment.objects.editable_by(user).select_related("task", "member")
    return get_object_or_404(found, pk=pk)


def get_comment_to_delete(user: User, pk: UUID) -> Comment:
    found = Comment.objects.deletable_by(user).select_related("task", "member")
    return get_object_or_404(found, pk=pk)
