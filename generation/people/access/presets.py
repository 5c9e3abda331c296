"""Presets, snippets and saved searches."""

from collections.abc import Iterable
from uuid import UUID

from django.shortcuts import get_object_or_404

from generation.models import Preset, PresetDefault, SavedSearch, Snippet, User

from .owning import is_admin, is_own


def get_preset(user: User, pk: UUID) -> Preset:
    return get_object_or_404(Preset.objects.visible_to(user), pk=pk)


def get_preset_to_edit(user: User, pk: UUID) -> Preset:
    return get_object_or_404(Preset.objects.editable_by(user).select_related("owner"), pk=pk)


def get_snippet_to_edit(user: User, pk: UUID) -> Snippet:
    return get_object_or_404(Snippet.objects.editable_by(user).select_related("owner"), pk=pk)


def get_search_to_edit(user: User, pk: UUID) -> SavedSearch:
    return get_object_or_404(SavedSearch.objects.editable_by(user).select_related("owner"), pk=pk)


def may_edit_presets(user: User, presets: Iterable[Preset]) -> set[UUID]:
    """Which of these, all visible to `user`, they may change: own ones, and admins every one."""
    return {preset.pk for preset in presets if is_admin(user) or is_own(user, preset)}


def default_presets(user: User) -> dict[str, Preset]:
    """With which `user` begins, by model: as long as they may see it."""
    seen = Preset.objects.visible_to(user)
    chosen = PresetDefault.objects.filter(user=user, preset__in=seen).select_related("preset")
    return {one.model: one.preset for one in chosen}
