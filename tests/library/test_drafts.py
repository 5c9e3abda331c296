"""A draft is kept once a member and family, and the newer one wins."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from generation.library import drafts, uploads
from generation.models import Draft, Image
from tests.factories import make_task
from tests.forms.helpers import images_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_cache")]

FAMILY = "img2video"


def save(user, prompt="A calm sea", *, version=None, source=None, **more):
    return drafts.save(user, FAMILY, {"prompt": [prompt], **more}, version=version, source=source)


def test_it_works(alice):
    assert save(alice, version=0).version == 1
    assert save(alice, "A rough sea", version=1).version == 2
    assert drafts.latest(alice).fields == {"prompt": ["A rough sea"]}


def test_members_and_families_have_their_own(alice, bob):
    save(alice)
    drafts.save(alice, "reference2image", {"prompt": ["A cup"]}, version=0)
    save(bob, "Bob's")
    assert drafts.latest(alice).family == "reference2image"
    assert drafts.latest(alice, FAMILY).fields["prompt"] == ["A calm sea"]
    assert drafts.latest(bob).fields["prompt"] == ["Bob's"]


def test_an_older_page_does_not_overwrite_a_newer_one(alice):
    save(alice, version=0)
    save(alice, "Newer", version=1)
    with pytest.raises(drafts.Outdated) as refused:
        save(alice, "Older", version=1)
    assert refused.value.draft.version == 2
    assert drafts.latest(alice).fields["prompt"] == ["Newer"]


def test_the_same_words_from_an_older_page_are_no_quarrel(alice):
    save(alice, version=0)
    save(alice, "Newer", version=1)
    assert save(alice, "Newer", version=1).version == 2


def test_a_remix_sets_the_own_draft_aside_and_afresh_brings_it_back(alice):
    (image,) = images_of(alice, 1)
    task = make_task(alice)
    save(alice, "Mine", image_ids=[str(image.pk)])
    remix = save(alice, "Remixed", version=1, source=task)
    save(alice, "Remixed more", version=remix.version, source=task)
    (current,) = Draft.objects.current(alice)
    assert current == drafts.latest(alice)
    assert current.fields["prompt"] == ["Remixed more"]

    back = drafts.afresh(alice, FAMILY)

    assert back.fields["prompt"] == ["Mine"]
    assert list(back.images.all()) == [image]
    assert back.version > remix.version, "a page with the remix is an older one now"
    assert Draft.objects.count() == 1


def test_one_remix_after_another_leaves_the_own_draft_where_it_is(alice):
    save(alice, "Mine")
    save(alice, "First", source=make_task(alice))
    save(alice, "Second", source=make_task(alice))
    assert drafts.afresh(alice, FAMILY).fields["prompt"] == ["Mine"]


def test_afresh_after_a_remix_with_nothing_before_it_is_empty(alice):
    save(alice, "Remixed", source=make_task(alice))
    assert drafts.afresh(alice, FAMILY) is None
    assert drafts.latest(alice) is None


def test_afresh_takes_nothing_from_an_own_draft(alice):
    save(alice, "Mine")
    assert drafts.afresh(alice, FAMILY).fields["prompt"] == ["Mine"]


def test_too_much_text_is_not_kept(alice):
    with pytest.raises(drafts.TooLong):
        save(alice, payload=["x" * drafts.MOST_CHARACTERS])
    assert not Draft.objects.exists()


def test_uploads_of_a_draft_are_not_swept(alice):
    in_draft, _unused = images_of(alice, 2)
    save(alice, image_ids=[str(in_draft.pk), "nonsense"])
    Image.objects.update(uploaded_at=timezone.now() - timedelta(days=30))
    uploads.sweep_uploads()
    assert list(Image.objects.all()) == [in_draft]
    uploads.forget(in_draft)
    assert Image.objects.exists()


def test_what_a_draft_no_longer_has_may_go(alice):
    (image,) = images_of(alice, 1)
    save(alice, image_ids=[str(image.pk)])
    save(alice)
    image.refresh_from_db()
    uploads.forget(image)
    assert not Image.objects.exists()


def test_others_images_are_no_part_of_it(alice, bob):
    (image,) = images_of(bob, 1)
    assert not save(alice, image_ids=[str(image.pk)]).images.exists()


@pytest.mark.django_db(transaction=True)
def test_pages_that_save_at_once_leave_one_draft(alice):
    def from_a_page(number):
        try:
            return save(alice, f"Page {number}", version=0).version
        except drafts.Outdated:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(from_a_page, range(4)))
    assert sorted(versions, key=str) == [1, None, None, None]
    assert Draft.objects.count() == 1
