"""What becomes of an upload that cannot be stored."""

import errno
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from generation.catalog import ImageLimits
from generation.library.uploads import keep_image, sweep_uploads
from generation.media.images import BadImage
from generation.models import Image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_cache")]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "disk is full"), (errno.EROFS, "cannot write")],
)
def test_it_is_refused_with_a_sentence_and_leaves_nothing(
    alice, upload, monkeypatch, number, words
):
    stored = []

    def save(name, content):
        """Takes the name without the content, as a full disk does."""
        stored.append(name)
        path = Path(default_storage.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        raise OSError(number, "No")

    monkeypatch.setattr(default_storage, "save", save)
    with pytest.raises(BadImage, match=words):
        keep_image(upload(), alice, ImageLimits())
    assert stored
    assert not any(map(default_storage.exists, stored))
    assert not Image.objects.exists()


def test_what_nobody_uses_is_swept_once_an_hour(alice, upload, clock):
    sweep_uploads()
    keep_image(upload(), alice, ImageLimits())
    Image.objects.update(uploaded_at=timezone.now() - timedelta(days=8))
    clock.shift(3590)
    sweep_uploads()
    assert Image.objects.exists()
    clock.shift(20)
    sweep_uploads()
    assert not Image.objects.exists()
