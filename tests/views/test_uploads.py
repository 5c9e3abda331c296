"""Pictures for the form: uploaded at once, picked again, or taken from results."""

import re
from functools import cache
from io import BytesIO
from pathlib import Path

import av
import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Picture

from generation.library import results
from generation.media.download import DownloadFailed
from generation.models import AuditEvent, Draft, Image, Subject
from tests.conftest import picture
from tests.factories import make_output, make_subject, make_task
from tests.forms.helpers import images_of, upload

TURBO = "viduq2_turbo_img2video"
STILLS = "viduq2_reference2image"


@cache
def clip():
    """Two seconds of 24 frames each: a black one, and a grey one."""
    buffer = BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 128, "yuv420p"
        for number in range(48):
            colour = (128, 128, 128) if number >= 24 else (0, 0, 0)
            frame = av.VideoFrame.from_image(Picture.new("RGB", (160, 128), colour))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


@pytest.fixture
def client(client_for, alice):
    return client_for(alice)


def send(client, **data):
    return client.post("/uploads/", {"model": TURBO} | data)


def video_of(owner, **fields):
    output = make_output(make_task(owner, **fields), data=clip())
    output.duration = 2.0
    output.save(update_fields=["duration"])
    return output


def still_of(owner, **fields):
    output = make_output(make_task(owner, model=STILLS, **fields), data=picture(640, 480))
    output.kind, output.mime = "image", "image/jpeg"
    output.file.save(f"outputs/{output.pk}.jpg", ContentFile(picture(640, 480)), save=False)
    output.save()
    return output


def test_a_file_comes_back_as_the_form_shows_it(client, alice):
    html = send(client, images=upload()).content.decode()
    image = Image.objects.get(owner=alice)
    assert re.search(rf'name="image_ids"[^>]*value="{image.pk}"', html)
    assert "frame0.jpg" in html


@pytest.mark.parametrize(
    ("model", "status"), [(TURBO, 200), (STILLS, 422), ("", 422), ("no-such-model", 422)]
)
def test_it_is_checked_as_the_model_needs_it(client, model, status):
    answer = send(client, model=model, images=upload(width=100, height=100))
    assert answer.status_code == status
    if status == 422:
        assert "at least 128 × 128" in answer.content.decode()
        assert not Image.objects.exists()


LONG = "This image is 1000 × 200 pixels, a ratio of 5:1; allowed is 1:4 to 4:1."


@pytest.mark.parametrize("model", [TURBO, ""])
def test_a_ratio_that_is_not_taken_is_kept_to_be_cropped(client, alice, model):
    html = send(client, model=model, images=upload(width=1000, height=200)).content.decode()
    image = Image.objects.get(owner=alice)
    assert LONG in html
    assert f'name="image_ids" value="{image.pk}"' in html
    assert re.search(rf'data-crop="{image.pk}"[^>]*\sdata-nearest', html)
    again = send(client, model=model, image=str(image.pk)).content.decode()
    assert LONG in again
    cut = send(client, model=model, image=str(image.pk), box="0.1,0,0.80000,1").content.decode()
    assert "data-nearest" not in cut
    assert "800 × 200" in cut


def test_a_form_without_scripts_keeps_it_too_and_sends_nothing(client, alice):
    fields = {"model": TURBO, "images": upload(width=1000, height=200)}
    answer = client.post("/tasks/", fields)
    image = Image.objects.get(owner=alice)
    assert answer.status_code == 422
    assert answer.content.decode().count(LONG) >= 2
    assert f'value="{image.pk}"' in answer.content.decode()
    made = {"title": "Rex", "handle": "rex", "images": upload(width=1000, height=200)}
    answer = client.post("/subjects/", made)
    assert answer.status_code == 422
    assert answer.content.decode().count(LONG) >= 2
    assert client.post("/subjects/", made | {"images": upload()}).status_code == 302


def test_a_cut_at_the_limit_is_not_one_pixel_beyond(client, alice):
    image = images_of(alice, 1)[0]
    width, height = image.width, image.height
    for high, status in ((70, 200), (69, 422)):
        box = f"0,0,{281 / width},{high / height}"
        assert send(client, image=str(image.pk), box=box).status_code == status
    assert {(kept.width, kept.height) for kept in Image.objects.all()} >= {(280, 70)}


def test_one_of_a_subject_is_recognised(client, client_for, alice, bob, settings):
    make_subject(alice, "anna")
    make_subject(bob, "secret", visibility="private")
    files = list(Path(settings.MEDIA_ROOT).rglob("*.*"))
    html = send(client_for(bob), images=upload()).content.decode()
    assert " ".join(html.split()).count("Already in <mark>@anna</mark>, <mark>@secret</mark>") == 1
    html = send(client, images=upload()).content.decode()
    assert "@anna" in html
    assert "@secret" not in html
    assert list(Path(settings.MEDIA_ROOT).rglob("*.*")) == files
    assert "Already" not in send(client, images=upload(7)).content.decode()
    Subject.objects.filter(handle="anna").update(archived_at=timezone.now())
    assert "Already" not in send(client, images=upload()).content.decode()


def test_what_is_no_image_is_refused_with_a_sentence(client):
    answer = send(client, images=ContentFile(b"hello", name="x.png"))
    assert (answer.status_code, answer["Content-Type"]) == (422, "text/plain")
    assert "not a PNG" in answer.content.decode()


def test_own_pictures_are_offered_again_the_last_one_first(client, alice, bob):
    first, second = images_of(alice, 2)
    (foreign,) = images_of(bob, 1, first=5)
    still = still_of(alice)
    html = client.get("/uploads/").content.decode()
    assert html.index(str(second.pk)) < html.index(str(first.pk))
    assert f'data-value="{still.pk}"' in html
    assert str(foreign.pk) not in html


def test_the_list_takes_a_constant_number_of_queries(client, alice, django_assert_max_num_queries):
    images_of(alice, 12)
    for _ in range(3):
        still_of(alice)
    with django_assert_max_num_queries(5):
        client.get("/uploads/")


def test_a_picked_one_keeps_its_row(client, alice):
    (image,) = images_of(alice, 1)
    assert str(image.pk) in send(client, image=str(image.pk)).content.decode()
    assert Image.objects.count() == 1


def test_a_picked_one_may_not_fit_another_model(client, alice):
    image = Image.objects.get(
        pk=re.search(
            r'value="([0-9a-f-]{36})"',
            send(client, images=upload(width=100, height=100)).content.decode(),
        )[1]
    )
    assert send(client, image=str(image.pk), model=STILLS).status_code == 422


@pytest.mark.parametrize("field", ["image", "output"])
def test_what_is_not_mine_is_not_there(client, bob, field):
    (image,) = images_of(bob, 1)
    output = video_of(bob, visibility="private")
    named = {"image": image.pk, "output": output.pk}[field]
    assert send(client, **{field: str(named)}).status_code == 404
    assert send(client, **{field: "nonsense"}).status_code == 404
    assert client.post(reverse("output-use", args=[output.pk])).status_code == 404


def test_a_colleagues_still_becomes_an_image_of_mine(client, alice, bob):
    assert send(client, output=str(still_of(bob).pk)).status_code == 200
    assert (Image.objects.get().owner, Image.objects.get().width) == (alice, 640)


@pytest.mark.parametrize(("at", "shade"), [("0", 0), ("1", 128), ("99", 422), ("soon", 422)])
def test_a_frame_is_the_one_of_that_moment(client, alice, at, shade):
    answer = send(client, output=str(video_of(alice).pk), at=at)
    if shade == 422:
        assert answer.status_code == 422
        return
    with Image.objects.get().file.open("rb") as file:
        pixel = Picture.open(BytesIO(file.read())).convert("L").getpixel((5, 5))
    assert abs(pixel - shade) < 24


def test_a_frame_lands_in_the_draft_and_leads_to_the_studio(client, alice):
    (before,) = images_of(alice, 1)
    page = {"draft_family": "img2video", "draft_version": "0", "model": TURBO, "prompt": "Kept"}
    client.post(reverse("draft", args=["img2video"]), page | {"image_ids": str(before.pk)})
    output = video_of(alice)
    answer = client.post(
        reverse("output-use", args=[output.pk]), {"at": "1", "family": "img2video"}
    )
    fields = Draft.objects.get().fields
    new = Image.objects.exclude(pk=before.pk).get()
    assert answer.url == f"/?family=img2video&used={new.pk}"
    assert (fields["image_ids"], fields["prompt"]) == ([str(new.pk)], ["Kept"])
    assert f'value="{new.pk}"' in client.get(answer.url).content.decode()


def test_references_are_added_to_those_before(client, alice):
    for _ in range(2):
        client.post(reverse("output-use", args=[still_of(alice).pk]), {"family": "reference2image"})
    output = video_of(alice)
    client.post(reverse("output-use", args=[output.pk]), {"family": "reference2image", "at": "1"})
    fields = Draft.objects.get().fields
    assert len(fields["image_ids"]) == 2, "the same picture is there once"
    assert fields["model"] == [STILLS]


def test_a_damaged_video_says_so_on_its_page(client, alice):
    output = make_output(make_task(alice))
    answer = client.post(reverse("output-use", args=[output.pk]), follow=True)
    assert "No frame could be taken" in answer.content.decode()
    assert not Draft.objects.exists()


def test_an_admin_who_takes_from_a_private_result_is_written_down(client_for, admin, alice):
    output = still_of(alice, visibility="private")
    assert send(client_for(admin), output=str(output.pk)).status_code == 200
    assert AuditEvent.objects.get().what == "output.used-private"


def test_an_address_is_fetched_and_kept_when_the_member_says_so(client, alice, monkeypatch):
    asked = []

    def fetch(self, url, path):
        asked.append(url)
        path.write_bytes(picture())

    monkeypatch.setattr(results.Downloader, "fetch", fetch)
    html = send(client, url="https://pictures.example/boat.jpg?sig=1").content.decode()
    assert asked == ["https://pictures.example/boat.jpg?sig=1"]
    assert "boat.jpg" in html
    assert Image.objects.get().owner == alice


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/x.png", "https://127.0.0.1/x.png", "https://10.0.0.1/", "ftp://x/y", "x"],
)
def test_no_address_inside_is_fetched(client, url):
    answer = send(client, url=url)
    assert answer.status_code == 422
    assert not Image.objects.exists()


def test_a_slow_server_does_not_take_all_threads(client, monkeypatch):
    def fetch(self, url, path):
        with pytest.raises(results.BadImage, match="Try again"):
            results.image_behind(url, None, None)
        raise DownloadFailed("the server did not answer in time")

    monkeypatch.setattr(results, "_fetches", results.BoundedSemaphore(1))
    monkeypatch.setattr(results.Downloader, "fetch", fetch)
    assert "could not be fetched" in send(client, url="https://slow.example/1.png").content.decode()


def quarters():
    """A picture whose four quarters differ: red, green, blue, white."""
    image = Picture.new("RGB", (400, 200))
    for colour, corner in (
        ("red", (0, 0)),
        ("lime", (200, 0)),
        ("blue", (0, 100)),
        ("white", (200, 100)),
    ):
        image.paste(colour, (*corner, corner[0] + 200, corner[1] + 100))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return ContentFile(buffer.getvalue(), name="quarters.png")


def newest(alice, but):
    image = Image.objects.filter(owner=alice).exclude(pk=but.pk).get()
    with image.file.open("rb") as file:
        return image, Picture.open(BytesIO(file.read())).convert("RGB")


@pytest.mark.parametrize(
    ("values", "size", "corner"),
    [
        ({"box": "0.5,0,0.5,0.5"}, (200, 100), (0, 255, 0)),
        ({"box": "0,0.5,0.5,0.5"}, (200, 100), (0, 0, 255)),
        ({"turn": "90"}, (200, 400), (0, 0, 255)),
        ({"turn": "270"}, (200, 400), (0, 255, 0)),
        ({"turn": "180", "box": "0,0,0.5,0.5"}, (200, 100), (255, 255, 255)),
    ],
)
def test_another_cut_is_an_image_of_its_own(client, alice, values, size, corner):
    send(client, images=quarters())
    original = Image.objects.get()
    html = send(client, image=str(original.pk), **values).content.decode()
    image, picture = newest(alice, original)
    assert (picture.size, picture.getpixel((3, 3))) == (size, corner)
    assert f'value="{image.pk}"' in html
    assert "quarters.png" in html


@pytest.mark.parametrize(
    "values",
    [
        {"turn": "45"}, {"turn": "x"}, {"box": "0,0,1"}, {"box": "0,0,0,1"}, {"box": "0.5,0,0.6,1"},
        {"box": "-0.1,0,1,1"}, {"box": "nan,0,1,1"}, {"box": "0,0,0.001,1"},
    ],
)  # fmt: skip
def test_no_part_of_it_is_refused(client, values):
    send(client, images=quarters())
    assert send(client, image=str(Image.objects.get().pk), **values).status_code == 422
    assert Image.objects.count() == 1


def test_a_cut_is_checked_as_the_model_needs_it(client):
    send(client, images=quarters())
    cut = {"image": str(Image.objects.get().pk), "model": STILLS, "box": "0,0,0.25,1"}
    answer = send(client, **cut)
    assert answer.status_code == 422
    assert "at least 128 × 128" in answer.content.decode()


def test_nobody_cuts_what_is_not_theirs_to_see(client, bob):
    (image,) = images_of(bob, 1)
    assert send(client, image=str(image.pk), turn="90").status_code == 404


def prompts(client, **asked):
    html = client.get("/prompts/", asked).content.decode()
    return re.findall(r"data-prompt><span>([^<]*)</span></button>", html)


def test_own_prompts_are_there_once_the_last_one_first(
    client, alice, bob, django_assert_max_num_queries
):
    for text in ("A sea", "A cup", "A sea", ""):
        make_task(alice, params={"prompt": text})
    make_task(bob, params={"prompt": "Bob's"})
    make_task(alice, params={})
    with django_assert_max_num_queries(3):
        assert prompts(client) == ["A sea", "A cup"]


def test_prompts_are_searched_by_all_words(client, alice):
    for text in ("A calm sea at dawn", "A rough SEA", "A <b>cup</b>"):
        make_task(alice, params={"prompt": text})
    assert prompts(client, words="sea") == ["A rough SEA", "A calm sea at dawn"]
    assert prompts(client, words="dawn Sea") == ["A calm sea at dawn"]
    assert prompts(client, words="nothing") == []
    assert "&lt;b&gt;cup" in client.get("/prompts/").content.decode()
