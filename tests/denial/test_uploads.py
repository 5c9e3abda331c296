from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from generation.catalog import ImageLimits
from generation.library import image_files
from generation.library.uploads import NoRoom, forget, keep_image, sweep_uploads
from generation.media import images
from generation.models import Image, unused_images
from generation.models.image import LEAST_WEIGHT
from tests.conftest import picture
from tests.factories import make_subject, make_task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_cache")]


def upload(owner, colour="#8a5a44", **options):
    file = SimpleUploadedFile("frame.jpg", picture(colour=colour, **options))
    return keep_image(file, owner, ImageLimits())


def age(image, **time):
    Image.objects.filter(pk=image.pk).update(uploaded_at=timezone.now() - timedelta(**time))


@pytest.fixture
def allow(settings, monkeypatch):
    """Room for that many uploads."""
    monkeypatch.setattr("generation.models.image.LEAST_WEIGHT", 512 * 1024)

    def set_to(number):
        settings.UNUSED_UPLOADS_MB = number / 2

    return set_to


@pytest.mark.parametrize("what", ["file", "thumbnail"])
def test_a_file_that_is_gone_is_written_again_by_the_same_upload(alice, what):
    image = upload(alice)
    name = str(getattr(image, what))
    before = default_storage.open(name).read()
    default_storage.delete(name)

    again = upload(alice)

    assert again.pk == image.pk
    assert default_storage.open(name).read() == before


def test_a_file_cut_short_is_written_again(alice):
    image = upload(alice)
    with default_storage.open(str(image.file), "wb") as file:
        file.write(b"short")

    upload(alice)

    assert default_storage.size(str(image.file)) == image.bytes


def test_what_another_member_uploads_mends_the_file_for_both(alice, bob):
    image = upload(alice)
    default_storage.delete(str(image.file))

    upload(bob)

    assert default_storage.size(str(image.file)) == image.bytes


def test_doctor_names_inputs_that_are_gone(alice):
    image = upload(alice)
    task = make_task(alice, image=image)
    subject = make_subject(alice, "rex")
    for lost in (image, subject.images.get().image):
        default_storage.delete(str(lost.file))

    told = doctor()

    assert f"Task {task.pk} (inputs)" in told
    assert "upload" in told.split("(inputs)")[1]
    assert "Subject @rex: its picture" in told


def test_doctor_is_content_when_every_input_is_there(alice):
    make_task(alice, image=upload(alice))

    told = doctor()

    assert "(inputs)" not in told
    assert "The pictures of all subjects are there." in told


def doctor():
    out = StringIO()
    with suppress(CommandError):
        call_command("doctor", "--files", "--all", stdout=out)
    return out.getvalue()


def test_uploads_that_nothing_uses_are_limited(alice, allow):
    allow(2)
    upload(alice, "red")
    upload(alice, "blue")

    with pytest.raises(NoRoom, match=r"no task and no subject uses have 1 MB, and 1 MB are allow"):
        upload(alice, "green")

    assert Image.objects.count() == 2
    folders = default_storage.listdir("images")[0]
    files = [name for f in folders for name in default_storage.listdir(f"images/{f}")[1]]
    assert len(files) == 4, "the refused one and its thumbnail are gone again"


def test_uploads_in_use_do_not_count(alice, allow):
    allow(1)
    make_task(alice, image=upload(alice, "red"))

    assert upload(alice, "blue")


def test_the_same_picture_again_needs_no_room(alice, allow):
    allow(1)

    assert upload(alice).pk == upload(alice).pk


def test_each_member_has_a_room_of_its_own(alice, bob, allow):
    allow(1)
    upload(alice, "red")

    assert upload(bob, "blue")


def test_no_limit_is_zero(alice, allow):
    allow(0)

    assert [upload(alice, colour) for colour in ("red", "blue", "green")]


def test_what_is_old_makes_room_and_what_is_new_does_not(alice, allow):
    allow(2)
    old, new = upload(alice, "red"), upload(alice, "blue")
    age(old, days=2)

    fresh = upload(alice, "green")

    assert set(Image.objects.all()) == {new, fresh}
    assert not default_storage.exists(str(old.file))
    assert not default_storage.exists(str(old.thumbnail))


def test_small_uploads_count_for_something(alice):
    upload(alice)

    assert unused_images().weight(alice) == LEAST_WEIGHT


@pytest.mark.django_db(transaction=True)
def test_ten_uploads_at_once_stay_within_the_limit(make_user, allow):
    alice = make_user("alice")
    allow(3)

    def one(number):
        try:
            return upload(alice, f"#{number * 20:02x}4040")
        except NoRoom:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        kept = list(pool.map(one, range(10)))

    assert len([image for image in kept if image]) == 3
    assert Image.objects.count() == 3


def test_unused_uploads_go_after_a_week_and_others_stay(alice):
    old, used, shown, new = (upload(alice, c) for c in ("red", "blue", "green", "yellow"))
    make_task(alice, image=used)
    subject = make_subject(alice, "rex")
    subject.images.update(image=shown)
    for image in (old, used, shown):
        age(image, days=8)
    age(new, days=6)

    sweep_uploads()

    assert set(Image.objects.filter(pk__in=[i.pk for i in (old, used, shown, new)])) == {
        used,
        shown,
        new,
    }
    assert not default_storage.exists(str(old.file))


def test_the_sweep_is_done_once_an_hour(alice):
    sweep_uploads()
    old = upload(alice)
    age(old, days=8)

    sweep_uploads()

    assert Image.objects.filter(pk=old.pk).exists()


def test_an_upload_again_is_as_good_as_new(alice):
    old = upload(alice)
    age(old, days=8)
    upload(alice)

    sweep_uploads()

    assert Image.objects.filter(pk=old.pk).exists()


def test_a_file_that_another_member_has_too_stays(alice, bob):
    mine, theirs = upload(alice), upload(bob)
    assert mine.file == theirs.file

    forget(mine)

    assert default_storage.exists(str(theirs.file))


def test_what_came_into_use_meanwhile_is_not_forgotten(alice):
    image = upload(alice)
    make_task(alice, image=image)

    forget(image)

    assert Image.objects.filter(pk=image.pk).exists()
    assert default_storage.exists(str(image.file))


def test_what_was_uploaded_again_meanwhile_is_not_forgotten(alice):
    old = upload(alice)
    upload(alice)

    forget(old)

    assert Image.objects.filter(pk=old.pk).exists()


def test_a_file_uploaded_while_it_is_removed_is_there_in_the_end(alice, bob, monkeypatch):
    mine = upload(alice)
    real = default_storage.delete

    def upload_and_delete(name):
        if not Image.objects.filter(owner=bob).exists():
            upload(bob)
        real(name)

    monkeypatch.setattr(image_files.default_storage, "delete", upload_and_delete)

    forget(mine)

    theirs = Image.objects.get(owner=bob)
    assert default_storage.size(str(theirs.file)) == theirs.bytes
    assert default_storage.exists(str(theirs.thumbnail))


def test_the_note_stands_beside_the_picture_in_form_and_task(alice, client_for, monkeypatch):
    monkeypatch.setattr(images.read_image, "__kwdefaults__", {"max_pixels": 60_000})
    image = upload(alice)
    task = make_task(alice, image=image)
    client = client_for(alice)

    assert (
        image.note
        == "Reduced from 320 × 240 to 160 × 120 pixels; the original was too large to keep."
    )
    assert image.note in client.get(f"/?from={task.pk}").content.decode()
    assert image.note in client.get(f"/tasks/{task.pk}/").content.decode()


def test_a_refused_upload_says_so_beside_the_field(alice, client_for, team_key, allow):
    allow(1)
    upload(alice, "red")
    file = SimpleUploadedFile("green.jpg", picture(colour="green"))

    answer = client_for(alice).post(
        "/tasks/", {"model": "viduq2_turbo_img2video", "prompt": "x", "images": file}
    )

    assert answer.status_code == 422
    assert "green.jpg: There is no room for it" in answer.content.decode()
